/* The feed: numbers, what is kept of many, and what a filter means. */
#include "src/web/event_feed.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

typedef struct feed_world {
    mr_clock *clock;
    mr_trace *trace;
    mr_event_feed *feed;
} feed_world;

static feed_world make(void)
{
    feed_world w;
    w.clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = 1000000});
    w.trace = mr_trace_new(w.clock);
    w.feed = mr_event_feed_new(w.trace);
    return w;
}

static void release(feed_world *w)
{
    mr_event_feed_free(w->feed);
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
}

static void emit(feed_world *w, mr_event_type type, const char *key)
{
    mr_trace_emit(w->trace, &(mr_event){.type = type, .key = key});
}

static void test_events_are_numbered_from_one(void **state)
{
    (void)state;
    feed_world w = make();
    const mr_feed_filter all = {.types = 0};
    CHECK_INT("none yet", mr_event_feed_last(w.feed), 0);
    CHECK_INT("the first to come", mr_event_feed_first(w.feed), 1);
    emit(&w, MR_EVENT_OBJECT_WRITTEN, "a");
    emit(&w, MR_EVENT_WARNING, "b");
    CHECK_INT("the last", mr_event_feed_last(w.feed), 2);
    char *line =
        mr_strndup(mr_event_feed_line(w.feed, 1, &all).at, mr_event_feed_line(w.feed, 1, &all).len);
    CHECK_HAS("a line", line, "\"event\":\"object.written\",\"key\":\"a\"");
    mr_free(line);
    CHECK_INT("none of that number", mr_event_feed_line(w.feed, 3, &all).len, 0);
    CHECK_INT("nor of that", mr_event_feed_line(w.feed, 0, &all).len, 0);
    release(&w);
}

static void test_the_oldest_give_way(void **state)
{
    (void)state;
    feed_world w = make();
    for (int i = 0; i < MR_FEED_EVENTS_MAX + 5; i++) {
        emit(&w, MR_EVENT_WARNING, "x");
    }
    CHECK_INT("the first kept", mr_event_feed_first(w.feed), 6);
    CHECK_INT("the last", mr_event_feed_last(w.feed), MR_FEED_EVENTS_MAX + 5);

    char *large = mr_alloc(MR_MIB);
    memset(large, 'k', MR_MIB - 1000);
    large[MR_MIB - 1000] = '\0';
    for (int i = 0; i < 8; i++) { /* eight of nearly a MiB each: four fit */
        emit(&w, MR_EVENT_WARNING, large);
    }
    CHECK_INT("by bytes too", mr_event_feed_last(w.feed) - mr_event_feed_first(w.feed) + 1, 4);
    mr_free(large);
    release(&w);
}

static void test_a_filter_means_types_and_text(void **state)
{
    (void)state;
    feed_world w = make();
    mr_error err;
    mr_feed_filter filter = {.types = 0};
    emit(&w, MR_EVENT_OBJECT_WRITTEN, "crimes/1");
    emit(&w, MR_EVENT_OBJECT_WRITTEN, "errors/1");
    emit(&w, MR_EVENT_WARNING, "crimes/2");
    CHECK_OK("types",
             mr_feed_types_parse(mr_bytes_of("object.written, fault"), &filter.types, &err), &err);
    filter.contains = mr_bytes_of("crimes");
    CHECK_TRUE("type and text", mr_event_feed_line(w.feed, 1, &filter).len > 0);
    CHECK_INT("another text", mr_event_feed_line(w.feed, 2, &filter).len, 0);
    CHECK_INT("another type", mr_event_feed_line(w.feed, 3, &filter).len, 0);
    CHECK_CODE("a misspelt type",
               mr_feed_types_parse(mr_bytes_of("object.writen"), &filter.types, &err),
               MR_INVALID_ARGUMENT);
    CHECK_HAS("which", err.message, "did you mean object.written?");
    release(&w);
}

static void test_an_event_s_own_id_is_its_ref(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } rows[] = {{"{\"time\":\"t\",\"event\":\"fault\",\"id\":\"kill\",\"number\":2}",
                 "{\"id\":7,\"time\":\"t\",\"event\":\"fault\",\"ref\":\"kill\",\"number\":2}"},
                {"{\"event\":\"warning\",\"message\":\"a \\\",\\\"id\\\":1\"}", /* not a member */
                 "{\"id\":7,\"event\":\"warning\",\"message\":\"a \\\",\\\"id\\\":1\"}"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf text = mr_strbuf_make(1024);
        mr_json json = mr_json_make(&text);
        mr_event_feed_write(&json, 7, mr_bytes_of(rows[i].line));
        CHECK_STR(rows[i].line, mr_strbuf_text(&text), rows[i].expected);
        mr_strbuf_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_numbered_from_one),
        cmocka_unit_test(test_the_oldest_give_way),
        cmocka_unit_test(test_a_filter_means_types_and_text),
        cmocka_unit_test(test_an_event_s_own_id_is_its_ref),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
