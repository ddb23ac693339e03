/*
 * function_call.c - invocations on the world's clock; see function.h. What they run is in
 * function.c.
 *
 * The life of one invocation (struct call):
 *
 *   mr_function_invoke --throttled--> ENDING (timer)
 *        | an environment is free          ^
 *        v            no: WAITING, in order| call_start: the outcome is known without running
 *   call_start --------------------------> +
 *        | the code runs
 *        v
 *   RUNNING (completion) --simulated finish and the runner's answer--> call_end
 *                                          ENDING --its timer--------> call_end
 *
 * What the answer says is applied in call_end() alone, at a simulated time, so the moment at which
 * a process really answered never shows.
 */
#include "sim/lambda/function_private.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/function_fault.h"

/* The duration model; see mr_function_duration_us() in the header. */
#define DURATION_BASE_US   20000
#define BYTES_PER_US       10
#define THROTTLED_AFTER_US 1000 /* a refusal comes back at once, but never in the same instant */

/* ---- releasing ---- */

static void call_free(call *c)
{
    mr_function *function = c->function;
    mr_functions *functions = function->functions;
    if (c->previous != NULL) {
        c->previous->after = c->after;
    } else {
        functions->calls = c->after;
    }
    if (c->after != NULL) {
        c->after->previous = c->previous;
    }
    functions->in_flight--;
    function->in_flight--;
    function_code_release(c->code);
    mr_free(c->invoked_arn);
    mr_free(c->client_context);
    mr_strbuf_deinit(&c->payload);
    mr_strbuf_deinit(&c->result);
    mr_strbuf_deinit(&c->log);
    mr_strbuf_deinit(&c->tail);
    mr_free(c->message);
    mr_free(c->fault_text);
    mr_free(c);
    if (function->removed && function->in_flight == 0) {
        function_free(function);
    }
}

void function_abandon_calls(mr_functions *functions)
{
    while (functions->calls != NULL) {
        call *c = functions->calls;
        if (c->running) {
            functions->runner->discard(functions->runner, &c->code->code, c->environment);
        }
        mr_completion_cancel(&c->completion);
        mr_timer_cancel(&c->timer);
        call_free(c);
    }
}

/* ---- the outcome ---- */

static void set_error_object(call *c, const char *type, const char *message)
{
    mr_strbuf_reset(&c->result);
    mr_json json = mr_json_make(&c->result);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "errorType", type);
    mr_json_field_string(&json, "errorMessage", message);
    mr_json_object_end(&json);
}

static void set_timed_out(call *c)
{
    c->kind = MR_OUTCOME_TIMED_OUT;
    char *message =
        mr_format("RequestId: %s Error: Task timed out after %.2f seconds", c->request_id,
                  (double)c->code->code.timeout_us / (double)MR_US_PER_SECOND);
    set_error_object(c, "Sandbox.Timedout", message);
    mr_free(message);
}

static void set_crashed(call *c)
{
    c->kind = MR_OUTCOME_CRASHED;
    char *message =
        mr_format("RequestId: %s Error: Runtime exited with error: signal: killed", c->request_id);
    set_error_object(c, "Runtime.ExitError", message);
    mr_free(message);
}

static void set_fault_error(call *c)
{
    c->kind = MR_OUTCOME_FUNCTION_ERROR;
    set_error_object(c, c->fault.text == NULL ? "Unhandled" : c->fault.text,
                     "the fault lambda-error has struck");
}

/* Its function was removed while it waited, or it came after that. */
static void set_not_found(call *c)
{
    c->kind = MR_OUTCOME_FUNCTION_ERROR;
    char *message = mr_format("Function not found: %s", c->code->code.arn);
    set_error_object(c, "ResourceNotFoundException", message);
    mr_free(message);
}

static bool is_spoilt(const call *c)
{
    return c->kind == MR_OUTCOME_OK && (c->fault.kind == MR_FAULT_LAMBDA_GARBLED ||
                                        c->fault.kind == MR_FAULT_LAMBDA_IDS_MISSING ||
                                        c->fault.kind == MR_FAULT_LAMBDA_IDS_REPEATED);
}

/* The faults that leave an answer, but not the one that was given. */
static void spoil_answer(call *c)
{
    if (!is_spoilt(c) || c->is_builtin) {
        return;
    }
    mr_strbuf spoilt = mr_strbuf_make(mr_function_fault_bound(c->result.len));
    mr_function_fault_alter(c->fault.kind, mr_strbuf_bytes(&c->result), &spoilt);
    mr_strbuf_deinit(&c->result);
    c->result = spoilt;
}

/* ---- environments ---- */

/* The environment has a process from here on. Returns how much later than a warm one it answers. */
static int64_t warm_up(const call *c)
{
    mr_functions *functions = c->function->functions;
    if (c->function->warm[c->environment]) {
        return 0;
    }
    c->function->warm[c->environment] = true;
    mr_fault fault =
        mr_faults_ask(functions->faults, MR_POINT_START, c->code->code.name, c->started_us);
    return fault.kind == MR_FAULT_LAMBDA_SLOW_START ? fault.delay_us : 0;
}

/* Whether the process behind the environment is gone, by a fault or by itself. */
static bool has_lost_process(const call *c)
{
    return c->kind == MR_OUTCOME_TIMED_OUT || c->kind == MR_OUTCOME_CRASHED ||
           c->kind == MR_OUTCOME_INIT_ERROR;
}

/* Gives the call the lowest-numbered environment that is free. */
static bool take_environment(call *c)
{
    mr_function *function = c->function;
    for (uint32_t i = 0; i < function->concurrency; i++) {
        if (!function->busy[i]) {
            function->busy[i] = true;
            c->environment = i;
            c->has_environment = true;
            return true;
        }
    }
    return false;
}

/* Gives the environment back; a process that runs code that was replaced meanwhile ends. */
static void leave_environment(call *c)
{
    mr_function *function = c->function;
    mr_functions *functions = function->functions;
    bool is_stale = function->removed || c->code != function->code;
    if (!c->has_environment) {
        return;
    }
    if ((c->discard || is_stale) && functions->runner != NULL) {
        functions->runner->discard(functions->runner, &c->code->code, c->environment);
    }
    function->busy[c->environment] = false;
    function->warm[c->environment] = !has_lost_process(c) && !is_stale;
}

/* ---- running ---- */

/* The outcome is known already: it is applied when its time has come. */
static void end_later(call *c, int64_t due_us)
{
    mr_timer_set(&c->timer, due_us);
}

int64_t mr_function_duration_us(const mr_function *function, size_t payload_bytes)
{
    (void)function; /* one model for all: memory is not power here */
    return DURATION_BASE_US + (int64_t)(payload_bytes / BYTES_PER_US);
}

/* The runner's answer, at whatever moment of real time. Only noted; the completion applies it. */
static void on_outcome(void *context, const mr_outcome *outcome)
{
    call *c = context;
    MR_ASSERT(c->running);
    c->running = false;
    c->kind = outcome->kind;
    if (outcome->memory == NULL) {
        mr_strbuf_append_bytes(&c->result, outcome->payload);
    } else {
        c->result = mr_strbuf_move(outcome->memory);
        c->result.limit = MR_STRBUF_UNLIMITED;
    }
    mr_strbuf_append_bytes(&c->log, outcome->log);
    c->message = mr_strdup(outcome->message);
    c->init_us = outcome->init_us;
    c->memory_peak_bytes = outcome->memory_peak_bytes;
    mr_completion_arrive(&c->completion);
}

static void run_code(call *c, int64_t finish_us)
{
    mr_functions *functions = c->function->functions;
    mr_invocation invocation = {
        .code = &c->code->code,
        .environment = c->environment,
        .request_id = c->request_id,
        .payload = mr_strbuf_bytes(&c->payload),
        .memory = &c->payload,
        .time_us = mr_clock_wall_us(functions->clock),
        .real_time = c->is_real,
        .live = mr_clock_is_live(functions->clock),
        .invoked_arn = c->invoked_arn,
        .client_context = c->client_context,
    };
    c->running = true;
    mr_completion_begin(&c->completion, finish_us);
    functions->runner->invoke(functions->runner, &invocation, on_outcome, c);
}

static void call_start(call *c)
{
    mr_functions *functions = c->function->functions;
    code_ref *code =
        function_code_hold(c->function->code); /* it may have waited through a change */
    function_code_release(c->code);
    c->code = code;
    int64_t timeout_us = c->code->code.timeout_us;

    c->is_real = mr_clock_mode_of(functions->clock) == MR_CLOCK_REAL;
    c->started_us = mr_clock_now_us(functions->clock);
    function_emit_invoked(c);
    c->delay_us = c->fault.kind == MR_FAULT_LAMBDA_SLOW ? c->fault.delay_us : 0;
    c->delay_us += warm_up(c);
    /* In real time the code takes the time it takes. */
    int64_t duration_us =
        c->delay_us + (c->is_real ? 0 : mr_function_duration_us(c->function, c->payload_bytes));

    if (c->fault.kind == MR_FAULT_LAMBDA_TIMEOUT || duration_us >= timeout_us) {
        set_timed_out(c);
        c->discard = true;
        end_later(c, c->started_us + timeout_us);
    } else if (c->fault.kind == MR_FAULT_LAMBDA_CRASH) {
        set_crashed(c);
        c->discard = true;
        end_later(c, c->started_us + duration_us);
    } else if (c->fault.kind == MR_FAULT_LAMBDA_ERROR) {
        set_fault_error(c);
        end_later(c, c->started_us + duration_us);
    } else if (c->is_builtin) {
        c->kind = MR_OUTCOME_OK;
        end_later(c, c->started_us + duration_us);
    } else if (functions->runner == NULL || !mr_function_has_code(c->function)) {
        c->kind = MR_OUTCOME_NOT_STARTED;
        c->message = mr_format(functions->runner == NULL
                                   ? "function %s has code, but nothing here runs code"
                                   : "function %s has a Builtin for delivery streams, and no code "
                                     "here to run",
                               c->code->code.name);
        end_later(c, c->started_us);
    } else {
        run_code(c, c->started_us + duration_us);
    }
}

void function_start_waiting(mr_function *function)
{
    while (function->first_waiting != NULL && take_environment(function->first_waiting)) {
        call *c = function->first_waiting;
        function->first_waiting = c->next;
        if (c->next == NULL) {
            function->last_waiting = NULL;
        }
        c->next = NULL;
        call_start(c);
    }
}

void function_refuse_waiting(mr_function *function)
{
    mr_functions *functions = function->functions;
    for (call *c = function->first_waiting; c != NULL;) {
        call *next = c->next;
        c->next = NULL;
        set_not_found(c);
        end_later(c, mr_clock_now_us(functions->clock) + THROTTLED_AFTER_US);
        c = next;
    }
    function->first_waiting = function->last_waiting = NULL;
}

/* ---- ending ---- */

/* Keeps the end of the log for whoever asked; function_emit_log() cuts the log up. */
static void keep_tail(call *c)
{
    if (c->wants_log) {
        size_t kept = mr_min_size(c->log.len, MR_FUNCTION_LOG_TAIL_MAX);
        mr_strbuf_append_bytes(&c->tail,
                               mr_bytes_make(mr_strbuf_text(&c->log) + c->log.len - kept, kept));
    }
}

static int64_t duration_of(const call *c)
{
    int64_t all_us = mr_clock_now_us(c->function->functions->clock) - c->started_us;
    int64_t init_us = c->is_real ? c->init_us : 0;
    return all_us > init_us ? all_us - init_us : 0;
}

static void call_end(call *c)
{
    mr_function *function = c->function;

    if (c->kind == MR_OUTCOME_OK) {
        spoil_answer(c);
    }
    if (c->kind == MR_OUTCOME_TIMED_OUT && c->result.len == 0) {
        set_timed_out(c); /* by the wall: the runner has no words for it */
    }
    keep_tail(c);
    function_emit_log(c);
    function_emit_answered(c);
    leave_environment(c);
    function_start_waiting(function);
    mr_answer answer = {.kind = c->kind,
                        .throttled = c->throttled,
                        .payload = mr_strbuf_bytes(&c->result),
                        .message = c->message,
                        .spoilt = is_spoilt(c) ? c->fault.kind : MR_FAULT_NONE,
                        .log = mr_strbuf_bytes(&c->tail),
                        .duration_us = duration_of(c),
                        .init_us = c->init_us,
                        .memory_peak_bytes = c->memory_peak_bytes};
    if (c->fn != NULL) {
        c->fn(c->context, &answer);
    }
    call_free(c);
}

static void on_end(void *context)
{
    call_end(context);
}

/* The answer is here and its simulated time has come. */
static void on_completed(void *context)
{
    call *c = context;
    int64_t until_us = c->is_real ? c->started_us + c->delay_us : 0;
    if (!c->is_real && c->kind == MR_OUTCOME_TIMED_OUT) {
        until_us =
            c->started_us + c->code->code.timeout_us; /* by the wall; here it takes as long */
    }
    if (mr_clock_now_us(c->function->functions->clock) < until_us) {
        end_later(c, until_us); /* in real time the completion ran as soon as it was here */
        return;
    }
    call_end(c);
}

/* ---- invoking ---- */

static call *call_new(mr_function *function, mr_answer_fn fn, void *context)
{
    mr_functions *functions = function->functions;
    MR_ASSERT(fn != NULL);
    MR_ASSERT(!function->removed);

    call *c = mr_calloc(1, sizeof(*c));
    c->function = function;
    c->code = function_code_hold(function->code);
    c->fn = fn;
    c->context = context;
    c->result = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    c->log = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    c->tail = mr_strbuf_make(MR_FUNCTION_LOG_TAIL_MAX);
    mr_completion_init(&c->completion, functions->clock, on_completed, c);
    mr_timer_init(&c->timer, functions->clock, on_end, c);
    c->after = functions->calls;
    if (c->after != NULL) {
        c->after->previous = c;
    }
    functions->calls = c;
    functions->in_flight++;
    function->in_flight++;
    return c;
}

static void append_waiting(mr_function *function, call *c)
{
    if (function->last_waiting == NULL) {
        function->first_waiting = c;
    } else {
        function->last_waiting->next = c;
    }
    function->last_waiting = c;
}

/* throttle: as in mr_invoke_options. */
static const char *begin(call *c, bool throttle)
{
    mr_function *function = c->function;
    mr_functions *functions = function->functions;
    int64_t now_us = mr_clock_now_us(functions->clock);
    c->started_us = now_us;
    c->fault = mr_faults_ask(functions->faults, MR_POINT_INVOKE, function->code->code.name, now_us);
    c->fault.text = c->fault_text = mr_strdup(c->fault.text);
    bool is_throttled = c->fault.kind == MR_FAULT_LAMBDA_THROTTLED;
    if (!is_throttled && function->first_waiting == NULL && take_environment(c)) {
        call_start(c);
    } else if (is_throttled || function->reserved == 0 || (throttle && function->reserved > 0)) {
        c->throttled = true;
        c->kind = MR_OUTCOME_FUNCTION_ERROR;
        c->message = mr_strdup("Rate Exceeded.");
        end_later(c, now_us + THROTTLED_AFTER_US);
    } else {
        append_waiting(function, c);
    }
    return c->request_id;
}

static void take_payload(call *c, mr_strbuf *payload)
{
    c->payload = mr_strbuf_move(payload);
    c->payload_bytes = c->payload.len;
}

const char *mr_function_invoke(mr_function *function, mr_strbuf *payload, uint64_t records,
                               mr_answer_fn fn, void *context)
{
    MR_ASSERT(function->builtin == NULL);
    call *c = call_new(function, fn, context);
    take_payload(c, payload);
    c->records = records;
    mr_prng_uuid(&function->functions->request_ids, c->request_id);
    return begin(c, false);
}

const char *mr_function_invoke_with(mr_function *function, const mr_invoke_options *options,
                                    mr_answer_fn fn, void *context)
{
    call *c = call_new(function, fn, context);
    take_payload(c, options->payload);
    c->invoked_arn = mr_strdup(options->invoked_arn);
    c->client_context = mr_strdup(options->client_context);
    c->wants_log = options->log;
    c->records = options->records;
    if (options->request_id == NULL) {
        mr_prng_uuid(&function->functions->request_ids, c->request_id);
    } else {
        MR_ASSERT(strlen(options->request_id) == MR_UUID_SIZE - 1);
        memcpy(c->request_id, options->request_id, MR_UUID_SIZE);
    }
    return begin(c, options->throttle);
}

const char *mr_function_invoke_builtin(mr_function *function, size_t payload_bytes,
                                       uint64_t records, mr_answer_fn fn, void *context)
{
    MR_ASSERT(function->builtin != NULL);
    call *c = call_new(function, fn, context);
    c->is_builtin = true;
    c->payload = mr_strbuf_make(0);
    c->payload_bytes = payload_bytes;
    c->records = records;
    mr_prng_uuid(&function->functions->request_ids, c->request_id);
    return begin(c, false);
}

void mr_function_forget(mr_function *function, const char *request_id)
{
    for (call *c = function->functions->calls; c != NULL; c = c->after) {
        if (c->function == function && strcmp(c->request_id, request_id) == 0) {
            c->fn = NULL;
        }
    }
}
