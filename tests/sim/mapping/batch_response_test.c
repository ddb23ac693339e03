/* batch_response_test.c - what a function's answer says about its batch. */
#include "sim/mapping/batch_response.h"
#include "tests/check.h"

static bool find(void *context, mr_bytes identifier, size_t *place)
{
    static const char *const known[] = {"111", "222", "333"};
    (void)context;
    for (size_t i = 0; i < MR_COUNT(known); i++) {
        if (mr_bytes_is(identifier, known[i])) {
            *place = i;
            return true;
        }
    }
    return false;
}

static void test_an_answer_is_success_part_or_failure(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        mr_batch_verdict want;
        size_t lowest;
    } cases[] = {
        {"null", MR_BATCH_DONE, 0},
        {"\"\"", MR_BATCH_DONE, 0},
        {"[]", MR_BATCH_DONE, 0},
        {"{}", MR_BATCH_DONE, 0},
        {"", MR_BATCH_DONE, 0},
        {" \n", MR_BATCH_DONE, 0},
        {"{\"batchItemFailures\":[]}", MR_BATCH_DONE, 0},
        {"{\"batchItemFailures\":null}", MR_BATCH_DONE, 0},
        {"{\"statusCode\":200}", MR_BATCH_DONE, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"222\"}]}", MR_BATCH_PARTIAL, 1},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"333\"},{\"itemIdentifier\":\"222\"}]}",
         MR_BATCH_PARTIAL, 1},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"111\"}]}", MR_BATCH_PARTIAL, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"\\u0032\\u00322\"}]}", MR_BATCH_PARTIAL, 1},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"222\",\"more\":[1,{}]}]}", MR_BATCH_PARTIAL,
         1},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":null}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":222}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"444\"}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"222\"},{\"itemIdentifier\":\"444\"}]}",
         MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{\"itemId\":\"222\"}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[{}]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[\"222\"]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[null]}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":\"222\"}", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":{\"itemIdentifier\":\"222\"}}", MR_BATCH_FAILED, 0},
        {"\"done\"", MR_BATCH_FAILED, 0},
        {"[1]", MR_BATCH_FAILED, 0},
        {"true", MR_BATCH_FAILED, 0},
        {"200", MR_BATCH_FAILED, 0},
        {"{\"batchItemFailures\":[", MR_BATCH_FAILED, 0},
        {"null null", MR_BATCH_FAILED, 0},
        {"done", MR_BATCH_FAILED, 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        size_t lowest = 0;
        CHECK_INT(cases[i].answer,
                  mr_batch_response_read(mr_bytes_of(cases[i].answer), find, NULL, &lowest),
                  cases[i].want);
        CHECK_INT(cases[i].answer, lowest, cases[i].lowest);
    }
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(batch_response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_is_success_part_or_failure),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
