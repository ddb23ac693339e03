/* kinesis_shards.c - operations on shards: listed, split, merged, counted anew. See
 * kinesis_private.h; behaviour: reference/kinesis.md, section 10. */
#include "sim/base/timefmt.h"
#include "sim/stream/page_token.h"
#include "sim/stream/shard_list.h"
#include "sim/stream/stream_status.h"
#include "src/api/kinesis_private.h"

#define PAGE_MAX 1000 /* of ListShards, and what it shows unasked */

/* ---- a shard in an answer ---- */

static void write_range(mr_aws_writer *out, const mr_shard *shard)
{
    mr_u128 start, end;
    char text[MR_HASH_KEY_SIZE];
    mr_shard_range(shard, &start, &end);
    mr_aws_key(out, "HashKeyRange");
    mr_aws_object_open(out);
    mr_hash_key_format(start, text);
    mr_aws_field_text(out, "StartingHashKey", text);
    mr_hash_key_format(end, text);
    mr_aws_field_text(out, "EndingHashKey", text);
    mr_aws_object_close(out);
}

static void write_sequences(mr_aws_writer *out, const mr_shard *shard)
{
    char text[MR_SEQUENCE_SIZE];
    mr_aws_key(out, "SequenceNumberRange");
    mr_aws_object_open(out);
    mr_shard_sequence_start(shard, text);
    mr_aws_field_text(out, "StartingSequenceNumber", text);
    if (!mr_shard_is_open(shard)) {
        mr_shard_sequence_end(shard, text);
        mr_aws_field_text(out, "EndingSequenceNumber", text);
    }
    mr_aws_object_close(out);
}

void mr_kinesis_write_shard(mr_aws_writer *out, const mr_shard *shard)
{
    static const char *const keys[2] = {"ParentShardId", "AdjacentParentShardId"};
    const mr_shard *parents[2];
    const int count = mr_shard_parents(shard, parents);
    MR_ASSERT(count <= 2);
    mr_aws_object_open(out);
    mr_aws_field_text(out, "ShardId", mr_shard_id(shard));
    for (int i = 0; i < count; i++) {
        mr_aws_field_text(out, keys[i], mr_shard_id(parents[i]));
    }
    write_range(out, shard);
    write_sequences(out, shard);
    mr_aws_object_close(out);
}

static void write_child(mr_aws_writer *out, const mr_shard *child)
{
    const mr_shard *parents[2];
    const int count = mr_shard_parents(child, parents);
    mr_aws_object_open(out);
    mr_aws_field_text(out, "ShardId", mr_shard_id(child));
    mr_aws_key(out, "ParentShards");
    mr_aws_array_open(out);
    for (int i = 0; i < count; i++) {
        mr_aws_string(out, mr_bytes_of(mr_shard_id(parents[i])));
    }
    mr_aws_array_close(out);
    write_range(out, child);
    mr_aws_object_close(out);
}

void mr_kinesis_write_children(mr_aws_writer *out, mr_shard *const *children, size_t count)
{
    mr_aws_key(out, "ChildShards");
    mr_aws_array_open(out);
    for (size_t i = 0; i < count; i++) {
        write_child(out, children[i]);
    }
    mr_aws_array_close(out);
}

/* ---- ListShards: which page of what ---- */

/*
 * What a token excludes, and what must be there without one.
 *
 * The service refuses a token beside the stream that it is of, and so does this, though boto3's
 * paginator sends both: a program whose pages turned here would fail there.
 */
static mr_code check_list_input(const mr_kinesis_list_shards_in *in, mr_error *err)
{
    const bool has_token = in->next_token.at != NULL;
    const bool has_stream = in->stream.name.at != NULL || in->stream.arn.at != NULL;
    if (!has_token && !has_stream) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Either NextToken or StreamName should be provided.");
    }
    if (has_token && has_stream) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "NextToken and %s cannot be provided together.",
                            in->stream.name.at != NULL ? "StreamName" : "StreamARN");
    }
    if (has_token && (in->exclusive_start_shard_id.at != NULL ||
                      in->stream_creation_timestamp.has || in->shard_filter.has)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "NextToken cannot be provided together with ExclusiveStartShardId, "
                            "StreamCreationTimestamp or ShardFilter.");
    }
    return MR_OK;
}

static mr_code read_filter(const mr_api_call *call, mr_bytes stream_name,
                           const mr_kinesis_shard_filter *in, mr_shard_filter *filter,
                           mr_error *err)
{
    filter->type = in->has ? mr_shard_filter_of_name(in->type) : MR_SHARDS_FROM_TRIM_HORIZON;
    filter->timestamp_us = mr_kinesis_us(in->timestamp);
    const bool by_id = filter->type == MR_SHARDS_AFTER_SHARD_ID;
    const bool by_time =
        filter->type == MR_SHARDS_AT_TIMESTAMP || filter->type == MR_SHARDS_FROM_TIMESTAMP;
    if ((by_id && in->shard_id.at == NULL) || (by_time && !in->timestamp.has)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "ShardFilter of type %s requires the parameter %s.",
                            mr_shard_filter_name(filter->type), by_id ? "ShardId" : "Timestamp");
    }
    if (by_id && !mr_shard_index_parse(in->shard_id, &filter->shard_index)) {
        return mr_kinesis_check_shard_id(call, stream_name, in->shard_id, err);
    }
    return MR_OK;
}

/* The first page of what the request describes. */
static mr_code first_page(const mr_api_call *call, mr_page *page, mr_stream **stream, mr_error *err)
{
    const mr_kinesis_list_shards_in *in = call->in;
    uint32_t after;
    mr_bytes name;
    mr_code code = mr_kinesis_name_of(call, &in->stream, &name, err);
    if (code == MR_OK && in->exclusive_start_shard_id.at != NULL) {
        code = mr_kinesis_check_shard_id(call, name, in->exclusive_start_shard_id, err);
    }
    if (code == MR_OK) {
        code = mr_streams_require(call->streams, name, stream, err);
    }
    if (code == MR_OK && !mr_kinesis_is_of_time(*stream, in->stream_creation_timestamp)) {
        code = mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %s under account %s not found.",
                            mr_stream_name(*stream), mr_streams_account(call->streams));
    }
    if (code != MR_OK) {
        return code;
    }
    *page = (mr_page){.kind = MR_PAGE_SHARDS,
                      .stream_created_us = mr_stream_created_us(*stream),
                      .after_shard = -1};
    memcpy(page->stream, mr_stream_name(*stream), strlen(mr_stream_name(*stream)) + 1);
    if (mr_shard_index_parse(in->exclusive_start_shard_id, &after)) {
        page->after_shard = after;
    }
    return read_filter(call, name, &in->shard_filter, &page->filter, err);
}

static mr_code find_page(const mr_api_call *call, mr_page *page, mr_stream **stream, mr_error *err)
{
    const mr_kinesis_list_shards_in *in = call->in;
    mr_code code = check_list_input(in, err);
    if (code != MR_OK) {
        return code;
    }
    return in->next_token.at != NULL ? mr_page_token_open(call->streams, in->next_token,
                                                          MR_PAGE_SHARDS, page, stream, err)
                                     : first_page(call, page, stream, err);
}

static mr_code write_shards_token(const mr_api_call *call, mr_page *page, const mr_shard *last,
                                  mr_error *err)
{
    char token[MR_PAGE_TOKEN_SIZE];
    page->after_shard = mr_shard_index(last);
    mr_code code = mr_page_token_make(call->streams, page, token, err);
    if (code == MR_OK) {
        mr_aws_field_text(call->out, "NextToken", token);
    }
    return code;
}

mr_code mr_kinesis_list_shards(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_list_shards_in *in = call->in;
    mr_shard *shards[PAGE_MAX];
    mr_stream *stream;
    mr_page page;
    bool more;
    mr_code code = find_page(call, &page, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    const bool fewer = in->max_results.has && in->max_results.value < PAGE_MAX;
    const size_t count =
        mr_stream_list_shards(stream, &page.filter, page.after_shard, shards,
                              fewer ? (size_t)in->max_results.value : PAGE_MAX, &more);
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Shards");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < count; i++) {
        mr_kinesis_write_shard(call->out, shards[i]);
    }
    mr_aws_array_close(call->out);
    code = more ? write_shards_token(call, &page, shards[count - 1], err) : MR_OK;
    mr_aws_object_close(call->out);
    return code;
}

/* ---- SplitShard, MergeShards ---- */

/* The stream whose shards are to change. ids: one or two, whose form is asked first. */
static mr_code find_to_reshard(const mr_api_call *call, const mr_kinesis_stream_ref *ref,
                               const mr_bytes *ids, size_t count, mr_stream **stream, mr_error *err)
{
    mr_bytes name;
    mr_code code = mr_kinesis_name_of(call, ref, &name, err);
    for (size_t i = 0; code == MR_OK && i < count; i++) {
        code = mr_kinesis_check_shard_id(call, name, ids[i], err);
    }
    if (code == MR_OK) {
        code = mr_streams_require(call->streams, name, stream, err);
    }
    return code == MR_OK ? mr_stream_require_active(*stream, err) : code;
}

mr_code mr_kinesis_split_shard(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_split_shard_in *in = call->in;
    mr_stream *stream;
    mr_shard *shard;
    mr_code code = find_to_reshard(call, &in->stream, &in->shard_to_split, 1, &stream, err);
    if (code == MR_OK) {
        code = mr_stream_require_shard(stream, in->shard_to_split, &shard, err);
    }
    return code == MR_OK ? mr_stream_split_at(stream, shard, in->new_starting_hash_key, err) : code;
}

mr_code mr_kinesis_merge_shards(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_merge_shards_in *in = call->in;
    const mr_bytes ids[2] = {in->shard_to_merge, in->adjacent_shard_to_merge};
    mr_stream *stream;
    mr_shard *shards[2];
    mr_code code = find_to_reshard(call, &in->stream, ids, 2, &stream, err);
    for (size_t i = 0; code == MR_OK && i < 2; i++) {
        code = mr_stream_require_shard(stream, ids[i], &shards[i], err);
    }
    return code == MR_OK ? mr_stream_merge(stream, shards[0], shards[1], err) : code;
}

/* ---- UpdateShardCount ---- */

static mr_code update_shard_count(mr_stream *stream, uint32_t target, mr_error *err)
{
    mr_code code = mr_stream_check_shard_count(stream, target, err);
    if (code == MR_OK) {
        code = mr_stream_count_scaling(stream, err);
    }
    return code == MR_OK ? mr_stream_update_shard_count(stream, target, err) : code;
}

mr_code mr_kinesis_update_shard_count(mr_api_call *call, mr_error *err)
{
    const mr_kinesis_update_shard_count_in *in = call->in;
    mr_stream *stream;
    mr_code code = mr_kinesis_find(call, &in->stream, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    size_t before;
    (void)mr_stream_open_shards(stream, &before);
    code = update_shard_count(stream, (uint32_t)in->target_shard_count.value, err);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_kinesis_write_names(call->out, stream);
    mr_aws_field_integer(call->out, "CurrentShardCount", (int64_t)before);
    mr_aws_field_integer(call->out, "TargetShardCount", in->target_shard_count.value);
    mr_aws_object_close(call->out);
    return MR_OK;
}
