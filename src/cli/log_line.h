/*
 * log_line.h - what a command says of itself on standard error: a line for people, or, with --log
 * json, an object for machines: {"time", "level", "message"}. The time is the machine's own.
 */
#ifndef MR_SRC_CLI_LOG_LINE_H
#define MR_SRC_CLI_LOG_LINE_H

#include "sim/base/strbuf.h"

typedef enum cli_level { CLI_LEVEL_INFO, CLI_LEVEL_WARNING, CLI_LEVEL_ERROR } cli_level;

/* As text: "millrace: message", with "warning: " before the message of a warning. */
void cli_log_line(bool is_json, cli_level level, const char *message);
void cli_log_linef(bool is_json, cli_level level, const char *format, ...) MR_PRINTF(3, 4);
/* The line by itself, its end included. time_us: since the epoch. */
void cli_log_line_write(mr_strbuf *out, bool is_json, cli_level level, int64_t time_us,
                        const char *message);

#endif
