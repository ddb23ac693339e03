/* invocation_log_test.c - the lines around what a handler prints. */
#include "sim/lambda/invocation_log.h"

#include "tests/check.h"

static void test_an_invocation_has_its_lines(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_answer answer;
        const char *want;
    } cases[] = {
        {"warm",
         {.kind = MR_OUTCOME_OK, .log = {"a\nb\n", 4}, .duration_us = 1234},
         "START RequestId: id Version: 7\na\nb\nEND RequestId: id\n"
         "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB\t\n"},
        {"cold, with memory",
         {.kind = MR_OUTCOME_OK,
          .duration_us = 2000,
          .init_us = 110200,
          .memory_peak_bytes = 38 * MR_MIB + 1},
         "START RequestId: id Version: 7\nEND RequestId: id\n"
         "REPORT RequestId: id\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB\t"
         "Max Memory Used: 39 MB\tInit Duration: 110.20 ms\t\n"},
        {"no line end, and no time",
         {.kind = MR_OUTCOME_OK, .log = {"a", 1}},
         "START RequestId: id Version: 7\na\nEND RequestId: id\n"
         "REPORT RequestId: id\tDuration: 0.00 ms\tBilled Duration: 1 ms\tMemory Size: 256 MB\t\n"},
        {"timed out",
         {.kind = MR_OUTCOME_TIMED_OUT, .duration_us = 1500000},
         "START RequestId: id Version: 7\n"
         "2025-01-01T00:00:03.004Z id Task timed out after 1.50 seconds\nEND RequestId: id\n"
         "REPORT RequestId: id\tDuration: 1500.00 ms\tBilled Duration: 1500 ms\t"
         "Memory Size: 256 MB\t\n"},
    };
    const mr_invocation_log_options options = {.request_id = "id",
                                               .version = "7",
                                               .timeout_us = 1500000,
                                               .memory_mib = 256,
                                               .ended_us = INT64_C(1735689603004999)};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_invocation_log_write(&cases[i].answer, &options, &out);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_invocation_has_its_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
