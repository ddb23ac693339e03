/* put_progress_test.c - the line of `millrace put`. */
#include "src/console/put_progress.h"

#include "tests/check.h"

static void test_the_line_says_how_far_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_put_figures figures;
        int columns;
        const char *want;
    } cases[] = {
        {"in the middle",
         {.share = 0.42, .records = 12345, .throttled = 3, .elapsed_us = 2000000},
         120,
         "[########............] 42 %  12,345 records  3 throttled  6,172/s  00:00:02"},
        {"at the beginning", {.share = 0}, 120, "[....................] 0 %  0 records  00:00:00"},
        {"at the end",
         {.share = 1, .records = 1, .elapsed_us = 3661000000},
         120,
         "[####################] 100 %  1 records  0/s  01:01:01"},
        {"of standard input",
         {.share = -1, .records = 5, .elapsed_us = 1000000},
         120,
         "5 records  5/s  00:00:01"},
        {"on a narrow terminal", {.share = 0.5}, 11, "[#########"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_put_progress_line(&cases[i].figures, cases[i].columns, &out);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_line_says_how_far_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
