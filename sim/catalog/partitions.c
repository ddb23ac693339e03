/* partitions.c - registered partitions as rows of catalog.db; see catalog.h. */
#include "sim/base/alloc.h"
#include "sim/catalog/catalog_private.h"

#include <stdlib.h>

/* "year=2006/month=01": how Hive and Athena write a partition. */
static void write_spec(const char *const *keys, const char *const *values, size_t count,
                       mr_strbuf *out)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : "/");
        mr_strbuf_append_text(out, keys[i]);
        mr_strbuf_append_char(out, '=');
        mr_strbuf_append_text(out, values[i]);
    }
}

static void emit_added(mr_catalog *catalog, const char *database, const char *table,
                       const char *spec, const char *location)
{
    if (catalog->trace != NULL) {
        char *name = mr_format("%s.%s", database, table);
        mr_trace_emit(catalog->trace, &(mr_event){.type = MR_EVENT_PARTITION_ADDED,
                                                  .table = name,
                                                  .key = spec,
                                                  .message = location});
        mr_free(name);
    }
}

mr_code mr_catalog_insert_partition(mr_catalog *catalog, const char *database, const char *table,
                                    const char *const *keys, const char *const *values,
                                    size_t count, const char *location, bool *added, mr_error *err)
{
    mr_strbuf text = mr_strbuf_make(MR_CATALOG_JSON_MAX);
    mr_values_write(values, count, &text);
    mr_stmt *stmt =
        mr_db_stmt(catalog->db, "INSERT INTO glue_partitions (database_name, table_name,"
                                " partition_values, location, created_us)"
                                " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING");
    mr_stmt_bind_text(stmt, 1, database);
    mr_stmt_bind_text(stmt, 2, table);
    mr_stmt_bind_text(stmt, 3, mr_strbuf_text(&text));
    mr_stmt_bind_text(stmt, 4, location);
    mr_stmt_bind_int(stmt, 5, mr_db_wall_us(catalog->db));
    mr_code code = mr_stmt_run(catalog->db, stmt, err);
    *added = code == MR_OK && sqlite3_changes(mr_db_handle(catalog->db)) > 0;
    if (*added) {
        mr_strbuf_reset(&text);
        write_spec(keys, values, count, &text);
        emit_added(catalog, database, table, mr_strbuf_text(&text), location);
    }
    mr_strbuf_deinit(&text);
    return code;
}

static mr_code add_to_table(mr_catalog *catalog, const mr_table *table, const char *const *values,
                            size_t count, const char *location, mr_error *err)
{
    if (count != table->partition_key_count) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "table %s.%s: a partition of %zu values; the table has %zu partition "
                            "keys",
                            table->database, table->name, count, table->partition_key_count);
    }
    const char **keys = mr_calloc(count, sizeof(*keys));
    for (size_t i = 0; i < count; i++) {
        keys[i] = table->partition_keys[i].name;
    }
    bool added = false;
    mr_code code = mr_catalog_insert_partition(catalog, table->database, table->name, keys, values,
                                               count, location, &added, err);
    if (code == MR_OK && !added) {
        mr_strbuf spec = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        write_spec(keys, values, count, &spec);
        code = mr_error_set(err, MR_ALREADY_EXISTS, "table %s.%s: partition %s already exists",
                            table->database, table->name, mr_strbuf_text(&spec));
        mr_strbuf_deinit(&spec);
    }
    mr_free(keys);
    return code;
}

mr_code mr_catalog_add_partition(mr_catalog *catalog, const char *database, const char *table,
                                 const char *const *values, size_t count, const char *location,
                                 mr_error *err)
{
    MR_ASSERT(location != NULL);

    mr_table *found = NULL;
    mr_code code = mr_catalog_get_table(catalog, database, table, &found, err);
    if (code == MR_OK) {
        code = add_to_table(catalog, found, values, count, location, err);
        mr_table_free(found);
    }
    return code;
}

/* ---- reading ---- */

static int by_values(const void *left, const void *right)
{
    const mr_partition *a = left;
    const mr_partition *b = right;
    size_t common = mr_min_size(a->value_count, b->value_count);
    for (size_t i = 0; i < common; i++) {
        int order = strcmp(a->values[i], b->values[i]);
        if (order != 0) {
            return order;
        }
    }
    return a->value_count < b->value_count ? -1 : a->value_count > b->value_count;
}

static mr_code read_partitions(mr_catalog *catalog, mr_stmt *stmt, mr_partition **partitions,
                               size_t *count, mr_error *err)
{
    size_t capacity = 0;
    for (;;) {
        bool row = false;
        mr_code code = mr_stmt_step(catalog->db, stmt, &row, err);
        if (code != MR_OK || !row) {
            return code;
        }
        mr_partition partition = {0};
        code =
            mr_values_read(mr_stmt_text(stmt, 0), &partition.values, &partition.value_count, err);
        if (code != MR_OK) {
            return code;
        }
        partition.location = mr_strdup(mr_stmt_text(stmt, 1));
        MR_GROW(*partitions, *count, capacity);
        (*partitions)[(*count)++] = partition;
    }
}

mr_code mr_catalog_partitions(mr_catalog *catalog, const char *database, const char *table,
                              mr_partition **out, size_t *count, mr_error *err)
{
    char *database_folded = mr_lower_dup(database);
    char *table_folded = mr_lower_dup(table);
    mr_partition *partitions = NULL;
    size_t found = 0;
    mr_stmt *stmt = mr_db_stmt(catalog->db, "SELECT partition_values, location FROM glue_partitions"
                                            " WHERE database_name = ?1 AND table_name = ?2");
    mr_stmt_bind_text(stmt, 1, database_folded);
    mr_stmt_bind_text(stmt, 2, table_folded);
    mr_code code = read_partitions(catalog, stmt, &partitions, &found, err);
    mr_stmt_done(stmt);
    mr_free(database_folded);
    mr_free(table_folded);
    if (code != MR_OK) {
        mr_partitions_free(partitions, found);
        return code;
    }
    if (found > 0) { /* the rows come in the order of their JSON text, which differs */
        qsort(partitions, found, sizeof(*partitions), by_values);
    }
    *out = partitions;
    *count = found;
    return MR_OK;
}
