/*
 * function.c - see function.h.
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
#include "sim/lambda/function.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/map.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/function_fault.h"

#include <ctype.h>

#define TIMEOUT_DEFAULT_US  (3 * MR_US_PER_SECOND)
#define TIMEOUT_MAX_US      (900 * MR_US_PER_SECOND)
#define MEMORY_DEFAULT_MIB  128
#define CONCURRENCY_DEFAULT 10
#define NAME_SIZE_MAX       64

/* The duration model; see mr_function_duration_us() in the header. */
#define DURATION_BASE_US   20000
#define BYTES_PER_US       10
#define THROTTLED_AFTER_US 1000 /* a refusal comes back at once, but never in the same instant */
#define LOG_LINES_MAX      1000 /* of one invocation, in the event log */

/* What a function runs, shared by the invocations that began with it. */
typedef struct code_ref {
    size_t refs;
    mr_function_code code; /* its texts are owned */
    char **environment;    /* what code.environment points to */
} code_ref;

typedef struct call call;
struct call {
    mr_function *function;
    code_ref *code; /* the function's at its start */
    call *next;     /* in the queue of those that wait */
    call *previous; /* with after: the list of all that are under way */
    call *after;

    char request_id[MR_UUID_SIZE];
    char *invoked_arn, *client_context; /* may be NULL */
    mr_strbuf payload;
    size_t payload_bytes;
    uint64_t records;
    bool is_builtin; /* the caller applies it */
    bool wants_log;
    mr_answer_fn fn;
    void *context;
    mr_fault fault;

    bool has_environment;
    uint32_t environment;
    bool running; /* the runner has it and has not answered */
    bool discard; /* the environment does not outlive this invocation */
    int64_t started_us;
    int64_t delay_us;         /* what faults add to the duration */
    mr_completion completion; /* RUNNING */
    mr_timer timer;           /* ENDING */

    /* the outcome */
    mr_outcome_kind kind;
    bool throttled;
    mr_strbuf result;
    mr_strbuf log;
    mr_strbuf tail; /* of the log, when it is wanted */
    char *message;  /* owned; may be NULL */
    int64_t init_us;
    uint64_t memory_peak_bytes;
};

struct mr_function {
    mr_functions *functions;
    code_ref *code;
    mr_builtin *builtin;
    int32_t reserved;     /* concurrency; -1: none is */
    uint32_t concurrency; /* what runs at once */
    size_t in_flight;
    bool removed; /* it goes with its last invocation */
    /* By environment number, MR_FUNCTION_CONCURRENCY_MAX of them. */
    bool *busy;
    bool *warm; /* it has a process, as far as the simulation is concerned */
    call *first_waiting, *last_waiting;
};

struct mr_functions {
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_runner *runner;
    char *region, *account;
    mr_prng request_ids;
    uint64_t versions; /* of code so far */
    mr_map *by_name;   /* "name", "name:1" */
    call *calls;       /* all under way, newest first */
    size_t in_flight;
};

/* ---- the registry ---- */

mr_functions *mr_functions_new(const mr_functions_options *options)
{
    mr_functions *functions = mr_calloc(1, sizeof(*functions));
    functions->clock = options->clock;
    functions->trace = options->trace;
    functions->faults = options->faults;
    functions->runner = options->runner;
    functions->region = mr_strdup(options->region);
    functions->account = mr_strdup(options->account);
    functions->request_ids = mr_prng_named(options->seed, "request ids");
    functions->by_name = mr_map_new();
    return functions;
}

static void code_release(code_ref *ref)
{
    if (--ref->refs > 0) {
        return;
    }
    mr_free((char *)ref->code.name);
    mr_free((char *)ref->code.arn);
    mr_free((char *)ref->code.published);
    mr_free((char *)ref->code.runtime);
    mr_free((char *)ref->code.handler);
    mr_free((char *)ref->code.directory);
    for (size_t i = 0; ref->environment != NULL && ref->environment[i] != NULL; i++) {
        mr_free(ref->environment[i]);
    }
    mr_free(ref->environment);
    mr_free(ref);
}

static code_ref *code_hold(code_ref *ref)
{
    ref->refs++;
    return ref;
}

static void function_free(mr_function *function)
{
    MR_ASSERT(function->in_flight == 0);
    code_release(function->code);
    mr_builtin_free(function->builtin);
    mr_free(function->busy);
    mr_free(function->warm);
    mr_free(function);
}

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
    code_release(c->code);
    mr_free(c->invoked_arn);
    mr_free(c->client_context);
    mr_strbuf_deinit(&c->payload);
    mr_strbuf_deinit(&c->result);
    mr_strbuf_deinit(&c->log);
    mr_strbuf_deinit(&c->tail);
    mr_free(c->message);
    mr_free(c);
    if (function->removed && function->in_flight == 0) {
        function_free(function);
    }
}

void mr_functions_free(mr_functions *functions)
{
    if (functions == NULL) {
        return;
    }
    while (functions->calls != NULL) {
        call *c = functions->calls;
        if (c->running) {
            functions->runner->discard(functions->runner, &c->code->code, c->environment);
        }
        mr_completion_cancel(&c->completion);
        mr_timer_cancel(&c->timer);
        call_free(c);
    }
    size_t count = mr_map_count(functions->by_name);
    mr_function **all = (mr_function **)mr_map_sorted(functions->by_name);
    for (size_t i = 0; i < count; i++) {
        function_free(all[i]);
    }
    mr_free(all);
    mr_map_free(functions->by_name);
    mr_free(functions->region);
    mr_free(functions->account);
    mr_free(functions);
}

static bool is_name(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_') {
            return false;
        }
    }
    return len >= 1 && len <= NAME_SIZE_MAX;
}

static mr_code check_options(const mr_function_options *o, mr_error *err)
{
    if (o->name == NULL || !is_name(o->name)) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "function name \"%.100s\": 1 to %d letters, digits, - and _ are allowed",
            o->name == NULL ? "" : o->name, NAME_SIZE_MAX);
    }
    if (o->builtin == NULL && (o->runtime == NULL || o->directory == NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s needs a Runtime and a folder of code", o->name);
    }
    if (o->timeout_us < 0 || o->timeout_us > TIMEOUT_MAX_US) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: Timeout must be between 1 and 900 seconds", o->name);
    }
    if (o->memory_mib != 0 && (o->memory_mib < 128 || o->memory_mib > 10240)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: MemorySize %u must be between 128 and 10240", o->name,
                            o->memory_mib);
    }
    if (o->concurrency > MR_FUNCTION_CONCURRENCY_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "function %s: ReservedConcurrentExecutions %u is above %d", o->name,
                            o->concurrency, MR_FUNCTION_CONCURRENCY_MAX);
    }
    return MR_OK;
}

static char **copy_environment(const char *const *environment)
{
    if (environment == NULL) {
        return NULL;
    }
    size_t count = 0;
    while (environment[count] != NULL) {
        count++;
    }
    char **copy = mr_calloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        copy[i] = mr_strdup(environment[i]);
    }
    return copy;
}

/* Everything is copied; one reference is the caller's. */
static code_ref *code_new(mr_functions *functions, const mr_function_options *o)
{
    code_ref *ref = mr_calloc(1, sizeof(*ref));
    bool is_latest = o->published == NULL;
    ref->refs = 1;
    ref->environment = copy_environment(o->environment);
    ref->code = (mr_function_code){
        .name = mr_strdup(o->name),
        .arn =
            mr_format("arn:aws:lambda:%s:%s:function:%s%s%s", functions->region, functions->account,
                      o->name, is_latest ? "" : ":", is_latest ? "" : o->published),
        .published = mr_strdup(o->published),
        .runtime = mr_strdup(o->runtime),
        .handler = mr_strdup(o->handler),
        .directory = mr_strdup(o->directory),
        .timeout_us = o->timeout_us == 0 ? TIMEOUT_DEFAULT_US : o->timeout_us,
        .memory_mib = o->memory_mib == 0 ? MEMORY_DEFAULT_MIB : o->memory_mib,
        .environment = (const char *const *)ref->environment,
        .version = ++functions->versions,
    };
    return ref;
}

static char *key_of(const char *name, const char *published)
{
    return published == NULL ? mr_strdup(name) : mr_format("%s:%s", name, published);
}

mr_code mr_functions_add(mr_functions *functions, const mr_function_options *o, mr_function **out,
                         mr_error *err)
{
    mr_code code = check_options(o, err);
    if (code != MR_OK) {
        return code;
    }
    char *key = key_of(o->name, o->published);
    mr_builtin *builtin = NULL;
    if (mr_map_get(functions->by_name, mr_bytes_of(key)) != NULL) {
        code = mr_error_set(err, MR_ALREADY_EXISTS, "Function already exist: %s", key);
    } else if (o->builtin != NULL) {
        code = mr_builtin_new(o->builtin, &builtin, err);
        if (code != MR_OK) {
            mr_error_prefix(err, "function %s: ", o->name);
        }
    }
    if (code == MR_OK) {
        mr_function *f = mr_calloc(1, sizeof(*f));
        f->functions = functions;
        f->builtin = builtin;
        f->busy = mr_calloc(MR_FUNCTION_CONCURRENCY_MAX, sizeof(*f->busy));
        f->warm = mr_calloc(MR_FUNCTION_CONCURRENCY_MAX, sizeof(*f->warm));
        f->code = code_new(functions, o);
        mr_function_reserve(f, o->concurrency == 0 ? -1 : (int32_t)o->concurrency);
        (void)mr_map_put(functions->by_name, mr_bytes_of(key), f);
        *out = f;
    }
    mr_free(key);
    return code;
}

/* The processes that wait for work of this code. */
static void discard_idle(mr_function *function)
{
    mr_runner *runner = function->functions->runner;
    for (uint32_t i = 0; i < MR_FUNCTION_CONCURRENCY_MAX; i++) {
        if (function->warm[i] && !function->busy[i]) {
            function->warm[i] = false;
            if (runner != NULL) {
                runner->discard(runner, &function->code->code, i);
            }
        }
    }
}

mr_code mr_function_replace(mr_function *function, const mr_function_options *options,
                            mr_error *err)
{
    mr_function_options o = *options;
    o.name = function->code->code.name;
    o.published = function->code->code.published;
    mr_code code = check_options(&o, err);
    if (code == MR_OK) {
        code_ref *ref = code_new(function->functions, &o);
        discard_idle(function);
        code_release(function->code);
        function->code = ref;
    }
    return code;
}

static void start_waiting(mr_function *function);

void mr_function_reserve(mr_function *function, int32_t reserved)
{
    MR_ASSERT(reserved >= -1 && reserved <= MR_FUNCTION_CONCURRENCY_MAX);
    function->reserved = reserved;
    function->concurrency = reserved < 0 ? CONCURRENCY_DEFAULT : (uint32_t)reserved;
    start_waiting(function);
}

/* "name", "name:qualifier", "<account>:function:name[:q]", "arn:aws:lambda:<region>:<account>:
 * function:name[:q]". There are no aliases here, so a qualifier is a published version or nothing.
 */
mr_function *mr_functions_find(mr_functions *functions, const char *name_or_arn)
{
    mr_bytes name = mr_bytes_of(name_or_arn);
    char *full = mr_format("arn:aws:lambda:%s:%s:function:", functions->region, functions->account);
    char *partial = mr_format("%s:function:", functions->account);
    const char *prefixes[] = {full, partial, "function:"};
    for (size_t i = 0; i < MR_COUNT(prefixes); i++) {
        mr_bytes prefix = mr_bytes_of(prefixes[i]);
        if (mr_bytes_starts_with(name, prefix)) {
            name = mr_bytes_make(name.at + prefix.len, name.len - prefix.len);
            break;
        }
    }
    mr_free(full);
    mr_free(partial);
    size_t colon = mr_bytes_find(name, ':');
    if (colon + 1 == name.len) {
        return NULL; /* an empty qualifier */
    }
    mr_function *published = colon < name.len ? mr_map_get(functions->by_name, name) : NULL;
    return published != NULL ? published
                             : mr_map_get(functions->by_name, mr_bytes_make(name.at, colon));
}

const char *mr_function_name(const mr_function *function)
{
    return function->code->code.name;
}

const char *mr_function_arn(const mr_function *function)
{
    return function->code->code.arn;
}

mr_builtin *mr_function_builtin(mr_function *function)
{
    return function->builtin;
}

bool mr_function_has_code(const mr_function *function)
{
    return function->code->code.directory != NULL;
}

size_t mr_function_in_flight(const mr_function *function)
{
    return function->in_flight;
}

int64_t mr_function_duration_us(const mr_function *function, size_t payload_bytes)
{
    (void)function; /* one model for all: memory is not power here */
    return DURATION_BASE_US + (int64_t)(payload_bytes / BYTES_PER_US);
}

size_t mr_functions_in_flight(const mr_functions *functions)
{
    return functions->in_flight;
}

/* ---- events ---- */

static const char *outcome_name(const call *c)
{
    static const char *const names[] = {
        [MR_OUTCOME_OK] = "ok",
        [MR_OUTCOME_FUNCTION_ERROR] = "function-error",
        [MR_OUTCOME_TIMED_OUT] = "timed-out",
        [MR_OUTCOME_CRASHED] = "crashed",
        [MR_OUTCOME_TOO_LARGE] = "too-large",
        [MR_OUTCOME_INIT_ERROR] = "init-error",
        [MR_OUTCOME_NOT_STARTED] = "not-started",
        [MR_OUTCOME_STUCK] = "stuck",
    };
    return c->throttled ? "throttled" : names[c->kind];
}

static void emit_invoked(const call *c)
{
    mr_event event = {.type = MR_EVENT_INVOKED,
                      .function = c->code->code.name,
                      .id = c->request_id,
                      .number = c->environment,
                      .records = c->records,
                      .bytes = c->payload_bytes};
    mr_trace_emit(c->function->functions->trace, &event);
}

static void emit_log_line(const call *c, const char *line)
{
    mr_event event = {.type = MR_EVENT_FUNCTION_LOG,
                      .function = c->code->code.name,
                      .id = c->request_id,
                      .message = line};
    mr_trace_emit(c->function->functions->trace, &event);
}

/* One event a line. The log is ours to cut up: it is not needed afterwards. */
static void emit_log(call *c)
{
    char *at = c->log.at;
    char *end = c->log.len == 0 ? at : at + c->log.len;
    size_t lines = 0;
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        char *next = stop == NULL ? end : stop + 1;
        stop = stop == NULL ? end : stop;
        if (stop > at && stop[-1] == '\r') {
            stop--;
        }
        for (char *p = at; p < stop; p++) {
            if (*p == '\0') { /* an event's texts end in NUL */
                *p = ' ';
            }
        }
        *stop = '\0';
        if (lines++ < LOG_LINES_MAX) {
            emit_log_line(c, at);
        }
        at = next;
    }
    if (lines > LOG_LINES_MAX) {
        char *more = mr_format("(%zu more lines)", lines - LOG_LINES_MAX);
        emit_log_line(c, more);
        mr_free(more);
    }
}

static void emit_answered(const call *c)
{
    mr_functions *functions = c->function->functions;
    mr_event event = {.type = MR_EVENT_ANSWERED,
                      .function = c->code->code.name,
                      .id = c->request_id,
                      .reason = outcome_name(c),
                      .message = c->message,
                      .number = c->environment,
                      .records = c->records,
                      .bytes = c->result.len,
                      .duration_us = mr_clock_now_us(functions->clock) - c->started_us};
    mr_trace_emit(functions->trace, &event);
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

/* ---- one invocation ---- */

static void on_end(void *context);

static bool is_real(const call *c)
{
    return mr_clock_mode_of(c->function->functions->clock) == MR_CLOCK_REAL;
}

/* The outcome is known already: it is applied when its time has come. */
static void end_later(call *c, int64_t due_us)
{
    mr_timer_set(&c->timer, due_us);
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
        .real_time = is_real(c),
        .invoked_arn = c->invoked_arn,
        .client_context = c->client_context,
    };
    c->running = true;
    mr_completion_begin(&c->completion, finish_us);
    functions->runner->invoke(functions->runner, &invocation, on_outcome, c);
}

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

static void call_start(call *c)
{
    mr_functions *functions = c->function->functions;
    code_ref *code = code_hold(c->function->code); /* it may have waited through a change */
    code_release(c->code);
    c->code = code;
    int64_t timeout_us = c->code->code.timeout_us;

    c->started_us = mr_clock_now_us(functions->clock);
    emit_invoked(c);
    c->delay_us = c->fault.kind == MR_FAULT_LAMBDA_SLOW ? c->fault.delay_us : 0;
    c->delay_us += warm_up(c);
    /* In real time the code takes the time it takes. */
    int64_t duration_us =
        c->delay_us + (is_real(c) ? 0 : mr_function_duration_us(c->function, c->payload_bytes));

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

static void start_waiting(mr_function *function)
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

/* Its function was removed while it waited, or it came after that. */
static void set_not_found(call *c)
{
    c->kind = MR_OUTCOME_FUNCTION_ERROR;
    char *message = mr_format("Function not found: %s", c->code->code.arn);
    set_error_object(c, "ResourceNotFoundException", message);
    mr_free(message);
}

void mr_functions_remove(mr_functions *functions, mr_function *function)
{
    char *key = key_of(function->code->code.name, function->code->code.published);
    void *removed = mr_map_remove(functions->by_name, mr_bytes_of(key));
    MR_ASSERT(removed == function);
    mr_free(key);
    discard_idle(function);
    function->removed = true;
    for (call *c = function->first_waiting; c != NULL;) {
        call *next = c->next;
        c->next = NULL;
        set_not_found(c);
        end_later(c, mr_clock_now_us(functions->clock) + THROTTLED_AFTER_US);
        c = next;
    }
    function->first_waiting = function->last_waiting = NULL;
    if (function->in_flight == 0) {
        function_free(function);
    }
}

/* Keeps the end of the log for whoever asked; emit_log() cuts the log up. */
static void keep_tail(call *c)
{
    if (c->wants_log) {
        size_t kept = mr_min_size(c->log.len, MR_FUNCTION_LOG_TAIL_MAX);
        mr_strbuf_append_bytes(&c->tail,
                               mr_bytes_make(mr_strbuf_text(&c->log) + c->log.len - kept, kept));
    }
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

static int64_t duration_of(const call *c)
{
    int64_t all_us = mr_clock_now_us(c->function->functions->clock) - c->started_us;
    int64_t init_us = is_real(c) ? c->init_us : 0;
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
    emit_log(c);
    emit_answered(c);
    leave_environment(c);
    start_waiting(function);
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
    int64_t slow_until_us = c->started_us + c->delay_us;
    if (is_real(c) && mr_clock_now_us(c->function->functions->clock) < slow_until_us) {
        end_later(c, slow_until_us); /* in real time the completion ran as soon as it was here */
        return;
    }
    call_end(c);
}

static call *call_new(mr_function *function, mr_answer_fn fn, void *context)
{
    mr_functions *functions = function->functions;
    MR_ASSERT(fn != NULL);
    MR_ASSERT(!function->removed);

    call *c = mr_calloc(1, sizeof(*c));
    c->function = function;
    c->code = code_hold(function->code);
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
