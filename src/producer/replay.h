/*
 * replay.h - puts what a recording holds (recording.h), each put at its time on the world's clock
 * and as it was: the same records in one call, so that limits and faults meet what they met before.
 *
 * A refused record is not put again: the recording holds the retries that its producer made. That
 * refusal is remembered (table producer_progress), so that a replay that goes on after a kill does
 * not take it for a record that it has yet to put.
 *
 * A record's input is the number of its target, from 1 in the order in which targets come in the
 * recording, and its row counts the records of that target, refused ones too. So the rows that a
 * stream has stored (mr_stream_stored_rows()) tell a resumed replay what to pass over.
 *
 *   replay --reads a put, its time comes--> put --> reads the next ... --> ended
 */
#ifndef MR_SRC_PRODUCER_REPLAY_H
#define MR_SRC_PRODUCER_REPLAY_H

#include "sim/base/fs.h"
#include "sim/producer/producer.h"
#include "src/producer/recording.h"

typedef struct mr_replay mr_replay;

/* What stands behind a name in the recording. */
typedef struct mr_replay_target {
    mr_producer_target to;
    uint64_t skip_rows;    /* resume, as in mr_producer_options */
    uint64_t *stored_rows; /* rising; the replay's from then on (mr_free); NULL is fine */
    size_t stored_count;
} mr_replay_target;

typedef struct mr_replay_handlers {
    /* Called once for each target, at its first put. name: borrowed. input: the number of its
     * records. out: filled on MR_OK. An error ends the replay. */
    mr_code (*resolve)(void *context, const char *name, uint32_t input, mr_replay_target *out,
                       mr_error *err);
    /* Everything was put once; or *error is set: the recording is damaged (what came before is
     * put), a target is unknown, a put failed. Called once, last. */
    void (*ended)(void *context, const mr_error *error);
    void *context;
} mr_replay_handlers;

typedef struct mr_replay_options {
    mr_clock *clock; /* all borrowed, all outlive the replay */
    mr_trace *trace;
    mr_file_system *fs; /* of the recording */
    mr_db *db;          /* progress, for resume; may be NULL */
    const char *path;   /* the recording; copied */
    /* The time that the recording's start stands for, also in a replay that goes on later: what
     * should have been put before is put at once. 0: the clock's now at mr_replay_start(). */
    int64_t start_us;
} mr_replay_options;

/* Opens the recording and reads its header. Errors: as mr_recording_file_open(). */
MR_NODISCARD mr_code mr_replay_open(const mr_replay_options *options,
                                    const mr_replay_handlers *handlers, mr_replay **out,
                                    mr_error *err);
void mr_replay_free(mr_replay *replay); /* NULL is fine; not from within a handler */
/* Begins in a later step of the clock. */
void mr_replay_start(mr_replay *replay);

const mr_recording_header *mr_replay_header(const mr_replay *replay);

/* The targets met so far, in the order of their numbers: place 0 is input 1. */
size_t mr_replay_target_count(const mr_replay *replay);
const char *mr_replay_target_name(const mr_replay *replay, size_t place);
/* rows: records read from the recording; given_up: refused for another reason than limits. Here
 * rows = records + throttled + given_up + skipped + those of the put that waits for its time. */
mr_producer_counts mr_replay_count(const mr_replay *replay, size_t place);

#endif
