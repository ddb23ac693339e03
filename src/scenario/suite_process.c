/*
 * suite_process.c - see suite_process.h.
 *
 *   RUNNING --exit, end of its output, end of its standard error, in any order--> ENDED
 *
 * ended() is called when all three have come: what a process says last may arrive after the news
 * of its death. Then every handle is closed, and with the last one the process is freed.
 */
#include "src/scenario/suite_process.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"

#include <signal.h>

#define READ_SIZE   65536
#define ENDS_NEEDED 3
#define GRACE_MS    3000 /* between SIGTERM and SIGKILL */

struct mr_suite_process {
    mr_suite_process_options options;
    uv_process_t process;
    uv_pipe_t in, out, err;
    uv_timer_t grace;
    bool has_exited; /* its number may be somebody else's by now */
    int handles_open;
    int ends; /* of the three above, those that have come */
    mr_suite_process_end end;
    mr_strbuf line;         /* what has come of the next one */
    mr_strbuf words;        /* of standard error: the end of it, at most twice what is kept */
    char buffer[READ_SIZE]; /* libuv reads into it and hands it over at once */
};

typedef struct sending {
    uv_write_t request;
    char *text;
} sending;

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    mr_suite_process *p = handle->data;
    if (--p->handles_open > 0) {
        return;
    }
    mr_strbuf_deinit(&p->line);
    mr_strbuf_deinit(&p->words);
    mr_free(p);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, on_closed);
    }
}

static void close_all(mr_suite_process *p)
{
    close_handle((uv_handle_t *)&p->process);
    close_handle((uv_handle_t *)&p->in);
    close_handle((uv_handle_t *)&p->out);
    close_handle((uv_handle_t *)&p->err);
    close_handle((uv_handle_t *)&p->grace);
}

static void note_end(mr_suite_process *p)
{
    if (++p->ends < ENDS_NEEDED) {
        return;
    }
    size_t kept = mr_min_size(p->words.len, MR_LAST_WORDS_MAX);
    p->end.last_words = mr_strbuf_text(&p->words) + (p->words.len - kept);
    p->options.ended(p->options.context, &p->end);
    close_all(p);
}

static void on_exit(uv_process_t *process, int64_t status, int number)
{
    mr_suite_process *p = process->data;
    p->end.status = status;
    p->end.signal = number;
    p->has_exited = true;
    note_end(p);
}

/* ---- what it says ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    mr_suite_process *p = handle->data;
    *buf = uv_buf_init(p->buffer, sizeof(p->buffer));
}

static void keep_words(mr_suite_process *p, mr_bytes bytes)
{
    size_t len = mr_min_size(bytes.len, MR_LAST_WORDS_MAX);
    if (p->words.len + len > 2 * MR_LAST_WORDS_MAX) {
        memmove(p->words.at, p->words.at + (p->words.len - MR_LAST_WORDS_MAX), MR_LAST_WORDS_MAX);
        p->words.len = MR_LAST_WORDS_MAX;
    }
    mr_strbuf_append(&p->words, bytes.at + (bytes.len - len), len);
}

static void on_error_output(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    mr_suite_process *p = pipe->data;
    if (n < 0) {
        uv_read_stop(pipe);
        note_end(p);
    } else {
        keep_words(p, mr_bytes_make(buf->base, (size_t)n));
    }
}

static void hear(mr_suite_process *p, mr_bytes bytes)
{
    while (bytes.len > 0) {
        size_t len = mr_bytes_find(bytes, '\n');
        mr_strbuf_append(&p->line, bytes.at, len);
        if (p->line.overflowed) {
            keep_words(p, MR_BYTES_LITERAL("\nits answer was too long\n"));
            mr_suite_process_kill(p);
            return;
        }
        if (len == bytes.len) {
            return;
        }
        p->options.line(p->options.context, mr_strbuf_bytes(&p->line));
        mr_strbuf_reset(&p->line);
        bytes = mr_bytes_make(bytes.at + len + 1, bytes.len - len - 1);
    }
}

static void on_output(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
    mr_suite_process *p = pipe->data;
    if (n < 0) {
        uv_read_stop(pipe);
        note_end(p);
    } else if (!p->line.overflowed) {
        hear(p, mr_bytes_make(buf->base, (size_t)n));
    }
}

/* ---- what is said to it ---- */

static void on_sent(uv_write_t *request, int status)
{
    (void)status; /* one that cannot be written to has died: its end says so */
    sending *s = request->data;
    mr_free(s->text);
    mr_free(s);
}

void mr_suite_process_send(mr_suite_process *process, mr_bytes line)
{
    mr_strbuf_reset(&process->words);
    sending *s = mr_calloc(1, sizeof(*s));
    s->text = mr_bytes_dup(line);
    s->request.data = s;
    uv_buf_t buf = uv_buf_init(s->text, (unsigned)line.len);
    int status = uv_write(&s->request, (uv_stream_t *)&process->in, &buf, 1, on_sent);
    if (status != 0) { /* on_sent is not called then */
        on_sent(&s->request, status);
    }
}

void mr_suite_process_finish(mr_suite_process *process)
{
    close_handle((uv_handle_t *)&process->in);
}

static void on_grace(uv_timer_t *timer)
{
    mr_suite_process *p = timer->data;
    if (!p->has_exited) {
        (void)uv_process_kill(&p->process, SIGKILL);
    }
}

void mr_suite_process_kill(mr_suite_process *process)
{
    if (!process->has_exited && !uv_is_active((uv_handle_t *)&process->grace)) {
        (void)uv_process_kill(&process->process, SIGTERM); /* one that has just ended is fine */
        (void)uv_timer_start(&process->grace, on_grace, GRACE_MS, 0);
    }
}

/* ---- the beginning ---- */

static int spawn(mr_suite_process *p)
{
    char *program = mr_strdup(p->options.program);
    char command[] = "test", option[] = "--worker";
    char *argv[] = {program, command, option, NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&p->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->out},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->err},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit, .file = program, .args = argv, .stdio_count = 3, .stdio = stdio};
    int status = uv_spawn(p->options.loop, &p->process, &options);
    mr_free(program);
    return status;
}

mr_code mr_suite_process_start(const mr_suite_process_options *options, mr_suite_process **out,
                               mr_error *err)
{
    mr_suite_process *p = mr_calloc(1, sizeof(*p));
    p->options = *options;
    p->line = mr_strbuf_make(options->line_bytes_max);
    p->words = mr_strbuf_make(2 * MR_LAST_WORDS_MAX);
    uv_pipe_t *pipes[] = {&p->in, &p->out, &p->err};
    for (size_t i = 0; i < MR_COUNT(pipes); i++) {
        int rc = uv_pipe_init(options->loop, pipes[i], 0);
        MR_ASSERT(rc == 0);
        pipes[i]->data = p;
    }
    p->process.data = p;
    int rc = uv_timer_init(options->loop, &p->grace);
    MR_ASSERT(rc == 0);
    p->grace.data = p;
    p->handles_open = 5;
    int status = spawn(p);
    if (status != 0) {
        close_all(p);
        return mr_error_os(err, -status, "starting a worker, %s", options->program);
    }
    (void)uv_read_start((uv_stream_t *)&p->out, on_alloc, on_output);
    (void)uv_read_start((uv_stream_t *)&p->err, on_alloc, on_error_output);
    *out = p;
    return MR_OK;
}
