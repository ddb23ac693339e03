/* http2_frames.c - see http2_frames.h. */
#include "src/http/http2_frames.h"

#define PREFACE_BYTES 24

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_RST_STREAM = 3, FRAME_CONTINUATION = 9 };
enum { FLAG_END_STREAM = 0x1, FLAG_END_HEADERS = 0x4 };

void mr_http2_frames_init(mr_http2_frames *f, size_t block_bytes_max)
{
    *f = (mr_http2_frames){.preface_left = PREFACE_BYTES,
                           .block_bytes_max = block_bytes_max,
                           .patience = MR_HTTP2_PATIENCE_MAX};
}

void mr_http2_frames_earn(mr_http2_frames *f, int patience)
{
    f->patience += patience;
    if (f->patience > MR_HTTP2_PATIENCE_MAX) {
        f->patience = MR_HTTP2_PATIENCE_MAX;
    }
}

static int cost_of(unsigned type, unsigned flags, size_t len)
{
    switch (type) {
    case FRAME_DATA:
        return len == 0 && (flags & FLAG_END_STREAM) == 0 ? 1 : 0;
    case FRAME_RST_STREAM:
        return MR_HTTP2_COST_RESET;
    default: /* a HEADERS frame too: an answer earns more */
        return 1;
    }
}

/* A frame's head is whole. */
static bool begin_frame(mr_http2_frames *f)
{
    size_t len = (size_t)f->head[0] << 16 | (size_t)f->head[1] << 8 | f->head[2];
    unsigned type = f->head[3], flags = f->head[4];
    f->head_len = 0;
    f->payload_left = len;
    f->patience -= cost_of(type, flags, len);
    if (type == FRAME_HEADERS || type == FRAME_CONTINUATION) {
        f->blocks += type == FRAME_HEADERS ? 1 : 0;
        f->block_bytes = type == FRAME_HEADERS ? len : f->block_bytes + len;
        f->in_block = (flags & FLAG_END_HEADERS) == 0;
    } else {
        f->in_block = false; /* inside a block it is a breach, which nghttp2 answers */
        f->block_bytes = 0;
    }
    return f->patience >= 0 && f->block_bytes <= f->block_bytes_max;
}

bool mr_http2_frames_feed(mr_http2_frames *f, mr_bytes bytes)
{
    size_t i = mr_min_size(f->preface_left, bytes.len);
    f->preface_left -= i;
    while (i < bytes.len) {
        if (f->payload_left > 0) {
            size_t n = mr_min_size(f->payload_left, bytes.len - i);
            f->payload_left -= n;
            i += n;
            continue;
        }
        f->head[f->head_len++] = (unsigned char)bytes.at[i++];
        if (f->head_len == sizeof(f->head) && !begin_frame(f)) {
            return false;
        }
    }
    return true;
}

bool mr_http2_frames_in_headers(const mr_http2_frames *f)
{
    return f->preface_left > 0 || f->in_block || (f->block_bytes > 0 && f->payload_left > 0);
}
