/* input_source.c - read(2), inflate when it is gzip, one look at the first bytes. */
#include "src/producer/input_source.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LOOK_BYTES 4096

/* Waits for standard input; the loop frees it when its handle has closed. */
typedef struct waiter {
    uv_poll_t poll;
    mr_input_source *source; /* NULL: the source is gone */
} waiter;

typedef enum piece_kind {
    PIECE_BYTES,
    PIECE_END,
    PIECE_NOT_YET, /* a read gave nothing to show: wait and read again */
    PIECE_FAILED
} piece_kind;

struct mr_input_source {
    char *name;
    int fd;
    bool owns_fd;
    bool empty_is_fine;
    bool looked;
    bool is_standard_input;
    waiter *waiter; /* NULL: reads block */
    mr_input_receiver receiver;

    uint64_t bytes_read;
    uint64_t bytes_all; /* the file's size when it was opened; 0: it is no file */

    char *piece; /* MR_INPUT_PIECE_BYTES */
    size_t piece_len;
    bool has_piece; /* one was read by open and has not been asked for */

    /* ---- gzip ---- */
    bool gzip;
    bool inflating;   /* inside a member */
    char *compressed; /* MR_INPUT_PIECE_BYTES */
    z_stream z;       /* next_in, avail_in: what is left of it */
};

/* ---- reading ---- */

/* One read(2). *got is 0 at the end. */
static mr_code read_some(mr_input_source *s, char *into, size_t *got, mr_error *err)
{
    for (;;) {
        ssize_t n = read(s->fd, into, MR_INPUT_PIECE_BYTES);
        if (n >= 0) {
            *got = (size_t)n;
            s->bytes_read += *got;
            return MR_OK;
        }
        if (errno != EINTR) {
            return mr_error_os(err, errno, "cannot read %s", s->name);
        }
    }
}

static bool begins_like_gzip(const char *at, size_t len)
{
    return len >= 2 && (unsigned char)at[0] == 0x1F && (unsigned char)at[1] == 0x8B;
}

static piece_kind damaged(const mr_input_source *s, mr_error *err)
{
    mr_error_set(err, MR_BAD_INPUT, "%s: the gzip data are damaged%s%s", s->name,
                 s->z.msg == NULL ? "" : ": ", s->z.msg == NULL ? "" : s->z.msg);
    return PIECE_FAILED;
}

/* Between members: padding with zeros, then another one, or nothing more for now. */
static bool begin_member(mr_input_source *s)
{
    while (s->z.avail_in > 0 && *s->z.next_in == 0) {
        s->z.next_in++;
        s->z.avail_in--;
    }
    if (s->z.avail_in == 0) {
        return false;
    }
    int result = inflateReset(&s->z);
    MR_ASSERT(result == Z_OK);
    s->inflating = true;
    return true;
}

/* Inflates what has been read, until the piece has something or the bytes are used up. */
static piece_kind inflate_some(mr_input_source *s, mr_error *err)
{
    s->z.next_out = (Bytef *)s->piece;
    s->z.avail_out = MR_INPUT_PIECE_BYTES;
    while (s->z.avail_out > 0) {
        if (!s->inflating && !begin_member(s)) {
            break;
        }
        int result = inflate(&s->z, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            s->inflating = false;
        } else if (result == Z_BUF_ERROR) {
            break; /* it wants more bytes */
        } else if (result != Z_OK) {
            return damaged(s, err);
        }
    }
    s->piece_len = MR_INPUT_PIECE_BYTES - s->z.avail_out;
    return s->piece_len > 0 ? PIECE_BYTES : PIECE_NOT_YET;
}

static piece_kind next_of_gzip(mr_input_source *s, mr_error *err)
{
    piece_kind kind = inflate_some(s, err);
    if (kind != PIECE_NOT_YET) {
        return kind;
    }
    size_t got = 0;
    if (read_some(s, s->compressed, &got, err) != MR_OK) {
        return PIECE_FAILED;
    }
    if (got == 0 && s->inflating) {
        mr_error_set(err, MR_BAD_INPUT, "%s: the gzip data end early: the file is cut off",
                     s->name);
        return PIECE_FAILED;
    }
    if (got == 0) {
        return PIECE_END;
    }
    s->z.next_in = (Bytef *)s->compressed;
    s->z.avail_in = (uInt)got;
    return inflate_some(s, err);
}

static piece_kind next_of_plain(mr_input_source *s, mr_error *err)
{
    if (read_some(s, s->piece, &s->piece_len, err) != MR_OK) {
        return PIECE_FAILED;
    }
    return s->piece_len == 0 ? PIECE_END : PIECE_BYTES;
}

static void begin_gzip(mr_input_source *s)
{
    s->gzip = true;
    s->compressed = mr_alloc(MR_INPUT_PIECE_BYTES);
    int result = inflateInit2(&s->z, 15 + 16); /* the largest window; gzip alone */
    MR_ASSERT(result == Z_OK);
}

/* ---- the look at the first bytes ---- */

static piece_kind look_at_text(mr_input_source *s, piece_kind kind, mr_error *err)
{
    if (kind == PIECE_END && !s->empty_is_fine) {
        mr_error_set(err, MR_BAD_INPUT, "%s is empty: a header line is expected", s->name);
        return PIECE_FAILED;
    }
    if (kind == PIECE_BYTES &&
        memchr(s->piece, '\0', mr_min_size(s->piece_len, LOOK_BYTES)) != NULL) {
        mr_error_set(err, MR_BAD_INPUT, "%s is not a text file%s", s->name,
                     !s->gzip && begins_like_gzip(s->piece, s->piece_len)
                         ? " (it looks like gzip: give it a name that ends in .gz)"
                         : "");
        return PIECE_FAILED;
    }
    return kind;
}

/* The first piece. Whether it is gzip is known by the file's name, or, of standard input, by its
 * first two bytes. */
static piece_kind first_piece(mr_input_source *s, mr_error *err)
{
    piece_kind kind = next_of_plain(s, err);
    bool like_gzip = kind == PIECE_BYTES && begins_like_gzip(s->piece, s->piece_len);
    if (s->is_standard_input && like_gzip) {
        begin_gzip(s);
    }
    if (kind == PIECE_BYTES && s->gzip) {
        if (!like_gzip) {
            mr_error_set(err, MR_BAD_INPUT, "%s is not gzip, though its name ends in .gz", s->name);
            return PIECE_FAILED;
        }
        memcpy(s->compressed, s->piece, s->piece_len);
        s->z.next_in = (Bytef *)s->compressed;
        s->z.avail_in = (uInt)s->piece_len;
        kind = inflate_some(s, err);
        while (kind == PIECE_NOT_YET) {
            kind = next_of_gzip(s, err);
        }
    }
    s->looked = true;
    return look_at_text(s, kind, err);
}

static piece_kind read_piece(mr_input_source *s, mr_error *err)
{
    if (!s->looked) {
        return first_piece(s, err);
    }
    return s->gzip ? next_of_gzip(s, err) : next_of_plain(s, err);
}

/* ---- answering ---- */

static void answer(mr_input_source *s, piece_kind kind, const mr_error *err)
{
    mr_input_receiver to = s->receiver;
    switch (kind) {
    case PIECE_BYTES:
        to.bytes(to.context, mr_bytes_make(s->piece, s->piece_len));
        break;
    case PIECE_END:
        to.end(to.context);
        break;
    case PIECE_FAILED:
        to.fail(to.context, err);
        break;
    case PIECE_NOT_YET:
        MR_ASSERT(kind != PIECE_NOT_YET);
        break;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    waiter *w = (waiter *)poll;
    mr_input_source *s = w->source;
    mr_error err = {0};
    (void)status; /* what is wrong shows in read(2) */
    (void)events;

    piece_kind kind = read_piece(s, &err);
    if (kind == PIECE_NOT_YET) {
        return; /* still polling */
    }
    uv_poll_stop(poll);
    answer(s, kind, &err);
}

void mr_input_source_next(mr_input_source *s, const mr_input_receiver *receiver)
{
    s->receiver = *receiver;
    if (s->has_piece) {
        s->has_piece = false;
        answer(s, s->piece_len > 0 ? PIECE_BYTES : PIECE_END, NULL);
        return;
    }
    if (s->waiter != NULL) {
        int failed = uv_poll_start(&s->waiter->poll, UV_READABLE | UV_DISCONNECT, on_readable);
        MR_ASSERT(failed == 0);
        return;
    }
    mr_error err = {0};
    piece_kind kind;
    do {
        kind = read_piece(s, &err);
    } while (kind == PIECE_NOT_YET);
    answer(s, kind, &err);
}

/* ---- opening and closing ---- */

static mr_code copy_to_spool(mr_input_source *s, const char *spool, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file;
    mr_code code = fs->open(fs, spool, MR_OPEN_TRUNCATE, &file, err);
    if (code != MR_OK) {
        return code;
    }
    uint64_t at = 0;
    size_t got = 1;
    while (code == MR_OK && got > 0) {
        code = read_some(s, s->piece, &got, err);
        if (code == MR_OK && got > 0) {
            code = fs->write_at(fs, file, mr_bytes_make(s->piece, got), at, err);
            at += got;
        }
    }
    fs->close(fs, file);
    return code;
}

static mr_code open_path(mr_input_source *s, const char *path, mr_error *err)
{
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) {
        return mr_error_os(err, errno, "cannot open %s", s->name);
    }
    s->owns_fd = true;
    struct stat info;
    if (fstat(s->fd, &info) != 0) {
        return mr_error_os(err, errno, "cannot open %s", s->name);
    }
    if (S_ISDIR(info.st_mode)) {
        return mr_error_set(err, MR_BAD_INPUT, "%s is a directory: name a file", s->name);
    }
    s->bytes_read = 0; /* copying to the spool does not count */
    s->bytes_all = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    return MR_OK;
}

static mr_code open_standard_input(mr_input_source *s, const mr_input_source_options *options,
                                   mr_error *err)
{
    s->is_standard_input = true;
    s->fd = STDIN_FILENO;
    if (options->spool == NULL) {
        return MR_OK;
    }
    if (!options->is_spooled) {
        mr_code code = copy_to_spool(s, options->spool, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return open_path(s, options->spool, err);
}

static mr_code require_file(const mr_input_source *s, mr_error *err)
{
    struct stat info;
    if (s->fd == STDIN_FILENO || fstat(s->fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return mr_error_set(err, MR_BAD_INPUT, "%s can be read only once: repeat takes a file",
                            s->name);
    }
    return MR_OK;
}

/* Pipes, terminals and sockets can be waited for; files cannot, and need not be. */
static void wait_in_loop(mr_input_source *s, uv_loop_t *loop)
{
    waiter *w = mr_calloc(1, sizeof(*w));
    if (uv_poll_init(loop, &w->poll, s->fd) != 0) {
        mr_free(w);
        return;
    }
    w->source = s;
    s->waiter = w;
}

mr_code mr_input_source_open(const mr_input_source_options *options, mr_input_source **out,
                             mr_error *err)
{
    bool is_standard_input = strcmp(options->path, "-") == 0;
    mr_input_source *s = mr_calloc(1, sizeof(*s));
    s->name = mr_strdup(is_standard_input ? "standard input" : options->path);
    s->fd = -1;
    s->empty_is_fine = options->empty_is_fine;
    s->piece = mr_alloc(MR_INPUT_PIECE_BYTES);

    mr_code code =
        is_standard_input ? open_standard_input(s, options, err) : open_path(s, options->path, err);
    if (code == MR_OK && options->is_repeated) {
        code = require_file(s, err);
    }
    if (code == MR_OK && mr_bytes_ends_with(mr_bytes_of(s->name), MR_BYTES_LITERAL(".gz"))) {
        begin_gzip(s);
    }
    if (code == MR_OK && s->fd == STDIN_FILENO && options->loop != NULL) {
        wait_in_loop(s, options->loop);
    }
    if (code == MR_OK && s->waiter == NULL) {
        piece_kind kind = first_piece(s, err);
        code = kind == PIECE_FAILED ? err->code : MR_OK;
        s->has_piece = true;
    }
    if (code != MR_OK) {
        mr_input_source_close(s);
        return code;
    }
    *out = s;
    return MR_OK;
}

mr_code mr_input_source_rewind(mr_input_source *s, mr_error *err)
{
    if (lseek(s->fd, 0, SEEK_SET) != 0) {
        return mr_error_os(err, errno, "cannot read %s again", s->name);
    }
    s->looked = false; /* the first piece comes next */
    s->has_piece = false;
    s->inflating = false;
    s->bytes_read = 0;
    return MR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    mr_free(handle); /* the waiter begins with its handle */
}

void mr_input_source_close(mr_input_source *s)
{
    if (s == NULL) {
        return;
    }
    if (s->waiter != NULL) {
        uv_poll_stop(&s->waiter->poll);
        s->waiter->source = NULL;
        uv_close((uv_handle_t *)&s->waiter->poll, on_closed);
    }
    if (s->gzip) {
        inflateEnd(&s->z);
    }
    if (s->owns_fd) {
        close(s->fd);
    }
    mr_free(s->compressed);
    mr_free(s->piece);
    mr_free(s->name);
    mr_free(s);
}

double mr_input_source_share_read(const mr_input_source *s)
{
    if (s->bytes_all == 0) {
        return -1;
    }
    double share = (double)s->bytes_read / (double)s->bytes_all;
    return share > 1 ? 1 : share; /* it may grow while it is read */
}

const char *mr_input_source_name(const mr_input_source *s)
{
    return s->name;
}

const char *mr_input_last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}
