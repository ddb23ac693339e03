/* time_control_test.c - a world that is driven: its source of time stands still, so that whatever
 * happens was brought about by driving. The pipeline is the crimes sample's. */
#include "src/app/time_control.h"

#include "sim/base/timefmt.h"
#include "src/app/driver.h"
#include "src/app/pipeline.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <math.h>

#define SECOND MR_US_PER_SECOND
#define DAY    (86400 * SECOND)
#define WALL   INT64_C(1750000000000000)

typedef struct world {
    char *directory;
    uv_loop_t loop;
    int64_t source_us;
    mr_plan *plan;
    mr_sim *sim;
    mr_pipeline *pipeline;
    mr_driver *driver;
    mr_time_control *control;
    int ends;
    mr_advance_end end;
} world;

static int64_t read_source(void *context)
{
    return ((world *)context)->source_us;
}

static void open_sim(world *w, mr_clock_mode mode)
{
    mr_error err;
    mr_sim_options options = {
        .clock = {.mode = mode, .start_us = w->source_us, .source = {read_source, w}},
        .seed = 1,
        .fs = mr_platform_fs(),
        .offloader = mr_offload_inline(),
        .directory = w->directory};
    CHECK_OK("world", mr_sim_open(&options, &w->sim, NULL, &err), &err);
}

static void world_init_at(world *w, mr_clock_mode mode, int64_t start_us)
{
    mr_error err;
    *w = (world){.directory = check_temp_dir(), .source_us = start_us};
    assert_int_equal(uv_loop_init(&w->loop), 0);
    open_sim(w, mode);
    char *file = mr_format("%s/data/crimes/template.yaml", check_source_root());
    CHECK_OK("plan", mr_plan_load(&(mr_plan_options){.file = file}, &w->plan, &err), &err);
    mr_free(file);
    const mr_pipeline_options options = {
        .sim = w->sim, .loop = &w->loop, .plan = w->plan, .state_directory = w->directory};
    CHECK_OK("pipeline", mr_pipeline_new(&options, &w->pipeline, &err), &err);
    w->driver = mr_driver_new(w->sim, &w->loop);
    w->control = mr_time_control_new(&(mr_time_control_options){.sim = w->sim, .loop = &w->loop});
}

static void world_init(world *w, mr_clock_mode mode)
{
    world_init_at(w, mode, WALL);
}

static void world_deinit(world *w)
{
    mr_time_control_free(w->control);
    mr_driver_free(w->driver);
    mr_pipeline_free(w->pipeline);
    mr_plan_free(w->plan);
    mr_sim_close(w->sim);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    check_remove_dir(w->directory);
}

static void on_advanced(void *context, mr_advance_end end)
{
    world *w = context;
    w->ends++;
    w->end = end;
}

static bool has_ended(void *context)
{
    return ((world *)context)->ends > 0;
}

/* Turns the world until the advance has ended; how. */
static const char *turn_to_end(world *w)
{
    mr_error err;
    const mr_driver_run run = {.done = has_ended, .context = w};
    CHECK_INT("never from the call", w->ends, 0);
    CHECK_OK("turn", mr_driver_turn(w->driver, &run, &err), &err);
    CHECK_INT("once", w->ends, 1);
    w->ends = 0;
    return mr_advance_end_name(w->end);
}

static const char *advance_by(world *w, int64_t by_us)
{
    mr_error err;
    CHECK_OK("by", mr_time_control_advance_by(w->control, by_us, on_advanced, w, &err), &err);
    return turn_to_end(w);
}

static const char *advance_to(world *w, mr_advance_goal goal)
{
    mr_error err;
    CHECK_OK("to", mr_time_control_advance_to(w->control, goal, on_advanced, w, &err), &err);
    return turn_to_end(w);
}

static int64_t passed_us(const world *w)
{
    return mr_time_control_describe(w->control).wall_us - WALL;
}

static void put(world *w)
{
    mr_stream *stream = mr_streams_find(mr_sim_streams(w->sim), w->plan->streams[0].options.name);
    mr_record record = {.data = mr_bytes_of("{\"ID\":\"1\"}"), .partition_key = mr_bytes_of("k")};
    mr_put_result result = {0};
    size_t failed;
    mr_error err;
    assert_non_null(stream);
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_CODE("record", result.code, MR_OK);
}

static void must_pause(world *w)
{
    mr_error err;
    CHECK_OK("pause", mr_time_control_pause(w->control, &err), &err);
}

static void test_a_flush_comes_when_time_is_led_to_it(void **state)
{
    (void)state;
    world w;
    world_init(&w, MR_CLOCK_REAL);
    CHECK_STR("real", mr_time_control_describe(w.control).mode, "real");
    CHECK_TRUE("no flush is due", mr_time_control_describe(w.control).next_flush_us == INT64_MAX);
    must_pause(&w);
    CHECK_STR("nothing to flush", advance_to(&w, MR_ADVANCE_TO_FLUSH), "idle");
    CHECK_INT("no time for nothing", passed_us(&w), 0);

    put(&w);
    CHECK_STR("read", advance_to(&w, MR_ADVANCE_TO_EVENT), "event");
    mr_time_state before = mr_time_control_describe(w.control);
    CHECK_TRUE("a buffer has opened", before.next_flush_us > before.wall_us &&
                                          before.next_flush_us <= before.wall_us + 900 * SECOND);
    CHECK_TRUE("paused it stays", before.paused && !before.advancing);
    CHECK_STR("flushed", advance_to(&w, MR_ADVANCE_TO_FLUSH), "flushed");
    CHECK_INT("when it was due", mr_time_control_describe(w.control).wall_us, before.next_flush_us);

    CHECK_STR("delivered", advance_to(&w, MR_ADVANCE_TO_IDLE), "idle");
    CHECK_TRUE("all of it", mr_sim_is_idle(w.sim));
    CHECK_TRUE("an object", mr_trace_count(mr_sim_trace(w.sim), MR_EVENT_OBJECT_WRITTEN) > 0);
    CHECK_TRUE("by the sample's interval", passed_us(&w) < 1000 * SECOND);
    int64_t there_us = passed_us(&w);
    CHECK_STR("nothing is left", advance_to(&w, MR_ADVANCE_TO_EVENT), "idle");
    CHECK_INT("no time for nothing", passed_us(&w), there_us);
    world_deinit(&w);
}

static void test_time_is_led_to_a_moment_and_goes_on_as_before(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_REAL);
    CHECK_STR("a day", advance_by(&w, DAY), "reached");
    CHECK_INT("passed", passed_us(&w), DAY);
    w.source_us += 5;
    CHECK_INT("and goes on", passed_us(&w), DAY + 5);
    CHECK_OK("rate", mr_time_control_rate(w.control, 60, &err), &err);
    must_pause(&w);
    CHECK_OK("resume", mr_time_control_resume(w.control, &err), &err);
    mr_time_state now = mr_time_control_describe(w.control);
    CHECK_TRUE("as before the pause", now.speed == 60 && !now.paused);
    CHECK_STR("mode", now.mode, "paced");
    CHECK_INT("since", now.start_us, WALL);
    CHECK_STR("a year", advance_by(&w, MR_TIME_ADVANCE_US_MAX), "reached");
    world_deinit(&w);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_REAL);
    static const int64_t lengths[] = {0, -1, INT64_MIN, MR_TIME_ADVANCE_US_MAX + 1, INT64_MAX};
    for (size_t i = 0; i < MR_COUNT(lengths); i++) {
        CHECK_CODE("length",
                   mr_time_control_advance_by(w.control, lengths[i], on_advanced, &w, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS("the limit", err.message, "366 days");
    }
    static const double rates[] = {0, -1, 1e7, 0.0001, NAN, INFINITY};
    for (size_t i = 0; i < MR_COUNT(rates); i++) {
        CHECK_CODE("rate", mr_time_control_rate(w.control, rates[i], &err), MR_INVALID_ARGUMENT);
    }
    CHECK_OK("first", mr_time_control_advance_by(w.control, DAY, on_advanced, &w, &err), &err);
    CHECK_TRUE("under way", mr_time_control_describe(w.control).advancing);
    CHECK_CODE("second",
               mr_time_control_advance_to(w.control, MR_ADVANCE_TO_IDLE, on_advanced, &w, &err),
               MR_ALREADY_EXISTS);
    CHECK_STR("the first goes on", turn_to_end(&w), "reached");
    CHECK_INT("to its end", passed_us(&w), DAY);
    world_deinit(&w);

    world_init_at(&w, MR_CLOCK_REAL, MR_SIM_START_END - DAY);
    CHECK_CODE("calendar", mr_time_control_advance_by(w.control, DAY, on_advanced, &w, &err),
               MR_INVALID_ARGUMENT);
    CHECK_HAS("calendar", err.message, "2399");
    world_deinit(&w);
}

static void test_a_run_that_must_have_one_answer_is_not_driven(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_VIRTUAL);
    CHECK_CODE("pause", mr_time_control_pause(w.control, &err), MR_UNSUPPORTED);
    CHECK_CODE("resume", mr_time_control_resume(w.control, &err), MR_UNSUPPORTED);
    CHECK_CODE("rate", mr_time_control_rate(w.control, 2, &err), MR_UNSUPPORTED);
    CHECK_CODE("by", mr_time_control_advance_by(w.control, 1, on_advanced, &w, &err),
               MR_UNSUPPORTED);
    CHECK_CODE("to",
               mr_time_control_advance_to(w.control, MR_ADVANCE_TO_IDLE, on_advanced, &w, &err),
               MR_UNSUPPORTED);
    CHECK_STR("mode", mr_time_control_describe(w.control).mode, "virtual");
    world_deinit(&w);
}

/* ---- while it advances ---- */

typedef struct busy {
    world *w;
    mr_timer timer; /* due each simulated millisecond, for ever */
    uv_timer_t outside;
    int steps, looks;
} busy;

static void on_busy(void *context)
{
    busy *b = context;
    b->steps++;
    mr_timer_set(&b->timer, mr_clock_now_us(mr_sim_clock(b->w->sim)) + MR_US_PER_MS);
}

static void on_outside(uv_timer_t *timer)
{
    busy *b = timer->data;
    mr_error err;
    CHECK_TRUE("advancing", mr_time_control_describe(b->w->control).advancing);
    if (++b->looks == 3) {
        CHECK_OK("pause", mr_time_control_pause(b->w->control, &err), &err);
        uv_timer_stop(timer);
    }
}

static void test_the_loop_is_heard_while_time_runs_ahead(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_REAL);
    busy b = {.w = &w, .outside.data = &b};
    mr_timer_init(&b.timer, mr_sim_clock(w.sim), on_busy, &b);
    on_busy(&b);
    assert_int_equal(uv_timer_init(&w.loop, &b.outside), 0);
    assert_int_equal(uv_timer_start(&b.outside, on_outside, 1, 1), 0);
    CHECK_OK("a year",
             mr_time_control_advance_by(w.control, MR_TIME_ADVANCE_US_MAX, on_advanced, &w, &err),
             &err);
    CHECK_STR("a pause ends it", turn_to_end(&w), "stopped");
    CHECK_INT("three looks at the loop", b.looks, 3);
    CHECK_TRUE("it ran ahead", passed_us(&w) > 0 && passed_us(&w) < MR_TIME_ADVANCE_US_MAX);
    CHECK_TRUE("paused", mr_time_control_describe(w.control).paused);
    mr_timer_cancel(&b.timer);
    uv_close((uv_handle_t *)&b.outside, NULL);
    world_deinit(&w);
}

static void test_an_advance_under_way_is_ended_with_the_control(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_REAL);
    CHECK_OK("by", mr_time_control_advance_by(w.control, DAY, on_advanced, &w, &err), &err);
    world_deinit(&w);
    CHECK_INT("done", w.ends, 1);
    CHECK_STR("how", mr_advance_end_name(w.end), "stopped");
}

static void test_the_time_is_kept_for_the_next_world(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w, MR_CLOCK_REAL);
    CHECK_STR("a day", advance_by(&w, DAY), "reached");
    mr_time_control_free(w.control);
    mr_driver_free(w.driver);
    mr_pipeline_free(w.pipeline);
    mr_sim_close(w.sim); /* as a kill would: nothing more is written here */

    open_sim(&w, MR_CLOCK_REAL);
    w.control = mr_time_control_new(&(mr_time_control_options){.sim = w.sim, .loop = &w.loop});
    CHECK_INT("no earlier", passed_us(&w), DAY);
    const mr_pipeline_options options = {.sim = w.sim,
                                         .loop = &w.loop,
                                         .plan = w.plan,
                                         .state_directory = w.directory,
                                         .resume = true};
    CHECK_OK("pipeline", mr_pipeline_new(&options, &w.pipeline, &err), &err);
    w.driver = mr_driver_new(w.sim, &w.loop);
    world_deinit(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flush_comes_when_time_is_led_to_it),
        cmocka_unit_test(test_time_is_led_to_a_moment_and_goes_on_as_before),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_a_run_that_must_have_one_answer_is_not_driven),
        cmocka_unit_test(test_the_loop_is_heard_while_time_runs_ahead),
        cmocka_unit_test(test_an_advance_under_way_is_ended_with_the_control),
        cmocka_unit_test(test_the_time_is_kept_for_the_next_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
