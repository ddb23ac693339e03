/* events_file.c - see events_file.h. A write that fails is kept and told at the end: an event
 * handler is no place to stop a run from. */
#include "src/app/events_file.h"

#include "sim/base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct mr_events_file {
    FILE *stream;
    char *path;
    int failed; /* errno of the first write that failed */
    bool is_stderr;
};

mr_code mr_events_file_open(const char *path, mr_events_file **out, mr_error *err)
{
    bool is_stderr = strcmp(path, "-") == 0;
    FILE *stream = is_stderr ? stderr : fopen(path, "we");
    if (stream == NULL) {
        return mr_error_os(err, errno, "writing the event log %s", path);
    }
    mr_events_file *file = mr_calloc(1, sizeof(*file));
    file->stream = stream;
    file->path = mr_strdup(path);
    file->is_stderr = is_stderr;
    *out = file;
    return MR_OK;
}

void mr_events_file_write(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)event;
    (void)time_us;
    mr_events_file *file = context;
    if (fwrite(line.at, 1, line.len, file->stream) != line.len ||
        fputc('\n', file->stream) == EOF) {
        file->failed = file->failed != 0 ? file->failed : errno;
    }
}

mr_code mr_events_file_close(mr_events_file *file, mr_error *err)
{
    if (file == NULL) {
        return MR_OK;
    }
    int rc = file->is_stderr ? fflush(file->stream) : fclose(file->stream);
    if (rc != 0 && file->failed == 0) {
        file->failed = errno;
    }
    mr_code code = MR_OK;
    if (file->failed != 0) {
        code = mr_error_os(err, file->failed, "writing the event log %s", file->path);
    }
    mr_free(file->path);
    mr_free(file);
    return code;
}
