/* reader_test.c - reading a shard: places, limits, retention, waking, faults. */
#include "tests/sim/stream/stream_world.h"

#define HOUR (3600 * MR_US_PER_SECOND)

static void put_letters(mr_stream *stream, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        char text[2] = {*letters, '\0'};
        mr_put_result result = world_put(stream, "k", text);
        CHECK_CODE("put", result.code, MR_OK);
    }
}

static void add_fault(stream_world *w, mr_fault_rule rule)
{
    mr_error err = {0};
    rule.until_us = INT64_MAX;
    CHECK_OK("fault", mr_faults_add(w->faults, &rule, &err), &err);
}

/* ---- places ---- */

static void test_iterators_of_all_types_begin_where_they_should(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    for (int i = 0; i < 10; i++) {
        put_letters(stream, "x");
        world_advance(&w, MR_US_PER_SECOND);
    }
    const struct {
        const char *label;
        mr_iterator_type type;
        int64_t value;
        uint64_t want;
    } cases[] = {
        {"trim horizon", MR_ITERATOR_TRIM_HORIZON, 0, 1},
        {"latest", MR_ITERATOR_LATEST, 0, 11},
        {"time of record 4", MR_ITERATOR_AT_TIMESTAMP, WORLD_START + 3 * MR_US_PER_SECOND, 4},
        {"just after it", MR_ITERATOR_AT_TIMESTAMP, WORLD_START + 3 * MR_US_PER_SECOND + 1, 5},
        {"before all", MR_ITERATOR_AT_TIMESTAMP, 0, 1},
        {"after all", MR_ITERATOR_AT_TIMESTAMP, WORLD_START + HOUR, 11},
        {"at 7", MR_ITERATOR_AT_SEQUENCE_NUMBER, 7, 7},
        {"after 7", MR_ITERATOR_AFTER_SEQUENCE_NUMBER, 7, 8},
        {"after the last", MR_ITERATOR_AFTER_SEQUENCE_NUMBER, 10, 11},
        {"the shard's start", MR_ITERATOR_AT_SEQUENCE_NUMBER, 0, 1},
        {"the shard's end", MR_ITERATOR_AFTER_SEQUENCE_NUMBER, INT64_MAX, 11},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].label, mr_shard_position(shard, cases[i].type, cases[i].value),
                  cases[i].want);
    }
    world_free(&w);
}

static void test_a_reader_gets_records_in_order_and_then_what_comes(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    put_letters(stream, "abcde");
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;

    CHECK_OK("read", world_read(reader, 3, &log, &result), NULL);
    CHECK_STR("first three", log.text, "a b c");
    assert_true(result.full);
    assert_int_equal(result.records, 3);
    assert_int_equal(result.bytes, 6); /* keys count */
    CHECK_OK("read", world_read(reader, 3, &log, &result), NULL);
    CHECK_STR("the rest", log.text, "d e");
    assert_false(result.full);
    assert_true(mr_reader_at_tip(reader));
    CHECK_OK("read", world_read(reader, 3, &log, &result), NULL);
    CHECK_STR("nothing", log.text, "");
    assert_false(result.ended);
    put_letters(stream, "f");
    assert_false(mr_reader_at_tip(reader));
    CHECK_OK("read", world_read(reader, 3, &log, &result), NULL);
    CHECK_STR("what came", log.text, "f");
    assert_int_equal(mr_reader_at(reader), 7);
    mr_reader_free(reader);
    world_free(&w);
}

static void check_attributes(void *context, const mr_record_view *view)
{
    const mr_record *want = context;
    CHECK_BYTES("data", view->data, want->data);
    CHECK_BYTES("partition key", view->partition_key, want->partition_key);
    CHECK_INT("number", view->number, 1);
    CHECK_INT("arrival", view->arrival_us, WORLD_START);
    CHECK_INT("input", view->input, want->input);
    CHECK_INT("row", view->row, want->row);
}

static void test_a_reader_gets_a_record_whole(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_record record = {.data = mr_bytes_make("a\0b", 3),
                        .partition_key = mr_bytes_of("k\xc3\xa9y"),
                        .input = 3,
                        .row = UINT64_C(1) << 40};
    mr_put_result put;
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &put, &failed, &err), &err);
    world_advance(&w, HOUR);
    world_reopen(&w);
    mr_reader *reader = mr_reader_new(mr_stream_shard(mr_streams_find(w.streams, "s"), 0), 1);
    mr_read_limits limits = {.records_max = 10, .bytes_max = MR_MIB};
    mr_read_result result;
    CHECK_OK("read", mr_reader_read(reader, &limits, check_attributes, &record, &result, &err),
             &err);
    assert_int_equal(result.records, 1);
    assert_int_equal(result.bytes, 7);
    mr_reader_free(reader);
    world_free(&w);
}

/* ---- limits ---- */

static void test_reading_stops_before_the_record_that_passes_the_bytes(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    for (int i = 0; i < 10; i++) {
        (void)world_put(stream, "k", "123456789"); /* 10 bytes with the key */
    }
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log = {.count = 0};
    mr_read_result result;
    mr_error err = {0};
    mr_read_limits limits = {.records_max = 100, .bytes_max = 35};
    CHECK_OK("read", mr_reader_read(reader, &limits, note_record, &log, &result, &err), &err);
    assert_int_equal(result.records, 3);
    assert_true(result.full);
    assert_int_equal(mr_reader_at(reader), 4);
    limits.bytes_max = 5; /* less than one record: one comes all the same */
    CHECK_OK("read", mr_reader_read(reader, &limits, note_record, &log, &result, &err), &err);
    assert_int_equal(result.records, 1);
    assert_int_equal(mr_reader_at(reader), 5);
    mr_reader_free(reader);
    world_free(&w);
}

static void test_five_reads_a_second_and_no_more(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_reader *one = mr_reader_new(mr_stream_shard(stream, 0), 1);
    mr_reader *other = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    for (int i = 0; i < 5; i++) { /* readers of a shard share its limit */
        CHECK_CODE("read", world_read(i % 2 == 0 ? one : other, 10, &log, &result), MR_OK);
    }
    put_letters(stream, "a");
    CHECK_CODE("sixth", world_read(one, 10, &log, &result), MR_THROTTLED);
    assert_int_equal(mr_reader_at(one), 1);
    world_advance(&w, MR_US_PER_SECOND / 5);
    CHECK_CODE("later", world_read(one, 10, &log, &result), MR_OK);
    CHECK_STR("later", log.text, "a");
    mr_reader_free(one);
    mr_reader_free(other);
    world_free(&w);
}

static void test_ten_mebibytes_read_close_the_shard_for_five_seconds(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = false});
    (void)world_stream(&w, "s", 1);
    mr_stream *stream = mr_streams_find(w.streams, "s");
    char *large = mr_calloc(1, MR_MIB);
    mr_record record = {.data = mr_bytes_make(large, MR_MIB - 1),
                        .partition_key = mr_bytes_of("k")};
    for (int i = 0; i < 11; i++) {
        mr_put_result put;
        size_t failed;
        mr_error err = {0};
        CHECK_OK("put", mr_stream_put(stream, &record, 1, &put, &failed, &err), &err);
    }
    mr_free(large);
    w.options.limits = true;
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_CODE("read", world_read(reader, 10000, &log, &result), MR_OK);
    assert_int_equal(result.bytes, 10 * MR_MIB);
    world_advance(&w, 5 * MR_US_PER_SECOND - 1);
    CHECK_CODE("too early", world_read(reader, 10000, &log, &result), MR_THROTTLED);
    world_advance(&w, 1);
    CHECK_CODE("after five seconds", world_read(reader, 10000, &log, &result), MR_OK);
    assert_int_equal(result.records, 1);
    mr_reader_free(reader);
    world_free(&w);
}

/* ---- retention ---- */

static void test_records_past_retention_are_not_returned_but_counted(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    put_letters(stream, "abc");
    world_advance(&w, HOUR);
    put_letters(stream, "de");
    mr_reader *reader = mr_reader_new(shard, 2);
    mr_reader *behind = mr_reader_new(shard, 1);
    read_log log;
    mr_read_result result;

    world_advance(&w, 23 * HOUR); /* a, b, c are exactly as old as the retention: still there */
    assert_int_equal(mr_shard_first(shard), 1);
    mr_reader *exact = mr_reader_new(shard, 1);
    CHECK_OK("read", world_read(exact, 10, &log, &result), NULL);
    CHECK_STR("exactly as old", log.text, "a b c d e");
    mr_reader_free(exact);
    world_advance(&w, 1);
    assert_int_equal(mr_shard_first(shard), 4);
    CHECK_OK("read", world_read(reader, 10, &log, &result), NULL);
    CHECK_STR("only what is not expired", log.text, "d e");
    assert_int_equal(result.expired, 2);

    world_advance(&w, HOUR);
    assert_int_equal(mr_shard_first(shard), 6);
    CHECK_OK("read", world_read(behind, 10, &log, &result), NULL);
    CHECK_STR("nothing", log.text, "");
    assert_int_equal(result.expired, 5);
    assert_false(result.full);
    assert_int_equal(mr_reader_at(behind), 6);
    put_letters(stream, "f");
    CHECK_OK("read", world_read(behind, 10, &log, &result), NULL);
    CHECK_STR("goes on", log.text, "f");
    assert_int_equal(result.expired, 0);
    mr_reader_free(reader);
    mr_reader_free(behind);
    world_free(&w);
}

static void test_millis_behind_latest_is_the_age_of_the_last_record_when_more_follow(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    put_letters(stream, "a");
    world_advance(&w, 10 * MR_US_PER_SECOND);
    put_letters(stream, "b");
    world_advance(&w, 5 * MR_US_PER_SECOND);
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 1, &log, &result), NULL);
    assert_int_equal(result.behind_us, 15 * MR_US_PER_SECOND);
    CHECK_OK("read", world_read(reader, 1, &log, &result), NULL);
    assert_int_equal(result.behind_us, 0);
    mr_reader_free(reader);
    world_free(&w);
}

/* ---- waking ---- */

typedef struct wake_log {
    char text[64];
    mr_reader *rearm; /* asks again when woken */
    mr_reader *free;  /* is freed when woken */
} wake_log;

typedef struct waiter {
    wake_log *log;
    char name;
} waiter;

static void on_wake(void *context)
{
    waiter *who = context;
    size_t len = strlen(who->log->text);
    who->log->text[len] = who->name;
    if (who->log->rearm != NULL) {
        mr_reader_wake(who->log->rearm, on_wake, who);
    }
    if (who->log->free != NULL) {
        mr_reader_free(who->log->free);
        who->log->free = NULL;
    }
}

static void test_a_parked_reader_is_woken_once_by_the_put(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_put_result put = world_put(stream, "k", "x");
    mr_shard *shard = put.shard;
    wake_log log = {.text = ""};
    waiter a = {&log, 'a'}, b = {&log, 'b'}, c = {&log, 'c'};
    mr_reader *one = mr_reader_new(shard, 2);
    mr_reader *two = mr_reader_new(shard, 2);
    mr_reader *three = mr_reader_new(shard, 2);
    mr_reader_wake(two, on_wake, &b);
    mr_reader_wake(one, on_wake, &a);
    mr_reader_wake(three, on_wake, &c);
    mr_reader_wake(three, NULL, NULL);

    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    record.has_explicit_hash = true; /* on the other shard */
    record.explicit_hash = mr_shard_index(shard) == 0 ? ~(mr_u128)0 : 0;
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &put, &failed, &err), &err);
    CHECK_STR("another shard wakes nobody", log.text, "");
    (void)world_put(stream, "k", "x");
    CHECK_STR("in the order in which they asked", log.text, "ba");
    (void)world_put(stream, "k", "x");
    CHECK_STR("once", log.text, "ba");
    mr_reader_free(one);
    mr_reader_free(two);
    mr_reader_free(three);
    world_free(&w);
}

static void test_whoever_asks_again_while_woken_waits_for_the_next_put(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    wake_log log = {.text = "", .rearm = reader};
    waiter a = {&log, 'a'};
    mr_reader_wake(reader, on_wake, &a);
    put_letters(stream, "xy");
    CHECK_STR("once a put", log.text, "aa");
    mr_reader_free(reader);
    world_free(&w);
}

static void test_a_reader_may_be_freed_while_another_is_woken(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_reader *one = mr_reader_new(mr_stream_shard(stream, 0), 1);
    mr_reader *two = mr_reader_new(mr_stream_shard(stream, 0), 1);
    wake_log log = {.text = "", .free = two};
    waiter a = {&log, 'a'}, b = {&log, 'b'};
    mr_reader_wake(one, on_wake, &a);
    mr_reader_wake(two, on_wake, &b);
    put_letters(stream, "x");
    CHECK_STR("the freed one is not called", log.text, "a");
    mr_reader_free(one);
    world_free(&w);
}

static void test_a_refused_put_wakes_nobody(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_SHARD_THROTTLED});
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    wake_log log = {.text = ""};
    waiter a = {&log, 'a'};
    mr_reader_wake(reader, on_wake, &a);
    CHECK_CODE("put", world_put(stream, "k", "x").code, MR_THROTTLED);
    CHECK_STR("asleep", log.text, "");
    mr_reader_free(reader);
    world_free(&w);
}

static void test_readers_of_a_deleted_stream_are_woken_and_told(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    put_letters(stream, "a");
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    mr_reader *gone = mr_reader_new(mr_stream_shard(stream, 0), 1);
    wake_log log = {.text = "", .free = gone};
    waiter a = {&log, 'a'};
    mr_reader_wake(gone, on_wake, &a);
    mr_error err = {0};
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    CHECK_STR("woken", log.text, "a");
    (void)world_stream(&w, "s", 1); /* the name is free at once */
    read_log read;
    mr_read_result result;
    CHECK_CODE("read", world_read(reader, 1, &read, &result), MR_STREAM_NOT_FOUND);
    mr_reader_free(reader);
    world_free(&w);
}

/* ---- faults ---- */

static void test_a_duplicate_read_hands_over_the_last_batch_again(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    put_letters(stream, "abcdefg");
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_READ_DUPLICATE,
                                  .target = "s/shardId-000000000000",
                                  .first = 3,
                                  .most = 1});
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    static const char *const want[] = {"a b", "c d e f", "c d e f", "g"};
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        CHECK_OK("read", world_read(reader, i == 0 ? 2 : 4, &log, &result), NULL);
        CHECK_STR("batch", log.text, want[i]);
        assert_int_equal(result.expired, 0);
    }
    mr_reader_free(reader);
    world_free(&w);
}

static void test_slow_and_refused_reads(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    put_letters(stream, "ab");
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_READ_SLOW, .delay_us = 700, .most = 1});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_READ_THROTTLED, .most = 1});
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_CODE("slow", world_read(reader, 1, &log, &result), MR_OK);
    assert_int_equal(result.delay_us, 700);
    CHECK_STR("slow", log.text, "a");
    CHECK_CODE("refused", world_read(reader, 1, &log, &result), MR_THROTTLED);
    CHECK_CODE("then", world_read(reader, 1, &log, &result), MR_OK);
    CHECK_STR("then", log.text, "b");
    assert_int_equal(result.delay_us, 0);
    mr_reader_free(reader);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iterators_of_all_types_begin_where_they_should),
        cmocka_unit_test(test_a_reader_gets_records_in_order_and_then_what_comes),
        cmocka_unit_test(test_a_reader_gets_a_record_whole),
        cmocka_unit_test(test_reading_stops_before_the_record_that_passes_the_bytes),
        cmocka_unit_test(test_five_reads_a_second_and_no_more),
        cmocka_unit_test(test_ten_mebibytes_read_close_the_shard_for_five_seconds),
        cmocka_unit_test(test_records_past_retention_are_not_returned_but_counted),
        cmocka_unit_test(test_millis_behind_latest_is_the_age_of_the_last_record_when_more_follow),
        cmocka_unit_test(test_a_parked_reader_is_woken_once_by_the_put),
        cmocka_unit_test(test_whoever_asks_again_while_woken_waits_for_the_next_put),
        cmocka_unit_test(test_a_reader_may_be_freed_while_another_is_woken),
        cmocka_unit_test(test_a_refused_put_wakes_nobody),
        cmocka_unit_test(test_readers_of_a_deleted_stream_are_woken_and_told),
        cmocka_unit_test(test_a_duplicate_read_hands_over_the_last_batch_again),
        cmocka_unit_test(test_slow_and_refused_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
