/*
 * http1.h - reading HTTP/1.1 requests out of bytes. It knows no socket and no clock: bytes go in,
 * whole requests (message.h) come out, so it is tested and fuzzed alone. The grammar is
 * http-parser's; the limits, and putting a message together, are ours.
 */
#ifndef MR_SRC_HTTP_HTTP1_H
#define MR_SRC_HTTP_HTTP1_H

#include "src/http/message.h"

typedef struct mr_http1 mr_http1; /* the reading side of one connection */

typedef enum mr_http1_event {
    MR_HTTP1_MORE,     /* all bytes are used; the request is not whole yet */
    MR_HTTP1_CONTINUE, /* the same, and the client waits for "100 Continue": said once a request */
    MR_HTTP1_REQUEST,  /* a request is whole: take it */
    MR_HTTP1_BAD       /* nothing more can be read: answer `status` and close */
} mr_http1_event;

mr_http1 *mr_http1_new(const mr_http_message_limits *limits);
void mr_http1_free(mr_http1 *http); /* NULL is fine */

/*
 * Reads bytes until a request is whole. *used: out; the bytes behind it are for the next call.
 * After MR_HTTP1_REQUEST the message must be taken before the next call; after MR_HTTP1_BAD
 * there is no next call.
 */
mr_http1_event mr_http1_feed(mr_http1 *http, mr_bytes bytes, size_t *used);
mr_http_message *mr_http1_take(mr_http1 *http); /* owned by the caller */
/* What has come of a request that will not be whole, without its body; nothing can be read any
 * more. Owned by the caller; NULL: no request has begun. */
mr_http_message *mr_http1_give_up(mr_http1 *http);

/* Of the request that was whole last: whether the connection stays, and x of its HTTP/1.x. */
bool mr_http1_keep_alive(const mr_http1 *http);
int mr_http1_minor(const mr_http1 *http);

/* After MR_HTTP1_BAD: 400, 413 or 431 and a sentence for the body. Static. */
int mr_http1_status(const mr_http1 *http);
const char *mr_http1_why(const mr_http1 *http);

/* Whether a request has begun and is not whole; whether its headers are. For idle timers. */
bool mr_http1_in_message(const mr_http1 *http);
bool mr_http1_in_body(const mr_http1 *http);

#endif
