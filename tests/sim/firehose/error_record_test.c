/* error_record_test.c - the lines of the error output. */
#include "tests/check.h"

#include "sim/firehose/error_record.h"

static void test_a_line_is_as_captured_from_the_service(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error_record record = {
        .raw = MR_BYTES_LITERAL("\x00\xff raw"),
        .error_code = "Lambda.ProcessingFailedStatus",
        .error_message = "ProcessingFailed status set for record",
        .attempts_made = 1,
        .arrival_us = INT64_C(1789014240448999),
        .attempt_ended_us = INT64_C(1789014301529000),
        .lambda_arn = "arn:aws:lambda:us-east-1:000000000000:function:f",
    };
    mr_error_record_append(&out, &record);
    CHECK_STR("line", mr_strbuf_text(&out),
              "{\"rawData\":\"AP8gcmF3\",\"errorCode\":\"Lambda.ProcessingFailedStatus\","
              "\"errorMessage\":\"ProcessingFailed status set for record\",\"attemptsMade\":1,"
              "\"arrivalTimestamp\":1789014240448,\"attemptEndingTimestamp\":1789014301529,"
              "\"lambdaARN\":\"arn:aws:lambda:us-east-1:000000000000:function:f\"}\n");
    mr_strbuf_deinit(&out);
}

static void test_without_a_function_there_is_no_arn(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error_record record = {
        .raw = {NULL, 0}, .error_code = "a\"b", .error_message = "c\nd", .attempts_made = 4};
    mr_error_record_append(&out, &record);
    CHECK_STR("line", mr_strbuf_text(&out),
              "{\"rawData\":\"\",\"errorCode\":\"a\\\"b\",\"errorMessage\":\"c\\nd\","
              "\"attemptsMade\":4,\"arrivalTimestamp\":0,\"attemptEndingTimestamp\":0}\n");
    mr_strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_as_captured_from_the_service),
        cmocka_unit_test(test_without_a_function_there_is_no_arn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
