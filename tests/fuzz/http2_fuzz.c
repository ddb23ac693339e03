/*
 * http2_fuzz.c - bytes as the client's side of an HTTP/2 connection. The first byte says how the
 * rest is cut and what the handler does; a missing preface is put in front, so that frames are
 * reached. Whatever comes: limits hold, what is produced is bounded, and nothing is left over.
 */
#include "src/http/session.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const mr_http_session_limits limits = {
    .message = {.header_bytes_max = 1024, .body_bytes_max = 2048, .swallow_bytes_max = 512},
    .streams_max = 8,
    .held_bytes_max = 4096,
    .unsent_bytes_max = 65536,
};

enum {
    CUT_SMALL = 1,
    ANSWER_LATE = 2,
    IN_PIECES = 4,
    DRAIN = 8,
    CHECK_BODIES = 16,
    NO_PREFACE = 32
};

static void look_at(const mr_http_request *request)
{
    mr_bytes name, value;
    size_t sum = 0;
    for (size_t i = 0; mr_http_header_at(request, i, &name, &value); i++) {
        MR_ASSERT(i < MR_HTTP_HEADERS_MAX);
        sum += name.len + value.len;
    }
    MR_ASSERT(sum <= limits.message.header_bytes_max);
    MR_ASSERT(mr_http_body(request).len <= limits.message.body_bytes_max);
    MR_ASSERT(!mr_http_body_dropped(request) || mr_http_body(request).len == 0);
    MR_ASSERT(mr_http_method(request).len <= MR_HTTP_METHOD_MAX);
}

static void answer(mr_http_request *request, unsigned mode)
{
    if ((mode & IN_PIECES) == 0) {
        mr_http_answer(request, 200, NULL, 0, mr_http_body(request));
        return;
    }
    const mr_http_header_field header = {"X-Path", "y"};
    mr_http_answer_begin(request, 200, &header, 1);
    mr_http_answer_send(request, mr_http_body(request));
    if (mr_http_query(request).len > 0) {
        mr_http_answer_abort(request);
    } else {
        mr_http_answer_end(request);
    }
}

static void turn(mr_http_session *session, unsigned mode, mr_http_request **kept)
{
    mr_http_request *r;
    while ((r = session->ops->take(session)) != NULL) {
        r->taken = true;
        look_at(r);
        if ((mode & ANSWER_LATE) != 0 && *kept == NULL) {
            *kept = r;
        } else {
            answer(r, mode);
        }
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    session->ops->produce(session, &out);
    MR_ASSERT(out.len <= MR_HTTP_PRODUCE_BYTES + 2 * 16393);
    mr_strbuf_deinit(&out);
    while ((r = mr_http_session_take_retired(session)) != NULL) {
        *kept = *kept == r ? NULL : *kept;
        mr_http_request_free(r);
    }
    MR_ASSERT(session->request_count <= 2 * limits.streams_max);
    uint64_t sign;
    (void)session->ops->waits_for(session, &sign);
    (void)session->ops->waits_for_bodies(session, &sign);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    if (size == 0) {
        return 0;
    }
    unsigned mode = data[0];
    mr_bytes bytes = mr_bytes_make(data + 1, size - 1);
    mr_http_session *session = mr_http2_new(&limits);
    mr_http_request *kept = NULL;
    if ((mode & NO_PREFACE) == 0) {
        (void)session->ops->feed(session, mr_bytes_make(preface, sizeof(preface) - 1));
    }
    for (size_t i = 0; bytes.len > 0 && !session->finished; i++) {
        size_t step = (mode & CUT_SMALL) != 0 ? 1 + i % 5 : bytes.len;
        size_t used =
            session->ops->feed(session, mr_bytes_make(bytes.at, mr_min_size(step, bytes.len)));
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        turn(session, mode, &kept);
        if ((mode & CHECK_BODIES) != 0 && i % 16 == 15) {
            (void)session->ops->check_bodies(session, 64);
        }
    }
    if ((mode & DRAIN) != 0 && !session->finished) {
        session->ops->drain(session);
    }
    if (kept != NULL) {
        answer(kept, mode);
    }
    turn(session, mode, &kept);
    mr_http_session_abandon(session);
    turn(session, mode, &kept);
    MR_ASSERT(session->held == 0);
    MR_ASSERT(session->ready_count == 0 || session->request_count == 0);
    mr_http_session_free(session);
    return 0;
}
