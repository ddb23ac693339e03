/*
 * schema_lambda.c - AWS Lambda and AWS SAM functions: the properties that AWS knows, and what
 * becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property lambda_managed_instances_capacity_provider_config[] = {
    {"CapacityProviderArn", .kind = MR_TEXT, .required = true},
    {"ExecutionEnvironmentMemoryGiBPerVCpu", .kind = MR_NUMBER},
    {"PerExecutionEnvironmentMaxConcurrency", .kind = MR_INTEGER},
    {0},
};

static const mr_property capacity_provider_config[] = {
    {"LambdaManagedInstancesCapacityProviderConfig", .kind = MR_OBJECT,
     .members = lambda_managed_instances_capacity_provider_config, .required = true},
    {0},
};

static const mr_property code[] = {
    {"ImageUri", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "container images do not run here; give the code as a folder or a Zip package"},
    {"S3Bucket", .kind = MR_TEXT, .use = MR_HONOURED},
    {"S3Key", .kind = MR_TEXT, .use = MR_HONOURED},
    {"S3ObjectStorageMode", .kind = MR_TEXT},
    {"S3ObjectVersion", .kind = MR_TEXT,
     .why = "the code is taken from beside the template, whatever its version"},
    {"SourceKMSKeyArn", .kind = MR_TEXT},
    {"ZipFile", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property dead_letter_config[] = {
    {"TargetArn", .kind = MR_TEXT},
    {0},
};

static const mr_property durable_config[] = {
    {"ExecutionTimeout", .kind = MR_INTEGER, .required = true},
    {"KMSKeyArn", .kind = MR_TEXT},
    {"RetentionPeriodInDays", .kind = MR_INTEGER},
    {0},
};

static const mr_property environment[] = {
    {"Variables", .kind = MR_MAP, .use = MR_HONOURED},
    {0},
};

static const mr_property ephemeral_storage[] = {
    {"Size", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property s3_files_config[] = {
    {"DirectS3Read", .kind = MR_TEXT},
    {0},
};

static const mr_property file_system_config[] = {
    {"Arn", .kind = MR_TEXT, .required = true},
    {"LocalMountPath", .kind = MR_TEXT, .required = true},
    {"S3FilesConfig", .kind = MR_OBJECT, .members = s3_files_config},
    {0},
};

static const mr_property function_scaling_config[] = {
    {"MaxExecutionEnvironments", .kind = MR_INTEGER},
    {"MinExecutionEnvironments", .kind = MR_INTEGER},
    {0},
};

static const mr_property logging_config[] = {
    {"ApplicationLogLevel", .kind = MR_TEXT},
    {"LogFormat", .kind = MR_TEXT},
    {"LogGroup", .kind = MR_TEXT},
    {"SystemLogLevel", .kind = MR_TEXT},
    {0},
};

static const mr_property runtime_management_config[] = {
    {"RuntimeVersionArn", .kind = MR_TEXT},
    {"UpdateRuntimeOn", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property snap_start[] = {
    {"ApplyOn", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT},
    {0},
};

static const mr_property tenancy_config[] = {
    {"TenantIsolationMode", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property tracing_config[] = {
    {"Mode", .kind = MR_TEXT},
    {0},
};

static const mr_property vpc_config[] = {
    {"Ipv6AllowedForDualStack", .kind = MR_BOOLEAN},
    {"SecurityGroupIds", .kind = MR_LIST},
    {"SubnetIds", .kind = MR_LIST},
    {0},
};

static const mr_property function[] = {
    {"Architectures", .kind = MR_LIST, .why = "a handler runs on this machine's own architecture"},
    {"CapacityProviderConfig", .kind = MR_OBJECT, .members = capacity_provider_config},
    {"Code", .kind = MR_TEXT_OR_OBJECT, .use = MR_HONOURED, .members = code, .required = true},
    {"CodeSigningConfigArn", .kind = MR_TEXT},
    {"DeadLetterConfig", .kind = MR_OBJECT, .members = dead_letter_config},
    {"Description", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DurableConfig", .kind = MR_OBJECT, .members = durable_config},
    {"Environment", .kind = MR_OBJECT, .use = MR_HONOURED, .members = environment},
    {"EphemeralStorage", .kind = MR_OBJECT, .members = ephemeral_storage},
    {"FileSystemConfigs", .kind = MR_LIST, .members = file_system_config},
    {"FunctionName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"FunctionScalingConfig", .kind = MR_OBJECT, .members = function_scaling_config},
    {"Handler", .kind = MR_TEXT, .use = MR_HONOURED},
    {"ImageConfig", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "container images do not run here; give the code as a folder or a Zip package"},
    {"KmsKeyArn", .kind = MR_TEXT},
    {"Layers", .kind = MR_LIST,
     .why = "layers are not put under the function here; its code must bring what it needs"},
    {"LoggingConfig", .kind = MR_OBJECT, .members = logging_config,
     .why = "what a handler prints goes to the event log"},
    {"MemorySize", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 128, .max = 10240},
    {"PackageType", .kind = MR_TEXT, .use = MR_HONOURED, .values = "Zip Image"},
    {"PublishToLatestPublished", .kind = MR_BOOLEAN},
    {"RecursiveLoop", .kind = MR_TEXT},
    {"ReservedConcurrentExecutions", .kind = MR_INTEGER, .use = MR_HONOURED, .max = 1000000},
    {"Role", .kind = MR_TEXT, .required = true, .why = "permissions are not checked here"},
    {"Runtime", .kind = MR_TEXT, .use = MR_HONOURED},
    {"RuntimeManagementConfig", .kind = MR_OBJECT, .members = runtime_management_config},
    {"SnapStart", .kind = MR_OBJECT, .members = snap_start},
    {"Tags", .kind = MR_LIST, .members = tag, .why = "tags are not kept here"},
    {"TenancyConfig", .kind = MR_OBJECT, .members = tenancy_config},
    {"Timeout", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 1, .max = 900},
    {"TracingConfig", .kind = MR_OBJECT, .members = tracing_config},
    {"VpcConfig", .kind = MR_OBJECT, .members = vpc_config,
     .why = "a handler runs on this machine, in no VPC"},
    {0},
};

static const mr_attribute function_attributes[] = {
    {"Arn", "arn:$P:lambda:$R:$A:function:$N"},
    {"SnapStartResponse", "$L.SnapStartResponse"},
    {"SnapStartResponse.ApplyOn", "None"},
    {"SnapStartResponse.OptimizationStatus", "Off"},
    {0},
};

static const mr_resource_type function_type = {
    .name = "AWS::Lambda::Function",
    .properties = function,
    .attributes = function_attributes,
    .name_property = "FunctionName",
    .name_max = 64,
};

static const mr_property permission[] = {
    {"Action", .kind = MR_TEXT, .required = true},
    {"EventSourceToken", .kind = MR_TEXT},
    {"FunctionName", .kind = MR_TEXT, .required = true},
    {"FunctionUrlAuthType", .kind = MR_TEXT},
    {"InvokedViaFunctionUrl", .kind = MR_BOOLEAN},
    {"Principal", .kind = MR_TEXT, .required = true},
    {"PrincipalOrgID", .kind = MR_TEXT},
    {"SourceAccount", .kind = MR_TEXT},
    {"SourceArn", .kind = MR_TEXT},
    {0},
};

static const mr_attribute permission_attributes[] = {
    {"Id", "$L"},
    {0},
};

static const mr_resource_type permission_type = {
    .name = "AWS::Lambda::Permission",
    .properties = permission,
    .attributes = permission_attributes,
    .ref = "$L",
    .name_max = 100,
    .warning = "permissions are not checked here",
};

static const mr_property schema_registry_access_config[] = {
    {"Type", .kind = MR_TEXT},
    {"URI", .kind = MR_TEXT},
    {0},
};

static const mr_property schema_validation_config[] = {
    {"Attribute", .kind = MR_TEXT},
    {0},
};

static const mr_property schema_registry_config[] = {
    {"AccessConfigs", .kind = MR_LIST, .members = schema_registry_access_config},
    {"EventRecordFormat", .kind = MR_TEXT},
    {"SchemaRegistryURI", .kind = MR_TEXT},
    {"SchemaValidationConfigs", .kind = MR_LIST, .members = schema_validation_config},
    {0},
};

static const mr_property amazon_managed_kafka_event_source_config[] = {
    {"ConsumerGroupId", .kind = MR_TEXT},
    {"SchemaRegistryConfig", .kind = MR_OBJECT, .members = schema_registry_config},
    {0},
};

static const mr_property on_failure[] = {
    {"Destination", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property destination_config[] = {
    {"OnFailure", .kind = MR_OBJECT, .use = MR_HONOURED, .members = on_failure},
    {0},
};

static const mr_property document_db_event_source_config[] = {
    {"CollectionName", .kind = MR_TEXT},
    {"DatabaseName", .kind = MR_TEXT},
    {"FullDocument", .kind = MR_TEXT},
    {0},
};

static const mr_property filter[] = {
    {"Pattern", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property filter_criteria[] = {
    {"Filters", .kind = MR_LIST, .use = MR_HONOURED, .members = filter},
    {0},
};

static const mr_property logging_config_2[] = {
    {"SystemLogLevel", .kind = MR_TEXT},
    {0},
};

static const mr_property metrics_config[] = {
    {"Metrics", .kind = MR_LIST},
    {0},
};

static const mr_property provisioned_poller_config[] = {
    {"MaximumPollers", .kind = MR_INTEGER},
    {"MinimumPollers", .kind = MR_INTEGER},
    {"PollerGroupName", .kind = MR_TEXT},
    {0},
};

static const mr_property scaling_config[] = {
    {"MaximumConcurrency", .kind = MR_INTEGER},
    {0},
};

static const mr_property endpoints[] = {
    {"KafkaBootstrapServers", .kind = MR_LIST},
    {0},
};

static const mr_property self_managed_event_source[] = {
    {"Endpoints", .kind = MR_OBJECT, .members = endpoints},
    {0},
};

static const mr_property self_managed_kafka_event_source_config[] = {
    {"ConsumerGroupId", .kind = MR_TEXT},
    {"ConsumptionMode", .kind = MR_TEXT},
    {"SchemaRegistryConfig", .kind = MR_OBJECT, .members = schema_registry_config},
    {0},
};

#define ELSEWHERE "it is of event sources other than data streams, which are not here"

static const mr_property event_source_mapping[] = {
    {"AmazonManagedKafkaEventSourceConfig", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = amazon_managed_kafka_event_source_config},
    {"BatchSize", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"BisectBatchOnFunctionError", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"DestinationConfig", .kind = MR_OBJECT, .use = MR_HONOURED, .members = destination_config},
    {"DocumentDBEventSourceConfig", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = document_db_event_source_config},
    {"Enabled", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"EventSourceArn", .kind = MR_TEXT, .use = MR_HONOURED},
    {"FilterCriteria", .kind = MR_OBJECT, .use = MR_HONOURED, .members = filter_criteria},
    {"FunctionName", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"FunctionResponseTypes", .kind = MR_LIST, .use = MR_HONOURED},
    {"KmsKeyArn", .kind = MR_TEXT, .why = "nothing is encrypted here"},
    {"LoggingConfig", .kind = MR_OBJECT, .members = logging_config_2},
    {"MaximumBatchingWindowInSeconds", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"MaximumRecordAgeInSeconds", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"MaximumRetryAttempts", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"MetricsConfig", .why = "metrics are not kept here", .kind = MR_OBJECT,
     .members = metrics_config},
    {"ParallelizationFactor", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"ProvisionedPollerConfig", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = provisioned_poller_config},
    {"Queues", .kind = MR_LIST, .use = MR_REFUSED, .why = ELSEWHERE},
    {"ScalingConfig", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = scaling_config},
    {"SelfManagedEventSource", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = self_managed_event_source},
    {"SelfManagedKafkaEventSourceConfig", .kind = MR_OBJECT, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = self_managed_kafka_event_source_config},
    {"SourceAccessConfigurations", .kind = MR_LIST, .use = MR_REFUSED, .why = ELSEWHERE,
     .members = schema_registry_access_config},
    {"StartingPosition", .kind = MR_TEXT, .use = MR_HONOURED},
    {"StartingPositionTimestamp", .kind = MR_NUMBER, .use = MR_HONOURED},
    {"Tags", .kind = MR_LIST, .why = "tags are not kept here", .members = tag},
    {"Topics", .kind = MR_LIST, .use = MR_REFUSED, .why = ELSEWHERE},
    {"TumblingWindowInSeconds", .kind = MR_INTEGER, .use = MR_HONOURED},
    {0},
};

static const mr_attribute event_source_mapping_attributes[] = {
    {"Id", "$U"},
    {"EventSourceMappingArn", "arn:$P:lambda:$R:$A:event-source-mapping:$U"},
    {0},
};

static const mr_resource_type event_source_mapping_type = {
    .name = "AWS::Lambda::EventSourceMapping",
    .properties = event_source_mapping,
    .attributes = event_source_mapping_attributes,
    .ref = "$U",
};

static const mr_property provisioned_concurrency_configuration[] = {
    {"ProvisionedConcurrentExecutions", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property version_weight[] = {
    {"FunctionVersion", .kind = MR_TEXT, .required = true},
    {"FunctionWeight", .kind = MR_NUMBER, .required = true},
    {0},
};

static const mr_property alias_routing_configuration[] = {
    {"AdditionalVersionWeights", .kind = MR_LIST, .members = version_weight},
    {0},
};

static const mr_property alias[] = {
    {"Description", .kind = MR_TEXT},
    {"FunctionName", .kind = MR_TEXT, .required = true},
    {"FunctionVersion", .kind = MR_TEXT, .required = true},
    {"Name", .kind = MR_TEXT, .required = true},
    {"ProvisionedConcurrencyConfig", .kind = MR_OBJECT,
     .members = provisioned_concurrency_configuration},
    {"RoutingConfig", .kind = MR_OBJECT, .members = alias_routing_configuration},
    {0},
};

static const mr_attribute alias_attributes[] = {
    {"AliasArn", "arn:$P:lambda:$R:$A:function:$N"},
    {0},
};

static const mr_resource_type alias_type = {
    .name = "AWS::Lambda::Alias",
    .properties = alias,
    .attributes = alias_attributes,
    .ref = "arn:$P:lambda:$R:$A:function:$N",
    .warning = "every alias leads to the one version of the function that there is here",
};

static const mr_property version[] = {
    {"CodeSha256", .kind = MR_TEXT},
    {"Description", .kind = MR_TEXT},
    {"FunctionName", .kind = MR_TEXT, .required = true},
    {"FunctionScalingConfig", .kind = MR_OBJECT, .members = function_scaling_config},
    {"ProvisionedConcurrencyConfig", .kind = MR_OBJECT,
     .members = provisioned_concurrency_configuration},
    {"RuntimePolicy", .kind = MR_OBJECT, .members = runtime_management_config},
    {0},
};

static const mr_attribute version_attributes[] = {
    {"FunctionArn", "arn:$P:lambda:$R:$A:function:$N"},
    {"Version", "1"},
    {0},
};

static const mr_resource_type version_type = {
    .name = "AWS::Lambda::Version",
    .properties = version,
    .attributes = version_attributes,
    .ref = "arn:$P:lambda:$R:$A:function:$N",
    .warning = "every version leads to the code of this template here",
};

static const mr_property content[] = {
    {"S3Bucket", .kind = MR_TEXT, .required = true},
    {"S3Key", .kind = MR_TEXT, .required = true},
    {"S3ObjectStorageMode", .kind = MR_TEXT},
    {"S3ObjectVersion", .kind = MR_TEXT},
    {0},
};

static const mr_property layer_version[] = {
    {"CompatibleArchitectures", .kind = MR_LIST},
    {"CompatibleRuntimes", .kind = MR_LIST},
    {"Content", .kind = MR_OBJECT, .members = content, .required = true},
    {"Description", .kind = MR_TEXT},
    {"LayerName", .kind = MR_TEXT},
    {"LicenseInfo", .kind = MR_TEXT},
    {0},
};

static const mr_attribute layer_version_attributes[] = {
    {"LayerVersionArn", "arn:$P:lambda:$R:$A:layer:$N:1"},
    {0},
};

static const mr_resource_type layer_version_type = {
    .name = "AWS::Lambda::LayerVersion",
    .properties = layer_version,
    .attributes = layer_version_attributes,
    .name_property = "LayerName",
    .ref = "arn:$P:lambda:$R:$A:layer:$N:1",
    .warning = "layers are not put under a function here; its code must bring what it needs",
};

/* ---- AWS::Serverless::Function (AWS SAM specification) ---- */

static const mr_property code_location[] = {
    {"Bucket", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Key", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Version", .kind = MR_TEXT,
     .why = "the code is taken from beside the template, whatever its version"},
    {0},
};

static const mr_property serverless_function[] = {
    {"Architectures", .kind = MR_LIST, .why = "a handler runs on this machine's own architecture"},
    {"AssumeRolePolicyDocument", .kind = MR_ANY, .why = "permissions are not checked here"},
    {"AutoPublishAlias", .kind = MR_TEXT, .use = MR_HONOURED},
    {"AutoPublishAliasAllProperties", .kind = MR_BOOLEAN},
    {"AutoPublishCodeSha256", .kind = MR_TEXT},
    {"CapacityProviderConfig", .kind = MR_ANY},
    {"CodeSigningConfigArn", .kind = MR_TEXT},
    {"CodeUri", .kind = MR_TEXT_OR_OBJECT, .use = MR_HONOURED, .members = code_location},
    {"DeadLetterQueue", .kind = MR_ANY},
    {"DeploymentPreference", .kind = MR_ANY},
    {"Description", .kind = MR_TEXT, .use = MR_HONOURED},
    {"DurableConfig", .kind = MR_ANY},
    {"Environment", .kind = MR_OBJECT, .use = MR_HONOURED, .members = environment},
    {"EphemeralStorage", .kind = MR_ANY},
    {"EventInvokeConfig", .kind = MR_ANY},
    {"Events", .kind = MR_ANY, .use = MR_HONOURED},
    {"FileSystemConfigs", .kind = MR_ANY},
    {"FunctionName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"FunctionScalingConfig", .kind = MR_ANY},
    {"FunctionUrlConfig", .kind = MR_ANY},
    {"Handler", .kind = MR_TEXT, .use = MR_HONOURED},
    {"ImageConfig", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "container images do not run here; give the code as a folder or a Zip package"},
    {"ImageUri", .kind = MR_TEXT, .use = MR_REFUSED,
     .why = "container images do not run here; give the code as a folder or a Zip package"},
    {"InlineCode", .kind = MR_TEXT, .use = MR_HONOURED},
    {"KmsKeyArn", .kind = MR_TEXT},
    {"Layers", .kind = MR_ANY,
     .why = "layers are not put under the function here; its code must bring what it needs"},
    {"LoggingConfig", .kind = MR_ANY, .why = "what a handler prints goes to the event log"},
    {"MemorySize", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 128, .max = 10240},
    {"PackageType", .kind = MR_TEXT, .use = MR_HONOURED, .values = "Zip Image"},
    {"PermissionsBoundary", .kind = MR_TEXT, .why = "permissions are not checked here"},
    {"Policies", .kind = MR_ANY, .why = "permissions are not checked here"},
    {"PropagateTags", .kind = MR_BOOLEAN, .why = "tags are not kept here"},
    {"ProvisionedConcurrencyConfig", .kind = MR_ANY},
    {"PublishToLatestPublished", .kind = MR_BOOLEAN},
    {"RecursiveLoop", .kind = MR_TEXT},
    {"ReservedConcurrentExecutions", .kind = MR_INTEGER, .use = MR_HONOURED, .max = 1000000},
    {"Role", .kind = MR_TEXT, .why = "permissions are not checked here"},
    {"RolePath", .kind = MR_TEXT, .why = "permissions are not checked here"},
    {"Runtime", .kind = MR_TEXT, .use = MR_HONOURED},
    {"RuntimeManagementConfig", .kind = MR_ANY},
    {"SnapStart", .kind = MR_ANY},
    {"SourceKMSKeyArn", .kind = MR_TEXT},
    {"Tags", .kind = MR_ANY, .why = "tags are not kept here"},
    {"TenancyConfig", .kind = MR_ANY},
    {"Timeout", .kind = MR_INTEGER, .use = MR_HONOURED, .min = 1, .max = 900},
    {"Tracing", .kind = MR_TEXT},
    {"VersionDescription", .kind = MR_TEXT, .use = MR_HONOURED},
    {"VersionDeletionPolicy", .kind = MR_TEXT},
    {"VpcConfig", .kind = MR_ANY, .why = "a handler runs on this machine, in no VPC"},
    {0},
};

static const mr_resource_type serverless_function_type = {
    .name = "AWS::Serverless::Function",
    .properties = serverless_function,
    .attributes = function_attributes,
    .name_property = "FunctionName",
    .name_max = 64,
};

const mr_resource_type *const mr_types_lambda[] = {
    &function_type,      &serverless_function_type,
    &permission_type,    &event_source_mapping_type,
    &alias_type,         &version_type,
    &layer_version_type, NULL,
};
