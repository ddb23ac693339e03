/* lambda_life_test.c - functions over the wire: what is made is shown, run, changed and gone. */
#include "tests/src/api/lambda_help.h"

static void with_world(void (*test)(lambda_world *w), int64_t state_delay_us)
{
    lambda_world w;
    lambda_world_init(&w, (mr_sim_options){.stream_state_delay_us = state_delay_us});
    test(&w);
    lambda_world_deinit(&w);
}

/* ---- what is shown ---- */

static void creates_and_shows(lambda_world *w)
{
    char *body = lambda_create_body(
        "f", "one",
        ",\"Environment\":{\"Variables\":{\"BB\":\"2\",\"AA\":\"1\"}},\"Tags\":{\"k\":\"v\"}");
    char *got = lambda_want(w, "POST " FUNCTIONS, body, 201);
    lambda_check_member(got, "FunctionName", "f");
    lambda_check_member(got, "FunctionArn", ARN "f");
    lambda_check_member(got, "Runtime", "python3.12");
    lambda_check_member(got, "Role", ROLE);
    lambda_check_member(got, "Handler", "m.f");
    lambda_check_member(got, "Description", "");
    lambda_check_member(got, "Timeout", "3");
    lambda_check_member(got, "MemorySize", "128");
    lambda_check_member(got, "LastModified", "2025-01-01T00:00:00.000+0000");
    lambda_check_member(got, "Version", "$LATEST");
    lambda_check_member(got, "Environment", "{\"Variables\":{\"BB\":\"2\",\"AA\":\"1\"}}");
    lambda_check_member(got, "TracingConfig", "{\"Mode\":\"PassThrough\"}");
    lambda_check_member(got, "PackageType", "Zip");
    lambda_check_member(got, "Architectures", "[\"x86_64\"]");
    lambda_check_member(got, "EphemeralStorage", "{\"Size\":512}");
    lambda_check_member(got, "SnapStart", "{\"ApplyOn\":\"None\",\"OptimizationStatus\":\"Off\"}");
    lambda_check_member(got, "LoggingConfig",
                        "{\"LogFormat\":\"Text\",\"LogGroup\":\"/aws/lambda/f\"}");
    lambda_check_member(got, "State", "Pending");
    lambda_check_member(got, "StateReason", "The function is being created.");
    lambda_check_member(got, "StateReasonCode", "Creating");
    lambda_check_member(got, "LastUpdateStatus", "-");
    char *revision = lambda_member(got, "RevisionId");
    char *sha = lambda_member(got, "CodeSha256");
    CHECK_INT("a uuid", strlen(revision), 36);
    CHECK_INT("a SHA-256 in base64", strlen(sha), 44);
    mr_free(got);

    api_advance(&w->api, MR_US_PER_SECOND);
    got = lambda_want(w, "GET " FUNCTIONS "/f", "", 200);
    lambda_check_member(got, "Configuration.State", "Active");
    lambda_check_member(got, "Configuration.StateReason", "-");
    lambda_check_member(got, "Configuration.LastUpdateStatus", "Successful");
    lambda_check_member(got, "Configuration.RevisionId", revision);
    lambda_check_member(got, "Configuration.CodeSha256", sha);
    lambda_check_member(got, "Code.RepositoryType", "S3");
    lambda_check_member(got, "Tags", "{\"k\":\"v\"}");
    lambda_check_member(got, "Concurrency", "-");

    /* the URL gives the zip, without a signature */
    char *url = lambda_member(got, "Code.Location");
    static const char host[] = "http://localhost";
    CHECK_BYTES("on this server", mr_bytes_make(url, sizeof(host) - 1), mr_bytes_of(host));
    char *line = mr_format("GET %s", url + sizeof(host) - 1);
    api_answer zip = api_ask(&w->api, line, NULL, NULL, "", (mr_bytes){NULL, 0});
    CHECK_INT("zip", zip.status, 200);
    CHECK_BYTES("its type", api_header(&zip, "content-type"), mr_bytes_of("application/zip"));
    char *given = lambda_zip("one");
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_TRUE("base64", mr_base64_decode(&want, mr_bytes_of(given)));
    CHECK_BYTES("as it was uploaded", zip.body, mr_strbuf_bytes(&want));
    mr_strbuf_deinit(&want);
    mr_free(given);
    api_answer_deinit(&zip);
    mr_free(line);
    mr_free(url);
    mr_free(got);

    got = lambda_want(w, "GET " FUNCTIONS "/f/configuration", "", 200);
    lambda_check_member(got, "FunctionArn", ARN "f");
    mr_free(got);
    got = lambda_want(w, "GET /2020-06-30/functions/f/code-signing-config", "", 200);
    CHECK_STR("code signing", got, "{\"FunctionName\":\"f\"}");
    mr_free(got);
    mr_free(revision);
    mr_free(sha);
    mr_free(body);
}

static void test_what_is_created_is_shown(void **state)
{
    (void)state;
    with_world(creates_and_shows, 500 * MR_US_PER_MS);
}

/* ---- updates ---- */

static void updates(lambda_world *w)
{
    lambda_create(w, "f", "");
    char *got = lambda_want(w, "GET " FUNCTIONS "/f/configuration", "", 200);
    char *before = lambda_member(got, "RevisionId");
    char *sha_before = lambda_member(got, "CodeSha256");
    mr_free(got);
    mr_free(lambda_want(w, "PUT " FUNCTIONS "/f/configuration", "{\"Timeout\":5}", 409));
    api_advance(&w->api, MR_US_PER_SECOND);

    got = lambda_want(w, "PUT " FUNCTIONS "/f/configuration", "{\"Timeout\":5,\"Environment\":{}}",
                      200);
    lambda_check_member(got, "Timeout", "5");
    lambda_check_member(got, "Handler", "m.f");
    lambda_check_member(got, "Environment", "{\"Variables\":{}}");
    lambda_check_member(got, "State", "Active");
    lambda_check_member(got, "LastUpdateStatus", "InProgress");
    lambda_check_member(got, "LastUpdateStatusReasonCode", "Creating");
    lambda_check_member(got, "CodeSha256", sha_before);
    char *after = lambda_member(got, "RevisionId");
    CHECK_TRUE("another revision", strcmp(before, after) != 0);
    mr_free(got);
    api_advance(&w->api, MR_US_PER_SECOND);

    char *zip = lambda_zip("two");
    char *stale = mr_format("{\"ZipFile\":\"%s\",\"RevisionId\":\"%s\"}", zip, before);
    mr_free(lambda_want(w, "PUT " FUNCTIONS "/f/code", stale, 412));
    char *dry = mr_format("{\"ZipFile\":\"%s\",\"DryRun\":true}", zip);
    got = lambda_want(w, "PUT " FUNCTIONS "/f/code", dry, 200);
    lambda_check_member(got, "CodeSha256", sha_before);
    mr_free(got);
    char *body = mr_format("{\"ZipFile\":\"%s\",\"RevisionId\":\"%s\",\"FunctionName\":\"other\"}",
                           zip, after);
    got = lambda_want(w, "PUT " FUNCTIONS "/f/code", body, 200);
    lambda_check_member(got, "FunctionName", "f");
    lambda_check_member(got, "LastUpdateStatus", "InProgress");
    char *sha_after = lambda_member(got, "CodeSha256");
    CHECK_TRUE("other code", strcmp(sha_before, sha_after) != 0);
    mr_free(got);
    api_advance(&w->api, MR_US_PER_SECOND);
    got = lambda_want(w, "GET " FUNCTIONS "/f/configuration", "", 200);
    lambda_check_member(got, "LastUpdateStatus", "Successful");
    lambda_check_member(got, "Timeout", "5");
    mr_free(got);
    char *const owned[] = {before, sha_before, after, zip, stale, dry, body, sha_after};
    for (size_t i = 0; i < MR_COUNT(owned); i++) {
        mr_free(owned[i]);
    }
}

static void test_updates_take_their_time_and_change_the_revision(void **state)
{
    (void)state;
    with_world(updates, 500 * MR_US_PER_MS);
}

/* ---- lists and versions ---- */

static void lists(lambda_world *w)
{
    lambda_create(w, "b", "");
    lambda_create(w, "a", ",\"Publish\":true");
    lambda_create(w, "c", "");
    char *got = lambda_want(w, "GET " FUNCTIONS "/?MaxItems=2", "", 200);
    lambda_check_member(got, "Functions.0.FunctionName", "a");
    lambda_check_member(got, "Functions.1.FunctionName", "b");
    lambda_check_member(got, "Functions.2", "-");
    lambda_check_member(got, "Functions.0.State", "-");
    char *marker = lambda_member(got, "NextMarker");
    mr_free(got);
    char *escaped = mr_strdup(marker);
    if (strchr(escaped, '=') != NULL) {
        *strchr(escaped, '=') = '\0';
    }
    size_t padding = strlen(marker) - strlen(escaped);
    char *line = mr_format("GET " FUNCTIONS "?MaxItems=2&Marker=%s%s", escaped,
                           padding == 2   ? "%3D%3D"
                           : padding == 1 ? "%3D"
                                          : "");
    got = lambda_want(w, line, "", 200);
    lambda_check_member(got, "Functions.0.FunctionName", "c");
    lambda_check_member(got, "Functions.1", "-");
    lambda_check_member(got, "NextMarker", "-");
    mr_free(got);
    mr_free(line);
    mr_free(escaped);
    mr_free(marker);

    got = lambda_want(w, "GET " FUNCTIONS "?FunctionVersion=ALL", "", 200);
    lambda_check_member(got, "Functions.0.FunctionArn", ARN "a");
    lambda_check_member(got, "Functions.1.FunctionArn", ARN "a:1");
    lambda_check_member(got, "Functions.2.FunctionArn", ARN "b");
    mr_free(got);

    /* nothing has changed since version 1 */
    got = lambda_want(w, "POST " FUNCTIONS "/a/versions", "{}", 201);
    lambda_check_member(got, "Version", "1");
    mr_free(got);
    mr_free(lambda_want(w, "PUT " FUNCTIONS "/a/configuration", "{\"Timeout\":9}", 200));
    got = lambda_want(w, "POST " FUNCTIONS "/a/versions", "{\"Description\":\"second\"}", 201);
    lambda_check_member(got, "Version", "2");
    lambda_check_member(got, "Timeout", "9");
    lambda_check_member(got, "Description", "second");
    mr_free(got);
    got = lambda_want(w, "GET " FUNCTIONS "/a/configuration?Qualifier=1", "", 200);
    lambda_check_member(got, "Timeout", "3");
    lambda_check_member(got, "FunctionArn", ARN "a:1");
    mr_free(got);
    got = lambda_want(w, "GET " FUNCTIONS "/a/versions", "", 200);
    lambda_check_member(got, "Versions.0.Version", "$LATEST");
    lambda_check_member(got, "Versions.1.Version", "1");
    lambda_check_member(got, "Versions.2.Version", "2");
    lambda_check_member(got, "Versions.3", "-");
    mr_free(got);
    mr_free(lambda_want(w, "DELETE " FUNCTIONS "/a?Qualifier=1", "", 204));
    mr_free(lambda_want(w, "GET " FUNCTIONS "/a:1", "", 404));
    mr_free(lambda_want(w, "GET " FUNCTIONS "/a:2", "", 200));
    got = lambda_want(w, "GET " FUNCTIONS "/a/versions?MaxItems=1", "", 200);
    lambda_check_member(got, "Versions.0.Version", "$LATEST");
    lambda_check_member(got, "Versions.1", "-");
    mr_free(got);
}

static void test_functions_and_versions_are_listed_page_by_page(void **state)
{
    (void)state;
    with_world(lists, 0);
}

/* ---- invoking ---- */

static void invokes(lambda_world *w)
{
    lambda_create(w, "f", "");
    api_answer answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "{\"x\":2}");
    CHECK_INT("status", answer.status, 200);
    CHECK_BYTES("result", answer.body, mr_bytes_of("{\"a\":1}"));
    CHECK_STR("payload", w->canned.payload, "{\"x\":2}");
    CHECK_BYTES("version", api_header(&answer, "x-amz-executed-version"), mr_bytes_of("$LATEST"));
    CHECK_TRUE("no error", api_header(&answer, "x-amz-function-error").at == NULL);
    CHECK_TRUE("no log", api_header(&answer, "x-amz-log-result").at == NULL);
    CHECK_BYTES("one id", api_header(&answer, "x-amzn-requestid"),
                mr_bytes_of(w->canned.request_id));
    CHECK_STR("arn", w->canned.arn, ARN "f");
    api_answer_deinit(&answer);

    /* an empty body, a qualifier, a client's context, a log */
    w->canned.outcome.log = MR_BYTES_LITERAL("hello\n");
    w->canned.outcome.init_us = 110200;
    w->canned.outcome.memory_peak_bytes = 39 * MR_MIB;
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations?Qualifier=$LATEST",
                             "X-Amz-Log-Type: Tail\r\nX-Amz-Client-Context: eyJhIjoKMX0=\r\n", "");
    CHECK_INT("status", answer.status, 200);
    CHECK_STR("payload", w->canned.payload, "{}");
    CHECK_STR("arn", w->canned.arn, ARN "f:$LATEST");
    CHECK_STR("context, on one line", w->canned.client_context, "{\"a\": 1}");
    mr_strbuf log = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_TRUE("base64", mr_base64_decode(&log, api_header(&answer, "x-amz-log-result")));
    char *want = mr_format("START RequestId: %s Version: $LATEST\nhello\nEND RequestId: %s\n"
                           "REPORT RequestId: %s\tDuration: 20.00 ms\tBilled Duration: 20 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 39 MB\tInit Duration: 110.20 "
                           "ms\t\n",
                           w->canned.request_id, w->canned.request_id, w->canned.request_id);
    CHECK_STR("log", mr_strbuf_text(&log), want);
    mr_free(want);
    mr_strbuf_deinit(&log);
    api_answer_deinit(&answer);

    /* a failing function is a 200 */
    w->canned.outcome = (mr_outcome){.kind = MR_OUTCOME_FUNCTION_ERROR,
                                     .payload = MR_BYTES_LITERAL("{\"errorMessage\":\"no\"}")};
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "1");
    CHECK_INT("status", answer.status, 200);
    CHECK_BYTES("error", api_header(&answer, "x-amz-function-error"), mr_bytes_of("Unhandled"));
    CHECK_BYTES("as it came", answer.body, mr_bytes_of("{\"errorMessage\":\"no\"}"));
    api_answer_deinit(&answer);

    w->canned.outcome = (mr_outcome){.kind = MR_OUTCOME_TIMED_OUT};
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "1");
    want = mr_format("{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: %s Error: "
                     "Task timed out after 3.00 seconds\"}",
                     w->canned.request_id);
    CHECK_BYTES("timed out", answer.body, mr_bytes_of(want));
    mr_free(want);
    api_answer_deinit(&answer);

    w->canned.outcome = (mr_outcome){.kind = MR_OUTCOME_NOT_STARTED, .message = "install python"};
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "1");
    CHECK_INT("status", answer.status, 502);
    CHECK_BYTES("type", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("InvalidRuntimeException"));
    CHECK_HAS("message", mr_strbuf_text(&answer.text), "install python");
    api_answer_deinit(&answer);

    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations",
                             "X-Amz-Invocation-Type: DryRun\r\n", "");
    CHECK_INT("dry run", answer.status, 204);
    CHECK_INT("no body", answer.body.len, 0);
    api_answer_deinit(&answer);
    CHECK_INT("five have run", w->canned.invoked, 5);
}

static void test_an_invocation_is_answered_when_the_function_is(void **state)
{
    (void)state;
    with_world(invokes, 0);
}

static void runs_new_code(lambda_world *w)
{
    lambda_create(w, "f", "");
    api_answer answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "");
    api_answer_deinit(&answer);
    char *before = mr_strdup(w->canned.directory);
    char *zip = lambda_zip("two");
    char *body = mr_format("{\"ZipFile\":\"%s\"}", zip);
    mr_free(lambda_want(w, "PUT " FUNCTIONS "/f/code", body, 200));
    CHECK_INT("the idle process ends", w->canned.discarded, 1);
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "");
    api_answer_deinit(&answer);
    CHECK_TRUE("another folder", strcmp(before, w->canned.directory) != 0);
    mr_file_info info;
    CHECK_CODE("the old code is gone",
               mr_platform_fs()->stat(mr_platform_fs(), before, &info, NULL), MR_NOT_FOUND);
    char *path = mr_format("%s/m.py", w->canned.directory);
    char *text = NULL;
    size_t len;
    mr_error err;
    CHECK_OK("read", mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, &err), &err);
    CHECK_STR("the new code", text, "two");
    mr_free(text);
    mr_free(path);
    mr_free(before);
    mr_free(zip);
    mr_free(body);
}

static void test_a_code_update_replaces_what_runs(void **state)
{
    (void)state;
    with_world(runs_new_code, 0);
}

static void throttles(lambda_world *w)
{
    lambda_create(w, "f", "");
    char *got = lambda_want(w, "PUT /2017-10-31/functions/f/concurrency",
                            "{\"ReservedConcurrentExecutions\":0}", 200);
    CHECK_STR("reserved", got, "{\"ReservedConcurrentExecutions\":0}");
    mr_free(got);
    api_answer answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "");
    CHECK_INT("throttled", answer.status, 429);
    CHECK_BYTES("type", api_header(&answer, "x-amzn-errortype"),
                mr_bytes_of("TooManyRequestsException"));
    CHECK_BYTES("body", answer.body,
                mr_bytes_of("{\"Type\":\"User\",\"message\":\"Rate Exceeded.\"}"));
    api_answer_deinit(&answer);
    got = lambda_want(w, "GET /2019-09-30/functions/f/concurrency", "", 200);
    CHECK_STR("reserved", got, "{\"ReservedConcurrentExecutions\":0}");
    mr_free(got);
    got = lambda_want(w, "GET " FUNCTIONS "/f", "", 200);
    lambda_check_member(got, "Concurrency.ReservedConcurrentExecutions", "0");
    mr_free(got);
    mr_free(lambda_want(w, "DELETE /2017-10-31/functions/f/concurrency", "", 204));
    got = lambda_want(w, "GET /2019-09-30/functions/f/concurrency", "", 200);
    CHECK_STR("none", got, "{}");
    mr_free(got);
    answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "");
    CHECK_INT("runs again", answer.status, 200);
    api_answer_deinit(&answer);
}

static void test_reserved_concurrency_throttles(void **state)
{
    (void)state;
    with_world(throttles, 0);
}

static void gives_up_after_three(lambda_world *w)
{
    lambda_create(w, "f", "");
    w->canned.outcome = (mr_outcome){.kind = MR_OUTCOME_FUNCTION_ERROR};
    /* Time stands still while it is asked: the world is turned by hand. */
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    api_request(&request, "POST " FUNCTIONS "/f/invocations", NULL, NULL,
                AUTHORIZATION "X-Amz-Invocation-Type: Event\r\n", MR_BYTES_LITERAL("{\"e\":1}"));
    api_answer answer = api_exchange(&w->api, mr_strbuf_bytes(&request));
    mr_strbuf_deinit(&request);
    CHECK_INT("accepted", answer.status, 202);
    CHECK_INT("no body", answer.body.len, 0);
    char *id = mr_bytes_dup(api_header(&answer, "x-amzn-requestid"));
    api_answer_deinit(&answer);
    static const struct {
        int64_t after_s;
        size_t invoked, waiting;
    } steps[] = {{1, 1, 1}, {58, 1, 1}, {2, 2, 1}, {118, 2, 1}, {3, 3, 0}, {600, 3, 0}};
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        api_advance(&w->api, steps[i].after_s * MR_US_PER_SECOND);
        CHECK_INT("attempts", w->canned.invoked, steps[i].invoked);
        CHECK_INT("waiting", mr_event_queue_count(mr_sim_events(w->api.sim)), steps[i].waiting);
        CHECK_STR("the same id each time", w->canned.request_id, id);
    }
    CHECK_STR("the event", w->canned.payload, "{\"e\":1}");
    mr_free(id);
}

static void test_an_event_is_tried_three_times(void **state)
{
    (void)state;
    with_world(gives_up_after_three, 0);
}

/* A client that goes, and an API that goes, while a function runs. */
static void loses_its_client(lambda_world *w)
{
    lambda_create(w, "f", "");
    for (int i = 0; i < 2; i++) {
        w->canned.hold = true;
        int fd = api_connect(&w->api);
        mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        api_request(&request, "POST " FUNCTIONS "/f/invocations", NULL, NULL, NULL,
                    MR_BYTES_LITERAL("{}"));
        mr_bytes to_send = mr_strbuf_bytes(&request);
        while (w->canned.done == NULL) {
            CHECK_TRUE("open", api_turn(&w->api, fd, &to_send, &got));
        }
        close(fd);
        for (int turn = 0; turn < 10; turn++) {
            uv_run(&w->api.loop, UV_RUN_NOWAIT);
        }
        if (i == 0) { /* it comes to its end unheard */
            canned_answer(&w->canned);
            api_advance(&w->api, MR_US_PER_SECOND);
            CHECK_INT("nothing runs", mr_functions_in_flight(mr_sim_functions(w->api.sim)), 0);
        }
        mr_strbuf_deinit(&request);
        mr_strbuf_deinit(&got);
    }
    /* the second one runs on while the world ends */
}

static void test_a_client_that_goes_leaves_the_invocation_alone(void **state)
{
    (void)state;
    with_world(loses_its_client, 0);
}

/* ---- code from our own store ---- */

static void takes_an_object(lambda_world *w)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_store *store = mr_sim_store(w->api.sim);
    CHECK_OK("bucket", mr_store_create_bucket(store, "bucket", &err), &err);
    /* A file that is dropped into a bucket is an object. */
    char *path = mr_store_path(store, "bucket", "code.zip");
    const zip_row row = {"m.py", "from the store", 0100644};
    mr_strbuf zip = zip_of(&row, 1);
    mr_file *file = NULL;
    CHECK_OK("open", fs->open(fs, path, MR_OPEN_CREATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, mr_strbuf_bytes(&zip), 0, &err), &err);
    fs->close(fs, file);
    char *body = lambda_create_body("f", "one",
                                    ",\"Code\":{\"S3Bucket\":\"bucket\",\"S3Key\":\"code.zip\"}");
    char *got = lambda_want(w, "POST " FUNCTIONS, body, 201);
    char *size = mr_format("%zu", zip.len);
    lambda_check_member(got, "CodeSize", size);
    api_answer answer = lambda_exchange(w, "POST " FUNCTIONS "/f/invocations", "", "");
    api_answer_deinit(&answer);
    char *code = mr_format("%s/m.py", w->canned.directory);
    char *text = NULL;
    size_t len;
    CHECK_OK("read", mr_fs_read_file(fs, code, MR_MIB, &text, &len, &err), &err);
    CHECK_STR("its code", text, "from the store");
    mr_strbuf_deinit(&zip);
    char *const owned[] = {path, body, got, size, code, text};
    for (size_t i = 0; i < MR_COUNT(owned); i++) {
        mr_free(owned[i]);
    }
}

static void test_code_may_be_an_object_of_our_own(void **state)
{
    (void)state;
    with_world(takes_an_object, 0);
}

/* ---- permissions and tags ---- */

static void keeps_permissions(lambda_world *w)
{
    lambda_create(w, "f", "");
    mr_free(lambda_want(w, "GET " FUNCTIONS "/f/policy", "", 404));
    static const char body[] =
        "{\"StatementId\":\"s3\",\"Action\":\"lambda:InvokeFunction\","
        "\"Principal\":\"s3.amazonaws.com\",\"SourceArn\":\"arn:aws:s3:::b\","
        "\"SourceAccount\":\"000000000000\"}";
    char *got = lambda_want(w, "POST " FUNCTIONS "/f/policy", body, 201);
    lambda_check_member(got, "Statement",
                        "{\"Sid\":\"s3\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                        "\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",\"Resource\":"
                        "\"" ARN "f\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":"
                        "\"000000000000\"},\"ArnLike\":{\"AWS:SourceArn\":\"arn:aws:s3:::b\"}}}");
    mr_free(got);
    mr_free(lambda_want(w, "POST " FUNCTIONS "/f/policy", body, 409));
    mr_free(lambda_want(w, "POST " FUNCTIONS "/f/policy",
                        "{\"StatementId\":\"all\",\"Action\":\"*\",\"Principal\":\"111111111111\"}",
                        201));
    got = lambda_want(w, "GET " FUNCTIONS "/f/policy", "", 200);
    char *policy = lambda_member(got, "Policy");
    lambda_check_member(policy, "Version", "2012-10-17");
    lambda_check_member(policy, "Id", "default");
    lambda_check_member(policy, "Statement.0.Sid", "s3");
    lambda_check_member(policy, "Statement.1.Principal.AWS", "arn:aws:iam::111111111111:root");
    mr_free(policy);
    mr_free(got);
    mr_free(lambda_want(w, "DELETE " FUNCTIONS "/f/policy/s3", "", 204));
    mr_free(lambda_want(w, "DELETE " FUNCTIONS "/f/policy/s3", "", 404));
}

static void test_permissions_are_kept_and_shown(void **state)
{
    (void)state;
    with_world(keeps_permissions, 0);
}

static void keeps_tags(lambda_world *w)
{
    lambda_create(w, "f", ",\"Tags\":{\"a\":\"1\"}");
    mr_free(lambda_want(w, "POST /2017-03-31/tags/" ARN "f", "{\"Tags\":{\"b\":\"2\",\"a\":\"3\"}}",
                        204));
    char *got = lambda_want(w,
                            "GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000"
                            "%3Afunction%3Af",
                            "", 200);
    CHECK_STR("tags", got, "{\"Tags\":{\"a\":\"3\",\"b\":\"2\"}}");
    mr_free(got);
    mr_free(lambda_want(w, "DELETE /2017-03-31/tags/" ARN "f?tagKeys=a&tagKeys=none", "", 204));
    got = lambda_want(w, "GET /2017-03-31/tags/" ARN "f", "", 200);
    CHECK_STR("tags", got, "{\"Tags\":{\"b\":\"2\"}}");
    mr_free(got);
    got = lambda_want(w, "GET /2016-08-19/account-settings/", "", 200);
    lambda_check_member(got, "AccountUsage.FunctionCount", "1");
    lambda_check_member(got, "AccountLimit.CodeSizeUnzipped", "262144000");
    mr_free(got);
}

static void test_tags_are_kept_and_shown(void **state)
{
    (void)state;
    with_world(keeps_tags, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_created_is_shown),
        cmocka_unit_test(test_updates_take_their_time_and_change_the_revision),
        cmocka_unit_test(test_functions_and_versions_are_listed_page_by_page),
        cmocka_unit_test(test_an_invocation_is_answered_when_the_function_is),
        cmocka_unit_test(test_a_code_update_replaces_what_runs),
        cmocka_unit_test(test_reserved_concurrency_throttles),
        cmocka_unit_test(test_an_event_is_tried_three_times),
        cmocka_unit_test(test_a_client_that_goes_leaves_the_invocation_alone),
        cmocka_unit_test(test_code_may_be_an_object_of_our_own),
        cmocka_unit_test(test_permissions_are_kept_and_shown),
        cmocka_unit_test(test_tags_are_kept_and_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
