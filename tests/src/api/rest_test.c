/* rest_test.c - REST-JSON requests over the wire: which path is whose, the order of checks, and the
 * form of errors. */
#include "src/aws/sigv4.h"
#include "tests/src/api/api_help.h"

#define SIGNING      "/2020-06-30/functions/f/code-signing-config"
#define NO_OPERATION "<UnknownOperationException/>\n"
#define DENIED                                                                                     \
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be "        \
    "authorized</Message>\n</AccessDeniedException>\n"
#define NOT_FOUND                                                                                  \
    "{\"Type\":\"User\",\"Message\":\"Function not found: "                                        \
    "arn:aws:lambda:us-east-1:000000000000:function:f\"}"

typedef struct row {
    const char *line, *headers, *body;
    int status;
    const char *want_type; /* of x-amzn-ErrorType; NULL: there is none */
    const char *want;
} row;

static const row rows[] = {
    {"GET " SIGNING, NULL, "", 404, "ResourceNotFoundException", NOT_FOUND},
    {"GET " SIGNING "/", NULL, "", 404, "ResourceNotFoundException", NOT_FOUND},
    {"GET " SIGNING "?a=b", NULL, "", 404, "ResourceNotFoundException", NOT_FOUND},
    {"GET " SIGNING, NULL, "no JSON, and not looked at", 404, "ResourceNotFoundException",
     NOT_FOUND},
    /* the path is known, the method is not */
    {"POST " SIGNING, NULL, "{}", 404, NULL, NO_OPERATION},
    {"DELETE " SIGNING, NULL, "", 404, NULL, NO_OPERATION},
    /* no service's path */
    {"GET /2020-06-30/functions", NULL, "", 403, NULL, DENIED},
    {"GET " SIGNING "/x", NULL, "", 403, NULL, DENIED},
    {"PUT /bucket/key", NULL, "", 403, NULL, DENIED},
    /* who asks comes before what is asked */
    {"GET " SIGNING, "", "", 403, "MissingAuthenticationTokenException",
     "{\"Type\":\"User\",\"message\":\"Missing Authentication Token\"}"},
    {"GET /2020-06-30/functions/a..b/code-signing-config", "", "", 403,
     "MissingAuthenticationTokenException",
     "{\"Type\":\"User\",\"message\":\"Missing Authentication Token\"}"},
    /* types, constraints */
    {"GET /2020-06-30/functions/%ff/code-signing-config", NULL, "", 400, "SerializationException",
     "{\"Type\":\"User\",\"Message\":\"'(not UTF-8)' can not be converted to an String\"}"},
    {"GET /2020-06-30/functions/a..b/code-signing-config", NULL, "", 400, "ValidationException",
     "{\"Type\":\"User\",\"message\":\"1 validation error detected: Value 'a..b' at "
     "'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
     "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\\\d{1}:)?(\\\\d{12}:)?(function:)?"
     "([a-zA-Z0-9-_]+)(:(\\\\$LATEST|[a-zA-Z0-9-_]+))?\"}"},
};

#define SIGNED(service)                                                                            \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/" service                  \
    "/aws4_request, SignedHeaders=host;x-amz-date, Signature=abcd\r\n"                             \
    "X-Amz-Date: 20250101T000000Z\r\n"
#define FORM "application/x-www-form-urlencoded; charset=utf-8"

typedef struct absent_row {
    const char *line, *target, *type, *headers;
    int status;
    const char *want_type; /* Content-Type */
    const char *pieces[4]; /* of the body */
} absent_row;

static const absent_row absent_rows[] = {
    {"PUT /2018-10-31/layers/x/versions",
     NULL,
     NULL,
     SIGNED("lambda"),
     501,
     "application/json",
     {"\"NotImplemented\"", "no operation PUT /2018-10-31/layers/x/versions of Lambda"}},
    {"DELETE " SIGNING,
     NULL,
     NULL,
     SIGNED("lambda"),
     501,
     "application/json",
     {"no operation DELETE " SIGNING " of Lambda"}},
    {"PUT /bucket/key",
     NULL,
     NULL,
     SIGNED("s3"),
     501,
     "application/xml",
     {"<Error><Code>NotImplemented</Code><Message>millrace has no service 's3'",
      "millrace ls s3://BUCKET/", "<RequestId>"}},
    {"POST /",
     NULL,
     FORM,
     SIGNED("sts"),
     501,
     "text/xml",
     {"<ErrorResponse><Error><Type>Sender</Type><Code>NotImplemented</Code>",
      "Any access key and secret will do"}},
    {"POST /",
     "AWSGlue.GetTables",
     JSON,
     SIGNED("glue"),
     501,
     JSON,
     {"{\"__type\":\"NotImplemented\",\"message\":\"millrace has no service 'glue'",
      "millrace query"}},
    {"POST /",
     "DynamoDB_20120810.ListTables",
     "application/x-amz-json-1.0",
     SIGNED("dynamodb"),
     501,
     "application/x-amz-json-1.0",
     {"'dynamodb'", "AWS_ENDPOINT_URL_KINESIS"}},
    /* a name that is somebody's bytes is not repeated */
    {"PUT /bucket/key", NULL, NULL, SIGNED("s3<"), 403, NULL, {DENIED}},
    /* what is here is answered as before, whatever the scope says */
    {"POST /",
     "Kinesis_20131202.ListStreams",
     JSON,
     SIGNED("s3"),
     400,
     JSON,
     {"SerializationException"}},
    {"GET /a", NULL, NULL, SIGNED("kinesis"), 403, NULL, {DENIED}},
};

/* Whoever sets AWS_ENDPOINT_URL sends every service here: each client must show what is wrong. */
static void test_what_is_not_here_is_told_in_the_clients_form(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    for (size_t i = 0; i < MR_COUNT(absent_rows); i++) {
        const absent_row *r = &absent_rows[i];
        api_answer answer =
            api_ask(&w, r->line, r->target, r->type, r->headers, MR_BYTES_LITERAL(""));
        char *body = mr_strndup(answer.body.at, answer.body.len);
        CHECK_INT(r->line, answer.status, r->status);
        CHECK_BYTES(r->line, api_header(&answer, "content-type"), mr_bytes_of(r->want_type));
        for (size_t p = 0; p < MR_COUNT(r->pieces) && r->pieces[p] != NULL; p++) {
            CHECK_HAS(r->line, body, r->pieces[p]);
        }
        mr_free(body);
        api_answer_deinit(&answer);
    }
    api_world_deinit(&w);
}

static void check_uuid(const char *label, mr_bytes id)
{
    CHECK_INT(label, id.len, 36);
}

static void test_requests_are_answered_by_the_table(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        const row *r = &rows[i];
        api_answer answer = api_ask(&w, r->line, NULL, NULL, r->headers, mr_bytes_of(r->body));
        CHECK_INT(r->line, answer.status, r->status);
        CHECK_BYTES(r->line, answer.body, mr_bytes_of(r->want));
        CHECK_BYTES(r->line, api_header(&answer, "x-amzn-errortype"), mr_bytes_of(r->want_type));
        if (r->want_type != NULL) {
            CHECK_BYTES(r->line, api_header(&answer, "content-type"),
                        mr_bytes_of("application/json"));
        }
        check_uuid(r->line, api_header(&answer, "x-amzn-requestid"));
        api_answer_deinit(&answer);
    }
    api_world_deinit(&w);
}

static void test_a_body_past_the_operations_bound_is_refused(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    static const size_t bound = 6291456;
    char *body = mr_calloc(bound + 1, 1);
    memset(body, ' ', bound + 1);
    api_answer answer = api_ask(&w, "GET " SIGNING, NULL, NULL, NULL, mr_bytes_make(body, bound));
    CHECK_INT("at the bound", answer.status, 404);
    api_answer_deinit(&answer);
    answer = api_ask(&w, "GET " SIGNING, NULL, NULL, NULL, mr_bytes_make(body, bound + 1));
    CHECK_INT("past it", answer.status, 413);
    CHECK_BYTES("past it", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("RequestTooLargeException"));
    CHECK_BYTES("past it", answer.body,
                mr_bytes_of("{\"Type\":\"User\",\"message\":\"Request must be smaller than 6291456 "
                            "bytes for the GetFunctionCodeSigningConfig operation\"}"));
    api_answer_deinit(&answer);
    mr_free(body);
    api_world_deinit(&w);
}

static void test_a_signature_is_verified_with_auth(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0},
                   (mr_api_options){.auth = true, .access_key = "AKID", .secret = "secret"});
    api_answer answer = api_ask(&w, "GET " SIGNING, NULL, NULL, NULL, (mr_bytes){NULL, 0});
    CHECK_INT("a wrong one", answer.status, 403);
    CHECK_BYTES("a wrong one", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("InvalidSignatureException"));
    api_answer_deinit(&answer);

    mr_sigv4_field fields[] = {{MR_BYTES_LITERAL("host"), MR_BYTES_LITERAL("localhost")},
                               {MR_BYTES_LITERAL("content-length"), MR_BYTES_LITERAL("0")}};
    const mr_sigv4_request request = {.method = MR_BYTES_LITERAL("GET"),
                                      .path = MR_BYTES_LITERAL(SIGNING),
                                      .headers = fields,
                                      .header_count = MR_COUNT(fields)};
    const mr_sigv4_signing signing = {.access_key = MR_BYTES_LITERAL("AKID"),
                                      .secret = MR_BYTES_LITERAL("secret"),
                                      .region = MR_BYTES_LITERAL("us-east-1"),
                                      .service = MR_BYTES_LITERAL("lambda"),
                                      .time_us = MR_SIM_START_DEFAULT};
    mr_sigv4_signed sign;
    mr_sigv4_sign(&request, &signing, &sign);
    char *headers = mr_format("Authorization: %s\r\nX-Amz-Date: %s\r\n",
                              mr_strbuf_text(&sign.authorization), sign.date);
    mr_sigv4_signed_deinit(&sign);
    answer = api_ask(&w, "GET " SIGNING, NULL, NULL, headers, (mr_bytes){NULL, 0});
    CHECK_INT("the right one", answer.status, 404);
    mr_free(headers);
    api_answer_deinit(&answer);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_answered_by_the_table),
        cmocka_unit_test(test_what_is_not_here_is_told_in_the_clients_form),
        cmocka_unit_test(test_a_body_past_the_operations_bound_is_refused),
        cmocka_unit_test(test_a_signature_is_verified_with_auth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
