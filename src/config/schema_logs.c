/*
 * schema_logs.c - CloudWatch Logs: the properties that AWS knows, and what becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property log_group[] = {
    {"BearerTokenAuthenticationEnabled", .kind = MR_BOOLEAN},
    {"DataProtectionPolicy", .kind = MR_ANY},
    {"DeletionProtectionEnabled", .kind = MR_BOOLEAN},
    {"FieldIndexPolicies", .kind = MR_ANY},
    {"KmsKeyId", .kind = MR_TEXT},
    {"LogGroupClass", .kind = MR_TEXT},
    {"LogGroupName", .kind = MR_TEXT},
    {"ResourcePolicyDocument", .kind = MR_ANY},
    {"RetentionInDays", .kind = MR_INTEGER},
    {"Tags", .kind = MR_LIST, .members = tag},
    {0},
};

static const mr_attribute log_group_attributes[] = {
    {"Arn", "arn:$P:logs:$R:$A:log-group:$N:*"},
    {0},
};

static const mr_resource_type log_group_type = {
    .name = "AWS::Logs::LogGroup",
    .properties = log_group,
    .attributes = log_group_attributes,
    .name_property = "LogGroupName",
    .name_max = 512,
    .warning = "there is no CloudWatch Logs here: what a handler prints goes to the event log",
};

static const mr_property log_stream[] = {
    {"LogGroupName", .kind = MR_TEXT, .required = true},
    {"LogStreamName", .kind = MR_TEXT},
    {0},
};

static const mr_resource_type log_stream_type = {
    .name = "AWS::Logs::LogStream",
    .properties = log_stream,
    .name_property = "LogStreamName",
    .name_max = 512,
    .warning = "there is no CloudWatch Logs here: what a handler prints goes to the event log",
};

static const mr_property subscription_filter[] = {
    {"ApplyOnTransformedLogs", .kind = MR_BOOLEAN},
    {"DestinationArn", .kind = MR_TEXT, .required = true},
    {"Distribution", .kind = MR_TEXT},
    {"EmitSystemFields", .kind = MR_LIST},
    {"FieldSelectionCriteria", .kind = MR_TEXT},
    {"FilterName", .kind = MR_TEXT},
    {"FilterPattern", .kind = MR_TEXT, .required = true},
    {"LogGroupName", .kind = MR_TEXT, .required = true},
    {"RoleArn", .kind = MR_TEXT},
    {0},
};

static const mr_resource_type subscription_filter_type = {
    .name = "AWS::Logs::SubscriptionFilter",
    .properties = subscription_filter,
    .name_property = "FilterName",
    .name_max = 512,
    .warning = "there is no CloudWatch Logs here: nothing flows from a log group",
};

static const mr_property metric_transformation[] = {
    {"DefaultValue", .kind = MR_NUMBER},
    {"Dimensions", .kind = MR_LIST, .members = tag},
    {"MetricName", .kind = MR_TEXT, .required = true},
    {"MetricNamespace", .kind = MR_TEXT, .required = true},
    {"MetricValue", .kind = MR_TEXT, .required = true},
    {"Unit", .kind = MR_TEXT},
    {0},
};

static const mr_property metric_filter[] = {
    {"ApplyOnTransformedLogs", .kind = MR_BOOLEAN},
    {"EmitSystemFieldDimensions", .kind = MR_LIST},
    {"FieldSelectionCriteria", .kind = MR_TEXT},
    {"FilterName", .kind = MR_TEXT},
    {"FilterPattern", .kind = MR_TEXT, .required = true},
    {"LogGroupName", .kind = MR_TEXT, .required = true},
    {"MetricTransformations", .kind = MR_LIST, .members = metric_transformation, .required = true},
    {0},
};

static const mr_resource_type metric_filter_type = {
    .name = "AWS::Logs::MetricFilter",
    .properties = metric_filter,
    .name_property = "FilterName",
    .name_max = 512,
    .warning = "there is no CloudWatch Logs here: nothing is counted from a log group",
};

const mr_resource_type *const mr_types_logs[] = {
    &log_group_type, &log_stream_type, &subscription_filter_type, &metric_filter_type, NULL,
};
