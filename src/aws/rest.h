/*
 * rest.h - REST-JSON requests: a method and a path are the operation, and its input is in the path,
 * the query, the headers and a JSON body, as its table says (`from` in shape.h).
 *
 * A path of an operation is a text with labels: "/2015-03-31/functions/{FunctionName}/code". A
 * label stands for one segment that is not empty, percent-encoded or not; a path that ends in a
 * word is also met with a slash behind it.
 *
 * A query parameter or a header is the text of its member: a number in decimal, true or false. A
 * header that is not there is an absent member, a parameter without "=" is an empty text. Bytes
 * that are not UTF-8 count as a wrong type.
 */
#ifndef MR_SRC_AWS_REST_H
#define MR_SRC_AWS_REST_H

#include "src/aws/decode.h"

/* What a request is made of; borrowed for as long as the input that is read from it. */
typedef struct mr_rest_request {
    mr_bytes path, query; /* raw */
    mr_bytes body;
    /* The value of a header, in any case; at NULL when there is none. */
    mr_bytes (*header)(const void *context, const char *name);
    const void *context;
} mr_rest_request;

/* Whether the path (raw) is one of this pattern. */
bool mr_rest_matches(const char *pattern, mr_bytes path);

/*
 * Fills the struct of an operation, as mr_aws_decode() does. An empty body is one without members.
 *
 * pattern: the operation's, which the path matches (asserted).
 */
MR_NODISCARD mr_aws_decoded mr_rest_decode(const char *pattern, const mr_aws_shape *shape,
                                           const mr_rest_request *request, mr_arena *arena,
                                           void *input, mr_aws_fault *fault);

/* The whole body of an error: {"Type": "User", "message": ...}; `Service` for one of ours.
 * Behaviour: reference/lambda.md section 5. */
void mr_rest_write_fault(const mr_aws_fault *fault, bool is_ours, mr_strbuf *out);

#endif
