/*
 * process_runner.h - runs users' handlers: warm processes that speak the Lambda Runtime API to
 * millrace's listener over loopback.
 *
 * Each execution environment is one process with a listener of its own (environment.h). A crash, a
 * time-out, a bad answer or endless output becomes an outcome (runner.h), never a crash of
 * millrace. Processes are killed as a group, first SIGTERM and then SIGKILL.
 *
 * Behaviour: Lambda Runtime API, through reference/lambda.md.
 */
#ifndef MR_SRC_RUNNER_PROCESS_RUNNER_H
#define MR_SRC_RUNNER_PROCESS_RUNNER_H

#include "sim/lambda/runner.h"

#include <uv.h>

typedef struct mr_process_runner_options {
    uv_loop_t *loop;
    const char *scratch;      /* "<state>/functions": bootstraps are written here; copied */
    const char *region;       /* copied */
    const char *endpoint_url; /* AWS_ENDPOINT_URL for handlers; NULL: not set */
    int64_t wall_guard_us;    /* the least wall guard in virtual time; 0: 60 s */

    /* Told once of each runtime that another version runs here; message: borrowed for the call.
     * NULL: nobody is told. */
    void (*warn)(void *context, const char *message);
    void *context;
} mr_process_runner_options;

/* Writes the bootstraps; processes start with the first invocation. Errors: those of the disk.
 * From here on the whole process ignores SIGPIPE and hands no inherited descriptor on. */
MR_NODISCARD mr_code mr_process_runner_new(const mr_process_runner_options *options,
                                           mr_runner **out, mr_error *err);
/* Kills every process; invocations under way are forgotten; handles close in the loop afterwards,
 * within about half a second. NULL is fine. */
void mr_process_runner_free(mr_runner *runner);

/* A runtime for which nothing is on this machine: MR_UNSUPPORTED with what to install. *warning
 * (owned text or NULL): the version differs: "python3.12 is asked for, 3.11 runs it". */
MR_NODISCARD mr_code mr_runtime_check(const char *runtime, char **warning, mr_error *err);

#endif
