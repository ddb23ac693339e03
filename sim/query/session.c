/*
 * session.c - a query session: its own read-only view of the catalog, and statements run by a
 * fresh in-memory SQLite that holds nothing but virtual tables. See query.h.
 *
 *   text --sql_parse--> tree --resolver--> names and types --push--> groups in the scan
 *        --sql_write--> SQLite's text --SQLite--> rows --format_value--> the caller
 */
#include "sim/query/query.h"

#include "sim/base/alloc.h"
#include "sim/catalog/catalog.h"
#include "sim/query/format_value.h"
#include "sim/query/functions.h"
#include "sim/query/partition_source.h"
#include "sim/query/push.h"
#include "sim/query/resolver.h"
#include "sim/query/sql_write.h"

struct mr_query_session {
    mr_clock *clock; /* stands still at now_us; the catalog's connection wants one */
    mr_db *db;
    mr_catalog *catalog;
    char *store_path, *database;
    mr_file_system *fs;
    mr_offloader *offloader;
    int64_t now_us;
    unsigned threads;
};

/* When "now" is for a catalog that a world in simulated time left (mr_sim_note_time()). */
static mr_code read_time(mr_query_session *session, mr_error *err)
{
    bool row = false;
    mr_stmt *stmt = mr_db_stmt(session->db, "SELECT value FROM meta WHERE name = 'clock_us'");
    mr_code code = mr_stmt_step(session->db, stmt, &row, err);
    if (code == MR_OK && row &&
        !mr_bytes_to_int64(mr_bytes_of(mr_stmt_text(stmt, 0)), &session->now_us)) {
        code = mr_error_set(err, MR_CORRUPT, "%s: the time kept there is no number",
                            mr_db_path(session->db));
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_query_open(const mr_query_options *options, mr_query_session **out, mr_error *err)
{
    mr_query_session *session = mr_calloc(1, sizeof(*session));
    session->clock =
        mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = options->now_us});
    session->store_path = mr_strdup(options->store_path);
    session->database = mr_strdup(options->database);
    session->fs = options->fs;
    session->offloader = options->offloader;
    session->now_us = options->now_us;
    session->threads = options->threads == 0 ? 1 : options->threads;
    mr_db_options db = {.path = options->catalog_path, .clock = session->clock, .read_only = true};
    mr_code code = mr_db_open(&db, &session->db, err);
    /* One transaction for the session's life: the catalog as it is now. */
    if (code == MR_OK) {
        code = mr_db_begin(session->db, err);
    }
    if (code == MR_OK) {
        code = mr_db_exec(session->db, "SELECT count(*) FROM sqlite_schema", err);
    }
    if (code == MR_OK) {
        code = read_time(session, err);
    }
    if (code != MR_OK) {
        mr_query_close(session);
        *out = NULL;
        return code;
    }
    session->catalog = mr_catalog_new(session->db, NULL);
    *out = session;
    return MR_OK;
}

void mr_query_close(mr_query_session *session)
{
    if (session == NULL) {
        return;
    }
    mr_catalog_free(session->catalog);
    mr_db_close(session->db);
    mr_clock_free(session->clock);
    mr_free(session->store_path);
    mr_free(session->database);
    mr_free(session);
}

/* ---- the in-memory database ---- */

/* A query reads. Everything else is refused by SQLite itself, whatever the text says. */
static int authorize(void *context, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    (void)context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION
               ? SQLITE_OK
               : SQLITE_DENY;
}

#define OPERATIONS_PER_LOOK 20000 /* of SQLite's machine: some milliseconds */

static int on_progress(void *context)
{
    const mr_query_handlers *handlers = context;
    return handlers->stop(handlers->context);
}

static mr_code sqlite_failed(sqlite3 *db, const mr_statement_run *run, mr_error *err)
{
    if (run->error.code != MR_OK) { /* what a scan said is the cause */
        return mr_error_set(err, run->error.code, "%s", run->error.message);
    }
    if (sqlite3_errcode(db) == SQLITE_INTERRUPT) {
        return mr_error_set(err, MR_INTERRUPTED, "query ended by its reader");
    }
    const char *message = sqlite3_errmsg(db);
    if (strcmp(message, "integer overflow") == 0) {
        message = "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow in sum()";
    }
    return mr_error_set(err, MR_QUERY_FAILED, "%s", message);
}

static int create_tables(sqlite3 *db, const mr_statement_run *run)
{
    mr_strbuf sql = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < run->ref_count; i++) {
        mr_strbuf_appendf(&sql, "CREATE VIRTUAL TABLE temp.t%zu USING mr_scan(%zu);", i, i);
    }
    for (size_t i = 0; i < run->pushed_count; i++) {
        mr_strbuf_appendf(&sql, "CREATE VIRTUAL TABLE temp.g%zu USING mr_groups(%zu);", i, i);
    }
    int status = sqlite3_exec(db, mr_strbuf_text(&sql), NULL, NULL, NULL);
    mr_strbuf_deinit(&sql);
    return status;
}

static mr_code open_memory(mr_statement_run *run, sqlite3 **out, mr_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int status = sqlite3_open_v2(":memory:", out, flags, NULL);
    sqlite3 *db = *out;
    if (status == SQLITE_OK) {
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
        status = mr_scan_module_register(db, run);
    }
    if (status == SQLITE_OK) {
        status = mr_groups_module_register(db, run);
    }
    if (status == SQLITE_OK) {
        status = mr_sql_functions_register(db, run);
    }
    if (status == SQLITE_OK) {
        status = create_tables(db, run);
    }
    if (status == SQLITE_OK) {
        status = sqlite3_set_authorizer(db, authorize, NULL);
    }
    return status == SQLITE_OK ? MR_OK : sqlite_failed(db, run, err);
}

/* ---- rows ---- */

typedef struct output {
    const mr_sql_query *query;
    const mr_query_handlers *handlers;
    mr_value *values; /* one a column */
    mr_strbuf *texts; /* the same */
    uint64_t rows;
} output;

static mr_code format_column(output *o, sqlite3_stmt *stmt, size_t i, mr_error *err)
{
    mr_sql_type type = o->query->columns[i]->type;
    mr_datum datum;
    if (!mr_datum_of_value(sqlite3_column_value(stmt, (int)i), &datum)) {
        return mr_error_set(err, MR_UNSUPPORTED, "NOT_SUPPORTED: column %s is a blob",
                            o->query->columns[i]->label);
    }
    /* SQLite's integers become doubles where they overflow; Athena's do not. */
    if (mr_sql_is_integer(type.kind) && datum.kind == MR_DATUM_DOUBLE) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "NUMERIC_VALUE_OUT_OF_RANGE: %s overflow in column %s",
                            mr_sql_type_name(type.kind), o->query->columns[i]->label);
    }
    mr_strbuf_reset(&o->texts[i]);
    mr_append_value(&o->texts[i], type, &datum);
    bool finite = datum.kind != MR_DATUM_DOUBLE ||
                  (datum.real - datum.real == 0); /* infinities are no JSON numbers */
    o->values[i] = (mr_value){.is_null = datum.kind == MR_DATUM_NULL,
                              .text = mr_bytes_make(mr_strbuf_text(&o->texts[i]), o->texts[i].len),
                              .is_number = mr_sql_is_numeric(type.kind) && finite,
                              .is_boolean = type.kind == MR_SQL_BOOLEAN};
    return MR_OK;
}

static mr_code read_rows(output *o, sqlite3 *db, sqlite3_stmt *stmt, const mr_statement_run *run,
                         mr_error *err)
{
    for (;;) {
        int status = sqlite3_step(stmt);
        if (status == SQLITE_DONE) {
            return MR_OK;
        }
        if (status != SQLITE_ROW) {
            return sqlite_failed(db, run, err);
        }
        for (size_t i = 0; i < o->query->column_count; i++) {
            mr_code code = format_column(o, stmt, i, err);
            if (code != MR_OK) {
                return code;
            }
        }
        o->rows++;
        if (o->handlers->row != NULL &&
            !o->handlers->row(o->handlers->context, o->values, o->query->column_count)) {
            return mr_error_set(err, MR_INTERRUPTED, "query ended by its reader");
        }
    }
}

static void tell_columns(const output *o)
{
    const size_t count = o->query->column_count;
    const char **texts = mr_calloc(count + 1, sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        texts[i] = o->query->columns[i]->label;
    }
    if (o->handlers->columns != NULL) {
        o->handlers->columns(o->handlers->context, texts, count);
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = mr_sql_type_name(o->query->columns[i]->type.kind);
    }
    if (o->handlers->types != NULL) {
        o->handlers->types(o->handlers->context, texts, count);
    }
    mr_free(texts);
}

static mr_code run_written(const mr_sql_query *query, mr_statement_run *run, const char *sql,
                           const mr_query_handlers *handlers, uint64_t *rows, mr_error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    mr_code code = open_memory(run, &db, err);
    if (code == MR_OK && handlers->stop != NULL) {
        sqlite3_progress_handler(db, OPERATIONS_PER_LOOK, on_progress, (void *)(uintptr_t)handlers);
    }
    if (code == MR_OK && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        code = sqlite_failed(db, run, err);
    }
    output o = {.query = query, .handlers = handlers};
    o.values = mr_calloc(query->column_count + 1, sizeof(*o.values));
    o.texts = mr_calloc(query->column_count + 1, sizeof(*o.texts));
    for (size_t i = 0; i < query->column_count; i++) {
        o.texts[i] = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    }
    if (code == MR_OK) {
        tell_columns(&o);
        code = read_rows(&o, db, stmt, run, err);
    }
    *rows = o.rows;
    for (size_t i = 0; i < query->column_count; i++) {
        mr_strbuf_deinit(&o.texts[i]);
    }
    mr_free(o.texts);
    mr_free(o.values);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
    return code;
}

/* ---- statements ---- */

static void init_run(mr_statement_run *run, const mr_query_session *session,
                     mr_partition_source *partitions, const mr_query_handlers *handlers)
{
    *run = (mr_statement_run){
        .env = {.fs = session->fs,
                .store_path = session->store_path,
                .partitions = mr_partition_source_get,
                .context = partitions},
        .exec = {.offloader = session->offloader,
                 .threads = session->threads,
                 .warning = handlers->warning,
                 .warning_context = handlers->context},
        .now_us = session->now_us,
    };
}

mr_code mr_query_run(mr_query_session *session, const char *sql, const mr_query_handlers *handlers,
                     mr_query_stats *stats, mr_error *err)
{
    mr_sql_statement *statement = NULL;
    mr_code code = mr_sql_parse(mr_bytes_of(sql), &statement, err);
    if (code != MR_OK) {
        return code;
    }
    mr_partition_source partitions = {.catalog = session->catalog, .now_us = session->now_us};
    mr_statement_run run;
    init_run(&run, session, &partitions, handlers);
    mr_resolve_options options = {.catalog = session->catalog, .database = session->database};
    uint64_t rows = 0;
    code = mr_sql_resolve(statement, &options, &run, err);
    if (code == MR_OK) {
        mr_sql_push(statement->query, &run);
        mr_strbuf written = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_sql_write(statement->query, &run, &written);
        code = run_written(statement->query, &run, mr_strbuf_text(&written), handlers, &rows, err);
        mr_strbuf_deinit(&written);
    }
    if (stats != NULL) {
        *stats = (mr_query_stats){
            .rows = rows,
            .bytes_scanned = run.exec.bytes_scanned,
            .objects_scanned = run.exec.objects_scanned,
            .partitions_considered = run.exec.partitions_considered,
            .partitions_scanned = run.exec.partitions_scanned,
        };
    }
    mr_statement_run_deinit(&run);
    mr_sql_free(statement);
    return code;
}
