/* date_pattern_test.c - date patterns say and read what Java's DateTimeFormatter does. The rows of
 * formatting are what Java 17 printed. */
#include "sim/base/date_pattern.h"
#include "sim/base/timefmt.h"
#include "tests/check.h"

#define SECOND_US INT64_C(1000000)

static int64_t instant(const char *iso)
{
    int64_t time_us = 0;
    CHECK_TRUE(iso, mr_iso_parse(mr_bytes_of(iso), &time_us));
    return time_us;
}

static mr_date_pattern *compiled(const char *spelling)
{
    mr_date_pattern *pattern = NULL;
    mr_error err = {.code = MR_OK};
    CHECK_OK(spelling, mr_date_pattern_new(spelling, &pattern, &err), &err);
    return pattern;
}

static void check_format(const char *spelling, int64_t time_us, int64_t offset_us, const char *want)
{
    mr_date_pattern *pattern = compiled(spelling);
    mr_strbuf out = mr_strbuf_make(256);
    mr_date_pattern_format_at(pattern, time_us, offset_us, &out);
    CHECK_STR(spelling, mr_strbuf_text(&out), want);
    mr_strbuf_deinit(&out);
    mr_date_pattern_free(pattern);
}

static void test_a_pattern_formats_as_java_does(void **state)
{
    static const struct {
        const char *pattern, *time, *want;
    } cases[] = {
        {"yyyy/MM/dd/HH", "2006-01-01T00:00:00.123456Z", "2006/01/01/00"},
        {"'year='yyyy'/month='MM", "2006-01-01T00:00:00Z", "year=2006/month=01"},
        {"YYYY-'W'ww-e", "2016-12-31T23:59:59Z", "2016-W53-7"},
        {"YYYY-'W'ww-e", "2024-12-29T00:00:00Z", "2025-W01-1"},
        {"yy y yyy yyyyy uuuu", "2005-12-31T23:59:59Z", "05 2005 2005 02005 2005"},
        {"M MM MMM MMMM MMMMM", "2026-06-21T09:34:56Z", "6 06 Jun June J"},
        {"E EEEE EEEEE e ee", "2012-02-29T08:00:00Z", "Wed Wednesday W 4 04"},
        {"D DDD Q QQQ QQQQ W F", "2012-02-29T08:00:00Z", "60 060 1 Q1 1st quarter 5 1"},
        {"h hh K KK k kk a", "2025-01-01T00:30:00Z", "12 12 0 00 24 24 AM"},
        {"h K k a", "2025-01-01T13:30:00Z", "1 1 13 PM"},
        {"ss.S ss.SSS ss.SSSSSSSSS", "2025-01-01T00:00:07.654321Z", "07.6 07.654 07.654321000"},
        {"A n N", "1970-01-01T00:00:01.5Z", "1500 500000000 1500000000"},
        {"'a''b' yyyy ''", "1970-01-01", "a'b 1970 '"},
        {"G GGGG [yyyy][-MM", "1970-01-01", "AD Anno Domini 1970-01"},
        {"X XXX x xxxx Z ZZZZ ZZZZZ O", "1970-01-01", "Z Z +00 +0000 +0000 GMT Z GMT"},
        {"", "1970-01-01", ""},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_format(cases[i].pattern, instant(cases[i].time), 0, cases[i].want);
    }
}

static void test_a_zone_moves_the_fields_and_is_printed(void **state)
{
    (void)state;
    check_format("yyyy-MM-dd HH:mm X XX XXX Z ZZZZ O", instant("2025-01-01T20:00:00Z"),
                 INT64_C(19800) * SECOND_US,
                 "2025-01-02 01:30 +0530 +0530 +05:30 +0530 GMT+05:30 GMT+5:30");
    check_format("yyyy-MM-dd HH X O OOOO", instant("2025-01-01T00:00:00Z"),
                 INT64_C(-28800) * SECOND_US, "2024-12-31 16 -08 GMT-8 GMT-08:00");
}

static void test_a_year_past_its_width_has_a_sign(void **state)
{
    (void)state;
    check_format("yyyy uuuuu y", instant("9999-12-31T23:59:59Z") + SECOND_US, 0,
                 "+10000 10000 10000");
}

static void test_a_bad_pattern_names_the_letter_and_its_place(void **state)
{
    static const struct {
        const char *pattern, *want;
        mr_code code;
    } cases[] = {
        {"yyyy-j", "Unknown pattern letter: j, at character 6", MR_INVALID_ARGUMENT},
        {"yyyyTHH", "Unknown pattern letter: T, at character 5", MR_INVALID_ARGUMENT},
        {"ddd", "Too many pattern letters: d, at character 1", MR_INVALID_ARGUMENT},
        {"aa", "Too many pattern letters: a", MR_INVALID_ARGUMENT},
        {"SSSSSSSSSS", "Too many pattern letters: S", MR_INVALID_ARGUMENT},
        {"cc", "Invalid pattern \"cc\"", MR_INVALID_ARGUMENT},
        {"yyyy 'x", "incomplete string literal, at character 6", MR_INVALID_ARGUMENT},
        {"yyyy]", "] without previous [, at character 5", MR_INVALID_ARGUMENT},
        {"{yyyy}", "reserved character { } or #", MR_INVALID_ARGUMENT},
        {"[[[[[[[[[y", "Too many optional parts", MR_INVALID_ARGUMENT},
        {"yyyy z", "pattern letter z, at character 6", MR_UNSUPPORTED},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_date_pattern *pattern = NULL;
        mr_error err;
        CHECK_CODE(cases[i].pattern, mr_date_pattern_new(cases[i].pattern, &pattern, &err),
                   cases[i].code);
        CHECK_HAS(cases[i].pattern, err.message, cases[i].want);
    }

    char longest[MR_DATE_PATTERN_MAX + 2];
    memset(longest, '-', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    mr_date_pattern *pattern = NULL;
    CHECK_CODE("too long", mr_date_pattern_new(longest, &pattern, NULL), MR_TOO_LARGE);
    mr_date_pattern_free(compiled(longest + 1));
}

static void test_a_pattern_reads_what_it_means(void **state)
{
    static const struct {
        const char *pattern, *text, *want;
    } cases[] = {
        {"M/d/yy H:mm", "1/1/06 0:00", "2006-01-01T00:00:00Z"},
        {"M/d/yy H:mm", "1/31/06 23:50", "2006-01-31T23:50:00Z"},
        {"M/d/yy H:mm", "01/31/99 03:50", "2099-01-31T03:50:00Z"},
        {"yyyy/MM/dd/HH", "2025/07/04/09", "2025-07-04T09:00:00Z"},
        {"yyyyMMdd", "20240229", "2024-02-29"},
        {"yyyyMMddHHmmssSSS", "20240229235958125", "2024-02-29T23:59:58.125Z"},
        {"yyyy-MM-dd HH:mm:ss.SSSSSS", "2024-02-29 01:02:03.456789", "2024-02-29T01:02:03.456789Z"},
        {"yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX", "2025-01-31T05:30:00+05:30", "2025-01-31"},
        {"yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX", "2025-01-31T05:30:00.250Z", "2025-01-31T05:30:00.250Z"},
        {"EEEE, MMMM d, yyyy h:mm a", "Friday, January 31, 2025 12:05 AM", "2025-01-31T00:05:00Z"},
        {"d MMM uuuu K a", "1 Sep 2025 11 PM", "2025-09-01T23:00:00Z"},
        {"yyyy-DDD k", "2024-366 24", "2024-12-31"},
        {"YYYY-'W'ww-e", "2025-W01-1", "2024-12-29"},
        {"YYYY/MM/dd", "2025/12/30", "2025-12-30"},
        {"yyyy", "2025", "2025-01-01"},
        {"yyyy-'Q'q", "2025-Q3", "2025-07-01"},
        {"HH:mm", "07:08", "1970-01-01T07:08:00Z"},
        {"y-M-d Z", "2025-1-1 -0130", "2025-01-01T01:30:00Z"},
        {"yyyy-MM-dd O", "2025-01-01 GMT-8", "2025-01-01T08:00:00Z"},
        {"yyyy-MM-dd A", "2025-01-01 86399999", "2025-01-01T23:59:59.999Z"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_date_pattern *pattern = compiled(cases[i].pattern);
        int64_t got = -1;
        CHECK_TRUE(cases[i].text, mr_date_pattern_parse(pattern, mr_bytes_of(cases[i].text), &got));
        CHECK_INT(cases[i].text, got, instant(cases[i].want));
        mr_date_pattern_free(pattern);
    }
}

static void test_what_is_no_date_is_refused(void **state)
{
    static const struct {
        const char *pattern, *text;
    } cases[] = {
        {"yyyy-MM-dd", "2025-13-01"},
        {"yyyy-MM-dd", "2025-00-01"},
        {"yyyy-MM-dd", "2025-02-30"},
        {"yyyy-MM-dd", "2025-02-29"},
        {"yyyy-MM-dd", "2025-2-01"},
        {"yyyy-MM-dd", "2025-01-01 "},
        {"yyyy-MM-dd", " 2025-01-01"},
        {"yyyy-MM-dd", "2025-01-0"},
        {"yyyy-MM-dd", ""},
        {"yyyy-MM-dd", "0000-01-01"},
        {"yyyy-MM-dd", "205-01-01"},
        {"yyyy-MM-dd", "9999999999999999999-01-01"},
        {"yyyy-DDD", "2025-366"},
        {"M/d/yy H:mm", "1/1/2006 0:00"},
        {"M/d/yy H:mm", "1/1/06 24:00"},
        {"M/d/yy H:mm", "1/1/06 0:60"},
        {"M/d/yy H:mm", "1/1/06"},
        {"h a", "0 AM"},
        {"h a", "13 AM"},
        {"h a", "1 am"},
        {"H a", "13 AM"},
        {"EEE yyyy-MM-dd", "Mon 2025-01-01"},
        {"d MMM yyyy", "1 Foo 2025"},
        {"yyyy yy", "2025 24"},
        {"yyyy XXX", "2025 +05"},
        {"yyyy X", "2025 05"},
        {"yyyy X", "2025 +19"},
        {"yyyyMM", "20251"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_date_pattern *pattern = compiled(cases[i].pattern);
        int64_t got;
        CHECK_TRUE(cases[i].text,
                   !mr_date_pattern_parse(pattern, mr_bytes_of(cases[i].text), &got));
        mr_date_pattern_free(pattern);
    }
}

static void test_every_hour_is_read_back_as_it_was_written(void **state)
{
    (void)state;
    mr_date_pattern *pattern = compiled("yyyy-MM-dd h:mm:ss.SSS a EEE D");
    mr_strbuf out = mr_strbuf_make(256);

    for (int64_t t = instant("1969-12-20"); t < instant("1975-01-02");
         t += 3661 * SECOND_US + 7000) {
        int64_t got = 0;
        mr_strbuf_reset(&out);
        mr_date_pattern_format(pattern, t, &out);
        CHECK_TRUE(mr_strbuf_text(&out),
                   mr_date_pattern_parse(pattern, mr_strbuf_bytes(&out), &got));
        CHECK_INT(mr_strbuf_text(&out), got, t);
    }
    mr_strbuf_deinit(&out);
    mr_date_pattern_free(pattern);
}

static void test_the_unit_is_the_finest_field(void **state)
{
    static const struct {
        const char *pattern;
        mr_date_unit want;
    } cases[] = {
        {"yyyy", MR_DATE_YEAR},        {"yyyy-MM", MR_DATE_MONTH},
        {"dd/MM/yyyy", MR_DATE_DAY},   {"HH/dd/MM", MR_DATE_HOUR},
        {"yyyy h:mm", MR_DATE_MINUTE}, {"yyyyMMddHHmmss", MR_DATE_SECOND},
        {"ss.SSS", MR_DATE_FRACTION},  {"'MMdd'yyyy X", MR_DATE_YEAR},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_date_pattern *pattern = compiled(cases[i].pattern);
        CHECK_INT(cases[i].pattern, mr_date_pattern_unit(pattern), cases[i].want);
        mr_date_pattern_free(pattern);
    }
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(date_pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pattern_formats_as_java_does),
        cmocka_unit_test(test_a_zone_moves_the_fields_and_is_printed),
        cmocka_unit_test(test_a_year_past_its_width_has_a_sign),
        cmocka_unit_test(test_a_bad_pattern_names_the_letter_and_its_place),
        cmocka_unit_test(test_a_pattern_reads_what_it_means),
        cmocka_unit_test(test_what_is_no_date_is_refused),
        cmocka_unit_test(test_every_hour_is_read_back_as_it_was_written),
        cmocka_unit_test(test_the_unit_is_the_finest_field),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
