/* resources_firehose_test.c - what Firehose refuses, and what of it millrace cannot run: one
 * mistake each, and the one line that it gets. */
#include "tests/src/config/plan_help.h"

#define DELIVERY                                                                                   \
    "Resources:\n"                                                                                 \
    "  B: {Type: AWS::S3::Bucket}\n"                                                               \
    "  S: {Type: AWS::Kinesis::Stream}\n"                                                          \
    "  D:\n"                                                                                       \
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"                                             \
    "    Properties:\n"

#define SOURCE                                                                                     \
    "      DeliveryStreamType: KinesisStreamAsSource\n"                                            \
    "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt S.Arn, "                   \
    "RoleARN: r}\n"

#define DESTINATION                                                                                \
    "      ExtendedS3DestinationConfiguration:\n"                                                  \
    "        BucketARN: !GetAtt B.Arn\n"                                                           \
    "        RoleARN: r\n"

/* Lines 12 to 14: a prefix with one key, which EXTRACTION "..." ENGINE gives. */
#define PARTITIONED                                                                                \
    "        DynamicPartitioningConfiguration: {Enabled: true}\n"                                  \
    "        Prefix: 'a=!{partitionKeyFromQuery:a}/'\n"                                            \
    "        ErrorOutputPrefix: 'e/!{firehose:error-output-type}/'\n"
#define EXTRACTION                                                                                 \
    "            - {Type: MetadataExtraction, Parameters: [{ParameterName: "                       \
    "MetadataExtractionQuery, ParameterValue: '"
#define ENGINE "'}, {ParameterName: JsonParsingEngine, ParameterValue: 'JQ-1.6'}]}\n"
#define PROCESSORS                                                                                 \
    "        ProcessingConfiguration:\n"                                                           \
    "          Enabled: true\n"                                                                    \
    "          Processors:\n"

#define LAMBDA                                                                                     \
    "            - {Type: Lambda, Parameters: [{ParameterName: LambdaArn, "                        \
    "ParameterValue: 'arn:aws:lambda:us-east-1:000000000000:function:f'}"

#define AT_DESTINATION "Resources.D.Properties.ExtendedS3DestinationConfiguration"

static void test_delivery_streams_are_refused_in_the_words_of_firehose(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"nothing wrong", DELIVERY SOURCE DESTINATION, ""},
        {"no destination", DELIVERY SOURCE,
         "E t.yaml:6: Resources.D.Properties: Exactly one destination configuration "
         "is supported for a Firehose"},
        {"two destinations",
         DELIVERY SOURCE DESTINATION
         "      S3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r}\n",
         "E t.yaml:6: Resources.D.Properties: Exactly one destination configuration "
         "is supported for a Firehose"},
        {"another destination",
         DELIVERY SOURCE "      SplunkDestinationConfiguration:\n"
                         "        HECEndpoint: x\n",
         "E t.yaml:9: Resources.D.Properties.SplunkDestinationConfiguration: "
         "millrace delivers to S3 alone; use ExtendedS3DestinationConfiguration"},
        {"a Kafka source", DELIVERY "      DeliveryStreamType: MSKAsSource\n" DESTINATION,
         "E t.yaml:7: Resources.D.Properties.DeliveryStreamType: millrace reads from "
         "Kinesis data streams and DirectPut alone"},
        {"a misspelt stream type",
         DELIVERY "      DeliveryStreamType: KinesisAsSource\n" DESTINATION,
         "E t.yaml:7: Resources.D.Properties.DeliveryStreamType: 1 validation error "
         "detected: Value 'KinesisAsSource' at 'deliveryStreamType' failed to "
         "satisfy constraint: Member must satisfy enum value set: [DirectPut, "
         "KinesisStreamAsSource, MSKAsSource, DatabaseAsSource]"},
        {"no source", DELIVERY "      DeliveryStreamType: KinesisStreamAsSource\n" DESTINATION,
         "E t.yaml:6: Resources.D.Properties: KinesisSourceStreamConfig is mandatory "
         "for KinesisStreamAsSource stream type."},
        {"a source of a DirectPut stream",
         DELIVERY "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt S.Arn, "
                  "RoleARN: r}\n" DESTINATION,
         "W t.yaml:7: Resources.D.Properties.KinesisStreamSourceConfiguration: "
         "KinesisStreamSourceConfiguration counts for KinesisStreamAsSource alone, "
         "and this delivery stream is DirectPut; set DeliveryStreamType: "
         "KinesisStreamAsSource to read the stream"},
        {"encryption of a Kinesis source",
         DELIVERY SOURCE DESTINATION
         "      DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}\n",
         "W t.yaml:12: "
         "Resources.D.Properties.DeliveryStreamEncryptionConfigurationInput: nothing "
         "is encrypted here; objects and records are the same for a reader\n"
         "E t.yaml:12: "
         "Resources.D.Properties.DeliveryStreamEncryptionConfigurationInput: Server "
         "side encryption from firehose is only allowed for direct put delivery "
         "streams and database as a source delivery streams"},
        {"a name for the ARN of the stream",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket}\n"
         "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: s}}\n"
         "  D:\n"
         "    Type: AWS::KinesisFirehose::DeliveryStream\n"
         "    Properties:\n"
         "      DeliveryStreamType: KinesisStreamAsSource\n"
         "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !Ref S, "
         "RoleARN: r}\n" DESTINATION,
         "E t.yaml:8: "
         "Resources.D.Properties.KinesisStreamSourceConfiguration.KinesisStreamARN: "
         "1 validation error detected: Value 's' at "
         "'kinesisStreamSourceConfiguration.kinesisStreamARN' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: "
         "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+"},
        {"a stream that is not here",
         DELIVERY
         "      DeliveryStreamType: KinesisStreamAsSource\n"
         "      KinesisStreamSourceConfiguration: {KinesisStreamARN: "
         "'arn:aws:kinesis:us-east-1:000000000000:stream/other', RoleARN: r}\n" DESTINATION,
         "E t.yaml:8: "
         "Resources.D.Properties.KinesisStreamSourceConfiguration.KinesisStreamARN: "
         "Stream other under account 000000000000 not found; every stream that a "
         "local run reads must be in the template: add an AWS::Kinesis::Stream"},
        {"a name for the ARN of the bucket",
         DELIVERY SOURCE "      ExtendedS3DestinationConfiguration:\n"
                         "        BucketARN: my-bucket\n"
                         "        RoleARN: r\n",
         "E t.yaml:10: " AT_DESTINATION
         ".BucketARN: 1 validation error detected: Value 'my-bucket' at 'bucketARN' "
         "failed to satisfy constraint: Member must satisfy regular expression "
         "pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}"},
        {"a bucket that is not here",
         DELIVERY SOURCE "      ExtendedS3DestinationConfiguration:\n"
                         "        BucketARN: 'arn:aws:s3:::elsewhere'\n"
                         "        RoleARN: r\n",
         "W t.yaml:10: " AT_DESTINATION
         ".BucketARN: the template does not make the bucket elsewhere; it is taken "
         "to be there, and empty"},
        {"no bucket",
         DELIVERY SOURCE "      ExtendedS3DestinationConfiguration:\n"
                         "        RoleARN: r\n",
         "E t.yaml:9: " AT_DESTINATION
         ": Properties validation failed for resource D with message: "
         "#/ExtendedS3DestinationConfiguration: required key [BucketARN] not found"},
        {"no role",
         DELIVERY SOURCE "      ExtendedS3DestinationConfiguration:\n"
                         "        BucketARN: !GetAtt B.Arn\n",
         "E t.yaml:9: " AT_DESTINATION
         ": Properties validation failed for resource D with message: "
         "#/ExtendedS3DestinationConfiguration: required key [RoleARN] not found"},
        {"a size above its range",
         DELIVERY SOURCE DESTINATION
         "        BufferingHints: {SizeInMBs: 129, IntervalInSeconds: 60}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".BufferingHints.SizeInMBs: 1 validation error detected: Value '129' at "
         "'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs' failed to "
         "satisfy constraint: Member must have value less than or equal to 128"},
        {"an interval above its range",
         DELIVERY SOURCE DESTINATION
         "        BufferingHints: {SizeInMBs: '5', IntervalInSeconds: '901'}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".BufferingHints.IntervalInSeconds: 1 validation error detected: Value "
         "'901' at "
         "'extendedS3DestinationConfiguration.bufferingHints.intervalInSeconds' "
         "failed to satisfy constraint: Member must have value less than or equal to "
         "900"},
        {"a negative interval",
         DELIVERY SOURCE DESTINATION
         "        BufferingHints: {SizeInMBs: 5, IntervalInSeconds: -1}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".BufferingHints.IntervalInSeconds: 1 validation error detected: Value '-1' "
         "at 'extendedS3DestinationConfiguration.bufferingHints.intervalInSeconds' "
         "failed to satisfy constraint: Member must have value greater than or equal "
         "to 0"},
        {"only one hint", DELIVERY SOURCE DESTINATION "        BufferingHints: {SizeInMBs: 5}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".BufferingHints: Both SizeInMBs and IntervalInSeconds are required to "
         "configure buffering: give both or neither"},
        {"a fraction of a megabyte",
         DELIVERY SOURCE DESTINATION
         "        BufferingHints: {SizeInMBs: 0.5, IntervalInSeconds: 60}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".BufferingHints.SizeInMBs: Properties validation failed for resource D "
         "with message: "
         "#/ExtendedS3DestinationConfiguration/BufferingHints/SizeInMBs: expected "
         "type: Integer, found: Number"},
        {"a compression in capitals",
         DELIVERY SOURCE DESTINATION "        CompressionFormat: SNAPPY\n",
         "E t.yaml:12: " AT_DESTINATION
         ".CompressionFormat: 1 validation error detected: Value 'SNAPPY' at "
         "'extendedS3DestinationConfiguration.compressionFormat' failed to satisfy "
         "constraint: Member must satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, "
         "Snappy, HADOOP_SNAPPY]; did you mean Snappy?"},
        {"an expression without an error prefix",
         DELIVERY SOURCE DESTINATION "        Prefix: 'a/!{timestamp:yyyy}/'\n",
         "E t.yaml:12: " AT_DESTINATION
         ".Prefix: ErrorOutputPrefix cannot be null or empty when Prefix contains "
         "expressions"},
        {"a bad pattern letter",
         DELIVERY SOURCE DESTINATION
         "        Prefix: 'a/!{timestamp:yyyy-bb}/'\n"
         "        ErrorOutputPrefix: 'e/!{firehose:error-output-type}/'\n",
         "E t.yaml:12: " AT_DESTINATION
         ".Prefix: Invalid conversion character used in the value of the expression "
         "in Prefix"},
        {"a bad namespace",
         DELIVERY SOURCE DESTINATION
         "        Prefix: 'a/!{time:yyyy}/'\n"
         "        ErrorOutputPrefix: 'e/!{firehose:error-output-type}/'\n",
         "E t.yaml:12: " AT_DESTINATION
         ".Prefix: Namespace to the left of colon (time) is an invalid keyword!"},
        {"the error type in the prefix",
         DELIVERY SOURCE DESTINATION "        Prefix: 'a/!{firehose:error-output-type}/'\n"
                                     "        ErrorOutputPrefix: e/\n",
         "E t.yaml:12: " AT_DESTINATION ".Prefix: Prefix must not contain any occurrence of "
         "!{firehose:error-output-type}"},
        {"a bad time zone", DELIVERY SOURCE DESTINATION "        CustomTimeZone: Mars/Olympus\n",
         "E t.yaml:12: " AT_DESTINATION
         ".CustomTimeZone: Provided custom time zone is not supported. Custom time "
         "zones are limited to UTC and non-3-letter IANA time zones."},
        {"a bad extension", DELIVERY SOURCE DESTINATION "        FileExtension: json\n",
         "E t.yaml:12: " AT_DESTINATION ".FileExtension: 1 validation error detected: Value at "
         "'extendedS3DestinationConfiguration.fileExtension' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: "
         "^$|\\.[0-9a-z!\\-_.*'()]+"},
        {"dynamic partitioning",
         DELIVERY SOURCE DESTINATION PARTITIONED PROCESSORS EXTRACTION "{a:.a}" ENGINE, ""},
        {"dynamic partitioning with everything",
         DELIVERY SOURCE DESTINATION PARTITIONED
         "        BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 60}\n" PROCESSORS EXTRACTION
         "{a:(.a|tostring)}" ENGINE
         "            - {Type: RecordDeAggregation, Parameters: [{ParameterName: SubRecordType, "
         "ParameterValue: DELIMITED}, {ParameterName: Delimiter, ParameterValue: Cg==}]}\n"
         "            - {Type: AppendDelimiterToRecord}\n",
         ""},
        {"a buffer too small for partitions",
         DELIVERY SOURCE DESTINATION PARTITIONED
         "        BufferingHints: {SizeInMBs: 63, IntervalInSeconds: 60}\n" PROCESSORS EXTRACTION
         "{a:.a}" ENGINE,
         "E t.yaml:15: " AT_DESTINATION
         ".BufferingHints: BufferingHints.SizeInMBs must be at least "
         "64 when Dynamic Partitioning is enabled."},
        {"a prefix without partitions",
         DELIVERY SOURCE DESTINATION "        DynamicPartitioningConfiguration: {Enabled: true}\n"
                                     "        Prefix: a/\n        ErrorOutputPrefix: e/\n",
         "E t.yaml:13: " AT_DESTINATION ".Prefix: S3 Prefix should contain Dynamic Partitioning "
         "namespaces when Dynamic Partitioning is enabled"},
        {"a key of the query that the prefix does not have",
         DELIVERY SOURCE DESTINATION PARTITIONED PROCESSORS EXTRACTION "{a:.a,b:.b}" ENGINE,
         "E t.yaml:15: " AT_DESTINATION ".ProcessingConfiguration: MetaDataExtraction JQ Query "
         "can't contain keys that are not present in the S3 Prefix expression"},
        {"a query that may not end",
         DELIVERY SOURCE DESTINATION PARTITIONED PROCESSORS EXTRACTION "{a:[range(1e9)]}" ENGINE,
         "E t.yaml:15: " AT_DESTINATION ".ProcessingConfiguration: MetadataExtractionQuery, "
         "character 5: 'range' does not run here: its time and memory are not bounded by the "
         "record, or its answer does not depend on the record alone"},
        {"another engine",
         DELIVERY SOURCE DESTINATION PARTITIONED PROCESSORS EXTRACTION
         "{a:.a}'}, {ParameterName: JsonParsingEngine, ParameterValue: 'JQ-1.7'}]}\n",
         "E t.yaml:18: " AT_DESTINATION ".ProcessingConfiguration.Processors[0].Parameters[1]."
         "ParameterValue: MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6"},
        {"a delimiter that is missing",
         DELIVERY SOURCE DESTINATION PARTITIONED PROCESSORS EXTRACTION
         "{a:.a}" ENGINE
         "            - {Type: RecordDeAggregation, Parameters: [{ParameterName: SubRecordType, "
         "ParameterValue: DELIMITED}]}\n",
         "E t.yaml:19: " AT_DESTINATION ".ProcessingConfiguration.Processors[1].Parameters[0]."
         "ParameterValue: Delimiter should be present for DELIMITED"},
        {"a retry that is too long",
         DELIVERY SOURCE DESTINATION
         "        DynamicPartitioningConfiguration: {Enabled: true, RetryOptions: "
         "{DurationInSeconds: 7201}}\n",
         "E t.yaml:12: " AT_DESTINATION ".DynamicPartitioningConfiguration.RetryOptions."
         "DurationInSeconds: 1 validation error detected: Value '7201' at "
         "'extendedS3DestinationConfiguration.dynamicPartitioningConfiguration.retryOptions."
         "durationInSeconds' failed to satisfy constraint: Member must have value less than or "
         "equal to 7200"},
        {"dynamic partitioning that is off",
         DELIVERY SOURCE DESTINATION
         "        DynamicPartitioningConfiguration: {Enabled: 'false'}\n",
         ""},
        {"format conversion",
         DELIVERY SOURCE DESTINATION
         "        DataFormatConversionConfiguration: {SchemaConfiguration: "
         "{TableName: t}}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".DataFormatConversionConfiguration: record format conversion does not run "
         "here (an omitted Enabled means true): set Enabled to false and read the "
         "objects as JSON"},
        {"format conversion that is off",
         DELIVERY SOURCE DESTINATION
         "        DataFormatConversionConfiguration: {Enabled: false}\n",
         ""},
        {"a backup without its bucket",
         DELIVERY SOURCE DESTINATION "        S3BackupMode: Enabled\n",
         "E t.yaml:12: " AT_DESTINATION
         ".S3BackupMode: S3 backup destination configuration is required when "
         "enabling S3 backup."},
        {"a backup that is off",
         DELIVERY SOURCE DESTINATION
         "        S3BackupConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r}\n",
         "W t.yaml:12: " AT_DESTINATION
         ".S3BackupConfiguration: S3BackupMode is not Enabled, so nothing is backed "
         "up, here as on AWS"},
        {"a misspelt backup mode", DELIVERY SOURCE DESTINATION "        S3BackupMode: Enable\n",
         "E t.yaml:12: " AT_DESTINATION
         ".S3BackupMode: 1 validation error detected: Value 'Enable' at "
         "'extendedS3DestinationConfiguration.s3BackupMode' failed to satisfy "
         "constraint: Member must satisfy enum value set: [Disabled, Enabled]; did "
         "you mean Enabled?"},
        {"a zero interval of the backup",
         DELIVERY SOURCE DESTINATION
         "        S3BackupMode: Enabled\n"
         "        S3BackupConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r, "
         "BufferingHints: {SizeInMBs: 5, IntervalInSeconds: 0}}\n",
         "E t.yaml:13: " AT_DESTINATION
         ".S3BackupConfiguration: BufferingHints.IntervalInSeconds must not be 0 for "
         "the S3 backup destination."},
        {"logging without a group",
         DELIVERY SOURCE DESTINATION "        CloudWatchLoggingOptions: {Enabled: true}\n",
         "W t.yaml:12: " AT_DESTINATION
         ".CloudWatchLoggingOptions: errors go to the event log here, not to "
         "CloudWatch Logs\n"
         "E t.yaml:12: " AT_DESTINATION
         ".CloudWatchLoggingOptions: CloudWatch Log Group Name is required if "
         "CloudWatch Logging is enabled"},
        {"encryption both ways",
         DELIVERY SOURCE DESTINATION
         "        EncryptionConfiguration: {NoEncryptionConfig: NoEncryption, "
         "KMSEncryptionConfig: {AWSKMSKeyARN: k}}\n",
         "W t.yaml:12: " AT_DESTINATION
         ".EncryptionConfiguration: nothing is encrypted here; objects and records "
         "are the same for a reader\n"
         "E t.yaml:12: " AT_DESTINATION
         ".EncryptionConfiguration: Exactly one of NoEncryptionConfig or "
         "KMSEncryptionConfig must be specified"},
        {"an old destination with new properties",
         DELIVERY SOURCE "      S3DestinationConfiguration:\n"
                         "        BucketARN: !GetAtt B.Arn\n"
                         "        RoleARN: r\n"
                         "        S3BackupMode: Enabled\n",
         "E t.yaml:12: "
         "Resources.D.Properties.S3DestinationConfiguration.S3BackupMode: "
         "Encountered unsupported property S3BackupMode"},
        {"no processor",
         DELIVERY SOURCE DESTINATION "        ProcessingConfiguration: {Enabled: true}\n",
         "E t.yaml:12: " AT_DESTINATION
         ".ProcessingConfiguration: A maximum of 5 and a minimum of 1 processor "
         "needs to be supplied when processing is enabled."},
        {"processors that are off",
         DELIVERY SOURCE DESTINATION "        ProcessingConfiguration:\n"
                                     "          Enabled: false\n"
                                     "          Processors:\n"
                                     "            - {Type: AppendDelimiterToRecord}\n",
         "W t.yaml:12: " AT_DESTINATION
         ".ProcessingConfiguration: Enabled is not true, so the processors do not "
         "run, here as on AWS"},
        {"a misspelt processor",
         DELIVERY SOURCE DESTINATION PROCESSORS "            - {Type: Lamda}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Type: 1 validation error detected: "
         "Value 'Lamda' at "
         "'extendedS3DestinationConfiguration.processingConfiguration.processors.type"
         "' failed to satisfy constraint: Member must satisfy enum value set: "
         "[RecordDeAggregation, Decompression, CloudWatchLogProcessing, Lambda, "
         "MetadataExtraction, AppendDelimiterToRecord]; did you mean Lambda?"},
        {"a Lambda without its function",
         DELIVERY SOURCE DESTINATION PROCESSORS "            - {Type: Lambda}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0]: LambdaArn is required when Lambda "
         "processor is used."},
        {"a name for the ARN of the function",
         DELIVERY SOURCE DESTINATION PROCESSORS
         "            - {Type: Lambda, Parameters: [{ParameterName: LambdaArn, "
         "ParameterValue: f}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[0].ParameterValue: "
         "LambdaArn is the ARN of a function, not f: use Fn::GetAtt with Arn"},
        {"a function that is not here", DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA "]}\n",
         "W t.yaml:12: " AT_DESTINATION ".ProcessingConfiguration: the template has no function "
         "arn:aws:lambda:us-east-1:000000000000:function:f: every record will go to "
         "the error output (Lambda.ResourceNotFound)"},
        {"two Lambdas", DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA "]}\n" LAMBDA "]}\n",
         "E t.yaml:16: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[1]: Cannot have more than 1 Lambda "
         "processor."},
        {"a misspelt parameter",
         DELIVERY SOURCE DESTINATION PROCESSORS
         "            - {Type: Lambda, Parameters: [{ParameterName: LambdaARN, "
         "ParameterValue: 'arn:aws:lambda:us-east-1:000000000000:function:f'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[0].ParameterName: 1 "
         "validation error detected: Value 'LambdaARN' at "
         "'extendedS3DestinationConfiguration.processingConfiguration.processors.para"
         "meters.parameterName' failed to satisfy constraint: Member must satisfy "
         "enum value set: [LambdaArn, NumberOfRetries, MetadataExtractionQuery, "
         "JsonParsingEngine, RoleArn, BufferSizeInMBs, BufferIntervalInSeconds, "
         "SubRecordType, Delimiter, CompressionFormat, DataMessageExtraction]; did "
         "you mean LambdaArn?"},
        {"too many retries",
         DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA
         ", {ParameterName: NumberOfRetries, ParameterValue: '301'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[1].ParameterValue: "
         "Number of retries for lambda must be between 0 and 300."},
        {"a Lambda buffer too large",
         DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA
         ", {ParameterName: BufferSizeInMBs, ParameterValue: '4'}, {ParameterName: "
         "BufferIntervalInSeconds, ParameterValue: '60'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[1].ParameterValue: "
         "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
        {"a Lambda interval too long",
         DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA
         ", {ParameterName: BufferSizeInMBs, ParameterValue: '0.2'}, {ParameterName: "
         "BufferIntervalInSeconds, ParameterValue: '901'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[2].ParameterValue: "
         "BufferIntervalInSeconds for lambda processor must be between 0 and 900."},
        {"half a Lambda buffer",
         DELIVERY SOURCE DESTINATION PROCESSORS LAMBDA
         ", {ParameterName: BufferSizeInMBs, ParameterValue: '1'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0]: Both BufferSizeInMBs and "
         "BufferIntervalInSeconds are required to configure buffering for lambda "
         "processor."},
        {"metadata extraction",
         DELIVERY SOURCE DESTINATION PROCESSORS "            - {Type: MetadataExtraction}\n",
         "E t.yaml:15: " AT_DESTINATION ".ProcessingConfiguration.Processors[0].Type: class "
         "com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor "
         "can only be present when Dynamic Partitioning is enabled."},
        {"decompression",
         DELIVERY SOURCE DESTINATION PROCESSORS "            - {Type: Decompression}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Type: the processor Decompression "
         "does not run here, and the records would not be those that AWS delivers: "
         "remove it"},
        {"another delimiter",
         DELIVERY SOURCE DESTINATION PROCESSORS
         "            - {Type: AppendDelimiterToRecord, Parameters: [{ParameterName: "
         "Delimiter, ParameterValue: ';'}]}\n",
         "E t.yaml:15: " AT_DESTINATION
         ".ProcessingConfiguration.Processors[0].Parameters[0].ParameterValue: "
         "AppendDelimiterToRecord appends a newline, which is written \\n; no other "
         "delimiter is known here"},
        {"a bad delivery stream name",
         DELIVERY SOURCE DESTINATION "      DeliveryStreamName: a b\n",
         "E t.yaml:12: Resources.D.Properties.DeliveryStreamName: 1 validation error "
         "detected: Value 'a b' at 'deliveryStreamName' failed to satisfy "
         "constraint: Member must satisfy regular expression pattern: "
         "[a-zA-Z0-9_.-]+, with 1 to 64 characters"},
        {"a tag of AWS's own",
         DELIVERY SOURCE DESTINATION "      Tags: [{Key: 'aws:x', Value: v}]\n",
         "E t.yaml:12: Resources.D.Properties.Tags: 1 validation error detected: Value at "
         "'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression "
         "pattern: ^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$"},
        {"two delivery streams of one name",
         DELIVERY SOURCE DESTINATION
         "      DeliveryStreamName: d\n"
         "  E:\n"
         "    Type: AWS::KinesisFirehose::DeliveryStream\n"
         "    Properties:\n"
         "      DeliveryStreamName: d\n"
         "      S3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r}\n",
         "E t.yaml:16: Resources.E.Properties.DeliveryStreamName: Firehose d under "
         "accountId 000000000000 already exists"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

/* ---- the configuration that is kept ---- */

static void same_destination(const mr_s3_destination *a, const mr_s3_destination *b)
{
    CHECK_STR("bucket", a->bucket, b->bucket);
    CHECK_STR("prefix", a->prefix, b->prefix);
    CHECK_STR("error prefix", a->error_output_prefix, b->error_output_prefix);
    CHECK_INT("size", a->size_bytes, b->size_bytes);
    CHECK_INT("interval", a->interval_us, b->interval_us);
    CHECK_INT("compression", a->compression, b->compression);
    CHECK_STR("extension", a->file_extension, b->file_extension);
    CHECK_STR("zone", a->time_zone, b->time_zone);
}

/* What a delivery stream runs by is made of the JSON; what is checked beforehand is not. */
static void same_options(const mr_plan_delivery *delivery)
{
    const mr_delivery_options *want = &delivery->options;
    cJSON *config = mr_delivery_config_parse(delivery->config);
    mr_delivery_options got = {.name = want->name, .source = want->source};
    mr_error err = {0};
    CHECK_OK("config", mr_delivery_config_check(config, &err), &err);
    mr_delivery_config_options(config, &got);
    same_destination(&got.destination, &want->destination);
    CHECK_INT("backup", got.backup_enabled, want->backup_enabled);
    if (want->backup_enabled) {
        same_destination(&got.backup, &want->backup);
    }
    CHECK_STR("function", got.function, want->function);
    CHECK_INT("bytes", got.lambda_bytes, want->lambda_bytes);
    CHECK_INT("interval", got.lambda_interval_us, want->lambda_interval_us);
    CHECK_INT("retries", got.lambda_retries, want->lambda_retries);
    CHECK_INT("delimiter", got.append_delimiter, want->append_delimiter);
    cJSON_Delete(config);
}

static void test_the_configuration_is_what_create_delivery_stream_would_be_given(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(DELIVERY DESTINATION
                            "        Prefix: p/\n"
                            "        BufferingHints: {SizeInMBs: '3', IntervalInSeconds: 4}\n"
                            "        CompressionFormat: GZIP\n"
                            "        FileExtension: .x\n"
                            "        CustomTimeZone: Asia/Calcutta\n"
                            "        S3BackupMode: Enabled\n"
                            "        S3BackupConfiguration: {BucketARN: 'arn:aws:s3:::c', "
                            "RoleARN: r, Prefix: b/}\n" PROCESSORS LAMBDA
                            ", {ParameterName: BufferSizeInMBs, ParameterValue: 0.5}, "
                            "{ParameterName: BufferIntervalInSeconds, ParameterValue: 7}, "
                            "{ParameterName: NumberOfRetries, ParameterValue: '1'}]}\n"
                            "            - {Type: AppendDelimiterToRecord}\n"
                            "      Tags: [{Key: k, Value: 1}]\n"
                            "      DeliveryStreamEncryptionConfigurationInput: {KeyType: "
                            "CUSTOMER_MANAGED_CMK, KeyARN: key}\n"
                            "      DirectPutSourceConfiguration: {ThroughputHintInMBs: 9}\n");
    CHECK_INT("delivery streams", plan->delivery_count, 1);
    const mr_plan_delivery *delivery = &plan->deliveries[0];
    same_options(delivery);
    CHECK_HAS("a number is one", delivery->config,
              "\"BufferingHints\":{\"IntervalInSeconds\":4,\"SizeInMBs\":3}");
    CHECK_HAS("a truth is one", delivery->config, "\"Enabled\":true");
    CHECK_HAS("a text stays one", delivery->config, "\"ParameterValue\":\"0.5\"");
    CHECK_INT("tags", delivery->tag_count, 1);
    CHECK_STR("tag", delivery->tags[0].value, "1");
    CHECK_INT("key", delivery->key, MR_KEY_CUSTOMER);
    CHECK_STR("key", delivery->key_arn, "key");
    CHECK_INT("hint", delivery->throughput_hint, 9);
    mr_plan_free(plan);

    plan = plan_of(DELIVERY SOURCE
                   "      S3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r}\n");
    CHECK_INT("delivery streams", plan->delivery_count, 1);
    same_options(&plan->deliveries[0]);
    CHECK_STR("role", plan->deliveries[0].source_role, "r");
    mr_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivery_streams_are_refused_in_the_words_of_firehose),
        cmocka_unit_test(test_the_configuration_is_what_create_delivery_stream_would_be_given),
    };
    return run_in_source_root(tests);
}
