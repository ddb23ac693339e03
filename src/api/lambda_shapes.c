/* lambda_shapes.c - see lambda_shapes.h. */
#include "src/api/lambda_shapes.h"

/* ---- rules that members share ---- */

/* A name, "name:qualifier", a partial or a full ARN. */
#define FUNCTION_RULES                                                                             \
    .presence = MR_AWS_REQUIRED, .range = MR_AWS_RANGE(1, 140),                                    \
    .pattern = "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?"       \
               "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define FUNCTION_OF_PATH(in)                                                                       \
    {                                                                                              \
        "FunctionName", MR_AWS_STRING, offsetof(in, function_name), FUNCTION_RULES,                \
            .from = MR_AWS_FROM_PATH                                                               \
    }

/* ---- operations ---- */

static const mr_aws_member name_rows[] = {FUNCTION_OF_PATH(mr_lambda_name_in)};
static const mr_aws_shape name_alone = MR_AWS_SHAPE(mr_lambda_name_in, name_rows);

const mr_aws_input mr_lambda_get_code_signing_input = {"GetFunctionCodeSigningConfig", &name_alone};
