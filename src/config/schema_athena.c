/*
 * schema_athena.c - Amazon Athena: the properties that AWS knows, and what becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property customer_content_encryption_configuration[] = {
    {"KmsKey", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property classification[] = {
    {"Name", .kind = MR_TEXT},
    {"Properties", .kind = MR_MAP},
    {0},
};

static const mr_property engine_configuration[] = {
    {"AdditionalConfigs", .kind = MR_MAP},
    {"Classifications", .kind = MR_LIST, .members = classification},
    {"CoordinatorDpuSize", .kind = MR_INTEGER},
    {"DefaultExecutorDpuSize", .kind = MR_INTEGER},
    {"MaxConcurrentDpus", .kind = MR_INTEGER},
    {"SparkProperties", .kind = MR_MAP},
    {0},
};

static const mr_property engine_version[] = {
    {"SelectedEngineVersion", .kind = MR_TEXT},
    {0},
};

static const mr_property managed_storage_encryption_configuration[] = {
    {"KmsKey", .kind = MR_TEXT},
    {0},
};

static const mr_property managed_query_results_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN},
    {"EncryptionConfiguration", .kind = MR_OBJECT,
     .members = managed_storage_encryption_configuration},
    {0},
};

static const mr_property cloud_watch_logging_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN},
    {"LogGroup", .kind = MR_TEXT},
    {"LogStreamNamePrefix", .kind = MR_TEXT},
    {"LogTypes", .kind = MR_ANY},
    {0},
};

static const mr_property managed_logging_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN},
    {"KmsKey", .kind = MR_TEXT},
    {0},
};

static const mr_property s3_logging_configuration[] = {
    {"Enabled", .kind = MR_BOOLEAN},
    {"KmsKey", .kind = MR_TEXT},
    {"LogLocation", .kind = MR_TEXT},
    {0},
};

static const mr_property monitoring_configuration[] = {
    {"CloudWatchLoggingConfiguration", .kind = MR_OBJECT,
     .members = cloud_watch_logging_configuration},
    {"ManagedLoggingConfiguration", .kind = MR_OBJECT, .members = managed_logging_configuration},
    {"S3LoggingConfiguration", .kind = MR_OBJECT, .members = s3_logging_configuration},
    {0},
};

static const mr_property acl_configuration[] = {
    {"S3AclOption", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property encryption_configuration[] = {
    {"EncryptionOption", .kind = MR_TEXT, .required = true},
    {"KmsKey", .kind = MR_TEXT},
    {0},
};

static const mr_property result_configuration[] = {
    {"AclConfiguration", .kind = MR_OBJECT, .members = acl_configuration},
    {"EncryptionConfiguration", .kind = MR_OBJECT, .members = encryption_configuration},
    {"ExpectedBucketOwner", .kind = MR_TEXT},
    {"OutputLocation", .kind = MR_TEXT},
    {0},
};

static const mr_property work_group_configuration[] = {
    {"AdditionalConfiguration", .kind = MR_TEXT},
    {"BytesScannedCutoffPerQuery", .kind = MR_INTEGER},
    {"CustomerContentEncryptionConfiguration", .kind = MR_OBJECT,
     .members = customer_content_encryption_configuration},
    {"EnforceWorkGroupConfiguration", .kind = MR_BOOLEAN},
    {"EngineConfiguration", .kind = MR_OBJECT, .members = engine_configuration},
    {"EngineVersion", .kind = MR_OBJECT, .members = engine_version},
    {"ExecutionRole", .kind = MR_TEXT},
    {"ManagedQueryResultsConfiguration", .kind = MR_OBJECT,
     .members = managed_query_results_configuration},
    {"MonitoringConfiguration", .kind = MR_OBJECT, .members = monitoring_configuration},
    {"PublishCloudWatchMetricsEnabled", .kind = MR_BOOLEAN},
    {"RequesterPaysEnabled", .kind = MR_BOOLEAN},
    {"ResultConfiguration", .kind = MR_OBJECT, .members = result_configuration},
    {0},
};

static const mr_property result_configuration_updates[] = {
    {"AclConfiguration", .kind = MR_OBJECT, .members = acl_configuration},
    {"EncryptionConfiguration", .kind = MR_OBJECT, .members = encryption_configuration},
    {"ExpectedBucketOwner", .kind = MR_TEXT},
    {"OutputLocation", .kind = MR_TEXT},
    {"RemoveAclConfiguration", .kind = MR_BOOLEAN},
    {"RemoveEncryptionConfiguration", .kind = MR_BOOLEAN},
    {"RemoveExpectedBucketOwner", .kind = MR_BOOLEAN},
    {"RemoveOutputLocation", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property work_group_configuration_updates[] = {
    {"AdditionalConfiguration", .kind = MR_TEXT},
    {"BytesScannedCutoffPerQuery", .kind = MR_INTEGER},
    {"CustomerContentEncryptionConfiguration", .kind = MR_OBJECT,
     .members = customer_content_encryption_configuration},
    {"EnforceWorkGroupConfiguration", .kind = MR_BOOLEAN},
    {"EngineConfiguration", .kind = MR_OBJECT, .members = engine_configuration},
    {"EngineVersion", .kind = MR_OBJECT, .members = engine_version},
    {"ExecutionRole", .kind = MR_TEXT},
    {"ManagedQueryResultsConfiguration", .kind = MR_OBJECT,
     .members = managed_query_results_configuration},
    {"MonitoringConfiguration", .kind = MR_OBJECT, .members = monitoring_configuration},
    {"PublishCloudWatchMetricsEnabled", .kind = MR_BOOLEAN},
    {"RemoveBytesScannedCutoffPerQuery", .kind = MR_BOOLEAN},
    {"RemoveCustomerContentEncryptionConfiguration", .kind = MR_BOOLEAN},
    {"RequesterPaysEnabled", .kind = MR_BOOLEAN},
    {"ResultConfigurationUpdates", .kind = MR_OBJECT, .members = result_configuration_updates},
    {0},
};

static const mr_property work_group[] = {
    {"Description", .kind = MR_TEXT},
    {"Name", .kind = MR_TEXT, .required = true},
    {"RecursiveDeleteOption", .kind = MR_BOOLEAN},
    {"State", .kind = MR_TEXT},
    {"Tags", .kind = MR_LIST, .members = tag},
    {"WorkGroupConfiguration", .kind = MR_OBJECT, .members = work_group_configuration},
    {"WorkGroupConfigurationUpdates", .kind = MR_OBJECT,
     .members = work_group_configuration_updates},
    {0},
};

static const mr_attribute work_group_attributes[] = {
    {"CreationTime", "1735689600"},
    {"WorkGroupConfiguration.EngineVersion.EffectiveEngineVersion", "Athena engine version 3"},
    {"WorkGroupConfigurationUpdates.EngineVersion.EffectiveEngineVersion",
     "Athena engine version 3"},
    {0},
};

static const mr_resource_type work_group_type = {
    .name = "AWS::Athena::WorkGroup",
    .properties = work_group,
    .attributes = work_group_attributes,
    .name_property = "Name",
    .warning = "queries run without a workgroup here: results go to standard output in the form of "
               "--output, to no OutputLocation",
};

static const mr_property named_query[] = {
    {"Database", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"Description", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Name", .kind = MR_TEXT, .use = MR_HONOURED},
    {"QueryString", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"WorkGroup", .kind = MR_TEXT, .why = "queries run without a workgroup here"},
    {0},
};

static const mr_attribute named_query_attributes[] = {
    {"NamedQueryId", "$U"},
    {0},
};

static const mr_resource_type named_query_type = {
    .name = "AWS::Athena::NamedQuery",
    .properties = named_query,
    .attributes = named_query_attributes,
    .ref = "$U",
};

static const mr_property prepared_statement[] = {
    {"Description", .kind = MR_TEXT},
    {"QueryStatement", .kind = MR_TEXT, .required = true},
    {"StatementName", .kind = MR_TEXT, .required = true},
    {"WorkGroup", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_resource_type prepared_statement_type = {
    .name = "AWS::Athena::PreparedStatement",
    .properties = prepared_statement,
    .name_property = "StatementName",
    .warning = "prepared statements are not modelled here: give a query that is to run as an "
               "AWS::Athena::NamedQuery or in Metadata.Millrace.Queries",
};

static const mr_property data_catalog[] = {
    {"ConnectionType", .kind = MR_TEXT},
    {"Description", .kind = MR_TEXT},
    {"Error", .kind = MR_TEXT},
    {"Name", .kind = MR_TEXT, .required = true},
    {"Parameters", .kind = MR_MAP},
    {"Status", .kind = MR_TEXT},
    {"Tags", .kind = MR_LIST, .members = tag},
    {"Type", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_resource_type data_catalog_type = {
    .name = "AWS::Athena::DataCatalog",
    .properties = data_catalog,
    .name_property = "Name",
    .warning = "AwsDataCatalog is the only data catalog here",
};

const mr_resource_type *const mr_types_athena[] = {
    &work_group_type, &named_query_type, &prepared_statement_type, &data_catalog_type, NULL,
};
