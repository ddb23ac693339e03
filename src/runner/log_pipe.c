/* log_pipe.c - see log_pipe.h. */
#include "src/runner/log_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define READ_SIZE 65536
#define READS_MAX 16 /* at one go, so that endless output does not hold up the loop */

void mr_log_pipe_init(mr_log_pipe *log)
{
    *log = (mr_log_pipe){.fd = -1, .text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
}

void mr_log_pipe_deinit(mr_log_pipe *log)
{
    mr_strbuf_deinit(&log->text);
}

bool mr_log_pipe_is_open(const mr_log_pipe *log)
{
    return log->fd >= 0;
}

/* Reads once, at most `most` bytes. Returns how many; 0 when there is nothing now, or for ever. */
static size_t read_once(mr_log_pipe *log, size_t most)
{
    char buffer[READ_SIZE];
    ssize_t n;
    do {
        n = read(log->fd, buffer, mr_min_size(most, sizeof(buffer)));
    } while (n < 0 && errno == EINTR);
    if (n == 0) {
        uv_poll_stop(&log->poll); /* nobody can write any more */
    }
    if (n <= 0) {
        return 0;
    }
    size_t len = (size_t)n;
    size_t kept = mr_min_size(len, MR_LOG_PIPE_KEPT_MAX - log->text.len);
    mr_strbuf_append(&log->text, buffer, kept);
    log->dropped += len - kept;
    return len;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    mr_log_pipe *log = poll->data;
    (void)status; /* an error shows in read() */
    (void)events;
    for (int i = 0; i < READS_MAX && read_once(log, READ_SIZE) > 0; i++) {
    }
}

int mr_log_pipe_open(mr_log_pipe *log, uv_loop_t *loop, int *write_end)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    /* Our end alone: theirs waits when the pipe is full, and we always read. */
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    int status = uv_poll_init(loop, &log->poll, fds[0]);
    if (status != 0) {
        close(fds[0]);
        close(fds[1]);
        return status;
    }
    log->fd = fds[0];
    log->poll.data = log;
    *write_end = fds[1];
    (void)uv_poll_start(&log->poll, UV_READABLE, on_readable); /* fails on a closing handle alone */
    return 0;
}

mr_strbuf mr_log_pipe_take(mr_log_pipe *log)
{
    /* No more than there is now: a thread may go on printing for ever. */
    int waiting = 0;
    if (log->fd >= 0 && ioctl(log->fd, FIONREAD, &waiting) == 0 && waiting > 0) {
        size_t left = (size_t)waiting, got;
        while (left > 0 && (got = read_once(log, left)) > 0) {
            left -= got;
        }
    }
    mr_strbuf text = log->text;
    log->text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (log->dropped > 0) {
        mr_strbuf_appendf(&text, "\n(%llu more bytes of output were dropped)\n",
                          (unsigned long long)log->dropped);
        log->dropped = 0;
    }
    return text;
}

void mr_log_pipe_close(mr_log_pipe *log, uv_close_cb closed, void *data)
{
    MR_ASSERT(log->fd >= 0);
    uv_poll_stop(&log->poll);
    close(log->fd);
    log->fd = -1;
    log->poll.data = data;
    uv_close((uv_handle_t *)&log->poll, closed);
}
