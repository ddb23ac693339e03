/*
 * schema_iam.c - IAM: the properties that AWS knows, and what becomes of them here.
 *
 * Source: the public CloudFormation resource schemas. See schema.h for how to read a row.
 */
#include "src/config/schema.h"

static const mr_property policy[] = {
    {"PolicyDocument", .kind = MR_ANY, .required = true},
    {"PolicyName", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property tag[] = {
    {"Key", .kind = MR_TEXT, .required = true},
    {"Value", .kind = MR_TEXT, .required = true},
    {0},
};

static const mr_property role[] = {
    {"AssumeRolePolicyDocument", .kind = MR_ANY, .required = true},
    {"Description", .kind = MR_TEXT},
    {"ManagedPolicyArns", .kind = MR_LIST},
    {"MaxSessionDuration", .kind = MR_INTEGER},
    {"Path", .kind = MR_TEXT},
    {"PermissionsBoundary", .kind = MR_TEXT},
    {"Policies", .kind = MR_LIST, .members = policy},
    {"RoleName", .kind = MR_TEXT},
    {"Tags", .kind = MR_LIST, .members = tag},
    {0},
};

static const mr_attribute role_attributes[] = {
    {"Arn", "arn:$P:iam::$A:role/$N"},
    {"RoleId", "AROA$L"},
    {0},
};

static const mr_resource_type role_type = {
    .name = "AWS::IAM::Role",
    .properties = role,
    .attributes = role_attributes,
    .name_property = "RoleName",
    .name_max = 64,
    .warning = "permissions are not checked here",
};

static const mr_property policy_2[] = {
    {"Groups", .kind = MR_LIST},
    {"PolicyDocument", .kind = MR_ANY, .required = true},
    {"PolicyName", .kind = MR_TEXT, .required = true},
    {"Roles", .kind = MR_LIST},
    {"Users", .kind = MR_LIST},
    {0},
};

static const mr_attribute policy_attributes[] = {
    {"Id", "$L"},
    {0},
};

static const mr_resource_type policy_type = {
    .name = "AWS::IAM::Policy",
    .properties = policy_2,
    .attributes = policy_attributes,
    .name_property = "PolicyName",
    .ref = "$L",
    .warning = "permissions are not checked here",
};

static const mr_property managed_policy[] = {
    {"Description", .kind = MR_TEXT},
    {"Groups", .kind = MR_LIST},
    {"ManagedPolicyName", .kind = MR_TEXT},
    {"Path", .kind = MR_TEXT},
    {"PolicyDocument", .kind = MR_ANY, .required = true},
    {"Roles", .kind = MR_LIST},
    {"Users", .kind = MR_LIST},
    {0},
};

static const mr_attribute managed_policy_attributes[] = {
    {"PolicyArn", "arn:$P:iam::$A:policy/$N"},
    {"AttachmentCount", "0"},
    {"CreateDate", "2025-01-01T00:00:00Z"},
    {"DefaultVersionId", "v1"},
    {"IsAttachable", "true"},
    {"PermissionsBoundaryUsageCount", "0"},
    {"PolicyId", "ANPA$L"},
    {"UpdateDate", "2025-01-01T00:00:00Z"},
    {0},
};

static const mr_resource_type managed_policy_type = {
    .name = "AWS::IAM::ManagedPolicy",
    .properties = managed_policy,
    .attributes = managed_policy_attributes,
    .name_property = "ManagedPolicyName",
    .ref = "arn:$P:iam::$A:policy/$N",
    .warning = "permissions are not checked here",
};

static const mr_property instance_profile[] = {
    {"InstanceProfileName", .kind = MR_TEXT},
    {"Path", .kind = MR_TEXT},
    {"Roles", .kind = MR_LIST, .required = true},
    {0},
};

static const mr_attribute instance_profile_attributes[] = {
    {"Arn", "arn:$P:iam::$A:instance-profile/$N"},
    {0},
};

static const mr_resource_type instance_profile_type = {
    .name = "AWS::IAM::InstanceProfile",
    .properties = instance_profile,
    .attributes = instance_profile_attributes,
    .name_property = "InstanceProfileName",
    .warning = "permissions are not checked here",
};

static const mr_property login_profile[] = {
    {"Password", .kind = MR_TEXT, .required = true},
    {"PasswordResetRequired", .kind = MR_BOOLEAN},
    {0},
};

static const mr_property user[] = {
    {"Groups", .kind = MR_LIST},
    {"LoginProfile", .kind = MR_OBJECT, .members = login_profile},
    {"ManagedPolicyArns", .kind = MR_LIST},
    {"Path", .kind = MR_TEXT},
    {"PermissionsBoundary", .kind = MR_TEXT},
    {"Policies", .kind = MR_LIST, .members = policy},
    {"Tags", .kind = MR_LIST, .members = tag},
    {"UserName", .kind = MR_TEXT},
    {0},
};

static const mr_attribute user_attributes[] = {
    {"Arn", "arn:$P:iam::$A:user/$N"},
    {0},
};

static const mr_resource_type user_type = {
    .name = "AWS::IAM::User",
    .properties = user,
    .attributes = user_attributes,
    .name_property = "UserName",
    .name_max = 64,
    .warning = "permissions are not checked here",
};

const mr_resource_type *const mr_types_iam[] = {
    &role_type, &policy_type, &managed_policy_type, &instance_profile_type, &user_type, NULL,
};
