/*
 * wire.h - what both directions share: the encodings, and what an operation answers when it does
 * not do what was asked.
 */
#ifndef MR_SRC_AWS_WIRE_H
#define MR_SRC_AWS_WIRE_H

#include "sim/base/strbuf.h"

typedef enum mr_aws_format {
    MR_AWS_JSON, /* application/x-amz-json-1.1 */
    MR_AWS_CBOR, /* application/x-amz-cbor-1.1 */
} mr_aws_format;

typedef struct mr_aws_fault {
    const char *type; /* "ValidationException"; static */
    mr_bytes message; /* borrowed; `at` NULL: the answer has no message */
    bool capital;     /* the message's member is "Message", as in type errors */
} mr_aws_fault;

/* Differs: of a value that a message shows, AWS shows all. Here a longer one is cut. */
#define MR_AWS_SHOWN_BYTES_MAX (64 * MR_KIB)

/* Appends what a message shows of value: all of it, or as many whole characters as fit and "...".
 */
void mr_aws_append_shown(mr_strbuf *out, mr_bytes value);

#endif
