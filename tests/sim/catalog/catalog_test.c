/* catalog_test.c - databases, tables and partitions, and what delivered objects register. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/catalog/catalog.h"
#include "tests/check.h"

#define START_US INT64_C(1735689600000000)

typedef struct world {
    char *directory, *path;
    mr_clock *clock;
    mr_trace *trace;
    mr_db *db;
    mr_catalog *catalog;
    mr_strbuf added; /* "table key;" for every partition that was added */
} world;

static void hear(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)time_us;
    (void)line;
    if (event->type == MR_EVENT_PARTITION_ADDED) {
        mr_strbuf_appendf(&((world *)context)->added, "%s %s;", event->table, event->key);
    }
}

static void open_catalog(world *w, bool read_only)
{
    mr_error err;
    CHECK_OK(
        "open",
        mr_db_open(
            &(mr_db_options){.path = w->path, .clock = w->clock, .seed = 1, .read_only = read_only},
            &w->db, &err),
        &err);
    w->catalog = mr_catalog_new(w->db, w->trace);
}

static void close_catalog(world *w)
{
    mr_catalog_free(w->catalog);
    mr_db_close(w->db);
}

static int make_world(void **state)
{
    world *w = mr_calloc(1, sizeof(*w));
    w->directory = check_temp_dir();
    w->path = mr_format("%s/catalog.db", w->directory);
    w->clock = mr_clock_new(&(mr_clock_options){.start_us = START_US});
    w->trace = mr_trace_new(w->clock);
    w->added = mr_strbuf_make(MR_MIB);
    mr_trace_listen(w->trace, hear, w, false);
    open_catalog(w, false);
    *state = w;
    return 0;
}

static int leave_world(void **state)
{
    world *w = *state;
    close_catalog(w);
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
    mr_strbuf_deinit(&w->added);
    check_remove_dir(w->directory);
    mr_free(w->path);
    mr_free(w);
    return 0;
}

/* The fields of a table are owned texts; these are never freed. */
#define TEXT(literal) ((char *)(literal))

static mr_column crime_columns[] = {
    {TEXT("District"), TEXT("INT"), NULL},
    {TEXT("location"), TEXT("struct<lat:double,lon:double>"), TEXT("where it was")}};
static mr_column crime_keys[] = {{TEXT("Year"), TEXT("string"), NULL},
                                 {TEXT("month"), TEXT("int"), NULL}};
static mr_parameter crime_serde[] = {{TEXT("case.insensitive"), TEXT("true")}};
static mr_parameter crime_parameters[] = {{TEXT("classification"), TEXT("json")},
                                          {TEXT("EXTERNAL"), TEXT("TRUE")}};

static const mr_table crimes = {
    .database = TEXT("Crimes"),
    .name = TEXT("Crime_Events"),
    .table_type = TEXT("EXTERNAL_TABLE"),
    .columns = crime_columns,
    .column_count = MR_COUNT(crime_columns),
    .partition_keys = crime_keys,
    .partition_key_count = MR_COUNT(crime_keys),
    .location = TEXT("s3://crime-data/Events"),
    .input_format = TEXT("org.apache.hadoop.mapred.TextInputFormat"),
    .serde = TEXT("org.openx.data.jsonserde.JsonSerDe"),
    .serde_parameters = crime_serde,
    .serde_parameter_count = MR_COUNT(crime_serde),
    .parameters = crime_parameters,
    .parameter_count = MR_COUNT(crime_parameters),
};

static void make_crimes(world *w)
{
    mr_error err;
    CHECK_OK("database", mr_catalog_create_database(w->catalog, "Crimes", "of 2006", &err), &err);
    CHECK_OK("table", mr_catalog_create_table(w->catalog, &crimes, &err), &err);
}

static void written(world *w, const char *bucket, const char *key)
{
    mr_error err;
    CHECK_OK(key, mr_catalog_object_written(w->catalog, bucket, key, &err), &err);
}

/* "2006/1@s3://...;" for every partition, in order. */
static void check_partitions(world *w, const char *want)
{
    mr_partition *partitions = NULL;
    size_t count = 0;
    mr_error err;
    mr_strbuf got = mr_strbuf_make(MR_MIB);
    CHECK_OK("partitions",
             mr_catalog_partitions(w->catalog, "crimes", "CRIME_events", &partitions, &count, &err),
             &err);
    for (size_t i = 0; i < count; i++) {
        for (size_t v = 0; v < partitions[i].value_count; v++) {
            mr_strbuf_appendf(&got, "%s%s", v == 0 ? "" : "/", partitions[i].values[v]);
        }
        mr_strbuf_appendf(&got, "@%s;", partitions[i].location);
    }
    CHECK_STR("partitions", mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
    mr_partitions_free(partitions, count);
}

static void check_names(char **names, const char *want)
{
    mr_strbuf got = mr_strbuf_make(1000);
    for (char **name = names; *name != NULL; name++) {
        mr_strbuf_appendf(&got, "%s;", *name);
        mr_free(*name);
    }
    mr_free(names);
    CHECK_STR("names", mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

static void test_a_table_comes_back_as_it_went_in_with_names_folded(void **state)
{
    world *w = *state;
    mr_error err;
    make_crimes(w);
    close_catalog(w);
    open_catalog(w, true); /* as a query opens it */
    mr_table *t = NULL;
    CHECK_OK("get", mr_catalog_get_table(w->catalog, "CRIMES", "crime_EVENTS", &t, &err), &err);
    CHECK_STR("database", t->database, "crimes");
    CHECK_STR("name", t->name, "crime_events");
    CHECK_STR("type", t->table_type, "EXTERNAL_TABLE");
    CHECK_STR("location", t->location, "s3://crime-data/Events");
    CHECK_STR("input format", t->input_format, crimes.input_format);
    CHECK_TRUE("no output format", t->output_format == NULL);
    CHECK_STR("serde", t->serde, crimes.serde);
    CHECK_INT("columns", t->column_count, 2);
    CHECK_STR("column", t->columns[0].name, "district");
    CHECK_STR("type", t->columns[0].type, "int");
    CHECK_TRUE("no comment", t->columns[0].comment == NULL);
    CHECK_STR("comment", t->columns[1].comment, "where it was");
    CHECK_INT("keys", t->partition_key_count, 2);
    CHECK_STR("key", t->partition_keys[0].name, "year");
    CHECK_STR("parameter", mr_table_parameter(t, "classification"), "json");
    CHECK_TRUE("case counts", mr_table_parameter(t, "external") == NULL);
    CHECK_STR("serde parameter", mr_table_serde_parameter(t, "case.insensitive"), "true");
    CHECK_TRUE("not compressed", !t->compressed);
    mr_table_free(t);
    mr_table_free(NULL);
}

static void test_what_is_not_there_is_named(void **state)
{
    world *w = *state;
    mr_error err;
    mr_table *t = NULL;
    make_crimes(w);
    CHECK_CODE("table", mr_catalog_get_table(w->catalog, "crimes", "nope", &t, &err),
               MR_TABLE_NOT_FOUND);
    CHECK_HAS("table", err.message, "table crimes.nope not found");
    CHECK_CODE("database", mr_catalog_get_table(w->catalog, "nope", "crime_events", &t, &err),
               MR_DATABASE_NOT_FOUND);
    mr_table elsewhere = crimes;
    elsewhere.database = TEXT("nope");
    CHECK_CODE("create", mr_catalog_create_table(w->catalog, &elsewhere, &err),
               MR_DATABASE_NOT_FOUND);
    CHECK_CODE("twice", mr_catalog_create_table(w->catalog, &crimes, &err), MR_ALREADY_EXISTS);
    CHECK_CODE("twice", mr_catalog_create_database(w->catalog, "CRIMES", NULL, &err),
               MR_ALREADY_EXISTS);
    CHECK_CODE("no name", mr_catalog_create_database(w->catalog, "", NULL, &err),
               MR_INVALID_ARGUMENT);
}

static void test_names_are_listed_in_order(void **state)
{
    world *w = *state;
    mr_error err;
    make_crimes(w);
    CHECK_OK("database", mr_catalog_create_database(w->catalog, "a", NULL, &err), &err);
    mr_table other = crimes;
    other.name = TEXT("another");
    CHECK_OK("table", mr_catalog_create_table(w->catalog, &other, &err), &err);
    check_names(mr_catalog_databases(w->catalog), "a;crimes;");
    check_names(mr_catalog_tables(w->catalog, "Crimes"), "another;crime_events;");
    check_names(mr_catalog_tables(w->catalog, "a"), "");
}

static void test_tables_that_no_query_could_read_are_refused(void **state)
{
    world *w = *state;
    static const struct {
        mr_column column, key;
        const char *location, *message;
    } cases[] = {
        {{TEXT("a"), TEXT("strnig"), NULL},
         {TEXT("k"), TEXT("string"), NULL},
         "s3://b/",
         "column a: type \"strnig\""},
        {{TEXT("a"), NULL, NULL}, {TEXT("k"), TEXT("string"), NULL}, "s3://b/", "it has no type"},
        {{TEXT(""), TEXT("int"), NULL},
         {TEXT("k"), TEXT("string"), NULL},
         "s3://b/",
         "a column has no name"},
        {{TEXT("a"), TEXT("int"), NULL},
         {TEXT("A"), TEXT("string"), NULL},
         "s3://b/",
         "duplicate columns: A"},
        {{TEXT("a"), TEXT("int"), NULL},
         {TEXT("k"), TEXT("array<int>"), NULL},
         "s3://b/",
         "a partition key cannot be"},
        {{TEXT("a"), TEXT("int"), NULL},
         {TEXT("k"), TEXT("string"), NULL},
         "/tmp/x",
         "must look like s3://"},
        {{TEXT("a"), TEXT("int"), NULL},
         {TEXT("k"), TEXT("string"), NULL},
         "s3:///x",
         "must look like s3://"},
    };
    mr_error err;
    make_crimes(w);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_column column = cases[i].column;
        mr_column key = cases[i].key;
        mr_table t = {.database = TEXT("crimes"),
                      .name = TEXT("t"),
                      .columns = &column,
                      .column_count = 1,
                      .partition_keys = &key,
                      .partition_key_count = 1,
                      .location = (char *)cases[i].location};
        CHECK_CODE(cases[i].message, mr_catalog_create_table(w->catalog, &t, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].message, err.message, cases[i].message);
    }
}

static void test_partitions_are_listed_in_order_of_their_values(void **state)
{
    world *w = *state;
    static const char *const values[][2] = {{"b", "1"}, {"a b", "1"}, {"a", "2"}, {"a", "10"}};
    mr_error err;
    make_crimes(w);
    for (size_t i = 0; i < MR_COUNT(values); i++) {
        CHECK_OK("add",
                 mr_catalog_add_partition(w->catalog, "crimes", "crime_events", values[i], 2,
                                          "s3://x/", &err),
                 &err);
    }
    check_partitions(w, "a/10@s3://x/;a/2@s3://x/;a b/1@s3://x/;b/1@s3://x/;");
    CHECK_CODE("twice",
               mr_catalog_add_partition(w->catalog, "crimes", "crime_events", values[0], 2,
                                        "s3://y/", &err),
               MR_ALREADY_EXISTS);
    CHECK_HAS("twice", err.message, "partition year=b/month=1 already exists");
    CHECK_CODE("one value",
               mr_catalog_add_partition(w->catalog, "crimes", "crime_events", values[0], 1,
                                        "s3://y/", &err),
               MR_INVALID_ARGUMENT);
    CHECK_CODE(
        "no table",
        mr_catalog_add_partition(w->catalog, "crimes", "nope", values[0], 2, "s3://y/", &err),
        MR_TABLE_NOT_FOUND);
}

static void test_a_delivered_object_registers_its_folder_once(void **state)
{
    world *w = *state;
    make_crimes(w);
    written(w, "crime-data", "Events/year=2006/month=01/a");
    written(w, "crime-data", "Events/year=2006/month=01/b");
    written(w, "crime-data", "Events/year=2006/month=02/deeper/c");
    CHECK_STR("events", mr_strbuf_text(&w->added),
              "crimes.crime_events year=2006/month=01;crimes.crime_events year=2006/month=02;");
    check_partitions(w, "2006/01@s3://crime-data/Events/year=2006/month=01/;"
                        "2006/02@s3://crime-data/Events/year=2006/month=02/;");

    close_catalog(w); /* what is registered stays so after a restart, without a second event */
    open_catalog(w, false);
    written(w, "crime-data", "Events/year=2006/month=01/d");
    written(w, "crime-data", "Events/YEAR=2007/Month=03/e");
    CHECK_STR("events", mr_strbuf_text(&w->added),
              "crimes.crime_events year=2006/month=01;crimes.crime_events year=2006/month=02;"
              "crimes.crime_events year=2007/month=03;");
}

static void test_what_is_no_partition_registers_nothing(void **state)
{
    world *w = *state;
    static const char *const keys[] = {
        "Events/a",
        "Events/2006/01/a",
        "Events/year=2006/a",
        "Events/year=2006/month=/a",
        "Events/month=01/year=2006/a",
        "Events/year=2006/month=01",
        "Events/year=2006/month=01/",
        "Events/year=2006/month=01/_SUCCESS",
        "Events/year=2006/month=01/.hidden",
        "Eventsyear=2006/month=01/a",
        "errors/year=2006/month=01/a",
        "",
    };
    make_crimes(w);
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        written(w, "crime-data", keys[i]);
    }
    written(w, "other-bucket", "Events/year=2006/month=01/a");
    check_partitions(w, "");
}

static void test_hives_escapes_in_folders_are_undone_in_values_alone(void **state)
{
    world *w = *state;
    make_crimes(w);
    written(w, "crime-data", "Events/year=10%3A30 %zz%2/month=%00/a");
    check_partitions(w, "10:30 %zz%2/%00@s3://crime-data/Events/year=10%3A30 %zz%2/month=%00/;");
}

static void test_a_table_made_later_takes_part_from_then_on(void **state)
{
    world *w = *state;
    mr_error err;
    written(w, "crime-data", "Events/year=2006/month=01/a");
    make_crimes(w);
    written(w, "crime-data", "Events/year=2006/month=02/a");
    check_partitions(w, "2006/02@s3://crime-data/Events/year=2006/month=02/;");

    mr_table root = crimes; /* the whole bucket: both tables get it */
    root.name = TEXT("all_events");
    root.location = TEXT("s3://crime-data");
    CHECK_OK("table", mr_catalog_create_table(w->catalog, &root, &err), &err);
    written(w, "crime-data", "year=2008/month=01/a");
    CHECK_HAS("events", mr_strbuf_text(&w->added), "crimes.all_events year=2008/month=01;");
}

static void test_a_table_with_projection_registers_nothing(void **state)
{
    world *w = *state;
    mr_parameter parameters[] = {{TEXT("projection.enabled"), TEXT("true")},
                                 {TEXT("projection.Year.type"), TEXT("integer")},
                                 {TEXT("projection.year.range"), TEXT("2000,2010")},
                                 {TEXT("projection.month.type"), TEXT("integer")},
                                 {TEXT("projection.month.range"), TEXT("1,12")}};
    mr_error err;
    mr_table t = crimes;
    t.parameters = parameters;
    t.parameter_count = MR_COUNT(parameters);
    CHECK_OK("database", mr_catalog_create_database(w->catalog, "crimes", NULL, &err), &err);
    CHECK_OK("table", mr_catalog_create_table(w->catalog, &t, &err), &err);
    written(w, "crime-data", "Events/year=2006/month=01/a");
    check_partitions(w, "");

    t.name = TEXT("bad");
    parameters[2].value = TEXT("2010");
    CHECK_CODE("range", mr_catalog_create_table(w->catalog, &t, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("range", err.message, "table bad: projection.Year.range is \"2010\"");
}

static void put_row(world *w, const char *bucket, const char *key)
{
    mr_error err;
    mr_stmt *stmt = mr_db_stmt(w->db, "INSERT INTO objects (bucket, key, size_bytes, etag,"
                                      " modified_us) VALUES (?1, ?2, 1, '', 0)");
    mr_stmt_bind_text(stmt, 1, bucket);
    mr_stmt_bind_text(stmt, 2, key);
    CHECK_OK(key, mr_stmt_run(w->db, stmt, &err), &err);
}

static void test_what_a_killed_process_did_not_register_is_found_again(void **state)
{
    world *w = *state;
    static const char *const keys[] = {
        "Events/a",
        "Events/year=2006/month=01/a",
        "Events/year=2006/month=01/b",
        "Events/year=2006/month=010",
        "Events/year=2006/month=010/x",
        "Events/year=2006/month=02/_temporary",
        "Events/year=2006/month=02/real",
        "Events/year=2006/x",
        "Eventt/year=2009/month=01/a",
    };
    mr_error err;
    CHECK_OK("nothing yet", mr_catalog_recover(w->catalog, &err), &err);
    make_crimes(w);
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        put_row(w, "crime-data", keys[i]);
    }
    put_row(w, "other", "Events/year=2008/month=01/a");
    written(w, "crime-data", "Events/year=2006/month=02/real");
    for (int i = 0; i < 2; i++) {
        CHECK_OK("recover", mr_catalog_recover(w->catalog, &err), &err);
        CHECK_STR("each once", mr_strbuf_text(&w->added),
                  "crimes.crime_events year=2006/month=02;"
                  "crimes.crime_events year=2006/month=01;"
                  "crimes.crime_events year=2006/month=010;");
    }
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, leave_world)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_WORLD(test_a_table_comes_back_as_it_went_in_with_names_folded),
        IN_WORLD(test_what_is_not_there_is_named),
        IN_WORLD(test_names_are_listed_in_order),
        IN_WORLD(test_tables_that_no_query_could_read_are_refused),
        IN_WORLD(test_partitions_are_listed_in_order_of_their_values),
        IN_WORLD(test_a_delivered_object_registers_its_folder_once),
        IN_WORLD(test_what_is_no_partition_registers_nothing),
        IN_WORLD(test_hives_escapes_in_folders_are_undone_in_values_alone),
        IN_WORLD(test_a_table_made_later_takes_part_from_then_on),
        IN_WORLD(test_a_table_with_projection_registers_nothing),
        IN_WORLD(test_what_a_killed_process_did_not_register_is_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
