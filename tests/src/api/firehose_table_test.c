/*
 * firehose_table_test.c - bad requests to Amazon Data Firehose, one a row, and exactly what they
 * are answered; rows at a limit stand beside those past it. Each right row is a world's last: what
 * it made is gone with the next.
 */
#include "tests/src/api/api_help.h"

#include <cJSON.h>

#define T      "Firehose_20150804."
#define ROLE   "arn:aws:iam::000000000000:role/firehose"
#define BUCKET "arn:aws:s3:::bucket"
#define LAMBDA "arn:aws:lambda:us-east-1:000000000000:function:f"
#define SOURCE "arn:aws:kinesis:us-east-1:000000000000:stream/s"

typedef struct row {
    const char *operation, *body; /* "<n>" stands for so many letters a, ' for " */
    const char *type, *message;   /* NULL: it is right */
} row;

/* ---- what is said ---- */

#define VAL  "ValidationException"
#define ARG  "InvalidArgumentException"
#define SER  "SerializationException"
#define GONE "ResourceNotFoundException"
#define USED "ResourceInUseException"

#define ONE                "1 validation error detected: "
#define TWO                "2 validation errors detected: "
#define AT(path)           "Value at '" path "' failed to satisfy constraint: "
#define NOT_NULL(path)     AT(path) "Member must not be null"
#define LEAST(path, n)     AT(path) "Member must have value greater than or equal to " n
#define MOST(path, n)      AT(path) "Member must have value less than or equal to " n
#define SHORTEST(path, n)  AT(path) "Member must have length greater than or equal to " n
#define LONGEST(path, n)   AT(path) "Member must have length less than or equal to " n
#define PATTERN(path, p)   AT(path) "Member must satisfy regular expression pattern: " p
#define VALUES(path, list) AT(path) "Member must satisfy enum value set: [" list "]"
#define NAME_PATTERN       "[a-zA-Z0-9_.-]+"
#define NOT_FOUND          "Firehose none under account 000000000000 not found."
#define EX                 "extendedS3DestinationConfiguration"
#define UP                 "extendedS3DestinationUpdate"
#define COMPRESSIONS       "ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED"
#define TAG_PATTERN        "[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$"
#define ONLY_PARTITIONED(class)                                                                    \
    "class com.amazonaws.services.firehose.internal.model." class "Processor can only be present " \
                                                                  "when Dynamic Partitioning is "  \
                                                                  "enabled."

/* ---- what is asked ---- */

#define PLAIN_OF(more) "{'RoleARN':'" ROLE "','BucketARN':'" BUCKET "'" more "}"
#define CREATE(more)                                                                               \
    "CreateDeliveryStream",                                                                        \
        "{'DeliveryStreamName':'new','ExtendedS3DestinationConfiguration':" PLAIN_OF(more) "}"
#define CREATE_WITH(more)                                                                          \
    "CreateDeliveryStream",                                                                        \
        "{'DeliveryStreamName':'new','ExtendedS3DestinationConfiguration':" PLAIN_OF("") "," more  \
                                                                                         "}"
#define PROCESSORS(list)            ",'ProcessingConfiguration':{'Enabled':true,'Processors':[" list "]}"
#define PROCESSOR(type, parameters) "{'Type':'" type "','Parameters':[" parameters "]}"
#define P(name, value)              "{'ParameterName':'" name "','ParameterValue':'" value "'}"
#define LAMBDA_WITH(parameters)     PROCESSOR("Lambda", P("LambdaArn", LAMBDA) parameters)
#define PARTITIONED(more)           CREATE(",'DynamicPartitioningConfiguration':{'Enabled':true}" more)
#define UPDATE_OF(name, version, more)                                                             \
    "UpdateDestination",                                                                           \
        "{'DeliveryStreamName':'" name "','CurrentDeliveryStreamVersionId':'" version              \
        "','DestinationId':'destinationId-000000000001'" more "}"
#define UPDATE(members) UPDATE_OF("d", "1", ",'ExtendedS3DestinationUpdate':{" members "}")

static const row rows[] = {
    /* form and types */
    {"CreateDeliveryStream", "{", SER, NULL},
    {"CreateDeliveryStream", "[]", SER, NULL},
    {"CreateStream", "{}", "UnknownOperationException", NULL},
    {"createDeliveryStream", "{}", "UnknownOperationException", NULL},
    {"PutRecordBatch", "{'Records':{}}", SER,
     "Start of structure or map found where not expected."},
    {"PutRecord", "{'Record':{'Data':1}}", SER,
     "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a "
     "Blob"},
    {"PutRecord", "{'Record':{'Data':'ab$c'}}", SER,
     "'ab$c' can not be converted to a Blob: Invalid Base64 character: '$'"},
    {"DeleteDeliveryStream", "{'DeliveryStreamName':1}", SER,
     "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
     "String"},
    {"CreateDeliveryStream", "{'S3DestinationConfiguration':'a'}", SER, "Expected null"},

    /* names */
    {"DescribeDeliveryStream", "{}", VAL, ONE NOT_NULL("deliveryStreamName")},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':''}", VAL,
     TWO PATTERN("deliveryStreamName", NAME_PATTERN) "; " SHORTEST("deliveryStreamName", "1")},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'<65>'}", VAL,
     ONE LONGEST("deliveryStreamName", "64")},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'a b'}", VAL,
     ONE PATTERN("deliveryStreamName", NAME_PATTERN)},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'<64>'}", GONE,
     "Firehose <64> under account 000000000000 not found."},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'none'}", GONE, NOT_FOUND},
    {"DeleteDeliveryStream", "{'DeliveryStreamName':'none'}", GONE, NOT_FOUND},
    {"PutRecord", "{'DeliveryStreamName':'none','Record':{'Data':''}}", GONE, NOT_FOUND},
    {"PutRecordBatch", "{'DeliveryStreamName':'none','Records':[{'Data':''}]}", GONE, NOT_FOUND},
    {"TagDeliveryStream", "{'DeliveryStreamName':'none','Tags':[{'Key':'k'}]}", GONE, NOT_FOUND},
    {"UntagDeliveryStream", "{'DeliveryStreamName':'none','TagKeys':['k']}", GONE, NOT_FOUND},
    {"ListTagsForDeliveryStream", "{'DeliveryStreamName':'none'}", GONE, NOT_FOUND},
    {"StartDeliveryStreamEncryption", "{'DeliveryStreamName':'none'}", GONE, NOT_FOUND},
    {"StopDeliveryStreamEncryption", "{'DeliveryStreamName':'none'}", GONE, NOT_FOUND},
    {UPDATE_OF("none", "1", ",'S3DestinationUpdate':{}"), GONE,
     "Firehose none under accountId 000000000000 not found."},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'d','Limit':0}", VAL,
     ONE LEAST("limit", "1")},
    {"DescribeDeliveryStream", "{'DeliveryStreamName':'d','Limit':10001}", VAL,
     ONE MOST("limit", "10000")},
    {"ListDeliveryStreams", "{'Limit':0}", VAL, ONE LEAST("limit", "1")},
    {"ListDeliveryStreams", "{'DeliveryStreamType':'Direct'}", VAL,
     ONE VALUES("deliveryStreamType",
                "DirectPut, KinesisStreamAsSource, MSKAsSource, DatabaseAsSource")},
    {"ListDeliveryStreams", "{'Limit':10000}", NULL, NULL},

    /* what a new one is made of */
    {"CreateDeliveryStream", "{'DeliveryStreamName':'new'}", ARG,
     "Exactly one destination configuration is supported for a Firehose"},
    {CREATE_WITH("'S3DestinationConfiguration':" PLAIN_OF("")), ARG,
     "Exactly one destination configuration is supported for a Firehose"},
    {CREATE_WITH("'SplunkDestinationConfiguration':{}"), ARG,
     "Exactly one destination configuration is supported for a Firehose"},
    {"CreateDeliveryStream", "{'DeliveryStreamName':'new','RedshiftDestinationConfiguration':{}}",
     ARG, "RedshiftDestinationConfiguration: millrace delivers to S3 alone; use an S3 destination"},
    {"CreateDeliveryStream",
     "{'DeliveryStreamName':'d','S3DestinationConfiguration':" PLAIN_OF("") "}", USED,
     "Firehose d under accountId 000000000000 already exists"},
    {CREATE_WITH("'DeliveryStreamType':'KinesisStreamAsSource'"), ARG,
     "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type."},
    {CREATE_WITH("'KinesisStreamSourceConfiguration':{'KinesisStreamARN':'" SOURCE
                 "','RoleARN':'" ROLE "'}"),
     ARG, "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type"},
    {CREATE_WITH("'DeliveryStreamType':'KinesisStreamAsSource','KinesisStreamSourceConfiguration':"
                 "{'KinesisStreamARN':'arn:aws:kinesis:us-east-1:000000000000:stream/gone',"
                 "'RoleARN':'" ROLE "'}"),
     ARG, "Stream gone under account 000000000000 not found."},
    {CREATE_WITH("'DeliveryStreamType':'KinesisStreamAsSource','KinesisStreamSourceConfiguration':"
                 "{'KinesisStreamARN':'arn:aws:kinesis:us-east-1:123456789012:stream/s',"
                 "'RoleARN':'" ROLE "'}"),
     ARG, "Stream s under account 123456789012 not found."},
    {CREATE_WITH("'DeliveryStreamType':'KinesisStreamAsSource','KinesisStreamSourceConfiguration':"
                 "{'KinesisStreamARN':'s'}"),
     VAL,
     TWO PATTERN(
         "kinesisStreamSourceConfiguration.kinesisStreamARN",
         "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+") "; " NOT_NULL("kinesisStr"
                                                                                        "eamSourceC"
                                                                                        "onfigurati"
                                                                                        "on."
                                                                                        "roleARN")},
    {CREATE_WITH("'DeliveryStreamType':'MSKAsSource'"), ARG,
     "DeliveryStreamType: millrace reads from Kinesis data streams and DirectPut alone"},
    {CREATE_WITH("'DirectPutSourceConfiguration':{'ThroughputHintInMBs':101}"), VAL,
     ONE MOST("directPutSourceConfiguration.throughputHintInMBs", "100")},
    {CREATE_WITH("'DeliveryStreamType':'KinesisStreamAsSource','KinesisStreamSourceConfiguration':"
                 "{'KinesisStreamARN':'" SOURCE "','RoleARN':'" ROLE "'},"
                 "'DeliveryStreamEncryptionConfigurationInput':{'KeyType':'AWS_OWNED_CMK'}"),
     ARG,
     "Server side encryption from firehose is only allowed for direct put delivery streams and "
     "database as a source delivery streams"},
    {CREATE_WITH("'DeliveryStreamEncryptionConfigurationInput':{'KeyType':'MINE'}"), VAL,
     ONE VALUES("deliveryStreamEncryptionConfigurationInput.keyType",
                "AWS_OWNED_CMK, CUSTOMER_MANAGED_CMK")},
    {CREATE_WITH("'DeliveryStreamEncryptionConfigurationInput':{'KeyType':'CUSTOMER_MANAGED_CMK'}"),
     ARG, "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK."},

    /* the destination, member by member */
    {"CreateDeliveryStream", "{'DeliveryStreamName':'new','ExtendedS3DestinationConfiguration':{}}",
     VAL, TWO NOT_NULL(EX ".roleARN") "; " NOT_NULL(EX ".bucketARN")},
    {"CreateDeliveryStream",
     "{'DeliveryStreamName':'new','S3DestinationConfiguration':"
     "{'RoleARN':'r','BucketARN':'b'}}",
     VAL,
     TWO PATTERN("s3DestinationConfiguration.roleARN",
                 "arn:.*:iam::\\d{12}:role/"
                 "[a-zA-Z_0-9+=,.@\\-_/]+") "; " PATTERN("s3DestinationConfiguration.bucketARN",
                                                         "arn:.*:s3:::[\\w\\.\\-]{1,255}")},
    {CREATE(",'CompressionFormat':'SNAPPY'"), VAL,
     ONE VALUES(EX ".compressionFormat", COMPRESSIONS)},
    {CREATE(",'Prefix':'<1025>'"), VAL, ONE LONGEST(EX ".prefix", "1024")},
    {CREATE(",'ErrorOutputPrefix':'<1025>'"), VAL, ONE LONGEST(EX ".errorOutputPrefix", "1024")},
    {CREATE(",'Prefix':'a\\u0000b'"), VAL,
     "1 validation error detected: Value at the destination failed to satisfy constraint: Member "
     "must not hold a NUL character"},
    {CREATE(",'BufferingHints':{'SizeInMBs':0,'IntervalInSeconds':60}"), VAL,
     ONE LEAST(EX ".bufferingHints.sizeInMBs", "1")},
    {CREATE(",'BufferingHints':{'SizeInMBs':500,'IntervalInSeconds':901}"), VAL,
     TWO MOST(EX ".bufferingHints.sizeInMBs",
              "128") "; " MOST(EX ".bufferingHints.intervalInSeconds", "900")},
    {CREATE(",'BufferingHints':{'IntervalInSeconds':-1,'SizeInMBs':1}"), VAL,
     ONE LEAST(EX ".bufferingHints.intervalInSeconds", "0")},
    {CREATE(",'BufferingHints':{'SizeInMBs':1}"), ARG,
     "Both SizeInMBs and IntervalInSeconds are required in BufferingHints."},
    {CREATE(",'BufferingHints':{'IntervalInSeconds':1}"), ARG,
     "Both SizeInMBs and IntervalInSeconds are required in BufferingHints."},
    {CREATE(",'BufferingHints':{'SizeInMBs':128,'IntervalInSeconds':0}"), NULL, NULL},
    {CREATE(",'CloudWatchLoggingOptions':{'Enabled':true}"), ARG,
     "CloudWatch Log Group Name is required if CloudWatch Logging is enabled"},
    {CREATE(",'CloudWatchLoggingOptions':{'LogGroupName':'a b'}"), VAL,
     ONE PATTERN(EX ".cloudWatchLoggingOptions.logGroupName", "[\\.\\-_/#A-Za-z0-9]*")},
    {CREATE(",'EncryptionConfiguration':{}"), ARG,
     "Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified"},
    {CREATE(",'EncryptionConfiguration':{'NoEncryptionConfig':'None'}"), VAL,
     ONE VALUES(EX ".encryptionConfiguration.noEncryptionConfig", "NoEncryption")},
    {CREATE(",'EncryptionConfiguration':{'KMSEncryptionConfig':{}}"), VAL,
     ONE NOT_NULL(EX ".encryptionConfiguration.kMSEncryptionConfig.aWSKMSKeyARN")},
    {CREATE(",'FileExtension':'json'"), VAL,
     ONE PATTERN(EX ".fileExtension", "^$|\\.[0-9a-z!\\-_.*'()]+")},
    {CREATE(",'FileExtension':'.JSON'"), VAL,
     ONE PATTERN(EX ".fileExtension", "^$|\\.[0-9a-z!\\-_.*'()]+")},
    {CREATE(",'FileExtension':''"), NULL, NULL},
    {CREATE(",'CustomTimeZone':'UTC+1'"), VAL, ONE PATTERN(EX ".customTimeZone", "^$|[a-zA-Z/_]+")},
    {CREATE(",'CustomTimeZone':'Asia/Kolkata'"), ARG,
     "Provided custom time zone is not supported. Custom time zones are limited to UTC and "
     "non-3-letter IANA time zones."},
    {CREATE(",'CustomTimeZone':'Asia/Calcutta'"), NULL, NULL},
    {CREATE(",'S3BackupMode':'On'"), VAL, ONE VALUES(EX ".s3BackupMode", "Disabled, Enabled")},
    {CREATE(",'S3BackupMode':'Enabled'"), ARG,
     "S3 backup destination configuration is required when enabling S3 backup."},
    {CREATE(",'S3BackupMode':'Enabled','S3BackupConfiguration':{'RoleARN':'" ROLE "'}"), VAL,
     ONE NOT_NULL(EX ".s3BackupConfiguration.bucketARN")},
    {CREATE(",'S3BackupMode':'Enabled','S3BackupConfiguration':" PLAIN_OF(
         ",'BufferingHints':{'SizeInMBs':1,'IntervalInSeconds':0}")),
     ARG, "BufferingHints.IntervalInSeconds must not be 0 for the S3 backup destination."},
    {CREATE(",'S3BackupMode':'Enabled','S3BackupConfiguration':" PLAIN_OF(
         ",'BufferingHints':{'SizeInMBs':1}")),
     ARG, "Both SizeInMBs and IntervalInSeconds are required in BufferingHints."},

    /* prefixes */
    {CREATE(",'Prefix':'!{timestamp:yyyy}'"), ARG,
     "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
    {CREATE(",'Prefix':'a/','ErrorOutputPrefix':'!{timestamp:yyyy}'"), ARG,
     "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}"},
    {CREATE(",'Prefix':'!{firehose:error-output-type}','ErrorOutputPrefix':'e'"), ARG,
     "Prefix must not contain any occurrence of !{firehose:error-output-type}"},
    {CREATE(",'Prefix':'!{time:yyyy}','ErrorOutputPrefix':'e'"), ARG,
     "Namespace to the left of colon (time) is an invalid keyword!"},
    {CREATE(",'Prefix':'!{','ErrorOutputPrefix':'e'"), ARG, "Invalid expression usage"},
    {CREATE(",'Prefix':'!{timestamp:b}','ErrorOutputPrefix':'e'"), ARG,
     "Invalid conversion character used in the value of the expression in Prefix"},
    {CREATE(",'Prefix':'<513>'"), ARG, "Length of evaluated prefix cannot be greater than 512"},
    {CREATE(",'Prefix':'!{partitionKeyFromQuery:a}','ErrorOutputPrefix':'e'"), ARG,
     "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic "
     "Partitioning is enabled."},

    /* processors */
    {CREATE(PROCESSORS("")), ARG,
     "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is "
     "enabled."},
    {CREATE(",'ProcessingConfiguration':{'Enabled':true}"), ARG,
     "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is "
     "enabled."},
    {CREATE(",'ProcessingConfiguration':{'Enabled':false}"), NULL, NULL},
    {CREATE(PROCESSORS("{'Type':'Magic'}")), VAL,
     ONE VALUES(EX ".processingConfiguration.processors.1.member.type",
                "RecordDeAggregation, Decompression, CloudWatchLogProcessing, Lambda, "
                "MetadataExtraction, AppendDelimiterToRecord")},
    {CREATE(PROCESSORS("{'Type':'Lambda'},{'Type':'Lambda'}")), ARG,
     "Cannot have more than 1 Lambda processor."},
    {CREATE(PROCESSORS("{'Type':'Lambda'}")), ARG,
     "LambdaArn is required when Lambda processor is used."},
    {CREATE(PROCESSORS(LAMBDA_WITH("," P("BufferSizeInMBs", "1")))), ARG,
     "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for "
     "lambda processor."},
    {CREATE(PROCESSORS(
         LAMBDA_WITH("," P("BufferSizeInMBs", "3.1") "," P("BufferIntervalInSeconds", "60")))),
     ARG, "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
    {CREATE(PROCESSORS(
         LAMBDA_WITH("," P("BufferSizeInMBs", "nan") "," P("BufferIntervalInSeconds", "60")))),
     ARG, "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
    {CREATE(PROCESSORS(
         LAMBDA_WITH("," P("BufferSizeInMBs", "0.2") "," P("BufferIntervalInSeconds", "901")))),
     ARG, "BufferIntervalInSeconds for lambda processor must be between 0 and 900."},
    {CREATE(PROCESSORS(
         LAMBDA_WITH("," P("BufferSizeInMBs", "0.2") "," P("BufferIntervalInSeconds", "0")))),
     NULL, NULL},
    {CREATE(PROCESSORS(LAMBDA_WITH("," P("NumberOfRetries", "301")))), ARG,
     "Number of retries for lambda must be between 0 and 300."},
    {CREATE(PROCESSORS(LAMBDA_WITH("," P("NumberOfRetries", "1.5")))), ARG,
     "Number of retries for lambda must be between 0 and 300."},
    {CREATE(PROCESSORS(PROCESSOR("Lambda", P("Arn", "f")))), VAL,
     ONE VALUES(EX ".processingConfiguration.processors.1.member.parameters.1.member.parameterName",
                "LambdaArn, NumberOfRetries, MetadataExtractionQuery, JsonParsingEngine, RoleArn, "
                "BufferSizeInMBs, BufferIntervalInSeconds, SubRecordType, Delimiter, "
                "CompressionFormat, DataMessageExtraction")},
    {CREATE(PROCESSORS("{'Type':'CloudWatchLogProcessing'}")), ARG,
     "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor"},
    {CREATE(PROCESSORS("{'Type':'Decompression'}")), ARG,
     "ProcessingConfiguration: the processor Decompression does not run here, and the records "
     "would not be those that AWS delivers"},
    {CREATE(PROCESSORS("{'Type':'MetadataExtraction'}")), ARG,
     ONLY_PARTITIONED("MetadataExtraction")},
    {CREATE(PROCESSORS("{'Type':'RecordDeAggregation'}")), ARG,
     ONLY_PARTITIONED("RecordDeAggregation")},
    {CREATE(PROCESSORS(PROCESSOR("AppendDelimiterToRecord", P("Delimiter", ";")))), ARG,
     "ProcessingConfiguration: AppendDelimiterToRecord appends a newline, which is written \\n; no "
     "other delimiter is known here"},

    /* dynamic partitioning and conversion */
    {PARTITIONED(",'BufferingHints':{'SizeInMBs':63,'IntervalInSeconds':60}"), ARG,
     "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."},
    {PARTITIONED(",'Prefix':'a/'"), ARG,
     "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is "
     "enabled"},
    {PARTITIONED(PROCESSORS(PROCESSOR("RecordDeAggregation", P("SubRecordType", "CSV")))), ARG,
     "SubRecordType has to be one of JSON, DELIMITED"},
    {PARTITIONED(PROCESSORS(PROCESSOR("RecordDeAggregation", P("SubRecordType", "DELIMITED")))),
     ARG, "Delimiter should be present for DELIMITED"},
    {PARTITIONED(PROCESSORS(PROCESSOR("MetadataExtraction", P("JsonParsingEngine", "JQ-1.7")))),
     ARG, "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6"},
    {CREATE(",'DynamicPartitioningConfiguration':{'RetryOptions':{'DurationInSeconds':7201}}"), VAL,
     ONE MOST(EX ".dynamicPartitioningConfiguration.retryOptions.durationInSeconds", "7200")},
    {CREATE(",'DataFormatConversionConfiguration':{},'CompressionFormat':'GZIP'"), ARG,
     "The S3 destination's compression format must be set to UNCOMPRESSED when data format "
     "conversion is enabled"},
    {CREATE(",'DataFormatConversionConfiguration':{}"), ARG,
     "SchemaConfiguration must not be null"},
    {CREATE(",'DataFormatConversionConfiguration':{'SchemaConfiguration':{},"
            "'InputFormatConfiguration':{}}"),
     ARG, "Deserializer must not be null"},
    {CREATE(",'DataFormatConversionConfiguration':{'SchemaConfiguration':{},"
            "'InputFormatConfiguration':{'Deserializer':{}},'OutputFormatConfiguration':"
            "{'Serializer':{'ParquetSerDe':{},'OrcSerDe':{}}}}"),
     ARG, "More than one serializer specified. Only one may be chosen."},
    {CREATE(",'DataFormatConversionConfiguration':{'SchemaConfiguration':{},"
            "'InputFormatConfiguration':{'Deserializer':{}},'OutputFormatConfiguration':"
            "{'Serializer':{'ParquetSerDe':{}}}}"),
     ARG,
     "DataFormatConversionConfiguration: record format conversion does not run here (an omitted "
     "Enabled means true); set Enabled to false and read the objects as JSON"},
    {CREATE(",'DataFormatConversionConfiguration':{'Enabled':false}"), NULL, NULL},

    /* tags */
    {CREATE_WITH("'Tags':[]"), VAL, ONE SHORTEST("tags", "1")},
    {CREATE_WITH("'Tags':[{'Key':'aws:a','Value':'b'}]"), VAL,
     ONE PATTERN("tags.1.member.key", "^(?!aws:)" TAG_PATTERN)},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d'}", VAL, ONE NOT_NULL("tags")},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d','Tags':[{'Value':'v'}]}", VAL,
     ONE NOT_NULL("tags.1.member.key")},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d','Tags':[{'Key':'<129>'}]}", VAL,
     ONE LONGEST("tags.1.member.key", "128")},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d','Tags':[{'Key':'k'},{'Key':'l','Value':'*'}]}",
     VAL, ONE PATTERN("tags.2.member.value", "^" TAG_PATTERN)},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d','Tags':[{'Key':'a\\u0000'}]}", VAL,
     ONE "Value at 'tags.1.member' failed to satisfy constraint: Member must not hold a NUL "
         "character"},
    {"TagDeliveryStream", "{'DeliveryStreamName':'d','Tags':[{'Key':'<128>','Value':'<256>'}]}",
     NULL, NULL},
    {"UntagDeliveryStream", "{'DeliveryStreamName':'d','TagKeys':[]}", VAL,
     ONE SHORTEST("tagKeys", "1")},
    {"UntagDeliveryStream", "{'DeliveryStreamName':'d','TagKeys':['nobody']}", NULL, NULL},
    {"ListTagsForDeliveryStream", "{'DeliveryStreamName':'d','Limit':51}", VAL,
     ONE MOST("limit", "50")},

    /* encryption */
    {"StartDeliveryStreamEncryption", "{'DeliveryStreamName':'k'}", ARG,
     "Server side encryption from firehose is only allowed for direct put delivery streams and "
     "database as a source delivery streams"},
    {"StopDeliveryStreamEncryption", "{'DeliveryStreamName':'k'}", ARG,
     "Server side encryption from firehose is only allowed for direct put delivery streams and "
     "database as a source delivery streams"},
    {"StartDeliveryStreamEncryption",
     "{'DeliveryStreamName':'d','DeliveryStreamEncryptionConfigurationInput':{'KeyType':"
     "'AWS_OWNED_CMK','KeyARN':'arn:aws:kms:us-east-1:000000000000:key/a'}}",
     ARG, "KeyARN must not be specified when KeyType is AWS_OWNED_CMK."},
    {"StartDeliveryStreamEncryption",
     "{'DeliveryStreamName':'d','DeliveryStreamEncryptionConfigurationInput':{'KeyARN':'a'}}", VAL,
     TWO PATTERN(
         "deliveryStreamEncryptionConfigurationInput.keyARN",
         "arn:.*:kms:[a-zA-Z0-9\\-]+:\\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\\-_/]+") "; " NOT_NULL("d"
                                                                                                 "e"
                                                                                                 "l"
                                                                                                 "i"
                                                                                                 "v"
                                                                                                 "e"
                                                                                                 "r"
                                                                                                 "y"
                                                                                                 "S"
                                                                                                 "t"
                                                                                                 "r"
                                                                                                 "e"
                                                                                                 "a"
                                                                                                 "m"
                                                                                                 "E"
                                                                                                 "n"
                                                                                                 "c"
                                                                                                 "r"
                                                                                                 "y"
                                                                                                 "p"
                                                                                                 "t"
                                                                                                 "i"
                                                                                                 "o"
                                                                                                 "n"
                                                                                                 "C"
                                                                                                 "o"
                                                                                                 "n"
                                                                                                 "f"
                                                                                                 "i"
                                                                                                 "g"
                                                                                                 "u"
                                                                                                 "r"
                                                                                                 "a"
                                                                                                 "t"
                                                                                                 "i"
                                                                                                 "o"
                                                                                                 "n"
                                                                                                 "I"
                                                                                                 "n"
                                                                                                 "p"
                                                                                                 "u"
                                                                                                 "t"
                                                                                                 "."
                                                                                                 "k"
                                                                                                 "e"
                                                                                                 "y"
                                                                                                 "T"
                                                                                                 "y"
                                                                                                 "p"
                                                                                                 "e")},

    /* updates */
    {"UpdateDestination", "{'DeliveryStreamName':'d'}", VAL,
     TWO NOT_NULL("currentDeliveryStreamVersionId") "; " NOT_NULL("destinationId")},
    {UPDATE_OF("d", "one", ",'S3DestinationUpdate':{}"), VAL,
     ONE PATTERN("currentDeliveryStreamVersionId", "[0-9]+")},
    {UPDATE_OF("d", "1", ""), ARG,
     "Exactly one destination configuration is supported for a Firehose"},
    {UPDATE_OF("d", "1", ",'IcebergDestinationUpdate':{}"), ARG,
     "IcebergDestinationUpdate: millrace delivers to S3 alone; use an S3 destination"},
    {UPDATE_OF("d", "2", ",'S3DestinationUpdate':{}"), "ConcurrentModificationException",
     "Cannot update firehose: d since the current version id: 1 and specified version id: 2 do not "
     "match"},
    {"UpdateDestination",
     "{'DeliveryStreamName':'d','CurrentDeliveryStreamVersionId':'1','DestinationId':"
     "'destinationId-2','S3DestinationUpdate':{}}",
     ARG, "Destination Id destinationId-2 not found"},
    {UPDATE("'CompressionFormat':'SNAPPY'"), VAL,
     ONE VALUES(UP ".compressionFormat", COMPRESSIONS)},
    {UPDATE("'BufferingHints':{'SizeInMBs':2}"), ARG,
     "Both SizeInMBs and IntervalInSeconds are required in BufferingHints."},
    {UPDATE("'S3BackupMode':'Enabled'"), ARG,
     "S3 backup destination configuration is required when enabling S3 backup."},
    {UPDATE("'S3BackupUpdate':{'BucketARN':'b'}"), VAL,
     ONE PATTERN(UP ".s3BackupUpdate.bucketARN", "arn:.*:s3:::[\\w\\.\\-]{1,255}")},
    {UPDATE("'DynamicPartitioningConfiguration':{'Enabled':true}"), ARG,
     "Dynamic Partitioning can only be enabled when the delivery stream is created."},
    {UPDATE("'Prefix':'!{timestamp:yyyy}'"), ARG,
     "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
    {UPDATE_OF("b", "1", ",'ExtendedS3DestinationUpdate':{'S3BackupMode':'Disabled'}"), ARG,
     "S3 backup cannot be disabled once it is enabled."},
    {UPDATE(""), NULL, NULL},

    /* records */
    {"PutRecord", "{'DeliveryStreamName':'d'}", VAL, ONE NOT_NULL("record")},
    {"PutRecord", "{'DeliveryStreamName':'d','Record':{}}", VAL, ONE NOT_NULL("record.data")},
    {"PutRecord", "{'DeliveryStreamName':'k','Record':{'Data':''}}", ARG,
     "This operation is not permitted on KinesisStreamAsSource delivery stream type."},
    {"PutRecord", "{'DeliveryStreamName':'d','Record':{'Data':'<1365336>'}}", VAL,
     ONE LONGEST("record.data", "1024000")},
    {"PutRecord", "{'DeliveryStreamName':'d','Record':{'Data':'<1365332>'}}", NULL, NULL},
    {"PutRecordBatch", "{'DeliveryStreamName':'d','Records':[]}", VAL,
     ONE SHORTEST("records", "1")},
    {"PutRecordBatch", "{'DeliveryStreamName':'d','Records':[{'Data':''},{}]}", VAL,
     ONE NOT_NULL("records.2.member.data")},
    {"PutRecordBatch", "{'DeliveryStreamName':'k','Records':[{'Data':''}]}", ARG,
     "This operation is not permitted on KinesisStreamAsSource delivery stream type."},
};

/* ---- asking ---- */

/* ' as ", "<n>" as so many letters a. */
static char *expanded(const char *text, bool quotes)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (const char *p = text; *p != '\0';) {
        char *end;
        long count = *p == '<' ? strtol(p + 1, &end, 10) : 0;
        if (count > 0 && *end == '>') {
            for (long i = 0; i < count; i++) {
                mr_strbuf_append_char(&out, 'a');
            }
            p = end + 1;
        } else {
            mr_strbuf_append_char(&out, quotes && *p == '\'' ? '"' : *p);
            p++;
        }
    }
    return mr_strbuf_take(&out);
}

static api_answer ask(api_world *w, const char *operation, mr_bytes body)
{
    char *target = mr_format(T "%s", operation);
    api_answer answer = api_ask(w, "POST /", target, JSON, NULL, body);
    mr_free(target);
    return answer;
}

static void must(api_world *w, const char *operation, const char *text)
{
    char *body = expanded(text, true);
    api_answer answer = ask(w, operation, mr_bytes_of(body));
    if (answer.status != 200) {
        CHECK_STR(operation, mr_strbuf_text(&answer.text), "200");
    }
    api_answer_deinit(&answer);
    mr_free(body);
}

static void check_row(api_world *w, const row *r)
{
    char *body = expanded(r->body, true), *label = mr_format("%s %.300s", r->operation, r->body);
    api_answer answer = ask(w, r->operation, mr_bytes_of(body));
    char *text = mr_bytes_dup(answer.body);
    cJSON *tree = cJSON_Parse(text);
    if (r->type == NULL) {
        CHECK_STR(label, answer.status == 200 ? "200" : text, "200");
    } else {
        char *message = r->message == NULL ? NULL : expanded(r->message, false);
        const char *key = cJSON_HasObjectItem(tree, "Message") ? "Message" : "message";
        CHECK_INT(label, answer.status, 400);
        CHECK_STR(label, cJSON_GetStringValue(cJSON_GetObjectItem(tree, "__type")), r->type);
        CHECK_STR(label, cJSON_GetStringValue(cJSON_GetObjectItem(tree, key)), message);
        CHECK_BYTES(label, api_header(&answer, "content-type"), mr_bytes_of(JSON));
        mr_free(message);
    }
    cJSON_Delete(tree);
    mr_free(text);
    mr_free(body);
    mr_free(label);
    api_answer_deinit(&answer);
}

static void begin(api_world *w, mr_sim_options options)
{
    mr_error err = {0};
    mr_stream *stream;
    api_world_init(w, options, (mr_api_options){0});
    CHECK_OK("stream",
             mr_streams_create(mr_sim_streams(w->sim),
                               &(mr_stream_options){.name = "s", .shard_count = 1}, &stream, &err),
             &err);
    must(w, "CreateDeliveryStream",
         "{'DeliveryStreamName':'d','S3DestinationConfiguration':" PLAIN_OF("") "}");
    must(w, "CreateDeliveryStream",
         "{'DeliveryStreamName':'b','ExtendedS3DestinationConfiguration':" PLAIN_OF(
             ",'S3BackupMode':'Enabled','S3BackupConfiguration':" PLAIN_OF("")) "}");
    must(w, "CreateDeliveryStream",
         "{'DeliveryStreamName':'k','S3DestinationConfiguration':" PLAIN_OF(
             "") ",'DeliveryStreamType':'KinesisStreamAsSource',"
                 "'KinesisStreamSourceConfiguration':{'KinesisStreamARN':'" SOURCE
                 "','RoleARN':'" ROLE "'}}");
}

static void test_operations_refuse(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){0});
    CHECK_TRUE("rows", MR_COUNT(rows) >= 80);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        check_row(&w, &rows[i]);
        if (rows[i].type == NULL) {
            api_world_deinit(&w);
            begin(&w, (mr_sim_options){0});
        }
    }
    api_world_deinit(&w);
}

/* ---- what a row has no room for ---- */

static mr_strbuf batch_of(size_t count, size_t base64_len)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"DeliveryStreamName\":\"d\",\"Records\":[");
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(&body, i == 0 ? "{\"Data\":\"" : ",{\"Data\":\"");
        for (size_t j = 0; j < base64_len; j++) {
            mr_strbuf_append_char(&body, 'a');
        }
        mr_strbuf_append_text(&body, "\"}");
    }
    mr_strbuf_append_text(&body, "]}");
    return body;
}

static void check_batch(api_world *w, size_t count, size_t base64_len, const char *type,
                        const char *message)
{
    mr_strbuf body = batch_of(count, base64_len);
    api_answer answer = ask(w, "PutRecordBatch", mr_strbuf_bytes(&body));
    CHECK_INT(message, answer.status, type == NULL ? 200 : 400);
    CHECK_HAS("type", mr_strbuf_text(&answer.text), type == NULL ? "\"FailedPutCount\":0" : type);
    CHECK_HAS("message", mr_strbuf_text(&answer.text), message);
    api_answer_deinit(&answer);
    mr_strbuf_deinit(&body);
}

static void test_a_batch_has_500_records_and_4_mib(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){0});
    check_batch(&w, 500, 4, NULL, "RequestResponses");
    check_batch(&w, 501, 4, VAL, ONE LONGEST("records", "500"));
    check_batch(&w, 5, 1118480, NULL, "RequestResponses"); /* 4,194,300 bytes */
    check_batch(&w, 5, 1118484, ARG, "Records size exceeds 4 MB limit");
    api_world_deinit(&w);
}

static void test_a_quota_names_those_that_use_it_up(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){.delivery_stream_limit = 3});
    check_row(&w, &(row){CREATE(""), "LimitExceededException",
                         "You have already consumed your firehose quota of 3 hoses. Firehose "
                         "names: [b, d, k]"});
    api_world_deinit(&w);
}

static void test_only_an_active_one_is_used(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){.stream_state_delay_us = 1000000});
#define NOT_ACTIVE(name, status)                                                                   \
    "Firehose " name " under accountId 000000000000 is not ACTIVE, but in state " status
    const row creating[] = {
        {"PutRecord", "{'DeliveryStreamName':'d','Record':{'Data':''}}", GONE,
         "Firehose d under account 000000000000 not found."},
        {"DeleteDeliveryStream", "{'DeliveryStreamName':'d'}", USED, NOT_ACTIVE("d", "CREATING")},
        {"StartDeliveryStreamEncryption", "{'DeliveryStreamName':'d'}", USED,
         NOT_ACTIVE("d", "CREATING")},
        {UPDATE(""), USED, NOT_ACTIVE("d", "CREATING")},
    };
    for (size_t i = 0; i < MR_COUNT(creating); i++) {
        check_row(&w, &creating[i]);
    }
    api_advance(&w, 1000000);
    must(&w, "PutRecord", "{'DeliveryStreamName':'d','Record':{'Data':''}}");
    must(&w, "StartDeliveryStreamEncryption", "{'DeliveryStreamName':'d'}");
    check_row(&w, &(row){"StopDeliveryStreamEncryption", "{'DeliveryStreamName':'d'}", USED,
                         "Server side encryption of firehose d is in state ENABLING"});
    must(&w, "DeleteDeliveryStream", "{'DeliveryStreamName':'d'}");
    must(&w, "DeleteDeliveryStream", "{'DeliveryStreamName':'d'}");
    check_row(&w, &(row){"PutRecord", "{'DeliveryStreamName':'d','Record':{'Data':''}}", GONE,
                         "Firehose d under account 000000000000 not found."});
    check_row(&w, &(row){"CreateDeliveryStream",
                         "{'DeliveryStreamName':'d','S3DestinationConfiguration':" PLAIN_OF("") "}",
                         USED, "Firehose d under accountId 000000000000 already exists"});
    api_advance(&w, 1000000);
    must(&w, "CreateDeliveryStream",
         "{'DeliveryStreamName':'d','S3DestinationConfiguration':" PLAIN_OF("") "}");
    api_world_deinit(&w);
}

static void test_encryption_is_changed_25_times_a_day(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_sim_options){0});
    for (int i = 0; i < 25; i++) {
        must(&w, i % 2 == 0 ? "StartDeliveryStreamEncryption" : "StopDeliveryStreamEncryption",
             "{'DeliveryStreamName':'d'}");
    }
    check_row(&w, &(row){"StopDeliveryStreamEncryption", "{'DeliveryStreamName':'d'}",
                         "LimitExceededException",
                         "Server side encryption of firehose d was started and stopped 25 times in "
                         "24 hours; the limit is 25"});
    api_advance(&w, INT64_C(86400000000) + 1);
    must(&w, "StopDeliveryStreamEncryption", "{'DeliveryStreamName':'d'}");
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations_refuse),
        cmocka_unit_test(test_a_batch_has_500_records_and_4_mib),
        cmocka_unit_test(test_a_quota_names_those_that_use_it_up),
        cmocka_unit_test(test_only_an_active_one_is_used),
        cmocka_unit_test(test_encryption_is_changed_25_times_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
