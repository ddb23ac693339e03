/*
 * time_control.h - a running world's time as somebody drives it from outside: paused, at another
 * rate, or led ahead to a moment, a flush, an event, or until there is nothing left to do.
 *
 * An advance is begun by one call and ends later: the driver (driver.h) turns the world meanwhile
 * and looks at the loop every few milliseconds, so the server goes on answering. One advance is
 * under way at a time; a second one is refused. What happens in it is what would have happened
 * by waiting.
 */
#ifndef MR_SRC_APP_TIME_CONTROL_H
#define MR_SRC_APP_TIME_CONTROL_H

#include "sim/sim.h"

#include <uv.h>

#define MR_TIME_RATE_MIN       0.001
#define MR_TIME_RATE_MAX       1000000.0
#define MR_TIME_ADVANCE_US_MAX (INT64_C(366) * 24 * 60 * 60 * 1000000)

typedef struct mr_time_control mr_time_control;

typedef struct mr_time_control_options {
    mr_sim *sim; /* borrowed, as is the loop; both outlive the control */
    uv_loop_t *loop;
    /* Hears why the world's time could not be kept (a disk that is full). NULL: nobody. */
    void (*warn)(void *context, const char *message);
    void *context;
} mr_time_control_options;

mr_time_control *mr_time_control_new(const mr_time_control_options *options);
/* Ends an advance that is under way (its done is called) and runs the loop until its handles have
 * closed. NULL is fine. */
void mr_time_control_free(mr_time_control *control);

typedef enum mr_advance_end {
    MR_ADVANCE_REACHED, /* the time that was asked for; without one, MR_TIME_ADVANCE_US_MAX later */
    MR_ADVANCE_FLUSHED, /* a delivery stream's buffer was flushed */
    MR_ADVANCE_EVENT,   /* something happened that is an event, and no rate */
    MR_ADVANCE_IDLE,    /* nothing is left to do: time would bring nothing more */
    MR_ADVANCE_STOPPED  /* by mr_time_control_stop(), a pause, or a machine that fails */
} mr_advance_end;

const char *mr_advance_end_name(mr_advance_end end); /* "reached", "flushed", ... */

/* Called once when the advance has ended, from the loop, never from the call that began it. */
typedef void (*mr_advance_done_fn)(void *context, mr_advance_end end);

/*
 * Pause and resume; resuming goes on at the speed from before. A pause ends an advance. A rate is
 * in force at once, or after the advance that is under way; it resumes what is paused.
 *
 * Errors: MR_UNSUPPORTED (a world in virtual time); MR_INVALID_ARGUMENT (a rate out of bounds).
 */
MR_NODISCARD mr_code mr_time_control_pause(mr_time_control *control, mr_error *err);
MR_NODISCARD mr_code mr_time_control_resume(mr_time_control *control, mr_error *err);
MR_NODISCARD mr_code mr_time_control_rate(mr_time_control *control, double rate, mr_error *err);

/*
 * Lets time run ahead by so much. On MR_OK done will be called.
 *
 * Errors: MR_INVALID_ARGUMENT (by_us below 1 or past MR_TIME_ADVANCE_US_MAX, or past the end of the
 *         world's calendar, MR_SIM_START_END); MR_ALREADY_EXISTS (an advance is under way);
 *         MR_UNSUPPORTED (a world in virtual time).
 */
MR_NODISCARD mr_code mr_time_control_advance_by(mr_time_control *control, int64_t by_us,
                                                mr_advance_done_fn done, void *context,
                                                mr_error *err);

typedef enum mr_advance_goal {
    MR_ADVANCE_TO_FLUSH, /* the next flush of any delivery stream's buffer */
    MR_ADVANCE_TO_EVENT, /* the next event that is no rate */
    MR_ADVANCE_TO_IDLE   /* all that is in the streams is delivered; looked at each 100 ms */
} mr_advance_goal;

/* The same up to something that happens. It ends as MR_ADVANCE_IDLE where it cannot happen any
 * more: when nothing is set on the clock, at once. Errors: as above. */
MR_NODISCARD mr_code mr_time_control_advance_to(mr_time_control *control, mr_advance_goal goal,
                                                mr_advance_done_fn done, void *context,
                                                mr_error *err);

/* Ends the advance that is under way, where it stands; none is fine. done is called as ever. */
void mr_time_control_stop(mr_time_control *control);

/* How time stands. All times are the world's time of day, INT64_MAX: never. */
typedef struct mr_time_state {
    int64_t wall_us;
    int64_t start_us;       /* when the control was made: with the world */
    int64_t next_due_us;    /* whatever is next; housekeeping does not count */
    int64_t next_flush_us;  /* of the buffers of delivery streams, by their intervals */
    const char *mode;       /* "real", "paced", "virtual"; static */
    double speed;           /* simulated seconds per real one; MR_CLOCK_SPEED_MAX in virtual time */
    bool paused, advancing; /* advancing: until done has been called */
} mr_time_state;

mr_time_state mr_time_control_describe(const mr_time_control *control);

#endif
