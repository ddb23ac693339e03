/* decode_json.c - the grammar of JSON; see decode_private.h. */
#include "src/aws/decode_private.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static bool read_value(mr_aws_reader *reader, mr_aws_target target);

static void skip_blanks(mr_aws_reader *reader)
{
    while (reader->p < reader->end &&
           (*reader->p == ' ' || *reader->p == '\n' || *reader->p == '\r' || *reader->p == '\t')) {
        reader->p++;
    }
}

/* Takes the byte c, with blanks around it. */
static bool accept(mr_aws_reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->p == reader->end || *reader->p != c) {
        return false;
    }
    reader->p++;
    skip_blanks(reader);
    return true;
}

/* ---- strings ---- */

/* The first quote, backslash or control character at p or later; end when there is none. wide: set
 * when a byte before it is not ASCII. */
static const char *string_stop(const char *p, const char *end, bool *wide)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned stops = (unsigned)_mm_movemask_epi8(found);
        unsigned highs = (unsigned)_mm_movemask_epi8(bytes);
        if (stops != 0) {
            unsigned before = (stops & (0U - stops)) - 1; /* the bits below the first stop */
            *wide = *wide || (highs & before) != 0;
            return p + __builtin_ctz(stops);
        }
        *wide = *wide || highs != 0;
    }
#endif
    for (; p < end; p++) {
        uint8_t byte = (uint8_t)*p;
        if (byte == '"' || byte == '\\' || byte < 0x20) {
            return p;
        }
        *wide = *wide || byte >= 0x80;
    }
    return end;
}

static int hex4(const char *p, const char *end)
{
    if (end - p < 4) {
        return -1;
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* The place after the escape whose backslash is at p; NULL when JSON has no such escape. Half a
 * surrogate pair is '?', as when Java writes one. */
static const char *escape_after(const char *p, const char *end, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (end - p < 2 || p[1] == '\0') {
        return NULL;
    }
    const char *known = strchr(from, p[1]);
    if (known != NULL) {
        *code = (uint32_t)to[known - from];
        return p + 2;
    }
    int unit = p[1] == 'u' ? hex4(p + 2, end) : -1;
    if (unit < 0) {
        return NULL;
    }
    *code = (uint32_t)unit;
    p += 6;
    if (unit < 0xd800 || unit > 0xdfff) {
        return p;
    }
    int low = unit < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        *code = '?';
        return p;
    }
    *code = 0x10000 + (((uint32_t)unit & 0x3ff) << 10) + ((uint32_t)low & 0x3ff);
    return p + 6;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(uint8_t)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(uint8_t)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(uint8_t)(0xf0 | code >> 18);
            *to++ = (char)(uint8_t)(0x80 | (code >> 12 & 0x3f));
        }
        *to++ = (char)(uint8_t)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(uint8_t)(0x80 | (code & 0x3f));
    return to;
}

/* What a string says whose escapes are known to be good: never longer than its text. */
static mr_bytes unescape(mr_aws_reader *reader, mr_bytes raw)
{
    char *start = mr_arena_alloc(reader->arena, raw.len);
    char *to = start;
    const char *p = raw.at, *end = raw.at + raw.len;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash == NULL ? end : slash) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (slash != NULL) {
            uint32_t code = 0;
            p = escape_after(slash, end, &code);
            MR_ASSERT(p != NULL);
            to = put_utf8(to, code);
        }
    }
    return mr_bytes_make(start, (size_t)(to - start));
}

/* A string whose quote has been read. wanted: what it says is needed, and *text is that. */
static bool read_string(mr_aws_reader *reader, bool wanted, mr_bytes *text)
{
    const char *start = reader->p;
    const char *p = start;
    bool wide = false, escaped = false;
    for (;;) {
        p = string_stop(p, reader->end, &wide);
        if (p == reader->end || (uint8_t)*p < 0x20) {
            return false;
        }
        if (*p == '"') {
            break;
        }
        uint32_t code;
        p = escape_after(p, reader->end, &code);
        if (p == NULL) {
            return false;
        }
        escaped = true;
    }
    *text = mr_bytes_make(start, (size_t)(p - start));
    reader->p = p + 1;
    if (wide && !mr_bytes_is_utf8(*text)) {
        return false;
    }
    if (escaped && wanted) {
        *text = unescape(reader, *text);
    }
    return true;
}

/* ---- numbers ---- */

/* digits * 10^exponent, and something more than that when `more`. */
typedef struct decimal {
    bool negative, more;
    uint64_t digits;
    int64_t exponent;
} decimal;

#define EXPONENT_MAX 1000000000 /* above every length of a body */

static bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

/* A run of digits; those that no longer fit only move the exponent. */
static const char *digits_after(const char *p, const char *end, decimal *d)
{
    for (; is_digit(p, end); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (d->digits <= (UINT64_MAX - digit) / 10 && !d->more) {
            d->digits = d->digits * 10 + digit;
        } else {
            d->more = d->more || digit != 0;
            d->exponent++;
        }
    }
    return p;
}

static const char *exponent_after(const char *p, const char *end, decimal *d)
{
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+') ? 1 : 0;
    if (!is_digit(p, end)) {
        return NULL;
    }
    int64_t value = 0;
    for (; is_digit(p, end); p++) {
        value = value < EXPONENT_MAX ? value * 10 + (*p - '0') : value;
    }
    d->exponent += negative ? -value : value;
    return p;
}

/* The place after the number at p; NULL when there is none. */
static const char *number_after(const char *p, const char *end, decimal *d)
{
    *d = (decimal){.negative = *p == '-'};
    p += d->negative ? 1 : 0;
    if (!is_digit(p, end)) {
        return NULL;
    }
    p = *p == '0' ? p + 1 : digits_after(p, end, d);
    if (p < end && *p == '.') {
        const char *fraction = ++p;
        int64_t before = d->exponent;
        p = digits_after(p, end, d);
        if (p == fraction) {
            return NULL;
        }
        MR_ASSERT(d->exponent >= before);
        d->exponent -= p - fraction;
    }
    return p < end && (*p == 'e' || *p == 'E') ? exponent_after(p + 1, end, d) : p;
}

/* The whole number at or below d * 10^shift, or the end of int64_t that it lies beyond. */
static int64_t rounded_down(const decimal *d, int64_t shift)
{
    uint64_t value = d->digits;
    bool more = d->more, beyond = false;
    int64_t exponent = d->exponent + shift;
    for (; exponent > 0 && value > 0 && !beyond; exponent--) {
        beyond = value > UINT64_MAX / 10;
        value = beyond ? value : value * 10;
    }
    for (; exponent < 0 && value > 0; exponent++) {
        more = more || value % 10 != 0;
        value /= 10;
    }
    beyond = beyond || value > (uint64_t)INT64_MAX;
    if (!d->negative) {
        return beyond ? INT64_MAX : (int64_t)value;
    }
    if (beyond) {
        return INT64_MIN;
    }
    return more ? -(int64_t)value - 1 : -(int64_t)value;
}

static bool read_number(mr_aws_reader *reader, mr_aws_target target)
{
    decimal d;
    const char *after = number_after(reader->p, reader->end, &d);
    if (after == NULL) {
        return false;
    }
    reader->p = after;
    mr_aws_take_number(reader, target, rounded_down(&d, mr_aws_is_timestamp(target) ? 3 : 0));
    return true;
}

/* ---- values ---- */

static bool read_members(mr_aws_reader *reader, mr_aws_object *object)
{
    if (accept(reader, '}')) {
        return true;
    }
    do {
        mr_bytes key;
        if (reader->p == reader->end || *reader->p != '"') {
            return false;
        }
        reader->p++;
        if (!read_string(reader, true, &key) || !accept(reader, ':')) {
            return false;
        }
        if (!read_value(reader, mr_aws_object_member(reader, object, key))) {
            return false;
        }
    } while (accept(reader, ','));
    return accept(reader, '}');
}

static bool read_elements(mr_aws_reader *reader, mr_aws_items *items)
{
    if (accept(reader, ']')) {
        return true;
    }
    do {
        if (!read_value(reader, mr_aws_list_item(reader, items))) {
            return false;
        }
    } while (accept(reader, ','));
    return accept(reader, ']');
}

/* An object or a list whose bracket is at p. */
static bool read_nested(mr_aws_reader *reader, mr_aws_target target)
{
    if (reader->depth == MR_AWS_NESTING_MAX) {
        return false;
    }
    reader->depth++;
    bool ok;
    if (*reader->p++ == '{') {
        mr_aws_object object = mr_aws_object_begin(reader, target);
        ok = read_members(reader, &object);
        if (ok) {
            mr_aws_object_end(reader, &object);
        }
    } else {
        mr_aws_items items = mr_aws_list_begin(reader, target);
        ok = read_elements(reader, &items);
    }
    reader->depth--;
    return ok;
}

static bool read_word(mr_aws_reader *reader, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(reader->end - reader->p) < len || memcmp(reader->p, word, len) != 0) {
        return false;
    }
    reader->p += len;
    return true;
}

static bool read_value(mr_aws_reader *reader, mr_aws_target target)
{
    if (reader->p == reader->end) {
        return false;
    }
    mr_bytes text;
    switch (*reader->p) {
    case '"':
        reader->p++;
        if (!read_string(reader, target.member != NULL, &text)) {
            return false;
        }
        mr_aws_take_string(reader, target, text, true);
        return true;
    case '{':
    case '[':
        return read_nested(reader, target);
    case 't':
    case 'f': {
        bool value = *reader->p == 't';
        mr_aws_take_boolean(reader, target, value);
        return read_word(reader, value ? "true" : "false");
    }
    case 'n':
        return read_word(reader, "null"); /* as if it were not there */
    default:
        return read_number(reader, target);
    }
}

bool mr_aws_read_json(mr_aws_reader *reader, mr_aws_target target)
{
    skip_blanks(reader);
    if (!read_value(reader, target)) {
        return false;
    }
    skip_blanks(reader);
    return reader->p == reader->end;
}
