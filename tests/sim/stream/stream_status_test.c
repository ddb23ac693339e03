/* stream_status_test.c - CREATING, UPDATING, DELETING, and restarts in the middle of them. */
#include "sim/stream/stream_status.h"

#include "sim/stream/shard_list.h"
#include "sim/stream/stream_settings.h"
#include "tests/sim/stream/stream_world.h"

#define DELAY INT64_C(500000)

static void check_status(const char *label, stream_world *w, const char *name, const char *want)
{
    mr_stream *stream = mr_streams_find(w->streams, name);
    CHECK_STR(label, stream == NULL ? "gone" : mr_status_name(mr_stream_status(stream)), want);
}

static stream_world delayed_world(void)
{
    return world_make((mr_streams_options){.state_delay_us = DELAY});
}

static size_t listed(mr_stream *stream)
{
    mr_shard *shards[16];
    bool more;
    return mr_stream_list_shards(stream, NULL, -1, shards, MR_COUNT(shards), &more);
}

static void test_without_a_delay_nobody_sees_a_state(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    check_status("made", &w, "s", "ACTIVE");
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    check_status("split", &w, "s", "ACTIVE");
    CHECK_INT("children", listed(stream), 3);
    CHECK_INT("no timer", mr_clock_next_due_us(w.clock) == INT64_MAX, 1);
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    check_status("deleted", &w, "s", "gone");
    world_free(&w);
}

static void test_a_new_stream_is_creating_until_the_delay_is_over(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    check_status("made", &w, "s", "CREATING");
    CHECK_INT("hidden", listed(stream), 0);

    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    mr_put_result result;
    size_t failed;
    CHECK_CODE("put", mr_stream_put(stream, &record, 1, &result, &failed, &err),
               MR_STREAM_NOT_FOUND);
    CHECK_STR("AWS's words", err.message, "Stream s under account 000000000000 not found.");
    CHECK_INT("failed", failed, 1);
    CHECK_CODE("entry", result.code, MR_STREAM_NOT_FOUND);
    CHECK_CODE("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err),
               MR_STREAM_NOT_ACTIVE);
    CHECK_STR("AWS's words", err.message,
              "Stream s under account 000000000000 not ACTIVE, instead in state CREATING");
    CHECK_CODE(
        "merge",
        mr_stream_merge(stream, mr_stream_shard(stream, 0), mr_stream_shard(stream, 1), &err),
        MR_STREAM_NOT_ACTIVE);
    CHECK_CODE("scale", mr_stream_update_shard_count(stream, 4, &err), MR_STREAM_NOT_ACTIVE);
    CHECK_CODE("mode", mr_stream_update_mode(stream, true, &err), MR_STREAM_NOT_ACTIVE);

    world_run(&w, DELAY - 1);
    check_status("nearly", &w, "s", "CREATING");
    world_run(&w, 1);
    check_status("now", &w, "s", "ACTIVE");
    CHECK_INT("listed", listed(stream), 2);
    CHECK_CODE("put", world_put(stream, "k", "x").code, MR_OK);
    world_free(&w);
}

static void test_a_restart_goes_on_with_creating(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    (void)world_stream(&w, "s", 1);
    world_run(&w, DELAY - 100);
    world_reopen(&w);
    check_status("as it was", &w, "s", "CREATING");
    world_run(&w, 99);
    check_status("the due time has not moved", &w, "s", "CREATING");
    world_run(&w, 1);
    check_status("over", &w, "s", "ACTIVE");

    (void)world_stream(&w, "late", 1);
    world_shut(&w);
    mr_clock_advance_to(w.clock, mr_clock_now_us(w.clock) + DELAY);
    world_open(&w);
    check_status("it was due while nobody ran", &w, "late", "ACTIVE");

    (void)world_stream(&w, "hasty", 1);
    w.options.state_delay_us = 0;
    world_reopen(&w);
    check_status("no state outlasts the delay", &w, "hasty", "ACTIVE");
    world_reopen(&w);
    check_status("and that is stored", &w, "hasty", "ACTIVE");
    world_free(&w);
}

static void test_children_appear_when_updating_ends(void **state)
{
    (void)state;
    for (int restart = 0; restart < 3; restart++) { /* none, in the middle, and past the end */
        stream_world w = delayed_world();
        mr_stream *stream = world_stream(&w, "s", 1);
        world_run(&w, DELAY);
        mr_error err = {0};
        CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
        check_status("split", &w, "s", "UPDATING");
        CHECK_INT("not yet", mr_stream_shard_count(stream), 1);
        CHECK_CODE("puts go on", world_put(stream, "k", "x").code, MR_OK);
        CHECK_CODE("no other change",
                   mr_stream_split(stream, mr_stream_shard(stream, 0), 900, &err),
                   MR_STREAM_NOT_ACTIVE);
        CHECK_HAS("which state", err.message, "instead in state UPDATING");
        if (restart == 1) {
            world_reopen(&w);
        } else if (restart == 2) {
            world_shut(&w);
            mr_clock_advance_to(w.clock, mr_clock_now_us(w.clock) + DELAY);
            world_open(&w);
        }
        if (restart < 2) {
            check_status("still", &w, "s", "UPDATING");
            world_run(&w, DELAY);
        }
        check_status("done", &w, "s", "ACTIVE");
        stream = mr_streams_find(w.streams, "s");
        CHECK_INT("two children", mr_stream_shard_count(stream), 3);
        CHECK_TRUE("closed at the end of UPDATING",
                   mr_shard_closed_us(mr_stream_shard(stream, 0)) == mr_clock_wall_us(w.clock));
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
        check_status("stored", &w, "s", "ACTIVE");
        CHECK_INT("once", mr_stream_shard_count(stream), 3);
        world_free(&w);
    }
}

static void test_merges_and_shard_counts_wait_as_splits_do(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_stream *stream = world_stream(&w, "s", 2);
    world_run(&w, DELAY);
    mr_error err = {0};
    CHECK_OK("merge",
             mr_stream_merge(stream, mr_stream_shard(stream, 0), mr_stream_shard(stream, 1), &err),
             &err);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    CHECK_INT("not yet", mr_stream_shard_count(stream), 2);
    world_run(&w, DELAY);
    CHECK_INT("merged", mr_stream_shard_count(stream), 3);
    CHECK_OK("scale", mr_stream_update_shard_count(stream, 4, &err), &err);
    check_status("scaled", &w, "s", "UPDATING");
    CHECK_INT("not yet", mr_stream_shard_count(stream), 3);
    world_reopen(&w);
    world_run(&w, DELAY);
    stream = mr_streams_find(w.streams, "s");
    size_t open;
    (void)mr_stream_open_shards(stream, &open);
    CHECK_INT("four", open, 4);
    check_status("done", &w, "s", "ACTIVE");
    CHECK_OK("the same number", mr_stream_update_shard_count(stream, 4, &err), &err);
    check_status("is no change", &w, "s", "ACTIVE");
    world_free(&w);
}

static void test_a_stream_is_shown_while_it_is_deleted(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_stream *stream = world_stream(&w, "s", 1);
    world_run(&w, DELAY);
    (void)world_put(stream, "k", "x");
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    mr_error err = {0};
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    check_status("shown", &w, "s", "DELETING");
    CHECK_OK("again", mr_streams_delete(w.streams, "s", &err), &err);
    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    mr_put_result result;
    size_t failed;
    CHECK_CODE("put", mr_stream_put(stream, &record, 1, &result, &failed, &err),
               MR_STREAM_NOT_FOUND);
    mr_stream *twin;
    CHECK_CODE("the name is taken",
               mr_streams_create(w.streams, &(mr_stream_options){.name = "s", .shard_count = 1},
                                 &twin, &err),
               MR_STREAM_EXISTS);
    CHECK_STR("AWS's words", err.message, "Stream s under account 000000000000 already exists.");
    read_log log;
    mr_read_result read;
    CHECK_OK("read", world_read(reader, 10, &log, &read), NULL);
    CHECK_STR("read", log.text, "x");
    world_run(&w, DELAY);
    check_status("over", &w, "s", "gone");
    CHECK_CODE("read", world_read(reader, 10, &log, &read), MR_STREAM_NOT_FOUND);
    mr_reader_free(reader);
    CHECK_CODE("delete", mr_streams_delete(w.streams, "s", &err), MR_STREAM_NOT_FOUND);
    world_free(&w);
}

static void test_a_deletion_goes_on_over_a_restart_and_ends_what_was_under_way(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    (void)world_stream(&w, "young", 1);
    CHECK_OK("while CREATING", mr_streams_delete(w.streams, "young", &err), &err);
    world_run(&w, DELAY);
    check_status("young", &w, "young", "gone");

    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    CHECK_OK("while UPDATING", mr_streams_delete(w.streams, "s", &err), &err);
    world_reopen(&w);
    check_status("restarted", &w, "s", "DELETING");
    CHECK_INT("no split", mr_stream_shard_count(mr_streams_find(w.streams, "s")), 1);
    world_run(&w, DELAY);
    check_status("over", &w, "s", "gone");
    world_reopen(&w);
    check_status("for good", &w, "s", "gone");
    world_free(&w);
}

static void on_fatal(void *context, const mr_error *error)
{
    mr_error *told = context;
    *told = *error;
}

static void test_a_state_that_cannot_end_is_fatal(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_error told = {0};
    mr_error err = {0};
    mr_streams_on_fatal(w.streams, on_fatal, &told);
    (void)world_stream(&w, "s", 1);
    CHECK_OK("break", mr_db_exec(w.db, "PRAGMA query_only = 1", &err), &err);
    world_run(&w, DELAY);
    CHECK_CODE("told", told.code, MR_PERMISSION);
    world_free(&w);
}

/* What a full disk or a kill leaves behind at the worst moment: the shards are made, and nothing of
 * it is written down. */
static void test_a_change_that_failed_is_done_by_the_next_world(void **state)
{
    (void)state;
    for (int scale = 0; scale < 2; scale++) {
        stream_world w = delayed_world();
        mr_stream *stream = world_stream(&w, "s", 1);
        world_run(&w, DELAY);
        mr_error told = {0};
        mr_error err = {0};
        mr_streams_on_fatal(w.streams, on_fatal, &told);
        CHECK_OK("begin",
                 scale == 1 ? mr_stream_update_shard_count(stream, 2, &err)
                            : mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err),
                 &err);
        CHECK_OK("break", mr_db_exec(w.db, "PRAGMA query_only = 1", &err), &err);
        world_run(&w, DELAY);
        CHECK_CODE("told", told.code, MR_PERMISSION);
        CHECK_INT("not done", mr_stream_shard_count(stream), 1);
        world_reopen(&w);
        check_status("the next world", &w, "s", "ACTIVE");
        stream = mr_streams_find(w.streams, "s");
        CHECK_INT("did it once", mr_stream_shard_count(stream), 3);
        CHECK_CODE("and takes records", world_put(stream, "k", "x").code, MR_OK);
        world_free(&w);
    }
}

static void test_internal_streams_take_no_time(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    mr_stream_options options = {.name = "firehose:d", .shard_count = 1, .internal = true};
    mr_stream *stream;
    mr_error err = {0};
    CHECK_OK("create", mr_streams_create(w.streams, &options, &stream, &err), &err);
    check_status("made", &w, "firehose:d", "ACTIVE");
    CHECK_CODE("not for clients",
               mr_streams_require(w.streams, mr_bytes_of("firehose:d"), &stream, &err),
               MR_STREAM_NOT_FOUND);
    CHECK_OK("delete", mr_streams_delete(w.streams, "firehose:d", &err), &err);
    check_status("deleted", &w, "firehose:d", "gone");
    world_free(&w);
}

/* ---- limits of the account ---- */

static mr_code create(stream_world *w, const char *name, uint32_t shards, bool on_demand,
                      mr_error *err)
{
    mr_stream *stream;
    mr_stream_options options = {.name = name, .shard_count = shards, .on_demand = on_demand};
    return mr_streams_create(w->streams, &options, &stream, err);
}

static void test_the_account_has_so_many_shards(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.shard_limit = 5});
    mr_error err = {0};
    CHECK_OK("three", create(&w, "a", 3, false, &err), &err);
    CHECK_CODE("three more", create(&w, "b", 3, false, &err), MR_LIMIT_EXCEEDED);
    CHECK_STR(
        "AWS's words", err.message,
        "This request would exceed the shard limit for the account 000000000000 in us-east-1. "
        "Current shard count for the account: 3. Limit: 5. Number of additional shards that "
        "would have resulted from this request: 3. Refer to the AWS Service Limits page "
        "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current "
        "limits and how to request higher limits.");
    CHECK_CODE("a name in use comes first", create(&w, "a", 3, false, &err), MR_STREAM_EXISTS);
    CHECK_OK("two", create(&w, "b", 2, false, &err), &err);
    mr_stream *stream = mr_streams_find(w.streams, "b");
    CHECK_CODE("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err),
               MR_LIMIT_EXCEEDED);
    CHECK_HAS("one", err.message, "would have resulted from this request: 1.");
    CHECK_OK("merge",
             mr_stream_merge(stream, mr_stream_shard(stream, 0), mr_stream_shard(stream, 1), &err),
             &err);
    CHECK_OK("closed shards do not count", create(&w, "c", 1, false, &err), &err);
    mr_account_limits limits = mr_streams_limits(w.streams);
    CHECK_INT("limit", limits.shard_limit, 5);
    CHECK_INT("open", limits.open_shards, 5);
    world_free(&w);
}

static void test_the_account_has_so_many_on_demand_streams(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.on_demand_limit = 1});
    mr_error err = {0};
    CHECK_OK("one", create(&w, "a", 1, true, &err), &err);
    CHECK_CODE("two", create(&w, "b", 1, true, &err), MR_LIMIT_EXCEEDED);
    CHECK_OK("provisioned", create(&w, "b", 1, false, &err), &err);
    CHECK_CODE("by a switch", mr_stream_update_mode(mr_streams_find(w.streams, "b"), true, &err),
               MR_LIMIT_EXCEEDED);
    CHECK_OK("away", mr_streams_delete(w.streams, "a", &err), &err);
    CHECK_OK("by a switch", mr_stream_update_mode(mr_streams_find(w.streams, "b"), true, &err),
             &err);
    CHECK_INT("count", mr_streams_limits(w.streams).on_demand_streams, 1);
    world_free(&w);
}

static void test_so_many_streams_are_creating_at_once(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY, .creating_limit = 2});
    mr_error err = {0};
    CHECK_OK("one", create(&w, "a", 1, false, &err), &err);
    CHECK_OK("two", create(&w, "b", 1, false, &err), &err);
    CHECK_CODE("three", create(&w, "c", 1, false, &err), MR_LIMIT_EXCEEDED);
    world_run(&w, DELAY);
    CHECK_OK("three", create(&w, "c", 1, false, &err), &err);
    world_free(&w);
}

static void test_streams_are_listed_in_pages(void **state)
{
    (void)state;
    stream_world w = delayed_world();
    static const char *const names[] = {"b", "a", "C", "a1"}; /* in byte order: C a a1 b */
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        (void)world_stream(&w, names[i], 1);
    }
    mr_stream *page[4];
    bool more;
    CHECK_INT("first page", mr_streams_page(w.streams, NULL, page, 2, &more), 2);
    CHECK_STR("first", mr_stream_name(page[0]), "C");
    CHECK_STR("second", mr_stream_name(page[1]), "a");
    CHECK_TRUE("more", more);
    CHECK_INT("second page", mr_streams_page(w.streams, "a", page, 2, &more), 2);
    CHECK_STR("third", mr_stream_name(page[0]), "a1");
    CHECK_TRUE("no more", !more);
    CHECK_INT("behind what is not there", mr_streams_page(w.streams, "aa", page, 2, &more), 1);
    CHECK_INT("behind all", mr_streams_page(w.streams, "z", page, 2, &more), 0);
    CHECK_STR("ARN", mr_stream_arn(mr_streams_find(w.streams, "C")),
              "arn:aws:kinesis:us-east-1:000000000000:stream/C");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_delay_nobody_sees_a_state),
        cmocka_unit_test(test_a_new_stream_is_creating_until_the_delay_is_over),
        cmocka_unit_test(test_a_restart_goes_on_with_creating),
        cmocka_unit_test(test_children_appear_when_updating_ends),
        cmocka_unit_test(test_merges_and_shard_counts_wait_as_splits_do),
        cmocka_unit_test(test_a_stream_is_shown_while_it_is_deleted),
        cmocka_unit_test(test_a_deletion_goes_on_over_a_restart_and_ends_what_was_under_way),
        cmocka_unit_test(test_a_state_that_cannot_end_is_fatal),
        cmocka_unit_test(test_a_change_that_failed_is_done_by_the_next_world),
        cmocka_unit_test(test_internal_streams_take_no_time),
        cmocka_unit_test(test_the_account_has_so_many_shards),
        cmocka_unit_test(test_the_account_has_so_many_on_demand_streams),
        cmocka_unit_test(test_so_many_streams_are_creating_at_once),
        cmocka_unit_test(test_streams_are_listed_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
