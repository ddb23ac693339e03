/* shard_iterator_test.c - making tokens with every check, and taking them back. */
#include "sim/stream/shard_iterator.h"

#include "sim/base/base64.h"
#include "tests/sim/stream/stream_world.h"

#define DELAY INT64_C(500000)

typedef struct token {
    char text[MR_SHARD_ITERATOR_SIZE];
} token;

static mr_code make(stream_world *w, const char *stream, const char *shard,
                    mr_starting_position position, token *out, mr_error *err)
{
    return mr_shard_iterator_make(w->streams, mr_bytes_of(stream), mr_bytes_of(shard), &position,
                                  out->text, err);
}

static token must_make(stream_world *w, mr_starting_position position)
{
    token out = {.text = ""};
    mr_error err = {0};
    CHECK_OK("make", make(w, "s", "shardId-000000000000", position, &out, &err), &err);
    return out;
}

static mr_code open_token(stream_world *w, const token *from, uint64_t *number, mr_error *err)
{
    mr_shard *shard = NULL;
    mr_code code = mr_shard_iterator_open(w->streams, mr_bytes_of(from->text), &shard, number, err);
    if (code == MR_OK) {
        assert_non_null(shard);
    }
    return code;
}

static void check_number(const char *label, stream_world *w, mr_starting_position position,
                         uint64_t want)
{
    token made = must_make(w, position);
    uint64_t number = 0;
    mr_error err = {0};
    CHECK_OK(label, open_token(w, &made, &number, &err), &err);
    CHECK_INT(label, number, want);
}

static mr_starting_position by_sequence(mr_iterator_type type, const char *sequence)
{
    return (mr_starting_position){.type = type, .sequence_number = mr_bytes_of(sequence)};
}

/* A world with stream "s" of two shards and records 1, 2, 3 a second apart in shard 0. */
static stream_world world_with_records(char sequences[3][MR_SEQUENCE_SIZE])
{
    stream_world w = world_make((mr_streams_options){.seed = 7});
    mr_stream *stream = world_stream(&w, "s", 2);
    for (int i = 0; i < 3; i++) {
        mr_record record = {
            .data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k"), .has_explicit_hash = true};
        mr_put_result result;
        size_t failed;
        mr_error err = {0};
        CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
        mr_shard_sequence(result.shard, result.number, mr_clock_wall_us(w.clock), sequences[i]);
        world_advance(&w, MR_US_PER_SECOND);
    }
    return w;
}

static void test_each_type_stands_where_aws_says(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE], start[MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    mr_shard_sequence_start(mr_stream_shard(mr_streams_find(w.streams, "s"), 0), start);
    check_number("oldest", &w, (mr_starting_position){.type = MR_ITERATOR_TRIM_HORIZON}, 1);
    check_number("latest", &w, (mr_starting_position){.type = MR_ITERATOR_LATEST}, 4);
    check_number("at", &w, by_sequence(MR_ITERATOR_AT_SEQUENCE_NUMBER, sequences[1]), 2);
    check_number("after", &w, by_sequence(MR_ITERATOR_AFTER_SEQUENCE_NUMBER, sequences[1]), 3);
    check_number("after the last", &w, by_sequence(MR_ITERATOR_AFTER_SEQUENCE_NUMBER, sequences[2]),
                 4);
    check_number("at the start", &w, by_sequence(MR_ITERATOR_AT_SEQUENCE_NUMBER, start), 1);
    check_number("after the start", &w, by_sequence(MR_ITERATOR_AFTER_SEQUENCE_NUMBER, start), 1);
    mr_starting_position timed = {.type = MR_ITERATOR_AT_TIMESTAMP, .has_timestamp = true};
    check_number("1970", &w, timed, 1);
    timed.timestamp_us = WORLD_START + 1;
    check_number("between", &w, timed, 2);
    timed.timestamp_us = mr_clock_wall_us(w.clock);
    check_number("none then or later", &w, timed, 4);
    world_free(&w);
}

static void test_the_end_of_a_closed_shard_is_a_place(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE], end[MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    mr_stream *stream = mr_streams_find(w.streams, "s");
    mr_shard *shard = mr_stream_shard(stream, 0);
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, shard, 500, &err), &err);
    mr_shard_sequence_end(shard, end);
    check_number("at", &w, by_sequence(MR_ITERATOR_AT_SEQUENCE_NUMBER, end), 4);
    check_number("after", &w, by_sequence(MR_ITERATOR_AFTER_SEQUENCE_NUMBER, end), 4);
    world_free(&w);
}

static void check_refused(const char *label, stream_world *w, const char *shard,
                          mr_starting_position position, mr_code want, const char *want_message)
{
    token out;
    mr_error err = {0};
    CHECK_CODE(label, make(w, "s", shard, position, &out, &err), want);
    CHECK_STR(label, err.message, want_message);
}

#define UNDER " in stream s under account 000000000000"

static void test_shards_and_streams_must_be_there(void **state)
{
    (void)state;
    const mr_starting_position latest = {.type = MR_ITERATOR_LATEST};
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    token out;
    mr_error err = {0};
    check_refused("no id", &w, "shardId-x", latest, MR_SHARD_NOT_FOUND,
                  "Could not find shard shardId-x" UNDER ".");
    CHECK_CODE("before the stream", make(&w, "none", "x", latest, &out, &err), MR_SHARD_NOT_FOUND);
    CHECK_STR("as given", err.message,
              "Could not find shard x in stream none under account 000000000000.");
    check_refused("no shard", &w, "2", latest, MR_SHARD_NOT_FOUND,
                  "Shard shardId-000000000002" UNDER " does not exist");
    CHECK_CODE("no stream", make(&w, "none", "0", latest, &out, &err), MR_SHARD_NOT_FOUND);
    CHECK_STR(
        "canonical", err.message,
        "Shard shardId-000000000000 in stream none under account 000000000000 does not exist");
    CHECK_OK("short", make(&w, "s", "x-1", latest, &out, &err), &err);

    w.options.state_delay_us = DELAY;
    world_reopen(&w);
    (void)world_stream(&w, "young", 1);
    CHECK_CODE("CREATING", make(&w, "young", "0", latest, &out, &err), MR_SHARD_NOT_FOUND);
    CHECK_HAS("words", err.message, "does not exist");
    world_run(&w, DELAY);
    CHECK_OK("ACTIVE", make(&w, "young", "0", latest, &out, &err), &err);
    world_free(&w);
}

#define MUST                                                                                       \
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "                     \
    "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request " \
    "specified "

static void test_sequence_numbers_are_given_where_they_belong(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    check_refused("horizon", &w, "0", by_sequence(MR_ITERATOR_TRIM_HORIZON, "junk"),
                  MR_INVALID_ARGUMENT, MUST "TRIM_HORIZON and also a StartingSequenceNumber.");
    check_refused("latest", &w, "0", by_sequence(MR_ITERATOR_LATEST, sequences[0]),
                  MR_INVALID_ARGUMENT, MUST "LATEST and also a StartingSequenceNumber.");
    check_refused("at", &w, "0", by_sequence(MR_ITERATOR_AT_SEQUENCE_NUMBER, NULL),
                  MR_INVALID_ARGUMENT, MUST "AT_SEQUENCE_NUMBER and no StartingSequenceNumber.");
    check_refused("after", &w, "0", by_sequence(MR_ITERATOR_AFTER_SEQUENCE_NUMBER, ""),
                  MR_INVALID_ARGUMENT, MUST "AFTER_SEQUENCE_NUMBER and no StartingSequenceNumber.");
    mr_starting_position timed = by_sequence(MR_ITERATOR_AT_TIMESTAMP, sequences[0]);
    timed.has_timestamp = true;
    check_number("one that parses is passed over", &w, timed, 1);
    timed.sequence_number = mr_bytes_of("5x");
    check_refused("one that does not is not", &w, "0", timed, MR_INVALID_ARGUMENT,
                  "StartingSequenceNumber 5x used in GetShardIterator on shard "
                  "shardId-000000000000" UNDER " is invalid.");
    world_free(&w);
}

static void test_sequence_numbers_are_of_this_shard_and_stream(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE], other[MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    const mr_iterator_type at = MR_ITERATOR_AT_SEQUENCE_NUMBER;
    check_refused("no number", &w, "0", by_sequence(at, "1-2"), MR_INVALID_ARGUMENT,
                  "StartingSequenceNumber 1-2 used in GetShardIterator on shard "
                  "shardId-000000000000" UNDER " is invalid.");
    check_refused("another shard's", &w, "1", by_sequence(at, sequences[0]), MR_INVALID_ARGUMENT,
                  "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was "
                  "used in a call to a shard with shardId-000000000001");
    check_refused("version 0", &w, "0", by_sequence(at, "0"), MR_INTERNAL_FAILURE,
                  "Internal service failure.");
    mr_sequence sequence;
    assert_true(mr_sequence_parse(mr_bytes_of(sequences[0]), &sequence, NULL));
    sequence.shard_created_s--;
    mr_sequence_format(&sequence, other);
    char *want = mr_format("StartingSequenceNumber %s used in GetShardIterator on shard "
                           "shardId-000000000000" UNDER
                           " is invalid because it did not come from this stream.",
                           other);
    check_refused("another stream's", &w, "0", by_sequence(at, other), MR_INVALID_ARGUMENT, want);
    mr_free(want);
    world_free(&w);
}

static void test_timestamps_are_given_and_past(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    mr_starting_position timed = {.type = MR_ITERATOR_AT_TIMESTAMP};
    check_refused("none", &w, "0", timed, MR_INVALID_ARGUMENT,
                  "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                  "Current request has no timestamp parameter.");
    timed.has_timestamp = true;
    timed.timestamp_us = mr_clock_wall_us(w.clock) + 5000;
    check_refused("future", &w, "0", timed, MR_INVALID_ARGUMENT,
                  "The timestampInMillis parameter cannot be greater than the "
                  "currentTimestampInMillis. timestampInMillis: 1735689603005, "
                  "currentTimestampInMillis: 1735689603000");
    world_free(&w);
}

static void test_tokens_are_fresh_and_used_any_number_of_times(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    const mr_starting_position latest = {.type = MR_ITERATOR_LATEST};
    token first = must_make(&w, latest), second = must_make(&w, latest);
    CHECK_TRUE("another", strcmp(first.text, second.text) != 0);
    mr_error err = {0};
    uint64_t number = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_OK("use", open_token(&w, &first, &number, &err), &err);
        CHECK_INT("at", number, 4);
    }
    mr_shard *shard = mr_stream_shard(mr_streams_find(w.streams, "s"), 0);
    token next;
    CHECK_OK("next", mr_shard_iterator_at(shard, 2, next.text, &err), &err);
    CHECK_OK("use", open_token(&w, &next, &number, &err), &err);
    CHECK_INT("at", number, 2);
    char *quoted = mr_format("\"%s\"", next.text);
    number = 0;
    CHECK_OK("quoted",
             mr_shard_iterator_open(w.streams, mr_bytes_of(quoted), &shard, &number, &err), &err);
    CHECK_INT("at", number, 2);
    mr_free(quoted);
    world_free(&w);
}

static void test_the_form_is_that_of_aws_for_the_longest_name_too(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    for (size_t len = 1; len <= 128; len += 127) {
        char name[129] = "";
        memset(name, 'n', len);
        mr_stream *stream = world_stream(&w, name, 1);
        token made;
        mr_error err = {0};
        CHECK_OK("make",
                 mr_shard_iterator_at(mr_stream_shard(stream, 0), UINT64_MAX, made.text, &err),
                 &err);
        mr_strbuf sealed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_TRUE("base64", mr_base64_decode(&sealed, mr_bytes_of(made.text)));
        CHECK_TRUE("152..280", sealed.len >= 152 && sealed.len <= 280);
        CHECK_INT("blocks", (sealed.len - 152) % 16, 0);
        mr_strbuf_deinit(&sealed);
        uint64_t number;
        CHECK_OK("open", open_token(&w, &made, &number, &err), &err);
        CHECK_TRUE("number", number == UINT64_MAX);
    }
    world_free(&w);
}

static void test_a_token_lives_for_300_seconds(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    token made = must_make(&w, (mr_starting_position){.type = MR_ITERATOR_LATEST});
    mr_error err = {0};
    uint64_t number;
    world_advance(&w, 300 * MR_US_PER_SECOND);
    CHECK_OK("the last instant", open_token(&w, &made, &number, &err), &err);
    mr_clock_jump(w.clock, -3600 * MR_US_PER_SECOND);
    CHECK_OK("a clock set back changes nothing", open_token(&w, &made, &number, &err), &err);
    mr_clock_jump(w.clock, 3600 * MR_US_PER_SECOND);
    world_advance(&w, 1);
    CHECK_CODE("over", open_token(&w, &made, &number, &err), MR_ITERATOR_EXPIRED);
    CHECK_STR("AWS's words", err.message,
              "Iterator expired. The iterator was created at time Wed Jan 01 00:00:03 UTC 2025 "
              "while right now it is Wed Jan 01 00:05:03 UTC 2025 which is further in the future "
              "than the tolerated delay of 300000 milliseconds.");
    world_free(&w);
}

static void test_tokens_are_good_over_a_restart_with_another_seed_too(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    token made = must_make(&w, (mr_starting_position){.type = MR_ITERATOR_LATEST});
    mr_error err = {0};
    uint64_t number = 0;
    w.options.seed = 8;
    world_reopen(&w);
    CHECK_OK("use", open_token(&w, &made, &number, &err), &err);
    CHECK_INT("at", number, 4);

    stream_world other = world_make((mr_streams_options){.seed = 8});
    (void)world_stream(&other, "s", 1);
    CHECK_CODE("not in another world", open_token(&other, &made, &number, &err),
               MR_ITERATOR_INVALID);
    world_free(&other);
    world_free(&w);
}

static void test_what_is_no_token_is_refused(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    const char *const cases[] = {"",
                                 "x",
                                 "\"\"",
                                 "AAAAAAAAAAE=",
                                 "not base64 at all",
                                 "AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    mr_error err = {0};
    mr_shard *shard;
    uint64_t number;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_CODE(cases[i],
                   mr_shard_iterator_open(w.streams, mr_bytes_of(cases[i]), &shard, &number, &err),
                   MR_ITERATOR_INVALID);
        CHECK_STR(cases[i], err.message, "Invalid ShardIterator.");
    }
    world_free(&w);
}

/* As kinesalite's suite wants it ("should return ResourceNotFoundException if shard or stream does
 * not exist"). */
static void test_a_stream_made_again_takes_tokens_for_shards_that_it_has(void **state)
{
    (void)state;
    char sequences[3][MR_SEQUENCE_SIZE];
    stream_world w = world_with_records(sequences);
    token zero = must_make(&w, (mr_starting_position){.type = MR_ITERATOR_LATEST}), one;
    mr_error err = {0};
    uint64_t number = 0;
    CHECK_OK("make",
             make(&w, "s", "1", (mr_starting_position){.type = MR_ITERATOR_LATEST}, &one, &err),
             &err);
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    CHECK_CODE("gone", open_token(&w, &zero, &number, &err), MR_SHARD_NOT_FOUND);
    CHECK_STR("words", err.message, "Shard shardId-000000000000" UNDER " does not exist");
    (void)world_put(world_stream(&w, "s", 1), "k", "new");
    CHECK_CODE("no such shard", open_token(&w, &one, &number, &err), MR_SHARD_NOT_FOUND);
    CHECK_STR("words", err.message, "Shard shardId-000000000001" UNDER " does not exist");
    CHECK_OK("such a shard", open_token(&w, &zero, &number, &err), &err);
    CHECK_INT("before its first record", number, 1);
    world_free(&w);
}

static void test_types_have_names(void **state)
{
    (void)state;
    for (int i = MR_ITERATOR_TRIM_HORIZON; i <= MR_ITERATOR_AFTER_SEQUENCE_NUMBER; i++) {
        mr_iterator_type type;
        const char *name = mr_iterator_type_name((mr_iterator_type)i);
        CHECK_TRUE(name, mr_iterator_type_of_name(mr_bytes_of(name), &type));
        CHECK_INT(name, type, i);
    }
    mr_iterator_type type;
    CHECK_TRUE("none", !mr_iterator_type_of_name(mr_bytes_of("OLDEST"), &type));
}

static void test_any_text_is_taken_back_safely(void **state)
{
    (void)state;
    CHECK_CORPUS(shard_iterator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_stands_where_aws_says),
        cmocka_unit_test(test_the_end_of_a_closed_shard_is_a_place),
        cmocka_unit_test(test_shards_and_streams_must_be_there),
        cmocka_unit_test(test_sequence_numbers_are_given_where_they_belong),
        cmocka_unit_test(test_sequence_numbers_are_of_this_shard_and_stream),
        cmocka_unit_test(test_timestamps_are_given_and_past),
        cmocka_unit_test(test_tokens_are_fresh_and_used_any_number_of_times),
        cmocka_unit_test(test_the_form_is_that_of_aws_for_the_longest_name_too),
        cmocka_unit_test(test_a_token_lives_for_300_seconds),
        cmocka_unit_test(test_tokens_are_good_over_a_restart_with_another_seed_too),
        cmocka_unit_test(test_what_is_no_token_is_refused),
        cmocka_unit_test(test_a_stream_made_again_takes_tokens_for_shards_that_it_has),
        cmocka_unit_test(test_types_have_names),
        cmocka_unit_test(test_any_text_is_taken_back_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
