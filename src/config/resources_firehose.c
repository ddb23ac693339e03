/*
 * resources_firehose.c - AWS::KinesisFirehose::DeliveryStream. See builder.h.
 *
 * The schema has checked names, kinds and ranges; here is what Firehose itself refuses at
 * creation (reference/firehose.md sections 2.2, 6.1, 7 and 8, with its messages), and what millrace
 * cannot do: format conversion, and the processors for CloudWatch Logs. Prefix expressions, hints,
 * partition keys and their query are the delivery stream's own business
 * (mr_delivery_options_check()).
 */
#include "sim/base/json.h"
#include "sim/firehose/deaggregate.h"
#include "src/config/builder.h"
#include "src/config/schema.h"
#include "src/config/value.h"

#define MICROSECONDS INT64_C(1000000)

/* A delivery stream being read. */
typedef struct reading {
    const mr_template *template;
    const mr_resource *resource;
    const mr_node *properties, *destination; /* the S3 destination, whichever it is */
    mr_delivery_options options;
    bool refused;
} reading;

static void refuse(reading *r, const mr_node *at, const char *message)
{
    mr_findings_error(r->template->findings, at, "%s", message);
    r->refused = true;
}

/* ---- ARNs ---- */

/* "name" of "arn:aws:s3:::name"; NULL, with Firehose's words, for anything else. */
static const char *bucket_of(reading *r, const mr_node *node)
{
    const char *mark = strncmp(node->text, "arn:", 4) == 0 ? strstr(node->text, ":s3:::") : NULL;
    if (mark == NULL || !mr_build_is_word(mark + 6, mr_build_name_characters, 1, 255)) {
        mr_findings_error(r->template->findings, node,
                          "1 validation error detected: Value '%s' at 'bucketARN' failed to "
                          "satisfy constraint: Member must satisfy regular expression pattern: "
                          "arn:.*:s3:::[\\w\\.\\-]{1,255}",
                          node->text);
        r->refused = true;
        return "";
    }
    return mark + 6;
}

static const char *stream_of(reading *r, const mr_node *node)
{
    const char *mark = strncmp(node->text, "arn:", 4) == 0 ? strstr(node->text, ":kinesis:") : NULL;
    const char *name = mark == NULL ? NULL : strstr(mark, ":stream/");
    if (name == NULL || !mr_build_is_word(name + 8, mr_build_name_characters, 1, 128)) {
        mr_findings_error(r->template->findings, node,
                          "1 validation error detected: Value '%s' at "
                          "'kinesisStreamSourceConfiguration.kinesisStreamARN' failed to satisfy "
                          "constraint: Member must satisfy regular expression pattern: "
                          "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+",
                          node->text);
        r->refused = true;
        return NULL;
    }
    return name + 8;
}

/* ---- source ---- */

static void read_source(reading *r)
{
    static const char *const elsewhere[] = {"MSKAsSource", "DatabaseAsSource"};
    const char *type = mr_node_get_text(r->properties, "DeliveryStreamType");
    const mr_node *source = mr_node_get(r->properties, "KinesisStreamSourceConfiguration");
    const mr_node *encryption =
        mr_node_get(r->properties, "DeliveryStreamEncryptionConfigurationInput");
    for (size_t i = 0; type != NULL && i < MR_COUNT(elsewhere); i++) {
        if (strcmp(type, elsewhere[i]) == 0) {
            refuse(r, mr_node_get(r->properties, "DeliveryStreamType"),
                   "millrace reads from Kinesis data streams and DirectPut alone");
            return;
        }
    }
    if (type == NULL || strcmp(type, "DirectPut") == 0) {
        if (source != NULL) {
            mr_findings_warn(r->template->findings, source,
                             "KinesisStreamSourceConfiguration counts for KinesisStreamAsSource "
                             "alone, and this delivery stream is DirectPut; set "
                             "DeliveryStreamType: KinesisStreamAsSource to read the stream");
        }
        return;
    }
    if (source == NULL) {
        refuse(r, r->properties,
               "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.");
        return;
    }
    if (encryption != NULL) {
        refuse(r, encryption,
               "Server side encryption from firehose is only allowed for direct put delivery "
               "streams and database as a source delivery streams");
    }
    r->options.source = stream_of(r, mr_node_get(source, "KinesisStreamARN"));
}

/* ---- destination ---- */

static void check_logging(reading *r, const mr_node *node)
{
    const mr_node *logging = mr_node_get(node, "CloudWatchLoggingOptions");
    if (mr_value_get_bool(logging, "Enabled", false) &&
        mr_node_get(logging, "LogGroupName") == NULL) {
        refuse(r, logging,
               "CloudWatch Log Group Name is required if CloudWatch Logging is enabled");
    }
}

static void check_encryption(reading *r, const mr_node *node)
{
    const mr_node *encryption = mr_node_get(node, "EncryptionConfiguration");
    if (encryption != NULL && (mr_node_get(encryption, "NoEncryptionConfig") != NULL) ==
                                  (mr_node_get(encryption, "KMSEncryptionConfig") != NULL)) {
        refuse(r, encryption,
               "Exactly one of NoEncryptionConfig or KMSEncryptionConfig must be specified");
    }
}

static void read_destination(reading *r, const mr_node *node, mr_s3_destination *out)
{
    const mr_node *hints = mr_node_get(node, "BufferingHints");
    bool has_size = mr_node_get(hints, "SizeInMBs") != NULL;
    bool has_interval = mr_node_get(hints, "IntervalInSeconds") != NULL;
    if (hints != NULL && has_size != has_interval) {
        refuse(r, hints,
               "Both SizeInMBs and IntervalInSeconds are required to configure buffering: give "
               "both or neither");
    }
    check_logging(r, node);
    check_encryption(r, node);
    int64_t interval = mr_value_get_int(hints, "IntervalInSeconds", -1);
    *out = (mr_s3_destination){
        .bucket = bucket_of(r, mr_node_get(node, "BucketARN")),
        .prefix = mr_node_get_text(node, "Prefix"),
        .error_output_prefix = mr_node_get_text(node, "ErrorOutputPrefix"),
        .size_bytes = (uint64_t)mr_value_get_int(hints, "SizeInMBs", 0) * MR_MIB,
        .interval_us = interval < 0 ? -1 : interval * MICROSECONDS,
        .file_extension = mr_node_get_text(node, "FileExtension"),
        .time_zone = mr_node_get_text(node, "CustomTimeZone"),
    };
    const char *compression = mr_node_get_text(node, "CompressionFormat");
    if (compression != NULL && !mr_compression_of(compression, &out->compression)) {
        r->refused = true; /* the schema has refused the word */
    }
    if (out->time_zone != NULL && out->time_zone[0] == '\0') {
        out->time_zone = NULL;
    }
}

static void read_backup(reading *r)
{
    const char *mode = mr_node_get_text(r->destination, "S3BackupMode");
    const mr_node *backup = mr_node_get(r->destination, "S3BackupConfiguration");
    bool enabled = mode != NULL && strcmp(mode, "Enabled") == 0;
    if (enabled && backup == NULL) {
        refuse(r, mr_node_get(r->destination, "S3BackupMode"),
               "S3 backup destination configuration is required when enabling S3 backup.");
        return;
    }
    if (!enabled && backup != NULL) {
        mr_findings_warn(r->template->findings, backup,
                         "S3BackupMode is not Enabled, so nothing is backed up, here as on AWS");
        return;
    }
    if (enabled) {
        r->options.backup_enabled = true;
        read_destination(r, backup, &r->options.backup);
    }
}

/* ---- processing ---- */

static const mr_node *parameter(const mr_node *processor, const char *name)
{
    const mr_node *list = mr_node_get(processor, "Parameters");
    for (size_t i = 0; mr_node_is(list, MR_NODE_LIST) && i < list->count; i++) {
        const char *given = mr_node_get_text(list->items[i], "ParameterName");
        if (given != NULL && strcmp(given, name) == 0) {
            return mr_node_get(list->items[i], "ParameterValue");
        }
    }
    return NULL;
}

static void read_lambda_buffer(reading *r, const mr_node *processor)
{
    const mr_node *size = parameter(processor, "BufferSizeInMBs");
    const mr_node *interval = parameter(processor, "BufferIntervalInSeconds");
    double megabytes;
    int64_t seconds;
    if ((size == NULL) != (interval == NULL)) {
        refuse(r, processor,
               "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure "
               "buffering for lambda processor.");
        return;
    }
    if (size != NULL && (!mr_value_double(size, &megabytes) || megabytes < 0.2 || megabytes > 3)) {
        refuse(r, size, "BufferSizeInMBs for lambda processor must be between 0.2 and 3.");
    } else if (size != NULL) {
        r->options.lambda_bytes = (uint64_t)(megabytes * (double)MR_MIB);
    }
    if (interval != NULL && (!mr_value_int(interval, &seconds) || seconds < 0 || seconds > 900)) {
        refuse(r, interval,
               "BufferIntervalInSeconds for lambda processor must be between 0 and 900.");
    } else if (interval != NULL) {
        r->options.lambda_interval_us = seconds * MICROSECONDS;
    }
}

static void read_lambda(reading *r, const mr_node *processor)
{
    const mr_node *arn = parameter(processor, "LambdaArn");
    const mr_node *retries = parameter(processor, "NumberOfRetries");
    if (r->options.function != NULL) {
        refuse(r, processor, "Cannot have more than 1 Lambda processor.");
        return;
    }
    if (arn == NULL) {
        refuse(r, processor, "LambdaArn is required when Lambda processor is used.");
        return;
    }
    if (strncmp(arn->text, "arn:", 4) != 0 || strstr(arn->text, ":function:") == NULL) {
        mr_findings_error(r->template->findings, arn,
                          "LambdaArn is the ARN of a function, not %s: use Fn::GetAtt with Arn",
                          arn->text);
        r->refused = true;
    }
    r->options.function = arn->text;
    int64_t count;
    if (retries != NULL && (!mr_value_int(retries, &count) || count < 0 || count > 300)) {
        refuse(r, retries, "Number of retries for lambda must be between 0 and 300.");
    } else if (retries != NULL) {
        r->options.lambda_retries = (int32_t)count;
    }
    read_lambda_buffer(r, processor);
}

static void read_delimiter(reading *r, const mr_node *processor)
{
    const mr_node *delimiter = parameter(processor, "Delimiter");
    r->options.append_delimiter = true;
    if (delimiter != NULL && strcmp(delimiter->text, "\\n") != 0 &&
        strcmp(delimiter->text, "\n") != 0) {
        refuse(r, delimiter,
               "AppendDelimiterToRecord appends a newline, which is written \\n; no other "
               "delimiter is known here");
    }
}

/* "JQ-1.6" is the only engine. */
static void read_extraction(reading *r, const mr_node *processor)
{
    const mr_node *query = parameter(processor, "MetadataExtractionQuery");
    const mr_node *engine = parameter(processor, "JsonParsingEngine");
    if (r->options.partition_query != NULL) {
        refuse(r, processor, "Cannot have more than 1 MetadataExtraction processor.");
        return;
    }
    if (engine == NULL || strcmp(engine->text, "JQ-1.6") != 0) {
        refuse(r, engine != NULL ? engine : processor,
               "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6");
    }
    if (query == NULL) {
        refuse(r, processor,
               "MetadataExtractionQuery is required when MetadataExtraction processor is used.");
        return;
    }
    r->options.partition_query = query->text;
}

static void read_deaggregation(reading *r, const mr_node *processor)
{
    const mr_node *type = parameter(processor, "SubRecordType");
    const mr_node *delimiter = parameter(processor, "Delimiter");
    mr_deaggregation parsed;
    mr_error err;
    if (r->options.deaggregation != MR_DEAGGREGATE_NONE) {
        refuse(r, processor, "Cannot have more than 1 RecordDeAggregation processor.");
        return;
    }
    if (mr_deaggregation_parse(type == NULL ? NULL : type->text,
                               delimiter == NULL ? NULL : delimiter->text, &parsed,
                               &err) != MR_OK) {
        refuse(r, delimiter != NULL ? delimiter : type != NULL ? type : processor, err.message);
        return;
    }
    if (parsed.delimiter_ignored) {
        mr_findings_warn(r->template->findings, delimiter,
                         "Delimiter says nothing when SubRecordType is JSON");
    }
    r->options.deaggregation =
        parsed.type == MR_SUB_RECORD_JSON ? MR_DEAGGREGATE_JSON : MR_DEAGGREGATE_DELIMITED;
    r->options.deaggregation_delimiter = delimiter == NULL ? NULL : delimiter->text;
}

static void read_processor(reading *r, const mr_node *processor)
{
    const char *type = mr_node_get_text(processor, "Type");
    if (strcmp(type, "Lambda") == 0) {
        read_lambda(r, processor);
    } else if (strcmp(type, "AppendDelimiterToRecord") == 0) {
        read_delimiter(r, processor);
    } else if (!r->options.dynamic_partitioning && (strcmp(type, "MetadataExtraction") == 0 ||
                                                    strcmp(type, "RecordDeAggregation") == 0)) {
        mr_findings_error(r->template->findings, mr_node_get(processor, "Type"),
                          "class com.amazonaws.services.firehose.internal.model.%sProcessor can "
                          "only be present when Dynamic Partitioning is enabled.",
                          type);
        r->refused = true;
    } else if (strcmp(type, "MetadataExtraction") == 0) {
        read_extraction(r, processor);
    } else if (strcmp(type, "RecordDeAggregation") == 0) {
        read_deaggregation(r, processor);
    } else {
        mr_findings_error(r->template->findings, mr_node_get(processor, "Type"),
                          "the processor %s does not run here, and the records would not be those "
                          "that AWS delivers: remove it",
                          type);
        r->refused = true;
    }
}

static void read_processing(reading *r)
{
    const mr_node *processing = mr_node_get(r->destination, "ProcessingConfiguration");
    const mr_node *processors = mr_node_get(processing, "Processors");
    size_t count = mr_node_is(processors, MR_NODE_LIST) ? processors->count : 0;
    if (processing == NULL) {
        return;
    }
    if (!mr_value_get_bool(processing, "Enabled", false)) {
        if (count > 0) {
            mr_findings_warn(r->template->findings, processing,
                             "Enabled is not true, so the processors do not run, here as on AWS");
        }
        return;
    }
    if (count < 1 || count > 5) {
        refuse(r, processing,
               "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing "
               "is enabled.");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        read_processor(r, processors->items[i]);
    }
}

static void read_partitioning(reading *r)
{
    const mr_node *partitioning = mr_node_get(r->destination, "DynamicPartitioningConfiguration");
    const mr_node *retry = mr_node_get(partitioning, "RetryOptions");
    int64_t seconds = mr_value_get_int(retry, "DurationInSeconds", -1);
    r->options.dynamic_partitioning = mr_value_get_bool(partitioning, "Enabled", false);
    r->options.partition_retry_us = seconds < 0 ? -1 : seconds * MICROSECONDS;
}

/* ---- what does not run here ---- */

static void refuse_unmodelled(reading *r)
{
    const mr_node *conversion = mr_node_get(r->destination, "DataFormatConversionConfiguration");
    if (conversion != NULL && mr_value_get_bool(conversion, "Enabled", true)) {
        refuse(r, conversion,
               "record format conversion does not run here (an omitted Enabled means true): set "
               "Enabled to false and read the objects as JSON");
    }
}

/* The property that a refusal of mr_delivery_options_check() is about. */
static const mr_node *refused_property(const reading *r, const char *message)
{
    static const struct {
        const char *word, *property;
    } words[] = {
        {"S3 backup", "S3BackupConfiguration"},
        {"BufferingHints", "BufferingHints"},
        {"MetadataExtraction", "ProcessingConfiguration"},
        {"RecordDeAggregation", "ProcessingConfiguration"},
        {"MetaDataExtraction", "ProcessingConfiguration"},
        {"partition key", "Prefix"},
        {"ErrorOutputPrefix", "ErrorOutputPrefix"},
        {"Error", "ErrorOutputPrefix"},
        {"error prefix", "ErrorOutputPrefix"},
        {"time zone", "CustomTimeZone"},
        {"fileExtension", "FileExtension"},
        {"refix", "Prefix"},
        {"Namespace", "Prefix"},
        {"expression", "Prefix"},
    };
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        const mr_node *node = mr_node_get(r->destination, words[i].property);
        if (node != NULL && strstr(message, words[i].word) != NULL) {
            return node;
        }
    }
    return r->destination;
}

/* ---- the configuration as JSON ---- */

static void write_members(const mr_property *members, const mr_node *map, mr_json *json);

/* A value as AWS takes it: the schema has checked its kind, and coerces as CloudFormation does. */
static void write_value(const mr_property *property, const mr_node *node, mr_json *json)
{
    int64_t integer;
    bool truth;
    double number;
    if (mr_node_is(node, MR_NODE_LIST)) {
        mr_json_array_begin(json);
        for (size_t i = 0; i < node->count; i++) {
            if (property->members != NULL) {
                write_members(property->members, node->items[i], json);
            } else {
                mr_json_text(json, node->items[i]->text);
            }
        }
        mr_json_array_end(json);
    } else if (mr_node_is(node, MR_NODE_MAP)) {
        write_members(property->members, node, json);
    } else if (property->kind == MR_INTEGER && mr_value_int(node, &integer)) {
        mr_json_int(json, integer);
    } else if (property->kind == MR_NUMBER && mr_value_double(node, &number)) {
        mr_json_double(json, number);
    } else if (property->kind == MR_BOOLEAN && mr_value_bool(node, &truth)) {
        mr_json_bool(json, truth);
    } else {
        mr_json_text(json, node->text);
    }
}

/* members NULL: a map of free keys to texts. */
static void write_members(const mr_property *members, const mr_node *map, mr_json *json)
{
    mr_json_object_begin(json);
    for (const mr_property *p = members; p != NULL && p->name != NULL; p++) {
        const mr_node *value = mr_node_get(map, p->name);
        if (value != NULL && value->kind != MR_NODE_NULL) {
            mr_json_key(json, p->name);
            write_value(p, value, json);
        }
    }
    for (size_t i = 0; members == NULL && i < map->count; i++) {
        mr_json_key(json, map->keys[i]);
        mr_json_text(json, map->items[i]->text);
    }
    mr_json_object_end(json);
}

/* The destination with AWS's own names, types and order: what CreateDeliveryStream would be given.
 */
static const char *config_of(const reading *r)
{
    const mr_property *members = NULL;
    for (const mr_property *p = mr_types_firehose[0]->properties; p->name != NULL; p++) {
        if (strcmp(p->name, r->destination->key) == 0) {
            members = p->members;
        }
    }
    MR_ASSERT(members != NULL);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(&text);
    write_members(members, r->destination, &json);
    const char *config = mr_arena_text(r->template->arena, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return config;
}

/* ---- what the control plane keeps ---- */

static void read_tags(reading *r, mr_plan_delivery *delivery)
{
    const mr_node *list = mr_node_get(r->properties, "Tags");
    size_t count = mr_node_is(list, MR_NODE_LIST) ? list->count : 0;
    mr_error err;
    delivery->tags = mr_arena_alloc(r->template->arena, count * sizeof(*delivery->tags));
    for (size_t i = 0; i < count; i++) {
        const char *key = mr_node_get_text(list->items[i], "Key");
        delivery->tags[i] = (mr_delivery_tag){key == NULL ? "" : key, /* the schema has said so */
                                              mr_node_get_text(list->items[i], "Value")};
    }
    delivery->tag_count = count;
    if (count > MR_DELIVERY_TAGS_MAX) {
        refuse(r, list, "a delivery stream has at most 50 tags");
    } else if (mr_delivery_tags_check(delivery->tags, count, &err) != MR_OK) {
        refuse(r, list, err.message);
    }
}

static void read_key(const reading *r, mr_plan_delivery *delivery)
{
    const mr_node *input = mr_node_get(r->properties, "DeliveryStreamEncryptionConfigurationInput");
    const char *type = mr_node_get_text(input, "KeyType");
    if (type != NULL && mr_delivery_key_of(mr_bytes_of(type), &delivery->key)) {
        delivery->key_arn = mr_node_get_text(input, "KeyARN");
    }
}

static bool find_destination(reading *r)
{
    const mr_node *extended = mr_node_get(r->properties, "ExtendedS3DestinationConfiguration");
    const mr_node *plain = mr_node_get(r->properties, "S3DestinationConfiguration");
    if ((extended == NULL) == (plain == NULL)) {
        refuse(r, r->properties,
               "Exactly one destination configuration is supported for a Firehose");
        return false;
    }
    r->destination = extended != NULL ? extended : plain;
    return true;
}

void mr_build_delivery(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    reading r = {
        .template = template,
        .resource = resource,
        .properties = resource->properties,
        .options = {.name = resource->name, .lambda_interval_us = -1, .lambda_retries = -1},
    };
    if (!mr_build_is_word(resource->name, mr_build_name_characters, 1, 64)) {
        mr_findings_error(template->findings, mr_build_at(resource, "DeliveryStreamName"),
                          "1 validation error detected: Value '%s' at 'deliveryStreamName' failed "
                          "to satisfy constraint: Member must satisfy regular expression pattern: "
                          "[a-zA-Z0-9_.-]+, with 1 to 64 characters",
                          resource->name);
        return;
    }
    if (!find_destination(&r)) {
        return;
    }
    read_source(&r);
    read_destination(&r, r.destination, &r.options.destination);
    read_backup(&r);
    read_partitioning(&r);
    read_processing(&r);
    refuse_unmodelled(&r);
    mr_plan_delivery delivery = {.logical_id = resource->logical_id,
                                 .line = mr_node_line(resource->node)};
    read_tags(&r, &delivery);
    read_key(&r, &delivery);
    mr_error err;
    if (!r.refused && mr_delivery_options_check(&r.options, &err) != MR_OK) {
        refuse(&r, refused_property(&r, err.message), err.message);
    }
    if (r.refused || !mr_build_claim_name(builder, resource, NULL,
                                          "Firehose $N under accountId $A already exists")) {
        return;
    }
    MR_ARENA_GROW(template->arena, plan->deliveries, plan->delivery_count);
    delivery.options = r.options;
    delivery.config = config_of(&r);
    if (r.options.source != NULL) {
        delivery.source_role = mr_node_get_text(
            mr_node_get(r.properties, "KinesisStreamSourceConfiguration"), "RoleARN");
    } else {
        delivery.throughput_hint = (int32_t)mr_value_get_int(
            mr_node_get(r.properties, "DirectPutSourceConfiguration"), "ThroughputHintInMBs", 0);
    }
    plan->deliveries[plan->delivery_count++] = delivery;
}
