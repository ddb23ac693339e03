/*
 * event_stream_decoder.h - the other side of src/aws/event_stream.h, for its test and its fuzz
 * target. Written from the specification alone; header names and values are shown as text.
 */
#ifndef MR_TESTS_EVENT_STREAM_DECODER_H
#define MR_TESTS_EVENT_STREAM_DECODER_H

#include "sim/base/hash.h"
#include "sim/base/strbuf.h"

typedef struct decoded_header {
    mr_bytes name, value;
} decoded_header;

#define DECODED_HEADERS_MAX 64

typedef struct decoded_message {
    decoded_header headers[DECODED_HEADERS_MAX];
    size_t header_count;
    mr_bytes payload;
} decoded_message;

static inline uint32_t decode_u32(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline bool decode_headers(mr_bytes bytes, decoded_message *out)
{
    while (bytes.len > 0) {
        decoded_header *header = &out->headers[out->header_count];
        size_t name_len = (unsigned char)bytes.at[0];
        if (out->header_count == DECODED_HEADERS_MAX || name_len == 0 || bytes.len < name_len + 4 ||
            bytes.at[1 + name_len] != 7) {
            return false;
        }
        header->name = mr_bytes_make(bytes.at + 1, name_len);
        const unsigned char *length = (const unsigned char *)bytes.at + 2 + name_len;
        size_t value_len = (size_t)length[0] << 8 | length[1];
        if (bytes.len < name_len + 4 + value_len) {
            return false;
        }
        header->value = mr_bytes_make(bytes.at + name_len + 4, value_len);
        out->header_count++;
        size_t taken = name_len + 4 + value_len;
        bytes = mr_bytes_make(bytes.at + taken, bytes.len - taken);
    }
    return true;
}

/* Takes one message off the front of *stream. False when it is cut off, a checksum is wrong, or
 * a header is no string. */
static inline bool decode_message(mr_bytes *stream, decoded_message *out)
{
    *out = (decoded_message){.header_count = 0};
    if (stream->len < 16) {
        return false;
    }
    size_t total = decode_u32(stream->at);
    size_t headers_len = decode_u32(stream->at + 4);
    if (decode_u32(stream->at + 8) != mr_crc32(0, stream->at, 8) || total > stream->len ||
        total < 16 || headers_len > total - 16 ||
        decode_u32(stream->at + total - 4) != mr_crc32(0, stream->at, total - 4)) {
        return false;
    }
    out->payload = mr_bytes_make(stream->at + 12 + headers_len, total - 16 - headers_len);
    bool fine = decode_headers(mr_bytes_make(stream->at + 12, headers_len), out);
    *stream = mr_bytes_make(stream->at + total, stream->len - total);
    return fine;
}

/* The text of a header, "" when there is none. Returns out. */
static inline const char *decoded_header_text(const decoded_message *message, const char *name,
                                              char out[64])
{
    out[0] = '\0';
    for (size_t i = 0; i < message->header_count; i++) {
        if (mr_bytes_is(message->headers[i].name, name)) {
            const mr_bytes value = message->headers[i].value;
            MR_ASSERT(value.len < 64);
            memcpy(out, value.at, value.len);
            out[value.len] = '\0';
        }
    }
    return out;
}

#endif
