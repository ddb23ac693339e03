/*
 * suite_worker.c - the worker's side of suite.h: reads a task, runs its scenario, answers with its
 * result. All that it knows from one task to the next is the scenario that it read last: a swarm
 * of seeds reads its scenario once.
 */
#include "src/scenario/suite.h"

#include "sim/base/alloc.h"
#include "src/console/figures.h"
#include "src/platform/platform.h"
#include "src/scenario/chaos.h"
#include "src/scenario/log_compare.h"
#include "src/scenario/scenario_run.h"
#include "src/scenario/shrink.h"
#include "src/scenario/suite_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHRINK_RUNS_MAX 200

enum { WORKER_DONE = 0, WORKER_BAD_TASK = 2, WORKER_MACHINE = 3 };

typedef struct worker {
    mr_scenario *scenario; /* the last one; NULL: none yet */
    char *file;            /* what it was read from */
    bool is_recording;
} worker;

/* One task, with what its runs have in common. */
typedef struct worker_job {
    const mr_suite_task *task;
    const mr_scenario *scenario;
    uint64_t seed;
    const mr_scenario_fault *faults;
    size_t fault_count;
} worker_job;

/* ---- reading scenarios ---- */

static void forget(worker *w)
{
    mr_scenario_free(w->scenario);
    mr_free(w->file);
    *w = (worker){0};
}

static mr_code load(worker *w, const mr_suite_task *task, mr_error *err)
{
    if (w->scenario != NULL && w->is_recording == task->is_recording &&
        strcmp(w->file, task->file) == 0) {
        return MR_OK;
    }
    forget(w);
    mr_code code = task->is_recording ? mr_scenario_of_recording(task->file, &w->scenario, err)
                                      : mr_scenario_load(task->file, &w->scenario, err);
    MR_ASSERT(code != MR_OK || w->scenario != NULL);
    w->file = mr_strdup(task->file);
    w->is_recording = task->is_recording;
    return code;
}

/* The first error is why it cannot be run; all of them are the note. */
static void report_findings(const mr_scenario *scenario, mr_scenario_result *result)
{
    mr_strbuf all = mr_strbuf_make(MR_SCENARIO_RESULT_BYTES_MAX / 4);
    for (size_t i = 0; i < scenario->finding_count; i++) {
        if (scenario->findings[i].kind != MR_FINDING_ERROR) {
            continue;
        }
        char *text = mr_scenario_finding_text(scenario, &scenario->findings[i]);
        if (result->error.code == MR_OK) {
            (void)mr_error_set(&result->error, MR_BAD_INPUT, "%s", text);
        }
        mr_strbuf_appendf(&all, "%s\n", text);
        mr_free(text);
    }
    result->note = mr_strbuf_take(&all);
}

/* ---- running ---- */

/* Where a run keeps its state. It is empty: the run before has removed it, or failed to. */
static char *make_room(const worker_job *job, const char *name, mr_error *err)
{
    char *directory = mr_format("%s/%s", job->task->scratch, name);
    if (mr_fs_remove_tree(mr_platform_fs(), directory, err) != MR_OK) {
        mr_free(directory);
        return NULL;
    }
    return directory;
}

/* One run in a temporary folder of this name. */
static mr_code run_aside(const worker_job *job, const char *name,
                         const mr_scenario_run_options *given, mr_scenario_result *result,
                         mr_error *err)
{
    char *directory = make_room(job, name, err);
    if (directory == NULL) {
        return err->code;
    }
    mr_scenario_run_options options = *given;
    options.directory = directory;
    mr_code code = mr_scenario_run(&options, result, err);
    mr_free(directory);
    return code;
}

static mr_scenario_run_options options_of(const worker_job *job)
{
    return (mr_scenario_run_options){.scenario = job->scenario,
                                     .seed = job->seed,
                                     .faults = job->faults,
                                     .fault_count = job->fault_count,
                                     .only_invariants = job->task->chaos,
                                     .update = job->task->update};
}

static mr_code run_first(const worker_job *job, const char *events, mr_scenario_result *result,
                         mr_error *err)
{
    mr_scenario_run_options options = options_of(job);
    options.events_path = events;
    if (job->task->state == NULL) {
        return run_aside(job, "state", &options, result, err);
    }
    options.directory = job->task->state;
    options.keep_state = true;
    return mr_scenario_run(&options, result, err);
}

/* ---- twice ---- */

static void report_difference(mr_scenario_result *result, const mr_log_difference *difference,
                              const char *digest)
{
    static const char what[] = "two runs of one seed differ";
    static const char ended[] = "no more events";
    if (difference->number == 0) {
        mr_scenario_result_fail(result, 0, what, result->digest, digest,
                                "(the events are the same, the objects are not)\n");
        return;
    }
    char *first = mr_format("event %llu: %s", (unsigned long long)difference->number,
                            difference->first == NULL ? ended : difference->first);
    char *second = mr_format("event %llu: %s", (unsigned long long)difference->number,
                             difference->second == NULL ? ended : difference->second);
    mr_scenario_result_fail(result, 0, what, first, second, NULL);
    mr_free(first);
    mr_free(second);
}

static mr_code compare(const char *first_log, const char *second_log, const char *digest,
                       mr_scenario_result *result, mr_error *err)
{
    mr_log_difference difference;
    mr_code code = mr_logs_compare(first_log, second_log, &difference, err);
    if (code == MR_OK && (difference.number > 0 || strcmp(result->digest, digest) != 0)) {
        report_difference(result, &difference, digest);
    }
    mr_log_difference_deinit(&difference);
    return code;
}

static mr_code run_second(const worker_job *job, const char *first_log, mr_scenario_result *result,
                          mr_error *err)
{
    char *second_log = mr_format("%s/second.jsonl", job->task->scratch);
    mr_scenario_result second;
    mr_scenario_result_init(&second, result->name, result->file, job->seed);
    mr_scenario_run_options options = options_of(job);
    options.events_path = second_log;
    mr_code code = run_aside(job, "second", &options, &second, err);
    if (code == MR_OK) {
        code = compare(first_log, second_log, second.digest, result, err);
    }
    mr_scenario_result_deinit(&second);
    mr_free(second_log);
    return code;
}

/* ---- shrinking ---- */

static bool still_fails(void *context, const mr_scenario_fault *faults, size_t fault_count,
                        uint64_t rows_max)
{
    const worker_job *job = context;
    mr_scenario_run_options options = options_of(job);
    options.faults = faults;
    options.fault_count = fault_count;
    options.rows_max = rows_max;
    mr_scenario_result result;
    mr_error err;
    mr_scenario_result_init(&result, job->scenario->name, job->task->file, job->seed);
    mr_code code = run_aside(job, "shrink", &options, &result, &err);
    bool fails = code == MR_OK && result.failure_count > 0;
    mr_scenario_result_deinit(&result);
    return fails;
}

static char *schedule_of(const mr_scenario *scenario, const mr_scenario_fault *faults, size_t count)
{
    mr_strbuf out = mr_strbuf_make(MR_SCENARIO_RESULT_BYTES_MAX / 4);
    mr_chaos_write(scenario, faults, count, &out);
    return mr_strbuf_take(&out);
}

/* "shrunk from 6 faults to 1, and to the first 59 rows of each input, in 34 runs" after what the
 * note says already; owned. */
static char *shrunk_note(const char *note, size_t fault_count, const mr_shrunk *shrunk)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (note != NULL) {
        mr_strbuf_appendf(&out, "%s\n", note);
    }
    mr_strbuf_appendf(&out, "shrunk from %zu fault%s to %zu", fault_count,
                      fault_count == 1 ? "" : "s", shrunk->fault_count);
    if (shrunk->rows_max > 0) {
        mr_strbuf_append_text(&out, ", and to the first ");
        mr_figure_count(&out, shrunk->rows_max);
        mr_strbuf_append_text(&out,
                              shrunk->rows_max == 1 ? " row of each input" : " rows of each input");
    }
    mr_strbuf_appendf(&out, ", in %u runs", shrunk->runs);
    return mr_strbuf_take(&out);
}

static void shrink(worker_job *job, mr_scenario_result *result)
{
    mr_shrunk shrunk;
    mr_shrink(job->faults, job->fault_count, result->rows, SHRINK_RUNS_MAX, still_fails, job,
              &shrunk);
    mr_free(result->schedule);
    result->schedule = schedule_of(job->scenario, shrunk.faults, shrunk.fault_count);
    char *note = shrunk_note(result->note, job->fault_count, &shrunk);
    mr_free(result->note);
    result->note = note;
    mr_free(shrunk.faults);
}

/* ---- tasks ---- */

static void run_job(worker_job *job, mr_scenario_result *result)
{
    const mr_suite_task *task = job->task;
    char *log = task->events != NULL ? mr_strdup(task->events)
                : task->twice        ? mr_format("%s/first.jsonl", task->scratch)
                                     : NULL;
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_code code = fs->make_directories(fs, task->scratch, &err);
    if (code == MR_OK) {
        code = run_first(job, log, result, &err);
    }
    bool has_failed = code == MR_OK && result->failure_count > 0;
    if (code == MR_OK && task->twice) {
        code = run_second(job, log, result, &err);
    }
    if (code == MR_OK && has_failed && task->shrink && job->fault_count > 0) {
        shrink(job, result);
    }
    if (code != MR_OK) {
        result->error = err;
    }
    mr_free(log);
}

static void run_scenario(const mr_scenario *scenario, const mr_suite_task *task,
                         mr_scenario_result *result)
{
    worker_job job = {.task = task,
                      .scenario = scenario,
                      .seed = result->seed,
                      .faults = scenario->faults,
                      .fault_count = scenario->fault_count};
    mr_chaos chaos = {0};
    if (task->chaos) {
        mr_chaos_make(scenario, result->seed, &chaos);
        job.faults = chaos.faults;
        job.fault_count = chaos.fault_count;
        result->schedule = schedule_of(scenario, chaos.faults + chaos.own_count,
                                       chaos.fault_count - chaos.own_count);
    }
    run_job(&job, result);
    mr_chaos_deinit(&chaos);
}

static void run_task(worker *w, const mr_suite_task *task, mr_scenario_result *result)
{
    mr_time_source wall = mr_platform_monotonic_time();
    int64_t began_us = wall.now_us(wall.context);
    mr_error err;
    mr_code code = load(w, task, &err);
    const mr_scenario *scenario = w->scenario;
    uint64_t seed = task->has_seed || scenario == NULL ? task->seed : scenario->seed;
    mr_scenario_result_init(result, scenario == NULL ? "" : scenario->name, task->file, seed);
    result->chaos = task->chaos;
    if (code != MR_OK) {
        result->error = err;
    } else if (scenario->error_count > 0) {
        report_findings(scenario, result);
    } else {
        run_scenario(scenario, task, result);
    }
    result->wall_us = wall.now_us(wall.context) - began_us;
}

static bool answer(FILE *answers, const mr_scenario_result *result)
{
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_result_write(result, &line);
    mr_strbuf_append_char(&line, '\n');
    (void)fwrite(line.at, 1, line.len, answers);
    mr_strbuf_deinit(&line);
    return fflush(answers) == 0;
}

static int work(worker *w, mr_bytes line, FILE *answers)
{
    mr_suite_task task;
    mr_error err;
    int status = WORKER_DONE;
    if (mr_suite_task_read(line, &task, &err) != MR_OK) {
        (void)fprintf(stderr, "millrace: %s\n", err.message);
        status = WORKER_BAD_TASK;
    } else {
        mr_scenario_result result;
        mr_suite_guard_begin_task(task.scratch);
        run_task(w, &task, &result);
        mr_suite_guard_end_task();
        status = answer(answers, &result) ? WORKER_DONE : WORKER_MACHINE;
        mr_scenario_result_deinit(&result);
    }
    mr_suite_task_deinit(&task);
    return status;
}

/* Answers have standard output for themselves: whatever else is printed there goes to standard
 * error. NULL: the machine. */
static FILE *take_output(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        return NULL;
    }
    return fdopen(fd, "w");
}

int mr_suite_worker(void)
{
    /* Ctrl-C and a hang-up reach every process of a terminal's group; this one is told by its
     * parent. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    FILE *answers = take_output();
    if (answers == NULL) {
        (void)fprintf(stderr, "millrace: the worker's output: %s\n", strerror(errno));
        return WORKER_MACHINE;
    }
    mr_error err;
    if (mr_suite_guard_start(&err) != MR_OK) {
        (void)fprintf(stderr, "millrace: the worker: %s\n", err.message);
        return WORKER_MACHINE;
    }
    worker w = {0};
    int status = WORKER_DONE;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    while (status == WORKER_DONE && (len = getline(&line, &capacity, stdin)) >= 0) {
        status = work(&w, mr_bytes_make(line, (size_t)len), answers);
    }
    free(line); /* the C library's memory */
    forget(&w);
    (void)fclose(answers);
    return status;
}
