/* subscription_test.c - enhanced fan-out: events, back-pressure, ends. */
#include "sim/stream/subscription.h"

#include "tests/sim/stream/stream_world.h"

#define SECOND MR_US_PER_SECOND

/* A subscriber that writes down what it is told: "[a b]" an event with its records, "[]" one
 * without, then its end. */
typedef struct heard {
    mr_subscription *subscription;
    char text[2048];
    bool in_event;
    bool stop;        /* the next event says stop */
    bool free_at_end; /* frees the subscription in on_end */
    int events, ends;
    uint64_t bytes;
    int64_t behind_us;
    char continuation[MR_SEQUENCE_SIZE];
    uint32_t children[2];
    size_t children_count;
    mr_code failed;
} heard;

static void say(heard *log, const char *text)
{
    size_t len = strlen(log->text);
    snprintf(log->text + len, sizeof(log->text) - len, "%s", text);
}

static void on_record(void *context, const mr_record_view *record)
{
    heard *log = context;
    char data[16];
    snprintf(data, sizeof(data), "%.*s", (int)mr_min_size(record->data.len, 8), record->data.at);
    say(log, log->in_event ? " " : "[");
    say(log, data);
    log->in_event = true;
    log->bytes += record->data.len;
}

static bool on_event(void *context, const mr_subscription_event *event)
{
    heard *log = context;
    say(log, log->in_event ? "]" : "[]");
    log->in_event = false;
    log->events++;
    log->behind_us = event->behind_us;
    memcpy(log->continuation, event->continuation, sizeof(log->continuation));
    CHECK_INT("no continuation at the end", event->shard_ended, event->continuation[0] == '\0');
    log->children_count = event->children_count;
    for (size_t i = 0; i < event->children_count; i++) {
        log->children[i] = mr_shard_index(event->children[i]);
    }
    return !log->stop;
}

static void on_end(void *context, mr_subscription_end end, const mr_error *error)
{
    static const char *const names[] = {"expired", "shard ended", "taken over", "gone", "failed"};
    heard *log = context;
    say(log, names[end]);
    log->ends++;
    log->failed = error == NULL ? MR_OK : error->code;
    if (log->free_at_end) {
        mr_subscription_free(log->subscription);
        log->subscription = NULL;
    } else {
        CHECK_TRUE("ended", mr_subscription_has_ended(log->subscription));
    }
}

typedef struct fan_out_world {
    stream_world w;
    mr_stream *stream;
    mr_consumer *consumer;
} fan_out_world;

static fan_out_world fan_out_make(mr_streams_options options)
{
    fan_out_world f = {.w = world_make(options)};
    mr_error err = {0};
    f.stream = world_stream(&f.w, "s", 1);
    CHECK_OK("register", mr_consumer_register(f.stream, "c", &f.consumer, &err), &err);
    return f;
}

static mr_code subscribe(fan_out_world *f, mr_iterator_type type, size_t records_max, heard *log,
                         mr_error *err)
{
    mr_subscription_options options = {
        .consumer = f->consumer,
        .shard = mr_stream_shard(f->stream, 0),
        .position = {.type = type},
        .records_max = records_max,
        .subscriber = {
            .on_record = on_record, .on_event = on_event, .on_end = on_end, .context = log}};
    return mr_subscription_new(&options, &log->subscription, err);
}

static void must_subscribe(fan_out_world *f, mr_iterator_type type, size_t records_max, heard *log)
{
    mr_error err = {0};
    CHECK_OK("subscribe", subscribe(f, type, records_max, log, &err), &err);
}

static void test_records_come_in_events_of_at_most_so_many(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard log = {.text = ""};
    (void)world_put(f.stream, "k", "a");
    (void)world_put(f.stream, "k", "b");
    (void)world_put(f.stream, "k", "c");
    world_run(&f.w, SECOND);
    must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 2, &log);
    CHECK_STR("nothing within the call", log.text, "");
    assert_int_equal(mr_clock_step(f.w.clock, NULL), MR_STEP_RAN);
    CHECK_STR("the first event", log.text, "[a b]");
    CHECK_INT("behind", log.behind_us, SECOND);
    world_run(&f.w, 0);
    CHECK_STR("then the rest", log.text, "[a b][c]");
    CHECK_INT("at the tip", log.behind_us, 0);
    (void)world_put(f.stream, "k", "d");
    CHECK_STR("nothing within the put", log.text, "[a b][c]");
    world_run(&f.w, 0);
    CHECK_STR("a put wakes", log.text, "[a b][c][d]");
    mr_subscription_free(log.subscription);
    (void)world_put(f.stream, "k", "e");
    world_run(&f.w, SECOND * 10);
    CHECK_STR("nothing after it is freed", log.text, "[a b][c][d]");
    CHECK_INT("no end", log.ends, 0);
    world_free(&f.w);
}

static void test_an_event_comes_every_5_seconds_and_moves_on(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard log = {.text = ""};
    (void)world_put(f.stream, "k", "old");
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &log);
    world_run(&f.w, 0);
    CHECK_STR("at once", log.text, "[]");
    char before[MR_SEQUENCE_SIZE];
    memcpy(before, log.continuation, sizeof(before));
    world_run(&f.w, 5 * SECOND - 1);
    CHECK_STR("not yet", log.text, "[]");
    world_run(&f.w, 1);
    CHECK_STR("5 s", log.text, "[][]");
    CHECK_TRUE("moves on", strcmp(log.continuation, before) > 0);
    world_run(&f.w, 3 * SECOND);
    (void)world_put(f.stream, "k", "a");
    world_run(&f.w, 4 * SECOND);
    CHECK_STR("5 s after the last, whatever it held", log.text, "[][][a]");
    world_run(&f.w, SECOND);
    CHECK_STR("5 s", log.text, "[][][a][]");
    mr_subscription_free(log.subscription);

    mr_starting_position position = {.type = MR_ITERATOR_AFTER_SEQUENCE_NUMBER,
                                     .sequence_number = mr_bytes_of(log.continuation)};
    uint64_t number = 0;
    mr_error err = {0};
    CHECK_OK("goes on from there",
             mr_shard_starting_number(mr_stream_shard(f.stream, 0), &position, "SubscribeToShard",
                                      &number, &err),
             &err);
    CHECK_INT("behind both", number, 3);
    world_free(&f.w);
}

static void test_an_empty_shard_has_a_continuation_too(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard log = {.text = ""};
    must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 0, &log);
    world_run(&f.w, 0);
    mr_starting_position position = {.type = MR_ITERATOR_AFTER_SEQUENCE_NUMBER,
                                     .sequence_number = mr_bytes_of(log.continuation)};
    (void)world_put(f.stream, "k", "a");
    uint64_t number = 0;
    mr_error err = {0};
    CHECK_OK("goes on",
             mr_shard_starting_number(mr_stream_shard(f.stream, 0), &position, "SubscribeToShard",
                                      &number, &err),
             &err);
    CHECK_INT("nothing is lost", number, 1);
    mr_subscription_free(log.subscription);
    world_free(&f.w);
}

static void test_the_flow_stops_and_resumes_as_it_is_told(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard log = {.text = "", .stop = true};
    (void)world_put(f.stream, "k", "a");
    (void)world_put(f.stream, "k", "b");
    must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 1, &log);
    world_run(&f.w, 20 * SECOND);
    CHECK_STR("one event, then none", log.text, "[a]");
    (void)world_put(f.stream, "k", "c");
    world_run(&f.w, SECOND);
    CHECK_STR("a put does not wake", log.text, "[a]");
    mr_subscription_resume(log.subscription);
    CHECK_STR("nothing within the call", log.text, "[a]");
    world_run(&f.w, 0);
    CHECK_STR("one more", log.text, "[a][b]");
    log.stop = false;
    mr_subscription_resume(log.subscription);
    world_run(&f.w, 0);
    CHECK_STR("the rest", log.text, "[a][b][c]");
    mr_subscription_resume(log.subscription); /* it flows: fine */
    world_run(&f.w, 0);
    CHECK_STR("nothing new", log.text, "[a][b][c]");
    mr_subscription_free(log.subscription);
    world_free(&f.w);
}

static void test_it_ends_after_5_minutes_stopped_or_not(void **state)
{
    (void)state;
    for (int stop = 0; stop < 2; stop++) {
        fan_out_world f = fan_out_make((mr_streams_options){0});
        heard log = {.text = "", .stop = stop == 1};
        must_subscribe(&f, MR_ITERATOR_LATEST, 0, &log);
        world_run(&f.w, 300 * SECOND - 1);
        CHECK_INT("not yet", log.ends, 0);
        CHECK_INT("events", log.events, stop == 1 ? 1 : 60);
        world_run(&f.w, 1);
        CHECK_INT("over", log.ends, 1);
        CHECK_HAS("how", log.text, "expired");
        (void)world_put(f.stream, "k", "a");
        mr_subscription_resume(log.subscription);
        int events = log.events;
        world_run(&f.w, 20 * SECOND);
        CHECK_INT("nothing more", log.events, events);
        mr_subscription_free(log.subscription);
        world_free(&f.w);
    }
}

static void test_a_closed_shard_ends_with_its_children(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) { /* closed while it flows, or before */
        fan_out_world f = fan_out_make((mr_streams_options){0});
        heard log = {.text = "", .free_at_end = true};
        mr_error err = {0};
        (void)world_put(f.stream, "k", "a");
        if (late == 0) {
            must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 0, &log);
            world_run(&f.w, 0);
        }
        CHECK_OK("split", mr_stream_split(f.stream, mr_stream_shard(f.stream, 0), 500, &err), &err);
        if (late == 1) {
            must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 0, &log);
        }
        world_run(&f.w, 0);
        CHECK_STR("end", log.text, late == 1 ? "[a]shard ended" : "[a][]shard ended");
        CHECK_INT("children", log.children_count, 2);
        CHECK_INT("low", log.children[0], 1);
        CHECK_INT("high", log.children[1], 2);
        assert_null(log.subscription);
        world_free(&f.w);
    }
}

static void test_a_new_call_takes_over_after_5_seconds(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard first = {.text = ""}, second = {.text = ""};
    mr_error err = {0};
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &first);
    world_run(&f.w, 5 * SECOND - 1);
    CHECK_CODE("too soon", subscribe(&f, MR_ITERATOR_LATEST, 0, &second, &err),
               MR_SUBSCRIPTION_IN_USE);
    CHECK_STR("AWS's words", err.message,
              "Another active subscription exists for this consumer: "
              "000000000000:s:shardId-000000000000:c");
    CHECK_STR("the first goes on", first.text, "[]");
    world_run(&f.w, 1);
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &second);
    CHECK_STR("taken over", first.text, "[][]taken over");
    (void)world_put(f.stream, "k", "a");
    world_run(&f.w, 0);
    CHECK_STR("the second has it", second.text, "[a]");
    CHECK_STR("the first has not", first.text, "[][]taken over");
    mr_subscription_free(first.subscription);
    mr_subscription_free(second.subscription);
    CHECK_CODE("too soon, though nobody is there",
               subscribe(&f, MR_ITERATOR_LATEST, 0, &second, &err), MR_SUBSCRIPTION_IN_USE);
    world_run(&f.w, 5 * SECOND);
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &second);
    mr_subscription_free(second.subscription);
    world_free(&f.w);
}

static void test_consumers_do_not_disturb_each_other(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard first = {.text = ""}, second = {.text = ""};
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &first);
    mr_error err = {0};
    CHECK_OK("register", mr_consumer_register(f.stream, "d", &f.consumer, &err), &err);
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &second);
    (void)world_put(f.stream, "k", "a");
    world_run(&f.w, 0);
    CHECK_STR("first", first.text, "[a]");
    CHECK_STR("second", second.text, "[a]");
    mr_subscription_free(first.subscription);
    mr_subscription_free(second.subscription);
    world_free(&f.w);
}

static void test_it_has_2_mib_a_second_of_its_own(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){.limits = true});
    heard log = {.text = ""};
    static char half[512 * 1024];
    memset(half, 'x', sizeof(half));
    mr_error err = {0};
    for (int i = 0; i < 20; i++) { /* 10 MiB */
        mr_record record = {.data = mr_bytes_make(half, sizeof(half) - 1),
                            .partition_key = mr_bytes_of("k")};
        mr_put_result result;
        size_t failed;
        CHECK_OK("put", mr_stream_put(f.stream, &record, 1, &result, &failed, &err), &err);
        CHECK_INT("taken", failed, 0);
        world_run(&f.w, SECOND);
    }
    must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 0, &log);
    world_run(&f.w, 0);
    CHECK_TRUE("a second's worth and an event", log.bytes <= 3 * MR_MIB);
    uint64_t at_once = log.bytes;
    world_run(&f.w, 2 * SECOND);
    CHECK_TRUE("2 MiB/s", log.bytes > at_once && log.bytes <= at_once + 4 * MR_MIB);
    world_run(&f.w, 4 * SECOND);
    CHECK_INT("all of it", log.bytes, 20 * (sizeof(half) - 1));

    mr_reader *reader = mr_reader_new(mr_stream_shard(f.stream, 0), 1);
    read_log read;
    mr_read_result result;
    CHECK_CODE("the shard's own limit is untouched", world_read(reader, 1, &read, &result), MR_OK);
    mr_reader_free(reader);
    mr_subscription_free(log.subscription);
    world_free(&f.w);
}

static void test_it_ends_when_its_consumer_or_stream_goes(void **state)
{
    (void)state;
    for (int freeing = 0; freeing < 2; freeing++) {
        for (int deleting = 0; deleting < 2; deleting++) {
            fan_out_world f = fan_out_make((mr_streams_options){0});
            heard log = {.text = "", .free_at_end = freeing == 1};
            mr_error err = {0};
            (void)world_put(f.stream, "k", "a");
            must_subscribe(&f, MR_ITERATOR_TRIM_HORIZON, 0, &log);
            if (deleting == 1) {
                CHECK_OK("delete", mr_streams_delete(f.w.streams, "s", &err), &err);
            } else {
                CHECK_OK("deregister", mr_consumer_deregister(f.consumer, &err), &err);
            }
            CHECK_STR("end", log.text, "gone");
            world_run(&f.w, 10 * SECOND);
            CHECK_STR("nothing more", log.text, "gone");
            mr_subscription_free(log.subscription);
            world_free(&f.w);
        }
    }
}

static void test_a_consumer_that_is_not_active_does_not_subscribe(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    f.w.options.state_delay_us = SECOND;
    world_reopen(&f.w);
    f.stream = mr_streams_find(f.w.streams, "s");
    heard log = {.text = ""};
    mr_error err = {0};
    CHECK_OK("register", mr_consumer_register(f.stream, "d", &f.consumer, &err), &err);
    CHECK_CODE("CREATING", subscribe(&f, MR_ITERATOR_LATEST, 0, &log, &err),
               MR_CONSUMER_NOT_ACTIVE);
    CHECK_STR("AWS's words", err.message,
              "Consumer d with creation timestamp 1735689600 under stream: s, account 000000000000 "
              "is not in ACTIVE status.");
    world_run(&f.w, SECOND);
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &log);
    CHECK_OK("split", mr_stream_split(f.stream, mr_stream_shard(f.stream, 0), 500, &err), &err);
    (void)world_put(f.stream, "k", "a");
    world_run(&f.w, 0);
    CHECK_STR("it flows while the stream is UPDATING", log.text, "[a]");
    CHECK_OK("deregister", mr_consumer_deregister(f.consumer, &err), &err);
    (void)world_put(f.stream, "k", "b");
    world_run(&f.w, 0);
    CHECK_STR("and while the consumer is DELETING", log.text, "[a][b]");
    heard late = {.text = ""};
    CHECK_CODE("but it is not begun then", subscribe(&f, MR_ITERATOR_LATEST, 0, &late, &err),
               MR_CONSUMER_NOT_ACTIVE);
    world_run(&f.w, SECOND);
    CHECK_HAS("until it is gone", log.text, "gone");
    mr_subscription_free(log.subscription);
    world_free(&f.w);
}

static void test_a_bad_position_is_refused_and_takes_nothing_over(void **state)
{
    (void)state;
    fan_out_world f = fan_out_make((mr_streams_options){0});
    heard first = {.text = ""}, second = {.text = ""};
    mr_error err = {0};
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &first);
    world_run(&f.w, 5 * SECOND);
    CHECK_CODE("no timestamp", subscribe(&f, MR_ITERATOR_AT_TIMESTAMP, 0, &second, &err),
               MR_INVALID_ARGUMENT);
    CHECK_INT("the first goes on", first.ends, 0);
    must_subscribe(&f, MR_ITERATOR_LATEST, 0, &second); /* the refused one did not count */
    mr_subscription_free(first.subscription);
    mr_subscription_free(second.subscription);
    world_free(&f.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_in_events_of_at_most_so_many),
        cmocka_unit_test(test_an_event_comes_every_5_seconds_and_moves_on),
        cmocka_unit_test(test_an_empty_shard_has_a_continuation_too),
        cmocka_unit_test(test_the_flow_stops_and_resumes_as_it_is_told),
        cmocka_unit_test(test_it_ends_after_5_minutes_stopped_or_not),
        cmocka_unit_test(test_a_closed_shard_ends_with_its_children),
        cmocka_unit_test(test_a_new_call_takes_over_after_5_seconds),
        cmocka_unit_test(test_consumers_do_not_disturb_each_other),
        cmocka_unit_test(test_it_has_2_mib_a_second_of_its_own),
        cmocka_unit_test(test_it_ends_when_its_consumer_or_stream_goes),
        cmocka_unit_test(test_a_consumer_that_is_not_active_does_not_subscribe),
        cmocka_unit_test(test_a_bad_position_is_refused_and_takes_nothing_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
