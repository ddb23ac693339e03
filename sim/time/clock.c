/*
 * clock.c - see clock.h. Timers stand in a heap (timer_heap.h).
 *
 * A completion that has begun is a timer too:
 *
 *   virtual, paced   due at its simulated finish; at the top of the heap and not arrived it holds
 *   real             due never (INT64_MAX) until it arrives, then at once
 *
 * How far time may go is the *horizon*. Paced time is measured from an *anchor*, a moment of the
 * world and the source's reading at it, which is dropped anew where the pace changes.
 *
 *   real --mr_clock_pace(), mr_clock_advance_until(), ..._once(), ..._to()--> paced
 *   paced <--mr_clock_pace()--> virtual
 *   any but real --mr_clock_advance_until(), ..._once()--> the same, advancing: horizon is its end
 *   advancing --nothing more due, mr_clock_stop_advancing()--> the same, anchored anew
 */
#include "sim/time/clock.h"

#include "sim/base/alloc.h"
#include "sim/time/timer_heap.h"

#define NEVER_US INT64_MAX

/* What moves when the time is only asked for: the latest reading of a live clock. */
typedef struct reading {
    int64_t now_us;
} reading;

typedef struct anchor {
    int64_t world_us, source_us;
} anchor;

typedef struct advance {
    bool is_on;
    bool is_once; /* it ends with the next callback */
    bool is_while_due;
    int64_t until_us; /* inclusive */
} advance;

struct mr_clock {
    mr_clock_mode mode;
    bool live;
    double speed; /* paced */
    mr_time_source source, pace_source;
    anchor anchor; /* paced */
    advance advance;
    int64_t exact_since_us;
    reading *latest;   /* owned */
    int64_t jumped_us; /* wall minus now */
    mr_timer_heap heap;
    bool stepping;
};

static int64_t read_source(const mr_time_source *source)
{
    MR_ASSERT(source->now_us != NULL);
    return source->now_us(source->context);
}

/* From here on paced time is measured. */
static void drop_anchor(mr_clock *clock)
{
    clock->anchor =
        (anchor){.world_us = clock->latest->now_us, .source_us = read_source(&clock->pace_source)};
}

mr_clock *mr_clock_new(const mr_clock_options *options)
{
    mr_clock *clock = mr_calloc(1, sizeof(*clock));
    clock->latest = mr_calloc(1, sizeof(*clock->latest));
    clock->mode = options->mode;
    clock->live = options->live || options->mode == MR_CLOCK_REAL;
    clock->source = options->source;
    clock->pace_source =
        options->pace_source.now_us == NULL ? options->source : options->pace_source;
    clock->jumped_us = options->jumped_us;
    clock->latest->now_us = options->start_us;
    clock->exact_since_us = INT64_MIN;
    if (clock->mode == MR_CLOCK_REAL) {
        clock->latest->now_us = read_source(&clock->source);
        clock->exact_since_us = NEVER_US;
    }
    if (clock->mode == MR_CLOCK_PACED) {
        MR_ASSERT(options->speed >= 0 && options->speed < MR_CLOCK_SPEED_MAX);
        clock->speed = options->speed;
        drop_anchor(clock);
    }
    return clock;
}

void mr_clock_free(mr_clock *clock)
{
    if (clock != NULL) {
        mr_timer_heap_deinit(&clock->heap);
        mr_free(clock->latest);
        mr_free(clock);
    }
}

/* How far the world's time may go now. */
static int64_t horizon_us(const mr_clock *clock)
{
    if (clock->advance.is_on) {
        return clock->advance.until_us;
    }
    if (clock->mode == MR_CLOCK_VIRTUAL) {
        return NEVER_US;
    }
    if (clock->mode == MR_CLOCK_REAL) {
        return mr_clock_now_us(clock);
    }
    int64_t passed_us = read_source(&clock->pace_source) - clock->anchor.source_us;
    double reached_us = (double)clock->anchor.world_us + (double)passed_us * clock->speed;
    return reached_us >= 0x1p62 ? NEVER_US : (int64_t)reached_us;
}

/* Whether time passes between callbacks, as it does for whoever asks from outside. */
static bool is_passing(const mr_clock *clock)
{
    return clock->live && clock->mode == MR_CLOCK_PACED && !clock->advance.is_on &&
           !clock->stepping;
}

static int64_t min_us(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t mr_clock_now_us(const mr_clock *clock)
{
    int64_t read_us = clock->latest->now_us;
    if (clock->mode == MR_CLOCK_REAL) {
        read_us = read_source(&clock->source);
    } else if (is_passing(clock)) { /* what is due comes first, at its own time */
        read_us = min_us(horizon_us(clock), mr_clock_next_due_us(clock));
    }
    if (read_us > clock->latest->now_us) {
        clock->latest->now_us = read_us;
    }
    return clock->latest->now_us;
}

int64_t mr_clock_now_ms(const mr_clock *clock)
{
    return mr_clock_now_us(clock) / 1000;
}

int64_t mr_clock_wall_us(const mr_clock *clock)
{
    return mr_clock_now_us(clock) + clock->jumped_us;
}

int64_t mr_clock_jumped_us(const mr_clock *clock)
{
    return clock->jumped_us;
}

int64_t mr_clock_outside_us(const mr_clock *clock)
{
    return clock->source.now_us == NULL ? mr_clock_now_us(clock)
                                        : clock->source.now_us(clock->source.context);
}

void mr_clock_jump(mr_clock *clock, int64_t delta_us)
{
    clock->jumped_us += delta_us;
    MR_ASSERT(mr_clock_wall_us(clock) >= 0);
}

mr_clock_mode mr_clock_mode_of(const mr_clock *clock)
{
    return clock->mode;
}

bool mr_clock_is_live(const mr_clock *clock)
{
    return clock->live;
}

bool mr_clock_is_exact(const mr_clock *clock, int64_t due_us)
{
    return due_us >= clock->exact_since_us;
}

/* ---- timers ---- */

void mr_timer_init(mr_timer *timer, mr_clock *clock, mr_timer_fn fn, void *context)
{
    MR_ASSERT(clock != NULL);
    MR_ASSERT(fn != NULL);
    *timer = (mr_timer){.clock = clock, .fn = fn, .context = context};
}

void mr_timer_set_background(mr_timer *timer)
{
    MR_ASSERT(!mr_timer_is_set(timer));
    timer->is_background = true;
}

void mr_timer_set(mr_timer *timer, int64_t due_us)
{
    MR_ASSERT(!timer->is_completion);
    mr_timer_cancel(timer);
    mr_timer_heap_insert(&timer->clock->heap, timer, due_us);
}

void mr_timer_cancel(mr_timer *timer)
{
    if (timer->heap_place != 0) {
        mr_timer_heap_remove(&timer->clock->heap, timer);
    }
}

/* ---- completions ---- */

void mr_completion_init(mr_completion *completion, mr_clock *clock, mr_timer_fn fn, void *context)
{
    mr_timer_init(&completion->timer, clock, fn, context);
    completion->timer.is_completion = true;
}

void mr_completion_begin(mr_completion *completion, int64_t finish_us)
{
    mr_timer *timer = &completion->timer;
    MR_ASSERT(!mr_timer_is_set(timer));
    timer->arrived = false;
    mr_timer_heap_insert(&timer->clock->heap, timer,
                         timer->clock->mode == MR_CLOCK_REAL ? NEVER_US : finish_us);
}

void mr_completion_arrive(mr_completion *completion)
{
    mr_timer *timer = &completion->timer;
    MR_ASSERT(mr_timer_is_set(timer));
    MR_ASSERT(!timer->arrived);
    timer->arrived = true;
    if (timer->clock->mode == MR_CLOCK_REAL) {
        mr_timer_heap_remove(&timer->clock->heap, timer);
        mr_timer_heap_insert(&timer->clock->heap, timer, mr_clock_now_us(timer->clock));
    }
}

void mr_completion_cancel(mr_completion *completion)
{
    mr_timer_cancel(&completion->timer);
}

/* ---- turning the world ---- */

/* How long the source must run until due_us is reached; at least 1. */
static int64_t wait_until_us(const mr_clock *clock, int64_t due_us, int64_t horizon)
{
    double left_us = (double)due_us - (double)horizon;
    if (mr_clock_is_paused(clock)) {
        return NEVER_US;
    }
    if (clock->mode == MR_CLOCK_PACED) {
        left_us = ceil(left_us / clock->speed);
    }
    return left_us >= 0x1p62 ? NEVER_US : left_us < 1 ? 1 : (int64_t)left_us;
}

static void end_advance(mr_clock *clock)
{
    clock->advance = (advance){0};
    if (clock->mode == MR_CLOCK_PACED) {
        drop_anchor(clock);
    }
}

/* Ends the advance when nothing more is due within it. */
static void maybe_arrive(mr_clock *clock)
{
    const advance *goal = &clock->advance;
    if (!goal->is_on) {
        return;
    }
    if ((goal->is_while_due || goal->is_once) &&
        clock->heap.count == clock->heap.background_count) {
        end_advance(clock);
    } else if (mr_clock_next_due_us(clock) > goal->until_us) {
        if (goal->until_us > clock->latest->now_us) {
            clock->latest->now_us = goal->until_us;
        }
        end_advance(clock);
    }
}

static void run(mr_clock *clock, mr_timer *next)
{
    mr_timer_heap_remove(&clock->heap, next);
    if (clock->mode != MR_CLOCK_REAL && next->due_us > clock->latest->now_us) {
        clock->latest->now_us = next->due_us;
    }
    if (clock->advance.is_once) {
        end_advance(clock);
    }
    clock->stepping = true;
    next->fn(next->context); /* may free the timer */
    clock->stepping = false;
}

mr_step mr_clock_step(mr_clock *clock, int64_t *wait_us)
{
    MR_ASSERT(!clock->stepping); /* a callback may not turn the world */

    maybe_arrive(clock);
    mr_timer *next = mr_timer_heap_first(&clock->heap);
    if (next == NULL) {
        return MR_STEP_IDLE;
    }
    int64_t horizon = horizon_us(clock);
    if (next->due_us > horizon) {
        if (wait_us != NULL) {
            *wait_us = wait_until_us(clock, next->due_us, horizon);
        }
        return next->is_completion && clock->mode == MR_CLOCK_REAL ? MR_STEP_WAITING
                                                                   : MR_STEP_LATER;
    }
    if (next->is_completion && !next->arrived) {
        return MR_STEP_WAITING;
    }
    run(clock, next);
    return MR_STEP_RAN;
}

int64_t mr_clock_next_due_us(const mr_clock *clock)
{
    const mr_timer *next = mr_timer_heap_first(&clock->heap);
    return next == NULL ? NEVER_US : next->due_us;
}

int64_t mr_clock_next_wanted_us(const mr_clock *clock)
{
    const mr_timer *next = mr_timer_heap_first_wanted(&clock->heap);
    return next == NULL ? NEVER_US : next->due_us;
}

/* ---- driving it ---- */

/* What the outside still owes was due whenever it came; from here on it holds time where it is. */
static void leave_real(mr_clock *clock)
{
    int64_t now_us = mr_clock_now_us(clock);
    for (size_t i = 0; i < clock->heap.count; i++) {
        mr_timer *timer = clock->heap.timers[i];
        if (timer->is_completion && !timer->arrived) {
            timer->due_us = now_us;
        }
    }
    mr_timer_heap_restore(&clock->heap);
    clock->exact_since_us = now_us;
    clock->mode = MR_CLOCK_PACED;
    clock->speed = 1;
    drop_anchor(clock);
}

/* Before anything else is changed about the pace: time is brought to where it has got. */
static void settle(mr_clock *clock)
{
    MR_ASSERT(clock->pace_source.now_us != NULL); /* a clock without a source cannot be driven */
    if (clock->mode == MR_CLOCK_REAL) {
        leave_real(clock);
    } else {
        (void)mr_clock_now_us(clock);
    }
    clock->live = true;
}

void mr_clock_pace(mr_clock *clock, double speed)
{
    MR_ASSERT(speed >= 0);
    settle(clock);
    clock->mode = speed < MR_CLOCK_SPEED_MAX ? MR_CLOCK_PACED : MR_CLOCK_VIRTUAL;
    clock->speed = speed;
    drop_anchor(clock);
}

double mr_clock_speed(const mr_clock *clock)
{
    return clock->mode == MR_CLOCK_REAL      ? 1
           : clock->mode == MR_CLOCK_VIRTUAL ? MR_CLOCK_SPEED_MAX
                                             : clock->speed;
}

bool mr_clock_is_paused(const mr_clock *clock)
{
    return clock->mode == MR_CLOCK_PACED && clock->speed <= 0;
}

void mr_clock_advance_to(mr_clock *clock, int64_t time_us)
{
    if (clock->mode == MR_CLOCK_REAL) {
        leave_real(clock);
    }
    MR_ASSERT(time_us >= mr_clock_now_us(clock));
    MR_ASSERT(mr_clock_next_due_us(clock) >= time_us);
    clock->latest->now_us = time_us;
    if (clock->mode == MR_CLOCK_PACED) {
        drop_anchor(clock);
    }
}

void mr_clock_advance_until(mr_clock *clock, int64_t time_us)
{
    settle(clock);
    clock->advance = (advance){.is_on = true, .until_us = time_us};
}

void mr_clock_advance_while_due(mr_clock *clock, int64_t time_us)
{
    settle(clock);
    clock->advance = (advance){.is_on = true, .is_while_due = true, .until_us = time_us};
}

void mr_clock_advance_once(mr_clock *clock)
{
    settle(clock);
    clock->advance = (advance){.is_on = true, .is_once = true, .until_us = NEVER_US};
}

void mr_clock_stop_advancing(mr_clock *clock)
{
    if (clock->advance.is_on) {
        end_advance(clock);
    }
}

bool mr_clock_is_advancing(const mr_clock *clock)
{
    return clock->advance.is_on;
}
