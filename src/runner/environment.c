/*
 * environment.c - see environment.h.
 *
 *   STARTING --GET next--> READY --an invocation--> BUSY --response or error--> ANSWERED
 *                            ^                                                     |
 *                            +---------------------- GET next ---------------------+
 *   any state --the process has ended, a time-out, an init error, mr_environment_end()--> ENDED
 *
 * environment_enter() makes every one of these moves, and ENDED closes everything. An invocation
 * may be given in any state but BUSY; the event is handed over as soon as the state is READY.
 * The handler's output and its calls come by two ways; whatever it printed before a call is read
 * before the call counts (finish), so that a log never depends on which way was faster.
 */
#include "src/runner/environment.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/http/server.h"
#include "src/platform/platform.h"
#include "src/runner/handler_groups.h"
#include "src/runner/log_pipe.h"
#include "src/runner/variables.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define INIT_LIMIT_US (10 * MR_US_PER_SECOND) /* AWS's, for the code outside the handler */
#define GUARD_FACTOR  10
#define TERM_GRACE_MS 500 /* between SIGTERM and SIGKILL */
/* Of MemorySize: Node.js would otherwise size its heap by the machine, and not collect in time. */
#define NODE_HEAP_PERCENT 90
#define MEMORY_LOOK_MS    100 /* between looks at what a handler at work uses */
#define SETTLE_STEP_MS    1   /* see on_settle() */
#define SETTLE_STEPS      1000
#define SWALLOW_MAX       MR_GIB /* of an answer that is too large: read, dropped, and told so */
#define IDLE_MS           UINT64_C(86400000) /* a handler at work is silent; others watch that */
#define API_BASE          "/2018-06-01/runtime/"

typedef enum env_state { ENV_STARTING, ENV_READY, ENV_BUSY, ENV_ANSWERED, ENV_ENDED } env_state;

struct mr_environment {
    uv_loop_t *loop;
    env_state state;
    char *name, *arn; /* of the function */
    uint32_t index;
    uint64_t version, stamp;
    int64_t timeout_us, wall_guard_us;
    uint32_t memory_mib;
    void (*again)(void *context, const mr_invocation *invocation, mr_outcome_fn done,
                  void *done_context);
    void (*gone)(void *context, mr_environment *environment);
    void *owner; /* for both */

    /* handles; it is freed when handles_open reaches 0 */
    int handles_open;
    uv_timer_t timer;      /* the invocation's deadline; then on_settle(); or a refusal */
    uv_timer_t kill_timer; /* SIGKILL after SIGTERM */
    uv_timer_t memory_timer;
    uv_process_t process;
    mr_log_pipe log;
    mr_http_server *server; /* NULL: not started, or stopped */

    int64_t started_us; /* by the monotonic clock */
    int64_t init_us;    /* from then to the first GET next, for the first answer; 0: given */
    bool running;       /* the process has been started and has not ended */
    bool is_out_of_memory;
    int64_t exit_status;
    int exit_signal;
    int settle_steps;

    /* why there is no process: the outcome of the first invocation */
    mr_outcome_kind refusal_kind;
    char *refusal;        /* owned; NULL: there is one */
    char *refusal_detail; /* owned; for an error object that names the request */

    mr_http_request *next; /* a GET next that waits */

    /* the invocation under way */
    mr_outcome_fn done; /* NULL: none */
    void *done_context;
    mr_invocation invocation;
};

static void environment_enter(mr_environment *e, env_state next);

/* ---- outcomes ---- */

/* The one place where an invocation is answered. outcome: all but the log. */
static void finish_with(mr_environment *e, mr_outcome outcome)
{
    mr_outcome_fn done = e->done;
    MR_ASSERT(done != NULL);

    uv_timer_stop(&e->memory_timer);
    if (e->running) {
        uv_timer_stop(&e->timer); /* otherwise it belongs to on_settle() */
    }
    mr_strbuf log = mr_log_pipe_take(&e->log);
    e->done = NULL;

    outcome.log = mr_strbuf_bytes(&log);
    outcome.init_us = e->init_us;
    outcome.memory_peak_bytes = e->running ? mr_platform_memory_peak(e->process.pid) : 0;
    e->init_us = 0;
    done(e->done_context, &outcome);
    mr_strbuf_deinit(&log);
}

static void finish(mr_environment *e, mr_outcome_kind kind, mr_bytes payload, const char *message)
{
    finish_with(e, (mr_outcome){.kind = kind, .payload = payload, .message = message});
}

/* An error object as AWS gives it when the runtime itself could not. `detail` follows
 * "RequestId: <id> Error: "; NULL: message stands alone. Owned text. */
static char *error_object(const char *type, const char *request_id, const char *detail)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *text = request_id == NULL ? mr_strdup(detail)
                                    : mr_format("RequestId: %s Error: %s", request_id, detail);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "errorType", type);
    mr_json_field_string(&json, "errorMessage", text);
    mr_json_object_end(&json);
    mr_free(text);
    return mr_strbuf_take(&out);
}

static void finish_with_object(mr_environment *e, mr_outcome_kind kind, const char *type,
                               const char *detail, const char *message)
{
    char *object = error_object(type, e->invocation.request_id, detail);
    finish(e, kind, mr_bytes_of(object), message);
    mr_free(object);
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGKILL:
        return "killed";
    case SIGSEGV:
        return "segmentation fault";
    case SIGABRT:
        return "aborted";
    case SIGBUS:
        return "bus error";
    case SIGFPE:
        return "floating point exception";
    case SIGILL:
        return "illegal instruction";
    case SIGTERM:
        return "terminated";
    case SIGINT:
        return "interrupt";
    default:
        return NULL;
    }
}

/* The process has ended without an answer. */
static void finish_crashed(mr_environment *e)
{
    char *detail;
    char *why =
        !e->is_out_of_memory
            ? NULL
            : mr_format("killed: it has used more than its MemorySize of %u MB", e->memory_mib);
    const char *name = signal_name(e->exit_signal);
    if (e->exit_signal != 0 && name != NULL) {
        detail = mr_format("Runtime exited with error: signal: %s", name);
    } else if (e->exit_signal != 0) {
        detail = mr_format("Runtime exited with error: signal: signal %d", e->exit_signal);
    } else if (e->exit_status != 0) {
        detail =
            mr_format("Runtime exited with error: exit status %lld", (long long)e->exit_status);
    } else {
        detail = mr_strdup("Runtime exited without providing a reason");
    }
    finish_with_object(e, MR_OUTCOME_CRASHED, "Runtime.ExitError", detail, why);
    mr_free(detail);
    mr_free(why);
}

/* ---- the invocation's clock ---- */

static int64_t monotonic_us(void)
{
    mr_time_source source = mr_platform_monotonic_time();
    return source.now_us(source.context);
}

static uint64_t ms_of(int64_t us)
{
    return (uint64_t)((us + 999) / 1000);
}

static int64_t guard_us(const mr_environment *e)
{
    int64_t guard = e->timeout_us * GUARD_FACTOR;
    return guard > e->wall_guard_us ? guard : e->wall_guard_us;
}

static void on_deadline(uv_timer_t *timer)
{
    mr_environment *e = timer->data;
    if (e->invocation.real_time) {
        finish(e, MR_OUTCOME_TIMED_OUT, (mr_bytes){NULL, 0}, NULL);
    } else {
        char *message = mr_format(
            "function %s has not answered request %s within %llu s of real time, and virtual time "
            "cannot go on without it: its handler hangs, or needs a longer Timeout",
            e->name, e->invocation.request_id,
            (unsigned long long)(guard_us(e) / MR_US_PER_SECOND));
        finish(e, MR_OUTCOME_STUCK, (mr_bytes){NULL, 0}, message);
        mr_free(message);
    }
    environment_enter(e, ENV_ENDED);
}

/* ---- the process ---- */

/*
 * The process has ended, but what it said last may still be on its way through the sockets: the
 * kernel closed them before it told us, so their last bytes are there, and every connection ends
 * soon. A child that left the group and holds one open is waited for no longer than a second.
 */
static void on_settle(uv_timer_t *timer)
{
    mr_environment *e = timer->data;
    e->settle_steps++;
    bool quiet = e->settle_steps > 2 && mr_http_server_connections(e->server) == 0;
    if (!quiet && e->settle_steps < SETTLE_STEPS) {
        return;
    }
    if (e->done != NULL && e->state == ENV_ANSWERED) {
        mr_outcome_fn done = e->done;
        environment_enter(e, ENV_ENDED);
        e->again(e->owner, &e->invocation, done, e->done_context);
        return;
    }
    if (e->done != NULL) {
        finish_crashed(e);
    }
    environment_enter(e, ENV_ENDED);
}

static void on_handle_closed(uv_handle_t *handle)
{
    mr_environment *e = handle->data;
    if (--e->handles_open > 0) {
        return;
    }
    e->gone(e->owner, e);
    mr_log_pipe_deinit(&e->log);
    mr_free(e->name);
    mr_free(e->arn);
    mr_free(e->refusal);
    mr_free(e->refusal_detail);
    mr_free(e);
}

static void kill_group(const mr_environment *e, int number)
{
    /* The process leads a group of its own (UV_PROCESS_DETACHED). One that is gone is fine. */
    (void)kill(-e->process.pid, number);
}

static void on_process_end(uv_process_t *process, int64_t status, int number)
{
    mr_environment *e = process->data;
    e->running = false;
    e->exit_status = status;
    e->exit_signal = number;
    kill_group(e, SIGKILL); /* children that it left behind */
    mr_handler_groups_forget(process->pid);
    uv_close((uv_handle_t *)process, on_handle_closed);
    if (e->state == ENV_ENDED) {
        uv_close((uv_handle_t *)&e->kill_timer, on_handle_closed);
    } else {
        uv_timer_start(&e->timer, on_settle, SETTLE_STEP_MS, SETTLE_STEP_MS);
    }
}

static void on_kill(uv_timer_t *timer)
{
    kill_group(timer->data, SIGKILL);
}

/* ---- memory ---- */

/*
 * Kills a process that has used more than its function has; true when it did. Its invocation is
 * then answered by its end. What counts is the most that it ever had in memory, so that it is the
 * same for a handler which is caught at it and for one that is found out when it answers.
 */
static bool enforce_memory(mr_environment *e)
{
    if (!e->running || mr_platform_memory_peak(e->process.pid) <= e->memory_mib * MR_MIB) {
        return false;
    }
    e->is_out_of_memory = true;
    uv_timer_stop(&e->memory_timer);
    kill_group(e, SIGKILL);
    return true;
}

static void on_memory_look(uv_timer_t *timer)
{
    (void)enforce_memory(timer->data);
}

/* Closes everything; the process handle and the kill timer close when the process has ended. */
static void enter_ended(mr_environment *e)
{
    e->done = NULL; /* whoever ends it has answered, or forgets */
    e->next = NULL;
    if (e->server != NULL) {
        mr_http_server_stop(e->server);
        e->server = NULL;
    }
    if (mr_log_pipe_is_open(&e->log)) {
        mr_log_pipe_close(&e->log, on_handle_closed, e);
    }
    if (e->running) {
        kill_group(e, SIGTERM);
        uv_timer_start(&e->kill_timer, on_kill, TERM_GRACE_MS, 0);
    } else {
        uv_close((uv_handle_t *)&e->kill_timer, on_handle_closed);
    }
    uv_close((uv_handle_t *)&e->timer, on_handle_closed);
    uv_close((uv_handle_t *)&e->memory_timer, on_handle_closed);
}

/* The one place that changes e->state: put the breakpoint and the trace line here. */
static void environment_enter(mr_environment *e, env_state next)
{
    if (e->state == next || e->state == ENV_ENDED) {
        return;
    }
    e->state = next;
    if (next == ENV_ENDED) {
        enter_ended(e);
    }
}

/* ---- the Runtime API ---- */

static void answer_json(mr_http_request *request, int status, const char *body)
{
    const mr_http_header_field header = {"Content-Type", "application/json"};
    mr_http_answer(request, status, &header, 1, mr_bytes_of(body));
}

static void answer_error(mr_http_request *request, int status, const char *type,
                         const char *message)
{
    char *body = error_object(type, NULL, message);
    answer_json(request, status, body);
    mr_free(body);
}

static void answer_accepted(mr_http_request *request)
{
    answer_json(request, 202, "{\"status\":\"OK\"}");
}

/* Hands the event over when both sides are there. */
static void deliver(mr_environment *e)
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
    if (e->invocation.real_time) {
        uv_timer_start(&e->timer, on_deadline, ms_of(e->timeout_us), 0);
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
        e->init_us = monotonic_us() - e->started_us;
    }
    e->next = request;
    mr_http_set_context(request, e, on_next_closed);
    environment_enter(e, ENV_READY);
    deliver(e);
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
    if (enforce_memory(e)) {
        answer_accepted(request); /* to nobody: on_process_end() goes on */
        return;
    }
    /* done may end this environment, and then the request is gone. */
    bool gone = false;
    mr_http_set_context(request, &gone, on_gone_meanwhile);
    bool too_large = mr_http_body_dropped(request);
    environment_enter(e, ENV_ANSWERED);
    if (too_large) {
        char *object = error_object("Function.ResponseSizeTooLarge", NULL,
                                    "Response payload size exceeded maximum allowed payload size "
                                    "(6291556 bytes).");
        finish(e, MR_OUTCOME_TOO_LARGE, mr_bytes_of(object), NULL);
        mr_free(object);
    } else {
        mr_strbuf body = mr_http_take_body(request);
        finish_with(e, (mr_outcome){.kind = is_error ? MR_OUTCOME_FUNCTION_ERROR : MR_OUTCOME_OK,
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
        finish(e, MR_OUTCOME_INIT_ERROR, mr_http_body(request), NULL);
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

/* ---- starting ---- */

static void refuse(mr_environment *e, mr_outcome_kind kind, char *refusal)
{
    e->refusal_kind = kind;
    e->refusal = refusal;
}

/* The user's own program, for provided.*. NULL: refused. */
static char *own_bootstrap(mr_environment *e, const char *task_root)
{
    char *program = mr_format("%s/bootstrap", task_root);
    if (access(program, X_OK) == 0) {
        return program;
    }
    e->refusal_detail = errno == EACCES
                            ? mr_format("fork/exec %s: permission denied", "/var/task/bootstrap")
                            : mr_strdup("Couldn't find valid bootstrap(s): [/var/task/bootstrap "
                                        "/opt/bootstrap]");
    refuse(e, MR_OUTCOME_INIT_ERROR, mr_strdup(e->refusal_detail));
    mr_free(program);
    return NULL;
}

static int spawn(mr_environment *e, char **argv, char **variables, const char *task_root)
{
    int write_end = -1;
    int status = mr_log_pipe_open(&e->log, e->loop, &write_end);
    if (status != 0) {
        return status;
    }
    e->handles_open++;
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = write_end},
        {.flags = UV_INHERIT_FD, .data.fd = write_end},
    };
    uv_process_options_t options = {
        .exit_cb = on_process_end,
        .file = argv[0],
        .args = argv,
        .env = variables,
        .cwd = task_root,
        .flags = UV_PROCESS_DETACHED, /* a group of its own */
        .stdio_count = 3,
        .stdio = stdio,
    };
    e->process.data = e;
    status = mr_handler_groups_spawn(e->loop, &e->process, &options);
    e->handles_open++;
    if (status == 0) {
        e->running = true;
    } else {
        uv_close((uv_handle_t *)&e->process, on_handle_closed);
    }
    close(write_end);
    return status;
}

static void start_process(mr_environment *e, const mr_environment_options *o, const char *task_root)
{
    char *script = mr_format("%s/%s", o->runtime_dir,
                             o->runtime->kind == MR_RUNTIME_PYTHON ? "python.py" : "node.cjs");
    char *program = o->runtime->kind == MR_RUNTIME_PROVIDED ? own_bootstrap(e, task_root)
                                                            : mr_strdup(o->runtime->program);
    if (program != NULL) {
        mr_variables_options variables_options = {
            .code = o->code,
            .runtime = o->runtime->kind,
            .task_root = task_root,
            .runtime_dir = o->runtime_dir,
            .region = o->region,
            .endpoint_url = o->endpoint_url,
            .api_port = mr_http_server_port(e->server),
            .environment = o->index,
            .time_us = o->time_us,
        };
        char **variables = mr_variables_make(&variables_options);
        char unbuffered[] = "-u";
        char *python[] = {program, unbuffered, script, NULL};
        char *heap =
            mr_format("--max-old-space-size=%u", o->code->memory_mib * NODE_HEAP_PERCENT / 100);
        char *node[] = {program, heap, script, NULL};
        char *own[] = {program, NULL};
        char **by_kind[] = {
            [MR_RUNTIME_PYTHON] = python, [MR_RUNTIME_NODE] = node, [MR_RUNTIME_PROVIDED] = own};
        int status = spawn(e, by_kind[o->runtime->kind], variables, task_root);
        if (status != 0) {
            refuse(e, MR_OUTCOME_NOT_STARTED,
                   mr_format("function %s: starting %s in %s: %s", e->name, program, task_root,
                             uv_strerror(status)));
        }
        mr_variables_free(variables);
        mr_free(heap);
    }
    mr_free(program);
    mr_free(script);
}

static void start(mr_environment *e, const mr_environment_options *o)
{
    char *task_root = realpath(o->code->directory, NULL);
    if (task_root == NULL) {
        refuse(e, MR_OUTCOME_NOT_STARTED,
               mr_format("function %s: its folder of code %s is not there", e->name,
                         o->code->directory));
        return;
    }
    mr_error err;
    mr_http_options http = {
        .loop = e->loop,
        .limits = {.body_bytes_max = MR_ENVIRONMENT_ANSWER_MAX,
                   .swallow_bytes_max = SWALLOW_MAX,
                   .connections_max = 16,
                   .idle_ms = IDLE_MS},
        .handler = on_request,
        .context = e,
    };
    if (mr_http_server_start(&http, &e->server, &err) != MR_OK) {
        refuse(e, MR_OUTCOME_NOT_STARTED, mr_format("function %s: %s", e->name, err.message));
    } else {
        start_process(e, o, task_root);
    }
    free(task_root); /* realpath's */
}

mr_environment *mr_environment_start(const mr_environment_options *o)
{
    mr_environment *e = mr_calloc(1, sizeof(*e));
    e->loop = o->loop;
    e->started_us = monotonic_us();
    e->name = mr_strdup(o->code->name);
    e->arn = mr_strdup(o->code->arn);
    e->index = o->index;
    e->version = o->code->version;
    e->stamp = o->stamp;
    e->timeout_us = o->code->timeout_us;
    e->wall_guard_us = o->wall_guard_us;
    e->gone = o->gone;
    e->again = o->again;
    e->owner = o->context;
    mr_log_pipe_init(&e->log);
    uv_timer_init(e->loop, &e->timer);
    uv_timer_init(e->loop, &e->kill_timer);
    e->timer.data = e;
    uv_timer_init(e->loop, &e->memory_timer);
    e->kill_timer.data = e;
    e->memory_timer.data = e;
    e->handles_open = 3;
    if (o->runtime == NULL) {
        refuse(e, MR_OUTCOME_NOT_STARTED, mr_strdup(o->refusal));
    } else {
        start(e, o);
    }
    return e;
}

/* ---- from outside ---- */

static bool has_place(const mr_environment *e, const char *arn, uint32_t index)
{
    return e->state != ENV_ENDED && e->index == index && strcmp(e->arn, arn) == 0;
}

bool mr_environment_is(const mr_environment *e, const mr_function_code *code, uint32_t index)
{
    return has_place(e, code->arn, index) && e->version == code->version;
}

bool mr_environment_serves(const mr_environment *e, const mr_function_code *code, uint64_t stamp,
                           uint32_t index)
{
    return mr_environment_is(e, code, index) && e->stamp == stamp && e->running;
}

bool mr_environment_is_outdated(const mr_environment *e, const mr_function_code *code,
                                uint64_t stamp, uint32_t index)
{
    return has_place(e, code->arn, index) && !mr_environment_serves(e, code, stamp, index) &&
           e->done == NULL;
}

static void on_refusal(uv_timer_t *timer)
{
    mr_environment *e = timer->data;
    if (e->refusal_kind == MR_OUTCOME_INIT_ERROR) {
        finish_with_object(e, MR_OUTCOME_INIT_ERROR, "Runtime.InvalidEntrypoint", e->refusal_detail,
                           NULL);
    } else {
        finish(e, e->refusal_kind, (mr_bytes){NULL, 0}, e->refusal);
    }
    environment_enter(e, ENV_ENDED);
}

void mr_environment_invoke(mr_environment *e, const mr_invocation *invocation, mr_outcome_fn done,
                           void *context)
{
    MR_ASSERT(e->done == NULL);
    MR_ASSERT(e->state != ENV_BUSY && e->state != ENV_ENDED);

    e->done = done;
    e->done_context = context;
    e->invocation = *invocation;
    e->timeout_us = invocation->code->timeout_us;
    e->memory_mib = invocation->code->memory_mib;
    if (e->refusal != NULL) {
        uv_timer_start(&e->timer, on_refusal, 0, 0);
        return;
    }
    int64_t limit_us = e->invocation.real_time ? INIT_LIMIT_US + e->timeout_us : guard_us(e);
    uv_timer_start(&e->timer, on_deadline, ms_of(limit_us), 0);
    uv_timer_start(&e->memory_timer, on_memory_look, MEMORY_LOOK_MS, MEMORY_LOOK_MS);
    deliver(e);
}

void mr_environment_end(mr_environment *e)
{
    environment_enter(e, ENV_ENDED);
}
