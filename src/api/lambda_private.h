/*
 * lambda_private.h - the handlers of Lambda, one for each operation, and what they share. A handler
 * takes its decoded input, calls sim, and writes the answer.
 *
 * Behaviour: reference/lambda.md, sections 4 and 5.
 */
#ifndef MR_SRC_API_LAMBDA_PRIVATE_H
#define MR_SRC_API_LAMBDA_PRIVATE_H

#include "src/api/api.h"
#include "src/api/lambda_shapes.h"

/* ---- the handlers ---- */

/* lambda_functions.c */
mr_code mr_lambda_op_create_function(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_delete_function(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_configuration(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_function(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_update_code(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_update_configuration(mr_api_call *call, mr_error *err);
/* lambda_lists.c */
mr_code mr_lambda_op_list_functions(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_list_versions(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_publish_version(mr_api_call *call, mr_error *err);
/* lambda_invoke.c */
mr_code mr_lambda_op_invoke(mr_api_call *call, mr_error *err);
/* lambda_code.c: what Code.Location leads to */
mr_code mr_lambda_op_download(mr_api_call *call, mr_error *err);
/* lambda_permissions.c */
mr_code mr_lambda_op_add_permission(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_policy(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_remove_permission(mr_api_call *call, mr_error *err);
/* lambda_settings.c */
mr_code mr_lambda_op_delete_concurrency(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_account_settings(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_code_signing(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_get_concurrency(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_list_tags(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_put_concurrency(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_tag_resource(mr_api_call *call, mr_error *err);
mr_code mr_lambda_op_untag_resource(mr_api_call *call, mr_error *err);

/* ---- names: lambda_names.c ---- */

/* How a request names a function: texts in the call's arena. */
typedef struct mr_lambda_name {
    const char *name;
    const char *qualifier; /* NULL: none is given */
    const char *arn;       /* with the qualifier, if there is one */
} mr_lambda_name;

/* function_name, qualifier: as in the request; the latter may be absent. Errors:
 * MR_INVALID_ARGUMENT when they name two qualifiers. */
MR_NODISCARD mr_code mr_lambda_name_read(const mr_api_call *call, mr_bytes function_name,
                                         mr_bytes qualifier, mr_lambda_name *out, mr_error *err);
/* Without a qualifier $LATEST. Errors: MR_FUNCTION_NOT_FOUND, naming the ARN; latest_shown: with
 * ":$LATEST" when no qualifier was given, as Invoke says it. */
MR_NODISCARD mr_code mr_lambda_name_find(const mr_api_call *call, const mr_lambda_name *name,
                                         bool latest_shown, mr_lambda_version **out, mr_error *err);
/* Both, of the members that operations on one function have in common. */
MR_NODISCARD mr_code mr_lambda_find_version(const mr_api_call *call, const mr_lambda_name_in *in,
                                            mr_lambda_version **out, mr_error *err);
/* The same for what is of a function as a whole, whatever the qualifier. */
MR_NODISCARD mr_code mr_lambda_find_function(const mr_api_call *call, const mr_lambda_name_in *in,
                                             mr_lambda_function **out, mr_error *err);

/* A text of the request with a NUL behind it, in the call's arena; NULL when it is absent. */
const char *mr_lambda_text(const mr_api_call *call, mr_bytes text);

/* ---- writing: lambda_write.c ---- */

/* The members of a FunctionConfiguration, into an object that is open. full: with its state, which
 * lists do not show. */
void mr_lambda_write_configuration(mr_aws_writer *out, const mr_lambda_view *view, bool full);
/* The whole object. */
void mr_lambda_write_version(mr_api_call *call, mr_lambda_version *version);

/* ---- code: lambda_code.c ---- */

/*
 * The zip that a request carries or names.
 *
 * out:    borrowed from the request or from `owned`, which the caller releases.
 * Errors: MR_INVALID_ARGUMENT (none, two, an image; S3's words for what is not in our store),
 *         MR_TOO_LARGE, those of the disk and the database.
 */
MR_NODISCARD mr_code mr_lambda_read_zip(const mr_api_call *call, const mr_lambda_code_in *in,
                                        mr_strbuf *owned, mr_bytes *out, mr_error *err);
/* The URL on this server that gives the version's zip. In the call's arena. */
const char *mr_lambda_code_url(const mr_api_call *call, const mr_lambda_view *view);

#endif
