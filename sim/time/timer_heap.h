/*
 * timer_heap.h - the timers that are set on a clock, in order of due time and then of setting: a
 * binary heap whose entries know their places, so that any of them is taken out in log n.
 *
 * It is the inside of clock.c, embedded there; zero is an empty one.
 */
#ifndef MR_SIM_TIME_TIMER_HEAP_H
#define MR_SIM_TIME_TIMER_HEAP_H

#include "sim/time/clock.h"

typedef struct mr_timer_heap {
    mr_timer **timers; /* timers[0] is due next; entries borrowed from their owners */
    size_t count, capacity;
    size_t background_count; /* of them */
    uint64_t next_order;
} mr_timer_heap;

void mr_timer_heap_deinit(mr_timer_heap *heap); /* timers still in it are forgotten */

/* Puts in a timer that is in no heap, behind those with the same due time. */
void mr_timer_heap_insert(mr_timer_heap *heap, mr_timer *timer, int64_t due_us);
/* Takes out a timer that is in this heap. */
void mr_timer_heap_remove(mr_timer_heap *heap, mr_timer *timer);

/* Puts everything in order again after due times were changed where they stand. */
void mr_timer_heap_restore(mr_timer_heap *heap);

/* Due next of those that are not of the background; NULL when there is none. */
const mr_timer *mr_timer_heap_first_wanted(const mr_timer_heap *heap);

/* Due next; NULL when the heap is empty. */
static inline mr_timer *mr_timer_heap_first(const mr_timer_heap *heap)
{
    return heap->count == 0 ? NULL : heap->timers[0];
}

#endif
