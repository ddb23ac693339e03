/*
 * run.h - `millrace run`: one pipeline, from the first row to the last object.
 */
#ifndef MR_SRC_APP_RUN_H
#define MR_SRC_APP_RUN_H

#include "src/app/pipeline.h"
#include "src/app/state_dir.h"

/*
 * Who holds a run open: its world is served besides, and stays when all is delivered, until a
 * signal. Called in this order; each has the context last.
 */
typedef struct mr_run_holder {
    /* The state directory is open, and nothing else is made. url: out; where the world will be
     * reached, for functions; borrowed. Errors: the run ends with them. */
    mr_code (*begin)(uv_loop_t *loop, const char *state_directory, const char **url, mr_error *err,
                     void *context);
    void (*opened)(mr_sim *sim, void *context);          /* before any resource is made */
    void (*ready)(mr_pipeline *pipeline, void *context); /* before the first row is put */
    void (*stop)(void *context);                         /* a signal has come; once */
    void (*close)(void *context); /* before the world goes; also after a failed begin */
    void *context;
} mr_run_holder;

typedef struct mr_run_options {
    const mr_plan *plan; /* borrowed, as is everything below */
    const mr_pipeline_input *inputs;
    size_t input_count;

    mr_state_options state;
    mr_clock_mode clock;
    double speed;
    int64_t start_us;
    uint64_t seed;
    const char *region, *account;
    bool limits;
    uint64_t stream_bytes_max;
    bool durable;

    bool use_code; /* the handlers' code instead of their Builtin */
    bool strict;
    bool resume;
    bool drain; /* flush as soon as the sources are drained, instead of waiting for intervals */
    bool show_progress;

    const mr_fault_rule *faults;
    size_t fault_count;
    const char *events_path; /* NULL: none; "-": standard error */
    const char *record_path; /* what is received is written down here; NULL: it is not */
    const mr_plan_parameter *parameters; /* that the plan was loaded with, for the recording */
    size_t parameter_count;
    const mr_run_holder *holder; /* NULL: the run ends when all is delivered */
    mr_trace_fn listen;          /* one more listener, NULL: none */
    void *listen_context;
    /* Told what the machine does otherwise than the plan says (another version of a runtime), which
     * is no event: it must not change the digest. NULL: nobody is. message: for the call. */
    void (*warn)(void *context, const char *message);
    void *warn_context;
} mr_run_options;

typedef struct mr_run_result {
    mr_strbuf summary; /* text or JSON, as asked; release with mr_run_result_deinit() */
    char digest[65];   /* "" when the run was interrupted, or held open */
    int64_t end_us;    /* the world's time of day at the end */
    uint64_t rejected; /* rows */
    uint64_t failed;   /* records that the transform failed */
    uint64_t recorded; /* puts in the recording, which is complete */
    uint64_t warnings; /* events of that type */
    char warning[512]; /* the first of them */
} mr_run_result;
void mr_run_result_deinit(mr_run_result *result);

/*
 * Opens the state directory, creates the plan's resources, puts every input and turns the world
 * until everything is delivered. A signal (SIGINT, SIGTERM) stops it where it stands.
 *
 * One that is held open goes on until a signal. When all had been delivered once, it then flushes
 * what clients have put since, and ends as every run does; before, it is interrupted. Its clock, if
 * it is paced, may be driven. It has no digest: what clients do from outside is in no seed.
 *
 * result: out; filled as far as the run came, also on errors.
 * Errors: MR_INTERRUPTED; those of the state directory, the inputs, the services; MR_CORRUPT when
 *         a conservation law is broken (the message names seed and sum).
 */
MR_NODISCARD mr_code mr_run(const mr_run_options *options, bool summary_json, mr_run_result *result,
                            mr_error *err);

#endif
