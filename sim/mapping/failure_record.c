/* failure_record.c - see failure_record.h. */
#include "sim/mapping/failure_record.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"

#include <stdio.h>

const char *mr_give_up_name(mr_give_up why)
{
    return why == MR_GIVE_UP_AGE ? "RecordAgeExceeded" : "RetryAttemptsExhausted";
}

/* "2025-01-01T00:00:00.000Z" */
static void field_time(mr_json *json, const char *key, int64_t time_us)
{
    char iso[MR_ISO_SIZE], text[MR_ISO_SIZE];
    mr_iso_format(time_us, iso);
    (void)snprintf(text, sizeof(text), "%.23sZ", iso);
    mr_json_field_string(json, key, text);
}

static void write_request(mr_json *json, const mr_failure_record *record)
{
    mr_json_key(json, "requestContext");
    mr_json_object_begin(json);
    if (record->request_id != NULL) {
        mr_json_field_string(json, "requestId", record->request_id);
    }
    mr_json_field_string(json, "functionArn", record->function_arn);
    mr_json_field_string(json, "condition", mr_give_up_name(record->why));
    mr_json_field_int(json, "approximateInvokeCount", record->invocations);
    mr_json_object_end(json);
}

static void write_response(mr_json *json, const mr_failure_record *record)
{
    mr_json_key(json, "responseContext");
    mr_json_object_begin(json);
    mr_json_field_int(json, "statusCode", 200);
    mr_json_field_string(json, "executedVersion", "$LATEST");
    mr_json_key(json, "functionError");
    mr_json_text(json, record->function_error ? "Unhandled" : NULL);
    mr_json_object_end(json);
}

static void write_batch(mr_json *json, const mr_failure_record *record)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_json_key(json, "KinesisBatchInfo");
    mr_json_object_begin(json);
    mr_json_field_string(json, "shardId", mr_shard_id(record->shard));
    mr_shard_sequence(record->shard, record->first.number, record->first.arrival_us, sequence);
    mr_json_field_string(json, "startSequenceNumber", sequence);
    mr_shard_sequence(record->shard, record->last.number, record->last.arrival_us, sequence);
    mr_json_field_string(json, "endSequenceNumber", sequence);
    field_time(json, "approximateArrivalOfFirstRecord", record->first.arrival_us);
    field_time(json, "approximateArrivalOfLastRecord", record->last.arrival_us);
    mr_json_field_int(json, "batchSize", (int64_t)record->records);
    mr_json_field_string(json, "streamArn", record->stream_arn);
    mr_json_object_end(json);
}

void mr_failure_record_append(mr_strbuf *out, const mr_failure_record *record)
{
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    write_request(&json, record);
    if (record->request_id != NULL) {
        write_response(&json, record);
    }
    mr_json_field_string(&json, "version", "1.0");
    field_time(&json, "timestamp", record->wall_us);
    write_batch(&json, record);
    mr_json_key(&json, "payload");
    mr_json_raw(&json, record->event);
    mr_json_object_end(&json);
}

void mr_failure_record_key(mr_strbuf *out, const char *mapping, const char *shard, int64_t wall_us,
                           const char *id)
{
    mr_civil at = mr_civil_of(wall_us);
    mr_strbuf_appendf(out, "aws/lambda/%s/%s/%04d/%02d/%02d/%04d-%02d-%02dT%02d.%02d.%02d-%s",
                      mapping, shard, at.year, at.month, at.day, at.year, at.month, at.day, at.hour,
                      at.minute, at.second, id);
}
