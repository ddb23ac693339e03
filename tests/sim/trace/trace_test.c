/* trace_test.c - the event log, its rates and its digest. */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/trace/trace.h"
#include "tests/check.h"

#define START_US INT64_C(1735689600000000)

typedef struct world {
    mr_clock *clock;
    mr_trace *trace;
    mr_strbuf log; /* lines as they were heard */
} world;

static void hear(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)event;
    (void)time_us;
    world *w = context;
    mr_strbuf_append_bytes(&w->log, line);
    mr_strbuf_append_char(&w->log, '\n');
}

static void open_world(world *w)
{
    w->clock = mr_clock_new(&(mr_clock_options){.start_us = START_US});
    w->trace = mr_trace_new(w->clock);
    w->log = mr_strbuf_make(MR_STRBUF_UNLIMITED);
}

static void close_world(world *w)
{
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
    mr_strbuf_deinit(&w->log);
}

static void test_an_event_is_a_line_of_json_with_what_it_has(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_trace_listen(w.trace, hear, &w, false);
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_BUFFER_FLUSHED,
                                       .delivery = "crimes",
                                       .sink = "main",
                                       .reason = "size",
                                       .records = 12,
                                       .bytes = 3456});
    mr_clock_advance_to(w.clock, START_US + 1500000);
    mr_trace_warn(w.trace, "object \"%s\" holds %d records", "a/b", 3);
    mr_trace_unlisten(w.trace, hear, &w);
    mr_trace_warn(w.trace, "not heard");
    CHECK_STR("lines", mr_strbuf_text(&w.log),
              "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"buffer.flushed\","
              "\"delivery\":\"crimes\",\"sink\":\"main\",\"reason\":\"size\",\"records\":12,"
              "\"bytes\":3456}\n"
              "{\"time\":\"2025-01-01T00:00:01.500000Z\",\"event\":\"warning\","
              "\"message\":\"object \\\"a/b\\\" holds 3 records\"}\n");
    CHECK_INT("count", mr_trace_count(w.trace, MR_EVENT_WARNING), 2);
    close_world(&w);
}

static void test_rates_are_one_event_a_second_in_order_of_their_making(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_trace_listen(w.trace, hear, &w, false);
    mr_rate *b = mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shardId-000000000001");
    mr_rate *a = mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shardId-000000000000");
    CHECK_TRUE("asked again",
               mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "shardId-000000000001") == b);
    mr_rate_add(a, 1, 100);
    mr_rate_add(a, 2, 200);
    mr_rate_add(b, 5, 50);
    mr_rate_add(b, 0, 0);
    mr_clock_advance_to(w.clock, START_US + 999999);
    mr_rate_add(a, 1, 1);
    CHECK_STR("nothing before the second is over", mr_strbuf_text(&w.log), "");
    mr_clock_advance_to(w.clock, START_US + 2000000);
    mr_rate_add(a, 7, 70);
    mr_trace_warn(w.trace, "x");
    mr_clock_advance_to(w.clock, START_US + 2500000);
    mr_trace_flush_rates(w.trace);
    mr_trace_flush_rates(w.trace);
    CHECK_STR("lines", mr_strbuf_text(&w.log),
              "{\"time\":\"2025-01-01T00:00:01.000000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"shardId-000000000001\",\"records\":5,\"bytes\":50}\n"
              "{\"time\":\"2025-01-01T00:00:01.000000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"shardId-000000000000\",\"records\":4,\"bytes\":301}\n"
              "{\"time\":\"2025-01-01T00:00:02.000000Z\",\"event\":\"warning\",\"message\":\"x\"}\n"
              "{\"time\":\"2025-01-01T00:00:02.500000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"shardId-000000000000\",\"records\":7,\"bytes\":70}\n");
    CHECK_INT("rates count records", mr_trace_count(w.trace, MR_EVENT_PUT), 16);
    close_world(&w);
}

static void test_rates_lose_nothing_when_the_clock_jumps(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_trace_listen(w.trace, hear, &w, false);
    mr_rate *a = mr_trace_rate(w.trace, MR_EVENT_PUT, "s", "0");
    mr_clock_advance_to(w.clock, START_US + 200000);
    mr_rate_add(a, 1, 10);
    mr_clock_jump(w.clock, -100000); /* inside its second */
    mr_rate_add(a, 2, 20);
    CHECK_STR("still the same second", mr_strbuf_text(&w.log), "");
    mr_clock_jump(w.clock, -3600 * INT64_C(1000000));
    mr_rate_add(a, 4, 40);
    mr_clock_advance_to(w.clock, START_US + 1200000);
    mr_trace_warn(w.trace, "back");
    mr_rate_add(a, 8, 80);
    mr_clock_jump(w.clock, 3600 * INT64_C(1000000));
    mr_trace_flush_rates(w.trace);
    CHECK_STR("lines", mr_strbuf_text(&w.log),
              "{\"time\":\"2025-01-01T00:00:01.000000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"0\",\"records\":3,\"bytes\":30}\n"
              "{\"time\":\"2024-12-31T23:00:01.000000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"0\",\"records\":4,\"bytes\":40}\n"
              "{\"time\":\"2024-12-31T23:00:01.100000Z\",\"event\":\"warning\","
              "\"message\":\"back\"}\n"
              "{\"time\":\"2024-12-31T23:00:02.000000Z\",\"event\":\"shard.put\",\"stream\":\"s\","
              "\"shard\":\"0\",\"records\":8,\"bytes\":80}\n");
    CHECK_INT("each once", mr_trace_count(w.trace, MR_EVENT_PUT), 15);
    close_world(&w);
}

static void test_records_go_only_to_those_who_ask_for_them(void **state)
{
    (void)state;
    world plain;
    world full;
    open_world(&plain);
    open_world(&full);
    mr_event record = {.type = MR_EVENT_RECORD, .stream = "s", .key = "district 3"};

    CHECK_TRUE("nobody asks", !mr_trace_wants_records(plain.trace));
    mr_trace_listen(plain.trace, hear, &plain, false);
    mr_trace_listen(plain.trace, hear, &full, true);
    CHECK_TRUE("somebody asks", mr_trace_wants_records(plain.trace));
    mr_trace_emit(plain.trace, &record);
    CHECK_STR("not asked", mr_strbuf_text(&plain.log), "");
    CHECK_HAS("asked", mr_strbuf_text(&full.log), "\"event\":\"record.put\"");
    mr_trace_unlisten(plain.trace, hear, &full);
    CHECK_TRUE("nobody asks any more", !mr_trace_wants_records(plain.trace));
    close_world(&plain);
    close_world(&full);
}

static void digest_of(bool listen, bool with_records, const char *word, char hex[65])
{
    world w;
    open_world(&w);
    if (listen) {
        mr_trace_listen(w.trace, hear, &w, with_records);
    }
    mr_trace_warn(w.trace, "%s", word);
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_RECORD, .stream = "s"});
    mr_rate_add(mr_trace_rate(w.trace, MR_EVENT_READ, "s", "0"), 3, 30);
    mr_trace_flush_rates(w.trace);
    mr_trace_digest_update(w.trace, MR_BYTES_LITERAL("manifest"));
    mr_trace_digest_finish(w.trace, hex);
    mr_trace_warn(w.trace, "after the end");
    close_world(&w);
}

static void test_the_digest_is_of_the_summary_lines_whoever_listens(void **state)
{
    (void)state;
    static const char lines[] =
        "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"warning\",\"message\":\"a\"}\n"
        "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"shard.read\",\"stream\":\"s\","
        "\"shard\":\"0\",\"records\":3,\"bytes\":30}\nmanifest";
    uint8_t bytes[32];
    char want[65];
    char got[65];
    mr_digest *digest = mr_digest_new_sha256();
    mr_digest_update(digest, lines, sizeof(lines) - 1);
    CHECK_INT("size", mr_digest_finish(digest, bytes), 32);
    mr_digest_free(digest);
    mr_hex(bytes, sizeof(bytes), want);

    digest_of(false, false, "a", got);
    CHECK_STR("nobody listens", got, want);
    digest_of(true, false, "a", got);
    CHECK_STR("somebody listens", got, want);
    digest_of(true, true, "a", got);
    CHECK_STR("to every record", got, want);
    digest_of(false, false, "b", got);
    CHECK_TRUE("another event, another digest", strcmp(got, want) != 0);
}

static void test_every_type_is_found_by_its_name(void **state)
{
    (void)state;
    for (mr_event_type type = MR_EVENT_RUN_STARTED; type < MR_EVENT_TYPE_COUNT; type++) {
        CHECK_INT("type", mr_event_type_of(mr_event_type_name(type)), type);
    }
    CHECK_INT("no type", mr_event_type_of("buffer.flusht"), MR_EVENT_TYPE_COUNT);
}

static void test_every_member_has_the_name_that_the_log_gives_it(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_trace_listen(w.trace, hear, &w, false);
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_WARNING,
                                       .stream = "1",
                                       .shard = "1",
                                       .delivery = "1",
                                       .mapping = "1",
                                       .sink = "1",
                                       .function = "1",
                                       .bucket = "1",
                                       .key = "1",
                                       .table = "1",
                                       .reason = "1",
                                       .message = "1",
                                       .id = "1",
                                       .number = 1,
                                       .records = 1,
                                       .bytes = 1,
                                       .failed = 1,
                                       .dropped = 1,
                                       .attempt = 1,
                                       .duration_us = 1});
    mr_strbuf want = mr_strbuf_make(1000);
    mr_strbuf_append_text(&want, "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"warning\"");
    for (size_t i = 0; mr_event_member_name(i) != NULL; i++) {
        const char *name = mr_event_member_name(i);
        char *quoted = mr_format("\"%s\":\"1\"", name);
        bool is_text = strstr(mr_strbuf_text(&w.log), quoted) != NULL;
        mr_strbuf_appendf(&want, is_text ? ",\"%s\":\"1\"" : ",\"%s\":1", name);
        mr_free(quoted);
    }
    mr_strbuf_append_text(&want, "}\n");
    CHECK_STR("line", mr_strbuf_text(&w.log), mr_strbuf_text(&want));
    mr_strbuf_deinit(&want);
    close_world(&w);
}

static const char *member_text(const mr_event *event, const char *name, char *digits)
{
    size_t place = 0;
    while (strcmp(mr_event_member_name(place), name) != 0) {
        place++;
    }
    return mr_event_member_text(event, place, digits);
}

static void test_a_member_has_its_text_as_the_log_spells_it(void **state)
{
    (void)state;
    char digits[MR_EVENT_DIGITS_SIZE];
    mr_event event = {.type = MR_EVENT_BUFFER_FLUSHED,
                      .stream = "s",
                      .reason = "size",
                      .number = UINT64_MAX,
                      .attempt = 3,
                      .duration_us = INT64_MIN};
    CHECK_STR("text", member_text(&event, "stream", digits), "s");
    CHECK_STR("text", member_text(&event, "reason", digits), "size");
    CHECK_TRUE("no text", member_text(&event, "shard", digits) == NULL);
    CHECK_STR("largest", member_text(&event, "number", digits), "18446744073709551615");
    CHECK_STR("number", member_text(&event, "attempt", digits), "3");
    CHECK_STR("left out", member_text(&event, "failed", digits), "0");
    CHECK_STR("duration", member_text(&event, "duration_us", digits), "-9223372036854775808");
}

static void test_a_warning_has_the_members_of_what_it_is_about(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_trace_listen(w.trace, hear, &w, false);
    const mr_event about = {.type = MR_EVENT_FAULT, .delivery = "d", .bucket = "b", .message = "m"};
    mr_trace_warn_about(w.trace, &about, "no bucket %s", "b");
    mr_trace_warn(w.trace, "%d", 1);
    CHECK_STR(
        "lines", mr_strbuf_text(&w.log),
        "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"warning\",\"delivery\":\"d\","
        "\"bucket\":\"b\",\"message\":\"no bucket b\"}\n"
        "{\"time\":\"2025-01-01T00:00:00.000000Z\",\"event\":\"warning\",\"message\":\"1\"}\n");
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_event_write_about(&json, &about);
    mr_json_object_end(&json);
    CHECK_STR("about", mr_strbuf_text(&out), "{\"delivery\":\"d\",\"bucket\":\"b\"}");
    mr_strbuf_deinit(&out);
    close_world(&w);
}

static void test_rates_are_the_types_that_come_per_record(void **state)
{
    (void)state;
    for (mr_event_type type = MR_EVENT_RUN_STARTED; type < MR_EVENT_TYPE_COUNT; type++) {
        bool want = type == MR_EVENT_PUT || type == MR_EVENT_THROTTLED || type == MR_EVENT_READ;
        CHECK_INT(mr_event_type_name(type), mr_event_is_rate(type), want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_is_a_line_of_json_with_what_it_has),
        cmocka_unit_test(test_rates_are_one_event_a_second_in_order_of_their_making),
        cmocka_unit_test(test_rates_lose_nothing_when_the_clock_jumps),
        cmocka_unit_test(test_records_go_only_to_those_who_ask_for_them),
        cmocka_unit_test(test_the_digest_is_of_the_summary_lines_whoever_listens),
        cmocka_unit_test(test_every_type_is_found_by_its_name),
        cmocka_unit_test(test_every_member_has_the_name_that_the_log_gives_it),
        cmocka_unit_test(test_a_member_has_its_text_as_the_log_spells_it),
        cmocka_unit_test(test_a_warning_has_the_members_of_what_it_is_about),
        cmocka_unit_test(test_rates_are_the_types_that_come_per_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
