/* reshard_test.c - split and merge. */
#include "tests/sim/stream/stream_world.h"

static void check_range(mr_shard *shard, const char *want_start, const char *want_end)
{
    mr_u128 start, end;
    char text[MR_HASH_KEY_SIZE];
    mr_shard_range(shard, &start, &end);
    mr_hash_key_format(start, text);
    CHECK_STR(mr_shard_id(shard), text, want_start);
    mr_hash_key_format(end, text);
    CHECK_STR(mr_shard_id(shard), text, want_end);
}

static void test_a_split_closes_the_parent_and_opens_two_children(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    mr_shard *parent = mr_stream_shard(stream, 0);
    CHECK_OK("split", mr_stream_split(stream, parent, 1000, &err), &err);
    for (int round = 0; round < 2; round++) { /* the second time as found on disk */
        assert_int_equal(mr_stream_shard_count(stream), 4);
        parent = mr_stream_shard(stream, 0);
        assert_false(mr_shard_is_open(parent));
        assert_true(mr_shard_closed_us(parent) == WORLD_START);
        check_range(mr_stream_shard(stream, 2), "0", "999");
        check_range(mr_stream_shard(stream, 3), "1000", "170141183460469231731687303715884105727");
        for (size_t i = 2; i < 4; i++) {
            mr_shard *child = mr_stream_shard(stream, i);
            const mr_shard *parents[2];
            assert_true(mr_shard_is_open(child));
            assert_int_equal(mr_shard_parents(child, parents), 1);
            assert_ptr_equal(parents[0], parent);
            assert_true(mr_shard_created_us(child) == WORLD_START + MR_US_PER_SECOND);
        }
        CHECK_STR("id", mr_shard_id(mr_stream_shard(stream, 3)), "shardId-000000000003");
        assert_ptr_equal(mr_stream_shard_of_id(stream, "shardId-000000000003"),
                         mr_stream_shard(stream, 3));
        size_t count;
        mr_shard *const *open = mr_stream_open_shards(stream, &count);
        assert_int_equal(count, 3);
        assert_int_equal(mr_shard_index(open[0]), 2);
        assert_int_equal(mr_shard_index(open[1]), 3);
        assert_int_equal(mr_shard_index(open[2]), 1);
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    world_free(&w);
}

static void test_the_key_of_a_split_lies_inside_the_range(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_shard *shard = mr_stream_shard(stream, 1);
    mr_u128 start, end;
    mr_shard_range(shard, &start, &end);
    const mr_u128 bad[] = {0, start - 1, start, start + 1, end};
    mr_error err = {0};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        CHECK_CODE("split", mr_stream_split(stream, shard, bad[i], &err), MR_INVALID_ARGUMENT);
        CHECK_HAS("AWS's words", err.message,
                  "is not both greater than one plus the shard's StartingHashKey");
    }
    assert_int_equal(mr_stream_shard_count(stream), 2);
    CHECK_OK("least", mr_stream_split(stream, shard, start + 2, &err), &err);
    CHECK_OK("most", mr_stream_split(stream, mr_stream_shard(stream, 3), end - 1, &err), &err);
    world_free(&w);
}

static void test_a_merge_joins_neighbours_only(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 3);
    mr_shard *shards[3];
    for (size_t i = 0; i < 3; i++) {
        shards[i] = mr_stream_shard(stream, i);
    }
    mr_error err = {0};
    CHECK_CODE("not neighbours", mr_stream_merge(stream, shards[0], shards[2], &err),
               MR_SHARDS_NOT_ADJACENT);
    CHECK_CODE("the wrong way round", mr_stream_merge(stream, shards[1], shards[0], &err),
               MR_SHARDS_NOT_ADJACENT);
    CHECK_CODE("itself", mr_stream_merge(stream, shards[0], shards[0], &err),
               MR_SHARDS_NOT_ADJACENT);
    CHECK_CODE("the last before the first", mr_stream_merge(stream, shards[2], shards[0], &err),
               MR_SHARDS_NOT_ADJACENT);
    CHECK_OK("merge", mr_stream_merge(stream, shards[0], shards[1], &err), &err);
    mr_shard *child = mr_stream_shard(stream, 3);
    check_range(child, "0", "226854911280625642308916404954512140969");
    const mr_shard *parents[2];
    assert_int_equal(mr_shard_parents(child, parents), 2);
    assert_ptr_equal(parents[0], shards[0]);
    assert_ptr_equal(parents[1], shards[1]);
    CHECK_OK("whole", mr_stream_merge(stream, child, shards[2], &err), &err);
    check_range(mr_stream_shard(stream, 4), "0", "340282366920938463463374607431768211455");
    CHECK_CODE("put", world_put(stream, "k", "x").code, MR_OK);
    world_free(&w);
}

static void test_a_closed_shard_is_not_split_or_merged_again(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    CHECK_CODE("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err),
               MR_SHARD_CLOSED);
    CHECK_STR("AWS's words", err.message,
              "Shard shardId-000000000000 in stream s under account 000000000000 has already been "
              "merged or split, and thus is not eligible for merging or splitting.");
    CHECK_CODE(
        "merge",
        mr_stream_merge(stream, mr_stream_shard(stream, 0), mr_stream_shard(stream, 1), &err),
        MR_SHARD_CLOSED);
    world_free(&w);
}

static void test_a_closed_shard_ends_its_sequence_numbers(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    (void)world_put(stream, "k", "x");
    world_advance(&w, 90 * MR_US_PER_SECOND);
    mr_error err = {0};
    mr_shard *parent = mr_stream_shard(stream, 0);
    CHECK_OK("split", mr_stream_split(stream, parent, 500, &err), &err);
    char end[MR_SEQUENCE_SIZE], start[MR_SEQUENCE_SIZE], first[MR_SEQUENCE_SIZE];
    mr_shard_sequence_end(parent, end);
    mr_sequence sequence;
    assert_true(mr_sequence_parse(mr_bytes_of(end), &sequence, NULL));
    assert_true(sequence.counter == INT64_MAX);
    assert_int_equal(sequence.record_s, WORLD_START / MR_US_PER_SECOND + 90);

    mr_put_result put = world_put(stream, "k", "x"); /* in the second before its shard begins */
    mr_shard_sequence_start(put.shard, start);
    mr_shard_sequence(put.shard, put.number, mr_clock_now_us(w.clock), first);
    assert_true(strcmp(first, start) > 0);
    world_free(&w);
}

static void test_sequence_numbers_rise_over_a_reshard_after_the_clock_was_set_back(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_put_result put = world_put(stream, "k", "x");
    char before[MR_SEQUENCE_SIZE], after[MR_SEQUENCE_SIZE];
    mr_shard_sequence(put.shard, put.number, mr_clock_wall_us(w.clock), before);
    mr_clock_jump(w.clock, -3600 * MR_US_PER_SECOND);
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, put.shard, 500, &err), &err);
    assert_int_equal(mr_shard_closed_us(put.shard), mr_clock_wall_us(w.clock));
    put = world_put(stream, "k", "x");
    mr_shard_sequence(put.shard, put.number, mr_clock_wall_us(w.clock), after);
    assert_true(mr_shard_index(put.shard) > 0);
    assert_true(strcmp(after, before) > 0);
    world_free(&w);
}

typedef struct seen {
    char text[128];
    mr_reader *readers[4];
    size_t count;
} seen;

static void on_shard(void *context, mr_shard *shard)
{
    seen *log = context;
    size_t len = strlen(log->text);
    snprintf(log->text + len, sizeof(log->text) - len, "+%u", (unsigned)mr_shard_index(shard));
    log->readers[log->count++] = mr_reader_new(shard, 1);
}

static void on_wake(void *context)
{
    seen *log = context;
    size_t len = strlen(log->text);
    snprintf(log->text + len, sizeof(log->text) - len, "!");
}

static void test_listeners_hear_of_children_before_the_parents_readers_wake(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    (void)world_put(stream, "k", "x");
    mr_shard *parent = mr_stream_shard(stream, 0);
    seen log = {.text = ""};
    mr_reader *reader = mr_reader_new(parent, 1);
    read_log read;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 10, &read, &result), NULL);
    assert_false(result.ended);
    mr_reader_wake(reader, on_wake, &log);
    mr_stream_on_shard(stream, on_shard, &log);
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, parent, 500, &err), &err);
    CHECK_STR("order", log.text, "+1+2!");
    CHECK_OK("read", world_read(reader, 10, &read, &result), NULL);
    assert_true(result.ended);
    assert_int_equal(result.records, 0);

    mr_stream_off_shard(stream, on_shard, &log);
    CHECK_OK("merge",
             mr_stream_merge(stream, mr_stream_shard(stream, 1), mr_stream_shard(stream, 2), &err),
             &err);
    CHECK_STR("no longer", log.text, "+1+2!");
    mr_reader_free(reader);
    for (size_t i = 0; i < log.count; i++) {
        mr_reader_free(log.readers[i]);
    }
    world_free(&w);
}

static void test_records_of_a_closed_shard_are_still_read(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    (void)world_put(stream, "k", "a");
    (void)world_put(stream, "k", "b");
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 1, &log, &result), NULL);
    CHECK_STR("first", log.text, "a");
    assert_false(result.ended);
    CHECK_OK("read", world_read(reader, 1, &log, &result), NULL);
    CHECK_STR("second", log.text, "b");
    assert_true(result.ended);
    mr_reader_free(reader);
    world_free(&w);
}

/* Open shards cover everything, without a gap, and none is wider than another by more than what an
 * uneven division leaves. */
static void check_equal_shards(const char *label, mr_stream *stream, size_t want)
{
    size_t count;
    mr_shard *const *open = mr_stream_open_shards(stream, &count);
    mr_u128 next = 0, least = ~(mr_u128)0, most = 0;
    CHECK_INT(label, count, want);
    for (size_t i = 0; i < count; i++) {
        mr_u128 start, end;
        mr_shard_range(open[i], &start, &end);
        CHECK_TRUE(label, start == next);
        next = end + 1;
        least = end - start < least ? end - start : least;
        most = end - start > most ? end - start : most;
    }
    CHECK_TRUE(label, next == 0); /* past the last hash key */
    CHECK_TRUE(label, most - least <= 4);
}

static void test_a_stream_is_scaled_to_equal_shards(void **state)
{
    static const uint32_t steps[] = {2, 4, 3, 6, 6, 1, 7, 5, 10, 2};
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 3);
    mr_error err = {0};
    check_equal_shards("as made", stream, 3);
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        char label[32];
        (void)snprintf(label, sizeof(label), "step %zu, to %u", i, steps[i]);
        CHECK_OK(label, mr_stream_update_shard_count(stream, steps[i], &err), &err);
        check_equal_shards(label, stream, steps[i]);
    }
    CHECK_CODE("none", mr_stream_update_shard_count(stream, 0, &err), MR_INVALID_ARGUMENT);
    world_free(&w);
}

static void test_scaling_twice_as_high_splits_each_shard_once(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    CHECK_OK("scale", mr_stream_update_shard_count(stream, 4, &err), &err);
    CHECK_INT("two parents, four children", mr_stream_shard_count(stream), 6);
    world_free(&w);
}

/* The words and codes are those of kinesalite's suite. */
static void test_shard_counts_are_checked_as_on_aws(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint32_t open, target;
        const char *want; /* NULL: taken */
    } cases[] = {
        {"double", 2, 4, NULL},
        {"more than double", 2, 5,
         "UpdateShardCount cannot scale up over double your current open shard count. Current open "
         "shard count: 2, Target shard count: 5"},
        {"half", 6, 3, NULL},
        {"below half", 6, 2,
         "UpdateShardCount cannot scale down below half your current open shard count. Current "
         "open shard count: 6, Target shard count: 2"},
        {"below half of an odd number", 5, 2,
         "UpdateShardCount cannot scale down below half your current open shard count. Current "
         "open shard count: 5, Target shard count: 2"},
        {"above half of an odd number", 5, 3, NULL},
        {"the account's limit", 8, 13,
         "Target shard count or number of open shards cannot be greater than 12. Current open "
         "shard count: 8, Target shard count: 13"},
        {"up to the account's limit", 8, 12, NULL},
        {"the limit comes first", 2, 14,
         "Target shard count or number of open shards cannot be greater than 12. Current open "
         "shard count: 2, Target shard count: 14"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        stream_world w = world_make((mr_streams_options){.shard_limit = 12});
        mr_stream *stream = world_stream(&w, "s", cases[i].open);
        mr_error err = {.message = ""};
        CHECK_CODE(cases[i].label, mr_stream_check_shard_count(stream, cases[i].target, &err),
                   cases[i].want == NULL ? MR_OK : MR_LIMIT_EXCEEDED);
        CHECK_STR(cases[i].label, err.message, cases[i].want == NULL ? "" : cases[i].want);
        world_free(&w);
    }
}

static void test_other_streams_count_for_the_accounts_limit(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.shard_limit = 6});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    (void)world_stream(&w, "other", 3);
    CHECK_OK("6 in all", mr_stream_check_shard_count(stream, 3, &err), &err);
    CHECK_CODE("7 in all", mr_stream_check_shard_count(stream, 4, &err), MR_LIMIT_EXCEEDED);
    mr_stream_options options = {.name = "d", .shard_count = 1, .on_demand = true};
    CHECK_OK("on demand", mr_streams_create(w.streams, &options, &stream, &err), &err);
    CHECK_CODE("scales itself", mr_stream_check_shard_count(stream, 1, &err), MR_INVALID_ARGUMENT);
    world_free(&w);
}

static void test_ten_new_shard_counts_are_a_days_worth(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_error err = {0};
    for (int i = 0; i < 10; i++) {
        CHECK_OK("check", mr_stream_check_shard_count(stream, 3, &err), &err);
        CHECK_OK("count", mr_stream_count_scaling(stream, &err), &err);
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    CHECK_CODE("eleventh", mr_stream_check_shard_count(stream, 3, &err), MR_LIMIT_EXCEEDED);
    world_advance(&w, 24 * 3600 * MR_US_PER_SECOND - 1);
    CHECK_CODE("not yet", mr_stream_check_shard_count(stream, 3, &err), MR_LIMIT_EXCEEDED);
    world_advance(&w, 1);
    CHECK_OK("a day later", mr_stream_check_shard_count(stream, 3, &err), &err);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_split_closes_the_parent_and_opens_two_children),
        cmocka_unit_test(test_the_key_of_a_split_lies_inside_the_range),
        cmocka_unit_test(test_a_merge_joins_neighbours_only),
        cmocka_unit_test(test_a_closed_shard_is_not_split_or_merged_again),
        cmocka_unit_test(test_a_closed_shard_ends_its_sequence_numbers),
        cmocka_unit_test(test_sequence_numbers_rise_over_a_reshard_after_the_clock_was_set_back),
        cmocka_unit_test(test_listeners_hear_of_children_before_the_parents_readers_wake),
        cmocka_unit_test(test_records_of_a_closed_shard_are_still_read),
        cmocka_unit_test(test_a_stream_is_scaled_to_equal_shards),
        cmocka_unit_test(test_scaling_twice_as_high_splits_each_shard_once),
        cmocka_unit_test(test_shard_counts_are_checked_as_on_aws),
        cmocka_unit_test(test_other_streams_count_for_the_accounts_limit),
        cmocka_unit_test(test_ten_new_shard_counts_are_a_days_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
