/* stream_tags_test.c - tags: characters, counts, pages, restarts. */
#include "sim/stream/stream_tags.h"

#include "sim/stream/consumer.h"
#include "tests/sim/stream/stream_world.h"

#define INVALID                                                                                    \
    "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "      \
    "space, _ . / = + - % @."
#define ILLEGAL(doing)                                                                             \
    "Failed to " doing " stream s under account 000000000000 because some tags contained illegal " \
    "characters. The allowed characters are Unicode letters, white-spaces, "                       \
    "'_',',','/','=','+','-','@'."

/* "key=value key=value" of a page, with "..." when there is more. */
static void check_tags(const char *label, mr_stream *stream, const char *consumer,
                       const char *after, size_t most, const char *want)
{
    mr_tag_page page;
    mr_error err = {0};
    CHECK_OK(label, mr_stream_list_tags(stream, consumer, after, most, &page, &err), &err);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < page.count; i++) {
        mr_strbuf_appendf(&text, "%s%s=%s", i == 0 ? "" : " ", page.tags[i].key,
                          page.tags[i].value);
    }
    if (page.more) {
        mr_strbuf_append_text(&text, "...");
    }
    CHECK_STR(label, mr_strbuf_text(&text), want);
    mr_strbuf_deinit(&text);
    mr_tag_page_deinit(&page);
}

static mr_code add(mr_stream *stream, const char *key, const char *value, mr_error *err)
{
    return mr_stream_add_tags(stream, NULL, &(mr_tag){.key = key, .value = value}, 1, err);
}

static void test_tags_are_kept_sorted_by_key(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    const mr_tag tags[] = {{"b", "2"}, {"a", "1"}, {"B", ""}, {"\xc3\xbc", "u"}};
    check_tags("none", stream, NULL, NULL, 50, "");
    CHECK_OK("add", mr_stream_add_tags(stream, NULL, tags, MR_COUNT(tags), &err), &err);
    CHECK_OK("again", add(stream, "a", "one", &err), &err);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    check_tags("all", stream, NULL, NULL, 50, "B= a=one b=2 \xc3\xbc=u");
    check_tags("first page", stream, NULL, NULL, 2, "B= a=one...");
    check_tags("second page", stream, NULL, "a", 2, "b=2 \xc3\xbc=u");
    check_tags("behind what is not there", stream, NULL, "aa", 1, "b=2...");
    const char *const gone[] = {"b", "nothing"};
    CHECK_OK("remove", mr_stream_remove_tags(stream, NULL, gone, 2, &err), &err);
    check_tags("left", stream, NULL, NULL, 50, "B= a=one \xc3\xbc=u");
    world_free(&w);
}

static void test_characters_are_checked_twice_as_on_aws(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want; /* NULL: taken */
    } cases[] = {
        {"letters of AWS's list", "aZ09_./=+-@ :", NULL},
        {"u umlaut", "\xc3\xbc", NULL},
        {"Chinese", "\xe4\xb8\xad", NULL},
        {"beyond 16 bits", "\xf0\xa0\x80\x80", NULL},
        {"tab", "a\tb", INVALID},
        {"newline", "a\nb", INVALID},
        {"comma", "a,b", INVALID},
        {"semicolon", "a;b", INVALID},
        {"multiplication sign's neighbour, not sign", "\xc2\xac", INVALID},
        {"quotation mark of 16 bits", "\xe2\x80\x9c", INVALID},
        {"not UTF-8", "a\xff", INVALID},
        {"cut UTF-8", "a\xc3", INVALID},
        {"percent", "a%b", ILLEGAL("add tags to")},
        {"percent and comma", "a%,b", INVALID},
    };
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int in_value = 0; in_value < 2; in_value++) {
            mr_error err = {.message = ""};
            mr_code code = in_value ? add(stream, "key", cases[i].text, &err)
                                    : add(stream, cases[i].text, "value", &err);
            CHECK_CODE(cases[i].label, code, cases[i].want == NULL ? MR_OK : MR_INVALID_ARGUMENT);
            CHECK_STR(cases[i].label, err.message, cases[i].want == NULL ? "" : cases[i].want);
        }
    }
    const char *const percent[] = {"a%b"}, *const comma[] = {"ok", "a,b"};
    mr_error err = {0};
    CHECK_CODE("remove", mr_stream_remove_tags(stream, NULL, percent, 1, &err),
               MR_INVALID_ARGUMENT);
    CHECK_STR("remove", err.message, ILLEGAL("remove tags from"));
    CHECK_CODE("remove", mr_stream_remove_tags(stream, NULL, comma, 2, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("remove", err.message, INVALID);
    world_free(&w);
}

static void test_there_are_at_most_50_and_all_or_none_are_added(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    for (int i = 0; i < 49; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%02d", i);
        CHECK_OK(key, add(stream, key, "", &err), &err);
    }
    const mr_tag two[] = {{"x", ""}, {"y", ""}};
    CHECK_CODE("51", mr_stream_add_tags(stream, NULL, two, 2, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("AWS's words", err.message,
              "Failed to add tags to stream s under account 000000000000 because a given stream "
              "cannot have more than 10 tags associated with it.");
    check_tags("none of them", stream, NULL, "k48", 50, "");
    CHECK_OK("50", add(stream, "x", "1", &err), &err);
    CHECK_OK("a new value is no new tag", add(stream, "x", "2", &err), &err);
    check_tags("there", stream, NULL, "k48", 50, "x=2");
    world_free(&w);
}

static void test_tags_are_checked_before_there_is_a_stream(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_tag tags[51];
    mr_error err = {0};
    for (size_t i = 0; i < MR_COUNT(tags); i++) {
        tags[i] = (mr_tag){.key = "key", .value = ""};
    }
    CHECK_OK("50", mr_tags_check(w.streams, "s", tags, 50, &err), &err);
    CHECK_OK("none", mr_tags_check(w.streams, "s", NULL, 0, &err), &err);
    CHECK_CODE("51", mr_tags_check(w.streams, "s", tags, 51, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("AWS's words", err.message, "cannot have more than 10 tags");
    tags[0].value = "a%b";
    CHECK_CODE("characters", mr_tags_check(w.streams, "s", tags, 1, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("AWS's words", err.message, ILLEGAL("add tags to"));
    world_free(&w);
}

static void test_tags_of_a_consumer_are_its_own_and_go_with_it(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    mr_consumer *consumer;
    CHECK_OK("register", mr_consumer_register(stream, "c", &consumer, &err), &err);
    CHECK_OK("stream's", add(stream, "a", "stream", &err), &err);
    CHECK_OK("consumer's",
             mr_stream_add_tags(stream, "c", &(mr_tag){.key = "a", .value = "consumer"}, 1, &err),
             &err);
    check_tags("stream's", stream, NULL, NULL, 50, "a=stream");
    check_tags("consumer's", stream, "c", NULL, 50, "a=consumer");
    CHECK_OK("deregister", mr_consumer_deregister(consumer, &err), &err);
    check_tags("gone", stream, "c", NULL, 50, "");
    check_tags("kept", stream, NULL, NULL, 50, "a=stream");

    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    check_tags("a new stream has none", world_stream(&w, "s", 1), NULL, NULL, 50, "");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_are_kept_sorted_by_key),
        cmocka_unit_test(test_characters_are_checked_twice_as_on_aws),
        cmocka_unit_test(test_there_are_at_most_50_and_all_or_none_are_added),
        cmocka_unit_test(test_tags_are_checked_before_there_is_a_stream),
        cmocka_unit_test(test_tags_of_a_consumer_are_its_own_and_go_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
