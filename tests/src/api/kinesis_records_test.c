/*
 * kinesis_records_test.c - what goes wrong with records at the API: sizes, limits, and the faults
 * of the schedule as a client sees them. (What a stream does in fair weather: kinesis_life_test.c.)
 */
#include "sim/base/timefmt.h"
#include "tests/src/api/api_help.h"

#include <cJSON.h>

#define T "Kinesis_20131202."

static void begin(api_world *w, const char *name)
{
    mr_error err;
    mr_stream *stream;
    api_world_init(w, (mr_sim_options){.limits = true}, (mr_api_options){0});
    const mr_stream_options options = {.name = name, .shard_count = 1};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(w->sim), &options, &stream, &err), &err);
}

static void add_fault(api_world *w, mr_fault_rule rule)
{
    mr_error err;
    rule.until_us = INT64_MAX;
    CHECK_OK("rule", mr_faults_add(mr_sim_faults(w->sim), &rule, &err), &err);
}

static api_answer ask(api_world *w, const char *operation, mr_bytes body)
{
    char *target = mr_format(T "%s", operation);
    api_answer answer = api_ask(w, "POST /", target, JSON, NULL, body);
    mr_free(target);
    return answer;
}

/* PutRecord of so many bytes of data (a multiple of 3). */
static api_answer put_bytes(api_world *w, size_t bytes)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"");
    char *room = mr_strbuf_reserve(&body, bytes / 3 * 4);
    memset(room, 'A', bytes / 3 * 4);
    mr_strbuf_commit(&body, bytes / 3 * 4);
    mr_strbuf_append_text(&body, "\"}");
    api_answer answer = ask(w, "PutRecord", mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
    return answer;
}

static void check_answer(const char *label, api_answer answer, int status, const char *piece)
{
    CHECK_INT(label, answer.status, status);
    CHECK_HAS(label, mr_strbuf_text(&answer.text), piece);
    api_answer_deinit(&answer);
}

/* Owned body of a PutRecords with so many empty records. */
static char *many(size_t count)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"StreamName\":\"s\",\"Records\":[");
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_appendf(&body, "%s{\"PartitionKey\":\"k\",\"Data\":\"\"}", i > 0 ? "," : "");
    }
    mr_strbuf_append_text(&body, "]}");
    return mr_strbuf_take(&body);
}

static void check_many(api_world *w, size_t count, int status, const char *piece)
{
    char *body = many(count);
    check_answer(piece, ask(w, "PutRecords", mr_bytes_of(body)), status, piece);
    mr_free(body);
}

/* ---- sizes ---- */

static void test_a_record_is_no_larger_than_its_stream_allows(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    check_answer("at the limit, with its key", put_bytes(&w, 1048575), 200, "SequenceNumber");
    api_advance(&w, 5 * MR_US_PER_SECOND);
    check_answer("above it", put_bytes(&w, 1048578), 400,
                 "{\"__type\":\"ValidationException\",\"message\":\"1 validation error detected: "
                 "Value 'java.nio.HeapByteBuffer[pos=0 lim=1048578 cap=1048578]' at 'data' failed "
                 "to satisfy constraint: Member must have length less than or equal to 1048576\"}");
    api_world_deinit(&w);
}

static void test_a_batch_has_so_many_records(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    check_many(&w, 500, 200, "{\"FailedRecordCount\":0,");
    check_many(&w, 501, 400,
               "at 'records' failed to satisfy constraint: Member must have length "
               "less than or equal to 500\"}");
    api_world_deinit(&w);
}

/* ---- limits ---- */

static void test_a_shard_takes_so_many_records_a_second(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    check_many(&w, 500, 200, "{\"FailedRecordCount\":0,");
    check_many(&w, 500, 200, "{\"FailedRecordCount\":0,");
    check_many(&w, 1, 200,
               "{\"FailedRecordCount\":1,\"Records\":[{\"ErrorCode\":"
               "\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"Rate exceeded for "
               "shard shardId-000000000000 in stream s under account 000000000000.\"}]}");
    check_answer("alone", put_bytes(&w, 3), 400,
                 "{\"__type\":\"ProvisionedThroughputExceededException\",\"message\":\"Rate "
                 "exceeded for shard shardId-000000000000 in stream s under account "
                 "000000000000.\"}");
    api_advance(&w, MR_US_PER_SECOND);
    check_many(&w, 1, 200, "{\"FailedRecordCount\":0,");
    api_world_deinit(&w);
}

/* ---- faults ---- */

static void test_a_record_that_fails_is_an_entry_or_the_answer(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_PUT_FAILED});
    check_many(&w, 1, 200,
               "{\"FailedRecordCount\":1,\"Records\":[{\"ErrorCode\":\"InternalFailure\","
               "\"ErrorMessage\":\"Internal Service Failure\"}]}");
    check_answer("alone", put_bytes(&w, 3), 500, "{\"__type\":\"InternalFailure\"}");
    api_world_deinit(&w);
}

static void test_a_lost_acknowledgement_breaks_the_connection(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_ACK_LOST, .most = 1});
    check_answer("no answer", put_bytes(&w, 3), 0, "");
    check_answer("the next", put_bytes(&w, 3), 200, "SequenceNumber");
    mr_shard *shard = mr_stream_shard(mr_streams_find(mr_sim_streams(w.sim), "s"), 0);
    CHECK_INT("stored all the same", mr_shard_last(shard), 2);
    api_world_deinit(&w);
}

/* Owned body of a GetRecords from the beginning. */
static char *from_the_beginning(api_world *w)
{
    api_answer answer = ask(w, "GetShardIterator",
                            MR_BYTES_LITERAL("{\"StreamName\":\"s\",\"ShardId\":\"0\","
                                             "\"ShardIteratorType\":\"TRIM_HORIZON\"}"));
    char *body = mr_bytes_dup(answer.body);
    api_answer_deinit(&answer);
    return body; /* {"ShardIterator": ...} is what GetRecords takes */
}

static void test_a_slow_read_is_answered_later(void **state)
{
    (void)state;
    api_world w;
    begin(&w, "s");
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_READ_SLOW, .delay_us = 2 * MR_US_PER_SECOND});
    check_answer("put", put_bytes(&w, 3), 200, "SequenceNumber");
    char *body = from_the_beginning(&w);
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = request;
    api_request(&request, "POST /", T "GetRecords", JSON, NULL, mr_bytes_of(body));
    mr_bytes to_send = mr_strbuf_bytes(&request);
    for (int i = 0; i < 50; i++) {
        assert_true(api_turn(&w, w.fd, &to_send, &got));
    }
    CHECK_INT("not yet", got.len, 0);
    api_advance(&w, 2 * MR_US_PER_SECOND);
    for (int i = 0; i < 50; i++) {
        assert_true(api_turn(&w, w.fd, &to_send, &got));
    }
    CHECK_HAS("now", mr_strbuf_text(&got), "\"Data\":\"AAAA\"");

    to_send = mr_strbuf_bytes(&request); /* one that is still waiting when everything ends */
    for (int i = 0; i < 50; i++) {
        assert_true(api_turn(&w, w.fd, &to_send, &got));
    }
    mr_strbuf_deinit(&request);
    mr_strbuf_deinit(&got);
    mr_free(body);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_is_no_larger_than_its_stream_allows),
        cmocka_unit_test(test_a_batch_has_so_many_records),
        cmocka_unit_test(test_a_shard_takes_so_many_records_a_second),
        cmocka_unit_test(test_a_record_that_fails_is_an_entry_or_the_answer),
        cmocka_unit_test(test_a_lost_acknowledgement_breaks_the_connection),
        cmocka_unit_test(test_a_slow_read_is_answered_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
