/*
 * environment.c - the life of an execution environment and of its process, from the start to the
 * last handle that closes; see environment.h. The calls of the process are in environment_api.c.
 *
 *   STARTING --GET next--> READY --an invocation--> BUSY --response or error--> ANSWERED
 *                            ^                                                     |
 *                            +---------------------- GET next ---------------------+
 *   any state --the process has ended, a time-out, an init error, mr_environment_end()--> ENDED
 *
 * environment_enter() makes every one of these moves, and ENDED closes everything. An invocation
 * may be given in any state but BUSY; the event is handed over as soon as the state is READY.
 * The handler's output and its calls come by two ways; whatever it printed before a call is read
 * before the call counts (environment_finish_with()), so that a log never depends on which way was
 * faster.
 */
#include "src/runner/environment_private.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "src/runner/handler_groups.h"
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
    if (e->invocation.live) {
        environment_finish(e, MR_OUTCOME_TIMED_OUT, (mr_bytes){NULL, 0}, NULL);
    } else {
        char *message = mr_format(
            "function %s has not answered request %s within %llu s of real time, and virtual time "
            "cannot go on without it: its handler hangs, or needs a longer Timeout",
            e->name, e->invocation.request_id,
            (unsigned long long)(guard_us(e) / MR_US_PER_SECOND));
        environment_finish(e, MR_OUTCOME_STUCK, (mr_bytes){NULL, 0}, message);
        mr_free(message);
    }
    environment_enter(e, ENV_ENDED);
}

void environment_set_deadline(mr_environment *e, int64_t limit_us)
{
    uv_timer_start(&e->timer, on_deadline, ms_of(limit_us), 0);
}

int64_t environment_age_us(const mr_environment *e)
{
    return monotonic_us() - e->started_us;
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
        environment_finish_crashed(e);
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

bool environment_enforce_memory(mr_environment *e)
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
    (void)environment_enforce_memory(timer->data);
}

/* ---- the state ---- */

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
void environment_enter(mr_environment *e, env_state next)
{
    if (e->state == next || e->state == ENV_ENDED) {
        return;
    }
    e->state = next;
    if (next == ENV_ENDED) {
        enter_ended(e);
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
    if (environment_listen(e, &err) != MR_OK) {
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
        environment_finish_with_object(e, MR_OUTCOME_INIT_ERROR, "Runtime.InvalidEntrypoint",
                                       e->refusal_detail, NULL);
    } else {
        environment_finish(e, e->refusal_kind, (mr_bytes){NULL, 0}, e->refusal);
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
    int64_t limit_us = e->invocation.live ? INIT_LIMIT_US + e->timeout_us : guard_us(e);
    environment_set_deadline(e, limit_us);
    uv_timer_start(&e->memory_timer, on_memory_look, MEMORY_LOOK_MS, MEMORY_LOOK_MS);
    environment_deliver(e);
}

void mr_environment_end(mr_environment *e)
{
    environment_enter(e, ENV_ENDED);
}
