/*
 * groups_vtab.c - the groups of a pushed SELECT core (aggregate.h) as a virtual table: columns
 * k0.. for the keys and a0.. for the aggregates, one row a group.
 */
#include "sim/query/statement_run.h"

#include "sim/base/alloc.h"

typedef struct groups_vtab {
    sqlite3_vtab base;
    mr_statement_run *run;
    mr_pushed_core *pushed;
    mr_groups *groups; /* made by the first reading, kept for others */
} groups_vtab;

typedef struct groups_cursor {
    sqlite3_vtab_cursor base;
    size_t group;
} groups_cursor;

static int groups_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                          sqlite3_vtab **out, char **message)
{
    mr_statement_run *run = aux;
    int64_t place = -1;
    if (argc < 4 || !mr_bytes_to_int64(mr_bytes_of(argv[3]), &place) || place < 0 ||
        (size_t)place >= run->pushed_count) {
        *message = sqlite3_mprintf("mr_groups: no such group");
        return SQLITE_ERROR;
    }
    mr_pushed_core *pushed = run->pushed[place];
    mr_strbuf sql = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&sql, "CREATE TABLE t(");
    for (size_t i = 0; i < pushed->key_count; i++) {
        mr_strbuf_appendf(&sql, "k%zu,", i);
    }
    for (size_t i = 0; i < pushed->call_count; i++) {
        mr_strbuf_appendf(&sql, "a%zu,", i);
    }
    mr_strbuf_append_text(&sql, "unused HIDDEN)");
    int status = sqlite3_declare_vtab(db, mr_strbuf_text(&sql));
    mr_strbuf_deinit(&sql);
    if (status != SQLITE_OK) {
        return status;
    }
    groups_vtab *vtab = mr_calloc(1, sizeof(*vtab));
    vtab->run = run;
    vtab->pushed = pushed;
    *out = &vtab->base;
    return SQLITE_OK;
}

static int groups_disconnect(sqlite3_vtab *base)
{
    groups_vtab *vtab = (groups_vtab *)(void *)base;
    mr_groups_free(vtab->groups);
    mr_free(vtab);
    return SQLITE_OK;
}

static int groups_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    info->estimatedCost = 1e6;
    info->estimatedRows = 1000;
    return SQLITE_OK;
}

static int groups_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    (void)base;
    groups_cursor *cursor = mr_calloc(1, sizeof(*cursor));
    *out = &cursor->base;
    return SQLITE_OK;
}

static int groups_close(sqlite3_vtab_cursor *base)
{
    mr_free(base);
    return SQLITE_OK;
}

static groups_vtab *vtab_of(sqlite3_vtab_cursor *base)
{
    return (groups_vtab *)(void *)base->pVtab;
}

static int fail(groups_vtab *vtab, const mr_error *err)
{
    if (vtab->run->error.code == MR_OK) {
        vtab->run->error = *err;
    }
    sqlite3_free(vtab->base.zErrMsg);
    vtab->base.zErrMsg = sqlite3_mprintf("%s", err->message);
    return SQLITE_ERROR;
}

static mr_code make_groups(groups_vtab *vtab, mr_error *err)
{
    mr_statement_run *run = vtab->run;
    mr_pushed_core *pushed = vtab->pushed;
    mr_scan *scan = NULL;
    mr_predicate *predicates = pushed->predicates;
    size_t count = pushed->predicate_count;
    pushed->predicates = NULL; /* the scan's from here on */
    pushed->predicate_count = 0;
    mr_code code = mr_scan_prepare(&run->env, pushed->ref->table, pushed->ref->columns,
                                   pushed->ref->column_count, predicates, count, &scan, err);
    if (code != MR_OK) {
        return code;
    }
    run->exec.partitions_considered += scan->partitions_considered;
    run->exec.partitions_scanned += scan->partitions_scanned;
    code = mr_aggregate_run(scan, pushed->keys, pushed->key_count, pushed->calls,
                            pushed->call_count, &run->exec, &vtab->groups, err);
    mr_scan_free(scan);
    return code;
}

static int groups_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
                         sqlite3_value **argv)
{
    (void)number;
    (void)plan;
    (void)argc;
    (void)argv;
    groups_vtab *vtab = vtab_of(base);
    mr_error err = {0};
    if (vtab->groups == NULL && make_groups(vtab, &err) != MR_OK) {
        return fail(vtab, &err);
    }
    ((groups_cursor *)(void *)base)->group = 0;
    return SQLITE_OK;
}

static int groups_next(sqlite3_vtab_cursor *base)
{
    ((groups_cursor *)(void *)base)->group++;
    return SQLITE_OK;
}

static int groups_eof(sqlite3_vtab_cursor *base)
{
    return ((groups_cursor *)(void *)base)->group >= mr_groups_count(vtab_of(base)->groups);
}

static int groups_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    groups_vtab *vtab = vtab_of(base);
    size_t group = ((groups_cursor *)(void *)base)->group;
    size_t place = (size_t)column;
    mr_datum datum = {0};
    mr_error err = {0};
    if (place < vtab->pushed->key_count) {
        datum = mr_groups_key(vtab->groups, group, place);
    } else if (place < vtab->pushed->key_count + vtab->pushed->call_count &&
               mr_groups_value(vtab->groups, group, place - vtab->pushed->key_count, &datum,
                               &err) != MR_OK) {
        return fail(vtab, &err);
    }
    mr_result_datum(context, &datum);
    return SQLITE_OK;
}

static int groups_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((groups_cursor *)(void *)base)->group;
    return SQLITE_OK;
}

static const sqlite3_module groups_module = {
    .iVersion = 1,
    .xCreate = groups_connect,
    .xConnect = groups_connect,
    .xBestIndex = groups_best_index,
    .xDisconnect = groups_disconnect,
    .xDestroy = groups_disconnect,
    .xOpen = groups_open,
    .xClose = groups_close,
    .xFilter = groups_filter,
    .xNext = groups_next,
    .xEof = groups_eof,
    .xColumn = groups_column,
    .xRowid = groups_rowid,
};

int mr_groups_module_register(sqlite3 *db, mr_statement_run *run)
{
    return sqlite3_create_module_v2(db, "mr_groups", &groups_module, run, NULL);
}
