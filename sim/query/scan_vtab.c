/*
 * scan_vtab.c - a table of the catalog as a virtual table of SQLite: rows come from scan.h.
 *
 * Constraints that SQLite offers become predicates of the scan (partition pruning and row
 * filtering); SQLite checks them once more, so a predicate may let too many rows pass but never
 * too few. With a second core, the next block is read and scanned while SQLite works on this one.
 */
#include "sim/query/statement_run.h"

#include "sim/base/alloc.h"

#include <stdio.h>

typedef struct scan_vtab {
    sqlite3_vtab base; /* first, as SQLite wants it */
    mr_statement_run *run;
    mr_table_ref *ref;
} scan_vtab;

/* Rows of one block, as fields that point into it. */
typedef struct batch {
    mr_block block;
    mr_field *fields; /* slot_count for each row */
    size_t row_count, capacity;
    size_t slot_count;
    size_t object;
    bool more; /* the object has another block */
    mr_code code;
    mr_error err;
} batch;

typedef struct scan_cursor {
    sqlite3_vtab_cursor base;
    scan_vtab *vtab;
    mr_scan *scan;
    mr_scan_worker *worker;
    mr_lane *lane; /* NULL: one core */
    mr_file *file;
    size_t next_object;
    batch batches[2];
    size_t current; /* the batch whose rows are read */
    bool loading;   /* the other is under way on the lane */
    size_t row;
    sqlite3_int64 rowid;
    bool at_end;
    mr_strbuf scratch;
} scan_cursor;

static int fail(scan_vtab *vtab, const mr_error *err)
{
    if (vtab->run->error.code == MR_OK) {
        vtab->run->error = *err;
    }
    sqlite3_free(vtab->base.zErrMsg);
    vtab->base.zErrMsg = sqlite3_mprintf("%s", err->message);
    return SQLITE_ERROR;
}

/* ---- the table ---- */

static int scan_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **message)
{
    mr_statement_run *run = aux;
    int64_t place = -1;
    if (argc < 4 || !mr_bytes_to_int64(mr_bytes_of(argv[3]), &place) || place < 0 ||
        (size_t)place >= run->ref_count) {
        *message = sqlite3_mprintf("mr_scan: no such table reference");
        return SQLITE_ERROR;
    }
    mr_table_ref *ref = run->refs[place];
    mr_strbuf sql = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&sql, "CREATE TABLE t(c0");
    for (size_t i = 1; i < ref->column_count; i++) {
        mr_strbuf_appendf(&sql, ",c%zu", i);
    }
    mr_strbuf_append_text(&sql, ")");
    int status = sqlite3_declare_vtab(db, mr_strbuf_text(&sql));
    mr_strbuf_deinit(&sql);
    if (status != SQLITE_OK) {
        return status;
    }
    scan_vtab *vtab = mr_calloc(1, sizeof(*vtab));
    vtab->run = run;
    vtab->ref = ref;
    *out = &vtab->base;
    return SQLITE_OK;
}

static int scan_disconnect(sqlite3_vtab *base)
{
    mr_free(base);
    return SQLITE_OK;
}

/* ---- planning ---- */

/* -1: not one that a scan decides. */
static int predicate_op(unsigned char op)
{
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return MR_PREDICATE_EQ;
    case SQLITE_INDEX_CONSTRAINT_NE:
        return MR_PREDICATE_NE;
    case SQLITE_INDEX_CONSTRAINT_LT:
        return MR_PREDICATE_LT;
    case SQLITE_INDEX_CONSTRAINT_LE:
        return MR_PREDICATE_LE;
    case SQLITE_INDEX_CONSTRAINT_GT:
        return MR_PREDICATE_GT;
    case SQLITE_INDEX_CONSTRAINT_GE:
        return MR_PREDICATE_GE;
    case SQLITE_INDEX_CONSTRAINT_LIKE:
        return MR_PREDICATE_LIKE;
    case SQLITE_INDEX_CONSTRAINT_ISNULL:
        return MR_PREDICATE_IS_NULL;
    case SQLITE_INDEX_CONSTRAINT_ISNOTNULL:
        return MR_PREDICATE_IS_NOT_NULL;
    default:
        return -1;
    }
}

static int scan_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    double rows = 1e6;
    int args = 0;
    mr_strbuf plan = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < info->nConstraint; i++) {
        const struct sqlite3_index_constraint *constraint = &info->aConstraint[i];
        int op = predicate_op(constraint->op);
        if (!constraint->usable || op < 0 || constraint->iColumn < 0) {
            continue;
        }
        if (op == MR_PREDICATE_EQ && sqlite3_vtab_in(info, i, 1) != 0) {
            op = MR_PREDICATE_IN; /* the whole list at once: one scan, not one a value */
        }
        mr_strbuf_appendf(&plan, "%d:%d ", op, constraint->iColumn);
        info->aConstraintUsage[i].argvIndex = ++args;
        rows *= op == MR_PREDICATE_EQ || op == MR_PREDICATE_IN ? 0.05 : 0.5;
    }
    /* A scan costs the same whatever passes: what is saved is SQLite's work on the rows. */
    info->estimatedCost = 1e6 + rows;
    info->estimatedRows = (sqlite3_int64)rows + 1;
    info->idxStr = sqlite3_mprintf("%s", mr_strbuf_text(&plan));
    info->needToFreeIdxStr = 1;
    mr_strbuf_deinit(&plan);
    return info->idxStr == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

/* ---- the cursor ---- */

static int scan_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    scan_cursor *cursor = mr_calloc(1, sizeof(*cursor));
    cursor->vtab = (scan_vtab *)(void *)base;
    cursor->scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    *out = &cursor->base;
    return SQLITE_OK;
}

static void wait_for_lane(scan_cursor *cursor)
{
    if (cursor->loading) {
        mr_offloader *offloader = cursor->vtab->run->exec.offloader;
        offloader->drain(offloader, cursor->lane);
        cursor->loading = false;
    }
}

static void close_object(scan_cursor *cursor)
{
    if (cursor->file != NULL) {
        uint64_t lines;
        uint64_t lost = mr_scan_worker_lost(cursor->worker, &lines);
        const char *name = cursor->scan->objects.items[cursor->next_object - 1].name;
        mr_query_exec_lost(&cursor->vtab->run->exec, name, lost, lines);
        cursor->scan->fs->close(cursor->scan->fs, cursor->file);
        cursor->file = NULL;
    }
}

static void cursor_reset(scan_cursor *cursor)
{
    wait_for_lane(cursor);
    close_object(cursor);
    mr_scan_worker_free(cursor->worker);
    cursor->worker = NULL;
    mr_scan_free(cursor->scan);
    cursor->scan = NULL;
}

static int scan_close(sqlite3_vtab_cursor *base)
{
    scan_cursor *cursor = (scan_cursor *)(void *)base;
    cursor_reset(cursor);
    mr_offloader *offloader = cursor->vtab->run->exec.offloader;
    if (cursor->lane != NULL) {
        offloader->lane_free(offloader, cursor->lane);
    }
    for (size_t i = 0; i < MR_COUNT(cursor->batches); i++) {
        mr_block_deinit(&cursor->batches[i].block);
        mr_free(cursor->batches[i].fields);
    }
    mr_strbuf_deinit(&cursor->scratch);
    mr_free(cursor);
    return SQLITE_OK;
}

static bool on_row(void *context, const mr_field *fields)
{
    batch *b = context;
    if (b->row_count == b->capacity) {
        b->capacity = b->capacity == 0 ? 1024 : b->capacity * 2;
        b->fields = mr_reallocarray(b->fields, b->capacity * (b->slot_count + 1), sizeof(*fields));
    }
    if (b->slot_count > 0) {
        memcpy(b->fields + b->row_count * b->slot_count, fields, b->slot_count * sizeof(*fields));
    }
    b->row_count++;
    return true;
}

/* Fills the batch that is not being read; may run on another core. */
static void load(void *context)
{
    scan_cursor *cursor = context;
    batch *b = &cursor->batches[1 - cursor->current];
    b->row_count = 0;
    b->slot_count = cursor->scan->slot_count;
    b->object = cursor->next_object - 1;
    b->code = mr_scan_worker_next(cursor->worker, &b->block, on_row, b, &b->more, &b->err);
}

static void submit_load(scan_cursor *cursor)
{
    if (cursor->lane != NULL) {
        mr_offloader *offloader = cursor->vtab->run->exec.offloader;
        cursor->loading = true;
        offloader->submit(offloader, cursor->lane, load, NULL, cursor);
    }
}

static mr_code open_next_object(scan_cursor *cursor, mr_error *err)
{
    mr_scan *scan = cursor->scan;
    const mr_query_object *object = &scan->objects.items[cursor->next_object];
    mr_code code = scan->fs->open(scan->fs, object->path, MR_OPEN_READ, &cursor->file, err);
    if (code != MR_OK) {
        cursor->file = NULL;
        return code;
    }
    mr_query_exec *exec = &cursor->vtab->run->exec;
    exec->objects_scanned++;
    exec->bytes_scanned += object->size_bytes;
    mr_scan_worker_begin(cursor->worker, cursor->next_object, cursor->file, 0, object->size_bytes);
    cursor->next_object++;
    return MR_OK;
}

/* Goes on to the next batch that has rows. */
static int next_batch(scan_cursor *cursor)
{
    for (;;) {
        mr_error err = {0};
        bool more = cursor->file != NULL && cursor->batches[cursor->current].more;
        if (!more) {
            MR_ASSERT(!cursor->loading);
            close_object(cursor);
            if (cursor->next_object == cursor->scan->objects.count) {
                cursor->at_end = true;
                return SQLITE_OK;
            }
            if (open_next_object(cursor, &err) != MR_OK) {
                return fail(cursor->vtab, &err);
            }
        }
        if (cursor->loading) {
            wait_for_lane(cursor);
        } else {
            load(cursor);
        }
        cursor->current = 1 - cursor->current;
        cursor->row = 0;
        batch *b = &cursor->batches[cursor->current];
        if (b->code != MR_OK) {
            return fail(cursor->vtab, &b->err);
        }
        if (b->more) {
            submit_load(cursor);
        }
        if (b->row_count > 0) {
            return SQLITE_OK;
        }
    }
}

/* ---- filtering ---- */

/* The list of an IN constraint. */
static int add_list(mr_predicate *predicate, sqlite3_value *list)
{
    sqlite3_value *value = NULL;
    int status = sqlite3_vtab_in_first(list, &value);
    while (status == SQLITE_OK && value != NULL) {
        mr_datum datum;
        if (mr_datum_of_value(value, &datum)) {
            mr_predicate_add(predicate, &datum);
        }
        status = sqlite3_vtab_in_next(list, &value);
    }
    return status == SQLITE_DONE ? SQLITE_OK : status;
}

static int make_predicates(scan_cursor *cursor, const char *plan, int argc, sqlite3_value **argv,
                           mr_predicate **out, size_t *count)
{
    mr_predicate *predicates = mr_calloc((size_t)argc + 1, sizeof(*predicates));
    int status = SQLITE_OK;
    *out = predicates;
    *count = 0;
    for (int i = 0; i < argc && status == SQLITE_OK; i++) {
        int op = 0, column = 0, used = 0;
        if (sscanf(plan, "%d:%d %n", &op, &column, &used) < 2) {
            return SQLITE_INTERNAL;
        }
        plan += used;
        if ((size_t)column >= cursor->vtab->ref->column_count) {
            continue;
        }
        mr_predicate *predicate = &predicates[(*count)++];
        *predicate =
            (mr_predicate){.column = cursor->vtab->ref->columns[column], .op = (mr_predicate_op)op};
        if (op == MR_PREDICATE_IN) {
            status = add_list(predicate, argv[i]);
        } else if (op != MR_PREDICATE_IS_NULL && op != MR_PREDICATE_IS_NOT_NULL) {
            mr_datum datum;
            if (mr_datum_of_value(argv[i], &datum)) {
                mr_predicate_add(predicate, &datum);
            } else { /* a blob: SQLite's own check decides */
                mr_predicate_deinit(predicate);
                (*count)--;
            }
        }
    }
    return status;
}

static int scan_filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
                       sqlite3_value **argv)
{
    (void)number;
    scan_cursor *cursor = (scan_cursor *)(void *)base;
    mr_statement_run *run = cursor->vtab->run;
    mr_table_ref *ref = cursor->vtab->ref;
    cursor_reset(cursor);
    mr_predicate *predicates = NULL;
    size_t count = 0;
    int status = make_predicates(cursor, plan, argc, argv, &predicates, &count);
    if (status != SQLITE_OK) {
        mr_predicates_free(predicates, count);
        return status;
    }
    mr_error err = {0};
    if (mr_scan_prepare(&run->env, ref->table, ref->columns, ref->column_count, predicates, count,
                        &cursor->scan, &err) != MR_OK) {
        return fail(cursor->vtab, &err);
    }
    run->exec.partitions_considered += cursor->scan->partitions_considered;
    run->exec.partitions_scanned += cursor->scan->partitions_scanned;
    cursor->worker = mr_scan_worker_new(cursor->scan);
    if (cursor->lane == NULL && run->exec.offloader != NULL && run->exec.threads > 1) {
        cursor->lane = run->exec.offloader->lane_new(run->exec.offloader);
    }
    cursor->next_object = 0;
    cursor->rowid = 0;
    cursor->at_end = false;
    return next_batch(cursor);
}

static int scan_next(sqlite3_vtab_cursor *base)
{
    scan_cursor *cursor = (scan_cursor *)(void *)base;
    cursor->rowid++;
    if (++cursor->row < cursor->batches[cursor->current].row_count) {
        return SQLITE_OK;
    }
    return next_batch(cursor);
}

static int scan_eof(sqlite3_vtab_cursor *base)
{
    return ((scan_cursor *)(void *)base)->at_end;
}

static int scan_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    scan_cursor *cursor = (scan_cursor *)(void *)base;
    const batch *b = &cursor->batches[cursor->current];
    mr_datum datum = {0};
    mr_error err = {0};
    if ((size_t)column < cursor->scan->column_count) {
        const mr_field *fields = b->fields + cursor->row * b->slot_count;
        mr_code code = mr_scan_value(cursor->scan, b->object, (size_t)column, fields,
                                     &cursor->scratch, &datum, &err);
        if (code != MR_OK) {
            return fail(cursor->vtab, &err);
        }
    }
    mr_result_datum(context, &datum);
    return SQLITE_OK;
}

static int scan_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((scan_cursor *)(void *)base)->rowid;
    return SQLITE_OK;
}

static const sqlite3_module scan_module = {
    .iVersion = 1,
    .xCreate = scan_connect,
    .xConnect = scan_connect,
    .xBestIndex = scan_best_index,
    .xDisconnect = scan_disconnect,
    .xDestroy = scan_disconnect,
    .xOpen = scan_open,
    .xClose = scan_close,
    .xFilter = scan_filter,
    .xNext = scan_next,
    .xEof = scan_eof,
    .xColumn = scan_column,
    .xRowid = scan_rowid,
};

int mr_scan_module_register(sqlite3 *db, mr_statement_run *run)
{
    return sqlite3_create_module_v2(db, "mr_scan", &scan_module, run, NULL);
}
