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

static void test_a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const char *const requests[] = {"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                                           "PRI /a HTTP/1.1\r\n\r\n"}; /* no method of HTTP/1.1 */
    static const char *const wants[] = {"/a|0", "400 Bad Request"};
    for (size_t i = 0; i < MR_COUNT(requests); i++) {
        world w;
        world_init(&w, (mr_http_limits){0});
        int fd = client_open(&w);
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
        close(fd);
        world_deinit(&w);
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

/* ---- tests: what handlers see, and say in pieces ---- */

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

/* Holds the one request that is sent, and returns it. */
static mr_http_request *hold(world *w, int fd, const char *request)
{
    size_t before = w->held_count;
    mr_bytes to_send = mr_bytes_of(request);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    while (w->held_count == before) {
        assert_true(client_turn(w, fd, &to_send, &got));
    }
    mr_strbuf_deinit(&got);
    return w->held[before];
}

static void test_pieces_are_framed_as_the_client_understands(void **state)
{
    (void)state;
    static const mr_http_header_field length = {"content-length", "5"};
    static const struct {
        const char *label, *request;
        size_t headers;
        const char *want;
    } cases[] = {
        {"chunks", "GET /hold HTTP/1.1\r\n\r\n", 0,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"},
        {"a known length", "GET /hold HTTP/1.1\r\n\r\n", 1,
         "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde"},
        {"HTTP/1.0", "GET /hold HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 0,
         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde"},
        {"HTTP/1.0, a known length", "GET /hold HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1,
         "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nConnection: keep-alive\r\n\r\nabcde"},
        {"HEAD", "HEAD /hold HTTP/1.1\r\n\r\n", 1, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"},
        {"HEAD, chunks", "HEAD /hold HTTP/1.1\r\n\r\n", 0,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init(&w, (mr_http_limits){.idle_ms = 50});
        int fd = client_open(&w);
        mr_http_request *request = hold(&w, fd, cases[i].request);
        mr_http_answer_begin(request, 200, &length, cases[i].headers);
        mr_http_answer_send(request, mr_bytes_of("ab"));
        mr_http_answer_send(request, mr_bytes_of(""));
        mr_http_answer_send(request, mr_bytes_of("cde"));
        mr_http_answer_end(request);
        char *got = exchange(&w, fd, mr_bytes_of(""), NULL); /* until it is idle */
        CHECK_STR(cases[i].label, got, cases[i].want);
        mr_free(got);
        close(fd);
        world_deinit(&w);
    }
}

static void test_a_piece_goes_out_before_the_next_is_there(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_answer_begin(request, 200, NULL, 0);
    mr_http_answer_send(request, mr_bytes_of("first"));
    CHECK_INT("nothing waits", mr_http_answer_waiting(request), 0);
    char *got = exchange(&w, fd, mr_bytes_of(""), "first\r\n");
    mr_free(got);
    mr_http_answer_send(request, mr_bytes_of("second"));
    mr_http_answer_end(request);
    got = exchange(&w, fd, mr_bytes_of(""), "0\r\n\r\n");
    CHECK_STR("the rest", got, "6\r\nsecond\r\n0\r\n\r\n");
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

static void test_a_broken_off_answer_ends_the_connection(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_answer_begin(request, 200, NULL, 0);
    mr_http_answer_send(request, mr_bytes_of("some"));
    mr_http_answer_abort(request);
    char *got = exchange(&w, fd, mr_bytes_of(""), NULL);
    CHECK_STR("no last chunk", got,
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n");
    CHECK_INT("the handler knows", w.closed_count, 0);
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

static void test_small_pieces_wait_when_the_socket_is_full(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    char piece[1000];
    memset(piece, 'x', sizeof(piece));
    mr_http_answer_begin(request, 200, NULL, 0);
    size_t count = 0;
    while (mr_http_answer_waiting(request) == 0) { /* nobody reads */
        MR_ASSERT(count++ < 100000);
        mr_http_answer_send(request, mr_bytes_make(piece, sizeof(piece)));
    }
    mr_http_answer_end(request);
    char *got = exchange(&w, fd, mr_bytes_of(""), "\r\n0\r\n\r\n");
    CHECK_INT("all", strlen(got),
              strlen("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") +
                  count * (sizeof(piece) + strlen("3e8\r\n\r\n")));
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

/* What was broken off must not run into the answer behind it. */
static void test_nothing_follows_a_broken_off_answer(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    mr_http_request *first = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_request *second = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_request *third = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    (void)third; /* it is closed with the connection */
    mr_http_answer(second, 200, NULL, 0, mr_bytes_of("second"));
    mr_http_answer_begin(first, 200, NULL, 0);
    mr_http_answer_send(first, mr_bytes_of("some"));
    mr_http_answer_abort(first);
    char *got = exchange(&w, fd, mr_bytes_of(""), NULL);
    CHECK_STR("the first alone", got,
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n");
    until_no_connections(&w);
    CHECK_INT("the third is closed", w.closed_count, 1);
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

/* Eight megabytes through a client that reads slowly: the handler never has much waiting. */
static void test_pouring_keeps_to_its_bound(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    char *got = exchange(&w, fd, mr_bytes_of("GET /pour HTTP/1.1\r\n\r\n"), "\r\n0\r\n\r\n");
    CHECK_INT("all is sent", w.pour.left, 0);
    CHECK_TRUE("something had to wait", w.pour.waiting_most > 0);
    CHECK_TRUE("bounded", w.pour.waiting_most <= POUR_BOUND + POUR_PIECE + 16);
    mr_free(got);
    close(fd);
    world_deinit(&w);
}

static void test_a_client_that_goes_in_the_middle_of_pieces_is_told_of(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        world w;
        world_init(&w, (mr_http_limits){0});
        int fd = client_open(&w);
        char *got = exchange(&w, fd, mr_bytes_of("GET /pour HTTP/1.1\r\n\r\n"), "chunked");
        mr_free(got);
        if (reset == 1) {
            struct linger hard = {.l_onoff = 1, .l_linger = 0};
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        }
        close(fd);
        until_no_connections(&w);
        CHECK_TRUE("closed", w.pour.closed);
        CHECK_STR("not answered", mr_strbuf_text(&w.log), "");
        world_deinit(&w);
    }
}

/* ---- tests: many requests, many bytes ---- */

/* Answers pile up in front of a client that does not read: it gets no further requests in. */
static void test_unread_answers_hold_requests_back(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.unsent_bytes_max = MR_MIB});
    int fd = client_open(&w);
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
    close(fd);
    world_deinit(&w);
}

/* Bodies of requests that wait for their answers are held up to a bound. */
static void test_unanswered_bodies_hold_requests_back(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.held_bytes_max = 2 * MR_MIB});
    int fd = client_open(&w);
    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < HELD_MAX; i++) {
        mr_strbuf_append_text(&many, "POST /hold HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n");
        memset(mr_strbuf_reserve(&many, MR_MIB), 'x', MR_MIB);
        mr_strbuf_commit(&many, MR_MIB);
    }
    mr_bytes to_send = mr_strbuf_bytes(&many);
    for (int i = 0; i < 300; i++) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
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
    close(fd);
    world_deinit(&w);
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
        char *got = exchange(&w, fd, mr_bytes_of("GET /a HTTP/1.1\r\n\r\n"), "/a|0");
        mr_free(got);
        close(fd);
    }
    until_no_connections(&w);
    world_deinit(&w);
    CHECK_INT("descriptors", open_descriptors(), before);
}

/* ---- tests: time ---- */

/* The headers are there in time, the body comes a byte at a time. */
static void test_a_dripping_body_is_dropped(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.body_ms = 60});
    int fd = client_open(&w);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes start = mr_bytes_of("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
    bool open = client_turn(&w, fd, &start, &got);
    int drips = 0;
    while (open) {
        mr_bytes drip = mr_bytes_of("b");
        open = client_turn(&w, fd, &drip, &got);
        MR_ASSERT(++drips < 20000);
    }
    CHECK_STR("no answer", mr_strbuf_text(&got), "");
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

static void test_each_wait_has_its_own_limit(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes;
        mr_http_limits limits; /* the others are a minute: the test would not end */
    } cases[] = {
        {"first bytes", "", {.header_ms = 30}},
        {"headers", "GET / HTTP/1.1\r\nA", {.header_ms = 30}},
        {"half a preface", "PRI * HT", {.header_ms = 30}},
        {"a preface without frames", "PRI * HTTP/2.0\r\n\r\n", {.header_ms = 30}},
        {"body", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\na", {.body_ms = 30}},
        {"the next request", "GET / HTTP/1.1\r\n\r\n", {.idle_ms = 30, .header_ms = 60000}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init(&w, cases[i].limits);
        int fd = client_open(&w);
        char *got = exchange(&w, fd, mr_bytes_of(cases[i].bytes), NULL);
        mr_free(got);
        close(fd);
        until_no_connections(&w);
        world_deinit(&w);
    }
}

/* A handler may take as long as it likes, and so may the client between it. */
static void test_a_handler_has_all_the_time(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.idle_ms = 20});
    int fd = client_open(&w);
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_bytes none = {NULL, 0};
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    uint64_t start = uv_hrtime();
    while (uv_hrtime() - start < 100000000) { /* ns */
        assert_true(client_turn(&w, fd, &none, &got));
    }
    mr_http_answer(request, 200, NULL, 0, mr_bytes_of("late"));
    char *rest = exchange(&w, fd, none, "late");
    mr_free(rest);
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

/* ---- tests: the log, and the end ---- */

static void test_each_answered_request_is_told_once(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
    char *got = exchange(&w, fd,
                         mr_bytes_of("POST /a?b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
                                     "HEAD /c HTTP/1.1\r\n\r\nGET /last HTTP/1.1\r\n\r\n"),
                         "/last|0");
    mr_free(got);
    mr_http_request *held = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    (void)held; /* its client goes: it is not answered */
    close(fd);
    until_no_connections(&w);
    CHECK_STR("log", mr_strbuf_text(&w.log),
              "HTTP/1.1 POST /a 200 3 4\nHTTP/1.1 HEAD /c 200 0 0\nHTTP/1.1 GET /last 200 0 7\n");
    world_deinit(&w);
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
    char *got = exchange(&w, idle, mr_bytes_of("GET /a HTTP/1.1\r\n\r\n"), "/a|0");
    mr_free(got);
    mr_bytes start = mr_bytes_of("POST /half HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
    mr_strbuf nothing = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 5; i++) {
        assert_true(client_turn(&w, half, &start, &nothing));
    }

    mr_http_server_drain(w.server, on_drained, &w);
    CHECK_TRUE("not from inside", !w.drained);
    got = exchange(&w, idle, mr_bytes_of(""), NULL);
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
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
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
    world_init(&w, (mr_http_limits){0});
    int fd = client_open(&w);
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

/* ---- tests: HTTP/2 on the same port ---- */

/* A preface, SETTINGS, and GET /x: the bytes of any client. */
#define HTTP2_GET                                                                                  \
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"                                         \
    "\0\0\x09\x01\x05\0\0\0\x01\x82\x86\x04\x02/x\x41\x01h"

static void test_the_first_bytes_choose_http2(void **state)
{
    (void)state;
    static const size_t cuts[] = {0, 1, 3, 14, 24, 40};
    for (size_t i = 0; i < MR_COUNT(cuts); i++) {
        world w;
        world_init(&w, (mr_http_limits){0});
        int fd = client_open(&w);
        mr_bytes all = MR_BYTES_LITERAL(HTTP2_GET);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_bytes first = mr_bytes_make(all.at, cuts[i]);
        for (int turns = 0; turns < 3; turns++) {
            assert_true(client_turn(&w, fd, &first, &got));
        }
        mr_bytes rest = mr_bytes_make(all.at + cuts[i], all.len - cuts[i]);
        while (got.len < 4 || memcmp(got.at + got.len - 4, "/x|0", 4) != 0) {
            assert_true(client_turn(&w, fd, &rest, &got));
        }
        CHECK_INT("settings come first", got.at[3], 4);
        mr_strbuf_deinit(&got);
        close(fd);
        until_no_connections(&w);
        CHECK_STR("log", mr_strbuf_text(&w.log), "HTTP/2.0 GET /x 200 0 4\n");
        world_deinit(&w);
    }
}

static void test_an_idle_http2_connection_ends_with_goaway(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.idle_ms = 40});
    int fd = client_open(&w);
    mr_bytes to_send = MR_BYTES_LITERAL(HTTP2_GET);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; client_turn(&w, fd, &to_send, &got); i++) {
        MR_ASSERT(i < 20000);
    }
    assert_true(got.len > 17);
    CHECK_BYTES("the last frame", mr_bytes_make(got.at + got.len - 17, 17),
                mr_bytes_make("\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\0", 17));
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

/* Streams that come and go beside it are no sign of life of a slow one. */
static void test_a_slow_stream_is_reset_among_fast_ones(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.body_ms = 150});
    int fd = client_open(&w);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    /* POST /x on stream 1, without an end. */
    mr_bytes to_send = MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                        "\0\0\x09\x01\x04\0\0\0\x01\x83\x86\x04\x02/x\x41\x01h");
    static const char reset[] = "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08"; /* CANCEL */
    bool seen = false;
    for (unsigned id = 3; !seen; id += 2) {
        MR_ASSERT(id < 40000);
        assert_true(client_turn(&w, fd, &to_send, &got));
        char get[] = "\0\0\x09\x01\x05\0\0\0\0\x82\x86\x04\x02/y\x41\x01h";
        get[7] = (char)(id >> 8);
        get[8] = (char)id;
        mr_bytes another = mr_bytes_make(get, sizeof(get) - 1);
        assert_true(client_turn(&w, fd, &another, &got));
        seen = memmem(got.at, got.len, reset, sizeof(reset) - 1) != NULL;
    }
    CHECK_TRUE("others were answered meanwhile", w.request_count > 2);
    CHECK_INT("the connection stays", mr_http_server_connections(w.server), 1);
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

static void test_unread_answers_hold_streams_back(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.unsent_bytes_max = MR_MIB});
    int fd = client_open(&w);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
#define GET_BIG(id) "\0\0\x0b\x01\x05\0\0\0" id "\x82\x86\x04\x04/big\x41\x01h"
    mr_bytes to_send =
        MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0" GET_BIG("\x01")
                             GET_BIG("\x03") GET_BIG("\x05"));
    for (int i = 0; i < 10; i++) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
    CHECK_INT("one large answer, no second", w.request_count, 1);
    /* Stream 1 is reset: what waited is gone, and the next has its turn. */
    to_send = MR_BYTES_LITERAL("\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08");
    for (int i = 0; i < 10; i++) {
        assert_true(client_turn(&w, fd, &to_send, &got));
    }
    CHECK_INT("the second", w.request_count, 2);
    mr_strbuf_deinit(&got);
    close(fd);
    world_deinit(&w);
}

/* It reads the socket, but never gives a window back. */
static void test_an_http2_client_that_takes_no_answer_is_dropped(void **state)
{
    (void)state;
    world w;
    world_init(&w, (mr_http_limits){.idle_ms = 40});
    int fd = client_open(&w);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes to_send = MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                        "\0\0\x0b\x01\x05\0\0\0\x01\x82\x86\x04\x04/big\x41\x01h");
    for (int i = 0; client_turn(&w, fd, &to_send, &got); i++) {
        MR_ASSERT(i < 20000);
    }
    CHECK_TRUE("a window full", got.len > 65535 && got.len < 70000);
    mr_strbuf_deinit(&got);
    close(fd);
    until_no_connections(&w);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_answered_and_the_connection_stays),
        cmocka_unit_test(test_a_request_may_come_byte_by_byte),
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
        cmocka_unit_test(test_handlers_see_everything_of_a_request),
        cmocka_unit_test(test_pieces_are_framed_as_the_client_understands),
        cmocka_unit_test(test_a_piece_goes_out_before_the_next_is_there),
        cmocka_unit_test(test_a_broken_off_answer_ends_the_connection),
        cmocka_unit_test(test_small_pieces_wait_when_the_socket_is_full),
        cmocka_unit_test(test_nothing_follows_a_broken_off_answer),
        cmocka_unit_test(test_pouring_keeps_to_its_bound),
        cmocka_unit_test(test_a_client_that_goes_in_the_middle_of_pieces_is_told_of),
        cmocka_unit_test(test_unread_answers_hold_requests_back),
        cmocka_unit_test(test_unanswered_bodies_hold_requests_back),
        cmocka_unit_test(test_no_descriptor_is_left),
        cmocka_unit_test(test_a_dripping_body_is_dropped),
        cmocka_unit_test(test_each_wait_has_its_own_limit),
        cmocka_unit_test(test_a_handler_has_all_the_time),
        cmocka_unit_test(test_each_answered_request_is_told_once),
        cmocka_unit_test(test_draining_answers_what_is_under_way_and_begins_nothing),
        cmocka_unit_test(test_stopping_cuts_draining_short),
        cmocka_unit_test(test_an_answer_before_the_stop_is_written),
        cmocka_unit_test(test_a_handler_may_answer_and_stop_the_server),
        cmocka_unit_test(test_the_first_bytes_choose_http2),
        cmocka_unit_test(test_an_idle_http2_connection_ends_with_goaway),
        cmocka_unit_test(test_a_slow_stream_is_reset_among_fast_ones),
        cmocka_unit_test(test_unread_answers_hold_streams_back),
        cmocka_unit_test(test_an_http2_client_that_takes_no_answer_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
