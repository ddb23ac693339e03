/* timer_heap.c - see timer_heap.h. */
#include "sim/time/timer_heap.h"

#include "sim/base/alloc.h"

void mr_timer_heap_deinit(mr_timer_heap *heap)
{
    mr_free(heap->timers);
    *heap = (mr_timer_heap){0};
}

static bool runs_before(const mr_timer *a, const mr_timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void heap_put(mr_timer_heap *heap, size_t index, mr_timer *timer)
{
    heap->timers[index] = timer;
    timer->heap_place = index + 1;
}

static void heap_up(mr_timer_heap *heap, size_t index)
{
    mr_timer *timer = heap->timers[index];
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (!runs_before(timer, heap->timers[parent])) {
            break;
        }
        heap_put(heap, index, heap->timers[parent]);
        index = parent;
    }
    heap_put(heap, index, timer);
}

static void heap_down(mr_timer_heap *heap, size_t index)
{
    mr_timer *timer = heap->timers[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && runs_before(heap->timers[child + 1], heap->timers[child])) {
            child++;
        }
        if (!runs_before(heap->timers[child], timer)) {
            break;
        }
        heap_put(heap, index, heap->timers[child]);
        index = child;
    }
    heap_put(heap, index, timer);
}

void mr_timer_heap_remove(mr_timer_heap *heap, mr_timer *timer)
{
    size_t index = timer->heap_place - 1;
    MR_ASSERT(index < heap->count);
    MR_ASSERT(heap->timers[index] == timer);

    timer->heap_place = 0;
    heap->background_count -= timer->is_background ? 1 : 0;
    mr_timer *last = heap->timers[--heap->count];
    if (last == timer) {
        return;
    }
    heap_put(heap, index, last);
    heap_up(heap, index);
    heap_down(heap, last->heap_place - 1);
}

void mr_timer_heap_insert(mr_timer_heap *heap, mr_timer *timer, int64_t due_us)
{
    MR_ASSERT(timer->heap_place == 0);

    timer->due_us = due_us;
    timer->order = heap->next_order++;
    heap->background_count += timer->is_background ? 1 : 0;
    MR_GROW(heap->timers, heap->count, heap->capacity);
    heap_put(heap, heap->count++, timer);
    heap_up(heap, heap->count - 1);
}

void mr_timer_heap_restore(mr_timer_heap *heap)
{
    for (size_t i = heap->count / 2; i > 0; i--) {
        heap_down(heap, i - 1);
    }
}

const mr_timer *mr_timer_heap_first_wanted(const mr_timer_heap *heap)
{
    const mr_timer *first = mr_timer_heap_first(heap);
    if (first == NULL || !first->is_background) {
        return first;
    }
    first = NULL;
    for (size_t i = 0; i < heap->count; i++) {
        const mr_timer *timer = heap->timers[i];
        if (!timer->is_background && (first == NULL || runs_before(timer, first))) {
            first = timer;
        }
    }
    return first;
}
