/*
 * environment_outcome.c - how an environment answers the invocation under way, with what the
 * handler said or with the error object that stands for a process which has not; see environment.h.
 */
#include "src/runner/environment_private.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/platform/platform.h"

#include <signal.h>

void environment_finish_with(mr_environment *e, mr_outcome outcome)
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

void environment_finish(mr_environment *e, mr_outcome_kind kind, mr_bytes payload,
                        const char *message)
{
    environment_finish_with(e, (mr_outcome){.kind = kind, .payload = payload, .message = message});
}

char *environment_error_object(const char *type, const char *request_id, const char *detail)
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

void environment_finish_with_object(mr_environment *e, mr_outcome_kind kind, const char *type,
                                    const char *detail, const char *message)
{
    char *object = environment_error_object(type, e->invocation.request_id, detail);
    environment_finish(e, kind, mr_bytes_of(object), message);
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

void environment_finish_crashed(mr_environment *e)
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
    environment_finish_with_object(e, MR_OUTCOME_CRASHED, "Runtime.ExitError", detail, why);
    mr_free(detail);
    mr_free(why);
}
