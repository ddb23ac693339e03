/*
 * request.h - a request as a handler sees it, and its answer: one API for HTTP/1.1 and HTTP/2.
 *
 * A handler gets a whole request and answers it when it can, at once or much later, whole or piece
 * by piece, exactly once. It knows no connection. Nothing here waits, and nothing here calls back:
 * answers are written at once as far as the client takes them and later from the loop, and `room`
 * and `closed` are called from the loop alone (`closed` also from mr_http_server_stop()).
 */
#ifndef MR_SRC_HTTP_REQUEST_H
#define MR_SRC_HTTP_REQUEST_H

#include "sim/base/strbuf.h"

/* Alive from the handler's call until its answer is whole, or `closed` is called. */
typedef struct mr_http_request mr_http_request;

#define MR_HTTP_ANSWER_HEADERS_MAX 64

typedef struct mr_http_header_field {
    const char *name, *value;
} mr_http_header_field;

/* ---- what was asked; views are borrowed for the request's life ---- */

mr_bytes mr_http_method(const mr_http_request *request);
mr_bytes mr_http_path(const mr_http_request *request);  /* raw, before '?' */
mr_bytes mr_http_query(const mr_http_request *request); /* raw, after '?' */
/* The first of that name, in any case, without blanks around it. None: len 0, at NULL. */
mr_bytes mr_http_header(const mr_http_request *request, const char *name);
/*
 * The headers in the order in which they came; one that came twice comes twice.
 *
 * place:       from 0; the answer is false when there are no more than that.
 * name, value: out; the name in lower case. HTTP/2's ":authority" is "host".
 */
bool mr_http_header_at(const mr_http_request *request, size_t place, mr_bytes *name,
                       mr_bytes *value);
mr_bytes mr_http_body(const mr_http_request *request);
/* Hands the body's memory over; the request has no body from here on. Owned by the caller. */
mr_strbuf mr_http_take_body(mr_http_request *request);
bool mr_http_body_dropped(const mr_http_request *request); /* it was too large; see the limits */

bool mr_http_is_tls(const mr_http_request *request);
const char *mr_http_scheme(const mr_http_request *request);   /* "http" or "https". Static. */
mr_bytes mr_http_authority(const mr_http_request *request);   /* host and port, as it was sent */
const char *mr_http_protocol(const mr_http_request *request); /* "HTTP/1.1", "HTTP/2.0". Static. */

/* The request's own place for the handler. `closed`, or NULL, is called when the client goes
 * before the answer is whole; the request is then gone. */
void mr_http_set_context(mr_http_request *request, void *context, void (*closed)(void *context));

/* ---- the whole answer at once ---- */

/* Answers and ends the request. headers: copied; Content-Length is added. body: copied. */
void mr_http_answer(mr_http_request *request, int status, const mr_http_header_field *headers,
                    size_t header_count, mr_bytes body);

/* The same for a large body, which is taken over and left empty instead of being copied. */
void mr_http_answer_taking(mr_http_request *request, int status,
                           const mr_http_header_field *headers, size_t header_count,
                           mr_strbuf *body);

/* ---- an answer in pieces ---- */

/*
 * Begins an answer whose body follows. Without a Content-Length among the headers HTTP/1.1 sends
 * it in chunks. The answer to a HEAD names the length in this way too, and sends nothing.
 *
 * headers: copied; at most MR_HTTP_ANSWER_HEADERS_MAX.
 */
void mr_http_answer_begin(mr_http_request *request, int status, const mr_http_header_field *headers,
                          size_t header_count);
void mr_http_answer_send(mr_http_request *request, mr_bytes piece); /* copied */
void mr_http_answer_end(mr_http_request *request);                  /* the request is gone */
/* Breaks the answer off in a way that the client notices. The request is gone. */
void mr_http_answer_abort(mr_http_request *request);

/*
 * Bytes of this answer that wait for the client to take more; what is on its way to the socket
 * (no more than 256 KiB of pieces) is not counted. A handler that sends much sends until this
 * passes a bound of its own, and goes on when `room` is called.
 */
size_t mr_http_answer_waiting(const mr_http_request *request);
/* `room` is called, with the request's context, each time the bytes that wait have fallen from
 * above `bound` to `bound` or fewer, though not for what a send could pass on at once. */
void mr_http_answer_on_room(mr_http_request *request, size_t bound, void (*room)(void *context));

#endif
