/* delivery_options_test.c - what CreateDeliveryStream refuses, in Firehose's own words. */
#include "tests/check.h"

#include "sim/base/timefmt.h"
#include "sim/firehose/delivery_options.h"

#define SECOND MR_US_PER_SECOND

#define CONSTRAINT(path)                                                                           \
    "1 validation error detected: Value at '" path "' failed to satisfy constraint: "
#define S3 "extendedS3DestinationConfiguration"

static char long_text[2000];

static mr_delivery_options good(void)
{
    return (mr_delivery_options){
        .name = "d",
        .destination = {.bucket = "b", .interval_us = -1},
        .backup = {.bucket = "b", .interval_us = -1},
        .lambda_interval_us = -1,
        .lambda_retries = -1,
    };
}

static void bad_name_empty(mr_delivery_options *o)
{
    o->name = "";
}
static void bad_name_long(mr_delivery_options *o)
{
    o->name = long_text;
}
static void bad_name_characters(mr_delivery_options *o)
{
    o->name = "a b";
}
static void bad_bucket(mr_delivery_options *o)
{
    o->destination.bucket = "a/b";
}
static void no_bucket(mr_delivery_options *o)
{
    o->destination.bucket = NULL;
}
static void size_low(mr_delivery_options *o)
{
    o->destination.size_bytes = MR_MIB - 1;
    o->destination.interval_us = 0;
}
static void size_high(mr_delivery_options *o)
{
    o->destination.size_bytes = 128 * MR_MIB + 1;
    o->destination.interval_us = 0;
}
static void interval_high(mr_delivery_options *o)
{
    o->destination.size_bytes = MR_MIB;
    o->destination.interval_us = 901 * SECOND;
}
static void half_of_the_hints(mr_delivery_options *o)
{
    o->destination.size_bytes = MR_MIB;
}
static void extension(mr_delivery_options *o)
{
    o->destination.file_extension = "json";
}
static void time_zone_unknown(mr_delivery_options *o)
{
    o->destination.time_zone = "Asia/Nowhere";
}
static void time_zone_characters(mr_delivery_options *o)
{
    o->destination.time_zone = "UTC+1";
}
static void prefix_long(mr_delivery_options *o)
{
    o->destination.prefix = long_text;
}
static void prefix_expression(mr_delivery_options *o)
{
    o->destination.prefix = "!{timestamp:yyyy}/";
}
static void backup_missing(mr_delivery_options *o)
{
    o->backup_enabled = true;
    o->backup.bucket = NULL;
}
static void backup_zero(mr_delivery_options *o)
{
    o->backup_enabled = true;
    o->backup.size_bytes = MR_MIB;
    o->backup.interval_us = 0;
}
static void backup_interval(mr_delivery_options *o)
{
    o->backup_enabled = true;
    o->backup.size_bytes = MR_MIB;
    o->backup.interval_us = 1000 * SECOND;
}
static void lambda_empty(mr_delivery_options *o)
{
    o->function = "";
}
static void lambda_one_hint(mr_delivery_options *o)
{
    o->function = "f";
    o->lambda_bytes = MR_MIB;
}
static void lambda_size(mr_delivery_options *o)
{
    o->function = "f";
    o->lambda_bytes = 3 * MR_MIB + 1;
    o->lambda_interval_us = 0;
}
static void lambda_size_low(mr_delivery_options *o)
{
    o->function = "f";
    o->lambda_bytes = MR_MIB / 6;
    o->lambda_interval_us = 0;
}
static void lambda_interval(mr_delivery_options *o)
{
    o->function = "f";
    o->lambda_bytes = MR_MIB;
    o->lambda_interval_us = 901 * SECOND;
}
static void lambda_retries(mr_delivery_options *o)
{
    o->function = "f";
    o->lambda_retries = 301;
}

static void test_what_the_service_refuses_is_refused_with_its_words(void **state)
{
    static const struct {
        void (*change)(mr_delivery_options *o);
        const char *want;
    } cases[] = {
        {bad_name_empty,
         CONSTRAINT("deliveryStreamName") "Member must have length greater than or equal to 1"},
        {bad_name_long,
         CONSTRAINT("deliveryStreamName") "Member must have length less than or equal to 64"},
        {bad_name_characters,
         CONSTRAINT("deliveryStreamName") "Member must satisfy regular expression pattern: "
                                          "[a-zA-Z0-9_.-]+"},
        {no_bucket, CONSTRAINT(S3 ".bucketARN") "Member must not be null"},
        {bad_bucket, CONSTRAINT(S3 ".bucketARN") "Member must satisfy regular expression pattern: "
                                                 "arn:.*:s3:::[\\w\\.\\-]{1,255}"},
        {size_low,
         CONSTRAINT(
             S3 ".bufferingHints.sizeInMBs") "Member must have value greater than or equal to 1"},
        {size_high,
         CONSTRAINT(
             S3 ".bufferingHints.sizeInMBs") "Member must have value less than or equal to 128"},
        {interval_high,
         CONSTRAINT(S3 ".bufferingHints.intervalInSeconds") "Member must have value less than or "
                                                            "equal to 900"},
        {half_of_the_hints, "Both SizeInMBs and IntervalInSeconds are required in BufferingHints."},
        {extension,
         CONSTRAINT(S3 ".fileExtension") "Member must satisfy regular expression pattern: "
                                         "^$|\\.[0-9a-z!\\-_.*'()]+"},
        {time_zone_characters,
         CONSTRAINT(
             S3
             ".customTimeZone") "Member must satisfy regular expression pattern: ^$|[a-zA-Z/_]+"},
        {time_zone_unknown,
         "Provided custom time zone is not supported. Custom time zones are limited to UTC and "
         "non-3-letter IANA time zones."},
        {prefix_long,
         CONSTRAINT(S3 ".prefix") "Member must have length less than or equal to 1024"},
        {prefix_expression,
         "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
        {backup_missing,
         "S3 backup destination configuration is required when enabling S3 backup."},
        {backup_zero,
         "BufferingHints.IntervalInSeconds must not be 0 for the S3 backup destination."},
        {backup_interval,
         CONSTRAINT(S3
                    ".s3BackupConfiguration.bufferingHints.intervalInSeconds") "Member must have "
                                                                               "value less than or "
                                                                               "equal to 900"},
        {lambda_empty, "LambdaArn is required when Lambda processor is used."},
        {lambda_one_hint,
         "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for "
         "lambda processor."},
        {lambda_size, "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
        {lambda_size_low, "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
        {lambda_interval,
         "BufferIntervalInSeconds for lambda processor must be between 0 and 900."},
        {lambda_retries, "Number of retries for lambda must be between 0 and 300."},
    };
    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        mr_delivery_options options = good();
        cases[i].change(&options);
        CHECK_CODE(cases[i].want, mr_delivery_options_check(&options, &err), MR_INVALID_ARGUMENT);
        CHECK_STR("message", err.message, cases[i].want);
    }
}

static void test_the_edges_of_every_range_are_taken(void **state)
{
    mr_error err;
    mr_delivery_options options = good();
    (void)state;
    CHECK_OK("defaults", mr_delivery_options_check(&options, &err), &err);
    options.destination.size_bytes = 128 * MR_MIB;
    options.destination.interval_us = 900 * SECOND;
    options.destination.file_extension = ".json.gz";
    options.destination.time_zone = "UTC";
    options.backup_enabled = true;
    options.backup.size_bytes = MR_MIB;
    options.backup.interval_us = SECOND;
    options.function = "f";
    options.lambda_bytes = 3 * MR_MIB;
    options.lambda_interval_us = 900 * SECOND;
    options.lambda_retries = 300;
    CHECK_OK("most", mr_delivery_options_check(&options, &err), &err);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 0;
    options.destination.file_extension = "";
    options.destination.time_zone = "";
    options.lambda_bytes = (uint64_t)(0.2 * (double)MR_MIB);
    options.lambda_interval_us = 0;
    options.lambda_retries = 0;
    CHECK_OK("least", mr_delivery_options_check(&options, &err), &err);
}

/* ---- dynamic partitioning ---- */

static mr_delivery_options partitioned(void)
{
    mr_delivery_options options = good();
    options.destination.prefix = "!{partitionKeyFromQuery:a}/";
    options.destination.error_output_prefix = "e/!{firehose:error-output-type}/";
    options.dynamic_partitioning = true;
    options.partition_query = "{a:.a}";
    options.partition_retry_us = -1;
    return options;
}
static void small_partitions(mr_delivery_options *o)
{
    o->destination.size_bytes = 64 * MR_MIB - 1;
    o->destination.interval_us = 60 * SECOND;
}
static void fast_partitions(mr_delivery_options *o)
{
    o->destination.size_bytes = 64 * MR_MIB;
    o->destination.interval_us = 59 * SECOND;
}
static void long_retry(mr_delivery_options *o)
{
    o->partition_retry_us = 7201 * SECOND;
}
static void no_query(mr_delivery_options *o)
{
    o->partition_query = NULL;
}
static void other_query(mr_delivery_options *o)
{
    o->partition_query = "{a:.a,b:.b}";
}
static void unbounded_query(mr_delivery_options *o)
{
    o->partition_query = "{a:now}";
}
static void no_function(mr_delivery_options *o)
{
    o->destination.prefix = "!{partitionKeyFromQuery:a}/!{partitionKeyFromLambda:l}/";
}
static void no_key_in_the_prefix(mr_delivery_options *o)
{
    o->destination.prefix = "a/";
}
static void query_alone(mr_delivery_options *o)
{
    *o = good();
    o->partition_query = "{a:.a}";
}
static void deaggregation_alone(mr_delivery_options *o)
{
    *o = good();
    o->deaggregation = MR_DEAGGREGATE_JSON;
}

static void test_partitions_are_refused_in_the_words_of_firehose(void **state)
{
    static const struct {
        void (*change)(mr_delivery_options *o);
        mr_code code;
        const char *want;
    } cases[] = {
        {small_partitions, MR_INVALID_ARGUMENT,
         "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."},
        {fast_partitions, MR_INVALID_ARGUMENT,
         "BufferingHints.IntervalInSeconds must be at least 60 when Dynamic Partitioning is "
         "enabled."},
        {long_retry, MR_INVALID_ARGUMENT,
         CONSTRAINT(
             S3
             ".dynamicPartitioningConfiguration.retryOptions.durationInSeconds") "Member must have "
                                                                                 "value less than "
                                                                                 "or equal to "
                                                                                 "7200"},
        {no_query, MR_INVALID_ARGUMENT,
         "S3 Prefix contains the partition key a, which the MetadataExtractionQuery does not give"},
        {other_query, MR_INVALID_ARGUMENT,
         "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix "
         "expression"},
        {unbounded_query, MR_UNSUPPORTED,
         "MetadataExtractionQuery, character 4: 'now' does not run here: its time and memory are "
         "not bounded by the record, or its answer does not depend on the record alone"},
        {no_function, MR_INVALID_ARGUMENT,
         "S3 Prefix contains the partition key l, which needs a Lambda processor"},
        {no_key_in_the_prefix, MR_INVALID_ARGUMENT,
         "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is "
         "enabled"},
        {query_alone, MR_INVALID_ARGUMENT,
         "class com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor can "
         "only "
         "be present when Dynamic Partitioning is enabled."},
        {deaggregation_alone, MR_INVALID_ARGUMENT,
         "class com.amazonaws.services.firehose.internal.model.RecordDeAggregationProcessor can "
         "only be present when Dynamic Partitioning is enabled."},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_delivery_options options = partitioned();
        mr_error err = {.code = MR_OK};
        CHECK_OK("good", mr_delivery_options_check(&options, &err), &err);
        cases[i].change(&options);
        CHECK_CODE(cases[i].want, mr_delivery_options_check(&options, &err), cases[i].code);
        CHECK_STR(cases[i].want, err.message, cases[i].want);
    }
}

static void test_partitions_have_defaults_of_their_own(void **state)
{
    (void)state;
    mr_delivery_options options = partitioned();
    mr_delivery_options copy = mr_delivery_options_copy(&options);
    CHECK_INT("size", copy.destination.size_bytes, 128 * MR_MIB);
    CHECK_INT("interval", copy.destination.interval_us, 300 * SECOND);
    CHECK_INT("retry", copy.partition_retry_us, 300 * SECOND);
    CHECK_INT("most", copy.partitions_max, 500);
    CHECK_STR("query", copy.partition_query, "{a:.a}");
    mr_delivery_options_free(&copy);
}

static void test_a_copy_has_the_defaults_of_the_service(void **state)
{
    (void)state;
    mr_delivery_options options = good();
    options.destination.compression = MR_COMPRESSION_GZIP;
    options.destination.time_zone = "";
    mr_delivery_options copy = mr_delivery_options_copy(&options);
    CHECK_INT("size", copy.destination.size_bytes, 5 * MR_MIB);
    CHECK_INT("interval", copy.destination.interval_us, 300 * SECOND);
    CHECK_STR("extension", copy.destination.file_extension, ".gz");
    CHECK_TRUE("time zone", copy.destination.time_zone == NULL);
    CHECK_INT("Lambda size", copy.lambda_bytes, MR_MIB);
    CHECK_INT("Lambda interval", copy.lambda_interval_us, 60 * SECOND);
    CHECK_INT("retries", copy.lambda_retries, 3);
    mr_delivery_options_free(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_service_refuses_is_refused_with_its_words),
        cmocka_unit_test(test_the_edges_of_every_range_are_taken),
        cmocka_unit_test(test_partitions_are_refused_in_the_words_of_firehose),
        cmocka_unit_test(test_partitions_have_defaults_of_their_own),
        cmocka_unit_test(test_a_copy_has_the_defaults_of_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
