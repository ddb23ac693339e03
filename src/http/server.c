/*
 * server.c - see server.h: the listener. Its connections are in connection.c.
 *
 *   LISTENING --drain--> DRAINING --the last connection has gone--> done is called
 *   LISTENING or DRAINING --stop--> STOPPING --every handle has closed--> freed
 */
#include "src/http/server.h"

#include "sim/base/alloc.h"
#include "src/http/connection.h"

#define BACKLOG 128

typedef enum server_state { SERVER_LISTENING, SERVER_DRAINING, SERVER_STOPPING } server_state;

struct mr_http_server {
    mr_http_host host; /* first: connections know it, and on_gone() finds the server */
    server_state state;
    uv_tcp_t listener;
    bool listener_closed;
    uint16_t port;
    void (*drained)(void *context); /* NULL: called, or nobody waits */
    void *drained_context;
};

/* ---- the end ---- */

/* The last handle of a server that begins nothing any more may have closed. */
static void server_look(mr_http_server *server)
{
    if (!server->listener_closed || server->host.count > 0) {
        return;
    }
    if (server->state == SERVER_STOPPING) {
        mr_tls_context_free(server->host.tls);
        mr_free(server);
    } else if (server->drained != NULL) {
        void (*drained)(void *context) = server->drained;
        server->drained = NULL;
        drained(server->drained_context);
    }
}

static void on_gone(mr_http_host *host)
{
    server_look((mr_http_server *)host);
}

static void on_listener_closed(uv_handle_t *handle)
{
    mr_http_server *server = handle->data;
    server->listener_closed = true;
    server_look(server);
}

/* ---- the beginning ---- */

static void on_connection(uv_stream_t *listener, int status)
{
    mr_http_server *server = listener->data;
    if (status != 0) {
        return; /* out of descriptors: libuv drops the client, others go on */
    }
    mr_http_connection_accept(&server->host, listener);
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

static size_t size_or(size_t given, size_t otherwise)
{
    return given == 0 ? otherwise : given;
}

static mr_http_limits limits_of(const mr_http_limits *given)
{
    uint64_t idle_ms = given->idle_ms == 0 ? 60000 : given->idle_ms;
    return (mr_http_limits){
        .header_bytes_max = size_or(given->header_bytes_max, 64 * MR_KIB),
        .body_bytes_max = size_or(given->body_bytes_max, 16 * MR_MIB),
        .swallow_bytes_max = given->swallow_bytes_max,
        .connections_max = size_or(given->connections_max, 1024),
        .streams_max = size_or(given->streams_max, 128),
        .held_bytes_max = size_or(given->held_bytes_max, 64 * MR_MIB),
        .unsent_bytes_max = size_or(given->unsent_bytes_max, 16 * MR_MIB),
        .idle_ms = idle_ms,
        .header_ms = given->header_ms == 0 ? idle_ms : given->header_ms,
        .body_ms = given->body_ms == 0 ? idle_ms : given->body_ms,
        .idle_least_ms = given->idle_least_ms == 0 ? 1000 : given->idle_least_ms,
    };
}

mr_code mr_http_server_start(const mr_http_options *options, mr_http_server **out, mr_error *err)
{
    const char *host = options->host == NULL ? "127.0.0.1" : options->host;
    mr_tls_context *tls = NULL;
    if (options->tls != NULL) {
        mr_code code = mr_tls_context_new(options->tls, &tls, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_http_server *server = mr_calloc(1, sizeof(*server));
    server->host.loop = options->loop;
    server->host.limits = limits_of(&options->limits);
    server->host.handler = options->handler;
    server->host.access = options->access;
    server->host.context = options->context;
    server->host.tls = tls;
    server->host.on_gone = on_gone;
    uv_tcp_init(options->loop, &server->listener);
    server->listener.data = server;

    int status = server_bind(server, host, options->port);
    if (status != 0) {
        mr_http_server_stop(server);
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
    return server->host.open_count;
}

mr_bytes mr_http_server_certificate(const mr_http_server *server)
{
    return server->host.tls == NULL ? mr_bytes_make(NULL, 0)
                                    : mr_tls_context_certificate(server->host.tls);
}

/* ---- from outside ---- */

void mr_http_server_drain(mr_http_server *server, void (*done)(void *context), void *context)
{
    MR_ASSERT(server->state == SERVER_LISTENING);
    server->state = SERVER_DRAINING;
    server->drained = done;
    server->drained_context = context;
    uv_close((uv_handle_t *)&server->listener, on_listener_closed);
    mr_http_connection *next;
    for (mr_http_connection *c = server->host.connections; c != NULL; c = next) {
        next = mr_http_connection_next(c);
        mr_http_connection_drain(c);
    }
}

void mr_http_server_stop(mr_http_server *server)
{
    MR_ASSERT(server->state != SERVER_STOPPING);
    server_state before = server->state;
    server->state = SERVER_STOPPING;
    while (server->host.connections != NULL) {
        mr_http_connection_close(server->host.connections);
    }
    if (before == SERVER_LISTENING) {
        uv_close((uv_handle_t *)&server->listener, on_listener_closed);
    } else if (server->listener_closed && server->host.count == 0) {
        server_look(server); /* drained: nothing is left to close */
    }
}
