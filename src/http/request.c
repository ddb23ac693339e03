/* request.c - see request.h. */
#include "src/http/session.h"

/* ---- what was asked ---- */

mr_bytes mr_http_method(const mr_http_request *request)
{
    return mr_http_message_method(request->message);
}

mr_bytes mr_http_path(const mr_http_request *request)
{
    return mr_http_message_path(request->message);
}

mr_bytes mr_http_query(const mr_http_request *request)
{
    return mr_http_message_query(request->message);
}

mr_bytes mr_http_header(const mr_http_request *request, const char *name)
{
    return mr_http_message_header(request->message, name);
}

bool mr_http_header_at(const mr_http_request *request, size_t place, mr_bytes *name,
                       mr_bytes *value)
{
    return mr_http_message_header_at(request->message, place, name, value);
}

mr_bytes mr_http_body(const mr_http_request *request)
{
    return mr_http_message_body(request->message);
}

mr_strbuf mr_http_take_body(mr_http_request *request)
{
    return mr_http_session_take_body(request);
}

bool mr_http_body_dropped(const mr_http_request *request)
{
    return mr_http_message_body_dropped(request->message);
}

bool mr_http_is_tls(const mr_http_request *request)
{
    return request->session->is_tls;
}

const char *mr_http_scheme(const mr_http_request *request)
{
    return request->session->is_tls ? "https" : "http";
}

mr_bytes mr_http_authority(const mr_http_request *request)
{
    return mr_http_message_header(request->message, "host");
}

const char *mr_http_protocol(const mr_http_request *request)
{
    return request->session->ops->name;
}

void mr_http_set_context(mr_http_request *request, void *context, void (*closed)(void *context))
{
    request->context = context;
    request->closed = closed;
}

/* ---- answers ---- */

static void wake(mr_http_request *request)
{
    mr_http_session *session = request->session;
    if (session->wake != NULL) {
        session->wake(session->owner);
    }
}

static void begin(mr_http_request *request, const mr_http_head *head)
{
    MR_ASSERT(request->answer == MR_HTTP_ANSWER_NONE);
    MR_ASSERT(head->header_count <= MR_HTTP_ANSWER_HEADERS_MAX);
    MR_ASSERT(head->status >= 200 && head->status <= 599);
    request->answer = MR_HTTP_ANSWER_BEGUN;
    request->status = head->status;
    request->bodiless =
        head->status == 204 || head->status == 304 || mr_bytes_is(mr_http_method(request), "HEAD");
    if (!request->retired) {
        request->session->ops->begin(request, head);
    }
}

static void send_piece(mr_http_request *request, mr_bytes piece)
{
    MR_ASSERT(request->answer == MR_HTTP_ANSWER_BEGUN);
    if (!request->bodiless && !request->retired && piece.len > 0) {
        request->body_bytes_out += piece.len;
        request->session->ops->send(request, piece);
    }
}

/* From here on the request is the session's alone: nobody is called for it any more. */
static void leave_handler(mr_http_request *request)
{
    MR_ASSERT(request->answer == MR_HTTP_ANSWER_BEGUN);
    request->answer = MR_HTTP_ANSWER_ENDED;
    request->closed = NULL;
    request->room = NULL;
    request->room_due = false;
    mr_http_session_forget_body(request);
}

void mr_http_answer(mr_http_request *request, int status, const mr_http_header_field *headers,
                    size_t header_count, mr_bytes body)
{
    const mr_http_head head = {.status = status,
                               .headers = headers,
                               .header_count = header_count,
                               .has_length = true,
                               .length = body.len};
    begin(request, &head);
    send_piece(request, body);
    mr_http_answer_end(request);
}

void mr_http_answer_taking(mr_http_request *request, int status,
                           const mr_http_header_field *headers, size_t header_count,
                           mr_strbuf *body)
{
    const mr_http_head head = {.status = status,
                               .headers = headers,
                               .header_count = header_count,
                               .has_length = true,
                               .apart = true,
                               .length = body->len};
    begin(request, &head);
    if (request->bodiless || request->retired) {
        mr_strbuf_deinit(body);
    } else {
        request->body_bytes_out += body->len;
        mr_http_session_append(request, body);
    }
    mr_http_answer_end(request);
}

void mr_http_answer_begin(mr_http_request *request, int status, const mr_http_header_field *headers,
                          size_t header_count)
{
    const mr_http_head head = {.status = status, .headers = headers, .header_count = header_count};
    begin(request, &head);
    wake(request);
}

void mr_http_answer_send(mr_http_request *request, mr_bytes piece)
{
    send_piece(request, piece);
    wake(request);
}

void mr_http_answer_end(mr_http_request *request)
{
    leave_handler(request);
    if (!request->retired) {
        request->session->ops->end(request);
    }
    wake(request);
}

void mr_http_answer_abort(mr_http_request *request)
{
    if (request->answer == MR_HTTP_ANSWER_NONE) {
        request->answer = MR_HTTP_ANSWER_BEGUN;
    }
    leave_handler(request);
    if (!request->retired) {
        request->session->ops->abort(request);
    }
    wake(request);
}

size_t mr_http_answer_waiting(const mr_http_request *request)
{
    return request->out.len - request->out_at;
}

void mr_http_answer_on_room(mr_http_request *request, size_t bound, void (*room)(void *context))
{
    request->room_bound = bound;
    request->room = room;
}
