/* glob_test.c - '*' in patterns. */
#include "sim/base/glob.h"
#include "tests/check.h"

static void test_a_star_stands_for_any_text(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *text;
        bool want;
    } cases[] = {
        {"", "", true},           {"", "a", false},
        {"a", "", false},         {"abc", "abc", true},
        {"abc", "abcd", false},   {"abc", "ab", false},
        {"*", "", true},          {"*", "anything/at.all", true},
        {"a*", "a", true},        {"*a", "banana", true},
        {"*a", "bananas", false}, {"a*c*e", "abcde", true},
        {"a*c*e", "ace", true},   {"a*c*e", "aec", false},
        {"*ab*ab", "abab", true}, {"*ab*ab", "ab", false},
        {"**b**", "abc", true},   {"a.c", "abc", false},
        {"a?c", "abc", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].glob, mr_glob_matches(cases[i].glob, cases[i].text), cases[i].want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_star_stands_for_any_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
