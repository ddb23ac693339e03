/* log_line.c - see log_line.h. */
#include "src/app/log_line.h"

#include "sim/base/timefmt.h"

static void field_time(mr_json *json, const char *name, int64_t time_us)
{
    char time[MR_ISO_SIZE];
    mr_iso_format(time_us, time);
    mr_json_field_string(json, name, time);
}

void mr_log_line_begin(mr_json *json, const mr_log_line *line)
{
    static const char *const levels[] = {
        [MR_LOG_INFO] = "info", [MR_LOG_WARNING] = "warning", [MR_LOG_ERROR] = "error"};
    mr_json_object_begin(json);
    field_time(json, "time", line->time_us);
    mr_json_field_string(json, "level", levels[line->level]);
    mr_json_field_string(json, "message", line->message);
    if (line->world_us != MR_LOG_NO_WORLD) {
        field_time(json, "world_time", line->world_us);
    }
    if (line->about != NULL) {
        mr_event_write_about(json, line->about);
    }
}

void mr_log_line_append(mr_strbuf *out, bool is_json, const mr_log_line *line)
{
    if (!is_json) {
        mr_strbuf_appendf(out, "millrace: %s%s\n", line->level == MR_LOG_WARNING ? "warning: " : "",
                          line->message);
        return;
    }
    mr_json json = mr_json_make(out);
    mr_log_line_begin(&json, line);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}
