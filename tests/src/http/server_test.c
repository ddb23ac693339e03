/* server_test.c - the listener over a real loopback socket, one loop, one thread. */
#include "tests/src/http/http_help.h"

static void check_exchange(const char *label, world *w, const char *to_send, const char *piece,
                           const char *want)
{
    int fd = client_open(w);
    char *got = exchange(w, fd, mr_bytes_of(to_send), piece);
    CHECK_STR(label, got, want);
    mr_free(got);
    close(fd);
}

/* ---- tests ---- */

static void test_a_request_is_answered_and_the_connection_stays(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
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
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
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
    close(fd);
    world_deinit(&w);
}

static void test_many_pipelined_requests_wait_their_turn(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&many, "GET /hold HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 500; i++) {
        mr_strbuf_append_text(&many, "GET /n HTTP/1.1\r\n\r\n");
    }
    mr_strbuf_append_text(&many, "GET /last HTTP/1.1\r\n\r\n");
    mr_bytes to_send = mr_strbuf_bytes(&many);
    for (int i = 0; i < 50; i++) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
    CHECK_INT("no more than the pipeline holds", w.request_count, 16);
    mr_http_answer(w.held[0], 200, NULL, 0, mr_bytes_of("held"));
    char *rest = exchange(&w, fd, to_send, "/last|0");
    CHECK_INT("all", w.request_count, 502);
    mr_free(rest);
    mr_strbuf_deinit(&many);
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

static void test_a_client_that_goes_closes_its_requests(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        world w;
        world_init(&w, (mr_http_limits){0});
        int fd = client_open(&w);
        mr_bytes to_send = mr_bytes_of("GET /hold1 HTTP/1.1\r\n\r\nGET /hold2 HTTP/1.1\r\n\r\n");
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        while (w.held_count < 2) {
            assert_true(client_turn(&w, fd, &to_send, &got));
        }
        if (reset == 1) { /* a reset instead of an end */
            struct linger hard = {.l_onoff = 1, .l_linger = 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
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
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
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

static void test_hostile_clients_get_a_status_or_are_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes, *want; /* want: what the answer starts with; "": nothing */
    } cases[] = {
        {"says nothing", "", ""},
        {"half a request line", "GET /", ""},
        {"headers without end", "GET / HTTP/1.1\r\nA: b\r\n", ""},
        {"half a body", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", ""},
        {"half a chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", ""},
        {"TLS", "\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request\r\n"},
        {"garbage", "\x01\x02\x03\x04\x05\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"too large", "POST / HTTP/1.1\r\nContent-Length: 2000\r\n\r\n",
         "HTTP/1.1 413 Content Too Large\r\n"},
        {"long header",
         "GET / HTTP/1.1\r\nA: "
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init(
            &w, (mr_http_limits){.header_bytes_max = 200, .body_bytes_max = 1000, .idle_ms = 60});
        int fd = client_open(&w);
        char *got = exchange(&w, fd, mr_bytes_of(cases[i].bytes), NULL);
        if (cases[i].want[0] == '\0') {
            CHECK_STR(cases[i].label, got, "");
        } else {
            CHECK_HAS(cases[i].label, got, cases[i].want);
            CHECK_HAS(cases[i].label, got, "Connection: close\r\n");
        }
        mr_free(got);
        close(fd);
        until_no_connections(&w);
        world_deinit(&w);
    }
}

/* A byte now and then is no sign of life: the headers have one deadline. */
static void test_a_dripping_client_is_dropped(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.idle_ms = 100});
    int fd = client_open(&w);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes start = mr_bytes_of("GET / HTTP/1.1\r\nA: ");
    bool open = client_turn(&w, fd, &start, &got);
    int drips = 0;
    while (open) {
        mr_bytes drip = mr_bytes_of("b");
        open = client_turn(&w, fd, &drip, &got); /* about a byte a millisecond */
        MR_ASSERT(++drips < 20000);
    }
    CHECK_STR("no answer", mr_strbuf_text(&got), "");
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

static void test_a_client_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.idle_ms = 50});
    int fd = client_open(&w);
    assert_true(send(fd, "GET /big HTTP/1.1\r\n\r\n", 21, MSG_NOSIGNAL) == 21);
    while (w.request_count == 0) {
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    until_no_connections(&w); /* it never reads its eight megabytes */
    close(fd);
    world_deinit(&w);
}

static void test_continue_is_said_in_turn(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    char *got = exchange(
        &w, fd,
        mr_bytes_of("POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
        "Continue");
    CHECK_STR("continue", got, "HTTP/1.1 100 Continue\r\n\r\n");
    mr_free(got);
    got = exchange(&w, fd, mr_bytes_of("abc"), "/a|3");
    CHECK_HAS("answer", got, "200 OK");
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

static void test_large_bodies_pass_and_larger_ones_may_be_passed_over(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.body_bytes_max = 4 * MR_MIB, .swallow_bytes_max = MR_GIB});
    int fd = client_open(&w);
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
    close(fd);
    world_deinit(&w);
}

static void test_too_many_connections_are_turned_away(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.connections_max = 2});
    int a = client_open(&w), b = client_open(&w), c = client_open(&w);
    char *got = exchange(&w, c, mr_bytes_of("GET / HTTP/1.1\r\n\r\n"), NULL);
    CHECK_STR("turned away", got, "");
    mr_free(got);
    got = exchange(&w, a, mr_bytes_of("GET /ok HTTP/1.1\r\n\r\n"), "/ok|0");
    mr_free(got);
    close(a);
    close(b);
    close(c);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_answered_and_the_connection_stays),
        cmocka_unit_test(test_connections_end_as_the_client_asks),
        cmocka_unit_test(test_pipelined_requests_are_answered_in_order),
        cmocka_unit_test(test_many_pipelined_requests_wait_their_turn),
        cmocka_unit_test(test_a_client_that_goes_closes_its_requests),
        cmocka_unit_test(test_stopping_closes_requests_under_way),
        cmocka_unit_test(test_hostile_clients_get_a_status_or_are_dropped),
        cmocka_unit_test(test_a_dripping_client_is_dropped),
        cmocka_unit_test(test_a_client_that_does_not_read_is_dropped),
        cmocka_unit_test(test_continue_is_said_in_turn),
        cmocka_unit_test(test_large_bodies_pass_and_larger_ones_may_be_passed_over),
        cmocka_unit_test(test_too_many_connections_are_turned_away),
        cmocka_unit_test(test_a_port_in_use_is_one_clear_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
