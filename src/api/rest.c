/*
 * rest.c - the way of a REST-JSON request.
 *
 *   path and method -> body's size -> who asks -> the body's form and types -> constraints -> the
 *   handler
 *
 * See api_private.h; behaviour: reference/lambda.md section 5. Who asks comes first, as it does on
 * AWS where a path and not a body names the operation.
 */
#include "src/aws/rest.h"

#include "src/api/api_private.h"
#include "src/aws/validate.h"

#include <string.h>

#define BODY_BYTES_MAX     (6 * MR_MIB)
#define STATUS_NOT_ALLOWED 403 /* of every error of a signature */

/* The services with paths, one table each. */
static const mr_api_service *(*const services[])(void) = {mr_api_lambda};

typedef struct passage {
    mr_api *api;
    mr_http_request *request;
    mr_arena *arena;
    const mr_api_service *service;
    const mr_api_route *route; /* NULL: the path is known, with another method */
    char request_id[MR_UUID_SIZE];
} passage;

/* ---- answers ---- */

void mr_api_rest_answer_send(mr_api *api, mr_http_request *request,
                             const mr_api_rest_answer *answer)
{
    mr_api_headers headers;
    mr_api_headers_fill(api, request, answer->body.at == NULL ? NULL : MR_API_REST, &headers);
    MR_ASSERT(strlen(answer->request_id) == MR_UUID_SIZE - 1);
    memcpy(headers.request_id, answer->request_id, MR_UUID_SIZE);
    for (size_t i = 0; i < answer->header_count; i++) {
        MR_ASSERT(headers.count < MR_API_HEADERS_MAX);
        headers.fields[headers.count++] = answer->headers[i];
    }
    mr_http_answer(request, answer->status, headers.fields, headers.count, answer->body);
}

static void answer_fault(mr_api *api, mr_http_request *request, const char *request_id, int status,
                         const mr_aws_fault *fault)
{
    const mr_http_header_field type = {"x-amzn-ErrorType", fault->type};
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_rest_write_fault(fault, status >= 500, &body);
    mr_api_rest_answer_send(api, request,
                            &(mr_api_rest_answer){.request_id = request_id,
                                                  .status = status,
                                                  .headers = &type,
                                                  .header_count = 1,
                                                  .body = mr_strbuf_bytes(&body)});
    mr_strbuf_deinit(&body);
}

static void refuse(const passage *p, int status, const mr_aws_fault *fault)
{
    answer_fault(p->api, p->request, p->request_id, status, fault);
}

void mr_api_rest_answer_code(mr_api *api, mr_http_request *request, const mr_api_service *service,
                             const char *request_id, mr_code code, const mr_error *err)
{
    int status;
    mr_aws_fault fault = mr_api_fault_of(service, code, err, &status);
    if (status == 500) { /* the client is told nothing: the operator is */
        mr_trace_warn(mr_sim_trace(api->sim), "%s failed: %s: %s", service->name,
                      mr_code_name(code), err->message);
        fault = (mr_aws_fault){
            .type = "ServiceException",
            .message = MR_BYTES_LITERAL("An error occurred and the request cannot be processed.")};
    }
    fault.capital = status == 500 || strcmp(fault.type, "ResourceNotFoundException") == 0;
    answer_fault(api, request, request_id, status, &fault);
}

/* ---- the handler ---- */

static void answer_call(const passage *p, const mr_api_call *call, mr_code code,
                        const mr_error *err, const mr_strbuf *body)
{
    if (code != MR_OK) {
        mr_api_rest_answer_code(p->api, p->request, p->service, call->request_id, code, err);
        return;
    }
    MR_ASSERT(p->route->operation.is_silent == (body->len == 0));
    mr_api_rest_answer_send(p->api, p->request,
                            &(mr_api_rest_answer){.request_id = call->request_id,
                                                  .status = call->status,
                                                  .body = mr_strbuf_bytes(body)});
}

static void run(const passage *p, const void *in)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* operations bound their answers */
    mr_aws_writer out = mr_aws_writer_make(MR_AWS_JSON, &body);
    mr_api_call call = {.api = p->api,
                        .sim = p->api->sim,
                        .streams = mr_sim_streams(p->api->sim),
                        .request = p->request,
                        .format = MR_AWS_JSON,
                        .in = in,
                        .arena = p->arena,
                        .out = &out,
                        .request_id = p->request_id,
                        .status = p->route->status};
    mr_error err = {0};
    mr_code code = p->route->operation.run(&call, &err);
    if (!call.taken) {
        answer_call(p, &call, code, &err, &body);
    }
    mr_strbuf_deinit(&body);
}

/* ---- the order of checks ---- */

static size_t body_bytes_max(const mr_api_route *route)
{
    return route->body_bytes_max != 0 ? route->body_bytes_max : BODY_BYTES_MAX;
}

static void refuse_size(const passage *p)
{
    const char *message =
        mr_arena_format(p->arena, "Request must be smaller than %zu bytes for the %s operation",
                        body_bytes_max(p->route), p->route->operation.input->name);
    refuse(p, 413,
           &(mr_aws_fault){.type = "RequestTooLargeException", .message = mr_bytes_of(message)});
}

static mr_bytes header_of(const void *context, const char *name)
{
    return mr_http_header(context, name);
}

static void take(const passage *p)
{
    const mr_aws_shape *shape = p->route->operation.input->shape;
    const mr_rest_request asked = {.path = mr_http_path(p->request),
                                   .query = mr_http_query(p->request),
                                   .body = mr_http_body(p->request),
                                   .header = header_of,
                                   .context = p->request};
    mr_aws_fault fault;
    if (mr_http_body_dropped(p->request) || asked.body.len > body_bytes_max(p->route)) {
        refuse_size(p);
        return;
    }
    if (!p->route->is_open &&
        !mr_api_authenticate(p->api, p->service, p->request, p->arena, &fault)) {
        refuse(p, STATUS_NOT_ALLOWED, &fault);
        return;
    }
    void *in = mr_arena_alloc(p->arena, shape->size);
    if (mr_rest_decode(p->route->path, shape, &asked, p->arena, in, &fault) != MR_AWS_DECODED ||
        !mr_aws_validate(shape, in, p->arena, &fault)) {
        refuse(p, 400, &fault);
        return;
    }
    run(p, in);
}

/* False: no service has this path. */
static bool find_route(passage *p)
{
    const mr_bytes path = mr_http_path(p->request), method = mr_http_method(p->request);
    for (size_t s = 0; s < MR_COUNT(services); s++) {
        const mr_api_service *service = services[s]();
        for (size_t i = 0; i < service->route_count; i++) {
            const mr_api_route *route = &service->routes[i];
            if (!mr_rest_matches(route->path, path)) {
                continue;
            }
            p->service = service;
            if (mr_bytes_is(method, route->method)) {
                p->route = route;
                return true;
            }
        }
    }
    return p->service != NULL;
}

bool mr_api_rest_handle(mr_api *api, mr_http_request *request, mr_arena *arena)
{
    passage p = {.api = api, .request = request, .arena = arena};
    if (!find_route(&p)) {
        return false;
    }
    mr_prng_uuid(&api->ids, p.request_id);
    if (p.route == NULL && mr_api_absent_handle(api, request, arena)) {
        /* it is answered */
    } else if (p.route == NULL) {
        mr_api_answer(api, request, 404, NULL, MR_BYTES_LITERAL("<UnknownOperationException/>\n"));
    } else {
        take(&p);
    }
    return true;
}
