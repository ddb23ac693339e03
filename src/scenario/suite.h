/*
 * suite.h - many scenarios, or one under many seeds, in worker processes side by side.
 *
 * A worker is this same program as `millrace test --worker`: it reads tasks from standard input,
 * one JSON object a line, and answers each with a result (result.h) on one line of standard
 * output. A worker that dies (an assertion, a signal) fails its task alone and is replaced.
 * Results are handed on in the order of the tasks, whatever order they come in.
 */
#ifndef MR_SRC_SCENARIO_SUITE_H
#define MR_SRC_SCENARIO_SUITE_H

#include "src/scenario/result.h"

typedef struct mr_suite_task {
    const char *file; /* a scenario, or a recording (replay); borrowed */
    bool is_recording;
    bool has_seed; /* else the scenario's own */
    uint64_t seed;
    bool chaos, shrink, twice, update;
    const char *state;  /* keep the state there; NULL: a temporary one */
    const char *events; /* write the event log there; NULL: no */
    /* For the worker's temporary files: a folder of this task's own, which need not be there, and
     * which mr_suite_run() chooses and removes, so that a worker may die at any time. */
    const char *scratch;
} mr_suite_task;

typedef struct mr_suite_options {
    const char *program; /* this executable */
    const mr_suite_task *tasks;
    size_t task_count;
    unsigned jobs;                    /* workers; at least 1 */
    bool stop_at_failure;             /* hand out no more tasks after the first failed one */
    const volatile bool *interrupted; /* may be NULL */
    /* One result, in the order of the tasks; borrowed for the call. */
    void (*finished)(void *context, const mr_suite_task *task, const mr_scenario_result *result);
    /* Now and then, for a progress line: how many are finished, how many failed. May be NULL. */
    void (*progress)(void *context, size_t finished, size_t failed);
    void *context;
} mr_suite_options;

typedef struct mr_suite_counts {
    size_t passed, failed, errors, not_run;
} mr_suite_counts;

/*
 * Runs every task. SIGINT, SIGTERM and SIGHUP interrupt it, as *interrupted does: the workers are
 * killed, with the handlers that they run, and what was finished is handed on. SIGPIPE must be
 * ignored (as mr_cli_main() does): a worker that died is written to before its end is known.
 *
 * Errors: MR_INTERRUPTED, MR_IO (a worker cannot be started).
 */
MR_NODISCARD mr_code mr_suite_run(const mr_suite_options *options, mr_suite_counts *counts,
                                  mr_error *err);

/* The worker's side: reads tasks from standard input until it ends. Returns an exit status. */
int mr_suite_worker(void);

/* A task as one line of JSON, with its line end, and back. */
void mr_suite_task_write(const mr_suite_task *task, mr_strbuf *out);
/* out: its texts are owned; release with mr_suite_task_deinit(), also on errors.
 * Errors: MR_BAD_INPUT, naming the member. */
MR_NODISCARD mr_code mr_suite_task_read(mr_bytes line, mr_suite_task *out, mr_error *err);
void mr_suite_task_deinit(mr_suite_task *task); /* of a task that was read */

#endif
