/* format_value.c - see format_value.h. */
#include "sim/query/format_value.h"

#include "sim/base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Writes digits d1 d2 .. dn meaning 0.d1d2..dn * 10^point as Java lays a double out: plain from
 * 10^-3 up to 10^7, otherwise one digit, a point, and E. */
static void lay_out(mr_strbuf *out, bool negative, const char *digits, int count, int point)
{
    if (negative) {
        mr_strbuf_append_char(out, '-');
    }
    if (point > 7 || point < -2) {
        mr_strbuf_append_char(out, digits[0]);
        mr_strbuf_append_char(out, '.');
        if (count > 1) {
            mr_strbuf_append(out, digits + 1, (size_t)(count - 1));
        } else {
            mr_strbuf_append_char(out, '0');
        }
        mr_strbuf_appendf(out, "E%d", point - 1);
        return;
    }
    if (point <= 0) {
        mr_strbuf_append_text(out, "0.");
        for (int i = point; i < 0; i++) {
            mr_strbuf_append_char(out, '0');
        }
        mr_strbuf_append(out, digits, (size_t)count);
        return;
    }
    for (int i = 0; i < point; i++) {
        mr_strbuf_append_char(out, (char)(i < count ? digits[i] : '0'));
    }
    mr_strbuf_append_char(out, '.');
    if (count > point) {
        mr_strbuf_append(out, digits + point, (size_t)(count - point));
    } else {
        mr_strbuf_append_char(out, '0');
    }
}

/* Takes "-12.50e-3" apart and lays it out anew. */
static void relay(mr_strbuf *out, const char *text)
{
    char digits[40];
    int count = 0, point = 0, exponent = 0;
    bool negative = *text == '-', after_point = false;
    for (text += negative; *text != '\0' && *text != 'e'; text++) {
        if (*text == '.') {
            after_point = true;
            continue;
        }
        if (count == 0 && *text == '0') { /* leading zeros move the point alone */
            point -= after_point;
            continue;
        }
        if (count < (int)sizeof(digits)) {
            digits[count++] = *text;
        }
        point += !after_point;
    }
    if (*text == 'e') {
        exponent = atoi(text + 1);
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    if (count == 0) {
        mr_strbuf_append_text(out, negative ? "-0.0" : "0.0");
        return;
    }
    lay_out(out, negative, digits, count, point + exponent);
}

static bool append_special(mr_strbuf *out, double value)
{
    if (isnan(value)) {
        mr_strbuf_append_text(out, "NaN");
    } else if (isinf(value)) {
        mr_strbuf_append_text(out, value < 0 ? "-Infinity" : "Infinity");
    } else if (value == 0) {
        mr_strbuf_append_text(out, signbit(value) ? "-0.0" : "0.0");
    } else {
        return false;
    }
    return true;
}

void mr_append_double(mr_strbuf *out, double value)
{
    if (append_special(out, value)) {
        return;
    }
    mr_strbuf shortest = mr_strbuf_make(64);
    mr_json_append_double(&shortest, value);
    relay(out, mr_strbuf_text(&shortest));
    mr_strbuf_deinit(&shortest);
}

void mr_append_real(mr_strbuf *out, double value)
{
    if (append_special(out, value)) {
        return;
    }
    char text[40];
    for (int precision = 1; precision <= 9; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, value);
        if (strtof(text, NULL) == (float)value) {
            break;
        }
    }
    relay(out, text);
}

void mr_append_decimal(mr_strbuf *out, double value, int scale)
{
    mr_strbuf_appendf(out, "%.*f", scale, value);
}

void mr_append_value(mr_strbuf *out, mr_sql_type type, const mr_datum *value)
{
    switch (value->kind) {
    case MR_DATUM_NULL:
        break;
    case MR_DATUM_INT:
        if (type.kind == MR_SQL_BOOLEAN) {
            mr_strbuf_append_text(out, value->integer != 0 ? "true" : "false");
        } else if (mr_sql_is_floating(type.kind)) {
            mr_append_double(out, (double)value->integer);
        } else if (type.kind == MR_SQL_DECIMAL) {
            mr_append_decimal(out, (double)value->integer, type.scale);
        } else {
            mr_strbuf_append_int64(out, value->integer);
        }
        break;
    case MR_DATUM_DOUBLE:
        if (type.kind == MR_SQL_REAL) {
            mr_append_real(out, value->real);
        } else if (type.kind == MR_SQL_DECIMAL) {
            mr_append_decimal(out, value->real, type.scale);
        } else {
            mr_append_double(out, value->real);
        }
        break;
    case MR_DATUM_TEXT:
        mr_strbuf_append_bytes(out, value->text);
        break;
    }
}
