/* timer_heap_test.c - the order of timers, when they come, go, and change where they stand. Many
 * more of them are in clock_test.c. */
#include "sim/time/timer_heap.h"

#include "tests/check.h"

#define COUNT 50

static void check_order(mr_timer_heap *heap, size_t want_count)
{
    size_t count = 0;
    int64_t due_us = INT64_MIN;
    uint64_t order = 0;
    for (mr_timer *first; (first = mr_timer_heap_first(heap)) != NULL; count++) {
        CHECK_TRUE("in order",
                   first->due_us > due_us || (first->due_us == due_us && first->order > order));
        due_us = first->due_us;
        order = first->order;
        mr_timer_heap_remove(heap, first);
        CHECK_INT("it knows that it is out", first->heap_place, 0);
    }
    CHECK_INT("all of them", count, want_count);
}

static void test_first_is_the_earliest_due_and_of_equals_the_one_set_first(void **state)
{
    (void)state;
    mr_timer_heap heap = {0};
    mr_timer timers[COUNT] = {{0}};
    CHECK_TRUE("empty", mr_timer_heap_first(&heap) == NULL);
    for (size_t i = 0; i < COUNT; i++) {
        mr_timer_heap_insert(&heap, &timers[i], (int64_t)(i * 7 % 10));
    }
    for (size_t i = 0; i < COUNT; i += 3) {
        mr_timer_heap_remove(&heap, &timers[i]);
    }
    check_order(&heap, COUNT - (COUNT + 2) / 3);
    mr_timer_heap_deinit(&heap);
}

static void test_due_times_that_were_changed_in_place_are_put_in_order(void **state)
{
    (void)state;
    mr_timer_heap heap = {0};
    mr_timer timers[COUNT] = {{0}};
    for (size_t i = 0; i < COUNT; i++) {
        mr_timer_heap_insert(&heap, &timers[i], (int64_t)i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        timers[i].due_us = (int64_t)(COUNT - i / 2);
    }
    mr_timer_heap_restore(&heap);
    check_order(&heap, COUNT);
    mr_timer_heap_deinit(&heap);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_is_the_earliest_due_and_of_equals_the_one_set_first),
        cmocka_unit_test(test_due_times_that_were_changed_in_place_are_put_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
