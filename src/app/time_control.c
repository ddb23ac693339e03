/* time_control.c - see time_control.h.
 *
 *   RESTING --advance_by(), advance_to()--> ADVANCING --the clock has stopped advancing--> RESTING
 *
 * The clock stops by itself (it is there, or nothing is due), by the listener to the event log, by
 * the look of an advance until idle, or by mr_time_control_stop(). Whichever it was, on_check()
 * sees it when the loop comes round, and calls done.
 */
#include "src/app/time_control.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#define LOOK_US (100 * MR_US_PER_MS)
/* How much of a driven world's time a kill may cost; in real time. */
#define NOTE_MS 2000

typedef enum control_goal { GOAL_TIME, GOAL_FLUSH, GOAL_EVENT, GOAL_IDLE } control_goal;

struct mr_time_control {
    mr_time_control_options options;
    mr_clock *clock;
    int64_t start_us;
    double resume_speed; /* what a pause goes back to */
    bool warned;         /* that time cannot be kept; again once it could */

    bool advancing;
    control_goal goal;
    int64_t until_us;
    bool has_end; /* known already, before on_check() */
    mr_advance_end end;
    mr_advance_done_fn done;
    void *context;
    mr_timer look;

    uv_check_t check; /* after every turn of the loop; does not keep it alive */
    uv_timer_t note;  /* likewise */
    int handles_open;
};

const char *mr_advance_end_name(mr_advance_end end)
{
    static const char *const names[] = {[MR_ADVANCE_REACHED] = "reached",
                                        [MR_ADVANCE_FLUSHED] = "flushed",
                                        [MR_ADVANCE_EVENT] = "event",
                                        [MR_ADVANCE_IDLE] = "idle",
                                        [MR_ADVANCE_STOPPED] = "stopped"};
    return names[end];
}

/* ---- keeping the time, so that a world that is opened again does not go back ---- */

static void note_time(mr_time_control *control)
{
    mr_error err;
    if (mr_clock_mode_of(control->clock) == MR_CLOCK_REAL || !mr_clock_is_live(control->clock)) {
        return;
    }
    bool ok = mr_sim_note_time(control->options.sim, &err) == MR_OK;
    if (!ok && !control->warned && control->options.warn != NULL) {
        mr_error_prefix(&err, "the world's time is not kept: ");
        control->options.warn(control->options.context, err.message);
    }
    control->warned = !ok;
}

/* A rate may lead anywhere; sequence numbers have no room past the end of the calendar. */
static void mind_the_calendar(mr_time_control *control)
{
    if (mr_clock_wall_us(control->clock) >= MR_SIM_START_END - MR_TIME_ADVANCE_US_MAX &&
        mr_clock_speed(control->clock) > 1) {
        mr_clock_pace(control->clock, 1);
        if (control->options.warn != NULL) {
            control->options.warn(control->options.context,
                                  "the world's time is near the end of its calendar, the year "
                                  "2399: it goes on at rate 1");
        }
    }
}

static void on_note(uv_timer_t *timer)
{
    mr_time_control *control = timer->data;
    mind_the_calendar(control);
    note_time(control);
}

/* ---- the end of an advance ---- */

static void end_as(mr_time_control *control, mr_advance_end end)
{
    control->has_end = true;
    control->end = end;
    mr_clock_stop_advancing(control->clock);
}

static bool is_under_way(const mr_time_control *control)
{
    return control->advancing && !control->has_end;
}

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    mr_time_control *control = context;
    (void)time_us;
    (void)line;
    if (!is_under_way(control)) {
        return;
    }
    if (control->goal == GOAL_FLUSH && event->type == MR_EVENT_BUFFER_FLUSHED) {
        end_as(control, MR_ADVANCE_FLUSHED);
    } else if (control->goal == GOAL_EVENT && !mr_event_is_rate(event->type)) {
        end_as(control, MR_ADVANCE_EVENT);
    }
}

static void on_look(void *context)
{
    mr_time_control *control = context;
    if (!is_under_way(control)) {
        return;
    }
    if (mr_sim_is_idle(control->options.sim)) {
        end_as(control, MR_ADVANCE_IDLE);
    } else {
        mr_timer_set(&control->look, mr_clock_now_us(control->clock) + LOOK_US);
    }
}

static mr_advance_end end_of(const mr_time_control *control)
{
    if (control->has_end) {
        return control->end;
    }
    if (mr_clock_now_us(control->clock) >= control->until_us) {
        return MR_ADVANCE_REACHED;
    }
    return mr_clock_next_wanted_us(control->clock) == INT64_MAX ? MR_ADVANCE_IDLE
                                                                : MR_ADVANCE_STOPPED;
}

static void finish(mr_time_control *control)
{
    mr_advance_end end = end_of(control);
    mr_timer_cancel(&control->look);
    control->advancing = false;
    note_time(control);
    control->done(control->context, end); /* it may begin the next one */
}

static void on_check(uv_check_t *check)
{
    mr_time_control *control = check->data;
    if (control->advancing && !mr_clock_is_advancing(control->clock)) {
        finish(control);
    }
}

/* ---- driving ---- */

static mr_code require_drivable(const mr_time_control *control, mr_error *err)
{
    return mr_clock_is_live(control->clock)
               ? MR_OK
               : mr_error_set(err, MR_UNSUPPORTED,
                              "this world's time cannot be driven: it is the simulated time of a "
                              "run that must have one answer; `millrace serve` has one that can");
}

mr_code mr_time_control_pause(mr_time_control *control, mr_error *err)
{
    mr_code code = require_drivable(control, err);
    if (code != MR_OK) {
        return code;
    }
    mr_time_control_stop(control);
    if (!mr_clock_is_paused(control->clock)) {
        control->resume_speed = mr_clock_speed(control->clock);
        mr_clock_pace(control->clock, 0);
    }
    note_time(control);
    return MR_OK;
}

mr_code mr_time_control_resume(mr_time_control *control, mr_error *err)
{
    mr_code code = require_drivable(control, err);
    if (code == MR_OK && mr_clock_is_paused(control->clock)) {
        mr_clock_pace(control->clock, control->resume_speed);
    }
    return code;
}

mr_code mr_time_control_rate(mr_time_control *control, double rate, mr_error *err)
{
    mr_code code = require_drivable(control, err);
    if (code != MR_OK) {
        return code;
    }
    if (!(rate >= MR_TIME_RATE_MIN && rate <= MR_TIME_RATE_MAX)) { /* so that a NaN is none */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "a rate of %g; give %g to %.0f simulated seconds per real second, or "
                            "pause",
                            rate, MR_TIME_RATE_MIN, MR_TIME_RATE_MAX);
    }
    mr_clock_pace(control->clock, rate);
    mind_the_calendar(control);
    note_time(control);
    return MR_OK;
}

static mr_code begin(mr_time_control *control, control_goal goal, int64_t by_us,
                     mr_advance_done_fn done, void *context, mr_error *err)
{
    mr_code code = require_drivable(control, err);
    if (code != MR_OK) {
        return code;
    }
    if (control->advancing) {
        return mr_error_set(err, MR_ALREADY_EXISTS,
                            "time is being advanced already: wait for its end, or stop it");
    }
    if (mr_clock_wall_us(control->clock) >= MR_SIM_START_END - by_us) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "that would lead past the year 2399, where a world's time ends");
    }
    control->advancing = true;
    control->goal = goal;
    control->has_end = false;
    control->done = done;
    control->context = context;
    control->until_us = mr_clock_now_us(control->clock) + by_us;
    return MR_OK;
}

mr_code mr_time_control_advance_by(mr_time_control *control, int64_t by_us, mr_advance_done_fn done,
                                   void *context, mr_error *err)
{
    if (by_us < 1 || by_us > MR_TIME_ADVANCE_US_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "time is advanced by more than 0 and at most 366 days at once");
    }
    mr_code code = begin(control, GOAL_TIME, by_us, done, context, err);
    if (code == MR_OK) {
        mr_clock_advance_until(control->clock, control->until_us);
    }
    return code;
}

mr_code mr_time_control_advance_to(mr_time_control *control, mr_advance_goal wanted,
                                   mr_advance_done_fn done, void *context, mr_error *err)
{
    static const control_goal goals[] = {[MR_ADVANCE_TO_FLUSH] = GOAL_FLUSH,
                                         [MR_ADVANCE_TO_EVENT] = GOAL_EVENT,
                                         [MR_ADVANCE_TO_IDLE] = GOAL_IDLE};
    mr_code code = begin(control, goals[wanted], MR_TIME_ADVANCE_US_MAX, done, context, err);
    if (code != MR_OK) {
        return code;
    }
    mr_clock_advance_while_due(control->clock, control->until_us);
    if (wanted == MR_ADVANCE_TO_IDLE) {
        mr_timer_set(&control->look, mr_clock_now_us(control->clock));
    }
    return MR_OK;
}

void mr_time_control_stop(mr_time_control *control)
{
    if (is_under_way(control)) {
        end_as(control, MR_ADVANCE_STOPPED);
    }
}

/* ---- how it stands ---- */

static int64_t next_flush_us(mr_sim *sim)
{
    size_t count;
    mr_delivery **deliveries = mr_deliveries_list(mr_sim_deliveries(sim), &count);
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        mr_buffer_gauge gauges[8];
        size_t gauge_count = mr_delivery_gauges(deliveries[i], gauges, MR_COUNT(gauges));
        for (size_t k = 0; k < gauge_count; k++) {
            if (gauges[k].due_us != 0 && gauges[k].due_us < next_us) {
                next_us = gauges[k].due_us;
            }
        }
    }
    mr_free(deliveries);
    return next_us;
}

mr_time_state mr_time_control_describe(const mr_time_control *control)
{
    static const char *const modes[] = {
        [MR_CLOCK_VIRTUAL] = "virtual", [MR_CLOCK_REAL] = "real", [MR_CLOCK_PACED] = "paced"};
    const mr_clock *clock = control->clock;
    int64_t jumped_us = mr_clock_jumped_us(clock);
    int64_t due_us = mr_clock_next_wanted_us(clock);
    int64_t flush_us = next_flush_us(control->options.sim);
    return (mr_time_state){.wall_us = mr_clock_wall_us(clock),
                           .start_us = control->start_us,
                           .next_due_us = due_us == INT64_MAX ? INT64_MAX : due_us + jumped_us,
                           .next_flush_us =
                               flush_us == INT64_MAX ? INT64_MAX : flush_us + jumped_us,
                           .mode = modes[mr_clock_mode_of(clock)],
                           .speed = mr_clock_speed(clock),
                           .paused = mr_clock_is_paused(clock),
                           .advancing = control->advancing};
}

/* ---- making and releasing ---- */

mr_time_control *mr_time_control_new(const mr_time_control_options *options)
{
    mr_time_control *control = mr_calloc(1, sizeof(*control));
    control->options = *options;
    control->clock = mr_sim_clock(options->sim);
    control->start_us = mr_clock_wall_us(control->clock);
    control->resume_speed = 1;
    mr_timer_init(&control->look, control->clock, on_look, control);
    mr_timer_set_background(&control->look);
    mr_trace_listen(mr_sim_trace(options->sim), on_event, control, false);

    int rc = uv_check_init(options->loop, &control->check);
    MR_ASSERT(rc == 0);
    rc = uv_check_start(&control->check, on_check);
    MR_ASSERT(rc == 0);
    rc = uv_timer_init(options->loop, &control->note);
    MR_ASSERT(rc == 0);
    rc = uv_timer_start(&control->note, on_note, NOTE_MS, NOTE_MS);
    MR_ASSERT(rc == 0);
    control->check.data = control->note.data = control;
    uv_unref((uv_handle_t *)&control->check);
    uv_unref((uv_handle_t *)&control->note);
    control->handles_open = 2;
    return control;
}

static void on_closed(uv_handle_t *handle)
{
    ((mr_time_control *)handle->data)->handles_open--;
}

void mr_time_control_free(mr_time_control *control)
{
    if (control == NULL) {
        return;
    }
    if (control->advancing) {
        mr_time_control_stop(control);
        finish(control);
    }
    note_time(control);
    mr_trace_unlisten(mr_sim_trace(control->options.sim), on_event, control);
    uv_close((uv_handle_t *)&control->check, on_closed);
    uv_close((uv_handle_t *)&control->note, on_closed);
    while (control->handles_open > 0) {
        uv_run(control->options.loop, UV_RUN_ONCE);
    }
    mr_free(control);
}
