/* decode_cbor.c - the grammar of CBOR (RFC 8949); see decode_private.h. */
#include "src/aws/decode_private.h"

#include <math.h>

typedef enum major {
    CBOR_UNSIGNED,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_SIMPLE
} major;

#define INFO_INDEFINITE 31
#define BREAK           0xff

typedef struct head {
    major major;
    unsigned info;  /* the lower five bits: how the argument came */
    uint64_t value; /* the argument; 0 when the length is not given */
} head;

static bool read_value(mr_aws_reader *reader, mr_aws_target target);

static size_t left(const mr_aws_reader *reader)
{
    return (size_t)(reader->end - reader->p);
}

static bool read_head(mr_aws_reader *reader, head *out)
{
    if (left(reader) == 0) {
        return false;
    }
    uint8_t first = (uint8_t)*reader->p++;
    *out = (head){.major = (major)(first >> 5), .info = first & 31, .value = first & 31};
    if (out->info < 24) {
        return true;
    }
    if (out->info == INFO_INDEFINITE) {
        out->value = 0;
        return true;
    }
    size_t size = (size_t)1 << (out->info - 24);
    if (out->info > 27 || left(reader) < size) {
        return false;
    }
    out->value = 0;
    for (size_t i = 0; i < size; i++) {
        out->value = out->value << 8 | (uint8_t)*reader->p++;
    }
    return true;
}

/* Takes the byte that ends what has no length given. */
static bool accept_break(mr_aws_reader *reader)
{
    if (left(reader) == 0 || (uint8_t)*reader->p != BREAK) {
        return false;
    }
    reader->p++;
    return true;
}

/* ---- numbers ---- */

/* The whole number at or below value, or the end of int64_t that it lies beyond; NaN is 0, as
 * Java's conversion has it. */
static int64_t rounded_down(double value)
{
    if (isnan(value)) {
        return 0;
    }
    if (value >= 0x1p63) {
        return INT64_MAX;
    }
    return value < -0x1p63 ? INT64_MIN : (int64_t)floor(value);
}

static double half_of(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = (double)(bits & 1023);
    double value;
    if (exponent == 31) {
        value = mantissa == 0 ? (double)INFINITY : (double)NAN;
    } else {
        value = exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -value : value;
}

static double float_of(const head *h)
{
    if (h->info == 25) {
        return half_of(h->value);
    }
    if (h->info == 26) {
        uint32_t bits = (uint32_t)h->value;
        float value;
        memcpy(&value, &bits, sizeof(value));
        return (double)value;
    }
    double value;
    memcpy(&value, &h->value, sizeof(value));
    return value;
}

#define SECONDS_MAX 1e11 /* the year 5138; as milliseconds it would be 1973 */

static void take_float(mr_aws_reader *reader, mr_aws_target target, double value)
{
    if (mr_aws_is_timestamp(target) && fabs(value) <= SECONDS_MAX) {
        value = nearbyint(value * 1000);
    }
    mr_aws_take_number(reader, target, rounded_down(value));
}

static void take_integer(mr_aws_reader *reader, mr_aws_target target, const head *h)
{
    int64_t value = h->value > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)h->value;
    mr_aws_take_number(reader, target, h->major == CBOR_UNSIGNED ? value : -1 - value);
}

/* False for what stands for nothing: an unassigned simple value, a break in the wrong place. */
static bool take_simple(mr_aws_reader *reader, mr_aws_target target, const head *h)
{
    switch (h->info) {
    case 20:
    case 21:
        mr_aws_take_boolean(reader, target, h->info == 21);
        return true;
    case 22: /* null */
    case 23: /* undefined */
        return true;
    case 25:
    case 26:
    case 27:
        take_float(reader, target, float_of(h));
        return true;
    default:
        return false;
    }
}

/* ---- strings ---- */

static bool read_chunk(mr_aws_reader *reader, const head *h, mr_bytes *out)
{
    if (h->value > left(reader)) {
        return false;
    }
    *out = mr_bytes_make(reader->p, (size_t)h->value);
    reader->p += out->len;
    return h->major != CBOR_TEXT || mr_bytes_is_utf8(*out);
}

/* The chunks of a string without a length, joined. Each has a length, and whole characters. */
static bool read_chunks(mr_aws_reader *reader, major kind, mr_bytes *out)
{
    const char *start = reader->p;
    size_t total = 0;
    for (char *to = NULL;;) {
        while (!accept_break(reader)) {
            head h;
            mr_bytes chunk;
            if (!read_head(reader, &h) || h.major != kind || h.info == INFO_INDEFINITE ||
                !read_chunk(reader, &h, &chunk)) {
                return false;
            }
            if (to == NULL) {
                total += chunk.len;
            } else if (chunk.len > 0) {
                memcpy(to, chunk.at, chunk.len);
                to += chunk.len;
            }
        }
        if (to != NULL) {
            *out = mr_bytes_make(to - total, total);
            return true;
        }
        reader->p = start; /* once for the length, once for the bytes */
        to = mr_arena_alloc(reader->arena, total);
    }
}

static bool read_string(mr_aws_reader *reader, const head *h, mr_bytes *out)
{
    return h->info == INFO_INDEFINITE ? read_chunks(reader, h->major, out)
                                      : read_chunk(reader, h, out);
}

/* ---- arrays and maps ---- */

/* A count that is not true needs no check of its own: the body ends before. */
static bool read_elements(mr_aws_reader *reader, const head *h, mr_aws_target target)
{
    bool indefinite = h->info == INFO_INDEFINITE;
    mr_aws_items items = mr_aws_list_begin(reader, target);
    for (uint64_t i = 0; indefinite ? !accept_break(reader) : i < h->value; i++) {
        if (!read_value(reader, mr_aws_list_item(reader, &items))) {
            return false;
        }
    }
    return true;
}

static bool read_members(mr_aws_reader *reader, const head *h, mr_aws_target target)
{
    bool indefinite = h->info == INFO_INDEFINITE;
    mr_aws_object object = mr_aws_object_begin(reader, target);
    for (uint64_t i = 0; indefinite ? !accept_break(reader) : i < h->value; i++) {
        head name;
        mr_bytes key;
        if (!read_head(reader, &name) || name.major != CBOR_TEXT ||
            !read_string(reader, &name, &key) ||
            !read_value(reader, mr_aws_object_member(reader, &object, key))) {
            return false;
        }
    }
    mr_aws_object_end(reader, &object);
    return true;
}

static bool read_nested(mr_aws_reader *reader, const head *h, mr_aws_target target)
{
    if (reader->depth == MR_AWS_NESTING_MAX) {
        return false;
    }
    reader->depth++;
    bool ok =
        h->major == CBOR_MAP ? read_members(reader, h, target) : read_elements(reader, h, target);
    reader->depth--;
    return ok;
}

/* ---- values ---- */

static bool read_value(mr_aws_reader *reader, mr_aws_target target)
{
    head h;
    do { /* tags say what a value means; the table knows that */
        if (!read_head(reader, &h)) {
            return false;
        }
    } while (h.major == CBOR_TAG && h.info != INFO_INDEFINITE);

    bool has_argument = h.info != INFO_INDEFINITE;
    mr_bytes text;
    switch (h.major) {
    case CBOR_UNSIGNED:
    case CBOR_NEGATIVE:
        take_integer(reader, target, &h);
        return has_argument;
    case CBOR_BYTES:
        if (!read_string(reader, &h, &text)) {
            return false;
        }
        mr_aws_take_blob(reader, target, text);
        return true;
    case CBOR_TEXT:
        if (!read_string(reader, &h, &text)) {
            return false;
        }
        mr_aws_take_string(reader, target, text, false);
        return true;
    case CBOR_ARRAY:
    case CBOR_MAP:
        return read_nested(reader, &h, target);
    case CBOR_SIMPLE:
        return take_simple(reader, target, &h);
    case CBOR_TAG:
        break; /* without a number */
    }
    return false;
}

bool mr_aws_read_cbor(mr_aws_reader *reader, mr_aws_target target)
{
    return read_value(reader, target) && reader->p == reader->end;
}
