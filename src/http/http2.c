/*
 * http2.c - HTTP/2 as a session (session.h): nghttp2 reads and writes frames, this makes
 * requests of its events and gives it answers. It knows no socket.
 *
 * The session reads until it is finished (a GOAWAY has been said and no stream is left, or the
 * client has gone wrong). A stream:
 *
 *   READING --END_STREAM--> READY --take--> with a handler --answer--> ANSWERED
 *   READING --too large--> REFUSED    answered by ourselves; what still comes is dropped
 *   any --its last frame is sent, a reset, or the end of the session--> retired
 *
 * Flow control. The window of the connection is given back as bytes come. The window of a stream is
 * given back as long as the bodies in memory are below held_bytes_max; past that, only to the
 * oldest that is not whole, so that one always gets on and memory has a bound: held_bytes_max, one
 * body, and a window for each stream.
 */
#include "sim/base/alloc.h"
#include "src/http/http2_frames.h"
#include "src/http/session.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

#define STREAM_WINDOW     (256 * 1024)
#define CONNECTION_WINDOW (8 * 1024 * 1024)
#define QUEUE_MAX         512  /* frames that wait to be produced: more are not asked for */
#define HEADER_OVERHEAD   32   /* of each, when their size is counted: RFC 9113, 6.5.2 */
#define BLOCK_SLACK       4096 /* a header block may be so much longer than its list */

typedef enum stream_state {
    STREAM_READING,
    STREAM_READY,
    STREAM_TAKEN,
    STREAM_REFUSED
} stream_state;

typedef struct stream {
    mr_http_request base; /* first: requests are streams */
    int32_t id;
    stream_state state;
    bool end_seen;      /* the client sends no more on it */
    bool deferred;      /* nghttp2 waits for more of the answer */
    bool has_authority; /* it is the first header */
    size_t header_bytes;
    int refusal; /* a status; 0: none */
    const char *why;
    uint64_t promised; /* bytes of the body that are still to come, as far as it was said */
    size_t ungranted;  /* bytes that have come and not been given back to the window */
    size_t progress;   /* bytes since the last check */
    bool watched;      /* it was under way at the last check */
} stream;

typedef struct http2 {
    mr_http_session base;
    nghttp2_session *ng;
    mr_http2_frames frames;
    mr_strbuf authority; /* of the header block under way, until it becomes a header */
    mr_strbuf *out;      /* while producing */
    bool throttled;      /* a window has not been given back */
    uint64_t streams_closed;
} http2;

static http2 *http2_of(const mr_http_session *session)
{
    return (http2 *)session;
}

static stream *stream_of(nghttp2_session *session, int32_t id)
{
    return nghttp2_session_get_stream_user_data(session, id);
}

/* nghttp2's calls fail for streams that are closed meanwhile, which is fine, and for mistakes. */
static void check(int status)
{
    MR_ASSERT(status != NGHTTP2_ERR_NOMEM);
    MR_ASSERT(status != NGHTTP2_ERR_INVALID_STATE);
}

static nghttp2_nv pair(mr_bytes name, mr_bytes value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name.at,
                        .namelen = name.len,
                        .value = (uint8_t *)(uintptr_t)value.at,
                        .valuelen = value.len,
                        .flags = NGHTTP2_NV_FLAG_NONE};
}

/* ---- flow control ---- */

static bool is_reading(const mr_http_request *r)
{
    return ((const stream *)r)->state == STREAM_READING;
}

/* Gives windows back, oldest stream first, as far as memory allows. */
static void grant(http2 *h)
{
    bool oldest = true;
    h->throttled = false;
    for (mr_http_request *r = h->base.requests; r != NULL; r = r->next) {
        stream *s = (stream *)r;
        if (!is_reading(r)) {
            continue;
        }
        if (s->ungranted > 0 && (oldest || h->base.held < h->base.limits.held_bytes_max)) {
            check(nghttp2_session_consume_stream(h->ng, s->id, s->ungranted));
            s->ungranted = 0;
        }
        h->throttled = h->throttled || s->ungranted > 0;
        oldest = false;
    }
}

/* ---- answers of our own ---- */

static void submit(stream *s, const mr_http_head *head);

/* Answers for what is too large or makes no sense; the handler never sees it. */
static void refuse(stream *s, int status, const char *why)
{
    static const mr_http_header_field type = {"content-type", "text/plain"};
    mr_http_session_forget_body(&s->base);
    s->state = STREAM_REFUSED;
    s->base.answer = MR_HTTP_ANSWER_ENDED;
    s->base.status = status;
    mr_strbuf_appendf(&s->base.out, "%s\n", why);
    s->base.body_bytes_out = s->base.out.len;
    const mr_http_head head = {.status = status,
                               .headers = &type,
                               .header_count = 1,
                               .has_length = true,
                               .length = s->base.out.len};
    submit(s, &head);
}

/* ---- nghttp2's callbacks: what comes ---- */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    http2 *h = context;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0; /* trailers */
    }
    stream *s = mr_http_session_add(&h->base, sizeof(*s), mr_http_message_new());
    s->id = frame->hd.stream_id;
    mr_strbuf_reset(&h->authority);
    check(nghttp2_session_set_stream_user_data(session, s->id, s));
    return 0;
}

static void refuse_later(stream *s, int status, const char *why)
{
    if (s->refusal == 0) {
        s->refusal = status;
        s->why = why;
    }
}

static void add_header(stream *s, mr_bytes name, mr_bytes value)
{
    mr_http_message *m = s->base.message;
    if (!mr_http_message_add_header(m)) {
        refuse_later(s, 431, "there are too many headers");
        return;
    }
    mr_http_message_append_name(m, name);
    mr_http_message_append_value(m, value);
}

/* The pseudo-headers are over: ":authority" becomes the first header. */
static void settle_authority(http2 *h, stream *s)
{
    if (h->authority.len > 0) {
        s->has_authority = true;
        add_header(s, MR_BYTES_LITERAL("host"), mr_strbuf_bytes(&h->authority));
        mr_strbuf_reset(&h->authority);
    }
}

/* nghttp2 has checked that each comes once, in front of the others, and is one of RFC 9113's. */
static void add_pseudo_header(http2 *h, stream *s, mr_bytes name, mr_bytes value)
{
    if (mr_bytes_is(name, ":method")) {
        if (!mr_http_message_set_method(s->base.message, value)) {
            refuse_later(s, 400, "the method is too long");
        }
    } else if (mr_bytes_is(name, ":path")) {
        mr_http_message_append_target(s->base.message, value);
    } else if (mr_bytes_is(name, ":authority")) {
        mr_strbuf_append_bytes(&h->authority, value);
    }
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *context)
{
    http2 *h = context;
    stream *s = stream_of(session, frame->hd.stream_id);
    mr_bytes n = mr_bytes_make(name, name_len), v = mr_bytes_make(value, value_len);
    (void)flags;
    if (s == NULL) {
        return 0;
    }
    s->header_bytes += name_len + value_len + HEADER_OVERHEAD;
    if (s->header_bytes > h->base.limits.message.header_bytes_max) {
        refuse_later(s, 431, "the headers are too long");
        return 0;
    }
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0; /* a trailer: it cannot add a header afterwards */
    }
    if (name_len > 0 && name[0] == ':') {
        add_pseudo_header(h, s, n, v);
        return 0;
    }
    settle_authority(h, s);
    if (!(s->has_authority && mr_bytes_is(n, "host"))) { /* RFC 9113, 8.3.1: it is the same */
        add_header(s, n, v);
    }
    return 0;
}

static void say_continue(http2 *h, const stream *s)
{
    nghttp2_nv status = pair(MR_BYTES_LITERAL(":status"), MR_BYTES_LITERAL("100"));
    check(nghttp2_submit_headers(h->ng, NGHTTP2_FLAG_NONE, s->id, NULL, &status, 1, NULL));
}

static void on_head(http2 *h, stream *s)
{
    const mr_http_message_limits *l = &h->base.limits.message;
    const mr_http_message *m = s->base.message;
    settle_authority(h, s);
    (void)mr_bytes_to_uint64(mr_http_message_header(m, "content-length"), &s->promised);
    if (mr_bytes_is(mr_http_message_method(m), "CONNECT")) {
        refuse_later(s, 400, "this is no proxy: CONNECT is not answered");
    } else if (s->promised > l->body_bytes_max && /* no sum: it could be any number */
               s->promised - l->body_bytes_max > l->swallow_bytes_max) {
        refuse_later(s, 413, "the body is too large");
    }
    if (s->refusal != 0) {
        refuse(s, s->refusal, s->why);
    } else if (!s->end_seen && mr_bytes_equal_nocase(mr_http_message_header(m, "expect"),
                                                     MR_BYTES_LITERAL("100-continue"))) {
        say_continue(h, s);
    }
}

/* END_STREAM: the request is whole. */
static void on_whole(http2 *h, stream *s)
{
    if (s->state == STREAM_READING && s->refusal != 0) {
        refuse(s, s->refusal, s->why); /* trailers that were too long */
    } else if (s->state == STREAM_READING) {
        s->state = STREAM_READY;
        h->base.ready_count++;
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    http2 *h = context;
    bool is_headers = frame->hd.type == NGHTTP2_HEADERS;
    if (!is_headers && frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    stream *s = stream_of(session, frame->hd.stream_id);
    if (s == NULL) {
        return 0;
    }
    s->end_seen = s->end_seen || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (is_headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        on_head(h, s);
    }
    if (s->end_seen) {
        on_whole(h, s);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t len, void *context)
{
    http2 *h = context;
    stream *s = stream_of(session, id);
    (void)flags;
    check(nghttp2_session_consume_connection(session, len));
    if (s == NULL || s->state != STREAM_READING) {
        return 0; /* dropped, and its window is not given back */
    }
    s->promised -= s->promised < len ? s->promised : len;
    size_t before = mr_http_message_body(s->base.message).len;
    bool ok = mr_http_message_append_body(s->base.message, &h->base.limits.message,
                                          mr_bytes_make(data, len), s->promised);
    h->base.held += mr_http_message_body(s->base.message).len;
    h->base.held -= before;
    if (!ok) {
        refuse(s, 413, "the body is too large");
        return 0;
    }
    s->progress += len;
    s->ungranted += len;
    if (s->ungranted >= STREAM_WINDOW / 4) {
        grant(h);
    }
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    http2 *h = context;
    stream *s = stream_of(session, id);
    if (s == NULL) {
        return 0;
    }
    if (s->state == STREAM_READY) {
        h->base.ready_count--;
    }
    (void)error;
    h->streams_closed++;
    check(nghttp2_session_set_stream_user_data(session, id, NULL));
    mr_http_session_retire(&h->base, &s->base);
    return 0;
}

/* ---- nghttp2's callbacks: what goes ---- */

/* How much of an answer goes into the next DATA frame. */
static ssize_t on_data_length(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length,
                              uint32_t *flags, nghttp2_data_source *source, void *context)
{
    stream *s = source->ptr;
    size_t waiting = s->base.out.len - s->base.out_at;
    bool ended = s->base.answer == MR_HTTP_ANSWER_ENDED;
    (void)session;
    (void)id;
    (void)buf;
    (void)context;
    if (waiting == 0 && !ended) {
        s->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    size_t n = mr_min_size(length, waiting);
    if (ended && n == waiting) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    if (n > 0) {
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY; /* on_send_data() */
    }
    return (ssize_t)n;
}

static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                        size_t length, nghttp2_data_source *source, void *context)
{
    http2 *h = context;
    stream *s = source->ptr;
    (void)session;
    (void)frame;
    MR_ASSERT(frame->data.padlen == 0);
    if (h->out->len >= MR_HTTP_PRODUCE_BYTES) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    mr_strbuf_append(h->out, head, 9);
    mr_strbuf_append(h->out, s->base.out.at + s->base.out_at, length);
    mr_http_session_sent(&s->base, length);
    mr_http2_frames_earn(&h->frames, MR_HTTP2_EARN_DATA);
    return 0;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    http2 *h = context;
    int32_t id = frame->hd.stream_id;
    bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
                (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends) {
        return 0;
    }
    stream *s = stream_of(session, id);
    MR_ASSERT(s != NULL); /* it closes behind this frame at the earliest */
    s->base.whole = true;
    mr_http2_frames_earn(&h->frames, MR_HTTP2_EARN_ANSWER);
    if (nghttp2_session_get_stream_remote_close(session, id) == 0) {
        /* An answer that is whole before its request is: the rest of that is not wanted. */
        check(nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR));
    }
    return 0;
}

/* ---- answers ---- */

/* Headers that belong to a connection of HTTP/1.1: RFC 9113, 8.2.2. */
static bool is_of_connection(mr_bytes name)
{
    return mr_bytes_is(name, "connection") || mr_bytes_is(name, "transfer-encoding") ||
           mr_bytes_is(name, "keep-alive");
}

/* nghttp2 wants names in lower case and texts that stay while it copies them. */
static size_t list_headers(const mr_http_head *head, mr_strbuf *texts, nghttp2_nv *out)
{
    size_t ends[2 * MR_HTTP_ANSWER_HEADERS_MAX];
    for (size_t i = 0; i < head->header_count; i++) {
        size_t from = texts->len;
        mr_http_append_clean(texts, head->headers[i].name);
        mr_http_lower(texts->at + from, texts->len - from);
        ends[2 * i] = texts->len;
        mr_http_append_clean(texts, head->headers[i].value);
        ends[2 * i + 1] = texts->len;
    }
    size_t count = 0, from = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        mr_bytes name = mr_bytes_make(texts->at + from, ends[2 * i] - from);
        mr_bytes value = mr_bytes_make(texts->at + ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
        from = ends[2 * i + 1];
        if (!is_of_connection(name)) {
            out[count++] = pair(name, mr_bytes_trim(value));
        }
    }
    return count;
}

static void submit(stream *s, const mr_http_head *head)
{
    http2 *h = http2_of(s->base.session);
    bool no_length = head->status == 204 || head->status == 304 || !head->has_length;
    bool no_body = s->base.bodiless || (head->has_length && head->length == 0);
    char status[4], length[24];
    nghttp2_nv headers[MR_HTTP_ANSWER_HEADERS_MAX + 2];
    mr_strbuf texts = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* ours */

    (void)snprintf(status, sizeof(status), "%03d", head->status);
    headers[0] = pair(MR_BYTES_LITERAL(":status"), mr_bytes_of(status));
    size_t count = 1 + list_headers(head, &texts, headers + 1);
    if (!no_length) {
        (void)snprintf(length, sizeof(length), "%zu", head->length);
        headers[count++] = pair(MR_BYTES_LITERAL("content-length"), mr_bytes_of(length));
    }
    const nghttp2_data_provider body = {.source.ptr = s, .read_callback = on_data_length};
    check(nghttp2_submit_response(h->ng, s->id, headers, count, no_body ? NULL : &body));
    mr_strbuf_deinit(&texts);
}

static void begin(mr_http_request *request, const mr_http_head *head)
{
    submit((stream *)request, head);
}

static void resume(stream *s)
{
    if (s->deferred) {
        s->deferred = false;
        check(nghttp2_session_resume_data(http2_of(s->base.session)->ng, s->id));
    }
}

static void send_body(mr_http_request *request, mr_bytes body)
{
    mr_strbuf_append_bytes(&request->out, body);
    resume((stream *)request);
}

static void end(mr_http_request *request)
{
    resume((stream *)request);
}

static void abort_answer(mr_http_request *request)
{
    check(nghttp2_submit_rst_stream(http2_of(request->session)->ng, NGHTTP2_FLAG_NONE,
                                    ((stream *)request)->id, NGHTTP2_INTERNAL_ERROR));
}

/* ---- bytes in, bytes out ---- */

static void look_finished(http2 *h)
{
    if (nghttp2_session_want_read(h->ng) == 0) {
        h->base.finished = true;
    }
}

static size_t feed(mr_http_session *session, mr_bytes bytes)
{
    http2 *h = http2_of(session);
    uint32_t error = NGHTTP2_NO_ERROR;
    if (!mr_http2_frames_feed(&h->frames, bytes)) {
        error = NGHTTP2_ENHANCE_YOUR_CALM;
    } else {
        ssize_t used = nghttp2_session_mem_recv(h->ng, (const uint8_t *)bytes.at, bytes.len);
        if (used < 0) {
            error =
                used == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR;
        }
    }
    if (error != NGHTTP2_NO_ERROR) {
        check(nghttp2_session_terminate_session(h->ng, error));
        session->finished = true;
    }
    if (h->throttled) {
        grant(h);
    }
    look_finished(h);
    return bytes.len;
}

static mr_http_request *take(mr_http_session *session)
{
    for (mr_http_request *r = session->requests; session->ready_count > 0; r = r->next) {
        MR_ASSERT(r != NULL);
        stream *s = (stream *)r;
        if (s->state == STREAM_READY) {
            s->state = STREAM_TAKEN;
            session->ready_count--;
            return r;
        }
    }
    return NULL;
}

static bool is_full(const mr_http_session *session)
{
    return nghttp2_session_get_outbound_queue_size(http2_of(session)->ng) > QUEUE_MAX;
}

static void produce(mr_http_session *session, mr_strbuf *out)
{
    http2 *h = http2_of(session);
    size_t before = out->len;
    if (h->throttled) {
        grant(h);
    }
    h->out = out;
    while (out->len < MR_HTTP_PRODUCE_BYTES) {
        const uint8_t *at;
        ssize_t len = nghttp2_session_mem_send(h->ng, &at);
        if (len < 0) {
            session->broken = true;
        }
        if (len <= 0) {
            break;
        }
        mr_strbuf_append(out, at, (size_t)len);
    }
    h->out = NULL;
    session->produced += out->len - before;
    look_finished(h);
}

static bool is_over(const mr_http_session *session)
{
    return session->finished && nghttp2_session_want_write(http2_of(session)->ng) == 0;
}

/* ---- time ---- */

static bool is_body_due(const mr_http_request *r)
{
    return is_reading(r) && ((const stream *)r)->ungranted < STREAM_WINDOW / 2;
}

static mr_http_wait waits_for(const mr_http_session *session, uint64_t *sign)
{
    const http2 *h = http2_of(session);
    if (mr_http2_frames_in_headers(&h->frames)) {
        *sign = h->frames.blocks;
        return MR_HTTP_WAIT_HEADER;
    }
    *sign = h->streams_closed;
    return session->request_count == 0 ? MR_HTTP_WAIT_REQUEST : MR_HTTP_WAIT_NOTHING;
}

/* Each stream has its own time, so there is no sign of life for all: see check_bodies(). */
static bool waits_for_bodies(const mr_http_session *session, uint64_t *sign)
{
    *sign = 0;
    for (const mr_http_request *r = session->requests; r != NULL; r = r->next) {
        if (is_body_due(r)) {
            return true;
        }
    }
    return false;
}

static bool check_bodies(mr_http_session *session, size_t least)
{
    http2 *h = http2_of(session);
    for (mr_http_request *r = session->requests; r != NULL; r = r->next) {
        stream *s = (stream *)r;
        if (!is_body_due(r)) {
            s->watched = false; /* it waits for us, or for nothing */
        } else if (s->watched && s->progress < least) {
            check(nghttp2_submit_rst_stream(h->ng, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL));
        } else {
            s->watched = true;
        }
        s->progress = 0;
    }
    return true;
}

static void drain(mr_http_session *session)
{
    http2 *h = http2_of(session);
    check(nghttp2_submit_goaway(h->ng, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(h->ng), NGHTTP2_NO_ERROR,
                                NULL, 0));
}

/* Streams are in the list from their first byte. */
static mr_http_message *give_up(mr_http_session *session)
{
    (void)session;
    return NULL;
}

/* ---- make and release ---- */

static void free_http2(mr_http_session *session)
{
    http2 *h = http2_of(session);
    nghttp2_session_del(h->ng);
    mr_strbuf_deinit(&h->authority);
    mr_free(h);
}

static const mr_http_session_ops ops = {
    .name = "HTTP/2.0",
    .free = free_http2,
    .feed = feed,
    .take = take,
    .is_full = is_full,
    .produce = produce,
    .is_over = is_over,
    .waits_for = waits_for,
    .waits_for_bodies = waits_for_bodies,
    .check_bodies = check_bodies,
    .drain = drain,
    .give_up = give_up,
    .begin = begin,
    .send = send_body,
    .end = end,
    .abort = abort_answer,
};

static void open_session(http2 *h)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    check(nghttp2_session_callbacks_new(&callbacks));
    check(nghttp2_option_new(&option));
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    check(nghttp2_session_server_new2(&h->ng, callbacks, h, option));
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
}

mr_http_session *mr_http2_new(const mr_http_session_limits *limits)
{
    http2 *h = mr_calloc(1, sizeof(*h));
    mr_http_session_init(&h->base, &ops, limits);
    mr_http2_frames_init(&h->frames, limits->message.header_bytes_max + BLOCK_SLACK);
    h->authority = mr_strbuf_make(limits->message.header_bytes_max);
    open_session(h);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)limits->streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->message.header_bytes_max},
    };
    check(nghttp2_submit_settings(h->ng, NGHTTP2_FLAG_NONE, settings, MR_COUNT(settings)));
    check(nghttp2_session_set_local_window_size(h->ng, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW));
    return &h->base;
}
