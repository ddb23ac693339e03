/* kinesis.c - Kinesis Data Streams as one table: its operations, in the order of the API
 * Reference, and what it calls its faults. */
#include "src/api/kinesis_private.h"

#define INPUT(operation) &mr_kinesis_inputs[MR_KINESIS_##operation]

static const mr_api_operation operations[] = {
    {INPUT(ADD_TAGS_TO_STREAM), mr_kinesis_add_tags_to_stream, true},
    {INPUT(CREATE_STREAM), mr_kinesis_create_stream, true},
    {INPUT(DECREASE_STREAM_RETENTION_PERIOD), mr_kinesis_decrease_retention, true},
    {INPUT(DELETE_RESOURCE_POLICY), mr_kinesis_delete_resource_policy, true},
    {INPUT(DELETE_STREAM), mr_kinesis_delete_stream, true},
    {INPUT(DEREGISTER_STREAM_CONSUMER), mr_kinesis_deregister_stream_consumer, true},
    {INPUT(DESCRIBE_ACCOUNT_SETTINGS), mr_kinesis_describe_account_settings, false},
    {INPUT(DESCRIBE_LIMITS), mr_kinesis_describe_limits, false},
    {INPUT(DESCRIBE_STREAM), mr_kinesis_describe_stream, false},
    {INPUT(DESCRIBE_STREAM_CONSUMER), mr_kinesis_describe_stream_consumer, false},
    {INPUT(DESCRIBE_STREAM_SUMMARY), mr_kinesis_describe_stream_summary, false},
    {INPUT(DISABLE_ENHANCED_MONITORING), mr_kinesis_disable_monitoring, false},
    {INPUT(ENABLE_ENHANCED_MONITORING), mr_kinesis_enable_monitoring, false},
    {INPUT(GET_RECORDS), mr_kinesis_get_records, false},
    {INPUT(GET_RESOURCE_POLICY), mr_kinesis_get_resource_policy, false},
    {INPUT(GET_SHARD_ITERATOR), mr_kinesis_get_shard_iterator, false},
    {INPUT(INCREASE_STREAM_RETENTION_PERIOD), mr_kinesis_increase_retention, true},
    {INPUT(LIST_SHARDS), mr_kinesis_list_shards, false},
    {INPUT(LIST_STREAM_CONSUMERS), mr_kinesis_list_stream_consumers, false},
    {INPUT(LIST_STREAMS), mr_kinesis_list_streams, false},
    {INPUT(LIST_TAGS_FOR_RESOURCE), mr_kinesis_list_tags_for_resource, false},
    {INPUT(LIST_TAGS_FOR_STREAM), mr_kinesis_list_tags_for_stream, false},
    {INPUT(MERGE_SHARDS), mr_kinesis_merge_shards, true},
    {INPUT(PUT_RECORD), mr_kinesis_put_record, false},
    {INPUT(PUT_RECORDS), mr_kinesis_put_records, false},
    {INPUT(PUT_RESOURCE_POLICY), mr_kinesis_put_resource_policy, true},
    {INPUT(REGISTER_STREAM_CONSUMER), mr_kinesis_register_stream_consumer, false},
    {INPUT(REMOVE_TAGS_FROM_STREAM), mr_kinesis_remove_tags_from_stream, true},
    {INPUT(SPLIT_SHARD), mr_kinesis_split_shard, true},
    {INPUT(START_STREAM_ENCRYPTION), mr_kinesis_start_encryption, true},
    {INPUT(STOP_STREAM_ENCRYPTION), mr_kinesis_stop_encryption, true},
    {INPUT(SUBSCRIBE_TO_SHARD), mr_kinesis_subscribe_to_shard, false},
    {INPUT(TAG_RESOURCE), mr_kinesis_tag_resource, true},
    {INPUT(UNTAG_RESOURCE), mr_kinesis_untag_resource, true},
    {INPUT(UPDATE_ACCOUNT_SETTINGS), mr_kinesis_update_account_settings, false},
    {INPUT(UPDATE_MAX_RECORD_SIZE), mr_kinesis_update_max_record_size, true},
    {INPUT(UPDATE_SHARD_COUNT), mr_kinesis_update_shard_count, false},
    {INPUT(UPDATE_STREAM_MODE), mr_kinesis_update_stream_mode, true},
    {INPUT(UPDATE_STREAM_WARM_THROUGHPUT), mr_kinesis_update_warm_throughput, false},
};

static const mr_api_fault_name faults[] = {
    {MR_INVALID_ARGUMENT, 400, "InvalidArgumentException"},
    {MR_BAD_INPUT, 400, "InvalidArgumentException"},
    {MR_TOO_LARGE, 400, "InvalidArgumentException"},
    {MR_NOT_FOUND, 400, "ResourceNotFoundException"},
    {MR_STREAM_NOT_FOUND, 400, "ResourceNotFoundException"},
    {MR_STREAM_EXISTS, 400, "ResourceInUseException"},
    {MR_STREAM_NOT_ACTIVE, 400, "ResourceInUseException"},
    {MR_SHARD_NOT_FOUND, 400, "ResourceNotFoundException"},
    {MR_SHARD_CLOSED, 400, "InvalidArgumentException"},
    {MR_SHARDS_NOT_ADJACENT, 400, "InvalidArgumentException"},
    {MR_RECORD_TOO_LARGE, 400, "ValidationException"},
    {MR_THROTTLED, 400, "ProvisionedThroughputExceededException"},
    {MR_ITERATOR_EXPIRED, 400, "ExpiredIteratorException"},
    {MR_ITERATOR_INVALID, 400, "InvalidArgumentException"},
    {MR_LIMIT_EXCEEDED, 400, "LimitExceededException"},
    {MR_TOKEN_EXPIRED, 400, "ExpiredNextTokenException"},
    {MR_STREAM_HAS_CONSUMERS, 400, "ResourceInUseException"},
    {MR_CONSUMER_NOT_FOUND, 400, "ResourceNotFoundException"},
    {MR_CONSUMER_EXISTS, 400, "ResourceInUseException"},
    {MR_CONSUMER_NOT_ACTIVE, 400, "ResourceInUseException"},
    {MR_SUBSCRIPTION_IN_USE, 400, "ResourceInUseException"},
};

const mr_api_service *mr_api_kinesis(void)
{
    static const mr_api_service service = {.name = "kinesis",
                                           .target = "Kinesis_20131202",
                                           .operations = operations,
                                           .operation_count = MR_COUNT(operations),
                                           .faults = faults,
                                           .fault_count = MR_COUNT(faults)};
    return &service;
}
