/*
 * live_counts.h - what the services themselves do not count, gathered from the event log: records
 * and bytes of each shard, in all and in the last second; the last flush of each buffer; what
 * functions answered; objects of each bucket. All since this was made.
 */
#ifndef MR_SRC_WEB_LIVE_COUNTS_H
#define MR_SRC_WEB_LIVE_COUNTS_H

#include "sim/sim.h"

typedef struct mr_live_counts mr_live_counts;

/* sim: borrowed, outlives the counts. Reads what the buckets hold already. */
mr_live_counts *mr_live_counts_new(mr_sim *sim);
void mr_live_counts_free(mr_live_counts *counts); /* NULL is fine */

typedef struct mr_traffic {
    uint64_t records, bytes, throttled;
    uint64_t read_records, read_bytes;
} mr_traffic;

typedef struct mr_shard_counts {
    mr_traffic total;
    mr_traffic second; /* the last whole second of the world's time; zeros when it was idle */
} mr_shard_counts;
mr_shard_counts mr_live_shard(const mr_live_counts *counts, const char *stream, const char *shard);

typedef struct mr_flush {
    const char *reason; /* "size", "interval", "drain"; static; NULL: none yet */
    int64_t time_us;    /* the world's time of day */
    uint64_t records, bytes;
} mr_flush;
mr_flush mr_live_flush(const mr_live_counts *counts, const char *delivery, const char *sink);

typedef struct mr_function_counts {
    uint64_t invocations, errors, throttles;
    uint64_t records; /* sent to it */
    int64_t last_us;  /* how long the last answer took */
    int64_t total_us; /* all answers together */
} mr_function_counts;
mr_function_counts mr_live_function(const mr_live_counts *counts, const char *function);

typedef struct mr_bucket_counts {
    uint64_t objects, bytes;
} mr_bucket_counts;
mr_bucket_counts mr_live_bucket(const mr_live_counts *counts, const char *bucket);

typedef struct mr_query_counts {
    uint64_t succeeded, failed, cancelled;
    uint64_t bytes_scanned; /* of all of them */
} mr_query_counts;
mr_query_counts mr_live_queries(const mr_live_counts *counts);

/* Grows with everything that any of these counts hears: the same number, the same state. */
uint64_t mr_live_changes(const mr_live_counts *counts);

#endif
