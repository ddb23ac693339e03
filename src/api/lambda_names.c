/* lambda_names.c - how a request names a function. See lambda_private.h. */
#include "src/api/lambda_private.h"

const char *mr_lambda_text(const mr_api_call *call, mr_bytes text)
{
    return text.at == NULL ? NULL : mr_arena_copy(call->arena, text);
}

static bool take_prefix(mr_bytes *text, const char *prefix)
{
    const mr_bytes p = mr_bytes_of(prefix);
    if (!mr_bytes_starts_with(*text, p)) {
        return false;
    }
    *text = mr_bytes_make(text->at + p.len, text->len - p.len);
    return true;
}

/* "name", "name:q", "function:name:q", "<account>:function:name:q", a whole ARN of this region and
 * account; what is of another one stays as it is, and is not found. */
mr_code mr_lambda_name_read(const mr_api_call *call, mr_bytes function_name, mr_bytes qualifier,
                            mr_lambda_name *out, mr_error *err)
{
    const char *region = mr_streams_region(call->streams);
    const char *account = mr_streams_account(call->streams);
    mr_bytes rest = function_name;
    *out = (mr_lambda_name){.name = "", .arn = ""};
    const char *full =
        mr_arena_format(call->arena, "arn:aws:lambda:%s:%s:function:", region, account);
    const char *partial = mr_arena_format(call->arena, "%s:function:", account);
    if (!take_prefix(&rest, full) && !take_prefix(&rest, partial)) {
        (void)take_prefix(&rest, "function:");
    }
    bool is_ours = !mr_bytes_starts_with(rest, MR_BYTES_LITERAL("arn:"));
    const size_t colon = is_ours ? mr_bytes_find(rest, ':') : rest.len;
    const mr_bytes name = mr_bytes_make(rest.at, colon);
    const mr_bytes derived = colon < rest.len
                                 ? mr_bytes_make(rest.at + colon + 1, rest.len - colon - 1)
                                 : (mr_bytes){NULL, 0};
    if (derived.len > 0 && qualifier.len > 0 && !mr_bytes_equal(derived, qualifier)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "The derived qualifier from the function name does not match the "
                            "specified qualifier.");
    }
    const mr_bytes given = derived.len > 0 ? derived : qualifier;
    out->name = mr_arena_copy(call->arena, name);
    out->qualifier = given.len > 0 ? mr_arena_copy(call->arena, given) : NULL;
    out->arn = mr_arena_format(call->arena, "%s%s%s%s", is_ours ? full : "", out->name,
                               out->qualifier != NULL ? ":" : "",
                               out->qualifier != NULL ? out->qualifier : "");
    return MR_OK;
}

mr_code mr_lambda_name_find(const mr_api_call *call, const mr_lambda_name *name, bool latest_shown,
                            mr_lambda_version **out, mr_error *err)
{
    mr_lambda_function *function =
        mr_lambda_find(mr_sim_lambda(call->sim), mr_bytes_of(name->name));
    *out = NULL;
    if (function != NULL) {
        *out = name->qualifier == NULL
                   ? mr_lambda_latest(function)
                   : mr_lambda_version_of(function, mr_bytes_of(name->qualifier));
    }
    if (*out != NULL) {
        return MR_OK;
    }
    bool shows = latest_shown && name->qualifier == NULL;
    return mr_error_set(err, MR_FUNCTION_NOT_FOUND, "Function not found: %.400s%s", name->arn,
                        shows ? ":$LATEST" : "");
}

mr_code mr_lambda_find_version(const mr_api_call *call, const mr_lambda_name_in *in,
                               mr_lambda_version **out, mr_error *err)
{
    mr_lambda_name name;
    mr_code code = mr_lambda_name_read(call, in->function_name, in->qualifier, &name, err);
    return code == MR_OK ? mr_lambda_name_find(call, &name, false, out, err) : code;
}

mr_code mr_lambda_find_function(const mr_api_call *call, const mr_lambda_name_in *in,
                                mr_lambda_function **out, mr_error *err)
{
    mr_lambda_name name;
    mr_lambda_version *version = NULL;
    mr_code code = mr_lambda_name_read(call, in->function_name, in->qualifier, &name, err);
    if (code == MR_OK) {
        code = mr_lambda_name_find(call, &name, false, &version, err);
    }
    if (code == MR_OK) {
        *out = mr_lambda_version_owner(version);
    }
    return code;
}
