/* session_test.c - bodies that change hands instead of being copied. */
#include "src/http/session.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static const mr_http_session_limits limits = {
    .message = {.header_bytes_max = 4096, .body_bytes_max = 4 * MR_MIB},
    .streams_max = 8,
    .held_bytes_max = 8 * MR_MIB,
    .unsent_bytes_max = 8 * MR_MIB,
};

/* A session that has been fed so much, and its request. */
static mr_http_session *session_of(mr_bytes bytes, mr_http_request **request)
{
    mr_http_session *s = mr_http1_session_new(&limits);
    size_t used = 0;
    *request = NULL;
    while (used < bytes.len && *request == NULL) {
        used += s->ops->feed(s, mr_bytes_make(bytes.at + used, bytes.len - used));
        *request = s->ops->take(s);
    }
    CHECK_TRUE("a request", *request != NULL);
    return s;
}

static mr_http_session *session_of_text(const char *text, mr_http_request **request)
{
    return session_of(mr_bytes_of(text), request);
}

static void free_session(mr_http_session *s)
{
    mr_http_request *r;
    while ((r = mr_http_session_take_retired(s)) != NULL) {
        mr_http_request_free(r);
    }
    mr_http_session_free(s);
}

/* All that the session has to say, as a connection would write it. */
static mr_strbuf produce_all(mr_http_session *s)
{
    mr_strbuf all = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    do {
        mr_strbuf_reset(&out);
        s->ops->produce(s, &out);
        mr_strbuf_append_bytes(&all, mr_strbuf_bytes(&out));
    } while (out.len > 0);
    mr_strbuf_deinit(&out);
    return all;
}

static mr_strbuf body_of(size_t len)
{
    mr_strbuf body = mr_strbuf_make(len);
    for (size_t i = 0; i < len; i++) {
        mr_strbuf_append_char(&body, (char)('a' + i % 26));
    }
    return body;
}

static void test_a_taken_answer_is_the_same_as_a_copied_one(void **state)
{
    (void)state;
    static const struct {
        const char *label, *request;
        size_t len;
    } cases[] = {
        {"none", "GET / HTTP/1.1\r\n\r\n", 0},
        {"small", "GET / HTTP/1.1\r\n\r\n", 5},
        {"large", "GET / HTTP/1.1\r\n\r\n", 3 * MR_MIB},
        {"HEAD", "HEAD / HTTP/1.1\r\n\r\n", 100000},
        {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 100000},
        {"the last one", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 100000},
    };
    const mr_http_header_field header = {"X-A", "b"};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_http_request *r;
        mr_strbuf body = body_of(cases[i].len);
        mr_http_session *s = session_of_text(cases[i].request, &r);
        mr_http_answer(r, 200, &header, 1, mr_strbuf_bytes(&body));
        mr_strbuf want = produce_all(s);
        free_session(s);

        s = session_of_text(cases[i].request, &r);
        mr_http_answer_taking(r, 200, &header, 1, &body);
        CHECK_TRUE(cases[i].label, body.at == NULL);
        CHECK_INT(cases[i].label, mr_http_session_unsent(s), want.len);
        mr_strbuf got = produce_all(s);
        CHECK_BYTES(cases[i].label, mr_strbuf_bytes(&got), mr_strbuf_bytes(&want));
        CHECK_INT(cases[i].label, mr_http_session_unsent(s), 0);
        CHECK_INT(cases[i].label, s->produced, want.len);
        free_session(s);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&want);
        mr_strbuf_deinit(&got);
    }
}

static void test_a_large_body_is_not_copied(void **state)
{
    (void)state;
    mr_http_request *r;
    mr_http_session *s = session_of_text("GET / HTTP/1.1\r\n\r\n", &r);
    mr_strbuf body = body_of(MR_MIB);
    const char *at = body.at;
    mr_http_answer_taking(r, 200, NULL, 0, &body);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    s->ops->produce(s, &out);
    CHECK_TRUE("the head goes first", out.len < 100);
    mr_strbuf_reset(&out);
    s->ops->produce(s, &out);
    CHECK_TRUE("then the body, where it was", out.at == at);
    CHECK_INT("all of it", out.len, MR_MIB);
    mr_strbuf_deinit(&out);
    free_session(s);
}

static void test_an_answer_that_nobody_waits_for_is_freed(void **state)
{
    (void)state;
    mr_http_request *r;
    mr_http_session *s = session_of_text("GET / HTTP/1.1\r\n\r\n", &r);
    mr_strbuf body = body_of(1000);
    mr_http_answer_taking(r, 200, NULL, 0, &body);
    mr_http_session_abandon(s); /* head and body wait */
    free_session(s);

    s = session_of_text("GET / HTTP/1.1\r\n\r\n", &r);
    mr_http_session_abandon(s);
    body = body_of(1000);
    mr_http_answer_taking(r, 200, NULL, 0, &body); /* too late */
    CHECK_TRUE("taken all the same", body.at == NULL);
    free_session(s);
}

static void test_answers_keep_their_order(void **state)
{
    (void)state;
    mr_http_request *first;
    mr_http_session *s = session_of_text("GET /1 HTTP/1.1\r\n\r\n", &first);
    static const char again[] = "GET /2 HTTP/1.1\r\n\r\n";
    CHECK_INT("fed", s->ops->feed(s, mr_bytes_make(again, sizeof(again) - 1)), sizeof(again) - 1);
    mr_http_request *second = s->ops->take(s);
    mr_strbuf one = body_of(3), two = body_of(2);
    mr_http_answer_taking(second, 200, NULL, 0, &two);
    mr_http_answer_taking(first, 201, NULL, 0, &one);
    mr_strbuf got = produce_all(s);
    CHECK_STR("in order", mr_strbuf_text(&got),
              "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc"
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
    mr_strbuf_deinit(&got);
    free_session(s);
}

static void test_a_body_can_be_taken(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 3, MR_MIB - 1, MR_MIB + 1, 3 * MR_MIB};
    for (size_t i = 0; i < MR_COUNT(sizes); i++) {
        mr_http_request *r;
        mr_strbuf body = body_of(sizes[i]);
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_appendf(&text, "POST / HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", body.len);
        mr_strbuf_append_bytes(&text, mr_strbuf_bytes(&body));
        mr_http_session *s = session_of(mr_strbuf_bytes(&text), &r);
        CHECK_INT("held", s->held, sizes[i]);
        mr_strbuf taken = mr_http_take_body(r);
        CHECK_BYTES("the body", mr_strbuf_bytes(&taken), mr_strbuf_bytes(&body));
        CHECK_INT("no longer held", s->held, 0);
        CHECK_INT("no longer there", mr_http_body(r).len, 0);
        mr_http_answer(r, 202, NULL, 0, MR_BYTES_LITERAL("ok"));
        mr_strbuf out = produce_all(s);
        CHECK_HAS("answered", mr_strbuf_text(&out), "\r\n\r\nok");
        free_session(s);
        mr_strbuf_deinit(&out);
        mr_strbuf_deinit(&taken);
        mr_strbuf_deinit(&text);
        mr_strbuf_deinit(&body);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_taken_answer_is_the_same_as_a_copied_one),
        cmocka_unit_test(test_a_large_body_is_not_copied),
        cmocka_unit_test(test_an_answer_that_nobody_waits_for_is_freed),
        cmocka_unit_test(test_answers_keep_their_order),
        cmocka_unit_test(test_a_body_can_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
