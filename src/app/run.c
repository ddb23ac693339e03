/* run.c - see run.h. `running` holds what must be released in the opposite order of its making;
 * each step below makes one thing, and finish() releases whatever there is. */
#include "src/app/run.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/app/driver.h"
#include "src/app/events_file.h"
#include "src/app/summary.h"
#include "src/console/progress.h"
#include "src/platform/platform.h"
#include "src/platform/stop_signals.h"
#include "src/runner/process_runner.h"

#include <stdio.h>

typedef struct running {
    const mr_run_options *options;
    mr_run_result *result;
    uv_loop_t loop;
    mr_stop_signals signals;
    volatile bool interrupted;
    mr_state_dir *state;
    mr_offloader *offloader;
    mr_runner *runner;
    mr_sim *sim;
    mr_events_file *events;
    mr_recorder *recorder; /* NULL: nothing is recorded */
    mr_pipeline *pipeline;
    mr_driver *driver;
    mr_progress *progress;
    int64_t start_us;
    int64_t began_us;              /* monotonic */
    const char *url;               /* NULL: it is not served */
    bool is_ready;                 /* its holder, that is */
    bool was_delivered, is_ending; /* of a run that is held open */
    bool drained;
} running;

static int64_t monotonic_us(void)
{
    mr_time_source source = mr_platform_monotonic_time();
    return source.now_us(source.context);
}

/* ---- signals ---- */

static void on_stop(void *context)
{
    running *run = context;
    if (run->is_ready) {
        run->options->holder->stop(run->options->holder->context);
    }
    if (run->was_delivered) { /* what clients have put since is delivered, too */
        run->is_ending = true;
        mr_sim_drain(run->sim);
    } else {
        run->interrupted = true;
    }
}

/* ---- listening ---- */

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)time_us;
    (void)line;
    running *run = context;
    if (event->type == MR_EVENT_WARNING && run->result->warnings++ == 0) {
        (void)snprintf(run->result->warning, sizeof(run->result->warning), "%s",
                       event->message == NULL ? "" : event->message);
    }
}

static mr_code add_listeners(running *run, mr_error *err)
{
    const mr_run_options *options = run->options;
    mr_trace *trace = mr_sim_trace(run->sim);
    mr_trace_listen(trace, on_event, run, false);
    if (options->listen != NULL) {
        mr_trace_listen(trace, options->listen, options->listen_context, false);
    }
    if (options->events_path == NULL) {
        return MR_OK;
    }
    mr_code code = mr_events_file_open(options->events_path, &run->events, err);
    if (code == MR_OK) {
        mr_trace_listen(trace, mr_events_file_write, run->events, false);
    }
    return code;
}

/* ---- making ---- */

static mr_code make_runner(running *run, mr_error *err)
{
    char *scratch = mr_format("%s/functions", mr_state_dir_path(run->state));
    mr_process_runner_options options = {
        .loop = &run->loop,
        .scratch = scratch,
        .region = run->options->region == NULL ? MR_SIM_REGION_DEFAULT : run->options->region,
        .endpoint_url = run->url,
        .warn = run->options->warn,
        .context = run->options->warn_context};
    mr_code code = mr_process_runner_new(&options, &run->runner, err);
    mr_free(scratch);
    return code;
}

static mr_code make_sim(running *run, mr_error *err)
{
    const mr_run_options *options = run->options;
    bool is_real = options->clock == MR_CLOCK_REAL;
    mr_sim_options sim_options = {
        .clock = {.mode = options->clock,
                  .start_us = options->start_us,
                  .speed = options->speed,
                  .live = options->holder != NULL && options->clock == MR_CLOCK_PACED,
                  .source = is_real ? mr_platform_wall_time() : mr_platform_monotonic_time(),
                  .pace_source = mr_platform_monotonic_time()},
        .seed = options->seed,
        .region = options->region,
        .account = options->account,
        .fs = mr_platform_fs(),
        .runner = run->runner,
        .offloader = run->offloader,
        .directory = mr_state_dir_path(run->state),
        .durable = options->durable,
        .limits = options->limits,
        .stream_bytes_max = options->stream_bytes_max};
    mr_code code = mr_sim_open(&sim_options, &run->sim, NULL, err);
    for (size_t i = 0; i < options->fault_count && code == MR_OK; i++) {
        mr_fault_rule rule = options->faults[i];
        code = mr_faults_add(mr_sim_faults(run->sim), &rule, err);
    }
    return code;
}

static mr_code make_recorder(running *run, mr_error *err)
{
    const mr_run_options *options = run->options;
    mr_recording_parameter *parameters =
        mr_calloc(options->parameter_count + 1, sizeof(*parameters));
    for (size_t i = 0; i < options->parameter_count; i++) {
        parameters[i].name = options->parameters[i].name;
        parameters[i].value = options->parameters[i].value;
    }
    mr_recording_header header = {.template_file = options->plan->file,
                                  .parameters = parameters,
                                  .parameter_count = options->parameter_count,
                                  .region = options->region == NULL ? MR_SIM_REGION_DEFAULT
                                                                    : options->region,
                                  .seed = options->seed,
                                  .start_us = run->start_us,
                                  .limits = options->limits,
                                  .use_code = options->use_code};
    mr_recorder_options recorder = {.path = options->record_path,
                                    .fs = mr_platform_fs(),
                                    .clock = mr_sim_clock(run->sim),
                                    .header = &header};
    mr_code code = mr_recorder_open(&recorder, &run->recorder, err);
    mr_free(parameters);
    return code;
}

/* The recording's last line; behind the pipeline, which puts no more, and before its clock goes. */
static mr_code finish_recording(running *run, mr_error *err)
{
    uint64_t puts = run->recorder == NULL ? 0 : mr_recorder_puts(run->recorder);
    mr_code code = mr_recorder_close(run->recorder, err);
    if (code == MR_OK) {
        run->result->recorded = puts;
    }
    return code;
}

static mr_code make_pipeline(running *run, mr_error *err)
{
    const mr_run_options *options = run->options;
    mr_pipeline_options pipeline_options = {.sim = run->sim,
                                            .loop = &run->loop,
                                            .plan = options->plan,
                                            .inputs = options->inputs,
                                            .input_count = options->input_count,
                                            .recorder = run->recorder,
                                            .state_directory = mr_state_dir_path(run->state),
                                            .use_code = options->use_code,
                                            .strict = options->strict,
                                            .resume = options->resume};
    return mr_pipeline_new(&pipeline_options, &run->pipeline, err);
}

/* What is behind the listener must be there before the first resource: clients wait meanwhile. */
static mr_code begin_holding(running *run, mr_error *err)
{
    const mr_run_holder *holder = run->options->holder;
    return holder == NULL ? MR_OK
                          : holder->begin(&run->loop, mr_state_dir_path(run->state), &run->url, err,
                                          holder->context);
}

/* Clients may make functions, too. */
static bool wants_runner(const running *run)
{
    return run->options->holder != NULL ||
           mr_pipeline_has_code(run->options->plan, run->options->use_code);
}

/* Delivery streams that clients have made in an earlier run go on. */
static mr_code open_to_clients(running *run, mr_error *err)
{
    const mr_run_holder *holder = run->options->holder;
    mr_code code = mr_delivery_streams_open(mr_sim_delivery_streams(run->sim), err);
    if (code == MR_OK) {
        holder->ready(run->pipeline, holder->context);
        run->is_ready = true;
    }
    return code;
}

static mr_code make(running *run, mr_error *err)
{
    const mr_run_holder *holder = run->options->holder;
    mr_code code = mr_state_dir_open(&run->options->state, &run->state, err);
    if (code == MR_OK) {
        code = begin_holding(run, err);
    }
    if (code == MR_OK && wants_runner(run)) {
        code = make_runner(run, err);
    }
    if (code == MR_OK) {
        code = make_sim(run, err);
    }
    if (code == MR_OK) {
        code = add_listeners(run, err);
    }
    if (code == MR_OK) {
        run->start_us = mr_clock_now_us(mr_sim_clock(run->sim));
        mr_trace_emit(mr_sim_trace(run->sim),
                      &(mr_event){.type = MR_EVENT_RUN_STARTED, .number = run->options->seed});
        if (holder != NULL) {
            holder->opened(run->sim, holder->context);
        }
    }
    if (code == MR_OK && run->options->record_path != NULL) {
        code = make_recorder(run, err);
    }
    if (code == MR_OK) {
        code = make_pipeline(run, err);
    }
    return code == MR_OK && holder != NULL ? open_to_clients(run, err) : code;
}

/* ---- turning ---- */

static bool is_delivered(running *run)
{
    if (!mr_pipeline_inputs_ended(run->pipeline)) {
        return false;
    }
    if (run->options->drain && !run->drained) {
        run->drained = true;
        mr_sim_drain(run->sim);
    }
    return mr_sim_is_idle(run->sim);
}

static bool on_done(void *context)
{
    running *run = context;
    const bool is_delivered_now = is_delivered(run);
    if (run->options->holder == NULL) {
        return is_delivered_now;
    }
    run->was_delivered = run->was_delivered || is_delivered_now;
    return is_delivered_now && run->is_ending;
}

static void on_tick(void *context)
{
    running *run = context;
    mr_progress_input total = {0};
    for (size_t i = 0; i < mr_pipeline_input_count(run->pipeline); i++) {
        mr_producer_counts counts = mr_pipeline_input_counts_of(run->pipeline, i).counts;
        total.rows += counts.rows;
        total.records += counts.records;
        total.throttled += counts.throttled;
        total.rejected += counts.rejected;
    }
    mr_progress_draw(run->progress, &total);
}

static mr_code turn(running *run, mr_error *err)
{
    const mr_run_options *options = run->options;
    if (options->show_progress) {
        run->progress =
            mr_progress_new(&(mr_progress_options){.sim = run->sim,
                                                   .gauges = options->clock == MR_CLOCK_PACED,
                                                   .speed = options->speed,
                                                   .start_us = run->start_us});
    }
    run->driver = mr_driver_new(run->sim, &run->loop);
    mr_pipeline_start(run->pipeline);
    mr_driver_run driver_run = {.done = on_done,
                                .tick = run->progress == NULL ? NULL : on_tick,
                                .context = run,
                                .interrupted = &run->interrupted,
                                .rests = options->holder != NULL};
    mr_code code = mr_driver_turn(run->driver, &driver_run, err);
    if (run->progress != NULL && code == MR_OK) {
        on_tick(run);
    }
    mr_progress_free(run->progress);
    if (code == MR_OK) {
        code = mr_sim_audit(run->sim, err);
    }
    const mr_error *broken = mr_pipeline_input_error(run->pipeline);
    if (code == MR_OK && broken != NULL) { /* the rows before it are delivered; still an error */
        *err = *broken;
        code = broken->code;
    }
    return code;
}

/* ---- ending ---- */

static void count_result(running *run)
{
    mr_run_result *result = run->result;
    result->end_us = mr_clock_wall_us(mr_sim_clock(run->sim));
    for (size_t i = 0; i < mr_pipeline_input_count(run->pipeline); i++) {
        result->rejected += mr_pipeline_input_counts_of(run->pipeline, i).counts.rejected;
    }
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(run->sim), &count);
    for (size_t i = 0; i < count; i++) {
        result->failed += mr_delivery_count(deliveries[i]).failed;
    }
    mr_free(deliveries);
}

/* Digest and summary of a run that came to its end, or of what an interrupted one did. */
static mr_code report(running *run, bool completed, bool summary_json, mr_error *err)
{
    mr_run_result *result = run->result;
    count_result(run);
    mr_code code = MR_OK;
    if (completed) {
        mr_trace_emit(mr_sim_trace(run->sim), &(mr_event){.type = MR_EVENT_RUN_ENDED});
        code = mr_sim_note_time(run->sim, err);
        if (code == MR_OK && run->options->holder == NULL) {
            code = mr_sim_digest(run->sim, result->digest, err);
        }
    }
    if (code != MR_OK) {
        return code;
    }
    const bool has_digest = completed && run->options->holder == NULL;
    mr_summary summary = {.sim = run->sim,
                          .pipeline = run->pipeline,
                          .start_us = run->start_us,
                          .wall_us = monotonic_us() - run->began_us,
                          .digest = has_digest ? result->digest : NULL};
    return summary_json ? mr_summary_json(&summary, &result->summary, err)
                        : mr_summary_text(&summary, &result->summary, err);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static mr_code finish(running *run, mr_error *err)
{
    if (run->options->holder != NULL) {
        run->options->holder->close(run->options->holder->context);
    }
    mr_driver_free(run->driver);
    mr_pipeline_free(run->pipeline);
    mr_code code = finish_recording(run, err);
    mr_process_runner_free(run->runner);
    mr_sim_close(run->sim);
    mr_error events_err;
    mr_code events_code = mr_events_file_close(run->events, &events_err);
    if (code == MR_OK && events_code != MR_OK) {
        *err = events_err;
        code = events_code;
    }
    mr_platform_offloader_free(run->offloader);
    /* Handlers' processes end, and with them what is known of them; the signals do not count. */
    (void)uv_run(&run->loop, UV_RUN_DEFAULT);
    uv_walk(&run->loop, close_handle, NULL);
    (void)uv_run(&run->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&run->loop);
    MR_ASSERT(rc == 0);
    mr_state_dir_close(run->state);
    return code;
}

mr_code mr_run(const mr_run_options *options, bool summary_json, mr_run_result *result,
               mr_error *err)
{
    *result = (mr_run_result){.summary = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    running run = {.options = options, .result = result, .began_us = monotonic_us()};
    int rc = uv_loop_init(&run.loop);
    MR_ASSERT(rc == 0);
    mr_stop_signals_watch(&run.signals, &run.loop, 0, on_stop, &run);
    run.offloader = mr_platform_offloader_new(&run.loop);

    mr_code code = make(&run, err);
    if (code == MR_OK) {
        code = turn(&run, err);
    }
    if (run.pipeline != NULL) {
        mr_error report_err;
        mr_code reported = report(&run, code == MR_OK, summary_json, &report_err);
        if (code == MR_OK && reported != MR_OK) {
            *err = report_err;
            code = reported;
        }
    }
    mr_error finish_err;
    mr_code finished = finish(&run, &finish_err);
    if (code == MR_OK && finished != MR_OK) {
        *err = finish_err;
        code = finished;
    }
    return code;
}

void mr_run_result_deinit(mr_run_result *result)
{
    mr_strbuf_deinit(&result->summary);
}
