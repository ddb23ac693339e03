/* delivery_config_forms.c - what a configuration becomes: text, merged with an update, a
 * description. See delivery_config.h. */
#include "sim/firehose/delivery_config.h"

#include "sim/base/alloc.h"
#include "sim/firehose/delivery_config_private.h"

#define SIZE_DEFAULT_MIB   5
#define INTERVAL_DEFAULT_S 300
#define RETRY_DEFAULT_S    300

/* ---- text ---- */

cJSON *mr_delivery_config_parse(const char *text)
{
    cJSON *config = cJSON_Parse(text);
    if (!cJSON_IsObject(config)) {
        cJSON_Delete(config);
        return NULL;
    }
    return config;
}

char *mr_delivery_config_text(const cJSON *config)
{
    char *printed = cJSON_PrintUnformatted(config);
    MR_ASSERT(printed != NULL);
    char *text = mr_strdup(printed);
    cJSON_free(printed);
    return text;
}

/* ---- merging ---- */

static bool is_replaced_whole(const char *name)
{
    static const char *const names[] = {"BufferingHints", "EncryptionConfiguration",
                                        "ProcessingConfiguration"};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void put(cJSON *object, const char *name, cJSON *value)
{
    MR_ASSERT(value != NULL);
    cJSON_bool done = cJSON_HasObjectItem(object, name)
                          ? cJSON_ReplaceItemInObjectCaseSensitive(object, name, value)
                          : cJSON_AddItemToObject(object, name, value);
    MR_ASSERT(done);
}

/* Objects are merged member by member, as deep as they go: no deeper than the tables of the API. */
static void merge_into(cJSON *object, const cJSON *update)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, update)
    {
        if (cJSON_IsNull(member)) {
            continue;
        }
        bool is_backup = strcmp(member->string, "S3BackupUpdate") == 0;
        const char *name = is_backup ? "S3BackupConfiguration" : member->string;
        cJSON *before = cJSON_GetObjectItemCaseSensitive(object, name);
        if (cJSON_IsObject(member) && cJSON_IsObject(before) && !is_replaced_whole(name)) {
            merge_into(before, member);
        } else {
            put(object, name, cJSON_Duplicate(member, true));
        }
    }
}

static bool has_backup(const cJSON *config)
{
    const char *mode = mr_config_text(config, "S3BackupMode");
    return mode != NULL && strcmp(mode, "Enabled") == 0;
}

static bool is_partitioned(const cJSON *config)
{
    return mr_config_bool(mr_config_get(config, "DynamicPartitioningConfiguration"), "Enabled",
                          false);
}

mr_code mr_delivery_config_merge(const cJSON *config, const cJSON *update, cJSON **merged,
                                 mr_error *err)
{
    cJSON *made = cJSON_Duplicate(config, true);
    MR_ASSERT(made != NULL);
    merge_into(made, update);
    const char *message = NULL; /* the rules are in the guide; their texts are ours */
    if (has_backup(config) && !has_backup(made)) {
        message = "S3 backup cannot be disabled once it is enabled.";
    } else if (is_partitioned(config) != is_partitioned(made)) {
        message = is_partitioned(config)
                      ? "Dynamic Partitioning cannot be disabled once it is enabled."
                      : "Dynamic Partitioning can only be enabled when the delivery stream is "
                        "created.";
    }
    if (message != NULL) {
        cJSON_Delete(made);
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s", message);
    }
    *merged = made;
    return MR_OK;
}

/* ---- describing ---- */

static void add_text(cJSON *object, const char *name, const char *value)
{
    if (value != NULL) {
        (void)cJSON_AddStringToObject(object, name, value);
    }
}

static void add_hints(cJSON *object, double size_mib, double interval_s)
{
    cJSON *hints = cJSON_AddObjectToObject(object, "BufferingHints");
    (void)cJSON_AddNumberToObject(hints, "SizeInMBs", size_mib);
    (void)cJSON_AddNumberToObject(hints, "IntervalInSeconds", interval_s);
}

static void add_parameter(cJSON *parameters, const char *name, const char *value)
{
    cJSON *parameter = cJSON_CreateObject();
    add_text(parameter, "ParameterName", name);
    add_text(parameter, "ParameterValue", value);
    (void)cJSON_AddItemToArray(parameters, parameter);
}

static cJSON *add_processor(cJSON *processors, const char *type)
{
    cJSON *processor = cJSON_CreateObject();
    add_text(processor, "Type", type);
    (void)cJSON_AddItemToArray(processors, processor);
    return cJSON_AddArrayToObject(processor, "Parameters");
}

static void copy(const cJSON *config, const char *name, cJSON *out)
{
    const cJSON *value = mr_config_get(config, name);
    if (value != NULL) {
        (void)cJSON_AddItemToObject(out, name, cJSON_Duplicate(value, true));
    }
}

/* The member as it was given, or the default. */
static void copy_text(const cJSON *config, const char *name, const char *otherwise, cJSON *out)
{
    const char *text = mr_config_text(config, name);
    add_text(out, name, text == NULL ? otherwise : text);
}

static void describe_hints(const cJSON *config, cJSON *out)
{
    const cJSON *conversion = mr_config_get(config, "DataFormatConversionConfiguration");
    bool converts = conversion != NULL && mr_config_bool(conversion, "Enabled", true);
    const cJSON *hints = mr_config_get(config, "BufferingHints");
    if (mr_config_get(hints, "SizeInMBs") != NULL) {
        copy(config, "BufferingHints", out);
    } else {
        bool is_large = converts || is_partitioned(config);
        add_hints(out, is_large ? 128 : SIZE_DEFAULT_MIB, INTERVAL_DEFAULT_S);
    }
}

static void describe_plain(const cJSON *config, cJSON *out)
{
    copy(config, "RoleARN", out);
    copy(config, "BucketARN", out);
    copy(config, "Prefix", out);
    copy(config, "ErrorOutputPrefix", out);
    describe_hints(config, out);
    copy_text(config, "CompressionFormat", "UNCOMPRESSED", out);
    if (mr_config_get(config, "EncryptionConfiguration") != NULL) {
        copy(config, "EncryptionConfiguration", out);
    } else {
        cJSON *encryption = cJSON_AddObjectToObject(out, "EncryptionConfiguration");
        add_text(encryption, "NoEncryptionConfig", "NoEncryption");
    }
    if (mr_config_get(config, "CloudWatchLoggingOptions") != NULL) {
        copy(config, "CloudWatchLoggingOptions", out);
    } else {
        cJSON *logging = cJSON_AddObjectToObject(out, "CloudWatchLoggingOptions");
        (void)cJSON_AddBoolToObject(logging, "Enabled", false);
    }
}

/* The parameters that AWS adds where they are not given, in its own order, and any others behind.
 */
static void describe_lambda(const cJSON *config, const cJSON *processor, cJSON *parameters)
{
    const struct {
        const char *name, *otherwise;
    } known[] = {
        {"LambdaArn", NULL},
        {"NumberOfRetries", "3"},
        {"RoleArn", mr_config_text(config, "RoleARN")},
        {"BufferSizeInMBs", "1"},
        {"BufferIntervalInSeconds", "60"},
    };
    for (size_t i = 0; i < MR_COUNT(known); i++) {
        const char *given = mr_config_parameter(processor, known[i].name);
        const char *value = given != NULL ? given : known[i].otherwise;
        if (value != NULL) {
            add_parameter(parameters, known[i].name, value);
        }
    }
    const cJSON *parameter;
    cJSON_ArrayForEach(parameter, mr_config_get(processor, "Parameters"))
    {
        bool is_known = false;
        const char *name = mr_config_text(parameter, "ParameterName");
        for (size_t i = 0; i < MR_COUNT(known); i++) {
            is_known = is_known || strcmp(known[i].name, name) == 0;
        }
        if (!is_known) {
            (void)cJSON_AddItemToArray(parameters, cJSON_Duplicate(parameter, true));
        }
    }
}

static void describe_processing(const cJSON *config, cJSON *out)
{
    const cJSON *processing = mr_config_get(config, "ProcessingConfiguration"), *processor;
    if (processing == NULL) {
        return;
    }
    cJSON *described = cJSON_AddObjectToObject(out, "ProcessingConfiguration");
    (void)cJSON_AddBoolToObject(described, "Enabled", mr_config_bool(processing, "Enabled", false));
    cJSON *processors = cJSON_AddArrayToObject(described, "Processors");
    cJSON_ArrayForEach(processor, mr_config_get(processing, "Processors"))
    {
        if (mr_config_is_lambda(processor)) {
            describe_lambda(config, processor, add_processor(processors, "Lambda"));
        } else {
            (void)cJSON_AddItemToArray(processors, cJSON_Duplicate(processor, true));
        }
    }
}

static void describe_partitioning(const cJSON *config, cJSON *out)
{
    copy(config, "DynamicPartitioningConfiguration", out);
    cJSON *partitioning = cJSON_GetObjectItemCaseSensitive(out, "DynamicPartitioningConfiguration");
    if (partitioning != NULL && mr_config_get(partitioning, "RetryOptions") == NULL) {
        cJSON *retry = cJSON_AddObjectToObject(partitioning, "RetryOptions");
        (void)cJSON_AddNumberToObject(retry, "DurationInSeconds", RETRY_DEFAULT_S);
    }
}

cJSON *mr_delivery_config_describe(const cJSON *config, bool extended)
{
    cJSON *out = cJSON_CreateObject();
    describe_plain(config, out);
    if (!extended) {
        return out;
    }
    describe_processing(config, out);
    copy_text(config, "S3BackupMode", "Disabled", out);
    const cJSON *backup = mr_config_get(config, "S3BackupConfiguration");
    if (backup != NULL) {
        describe_plain(backup, cJSON_AddObjectToObject(out, "S3BackupDescription"));
    }
    copy(config, "DataFormatConversionConfiguration", out);
    describe_partitioning(config, out);
    copy(config, "FileExtension", out);
    copy_text(config, "CustomTimeZone", "UTC", out);
    return out;
}
