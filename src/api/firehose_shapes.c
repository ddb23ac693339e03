/* firehose_shapes.c - see firehose_shapes.h. */
#include "src/api/firehose_shapes.h"

/* ---- rules that members share ---- */

#define NAME_RULES .range = MR_AWS_RANGE(1, 64), .pattern = "[a-zA-Z0-9_.-]+"
#define ROLE_RULES                                                                                 \
    .range = MR_AWS_RANGE(1, 512), .pattern = "arn:.*:iam::\\d{12}:role/[a-zA-Z_0-9+=,.@\\-_/]+"
#define BUCKET_RULES .range = MR_AWS_RANGE(1, 2048), .pattern = "arn:.*:s3:::[\\w\\.\\-]{1,255}"
#define STREAM_ARN_RULES                                                                           \
    .range = MR_AWS_RANGE(1, 512),                                                                 \
    .pattern = "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+"
#define KEY_RULES                                                                                  \
    .range = MR_AWS_RANGE(1, 512),                                                                 \
    .pattern = "arn:.*:kms:[a-zA-Z0-9\\-]+:\\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\\-_/]+"
#define PREFIX_RULES     .range = MR_AWS_RANGE(0, 1024)
#define WORD_RULES       .range = MR_AWS_RANGE(1, 1024), .pattern = "^\\S+$"
#define PAGE_RULES       .range = MR_AWS_RANGE(1, 10000)
#define TAG_KEY_RULES    .range = MR_AWS_RANGE(1, 128) /* its characters: firehose_streams.c */
#define COMPRESSION_RULE .values = compressions

static const char *const stream_types[] = {"DirectPut", "KinesisStreamAsSource", "MSKAsSource",
                                           "DatabaseAsSource", NULL};
static const char *const key_types[] = {"AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK", NULL};
static const char *const compressions[] = {/* in the order in which AWS lists them */
                                           "ZIP",  "HADOOP_SNAPPY", "Snappy",
                                           "GZIP", "UNCOMPRESSED",  NULL};
static const char *const no_encryption[] = {"NoEncryption", NULL};
static const char *const backup_modes[] = {"Disabled", "Enabled", NULL};
static const char *const processor_types[] = {"RecordDeAggregation",
                                              "Decompression",
                                              "CloudWatchLogProcessing",
                                              "Lambda",
                                              "MetadataExtraction",
                                              "AppendDelimiterToRecord",
                                              NULL};
static const char *const parameter_names[] = {
    "LambdaArn", "NumberOfRetries",   "MetadataExtractionQuery", "JsonParsingEngine",
    "RoleArn",   "BufferSizeInMBs",   "BufferIntervalInSeconds", "SubRecordType",
    "Delimiter", "CompressionFormat", "DataMessageExtraction",   NULL};
static const char *const parquet_compressions[] = {"UNCOMPRESSED", "GZIP", "SNAPPY", NULL};
static const char *const parquet_versions[] = {"V1", "V2", NULL};
static const char *const orc_compressions[] = {"NONE", "ZLIB", "SNAPPY", NULL};
static const char *const orc_versions[] = {"V0_11", "V0_12", NULL};

/* A member of a structure: its name, type and place. */
#define AT(in, name, type, member) name, MR_AWS_##type, offsetof(in, member)

/* ---- destinations ---- */

static const mr_aws_member hints_rows[] = {
    {AT(mr_firehose_hints, "SizeInMBs", INTEGER, size_mib), .range = MR_AWS_RANGE(1, 128)},
    {AT(mr_firehose_hints, "IntervalInSeconds", INTEGER, interval_s),
     .range = MR_AWS_RANGE(0, 900)},
};
static const mr_aws_shape hints = MR_AWS_SHAPE(mr_firehose_hints, hints_rows);

static const mr_aws_member kms_rows[] = {
    {AT(mr_firehose_kms, "AWSKMSKeyARN", STRING, key_arn), .presence = MR_AWS_REQUIRED, KEY_RULES},
};
static const mr_aws_shape kms = MR_AWS_SHAPE(mr_firehose_kms, kms_rows);

static const mr_aws_member encryption_rows[] = {
    {AT(mr_firehose_encryption, "NoEncryptionConfig", STRING, none), .values = no_encryption},
    {AT(mr_firehose_encryption, "KMSEncryptionConfig", STRUCTURE, kms), .shape = &kms},
};
static const mr_aws_shape encryption = MR_AWS_SHAPE(mr_firehose_encryption, encryption_rows);

static const mr_aws_member logging_rows[] = {
    {AT(mr_firehose_logging, "Enabled", BOOLEAN, enabled), .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_logging, "LogGroupName", STRING, group), .range = MR_AWS_RANGE(0, 512),
     .pattern = "[\\.\\-_/#A-Za-z0-9]*"},
    {AT(mr_firehose_logging, "LogStreamName", STRING, stream), .range = MR_AWS_RANGE(0, 512),
     .pattern = "[^:*]*"},
};
static const mr_aws_shape logging = MR_AWS_SHAPE(mr_firehose_logging, logging_rows);

/* The members that all S3 destinations share. demanded: the presence of role and bucket; at: the
 * place of the mr_firehose_s3 in the struct. */
#define S3_ROWS(demanded, at)                                                                      \
    {"RoleARN", MR_AWS_STRING, (at) + offsetof(mr_firehose_s3, role_arn), .presence = (demanded),  \
     ROLE_RULES},                                                                                  \
        {"BucketARN", MR_AWS_STRING, (at) + offsetof(mr_firehose_s3, bucket_arn),                  \
         .presence = (demanded), BUCKET_RULES},                                                    \
        {"Prefix", MR_AWS_STRING, (at) + offsetof(mr_firehose_s3, prefix), PREFIX_RULES},          \
        {"ErrorOutputPrefix", MR_AWS_STRING, (at) + offsetof(mr_firehose_s3, error_output_prefix), \
         PREFIX_RULES},                                                                            \
        {"BufferingHints", MR_AWS_STRUCTURE, (at) + offsetof(mr_firehose_s3, hints),               \
         .shape = &hints},                                                                         \
        {"CompressionFormat", MR_AWS_STRING, (at) + offsetof(mr_firehose_s3, compression),         \
         COMPRESSION_RULE},                                                                        \
        {"EncryptionConfiguration", MR_AWS_STRUCTURE, (at) + offsetof(mr_firehose_s3, encryption), \
         .shape = &encryption},                                                                    \
    {                                                                                              \
        "CloudWatchLoggingOptions", MR_AWS_STRUCTURE, (at) + offsetof(mr_firehose_s3, logging),    \
            .shape = &logging                                                                      \
    }

static const mr_aws_member s3_configuration_rows[] = {S3_ROWS(MR_AWS_REQUIRED, 0)};
const mr_aws_shape mr_firehose_s3_configuration =
    MR_AWS_SHAPE(mr_firehose_s3, s3_configuration_rows);

static const mr_aws_member s3_update_rows[] = {S3_ROWS(MR_AWS_OPTIONAL, 0)};
const mr_aws_shape mr_firehose_s3_update = MR_AWS_SHAPE(mr_firehose_s3, s3_update_rows);

static const mr_aws_member parameter_rows[] = {
    {AT(mr_firehose_parameter, "ParameterName", STRING, name), .presence = MR_AWS_REQUIRED,
     .values = parameter_names},
    {AT(mr_firehose_parameter, "ParameterValue", STRING, value), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, 5120)},
};
static const mr_aws_shape parameter = MR_AWS_SHAPE(mr_firehose_parameter, parameter_rows);
static const mr_aws_member parameter_item = {"member", MR_AWS_STRUCTURE, .shape = &parameter};

static const mr_aws_member processor_rows[] = {
    {AT(mr_firehose_processor, "Type", STRING, type), .presence = MR_AWS_REQUIRED,
     .values = processor_types},
    {AT(mr_firehose_processor, "Parameters", LIST, parameters), .element = &parameter_item},
};
static const mr_aws_shape processor = MR_AWS_SHAPE(mr_firehose_processor, processor_rows);
static const mr_aws_member processor_item = {"member", MR_AWS_STRUCTURE, .shape = &processor};

static const mr_aws_member processing_rows[] = {
    {AT(mr_firehose_processing, "Enabled", BOOLEAN, enabled), .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_processing, "Processors", LIST, processors), .element = &processor_item},
};
static const mr_aws_shape processing = MR_AWS_SHAPE(mr_firehose_processing, processing_rows);

static const mr_aws_member retry_rows[] = {
    {AT(mr_firehose_retry, "DurationInSeconds", INTEGER, duration_s),
     .range = MR_AWS_RANGE(0, 7200)},
};
static const mr_aws_shape retry = MR_AWS_SHAPE(mr_firehose_retry, retry_rows);

static const mr_aws_member partitioning_rows[] = {
    {AT(mr_firehose_partitioning, "RetryOptions", STRUCTURE, retry), .shape = &retry},
    {AT(mr_firehose_partitioning, "Enabled", BOOLEAN, enabled), .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape partitioning = MR_AWS_SHAPE(mr_firehose_partitioning, partitioning_rows);

/* ---- format conversion ---- */

static const mr_aws_member word_item = {"member", MR_AWS_STRING, WORD_RULES};
static const mr_aws_member text_item = {"member", MR_AWS_STRING, .range = MR_AWS_RANGE(1, 1024)};

static const mr_aws_member schema_rows[] = {
    {AT(mr_firehose_schema, "RoleARN", STRING, role_arn), WORD_RULES},
    {AT(mr_firehose_schema, "CatalogId", STRING, catalog_id), WORD_RULES},
    {AT(mr_firehose_schema, "DatabaseName", STRING, database_name), WORD_RULES},
    {AT(mr_firehose_schema, "TableName", STRING, table_name), WORD_RULES},
    {AT(mr_firehose_schema, "Region", STRING, region), WORD_RULES},
    {AT(mr_firehose_schema, "VersionId", STRING, version_id), WORD_RULES},
};
static const mr_aws_shape schema = MR_AWS_SHAPE(mr_firehose_schema, schema_rows);

static const mr_aws_member openx_rows[] = {
    {AT(mr_firehose_openx, "ConvertDotsInJsonKeysToUnderscores", BOOLEAN, converts_dots),
     .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_openx, "CaseInsensitive", BOOLEAN, is_case_insensitive),
     .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_openx, "ColumnToJsonKeyMappings", MAP, mappings), .key = &word_item,
     .element = &text_item},
};
static const mr_aws_shape openx = MR_AWS_SHAPE(mr_firehose_openx, openx_rows);

static const mr_aws_member hive_rows[] = {
    {AT(mr_firehose_hive, "TimestampFormats", LIST, timestamp_formats), .element = &text_item},
};
static const mr_aws_shape hive = MR_AWS_SHAPE(mr_firehose_hive, hive_rows);

static const mr_aws_member deserializer_rows[] = {
    {AT(mr_firehose_deserializer, "OpenXJsonSerDe", STRUCTURE, openx), .shape = &openx},
    {AT(mr_firehose_deserializer, "HiveJsonSerDe", STRUCTURE, hive), .shape = &hive},
};
static const mr_aws_shape deserializer = MR_AWS_SHAPE(mr_firehose_deserializer, deserializer_rows);

static const mr_aws_member input_format_rows[] = {
    {AT(mr_firehose_input_format, "Deserializer", STRUCTURE, deserializer), .shape = &deserializer},
};
static const mr_aws_shape input_format = MR_AWS_SHAPE(mr_firehose_input_format, input_format_rows);

static const mr_aws_member parquet_rows[] = {
    {AT(mr_firehose_parquet, "BlockSizeBytes", INTEGER, block_bytes),
     .range = MR_AWS_AT_LEAST(67108864)},
    {AT(mr_firehose_parquet, "PageSizeBytes", INTEGER, page_bytes),
     .range = MR_AWS_AT_LEAST(65536)},
    {AT(mr_firehose_parquet, "Compression", STRING, compression), .values = parquet_compressions},
    {AT(mr_firehose_parquet, "EnableDictionaryCompression", BOOLEAN, has_dictionary),
     .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_parquet, "MaxPaddingBytes", INTEGER, padding_bytes_max),
     .range = MR_AWS_AT_LEAST(0)},
    {AT(mr_firehose_parquet, "WriterVersion", STRING, writer_version), .values = parquet_versions},
};
static const mr_aws_shape parquet = MR_AWS_SHAPE(mr_firehose_parquet, parquet_rows);

static const mr_aws_member orc_rows[] = {
    {AT(mr_firehose_orc, "StripeSizeBytes", INTEGER, stripe_bytes),
     .range = MR_AWS_AT_LEAST(8388608)},
    {AT(mr_firehose_orc, "BlockSizeBytes", INTEGER, block_bytes),
     .range = MR_AWS_AT_LEAST(67108864)},
    {AT(mr_firehose_orc, "RowIndexStride", INTEGER, row_index_stride),
     .range = MR_AWS_AT_LEAST(1000)},
    {AT(mr_firehose_orc, "EnablePadding", BOOLEAN, has_padding), .presence = MR_AWS_OPTIONAL},
    {AT(mr_firehose_orc, "Compression", STRING, compression), .values = orc_compressions},
    {AT(mr_firehose_orc, "BloomFilterColumns", LIST, bloom_columns), .element = &word_item},
    {AT(mr_firehose_orc, "FormatVersion", STRING, format_version), .values = orc_versions},
};
static const mr_aws_shape orc = MR_AWS_SHAPE(mr_firehose_orc, orc_rows);

static const mr_aws_member serializer_rows[] = {
    {AT(mr_firehose_serializer, "ParquetSerDe", STRUCTURE, parquet), .shape = &parquet},
    {AT(mr_firehose_serializer, "OrcSerDe", STRUCTURE, orc), .shape = &orc},
};
static const mr_aws_shape serializer = MR_AWS_SHAPE(mr_firehose_serializer, serializer_rows);

static const mr_aws_member output_format_rows[] = {
    {AT(mr_firehose_output_format, "Serializer", STRUCTURE, serializer), .shape = &serializer},
};
static const mr_aws_shape output_format =
    MR_AWS_SHAPE(mr_firehose_output_format, output_format_rows);

static const mr_aws_member conversion_rows[] = {
    {AT(mr_firehose_conversion, "SchemaConfiguration", STRUCTURE, schema), .shape = &schema},
    {AT(mr_firehose_conversion, "InputFormatConfiguration", STRUCTURE, input),
     .shape = &input_format},
    {AT(mr_firehose_conversion, "OutputFormatConfiguration", STRUCTURE, output),
     .shape = &output_format},
    {AT(mr_firehose_conversion, "Enabled", BOOLEAN, enabled), .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape conversion = MR_AWS_SHAPE(mr_firehose_conversion, conversion_rows);

/* ---- the extended destination ---- */

#define EXTENDED_ROWS(demanded, backup_name, backup_shape)                                         \
    S3_ROWS(demanded, offsetof(mr_firehose_extended_s3, plain)),                                   \
        {AT(mr_firehose_extended_s3, "ProcessingConfiguration", STRUCTURE, processing),            \
         .shape = &processing},                                                                    \
        {AT(mr_firehose_extended_s3, "S3BackupMode", STRING, backup_mode),                         \
         .values = backup_modes},                                                                  \
        {AT(mr_firehose_extended_s3, backup_name, STRUCTURE, backup), .shape = (backup_shape)},    \
        {AT(mr_firehose_extended_s3, "DataFormatConversionConfiguration", STRUCTURE, conversion),  \
         .shape = &conversion},                                                                    \
        {AT(mr_firehose_extended_s3, "DynamicPartitioningConfiguration", STRUCTURE, partitioning), \
         .shape = &partitioning},                                                                  \
        {AT(mr_firehose_extended_s3, "FileExtension", STRING, file_extension),                     \
         .range = MR_AWS_RANGE(0, 128), .pattern = "^$|\\.[0-9a-z!\\-_.*'()]+"},                   \
    {                                                                                              \
        AT(mr_firehose_extended_s3, "CustomTimeZone", STRING, time_zone),                          \
            .range = MR_AWS_RANGE(0, 50), .pattern = "^$|[a-zA-Z/_]+"                              \
    }

static const mr_aws_member extended_configuration_rows[] = {
    EXTENDED_ROWS(MR_AWS_REQUIRED, "S3BackupConfiguration", &mr_firehose_s3_configuration)};
const mr_aws_shape mr_firehose_extended_configuration =
    MR_AWS_SHAPE(mr_firehose_extended_s3, extended_configuration_rows);

static const mr_aws_member extended_update_rows[] = {
    EXTENDED_ROWS(MR_AWS_OPTIONAL, "S3BackupUpdate", &mr_firehose_s3_update)};
const mr_aws_shape mr_firehose_extended_update =
    MR_AWS_SHAPE(mr_firehose_extended_s3, extended_update_rows);

/* ---- destinations that do not run here ---- */

static const mr_aws_shape presence = {.size = sizeof(mr_firehose_presence)};

#define OTHER(in, name, member)                                                                    \
    {                                                                                              \
        AT(in, name, STRUCTURE, member), .shape = &presence                                        \
    }
#define OTHER_ROWS(in, suffix)                                                                     \
    OTHER(in, "RedshiftDestination" suffix, others.redshift),                                      \
        OTHER(in, "ElasticsearchDestination" suffix, others.elasticsearch),                        \
        OTHER(in, "AmazonopensearchserviceDestination" suffix, others.opensearch),                 \
        OTHER(in, "SplunkDestination" suffix, others.splunk),                                      \
        OTHER(in, "HttpEndpointDestination" suffix, others.http_endpoint),                         \
        OTHER(in, "AmazonOpenSearchServerlessDestination" suffix, others.opensearch_serverless),   \
        OTHER(in, "SnowflakeDestination" suffix, others.snowflake),                                \
        OTHER(in, "IcebergDestination" suffix, others.iceberg)

/* ---- the control plane ---- */

static const mr_aws_member direct_put_rows[] = {
    {AT(mr_firehose_direct_put, "ThroughputHintInMBs", INTEGER, throughput_hint),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 100)},
};
static const mr_aws_shape direct_put = MR_AWS_SHAPE(mr_firehose_direct_put, direct_put_rows);

static const mr_aws_member source_rows[] = {
    {AT(mr_firehose_source, "KinesisStreamARN", STRING, stream_arn), .presence = MR_AWS_REQUIRED,
     STREAM_ARN_RULES},
    {AT(mr_firehose_source, "RoleARN", STRING, role_arn), .presence = MR_AWS_REQUIRED, ROLE_RULES},
};
static const mr_aws_shape source = MR_AWS_SHAPE(mr_firehose_source, source_rows);

static const mr_aws_member key_rows[] = {
    {AT(mr_firehose_key, "KeyARN", STRING, key_arn), KEY_RULES},
    {AT(mr_firehose_key, "KeyType", STRING, key_type), .presence = MR_AWS_REQUIRED,
     .values = key_types},
};
static const mr_aws_shape key = MR_AWS_SHAPE(mr_firehose_key, key_rows);

static const mr_aws_member tag_rows[] = {
    {AT(mr_firehose_tag, "Key", STRING, key), .presence = MR_AWS_REQUIRED, TAG_KEY_RULES},
    {AT(mr_firehose_tag, "Value", STRING, value), .range = MR_AWS_RANGE(0, 256)},
};
static const mr_aws_shape tag = MR_AWS_SHAPE(mr_firehose_tag, tag_rows);
static const mr_aws_member tag_item = {"member", MR_AWS_STRUCTURE, .shape = &tag};
static const mr_aws_member tag_key_item = {"member", MR_AWS_STRING, TAG_KEY_RULES};

/* An operation's input, whose messages show no values. */
#define INPUT_SHAPE(structure, rows)                                                               \
    {                                                                                              \
        .members = (rows), .member_count = MR_COUNT(rows), .size = sizeof(structure),              \
        .hides_values = true                                                                       \
    }
#define NAME_ROW(in)                                                                               \
    {                                                                                              \
        AT(in, "DeliveryStreamName", STRING, name), .presence = MR_AWS_REQUIRED, NAME_RULES        \
    }

static const mr_aws_member create_rows[] = {
    NAME_ROW(mr_firehose_create_in),
    {AT(mr_firehose_create_in, "DeliveryStreamType", STRING, type), .values = stream_types},
    {AT(mr_firehose_create_in, "DirectPutSourceConfiguration", STRUCTURE, direct_put),
     .shape = &direct_put},
    {AT(mr_firehose_create_in, "KinesisStreamSourceConfiguration", STRUCTURE, source),
     .shape = &source},
    {AT(mr_firehose_create_in, "DeliveryStreamEncryptionConfigurationInput", STRUCTURE, key),
     .shape = &key},
    {AT(mr_firehose_create_in, "S3DestinationConfiguration", STRUCTURE, s3),
     .shape = &mr_firehose_s3_configuration},
    {AT(mr_firehose_create_in, "ExtendedS3DestinationConfiguration", STRUCTURE, extended),
     .shape = &mr_firehose_extended_configuration},
    OTHER_ROWS(mr_firehose_create_in, "Configuration"),
    OTHER(mr_firehose_create_in, "MSKSourceConfiguration", msk),
    OTHER(mr_firehose_create_in, "DatabaseSourceConfiguration", database),
    {AT(mr_firehose_create_in, "Tags", LIST, tags), .range = MR_AWS_RANGE(1, 50),
     .element = &tag_item},
};
static const mr_aws_shape create = INPUT_SHAPE(mr_firehose_create_in, create_rows);

static const mr_aws_member delete_rows[] = {
    NAME_ROW(mr_firehose_delete_in),
    {AT(mr_firehose_delete_in, "AllowForceDelete", BOOLEAN, allow_force_delete),
     .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape delete_shape = INPUT_SHAPE(mr_firehose_delete_in, delete_rows);

static const mr_aws_member describe_rows[] = {
    NAME_ROW(mr_firehose_describe_in),
    {AT(mr_firehose_describe_in, "Limit", INTEGER, limit), PAGE_RULES},
    {AT(mr_firehose_describe_in, "ExclusiveStartDestinationId", STRING,
        exclusive_start_destination_id),
     .range = MR_AWS_RANGE(1, 100), .pattern = "[a-zA-Z0-9-]+"},
};
static const mr_aws_shape describe = INPUT_SHAPE(mr_firehose_describe_in, describe_rows);

static const mr_aws_member list_rows[] = {
    {AT(mr_firehose_list_in, "Limit", INTEGER, limit), PAGE_RULES},
    {AT(mr_firehose_list_in, "DeliveryStreamType", STRING, type), .values = stream_types},
    {AT(mr_firehose_list_in, "ExclusiveStartDeliveryStreamName", STRING, exclusive_start_name),
     NAME_RULES},
};
static const mr_aws_shape list = INPUT_SHAPE(mr_firehose_list_in, list_rows);

static const mr_aws_member list_tags_rows[] = {
    NAME_ROW(mr_firehose_list_tags_in),
    {AT(mr_firehose_list_tags_in, "ExclusiveStartTagKey", STRING, exclusive_start_tag_key),
     TAG_KEY_RULES},
    {AT(mr_firehose_list_tags_in, "Limit", INTEGER, limit), .range = MR_AWS_RANGE(1, 50)},
};
static const mr_aws_shape list_tags = INPUT_SHAPE(mr_firehose_list_tags_in, list_tags_rows);

static const mr_aws_member start_encryption_rows[] = {
    NAME_ROW(mr_firehose_start_encryption_in),
    {AT(mr_firehose_start_encryption_in, "DeliveryStreamEncryptionConfigurationInput", STRUCTURE,
        key),
     .shape = &key},
};
static const mr_aws_shape start_encryption =
    INPUT_SHAPE(mr_firehose_start_encryption_in, start_encryption_rows);

static const mr_aws_member name_rows[] = {NAME_ROW(mr_firehose_name_in)};
static const mr_aws_shape name_alone = INPUT_SHAPE(mr_firehose_name_in, name_rows);

static const mr_aws_member tag_in_rows[] = {
    NAME_ROW(mr_firehose_tag_in),
    {AT(mr_firehose_tag_in, "Tags", LIST, tags), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, 50), .element = &tag_item},
};
static const mr_aws_shape tag_in = INPUT_SHAPE(mr_firehose_tag_in, tag_in_rows);

static const mr_aws_member untag_rows[] = {
    NAME_ROW(mr_firehose_untag_in),
    {AT(mr_firehose_untag_in, "TagKeys", LIST, tag_keys), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, 50), .element = &tag_key_item},
};
static const mr_aws_shape untag = INPUT_SHAPE(mr_firehose_untag_in, untag_rows);

static const mr_aws_member update_rows[] = {
    NAME_ROW(mr_firehose_update_in),
    {AT(mr_firehose_update_in, "CurrentDeliveryStreamVersionId", STRING, version),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 50), .pattern = "[0-9]+"},
    {AT(mr_firehose_update_in, "DestinationId", STRING, destination_id),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 100), .pattern = "[a-zA-Z0-9-]+"},
    {AT(mr_firehose_update_in, "S3DestinationUpdate", STRUCTURE, s3),
     .shape = &mr_firehose_s3_update},
    {AT(mr_firehose_update_in, "ExtendedS3DestinationUpdate", STRUCTURE, extended),
     .shape = &mr_firehose_extended_update},
    OTHER_ROWS(mr_firehose_update_in, "Update"),
};
static const mr_aws_shape update = INPUT_SHAPE(mr_firehose_update_in, update_rows);

/* ---- records ---- */

static const mr_aws_member record_rows[] = {
    {AT(mr_firehose_record, "Data", BLOB, data), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(0, MR_FIREHOSE_RECORD_BYTES_MAX)},
};
static const mr_aws_shape record = MR_AWS_SHAPE(mr_firehose_record, record_rows);
static const mr_aws_member record_item = {"member", MR_AWS_STRUCTURE, .shape = &record};

static const mr_aws_member put_rows[] = {
    NAME_ROW(mr_firehose_put_in),
    {AT(mr_firehose_put_in, "Record", STRUCTURE, record), .presence = MR_AWS_REQUIRED,
     .shape = &record},
};
static const mr_aws_shape put = INPUT_SHAPE(mr_firehose_put_in, put_rows);

static const mr_aws_member put_batch_rows[] = {
    NAME_ROW(mr_firehose_put_batch_in),
    {AT(mr_firehose_put_batch_in, "Records", LIST, records), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, MR_FIREHOSE_BATCH_RECORDS_MAX), .element = &record_item},
};
static const mr_aws_shape put_batch = INPUT_SHAPE(mr_firehose_put_batch_in, put_batch_rows);

/* ---- the operations ---- */

const mr_aws_input mr_firehose_inputs[MR_FIREHOSE_OPERATION_COUNT] = {
    [MR_FIREHOSE_CREATE_DELIVERY_STREAM] = {"CreateDeliveryStream", &create},
    [MR_FIREHOSE_DELETE_DELIVERY_STREAM] = {"DeleteDeliveryStream", &delete_shape},
    [MR_FIREHOSE_DESCRIBE_DELIVERY_STREAM] = {"DescribeDeliveryStream", &describe},
    [MR_FIREHOSE_LIST_DELIVERY_STREAMS] = {"ListDeliveryStreams", &list},
    [MR_FIREHOSE_LIST_TAGS_FOR_DELIVERY_STREAM] = {"ListTagsForDeliveryStream", &list_tags},
    [MR_FIREHOSE_PUT_RECORD] = {"PutRecord", &put},
    [MR_FIREHOSE_PUT_RECORD_BATCH] = {"PutRecordBatch", &put_batch},
    [MR_FIREHOSE_START_DELIVERY_STREAM_ENCRYPTION] = {"StartDeliveryStreamEncryption",
                                                      &start_encryption},
    [MR_FIREHOSE_STOP_DELIVERY_STREAM_ENCRYPTION] = {"StopDeliveryStreamEncryption", &name_alone},
    [MR_FIREHOSE_TAG_DELIVERY_STREAM] = {"TagDeliveryStream", &tag_in},
    [MR_FIREHOSE_UNTAG_DELIVERY_STREAM] = {"UntagDeliveryStream", &untag},
    [MR_FIREHOSE_UPDATE_DESTINATION] = {"UpdateDestination", &update},
};
