/* server_pieces_test.c - answers in pieces over a real socket: framing, back-pressure, breaking
 * off. */
#include "tests/src/http/http_help.h"

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
        int fd = world_open(&w, (mr_http_limits){.idle_ms = 50});
        mr_http_request *request = hold(&w, fd, cases[i].request);
        mr_http_answer_begin(request, 200, &length, cases[i].headers);
        mr_http_answer_send(request, mr_bytes_of("ab"));
        mr_http_answer_send(request, mr_bytes_of(""));
        mr_http_answer_send(request, mr_bytes_of("cde"));
        mr_http_answer_end(request);
        char *got = exchange(&w, fd, mr_bytes_of(""), NULL); /* until it is idle */
        CHECK_STR(cases[i].label, got, cases[i].want);
        mr_free(got);
        world_close(&w, fd);
    }
}

static void test_a_piece_goes_out_before_the_next_is_there(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_answer_begin(request, 200, NULL, 0);
    mr_http_answer_send(request, mr_bytes_of("first"));
    CHECK_INT("nothing waits", mr_http_answer_waiting(request), 0);
    mr_free(exchange(&w, fd, mr_bytes_of(""), "first\r\n"));
    mr_http_answer_send(request, mr_bytes_of("second"));
    mr_http_answer_end(request);
    char *got = exchange(&w, fd, mr_bytes_of(""), "0\r\n\r\n");
    CHECK_STR("the rest", got, "6\r\nsecond\r\n0\r\n\r\n");
    mr_free(got);
    world_close(&w, fd);
}

static void test_a_broken_off_answer_ends_the_connection(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_http_request *request = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    mr_http_answer_begin(request, 200, NULL, 0);
    mr_http_answer_send(request, mr_bytes_of("some"));
    mr_http_answer_abort(request);
    char *got = exchange(&w, fd, mr_bytes_of(""), NULL);
    CHECK_STR("no last chunk", got,
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n");
    CHECK_INT("the handler knows", w.closed_count, 0);
    mr_free(got);
    world_close(&w, fd);
}

static void test_small_pieces_wait_when_the_socket_is_full(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
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
    world_close(&w, fd);
}

/* What was broken off must not run into the answer behind it. */
static void test_nothing_follows_a_broken_off_answer(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
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
    world_close(&w, fd);
}

/* Eight megabytes through a client that reads slowly: the handler never has much waiting. */
static void test_pouring_keeps_to_its_bound(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    char *got = exchange(&w, fd, mr_bytes_of("GET /pour HTTP/1.1\r\n\r\n"), "\r\n0\r\n\r\n");
    CHECK_INT("all is sent", w.pour.left, 0);
    CHECK_TRUE("something had to wait", w.pour.waiting_most > 0);
    CHECK_TRUE("bounded", w.pour.waiting_most <= POUR_BOUND + POUR_PIECE + 16);
    mr_free(got);
    world_close(&w, fd);
}

static void test_a_client_that_goes_in_the_middle_of_pieces_is_told_of(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        world w;
        int fd = world_open(&w, (mr_http_limits){0});
        mr_free(exchange(&w, fd, mr_bytes_of("GET /pour HTTP/1.1\r\n\r\n"), "chunked"));
        if (reset == 1) {
            client_will_reset(fd);
        }
        close(fd);
        until_no_connections(&w);
        CHECK_TRUE("closed", w.pour.closed);
        CHECK_HAS("told", mr_strbuf_text(&w.log), "HTTP/1.1 GET /pour 200 0 ");
        CHECK_HAS("as broken off", mr_strbuf_text(&w.log), " broken off\n");
        world_deinit(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_framed_as_the_client_understands),
        cmocka_unit_test(test_a_piece_goes_out_before_the_next_is_there),
        cmocka_unit_test(test_a_broken_off_answer_ends_the_connection),
        cmocka_unit_test(test_small_pieces_wait_when_the_socket_is_full),
        cmocka_unit_test(test_nothing_follows_a_broken_off_answer),
        cmocka_unit_test(test_pouring_keeps_to_its_bound),
        cmocka_unit_test(test_a_client_that_goes_in_the_middle_of_pieces_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
