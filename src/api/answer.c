/* answer.c - answers on the wire: their headers, and the bodies that no operation writes. See
 * api_private.h; behaviour: reference/kinesis.md, sections 1 to 4. */
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "src/api/api_private.h"

#define ID_2_WORDS 9

/* ---- headers ---- */

static void add(mr_api_headers *headers, const char *name, const char *value)
{
    MR_ASSERT(headers->count < MR_API_HEADERS_MAX);
    headers->fields[headers->count++] = (mr_http_header_field){name, value};
}

static void make_id_2(mr_api *api, char out[MR_API_ID_2_SIZE])
{
    uint64_t words[ID_2_WORDS];
    for (size_t i = 0; i < ID_2_WORDS; i++) {
        words[i] = mr_prng_next(&api->ids);
    }
    mr_strbuf text = mr_strbuf_make(MR_API_ID_2_SIZE - 1);
    mr_base64_encode(&text, mr_bytes_make(words, sizeof(words)));
    MR_ASSERT(text.len == MR_API_ID_2_SIZE - 1);
    memcpy(out, text.at, MR_API_ID_2_SIZE);
    mr_strbuf_deinit(&text);
}

static bool has_origin(const mr_http_request *request)
{
    return mr_http_header(request, "origin").at != NULL;
}

void mr_api_headers_fill(mr_api *api, const mr_http_request *request, const char *content_type,
                         mr_api_headers *headers)
{
    headers->count = 0;
    mr_prng_uuid(&api->ids, headers->request_id);
    make_id_2(api, headers->id_2);
    add(headers, "x-amzn-RequestId", headers->request_id);
    add(headers, "x-amz-id-2", headers->id_2);
    if (content_type != NULL) {
        add(headers, "Content-Type", content_type);
    }
    if (has_origin(request)) {
        add(headers, "Access-Control-Allow-Origin", "*");
        add(headers, "Access-Control-Expose-Headers",
            "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,"
            "Date");
    }
}

/* ---- whole answers ---- */

void mr_api_answer(mr_api *api, mr_http_request *request, int status, const char *content_type,
                   mr_bytes body)
{
    mr_api_headers headers;
    mr_api_headers_fill(api, request, content_type, &headers);
    mr_http_answer(request, status, headers.fields, headers.count, body);
}

void mr_api_answer_fault(mr_api *api, mr_http_request *request, mr_aws_format format, int status,
                         const mr_aws_fault *fault)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_write_fault(format, fault, &body);
    mr_api_answer(api, request, status, mr_api_content_type(format), mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

void mr_api_answer_access_denied(mr_api *api, mr_http_request *request)
{
    mr_api_answer(api, request, 403, NULL,
                  MR_BYTES_LITERAL("<AccessDeniedException>\n"
                                   "  <Message>Unable to determine service/operation name to be "
                                   "authorized</Message>\n"
                                   "</AccessDeniedException>\n"));
}

/* A header of the request sent back under another name, if it is there. */
static void echo(const mr_http_request *request, mr_arena *arena, const char *asked,
                 const char *name, mr_api_headers *headers)
{
    mr_bytes value = mr_http_header(request, asked);
    if (value.len > 0) {
        add(headers, name, mr_arena_copy(arena, value));
    }
}

void mr_api_answer_preflight(mr_api *api, mr_http_request *request, mr_arena *arena)
{
    mr_api_headers headers = {.count = 0};
    mr_prng_uuid(&api->ids, headers.request_id);
    add(&headers, "x-amzn-RequestId", headers.request_id);
    add(&headers, "Access-Control-Allow-Origin", "*");
    echo(request, arena, "access-control-request-headers", "Access-Control-Allow-Headers",
         &headers);
    echo(request, arena, "access-control-request-method", "Access-Control-Allow-Methods", &headers);
    add(&headers, "Access-Control-Max-Age", "172800");
    mr_http_answer(request, 200, headers.fields, headers.count, (mr_bytes){NULL, 0});
}

/* ---- an answer that waits ---- */

typedef struct late_answer {
    mr_api_open open; /* first: end_late() finds it */
    mr_api *api;
    mr_http_request *request;
    int status;
    const char *content_type;
    mr_strbuf body;
    mr_timer timer;
} late_answer;

static void late_free(late_answer *late)
{
    mr_api_open_remove(&late->open);
    mr_timer_cancel(&late->timer);
    mr_strbuf_deinit(&late->body);
    mr_free(late);
}

static void on_late_due(void *context)
{
    late_answer *late = context;
    mr_http_set_context(late->request, NULL, NULL);
    mr_api_answer(late->api, late->request, late->status, late->content_type,
                  mr_strbuf_bytes(&late->body));
    late_free(late);
}

static void on_late_closed(void *context)
{
    late_free(context);
}

static void end_late(mr_api_open *open)
{
    on_late_due((late_answer *)open);
}

void mr_api_answer_later(mr_api *api, mr_http_request *request, int status,
                         const char *content_type, mr_bytes body, int64_t delay_us)
{
    mr_clock *clock = mr_sim_clock(api->sim);
    late_answer *late = mr_calloc(1, sizeof(*late));
    *late = (late_answer){.open.end = end_late,
                          .api = api,
                          .request = request,
                          .status = status,
                          .content_type = content_type,
                          .body = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_strbuf_append_bytes(&late->body, body);
    mr_timer_init(&late->timer, clock, on_late_due, late);
    mr_timer_set(&late->timer, mr_clock_now_us(clock) + delay_us);
    mr_api_open_add(api, &late->open);
    mr_http_set_context(request, late, on_late_closed);
}
