/* lambda_names.c - how a request names a function. See lambda_private.h. */
#include "src/api/lambda_private.h"

mr_code mr_lambda_find(const mr_api_call *call, mr_bytes name, mr_function **out, mr_error *err)
{
    const char *text = mr_arena_copy(call->arena, name);
    *out = mr_functions_find(mr_sim_functions(call->sim), text);
    if (*out != NULL) {
        return MR_OK;
    }
    return mr_error_set(err, MR_FUNCTION_NOT_FOUND,
                        "Function not found: arn:aws:lambda:%s:%s:function:%s",
                        mr_streams_region(call->streams), mr_streams_account(call->streams), text);
}
