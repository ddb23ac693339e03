/* transport.c - see transport.h. */
#include "src/http/transport.h"

#define KEEP_BYTES 65536 /* a larger buffer is freed after use */

int mr_transport_init(mr_transport *t, uv_loop_t *loop)
{
    int status = uv_tcp_init(loop, &t->tcp);
    t->tcp.data = t;
    t->write.data = t;
    t->flight = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* what it is given */
    return status;
}

void mr_transport_deinit(mr_transport *t)
{
    mr_tls_free(t->tls);
    mr_strbuf_deinit(&t->flight);
}

void mr_transport_use_tls(mr_transport *t, mr_tls *tls)
{
    MR_ASSERT(t->tls == NULL);
    t->tls = tls;
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    mr_transport *t = handle->data;
    (void)suggested;
    *buf = uv_buf_init(t->buffers->wire, MR_TRANSPORT_READ_BYTES);
}

static void on_read(uv_stream_t *tcp, ssize_t nread, const uv_buf_t *buf)
{
    mr_transport *t = tcp->data;
    if (nread < 0) { /* includes the end of the stream, UV_EOF */
        t->on_end(t->owner);
    } else if (nread > 0) {
        t->on_read(t->owner, mr_bytes_make(buf->base, (size_t)nread));
    }
}

bool mr_transport_read(mr_transport *t, bool on)
{
    if (t->reading == on) {
        return true;
    }
    t->reading = on;
    if (!on) {
        return uv_read_stop((uv_stream_t *)&t->tcp) == 0;
    }
    return uv_read_start((uv_stream_t *)&t->tcp, on_alloc, on_read) == 0;
}

bool mr_transport_decrypt(mr_transport *t, mr_bytes *out)
{
    MR_ASSERT(t->tls != NULL);
    size_t len = 0;
    long got;
    do { /* a record at a time: as many as the buffer takes */
        got = mr_tls_read(t->tls, t->buffers->plain + len, MR_TRANSPORT_READ_BYTES - len);
        len += got > 0 ? (size_t)got : 0;
    } while (got > 0 && len < MR_TRANSPORT_READ_BYTES);
    if (!t->writing) {
        mr_transport_flush(t);
    }
    *out = mr_bytes_make(t->buffers->plain, len);
    return len > 0 || got == 0; /* an end behind bytes is told by the next call */
}

/* ---- writing ---- */

static void on_written(uv_write_t *write, int status)
{
    mr_transport *t = write->data;
    t->writing = false;
    t->failed = t->failed || status != 0;
    if (t->flight.capacity > KEEP_BYTES) {
        mr_strbuf_deinit(&t->flight);
    } else {
        mr_strbuf_reset(&t->flight);
    }
    t->on_written(t->owner);
}

/* As many bytes as the socket takes at once. */
static size_t write_now(mr_transport *t, mr_bytes bytes)
{
    MR_ASSERT(!t->writing);
    if (t->failed || bytes.len == 0) {
        return 0;
    }
    uv_buf_t buf = uv_buf_init((char *)bytes.at, (unsigned)mr_min_size(bytes.len, INT32_MAX));
    int written = uv_try_write((uv_stream_t *)&t->tcp, &buf, 1);
    if (written < 0) {
        t->failed = written != UV_EAGAIN;
        return 0;
    }
    return (size_t)written;
}

/* The rest, which is in `flight` from `done` on, when the socket takes more. */
static void write_later(mr_transport *t, size_t done)
{
    if (t->failed) {
        mr_strbuf_reset(&t->flight);
        return;
    }
    uv_buf_t buf = uv_buf_init(t->flight.at + done, (unsigned)(t->flight.len - done));
    t->writing = true;
    if (uv_write(&t->write, (uv_stream_t *)&t->tcp, &buf, 1, on_written) != 0) {
        t->writing = false;
        t->failed = true;
    }
}

void mr_transport_flush(mr_transport *t)
{
    mr_bytes pending = t->tls == NULL ? mr_bytes_make(NULL, 0) : mr_tls_pending(t->tls);
    if (pending.len == 0) {
        return;
    }
    size_t done = write_now(t, pending);
    if (done < pending.len) {
        mr_strbuf_append(&t->flight, pending.at + done, pending.len - done);
        write_later(t, 0);
    }
    mr_tls_sent(t->tls);
}

void mr_transport_write(mr_transport *t, mr_strbuf *bytes)
{
    if (t->tls != NULL) {
        mr_tls_write(t->tls, mr_strbuf_bytes(bytes));
        mr_strbuf_reset(bytes);
        mr_transport_flush(t);
        return;
    }
    size_t done = write_now(t, mr_strbuf_bytes(bytes));
    if (done < bytes->len) {
        mr_strbuf empty = t->flight;
        t->flight = *bytes;
        *bytes = empty;
        write_later(t, done);
    } else if (bytes->capacity > KEEP_BYTES) {
        mr_strbuf_deinit(bytes);
    } else {
        mr_strbuf_reset(bytes);
    }
}

bool mr_transport_end(mr_transport *t)
{
    if (t->tls != NULL && !t->writing) {
        mr_tls_close(t->tls);
        mr_transport_flush(t);
    }
    return !t->failed && uv_shutdown(&t->shutdown, (uv_stream_t *)&t->tcp, NULL) == 0;
}

size_t mr_transport_left(const mr_transport *t)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&t->tcp);
}
