/* stream_settings_test.c - retention, mode, record size, encryption, monitoring, throughput. */
#include "sim/stream/stream_settings.h"

#include "sim/stream/commitment.h"
#include "sim/stream/stream_status.h"
#include "tests/sim/stream/stream_world.h"

#define HOUR_US (INT64_C(3600) * MR_US_PER_SECOND)
#define DELAY   INT64_C(500000)
#define KEY     "alias/aws/kinesis"

static void test_retention_goes_up_and_down_by_its_own_calls(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    CHECK_CODE("short", mr_stream_increase_retention(stream, 23, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("AWS's words", err.message,
              "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) "
              "is too short.");
    CHECK_CODE("short", mr_stream_decrease_retention(stream, 0, &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("long", mr_stream_increase_retention(stream, 8761, &err), MR_INVALID_ARGUMENT);
    CHECK_OK("same", mr_stream_increase_retention(stream, 24, &err), &err);
    CHECK_OK("same", mr_stream_decrease_retention(stream, 24, &err), &err);
    CHECK_OK("up", mr_stream_increase_retention(stream, 48, &err), &err);
    CHECK_CODE("down by up", mr_stream_increase_retention(stream, 25, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("AWS's words", err.message,
              "Requested retention period (25 hours) for stream s can not be shorter than existing "
              "retention period (48 hours). Use DecreaseRetentionPeriod API.");
    CHECK_CODE("up by down", mr_stream_decrease_retention(stream, 49, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("AWS's words", err.message,
              "Requested retention period (49 hours) for stream s can not be longer than existing "
              "retention period (48 hours). Use IncreaseRetentionPeriod API.");
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_INT("stored", mr_stream_retention_us(stream), 48 * HOUR_US);
    CHECK_OK("down", mr_stream_decrease_retention(stream, 30, &err), &err);
    CHECK_INT("down", mr_stream_retention_us(stream), 30 * HOUR_US);
    CHECK_OK("most", mr_stream_increase_retention(stream, 8760, &err), &err);
    world_free(&w);
}

static void test_a_shorter_retention_hides_at_once_what_has_expired(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    CHECK_OK("up", mr_stream_increase_retention(stream, 48, &err), &err);
    (void)world_put(stream, "k", "old");
    world_advance(&w, 30 * HOUR_US);
    CHECK_INT("kept", mr_shard_first(mr_stream_shard(stream, 0)), 1);
    CHECK_OK("down", mr_stream_decrease_retention(stream, 24, &err), &err);
    CHECK_INT("hidden", mr_shard_first(mr_stream_shard(stream, 0)), 2);
    world_free(&w);
}

static void test_the_mode_changes_when_updating_ends(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_stream *stream = world_stream(&w, "s", 1);
    world_run(&w, DELAY);
    mr_error err = {0};
    CHECK_OK("same", mr_stream_update_mode(stream, false, &err), &err);
    CHECK_INT("no change", mr_stream_status(stream), MR_STATUS_ACTIVE);
    CHECK_OK("on demand", mr_stream_update_mode(stream, true, &err), &err);
    CHECK_INT("under way", mr_stream_status(stream), MR_STATUS_UPDATING);
    CHECK_TRUE("not yet", !mr_stream_is_on_demand(stream));
    world_reopen(&w);
    world_run(&w, DELAY);
    stream = mr_streams_find(w.streams, "s");
    CHECK_TRUE("now", mr_stream_is_on_demand(stream));
    CHECK_OK("back", mr_stream_update_mode(stream, false, &err), &err);
    world_run(&w, DELAY);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_TRUE("stored", !mr_stream_is_on_demand(stream));
    CHECK_CODE("third", mr_stream_update_mode(stream, true, &err), MR_LIMIT_EXCEEDED);
    world_run(&w, 24 * HOUR_US);
    CHECK_OK("a day later", mr_stream_update_mode(stream, true, &err), &err);
    world_free(&w);
}

static void test_an_on_demand_stream_has_its_own_limits_after_the_switch(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    for (int i = 0; i < 1000; i++) {
        (void)world_put(stream, "k", "x");
    }
    CHECK_CODE("a shard's limit", world_put(stream, "k", "x").code, MR_THROTTLED);
    CHECK_OK("switch", mr_stream_update_mode(stream, true, &err), &err);
    CHECK_CODE("the stream's limit", world_put(stream, "k", "x").code, MR_OK);
    world_free(&w);
}

static void test_the_record_size_holds_for_the_next_put(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    char *large = mr_calloc(1, 2 * MR_MIB);
    mr_record record = {.data = mr_bytes_make(large, 2 * MR_MIB - 1),
                        .partition_key = mr_bytes_of("k")};
    mr_put_result result;
    size_t failed;
    CHECK_CODE("too large", mr_stream_put(stream, &record, 1, &result, &failed, &err),
               MR_RECORD_TOO_LARGE);
    CHECK_CODE("least", mr_stream_update_record_kib_max(stream, 1023, &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("most", mr_stream_update_record_kib_max(stream, 10241, &err), MR_INVALID_ARGUMENT);
    CHECK_OK("set", mr_stream_update_record_kib_max(stream, 2048, &err), &err);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_INT("stored", mr_stream_record_kib_max(stream), 2048);
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    mr_free(large);
    world_free(&w);
}

static void test_encryption_is_on_when_updating_ends(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_stream *stream = world_stream(&w, "s", 1);
    world_run(&w, DELAY);
    mr_error err = {0};
    CHECK_TRUE("none", mr_stream_encryption_key(stream) == NULL);
    CHECK_CODE("no key", mr_stream_start_encryption(stream, "", &err), MR_INVALID_ARGUMENT);
    CHECK_OK("start", mr_stream_start_encryption(stream, KEY, &err), &err);
    CHECK_TRUE("not yet", mr_stream_encryption_key(stream) == NULL);
    CHECK_CODE("under way", mr_stream_stop_encryption(stream, &err), MR_STREAM_NOT_ACTIVE);
    world_reopen(&w);
    world_run(&w, DELAY);
    stream = mr_streams_find(w.streams, "s");
    CHECK_STR("on", mr_stream_encryption_key(stream), KEY);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_STR("stored", mr_stream_encryption_key(stream), KEY);
    CHECK_OK("stop", mr_stream_stop_encryption(stream, &err), &err);
    CHECK_STR("not yet", mr_stream_encryption_key(stream), KEY);
    world_run(&w, DELAY);
    CHECK_TRUE("off", mr_stream_encryption_key(stream) == NULL);
    world_free(&w);
}

static void test_encryption_starts_25_times_a_day(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_stream *other = world_stream(&w, "other", 1);
    mr_error err = {0};
    for (int i = 0; i < 25; i++) {
        CHECK_OK("start", mr_stream_start_encryption(stream, KEY, &err), &err);
        world_advance(&w, MR_US_PER_SECOND);
    }
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    other = mr_streams_find(w.streams, "other");
    CHECK_CODE("26th", mr_stream_start_encryption(stream, KEY, &err), MR_LIMIT_EXCEEDED);
    CHECK_HAS("which", err.message, "StartStreamEncryption was called 25 times in 24 hours");
    CHECK_OK("each stream has its count", mr_stream_start_encryption(other, KEY, &err), &err);
    world_advance(&w, 24 * HOUR_US - 25 * MR_US_PER_SECOND);
    CHECK_OK("the first is a day ago", mr_stream_start_encryption(stream, KEY, &err), &err);
    CHECK_CODE("the second is not", mr_stream_start_encryption(stream, KEY, &err),
               MR_LIMIT_EXCEEDED);
    world_free(&w);
}

static void test_metrics_are_a_set_of_seven(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    uint32_t before, after, all = 0;
    for (size_t i = 0; i < MR_SHARD_METRICS_COUNT; i++) {
        uint32_t bit = mr_shard_metrics_of_name(mr_bytes_of(mr_shard_metric_name(i)));
        CHECK_INT(mr_shard_metric_name(i), bit, 1U << i);
        all |= bit;
    }
    CHECK_INT("ALL", mr_shard_metrics_of_name(mr_bytes_of("ALL")), all);
    CHECK_INT("none so called", mr_shard_metrics_of_name(mr_bytes_of("All")), 0);
    CHECK_INT("by name", mr_shard_metrics_of_name(mr_bytes_of("IteratorAgeMilliseconds")),
              MR_METRIC_ITERATOR_AGE);

    CHECK_OK("enable",
             mr_stream_enable_metrics(stream, MR_METRIC_INCOMING_BYTES | MR_METRIC_READ_THROTTLED,
                                      &before, &after, &err),
             &err);
    CHECK_INT("before", before, 0);
    CHECK_INT("after", after, 33);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_INT("stored", mr_stream_metrics(stream), 33);
    CHECK_OK("disable", mr_stream_disable_metrics(stream, 1 | 2, &before, &after, &err), &err);
    CHECK_INT("before", before, 33);
    CHECK_INT("after", after, 32);
    CHECK_OK("all", mr_stream_enable_metrics(stream, MR_SHARD_METRICS_ALL, &before, &after, &err),
             &err);
    CHECK_INT("after", after, 127);
    world_free(&w);
}

static void test_warm_throughput_is_of_on_demand_streams(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_stream_options options = {
        .name = "s", .shard_count = 4, .on_demand = true, .warm_mibps = 10};
    mr_stream *stream, *provisioned = world_stream(&w, "p", 1);
    mr_error err = {0};
    CHECK_OK("commit", mr_commitment_set(w.streams, true, &err), &err);
    CHECK_OK("create", mr_streams_create(w.streams, &options, &stream, &err), &err);
    world_run(&w, DELAY);
    CHECK_CODE("too much", mr_stream_update_warm_throughput(stream, MR_WARM_MIBPS_MAX + 1, &err),
               MR_LIMIT_EXCEEDED);
    CHECK_CODE("provisioned", mr_stream_update_warm_throughput(provisioned, 5, &err),
               MR_INVALID_ARGUMENT);
    CHECK_INT("as created", mr_stream_warm_throughput(stream).current_mibps, 10);
    CHECK_OK("update", mr_stream_update_warm_throughput(stream, 100, &err), &err);
    for (int i = 0; i < 2; i++) {
        CHECK_INT("target", mr_stream_warm_throughput(stream).target_mibps, 100);
        CHECK_INT("current", mr_stream_warm_throughput(stream).current_mibps, 10);
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    world_run(&w, DELAY);
    CHECK_INT("current", mr_stream_warm_throughput(stream).current_mibps, 100);
    world_free(&w);
}

static void test_a_stream_that_becomes_on_demand_warms_up_with_it(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_error err = {0};
    mr_stream *stream = world_stream(&w, "s", 1);
    world_run(&w, DELAY);
    CHECK_CODE("no commitment", mr_stream_warm_up(stream, 7, &err), MR_INVALID_ARGUMENT);
    CHECK_OK("commit", mr_commitment_set(w.streams, true, &err), &err);
    CHECK_CODE("too much", mr_stream_warm_up(stream, MR_WARM_MIBPS_MAX + 1, &err),
               MR_LIMIT_EXCEEDED);
    CHECK_OK("both", mr_stream_warm_up(stream, 7, &err), &err);
    for (int i = 0; i < 2; i++) {
        CHECK_TRUE("not yet", !mr_stream_is_on_demand(stream));
        CHECK_INT("target", mr_stream_warm_throughput(stream).target_mibps, 7);
        CHECK_INT("current", mr_stream_warm_throughput(stream).current_mibps, 0);
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    world_run(&w, DELAY);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_TRUE("on-demand", mr_stream_is_on_demand(stream));
    CHECK_INT("warm", mr_stream_warm_throughput(stream).current_mibps, 7);
    CHECK_OK("more", mr_stream_warm_up(stream, 9, &err), &err);
    world_run(&w, DELAY);
    CHECK_INT("warmer", mr_stream_warm_throughput(stream).current_mibps, 9);
    world_free(&w);
}

static void test_a_setting_that_cannot_be_stored_is_not_set(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    uint32_t before, after;
    CHECK_OK("break", mr_db_exec(w.db, "PRAGMA query_only = 1", &err), &err);
    CHECK_CODE("retention", mr_stream_increase_retention(stream, 48, &err), MR_PERMISSION);
    CHECK_CODE("record size", mr_stream_update_record_kib_max(stream, 2048, &err), MR_PERMISSION);
    CHECK_CODE("mode", mr_stream_update_mode(stream, true, &err), MR_PERMISSION);
    CHECK_CODE("encryption", mr_stream_start_encryption(stream, KEY, &err), MR_PERMISSION);
    CHECK_CODE("metrics", mr_stream_enable_metrics(stream, 1, &before, &after, &err),
               MR_PERMISSION);
    CHECK_INT("retention", mr_stream_retention_us(stream), 24 * HOUR_US);
    CHECK_INT("record size", mr_stream_record_kib_max(stream), 1024);
    CHECK_TRUE("mode", !mr_stream_is_on_demand(stream));
    CHECK_TRUE("encryption", mr_stream_encryption_key(stream) == NULL);
    CHECK_INT("metrics", mr_stream_metrics(stream), 0);
    world_free(&w);
}

static void test_a_stream_made_again_begins_anew(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    uint32_t before, after;
    for (int i = 0; i < 2; i++) {
        CHECK_OK("switch", mr_stream_update_mode(stream, i == 0, &err), &err);
    }
    CHECK_OK("encrypt", mr_stream_start_encryption(stream, KEY, &err), &err);
    CHECK_OK("metrics", mr_stream_enable_metrics(stream, 127, &before, &after, &err), &err);
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    (void)world_stream(&w, "s", 1);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_TRUE("encryption", mr_stream_encryption_key(stream) == NULL);
    CHECK_INT("metrics", mr_stream_metrics(stream), 0);
    CHECK_OK("switches", mr_stream_update_mode(stream, true, &err), &err);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention_goes_up_and_down_by_its_own_calls),
        cmocka_unit_test(test_a_shorter_retention_hides_at_once_what_has_expired),
        cmocka_unit_test(test_the_mode_changes_when_updating_ends),
        cmocka_unit_test(test_an_on_demand_stream_has_its_own_limits_after_the_switch),
        cmocka_unit_test(test_the_record_size_holds_for_the_next_put),
        cmocka_unit_test(test_encryption_is_on_when_updating_ends),
        cmocka_unit_test(test_encryption_starts_25_times_a_day),
        cmocka_unit_test(test_metrics_are_a_set_of_seven),
        cmocka_unit_test(test_warm_throughput_is_of_on_demand_streams),
        cmocka_unit_test(test_a_stream_made_again_begins_anew),
        cmocka_unit_test(test_a_stream_that_becomes_on_demand_warms_up_with_it),
        cmocka_unit_test(test_a_setting_that_cannot_be_stored_is_not_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
