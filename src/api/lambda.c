/* lambda.c - Lambda as one table: its operations with their paths, and what it calls its faults. */
#include "src/api/lambda_mappings.h"
#include "src/api/lambda_private.h"

/* What base64 makes of a zip of 50 MB, and room for the rest; AWS's own number. */
#define CODE_BODY_BYTES_MAX 70167211

#define FUNCTIONS "/2015-03-31/functions"
#define FUNCTION  FUNCTIONS "/{FunctionName}"
#define MAPPINGS  "/2015-03-31/event-source-mappings"
#define MAPPING   MAPPINGS "/{UUID}"
#define TAGS      "/2017-03-31/tags/{ARN}"

/* An operation whose answer has a body, and one whose answer has none. */
#define ANSWERS(operation)                                                                         \
    {                                                                                              \
        &mr_lambda_##operation##_input, mr_lambda_op_##operation, false                            \
    }
#define IS_SILENT(operation)                                                                       \
    {                                                                                              \
        &mr_lambda_##operation##_input, mr_lambda_op_##operation, true                             \
    }

/* In the order of the API Reference. */
static const mr_api_route routes[] = {
    {ANSWERS(add_permission), "POST", FUNCTION "/policy", 201, 0, false},
    {ANSWERS(create_mapping), "POST", MAPPINGS, 202, 0, false},
    {ANSWERS(create_function), "POST", FUNCTIONS, 201, CODE_BODY_BYTES_MAX, false},
    {ANSWERS(delete_mapping), "DELETE", MAPPING, 202, 0, false},
    {IS_SILENT(delete_function), "DELETE", FUNCTION, 204, 0, false},
    {IS_SILENT(delete_concurrency), "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency",
     204, 0, false},
    {ANSWERS(get_account_settings), "GET", "/2016-08-19/account-settings", 200, 0, false},
    {ANSWERS(get_mapping), "GET", MAPPING, 200, 0, false},
    {ANSWERS(get_function), "GET", FUNCTION, 200, 0, false},
    {ANSWERS(get_code_signing), "GET", "/2020-06-30/functions/{FunctionName}/code-signing-config",
     200, 0, false},
    {ANSWERS(get_concurrency), "GET", "/2019-09-30/functions/{FunctionName}/concurrency", 200, 0,
     false},
    {ANSWERS(get_configuration), "GET", FUNCTION "/configuration", 200, 0, false},
    {ANSWERS(get_policy), "GET", FUNCTION "/policy", 200, 0, false},
    {ANSWERS(invoke), "POST", FUNCTION "/invocations", 200, MR_FUNCTION_PAYLOAD_MAX, false},
    {ANSWERS(list_mappings), "GET", MAPPINGS, 200, 0, false},
    {ANSWERS(list_functions), "GET", FUNCTIONS, 200, 0, false},
    {ANSWERS(list_tags), "GET", TAGS, 200, 0, false},
    {ANSWERS(list_versions), "GET", FUNCTION "/versions", 200, 0, false},
    {ANSWERS(publish_version), "POST", FUNCTION "/versions", 201, 0, false},
    {ANSWERS(put_concurrency), "PUT", "/2017-10-31/functions/{FunctionName}/concurrency", 200, 0,
     false},
    {IS_SILENT(remove_permission), "DELETE", FUNCTION "/policy/{StatementId}", 204, 0, false},
    {IS_SILENT(tag_resource), "POST", TAGS, 204, 0, false},
    {IS_SILENT(untag_resource), "DELETE", TAGS, 204, 0, false},
    {ANSWERS(update_mapping), "PUT", MAPPING, 202, 0, false},
    {ANSWERS(update_code), "PUT", FUNCTION "/code", 200, CODE_BODY_BYTES_MAX, false},
    {ANSWERS(update_configuration), "PUT", FUNCTION "/configuration", 200, 0, false},
    /* not of AWS: what GetFunction's Code.Location is, a signed URL of S3 there */
    {ANSWERS(download), "GET", FUNCTION "/code/{RevisionId}", 200, 0, true},
};

static const mr_api_fault_name faults[] = {
    {MR_FUNCTION_NOT_FOUND, 404, "ResourceNotFoundException"},
    {MR_NOT_FOUND, 404, "ResourceNotFoundException"},
    {MR_FUNCTION_EXISTS, 409, "ResourceConflictException"},
    {MR_FUNCTION_BUSY, 409, "ResourceConflictException"},
    {MR_REVISION_STALE, 412, "PreconditionFailedException"},
    {MR_INVALID_ARGUMENT, 400, "InvalidParameterValueException"},
    {MR_BAD_INPUT, 400, "InvalidParameterValueException"},
    {MR_TOO_LARGE, 400, "InvalidParameterValueException"},
    {MR_LIMIT_EXCEEDED, 400, "PolicyLengthExceededException"},
    {MR_PAYLOAD_INVALID, 400, "InvalidRequestContentException"},
    {MR_PAYLOAD_TOO_LARGE, 413, "RequestTooLargeException"},
    {MR_FUNCTION_THROTTLED, 429, "TooManyRequestsException"},
    {MR_RUNTIME_MISSING, 502, "InvalidRuntimeException"},
    {MR_UNSUPPORTED, 400, "InvalidParameterValueException"},
    {MR_BUCKET_NOT_FOUND, 400, "InvalidParameterValueException"},
    {MR_MAPPING_NOT_FOUND, 404, "ResourceNotFoundException"},
    {MR_MAPPING_EXISTS, 409, "ResourceConflictException"},
    {MR_MAPPING_IN_USE, 400, "ResourceInUseException"},
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
