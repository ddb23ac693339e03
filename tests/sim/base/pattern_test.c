/* pattern_test.c - what matches all of a text, and what is not understood. */
#include "sim/base/pattern.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static void test_a_pattern_matches_all_of_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        mr_match want;
    } cases[] = {
        {"", "", MR_MATCH_YES},
        {"", "a", MR_MATCH_NO},
        {"abc", "abc", MR_MATCH_YES},
        {"abc", "abcd", MR_MATCH_NO},
        {"[a-z][a-z0-9-]{2,62}", "my-bucket-1", MR_MATCH_YES},
        {"[a-z][a-z0-9-]{2,62}", "My-bucket", MR_MATCH_NO},
        {"[a-z]{3}", "ab", MR_MATCH_NO},
        {"[a-z]{3,}", "abcdef", MR_MATCH_YES},
        {"^\\d{12}$", "012345678901", MR_MATCH_YES},
        {"\\d+(\\.\\d+)?", "10.25", MR_MATCH_YES},
        {"\\d+(\\.\\d+)?", "10.", MR_MATCH_NO},
        {"(dev|test|prod)", "test", MR_MATCH_YES},
        {"dev|test|prod", "prods", MR_MATCH_NO},
        {"(a|ab)(c|bcd)", "abcd", MR_MATCH_YES},
        {"(ab)*", "ababab", MR_MATCH_YES},
        {"(ab){2}", "ababab", MR_MATCH_NO},
        {"(?:x|y)+z", "xyxyz", MR_MATCH_YES},
        {".*?@.+", "a@b", MR_MATCH_YES},
        {".*", "\xc3\xa9", MR_MATCH_YES},
        {"a.c", "a\nc", MR_MATCH_NO},
        {"[^/]+", "a/b", MR_MATCH_NO},
        {"[]a]+", "]a]", MR_MATCH_YES},
        {"[a\\]]+", "a]", MR_MATCH_YES},
        {"[\\w.-]+", "a_b.c-d", MR_MATCH_YES},
        {"[\\w.-]+", "a b", MR_MATCH_NO},
        {"\\S+", "a\tb", MR_MATCH_NO},
        {"\\$\\{x\\}", "${x}", MR_MATCH_YES},
        {"(a?)*b", "aab", MR_MATCH_YES},
        {"(()|a)*", "aaa", MR_MATCH_YES},
        {"(?=a).*", "a", MR_MATCH_UNKNOWN},
        {"(?i)a", "A", MR_MATCH_UNKNOWN},
        {"a++", "aa", MR_MATCH_UNKNOWN},
        {"(a", "a", MR_MATCH_UNKNOWN},
        {"a)", "a", MR_MATCH_UNKNOWN},
        {"*a", "a", MR_MATCH_UNKNOWN},
        {"[a", "a", MR_MATCH_UNKNOWN},
        {"a{2,1}", "aa", MR_MATCH_UNKNOWN},
        {"\\p{Alpha}", "a", MR_MATCH_UNKNOWN},
        {"(\\w)\\1", "aa", MR_MATCH_UNKNOWN},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *label = mr_format("%s on %s", cases[i].pattern, cases[i].text);
        CHECK_INT(label, mr_pattern_match(cases[i].pattern, mr_bytes_of(cases[i].text)),
                  cases[i].want);
        mr_free(label);
    }
}

static void test_a_zero_byte_is_a_character_like_others(void **state)
{
    (void)state;
    CHECK_INT("not the end", mr_pattern_match("[a-z]+", MR_BYTES_LITERAL("ab\0")), MR_MATCH_NO);
    CHECK_INT("any", mr_pattern_match("a.b", MR_BYTES_LITERAL("a\0b")), MR_MATCH_YES);
}

static void test_a_costly_pattern_ends(void **state)
{
    (void)state;
    CHECK_INT(
        "backtracking",
        mr_pattern_match("(a*)*b", MR_BYTES_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
        MR_MATCH_UNKNOWN);
    CHECK_INT(
        "nested counts",
        mr_pattern_match("((a{1,99}){1,99}){1,99}b", MR_BYTES_LITERAL("aaaaaaaaaaaaaaaaaaaa")),
        MR_MATCH_UNKNOWN);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pattern_matches_all_of_a_text),
        cmocka_unit_test(test_a_zero_byte_is_a_character_like_others),
        cmocka_unit_test(test_a_costly_pattern_ends),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
