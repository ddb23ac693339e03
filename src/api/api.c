/*
 * api.c - see api.h: the way of a request, in the order of AWS's checks.
 *
 *   preflight -> a REST service's path (rest.c) -> what is not here (absent.c) -> method -> body
 * there -> content type -> body's form -> operation -> who asks -> types -> constraints -> the
 * handler
 *
 * Behaviour: reference/kinesis.md, section 2; the numbers in the comments are its steps.
 */
#include "src/api/api.h"

#include "sim/base/alloc.h"
#include "src/api/api_private.h"
#include "src/aws/validate.h"

#include <stdio.h>

/* The services with a target, one table each; those with paths are in rest.c. */
static const mr_api_service *(*const services[])(void) = {mr_api_kinesis, mr_api_firehose};

/* A request on its way. */
typedef struct passage {
    mr_api *api;
    mr_http_request *request;
    mr_arena *arena;
    bool names_both;                   /* the target has the form "service.operation" */
    const mr_api_service *service;     /* of the target; NULL: none */
    const mr_api_operation *operation; /* of the service; NULL: none */
    mr_aws_format format;
} passage;

/* ---- make and release ---- */

mr_api *mr_api_new(const mr_api_options *options)
{
    mr_streams *streams = mr_sim_streams(options->sim);
    const char *region = options->region, *account = options->account;
    mr_api *api = mr_calloc(1, sizeof(*api));
    api->sim = options->sim;
    api->region = mr_strdup(region != NULL ? region : mr_streams_region(streams));
    api->account = mr_strdup(account != NULL ? account : mr_streams_account(streams));
    api->auth = options->auth;
    api->client_time = options->client_time;
    MR_ASSERT(!options->auth || (options->access_key != NULL && options->secret != NULL));
    api->access_key = mr_strdup(options->access_key);
    api->secret = mr_strdup(options->secret);
    api->ids = mr_prng_named(mr_sim_seed(options->sim), "request ids");
    api->open.prev = api->open.next = &api->open;
    api->waiting.prev = api->waiting.next = &api->waiting;
    return api;
}

static void end_all(mr_api_open *head)
{
    while (head->next != head) {
        mr_api_open *open = head->next;
        open->end(open);
        MR_ASSERT(head->next != open);
    }
}

void mr_api_free(mr_api *api)
{
    if (api == NULL) {
        return;
    }
    end_all(&api->open);
    end_all(&api->waiting);
    mr_free(api->region);
    mr_free(api->account);
    mr_free(api->access_key);
    mr_free(api->secret);
    mr_free(api);
}

void mr_api_end_streams(mr_api *api)
{
    end_all(&api->open);
}

static void add_to(mr_api_open *head, mr_api_open *open)
{
    open->prev = head->prev;
    open->next = head;
    open->prev->next = open;
    open->next->prev = open;
}

void mr_api_open_add(mr_api *api, mr_api_open *open)
{
    add_to(&api->open, open);
}

void mr_api_waiting_add(mr_api *api, mr_api_open *open)
{
    add_to(&api->waiting, open);
}

void mr_api_open_remove(mr_api_open *open)
{
    open->prev->next = open->next;
    open->next->prev = open->prev;
    open->prev = open->next = open;
}

/* ---- what is asked ---- */

static const mr_api_service *service_of_target(mr_bytes target)
{
    for (size_t i = 0; i < MR_COUNT(services); i++) {
        if (mr_bytes_is(target, services[i]()->target)) {
            return services[i]();
        }
    }
    return NULL;
}

static const mr_api_operation *operation_of(const mr_api_service *service, mr_bytes name)
{
    for (size_t i = 0; i < service->operation_count; i++) {
        if (mr_bytes_is(name, service->operations[i].input->name)) {
            return &service->operations[i];
        }
    }
    return NULL;
}

/* X-Amz-Target: Kinesis_20131202.PutRecord */
static void read_target(passage *p)
{
    mr_bytes target = mr_http_header(p->request, "x-amz-target");
    size_t dot = mr_bytes_find(target, '.');
    mr_bytes service = {target.at, dot}, operation = {NULL, 0};
    if (dot < target.len) {
        operation = mr_bytes_make(target.at + dot + 1, target.len - dot - 1);
        operation.len = mr_bytes_find(operation, '.');
    }
    p->names_both = service.len > 0 && operation.len > 0;
    p->service = p->names_both ? service_of_target(service) : NULL;
    p->operation = p->service == NULL ? NULL : operation_of(p->service, operation);
}

/* Without its parameters. */
static mr_bytes content_type_of(const mr_http_request *request)
{
    mr_bytes type = mr_http_header(request, "content-type");
    type.len = mr_bytes_find(type, ';');
    return mr_bytes_trim(type);
}

/* ---- answers ---- */

static void answer_fault(const passage *p, int status, const mr_aws_fault *fault)
{
    mr_api_answer_fault(p->api, p->request, p->format, status, fault);
}

static void answer_type(const passage *p, const char *type)
{
    answer_fault(p, 400, &(mr_aws_fault){.type = type});
}

/* Of the content type "application/json": coral's other protocol, which no operation speaks. */
static void answer_plain_json(const passage *p, int status, const char *type)
{
    char body[160];
    int len = snprintf(body, sizeof(body),
                       "{\"Output\":{\"__type\":\"com.amazon.coral.service#%s\"},"
                       "\"Version\":\"1.0\"}",
                       type);
    mr_api_answer(p->api, p->request, status, "application/json", mr_bytes_make(body, (size_t)len));
}

mr_aws_fault mr_api_fault_of(const mr_api_service *service, mr_code code, const mr_error *err,
                             int *status)
{
    for (size_t i = 0; i < service->fault_count; i++) {
        const mr_api_fault_name *name = &service->faults[i];
        if (name->code == code) {
            *status = name->status;
            return (mr_aws_fault){.type = name->type, .message = mr_bytes_of(err->message)};
        }
    }
    *status = 500;
    return (mr_aws_fault){.type = "InternalFailure"};
}

/* ---- the handler ---- */

/* The handler's answer, or what it failed with. */
static void answer_call(const passage *p, const mr_api_call *call, mr_code code,
                        const mr_error *err, mr_bytes body)
{
    if (code != MR_OK) {
        int status;
        mr_aws_fault fault = mr_api_fault_of(p->service, code, err, &status);
        if (status == 500) { /* the client is told nothing: the operator is */
            mr_trace_warn(mr_sim_trace(p->api->sim), "%s failed: %s: %s", p->operation->input->name,
                          mr_code_name(code), err->message);
        }
        answer_fault(p, status, &fault);
        return;
    }
    const char *type = mr_api_content_type(p->format);
    if (call->delay_us > 0) {
        mr_api_answer_later(p->api, p->request, 200, type, body, call->delay_us);
    } else {
        mr_api_answer(p->api, p->request, 200, type, body);
    }
}

static void run(const passage *p, const void *in)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* operations bound their answers */
    mr_aws_writer out = mr_aws_writer_make(p->format, &body);
    mr_api_call call = {.api = p->api,
                        .sim = p->api->sim,
                        .streams = mr_sim_streams(p->api->sim),
                        .request = p->request,
                        .format = p->format,
                        .in = in,
                        .arena = p->arena,
                        .out = &out};
    mr_error err = {0};
    mr_code code = p->operation->run(&call, &err);
    if (!call.taken) {
        MR_ASSERT(code != MR_OK || p->operation->is_silent == (body.len == 0));
        answer_call(p, &call, code, &err, mr_strbuf_bytes(&body));
    }
    mr_strbuf_deinit(&body);
}

/* ---- the order of checks ---- */

/* Steps 8 to 10: who asks, the types, the constraints. fault: out when it is false; that of a wrong
 * type is filled already. */
static bool is_right(const passage *p, const mr_aws_shape *shape, const void *in,
                     mr_aws_decoded decoded, mr_aws_fault *fault)
{
    return mr_api_authenticate(p->api, p->service, p->request, p->arena, fault) &&
           decoded == MR_AWS_DECODED && mr_aws_validate(shape, in, p->arena, fault);
}

/* Steps 5 to 11, of a body in a format that is spoken here. */
static void take_body(passage *p, bool plain_json)
{
    static const mr_aws_shape anything = {.size = sizeof(bool)};
    const mr_aws_shape *shape = p->operation != NULL ? p->operation->input->shape : &anything;
    void *in = mr_arena_alloc(p->arena, shape->size);
    mr_aws_fault fault;
    mr_aws_decoded decoded =
        mr_aws_decode(p->format, shape, mr_http_body(p->request), p->arena, in, &fault);
    if (decoded == MR_AWS_BAD_BODY && plain_json) {
        answer_plain_json(p, 400, "SerializationException"); /* 5 */
    } else if (decoded == MR_AWS_BAD_BODY) {
        answer_type(p, "SerializationException"); /* 5 */
    } else if (plain_json) {
        answer_plain_json(p, 404, "UnknownOperationException"); /* 6 */
    } else if (p->operation == NULL) {
        answer_type(p, "UnknownOperationException"); /* 7 */
    } else if (!is_right(p, shape, in, decoded, &fault)) {
        answer_fault(p, 400, &fault);
    } else {
        run(p, in); /* 11 */
    }
}

static void take_post(passage *p)
{
    const mr_http_request *request = p->request;
    const mr_bytes type = content_type_of(request);
    const bool is_json = mr_bytes_is(type, MR_API_JSON), is_cbor = mr_bytes_is(type, MR_API_CBOR);
    const bool plain_json = mr_bytes_is(type, "application/json");
    if (mr_http_body_dropped(request)) {
        mr_api_answer(p->api, p->request, 413, NULL, (mr_bytes){NULL, 0});
    } else if (mr_http_body(request).len == 0) { /* 3 */
        p->format = is_json ? MR_AWS_JSON : MR_AWS_CBOR;
        answer_type(p,
                    p->operation != NULL ? "SerializationException" : "UnknownOperationException");
    } else if (is_json || is_cbor || plain_json) {
        p->format = is_cbor ? MR_AWS_CBOR : MR_AWS_JSON;
        take_body(p, plain_json);
    } else if (!p->names_both) { /* 4 */
        mr_api_answer_access_denied(p->api, p->request);
    } else { /* 4 */
        mr_api_answer(p->api, p->request, 404, NULL,
                      MR_BYTES_LITERAL("<UnknownOperationException/>\n"));
    }
}

void mr_api_handle(void *context, mr_http_request *request)
{
    passage p = {.api = context, .request = request, .arena = mr_arena_new()};
    const mr_bytes method = mr_http_method(request);
    read_target(&p);
    if (mr_bytes_is(method, "OPTIONS") && mr_http_header(request, "origin").at != NULL) {
        mr_api_answer_preflight(p.api, request, p.arena); /* 1 */
    } else if (mr_api_rest_handle(p.api, request, p.arena) ||
               (p.service == NULL && mr_api_absent_handle(p.api, request, p.arena))) {
        /* it is answered, or will be; or it was for what is not here */
    } else if (!mr_bytes_is(method, "POST")) {
        /* Here S3 will stand: every path that is no service's is a bucket's or an object's. */
        mr_api_answer_access_denied(p.api, request); /* 2 */
    } else {
        take_post(&p);
    }
    mr_arena_free(p.arena);
}
