/* write.c - see write.h. Numbers of CBOR: RFC 8949, section 3. */
#include "src/aws/write.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"

#include <math.h>

#define CBOR_UNSIGNED  0U
#define CBOR_NEGATIVE  1U
#define CBOR_BYTES     2U
#define CBOR_TEXT      3U
#define CBOR_FALSE     0xf4
#define CBOR_TRUE      0xf5
#define CBOR_DOUBLE    0xfb
#define CBOR_TAG_TIME  0xc1
#define CBOR_ARRAY_OF  0x9f /* what follows, up to a break */
#define CBOR_MAP_OF    0xbf
#define CBOR_BREAK     0xff
#define CBOR_HEAD_SIZE 9

mr_aws_writer mr_aws_writer_make(mr_aws_format format, mr_strbuf *out)
{
    return (mr_aws_writer){.out = out, .format = format};
}

static bool is_json(const mr_aws_writer *writer)
{
    return writer->format == MR_AWS_JSON;
}

static void put_byte(mr_aws_writer *writer, unsigned byte)
{
    mr_strbuf_append_char(writer->out, (char)(uint8_t)byte);
}

/* The head of a CBOR value: its kind and its number or length, in the fewest bytes. */
static void put_head(mr_aws_writer *writer, unsigned major, uint64_t value)
{
    uint8_t bytes[CBOR_HEAD_SIZE];
    unsigned info = value < 24            ? (unsigned)value
                    : value <= UINT8_MAX  ? 24
                    : value <= UINT16_MAX ? 25
                    : value <= UINT32_MAX ? 26
                                          : 27;
    size_t size = info < 24 ? 0 : (size_t)1 << (info - 24);
    bytes[0] = (uint8_t)(major << 5 | info);
    for (size_t i = 0; i < size; i++) {
        bytes[size - i] = (uint8_t)(value >> (8 * i));
    }
    mr_strbuf_append(writer->out, bytes, size + 1);
}

/* ---- the grammar ---- */

/* Before a value: the comma of JSON, and the check that a value may stand here. */
static void begin_value(mr_aws_writer *writer)
{
    int depth = writer->depth;
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    MR_ASSERT(depth > 0 ? writer->is_array[depth] : !writer->has_value[0]);
    if (writer->has_value[depth] && is_json(writer)) {
        put_byte(writer, ',');
    }
    writer->has_value[depth] = true;
}

static void open_level(mr_aws_writer *writer, bool is_array)
{
    begin_value(writer);
    MR_ASSERT(writer->depth < MR_AWS_WRITER_DEPTH_MAX);
    writer->depth++;
    writer->is_array[writer->depth] = is_array;
    writer->has_value[writer->depth] = false;
    if (is_json(writer)) {
        put_byte(writer, is_array ? '[' : '{');
    } else {
        put_byte(writer, is_array ? CBOR_ARRAY_OF : CBOR_MAP_OF);
    }
}

static void close_level(mr_aws_writer *writer, bool is_array)
{
    MR_ASSERT(writer->depth > 0);
    MR_ASSERT(writer->is_array[writer->depth] == is_array);
    MR_ASSERT(!writer->after_key);
    writer->depth--;
    if (is_json(writer)) {
        put_byte(writer, is_array ? ']' : '}');
    } else {
        put_byte(writer, CBOR_BREAK);
    }
}

void mr_aws_object_open(mr_aws_writer *writer)
{
    open_level(writer, false);
}

void mr_aws_object_close(mr_aws_writer *writer)
{
    close_level(writer, false);
}

void mr_aws_array_open(mr_aws_writer *writer)
{
    open_level(writer, true);
}

void mr_aws_array_close(mr_aws_writer *writer)
{
    close_level(writer, true);
}

/* ---- values ---- */

static void append_valid_utf8(mr_strbuf *out, mr_bytes text)
{
    while (text.len > 0) {
        bool well_formed;
        size_t size = mr_bytes_utf8_piece(text, &well_formed);
        if (well_formed) {
            mr_strbuf_append(out, text.at, size);
        } else {
            mr_strbuf_append_text(out, "\xef\xbf\xbd");
        }
        text = mr_bytes_make(text.at + size, text.len - size);
    }
}

static void put_cbor_text(mr_aws_writer *writer, mr_bytes text)
{
    if (mr_bytes_is_utf8(text)) {
        put_head(writer, CBOR_TEXT, text.len);
        mr_strbuf_append_bytes(writer->out, text);
        return;
    }
    mr_strbuf valid = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_valid_utf8(&valid, text);
    put_head(writer, CBOR_TEXT, valid.len);
    mr_strbuf_append_bytes(writer->out, mr_strbuf_bytes(&valid));
    mr_strbuf_deinit(&valid);
}

static void put_cbor_integer(mr_aws_writer *writer, int64_t value)
{
    if (value >= 0) {
        put_head(writer, CBOR_UNSIGNED, (uint64_t)value);
    } else {
        put_head(writer, CBOR_NEGATIVE, (uint64_t)(-1 - value));
    }
}

void mr_aws_key(mr_aws_writer *writer, const char *key)
{
    MR_ASSERT(writer->depth > 0);
    MR_ASSERT(!writer->is_array[writer->depth]);
    MR_ASSERT(!writer->after_key);
    if (is_json(writer)) {
        if (writer->has_value[writer->depth]) {
            put_byte(writer, ',');
        }
        put_byte(writer, '"');
        mr_strbuf_append_text(writer->out, key);
        mr_strbuf_append(writer->out, "\":", 2);
    } else {
        mr_bytes name = mr_bytes_of(key);
        put_head(writer, CBOR_TEXT, name.len);
        mr_strbuf_append_bytes(writer->out, name);
    }
    writer->has_value[writer->depth] = true;
    writer->after_key = true;
}

void mr_aws_string(mr_aws_writer *writer, mr_bytes value)
{
    begin_value(writer);
    if (is_json(writer)) {
        mr_json_append_string(writer->out, value);
    } else {
        put_cbor_text(writer, value);
    }
}

void mr_aws_blob(mr_aws_writer *writer, mr_bytes value)
{
    begin_value(writer);
    if (is_json(writer)) {
        put_byte(writer, '"');
        mr_base64_encode(writer->out, value);
        put_byte(writer, '"');
    } else {
        put_head(writer, CBOR_BYTES, value.len);
        mr_strbuf_append_bytes(writer->out, value);
    }
}

void mr_aws_integer(mr_aws_writer *writer, int64_t value)
{
    begin_value(writer);
    if (is_json(writer)) {
        mr_strbuf_append_int64(writer->out, value);
    } else {
        put_cbor_integer(writer, value);
    }
}

void mr_aws_double(mr_aws_writer *writer, double value)
{
    MR_ASSERT(isfinite(value));
    begin_value(writer);
    if (is_json(writer)) {
        mr_json_append_double(writer->out, value);
        return;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_byte(writer, CBOR_DOUBLE);
    for (int shift = 56; shift >= 0; shift -= 8) {
        put_byte(writer, (unsigned)(bits >> shift & 0xff));
    }
}

void mr_aws_boolean(mr_aws_writer *writer, bool value)
{
    begin_value(writer);
    if (is_json(writer)) {
        mr_strbuf_append_text(writer->out, value ? "true" : "false");
    } else {
        put_byte(writer, value ? CBOR_TRUE : CBOR_FALSE);
    }
}

/* Seconds, with as many decimals as the milliseconds need. */
static void put_json_seconds(mr_aws_writer *writer, int64_t ms)
{
    uint64_t size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    if (ms < 0) {
        put_byte(writer, '-');
    }
    mr_strbuf_append_uint64(writer->out, size / 1000);
    unsigned rest = (unsigned)(size % 1000);
    char decimals[] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                       (char)('0' + rest % 10)};
    size_t len = rest > 0 ? sizeof(decimals) : 0;
    while (len > 0 && decimals[len - 1] == '0') {
        len--;
    }
    mr_strbuf_append(writer->out, decimals, len);
}

void mr_aws_timestamp(mr_aws_writer *writer, int64_t ms)
{
    begin_value(writer);
    if (is_json(writer)) {
        put_json_seconds(writer, ms);
    } else {
        put_byte(writer, CBOR_TAG_TIME);
        put_cbor_integer(writer, ms);
    }
}

/* ---- fields ---- */

void mr_aws_field_string(mr_aws_writer *writer, const char *key, mr_bytes value)
{
    mr_aws_key(writer, key);
    mr_aws_string(writer, value);
}

void mr_aws_field_text(mr_aws_writer *writer, const char *key, const char *value)
{
    mr_aws_field_string(writer, key, mr_bytes_of(value));
}

void mr_aws_field_blob(mr_aws_writer *writer, const char *key, mr_bytes value)
{
    mr_aws_key(writer, key);
    mr_aws_blob(writer, value);
}

void mr_aws_field_integer(mr_aws_writer *writer, const char *key, int64_t value)
{
    mr_aws_key(writer, key);
    mr_aws_integer(writer, value);
}

void mr_aws_field_double(mr_aws_writer *writer, const char *key, double value)
{
    mr_aws_key(writer, key);
    mr_aws_double(writer, value);
}

void mr_aws_field_boolean(mr_aws_writer *writer, const char *key, bool value)
{
    mr_aws_key(writer, key);
    mr_aws_boolean(writer, value);
}

void mr_aws_field_timestamp(mr_aws_writer *writer, const char *key, int64_t ms)
{
    mr_aws_key(writer, key);
    mr_aws_timestamp(writer, ms);
}

/* ---- errors ---- */

void mr_aws_write_fault(mr_aws_format format, const mr_aws_fault *fault, mr_strbuf *out)
{
    mr_aws_writer writer = mr_aws_writer_make(format, out);
    mr_aws_object_open(&writer);
    mr_aws_field_text(&writer, "__type", fault->type);
    if (fault->message.at != NULL) {
        mr_aws_field_string(&writer, fault->capital ? "Message" : "message", fault->message);
    }
    mr_aws_object_close(&writer);
}
