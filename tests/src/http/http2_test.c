/*
 * http2_test.c - the session of HTTP/2 without a socket: nghttp2 as the client, or frames made by
 * hand, and a handler that answers at once, holds, or sends in pieces.
 */
#include "src/http/http2_frames.h"
#include "src/http/session.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <nghttp2/nghttp2.h>

#define STREAMS_MAX 1024 /* ids of the client, halved */
#define HELD_MAX    256

static const mr_http_session_limits roomy = {
    .message = {.header_bytes_max = 4096, .body_bytes_max = 16 * MR_MIB},
    .streams_max = 128,
    .held_bytes_max = 64 * MR_MIB,
    .unsent_bytes_max = 16 * MR_MIB,
};

/* ---- a client and a server, and what each has seen ---- */

typedef struct answer {
    mr_strbuf head, body; /* "200 name=value ...\n" for each block of headers */
    bool closed;
    uint32_t error;
    mr_bytes to_send; /* of the request's body */
    bool stays_open;  /* the body has no end */
    bool has_trailer;
} answer;

typedef struct world {
    mr_http_session *server;
    nghttp2_session *client;
    answer answers[STREAMS_MAX];
    int goaway; /* the error; -1: none came */
    bool client_failed;
    mr_http_request *held[HELD_MAX]; /* for /hold, in order */
    size_t held_count, closed_count, request_count;
    size_t room_count;
    size_t produced_most; /* at once */
    size_t held_most;     /* bytes of bodies in memory */
    size_t step;          /* bytes are given to the server in such pieces */
} world;

static answer *answer_of(world *w, int32_t id)
{
    MR_ASSERT(id > 0 && id / 2 < STREAMS_MAX);
    return &w->answers[id / 2];
}

static int on_client_header(nghttp2_session *session, const nghttp2_frame *frame,
                            const uint8_t *name, size_t name_len, const uint8_t *value,
                            size_t value_len, uint8_t flags, void *context)
{
    mr_strbuf *head = &answer_of(context, frame->hd.stream_id)->head;
    (void)session;
    (void)flags;
    if (mr_bytes_is(mr_bytes_make(name, name_len), ":status")) {
        mr_strbuf_appendf(head, "%.*s", (int)value_len, (const char *)value);
    } else {
        mr_strbuf_appendf(head, " %.*s=%.*s", (int)name_len, (const char *)name, (int)value_len,
                          (const char *)value);
    }
    return 0;
}

static int on_client_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                          size_t len, void *context)
{
    (void)session;
    (void)flags;
    mr_strbuf_append(&answer_of(context, id)->body, data, len);
    return 0;
}

static int on_client_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    world *w = context;
    (void)session;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        mr_strbuf_append_char(&answer_of(w, frame->hd.stream_id)->head, '\n');
    }
    return 0;
}

static int on_client_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    (void)session;
    answer_of(context, id)->closed = true;
    answer_of(context, id)->error = error;
    return 0;
}

static void client_init(world *w, bool reads_by_itself)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_option_new(&option);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_client_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_client_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_client_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_client_close);
    nghttp2_option_set_no_auto_window_update(option, reads_by_itself ? 0 : 1);
    nghttp2_session_client_new2(&w->client, callbacks, w, option);
    nghttp2_submit_settings(w->client, NGHTTP2_FLAG_NONE, NULL, 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
}

static world *world_new(const mr_http_session_limits *limits, bool client_reads)
{
    world *w = mr_calloc(1, sizeof(*w));
    w->server = mr_http2_new(limits);
    w->goaway = -1;
    w->step = SIZE_MAX;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        w->answers[i].head = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        w->answers[i].body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    }
    client_init(w, client_reads);
    return w;
}

static void world_free(world *w)
{
    mr_http_request *r;
    mr_http_session_abandon(w->server);
    while ((r = mr_http_session_take_retired(w->server)) != NULL) {
        mr_http_request_free(r);
    }
    CHECK_INT("no body is held", w->server->held, 0);
    CHECK_INT("nothing waits", mr_http_session_unsent(w->server), 0);
    mr_http_session_free(w->server);
    nghttp2_session_del(w->client);
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        mr_strbuf_deinit(&w->answers[i].head);
        mr_strbuf_deinit(&w->answers[i].body);
    }
    mr_free(w);
}

/* ---- the handler ---- */

static void on_closed(void *context)
{
    ((world *)context)->closed_count++;
}

static void on_room(void *context)
{
    ((world *)context)->room_count++;
}

static void on_request(world *w, mr_http_request *request)
{
    mr_bytes path = mr_http_path(request), body = mr_http_body(request);
    w->request_count++;
    if (mr_bytes_is(path, "/hold")) {
        w->held[w->held_count++] = request;
        mr_http_set_context(request, w, on_closed);
    } else if (mr_bytes_is(path, "/mirror")) {
        mr_http_answer(request, 200, NULL, 0, body);
    } else if (mr_bytes_is(path, "/return")) { /* the same, without a copy */
        mr_strbuf taken = mr_http_take_body(request);
        mr_http_answer_taking(request, 200, NULL, 0, &taken);
        CHECK_TRUE("taken over", taken.at == NULL);
    } else if (mr_bytes_is(path, "/none")) {
        mr_http_answer(request, 204, NULL, 0, mr_bytes_of("dropped"));
    } else {
        mr_bytes method = mr_http_method(request), query = mr_http_query(request), name, value;
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_appendf(&text, "%s %.*s %.*s?%.*s %zu%s", mr_http_protocol(request),
                          (int)method.len, method.at, (int)path.len, path.at, (int)query.len,
                          query.at, body.len, mr_http_body_dropped(request) ? " dropped" : "");
        for (size_t i = 0; mr_http_header_at(request, i, &name, &value); i++) {
            mr_strbuf_appendf(&text, " %.*s=%.*s", (int)name.len, name.at, (int)value.len,
                              value.at);
        }
        const mr_http_header_field headers[] = {{"X-Echo", "a\r\nInjected: b"},
                                                {"Connection", "close"}};
        mr_http_answer(request, 200, headers, 2, mr_strbuf_bytes(&text));
        mr_strbuf_deinit(&text);
    }
}

/* Looks for a GOAWAY in whole frames: a client that has been fed frames by hand may have failed. */
static void look_for_goaway(world *w, const mr_strbuf *frames)
{
    size_t at = 0;
    while (at + 9 <= frames->len) {
        const unsigned char *head = (const unsigned char *)frames->at + at;
        size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (head[3] == NGHTTP2_GOAWAY) {
            w->goaway = head[9 + 7]; /* no code of HTTP/2 needs more than a byte */
        }
        at += 9 + len;
    }
    CHECK_INT("whole frames", at, frames->len);
}

/* What connection.c does in a turn of the loop. Returns how many bytes the server produced. */
static size_t server_turn(world *w, bool hand_out)
{
    mr_http_request *r;
    while (hand_out && (r = w->server->ops->take(w->server)) != NULL) {
        r->taken = true;
        on_request(w, r);
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    w->server->ops->produce(w->server, &out);
    size_t len = out.len;
    look_for_goaway(w, &out);
    w->produced_most = mr_max_size(w->produced_most, len);
    if (len > 0 && !w->client_failed) {
        w->client_failed = nghttp2_session_mem_recv(w->client, (uint8_t *)out.at, len) < 0;
    }
    mr_strbuf_deinit(&out);
    while ((r = mr_http_session_take_retired(w->server)) != NULL) {
        if (r->closed != NULL) {
            r->closed(r->context);
        }
        mr_http_request_free(r);
    }
    while ((r = mr_http_session_take_roomy(w->server)) != NULL) {
        r->room(r->context);
    }
    return len;
}

static void server_feed(world *w, mr_bytes bytes)
{
    while (bytes.len > 0 && !w->server->finished) {
        size_t used = w->server->ops->feed(
            w->server, mr_bytes_make(bytes.at, mr_min_size(w->step, bytes.len)));
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        w->held_most = mr_max_size(w->held_most, w->server->held);
    }
}

/* Both sides until neither has anything to say. */
static void settle(world *w)
{
    for (int i = 0;; i++) {
        MR_ASSERT(i < 1000000);
        const uint8_t *at;
        ssize_t len = w->client_failed ? 0 : nghttp2_session_mem_send(w->client, &at);
        if (len > 0) {
            server_feed(w, mr_bytes_make(at, (size_t)len));
        }
        if (server_turn(w, true) == 0 && len <= 0) {
            return;
        }
    }
}

static mr_http_wait waits_for(const world *w)
{
    uint64_t sign;
    return w->server->ops->waits_for(w->server, &sign);
}

static bool waits_for_bodies(const world *w)
{
    uint64_t sign;
    return w->server->ops->waits_for_bodies(w->server, &sign);
}

/* ---- requests ---- */

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static ssize_t on_client_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length,
                              uint32_t *flags, nghttp2_data_source *source, void *context)
{
    answer *a = answer_of(context, id);
    (void)source;
    size_t n = mr_min_size(length, a->to_send.len);
    if (n > 0) {
        memcpy(buf, a->to_send.at, n);
    }
    a->to_send = mr_bytes_make(a->to_send.at + n, a->to_send.len - n);
    if (a->to_send.len > 0) {
        return (ssize_t)n;
    }
    if (a->stays_open) {
        return n > 0 ? (ssize_t)n : NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (a->has_trailer) {
        nghttp2_nv trailer = pair("x-late", "1");
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, id, &trailer, 1);
    }
    return (ssize_t)n;
}

/* body.at NULL: none. extra: a header more, or a name of NULL. */
static int32_t ask_with(world *w, const char *method, const char *path, mr_bytes body,
                        nghttp2_nv extra)
{
    nghttp2_nv headers[] = {pair(":method", method), pair(":scheme", "http"),
                            pair(":authority", "here:1"), pair(":path", path), extra};
    size_t count = MR_COUNT(headers) - (extra.name == NULL ? 1 : 0);
    nghttp2_data_provider provider = {.read_callback = on_client_body};
    int32_t id = nghttp2_submit_request(w->client, NULL, headers, count,
                                        body.at == NULL ? NULL : &provider, NULL);
    assert_true(id > 0);
    answer_of(w, id)->to_send = body;
    return id;
}

static const nghttp2_nv no_header = {.name = NULL};
static const mr_bytes no_body = {.at = NULL};

static int32_t ask(world *w, const char *method, const char *path, mr_bytes body)
{
    return ask_with(w, method, path, body, no_header);
}

static void check_answer(const char *label, world *w, int32_t id, const char *head,
                         const char *body)
{
    answer *a = answer_of(w, id);
    CHECK_STR(label, mr_strbuf_text(&a->head), head);
    if (body != NULL) {
        CHECK_STR(label, mr_strbuf_text(&a->body), body);
    }
    CHECK_TRUE(label, a->closed);
    CHECK_INT(label, a->error, NGHTTP2_NO_ERROR);
}

static mr_strbuf filled(size_t len)
{
    mr_strbuf buf = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *at = mr_strbuf_reserve(&buf, len);
    for (size_t i = 0; i < len; i++) {
        at[i] = (char)('a' + i % 23);
    }
    mr_strbuf_commit(&buf, len);
    return buf;
}

/* ---- tests: requests and answers ---- */

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

/* ---- tests: limits ---- */

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

/* ---- tests: pieces and back-pressure ---- */

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

/* ---- tests: clients that go ---- */

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

/* ---- tests: hostile bytes ---- */

static void append_frame(mr_strbuf *out, int type, int flags, uint32_t id, mr_bytes payload)
{
    const char head[9] = {(char)(payload.len >> 16),
                          (char)(payload.len >> 8),
                          (char)payload.len,
                          (char)type,
                          (char)flags,
                          (char)(id >> 24),
                          (char)(id >> 16),
                          (char)(id >> 8),
                          (char)id};
    mr_strbuf_append(out, head, sizeof(head));
    mr_strbuf_append_bytes(out, payload);
}

static mr_strbuf greeting(void)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    append_frame(&out, NGHTTP2_SETTINGS, 0, 0, (mr_bytes){NULL, 0});
    return out;
}

/* GET /none in the static table, and a literal for :authority. */
static const char get_head[] = "\x82\x86\x04\x05/none\x41\x01h";

static void test_what_is_no_http2_ends_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes bytes;
    } cases[] = {
        {"another preface", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")},
        {"no settings", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                         "\0\0\x08\x06\0\0\0\0\0aaaaaaaa")},
        {"a frame too large", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                               "\xff\xff\xff\x04\0\0\0\0\0aaaaaaaaaaaaaaaaa")},
        {"broken HPACK", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                          "\0\0\x01\x01\x05\0\0\0\x01\xff")},
        {"data on no stream",
         MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                          "\0\0\x01\0\0\0\0\0\x01x")},
        {"an even stream", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                            "\0\0\x03\x01\x05\0\0\0\x02\x82\x86\x84")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (size_t step = 1; step <= 64; step += 63) {
            world *w = world_new(&roomy, true);
            w->step = step;
            server_feed(w, cases[i].bytes);
            (void)server_turn(w, true);
            (void)server_turn(w, true);
            CHECK_TRUE(cases[i].label, w->server->finished);
            CHECK_TRUE(cases[i].label, w->server->ops->is_over(w->server));
            CHECK_TRUE(cases[i].label, w->goaway > 0);
            CHECK_INT(cases[i].label, w->request_count, 0);
            world_free(w);
        }
    }
}

/* Feeds the frames over and over until the server has had enough; never more than it bears. */
static void check_flood(const char *label, mr_bytes unit, size_t most, bool produces)
{
    world *w = world_new(&roomy, true);
    mr_strbuf start = greeting();
    server_feed(w, mr_strbuf_bytes(&start));
    size_t count = 0;
    while (!w->server->finished) {
        MR_ASSERT(count++ < most);
        server_feed(w, unit);
        if (produces) {
            (void)server_turn(w, true);
        } else if (w->server->ops->is_full(w->server)) {
            world_free(w); /* connection.c would read no more: a bound, too */
            mr_strbuf_deinit(&start);
            return;
        }
    }
    (void)server_turn(w, true);
    CHECK_INT(label, w->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    CHECK_TRUE(label, w->server->ops->is_over(w->server));
    mr_strbuf_deinit(&start);
    world_free(w);
}

static void test_floods_are_cut_off(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes frame;
    } cases[] = {
        {"PING", MR_BYTES_LITERAL("\0\0\x08\x06\0\0\0\0\0aaaaaaaa")},
        {"SETTINGS", MR_BYTES_LITERAL("\0\0\0\x04\0\0\0\0\0")},
        {"PRIORITY", MR_BYTES_LITERAL("\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10")},
        {"an unknown frame", MR_BYTES_LITERAL("\0\0\x01\x77\0\0\0\0\0a")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_flood(cases[i].label, cases[i].frame, MR_HTTP2_PATIENCE_MAX + 10, true);
        check_flood(cases[i].label, cases[i].frame, MR_HTTP2_PATIENCE_MAX + 10, false);
    }
}

static void test_rapid_resets_are_cut_off(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        bool produces = (variant & 1) != 0;
        char code[] = {0, 0, 0, (variant & 2) != 0 ? NGHTTP2_CANCEL : NGHTTP2_NO_ERROR};
        world *w = world_new(&roomy, true);
        mr_strbuf out = greeting();
        uint32_t id = 1;
        while (!w->server->finished) {
            append_frame(&out, NGHTTP2_HEADERS, 0x5, id, mr_bytes_of(get_head));
            append_frame(&out, NGHTTP2_RST_STREAM, 0, id, mr_bytes_make(code, sizeof(code)));
            server_feed(w, mr_strbuf_bytes(&out));
            mr_strbuf_reset(&out);
            if (produces) {
                (void)server_turn(w, true);
            }
            id += 2;
            MR_ASSERT(id < 2000);
        }
        (void)server_turn(w, true);
        CHECK_INT("calm", w->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
        CHECK_INT("no handler was called", w->request_count, 0);
        mr_strbuf_deinit(&out);
        world_free(w);
    }
}

static void test_a_header_block_without_end_is_cut_off(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    mr_strbuf out = greeting();
    append_frame(&out, NGHTTP2_HEADERS, 0x1, 1, mr_bytes_of(get_head));
    server_feed(w, mr_strbuf_bytes(&out));
    CHECK_TRUE("in the headers", waits_for(w) == MR_HTTP_WAIT_HEADER);
    mr_strbuf_reset(&out);
    append_frame(&out, NGHTTP2_CONTINUATION, 0, 1, MR_BYTES_LITERAL("\x40\x01x\x01y"));
    for (int i = 0; !w->server->finished; i++) {
        MR_ASSERT(i < 3000);
        server_feed(w, mr_strbuf_bytes(&out));
    }
    (void)server_turn(w, true);
    CHECK_TRUE("an error", w->goaway > 0);
    CHECK_TRUE("over", w->server->ops->is_over(w->server));
    mr_strbuf_deinit(&out);
    world_free(w);
}

/* However small the frames that it comes in. */
static void test_frames_are_counted_at_their_edges(void **state)
{
    (void)state;
    mr_strbuf out = greeting();
    append_frame(&out, NGHTTP2_HEADERS, 0x1, 1, mr_bytes_of("abc"));
    append_frame(&out, NGHTTP2_CONTINUATION, 0x0, 1, mr_bytes_of("de"));
    append_frame(&out, NGHTTP2_CONTINUATION, 0x4, 1, mr_bytes_of("f"));
    append_frame(&out, NGHTTP2_DATA, 0x0, 1, (mr_bytes){NULL, 0});
    append_frame(&out, NGHTTP2_DATA, 0x0, 1, mr_bytes_of("data"));
    append_frame(&out, NGHTTP2_RST_STREAM, 0x0, 1, mr_bytes_of("1234"));
    for (size_t step = 1; step < out.len; step++) {
        mr_http2_frames frames;
        mr_http2_frames_init(&frames, 6);
        for (size_t at = 0; at < out.len; at += step) {
            CHECK_TRUE("borne",
                       mr_http2_frames_feed(
                           &frames, mr_bytes_make(out.at + at, mr_min_size(step, out.len - at))));
        }
        CHECK_INT("spent", MR_HTTP2_PATIENCE_MAX - frames.patience, 5 + MR_HTTP2_COST_RESET);
        CHECK_INT("blocks", frames.blocks, 1);
        CHECK_TRUE("no headers are under way", !mr_http2_frames_in_headers(&frames));
        mr_http2_frames_init(&frames, 5);
        CHECK_TRUE("a byte too many", !mr_http2_frames_feed(&frames, mr_strbuf_bytes(&out)));
    }
    mr_strbuf_deinit(&out);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(http2);
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
        cmocka_unit_test(test_pieces_wait_for_the_client_and_tell_when_there_is_room),
        cmocka_unit_test(test_pieces_that_are_gone_are_forgotten),
        cmocka_unit_test(test_a_broken_off_answer_is_reset),
        cmocka_unit_test(test_a_reset_closes_the_request_wherever_it_is),
        cmocka_unit_test(test_an_answer_to_a_reset_stream_goes_nowhere),
        cmocka_unit_test(test_a_request_that_is_reset_at_once_is_never_seen),
        cmocka_unit_test(test_draining_answers_what_has_begun),
        cmocka_unit_test(test_what_is_no_http2_ends_the_connection),
        cmocka_unit_test(test_floods_are_cut_off),
        cmocka_unit_test(test_rapid_resets_are_cut_off),
        cmocka_unit_test(test_a_header_block_without_end_is_cut_off),
        cmocka_unit_test(test_frames_are_counted_at_their_edges),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
