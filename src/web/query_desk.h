/*
 * query_desk.h - SQL over the state directory while the world goes on.
 *
 * A query runs on a thread of its own, over a snapshot of the catalog, and never holds up the loop.
 * MR_QUERIES_RUNNING run at once, MR_QUERIES_WAITING wait; the last MR_QUERIES_KEPT are remembered,
 * with results that are bounded in rows and bytes. Everything but the thread's own work is done on
 * the loop's thread.
 */
#ifndef MR_SRC_WEB_QUERY_DESK_H
#define MR_SRC_WEB_QUERY_DESK_H

#include "sim/sim.h"

#include <uv.h>

typedef struct mr_query_desk mr_query_desk;

#define MR_QUERIES_RUNNING   2
#define MR_QUERIES_WAITING   16
#define MR_QUERIES_KEPT      200
#define MR_QUERY_ROWS_MAX    10000
#define MR_QUERY_BYTES_MAX   (16 * MR_MIB) /* of one result, as JSON and as CSV each */
#define MR_QUERY_SQL_MAX     (256 * MR_KIB)
#define MR_RESULTS_BYTES_MAX (64 * MR_MIB) /* of all results; the oldest are forgotten */

typedef struct mr_query_desk_options {
    mr_sim *sim; /* both borrowed; the world's time is the queries' now */
    uv_loop_t *loop;
    const char *state_directory; /* copied */
} mr_query_desk_options;

mr_query_desk *mr_query_desk_new(const mr_query_desk_options *options);
/* Cancels what runs and waits for its threads; who waits is told. NULL is fine. */
void mr_query_desk_free(mr_query_desk *desk);

typedef enum mr_desk_state {
    MR_DESK_WAITING,
    MR_DESK_RUNNING,
    MR_DESK_SUCCEEDED,
    MR_DESK_FAILED,
    MR_DESK_CANCELLED
} mr_desk_state;
const char *mr_desk_state_name(mr_desk_state state); /* "running"; static */

/* How a query stands. Borrowed until the loop turns. Only id, sql, database, state and time_us mean
 * something before it has ended. */
typedef struct mr_desk_query {
    uint64_t id; /* from 1 */
    const char *sql, *database;
    mr_desk_state state;
    int64_t time_us;     /* when it was asked, the world's time of day */
    int64_t duration_us; /* real */
    uint64_t rows;       /* of the result, also those that were not kept */
    uint64_t bytes_scanned;
    const char *error;  /* NULL: none */
    mr_bytes columns;   /* JSON: an array of {"name","type"} */
    mr_bytes json_rows; /* JSON: an array of arrays of texts and nulls */
    mr_bytes warnings;  /* JSON: an array of texts */
    mr_bytes csv;       /* with a header */
    bool truncated;     /* there were more rows than are kept */
    bool forgotten;     /* its result was too old to be kept */
} mr_desk_query;

/* sql, database (NULL: the only one, or "default"): copied. Errors: MR_LIMIT_EXCEEDED: as many wait
 * as may. */
MR_NODISCARD mr_code mr_query_desk_ask(mr_query_desk *desk, const char *sql, const char *database,
                                       uint64_t *id, mr_error *err);
/* False when there is none, or it is not remembered. */
MR_NODISCARD bool mr_query_desk_look(const mr_query_desk *desk, uint64_t id, mr_desk_query *out);
uint64_t mr_query_desk_first(const mr_query_desk *desk); /* oldest remembered; last + 1: none */
uint64_t mr_query_desk_last(const mr_query_desk *desk);
/* It ends soon, as cancelled; one that has ended stays as it is. */
void mr_query_desk_cancel(mr_query_desk *desk, uint64_t id);

/* fn is called once, from the loop (or from mr_query_desk_free()), when the query has ended;
 * at the next turn if it has already. */
typedef void (*mr_desk_done_fn)(void *context, uint64_t id);
void mr_query_desk_wait(mr_query_desk *desk, uint64_t id, mr_desk_done_fn fn, void *context);
void mr_query_desk_forget(mr_query_desk *desk, void *context); /* that waiter is not called */

#endif
