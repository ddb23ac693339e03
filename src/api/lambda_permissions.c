/* lambda_permissions.c - AddPermission, GetPolicy, RemovePermission. See lambda_private.h. */
#include "sim/lambda/lambda_policy.h"
#include "src/api/lambda_private.h"

/* The function that the policy is of, and the qualifier under which it is kept. */
static mr_code find(const mr_api_call *call, const mr_lambda_name_in *in,
                    mr_lambda_function **function, const char **qualifier, mr_error *err)
{
    mr_lambda_name name;
    mr_code code = mr_lambda_find_function(call, in, function, err);
    if (code == MR_OK) {
        code = mr_lambda_name_read(call, in->function_name, in->qualifier, &name, err);
    }
    if (code == MR_OK) {
        *qualifier = name.qualifier == NULL ? "" : name.qualifier;
    }
    return code;
}

mr_code mr_lambda_op_add_permission(mr_api_call *call, mr_error *err)
{
    const mr_lambda_add_permission_in *in = call->in;
    const mr_lambda_permission permission = {
        .statement_id = mr_lambda_text(call, in->statement_id),
        .action = mr_lambda_text(call, in->action),
        .principal = mr_lambda_text(call, in->principal),
        .source_arn = mr_lambda_text(call, in->source_arn),
        .source_account = mr_lambda_text(call, in->source_account),
        .organization = mr_lambda_text(call, in->principal_org_id),
        .token = mr_lambda_text(call, in->event_source_token),
        .url_auth = mr_lambda_text(call, in->function_url_auth_type),
    };
    mr_lambda_function *function = NULL;
    const char *qualifier = NULL;
    mr_strbuf statement = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_code code = find(call, &in->name, &function, &qualifier, err);
    if (code == MR_OK) {
        code = mr_lambda_add_permission(function, qualifier, &permission, &statement, err);
    }
    if (code == MR_OK) {
        mr_aws_object_open(call->out);
        mr_aws_field_string(call->out, "Statement", mr_strbuf_bytes(&statement));
        mr_aws_object_close(call->out);
    }
    mr_strbuf_deinit(&statement);
    return code;
}

mr_code mr_lambda_op_get_policy(mr_api_call *call, mr_error *err)
{
    mr_lambda_function *function = NULL;
    const char *qualifier = NULL;
    mr_strbuf policy = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_code code = find(call, call->in, &function, &qualifier, err);
    if (code == MR_OK) {
        code = mr_lambda_policy(function, qualifier, &policy, err);
    }
    if (code == MR_OK) {
        const mr_lambda_view view = mr_lambda_version_view(mr_lambda_latest(function));
        mr_aws_object_open(call->out);
        mr_aws_field_string(call->out, "Policy", mr_strbuf_bytes(&policy));
        mr_aws_field_text(call->out, "RevisionId", view.revision);
        mr_aws_object_close(call->out);
    }
    mr_strbuf_deinit(&policy);
    return code;
}

mr_code mr_lambda_op_remove_permission(mr_api_call *call, mr_error *err)
{
    const mr_lambda_remove_permission_in *in = call->in;
    mr_lambda_function *function = NULL;
    const char *qualifier = NULL;
    mr_code code = find(call, &in->name, &function, &qualifier, err);
    return code == MR_OK ? mr_lambda_remove_permission(function, qualifier,
                                                       mr_lambda_text(call, in->statement_id), err)
                         : code;
}
