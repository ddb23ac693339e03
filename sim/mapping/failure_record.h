/*
 * failure_record.h - what DestinationConfig.OnFailure gets of records that were given up: an object
 * in a bucket, and its key.
 *
 * Behaviour: reference/lambda.md section 6; Developer Guide, "Retain discarded batch records for a
 * Kinesis Data Streams event source": metadata, and for S3 the event itself.
 */
#ifndef MR_SIM_MAPPING_FAILURE_RECORD_H
#define MR_SIM_MAPPING_FAILURE_RECORD_H

#include "sim/base/strbuf.h"
#include "sim/stream/stream.h"

typedef enum mr_give_up {
    MR_GIVE_UP_ATTEMPTS, /* MaximumRetryAttempts, or an event that no attempt can carry */
    MR_GIVE_UP_AGE       /* MaximumRecordAgeInSeconds, or the retention of the stream */
} mr_give_up;

/* "RetryAttemptsExhausted", "RecordAgeExceeded". Static. */
const char *mr_give_up_name(mr_give_up why);

typedef struct mr_failure_end {
    uint64_t number;
    int64_t arrival_us;
} mr_failure_end;

/* Borrowed for the call. */
typedef struct mr_failure_record {
    const char
        *request_id; /* of the last invocation; NULL: there was none, and no responseContext */
    const char *function_arn;
    mr_give_up why;
    uint32_t invocations;
    bool function_error; /* it failed as a whole; false: it reported records */
    const mr_shard *shard;
    const char *stream_arn;
    mr_failure_end first, last;
    size_t records;
    int64_t wall_us; /* when it was given up */
    mr_bytes event;  /* the payload */
} mr_failure_record;

/* One JSON object. */
void mr_failure_record_append(mr_strbuf *out, const mr_failure_record *record);
/* "aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<id>" */
void mr_failure_record_key(mr_strbuf *out, const char *mapping, const char *shard, int64_t wall_us,
                           const char *id);

#endif
