/*
 * server.h - the one listener that all AWS endpoints share: requests in, answers out, now or later.
 *
 * One port speaks HTTP/1.1 and HTTP/2 (with prior knowledge: its first bytes say so), both in the
 * clear and, when `tls` is given, over TLS, where ALPN chooses. Handlers see one kind of request
 * (request.h). Bounded everywhere: sizes, connections, requests under way, bytes that wait in
 * either direction, and the time that a client may take; a client past a bound gets a status, or
 * the end of its stream or connection.
 *
 * A client that ends its sending side has gone, whatever it still waits for: its requests are
 * closed.
 */
#ifndef MR_SRC_HTTP_SERVER_H
#define MR_SRC_HTTP_SERVER_H

#include "sim/base/error.h"
#include "src/http/request.h"
#include "src/http/tls.h"

#include <uv.h>

typedef struct mr_http_server mr_http_server;

typedef struct mr_http_limits {
    size_t header_bytes_max;  /* of one request; 0: 64 KiB */
    size_t body_bytes_max;    /* 0: 16 MiB */
    size_t swallow_bytes_max; /* of a longer body so much is read and dropped, and the handler is
                               * called (mr_http_body_dropped); 0: it is answered with 413 */
    size_t connections_max;   /* 0: 1024; see idle_least_ms */
    size_t streams_max;       /* requests under way on one HTTP/2 connection; 0: 128 */
    /* On one connection: bodies in memory, and bytes of answers that wait for the client. Past the
     * first, bodies come in one after the other; past the second, no request is handed out. */
    size_t held_bytes_max;   /* 0: 64 MiB */
    size_t unsent_bytes_max; /* 0: 16 MiB */
    uint64_t idle_ms;        /* between requests, and for a client to read on; 0: 60 s */
    uint64_t header_ms;      /* for the headers of a request, and for TLS; 0: as idle_ms */
    uint64_t body_ms;        /* for each 64 KiB of a body; 0: as idle_ms */
    /* For a client past connections_max the one gives way that has asked nothing for longest, if
     * it has for so long; otherwise the new client is turned away. 0: 1 s */
    uint64_t idle_least_ms;
} mr_http_limits;

/* Called with a whole request. Answer it now or later, exactly once, unless closed is called. */
typedef void (*mr_http_handler_fn)(void *context, mr_http_request *request);

/* One request that is over: answered by its handler, refused by the listener, or broken off by
 * either side, whole or not. Views are borrowed for the call, and empty when it broke off before
 * they came. */
typedef struct mr_http_access {
    const mr_http_request *request; /* for its headers; it is over: nothing may be answered */
    mr_bytes method, path;
    const char *protocol; /* "HTTP/1.1", "HTTP/2.0" */
    int status;           /* 0: broken off without one */
    bool broken_off;      /* the end of its answer was not sent */
    uint64_t bytes_in;    /* of the body */
    uint64_t bytes_out;   /* of the body; some may not have left when it was broken off */
    uint64_t duration_us; /* from the handler's call until the end; 0: it never got there */
} mr_http_access;

typedef void (*mr_http_access_fn)(void *context, const mr_http_access *access);

typedef struct mr_http_options {
    uv_loop_t *loop;
    const char *host;       /* NULL: 127.0.0.1 */
    uint16_t port;          /* 0: any */
    const mr_http_tls *tls; /* borrowed for the start; NULL: in the clear alone */
    mr_http_limits limits;
    mr_http_handler_fn handler;
    mr_http_access_fn access; /* once for each request; NULL: nobody asks */
    void *context;            /* for both */
} mr_http_options;

/* Errors: MR_IO, MR_PERMISSION (port), naming host and port; those of mr_tls_context_new(). */
MR_NODISCARD mr_code mr_http_server_start(const mr_http_options *options, mr_http_server **out,
                                          mr_error *err);
uint16_t mr_http_server_port(const mr_http_server *server);
size_t mr_http_server_connections(const mr_http_server *server); /* now open */
/* What a client has to trust, as PEM; none without TLS. Borrowed for the server's life. */
mr_bytes mr_http_server_certificate(const mr_http_server *server);
/*
 * Begins nothing new: no connection, and no request on those that are there ("Connection: close",
 * GOAWAY). Requests that have begun are read and answered. The server stays until it is stopped.
 *
 * done: called once from the loop when the last connection has gone, unless the server has been
 *       stopped before; it may stop the server.
 */
void mr_http_server_drain(mr_http_server *server, void (*done)(void *context), void *context);
/* Closes the listener and every connection; frees itself once the loop has closed the handles. */
void mr_http_server_stop(mr_http_server *server);

#endif
