/*
 * poller.h - a mapping at work: every shard of its stream is read, children after their parents are
 * done, and each record goes to its lane.
 *
 * A shard is read once a second (as a registered consumer: as soon as something is there), while
 * its lanes hold less than one batch each that waits. Records with one partition key take one lane.
 * A poller keeps nothing over its life but the positions in catalog.db: what it finds there it goes
 * on from, and a shard without one came while nobody looked, so it is read from its first record.
 *
 * Behaviour: reference/lambda.md section 6.
 */
#ifndef MR_SIM_MAPPING_POLLER_H
#define MR_SIM_MAPPING_POLLER_H

#include "sim/mapping/filter.h"
#include "sim/mapping/lane.h"

typedef struct mr_poller mr_poller;

typedef struct mr_poller_options {
    const mr_mappings_options *world;    /* borrowed, outlives the poller */
    const char *mapping;                 /* UUID; likewise */
    const mr_mapping_settings *settings; /* copied: they may change while the poller stops */
    const char *function_name;           /* copied, as the next two */
    const char *stream_arn;
    const char *consumer; /* NULL: none */
    mr_stream *stream;
    mr_mapping_counts counts; /* go on from here */

    void (*on_result)(void *context, const char *result);
    void (*on_broken)(void *context, const mr_error *error); /* nothing goes on at all */
    /* Stopped, and at rest; or its source is gone: then *gone says how. It may free the poller. */
    void (*on_rest)(void *context, const mr_error *gone);
    void *context;
} mr_poller_options;

/* Reads with the clock's next step. Errors: those of the database, MR_CORRUPT. */
MR_NODISCARD mr_code mr_poller_new(const mr_poller_options *options, mr_poller **out,
                                   mr_error *err);
void mr_poller_free(mr_poller *poller); /* at any time; NULL is fine */

/* Nothing more is read or sent; on_rest() is called when what is under way has ended, which may be
 * in the call. */
void mr_poller_stop(mr_poller *poller);
void mr_poller_drain(mr_poller *poller);

bool mr_poller_is_idle(const mr_poller *poller);
uint64_t mr_poller_waiting(const mr_poller *poller); /* records in the lanes */
mr_mapping_counts mr_poller_count(const mr_poller *poller);
/* Errors: MR_CORRUPT. */
MR_NODISCARD mr_code mr_poller_check(const mr_poller *poller, mr_error *err);

#endif
