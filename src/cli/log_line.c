/* log_line.c - see log_line.h. */
#include "src/cli/log_line.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"

#include <stdio.h>

static void write_json(mr_strbuf *out, cli_level level, int64_t time_us, const char *message)
{
    static const char *const names[] = {
        [CLI_LEVEL_INFO] = "info", [CLI_LEVEL_WARNING] = "warning", [CLI_LEVEL_ERROR] = "error"};
    char time[MR_ISO_SIZE];
    mr_iso_format(time_us, time);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "time", time);
    mr_json_field_string(&json, "level", names[level]);
    mr_json_field_string(&json, "message", message);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}

void cli_log_line_write(mr_strbuf *out, bool is_json, cli_level level, int64_t time_us,
                        const char *message)
{
    if (is_json) {
        write_json(out, level, time_us, message);
    } else {
        mr_strbuf_appendf(out, "millrace: %s%s\n", level == CLI_LEVEL_WARNING ? "warning: " : "",
                          message);
    }
}

void cli_log_line(bool is_json, cli_level level, const char *message)
{
    const mr_time_source wall = mr_platform_wall_time();
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    cli_log_line_write(&line, is_json, level, wall.now_us(wall.context), message);
    (void)fputs(mr_strbuf_text(&line), stderr);
    mr_strbuf_deinit(&line);
}

void cli_log_linef(bool is_json, cli_level level, const char *format, ...)
{
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    va_list args;
    va_start(args, format);
    mr_strbuf_vappendf(&message, format, args);
    va_end(args);
    cli_log_line(is_json, level, mr_strbuf_text(&message));
    mr_strbuf_deinit(&message);
}
