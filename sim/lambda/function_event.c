/* function_event.c - what the trace hears of invocations; see function.h. */
#include "sim/lambda/function_private.h"

#include "sim/base/alloc.h"

#define LOG_LINES_MAX 1000 /* of one invocation, in the event log */

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

void function_emit_invoked(const call *c)
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
void function_emit_log(call *c)
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

void function_emit_answered(const call *c)
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
