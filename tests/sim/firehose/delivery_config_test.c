/* delivery_config_test.c - a configuration merged with an update, described, and read as options.
 * What is refused is in tests/src/api/firehose_table_test.c, row by row. */
#include "sim/firehose/delivery_config.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "tests/check.h"

#define ROLE   "\"RoleARN\":\"arn:aws:iam::000000000000:role/r\""
#define BUCKET "\"BucketARN\":\"arn:aws:s3:::b\""
#define BASE   ROLE "," BUCKET

static cJSON *parsed(const char *text)
{
    cJSON *config = mr_delivery_config_parse(text);
    CHECK_TRUE(text, config != NULL);
    return config;
}

static void check_text(const char *label, const cJSON *tree, const char *want)
{
    char *text = mr_delivery_config_text(tree);
    CHECK_STR(label, text, want);
    mr_free(text);
}

/* ---- merging ---- */

static void test_an_update_changes_what_it_names(void **state)
{
    (void)state;
    static const struct {
        const char *label, *config, *update, *want;
    } cases[] = {
        {"nothing", "{" BASE ",\"Prefix\":\"a\"}", "{}", "{" BASE ",\"Prefix\":\"a\"}"},
        {"a member", "{" BASE ",\"Prefix\":\"a\"}", "{\"Prefix\":\"b\"}",
         "{" BASE ",\"Prefix\":\"b\"}"},
        {"a new member", "{" BASE "}", "{\"FileExtension\":\".x\"}",
         "{" BASE ",\"FileExtension\":\".x\"}"},
        {"an empty text counts", "{" BASE ",\"Prefix\":\"a\"}", "{\"Prefix\":\"\"}",
         "{" BASE ",\"Prefix\":\"\"}"},
        {"processing is replaced whole",
         "{\"ProcessingConfiguration\":{\"Enabled\":true,\"Processors\":[{\"Type\":\"Lambda\"}]}}",
         "{\"ProcessingConfiguration\":{\"Enabled\":false}}",
         "{\"ProcessingConfiguration\":{\"Enabled\":false}}"},
        {"hints are replaced whole",
         "{\"BufferingHints\":{\"SizeInMBs\":5,\"IntervalInSeconds\":60}}",
         "{\"BufferingHints\":{\"SizeInMBs\":6}}", "{\"BufferingHints\":{\"SizeInMBs\":6}}"},
        {"encryption is one of two",
         "{\"EncryptionConfiguration\":{\"NoEncryptionConfig\":\"NoEncryption\"}}",
         "{\"EncryptionConfiguration\":{\"KMSEncryptionConfig\":{\"AWSKMSKeyARN\":\"k\"}}}",
         "{\"EncryptionConfiguration\":{\"KMSEncryptionConfig\":{\"AWSKMSKeyARN\":\"k\"}}}"},
        {"conversion is merged as deep as it goes",
         "{\"DataFormatConversionConfiguration\":{\"SchemaConfiguration\":{\"TableName\":\"t\","
         "\"Region\":\"r\"},\"Enabled\":false}}",
         "{\"DataFormatConversionConfiguration\":{\"SchemaConfiguration\":{\"TableName\":\"u\"}}}",
         "{\"DataFormatConversionConfiguration\":{\"SchemaConfiguration\":{\"TableName\":\"u\","
         "\"Region\":\"r\"},\"Enabled\":false}}"},
        {"logging is merged",
         "{\"CloudWatchLoggingOptions\":{\"Enabled\":true,\"LogGroupName\":\"g\"}}",
         "{\"CloudWatchLoggingOptions\":{\"Enabled\":false}}",
         "{\"CloudWatchLoggingOptions\":{\"Enabled\":false,\"LogGroupName\":\"g\"}}"},
        {"the backup by its other name",
         "{\"S3BackupMode\":\"Enabled\",\"S3BackupConfiguration\":{" BASE ",\"Prefix\":\"a\"}}",
         "{\"S3BackupUpdate\":{\"Prefix\":\"b\"}}",
         "{\"S3BackupMode\":\"Enabled\",\"S3BackupConfiguration\":{" BASE ",\"Prefix\":\"b\"}}"},
        {"a backup is switched on", "{" BASE "}",
         "{\"S3BackupMode\":\"Enabled\",\"S3BackupUpdate\":{" BASE "}}",
         "{" BASE ",\"S3BackupMode\":\"Enabled\",\"S3BackupConfiguration\":{" BASE "}}"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err = {0};
        cJSON *config = parsed(cases[i].config), *change = parsed(cases[i].update), *merged = NULL;
        CHECK_OK(cases[i].label, mr_delivery_config_merge(config, change, &merged, &err), &err);
        check_text(cases[i].label, merged, cases[i].want);
        check_text("the first is as it was", config, cases[i].config);
        cJSON_Delete(config);
        cJSON_Delete(change);
        cJSON_Delete(merged);
    }
}

static void test_some_things_are_for_good(void **state)
{
    (void)state;
    static const struct {
        const char *config, *update, *message;
    } cases[] = {
        {"{\"S3BackupMode\":\"Enabled\"}", "{\"S3BackupMode\":\"Disabled\"}",
         "S3 backup cannot be disabled once it is enabled."},
        {"{\"DynamicPartitioningConfiguration\":{\"Enabled\":true}}",
         "{\"DynamicPartitioningConfiguration\":{\"Enabled\":false}}",
         "Dynamic Partitioning cannot be disabled once it is enabled."},
        {"{}", "{\"DynamicPartitioningConfiguration\":{\"Enabled\":true}}",
         "Dynamic Partitioning can only be enabled when the delivery stream is created."},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err = {0};
        cJSON *config = parsed(cases[i].config), *change = parsed(cases[i].update), *merged = NULL;
        CHECK_CODE(cases[i].update, mr_delivery_config_merge(config, change, &merged, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_STR(cases[i].update, err.message, cases[i].message);
        CHECK_TRUE("nothing is made", merged == NULL);
        cJSON_Delete(config);
        cJSON_Delete(change);
    }
}

/* ---- describing ---- */

#define DEFAULTS                                                                                   \
    "\"BufferingHints\":{\"SizeInMBs\":5,\"IntervalInSeconds\":300},\"CompressionFormat\":"        \
    "\"UNCOMPRESSED\",\"EncryptionConfiguration\":{\"NoEncryptionConfig\":\"NoEncryption\"},"      \
    "\"CloudWatchLoggingOptions\":{\"Enabled\":false}"
#define PARAMETER(name, value) "{\"ParameterName\":\"" name "\",\"ParameterValue\":\"" value "\"}"

static void check_described(const char *label, const char *config, bool extended, const char *want)
{
    cJSON *tree = parsed(config), *described = mr_delivery_config_describe(tree, extended);
    check_text(label, described, want);
    cJSON_Delete(tree);
    cJSON_Delete(described);
}

static void test_a_description_has_the_defaults(void **state)
{
    (void)state;
    check_described("plain", "{" BASE "}", false, "{" BASE "," DEFAULTS "}");
    check_described("extended", "{" BASE "}", true,
                    "{" BASE "," DEFAULTS ",\"S3BackupMode\":\"Disabled\",\"CustomTimeZone\":"
                    "\"UTC\"}");
    check_described(
        "nothing of the extended one leaks",
        "{" BASE ",\"FileExtension\":\".x\",\"CustomTimeZone\":\"Asia/Calcutta\","
        "\"S3BackupMode\":\"Disabled\",\"ProcessingConfiguration\":{\"Enabled\":false}}",
        false, "{" BASE "," DEFAULTS "}");
    check_described(
        "a backup has another name",
        "{" BASE ",\"S3BackupMode\":\"Enabled\",\"S3BackupConfiguration\":{" BASE "}}", true,
        "{" BASE "," DEFAULTS ",\"S3BackupMode\":\"Enabled\",\"S3BackupDescription\":{" BASE
        "," DEFAULTS "},\"CustomTimeZone\":\"UTC\"}");
    check_described("what was given stays",
                    "{" BASE ",\"BufferingHints\":{\"SizeInMBs\":1,\"IntervalInSeconds\":0},"
                    "\"CompressionFormat\":\"ZIP\",\"FileExtension\":\".x\"}",
                    true,
                    "{" BASE ",\"BufferingHints\":{\"SizeInMBs\":1,\"IntervalInSeconds\":0},"
                    "\"CompressionFormat\":\"ZIP\",\"EncryptionConfiguration\":"
                    "{\"NoEncryptionConfig\":\"NoEncryption\"},\"CloudWatchLoggingOptions\":"
                    "{\"Enabled\":false},\"S3BackupMode\":\"Disabled\",\"FileExtension\":\".x\","
                    "\"CustomTimeZone\":\"UTC\"}");
}

static void test_a_lambda_processor_is_told_with_all_its_parameters(void **state)
{
    (void)state;
    check_described(
        "lambda",
        "{" BASE ",\"ProcessingConfiguration\":{\"Processors\":[{\"Type\":\"Lambda\","
        "\"Parameters\":[" PARAMETER("BufferIntervalInSeconds", "7") "," PARAMETER(
            "BufferSizeInMBs", "2") "," PARAMETER("LambdaArn",
                                                  "f") "]},"
                                                       "{\"Type\":\"AppendDelimiterToRecord\"}]}}",
        true,
        "{" BASE "," DEFAULTS ",\"ProcessingConfiguration\":{\"Enabled\":false,\"Processors\":["
        "{\"Type\":\"Lambda\",\"Parameters\":[" PARAMETER("LambdaArn", "f") "," PARAMETER(
            "NumberOfRetries",
            "3") "," PARAMETER("RoleArn",
                               "arn:aws:iam::000000000000:role/r") "," PARAMETER("BufferSizeInMBs",
                                                                                 "2") "," PARAMETER("BufferIntervalInSeconds",
                                                                                                    "7") "]},"
                                                                                                         "{\"Type\":\"AppendDelimiterToRecord\"}]},\"S3BackupMode\":\"Disabled\","
                                                                                                         "\"CustomTimeZone\":\"UTC\"}");
}

/* ---- options ---- */

static void test_options_are_what_was_given(void **state)
{
    (void)state;
    cJSON *config = parsed(
        "{" BASE ",\"Prefix\":\"p/\",\"ErrorOutputPrefix\":\"e/\",\"BufferingHints\":{\"SizeInMBs\""
        ":7,\"IntervalInSeconds\":8},\"CompressionFormat\":\"HADOOP_SNAPPY\",\"FileExtension\":"
        "\".x\",\"CustomTimeZone\":\"Asia/Calcutta\",\"S3BackupMode\":\"Enabled\","
        "\"S3BackupConfiguration\":{" ROLE ",\"BucketARN\":\"arn:aws:::x:s3:::backup\"},"
        "\"ProcessingConfiguration\":{\"Enabled\":true,\"Processors\":[{\"Type\":\"Lambda\","
        "\"Parameters\":[" PARAMETER("LambdaArn", "f") "," PARAMETER(
            "NumberOfRetries",
            "0") "," PARAMETER("BufferSizeInMBs",
                               "0.5") "," PARAMETER("BufferIntervalInSeconds",
                                                    "0") "]},"
                                                         "{\"Type\":\"AppendDelimiterToRecord\"}]}"
                                                         "}");
    mr_delivery_options options = {.name = "n", .source = "s", .version = 9};
    mr_delivery_config_options(config, &options);
    CHECK_STR("name", options.name, "n");
    CHECK_STR("source", options.source, "s");
    CHECK_INT("version", options.version, 9);
    CHECK_STR("bucket", options.destination.bucket, "b");
    CHECK_STR("prefix", options.destination.prefix, "p/");
    CHECK_STR("error prefix", options.destination.error_output_prefix, "e/");
    CHECK_INT("size", options.destination.size_bytes, 7 * MR_MIB);
    CHECK_INT("interval", options.destination.interval_us, 8 * MR_US_PER_SECOND);
    CHECK_INT("compression", options.destination.compression, MR_COMPRESSION_HADOOP_SNAPPY);
    CHECK_STR("extension", options.destination.file_extension, ".x");
    CHECK_STR("zone", options.destination.time_zone, "Asia/Calcutta");
    CHECK_TRUE("backup", options.backup_enabled);
    CHECK_STR("backup", options.backup.bucket, "backup");
    CHECK_INT("no hints", options.backup.interval_us, -1);
    CHECK_STR("function", options.function, "f");
    CHECK_INT("retries", options.lambda_retries, 0);
    CHECK_INT("bytes", options.lambda_bytes, MR_MIB / 2);
    CHECK_INT("interval", options.lambda_interval_us, 0);
    CHECK_TRUE("delimiter", options.append_delimiter);
    CHECK_TRUE("no partitions", !options.dynamic_partitioning);
    cJSON_Delete(config);

    config = parsed("{" BASE ",\"S3BackupConfiguration\":{" BASE "},\"ProcessingConfiguration\":"
                    "{\"Processors\":[{\"Type\":\"Lambda\"}]}}");
    mr_delivery_config_options(config, &options);
    CHECK_TRUE("an omitted mode is Disabled", !options.backup_enabled);
    CHECK_TRUE("an omitted Enabled is false", options.function == NULL);
    CHECK_INT("retries", options.lambda_retries, -1);
    cJSON_Delete(config);
}

static void test_a_difference_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *kept, *wanted, *want; /* NULL: there is none */
    } cases[] = {
        {"{" BASE ",\"Prefix\":\"x\"}", "{\"Prefix\":\"x\"," BASE "}", NULL},
        {"{" BASE ",\"Prefix\":\"x\"}", "{" BASE "}", "Prefix is \"x\", not absent"},
        {"{" BASE "}", "{" BASE ",\"Prefix\":\"x\"}", "Prefix is absent, not \"x\""},
        {"{\"BufferingHints\":{\"SizeInMBs\":5,\"IntervalInSeconds\":60}}",
         "{\"BufferingHints\":{\"SizeInMBs\":5,\"IntervalInSeconds\":90}}",
         "BufferingHints.IntervalInSeconds is 60, not 90"},
        {"{\"ProcessingConfiguration\":{\"Enabled\":true,\"Processors\":[]}}",
         "{\"ProcessingConfiguration\":{\"Enabled\":true,\"Processors\":[{\"Type\":\"Lambda\"}]}}",
         "ProcessingConfiguration.Processors is [], not [{\"Type\":\"Lambda\"}]"},
        {"{\"Prefix\":"
         "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhh"
         "\xc3\xa9\"}",
         "{\"Prefix\":\"y\"}",
         "Prefix is "
         "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhh"
         "..., not \"y\""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        cJSON *kept = parsed(cases[i].kept), *wanted = parsed(cases[i].wanted);
        char *difference = mr_delivery_config_difference(kept, wanted);
        CHECK_STR(cases[i].wanted, difference, cases[i].want);
        mr_free(difference);
        cJSON_Delete(kept);
        cJSON_Delete(wanted);
    }
}

static void test_text_that_is_no_object_is_no_configuration(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "1", "{", "\"{}\""};
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        CHECK_TRUE(texts[i], mr_delivery_config_parse(texts[i]) == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_update_changes_what_it_names),
        cmocka_unit_test(test_some_things_are_for_good),
        cmocka_unit_test(test_a_description_has_the_defaults),
        cmocka_unit_test(test_a_lambda_processor_is_told_with_all_its_parameters),
        cmocka_unit_test(test_options_are_what_was_given),
        cmocka_unit_test(test_a_difference_is_named),
        cmocka_unit_test(test_text_that_is_no_object_is_no_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
