/*
 * log_line.h - says something on standard error, now: as a line for people, or, with --log json, as
 * an object for machines (src/app/log_line.h).
 */
#ifndef MR_SRC_CLI_LOG_LINE_H
#define MR_SRC_CLI_LOG_LINE_H

#include "sim/base/error.h"
#include "src/app/log_line.h"

void cli_log_line(bool is_json, mr_log_level level, const char *message);
void cli_log_linef(bool is_json, mr_log_level level, const char *format, ...) MR_PRINTF(3, 4);
/* about, world_us: as in mr_log_line. */
void cli_log_about(bool is_json, mr_log_level level, const mr_event *about, int64_t world_us,
                   const char *message);
/* What a command ends with. Returns the exit status that it deserves. */
int cli_log_failure(bool is_json, const mr_error *err);

#endif
