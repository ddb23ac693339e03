/* lambda_mapping_shapes.c - the tables of lambda_mappings.h. */
#include "src/api/lambda_mappings.h"

#define FUNCTION_PATTERN                                                                           \
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?"                  \
    "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define ARN_PATTERN                                                                                \
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"

/* Nothing is asked of a member. */
#define ANY .presence = MR_AWS_OPTIONAL

#define IN(member) offsetof(mr_lambda_mapping_in, member)

static const char *const startings[] = {"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP", NULL};
static const char *const response_types[] = {"ReportBatchItemFailures", NULL};

/* ---- parts ---- */

static const mr_aws_shape something = {.size = sizeof(mr_lambda_something_in)};
static const mr_aws_member text_item = {"member", MR_AWS_STRING, 0, ANY};
static const mr_aws_member something_item = {"member", MR_AWS_STRUCTURE, 0, .shape = &something};
static const mr_aws_member response_type_item = {"member", MR_AWS_STRING, 0,
                                                 .values = response_types};

static const mr_aws_member destination_rows[] = {
    {"Destination", MR_AWS_STRING, offsetof(mr_lambda_destination_in, destination),
     .range = MR_AWS_RANGE(0, 350),
     .pattern = "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|" ARN_PATTERN},
};
static const mr_aws_shape destination = MR_AWS_SHAPE(mr_lambda_destination_in, destination_rows);
static const mr_aws_member destinations_rows[] = {
    {"OnSuccess", MR_AWS_STRUCTURE, offsetof(mr_lambda_destinations_in, on_success),
     .shape = &destination},
    {"OnFailure", MR_AWS_STRUCTURE, offsetof(mr_lambda_destinations_in, on_failure),
     .shape = &destination},
};
static const mr_aws_shape destinations = MR_AWS_SHAPE(mr_lambda_destinations_in, destinations_rows);

static const mr_aws_member filter_rows[] = {
    {"Pattern", MR_AWS_STRING, offsetof(mr_lambda_filter_in, pattern),
     .range = MR_AWS_RANGE(0, 4096)},
};
static const mr_aws_shape filter = MR_AWS_SHAPE(mr_lambda_filter_in, filter_rows);
static const mr_aws_member filter_item = {"member", MR_AWS_STRUCTURE, 0, .shape = &filter};
static const mr_aws_member filters_rows[] = {
    {"Filters", MR_AWS_LIST, offsetof(mr_lambda_filters_in, filters), .element = &filter_item},
};
static const mr_aws_shape filters = MR_AWS_SHAPE(mr_lambda_filters_in, filters_rows);

static const mr_aws_member tag_text = {"member", MR_AWS_STRING, 0, ANY};

/* ---- create and update ---- */

/* What both take, in the order of the model. */
#define SETTINGS                                                                                   \
    {"Enabled", MR_AWS_BOOLEAN, IN(enabled), ANY},                                                 \
        {"BatchSize", MR_AWS_INTEGER, IN(batch_size), .range = MR_AWS_RANGE(1, 10000)},            \
        {"FilterCriteria", MR_AWS_STRUCTURE, IN(criteria), .shape = &filters},                     \
        {"MaximumBatchingWindowInSeconds", MR_AWS_INTEGER, IN(window),                             \
         .range = MR_AWS_RANGE(0, 300)},                                                           \
        {"ParallelizationFactor", MR_AWS_INTEGER, IN(lanes), .range = MR_AWS_RANGE(1, 10)},        \
        {"DestinationConfig", MR_AWS_STRUCTURE, IN(destinations), .shape = &destinations},         \
        {"MaximumRecordAgeInSeconds", MR_AWS_INTEGER, IN(age), .range = MR_AWS_RANGE(-1, 604800)}, \
        {"BisectBatchOnFunctionError", MR_AWS_BOOLEAN, IN(bisect), ANY},                           \
        {"MaximumRetryAttempts", MR_AWS_INTEGER, IN(retries), .range = MR_AWS_RANGE(-1, 10000)},   \
        {"TumblingWindowInSeconds", MR_AWS_INTEGER, IN(tumbling), .range = MR_AWS_RANGE(0, 900)},  \
        {"FunctionResponseTypes", MR_AWS_LIST, IN(response_types), .range = MR_AWS_RANGE(0, 1),    \
         .element = &response_type_item},                                                          \
        {"KMSKeyArn", MR_AWS_STRING, IN(kms_key_arn), ANY},                                        \
        {"Topics", MR_AWS_LIST, IN(topics), .element = &text_item},                                \
        {"Queues", MR_AWS_LIST, IN(queues), .element = &text_item},                                \
        {"SourceAccessConfigurations", MR_AWS_LIST, IN(access), .element = &something_item},       \
        {"SelfManagedEventSource", MR_AWS_STRUCTURE, IN(self_managed), .shape = &something},       \
        {"AmazonManagedKafkaEventSourceConfig", MR_AWS_STRUCTURE, IN(managed_kafka),               \
         .shape = &something},                                                                     \
        {"SelfManagedKafkaEventSourceConfig", MR_AWS_STRUCTURE, IN(kafka), .shape = &something},   \
        {"ScalingConfig", MR_AWS_STRUCTURE, IN(scaling), .shape = &something},                     \
        {"DocumentDBEventSourceConfig", MR_AWS_STRUCTURE, IN(document_db), .shape = &something},   \
        {"ProvisionedPollerConfig", MR_AWS_STRUCTURE, IN(pollers), .shape = &something},           \
        {"MetricsConfig", MR_AWS_STRUCTURE, IN(metrics), .shape = &something},                     \
    {                                                                                              \
        "LoggingConfig", MR_AWS_STRUCTURE, IN(logging), .shape = &something                        \
    }

static const mr_aws_member create_rows[] = {
    {"EventSourceArn", MR_AWS_STRING, IN(event_source_arn), .pattern = ARN_PATTERN},
    {"FunctionName", MR_AWS_STRING, IN(function_name), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, 140), .pattern = FUNCTION_PATTERN},
    SETTINGS,
    {"StartingPosition", MR_AWS_STRING, IN(starting_position), .values = startings},
    {"StartingPositionTimestamp", MR_AWS_TIMESTAMP, IN(starting_timestamp), ANY},
    {"Tags", MR_AWS_MAP, IN(tags), .key = &tag_text, .element = &tag_text},
};
static const mr_aws_shape create = MR_AWS_SHAPE(mr_lambda_mapping_in, create_rows);
const mr_aws_input mr_lambda_create_mapping_input = {"CreateEventSourceMapping", &create};

static const mr_aws_member update_rows[] = {
    {"UUID", MR_AWS_STRING, IN(uuid), .presence = MR_AWS_REQUIRED, .from = MR_AWS_FROM_PATH},
    {"FunctionName", MR_AWS_STRING, IN(function_name), .range = MR_AWS_RANGE(1, 140),
     .pattern = FUNCTION_PATTERN},
    SETTINGS,
};
static const mr_aws_shape update = MR_AWS_SHAPE(mr_lambda_mapping_in, update_rows);
const mr_aws_input mr_lambda_update_mapping_input = {"UpdateEventSourceMapping", &update};

/* ---- the others ---- */

static const mr_aws_member uuid_rows[] = {
    {"UUID", MR_AWS_STRING, offsetof(mr_lambda_mapping_uuid_in, uuid), .presence = MR_AWS_REQUIRED,
     .from = MR_AWS_FROM_PATH},
};
static const mr_aws_shape uuid_alone = MR_AWS_SHAPE(mr_lambda_mapping_uuid_in, uuid_rows);
const mr_aws_input mr_lambda_delete_mapping_input = {"DeleteEventSourceMapping", &uuid_alone};
const mr_aws_input mr_lambda_get_mapping_input = {"GetEventSourceMapping", &uuid_alone};

static const mr_aws_member list_rows[] = {
    {"EventSourceArn", MR_AWS_STRING, offsetof(mr_lambda_list_mappings_in, event_source_arn),
     .pattern = ARN_PATTERN, .from = MR_AWS_FROM_QUERY},
    {"FunctionName", MR_AWS_STRING, offsetof(mr_lambda_list_mappings_in, function_name),
     .range = MR_AWS_RANGE(1, 140), .pattern = FUNCTION_PATTERN, .from = MR_AWS_FROM_QUERY},
    {"Marker", MR_AWS_STRING, offsetof(mr_lambda_list_mappings_in, marker),
     .from = MR_AWS_FROM_QUERY},
    {"MaxItems", MR_AWS_INTEGER, offsetof(mr_lambda_list_mappings_in, max_items),
     .range = MR_AWS_RANGE(1, 10000), .from = MR_AWS_FROM_QUERY},
};
static const mr_aws_shape list = MR_AWS_SHAPE(mr_lambda_list_mappings_in, list_rows);
const mr_aws_input mr_lambda_list_mappings_input = {"ListEventSourceMappings", &list};
