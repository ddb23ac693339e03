/* decode.c - see decode.h. Nested values are decode_nested.c's. */
#include "sim/query/decode.h"

#include "sim/base/timefmt.h"
#include "sim/format/delimited_scan.h"
#include "sim/format/json_text.h"
#include "sim/query/decode_nested.h"

#include <math.h>
#include <stdlib.h>

#define DECIMAL_DIGITS_MAX 15 /* that every double holds exactly */

mr_code mr_decode_check(const mr_decode_column *column, mr_error *err)
{
    if (column->type->kind == MR_HIVE_DECIMAL && column->type->precision > DECIMAL_DIGITS_MAX) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "NOT_SUPPORTED: column %s: decimal(%d,%d) is not read by millrace; "
                            "at most decimal(%d,s) is exact here: use double or a smaller "
                            "precision",
                            column->name, column->type->precision, column->type->scale,
                            DECIMAL_DIGITS_MAX);
    }
    return MR_OK;
}

/* ---- plain words ---- */

int mr_datum_compare(const mr_datum *a, const mr_datum *b)
{
    if (a->kind == MR_DATUM_TEXT) {
        MR_ASSERT(b->kind == MR_DATUM_TEXT);
        return mr_bytes_compare(a->text, b->text);
    }
    if (a->kind == MR_DATUM_INT && b->kind == MR_DATUM_INT) {
        return (a->integer > b->integer) - (a->integer < b->integer);
    }
    double left = a->kind == MR_DATUM_INT ? (double)a->integer : a->real;
    double right = b->kind == MR_DATUM_INT ? (double)b->integer : b->real;
    return (left > right) - (left < right);
}

bool mr_datum_comparable(const mr_datum *a, const mr_datum *b)
{
    return a->kind != MR_DATUM_NULL && b->kind != MR_DATUM_NULL &&
           (a->kind == MR_DATUM_TEXT) == (b->kind == MR_DATUM_TEXT);
}

/* Up to 19 digits with a small power of ten are exact in one multiplication or division, and
 * correctly rounded (Clinger's fast case: mantissa below 2^53, power up to 10^22). */
static bool fast_double(const char *p, const char *end, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    uint64_t mantissa = 0;
    size_t fraction = 0;
    bool point = false;
    if (end - p > 17) {
        return false;
    }
    for (; p < end; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (digit < 10) {
            mantissa = mantissa * 10 + digit;
            fraction += point;
        } else if (*p == '.' && !point && p > first) {
            point = true;
        } else {
            return false;
        }
    }
    if (p == first || (point && fraction == 0) || mantissa >= (UINT64_C(1) << 53)) {
        return false;
    }
    double value = (double)mantissa / powers[fraction];
    *out = negative ? -value : value;
    return true;
}

bool mr_read_double(mr_bytes text, double *out)
{
    if (fast_double(text.at, text.at + text.len, out)) {
        return true;
    }
    char copy[400];
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    const char *digits = copy + (copy[0] == '-' || copy[0] == '+');
    if (strcmp(digits, "Infinity") == 0) {
        *out = copy[0] == '-' ? -INFINITY : INFINITY;
        return true;
    }
    if (strcmp(copy, "NaN") == 0) {
        *out = (double)NAN;
        return true;
    }
    /* strtod reads hexadecimal, "inf" and leading blanks as well; Java does not. */
    if (strspn(copy, "0123456789+-.eE") != text.len || strpbrk(copy, "0123456789") == NULL) {
        return false;
    }
    char *end;
    *out = strtod(copy, &end);
    return *end == '\0';
}

/* 12, and 12.0 and 1.2e1 cut to their whole part. */
static bool read_integer(mr_bytes text, int64_t *out)
{
    double value;
    if (mr_bytes_to_int64(text, out)) {
        return true;
    }
    if (!mr_read_double(text, &value) || !(value > -9.3e18 && value < 9.3e18)) {
        return false;
    }
    value = trunc(value);
    if (value < -9223372036854775808.0 || value >= 9223372036854775808.0) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

static bool in_range(mr_hive_kind kind, int64_t value)
{
    switch (kind) {
    case MR_HIVE_TINYINT:
        return value >= INT8_MIN && value <= INT8_MAX;
    case MR_HIVE_SMALLINT:
        return value >= INT16_MIN && value <= INT16_MAX;
    case MR_HIVE_INT:
        return value >= INT32_MIN && value <= INT32_MAX;
    default:
        return true;
    }
}

bool mr_read_date(mr_bytes text)
{
    int64_t time_us;
    return text.len == 10 && text.at != NULL && text.at[4] == '-' && text.at[7] == '-' &&
           mr_iso_parse(text, &time_us);
}

void mr_append_timestamp(mr_strbuf *out, int64_t time_us)
{
    mr_civil civil = mr_civil_of(time_us);
    mr_strbuf_appendf(out, "%04d-%02d-%02d %02d:%02d:%02d.%03d", civil.year, civil.month, civil.day,
                      civil.hour, civil.minute, civil.second, civil.microsecond / 1000);
}

bool mr_read_timestamp(mr_bytes text, bool zone, mr_strbuf *out)
{
    int64_t time_us;
    if (text.len < 10 || (text.len > 10 && !zone && text.at[10] != ' ') ||
        (!zone && (text.at[text.len - 1] == 'Z' || mr_bytes_find(text, '+') != text.len))) {
        return false;
    }
    if (!mr_iso_parse(text, &time_us)) {
        return false;
    }
    mr_append_timestamp(out, time_us);
    return true;
}

/* ---- the text of a field ---- */

static mr_bytes field_text(const mr_decode_rules *rules, mr_field field, mr_strbuf *scratch)
{
    switch ((mr_field_kind)field.kind) {
    case MR_FIELD_ESCAPED:
        mr_strbuf_reset(scratch);
        mr_json_unescape(mr_field_bytes(field), scratch);
        return mr_strbuf_bytes(scratch);
    case MR_FIELD_QUOTED:
    case MR_FIELD_BACKSLASHED:
        mr_strbuf_reset(scratch);
        mr_delimited_plain(field, rules->quote, rules->escape, scratch);
        return mr_strbuf_bytes(scratch);
    case MR_FIELD_TRUE:
        return MR_BYTES_LITERAL("true");
    case MR_FIELD_FALSE:
        return MR_BYTES_LITERAL("false");
    default:
        return mr_field_bytes(field);
    }
}

static mr_code bad_value(const mr_decode_column *column, mr_bytes text, mr_error *err)
{
    int shown = (int)mr_min_size(text.len, 80);
    const char *at = text.len == 0 ? "" : text.at;
    return mr_error_set(err, MR_QUERY_FAILED,
                        "HIVE_BAD_DATA: Error parsing field value '%.*s' for field %zu (%s): For "
                        "input string: \"%.*s\"",
                        shown, at, column->place, column->name, shown, at);
}

/* What a value that does not read means: an error to two of the SerDes, NULL to the others. */
static mr_code ill_typed(const mr_decode_rules *rules, const mr_decode_column *column,
                         mr_bytes text, mr_datum *out, mr_error *err)
{
    if (rules->serde == MR_SERDE_HIVE_JSON || rules->serde == MR_SERDE_OPEN_CSV) {
        return bad_value(column, text, err);
    }
    *out = (mr_datum){0};
    return MR_OK;
}

/* ---- one function a type ---- */

static mr_code decode_integer(const mr_decode_rules *rules, const mr_decode_column *column,
                              mr_bytes text, mr_datum *out, mr_error *err)
{
    int64_t value;
    bool exact = rules->serde == MR_SERDE_OPEN_CSV;
    bool read = exact ? mr_bytes_to_int64(text, &value) : read_integer(text, &value);
    if (!read || !in_range(column->type->kind, value)) {
        return ill_typed(rules, column, text, out, err);
    }
    *out = mr_datum_int(value);
    return MR_OK;
}

static mr_code decode_double(const mr_decode_rules *rules, const mr_decode_column *column,
                             mr_bytes text, mr_datum *out, mr_error *err)
{
    double value;
    if (!mr_read_double(text, &value)) {
        return ill_typed(rules, column, text, out, err);
    }
    if (isnan(value)) { /* SQLite has no NaN, and NULL would be a lie */
        return mr_error_set(err, MR_UNSUPPORTED, "NOT_SUPPORTED: column %s holds NaN",
                            column->name);
    }
    *out = mr_datum_double(column->type->kind == MR_HIVE_FLOAT ? (double)(float)value : value);
    return MR_OK;
}

/* Rounded half up to the column's scale; too many digits: NULL, as Hive has it. */
static mr_code decode_decimal(const mr_decode_rules *rules, const mr_decode_column *column,
                              mr_bytes text, mr_datum *out, mr_error *err)
{
    double value;
    if (!mr_read_double(text, &value) || !isfinite(value)) {
        return ill_typed(rules, column, text, out, err);
    }
    double unit = pow(10, column->type->scale);
    double scaled = round(value * unit);
    if (fabs(scaled) >= pow(10, column->type->precision)) {
        *out = (mr_datum){0};
        return MR_OK;
    }
    *out = mr_datum_double(scaled / unit);
    return MR_OK;
}

static mr_code decode_boolean(const mr_decode_rules *rules, const mr_decode_column *column,
                              mr_bytes text, mr_datum *out, mr_error *err)
{
    static const struct {
        const char *text;
        bool value, lazy_alone;
    } words[] = {{"true", true, false}, {"false", false, false}, {"t", true, true},
                 {"f", false, true},    {"1", true, true},       {"0", false, true}};
    bool json = rules->serde == MR_SERDE_OPENX_JSON || rules->serde == MR_SERDE_HIVE_JSON;
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if ((!words[i].lazy_alone || rules->serde == MR_SERDE_LAZY_SIMPLE) &&
            mr_bytes_equal_nocase(text, mr_bytes_of(words[i].text))) {
            *out = mr_datum_int(words[i].value);
            return MR_OK;
        }
    }
    if (json) {
        *out = mr_datum_int(0);
        return MR_OK;
    }
    return ill_typed(rules, column, text, out, err);
}

static mr_datum kept(mr_strbuf *scratch)
{
    return mr_datum_text(mr_strbuf_bytes(scratch));
}

static mr_code decode_date(const mr_decode_rules *rules, const mr_decode_column *column,
                           mr_bytes text, mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    int64_t days;
    if (rules->serde == MR_SERDE_OPEN_CSV) {
        if (!mr_bytes_to_int64(text, &days) || days < -1000000 || days > 2932896) {
            return bad_value(column, text, err);
        }
        mr_civil civil = mr_civil_of(days * 86400 * MR_US_PER_SECOND);
        mr_strbuf_reset(scratch);
        mr_strbuf_appendf(scratch, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
        *out = kept(scratch);
        return MR_OK;
    }
    /* A time of day behind the date is cut off. */
    mr_bytes date = mr_bytes_make(text.at, mr_min_size(text.len, 10));
    if (!mr_read_date(date)) {
        return ill_typed(rules, column, text, out, err);
    }
    *out = mr_datum_text(date);
    return MR_OK;
}

/* OpenX: with a point seconds, 13 digits and more milliseconds, otherwise seconds. */
static bool openx_number_time(mr_bytes text, int64_t *time_us)
{
    double seconds;
    if (mr_bytes_to_int64(text, time_us)) {
        bool milliseconds = text.len >= 13;
        int64_t unit = milliseconds ? MR_US_PER_MS : MR_US_PER_SECOND;
        return !__builtin_mul_overflow(*time_us, unit, time_us);
    }
    if (!mr_read_double(text, &seconds) || !(fabs(seconds) < 9e12)) {
        return false;
    }
    *time_us = (int64_t)llround(seconds * 1e3) * MR_US_PER_MS;
    return true;
}

static mr_code decode_timestamp(const mr_decode_rules *rules, const mr_decode_column *column,
                                mr_bytes text, mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    /* The text may stand in scratch itself. */
    mr_strbuf made = mr_strbuf_make(64);
    int64_t time_us = 0;
    bool read = false;
    switch (rules->serde) {
    case MR_SERDE_OPEN_CSV:
        read = mr_bytes_to_int64(text, &time_us) &&
               !__builtin_mul_overflow(time_us, MR_US_PER_MS, &time_us);
        if (read) {
            mr_append_timestamp(&made, time_us);
        }
        break;
    case MR_SERDE_OPENX_JSON:
        read = mr_read_timestamp(text, true, &made);
        if (!read && openx_number_time(text, &time_us)) {
            mr_append_timestamp(&made, time_us);
            read = true;
        }
        break;
    case MR_SERDE_HIVE_JSON:
    case MR_SERDE_LAZY_SIMPLE:
        read = mr_read_timestamp(text, false, &made);
        break;
    }
    mr_code code = MR_OK;
    if (read) {
        mr_strbuf_reset(scratch);
        mr_strbuf_append_bytes(scratch, mr_strbuf_bytes(&made));
        *out = kept(scratch);
    } else {
        code = ill_typed(rules, column, text, out, err);
    }
    mr_strbuf_deinit(&made);
    return code;
}

/* varchar(n) and char(n) keep n characters; char's padding is not stored. */
static mr_bytes cut_characters(mr_bytes text, int length)
{
    size_t i = 0;
    for (int n = 0; i < text.len; n++) {
        if (n == length) {
            break;
        }
        i++;
        while (i < text.len && ((unsigned char)text.at[i] & 0xc0) == 0x80) {
            i++;
        }
    }
    return mr_bytes_make(text.at, i);
}

static mr_code decode_text(const mr_decode_column *column, mr_bytes text, mr_datum *out)
{
    bool cut = column->type->kind == MR_HIVE_VARCHAR || column->type->kind == MR_HIVE_CHAR;
    *out = mr_datum_text(cut ? cut_characters(text, column->type->length) : text);
    return MR_OK;
}

static mr_code decode_plain(const mr_decode_rules *rules, const mr_decode_column *column,
                            mr_bytes text, mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    switch (column->type->kind) {
    case MR_HIVE_BOOLEAN:
        return decode_boolean(rules, column, text, out, err);
    case MR_HIVE_TINYINT:
    case MR_HIVE_SMALLINT:
    case MR_HIVE_INT:
    case MR_HIVE_BIGINT:
        return decode_integer(rules, column, text, out, err);
    case MR_HIVE_FLOAT:
    case MR_HIVE_DOUBLE:
        return decode_double(rules, column, text, out, err);
    case MR_HIVE_DECIMAL:
        return decode_decimal(rules, column, text, out, err);
    case MR_HIVE_DATE:
        return decode_date(rules, column, text, scratch, out, err);
    case MR_HIVE_TIMESTAMP:
        return decode_timestamp(rules, column, text, scratch, out, err);
    default:
        return decode_text(column, text, out);
    }
}

static bool is_nested(const mr_hive_type *type)
{
    return type->kind == MR_HIVE_ARRAY || type->kind == MR_HIVE_MAP || type->kind == MR_HIVE_STRUCT;
}

static bool is_text(const mr_hive_type *type)
{
    return mr_hive_is_text(type) || type->kind == MR_HIVE_BINARY;
}

/* An object or an array where the column has a plain type. */
static mr_code decode_nested_text(const mr_decode_rules *rules, const mr_decode_column *column,
                                  mr_field field, mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    if (rules->serde != MR_SERDE_OPENX_JSON || !is_text(column->type)) {
        return bad_value(column, mr_field_bytes(field), err);
    }
    mr_strbuf_reset(scratch);
    mr_json_compact(mr_field_bytes(field), scratch);
    *out = kept(scratch);
    return MR_OK;
}

/* An int straight from its digits: the commonest field of all. */
static bool decode_short_integer(const mr_decode_column *column, mr_field field, mr_datum *out)
{
    if (column->type->kind < MR_HIVE_INT || column->type->kind > MR_HIVE_BIGINT || field.len == 0 ||
        field.len > 9) {
        return false;
    }
    int64_t value = 0;
    for (uint32_t i = 0; i < field.len; i++) {
        unsigned digit = (unsigned)(field.at[i] - '0');
        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = mr_datum_int(value);
    return true;
}

mr_code mr_decode(const mr_decode_rules *rules, const mr_decode_column *column, mr_field field,
                  mr_strbuf *scratch, mr_datum *out, mr_error *err)
{
    switch ((mr_field_kind)field.kind) {
    case MR_FIELD_MISSING:
    case MR_FIELD_NULL:
        *out = (mr_datum){0};
        return MR_OK;
    case MR_FIELD_NUMBER:
        if (decode_short_integer(column, field, out)) {
            return MR_OK;
        }
        break;
    case MR_FIELD_NOT_OBJECT:
        return bad_value(column, mr_field_bytes(field), err);
    default:
        break;
    }
    if (is_nested(column->type)) {
        mr_strbuf_reset(scratch);
        bool is_null = false;
        mr_code code = mr_decode_nested(rules, column, field, scratch, &is_null, err);
        mr_datum none = {0};
        *out = is_null ? none : kept(scratch);
        return code;
    }
    if (field.kind == MR_FIELD_OBJECT || field.kind == MR_FIELD_ARRAY) {
        return decode_nested_text(rules, column, field, scratch, out, err);
    }
    bool quoted = field.kind == MR_FIELD_TEXT || field.kind == MR_FIELD_ESCAPED;
    mr_bytes text = field_text(rules, field, scratch);
    /* The Hive JSON SerDe takes no number out of a string. */
    if (rules->serde == MR_SERDE_HIVE_JSON && quoted && mr_hive_is_number(column->type)) {
        return bad_value(column, text, err);
    }
    if (text.at == NULL) {
        text.at = "";
    }
    return decode_plain(rules, column, text, scratch, out, err);
}

mr_code mr_decode_partition(const mr_decode_column *column, mr_bytes text, mr_strbuf *scratch,
                            mr_datum *out, mr_error *err)
{
    static const mr_decode_rules plain = {.serde = MR_SERDE_LAZY_SIMPLE};
    if (mr_bytes_is(text, "__HIVE_DEFAULT_PARTITION__")) {
        *out = (mr_datum){0};
        return MR_OK;
    }
    mr_code code = decode_plain(&plain, column, text, scratch, out, err);
    if (code == MR_OK && out->kind == MR_DATUM_NULL) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "HIVE_INVALID_PARTITION_VALUE: Invalid partition value '%.*s' for "
                            "%s partition key: %s",
                            (int)mr_min_size(text.len, 80), text.at == NULL ? "" : text.at,
                            mr_sql_type_name_of_hive(column->type), column->name);
    }
    return code;
}
