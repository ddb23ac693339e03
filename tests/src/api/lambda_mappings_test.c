/* lambda_mappings_test.c - event source mappings over the wire: their answers, and bad requests. */
#include "tests/src/api/api_help.h"

#define MAPPINGS   "/2015-03-31/event-source-mappings"
#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/s"
#define UNKNOWN    "00000000-0000-4000-8000-000000000000"

static void make_things(api_world *w)
{
    mr_error err;
    mr_stream *stream;
    mr_function *function;
    static const char *const functions[] = {"f", "g"};
    static const char *const streams[] = {"s", "t"};
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK("stream",
                 mr_streams_create(mr_sim_streams(w->sim),
                                   &(mr_stream_options){.name = streams[i], .shard_count = 1},
                                   &stream, &err),
                 &err);
        CHECK_OK("function",
                 mr_functions_add(mr_sim_functions(w->sim),
                                  &(mr_function_options){.name = functions[i],
                                                         .runtime = "python3.12",
                                                         .handler = "x.y",
                                                         .directory = "."},
                                  &function, &err),
                 &err);
    }
    static const mr_builtin_options builtin = {.kind = MR_BUILTIN_JSON};
    CHECK_OK("builtin",
             mr_functions_add(mr_sim_functions(w->sim),
                              &(mr_function_options){.name = "b", .builtin = &builtin}, &function,
                              &err),
             &err);
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->sim), "failed", &err), &err);
}

static api_answer ask(api_world *w, const char *line, const char *body)
{
    return api_ask(w, line, NULL, NULL, NULL, mr_bytes_of(body));
}

/* The text between two pieces of the body. Owned. */
static char *between(const api_answer *answer, const char *before, const char *after)
{
    char *body = mr_bytes_dup(answer->body);
    char *from = strstr(body, before);
    CHECK_TRUE(before, from != NULL);
    from += strlen(before);
    char *to = strstr(from, after);
    CHECK_TRUE(after, to != NULL);
    char *text = mr_strndup(from, (size_t)(to - from));
    mr_free(body);
    return text;
}

static void check_answer(const char *label, api_answer *answer, int status, const char *want)
{
    CHECK_INT(label, answer->status, status);
    CHECK_BYTES(label, answer->body, mr_bytes_of(want));
    api_answer_deinit(answer);
}

/* ---- a life ---- */

#define ANSWER                                                                                     \
    "{\"UUID\":\"%s\",\"EventSourceMappingArn\":"                                                  \
    "\"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:%s\",\"BatchSize\":%d,"          \
    "\"BisectBatchOnFunctionError\":false,\"DestinationConfig\":{\"OnFailure\":{}},"               \
    "\"EventSourceArn\":\"" STREAM_ARN "\",\"FunctionArn\":"                                       \
    "\"arn:aws:lambda:us-east-1:000000000000:function:f\",\"FunctionResponseTypes\":[],"           \
    "\"MaximumBatchingWindowInSeconds\":0,\"MaximumRecordAgeInSeconds\":-1,"                       \
    "\"MaximumRetryAttempts\":-1,\"ParallelizationFactor\":1,\"StartingPosition\":\"LATEST\","     \
    "\"TumblingWindowInSeconds\":0,\"LastModified\":%s,\"LastProcessingResult\":"                  \
    "\"No records processed\",\"State\":\"%s\",\"StateTransitionReason\":\"User action\"}"

static void test_a_mapping_lives(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){.stream_state_delay_us = 1000000}, (mr_api_options){0});
    make_things(&w);
    api_advance(&w, 2000000);
    api_answer answer = ask(&w, "POST " MAPPINGS "/",
                            "{\"FunctionName\":\"f\",\"EventSourceArn\":\"" STREAM_ARN
                            "\",\"StartingPosition\":\"LATEST\"}");
    char *uuid = between(&answer, "{\"UUID\":\"", "\"");
    char *line = mr_format("GET " MAPPINGS "/%s", uuid);
    char *update = mr_format("PUT " MAPPINGS "/%s", uuid);
    char *remove = mr_format("DELETE " MAPPINGS "/%s", uuid);
    char *want = mr_format(ANSWER, uuid, uuid, 100, "1735689602", "Creating");
    check_answer("create", &answer, 202, want);
    mr_free(want);
    api_advance(&w, 1000000);
    want = mr_format(ANSWER, uuid, uuid, 100, "1735689602", "Enabled");
    answer = ask(&w, line, "");
    check_answer("get", &answer, 200, want);
    mr_free(want);
    answer = ask(&w, update, "{\"BatchSize\":5}");
    want = mr_format(ANSWER, uuid, uuid, 5, "1735689603", "Updating");
    check_answer("update", &answer, 202, want);
    mr_free(want);
    answer = ask(&w, remove, "");
    CHECK_INT("in use", answer.status, 400);
    CHECK_BYTES("in use", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("ResourceInUseException"));
    api_answer_deinit(&answer);
    api_advance(&w, 1000000);
    answer = ask(&w, remove, "");
    want = mr_format(ANSWER, uuid, uuid, 5, "1735689603", "Deleting");
    check_answer("delete", &answer, 202, want);
    mr_free(want);
    api_advance(&w, 1000000);
    answer = ask(&w, line, "");
    check_answer("gone", &answer, 404,
                 "{\"Type\":\"User\",\"Message\":\"The resource you requested does not exist.\"}");
    mr_free(uuid);
    mr_free(line);
    mr_free(update);
    mr_free(remove);
    api_world_deinit(&w);
}

static void test_every_setting_comes_back(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    make_things(&w);
    api_answer answer =
        ask(&w, "POST " MAPPINGS,
            "{\"FunctionName\":\"000000000000:function:g:live\",\"EventSourceArn\":\"" STREAM_ARN
            "\",\"StartingPosition\":\"AT_TIMESTAMP\",\"StartingPositionTimestamp\":1735689600.5,"
            "\"BatchSize\":7,\"MaximumBatchingWindowInSeconds\":30,\"ParallelizationFactor\":4,"
            "\"MaximumRetryAttempts\":2,\"MaximumRecordAgeInSeconds\":120,"
            "\"BisectBatchOnFunctionError\":true,\"Enabled\":false,"
            "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],"
            "\"TumblingWindowInSeconds\":0,"
            "\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:s3:::failed\"}},"
            "\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"data\\\":{\\\"a\\\":[1]}}\"}]}}");
    CHECK_INT("status", answer.status, 202);
    char *text = between(&answer, "event-source-mapping:", ",\"LastModified\"");
    CHECK_STR("settings", text + 36,
              "\",\"BatchSize\":7,\"BisectBatchOnFunctionError\":true,\"DestinationConfig\":"
              "{\"OnFailure\":{\"Destination\":\"arn:aws:s3:::failed\"}},\"EventSourceArn\":"
              "\"" STREAM_ARN "\",\"FilterCriteria\":{\"Filters\":[{\"Pattern\":"
              "\"{\\\"data\\\":{\\\"a\\\":[1]}}\"}]},\"FunctionArn\":"
              "\"arn:aws:lambda:us-east-1:000000000000:function:g:live\","
              "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],"
              "\"MaximumBatchingWindowInSeconds\":30,\"MaximumRecordAgeInSeconds\":120,"
              "\"MaximumRetryAttempts\":2,\"ParallelizationFactor\":4,"
              "\"StartingPosition\":\"AT_TIMESTAMP\",\"StartingPositionTimestamp\":1735689600.5,"
              "\"TumblingWindowInSeconds\":0");
    mr_free(text);
    char *uuid = between(&answer, "{\"UUID\":\"", "\"");
    api_answer_deinit(&answer);
    char *line = mr_format("PUT " MAPPINGS "/%s", uuid);
    answer = ask(&w, line,
                 "{\"DestinationConfig\":{\"OnFailure\":{}},\"FilterCriteria\":{},"
                 "\"FunctionResponseTypes\":[],\"BisectBatchOnFunctionError\":false}");
    CHECK_INT("cleared", answer.status, 202);
    text = between(&answer, "\"BatchSize\":7,", ",\"FunctionArn\"");
    CHECK_STR("cleared", text,
              "\"BisectBatchOnFunctionError\":false,\"DestinationConfig\":{\"OnFailure\":{}},"
              "\"EventSourceArn\":\"" STREAM_ARN "\"");
    mr_free(text);
    api_answer_deinit(&answer);
    mr_free(line);
    mr_free(uuid);
    api_world_deinit(&w);
}

static void test_mappings_are_listed_in_pages_and_by_what_they_join(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    make_things(&w);
    static const char *const functions[] = {"f", "f", "g"};
    static const char *const streams[] = {"s", "t", "s"};
    for (size_t i = 0; i < 3; i++) {
        char *body = mr_format("{\"FunctionName\":\"%s\",\"EventSourceArn\":"
                               "\"arn:aws:kinesis:us-east-1:000000000000:stream/%s\","
                               "\"StartingPosition\":\"LATEST\"}",
                               functions[i], streams[i]);
        api_answer answer = ask(&w, "POST " MAPPINGS, body);
        CHECK_INT("made", answer.status, 202);
        api_answer_deinit(&answer);
        mr_free(body);
    }
    const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"", 3},
        {"?FunctionName=f", 2},
        {"?FunctionName=arn:aws:lambda:us-east-1:000000000000:function:g", 1},
        {"?EventSourceArn=arn%3Aaws%3Akinesis%3Aus-east-1%3A000000000000%3Astream%2Fs", 2},
        {"?EventSourceArn=" STREAM_ARN "&FunctionName=f", 1},
        {"?FunctionName=nobody", 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *line = mr_format("GET " MAPPINGS "/%s", cases[i].query);
        api_answer answer = ask(&w, line, "");
        CHECK_INT(line, answer.status, 200);
        size_t count = 0;
        char *body = mr_bytes_dup(answer.body);
        for (const char *at = body; (at = strstr(at, "\"UUID\"")) != NULL; at++) {
            count++;
        }
        CHECK_INT(line, count, cases[i].count);
        CHECK_TRUE("no marker", strstr(body, "NextMarker") == NULL);
        mr_free(body);
        api_answer_deinit(&answer);
        mr_free(line);
    }
    char *marker = mr_strdup("");
    for (int page = 0; page < 3; page++) {
        char *line =
            mr_format("GET " MAPPINGS "?MaxItems=1%s%s", page == 0 ? "" : "&Marker=", marker);
        api_answer answer = ask(&w, line, "");
        mr_free(line);
        mr_free(marker);
        marker = page < 2 ? between(&answer, "\"NextMarker\":\"", "\"") : NULL;
        if (page == 2) {
            char *body = mr_bytes_dup(answer.body);
            CHECK_TRUE("the last", strstr(body, "NextMarker") == NULL);
            mr_free(body);
        }
        api_answer_deinit(&answer);
    }
    api_world_deinit(&w);
}

/* ---- bad requests ---- */

#define GOOD  "\"FunctionName\":\"f\",\"EventSourceArn\":\"" STREAM_ARN "\""
#define BEGUN GOOD ",\"StartingPosition\":\"LATEST\""

typedef struct bad_request {
    const char *line, *body;
    int status;
    const char *type, *message; /* a piece of it */
} bad_request;

#define POST   "POST " MAPPINGS
#define CHOICE "InvalidParameterValueException"
#define RULE   "ValidationException"

static const bad_request bad_requests[] = {
    {POST, "{", 400, "SerializationException", ""},
    {POST, "[]", 400, "SerializationException", ""},
    {POST, "{" GOOD ",\"StartingPosition\":5}", 400, "SerializationException", ""},
    {POST, "{" BEGUN ",\"BatchSize\":\"ten\"}", 400, "SerializationException", ""},
    {POST, "{" BEGUN ",\"Enabled\":\"maybe\"}", 400, "SerializationException", ""},
    {POST, "{\"EventSourceArn\":\"" STREAM_ARN "\",\"StartingPosition\":\"LATEST\"}", 400, RULE,
     "Value null at 'functionName' failed to satisfy constraint: Member must not be null"},
    {POST, "{" BEGUN ",\"BatchSize\":0}", 400, RULE,
     "Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than "
     "or equal to 1"},
    {POST, "{" BEGUN ",\"BatchSize\":10001}", 400, RULE, "less than or equal to 10000"},
    {POST, "{" BEGUN ",\"MaximumBatchingWindowInSeconds\":301}", 400, RULE,
     "'maximumBatchingWindowInSeconds'"},
    {POST, "{" BEGUN ",\"ParallelizationFactor\":11}", 400, RULE, "'parallelizationFactor'"},
    {POST, "{" BEGUN ",\"MaximumRetryAttempts\":-2}", 400, RULE, "'maximumRetryAttempts'"},
    {POST, "{" BEGUN ",\"MaximumRecordAgeInSeconds\":604801}", 400, RULE,
     "'maximumRecordAgeInSeconds'"},
    {POST, "{" BEGUN ",\"TumblingWindowInSeconds\":901}", 400, RULE, "'tumblingWindowInSeconds'"},
    {POST, "{" GOOD ",\"StartingPosition\":\"FIRST\"}", 400, RULE,
     "Value 'FIRST' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum "
     "value set"},
    {POST, "{" BEGUN ",\"FunctionResponseTypes\":[\"All\"]}", 400, RULE, "functionResponseTypes"},
    {POST,
     "{\"FunctionName\":\"f!\",\"EventSourceArn\":\"" STREAM_ARN
     "\",\"StartingPosition\":\"LATEST\"}",
     400, RULE, "'functionName'"},
    {POST, "{\"FunctionName\":\"f\",\"EventSourceArn\":\"s\",\"StartingPosition\":\"LATEST\"}", 400,
     RULE, "'eventSourceArn'"},
    {POST, "{" BEGUN ",\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"failed\"}}}", 400,
     RULE, "'destinationConfig.onFailure.destination'"},
    {POST, "{" GOOD "}", 400, CHOICE, "Value null at 'startingPosition'"},
    {POST, "{" GOOD ",\"StartingPosition\":\"AT_TIMESTAMP\"}", 400, CHOICE,
     "StartingPositionTimestamp is required"},
    {POST, "{" BEGUN ",\"StartingPositionTimestamp\":1}", 400, CHOICE, "only valid with"},
    {POST, "{\"FunctionName\":\"f\",\"StartingPosition\":\"LATEST\"}", 400, CHOICE,
     "Unrecognized event source"},
    {POST, "{" BEGUN "x\"}", 400, "SerializationException", ""},
    {POST,
     "{\"FunctionName\":\"f\",\"EventSourceArn\":\"" STREAM_ARN
     "x\",\"StartingPosition\":\"LATEST\"}",
     400, CHOICE, "Stream not found: " STREAM_ARN "x"},
    {POST,
     "{\"FunctionName\":\"f\",\"EventSourceArn\":\"" STREAM_ARN
     "/consumer/c:1\",\"StartingPosition\":\"LATEST\"}",
     400, CHOICE, "Stream consumer not found"},
    {POST,
     "{\"FunctionName\":\"f\",\"EventSourceArn\":\"arn:aws:sqs:us-east-1:000000000000:q\","
     "\"StartingPosition\":\"LATEST\"}",
     400, CHOICE, "only data streams"},
    {POST,
     "{\"FunctionName\":\"h\",\"EventSourceArn\":\"" STREAM_ARN
     "\",\"StartingPosition\":\"LATEST\"}",
     404, "ResourceNotFoundException",
     "Function not found: arn:aws:lambda:us-east-1:000000000000:function:h"},
    {POST,
     "{\"FunctionName\":\"b\",\"EventSourceArn\":\"" STREAM_ARN
     "\",\"StartingPosition\":\"LATEST\"}",
     400, CHOICE, "function b has a Builtin alone"},
    {POST, "{" BEGUN ",\"MaximumRecordAgeInSeconds\":59}", 400, CHOICE,
     "MaximumRecordAgeInSeconds must be -1, or between 60 and 604800"},
    {POST, "{" BEGUN ",\"TumblingWindowInSeconds\":30}", 400, CHOICE, "tumbling windows"},
    {POST,
     "{" BEGUN ",\"DestinationConfig\":{\"OnFailure\":{\"Destination\":"
     "\"arn:aws:sqs:us-east-1:000000000000:q\"}}}",
     400, CHOICE, "DestinationConfig.OnFailure.Destination: arn:aws:sqs"},
    {POST,
     "{" BEGUN ",\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:s3:::no-one\"}}}",
     400, CHOICE, "there is no bucket no-one"},
    {POST,
     "{" BEGUN ",\"DestinationConfig\":{\"OnSuccess\":{\"Destination\":\"arn:aws:s3:::failed\"}}}",
     400, CHOICE, "DestinationConfig.OnSuccess is not supported"},
    {POST, "{" BEGUN ",\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"x\"}]}}", 400, CHOICE,
     "Invalid filter pattern definition."},
    {POST, "{" BEGUN ",\"FilterCriteria\":{\"Filters\":[{}]}}", 400, CHOICE,
     "Invalid filter pattern definition."},
    {POST, "{" BEGUN ",\"FilterCriteria\":{\"Filters\":[{\"Pattern\":\"{\\\"body\\\":[1]}\"}]}}",
     400, CHOICE, "has no body"},
    {POST, "{" BEGUN ",\"Topics\":[\"t\"]}", 400, CHOICE, "Topics is not supported here"},
    {POST, "{" BEGUN ",\"Queues\":[\"q\"]}", 400, CHOICE, "Queues is not supported here"},
    {POST, "{" BEGUN ",\"ScalingConfig\":{\"MaximumConcurrency\":2}}", 400, CHOICE,
     "ScalingConfig is not supported here"},
    {POST, "{" BEGUN ",\"SourceAccessConfigurations\":[{\"Type\":\"BASIC_AUTH\"}]}", 400, CHOICE,
     "SourceAccessConfigurations is not supported here"},
    {"GET " MAPPINGS "/" UNKNOWN, "", 404, "ResourceNotFoundException",
     "The resource you requested does not exist."},
    {"PUT " MAPPINGS "/" UNKNOWN, "{}", 404, "ResourceNotFoundException",
     "The resource you requested does not exist."},
    {"DELETE " MAPPINGS "/" UNKNOWN, "", 404, "ResourceNotFoundException",
     "The resource you requested does not exist."},
    {"GET " MAPPINGS "?MaxItems=0", "", 400, RULE, "'maxItems'"},
    {"GET " MAPPINGS "?MaxItems=many", "", 400, "SerializationException", ""},
    {"GET " MAPPINGS "?FunctionName=f!", "", 400, RULE, "'functionName'"},
};

static void test_bad_requests_are_refused(void **state)
{
    (void)state;
    api_world w;
    api_world_init(&w, (mr_sim_options){0}, (mr_api_options){0});
    make_things(&w);
    for (size_t i = 0; i < MR_COUNT(bad_requests); i++) {
        const bad_request *bad = &bad_requests[i];
        char *label = mr_format("%s %s", bad->line, bad->body);
        api_answer answer = ask(&w, bad->line, bad->body);
        char *body = mr_bytes_dup(answer.body);
        CHECK_HAS(label, body, bad->message);
        CHECK_INT(label, answer.status, bad->status);
        CHECK_BYTES(label, api_header(&answer, "x-amzn-errortype"), mr_bytes_of(bad->type));
        mr_free(body);
        mr_free(label);
        api_answer_deinit(&answer);
    }
    size_t count;
    mr_free(mr_mappings_list(mr_sim_mappings(w.sim), &count));
    CHECK_INT("none was made", count, 0);
    api_answer answer = ask(&w, POST, "{" BEGUN "}");
    char *uuid = between(&answer, "{\"UUID\":\"", "\"");
    api_answer_deinit(&answer);
    answer = ask(&w, POST, "{" BEGUN "}");
    char *want = mr_format("{\"Type\":\"User\",\"message\":\"The event source arn (\\\" " STREAM_ARN
                           " \\\") and function (\\\" f \\\") provided mapping already exists. "
                           "Please update or delete the existing mapping with UUID %s\"}",
                           uuid);
    CHECK_BYTES("twice", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("ResourceConflictException"));
    check_answer("twice", &answer, 409, want);
    mr_free(want);
    mr_free(uuid);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mapping_lives),
        cmocka_unit_test(test_every_setting_comes_back),
        cmocka_unit_test(test_mappings_are_listed_in_pages_and_by_what_they_join),
        cmocka_unit_test(test_bad_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
