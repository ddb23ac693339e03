/* timefmt.c - see timefmt.h. The calendar is counted in eras of 400 years, which begin on 1 March:
 * then the leap day is a year's last day, and every era has the same number of days. */
#include "sim/base/timefmt.h"

#define DAYS_PER_ERA    146097 /* 400 * 365 + 97 */
#define DAYS_TO_EPOCH   719468 /* from 0000-03-01 to 1970-01-01 */
#define SECONDS_PER_DAY 86400
#define US_PER_DAY      (SECONDS_PER_DAY * MR_US_PER_SECOND)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t mr_days_of_civil(int year, int month, int day)
{
    int64_t march_year = (int64_t)year - (month <= 2);
    int64_t march_month = (month + 9) % 12; /* March is 0 */
    int64_t era = floor_div(march_year, 400);
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static void civil_of_days(int64_t days, mr_civil *out)
{
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;

    out->day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    out->month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    out->year = (int)(year_of_era + era * 400 + (out->month <= 2));
}

mr_civil mr_civil_of(int64_t time_us)
{
    mr_civil civil = {0};
    int64_t days = floor_div(time_us, US_PER_DAY);
    int64_t in_day_us = time_us - days * US_PER_DAY;
    int64_t in_day_s = in_day_us / MR_US_PER_SECOND;

    civil_of_days(days, &civil);
    civil.hour = (int)(in_day_s / 3600);
    civil.minute = (int)(in_day_s / 60 % 60);
    civil.second = (int)(in_day_s % 60);
    civil.microsecond = (int)(in_day_us % MR_US_PER_SECOND);
    int64_t weeks = floor_div(days + 3, 7); /* 1970-01-01 was a Thursday */
    civil.weekday = (int)(days + 3 - weeks * 7) + 1;
    civil.yearday = (int)(days - mr_days_of_civil(civil.year, 1, 1)) + 1;
    return civil;
}

int64_t mr_civil_to_us(const mr_civil *civil)
{
    int64_t days = mr_days_of_civil(civil->year, civil->month, civil->day);
    int64_t seconds = (int64_t)civil->hour * 3600 + (int64_t)civil->minute * 60 + civil->second;
    return days * US_PER_DAY + seconds * MR_US_PER_SECOND + civil->microsecond;
}

static char *put_digits(char *at, int value, int count)
{
    for (int i = count - 1; i >= 0; i--, value /= 10) {
        at[i] = (char)('0' + value % 10);
    }
    return at + count;
}

void mr_iso_format(int64_t time_us, char out[MR_ISO_SIZE])
{
    /* The form has room for the years 0000 to 9999; a time beyond is shown as the nearest. */
    const int64_t first_us = INT64_C(-62167219200) * MR_US_PER_SECOND;
    const int64_t last_us = INT64_C(253402300800) * MR_US_PER_SECOND - 1;
    int64_t shown_us = time_us < first_us ? first_us : time_us > last_us ? last_us : time_us;
    mr_civil civil = mr_civil_of(shown_us);

    char *at = put_digits(out, civil.year, 4);
    *at++ = '-';
    at = put_digits(at, civil.month, 2);
    *at++ = '-';
    at = put_digits(at, civil.day, 2);
    *at++ = 'T';
    at = put_digits(at, civil.hour, 2);
    *at++ = ':';
    at = put_digits(at, civil.minute, 2);
    *at++ = ':';
    at = put_digits(at, civil.second, 2);
    *at++ = '.';
    at = put_digits(at, civil.microsecond, 6);
    *at++ = 'Z';
    *at = '\0';
}

/* ---- reading ---- */

/* A place in a text; the take_ functions move it and say whether they found what they want. */
typedef struct scan {
    const char *at, *end;
} scan;

static bool take_char(scan *s, char c)
{
    if (s->at == s->end || *s->at != c) {
        return false;
    }
    s->at++;
    return true;
}

static bool take_digits(scan *s, int count, int low, int high, int *out)
{
    int value = 0;
    if (s->end - s->at < count) {
        return false;
    }
    for (int i = 0; i < count; i++, s->at++) {
        if (*s->at < '0' || *s->at > '9') {
            return false;
        }
        value = value * 10 + (*s->at - '0');
    }
    *out = value;
    return value >= low && value <= high;
}

static bool take_date(scan *s, mr_civil *out)
{
    return take_digits(s, 4, 0, 9999, &out->year) && take_char(s, '-') &&
           take_digits(s, 2, 1, 12, &out->month) && take_char(s, '-') &&
           take_digits(s, 2, 1, 31, &out->day);
}

/* ".f" to ".fffffffff"; what is finer than a microsecond is cut. */
static bool take_fraction(scan *s, mr_civil *out)
{
    int digits = 0;
    int value = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++, digits++) {
        if (digits < 6) {
            value = value * 10 + (*s->at - '0');
        }
    }
    for (int i = digits; i < 6; i++) {
        value *= 10;
    }
    out->microsecond = value;
    return digits >= 1 && digits <= 9;
}

static bool take_time(scan *s, mr_civil *out)
{
    bool ok = take_digits(s, 2, 0, 23, &out->hour) && take_char(s, ':') &&
              take_digits(s, 2, 0, 59, &out->minute) && take_char(s, ':') &&
              take_digits(s, 2, 0, 59, &out->second);
    return ok && (!take_char(s, '.') || take_fraction(s, out));
}

/* "Z", "+hh:mm", "-hh:mm" or nothing. */
static bool take_zone(scan *s, int64_t *offset_s)
{
    int hours = 0;
    int minutes = 0;
    *offset_s = 0;
    if (s->at == s->end || take_char(s, 'Z')) {
        return true;
    }
    bool west = take_char(s, '-');
    if (!west && !take_char(s, '+')) {
        return false;
    }
    if (!take_digits(s, 2, 0, 23, &hours) || !take_char(s, ':') ||
        !take_digits(s, 2, 0, 59, &minutes)) {
        return false;
    }
    *offset_s = (west ? -1 : 1) * (hours * INT64_C(3600) + minutes * INT64_C(60));
    return true;
}

bool mr_iso_parse(mr_bytes text, int64_t *time_us)
{
    mr_civil civil = {0};
    int64_t offset_s = 0;

    if (text.len == 0) {
        return false;
    }
    scan s = {text.at, text.at + text.len};
    if (!take_date(&s, &civil)) {
        return false;
    }
    if (s.at < s.end) {
        if (!take_char(&s, 'T') && !take_char(&s, ' ')) {
            return false;
        }
        if (!take_time(&s, &civil) || !take_zone(&s, &offset_s)) {
            return false;
        }
    }
    /* 30 February comes back as another day. */
    int64_t at_us = mr_civil_to_us(&civil);
    if (s.at != s.end || mr_civil_of(at_us).day != civil.day) {
        return false;
    }
    *time_us = at_us - offset_s * MR_US_PER_SECOND;
    return true;
}

/* In falling order, as a duration names them. */
static const struct {
    const char *name;
    int64_t us;
} units[] = {
    {"d", US_PER_DAY},       {"h", 3600 * MR_US_PER_SECOND}, {"m", 60 * MR_US_PER_SECOND},
    {"s", MR_US_PER_SECOND}, {"ms", MR_US_PER_MS},           {"us", 1},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One number and its unit, from *at on. unit: out; its place in `units`. */
static bool take_part(mr_bytes text, size_t *at, size_t *unit, int64_t *out_us)
{
    size_t number = *at;
    size_t letters = number;
    while (letters < text.len && is_digit(text.at[letters])) {
        letters++;
    }
    size_t end = letters;
    while (end < text.len && !is_digit(text.at[end])) {
        end++;
    }
    mr_bytes name = mr_bytes_make(text.at + letters, end - letters);
    int64_t count = 0;
    if (!mr_bytes_to_int64(mr_bytes_make(text.at + number, letters - number), &count)) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(units); i++) {
        if (mr_bytes_is(name, units[i].name)) {
            *at = end;
            *unit = i;
            return !__builtin_mul_overflow(count, units[i].us, out_us);
        }
    }
    return false;
}

bool mr_duration_parse(mr_bytes text, int64_t *out_us)
{
    size_t at = 0;
    size_t last = 0;
    int64_t sum_us = 0;
    for (bool is_first = true; is_first || at < text.len; is_first = false) {
        size_t unit;
        int64_t part_us;
        if (at == text.len || !take_part(text, &at, &unit, &part_us) ||
            (!is_first && unit <= last) || __builtin_add_overflow(sum_us, part_us, &sum_us)) {
            return false;
        }
        last = unit;
    }
    *out_us = sum_us;
    return true;
}

void mr_duration_write(mr_strbuf *out, int64_t us)
{
    MR_ASSERT(us >= 0);
    if (us == 0) {
        mr_strbuf_append_text(out, "0s");
        return;
    }
    for (size_t i = 0; i < MR_COUNT(units); i++) {
        if (us >= units[i].us) {
            mr_strbuf_append_int64(out, us / units[i].us);
            mr_strbuf_append_text(out, units[i].name);
            us %= units[i].us;
        }
    }
}
