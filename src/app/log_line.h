/*
 * log_line.h - a line of what a command says of itself on standard error: text for people, or, with
 * --log json, an object for machines. Whatever an object is about, it begins in the same way:
 *
 *   {"time":"2025-01-01T00:00:00.000000Z","level":"warning","message":"stream rides is kept ...",
 *    "world_time":"2025-01-01T00:00:00.000000Z","stream":"rides"}
 *
 * docs/operations.md has the members, and what adds some (the access log, the summary of a run).
 */
#ifndef MR_SRC_APP_LOG_LINE_H
#define MR_SRC_APP_LOG_LINE_H

#include "sim/base/json.h"
#include "sim/trace/trace.h"

typedef enum mr_log_level { MR_LOG_INFO, MR_LOG_WARNING, MR_LOG_ERROR } mr_log_level;

#define MR_LOG_NO_WORLD (-1)

/* All borrowed. */
typedef struct mr_log_line {
    mr_log_level level;
    const char *message;
    int64_t time_us;       /* the machine's time of day */
    int64_t world_us;      /* the world's; MR_LOG_NO_WORLD: it is about none */
    const mr_event *about; /* whose members name what it is about, its message not; NULL: nothing */
} mr_log_line;

/* Begins the object; who adds members of its own does, and ends it. */
void mr_log_line_begin(mr_json *json, const mr_log_line *line);
/* Appends the line, its end included. As text: "millrace: message", with "warning: " before the
 * message of a warning. */
void mr_log_line_append(mr_strbuf *out, bool is_json, const mr_log_line *line);

#endif
