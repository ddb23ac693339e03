/*
 * http2_help.h - the session of HTTP/2 without a socket: nghttp2 as the client, and a handler that
 * answers at once, holds, or sends in pieces. Everything is static, so that a test that needs less
 * says nothing.
 */
#ifndef MR_TESTS_SRC_HTTP_HTTP2_HELP_H
#define MR_TESTS_SRC_HTTP_HTTP2_HELP_H

#include "src/http/session.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <nghttp2/nghttp2.h>

#define STREAMS_MAX 1024 /* ids of the client, halved */
#define HELD_MAX    256

static MR_UNUSED const mr_http_session_limits roomy = {
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

static MR_UNUSED answer *answer_of(world *w, int32_t id)
{
    MR_ASSERT(id > 0 && id / 2 < STREAMS_MAX);
    return &w->answers[id / 2];
}

static MR_UNUSED int on_client_header(nghttp2_session *session, const nghttp2_frame *frame,
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

static MR_UNUSED int on_client_data(nghttp2_session *session, uint8_t flags, int32_t id,
                                    const uint8_t *data, size_t len, void *context)
{
    (void)session;
    (void)flags;
    mr_strbuf_append(&answer_of(context, id)->body, data, len);
    return 0;
}

static MR_UNUSED int on_client_frame(nghttp2_session *session, const nghttp2_frame *frame,
                                     void *context)
{
    world *w = context;
    (void)session;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        mr_strbuf_append_char(&answer_of(w, frame->hd.stream_id)->head, '\n');
    }
    return 0;
}

static MR_UNUSED int on_client_close(nghttp2_session *session, int32_t id, uint32_t error,
                                     void *context)
{
    (void)session;
    answer_of(context, id)->closed = true;
    answer_of(context, id)->error = error;
    return 0;
}

static MR_UNUSED void client_init(world *w, bool reads_by_itself)
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

static MR_UNUSED world *world_new(const mr_http_session_limits *limits, bool client_reads)
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

static MR_UNUSED void world_free(world *w)
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

static MR_UNUSED void on_closed(void *context)
{
    ((world *)context)->closed_count++;
}

static MR_UNUSED void on_room(void *context)
{
    ((world *)context)->room_count++;
}

static MR_UNUSED void on_request(world *w, mr_http_request *request)
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
static MR_UNUSED void look_for_goaway(world *w, const mr_strbuf *frames)
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
static MR_UNUSED size_t server_turn(world *w, bool hand_out)
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

static MR_UNUSED void server_feed(world *w, mr_bytes bytes)
{
    while (bytes.len > 0 && !w->server->finished) {
        size_t used = w->server->ops->feed(
            w->server, mr_bytes_make(bytes.at, mr_min_size(w->step, bytes.len)));
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        w->held_most = mr_max_size(w->held_most, w->server->held);
    }
}

/* Both sides until neither has anything to say. */
static MR_UNUSED void settle(world *w)
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

static MR_UNUSED mr_http_wait waits_for(const world *w)
{
    uint64_t sign;
    return w->server->ops->waits_for(w->server, &sign);
}

static MR_UNUSED bool waits_for_bodies(const world *w)
{
    uint64_t sign;
    return w->server->ops->waits_for_bodies(w->server, &sign);
}

/* ---- requests ---- */

static MR_UNUSED nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static MR_UNUSED ssize_t on_client_body(nghttp2_session *session, int32_t id, uint8_t *buf,
                                        size_t length, uint32_t *flags, nghttp2_data_source *source,
                                        void *context)
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
static MR_UNUSED int32_t ask_with(world *w, const char *method, const char *path, mr_bytes body,
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

static MR_UNUSED const nghttp2_nv no_header = {.name = NULL};
static MR_UNUSED const mr_bytes no_body = {.at = NULL};

static MR_UNUSED int32_t ask(world *w, const char *method, const char *path, mr_bytes body)
{
    return ask_with(w, method, path, body, no_header);
}

static MR_UNUSED void check_answer(const char *label, world *w, int32_t id, const char *head,
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

static MR_UNUSED mr_strbuf filled(size_t len)
{
    mr_strbuf buf = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *at = mr_strbuf_reserve(&buf, len);
    for (size_t i = 0; i < len; i++) {
        at[i] = (char)('a' + i % 23);
    }
    mr_strbuf_commit(&buf, len);
    return buf;
}

#endif
