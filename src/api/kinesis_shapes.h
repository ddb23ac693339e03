/*
 * kinesis_shapes.h - what the operations of Kinesis Data Streams take: one struct and one table
 * each.
 *
 * A handler is given its struct decoded and validated. A zeroed member is absent (src/aws/shape.h).
 *
 * Source: Kinesis Data Streams API Reference, 2013-12-02, and its model; the order of the rows and
 * the limits of then are those of answers that AWS gave.
 */
#ifndef MR_SRC_API_KINESIS_SHAPES_H
#define MR_SRC_API_KINESIS_SHAPES_H

#include "src/aws/shape.h"

typedef enum mr_kinesis_operation {
    MR_KINESIS_ADD_TAGS_TO_STREAM,
    MR_KINESIS_CREATE_STREAM,
    MR_KINESIS_DECREASE_STREAM_RETENTION_PERIOD,
    MR_KINESIS_DELETE_RESOURCE_POLICY,
    MR_KINESIS_DELETE_STREAM,
    MR_KINESIS_DEREGISTER_STREAM_CONSUMER,
    MR_KINESIS_DESCRIBE_ACCOUNT_SETTINGS,
    MR_KINESIS_DESCRIBE_LIMITS,
    MR_KINESIS_DESCRIBE_STREAM,
    MR_KINESIS_DESCRIBE_STREAM_CONSUMER,
    MR_KINESIS_DESCRIBE_STREAM_SUMMARY,
    MR_KINESIS_DISABLE_ENHANCED_MONITORING,
    MR_KINESIS_ENABLE_ENHANCED_MONITORING,
    MR_KINESIS_GET_RECORDS,
    MR_KINESIS_GET_RESOURCE_POLICY,
    MR_KINESIS_GET_SHARD_ITERATOR,
    MR_KINESIS_INCREASE_STREAM_RETENTION_PERIOD,
    MR_KINESIS_LIST_SHARDS,
    MR_KINESIS_LIST_STREAM_CONSUMERS,
    MR_KINESIS_LIST_STREAMS,
    MR_KINESIS_LIST_TAGS_FOR_RESOURCE,
    MR_KINESIS_LIST_TAGS_FOR_STREAM,
    MR_KINESIS_MERGE_SHARDS,
    MR_KINESIS_PUT_RECORD,
    MR_KINESIS_PUT_RECORDS,
    MR_KINESIS_PUT_RESOURCE_POLICY,
    MR_KINESIS_REGISTER_STREAM_CONSUMER,
    MR_KINESIS_REMOVE_TAGS_FROM_STREAM,
    MR_KINESIS_SPLIT_SHARD,
    MR_KINESIS_START_STREAM_ENCRYPTION,
    MR_KINESIS_STOP_STREAM_ENCRYPTION,
    MR_KINESIS_SUBSCRIBE_TO_SHARD,
    MR_KINESIS_TAG_RESOURCE,
    MR_KINESIS_UNTAG_RESOURCE,
    MR_KINESIS_UPDATE_ACCOUNT_SETTINGS,
    MR_KINESIS_UPDATE_MAX_RECORD_SIZE,
    MR_KINESIS_UPDATE_SHARD_COUNT,
    MR_KINESIS_UPDATE_STREAM_MODE,
    MR_KINESIS_UPDATE_STREAM_WARM_THROUGHPUT,
    MR_KINESIS_OPERATION_COUNT
} mr_kinesis_operation;

extern const mr_aws_input mr_kinesis_inputs[MR_KINESIS_OPERATION_COUNT];

/* The operation of this name; MR_KINESIS_OPERATION_COUNT when there is none. */
mr_kinesis_operation mr_kinesis_operation_of(mr_bytes name);

/* How a request names a stream: by name, by ARN, or by both. The id is what AWS gives out since
 * 2025 beside them; it is checked for its form and otherwise ignored. */
typedef struct mr_kinesis_stream_ref {
    mr_bytes name, arn, id;
} mr_kinesis_stream_ref;

/* ---- streams ---- */

typedef struct mr_kinesis_mode_details {
    bool has;
    mr_bytes mode; /* PROVISIONED or ON_DEMAND */
} mr_kinesis_mode_details;

typedef struct mr_kinesis_create_stream_in {
    bool has;
    mr_bytes stream_name;
    mr_aws_number shard_count;
    mr_kinesis_mode_details mode_details;
    mr_aws_map tags;
    mr_aws_number warm_throughput_mib_per_s;
    mr_aws_number record_size_max_kib;
} mr_kinesis_create_stream_in;

typedef struct mr_kinesis_delete_stream_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_flag enforce_consumer_deletion;
} mr_kinesis_delete_stream_in;

typedef struct mr_kinesis_describe_stream_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_number limit;
    mr_bytes exclusive_start_shard_id;
} mr_kinesis_describe_stream_in;

/* DescribeStreamSummary */
typedef struct mr_kinesis_stream_in {
    bool has;
    mr_kinesis_stream_ref stream;
} mr_kinesis_stream_in;

typedef struct mr_kinesis_list_streams_in {
    bool has;
    mr_aws_number limit;
    mr_bytes exclusive_start_stream_name;
    mr_bytes next_token;
} mr_kinesis_list_streams_in;

typedef struct mr_kinesis_update_stream_mode_in {
    bool has;
    mr_bytes stream_arn, stream_id;
    mr_kinesis_mode_details mode_details;
    mr_aws_number warm_throughput_mib_per_s;
} mr_kinesis_update_stream_mode_in;

typedef struct mr_kinesis_update_record_size_in {
    bool has;
    mr_bytes stream_arn, stream_id;
    mr_aws_number record_size_max_kib;
} mr_kinesis_update_record_size_in;

typedef struct mr_kinesis_update_warm_throughput_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_number warm_throughput_mib_per_s;
} mr_kinesis_update_warm_throughput_in;

/* IncreaseStreamRetentionPeriod, DecreaseStreamRetentionPeriod */
typedef struct mr_kinesis_retention_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_number hours; /* below 24 is the operation's to refuse */
} mr_kinesis_retention_in;

/* StartStreamEncryption, StopStreamEncryption */
typedef struct mr_kinesis_encryption_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes encryption_type;
    mr_bytes key_id;
} mr_kinesis_encryption_in;

/* EnableEnhancedMonitoring, DisableEnhancedMonitoring */
typedef struct mr_kinesis_monitoring_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_list shard_level_metrics; /* of mr_bytes */
} mr_kinesis_monitoring_in;

/* ---- the account ---- */

typedef struct mr_kinesis_commitment {
    bool has;
    mr_bytes status; /* ENABLED or DISABLED */
} mr_kinesis_commitment;

typedef struct mr_kinesis_update_account_in {
    bool has;
    mr_kinesis_commitment commitment; /* MinimumThroughputBillingCommitment */
} mr_kinesis_update_account_in;

/* DescribeAccountSettings, DescribeLimits */
typedef struct mr_kinesis_nothing_in {
    bool has;
} mr_kinesis_nothing_in;

/* ---- tags and policies ---- */

typedef struct mr_kinesis_add_tags_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_map tags;
} mr_kinesis_add_tags_in;

typedef struct mr_kinesis_remove_tags_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_list tag_keys; /* of mr_bytes */
} mr_kinesis_remove_tags_in;

typedef struct mr_kinesis_list_tags_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes exclusive_start_tag_key;
    mr_aws_number limit;
} mr_kinesis_list_tags_in;

/* TagResource, UntagResource, ListTagsForResource and the resource policies; what an operation does
 * not take stays absent. */
typedef struct mr_kinesis_resource_in {
    bool has;
    mr_bytes resource_arn, stream_id;
    mr_aws_map tags;
    mr_aws_list tag_keys; /* of mr_bytes */
    mr_bytes policy;
} mr_kinesis_resource_in;

/* ---- shards ---- */

typedef struct mr_kinesis_shard_filter {
    bool has;
    mr_bytes type;
    mr_bytes shard_id;
    mr_aws_number timestamp; /* ms */
} mr_kinesis_shard_filter;

typedef struct mr_kinesis_list_shards_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes next_token;
    mr_bytes exclusive_start_shard_id;
    mr_aws_number max_results;
    mr_aws_number stream_creation_timestamp; /* ms */
    mr_kinesis_shard_filter shard_filter;
} mr_kinesis_list_shards_in;

typedef struct mr_kinesis_split_shard_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes shard_to_split;
    mr_bytes new_starting_hash_key;
} mr_kinesis_split_shard_in;

typedef struct mr_kinesis_merge_shards_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes shard_to_merge;
    mr_bytes adjacent_shard_to_merge;
} mr_kinesis_merge_shards_in;

typedef struct mr_kinesis_update_shard_count_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_number target_shard_count;
    mr_bytes scaling_type;
} mr_kinesis_update_shard_count_in;

/* ---- records ---- */

typedef struct mr_kinesis_put_record_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes data;
    mr_bytes partition_key;
    mr_bytes explicit_hash_key;            /* decimal, perhaps above 2^128-1 */
    mr_bytes sequence_number_for_ordering; /* decimal */
} mr_kinesis_put_record_in;

typedef struct mr_kinesis_put_records_entry {
    bool has;
    mr_bytes data;
    mr_bytes partition_key;
    mr_bytes explicit_hash_key;
} mr_kinesis_put_records_entry;

typedef struct mr_kinesis_put_records_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_aws_list records; /* of mr_kinesis_put_records_entry */
} mr_kinesis_put_records_in;

typedef struct mr_kinesis_get_shard_iterator_in {
    bool has;
    mr_kinesis_stream_ref stream;
    mr_bytes shard_id;
    mr_bytes shard_iterator_type;
    mr_bytes starting_sequence_number;
    mr_aws_number timestamp; /* ms */
} mr_kinesis_get_shard_iterator_in;

typedef struct mr_kinesis_get_records_in {
    bool has;
    mr_bytes shard_iterator;
    mr_aws_number limit;
    mr_bytes stream_arn, stream_id;
} mr_kinesis_get_records_in;

/* ---- consumers ---- */

typedef struct mr_kinesis_register_consumer_in {
    bool has;
    mr_bytes stream_arn, stream_id;
    mr_bytes consumer_name;
    mr_aws_map tags;
} mr_kinesis_register_consumer_in;

/* DescribeStreamConsumer, DeregisterStreamConsumer: by consumer ARN, or by stream and name. */
typedef struct mr_kinesis_consumer_in {
    bool has;
    mr_bytes stream_arn, stream_id;
    mr_bytes consumer_name;
    mr_bytes consumer_arn;
} mr_kinesis_consumer_in;

typedef struct mr_kinesis_list_consumers_in {
    bool has;
    mr_bytes stream_arn, stream_id;
    mr_bytes next_token;
    mr_aws_number max_results;
    mr_aws_number stream_creation_timestamp; /* ms */
} mr_kinesis_list_consumers_in;

typedef struct mr_kinesis_starting_position {
    bool has;
    mr_bytes type;
    mr_bytes sequence_number;
    mr_aws_number timestamp; /* ms */
} mr_kinesis_starting_position;

typedef struct mr_kinesis_subscribe_in {
    bool has;
    mr_bytes consumer_arn, stream_id;
    mr_bytes shard_id;
    mr_kinesis_starting_position starting_position;
} mr_kinesis_subscribe_in;

#endif
