/* kinesis_streams.c - operations on streams: they come, are shown, and go. See kinesis_private.h;
 * behaviour: reference/kinesis.md, section 9. */
#include "sim/base/timefmt.h"
#include "sim/stream/page_token.h"
#include "sim/stream/shard_list.h"
#include "sim/stream/stream_settings.h"
#include "sim/stream/stream_status.h"
#include "src/api/kinesis_private.h"

#define PAGE_MAX       100 /* of DescribeStream and ListStreams, and what they show unasked */
#define SHARDS_DEFAULT 4   /* of a stream for which nothing is said, and of an on-demand one */

/* ---- CreateStream, DeleteStream ---- */

static mr_code create_options(const mr_api_call *call, mr_stream_options *options, mr_error *err)
{
    const mr_kinesis_create_stream_in *in = call->in;
    const bool on_demand = mr_bytes_is(in->mode_details.mode, "ON_DEMAND");
    if (in->mode_details.has && !on_demand && !in->shard_count.has) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "ShardCount is required for stream %.*s in PROVISIONED mode.",
                            (int)in->stream_name.len, in->stream_name.at);
    }
    const bool counted = in->shard_count.has && !on_demand;
    *options = (mr_stream_options){.name = mr_kinesis_text(call, in->stream_name),
                                   .shard_count =
                                       counted ? (uint32_t)in->shard_count.value : SHARDS_DEFAULT,
                                   .record_kib_max = (uint32_t)in->record_size_max_kib.value,
                                   .on_demand = on_demand,
                                   .warm_mibps = (uint32_t)in->warm_throughput_mib_per_s.value};
    return MR_OK;
}

mr_code mr_kinesis_create_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_create_stream_in *in = call->in;
    mr_stream_options options = {.name = NULL};
    mr_stream *stream;
    mr_code code = create_options(call, &options, err);
    if (code == MR_OK) {
        code = mr_kinesis_check_tags(call, options.name, &in->tags, err);
    }
    if (code == MR_OK) {
        code = mr_streams_create(call->streams, &options, &stream, err);
    }
    return code == MR_OK ? mr_kinesis_set_tags(call, stream, NULL, &in->tags, err) : code;
}

mr_code mr_kinesis_delete_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_delete_stream_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    if (code == MR_OK && !in->enforce_consumer_deletion.value) {
        code = mr_stream_require_no_consumers(stream, err);
    }
    return code == MR_OK ? mr_streams_delete(call->streams, mr_stream_name(stream), err) : code;
}

/* ---- descriptions ---- */

static void write_mode(mr_aws_writer *out, const mr_stream *stream)
{
    mr_aws_key(out, "StreamModeDetails");
    mr_aws_object_open(out);
    mr_aws_field_text(out, "StreamMode",
                      mr_stream_is_on_demand(stream) ? "ON_DEMAND" : "PROVISIONED");
    mr_aws_object_close(out);
}

/* What ListStreams shows of a stream, too. */
static void write_head(mr_aws_writer *out, const mr_stream *stream)
{
    mr_kinesis_write_names(out, stream);
    mr_aws_field_text(out, "StreamStatus", mr_status_name(mr_stream_status(stream)));
    write_mode(out, stream);
    mr_aws_field_timestamp(out, "StreamCreationTimestamp",
                           mr_stream_created_us(stream) / MR_US_PER_MS);
}

static void write_monitoring(mr_aws_writer *out, const mr_stream *stream)
{
    const uint32_t metrics = mr_stream_metrics(stream);
    mr_aws_key(out, "EnhancedMonitoring");
    mr_aws_array_open(out);
    mr_aws_object_open(out);
    mr_kinesis_write_metrics(out, "ShardLevelMetrics", metrics);
    mr_aws_object_close(out);
    mr_aws_array_close(out);
}

static void write_encryption_details(mr_aws_writer *out, const mr_stream *stream)
{
    const char *key = mr_stream_encryption_key(stream);
    mr_aws_field_text(out, "EncryptionType", key == NULL ? "NONE" : "KMS");
    if (key != NULL) {
        mr_aws_field_text(out, "KeyId", key);
    }
}

/* What both descriptions have. */
static void write_description(mr_aws_writer *out, const mr_stream *stream)
{
    write_head(out, stream);
    mr_aws_field_integer(out, "RetentionPeriodHours",
                         mr_stream_retention_us(stream) / (3600 * MR_US_PER_SECOND));
    write_monitoring(out, stream);
    write_encryption_details(out, stream);
}

void mr_kinesis_write_warm_throughput(mr_aws_writer *out, const mr_stream *stream)
{
    const mr_warm_throughput warm = mr_stream_warm_throughput(stream);
    mr_aws_key(out, "WarmThroughput");
    mr_aws_object_open(out);
    mr_aws_field_integer(out, "TargetMiBps", warm.target_mibps);
    mr_aws_field_integer(out, "CurrentMiBps", warm.current_mibps);
    mr_aws_object_close(out);
}

static size_t page_size(mr_aws_number limit)
{
    return limit.has && limit.value < PAGE_MAX ? (size_t)limit.value : PAGE_MAX;
}

/* Shards and HasMoreShards. */
static void write_shards(mr_aws_writer *out, mr_stream *stream, int64_t after, size_t most)
{
    mr_shard *shards[PAGE_MAX];
    bool more;
    const size_t count = mr_stream_list_shards(stream, NULL, after, shards, most, &more);
    mr_aws_key(out, "Shards");
    mr_aws_array_open(out);
    for (size_t i = 0; i < count; i++) {
        mr_kinesis_write_shard(out, shards[i]);
    }
    mr_aws_array_close(out);
    mr_aws_field_boolean(out, "HasMoreShards", more);
}

/* The shard behind which a page begins; -1: none was named. */
static mr_code start_of_page(const mr_api_call *call, const mr_kinesis_describe_stream_in *in,
                             int64_t *after, mr_error *err)
{
    mr_bytes name;
    uint32_t index;
    *after = -1;
    if (in->exclusive_start_shard_id.at == NULL) {
        return MR_OK;
    }
    mr_code code = mr_kinesis_name_of(call, &in->stream, &name, err);
    if (code == MR_OK) {
        code = mr_kinesis_check_shard_id(call, name, in->exclusive_start_shard_id, err);
    }
    if (code == MR_OK && mr_shard_index_parse(in->exclusive_start_shard_id, &index)) {
        *after = index;
    }
    return code;
}

mr_code mr_kinesis_describe_stream(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_describe_stream_in *in = call->in;
    mr_stream *stream;
    int64_t after;
    mr_code code = start_of_page(call, in, &after, err);
    if (code == MR_OK) {
        code = mr_kinesis_find(call, &in->stream, &stream, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "StreamDescription");
    mr_aws_object_open(call->out);
    write_description(call->out, stream);
    write_shards(call->out, stream, after, page_size(in->limit));
    mr_aws_object_close(call->out);
    mr_aws_object_close(call->out);
    return MR_OK;
}

mr_code mr_kinesis_describe_stream_summary(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_stream_in *in = call->in;
    mr_aws_writer *out = call->out;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    size_t open;
    (void)mr_stream_open_shards(stream, &open);
    mr_aws_object_open(out);
    mr_aws_key(out, "StreamDescriptionSummary");
    mr_aws_object_open(out);
    write_description(out, stream);
    mr_aws_field_integer(out, "OpenShardCount", (int64_t)open);
    mr_aws_field_integer(out, "ConsumerCount", (int64_t)mr_stream_consumer_count(stream));
    mr_aws_field_integer(out, "MaxRecordSizeInKiB", mr_stream_record_kib_max(stream));
    const mr_warm_throughput warm = mr_stream_warm_throughput(stream);
    if (warm.target_mibps > 0 || warm.current_mibps > 0) {
        mr_kinesis_write_warm_throughput(out, stream);
    }
    mr_aws_object_close(out);
    mr_aws_object_close(out);
    return MR_OK;
}

/* ---- ListStreams ---- */

static void write_streams(mr_aws_writer *out, mr_stream *const *streams, size_t count, bool more)
{
    mr_aws_key(out, "StreamNames");
    mr_aws_array_open(out);
    for (size_t i = 0; i < count; i++) {
        mr_aws_string(out, mr_bytes_of(mr_stream_name(streams[i])));
    }
    mr_aws_array_close(out);
    mr_aws_field_boolean(out, "HasMoreStreams", more);
    mr_aws_key(out, "StreamSummaries");
    mr_aws_array_open(out);
    for (size_t i = 0; i < count; i++) {
        mr_aws_object_open(out);
        write_head(out, streams[i]);
        mr_aws_object_close(out);
    }
    mr_aws_array_close(out);
}

/* NextToken of the page behind this stream. */
static mr_code write_streams_token(const mr_api_call *call, const mr_stream *last, mr_error *err)
{
    mr_page page = {.kind = MR_PAGE_STREAMS};
    char token[MR_PAGE_TOKEN_SIZE];
    memcpy(page.after_name, mr_stream_name(last), strlen(mr_stream_name(last)) + 1);
    mr_code code = mr_page_token_make(call->streams, &page, token, err);
    if (code == MR_OK) {
        mr_aws_field_text(call->out, "NextToken", token);
    }
    return code;
}

mr_code mr_kinesis_list_streams(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_list_streams_in *in = call->in;
    mr_stream *streams[PAGE_MAX];
    mr_page page;
    bool more;
    mr_code code = MR_OK;
    const char *after = mr_kinesis_text(call, in->exclusive_start_stream_name);
    if (in->next_token.at != NULL) {
        code = mr_page_token_read(call->streams, in->next_token, MR_PAGE_STREAMS, &page, err);
        after = page.after_name;
    }
    if (code != MR_OK) {
        return code;
    }
    const size_t count =
        mr_streams_page(call->streams, after, streams, page_size(in->limit), &more);
    mr_aws_object_open(call->out);
    write_streams(call->out, streams, count, more);
    code = more ? write_streams_token(call, streams[count - 1], err) : MR_OK;
    mr_aws_object_close(call->out);
    return code;
}
