/*
 * kinesis_private.h - the handlers of Kinesis Data Streams, one for each operation, and what they
 * share. A handler takes its decoded input, calls sim, and writes the answer.
 *
 * Behaviour: reference/kinesis.md, sections 5 to 13.
 */
#ifndef MR_SRC_API_KINESIS_PRIVATE_H
#define MR_SRC_API_KINESIS_PRIVATE_H

#include "sim/stream/consumer.h"
#include "sim/stream/shard_iterator.h"
#include "src/api/api.h"
#include "src/api/kinesis_shapes.h"

/* ---- the handlers ---- */

/* kinesis_account.c */
mr_code mr_kinesis_describe_account_settings(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_describe_limits(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_update_account_settings(mr_api_call *call, mr_error *err);
/* kinesis_streams.c */
mr_code mr_kinesis_create_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_delete_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_describe_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_describe_stream_summary(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_list_streams(mr_api_call *call, mr_error *err);
/* kinesis_settings.c */
mr_code mr_kinesis_decrease_retention(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_disable_monitoring(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_enable_monitoring(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_increase_retention(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_start_encryption(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_stop_encryption(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_update_max_record_size(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_update_stream_mode(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_update_warm_throughput(mr_api_call *call, mr_error *err);
/* kinesis_tags.c */
mr_code mr_kinesis_add_tags_to_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_list_tags_for_resource(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_list_tags_for_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_remove_tags_from_stream(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_tag_resource(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_untag_resource(mr_api_call *call, mr_error *err);
/* kinesis_policies.c */
mr_code mr_kinesis_delete_resource_policy(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_get_resource_policy(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_put_resource_policy(mr_api_call *call, mr_error *err);
/* kinesis_shards.c */
mr_code mr_kinesis_list_shards(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_merge_shards(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_split_shard(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_update_shard_count(mr_api_call *call, mr_error *err);
/* kinesis_records.c */
mr_code mr_kinesis_get_records(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_get_shard_iterator(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_put_record(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_put_records(mr_api_call *call, mr_error *err);
/* kinesis_consumers.c */
mr_code mr_kinesis_deregister_stream_consumer(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_describe_stream_consumer(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_list_stream_consumers(mr_api_call *call, mr_error *err);
mr_code mr_kinesis_register_stream_consumer(mr_api_call *call, mr_error *err);
/* kinesis_subscribe.c */
mr_code mr_kinesis_subscribe_to_shard(mr_api_call *call, mr_error *err);

/* ---- naming: kinesis_names.c ---- */

/* What an ARN of Kinesis names. Views into its text. */
typedef struct mr_kinesis_arn {
    mr_bytes region, account, stream;
    bool is_consumer; /* a consumer of the stream, not the stream */
} mr_kinesis_arn;

/* False when it has another form, which the patterns of most inputs exclude. */
MR_NODISCARD bool mr_kinesis_arn_read(mr_bytes text, mr_kinesis_arn *arn);

/* The name of the stream that a request is about. Errors: MR_STREAM_NOT_FOUND (the ARN is of
 * another account or region), MR_INVALID_ARGUMENT (name and ARN differ). */
MR_NODISCARD mr_code mr_kinesis_name_of(const mr_api_call *call, const mr_kinesis_stream_ref *ref,
                                        mr_bytes *name, mr_error *err);
/* The stream itself. Errors: those above, MR_STREAM_NOT_FOUND. */
MR_NODISCARD mr_code mr_kinesis_find(const mr_api_call *call, const mr_kinesis_stream_ref *ref,
                                     mr_stream **out, mr_error *err);
MR_NODISCARD mr_code mr_kinesis_find_arn(const mr_api_call *call, mr_bytes arn, mr_stream **out,
                                         mr_error *err);
/* A stream, or a consumer of one: *consumer is its name, NULL for the stream itself. */
MR_NODISCARD mr_code mr_kinesis_find_resource(const mr_api_call *call, mr_bytes arn,
                                              mr_stream **out, const char **consumer,
                                              mr_error *err);
/* Whether a shard's id has a form at all, which is asked before the stream is looked up. Errors:
 * MR_SHARD_NOT_FOUND. */
MR_NODISCARD mr_code mr_kinesis_check_shard_id(const mr_api_call *call, mr_bytes stream_name,
                                               mr_bytes id, mr_error *err);
/* The text of a borrowed string with a NUL, in the arena; NULL when it is absent. */
const char *mr_kinesis_text(const mr_api_call *call, mr_bytes text);
/* StreamName and StreamARN. */
void mr_kinesis_write_names(mr_aws_writer *out, const mr_stream *stream);

/* ---- other pieces of answers ---- */

/* A member of Shards. */
void mr_kinesis_write_shard(mr_aws_writer *out, const mr_shard *shard);
/* A member of Records. */
void mr_kinesis_write_record(mr_aws_writer *out, const mr_shard *shard,
                             const mr_record_view *record);
/* ChildShards and its key. */
void mr_kinesis_write_children(mr_aws_writer *out, mr_shard *const *children, size_t count);
/* EncryptionType, when it is KMS. */
void mr_kinesis_write_encryption(mr_aws_writer *out, const mr_stream *stream);
/* A list of metric names: a set of mr_shard_metric. */
void mr_kinesis_write_metrics(mr_aws_writer *out, const char *key, uint32_t metrics);
/* WarmThroughput. */
void mr_kinesis_write_warm_throughput(mr_aws_writer *out, const mr_stream *stream);
/* Whether something new may have these tags: asked before it is made. stream: its name, or that of
 * the stream which it is of; an absent map is fine. */
MR_NODISCARD mr_code mr_kinesis_check_tags(const mr_api_call *call, const char *stream,
                                           const mr_aws_map *tags, mr_error *err);
/* Sets tags; an absent map is none. */
MR_NODISCARD mr_code mr_kinesis_set_tags(const mr_api_call *call, mr_stream *stream,
                                         const char *consumer, const mr_aws_map *tags,
                                         mr_error *err);
/* A timestamp in microseconds, and no further away than they count. */
int64_t mr_kinesis_us(mr_aws_number timestamp);
/* Whether the stream was created in the second that a request names, if it names one. */
bool mr_kinesis_is_of_time(const mr_stream *stream, mr_aws_number timestamp);
/* Where a request wants to begin in a shard. */
mr_starting_position mr_kinesis_position(mr_bytes type, mr_bytes sequence_number,
                                         mr_aws_number timestamp);

#endif
