/*
 * lake.h - a small lake for the tests of queries: a temporary directory with a catalog, tables
 * and objects, and queries whose answers are one text.
 */
#ifndef MR_TESTS_LAKE_H
#define MR_TESTS_LAKE_H

#include "sim/base/alloc.h"
#include "sim/catalog/catalog.h"
#include "sim/query/query.h"
#include "src/platform/platform.h"
#include "tests/check.h"

typedef struct lake {
    char *directory;
    mr_clock *clock;
    mr_db *db;
    mr_catalog *catalog;
    mr_offloader *offloader; /* of the queries; NULL */
    unsigned threads;
    const char *database; /* of the queries; NULL */

    /* of the last query */
    mr_strbuf answer;   /* "a|b\n1|2\n": the names, then the rows; NULL is spelled NULL */
    mr_strbuf warnings; /* one a line */
    mr_query_stats stats;
    mr_error error;
} lake;

#define LAKE_NOW_US INT64_C(1136073600000000) /* 2006-01-01 */

#define SERDE_OPENX "org.openx.data.jsonserde.JsonSerDe"
#define SERDE_HIVE  "org.apache.hive.hcatalog.data.JsonSerDe"
#define SERDE_LAZY  "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
#define SERDE_CSV   "org.apache.hadoop.hive.serde2.OpenCSVSerde"

/* With an empty database "db". */
MR_UNUSED static lake *lake_new(void)
{
    mr_error err;
    lake *l = mr_calloc(1, sizeof(*l));
    l->directory = check_temp_dir();
    l->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = LAKE_NOW_US});
    l->answer = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    l->warnings = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *path = mr_format("%s/catalog.db", l->directory);
    CHECK_OK("open", mr_db_open(&(mr_db_options){.path = path, .clock = l->clock}, &l->db, &err),
             &err);
    mr_free(path);
    l->catalog = mr_catalog_new(l->db, NULL);
    CHECK_OK("db", mr_catalog_create_database(l->catalog, "db", NULL, &err), &err);
    return l;
}

MR_UNUSED static void lake_free(lake *l)
{
    mr_catalog_free(l->catalog);
    mr_db_close(l->db);
    mr_clock_free(l->clock);
    mr_strbuf_deinit(&l->answer);
    mr_strbuf_deinit(&l->warnings);
    check_remove_dir(l->directory);
    mr_free(l);
}

/* Cuts the next piece off *rest at a mark that is not inside <>. Owned; NULL at the end. */
static char *next_piece(const char **rest, char mark)
{
    if (**rest == '\0') {
        return NULL;
    }
    const char *from = *rest;
    int depth = 0;
    const char *p = from;
    for (; *p != '\0' && (depth > 0 || *p != mark); p++) {
        depth += (*p == '<') - (*p == '>');
    }
    *rest = *p == '\0' ? p : p + 1;
    return mr_strndup(from, (size_t)(p - from));
}

static mr_column *read_columns(const char *list, size_t *count)
{
    mr_column *columns = mr_calloc(64, sizeof(*columns));
    char *piece;
    *count = 0;
    while ((piece = next_piece(&list, ';')) != NULL) {
        const char *rest = piece;
        columns[*count].name = next_piece(&rest, ' ');
        columns[(*count)++].type = mr_strdup(rest);
        mr_free(piece);
    }
    return columns;
}

static void free_columns(mr_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free(columns[i].name);
        mr_free(columns[i].type);
    }
    mr_free(columns);
}

static void free_parameters(mr_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free(parameters[i].name);
        mr_free(parameters[i].value);
    }
}

/*
 * A table at s3://bucket/<name>/ in database "db".
 *
 * columns, keys: "name type;name type"; keys may be "".
 * parameters:    "name=value;name=value" of the SerDe; of the table when they begin with '@'.
 */
MR_UNUSED static void lake_table(lake *l, const char *name, const char *serde, const char *columns,
                                 const char *keys, const char *parameters)
{
    mr_error err;
    mr_parameter own[32], serdes[32];
    char *database = mr_strdup("db");
    mr_table table = {.database = database,
                      .name = mr_strdup(name),
                      .table_type = mr_strdup("EXTERNAL_TABLE"),
                      .location = mr_format("s3://bucket/%s/", name),
                      .serde = mr_strdup(serde),
                      .parameters = own,
                      .serde_parameters = serdes};
    table.columns = read_columns(columns, &table.column_count);
    table.partition_keys = read_columns(keys, &table.partition_key_count);
    char *piece;
    while ((piece = next_piece(&parameters, ';')) != NULL) {
        bool of_table = piece[0] == '@';
        const char *rest = piece + of_table;
        mr_parameter p = {.name = next_piece(&rest, '=')};
        p.value = mr_strdup(rest);
        if (of_table) {
            own[table.parameter_count++] = p;
        } else {
            serdes[table.serde_parameter_count++] = p;
        }
        mr_free(piece);
    }
    CHECK_OK(name, mr_catalog_create_table(l->catalog, &table, &err), &err);
    free_parameters(own, table.parameter_count);
    free_parameters(serdes, table.serde_parameter_count);
    free_columns(table.columns, table.column_count);
    free_columns(table.partition_keys, table.partition_key_count);
    mr_free(database);
    mr_free(table.name);
    mr_free(table.table_type);
    mr_free(table.location);
    mr_free(table.serde);
}

MR_UNUSED static void lake_partition(lake *l, const char *table, const char *values,
                                     const char *location)
{
    mr_error err;
    const char *list[16];
    size_t count = 0;
    char *piece;
    while ((piece = next_piece(&values, ';')) != NULL) {
        list[count++] = piece;
    }
    CHECK_OK(location,
             mr_catalog_add_partition(l->catalog, "db", table, list, count, location, &err), &err);
    for (size_t i = 0; i < count; i++) {
        mr_free((char *)(uintptr_t)list[i]);
    }
}

/* key: below the bucket "bucket". */
MR_UNUSED static void lake_object_bytes(lake *l, const char *key, mr_bytes bytes)
{
    mr_error err;
    mr_file_system *fs = mr_platform_fs();
    char *path = mr_format("%s/s3/bucket/%s", l->directory, key);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    CHECK_OK(path, fs->make_directories(fs, path, &err), &err);
    *slash = '/';
    mr_file *file;
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, bytes, 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
}

MR_UNUSED static void lake_object(lake *l, const char *key, const char *text)
{
    lake_object_bytes(l, key, mr_bytes_of(text));
}

static void on_columns(void *context, const char *const *names, size_t count)
{
    lake *l = context;
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(&l->answer, "%s%s", i == 0 ? "" : "|", names[i]);
    }
    mr_strbuf_append_char(&l->answer, '\n');
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    lake *l = context;
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(&l->answer, i == 0 ? "" : "|");
        if (values[i].is_null) {
            mr_strbuf_append_text(&l->answer, "NULL");
        } else {
            mr_strbuf_append_bytes(&l->answer, values[i].text);
        }
    }
    mr_strbuf_append_char(&l->answer, '\n');
    return true;
}

static void on_warning(void *context, const char *message)
{
    lake *l = context;
    mr_strbuf_appendf(&l->warnings, "%s\n", message);
}

/* The answer, or "error: ...". */
MR_UNUSED static const char *lake_query(lake *l, const char *sql)
{
    mr_strbuf_reset(&l->answer);
    mr_strbuf_reset(&l->warnings);
    l->error = (mr_error){0};
    l->stats = (mr_query_stats){0};
    char *catalog = mr_format("%s/catalog.db", l->directory);
    char *store = mr_format("%s/s3", l->directory);
    mr_query_options options = {.catalog_path = catalog,
                                .store_path = store,
                                .fs = mr_platform_fs(),
                                .now_us = LAKE_NOW_US,
                                .database = l->database,
                                .offloader = l->offloader,
                                .threads = l->threads};
    mr_query_session *session;
    mr_code code = mr_query_open(&options, &session, &l->error);
    if (code == MR_OK) {
        mr_query_handlers handlers = {
            .columns = on_columns, .row = on_row, .warning = on_warning, .context = l};
        code = mr_query_run(session, sql, &handlers, &l->stats, &l->error);
        mr_query_close(session);
    }
    if (code != MR_OK) {
        mr_strbuf_reset(&l->answer);
        mr_strbuf_appendf(&l->answer, "error: %s", l->error.message);
    }
    mr_free(catalog);
    mr_free(store);
    return mr_strbuf_text(&l->answer);
}

#endif
