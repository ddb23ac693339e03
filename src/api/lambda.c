/* lambda.c - Lambda as one table: its operations with their paths, and what it calls its faults. */
#include "src/api/lambda_mappings.h"
#include "src/api/lambda_private.h"

static const mr_api_route routes[] = {
    {{&mr_lambda_get_code_signing_input, mr_lambda_get_code_signing, false},
     "GET",
     "/2020-06-30/functions/{FunctionName}/code-signing-config",
     200,
     0},
    MR_LAMBDA_MAPPING_ROUTES,
};

static const mr_api_fault_name faults[] = {
    {MR_FUNCTION_NOT_FOUND, 404, "ResourceNotFoundException"},
    MR_LAMBDA_MAPPING_FAULTS,
};

const mr_api_service *mr_api_lambda(void)
{
    static const mr_api_service service = {.name = "lambda",
                                           .routes = routes,
                                           .route_count = MR_COUNT(routes),
                                           .faults = faults,
                                           .fault_count = MR_COUNT(faults)};
    return &service;
}
