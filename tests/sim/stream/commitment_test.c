/* commitment_test.c - the account's commitment begins at once and ends after a day at the
 * earliest. */
#include "sim/stream/commitment.h"

#include "tests/sim/stream/stream_world.h"

#define HOUR_US (INT64_C(3600) * MR_US_PER_SECOND)

static void check(const char *label, const stream_world *w, const char *status, int64_t started_us,
                  int64_t ended_us, int64_t earliest_end_us)
{
    mr_error err = {0};
    mr_commitment got;
    CHECK_OK(label, mr_commitment_get(w->streams, &got, &err), &err);
    CHECK_STR(label, mr_commitment_status_name(got.status), status);
    CHECK_INT(label, got.started_us, started_us);
    CHECK_INT(label, got.ended_us, ended_us);
    CHECK_INT(label, got.earliest_end_us, earliest_end_us);
}

static void set(const stream_world *w, bool enabled)
{
    mr_error err = {0};
    CHECK_OK("set", mr_commitment_set(w->streams, enabled, &err), &err);
}

static void test_one_that_is_ended_early_goes_on_for_its_day(void **state)
{
    (void)state;
    const int64_t start_us = WORLD_START, day_us = 24 * HOUR_US;
    stream_world w = world_make((mr_streams_options){0});
    check("never", &w, "DISABLED", 0, 0, 0);
    set(&w, false);
    check("none to end", &w, "DISABLED", 0, 0, 0);
    set(&w, true);
    check("on", &w, "ENABLED", start_us, 0, start_us + day_us);
    world_advance(&w, HOUR_US);
    set(&w, true);
    check("on already", &w, "ENABLED", start_us, 0, start_us + day_us);
    set(&w, false);
    set(&w, false);
    world_reopen(&w);
    check("not before", &w, "ENABLED_UNTIL_EARLIEST_ALLOWED_END", start_us, 0, start_us + day_us);
    set(&w, true);
    check("taken back", &w, "ENABLED", start_us, 0, start_us + day_us);
    set(&w, false);
    world_advance(&w, 23 * HOUR_US - 1);
    check("its last moment", &w, "ENABLED_UNTIL_EARLIEST_ALLOWED_END", start_us, 0,
          start_us + day_us);
    world_advance(&w, 1);
    check("over", &w, "DISABLED", start_us, start_us + day_us, 0);
    world_advance(&w, HOUR_US);
    set(&w, true);
    check("another", &w, "ENABLED", start_us + 25 * HOUR_US, 0, start_us + 49 * HOUR_US);
    world_free(&w);
}

static void test_after_its_day_it_ends_at_once(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    set(&w, true);
    world_advance(&w, 30 * HOUR_US);
    set(&w, false);
    check("off", &w, "DISABLED", WORLD_START, WORLD_START + 30 * HOUR_US, 0);
    world_free(&w);
}

static void test_warm_throughput_needs_it(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_error err = {0};
    mr_stream *stream;
    const mr_stream_options options = {
        .name = "s", .shard_count = 4, .on_demand = true, .warm_mibps = 10};
    CHECK_CODE("off", mr_streams_create(w.streams, &options, &stream, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("off", err.message, "MinimumThroughputBillingCommitment");
    CHECK_TRUE("none was made", mr_streams_find(w.streams, "s") == NULL);
    set(&w, true);
    CHECK_OK("on", mr_streams_create(w.streams, &options, &stream, &err), &err);
    set(&w, false);
    CHECK_OK("ending", mr_commitment_require(w.streams, "s", &err), &err);
    world_free(&w);
}

static void test_times_that_are_none_are_corrupt(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "5", "x 0", "5 y"};
    stream_world w = world_make((mr_streams_options){0});
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        mr_error err = {0};
        mr_commitment got;
        char *sql =
            mr_format("INSERT OR REPLACE INTO meta VALUES ('throughput_commitment', '%s')", bad[i]);
        CHECK_OK(bad[i], mr_db_exec(w.db, sql, &err), &err);
        CHECK_CODE(bad[i], mr_commitment_get(w.streams, &got, &err), MR_CORRUPT);
        mr_free(sql);
    }
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_is_ended_early_goes_on_for_its_day),
        cmocka_unit_test(test_after_its_day_it_ends_at_once),
        cmocka_unit_test(test_warm_throughput_needs_it),
        cmocka_unit_test(test_times_that_are_none_are_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
