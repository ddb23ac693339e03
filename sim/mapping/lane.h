/*
 * lane.h - the records of one shard (or, with a ParallelizationFactor, of one lane of it) on their
 * way into the function: gathered into batches, sent one batch after the other, tried again, split,
 * given up.
 *
 * A lane keeps order: its next batch is sent when the one before is done with. What is done is a
 * position, the number below which nothing of the lane is left (mr_lane_done()); it is stored
 * whenever it moves, so that a killed process sends again exactly what was not done.
 *
 * Behaviour: reference/lambda.md section 6, and the Developer Guide on Kinesis event sources: only
 * what the function itself says counts as an attempt (a throttled invocation does not), and a split
 * costs none.
 */
#ifndef MR_SIM_MAPPING_LANE_H
#define MR_SIM_MAPPING_LANE_H

#include "sim/lambda/function.h"
#include "sim/mapping/kinesis_event.h"
#include "sim/mapping/mapping.h"
#include "sim/store/store.h"

/* What all lanes of a mapping share, by reference. Texts are borrowed. */
typedef struct mr_lane_config {
    mr_clock *clock; /* borrowed, as all here */
    mr_trace *trace;
    mr_functions *functions;
    mr_store *store;
    mr_db *db;
    uint64_t seed;

    const char *mapping;       /* its UUID */
    const char *function;      /* ARN; looked up at each attempt */
    const char *function_name; /* for events */
    const char *stream, *stream_arn;
    mr_event_envelope envelope;
    size_t batch_size;
    int64_t window_us;
    int64_t retries_max; /* -1: any number */
    int64_t age_max_us;  /* -1: the retention of the stream */
    bool bisect, reports_items;
    const char *failure_bucket; /* NULL: what is given up is gone */
    bool is_draining;           /* no window is waited for */

    /* Writes the positions of the slot's lanes. Inside a transaction of the caller. */
    mr_code (*store_positions)(void *context, size_t slot, mr_error *err);
    /* Records are done with, or the lane has come to rest after a stop. */
    void (*on_moved)(void *context, size_t slot);
    /* A LastProcessingResult. */
    void (*on_result)(void *context, const char *result);
    /* Nothing goes on: a handler that cannot run, or the machine. */
    void (*on_broken)(void *context, const mr_error *error);
    void *context;

    mr_mapping_counts counts; /* but for filtered and expired, by the lanes */
} mr_lane_config;

typedef struct mr_lane mr_lane;

/* config, shard: borrowed, outlive the lane. */
mr_lane *mr_lane_new(mr_lane_config *config, mr_shard *shard, size_t slot);
void mr_lane_free(mr_lane *lane); /* an invocation under way is forgotten. NULL is fine */

void mr_lane_add(mr_lane *lane, const mr_record_view *record); /* copied */
/* A read is over, or there is a new reason to send: what need not wait goes. */
void mr_lane_run(mr_lane *lane);
/* Gives back what is not being sent: it is read again some day. What is under way comes to its
 * end, and then on_moved() is called. */
void mr_lane_stop(mr_lane *lane);

bool mr_lane_is_busy(const mr_lane *lane); /* something is being sent, tried again or given up */
bool mr_lane_is_empty(const mr_lane *lane);
uint64_t mr_lane_records(const mr_lane *lane); /* not done yet */
uint64_t mr_lane_bytes(const mr_lane *lane);   /* of them, as they will be sent */
/* The number below which every record of the lane is done. behind: what it is when none is left. */
uint64_t mr_lane_done(const mr_lane *lane, uint64_t behind);
/* Errors: MR_CORRUPT, naming what does not hold. */
MR_NODISCARD mr_code mr_lane_check(const mr_lane *lane, mr_error *err);

#endif
