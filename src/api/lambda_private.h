/*
 * lambda_private.h - the handlers of Lambda, one for each operation, and what they share.
 *
 * Behaviour: reference/lambda.md, sections 4 and 5.
 */
#ifndef MR_SRC_API_LAMBDA_PRIVATE_H
#define MR_SRC_API_LAMBDA_PRIVATE_H

#include "src/api/api.h"
#include "src/api/lambda_shapes.h"

/* ---- the handlers ---- */

/* lambda_settings.c */
mr_code mr_lambda_get_code_signing(mr_api_call *call, mr_error *err);

/* ---- what they share: lambda_names.c ---- */

/* The function that a request names. Errors: MR_FUNCTION_NOT_FOUND, naming its ARN. */
MR_NODISCARD mr_code mr_lambda_find(const mr_api_call *call, mr_bytes name, mr_function **out,
                                    mr_error *err);

#endif
