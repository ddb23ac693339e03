/* lambda_settings.c - what a function is asked beside its code: GetFunctionCodeSigningConfig. See
 * lambda_private.h. */
#include "src/api/lambda_private.h"

/* Code is not signed here: a function without a configuration has its name alone. */
mr_code mr_lambda_get_code_signing(mr_api_call *call, mr_error *err)
{
    const mr_lambda_name_in *in = call->in;
    mr_function *function = NULL;
    mr_code code = mr_lambda_find(call, in->function_name, &function, err);
    if (code == MR_OK) {
        mr_aws_object_open(call->out);
        mr_aws_field_text(call->out, "FunctionName", mr_function_name(function));
        mr_aws_object_close(call->out);
    }
    return code;
}
