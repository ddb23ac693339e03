/* observer_test.c - what is seen of a run from its events. */
#include "src/scenario/observer.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "src/scenario/kept_lines.h"
#include "tests/check.h"

#define START_US INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */
#define SECOND   MR_US_PER_SECOND

/* A clock and a log, and an observer who listens to it. */
typedef struct world {
    mr_clock *clock;
    mr_trace *trace;
    mr_observer *observer;
    char *directory;
    char *events_path;
} world;

static void open_life(world *w, int64_t start_us)
{
    w->clock = mr_clock_new(&(mr_clock_options){.start_us = start_us});
    w->trace = mr_trace_new(w->clock);
    mr_trace_listen(w->trace, mr_observer_hear, w->observer, false);
}

static void close_life(world *w)
{
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
}

static void open_world(world *w, const mr_scenario *scenario)
{
    static const mr_scenario empty = {0};
    mr_error err;
    w->directory = check_temp_dir();
    w->events_path = mr_format("%s/events.jsonl", w->directory);
    CHECK_OK(
        "observer",
        mr_observer_new(scenario == NULL ? &empty : scenario, w->events_path, &w->observer, &err),
        &err);
    open_life(w, START_US);
}

static void close_world(world *w)
{
    close_life(w);
    mr_observer_free(w->observer);
    mr_free(w->events_path);
    check_remove_dir(w->directory);
}

/* Moves the clock to so long after the start. */
static void at(world *w, int64_t after_us)
{
    mr_clock_advance_to(w->clock, START_US + after_us);
}

static void emit_buffer(world *w, mr_event_type type, const char *sink, const char *shard,
                        const char *reason, uint64_t bytes)
{
    mr_trace_emit(w->trace, &(mr_event){.type = type,
                                        .delivery = "crimes",
                                        .sink = sink,
                                        .shard = shard,
                                        .reason = reason,
                                        .bytes = bytes});
}

static void open_buffer(world *w, const char *sink, const char *shard)
{
    emit_buffer(w, MR_EVENT_BUFFER_OPENED, sink, shard, NULL, 0);
}

static void flush_buffer(world *w, const char *sink, const char *shard, const char *reason,
                         uint64_t bytes)
{
    emit_buffer(w, MR_EVENT_BUFFER_FLUSHED, sink, shard, reason, bytes);
}

static void emit_numbered(world *w, uint64_t number)
{
    mr_trace_emit(w->trace, &(mr_event){.type = MR_EVENT_ROW_REJECTED, .number = number});
}

static void emit_fault(world *w, const char *kind)
{
    mr_trace_emit(w->trace, &(mr_event){.type = MR_EVENT_FAULT, .id = kind, .reason = "target"});
}

static char *read_events(const world *w)
{
    char *text = NULL;
    size_t len;
    mr_error err;
    CHECK_OK("events", mr_fs_read_file(mr_platform_fs(), w->events_path, MR_MIB, &text, &len, &err),
             &err);
    return text;
}

/* ---- the digest and the file ---- */

static void finish(world *w, const char *manifest, char hex[65])
{
    mr_error err;
    CHECK_OK("finish", mr_observer_finish(w->observer, mr_bytes_of(manifest), hex, &err), &err);
}

static void test_the_digest_of_one_life_is_that_of_the_run(void **state)
{
    (void)state;
    world w;
    char got[65], want[65];
    open_world(&w, NULL);
    mr_rate_add(mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shard"), 3, 30);
    at(&w, 2 * SECOND);
    mr_trace_warn(w.trace, "a warning");
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_RECORD, .stream = "s"});
    mr_trace_flush_rates(w.trace);
    mr_trace_digest_update(w.trace, mr_bytes_of("manifest"));
    mr_trace_digest_finish(w.trace, want);
    finish(&w, "manifest", got);
    CHECK_STR("digest", got, want);
    close_world(&w);
}

static void test_records_that_are_heard_are_not_in_the_digest(void **state)
{
    (void)state;
    world w;
    char got[65], want[65];
    open_world(&w, NULL);
    mr_trace_unlisten(w.trace, mr_observer_hear, w.observer);
    mr_trace_listen(w.trace, mr_observer_hear, w.observer, true);
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_RECORD, .stream = "s"});
    CHECK_INT("heard", mr_observer_count(w.observer, MR_EVENT_RECORD), 1);
    mr_trace_digest_finish(w.trace, want);
    finish(&w, "", got);
    CHECK_STR("digest", got, want);
    close_world(&w);
}

static void test_all_lives_are_in_one_file_and_the_dead_are_not_heard(void **state)
{
    (void)state;
    world w;
    char hex[65];
    open_world(&w, NULL);
    emit_numbered(&w, 1);
    mr_observer_deafen(w.observer, true);
    emit_numbered(&w, 2);
    close_life(&w);
    open_life(&w, START_US + SECOND);
    mr_observer_deafen(w.observer, false);
    emit_numbered(&w, 3);
    CHECK_INT("count", mr_observer_count(w.observer, MR_EVENT_ROW_REJECTED), 2);
    finish(&w, "", hex);
    emit_numbered(&w, 4);

    char *text = read_events(&w);
    CHECK_STR("events", text,
              "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"row.rejected\",\"number\":1}\n"
              "{\"time\":\"2025-01-01T00:00:01.000000Z\",\"event\":\"row.rejected\",\"number\":3}"
              "\n");
    mr_free(text);
    close_world(&w);
}

static void test_a_file_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    mr_scenario scenario = {0};
    mr_observer *observer = NULL;
    mr_error err;
    mr_code code = mr_observer_new(&scenario, "/nonexistent/events.jsonl", &observer, &err);
    CHECK_CODE("code", code, MR_NOT_FOUND);
    CHECK_HAS("message", err.message, "/nonexistent/events.jsonl");
}

/* ---- counts ---- */

static void test_rates_count_their_records_and_faults_their_kinds(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    mr_rate *rate = mr_trace_rate(w.trace, MR_EVENT_THROTTLED, "s", "shard");
    mr_rate_add(rate, 3, 30);
    at(&w, 2 * SECOND);
    mr_rate_add(rate, 4, 40);
    mr_trace_flush_rates(w.trace);
    emit_fault(&w, "store-refused");
    emit_fault(&w, "lambda-error");
    emit_fault(&w, "store-refused");
    emit_fault(&w, "a kind of another time");
    CHECK_INT("throttled", mr_observer_count(w.observer, MR_EVENT_THROTTLED), 7);
    CHECK_INT("faults", mr_observer_count(w.observer, MR_EVENT_FAULT), 4);
    CHECK_INT("refused", mr_observer_struck(w.observer, MR_FAULT_STORE_REFUSED), 2);
    CHECK_INT("error", mr_observer_struck(w.observer, MR_FAULT_LAMBDA_ERROR), 1);
    CHECK_INT("crash", mr_observer_struck(w.observer, MR_FAULT_LAMBDA_CRASH), 0);
    close_world(&w);
}

static void test_expected_events_are_counted_by_their_members(void **state)
{
    (void)state;
    static const mr_event_member size[] = {{"sink", "main"}, {"reason", "size"}};
    static const mr_event_member glob[] = {{"shard", "shardId-*1"}};
    static const mr_event_member number[] = {{"bytes", "1*"}, {"failed", "0"}};
    static const mr_event_member absent[] = {{"function", "*"}};
    const mr_expect expects[] = {
        {.kind = MR_EXPECT_EVENTS,
         .as.events = {.type = MR_EVENT_BUFFER_FLUSHED, .where = size, .where_count = 2}},
        {.kind = MR_EXPECT_LOST},
        {.kind = MR_EXPECT_EVENTS,
         .as.events = {.type = MR_EVENT_BUFFER_FLUSHED, .where = glob, .where_count = 1}},
        {.kind = MR_EXPECT_EVENTS,
         .as.events = {.type = MR_EVENT_BUFFER_FLUSHED, .where = number, .where_count = 2}},
        {.kind = MR_EXPECT_EVENTS,
         .as.events = {.type = MR_EVENT_BUFFER_FLUSHED, .where = absent, .where_count = 1}},
        {.kind = MR_EXPECT_EVENTS, .as.events = {.type = MR_EVENT_BUFFER_FLUSHED}},
        {.kind = MR_EXPECT_EVENTS,
         .as.events = {.type = MR_EVENT_PUT, .where = glob, .where_count = 1}},
    };
    const mr_scenario scenario = {.expects = expects, .expect_count = MR_COUNT(expects)};
    world w;
    open_world(&w, &scenario);
    flush_buffer(&w, "main", NULL, "size", 100);
    flush_buffer(&w, "main", NULL, "interval", 20);
    flush_buffer(&w, "lambda", "shardId-000000000001", "size", 1);
    flush_buffer(&w, "lambda", "shardId-000000000002", "size", 30);
    mr_rate_add(mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shardId-000000000001"), 5, 1);
    mr_rate_add(mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shardId-000000000000"), 6, 1);
    mr_trace_flush_rates(w.trace);

    CHECK_INT("every member must match", mr_observer_matched(w.observer, 0), 1);
    CHECK_INT("a glob", mr_observer_matched(w.observer, 2), 1);
    CHECK_INT("numbers in decimal", mr_observer_matched(w.observer, 3), 2);
    CHECK_INT("a member that is not there", mr_observer_matched(w.observer, 4), 0);
    CHECK_INT("all of a type", mr_observer_matched(w.observer, 5), 4);
    CHECK_INT("records of a rate", mr_observer_matched(w.observer, 6), 5);
    close_world(&w);
}

/* ---- buffers ---- */

static void test_flushes_are_counted_by_reason_and_measured(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    open_buffer(&w, "main", NULL);
    open_buffer(&w, "error", NULL);
    at(&w, 30 * SECOND);
    flush_buffer(&w, "main", NULL, "size", 500);
    open_buffer(&w, "main", NULL);
    at(&w, 90 * SECOND);
    flush_buffer(&w, "main", NULL, "interval", 200);
    at(&w, 100 * SECOND);
    flush_buffer(&w, "error", NULL, "drain", 700);

    mr_observed_buffers main_sink = mr_observer_buffers(w.observer, "crimes", "main");
    CHECK_INT("size", main_sink.by_size, 1);
    CHECK_INT("interval", main_sink.by_interval, 1);
    CHECK_INT("drain", main_sink.by_drain, 0);
    CHECK_INT("largest", main_sink.largest_bytes, 500);
    CHECK_INT("when", main_sink.largest_at_us, START_US + 30 * SECOND);
    CHECK_INT("longest", main_sink.longest_us, 60 * SECOND);
    CHECK_INT("when", main_sink.longest_at_us, START_US + 90 * SECOND);

    mr_observed_buffers all = mr_observer_buffers(w.observer, NULL, NULL);
    CHECK_INT("drain", all.by_drain, 1);
    CHECK_INT("largest", all.largest_bytes, 700);
    CHECK_INT("longest", all.longest_us, 100 * SECOND);
    CHECK_INT("of another", mr_observer_buffers(w.observer, "other", NULL).by_size, 0);
    close_world(&w);
}

static void test_a_buffer_is_open_until_its_flush(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    open_buffer(&w, "main", NULL);
    at(&w, 10 * SECOND);
    flush_buffer(&w, "main", NULL, "size", 1);
    at(&w, 100 * SECOND);
    flush_buffer(&w, "main", NULL, "size", 1); /* whose opening was not heard */
    mr_observed_buffers seen = mr_observer_buffers(w.observer, NULL, NULL);
    CHECK_INT("size", seen.by_size, 2);
    CHECK_INT("longest", seen.longest_us, 10 * SECOND);
    close_world(&w);
}

static void test_lambda_buffers_of_two_shards_are_two(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    open_buffer(&w, "lambda", "shardId-000000000000");
    at(&w, 10 * SECOND);
    open_buffer(&w, "lambda", "shardId-000000000001");
    at(&w, 15 * SECOND);
    flush_buffer(&w, "lambda", "shardId-000000000001", "size", 1);
    at(&w, 20 * SECOND);
    flush_buffer(&w, "lambda", "shardId-000000000000", "size", 1);
    mr_observed_buffers seen = mr_observer_buffers(w.observer, "crimes", "lambda");
    CHECK_INT("size", seen.by_size, 2);
    CHECK_INT("longest", seen.longest_us, 20 * SECOND);
    close_world(&w);
}

static void test_a_flush_after_a_kill_is_not_measured_from_the_life_before(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    open_buffer(&w, "main", NULL);
    mr_observer_deafen(w.observer, true);
    flush_buffer(&w, "main", NULL, "drain", 9); /* of the world that unwinds */
    close_life(&w);
    open_life(&w, START_US + 50 * SECOND);
    mr_observer_deafen(w.observer, false);
    flush_buffer(&w, "main", NULL, "size", 7); /* whose opening was not heard */
    mr_observed_buffers seen = mr_observer_buffers(w.observer, NULL, NULL);
    CHECK_INT("size", seen.by_size, 1);
    CHECK_INT("drain", seen.by_drain, 0);
    CHECK_INT("largest", seen.largest_bytes, 7);
    CHECK_INT("longest", seen.longest_us, 0);
    close_world(&w);
}

static void test_a_clock_that_is_set_does_not_lengthen_what_is_open(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    open_buffer(&w, "main", NULL);
    mr_observer_jumped(w.observer, 3600 * SECOND);
    at(&w, 3610 * SECOND);
    flush_buffer(&w, "main", NULL, "size", 1);
    CHECK_INT("longest", mr_observer_buffers(w.observer, NULL, NULL).longest_us, 10 * SECOND);
    close_world(&w);
}

/* ---- the events around a time ---- */

/* The numbers of the lines that are shown, and what is not such a line. Owned. */
static char *around(const world *w, int64_t after_us)
{
    mr_strbuf lines = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf numbers = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_observer_around(w->observer, START_US + after_us, &lines);
    for (const char *line = mr_strbuf_text(&lines); *line != '\0';) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        mr_bytes whole = mr_bytes_make(line, (size_t)(end - line));
        char *text = mr_bytes_dup(whole);
        const char *number = strstr(text, "\"number\":");
        mr_strbuf_append_text(&numbers, numbers.len == 0 ? "" : " ");
        mr_strbuf_append_text(&numbers, number != NULL                      ? number + 9
                                        : strstr(text, "\"fault\"") != NULL ? "fault"
                                                                            : text);
        if (number != NULL) {
            numbers.at[--numbers.len] = '\0'; /* the object's brace */
        }
        mr_free(text);
        line = end + 1;
    }
    mr_strbuf_deinit(&lines);
    return mr_strbuf_take(&numbers);
}

#define CHECK_AROUND(w, after_us, want)                                                            \
    do {                                                                                           \
        char *got = around((w), (after_us));                                                       \
        CHECK_STR("around", got, (want));                                                          \
        mr_free(got);                                                                              \
    } while (0)

static void test_the_lines_around_a_time_are_four_and_four(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    CHECK_AROUND(&w, 0, "");
    mr_rate *rate = mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shard");
    for (uint64_t i = 1; i <= 20; i++) {
        at(&w, (int64_t)i * SECOND);
        emit_numbered(&w, i);
        mr_rate_add(rate, 1, 1); /* is no line of them */
    }
    CHECK_AROUND(&w, 10 * SECOND, "7 8 9 10 11 12 13 14");
    CHECK_AROUND(&w, 10 * SECOND + 1, "7 8 9 10 11 12 13 14");
    CHECK_AROUND(&w, 0, "1 2 3 4");
    CHECK_AROUND(&w, 99 * SECOND, "17 18 19 20");
    close_world(&w);
}

static void test_lines_around_faults_outlive_the_last_hundreds(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    for (uint64_t i = 1; i <= 2000; i++) {
        at(&w, (int64_t)i * SECOND);
        emit_numbered(&w, i);
        if (i == 100) {
            emit_fault(&w, "store-refused");
        }
    }
    CHECK_AROUND(&w, 100 * SECOND, "98 99 100 fault 101 102 103 104");
    CHECK_AROUND(&w, 50 * SECOND, "96 97 98 99");
    CHECK_AROUND(&w, 1000 * SECOND, "101 102 103 104 ... 1601 1602 1603 1604");
    CHECK_AROUND(&w, 1800 * SECOND, "1797 1798 1799 1800 1801 1802 1803 1804");
    close_world(&w);
}

static void test_faults_that_come_close_together_keep_the_lines_around_the_first(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    for (int64_t i = 0; i < 100; i++) { /* five of them in each second */
        at(&w, i * SECOND / 5);
        emit_numbered(&w, (uint64_t)i + 1);
        emit_fault(&w, "shard-throttled");
    }
    for (uint64_t i = 1001; i <= 2000; i++) {
        at(&w, (int64_t)i * SECOND);
        emit_numbered(&w, i);
    }
    CHECK_AROUND(&w, 0, "1 fault 2 fault 3 fault");
    CHECK_AROUND(&w, 9 * SECOND, "2 fault 3 fault ... 49 fault 50 fault");
    close_world(&w);
}

static void test_faults_that_have_lines_in_common_keep_them_once(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    for (uint64_t i = 1; i <= 1000; i++) {
        at(&w, (int64_t)i * 5 * SECOND);
        emit_numbered(&w, i);
        if (i == 10 || i == 12) {
            emit_fault(&w, "store-refused");
        }
    }
    CHECK_AROUND(&w, 9 * 5 * SECOND, "6 7 8 9 10 fault 11 12");
    CHECK_AROUND(&w, 11 * 5 * SECOND, "9 10 fault 11 12 fault 13 14");
    close_world(&w);
}

static void test_what_is_kept_of_a_line_is_bounded(void **state)
{
    (void)state;
    world w;
    open_world(&w, NULL);
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    while (message.len < 10000) {
        mr_strbuf_append_text(&message, "\xe2\x82\xac");
    }
    mr_trace_warn(w.trace, "%s", mr_strbuf_text(&message));
    mr_strbuf lines = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_observer_around(w.observer, START_US, &lines);
    CHECK_TRUE("cut", lines.len <= MR_KEPT_LINE_MAX + 4 && lines.len > MR_KEPT_LINE_MAX - 4);
    CHECK_TRUE("between characters", mr_bytes_is_utf8(mr_strbuf_bytes(&lines)));
    CHECK_TRUE("and says so", mr_bytes_ends_with(mr_strbuf_bytes(&lines), mr_bytes_of("...\n")));
    mr_strbuf_deinit(&lines);
    mr_strbuf_deinit(&message);
    close_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_digest_of_one_life_is_that_of_the_run),
        cmocka_unit_test(test_records_that_are_heard_are_not_in_the_digest),
        cmocka_unit_test(test_all_lives_are_in_one_file_and_the_dead_are_not_heard),
        cmocka_unit_test(test_a_file_that_cannot_be_written_is_an_error),
        cmocka_unit_test(test_rates_count_their_records_and_faults_their_kinds),
        cmocka_unit_test(test_expected_events_are_counted_by_their_members),
        cmocka_unit_test(test_flushes_are_counted_by_reason_and_measured),
        cmocka_unit_test(test_a_buffer_is_open_until_its_flush),
        cmocka_unit_test(test_lambda_buffers_of_two_shards_are_two),
        cmocka_unit_test(test_a_flush_after_a_kill_is_not_measured_from_the_life_before),
        cmocka_unit_test(test_a_clock_that_is_set_does_not_lengthen_what_is_open),
        cmocka_unit_test(test_the_lines_around_a_time_are_four_and_four),
        cmocka_unit_test(test_lines_around_faults_outlive_the_last_hundreds),
        cmocka_unit_test(test_faults_that_come_close_together_keep_the_lines_around_the_first),
        cmocka_unit_test(test_faults_that_have_lines_in_common_keep_them_once),
        cmocka_unit_test(test_what_is_kept_of_a_line_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
