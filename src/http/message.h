/*
 * message.h - one request as it was read, whichever version of HTTP brought it: method, target,
 * headers and body, one after the other in two buffers.
 *
 * The readers (http1.c, http2.c) fill it as bytes come and count the bytes of its head; handlers
 * see it through request.h. Names of headers are kept in lower case. In HTTP/2 the pseudo-header
 * ":authority" is the header "host", so that a signature is checked in one way for both.
 */
#ifndef MR_SRC_HTTP_MESSAGE_H
#define MR_SRC_HTTP_MESSAGE_H

#include "sim/base/strbuf.h"

#define MR_HTTP_HEADERS_MAX 128
#define MR_HTTP_METHOD_MAX  23 /* bytes; no method has more */

typedef struct mr_http_message mr_http_message;

/* What a reader accepts of one request. */
typedef struct mr_http_message_limits {
    size_t header_bytes_max; /* request line and headers, and trailers */
    size_t body_bytes_max;
    size_t swallow_bytes_max; /* above 0: of a longer body so much is read and dropped */
} mr_http_message_limits;

mr_http_message *mr_http_message_new(void);
void mr_http_message_free(mr_http_message *message); /* NULL is fine */

/* ---- filling it; bytes are copied ---- */

bool mr_http_message_set_method(mr_http_message *message, mr_bytes method);   /* false: too long */
void mr_http_message_append_target(mr_http_message *message, mr_bytes piece); /* before headers */
bool mr_http_message_add_header(mr_http_message *message); /* an empty one; false: too many */
/* Name first, then value, of the header that was added last; each may come in pieces. */
void mr_http_message_append_name(mr_http_message *message, mr_bytes piece);
void mr_http_message_append_value(mr_http_message *message, mr_bytes piece);
/*
 * Adds to the body, or drops a body that has become too long.
 *
 * promised: bytes that are said to come behind these (0: nobody knows), so that memory is asked
 *           for once. A client that only promises much does not cost much.
 * Returns:  false when the body is past both limits: answer 413.
 */
bool mr_http_message_append_body(mr_http_message *message, const mr_http_message_limits *limits,
                                 mr_bytes piece, uint64_t promised);
/* Hands the body over, which the message then has no more; the rest stays. Owned by the caller. */
mr_strbuf mr_http_message_take_body(mr_http_message *message);

void mr_http_lower(char *at, size_t len); /* ASCII letters, where they are */

/* ---- views, borrowed for the life of the message ---- */

mr_bytes mr_http_message_method(const mr_http_message *message);
mr_bytes mr_http_message_path(const mr_http_message *message);  /* raw, before '?' */
mr_bytes mr_http_message_query(const mr_http_message *message); /* raw, after '?' */
/* The value without blanks around it, the first of several. at is NULL when there is none. */
mr_bytes mr_http_message_header(const mr_http_message *message, const char *name);
/* The headers in the order in which they came. False: there are no more than `place`. */
bool mr_http_message_header_at(const mr_http_message *message, size_t place, mr_bytes *name,
                               mr_bytes *value);
mr_bytes mr_http_message_body(const mr_http_message *message);
uint64_t mr_http_message_body_bytes(const mr_http_message *message); /* dropped ones included */
/* The body was longer than body_bytes_max and was dropped: it is empty. */
bool mr_http_message_body_dropped(const mr_http_message *message);

#endif
