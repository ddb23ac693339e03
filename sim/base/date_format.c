/* date_format.c - writes dates with a compiled pattern. */
#include "sim/base/date_tokens.h"
#include "sim/base/timefmt.h"

typedef struct instant {
    mr_civil civil;
    int64_t nano_of_day;
    int64_t offset_us;
} instant;

/* Sunday is day 1, and the week that holds 1 January is week 1 of the year. */
static int64_t week_of_year(const mr_civil *civil, int64_t *week_year)
{
    int days_in_year =
        (int)(mr_days_of_civil(civil->year + 1, 1, 1) - mr_days_of_civil(civil->year, 1, 1));
    int sunday_based = civil->weekday % 7; /* 0 = Sunday */
    int first_of_next = (sunday_based + days_in_year - civil->yearday + 1) % 7;

    *week_year = civil->year;
    /* The last days of December belong to week 1 when 1 January is in the same week. */
    if (civil->yearday > days_in_year - first_of_next) {
        *week_year = civil->year + 1;
        return 1;
    }
    int first_of_year = ((sunday_based - (civil->yearday - 1)) % 7 + 7) % 7;
    return (civil->yearday - 1 + first_of_year) / 7 + 1;
}

static int64_t field_value(const instant *at, date_field field)
{
    const mr_civil *civil = &at->civil;
    int64_t week_year;

    switch (field) {
    case DATE_YEAR:
        return civil->year;
    case DATE_YEAR_OF_ERA:
        return civil->year > 0 ? civil->year : 1 - (int64_t)civil->year;
    case DATE_WEEK_YEAR:
        (void)week_of_year(civil, &week_year);
        return week_year;
    case DATE_QUARTER:
        return (civil->month - 1) / 3 + 1;
    case DATE_MONTH:
        return civil->month;
    case DATE_WEEK:
        return week_of_year(civil, &week_year);
    case DATE_WEEK_OF_MONTH: {
        int first_of_month = ((civil->weekday % 7 - (civil->day - 1)) % 7 + 7) % 7;
        return (civil->day - 1 + first_of_month) / 7 + 1;
    }
    case DATE_DAY:
        return civil->day;
    case DATE_DAY_OF_YEAR:
        return civil->yearday;
    case DATE_ALIGNED_DAY:
        return (civil->day - 1) % 7 + 1;
    case DATE_WEEKDAY:
        return civil->weekday % 7 + 1;
    case DATE_HOUR:
        return civil->hour;
    case DATE_CLOCK_HOUR:
        return civil->hour == 0 ? 24 : civil->hour;
    case DATE_HALF_HOUR:
        return civil->hour % 12;
    case DATE_HALF_CLOCK:
        return civil->hour % 12 == 0 ? 12 : civil->hour % 12;
    case DATE_AM_PM:
        return civil->hour / 12;
    case DATE_MINUTE:
        return civil->minute;
    case DATE_SECOND:
        return civil->second;
    case DATE_NANO:
        return (int64_t)civil->microsecond * 1000;
    case DATE_MILLI_OF_DAY:
        return at->nano_of_day / 1000000;
    case DATE_NANO_OF_DAY:
        return at->nano_of_day;
    case DATE_ERA:
        return civil->year > 0 ? 1 : 0;
    case DATE_OFFSET:
        return at->offset_us / MR_US_PER_SECOND;
    case DATE_FIELD_COUNT:
        break;
    }
    MR_ASSERT(field < DATE_FIELD_COUNT);
    return 0;
}

static void append_digits(mr_strbuf *out, uint64_t value, size_t min_digits)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n < min_digits) {
        digits[sizeof digits - ++n] = '0';
    }
    mr_strbuf_append(out, digits + sizeof digits - n, n);
}

static void append_number(mr_strbuf *out, const date_token *token, int64_t value)
{
    static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    if (value < 0) {
        mr_strbuf_append_char(out, '-');
    } else if (token->exceeds_pad && token->min < MR_COUNT(powers) && value >= powers[token->min]) {
        mr_strbuf_append_char(out, '+');
    }
    append_digits(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, token->min);
}

static void append_offset(mr_strbuf *out, const date_token *token, int64_t offset_s)
{
    uint64_t size = (uint64_t)(offset_s < 0 ? -offset_s : offset_s);
    uint64_t hours = size / 3600;
    uint64_t minutes = size / 60 % 60;
    uint64_t seconds = size % 60;
    bool localized = token->offset_style == DATE_OFFSET_LOCALIZED_SHORT ||
                     token->offset_style == DATE_OFFSET_LOCALIZED_FULL;

    if (localized) {
        mr_strbuf_append_text(out, "GMT");
        if (offset_s == 0) {
            return;
        }
    } else if (token->zero_is_z && offset_s == 0) {
        mr_strbuf_append_char(out, 'Z');
        return;
    }
    mr_strbuf_append_char(out, offset_s < 0 ? '-' : '+');

    bool colon = token->offset_style == DATE_OFFSET_COLON ||
                 token->offset_style == DATE_OFFSET_COLON_SECONDS || localized;
    bool short_form = token->offset_style == DATE_OFFSET_LOCALIZED_SHORT;
    append_digits(out, hours, short_form ? 1 : 2);
    if (minutes != 0 || !(short_form || token->offset_style == DATE_OFFSET_HOURS)) {
        mr_strbuf_append_text(out, colon ? ":" : "");
        append_digits(out, minutes, 2);
    }
    if (seconds != 0 && (token->offset_style == DATE_OFFSET_PLAIN_SECONDS ||
                         token->offset_style == DATE_OFFSET_COLON_SECONDS || localized)) {
        mr_strbuf_append_text(out, colon ? ":" : "");
        append_digits(out, seconds, 2);
    }
}

static void append_token(const mr_date_pattern *pattern, const date_token *token, const instant *at,
                         mr_strbuf *out)
{
    switch ((date_token_kind)token->kind) {
    case DATE_TOKEN_LITERAL:
        mr_strbuf_append(out, pattern->literals + token->at, token->len);
        break;
    case DATE_TOKEN_NUMBER:
        append_number(out, token, field_value(at, (date_field)token->field));
        break;
    case DATE_TOKEN_TWO_DIGIT_YEAR: {
        int64_t year = field_value(at, (date_field)token->field);
        append_digits(out, (uint64_t)((year % 100 + 100) % 100), 2);
        break;
    }
    case DATE_TOKEN_FRACTION: {
        int64_t nanos = field_value(at, DATE_NANO);
        for (size_t digits = 9; digits > token->min; digits--) {
            nanos /= 10;
        }
        append_digits(out, (uint64_t)nanos, token->min);
        break;
    }
    case DATE_TOKEN_TEXT: {
        int64_t value = field_value(at, (date_field)token->field);
        mr_strbuf_append_text(out, token->names.text[value - token->names.first]);
        break;
    }
    case DATE_TOKEN_OFFSET:
        append_offset(out, token, field_value(at, DATE_OFFSET));
        break;
    case DATE_TOKEN_OPTIONAL_BEGIN:
    case DATE_TOKEN_OPTIONAL_END:
        break; /* every field is there */
    }
}

void mr_date_pattern_format_at(const mr_date_pattern *pattern, int64_t time_us, int64_t offset_us,
                               mr_strbuf *out)
{
    MR_ASSERT(pattern != NULL);
    MR_ASSERT(out != NULL);

    instant at = {.civil = mr_civil_of(time_us + offset_us), .offset_us = offset_us};
    at.nano_of_day =
        (((int64_t)at.civil.hour * 60 + at.civil.minute) * 60 + at.civil.second) * 1000000000 +
        (int64_t)at.civil.microsecond * 1000;
    for (size_t i = 0; i < pattern->count; i++) {
        append_token(pattern, &pattern->tokens[i], &at, out);
    }
}

void mr_date_pattern_format(const mr_date_pattern *pattern, int64_t time_us, mr_strbuf *out)
{
    mr_date_pattern_format_at(pattern, time_us, 0, out);
}
