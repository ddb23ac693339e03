/*
 * functions_date.c - functions of dates and timestamps, which are text here: "2006-01-31" and
 * "2006-01-31 10:11:12.345". UTC throughout.
 */
#include "sim/query/functions.h"

#include "sim/base/timefmt.h"
#include "sim/query/decode.h"

#include <ctype.h>
#include <math.h>

#define US_PER_DAY (86400 * MR_US_PER_SECOND)

typedef enum date_unit {
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_COUNT
} date_unit;

static const struct {
    const char *name;
    int64_t us; /* 0: by the calendar */
    int months;
} units[UNIT_COUNT] = {
    [UNIT_MILLISECOND] = {"millisecond", MR_US_PER_MS, 0},
    [UNIT_SECOND] = {"second", MR_US_PER_SECOND, 0},
    [UNIT_MINUTE] = {"minute", 60 * MR_US_PER_SECOND, 0},
    [UNIT_HOUR] = {"hour", 3600 * MR_US_PER_SECOND, 0},
    [UNIT_DAY] = {"day", US_PER_DAY, 0},
    [UNIT_WEEK] = {"week", 7 * US_PER_DAY, 0},
    [UNIT_MONTH] = {"month", 0, 1},
    [UNIT_QUARTER] = {"quarter", 0, 3},
    [UNIT_YEAR] = {"year", 0, 12},
};

/* False, with the error set, when there is no such unit. */
static bool read_unit(sqlite3_context *context, sqlite3_value *value, date_unit *out)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (mr_bytes_equal_nocase(mr_sql_fn_text(value), mr_bytes_of(units[i].name))) {
            *out = (date_unit)i;
            return true;
        }
    }
    mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: '%.40s' is not a valid DATE field",
                   (const char *)sqlite3_value_text(value));
    return false;
}

static bool read_time(sqlite3_context *context, sqlite3_value *value, int64_t *out, bool *date)
{
    mr_bytes text = mr_sql_fn_text(value);
    *date = text.len == 10;
    if (mr_iso_parse(text, out)) {
        return true;
    }
    mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: '%.40s' is not a date or a timestamp",
                   (const char *)sqlite3_value_text(value));
    return false;
}

static void return_time(sqlite3_context *context, int64_t time_us, bool date)
{
    mr_strbuf out = mr_strbuf_make(64);
    mr_append_timestamp(&out, time_us);
    mr_sql_fn_return_text(context, mr_bytes_make(out.at, date ? 10 : out.len));
    mr_strbuf_deinit(&out);
}

static int64_t floor_to(int64_t value, int64_t unit)
{
    int64_t rest = value % unit;
    return value - (rest < 0 ? rest + unit : rest);
}

static int days_in_month(int year, int month)
{
    int next_year = month == 12 ? year + 1 : year, next = month == 12 ? 1 : month + 1;
    return (int)(mr_days_of_civil(next_year, next, 1) - mr_days_of_civil(year, month, 1));
}

/* Months added by the calendar; the day is at most the month's last. */
static int64_t add_months(int64_t time_us, int64_t months)
{
    mr_civil civil = mr_civil_of(time_us);
    int64_t total = (int64_t)civil.year * 12 + civil.month - 1 + months;
    civil.year = (int)(floor_to(total, 12) / 12);
    civil.month = (int)(total - floor_to(total, 12)) + 1;
    int last = days_in_month(civil.year, civil.month);
    civil.day = civil.day > last ? last : civil.day;
    return mr_civil_to_us(&civil);
}

/* ---- the functions ---- */

static void fn_now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    const mr_statement_run *run = sqlite3_user_data(context);
    return_time(context, run->now_us, mr_bytes_is(mr_sql_fn_text(argv[0]), "date"));
}

static void fn_date_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    int64_t time_us;
    bool date;
    if (mr_sql_fn_null(context, argc, argv) || !read_time(context, argv[1], &time_us, &date)) {
        return;
    }
    mr_civil civil = mr_civil_of(time_us);
    const struct {
        const char *name;
        int value;
    } parts[] = {{"year", civil.year},     {"quarter", (civil.month + 2) / 3},
                 {"month", civil.month},   {"day", civil.day},
                 {"hour", civil.hour},     {"minute", civil.minute},
                 {"second", civil.second}, {"dow", civil.weekday},
                 {"doy", civil.yearday}};
    for (size_t i = 0; i < MR_COUNT(parts); i++) {
        if (mr_bytes_is(mr_sql_fn_text(argv[0]), parts[i].name)) {
            sqlite3_result_int(context, parts[i].value);
        }
    }
}

static void fn_date_trunc(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    date_unit unit;
    int64_t time_us;
    bool date;
    if (mr_sql_fn_null(context, argc, argv) || !read_unit(context, argv[0], &unit) ||
        !read_time(context, argv[1], &time_us, &date)) {
        return;
    }
    if (unit == UNIT_WEEK) { /* 1970-01-01 was a Thursday; weeks start on Monday */
        time_us = floor_to(time_us + 3 * US_PER_DAY, 7 * US_PER_DAY) - 3 * US_PER_DAY;
    } else if (units[unit].us > 0) {
        time_us = floor_to(time_us, units[unit].us);
    } else {
        mr_civil civil = mr_civil_of(floor_to(time_us, US_PER_DAY));
        civil.day = 1;
        civil.month -= (civil.month - 1) % units[unit].months;
        time_us = mr_civil_to_us(&civil);
    }
    return_time(context, time_us, date);
}

static void fn_date_add(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    date_unit unit;
    int64_t time_us;
    bool date;
    if (mr_sql_fn_null(context, argc, argv) || !read_unit(context, argv[0], &unit) ||
        !read_time(context, argv[2], &time_us, &date)) {
        return;
    }
    int64_t count = sqlite3_value_int64(argv[1]);
    if (date && unit < UNIT_DAY) {
        mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: '%s' is not a valid DATE field",
                       units[unit].name);
        return;
    }
    /* Times stay within the years that four or five digits can name. */
    int64_t most = units[unit].us > 0 ? INT64_C(36600000) * US_PER_DAY / units[unit].us : 1200000;
    if (count > most || count < -most) {
        mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: date out of range");
        return;
    }
    time_us = units[unit].us > 0 ? time_us + count * units[unit].us
                                 : add_months(time_us, count * units[unit].months);
    return_time(context, time_us, date);
}

/* Complete units from a to b, toward zero. */
static void fn_date_diff(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    date_unit unit;
    int64_t from, to;
    bool date;
    if (mr_sql_fn_null(context, argc, argv) || !read_unit(context, argv[0], &unit) ||
        !read_time(context, argv[1], &from, &date) || !read_time(context, argv[2], &to, &date)) {
        return;
    }
    if (units[unit].us > 0) {
        sqlite3_result_int64(context, (to - from) / units[unit].us);
        return;
    }
    mr_civil a = mr_civil_of(from), b = mr_civil_of(to);
    int64_t months = ((int64_t)b.year - a.year) * 12 + b.month - a.month;
    if (months > 0 && add_months(from, months) > to) {
        months--;
    } else if (months < 0 && add_months(from, months) < to) {
        months++;
    }
    sqlite3_result_int64(context, months / units[unit].months);
}

static void fn_from_unixtime(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    double seconds = sqlite3_value_double(argv[0]);
    if (!(fabs(seconds) < 2.5e11)) {
        mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: time out of range");
        return;
    }
    return_time(context, (int64_t)llround(seconds * 1e3) * MR_US_PER_MS, false);
}

static void fn_to_unixtime(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    int64_t time_us;
    bool date;
    if (!mr_sql_fn_null(context, argc, argv) && read_time(context, argv[0], &time_us, &date)) {
        sqlite3_result_double(context, (double)time_us / 1e6);
    }
}

/* ---- MySQL's formats ---- */

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
static const char *const day_names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};

/* False for a code that is not modelled. */
static bool append_code(mr_strbuf *out, char code, const mr_civil *c)
{
    int half = c->hour % 12 == 0 ? 12 : c->hour % 12;
    switch (code) {
    case 'Y':
        mr_strbuf_appendf(out, "%04d", c->year);
        return true;
    case 'y':
        mr_strbuf_appendf(out, "%02d", c->year % 100);
        return true;
    case 'm':
        mr_strbuf_appendf(out, "%02d", c->month);
        return true;
    case 'c':
        mr_strbuf_appendf(out, "%d", c->month);
        return true;
    case 'd':
        mr_strbuf_appendf(out, "%02d", c->day);
        return true;
    case 'e':
        mr_strbuf_appendf(out, "%d", c->day);
        return true;
    case 'H':
        mr_strbuf_appendf(out, "%02d", c->hour);
        return true;
    case 'k':
        mr_strbuf_appendf(out, "%d", c->hour);
        return true;
    case 'h':
    case 'I':
        mr_strbuf_appendf(out, "%02d", half);
        return true;
    case 'l':
        mr_strbuf_appendf(out, "%d", half);
        return true;
    case 'i':
        mr_strbuf_appendf(out, "%02d", c->minute);
        return true;
    case 's':
    case 'S':
        mr_strbuf_appendf(out, "%02d", c->second);
        return true;
    case 'f':
        mr_strbuf_appendf(out, "%06d", c->microsecond);
        return true;
    case 'p':
        mr_strbuf_append_text(out, c->hour < 12 ? "AM" : "PM");
        return true;
    case 'T':
        mr_strbuf_appendf(out, "%02d:%02d:%02d", c->hour, c->minute, c->second);
        return true;
    case 'j':
        mr_strbuf_appendf(out, "%03d", c->yearday);
        return true;
    case 'M':
        mr_strbuf_append_text(out, month_names[c->month - 1]);
        return true;
    case 'b':
        mr_strbuf_append(out, month_names[c->month - 1], 3);
        return true;
    case 'W':
        mr_strbuf_append_text(out, day_names[c->weekday - 1]);
        return true;
    case 'a':
        mr_strbuf_append(out, day_names[c->weekday - 1], 3);
        return true;
    case '%':
        mr_strbuf_append_char(out, '%');
        return true;
    default:
        return false;
    }
}

static void bad_code(sqlite3_context *context, char code)
{
    mr_sql_fn_fail(context, "NOT_SUPPORTED: %%%c in a date format is not modelled by millrace",
                   code);
}

static void fn_date_format(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    int64_t time_us;
    bool date;
    if (mr_sql_fn_null(context, argc, argv) || !read_time(context, argv[0], &time_us, &date)) {
        return;
    }
    mr_civil civil = mr_civil_of(time_us);
    mr_bytes format = mr_sql_fn_text(argv[1]);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool known = true;
    for (size_t i = 0; i < format.len && known; i++) {
        if (format.at[i] != '%' || i + 1 == format.len) {
            mr_strbuf_append_char(&out, format.at[i]);
        } else {
            known = append_code(&out, format.at[++i], &civil);
            if (!known) {
                bad_code(context, format.at[i]);
            }
        }
    }
    if (known) {
        mr_sql_fn_return_text(context, mr_strbuf_bytes(&out));
    }
    mr_strbuf_deinit(&out);
}

typedef struct date_reader {
    mr_bytes text;
    size_t at;
    mr_civil civil;
    bool pm, has_half;
} date_reader;

static bool read_number(date_reader *reader, int digits, int *out)
{
    int n = 0;
    *out = 0;
    while (n < digits && reader->at < reader->text.len &&
           isdigit((unsigned char)reader->text.at[reader->at])) {
        *out = *out * 10 + reader->text.at[reader->at++] - '0';
        n++;
    }
    return n > 0;
}

static bool read_fraction(date_reader *reader)
{
    size_t before = reader->at;
    int value = 0;
    if (!read_number(reader, 6, &value)) {
        return false;
    }
    for (size_t n = reader->at - before; n < 6; n++) {
        value *= 10;
    }
    while (reader->at < reader->text.len && isdigit((unsigned char)reader->text.at[reader->at])) {
        reader->at++; /* nanoseconds are cut */
    }
    reader->civil.microsecond = value;
    return true;
}

static bool read_name(date_reader *reader, const char *const *names, int count, bool abbreviated,
                      int *out)
{
    mr_bytes rest = mr_bytes_make(reader->text.at + reader->at, reader->text.len - reader->at);
    for (int i = 0; i < count; i++) {
        size_t len = abbreviated ? 3 : strlen(names[i]);
        if (rest.len >= len &&
            mr_bytes_equal_nocase(mr_bytes_make(rest.at, len), mr_bytes_make(names[i], len))) {
            reader->at += len;
            *out = i + 1;
            return true;
        }
    }
    return false;
}

/* False: the text does not match. *known: whether the code is one that is modelled. */
static bool read_code(date_reader *reader, char code, bool *known)
{
    static const char *const halves[] = {"AM", "PM"};
    mr_civil *c = &reader->civil;
    int value = 0;
    switch (code) {
    case 'Y':
        return read_number(reader, 4, &c->year);
    case 'y':
        if (!read_number(reader, 2, &value)) {
            return false;
        }
        c->year = value < 70 ? 2000 + value : 1900 + value; /* as MySQL's format has it */
        return true;
    case 'm':
    case 'c':
        return read_number(reader, 2, &c->month);
    case 'd':
    case 'e':
        return read_number(reader, 2, &c->day);
    case 'h':
    case 'I':
    case 'l':
        reader->has_half = true;
        return read_number(reader, 2, &c->hour);
    case 'H':
    case 'k':
        return read_number(reader, 2, &c->hour);
    case 'i':
        return read_number(reader, 2, &c->minute);
    case 's':
    case 'S':
        return read_number(reader, 2, &c->second);
    case 'f':
        return read_fraction(reader);
    case 'p':
        if (!read_name(reader, halves, 2, false, &value)) {
            return false;
        }
        reader->pm = value == 2;
        return true;
    case 'M':
    case 'b':
        return read_name(reader, month_names, 12, code == 'b', &c->month);
    case 'W':
    case 'a':
        return read_name(reader, day_names, 7, code == 'a', &value);
    case 'T': {
        bool ignored = true;
        return read_code(reader, 'H', &ignored) && reader->at < reader->text.len &&
               reader->text.at[reader->at++] == ':' && read_code(reader, 'i', &ignored) &&
               reader->at < reader->text.len && reader->text.at[reader->at++] == ':' &&
               read_code(reader, 's', &ignored);
    }
    default:
        *known = false;
        return false;
    }
}

static bool civil_is_valid(const date_reader *reader)
{
    const mr_civil *c = &reader->civil;
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour < 24 && c->minute < 60 &&
           c->second < 60;
}

static void fn_date_parse(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    date_reader reader = {.text = mr_sql_fn_text(argv[0]),
                          .civil = {.year = 1970, .month = 1, .day = 1}};
    mr_bytes format = mr_sql_fn_text(argv[1]);
    bool matches = true, known = true;
    for (size_t i = 0; i < format.len && matches; i++) {
        if (format.at[i] == '%' && i + 1 < format.len) {
            matches = read_code(&reader, format.at[++i], &known);
            if (!known) {
                bad_code(context, format.at[i]);
                return;
            }
        } else {
            matches = reader.at < reader.text.len && reader.text.at[reader.at] == format.at[i];
            reader.at++;
        }
    }
    if (reader.has_half) {
        reader.civil.hour = reader.civil.hour % 12 + (reader.pm ? 12 : 0);
    }
    if (!matches || reader.at != reader.text.len || !civil_is_valid(&reader)) {
        mr_sql_fn_fail(context,
                       "INVALID_FUNCTION_ARGUMENT: Invalid format: \"%.80s\" does not match "
                       "\"%.80s\"",
                       (const char *)sqlite3_value_text(argv[0]),
                       (const char *)sqlite3_value_text(argv[1]));
        return;
    }
    return_time(context, mr_civil_to_us(&reader.civil), false);
}

int mr_sql_date_functions_register(sqlite3 *db, const mr_statement_run *run)
{
    static const mr_sql_fn_row rows[] = {
        {"mr_now", 1, fn_now},
        {"mr_date_part", 2, fn_date_part},
        {"mr_date_trunc", 2, fn_date_trunc},
        {"mr_date_add", 3, fn_date_add},
        {"mr_date_diff", 3, fn_date_diff},
        {"mr_date_parse", 2, fn_date_parse},
        {"mr_date_format", 2, fn_date_format},
        {"mr_from_unixtime", 1, fn_from_unixtime},
        {"mr_to_unixtime", 1, fn_to_unixtime},
    };
    return mr_sql_functions_add(db, rows, MR_COUNT(rows), (void *)(uintptr_t)run);
}
