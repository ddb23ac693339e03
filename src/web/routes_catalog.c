/* routes_catalog.c - databases, tables and partitions, as Glue would describe them. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/web/web_private.h"

#include <string.h>

#define BODY_BYTES_MAX (16 * (size_t)MR_MIB)

static void write_columns(mr_json *json, const char *key, const mr_column *columns, size_t count)
{
    mr_json_key(json, key);
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        mr_json_object_begin(json);
        mr_json_field_string(json, "name", columns[i].name);
        mr_json_field_string(json, "type", columns[i].type);
        mr_json_field_string(json, "comment", columns[i].comment);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static size_t partitions_of(mr_catalog *catalog, const mr_table *table)
{
    mr_partition *partitions = NULL;
    size_t count = 0;
    if (mr_catalog_partitions(catalog, table->database, table->name, &partitions, &count, NULL) !=
        MR_OK) {
        return 0;
    }
    mr_partitions_free(partitions, count);
    return count;
}

static void write_table(mr_json *json, mr_catalog *catalog, const mr_table *table)
{
    const char *projection = mr_table_parameter(table, "projection.enabled");
    const bool is_projected = projection != NULL && strcmp(projection, "true") == 0;
    const char *serde = table->serde == NULL ? NULL : strrchr(table->serde, '.');
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", table->name);
    mr_json_field_string(json, "location", table->location);
    mr_json_field_string(json, "format", serde == NULL ? table->serde : serde + 1);
    write_columns(json, "columns", table->columns, table->column_count);
    write_columns(json, "partition_keys", table->partition_keys, table->partition_key_count);
    mr_json_key(json, "partitions");
    mr_json_uint(json, partitions_of(catalog, table));
    mr_json_field_bool(json, "projection", is_projected);
    mr_json_object_end(json);
}

static void write_database(mr_json *json, mr_catalog *catalog, const char *database)
{
    char **tables = mr_catalog_tables(catalog, database);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", database);
    mr_json_key(json, "tables");
    mr_json_array_begin(json);
    for (size_t i = 0; tables[i] != NULL; i++) {
        mr_table *table = NULL;
        if (mr_catalog_get_table(catalog, database, tables[i], &table, NULL) == MR_OK) {
            write_table(json, catalog, table);
        }
        mr_table_free(table);
        mr_free(tables[i]);
    }
    mr_json_array_end(json);
    mr_json_object_end(json);
    mr_free(tables);
}

void mr_web_write_catalog(mr_json *json, const mr_web *web)
{
    mr_catalog *catalog = mr_sim_catalog(web->sim);
    char **databases = mr_catalog_databases(catalog);
    mr_json_object_begin(json);
    mr_json_key(json, "databases");
    mr_json_array_begin(json);
    for (size_t i = 0; databases[i] != NULL; i++) {
        write_database(json, catalog, databases[i]);
        mr_free(databases[i]);
    }
    mr_json_array_end(json);
    mr_json_object_end(json);
    mr_free(databases);
}

static void get_catalog(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_web_write_catalog(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void write_partition(mr_json *json, const mr_partition *partition)
{
    mr_json_object_begin(json);
    mr_json_key(json, "values");
    mr_json_array_begin(json);
    for (size_t i = 0; i < partition->value_count; i++) {
        mr_json_text(json, partition->values[i]);
    }
    mr_json_array_end(json);
    mr_json_field_string(json, "location", partition->location);
    mr_json_object_end(json);
}

static void get_partitions(mr_web_call *call)
{
    mr_catalog *catalog = mr_sim_catalog(call->web->sim);
    const char *database = mr_web_text(call, "database");
    const char *table_name = mr_web_text(call, "table");
    const size_t after = (size_t)mr_web_integer(call, "after");
    const size_t limit = (size_t)mr_web_integer(call, "limit");
    mr_partition *partitions = NULL;
    size_t count = 0;
    mr_table *table = NULL;
    mr_error err;
    mr_code code = mr_catalog_get_table(catalog, database, table_name, &table, &err);
    if (code == MR_OK) {
        code = mr_catalog_partitions(catalog, database, table_name, &partitions, &count, &err);
    }
    mr_table_free(table);
    if (code != MR_OK) {
        mr_web_fail_code(call->request, code, &err);
        return;
    }
    const size_t begin = mr_min_size(after, count);
    const size_t end = mr_min_size(begin + limit, count);
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_key(&json, "partitions");
    mr_json_array_begin(&json);
    for (size_t i = begin; i < end; i++) {
        write_partition(&json, &partitions[i]);
    }
    mr_json_array_end(&json);
    mr_json_key(&json, "next");
    if (end < count) {
        mr_json_uint(&json, end);
    } else {
        mr_json_null(&json);
    }
    mr_json_object_end(&json);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
    mr_partitions_free(partitions, count);
}

/* ---- the tables ---- */

static const mr_web_field column_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "In lower case."},
    {.name = "type", .type = MR_WEB_STRING, .about = "Hive's type, such as struct<a:int>."},
    {.name = "comment", .type = MR_WEB_STRING, .nullable = true, .about = "As it was given."}};
static const mr_web_shape column_shape =
    MR_WEB_SHAPE("TableColumn", "A column of a table.", column_fields);

static const mr_web_field table_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "Of the table."},
    {.name = "location",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "Where its objects are: s3://bucket/prefix/."},
    {.name = "format", .type = MR_WEB_STRING, .nullable = true, .about = "The SerDe's short name."},
    {.name = "columns",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &column_shape,
     .about = "Those in the objects."},
    {.name = "partition_keys",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &column_shape,
     .about = "Those in the paths."},
    {.name = "partitions", .type = MR_WEB_INTEGER, .about = "How many are registered."},
    {.name = "projection",
     .type = MR_WEB_BOOLEAN,
     .about = "Partitions are worked out, and none has to be registered."}};
static const mr_web_shape table_shape = MR_WEB_SHAPE("Table", "A table.", table_fields);

static const mr_web_field database_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "Of the database."},
    {.name = "tables",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &table_shape,
     .about = "In byte order of names."}};
static const mr_web_shape database_shape = MR_WEB_SHAPE("Database", "A database.", database_fields);

static const mr_web_field catalog_fields[] = {{.name = "databases",
                                               .type = MR_WEB_ARRAY,
                                               .item = MR_WEB_OBJECT,
                                               .shape = &database_shape,
                                               .about = "In byte order of names."}};
static const mr_web_shape catalog_shape =
    MR_WEB_SHAPE("Catalog", "What can be queried.", catalog_fields);

static const mr_web_field partition_fields[] = {
    {.name = "values",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "One for each partition key."},
    {.name = "location", .type = MR_WEB_STRING, .about = "s3://bucket/prefix/key=value/."}};
static const mr_web_shape partition_shape =
    MR_WEB_SHAPE("Partition", "A registered partition.", partition_fields);

static const mr_web_field partitions_fields[] = {
    {.name = "partitions",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &partition_shape,
     .about = "In byte order of values."},
    {.name = "next",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "What `after` is for the next page; null: there is none."}};
static const mr_web_shape partitions_shape =
    MR_WEB_SHAPE("Partitions", "A page of partitions.", partitions_fields);

static const mr_web_parameter partition_parameters[] = {
    {.name = "database",
     .in_path = true,
     .type = MR_WEB_STRING,
     .about = "The database's name.",
     .example = "\"crimes\""},
    {.name = "table",
     .in_path = true,
     .type = MR_WEB_STRING,
     .about = "The table's name.",
     .example = "\"crime_events\""},
    {.name = "after",
     .type = MR_WEB_INTEGER,
     .least = 0,
     .most = 1e9,
     .fallback = "0",
     .about = "How many are left out at the front."},
    {.name = "limit",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = 1000,
     .fallback = "200",
     .about = "At most so many."}};

static const mr_web_failure database_not_found = {"database-not-found", 404,
                                                  "The catalog has no such database."};
static const mr_web_failure table_not_found = {"table-not-found", 404,
                                               "The database has no such table."};
static const mr_web_failure *const partition_failures[] = {&database_not_found, &table_not_found,
                                                           NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/catalog",
     .tag = "Catalog and query",
     .summary = "Databases, tables and columns",
     .guard = MR_WEB_OWN_HOST,
     .answer = &catalog_shape,
     .handle = get_catalog},
    {.method = "GET",
     .path = "/_millrace/api/catalog/{database}/{table}/partitions",
     .tag = "Catalog and query",
     .summary = "The partitions of a table",
     .guard = MR_WEB_OWN_HOST,
     .parameters = partition_parameters,
     .parameter_count = MR_COUNT(partition_parameters),
     .answer = &partitions_shape,
     .failures = partition_failures,
     .handle = get_partitions}};

const mr_web_group mr_web_catalog_routes = {routes, MR_COUNT(routes)};
