/*
 * transport.h - the bytes of one connection: a TCP socket of libuv, with TLS over it or without.
 *
 * It is embedded in connection.c's struct, which owns it and is called back from the loop alone.
 * Nothing here closes by itself: what goes wrong while writing is kept in `failed`.
 */
#ifndef MR_SRC_HTTP_TRANSPORT_H
#define MR_SRC_HTTP_TRANSPORT_H

#include "sim/base/strbuf.h"
#include "src/http/tls.h"

#include <uv.h>

#define MR_TRANSPORT_READ_BYTES 65536

/* Lent by the listener to all of its connections: what is read is used before the next read. */
typedef struct mr_transport_buffers {
    char wire[MR_TRANSPORT_READ_BYTES];
    char plain[MR_TRANSPORT_READ_BYTES];
} mr_transport_buffers;

typedef struct mr_transport {
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    mr_transport_buffers *buffers; /* borrowed */
    mr_tls *tls;                   /* owned; NULL: plain */
    mr_strbuf flight;              /* what libuv is writing */
    bool reading;
    bool writing;
    bool failed; /* the socket takes no more */

    void *owner;
    void (*on_read)(void *owner, mr_bytes bytes); /* from the wire, for mr_transport_decrypt() */
    void (*on_end)(void *owner);                  /* of the stream, or an error */
    void (*on_written)(void *owner);              /* all of it, or failed */
} mr_transport;

int mr_transport_init(mr_transport *transport, uv_loop_t *loop); /* 0, or libuv's error */
void mr_transport_deinit(mr_transport *transport);               /* once the handle has closed */
void mr_transport_use_tls(mr_transport *transport, mr_tls *tls); /* takes it over */

bool mr_transport_read(mr_transport *transport, bool on); /* false: the socket is broken */
/*
 * Plaintext, until there is none: only with TLS. What the handshake has to say is written on the
 * way, as far as no write is under way.
 *
 * out:     the bytes, borrowed until the next call.
 * Returns: false at the end of the stream or after a breach.
 */
bool mr_transport_decrypt(mr_transport *transport, mr_bytes *out);
/* Writes all of it, now or later; `bytes` is left empty. Not while one is being written. */
void mr_transport_write(mr_transport *transport, mr_strbuf *bytes);
/* Writes what TLS has to say by itself. Not while one is being written. */
void mr_transport_flush(mr_transport *transport);
/* Says that no more comes. False: the client has gone already. */
bool mr_transport_end(mr_transport *transport);
size_t mr_transport_left(
    const mr_transport *transport); /* bytes that the socket did not take yet */

#endif
