/*
 * pipeline.h - a plan made real in a world: its resources created in the order of the data, its
 * inputs opened and put, and what came of them.
 */
#ifndef MR_SRC_APP_PIPELINE_H
#define MR_SRC_APP_PIPELINE_H

#include "sim/producer/producer.h"
#include "sim/sim.h"
#include "src/config/plan.h"
#include "src/producer/recorder.h"

#include <uv.h>

typedef struct mr_pipeline mr_pipeline;

/* One input: from the template, or from the command line in its place. Borrowed. */
typedef struct mr_pipeline_input {
    const char *target; /* a stream or DirectPut delivery stream: name or logical id */
    const char *file;   /* a path; "-" for standard input */
    const char *spool;  /* "-" alone: where it is kept to be read again; NULL: it is not */
    bool is_spooled;    /* it lies there already */
    const mr_producer_options *options; /* what the user chose: format, encode, key, batch, rate */
} mr_pipeline_input;

typedef struct mr_pipeline_options {
    mr_sim *sim; /* all borrowed, all outlive the pipeline */
    uv_loop_t *loop;
    const mr_plan *plan;
    const mr_pipeline_input *inputs;
    size_t input_count;
    const char *replay;      /* a recording, put in place of inputs (of which are none); NULL */
    int64_t replay_start_us; /* as start_us in replay.h: a resumed world must be told it */
    mr_recorder *recorder;   /* writes down every put; NULL: none */
    const char *state_directory;
    bool use_code; /* run the handlers' code where a Builtin could stand in */
    bool strict;   /* the first bad row ends the run */
    bool resume;   /* resources may be there already; rows already stored are skipped */
} mr_pipeline_options;

/*
 * Creates every resource of the plan and opens every input (so that a missing file is known
 * before the first row is put), or the recording.
 *
 * Errors: what the services refuse, in their words; MR_NOT_FOUND for an input's stream or file,
 *         with the nearest name; those of mr_replay_open().
 */
MR_NODISCARD mr_code mr_pipeline_new(const mr_pipeline_options *options, mr_pipeline **out,
                                     mr_error *err);
void mr_pipeline_free(mr_pipeline *pipeline); /* NULL is fine */

/* Of one session: inputs from the beginning and those that were added. */
#define MR_PIPELINE_INPUTS_MAX 256
/* The numbers of added inputs, by which records know them: from here on, past all that a run
 * could begin with and past those of earlier sessions on this state directory. So the rows of an
 * added input are new rows, however often its file is put, and `run --resume` skips none of its
 * own for them. */
#define MR_PIPELINE_ADDED_INPUT_FIRST (UINT32_C(1) << 20)

/*
 * Adds an input to a pipeline that is running, and begins to put its rows. That it breaks off is
 * told by a warning in the event log, and is no failure of the pipeline's.
 *
 * input: borrowed for the call.
 * place: out.
 * Errors: those of mr_pipeline_new() for an input; MR_UNSUPPORTED (a recording is put in place of
 *         inputs; standard input); MR_LIMIT_EXCEEDED (MR_PIPELINE_INPUTS_MAX).
 */
MR_NODISCARD mr_code mr_pipeline_add_input(mr_pipeline *pipeline, const mr_pipeline_input *input,
                                           size_t *place, mr_error *err);

/* Whether handlers' code is to run: only that needs processes, and a pipeline of builtins none. */
bool mr_pipeline_has_code(const mr_plan *plan, bool use_code);

/* Begins to put rows, at the clock's now. */
void mr_pipeline_start(mr_pipeline *pipeline);
/* Every row of every input is stored or rejected, or its input broke off. */
bool mr_pipeline_inputs_ended(const mr_pipeline *pipeline);
/* Why an input broke off; NULL while none has. */
const mr_error *mr_pipeline_input_error(const mr_pipeline *pipeline);

/* Of an input; or of a target of the recording: these come one by one while it is read. */
typedef struct mr_pipeline_input_counts {
    const char *target, *file;
    mr_producer_counts counts;
    const char *rejects_path; /* NULL: no row was rejected */
} mr_pipeline_input_counts;
size_t mr_pipeline_input_count(const mr_pipeline *pipeline);
mr_pipeline_input_counts mr_pipeline_input_counts_of(const mr_pipeline *pipeline, size_t place);

/* Inputs by their place, 0 to mr_pipeline_input_count() - 1, as those of the producer
 * (sim/producer/producer.h). rate: rows per second; 0: max. */
void mr_pipeline_set_rate(mr_pipeline *pipeline, size_t place, double rate);
double mr_pipeline_rate(const mr_pipeline *pipeline, size_t place);
double mr_pipeline_rate_asked(const mr_pipeline *pipeline, size_t place); /* by its options */
/* The stream that the input's records are on: of a DirectPut delivery stream, its own ring. */
const mr_stream *mr_pipeline_input_stream(const mr_pipeline *pipeline, size_t place);
void mr_pipeline_pause(mr_pipeline *pipeline, size_t place);
void mr_pipeline_resume(mr_pipeline *pipeline, size_t place);
bool mr_pipeline_is_paused(const mr_pipeline *pipeline, size_t place);
bool mr_pipeline_has_ended(const mr_pipeline *pipeline, size_t place); /* all of it is put */

#endif
