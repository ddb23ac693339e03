/* latency_test.c - percentiles of waits. */
#include "tests/check.h"

#include "sim/base/timefmt.h"
#include "src/scenario/latency.h"

static void test_nothing_has_no_percentile(void **state)
{
    (void)state;
    mr_latency *latency = mr_latency_new();
    CHECK_INT("p50", mr_latency_us(latency, 500), -1);
    CHECK_INT("max", mr_latency_us(latency, 1000), -1);
    mr_latency_free(latency);
    mr_latency_free(NULL);
}

static void test_percentiles_are_the_nearest_rank_in_milliseconds(void **state)
{
    (void)state;
    mr_latency *latency = mr_latency_new();
    for (int64_t ms = 100; ms >= 1; ms--) {
        (void)mr_latency_add(latency, ms * MR_US_PER_MS);
    }
    CHECK_INT("p1", mr_latency_us(latency, 10), 1 * MR_US_PER_MS);
    CHECK_INT("p50", mr_latency_us(latency, 500), 50 * MR_US_PER_MS);
    CHECK_INT("p99", mr_latency_us(latency, 990), 99 * MR_US_PER_MS);
    CHECK_INT("p99.1 is the next", mr_latency_us(latency, 991), 100 * MR_US_PER_MS);
    CHECK_INT("max", mr_latency_us(latency, 1000), 100 * MR_US_PER_MS);
    mr_latency_free(latency);
}

static void test_a_wait_is_rounded_up_and_the_longest_is_exact(void **state)
{
    (void)state;
    mr_latency *latency = mr_latency_new();
    CHECK_TRUE("the first is the longest", mr_latency_add(latency, 1500));
    CHECK_TRUE("a shorter one is not", !mr_latency_add(latency, -5));
    CHECK_INT("never above the longest", mr_latency_us(latency, 999), 1500);
    CHECK_INT("exact", mr_latency_us(latency, 1000), 1500);
    CHECK_INT("a clock set back is no wait", mr_latency_us(latency, 500), 0);
    mr_latency_free(latency);
}

static void test_waits_far_apart_are_kept_apart_and_joined(void **state)
{
    (void)state;
    const int64_t day_us = 86400 * MR_US_PER_SECOND;
    mr_latency *one = mr_latency_new(), *other = mr_latency_new();
    (void)mr_latency_add(one, day_us);
    (void)mr_latency_add(one, MR_US_PER_SECOND);
    (void)mr_latency_add(other, 30 * day_us);
    (void)mr_latency_add(other, 5 * MR_US_PER_MS);
    mr_latency_join(one, other);
    CHECK_INT("1st of 4", mr_latency_us(one, 250), 5 * MR_US_PER_MS);
    CHECK_INT("2nd", mr_latency_us(one, 500), MR_US_PER_SECOND);
    CHECK_INT("3rd", mr_latency_us(one, 750), day_us);
    CHECK_INT("4th", mr_latency_us(one, 1000), 30 * day_us);
    mr_latency_free(one);
    mr_latency_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_has_no_percentile),
        cmocka_unit_test(test_percentiles_are_the_nearest_rank_in_milliseconds),
        cmocka_unit_test(test_a_wait_is_rounded_up_and_the_longest_is_exact),
        cmocka_unit_test(test_waits_far_apart_are_kept_apart_and_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
