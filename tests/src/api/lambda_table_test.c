/* lambda_table_test.c - bad requests to Lambda, one a row, and exactly what they are answered. */
#include "tests/src/api/lambda_help.h"

typedef struct row {
    const char *line, *headers; /* NULL: none beside the signature */
    const char *body;
    int status;
    const char *type, *message; /* the message is under the name that the type has it */
} row;

#define VALIDATION(value, member, rule)                                                            \
    "1 validation error detected: Value " value " at '" member                                     \
    "' failed to satisfy constraint: Member must " rule
#define NAME_PATTERN                                                                               \
    "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-"  \
    "\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
#define ROLE_PATTERN                                                                               \
    "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@" \
    "\\-_/]+"
#define NOT_FOUND(name) 404, "ResourceNotFoundException", "Function not found: " ARN name
#define VALID           400, "ValidationException"
#define PARAMETER       400, "InvalidParameterValueException"
#define CONTENT         400, "InvalidRequestContentException"
#define SERIAL          400, "SerializationException"
#define CONFLICT        409, "ResourceConflictException"
#define NO_SOURCE       PARAMETER, "Please provide a source for function code."
#define NO_RUNTIME                                                                                 \
    PARAMETER,                                                                                     \
        "Runtime and Handler are mandatory parameters for functions created with deployment "      \
        "packages."
#define BAD_ZIP                                                                                    \
    PARAMETER, "Could not unzip uploaded file. Please check your file, then try to upload again."
#define RESERVED                                                                                   \
    "Lambda was unable to configure your environment variables because the environment "           \
    "variables you have provided contains reserved keys that are currently not supported for "     \
    "modification. Reserved keys used in this request: "
#define CREATE(more)                                                                               \
    "POST " FUNCTIONS, NULL,                                                                       \
        "{\"FunctionName\":\"n\",\"Runtime\":\"python3.12\",\"Role\":\"" ROLE                      \
        "\",\"Handler\":\"m.f\",\"Code\":{\"ZipFile\":\"UEs=\"}" more "}"
#define CREATE_OTHER(members) "POST " FUNCTIONS, NULL, "{" members "}"
#define CODE_MEMBER           "\"Code\":{\"ZipFile\":\"UEs=\"}"
#define INVOKE                "POST " FUNCTIONS "/f/invocations"
#define CONFIGURE             "PUT " FUNCTIONS "/f/configuration", NULL
#define PUT_CODE              "PUT " FUNCTIONS "/f/code", NULL
#define POLICY                "POST " FUNCTIONS "/f/policy", NULL

static const row rows[] = {
    /* the body's form */
    {"POST " FUNCTIONS, NULL, "{", SERIAL, "Could not parse request body into json"},
    {"POST " FUNCTIONS, NULL, "[]", SERIAL, "Could not parse request body into json"},
    {CREATE(",\"Timeout\":\"3\""), SERIAL,
     "class java.lang.String can not be converted to an Integer"},
    {CREATE(",\"Environment\":[]"), SERIAL, "Start of list found where not expected"},
    {CREATE(",\"Publish\":\"yes\""), SERIAL, "'YES' can not be converted to an Boolean"},
    {"GET " FUNCTIONS "?MaxItems=x", NULL, "", SERIAL, "'x' can not be converted to an Integer"},
    {PUT_CODE, "{\"ZipFile\":\"UEs\"}", SERIAL,
     "'UEs' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
     "bytes "
     "but found: 3"},
    /* CreateFunction */
    {CREATE_OTHER("\"Role\":\"" ROLE "\"," CODE_MEMBER), VALID,
     VALIDATION("null", "functionName", "not be null")},
    {CREATE_OTHER("\"FunctionName\":\"n\"," CODE_MEMBER), VALID,
     VALIDATION("null", "role", "not be null")},
    {CREATE_OTHER("\"FunctionName\":\"n\",\"Role\":\"" ROLE "\""), VALID,
     VALIDATION("null", "code", "not be null")},
    {CREATE_OTHER("\"FunctionName\":\"a b\",\"Role\":\"" ROLE "\"," CODE_MEMBER), VALID,
     VALIDATION("'a b'", "functionName", NAME_PATTERN)},
    {CREATE_OTHER("\"FunctionName\":\"n\",\"Role\":\"r\"," CODE_MEMBER), VALID,
     VALIDATION("'r'", "role", ROLE_PATTERN)},
    {CREATE(",\"Handler\":\"a b\""), VALID,
     VALIDATION("'a b'", "handler", "satisfy regular expression pattern: [^\\s]+")},
    {CREATE(",\"Timeout\":0"), VALID,
     VALIDATION("'0'", "timeout", "have value greater than or equal to 1")},
    {CREATE(",\"Timeout\":901"), VALID,
     VALIDATION("'901'", "timeout", "have value less than or equal to 900")},
    {CREATE(",\"MemorySize\":127"), VALID,
     VALIDATION("'127'", "memorySize", "have value greater than or equal to 128")},
    {CREATE(",\"MemorySize\":10241"), VALID,
     VALIDATION("'10241'", "memorySize", "have value less than or equal to 10240")},
    {CREATE(",\"PackageType\":\"Tar\""), VALID,
     VALIDATION("'Tar'", "packageType", "satisfy enum value set: [Zip, Image]")},
    {CREATE(",\"Architectures\":[\"z80\"]"), VALID,
     VALIDATION("'[z80]'", "architectures",
                "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]")},
    {CREATE(",\"Architectures\":[]"), VALID,
     VALIDATION("'[]'", "architectures", "have length greater than or equal to 1")},
    {CREATE(",\"EphemeralStorage\":{\"Size\":511}"), VALID,
     VALIDATION("'511'", "ephemeralStorage.size", "have value greater than or equal to 512")},
    {CREATE(",\"EphemeralStorage\":{}"), VALID,
     VALIDATION("null", "ephemeralStorage.size", "not be null")},
    {CREATE(",\"TracingConfig\":{\"Mode\":\"On\"}"), VALID,
     VALIDATION("'On'", "tracingConfig.mode", "satisfy enum value set: [Active, PassThrough]")},
    {CREATE(",\"LoggingConfig\":{\"LogFormat\":\"XML\"}"), VALID,
     VALIDATION("'XML'", "loggingConfig.logFormat", "satisfy enum value set: [JSON, Text]")},
    {CREATE(",\"SnapStart\":{\"ApplyOn\":\"All\"}"), VALID,
     VALIDATION("'All'", "snapStart.applyOn", "satisfy enum value set: [PublishedVersions, None]")},
    {CREATE_OTHER("\"FunctionName\":\"n\",\"Role\":\"" ROLE "\",\"Handler\":\"m.f\"," CODE_MEMBER),
     NO_RUNTIME},
    {CREATE_OTHER("\"FunctionName\":\"n\",\"Role\":\"" ROLE
                  "\",\"Runtime\":\"python3.12\"," CODE_MEMBER),
     NO_RUNTIME},
    {CREATE(",\"Runtime\":\"cobol\""), PARAMETER,
     "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
     "[python3.13, nodejs22.x, provided.al2023, java21, dotnet8, ruby3.4] or be a valid ARN"},
    {CREATE(",\"Environment\":{\"Variables\":{\"AWS_REGION\":\"x\"}}"), PARAMETER,
     RESERVED "AWS_REGION"},
    {CREATE(",\"Environment\":{\"Variables\":{\"AB\":\"a\\u0000b\"}}"), PARAMETER,
     "a description or a variable has a NUL character in it"},
    {CREATE(",\"PackageType\":\"Image\""), PARAMETER,
     "Container images do not run here; give the code as a zip"},
    {CREATE(",\"Layers\":[\"arn:aws:lambda:us-east-1:000000000000:layer:l:1\"]"), PARAMETER,
     "Layers are not unpacked here; put what is in them into the function's own zip"},
    {CREATE(""), BAD_ZIP},
    {CREATE(",\"Code\":{\"ZipFile\":\"\"}"), PARAMETER, "Uploaded file must be a non-empty zip"},
    {CREATE(",\"Code\":{}"), NO_SOURCE},
    {CREATE(",\"Code\":{\"S3Bucket\":\"bucket\"}"), NO_SOURCE},
    {CREATE(",\"Code\":{\"ZipFile\":\"UEs=\",\"S3Bucket\":\"bucket\",\"S3Key\":\"k\"}"), NO_SOURCE},
    {CREATE(",\"Code\":{\"ImageUri\":\"i\"}"), PARAMETER,
     "Container images do not run here; give the code as a zip"},
    {CREATE(",\"Code\":{\"S3Bucket\":\"bucket\",\"S3Key\":\"k\"}"), PARAMETER,
     "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified "
     "bucket does not exist."},
    {CREATE(",\"Code\":{\"S3Bucket\":\"there\",\"S3Key\":\"k\"}"), PARAMETER,
     "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified "
     "key "
     "does not exist."},
    {CREATE(",\"FunctionName\":\"f\""), CONFLICT, "Function already exist: f"},
    /* what is not there */
    {"GET " FUNCTIONS "/g", NULL, "", NOT_FOUND("g")},
    {"GET " FUNCTIONS "/g?Qualifier=1", NULL, "", NOT_FOUND("g:1")},
    {"GET " FUNCTIONS "/f?Qualifier=1", NULL, "", NOT_FOUND("f:1")},
    {"GET " FUNCTIONS "/f:7/configuration", NULL, "", NOT_FOUND("f:7")},
    {"GET " FUNCTIONS "/g/configuration", NULL, "", NOT_FOUND("g")},
    {"PUT " FUNCTIONS "/g/code", NULL, "{}", NOT_FOUND("g")},
    {"PUT " FUNCTIONS "/g/configuration", NULL, "{}", NOT_FOUND("g")},
    {"DELETE " FUNCTIONS "/g", NULL, "", NOT_FOUND("g")},
    {"GET " FUNCTIONS "/g/versions", NULL, "", NOT_FOUND("g")},
    {"POST " FUNCTIONS "/g/versions", NULL, "{}", NOT_FOUND("g")},
    {"GET " FUNCTIONS "/g/policy", NULL, "", NOT_FOUND("g")},
    {"GET /2019-09-30/functions/g/concurrency", NULL, "", NOT_FOUND("g")},
    {"GET /2017-03-31/tags/" ARN "g", NULL, "", NOT_FOUND("g")},
    {"POST " FUNCTIONS "/g/invocations", NULL, "{}", NOT_FOUND("g:$LATEST")},
    {"POST " FUNCTIONS "/g/invocations?Qualifier=2", NULL, "{}", NOT_FOUND("g:2")},
    {"GET " FUNCTIONS "/arn:aws:lambda:eu-west-1:000000000000:function:f", NULL, "", 404,
     "ResourceNotFoundException",
     "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:f"},
    {"GET " FUNCTIONS "/f/code/11111111-2222-4333-8444-555555555555", NULL, "", 404,
     "ResourceNotFoundException",
     "The code that this URL was for is not there any more: ask GetFunction for a new one"},
    {"GET " FUNCTIONS "/f/policy", NULL, "", 404, "ResourceNotFoundException",
     "The resource you requested does not exist."},
    {"DELETE " FUNCTIONS "/f/policy/none", NULL, "", 404, "ResourceNotFoundException",
     "Statement none is not found in resource policy."},
    /* qualifiers, lists */
    {"GET " FUNCTIONS "/f:1?Qualifier=2", NULL, "", PARAMETER,
     "The derived qualifier from the function name does not match the specified qualifier."},
    {"DELETE " FUNCTIONS "/f?Qualifier=$LATEST", NULL, "", PARAMETER,
     "$LATEST version cannot be deleted without deleting the function."},
    {"GET " FUNCTIONS "?MaxItems=0", NULL, "", VALID,
     VALIDATION("'0'", "maxItems", "have value greater than or equal to 1")},
    {"GET " FUNCTIONS "?Marker=nonsense", NULL, "", PARAMETER, "Invalid Marker"},
    {"GET " FUNCTIONS "?FunctionVersion=SOME", NULL, "", VALID,
     VALIDATION("'SOME'", "functionVersion", "satisfy enum value set: [ALL]")},
    /* updates */
    {PUT_CODE, "{}", NO_SOURCE},
    {PUT_CODE, "{\"ZipFile\":\"UEs=\"}", BAD_ZIP},
    {PUT_CODE, "{\"ZipFile\":\"UEs=\",\"RevisionId\":\"x\"}", 412, "PreconditionFailedException",
     "The Revision Id provided does not match the latest Revision Id. Call the "
     "GetFunction/GetAlias API to retrieve the latest Revision Id"},
    {CONFIGURE, "{\"RevisionId\":\"x\"}", 412, "PreconditionFailedException",
     "The Revision Id provided does not match the latest Revision Id. Call the "
     "GetFunction/GetAlias API to retrieve the latest Revision Id"},
    {CONFIGURE, "{\"Timeout\":-1}", VALID,
     VALIDATION("'-1'", "timeout", "have value greater than or equal to 1")},
    {CONFIGURE, "{\"Environment\":{\"Variables\":{\"_HANDLER\":\"x\"}}}", VALID,
     "1 validation error detected: Value '{_HANDLER=x}' at 'environment.variables' failed to "
     "satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular "
     "expression "
     "pattern: [a-zA-Z]([a-zA-Z0-9_])+]"},
    {"POST " FUNCTIONS "/f/versions", NULL, "{\"CodeSha256\":\"x\"}", PARAMETER,
     "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (@SHA@). Please try again "
     "with "
     "the CodeSHA256 in $LATEST."},
    {"PUT /2017-10-31/functions/f/concurrency", NULL, "{}", VALID,
     VALIDATION("null", "reservedConcurrentExecutions", "not be null")},
    {"PUT /2017-10-31/functions/f/concurrency", NULL, "{\"ReservedConcurrentExecutions\":1001}",
     PARAMETER,
     "Specified ReservedConcurrentExecutions for function decreases account's "
     "UnreservedConcurrentExecution below its minimum value of [0]."},
    /* permissions, tags */
    {POLICY, "{\"Action\":\"lambda:InvokeFunction\",\"Principal\":\"*\"}", VALID,
     VALIDATION("null", "statementId", "not be null")},
    {POLICY, "{\"StatementId\":\"s\",\"Action\":\"s3:Get\",\"Principal\":\"*\"}", VALID,
     VALIDATION("'s3:Get'", "action",
                "satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])")},
    {POLICY, "{\"StatementId\":\"s\",\"Action\":\"*\",\"Principal\":\"*\",\"SourceAccount\":\"1\"}",
     VALID, VALIDATION("'1'", "sourceAccount", "satisfy regular expression pattern: \\d{12}")},
    {"DELETE /2017-03-31/tags/" ARN "f", NULL, "", VALID,
     VALIDATION("null", "tagKeys", "not be null")},
    {"POST /2017-03-31/tags/" ARN "f", NULL, "{}", VALID,
     VALIDATION("null", "tags", "not be null")},
    /* Invoke */
    {INVOKE, NULL, "{", CONTENT,
     "Could not parse request body into json: Unexpected character or end of input at byte 1"},
    {INVOKE, NULL, "hello", CONTENT,
     "Could not parse request body into json: Unexpected character or end of input at byte 0"},
    {INVOKE, NULL, "{} {}", CONTENT,
     "Could not parse request body into json: Unexpected character or end of input at byte 3"},
    {INVOKE, "X-Amz-Invocation-Type: Later\r\n", "{}", VALID,
     VALIDATION("'Later'", "invocationType",
                "satisfy enum value set: [Event, RequestResponse, DryRun]")},
    {INVOKE, "X-Amz-Log-Type: Head\r\n", "{}", VALID,
     VALIDATION("'Head'", "logType", "satisfy enum value set: [None, Tail]")},
    {INVOKE, "X-Amz-Client-Context: !\r\n", "{}", CONTENT,
     "Client context must be a valid Base64-encoded JSON object."},
    {INVOKE, "X-Amz-Client-Context: W10=\r\n", "{}", CONTENT,
     "Client context must be a valid Base64-encoded JSON object."},
    {INVOKE "?Qualifier=a.b", NULL, "{}", VALID,
     VALIDATION("'a.b'", "qualifier", "satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)")},
};

static char *sha_of_f(lambda_world *w)
{
    char *body = lambda_want(w, "GET " FUNCTIONS "/f/configuration", "", 200);
    char *sha = lambda_member(body, "CodeSha256");
    mr_free(body);
    return sha;
}

static char *replaced(const char *text, const char *what, const char *with)
{
    const char *found = strstr(text, what);
    return found == NULL
               ? mr_strdup(text)
               : mr_format("%.*s%s%s", (int)(found - text), text, with, found + strlen(what));
}

static void check_row(lambda_world *w, const row *r, const char *sha)
{
    char *headers = mr_format("%s%s", AUTHORIZATION, r->headers == NULL ? "" : r->headers);
    api_answer answer =
        api_ask(&w->api, r->line, NULL, "application/json", headers, mr_bytes_of(r->body));
    char *label = mr_format("%s %s", r->line, r->body);
    char *body = mr_bytes_dup(answer.body);
    bool capital = strcmp(r->type, "ResourceNotFoundException") == 0 ||
                   strcmp(r->type, "SerializationException") == 0;
    char *got = lambda_member(body, capital ? "Message" : "message");
    char *kind = lambda_member(body, "Type");
    char *want = replaced(r->message, "@SHA@", sha);
    CHECK_STR(label, got, want);
    CHECK_INT(label, answer.status, r->status);
    CHECK_BYTES(label, api_header(&answer, "x-amzn-errortype"), mr_bytes_of(r->type));
    CHECK_STR(label, kind, "User");
    mr_free(want);
    mr_free(kind);
    mr_free(got);
    mr_free(body);
    mr_free(label);
    api_answer_deinit(&answer);
    mr_free(headers);
}

static void test_bad_requests_are_told_what_is_wrong_and_change_nothing(void **state)
{
    (void)state;
    lambda_world w;
    mr_error err;
    lambda_world_init(&w, (mr_sim_options){0});
    lambda_create(&w, "f", "");
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w.api.sim), "there", &err), &err);
    char *sha = sha_of_f(&w);
    char *before = lambda_want(&w, "GET " FUNCTIONS "?FunctionVersion=ALL", "", 200);
    CHECK_TRUE("as many as were asked for", MR_COUNT(rows) >= 60);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        check_row(&w, &rows[i], sha);
    }
    char *after = lambda_want(&w, "GET " FUNCTIONS "?FunctionVersion=ALL", "", 200);
    CHECK_STR("nothing has changed", after, before);
    CHECK_INT("nothing has run", w.canned.invoked, 0);
    mr_free(sha);
    mr_free(before);
    mr_free(after);
    lambda_world_deinit(&w);
}

static void test_what_takes_its_time_refuses_meanwhile(void **state)
{
    (void)state;
    static const row pending = {INVOKE, NULL, "{}", CONFLICT,
                                "The operation cannot be performed at this time. The function is "
                                "currently in the following "
                                "state: Pending"};
    static const row updating[] = {
        {INVOKE, NULL, "{}", CONFLICT,
         "The operation cannot be performed at this time. An update is in progress for "
         "resource: " ARN "f"},
        {CONFIGURE, "{\"Timeout\":4}", CONFLICT,
         "The operation cannot be performed at this time. An update is in progress for "
         "resource: " ARN "f"},
    };
    lambda_world w;
    lambda_world_init(&w, (mr_sim_options){.stream_state_delay_us = MR_US_PER_SECOND});
    lambda_create(&w, "f", "");
    check_row(&w, &pending, "");
    api_advance(&w.api, 2 * MR_US_PER_SECOND);
    mr_free(lambda_want(&w, "PUT " FUNCTIONS "/f/configuration", "{\"Timeout\":5}", 200));
    for (size_t i = 0; i < MR_COUNT(updating); i++) {
        check_row(&w, &updating[i], "");
    }
    api_advance(&w.api, 2 * MR_US_PER_SECOND);
    mr_free(lambda_want(&w, "PUT " FUNCTIONS "/f/configuration", "{\"Timeout\":4}", 200));
    lambda_world_deinit(&w);
}

static void check_size(lambda_world *w, size_t size, const char *headers, int status,
                       const char *message)
{
    char *body = mr_alloc(size);
    memset(body, '1', size);
    body[0] = body[size - 1] = '"';
    char *all = mr_format("%s%s", AUTHORIZATION, headers);
    api_answer answer = api_ask(&w->api, INVOKE, NULL, NULL, all, mr_bytes_make(body, size));
    CHECK_INT(headers, answer.status, status);
    if (message != NULL) {
        CHECK_HAS(headers, mr_strbuf_text(&answer.text), message);
        CHECK_BYTES(headers, api_header(&answer, "x-amzn-errortype"),
                    mr_bytes_of("RequestTooLargeException"));
    }
    api_answer_deinit(&answer);
    mr_free(all);
    mr_free(body);
}

static void test_payloads_have_bounds(void **state)
{
    (void)state;
    lambda_world w;
    lambda_world_init(&w, (mr_sim_options){0});
    lambda_create(&w, "f", "");
    static const char event[] = "X-Amz-Invocation-Type: Event\r\n";
    static const char dry[] = "X-Amz-Invocation-Type: DryRun\r\n";
    check_size(&w, 1048576, event, 202, NULL);
    check_size(&w, 1048577, event, 413,
               "1048577 byte payload is too large for the Event invocation type (limit 1048576 "
               "bytes)");
    check_size(&w, 6291456, dry, 204, NULL);
    check_size(&w, 6291457, dry, 413, "Request must be smaller than 6291456 bytes");
    lambda_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_requests_are_told_what_is_wrong_and_change_nothing),
        cmocka_unit_test(test_what_takes_its_time_refuses_meanwhile),
        cmocka_unit_test(test_payloads_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
