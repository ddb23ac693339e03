/* delivery_options.c - see delivery_options.h. */
#include "sim/firehose/delivery_options.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/partition_keys.h"
#include "sim/firehose/partitions.h"

#include <stdarg.h>
#include <stdio.h>

#define NAME_MAX_LEN           64
#define BUCKET_MAX_LEN         255
#define PREFIX_MAX_LEN         1024
#define EXTENSION_MAX_LEN      128
#define TIME_ZONE_MAX_LEN      50
#define SIZE_MAX_MIB           128
#define INTERVAL_MAX_US        (900 * MR_US_PER_SECOND)
#define SIZE_DEFAULT_BYTES     (5 * MR_MIB)
#define INTERVAL_DEFAULT_US    (300 * MR_US_PER_SECOND)
#define PARTITION_SIZE_MIN     (64 * MR_MIB)
#define PARTITION_SIZE_DEFAULT (128 * MR_MIB)
#define PARTITION_INTERVAL_MIN (60 * MR_US_PER_SECOND)
#define PARTITION_RETRY_US     (300 * MR_US_PER_SECOND)
#define PARTITION_RETRY_MAX_US (7200 * MR_US_PER_SECOND)
#define LAMBDA_SIZE_DEFAULT    MR_MIB
#define LAMBDA_SIZE_MAX        (3 * MR_MIB)
#define LAMBDA_SIZE_MIN        (MR_MIB / 5) /* 0.2 MiB, rounded down to a byte */
#define LAMBDA_INTERVAL_US     (60 * MR_US_PER_SECOND)
#define LAMBDA_RETRIES_DEFAULT 3
#define LAMBDA_RETRIES_MAX     300

/* ---- the constraints of the service model ---- */

/* "1 validation error detected: Value at '<path>' failed to satisfy constraint: <rule>" */
static mr_code constraint(mr_error *err, const char *path, const char *format, ...) MR_PRINTF(3, 4);

static mr_code constraint(mr_error *err, const char *path, const char *format, ...)
{
    char rule[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(rule, sizeof(rule), format, args);
    va_end(args);
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "1 validation error detected: Value at '%s' failed to satisfy constraint: "
                        "%s",
                        path, rule);
}

static mr_code check_max_len(const char *text, size_t most, const char *path, mr_error *err)
{
    if (text != NULL && strlen(text) > most) {
        return constraint(err, path, "Member must have length less than or equal to %zu", most);
    }
    return MR_OK;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Every character is alphanumeric or one of `others`. */
static bool is_made_of(const char *text, const char *others)
{
    for (; *text != '\0'; text++) {
        if (!is_alnum(*text) && strchr(others, *text) == NULL) {
            return false;
        }
    }
    return true;
}

static mr_code check_name(const char *name, mr_error *err)
{
    static const char path[] = "deliveryStreamName";
    if (name == NULL) {
        return constraint(err, path, "Member must not be null");
    }
    if (name[0] == '\0') {
        return constraint(err, path, "Member must have length greater than or equal to 1");
    }
    mr_code code = check_max_len(name, NAME_MAX_LEN, path, err);
    if (code == MR_OK && !is_made_of(name, "_.-")) {
        code = constraint(err, path,
                          "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    return code;
}

static mr_code check_bucket(const char *bucket, const char *where, mr_error *err)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s.bucketARN", where);
    if (bucket == NULL) {
        return constraint(err, path, "Member must not be null");
    }
    size_t len = strlen(bucket);
    if (len < 1 || len > BUCKET_MAX_LEN || !is_made_of(bucket, "_.-")) {
        return constraint(err, path,
                          "Member must satisfy regular expression pattern: "
                          "arn:.*:s3:::[\\w\\.\\-]{1,255}");
    }
    return MR_OK;
}

static mr_code check_hints(const mr_s3_destination *destination, const char *where, mr_error *err)
{
    char path[128];
    uint64_t size = destination->size_bytes;

    (void)snprintf(path, sizeof(path), "%s.bufferingHints.sizeInMBs", where);
    if (size != 0 && size < MR_MIB) {
        return constraint(err, path, "Member must have value greater than or equal to 1");
    }
    if (size > SIZE_MAX_MIB * MR_MIB) {
        return constraint(err, path, "Member must have value less than or equal to %d",
                          SIZE_MAX_MIB);
    }
    (void)snprintf(path, sizeof(path), "%s.bufferingHints.intervalInSeconds", where);
    if (destination->interval_us < -1) {
        return constraint(err, path, "Member must have value greater than or equal to 0");
    }
    if (destination->interval_us > INTERVAL_MAX_US) {
        return constraint(err, path, "Member must have value less than or equal to 900");
    }
    if ((size == 0) != (destination->interval_us == -1)) {
        /* The rule is in the API Reference; its text is ours. */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Both SizeInMBs and IntervalInSeconds are required in BufferingHints.");
    }
    return MR_OK;
}

static mr_code check_extension(const char *extension, const char *where, mr_error *err)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s.fileExtension", where);
    if (extension == NULL || extension[0] == '\0') {
        return MR_OK;
    }
    mr_code code = check_max_len(extension, EXTENSION_MAX_LEN, path, err);
    if (code != MR_OK) {
        return code;
    }
    bool ok = extension[0] == '.' && extension[1] != '\0';
    for (const char *c = extension + 1; ok && *c != '\0'; c++) {
        ok = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || strchr("!-_.*'()", *c) != NULL;
    }
    return ok ? MR_OK
              : constraint(err, path,
                           "Member must satisfy regular expression pattern: "
                           "^$|\\.[0-9a-z!\\-_.*'()]+");
}

static mr_code check_time_zone(const char *zone, const char *where, mr_error *err)
{
    char path[128];
    int64_t offset_us;
    (void)snprintf(path, sizeof(path), "%s.customTimeZone", where);
    if (zone == NULL || zone[0] == '\0') {
        return MR_OK;
    }
    mr_code code = check_max_len(zone, TIME_ZONE_MAX_LEN, path, err);
    if (code != MR_OK) {
        return code;
    }
    for (const char *c = zone; *c != '\0'; c++) {
        if ((*c < 'a' || *c > 'z') && (*c < 'A' || *c > 'Z') && *c != '/' && *c != '_') {
            return constraint(err, path,
                              "Member must satisfy regular expression pattern: ^$|[a-zA-Z/_]+");
        }
    }
    if (!mr_time_zone_offset(zone, 0, &offset_us)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Provided custom time zone is not supported. Custom time zones are "
                            "limited to UTC and non-3-letter IANA time zones.");
    }
    return MR_OK;
}

static mr_code check_prefixes(const mr_s3_destination *destination, const char *where,
                              bool is_backup, bool has_partitions, mr_error *err)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s.prefix", where);
    mr_code code = check_max_len(destination->prefix, PREFIX_MAX_LEN, path, err);
    if (code == MR_OK) {
        (void)snprintf(path, sizeof(path), "%s.errorOutputPrefix", where);
        code = check_max_len(destination->error_output_prefix, PREFIX_MAX_LEN, path, err);
    }
    if (code != MR_OK) {
        return code;
    }
    mr_prefix_options options = {.prefix = destination->prefix,
                                 .error_output_prefix = destination->error_output_prefix,
                                 .time_zone = destination->time_zone,
                                 .is_backup = is_backup,
                                 .has_partitions = has_partitions};
    mr_prefix *prefix = NULL;
    code = mr_prefix_new(&options, &prefix, err);
    mr_prefix_free(prefix);
    return code;
}

static mr_code check_destination(const mr_s3_destination *destination, const char *where,
                                 bool is_backup, bool has_partitions, mr_error *err)
{
    mr_code code = check_bucket(destination->bucket, where, err);
    if (code == MR_OK) {
        code = check_hints(destination, where, err);
    }
    if (code == MR_OK) {
        code = check_extension(destination->file_extension, where, err);
    }
    if (code == MR_OK) {
        code = check_time_zone(destination->time_zone, where, err);
    }
    if (code == MR_OK) {
        code = check_prefixes(destination, where, is_backup, has_partitions, err);
    }
    return code;
}

/* ---- the rules of CreateDeliveryStream ---- */

static mr_code check_lambda(const mr_delivery_options *options, mr_error *err)
{
    if (options->function == NULL) {
        return MR_OK;
    }
    const char *message = NULL;
    if (options->function[0] == '\0') {
        message = "LambdaArn is required when Lambda processor is used.";
    } else if ((options->lambda_bytes == 0) != (options->lambda_interval_us == -1)) {
        message = "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure "
                  "buffering for lambda processor.";
    } else if (options->lambda_bytes != 0 && (options->lambda_bytes < LAMBDA_SIZE_MIN ||
                                              options->lambda_bytes > LAMBDA_SIZE_MAX)) {
        message = "BufferSizeInMBs for lambda processor must be between 0.2 and 3.";
    } else if (options->lambda_interval_us < -1 || options->lambda_interval_us > INTERVAL_MAX_US) {
        message = "BufferIntervalInSeconds for lambda processor must be between 0 and 900.";
    } else if (options->lambda_retries < -1 || options->lambda_retries > LAMBDA_RETRIES_MAX) {
        message = "Number of retries for lambda must be between 0 and 300.";
    }
    return message == NULL ? MR_OK : mr_error_set(err, MR_INVALID_ARGUMENT, "%s", message);
}

static mr_code check_backup(const mr_delivery_options *options, mr_error *err)
{
    static const char where[] = "extendedS3DestinationConfiguration.s3BackupConfiguration";
    if (!options->backup_enabled) {
        return MR_OK;
    }
    if (options->backup.bucket == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "S3 backup destination configuration is required when enabling S3 "
                            "backup.");
    }
    if (options->backup.interval_us == 0) {
        /* The rule is in the guide; its text is ours. */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "BufferingHints.IntervalInSeconds must not be 0 for the S3 backup "
                            "destination.");
    }
    return check_destination(&options->backup, where, true, false, err);
}

#define PROCESSOR "class com.amazonaws.services.firehose.internal.model."

static mr_code check_no_partitioning(const mr_delivery_options *options, mr_error *err)
{
    const char *processor = options->partition_query != NULL                ? "MetadataExtraction"
                            : options->deaggregation != MR_DEAGGREGATE_NONE ? "RecordDeAggregation"
                                                                            : NULL;
    return processor == NULL
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              PROCESSOR "%sProcessor can only be present when Dynamic Partitioning "
                                        "is enabled.",
                              processor);
}

static mr_code check_partition_hints(const mr_delivery_options *options, mr_error *err)
{
    static const char retry_path[] = "extendedS3DestinationConfiguration."
                                     "dynamicPartitioningConfiguration.retryOptions."
                                     "durationInSeconds";
    const mr_s3_destination *destination = &options->destination;
    if (destination->size_bytes != 0 && destination->size_bytes < PARTITION_SIZE_MIN) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "BufferingHints.SizeInMBs must be at least 64 when Dynamic "
                            "Partitioning is enabled.");
    }
    if (destination->interval_us != -1 && destination->interval_us < PARTITION_INTERVAL_MIN) {
        /* The rule is in the guide; its text is ours. */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "BufferingHints.IntervalInSeconds must be at least 60 when Dynamic "
                            "Partitioning is enabled.");
    }
    if (options->partition_retry_us < -1) {
        return constraint(err, retry_path, "Member must have value greater than or equal to 0");
    }
    if (options->partition_retry_us > PARTITION_RETRY_MAX_US) {
        return constraint(err, retry_path, "Member must have value less than or equal to 7200");
    }
    return options->partitions_max <= MR_PARTITIONS_MAX
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT, "the most active partitions are %d",
                              MR_PARTITIONS_MAX);
}

mr_code mr_deaggregation_of(const mr_delivery_options *options, mr_deaggregation *out,
                            mr_error *err)
{
    bool is_json = options->deaggregation == MR_DEAGGREGATE_JSON;
    return mr_deaggregation_parse(is_json ? "JSON" : "DELIMITED", options->deaggregation_delimiter,
                                  out, err);
}

static mr_code check_partitioning(const mr_delivery_options *options, mr_error *err)
{
    const mr_s3_destination *destination = &options->destination;
    mr_prefix *prefix = NULL;
    mr_partition_keys *keys = NULL;
    if (!options->dynamic_partitioning) {
        return check_no_partitioning(options, err);
    }
    mr_prefix_options wanted = {.prefix = destination->prefix,
                                .error_output_prefix = destination->error_output_prefix,
                                .has_partitions = true};
    mr_code code = check_partition_hints(options, err);
    if (code == MR_OK && options->deaggregation != MR_DEAGGREGATE_NONE) {
        code = mr_deaggregation_of(options, NULL, err);
    }
    if (code == MR_OK) {
        code = mr_prefix_new(&wanted, &prefix, err);
    }
    if (code == MR_OK) {
        code = mr_partition_keys_new(prefix, options->partition_query, options->function != NULL,
                                     &keys, err);
    }
    mr_partition_keys_free(keys);
    mr_prefix_free(prefix);
    return code;
}

mr_code mr_delivery_options_check(const mr_delivery_options *options, mr_error *err)
{
    mr_code code = check_name(options->name, err);
    if (code == MR_OK) {
        code = check_destination(&options->destination, "extendedS3DestinationConfiguration", false,
                                 options->dynamic_partitioning, err);
    }
    if (code == MR_OK) {
        code = check_backup(options, err);
    }
    if (code == MR_OK) {
        code = check_lambda(options, err);
    }
    return code == MR_OK ? check_partitioning(options, err) : code;
}

/* ---- copying ---- */

static mr_s3_destination copy_destination(const mr_s3_destination *from)
{
    bool has_extension = from->file_extension != NULL && from->file_extension[0] != '\0';
    bool has_zone = from->time_zone != NULL && from->time_zone[0] != '\0';
    return (mr_s3_destination){
        .bucket = mr_strdup(from->bucket),
        .prefix = mr_strdup(from->prefix),
        .error_output_prefix = mr_strdup(from->error_output_prefix),
        .size_bytes = from->size_bytes == 0 ? SIZE_DEFAULT_BYTES : from->size_bytes,
        .interval_us = from->interval_us == -1 ? INTERVAL_DEFAULT_US : from->interval_us,
        .compression = from->compression,
        .file_extension = mr_strdup(has_extension ? from->file_extension
                                                  : mr_compression_extension(from->compression)),
        .time_zone = has_zone ? mr_strdup(from->time_zone) : NULL,
    };
}

static void free_destination(mr_s3_destination *destination)
{
    mr_free((char *)destination->bucket);
    mr_free((char *)destination->prefix);
    mr_free((char *)destination->error_output_prefix);
    mr_free((char *)destination->file_extension);
    mr_free((char *)destination->time_zone);
}

mr_delivery_options mr_delivery_options_copy(const mr_delivery_options *options)
{
    mr_delivery_options copy = *options;
    copy.name = mr_strdup(options->name);
    copy.source = mr_strdup(options->source);
    copy.function = mr_strdup(options->function);
    copy.partition_query = mr_strdup(options->partition_query);
    copy.deaggregation_delimiter = mr_strdup(options->deaggregation_delimiter);
    copy.destination = copy_destination(&options->destination);
    if (options->dynamic_partitioning && options->destination.size_bytes == 0) {
        copy.destination.size_bytes = PARTITION_SIZE_DEFAULT;
    }
    copy.partitions_max =
        options->partitions_max == 0 ? MR_PARTITIONS_MAX : options->partitions_max;
    copy.partition_retry_us =
        options->partition_retry_us == -1 ? PARTITION_RETRY_US : options->partition_retry_us;
    copy.backup = options->backup_enabled ? copy_destination(&options->backup)
                                          : (mr_s3_destination){.bucket = NULL};
    copy.lambda_bytes = options->lambda_bytes == 0 ? LAMBDA_SIZE_DEFAULT : options->lambda_bytes;
    copy.lambda_interval_us =
        options->lambda_interval_us == -1 ? LAMBDA_INTERVAL_US : options->lambda_interval_us;
    copy.lambda_retries =
        options->lambda_retries == -1 ? LAMBDA_RETRIES_DEFAULT : options->lambda_retries;
    return copy;
}

void mr_delivery_options_free(mr_delivery_options *copy)
{
    mr_free((char *)copy->name);
    mr_free((char *)copy->source);
    mr_free((char *)copy->function);
    mr_free((char *)copy->partition_query);
    mr_free((char *)copy->deaggregation_delimiter);
    free_destination(&copy->destination);
    free_destination(&copy->backup);
    *copy = (mr_delivery_options){.name = NULL};
}
