/* event_stream.c - see event_stream.h. */
#include "src/aws/event_stream.h"

#include "sim/base/hash.h"

#define PRELUDE_BYTES 12
#define CRC_BYTES     4
#define TYPE_STRING   7

static char *write_u32(char *at, size_t value)
{
    at[0] = (char)(value >> 24 & 255);
    at[1] = (char)(value >> 16 & 255);
    at[2] = (char)(value >> 8 & 255);
    at[3] = (char)(value & 255);
    return at + 4;
}

static char *write_bytes(char *at, mr_bytes bytes)
{
    if (bytes.len > 0) {
        memcpy(at, bytes.at, bytes.len);
    }
    return at + bytes.len;
}

static size_t headers_size(const mr_event_stream_header *headers, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        MR_ASSERT(headers[i].name.len >= 1);
        MR_ASSERT(headers[i].name.len <= MR_EVENT_STREAM_NAME_MAX);
        MR_ASSERT(headers[i].value.len <= MR_EVENT_STREAM_VALUE_MAX);
        size += 1 + headers[i].name.len + 1 + 2 + headers[i].value.len;
    }
    MR_ASSERT(size <= MR_EVENT_STREAM_HEADERS_MAX);
    return size;
}

static char *write_header(char *at, const mr_event_stream_header *header)
{
    *at++ = (char)header->name.len;
    at = write_bytes(at, header->name);
    *at++ = TYPE_STRING;
    *at++ = (char)(header->value.len >> 8);
    *at++ = (char)(header->value.len & 255);
    return write_bytes(at, header->value);
}

void mr_event_stream_append(mr_strbuf *out, const mr_event_stream_header *headers, size_t count,
                            mr_bytes payload)
{
    MR_ASSERT(payload.len <= MR_EVENT_STREAM_PAYLOAD_MAX);
    size_t headers_len = headers_size(headers, count);
    size_t total = PRELUDE_BYTES + headers_len + payload.len + CRC_BYTES;
    char *message = mr_strbuf_reserve(out, total);
    if (message == NULL) {
        return;
    }
    char *at = write_u32(message, total);
    at = write_u32(at, headers_len);
    at = write_u32(at, mr_crc32(0, message, 8));
    for (size_t i = 0; i < count; i++) {
        at = write_header(at, &headers[i]);
    }
    at = write_bytes(at, payload);
    at = write_u32(at, mr_crc32(0, message, total - CRC_BYTES));
    MR_ASSERT(at == message + total);
    mr_strbuf_commit(out, total);
}

/* ---- the messages of Kinesis ---- */

static void append_typed(mr_strbuf *out, const char *message_type, const char *type_header,
                         const char *type, mr_event_stream_form form, mr_bytes payload)
{
    const char *content_type =
        form == MR_EVENT_STREAM_CBOR ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1";
    const mr_event_stream_header headers[] = {
        {mr_bytes_of(type_header), mr_bytes_of(type)},
        {MR_BYTES_LITERAL(":content-type"), mr_bytes_of(content_type)},
        {MR_BYTES_LITERAL(":message-type"), mr_bytes_of(message_type)},
    };
    mr_event_stream_append(out, headers, MR_COUNT(headers), payload);
}

void mr_event_stream_append_initial_response(mr_strbuf *out, mr_event_stream_form form)
{
    /* An empty map is one byte of CBOR. */
    mr_event_stream_append_event(out, "initial-response", form,
                                 form == MR_EVENT_STREAM_CBOR ? MR_BYTES_LITERAL("\xA0")
                                                              : MR_BYTES_LITERAL("{}"));
}

void mr_event_stream_append_event(mr_strbuf *out, const char *type, mr_event_stream_form form,
                                  mr_bytes payload)
{
    append_typed(out, "event", ":event-type", type, form, payload);
}

void mr_event_stream_append_exception(mr_strbuf *out, const char *type, mr_event_stream_form form,
                                      mr_bytes payload)
{
    append_typed(out, "exception", ":exception-type", type, form, payload);
}
