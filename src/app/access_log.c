/* access_log.c - see access_log.h. What a client sent is shown as it came, but never ends a line
 * or moves a terminal's cursor. */
#include "src/app/access_log.h"

#include "sim/base/timefmt.h"
#include "src/app/log_line.h"
#include "src/platform/platform.h"

#include <stdio.h>

/* Of a path or an operation so much is shown; a line must not grow with what a client likes. */
#define WHAT_BYTES_MAX 512
/* Of an object, which has it twice: as it came, each byte up to six in JSON, and clean. */
#define LINE_BYTES_MAX (8 * (size_t)MR_KIB)

/* What was asked for: the operation of X-Amz-Target, or the path. */
static mr_bytes what_of(const mr_http_access *access, bool *is_operation)
{
    mr_bytes target = mr_http_header(access->request, "x-amz-target");
    *is_operation = target.len > 0;
    mr_bytes what = *is_operation ? target : access->path;
    return mr_bytes_make(what.at, what.len < WHAT_BYTES_MAX ? what.len : WHAT_BYTES_MAX);
}

/* A column that is empty would move those behind it. */
static void append_clean(mr_strbuf *out, mr_bytes text)
{
    if (text.len == 0) {
        mr_strbuf_append_char(out, '-');
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte > ' ' && byte < 0x7f) {
            mr_strbuf_append_char(out, (char)byte);
        } else {
            mr_strbuf_appendf(out, "%%%02X", byte);
        }
    }
}

/* "POST Kinesis_20131202.ListStreams 200": what a line of either form says first. */
static void append_summary(const mr_http_access *access, mr_strbuf *out)
{
    bool is_operation;
    append_clean(out, access->method);
    mr_strbuf_append_char(out, ' ');
    append_clean(out, what_of(access, &is_operation));
    mr_strbuf_appendf(out, " %d", access->status);
}

static void append_text(int64_t world_us, const mr_http_access *access, mr_strbuf *out)
{
    char time[MR_ISO_SIZE];
    mr_iso_format(world_us, time);
    mr_strbuf_appendf(out, "%s ", time);
    append_summary(access, out);
    mr_strbuf_appendf(out, " %llu %lluus %s%s\n", (unsigned long long)access->bytes_out,
                      (unsigned long long)access->duration_us, access->protocol,
                      access->broken_off ? " broken-off" : "");
}

static void append_json(const mr_access_times *times, const mr_http_access *access, mr_strbuf *out)
{
    bool is_operation;
    mr_bytes what = what_of(access, &is_operation);
    mr_strbuf message = mr_strbuf_make(LINE_BYTES_MAX);
    append_summary(access, &message);
    mr_strbuf_append_text(&message, access->broken_off ? " broken-off" : "");
    mr_json json = mr_json_make(out);
    mr_log_line_begin(&json, &(mr_log_line){.level = MR_LOG_INFO,
                                            .message = mr_strbuf_text(&message),
                                            .time_us = times->time_us,
                                            .world_us = times->world_us});
    mr_json_field_bytes(&json, "method", access->method);
    mr_json_field_bytes(&json, is_operation ? "operation" : "path", what);
    mr_json_field_int(&json, "status", access->status);
    mr_json_field_bool(&json, "broken_off", access->broken_off);
    mr_json_field_int(&json, "bytes_in", (int64_t)access->bytes_in);
    mr_json_field_int(&json, "bytes_out", (int64_t)access->bytes_out);
    mr_json_field_int(&json, "duration_us", (int64_t)access->duration_us);
    mr_json_field_string(&json, "protocol", access->protocol);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
    mr_strbuf_deinit(&message);
}

void mr_access_log_line(mr_access_form form, const mr_access_times *times,
                        const mr_http_access *access, mr_strbuf *out)
{
    if (form == MR_ACCESS_TEXT) {
        append_text(times->world_us, access, out);
    } else if (form == MR_ACCESS_JSON) {
        append_json(times, access, out);
    }
}

void mr_access_log_write(mr_access_form form, int64_t world_us, const mr_http_access *access)
{
    if (form == MR_ACCESS_NONE) {
        return;
    }
    const mr_time_source wall = mr_platform_wall_time();
    const mr_access_times times = {.time_us = wall.now_us(wall.context), .world_us = world_us};
    mr_strbuf line = mr_strbuf_make(LINE_BYTES_MAX);
    mr_access_log_line(form, &times, access, &line);
    (void)fwrite(line.at, 1, line.len, stderr); /* nobody who reads it: the server goes on */
    mr_strbuf_deinit(&line);
}
