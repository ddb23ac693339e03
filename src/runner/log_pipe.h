/*
 * log_pipe.h - what a process prints: the reading end of its standard output and error, in the
 * order in which it wrote them. It is always read, so nobody who prints is ever held up; of each
 * piece taken only so much is kept.
 */
#ifndef MR_SRC_RUNNER_LOG_PIPE_H
#define MR_SRC_RUNNER_LOG_PIPE_H

#include "sim/base/strbuf.h"

#include <uv.h>

#define MR_LOG_PIPE_KEPT_MAX (256 * MR_KIB)

typedef struct mr_log_pipe {
    uv_poll_t poll;
    int fd; /* -1: not open */
    mr_strbuf text;
    uint64_t dropped; /* bytes past the limit */
} mr_log_pipe;

void mr_log_pipe_init(mr_log_pipe *log); /* not open yet */

/* Opens it and starts reading. *write_end: out, for the process; the caller closes it. Returns 0
 * or a libuv error, with nothing left open. */
int mr_log_pipe_open(mr_log_pipe *log, uv_loop_t *loop, int *write_end);
bool mr_log_pipe_is_open(const mr_log_pipe *log);

/* Reads what the pipe holds at this moment and hands over what is kept since the last time; the
 * caller owns it. How much was dropped is its last line. */
mr_strbuf mr_log_pipe_take(mr_log_pipe *log);

/* Closes it; `closed` is called later with data in handle->data. It must be open. */
void mr_log_pipe_close(mr_log_pipe *log, uv_close_cb closed, void *data);
void mr_log_pipe_deinit(mr_log_pipe *log); /* once closed */

#endif
