/* hive_type_test.c - reading and writing Hive types. */
#include "sim/catalog/hive_type.h"
#include "tests/check.h"

static void test_types_are_read_and_spelled_as_hive_and_as_athena(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hive, *trino;
    } cases[] = {
        {"string", "string", "varchar"},
        {"INT", "int", "integer"},
        {"integer", "int", "integer"},
        {"decimal", "decimal(10,0)", "decimal(10,0)"},
        {"decimal(12)", "decimal(12,0)", "decimal(12,0)"},
        {"decimal ( 12 , 2 )", "decimal(12,2)", "decimal(12,2)"},
        {"varchar(65535)", "varchar(65535)", "varchar(65535)"},
        {"char(3)", "char(3)", "char(3)"},
        {"array<string>", "array<string>", "array(varchar)"},
        {"map<string,array<int>>", "map<string,array<int>>", "map(varchar, array(integer))"},
        {"struct<a:double,b:array<int>>", "struct<a:double,b:array<int>>",
         "row(a double, b array(integer))"},
        {" struct < Lat : double , lon:double > ", "struct<lat:double,lon:double>",
         "row(lat double, lon double)"},
        {"struct<with space_no:binary>", NULL, NULL},
        {"struct<a-b:timestamp,c.d:date>", "struct<a-b:timestamp,c.d:date>",
         "row(a-b timestamp, c.d date)"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_hive_type *type = NULL;
        mr_error err;
        mr_code code = mr_hive_type_parse(mr_bytes_of(cases[i].text), &type, &err);
        if (cases[i].hive == NULL) {
            CHECK_CODE(cases[i].text, code, MR_INVALID_ARGUMENT);
            continue;
        }
        CHECK_OK(cases[i].text, code, &err);
        mr_strbuf out = mr_strbuf_make(1000);
        mr_hive_type_format(type, &out);
        CHECK_STR(cases[i].text, mr_strbuf_text(&out), cases[i].hive);
        mr_strbuf_reset(&out);
        mr_hive_type_format_trino(type, &out);
        CHECK_STR(cases[i].text, mr_strbuf_text(&out), cases[i].trino);
        mr_strbuf_deinit(&out);
        mr_hive_type_free(type);
    }
}

static void test_a_bad_type_says_what_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "a type is missing at character 1"},
        {"strnig", "\"strnig\": there is no such type at character 1"},
        {"array", "\"<\" is missing"},
        {"array<>", "no such type"},
        {"array<int", "\">\" is missing at character 10"},
        {"array<int>>", "something follows the type at character 11"},
        {"map<int>", "\",\" is missing"},
        {"struct<a>", "\":\" is missing"},
        {"struct<a:int,>", "a field's name is missing"},
        {"struct<:int>", "a field's name is missing"},
        {"struct<a:int,b:intt>", "no such type at character 16"},
        {"decimal(39,0)", "a precision from 1 to 38"},
        {"decimal(5,6)", "a scale from 0 to the precision"},
        {"decimal(-1)", "a precision"},
        {"varchar", "a length from 1 to 65535"},
        {"char(256)", "a length from 1 to 255"},
        {"int(4)", "something follows"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_hive_type *type = NULL;
        mr_error err;
        CHECK_CODE(cases[i].text, mr_hive_type_parse(mr_bytes_of(cases[i].text), &type, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].text, err.message, cases[i].message);
        CHECK_CODE(cases[i].text, mr_hive_type_parse(mr_bytes_of(cases[i].text), &type, NULL),
                   MR_INVALID_ARGUMENT);
    }
}

static void test_a_name_with_a_nul_is_refused(void **state)
{
    (void)state;
    mr_hive_type *type = NULL;
    CHECK_CODE("NUL", mr_hive_type_parse(MR_BYTES_LITERAL("struct<a\0b:int>"), &type, NULL),
               MR_INVALID_ARGUMENT);
}

static void test_endless_nesting_is_refused(void **state)
{
    (void)state;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 100000; i++) {
        mr_strbuf_append_text(&text, "array<");
    }
    mr_hive_type *type = NULL;
    mr_error err;
    CHECK_CODE("100,000 arrays", mr_hive_type_parse(mr_strbuf_bytes(&text), &type, &err),
               MR_INVALID_ARGUMENT);
    CHECK_HAS("100,000 arrays", err.message, "nested too deep");
    mr_strbuf_deinit(&text);
}

static void test_a_field_is_found_by_name_without_regard_to_case(void **state)
{
    (void)state;
    mr_hive_type *type = NULL;
    mr_error err;
    CHECK_OK("parse",
             mr_hive_type_parse(MR_BYTES_LITERAL("struct<lat:double,lon:bigint>"), &type, &err),
             &err);
    CHECK_INT("lon", mr_hive_type_field(type, MR_BYTES_LITERAL("LON")), 1);
    CHECK_INT("none", mr_hive_type_field(type, MR_BYTES_LITERAL("height")), 2);
    CHECK_TRUE("double is a number", mr_hive_is_number(type->children[0]));
    CHECK_TRUE("double is no integer", !mr_hive_is_integer(type->children[0]));
    CHECK_TRUE("bigint is an integer", mr_hive_is_integer(type->children[1]));
    CHECK_TRUE("a struct is no text", !mr_hive_is_text(type));
    mr_hive_type_free(type);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(hive_type);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_read_and_spelled_as_hive_and_as_athena),
        cmocka_unit_test(test_a_bad_type_says_what_and_where),
        cmocka_unit_test(test_a_name_with_a_nul_is_refused),
        cmocka_unit_test(test_endless_nesting_is_refused),
        cmocka_unit_test(test_a_field_is_found_by_name_without_regard_to_case),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
