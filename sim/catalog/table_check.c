/* table_check.c - what a table must be so that Athena can query it. */
#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/catalog/catalog_private.h"
#include "sim/catalog/hive_type.h"
#include "sim/catalog/projection.h"

#define NAME_BYTES_MAX 255 /* Glue: NameString */

static mr_code check_name(const char *what, const char *name, mr_error *err)
{
    if (name == NULL || *name == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "a %s has no name", what);
    }
    size_t len = strlen(name);
    if (len > NAME_BYTES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "%s %.40s...: a name of %zu bytes; the most is %d", what, name, len,
                            NAME_BYTES_MAX);
    }
    return MR_OK;
}

static mr_code check_column(const mr_table *table, const mr_column *column, bool is_key,
                            mr_error *err)
{
    mr_hive_type *type = NULL;
    mr_code code = check_name("column", column->name, err);
    if (code == MR_OK) {
        code = column->type == NULL ? mr_error_set(err, MR_INVALID_ARGUMENT, "it has no type")
                                    : mr_hive_type_parse(mr_bytes_of(column->type), &type, err);
    }
    if (code == MR_OK && is_key && type != NULL && type->child_count > 0) {
        code = mr_error_set(err, MR_INVALID_ARGUMENT, "a partition key cannot be of type %s",
                            column->type);
    }
    mr_hive_type_free(type);
    if (code != MR_OK) {
        mr_error_prefix(err, "table %s, column %s: ", table->name,
                        column->name == NULL ? "?" : column->name);
    }
    return code;
}

/* Glue takes two columns of one name; no query of such a table works. */
static mr_code check_unique(const mr_table *table, mr_map *seen, const mr_column *column,
                            mr_error *err)
{
    char *name = mr_lower_dup(column->name);
    void *before = mr_map_put(seen, mr_bytes_of(name), seen);
    mr_free(name);
    return before == NULL
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "table %s: HIVE_INVALID_METADATA: Table descriptor contains "
                              "duplicate columns: %s is there twice",
                              table->name, column->name);
}

static mr_code check_columns(const mr_table *table, mr_map *seen, mr_error *err)
{
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < table->column_count; i++) {
        code = check_column(table, &table->columns[i], false, err);
        if (code == MR_OK) {
            code = check_unique(table, seen, &table->columns[i], err);
        }
    }
    for (size_t i = 0; code == MR_OK && i < table->partition_key_count; i++) {
        code = check_column(table, &table->partition_keys[i], true, err);
        if (code == MR_OK) {
            code = check_unique(table, seen, &table->partition_keys[i], err);
        }
    }
    return code;
}

static mr_code check_location(const mr_table *table, mr_error *err)
{
    mr_bytes bucket;
    mr_bytes prefix;
    if (table->location == NULL || *table->location == '\0' ||
        mr_location_split(table->location, &bucket, &prefix)) {
        return MR_OK; /* Glue takes a table without one */
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "table %s: Location \"%s\" must look like s3://bucket/prefix/", table->name,
                        table->location);
}

mr_code mr_table_check(const mr_table *table, mr_error *err)
{
    mr_code code = check_name("table", table->name, err);
    if (code != MR_OK) {
        return code;
    }
    mr_map *seen = mr_map_new();
    code = check_columns(table, seen, err);
    mr_map_free(seen);
    if (code == MR_OK) {
        code = check_location(table, err);
    }
    if (code == MR_OK && mr_projection_is_enabled(table)) {
        mr_projection *projection = NULL;
        code = mr_projection_new(table, &projection, err);
        mr_projection_free(projection);
    }
    return code;
}
