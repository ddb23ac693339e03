/*
 * clock.h - the world's time: where it stands, what is due, and what it must wait for.
 *
 * Time is microseconds since the epoch. All of sim takes time from here and waits only on its
 * timers. Due callbacks run in order of due time, and equal due times in the order in which they
 * were set: that makes a run repeatable.
 *
 * There are two times, as on a machine whose clock may be set:
 *
 *   now   never goes back. Timers, intervals, limits, back-offs and fault rules use it.
 *   wall  the time of day that timestamps show: now, and what the clock was jumped by. A timestamp
 *         is compared with wall alone. Until the first jump the two are equal.
 *
 *   virtual  time jumps to the next due callback as soon as the current one has returned
 *   real     time is the source's (wall clock), never moving backward within one clock
 *   paced    virtual, but held to `speed` times the source's pace
 *
 * Work outside the world (a function's process, a worker thread) is a *completion*. Its finish
 * time is simulated: a model says how long it takes, so the answer's true arrival never shows.
 * In virtual and paced mode a completion whose time has come but whose answer has not arrived
 * holds time still: mr_clock_step() says MR_STEP_WAITING. In real mode it runs when it arrives.
 */
#ifndef MR_SIM_TIME_CLOCK_H
#define MR_SIM_TIME_CLOCK_H

#include "sim/base/base.h"

typedef struct mr_clock mr_clock;

typedef enum mr_clock_mode { MR_CLOCK_VIRTUAL, MR_CLOCK_REAL, MR_CLOCK_PACED } mr_clock_mode;

/* The outside's time: the first window. Microseconds since the epoch for real mode; in paced
 * mode only differences count. */
typedef struct mr_time_source {
    int64_t (*now_us)(void *context);
    void *context;
} mr_time_source;

typedef struct mr_clock_options {
    mr_clock_mode mode;
    int64_t start_us;      /* virtual and paced: where time begins */
    int64_t jumped_us;     /* how far the time of day is from it: what earlier jumps added up to */
    double speed;          /* paced: simulated seconds per real second, above 0 */
    mr_time_source source; /* real and paced, else it may be missing; copied */
} mr_clock_options;

mr_clock *mr_clock_new(const mr_clock_options *options);
void mr_clock_free(mr_clock *clock); /* timers still set are forgotten; NULL is fine */

int64_t mr_clock_now_us(const mr_clock *clock);
int64_t mr_clock_now_ms(const mr_clock *clock);
int64_t mr_clock_wall_us(const mr_clock *clock);
/* wall minus now: what turns a time that was waited for into a timestamp. */
int64_t mr_clock_jumped_us(const mr_clock *clock);
/* What the source says, in every mode; now where there is none. Nothing right goes by it: it is
 * there for the mistakes that would (sim/fault/mutation.h). */
int64_t mr_clock_outside_us(const mr_clock *clock);
/* The time of day leaps, forward or backward (delta_us below 0); may be called from a callback.
 * What is waited for is not touched, nor is now. Jumps add up. The caller sees to it that wall
 * stays a time that can be written: not before the epoch. */
void mr_clock_jump(mr_clock *clock, int64_t delta_us);
mr_clock_mode mr_clock_mode_of(const mr_clock *clock);

/* ---- timers ---- */

typedef void (*mr_timer_fn)(void *context);

/* One callback to come. Embedded by its owner; set again as often as needed. */
typedef struct mr_timer {
    mr_clock *clock;
    mr_timer_fn fn;
    void *context;
    int64_t due_us;
    uint64_t order;    /* tie break: the order of setting */
    size_t heap_place; /* 1-based place in the heap; 0 when not set */
    bool is_completion;
    bool arrived;
} mr_timer;

/* Prepares a timer that is not set. */
void mr_timer_init(mr_timer *timer, mr_clock *clock, mr_timer_fn fn, void *context);
/* Sets it, or moves it, to due_us; a time already past means: in the next step. */
void mr_timer_set(mr_timer *timer, int64_t due_us);
void mr_timer_cancel(mr_timer *timer); /* one that is not set is fine */
static inline bool mr_timer_is_set(const mr_timer *timer)
{
    return timer->heap_place != 0;
}

/* ---- completions ---- */

/* Something under way outside, whose answer is applied at a simulated time. */
typedef struct mr_completion {
    mr_timer timer;
} mr_completion;

void mr_completion_init(mr_completion *completion, mr_clock *clock, mr_timer_fn fn, void *context);
/* finish_us: when the answer counts, by the model. */
void mr_completion_begin(mr_completion *completion, int64_t finish_us);
/* The answer is here (called on the world's thread). fn runs in a later step. */
void mr_completion_arrive(mr_completion *completion);
void mr_completion_cancel(mr_completion *completion);
static inline bool mr_completion_is_open(const mr_completion *completion)
{
    return mr_timer_is_set(&completion->timer);
}

/* ---- turning the world ---- */

typedef enum mr_step {
    MR_STEP_RAN,     /* one callback ran */
    MR_STEP_WAITING, /* held by a completion that has not arrived: wait for the outside */
    MR_STEP_LATER,   /* real, paced: nothing due before *next_us */
    MR_STEP_IDLE     /* nothing is set at all */
} mr_step;

/*
 * Runs the next due callback, moving virtual time to it.
 *
 * wait_us: out, may be NULL; on MR_STEP_LATER how many microseconds of the *source's* time to
 *          wait until something is due.
 */
mr_step mr_clock_step(mr_clock *clock, int64_t *wait_us);

/* The due time of the next callback; INT64_MAX when none is set. */
int64_t mr_clock_next_due_us(const mr_clock *clock);

/* Virtual only: moves time forward to time_us with nothing due on the way (asserted). */
void mr_clock_advance_to(mr_clock *clock, int64_t time_us);

#endif
