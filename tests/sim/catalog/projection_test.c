/* projection_test.c - what projection properties stand for, and what a WHERE clause leaves. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/base/timefmt.h"
#include "sim/catalog/projection.h"
#include "tests/check.h"

#define KEYS_MAX       3
#define PARAMETERS_MAX 12

/* A table by its properties, as many as there are. */
typedef struct properties {
    const char *keys[KEYS_MAX], *types[KEYS_MAX];
    const char *location;
    const char *parameters[PARAMETERS_MAX][2];
} properties;

typedef struct fixture {
    mr_column keys[KEYS_MAX];
    mr_parameter parameters[PARAMETERS_MAX];
    mr_table table;
} fixture;

static void fill(fixture *f, const properties *p)
{
    *f = (fixture){.table = {.name = (char *)"t", .database = (char *)"d"}};
    f->table.partition_keys = f->keys;
    f->table.parameters = f->parameters;
    f->table.location = (char *)p->location;
    for (size_t i = 0; i < KEYS_MAX && p->keys[i] != NULL; i++) {
        f->keys[f->table.partition_key_count++] =
            (mr_column){(char *)p->keys[i], (char *)p->types[i], NULL};
    }
    for (size_t i = 0; i < PARAMETERS_MAX && p->parameters[i][0] != NULL; i++) {
        f->parameters[f->table.parameter_count++] =
            (mr_parameter){(char *)p->parameters[i][0], (char *)p->parameters[i][1]};
    }
}

static int64_t now_us(const char *text)
{
    int64_t us = 0;
    CHECK_TRUE(text, mr_iso_parse(mr_bytes_of(text), &us));
    return us;
}

/* "v1/v2@location;..." or, on an error, its message. Owned. */
static char *expand(const properties *p, const char *now, const mr_key_constraint *constraints)
{
    fixture f;
    fill(&f, p);
    mr_error err;
    mr_projection *projection = NULL;
    mr_partition *partitions = NULL;
    size_t count = 0;
    mr_code code = mr_projection_new(&f.table, &projection, &err);
    if (code == MR_OK) {
        code =
            mr_projection_expand(projection, now_us(now), constraints, &partitions, &count, &err);
    }
    mr_strbuf out = mr_strbuf_make(MR_MIB);
    for (size_t i = 0; code == MR_OK && i < count; i++) {
        for (size_t v = 0; v < partitions[i].value_count; v++) {
            mr_strbuf_appendf(&out, "%s%s", v == 0 ? "" : "|", partitions[i].values[v]);
        }
        if (p->location != NULL) {
            mr_strbuf_appendf(&out, "@%s", partitions[i].location);
        }
        mr_strbuf_append_char(&out, ';');
    }
    if (code != MR_OK) {
        mr_strbuf_append_text(&out, err.message);
    }
    if (code == MR_OK) {
        mr_partitions_free(partitions, count);
    }
    mr_projection_free(projection);
    return mr_strbuf_take(&out);
}

static void check_expands(const char *label, const properties *p, const char *now,
                          const mr_key_constraint *constraints, const char *want)
{
    char *got = expand(p, now, constraints);
    CHECK_STR(label, got, want);
    mr_free(got);
}

static void check_fails(const char *label, const properties *p, const char *piece)
{
    char *got = expand(p, "2025-01-01", NULL);
    CHECK_HAS(label, got, piece);
    mr_free(got);
}

#define TEMPLATE_OF(key)                                                                           \
    {                                                                                              \
        "storage.location.template", "s3://b/${" key "}"                                           \
    }

/* A table of one key, whose location does not matter. */
#define ONE_KEY(type, ...)                                                                         \
    {                                                                                              \
        .keys = {"k"}, .types = {type}, .parameters = { TEMPLATE_OF("k"), __VA_ARGS__ }            \
    }

static mr_key_constraint in(const mr_bytes *values, size_t count)
{
    return (mr_key_constraint){.is_listed = true, .values = values, .value_count = count};
}

static mr_key_constraint between(const char *low, const char *high)
{
    return (mr_key_constraint){.has_low = low != NULL,
                               .has_high = high != NULL,
                               .low = mr_bytes_of(low),
                               .high = mr_bytes_of(high)};
}

static void test_enums_and_integers_list_their_values(void **state)
{
    (void)state;
    static const properties letters =
        ONE_KEY("string", {"projection.k.type", "enum"}, {"projection.k.values", "b, a,c"});
    check_expands("white space is part of a value", &letters, "2025-01-01", NULL, "b; a;c;");
    static const properties numbers =
        ONE_KEY("int", {"projection.k.type", "INTEGER"}, {"projection.k.range", " -1 , 2 "});
    check_expands("range", &numbers, "2025-01-01", NULL, "-1;0;1;2;");
    static const properties padded =
        ONE_KEY("string", {"projection.k.type", "integer"}, {"projection.k.range", "1,12"},
                {"projection.k.interval", "5"}, {"projection.k.digits", "3"});
    check_expands("interval and digits", &padded, "2025-01-01", NULL, "001;006;011;");
}

static void test_dates_run_to_both_ends_of_their_range(void **state)
{
    (void)state;
    static const struct {
        const char *label, *now;
        properties table;
        const char *want;
    } cases[] = {
        {"fixed days", "2025-01-01",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy/MM/dd"},
                 {"projection.k.range", "2024/02/27,2024/03/01"}),
         "2024/02/27;2024/02/28;2024/02/29;2024/03/01;"},
        {"until now", "2024-01-01T02:30:00",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy/MM/dd/HH"},
                 {"projection.k.range", "2024/01/01/00,NOW"}, {"projection.k.interval", "1"},
                 {"projection.k.interval.unit", "HOURS"}),
         "2024/01/01/00;2024/01/01/01;2024/01/01/02;"},
        {"from before now to after", "2024-03-01T12:00:00",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyyMMdd"},
                 {"projection.k.range", "NOW - 2 DAYS,NOW+1DAY"}),
         "20240228;20240229;20240301;20240302;"},
        {"a fixed end is not missed for the time of day", "2024-03-01T12:00:00",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "now-1days,2024-03-02"}),
         "2024-02-29;2024-03-01;2024-03-02;"},
        {"months", "2024-03-31T12:00:00",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM"},
                 {"projection.k.range", "NOW-3MONTHS,NOW"}),
         "2023-12;2024-01;2024-02;2024-03;"},
        {"years", "2024-03-31",
         ONE_KEY("int", {"projection.k.type", "date"}, {"projection.k.format", "yyyy"},
                 {"projection.k.range", "2020,NOW"}, {"projection.k.interval", "2"},
                 {"projection.k.interval.unit", "YEARS"}),
         "2020;2022;2024;"},
        {"weeks", "2024-01-31",
         ONE_KEY("date", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "2024-01-01,NOW"}, {"projection.k.interval.unit", "week"}),
         "2024-01-01;2024-01-08;2024-01-15;2024-01-22;2024-01-29;"},
        {"a step finer than the format gives each text once", "2024-01-02T01:00:00",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "2024-01-01,NOW"}, {"projection.k.interval.unit", "HOURS"}),
         "2024-01-01;2024-01-02;"},
        {"a range that has not begun is empty", "2023-01-01",
         ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "2024-01-01,NOW"}),
         ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_expands(cases[i].label, &cases[i].table, cases[i].now, NULL, cases[i].want);
    }
}

static void test_locations_are_hives_or_the_templates(void **state)
{
    (void)state;
    static const properties hive = {
        .keys = {"y", "m"},
        .types = {"string", "string"},
        .location = "s3://b/root",
        .parameters = {{"projection.y.type", "enum"},
                       {"projection.y.values", "2006,x/y"},
                       {"projection.m.type", "integer"},
                       {"projection.m.range", "1,2"},
                       {"projection.m.digits", "2"}},
    };
    check_expands("hive", &hive, "2025-01-01", NULL,
                  "2006|01@s3://b/root/y=2006/m=01/;2006|02@s3://b/root/y=2006/m=02/;"
                  "x/y|01@s3://b/root/y=x%2Fy/m=01/;x/y|02@s3://b/root/y=x%2Fy/m=02/;");
    properties with_template = hive;
    with_template.parameters[5][0] = "storage.location.template";
    with_template.parameters[5][1] = "s3://c/${m}/x/${y}/${m}";
    check_expands("template", &with_template, "2025-01-01", NULL,
                  "2006|01@s3://c/01/x/2006/01/;2006|02@s3://c/02/x/2006/02/;"
                  "x/y|01@s3://c/01/x/x/y/01/;x/y|02@s3://c/02/x/x/y/02/;");
    with_template.parameters[5][1] = "s3://c/${m}/";
    check_fails("a key is missing", &with_template, "must hold ${y}");
}

static const properties hours =
    ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy/MM/dd/HH"},
            {"projection.k.range", "0001/01/01/00,9999/12/31/23"}, {"projection.k.interval", "1"},
            {"projection.k.interval.unit", "HOURS"});

static void test_constraints_keep_endless_ranges_from_being_enumerated(void **state)
{
    (void)state;
    mr_key_constraint c = between("2024/01/01/05", "2024/01/01/07");
    check_expands("between", &hours, "2025-01-01", &c,
                  "2024/01/01/05;2024/01/01/06;2024/01/01/07;");
    c.low_exclusive = c.high_exclusive = true;
    check_expands("exclusive", &hours, "2025-01-01", &c, "2024/01/01/06;");
    c = between("2024/01/01/05", "2024/01/01/0");
    check_expands("empty", &hours, "2025-01-01", &c, "");
    c = between("2024/01/01/22", "2024/01/02");
    check_expands("text order, not the calendar's", &hours, "2025-01-01", &c,
                  "2024/01/01/22;2024/01/01/23;");

    const mr_bytes listed[] = {MR_BYTES_LITERAL("2024/01/01/07"), MR_BYTES_LITERAL("nonsense"),
                               MR_BYTES_LITERAL("2024/01/01/05"), MR_BYTES_LITERAL("2024/01/01"),
                               MR_BYTES_LITERAL("2024/01/01/07")};
    c = in(listed, MR_COUNT(listed));
    check_expands("in", &hours, "2025-01-01", &c, "2024/01/01/05;2024/01/01/07;");
    c.value_count = 0;
    check_expands("in nothing", &hours, "2025-01-01", &c, "");

    static const properties ids =
        ONE_KEY("bigint", {"projection.k.type", "integer"},
                {"projection.k.range", "-9223372036854775808,9223372036854775807"},
                {"projection.k.digits", "3"});
    c = between("-2", "1");
    check_expands("numbers", &ids, "2025-01-01", &c, "-02;-01;000;001;");
    c = between("9223372036854775806", NULL);
    check_expands("to the end", &ids, "2025-01-01", &c, "9223372036854775806;9223372036854775807;");
    const mr_bytes numbers[] = {MR_BYTES_LITERAL("7"), MR_BYTES_LITERAL("-7"),
                                MR_BYTES_LITERAL("x")};
    c = in(numbers, MR_COUNT(numbers));
    check_expands("in", &ids, "2025-01-01", &c, "-07;007;");
    check_fails("all of them", &ids, "constrain it in WHERE, or narrow projection.k.range");
    check_fails("all hours", &hours, "constrain it in WHERE");
}

static void test_constraints_compare_by_the_declared_type(void **state)
{
    (void)state;
    static const properties text =
        ONE_KEY("string", {"projection.k.type", "integer"}, {"projection.k.range", "8,11"});
    static const properties number =
        ONE_KEY("int", {"projection.k.type", "integer"}, {"projection.k.range", "8,11"});
    mr_key_constraint c = between("9", NULL);
    check_expands("as text 10 is below 9", &text, "2025-01-01", &c, "9;");
    check_expands("as a number it is above", &number, "2025-01-01", &c, "9;10;11;");
    const mr_bytes listed[] = {MR_BYTES_LITERAL("09"), MR_BYTES_LITERAL("10")};
    c = in(listed, MR_COUNT(listed));
    check_expands("as text 09 is none", &text, "2025-01-01", &c, "10;");
    check_expands("as a number it is 9", &number, "2025-01-01", &c, "9;10;");
    static const properties stepped =
        ONE_KEY("int", {"projection.k.type", "integer"}, {"projection.k.range", "0,100"},
                {"projection.k.interval", "10"});
    c = between("15", "45");
    check_expands("steps stay in place", &stepped, "2025-01-01", &c, "20;30;40;");
    const mr_bytes off[] = {MR_BYTES_LITERAL("25"), MR_BYTES_LITERAL("30")};
    c = in(off, MR_COUNT(off));
    check_expands("between two steps is none", &stepped, "2025-01-01", &c, "30;");
    static const properties day_first =
        ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "dd.MM.yyyy"},
                {"projection.k.range", "30.01.2024,02.02.2024"});
    c = between("02", "31");
    check_expands("a format whose text is not in order", &day_first, "2025-01-01", &c,
                  "30.01.2024;02.02.2024;");
    static const properties letters =
        ONE_KEY("string", {"projection.k.type", "enum"}, {"projection.k.values", "c,a,b"});
    c = between("b", NULL);
    check_expands("enum", &letters, "2025-01-01", &c, "c;b;");
}

static void test_an_injected_key_takes_its_values_from_the_query(void **state)
{
    (void)state;
    static const properties injected = ONE_KEY("string", {"projection.k.type", "injected"});
    const mr_bytes listed[] = {MR_BYTES_LITERAL("x"), MR_BYTES_LITERAL("b"), MR_BYTES_LITERAL("x")};
    mr_key_constraint c = in(listed, MR_COUNT(listed));
    check_expands("listed", &injected, "2025-01-01", &c, "b;x;");
    check_fails("not listed", &injected,
                "CONSTRAINT_VIOLATION: For the injected projected partition column k");
}

static void test_too_many_combinations_are_refused(void **state)
{
    (void)state;
    static const properties wide = {
        .keys = {"a", "b"},
        .types = {"int", "int"},
        .location = "s3://b/",
        .parameters = {{"projection.a.type", "integer"},
                       {"projection.a.range", "1,1000"},
                       {"projection.b.type", "integer"},
                       {"projection.b.range", "1,1000"}},
    };
    check_fails("a million", &wide, "more than 250000 projected partitions");
    const mr_bytes one[] = {MR_BYTES_LITERAL("5")};
    mr_key_constraint c[2] = {in(one, 1), between("999", NULL)};
    check_expands("constrained", &wide, "2025-01-01", c,
                  "5|999@s3://b/a=5/b=999/;5|1000@s3://b/a=5/b=1000/;");
    c[0].value_count = 0;
    c[1] = (mr_key_constraint){0};
    check_expands("nothing times anything", &wide, "2025-01-01", c, "");
}

static void test_properties_out_of_form_say_which_and_how(void **state)
{
    (void)state;
    static const struct {
        properties table;
        const char *message;
    } cases[] = {
        {ONE_KEY("string", {"x", "y"}), "table t: projection.k.type is missing; give enum"},
        {ONE_KEY("string", {"projection.k.type", "list"}), "projection.k.type is \"list\""},
        {ONE_KEY("string", {"projection.k.type", "enum"}), "projection.k.values is missing"},
        {ONE_KEY("int", {"projection.k.type", "integer"}), "projection.k.range is \"\""},
        {ONE_KEY("int", {"projection.k.type", "integer"}, {"projection.k.range", "5,1"}),
         "projection.k.range is \"5,1\""},
        {ONE_KEY("int", {"projection.k.type", "integer"}, {"projection.k.range", "1,5"},
                 {"projection.k.interval", "0"}),
         "projection.k.interval is \"0\""},
        {ONE_KEY("int", {"projection.k.type", "integer"}, {"projection.k.range", "1,5"},
                 {"projection.k.digits", "99"}),
         "projection.k.digits is \"99\""},
        {ONE_KEY("string", {"projection.k.type", "date"}), "projection.k.format is missing"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-'"}),
         "projection.k.format: "},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "MM-dd"},
                 {"projection.k.range", "NOW-1DAY,NOW"}),
         "each date has its own text"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd-hh"},
                 {"projection.k.range", "NOW-1DAY,NOW"}),
         "each date has its own text"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "2024/01/01,NOW"}),
         "give two dates of the form yyyy-MM-dd, or NOW"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "NOW"}),
         "projection.k.range is \"NOW\""},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "NOW-3FORTNIGHTS,NOW"}),
         "projection.k.range is"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "2024-01-02,2024-01-01"}),
         "ends before it begins"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd-HH"},
                 {"projection.k.range", "NOW-1DAY,NOW"}),
         "projection.k.interval.unit is missing"},
        {ONE_KEY("string", {"projection.k.type", "date"}, {"projection.k.format", "yyyy-MM-dd"},
                 {"projection.k.range", "NOW-1DAY,NOW"},
                 {"projection.k.interval.unit", "FORTNIGHTS"}),
         "projection.k.interval.unit is \"FORTNIGHTS\""},
        {{.keys = {"k"}, .types = {"string"}, .parameters = {{"projection.k.type", "injected"}}},
         "needs a Location"},
        {{.keys = {"k"},
          .types = {"string"},
          .parameters = {{"projection.k.type", "injected"},
                         {"storage.location.template", "/tmp/${k}"}}},
         "must look like s3://"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_fails(cases[i].message, &cases[i].table, cases[i].message);
    }
}

static void test_projection_is_on_only_where_it_is_said_so(void **state)
{
    (void)state;
    static const properties on = ONE_KEY("string", {"projection.enabled", "TRUE"});
    static const properties off = ONE_KEY("string", {"projection.enabled", "false"});
    static const properties none = ONE_KEY("string", {"projection.k.type", "enum"});
    fixture f;
    fill(&f, &on);
    CHECK_TRUE("on", mr_projection_is_enabled(&f.table));
    fill(&f, &off);
    CHECK_TRUE("off", !mr_projection_is_enabled(&f.table));
    fill(&f, &none);
    CHECK_TRUE("none", !mr_projection_is_enabled(&f.table));
    fill(&f, &on);
    f.table.partition_key_count = 0;
    CHECK_TRUE("nothing to project", !mr_projection_is_enabled(&f.table));
}

static void test_types_whose_order_is_not_ours_rule_nothing_out(void **state)
{
    (void)state;
    mr_error err;
    mr_hive_type *type = NULL;
    CHECK_OK("type", mr_hive_type_parse(MR_BYTES_LITERAL("timestamp"), &type, &err), &err);
    mr_key_constraint c = between("b", "a");
    CHECK_TRUE("range", mr_key_constraint_admits(&c, type, MR_BYTES_LITERAL("x")));
    const mr_bytes listed[] = {MR_BYTES_LITERAL("y")};
    c = in(listed, 1);
    CHECK_TRUE("list", mr_key_constraint_admits(&c, type, MR_BYTES_LITERAL("x")));
    c.value_count = 0;
    CHECK_TRUE("an empty list", !mr_key_constraint_admits(&c, type, MR_BYTES_LITERAL("x")));
    CHECK_TRUE("none", mr_key_constraint_admits(NULL, type, MR_BYTES_LITERAL("x")));
    mr_hive_type_free(type);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(projection);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enums_and_integers_list_their_values),
        cmocka_unit_test(test_dates_run_to_both_ends_of_their_range),
        cmocka_unit_test(test_locations_are_hives_or_the_templates),
        cmocka_unit_test(test_constraints_keep_endless_ranges_from_being_enumerated),
        cmocka_unit_test(test_constraints_compare_by_the_declared_type),
        cmocka_unit_test(test_an_injected_key_takes_its_values_from_the_query),
        cmocka_unit_test(test_too_many_combinations_are_refused),
        cmocka_unit_test(test_properties_out_of_form_say_which_and_how),
        cmocka_unit_test(test_projection_is_on_only_where_it_is_said_so),
        cmocka_unit_test(test_types_whose_order_is_not_ours_rule_nothing_out),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
