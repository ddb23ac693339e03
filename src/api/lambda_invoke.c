/*
 * lambda_invoke.c - Invoke: an answer that comes when the function has answered.
 *
 *   RequestResponse: the function is begun; its answer, on the world's clock, is the answer here
 *   Event:           kept in the queue, and 202 at once
 *   DryRun:          looked at, and 204
 *
 * The request's id is the invocation's. A client that goes does not end the invocation. See
 * lambda_private.h; behaviour: reference/lambda.md section 4.
 */
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/invocation_log.h"
#include "src/api/api_private.h"
#include "src/api/lambda_private.h"

/* ---- an answer that is waited for ---- */

typedef struct waiting {
    mr_api_open open; /* first: end_waiting() finds it */
    mr_api *api;
    mr_http_request *request; /* NULL: the client has gone */
    mr_function *function;    /* borrowed: it outlives what it runs */
    char request_id[MR_UUID_SIZE];
    char *version; /* owned; "$LATEST" */
    bool tail;
    int64_t timeout_us, memory_mib;
} waiting;

static void waiting_free(waiting *w)
{
    mr_api_open_remove(&w->open);
    mr_free(w->version);
    mr_free(w);
}

/* The API goes: nobody is answered any more. */
static void end_waiting(mr_api_open *open)
{
    waiting *w = (waiting *)open;
    if (w->request != NULL) {
        mr_http_set_context(w->request, NULL, NULL);
    }
    mr_function_forget(w->function, w->request_id);
    waiting_free(w);
}

static void on_client_gone(void *context)
{
    ((waiting *)context)->request = NULL;
}

/* ---- the function's answer ---- */

/* Base64 of the last 4 KB of the log. */
static void append_log_result(const waiting *w, const mr_answer *answer, mr_strbuf *out)
{
    mr_strbuf log = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const mr_invocation_log_options options = {.request_id = w->request_id,
                                               .version = w->version,
                                               .timeout_us = w->timeout_us,
                                               .memory_mib = w->memory_mib,
                                               .ended_us =
                                                   mr_clock_wall_us(mr_sim_clock(w->api->sim))};
    mr_invocation_log_write(answer, &options, &log);
    size_t kept = mr_min_size(log.len, MR_FUNCTION_LOG_TAIL_MAX);
    mr_base64_encode(out, mr_bytes_make(log.at + log.len - kept, kept));
    mr_strbuf_deinit(&log);
}

static void answer_result(const waiting *w, const mr_answer *answer)
{
    mr_http_header_field headers[3];
    size_t count = 0;
    mr_strbuf log = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    headers[count++] = (mr_http_header_field){"X-Amz-Executed-Version", w->version};
    if (answer->kind != MR_OUTCOME_OK) {
        headers[count++] = (mr_http_header_field){"X-Amz-Function-Error", "Unhandled"};
    }
    if (w->tail) {
        append_log_result(w, answer, &log);
        headers[count++] = (mr_http_header_field){"X-Amz-Log-Result", mr_strbuf_text(&log)};
    }
    mr_bytes body = answer->payload.at != NULL ? answer->payload : MR_BYTES_LITERAL("");
    mr_api_rest_answer_send(w->api, w->request,
                            &(mr_api_rest_answer){.request_id = w->request_id,
                                                  .status = 200,
                                                  .headers = headers,
                                                  .header_count = count,
                                                  .body = body});
    mr_strbuf_deinit(&log);
}

static void answer_error(const waiting *w, mr_code code, const char *message)
{
    mr_error err;
    (void)mr_error_set(&err, code, "%s",
                       message == NULL ? "the function was not started" : message);
    mr_api_rest_answer_code(w->api, w->request, mr_api_lambda(), w->request_id, code, &err);
}

static void on_answer(void *context, const mr_answer *answer)
{
    waiting *w = context;
    if (w->request != NULL) {
        mr_http_set_context(w->request, NULL, NULL);
        if (answer->throttled) {
            answer_error(w, MR_FUNCTION_THROTTLED, answer->message);
        } else if (answer->kind == MR_OUTCOME_NOT_STARTED || answer->kind == MR_OUTCOME_STUCK) {
            answer_error(w, MR_RUNTIME_MISSING, answer->message);
        } else {
            answer_result(w, answer);
        }
    }
    waiting_free(w);
}

/* ---- what is asked ---- */

/* What every kind of invocation is begun with. */
typedef struct asked {
    mr_lambda_version *version;
    const char *arn; /* as it was named */
    const char *client_context;
    mr_bytes payload;
    bool tail;
} asked;

static mr_code read_client_context(const mr_api_call *call, mr_bytes header, const char **out,
                                   mr_error *err)
{
    *out = NULL;
    if (header.len == 0) {
        return MR_OK;
    }
    size_t len = 0, place;
    char *text = mr_arena_alloc(call->arena, mr_base64_decoded_size_max(header.len) + 1);
    if (!mr_base64_decode_to(text, header, &len) ||
        !mr_aws_is_json(mr_bytes_make(text, len), &place) || text[strspn(text, " \t\r\n")] != '{') {
        return mr_error_set(err, MR_PAYLOAD_INVALID,
                            "Client context must be a valid Base64-encoded JSON object.");
    }
    text[len] = '\0';
    for (size_t i = 0; i < len; i++) { /* it goes on as a header; these stand between its tokens */
        text[i] = (char)((uint8_t)text[i] < ' ' ? ' ' : text[i]);
    }
    *out = text;
    return MR_OK;
}

static mr_code check_payload(const mr_lambda_invoke_in *in, mr_bytes *payload, mr_error *err)
{
    size_t place;
    *payload = in->payload.len > 0 ? in->payload : MR_BYTES_LITERAL("{}");
    if (!mr_aws_is_json(*payload, &place)) {
        return mr_error_set(err, MR_PAYLOAD_INVALID,
                            "Could not parse request body into json: Unexpected character or end "
                            "of input at byte %zu",
                            place);
    }
    if (mr_bytes_is(in->invocation_type, "Event") && payload->len > MR_EVENT_PAYLOAD_MAX) {
        return mr_error_set(err, MR_PAYLOAD_TOO_LARGE,
                            "%zu byte payload is too large for the Event invocation type (limit "
                            "%d bytes)",
                            payload->len, MR_EVENT_PAYLOAD_MAX);
    }
    return MR_OK;
}

static mr_code read_asked(mr_api_call *call, asked *a, mr_error *err)
{
    const mr_lambda_invoke_in *in = call->in;
    mr_lambda_name name;
    mr_code code =
        mr_lambda_name_read(call, in->name.function_name, in->name.qualifier, &name, err);
    if (code == MR_OK) {
        code = mr_lambda_name_find(call, &name, true, &a->version, err);
    }
    if (code == MR_OK) {
        code = check_payload(in, &a->payload, err);
    }
    if (code == MR_OK) {
        code = read_client_context(call, in->client_context, &a->client_context, err);
    }
    if (code == MR_OK) {
        code = mr_lambda_require_ready(a->version, err);
    }
    if (code == MR_OK && mr_lambda_version_function(a->version) == NULL) {
        code = mr_error_set(err, MR_RUNTIME_MISSING,
                            "the code of function %s is not on this machine", name.name);
    }
    a->arn = name.arn;
    a->tail = mr_bytes_is(in->log_type, "Tail");
    return code;
}

/* ---- the three kinds ---- */

static void invoke(mr_api_call *call, const asked *a)
{
    const mr_lambda_view view = mr_lambda_version_view(a->version);
    waiting *w = mr_calloc(1, sizeof(*w));
    *w = (waiting){.open.end = end_waiting,
                   .api = call->api,
                   .request = call->request,
                   .function = mr_lambda_version_function(a->version),
                   .version = mr_strdup(view.number),
                   .tail = a->tail,
                   .timeout_us = view.configuration->timeout_s * MR_US_PER_SECOND,
                   .memory_mib = view.configuration->memory_mib};
    memcpy(w->request_id, call->request_id, MR_UUID_SIZE);
    mr_api_waiting_add(call->api, &w->open);
    mr_http_set_context(call->request, w, on_client_gone);
    call->taken = true;
    mr_strbuf payload = mr_strbuf_make(MR_FUNCTION_PAYLOAD_MAX);
    mr_strbuf_append_bytes(&payload, a->payload);
    const mr_invoke_options options = {.payload = &payload,
                                       .request_id = call->request_id,
                                       .invoked_arn = a->arn,
                                       .client_context = a->client_context,
                                       .log = a->tail,
                                       .throttle = true};
    (void)mr_function_invoke_with(w->function, &options, on_answer, w);
    mr_strbuf_deinit(&payload);
}

static void answer_empty(mr_api_call *call, int status)
{
    mr_api_rest_answer_send(
        call->api, call->request,
        &(mr_api_rest_answer){.request_id = call->request_id, .status = status});
    call->taken = true;
}

mr_code mr_lambda_op_invoke(mr_api_call *call, mr_error *err)
{
    const mr_lambda_invoke_in *in = call->in;
    asked a;
    mr_code code = read_asked(call, &a, err);
    if (code != MR_OK) {
        return code;
    }
    if (mr_bytes_is(in->invocation_type, "DryRun")) {
        answer_empty(call, 204);
    } else if (mr_bytes_is(in->invocation_type, "Event")) {
        const mr_queued_event event = {.version = a.version,
                                       .request_id = call->request_id,
                                       .invoked_arn = a.arn,
                                       .client_context = a.client_context,
                                       .payload = a.payload};
        code = mr_event_queue_add(mr_sim_events(call->sim), &event, err);
        if (code == MR_OK) {
            answer_empty(call, 202);
        }
    } else {
        invoke(call, &a);
    }
    return code;
}
