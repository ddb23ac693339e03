/* json_text.c - see json_text.h. */
#include "sim/format/json_text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The code unit of the four digits at p; -1 when they are not hex digits. */
static int hex4(const char *p, const char *end)
{
    if (end - p < 4) {
        return -1;
    }
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

const char *mr_json_string_after(const char *p, const char *end, bool *escaped)
{
    *escaped = false;
    while (p < end) {
        unsigned char c = (unsigned char)*p++;
        if (c == '"') {
            return p;
        }
        if (c < 0x20) {
            return NULL;
        }
        if (c != '\\') {
            continue;
        }
        *escaped = true;
        if (p == end) {
            return NULL;
        }
        char e = *p++;
        if (e == 'u') {
            if (hex4(p, end) < 0) {
                return NULL;
            }
            p += 4;
        } else if (e == '\0' || strchr("\"\\/bfnrt", e) == NULL) {
            return NULL;
        }
    }
    return NULL;
}

static const char *digits_after(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

const char *mr_json_number_after(const char *p, const char *end)
{
    if (p < end && *p == '-') {
        p++;
    }
    const char *whole = p;
    p = digits_after(p, end);
    if (p == whole || (*whole == '0' && p > whole + 1)) {
        return NULL;
    }
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = digits_after(fraction, end);
        if (p == fraction) {
            return NULL;
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        const char *exponent = p;
        p = digits_after(p, end);
        if (p == exponent) {
            return NULL;
        }
    }
    return p;
}

const char *mr_json_skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
        p++;
    }
    return p;
}

static const char *word_after(const char *p, const char *end, const char *word, size_t len)
{
    return (size_t)(end - p) >= len && memcmp(p, word, len) == 0 ? p + len : NULL;
}

static const char *value_after(const char *p, const char *end, mr_field *field, unsigned depth);

static const char *member_after(const char *p, const char *end, unsigned depth)
{
    bool escaped;
    if (p == end || *p != '"') {
        return NULL;
    }
    p = mr_json_string_after(p + 1, end, &escaped);
    if (p == NULL) {
        return NULL;
    }
    p = mr_json_skip_blanks(p, end);
    if (p == end || *p != ':') {
        return NULL;
    }
    mr_field ignored;
    return value_after(mr_json_skip_blanks(p + 1, end), end, &ignored, depth);
}

static const char *nested_after(const char *p, const char *end, unsigned depth)
{
    char open = *p;
    char close = open == '{' ? '}' : ']';
    mr_field ignored;

    if (depth == MR_JSON_NESTING_MAX) {
        return NULL;
    }
    p = mr_json_skip_blanks(p + 1, end);
    if (p < end && *p == close) {
        return p + 1;
    }
    for (;;) {
        p = open == '{' ? member_after(p, end, depth + 1)
                        : value_after(p, end, &ignored, depth + 1);
        if (p == NULL) {
            return NULL;
        }
        p = mr_json_skip_blanks(p, end);
        if (p == end) {
            return NULL;
        }
        if (*p == close) {
            return p + 1;
        }
        if (*p != ',') {
            return NULL;
        }
        p = mr_json_skip_blanks(p + 1, end);
    }
}

static const char *value_after(const char *p, const char *end, mr_field *field, unsigned depth)
{
    if (p == end) {
        return NULL;
    }
    const char *after = NULL;
    const char *from = p;
    bool escaped = false;
    mr_field_kind kind = MR_FIELD_NUMBER;
    switch (*p) {
    case '"':
        from = p + 1;
        after = mr_json_string_after(from, end, &escaped);
        kind = escaped ? MR_FIELD_ESCAPED : MR_FIELD_TEXT;
        break;
    case '{':
    case '[':
        kind = *p == '{' ? MR_FIELD_OBJECT : MR_FIELD_ARRAY;
        after = nested_after(p, end, depth);
        break;
    case 't':
        kind = MR_FIELD_TRUE;
        after = word_after(p, end, "true", 4);
        break;
    case 'f':
        kind = MR_FIELD_FALSE;
        after = word_after(p, end, "false", 5);
        break;
    case 'n':
        kind = MR_FIELD_NULL;
        after = word_after(p, end, "null", 4);
        break;
    default:
        after = mr_json_number_after(p, end);
        break;
    }
    if (after == NULL) {
        return NULL;
    }
    size_t len = (size_t)(after - from) - (*p == '"' ? 1 : 0);
    *field = (mr_field){.at = from, .len = (uint32_t)len, .kind = (uint8_t)kind};
    return after;
}

const char *mr_json_value_after(const char *p, const char *end, mr_field *field)
{
    return value_after(p, end, field, 0);
}

/* ---- what a string says ---- */

static void append_utf8(mr_strbuf *out, uint32_t code)
{
    char bytes[4];
    size_t n;
    if (code < 0x80) {
        bytes[0] = (char)code;
        n = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        n = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        n = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (code & 0x3f));
        n = 4;
    }
    mr_strbuf_append(out, bytes, n);
}

/* p is after "\u"; returns the place after the escape, or after both of a pair. */
static const char *unescape_unit(const char *p, const char *end, mr_strbuf *out)
{
    int unit = hex4(p, end);
    if (unit < 0) {
        mr_strbuf_append_char(out, 'u');
        return p;
    }
    p += 4;
    if (unit < 0xd800 || unit > 0xdfff) {
        append_utf8(out, (uint32_t)unit);
        return p;
    }
    if (unit < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        int low = hex4(p + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            append_utf8(out,
                        0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00));
            return p + 6;
        }
    }
    mr_strbuf_append_char(out, '?');
    return p;
}

void mr_json_unescape(mr_bytes raw, mr_strbuf *out)
{
    const char *p = raw.at;
    const char *end = raw.at + raw.len;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        if (slash == NULL || slash + 1 == end) {
            mr_strbuf_append(out, p, (size_t)(end - p));
            return;
        }
        mr_strbuf_append(out, p, (size_t)(slash - p));
        char e = slash[1];
        p = slash + 2;
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        const char *known = e == '\0' ? NULL : strchr(from, e);
        if (e == 'u') {
            p = unescape_unit(p, end, out);
        } else {
            mr_strbuf_append_char(out, (char)(known == NULL ? e : to[known - from]));
        }
    }
}

/* ---- walking ---- */

mr_json_walk mr_json_walk_begin(mr_field nested)
{
    MR_ASSERT(nested.kind == MR_FIELD_OBJECT || nested.kind == MR_FIELD_ARRAY);
    return (mr_json_walk){.p = nested.at + 1,
                          .end = nested.at + nested.len,
                          .is_object = nested.kind == MR_FIELD_OBJECT};
}

bool mr_json_walk_next(mr_json_walk *walk)
{
    const char *p = mr_json_skip_blanks(walk->p, walk->end);
    if (p < walk->end && *p == ',') {
        p = mr_json_skip_blanks(p + 1, walk->end);
    }
    if (p == walk->end || *p == '}' || *p == ']') {
        return false;
    }
    if (walk->is_object) {
        const char *after = mr_json_string_after(p + 1, walk->end, &walk->key_escaped);
        if (after == NULL) {
            return false;
        }
        walk->key = mr_bytes_make(p + 1, (size_t)(after - p) - 2);
        p = mr_json_skip_blanks(after, walk->end);
        p = mr_json_skip_blanks(p + 1, walk->end); /* the colon */
    }
    p = mr_json_value_after(p, walk->end, &walk->value);
    if (p == NULL) {
        return false;
    }
    walk->p = p;
    return true;
}

bool mr_json_key_is(mr_bytes raw, bool escaped, mr_bytes name)
{
    if (!escaped) {
        return mr_bytes_equal_nocase(raw, name);
    }
    mr_strbuf plain = mr_strbuf_make(raw.len + 4);
    mr_json_unescape(raw, &plain);
    bool same = mr_bytes_equal_nocase(mr_strbuf_bytes(&plain), name);
    mr_strbuf_deinit(&plain);
    return same;
}
