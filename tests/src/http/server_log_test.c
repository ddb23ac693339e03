/*
 * server_log_test.c - what the listener tells of requests that are over: answered, refused or
 * broken off, each once.
 */
#include "tests/src/http/http_help.h"

/* A preface, SETTINGS, and what follows. */
#define HTTP2_START "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"

static void test_each_answered_request_is_told_once(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_free(exchange(&w, fd,
                     mr_bytes_of("POST /a?b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
                                 "HEAD /c HTTP/1.1\r\n\r\nGET /last HTTP/1.1\r\n\r\n"),
                     "/last|0"));
    mr_http_request *held = hold(&w, fd, "GET /hold HTTP/1.1\r\n\r\n");
    (void)held; /* its client goes: it is not answered */
    close(fd);
    until_no_connections(&w);
    CHECK_STR("log", mr_strbuf_text(&w.log),
              "HTTP/1.1 POST /a 200 3 4\nHTTP/1.1 HEAD /c 200 0 0\nHTTP/1.1 GET /last 200 0 7\n"
              "HTTP/1.1 GET /hold 0 0 0 broken off\n");
    world_deinit(&w);
}

static size_t last_body_len(const char *answers)
{
    const char *body = answers, *next;
    while ((next = strstr(body, "\r\n\r\n")) != NULL) {
        body = next + 4;
    }
    return strlen(body);
}

static void test_a_refused_request_is_told_with_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes bytes;
        const char *want; /* and the length of the answer's body */
    } cases[] = {
        {"no request at all", MR_BYTES_LITERAL("\x01\x02\r\n\r\n"), "HTTP/1.1   400 0 "},
        {"no method", MR_BYTES_LITERAL("GEX /a HTTP/1.1\r\n\r\n"), "HTTP/1.1   400 0 "},
        {"no version", MR_BYTES_LITERAL("PUT /a?b HTTX\r\n\r\n"), "HTTP/1.1 PUT /a 400 0 "},
        {"two lengths",
         MR_BYTES_LITERAL("POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
         "HTTP/1.1 POST /a 400 0 "},
        {"a length that is too large",
         MR_BYTES_LITERAL("POST /a HTTP/1.1\r\nContent-Length: 2000\r\n\r\n"),
         "HTTP/1.1 POST /a 413 0 "},
        {"chunks that are too large",
         MR_BYTES_LITERAL("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "6\r\nabcdef\r\n6\r\nabcdef\r\n"),
         "HTTP/1.1 POST /a 413 12 "},
        {"behind one that is answered",
         MR_BYTES_LITERAL("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nno header\r\n\r\n"),
         "HTTP/1.1 GET /a 200 0 4\nHTTP/1.1 GET /b 400 0 "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        int fd = world_open(&w, (mr_http_limits){.body_bytes_max = 10, .idle_ms = 60});
        char *got = exchange(&w, fd, cases[i].bytes, NULL);
        char *want = mr_format("%s%zu\n", cases[i].want, last_body_len(got));
        close(fd);
        until_no_connections(&w);
        CHECK_STR(cases[i].label, mr_strbuf_text(&w.log), want);
        mr_free(want);
        mr_free(got);
        world_deinit(&w);
    }
}

static void test_a_refused_stream_is_told_with_its_status(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.body_bytes_max = 10, .idle_ms = 60});
    mr_bytes to_send =
        MR_BYTES_LITERAL(HTTP2_START "\0\0\x0f\x01\x04\0\0\0\x01\x83\x86\x04\x02/x\x41\x01h\x5c\x04"
                                     "2000");
    mr_free(exchange(&w, fd, to_send, NULL));
    close(fd);
    until_no_connections(&w);
    CHECK_STR("log", mr_strbuf_text(&w.log), "HTTP/2.0 POST /x 413 0 22\n");
    world_deinit(&w);
}

/* By the client, which goes, or by the listener, which has waited long enough. */
static void test_a_request_that_never_becomes_whole_is_told_as_broken_off(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes bytes;
        const char *want;
    } cases[] = {
        {"nothing was asked", MR_BYTES_LITERAL("\r\n"), ""},
        {"half a method", MR_BYTES_LITERAL("PO"), "HTTP/1.1   0 0 0 broken off\n"},
        {"half a path", MR_BYTES_LITERAL("POST /ab"), "HTTP/1.1 POST /ab 0 0 0 broken off\n"},
        {"half the headers", MR_BYTES_LITERAL("POST /a?b HTTP/1.1\r\nHost: x\r\nA"),
         "HTTP/1.1 POST /a 0 0 0 broken off\n"},
        {"half a body", MR_BYTES_LITERAL("POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"),
         "HTTP/1.1 POST /a 0 3 0 broken off\n"},
        {"half a chunk",
         MR_BYTES_LITERAL("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab"),
         "HTTP/1.1 POST /a 0 2 0 broken off\n"},
        {"behind one that is answered",
         MR_BYTES_LITERAL("GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\n"),
         "HTTP/1.1 GET /a 200 0 4\nHTTP/1.1 POST /b 0 0 0 broken off\n"},
        {"HTTP/2, half a body",
         MR_BYTES_LITERAL(HTTP2_START "\0\0\x09\x01\x04\0\0\0\x01\x83\x86\x04\x02/x\x41\x01h"
                                      "\0\0\x03\0\0\0\0\0\x01"
                                      "abc"),
         "HTTP/2.0 POST /x 0 3 0 broken off\n"},
        {"HTTP/2, a reset",
         MR_BYTES_LITERAL(HTTP2_START "\0\0\x09\x01\x04\0\0\0\x01\x83\x86\x04\x02/x\x41\x01h"
                                      "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08"),
         "HTTP/2.0 POST /x 0 0 0 broken off\n"},
    };
    for (size_t i = 0; i < 2 * MR_COUNT(cases); i++) {
        bool waits = i % 2 == 1;
        const char *label = cases[i / 2].label;
        world w;
        int fd = world_open(&w, (mr_http_limits){.idle_ms = waits ? 60 : 60000});
        mr_bytes to_send = cases[i / 2].bytes;
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        client_turns(&w, fd, &to_send, &got, 5);
        if (waits) {
            mr_free(exchange(&w, fd, mr_bytes_of(""), NULL));
        }
        close(fd);
        until_no_connections(&w);
        CHECK_STR(label, mr_strbuf_text(&w.log), cases[i / 2].want);
        mr_strbuf_deinit(&got);
        world_deinit(&w);
    }
}

/* Each as far as it had come when the connection ended. */
static void test_answers_that_are_not_whole_are_told_with_what_was_said(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_http_request *first = hold(&w, fd, "GET /hold1 HTTP/1.1\r\n\r\n");
    mr_http_request *second = hold(&w, fd, "GET /hold2 HTTP/1.1\r\n\r\n");
    (void)hold(&w, fd, "GET /hold3 HTTP/1.1\r\n\r\n");
    mr_http_answer(second, 201, NULL, 0, mr_bytes_of("second")); /* it waits for the first */
    mr_http_answer_begin(first, 200, NULL, 0);
    mr_http_answer_send(first, mr_bytes_of("some"));
    mr_http_answer_abort(first);
    mr_free(exchange(&w, fd, mr_bytes_of(""), NULL));
    close(fd);
    until_no_connections(&w);
    CHECK_STR("log", mr_strbuf_text(&w.log),
              "HTTP/1.1 GET /hold1 200 0 4 broken off\nHTTP/1.1 GET /hold2 201 0 6 broken off\n"
              "HTTP/1.1 GET /hold3 0 0 0 broken off\n");
    world_deinit(&w);
}

/* "100 Continue" is no answer, and the stop tells of what it ends. */
static void test_the_stop_tells_of_requests_under_way(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){0});
    mr_free(exchange(
        &w, fd,
        mr_bytes_of("POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
        "Continue"));
    mr_http_server_stop(w.server);
    CHECK_STR("log", mr_strbuf_text(&w.log), "HTTP/1.1 POST /a 0 0 0 broken off\n");
    uv_run(&w.loop, UV_RUN_DEFAULT);
    CHECK_INT("every handle is closed", uv_loop_close(&w.loop), 0);
    mr_strbuf_deinit(&w.log);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_answered_request_is_told_once),
        cmocka_unit_test(test_a_refused_request_is_told_with_its_status),
        cmocka_unit_test(test_a_refused_stream_is_told_with_its_status),
        cmocka_unit_test(test_a_request_that_never_becomes_whole_is_told_as_broken_off),
        cmocka_unit_test(test_answers_that_are_not_whole_are_told_with_what_was_said),
        cmocka_unit_test(test_the_stop_tells_of_requests_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
