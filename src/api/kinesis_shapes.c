/* kinesis_shapes.c - see kinesis_shapes.h. */
#include "src/api/kinesis_shapes.h"

/* ---- rules that members share ---- */

#define NAME_RULES .range = MR_AWS_RANGE(1, 128), .pattern = "[a-zA-Z0-9_.-]+"
#define STREAM_ARN_RULES                                                                           \
    .range = MR_AWS_RANGE(1, 2048), .pattern = "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"
#define RESOURCE_ARN_RULES                                                                         \
    .range = MR_AWS_RANGE(1, 2048), .pattern = "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+"
#define CONSUMER_ARN_RULES                                                                         \
    .range = MR_AWS_RANGE(1, 2048),                                                                \
    .pattern = "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"          \
               "[a-zA-Z0-9_.-]+:[0-9]+"
#define STREAM_ID_RULES       .range = MR_AWS_RANGE(1, 24), .pattern = "[a-z0-9]{20}-[a-z0-9]{3}"
#define HASH_KEY_RULES        .pattern = "0|([1-9]\\d{0,38})"
#define SEQUENCE_NUMBER_RULES .pattern = "0|([1-9]\\d{0,128})"
#define PARTITION_KEY_RULES   .range = MR_AWS_RANGE(1, 256)
#define TAG_KEY_RULES         .range = MR_AWS_RANGE(1, 128)
#define NEXT_TOKEN_RULES      .range = MR_AWS_RANGE(1, 1048576)
#define PAGE_RULES            .range = MR_AWS_RANGE(1, 10000)

#define DATA_RULES                                                                                 \
    .range = MR_AWS_RANGE(0, 10485760), .range_then = MR_AWS_RANGE(0, 1048576) /* until 2025-10 */
#define TAGS_RULES        .range = MR_AWS_RANGE(1, 200), .key = &tag_key, .element = &tag_value
#define TAG_KEYS_RULES    .range = MR_AWS_RANGE(1, 50), .element = &tag_key_item
#define SHARD_COUNT_RULES .range = MR_AWS_AT_LEAST(1), .range_then = MR_AWS_RANGE(1, 100000)

/* A stream is named as before there were ARNs: without both, the name is what is missing. */
#define STREAM_NAME(in)                                                                            \
    MR_AWS_STRING, offsetof(in, stream.name), NAME_RULES, .presence = MR_AWS_REQUIRED_UNLESS,      \
                                                          .other = offsetof(in, stream.arn)
#define STREAM_ARN(in) MR_AWS_STRING, offsetof(in, stream.arn), STREAM_ARN_RULES
#define STREAM_ID(in)  MR_AWS_STRING, offsetof(in, stream.id), STREAM_ID_RULES

static const mr_aws_member tag_key = {"key", MR_AWS_STRING, TAG_KEY_RULES};
static const mr_aws_member tag_value = {"member", MR_AWS_STRING, .range = MR_AWS_RANGE(0, 256)};
static const mr_aws_member tag_key_item = {"member", MR_AWS_STRING, TAG_KEY_RULES};

static const char *const stream_modes[] = {"PROVISIONED", "ON_DEMAND", NULL};
static const char *const commitment_statuses[] = {"ENABLED", "DISABLED", NULL};
static const char *const encryption_types[] = {"NONE", "KMS", NULL};
static const char *const scaling_types[] = {"UNIFORM_SCALING", NULL};
static const char *const metrics[] = {
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
    "ALL",
    NULL,
};
/* In the order in which AWS lists them. */
static const char *const iterator_types[] = {
    "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON", NULL,
};
static const char *const filter_types[] = {
    "AFTER_SHARD_ID",
    "AT_TRIM_HORIZON",
    "FROM_TRIM_HORIZON",
    "AT_LATEST",
    "AT_TIMESTAMP",
    "FROM_TIMESTAMP",
    NULL,
};

/* ---- streams ---- */

static const mr_aws_member mode_details_rows[] = {
    {"StreamMode", MR_AWS_STRING, offsetof(mr_kinesis_mode_details, mode),
     .presence = MR_AWS_REQUIRED, .values = stream_modes},
};
static const mr_aws_shape mode_details = MR_AWS_SHAPE(mr_kinesis_mode_details, mode_details_rows);

static const mr_aws_member create_stream_rows[] = {
    {"ShardCount", MR_AWS_INTEGER, offsetof(mr_kinesis_create_stream_in, shard_count),
     .presence = MR_AWS_REQUIRED_THEN, SHARD_COUNT_RULES},
    {"StreamName", MR_AWS_STRING, offsetof(mr_kinesis_create_stream_in, stream_name),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
    {"StreamModeDetails", MR_AWS_STRUCTURE, offsetof(mr_kinesis_create_stream_in, mode_details),
     .shape = &mode_details},
    {"Tags", MR_AWS_MAP, offsetof(mr_kinesis_create_stream_in, tags), TAGS_RULES},
    {"WarmThroughputMiBps", MR_AWS_INTEGER,
     offsetof(mr_kinesis_create_stream_in, warm_throughput_mib_per_s), .range = MR_AWS_AT_LEAST(0)},
    {"MaxRecordSizeInKiB", MR_AWS_INTEGER,
     offsetof(mr_kinesis_create_stream_in, record_size_max_kib),
     .range = MR_AWS_RANGE(1024, 10240)},
};
static const mr_aws_shape create_stream =
    MR_AWS_SHAPE(mr_kinesis_create_stream_in, create_stream_rows);

static const mr_aws_member delete_stream_rows[] = {
    {"StreamName", STREAM_NAME(mr_kinesis_delete_stream_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_delete_stream_in)},
    {"StreamId", STREAM_ID(mr_kinesis_delete_stream_in)},
    {"EnforceConsumerDeletion", MR_AWS_BOOLEAN,
     offsetof(mr_kinesis_delete_stream_in, enforce_consumer_deletion), .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape delete_stream =
    MR_AWS_SHAPE(mr_kinesis_delete_stream_in, delete_stream_rows);

static const mr_aws_member describe_stream_rows[] = {
    {"Limit", MR_AWS_INTEGER, offsetof(mr_kinesis_describe_stream_in, limit), PAGE_RULES},
    {"ExclusiveStartShardId", MR_AWS_STRING,
     offsetof(mr_kinesis_describe_stream_in, exclusive_start_shard_id), NAME_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_describe_stream_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_describe_stream_in)},
    {"StreamId", STREAM_ID(mr_kinesis_describe_stream_in)},
};
static const mr_aws_shape describe_stream =
    MR_AWS_SHAPE(mr_kinesis_describe_stream_in, describe_stream_rows);

static const mr_aws_member stream_rows[] = {
    {"StreamName", STREAM_NAME(mr_kinesis_stream_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_stream_in)},
    {"StreamId", STREAM_ID(mr_kinesis_stream_in)},
};
static const mr_aws_shape stream_alone = MR_AWS_SHAPE(mr_kinesis_stream_in, stream_rows);

static const mr_aws_member list_streams_rows[] = {
    {"Limit", MR_AWS_INTEGER, offsetof(mr_kinesis_list_streams_in, limit), PAGE_RULES},
    {"ExclusiveStartStreamName", MR_AWS_STRING,
     offsetof(mr_kinesis_list_streams_in, exclusive_start_stream_name), NAME_RULES},
    {"NextToken", MR_AWS_STRING, offsetof(mr_kinesis_list_streams_in, next_token),
     NEXT_TOKEN_RULES},
};
static const mr_aws_shape list_streams =
    MR_AWS_SHAPE(mr_kinesis_list_streams_in, list_streams_rows);

static const mr_aws_member update_stream_mode_rows[] = {
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_update_stream_mode_in, stream_arn),
     .presence = MR_AWS_REQUIRED, STREAM_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_update_stream_mode_in, stream_id),
     STREAM_ID_RULES},
    {"StreamModeDetails", MR_AWS_STRUCTURE,
     offsetof(mr_kinesis_update_stream_mode_in, mode_details), .presence = MR_AWS_REQUIRED,
     .shape = &mode_details},
    {"WarmThroughputMiBps", MR_AWS_INTEGER,
     offsetof(mr_kinesis_update_stream_mode_in, warm_throughput_mib_per_s),
     .range = MR_AWS_AT_LEAST(0)},
};
static const mr_aws_shape update_stream_mode =
    MR_AWS_SHAPE(mr_kinesis_update_stream_mode_in, update_stream_mode_rows);

/* The ARN is no required member of the model, but nothing else names the stream: the operation says
 * so. */
static const mr_aws_member update_record_size_rows[] = {
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_update_record_size_in, stream_arn),
     STREAM_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_update_record_size_in, stream_id),
     STREAM_ID_RULES},
    {"MaxRecordSizeInKiB", MR_AWS_INTEGER,
     offsetof(mr_kinesis_update_record_size_in, record_size_max_kib), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1024, 10240)},
};
static const mr_aws_shape update_record_size =
    MR_AWS_SHAPE(mr_kinesis_update_record_size_in, update_record_size_rows);

static const mr_aws_member update_warm_throughput_rows[] = {
    {"StreamARN", STREAM_ARN(mr_kinesis_update_warm_throughput_in)},
    {"StreamName", STREAM_NAME(mr_kinesis_update_warm_throughput_in)},
    {"StreamId", STREAM_ID(mr_kinesis_update_warm_throughput_in)},
    {"WarmThroughputMiBps", MR_AWS_INTEGER,
     offsetof(mr_kinesis_update_warm_throughput_in, warm_throughput_mib_per_s),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_AT_LEAST(0)},
};
static const mr_aws_shape update_warm_throughput =
    MR_AWS_SHAPE(mr_kinesis_update_warm_throughput_in, update_warm_throughput_rows);

static const mr_aws_member retention_rows[] = {
    {"RetentionPeriodHours", MR_AWS_INTEGER, offsetof(mr_kinesis_retention_in, hours),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 8760),
     .range_then = MR_AWS_RANGE(1, 168)},
    {"StreamName", STREAM_NAME(mr_kinesis_retention_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_retention_in)},
    {"StreamId", STREAM_ID(mr_kinesis_retention_in)},
};
static const mr_aws_shape retention = MR_AWS_SHAPE(mr_kinesis_retention_in, retention_rows);

static const mr_aws_member encryption_rows[] = {
    {"EncryptionType", MR_AWS_STRING, offsetof(mr_kinesis_encryption_in, encryption_type),
     .presence = MR_AWS_REQUIRED, .values = encryption_types},
    {"KeyId", MR_AWS_STRING, offsetof(mr_kinesis_encryption_in, key_id),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 2048)},
    {"StreamName", STREAM_NAME(mr_kinesis_encryption_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_encryption_in)},
    {"StreamId", STREAM_ID(mr_kinesis_encryption_in)},
};
static const mr_aws_shape encryption = MR_AWS_SHAPE(mr_kinesis_encryption_in, encryption_rows);

static const mr_aws_member metric = {"member", MR_AWS_STRING, .values = metrics};
static const mr_aws_member monitoring_rows[] = {
    {"ShardLevelMetrics", MR_AWS_LIST, offsetof(mr_kinesis_monitoring_in, shard_level_metrics),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 7), .element = &metric},
    {"StreamName", STREAM_NAME(mr_kinesis_monitoring_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_monitoring_in)},
    {"StreamId", STREAM_ID(mr_kinesis_monitoring_in)},
};
static const mr_aws_shape monitoring = MR_AWS_SHAPE(mr_kinesis_monitoring_in, monitoring_rows);

/* ---- the account ---- */

static const mr_aws_member commitment_rows[] = {
    {"Status", MR_AWS_STRING, offsetof(mr_kinesis_commitment, status), .presence = MR_AWS_REQUIRED,
     .values = commitment_statuses},
};
static const mr_aws_shape commitment = MR_AWS_SHAPE(mr_kinesis_commitment, commitment_rows);

static const mr_aws_member update_account_rows[] = {
    {"MinimumThroughputBillingCommitment", MR_AWS_STRUCTURE,
     offsetof(mr_kinesis_update_account_in, commitment), .presence = MR_AWS_REQUIRED,
     .shape = &commitment},
};
static const mr_aws_shape update_account =
    MR_AWS_SHAPE(mr_kinesis_update_account_in, update_account_rows);

static const mr_aws_shape nothing = {.size = sizeof(mr_kinesis_nothing_in)};

/* ---- tags and policies ---- */

static const mr_aws_member add_tags_rows[] = {
    {"Tags", MR_AWS_MAP, offsetof(mr_kinesis_add_tags_in, tags), .presence = MR_AWS_REQUIRED,
     TAGS_RULES, .range_then = MR_AWS_RANGE(1, 10)},
    {"StreamName", STREAM_NAME(mr_kinesis_add_tags_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_add_tags_in)},
    {"StreamId", STREAM_ID(mr_kinesis_add_tags_in)},
};
static const mr_aws_shape add_tags = MR_AWS_SHAPE(mr_kinesis_add_tags_in, add_tags_rows);

static const mr_aws_member remove_tags_rows[] = {
    {"TagKeys", MR_AWS_LIST, offsetof(mr_kinesis_remove_tags_in, tag_keys),
     .presence = MR_AWS_REQUIRED, TAG_KEYS_RULES, .range_then = MR_AWS_RANGE(1, 10)},
    {"StreamName", STREAM_NAME(mr_kinesis_remove_tags_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_remove_tags_in)},
    {"StreamId", STREAM_ID(mr_kinesis_remove_tags_in)},
};
static const mr_aws_shape remove_tags = MR_AWS_SHAPE(mr_kinesis_remove_tags_in, remove_tags_rows);

static const mr_aws_member list_tags_rows[] = {
    {"Limit", MR_AWS_INTEGER, offsetof(mr_kinesis_list_tags_in, limit),
     .range = MR_AWS_RANGE(1, 50), .range_then = MR_AWS_RANGE(1, 10)},
    {"ExclusiveStartTagKey", MR_AWS_STRING,
     offsetof(mr_kinesis_list_tags_in, exclusive_start_tag_key), TAG_KEY_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_list_tags_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_list_tags_in)},
    {"StreamId", STREAM_ID(mr_kinesis_list_tags_in)},
};
static const mr_aws_shape list_tags = MR_AWS_SHAPE(mr_kinesis_list_tags_in, list_tags_rows);

#define RESOURCE_ARN                                                                               \
    MR_AWS_STRING, offsetof(mr_kinesis_resource_in, resource_arn), .presence = MR_AWS_REQUIRED,    \
                                                                   RESOURCE_ARN_RULES
#define RESOURCE_STREAM_ID                                                                         \
    MR_AWS_STRING, offsetof(mr_kinesis_resource_in, stream_id), STREAM_ID_RULES

static const mr_aws_member resource_rows[] = {
    {"ResourceARN", RESOURCE_ARN},
    {"StreamId", RESOURCE_STREAM_ID},
};
static const mr_aws_shape resource_alone = MR_AWS_SHAPE(mr_kinesis_resource_in, resource_rows);

static const mr_aws_member tag_resource_rows[] = {
    {"Tags", MR_AWS_MAP, offsetof(mr_kinesis_resource_in, tags), .presence = MR_AWS_REQUIRED,
     TAGS_RULES},
    {"ResourceARN", RESOURCE_ARN},
    {"StreamId", RESOURCE_STREAM_ID},
};
static const mr_aws_shape tag_resource = MR_AWS_SHAPE(mr_kinesis_resource_in, tag_resource_rows);

static const mr_aws_member untag_resource_rows[] = {
    {"TagKeys", MR_AWS_LIST, offsetof(mr_kinesis_resource_in, tag_keys),
     .presence = MR_AWS_REQUIRED, TAG_KEYS_RULES},
    {"ResourceARN", RESOURCE_ARN},
    {"StreamId", RESOURCE_STREAM_ID},
};
static const mr_aws_shape untag_resource =
    MR_AWS_SHAPE(mr_kinesis_resource_in, untag_resource_rows);

static const mr_aws_member put_policy_rows[] = {
    {"ResourceARN", RESOURCE_ARN},
    {"StreamId", RESOURCE_STREAM_ID},
    {"Policy", MR_AWS_STRING, offsetof(mr_kinesis_resource_in, policy),
     .presence = MR_AWS_REQUIRED},
};
static const mr_aws_shape put_policy = MR_AWS_SHAPE(mr_kinesis_resource_in, put_policy_rows);

/* ---- shards ---- */

static const mr_aws_member shard_filter_rows[] = {
    {"Type", MR_AWS_STRING, offsetof(mr_kinesis_shard_filter, type), .presence = MR_AWS_REQUIRED,
     .values = filter_types},
    {"ShardId", MR_AWS_STRING, offsetof(mr_kinesis_shard_filter, shard_id), NAME_RULES},
    {"Timestamp", MR_AWS_TIMESTAMP, offsetof(mr_kinesis_shard_filter, timestamp),
     .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape shard_filter = MR_AWS_SHAPE(mr_kinesis_shard_filter, shard_filter_rows);

/* A token stands for the stream, so neither is missing here: the operation says what must be there.
 */
static const mr_aws_member list_shards_rows[] = {
    {"ExclusiveStartShardId", MR_AWS_STRING,
     offsetof(mr_kinesis_list_shards_in, exclusive_start_shard_id), NAME_RULES},
    {"MaxResults", MR_AWS_INTEGER, offsetof(mr_kinesis_list_shards_in, max_results), PAGE_RULES},
    {"NextToken", MR_AWS_STRING, offsetof(mr_kinesis_list_shards_in, next_token), NEXT_TOKEN_RULES},
    {"StreamCreationTimestamp", MR_AWS_TIMESTAMP,
     offsetof(mr_kinesis_list_shards_in, stream_creation_timestamp), .presence = MR_AWS_OPTIONAL},
    {"StreamName", MR_AWS_STRING, offsetof(mr_kinesis_list_shards_in, stream.name), NAME_RULES},
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_list_shards_in, stream.arn), STREAM_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_list_shards_in, stream.id), STREAM_ID_RULES},
    {"ShardFilter", MR_AWS_STRUCTURE, offsetof(mr_kinesis_list_shards_in, shard_filter),
     .shape = &shard_filter},
};
static const mr_aws_shape list_shards = MR_AWS_SHAPE(mr_kinesis_list_shards_in, list_shards_rows);

static const mr_aws_member split_shard_rows[] = {
    {"NewStartingHashKey", MR_AWS_STRING,
     offsetof(mr_kinesis_split_shard_in, new_starting_hash_key), .presence = MR_AWS_REQUIRED,
     HASH_KEY_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_split_shard_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_split_shard_in)},
    {"StreamId", STREAM_ID(mr_kinesis_split_shard_in)},
    {"ShardToSplit", MR_AWS_STRING, offsetof(mr_kinesis_split_shard_in, shard_to_split),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
};
static const mr_aws_shape split_shard = MR_AWS_SHAPE(mr_kinesis_split_shard_in, split_shard_rows);

static const mr_aws_member merge_shards_rows[] = {
    {"ShardToMerge", MR_AWS_STRING, offsetof(mr_kinesis_merge_shards_in, shard_to_merge),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
    {"AdjacentShardToMerge", MR_AWS_STRING,
     offsetof(mr_kinesis_merge_shards_in, adjacent_shard_to_merge), .presence = MR_AWS_REQUIRED,
     NAME_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_merge_shards_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_merge_shards_in)},
    {"StreamId", STREAM_ID(mr_kinesis_merge_shards_in)},
};
static const mr_aws_shape merge_shards =
    MR_AWS_SHAPE(mr_kinesis_merge_shards_in, merge_shards_rows);

static const mr_aws_member update_shard_count_rows[] = {
    {"ScalingType", MR_AWS_STRING, offsetof(mr_kinesis_update_shard_count_in, scaling_type),
     .presence = MR_AWS_REQUIRED, .values = scaling_types},
    {"StreamName", STREAM_NAME(mr_kinesis_update_shard_count_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_update_shard_count_in)},
    {"StreamId", STREAM_ID(mr_kinesis_update_shard_count_in)},
    {"TargetShardCount", MR_AWS_INTEGER,
     offsetof(mr_kinesis_update_shard_count_in, target_shard_count), .presence = MR_AWS_REQUIRED,
     SHARD_COUNT_RULES},
};
static const mr_aws_shape update_shard_count =
    MR_AWS_SHAPE(mr_kinesis_update_shard_count_in, update_shard_count_rows);

/* ---- records ---- */

static const mr_aws_member put_record_rows[] = {
    {"SequenceNumberForOrdering", MR_AWS_STRING,
     offsetof(mr_kinesis_put_record_in, sequence_number_for_ordering), SEQUENCE_NUMBER_RULES},
    {"PartitionKey", MR_AWS_STRING, offsetof(mr_kinesis_put_record_in, partition_key),
     .presence = MR_AWS_REQUIRED, PARTITION_KEY_RULES},
    {"ExplicitHashKey", MR_AWS_STRING, offsetof(mr_kinesis_put_record_in, explicit_hash_key),
     HASH_KEY_RULES},
    {"Data", MR_AWS_BLOB, offsetof(mr_kinesis_put_record_in, data), .presence = MR_AWS_REQUIRED,
     DATA_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_put_record_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_put_record_in)},
    {"StreamId", STREAM_ID(mr_kinesis_put_record_in)},
};
static const mr_aws_shape put_record = MR_AWS_SHAPE(mr_kinesis_put_record_in, put_record_rows);

static const mr_aws_member put_records_entry_rows[] = {
    {"PartitionKey", MR_AWS_STRING, offsetof(mr_kinesis_put_records_entry, partition_key),
     .presence = MR_AWS_REQUIRED, PARTITION_KEY_RULES},
    {"ExplicitHashKey", MR_AWS_STRING, offsetof(mr_kinesis_put_records_entry, explicit_hash_key),
     HASH_KEY_RULES},
    {"Data", MR_AWS_BLOB, offsetof(mr_kinesis_put_records_entry, data), .presence = MR_AWS_REQUIRED,
     DATA_RULES},
};
static const mr_aws_shape put_records_entry = {
    .members = put_records_entry_rows,
    .member_count = MR_COUNT(put_records_entry_rows),
    .size = sizeof(mr_kinesis_put_records_entry),
    .java_name = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310",
};

static const mr_aws_member put_records_item = {"member", MR_AWS_STRUCTURE,
                                               .shape = &put_records_entry};
static const mr_aws_member put_records_rows[] = {
    {"Records", MR_AWS_LIST, offsetof(mr_kinesis_put_records_in, records),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 500), .element = &put_records_item},
    {"StreamName", STREAM_NAME(mr_kinesis_put_records_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_put_records_in)},
    {"StreamId", STREAM_ID(mr_kinesis_put_records_in)},
};
static const mr_aws_shape put_records = MR_AWS_SHAPE(mr_kinesis_put_records_in, put_records_rows);

static const mr_aws_member get_shard_iterator_rows[] = {
    {"ShardId", MR_AWS_STRING, offsetof(mr_kinesis_get_shard_iterator_in, shard_id),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
    {"ShardIteratorType", MR_AWS_STRING,
     offsetof(mr_kinesis_get_shard_iterator_in, shard_iterator_type), .presence = MR_AWS_REQUIRED,
     .values = iterator_types},
    {"StartingSequenceNumber", MR_AWS_STRING,
     offsetof(mr_kinesis_get_shard_iterator_in, starting_sequence_number), SEQUENCE_NUMBER_RULES},
    {"StreamName", STREAM_NAME(mr_kinesis_get_shard_iterator_in)},
    {"StreamARN", STREAM_ARN(mr_kinesis_get_shard_iterator_in)},
    {"StreamId", STREAM_ID(mr_kinesis_get_shard_iterator_in)},
    {"Timestamp", MR_AWS_TIMESTAMP, offsetof(mr_kinesis_get_shard_iterator_in, timestamp),
     .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape get_shard_iterator =
    MR_AWS_SHAPE(mr_kinesis_get_shard_iterator_in, get_shard_iterator_rows);

static const mr_aws_member get_records_rows[] = {
    {"Limit", MR_AWS_INTEGER, offsetof(mr_kinesis_get_records_in, limit), PAGE_RULES},
    {"ShardIterator", MR_AWS_STRING, offsetof(mr_kinesis_get_records_in, shard_iterator),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 512)},
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_get_records_in, stream_arn), STREAM_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_get_records_in, stream_id), STREAM_ID_RULES},
};
static const mr_aws_shape get_records = MR_AWS_SHAPE(mr_kinesis_get_records_in, get_records_rows);

/* ---- consumers ---- */

static const mr_aws_member register_consumer_rows[] = {
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_register_consumer_in, stream_arn),
     .presence = MR_AWS_REQUIRED, STREAM_ARN_RULES},
    {"ConsumerName", MR_AWS_STRING, offsetof(mr_kinesis_register_consumer_in, consumer_name),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_register_consumer_in, stream_id),
     STREAM_ID_RULES},
    {"Tags", MR_AWS_MAP, offsetof(mr_kinesis_register_consumer_in, tags), TAGS_RULES},
};
static const mr_aws_shape register_consumer =
    MR_AWS_SHAPE(mr_kinesis_register_consumer_in, register_consumer_rows);

static const mr_aws_member consumer_rows[] = {
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_consumer_in, stream_arn), STREAM_ARN_RULES},
    {"ConsumerName", MR_AWS_STRING, offsetof(mr_kinesis_consumer_in, consumer_name), NAME_RULES},
    {"ConsumerARN", MR_AWS_STRING, offsetof(mr_kinesis_consumer_in, consumer_arn),
     CONSUMER_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_consumer_in, stream_id), STREAM_ID_RULES},
};
static const mr_aws_shape consumer_alone = MR_AWS_SHAPE(mr_kinesis_consumer_in, consumer_rows);

static const mr_aws_member list_consumers_rows[] = {
    {"StreamARN", MR_AWS_STRING, offsetof(mr_kinesis_list_consumers_in, stream_arn),
     .presence = MR_AWS_REQUIRED, STREAM_ARN_RULES},
    {"NextToken", MR_AWS_STRING, offsetof(mr_kinesis_list_consumers_in, next_token),
     NEXT_TOKEN_RULES},
    {"MaxResults", MR_AWS_INTEGER, offsetof(mr_kinesis_list_consumers_in, max_results), PAGE_RULES},
    {"StreamCreationTimestamp", MR_AWS_TIMESTAMP,
     offsetof(mr_kinesis_list_consumers_in, stream_creation_timestamp),
     .presence = MR_AWS_OPTIONAL},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_list_consumers_in, stream_id), STREAM_ID_RULES},
};
static const mr_aws_shape list_consumers =
    MR_AWS_SHAPE(mr_kinesis_list_consumers_in, list_consumers_rows);

static const mr_aws_member starting_position_rows[] = {
    {"Type", MR_AWS_STRING, offsetof(mr_kinesis_starting_position, type),
     .presence = MR_AWS_REQUIRED, .values = iterator_types},
    {"SequenceNumber", MR_AWS_STRING, offsetof(mr_kinesis_starting_position, sequence_number),
     SEQUENCE_NUMBER_RULES},
    {"Timestamp", MR_AWS_TIMESTAMP, offsetof(mr_kinesis_starting_position, timestamp),
     .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape starting_position =
    MR_AWS_SHAPE(mr_kinesis_starting_position, starting_position_rows);

static const mr_aws_member subscribe_rows[] = {
    {"ConsumerARN", MR_AWS_STRING, offsetof(mr_kinesis_subscribe_in, consumer_arn),
     .presence = MR_AWS_REQUIRED, CONSUMER_ARN_RULES},
    {"StreamId", MR_AWS_STRING, offsetof(mr_kinesis_subscribe_in, stream_id), STREAM_ID_RULES},
    {"ShardId", MR_AWS_STRING, offsetof(mr_kinesis_subscribe_in, shard_id),
     .presence = MR_AWS_REQUIRED, NAME_RULES},
    {"StartingPosition", MR_AWS_STRUCTURE, offsetof(mr_kinesis_subscribe_in, starting_position),
     .presence = MR_AWS_REQUIRED, .shape = &starting_position},
};
static const mr_aws_shape subscribe = MR_AWS_SHAPE(mr_kinesis_subscribe_in, subscribe_rows);

/* ---- operations ---- */

const mr_aws_input mr_kinesis_inputs[MR_KINESIS_OPERATION_COUNT] = {
    [MR_KINESIS_ADD_TAGS_TO_STREAM] = {"AddTagsToStream", &add_tags},
    [MR_KINESIS_CREATE_STREAM] = {"CreateStream", &create_stream},
    [MR_KINESIS_DECREASE_STREAM_RETENTION_PERIOD] = {"DecreaseStreamRetentionPeriod", &retention},
    [MR_KINESIS_DELETE_RESOURCE_POLICY] = {"DeleteResourcePolicy", &resource_alone},
    [MR_KINESIS_DELETE_STREAM] = {"DeleteStream", &delete_stream},
    [MR_KINESIS_DEREGISTER_STREAM_CONSUMER] = {"DeregisterStreamConsumer", &consumer_alone},
    [MR_KINESIS_DESCRIBE_ACCOUNT_SETTINGS] = {"DescribeAccountSettings", &nothing},
    [MR_KINESIS_DESCRIBE_LIMITS] = {"DescribeLimits", &nothing},
    [MR_KINESIS_DESCRIBE_STREAM] = {"DescribeStream", &describe_stream},
    [MR_KINESIS_DESCRIBE_STREAM_CONSUMER] = {"DescribeStreamConsumer", &consumer_alone},
    [MR_KINESIS_DESCRIBE_STREAM_SUMMARY] = {"DescribeStreamSummary", &stream_alone},
    [MR_KINESIS_DISABLE_ENHANCED_MONITORING] = {"DisableEnhancedMonitoring", &monitoring},
    [MR_KINESIS_ENABLE_ENHANCED_MONITORING] = {"EnableEnhancedMonitoring", &monitoring},
    [MR_KINESIS_GET_RECORDS] = {"GetRecords", &get_records},
    [MR_KINESIS_GET_RESOURCE_POLICY] = {"GetResourcePolicy", &resource_alone},
    [MR_KINESIS_GET_SHARD_ITERATOR] = {"GetShardIterator", &get_shard_iterator},
    [MR_KINESIS_INCREASE_STREAM_RETENTION_PERIOD] = {"IncreaseStreamRetentionPeriod", &retention},
    [MR_KINESIS_LIST_SHARDS] = {"ListShards", &list_shards},
    [MR_KINESIS_LIST_STREAM_CONSUMERS] = {"ListStreamConsumers", &list_consumers},
    [MR_KINESIS_LIST_STREAMS] = {"ListStreams", &list_streams},
    [MR_KINESIS_LIST_TAGS_FOR_RESOURCE] = {"ListTagsForResource", &resource_alone},
    [MR_KINESIS_LIST_TAGS_FOR_STREAM] = {"ListTagsForStream", &list_tags},
    [MR_KINESIS_MERGE_SHARDS] = {"MergeShards", &merge_shards},
    [MR_KINESIS_PUT_RECORD] = {"PutRecord", &put_record},
    [MR_KINESIS_PUT_RECORDS] = {"PutRecords", &put_records},
    [MR_KINESIS_PUT_RESOURCE_POLICY] = {"PutResourcePolicy", &put_policy},
    [MR_KINESIS_REGISTER_STREAM_CONSUMER] = {"RegisterStreamConsumer", &register_consumer},
    [MR_KINESIS_REMOVE_TAGS_FROM_STREAM] = {"RemoveTagsFromStream", &remove_tags},
    [MR_KINESIS_SPLIT_SHARD] = {"SplitShard", &split_shard},
    [MR_KINESIS_START_STREAM_ENCRYPTION] = {"StartStreamEncryption", &encryption},
    [MR_KINESIS_STOP_STREAM_ENCRYPTION] = {"StopStreamEncryption", &encryption},
    [MR_KINESIS_SUBSCRIBE_TO_SHARD] = {"SubscribeToShard", &subscribe},
    [MR_KINESIS_TAG_RESOURCE] = {"TagResource", &tag_resource},
    [MR_KINESIS_UNTAG_RESOURCE] = {"UntagResource", &untag_resource},
    [MR_KINESIS_UPDATE_ACCOUNT_SETTINGS] = {"UpdateAccountSettings", &update_account},
    [MR_KINESIS_UPDATE_MAX_RECORD_SIZE] = {"UpdateMaxRecordSize", &update_record_size},
    [MR_KINESIS_UPDATE_SHARD_COUNT] = {"UpdateShardCount", &update_shard_count},
    [MR_KINESIS_UPDATE_STREAM_MODE] = {"UpdateStreamMode", &update_stream_mode},
    [MR_KINESIS_UPDATE_STREAM_WARM_THROUGHPUT] = {"UpdateStreamWarmThroughput",
                                                  &update_warm_throughput},
};

mr_kinesis_operation mr_kinesis_operation_of(mr_bytes name)
{
    for (size_t i = 0; i < MR_KINESIS_OPERATION_COUNT; i++) {
        if (mr_bytes_is(name, mr_kinesis_inputs[i].name)) {
            return (mr_kinesis_operation)i;
        }
    }
    return MR_KINESIS_OPERATION_COUNT;
}
