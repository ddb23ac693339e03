/* json.c - the writer's grammar and strings; see json.h. Numbers are in json_number.c. */
#include "sim/base/json.h"

mr_json mr_json_make(mr_strbuf *out)
{
    return (mr_json){.out = out};
}

/* Before a value: the comma, and the check that a value may stand here. */
static void value_begin(mr_json *json)
{
    if (json->depth == 0) {
        MR_ASSERT(!json->has_member[0]); /* one value at the top */
        json->has_member[0] = true;
        return;
    }
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    MR_ASSERT(json->is_array[json->depth]); /* in an object a key comes first */
    if (json->has_member[json->depth]) {
        mr_strbuf_append_char(json->out, ',');
    }
    json->has_member[json->depth] = true;
}

static void open_level(mr_json *json, bool is_array)
{
    value_begin(json);
    MR_ASSERT(json->depth + 1 < MR_JSON_DEPTH_MAX);
    json->depth++;
    json->is_array[json->depth] = is_array;
    json->has_member[json->depth] = false;
    mr_strbuf_append_char(json->out, is_array ? '[' : '{');
}

static void close_level(mr_json *json, bool is_array)
{
    MR_ASSERT(json->depth > 0);
    MR_ASSERT(json->is_array[json->depth] == is_array);
    MR_ASSERT(!json->after_key);
    json->depth--;
    mr_strbuf_append_char(json->out, is_array ? ']' : '}');
}

void mr_json_object_begin(mr_json *json)
{
    open_level(json, false);
}

void mr_json_object_end(mr_json *json)
{
    close_level(json, false);
}

void mr_json_array_begin(mr_json *json)
{
    open_level(json, true);
}

void mr_json_array_end(mr_json *json)
{
    close_level(json, true);
}

void mr_json_key(mr_json *json, const char *key)
{
    MR_ASSERT(json->depth > 0);
    MR_ASSERT(!json->is_array[json->depth]);
    MR_ASSERT(!json->after_key);
    if (json->has_member[json->depth]) {
        mr_strbuf_append_char(json->out, ',');
    }
    json->has_member[json->depth] = true;
    json->after_key = true;
    mr_json_append_string(json->out, mr_bytes_of(key));
    mr_strbuf_append_char(json->out, ':');
}

void mr_json_string(mr_json *json, mr_bytes value)
{
    value_begin(json);
    mr_json_append_string(json->out, value);
}

void mr_json_text(mr_json *json, const char *value)
{
    if (value == NULL) {
        mr_json_null(json);
    } else {
        mr_json_string(json, mr_bytes_of(value));
    }
}

void mr_json_int(mr_json *json, int64_t value)
{
    value_begin(json);
    mr_strbuf_append_int64(json->out, value);
}

void mr_json_uint(mr_json *json, uint64_t value)
{
    value_begin(json);
    mr_strbuf_append_uint64(json->out, value);
}

void mr_json_double(mr_json *json, double value)
{
    value_begin(json);
    mr_json_append_double(json->out, value);
}

void mr_json_bool(mr_json *json, bool value)
{
    value_begin(json);
    mr_strbuf_append_text(json->out, value ? "true" : "false");
}

void mr_json_null(mr_json *json)
{
    value_begin(json);
    mr_strbuf_append_text(json->out, "null");
}

void mr_json_raw(mr_json *json, mr_bytes value)
{
    value_begin(json);
    mr_strbuf_append_bytes(json->out, value);
}

void mr_json_field_string(mr_json *json, const char *key, const char *value)
{
    mr_json_key(json, key);
    mr_json_text(json, value);
}

void mr_json_field_bytes(mr_json *json, const char *key, mr_bytes value)
{
    mr_json_key(json, key);
    mr_json_string(json, value);
}

void mr_json_field_int(mr_json *json, const char *key, int64_t value)
{
    mr_json_key(json, key);
    mr_json_int(json, value);
}

void mr_json_field_bool(mr_json *json, const char *key, bool value)
{
    mr_json_key(json, key);
    mr_json_bool(json, value);
}

/* ---- strings ---- */

/* True when one of the eight bytes is a control, '"', '\\' or not ASCII. */
static bool needs_care(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = ones * 0x80;
    uint64_t quote = eight ^ (ones * '"');
    uint64_t backslash = eight ^ (ones * '\\');
    /* A byte below n borrows into its top bit when n is taken off. A borrow can mark the byte
     * above it too, but never hides one, and the slow way sorts that out. */
    uint64_t found = (eight - ones * 0x20) | (quote - ones) | (backslash - ones) | eight;
    return (found & highs) != 0;
}

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

size_t mr_json_plain_run(mr_bytes value, size_t from)
{
    size_t i = from;
    while (value.len - i >= 8) {
        uint64_t eight;
        memcpy(&eight, value.at + i, sizeof(eight));
        if (needs_care(eight)) {
            break;
        }
        i += 8;
    }
    while (i < value.len && is_plain((uint8_t)value.at[i])) {
        i++;
    }
    return i - from;
}

static void append_escape(mr_strbuf *out, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (byte >= 0x20) {
        mr_strbuf_append(out, (char[]){'\\', (char)byte}, 2);
    } else if (letters[byte] != '\0') {
        mr_strbuf_append(out, (char[]){'\\', letters[byte]}, 2);
    } else {
        mr_strbuf_append(out, (char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
    }
}

/* Appends one character that is not ASCII, or U+FFFD for what should have been one. Returns the
 * bytes used up. */
static size_t append_wide(mr_strbuf *out, mr_bytes rest)
{
    static const char replacement[] = "\xef\xbf\xbd";
    bool well_formed;
    size_t used = mr_bytes_utf8_piece(rest, &well_formed);
    if (well_formed) {
        mr_strbuf_append(out, rest.at, used);
    } else {
        mr_strbuf_append(out, replacement, 3);
    }
    return used;
}

void mr_json_append_string(mr_strbuf *out, mr_bytes value)
{
    mr_strbuf_append_char(out, '"');
    size_t i = 0;
    while (i < value.len) {
        size_t run = mr_json_plain_run(value, i);
        if (run > 0) {
            mr_strbuf_append(out, value.at + i, run);
            i += run;
        } else if ((uint8_t)value.at[i] < 0x80) {
            append_escape(out, (uint8_t)value.at[i]);
            i++;
        } else {
            i += append_wide(out, mr_bytes_make(value.at + i, value.len - i));
        }
    }
    mr_strbuf_append_char(out, '"');
}
