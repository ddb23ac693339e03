/* kills_test.c - when the process of a scenario dies. */
#include "tests/check.h"

#include "sim/base/timefmt.h"
#include "src/scenario/kills.h"

#define SECOND MR_US_PER_SECOND

static void test_flushes_are_counted_over_all_lives(void **state)
{
    (void)state;
    const mr_scenario_fault fault = {
        .kind = MR_SCENARIO_KILL_FLUSH, .first = 2, .every = 3, .most = 2};
    mr_kills *kills = mr_kills_new(&fault, 1, 1, 0);
    const char *want = "01001000000";
    for (size_t i = 0; want[i] != '\0'; i++) {
        CHECK_INT("flush", mr_kills_at_flush(kills, 0), want[i] == '1');
    }
    CHECK_TRUE("writes do not matter", !mr_kills_want_writes(kills));
    mr_kills_free(kills);
    mr_kills_free(NULL);
}

static void test_a_kill_has_its_time(void **state)
{
    (void)state;
    const mr_scenario_fault fault = {
        .kind = MR_SCENARIO_KILL_WRITE, .at_us = 10 * SECOND, .for_us = 5 * SECOND};
    mr_kills *kills = mr_kills_new(&fault, 1, 1, 0);
    CHECK_TRUE("wants", mr_kills_want_writes(kills));
    CHECK_TRUE("before", !mr_kills_at_write(kills, 10 * SECOND - 1));
    CHECK_TRUE("in it", mr_kills_at_write(kills, 10 * SECOND));
    CHECK_TRUE("to its end", mr_kills_at_write(kills, 15 * SECOND - 1));
    CHECK_TRUE("behind", !mr_kills_at_write(kills, 15 * SECOND));
    CHECK_TRUE("not at flushes", !mr_kills_at_flush(kills, 12 * SECOND));
    CHECK_INT("all are counted", mr_kills_writes(kills), 4);
    mr_kills_free(kills);
}

static void test_a_kill_in_turn_is_before_one_write_alone(void **state)
{
    (void)state;
    const mr_scenario_fault fault = {.kind = MR_SCENARIO_KILL_WRITE, .in_turn = true};
    mr_kills *kills = mr_kills_new(&fault, 1, 1, 3);
    const char *want = "0010000";
    for (size_t i = 0; want[i] != '\0'; i++) {
        CHECK_INT("write", mr_kills_at_write(kills, 0), want[i] == '1');
    }
    mr_kills_free(kills);
    kills = mr_kills_new(&fault, 1, 1, 0);
    CHECK_TRUE("without a turn it does nothing", !mr_kills_at_write(kills, 0));
    mr_kills_free(kills);
}

static void test_chance_is_the_seeds(void **state)
{
    (void)state;
    const mr_scenario_fault fault = {.kind = MR_SCENARIO_KILL_WRITE, .probability = 0.5};
    uint64_t struck[3] = {0};
    const uint64_t seeds[] = {1, 1, 2};
    for (size_t i = 0; i < MR_COUNT(seeds); i++) {
        mr_kills *kills = mr_kills_new(&fault, 1, seeds[i], 0);
        for (int write = 0; write < 60; write++) {
            struck[i] = 2 * struck[i] + (mr_kills_at_write(kills, 0) ? 1 : 0);
        }
        mr_kills_free(kills);
    }
    CHECK_TRUE("the same", struck[0] == struck[1]);
    CHECK_TRUE("another", struck[0] != struck[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flushes_are_counted_over_all_lives),
        cmocka_unit_test(test_a_kill_has_its_time),
        cmocka_unit_test(test_a_kill_in_turn_is_before_one_write_alone),
        cmocka_unit_test(test_chance_is_the_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
