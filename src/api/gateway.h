/*
 * gateway.h - PutRecord and PutRecords for requests that are not AWS's own: what API Gateway's
 * integration with Kinesis does. The checks, the answers and the errors are those of the
 * operations, because they are what runs.
 */
#ifndef MR_SRC_API_GATEWAY_H
#define MR_SRC_API_GATEWAY_H

#include "src/api/api.h"

/* One record. A member at NULL is absent; Kinesis says then that it is missing. */
typedef struct mr_gateway_record {
    mr_bytes data, partition_key, explicit_hash_key;
} mr_gateway_record;

typedef struct mr_gateway_put {
    mr_sim *sim;
    mr_http_request *request; /* broken off where a fault takes the acknowledgement away */
    mr_arena *arena;          /* for the length of the call and of the answer's message */
    mr_bytes stream;
    const mr_gateway_record *records; /* borrowed */
    size_t count;
    bool is_batch; /* PutRecords; otherwise PutRecord, of one record */
} mr_gateway_put;

/*
 * Puts, between two steps of the world.
 *
 * body:    appended: the operation's answer, or {"__type", "message"}.
 * Returns: the status; 0: the request has been broken off and is gone.
 */
MR_NODISCARD int mr_gateway_run(const mr_gateway_put *put, mr_strbuf *body);

#endif
