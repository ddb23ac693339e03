/*
 * connection.h - one client's connection: a transport below, a session above, time-outs around.
 *
 * server.c accepts, stops and drains; everything in between happens here. A connection belongs to
 * a host, which lends it what all connections of a listener share.
 */
#ifndef MR_SRC_HTTP_CONNECTION_H
#define MR_SRC_HTTP_CONNECTION_H

#include "src/http/server.h"
#include "src/http/tls.h"
#include "src/http/transport.h"

typedef struct mr_http_connection mr_http_connection;

typedef struct mr_http_host {
    uv_loop_t *loop;
    mr_http_limits limits; /* every one is set */
    mr_http_handler_fn handler;
    mr_http_access_fn access; /* NULL: nobody asks */
    void *context;            /* for both */
    mr_tls_context *tls;      /* NULL: no TLS */
    mr_transport_buffers buffers;
    mr_http_connection *connections; /* open, in no order */
    size_t open_count;
    size_t count;                               /* those whose handles are still closing included */
    void (*on_gone)(struct mr_http_host *host); /* count has fallen */
} mr_http_host;

/* Takes the next client from the listener. For one too many, one that only waits gives way, or it
 * is turned away itself. */
void mr_http_connection_accept(mr_http_host *host, uv_stream_t *listener);
mr_http_connection *mr_http_connection_next(const mr_http_connection *connection); /* NULL: last */
/* Ends at once, after what the socket takes. Its requests are closed; memory goes with the loop. */
void mr_http_connection_close(mr_http_connection *connection);
/* Begins no request any more, and ends when those under way have been answered. */
void mr_http_connection_drain(mr_http_connection *connection);

#endif
