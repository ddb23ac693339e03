/*
 * invoke_event.h - the event that Firehose sends a transformation function, to the byte.
 *
 * Source: reference/firehose.md section 6.2, as captured: epoch milliseconds as integers, an
 * integer subsequenceNumber, no kinesisRecordMetadata for DirectPut.
 *
 * recordId is the record's sequence number and its sub-sequence in six digits, which is what
 * captures of Kinesis sources show; DirectPut records, whose ids are as long and opaque, use the
 * same form.
 */
#ifndef MR_SIM_FIREHOSE_INVOKE_EVENT_H
#define MR_SIM_FIREHOSE_INVOKE_EVENT_H

#include "sim/stream/record_batch.h"
#include "sim/stream/stream.h"

/* What is the same in every event of a delivery stream. All borrowed. */
typedef struct mr_invoke_envelope {
    const char *source_arn; /* of the data stream; NULL: DirectPut */
    const char *delivery_arn;
    const char *region;
} mr_invoke_envelope;

#define MR_RECORD_ID_LEN 62 /* 56 digits of sequence number, 6 of sub-sequence */

/* recordIds end in the last six digits of the sub-sequence: in one event, which holds some
 * thousands of sub-records in a row, these differ. */
/* Size of an event without its records, and what one record adds to it: their sum is the event's
 * size to the byte, known before it is built. */
size_t mr_invoke_event_base_bytes(const mr_invoke_envelope *envelope);
size_t mr_invoke_event_record_bytes(const mr_invoke_envelope *envelope,
                                    const mr_record_view *record, uint32_t sub);

/* Appends the recordIds of a batch read from one shard, MR_RECORD_ID_LEN characters each, with
 * nothing between them. */
void mr_invoke_event_ids(mr_strbuf *out, const mr_shard *shard, const mr_record_batch *batch);

/*
 * Appends the event of a batch read from one shard.
 *
 * invocation_id: a uuid, MR_UUID_SIZE - 1 characters.
 * ids:           as mr_invoke_event_ids() makes them.
 */
void mr_invoke_event_build(mr_strbuf *out, const mr_invoke_envelope *envelope,
                           const char *invocation_id, const mr_shard *shard,
                           const mr_record_batch *batch, const char *ids);

#endif
