/* server_end_test.c - how connections and the listener end: clients that go, drain and stop. */
#include "tests/src/http/http_help.h"

static void test_a_client_that_goes_closes_its_requests(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        world w;
        int fd = world_open(&w, (mr_http_limits){0});
        mr_bytes to_send = mr_bytes_of("GET /hold1 HTTP/1.1\r\n\r\nGET /hold2 HTTP/1.1\r\n\r\n");
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        while (w.held_count < 2) {
            assert_true(client_turn(&w, fd, &to_send, &got));
        }
        if (reset == 1) { /* a reset instead of an end */
            client_will_reset(fd);
        }
        close(fd);
        until_no_connections(&w);
        CHECK_INT("closed", w.closed_count, 2);
        mr_strbuf_deinit(&got);
        world_deinit(&w);
    }
}

static void test_stopping_closes_requests_under_way(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_bytes to_send = mr_bytes_of("GET /hold1 HTTP/1.1\r\n\r\n");
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    while (w.held_count < 1) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
    world_deinit(&w);
    CHECK_INT("closed", w.closed_count, 1);
    mr_strbuf_deinit(&got);
    close(fd);
}

static void on_drained(void *context)
{
    ((world *)context)->drained = true;
}

static void test_draining_answers_what_is_under_way_and_begins_nothing(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int idle = client_open(&w), busy = client_open(&w), half = client_open(&w);
    mr_http_request *held = hold(&w, busy, "GET /hold HTTP/1.1\r\n\r\n");
    mr_free(exchange(&w, idle, mr_bytes_of("GET /a HTTP/1.1\r\n\r\n"), "/a|0"));
    mr_bytes start = mr_bytes_of("POST /half HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
    mr_strbuf nothing = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    client_turns(&w, half, &start, &nothing, 5);

    mr_http_server_drain(w.server, on_drained, &w);
    CHECK_TRUE("not from inside", !w.drained);
    char *got = exchange(&w, idle, mr_bytes_of(""), NULL);
    CHECK_STR("an idle one is ended", got, "");
    mr_free(got);
    close(idle);
    got = exchange(&w, half, mr_bytes_of("bcGET /next HTTP/1.1\r\n\r\n"), NULL);
    CHECK_HAS("one that has begun is answered", got, "/half|3");
    CHECK_HAS("as the last", got, "Connection: close\r\n");
    mr_free(got);
    close(half);
    CHECK_TRUE("one is left", !w.drained);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(mr_http_server_port(w.server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT("nobody listens", connect(late, (struct sockaddr *)&address, sizeof(address)), -1);
    close(late);

    mr_http_answer(held, 200, NULL, 0, mr_bytes_of("at last"));
    got = exchange(&w, busy, mr_bytes_of("GET /next HTTP/1.1\r\n\r\n"), NULL);
    CHECK_HAS("the running one is answered", got, "Connection: close\r\n\r\nat last");
    mr_free(got);
    close(busy);
    for (int i = 0; !w.drained; i++) {
        MR_ASSERT(i < 20000);
        uv_run(&w.loop, UV_RUN_NOWAIT);
        (void)poll(NULL, 0, 1);
    }
    CHECK_INT("no request behind it", w.request_count, 3);
    mr_strbuf_deinit(&nothing);
    world_deinit(&w);
}

static void test_stopping_cuts_draining_short(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    (void)hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_server_drain(w.server, on_drained, &w);
    world_deinit(&w);
    CHECK_INT("closed", w.closed_count, 1);
    CHECK_TRUE("not drained", !w.drained);
    close(fd);
}

static void test_an_answer_before_the_stop_is_written(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_answer(request, 200, NULL, 0, mr_bytes_of("bye"));
    world_deinit(&w);
    char buffer[256];
    ssize_t n = recv(fd, buffer, sizeof(buffer) - 1, 0);
    assert_true(n > 0);
    buffer[n] = '\0';
    CHECK_HAS("written", buffer, "bye");
    close(fd);
}

static void on_answer_and_stop(void *context, mr_http_request *request)
{
    world *w = context;
    mr_http_answer(request, 200, NULL, 0, mr_bytes_of("bye"));
    mr_http_server_stop(w->server);
}

/* As the Runtime API does when a function cannot start. */
static void test_a_handler_may_answer_and_stop_the_server(void **state)
{
    (void)state;
    mr_error err;
    world w = {.log = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    uv_loop_init(&w.loop);
    mr_http_options options = {.loop = &w.loop, .handler = on_answer_and_stop, .context = &w};
    CHECK_OK("start", mr_http_server_start(&options, &w.server, &err), &err);
    int fd = client_open(&w);
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    CHECK_INT("every handle is closed", uv_loop_close(&w.loop), 0);
    char buffer[256];
    ssize_t n = recv(fd, buffer, sizeof(buffer) - 1, 0);
    assert_true(n > 0);
    buffer[n] = '\0';
    CHECK_HAS("written", buffer, "bye");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_that_goes_closes_its_requests),
        cmocka_unit_test(test_stopping_closes_requests_under_way),
        cmocka_unit_test(test_draining_answers_what_is_under_way_and_begins_nothing),
        cmocka_unit_test(test_stopping_cuts_draining_short),
        cmocka_unit_test(test_an_answer_before_the_stop_is_written),
        cmocka_unit_test(test_a_handler_may_answer_and_stop_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
