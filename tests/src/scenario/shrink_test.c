/* shrink_test.c - what is left of a failing schedule, by made-up runs that fail as they are told.
 */
#include "src/scenario/shrink.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define FAULTS 12

/* Fails when every guilty fault (known by its line) is there, in the order of the lines, and when
 * there are enough rows. */
typedef struct world {
    int guilty[3];
    size_t guilty_count;
    uint64_t rows_needed;
    unsigned runs;
    bool order_kept;
} world;

static bool holds(const mr_scenario_fault *faults, size_t count, int line)
{
    for (size_t i = 0; i < count; i++) {
        if (faults[i].line == line) {
            return true;
        }
    }
    return false;
}

static bool still_fails(void *context, const mr_scenario_fault *faults, size_t count,
                        uint64_t rows_max)
{
    world *w = context;
    w->runs++;
    for (size_t i = 1; i < count; i++) {
        w->order_kept = w->order_kept && faults[i - 1].line < faults[i].line;
    }
    for (size_t i = 0; i < w->guilty_count; i++) {
        if (!holds(faults, count, w->guilty[i])) {
            return false;
        }
    }
    return rows_max == 0 || rows_max >= w->rows_needed;
}

static mr_shrunk shrink(world *w, uint64_t rows, unsigned runs_max)
{
    mr_scenario_fault faults[FAULTS] = {0};
    for (int i = 0; i < FAULTS; i++) {
        faults[i].line = i + 1;
    }
    w->order_kept = true;
    mr_shrunk shrunk;
    mr_shrink(faults, FAULTS, rows, runs_max, still_fails, w, &shrunk);
    CHECK_INT("runs are counted", shrunk.runs, w->runs);
    CHECK_TRUE("no more than allowed", w->runs <= runs_max);
    CHECK_TRUE("in the order given", w->order_kept);
    return shrunk;
}

static void test_the_one_guilty_fault_is_found_wherever_it_is(void **state)
{
    (void)state;
    for (int guilty = 1; guilty <= FAULTS; guilty++) {
        world w = {.guilty = {guilty}, .guilty_count = 1};
        mr_shrunk shrunk = shrink(&w, 0, 200);
        CHECK_INT("one is left", shrunk.fault_count, 1);
        CHECK_INT("the guilty one", shrunk.faults[0].line, guilty);
        CHECK_INT("rows are not touched", shrunk.rows_max, 0);
        mr_free(shrunk.faults);
    }
}

static void test_two_guilty_faults_are_found_together_and_in_their_order(void **state)
{
    (void)state;
    for (int first = 1; first <= FAULTS; first++) {
        for (int second = first + 1; second <= FAULTS; second++) {
            world w = {.guilty = {first, second}, .guilty_count = 2};
            mr_shrunk shrunk = shrink(&w, 0, 200);
            CHECK_INT("two are left", shrunk.fault_count, 2);
            CHECK_INT("the first", shrunk.faults[0].line, first);
            CHECK_INT("the second", shrunk.faults[1].line, second);
            mr_free(shrunk.faults);
        }
    }
}

static void test_a_failure_without_any_fault_takes_one_run_to_see(void **state)
{
    (void)state;
    world w = {0};
    mr_shrunk shrunk = shrink(&w, 0, 200);
    CHECK_INT("none is left", shrunk.fault_count, 0);
    CHECK_INT("runs", shrunk.runs, 1);
    mr_free(shrunk.faults);
}

static void test_the_rows_are_the_fewest_within_a_factor_of_two(void **state)
{
    (void)state;
    static const uint64_t needed[] = {1, 2, 100, 3791, 3792};
    for (size_t i = 0; i < MR_COUNT(needed); i++) {
        world w = {.guilty = {5}, .guilty_count = 1, .rows_needed = needed[i]};
        mr_shrunk shrunk = shrink(&w, 7584, 200);
        CHECK_INT("the guilty one", shrunk.faults[0].line, 5);
        CHECK_TRUE("enough", shrunk.rows_max >= needed[i]);
        CHECK_TRUE("not twice as many", shrunk.rows_max < 2 * needed[i]);
        mr_free(shrunk.faults);
    }
    world w = {.guilty = {5}, .guilty_count = 1, .rows_needed = 3793};
    mr_shrunk shrunk = shrink(&w, 7584, 200);
    CHECK_INT("more than half: all", shrunk.rows_max, 0);
    mr_free(shrunk.faults);
}

static void test_it_stops_with_what_it_has_when_the_runs_are_used_up(void **state)
{
    (void)state;
    for (unsigned runs_max = 0; runs_max < 40; runs_max++) {
        world w = {.guilty = {2, 7, 11}, .guilty_count = 3, .rows_needed = 10};
        mr_shrunk shrunk = shrink(&w, 7584, runs_max);
        for (size_t i = 0; i < w.guilty_count; i++) {
            CHECK_TRUE("still guilty", holds(shrunk.faults, shrunk.fault_count, w.guilty[i]));
        }
        CHECK_TRUE("enough rows", shrunk.rows_max == 0 || shrunk.rows_max >= 10);
        mr_free(shrunk.faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_guilty_fault_is_found_wherever_it_is),
        cmocka_unit_test(test_two_guilty_faults_are_found_together_and_in_their_order),
        cmocka_unit_test(test_a_failure_without_any_fault_takes_one_run_to_see),
        cmocka_unit_test(test_the_rows_are_the_fewest_within_a_factor_of_two),
        cmocka_unit_test(test_it_stops_with_what_it_has_when_the_runs_are_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
