/* gunzip_sink.c - see gunzip_sink.h. A body may have several members, one behind the other. */
#include "src/cli/gunzip_sink.h"

#include "sim/base/alloc.h"

#include <string.h>
#include <zlib.h>

#define UNPACKED_BYTES   (64 * MR_KIB)
#define GZIP_WINDOW_BITS (15 + 16)
#define MAGIC_BYTES      2

typedef enum sink_state {
    SINK_BEGINS,
    SINK_PLAIN,
    SINK_MEMBER,
    SINK_BETWEEN,
    SINK_ZEROS, /* behind the last member */
    SINK_BROKEN
} sink_state;

struct cli_gunzip_sink {
    cli_sink_fn fn;
    void *context;
    sink_state state;
    bool has_enough; /* fn said so */
    char magic[MAGIC_BYTES];
    size_t magic_len;
    z_stream z; /* from SINK_MEMBER on */
    bool has_z;
    char unpacked[UNPACKED_BYTES];
};

cli_gunzip_sink *cli_gunzip_sink_new(cli_sink_fn fn, void *context)
{
    cli_gunzip_sink *sink = mr_calloc(1, sizeof(*sink));
    sink->fn = fn;
    sink->context = context;
    return sink;
}

void cli_gunzip_sink_free(cli_gunzip_sink *sink)
{
    if (sink == NULL) {
        return;
    }
    if (sink->has_z) {
        (void)inflateEnd(&sink->z);
    }
    mr_free(sink);
}

static bool hand_on(cli_gunzip_sink *sink, mr_bytes piece)
{
    sink->has_enough = piece.len > 0 && !sink->fn(sink->context, piece);
    return !sink->has_enough;
}

/* Tape drives and block devices add them; anything else behind them is no gzip. */
static bool skip_zeros(cli_gunzip_sink *sink, mr_bytes piece)
{
    sink->state = SINK_ZEROS;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.at[i] != '\0') {
            sink->state = SINK_BROKEN;
            return false;
        }
    }
    return true;
}

/* Unpacks as much as there is room for, and hands it on: also what comes before a broken place,
 * so that it comes out wherever the bytes were cut. */
static bool unpack_some(cli_gunzip_sink *sink)
{
    z_stream *z = &sink->z;
    z->next_out = (Bytef *)sink->unpacked;
    z->avail_out = sizeof(sink->unpacked);
    const int rc = inflate(z, Z_NO_FLUSH);
    if (rc == Z_STREAM_END) {
        sink->state = SINK_BETWEEN;
    } else {
        sink->state = rc == Z_OK || rc == Z_BUF_ERROR ? SINK_MEMBER : SINK_BROKEN;
    }
    return hand_on(sink, mr_bytes_make(sink->unpacked, sizeof(sink->unpacked) - z->avail_out)) &&
           sink->state != SINK_BROKEN;
}

static bool unpack(cli_gunzip_sink *sink, mr_bytes piece)
{
    z_stream *z = &sink->z;
    z->next_in = (Bytef *)piece.at;
    z->avail_in = (uInt)piece.len;
    do {
        if (sink->state == SINK_BETWEEN) { /* and there is more */
            if (z->next_in[0] == 0) {
                return skip_zeros(sink, mr_bytes_make(z->next_in, z->avail_in));
            }
            (void)inflateReset(z);
        }
        if (!unpack_some(sink)) {
            return false;
        }
    } while (z->avail_in > 0 || (z->avail_out == 0 && sink->state == SINK_MEMBER));
    return true;
}

static bool pass(cli_gunzip_sink *sink, mr_bytes piece)
{
    switch (sink->state) {
    case SINK_PLAIN:
        return hand_on(sink, piece);
    case SINK_ZEROS:
        return skip_zeros(sink, piece);
    default:
        return unpack(sink, piece);
    }
}

/* What the first bytes say, which may come one at a time. */
static void look_at_magic(cli_gunzip_sink *sink)
{
    const bool is_gzip = sink->magic_len == MAGIC_BYTES && (uint8_t)sink->magic[0] == 0x1F &&
                         (uint8_t)sink->magic[1] == 0x8B;
    sink->has_z = is_gzip && inflateInit2(&sink->z, GZIP_WINDOW_BITS) == Z_OK;
    if (is_gzip) {
        sink->state = sink->has_z ? SINK_MEMBER : SINK_BROKEN;
    } else {
        sink->state = SINK_PLAIN;
    }
}

bool cli_gunzip_sink_write(cli_gunzip_sink *sink, mr_bytes piece)
{
    if (piece.len == 0) {
        return true;
    }
    if (sink->state == SINK_BEGINS) {
        const size_t room = MAGIC_BYTES - sink->magic_len;
        const size_t taken = mr_min_size(piece.len, room);
        memcpy(sink->magic + sink->magic_len, piece.at, taken);
        sink->magic_len += taken;
        if (sink->magic_len < MAGIC_BYTES) {
            return true;
        }
        look_at_magic(sink);
        if (sink->state == SINK_BROKEN || !pass(sink, mr_bytes_make(sink->magic, MAGIC_BYTES))) {
            return false;
        }
        piece = mr_bytes_make(piece.at + taken, piece.len - taken);
    }
    return piece.len == 0 || pass(sink, piece);
}

mr_code cli_gunzip_sink_finish(cli_gunzip_sink *sink, mr_error *err)
{
    if (sink->state == SINK_BEGINS) {
        (void)hand_on(sink, mr_bytes_make(sink->magic, sink->magic_len));
        return MR_OK;
    }
    if (sink->has_enough || sink->state == SINK_PLAIN || sink->state == SINK_BETWEEN ||
        sink->state == SINK_ZEROS) {
        return MR_OK;
    }
    return mr_error_set(err, MR_BAD_INPUT, "%s",
                        sink->state == SINK_BROKEN ? "what begins as gzip is broken"
                                                   : "the gzip ends too early");
}
