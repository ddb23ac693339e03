/* builtin_delimited.c - delimited text to JSON: finding the fields, and running the program. */
#include "sim/lambda/builtin_internal.h"

/*
 * Fields are found eight bytes at a time. For a word w, x = w ^ (delimiter in every byte) has a
 * zero byte where w has the delimiter. `zero_bytes` marks exactly those (the well-known shorter
 * form also marks some that follow one, which would be wrong here): adding 0x7f to the low seven
 * bits carries into the high bit unless they were all zero, and no carry leaves its byte.
 */
#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define LOWS  UINT64_C(0x7f7f7f7f7f7f7f7f)

static inline uint64_t zero_bytes(uint64_t x)
{
    return ~(((x & LOWS) + LOWS) | x) & HIGHS;
}

/* The word whose first byte in memory is its lowest. */
static inline uint64_t load_word(const char *at)
{
    uint64_t w;
    memcpy(&w, at, sizeof(w));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* A mark in each byte that JSON cannot carry as it is: below 0x20, ", \, or not ASCII. */
static inline uint64_t special_bytes(uint64_t w)
{
    uint64_t below_blank = ~((w & LOWS) + (ONES * (0x80 - 0x20))) & HIGHS;
    return (below_blank & ~w) | (w & HIGHS) | zero_bytes(w ^ (ONES * '"')) |
           zero_bytes(w ^ (ONES * '\\'));
}

typedef struct split {
    uint32_t found; /* fields that have ended */
    bool special;   /* some byte needs an escape */
} split;

/* Notes where fields start: starts[i] for field i, so field i ends at starts[i + 1] - 1. */
static split split_fields(mr_builtin *b, mr_bytes record)
{
    uint32_t *starts = b->starts;
    uint32_t needed = b->fields_needed;
    uint64_t delimiters = ONES * (unsigned char)b->delimiter;
    uint64_t special = 0;
    split s = {0, false};
    size_t at = 0;

    starts[0] = 0;
    for (; at + 8 <= record.len; at += 8) {
        uint64_t w = load_word(record.at + at);
        uint64_t marks = zero_bytes(w ^ delimiters);
        special |= special_bytes(w);
        while (marks != 0 && s.found < needed) {
            starts[++s.found] = (uint32_t)(at + (size_t)__builtin_ctzll(marks) / 8 + 1);
            marks &= marks - 1;
        }
    }
    for (; at < record.len; at++) {
        unsigned char c = (unsigned char)record.at[at];
        special |= c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
        if (record.at[at] == b->delimiter && s.found < needed) {
            starts[++s.found] = (uint32_t)(at + 1);
        }
    }
    if (s.found < needed) {
        starts[++s.found] = (uint32_t)(record.len + 1);
    }
    s.special = special != 0;
    return s;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static mr_bytes trim(mr_bytes text)
{
    while (text.len > 0 && is_blank(text.at[text.len - 1])) {
        text.len--;
    }
    while (text.len > 0 && is_blank(text.at[0])) {
        text.at++;
        text.len--;
    }
    return text;
}

/* The field as a date; NULL when it is none. */
static const mr_civil *date_of(mr_builtin *b, uint32_t place, mr_bytes text)
{
    mr_builtin_date *date = &b->dates[place];
    int64_t time_us;
    if (text.len == date->kept_len && memcmp(text.at, date->kept, text.len) == 0) {
        return &date->civil;
    }
    bool valid = date->pattern == NULL ? mr_iso_parse(text, &time_us)
                                       : mr_date_pattern_parse(date->pattern, text, &time_us);
    date->kept_len = 0;
    if (!valid) {
        return NULL;
    }
    date->civil = mr_civil_of(time_us);
    if (text.len <= MR_BUILTIN_DATE_KEPT) {
        memcpy(date->kept, text.at, text.len);
        date->kept_len = text.len;
    }
    return &date->civil;
}

/* Copies in whole steps, which is one or two instructions for most literals. What is written
 * behind the literal is written again by what follows, or lies in the room that
 * mr_builtin_bound() adds; what is read behind it lies in the padding of the literals. */
static inline char *put_literal(char *out, const char *literal, size_t len)
{
    for (size_t i = 0; i < len; i += MR_BUILTIN_LITERAL_STEP) {
        memcpy(out + i, literal + i, MR_BUILTIN_LITERAL_STEP);
    }
    return out + len;
}

static char *put_null(char *out)
{
    static const char word[] = {'n', 'u', 'l', 'l'}; /* no text: no NUL follows it */
    memcpy(out, word, sizeof(word));
    return out + sizeof(word);
}

/* A value that needs the field as a date. */
static char *put_dated(mr_builtin *b, const mr_builtin_step *step, mr_bytes text, char *out)
{
    const mr_civil *civil = date_of(b, step->date, text);
    if (civil == NULL) {
        return NULL;
    }
    if (step->part != MR_PART_NONE) {
        return mr_builtin_put_part(out, civil, step->part, step->type == MR_TYPE_STRING);
    }
    return step->type == MR_TYPE_DATE ? mr_builtin_put_date(out, civil)
                                      : mr_builtin_put_timestamp(out, civil);
}

/* Any value but a plain string. Blanks around it do not count, as in Number() and float(). */
static char *put_typed(mr_builtin *b, const mr_builtin_step *step, mr_bytes text, char *out)
{
    text = trim(text);
    if (text.len == 0) {
        return put_null(out);
    }
    if (step->part != MR_PART_NONE) {
        return put_dated(b, step, text, out);
    }
    switch (step->type) {
    case MR_TYPE_INT:
        return mr_builtin_put_integer(out, text, INT32_MIN, INT32_MAX);
    case MR_TYPE_BIGINT:
        return mr_builtin_put_integer(out, text, INT64_MIN, INT64_MAX);
    case MR_TYPE_DOUBLE:
        return mr_builtin_put_double(out, text, &b->scratch);
    case MR_TYPE_BOOLEAN:
        return mr_builtin_put_boolean(out, text);
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_DATE:
        return put_dated(b, step, text, out);
    case MR_TYPE_STRING: /* written by the caller */
    case MR_TYPE_STRUCT: /* no step has it: its members do */
        break;
    }
    MR_ASSERT(false);
    return NULL;
}

static const char *why_not(const mr_builtin_step *step)
{
    if (step->part != MR_PART_NONE) {
        return "a field does not read as a date in the Format of its column";
    }
    switch (step->type) {
    case MR_TYPE_INT:
        return "a field does not read as an int";
    case MR_TYPE_BIGINT:
        return "a field does not read as a bigint";
    case MR_TYPE_DOUBLE:
        return "a field does not read as a double";
    case MR_TYPE_BOOLEAN:
        return "a field does not read as a boolean";
    case MR_TYPE_DATE:
        return "a field does not read as a date";
    default:
        return "a field does not read as a timestamp";
    }
}

size_t mr_builtin_delimited(mr_builtin *b, mr_bytes record, char *out, const char **why)
{
    if (record.len >= UINT32_MAX) {
        *why = "the record is longer than any record can be";
        return 0;
    }
    if (record.len == 0) {
        record.at = "";
    }
    /* A line's end is not part of its last field. */
    if (record.len > 0 && record.at[record.len - 1] == '\n') {
        record.len--;
        if (record.len > 0 && record.at[record.len - 1] == '\r') {
            record.len--;
        }
    }

    split fields = split_fields(b, record);
    if (fields.found < b->fields_needed) {
        *why = "the record has fewer fields than the columns name";
        return 0;
    }

    const char *literals = b->literals.at;
    char *at = out;
    for (size_t i = 0; i < b->step_count; i++) {
        const mr_builtin_step *step = &b->steps[i];
        at = put_literal(at, literals + step->literal_at, step->literal_len);

        uint32_t start = b->starts[step->field];
        mr_bytes text = {record.at + start, b->starts[step->field + 1] - 1 - start};
        if (step->type == MR_TYPE_STRING && step->part == MR_PART_NONE) {
            text = b->trim ? trim(text) : text;
            at = fields.special ? mr_builtin_put_string(at, text)
                                : mr_builtin_put_plain_string(at, text);
            continue;
        }
        at = put_typed(b, step, text, at);
        if (at == NULL) {
            *why = why_not(step);
            return 0;
        }
    }
    at = put_literal(at, literals + b->tail_at, b->tail_len);
    return (size_t)(at - out);
}
