/*
 * put_records.h - PutRecords over the wire: what a request's body says, and what an answer means.
 * No connection in reach.
 *
 * Behaviour: Kinesis API Reference, "PutRecords"; reference/kinesis.md, sections 1, 4 and 11.
 */
#ifndef MR_SRC_NET_PUT_RECORDS_H
#define MR_SRC_NET_PUT_RECORDS_H

#include "sim/base/strbuf.h"
#include "sim/stream/stream.h"

#define MR_PUT_RECORDS_TARGET   "Kinesis_20131202.PutRecords"
#define MR_PUT_ANSWER_BYTES_MAX (4 * MR_MIB) /* 500 entries with messages are far below it */
#define MR_AWS_ERROR_TYPE_SIZE  96

/* Appends the JSON of a request. stream: a name, or an ARN. */
void mr_put_records_write(mr_strbuf *out, const char *stream, const mr_record *records,
                          size_t count);

/*
 * Reads the answer to a request of count records whose status was 200.
 *
 * results: count entries; MR_THROTTLED, or MR_INTERNAL_FAILURE for any other reason: both can be
 *          put again. Their shard and number stay empty: the other side's are not ours.
 * failed:  out; how many.
 * Errors:  MR_BAD_INPUT: it is no such answer.
 */
MR_NODISCARD mr_code mr_put_records_read(mr_bytes answer, size_t count, mr_put_result *results,
                                         size_t *failed, mr_error *err);

/* An error that a JSON service answered with. */
typedef struct mr_aws_error {
    char type[MR_AWS_ERROR_TYPE_SIZE]; /* without namespace: "ResourceNotFoundException" */
    char message[320];                 /* its first line, in printable characters; may be "" */
} mr_aws_error;

/* False when the body is no such error. */
MR_NODISCARD bool mr_aws_error_read(mr_bytes body, mr_aws_error *out);
/* Whether the service asks to slow down: the request can be sent again. */
bool mr_aws_error_is_throttling(const mr_aws_error *error);

#endif
