/* throttle_test.c - token buckets in whole millionths. */
#include "sim/stream/throttle.h"

#include "tests/check.h"

#define SECOND INT64_C(1000000)
#define START  (1735689600 * SECOND)

static bool take(mr_bucket *bucket, int64_t units, int64_t now_us)
{
    if (!mr_bucket_has(bucket, units, now_us)) {
        return false;
    }
    mr_bucket_take(bucket, units);
    return true;
}

static void test_a_full_bucket_gives_one_second_of_its_rate(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(1000, START);
    int64_t taken = 0;
    while (take(&bucket, 1, START)) {
        taken++;
    }
    assert_int_equal(taken, 1000);
}

static void test_it_refills_continuously(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(1000, START);
    assert_true(take(&bucket, 1000, START));
    assert_false(take(&bucket, 1, START + 999));
    assert_true(take(&bucket, 1, START + 1000));
    assert_false(take(&bucket, 1, START + 1999));
    assert_true(take(&bucket, 1, START + 2000));
}

static void test_no_fraction_is_lost_at_odd_times(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(3, START);
    assert_true(take(&bucket, 3, START));
    int64_t taken = 0;
    for (int64_t now = START; now < START + 100 * SECOND + 7; now += 7) {
        taken += take(&bucket, 1, now);
    }
    assert_int_equal(taken, 300);
}

static void test_it_holds_no_more_than_a_second(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(5, START);
    assert_true(take(&bucket, 5, START + 1000 * SECOND));
    assert_false(take(&bucket, 1, START + 1000 * SECOND));
}

static void test_a_unit_larger_than_the_bucket_passes_when_it_is_full_and_is_paid_for(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(1024, START);
    assert_true(take(&bucket, 4096, START));
    assert_false(take(&bucket, 1, START + 3 * SECOND)); /* the debt is 3072 */
    assert_false(take(&bucket, 4096, START + 4 * SECOND - 1));
    assert_true(take(&bucket, 4096, START + 4 * SECOND));
}

static void test_a_read_of_ten_mebibytes_closes_two_mebibytes_a_second_for_five(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(2 * 1024 * 1024, START);
    assert_true(mr_bucket_is_open(&bucket, START));
    mr_bucket_spend(&bucket, 10 * 1024 * 1024);
    assert_false(mr_bucket_is_open(&bucket, START + 5 * SECOND - 1));
    assert_true(mr_bucket_is_open(&bucket, START + 5 * SECOND));
}

static void test_reads_within_the_rate_never_close_it(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(2000, START);
    for (int64_t now = START; now < START + 20 * SECOND; now += SECOND / 5) {
        assert_true(mr_bucket_is_open(&bucket, now));
        mr_bucket_spend(&bucket, 400);
    }
}

static void test_a_clock_that_begins_earlier_takes_nothing_away(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(10, START);
    assert_true(take(&bucket, 10, START));
    assert_false(take(&bucket, 1, START - 100 * SECOND));
    assert_true(take(&bucket, 10, START - 99 * SECOND));
}

static void test_a_closed_bucket_says_when_it_opens(void **state)
{
    (void)state;
    mr_bucket bucket = mr_bucket_make(3, 0);
    assert_true(mr_bucket_is_open(&bucket, 10));
    assert_int_equal(mr_bucket_opens_us(&bucket), 10);
    mr_bucket_spend(&bucket, 4); /* 1 past what it held: 4 to be full, at 3 a second */
    assert_false(mr_bucket_is_open(&bucket, 10));
    int64_t opens_us = mr_bucket_opens_us(&bucket);
    assert_int_equal(opens_us, 10 + 1333334);
    assert_false(mr_bucket_is_open(&bucket, opens_us - 1));
    assert_int_equal(mr_bucket_opens_us(&bucket), opens_us); /* also seen from later */
    assert_true(mr_bucket_is_open(&bucket, opens_us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_bucket_gives_one_second_of_its_rate),
        cmocka_unit_test(test_it_refills_continuously),
        cmocka_unit_test(test_no_fraction_is_lost_at_odd_times),
        cmocka_unit_test(test_it_holds_no_more_than_a_second),
        cmocka_unit_test(test_a_unit_larger_than_the_bucket_passes_when_it_is_full_and_is_paid_for),
        cmocka_unit_test(test_a_read_of_ten_mebibytes_closes_two_mebibytes_a_second_for_five),
        cmocka_unit_test(test_reads_within_the_rate_never_close_it),
        cmocka_unit_test(test_a_clock_that_begins_earlier_takes_nothing_away),
        cmocka_unit_test(test_a_closed_bucket_says_when_it_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
