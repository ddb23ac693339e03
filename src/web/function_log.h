/*
 * function_log.h - what the functions of a world did lately: their invocations and the lines that
 * their handlers printed, as the event log tells them. The memory is bounded: of each function the
 * newest are kept, and of the functions those that did something last.
 */
#ifndef MR_SRC_WEB_FUNCTION_LOG_H
#define MR_SRC_WEB_FUNCTION_LOG_H

#include "sim/base/json.h"
#include "sim/trace/trace.h"

#define MR_FUNCTION_LOG_LINES       200  /* of a function */
#define MR_FUNCTION_LOG_INVOCATIONS 200  /* of a function */
#define MR_FUNCTION_LOG_LINE_BYTES  2048 /* of a line; the rest is cut off */
#define MR_FUNCTION_LOG_FUNCTIONS   64

typedef struct mr_function_log mr_function_log;

/* Listens from now on. trace: borrowed, outlives the log. */
mr_function_log *mr_function_log_new(mr_trace *trace);
void mr_function_log_free(mr_function_log *log); /* NULL is fine */

/*
 * Writes the members "lines" and "invocations" of an object that is open, oldest first. Of a
 * function that did nothing both are empty. "id" counts the events of the world from when the log
 * began to listen, 1 and up. An invocation that is under way has no duration and no outcome yet.
 *
 * most: of each of the two, the newest.
 */
void mr_function_log_write(const mr_function_log *log, const char *function, size_t most,
                           mr_json *json);

#endif
