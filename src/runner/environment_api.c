/*
 * environment_api.c - the Runtime API, which the process of an environment calls: it asks for the
 * next event, answers it, or says that it could not start; see environment.h. Its states are drawn
 * in environment.c.
 */
#include "src/runner/environment_private.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"

#define SWALLOW_MAX MR_GIB /* of an answer that is too large: read, dropped, and told so */
#define IDLE_MS     UINT64_C(86400000) /* a handler at work is silent; others watch that */
#define API_BASE    "/2018-06-01/runtime/"

/* ---- answers ---- */

static void answer_json(mr_http_request *request, int status, const char *body)
{
    const mr_http_header_field header = {"Content-Type", "application/json"};
    mr_http_answer(request, status, &header, 1, mr_bytes_of(body));
}

static void answer_error(mr_http_request *request, int status, const char *type,
                         const char *message)
{
    char *body = environment_error_object(type, NULL, message);
    answer_json(request, status, body);
    mr_free(body);
}

static void answer_accepted(mr_http_request *request)
{
    answer_json(request, 202, "{\"status\":\"OK\"}");
}

/* ---- calls ---- */

void environment_deliver(mr_environment *e)
{
    if (e->state != ENV_READY || e->done == NULL) {
        return;
    }
    mr_time_source wall = mr_platform_wall_time();
    int64_t deadline_us = wall.now_us(wall.context) + e->timeout_us;
    uint8_t digest[16];
    char hex[33];
    mr_md5(e->invocation.request_id, strlen(e->invocation.request_id), digest);
    mr_hex(digest, sizeof(digest), hex);
    char *trace = mr_format("Root=1-%08x-%.24s;Parent=%.16s;Sampled=0",
                            (unsigned)(e->invocation.time_us / MR_US_PER_SECOND), hex, hex + 8);
    char *deadline = mr_format("%lld", (long long)(deadline_us / 1000));
    char *time = mr_format("%lld", (long long)e->invocation.time_us);
    const char *invoked_arn = e->invocation.invoked_arn;
    mr_http_header_field headers[] = {
        {"Content-Type", "application/json"},
        {"Lambda-Runtime-Aws-Request-Id", e->invocation.request_id},
        {"Lambda-Runtime-Deadline-Ms", deadline},
        {"Lambda-Runtime-Invoked-Function-Arn", invoked_arn == NULL ? e->arn : invoked_arn},
        {"Lambda-Runtime-Trace-Id", trace},
        {"Millrace-Time-Us", time},
        {"Millrace-Clock", e->invocation.real_time ? "real" : "virtual"},
        {"Lambda-Runtime-Client-Context", e->invocation.client_context}, /* last: optional */
    };
    size_t count = MR_COUNT(headers) - (e->invocation.client_context == NULL ? 1 : 0);
    mr_http_request *request = e->next;
    e->next = NULL;
    environment_enter(e, ENV_BUSY);
    if (e->invocation.live) {
        environment_set_deadline(e, e->timeout_us);
    }
    if (e->invocation.memory == NULL) {
        mr_http_answer(request, 200, headers, count, e->invocation.payload);
    } else {
        mr_http_answer_taking(request, 200, headers, count, e->invocation.memory);
    }
    mr_free(trace);
    mr_free(deadline);
    mr_free(time);
}

static void on_next_closed(void *context)
{
    mr_environment *e = context;
    e->next = NULL;
    if (e->state == ENV_READY) {
        environment_enter(e, ENV_ANSWERED); /* it may ask again */
    }
}

static void on_next(mr_environment *e, mr_http_request *request)
{
    if (!e->running) {
        answer_error(request, 403, "InvalidStateTransition", "the process has ended");
        return;
    }
    if (e->state == ENV_BUSY || e->next != NULL) {
        answer_error(request, 403, "InvalidStateTransition",
                     "the event before has not been answered yet");
        return;
    }
    if (e->state == ENV_STARTING) {
        e->init_us = environment_age_us(e);
    }
    e->next = request;
    mr_http_set_context(request, e, on_next_closed);
    environment_enter(e, ENV_READY);
    environment_deliver(e);
}

static void on_gone_meanwhile(void *context)
{
    *(bool *)context = true;
}

/* A response or an error for the invocation under way. */
static void on_result(mr_environment *e, mr_http_request *request, mr_bytes id, bool is_error)
{
    if (e->state != ENV_BUSY || !mr_bytes_is(id, e->invocation.request_id)) {
        answer_error(request, 400, "InvalidRequestID", "Invalid request ID");
        return;
    }
    if (environment_enforce_memory(e)) {
        answer_accepted(request); /* to nobody: on_process_end() goes on */
        return;
    }
    /* done may end this environment, and then the request is gone. */
    bool gone = false;
    mr_http_set_context(request, &gone, on_gone_meanwhile);
    bool too_large = mr_http_body_dropped(request);
    environment_enter(e, ENV_ANSWERED);
    if (too_large) {
        char *object =
            environment_error_object("Function.ResponseSizeTooLarge", NULL,
                                     "Response payload size exceeded maximum allowed payload size "
                                     "(6291556 bytes).");
        environment_finish(e, MR_OUTCOME_TOO_LARGE, mr_bytes_of(object), NULL);
        mr_free(object);
    } else {
        mr_strbuf body = mr_http_take_body(request);
        environment_finish_with(
            e, (mr_outcome){.kind = is_error ? MR_OUTCOME_FUNCTION_ERROR : MR_OUTCOME_OK,
                            .payload = mr_strbuf_bytes(&body),
                            .memory = &body});
        mr_strbuf_deinit(&body);
    }
    if (gone) {
        return;
    }
    if (too_large) {
        answer_error(request, 413, "RequestEntityTooLarge",
                     "Exceeded maximum allowed payload size (6291556 bytes).");
    } else {
        answer_accepted(request);
    }
}

static void on_init_error(mr_environment *e, mr_http_request *request)
{
    if (e->state != ENV_STARTING) {
        answer_error(request, 403, "InvalidStateTransition", "the start-up is over");
        return;
    }
    bool gone = false;
    mr_http_set_context(request, &gone, on_gone_meanwhile);
    if (e->done != NULL) {
        environment_finish(e, MR_OUTCOME_INIT_ERROR, mr_http_body(request), NULL);
    }
    if (!gone) {
        answer_accepted(request);
    }
    environment_enter(e, ENV_ENDED);
}

static bool take_prefix(mr_bytes *path, const char *prefix)
{
    mr_bytes p = mr_bytes_of(prefix);
    if (!mr_bytes_starts_with(*path, p)) {
        return false;
    }
    *path = mr_bytes_make(path->at + p.len, path->len - p.len);
    return true;
}

static void on_request(void *context, mr_http_request *request)
{
    mr_environment *e = context;
    mr_bytes path = mr_http_path(request);
    bool get = mr_bytes_is(mr_http_method(request), "GET");
    bool post = mr_bytes_is(mr_http_method(request), "POST");

    if (mr_http_header(request, "Origin").at != NULL) {
        answer_error(request, 403, "Forbidden", "web pages have no business here");
    } else if (!take_prefix(&path, API_BASE)) {
        answer_error(request, 404, "NotFound", "the Runtime API is below " API_BASE);
    } else if (get && mr_bytes_is(path, "invocation/next")) {
        on_next(e, request);
    } else if (post && mr_bytes_is(path, "init/error")) {
        on_init_error(e, request);
    } else if (post && take_prefix(&path, "invocation/")) {
        size_t slash = mr_bytes_find(path, '/');
        mr_bytes id = mr_bytes_make(path.at, slash);
        mr_bytes verb = mr_bytes_make(path.at + slash, path.len - slash);
        if (mr_bytes_is(verb, "/response") || mr_bytes_is(verb, "/error")) {
            on_result(e, request, id, mr_bytes_is(verb, "/error"));
        } else {
            answer_error(request, 404, "NotFound", "there are response and error");
        }
    } else {
        answer_error(request, 404, "NotFound", "there is no such call");
    }
}

mr_code environment_listen(mr_environment *e, mr_error *err)
{
    mr_http_options http = {
        .loop = e->loop,
        .limits = {.body_bytes_max = MR_ENVIRONMENT_ANSWER_MAX,
                   .swallow_bytes_max = SWALLOW_MAX,
                   .connections_max = 16,
                   .idle_ms = IDLE_MS},
        .handler = on_request,
        .context = e,
    };
    return mr_http_server_start(&http, &e->server, err);
}
