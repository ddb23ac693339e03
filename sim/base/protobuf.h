/*
 * protobuf.h - the wire format of protocol buffers: a message read field by field, and fields
 * written. What a field means is its message's own business (sim/stream/kpl_record.h).
 *
 * The reader allocates nothing and copies nothing. It is stricter than the format's own parsers,
 * which cut a varint of more than 64 bits and pass over groups: both are refused here, since no
 * writer of a message that millrace reads makes them. A reader that has failed stays failed.
 *
 *     mr_wire_field field;
 *     while (mr_wire_reader_next(&reader, &field)) { ... by field.number and field.type ... }
 *     if (reader.failed) { ... not a message ... }
 *
 * Format: the protocol buffers documentation, "Encoding".
 */
#ifndef MR_SIM_BASE_PROTOBUF_H
#define MR_SIM_BASE_PROTOBUF_H

#include "sim/base/strbuf.h"

#define MR_VARINT_BYTES_MAX 10 /* a varint of 64 bits */

/* The values are those of the wire; 3 and 4 are the groups. */
typedef enum mr_wire_type {
    MR_WIRE_VARINT = 0,
    MR_WIRE_FIXED64 = 1,
    MR_WIRE_BYTES = 2, /* strings, bytes, messages */
    MR_WIRE_FIXED32 = 5
} mr_wire_type;

typedef struct mr_wire_field {
    uint32_t number; /* 1 to 2^29 - 1 */
    mr_wire_type type;
    uint64_t value; /* of a varint or a fixed; else 0 */
    mr_bytes bytes; /* of MR_WIRE_BYTES, borrowed from the message; else none */
} mr_wire_field;

typedef struct mr_wire_reader {
    const char *at, *end;
    bool failed;
} mr_wire_reader;

mr_wire_reader mr_wire_reader_make(mr_bytes message); /* message: borrowed */

/* Reads the next field whole. False at the end of the message, or (failed) where it is torn, has
 * the field number 0, a group, or a varint past 64 bits. */
bool mr_wire_reader_next(mr_wire_reader *reader, mr_wire_field *field);

/* Appends a field; a limit that is passed shows in out->overflowed. */
void mr_wire_append_varint(mr_strbuf *out, uint32_t number, uint64_t value);
void mr_wire_append_bytes(mr_strbuf *out, uint32_t number, mr_bytes bytes);
/* Begins a field of len bytes, which the caller appends next: a message written in place. */
void mr_wire_append_message(mr_strbuf *out, uint32_t number, size_t len);

/* How many bytes the first two append. */
size_t mr_wire_varint_size(uint32_t number, uint64_t value);
size_t mr_wire_bytes_size(uint32_t number, size_t len);

#endif
