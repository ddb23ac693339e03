/* log_compare.c - see log_compare.h. */
#include "src/scenario/log_compare.h"

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct log_reader {
    const char *path;
    FILE *file;
    char *line; /* getline's */
    size_t capacity;
    ssize_t len; /* without the line end; below 0: the log has ended */
} log_reader;

static mr_code log_open(log_reader *log, const char *path, mr_error *err)
{
    log->path = path;
    log->file = fopen(path, "r");
    return log->file == NULL ? mr_error_os(err, errno, "opening %s", path) : MR_OK;
}

static void log_close(log_reader *log)
{
    if (log->file != NULL) {
        (void)fclose(log->file);
    }
    free(log->line); /* the C library's memory */
}

static mr_code log_next(log_reader *log, mr_error *err)
{
    log->len = getline(&log->line, &log->capacity, log->file);
    if (log->len < 0 && ferror(log->file)) {
        return mr_error_os(err, errno, "reading %s", log->path);
    }
    if (log->len > 0 && log->line[log->len - 1] == '\n') {
        log->len--;
    }
    return MR_OK;
}

static bool same_line(const log_reader *a, const log_reader *b)
{
    return a->len == b->len && (a->len <= 0 || memcmp(a->line, b->line, (size_t)a->len) == 0);
}

static char *line_of(const log_reader *log)
{
    return log->len < 0 ? NULL : mr_strndup(log->line, (size_t)log->len);
}

static mr_code compare(log_reader *a, log_reader *b, mr_log_difference *out, mr_error *err)
{
    for (uint64_t number = 1;; number++) {
        mr_code code = log_next(a, err);
        if (code == MR_OK) {
            code = log_next(b, err);
        }
        if (code != MR_OK || (a->len < 0 && b->len < 0)) {
            return code;
        }
        if (!same_line(a, b)) {
            *out = (mr_log_difference){.number = number, .first = line_of(a), .second = line_of(b)};
            return MR_OK;
        }
    }
}

mr_code mr_logs_compare(const char *first, const char *second, mr_log_difference *out,
                        mr_error *err)
{
    *out = (mr_log_difference){0};
    log_reader a = {0}, b = {0};
    mr_code code = log_open(&a, first, err);
    if (code == MR_OK) {
        code = log_open(&b, second, err);
    }
    if (code == MR_OK) {
        code = compare(&a, &b, out, err);
    }
    log_close(&a);
    log_close(&b);
    return code;
}

void mr_log_difference_deinit(mr_log_difference *difference)
{
    mr_free(difference->first);
    mr_free(difference->second);
    *difference = (mr_log_difference){0};
}
