/* page_token_test.c - NextTokens: their fields, their life, their kind. */
#include "sim/stream/page_token.h"

#include "sim/stream/shard_iterator.h"
#include "tests/sim/stream/stream_world.h"

static mr_page page_of(mr_stream *stream)
{
    mr_page page = {.kind = MR_PAGE_SHARDS,
                    .stream_created_us = mr_stream_created_us(stream),
                    .after_shard = 41,
                    .filter = {.type = MR_SHARDS_FROM_TIMESTAMP,
                               .timestamp_us = WORLD_START - 5,
                               .shard_index = 7}};
    snprintf(page.stream, sizeof(page.stream), "%s", mr_stream_name(stream));
    return page;
}

static void test_a_page_comes_back_after_a_restart(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_page page = page_of(stream), got = {0};
    memset(page.after_name, 'c', sizeof(page.after_name) - 1); /* the longest name */
    char text[MR_PAGE_TOKEN_SIZE], again[MR_PAGE_TOKEN_SIZE];
    mr_error err = {0};
    CHECK_OK("make", mr_page_token_make(w.streams, &page, text, &err), &err);
    CHECK_OK("make", mr_page_token_make(w.streams, &page, again, &err), &err);
    CHECK_TRUE("fresh", strcmp(text, again) != 0);
    world_reopen(&w);
    stream = NULL;
    CHECK_OK("open",
             mr_page_token_open(w.streams, mr_bytes_of(text), MR_PAGE_SHARDS, &got, &stream, &err),
             &err);
    assert_ptr_equal(stream, mr_streams_find(w.streams, "s"));
    CHECK_STR("stream", got.stream, "s");
    CHECK_STR("name", got.after_name, page.after_name);
    CHECK_INT("shard", got.after_shard, 41);
    CHECK_INT("filter", got.filter.type, MR_SHARDS_FROM_TIMESTAMP);
    CHECK_INT("time", got.filter.timestamp_us, WORLD_START - 5);
    CHECK_INT("index", got.filter.shard_index, 7);
    world_free(&w);
}

static void test_a_token_is_of_one_operation(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_page page = page_of(stream), got;
    char text[MR_PAGE_TOKEN_SIZE], iterator[MR_SHARD_ITERATOR_SIZE];
    mr_error err = {0};
    mr_shard *shard;
    uint64_t number;
    CHECK_OK("make", mr_page_token_make(w.streams, &page, text, &err), &err);
    CHECK_OK("make", mr_shard_iterator_at(mr_stream_shard(stream, 0), 1, iterator, &err), &err);
    CHECK_CODE("consumers",
               mr_page_token_read(w.streams, mr_bytes_of(text), MR_PAGE_CONSUMERS, &got, &err),
               MR_INVALID_ARGUMENT);
    CHECK_CODE("an iterator",
               mr_page_token_read(w.streams, mr_bytes_of(iterator), MR_PAGE_SHARDS, &got, &err),
               MR_INVALID_ARGUMENT);
    CHECK_CODE("no token",
               mr_page_token_read(w.streams, mr_bytes_of("AAAA"), MR_PAGE_SHARDS, &got, &err),
               MR_INVALID_ARGUMENT);
    CHECK_CODE("as an iterator",
               mr_shard_iterator_open(w.streams, mr_bytes_of(text), &shard, &number, &err),
               MR_ITERATOR_INVALID);
    world_free(&w);
}

static void test_a_token_lives_for_300_seconds(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_page page = {.kind = MR_PAGE_STREAMS, .after_name = "a"}, got;
    char text[MR_PAGE_TOKEN_SIZE];
    mr_error err = {0};
    CHECK_OK("make", mr_page_token_make(w.streams, &page, text, &err), &err);
    world_advance(&w, 300 * MR_US_PER_SECOND);
    CHECK_OK("the last instant",
             mr_page_token_read(w.streams, mr_bytes_of(text), MR_PAGE_STREAMS, &got, &err), &err);
    CHECK_STR("after", got.after_name, "a");
    world_advance(&w, 1);
    CHECK_CODE("over",
               mr_page_token_read(w.streams, mr_bytes_of(text), MR_PAGE_STREAMS, &got, &err),
               MR_TOKEN_EXPIRED);
    world_free(&w);
}

static void test_the_stream_is_still_the_same(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_page page = page_of(stream), got;
    char text[MR_PAGE_TOKEN_SIZE];
    mr_error err = {0};
    CHECK_OK("make", mr_page_token_make(w.streams, &page, text, &err), &err);
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    for (int round = 0; round < 2; round++) { /* gone, then made again */
        CHECK_CODE(
            "open",
            mr_page_token_open(w.streams, mr_bytes_of(text), MR_PAGE_SHARDS, &got, &stream, &err),
            MR_STREAM_NOT_FOUND);
        CHECK_STR("AWS's words", err.message, "Stream s under account 000000000000 not found.");
        if (round == 0) {
            world_advance(&w, 1);
            (void)world_stream(&w, "s", 1);
        }
    }
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_comes_back_after_a_restart),
        cmocka_unit_test(test_a_token_is_of_one_operation),
        cmocka_unit_test(test_a_token_lives_for_300_seconds),
        cmocka_unit_test(test_the_stream_is_still_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
