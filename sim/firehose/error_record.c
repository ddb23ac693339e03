/* error_record.c - see error_record.h. */
#include "sim/firehose/error_record.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"

void mr_error_record_append(mr_strbuf *out, const mr_error_record *record)
{
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL("{\"rawData\":\""));
    mr_base64_encode(out, record->raw);
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL("\",\"errorCode\":"));
    mr_json_append_string(out, mr_bytes_of(record->error_code));
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL(",\"errorMessage\":"));
    mr_json_append_string(out, mr_bytes_of(record->error_message));
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL(",\"attemptsMade\":"));
    mr_strbuf_append_uint64(out, record->attempts_made);
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL(",\"arrivalTimestamp\":"));
    mr_strbuf_append_int64(out, record->arrival_us / MR_US_PER_MS);
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL(",\"attemptEndingTimestamp\":"));
    mr_strbuf_append_int64(out, record->attempt_ended_us / MR_US_PER_MS);
    if (record->lambda_arn != NULL) {
        mr_strbuf_append_bytes(out, MR_BYTES_LITERAL(",\"lambdaARN\":"));
        mr_json_append_string(out, mr_bytes_of(record->lambda_arn));
    }
    mr_strbuf_append_bytes(out, MR_BYTES_LITERAL("}\n"));
}
