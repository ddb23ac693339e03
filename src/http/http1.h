/*
 * http1.h - reading HTTP/1.1 requests out of bytes. It knows no socket and no clock: bytes go in,
 * whole requests come out, so it is tested and fuzzed alone. The grammar is http-parser's; the
 * limits, and putting a message together, are ours.
 */
#ifndef MR_SRC_HTTP_HTTP1_H
#define MR_SRC_HTTP_HTTP1_H

#include "sim/base/strbuf.h"

#define MR_HTTP1_HEADERS_MAX 128

typedef struct mr_http1_limits {
    size_t header_bytes_max; /* request line and headers, and trailers */
    size_t body_bytes_max;
    size_t swallow_bytes_max; /* above 0: of a longer body so much is read and dropped; see below */
} mr_http1_limits;

typedef struct mr_http1_message mr_http1_message; /* one request */
typedef struct mr_http1 mr_http1;                 /* the reading side of one connection */

typedef enum mr_http1_event {
    MR_HTTP1_MORE,     /* all bytes are used; the request is not whole yet */
    MR_HTTP1_CONTINUE, /* the same, and the client waits for "100 Continue": said once a request */
    MR_HTTP1_REQUEST,  /* a request is whole: take it */
    MR_HTTP1_BAD       /* nothing more can be read: answer `status` and close */
} mr_http1_event;

mr_http1 *mr_http1_new(const mr_http1_limits *limits);
void mr_http1_free(mr_http1 *http); /* NULL is fine */

/*
 * Reads bytes until a request is whole. *used: out; the bytes behind it are for the next call.
 * After MR_HTTP1_REQUEST the message must be taken before the next call; after MR_HTTP1_BAD
 * there is no next call.
 */
mr_http1_event mr_http1_feed(mr_http1 *http, mr_bytes bytes, size_t *used);
mr_http1_message *mr_http1_take(mr_http1 *http); /* owned by the caller */

/* After MR_HTTP1_BAD: 400, 413 or 431 and a sentence for the body. Static. */
int mr_http1_status(const mr_http1 *http);
const char *mr_http1_why(const mr_http1 *http);

/* Whether a request has begun and is not whole; whether its headers are. For idle timers. */
bool mr_http1_in_message(const mr_http1 *http);
bool mr_http1_in_body(const mr_http1 *http);

/* ---- a request; views live as long as the message ---- */

void mr_http1_message_free(mr_http1_message *message); /* NULL is fine */
mr_bytes mr_http1_method(const mr_http1_message *message);
mr_bytes mr_http1_path(const mr_http1_message *message);  /* raw, before '?' */
mr_bytes mr_http1_query(const mr_http1_message *message); /* raw, after '?' */
/* The value without blanks around it, the first of several. at is NULL when there is none. */
mr_bytes mr_http1_header(const mr_http1_message *message, const char *name);
mr_bytes mr_http1_body(const mr_http1_message *message);
/* The body was longer than body_bytes_max and was dropped: body is empty. Only with
 * swallow_bytes_max; otherwise such a request is bad (413). */
bool mr_http1_body_dropped(const mr_http1_message *message);
bool mr_http1_keep_alive(const mr_http1_message *message);
int mr_http1_minor(const mr_http1_message *message); /* HTTP/1.x: the x */

#endif
