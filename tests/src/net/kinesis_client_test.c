/* kinesis_client_test.c - what the client makes of an endpoint that does not answer. (One that
 * does: tests/integration/put_test.py.) The listener here takes connections and never reads from
 * them. */
#include "src/net/kinesis_client.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct world {
    mr_aws_settings settings;
    mr_kinesis_client *client;
    bool stop;
    int asked, told;
} world;

/* A socket on loopback; *port: out. */
static int silent_listener(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* No variable of whoever runs the test. */
static const char *no_environment(void *context, const char *name)
{
    (void)context;
    (void)name;
    return NULL;
}

static bool on_stop(void *context)
{
    world *w = context;
    w->asked++;
    return w->stop;
}

static void on_lost(void *context, const char *why)
{
    world *w = context;
    assert_non_null(why);
    w->told++;
}

static void open_world(world *w, unsigned port, int64_t answer_ms)
{
    mr_error err;
    *w = (world){.stop = false};
    char *url = mr_format("http://127.0.0.1:%u", port);
    mr_aws_wishes wishes = {.endpoint_url = url, .region = "us-east-1", .getenv = no_environment};
    CHECK_OK("settings", mr_aws_settings_find(&wishes, &w->settings, &err), &err);
    mr_free(url);
    mr_kinesis_options options = {.settings = &w->settings,
                                  .stream = "s",
                                  .user_agent = "test",
                                  .time = mr_platform_wall_time(),
                                  .answer_ms = answer_ms,
                                  .stop = on_stop,
                                  .lost = on_lost,
                                  .context = w};
    CHECK_OK("client", mr_kinesis_client_new(&options, &w->client, &err), &err);
}

static void close_world(world *w)
{
    mr_kinesis_client_free(w->client);
    mr_aws_settings_deinit(&w->settings);
}

static mr_code put_two(world *w, mr_error *err)
{
    const mr_record records[] = {
        {.data = MR_BYTES_LITERAL("a"), .partition_key = MR_BYTES_LITERAL("1")},
        {.data = MR_BYTES_LITERAL("b"), .partition_key = MR_BYTES_LITERAL("2")}};
    mr_put_result results[2];
    size_t failed;
    mr_producer_target target = mr_kinesis_client_target(w->client);
    return target.put(target.context, records, 2, results, &failed, err);
}

static void test_no_answer_in_time_is_a_lost_answer(void **state)
{
    (void)state;
    unsigned port;
    int fd = silent_listener(&port);
    world w;
    open_world(&w, port, 20);
    for (int i = 1; i <= 2; i++) {
        mr_error err = {0};
        mr_code code = put_two(&w, &err);
        CHECK_TRUE("to be put again", mr_put_lost_its_answer(code, &err));
        CHECK_INT("counted", mr_kinesis_client_lost(w.client), i);
    }
    CHECK_INT("told once", w.told, 1);
    CHECK_INT("nothing was broken off", mr_kinesis_client_in_doubt(w.client), 0);
    close_world(&w);
    close(fd);
}

static void test_a_request_can_be_broken_off(void **state)
{
    (void)state;
    unsigned port;
    int fd = silent_listener(&port);
    world w;
    open_world(&w, port, 0);
    w.stop = true;
    mr_error err = {0};
    CHECK_CODE("put", put_two(&w, &err), MR_INTERRUPTED);
    CHECK_TRUE("it was asked", w.asked > 0);
    CHECK_INT("in doubt", mr_kinesis_client_in_doubt(w.client), 2);
    close_world(&w);
    close(fd);
}

static void test_an_address_where_nothing_is_ends_it(void **state)
{
    (void)state;
    unsigned port;
    int fd = silent_listener(&port);
    close(fd); /* the port was just free */
    world w;
    open_world(&w, port, 0);
    mr_error err = {0};
    mr_code code = put_two(&w, &err);
    CHECK_CODE("put", code, MR_IO);
    CHECK_TRUE("not to be put again", !mr_put_lost_its_answer(code, &err));
    CHECK_HAS("how to mend it", err.message, "is `millrace serve` running there?");
    close_world(&w);
}

static void test_a_ca_bundle_must_be_there(void **state)
{
    (void)state;
    mr_error err = {0};
    mr_aws_settings settings;
    mr_aws_wishes wishes = {.endpoint_url = "https://localhost:1",
                            .region = "us-east-1",
                            .ca_bundle = "/nowhere/ca.pem",
                            .getenv = no_environment};
    CHECK_OK("settings", mr_aws_settings_find(&wishes, &settings, &err), &err);
    mr_kinesis_options options = {.settings = &settings, .stream = "s", .user_agent = "test"};
    mr_kinesis_client *client = NULL;
    CHECK_CODE("new", mr_kinesis_client_new(&options, &client, &err), MR_NOT_FOUND);
    CHECK_HAS("named", err.message, "cannot read the CA bundle /nowhere/ca.pem");
    mr_aws_settings_deinit(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_answer_in_time_is_a_lost_answer),
        cmocka_unit_test(test_a_request_can_be_broken_off),
        cmocka_unit_test(test_an_address_where_nothing_is_ends_it),
        cmocka_unit_test(test_a_ca_bundle_must_be_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
