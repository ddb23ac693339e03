/* shard_list_test.c - which shards are listed, by filter and page. */
#include "sim/stream/shard_list.h"

#include "sim/stream/stream_settings.h"
#include "tests/sim/stream/stream_world.h"

#define HOUR_US (INT64_C(3600) * MR_US_PER_SECOND)

/* "0 1 2", with "..." when there is more. */
static void check_list(const char *label, mr_stream *stream, const mr_shard_filter *filter,
                       int64_t after, size_t most, const char *want)
{
    mr_shard *shards[16];
    bool more;
    assert_true(most <= MR_COUNT(shards));
    size_t count = mr_stream_list_shards(stream, filter, after, shards, most, &more);
    char text[128] = "";
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%u", i == 0 ? "" : " ",
                 (unsigned)mr_shard_index(shards[i]));
    }
    if (more) {
        strcat(text, "...");
    }
    CHECK_STR(label, text, want);
}

static void check_filter(const char *label, mr_stream *stream, mr_shard_filter_type type,
                         int64_t timestamp_us, const char *want)
{
    const mr_shard_filter filter = {.type = type, .timestamp_us = timestamp_us};
    check_list(label, stream, &filter, -1, 16, want);
}

/* 0 and 1 from the start; after 1 h 0 is split into 2 and 3; after 2 h 3 and 1 are merged to 4. */
static mr_stream *make_family(stream_world *w)
{
    mr_stream *stream = world_stream(w, "s", 2);
    mr_error err = {0};
    world_advance(w, HOUR_US);
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    world_advance(w, HOUR_US);
    CHECK_OK("merge",
             mr_stream_merge(stream, mr_stream_shard(stream, 3), mr_stream_shard(stream, 1), &err),
             &err);
    return stream;
}

static void test_filters_choose_by_when_a_shard_was_open(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = make_family(&w);
    world_advance(&w, HOUR_US);
    for (int round = 0; round < 2; round++) { /* the second time as found on disk */
        check_list("all", stream, NULL, -1, 16, "0 1 2 3 4");
        check_filter("default", stream, MR_SHARDS_FROM_TRIM_HORIZON, 0, "0 1 2 3 4");
        check_filter("latest", stream, MR_SHARDS_AT_LATEST, 0, "2 4");
        check_filter("horizon", stream, MR_SHARDS_AT_TRIM_HORIZON, 0, "0 1");
        check_filter("before the horizon", stream, MR_SHARDS_AT_TIMESTAMP, 0, "0 1");
        check_filter("at", stream, MR_SHARDS_AT_TIMESTAMP, WORLD_START + HOUR_US / 2, "0 1");
        check_filter("the split", stream, MR_SHARDS_AT_TIMESTAMP, WORLD_START + HOUR_US, "0 1 2 3");
        check_filter("just after it: no gap", stream, MR_SHARDS_AT_TIMESTAMP,
                     WORLD_START + HOUR_US + 1, "1 2 3");
        check_filter("now", stream, MR_SHARDS_AT_TIMESTAMP, WORLD_START + 3 * HOUR_US, "2 4");
        check_filter("from", stream, MR_SHARDS_FROM_TIMESTAMP, WORLD_START + HOUR_US + 1,
                     "1 2 3 4");
        check_filter("from now", stream, MR_SHARDS_FROM_TIMESTAMP, WORLD_START + 3 * HOUR_US,
                     "2 4");
        const mr_shard_filter behind = {.type = MR_SHARDS_AFTER_SHARD_ID, .shard_index = 2};
        check_list("after a shard", stream, &behind, -1, 16, "3 4");
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    world_free(&w);
}

static void test_closed_shards_leave_when_their_records_have_expired(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = make_family(&w);
    mr_shard *parent = mr_stream_shard(stream, 0);
    world_advance(&w, 23 * HOUR_US); /* 24 h after the split */
    check_list("the last instant", stream, NULL, -1, 16, "0 1 2 3 4");
    CHECK_TRUE("listed", mr_shard_is_listed(parent));
    world_advance(&w, 1);
    check_list("the first parent has left", stream, NULL, -1, 16, "1 2 3 4");
    CHECK_TRUE("not listed", !mr_shard_is_listed(parent));
    check_filter("open at the horizon", stream, MR_SHARDS_AT_TRIM_HORIZON, 0, "1 2 3");
    world_advance(&w, HOUR_US);
    check_list("all parents have left", stream, NULL, -1, 16, "2 4");
    mr_error err = {0};
    CHECK_OK("longer", mr_stream_increase_retention(stream, 48, &err), &err);
    check_list("a longer retention shows them again", stream, NULL, -1, 16, "0 1 2 3 4");
    world_free(&w);
}

static void test_pages_go_on_behind_an_index(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = make_family(&w);
    check_list("first", stream, NULL, -1, 2, "0 1...");
    check_list("second", stream, NULL, 1, 2, "2 3...");
    check_list("third", stream, NULL, 3, 2, "4");
    check_list("full and last", stream, NULL, 2, 2, "3 4");
    check_list("behind all", stream, NULL, 4, 2, "");
    check_list("far behind", stream, NULL, INT32_MAX, 2, "");
    const mr_shard_filter open = {.type = MR_SHARDS_AT_LATEST};
    check_list("filtered", stream, &open, -1, 1, "2...");
    check_list("filtered", stream, &open, 2, 1, "4");
    world_free(&w);
}

static void test_children_are_found_from_either_parent(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = make_family(&w);
    mr_shard *children[2];
    CHECK_INT("of a split", mr_shard_children(mr_stream_shard(stream, 0), children), 2);
    CHECK_INT("low", mr_shard_index(children[0]), 2);
    CHECK_INT("high", mr_shard_index(children[1]), 3);
    for (size_t parent = 1; parent <= 3; parent += 2) {
        CHECK_INT("of a merge", mr_shard_children(mr_stream_shard(stream, parent), children), 1);
        CHECK_INT("child", mr_shard_index(children[0]), 4);
    }
    CHECK_INT("of an open one", mr_shard_children(mr_stream_shard(stream, 4), children), 0);
    world_free(&w);
}

static void test_ids_may_be_short(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool ok;
        uint32_t index;
    } cases[] = {
        {"shardId-000000000000", true, 0},
        {"shardId-0", true, 0},
        {"0", true, 0},
        {"foo-00000", true, 0},
        {"x-12", true, 12},
        {"shardId-2147483647", true, INT32_MAX},
        {"shardId-2147483648", false, 0},
        {"99999999999999999999999999", false, 0},
        {"shardId-", false, 0},
        {"", false, 0},
        {"shardId-1-2", false, 0},
        {"shardId-1a", false, 0},
        {"shardId", false, 0},
        {"- 1", false, 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        uint32_t index = 0;
        CHECK_INT(cases[i].id, mr_shard_index_parse(mr_bytes_of(cases[i].id), &index), cases[i].ok);
        CHECK_INT(cases[i].id, index, cases[i].index);
    }
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_shard *shard = NULL;
    mr_error err = {0};
    CHECK_OK("found", mr_stream_require_shard(stream, mr_bytes_of("x-1"), &shard, &err), &err);
    CHECK_INT("found", mr_shard_index(shard), 1);
    CHECK_CODE("absent", mr_stream_require_shard(stream, mr_bytes_of("x-2"), &shard, &err),
               MR_SHARD_NOT_FOUND);
    CHECK_STR("canonical", err.message,
              "Could not find shard shardId-000000000002 in stream s under account 000000000000.");
    CHECK_CODE("no id", mr_stream_require_shard(stream, mr_bytes_of("x-y"), &shard, &err),
               MR_SHARD_NOT_FOUND);
    CHECK_STR("as given", err.message,
              "Could not find shard x-y in stream s under account 000000000000.");
    world_free(&w);
}

static void test_filters_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < MR_SHARD_FILTER_COUNT; i++) {
        const char *name = mr_shard_filter_name((mr_shard_filter_type)i);
        CHECK_INT(name, mr_shard_filter_of_name(mr_bytes_of(name)), i);
    }
    CHECK_INT("one", mr_shard_filter_of_name(mr_bytes_of("AT_LATEST")), MR_SHARDS_AT_LATEST);
    CHECK_INT("none", mr_shard_filter_of_name(mr_bytes_of("LATEST")), MR_SHARD_FILTER_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters_choose_by_when_a_shard_was_open),
        cmocka_unit_test(test_closed_shards_leave_when_their_records_have_expired),
        cmocka_unit_test(test_pages_go_on_behind_an_index),
        cmocka_unit_test(test_children_are_found_from_either_parent),
        cmocka_unit_test(test_ids_may_be_short),
        cmocka_unit_test(test_filters_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
