/*
 * lambda_shapes.h - what the operations of Lambda take: one struct and one table each.
 *
 * A handler is given its struct decoded and validated. A zeroed member is absent (src/aws/shape.h).
 * Members in the path and the query stand in the tables too (src/aws/rest.h).
 *
 * Source: Lambda API Reference, 2015-03-31, and its model.
 */
#ifndef MR_SRC_API_LAMBDA_SHAPES_H
#define MR_SRC_API_LAMBDA_SHAPES_H

#include "src/aws/shape.h"

/* What operations on one function have in common: always the first members of their structs. */
typedef struct mr_lambda_name_in {
    bool has;
    mr_bytes function_name;
    mr_bytes qualifier; /* of those that take one */
} mr_lambda_name_in;

/* ---- functions ---- */

typedef struct mr_lambda_code_in {
    bool has;
    mr_bytes zip_file, s3_bucket, s3_key, s3_object_version, image_uri;
} mr_lambda_code_in;

typedef struct mr_lambda_text_in { /* a structure of one text */
    bool has;
    mr_bytes text;
} mr_lambda_text_in;

typedef struct mr_lambda_environment_in {
    bool has;
    mr_aws_map variables;
} mr_lambda_environment_in;

typedef struct mr_lambda_storage_in {
    bool has;
    mr_aws_number size;
} mr_lambda_storage_in;

typedef struct mr_lambda_logging_in {
    bool has;
    mr_bytes format, application_level, system_level, group;
} mr_lambda_logging_in;

typedef struct mr_lambda_vpc_in {
    bool has;
    mr_aws_list subnet_ids, security_group_ids;
} mr_lambda_vpc_in;

/* The settings that CreateFunction and UpdateFunctionConfiguration share. */
typedef struct mr_lambda_settings_in {
    mr_bytes runtime, role, handler, description, kms_key_arn;
    mr_aws_number timeout, memory_size;
    mr_lambda_vpc_in vpc;
    mr_lambda_text_in dead_letter, tracing, snap_start;
    mr_lambda_environment_in environment;
    mr_lambda_storage_in storage;
    mr_lambda_logging_in logging;
    mr_aws_list layers;
} mr_lambda_settings_in;

typedef struct mr_lambda_create_function_in {
    bool has;
    mr_bytes function_name;
    mr_lambda_settings_in settings;
    mr_lambda_code_in code;
    mr_bytes package_type;
    mr_aws_flag publish;
    mr_aws_map tags;
    mr_aws_list architectures;
} mr_lambda_create_function_in;

typedef struct mr_lambda_update_code_in {
    mr_lambda_name_in name;
    mr_lambda_code_in code; /* its members stand in the body itself; `has` is not set */
    mr_aws_list architectures;
    mr_aws_flag publish, dry_run;
    mr_bytes revision_id;
} mr_lambda_update_code_in;

typedef struct mr_lambda_update_configuration_in {
    mr_lambda_name_in name;
    mr_lambda_settings_in settings;
    mr_bytes revision_id;
} mr_lambda_update_configuration_in;

typedef struct mr_lambda_list_in {
    bool has;
    mr_bytes marker, function_version;
    mr_aws_number max_items;
} mr_lambda_list_in;

typedef struct mr_lambda_download_in {
    mr_lambda_name_in name;
    mr_bytes revision;
} mr_lambda_download_in;

/* ---- versions, invocations ---- */

typedef struct mr_lambda_list_versions_in {
    mr_lambda_name_in name;
    mr_bytes marker;
    mr_aws_number max_items;
} mr_lambda_list_versions_in;

typedef struct mr_lambda_publish_in {
    mr_lambda_name_in name;
    mr_bytes code_sha256, description, revision_id;
} mr_lambda_publish_in;

typedef struct mr_lambda_invoke_in {
    mr_lambda_name_in name;
    mr_bytes invocation_type, log_type, client_context, payload;
} mr_lambda_invoke_in;

/* ---- permissions, tags, concurrency ---- */

typedef struct mr_lambda_add_permission_in {
    mr_lambda_name_in name;
    mr_bytes statement_id, action, principal, source_arn, source_account, event_source_token;
    mr_bytes principal_org_id, function_url_auth_type;
} mr_lambda_add_permission_in;

typedef struct mr_lambda_remove_permission_in {
    mr_lambda_name_in name;
    mr_bytes statement_id;
} mr_lambda_remove_permission_in;

typedef struct mr_lambda_tags_in {
    bool has;
    mr_bytes resource;
    mr_aws_map tags;      /* of TagResource */
    mr_aws_list tag_keys; /* of UntagResource */
} mr_lambda_tags_in;

typedef struct mr_lambda_concurrency_in {
    mr_lambda_name_in name;
    mr_aws_number reserved;
} mr_lambda_concurrency_in;

typedef struct mr_lambda_nothing_in {
    bool has;
} mr_lambda_nothing_in;

/* ---- operations ---- */

extern const mr_aws_input mr_lambda_add_permission_input;
extern const mr_aws_input mr_lambda_create_function_input;
extern const mr_aws_input mr_lambda_delete_concurrency_input;
extern const mr_aws_input mr_lambda_delete_function_input;
extern const mr_aws_input mr_lambda_download_input;
extern const mr_aws_input mr_lambda_get_account_settings_input;
extern const mr_aws_input mr_lambda_get_code_signing_input;
extern const mr_aws_input mr_lambda_get_concurrency_input;
extern const mr_aws_input mr_lambda_get_configuration_input;
extern const mr_aws_input mr_lambda_get_function_input;
extern const mr_aws_input mr_lambda_get_policy_input;
extern const mr_aws_input mr_lambda_invoke_input;
extern const mr_aws_input mr_lambda_list_functions_input;
extern const mr_aws_input mr_lambda_list_tags_input;
extern const mr_aws_input mr_lambda_list_versions_input;
extern const mr_aws_input mr_lambda_publish_version_input;
extern const mr_aws_input mr_lambda_put_concurrency_input;
extern const mr_aws_input mr_lambda_remove_permission_input;
extern const mr_aws_input mr_lambda_tag_resource_input;
extern const mr_aws_input mr_lambda_untag_resource_input;
extern const mr_aws_input mr_lambda_update_code_input;
extern const mr_aws_input mr_lambda_update_configuration_input;

#endif
