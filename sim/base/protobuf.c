/* protobuf.c - see protobuf.h. */
#include "sim/base/protobuf.h"

#define TYPE_BITS 3

mr_wire_reader mr_wire_reader_make(mr_bytes message)
{
    return (mr_wire_reader){.at = message.at,
                            .end = message.len == 0 ? message.at : message.at + message.len};
}

static bool fail(mr_wire_reader *r)
{
    r->failed = true;
    r->at = r->end;
    return false;
}

static bool read_varint(mr_wire_reader *r, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = (uint8_t)*r->at++;
        if (shift == 63 && byte > 1) {
            return fail(r); /* more than 64 bits, or an eleventh byte */
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out = value;
            return true;
        }
    }
    return fail(r);
}

/* size: 4 or 8. Little endian on the wire, whatever the machine. */
static bool read_fixed(mr_wire_reader *r, size_t size, uint64_t *out)
{
    if ((size_t)(r->end - r->at) < size) {
        return fail(r);
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)(uint8_t)r->at[i] << (8 * i);
    }
    r->at += size;
    *out = value;
    return true;
}

static bool read_bytes(mr_wire_reader *r, mr_bytes *out)
{
    uint64_t len;
    if (!read_varint(r, &len)) {
        return false;
    }
    if (len > (uint64_t)(r->end - r->at)) {
        return fail(r);
    }
    *out = mr_bytes_make(r->at, (size_t)len);
    r->at += len;
    return true;
}

bool mr_wire_reader_next(mr_wire_reader *reader, mr_wire_field *field)
{
    uint64_t tag;
    if (reader->failed || reader->at == reader->end || !read_varint(reader, &tag)) {
        return false;
    }
    if (tag > UINT32_MAX || tag >> TYPE_BITS == 0) {
        return fail(reader);
    }
    *field = (mr_wire_field){.number = (uint32_t)(tag >> TYPE_BITS)};
    switch (tag & ((1 << TYPE_BITS) - 1)) {
    case MR_WIRE_VARINT:
        field->type = MR_WIRE_VARINT;
        return read_varint(reader, &field->value);
    case MR_WIRE_FIXED64:
        field->type = MR_WIRE_FIXED64;
        return read_fixed(reader, 8, &field->value);
    case MR_WIRE_BYTES:
        field->type = MR_WIRE_BYTES;
        return read_bytes(reader, &field->bytes);
    case MR_WIRE_FIXED32:
        field->type = MR_WIRE_FIXED32;
        return read_fixed(reader, 4, &field->value);
    default:
        return fail(reader);
    }
}

/* ---- writing ---- */

static uint64_t tag_of(uint32_t number, mr_wire_type type)
{
    MR_ASSERT(number >= 1);
    MR_ASSERT(number < (uint32_t)1 << (32 - TYPE_BITS));
    return (uint64_t)number << TYPE_BITS | (uint64_t)type;
}

static void append_varint(mr_strbuf *out, uint64_t value)
{
    char bytes[MR_VARINT_BYTES_MAX];
    size_t len = 0;
    while (value >= 0x80) {
        bytes[len++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[len++] = (char)value;
    mr_strbuf_append(out, bytes, len);
}

static size_t varint_size(uint64_t value)
{
    size_t len = 1;
    while (value >= 0x80) {
        len++;
        value >>= 7;
    }
    return len;
}

void mr_wire_append_varint(mr_strbuf *out, uint32_t number, uint64_t value)
{
    append_varint(out, tag_of(number, MR_WIRE_VARINT));
    append_varint(out, value);
}

void mr_wire_append_message(mr_strbuf *out, uint32_t number, size_t len)
{
    append_varint(out, tag_of(number, MR_WIRE_BYTES));
    append_varint(out, len);
}

void mr_wire_append_bytes(mr_strbuf *out, uint32_t number, mr_bytes bytes)
{
    mr_wire_append_message(out, number, bytes.len);
    mr_strbuf_append_bytes(out, bytes);
}

size_t mr_wire_varint_size(uint32_t number, uint64_t value)
{
    return varint_size(tag_of(number, MR_WIRE_VARINT)) + varint_size(value);
}

size_t mr_wire_bytes_size(uint32_t number, size_t len)
{
    return varint_size(tag_of(number, MR_WIRE_BYTES)) + varint_size(len) + len;
}
