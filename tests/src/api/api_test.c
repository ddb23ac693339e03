/* api_test.c - whole requests that once meant something to the fuzzer, against a small world. (What
 * each operation answers: kinesis_*_test.c.) */
#include "src/api/api.h"

#include "tests/check.h"

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
