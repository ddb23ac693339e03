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
 *   paced    virtual, but held to `speed` times the source's pace; at speed 0 it is paused
 *
 * A clock can be *driven* while it runs (mr_clock_pace(), mr_clock_advance_until()): from then on
 * it is paced, and never real again. A clock that is real, driven, or made so is *live*: the
 * outside lives beside it, so time also passes between two callbacks, up to the next due one. One
 * that is virtual or paced from its making on moves in its callbacks alone, which is what makes a
 * run repeatable at any pace.
 *
 * Work outside the world (a function's process, a worker thread) is a *completion*. Its finish
 * time is simulated: a model says how long it takes, so the answer's true arrival never shows.
 * In virtual and paced mode a completion whose time has come but whose answer has not arrived
 * holds time still: mr_clock_step() says MR_STEP_WAITING. In real mode it runs when it arrives.
 */
#ifndef MR_SIM_TIME_CLOCK_H
#define MR_SIM_TIME_CLOCK_H

#include "sim/base/base.h"

#include <math.h>

typedef struct mr_clock mr_clock;

typedef enum mr_clock_mode { MR_CLOCK_VIRTUAL, MR_CLOCK_REAL, MR_CLOCK_PACED } mr_clock_mode;

/* No pace: time jumps to the next due callback, as in virtual mode. */
#define MR_CLOCK_SPEED_MAX HUGE_VAL

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
    double speed;          /* paced: simulated seconds per real second; 0: paused */
    bool live;             /* paced: the outside lives beside it; a real one always is */
    mr_time_source source; /* of real and paced clocks, and of all that are driven; copied */
    /* What the pace is measured by, where the source is one that is set now and then (the time of
     * day). Missing: the source. Copied. */
    mr_time_source pace_source;
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
/* The mode at this time: a driven clock's is paced, or virtual at MR_CLOCK_SPEED_MAX. */
mr_clock_mode mr_clock_mode_of(const mr_clock *clock);
bool mr_clock_is_live(const mr_clock *clock);
/* Whether what is due at due_us runs at exactly that time. Not so in real mode, where it comes when
 * the machine gets to it, nor for what was due before a clock left that mode. */
bool mr_clock_is_exact(const mr_clock *clock, int64_t due_us);

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
    bool is_background;
} mr_timer;

/* Prepares a timer that is not set. */
void mr_timer_init(mr_timer *timer, mr_clock *clock, mr_timer_fn fn, void *context);
/* Of one that is not set: it keeps house, and nobody waits for it (mr_clock_advance_while_due()).
 */
void mr_timer_set_background(mr_timer *timer);
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

/* The same of what is not of the background, INT64_MAX too for an answer that comes when it comes.
 */
int64_t mr_clock_next_wanted_us(const mr_clock *clock);

/* Moves time forward to time_us with nothing due on the way (asserted). A real clock becomes a
 * paced one of speed 1 by it. */
void mr_clock_advance_to(mr_clock *clock, int64_t time_us);

/* ---- driving it while it runs; all of it from callbacks too ---- */

/*
 * From now on time goes at `speed` simulated seconds per real one, from where it stands: now does
 * not leap. At 0 it is paused: nothing becomes due by waiting; what is due at now still runs.
 * What a real clock waits for from outside holds time still from here on.
 *
 * speed: 0 or more; MR_CLOCK_SPEED_MAX: as fast as it can. During an advance: the speed after it.
 */
void mr_clock_pace(mr_clock *clock, double speed);
double mr_clock_speed(const mr_clock *clock); /* 1 in real mode; MR_CLOCK_SPEED_MAX in virtual */
bool mr_clock_is_paused(const mr_clock *clock);

/*
 * Lets time run ahead: what is due up to time_us, inclusive, runs in the next steps as in virtual
 * mode. Then now is time_us, and time goes on from there at the speed that it had. The step that
 * finds nothing more due ends it, so with nothing due it is over in one. A second call replaces
 * the first.
 */
void mr_clock_advance_until(mr_clock *clock, int64_t time_us);
/* The same, but it ends where nothing is set any more but timers of the background, and time stays
 * there. */
void mr_clock_advance_while_due(mr_clock *clock, int64_t time_us);
/* The same, for the one callback that is due next, whenever that is. */
void mr_clock_advance_once(mr_clock *clock);
/* Ends an advance where it stands (after the callback that calls this); none is fine. */
void mr_clock_stop_advancing(mr_clock *clock);
bool mr_clock_is_advancing(const mr_clock *clock);

#endif
