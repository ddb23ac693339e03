/* lambda_shapes.c - see lambda_shapes.h. */
#include "src/api/lambda_shapes.h"

/* ---- rules that members share ---- */

/* A name, "name:qualifier", a partial or a full ARN. */
#define FUNCTION_RULES                                                                             \
    .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 140),                                    \
    .pattern = "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?"       \
               "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define QUALIFIER_RULES .range = MR_AWS_RANGE(1, 128), .pattern = "(|[a-zA-Z0-9$_-]+)"
#define ROLE_RULES      .pattern = "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"
#define RESOURCE_RULES                                                                             \
    .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 256),                                    \
    .pattern = "arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}(-gov)?-[a-z]+-\\d{1}:\\d{12}:(function:"       \
               "[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|event-source-mapping:[a-z0-9-]+)"
#define STATEMENT_RULES .range = MR_AWS_RANGE(1, 100), .pattern = "([a-zA-Z0-9-_]+)"
#define ANY             .presence = MR_AWS_OPTIONAL

#define FUNCTION_OF_PATH(in)                                                                       \
    {                                                                                              \
        "FunctionName", MR_AWS_STRING, offsetof(in, function_name), FUNCTION_RULES,                \
            .from = MR_AWS_FROM_PATH                                                               \
    }
#define QUALIFIER_OF_QUERY(in)                                                                     \
    {                                                                                              \
        "Qualifier", MR_AWS_STRING, offsetof(in, qualifier), QUALIFIER_RULES,                      \
            .from = MR_AWS_FROM_QUERY                                                              \
    }
#define PAGE_OF_QUERY(in)                                                                          \
    {"Marker", MR_AWS_STRING, offsetof(in, marker), ANY, .from = MR_AWS_FROM_QUERY},               \
    {                                                                                              \
        "MaxItems", MR_AWS_INTEGER, offsetof(in, max_items), .range = MR_AWS_RANGE(1, 10000),      \
                                                             .from = MR_AWS_FROM_QUERY             \
    }
#define TEXT(name, in, member)                                                                     \
    {                                                                                              \
        name, MR_AWS_STRING, offsetof(in, member), ANY                                             \
    }

static const char *const package_types[] = {"Zip", "Image", NULL};
static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const tracing_modes[] = {"Active", "PassThrough", NULL};
static const char *const snap_starts[] = {"PublishedVersions", "None", NULL};
static const char *const log_formats[] = {"JSON", "Text", NULL};
static const char *const application_levels[] = {"TRACE", "DEBUG", "INFO", "WARN",
                                                 "ERROR", "FATAL", NULL};
static const char *const system_levels[] = {"DEBUG", "INFO", "WARN", NULL};
static const char *const function_versions[] = {"ALL", NULL};
static const char *const invocation_types[] = {"Event", "RequestResponse", "DryRun", NULL};
static const char *const log_types[] = {"None", "Tail", NULL};
static const char *const url_auth_types[] = {"NONE", "AWS_IAM", NULL};

static const mr_aws_member text_item = {"member", MR_AWS_STRING, ANY};
static const mr_aws_member architecture_item = {"member", MR_AWS_STRING, .values = architectures};
static const mr_aws_member variable_name = {"key", MR_AWS_STRING,
                                            .pattern = "[a-zA-Z]([a-zA-Z0-9_])+"};
static const mr_aws_member tag_key = {"key", MR_AWS_STRING, .range = MR_AWS_RANGE(1, 128)};
static const mr_aws_member tag_value = {"member", MR_AWS_STRING, .range = MR_AWS_RANGE(0, 256)};

/* ---- structures ---- */

static const mr_aws_member code_rows[] = {
    {"ZipFile", MR_AWS_BLOB, offsetof(mr_lambda_code_in, zip_file), ANY},
    {"S3Bucket", MR_AWS_STRING, offsetof(mr_lambda_code_in, s3_bucket),
     .range = MR_AWS_RANGE(3, 63), .pattern = "[0-9A-Za-z\\.\\-_]*"},
    {"S3Key", MR_AWS_STRING, offsetof(mr_lambda_code_in, s3_key), .range = MR_AWS_RANGE(1, 1024)},
    {"S3ObjectVersion", MR_AWS_STRING, offsetof(mr_lambda_code_in, s3_object_version),
     .range = MR_AWS_RANGE(1, 1024)},
    TEXT("ImageUri", mr_lambda_code_in, image_uri),
};
static const mr_aws_shape code = MR_AWS_SHAPE(mr_lambda_code_in, code_rows);

static const mr_aws_member vpc_rows[] = {
    {"SubnetIds", MR_AWS_LIST, offsetof(mr_lambda_vpc_in, subnet_ids), .range = MR_AWS_RANGE(0, 16),
     .element = &text_item},
    {"SecurityGroupIds", MR_AWS_LIST, offsetof(mr_lambda_vpc_in, security_group_ids),
     .range = MR_AWS_RANGE(0, 5), .element = &text_item},
};
static const mr_aws_shape vpc = MR_AWS_SHAPE(mr_lambda_vpc_in, vpc_rows);

static const mr_aws_member dead_letter_rows[] = {
    {"TargetArn", MR_AWS_STRING, offsetof(mr_lambda_text_in, text),
     .pattern = "(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:"
                "(\\d{12})?:(.*))|()"},
};
static const mr_aws_shape dead_letter = MR_AWS_SHAPE(mr_lambda_text_in, dead_letter_rows);

static const mr_aws_member tracing_rows[] = {
    {"Mode", MR_AWS_STRING, offsetof(mr_lambda_text_in, text), .values = tracing_modes},
};
static const mr_aws_shape tracing = MR_AWS_SHAPE(mr_lambda_text_in, tracing_rows);

static const mr_aws_member snap_start_rows[] = {
    {"ApplyOn", MR_AWS_STRING, offsetof(mr_lambda_text_in, text), .values = snap_starts},
};
static const mr_aws_shape snap_start = MR_AWS_SHAPE(mr_lambda_text_in, snap_start_rows);

static const mr_aws_member environment_rows[] = {
    {"Variables", MR_AWS_MAP, offsetof(mr_lambda_environment_in, variables), .key = &variable_name,
     .element = &text_item},
};
static const mr_aws_shape environment = MR_AWS_SHAPE(mr_lambda_environment_in, environment_rows);

static const mr_aws_member storage_rows[] = {
    {"Size", MR_AWS_INTEGER, offsetof(mr_lambda_storage_in, size), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(512, 10240)},
};
static const mr_aws_shape storage = MR_AWS_SHAPE(mr_lambda_storage_in, storage_rows);

static const mr_aws_member logging_rows[] = {
    {"LogFormat", MR_AWS_STRING, offsetof(mr_lambda_logging_in, format), .values = log_formats},
    {"ApplicationLogLevel", MR_AWS_STRING, offsetof(mr_lambda_logging_in, application_level),
     .values = application_levels},
    {"SystemLogLevel", MR_AWS_STRING, offsetof(mr_lambda_logging_in, system_level),
     .values = system_levels},
    {"LogGroup", MR_AWS_STRING, offsetof(mr_lambda_logging_in, group),
     .range = MR_AWS_RANGE(1, 512), .pattern = "[\\.\\-_/#A-Za-z0-9]+"},
};
static const mr_aws_shape logging = MR_AWS_SHAPE(mr_lambda_logging_in, logging_rows);

/* ---- functions ---- */

/* role_presence: AWS wants one at creation. */
#define SETTINGS(in, role_presence)                                                                \
    TEXT("Runtime", in, settings.runtime),                                                         \
        {"Role", MR_AWS_STRING, offsetof(in, settings.role), .presence = (role_presence),          \
         ROLE_RULES},                                                                              \
        {"Handler", MR_AWS_STRING, offsetof(in, settings.handler), .range = MR_AWS_RANGE(0, 128),  \
         .pattern = "[^\\s]+"},                                                                    \
        {"Description", MR_AWS_STRING, offsetof(in, settings.description),                         \
         .range = MR_AWS_RANGE(0, 256)},                                                           \
        {"Timeout", MR_AWS_INTEGER, offsetof(in, settings.timeout),                                \
         .range = MR_AWS_RANGE(1, 900)},                                                           \
        {"MemorySize", MR_AWS_INTEGER, offsetof(in, settings.memory_size),                         \
         .range = MR_AWS_RANGE(128, 10240)},                                                       \
        {"VpcConfig", MR_AWS_STRUCTURE, offsetof(in, settings.vpc), .shape = &vpc},                \
        {"DeadLetterConfig", MR_AWS_STRUCTURE, offsetof(in, settings.dead_letter),                 \
         .shape = &dead_letter},                                                                   \
        {"Environment", MR_AWS_STRUCTURE, offsetof(in, settings.environment),                      \
         .shape = &environment},                                                                   \
        TEXT("KMSKeyArn", in, settings.kms_key_arn),                                               \
        {"TracingConfig", MR_AWS_STRUCTURE, offsetof(in, settings.tracing), .shape = &tracing},    \
        {"Layers", MR_AWS_LIST, offsetof(in, settings.layers), .element = &text_item},             \
        {"EphemeralStorage", MR_AWS_STRUCTURE, offsetof(in, settings.storage), .shape = &storage}, \
        {"SnapStart", MR_AWS_STRUCTURE, offsetof(in, settings.snap_start), .shape = &snap_start},  \
    {                                                                                              \
        "LoggingConfig", MR_AWS_STRUCTURE, offsetof(in, settings.logging), .shape = &logging       \
    }

#define ARCHITECTURES(in)                                                                          \
    {                                                                                              \
        "Architectures", MR_AWS_LIST, offsetof(in, architectures), .range = MR_AWS_RANGE(1, 1),    \
                                                                   .element = &architecture_item   \
    }
#define FLAG(name, in, member)                                                                     \
    {                                                                                              \
        name, MR_AWS_BOOLEAN, offsetof(in, member), ANY                                            \
    }

static const mr_aws_member create_function_rows[] = {
    {"FunctionName", MR_AWS_STRING, offsetof(mr_lambda_create_function_in, function_name),
     FUNCTION_RULES},
    SETTINGS(mr_lambda_create_function_in, MR_AWS_REQUIRED),
    {"Code", MR_AWS_STRUCTURE, offsetof(mr_lambda_create_function_in, code),
     .presence = MR_AWS_REQUIRED, .shape = &code},
    FLAG("Publish", mr_lambda_create_function_in, publish),
    {"PackageType", MR_AWS_STRING, offsetof(mr_lambda_create_function_in, package_type),
     .values = package_types},
    {"Tags", MR_AWS_MAP, offsetof(mr_lambda_create_function_in, tags), .key = &tag_key,
     .element = &tag_value},
    ARCHITECTURES(mr_lambda_create_function_in),
};
static const mr_aws_shape create_function =
    MR_AWS_SHAPE(mr_lambda_create_function_in, create_function_rows);
const mr_aws_input mr_lambda_create_function_input = {"CreateFunction", &create_function};

static const mr_aws_member update_code_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    {"ZipFile", MR_AWS_BLOB, offsetof(mr_lambda_update_code_in, code.zip_file), ANY},
    {"S3Bucket", MR_AWS_STRING, offsetof(mr_lambda_update_code_in, code.s3_bucket),
     .range = MR_AWS_RANGE(3, 63), .pattern = "[0-9A-Za-z\\.\\-_]*"},
    {"S3Key", MR_AWS_STRING, offsetof(mr_lambda_update_code_in, code.s3_key),
     .range = MR_AWS_RANGE(1, 1024)},
    {"S3ObjectVersion", MR_AWS_STRING, offsetof(mr_lambda_update_code_in, code.s3_object_version),
     .range = MR_AWS_RANGE(1, 1024)},
    TEXT("ImageUri", mr_lambda_update_code_in, code.image_uri),
    FLAG("Publish", mr_lambda_update_code_in, publish),
    FLAG("DryRun", mr_lambda_update_code_in, dry_run),
    TEXT("RevisionId", mr_lambda_update_code_in, revision_id),
    ARCHITECTURES(mr_lambda_update_code_in),
};
static const mr_aws_shape update_code = MR_AWS_SHAPE(mr_lambda_update_code_in, update_code_rows);
const mr_aws_input mr_lambda_update_code_input = {"UpdateFunctionCode", &update_code};

static const mr_aws_member update_configuration_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    SETTINGS(mr_lambda_update_configuration_in, MR_AWS_OPTIONAL),
    TEXT("RevisionId", mr_lambda_update_configuration_in, revision_id),
};
static const mr_aws_shape update_configuration =
    MR_AWS_SHAPE(mr_lambda_update_configuration_in, update_configuration_rows);
const mr_aws_input mr_lambda_update_configuration_input = {"UpdateFunctionConfiguration",
                                                           &update_configuration};

static const mr_aws_member name_rows[] = {FUNCTION_OF_PATH(mr_lambda_name_in)};
static const mr_aws_shape name_alone = MR_AWS_SHAPE(mr_lambda_name_in, name_rows);
const mr_aws_input mr_lambda_delete_concurrency_input = {"DeleteFunctionConcurrency", &name_alone};
const mr_aws_input mr_lambda_get_code_signing_input = {"GetFunctionCodeSigningConfig", &name_alone};
const mr_aws_input mr_lambda_get_concurrency_input = {"GetFunctionConcurrency", &name_alone};

static const mr_aws_member qualified_rows[] = {FUNCTION_OF_PATH(mr_lambda_name_in),
                                               QUALIFIER_OF_QUERY(mr_lambda_name_in)};
static const mr_aws_shape qualified = MR_AWS_SHAPE(mr_lambda_name_in, qualified_rows);
const mr_aws_input mr_lambda_delete_function_input = {"DeleteFunction", &qualified};
const mr_aws_input mr_lambda_get_configuration_input = {"GetFunctionConfiguration", &qualified};
const mr_aws_input mr_lambda_get_function_input = {"GetFunction", &qualified};
const mr_aws_input mr_lambda_get_policy_input = {"GetPolicy", &qualified};

static const mr_aws_member list_rows[] = {
    PAGE_OF_QUERY(mr_lambda_list_in),
    {"FunctionVersion", MR_AWS_STRING, offsetof(mr_lambda_list_in, function_version),
     .values = function_versions, .from = MR_AWS_FROM_QUERY},
};
static const mr_aws_shape list = MR_AWS_SHAPE(mr_lambda_list_in, list_rows);
const mr_aws_input mr_lambda_list_functions_input = {"ListFunctions", &list};

static const mr_aws_member download_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    {"RevisionId", MR_AWS_STRING, offsetof(mr_lambda_download_in, revision), ANY,
     .from = MR_AWS_FROM_PATH},
};
static const mr_aws_shape download = MR_AWS_SHAPE(mr_lambda_download_in, download_rows);
const mr_aws_input mr_lambda_download_input = {"GetFunctionCode", &download};

/* ---- versions, invocations ---- */

static const mr_aws_member list_versions_rows[] = {FUNCTION_OF_PATH(mr_lambda_name_in),
                                                   PAGE_OF_QUERY(mr_lambda_list_versions_in)};
static const mr_aws_shape list_versions =
    MR_AWS_SHAPE(mr_lambda_list_versions_in, list_versions_rows);
const mr_aws_input mr_lambda_list_versions_input = {"ListVersionsByFunction", &list_versions};

static const mr_aws_member publish_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    TEXT("CodeSha256", mr_lambda_publish_in, code_sha256),
    {"Description", MR_AWS_STRING, offsetof(mr_lambda_publish_in, description),
     .range = MR_AWS_RANGE(0, 256)},
    TEXT("RevisionId", mr_lambda_publish_in, revision_id),
};
static const mr_aws_shape publish = MR_AWS_SHAPE(mr_lambda_publish_in, publish_rows);
const mr_aws_input mr_lambda_publish_version_input = {"PublishVersion", &publish};

static const mr_aws_member invoke_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    QUALIFIER_OF_QUERY(mr_lambda_name_in),
    {"InvocationType", MR_AWS_STRING, offsetof(mr_lambda_invoke_in, invocation_type),
     .values = invocation_types, .from = MR_AWS_FROM_HEADER, .wire = "X-Amz-Invocation-Type"},
    {"LogType", MR_AWS_STRING, offsetof(mr_lambda_invoke_in, log_type), .values = log_types,
     .from = MR_AWS_FROM_HEADER, .wire = "X-Amz-Log-Type"},
    {"ClientContext", MR_AWS_STRING, offsetof(mr_lambda_invoke_in, client_context),
     .range = MR_AWS_RANGE(0, 3583), .from = MR_AWS_FROM_HEADER, .wire = "X-Amz-Client-Context"},
    {"Payload", MR_AWS_BLOB, offsetof(mr_lambda_invoke_in, payload), ANY,
     .from = MR_AWS_FROM_PAYLOAD},
};
static const mr_aws_shape invoke = MR_AWS_SHAPE(mr_lambda_invoke_in, invoke_rows);
const mr_aws_input mr_lambda_invoke_input = {"Invoke", &invoke};

/* ---- permissions, tags, concurrency ---- */

static const mr_aws_member add_permission_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    QUALIFIER_OF_QUERY(mr_lambda_name_in),
    {"StatementId", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, statement_id),
     .presence = MR_AWS_REQUIRED, STATEMENT_RULES},
    {"Action", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, action),
     .presence = MR_AWS_REQUIRED, .pattern = "(lambda:[*]|lambda:[a-zA-Z]+|[*])"},
    {"Principal", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, principal),
     .presence = MR_AWS_REQUIRED, .pattern = "[^\\s]+"},
    {"SourceArn", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, source_arn),
     .pattern = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:"
                "(\\d{12})?:(.*)"},
    {"SourceAccount", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, source_account),
     .pattern = "\\d{12}"},
    {"EventSourceToken", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, event_source_token),
     .range = MR_AWS_RANGE(0, 256), .pattern = "[a-zA-Z0-9._\\-]+"},
    {"PrincipalOrgID", MR_AWS_STRING, offsetof(mr_lambda_add_permission_in, principal_org_id),
     .range = MR_AWS_RANGE(12, 34), .pattern = "o-[a-z0-9]{10,32}"},
    {"FunctionUrlAuthType", MR_AWS_STRING,
     offsetof(mr_lambda_add_permission_in, function_url_auth_type), .values = url_auth_types},
};
static const mr_aws_shape add_permission =
    MR_AWS_SHAPE(mr_lambda_add_permission_in, add_permission_rows);
const mr_aws_input mr_lambda_add_permission_input = {"AddPermission", &add_permission};

static const mr_aws_member remove_permission_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    {"StatementId", MR_AWS_STRING, offsetof(mr_lambda_remove_permission_in, statement_id),
     STATEMENT_RULES, .from = MR_AWS_FROM_PATH},
    QUALIFIER_OF_QUERY(mr_lambda_name_in),
};
static const mr_aws_shape remove_permission =
    MR_AWS_SHAPE(mr_lambda_remove_permission_in, remove_permission_rows);
const mr_aws_input mr_lambda_remove_permission_input = {"RemovePermission", &remove_permission};

#define RESOURCE_OF_PATH                                                                           \
    {                                                                                              \
        "Resource", MR_AWS_STRING, offsetof(mr_lambda_tags_in, resource), RESOURCE_RULES,          \
            .from = MR_AWS_FROM_PATH, .wire = "ARN"                                                \
    }

static const mr_aws_member list_tags_rows[] = {RESOURCE_OF_PATH};
static const mr_aws_shape list_tags = MR_AWS_SHAPE(mr_lambda_tags_in, list_tags_rows);
const mr_aws_input mr_lambda_list_tags_input = {"ListTags", &list_tags};

static const mr_aws_member tag_rows[] = {
    RESOURCE_OF_PATH,
    {"Tags", MR_AWS_MAP, offsetof(mr_lambda_tags_in, tags), .presence = MR_AWS_REQUIRED,
     .key = &tag_key, .element = &tag_value},
};
static const mr_aws_shape tag = MR_AWS_SHAPE(mr_lambda_tags_in, tag_rows);
const mr_aws_input mr_lambda_tag_resource_input = {"TagResource", &tag};

static const mr_aws_member untag_rows[] = {
    RESOURCE_OF_PATH,
    {"TagKeys", MR_AWS_LIST, offsetof(mr_lambda_tags_in, tag_keys), .presence = MR_AWS_REQUIRED,
     .element = &tag_key, .from = MR_AWS_FROM_QUERY, .wire = "tagKeys"},
};
static const mr_aws_shape untag = MR_AWS_SHAPE(mr_lambda_tags_in, untag_rows);
const mr_aws_input mr_lambda_untag_resource_input = {"UntagResource", &untag};

static const mr_aws_member concurrency_rows[] = {
    FUNCTION_OF_PATH(mr_lambda_name_in),
    {"ReservedConcurrentExecutions", MR_AWS_INTEGER, offsetof(mr_lambda_concurrency_in, reserved),
     .presence = MR_AWS_REQUIRED, .range = MR_AWS_AT_LEAST(0)},
};
static const mr_aws_shape concurrency = MR_AWS_SHAPE(mr_lambda_concurrency_in, concurrency_rows);
const mr_aws_input mr_lambda_put_concurrency_input = {"PutFunctionConcurrency", &concurrency};

static const mr_aws_shape nothing = {.size = sizeof(mr_lambda_nothing_in)};
const mr_aws_input mr_lambda_get_account_settings_input = {"GetAccountSettings", &nothing};
