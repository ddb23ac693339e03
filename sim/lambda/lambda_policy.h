/*
 * lambda_policy.h - who may invoke a function: statements that are stored and shown, and not asked.
 *
 * A function and each of its versions have a policy of their own. Nothing here verifies who
 * invokes.
 *
 * Source: reference/lambda.md section 5; API Reference, "AddPermission", "GetPolicy".
 */
#ifndef MR_SIM_LAMBDA_LAMBDA_POLICY_H
#define MR_SIM_LAMBDA_LAMBDA_POLICY_H

#include "sim/lambda/lambda.h"

#define MR_LAMBDA_POLICY_BYTES_MAX 20480

typedef struct mr_lambda_permission {
    const char *statement_id, *action,
        *principal;                              /* Principal: a service, an account, an ARN, "*" */
    const char *source_arn, *source_account;     /* NULL: none */
    const char *organization, *token, *url_auth; /* PrincipalOrgID, EventSourceToken,
                                                    FunctionUrlAuthType; NULL: none */
} mr_lambda_permission;

/*
 * qualifier: of the version that it is for; "" or "$LATEST": the function.
 * statement: the JSON of what was added; appended to.
 * Errors:    MR_FUNCTION_EXISTS (the id is taken), MR_LIMIT_EXCEEDED (its size), those of the
 * database.
 */
MR_NODISCARD mr_code mr_lambda_add_permission(mr_lambda_function *function, const char *qualifier,
                                              const mr_lambda_permission *permission,
                                              mr_strbuf *statement, mr_error *err);
/* Errors: MR_NOT_FOUND (no such statement), those of the database. */
MR_NODISCARD mr_code mr_lambda_remove_permission(mr_lambda_function *function,
                                                 const char *qualifier, const char *statement_id,
                                                 mr_error *err);
/* Appends the whole policy as JSON. Errors: MR_NOT_FOUND (there is none), those of the database. */
MR_NODISCARD mr_code mr_lambda_policy(mr_lambda_function *function, const char *qualifier,
                                      mr_strbuf *out, mr_error *err);

#endif
