/*
 * builtin_json.c - JSON to JSON: one object a record, checked, some of its members kept, written
 * as JSON.stringify would write it.
 *
 * Differs: an integer of more than 15 digits keeps its digits (JSON.parse would round it),
 * members whose names are whole numbers stay where they stand (JavaScript sorts them first), and
 * without Columns a member given twice is written twice.
 */
#include "sim/base/json.h"
#include "sim/lambda/builtin_internal.h"
#include "sim/lambda/json_reader.h"

/* Everything here writes at `out` of the caller's room (mr_builtin_bound) and moves on. */
typedef struct writer {
    char *out;
    mr_builtin *builtin;
    const char *why; /* set once something does not fit */
} writer;

/* ---- strings ---- */

/* One \uXXXX at `at` (on the backslash), with its other half when it has one. Half a pair stays
 * an escape, as in the "well-formed JSON.stringify". Returns what follows. */
static const char *write_unicode(writer *w, const char *at, const char *end)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t code = 0;
    (void)mr_json_hex4(at + 2, &code);
    mr_bytes escape = {at, 6};
    if (code >= 0xd800 && code <= 0xdbff && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        uint32_t low = 0;
        if (mr_json_hex4(at + 8, &low) && low >= 0xdc00 && low <= 0xdfff) {
            escape.len = 12;
        }
    }
    if (escape.len == 6 && code >= 0xd800 && code <= 0xdfff) {
        w->out[0] = '\\';
        w->out[1] = 'u';
        for (int i = 0; i < 4; i++) {
            w->out[2 + i] = hex[code >> (12 - 4 * i) & 15];
        }
        w->out += 6;
        return at + 6;
    }
    /* Decoded, then written like any other text, without the quotes that come with it. */
    mr_strbuf *scratch = &w->builtin->scratch;
    mr_strbuf_reset(scratch);
    mr_json_raw_decode(escape, scratch);
    char quoted[16];
    size_t len = (size_t)(mr_builtin_put_string(quoted, mr_strbuf_bytes(scratch)) - quoted);
    memcpy(w->out, quoted + 1, len - 2);
    w->out += len - 2;
    return at + escape.len;
}

static void write_string(writer *w, mr_bytes raw)
{
    const char *at = raw.at;
    const char *end = raw.at + raw.len;
    *w->out++ = '"';
    while (at < end) {
        if ((unsigned char)*at >= 0x80) {
            w->out = mr_builtin_put_utf8(w->out, &at, end);
        } else if (*at != '\\') {
            *w->out++ = *at++;
        } else if (at[1] == 'u') {
            at = write_unicode(w, at, end);
        } else if (at[1] == '/') {
            *w->out++ = '/';
            at += 2;
        } else {
            *w->out++ = *at++;
            *w->out++ = *at++;
        }
    }
    *w->out++ = '"';
}

/* ---- values ---- */

/* A number, true, false or null. */
static void write_scalar(writer *w, mr_bytes text)
{
    char *after = NULL;
    if (text.at[0] == '-' || (text.at[0] >= '0' && text.at[0] <= '9')) {
        after = mr_builtin_put_integer(w->out, text, INT64_MIN, INT64_MAX);
        if (after == NULL) {
            after = mr_builtin_put_double(w->out, text, &w->builtin->scratch);
        }
        if (after == NULL) {
            w->why = "a number does not fit a double";
            return;
        }
    } else {
        memcpy(w->out, text.at, text.len);
        after = w->out + text.len;
    }
    w->out = after;
}

/* Writes the value that comes next. Recursion is bounded by the reader's depth. */
static void write_value(writer *w, mr_json_reader *r)
{
    mr_bytes text;
    bool first = true;
    switch (mr_json_reader_peek(r)) {
    case MR_JSON_OBJECT:
        (void)mr_json_reader_object(r);
        *w->out++ = '{';
        while (mr_json_reader_member(r, &text)) {
            if (!first) {
                *w->out++ = ',';
            }
            first = false;
            write_string(w, text);
            *w->out++ = ':';
            write_value(w, r);
        }
        *w->out++ = '}';
        break;
    case MR_JSON_ARRAY:
        (void)mr_json_reader_array(r);
        *w->out++ = '[';
        while (mr_json_reader_element(r)) {
            if (!first) {
                *w->out++ = ',';
            }
            first = false;
            write_value(w, r);
        }
        *w->out++ = ']';
        break;
    case MR_JSON_STRING:
        if (mr_json_reader_string(r, &text)) {
            write_string(w, text);
        }
        break;
    default:
        if (mr_json_reader_scalar(r, &text)) {
            write_scalar(w, text);
        }
        break;
    }
}

static bool is_whole(mr_bytes number)
{
    char digits[MR_BUILTIN_SCALAR_SIZE];
    return mr_builtin_put_integer(digits, number, INT64_MIN, INT64_MAX) != NULL;
}

/* null fits every type. */
static bool fits_type(const mr_builtin_member *member)
{
    mr_json_reader r = mr_json_reader_make(member->value);
    mr_json_kind kind = mr_json_reader_peek(&r);
    if (!member->typed || kind == MR_JSON_NULL) {
        return true;
    }
    switch (member->type) {
    case MR_TYPE_INT:
    case MR_TYPE_BIGINT:
        return kind == MR_JSON_NUMBER && is_whole(member->value);
    case MR_TYPE_DOUBLE:
        return kind == MR_JSON_NUMBER;
    case MR_TYPE_BOOLEAN:
        return kind == MR_JSON_TRUE || kind == MR_JSON_FALSE;
    case MR_TYPE_STRUCT:
        return kind == MR_JSON_OBJECT;
    default:
        return kind == MR_JSON_STRING;
    }
}

/* Notes where the value of each named member stands; of a name given twice the last counts. */
static void find_members(mr_builtin *b, mr_json_reader *r)
{
    mr_bytes key;
    for (size_t i = 0; i < b->member_count; i++) {
        b->members[i].value = (mr_bytes){NULL, 0};
    }
    (void)mr_json_reader_object(r);
    while (mr_json_reader_member(r, &key)) {
        (void)mr_json_reader_peek(r); /* over the blanks */
        const char *start = r->at;
        if (!mr_json_reader_skip(r)) {
            return;
        }
        for (size_t i = 0; i < b->member_count; i++) {
            if (mr_json_raw_is(key, b->members[i].name)) {
                b->members[i].value = mr_bytes_make(start, (size_t)(r->at - start));
            }
        }
    }
}

static void write_members(writer *w)
{
    mr_builtin *b = w->builtin;
    bool first = true;
    *w->out++ = '{';
    for (size_t i = 0; i < b->member_count; i++) {
        const mr_builtin_member *member = &b->members[i];
        if (member->value.len == 0) {
            continue; /* left out, as JSON.stringify leaves out what is undefined */
        }
        if (!fits_type(member)) {
            w->why = "a member is not of the type of its column";
            return;
        }
        if (!first) {
            *w->out++ = ',';
        }
        first = false;
        memcpy(w->out, member->key.at, member->key.len);
        w->out += member->key.len;
        mr_json_reader value = mr_json_reader_make(member->value);
        write_value(w, &value);
    }
    *w->out++ = '}';
}

size_t mr_builtin_json(mr_builtin *b, mr_bytes record, char *out, const char **why)
{
    writer w = {out, b, NULL};
    mr_json_reader r = mr_json_reader_make(record);

    if (mr_json_reader_peek(&r) != MR_JSON_OBJECT) {
        *why = "the record is not a JSON object";
        return 0;
    }
    if (b->member_count == 0) {
        write_value(&w, &r);
    } else {
        find_members(b, &r);
    }
    if (!mr_json_reader_done(&r)) {
        *why = "the record is not one JSON object";
        return 0;
    }
    if (b->member_count > 0) {
        write_members(&w);
    }
    if (w.why != NULL) {
        *why = w.why;
        return 0;
    }
    *w.out++ = '\n';
    return (size_t)(w.out - out);
}
