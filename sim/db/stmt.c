/* stmt.c - prepared statements, kept by their text; see db.h. */
#include "sim/db/db_private.h"

/* Our own SQL is wrong, or the file fails us? */
static bool is_our_mistake(int result)
{
    int primary = result & 0xff;
    return primary == SQLITE_ERROR || primary == SQLITE_MISUSE || primary == SQLITE_RANGE;
}

mr_stmt *mr_db_stmt(mr_db *db, const char *sql)
{
    mr_bytes key = mr_bytes_of(sql);
    mr_stmt *stmt = mr_map_get(db->statements, key);
    if (stmt == NULL) {
        int result =
            sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
        MR_ASSERT(!is_our_mistake(result));
        if (result != SQLITE_OK) {
            db->prepare_result = result;
            return NULL;
        }
        MR_ASSERT(stmt != NULL);
        void *before = mr_map_put(db->statements, key, stmt);
        MR_ASSERT(before == NULL);
    }
    MR_ASSERT(!sqlite3_stmt_busy(stmt)); /* one user at a time, who ends with mr_stmt_done() */
    return stmt;
}

/* A place that the statement does not have is our mistake; memory ends the program. */
static void check_bound(int result)
{
    MR_ASSERT(result == SQLITE_OK);
}

void mr_stmt_bind_text(mr_stmt *stmt, int place, const char *text)
{
    if (stmt == NULL) {
        return;
    }
    check_bound(text == NULL ? sqlite3_bind_null(stmt, place)
                             : sqlite3_bind_text(stmt, place, text, -1, SQLITE_TRANSIENT));
}

void mr_stmt_bind_bytes(mr_stmt *stmt, int place, mr_bytes bytes)
{
    if (stmt == NULL) {
        return;
    }
    check_bound(bytes.len == 0
                    ? sqlite3_bind_zeroblob(stmt, place, 0)
                    : sqlite3_bind_blob64(stmt, place, bytes.at, bytes.len, SQLITE_TRANSIENT));
}

void mr_stmt_bind_int(mr_stmt *stmt, int place, int64_t value)
{
    if (stmt != NULL) {
        check_bound(sqlite3_bind_int64(stmt, place, value));
    }
}

mr_code mr_stmt_step(mr_db *db, mr_stmt *stmt, bool *row, mr_error *err)
{
    *row = false;
    if (stmt == NULL) {
        return mr_db_fail(db, db->prepare_result, "reading", err);
    }
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW || result == SQLITE_DONE) {
        *row = result == SQLITE_ROW;
        return MR_OK;
    }
    MR_ASSERT(result != SQLITE_MISUSE);
    mr_code code = mr_db_fail(db, result, sqlite3_stmt_readonly(stmt) ? "reading" : "writing", err);
    mr_stmt_done(stmt);
    return code;
}

const char *mr_stmt_text(mr_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt, column);
}

int64_t mr_stmt_int(mr_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt, column);
}

mr_bytes mr_stmt_bytes(mr_stmt *stmt, int column)
{
    const void *at = sqlite3_column_blob(stmt, column); /* before the size: it may convert */
    return mr_bytes_make(at, (size_t)sqlite3_column_bytes(stmt, column));
}

void mr_stmt_done(mr_stmt *stmt)
{
    if (stmt != NULL) {
        (void)sqlite3_reset(stmt); /* repeats what step has told */
        (void)sqlite3_clear_bindings(stmt);
    }
}

mr_code mr_stmt_run(mr_db *db, mr_stmt *stmt, mr_error *err)
{
    bool row = true;
    while (row) {
        mr_code code = mr_stmt_step(db, stmt, &row, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_stmt_done(stmt);
    return MR_OK;
}

mr_code mr_db_run_all(mr_db *db, const char *const *statements, size_t count, const char *text,
                      mr_error *err)
{
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        mr_stmt *stmt = mr_db_stmt(db, statements[i]);
        mr_stmt_bind_text(stmt, 1, text);
        code = mr_stmt_run(db, stmt, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}
