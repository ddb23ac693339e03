/* transform_answer_test.c - the table of reference/firehose.md section 6.3, row by row. */
#include "sim/lambda/transform_answer.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static const char *verdict_name(mr_verdict verdict)
{
    static const char *const names[] = {"ok", "dropped", "failed"};
    return names[verdict];
}

/* Describes one record: "ok:<data>", "dropped" or the error code. Owned. */
static char *describe(const mr_transform_answer *answer, size_t i)
{
    const mr_record_answer *record = &answer->records[i];
    if (record->verdict == MR_VERDICT_OK) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_text(&out, "ok:");
        mr_strbuf_append(&out, mr_strbuf_text(&answer->data) + record->data_at, record->data_len);
        return mr_strbuf_take(&out);
    }
    if (record->verdict == MR_VERDICT_FAILED) {
        assert_non_null(record->error_message);
        return mr_strdup(record->error_code);
    }
    return mr_strdup(verdict_name(record->verdict));
}

#define MISSING    "Lambda.MissingRecordId"
#define DUPLICATED "Lambda.DuplicatedRecordId"
#define FORMAT     "Lambda.InvalidReturnFormat"
#define NOT_JSON   "Lambda.JsonProcessingException"
#define STATUS     "Lambda.ProcessingFailedStatus"

static void test_every_row_of_the_contract(void **state)
{
    (void)state;
    /* The ids asked for are "1" and "2". YQ== is a, Yg== is b. */
    static const struct {
        const char *label, *payload, *want1, *want2;
    } cases[] = {
        {"both ok",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"}]}",
         "ok:a", "ok:b"},
        {"order does not matter",
         "{\"records\":[{\"data\":\"Yg==\",\"result\":\"Ok\",\"recordId\":\"2\"},"
         "{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"}]}",
         "ok:a", "ok:b"},
        {"empty data is a record",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"\"},"
         "{\"recordId\":\"2\",\"result\":\"Dropped\"}]}",
         "ok:", "dropped"},
        {"processing failed",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"ProcessingFailed\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"result\":\"Dropped\",\"data\":null}]}",
         STATUS, "dropped"},
        {"an id is missing",
         "{\"records\":[{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"}]}", MISSING,
         "ok:b"},
        {"an id twice",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"}]}",
         DUPLICATED, "ok:b"},
        {"an id three times",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"1\",\"result\":\"Dropped\"},{\"recordId\":\"1\",\"result\":\"Dropped\"}]"
         "}",
         DUPLICATED, MISSING},
        {"an id never sent is ignored",
         "{\"records\":[{\"recordId\":\"9\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"1\",\"result\":\"Dropped\"},{\"recordId\":\"2\",\"result\":\"Dropped\"}]"
         "}",
         "dropped", "dropped"},
        {"ok without data",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":null}]}",
         FORMAT, FORMAT},
        {"data is no text",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":7},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":{\"a\":[1]}}]}",
         FORMAT, FORMAT},
        {"data is no base64",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ=\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"}]}",
         FORMAT, "ok:b"},
        {"unknown result",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"data\":\"YQ==\"}]}",
         FORMAT, FORMAT},
        {"result is no text",
         "{\"records\":[{\"recordId\":\"1\",\"result\":true,\"data\":\"YQ==\"}]}", FORMAT, MISSING},
        {"records missing", "{}", MISSING, MISSING},
        {"records null", "{\"records\":null}", MISSING, MISSING},
        {"records an object", "{\"records\":{\"recordId\":\"1\"}}", MISSING, MISSING},
        {"an array alone", "[]", MISSING, MISSING},
        {"null", "null", MISSING, MISSING},
        {"entries of other kinds",
         "{\"records\":[null,7,\"x\",[],{\"recordId\":1,\"result\":\"Ok\"},{}]}", MISSING, MISSING},
        {"not JSON", "<html>", NOT_JSON, NOT_JSON},
        {"nothing", "", NOT_JSON, NOT_JSON},
        {"cut", "{\"records\":[{\"recordId\":\"1\",\"result\":\"Dropped\"}", NOT_JSON, NOT_JSON},
        {"more behind it", "{\"records\":[{\"recordId\":\"1\",\"result\":\"Dropped\"}]}x", NOT_JSON,
         NOT_JSON},
        {"a mistake behind two good ones",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"},{\"recordId\"}]}",
         NOT_JSON, NOT_JSON},
        {"a mistake before a second list",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"}],,\"records\":[]}",
         NOT_JSON, NOT_JSON},
        {"a list that is cut, behind a whole one",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"}],\"records\":[",
         NOT_JSON, NOT_JSON},
        {"the second list is read like the first",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"2\",\"result\":\"Dropped\"}],"
         "\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"YQ==\"},"
         "{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":\"Yg==\"}]}",
         "ok:a", "ok:b"},
        {"an id twice, then the next",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"1\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"2\",\"result\":\"Dropped\"}]}",
         DUPLICATED, "dropped"},
        {"an id that was never sent, then those that were",
         "{\"records\":[{\"recordId\":\"3\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"1\",\"result\":\"Dropped\"},"
         "{\"recordId\":\"2\",\"result\":\"Dropped\"}]}",
         "dropped", "dropped"},
        {"NaN, as Python may write it", "{\"records\":[],\"x\":NaN}", NOT_JSON, NOT_JSON},
        {"escapes in names and values",
         "{\"\\u0072ecords\":[{\"record\\u0049d\":\"\\u0031\",\"result\":\"\\u004fk\","
         "\"data\":\"YQ\\u003d=\"}]}",
         "ok:a", MISSING},
        {"a slash may be escaped",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"data\":\"Pz8\\/\"}]}", "ok:??\?",
         MISSING},
        {"the last of two members counts",
         "{\"records\":[{\"recordId\":\"1\",\"result\":\"Ok\",\"result\":\"Dropped\"}],"
         "\"records\":[{\"recordId\":\"2\",\"result\":\"Dropped\"}]}",
         MISSING, "dropped"},
        {"metadata is passed over",
         "{\"records\":[{\"metadata\":{\"partitionKeys\":{\"a\":\"b\"}},\"recordId\":\"1\","
         "\"result\":\"Ok\",\"data\":\"YQ==\"}],\"more\":[[{}]]}",
         "ok:a", MISSING},
    };
    static const mr_bytes ids[] = {{"1", 1}, {"2", 1}};

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_transform_answer answer;
        mr_transform_answer_read(mr_bytes_of(cases[i].payload), ids, 2, &answer);
        CHECK_INT(cases[i].label, answer.count, 2);
        char *got1 = describe(&answer, 0);
        char *got2 = describe(&answer, 1);
        CHECK_STR(cases[i].label, got1, cases[i].want1);
        CHECK_STR(cases[i].label, got2, cases[i].want2);
        mr_free(got1);
        mr_free(got2);
        mr_transform_answer_deinit(&answer);
    }
}

static void test_messages_are_those_of_firehose(void **state)
{
    (void)state;
    static const mr_bytes ids[] = {{"1", 1}, {"2", 1}, {"3", 1}};
    mr_transform_answer answer;
    mr_transform_answer_read(
        mr_bytes_of("{\"records\":[{\"recordId\":\"1\",\"result\":\"ProcessingFailed\"},"
                    "{\"recordId\":\"2\",\"result\":\"Dropped\"},"
                    "{\"recordId\":\"2\",\"result\":\"Dropped\"}]}"),
        ids, 3, &answer);
    CHECK_STR("status", answer.records[0].error_message, "ProcessingFailed status set for record");
    CHECK_STR("twice", answer.records[1].error_message,
              "Multiple records were returned with the same record Id. Ensure that the Lambda "
              "function returns a unique record Id for each record.");
    CHECK_STR("missing", answer.records[2].error_message,
              "One or more record Ids were not returned. Ensure that the Lambda function returns "
              "all received record Ids.");
    mr_transform_answer_deinit(&answer);
}

/* A whole batch of the largest kind, answered backwards. */
/* The place of the n-th entry of an answer: in order, backwards, or by leaps. */
static int place_of(int order, int n, int count)
{
    return order == 0 ? n : order == 1 ? count - 1 - n : (int)((int64_t)n * 7919 % count);
}

static void check_ten_thousand(int order)
{
    enum { COUNT = 10000 };
    mr_bytes *ids = mr_calloc(COUNT, sizeof(*ids));
    mr_strbuf payload = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&payload, "{\"records\":[");
    for (int i = 0; i < COUNT; i++) {
        char *id = mr_format("495903382713%020d000000", i);
        ids[i] = mr_bytes_of(id);
    }
    for (int n = 0; n < COUNT; n++) {
        int i = place_of(order, n, COUNT);
        mr_strbuf_appendf(&payload, "%s{\"recordId\":\"%s\",\"result\":\"%s\",\"data\":\"YWJj\"}",
                          n == 0 ? "" : ",", ids[i].at, i % 3 == 0 ? "Dropped" : "Ok");
    }
    mr_strbuf_append_text(&payload, "]}");
    mr_transform_answer answer;
    mr_transform_answer_read(mr_strbuf_bytes(&payload), ids, COUNT, &answer);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_INT("verdict", answer.records[i].verdict,
                  i % 3 == 0 ? MR_VERDICT_DROPPED : MR_VERDICT_OK);
        CHECK_INT("length", answer.records[i].data_len, i % 3 == 0 ? 0 : 3);
    }
    mr_transform_answer_deinit(&answer);
    mr_strbuf_deinit(&payload);
    for (int i = 0; i < COUNT; i++) {
        mr_free((char *)ids[i].at);
    }
    mr_free(ids);
}

static void test_ten_thousand_records_find_their_ids(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        check_ten_thousand(order);
    }
}

static void test_no_records_asked_for_is_fine(void **state)
{
    (void)state;
    mr_transform_answer answer;
    mr_transform_answer_read(mr_bytes_of("{\"records\":[{\"recordId\":\"1\"}]}"), NULL, 0, &answer);
    CHECK_INT("count", answer.count, 0);
    mr_transform_answer_deinit(&answer);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(transform_answer);
}

static void test_partition_keys_are_read_with_each_record(void **state)
{
    static const struct {
        const char *metadata, *want; /* of the keys a and b */
    } cases[] = {
        {"{\"partitionKeys\":{\"a\":\"x\",\"b\":\"y\"}}", "x y"},
        {"{\"partitionKeys\":{\"b\":\"\\u00e9\\n\"}}", " \xc3\xa9\n"},
        {"{\"partitionKeys\":{\"a\":1,\"b\":null}}", " "},
        {"{\"partitionKeys\":{\"a\":\"x\",\"a\":\"z\"}}", "z "},
        {"{\"partitionKeys\":{\"a\":\"x\"},\"partitionKeys\":{\"b\":\"y\"}}", " y"},
        {"{\"partitionKeys\":[\"a\"]}", " "},
        {"{\"other\":{\"a\":\"x\"}}", " "},
        {"[]", " "},
        {"null", " "},
    };
    static const mr_bytes ids[] = {{"1", 1}, {"2", 1}};
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_transform_answer answer;
        char *payload = mr_format("{\"records\":[{\"recordId\":\"2\",\"result\":\"Ok\",\"data\":"
                                  "\"YQ==\"},{\"recordId\":\"1\",\"metadata\":%s,"
                                  "\"result\":\"Ok\",\"data\":\"YQ==\"}]}",
                                  cases[i].metadata);
        mr_transform_answer_read(mr_bytes_of(payload), ids, 2, &answer);
        mr_strbuf got = mr_strbuf_make(256);
        mr_strbuf_append_bytes(&got, mr_transform_answer_key(&answer, 0, mr_bytes_of("a")));
        mr_strbuf_append_char(&got, ' ');
        mr_strbuf_append_bytes(&got, mr_transform_answer_key(&answer, 0, mr_bytes_of("b")));
        CHECK_STR(cases[i].metadata, mr_strbuf_text(&got), cases[i].want);
        CHECK_INT("not the other's", mr_transform_answer_key(&answer, 1, mr_bytes_of("a")).len, 0);
        mr_strbuf_deinit(&got);
        mr_transform_answer_deinit(&answer);
        mr_free(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_the_contract),
        cmocka_unit_test(test_messages_are_those_of_firehose),
        cmocka_unit_test(test_ten_thousand_records_find_their_ids),
        cmocka_unit_test(test_no_records_asked_for_is_fine),
        cmocka_unit_test(test_partition_keys_are_read_with_each_record),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
