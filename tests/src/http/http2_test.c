/* http2_test.c - the session of HTTP/2 without a socket: requests, answers and limits. */
#include "tests/src/http/http2_help.h"

static void test_requests_are_seen_whole_however_the_bytes_are_cut(void **state)
{
    (void)state;
    static const size_t steps[] = {SIZE_MAX, 1, 2, 7, 64};
    for (size_t i = 0; i < MR_COUNT(steps); i++) {
        world *w = world_new(&roomy, true);
        w->step = steps[i];
        int32_t one = ask_with(w, "POST", "/a/b?c=d", mr_bytes_of("xyz"), pair("x-thing", "v"));
        int32_t two = ask(w, "GET", "/", no_body);
        settle(w);
        check_answer("POST", w, one, "200 x-echo=a  Injected: b content-length=46\n",
                     "HTTP/2.0 POST /a/b?c=d 3 host=here:1 x-thing=v");
        check_answer("GET", w, two, "200 x-echo=a  Injected: b content-length=29\n",
                     "HTTP/2.0 GET /? 0 host=here:1");
        CHECK_TRUE("idle again", waits_for(w) == MR_HTTP_WAIT_REQUEST);
        world_free(w);
    }
}

static void test_answers_without_a_body_have_none(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t head = ask(w, "HEAD", "/x", no_body), none = ask(w, "GET", "/none", no_body);
    int32_t empty = ask(w, "GET", "/mirror", no_body);
    settle(w);
    check_answer("HEAD keeps its length", w, head, "200 x-echo=a  Injected: b content-length=31\n",
                 "");
    check_answer("204", w, none, "204\n", "");
    check_answer("empty", w, empty, "200 content-length=0\n", "");
    world_free(w);
}

static void test_the_host_is_the_authority_and_comes_once(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t id = ask_with(w, "GET", "/", no_body, pair("host", "here:1"));
    settle(w);
    check_answer("once", w, id, "200 x-echo=a  Injected: b content-length=29\n",
                 "HTTP/2.0 GET /? 0 host=here:1");
    world_free(w);
}

static void test_big_bodies_pass_both_ways(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 16 << 20};
    nghttp2_submit_settings(w->client, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(w->client, NGHTTP2_FLAG_NONE, 0, 16 << 20);
    mr_strbuf body = filled(8 * MR_MIB);
    static const char *const paths[] = {"/mirror", "/return"};
    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        int32_t id = ask(w, "POST", paths[i], mr_strbuf_bytes(&body));
        settle(w);
        CHECK_BYTES(paths[i], mr_strbuf_bytes(&answer_of(w, id)->body), mr_strbuf_bytes(&body));
        CHECK_TRUE(paths[i], answer_of(w, id)->closed);
    }
    CHECK_TRUE("never much at once", w->produced_most <= MR_HTTP_PRODUCE_BYTES + 2 * 16393);
    mr_strbuf_deinit(&body);
    world_free(w);
}

static void test_trailers_end_a_request_and_add_nothing(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t id = ask(w, "POST", "/", mr_bytes_of("ab"));
    answer_of(w, id)->has_trailer = true;
    settle(w);
    check_answer("trailers", w, id, "200 x-echo=a  Injected: b content-length=30\n",
                 "HTTP/2.0 POST /? 2 host=here:1");
    world_free(w);
}

static void test_continue_is_said_to_who_waits(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t id = ask_with(w, "POST", "/none", mr_bytes_of("ab"), pair("expect", "100-continue"));
    settle(w);
    check_answer("continue", w, id, "100\n204\n", "");
    world_free(w);
}

static void test_as_many_streams_as_are_allowed_are_answered_in_any_order(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    settle(w); /* the settings are known */
    int32_t ids[128];
    for (size_t i = 0; i < MR_COUNT(ids); i++) {
        ids[i] = ask(w, "POST", "/hold", mr_bytes_of("x"));
    }
    settle(w);
    CHECK_INT("all are with the handler", w->held_count, 128);
    for (size_t i = MR_COUNT(ids); i-- > 0;) {
        char *text = mr_format("%zu", i);
        mr_http_answer(w->held[i], 200, NULL, 0, mr_bytes_of(text));
        settle(w);
        CHECK_STR("its own answer", mr_strbuf_text(&answer_of(w, ids[i])->body), text);
        mr_free(text);
    }
    CHECK_INT("none was closed", w->closed_count, 0);
    world_free(w);
}

static void test_what_is_too_large_is_refused_and_the_rest_goes_on(void **state)
{
    (void)state;
    mr_http_session_limits limits = roomy;
    limits.message = (mr_http_message_limits){.header_bytes_max = 1000, .body_bytes_max = 5000};
    char *long_value = mr_alloc(1001);
    memset(long_value, 'v', 1000);
    long_value[1000] = '\0';
    mr_strbuf body = filled(MR_MIB); /* more than a window: it would wait for ever */
    const struct {
        const char *label;
        mr_bytes body;
        nghttp2_nv extra;
        const char *status;
    } cases[] = {
        {"long header", no_body, pair("x-long", long_value), "431 "},
        {"long header, body", mr_bytes_of("x"), pair("x-long", long_value), "431 "},
        {"promised too much", mr_strbuf_bytes(&body), pair("content-length", "1048576"), "413 "},
        {"sent too much", mr_strbuf_bytes(&body), no_header, "413 "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_new(&limits, true);
        int32_t bad = ask_with(w, "POST", "/", cases[i].body, cases[i].extra);
        int32_t good = ask(w, "POST", "/none", mr_bytes_of("x"));
        settle(w);
        CHECK_HAS(cases[i].label, mr_strbuf_text(&answer_of(w, bad)->head), cases[i].status);
        CHECK_TRUE(cases[i].label, answer_of(w, bad)->closed);
        CHECK_INT(cases[i].label, answer_of(w, bad)->error, NGHTTP2_NO_ERROR);
        check_answer(cases[i].label, w, good, "204\n", "");
        CHECK_INT(cases[i].label, w->request_count, 1);
        CHECK_INT(cases[i].label, w->goaway, -1);
        world_free(w);
    }
    mr_strbuf_deinit(&body);
    mr_free(long_value);
}

static void test_a_long_body_may_be_passed_over(void **state)
{
    (void)state;
    mr_http_session_limits limits = roomy;
    limits.message.body_bytes_max = 1000;
    limits.message.swallow_bytes_max = MR_MIB;
    world *w = world_new(&limits, true);
    mr_strbuf body = filled(MR_MIB);
    int32_t id = ask(w, "POST", "/", mr_strbuf_bytes(&body));
    settle(w);
    CHECK_HAS("dropped", mr_strbuf_text(&answer_of(w, id)->body), "POST /? 0 dropped");
    mr_strbuf_deinit(&body);
    world_free(w);
}

/* With room for one body alone, eight are read one after the other, and none stands still. */
static void test_bodies_in_memory_are_bounded(void **state)
{
    (void)state;
    mr_http_session_limits limits = roomy;
    limits.held_bytes_max = MR_MIB;
    world *w = world_new(&limits, true);
    mr_strbuf body = filled(4 * MR_MIB);
    int32_t ids[8];
    for (size_t i = 0; i < MR_COUNT(ids); i++) {
        ids[i] = ask(w, "POST", "/", mr_strbuf_bytes(&body));
    }
    settle(w);
    for (size_t i = 0; i < MR_COUNT(ids); i++) {
        CHECK_HAS("answered", mr_strbuf_text(&answer_of(w, ids[i])->body), "POST /? 4194304");
    }
    CHECK_TRUE("bounded", w->held_most <= MR_MIB + 4 * MR_MIB + 8 * 256 * MR_KIB);
    mr_strbuf_deinit(&body);
    world_free(w);
}

static void test_a_slow_body_is_given_up_alone(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    int32_t slow = ask(w, "POST", "/", mr_bytes_of("x"));
    answer_of(w, slow)->stays_open = true;
    int32_t held = ask(w, "POST", "/hold", mr_bytes_of("x"));
    settle(w);
    uint64_t before, after;
    CHECK_TRUE("a body", w->server->ops->waits_for_bodies(w->server, &before));
    (void)ask(w, "GET", "/none", no_body);
    settle(w);
    CHECK_TRUE("still", w->server->ops->waits_for_bodies(w->server, &after));
    CHECK_INT("another stream is no sign of life", after, before);
    (void)w->server->ops->check_bodies(w->server, 2);
    settle(w);
    CHECK_TRUE("its first period is not over", !answer_of(w, slow)->closed);
    (void)w->server->ops->check_bodies(w->server, 2);
    settle(w);
    CHECK_TRUE("given up", answer_of(w, slow)->closed);
    CHECK_INT("as cancelled", answer_of(w, slow)->error, NGHTTP2_CANCEL);
    CHECK_TRUE("the other stays", !answer_of(w, held)->closed);
    CHECK_TRUE("no body is due", !waits_for_bodies(w));
    CHECK_TRUE("nothing is due", waits_for(w) == MR_HTTP_WAIT_NOTHING);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_seen_whole_however_the_bytes_are_cut),
        cmocka_unit_test(test_answers_without_a_body_have_none),
        cmocka_unit_test(test_the_host_is_the_authority_and_comes_once),
        cmocka_unit_test(test_big_bodies_pass_both_ways),
        cmocka_unit_test(test_trailers_end_a_request_and_add_nothing),
        cmocka_unit_test(test_continue_is_said_to_who_waits),
        cmocka_unit_test(test_as_many_streams_as_are_allowed_are_answered_in_any_order),
        cmocka_unit_test(test_what_is_too_large_is_refused_and_the_rest_goes_on),
        cmocka_unit_test(test_a_long_body_may_be_passed_over),
        cmocka_unit_test(test_bodies_in_memory_are_bounded),
        cmocka_unit_test(test_a_slow_body_is_given_up_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
