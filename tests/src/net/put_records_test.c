/* put_records_test.c - PutRecords as text. */
#include "src/net/put_records.h"

#include "tests/check.h"

static void test_a_request_is_this_json(void **state)
{
    (void)state;
    const mr_record records[] = {
        {.data = MR_BYTES_LITERAL("a|b"), .partition_key = MR_BYTES_LITERAL("1")},
        {.data = MR_BYTES_LITERAL(""),
         .partition_key = MR_BYTES_LITERAL("\"\xc3\xa9\""),
         .has_explicit_hash = true,
         .explicit_hash = ((mr_u128)1 << 64) * 4},
    };
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_put_records_write(&out, "Crimes", records, 2);
    CHECK_STR("name", mr_strbuf_text(&out),
              "{\"StreamName\":\"Crimes\",\"Records\":[{\"Data\":\"YXxi\",\"PartitionKey\":\"1\"},"
              "{\"Data\":\"\",\"PartitionKey\":\"\\\"\xc3\xa9\\\"\",\"ExplicitHashKey\":"
              "\"73786976294838206464\"}]}");
    mr_strbuf_reset(&out);
    mr_put_records_write(&out, "arn:aws:kinesis:us-east-1:1:stream/Crimes", records, 0);
    CHECK_STR("ARN", mr_strbuf_text(&out),
              "{\"StreamARN\":\"arn:aws:kinesis:us-east-1:1:stream/Crimes\",\"Records\":[]}");
    mr_strbuf_deinit(&out);
}

static void test_each_entry_has_its_result(void **state)
{
    (void)state;
    mr_put_result results[3];
    size_t failed = 0;
    mr_error err;
    mr_bytes answer = MR_BYTES_LITERAL(
        "{\"FailedRecordCount\":2,\"Records\":[{\"ErrorCode\":\"InternalFailure\","
        "\"ErrorMessage\":\"Internal Service Failure\"},{\"ShardId\":\"s\",\"SequenceNumber\":"
        "\"1\"},{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"m\"}]"
        "}");
    CHECK_OK("read", mr_put_records_read(answer, 3, results, &failed, &err), &err);
    CHECK_INT("failed", failed, 2);
    CHECK_CODE("first", results[0].code, MR_INTERNAL_FAILURE);
    CHECK_CODE("second", results[1].code, MR_OK);
    CHECK_CODE("third", results[2].code, MR_THROTTLED);
}

static void test_what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "ok",
        "{}",
        "{\"Records\":{}}",
        "{\"Records\":[{\"SequenceNumber\":\"1\"}]}",
        "{\"Records\":[{\"SequenceNumber\":\"1\"},{}]}",
        "{\"Records\":[{\"ErrorCode\":\"a\"},{\"ErrorCode\":\"b\"},{\"ErrorCode\":\"c\"}]}",
    };
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        mr_put_result results[2];
        size_t failed;
        mr_error err = {0};
        CHECK_CODE(bad[i], mr_put_records_read(mr_bytes_of(bad[i]), 2, results, &failed, &err),
                   MR_BAD_INPUT);
        CHECK_HAS(bad[i], err.message, "not PutRecords' for 2 records");
    }
}

static void test_errors_are_named_without_their_namespace(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *type, *message;
    } cases[] = {
        {"plain", "{\"__type\":\"ResourceNotFoundException\",\"message\":\"Stream x\"}",
         "ResourceNotFoundException", "Stream x"},
        {"namespace and capital",
         "{\"__type\":\"com.amazon.coral.service#SerializationException\",\"Message\":\"m\"}",
         "SerializationException", "m"},
        {"no message", "{\"__type\":\"InternalFailure\"}", "InternalFailure", ""},
        {"the first line alone", "{\"__type\":\"A\",\"message\":\"one\\ntwo\"}", "A", "one"},
        {"nothing for a terminal", "{\"__type\":\"A\",\"message\":\"\\u001b[31mred\\u009b\"}", "A",
         "?[31mred??"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_aws_error error;
        CHECK_TRUE(cases[i].label, mr_aws_error_read(mr_bytes_of(cases[i].body), &error));
        CHECK_STR(cases[i].label, error.type, cases[i].type);
        CHECK_STR(cases[i].label, error.message, cases[i].message);
    }
    mr_aws_error error;
    CHECK_TRUE("HTML", !mr_aws_error_read(mr_bytes_of("<html>"), &error));
    CHECK_TRUE("no type", !mr_aws_error_read(mr_bytes_of("{\"message\":\"m\"}"), &error));
}

static void test_throttling_is_known_by_its_type(void **state)
{
    (void)state;
    CHECK_TRUE("yes", mr_aws_error_is_throttling(&(mr_aws_error){.type = "ThrottlingException"}));
    CHECK_TRUE("no", !mr_aws_error_is_throttling(&(mr_aws_error){.type = "AccessDenied"}));
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(put_records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_this_json),
        cmocka_unit_test(test_each_entry_has_its_result),
        cmocka_unit_test(test_what_is_no_answer_is_refused),
        cmocka_unit_test(test_errors_are_named_without_their_namespace),
        cmocka_unit_test(test_throttling_is_known_by_its_type),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
