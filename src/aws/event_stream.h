/*
 * event_stream.h - writes application/vnd.amazon.eventstream, the body in which SubscribeToShard
 * answers for five minutes: messages one after the other, each with headers, a payload and two
 * checksums.
 *
 *     0   4 bytes  length of the whole message, big-endian, as all numbers
 *     4   4 bytes  length of the headers
 *     8   4 bytes  CRC-32 of the 8 bytes before
 *    12            headers: length of the name (1), name, type 7 (a string), length (2), value
 *                  payload
 *    -4   4 bytes  CRC-32 of everything before
 *
 * A stream begins with an initial-response, without which botocore gives up; then come events; an
 * exception is the last message. Behaviour: reference/kinesis.md, section 13; Smithy, "Amazon Event
 * Stream Specification".
 */
#ifndef MR_SRC_AWS_EVENT_STREAM_H
#define MR_SRC_AWS_EVENT_STREAM_H

#include "sim/base/strbuf.h"

#define MR_EVENT_STREAM_CONTENT_TYPE "application/vnd.amazon.eventstream"

/* What clients take: botocore refuses longer ones, older ones of it payloads past 16 MiB. */
#define MR_EVENT_STREAM_HEADERS_MAX (128 * MR_KIB)
#define MR_EVENT_STREAM_PAYLOAD_MAX (16 * MR_MIB)
#define MR_EVENT_STREAM_NAME_MAX    255   /* bytes of a header's name, 1 at least */
#define MR_EVENT_STREAM_VALUE_MAX   32767 /* bytes of a string */

typedef struct mr_event_stream_header {
    mr_bytes name;
    mr_bytes value; /* a string: UTF-8 */
} mr_event_stream_header;

/* Appends one message. The limits above are the caller's to keep; all are asserted. When out's own
 * limit is in the way, nothing is appended. */
void mr_event_stream_append(mr_strbuf *out, const mr_event_stream_header *headers, size_t count,
                            mr_bytes payload);

/* What a payload is written in: the request's content type decides. */
typedef enum mr_event_stream_form {
    MR_EVENT_STREAM_JSON,
    MR_EVENT_STREAM_CBOR
} mr_event_stream_form;

/* The message that a stream begins with: an empty object. */
void mr_event_stream_append_initial_response(mr_strbuf *out, mr_event_stream_form form);
/* type: "SubscribeToShardEvent". payload: a finished object in that form. */
void mr_event_stream_append_event(mr_strbuf *out, const char *type, mr_event_stream_form form,
                                  mr_bytes payload);
/* type: the error's, "ResourceNotFoundException". payload: {"message": ...} in that form. */
void mr_event_stream_append_exception(mr_strbuf *out, const char *type, mr_event_stream_form form,
                                      mr_bytes payload);

#endif
