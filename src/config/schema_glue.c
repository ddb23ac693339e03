/*
 * schema_glue.c - AWS Glue: the properties that AWS knows, and what becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property data_lake_principal[] = {
    {"DataLakePrincipalIdentifier", .kind = MR_TEXT},
    {0},
};

static const mr_property principal_privileges[] = {
    {"Permissions", .kind = MR_LIST},
    {"Principal", .kind = MR_OBJECT, .members = data_lake_principal},
    {0},
};

static const mr_property federated_database[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"Identifier", .kind = MR_TEXT},
    {0},
};

static const mr_property database_identifier[] = {
    {"CatalogId", .kind = MR_TEXT},
    {"DatabaseName", .kind = MR_TEXT},
    {"Region", .kind = MR_TEXT},
    {0},
};

static const mr_property database_input[] = {
    {"CreateTableDefaultPermissions", .kind = MR_LIST, .members = principal_privileges},
    {"Description", .kind = MR_TEXT, .use = MR_HONOURED},
    {"FederatedDatabase", .kind = MR_OBJECT, .members = federated_database},
    {"LocationUri", .kind = MR_TEXT},
    {"Name", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Parameters", .kind = MR_ANY},
    {"TargetDatabase", .kind = MR_OBJECT, .members = database_identifier},
    {0},
};

static const mr_property database[] = {
    {"CatalogId", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"DatabaseInput", .kind = MR_OBJECT, .use = MR_HONOURED, .members = database_input,
     .required = true},
    {"DatabaseName", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_resource_type database_type = {
    .name = "AWS::Glue::Database",
    .properties = database,
    .name_property = "DatabaseInput.Name",
    .shape = MR_NAME_LOWER,
};

static const mr_property column[] = {
    {"Comment", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Name", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"Type", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property schema_id[] = {
    {"RegistryName", .kind = MR_TEXT},
    {"SchemaArn", .kind = MR_TEXT},
    {"SchemaName", .kind = MR_TEXT},
    {0},
};

static const mr_property schema_reference[] = {
    {"SchemaId", .kind = MR_OBJECT, .members = schema_id},
    {"SchemaVersionId", .kind = MR_TEXT},
    {"SchemaVersionNumber", .kind = MR_INTEGER},
    {0},
};

static const mr_property serde_info[] = {
    {"Name", .kind = MR_TEXT},
    {"Parameters", .kind = MR_MAP, .use = MR_HONOURED},
    {"SerializationLibrary", .kind = MR_TEXT, .use = MR_HONOURED},
    {0},
};

static const mr_property skewed_info[] = {
    {"SkewedColumnNames", .kind = MR_LIST},
    {"SkewedColumnValueLocationMaps", .kind = MR_ANY},
    {"SkewedColumnValues", .kind = MR_LIST},
    {0},
};

static const mr_property order[] = {
    {"Column", .kind = MR_TEXT, .required = true},
    {"SortOrder", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property storage_descriptor[] = {
    {"BucketColumns", .kind = MR_LIST},
    {"Columns", .kind = MR_LIST, .use = MR_HONOURED, .members = column},
    {"Compressed", .kind = MR_BOOLEAN, .use = MR_HONOURED},
    {"InputFormat", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Location", .kind = MR_TEXT, .use = MR_HONOURED},
    {"NumberOfBuckets", .kind = MR_INTEGER},
    {"OutputFormat", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Parameters", .kind = MR_ANY},
    {"SchemaReference", .kind = MR_OBJECT, .members = schema_reference},
    {"SerdeInfo", .kind = MR_OBJECT, .use = MR_HONOURED, .members = serde_info},
    {"SkewedInfo", .kind = MR_OBJECT, .members = skewed_info},
    {"SortColumns", .kind = MR_LIST, .members = order},
    {"StoredAsSubDirectories", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property view_representation[] = {
    {"Dialect", .kind = MR_TEXT},
    {"DialectVersion", .kind = MR_TEXT},
    {"ValidationConnection", .kind = MR_TEXT},
    {"ViewExpandedText", .kind = MR_TEXT},
    {"ViewOriginalText", .kind = MR_TEXT},
    {0},
};

static const mr_property view_definition[] = {
    {"Definer", .kind = MR_TEXT},
    {"IsProtected", .kind = MR_BOOLEAN},
    {"Representations", .kind = MR_LIST, .members = view_representation},
    {"SubObjects", .kind = MR_LIST},
    {0},
};

static const mr_property table_input[] = {
    {"Description", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Name", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Owner", .kind = MR_TEXT, .use = MR_HONOURED},
    {"Parameters", .kind = MR_MAP, .use = MR_HONOURED},
    {"PartitionKeys", .kind = MR_LIST, .use = MR_HONOURED, .members = column},
    {"Retention", .kind = MR_INTEGER, .use = MR_HONOURED},
    {"StorageDescriptor", .kind = MR_OBJECT, .use = MR_HONOURED, .members = storage_descriptor},
    {"TableType", .kind = MR_TEXT, .use = MR_HONOURED},
    {"TargetTable", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "resource links to other tables are not followed here"},
    {"ViewDefinition", .kind = MR_OBJECT, .members = view_definition},
    {"ViewExpandedText", .kind = MR_ANY, .use = MR_REFUSED, .why = "views are not modelled here"},
    {"ViewOriginalText", .kind = MR_ANY, .use = MR_REFUSED, .why = "views are not modelled here"},
    {0},
};

static const mr_property table[] = {
    {"CatalogId", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"DatabaseName", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"Name", .kind = MR_TEXT, .why = "the table is called by TableInput's Name"},
    {"OpenTableFormatInput", .kind = MR_ANY, .use = MR_REFUSED,
     .why = "open table formats (Iceberg) are not read here"},
    {"TableInput", .kind = MR_OBJECT, .use = MR_HONOURED, .members = table_input},
    {0},
};

static const mr_resource_type table_type = {
    .name = "AWS::Glue::Table",
    .properties = table,
    .name_property = "TableInput.Name",
    .shape = MR_NAME_LOWER,
};

/* A partition's SerdeInfo and columns are compared with those of its table (resources_glue.c). */
static const mr_property partition_input[] = {
    {"Parameters", .kind = MR_MAP, .why = "no query reads the parameters of a partition"},
    {"StorageDescriptor", .kind = MR_OBJECT, .use = MR_HONOURED, .members = storage_descriptor},
    {"Values", .kind = MR_LIST, .use = MR_HONOURED, .required = true},
    {0},
};

static const mr_property partition[] = {
    {"CatalogId", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"DatabaseName", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {"PartitionInput", .kind = MR_OBJECT, .use = MR_HONOURED, .members = partition_input,
     .required = true},
    {"TableName", .kind = MR_TEXT, .use = MR_HONOURED, .required = true},
    {0},
};

static const mr_resource_type partition_type = {
    .name = "AWS::Glue::Partition",
    .properties = partition,
    .ref = "$L",
};

static const mr_property lake_formation_configuration[] = {
    {"AccountId", .kind = MR_TEXT},
    {"UseLakeFormationCredentials", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property recrawl_policy[] = {
    {"RecrawlBehavior", .kind = MR_TEXT},
    {0},
};

static const mr_property schedule[] = {
    {"ScheduleExpression", .kind = MR_TEXT},
    {0},
};

static const mr_property schema_change_policy[] = {
    {"DeleteBehavior", .kind = MR_TEXT},
    {"UpdateBehavior", .kind = MR_TEXT},
    {0},
};

static const mr_property catalog_target[] = {
    {"ConnectionName", .kind = MR_TEXT},   {"DatabaseName", .kind = MR_TEXT},
    {"DlqEventQueueArn", .kind = MR_TEXT}, {"EventQueueArn", .kind = MR_TEXT},
    {"Tables", .kind = MR_LIST},           {0},
};

static const mr_property delta_target[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"CreateNativeDeltaTable", .kind = MR_BOOLEAN},
    {"DeltaTables", .kind = MR_LIST},
    {"WriteManifest", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property dynamo_db_target[] = {
    {"Path", .kind = MR_TEXT},
    {"ScanAll", .kind = MR_BOOLEAN},
    {"ScanRate", .kind = MR_NUMBER},
    {0},
};

static const mr_property hudi_target[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"Exclusions", .kind = MR_LIST},
    {"MaximumTraversalDepth", .kind = MR_INTEGER},
    {"Paths", .kind = MR_LIST},
    {0},
};

static const mr_property jdbc_target[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"EnableAdditionalMetadata", .kind = MR_LIST},
    {"Exclusions", .kind = MR_LIST},
    {"Path", .kind = MR_TEXT},
    {0},
};

static const mr_property mongo_db_target[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"Path", .kind = MR_TEXT},
    {0},
};

static const mr_property s3_target[] = {
    {"ConnectionName", .kind = MR_TEXT},
    {"DlqEventQueueArn", .kind = MR_TEXT},
    {"EventQueueArn", .kind = MR_TEXT},
    {"Exclusions", .kind = MR_LIST},
    {"Path", .kind = MR_TEXT},
    {"SampleSize", .kind = MR_INTEGER},
    {0},
};

static const mr_property targets[] = {
    {"CatalogTargets", .kind = MR_LIST, .members = catalog_target},
    {"DeltaTargets", .kind = MR_LIST, .members = delta_target},
    {"DynamoDBTargets", .kind = MR_LIST, .members = dynamo_db_target},
    {"HudiTargets", .kind = MR_LIST, .members = hudi_target},
    {"IcebergTargets", .kind = MR_LIST, .members = hudi_target},
    {"JdbcTargets", .kind = MR_LIST, .members = jdbc_target},
    {"MongoDBTargets", .kind = MR_LIST, .members = mongo_db_target},
    {"S3Targets", .kind = MR_LIST, .members = s3_target},
    {0},
};

static const mr_property crawler[] = {
    {"Classifiers", .kind = MR_LIST},
    {"Configuration", .kind = MR_TEXT},
    {"CrawlerSecurityConfiguration", .kind = MR_TEXT},
    {"DatabaseName", .kind = MR_TEXT},
    {"Description", .kind = MR_TEXT},
    {"LakeFormationConfiguration", .kind = MR_OBJECT, .members = lake_formation_configuration},
    {"Name", .kind = MR_TEXT},
    {"RecrawlPolicy", .kind = MR_OBJECT, .members = recrawl_policy},
    {"Role", .kind = MR_TEXT, .required = true},
    {"Schedule", .kind = MR_OBJECT, .members = schedule},
    {"SchemaChangePolicy", .kind = MR_OBJECT, .members = schema_change_policy},
    {"TablePrefix", .kind = MR_TEXT},
    {"Tags", .kind = MR_ANY},
    {"Targets", .kind = MR_OBJECT, .members = targets, .required = true},
    {0},
};

static const mr_resource_type crawler_type = {
    .name = "AWS::Glue::Crawler",
    .properties = crawler,
    .name_property = "Name",
    .warning =
        "no crawler runs here: tables are those of the template, and partitions are found as "
        "objects arrive, from Hive folders (dt=2025-01-01/), or by partition projection",
};

const mr_resource_type *const mr_types_glue[] = {
    &database_type, &table_type, &partition_type, &crawler_type, NULL,
};
