/* http1_test.c - requests out of bytes, however the bytes are cut. */
#include "src/http/http1.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static const mr_http_message_limits limits = {.header_bytes_max = 400, .body_bytes_max = 100};

/* Feeds the bytes in pieces of `step` and describes what comes out, a line each. Owned. */
static char *read_in_pieces(const mr_http_message_limits *l, mr_bytes bytes, size_t step)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_http1 *http = mr_http1_new(l);
    mr_http1_event event = MR_HTTP1_MORE;
    while (bytes.len > 0 && event != MR_HTTP1_BAD) {
        size_t used;
        event = mr_http1_feed(http, mr_bytes_make(bytes.at, mr_min_size(step, bytes.len)), &used);
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        if (event == MR_HTTP1_CONTINUE) {
            mr_strbuf_append_text(&out, "continue\n");
        } else if (event == MR_HTTP1_BAD) {
            mr_strbuf_appendf(&out, "%d\n", mr_http1_status(http));
        } else if (event == MR_HTTP1_REQUEST) {
            mr_http_message *m = mr_http1_take(http);
            mr_bytes method = mr_http_message_method(m), path = mr_http_message_path(m),
                     query = mr_http_message_query(m), x = mr_http_message_header(m, "x-THING"),
                     body = mr_http_message_body(m);
            mr_strbuf_appendf(&out, "%.*s %.*s?%.*s [%.*s] (%.*s)%s%s\n", (int)method.len,
                              method.at, (int)path.len, path.at, (int)query.len, query.at,
                              (int)x.len, x.at, (int)body.len, body.at,
                              mr_http_message_body_dropped(m) ? " dropped" : "",
                              mr_http1_keep_alive(http) ? "" : " close");
            mr_http_message_free(m);
        }
    }
    if (event != MR_HTTP1_BAD && mr_http1_in_message(http)) {
        mr_strbuf_append_text(&out, mr_http1_in_body(http) ? "in body\n" : "in header\n");
    }
    mr_http1_free(http);
    (void)mr_strbuf_reserve(&out, 1);
    return mr_strbuf_take(&out);
}

static void check_read(const char *label, const mr_http_message_limits *l, mr_bytes bytes,
                       const char *want)
{
    static const size_t steps[] = {SIZE_MAX, 1, 2, 7, 64};
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        char *got = read_in_pieces(l, bytes, steps[i]);
        CHECK_STR(label, got, want);
        mr_free(got);
    }
}

static void test_requests_come_out_whole(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes, *want;
    } cases[] = {
        {"plain", "GET /a/b?c=d&e HTTP/1.1\r\nHost: h\r\nX-Thing:  v \r\n\r\n",
         "GET /a/b?c=d&e [v] ()\n"},
        {"no headers", "GET / HTTP/1.1\r\n\r\n", "GET /? [] ()\n"},
        {"empty header", "GET / HTTP/1.1\r\nX-Thing:\r\nB: c\r\n\r\n", "GET /? [] ()\n"},
        {"body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "POST /? [] (abc)\n"},
        {"chunked",
         "POST / HTTP/1.1\r\nTransfer-Encoding: "
         "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
         "POST /? [] (abcde)\n"},
        {"trailers add no header",
         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Thing: "
         "late\r\n\r\n",
         "POST /? [] (a)\n"},
        {"pipelined",
         "GET /1 HTTP/1.1\r\n\r\nPUT /2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /3 "
         "HTTP/1.1\r\n\r\n",
         "GET /1? [] ()\nPUT /2? [] (x)\nGET /3? [] ()\n"},
        {"HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n", "GET /? [] () close\n"},
        {"HTTP/1.0 may stay", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /? [] ()\n"},
        {"asked to close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /? [] () close\n"},
        {"an upgrade is not taken up",
         "GET /1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
         "GET /1? [] ()\nGET /2? [] ()\n"},
        {"lone line feeds", "GET / HTTP/1.1\nX-Thing: v\n\n", "GET /? [v] ()\n"},
        {"cut in the headers", "GET / HTTP/1.1\r\nX-Th", "in header\n"},
        {"cut in the body", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", "in body\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_read(cases[i].label, &limits, mr_bytes_of(cases[i].bytes), cases[i].want);
    }
}

static void test_a_breach_has_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes, *want;
    } cases[] = {
        {"garbage", "\x16\x03\x01\x02", "400\n"},
        {"no HTTP", "hello there\r\n\r\n", "400\n"},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400\n"},
        {"CONNECT", "CONNECT a:1 HTTP/1.1\r\n\r\n", "400\n"},
        {"negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400\n"},
        {"a blank behind a length", "POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\n", "400\n"},
        {"a blank behind chunks", "POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
         "400\n"},
        {"a blank in a name", "GET / HTTP/1.1\r\nX Y: 1\r\n\r\n", "400\n"},
        {"a blank in a trailer",
         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : 1\r\n\r\n", "400\n"},
        {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
         "400\n"},
        {"length and chunks",
         "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400\n"},
        {"bad chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", "400\n"},
        {"promised too much", "POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", "413\n"},
        {"huge promise", "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
         "400\n"},
        {"good, then bad", "GET /1 HTTP/1.1\r\n\r\n*\r\n\r\n", "GET /1? [] ()\n400\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_read(cases[i].label, &limits, mr_bytes_of(cases[i].bytes), cases[i].want);
    }
}

static void test_sizes_are_bounded(void **state)
{
    (void)state;
    char *filler = mr_alloc(4001);
    memset(filler, 'a', 4000);
    filler[4000] = '\0';
    char *target = mr_format("GET /%.*s HTTP/1.1\r\n\r\n", 500, filler);
    check_read("target", &limits, mr_bytes_of(target), "431\n");
    char *name = mr_format("GET / HTTP/1.1\r\n%.*s: x\r\n\r\n", 500, filler);
    check_read("name", &limits, mr_bytes_of(name), "431\n");
    char *value = mr_format("GET / HTTP/1.1\r\nx: %.*s\r\n\r\n", 500, filler);
    check_read("value", &limits, mr_bytes_of(value), "431\n");
    char *chunk =
        mr_format("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n%.*s", 101, filler);
    check_read("chunked body", &limits, mr_bytes_of(chunk), "413\n");

    mr_strbuf many = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&many, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 200; i++) {
        mr_strbuf_append_text(&many, "a:b\r\n");
    }
    const mr_http_message_limits roomy = {.header_bytes_max = 60000, .body_bytes_max = 10};
    check_read("count", &roomy, mr_strbuf_bytes(&many), "431\n");

    const mr_http_message_limits swallowing = {
        .header_bytes_max = 400, .body_bytes_max = 10, .swallow_bytes_max = 100};
    char *dropped = mr_format(
        "POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n%.*sGET /2 HTTP/1.1\r\n\r\n", 50, filler);
    check_read("passed over", &swallowing, mr_bytes_of(dropped),
               "POST /? [] () dropped\nGET /2? [] ()\n");
    char *too_much = mr_format("POST / HTTP/1.1\r\nContent-Length: 111\r\n\r\n");
    check_read("more than that", &swallowing, mr_bytes_of(too_much), "413\n");

    mr_free(too_much);
    mr_free(dropped);
    mr_strbuf_deinit(&many);
    mr_free(chunk);
    mr_free(value);
    mr_free(name);
    mr_free(target);
    mr_free(filler);
}

static void test_continue_is_said_once_to_who_waits(void **state)
{
    (void)state;
    static const char head[] =
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
    char *with_body = mr_format("%sabc", head);
    char *got = read_in_pieces(&limits, mr_bytes_of(head), SIZE_MAX);
    CHECK_STR("waits", got, "continue\nin body\n");
    mr_free(got);
    got = read_in_pieces(&limits, mr_bytes_of(with_body), SIZE_MAX);
    CHECK_STR("does not wait", got, "POST /? [] (abc)\n");
    mr_free(got);
    got = read_in_pieces(&limits, mr_bytes_of(with_body), 1);
    CHECK_STR("once", got, "continue\nPOST /? [] (abc)\n");
    mr_free(got);
    mr_free(with_body);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(http1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_come_out_whole),
        cmocka_unit_test(test_a_breach_has_its_status),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_continue_is_said_once_to_who_waits),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
