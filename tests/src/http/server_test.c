/*
 * server_test.c - the listener over a real loopback socket, one loop, one thread: requests, their
 * answers, and the bounds of sizes and counts.
 */
#include "tests/src/http/http_help.h"

static void test_a_request_is_answered_and_the_connection_stays(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    for (int i = 0; i < 3; i++) {
        char *got = exchange(
            &w, fd, mr_bytes_of("POST /x?y HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"), "/x|2");
        CHECK_STR("answer", got,
                  "HTTP/1.1 200 OK\r\nX-Echo: a  Injected: b\r\nContent-Length: 4\r\n\r\n/x|2");
        mr_free(got);
    }
    CHECK_INT("one connection", mr_http_server_connections(w.server), 1);
    close(fd);
    until_no_connections(&w);
    world_deinit(&w);
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const char *const requests[] = {"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                                           "PRI /a HTTP/1.1\r\n\r\n"}; /* no method of HTTP/1.1 */
    static const char *const wants[] = {"/a|0", "400 Bad Request"};
    for (size_t i = 0; i < MR_COUNT(requests); i++) {
        world w;
        int fd = world_open(&w, (mr_http_limits){0});
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        for (const char *at = requests[i]; *at != '\0'; at++) {
            mr_bytes byte = mr_bytes_make(at, 1);
            (void)client_turn(&w, fd, &byte, &got);
        }
        mr_bytes none = {NULL, 0};
        while (strstr(mr_strbuf_text(&got), wants[i]) == NULL) {
            assert_true(client_turn(&w, fd, &none, &got));
        }
        mr_strbuf_deinit(&got);
        world_close(&w, fd);
    }
}

static void test_connections_end_as_the_client_asks(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    check_exchange("close", &w,
                   "GET /a HTTP/1.1\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\n\r\n", NULL,
                   "HTTP/1.1 200 OK\r\nX-Echo: a  Injected: b\r\nContent-Length: 4\r\n"
                   "Connection: close\r\n\r\n/a|0");
    check_exchange("1.0", &w, "GET /a HTTP/1.0\r\n\r\n", NULL,
                   "HTTP/1.1 200 OK\r\nX-Echo: a  Injected: b\r\nContent-Length: 4\r\n"
                   "Connection: close\r\n\r\n/a|0");
    check_exchange("HEAD", &w, "HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n", NULL,
                   "HTTP/1.1 200 OK\r\nX-Echo: a  Injected: b\r\nContent-Length: 4\r\n"
                   "Connection: close\r\n\r\n");
    CHECK_INT("nothing after close is handed out", w.request_count, 3);
    world_deinit(&w);
}

static void test_pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_bytes none = {NULL, 0};
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes to_send = mr_bytes_of("GET /hold1 HTTP/1.1\r\n\r\nGET /now HTTP/1.1\r\n\r\n"
                                   "GET /hold2 HTTP/1.1\r\n\r\n");
    while (w.held_count < 2) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
    CHECK_STR("nothing yet", mr_strbuf_text(&got), "");
    mr_http_answer(w.held[1], 202, NULL, 0, mr_bytes_of("two"));
    (void)client_turn(&w, fd, &none, &got);
    CHECK_STR("still nothing", mr_strbuf_text(&got), "");
    mr_http_answer(w.held[0], 200, NULL, 0, mr_bytes_of("one"));
    char *rest = exchange(&w, fd, none, "two");
    const char *one = strstr(rest, "one"), *now = strstr(rest, "/now|0"),
               *two = strstr(rest, "two");
    assert_true(one != NULL && now != NULL && two != NULL && one < now && now < two);
    mr_free(rest);
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

static void test_many_pipelined_requests_wait_their_turn(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&many, "GET /hold HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 500; i++) {
        mr_strbuf_append_text(&many, "GET /n HTTP/1.1\r\n\r\n");
    }
    mr_strbuf_append_text(&many, "GET /last HTTP/1.1\r\n\r\n");
    mr_bytes to_send = mr_strbuf_bytes(&many);
    client_turns(&w, fd, &to_send, &got, 50);
    CHECK_INT("no more than the pipeline holds", w.request_count, 16);
    mr_http_answer(w.held[0], 200, NULL, 0, mr_bytes_of("held"));
    char *rest = exchange(&w, fd, to_send, "/last|0");
    CHECK_INT("all", w.request_count, 502);
    mr_free(rest);
    mr_strbuf_deinit(&many);
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

static void test_continue_is_said_in_turn(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    char *got = exchange(
        &w, fd,
        mr_bytes_of("POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
        "Continue");
    CHECK_STR("continue", got, "HTTP/1.1 100 Continue\r\n\r\n");
    mr_free(got);
    got = exchange(&w, fd, mr_bytes_of("abc"), "/a|3");
    CHECK_HAS("answer", got, "200 OK");
    mr_free(got);
    world_close(&w, fd);
}

static void test_large_bodies_pass_and_larger_ones_may_be_passed_over(void **state)
{
    (void)state;
    world w;
    int fd =
        world_open(&w, (mr_http_limits){.body_bytes_max = 4 * MR_MIB, .swallow_bytes_max = MR_GIB});
    for (size_t mib = 4; mib <= 8; mib += 4) {
        size_t len = mib * MR_MIB;
        mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_appendf(&request, "POST /b HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", len);
        memset(mr_strbuf_reserve(&request, len), 'x', len);
        mr_strbuf_commit(&request, len);
        char *got = exchange(&w, fd, mr_strbuf_bytes(&request), "/b|");
        CHECK_HAS("answer", got, mib == 4 ? "/b|4194304" : "/b|0|dropped");
        mr_free(got);
        mr_strbuf_deinit(&request);
    }
    world_close(&w, fd);
}

static void test_too_many_connections_are_turned_away(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.connections_max = 2, .idle_least_ms = 60000});
    int a = client_open(&w), b = client_open(&w), c = client_open(&w);
    char *got = exchange(&w, c, mr_bytes_of("GET / HTTP/1.1\r\n\r\n"), NULL);
    CHECK_STR("turned away", got, "");
    mr_free(got);
    mr_free(exchange(&w, a, mr_bytes_of("GET /ok HTTP/1.1\r\n\r\n"), "/ok|0"));
    close(a);
    close(b);
    close(c);
    world_deinit(&w);
}

/* Lets the loop's time pass, so that whoever waits has done so for a while. */
static void wait_ms(world *w, uint64_t ms)
{
    for (uint64_t begin = uv_now(&w->loop); uv_now(&w->loop) < begin + ms;) {
        uv_run(&w->loop, UV_RUN_NOWAIT);
    }
}

static void test_the_idlest_connection_gives_way_at_the_limit(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.connections_max = 3, .idle_least_ms = 5});
    int busy = client_open(&w), silent, idle;
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes hold = mr_bytes_of("GET /hold HTTP/1.1\r\n\r\n");
    while (w.held_count == 0) {
        assert_true(client_turn(&w, busy, &hold, &got));
    }
    silent = client_open(&w);
    wait_ms(&w, 2);
    idle = client_open(&w);
    mr_free(exchange(&w, idle, mr_bytes_of("GET /ok HTTP/1.1\r\n\r\n"), "/ok|0"));
    wait_ms(&w, 6);

    int fourth = client_open(&w);
    mr_free(exchange(&w, fourth, mr_bytes_of("GET /4 HTTP/1.1\r\n\r\n"), "/4|0"));
    char *gone = exchange(&w, silent, mr_bytes_of(""), NULL);
    CHECK_STR("who has waited longest is gone", gone, "");
    mr_free(gone);
    mr_free(exchange(&w, idle, mr_bytes_of("GET /ok HTTP/1.1\r\n\r\n"), "/ok|0"));
    CHECK_INT("who is being served stays", w.closed_count, 0);
    mr_strbuf_deinit(&got);
    for (size_t i = 0; i < 4; i++) {
        close((const int[]){busy, silent, idle, fourth}[i]);
    }
    world_deinit(&w);
}

static void test_a_port_in_use_is_one_clear_error(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    mr_http_server *second = NULL;
    mr_error err;
    mr_http_options options = {.loop = &w.loop,
                               .port = mr_http_server_port(w.server),
                               .handler = on_request,
                               .context = &w};
    CHECK_CODE("second", mr_http_server_start(&options, &second, &err), MR_IO);
    CHECK_HAS("names the place", err.message, "listening on 127.0.0.1 port ");
    CHECK_HAS("says why", err.message, "address already in use");
    options.host = "not a host";
    CHECK_CODE("host", mr_http_server_start(&options, &second, &err), MR_IO);
    world_deinit(&w);
}

static void test_handlers_see_everything_of_a_request(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    check_exchange("seen", &w,
                   "PUT /describe?a=b HTTP/1.1\r\nHost: h:1\r\nX-Amz-Date:  1 \r\nx: y\r\n"
                   "Connection: close\r\nX-AMZ-DATE: 2\r\n\r\n",
                   NULL,
                   "HTTP/1.1 200 OK\r\nContent-Length: 83\r\nConnection: close\r\n\r\n"
                   "HTTP/1.1 http PUT ?a=b @h:1 host=h:1 x-amz-date=1 x=y connection=close "
                   "x-amz-date=2");
    world_deinit(&w);
}

/* Answers pile up in front of a client that does not read: it gets no further requests in. */
static void test_unread_answers_hold_requests_back(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.unsent_bytes_max = MR_MIB});
    mr_http_request *first = hold(&w, fd,
                                  "GET /hold HTTP/1.1\r\n\r\nGET /big HTTP/1.1\r\n\r\n"
                                  "GET /big HTTP/1.1\r\n\r\nGET /n HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    CHECK_INT("one large answer, no second", w.request_count, 2);
    mr_http_answer(first, 200, NULL, 0, mr_bytes_of("held"));
    char *got = exchange(&w, fd, mr_bytes_of(""), "/n|0");
    CHECK_INT("all", w.request_count, 4);
    mr_free(got);
    world_close(&w, fd);
}

/* Bodies of requests that wait for their answers are held up to a bound. */
static void test_unanswered_bodies_hold_requests_back(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.held_bytes_max = 2 * MR_MIB});
    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < HELD_MAX; i++) {
        mr_strbuf_append_text(&many, "POST /hold HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n");
        memset(mr_strbuf_reserve(&many, MR_MIB), 'x', MR_MIB);
        mr_strbuf_commit(&many, MR_MIB);
    }
    mr_bytes to_send = mr_strbuf_bytes(&many);
    client_turns(&w, fd, &to_send, &got, 300);
    CHECK_INT("two bodies", w.held_count, 2);
    CHECK_TRUE("no more is read", to_send.len > many.len / 2);
    for (size_t i = 0; i < HELD_MAX; i++) {
        while (w.held_count <= i) {
            assert_true(client_turn(&w, fd, &to_send, &got));
        }
        mr_http_answer(w.held[i], 204, NULL, 0, mr_bytes_of(""));
    }
    CHECK_INT("all", w.held_count, HELD_MAX);
    mr_strbuf_deinit(&many);
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

static void test_no_descriptor_is_left(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    world w;
    world_init(&w, (mr_http_limits){0});
    for (int i = 0; i < 100; i++) {
        int fd = client_open(&w);
        mr_free(exchange(&w, fd, mr_bytes_of("GET /a HTTP/1.1\r\n\r\n"), "/a|0"));
        close(fd);
    }
    until_no_connections(&w);
    world_deinit(&w);
    CHECK_INT("descriptors", open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_answered_and_the_connection_stays),
        cmocka_unit_test(test_a_request_may_come_byte_by_byte),
        cmocka_unit_test(test_connections_end_as_the_client_asks),
        cmocka_unit_test(test_pipelined_requests_are_answered_in_order),
        cmocka_unit_test(test_many_pipelined_requests_wait_their_turn),
        cmocka_unit_test(test_continue_is_said_in_turn),
        cmocka_unit_test(test_large_bodies_pass_and_larger_ones_may_be_passed_over),
        cmocka_unit_test(test_too_many_connections_are_turned_away),
        cmocka_unit_test(test_the_idlest_connection_gives_way_at_the_limit),
        cmocka_unit_test(test_a_port_in_use_is_one_clear_error),
        cmocka_unit_test(test_handlers_see_everything_of_a_request),
        cmocka_unit_test(test_unread_answers_hold_requests_back),
        cmocka_unit_test(test_unanswered_bodies_hold_requests_back),
        cmocka_unit_test(test_no_descriptor_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
