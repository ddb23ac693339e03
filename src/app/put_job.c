/* put_job.c - see put_job.h.
 *
 *   step RAN    -> look at the loop (signals), draw now and then
 *   step LATER  -> wait in the loop for a rate's next row or the end of a back-off
 *   step IDLE   -> wait in the loop for standard input
 *
 * A put blocks inside a step; the client asks meanwhile whether to stop, which looks at the loop,
 * too. That is safe: no step runs inside the loop.
 */
#include "src/app/put_job.h"

#include "sim/base/timefmt.h"
#include "src/console/put_progress.h"
#include "src/net/kinesis_client.h"
#include "src/platform/platform.h"
#include "src/producer/input.h"

#include <signal.h>

#define TICK_US  (100 * MR_US_PER_MS)   /* between two drawings */
#define GRACE_US (2 * MR_US_PER_SECOND) /* for an answer, after a signal */

typedef struct putting {
    const mr_put_job *job;
    uv_loop_t loop;
    uv_signal_t signals[2];
    uv_timer_t wake;
    mr_clock *clock;
    mr_trace *trace;
    mr_kinesis_client *client;
    mr_input *input;
    mr_put_progress progress;
    int64_t began_us, drawn_us; /* monotonic, as is the next */
    int64_t interrupted_us;     /* 0: it was not */
    bool ended;
    mr_error failed; /* code MR_OK: nothing did */
} putting;

static int64_t monotonic_us(void)
{
    mr_time_source source = mr_platform_monotonic_time();
    return source.now_us(source.context);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    putting *p = handle->data;
    p->interrupted_us = monotonic_us();
    uv_signal_stop(handle); /* the second one ends the process the usual way */
}

static void open_loop(putting *p)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    int failed = uv_loop_init(&p->loop);
    MR_ASSERT(failed == 0);
    failed = uv_timer_init(&p->loop, &p->wake);
    MR_ASSERT(failed == 0);
    for (size_t i = 0; i < MR_COUNT(numbers); i++) {
        failed = uv_signal_init(&p->loop, &p->signals[i]);
        MR_ASSERT(failed == 0);
        p->signals[i].data = p;
        failed = uv_signal_start(&p->signals[i], on_signal, numbers[i]);
        MR_ASSERT(failed == 0);
    }
}

static void close_loop(putting *p)
{
    uv_close((uv_handle_t *)&p->wake, NULL);
    for (size_t i = 0; i < MR_COUNT(p->signals); i++) {
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    }
    (void)uv_run(&p->loop, UV_RUN_DEFAULT);
    int failed = uv_loop_close(&p->loop);
    MR_ASSERT(failed == 0);
}

/* ---- what is told on the way ---- */

static void draw(putting *p)
{
    int64_t now_us = monotonic_us();
    if (now_us - p->drawn_us < TICK_US) {
        return;
    }
    p->drawn_us = now_us;
    mr_producer_counts counts = mr_input_count(p->input);
    mr_put_progress_draw(&p->progress, &(mr_put_figures){.share = mr_input_share_read(p->input),
                                                         .records = counts.records,
                                                         .throttled = counts.throttled,
                                                         .elapsed_us = now_us - p->began_us});
}

static bool on_stop(void *context)
{
    putting *p = context;
    (void)uv_run(&p->loop, UV_RUN_NOWAIT);
    draw(p);
    return p->interrupted_us != 0 && monotonic_us() - p->interrupted_us > GRACE_US;
}

static void on_lost(void *context, const char *why)
{
    putting *p = context;
    mr_put_progress_clear(&p->progress);
    if (p->job->lost != NULL) {
        p->job->lost(p->job->context, why);
    }
}

static void on_rejected(void *context, mr_input *input, uint64_t line, mr_bytes raw,
                        const char *why)
{
    putting *p = context;
    (void)raw;
    mr_put_progress_clear(&p->progress);
    if (p->job->rejected != NULL) {
        p->job->rejected(p->job->context, mr_input_name(input), line, why);
    }
}

static void on_ended(void *context, mr_input *input, const mr_error *error)
{
    putting *p = context;
    (void)input;
    p->ended = true;
    if (error != NULL) {
        p->failed = *error;
    }
}

/* ---- making and turning ---- */

static mr_code make(putting *p, mr_error *err)
{
    const mr_put_job *job = p->job;
    p->clock =
        mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_REAL, .source = mr_platform_wall_time()});
    p->trace = mr_trace_new(p->clock);
    mr_kinesis_options options = {.settings = job->settings,
                                  .stream = job->stream,
                                  .user_agent = "millrace/" MILLRACE_VERSION,
                                  .time = mr_platform_wall_time(),
                                  .stop = on_stop,
                                  .lost = on_lost,
                                  .context = p};
    mr_code code = mr_kinesis_client_new(&options, &p->client, err);
    if (code != MR_OK) {
        return code;
    }
    mr_producer_target target = mr_kinesis_client_target(p->client);
    mr_input_settings settings = {.producer = *job->producer,
                                  .target = &target,
                                  .file = job->file,
                                  .rejects = job->rejects,
                                  .loop = &p->loop,
                                  .rejected = on_rejected,
                                  .ended = on_ended,
                                  .context = p};
    settings.producer.clock = p->clock;
    settings.producer.trace = p->trace;
    settings.producer.seed = job->seed;
    settings.producer.input = 1;
    return mr_input_open(&settings, &p->input, err);
}

static void on_wake(uv_timer_t *timer)
{
    (void)timer; /* waking the loop is all it is for */
}

/* wait_us: below 0: until something happens. */
static void wait_in_loop(putting *p, int64_t wait_us)
{
    bool ticks = p->progress.is_shown && (wait_us < 0 || wait_us > TICK_US);
    wait_us = ticks ? TICK_US : wait_us;
    if (wait_us >= 0) {
        uv_update_time(&p->loop);
        uv_timer_start(&p->wake, on_wake, (uint64_t)((wait_us + 999) / 1000), 0);
    }
    (void)uv_run(&p->loop, UV_RUN_ONCE);
    uv_timer_stop(&p->wake);
}

static mr_code turn(putting *p, mr_error *err)
{
    mr_input_start(p->input);
    while (!p->ended && p->interrupted_us == 0) {
        int64_t wait_us = -1;
        if (mr_clock_step(p->clock, &wait_us) == MR_STEP_RAN) {
            (void)uv_run(&p->loop, UV_RUN_NOWAIT);
        } else {
            wait_in_loop(p, wait_us);
        }
        draw(p);
    }
    if (p->failed.code != MR_OK && p->failed.code != MR_INTERRUPTED) {
        *err = p->failed;
        return err->code;
    }
    return p->ended && p->failed.code == MR_OK ? MR_OK
                                               : mr_error_set(err, MR_INTERRUPTED, "interrupted");
}

mr_code mr_put_job_run(const mr_put_job *job, mr_put_job_result *result, mr_error *err)
{
    *result = (mr_put_job_result){.lost = 0};
    putting p = {.job = job,
                 .progress = mr_put_progress_make(job->show_progress),
                 .began_us = monotonic_us()};
    open_loop(&p);
    mr_code code = make(&p, err);
    if (code == MR_OK) {
        code = turn(&p, err);
        mr_put_progress_clear(&p.progress);
        result->counts = mr_input_count(p.input);
        result->lost = mr_kinesis_client_lost(p.client);
        result->in_doubt = mr_kinesis_client_in_doubt(p.client);
    }
    result->elapsed_us = monotonic_us() - p.began_us;
    mr_input_free(p.input);
    mr_kinesis_client_free(p.client);
    mr_trace_free(p.trace);
    mr_clock_free(p.clock);
    close_loop(&p);
    return code;
}
