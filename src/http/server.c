/*
 * server.c - see server.h: the listener, its connections, and the requests on them.
 *
 * A connection reads requests and hands them out as they come; answers may come in any order and
 * are written in the order of the requests.
 *
 *   OPEN --"Connection: close" or a bad request--> LAST     no more requests are read
 *   LAST --its last answer is written--> LINGERING          what the client still sends is dropped,
 *   LINGERING --end of the stream, or a second--> CLOSING   so that it can read the answer
 *   any state --end, error, time-out or stop--> CLOSING     freed when both handles have closed
 *
 * conn_enter() makes every one of these moves. A connection waits for one thing at a time
 * (conn_wait), and one timer watches that.
 */
#include "src/http/server.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/http/http1.h"

#include <stdio.h>

#define READ_SIZE        65536
#define BACKLOG          128
#define PIPELINE_MAX     16        /* requests read and not yet answered, on one connection */
#define LINGER_MS        1000      /* after the last answer */
#define PROGRESS_BYTES   65536     /* so much of a body within idle_ms is not slow */
#define ANSWER_BYTES_MAX (1 << 30) /* an answer is ours; the limit is for our own mistakes */

typedef struct conn conn;

struct mr_http_request {
    conn *conn;
    mr_http_request *next;
    mr_http1_message *message; /* NULL: an answer of the connection's own */
    void *context;
    void (*closed)(void *context);
    bool answered;
    bool last; /* the connection ends behind this answer */
    mr_strbuf answer;
    uv_write_t write;
};

typedef enum conn_state { CONN_OPEN, CONN_LAST, CONN_LINGERING, CONN_CLOSING } conn_state;

typedef enum conn_wait {
    WAIT_HANDLER, /* for our own side: no limit */
    WAIT_REQUEST, /* for the first byte of the next request */
    WAIT_HEADER,
    WAIT_BODY,
    WAIT_WRITE,
    WAIT_LINGER
} conn_wait;

struct conn {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_shutdown_t shutdown;
    int handles_open; /* the conn is freed when this reaches 0 */
    conn_state state;
    mr_http_server *server;
    conn *previous, *next;

    mr_http1 *http;
    mr_http_request *first, *last; /* read and not yet written, in order */
    size_t request_count;
    mr_strbuf unread; /* bytes that came while PIPELINE_MAX requests were waiting */
    bool feeding;     /* inside conn_feed() */
    bool reading;
    bool writing; /* `first` is being written */

    conn_wait wait;            /* what the timer watches, and since when */
    uint64_t turns, wait_turn; /* turns: requests read and answers written */
    size_t body_progress;
    size_t write_left;
};

struct mr_http_server {
    uv_tcp_t listener;
    bool stopping;
    bool listener_closed;
    mr_http_limits limits;
    mr_http_handler_fn handler;
    void *context;
    uint16_t port;
    conn *conns;
    size_t conn_count; /* those that are freed later included */
    char read_buffer[READ_SIZE];
};

static void conn_enter(conn *c, conn_state next);
static void conn_feed(conn *c, mr_bytes bytes);
static void conn_flush(conn *c);
static void conn_watch(conn *c);

/* ---- closing ---- */

static void request_free(mr_http_request *request)
{
    mr_http1_message_free(request->message);
    mr_strbuf_deinit(&request->answer);
    mr_free(request);
}

static void server_free_if_done(mr_http_server *server)
{
    if (server->listener_closed && server->conn_count == 0) {
        mr_free(server);
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    conn *c = handle->data;
    if (--c->handles_open > 0) {
        return;
    }
    mr_http_server *server = c->server;
    mr_http1_free(c->http);
    mr_strbuf_deinit(&c->unread);
    mr_free(c);
    server->conn_count--;
    server_free_if_done(server);
}

/* The one place where a connection's handles close and its requests end. */
static void enter_closing(conn *c)
{
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        c->server->conns = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    uv_close((uv_handle_t *)&c->tcp, on_handle_closed);
    uv_close((uv_handle_t *)&c->timer, on_handle_closed);

    mr_http_request *request = c->first;
    if (c->writing) {
        request = request->next; /* on_written() frees it, with UV_ECANCELED */
    }
    c->first = c->last = NULL;
    while (request != NULL) {
        mr_http_request *next = request->next;
        if (!request->answered && request->closed != NULL) {
            request->closed(request->context);
        }
        request_free(request);
        request = next;
    }
}

static void enter_lingering(conn *c)
{
    /* The client sees the end of the answer; on_read() drops what it still sends. An error here
     * only means that it has gone already. */
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, NULL) != 0) {
        conn_enter(c, CONN_CLOSING);
    }
}

/* The one place that changes c->state: put the breakpoint and the trace line here. */
static void conn_enter(conn *c, conn_state next)
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

static conn_wait conn_waits_for(const conn *c)
{
    if (c->state == CONN_LINGERING) {
        return WAIT_LINGER;
    }
    if (c->writing) {
        return WAIT_WRITE;
    }
    if (c->state == CONN_OPEN && mr_http1_in_body(c->http)) {
        return WAIT_BODY;
    }
    if (c->state == CONN_OPEN && mr_http1_in_message(c->http)) {
        return WAIT_HEADER;
    }
    return c->request_count == 0 ? WAIT_REQUEST : WAIT_HANDLER;
}

static void on_timer(uv_timer_t *timer)
{
    conn *c = timer->data;
    size_t left = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    if (c->wait == WAIT_WRITE && left < c->write_left) {
        c->write_left = left; /* slow, but it reads */
        uv_timer_again(timer);
        return;
    }
    conn_enter(c, CONN_CLOSING);
}

/* Sets the timer to what the connection waits for now. One that waits for the same thing as
 * before keeps its time: a byte a minute is no sign of life. */
static void conn_watch(conn *c)
{
    if (c->state == CONN_CLOSING) {
        return;
    }
    conn_wait wait = conn_waits_for(c);
    bool same = wait == c->wait && c->turns == c->wait_turn;
    if (same && !(wait == WAIT_BODY && c->body_progress >= PROGRESS_BYTES)) {
        return;
    }
    c->wait = wait;
    c->wait_turn = c->turns;
    c->body_progress = 0;
    c->write_left = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    if (wait == WAIT_HANDLER) {
        uv_timer_stop(&c->timer);
    } else {
        uint64_t ms = wait == WAIT_LINGER ? LINGER_MS : c->server->limits.idle_ms;
        uv_timer_start(&c->timer, on_timer, ms, ms);
    }
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    conn *c = handle->data;
    (void)suggested;
    /* One buffer for all: what is read is used before the next read. */
    *buf = uv_buf_init(c->server->read_buffer, READ_SIZE);
}

static void on_read(uv_stream_t *tcp, ssize_t nread, const uv_buf_t *buf)
{
    conn *c = tcp->data;
    if (nread < 0) { /* includes the end of the stream, UV_EOF */
        conn_enter(c, CONN_CLOSING);
        return;
    }
    if (nread == 0 || c->state != CONN_OPEN) {
        return;
    }
    conn_feed(c, mr_bytes_make(buf->base, (size_t)nread));
    conn_watch(c);
}

static void conn_read(conn *c, bool on)
{
    if (c->reading == on || c->state == CONN_CLOSING) {
        return;
    }
    c->reading = on;
    if (!on) {
        uv_read_stop((uv_stream_t *)&c->tcp);
    } else if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) {
        conn_enter(c, CONN_CLOSING);
    }
}

static mr_http_request *request_new(conn *c, mr_http1_message *message)
{
    mr_http_request *request = mr_calloc(1, sizeof(*request));
    request->conn = c;
    request->message = message;
    request->answer = mr_strbuf_make(ANSWER_BYTES_MAX);
    request->write.data = request;
    if (c->last == NULL) {
        c->first = request;
    } else {
        c->last->next = request;
    }
    c->last = request;
    c->request_count++;
    return request;
}

/* Queues an answer of the connection's own, in its turn. */
static void conn_say(conn *c, const char *text, bool last)
{
    mr_http_request *request = request_new(c, NULL);
    mr_strbuf_append_text(&request->answer, text);
    request->answered = true;
    request->last = last;
    conn_flush(c);
}

static void conn_refuse(conn *c)
{
    static const char *const reasons[] = {"Bad Request", "Content Too Large",
                                          "Request Header Fields Too Large"};
    int status = mr_http1_status(c->http);
    const char *reason = reasons[status == 413 ? 1 : status == 431 ? 2 : 0];
    const char *why = mr_http1_why(c->http);
    char *text = mr_format("HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                           "Connection: close\r\n\r\n%s\n",
                           status, reason, strlen(why) + 1, why);
    conn_enter(c, CONN_LAST);
    conn_say(c, text, true);
    mr_free(text);
}

static void conn_hand_out(conn *c)
{
    mr_http_request *request = request_new(c, mr_http1_take(c->http));
    c->turns++;
    if (!mr_http1_keep_alive(request->message)) {
        request->last = true;
        conn_enter(c, CONN_LAST);
    }
    c->server->handler(c->server->context, request);
}

/* Reads as many requests out of bytes as may wait at once; the rest is kept for later. */
static void conn_feed(conn *c, mr_bytes bytes)
{
    c->feeding = true;
    while (bytes.len > 0 && c->state == CONN_OPEN) {
        if (c->request_count >= PIPELINE_MAX) {
            mr_strbuf_append_bytes(&c->unread, bytes);
            conn_read(c, false);
            break;
        }
        size_t used;
        mr_http1_event event = mr_http1_feed(c->http, bytes, &used);
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        if (mr_http1_in_body(c->http)) {
            c->body_progress += used;
        }
        if (event == MR_HTTP1_REQUEST) {
            conn_hand_out(c);
        } else if (event == MR_HTTP1_CONTINUE) {
            conn_say(c, "HTTP/1.1 100 Continue\r\n\r\n", false);
        } else if (event == MR_HTTP1_BAD) {
            conn_refuse(c);
        }
    }
    c->feeding = false;
}

/* Goes on reading when requests that waited have been answered. */
static void conn_resume(conn *c)
{
    if (c->feeding || c->state != CONN_OPEN || c->request_count >= PIPELINE_MAX) {
        return;
    }
    mr_strbuf kept = c->unread;
    c->unread = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    conn_feed(c, mr_strbuf_bytes(&kept));
    mr_strbuf_deinit(&kept);
    if (c->unread.len == 0) {
        conn_read(c, true);
    }
}

/* ---- writing ---- */

static void on_written(uv_write_t *write, int status)
{
    mr_http_request *request = write->data;
    conn *c = request->conn;
    bool last = request->last;

    c->writing = false;
    if (c->state == CONN_CLOSING) { /* its queue is gone; only this was left */
        request_free(request);
        return;
    }
    MR_ASSERT(c->first == request);
    c->first = request->next;
    if (c->first == NULL) {
        c->last = NULL;
    }
    c->request_count--;
    c->turns++;
    request_free(request);

    if (status != 0) {
        conn_enter(c, CONN_CLOSING);
    } else if (last) {
        conn_enter(c, CONN_LINGERING);
    } else {
        conn_flush(c);
        conn_resume(c);
    }
    conn_watch(c);
}

/* Writes the oldest answer if it is there and none is being written. */
static void conn_flush(conn *c)
{
    mr_http_request *request = c->first;
    if (c->writing || request == NULL || !request->answered || c->state == CONN_CLOSING) {
        return;
    }
    uv_buf_t buf = uv_buf_init(request->answer.at, (unsigned)request->answer.len);
    c->writing = true;
    int status = uv_write(&request->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written);
    if (status != 0) {
        c->writing = false;
        conn_enter(c, CONN_CLOSING);
    }
}

/* ---- accepting ---- */

static void on_connection(uv_stream_t *listener, int status)
{
    mr_http_server *server = listener->data;
    if (status != 0) {
        return; /* out of descriptors: libuv drops the client, others go on */
    }
    const mr_http1_limits limits = {server->limits.header_bytes_max, server->limits.body_bytes_max,
                                    server->limits.swallow_bytes_max};
    conn *c = mr_calloc(1, sizeof(*c));
    c->server = server;
    c->http = mr_http1_new(&limits);
    c->unread = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    c->handles_open = 2;
    uv_tcp_init(listener->loop, &c->tcp);
    uv_timer_init(listener->loop, &c->timer);
    c->tcp.data = c;
    c->timer.data = c;
    c->wait = WAIT_HANDLER; /* so that the first conn_watch() sets the timer */

    c->next = server->conns;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    server->conns = c;
    server->conn_count++;

    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 ||
        server->conn_count > server->limits.connections_max) {
        conn_enter(c, CONN_CLOSING);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    conn_read(c, true);
    conn_watch(c);
}

static mr_code listen_error(mr_error *err, int status, const char *host, uint16_t port)
{
    mr_code code = status == UV_EACCES || status == UV_EPERM ? MR_PERMISSION : MR_IO;
    mr_code set =
        mr_error_set(err, code, "listening on %s port %u: %s", host, port, uv_strerror(status));
    if (err != NULL) {
        err->os_error = status;
    }
    return set;
}

static void on_listener_closed(uv_handle_t *handle)
{
    mr_http_server *server = handle->data;
    server->listener_closed = true;
    server_free_if_done(server);
}

static int server_bind(mr_http_server *server, const char *host, uint16_t port)
{
    struct sockaddr_storage address;
    int status = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (status != 0) {
        status = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
    }
    if (status == 0) {
        status = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    }
    if (status == 0) {
        status = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    }
    int len = sizeof(address);
    if (status == 0) {
        status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &len);
    }
    /* The port stands at the same place in both kinds of address. */
    server->port = ntohs(((const struct sockaddr_in *)&address)->sin_port);
    return status;
}

mr_code mr_http_server_start(const mr_http_options *options, mr_http_server **out, mr_error *err)
{
    const char *host = options->host == NULL ? "127.0.0.1" : options->host;
    mr_http_server *server = mr_calloc(1, sizeof(*server));
    const mr_http_limits *given = &options->limits;
    server->limits = (mr_http_limits){
        .header_bytes_max = given->header_bytes_max == 0 ? 64 * MR_KIB : given->header_bytes_max,
        .body_bytes_max = given->body_bytes_max == 0 ? 16 * MR_MIB : given->body_bytes_max,
        .swallow_bytes_max = given->swallow_bytes_max,
        .connections_max = given->connections_max == 0 ? 1024 : given->connections_max,
        .idle_ms = given->idle_ms == 0 ? 60000 : given->idle_ms,
    };
    server->handler = options->handler;
    server->context = options->context;
    uv_tcp_init(options->loop, &server->listener);
    server->listener.data = server;

    int status = server_bind(server, host, options->port);
    if (status != 0) {
        uv_close((uv_handle_t *)&server->listener, on_listener_closed);
        return listen_error(err, status, host, options->port);
    }
    *out = server;
    return MR_OK;
}

uint16_t mr_http_server_port(const mr_http_server *server)
{
    return server->port;
}

size_t mr_http_server_connections(const mr_http_server *server)
{
    size_t count = 0;
    for (const conn *c = server->conns; c != NULL; c = c->next) {
        count++;
    }
    return count;
}

void mr_http_server_stop(mr_http_server *server)
{
    MR_ASSERT(!server->stopping);
    server->stopping = true;
    while (server->conns != NULL) {
        conn_enter(server->conns, CONN_CLOSING);
    }
    uv_close((uv_handle_t *)&server->listener, on_listener_closed);
}

/* ---- requests ---- */

mr_bytes mr_http_method(const mr_http_request *request)
{
    return mr_http1_method(request->message);
}

mr_bytes mr_http_path(const mr_http_request *request)
{
    return mr_http1_path(request->message);
}

mr_bytes mr_http_query(const mr_http_request *request)
{
    return mr_http1_query(request->message);
}

mr_bytes mr_http_header(const mr_http_request *request, const char *name)
{
    return mr_http1_header(request->message, name);
}

mr_bytes mr_http_body(const mr_http_request *request)
{
    return mr_http1_body(request->message);
}

bool mr_http_body_dropped(const mr_http_request *request)
{
    return mr_http1_body_dropped(request->message);
}

void mr_http_set_context(mr_http_request *request, void *context, void (*closed)(void *context))
{
    request->context = context;
    request->closed = closed;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < MR_COUNT(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

/* A header's text with anything that could end its line made a blank. */
static void append_header_text(mr_strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\r' || *text == '\n') {
            mr_strbuf_append_char(out, ' ');
        } else {
            mr_strbuf_append_char(out, *text);
        }
    }
}

void mr_http_answer(mr_http_request *request, int status, const mr_http_header_field *headers,
                    size_t header_count, mr_bytes body)
{
    MR_ASSERT(!request->answered);
    MR_ASSERT(request->message != NULL);

    conn *c = request->conn;
    mr_strbuf *out = &request->answer;
    mr_strbuf_appendf(out, "HTTP/1.1 %d %s\r\n", status, reason_of(status));
    for (size_t i = 0; i < header_count; i++) {
        append_header_text(out, headers[i].name);
        mr_strbuf_append_text(out, ": ");
        append_header_text(out, headers[i].value);
        mr_strbuf_append_text(out, "\r\n");
    }
    if (status != 204 && status != 304) {
        mr_strbuf_appendf(out, "Content-Length: %zu\r\n", body.len);
    }
    if (request->last) {
        mr_strbuf_append_text(out, "Connection: close\r\n");
    } else if (mr_http1_minor(request->message) == 0) {
        mr_strbuf_append_text(out, "Connection: keep-alive\r\n");
    }
    mr_strbuf_append_text(out, "\r\n");
    if (!mr_bytes_is(mr_http1_method(request->message), "HEAD") && status != 204 && status != 304) {
        mr_strbuf_append_bytes(out, body);
    }
    MR_ASSERT(!out->overflowed);
    request->answered = true;
    request->closed = NULL;
    conn_flush(c);
    conn_watch(c);
}
