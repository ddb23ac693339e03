/* snapshot.c - see snapshot.h. POSIX calls of its own: links are no business of sim's window. */
#include "src/scenario/snapshot.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 4096
#define PIECE_BYTES (64 * (size_t)BLOCK_BYTES)

typedef struct copying {
    char *from, *to; /* owned: the folders at hand */
    bool links;      /* files here are finished objects */
    int depth;       /* 0: the state directory, 1: its "s3", 2: a bucket ... */
    mr_code code;
    mr_error *err;
} copying;

static bool is_blank(const char *block, size_t len)
{
    static const char blank[BLOCK_BYTES];
    return memcmp(block, blank, len) == 0;
}

/* Writes the blocks of a piece that hold anything. False with errno on a failure. */
static bool write_blocks(int to, const char *piece, size_t len, off_t at)
{
    for (size_t i = 0; i < len; i += BLOCK_BYTES) {
        size_t block = len - i < BLOCK_BYTES ? len - i : BLOCK_BYTES;
        if (!is_blank(piece + i, block) &&
            pwrite(to, piece + i, block, at + (off_t)i) != (ssize_t)block) {
            return false;
        }
    }
    return true;
}

static bool copy_bytes(int from, int to)
{
    char *piece = mr_alloc(PIECE_BYTES);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(from, piece, PIECE_BYTES, at)) > 0) {
        if (!write_blocks(to, piece, (size_t)got, at)) {
            got = -1;
            break;
        }
        at += got;
    }
    mr_free(piece);
    return got == 0 && ftruncate(to, at) == 0;
}

static mr_code copy_file(const char *from, const char *to, mr_error *err)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = target >= 0 && copy_bytes(source, target);
    int failed_with = errno;
    if (source >= 0) {
        (void)close(source);
    }
    if (target >= 0 && close(target) != 0 && ok) {
        ok = false;
        failed_with = errno;
    }
    return ok ? MR_OK : mr_error_os(err, failed_with, "copying %s to %s", from, to);
}

/* A file system that knows no links gets a copy. */
static mr_code link_file(const char *from, const char *to, mr_error *err)
{
    return link(from, to) == 0 ? MR_OK : copy_file(from, to, err);
}

static mr_code copy_folder(copying *c);

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    copying *c = context;
    char *from = mr_format("%s/%s", c->from, name);
    char *to = mr_format("%s/%s", c->to, name);
    if (info->is_directory) {
        /* Of "s3" all but ".uploads" are buckets. */
        bool is_store = c->depth == 0 && strcmp(name, "s3") == 0;
        bool is_bucket = c->depth == 1 && c->links && name[0] != '.';
        bool is_inside = c->depth > 1 && c->links;
        copying below = {.from = from,
                         .to = to,
                         .links = is_store || is_bucket || is_inside,
                         .depth = c->depth + 1,
                         .err = c->err};
        c->code = copy_folder(&below);
    } else {
        bool is_object = c->links && c->depth > 1;
        c->code = is_object ? link_file(from, to, c->err) : copy_file(from, to, c->err);
    }
    mr_free(from);
    mr_free(to);
    return c->code == MR_OK;
}

static mr_code copy_folder(copying *c)
{
    mr_file_system *fs = mr_platform_fs();
    mr_code code = fs->make_directories(fs, c->to, c->err);
    if (code == MR_OK) {
        code = fs->list(fs, c->from, on_entry, c, c->err);
    }
    return code == MR_OK ? c->code : code;
}

mr_code mr_snapshot_take(const char *from, const char *to, mr_error *err)
{
    copying c = {.from = (char *)(uintptr_t)from, .to = (char *)(uintptr_t)to, .err = err};
    return copy_folder(&c);
}
