/*
 * server.h - the one listener: HTTP/1.1 on loopback, requests in, answers out, now or later.
 *
 * The first piece of the listener that every AWS endpoint shares. Bounded everywhere: header and
 * body sizes, connections, pipelined requests, idle time. Parsers know no socket (http1.h), and
 * handlers know no connection: they get a request and answer it when they can (a Lambda runtime's
 * GET next may wait for ever).
 */
#ifndef MR_SRC_HTTP_SERVER_H
#define MR_SRC_HTTP_SERVER_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#include <uv.h>

typedef struct mr_http_server mr_http_server;
typedef struct mr_http_request
    mr_http_request; /* alive from the handler's call until answered or closed */

typedef struct mr_http_limits {
    size_t header_bytes_max;  /* 0: 64 KiB */
    size_t body_bytes_max;    /* 0: 16 MiB */
    size_t swallow_bytes_max; /* of a longer body so much is read and dropped, and the handler is
                               * called (mr_http_body_dropped); 0: it is answered with 413 */
    size_t connections_max;   /* 0: 1024 */
    uint64_t idle_ms;         /* between requests and inside one; 0: 60 s */
} mr_http_limits;

/* Called with a whole request. Answer it now or later, exactly once, unless closed is called. */
typedef void (*mr_http_handler_fn)(void *context, mr_http_request *request);

typedef struct mr_http_options {
    uv_loop_t *loop;
    const char *host; /* NULL: 127.0.0.1 */
    uint16_t port;    /* 0: any */
    mr_http_limits limits;
    mr_http_handler_fn handler;
    void *context;
} mr_http_options;

/* Errors: MR_IO, MR_PERMISSION (port), naming host and port. */
MR_NODISCARD mr_code mr_http_server_start(const mr_http_options *options, mr_http_server **out,
                                          mr_error *err);
uint16_t mr_http_server_port(const mr_http_server *server);
size_t mr_http_server_connections(const mr_http_server *server); /* now open */
/* Closes the listener and every connection; frees itself once the loop has closed the handles. */
void mr_http_server_stop(mr_http_server *server);

/* ---- a request; views are borrowed for the request's life ---- */

mr_bytes mr_http_method(const mr_http_request *request);
mr_bytes mr_http_path(const mr_http_request *request);  /* raw, before '?' */
mr_bytes mr_http_query(const mr_http_request *request); /* raw, after '?' */
mr_bytes mr_http_header(const mr_http_request *request,
                        const char *name); /* any case; none: len 0, at NULL */
mr_bytes mr_http_body(const mr_http_request *request);
bool mr_http_body_dropped(const mr_http_request *request); /* it was too large; see the limits */
/* The request's own place for the handler; `closed` is called when the client goes before the
 * answer (the request is then gone). */
void mr_http_set_context(mr_http_request *request, void *context, void (*closed)(void *context));

typedef struct mr_http_header_field {
    const char *name, *value;
} mr_http_header_field;

/* Answers and ends the request. headers: copied; Content-Length is added. body: copied. */
void mr_http_answer(mr_http_request *request, int status, const mr_http_header_field *headers,
                    size_t header_count, mr_bytes body);

#endif
