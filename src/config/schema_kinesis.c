/*
 * schema_kinesis.c - Kinesis Data Streams: the properties that AWS knows, and what becomes of them
 * here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property stream_encryption[] = {
    {"EncryptionType", .kind = MR_TEXT, .required = true},
    {"KeyId", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property stream_mode_details[] = {
    {"StreamMode", .kind = MR_TEXT, .use = MR_HONOURED, .required = true,
     .values = "PROVISIONED ON_DEMAND"},
    {0},
};

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property stream[] = {
    {"DesiredShardLevelMetrics", .kind = MR_LIST,
     .why = "there is no CloudWatch here; the event log counts per shard"},
    {"MaxRecordSizeInKiB", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 1024, .max = 10240},
    {"Name", .kind = MR_TEXT, .use = MR_HONOURED},
    {"RecordDistributionStrategy", .kind = MR_TEXT},
    {"RetentionPeriodHours", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 24, .max = 8760},
    {"ShardCount", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 1, .max = 100000},
    {"StreamEncryption", .kind = MR_OBJECT, .members = stream_encryption,
     .why = "nothing is encrypted here; objects and records are the same for a reader"},
    {"StreamModeDetails", .kind = MR_OBJECT, .use = MR_HONOURED, .members = stream_mode_details},
    {"Tags", .kind = MR_LIST, .members = tag, .why = "tags are not kept here"},
    {"WarmThroughputMiBps", .kind = MR_INTEGER,
     .why = "the throughput of an on-demand stream is fixed here"},
    {0},
};

static const mr_attribute stream_attributes[] = {
    {"Arn", "arn:$P:kinesis:$R:$A:stream/$N"},
    {"WarmThroughputObject", "$L.WarmThroughputObject"},
    {0},
};

static const mr_resource_type stream_type = {
    .name = "AWS::Kinesis::Stream",
    .properties = stream,
    .attributes = stream_attributes,
    .name_property = "Name",
};

static const mr_property stream_consumer[] = {
    {"ConsumerName", .kind = MR_TEXT, .required = true},
    {"StreamARN", .kind = MR_TEXT, .required = true},
    {"Tags", .kind = MR_LIST, .members = tag},
    {0},
};

static const mr_attribute stream_consumer_attributes[] = {
    {"ConsumerARN", "arn:$P:kinesis:$R:$A:stream/$L/consumer/$N:1735689600"},
    {"ConsumerName", "$N"},
    {"ConsumerStatus", "ACTIVE"},
    {"ConsumerCreationTimestamp", "1735689600"},
    {"StreamARN", "$L.StreamARN"},
    {0},
};

static const mr_resource_type stream_consumer_type = {
    .name = "AWS::Kinesis::StreamConsumer",
    .properties = stream_consumer,
    .attributes = stream_consumer_attributes,
    .name_property = "ConsumerName",
    .ref = "arn:$P:kinesis:$R:$A:stream/$L/consumer/$N:1735689600",
    .warning = "consumers with enhanced fan-out are not modelled here",
};

static const mr_property resource_policy[] = {
    {"ResourceArn", .kind = MR_TEXT, .required = true},
    {"ResourcePolicy", .kind = MR_ANY, .required = true},
    {0},
};

static const mr_resource_type resource_policy_type = {
    .name = "AWS::Kinesis::ResourcePolicy",
    .properties = resource_policy,
    .ref = "$L",
    .warning = "permissions are not checked here",
};

const mr_resource_type *const mr_types_kinesis[] = {
    &stream_type,
    &stream_consumer_type,
    &resource_policy_type,
    NULL,
};
