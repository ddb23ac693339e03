/* kinesis_event.c - see kinesis_event.h. */
#include "sim/mapping/kinesis_event.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"

#include <inttypes.h>

void mr_kinesis_event_piece(mr_strbuf *out, const mr_event_envelope *envelope,
                            const mr_shard *shard, const mr_record_view *record)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(shard, record->number, record->arrival_us, sequence);
    int64_t arrival_ms = record->arrival_us / MR_US_PER_MS;

    mr_strbuf_append_text(out, "{\"kinesis\":{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":");
    mr_json_append_string(out, record->partition_key);
    mr_strbuf_appendf(out, ",\"sequenceNumber\":\"%s\",\"data\":\"", sequence);
    mr_base64_encode(out, record->data);
    mr_strbuf_appendf(out,
                      "\",\"approximateArrivalTimestamp\":%" PRId64 ".%03d},"
                      "\"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\","
                      "\"eventID\":\"%s:%s\",\"eventName\":\"aws:kinesis:record\","
                      "\"invokeIdentityArn\":",
                      arrival_ms / 1000, (int)(arrival_ms % 1000), mr_shard_id(shard), sequence);
    mr_json_append_string(out, mr_bytes_of(envelope->role));
    mr_strbuf_append_text(out, ",\"awsRegion\":");
    mr_json_append_string(out, mr_bytes_of(envelope->region));
    mr_strbuf_append_text(out, ",\"eventSourceARN\":");
    mr_json_append_string(out, mr_bytes_of(envelope->source_arn));
    mr_strbuf_append_char(out, '}');
}

void mr_kinesis_event_build(mr_strbuf *out, mr_bytes pieces)
{
    mr_strbuf_append_text(out, MR_KINESIS_EVENT_BEGIN);
    mr_strbuf_append_bytes(out, pieces);
    mr_strbuf_append_text(out, MR_KINESIS_EVENT_END);
}
