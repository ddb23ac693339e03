/*
 * suite.c - see suite.h: hands tasks to workers, and results on in the order of the tasks.
 *
 * A worker sits in a *seat*, which outlives it: who dies there fails the task at hand, and another
 * process takes the seat for the next one.
 */
#include "src/scenario/suite.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "src/platform/stop_signals.h"
#include "src/scenario/suite_process.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS     100  /* between looks at *interrupted and drawings of progress */
#define PATIENCE_MS 3000 /* signals so soon after the first mean the same: timeout(1) sends two */

typedef struct suite suite;

typedef struct suite_seat {
    suite *suite;
    mr_suite_process *process; /* NULL: nobody sits here */
    bool is_busy;
    size_t task; /* when busy */
    char *scratch;
    char *complaint; /* about what it has answered; owned, NULL: none */
} suite_seat;

struct suite {
    const mr_suite_options *options;
    mr_suite_counts *counts;
    uv_loop_t loop;
    mr_stop_signals signals;
    uv_timer_t tick;
    char *scratch; /* folder of the tasks' folders */
    suite_seat *seats;
    size_t seat_count;
    mr_scenario_result **results; /* by task; those that wait for one before them */
    size_t next_task, next_result;
    size_t finished, failed;
    bool is_closing; /* no more tasks are handed out */
    bool is_interrupted;
    mr_code code;
    mr_error *err;
};

/* ---- results ---- */

static void hand_on(suite *s, size_t task)
{
    mr_scenario_result *result = s->results[task];
    if (result->error.code != MR_OK) {
        s->counts->errors++;
    } else if (result->failure_count > 0) {
        s->counts->failed++;
    } else {
        s->counts->passed++;
    }
    s->options->finished(s->options->context, &s->options->tasks[task], result);
    mr_scenario_result_deinit(result);
    mr_free(result);
    s->results[task] = NULL;
}

static void hand_on_in_order(suite *s)
{
    while (s->next_result < s->options->task_count && s->results[s->next_result] != NULL) {
        hand_on(s, s->next_result++);
    }
}

/* After the end: behind a task that was not finished others may have been. */
static void hand_on_rest(suite *s)
{
    for (; s->next_result < s->options->task_count; s->next_result++) {
        if (s->results[s->next_result] != NULL) {
            hand_on(s, s->next_result);
        } else {
            s->counts->not_run++;
        }
    }
}

/* Gives the seat's task its result, which is taken over, and frees the seat for the next. */
static void complete(suite_seat *seat, mr_scenario_result *result)
{
    suite *s = seat->suite;
    mr_error ignored; /* what cannot be removed below the temporary folder shall not fail a test */
    (void)!mr_fs_remove_tree(mr_platform_fs(), seat->scratch, &ignored);
    mr_free(seat->scratch);
    seat->scratch = NULL;
    seat->is_busy = false;
    s->results[seat->task] = result;
    s->finished++;
    if (!mr_scenario_result_passed(result)) {
        s->failed++;
        s->is_closing = s->is_closing || s->options->stop_at_failure;
    }
    hand_on_in_order(s);
}

/* The result of a task whose worker gave none. */
static mr_scenario_result *result_of_death(const suite_seat *seat, const mr_suite_process_end *end)
{
    const mr_suite_task *task = &seat->suite->options->tasks[seat->task];
    mr_scenario_result *result = mr_calloc(1, sizeof(*result));
    mr_scenario_result_init(result, "", task->file, task->seed);
    result->chaos = task->chaos;
    char *got = seat->complaint != NULL ? mr_strdup(seat->complaint)
                : end->signal != 0
                    ? mr_format("the worker ended by signal %d", end->signal)
                    : mr_format("the worker ended with status %lld", (long long)end->status);
    mr_scenario_result_fail(result, 0, "worker", "a result", got, end->last_words);
    mr_free(got);
    return result;
}

/* ---- seats ---- */

static void occupy(suite_seat *seat);

static void on_line(void *context, mr_bytes line)
{
    suite_seat *seat = context;
    mr_scenario_result *result = mr_calloc(1, sizeof(*result));
    mr_error err;
    if (seat->is_busy && seat->complaint == NULL &&
        mr_scenario_result_read(line, result, &err) == MR_OK) {
        complete(seat, result);
        occupy(seat);
        return;
    }
    if (seat->is_busy && seat->complaint == NULL) {
        seat->complaint = mr_format("an answer that cannot be read: %s", err.message);
    }
    mr_suite_process_kill(seat->process);
    mr_scenario_result_deinit(result);
    mr_free(result);
}

static void on_ended(void *context, const mr_suite_process_end *end)
{
    suite_seat *seat = context;
    seat->process = NULL;
    if (seat->is_busy && !seat->suite->is_interrupted) {
        complete(seat, result_of_death(seat, end));
        mr_free(seat->complaint);
        seat->complaint = NULL;
        occupy(seat);
    }
}

static mr_code start(suite_seat *seat)
{
    suite *s = seat->suite;
    mr_suite_process_options options = {.loop = &s->loop,
                                        .program = s->options->program,
                                        .line_bytes_max = MR_SCENARIO_RESULT_BYTES_MAX,
                                        .line = on_line,
                                        .ended = on_ended,
                                        .context = seat};
    return mr_suite_process_start(&options, &seat->process, s->err);
}

static void send_task(suite_seat *seat)
{
    mr_suite_task task = seat->suite->options->tasks[seat->task];
    task.scratch = seat->scratch;
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_suite_task_write(&task, &line);
    mr_suite_process_send(seat->process, mr_strbuf_bytes(&line));
    mr_strbuf_deinit(&line);
}

/* Gives the seat the next task, and somebody to do it; without one, it falls vacant. */
static void occupy(suite_seat *seat)
{
    suite *s = seat->suite;
    if (!s->is_closing && s->next_task < s->options->task_count && seat->process == NULL) {
        s->code = start(seat);
        s->is_closing = s->code != MR_OK;
    }
    if (s->is_closing || s->next_task == s->options->task_count) {
        if (seat->process != NULL) {
            mr_suite_process_finish(seat->process);
        }
        return;
    }
    seat->task = s->next_task++;
    seat->is_busy = true;
    seat->scratch = mr_format("%s/%zu", s->scratch, seat->task);
    send_task(seat);
}

/* ---- from outside ---- */

static void interrupt(void *context)
{
    suite *s = context;
    s->is_interrupted = true;
    s->is_closing = true;
    for (size_t i = 0; i < s->seat_count; i++) {
        if (s->seats[i].process != NULL) {
            mr_suite_process_kill(s->seats[i].process);
        }
    }
}

static void on_tick(uv_timer_t *timer)
{
    suite *s = timer->data;
    if (s->options->interrupted != NULL && *s->options->interrupted && !s->is_interrupted) {
        interrupt(s);
    }
    if (s->options->progress != NULL) {
        s->options->progress(s->options->context, s->finished, s->failed);
    }
}

/* None of these keeps the loop alive: it ends with the last worker. */
static void watch(suite *s)
{
    mr_stop_signals_watch(&s->signals, &s->loop, PATIENCE_MS, interrupt, s);
    int rc = uv_timer_init(&s->loop, &s->tick);
    MR_ASSERT(rc == 0);
    s->tick.data = s;
    rc = uv_timer_start(&s->tick, on_tick, 0, TICK_MS);
    MR_ASSERT(rc == 0);
    uv_unref((uv_handle_t *)&s->tick);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

/* ---- the whole ---- */

static mr_code make_scratch(suite *s, mr_error *err)
{
    const char *base = getenv("TMPDIR");
    s->scratch =
        mr_format("%s/millrace-suite-XXXXXX", base == NULL || base[0] == '\0' ? "/tmp" : base);
    if (mkdtemp(s->scratch) == NULL) {
        int os_error = errno;
        mr_code code = mr_error_os(err, os_error, "making a temporary folder like %s", s->scratch);
        mr_free(s->scratch);
        s->scratch = NULL;
        return code;
    }
    return MR_OK;
}

static void hold_signals(sigset_t *before)
{
    sigset_t held;
    (void)sigemptyset(&held);
    for (size_t i = 0; i < MR_STOP_SIGNALS; i++) {
        (void)sigaddset(&held, mr_stop_signal_numbers[i]);
    }
    int rc = pthread_sigmask(SIG_BLOCK, &held, before);
    MR_ASSERT(rc == 0);
}

/* After an interrupt the program is about to end: the next one shall not keep it from removing its
 * files. */
static void release_signals(const suite *s, const sigset_t *before)
{
    for (size_t i = 0; s->is_interrupted && i < MR_STOP_SIGNALS; i++) {
        (void)signal(mr_stop_signal_numbers[i], SIG_IGN);
    }
    int rc = pthread_sigmask(SIG_SETMASK, before, NULL);
    MR_ASSERT(rc == 0);
}

static void run_loop(suite *s)
{
    int rc = uv_loop_init(&s->loop);
    MR_ASSERT(rc == 0);
    watch(s);
    for (size_t i = 0; i < s->seat_count; i++) {
        s->seats[i].suite = s;
        occupy(&s->seats[i]);
    }
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    sigset_t before;
    hold_signals(&before);
    uv_walk(&s->loop, close_handle, NULL); /* these no longer catch signals then */
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    rc = uv_loop_close(&s->loop);
    MR_ASSERT(rc == 0);
    release_signals(s, &before);
}

static void release(suite *s)
{
    mr_error ignored; /* as in complete() */
    (void)!mr_fs_remove_tree(mr_platform_fs(), s->scratch, &ignored);
    for (size_t i = 0; i < s->seat_count; i++) {
        mr_free(s->seats[i].scratch);
        mr_free(s->seats[i].complaint);
    }
    mr_free(s->seats);
    mr_free(s->results);
    mr_free(s->scratch);
}

mr_code mr_suite_run(const mr_suite_options *options, mr_suite_counts *counts, mr_error *err)
{
    MR_ASSERT(options->jobs > 0);
    *counts = (mr_suite_counts){0};
    suite s = {.options = options, .counts = counts, .err = err};
    mr_code code = make_scratch(&s, err);
    if (code != MR_OK) {
        counts->not_run = options->task_count;
        return code;
    }
    s.seat_count = mr_min_size(options->jobs, options->task_count);
    s.seats = mr_calloc(s.seat_count + 1, sizeof(*s.seats));
    s.results = mr_calloc(options->task_count + 1, sizeof(*s.results));
    run_loop(&s);
    hand_on_rest(&s);
    release(&s);
    if (s.code == MR_OK && s.is_interrupted) {
        return mr_error_set(err, MR_INTERRUPTED, "interrupted after %zu of %zu runs", s.finished,
                            options->task_count);
    }
    return s.code;
}
