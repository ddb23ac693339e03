/* event_stream_fuzz.c - messages of any shape read back as they were written, and not at all once a
 * byte of them has changed.
 *
 * The bytes: how many headers; for each the length of its name and of its value (two bytes); which
 * byte to change (two) and how; what is left is cut into the names, the values and the payload. */
#include "src/aws/event_stream.h"

#include "sim/base/alloc.h"
#include "tests/event_stream_decoder.h"

#define HEADERS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t take_number(mr_bytes *rest, size_t bytes)
{
    size_t value = 0;
    for (size_t i = 0; i < bytes && rest->len > 0; i++) {
        value = value << 8 | (unsigned char)rest->at[0];
        *rest = mr_bytes_make(rest->at + 1, rest->len - 1);
    }
    return value;
}

static mr_bytes take_bytes(mr_bytes *rest, size_t most)
{
    mr_bytes piece = mr_bytes_make(rest->at, mr_min_size(most, rest->len));
    *rest = mr_bytes_make(rest->at + piece.len, rest->len - piece.len);
    return piece;
}

static void check_read_back(mr_bytes stream, const mr_event_stream_header *headers, size_t count,
                            mr_bytes payload)
{
    decoded_message message;
    MR_ASSERT(decode_message(&stream, &message));
    MR_ASSERT(stream.len == 0);
    MR_ASSERT(message.header_count == count);
    for (size_t i = 0; i < count; i++) {
        MR_ASSERT(mr_bytes_equal(message.headers[i].name, headers[i].name));
        MR_ASSERT(mr_bytes_equal(message.headers[i].value, headers[i].value));
    }
    MR_ASSERT(mr_bytes_equal(message.payload, payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes rest = mr_bytes_make(data, size);
    size_t count = take_number(&rest, 1) % (HEADERS_MAX + 1);
    size_t name_len[HEADERS_MAX];
    size_t value_len[HEADERS_MAX];
    for (size_t i = 0; i < count; i++) {
        name_len[i] = take_number(&rest, 1);
        value_len[i] = take_number(&rest, 2) % (4 * MR_KIB); /* all within the headers' limit */
    }
    size_t place = take_number(&rest, 2);
    size_t change = take_number(&rest, 1);

    mr_event_stream_header headers[HEADERS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        mr_bytes name = take_bytes(&rest, name_len[i]);
        if (name.len > 0) {
            headers[kept++] = (mr_event_stream_header){name, take_bytes(&rest, value_len[i])};
        }
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_event_stream_append(&out, headers, kept, rest);
    check_read_back(mr_strbuf_bytes(&out), headers, kept, rest);
    if (change > 0) {
        out.at[place % out.len] = (char)(out.at[place % out.len] ^ (char)change);
        mr_bytes changed = mr_strbuf_bytes(&out);
        decoded_message message;
        MR_ASSERT(!decode_message(&changed, &message));
    }
    mr_strbuf_deinit(&out);
    return 0;
}
