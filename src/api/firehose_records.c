/* firehose_records.c - PutRecord and PutRecordBatch. See firehose_private.h; behaviour:
 * reference/firehose.md, section 3.
 *
 * A batch is the hot path: its records are views into the request, its results are in the request's
 * arena, and sim takes all of them in one call. */
#include "src/api/firehose_private.h"

#define BATCH_BYTES_MAX (4 * MR_MIB)
#define SLOW_DOWN       "Slow down."

/* An acknowledgement that a fault takes away is no answer of the service: the records are stored,
 * and the client sees its connection break. */
static mr_code put(mr_api_call *call, mr_delivery_stream *stream, const mr_record *records,
                   size_t count, mr_put_result *results, size_t *failed, mr_error *err)
{
    mr_code code = mr_delivery_stream_put(stream, records, count, results, failed, err);
    if (code == MR_IO && err->os_error == 0) {
        call->taken = true;
        mr_http_answer_abort(call->request);
    }
    return code;
}

static void write_record_id(mr_aws_writer *out, const mr_delivery_stream *stream,
                            const mr_put_result *result)
{
    char token[MR_RECORD_TOKEN_SIZE];
    mr_delivery_stream_record_token(stream, result, token);
    mr_aws_field_text(out, "RecordId", token);
}

mr_code mr_firehose_put_record(mr_api_call *call, mr_error *err)
{
    const mr_firehose_put_in *in = call->in;
    const mr_record record = {.data = in->record.data};
    mr_delivery_stream *stream;
    mr_put_result result = {.code = MR_OK};
    size_t failed;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = put(call, stream, &record, 1, &result, &failed, err);
    }
    if (code == MR_OK && result.code != MR_OK) {
        code = mr_error_set(err, result.code, SLOW_DOWN);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    write_record_id(call->out, stream, &result);
    mr_aws_field_boolean(call->out, "Encrypted", mr_delivery_stream_is_encrypted(stream));
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- PutRecordBatch ---- */

static mr_code take_records(const mr_firehose_put_batch_in *in, mr_record *records, mr_error *err)
{
    const mr_firehose_record *items = in->records.items;
    size_t bytes = 0;
    for (size_t i = 0; i < in->records.count; i++) {
        records[i] = (mr_record){.data = items[i].data};
        bytes += items[i].data.len;
    }
    return bytes <= BATCH_BYTES_MAX
               ? MR_OK
               : mr_error_set(err, MR_TOO_LARGE, "Records size exceeds 4 MB limit");
}

static void write_result(mr_aws_writer *out, const mr_delivery_stream *stream,
                         const mr_put_result *result)
{
    mr_aws_object_open(out);
    if (MR_LIKELY(result->code == MR_OK)) {
        write_record_id(out, stream, result);
    } else if (result->code == MR_THROTTLED) {
        mr_aws_field_text(out, "ErrorCode", "ServiceUnavailableException");
        mr_aws_field_text(out, "ErrorMessage", SLOW_DOWN);
    } else {
        mr_aws_field_text(out, "ErrorCode", "InternalFailure");
        mr_aws_field_text(out, "ErrorMessage", "Internal Service Failure");
    }
    mr_aws_object_close(out);
}

mr_code mr_firehose_put_record_batch(mr_api_call *call, mr_error *err)
{
    const mr_firehose_put_batch_in *in = call->in;
    const size_t count = in->records.count;
    mr_record *records = mr_arena_alloc(call->arena, count * sizeof(*records));
    mr_put_result *results = mr_arena_alloc(call->arena, count * sizeof(*results));
    mr_delivery_stream *stream;
    size_t failed;
    mr_code code = mr_firehose_find(call, in->name, &stream, err);
    if (code == MR_OK) {
        code = take_records(in, records, err);
    }
    if (code == MR_OK) {
        code = put(call, stream, records, count, results, &failed, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_field_integer(call->out, "FailedPutCount", (int64_t)failed);
    mr_aws_field_boolean(call->out, "Encrypted", mr_delivery_stream_is_encrypted(stream));
    mr_aws_key(call->out, "RequestResponses");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < count; i++) {
        write_result(call->out, stream, &results[i]);
    }
    mr_aws_array_close(call->out);
    mr_aws_object_close(call->out);
    return MR_OK;
}
