/*
 * db.h - the one SQLite file: resources, delivery positions, object metadata, the Glue catalog,
 * query history. WAL mode; opened through a thin VFS shim, so that its clock and its chance are
 * the world's (unless named otherwise, tables are made by schema.c at open).
 *
 * No column holds wall time: what SQLite's own date functions give is the world's clock.
 */
#ifndef MR_SIM_DB_DB_H
#define MR_SIM_DB_DB_H

#include "sim/base/bytes.h"
#include "sim/base/disk_watch.h"
#include "sim/base/error.h"
#include "sim/time/clock.h"

#include <sqlite3.h>

typedef struct mr_db mr_db;

#define MR_DB_SCHEMA_VERSION 3

typedef struct mr_db_options {
    const char *path; /* ":memory:" is fine */
    mr_clock *clock;  /* borrowed */
    uint64_t seed;
    bool durable;   /* synchronous=FULL instead of OFF: survives power loss */
    bool read_only; /* must exist; no table is made, nothing can be written */
    /* Told before the file, its "-wal" or its journal is made, changed or removed; borrowed,
     * outlives the db. NULL: nobody is, and files are SQLite's own. */
    const mr_disk_watch *watch;
} mr_db_options;

/* Errors: MR_NEWER_VERSION (the file was made by a newer millrace), MR_CORRUPT, MR_DISK_FULL,
 * MR_PERMISSION, MR_LOCKED, MR_IO, MR_DATABASE; read only also MR_NOT_FOUND. */
MR_NODISCARD mr_code mr_db_open(const mr_db_options *options, mr_db **out, mr_error *err);
void mr_db_close(mr_db *db); /* NULL is fine */

sqlite3 *mr_db_handle(mr_db *db);
const char *mr_db_path(const mr_db *db);
int64_t mr_db_wall_us(const mr_db *db); /* the time of day of the clock that it was opened with */

/* Statements are prepared once per text and kept; mr_stmt is only valid until mr_stmt_done(). */
typedef sqlite3_stmt mr_stmt;

/* sql: a constant that lives as long as the db. Asserts that it prepares: it is our own SQL.
 * NULL when the file itself fails at that moment: the mr_stmt_ calls take NULL, and
 * mr_stmt_step() and mr_stmt_run() then report the failure. A statement in use (stepped and not
 * done) may not be asked for again: asserted. */
mr_stmt *mr_db_stmt(mr_db *db, const char *sql);
void mr_stmt_bind_text(mr_stmt *stmt, int place, const char *text); /* NULL binds NULL; copied */
void mr_stmt_bind_bytes(mr_stmt *stmt, int place, mr_bytes bytes);  /* a blob; copied */
void mr_stmt_bind_int(mr_stmt *stmt, int place, int64_t value);
/* *row: whether there is a row to read. On an error the statement is reset. */
MR_NODISCARD mr_code mr_stmt_step(mr_db *db, mr_stmt *stmt, bool *row, mr_error *err);
/* Borrowed until the next step. NULL columns give NULL / "" as said. */
const char *mr_stmt_text(mr_stmt *stmt, int column); /* NULL for NULL */
int64_t mr_stmt_int(mr_stmt *stmt, int column);
mr_bytes mr_stmt_bytes(mr_stmt *stmt, int column);
void mr_stmt_done(mr_stmt *stmt); /* resets and clears the bindings */
/* step to the end, then done: for INSERT, UPDATE, DELETE. */
MR_NODISCARD mr_code mr_stmt_run(mr_db *db, mr_stmt *stmt, mr_error *err);

MR_NODISCARD mr_code mr_db_exec(mr_db *db, const char *sql, mr_error *err);

/* Transactions nest: only the outermost begins and commits. A rollback anywhere inside makes the
 * outermost roll back; its commit then fails with MR_DATABASE. After a commit that failed the
 * transaction is over. */
MR_NODISCARD mr_code mr_db_begin(mr_db *db, mr_error *err);
MR_NODISCARD mr_code mr_db_commit(mr_db *db, mr_error *err);
void mr_db_rollback(mr_db *db);

/* Runs each statement, with `text` as its only parameter, in one transaction: all or none. */
MR_NODISCARD mr_code mr_db_run_all(mr_db *db, const char *const *statements, size_t count,
                                   const char *text, mr_error *err);

/* The error that SQLite reports now, as ours. */
mr_code mr_db_error(mr_db *db, mr_error *err, const char *doing);

#endif
