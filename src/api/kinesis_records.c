/* kinesis_records.c - operations on records: they are put, and read from an iterator's place on.
 * See kinesis_private.h; behaviour: reference/kinesis.md, sections 11 and 12. */
#include "sim/base/timefmt.h"
#include "sim/stream/shard_list.h"
#include "sim/stream/stream_status.h"
#include "src/api/kinesis_private.h"
#include "src/aws/validate.h"

#include <stdio.h>

/* ---- what records are put from ---- */

/* What PutRecord and an entry of PutRecords have in common. */
typedef struct put_entry {
    mr_bytes data, partition_key, explicit_hash_key;
} put_entry;

/* The stream, if it takes records: while it is CREATING or DELETING puts do not find it. */
static mr_code find_for_put(const mr_api_call *call, const mr_kinesis_stream_ref *ref,
                            mr_stream **stream, mr_error *err)
{
    mr_code code = mr_kinesis_find(call, ref, stream, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_status status = mr_stream_status(*stream);
    if (status == MR_STATUS_CREATING || status == MR_STATUS_DELETING) {
        return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %s under account %s not found.",
                            mr_stream_name(*stream), mr_streams_account(call->streams));
    }
    return MR_OK;
}

static mr_code read_hash_key(const put_entry *entry, mr_record *record, mr_error *err)
{
    mr_bytes text = entry->explicit_hash_key;
    if (text.at == NULL) {
        return MR_OK;
    }
    record->has_explicit_hash = true;
    if (mr_hash_key_parse(text, &record->explicit_hash)) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: "
                        "[0, 2^128-1]. Specified value was %.*s",
                        (int)text.len, text.at);
}

/* number: of the entry in Records, from 1; 0: the data of a PutRecord. */
static mr_code check_size(const mr_api_call *call, const mr_stream *stream, const mr_record *record,
                          size_t number, mr_error *err)
{
    const size_t most = (size_t)mr_stream_record_kib_max(stream) * MR_KIB;
    if (record->data.len + record->partition_key.len <= most) {
        return MR_OK;
    }
    char path[48] = "data", constraint[80];
    if (number > 0) {
        snprintf(path, sizeof(path), "records.%zu.member.data", number);
    }
    snprintf(constraint, sizeof(constraint), "Member must have length less than or equal to %zu",
             most);
    mr_aws_fault fault = mr_aws_violation(
        call->arena, path, mr_aws_shown_blob(call->arena, record->data.len), constraint);
    return mr_error_set(err, MR_RECORD_TOO_LARGE, "%.*s", (int)fault.message.len, fault.message.at);
}

static mr_code make_record(const put_entry *entry, mr_record *record, mr_error *err)
{
    *record = (mr_record){.data = entry->data, .partition_key = entry->partition_key};
    return read_hash_key(entry, record, err);
}

/*
 * Puts a batch. An acknowledgement that a fault takes away is no answer of the service: the records
 * are stored, and the client sees its connection break.
 */
static mr_code put(mr_api_call *call, mr_stream *stream, const mr_record *records, size_t count,
                   mr_put_result *results, size_t *failed, mr_error *err)
{
    mr_code code = mr_stream_put(stream, records, count, results, failed, err);
    if (code == MR_IO && err->os_error == 0) {
        call->taken = true;
        mr_http_answer_abort(call->request);
    }
    return code;
}

/* The words for a record that a shard did not take. */
static mr_code refused(const mr_api_call *call, const mr_stream *stream,
                       const mr_put_result *result, mr_error *err)
{
    if (result->code != MR_THROTTLED) {
        return mr_error_set(err, result->code, "Internal Service Failure");
    }
    return mr_error_set(
        err, MR_THROTTLED, "Rate exceeded for shard %s in stream %s under account %s.",
        mr_shard_id(result->shard), mr_stream_name(stream), mr_streams_account(call->streams));
}

/* ShardId and SequenceNumber. */
static void write_receipt(mr_aws_writer *out, const mr_put_result *result)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(result->shard, result->number, result->arrival_us, sequence);
    mr_aws_field_text(out, "ShardId", mr_shard_id(result->shard));
    mr_aws_field_text(out, "SequenceNumber", sequence);
}

/* ---- PutRecord ---- */

/* SequenceNumberForOrdering: a number that is none, or of a time to come. The order that it asks
 * for is the one in which records are put in any case. */
static mr_code check_ordering(const mr_api_call *call, const mr_stream *stream, mr_bytes text,
                              mr_error *err)
{
    const int64_t now_s = mr_clock_wall_us(mr_sim_clock(call->sim)) / MR_US_PER_SECOND;
    mr_sequence sequence;
    if (text.at == NULL ||
        (mr_sequence_parse(text, &sequence, NULL) && sequence.record_s <= now_s)) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "ExclusiveMinimumSequenceNumber %.*s used in PutRecord on stream %s under "
                        "account %s is invalid.",
                        (int)text.len, text.at, mr_stream_name(stream),
                        mr_streams_account(call->streams));
}

static mr_code take_put_record(const mr_api_call *call, mr_stream **stream, mr_record *record,
                               mr_error *err)
{
    const mr_kinesis_put_record_in *in = call->in;
    const put_entry entry = {in->data, in->partition_key, in->explicit_hash_key};
    mr_code code = find_for_put(call, &in->stream, stream, err);
    if (code == MR_OK) {
        code = make_record(&entry, record, err);
    }
    if (code == MR_OK) {
        code = check_ordering(call, *stream, in->sequence_number_for_ordering, err);
    }
    return code == MR_OK ? check_size(call, *stream, record, 0, err) : code;
}

mr_code mr_kinesis_put_record(mr_api_call *call, mr_error *err)
{
    mr_stream *stream;
    mr_record record;
    mr_put_result result;
    size_t failed;
    mr_code code = take_put_record(call, &stream, &record, err);
    if (code == MR_OK) {
        code = put(call, stream, &record, 1, &result, &failed, err);
    }
    if (code == MR_OK && result.code != MR_OK) {
        code = refused(call, stream, &result, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    write_receipt(call->out, &result);
    mr_kinesis_write_encryption(call->out, stream);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- PutRecords ---- */

/* All entries are right, or nothing is put. */
static mr_code take_entries(const mr_api_call *call, const mr_stream *stream, mr_record *records,
                            mr_error *err)
{
    const mr_kinesis_put_records_in *in = call->in;
    const mr_kinesis_put_records_entry *entries = in->records.items;
    size_t bytes = 0;
    for (size_t i = 0; i < in->records.count; i++) {
        const put_entry entry = {entries[i].data, entries[i].partition_key,
                                 entries[i].explicit_hash_key};
        mr_code code = make_record(&entry, &records[i], err);
        if (code == MR_OK) {
            code = check_size(call, stream, &records[i], i + 1, err);
        }
        if (code != MR_OK) {
            return code;
        }
        bytes += entry.data.len + entry.partition_key.len;
    }
    if (bytes > MR_PUT_BYTES_MAX) {
        return mr_error_set(err, MR_TOO_LARGE, "Records size exceeds %d MB limit",
                            (int)(MR_PUT_BYTES_MAX / MR_MIB));
    }
    return MR_OK;
}

static void write_result(const mr_api_call *call, const mr_stream *stream,
                         const mr_put_result *result)
{
    mr_aws_writer *out = call->out;
    mr_aws_object_open(out);
    if (result->code == MR_OK) {
        write_receipt(out, result);
    } else {
        mr_error why;
        const bool throttled = refused(call, stream, result, &why) == MR_THROTTLED;
        mr_aws_field_text(out, "ErrorCode",
                          throttled ? "ProvisionedThroughputExceededException" : "InternalFailure");
        mr_aws_field_text(out, "ErrorMessage", why.message);
    }
    mr_aws_object_close(out);
}

mr_code mr_kinesis_put_records(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_put_records_in *in = call->in;
    const size_t count = in->records.count;
    mr_record *records = mr_arena_alloc(call->arena, count * sizeof(*records));
    mr_put_result *results = mr_arena_alloc(call->arena, count * sizeof(*results));
    mr_stream *stream;
    size_t failed;
    mr_code code = find_for_put(call, &in->stream, &stream, err);
    if (code == MR_OK) {
        code = take_entries(call, stream, records, err);
    }
    if (code == MR_OK) {
        code = put(call, stream, records, count, results, &failed, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_field_integer(call->out, "FailedRecordCount", (int64_t)failed);
    mr_aws_key(call->out, "Records");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < count; i++) {
        write_result(call, stream, &results[i]);
    }
    mr_aws_array_close(call->out);
    mr_kinesis_write_encryption(call->out, stream);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- GetShardIterator ---- */

mr_starting_position mr_kinesis_position(mr_bytes type, mr_bytes sequence_number,
                                         mr_aws_number timestamp)
{
    mr_starting_position position = {.sequence_number = sequence_number,
                                     .has_timestamp = timestamp.has,
                                     .timestamp_us = mr_kinesis_us(timestamp)};
    const bool known = mr_iterator_type_of_name(type, &position.type);
    MR_ASSERT(known); /* validated */
    return position;
}

mr_code mr_kinesis_get_shard_iterator(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_get_shard_iterator_in *in = call->in;
    const mr_starting_position position =
        mr_kinesis_position(in->shard_iterator_type, in->starting_sequence_number, in->timestamp);
    char token[MR_SHARD_ITERATOR_SIZE];
    mr_bytes name;
    mr_code code = mr_kinesis_name_of(call, &in->stream, &name, err);
    if (code == MR_OK) {
        code = mr_shard_iterator_make(call->streams, name, in->shard_id, &position, token, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_field_text(call->out, "ShardIterator", token);
    mr_aws_object_close(call->out);
    return MR_OK;
}

/* ---- GetRecords ---- */

#define GET_RECORDS_MAX 10000
#define GET_BYTES_MAX   (10 * MR_MIB)

void mr_kinesis_write_record(mr_aws_writer *out, const mr_shard *shard,
                             const mr_record_view *record)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(shard, record->number, record->arrival_us, sequence);
    mr_aws_object_open(out);
    mr_aws_field_text(out, "SequenceNumber", sequence);
    mr_aws_field_timestamp(out, "ApproximateArrivalTimestamp", record->arrival_us / MR_US_PER_MS);
    mr_aws_field_blob(out, "Data", record->data);
    mr_aws_field_string(out, "PartitionKey", record->partition_key);
    mr_kinesis_write_encryption(out, mr_shard_stream(shard));
    mr_aws_object_close(out);
}

/* Where records go as they are read: from the ring's mapping straight into the answer. */
typedef struct record_sink {
    mr_aws_writer *out;
    const mr_shard *shard;
} record_sink;

static void on_record(void *context, const mr_record_view *record)
{
    const record_sink *sink = context;
    mr_kinesis_write_record(sink->out, sink->shard, record);
}

static mr_code read_records(const mr_api_call *call, mr_reader *reader, mr_read_result *result,
                            mr_error *err)
{
    const mr_kinesis_get_records_in *in = call->in;
    const mr_read_limits limits = {.records_max =
                                       in->limit.has ? (size_t)in->limit.value : GET_RECORDS_MAX,
                                   .bytes_max = GET_BYTES_MAX};
    record_sink sink = {call->out, mr_reader_shard(reader)};
    mr_aws_key(call->out, "Records");
    mr_aws_array_open(call->out);
    mr_code code = mr_reader_read(reader, &limits, on_record, &sink, result, err);
    mr_aws_array_close(call->out);
    return code;
}

/* NextShardIterator, or at a closed shard's end its children. */
static mr_code write_next(const mr_api_call *call, mr_reader *reader, bool ended, mr_error *err)
{
    mr_shard *shard = mr_reader_shard(reader);
    if (ended) {
        mr_shard *children[2];
        mr_kinesis_write_children(call->out, children, mr_shard_children(shard, children));
        return MR_OK;
    }
    char token[MR_SHARD_ITERATOR_SIZE];
    mr_code code = mr_shard_iterator_at(shard, mr_reader_at(reader), token, err);
    if (code == MR_OK) {
        mr_aws_field_text(call->out, "NextShardIterator", token);
    }
    return code;
}

static mr_code get_records(mr_api_call *call, mr_reader *reader, mr_error *err)
{
    mr_read_result result;
    mr_aws_object_open(call->out);
    mr_code code = read_records(call, reader, &result, err);
    if (code == MR_OK) {
        mr_aws_field_integer(call->out, "MillisBehindLatest", result.behind_us / MR_US_PER_MS);
        code = write_next(call, reader, result.ended, err);
    }
    mr_aws_object_close(call->out);
    call->delay_us = result.delay_us;
    return code;
}

mr_code mr_kinesis_get_records(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_get_records_in *in = call->in;
    mr_shard *shard;
    uint64_t number;
    mr_code code = mr_shard_iterator_open(call->streams, in->shard_iterator, &shard, &number, err);
    if (code != MR_OK) {
        return code;
    }
    mr_reader *reader = mr_reader_new(shard, number);
    code = get_records(call, reader, err);
    mr_reader_free(reader);
    return code;
}
