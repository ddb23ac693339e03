/* driver.c - see driver.h.
 *
 *   step RAN      -> ask done, now and then let the loop breathe
 *   step WAITING  -> block in the loop until the outside has answered
 *   step LATER    -> block in the loop until the timer or the outside wakes us
 *   step IDLE, or paused -> block if the loop has anything to wait for; otherwise nothing can ever
 * come
 */
#include "src/app/driver.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

/* Steps between two looks at the loop in virtual time: a look is a system call, a step is not. */
#define STEPS_PER_BREATH 256
#define TICK_US          (100 * INT64_C(1000))
/* While time runs ahead in a world that is served, nobody waits longer for an answer. */
#define ADVANCE_BREATH_US (5 * INT64_C(1000))

struct mr_driver {
    mr_sim *sim;
    uv_loop_t *loop;
    uv_timer_t wake;
    bool wake_closed;
    int64_t last_breath_us; /* while the clock advances */
    mr_time_source monotonic;
    int64_t last_tick_us;
    unsigned steps;
};

static void on_wake(uv_timer_t *timer)
{
    (void)timer; /* waking the loop is all it is for */
}

static void on_wake_closed(uv_handle_t *handle)
{
    mr_driver *driver = handle->data;
    driver->wake_closed = true;
}

mr_driver *mr_driver_new(mr_sim *sim, uv_loop_t *loop)
{
    mr_driver *driver = mr_calloc(1, sizeof(*driver));
    driver->sim = sim;
    driver->loop = loop;
    driver->monotonic = mr_platform_monotonic_time();
    int rc = uv_timer_init(loop, &driver->wake);
    MR_ASSERT(rc == 0);
    driver->wake.data = driver;
    return driver;
}

void mr_driver_free(mr_driver *driver)
{
    if (driver == NULL) {
        return;
    }
    uv_close((uv_handle_t *)&driver->wake, on_wake_closed);
    while (!driver->wake_closed) {
        uv_run(driver->loop, UV_RUN_ONCE);
    }
    mr_free(driver);
}

static int64_t monotonic_us(const mr_driver *driver)
{
    return driver->monotonic.now_us(driver->monotonic.context);
}

static void maybe_tick(mr_driver *driver, const mr_driver_run *run)
{
    if (run->tick == NULL) {
        return;
    }
    int64_t now_us = monotonic_us(driver);
    if (now_us - driver->last_tick_us >= TICK_US) {
        driver->last_tick_us = now_us;
        run->tick(run->context);
    }
}

/* Blocks until something comes from outside, or for wait_us of real time (-1: no bound). */
static void wait_in_loop(mr_driver *driver, const mr_driver_run *run, int64_t wait_us)
{
    /* A display that counts down wants to be drawn while nothing happens. */
    if (run->tick != NULL && (wait_us < 0 || wait_us > TICK_US)) {
        wait_us = TICK_US;
    }
    if (wait_us >= 0) {
        uv_update_time(driver->loop);
        uv_timer_start(&driver->wake, on_wake, (uint64_t)((wait_us + 999) / 1000), 0);
    }
    uv_run(driver->loop, UV_RUN_ONCE);
    uv_timer_stop(&driver->wake);
    maybe_tick(driver, run);
}

/* No passing of time brings anything. False when nothing can ever come. */
static bool wait_for_outside(mr_driver *driver, const mr_driver_run *run)
{
    if (!uv_loop_alive(driver->loop)) {
        return false;
    }
    wait_in_loop(driver, run, -1);
    return true;
}

/* Hears what has come from outside, without waiting for it. */
static void breathe(mr_driver *driver, const mr_driver_run *run)
{
    /* A loop without an active handle is not polled at all, and the signals do not count. */
    uv_timer_start(&driver->wake, on_wake, 0, 0);
    uv_run(driver->loop, UV_RUN_NOWAIT);
    uv_timer_stop(&driver->wake);
    maybe_tick(driver, run);
}

static bool is_breath_due(mr_driver *driver, bool advancing)
{
    if (++driver->steps % STEPS_PER_BREATH == 0) {
        return true;
    }
    if (!advancing) {
        return false;
    }
    int64_t now_us = monotonic_us(driver);
    bool is_due = now_us - driver->last_breath_us >= ADVANCE_BREATH_US;
    driver->last_breath_us = is_due ? now_us : driver->last_breath_us;
    return is_due;
}

static bool is_resting(const mr_clock *clock, const mr_driver_run *run)
{
    return run->rests && mr_clock_mode_of(clock) == MR_CLOCK_VIRTUAL &&
           mr_clock_next_wanted_us(clock) == INT64_MAX;
}

/* One step. False when the world stands still for good. */
static bool turn_once(mr_driver *driver, const mr_driver_run *run)
{
    const mr_clock *clock = mr_sim_clock(driver->sim);
    if (is_resting(clock, run)) {
        return wait_for_outside(driver, run);
    }
    bool advancing = mr_clock_is_advancing(clock);
    int64_t wait_us = 0;
    mr_step step = mr_sim_step(driver->sim, &wait_us);
    if (advancing && !mr_clock_is_advancing(clock)) { /* whoever waits for its end hears of it */
        breathe(driver, run);
        return true;
    }
    switch (step) {
    case MR_STEP_RAN:
        if (is_breath_due(driver, advancing)) {
            breathe(driver, run);
        }
        return true;
    case MR_STEP_WAITING:
        wait_in_loop(driver, run, -1);
        return true;
    case MR_STEP_LATER:
        if (wait_us == INT64_MAX) { /* it is paused */
            break;
        }
        wait_in_loop(driver, run, wait_us);
        return true;
    case MR_STEP_IDLE:
        break;
    }
    return wait_for_outside(driver, run);
}

mr_code mr_driver_turn(mr_driver *driver, const mr_driver_run *run, mr_error *err)
{
    while (!run->done(run->context)) {
        if (run->interrupted != NULL && *run->interrupted) {
            return mr_error_set(err, MR_INTERRUPTED, "interrupted");
        }
        if (!turn_once(driver, run)) {
            return mr_error_set(
                err, MR_CORRUPT,
                "the pipeline stands still: nothing is due, nothing is awaited, and "
                "it is not finished");
        }
        const mr_error *fatal = mr_sim_fatal(driver->sim);
        if (fatal != NULL) {
            *err = *fatal;
            return fatal->code;
        }
    }
    return MR_OK;
}
