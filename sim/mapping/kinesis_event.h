/*
 * kinesis_event.h - the event that a function gets from an event source mapping of a data stream.
 *
 * A record's piece of it is written once, when the record is read, and stands in the batch as it
 * will be sent: so a batch knows its exact size, and another attempt costs no encoding.
 *
 *   {"Records":[ piece , piece , ... ]}
 *
 * Behaviour: reference/lambda.md section 6. The arrival is in seconds with three decimals, where
 * Firehose's events have whole milliseconds.
 */
#ifndef MR_SIM_MAPPING_KINESIS_EVENT_H
#define MR_SIM_MAPPING_KINESIS_EVENT_H

#include "sim/base/strbuf.h"
#include "sim/stream/stream.h"

/* What all records of a mapping's events share. Borrowed. */
typedef struct mr_event_envelope {
    const char *source_arn; /* of the stream, or of the consumer */
    const char *region;
    const char *role; /* invokeIdentityArn: the function's execution role */
} mr_event_envelope;

#define MR_KINESIS_EVENT_BEGIN "{\"Records\":["
#define MR_KINESIS_EVENT_END   "]}"
/* The bytes of an event around its pieces. */
#define MR_KINESIS_EVENT_BASE                                                                      \
    (sizeof(MR_KINESIS_EVENT_BEGIN) - 1 + sizeof(MR_KINESIS_EVENT_END) - 1)

/* Appends the piece of one record. record: of that shard; borrowed. */
void mr_kinesis_event_piece(mr_strbuf *out, const mr_event_envelope *envelope,
                            const mr_shard *shard, const mr_record_view *record);
/* Appends the event of pieces that stand one after the other with commas between. */
void mr_kinesis_event_build(mr_strbuf *out, mr_bytes pieces);

#endif
