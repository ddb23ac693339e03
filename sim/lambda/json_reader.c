/* json_reader.c - see json_reader.h. */
#include "sim/lambda/json_reader.h"

#include "sim/base/json.h"

mr_json_reader mr_json_reader_make(mr_bytes text)
{
    return (mr_json_reader){.at = text.at, .end = text.len == 0 ? text.at : text.at + text.len};
}

static bool fail(mr_json_reader *r)
{
    r->failed = true;
    r->at = r->end;
    return false;
}

static void skip_blanks(mr_json_reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t')) {
        r->at++;
    }
}

mr_json_kind mr_json_reader_peek(mr_json_reader *r)
{
    skip_blanks(r);
    if (r->failed || r->at == r->end) {
        return MR_JSON_NONE;
    }
    switch (*r->at) {
    case '{':
        return MR_JSON_OBJECT;
    case '[':
        return MR_JSON_ARRAY;
    case '"':
        return MR_JSON_STRING;
    case 't':
        return MR_JSON_TRUE;
    case 'f':
        return MR_JSON_FALSE;
    case 'n':
        return MR_JSON_NULL;
    default:
        return *r->at == '-' || (*r->at >= '0' && *r->at <= '9') ? MR_JSON_NUMBER : MR_JSON_NONE;
    }
}

/* ---- containers ---- */

static bool enter(mr_json_reader *r, char open)
{
    skip_blanks(r);
    if (r->failed || r->at == r->end || *r->at != open || r->depth == MR_JSON_READER_DEPTH_MAX) {
        return fail(r);
    }
    r->at++;
    r->depth++;
    r->first = true;
    return true;
}

/* After a value or an opening: consumes "," or the closing. True when another entry follows. */
static bool more(mr_json_reader *r, char close)
{
    skip_blanks(r);
    if (r->failed || r->at == r->end) {
        return fail(r);
    }
    if (*r->at == close) {
        r->at++;
        r->depth--;
        r->first = false; /* the container itself is an entry of its parent */
        return false;
    }
    if (!r->first) {
        if (*r->at != ',') {
            return fail(r);
        }
        r->at++;
        skip_blanks(r);
    }
    r->first = false;
    return r->at < r->end ? true : fail(r);
}

bool mr_json_reader_object(mr_json_reader *r)
{
    return enter(r, '{');
}

bool mr_json_reader_array(mr_json_reader *r)
{
    return enter(r, '[');
}

bool mr_json_reader_member(mr_json_reader *r, mr_bytes *raw_key)
{
    if (!more(r, '}') || !mr_json_reader_string(r, raw_key)) {
        return false;
    }
    skip_blanks(r);
    if (r->at == r->end || *r->at != ':') {
        return fail(r);
    }
    r->at++;
    return true;
}

bool mr_json_reader_element(mr_json_reader *r)
{
    return more(r, ']');
}

/* ---- values ---- */

bool mr_json_hex4(const char *digits, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A' + 10);
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/* at: behind a backslash. The length of the escape without it; 0 when it is none. */
static size_t escape_length(const char *at, const char *end)
{
    uint32_t ignored;
    if (at == end) {
        return 0;
    }
    switch (*at) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 1;
    case 'u':
        return end - at >= 5 && mr_json_hex4(at + 1, &ignored) ? 5 : 0;
    default:
        return 0;
    }
}

bool mr_json_reader_string(mr_json_reader *r, mr_bytes *raw)
{
    skip_blanks(r);
    if (r->failed || r->at == r->end || *r->at != '"') {
        return fail(r);
    }
    const char *start = ++r->at;
    mr_bytes rest = mr_bytes_make(start, (size_t)(r->end - start));
    const char *at = start + mr_json_plain_run(rest, 0);
    while (at < r->end && *at != '"') {
        if ((unsigned char)*at < 0x20) {
            return fail(r);
        }
        if (*at == '\\') {
            size_t len = escape_length(at + 1, r->end);
            if (len == 0) {
                return fail(r);
            }
            at += len;
        }
        at++;
        at += mr_json_plain_run(rest, (size_t)(at - start));
    }
    if (at == r->end) {
        return fail(r);
    }
    *raw = mr_bytes_make(start, (size_t)(at - start));
    r->at = at + 1;
    return true;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* The end of the number that starts at `at`; NULL when it is none. */
static const char *number_end(const char *at, const char *end)
{
    if (at < end && *at == '-') {
        at++;
    }
    const char *digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        return NULL;
    }
    if (at < end && *at == '.') {
        digits = ++at;
        at = skip_digits(at, end);
        if (at == digits) {
            return NULL;
        }
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) {
            at++;
        }
        digits = at;
        at = skip_digits(at, end);
        if (at == digits) {
            return NULL;
        }
    }
    return at;
}

bool mr_json_reader_scalar(mr_json_reader *r, mr_bytes *text)
{
    static const struct {
        mr_json_kind kind;
        mr_bytes word;
    } words[] = {
        {MR_JSON_TRUE, {"true", 4}}, {MR_JSON_FALSE, {"false", 5}}, {MR_JSON_NULL, {"null", 4}}};

    mr_json_kind kind = mr_json_reader_peek(r);
    const char *start = r->at;
    const char *after = NULL;
    if (kind == MR_JSON_NUMBER) {
        after = number_end(start, r->end);
    }
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (kind == words[i].kind &&
            mr_bytes_starts_with(mr_bytes_make(start, (size_t)(r->end - start)), words[i].word)) {
            after = start + words[i].word.len;
        }
    }
    if (after == NULL) {
        return fail(r);
    }
    *text = mr_bytes_make(start, (size_t)(after - start));
    r->at = after;
    return true;
}

bool mr_json_reader_skip(mr_json_reader *r)
{
    mr_bytes ignored;
    int outer = r->depth;
    /* One bit a level: whether it is an array. The depth is bounded by the bits there are. */
    uint64_t arrays = 0;
    _Static_assert(MR_JSON_READER_DEPTH_MAX <= 64, "a level is a bit of arrays");

    do {
        switch (mr_json_reader_peek(r)) {
        case MR_JSON_OBJECT:
            (void)mr_json_reader_object(r);
            arrays <<= 1;
            break;
        case MR_JSON_ARRAY:
            (void)mr_json_reader_array(r);
            arrays = arrays << 1 | 1;
            break;
        case MR_JSON_STRING:
            (void)mr_json_reader_string(r, &ignored);
            break;
        case MR_JSON_NONE:
            return fail(r);
        default:
            (void)mr_json_reader_scalar(r, &ignored);
            break;
        }
        /* Leave every container that ends here; stop at the next value inside one that does not. */
        while (!r->failed && r->depth > outer) {
            if ((arrays & 1) != 0 ? mr_json_reader_element(r)
                                  : mr_json_reader_member(r, &ignored)) {
                break;
            }
            arrays >>= 1;
        }
    } while (!r->failed && r->depth > outer);
    return !r->failed;
}

bool mr_json_reader_done(mr_json_reader *r)
{
    skip_blanks(r);
    return !r->failed && r->at == r->end;
}

/* ---- raw strings ---- */

static void append_utf8(mr_strbuf *out, uint32_t c)
{
    char bytes[4];
    size_t n;
    if (c < 0x80) {
        bytes[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
        n = 2;
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
        n = 3;
    } else {
        bytes[0] = (char)(0xf0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (c & 0x3f));
        n = 4;
    }
    mr_strbuf_append(out, bytes, n);
}

/* Decodes the \u at `at` (on the backslash) and its partner, if it has one. Returns what follows.
 */
static const char *decode_unicode(const char *at, const char *end, mr_strbuf *out)
{
    uint32_t high = 0xfffd, low = 0;
    (void)mr_json_hex4(at + 2, &high);
    at += 6;
    if (high >= 0xd800 && high <= 0xdfff) {
        bool paired = high <= 0xdbff && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
                      mr_json_hex4(at + 2, &low) && low >= 0xdc00 && low <= 0xdfff;
        if (!paired) {
            append_utf8(out, 0xfffd);
            return at;
        }
        append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        return at + 6;
    }
    append_utf8(out, high);
    return at;
}

void mr_json_raw_decode(mr_bytes raw, mr_strbuf *out)
{
    const char *at = raw.at;
    const char *end = raw.len == 0 ? raw.at : raw.at + raw.len;
    while (at < end) {
        const char *plain = at;
        while (at < end && *at != '\\') {
            at++;
        }
        mr_strbuf_append(out, plain, (size_t)(at - plain));
        if (at == end) {
            break;
        }
        static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
        if (at[1] == 'u') {
            at = decode_unicode(at, end, out);
            continue;
        }
        const char *letter = memchr(letters, at[1], sizeof(letters) - 1);
        const char *meaning = letter == NULL ? at + 1 : meanings + (letter - letters);
        mr_strbuf_append(out, meaning, 1);
        at += 2;
    }
}

bool mr_json_raw_is(mr_bytes raw, const char *text)
{
    /* An escape is longer than what it spells: most texts differ by their lengths already. */
    size_t len = strlen(text);
    if (raw.len <= len) {
        return raw.len == len && (len == 0 || memcmp(raw.at, text, len) == 0);
    }
    if (memchr(raw.at, '\\', raw.len) == NULL) {
        return false;
    }
    mr_strbuf decoded = mr_strbuf_make(raw.len);
    mr_json_raw_decode(raw, &decoded);
    MR_ASSERT(decoded.at != NULL); /* raw is not empty, and every escape spells something */
    bool same = mr_bytes_is(mr_strbuf_bytes(&decoded), text);
    mr_strbuf_deinit(&decoded);
    return same;
}
