/*
 * load_connection.h - a client's connection to a Kinesis endpoint on this machine, in HTTP/1.1
 * (one request at a time) or HTTP/2 (as many as are asked), over libuv.
 *
 * It is written against the RFCs with http-parser and nghttp2's client, and shares nothing with the
 * listener that it loads.
 */
#ifndef MR_TESTS_LOAD_LOAD_CONNECTION_H
#define MR_TESTS_LOAD_LOAD_CONNECTION_H

#include "sim/base/strbuf.h"

#include <uv.h>

typedef struct load_connection load_connection;

typedef struct load_connection_events {
    /* tag: the request's. body: borrowed for the call. The connection may be closed from here. */
    void (*answered)(void *context, size_t tag, int status, mr_bytes body);
    /* It could not be made, or the server ended it, which it has no reason to. */
    void (*broken)(void *context, const char *why);
} load_connection_events;

/* Begins to connect; requests may be asked at once. It frees itself after load_connection_close().
 */
load_connection *load_connection_open(uv_loop_t *loop, uint16_t port, bool is_http2,
                                      const load_connection_events *events, void *context);
/* POSTs an operation ("PutRecord"). body: JSON, copied. */
void load_connection_ask(load_connection *connection, const char *operation, mr_bytes body,
                         size_t tag);
/* Nothing is told any more. reset: with a RST, whatever is under way, instead of an end. */
void load_connection_close(load_connection *connection, bool reset);

#endif
