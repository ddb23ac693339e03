/* builtin_value.c - one field of text to one JSON value, as JSON.stringify would write it. */
#include "sim/base/json.h"
#include "sim/lambda/builtin_internal.h"

#include <math.h>
#include <stdlib.h>

static inline char *put(char *out, const char *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

/* ---- strings ---- */

char *mr_builtin_put_plain_string(char *out, mr_bytes text)
{
    *out++ = '"';
    out = put(out, text.at, text.len);
    *out++ = '"';
    return out;
}

/* How many bytes the sequence led by `lead` has, and the least and most of its second byte: what
 * UTF-8 allows without overlong forms, surrogates and values past U+10FFFF. 0: leads nothing. */
static size_t utf8_length(unsigned char lead, unsigned char *least, unsigned char *most)
{
    *least = 0x80;
    *most = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *least = lead == 0xe0 ? 0xa0 : 0x80;
        *most = lead == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *least = lead == 0xf0 ? 0x90 : 0x80;
        *most = lead == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return 0;
}

/* A broken sequence gives one U+FFFD for its longest well-formed beginning, as the WHATWG decoder
 * (Node.js) and Python's errors="replace" do. */
char *mr_builtin_put_utf8(char *out, const char **at, const char *end)
{
    const char *start = *at;
    unsigned char least, most;
    size_t len = utf8_length((unsigned char)*start, &least, &most);
    size_t good = 1;
    while (good < len && start + good < end) {
        unsigned char next = (unsigned char)start[good];
        if (next < least || next > most) {
            break;
        }
        least = 0x80;
        most = 0xbf;
        good++;
    }
    *at = start + good;
    return good == len ? put(out, start, len) : put(out, "\xef\xbf\xbd", 3);
}

char *mr_builtin_put_string(char *out, mr_bytes text)
{
    static const char hex[] = "0123456789abcdef";
    static const char controls[] = "\b\t\n\f\r", letters[] = "btnfr";
    const char *at = text.at;
    const char *end = text.at + text.len;

    *out++ = '"';
    while (at < end) {
        unsigned char c = (unsigned char)*at;
        if (c >= 0x80) {
            out = mr_builtin_put_utf8(out, &at, end);
            continue;
        }
        at++;
        if (c == '"' || c == '\\') {
            *out++ = '\\';
            *out++ = (char)c;
        } else if (c >= 0x20) {
            *out++ = (char)c;
        } else {
            const char *known = memchr(controls, c, sizeof(controls) - 1);
            *out++ = '\\';
            if (known != NULL) {
                *out++ = letters[known - controls];
            } else {
                out = put(out, "u00", 3);
                *out++ = hex[c >> 4];
                *out++ = hex[c & 15];
            }
        }
    }
    *out++ = '"';
    return out;
}

/* ---- numbers ---- */

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char *put_uint64(char *out, uint64_t value)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[sizeof(digits) - ++n] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return put(out, digits + sizeof(digits) - n, n);
}

char *mr_builtin_put_integer(char *out, mr_bytes text, int64_t least, int64_t most)
{
    const char *at = text.at;
    const char *end = text.at + text.len;
    bool negative = at < end && *at == '-';
    uint64_t limit = negative ? UINT64_C(0) - (uint64_t)least : (uint64_t)most;
    uint64_t value = 0;

    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    if (at == end) {
        return NULL;
    }
    while (end - at > 1 && *at == '0') {
        at++;
    }
    if (end - at > 19) { /* 19 digits fit 64 bits, and no int64 has more */
        return NULL;
    }
    const char *digits = at;
    for (; at < end; at++) {
        if (!is_digit(*at)) {
            return NULL;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    if (value > limit) {
        return NULL;
    }
    if (negative && value > 0) {
        *out++ = '-';
    }
    return put(out, digits, (size_t)(end - digits));
}

/* A decimal number taken apart; the views lie in its text. */
typedef struct decimal {
    bool negative;
    mr_bytes whole;    /* without leading zeros */
    mr_bytes fraction; /* without trailing zeros */
    bool has_exponent;
} decimal;

/* False when text is no number as both Number() and float() take it: digits with an optional
 * point and exponent. (Their other words, hex and Infinity and nan, are not data.) */
static bool decimal_read(mr_bytes text, decimal *d)
{
    const char *at = text.at;
    const char *end = text.at + text.len;
    size_t digits = 0;

    *d = (decimal){.negative = at < end && *at == '-'};
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    const char *start = at;
    while (at < end && is_digit(*at)) {
        at++;
    }
    digits += (size_t)(at - start);
    while (start < at && *start == '0') {
        start++;
    }
    d->whole = mr_bytes_make(start, (size_t)(at - start));
    if (at < end && *at == '.') {
        start = ++at;
        while (at < end && is_digit(*at)) {
            at++;
        }
        digits += (size_t)(at - start);
        const char *last = at;
        while (last > start && last[-1] == '0') {
            last--;
        }
        d->fraction = mr_bytes_make(start, (size_t)(last - start));
    }
    if (digits == 0) {
        return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        d->has_exponent = true;
        at++;
        if (at < end && (*at == '-' || *at == '+')) {
            at++;
        }
        if (at == end) {
            return false;
        }
        while (at < end && is_digit(*at)) {
            at++;
        }
    }
    return at == end;
}

/* Any other number: exactly to a double, then its shortest digits. */
static char *put_hard_double(char *out, mr_bytes text, mr_strbuf *scratch)
{
    mr_strbuf_reset(scratch);
    mr_strbuf_append_bytes(scratch, text);
    double value = strtod(scratch->at, NULL);
    if (!isfinite(value)) {
        return NULL; /* JSON has no infinity; null would hide the number */
    }
    mr_strbuf_reset(scratch);
    mr_json_append_double(scratch, value);
    MR_ASSERT(scratch->len <= MR_BUILTIN_SCALAR_SIZE);
    return put(out, scratch->at, scratch->len);
}

/*
 * Most numbers are easy: -121.4914. With at most 15 significant digits (DBL_DIG) a decimal goes to
 * a double and back unchanged, so two different such decimals are never the same double; hence no
 * shorter decimal reads back as this one's double, and the text without its idle zeros *is* the
 * shortest form. JavaScript writes it without an exponent from 1e-6 on (at most five zeros behind
 * the point) and below 1e21. Negative zero is written 0.
 */
char *mr_builtin_put_double(char *out, mr_bytes text, mr_strbuf *scratch)
{
    decimal d;
    if (!decimal_read(text, &d)) {
        return NULL;
    }
    if (d.has_exponent || d.whole.len + d.fraction.len > 15 ||
        (d.whole.len == 0 && d.fraction.len > 5 && memcmp(d.fraction.at, "000000", 6) == 0)) {
        return put_hard_double(out, text, scratch);
    }
    if (d.whole.len + d.fraction.len == 0) {
        *out++ = '0';
        return out;
    }
    if (d.negative) {
        *out++ = '-';
    }
    if (d.whole.len == 0) {
        *out++ = '0';
    }
    out = put(out, d.whole.at, d.whole.len);
    if (d.fraction.len > 0) {
        *out++ = '.';
        out = put(out, d.fraction.at, d.fraction.len);
    }
    return out;
}

char *mr_builtin_put_boolean(char *out, mr_bytes text)
{
    if (mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("true"))) {
        return put(out, "true", 4);
    }
    if (mr_bytes_equal_nocase(text, MR_BYTES_LITERAL("false"))) {
        return put(out, "false", 5);
    }
    return NULL;
}

/* ---- dates ---- */

/* The last `width` decimal digits of value. */
static char *put_padded(char *out, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + width;
}

static char *put_day(char *out, const mr_civil *civil)
{
    out = put_padded(out, civil->year, 4);
    *out++ = '-';
    out = put_padded(out, civil->month, 2);
    *out++ = '-';
    return put_padded(out, civil->day, 2);
}

static bool year_fits(const mr_civil *civil)
{
    return civil->year >= 0 && civil->year <= 9999;
}

char *mr_builtin_put_date(char *out, const mr_civil *civil)
{
    if (!year_fits(civil)) {
        return NULL;
    }
    *out++ = '"';
    out = put_day(out, civil);
    *out++ = '"';
    return out;
}

/* "2006-01-31 09:05:00", with .123 or .123456 when there is a fraction: the form that both of
 * Athena's JSON SerDes read. */
char *mr_builtin_put_timestamp(char *out, const mr_civil *civil)
{
    if (!year_fits(civil)) {
        return NULL;
    }
    *out++ = '"';
    out = put_day(out, civil);
    *out++ = ' ';
    out = put_padded(out, civil->hour, 2);
    *out++ = ':';
    out = put_padded(out, civil->minute, 2);
    *out++ = ':';
    out = put_padded(out, civil->second, 2);
    if (civil->microsecond % 1000 != 0) {
        *out++ = '.';
        out = put_padded(out, civil->microsecond, 6);
    } else if (civil->microsecond != 0) {
        *out++ = '.';
        out = put_padded(out, civil->microsecond / 1000, 3);
    }
    *out++ = '"';
    return out;
}

char *mr_builtin_put_part(char *out, const mr_civil *civil, mr_builtin_part part, bool as_text)
{
    static const struct {
        int width;
        size_t offset;
    } table[] = {
        [MR_PART_YEAR] = {4, offsetof(mr_civil, year)},
        [MR_PART_MONTH] = {2, offsetof(mr_civil, month)},
        [MR_PART_DAY] = {2, offsetof(mr_civil, day)},
        [MR_PART_HOUR] = {2, offsetof(mr_civil, hour)},
        [MR_PART_MINUTE] = {2, offsetof(mr_civil, minute)},
        [MR_PART_SECOND] = {2, offsetof(mr_civil, second)},
    };
    int value;
    memcpy(&value, (const char *)civil + table[part].offset, sizeof(value));
    if (!year_fits(civil)) {
        return NULL;
    }
    if (!as_text) {
        return put_uint64(out, (uint64_t)value);
    }
    *out++ = '"';
    out = put_padded(out, value, table[part].width);
    *out++ = '"';
    return out;
}
