/*
 * http1_session.c - HTTP/1.1 as a session (session.h): http1.c reads, answers may come in any
 * order and are produced in the order of the requests.
 *
 *   READING --"Connection: close", a bad request, or drain--> FINISHED   nothing more is read
 *   FINISHED --the last answer is produced--> over                      the connection ends
 */
#include "sim/base/alloc.h"
#include "src/http/http1.h"
#include "src/http/session.h"

#define PIPELINE_MAX   16    /* requests read and not yet answered */
#define COALESCE_BYTES 16384 /* a larger answer is written alone, without a copy */

typedef struct http1_request {
    mr_http_request base;
    int minor; /* HTTP/1.x: the x */
} http1_request;

typedef struct http1_session {
    mr_http_session base; /* .finished is the state */
    mr_http1 *parser;
    mr_http_request *ready; /* read and not yet taken */
    bool draining;          /* the request under way is the last */
    size_t body_progress;   /* since the last check */
    uint64_t turns;         /* requests read and answers produced */
} http1_session;

static http1_session *session_of(const mr_http_session *session)
{
    return (http1_session *)session;
}

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < MR_COUNT(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

/* ---- reading ---- */

/* Queues an answer of the session's own, in its turn. message: what it answers; NULL: no request.
 */
static mr_http_request *say(http1_session *s, mr_http_message *message)
{
    http1_request *r = mr_http_session_add(&s->base, sizeof(*r), message);
    r->base.answer = MR_HTTP_ANSWER_ENDED;
    return &r->base;
}

static void refuse(http1_session *s)
{
    int status = mr_http1_status(s->parser);
    const char *why = mr_http1_why(s->parser);
    mr_http_message *message = mr_http1_give_up(s->parser);
    mr_http_request *r = say(s, message == NULL ? mr_http_message_new() : message);
    r->last = true;
    r->status = status;
    r->body_bytes_out = strlen(why) + 1;
    s->base.finished = true;
    mr_strbuf_appendf(&r->out,
                      "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n%s\n",
                      status, reason_of(status), strlen(why) + 1, why);
}

static void add_request(http1_session *s)
{
    MR_ASSERT(s->ready == NULL);
    http1_request *r = mr_http_session_add(&s->base, sizeof(*r), mr_http1_take(s->parser));
    r->minor = mr_http1_minor(s->parser);
    r->base.last = s->draining || !mr_http1_keep_alive(s->parser);
    s->base.finished = r->base.last;
    s->base.held += mr_http_message_body(r->base.message).len;
    s->turns++;
    s->body_progress = 0;
    s->base.ready_count = 1;
    s->ready = &r->base;
}

static size_t feed(mr_http_session *session, mr_bytes bytes)
{
    http1_session *s = session_of(session);
    size_t used;
    MR_ASSERT(!session->finished);
    mr_http1_event event = mr_http1_feed(s->parser, bytes, &used);
    if (mr_http1_in_body(s->parser)) {
        s->body_progress += used;
    }
    if (event == MR_HTTP1_REQUEST) {
        add_request(s);
    } else if (event == MR_HTTP1_CONTINUE) {
        mr_strbuf_append_text(&say(s, NULL)->out, "HTTP/1.1 100 Continue\r\n\r\n");
    } else if (event == MR_HTTP1_BAD) {
        refuse(s);
    }
    return used;
}

static mr_http_request *take(mr_http_session *session)
{
    http1_session *s = session_of(session);
    mr_http_request *request = s->ready;
    s->ready = NULL;
    session->ready_count = 0;
    return request;
}

static bool is_full(const mr_http_session *session)
{
    return session->request_count >= PIPELINE_MAX || session_of(session)->ready != NULL ||
           session->held >= session->limits.held_bytes_max ||
           mr_http_session_unsent(session) >= session->limits.unsent_bytes_max;
}

static mr_http_wait waits_for(const mr_http_session *session, uint64_t *sign)
{
    const http1_session *s = session_of(session);
    *sign = s->turns;
    if (session->finished || is_full(session) || mr_http1_in_body(s->parser)) {
        return MR_HTTP_WAIT_NOTHING;
    }
    if (mr_http1_in_message(s->parser)) {
        return MR_HTTP_WAIT_HEADER;
    }
    return session->request_count == 0 ? MR_HTTP_WAIT_REQUEST : MR_HTTP_WAIT_NOTHING;
}

static bool waits_for_bodies(const mr_http_session *session, uint64_t *sign)
{
    const http1_session *s = session_of(session);
    *sign = s->turns;
    return !session->finished && !is_full(session) && mr_http1_in_body(s->parser);
}

static bool check_bodies(mr_http_session *session, size_t least)
{
    http1_session *s = session_of(session);
    bool fast = s->body_progress >= least;
    s->body_progress = 0;
    return fast;
}

static void drain(mr_http_session *session)
{
    http1_session *s = session_of(session);
    s->draining = true;
    if (session->finished || mr_http1_in_message(s->parser)) {
        return;
    }
    session->finished = true;
    if (session->requests_last != NULL) {
        session->requests_last->last = true; /* said, when its answer has not begun */
    }
}

static mr_http_message *give_up(mr_http_session *session)
{
    return mr_http1_give_up(session_of(session)->parser);
}

/* ---- answers ---- */

static bool names_length(const mr_http_head *head)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (mr_bytes_equal_nocase(mr_bytes_of(head->headers[i].name),
                                  MR_BYTES_LITERAL("content-length"))) {
            return true;
        }
    }
    return false;
}

/* How the client learns where the body ends. */
static void append_framing(http1_request *r, const mr_http_head *head, mr_strbuf *out)
{
    bool no_body = head->status == 204 || head->status == 304;
    if (head->has_length && !no_body) {
        mr_strbuf_appendf(out, "Content-Length: %zu\r\n", head->length);
    } else if (!head->has_length && !no_body && !names_length(head)) {
        if (r->minor >= 1) {
            r->base.chunked = !r->base.bodiless;
            mr_strbuf_append_text(out, "Transfer-Encoding: chunked\r\n");
        } else {
            r->base.last = true; /* HTTP/1.0: the end of the connection */
            r->base.session->finished = true;
        }
    }
    if (r->base.last) {
        mr_strbuf_append_text(out, "Connection: close\r\n");
    } else if (r->minor == 0) {
        mr_strbuf_append_text(out, "Connection: keep-alive\r\n");
    }
}

static void begin(mr_http_request *request, const mr_http_head *head)
{
    mr_strbuf *out = &request->out;
    if (head->has_length && !head->apart && !request->bodiless) {
        (void)mr_strbuf_reserve(out, 512 + head->length); /* head and body in one piece */
    }
    mr_strbuf_appendf(out, "HTTP/1.1 %d %s\r\n", head->status, reason_of(head->status));
    for (size_t i = 0; i < head->header_count; i++) {
        mr_http_append_clean(out, head->headers[i].name);
        mr_strbuf_append_text(out, ": ");
        mr_http_append_clean(out, head->headers[i].value);
        mr_strbuf_append_text(out, "\r\n");
    }
    append_framing((http1_request *)request, head, out);
    mr_strbuf_append_text(out, "\r\n");
}

static void send_body(mr_http_request *request, mr_bytes body)
{
    if (request->chunked) {
        mr_strbuf_appendf(&request->out, "%zx\r\n", body.len);
    }
    mr_strbuf_append_bytes(&request->out, body);
    if (request->chunked) {
        mr_strbuf_append_text(&request->out, "\r\n");
    }
}

static void end(mr_http_request *request)
{
    if (request->chunked) {
        mr_strbuf_append_text(&request->out, "0\r\n\r\n");
    }
}

/*
 * Only the end of the connection tells an HTTP/1.1 client that an answer is not whole: no last
 * chunk has come, or fewer bytes than were promised. (HTTP/1.0 without a length cannot tell.)
 */
static void abort_answer(mr_http_request *request)
{
    request->last = true;
    request->aborted = true;
    request->session->finished = true;
}

/* Takes from the oldest answers; a large one goes alone, so that it is moved, not copied. */
static void produce(mr_http_session *session, mr_strbuf *out)
{
    http1_session *s = session_of(session);
    mr_http_request *r = session->requests;
    while (r != NULL && out->len < MR_HTTP_PRODUCE_BYTES) {
        if (out->len > 0 && r->out.len > COALESCE_BYTES) {
            return;
        }
        if (r->out.len > 0) {
            session->produced += r->out.len;
            mr_http_session_move(r, out);
            if (r->out.len > 0) {
                continue; /* the body, which waited behind the head */
            }
        }
        if (r->answer != MR_HTTP_ANSWER_ENDED) {
            return;
        }
        mr_http_request *next = r->next;
        bool last = r->last;
        r->whole = !r->aborted;
        s->turns++;
        mr_http_session_retire(session, r);
        if (last) {
            mr_http_session_abandon(session); /* none can be answered behind it */
            return;
        }
        r = next;
    }
}

static bool is_over(const mr_http_session *session)
{
    return session->finished && session->request_count == 0;
}

/* ---- make and release ---- */

static void free_session(mr_http_session *session)
{
    http1_session *s = session_of(session);
    mr_http1_free(s->parser);
    mr_free(s);
}

static const mr_http_session_ops ops = {
    .name = "HTTP/1.1",
    .free = free_session,
    .feed = feed,
    .take = take,
    .is_full = is_full,
    .produce = produce,
    .is_over = is_over,
    .waits_for = waits_for,
    .waits_for_bodies = waits_for_bodies,
    .check_bodies = check_bodies,
    .drain = drain,
    .give_up = give_up,
    .begin = begin,
    .send = send_body,
    .end = end,
    .abort = abort_answer,
};

mr_http_session *mr_http1_session_new(const mr_http_session_limits *limits)
{
    http1_session *s = mr_calloc(1, sizeof(*s));
    mr_http_session_init(&s->base, &ops, limits);
    s->parser = mr_http1_new(&limits->message);
    return &s->base;
}
