/* log_compare_test.c - the first line in which two logs differ. */
#include "src/scenario/log_compare.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <stdio.h>

static char *put(const char *folder, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return path;
}

static void test_the_first_line_that_differs_is_told_with_its_number(void **state)
{
    (void)state;
    static const struct {
        const char *label, *first, *second;
        int number;
        const char *first_line, *second_line;
    } cases[] = {
        {"the same", "a\nb\n", "a\nb\n", 0, NULL, NULL},
        {"nothing", "", "", 0, NULL, NULL},
        {"the second line", "a\nb\nc\n", "a\nB\nd\n", 2, "b", "B"},
        {"one is longer", "a\n", "a\nb\n", 2, NULL, "b"},
        {"the other is", "a\n\n", "a\n", 2, "", NULL},
        {"a line that begins alike", "ab\n", "abc\n", 1, "ab", "abc"},
        {"no line end at the end", "a\nb", "a\nb\n", 0, NULL, NULL},
    };
    char *folder = check_temp_dir();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *first = put(folder, "first", cases[i].first);
        char *second = put(folder, "second", cases[i].second);
        mr_log_difference difference;
        mr_error err;
        CHECK_OK(cases[i].label, mr_logs_compare(first, second, &difference, &err), &err);
        CHECK_INT(cases[i].label, difference.number, cases[i].number);
        CHECK_STR(cases[i].label, difference.first, cases[i].first_line);
        CHECK_STR(cases[i].label, difference.second, cases[i].second_line);
        mr_log_difference_deinit(&difference);
        mr_free(first);
        mr_free(second);
    }
    check_remove_dir(folder);
}

static void test_a_log_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    char *folder = check_temp_dir();
    char *first = put(folder, "first", "a\n");
    char *absent = mr_format("%s/absent", folder);
    mr_log_difference difference;
    mr_error err;
    CHECK_CODE("second", mr_logs_compare(first, absent, &difference, &err), MR_NOT_FOUND);
    CHECK_HAS("it is named", err.message, absent);
    mr_log_difference_deinit(&difference);
    CHECK_CODE("first", mr_logs_compare(absent, first, &difference, &err), MR_NOT_FOUND);
    mr_log_difference_deinit(&difference);
    mr_free(first);
    mr_free(absent);
    check_remove_dir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_line_that_differs_is_told_with_its_number),
        cmocka_unit_test(test_a_log_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
