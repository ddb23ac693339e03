/* bytes_test.c - views of bytes. */
#include "sim/base/bytes.h"
#include "tests/check.h"

static void test_order_is_by_unsigned_byte_and_then_by_length(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int want;
    } cases[] = {
        {"", "", 0},    {"a", "b", -1},        {"b", "a", 1}, {"a", "ab", -1},
        {"ab", "a", 1}, {"z", "\xc3\xa9", -1}, {"", "a", -1}, {"abc", "abc", 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        int got = mr_bytes_compare(mr_bytes_of(cases[i].a), mr_bytes_of(cases[i].b));
        CHECK_INT(cases[i].a, (got > 0) - (got < 0), cases[i].want);
    }
}

static void test_starts_ends_and_finds(void **state)
{
    (void)state;
    mr_bytes text = MR_BYTES_LITERAL("year=2006/x");
    CHECK_TRUE("prefix", mr_bytes_starts_with(text, MR_BYTES_LITERAL("year=")));
    CHECK_TRUE("too long", !mr_bytes_starts_with(text, MR_BYTES_LITERAL("year=2006/xyz")));
    CHECK_TRUE("nothing", mr_bytes_starts_with(text, (mr_bytes){NULL, 0}));
    CHECK_TRUE("suffix", mr_bytes_ends_with(text, MR_BYTES_LITERAL("/x")));
    CHECK_TRUE("no suffix", !mr_bytes_ends_with(text, MR_BYTES_LITERAL("/y")));
    CHECK_TRUE("nothing of nothing", mr_bytes_ends_with((mr_bytes){NULL, 0}, (mr_bytes){NULL, 0}));
    CHECK_INT("found", mr_bytes_find(text, '/'), 9);
    CHECK_INT("not found", mr_bytes_find(text, '?'), text.len);
    CHECK_INT("in nothing", mr_bytes_find((mr_bytes){NULL, 0}, '?'), 0);
    CHECK_TRUE("case", mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("YEAR=2006/X")));
    CHECK_TRUE("not case", !mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("YEAR=2007/X")));
}

static void test_trim_takes_blanks_off_both_ends(void **state)
{
    (void)state;
    CHECK_BYTES("blanks", mr_bytes_trim(MR_BYTES_LITERAL(" \t\r\n\v\fa b ")),
                MR_BYTES_LITERAL("a b"));
    CHECK_INT("only blanks", mr_bytes_trim(MR_BYTES_LITERAL("  \n")).len, 0);
}

static void test_integers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t want;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        int64_t got = 0;
        CHECK_INT(cases[i].text, mr_bytes_to_int64(mr_bytes_of(cases[i].text), &got), cases[i].ok);
        CHECK_INT(cases[i].text, got, cases[i].want);
    }
    uint64_t big = 0;
    CHECK_TRUE("most", mr_bytes_to_uint64(MR_BYTES_LITERAL("18446744073709551615"), &big));
    CHECK_TRUE("most", big == UINT64_MAX);
    CHECK_TRUE("more", !mr_bytes_to_uint64(MR_BYTES_LITERAL("18446744073709551616"), &big));
    CHECK_TRUE("below 0", !mr_bytes_to_uint64(MR_BYTES_LITERAL("-1"), &big));
}

static void test_utf8_is_told_from_what_only_looks_like_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"", true},
        {"plain ASCII of some length", true},
        {"caf\xc3\xa9", true},
        {"\xe2\x82\xac 8 bytes behind", true},
        {"\xf0\x9f\x8e\x89", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xf4\x90\x80\x80", false}, /* past U+10FFFF */
        {"\xed\xa0\x80", false},     /* a surrogate */
        {"\xc0\xaf", false},         /* overlong */
        {"\xe0\x80\xaf", false},
        {"\xf0\x80\x80\xaf", false},
        {"\x80", false},
        {"abcdefgh\xff", false},
        {"\xff nothing wrong in the last eight", false},
        {"12345678\xff nothing wrong in the last eight", false},
        {"1234567890\xff.", false}, /* among the last eight, which may be looked at twice */
        {"1234567890\xc3\xa9", true},
        {"caf\xc3", false},
        {"\xe2\x82", false},
        {"\xc3(", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].text, mr_bytes_is_utf8(mr_bytes_of(cases[i].text)), cases[i].ok);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_by_unsigned_byte_and_then_by_length),
        cmocka_unit_test(test_starts_ends_and_finds),
        cmocka_unit_test(test_trim_takes_blanks_off_both_ends),
        cmocka_unit_test(test_integers_are_read_whole_or_not_at_all),
        cmocka_unit_test(test_utf8_is_told_from_what_only_looks_like_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
