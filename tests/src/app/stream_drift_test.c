/* stream_drift_test.c - what is said of streams that are there and differ from their template. */
#include "src/app/stream_drift.h"

#include "sim/stream/stream_settings.h"
#include "tests/sim/stream/stream_world.h"

#define HINT    ". Change it by the API, or start anew with --replace\n"
#define HOUR_US (INT64_C(3600) * MR_US_PER_SECOND)

static void on_text(void *context, const char *stream, const char *text)
{
    CHECK_STR("whose", stream, "rides");
    mr_strbuf_appendf(context, "%s\n", text);
}

/* A plan of one stream, against what is there. */
static void check_told(const char *label, const stream_world *w, mr_stream_options said,
                       const char *want)
{
    mr_plan_stream stream = {.logical_id = "Rides", .line = 12, .options = said};
    const mr_plan plan = {.file = "t.yaml", .streams = &stream, .stream_count = 1};
    mr_strbuf told = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_stream_drift_tell(w->streams, &plan, on_text, &told);
    CHECK_STR(label, mr_strbuf_text(&told), want);
    mr_strbuf_deinit(&told);
}

static void test_what_differs_is_named_with_both_values(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    (void)world_stream(&w, "rides", 4);
    const mr_stream_options same = {
        .name = "rides", .shard_count = 4, .retention_us = 24 * HOUR_US, .record_kib_max = 1024};
    check_told("the same", &w, same, "");

    mr_stream_options other = same;
    other.name = "absent";
    other.shard_count = 9;
    check_told("not there yet", &w, other, "");

    other = same;
    other.shard_count = 2;
    check_told(
        "one", &w, other,
        "t.yaml:12: stream rides is kept as it is: ShardCount is 4 (the template says 2)" HINT);
    other.retention_us = 48 * HOUR_US;
    other.record_kib_max = 2048;
    check_told("all", &w, other,
               "t.yaml:12: stream rides is kept as it is: ShardCount is 4 (the template says 2), "
               "RetentionPeriodHours is 24 (the template says 48), MaxRecordSizeInKiB is 1024 (the "
               "template says 2048)" HINT);
    world_free(&w);
}

static void test_the_shards_of_an_on_demand_stream_are_its_own(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_error err = {0};
    mr_stream *stream = world_stream(&w, "rides", 6);
    mr_stream_options said = {
        .name = "rides", .shard_count = 4, .retention_us = 24 * HOUR_US, .record_kib_max = 1024};
    said.on_demand = true;
    check_told("the mode", &w, said,
               "t.yaml:12: stream rides is kept as it is: StreamMode is PROVISIONED (the template "
               "says ON_DEMAND)" HINT);
    CHECK_OK("mode", mr_stream_update_mode(stream, true, &err), &err);
    check_told("the mode is what it says", &w, said, "");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_differs_is_named_with_both_values),
        cmocka_unit_test(test_the_shards_of_an_on_demand_stream_are_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
