/*
 * http2_frames.h - the edges of HTTP/2 frames as they come in, seen before nghttp2 reads them:
 * which frame is under way, for the time-outs, and whether a client sends much that is no work.
 *
 * nghttp2 has limits of its own, which differ from version to version; these hold with all.
 * A client has patience to spend. Frames that ask for nothing (PING, SETTINGS, PRIORITY,
 * WINDOW_UPDATE, empty DATA, unknown ones) cost some, a reset costs more (CVE-2023-44487), and
 * requests that are answered and data that is sent earn it back. The bytes of one header block are
 * bounded apart, however many CONTINUATION frames it comes in (CVE-2024-28182).
 */
#ifndef MR_SRC_HTTP_HTTP2_FRAMES_H
#define MR_SRC_HTTP_HTTP2_FRAMES_H

#include "sim/base/bytes.h"

#define MR_HTTP2_PATIENCE_MAX 10000
#define MR_HTTP2_COST_RESET   20 /* 500 resets in a row */
#define MR_HTTP2_EARN_ANSWER  25
#define MR_HTTP2_EARN_DATA    2 /* a frame of ours: a WINDOW_UPDATE for stream and connection */

typedef struct mr_http2_frames {
    size_t preface_left;
    unsigned char head[9]; /* RFC 9113, 4.1 */
    size_t head_len;
    size_t payload_left;
    bool in_block; /* HEADERS or CONTINUATION, and the block goes on behind it */
    size_t block_bytes, block_bytes_max;
    int patience;
    uint64_t blocks; /* out; header blocks begun */
} mr_http2_frames;

void mr_http2_frames_init(mr_http2_frames *frames, size_t block_bytes_max);
bool mr_http2_frames_feed(mr_http2_frames *frames, mr_bytes bytes); /* false: it is too much */
void mr_http2_frames_earn(mr_http2_frames *frames, int patience);
bool mr_http2_frames_in_headers(const mr_http2_frames *frames); /* or in the preface */

#endif
