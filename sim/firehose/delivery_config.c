/* delivery_config.c - what a configuration means: its checks, and the options that come of it. See
 * delivery_config.h; what it becomes by an update, and how it is told, is in
 * delivery_config_forms.c. */
#include "sim/firehose/delivery_config.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/deaggregate.h"
#include "sim/firehose/delivery_config_private.h"

#include <stdlib.h>

#define PROCESSORS_MAX         5
#define LAMBDA_RETRIES_MAX     300
#define LAMBDA_INTERVAL_MAX    900
#define PARTITION_SIZE_MIN_MIB 64
#define DECIMAL_MAX_LEN        32

/* ---- reading members ---- */

const cJSON *mr_config_get(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNull(found) ? NULL : found;
}

const char *mr_config_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(mr_config_get(object, name));
}

bool mr_config_bool(const cJSON *object, const char *name, bool otherwise)
{
    const cJSON *found = mr_config_get(object, name);
    return cJSON_IsBool(found) ? cJSON_IsTrue(found) : otherwise;
}

static int64_t integer_of(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *found = mr_config_get(object, name);
    return cJSON_IsNumber(found) ? (int64_t)found->valuedouble : otherwise;
}

static bool is_text(const cJSON *object, const char *name, const char *word)
{
    const char *text = mr_config_text(object, name);
    return text != NULL && strcmp(text, word) == 0;
}

const char *mr_config_parameter(const cJSON *processor, const char *name)
{
    const cJSON *parameter;
    cJSON_ArrayForEach(parameter, mr_config_get(processor, "Parameters"))
    {
        if (is_text(parameter, "ParameterName", name)) {
            return mr_config_text(parameter, "ParameterValue");
        }
    }
    return NULL;
}

bool mr_config_is_lambda(const cJSON *processor)
{
    return is_text(processor, "Type", "Lambda");
}

/* "0.5", "-1", "3e0"; not blanks, not "1x". Both are written the same everywhere. */
static bool decimal_of(const char *text, double *out)
{
    if (strlen(text) > DECIMAL_MAX_LEN || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false;
    }
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool whole_of(const char *text, int64_t *out)
{
    return mr_bytes_to_int64(mr_bytes_of(text), out);
}

/* ---- checks ---- */

static mr_code refuse(mr_error *err, const char *message)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT, "%s", message);
}

static mr_code check_s3(const cJSON *config, mr_error *err)
{
    const cJSON *hints = mr_config_get(config, "BufferingHints");
    const cJSON *logging = mr_config_get(config, "CloudWatchLoggingOptions");
    const cJSON *encryption = mr_config_get(config, "EncryptionConfiguration");
    if (hints != NULL && (mr_config_get(hints, "SizeInMBs") != NULL) !=
                             (mr_config_get(hints, "IntervalInSeconds") != NULL)) {
        /* The rule is in the API Reference; its text is ours. */
        return refuse(err, "Both SizeInMBs and IntervalInSeconds are required in BufferingHints.");
    }
    if (mr_config_bool(logging, "Enabled", false) &&
        mr_config_get(logging, "LogGroupName") == NULL) {
        return refuse(err,
                      "CloudWatch Log Group Name is required if CloudWatch Logging is enabled");
    }
    if (encryption != NULL && (mr_config_get(encryption, "NoEncryptionConfig") != NULL) ==
                                  (mr_config_get(encryption, "KMSEncryptionConfig") != NULL)) {
        return refuse(err,
                      "Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified");
    }
    return MR_OK;
}

static mr_code check_backup(const cJSON *config, mr_error *err)
{
    const cJSON *backup = mr_config_get(config, "S3BackupConfiguration");
    if (is_text(config, "S3BackupMode", "Enabled") && backup == NULL) {
        return refuse(err,
                      "S3 backup destination configuration is required when enabling S3 backup.");
    }
    return backup == NULL ? MR_OK : check_s3(backup, err);
}

static mr_code check_lambda(const cJSON *processor, mr_error *err)
{
    const char *retries = mr_config_parameter(processor, "NumberOfRetries");
    const char *size = mr_config_parameter(processor, "BufferSizeInMBs");
    const char *interval = mr_config_parameter(processor, "BufferIntervalInSeconds");
    int64_t whole;
    double decimal;
    if (mr_config_parameter(processor, "LambdaArn") == NULL) {
        return refuse(err, "LambdaArn is required when Lambda processor is used.");
    }
    if ((size == NULL) != (interval == NULL)) {
        return refuse(err, "Both BufferSizeInMBs and BufferIntervalInSeconds are required to "
                           "configure buffering for lambda processor.");
    }
    if (size != NULL && (!decimal_of(size, &decimal) || !(decimal >= 0.2 && decimal <= 3))) {
        return refuse(err, "BufferSizeInMBs for lambda processor must be between 0.2 and 3.");
    }
    if (interval != NULL &&
        (!whole_of(interval, &whole) || whole < 0 || whole > LAMBDA_INTERVAL_MAX)) {
        return refuse(err,
                      "BufferIntervalInSeconds for lambda processor must be between 0 and 900.");
    }
    if (retries != NULL &&
        (!whole_of(retries, &whole) || whole < 0 || whole > LAMBDA_RETRIES_MAX)) {
        return refuse(err, "Number of retries for lambda must be between 0 and 300.");
    }
    return MR_OK;
}

static mr_code check_deaggregation(const cJSON *processor, mr_error *err)
{
    return mr_deaggregation_parse(mr_config_parameter(processor, "SubRecordType"),
                                  mr_config_parameter(processor, "Delimiter"), NULL, err);
}

static mr_code check_extraction(const cJSON *processor, mr_error *err)
{
    const char *engine = mr_config_parameter(processor, "JsonParsingEngine");
    if (engine == NULL || strcmp(engine, "JQ-1.6") != 0) {
        return refuse(err, "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6");
    }
    return MR_OK;
}

static mr_code check_delimiter(const cJSON *processor, mr_error *err)
{
    const char *delimiter = mr_config_parameter(processor, "Delimiter");
    if (delimiter != NULL && strcmp(delimiter, "\\n") != 0 && strcmp(delimiter, "\n") != 0) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "ProcessingConfiguration: AppendDelimiterToRecord appends a newline, "
                            "which is written \\n; no other delimiter is known here");
    }
    return MR_OK;
}

static bool is_partitioned(const cJSON *config)
{
    return mr_config_bool(mr_config_get(config, "DynamicPartitioningConfiguration"), "Enabled",
                          false);
}

static bool has_processor(const cJSON *processors, const char *type)
{
    const cJSON *processor;
    cJSON_ArrayForEach(processor, processors)
    {
        if (is_text(processor, "Type", type)) {
            return true;
        }
    }
    return false;
}

static mr_code check_processor(const cJSON *config, const cJSON *processor, mr_error *err)
{
    const char *type = mr_config_text(processor, "Type");
    if (strcmp(type, "Lambda") == 0) {
        return check_lambda(processor, err);
    }
    if (strcmp(type, "AppendDelimiterToRecord") == 0) {
        return check_delimiter(processor, err);
    }
    bool extracts = strcmp(type, "MetadataExtraction") == 0;
    if (extracts || strcmp(type, "RecordDeAggregation") == 0) {
        if (!is_partitioned(config)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "class com.amazonaws.services.firehose.internal.model.%sProcessor "
                                "can only be present when Dynamic Partitioning is enabled.",
                                type);
        }
        return extracts ? check_extraction(processor, err) : check_deaggregation(processor, err);
    }
    return mr_error_set(err, MR_UNSUPPORTED,
                        "ProcessingConfiguration: the processor %s does not run here, and the "
                        "records would not be those that AWS delivers",
                        type);
}

static mr_code check_processing(const cJSON *config, mr_error *err)
{
    const cJSON *processing = mr_config_get(config, "ProcessingConfiguration");
    const cJSON *processors = mr_config_get(processing, "Processors"), *processor;
    int count = cJSON_GetArraySize(processors), lambdas = 0;
    if (!mr_config_bool(processing, "Enabled", false)) {
        return MR_OK; /* they do not run, and an omitted Enabled means that */
    }
    if (count < 1 || count > PROCESSORS_MAX) {
        return refuse(err, "A maximum of 5 and a minimum of 1 processor needs to be supplied when "
                           "processing is enabled.");
    }
    cJSON_ArrayForEach(processor, processors)
    {
        lambdas += mr_config_is_lambda(processor) ? 1 : 0;
    }
    if (lambdas > 1) {
        return refuse(err, "Cannot have more than 1 Lambda processor.");
    }
    if (has_processor(processors, "CloudWatchLogProcessing") &&
        !has_processor(processors, "Decompression")) {
        return refuse(err, "CloudWatchLogProcessingProcessor can only be enabled with "
                           "DecompressionProcessor");
    }
    cJSON_ArrayForEach(processor, processors)
    {
        mr_code code = check_processor(config, processor, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code check_partitioning(const cJSON *config, mr_error *err)
{
    const cJSON *hints = mr_config_get(config, "BufferingHints");
    const char *prefix = mr_config_text(config, "Prefix");
    if (!is_partitioned(config)) {
        return MR_OK;
    }
    if (integer_of(hints, "SizeInMBs", PARTITION_SIZE_MIN_MIB) < PARTITION_SIZE_MIN_MIB) {
        return refuse(err, "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning "
                           "is enabled.");
    }
    if (prefix == NULL || (strstr(prefix, "!{partitionKeyFromQuery:") == NULL &&
                           strstr(prefix, "!{partitionKeyFromLambda:") == NULL)) {
        return refuse(err, "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic "
                           "Partitioning is enabled");
    }
    return MR_OK;
}

/* The one part of a conversion that must be there: "<X> must not be null". */
static mr_code require_part(const cJSON *conversion, const char *part, const char *inner,
                            mr_error *err)
{
    const cJSON *found = mr_config_get(conversion, part);
    const char *missing = found == NULL ? part : NULL;
    if (missing == NULL && inner != NULL && mr_config_get(found, inner) == NULL) {
        missing = inner;
    }
    return missing == NULL ? MR_OK
                           : mr_error_set(err, MR_INVALID_ARGUMENT, "%s must not be null", missing);
}

static mr_code check_conversion(const cJSON *config, mr_error *err)
{
    const cJSON *conversion = mr_config_get(config, "DataFormatConversionConfiguration");
    const char *compression = mr_config_text(config, "CompressionFormat");
    if (conversion == NULL || !mr_config_bool(conversion, "Enabled", true)) {
        return MR_OK;
    }
    if (compression != NULL && strcmp(compression, "UNCOMPRESSED") != 0) {
        return refuse(err, "The S3 destination's compression format must be set to UNCOMPRESSED "
                           "when data format conversion is enabled");
    }
    mr_code code = require_part(conversion, "SchemaConfiguration", NULL, err);
    if (code == MR_OK) {
        code = require_part(conversion, "InputFormatConfiguration", "Deserializer", err);
    }
    if (code == MR_OK) {
        code = require_part(conversion, "OutputFormatConfiguration", "Serializer", err);
    }
    const cJSON *serializer =
        mr_config_get(mr_config_get(conversion, "OutputFormatConfiguration"), "Serializer");
    if (code == MR_OK && mr_config_get(serializer, "ParquetSerDe") != NULL &&
        mr_config_get(serializer, "OrcSerDe") != NULL) {
        return refuse(err, "More than one serializer specified. Only one may be chosen.");
    }
    return code != MR_OK
               ? code
               : mr_error_set(err, MR_UNSUPPORTED,
                              "DataFormatConversionConfiguration: record format conversion does "
                              "not run here (an omitted Enabled means true); set Enabled to false "
                              "and read the objects as JSON");
}

mr_code mr_delivery_config_check(const cJSON *config, mr_error *err)
{
    static mr_code (*const checks[])(const cJSON *, mr_error *) = {
        check_s3, check_backup, check_processing, check_partitioning, check_conversion,
    };
    mr_code code = MR_OK;
    for (size_t i = 0; i < MR_COUNT(checks) && code == MR_OK; i++) {
        code = checks[i](config, err);
    }
    return code;
}

/* ---- options ---- */

static const char *bucket_of(const char *arn)
{
    const char *mark = arn == NULL ? NULL : strrchr(arn, ':'); /* no name holds one */
    return mark == NULL ? arn : mark + 1;
}

static void fill_destination(const cJSON *config, mr_s3_destination *out)
{
    const cJSON *hints = mr_config_get(config, "BufferingHints");
    int64_t interval_s = integer_of(hints, "IntervalInSeconds", -1);
    *out = (mr_s3_destination){
        .bucket = bucket_of(mr_config_text(config, "BucketARN")),
        .prefix = mr_config_text(config, "Prefix"),
        .error_output_prefix = mr_config_text(config, "ErrorOutputPrefix"),
        .size_bytes = (uint64_t)integer_of(hints, "SizeInMBs", 0) * MR_MIB,
        .interval_us = interval_s < 0 ? -1 : interval_s * MR_US_PER_SECOND,
        .file_extension = mr_config_text(config, "FileExtension"),
        .time_zone = mr_config_text(config, "CustomTimeZone"),
    };
    const char *compression = mr_config_text(config, "CompressionFormat");
    if (compression != NULL) {
        bool known = mr_compression_of(compression, &out->compression);
        MR_ASSERT(known); /* an enumeration of the front door's */
    }
}

static void fill_lambda(const cJSON *processor, mr_delivery_options *options)
{
    const char *retries = mr_config_parameter(processor, "NumberOfRetries");
    const char *size = mr_config_parameter(processor, "BufferSizeInMBs");
    const char *interval = mr_config_parameter(processor, "BufferIntervalInSeconds");
    int64_t whole;
    double decimal;
    options->function = mr_config_parameter(processor, "LambdaArn");
    if (retries != NULL && whole_of(retries, &whole)) {
        options->lambda_retries = (int32_t)whole;
    }
    if (size != NULL && decimal_of(size, &decimal)) {
        options->lambda_bytes = (uint64_t)(decimal * (double)MR_MIB);
    }
    if (interval != NULL && whole_of(interval, &whole)) {
        options->lambda_interval_us = whole * MR_US_PER_SECOND;
    }
}

static void fill_processor(const cJSON *processor, mr_delivery_options *options)
{
    const char *type = mr_config_text(processor, "Type");
    if (strcmp(type, "Lambda") == 0) {
        fill_lambda(processor, options);
    } else if (strcmp(type, "AppendDelimiterToRecord") == 0) {
        options->append_delimiter = true;
    } else if (strcmp(type, "MetadataExtraction") == 0) {
        options->partition_query = mr_config_parameter(processor, "MetadataExtractionQuery");
    } else if (strcmp(type, "RecordDeAggregation") == 0) {
        const char *sub = mr_config_parameter(processor, "SubRecordType");
        options->deaggregation = sub != NULL && strcmp(sub, "DELIMITED") == 0
                                     ? MR_DEAGGREGATE_DELIMITED
                                     : MR_DEAGGREGATE_JSON;
        options->deaggregation_delimiter = mr_config_parameter(processor, "Delimiter");
    }
}

/* The place for what dynamic partitioning takes from a configuration beside its processors. */
static void fill_partitioning(const cJSON *config, mr_delivery_options *options)
{
    const cJSON *partitioning = mr_config_get(config, "DynamicPartitioningConfiguration");
    int64_t retry_s =
        integer_of(mr_config_get(partitioning, "RetryOptions"), "DurationInSeconds", -1);
    options->dynamic_partitioning = is_partitioned(config);
    options->partition_retry_us = retry_s < 0 ? -1 : retry_s * MR_US_PER_SECOND;
}

void mr_delivery_config_options(const cJSON *config, mr_delivery_options *options)
{
    const cJSON *processing = mr_config_get(config, "ProcessingConfiguration"), *processor;
    *options = (mr_delivery_options){.name = options->name,
                                     .version = options->version,
                                     .source = options->source,
                                     .lambda_interval_us = -1,
                                     .lambda_retries = -1};
    fill_destination(config, &options->destination);
    options->backup_enabled = is_text(config, "S3BackupMode", "Enabled");
    if (options->backup_enabled) {
        fill_destination(mr_config_get(config, "S3BackupConfiguration"), &options->backup);
    }
    if (mr_config_bool(processing, "Enabled", false)) {
        cJSON_ArrayForEach(processor, mr_config_get(processing, "Processors"))
        {
            fill_processor(processor, options);
        }
    }
    fill_partitioning(config, options);
}
