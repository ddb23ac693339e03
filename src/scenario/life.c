/* life.c - see life.h. Like src/app/run.c, but on one thread, without a
 * progress display, and with everything that a scenario injects. */
#include "src/scenario/life.h"

#include "sim/base/alloc.h"
#include "src/app/driver.h"
#include "src/app/state_dir.h"
#include "src/platform/platform.h"
#include "src/runner/process_runner.h"
#include "src/scenario/snapshot.h"

#include <stdio.h>

struct mr_life {
    mr_life_options options;
    uv_loop_t loop;
    mr_state_dir *state;
    mr_runner *runner;
    mr_disk_watch watch;
    mr_sim *sim;
    mr_pipeline *pipeline;
    mr_driver *driver;
    mr_pipeline_input *inputs;
    mr_producer_options *producers;
    mr_scenario_result *result; /* while it turns */

    bool has_told;
    bool is_dead; /* killed: its world unwinds, and nobody looks any more */
    char *killed;
    bool has_snapshot_error;
    mr_error snapshot_error;
    bool is_dirty; /* something was committed since the ledger was read */
    bool is_drained;
    mr_error broken; /* by the ledger: a law that is broken; code MR_OK while none
                        is */
};

/* ---- dying ---- */

/* Everything that happens from here on happens in a world that is thrown away.
 */
static void die(mr_life *life, char *how)
{
    if (life->is_dead) {
        mr_free(how);
        return;
    }
    life->is_dead = true;
    life->killed = how;
    mr_observer_deafen(life->options.observer, true);
    life->has_snapshot_error = mr_snapshot_take(life->options.directory, life->options.left,
                                                &life->snapshot_error) != MR_OK;
}

static int64_t elapsed_us(const mr_life *life)
{
    /* While the world is being opened there is no clock to ask yet, and time
     * stands still. */
    int64_t now_us =
        life->sim == NULL ? life->options.now_us : mr_clock_now_us(mr_sim_clock(life->sim));
    return now_us - life->options.start_us;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void before_write(void *context, const char *doing, const char *path)
{
    mr_life *life = context;
    if (!life->is_dead && mr_kills_at_write(life->options.kills, elapsed_us(life))) {
        die(life, mr_format("before %s of %s", doing, last_name(path)));
    }
}

static void kill_at_time(void *context, const mr_scenario_fault *fault)
{
    (void)fault;
    die(context, mr_strdup("at its time"));
}

static void jumped(void *context, int64_t delta_us)
{
    const mr_life *life = context;
    mr_observer_jumped(life->options.observer, delta_us);
}

/* ---- hearing ---- */

static void hear(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    mr_life *life = context;
    mr_observer_hear(life->options.observer, event, time_us, line);
    if (life->is_dead) {
        return;
    }
    life->is_dirty = life->is_dirty || event->type == MR_EVENT_OBJECT_WRITTEN;
    if (event->type == MR_EVENT_BUFFER_FLUSHED &&
        mr_kills_at_flush(life->options.kills, elapsed_us(life))) {
        die(life, mr_format("at a flush of %s", event->sink));
    }
}

static void refused(void *context, const mr_scenario_fault *fault, const mr_error *why)
{
    mr_life *life = context;
    if (fault->line > 0) { /* chaos may ask for what cannot be */
        mr_scenario_result_fail(life->result, fault->line, "fault", "it can be done", why->message,
                                NULL);
    }
}

/* ---- making ---- */

static bool needs_runner(const mr_scenario *scenario)
{
    return mr_pipeline_has_code(scenario->plan, scenario->use_code);
}

static mr_code make_runner(mr_life *life, mr_error *err)
{
    char *scratch = mr_format("%s/functions", life->options.directory);
    mr_process_runner_options options = {.loop = &life->loop,
                                         .scratch = scratch,
                                         .region = life->options.run->scenario->plan->region};
    mr_code code = mr_process_runner_new(&options, &life->runner, err);
    mr_free(scratch);
    return code;
}

static mr_code make_sim(mr_life *life, mr_error *err)
{
    const mr_scenario *scenario = life->options.run->scenario;
    life->watch = (mr_disk_watch){.before = before_write, .context = life};
    mr_sim_options options = {
        .clock = {.mode = MR_CLOCK_VIRTUAL,
                  .start_us = life->options.now_us,
                  .jumped_us = life->options.jumped_us,
                  .source = mr_platform_monotonic_time()},
        .seed = life->options.run->seed,
        .region = scenario->plan->region,
        .account = scenario->plan->account,
        .fs = mr_platform_fs(),
        .runner = life->runner,
        .offloader = mr_offload_inline(),
        .directory = life->options.directory,
        .limits = scenario->limits,
        .stream_bytes_max = scenario->stream_bytes_max,
        .faults = life->options.faults,
        .watch = mr_kills_want_writes(life->options.kills) ? &life->watch : NULL,
        .listen = hear,
        .listen_context = life,
        .mutation = life->options.run->mutation,
    };
    return mr_sim_open(&options, &life->sim, NULL, err);
}

/* The scenario's inputs with what the run changes in them. */
static void list_inputs(mr_life *life)
{
    const mr_scenario *scenario = life->options.run->scenario;
    uint64_t rows_max = life->options.run->rows_max;
    life->inputs = mr_calloc(scenario->input_count + 1, sizeof(*life->inputs));
    life->producers = mr_calloc(scenario->input_count + 1, sizeof(*life->producers));
    for (size_t i = 0; i < scenario->input_count; i++) {
        mr_producer_options *producer = &life->producers[i];
        *producer = scenario->inputs[i].options;
        if (rows_max > 0 && (producer->rows_max == 0 || rows_max < producer->rows_max)) {
            producer->rows_max = rows_max;
        }
        life->inputs[i] = (mr_pipeline_input){.target = scenario->inputs[i].stream,
                                              .file = scenario->inputs[i].file,
                                              .options = producer};
    }
}

static mr_code make_pipeline(mr_life *life, mr_error *err)
{
    const mr_scenario *scenario = life->options.run->scenario;
    list_inputs(life);
    mr_pipeline_options options = {
        .sim = life->sim,
        .loop = &life->loop,
        .plan = scenario->plan,
        .inputs = life->inputs,
        .input_count = scenario->replay == NULL ? scenario->input_count : 0,
        .replay = scenario->replay,
        .replay_start_us = life->options.start_us,
        .state_directory = life->options.directory,
        .use_code = scenario->use_code,
        .resume = !life->options.is_first,
    };
    return mr_pipeline_new(&options, &life->pipeline, err);
}

/* What the log says first. */
static void announce(mr_life *life)
{
    const mr_life_options *options = &life->options;
    mr_trace *trace = mr_sim_trace(life->sim);
    if (life->is_dead) {
        return; /* nobody would hear it: the next life says it */
    }
    if (!options->is_told_start) {
        mr_trace_emit(trace,
                      &(mr_event){.type = MR_EVENT_RUN_STARTED, .number = options->run->seed});
    }
    for (size_t i = 0; i < options->death_count; i++) {
        mr_trace_emit(
            trace, &(mr_event){.type = MR_EVENT_FAULT, .id = "kill", .reason = options->deaths[i]});
    }
    life->has_told = true;
}

static mr_code make(mr_life *life, mr_error *err)
{
    mr_state_options state = {.path = life->options.directory,
                              .use = life->options.is_first ? MR_STATE_FRESH : MR_STATE_RESUME,
                              .made_by = "run"};
    mr_code code = mr_state_dir_open(&state, &life->state, err);
    if (code == MR_OK && needs_runner(life->options.run->scenario)) {
        code = make_runner(life, err);
    }
    if (code == MR_OK) {
        code = make_sim(life, err);
    }
    if (code == MR_OK) {
        announce(life);
        code = make_pipeline(life, err);
    }
    return code;
}

mr_code mr_life_open(const mr_life_options *options, mr_life **out, mr_error *err)
{
    mr_life *life = mr_calloc(1, sizeof(*life));
    life->options = *options;
    int rc = uv_loop_init(&life->loop);
    MR_ASSERT(rc == 0);
    mr_observer_deafen(options->observer, false);
    mr_code code = make(life, err);
    if (code != MR_OK) {
        mr_life_close(life);
        return code;
    }
    life->driver = mr_driver_new(life->sim, &life->loop);
    *out = life;
    return MR_OK;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void mr_life_close(mr_life *life)
{
    if (life == NULL) {
        return;
    }
    mr_observer_deafen(life->options.observer, true); /* what closing says is not part of it */
    mr_actions_stop(life->options.actions);
    mr_driver_free(life->driver);
    mr_pipeline_free(life->pipeline);
    mr_process_runner_free(life->runner);
    mr_sim_close(life->sim);
    (void)uv_run(&life->loop, UV_RUN_DEFAULT);
    uv_walk(&life->loop, close_handle, NULL);
    (void)uv_run(&life->loop, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&life->loop);
    MR_ASSERT(rc == 0);
    mr_state_dir_close(life->state);
    mr_free(life->inputs);
    mr_free(life->producers);
    mr_free(life->killed);
    mr_free(life);
}

/* ---- turning ---- */

static void read_ledger(mr_life *life)
{
    mr_error err;
    life->is_dirty = false;
    if (mr_ledger_read(life->options.ledger, life->sim, &err) != MR_OK) {
        life->broken = err;
    }
}

static bool is_broken(mr_life *life)
{
    if (life->broken.code == MR_OK && life->is_dirty) {
        read_ledger(life);
    }
    if (life->broken.code == MR_OK &&
        mr_clock_wall_us(mr_sim_clock(life->sim)) >= MR_SIM_START_END) {
        (void)mr_error_set(&life->broken, MR_INVALID_ARGUMENT,
                           "simulated time has reached the year 2400: something waits for what "
                           "never comes, or an input puts too seldom");
    }
    return life->broken.code != MR_OK;
}

static bool is_done(void *context)
{
    mr_life *life = context;
    if (life->is_dead || is_broken(life)) {
        return true;
    }
    if (!mr_pipeline_inputs_ended(life->pipeline)) {
        return false;
    }
    if (life->options.run->scenario->drain && !life->is_drained) {
        life->is_drained = true;
        mr_sim_drain(life->sim);
    }
    return mr_sim_is_idle(life->sim);
}

/* What the killed process leaves is what counts, not how its world went on. */
static mr_code end_killed(mr_life *life, mr_life_end *end, mr_error *err)
{
    end->is_killed = true;
    end->killed = mr_strdup(life->killed);
    if (life->has_snapshot_error) {
        *err = life->snapshot_error;
        return err->code;
    }
    return MR_OK;
}

/* The last look at a life that came to its end: its laws, and the books. */
static mr_code end_alive(mr_life *life, mr_error *err)
{
    mr_code code = mr_sim_audit(life->sim, err);
    if (code == MR_OK) {
        code = mr_ledger_read(life->options.ledger, life->sim, err);
    }
    return code;
}

mr_code mr_life_turn(mr_life *life, mr_scenario_result *result, mr_life_end *end, mr_error *err)
{
    *end = (mr_life_end){0};
    life->result = result;
    life->is_dirty = true; /* a kill may have hidden what was committed before it */
    mr_code code = MR_OK;
    if (!life->is_dead) {
        mr_pipeline_start(life->pipeline);
        mr_actions_start(life->options.actions, &(mr_actions_world){.sim = life->sim,
                                                                    .pipeline = life->pipeline,
                                                                    .kill = kill_at_time,
                                                                    .jumped = jumped,
                                                                    .refused = refused,
                                                                    .context = life});
        mr_driver_run run = {
            .done = is_done, .context = life, .interrupted = life->options.run->interrupted};
        code = mr_driver_turn(life->driver, &run, err);
    }
    end->now_us = mr_clock_now_us(mr_sim_clock(life->sim));
    end->jumped_us = mr_clock_jumped_us(mr_sim_clock(life->sim));
    if (code == MR_INTERRUPTED) {
        return code;
    }
    if (life->is_dead) {
        return end_killed(life, end, err);
    }
    if (code == MR_OK && life->broken.code != MR_OK) {
        *err = life->broken;
        code = err->code;
    }
    return code == MR_OK ? end_alive(life, err) : code;
}

/* ---- questions ---- */

bool mr_life_has_told(const mr_life *life)
{
    return life->has_told;
}

mr_sim *mr_life_sim(mr_life *life)
{
    return life->sim;
}

mr_pipeline *mr_life_pipeline(mr_life *life)
{
    return life->pipeline;
}

const mr_error *mr_life_input_error(const mr_life *life)
{
    return mr_pipeline_input_error(life->pipeline);
}
