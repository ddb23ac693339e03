/* session.c - see session.h: what both versions of HTTP share, the lists of requests. */
#include "src/http/session.h"

#include "sim/base/alloc.h"

#define COMPACT_BYTES (64 * (size_t)MR_KIB)

void mr_http_session_init(mr_http_session *session, const mr_http_session_ops *ops,
                          const mr_http_session_limits *limits)
{
    *session = (mr_http_session){.ops = ops, .limits = *limits};
}

void mr_http_request_free(mr_http_request *request)
{
    mr_http_message_free(request->message);
    mr_strbuf_deinit(&request->out);
    mr_strbuf_deinit(&request->tail);
    mr_free(request);
}

static void free_list(mr_http_request *request)
{
    while (request != NULL) {
        mr_http_request *next = request->next;
        mr_http_request_free(request);
        request = next;
    }
}

void mr_http_session_free(mr_http_session *session)
{
    if (session == NULL) {
        return;
    }
    free_list(session->requests);
    free_list(session->retired);
    session->ops->free(session);
}

/* ---- the list of requests ---- */

void *mr_http_session_add(mr_http_session *session, size_t size, mr_http_message *message)
{
    MR_ASSERT(size >= sizeof(mr_http_request));
    mr_http_request *request = mr_calloc(1, size);
    request->session = session;
    request->message = message;
    request->out = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* handlers look at what waits */
    request->previous = session->requests_last;
    if (request->previous == NULL) {
        session->requests = request;
    } else {
        request->previous->next = request;
    }
    session->requests_last = request;
    session->request_count++;
    return request;
}

static void unlink_request(mr_http_session *session, mr_http_request *request)
{
    if (request->previous == NULL) {
        session->requests = request->next;
    } else {
        request->previous->next = request->next;
    }
    if (request->next == NULL) {
        session->requests_last = request->previous;
    } else {
        request->next->previous = request->previous;
    }
    session->request_count--;
}

void mr_http_session_retire(mr_http_session *session, mr_http_request *request)
{
    unlink_request(session, request);
    request->retired = true;
    mr_http_session_forget_body(request);
    mr_strbuf_deinit(&request->out);
    mr_strbuf_deinit(&request->tail);
    request->out_at = 0;
    request->room_due = false;
    request->previous = NULL;
    request->next = NULL;
    if (session->retired == NULL) {
        session->retired = request;
    } else {
        session->retired_last->next = request;
    }
    session->retired_last = request;
}

void mr_http_session_abandon(mr_http_session *session)
{
    mr_http_message *begun = session->ops->give_up(session);
    if (begun != NULL) {
        (void)mr_http_session_add(session, sizeof(mr_http_request), begun);
    }
    while (session->requests != NULL) {
        mr_http_session_retire(session, session->requests);
    }
}

mr_http_request *mr_http_session_take_retired(mr_http_session *session)
{
    mr_http_request *request = session->retired;
    if (request != NULL) {
        session->retired = request->next;
        request->next = NULL;
    }
    return request;
}

/* ---- bytes that wait ---- */

mr_strbuf mr_http_session_take_body(mr_http_request *request)
{
    MR_ASSERT(request->session->held >= mr_http_message_body(request->message).len);
    request->session->held -= mr_http_message_body(request->message).len;
    return mr_http_message_take_body(request->message);
}

void mr_http_session_forget_body(mr_http_request *request)
{
    if (request->message != NULL) {
        mr_strbuf body = mr_http_session_take_body(request);
        mr_strbuf_deinit(&body);
    }
}

static size_t waiting(const mr_http_request *request)
{
    return request->out.len - request->out_at + request->tail.len;
}

/* What was taken over moves up when nothing waits before it. */
static void draw_tail(mr_http_request *request)
{
    if (request->out.len == request->out_at && request->tail.len > 0) {
        mr_strbuf_deinit(&request->out);
        request->out = mr_strbuf_move(&request->tail);
        request->out_at = 0;
    }
}

void mr_http_session_append(mr_http_request *request, mr_strbuf *body)
{
    MR_ASSERT(request->tail.len == 0);
    mr_strbuf_deinit(&request->tail);
    request->tail = mr_strbuf_move(body);
    request->tail.limit = MR_STRBUF_UNLIMITED;
    draw_tail(request);
}

static void note_room(mr_http_request *request, size_t before)
{
    if (request->room != NULL && before > request->room_bound &&
        waiting(request) <= request->room_bound) {
        request->room_due = true;
    }
}

void mr_http_session_sent(mr_http_request *request, size_t len)
{
    mr_strbuf *out = &request->out;
    size_t before = waiting(request);
    MR_ASSERT(len <= before);
    request->out_at += len;
    size_t left = waiting(request);
    if (left == 0) {
        mr_strbuf_reset(out);
        request->out_at = 0;
    } else if (request->out_at == out->len) {
        draw_tail(request);
    } else if (request->out_at >= COMPACT_BYTES && request->out_at >= out->len - request->out_at) {
        /* An answer without end would otherwise grow for ever: each byte is moved once at most. */
        size_t rest = out->len - request->out_at;
        memmove(out->at, out->at + request->out_at, rest + 1);
        out->len = rest;
        request->out_at = 0;
    }
    note_room(request, before);
}

void mr_http_session_move(mr_http_request *request, mr_strbuf *out)
{
    size_t before = waiting(request);
    MR_ASSERT(request->out_at == 0);
    if (out->len == 0) {
        mr_strbuf empty = *out;
        *out = request->out;
        request->out = empty;
    } else {
        mr_strbuf_append_bytes(out, mr_strbuf_bytes(&request->out));
        mr_strbuf_reset(&request->out);
    }
    draw_tail(request);
    note_room(request, before);
}

size_t mr_http_session_unsent(const mr_http_session *session)
{
    size_t sum = 0;
    for (const mr_http_request *r = session->requests; r != NULL; r = r->next) {
        sum += waiting(r);
    }
    return sum;
}

size_t mr_http_session_unsent_ended(const mr_http_session *session)
{
    size_t sum = 0;
    for (const mr_http_request *r = session->requests; r != NULL; r = r->next) {
        sum += r->answer == MR_HTTP_ANSWER_ENDED ? waiting(r) : 0;
    }
    return sum;
}

static mr_http_request *find_roomy(const mr_http_session *session)
{
    mr_http_request *r = session->requests;
    while (r != NULL && !r->room_due) {
        r = r->next;
    }
    return r;
}

bool mr_http_session_has_roomy(const mr_http_session *session)
{
    return find_roomy(session) != NULL;
}

mr_http_request *mr_http_session_take_roomy(mr_http_session *session)
{
    mr_http_request *r = find_roomy(session);
    if (r != NULL) {
        r->room_due = false;
    }
    return r;
}

void mr_http_append_clean(mr_strbuf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\r' || *text == '\n') {
            mr_strbuf_append_char(out, ' ');
        } else {
            mr_strbuf_append_char(out, *text);
        }
    }
}
