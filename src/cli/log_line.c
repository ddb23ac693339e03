/* log_line.c - see log_line.h. */
#include "src/cli/log_line.h"

#include "src/cli/common.h"
#include "src/platform/platform.h"

#include <stdarg.h>
#include <stdio.h>

void cli_log_about(bool is_json, mr_log_level level, const mr_event *about, int64_t world_us,
                   const char *message)
{
    const mr_time_source wall = mr_platform_wall_time();
    const mr_log_line line = {.level = level,
                              .message = message,
                              .time_us = wall.now_us(wall.context),
                              .world_us = world_us,
                              .about = about};
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_log_line_append(&text, is_json, &line);
    (void)fputs(mr_strbuf_text(&text), stderr);
    mr_strbuf_deinit(&text);
}

void cli_log_line(bool is_json, mr_log_level level, const char *message)
{
    cli_log_about(is_json, level, NULL, MR_LOG_NO_WORLD, message);
}

void cli_log_linef(bool is_json, mr_log_level level, const char *format, ...)
{
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    va_list args;
    va_start(args, format);
    mr_strbuf_vappendf(&message, format, args);
    va_end(args);
    cli_log_line(is_json, level, mr_strbuf_text(&message));
    mr_strbuf_deinit(&message);
}

int cli_log_failure(bool is_json, const mr_error *err)
{
    cli_log_line(is_json, MR_LOG_ERROR, err->message);
    return cli_exit_of(err->code);
}
