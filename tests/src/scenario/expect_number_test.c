/* expect_number_test.c - tests of numbers: what passes, and how they are written. */
#include "src/scenario/expectations.h"
#include "tests/check.h"

#include <math.h>

static void test_every_bound_that_is_given_must_hold(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_number_test test;
        double value;
        bool want;
    } cases[] = {
        {"no bound", {0}, 5, true},
        {"equal", {.has_equals = true, .equals = 5}, 5, true},
        {"not equal", {.has_equals = true, .equals = 5}, 5.5, false},
        {"zero is a bound", {.has_equals = true}, 1, false},
        {"at least", {.has_least = true, .least = 5}, 5, true},
        {"below", {.has_least = true, .least = 5}, 4.9, false},
        {"at most", {.has_most = true, .most = 5}, 5, true},
        {"above", {.has_most = true, .most = 5}, 5.1, false},
        {"between", {.has_least = true, .least = 1, .has_most = true, .most = 3}, 2, true},
        {"outside", {.has_least = true, .least = 1, .has_most = true, .most = 3}, 4, false},
        {"both fail one", {.has_equals = true, .equals = 4, .has_most = true, .most = 3}, 4, false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].label, mr_number_test_holds(&cases[i].test, cases[i].value),
                  cases[i].want);
    }
    CHECK_TRUE("no number passes a bound",
               !mr_number_test_holds(&(mr_number_test){.has_most = true, .most = 3}, NAN));
}

static void test_tests_are_written_as_a_scenario_says_them(void **state)
{
    (void)state;
    static const struct {
        mr_number_test test;
        bool is_duration;
        const char *want;
    } cases[] = {
        {{0}, false, "any number"},
        {{.has_equals = true, .equals = 7584}, false, "7584"},
        {{.has_equals = true, .equals = 0.5}, false, "0.5"},
        {{.has_least = true, .least = 5}, false, "at least 5"},
        {{.has_most = true, .most = 5}, false, "at most 5"},
        {{.has_least = true, .least = 1, .has_most = true, .most = 3}, false, "between 1 and 3"},
        {{.has_equals = true, .equals = 4, .has_most = true, .most = 3}, false, "4 and at most 3"},
        {{.has_most = true, .most = 90e6}, true, "at most 1m30s"},
        {{.has_least = true, .least = 1e3, .has_most = true, .most = 2.5e5},
         true,
         "between 1ms and 250ms"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_number_test_write(&cases[i].test, cases[i].is_duration, &out);
        CHECK_STR("test", mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

static void test_numbers_are_written_whole_and_durations_with_their_units(void **state)
{
    (void)state;
    static const struct {
        double value;
        bool is_duration;
        const char *want;
    } cases[] = {
        {7584, false, "7584"}, {1e15, false, "1000000000000000"}, {-2.5, false, "-2.5"},
        {0, true, "0s"},       {90000000, true, "1m30s"},         {-250000, true, "-250ms"},
        {3600e6, true, "1h"},  {1e300, true, "1e+300"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_number_write(cases[i].value, cases[i].is_duration, &out);
        CHECK_STR("number", mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bound_that_is_given_must_hold),
        cmocka_unit_test(test_tests_are_written_as_a_scenario_says_them),
        cmocka_unit_test(test_numbers_are_written_whole_and_durations_with_their_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
