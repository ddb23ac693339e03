/*
 * intake.h - one shard's records on their way into what reads a whole stream (a delivery stream,
 * an event source mapping): when to read, and what a read brought.
 *
 * A data stream is read once a second per shard, at whole seconds from the first read on; a read
 * that came back full is followed by the next at once (the stream's own limits hold it back). At
 * the tip the intake sets no timer: a put wakes it, and it reads at the next instant of that grid.
 * The internal ring of a DirectPut delivery stream is read at the instant of the put itself, and so
 * is a shard that is read as a registered consumer, whose 2 MiB/s nobody else shares.
 *
 * Behaviour: reference/firehose.md section 3, "Kinesis source"; reference/lambda.md section 6.
 */
#ifndef MR_SIM_STREAM_INTAKE_H
#define MR_SIM_STREAM_INTAKE_H

#include "sim/stream/stream.h"

typedef struct mr_intake mr_intake;

/* What all intakes of one reader tell it. slot: the intake's. */
typedef struct mr_intake_config {
    mr_clock *clock; /* borrowed, as all here */
    mr_faults *faults;
    int64_t poll_us; /* between reads; 0: read as soon as something is there */
    /* The registered consumer as which the shard is read (enhanced fan-out): its own limit is asked
     * instead of the shard's, and no fault strikes. NULL: none. Looked up at each read. */
    const char *consumer;
    bool outlives_stream; /* a deleted stream ends its shards (on_end), which are not broken */

    /* One record, in order. The view is borrowed for the call. */
    void (*take)(void *context, size_t slot, const mr_record_view *record);
    /* Records first..last were gone before they were read. */
    void (*expired)(void *context, size_t slot, uint64_t first, uint64_t last);
    /* Whether there is room; a refused intake waits for mr_intake_resume(). */
    bool (*has_room)(void *context, size_t slot);
    /* A read is over and its records were taken. */
    void (*on_read)(void *context, size_t slot);
    /* The shard is closed and all of it was taken; called once, after on_read. */
    void (*on_end)(void *context, size_t slot);
    /* The ring cannot be read; MR_STREAM_NOT_FOUND, MR_CONSUMER_NOT_FOUND: it was deleted. */
    void (*on_broken)(void *context, const mr_error *error);
    void *context;
} mr_intake_config;

/* An intake that does not read yet. config, shard: borrowed, outlive the intake. */
mr_intake *mr_intake_new(const mr_intake_config *config, mr_shard *shard, size_t slot,
                         uint64_t number);
void mr_intake_free(mr_intake *intake); /* NULL is fine */

void mr_intake_start(mr_intake *intake); /* the first read is due now; once */
void mr_intake_resume(
    mr_intake *intake); /* there may be room again; one that does not wait is fine */
void mr_intake_hold(mr_intake *intake, uint64_t number); /* as mr_reader_hold() */
/* Nothing is read any more; the intake stays, and with it its shard. */
void mr_intake_stop(mr_intake *intake);

/* The number of the next record that it will hand over, if none is gone. */
uint64_t mr_intake_next(const mr_intake *intake);

bool mr_intake_is_started(const mr_intake *intake);
bool mr_intake_has_ended(const mr_intake *intake);
/* Everything that is in the shard was taken. */
bool mr_intake_is_idle(const mr_intake *intake);
mr_shard *mr_intake_shard(const mr_intake *intake);
/* Records that were handed over once more: a read that was made twice (an injected fault). */
uint64_t mr_intake_repeated(const mr_intake *intake);

#endif
