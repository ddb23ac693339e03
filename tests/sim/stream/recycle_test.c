/* recycle_test.c - retention, the cap on disk, and rows that are already stored. */
#include "tests/sim/stream/stream_world.h"

#define HOUR    (3600 * MR_US_PER_SECOND)
#define SEGMENT 4096

/* Small segments, and a cap of 10 of them. */
static const mr_streams_options small = {.stream_bytes_max = (uint64_t)10 * SEGMENT,
                                         .segment_bytes_first = SEGMENT,
                                         .segment_bytes_max = SEGMENT};

typedef struct event_log {
    size_t recycled;
    char reason[16];
    char message[256];
    uint64_t records;
} event_log;

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    event_log *log = context;
    (void)time_us;
    (void)line;
    if (event->type == MR_EVENT_SEGMENT_RECYCLED) {
        log->recycled++;
        log->records += event->records;
        snprintf(log->reason, sizeof(log->reason), "%s", event->reason);
        snprintf(log->message, sizeof(log->message), "%s",
                 event->message == NULL ? "" : event->message);
        CHECK_STR("stream", event->stream, "s");
    }
}

/* Puts records of about 500 bytes, rows 1, 2, 3, ... of input 1. Returns the codes' first refusal.
 */
static mr_code put_rows(mr_stream *stream, uint64_t from, uint64_t through)
{
    char data[450];
    memset(data, 'd', sizeof(data));
    for (uint64_t row = from; row <= through; row++) {
        mr_record record = {.data = mr_bytes_make(data, sizeof(data)),
                            .partition_key = mr_bytes_of("k"),
                            .input = 1,
                            .row = row};
        mr_put_result result;
        size_t failed;
        mr_error err = {0};
        CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
        if (result.code != MR_OK) {
            return result.code;
        }
    }
    return MR_OK;
}

static void test_retention_ends_by_the_time_of_day(void **state)
{
    (void)state;
    stream_world w = world_make(
        (mr_streams_options){.segment_bytes_first = SEGMENT, .segment_bytes_max = SEGMENT});
    event_log log = {.recycled = 0};
    mr_trace_listen(w.trace, on_event, &log, false);
    mr_stream *stream = world_stream(&w, "s", 1);
    CHECK_CODE("put", put_rows(stream, 1, 16), MR_OK);
    mr_clock_jump(w.clock, 24 * HOUR + 1);
    CHECK_CODE("put", put_rows(stream, 17, 17), MR_OK); /* which begins a segment */
    assert_int_equal(log.recycled, 1);
    mr_error err = {0};
    CHECK_OK("recycle", mr_streams_recycle(w.streams, &err), &err);
    assert_int_equal(log.recycled, 2);
    CHECK_CODE("put", put_rows(stream, 18, 30), MR_OK);
    mr_clock_jump(w.clock, -24 * HOUR);
    world_advance(&w, 24 * HOUR);
    CHECK_OK("recycle", mr_streams_recycle(w.streams, &err), &err);
    assert_int_equal(log.recycled, 2); /* by its timestamps nothing is a day old */
    world_free(&w);
}

static void test_segments_past_retention_are_removed(void **state)
{
    (void)state;
    stream_world w = world_make(
        (mr_streams_options){.segment_bytes_first = SEGMENT, .segment_bytes_max = SEGMENT});
    event_log log = {.recycled = 0};
    mr_trace_listen(w.trace, on_event, &log, false);
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    mr_reader *reader = mr_reader_new(shard, 1);
    mr_reader_hold(reader, 1); /* the end of retention waits for nobody */
    CHECK_CODE("put", put_rows(stream, 1, 40), MR_OK);
    mr_error err = {0};
    world_advance(&w, 24 * HOUR);
    CHECK_OK("recycle", mr_streams_recycle(w.streams, &err), &err);
    assert_int_equal(log.recycled, 0);
    world_advance(&w, 1);
    CHECK_OK("recycle", mr_streams_recycle(w.streams, &err), &err);
    assert_int_equal(log.recycled, 4); /* eight records a segment; the newest stays */
    assert_int_equal(log.records, 32);
    CHECK_STR("reason", log.reason, "retention");

    read_log read;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 100, &read, &result), NULL);
    assert_int_equal(result.records, 0);
    assert_int_equal(result.expired, 40);
    mr_reader_free(reader);
    world_free(&w);
}

static void test_at_the_cap_the_oldest_read_segments_go_with_a_warning(void **state)
{
    (void)state;
    stream_world w = world_make(small);
    event_log log = {.recycled = 0};
    mr_trace_listen(w.trace, on_event, &log, false);
    mr_stream *stream = world_stream(&w, "s", 1);
    CHECK_CODE("put", put_rows(stream, 1, 80), MR_OK);
    assert_int_equal(log.recycled, 0);
    CHECK_CODE("put", put_rows(stream, 81, 81), MR_OK);
    assert_int_equal(log.recycled, 1);
    CHECK_STR("reason", log.reason, "cap");
    CHECK_HAS("stream", log.message, "stream s is at its cap");
    CHECK_HAS("time cut off", log.message, "2025-01-01T00:00:00.000000Z");
    assert_int_equal(mr_shard_first(mr_stream_shard(stream, 0)), 9);
    world_free(&w);
}

static void test_at_the_cap_an_unread_segment_throttles_the_writer(void **state)
{
    (void)state;
    stream_world w = world_make(small);
    event_log log = {.recycled = 0};
    mr_trace_listen(w.trace, on_event, &log, false);
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    mr_reader *fast = mr_reader_new(shard, 1);
    mr_reader *slow = mr_reader_new(shard, 1);
    mr_reader *idle = mr_reader_new(shard, 1); /* never held: is not waited for */
    mr_reader_hold(fast, 81);
    mr_reader_hold(slow, 1);
    CHECK_CODE("put", put_rows(stream, 1, 80), MR_OK);
    CHECK_CODE("full", put_rows(stream, 81, 81), MR_THROTTLED);
    mr_reader_hold(slow, 8);
    CHECK_CODE("record 8 is held", put_rows(stream, 81, 81), MR_THROTTLED);
    assert_int_equal(log.recycled, 0);
    mr_reader_hold(slow, 9);
    CHECK_CODE("passed", put_rows(stream, 81, 88), MR_OK);
    assert_int_equal(log.recycled, 1);
    CHECK_CODE("full again", put_rows(stream, 89, 89), MR_THROTTLED);
    mr_reader_free(slow);
    CHECK_CODE("nobody holds", put_rows(stream, 89, 200), MR_THROTTLED); /* until fast does */
    assert_int_equal(mr_shard_first(shard), 81);

    read_log read;
    mr_read_result result;
    CHECK_OK("read", world_read(idle, 1, &read, &result), NULL);
    assert_int_equal(read.numbers[0], 81);
    assert_int_equal(result.expired, 80);
    mr_reader_free(fast);
    mr_reader_free(idle);
    world_free(&w);
}

static void test_a_cap_below_one_segment_still_lets_the_stream_live(void **state)
{
    (void)state;
    mr_streams_options options = small;
    options.stream_bytes_max = 1;
    stream_world w = world_make(options);
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    mr_reader *reader = mr_reader_new(shard, 1);
    mr_reader_hold(reader, 1);
    uint64_t row = 1;
    for (int round = 0; round < 20; round++) {
        while (put_rows(stream, row, row) == MR_OK) {
            row++;
        }
        read_log read;
        mr_read_result result;
        do {
            CHECK_OK("read", world_read(reader, 100, &read, &result), NULL);
            assert_int_equal(result.expired, 0);
        } while (result.full);
        assert_int_equal(mr_reader_at(reader), row);
        mr_reader_hold(reader, row);
    }
    assert_true(row > 100);
    mr_reader_free(reader);
    world_free(&w);
}

static void test_the_cap_counts_all_shards_and_takes_the_oldest(void **state)
{
    (void)state;
    stream_world w = world_make(small);
    event_log log = {.recycled = 0};
    mr_trace_listen(w.trace, on_event, &log, false);
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_put_result first = world_put(stream, "abc", "x"); /* shard 1 is older */
    assert_int_equal(mr_shard_index(first.shard), 1);
    char data[450] = "";
    for (int i = 0; i < 100; i++) {
        world_advance(&w, MR_US_PER_SECOND);
        for (int s = 0; s < 2; s++) {
            mr_record record = {.data = mr_bytes_make(data, sizeof(data)),
                                .partition_key = mr_bytes_of(s == 0 ? "abc" : "a")};
            mr_put_result result;
            size_t failed;
            mr_error err = {0};
            CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
            CHECK_CODE("put", result.code, MR_OK);
        }
    }
    assert_true(log.recycled > 10);
    /* Both shards were cut at about the same time. */
    uint64_t kept0 = 100 - mr_shard_first(mr_stream_shard(stream, 0));
    uint64_t kept1 = 101 - mr_shard_first(mr_stream_shard(stream, 1));
    assert_in_range(kept0, 20, 45);
    assert_in_range(kept1, 20, 45);
    world_free(&w);
}

typedef struct row_log {
    uint64_t rows[512];
    size_t count;
    size_t most;
} row_log;

static bool note_row(void *context, uint64_t row)
{
    row_log *log = context;
    log->rows[log->count++] = row;
    return log->count < log->most;
}

static void test_stored_rows_are_known_for_a_resumed_run(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 4);
    for (uint64_t row = 1; row <= 200; row++) {
        char key[20];
        snprintf(key, sizeof(key), "key%llu", (unsigned long long)row);
        mr_record record = {.data = mr_bytes_of("x"),
                            .partition_key = mr_bytes_of(key),
                            .input = (uint32_t)(row % 2 + 1),
                            .row = row};
        mr_put_result result;
        size_t failed;
        mr_error err = {0};
        CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    }
    (void)world_put(stream, "client", "x"); /* no input */
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    row_log log = {.most = 512};
    uint64_t through;
    mr_error err = {0};
    CHECK_OK("rows", mr_stream_stored_rows(stream, 2, &through, note_row, &log, &err), &err);
    assert_int_equal(through, 0);
    assert_int_equal(log.count, 100);
    bool found[201] = {false};
    for (size_t i = 0; i < log.count; i++) {
        assert_true(log.rows[i] % 2 == 1);
        assert_false(found[log.rows[i]]);
        found[log.rows[i]] = true;
    }
    log = (row_log){.most = 3};
    CHECK_OK("rows", mr_stream_stored_rows(stream, 1, &through, note_row, &log, &err), &err);
    assert_int_equal(log.count, 3); /* the callback ended it */
    world_free(&w);
}

static void test_rows_of_recycled_segments_are_remembered(void **state)
{
    (void)state;
    stream_world w = world_make(small);
    mr_stream *stream = world_stream(&w, "s", 1);
    CHECK_CODE("put", put_rows(stream, 1, 400), MR_OK);
    uint64_t first = mr_shard_first(mr_stream_shard(stream, 0));
    assert_true(first > 100);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    row_log log = {.most = 512};
    uint64_t through;
    mr_error err = {0};
    CHECK_OK("rows", mr_stream_stored_rows(stream, 1, &through, note_row, &log, &err), &err);
    assert_int_equal(through, first - 1);
    assert_int_equal(log.count, 400 - through);
    assert_int_equal(log.rows[0], first);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention_ends_by_the_time_of_day),
        cmocka_unit_test(test_segments_past_retention_are_removed),
        cmocka_unit_test(test_at_the_cap_the_oldest_read_segments_go_with_a_warning),
        cmocka_unit_test(test_at_the_cap_an_unread_segment_throttles_the_writer),
        cmocka_unit_test(test_a_cap_below_one_segment_still_lets_the_stream_live),
        cmocka_unit_test(test_the_cap_counts_all_shards_and_takes_the_oldest),
        cmocka_unit_test(test_stored_rows_are_known_for_a_resumed_run),
        cmocka_unit_test(test_rows_of_recycled_segments_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
