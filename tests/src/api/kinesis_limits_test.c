/*
 * kinesis_limits_test.c - the throughput of a shard as a client meets it: over a socket, on a clock
 * that stands still unless the test moves it, so that what is too much is known to the record.
 */
#include "sim/base/timefmt.h"
#include "tests/src/api/api_help.h"

#include <cJSON.h>

#define UPPER     "170141183460469231731687303715884105728" /* 2^127: the second of two shards */
#define TOO_MUCH  "ProvisionedThroughputExceededException"
#define RATE_TEXT "Rate exceeded for shard shardId-00000000000%d in stream s under account "
#define ACCOUNT   "000000000000."

static void begin(api_world *w, bool limits)
{
    mr_error err;
    mr_stream *stream;
    api_world_init(w, (mr_sim_options){.limits = limits}, (mr_api_options){0});
    const mr_stream_options options = {.name = "s", .shard_count = 2};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w->sim), &options, &stream, &err), &err);
}

/* What a shard has kept. */
static uint64_t kept(const api_world *w, size_t shard)
{
    return mr_shard_last(mr_stream_shard(mr_streams_find(mr_sim_streams(w->sim), "s"), shard));
}

/* ---- putting ---- */

/* The members of a record. bytes: of its data and its key of one letter; 1 + a multiple of 3. */
static void append_record(mr_strbuf *out, int shard, size_t bytes)
{
    MR_ASSERT((bytes - 1) % 3 == 0);
    mr_strbuf_appendf(out, "\"PartitionKey\":\"k\",\"ExplicitHashKey\":\"%s\",\"Data\":\"",
                      shard == 0 ? "0" : UPPER);
    for (size_t i = 0; i < (bytes - 1) / 3; i++) {
        mr_strbuf_append_text(out, "AAAA");
    }
    mr_strbuf_append_text(out, "\"");
}

static api_answer ask(api_world *w, const char *target, mr_strbuf *body)
{
    mr_strbuf_append_text(body, "}");
    api_answer answer = api_ask(w, "POST /", target, JSON, NULL, mr_strbuf_bytes(body));
    mr_strbuf_deinit(body);
    return answer;
}

static mr_strbuf body_begin(void)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"StreamName\":\"s\",");
    return body;
}

/* A batch: entry i goes to the second shard where i % 5 is 4 and `both`, otherwise to the first.
 * Owned answer. */
static cJSON *put_batch(api_world *w, size_t count, size_t bytes, bool both)
{
    mr_strbuf body = body_begin();
    mr_strbuf_append_text(&body, "\"Records\":[");
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(&body, i > 0 ? ",{" : "{");
        append_record(&body, both && i % 5 == 4, bytes);
        mr_strbuf_append_text(&body, "}");
    }
    mr_strbuf_append_text(&body, "]");
    api_answer answer = ask(w, "Kinesis_20131202.PutRecords", &body);
    CHECK_INT("a batch is answered with 200", answer.status, 200);
    cJSON *json = cJSON_ParseWithLength(answer.body.at, answer.body.len);
    assert_non_null(json);
    api_answer_deinit(&answer);
    return json;
}

static int failed_count(const cJSON *answer)
{
    return cJSON_GetObjectItemCaseSensitive(answer, "FailedRecordCount")->valueint;
}

static void check_batch(api_world *w, size_t count, size_t bytes, int failed)
{
    cJSON *answer = put_batch(w, count, bytes, false);
    CHECK_INT("failed", failed_count(answer), failed);
    cJSON_Delete(answer);
}

/* An entry that failed has its reason and nothing else, one that did not has its receipt. */
static void check_entry(const cJSON *entry, int shard, bool fails)
{
    char *text = mr_format(RATE_TEXT ACCOUNT, shard);
    char *id = mr_format("shardId-00000000000%d", shard);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(entry, "ErrorCode");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(entry, "ErrorMessage");
    const cJSON *receipt = cJSON_GetObjectItemCaseSensitive(entry, "ShardId");
    CHECK_STR("code", cJSON_GetStringValue(code), fails ? TOO_MUCH : NULL);
    CHECK_STR("message", cJSON_GetStringValue(message), fails ? text : NULL);
    CHECK_STR("receipt", cJSON_GetStringValue(receipt), fails ? NULL : id);
    CHECK_INT("sequence number", cJSON_HasObjectItem(entry, "SequenceNumber"), !fails);
    mr_free(text);
    mr_free(id);
}

/* PutRecord on a shard. */
static void check_put(api_world *w, int shard, size_t bytes, bool fails)
{
    mr_strbuf body = body_begin();
    append_record(&body, shard, bytes);
    api_answer answer = ask(w, "Kinesis_20131202.PutRecord", &body);
    CHECK_INT("status", answer.status, fails ? 400 : 200);
    if (fails) {
        char *want =
            mr_format("{\"__type\":\"" TOO_MUCH "\",\"message\":\"" RATE_TEXT ACCOUNT "\"}", shard);
        CHECK_BYTES("error", answer.body, mr_bytes_of(want));
        mr_free(want);
    }
    api_answer_deinit(&answer);
}

/* ---- records a second ---- */

static void test_a_shard_takes_a_thousand_records_and_refuses_the_excess_alone(void **state)
{
    (void)state;
    api_world w;
    begin(&w, true);
    int to_first = 0;
    for (int batch = 0; batch < 3; batch++) { /* 400 to the first shard, 100 to the second */
        cJSON *answer = put_batch(&w, 500, 1, true);
        const cJSON *entries = cJSON_GetObjectItemCaseSensitive(answer, "Records"), *entry;
        int i = 0, failed = 0;
        cJSON_ArrayForEach(entry, entries)
        {
            const bool second = i++ % 5 == 4;
            const bool fails = !second && ++to_first > 1000;
            failed += fails;
            check_entry(entry, second, fails);
        }
        CHECK_INT("entries", i, 500);
        CHECK_INT("FailedRecordCount", failed_count(answer), failed);
        cJSON_Delete(answer);
    }
    CHECK_INT("sent to the first", to_first, 1200);
    CHECK_INT("kept of them", kept(&w, 0), 1000);
    CHECK_INT("kept by the second", kept(&w, 1), 300);
    check_put(&w, 0, 1, true);
    check_put(&w, 1, 1, false);
    api_world_deinit(&w);
}

static void test_single_puts_count_like_those_of_a_batch(void **state)
{
    (void)state;
    api_world w;
    begin(&w, true);
    check_batch(&w, 500, 1, 0);
    check_batch(&w, 497, 1, 0);
    for (int i = 0; i < 5; i++) {
        check_put(&w, 0, 1, i >= 3);
    }
    check_batch(&w, 2, 1, 2);
    check_put(&w, 1, 1, false);
    CHECK_INT("kept", kept(&w, 0), 1000);
    api_world_deinit(&w);
}

static void test_room_comes_back_with_time_and_no_faster(void **state)
{
    (void)state;
    api_world w;
    begin(&w, true);
    check_batch(&w, 500, 1, 0);
    check_batch(&w, 500, 1, 0);
    api_advance(&w, MR_US_PER_MS - 1);
    check_put(&w, 0, 1, true);
    api_advance(&w, 1);
    check_put(&w, 0, 1, false);
    check_put(&w, 0, 1, true);
    api_advance(&w, 250 * MR_US_PER_MS);
    check_batch(&w, 500, 1, 250);
    api_advance(&w, 3600 * MR_US_PER_SECOND); /* an hour saves up one second's worth */
    check_batch(&w, 500, 1, 0);
    check_batch(&w, 500, 1, 0);
    check_batch(&w, 10, 1, 10);
    api_world_deinit(&w);
}

/* ---- bytes a second ---- */

static void test_a_shard_takes_a_mebibyte_with_keys_and_refuses_what_does_not_fit(void **state)
{
    (void)state;
    api_world w;
    begin(&w, true);
    check_batch(&w, 110, 10240, 8); /* 102 of them leave 4096 bytes */
    check_put(&w, 0, 4099, true);
    check_put(&w, 0, 4096, false);
    check_put(&w, 0, 1, true);
    check_put(&w, 1, 10240, false);
    CHECK_INT("kept", kept(&w, 0), 103);

    api_advance(&w, MR_US_PER_SECOND / 2); /* 512 KiB more: 51 of them */
    check_batch(&w, 60, 10240, 9);
    api_world_deinit(&w);
}

/* ---- without limits ---- */

static void test_without_limits_everything_is_taken(void **state)
{
    (void)state;
    api_world w;
    begin(&w, false);
    for (int i = 0; i < 6; i++) {
        check_batch(&w, 500, 1, 0);
    }
    for (int i = 0; i < 3; i++) {
        check_batch(&w, 100, 10240, 0);
    }
    CHECK_INT("kept", kept(&w, 0), 3300);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shard_takes_a_thousand_records_and_refuses_the_excess_alone),
        cmocka_unit_test(test_single_puts_count_like_those_of_a_batch),
        cmocka_unit_test(test_room_comes_back_with_time_and_no_faster),
        cmocka_unit_test(test_a_shard_takes_a_mebibyte_with_keys_and_refuses_what_does_not_fit),
        cmocka_unit_test(test_without_limits_everything_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
