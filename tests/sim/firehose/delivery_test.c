/* delivery_test.c - delivery streams on the virtual clock: when they read, flush, try again and
 * commit, and what they write. */
#include "tests/sim/firehose/delivery_world.h"

static int setup(void **state)
{
    *state = world_open(&(world_options){.seed = 1});
    return 0;
}

static int teardown(void **state)
{
    world_close(*state);
    return 0;
}

/* ---- when buffers flush ---- */

static void test_interval_runs_from_the_first_record_to_the_microsecond(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);

    world_run_for(w, 3 * SECOND + 300000);
    world_put(w, stream, "k", "one\n");
    world_run_for(w, 250 * SECOND);
    world_put(w, stream, "k", "two\n");
    world_run_until_idle(w, d);

    /* put at 3.3 s, read at 4 s, flushed 300 s later */
    const note *flushed = world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0);
    CHECK_INT("opened", world_note(w, MR_EVENT_BUFFER_OPENED, "main", 0)->time_us,
              WORLD_START_US + 4 * SECOND);
    CHECK_INT("time", flushed->time_us, WORLD_START_US + 304 * SECOND);
    CHECK_STR("reason", flushed->reason, "interval");
    CHECK_INT("records", flushed->records, 2);
    CHECK_INT("one object", world_object_count(w, "main", ""), 1);
    check_bodies(w, "main", "2025/01/01/00/d-1-2025-01-01-00-00-03-", "one\ntwo\n");
    CHECK_INT("shown to the catalog", w->objects_seen, 1);
}

static void test_size_flushes_with_the_record_that_reaches_the_hint(void **state)
{
    world *w = *state;
    mr_delivery_options options = world_delivery_options(NULL);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 60 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    char *big = mr_alloc(400001);
    memset(big, 'x', 400000);
    big[400000] = '\0';

    world_run_for(w, SECOND);
    for (int i = 0; i < 4; i++) {
        world_put_direct(d, (const char *const[]){big}, 1);
        world_run_for(w, 1000);
    }
    mr_free(big);
    const note *flushed = world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0);
    CHECK_STR("reason", flushed->reason, "size");
    CHECK_INT("at the third put", flushed->time_us, WORLD_START_US + SECOND + 2000);
    CHECK_INT("one record past the hint", flushed->bytes, 1200000);
    world_run_until_idle(w, d);
    CHECK_STR("the rest by interval", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 1)->reason,
              "interval");
    CHECK_INT("from its own first record",
              world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 1)->time_us,
              WORLD_START_US + SECOND + 3000 + 60 * SECOND);
}

static void test_an_empty_buffer_writes_nothing_and_an_idle_stream_sets_no_timer(void **state)
{
    world *w = *state;
    world_stream(w, "s", 4);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_run_for(w, 24 * HOUR);
    CHECK_TRUE("idle", mr_delivery_is_idle(d));
    CHECK_TRUE("no timer", mr_clock_next_due_us(w->clock) == INT64_MAX);
    CHECK_INT("objects", world_object_count(w, "main", ""), 0);
}

static void test_interval_zero_gives_one_object_a_put_in_the_same_instant(void **state)
{
    world *w = *state;
    mr_delivery_options options = world_delivery_options(NULL);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    world_run_for(w, SECOND);
    world_put_direct(d, (const char *const[]){"a", "b", "c"}, 3);
    world_run_until_idle(w, d);
    world_put_direct(d, (const char *const[]){"d", "e"}, 2);
    world_run_until_idle(w, d);
    CHECK_INT("time", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->time_us,
              WORLD_START_US + SECOND);
    CHECK_INT("objects", world_object_count(w, "main", ""), 2);
    CHECK_INT("records", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->records, 3);
}

static void test_two_buffers_stand_in_series(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);

    world_run_for(w, 10 * SECOND);
    world_put(w, stream, "k", "one");
    world_run_until_idle(w, d);

    int64_t lambda_us = WORLD_START_US + 70 * SECOND;
    CHECK_INT("Lambda buffer", world_note(w, MR_EVENT_BUFFER_FLUSHED, "lambda", 0)->time_us,
              lambda_us);
    CHECK_STR("its reason", world_note(w, MR_EVENT_BUFFER_FLUSHED, "lambda", 0)->reason,
              "interval");
    mr_function *f = mr_functions_find(w->functions, "f");
    int64_t back_us = lambda_us + mr_function_duration_us(f, w->events.len - 1);
    CHECK_INT("data is back", world_note(w, MR_EVENT_BUFFER_OPENED, "main", 0)->time_us, back_us);
    CHECK_INT("destination buffer", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->time_us,
              back_us + 300 * SECOND);
    check_bodies(w, "main", "", "<one>");
}

static void test_a_drain_flushes_every_buffer_until_idle(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", true);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.backup_enabled = true;
    mr_delivery *d = world_deliver(w, &options);
    world_run_for(w, 10 * SECOND);
    world_put(w, stream, "k", "a|1");
    world_put(w, stream, "k", "b|x");
    mr_delivery_drain(d);
    world_run_until_idle(w, d);
    CHECK_TRUE("at once", world_now(w) < WORLD_START_US + 12 * SECOND);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("delivered", counts.delivered, 1);
    CHECK_INT("failed", counts.error_delivered, 1);
    CHECK_INT("backed up", counts.backed_up, 2);
    CHECK_INT("drain flushes", counts.flush_drain, 3);

    world_put(w, stream, "k", "c|2"); /* the drain is over */
    world_run_until_idle(w, d);
    CHECK_STR("then by interval", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 1)->reason,
              "interval");
}

/* ---- reading ---- */

static void test_reading_starts_at_latest(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 2);
    world_put(w, stream, "a", "before");
    world_put(w, stream, "c", "before");
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "a", "after\n");
    world_put(w, stream, "c", "after\n");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "after\nafter\n");
}

static void test_a_stream_is_read_once_a_second_on_its_grid(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_run_for(w, 250000);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    static const int64_t put_ms[] = {300, 400, 2249, 2250, 2251, 100250};
    static const int64_t want_ms[] = {1250, 2250, 3250, 101250};

    for (size_t i = 0; i < MR_COUNT(put_ms); i++) {
        world_run_to(w, WORLD_START_US + put_ms[i] * MR_US_PER_MS);
        world_put(w, stream, "k", "x");
    }
    world_run_until_idle(w, d);
    CHECK_INT("reads with records", world_note_count(w, MR_EVENT_BUFFER_OPENED, "main"), 4);
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT("read", world_note(w, MR_EVENT_BUFFER_OPENED, "main", i)->time_us,
                  WORLD_START_US + want_ms[i] * MR_US_PER_MS);
    }
}

static void test_children_are_read_when_their_parent_is_drained(void **state)
{
    world *w = *state;
    mr_error err;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 1 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    mr_u128 half = (mr_u128)1 << 127;
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    world_run_for(w, 500000);
    for (int i = 0; i < 40; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "r%02d\n", i);
        if (i == 10) {
            CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), half, &err),
                     &err);
        }
        if (i == 20) {
            CHECK_OK("merge",
                     mr_stream_merge(stream, mr_stream_shard(stream, 1), mr_stream_shard(stream, 2),
                                     &err),
                     &err);
        }
        world_put(w, stream, text, text);
        world_run_for(w, i % 3 == 0 ? 700000 : 1000);
    }
    world_run_until_idle(w, d);
    CHECK_INT("all", mr_delivery_count(d).delivered, 40);
    char *got = world_bodies(w, "main", "");
    for (int i = 0; i < 40; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "r%02d\n", i);
        CHECK_HAS("each", got, text);
    }
    CHECK_INT("nothing else", strlen(got), 40 * 4);
    mr_free(got);
    mr_strbuf_deinit(&want);
}

static void test_records_past_retention_are_counted_as_expired(void **state)
{
    world *w = *state;
    mr_error err;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 1 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    char *big = mr_alloc(300001);
    memset(big, 'x', 300000);
    big[300000] = '\0';
    world_fault(
        w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED, .until_us = WORLD_START_US + 30 * HOUR});
    /* Objects wait, reading stops, and the source's 24 hours pass. */
    for (int i = 0; i < 20; i++) {
        world_put(w, stream, "k", big);
        world_run_for(w, 10 * MINUTE);
    }
    mr_free(big);
    world_run_to(w, WORLD_START_US + 31 * HOUR);
    CHECK_OK("recycle", mr_streams_recycle(w->streams, &err), &err);
    world_run_until_idle(w, d);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_TRUE("some were given up", counts.discarded > 0);
    CHECK_INT("each record is somewhere", counts.delivered + counts.discarded + counts.expired, 20);
}

static void test_a_slow_read_hands_its_records_over_later(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_READ_SLOW, .delay_us = 7 * SECOND});
    world_run_for(w, 8 * SECOND);
    world_put(w, stream, "k", "late");
    world_run_until_idle(w, d);
    CHECK_INT("opened", world_note(w, MR_EVENT_BUFFER_OPENED, "main", 0)->time_us,
              WORLD_START_US + 15 * SECOND);
    check_bodies(w, "main", "", "late");
}

/* Found by the swarm (seed 136): nobody wakes the reader of a closed shard. */
static void test_a_shard_that_is_closed_during_a_slow_read_is_still_drained(void **state)
{
    world *w = *state;
    mr_error err;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_READ_SLOW, .delay_us = 7 * SECOND});
    world_run_for(w, 8 * SECOND);
    world_put(w, stream, "k", "parent ");
    world_run_for(w, SECOND);
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), (mr_u128)1 << 127, &err),
             &err);
    world_put(w, stream, "k", "child ");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "parent child ");
}

/* ---- transformation ---- */

static void test_error_records_are_written_to_the_byte(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.destination.prefix = "data/";
    options.destination.error_output_prefix = "errors/";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "good");
    world_put(w, stream, "k", "fails");
    world_put(w, stream, "k", "missing");
    world_put(w, stream, "k", "dropped");
    world_run_until_idle(w, d);

    /* Read at 0 s, invoked at 60 s; the answer is back 20 ms and the event's size later. */
    int64_t ended_us = world_note(w, MR_EVENT_BUFFER_OPENED, "error", 0)->time_us;
    char *want = mr_format(
        "{\"rawData\":\"ZmFpbHM=\",\"errorCode\":\"Lambda.ProcessingFailedStatus\","
        "\"errorMessage\":"
        "\"ProcessingFailed status set for record\",\"attemptsMade\":1,\"arrivalTimestamp\":"
        "1735689600000,\"attemptEndingTimestamp\":%lld,\"lambdaARN\":\"arn:aws:lambda:us-east-1:"
        "000000000000:function:f\"}\n"
        "{\"rawData\":\"bWlzc2luZw==\",\"errorCode\":\"Lambda.MissingRecordId\",\"errorMessage\":"
        "\"One or more record Ids were not returned. Ensure that the Lambda function returns all "
        "received record Ids.\",\"attemptsMade\":1,\"arrivalTimestamp\":1735689600000,"
        "\"attemptEndingTimestamp\":%lld,\"lambdaARN\":\"arn:aws:lambda:us-east-1:000000000000:"
        "function:f\"}\n",
        (long long)(ended_us / 1000), (long long)(ended_us / 1000));
    check_bodies(w, "main", "errors/processing-failed/2025/01/01/00/d-1-2025-01-01-00-00-00-",
                 want);
    mr_free(want);
    check_bodies(w, "main", "data/2025/01/01/00/d-1-2025-01-01-00-00-00-", "<good>");
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("dropped", counts.dropped, 1);
    CHECK_INT("failed", counts.failed, 2);
}

static void test_a_function_that_raises_is_tried_four_times_then_every_record_fails(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "arn:aws:lambda:us-east-1:000000000000:function:f";
    mr_delivery *d = world_deliver(w, &options);
    w->outcome = MR_OUTCOME_FUNCTION_ERROR;
    world_put(w, stream, "k", "one");
    world_put(w, stream, "k", "two");
    world_run_until_idle(w, d);
    char *got = world_bodies(w, "main", "processing-failed/2025/01/01/00/d-1-");
    CHECK_HAS("first", got, "{\"rawData\":\"b25l\",\"errorCode\":\"Lambda.FunctionError\"");
    CHECK_HAS("second", got, "{\"rawData\":\"dHdv\"");
    CHECK_HAS("attempts", got, "\"attemptsMade\":4");
    mr_free(got);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("invocations", counts.invocations, 4);
    CHECK_INT("retries", counts.invocation_retries, 3);
    /* 1 s, 2 s and 4 s between attempts */
    mr_function *f = mr_functions_find(w->functions, "f");
    int64_t one_us = mr_function_duration_us(f, strlen(mr_strbuf_text(&w->events)) / 4 - 1);
    CHECK_INT("time", world_note(w, MR_EVENT_BUFFER_OPENED, "error", 0)->time_us,
              WORLD_START_US + 60 * SECOND + 7 * SECOND + 4 * one_us);
    CHECK_INT("no data object", world_object_count(w, "main", "2025"), 0);
}

static void test_the_event_of_a_data_stream_is_as_captured(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "a \"key\"", "one");
    world_run_until_idle(w, d);
    cJSON *event = cJSON_Parse(mr_strbuf_text(&w->events));
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(mr_stream_shard(stream, 0), 1, WORLD_START_US, sequence);
    char *want = mr_format(
        "{\"invocationId\":\"%s\",\"sourceKinesisStreamArn\":\"arn:aws:kinesis:us-east-1:"
        "000000000000:stream/s\",\"deliveryStreamArn\":\"arn:aws:firehose:us-east-1:000000000000:"
        "deliverystream/d\",\"region\":\"us-east-1\",\"records\":[{\"recordId\":\"%s000000\","
        "\"approximateArrivalTimestamp\":1735689600000,\"data\":\"b25l\",\"kinesisRecordMetadata\":"
        "{\"sequenceNumber\":\"%s\",\"subsequenceNumber\":0,\"partitionKey\":\"a \\\"key\\\"\","
        "\"shardId\":\"shardId-000000000000\",\"approximateArrivalTimestamp\":1735689600000}}]}\n",
        cJSON_GetStringValue(cJSON_GetObjectItem(event, "invocationId")), sequence, sequence);
    CHECK_STR("event", mr_strbuf_text(&w->events), want);
    mr_free(want);
    cJSON_Delete(event);
}

static void test_the_event_of_a_direct_put_has_no_metadata(void **state)
{
    world *w = *state;
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options(NULL);
    options.function = "f";
    options.lambda_bytes = MR_MIB;
    options.lambda_interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    world_put_direct(d, (const char *const[]){"one", "two"}, 2);
    world_run_until_idle(w, d);
    const char *event = mr_strbuf_text(&w->events);
    CHECK_TRUE("metadata", strstr(event, "kinesisRecordMetadata") == NULL);
    CHECK_TRUE("source", strstr(event, "sourceKinesisStreamArn") == NULL);
    CHECK_HAS("records", event,
              "\"approximateArrivalTimestamp\":1735689600000,\"data\":\"b25l\"},{\"");
    check_bodies(w, "main", "", "<one><two>");
}

static void test_builtin_and_handler_bound_their_batches_and_objects_alike(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "handler", false);
    world_function(w, "builtin", true);
    mr_delivery_options options = world_delivery_options("s");
    options.lambda_bytes = MR_MIB / 4;
    options.lambda_interval_us = 10 * SECOND;
    options.name = "h";
    options.function = "handler";
    options.destination.prefix = "h/";
    mr_delivery *h = world_deliver(w, &options);
    options.name = "b";
    options.function = "builtin";
    options.destination.prefix = "b/";
    mr_delivery *b = world_deliver(w, &options);
    char text[200];
    memset(text, 'x', sizeof(text));
    memcpy(text + sizeof(text) - 5, "|123", 5);
    for (int i = 0; i < 5000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "key %d", i);
        world_put(w, stream, key, text);
    }
    world_run_until_idle(w, h);
    world_run_until_idle(w, b);
    size_t lambda = 0, same = 0;
    for (size_t i = 0; i + 1 < w->note_count; i++) {
        const note *n = &w->notes[i];
        if (n->type != MR_EVENT_BUFFER_FLUSHED || strcmp(n->sink, "lambda") != 0) {
            continue;
        }
        lambda++;
        for (size_t j = 0; j < w->note_count; j++) {
            const note *m = &w->notes[j];
            same += j != i && m->type == n->type && strcmp(m->sink, n->sink) == 0 &&
                    m->time_us == n->time_us && m->bytes == n->bytes && m->records == n->records &&
                    strcmp(m->reason, n->reason) == 0;
        }
    }
    CHECK_TRUE("batches", lambda >= 8 && same >= lambda);
    CHECK_INT("both", mr_delivery_count(h).delivered, mr_delivery_count(b).delivered);
    CHECK_INT("flush times of h and b", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->time_us,
              world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 1)->time_us);
}

static void test_results_are_applied_in_order_of_issue(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.lambda_bytes = MR_MIB / 4;
    options.lambda_interval_us = 10 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    char text[50001];
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    /* The first attempt of the second batch fails: it comes back after the third. */
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_LAMBDA_ERROR, .first = 2, .most = 1});
    w->answer_newest_first = true;
    for (int i = 0; i < 24; i++) {
        memset(text, 'A' + i, sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        world_put(w, stream, "k", text);
        mr_strbuf_appendf(&want, "<%s>", text);
    }
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", mr_strbuf_text(&want));
    mr_strbuf_deinit(&want);
}

static void test_dropped_records_alone_commit_their_positions_without_an_object(void **state)
{
    world *w = *state;
    mr_error err;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "dropped");
    world_put(w, stream, "k", "drop too");
    world_run_until_idle(w, d);
    CHECK_INT("objects", world_object_count(w, "main", ""), 0);
    CHECK_INT("dropped", mr_delivery_count(d).dropped, 2);
    bool row;
    mr_stmt *stmt =
        mr_db_stmt(w->db, "SELECT ranges FROM delivery_positions WHERE coverage = 'processed'");
    CHECK_OK("row", mr_stmt_step(w->db, stmt, &row, &err), &err);
    CHECK_STR("ranges", mr_stmt_text(stmt, 0), "0-3");
    mr_stmt_done(stmt);
}

static void test_the_interval_starts_with_the_first_record_that_is_kept(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.lambda_bytes = MR_MIB;
    options.lambda_interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "dropped");
    world_run_for(w, 100 * SECOND);
    world_put(w, stream, "k", "kept");
    world_run_until_idle(w, d);
    CHECK_INT("flushed", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->time_us,
              world_note(w, MR_EVENT_BUFFER_OPENED, "main", 0)->time_us + 300 * SECOND);
}

static void test_the_cap_of_the_source_recycles_nothing_that_is_not_committed(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1, .stream_bytes_max = MR_MIB});
    mr_error err;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    char text[60001];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    mr_record record = {.data = mr_bytes_of(text), .partition_key = MR_BYTES_LITERAL("k")};
    mr_put_result result;
    size_t failed = 0, taken = 0;
    while (failed == 0 && taken < 100) { /* read at once, and in a buffer: not committed */
        CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
        taken += 1 - failed;
        world_run_for(w, SECOND);
    }
    CHECK_CODE("the writer is throttled", result.code, MR_THROTTLED);
    CHECK_INT("read", mr_delivery_count(d).read, taken);
    CHECK_INT("all there", mr_shard_first(mr_stream_shard(stream, 0)), 1);
    world_run_until_idle(w, d);
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_INT("then room is made", failed, 0);
    CHECK_TRUE("let go", mr_shard_first(mr_stream_shard(stream, 0)) > 1);
    world_close(w);
}

static void test_an_unknown_function_fails_its_records_and_may_appear_later(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.lambda_retries = 1;
    options.lambda_bytes = MR_MIB;
    options.lambda_interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "early|1");
    world_run_for(w, 10 * SECOND);
    world_function(w, "f", true);
    world_put(w, stream, "k", "late|2");
    world_run_until_idle(w, d);
    char *got = world_bodies(w, "main", "processing-failed/");
    CHECK_HAS("code", got, "\"errorCode\":\"Lambda.ResourceNotFound\"");
    CHECK_HAS("attempts", got, "\"attemptsMade\":2");
    mr_free(got);
    check_bodies(w, "main", "2025/", "{\"name\":\"late\",\"value\":2}\n");
}

static void test_batches_that_are_refused_at_once_fail_in_order(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "absent";
    options.lambda_retries = 0;
    options.lambda_bytes = MR_MIB / 4;
    options.lambda_interval_us = 0;
    mr_delivery *d = world_deliver(w, &options);
    char text[60001];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 60; i++) {
        world_put(w, stream, "k", text);
    }
    world_run_until_idle(w, d);
    CHECK_INT("failed", mr_delivery_count(d).error_delivered, 60);
    CHECK_INT("each batch once", mr_delivery_count(d).invocations, 12);
}

static void test_at_most_five_batches_of_a_shard_are_in_flight_and_then_reading_stops(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", true);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.lambda_bytes = MR_MIB / 4;
    options.lambda_interval_us = SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_LAMBDA_SLOW,
                                   .until_us = WORLD_START_US + 20 * SECOND,
                                   .delay_us = 29 * SECOND / 10});
    char text[30001];
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + sizeof(text) - 3, "|7", 3);
    for (int i = 0; i < 20; i++) { /* more than four batches a second, and each takes three */
        for (int j = 0; j < 40; j++) {
            world_put(w, stream, "k", text);
        }
        world_run_for(w, SECOND);
        /* mr_delivery_check() after every step holds the bound of five */
    }
    CHECK_TRUE("invoked", mr_delivery_count(d).invocations <= 5 * 7);
    CHECK_TRUE("reading has waited", mr_delivery_count(d).read < 500);
    world_run_until_idle(w, d);
    CHECK_INT("all of it in the end", mr_delivery_count(d).delivered, 800);
}

static void test_an_event_stays_below_what_an_invocation_may_carry(void **state)
{
    world *w = *state;
    mr_error err;
    mr_stream *stream;
    CHECK_OK("stream",
             mr_streams_create(
                 w->streams,
                 &(mr_stream_options){.name = "s", .shard_count = 1, .record_kib_max = 10240},
                 &stream, &err),
             &err);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.lambda_bytes = 3 * MR_MIB;
    options.lambda_interval_us = SECOND;
    options.lambda_retries = 0;
    mr_delivery *d = world_deliver(w, &options);
    char *text = mr_alloc(8 * MR_MIB + 1);
    static const size_t sizes[] = {3 * MR_MIB - 9, 2 * MR_MIB, 8 * MR_MIB, 100};
    for (size_t i = 0; i < MR_COUNT(sizes); i++) {
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = '\0';
        world_put(w, stream, "k", text);
    }
    mr_free(text);
    world_run_until_idle(w, d);
    CHECK_INT("delivered", mr_delivery_count(d).delivered, 3);
    char *got = world_bodies(w, "main", "processing-failed/");
    CHECK_HAS("too large", got, "\"errorCode\":\"Lambda.RequestTooLarge\"");
    CHECK_HAS("once", got, "\"attemptsMade\":1,");
    mr_free(got);
}

static void test_a_handler_that_cannot_start_ends_the_run_and_loses_nothing(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    w->outcome = MR_OUTCOME_NOT_STARTED;
    world_put(w, stream, "k", "one");
    world_run_for(w, 2 * MINUTE);
    CHECK_TRUE("fatal", w->has_fatal);
    CHECK_HAS("says which", w->fatal.message, "delivery stream d: function f cannot run here");
    CHECK_TRUE("not idle", !mr_delivery_is_idle(d));
    CHECK_INT("kept", mr_delivery_count(d).in_lambda, 1);
}

static void test_faults_strike_builtins_as_they_do_handlers(void **state)
{
    static const struct {
        mr_fault_kind kind;
        const char *code;
        int attempts;
    } cases[] = {
        {MR_FAULT_LAMBDA_ERROR, "Lambda.FunctionError", 3},
        {MR_FAULT_LAMBDA_CRASH, "Lambda.FunctionError", 3},
        {MR_FAULT_LAMBDA_TIMEOUT, "Lambda.FunctionTimedOut", 3},
        {MR_FAULT_LAMBDA_THROTTLED, "Lambda.InvokeLimitExceeded", 3},
        {MR_FAULT_LAMBDA_GARBLED, "Lambda.JsonProcessingException", 1},
        {MR_FAULT_LAMBDA_IDS_MISSING, "Lambda.MissingRecordId", 1},
        {MR_FAULT_LAMBDA_IDS_REPEATED, "Lambda.DuplicatedRecordId", 1},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int is_builtin = 0; is_builtin < 2; is_builtin++) {
            world *w = world_open(&(world_options){.seed = 1});
            mr_stream *stream = world_stream(w, "s", 1);
            world_function(w, "f", is_builtin == 1);
            world_fault(w, (mr_fault_rule){.kind = cases[i].kind});
            mr_delivery_options options = world_delivery_options("s");
            options.function = "f";
            options.lambda_retries = 2;
            mr_delivery *d = world_deliver(w, &options);
            world_put(w, stream, "k", "one|1");
            world_run_until_idle(w, d);
            char *got = world_bodies(w, "main", "processing-failed/");
            char *want = mr_format("\"errorCode\":\"%s\"", cases[i].code);
            CHECK_HAS(cases[i].code, got, want);
            mr_free(want);
            want = mr_format("\"attemptsMade\":%d,", cases[i].attempts);
            CHECK_HAS(cases[i].code, got, want);
            mr_free(want);
            mr_free(got);
            world_close(w);
        }
    }
}

/* ---- writing ---- */

static void test_the_backup_holds_every_source_record_as_it_was_put(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.append_delimiter = true;
    options.backup_enabled = true;
    options.backup.prefix = "raw/";
    options.backup.size_bytes = MR_MIB;
    options.backup.interval_us = 60 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "good ");
    world_put(w, stream, "k", "dropped ");
    world_put(w, stream, "k", "fails ");
    world_run_until_idle(w, d);
    check_bodies(w, "backup", "raw/2025/01/01/00/d-1-", "good dropped fails ");
    check_bodies(w, "main", "2025/", "<good >\n");
    CHECK_INT("in parallel", world_note(w, MR_EVENT_BUFFER_FLUSHED, "backup", 0)->time_us,
              WORLD_START_US + 60 * SECOND);
}

static void test_gzip_bodies_count_their_size_before_compression(void **state)
{
    world *w = *state;
    mr_error err;
    mr_delivery_options options = world_delivery_options(NULL);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 60 * SECOND;
    options.destination.compression = MR_COMPRESSION_GZIP;
    mr_delivery *d = world_deliver(w, &options);
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char text[10001];
    for (int i = 0; i < 105; i++) {
        memset(text, 'a' + i % 26, sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        world_put_direct(d, (const char *const[]){text}, 1);
        mr_strbuf_append_text(&want, text);
        world_run_for(w, 10);
    }
    CHECK_STR("reason", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->reason, "size");
    CHECK_INT("bytes", world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0)->bytes, 1050000);
    world_run_until_idle(w, d);
    found_objects *found = world_objects(w, "main", "");
    CHECK_INT("objects", found->count, 1);
    CHECK_TRUE("extension",
               mr_bytes_ends_with(mr_bytes_of(found->keys[0]), MR_BYTES_LITERAL(".gz")));
    CHECK_TRUE("is smaller", found->bodies.len < 100000);
    mr_strbuf plain = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_OK("gunzip", mr_gunzip(mr_strbuf_bytes(&found->bodies), &plain, &err), &err);
    CHECK_BYTES("body", mr_strbuf_bytes(&plain), mr_strbuf_bytes(&want));
    mr_strbuf_deinit(&plain);
    mr_strbuf_deinit(&want);
    found_free(found);
}

static void test_a_delimiter_follows_every_record(void **state)
{
    world *w = *state;
    mr_delivery_options options = world_delivery_options(NULL);
    options.append_delimiter = true;
    options.destination.file_extension = ".json";
    mr_delivery *d = world_deliver(w, &options);
    world_put_direct(d, (const char *const[]){"a", "b\n", ""}, 3);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "a\nb\n\n\n");
    found_objects *found = world_objects(w, "main", "");
    CHECK_TRUE("extension",
               mr_bytes_ends_with(mr_bytes_of(found->keys[0]), MR_BYTES_LITERAL(".json")));
    found_free(found);
}

/* ---- refused puts ---- */

static void test_a_refused_put_is_tried_again_for_hours_under_one_key(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_fault(
        w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED, .until_us = WORLD_START_US + 3 * HOUR});
    world_put(w, stream, "k", "one");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "one");
    size_t retries = world_note_count(w, MR_EVENT_PUT_RETRIED, "main");
    CHECK_INT("counted", mr_delivery_count(d).put_retries, retries);
    /* 1, 2, 4, 8, 16, 32 s, then every minute until three hours are over */
    CHECK_TRUE("about one a minute", retries > 170 && retries < 190);
    found_objects *found = world_objects(w, "main", "");
    for (size_t i = 0; i < retries; i++) {
        const note *n = world_note(w, MR_EVENT_PUT_RETRIED, "main", i);
        CHECK_STR("key", n->key, found->keys[0]);
        CHECK_INT("attempt", n->attempt, i + 1);
    }
    int64_t first_us = world_note(w, MR_EVENT_PUT_RETRIED, "main", 0)->time_us;
    int64_t second_us = world_note(w, MR_EVENT_PUT_RETRIED, "main", 1)->time_us;
    int64_t third_us = world_note(w, MR_EVENT_PUT_RETRIED, "main", 2)->time_us;
    CHECK_INT("back-off doubles", (third_us - second_us) - (second_us - first_us), SECOND);
    found_free(found);
}

static void test_an_internal_error_of_the_store_is_tried_again_like_a_refusal(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_STORE_FAILED, .most = 3});
    world_put(w, stream, "k", "one");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "one");
    CHECK_INT("tried again", mr_delivery_count(d).put_retries, 3);
    CHECK_HAS("says why", world_note(w, MR_EVENT_PUT_RETRIED, "main", 0)->message,
              "500 InternalError");
    CHECK_TRUE("no failure of the machine", !w->has_fatal);
}

static void test_puts_refused_for_a_day_are_given_up_and_counted(void **state)
{
    world *w = *state;
    mr_delivery_options options = world_delivery_options(NULL);
    mr_delivery *d = world_deliver(w, &options);
    world_fault(
        w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED, .until_us = WORLD_START_US + 25 * HOUR});
    world_put_direct(d, (const char *const[]){"lost", "too"}, 2);
    world_run_to(w, WORLD_START_US + 26 * HOUR);
    mr_delivery_counts counts = mr_delivery_count(d);
    CHECK_INT("given up", counts.discarded, 2);
    const note *n = world_note(w, MR_EVENT_RECORDS_EXPIRED, "main", 0);
    CHECK_INT("records", n->records, 2);
    CHECK_STR("reason", n->reason, "put-refused");
    CHECK_TRUE("after 24 hours, with the last attempt",
               n->time_us >= WORLD_START_US + 24 * HOUR &&
                   n->time_us < WORLD_START_US + 24 * HOUR + SECOND);
    CHECK_TRUE("idle", mr_delivery_is_idle(d));
    world_put_direct(d, (const char *const[]){"next"}, 1);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "next");
}

/* ---- clock jumps ---- */

/* The sequence numbers of a shard's records as text, each with a blank; and that they rise. */
typedef struct sequences {
    const mr_shard *shard;
    char last[MR_SEQUENCE_SIZE];
    size_t count;
    int64_t last_arrival_us;
} sequences;

static void note_sequence(void *context, const mr_record_view *view)
{
    sequences *seen = context;
    char text[MR_SEQUENCE_SIZE];
    mr_shard_sequence(seen->shard, view->number, view->arrival_us, text);
    CHECK_TRUE("sequence numbers rise", strcmp(text, seen->last) > 0);
    CHECK_TRUE("arrivals do not fall", view->arrival_us >= seen->last_arrival_us);
    memcpy(seen->last, text, sizeof(text));
    seen->last_arrival_us = view->arrival_us;
    seen->count++;
}

static void check_sequences_rise(mr_stream *stream, size_t want)
{
    mr_error err;
    mr_read_result result;
    mr_shard *shard = mr_stream_shard(stream, 0);
    sequences seen = {.shard = shard};
    mr_reader *reader = mr_reader_new(shard, 1);
    CHECK_OK(
        "read",
        mr_reader_read(reader, &(mr_read_limits){100, MR_MIB}, note_sequence, &seen, &result, &err),
        &err);
    CHECK_INT("records", seen.count, want);
    mr_reader_free(reader);
}

static void test_a_clock_set_back_shows_in_timestamps_alone(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 60 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_run_for(w, SECOND);
    world_put(w, stream, "k", "one ");
    world_run_for(w, 10 * SECOND);
    CHECK_INT("opened", world_note(w, MR_EVENT_BUFFER_OPENED, "main", 0)->time_us,
              WORLD_START_US + SECOND);

    mr_clock_jump(w->clock, -HOUR);
    world_put(w, stream, "k", "two ");
    world_run_to(w, WORLD_START_US + 61 * SECOND - 1);
    CHECK_INT("not before its interval", world_note_count(w, MR_EVENT_BUFFER_FLUSHED, "main"), 0);
    world_run_to(w, WORLD_START_US + 61 * SECOND);
    const note *flushed = world_note(w, MR_EVENT_BUFFER_FLUSHED, "main", 0);
    CHECK_STR("reason", flushed->reason, "interval");
    CHECK_INT("both", flushed->records, 2);
    CHECK_INT("as the clock shows it", flushed->time_us, WORLD_START_US + 61 * SECOND - HOUR);

    world_put(w, stream, "k", "three");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "one two three");
    /* An arrival is never before the last one's, so the old hour goes on. */
    CHECK_INT("keys", world_object_count(w, "main", "2025/01/01/00/"), 2);
    check_sequences_rise(stream, 3);
}

static void test_a_clock_set_forward_shows_in_the_keys_of_later_objects(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 60 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one");
    world_run_for(w, 10 * SECOND);
    mr_clock_jump(w->clock, 5 * HOUR);
    world_run_to(w, WORLD_START_US + 60 * SECOND - 1);
    CHECK_INT("not before its interval", world_note_count(w, MR_EVENT_BUFFER_FLUSHED, "main"), 0);
    world_run_until_idle(w, d);
    world_put(w, stream, "k", "two");
    int64_t put_us = world_now(w);
    world_run_until_idle(w, d);
    CHECK_TRUE("a minute and a read later",
               world_now(w) >= put_us + 60 * SECOND && world_now(w) < put_us + 62 * SECOND);
    check_bodies(w, "main", "2025/01/01/00/", "one");
    check_bodies(w, "main", "2025/01/01/05/d-1-2025-01-01-05-01-", "two");
    check_sequences_rise(stream, 2);
}

static void test_an_attempt_ends_at_the_time_of_day(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", false);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "fails");
    world_run_for(w, 30 * SECOND);
    mr_clock_jump(w->clock, HOUR);
    world_run_until_idle(w, d);
    /* Invoked at 60 s, as without the jump; answered 20 ms and a little later. */
    int64_t opened_us = world_note(w, MR_EVENT_BUFFER_OPENED, "error", 0)->time_us;
    CHECK_INT("answered", opened_us / SECOND, (WORLD_START_US + HOUR) / SECOND + 60);
    char *want = mr_format("\"arrivalTimestamp\":1735689600000,\"attemptEndingTimestamp\":%lld,",
                           (long long)(opened_us / MR_US_PER_MS));
    char *got = world_bodies(w, "main", "");
    CHECK_HAS("times", got, want);
    mr_free(got);
    mr_free(want);
}

static void test_a_jump_past_retention_ends_what_is_refused_at_the_time_of_day(void **state)
{
    world *w = *state;
    mr_delivery_options options = world_delivery_options(NULL);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_fault(w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED});
    world_put_direct(d, (const char *const[]){"lost"}, 1);
    mr_clock_jump(w->clock, 24 * HOUR - 10 * SECOND);
    world_run_until_idle(w, d);
    /* refused at 1 s, and again after 1, 2 and 4 s; the next back-off would end behind 10 s */
    const note *n = world_note(w, MR_EVENT_RECORDS_EXPIRED, "main", 0);
    CHECK_INT("attempts", n->attempt, 5);
    CHECK_TRUE("with the last attempt", n->time_us >= WORLD_START_US + 24 * HOUR &&
                                            n->time_us < WORLD_START_US + 24 * HOUR + SECOND);
    CHECK_INT("waited", world_now(w) / SECOND, WORLD_START_US / SECOND + 10);
    CHECK_INT("given up", mr_delivery_count(d).discarded, 1);
}

static void test_a_jump_past_retention_expires_what_was_not_read(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_run_for(w, SECOND / 2);
    world_put(w, stream, "k", "old");
    mr_clock_jump(w->clock, 25 * HOUR);
    world_put(w, stream, "k", "new");
    world_run_until_idle(w, d);
    CHECK_INT("expired", mr_delivery_count(d).expired, 1);
    check_bodies(w, "main", "2025/01/02/01/", "new");
}

static void test_a_destination_that_is_down_stops_the_reading(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery_options options = world_delivery_options("s");
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 1 * SECOND;
    mr_delivery *d = world_deliver(w, &options);
    world_fault(
        w, (mr_fault_rule){.kind = MR_FAULT_STORE_REFUSED, .until_us = WORLD_START_US + 2 * HOUR});
    for (int i = 0; i < 100; i++) {
        world_put(w, stream, "k", "12345678\n");
        world_run_for(w, 10 * SECOND);
    }
    CHECK_INT("only so many were read", mr_delivery_count(d).read, 4);
    world_run_until_idle(w, d);
    CHECK_INT("then all", mr_delivery_count(d).delivered, 100);
}

static void test_a_bucket_that_is_missing_is_such_a_failure(void **state)
{
    world *w = *state;
    mr_error err;
    mr_delivery_options options = world_delivery_options(NULL);
    options.destination.bucket = "not-there";
    mr_delivery *d = world_deliver(w, &options);
    world_put_direct(d, (const char *const[]){"one"}, 1);
    world_run_for(w, HOUR);
    CHECK_TRUE("not idle", !mr_delivery_is_idle(d));
    CHECK_OK("bucket", mr_store_create_bucket(w->store, "not-there", &err), &err);
    world_run_until_idle(w, d);
    check_bodies(w, "not-there", "", "one");
}

static void test_direct_puts_are_held_to_their_limits(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1, .limits = true});
    mr_error err;
    size_t failed;
    mr_delivery_options options = world_delivery_options(NULL);
    mr_delivery *d = world_deliver(w, &options);
    char *big = mr_alloc(1024000);
    memset(big, 'x', 1024000);
    mr_record records[6];
    mr_put_result results[6];
    for (int i = 0; i < 6; i++) {
        records[i] = (mr_record){.data = mr_bytes_make(big, 1024000)};
    }
    CHECK_OK("put", mr_delivery_put(d, records, 6, results, &failed, &err), &err);
    CHECK_INT("5 MiB a second", failed, 1);
    CHECK_CODE("the tail", results[5].code, MR_THROTTLED);
    world_run_for(w, SECOND);
    CHECK_OK("put", mr_delivery_put(d, records + 5, 1, results, &failed, &err), &err);
    CHECK_INT("a second later", failed, 0);
    records[0].data.len = 1024001;
    big = mr_realloc(big, 1024001);
    records[0].data.at = big;
    CHECK_CODE("too large", mr_delivery_put(d, records, 1, results, &failed, &err),
               MR_RECORD_TOO_LARGE);
    mr_free(big);
    world_close(w);
}

/* ---- control ---- */

static void test_creation_refuses_what_cannot_be(void **state)
{
    world *w = *state;
    mr_error err;
    mr_delivery *d = NULL;
    mr_delivery_options options = world_delivery_options("absent");
    CHECK_CODE("no source", mr_deliveries_create(w->deliveries, &options, &d, &err),
               MR_STREAM_NOT_FOUND);
    world_stream(w, "s", 1);
    options.source = "s";
    d = world_deliver(w, &options);
    CHECK_CODE("twice", mr_deliveries_create(w->deliveries, &options, &d, &err),
               MR_DELIVERY_STREAM_EXISTS);
    CHECK_STR("message", err.message, "Firehose d under accountId 000000000000 already exists");
    size_t failed;
    mr_put_result result;
    mr_record record = {.data = MR_BYTES_LITERAL("x")};
    CHECK_CODE("put", mr_delivery_put(d, &record, 1, &result, &failed, &err), MR_INVALID_ARGUMENT);
    CHECK_STR("message", err.message,
              "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
    size_t count;
    mr_delivery **all = mr_deliveries_list(w->deliveries, &count);
    CHECK_INT("count", count, 1);
    CHECK_STR("name", mr_delivery_name(all[0]), "d");
    mr_free(all);
}

static void test_gauges_show_each_buffer_and_when_it_is_due(void **state)
{
    world *w = *state;
    mr_stream *stream = world_stream(w, "s", 1);
    world_function(w, "f", true);
    mr_delivery_options options = world_delivery_options("s");
    options.function = "f";
    options.backup_enabled = true;
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one|1");
    world_run_for(w, SECOND);
    mr_buffer_gauge gauges[8];
    CHECK_INT("gauges", mr_delivery_gauges(d, gauges, 8), 4);
    CHECK_STR("first", gauges[0].sink, "lambda");
    CHECK_INT("records", gauges[0].records, 1);
    CHECK_INT("bytes", gauges[0].bytes, 5);
    CHECK_INT("due", gauges[0].due_us, WORLD_START_US + 60 * SECOND);
    CHECK_STR("second", gauges[1].sink, "main");
    CHECK_INT("empty", gauges[1].due_us, 0);
    CHECK_INT("hint", gauges[1].bytes_max, 5 * MR_MIB);
    CHECK_STR("last", gauges[3].sink, "backup");
    CHECK_INT("due", gauges[3].due_us, WORLD_START_US + 300 * SECOND);
    CHECK_INT("no more than asked for", mr_delivery_gauges(d, gauges, 2), 2);
}

int main(void)
{
#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_interval_runs_from_the_first_record_to_the_microsecond),
        WORLD_TEST(test_size_flushes_with_the_record_that_reaches_the_hint),
        WORLD_TEST(test_an_empty_buffer_writes_nothing_and_an_idle_stream_sets_no_timer),
        WORLD_TEST(test_interval_zero_gives_one_object_a_put_in_the_same_instant),
        WORLD_TEST(test_two_buffers_stand_in_series),
        WORLD_TEST(test_a_drain_flushes_every_buffer_until_idle),
        WORLD_TEST(test_reading_starts_at_latest),
        WORLD_TEST(test_a_stream_is_read_once_a_second_on_its_grid),
        WORLD_TEST(test_children_are_read_when_their_parent_is_drained),
        WORLD_TEST(test_records_past_retention_are_counted_as_expired),
        WORLD_TEST(test_a_slow_read_hands_its_records_over_later),
        WORLD_TEST(test_a_shard_that_is_closed_during_a_slow_read_is_still_drained),
        WORLD_TEST(test_error_records_are_written_to_the_byte),
        WORLD_TEST(test_a_function_that_raises_is_tried_four_times_then_every_record_fails),
        WORLD_TEST(test_the_event_of_a_data_stream_is_as_captured),
        WORLD_TEST(test_the_event_of_a_direct_put_has_no_metadata),
        WORLD_TEST(test_builtin_and_handler_bound_their_batches_and_objects_alike),
        WORLD_TEST(test_results_are_applied_in_order_of_issue),
        WORLD_TEST(test_dropped_records_alone_commit_their_positions_without_an_object),
        WORLD_TEST(test_the_interval_starts_with_the_first_record_that_is_kept),
        cmocka_unit_test(test_the_cap_of_the_source_recycles_nothing_that_is_not_committed),
        WORLD_TEST(test_an_unknown_function_fails_its_records_and_may_appear_later),
        WORLD_TEST(test_batches_that_are_refused_at_once_fail_in_order),
        WORLD_TEST(test_at_most_five_batches_of_a_shard_are_in_flight_and_then_reading_stops),
        WORLD_TEST(test_an_event_stays_below_what_an_invocation_may_carry),
        WORLD_TEST(test_a_handler_that_cannot_start_ends_the_run_and_loses_nothing),
        cmocka_unit_test(test_faults_strike_builtins_as_they_do_handlers),
        WORLD_TEST(test_the_backup_holds_every_source_record_as_it_was_put),
        WORLD_TEST(test_gzip_bodies_count_their_size_before_compression),
        WORLD_TEST(test_a_delimiter_follows_every_record),
        WORLD_TEST(test_a_refused_put_is_tried_again_for_hours_under_one_key),
        WORLD_TEST(test_an_internal_error_of_the_store_is_tried_again_like_a_refusal),
        WORLD_TEST(test_puts_refused_for_a_day_are_given_up_and_counted),
        WORLD_TEST(test_a_clock_set_back_shows_in_timestamps_alone),
        WORLD_TEST(test_a_clock_set_forward_shows_in_the_keys_of_later_objects),
        WORLD_TEST(test_an_attempt_ends_at_the_time_of_day),
        WORLD_TEST(test_a_jump_past_retention_ends_what_is_refused_at_the_time_of_day),
        WORLD_TEST(test_a_jump_past_retention_expires_what_was_not_read),
        WORLD_TEST(test_a_destination_that_is_down_stops_the_reading),
        WORLD_TEST(test_a_bucket_that_is_missing_is_such_a_failure),
        cmocka_unit_test(test_direct_puts_are_held_to_their_limits),
        WORLD_TEST(test_creation_refuses_what_cannot_be),
        WORLD_TEST(test_gauges_show_each_buffer_and_when_it_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
