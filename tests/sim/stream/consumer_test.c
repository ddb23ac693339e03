/* consumer_test.c - registering, listing, deregistering, restarts. */
#include "sim/stream/consumer.h"

#include "tests/sim/stream/stream_world.h"

#define DELAY INT64_C(500000)
#define ARN   "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1735689600"

static mr_consumer *must_register(mr_stream *stream, const char *name)
{
    mr_consumer *consumer = NULL;
    mr_error err = {0};
    CHECK_OK(name, mr_consumer_register(stream, name, &consumer, &err), &err);
    return consumer;
}

static void check_status(const char *label, stream_world *w, const char *want)
{
    mr_consumer *consumer = mr_stream_consumer(mr_streams_find(w->streams, "s"), "c");
    CHECK_STR(label, consumer == NULL ? "gone" : mr_status_name(mr_consumer_status(consumer)),
              want);
}

static void test_a_consumer_is_registered_found_and_deregistered(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_consumer *consumer = must_register(stream, "c"), *found = NULL;
    mr_error err = {0};
    check_status("without a delay", &w, "ACTIVE");
    CHECK_CODE("twice", mr_consumer_register(stream, "c", &found, &err), MR_CONSUMER_EXISTS);
    for (int round = 0; round < 2; round++) { /* the second time as found on disk */
        consumer = mr_stream_consumer(stream, "c");
        CHECK_STR("ARN", mr_consumer_arn(consumer), ARN);
        CHECK_STR("name", mr_consumer_name(consumer), "c");
        CHECK_INT("created", mr_consumer_created_us(consumer), WORLD_START);
        assert_ptr_equal(mr_consumer_stream(consumer), stream);
        CHECK_OK("by ARN", mr_consumer_of_arn(w.streams, mr_bytes_of(ARN), &found, &err), &err);
        assert_ptr_equal(found, consumer);
        CHECK_OK("by name", mr_stream_require_consumer(stream, mr_bytes_of("c"), &found, &err),
                 &err);
        assert_ptr_equal(found, consumer);
        world_reopen(&w);
        stream = mr_streams_find(w.streams, "s");
    }
    CHECK_OK("deregister", mr_consumer_deregister(mr_stream_consumer(stream, "c"), &err), &err);
    check_status("without a delay", &w, "gone");
    CHECK_CODE("by name", mr_stream_require_consumer(stream, mr_bytes_of("c"), &found, &err),
               MR_CONSUMER_NOT_FOUND);
    world_reopen(&w);
    check_status("for good", &w, "gone");
    world_free(&w);
}

static void test_an_arn_names_one_consumer_or_none(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "c",
        "///",
        "a/s/consumer/c",
        "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c",
        "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1735689601",
        "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/d:1735689600",
        "arn:aws:kinesis:us-east-1:000000000000:stream/t/consumer/c:1735689600",
        "arn:aws:kinesis:us-east-1:111111111111:stream/s/consumer/c:1735689600",
        "arn:aws:kinesis:eu-west-1:000000000000:stream/s/consumer/c:1735689600",
        ARN "0"};
    stream_world w = world_make((mr_streams_options){0});
    mr_consumer *consumer = must_register(world_stream(&w, "s", 1), "c");
    mr_error err = {0};
    for (size_t i = 0; i < MR_COUNT(others); i++) {
        mr_consumer *found;
        CHECK_CODE(others[i], mr_consumer_of_arn(w.streams, mr_bytes_of(others[i]), &found, &err),
                   MR_CONSUMER_NOT_FOUND);
    }
    CHECK_OK("deregister", mr_consumer_deregister(consumer, &err), &err);
    world_advance(&w, MR_US_PER_SECOND);
    consumer = must_register(mr_streams_find(w.streams, "s"), "c");
    CHECK_CODE("one registered again is another",
               mr_consumer_of_arn(w.streams, mr_bytes_of(ARN), &consumer, &err),
               MR_CONSUMER_NOT_FOUND);
    world_free(&w);
}

static void test_states_take_the_delay_and_survive_a_restart(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_consumer *consumer;
    mr_error err = {0};
    CHECK_CODE("of a stream that is CREATING", mr_consumer_register(stream, "c", &consumer, &err),
               MR_STREAM_NOT_ACTIVE);
    world_run(&w, DELAY);
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), 500, &err), &err);
    (void)must_register(stream, "c"); /* while the stream is UPDATING */
    check_status("registered", &w, "CREATING");
    world_run(&w, DELAY / 2);
    world_reopen(&w);
    check_status("restarted", &w, "CREATING");
    world_run(&w, DELAY / 2);
    check_status("over", &w, "ACTIVE");
    world_reopen(&w);
    check_status("stored", &w, "ACTIVE");

    consumer = mr_stream_consumer(mr_streams_find(w.streams, "s"), "c");
    CHECK_OK("deregister", mr_consumer_deregister(consumer, &err), &err);
    CHECK_OK("again", mr_consumer_deregister(consumer, &err), &err);
    check_status("deregistered", &w, "DELETING");
    CHECK_CODE("the name is taken",
               mr_consumer_register(mr_streams_find(w.streams, "s"), "c", &consumer, &err),
               MR_CONSUMER_EXISTS);
    world_shut(&w);
    mr_clock_advance_to(w.clock, mr_clock_now_us(w.clock) + DELAY);
    world_open(&w);
    check_status("it was due while nobody ran", &w, "gone");
    world_free(&w);
}

static void test_consumers_are_listed_in_pages_by_name(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_consumer *page[3];
    bool more;
    CHECK_INT("none", mr_stream_list_consumers(stream, NULL, page, 3, &more), 0);
    CHECK_TRUE("none", !more);
    (void)must_register(stream, "b");
    (void)must_register(stream, "C");
    (void)must_register(stream, "a");
    CHECK_INT("count", mr_stream_consumer_count(stream), 3);
    CHECK_INT("first page", mr_stream_list_consumers(stream, NULL, page, 2, &more), 2);
    CHECK_STR("first", mr_consumer_name(page[0]), "C");
    CHECK_STR("second", mr_consumer_name(page[1]), "a");
    CHECK_TRUE("more", more);
    CHECK_INT("second page", mr_stream_list_consumers(stream, "a", page, 2, &more), 1);
    CHECK_STR("third", mr_consumer_name(page[0]), "b");
    CHECK_TRUE("no more", !more);
    world_free(&w);
}

static void test_a_stream_has_20_consumers_and_5_in_creation(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.state_delay_us = DELAY});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_consumer *consumer;
    mr_error err = {0};
    world_run(&w, DELAY);
    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof(name), "c%d", i);
        if (i > 0 && i % 5 == 0) {
            CHECK_CODE("the sixth at once", mr_consumer_register(stream, name, &consumer, &err),
                       MR_LIMIT_EXCEEDED);
            CHECK_HAS("which", err.message, "5 consumers in state CREATING");
            world_run(&w, DELAY);
        }
        (void)must_register(stream, name);
    }
    world_run(&w, DELAY);
    CHECK_CODE("21", mr_consumer_register(stream, "last", &consumer, &err), MR_LIMIT_EXCEEDED);
    CHECK_HAS("which", err.message, "already has 20 consumers.");
    world_free(&w);
}

static void test_names_are_checked(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_consumer *consumer;
    mr_error err = {0};
    char name[130];
    memset(name, 'n', 129);
    name[129] = '\0';
    CHECK_CODE("long", mr_consumer_register(stream, name, &consumer, &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("empty", mr_consumer_register(stream, "", &consumer, &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("slash", mr_consumer_register(stream, "a/b", &consumer, &err), MR_INVALID_ARGUMENT);
    name[128] = '\0';
    (void)must_register(stream, name);
    world_free(&w);
}

static void test_consumers_go_with_their_stream(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    CHECK_OK("none yet", mr_stream_require_no_consumers(stream, &err), &err);
    (void)must_register(stream, "c");
    CHECK_CODE("in the way", mr_stream_require_no_consumers(stream, &err), MR_STREAM_HAS_CONSUMERS);
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    stream = world_stream(&w, "s", 1);
    CHECK_INT("none", mr_stream_consumer_count(stream), 0);
    world_reopen(&w);
    CHECK_INT("none", mr_stream_consumer_count(mr_streams_find(w.streams, "s")), 0);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_consumer_is_registered_found_and_deregistered),
        cmocka_unit_test(test_an_arn_names_one_consumer_or_none),
        cmocka_unit_test(test_states_take_the_delay_and_survive_a_restart),
        cmocka_unit_test(test_consumers_are_listed_in_pages_by_name),
        cmocka_unit_test(test_a_stream_has_20_consumers_and_5_in_creation),
        cmocka_unit_test(test_names_are_checked),
        cmocka_unit_test(test_consumers_go_with_their_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
