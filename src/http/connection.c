/*
 * connection.c - see connection.h: one client's connection, from accept to close.
 *
 *   GREETING --first bytes: TLS or not, HTTP/1.1 or /2--> OPEN   (with TLS: shakes hands here)
 *   OPEN --the session is finished--> LAST        no more is read; answers are written
 *   LAST --the last answer is written--> LINGERING what the client still sends is dropped, so
 *                                                  that it can read the answer
 *   LINGERING --end of the stream, or a second--> CLOSING
 *   any state --end, error, time-out or stop--> CLOSING, freed when both handles have closed
 *
 * conn_enter() makes every one of these moves. What a handler's call changes is written at once
 * (on_wake) but has its consequences later, from the loop (conn_settle): requests that are over
 * are closed and freed, kept bytes are read, states change. So no handler is called from its own
 * call.
 */
#include "src/http/connection.h"

#include "sim/base/alloc.h"
#include "src/http/session.h"

#define LINGER_MS         1000  /* after the last answer */
#define PROGRESS_BYTES    65536 /* so much of a body within body_ms is not slow */
#define KEEPALIVE_SECONDS 60    /* a client whose machine has gone says nothing for ever */
#define TLS_FIRST_BYTE    0x16  /* a handshake record; no request begins with it */
#define NEVER             UINT64_MAX

typedef enum conn_state {
    CONN_GREETING,
    CONN_OPEN,
    CONN_LAST,
    CONN_LINGERING,
    CONN_CLOSING
} conn_state;

/* What a client can be late with: one thing of each kind at a time. */
typedef enum watch_kind { WATCH_READING, WATCH_BODIES, WATCH_WRITING, WATCH_COUNT } watch_kind;

typedef struct watch {
    int what;            /* it waits for; 0: for nothing */
    uint64_t sign;       /* of life: another value, another deadline */
    uint64_t since, due; /* in the loop's time; due: or NEVER */
} watch;

#define WHAT_LINGER (MR_HTTP_WAIT_HEADER + 1) /* beside mr_http_wait */

struct mr_http_connection {
    mr_transport transport; /* first: its handle is the connection's */
    uv_timer_t timer;
    int handles_open; /* the connection is freed when this reaches 0 */
    conn_state state;
    mr_http_host *host;
    mr_http_connection *previous, *next;

    mr_http_session *session; /* NULL: GREETING */
    mr_strbuf unread;         /* plaintext: first bytes, or what came while the session was full */
    mr_strbuf out;            /* produced, and not given to the transport yet */
    bool busy;                /* inside conn_read_all() or conn_settle(), which settle anyway */
    bool stalled;             /* TLS: there may be plaintext that has not been taken out */
    bool ended;               /* TLS: the client has said so, or there was a breach */

    watch watches[WATCH_COUNT];
    uint64_t timer_due; /* when the timer fires; NEVER: it is stopped */
};

static void conn_enter(mr_http_connection *c, conn_state next);
static void conn_settle(mr_http_connection *c);
static void on_timer(uv_timer_t *timer);

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; /* RFC 9113, 3.4 */

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    mr_http_connection *c = handle->data;
    if (--c->handles_open > 0) {
        return;
    }
    mr_http_host *host = c->host;
    mr_http_session_free(c->session);
    mr_transport_deinit(&c->transport);
    mr_strbuf_deinit(&c->unread);
    mr_strbuf_deinit(&c->out);
    mr_free(c);
    host->count--;
    host->on_gone(host);
}

/* To the access log. What answers no request ("100 Continue") is not told. */
static void conn_tell(const mr_http_connection *c, const mr_http_request *r)
{
    if (r->message == NULL || c->host->access == NULL) {
        return;
    }
    const mr_http_access access = {
        .request = r,
        .method = mr_http_method(r),
        .path = mr_http_path(r),
        .protocol = mr_http_protocol(r),
        .status = r->status,
        .broken_off = !r->whole,
        .bytes_in = mr_http_message_body_bytes(r->message),
        .bytes_out = r->body_bytes_out,
        .duration_us = r->taken ? (uv_hrtime() - r->taken_ns) / 1000 : 0,
    };
    c->host->access(c->host->context, &access);
}

/* The one place where requests leave: whose answers are whole, and whose clients have gone. */
static void conn_bury(mr_http_connection *c)
{
    mr_http_request *r;
    while (c->session != NULL && (r = mr_http_session_take_retired(c->session)) != NULL) {
        conn_tell(c, r);
        if (r->closed != NULL && r->answer != MR_HTTP_ANSWER_ENDED) {
            r->closed(r->context);
        }
        mr_http_request_free(r);
    }
}

/* The one place where a connection's handles close and its requests end. */
static void enter_closing(mr_http_connection *c)
{
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        c->host->connections = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    c->host->open_count--;
    c->transport.tcp.data = c; /* the transport reads no more */
    uv_close((uv_handle_t *)&c->transport.tcp, on_handle_closed);
    uv_close((uv_handle_t *)&c->timer, on_handle_closed);
    if (c->session != NULL) {
        mr_http_session_abandon(c->session);
        conn_bury(c);
    }
}

static void enter_lingering(mr_http_connection *c)
{
    if (!mr_transport_end(&c->transport) || !mr_transport_read(&c->transport, true)) {
        conn_enter(c, CONN_CLOSING); /* the client has gone already */
    }
}

/* The one place that changes c->state: put the breakpoint and the trace line here. */
static void conn_enter(mr_http_connection *c, conn_state next)
{
    if (c->state == next || c->state == CONN_CLOSING) {
        return;
    }
    MR_ASSERT(next > c->state); /* every arrow goes forward */
    c->state = next;
    if (next == CONN_LINGERING) {
        enter_lingering(c);
    } else if (next == CONN_CLOSING) {
        enter_closing(c);
    }
}

/* ---- time ---- */

/* Fires no later than at `due`. A timer that fires early only looks again. */
static void timer_need(mr_http_connection *c, uint64_t due)
{
    if (due >= c->timer_due || c->state == CONN_CLOSING) {
        return;
    }
    uint64_t now = uv_now(c->host->loop);
    c->timer_due = due;
    uv_timer_start(&c->timer, on_timer, due > now ? due - now : 0, 0);
}

/* One that waits for the same thing as before keeps its time: a byte a minute is no sign of
 * life. */
static void watch_set(mr_http_connection *c, watch_kind kind, int what, uint64_t sign, uint64_t ms)
{
    watch *w = &c->watches[kind];
    if (what == w->what && (what == 0 || sign == w->sign)) {
        return;
    }
    uint64_t now = uv_now(c->host->loop);
    *w = (watch){what, sign, now, what == 0 ? NEVER : now + ms};
    timer_need(c, w->due);
}

static void watch_reading(mr_http_connection *c)
{
    const mr_http_limits *l = &c->host->limits;
    uint64_t sign = 0;
    if (c->state == CONN_GREETING) {
        watch_set(c, WATCH_READING, MR_HTTP_WAIT_HEADER, sign, l->header_ms);
    } else if (c->state == CONN_OPEN) {
        mr_http_wait wait = c->session->ops->waits_for(c->session, &sign);
        watch_set(c, WATCH_READING, (int)wait, sign,
                  wait == MR_HTTP_WAIT_HEADER ? l->header_ms : l->idle_ms);
    } else if (c->state == CONN_LINGERING) {
        watch_set(c, WATCH_READING, WHAT_LINGER, 0, LINGER_MS);
    } else {
        watch_set(c, WATCH_READING, 0, 0, 0);
    }
}

static void watch_bodies(mr_http_connection *c)
{
    uint64_t sign = 0;
    bool waits = c->state == CONN_OPEN && c->session->ops->waits_for_bodies(c->session, &sign);
    watch_set(c, WATCH_BODIES, waits ? 1 : 0, sign, c->host->limits.body_ms);
}

/* A client that does not read: bytes wait, and none has left for idle_ms. */
static void watch_writing(mr_http_connection *c)
{
    bool waits = c->transport.writing ||
                 (c->session != NULL && mr_http_session_unsent_ended(c->session) > 0);
    /* What has left: grows when more is produced, and when libuv has less to write. */
    uint64_t produced = c->session == NULL ? 0 : c->session->produced;
    uint64_t sign = produced - mr_transport_left(&c->transport);
    watch_set(c, WATCH_WRITING, waits ? 1 : 0, sign, c->host->limits.idle_ms);
}

static void conn_watch(mr_http_connection *c)
{
    if (c->state != CONN_CLOSING) {
        watch_reading(c);
        watch_bodies(c);
        watch_writing(c);
    }
}

/* What a kind of watch waited for has not come. */
static void conn_late(mr_http_connection *c, watch_kind kind)
{
    watch *w = &c->watches[kind];
    if (kind == WATCH_READING && c->state == CONN_OPEN && w->what == MR_HTTP_WAIT_REQUEST) {
        c->session->ops->drain(c->session); /* idle: it ends in peace */
        w->due = NEVER;
    } else if (kind == WATCH_BODIES && c->session->ops->check_bodies(c->session, PROGRESS_BYTES)) {
        w->due = uv_now(c->host->loop) + c->host->limits.body_ms;
    } else {
        conn_enter(c, CONN_CLOSING);
    }
}

static void on_timer(uv_timer_t *timer)
{
    mr_http_connection *c = timer->data;
    uint64_t now = uv_now(c->host->loop), due = NEVER;
    c->timer_due = NEVER;
    conn_watch(c); /* bytes may have left without a word */
    for (size_t i = 0; i < WATCH_COUNT && c->state != CONN_CLOSING; i++) {
        if (c->watches[i].due <= now) {
            conn_late(c, (watch_kind)i);
        }
    }
    conn_settle(c);
    for (size_t i = 0; i < WATCH_COUNT; i++) {
        due = c->watches[i].due < due ? c->watches[i].due : due;
    }
    timer_need(c, due);
}

/* ---- writing ---- */

/* Produces and writes until the socket takes no more. Calls no handler and changes no state. */
static void conn_flush(mr_http_connection *c)
{
    mr_transport *t = &c->transport;
    if (c->state == CONN_CLOSING) {
        return;
    }
    while (!t->writing && !t->failed && c->session != NULL) {
        if (c->out.len == 0) {
            c->session->ops->produce(c->session, &c->out);
        }
        if (c->out.len == 0) {
            return;
        }
        mr_transport_write(t, &c->out);
    }
}

/* An answer has grown, in a handler's call. */
static void on_wake(void *owner)
{
    mr_http_connection *c = owner;
    if (!c->busy) {
        conn_flush(c);
        timer_need(c, 0); /* conn_settle(), from the loop */
    }
}

static void on_written(void *owner)
{
    mr_http_connection *c = owner;
    if (c->state != CONN_CLOSING) {
        conn_settle(c);
    }
}

/* ---- reading ---- */

static void conn_open(mr_http_connection *c, bool is_http2)
{
    const mr_http_limits *l = &c->host->limits;
    const mr_http_session_limits limits = {
        .message = {l->header_bytes_max, l->body_bytes_max, l->swallow_bytes_max},
        .streams_max = l->streams_max,
        .held_bytes_max = l->held_bytes_max,
        .unsent_bytes_max = l->unsent_bytes_max,
    };
    c->session = is_http2 ? mr_http2_new(&limits) : mr_http1_session_new(&limits);
    c->session->is_tls = c->transport.tls != NULL;
    c->session->wake = on_wake;
    c->session->owner = c;
    conn_enter(c, CONN_OPEN);
}

/* The first bytes of plaintext say what is spoken. False: more are needed to tell. */
static bool conn_greet(mr_http_connection *c, mr_bytes first)
{
    if (c->transport.tls != NULL && mr_tls_is_h2(c->transport.tls)) {
        conn_open(c, true);
        return true;
    }
    size_t len = mr_min_size(first.len, sizeof(preface) - 1);
    bool is_http2 = memcmp(first.at, preface, len) == 0;
    if (is_http2 && len < sizeof("PRI * HTTP/2.0") - 1) {
        return false;
    }
    conn_open(c, is_http2);
    return true;
}

/* Handlers get requests as long as answers do not pile up. */
static bool conn_hands_out(const mr_http_connection *c)
{
    return c->state == CONN_OPEN &&
           mr_http_session_unsent(c->session) < c->host->limits.unsent_bytes_max;
}

static void conn_hand_out(mr_http_connection *c)
{
    mr_http_request *r;
    while (conn_hands_out(c) && (r = c->session->ops->take(c->session)) != NULL) {
        r->taken = true;
        r->taken_ns = uv_hrtime();
        c->host->handler(c->host->context, r);
    }
}

static bool conn_takes(const mr_http_connection *c)
{
    return c->state == CONN_GREETING || (c->state == CONN_OPEN && !c->session->finished &&
                                         !c->session->ops->is_full(c->session));
}

/* Reads as much plaintext as the session takes now; returns how much that was. */
static size_t conn_feed(mr_http_connection *c, mr_bytes bytes)
{
    size_t used = 0;
    if (c->state == CONN_GREETING && bytes.len > 0 && !conn_greet(c, bytes)) {
        return 0;
    }
    while (used < bytes.len && c->state == CONN_OPEN && conn_takes(c)) {
        used += c->session->ops->feed(c->session, mr_bytes_make(bytes.at + used, bytes.len - used));
        conn_hand_out(c);
    }
    return used;
}

/* Plaintext has come: behind what is kept already, if anything is. */
static void conn_feed_or_keep(mr_http_connection *c, mr_bytes bytes)
{
    if (c->unread.len > 0) {
        mr_strbuf_append_bytes(&c->unread, bytes);
        bytes = mr_strbuf_bytes(&c->unread);
    }
    size_t used = conn_feed(c, bytes);
    mr_strbuf rest = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* what was read at once, at most */
    if (used < bytes.len && c->state <= CONN_OPEN) {
        MR_ASSERT(bytes.at != NULL);
        mr_strbuf_append(&rest, bytes.at + used, bytes.len - used);
    }
    mr_strbuf_deinit(&c->unread);
    c->unread = rest;
}

/* Reads on from what has come already, as far as the session takes it. */
static void conn_read_on(mr_http_connection *c)
{
    if (c->unread.len > 0 && c->state == CONN_OPEN && conn_takes(c)) {
        conn_feed_or_keep(c, mr_bytes_make(NULL, 0));
    }
    while (c->stalled && conn_takes(c)) {
        mr_bytes plain;
        c->ended = !mr_transport_decrypt(&c->transport, &plain);
        c->stalled = plain.len > 0;
        conn_feed_or_keep(c, plain);
    }
}

static void on_read(void *owner, mr_bytes bytes)
{
    mr_http_connection *c = owner;
    if (c->state > CONN_OPEN) {
        return; /* dropped */
    }
    if (c->state == CONN_GREETING && c->transport.tls == NULL && c->unread.len == 0 &&
        c->host->tls != NULL && bytes.at[0] == TLS_FIRST_BYTE) {
        mr_transport_use_tls(&c->transport, mr_tls_new(c->host->tls));
    }
    c->busy = true;
    if (c->transport.tls != NULL) {
        mr_tls_feed(c->transport.tls, bytes);
        c->stalled = true;
    } else {
        conn_feed_or_keep(c, bytes);
    }
    c->busy = false;
    conn_settle(c);
}

static void on_end(void *owner)
{
    conn_enter(owner, CONN_CLOSING);
}

/* ---- what follows from everything above ---- */

static void conn_call_roomy(mr_http_connection *c)
{
    mr_http_request *r;
    while (c->state != CONN_CLOSING && c->session != NULL &&
           (r = mr_http_session_take_roomy(c->session)) != NULL) {
        r->room(r->context);
    }
}

/* The state that what has happened leads to. */
static void conn_move(mr_http_connection *c)
{
    const mr_http_session *s = c->session;
    bool ended = c->ended && c->state <= CONN_OPEN;
    if (ended || c->transport.failed || (s != NULL && s->broken)) {
        conn_enter(c, CONN_CLOSING);
    }
    if (s == NULL) {
        return;
    }
    if (c->state == CONN_OPEN && s->finished) {
        conn_enter(c, CONN_LAST);
    }
    if (c->state == CONN_LAST && !c->transport.writing && c->out.len == 0 && s->ops->is_over(s)) {
        conn_enter(c, CONN_LINGERING);
    }
}

/* Something that could be done now has not been: room has come since. */
static bool conn_has_more(const mr_http_connection *c)
{
    const mr_http_session *s = c->session;
    if (c->state == CONN_CLOSING || s == NULL) {
        return false;
    }
    bool unread = conn_takes(c) && (c->unread.len > 0 || c->stalled);
    bool ready = c->state == CONN_OPEN && s->ready_count > 0 && conn_hands_out(c);
    return unread || ready || s->retired != NULL || mr_http_session_has_roomy(s);
}

/*
 * The one place where everything that has happened has its consequences, called from the loop
 * alone. Handlers that are called here cause more, so it goes round until nothing is left to do.
 */
static void conn_settle(mr_http_connection *c)
{
    if (c->state == CONN_CLOSING) {
        return;
    }
    c->busy = true;
    conn_read_on(c);
    if (c->session != NULL) {
        conn_hand_out(c);
    }
    conn_flush(c);
    conn_bury(c);
    conn_call_roomy(c);
    c->busy = false;
    conn_flush(c);
    conn_move(c);
    if (c->state != CONN_CLOSING &&
        !mr_transport_read(&c->transport, c->state > CONN_OPEN || conn_takes(c))) {
        conn_enter(c, CONN_CLOSING);
    }
    if (conn_has_more(c)) {
        timer_need(c, 0); /* once round the loop: other connections have their turn */
    }
    conn_watch(c);
}

/* ---- from the server ---- */

static mr_http_connection *conn_new(mr_http_host *host)
{
    mr_http_connection *c = mr_calloc(1, sizeof(*c));
    c->host = host;
    c->unread = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* what was read at once, at most */
    c->out = mr_strbuf_make(MR_STRBUF_UNLIMITED);    /* see MR_HTTP_PRODUCE_BYTES */
    c->transport.buffers = &host->buffers;
    c->transport.owner = c;
    c->transport.on_read = on_read;
    c->transport.on_end = on_end;
    c->transport.on_written = on_written;
    for (size_t i = 0; i < WATCH_COUNT; i++) {
        c->watches[i].due = NEVER;
    }
    c->timer_due = NEVER;
    c->handles_open = 2;
    c->next = host->connections;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    host->connections = c;
    host->open_count++;
    host->count++;
    return c;
}

/* It has said nothing yet, or waits between two requests. */
static bool conn_only_waits(const mr_http_connection *c)
{
    return (c->state == CONN_GREETING && c->unread.len == 0) ||
           (c->state == CONN_OPEN && c->watches[WATCH_READING].what == MR_HTTP_WAIT_REQUEST);
}

/* Makes room for another connection, at the cost of the one that has waited longest. */
static void evict_idle(const mr_http_host *host, const mr_http_connection *newest)
{
    mr_http_connection *idlest = NULL;
    uint64_t now = uv_now(host->loop), least = host->limits.idle_least_ms;
    uint64_t since = now > least ? now - least : 0;
    for (mr_http_connection *c = host->connections; c != NULL; c = c->next) {
        if (c != newest && conn_only_waits(c) && c->watches[WATCH_READING].since <= since) {
            idlest = c;
            since = c->watches[WATCH_READING].since;
        }
    }
    if (idlest != NULL) {
        conn_enter(idlest, CONN_CLOSING);
    }
}

void mr_http_connection_accept(mr_http_host *host, uv_stream_t *listener)
{
    mr_http_connection *c = conn_new(host);
    int status = mr_transport_init(&c->transport, host->loop);
    MR_ASSERT(status == 0);
    uv_timer_init(host->loop, &c->timer);
    c->timer.data = c;
    if (host->open_count > host->limits.connections_max) {
        evict_idle(host, c);
    }
    if (uv_accept(listener, (uv_stream_t *)&c->transport.tcp) != 0 ||
        host->open_count > host->limits.connections_max) {
        conn_enter(c, CONN_CLOSING);
        return;
    }
    uv_tcp_nodelay(&c->transport.tcp, 1);
    uv_tcp_keepalive(&c->transport.tcp, 1, KEEPALIVE_SECONDS);
    conn_settle(c);
}

mr_http_connection *mr_http_connection_next(const mr_http_connection *c)
{
    return c->next;
}

void mr_http_connection_close(mr_http_connection *c)
{
    conn_flush(c); /* what has been answered, as far as the socket takes it */
    conn_enter(c, CONN_CLOSING);
}

void mr_http_connection_drain(mr_http_connection *c)
{
    if (c->state == CONN_GREETING) {
        conn_enter(c, CONN_CLOSING); /* nothing has been asked */
    } else if (c->state == CONN_OPEN) {
        c->session->ops->drain(c->session);
        timer_need(c, 0);
    }
}
