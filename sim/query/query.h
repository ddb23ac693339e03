/*
 * query.h - a query: parsed, resolved against the catalog, rewritten, and run by SQLite over
 * virtual tables that scan the objects under a table's location.
 *
 * A session has its own read-only connection to catalog.db and may run on another thread; it sees
 * the catalog as it was when the session was opened.
 *
 * The Athena grammar comes later; until then SQLite's dialect serves, and what Athena would read
 * differently is refused by name or made to answer as Athena does (lint.h).
 */
#ifndef MR_SIM_QUERY_QUERY_H
#define MR_SIM_QUERY_QUERY_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/base/offload.h"
#include "sim/base/strbuf.h"

typedef struct mr_query_session mr_query_session;

typedef struct mr_query_options {
    const char *catalog_path; /* catalog.db */
    const char *store_path;   /* the s3 directory: buckets below it */
    mr_file_system *fs;       /* borrowed */
    int64_t now_us; /* current_timestamp, projection's NOW; a catalog that a world in simulated
                     * time left holds its own time, which wins */
    const char *database;    /* for unqualified names; NULL: the only one, or "default" */
    unsigned threads;        /* how many cores a scan may use; 0: 1 */
    mr_offloader *offloader; /* borrowed; where the other threads come from; NULL: none */
} mr_query_options;

MR_NODISCARD mr_code mr_query_open(const mr_query_options *options, mr_query_session **out,
                                   mr_error *err);
void mr_query_close(mr_query_session *session); /* NULL is fine */

typedef enum mr_value_kind { MR_VALUE_NULL, MR_VALUE_TEXT } mr_value_kind;

/* The formatted text of a value, as Athena's VarCharValue. */
typedef struct mr_value {
    bool is_null;
    mr_bytes text;  /* borrowed for the call */
    bool is_number; /* for alignment and for JSON output: text is a JSON number */
    bool is_boolean;
} mr_value;

/* Called once before the first row, also when there are no rows. */
typedef void (*mr_columns_fn)(void *context, const char *const *names, size_t count);
/* Returning false ends the query (MR_INTERRUPTED). */
typedef bool (*mr_row_fn)(void *context, const mr_value *values, size_t count);
typedef void (*mr_warning_fn)(void *context, const char *message);

typedef struct mr_query_handlers {
    mr_columns_fn columns;
    mr_columns_fn
        types; /* the columns' types, "bigint", as `columns` has their names; may be NULL */
    mr_row_fn row;
    mr_warning_fn warning; /* "object X holds 12 records on one line: ..."; may be NULL */
    /* Asked now and then while no row comes, on the query's own thread: true ends it
     * (MR_INTERRUPTED). May be NULL. */
    bool (*stop)(void *context);
    void *context;
} mr_query_handlers;

typedef struct mr_query_stats {
    uint64_t rows;
    uint64_t bytes_scanned; /* Athena's DataScannedInBytes: bytes of the objects opened */
    uint64_t objects_scanned;
    uint64_t partitions_considered, partitions_scanned;
} mr_query_stats;

/* Runs one statement (a final ';' is fine). stats: out, may be NULL. Errors: MR_QUERY_SYNTAX,
 * MR_QUERY_FAILED and the *_NOT_FOUND codes, with Athena's own words in front of the message. */
MR_NODISCARD mr_code mr_query_run(mr_query_session *session, const char *sql,
                                  const mr_query_handlers *handlers, mr_query_stats *stats,
                                  mr_error *err);

#endif
