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

static bool unpack(cli_gunzip_sink *sink, mr_bytes piece)
{
    z_stream *z = &sink->z;
    z->next_in = (Bytef *)piece.at;
    z->avail_in = (uInt)piece.len;
    do {
        if (sink->state == SINK_BETWEEN && z->avail_in > 0) {
            (void)inflateReset(z);
            sink->state = SINK_MEMBER;
        }
        z->next_out = (Bytef *)sink->unpacked;
        z->avail_out = sizeof(sink->unpacked);
        const int rc = inflate(z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
            sink->state = SINK_BROKEN;
            return false;
        }
        sink->state = rc == Z_STREAM_END ? SINK_BETWEEN : SINK_MEMBER;
        if (!hand_on(sink, mr_bytes_make(sink->unpacked, sizeof(sink->unpacked) - z->avail_out))) {
            return false;
        }
    } while (z->avail_in > 0 || (z->avail_out == 0 && sink->state == SINK_MEMBER));
    return true;
}

static bool pass(cli_gunzip_sink *sink, mr_bytes piece)
{
    return sink->state == SINK_PLAIN ? hand_on(sink, piece) : unpack(sink, piece);
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
    if (sink->state == SINK_BEGINS) {
        const size_t room = MAGIC_BYTES - sink->magic_len;
        const size_t taken = piece.len < room ? piece.len : room;
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
    if (sink->has_enough || sink->state == SINK_PLAIN || sink->state == SINK_BETWEEN) {
        return MR_OK;
    }
    return mr_error_set(err, MR_BAD_INPUT, "%s",
                        sink->state == SINK_BROKEN ? "what begins as gzip is broken"
                                                   : "the gzip ends too early");
}
