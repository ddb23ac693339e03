/* date_parse.c - reads dates with a compiled pattern. The builtin transform does it per record:
 * no allocation, no locale, one pass. */
#include "sim/base/date_tokens.h"
#include "sim/base/timefmt.h"

typedef struct parsed {
    const char *at, *end;
    uint32_t seen; /* one bit per date_field */
    int64_t values[DATE_FIELD_COUNT];
} parsed;

static inline bool has(const parsed *p, date_field field)
{
    return (p->seen >> field & 1) != 0;
}

/* A field given twice must agree with itself. */
static inline bool put(parsed *p, date_field field, int64_t value)
{
    if (has(p, field) && p->values[field] != value) {
        return false;
    }
    p->seen |= 1U << field;
    p->values[field] = value;
    return true;
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

#define DIGITS_MAX 18 /* that surely fit an int64_t */

/* All the digits there are, 1 to DIGITS_MAX. */
static inline bool take_run(parsed *p, int64_t *out)
{
    const char *at = p->at;
    const char *end = p->end - at > DIGITS_MAX ? at + DIGITS_MAX : p->end;
    int64_t value = 0;

    while (at < end && is_digit(*at)) {
        value = value * 10 + (*at++ - '0');
    }
    if (at == p->at) {
        return false;
    }
    p->at = at;
    *out = value;
    return true;
}

/* Exactly n digits, n <= DIGITS_MAX. */
static inline bool take_digits(parsed *p, size_t n, int64_t *out)
{
    int64_t value = 0;

    if ((size_t)(p->end - p->at) < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(p->at[i])) {
            return false;
        }
        value = value * 10 + (p->at[i] - '0');
    }
    p->at += n;
    *out = value;
    return true;
}

static bool take_number(parsed *p, const date_token *token)
{
    int64_t value;

    if (token->min == token->max) {
        return take_digits(p, token->min, &value) && put(p, (date_field)token->field, value);
    }
    if (token->reserve == 0 && token->min == 1 && token->field > DATE_WEEK_YEAR) {
        return take_run(p, &value) && put(p, (date_field)token->field, value);
    }

    bool negative = false;
    bool year = token->field <= DATE_WEEK_YEAR;
    if (year && p->at < p->end && (*p->at == '-' || *p->at == '+')) {
        negative = *p->at++ == '-';
    }
    size_t run = 0;
    size_t most = (size_t)(p->end - p->at);
    while (run < most && is_digit(p->at[run])) {
        run++;
    }
    if (run < (size_t)token->min + token->reserve) {
        return false;
    }
    run = mr_min_size(run - token->reserve, mr_min_size(token->max, DIGITS_MAX));
    return take_digits(p, run, &value) &&
           put(p, (date_field)token->field, negative ? -value : value);
}

static bool take_fraction(parsed *p, const date_token *token)
{
    int64_t nanos;

    if (!take_digits(p, token->min, &nanos)) {
        return false;
    }
    for (size_t digits = token->min; digits < 9; digits++) {
        nanos *= 10;
    }
    return put(p, DATE_NANO, nanos);
}

/* The longest name that fits: "June" is not "Jun" and an e. */
static bool take_text(parsed *p, const date_token *token)
{
    size_t best_len = 0;
    size_t best = 0;
    size_t left = (size_t)(p->end - p->at);

    for (size_t i = 0; i < token->names.count; i++) {
        size_t len = strlen(token->names.text[i]);
        if (len > best_len && len <= left && memcmp(p->at, token->names.text[i], len) == 0) {
            best_len = len;
            best = i;
        }
    }
    if (best_len == 0) {
        return false;
    }
    p->at += best_len;
    return put(p, (date_field)token->field, (int64_t)best + token->names.first);
}

static bool take_byte(parsed *p, char byte)
{
    if (p->at == p->end || *p->at != byte) {
        return false;
    }
    p->at++;
    return true;
}

static bool take_offset(parsed *p, const date_token *token)
{
    bool localized = token->offset_style >= DATE_OFFSET_LOCALIZED_SHORT;
    bool colon = localized || token->offset_style == DATE_OFFSET_COLON ||
                 token->offset_style == DATE_OFFSET_COLON_SECONDS;
    int64_t part;

    if (localized) {
        if (p->end - p->at < 3 || memcmp(p->at, "GMT", 3) != 0) {
            return false;
        }
        p->at += 3;
        if (p->at == p->end || (*p->at != '+' && *p->at != '-')) {
            return put(p, DATE_OFFSET, 0);
        }
    } else if (token->zero_is_z && take_byte(p, 'Z')) {
        return put(p, DATE_OFFSET, 0);
    }
    bool negative = take_byte(p, '-');
    if (!negative && !take_byte(p, '+')) {
        return false;
    }
    bool one_digit = token->offset_style == DATE_OFFSET_LOCALIZED_SHORT &&
                     (p->end - p->at < 2 || !is_digit(p->at[1]));
    if (!take_digits(p, one_digit ? 1 : 2, &part) || part > 18) {
        return false;
    }
    int64_t seconds = part * 3600;

    bool wants_minutes = token->offset_style != DATE_OFFSET_HOURS &&
                         token->offset_style != DATE_OFFSET_LOCALIZED_SHORT;
    const char *before = p->at;
    if ((!colon || take_byte(p, ':')) && take_digits(p, 2, &part) && part < 60) {
        seconds += part * 60;
    } else if (wants_minutes) {
        return false;
    } else {
        p->at = before;
    }
    return put(p, DATE_OFFSET, negative ? -seconds : seconds);
}

static bool take_two_digit_year(parsed *p, const date_token *token)
{
    int64_t year;
    return take_digits(p, 2, &year) && put(p, (date_field)token->field, 2000 + year);
}

static inline bool take_token(parsed *p, const mr_date_pattern *pattern, const date_token *token)
{
    switch ((date_token_kind)token->kind) {
    case DATE_TOKEN_LITERAL:
        if ((size_t)(p->end - p->at) < token->len ||
            memcmp(p->at, pattern->literals + token->at, token->len) != 0) {
            return false;
        }
        p->at += token->len;
        return true;
    case DATE_TOKEN_NUMBER:
        return take_number(p, token);
    case DATE_TOKEN_TWO_DIGIT_YEAR:
        return take_two_digit_year(p, token);
    case DATE_TOKEN_FRACTION:
        return take_fraction(p, token);
    case DATE_TOKEN_TEXT:
        return take_text(p, token);
    case DATE_TOKEN_OFFSET:
        return take_offset(p, token);
    case DATE_TOKEN_OPTIONAL_BEGIN:
    case DATE_TOKEN_OPTIONAL_END:
        break;
    }
    return true;
}

/* Reads tokens first..end; an optional part that does not fit is passed over as a whole. */
static bool take_tokens(parsed *p, const mr_date_pattern *pattern, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const date_token *token = &pattern->tokens[i];
        if (MR_UNLIKELY(token->kind == DATE_TOKEN_OPTIONAL_BEGIN)) {
            parsed tried = *p;
            if (take_tokens(&tried, pattern, i + 1, token->match)) {
                *p = tried;
            }
            i = token->match;
        } else if (!take_token(p, pattern, token)) {
            return false;
        }
    }
    return true;
}

/* ---- from fields to an instant ---- */

static bool field_within(const parsed *p, date_field field, int64_t low, int64_t high)
{
    return !has(p, field) || (p->values[field] >= low && p->values[field] <= high);
}

static bool fields_in_range(const parsed *p)
{
    static const struct {
        uint8_t field;
        int64_t low, high;
    } ranges[] = {
        {DATE_QUARTER, 1, 4},
        {DATE_WEEK, 1, 54},
        {DATE_WEEK_OF_MONTH, 1, 6},
        {DATE_ALIGNED_DAY, 1, 7},
        {DATE_WEEKDAY, 1, 7},
        {DATE_CLOCK_HOUR, 1, 24},
        {DATE_HALF_HOUR, 0, 11},
        {DATE_HALF_CLOCK, 1, 12},
        {DATE_NANO, 0, 999999999},
        {DATE_MILLI_OF_DAY, 0, 86399999},
        {DATE_NANO_OF_DAY, 0, INT64_C(86399999999999)},
        {DATE_OFFSET, -64800, 64800}, /* 18 hours */
    };
    for (size_t i = 0; i < MR_COUNT(ranges); i++) {
        if (!field_within(p, (date_field)ranges[i].field, ranges[i].low, ranges[i].high)) {
            return false;
        }
    }
    return true;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int64_t year, int64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* 0 = Sunday; 1970-01-01 was a Thursday. */
static int64_t weekday_of_days(int64_t days)
{
    return ((days + 4) % 7 + 7) % 7;
}

/* The year, by whichever letter gave it. Y without a week is read as the year. */
static bool resolve_year(const parsed *p, int64_t *year)
{
    *year = 1970;
    if (has(p, DATE_YEAR)) {
        *year = p->values[DATE_YEAR];
    } else if (has(p, DATE_YEAR_OF_ERA)) {
        bool before = has(p, DATE_ERA) && p->values[DATE_ERA] == 0;
        *year = before ? 1 - p->values[DATE_YEAR_OF_ERA] : p->values[DATE_YEAR_OF_ERA];
        if (p->values[DATE_YEAR_OF_ERA] < 1) {
            return false;
        }
    } else if (has(p, DATE_WEEK_YEAR)) {
        *year = p->values[DATE_WEEK_YEAR];
    }
    return *year >= -9999 && *year <= 99999;
}

/* Days since the epoch of the date that the fields spell. */
static bool resolve_days(const parsed *p, int64_t *days)
{
    int64_t year;

    if (!resolve_year(p, &year)) {
        return false;
    }
    if (has(p, DATE_WEEK) && has(p, DATE_WEEK_YEAR)) {
        int64_t new_year = mr_days_of_civil((int)p->values[DATE_WEEK_YEAR], 1, 1);
        int64_t first_sunday = new_year - weekday_of_days(new_year);
        int64_t weekday = has(p, DATE_WEEKDAY) ? p->values[DATE_WEEKDAY] : 1;
        *days = first_sunday + (p->values[DATE_WEEK] - 1) * 7 + weekday - 1;
        return true;
    }
    if (has(p, DATE_DAY_OF_YEAR)) {
        int64_t day = p->values[DATE_DAY_OF_YEAR];
        *days = mr_days_of_civil((int)year, 1, 1) + day - 1;
        return day >= 1 && day <= (is_leap(year) ? 366 : 365);
    }
    int64_t month = has(p, DATE_MONTH)     ? p->values[DATE_MONTH]
                    : has(p, DATE_QUARTER) ? p->values[DATE_QUARTER] * 3 - 2
                                           : 1;
    int64_t day = has(p, DATE_DAY) ? p->values[DATE_DAY] : 1;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) {
        return false;
    }
    *days = mr_days_of_civil((int)year, (int)month, (int)day);
    return !has(p, DATE_WEEKDAY) || !has(p, DATE_DAY) ||
           weekday_of_days(*days) + 1 == p->values[DATE_WEEKDAY];
}

static bool resolve_hour(const parsed *p, int64_t *hour)
{
    *hour = 0;
    if (has(p, DATE_HOUR)) {
        *hour = p->values[DATE_HOUR];
    } else if (has(p, DATE_CLOCK_HOUR)) {
        *hour = p->values[DATE_CLOCK_HOUR] % 24;
    } else if (has(p, DATE_HALF_CLOCK)) {
        *hour = p->values[DATE_HALF_CLOCK] % 12;
    } else if (has(p, DATE_HALF_HOUR)) {
        *hour = p->values[DATE_HALF_HOUR];
    }
    if (has(p, DATE_AM_PM)) {
        if (*hour < 12 && !has(p, DATE_HOUR) && !has(p, DATE_CLOCK_HOUR)) {
            *hour += p->values[DATE_AM_PM] * 12;
        } else if (*hour / 12 != p->values[DATE_AM_PM]) {
            return false;
        }
    }
    return *hour >= 0 && *hour <= 23;
}

static bool resolve_time_of_day(const parsed *p, int64_t *us)
{
    int64_t hour;

    if (has(p, DATE_NANO_OF_DAY)) {
        *us = p->values[DATE_NANO_OF_DAY] / 1000;
        return true;
    }
    if (has(p, DATE_MILLI_OF_DAY)) {
        *us = p->values[DATE_MILLI_OF_DAY] * MR_US_PER_MS;
        return true;
    }
    int64_t minute = has(p, DATE_MINUTE) ? p->values[DATE_MINUTE] : 0;
    int64_t second = has(p, DATE_SECOND) ? p->values[DATE_SECOND] : 0;
    int64_t nano = has(p, DATE_NANO) ? p->values[DATE_NANO] : 0;
    if (!resolve_hour(p, &hour) || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return false;
    }
    *us = ((hour * 60 + minute) * 60 + second) * MR_US_PER_SECOND + nano / 1000;
    return true;
}

#define FIELD_BIT(field) (UINT32_C(1) << (field))

bool mr_date_pattern_parse(const mr_date_pattern *pattern, mr_bytes text, int64_t *time_us)
{
    /* The fields of nearly every date are checked where they are resolved. */
    static const uint32_t everyday = FIELD_BIT(DATE_YEAR) | FIELD_BIT(DATE_YEAR_OF_ERA) |
                                     FIELD_BIT(DATE_WEEK_YEAR) | FIELD_BIT(DATE_MONTH) |
                                     FIELD_BIT(DATE_DAY) | FIELD_BIT(DATE_HOUR) |
                                     FIELD_BIT(DATE_MINUTE) | FIELD_BIT(DATE_SECOND);
    MR_ASSERT(pattern != NULL);
    MR_ASSERT(time_us != NULL);

    parsed p;                            /* values are read only where seen has their bit */
    p.at = text.len == 0 ? "" : text.at; /* text.at may be NULL then */
    p.end = p.at + text.len;
    p.seen = 0;
    if (!take_tokens(&p, pattern, 0, pattern->count) || p.at != p.end) {
        return false;
    }
    if ((p.seen & ~everyday) != 0 && !fields_in_range(&p)) {
        return false;
    }

    int64_t days;
    int64_t us;
    if (!resolve_days(&p, &days) || !resolve_time_of_day(&p, &us)) {
        return false;
    }
    *time_us = days * (INT64_C(86400) * MR_US_PER_SECOND) + us;
    if (has(&p, DATE_OFFSET)) {
        *time_us -= p.values[DATE_OFFSET] * MR_US_PER_SECOND;
    }
    return true;
}
