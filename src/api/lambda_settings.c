/* lambda_settings.c - tags, concurrency, and what is asked of the account. See lambda_private.h. */
#include "sim/base/alloc.h"
#include "sim/lambda/lambda_tags.h"
#include "src/api/lambda_private.h"

/* Source: Lambda Developer Guide, "Quotas". */
#define ACCOUNT_CODE_BYTES  INT64_C(80530636800)
#define ACCOUNT_CONCURRENCY MR_FUNCTION_CONCURRENCY_MAX

/* ---- tags ---- */

static mr_code find_resource(const mr_api_call *call, mr_bytes arn, mr_lambda_function **out,
                             mr_error *err)
{
    const mr_lambda_name_in in = {.has = true, .function_name = arn};
    return mr_lambda_find_function(call, &in, out, err);
}

static void on_tag(void *context, const mr_lambda_tag *tag)
{
    mr_aws_field_text(context, tag->key, tag->value);
}

mr_code mr_lambda_op_list_tags(mr_api_call *call, mr_error *err)
{
    const mr_lambda_tags_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = find_resource(call, in->resource, &function, err);
    if (code != MR_OK) {
        return code;
    }
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "Tags");
    mr_aws_object_open(call->out);
    code = mr_lambda_each_tag(function, on_tag, call->out, err);
    mr_aws_object_close(call->out);
    mr_aws_object_close(call->out);
    return code;
}

mr_code mr_lambda_op_tag_resource(mr_api_call *call, mr_error *err)
{
    const mr_lambda_tags_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = find_resource(call, in->resource, &function, err);
    if (code != MR_OK) {
        return code;
    }
    mr_lambda_tag *tags = mr_arena_alloc(call->arena, (in->tags.count + 1) * sizeof(*tags));
    for (size_t i = 0; i < in->tags.count; i++) {
        tags[i] = (mr_lambda_tag){mr_lambda_text(call, in->tags.entries[i].key),
                                  mr_lambda_text(call, in->tags.entries[i].value)};
    }
    return mr_lambda_add_tags(function, tags, in->tags.count, err);
}

mr_code mr_lambda_op_untag_resource(mr_api_call *call, mr_error *err)
{
    const mr_lambda_tags_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = find_resource(call, in->resource, &function, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_bytes *given = in->tag_keys.items;
    const char **keys = mr_arena_alloc(call->arena, (in->tag_keys.count + 1) * sizeof(*keys));
    for (size_t i = 0; i < in->tag_keys.count; i++) {
        keys[i] = mr_lambda_text(call, given[i]);
    }
    return mr_lambda_remove_tags(function, keys, in->tag_keys.count, err);
}

/* ---- concurrency ---- */

mr_code mr_lambda_op_put_concurrency(mr_api_call *call, mr_error *err)
{
    const mr_lambda_concurrency_in *in = call->in;
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, &in->name, &function, err);
    if (code == MR_OK) {
        code = mr_lambda_reserve(function, (int32_t)in->reserved.value, err);
    }
    if (code == MR_OK) {
        mr_aws_object_open(call->out);
        mr_aws_field_integer(call->out, "ReservedConcurrentExecutions", in->reserved.value);
        mr_aws_object_close(call->out);
    }
    return code;
}

mr_code mr_lambda_op_get_concurrency(mr_api_call *call, mr_error *err)
{
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, call->in, &function, err);
    if (code == MR_OK) {
        mr_aws_object_open(call->out);
        if (mr_lambda_reserved(function) >= 0) {
            mr_aws_field_integer(call->out, "ReservedConcurrentExecutions",
                                 mr_lambda_reserved(function));
        }
        mr_aws_object_close(call->out);
    }
    return code;
}

mr_code mr_lambda_op_delete_concurrency(mr_api_call *call, mr_error *err)
{
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, call->in, &function, err);
    return code == MR_OK ? mr_lambda_reserve(function, -1, err) : code;
}

/* ---- the account, and what is not here ---- */

mr_code mr_lambda_op_get_account_settings(mr_api_call *call, mr_error *err)
{
    (void)err;
    size_t count;
    int64_t code_bytes = 0, reserved = 0;
    mr_lambda_function **functions = mr_lambda_list(mr_sim_lambda(call->sim), &count);
    for (size_t i = 0; i < count; i++) {
        code_bytes += mr_lambda_version_view(mr_lambda_latest(functions[i])).code_bytes;
        reserved += mr_lambda_reserved(functions[i]) > 0 ? mr_lambda_reserved(functions[i]) : 0;
    }
    mr_free(functions);
    mr_aws_writer *out = call->out;
    mr_aws_object_open(out);
    mr_aws_key(out, "AccountLimit");
    mr_aws_object_open(out);
    mr_aws_field_integer(out, "TotalCodeSize", ACCOUNT_CODE_BYTES);
    mr_aws_field_integer(out, "CodeSizeUnzipped", MR_CODE_BYTES_MAX);
    mr_aws_field_integer(out, "CodeSizeZipped", MR_LAMBDA_ZIP_BYTES_MAX);
    mr_aws_field_integer(out, "ConcurrentExecutions", ACCOUNT_CONCURRENCY);
    mr_aws_field_integer(out, "UnreservedConcurrentExecutions", ACCOUNT_CONCURRENCY - reserved);
    mr_aws_object_close(out);
    mr_aws_key(out, "AccountUsage");
    mr_aws_object_open(out);
    mr_aws_field_integer(out, "TotalCodeSize", code_bytes);
    mr_aws_field_integer(out, "FunctionCount", (int64_t)count);
    mr_aws_object_close(out);
    mr_aws_object_close(out);
    return MR_OK;
}

/* Code is not signed here: a function without a configuration has its name alone. */
mr_code mr_lambda_op_get_code_signing(mr_api_call *call, mr_error *err)
{
    mr_lambda_function *function = NULL;
    mr_code code = mr_lambda_find_function(call, call->in, &function, err);
    if (code == MR_OK) {
        mr_aws_object_open(call->out);
        mr_aws_field_text(call->out, "FunctionName", mr_lambda_function_name(function));
        mr_aws_object_close(call->out);
    }
    return code;
}
