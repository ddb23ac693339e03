/*
 * clock.c - see clock.h. Timers stand in a binary heap ordered by (due_us, order).
 *
 * A completion that has begun is a timer too:
 *
 *   virtual, paced   due at its simulated finish; at the top of the heap and not arrived it holds
 *   real             due never (INT64_MAX) until it arrives, then at once
 */
#include "sim/time/clock.h"

#include "sim/base/alloc.h"

#include <math.h>

#define NEVER_US INT64_MAX

/* What moves when the time is only asked for: the real mode's latest reading. */
typedef struct reading {
    int64_t now_us;
} reading;

struct mr_clock {
    mr_clock_mode mode;
    double speed;
    mr_time_source source;
    int64_t start_us;        /* paced: of the world */
    int64_t source_start_us; /* paced: of the source */
    reading *latest;         /* owned */
    int64_t jumped_us;       /* wall minus now */
    mr_timer **heap;         /* heap[0] is due next; entries borrowed from their owners */
    size_t count, capacity;
    uint64_t next_order;
    bool stepping;
};

mr_clock *mr_clock_new(const mr_clock_options *options)
{
    mr_clock *clock = mr_calloc(1, sizeof(*clock));
    clock->latest = mr_calloc(1, sizeof(*clock->latest));
    clock->mode = options->mode;
    clock->source = options->source;
    clock->speed = options->speed;
    clock->start_us = options->start_us;
    clock->jumped_us = options->jumped_us;
    clock->latest->now_us = options->start_us;
    if (clock->mode != MR_CLOCK_VIRTUAL) {
        MR_ASSERT(options->source.now_us != NULL);
        clock->source_start_us = options->source.now_us(options->source.context);
    }
    if (clock->mode == MR_CLOCK_REAL) {
        clock->latest->now_us = clock->source_start_us;
    }
    if (clock->mode == MR_CLOCK_PACED) {
        MR_ASSERT(options->speed > 0);
    }
    return clock;
}

void mr_clock_free(mr_clock *clock)
{
    if (clock != NULL) {
        mr_free(clock->heap);
        mr_free(clock->latest);
        mr_free(clock);
    }
}

int64_t mr_clock_now_us(const mr_clock *clock)
{
    if (clock->mode == MR_CLOCK_REAL) {
        MR_ASSERT(clock->source.now_us != NULL);
        int64_t source_us = clock->source.now_us(clock->source.context);
        if (source_us > clock->latest->now_us) {
            clock->latest->now_us = source_us;
        }
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

/* ---- the heap ---- */

static bool runs_before(const mr_timer *a, const mr_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void heap_put(mr_clock *clock, size_t index, mr_timer *timer)
{
    clock->heap[index] = timer;
    timer->heap_place = index + 1;
}

static void heap_up(mr_clock *clock, size_t index)
{
    mr_timer *timer = clock->heap[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!runs_before(timer, clock->heap[parent])) {
            break;
        }
        heap_put(clock, index, clock->heap[parent]);
        index = parent;
    }
    heap_put(clock, index, timer);
}

static void heap_down(mr_clock *clock, size_t index)
{
    mr_timer *timer = clock->heap[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= clock->count) {
            break;
        }
        if (child + 1 < clock->count && runs_before(clock->heap[child + 1], clock->heap[child])) {
            child++;
        }
        if (!runs_before(clock->heap[child], timer)) {
            break;
        }
        heap_put(clock, index, clock->heap[child]);
        index = child;
    }
    heap_put(clock, index, timer);
}

static void heap_remove(mr_clock *clock, mr_timer *timer)
{
    size_t index = timer->heap_place - 1;
    MR_ASSERT(index < clock->count);
    MR_ASSERT(clock->heap[index] == timer);

    timer->heap_place = 0;
    mr_timer *last = clock->heap[--clock->count];
    if (last == timer) {
        return;
    }
    heap_put(clock, index, last);
    heap_up(clock, index);
    heap_down(clock, last->heap_place - 1);
}

static void heap_insert(mr_clock *clock, mr_timer *timer, int64_t due_us)
{
    MR_ASSERT(timer->heap_place == 0);

    timer->due_us = due_us;
    timer->order = clock->next_order++;
    MR_GROW(clock->heap, clock->count, clock->capacity);
    heap_put(clock, clock->count++, timer);
    heap_up(clock, clock->count - 1);
}

/* ---- timers ---- */

void mr_timer_init(mr_timer *timer, mr_clock *clock, mr_timer_fn fn, void *context)
{
    MR_ASSERT(clock != NULL);
    MR_ASSERT(fn != NULL);
    *timer = (mr_timer){.clock = clock, .fn = fn, .context = context};
}

void mr_timer_set(mr_timer *timer, int64_t due_us)
{
    MR_ASSERT(!timer->is_completion);
    mr_timer_cancel(timer);
    heap_insert(timer->clock, timer, due_us);
}

void mr_timer_cancel(mr_timer *timer)
{
    if (timer->heap_place != 0) {
        heap_remove(timer->clock, timer);
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
    heap_insert(timer->clock, timer, timer->clock->mode == MR_CLOCK_REAL ? NEVER_US : finish_us);
}

void mr_completion_arrive(mr_completion *completion)
{
    mr_timer *timer = &completion->timer;
    MR_ASSERT(mr_timer_is_set(timer));
    MR_ASSERT(!timer->arrived);
    timer->arrived = true;
    if (timer->clock->mode == MR_CLOCK_REAL) {
        heap_remove(timer->clock, timer);
        heap_insert(timer->clock, timer, mr_clock_now_us(timer->clock));
    }
}

void mr_completion_cancel(mr_completion *completion)
{
    mr_timer_cancel(&completion->timer);
}

/* ---- turning the world ---- */

/* How far the world's time may go now. */
static int64_t horizon_us(const mr_clock *clock)
{
    if (clock->mode == MR_CLOCK_VIRTUAL) {
        return NEVER_US;
    }
    if (clock->mode == MR_CLOCK_REAL) {
        return mr_clock_now_us(clock);
    }
    int64_t passed_us = clock->source.now_us(clock->source.context) - clock->source_start_us;
    double reached_us = (double)clock->start_us + (double)passed_us * clock->speed;
    return reached_us >= 0x1p62 ? NEVER_US : (int64_t)reached_us;
}

/* How long the source must run until due_us is reached; at least 1. */
static int64_t wait_until_us(const mr_clock *clock, int64_t due_us, int64_t horizon)
{
    double left_us = (double)due_us - (double)horizon;
    if (clock->mode == MR_CLOCK_PACED) {
        left_us = ceil(left_us / clock->speed);
    }
    return left_us >= 0x1p62 ? NEVER_US : left_us < 1 ? 1 : (int64_t)left_us;
}

mr_step mr_clock_step(mr_clock *clock, int64_t *wait_us)
{
    MR_ASSERT(!clock->stepping); /* a callback may not turn the world */

    if (clock->count == 0) {
        return MR_STEP_IDLE;
    }
    mr_timer *next = clock->heap[0];
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
    heap_remove(clock, next);
    if (clock->mode != MR_CLOCK_REAL && next->due_us > clock->latest->now_us) {
        clock->latest->now_us = next->due_us;
    }
    clock->stepping = true;
    next->fn(next->context); /* may free the timer */
    clock->stepping = false;
    return MR_STEP_RAN;
}

int64_t mr_clock_next_due_us(const mr_clock *clock)
{
    return clock->count == 0 ? INT64_MAX : clock->heap[0]->due_us;
}

void mr_clock_advance_to(mr_clock *clock, int64_t time_us)
{
    MR_ASSERT(clock->mode == MR_CLOCK_VIRTUAL);
    MR_ASSERT(time_us >= clock->latest->now_us);
    MR_ASSERT(mr_clock_next_due_us(clock) >= time_us);
    clock->latest->now_us = time_us;
}
