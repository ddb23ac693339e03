/* object_download.c - see object_download.h. */
#include "src/web/object_download.h"

#include "sim/base/alloc.h"
#include "src/aws/uri.h"
#include "src/web/route.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define PIECE_BYTES      (64 * MR_KIB)
#define WAITING_BYTES    (256 * (size_t)MR_KIB)
#define GZIP_WINDOW_BITS (15 + 16)

typedef struct download {
    mr_file_system *fs;
    mr_file *file;
    mr_http_request *request;
    uint64_t at, size;
    bool decode, member_ended;
    bool in_zeros; /* behind the last member */
    z_stream z;    /* of decode */
    char piece[PIECE_BYTES], unpacked[PIECE_BYTES];
} download;

static void release(download *d)
{
    if (d->decode) {
        (void)inflateEnd(&d->z);
    }
    d->fs->close(d->fs, d->file);
    mr_free(d);
}

static void on_closed(void *context)
{
    release(context);
}

static void finish(download *d, bool is_whole)
{
    mr_http_set_context(d->request, NULL, NULL);
    if (is_whole) {
        mr_http_answer_end(d->request);
    } else {
        mr_http_answer_abort(d->request);
    }
    release(d);
}

/* Tape drives and block devices add them. False: anything else is behind them, which is no gzip. */
static bool skip_zeros(download *d)
{
    d->in_zeros = true;
    for (uInt i = 0; i < d->z.avail_in; i++) {
        if (d->z.next_in[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Unpacks what was read and sends it. False: it is no gzip, or broken. */
static bool send_unpacked(download *d, size_t got)
{
    d->z.next_in = (Bytef *)d->piece;
    d->z.avail_in = (uInt)got;
    do {
        if (d->member_ended && d->z.avail_in > 0) { /* another member follows, or zeros */
            if (d->in_zeros || d->z.next_in[0] == 0) {
                return skip_zeros(d);
            }
            (void)inflateReset(&d->z);
            d->member_ended = false;
        }
        d->z.next_out = (Bytef *)d->unpacked;
        d->z.avail_out = sizeof(d->unpacked);
        const int rc = inflate(&d->z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
            return false;
        }
        d->member_ended = rc == Z_STREAM_END;
        mr_http_answer_send(d->request,
                            mr_bytes_make(d->unpacked, sizeof(d->unpacked) - d->z.avail_out));
    } while (d->z.avail_out == 0 || (d->member_ended && d->z.avail_in > 0));
    return true;
}

/* One piece of the file. False: it cannot be read, or is not what it was taken for. */
static bool send_piece(download *d)
{
    size_t got = 0;
    const mr_code code =
        d->fs->read_at(d->fs, d->file, d->piece, sizeof(d->piece), d->at, &got, NULL);
    if (code != MR_OK || got == 0) { /* it has become shorter than it was */
        return false;
    }
    got = (size_t)(d->size - d->at < got ? d->size - d->at : got);
    d->at += got;
    if (d->decode) {
        return send_unpacked(d, got);
    }
    mr_http_answer_send(d->request, mr_bytes_make(d->piece, got));
    return true;
}

static void on_room(void *context)
{
    download *d = context;
    while (d->at < d->size && mr_http_answer_waiting(d->request) <= WAITING_BYTES) {
        if (!send_piece(d)) {
            finish(d, false);
            return;
        }
    }
    if (d->at == d->size) {
        finish(d, !d->decode || d->member_ended);
    }
}

/* Whether the file begins as gzip does. */
static bool begins_as_gzip(download *d)
{
    size_t got = 0;
    return d->fs->read_at(d->fs, d->file, d->piece, 2, 0, &got, NULL) == MR_OK && got == 2 &&
           (uint8_t)d->piece[0] == 0x1F && (uint8_t)d->piece[1] == 0x8B;
}

/* "attachment; filename=..." with what is no plain ASCII as '_', and, where that is another name,
 * the name itself by RFC 5987. */
static void append_disposition(mr_strbuf *out, const char *name)
{
    bool is_plain = true;
    mr_strbuf_append_text(out, "attachment; filename=\"");
    for (const char *at = name; *at != '\0'; at++) {
        const bool is_itself = *at > ' ' && *at < 0x7F && strchr("\"\\%", *at) == NULL;
        mr_strbuf_append(out, is_itself ? at : "_", 1);
        is_plain = is_plain && is_itself;
    }
    mr_strbuf_append_char(out, '"');
    if (!is_plain && mr_bytes_is_utf8(mr_bytes_of(name))) {
        mr_strbuf_append_text(out, "; filename*=UTF-8''");
        mr_uri_encode(out, mr_bytes_of(name), false);
    }
}

mr_code mr_object_download(mr_file_system *fs, mr_http_request *request, const char *path,
                           const char *name, uint64_t size, bool decode, mr_error *err)
{
    download *d = mr_calloc(1, sizeof(*d));
    *d = (download){.fs = fs, .request = request, .size = size};
    const mr_code code = fs->open(fs, path, MR_OPEN_READ, &d->file, err);
    if (code != MR_OK) {
        mr_free(d);
        return code;
    }
    d->decode = decode && begins_as_gzip(d) && inflateInit2(&d->z, GZIP_WINDOW_BITS) == Z_OK;
    char length[32];
    mr_strbuf disposition = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* a key has 1,024 bytes at most */
    append_disposition(&disposition, name);
    int n = snprintf(length, sizeof(length), "%" PRIu64, size);
    (void)n; /* 32 hold the digits of 64 bits */
    mr_http_header_field headers[16];
    size_t count = mr_web_headers("application/octet-stream", headers, MR_COUNT(headers));
    headers[count++] = (mr_http_header_field){"Content-Disposition", mr_strbuf_text(&disposition)};
    if (!d->decode) {
        headers[count++] = (mr_http_header_field){"Content-Length", length};
    }
    mr_http_set_context(request, d, on_closed);
    mr_http_answer_on_room(request, WAITING_BYTES, on_room);
    mr_http_answer_begin(request, 200, headers, count);
    mr_strbuf_deinit(&disposition);
    on_room(d);
    return MR_OK;
}
