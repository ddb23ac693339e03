/*
 * schema_firehose.c - Amazon Data Firehose: the properties that AWS knows, and what becomes of them
 * here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property delivery_stream_encryption_configuration_input[] = {
    {"KeyARN", .kind = MR_TEXT},
    {"KeyType", .kind = MR_TEXT, .required = true, .values = "AWS_OWNED_CMK CUSTOMER_MANAGED_CMK"},
    {0},
};

static const mr_property direct_put_source_configuration[] = {
    {"ThroughputHintInMBs", .kind = MR_INTEGER},
    {0},
};

static const mr_property buffering_hints[] = {
    {"IntervalInSeconds", .kind = MR_INTEGER, .use = MR_HONOURED, .max = 900},
    {"SizeInMBs", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 1, .max = 128},
    {0},
};

static const mr_property cloud_watch_logging_options[] = {
    {"Enabled", .kind = MR_BOOLEAN},
    {"LogGroupName", .kind = MR_TEXT},
    {"LogStreamName", .kind = MR_TEXT},
    {0},
};

static const mr_property hive_json_ser_de[] = {
    {"TimestampFormats", .kind = MR_LIST, .use = MR_HONOURED},
    {0},
};

static const mr_property open_x_json_ser_de[] = {
    {"CaseInsensitive", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"ColumnToJsonKeyMappings", .kind = MR_MAP, .use = MR_HONOURED},
    {"ConvertDotsInJsonKeysToUnderscores", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {0},
};

static const mr_property deserializer[] = {
    {"HiveJsonSerDe", .kind = MR_OBJECT, .use = MR_HONOURED, .members = hive_json_ser_de},
    {"OpenXJsonSerDe", .kind = MR_OBJECT, .use = MR_HONOURED, .members = open_x_json_ser_de},
    {0},
};

static const mr_property input_format_configuration[] = {
    {"Deserializer", .kind = MR_OBJECT, .use = MR_HONOURED, .members = deserializer},
    {0},
};

static const mr_property orc_ser_de[] = {
    {"BlockSizeBytes", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"BloomFilterColumns", .kind = MR_LIST, .use = MR_HONOURED},
    {"BloomFilterFalsePositiveProbability", .kind = MR_NUMBER, .use = MR_HONOURED},
    {"Compression", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DictionaryKeyThreshold", .kind = MR_NUMBER, .use = MR_HONOURED},
    {"EnablePadding", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"FormatVersion", .kind = MR_TEXT, .use = MR_HONOURED},
    {"PaddingTolerance", .kind = MR_NUMBER, .use = MR_HONOURED},
    {"RowIndexStride", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"StripeSizeBytes", .kind = MR_INTEGER, .use = MR_HONOURED},
    {0},
};

static const mr_property parquet_ser_de[] = {
    {"BlockSizeBytes", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"Compression", .kind = MR_TEXT, .use = MR_HONOURED},
    {"EnableDictionaryCompression", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"MaxPaddingBytes", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"PageSizeBytes", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"WriterVersion", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property serializer[] = {
    {"OrcSerDe", .kind = MR_OBJECT, .use = MR_HONOURED, .members = orc_ser_de},
    {"ParquetSerDe", .kind = MR_OBJECT, .use = MR_HONOURED, .members = parquet_ser_de},
    {0},
};

static const mr_property output_format_configuration[] = {
    {"Serializer", .kind = MR_OBJECT, .use = MR_HONOURED, .members = serializer},
    {0},
};

static const mr_property schema_configuration[] = {
    {"CatalogId", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DatabaseName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Region", .kind = MR_TEXT, .use = MR_HONOURED},
    {"RoleARN", .kind = MR_TEXT, .use = MR_HONOURED},
    {"TableName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"VersionId", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property data_format_conversion_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"InputFormatConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = input_format_configuration},
    {"OutputFormatConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = output_format_configuration},
    {"SchemaConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED, .members = schema_configuration},
    {0},
};

static const mr_property retry_options[] = {
    {"DurationInSeconds", .kind = MR_INTEGER, .use = MR_HONOURED, .max = 7200},
    {0},
};

static const mr_property dynamic_partitioning_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"RetryOptions", .kind = MR_OBJECT, .use = MR_HONOURED, .members = retry_options},
    {0},
};

static const mr_property kms_encryption_config[] = {
    {"AWSKMSKeyARN", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property encryption_configuration[] = {
    {"KMSEncryptionConfig", .kind = MR_OBJECT, .members = kms_encryption_config},
    {"NoEncryptionConfig", .kind = MR_TEXT},
    {0},
};

static const mr_property processor_parameter[] = {
    {"ParameterName", .kind = MR_TEXT, .use = MR_HONOURED, .required = true,
     .values = "LambdaArn NumberOfRetries MetadataExtractionQuery JsonParsingEngine RoleArn "
               "BufferSizeInMBs BufferIntervalInSeconds SubRecordType Delimiter CompressionFormat "
               "DataMessageExtraction"},
    {"ParameterValue", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {0},
};

static const mr_property processor[] = {
    {"Parameters", .kind = MR_LIST, .use = MR_HONOURED, .members = processor_parameter},
    {"Type", .kind = MR_TEXT, .use = MR_HONOURED, .required = true,
     .values = "RecordDeAggregation Decompression CloudWatchLogProcessing Lambda "
               "MetadataExtraction AppendDelimiterToRecord"},
    {0},
};

static const mr_property processing_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"Processors", .kind = MR_LIST, .use = MR_HONOURED, .members = processor},
    {0},
};

static const mr_property s3_destination_configuration[] = {
    {"BucketARN", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"BufferingHints", .kind = MR_OBJECT, .use = MR_HONOURED, .members = buffering_hints},
    {"CloudWatchLoggingOptions", .kind = MR_OBJECT, .members = cloud_watch_logging_options,
     .why = "errors go to the event log here, not to CloudWatch Logs"},
    {"CompressionFormat", .kind = MR_TEXT, .use = MR_HONOURED,
     .values = "UNCOMPRESSED GZIP ZIP Snappy HADOOP_SNAPPY"},
    {"EncryptionConfiguration", .kind = MR_OBJECT, .members = encryption_configuration,
     .why = "nothing is encrypted here; objects and records are the same for a reader"},
    {"ErrorOutputPrefix", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Prefix", .kind = MR_TEXT, .use = MR_HONOURED},
    {"RoleARN", .kind = MR_TEXT, .required = true, .why = "permissions are not checked here"},
    {0},
};

static const mr_property extended_s3_destination_configuration[] = {
    {"BucketARN", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"BufferingHints", .kind = MR_OBJECT, .use = MR_HONOURED, .members = buffering_hints},
    {"CloudWatchLoggingOptions", .kind = MR_OBJECT, .members = cloud_watch_logging_options,
     .why = "errors go to the event log here, not to CloudWatch Logs"},
    {"CompressionFormat", .kind = MR_TEXT, .use = MR_HONOURED,
     .values = "UNCOMPRESSED GZIP ZIP Snappy HADOOP_SNAPPY"},
    {"CustomTimeZone", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DataFormatConversionConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = data_format_conversion_configuration},
    {"DynamicPartitioningConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = dynamic_partitioning_configuration},
    {"EncryptionConfiguration", .kind = MR_OBJECT, .members = encryption_configuration,
     .why = "nothing is encrypted here; objects and records are the same for a reader"},
    {"ErrorOutputPrefix", .kind = MR_TEXT, .use = MR_HONOURED},
    {"FileExtension", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Prefix", .kind = MR_TEXT, .use = MR_HONOURED},
    {"ProcessingConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = processing_configuration},
    {"RoleARN", .kind = MR_TEXT, .required = true, .why = "permissions are not checked here"},
    {"S3BackupConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = s3_destination_configuration},
    {"S3BackupMode", .kind = MR_TEXT, .use = MR_HONOURED, .values = "Disabled Enabled"},
    {0},
};

static const mr_property kinesis_stream_source_configuration[] = {
    {"KinesisStreamARN", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"RoleARN", .kind = MR_TEXT, .required = true, .why = "permissions are not checked here"},
    {0},
};

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"Value", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property delivery_stream[] = {
    {"AmazonOpenSearchServerlessDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"AmazonopensearchserviceDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"DatabaseSourceConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace reads from Kinesis data streams and DirectPut alone"},
    {"DeliveryStreamEncryptionConfigurationInput", .kind = MR_OBJECT,
     .members = delivery_stream_encryption_configuration_input,
     .why = "nothing is encrypted here; objects and records are the same for a reader"},
    {"DeliveryStreamName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DeliveryStreamType", .kind = MR_TEXT, .use = MR_HONOURED,
     .values = "DirectPut KinesisStreamAsSource MSKAsSource DatabaseAsSource"},
    {"DirectPutSourceConfiguration", .kind = MR_OBJECT, .members = direct_put_source_configuration,
     .why = "the throughput of a DirectPut delivery stream is not limited by a hint here"},
    {"ElasticsearchDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"ExtendedS3DestinationConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = extended_s3_destination_configuration},
    {"HttpEndpointDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"IcebergDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"KinesisStreamSourceConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = kinesis_stream_source_configuration},
    {"MSKSourceConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace reads from Kinesis data streams and DirectPut alone"},
    {"RedshiftDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"S3DestinationConfiguration", .kind = MR_OBJECT, .use = MR_HONOURED,
     .members = s3_destination_configuration},
    {"SnowflakeDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"SplunkDestinationConfiguration", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
    {"Tags", .kind = MR_LIST, .use = MR_HONOURED, .members = tag},
    {0},
};

static const mr_attribute delivery_stream_attributes[] = {
    {"Arn", "arn:$P:firehose:$R:$A:deliverystream/$N"},
    {0},
};

static const mr_resource_type delivery_stream_type = {
    .name = "AWS::KinesisFirehose::DeliveryStream",
    .properties = delivery_stream,
    .attributes = delivery_stream_attributes,
    .name_property = "DeliveryStreamName",
    .name_max = 64,
};

const mr_resource_type *const mr_types_firehose[] = {
    &delivery_stream_type,
    NULL,
};
