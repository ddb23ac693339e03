/*
 * aggregate.h - groups counted and summed inside the scan, on several cores when there are some.
 *
 * Objects are cut into segments of a fixed size whatever the number of cores; each segment gives
 * its own groups, which are joined in the order of segments. So sums of doubles, and the order of
 * groups (of first appearance), are the same on one core and on many.
 */
#ifndef MR_SIM_QUERY_AGGREGATE_H
#define MR_SIM_QUERY_AGGREGATE_H

#include "sim/base/offload.h"
#include "sim/query/scan.h"

/* How a query runs, and where it reports to. */
typedef struct mr_query_exec {
    mr_offloader *offloader; /* borrowed; NULL: this thread alone */
    unsigned threads;
    uint64_t bytes_scanned, objects_scanned;
    uint64_t partitions_considered, partitions_scanned;
    void (*warning)(void *context, const char *message); /* may be NULL */
    void *warning_context;
} mr_query_exec;

/* Tells of records lost behind others on their lines. */
void mr_query_exec_lost(mr_query_exec *exec, const char *object, uint64_t lost, uint64_t lines);

typedef enum mr_aggregate_fn {
    MR_AGGREGATE_COUNT_ROWS,
    MR_AGGREGATE_COUNT,
    MR_AGGREGATE_SUM,
    MR_AGGREGATE_AVG,
    MR_AGGREGATE_MIN,
    MR_AGGREGATE_MAX
} mr_aggregate_fn;

typedef struct mr_aggregate_call {
    mr_aggregate_fn fn;
    size_t wanted; /* the scan's column; not for COUNT_ROWS */
    bool real;     /* sum and avg add doubles */
} mr_aggregate_call;

typedef struct mr_groups mr_groups;

/*
 * Reads everything the scan offers.
 *
 * keys:    wanted columns; none: one group, also over no rows.
 * out:     owned; release with mr_groups_free().
 * Errors:  those of the scan; MR_QUERY_FAILED NUMERIC_VALUE_OUT_OF_RANGE for a sum that no
 *          bigint holds.
 */
MR_NODISCARD mr_code mr_aggregate_run(const mr_scan *scan, const size_t *keys, size_t key_count,
                                      const mr_aggregate_call *calls, size_t call_count,
                                      mr_query_exec *exec, mr_groups **out, mr_error *err);
void mr_groups_free(mr_groups *groups); /* NULL is fine */

size_t mr_groups_count(const mr_groups *groups);
/* Borrowed from the groups. */
mr_datum mr_groups_key(const mr_groups *groups, size_t group, size_t key);
/* Errors: see mr_aggregate_run(). */
MR_NODISCARD mr_code mr_groups_value(const mr_groups *groups, size_t group, size_t call,
                                     mr_datum *out, mr_error *err);

#endif
