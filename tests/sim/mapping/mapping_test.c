/* mapping_test.c - event source mappings on the virtual clock: what is sent when, and what becomes
 * of batches that fail. */
#include "tests/sim/mapping/mapping_world.h"

#include <unistd.h>

/* ---- batches ---- */

static void test_a_batch_is_sent_at_the_first_read_without_a_window(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    mr_mapping *m = world_map(w, &settings);
    CHECK_STR("at first", mr_mapping_look(m).last_result, "No records processed");
    world_run_for(w, 10 * SECOND);
    CHECK_INT("no timer at rest", mr_clock_next_due_us(mr_sim_clock(w->sim)), INT64_MAX);
    world_put_many(w, 1, 3);
    const int64_t put_us = world_now(w);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 1);
    CHECK_STR("data", world_call(w, 0), "r1 r2 r3 ");
    CHECK_INT("with the next second's read", w->calls[0].time_us - put_us, 0);
    CHECK_STR("result", mr_mapping_look(m).last_result, "OK");
    CHECK_INT("done", mr_mapping_count(m).done, 3);
    world_close(w);
}

static void test_a_batch_has_at_most_batch_size_records_in_order(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 2;
    (void)world_map(w, &settings);
    world_put_many(w, 1, 5);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 3);
    CHECK_STR("first", world_call(w, 0), "r1 r2 ");
    CHECK_STR("second", world_call(w, 1), "r3 r4 ");
    CHECK_STR("third", world_call(w, 2), "r5 ");
    CHECK_TRUE("one after the other", w->calls[1].time_us >= w->calls[0].time_us + 20000);
    world_close(w);
}

static void test_a_window_ends_with_its_time_and_with_a_full_batch(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 4;
    settings.window_s = 30;
    (void)world_map(w, &settings);
    const int64_t begin_us = world_now(w);
    world_put_many(w, 1, 3);
    world_run_for(w, 29 * SECOND);
    CHECK_INT("it waits", w->call_count, 0);
    world_run_until_idle(w);
    CHECK_INT("the window", w->calls[0].time_us - begin_us, 30 * SECOND);
    const int64_t full_us = world_now(w);
    world_put_many(w, 4, 7);
    world_run_for(w, SECOND);
    CHECK_STR("full", world_call(w, 1), "r4 r5 r6 r7 ");
    CHECK_TRUE("at once", w->calls[1].time_us - full_us <= SECOND);
    world_close(w);
}

static void test_a_drain_does_not_wait_for_windows(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.window_s = 300;
    (void)world_map(w, &settings);
    const int64_t begin_us = world_now(w);
    world_put_many(w, 1, 3);
    world_run_for(w, 2 * SECOND);
    CHECK_INT("it waits", w->call_count, 0);
    mr_sim_drain(w->sim);
    world_run_until_idle(w);
    CHECK_STR("sent", world_call(w, 0), "r1 r2 r3 ");
    CHECK_TRUE("soon", world_now(w) < begin_us + 5 * SECOND);
    world_close(w);
}

static void test_an_event_is_never_past_six_megabytes(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    (void)world_map(w, &settings);
    char *data = mr_alloc(MR_MIB);
    memset(data, 'x', MR_MIB - 8);
    data[MR_MIB - 8] = '\0';
    for (int i = 0; i < 6; i++) {
        world_put(w, "k", data);
    }
    mr_free(data);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 2);
    CHECK_INT("four of 1.33 MB", w->calls[0].records, 4);
    CHECK_INT("the rest", w->calls[1].records, 2);
    CHECK_TRUE("bound", strlen(w->calls[0].event) <= MR_FUNCTION_PAYLOAD_MAX);
    world_close(w);
}

static void test_the_event_is_that_of_aws(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.start_us = INT64_C(1545084650987000)});
    mr_mapping_settings settings = world_settings();
    settings.role = "arn:aws:iam::000000000000:role/lambda";
    (void)world_map(w, &settings);
    world_put(w, "1", "Hello, this is a test.");
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(mr_stream_shard(world_stream(w), 0), 1, world_now(w), sequence);
    world_run_until_idle(w);
    char *want = mr_format(
        "{\"Records\":[{\"kinesis\":{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"1\","
        "\"sequenceNumber\":\"%s\",\"data\":\"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==\","
        "\"approximateArrivalTimestamp\":1545084650.987},\"eventSource\":\"aws:kinesis\","
        "\"eventVersion\":\"1.0\",\"eventID\":\"shardId-000000000000:%s\","
        "\"eventName\":\"aws:kinesis:record\","
        "\"invokeIdentityArn\":\"arn:aws:iam::000000000000:role/lambda\","
        "\"awsRegion\":\"us-east-1\","
        "\"eventSourceARN\":\"arn:aws:kinesis:us-east-1:000000000000:stream/s\"}]}",
        sequence, sequence);
    CHECK_STR("event", w->calls[0].event, want);
    mr_free(want);
    world_close(w);
}

/* ---- where it begins ---- */

static void test_starting_positions(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_iterator_type type;
        int64_t offset_us;
        const char *want;
    } cases[] = {
        {"TRIM_HORIZON", MR_ITERATOR_TRIM_HORIZON, 0, "r1 r2 r3 "},
        {"LATEST", MR_ITERATOR_LATEST, 0, "r3 "},
        {"AT_TIMESTAMP", MR_ITERATOR_AT_TIMESTAMP, 30 * SECOND, "r2 r3 "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_open(&(world_options){0});
        const int64_t begin_us = world_now(w);
        world_put(w, "k", "r1");
        world_run_for(w, MINUTE);
        world_put(w, "k", "r2");
        world_run_for(w, MINUTE);
        mr_mapping_settings settings = world_settings();
        settings.starting = cases[i].type;
        settings.starting_us = begin_us + cases[i].offset_us;
        (void)world_map(w, &settings);
        world_put(w, "k", "r3");
        world_run_until_idle(w);
        CHECK_STR(cases[i].label, world_call(w, 0), cases[i].want);
        world_close(w);
    }
}

/* ---- failures ---- */

static void test_a_failing_batch_blocks_its_shard_for_so_many_attempts(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.shards = 1});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 2;
    settings.retries_max = 3;
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    const int64_t begin_us = world_now(w);
    world_put_many(w, 1, 4);
    world_run_until_idle(w);
    CHECK_INT("four attempts each", w->call_count, 8);
    static const int64_t waits_s[] = {1, 2, 4};
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR("the first batch", world_call(w, i), "r1 r2 ");
        CHECK_STR("then the second", world_call(w, i + 4), "r3 r4 ");
        if (i > 0) {
            CHECK_INT("back-off", (w->calls[i].time_us - w->calls[i - 1].time_us) / SECOND,
                      waits_s[i - 1]);
        }
    }
    CHECK_TRUE("in simulated time", world_now(w) < begin_us + MINUTE);
    CHECK_INT("given up", mr_mapping_count(m).given_up, 4);
    CHECK_STR("result", mr_mapping_look(m).last_result, "PROBLEM: Function call failed");
    world_close(w);
}

static void test_without_a_limit_a_batch_is_tried_until_its_records_leave_the_stream(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 1;
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    const int64_t begin_us = world_now(w);
    world_put(w, "k", "poison");
    world_run_for(w, HOUR);
    world_put(w, "k", "later");
    w->handle = handle_badly;
    world_run_for(w, 22 * HOUR);
    CHECK_STR("still the first", world_call(w, w->call_count - 1), "poison ");
    CHECK_TRUE("thousands of attempts", w->call_count > 2000);
    world_run_to(w, begin_us + 24 * HOUR + MINUTE);
    CHECK_INT("gone with retention", mr_mapping_count(m).given_up, 1);
    w->handle = handle_well;
    world_run_until_idle(w);
    CHECK_STR("the next", world_call(w, w->call_count - 1), "later ");
    CHECK_INT("done", mr_mapping_count(m).done, 1);
    world_close(w);
}

static void test_records_past_the_largest_age_are_not_sent(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.age_max_s = 60;
    mr_mapping *m = world_map(w, &settings);
    w->handle = handle_badly;
    world_put(w, "k", "old");
    world_run_for(w, 40 * SECOND);
    world_put(w, "k", "young");
    world_run_for(w, 40 * SECOND);
    w->handle = handle_well;
    world_run_until_idle(w);
    CHECK_INT("given up", mr_mapping_count(m).given_up, 1);
    CHECK_STR("the other is sent", world_call(w, w->call_count - 1), "young ");
    CHECK_INT("done", mr_mapping_count(m).done, 1);
    world_close(w);
}

static void test_a_throttled_invocation_is_no_attempt(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    mr_mapping *m = world_map(w, &settings);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_LAMBDA_THROTTLED, .most = 5});
    world_put(w, "k", "r1");
    world_run_until_idle(w);
    CHECK_INT("done", mr_mapping_count(m).done, 1);
    CHECK_INT("asked", mr_mapping_count(m).invocations, 6);
    CHECK_INT("given up", mr_mapping_count(m).given_up, 0);
    world_close(w);
}

static void test_a_throttled_invocation_is_not_counted_in_the_failure_object(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    settings.failure_arn = "arn:aws:s3:::failed";
    w->handle = handle_badly;
    (void)world_map(w, &settings);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_LAMBDA_THROTTLED, .most = 2});
    world_put(w, "k", "r1");
    world_run_until_idle(w);
    found f = world_objects(w);
    char *body = world_body(w, f.keys[0]);
    CHECK_HAS("once", body, "\"approximateInvokeCount\":1");
    mr_free(body);
    found_deinit(&f);
    world_close(w);
}

static void test_a_function_that_is_gone_is_waited_for(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    (void)world_map(w, &settings);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .without_function = true});
    world_put(w, "k", "r1");
    world_run_for(w, MINUTE);
    CHECK_STR("result", mr_mapping_look(world_only(w)).last_result,
              "PROBLEM: Function call failed");
    world_add_function(w);
    world_run_until_idle(w);
    CHECK_STR("sent", world_call(w, 0), "r1 ");
    world_close(w);
}

static char *handle_poison(world *w, const sent *call, const cJSON *event)
{
    (void)w, (void)event;
    return strstr(call->data, "r5 ") == NULL ? mr_strdup("null") : NULL;
}

static void test_bisect_isolates_the_poison_record(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.bisect = true;
    settings.retries_max = 1;
    settings.failure_arn = "arn:aws:s3:::failed";
    w->handle = handle_poison;
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 8);
    world_run_until_idle(w);
    static const char *const want[] = {"r1 r2 r3 r4 r5 r6 r7 r8 ",
                                       "r1 r2 r3 r4 ",
                                       "r5 r6 r7 r8 ",
                                       "r5 r6 ",
                                       "r5 ",
                                       "r5 ",
                                       "r6 ",
                                       "r7 r8 "};
    CHECK_INT("calls", w->call_count, MR_COUNT(want));
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        CHECK_STR("call", world_call(w, i), want[i]);
    }
    CHECK_INT("done", mr_mapping_count(m).done, 7);
    CHECK_INT("given up", mr_mapping_count(m).given_up, 1);
    found f = world_objects(w);
    CHECK_INT("objects", f.count, 1);
    char *body = world_body(w, f.keys[0]);
    CHECK_HAS("one record", body, "\"batchSize\":1");
    CHECK_HAS("tried twice", body, "\"approximateInvokeCount\":2");
    mr_free(body);
    found_deinit(&f);
    world_close(w);
}

/* ---- partial batch responses ---- */

static const char *sequence_of(const cJSON *event, int place)
{
    const cJSON *record = cJSON_GetArrayItem(cJSON_GetObjectItem(event, "Records"), place);
    return member_text(cJSON_GetObjectItem(record, "kinesis"), "sequenceNumber");
}

/* Reports every record whose data is r3 or r4, unless it has been sent three times. */
static char *handle_reporting(world *w, const sent *call, const cJSON *event)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    size_t *seen = w->extra;
    char *data = mr_strdup(call->data), *rest = NULL;
    int place = 0;
    bool first = true;
    mr_strbuf_append_text(&out, "{\"batchItemFailures\":[");
    (*seen)++;
    for (char *word = strtok_r(data, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (*seen < 4 && (strcmp(word, "r3") == 0 || strcmp(word, "r4") == 0)) {
            mr_strbuf_appendf(&out, "%s{\"itemIdentifier\":\"%s\"}", first ? "" : ",",
                              sequence_of(event, place));
            first = false;
        }
        place++;
    }
    mr_strbuf_append_text(&out, "]}");
    mr_free(data);
    return mr_strbuf_take(&out);
}

static void test_a_partial_response_moves_to_the_lowest_reported_record(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    size_t seen = 0;
    w->extra = &seen;
    w->handle = handle_reporting;
    mr_mapping_settings settings = world_settings();
    settings.reports_items = true;
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 5);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 4);
    CHECK_STR("all", world_call(w, 0), "r1 r2 r3 r4 r5 ");
    CHECK_STR("the rest", world_call(w, 1), "r3 r4 r5 ");
    CHECK_STR("again", world_call(w, 2), "r3 r4 r5 ");
    CHECK_INT("done", mr_mapping_count(m).done, 5);
    world_close(w);
}

static void test_a_partial_response_and_bisect_split_where_it_failed(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    size_t seen = 0;
    w->extra = &seen;
    w->handle = handle_reporting;
    mr_mapping_settings settings = world_settings();
    settings.reports_items = true;
    settings.bisect = true;
    settings.retries_max = 0;
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 5);
    world_run_until_idle(w);
    static const char *const want[] = {
        "r1 r2 r3 r4 r5 ", "r3 r4 r5 ", "r3 r4 ", "r3 ", "r4 ", "r5 "};
    CHECK_INT("calls", w->call_count, MR_COUNT(want));
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        CHECK_STR("call", world_call(w, i), want[i]);
    }
    CHECK_INT("no attempt was spent on the splits", mr_mapping_count(m).given_up, 0);
    world_close(w);
}

static void test_a_response_counts_only_where_it_is_asked_for(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    size_t seen = 0;
    w->extra = &seen;
    w->handle = handle_reporting;
    mr_mapping_settings settings = world_settings();
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 5);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 1);
    CHECK_INT("done", mr_mapping_count(m).done, 5);
    world_close(w);
}

/* ---- the destination ---- */

static void test_the_failure_object_is_exact(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    settings.failure_arn = "arn:aws:s3:::failed";
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    world_run_for(w, 10 * SECOND); /* its grid of reads begins with its first */
    world_put(w, "k", "a");
    world_run_for(w, SECOND / 2);
    world_put(w, "k", "b");
    world_run_until_idle(w);
    CHECK_INT("objects", mr_mapping_count(m).failure_objects, 2);
    found f = world_objects(w);
    CHECK_INT("objects", f.count, 2);
    char *want = mr_format("aws/lambda/%s/shardId-000000000000/2025/01/01/2025-01-01T00.00.10-",
                           mr_mapping_look(m).uuid);
    CHECK_HAS("key", f.keys[0], want);
    CHECK_INT("and an id", strlen(f.keys[0]), strlen(want) + MR_UUID_SIZE - 1);
    mr_free(want);
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(mr_stream_shard(world_stream(w), 0), 1, MR_SIM_START_DEFAULT + 10 * SECOND,
                      sequence);
    char *body = world_body(w, f.keys[0]);
    cJSON *parsed = cJSON_Parse(body);
    const cJSON *request = cJSON_GetObjectItem(parsed, "requestContext");
    char *expected = mr_format(
        "{\"requestContext\":{\"requestId\":\"%s\",\"functionArn\":"
        "\"arn:aws:lambda:us-east-1:000000000000:function:f\",\"condition\":"
        "\"RetryAttemptsExhausted\",\"approximateInvokeCount\":1},\"responseContext\":"
        "{\"statusCode\":200,\"executedVersion\":\"$LATEST\",\"functionError\":\"Unhandled\"},"
        "\"version\":\"1.0\",\"timestamp\":\"2025-01-01T00:00:10.020Z\",\"KinesisBatchInfo\":"
        "{\"shardId\":\"shardId-000000000000\",\"startSequenceNumber\":\"%s\","
        "\"endSequenceNumber\":\"%s\",\"approximateArrivalOfFirstRecord\":"
        "\"2025-01-01T00:00:10.000Z\",\"approximateArrivalOfLastRecord\":"
        "\"2025-01-01T00:00:10.000Z\",\"batchSize\":1,\"streamArn\":\"" STREAM_ARN "\"},"
        "\"payload\":%s}",
        member_text(request, "requestId"), sequence, sequence, w->calls[0].event);
    CHECK_STR("body", body, expected);
    mr_free(expected);
    mr_free(body);
    cJSON_Delete(parsed);
    found_deinit(&f);
    world_close(w);
}

static void test_records_that_were_never_sent_have_no_response_in_their_object(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    world_put_many(w, 1, 2);
    world_run_for(w, HOUR);
    mr_mapping_settings settings = world_settings();
    settings.age_max_s = 60;
    settings.failure_arn = "arn:aws:s3:::failed";
    (void)world_map(w, &settings);
    world_run_until_idle(w);
    CHECK_INT("nothing was sent", w->call_count, 0);
    found f = world_objects(w);
    CHECK_INT("objects", f.count, 1);
    char *body = world_body(w, f.keys[0]);
    CHECK_HAS("why", body, "\"condition\":\"RecordAgeExceeded\",\"approximateInvokeCount\":0");
    CHECK_TRUE("no answer", strstr(body, "responseContext") == NULL);
    CHECK_HAS("both", body, "\"batchSize\":2");
    mr_free(body);
    found_deinit(&f);
    world_close(w);
}

static void test_a_refused_failure_object_is_put_again_and_holds_the_shard(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    settings.batch_size = 1;
    settings.failure_arn = "arn:aws:s3:::failed";
    w->handle = handle_badly;
    (void)world_map(w, &settings);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED, .most = 4});
    world_put_many(w, 1, 2);
    world_run_until_idle(w);
    found f = world_objects(w);
    CHECK_INT("objects", f.count, 2);
    CHECK_TRUE("the second record waited", w->calls[1].time_us - w->calls[0].time_us > 10 * SECOND);
    CHECK_INT("told", w->events[MR_EVENT_PUT_RETRIED], 4);
    found_deinit(&f);
    world_close(w);
}

static void test_a_bucket_that_is_gone_does_not_hold_the_shard(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.retries_max = 0;
    settings.batch_size = 1;
    settings.failure_arn = "arn:aws:s3:::failed";
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    char *path = mr_format("%s/s3/failed", w->directory);
    CHECK_INT("removed by hand", rmdir(path), 0);
    mr_free(path);
    world_put_many(w, 1, 2);
    world_run_until_idle(w);
    CHECK_INT("given up", mr_mapping_count(m).given_up, 2);
    CHECK_INT("nowhere", mr_mapping_count(m).failure_objects, 0);
    CHECK_INT("and said so", w->events[MR_EVENT_WARNING], 2);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory});
    world_run_for(w, MINUTE);
    CHECK_INT("for good", w->call_count, 0);
    world_close(w);
}

static void test_a_position_that_cannot_be_stored_ends_a_run_in_simulated_time(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    (void)world_map(w, &settings);
    CHECK_OK("break",
             mr_db_exec(mr_sim_db(w->sim),
                        "CREATE TRIGGER broken BEFORE UPDATE ON mapping_positions BEGIN"
                        " SELECT raise(ABORT, 'broken by the test'); END",
                        &err),
             &err);
    world_put(w, "k", "r1");
    world_run_for(w, MINUTE);
    CHECK_TRUE("fatal", mr_sim_fatal(w->sim) != NULL);
    CHECK_HAS("says where", mr_sim_fatal(w->sim)->message, ", shardId-000000000000: ");
    CHECK_HAS("and why", mr_sim_fatal(w->sim)->message, "broken by the test");
    CHECK_OK("mend", mr_db_exec(mr_sim_db(w->sim), "DROP TRIGGER broken", &err), &err);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory});
    world_run_until_idle(w);
    CHECK_STR("it comes again", world_call(w, 0), "r1 ");
    world_close(w);
}

/* ---- lanes ---- */

/* The digits behind the 'r' of each record of key k must rise, call by call. */
static void check_key_order(const world *w, char key)
{
    long last = -1;
    for (size_t i = 0; i < w->call_count; i++) {
        char *data = mr_strdup(w->calls[i].data), *rest = NULL;
        for (char *word = strtok_r(data, " ", &rest); word != NULL;
             word = strtok_r(NULL, " ", &rest)) {
            if (word[0] == key) {
                long number = strtol(word + 1, NULL, 10);
                CHECK_TRUE("rises", number > last);
                last = number;
            }
        }
        mr_free(data);
    }
    CHECK_INT("all of them", last, 19);
}

static void test_lanes_run_side_by_side_and_keep_each_key_in_order(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.lanes = 10;
    settings.batch_size = 3;
    mr_mapping *m = world_map(w, &settings);
    w->answers_last_first = true;
    for (int i = 0; i < 20; i++) {
        for (char key = 'a'; key <= 'z'; key++) {
            char name[2] = {key, '\0'}, data[16];
            (void)snprintf(data, sizeof(data), "%c%d", key, i);
            world_put(w, name, data);
        }
    }
    world_run_for(w, 10000);
    CHECK_TRUE("side by side", w->call_count > 5);
    world_run_until_idle(w);
    for (char key = 'a'; key <= 'z'; key++) {
        check_key_order(w, key);
    }
    CHECK_INT("each once", mr_mapping_count(m).done, 520);
    world_close(w);
}

static char *handle_a_badly(world *w, const sent *call, const cJSON *event)
{
    (void)w, (void)event;
    return call->data[0] == 'a' ? NULL : mr_strdup("null");
}

static void test_a_blocked_lane_does_not_block_the_others(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.lanes = 10;
    settings.batch_size = 1;
    w->handle = handle_a_badly;
    mr_mapping *m = world_map(w, &settings);
    world_put(w, "a", "a0");
    for (char key = 'b'; key <= 'z'; key++) {
        char name[2] = {key, '\0'};
        world_put(w, name, name);
    }
    world_run_for(w, MINUTE);
    CHECK_TRUE("most are done", mr_mapping_count(m).done >= 20);
    const uint64_t done = mr_mapping_count(m).done;
    char *directory = world_close_keep(w);
    w = world_open(
        &(world_options){.directory = directory, .start_us = MR_SIM_START_DEFAULT + 2 * MINUTE});
    world_run_until_idle(w);
    CHECK_INT("exactly the others come again", w->call_count, 26 - done);
    CHECK_STR("the blocked one first", world_call(w, 0), "a0 ");
    world_close(w);
}

/* ---- shards ---- */

static void test_children_wait_until_their_parents_are_done(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 1;
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 3);
    world_run_for(w, 10 * SECOND);
    CHECK_OK("split",
             mr_stream_split(world_stream(w), mr_stream_shard(world_stream(w), 0),
                             (mr_u128)1 << 127, &err),
             &err);
    for (int i = 4; i <= 30; i++) {
        char key[8], data[8];
        (void)snprintf(key, sizeof(key), "k%d", i);
        (void)snprintf(data, sizeof(data), "r%d", i);
        world_put(w, key, data);
    }
    world_run_for(w, MINUTE);
    for (size_t i = 0; i < w->call_count; i++) {
        CHECK_STR("blocked", world_call(w, i), "r1 ");
    }
    w->handle = handle_well;
    const size_t blocked = w->call_count;
    world_run_until_idle(w);
    CHECK_INT("all", mr_mapping_count(m).done, 30);
    CHECK_STR("in order", world_call(w, blocked), "r1 ");
    CHECK_STR("in order", world_call(w, blocked + 1), "r2 ");
    CHECK_STR("in order", world_call(w, blocked + 2), "r3 ");
    CHECK_TRUE("then a child", strcmp(w->calls[blocked + 3].shard, "shardId-000000000000") != 0);
    world_close(w);
}

static void test_unread_records_are_held_at_the_cap(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.stream_bytes_max = 4 * MR_MIB});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 1;
    w->handle = handle_badly;
    mr_mapping *m = world_map(w, &settings);
    char *data = mr_calloc(1, 200 * MR_KIB);
    memset(data, 'x', 200 * MR_KIB - 1);
    mr_record record = {.data = mr_bytes_of(data), .partition_key = mr_bytes_of("k")};
    mr_put_result result;
    size_t failed = 0, taken = 0;
    while (taken < 1000) {
        CHECK_OK("put", mr_stream_put(world_stream(w), &record, 1, &result, &failed, &err), &err);
        if (failed > 0) {
            break;
        }
        taken++;
        world_run_for(w, SECOND);
    }
    CHECK_CODE("the writer waits", result.code, MR_THROTTLED);
    w->handle = handle_well;
    world_run_until_idle(w);
    CHECK_INT("nothing was lost", mr_mapping_count(m).done, taken);
    CHECK_OK("put", mr_stream_put(world_stream(w), &record, 1, &result, &failed, &err), &err);
    CHECK_INT("now there is room", failed, 0);
    mr_free(data);
    world_close(w);
}

static void test_a_read_that_is_made_twice_sends_nothing_twice(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    mr_mapping *m = world_map(w, &settings);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_READ_DUPLICATE});
    for (size_t i = 1; i <= 5; i++) {
        world_put_many(w, i, i);
        world_run_for(w, 3 * SECOND);
    }
    world_run_until_idle(w);
    CHECK_INT("done", mr_mapping_count(m).done, 5);
    world_close(w);
}

/* ---- consumers ---- */

static void test_a_consumer_reads_without_waiting_for_the_second(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.limits = true});
    mr_consumer *consumer;
    CHECK_OK("consumer", mr_consumer_register(world_stream(w), "c", &consumer, &err), &err);
    mr_mapping_settings settings = world_settings();
    settings.source_arn = mr_consumer_arn(consumer);
    mr_mapping *m = world_map(w, &settings);
    world_run_for(w, SECOND + SECOND / 3);
    world_put(w, "k", "now");
    const int64_t put_us = world_now(w);
    world_run_until_idle(w);
    CHECK_INT("at once", w->calls[0].time_us, put_us);
    CHECK_HAS("the consumer is the source", w->calls[0].event, "/consumer/c:");
    CHECK_OK("deregister", mr_consumer_deregister(consumer, &err), &err);
    world_put(w, "k", "lost");
    world_run_for(w, SECOND);
    CHECK_STR("it is off", mr_mapping_look(m).state, "Disabled");
    CHECK_STR("and says why", mr_mapping_look(m).last_result, "PROBLEM: Stream not found");
    world_close(w);
}

/* ---- filters ---- */

static void test_records_that_no_filter_fits_are_passed_over_for_good(void **state)
{
    (void)state;
    static const char *const patterns[] = {"{\"data\":{\"kind\":[\"order\"]}}"};
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.filters = patterns;
    settings.filter_count = 1;
    mr_mapping *m = world_map(w, &settings);
    world_put(w, "k", "{\"kind\":\"click\"}");
    world_put(w, "k", "{\"kind\":\"order\"}");
    world_put(w, "k", "no JSON");
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 1);
    CHECK_STR("the one", world_call(w, 0), "{\"kind\":\"order\"} ");
    CHECK_INT("filtered", mr_mapping_count(m).filtered, 2);
    settings.filters = NULL;
    settings.filter_count = 0;
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory});
    CHECK_STR("kept", mr_mapping_look(world_only(w)).settings->filters[0], patterns[0]);
    mr_error err;
    CHECK_OK("without", mr_mapping_update(world_only(w), &settings, &err), &err);
    world_run_for(w, MINUTE);
    CHECK_INT("passed over", w->call_count, 0);
    world_close(w);
}

/* ---- what is refused ---- */

static void test_bad_settings_are_refused_in_words(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    const mr_mapping_settings good = world_settings();
    static const char *const bad_filter[] = {"{"};
    struct {
        const char *label;
        mr_mapping_settings settings;
        mr_code code;
        const char *words;
    } cases[16];
    size_t count = 0;
#define CASE(name, member, value, wanted, text)                                                    \
    cases[count].label = (name);                                                                   \
    cases[count].settings = good;                                                                  \
    cases[count].settings.member = (value);                                                        \
    cases[count].code = (wanted);                                                                  \
    cases[count++].words = (text)
    CASE("no such function", function, "g", MR_FUNCTION_NOT_FOUND,
         "Function not found: arn:aws:lambda:us-east-1:000000000000:function:g");
    CASE("no such stream", source_arn, STREAM_ARN "x", MR_INVALID_ARGUMENT,
         "Stream not found: " STREAM_ARN "x");
    CASE("no such consumer", source_arn, STREAM_ARN "/consumer/c:1", MR_INVALID_ARGUMENT,
         "Stream consumer not found: ");
    CASE("a queue", source_arn, "arn:aws:sqs:us-east-1:000000000000:q", MR_UNSUPPORTED,
         "EventSourceArn: arn:aws:sqs");
    CASE("no source", source_arn, "s", MR_INVALID_ARGUMENT, "Unrecognized event source");
    CASE("batch size", batch_size, 10001, MR_INVALID_ARGUMENT,
         "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less "
         "than or equal to 10000");
    CASE("window", window_s, 301, MR_INVALID_ARGUMENT, "maximumBatchingWindowInSeconds");
    CASE("lanes", lanes, 0, MR_INVALID_ARGUMENT, "greater than or equal to 1");
    CASE("retries", retries_max, -2, MR_INVALID_ARGUMENT, "maximumRetryAttempts");
    CASE("age", age_max_s, 59, MR_INVALID_ARGUMENT, "MaximumRecordAgeInSeconds");
    CASE("tumbling", tumbling_s, 30, MR_UNSUPPORTED, "TumblingWindowInSeconds");
    CASE("a queue for failures", failure_arn, "arn:aws:sqs:us-east-1:000000000000:q",
         MR_UNSUPPORTED, "DestinationConfig.OnFailure.Destination: arn:aws:sqs");
    CASE("no destination", failure_arn, "failed", MR_INVALID_ARGUMENT, "is no ARN");
    CASE("no such bucket", failure_arn, "arn:aws:s3:::nowhere", MR_BUCKET_NOT_FOUND,
         "there is no bucket nowhere");
    CASE("filter", filters, bad_filter, MR_INVALID_ARGUMENT, "Invalid filter pattern definition");
    cases[count - 1].settings.filter_count = 1;
#undef CASE
    for (size_t i = 0; i < count; i++) {
        mr_error err;
        mr_mapping *mapping = NULL;
        CHECK_CODE(
            cases[i].label,
            mr_mappings_create(mr_sim_mappings(w->sim), &cases[i].settings, NULL, &mapping, &err),
            cases[i].code);
        CHECK_HAS(cases[i].label, err.message, cases[i].words);
        CHECK_TRUE("none is made", mapping == NULL);
    }
    CHECK_INT("no timer", mr_clock_next_due_us(mr_sim_clock(w->sim)), INT64_MAX);
    world_close(w);
}

/* ---- states ---- */

static void test_states_take_their_time(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.state_delay_us = 5 * SECOND});
    mr_mapping_settings settings = world_settings();
    settings.starting = MR_ITERATOR_LATEST;
    mr_mapping *m = world_map(w, &settings);
    CHECK_STR("at first", mr_mapping_look(m).state, "Creating");
    world_put(w, "k", "r1");
    world_run_for(w, 4 * SECOND);
    CHECK_INT("it does not poll", w->call_count, 0);
    CHECK_CODE("in use", mr_mapping_update(m, &settings, &err), MR_MAPPING_IN_USE);
    CHECK_CODE("in use", mr_mapping_delete(m, &err), MR_MAPPING_IN_USE);
    world_run_for(w, 2 * SECOND);
    CHECK_STR("then", mr_mapping_look(m).state, "Enabled");
    CHECK_STR("what came meanwhile is not missed", world_call(w, 0), "r1 ");
    settings.enabled = false;
    CHECK_OK("disable", mr_mapping_update(m, &settings, &err), &err);
    CHECK_STR("going", mr_mapping_look(m).state, "Disabling");
    world_run_for(w, 6 * SECOND);
    CHECK_STR("gone", mr_mapping_look(m).state, "Disabled");
    world_put(w, "k", "r2");
    world_run_for(w, MINUTE);
    CHECK_INT("it rests", w->call_count, 1);
    settings.enabled = true;
    CHECK_OK("enable", mr_mapping_update(m, &settings, &err), &err);
    CHECK_STR("coming", mr_mapping_look(m).state, "Enabling");
    world_run_for(w, 10 * SECOND);
    CHECK_STR("goes on where it was", world_call(w, 1), "r2 ");
    settings.batch_size = 1;
    CHECK_OK("update", mr_mapping_update(m, &settings, &err), &err);
    CHECK_STR("updating", mr_mapping_look(m).state, "Updating");
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory,
                                    .start_us = MR_SIM_START_DEFAULT + HOUR,
                                    .state_delay_us = 5 * SECOND});
    m = world_only(w);
    world_run_for(w, SECOND);
    CHECK_STR("what was due ended", mr_mapping_look(m).state, "Enabled");
    CHECK_INT("its settings are kept", mr_mapping_look(m).settings->batch_size, 1);
    CHECK_OK("delete", mr_mapping_delete(m, &err), &err);
    CHECK_STR("deleting", mr_mapping_look(m).state, "Deleting");
    world_run_for(w, 6 * SECOND);
    size_t count;
    mr_free(mr_mappings_list(mr_sim_mappings(w->sim), &count));
    CHECK_INT("gone", count, 0);
    world_close(w);
}

static void test_a_batch_under_way_ends_before_new_settings_count(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 2;
    mr_mapping *m = world_map(w, &settings);
    world_put_many(w, 1, 6);
    world_run_for(w, 1000);
    CHECK_INT("one is under way", w->call_count, 1);
    settings.batch_size = 3;
    CHECK_OK("update", mr_mapping_update(m, &settings, &err), &err);
    world_run_until_idle(w);
    CHECK_INT("calls", w->call_count, 3);
    CHECK_STR("as before", world_call(w, 0), "r1 r2 ");
    CHECK_STR("as now", world_call(w, 1), "r3 r4 r5 ");
    CHECK_STR("the rest", world_call(w, 2), "r6 ");
    CHECK_INT("each once", mr_mapping_count(m).done, 6);
    world_close(w);
}

static void test_other_lanes_lose_nothing(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    settings.batch_size = 1;
    mr_mapping *m = world_map(w, &settings);
    for (int lanes = 1; lanes <= 10; lanes++) {
        for (char key = 'a'; key <= 'h'; key++) {
            char name[2] = {key, '\0'}, data[8];
            (void)snprintf(data, sizeof(data), "%c%d", key, lanes);
            world_put(w, name, data);
        }
        world_run_for(w, 30000);
        settings.lanes = 11 - lanes;
        CHECK_OK("update", mr_mapping_update(m, &settings, &err), &err);
    }
    world_run_until_idle(w);
    for (int lanes = 1; lanes <= 10; lanes++) {
        for (char key = 'a'; key <= 'h'; key++) {
            char data[8];
            bool seen = false;
            (void)snprintf(data, sizeof(data), "%c%d ", key, lanes);
            for (size_t i = 0; i < w->call_count; i++) {
                seen = seen || strcmp(world_call(w, i), data) == 0;
            }
            CHECK_TRUE(data, seen);
        }
    }
    world_close(w);
}

static void test_a_deleted_stream_disables_its_mapping(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    mr_mapping *m = world_map(w, &settings);
    world_put(w, "k", "r1");
    world_run_for(w, 1000); /* under way */
    CHECK_OK("delete", mr_streams_delete(mr_sim_streams(w->sim), "s", &err), &err);
    world_run_for(w, 10 * SECOND);
    CHECK_STR("state", mr_mapping_look(m).state, "Disabled");
    settings.enabled = true;
    CHECK_CODE("it cannot go on", mr_mapping_update(m, &settings, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("why", err.message, "Stream not found: " STREAM_ARN);
    CHECK_OK("it can be deleted", mr_mapping_delete(m, &err), &err);
    world_close(w);
}

static void test_a_mapping_that_is_there_is_named(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){0});
    mr_mapping_settings settings = world_settings();
    mr_mapping *m = world_map(w, &settings), *other = NULL;
    settings.function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    CHECK_CODE("twice", mr_mappings_create(mr_sim_mappings(w->sim), &settings, NULL, &other, &err),
               MR_MAPPING_EXISTS);
    char *want = mr_format("The event source arn (\" " STREAM_ARN " \") and function (\" f \") "
                           "provided mapping already exists. Please update or delete the existing "
                           "mapping with UUID %s",
                           mr_mapping_look(m).uuid);
    CHECK_STR("words", err.message, want);
    mr_free(want);
    CHECK_OK("a template's",
             mr_mappings_ensure(mr_sim_mappings(w->sim), &settings, NULL, &other, &err), &err);
    CHECK_TRUE("is the same", other == m);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_sent_at_the_first_read_without_a_window),
        cmocka_unit_test(test_a_batch_has_at_most_batch_size_records_in_order),
        cmocka_unit_test(test_a_window_ends_with_its_time_and_with_a_full_batch),
        cmocka_unit_test(test_a_drain_does_not_wait_for_windows),
        cmocka_unit_test(test_an_event_is_never_past_six_megabytes),
        cmocka_unit_test(test_the_event_is_that_of_aws),
        cmocka_unit_test(test_starting_positions),
        cmocka_unit_test(test_a_failing_batch_blocks_its_shard_for_so_many_attempts),
        cmocka_unit_test(test_without_a_limit_a_batch_is_tried_until_its_records_leave_the_stream),
        cmocka_unit_test(test_records_past_the_largest_age_are_not_sent),
        cmocka_unit_test(test_a_throttled_invocation_is_no_attempt),
        cmocka_unit_test(test_a_throttled_invocation_is_not_counted_in_the_failure_object),
        cmocka_unit_test(test_a_function_that_is_gone_is_waited_for),
        cmocka_unit_test(test_bisect_isolates_the_poison_record),
        cmocka_unit_test(test_a_partial_response_moves_to_the_lowest_reported_record),
        cmocka_unit_test(test_a_partial_response_and_bisect_split_where_it_failed),
        cmocka_unit_test(test_a_response_counts_only_where_it_is_asked_for),
        cmocka_unit_test(test_the_failure_object_is_exact),
        cmocka_unit_test(test_records_that_were_never_sent_have_no_response_in_their_object),
        cmocka_unit_test(test_a_refused_failure_object_is_put_again_and_holds_the_shard),
        cmocka_unit_test(test_a_bucket_that_is_gone_does_not_hold_the_shard),
        cmocka_unit_test(test_a_position_that_cannot_be_stored_ends_a_run_in_simulated_time),
        cmocka_unit_test(test_lanes_run_side_by_side_and_keep_each_key_in_order),
        cmocka_unit_test(test_a_blocked_lane_does_not_block_the_others),
        cmocka_unit_test(test_children_wait_until_their_parents_are_done),
        cmocka_unit_test(test_unread_records_are_held_at_the_cap),
        cmocka_unit_test(test_a_read_that_is_made_twice_sends_nothing_twice),
        cmocka_unit_test(test_a_consumer_reads_without_waiting_for_the_second),
        cmocka_unit_test(test_records_that_no_filter_fits_are_passed_over_for_good),
        cmocka_unit_test(test_bad_settings_are_refused_in_words),
        cmocka_unit_test(test_states_take_their_time),
        cmocka_unit_test(test_a_batch_under_way_ends_before_new_settings_count),
        cmocka_unit_test(test_other_lanes_lose_nothing),
        cmocka_unit_test(test_a_deleted_stream_disables_its_mapping),
        cmocka_unit_test(test_a_mapping_that_is_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
