/*
 * driver.h - turns the world on the event loop: steps the clock, lets the loop deliver what
 * comes from outside, and waits when there is nothing to do but wait.
 */
#ifndef MR_SRC_APP_DRIVER_H
#define MR_SRC_APP_DRIVER_H

#include "sim/sim.h"

#include <uv.h>

typedef struct mr_driver mr_driver;

/* The clock may be driven (clock.h) from anything that the loop calls: the next step goes by it.
 * While it advances, the loop is looked at every few milliseconds, and at once when it has ended.
 */

/* Both borrowed, both outlive the driver. */
mr_driver *mr_driver_new(mr_sim *sim, uv_loop_t *loop);
void mr_driver_free(mr_driver *driver); /* runs the loop until its handles have closed */

/* Asks between steps whether the turning is over. */
typedef bool (*mr_driver_done_fn)(void *context);
/* Called now and then (at most about ten times per real second), for a progress display. */
typedef void (*mr_driver_tick_fn)(void *context);

typedef struct mr_driver_run {
    mr_driver_done_fn done;
    mr_driver_tick_fn tick; /* NULL: none */
    void *context;
    const volatile bool *interrupted; /* set from a signal: stop; NULL: never */
    /* In virtual time, while nothing is due but housekeeping: wait for the outside, instead of
     * letting the housekeeping lead time ahead. For a run that is held open. */
    bool rests;
} mr_driver_run;

/*
 * Turns until done() says so.
 *
 * Errors: MR_INTERRUPTED; the world's fatal error; MR_CORRUPT when nothing is due, nothing is
 *         awaited and done() still says no, which would be our mistake.
 */
MR_NODISCARD mr_code mr_driver_turn(mr_driver *driver, const mr_driver_run *run, mr_error *err);

#endif
