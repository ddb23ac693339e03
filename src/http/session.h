/*
 * session.h - the seam between a connection and the version of HTTP that it speaks.
 *
 * A session knows no socket and no clock. Bytes go in, requests come out; answers go in, bytes
 * come out. Two are spoken: http1_session.c and http2.c. connection.c drives them, request.c is
 * what handlers see of a request, and tests drive a session by hand.
 *
 *   feed --> take --> the handler --> begin, send, end --> produce --> retired --> freed
 *
 * Nothing here calls a handler: a request that is over (its answer has been produced, or its
 * client has gone) is put on the list `retired`, and whoever drives takes it from there.
 */
#ifndef MR_SRC_HTTP_SESSION_H
#define MR_SRC_HTTP_SESSION_H

#include "src/http/message.h"
#include "src/http/request.h"

/* Produced at once; what one connection holds in front of its socket, larger answers aside. */
#define MR_HTTP_PRODUCE_BYTES (256 * (size_t)MR_KIB)

typedef struct mr_http_session mr_http_session;

typedef enum mr_http_answer_state {
    MR_HTTP_ANSWER_NONE,
    MR_HTTP_ANSWER_BEGUN,
    MR_HTTP_ANSWER_ENDED /* whole, or given up: the handler knows the request no more */
} mr_http_answer_state;

struct mr_http_request {
    mr_http_session *session;
    mr_http_request *previous, *next; /* in session->requests, then in session->retired */
    mr_http_message *message;         /* NULL: an answer of the session's own */
    bool taken;                       /* handed to a handler */
    bool retired;                     /* over, and `closed` is about to be called */
    uint64_t taken_ns;                /* the connection's mark, for the access log */

    /* the handler's */
    void *context;
    void (*closed)(void *context);
    void (*room)(void *context);
    size_t room_bound;
    bool room_due; /* `room` is to be called */

    mr_http_answer_state answer;
    int status;
    bool whole;     /* all of the answer has been produced */
    bool bodiless;  /* HEAD, 204, 304: what is sent as body is counted and dropped */
    bool chunked;   /* HTTP/1.1 alone */
    bool last;      /* HTTP/1.1 alone: the connection ends behind this answer */
    bool aborted;   /* HTTP/1.1 alone: and before its end */
    mr_strbuf out;  /* not produced yet; HTTP/1.1: as it goes out, HTTP/2: the body */
    size_t out_at;  /* of it, produced */
    mr_strbuf tail; /* behind it: a body that was taken over, not copied */
    uint64_t body_bytes_out;
};

/* What the reading side of a session waits for; bodies are apart. */
typedef enum mr_http_wait {
    MR_HTTP_WAIT_NOTHING, /* it is our turn, or bodies are under way */
    MR_HTTP_WAIT_REQUEST, /* the first byte of the next one */
    MR_HTTP_WAIT_HEADER   /* the rest of a request's headers */
} mr_http_wait;

typedef struct mr_http_head {
    int status;
    const mr_http_header_field *headers; /* borrowed for the call */
    size_t header_count;
    bool has_length; /* the body's length is known: `length` */
    bool apart;      /* the body has memory of its own: mr_http_session_append() */
    size_t length;
} mr_http_head;

typedef struct mr_http_session_ops {
    const char *name; /* "HTTP/1.1" */
    void (*free)(mr_http_session *session);
    /* Reads bytes, up to a whole request at least; returns how many it used. */
    size_t (*feed)(mr_http_session *session, mr_bytes bytes);
    mr_http_request *(*take)(mr_http_session *session); /* a whole request; NULL: none */
    /* Takes no more bytes before answers have been produced. */
    bool (*is_full)(const mr_http_session *session);
    /* Adds bytes to `out` until it holds about MR_HTTP_PRODUCE_BYTES or there are none. */
    void (*produce)(mr_http_session *session, mr_strbuf *out);
    bool (*is_over)(const mr_http_session *session); /* finished, and has produced all */
    /* For the time-outs. sign: out; another value than before is a sign of life. */
    mr_http_wait (*waits_for)(const mr_http_session *session, uint64_t *sign);
    bool (*waits_for_bodies)(const mr_http_session *session, uint64_t *sign);
    /* A period for bodies is over: those under way that brought fewer than `least` bytes in it
     * are given up. False: the connection is. */
    bool (*check_bodies)(mr_http_session *session, size_t least);
    /* No request is begun any more; those under way are read and answered. */
    void (*drain)(mr_http_session *session);
    /* Takes off what has come of a request that is in no list yet; NULL: nothing. Nothing is fed
     * any more. Owned by the caller. */
    mr_http_message *(*give_up)(mr_http_session *session);

    void (*begin)(mr_http_request *request, const mr_http_head *head);
    void (*send)(mr_http_request *request, mr_bytes body); /* not called when bodiless */
    void (*end)(mr_http_request *request);
    void (*abort)(mr_http_request *request);
} mr_http_session_ops;

typedef struct mr_http_session_limits {
    mr_http_message_limits message;
    size_t streams_max;      /* HTTP/2: requests under way */
    size_t held_bytes_max;   /* bodies that are held: past it, one at a time */
    size_t unsent_bytes_max; /* answers that wait: past it HTTP/1.1 is full */
} mr_http_session_limits;

struct mr_http_session {
    const mr_http_session_ops *ops;
    mr_http_session_limits limits;
    bool is_tls;
    bool finished;      /* out; reads no more: everything has come, or the client has gone wrong */
    bool broken;        /* out; nothing can be said any more: close at once */
    uint64_t produced;  /* out; bytes, ever */
    size_t held;        /* out; bytes of bodies in memory */
    size_t ready_count; /* out; whole requests that have not been taken */
    mr_http_request *requests, *requests_last; /* alive, in order of arrival */
    size_t request_count;
    mr_http_request *retired, *retired_last; /* over, in order */

    void (*wake)(void *owner); /* an answer has something to produce */
    void *owner;
};

mr_http_session *mr_http1_session_new(const mr_http_session_limits *limits);
mr_http_session *mr_http2_new(const mr_http_session_limits *limits);

/* ---- for sessions ---- */

void mr_http_session_init(mr_http_session *session, const mr_http_session_ops *ops,
                          const mr_http_session_limits *limits);
/* A request at the end of the list. Takes the message over. size: of the session's own struct
 * that begins with the request. */
void *mr_http_session_add(mr_http_session *session, size_t size, mr_http_message *message);
/* Moves a request from `requests` to `retired`. */
void mr_http_session_retire(mr_http_session *session, mr_http_request *request);
/* So many bytes of request->out have been produced: drops them, and notes that there is room. */
void mr_http_session_sent(mr_http_request *request, size_t len);
/* Moves all that waits to `out`: without a copy when that is empty. */
void mr_http_session_move(mr_http_request *request, mr_strbuf *out);
/* Puts a whole body behind what waits, without a copy: takes its memory over. No more is sent. */
void mr_http_session_append(mr_http_request *request, mr_strbuf *body);
/* Hands the request's body over, and no longer counts it. Owned by the caller. */
mr_strbuf mr_http_session_take_body(mr_http_request *request);
/* Frees the body and no longer counts it. */
void mr_http_session_forget_body(mr_http_request *request);
/* A header's text with anything that could end its line made a blank. */
void mr_http_append_clean(mr_strbuf *out, const char *text);

/* ---- for whoever drives ---- */

void mr_http_session_free(mr_http_session *session);           /* NULL is fine; retires nothing */
size_t mr_http_session_unsent(const mr_http_session *session); /* bytes of all answers */
size_t mr_http_session_unsent_ended(const mr_http_session *session); /* of whole ones alone */
/* Retires every request, that which has only begun to come included; nothing is fed any more. */
void mr_http_session_abandon(mr_http_session *session);
/* The next retired request, off the list. Free it with mr_http_request_free(). NULL: none. */
mr_http_request *mr_http_session_take_retired(mr_http_session *session);
bool mr_http_session_has_roomy(const mr_http_session *session);
/* A request whose `room` is to be called, once. NULL: none. */
mr_http_request *mr_http_session_take_roomy(mr_http_session *session);
void mr_http_request_free(mr_http_request *request);

#endif
