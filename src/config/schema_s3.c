/*
 * schema_s3.c - Amazon S3: the properties that AWS knows, and what becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property accelerate_configuration[] = {
    {"AccelerationStatus", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property destination[] = {
    {"BucketAccountId", .kind = MR_TEXT},
    {"BucketArn", .kind = MR_TEXT, .required = true},
    {"Format", .kind = MR_TEXT, .required = true},
    {"Prefix", .kind = MR_TEXT},
    {0},
};

static const mr_property data_export[] = {
    {"Destination", .kind = MR_OBJECT, .members = destination, .required = true},
    {"OutputSchemaVersion", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property storage_class_analysis[] = {
    {"DataExport", .kind = MR_OBJECT, .members = data_export},
    {0},
};

static const mr_property tag_filter[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property analytics_configuration[] = {
    {"Id", .kind = MR_TEXT, .required = true},
    {"Prefix", .kind = MR_TEXT},
    {"StorageClassAnalysis", .kind = MR_OBJECT, .members = storage_class_analysis,
     .required = true},
    {"TagFilters", .kind = MR_LIST, .members = tag_filter},
    {0},
};

static const mr_property blocked_encryption_types[] = {
    {"EncryptionType", .kind = MR_LIST},
    {0},
};

static const mr_property server_side_encryption_by_default[] = {
    {"KMSMasterKeyID", .kind = MR_TEXT},
    {"SSEAlgorithm", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property server_side_encryption_rule[] = {
    {"BlockedEncryptionTypes", .kind = MR_OBJECT, .members = blocked_encryption_types},
    {"BucketKeyEnabled", .kind = MR_BOOLEAN},
    {"ServerSideEncryptionByDefault", .kind = MR_OBJECT,
     .members = server_side_encryption_by_default},
    {0},
};

static const mr_property bucket_encryption[] = {
    {"ServerSideEncryptionConfiguration", .kind = MR_LIST, .members = server_side_encryption_rule,
     .required = true},
    {0},
};

static const mr_property cors_rule[] = {
    {"AllowedHeaders", .kind = MR_LIST},
    {"AllowedMethods", .kind = MR_LIST, .required = true},
    {"AllowedOrigins", .kind = MR_LIST, .required = true},
    {"ExposedHeaders", .kind = MR_LIST},
    {"Id", .kind = MR_TEXT},
    {"MaxAge", .kind = MR_INTEGER},
    {0},
};

static const mr_property cors_configuration[] = {
    {"CorsRules", .kind = MR_LIST, .members = cors_rule, .required = true},
    {0},
};

static const mr_property tiering[] = {
    {"AccessTier", .kind = MR_TEXT, .required = true},
    {"Days", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property intelligent_tiering_configuration[] = {
    {"Id", .kind = MR_TEXT, .required = true},
    {"Prefix", .kind = MR_TEXT},
    {"Status", .kind = MR_TEXT, .required = true},
    {"TagFilters", .kind = MR_LIST, .members = tag_filter},
    {"Tierings", .kind = MR_LIST, .members = tiering, .required = true},
    {0},
};

static const mr_property inventory_configuration[] = {
    {"Destination", .kind = MR_OBJECT, .members = destination, .required = true},
    {"Enabled", .kind = MR_BOOLEAN, .required = true},
    {"Id", .kind = MR_TEXT, .required = true},
    {"IncludedObjectVersions", .kind = MR_TEXT, .required = true},
    {"OptionalFields", .kind = MR_LIST},
    {"Prefix", .kind = MR_TEXT},
    {"ScheduleFrequency", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property abort_incomplete_multipart_upload[] = {
    {"DaysAfterInitiation", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property noncurrent_version_expiration[] = {
    {"NewerNoncurrentVersions", .kind = MR_INTEGER},
    {"NoncurrentDays", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property noncurrent_version_transition[] = {
    {"NewerNoncurrentVersions", .kind = MR_INTEGER},
    {"StorageClass", .kind = MR_TEXT, .required = true},
    {"TransitionInDays", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property transition[] = {
    {"StorageClass", .kind = MR_TEXT, .required = true},
    {"TransitionDate", .kind = MR_TEXT},
    {"TransitionInDays", .kind = MR_INTEGER},
    {0},
};

static const mr_property rule[] = {
    {"AbortIncompleteMultipartUpload", .kind = MR_OBJECT,
     .members = abort_incomplete_multipart_upload},
    {"ExpirationDate", .kind = MR_TEXT},
    {"ExpirationInDays", .kind = MR_INTEGER},
    {"ExpiredObjectDeleteMarker", .kind = MR_BOOLEAN},
    {"Id", .kind = MR_TEXT},
    {"NoncurrentVersionExpiration", .kind = MR_OBJECT, .members = noncurrent_version_expiration},
    {"NoncurrentVersionExpirationInDays", .kind = MR_INTEGER},
    {"NoncurrentVersionTransition", .kind = MR_OBJECT, .members = noncurrent_version_transition},
    {"NoncurrentVersionTransitions", .kind = MR_LIST, .members = noncurrent_version_transition},
    {"ObjectSizeGreaterThan", .kind = MR_TEXT},
    {"ObjectSizeLessThan", .kind = MR_TEXT},
    {"Prefix", .kind = MR_TEXT},
    {"Status", .kind = MR_TEXT, .required = true},
    {"TagFilters", .kind = MR_LIST, .members = tag_filter},
    {"Transition", .kind = MR_OBJECT, .members = transition},
    {"Transitions", .kind = MR_LIST, .members = transition},
    {0},
};

static const mr_property lifecycle_configuration[] = {
    {"Rules", .kind = MR_LIST, .members = rule, .required = true},
    {"TransitionDefaultMinimumObjectSize", .kind = MR_TEXT},
    {0},
};

static const mr_property logging_configuration[] = {
    {"DestinationBucketName", .kind = MR_TEXT},
    {"LogFilePrefix", .kind = MR_TEXT},
    {"TargetObjectKeyFormat", .kind = MR_ANY},
    {0},
};

static const mr_property metadata_table_encryption_configuration[] = {
    {"KmsKeyArn", .kind = MR_TEXT},
    {"SseAlgorithm", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property annotation_table_configuration[] = {
    {"ConfigurationState", .kind = MR_TEXT, .required = true},
    {"EncryptionConfiguration", .kind = MR_OBJECT,
     .members = metadata_table_encryption_configuration},
    {"Role", .kind = MR_TEXT},
    {0},
};

static const mr_property inventory_table_configuration[] = {
    {"ConfigurationState", .kind = MR_TEXT, .required = true},
    {"EncryptionConfiguration", .kind = MR_OBJECT,
     .members = metadata_table_encryption_configuration},
    {0},
};

static const mr_property record_expiration[] = {
    {"Days", .kind = MR_INTEGER},
    {"Expiration", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property journal_table_configuration[] = {
    {"EncryptionConfiguration", .kind = MR_OBJECT,
     .members = metadata_table_encryption_configuration},
    {"RecordExpiration", .kind = MR_OBJECT, .members = record_expiration, .required = true},
    {0},
};

static const mr_property metadata_configuration[] = {
    {"AnnotationTableConfiguration", .kind = MR_OBJECT, .members = annotation_table_configuration},
    {"InventoryTableConfiguration", .kind = MR_OBJECT, .members = inventory_table_configuration},
    {"JournalTableConfiguration", .kind = MR_OBJECT, .members = journal_table_configuration,
     .required = true},
    {0},
};

static const mr_property s3_tables_destination[] = {
    {"TableBucketArn", .kind = MR_TEXT, .required = true},
    {"TableName", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property metadata_table_configuration[] = {
    {"S3TablesDestination", .kind = MR_OBJECT, .members = s3_tables_destination, .required = true},
    {0},
};

static const mr_property metrics_configuration[] = {
    {"AccessPointArn", .kind = MR_TEXT},
    {"Id", .kind = MR_TEXT, .required = true},
    {"Prefix", .kind = MR_TEXT},
    {"TagFilters", .kind = MR_LIST, .members = tag_filter},
    {0},
};

static const mr_property event_bridge_configuration[] = {
    {"EventBridgeEnabled", .kind = MR_BOOLEAN, .required = true},
    {0},
};

static const mr_property filter_rule[] = {
    {"Name", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property s3_key_filter[] = {
    {"Rules", .kind = MR_LIST, .members = filter_rule, .required = true},
    {0},
};

static const mr_property notification_filter[] = {
    {"S3Key", .kind = MR_OBJECT, .members = s3_key_filter, .required = true},
    {0},
};

static const mr_property lambda_configuration[] = {
    {"Event", .kind = MR_TEXT, .required = true},
    {"Filter", .kind = MR_OBJECT, .members = notification_filter},
    {"Function", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property queue_configuration[] = {
    {"Event", .kind = MR_TEXT, .required = true},
    {"Filter", .kind = MR_OBJECT, .members = notification_filter},
    {"Queue", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property topic_configuration[] = {
    {"Event", .kind = MR_TEXT, .required = true},
    {"Filter", .kind = MR_OBJECT, .members = notification_filter},
    {"Topic", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property notification_configuration[] = {
    {"EventBridgeConfiguration", .kind = MR_OBJECT, .members = event_bridge_configuration},
    {"LambdaConfigurations", .kind = MR_LIST, .members = lambda_configuration},
    {"QueueConfigurations", .kind = MR_LIST, .members = queue_configuration},
    {"TopicConfigurations", .kind = MR_LIST, .members = topic_configuration},
    {0},
};

static const mr_property default_event_hold[] = {
    {"Days", .kind = MR_INTEGER},
    {"Years", .kind = MR_INTEGER},
    {0},
};

static const mr_property default_retention[] = {
    {"Days", .kind = MR_INTEGER},
    {"DefaultEventHold", .kind = MR_OBJECT, .members = default_event_hold},
    {"Mode", .kind = MR_TEXT},
    {"Years", .kind = MR_INTEGER},
    {0},
};

static const mr_property object_lock_rule[] = {
    {"DefaultRetention", .kind = MR_OBJECT, .members = default_retention},
    {0},
};

static const mr_property object_lock_configuration[] = {
    {"ObjectLockEnabled", .kind = MR_TEXT},
    {"Rule", .kind = MR_OBJECT, .members = object_lock_rule},
    {0},
};

static const mr_property ownership_controls_rule[] = {
    {"ObjectOwnership", .kind = MR_TEXT},
    {0},
};

static const mr_property ownership_controls[] = {
    {"Rules", .kind = MR_LIST, .members = ownership_controls_rule, .required = true},
    {0},
};

static const mr_property public_access_block_configuration[] = {
    {"BlockPublicAcls", .kind = MR_BOOLEAN},
    {"BlockPublicPolicy", .kind = MR_BOOLEAN},
    {"IgnorePublicAcls", .kind = MR_BOOLEAN},
    {"RestrictPublicBuckets", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property delete_marker_replication[] = {
    {"Status", .kind = MR_TEXT},
    {0},
};

static const mr_property access_control_translation[] = {
    {"Owner", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property encryption_configuration[] = {
    {"ReplicaKmsKeyID", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property replication_time_value[] = {
    {"Minutes", .kind = MR_INTEGER, .required = true},
    {0},
};

static const mr_property metrics[] = {
    {"EventThreshold", .kind = MR_OBJECT, .members = replication_time_value},
    {"Status", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property replication_time[] = {
    {"Status", .kind = MR_TEXT, .required = true},
    {"Time", .kind = MR_OBJECT, .members = replication_time_value, .required = true},
    {0},
};

static const mr_property replication_destination[] = {
    {"AccessControlTranslation", .kind = MR_OBJECT, .members = access_control_translation},
    {"Account", .kind = MR_TEXT},
    {"Bucket", .kind = MR_TEXT, .required = true},
    {"EncryptionConfiguration", .kind = MR_OBJECT, .members = encryption_configuration},
    {"Metrics", .kind = MR_OBJECT, .members = metrics},
    {"ReplicationTime", .kind = MR_OBJECT, .members = replication_time},
    {"StorageClass", .kind = MR_TEXT},
    {0},
};

static const mr_property replication_rule_and_operator[] = {
    {"Prefix", .kind = MR_TEXT},
    {"TagFilters", .kind = MR_LIST, .members = tag_filter},
    {0},
};

static const mr_property replication_rule_filter[] = {
    {"And", .kind = MR_OBJECT, .members = replication_rule_and_operator},
    {"Prefix", .kind = MR_TEXT},
    {"TagFilter", .kind = MR_OBJECT, .members = tag_filter},
    {0},
};

static const mr_property replica_modifications[] = {
    {"Status", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property source_selection_criteria[] = {
    {"ReplicaModifications", .kind = MR_OBJECT, .members = replica_modifications},
    {"SseKmsEncryptedObjects", .kind = MR_OBJECT, .members = replica_modifications},
    {0},
};

static const mr_property replication_rule[] = {
    {"DeleteMarkerReplication", .kind = MR_OBJECT, .members = delete_marker_replication},
    {"Destination", .kind = MR_OBJECT, .members = replication_destination, .required = true},
    {"Filter", .kind = MR_OBJECT, .members = replication_rule_filter},
    {"Id", .kind = MR_TEXT},
    {"Prefix", .kind = MR_TEXT},
    {"Priority", .kind = MR_INTEGER},
    {"SourceSelectionCriteria", .kind = MR_OBJECT, .members = source_selection_criteria},
    {"Status", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property replication_configuration[] = {
    {"Role", .kind = MR_TEXT, .required = true},
    {"Rules", .kind = MR_LIST, .members = replication_rule, .required = true},
    {0},
};

static const mr_property redirect_all_requests_to[] = {
    {"HostName", .kind = MR_TEXT, .required = true},
    {"Protocol", .kind = MR_TEXT},
    {0},
};

static const mr_property redirect_rule[] = {
    {"HostName", .kind = MR_TEXT},       {"HttpRedirectCode", .kind = MR_TEXT},
    {"Protocol", .kind = MR_TEXT},       {"ReplaceKeyPrefixWith", .kind = MR_TEXT},
    {"ReplaceKeyWith", .kind = MR_TEXT}, {0},
};

static const mr_property routing_rule_condition[] = {
    {"HttpErrorCodeReturnedEquals", .kind = MR_TEXT},
    {"KeyPrefixEquals", .kind = MR_TEXT},
    {0},
};

static const mr_property routing_rule[] = {
    {"RedirectRule", .kind = MR_OBJECT, .members = redirect_rule, .required = true},
    {"RoutingRuleCondition", .kind = MR_OBJECT, .members = routing_rule_condition},
    {0},
};

static const mr_property website_configuration[] = {
    {"ErrorDocument", .kind = MR_TEXT},
    {"IndexDocument", .kind = MR_TEXT},
    {"RedirectAllRequestsTo", .kind = MR_OBJECT, .members = redirect_all_requests_to},
    {"RoutingRules", .kind = MR_LIST, .members = routing_rule},
    {0},
};

static const mr_property bucket[] = {
    {"AbacStatus", .kind = MR_TEXT},
    {"AccelerateConfiguration", .kind = MR_OBJECT, .members = accelerate_configuration},
    {"AccessControl", .kind = MR_TEXT, .why = "permissions are not checked here"},
    {"AnalyticsConfigurations", .kind = MR_LIST, .members = analytics_configuration},
    {"BucketEncryption", .kind = MR_OBJECT, .members = bucket_encryption,
     .why = "nothing is encrypted here; objects and records are the same for a reader"},
    {"BucketName", .kind = MR_TEXT, .use = MR_HONOURED},
    {"BucketNamePrefix", .kind = MR_TEXT,
     .why = "the name is made from the stack and the logical id here"},
    {"BucketNamespace", .kind = MR_TEXT,
     .why = "the name is made from the stack and the logical id here"},
    {"CorsConfiguration", .kind = MR_OBJECT, .members = cors_configuration},
    {"IntelligentTieringConfigurations", .kind = MR_LIST,
     .members = intelligent_tiering_configuration},
    {"InventoryConfigurations", .kind = MR_LIST, .members = inventory_configuration},
    {"LifecycleConfiguration", .kind = MR_OBJECT, .members = lifecycle_configuration,
     .why = "objects do not expire here"},
    {"LoggingConfiguration", .kind = MR_OBJECT, .members = logging_configuration},
    {"MetadataConfiguration", .kind = MR_OBJECT, .members = metadata_configuration},
    {"MetadataTableConfiguration", .kind = MR_OBJECT, .members = metadata_table_configuration},
    {"MetricsConfigurations", .kind = MR_LIST, .members = metrics_configuration},
    {"NotificationConfiguration", .kind = MR_OBJECT, .members = notification_configuration,
     .why = "nobody is told of new objects here"},
    {"ObjectLockConfiguration", .kind = MR_OBJECT, .members = object_lock_configuration},
    {"ObjectLockEnabled", .kind = MR_BOOLEAN},
    {"OwnershipControls", .kind = MR_OBJECT, .members = ownership_controls,
     .why = "permissions are not checked here"},
    {"PublicAccessBlockConfiguration", .kind = MR_OBJECT,
     .members = public_access_block_configuration, .why = "permissions are not checked here"},
    {"ReplicationConfiguration", .kind = MR_OBJECT, .members = replication_configuration},
    {"Tags", .kind = MR_LIST, .members = tag_filter, .why = "tags are not kept here"},
    {"VersioningConfiguration", .kind = MR_OBJECT, .members = replica_modifications,
     .why = "an object that is written again replaces the old one here"},
    {"WebsiteConfiguration", .kind = MR_OBJECT, .members = website_configuration,
     .why = "there is no web site here; objects are plain files"},
    {0},
};

static const mr_attribute bucket_attributes[] = {
    {"Arn", "arn:$P:s3:::$N"},
    {"DomainName", "$N.s3.$S"},
    {"RegionalDomainName", "$N.s3.$R.$S"},
    {"DualStackDomainName", "$N.s3.dualstack.$R.$S"},
    {"WebsiteURL", "http://$N.s3-website-$R.$S"},
    {"MetadataConfiguration.Destination.TableBucketArn", "$L.MetadataConfiguration"},
    {"MetadataTableConfiguration.S3TablesDestination.TableArn", "$L.MetadataTableConfiguration"},
    {"MetadataTableConfiguration.S3TablesDestination.TableNamespace",
     "$L.MetadataTableConfiguration"},
    {0},
};

static const mr_resource_type bucket_type = {
    .name = "AWS::S3::Bucket",
    .properties = bucket,
    .attributes = bucket_attributes,
    .name_property = "BucketName",
    .shape = MR_NAME_LOWER,
    .name_max = 63,
};

static const mr_property bucket_policy[] = {
    {"Bucket", .kind = MR_TEXT, .required = true},
    {"PolicyDocument", .kind = MR_ANY, .required = true},
    {0},
};

static const mr_resource_type bucket_policy_type = {
    .name = "AWS::S3::BucketPolicy",
    .properties = bucket_policy,
    .ref = "$L",
    .warning = "permissions are not checked here",
};

const mr_resource_type *const mr_types_s3[] = {
    &bucket_type,
    &bucket_policy_type,
    NULL,
};
