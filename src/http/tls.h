/*
 * tls.h - the server's side of TLS, on bytes: ciphertext goes in, plaintext comes out, and the
 * other way round. No socket is in OpenSSL's hands (memory BIOs), so this is tested alone.
 *
 * TLS 1.2 and 1.3, ALPN "h2" and "http/1.1", no renegotiation, no client certificates.
 */
#ifndef MR_SRC_HTTP_TLS_H
#define MR_SRC_HTTP_TLS_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"
#include "sim/base/strbuf.h"

/* What a listener shows to its clients; everything is borrowed until it has started. */
typedef struct mr_http_tls {
    const char *certificate_file; /* PEM, with its chain; NULL: one is made, see certificate.h */
    const char *key_file;         /* PEM, without a password */
    const char *const *names;     /* of the made one, beside localhost: DNS names, with *., and */
    size_t name_count;            /* IP addresses */
} mr_http_tls;

typedef struct mr_tls_context mr_tls_context; /* shared by the connections of a listener */
typedef struct mr_tls mr_tls;                 /* one connection */

/* Errors: MR_NOT_FOUND, MR_PERMISSION, MR_IO, MR_BAD_INPUT (a file that is no certificate or key,
 * a key of another certificate), MR_INVALID_ARGUMENT (one file without the other, a name). */
MR_NODISCARD mr_code mr_tls_context_new(const mr_http_tls *options, mr_tls_context **out,
                                        mr_error *err);
void mr_tls_context_free(mr_tls_context *context); /* NULL is fine; no mr_tls uses it any more */
/* The certificate as PEM: what a client has to trust. Borrowed for the context's life. */
mr_bytes mr_tls_context_certificate(const mr_tls_context *context);

mr_tls *mr_tls_new(mr_tls_context *context);
void mr_tls_free(mr_tls *tls); /* NULL is fine */

/* Takes ciphertext from the client: a copy. */
void mr_tls_feed(mr_tls *tls, mr_bytes ciphertext);
/*
 * Takes plaintext out, and shakes hands on the way.
 *
 * Returns: bytes at `at`; 0 when there are none now; below 0 at the end of the stream or after a
 *          breach. What it has to say to the client then is in mr_tls_pending().
 */
long mr_tls_read(mr_tls *tls, char *at, size_t size);
/* Encrypts. Only after the handshake. */
void mr_tls_write(mr_tls *tls, mr_bytes plaintext);
void mr_tls_close(mr_tls *tls); /* says that no more comes: adds to what is pending */

/* Ciphertext for the client, borrowed until the next call; mr_tls_sent() drops all of it. */
mr_bytes mr_tls_pending(const mr_tls *tls);
void mr_tls_sent(mr_tls *tls);

bool mr_tls_is_ready(const mr_tls *tls); /* the handshake is over */
bool mr_tls_is_h2(const mr_tls *tls);    /* ALPN chose HTTP/2 */

#endif
