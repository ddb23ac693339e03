/* timefmt_test.c - the calendar, ISO times and durations. */
#include "sim/base/timefmt.h"
#include "tests/check.h"

static void test_civil_time_of_known_instants(void **state)
{
    (void)state;
    static const struct {
        int64_t time_s;
        mr_civil want;
    } cases[] = {
        {0, {1970, 1, 1, 0, 0, 0, 0, 4, 1}},
        {-1, {1969, 12, 31, 23, 59, 59, 0, 3, 365}},
        {951782400, {2000, 2, 29, 0, 0, 0, 0, 2, 60}},
        {1735689600, {2025, 1, 1, 0, 0, 0, 0, 3, 1}},
        {1767225599, {2025, 12, 31, 23, 59, 59, 0, 3, 365}},
        {4107542400, {2100, 3, 1, 0, 0, 0, 0, 1, 60}}, /* 2100 is no leap year */
        {INT64_C(-62167219200), {0, 1, 1, 0, 0, 0, 0, 6, 1}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_civil got = mr_civil_of(cases[i].time_s * MR_US_PER_SECOND);
        const mr_civil *want = &cases[i].want;
        CHECK_INT("year", got.year, want->year);
        CHECK_INT("month", got.month, want->month);
        CHECK_INT("day", got.day, want->day);
        CHECK_INT("hour", got.hour, want->hour);
        CHECK_INT("minute", got.minute, want->minute);
        CHECK_INT("second", got.second, want->second);
        CHECK_INT("weekday", got.weekday, want->weekday);
        CHECK_INT("yearday", got.yearday, want->yearday);
        CHECK_INT("back", mr_civil_to_us(&got), cases[i].time_s * MR_US_PER_SECOND);
    }
}

static void test_every_day_of_eight_centuries_follows_the_one_before(void **state)
{
    (void)state;
    int64_t first = mr_days_of_civil(1600, 1, 1);
    mr_civil before = mr_civil_of((first - 1) * 86400 * MR_US_PER_SECOND);
    for (int64_t day = first; day < mr_days_of_civil(2400, 1, 1); day++) {
        mr_civil now = mr_civil_of(day * 86400 * MR_US_PER_SECOND);
        bool next_day = now.day == before.day + 1 && now.month == before.month;
        bool next_month = now.day == 1 && now.month == before.month + 1 && before.day >= 28;
        bool next_year = now.day == 1 && now.month == 1 && before.month == 12 && before.day == 31;
        CHECK_INT(next_year ? "new year" : "day", next_day || next_month || next_year, true);
        CHECK_INT("weekday", now.weekday, before.weekday % 7 + 1);
        CHECK_INT("yearday", now.yearday, next_year ? 1 : before.yearday + 1);
        CHECK_INT("days", mr_days_of_civil(now.year, now.month, now.day), day);
        before = now;
    }
}

static void test_iso_times_are_written_with_microseconds(void **state)
{
    (void)state;
    static const struct {
        int64_t time_us;
        const char *want;
    } cases[] = {
        {INT64_C(1735689600000000), "2025-01-01T00:00:00.000000Z"},
        {INT64_C(1735689600123456), "2025-01-01T00:00:00.123456Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999999Z"}, /* there is no room for more */
        {INT64_MIN, "0000-01-01T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char text[MR_ISO_SIZE];
        mr_iso_format(cases[i].time_us, text);
        CHECK_STR("iso", text, cases[i].want);
    }
}

static void test_iso_times_are_read_with_and_without_zone(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {"2025-01-01", "2025-01-01T00:00:00.000000Z"},
        {"2025-01-01T02:03:04", "2025-01-01T02:03:04.000000Z"},
        {"2025-01-01 02:03:04", "2025-01-01T02:03:04.000000Z"},
        {"2025-01-01T02:03:04Z", "2025-01-01T02:03:04.000000Z"},
        {"2025-01-01T02:03:04.5Z", "2025-01-01T02:03:04.500000Z"},
        {"2025-01-01T02:03:04.123456789", "2025-01-01T02:03:04.123456Z"},
        {"2025-01-01T00:30:00+02:00", "2024-12-31T22:30:00.000000Z"},
        {"2025-01-01T00:30:00-00:45", "2025-01-01T01:15:00.000000Z"},
        {"2024-02-29", "2024-02-29T00:00:00.000000Z"},
        {"2025-02-29", NULL},
        {"2025-13-01", NULL},
        {"2025-00-01", NULL},
        {"2025-04-31", NULL},
        {"2025-1-1", NULL},
        {"2025-01-01T", NULL},
        {"2025-01-01T24:00:00", NULL},
        {"2025-01-01T02:03", NULL},
        {"2025-01-01T02:03:04.", NULL},
        {"2025-01-01T02:03:04.1234567890", NULL},
        {"2025-01-01T02:03:04+2", NULL},
        {"2025-01-01T02:03:04Zx", NULL},
        {"2025-01-01Z", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        int64_t time_us = 0;
        bool ok = mr_iso_parse(mr_bytes_of(cases[i].text), &time_us);
        CHECK_INT(cases[i].text, ok, cases[i].want != NULL);
        if (ok) {
            char text[MR_ISO_SIZE];
            mr_iso_format(time_us, text);
            CHECK_STR(cases[i].text, text, cases[i].want);
        }
    }
}

static void test_no_bytes_are_no_time(void **state)
{
    (void)state;
    int64_t us = 0;
    CHECK_TRUE("time", !mr_iso_parse((mr_bytes){NULL, 0}, &us));
    CHECK_TRUE("duration", !mr_duration_parse((mr_bytes){NULL, 0}, &us));
}

static void test_durations_have_a_unit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want_us; /* -1: refused */
    } cases[] = {
        {"90s", 90000000},
        {"5m", 300000000},
        {"2h", INT64_C(7200000000)},
        {"1d", INT64_C(86400000000)},
        {"250ms", 250000},
        {"10us", 10},
        {"0s", 0},
        {"90", -1},
        {"", -1},
        {"s", -1},
        {"-1s", -1},
        {"1.5s", -1},
        {"1 s", -1},
        {"1w", -1},
        {"1sx", -1},
        {"99999999999d", -1},
        {"1m30s", 90000000},
        {"1d2h3m4s5ms6us", INT64_C(93784005006)},
        {"90s90ms", 90090000},
        {"30s1m", -1},
        {"1m1m", -1},
        {"1m30", -1},
        {"1m 30s", -1},
        {"1m-30s", -1},
        {"106751991d4h54s775ms807us", INT64_MAX},
        {"106751991d4h54s775ms808us", -1},
        {"106751991d5h", -1},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        int64_t us = -1;
        bool ok = mr_duration_parse(mr_bytes_of(cases[i].text), &us);
        CHECK_INT(cases[i].text, ok, cases[i].want_us >= 0);
        CHECK_TRUE(cases[i].text, !ok || us == cases[i].want_us);
    }
}

static void test_durations_read_back_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *want;
    } cases[] = {
        {0, "0s"},
        {1, "1us"},
        {250000, "250ms"},
        {90000000, "1m30s"},
        {300000000, "5m"},
        {INT64_C(86400000000), "1d"},
        {INT64_C(86400000001), "1d1us"},
        {20034567, "20s34ms567us"},
        {INT64_MAX, "106751991d4h54s775ms807us"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        int64_t back_us = -1;
        mr_duration_write(&text, cases[i].us);
        CHECK_STR(cases[i].want, mr_strbuf_text(&text), cases[i].want);
        CHECK_TRUE(cases[i].want, mr_duration_parse(mr_strbuf_bytes(&text), &back_us));
        CHECK_INT(cases[i].want, back_us, cases[i].us);
        mr_strbuf_deinit(&text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civil_time_of_known_instants),
        cmocka_unit_test(test_every_day_of_eight_centuries_follows_the_one_before),
        cmocka_unit_test(test_iso_times_are_written_with_microseconds),
        cmocka_unit_test(test_iso_times_are_read_with_and_without_zone),
        cmocka_unit_test(test_no_bytes_are_no_time),
        cmocka_unit_test(test_durations_have_a_unit),
        cmocka_unit_test(test_durations_read_back_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
