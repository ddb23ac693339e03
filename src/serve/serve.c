/* serve.c - see serve.h. `serving` holds what must be released; each step of make() makes one
 * thing, and finish() releases whatever there is.
 *
 *   STARTING --all is made--> READY --signal--> STOPPING --every request answered--> FLUSHING
 *                                                  |            (--drain alone)         |
 *                                                  +--every request answered--> STOPPED <+
 *   any state --second signal--> STOPPED
 */
#include "src/serve/serve.h"

#include "sim/base/alloc.h"
#include "src/app/driver.h"
#include "src/app/events_file.h"
#include "src/app/log_line.h"
#include "src/app/pipeline.h"
#include "src/app/stream_drift.h"
#include "src/platform/platform.h"
#include "src/platform/stop_signals.h"
#include "src/runner/process_runner.h"
#include "src/serve/front.h"

#include <signal.h>

typedef enum serving_state {
    SERVING_STARTING,
    SERVING_READY,
    SERVING_STOPPING,
    SERVING_FLUSHING,
    SERVING_STOPPED
} serving_state;

typedef struct serving {
    const mr_serve_options *options;
    serving_state state;
    bool is_cut_short; /* by a second signal */
    uv_loop_t loop;
    uv_signal_t signals[MR_STOP_SIGNALS];
    mr_state_dir *directory;
    mr_front *front;
    mr_offloader *offloader;
    mr_runner *runner;
    mr_sim *sim;
    mr_events_file *events;
    mr_pipeline *pipeline;
    mr_driver *driver;
    int64_t ahead_us; /* of where time would have begun: it had been driven */
} serving;

/* ---- the end, in steps ---- */

static void on_drained(void *context)
{
    serving *s = context;
    MR_ASSERT(s->state == SERVING_STOPPING || s->state == SERVING_STOPPED);
    if (s->state == SERVING_STOPPED) {
        return; /* a second signal was faster */
    }
    s->state = s->options->drain ? SERVING_FLUSHING : SERVING_STOPPED;
    if (s->state == SERVING_FLUSHING) {
        mr_sim_drain(s->sim);
    }
}

/* A closed terminal may tell of itself twice, by the shell and by the kernel: it does not insist.
 */
static void on_signal(uv_signal_t *handle, int number)
{
    serving *s = handle->data;
    if (number == SIGHUP && (s->state == SERVING_STOPPING || s->state == SERVING_FLUSHING)) {
        return;
    }
    if (s->state == SERVING_READY) {
        s->state = SERVING_STOPPING;
        mr_front_stop(s->front);
        mr_front_drain(s->front, on_drained, s);
        return;
    }
    s->state = SERVING_STOPPED;
    s->is_cut_short = true;
    uv_signal_stop(handle); /* a third one ends the process the usual way */
}

static void watch_signals(serving *s)
{
    for (size_t i = 0; i < MR_STOP_SIGNALS; i++) {
        int rc = uv_signal_init(&s->loop, &s->signals[i]);
        MR_ASSERT(rc == 0);
        s->signals[i].data = s;
        uv_unref((uv_handle_t *)&s->signals[i]); /* a loop with only these has nothing to do */
        if (!mr_stop_signal_is_ignored(mr_stop_signal_numbers[i])) {
            rc = uv_signal_start(&s->signals[i], on_signal, mr_stop_signal_numbers[i]);
            MR_ASSERT(rc == 0);
        }
    }
}

static bool on_done(void *context)
{
    serving *s = context;
    if (s->state == SERVING_FLUSHING && mr_sim_is_idle(s->sim)) {
        s->state = SERVING_STOPPED;
    }
    return s->state == SERVING_STOPPED;
}

/* ---- warnings ---- */

static void tell(const serving *s, const mr_event *about, const char *message)
{
    mr_event warning = *about;
    warning.type = MR_EVENT_WARNING;
    warning.message = message;
    s->options->warn(s->options->context, &warning,
                     s->sim == NULL ? MR_LOG_NO_WORLD : mr_clock_wall_us(mr_sim_clock(s->sim)));
}

static void on_message(void *context, const char *message)
{
    tell(context, &(mr_event){0}, message);
}

static void on_drift(void *context, const char *stream, const char *message)
{
    tell(context, &(mr_event){.stream = stream}, message);
}

/* A bucket that nobody has made, most of all: the client that puts records is not told. */
static void warn_of_refused_put(const serving *s, const mr_event *event)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&text, "delivery stream %s: its object for bucket %s is put again later: %s",
                      event->delivery, event->bucket, event->message);
    if (!mr_store_has_bucket(mr_sim_store(s->sim), event->bucket)) {
        mr_strbuf_appendf(&text, ". A bucket is a folder: mkdir %s/s3/%s makes it",
                          mr_state_dir_path(s->directory), event->bucket);
    }
    tell(s, &(mr_event){.delivery = event->delivery, .bucket = event->bucket},
         mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
}

/* From the opening of the world on, so that what it finds in the state directory is told too. */
static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    const serving *s = context;
    if (s->events != NULL) {
        mr_events_file_write(s->events, event, time_us, line);
    }
    if (s->options->warn == NULL) {
        return;
    }
    if (event->type == MR_EVENT_WARNING && event->message != NULL) {
        s->options->warn(s->options->context, event, time_us);
    } else if (event->type == MR_EVENT_PUT_RETRIED && event->attempt == 1 && s->sim != NULL) {
        warn_of_refused_put(s, event);
    }
}

/* ---- making ---- */

static mr_code make_front(serving *s, mr_error *err)
{
    const mr_serve_options *options = s->options;
    mr_front_options of = {.loop = &s->loop,
                           .state_directory = mr_state_dir_path(s->directory),
                           .plan = options->plan,
                           .host = options->host,
                           .port = options->port,
                           .allow_hosts = options->allow_hosts,
                           .tls = options->tls,
                           .region = options->region,
                           .account = options->account,
                           .auth = options->auth,
                           .access_key = options->access_key,
                           .secret = options->secret,
                           .access = options->access,
                           .warn = options->warn == NULL ? NULL : on_message,
                           .context = s};
    return mr_front_listen(&of, &s->front, err);
}

static mr_code make_runner(serving *s, mr_error *err)
{
    char *scratch = mr_format("%s/functions", mr_state_dir_path(s->directory));
    mr_process_runner_options options = {
        .loop = &s->loop,
        .scratch = scratch,
        .region = s->options->region == NULL ? MR_SIM_REGION_DEFAULT : s->options->region,
        .endpoint_url = mr_front_url(s->front),
        .warn = s->options->warn == NULL ? NULL : on_message,
        .context = s};
    mr_code code = mr_process_runner_new(&options, &s->runner, err);
    mr_free(scratch);
    return code;
}

static mr_clock_options clock_options(const mr_serve_options *options)
{
    mr_time_source wall = mr_platform_wall_time();
    bool is_real = options->clock == MR_CLOCK_REAL && options->start_us < 0;
    return (mr_clock_options){.mode = is_real ? MR_CLOCK_REAL : MR_CLOCK_PACED,
                              .start_us = options->start_us >= 0 ? options->start_us
                                                                 : wall.now_us(wall.context),
                              .speed = options->clock == MR_CLOCK_REAL ? 1 : options->speed,
                              .live = true,
                              .source = wall,
                              .pace_source = mr_platform_monotonic_time()};
}

static mr_code make_sim(serving *s, mr_error *err)
{
    const mr_serve_options *options = s->options;
    mr_sim_recovery recovery = {0};
    mr_sim_options sim_options = {.clock = clock_options(options),
                                  .seed = options->seed,
                                  .region = options->region,
                                  .account = options->account,
                                  .fs = mr_platform_fs(),
                                  .runner = s->runner,
                                  .offloader = s->offloader,
                                  .directory = mr_state_dir_path(s->directory),
                                  .durable = options->durable,
                                  .limits = options->limits,
                                  .stream_bytes_max = options->stream_bytes_max,
                                  .stream_state_delay_us = options->state_delay_us,
                                  .on_demand_limit = options->limits ? MR_ON_DEMAND_LIMIT_AWS : 0,
                                  .creating_limit = options->limits ? MR_CREATING_LIMIT_AWS : 0,
                                  .listen = on_event,
                                  .listen_context = s};
    mr_code code = options->events_path == NULL
                       ? MR_OK
                       : mr_events_file_open(options->events_path, &s->events, err);
    if (code == MR_OK) {
        code = mr_sim_open(&sim_options, &s->sim, &recovery, err);
    }
    s->ahead_us = recovery.ahead_us;
    return code;
}

/* The resources of a template are there when the server is: no client has to wait for them. */
static mr_code make_pipeline(serving *s, mr_error *err)
{
    mr_pipeline_options options = {.sim = s->sim,
                                   .loop = &s->loop,
                                   .plan = s->options->plan,
                                   .state_directory = mr_state_dir_path(s->directory),
                                   .use_code = s->options->use_code,
                                   .resume = true};
    if (s->options->warn != NULL) {
        mr_stream_drift_tell(mr_sim_streams(s->sim), s->options->plan, on_drift, s);
    }
    mr_streams_set_state_delay(mr_sim_streams(s->sim), 0);
    mr_delivery_streams_set_state_delay(mr_sim_delivery_streams(s->sim), 0);
    mr_lambda_set_state_delay(mr_sim_lambda(s->sim), 0);
    mr_mappings_set_state_delay(mr_sim_mappings(s->sim), 0);
    mr_code code = mr_pipeline_new(&options, &s->pipeline, err);
    mr_streams_set_state_delay(mr_sim_streams(s->sim), s->options->state_delay_us);
    mr_delivery_streams_set_state_delay(mr_sim_delivery_streams(s->sim),
                                        s->options->state_delay_us);
    mr_lambda_set_state_delay(mr_sim_lambda(s->sim), s->options->state_delay_us);
    mr_mappings_set_state_delay(mr_sim_mappings(s->sim), s->options->state_delay_us);
    return code;
}

static mr_code make(serving *s, mr_error *err)
{
    const mr_serve_options *options = s->options;
    mr_code code = mr_state_dir_open(&options->state, &s->directory, err);
    if (code == MR_OK) {
        code = make_front(s, err);
    }
    if (code == MR_OK) { /* processes start with the first invocation */
        code = make_runner(s, err);
    }
    if (code == MR_OK) {
        code = make_sim(s, err);
    }
    if (code == MR_OK) {
        mr_trace_emit(mr_sim_trace(s->sim),
                      &(mr_event){.type = MR_EVENT_RUN_STARTED, .number = options->seed});
        mr_front_open(s->front, s->sim);
        code = options->plan == NULL ? MR_OK : make_pipeline(s, err);
        mr_front_set_pipeline(s->front, s->pipeline);
    }
    if (code == MR_OK) { /* what clients have made, and templates of earlier starts */
        code = mr_delivery_streams_open(mr_sim_delivery_streams(s->sim), err);
    }
    return code;
}

/* ---- turning ---- */

static mr_code turn(serving *s, mr_error *err)
{
    s->driver = mr_driver_new(s->sim, &s->loop);
    s->state = SERVING_READY;
    mr_front_ready(s->front);
    mr_serve_address address = {.url = mr_front_url(s->front),
                                .certificate_file = mr_front_certificate_file(s->front),
                                .time_us = mr_clock_wall_us(mr_sim_clock(s->sim)),
                                .ahead_us = s->ahead_us};
    s->options->ready(s->options->context, &address);

    mr_driver_run driver_run = {.done = on_done, .context = s};
    mr_code code = mr_driver_turn(s->driver, &driver_run, err);
    if (code == MR_OK && s->is_cut_short) {
        code = mr_error_set(err, MR_INTERRUPTED,
                            "stopped by a second signal; what was acknowledged is kept");
    }
    return code == MR_OK ? mr_sim_check(s->sim, err) : code;
}

/* ---- ending ---- */

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static mr_code finish(serving *s, mr_error *err)
{
    mr_front_close(s->front);
    mr_driver_free(s->driver);
    mr_pipeline_free(s->pipeline);
    mr_process_runner_free(s->runner);
    mr_sim_close(s->sim);
    mr_code code = mr_events_file_close(s->events, err);
    mr_platform_offloader_free(s->offloader);
    /* Handlers' processes end, and with them what is known of them; the signals do not count. */
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_walk(&s->loop, close_handle, NULL);
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&s->loop);
    MR_ASSERT(rc == 0);
    mr_state_dir_close(s->directory);
    mr_front_free(s->front);
    return code;
}

mr_code mr_serve(const mr_serve_options *options, mr_error *err)
{
    serving s = {.options = options};
    int rc = uv_loop_init(&s.loop);
    MR_ASSERT(rc == 0);
    watch_signals(&s);
    s.offloader = mr_platform_offloader_new(&s.loop);

    mr_code code = make(&s, err);
    if (code == MR_OK) {
        code = turn(&s, err);
    }
    mr_error finish_err;
    mr_code finished = finish(&s, &finish_err);
    if (code == MR_OK && finished != MR_OK) {
        *err = finish_err;
        code = finished;
    }
    return code;
}
