/* http2_pieces_test.c - the session of HTTP/2: answers in pieces, and requests whose clients go. */
#include "tests/src/http/http2_help.h"

static void test_pieces_wait_for_the_client_and_tell_when_there_is_room(void **state)
{
    (void)state;
    world *w = world_new(&roomy, false); /* 64 KiB, and then it gives no window back */
    mr_strbuf piece = filled(40000);
    int32_t id = ask(w, "GET", "/hold", no_body);
    settle(w);
    mr_http_answer_on_room(w->held[0], 50000, on_room);
    mr_http_answer_begin(w->held[0], 200, NULL, 0);
    for (int i = 0; i < 4; i++) {
        mr_http_answer_send(w->held[0], mr_strbuf_bytes(&piece));
    }
    settle(w);
    CHECK_INT("the window is used", answer_of(w, id)->body.len, 65535);
    CHECK_INT("the rest waits", mr_http_answer_waiting(w->held[0]), 160000 - 65535);
    CHECK_INT("no room yet", w->room_count, 0);

    nghttp2_session_consume(w->client, id, 65535);
    settle(w);
    CHECK_INT("room", w->room_count, 1);
    CHECK_INT("less waits", mr_http_answer_waiting(w->held[0]), 160000 - 2 * 65535);
    mr_http_answer_end(w->held[0]);
    nghttp2_session_consume(w->client, id, 65535);
    settle(w);
    check_answer("whole", w, id, "200\n", NULL);
    CHECK_INT("all", answer_of(w, id)->body.len, 160000);
    mr_strbuf_deinit(&piece);
    world_free(w);
}

/* An answer that goes on for ever, and of which something always waits, needs no more memory. */
static void test_pieces_that_are_gone_are_forgotten(void **state)
{
    (void)state;
    world *w = world_new(&roomy, false);
    mr_strbuf piece = filled(60000);
    int32_t id = ask(w, "GET", "/hold", no_body);
    settle(w);
    mr_http_answer_begin(w->held[0], 200, NULL, 0);
    mr_http_answer_send(w->held[0], mr_strbuf_bytes(&piece));
    mr_http_answer_send(w->held[0], mr_strbuf_bytes(&piece));
    for (int i = 0; i < 100; i++) {
        mr_http_answer_send(w->held[0], mr_strbuf_bytes(&piece));
        settle(w);
        nghttp2_session_consume(w->client, id, 60000);
        settle(w);
    }
    CHECK_TRUE("much has passed", answer_of(w, id)->body.len > 5000000);
    CHECK_TRUE("something waits", mr_http_answer_waiting(w->held[0]) > 0);
    CHECK_TRUE("little is kept", w->held[0]->out.capacity < 500000);
    mr_strbuf_deinit(&piece);
    world_free(w);
}

static void test_a_broken_off_answer_is_reset(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t begun = ask(w, "GET", "/hold", no_body), silent = ask(w, "GET", "/hold", no_body);
    settle(w);
    mr_http_answer_begin(w->held[0], 200, NULL, 0);
    mr_http_answer_send(w->held[0], mr_bytes_of("some"));
    settle(w);
    mr_http_answer_abort(w->held[0]);
    mr_http_answer_abort(w->held[1]);
    settle(w);
    CHECK_STR("what came", mr_strbuf_text(&answer_of(w, begun)->body), "some");
    CHECK_INT("begun", answer_of(w, begun)->error, NGHTTP2_INTERNAL_ERROR);
    CHECK_INT("silent", answer_of(w, silent)->error, NGHTTP2_INTERNAL_ERROR);
    CHECK_INT("nobody is told", w->closed_count, 0);
    world_free(w);
}

static void test_a_reset_closes_the_request_wherever_it_is(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t reading = ask(w, "POST", "/", mr_bytes_of("half"));
    answer_of(w, reading)->stays_open = true;
    int32_t held = ask(w, "GET", "/hold", no_body), begun = ask(w, "GET", "/hold", no_body);
    settle(w);
    mr_http_answer_begin(w->held[1], 200, NULL, 0);
    settle(w);
    nghttp2_submit_rst_stream(w->client, NGHTTP2_FLAG_NONE, reading, NGHTTP2_CANCEL);
    nghttp2_submit_rst_stream(w->client, NGHTTP2_FLAG_NONE, held, NGHTTP2_CANCEL);
    nghttp2_submit_rst_stream(w->client, NGHTTP2_FLAG_NONE, begun, NGHTTP2_CANCEL);
    settle(w);
    CHECK_INT("both handlers are told", w->closed_count, 2);
    CHECK_INT("none is left", w->server->request_count, 0);
    world_free(w);
}

/* Between the reset and `closed` a handler may still answer, and nothing happens. */
static void test_an_answer_to_a_reset_stream_goes_nowhere(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t id = ask(w, "GET", "/hold", no_body);
    settle(w);
    nghttp2_submit_rst_stream(w->client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    const uint8_t *at;
    ssize_t len = nghttp2_session_mem_send(w->client, &at);
    server_feed(w, mr_bytes_make(at, (size_t)len));
    mr_http_answer_begin(w->held[0], 200, NULL, 0);
    mr_http_answer_send(w->held[0], mr_bytes_of("late"));
    CHECK_INT("dropped", mr_http_answer_waiting(w->held[0]), 0);
    mr_http_answer_end(w->held[0]);
    settle(w);
    CHECK_INT("it was answered", w->closed_count, 0);
    world_free(w);
}

static void test_a_request_that_is_reset_at_once_is_never_seen(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t id = ask(w, "GET", "/hold", no_body);
    const uint8_t *at;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(w->client, &at)) > 0) {
        server_feed(w, mr_bytes_make(at, (size_t)len));
    }
    CHECK_INT("ready", w->server->ready_count, 1);
    nghttp2_submit_rst_stream(w->client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    len = nghttp2_session_mem_send(w->client, &at);
    server_feed(w, mr_bytes_make(at, (size_t)len));
    CHECK_INT("no more", w->server->ready_count, 0);
    settle(w);
    CHECK_INT("never handed out", w->request_count, 0);
    world_free(w);
}

static void test_draining_answers_what_has_begun(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    mr_strbuf body = filled(MR_MIB);
    int32_t held = ask(w, "GET", "/hold", no_body);
    settle(w);
    int32_t reading = ask(w, "POST", "/", mr_strbuf_bytes(&body));
    const uint8_t *at;
    ssize_t len = nghttp2_session_mem_send(w->client, &at); /* its headers */
    server_feed(w, mr_bytes_make(at, (size_t)len));
    w->server->ops->drain(w->server);
    settle(w);
    CHECK_INT("said", w->goaway, NGHTTP2_NO_ERROR);
    CHECK_HAS("read and answered", mr_strbuf_text(&answer_of(w, reading)->body), "POST /? 1048576");
    CHECK_TRUE("one is left", !w->server->finished);
    mr_http_answer(w->held[0], 200, NULL, 0, mr_bytes_of("late"));
    settle(w);
    check_answer("answered", w, held, "200 content-length=4\n", "late");
    CHECK_TRUE("finished", w->server->finished);
    CHECK_TRUE("over", w->server->ops->is_over(w->server));
    mr_strbuf_deinit(&body);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_wait_for_the_client_and_tell_when_there_is_room),
        cmocka_unit_test(test_pieces_that_are_gone_are_forgotten),
        cmocka_unit_test(test_a_broken_off_answer_is_reset),
        cmocka_unit_test(test_a_reset_closes_the_request_wherever_it_is),
        cmocka_unit_test(test_an_answer_to_a_reset_stream_goes_nowhere),
        cmocka_unit_test(test_a_request_that_is_reset_at_once_is_never_seen),
        cmocka_unit_test(test_draining_answers_what_has_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
