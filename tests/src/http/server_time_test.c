/*
 * server_time_test.c - clients that are slow, silent or wrong get a status or are dropped, each in
 * its time, and a handler has all the time.
 */
#include "tests/src/http/http_help.h"

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
        int fd = world_open(
            &w, (mr_http_limits){.header_bytes_max = 200, .body_bytes_max = 1000, .idle_ms = 60});
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
    int fd = world_open(&w, (mr_http_limits){.idle_ms = 100});
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
    world_close(&w, fd);
}

/* The headers are there in time, the body comes a byte at a time. */
static void test_a_dripping_body_is_dropped(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.body_ms = 60});
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
    world_close(&w, fd);
}

static void test_a_client_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.idle_ms = 50});
    assert_true(send(fd, "GET /big HTTP/1.1\r\n\r\n", 21, MSG_NOSIGNAL) == 21);
    while (w.request_count == 0) {
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    until_no_connections(&w); /* it never reads its eight megabytes */
    world_close(&w, fd);
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
        int fd = world_open(&w, cases[i].limits);
        mr_free(exchange(&w, fd, mr_bytes_of(cases[i].bytes), NULL));
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
    int fd = world_open(&w, (mr_http_limits){.idle_ms = 500});
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_bytes none = {NULL, 0};
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    uint64_t start = uv_hrtime();
    while (uv_hrtime() - start < UINT64_C(1200000000)) { /* ns: twice the limit */
        assert_true(client_turn(&w, fd, &none, &got));
    }
    mr_http_answer(request, 200, NULL, 0, mr_bytes_of("late"));
    mr_free(exchange(&w, fd, none, "late"));
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_clients_get_a_status_or_are_dropped),
        cmocka_unit_test(test_a_dripping_client_is_dropped),
        cmocka_unit_test(test_a_dripping_body_is_dropped),
        cmocka_unit_test(test_a_client_that_does_not_read_is_dropped),
        cmocka_unit_test(test_each_wait_has_its_own_limit),
        cmocka_unit_test(test_a_handler_has_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
