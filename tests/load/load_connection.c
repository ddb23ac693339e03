/*
 * load_connection.c - see load_connection.h.
 *
 *   CONNECTING --connected--> OPEN --load_connection_close()--> CLOSED, freed when its handle and
 *                                                               its writes are over
 */
#include "tests/load/load_connection.h"

#include "sim/base/alloc.h"

#include <arpa/inet.h>
#include <http_parser.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>

#define READ_BYTES 65536
#define WINDOW     (4 << 20) /* of HTTP/2: an answer is never held back by it */
#define CREDENTIAL "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/kinesis/aws4_request, "
#define SIGNED     "SignedHeaders=host, Signature=0" /* looked at with --auth alone */
#define JSON_TYPE  "application/x-amz-json-1.1"
#define AMZ_DATE   "20250101T000000Z"
#define ANY_LENGTHS                                                                                \
    MR_STRBUF_UNLIMITED /* the answers of a server under test, all of them wanted                  \
                         */

typedef enum connection_state { CONNECTING, OPEN, CLOSED } connection_state;

/* One request under way, and its answer. */
typedef struct exchange {
    load_connection *connection;
    struct exchange *previous, *next;
    size_t tag;
    int status;
    mr_strbuf request, answer;
    size_t sent; /* of the request's body: HTTP/2 */
} exchange;

struct load_connection {
    uv_tcp_t tcp;
    uv_connect_t connecting;
    connection_state state;
    size_t writes; /* under way */
    bool handle_closed;
    const load_connection_events *events;
    void *context;
    mr_strbuf out; /* until it is connected, and between two writes */
    char read[READ_BYTES];

    http_parser parser;  /* HTTP/1.1 */
    exchange *exchanges; /* under way; HTTP/1.1: no more than one */
    bool feeding;        /* what is asked meanwhile is written behind it */
    nghttp2_session *ng; /* HTTP/2; NULL: HTTP/1.1 */
};

typedef struct write_request {
    uv_write_t request;
    mr_strbuf bytes;
} write_request;

/* ---- the end ---- */

static void exchange_unlink(exchange *x)
{
    if (x->previous == NULL) {
        x->connection->exchanges = x->next;
    } else {
        x->previous->next = x->next;
    }
    if (x->next != NULL) {
        x->next->previous = x->previous;
    }
}

static void exchange_free(exchange *x)
{
    mr_strbuf_deinit(&x->request);
    mr_strbuf_deinit(&x->answer);
    mr_free(x);
}

static void free_when_over(load_connection *c)
{
    if (!c->handle_closed || c->writes > 0) {
        return;
    }
    nghttp2_session_del(c->ng); /* tells of no stream */
    exchange *next;
    for (exchange *x = c->exchanges; x != NULL; x = next) {
        next = x->next;
        exchange_free(x);
    }
    mr_strbuf_deinit(&c->out);
    mr_free(c);
}

static void on_closed(uv_handle_t *handle)
{
    load_connection *c = handle->data;
    c->handle_closed = true;
    free_when_over(c);
}

void load_connection_close(load_connection *c, bool reset)
{
    MR_ASSERT(c->state != CLOSED);
    bool connected = c->state == OPEN;
    c->state = CLOSED;
    if (!(reset && connected) || uv_tcp_close_reset(&c->tcp, on_closed) != 0) {
        uv_close((uv_handle_t *)&c->tcp, on_closed);
    }
}

static void tell_broken(load_connection *c, const char *why)
{
    if (c->state != CLOSED) {
        c->events->broken(c->context, why);
    }
}

/* ---- writing ---- */

static void on_written(uv_write_t *request, int status)
{
    write_request *w = (write_request *)request;
    load_connection *c = request->data;
    c->writes--;
    if (status != 0) {
        tell_broken(c, uv_strerror(status));
    }
    mr_strbuf_deinit(&w->bytes);
    mr_free(w);
    if (c->state == CLOSED) {
        free_when_over(c);
    }
}

static void flush(load_connection *c)
{
    const uint8_t *at;
    ssize_t len;
    if (c->state != OPEN || c->feeding) {
        return;
    }
    while (c->ng != NULL && (len = nghttp2_session_mem_send(c->ng, &at)) > 0) {
        mr_strbuf_append(&c->out, at, (size_t)len);
    }
    if (c->out.len == 0) {
        return;
    }
    write_request *w = mr_calloc(1, sizeof(*w));
    w->bytes = c->out;
    c->out = mr_strbuf_make(ANY_LENGTHS);
    w->request.data = c;
    c->writes++;
    uv_buf_t buf = uv_buf_init(w->bytes.at, (unsigned)w->bytes.len);
    int status = uv_write(&w->request, (uv_stream_t *)&c->tcp, &buf, 1, on_written);
    MR_ASSERT(status == 0);
}

/* ---- answers ---- */

static void answered(exchange *x)
{
    load_connection *c = x->connection;
    exchange_unlink(x);
    if (c->state != CLOSED) {
        c->events->answered(c->context, x->tag, x->status, mr_strbuf_bytes(&x->answer));
    }
    exchange_free(x);
}

static int on_http1_body(http_parser *parser, const char *at, size_t len)
{
    load_connection *c = parser->data;
    if (c->exchanges == NULL) {
        return -1; /* an answer that nobody asked for */
    }
    mr_strbuf_append(&c->exchanges->answer, at, len);
    return 0;
}

static int on_http1_whole(http_parser *parser)
{
    load_connection *c = parser->data;
    exchange *x = c->exchanges;
    if (x == NULL) {
        return -1;
    }
    x->status = (int)parser->status_code;
    answered(x); /* which may ask again, or close */
    return 0;
}

static const http_parser_settings http1_settings = {.on_body = on_http1_body,
                                                    .on_message_complete = on_http1_whole};

static int on_http2_header(nghttp2_session *ng, const nghttp2_frame *frame, const uint8_t *name,
                           size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                           void *context)
{
    exchange *x = nghttp2_session_get_stream_user_data(ng, frame->hd.stream_id);
    uint64_t status = 0;
    (void)flags;
    (void)context;
    if (x != NULL && mr_bytes_is(mr_bytes_make(name, name_len), ":status") &&
        mr_bytes_to_uint64(mr_bytes_make(value, value_len), &status)) {
        x->status = (int)status;
    }
    return 0;
}

static int on_http2_data(nghttp2_session *ng, uint8_t flags, int32_t id, const uint8_t *data,
                         size_t len, void *context)
{
    exchange *x = nghttp2_session_get_stream_user_data(ng, id);
    (void)flags;
    (void)context;
    mr_strbuf_append(&x->answer, data, len);
    return 0;
}

static int on_http2_close(nghttp2_session *ng, int32_t id, uint32_t error, void *context)
{
    load_connection *c = context;
    exchange *x = nghttp2_session_get_stream_user_data(ng, id);
    if (error != NGHTTP2_NO_ERROR) {
        tell_broken(c, nghttp2_http2_strerror(error));
    }
    answered(x);
    return 0;
}

static ssize_t on_http2_body(nghttp2_session *ng, int32_t id, uint8_t *buf, size_t length,
                             uint32_t *flags, nghttp2_data_source *source, void *context)
{
    exchange *x = source->ptr;
    size_t n = mr_min_size(length, x->request.len - x->sent);
    (void)ng;
    (void)id;
    (void)context;
    memcpy(buf, x->request.at + x->sent, n);
    x->sent += n;
    if (x->sent == x->request.len) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)n;
}

static void start_http2(load_connection *c)
{
    static const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_http2_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_http2_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_http2_close);
    nghttp2_session_client_new(&c->ng, callbacks, c);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(c->ng, NGHTTP2_FLAG_NONE, &window, 1);
    nghttp2_session_set_local_window_size(c->ng, NGHTTP2_FLAG_NONE, 0, WINDOW);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    load_connection *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->read, sizeof(c->read));
}

static const char *feed(load_connection *c, const char *at, size_t len)
{
    if (c->ng != NULL) {
        ssize_t used = nghttp2_session_mem_recv(c->ng, (const uint8_t *)at, len);
        return used < 0 ? nghttp2_strerror((int)used) : NULL;
    }
    size_t used = http_parser_execute(&c->parser, &http1_settings, at, len);
    return used == len ? NULL : http_errno_description(HTTP_PARSER_ERRNO(&c->parser));
}

static void on_read(uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
    load_connection *c = stream->data;
    c->feeding = true;
    const char *why = nread < 0   ? uv_strerror((int)nread)
                      : nread > 0 ? feed(c, buf->base, (size_t)nread)
                                  : NULL;
    c->feeding = false;
    if (why != NULL) {
        tell_broken(c, why);
    }
    flush(c);
}

/* ---- making, and asking ---- */

static void on_connected(uv_connect_t *request, int status)
{
    load_connection *c = request->data;
    if (c->state == CLOSED) {
        return;
    }
    if (status != 0) {
        tell_broken(c, uv_strerror(status));
        return;
    }
    c->state = OPEN;
    uv_tcp_nodelay(&c->tcp, 1);
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
    flush(c);
}

load_connection *load_connection_open(uv_loop_t *loop, uint16_t port, bool is_http2,
                                      const load_connection_events *events, void *context)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    load_connection *c = mr_calloc(1, sizeof(*c));
    c->events = events;
    c->context = context;
    c->out = mr_strbuf_make(ANY_LENGTHS);
    uv_tcp_init(loop, &c->tcp);
    c->tcp.data = c;
    c->connecting.data = c;
    http_parser_init(&c->parser, HTTP_RESPONSE);
    c->parser.data = c;
    if (is_http2) {
        start_http2(c);
    }
    int status =
        uv_tcp_connect(&c->connecting, &c->tcp, (const struct sockaddr *)&address, on_connected);
    MR_ASSERT(status == 0);
    return c;
}

static void ask_http1(load_connection *c, const char *operation, mr_bytes body)
{
    mr_strbuf_appendf(&c->out,
                      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: " JSON_TYPE
                      "\r\nX-Amz-Target: Kinesis_20131202.%s\r\nAuthorization: " CREDENTIAL SIGNED
                      "\r\nX-Amz-Date: " AMZ_DATE "\r\nContent-Length: %zu\r\n\r\n",
                      operation, body.len);
    mr_strbuf_append_bytes(&c->out, body);
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void ask_http2(load_connection *c, exchange *x, const char *operation, mr_bytes body)
{
    char target[64];
    (void)snprintf(target, sizeof(target), "Kinesis_20131202.%s", operation);
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),         pair(":scheme", "http"),
        pair(":authority", "localhost"), pair(":path", "/"),
        pair("content-type", JSON_TYPE), pair("x-amz-target", target),
        pair("x-amz-date", AMZ_DATE),    pair("authorization", CREDENTIAL SIGNED),
    };
    const nghttp2_data_provider provider = {.source.ptr = x, .read_callback = on_http2_body};
    mr_strbuf_append_bytes(&x->request, body);
    int32_t id = nghttp2_submit_request(c->ng, NULL, headers, MR_COUNT(headers), &provider, x);
    MR_ASSERT(id > 0);
}

void load_connection_ask(load_connection *c, const char *operation, mr_bytes body, size_t tag)
{
    MR_ASSERT(c->state != CLOSED);
    exchange *x = mr_calloc(1, sizeof(*x));
    *x = (exchange){.connection = c,
                    .tag = tag,
                    .request = mr_strbuf_make(ANY_LENGTHS),
                    .answer = mr_strbuf_make(ANY_LENGTHS),
                    .next = c->exchanges};
    MR_ASSERT(c->ng != NULL || c->exchanges == NULL); /* HTTP/1.1: one at a time */
    if (c->exchanges != NULL) {
        c->exchanges->previous = x;
    }
    c->exchanges = x;
    if (c->ng == NULL) {
        ask_http1(c, operation, body);
    } else {
        ask_http2(c, x, operation, body);
    }
    flush(c);
}
