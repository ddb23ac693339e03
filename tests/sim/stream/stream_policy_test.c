/* stream_policy_test.c - resource policies are kept, shown and removed. */
#include "sim/stream/stream_policy.h"

#include "tests/sim/stream/stream_world.h"

static void check_policy(const char *label, mr_stream *stream, const char *consumer,
                         const char *want)
{
    char *policy = NULL;
    mr_error err = {0};
    CHECK_OK(label, mr_stream_get_policy(stream, consumer, &policy, &err), &err);
    CHECK_STR(label, policy, want);
    mr_free(policy);
}

static void test_a_policy_is_kept_until_it_is_removed(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    check_policy("none", stream, NULL, "{}");
    CHECK_CODE("none", mr_stream_delete_policy(stream, NULL, &err), MR_NOT_FOUND);
    CHECK_OK("put", mr_stream_put_policy(stream, NULL, "{\"a\":1}", &err), &err);
    CHECK_OK("again", mr_stream_put_policy(stream, NULL, "{\"a\":2}", &err), &err);
    CHECK_OK("a consumer's", mr_stream_put_policy(stream, "c", "{\"c\":1}", &err), &err);
    world_reopen(&w);
    stream = mr_streams_find(w.streams, "s");
    check_policy("stored", stream, NULL, "{\"a\":2}");
    check_policy("the consumer's own", stream, "c", "{\"c\":1}");
    CHECK_OK("delete", mr_stream_delete_policy(stream, NULL, &err), &err);
    check_policy("removed", stream, NULL, "{}");
    check_policy("kept", stream, "c", "{\"c\":1}");
    CHECK_OK("away", mr_streams_delete(w.streams, "s", &err), &err);
    check_policy("gone with the stream", world_stream(&w, "s", 1), "c", "{}");
    world_free(&w);
}

static void test_a_policy_has_a_size(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    char *large = mr_calloc(1, MR_POLICY_BYTES_MAX + 2);
    memset(large, 'x', MR_POLICY_BYTES_MAX + 1);
    CHECK_CODE("empty", mr_stream_put_policy(stream, NULL, "", &err), MR_INVALID_ARGUMENT);
    CHECK_CODE("large", mr_stream_put_policy(stream, NULL, large, &err), MR_INVALID_ARGUMENT);
    large[MR_POLICY_BYTES_MAX] = '\0';
    CHECK_OK("largest", mr_stream_put_policy(stream, NULL, large, &err), &err);
    mr_free(large);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_policy_is_kept_until_it_is_removed),
        cmocka_unit_test(test_a_policy_has_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
