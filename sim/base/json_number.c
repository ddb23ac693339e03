/*
 * json_number.c - doubles as JavaScript prints them.
 *
 * Source: ECMA-262, Number::toString: the fewest digits that read back as the same number, and
 * of those the nearest to it.
 */
#include "sim/base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A positive number: digits d1 d2 ... dn stand for 0.d1d2...dn * 10^point. */
typedef struct decimal {
    char digits[24];
    int count; /* without zeros at the end */
    int point;
} decimal;

static void strip_zeros(decimal *d)
{
    while (d->count > 1 && d->digits[d->count - 1] == '0') {
        d->count--;
    }
}

static double read_back(const decimal *d)
{
    char text[48];
    (void)snprintf(text, sizeof(text), "0.%.*se%d", d->count, d->digits, d->point);
    return strtod(text, NULL);
}

/* The nearest decimal of `count` digits. True when it reads back as value. */
static bool try_digits(double value, int count, decimal *out)
{
    char text[48]; /* "d.ddde+ddd" */
    (void)snprintf(text, sizeof(text), "%.*e", count - 1, value);
    out->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at != '.') {
            out->digits[out->count++] = *at;
        }
    }
    out->point = (int)strtol(at + 1, NULL, 10) + 1;
    return read_back(out) == value;
}

/* The next decimal up with as many digits. */
static void next_up(decimal *d)
{
    for (int i = d->count - 1; i >= 0; i--) {
        if (d->digits[i] != '9') {
            d->digits[i]++;
            return;
        }
        d->digits[i] = '0';
    }
    d->digits[0] = '1';
    d->point++;
}

static void shortest(double value, decimal *out)
{
    if (value < DBL_MIN) { /* subnormal: few bits, and down to one digit */
        for (int count = 1; !try_digits(value, count, out); count++) {
            MR_ASSERT(count < DBL_DECIMAL_DIG);
        }
        return;
    }
    /* At most one decimal of 15 digits reads as value, and then it is this one. */
    if (try_digits(value, DBL_DIG, out)) {
        strip_zeros(out);
        return;
    }
    if (try_digits(value, DBL_DIG + 1, out)) {
        return;
    }
    /* Above a power of two numbers lie twice as far apart as below: there the nearest may fail
     * where the next one up still reads back. */
    int exponent = 0;
    if (frexp(value, &exponent) == 0.5) {
        next_up(out);
        if (read_back(out) == value) {
            strip_zeros(out);
            return;
        }
    }
    bool ok = try_digits(value, DBL_DECIMAL_DIG, out);
    MR_ASSERT(ok);
    strip_zeros(out);
}

static void append_decimal(mr_strbuf *out, const decimal *d)
{
    static const char zeros[] = "000000000000000000000";
    if (d->point > 0 && d->point <= 21) {
        if (d->count <= d->point) {
            mr_strbuf_append(out, d->digits, (size_t)d->count);
            mr_strbuf_append(out, zeros, (size_t)(d->point - d->count));
        } else {
            mr_strbuf_append(out, d->digits, (size_t)d->point);
            mr_strbuf_append_char(out, '.');
            mr_strbuf_append(out, d->digits + d->point, (size_t)(d->count - d->point));
        }
    } else if (d->point > -6 && d->point <= 0) {
        mr_strbuf_append_text(out, "0.");
        mr_strbuf_append(out, zeros, (size_t)-d->point);
        mr_strbuf_append(out, d->digits, (size_t)d->count);
    } else {
        mr_strbuf_append_char(out, d->digits[0]);
        if (d->count > 1) {
            mr_strbuf_append_char(out, '.');
            mr_strbuf_append(out, d->digits + 1, (size_t)(d->count - 1));
        }
        mr_strbuf_append_char(out, 'e');
        mr_strbuf_append_char(out, d->point > 0 ? '+' : '-');
        mr_strbuf_append_int64(out, d->point > 0 ? d->point - 1 : 1 - d->point);
    }
}

/* Powers of ten that a double holds exactly and that a scaled value may need here. */
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10,
                              1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21};

#define FAST_MAX 1e15 /* below this a whole number has at most 15 digits */

/*
 * The data plane's numbers: plain ones of at most 15 digits, such as 38.55042. A whole number
 * `scaled` and a power of ten are both exact, so their quotient is the double nearest to that
 * decimal: when it is value, the decimal reads back, and the first power that does is shortest.
 */
static bool append_fast(mr_strbuf *out, double value)
{
    if (value < 1e-6 || value >= FAST_MAX) {
        return false;
    }
    for (size_t places = 0; places < MR_COUNT(tens); places++) {
        double product = value * tens[places];
        if (product >= FAST_MAX) {
            return false;
        }
        uint64_t scaled = (uint64_t)(product + 0.5);
        if (scaled == 0 || fabs(product - (double)scaled) > product * 0x1p-51 ||
            (double)scaled / tens[places] != value) {
            continue;
        }
        char text[40];
        size_t at = sizeof(text);
        for (size_t i = 0; i < places; i++, scaled /= 10) {
            text[--at] = (char)('0' + scaled % 10);
        }
        if (places > 0) {
            text[--at] = '.';
        }
        do {
            text[--at] = (char)('0' + scaled % 10);
            scaled /= 10;
        } while (scaled > 0);
        mr_strbuf_append(out, text + at, sizeof(text) - at);
        return true;
    }
    return false;
}

void mr_json_append_double(mr_strbuf *out, double value)
{
    if (!isfinite(value)) {
        mr_strbuf_append_text(out, "null");
        return;
    }
    if (value == 0) { /* -0 too, as in JavaScript */
        mr_strbuf_append_char(out, '0');
        return;
    }
    if (value < 0) {
        mr_strbuf_append_char(out, '-');
        value = -value;
    }
    if (!append_fast(out, value)) {
        decimal d;
        shortest(value, &d);
        append_decimal(out, &d);
    }
}
