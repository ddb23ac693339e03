/* driver_test.c - turning the world on the event loop. */
#include "src/app/driver.h"

#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <signal.h>

#define STEPS_MAX 1000000 /* far more than lie between two looks at the loop */

typedef struct world {
    uv_loop_t loop;
    uv_signal_t term;
    mr_offloader *offloader;
    mr_sim *sim;
    mr_timer tick;
    unsigned ticks;
    volatile bool interrupted;
} world;

static void on_tick(void *context)
{
    world *it = context;
    it->ticks++;
    mr_timer_set(&it->tick, mr_clock_now_us(mr_sim_clock(it->sim)) + MR_US_PER_SECOND);
}

static bool on_done(void *context)
{
    const world *it = context;
    return it->ticks >= STEPS_MAX;
}

static void on_term(uv_signal_t *handle, int number)
{
    world *it = handle->data;
    (void)number;
    it->interrupted = true;
}

static void test_a_signal_ends_a_world_that_asks_nothing_of_the_outside(void **state)
{
    (void)state;
    world it = {0};
    mr_error err;
    char *directory = check_temp_dir();
    assert_int_equal(uv_loop_init(&it.loop), 0);
    assert_int_equal(uv_signal_init(&it.loop, &it.term), 0);
    it.term.data = &it;
    assert_int_equal(uv_signal_start(&it.term, on_term, SIGTERM), 0);
    uv_unref((uv_handle_t *)&it.term); /* as run.c has it: nothing keeps the loop alive */
    it.offloader = mr_platform_offloader_new(&it.loop);
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = it.offloader,
                              .directory = directory};
    assert_int_equal(mr_sim_open(&options, &it.sim, NULL, &err), MR_OK);
    mr_driver *driver = mr_driver_new(it.sim, &it.loop);
    mr_timer_init(&it.tick, mr_sim_clock(it.sim), on_tick, &it);
    on_tick(&it);
    assert_int_equal(raise(SIGTERM), 0);

    mr_driver_run run = {.done = on_done, .context = &it, .interrupted = &it.interrupted};
    assert_int_equal(mr_driver_turn(driver, &run, &err), MR_INTERRUPTED);

    mr_timer_cancel(&it.tick);
    mr_driver_free(driver);
    mr_sim_close(it.sim);
    mr_platform_offloader_free(it.offloader);
    uv_close((uv_handle_t *)&it.term, NULL);
    uv_run(&it.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&it.loop), 0);
    check_remove_dir(directory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signal_ends_a_world_that_asks_nothing_of_the_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
