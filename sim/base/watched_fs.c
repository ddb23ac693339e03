/* watched_fs.c - see watched_fs.h. */
#include "sim/base/watched_fs.h"

#include "sim/base/alloc.h"

typedef struct watched_fs {
    mr_file_system base; /* first: what others see */
    mr_file_system *real;
    const mr_disk_watch *watch;
} watched_fs;

struct mr_file {
    mr_file *real; /* owned */
    char *path;    /* owned; what the watch is told */
};

static mr_file_system *real_of(mr_file_system *fs)
{
    return ((watched_fs *)fs)->real;
}

static void tell(mr_file_system *fs, const char *doing, const char *path)
{
    mr_disk_watch_tell(((watched_fs *)fs)->watch, doing, path);
}

/* ---- files ---- */

static mr_code watched_open(mr_file_system *fs, const char *path, mr_open_mode mode, mr_file **out,
                            mr_error *err)
{
    if (mode != MR_OPEN_READ && mode != MR_OPEN_READWRITE) {
        tell(fs, "create", path);
    }
    mr_file *real = NULL;
    mr_code code = real_of(fs)->open(real_of(fs), path, mode, &real, err);
    if (code != MR_OK) {
        return code;
    }
    mr_file *file = mr_calloc(1, sizeof(*file));
    file->real = real;
    file->path = mr_strdup(path);
    *out = file;
    return MR_OK;
}

static void watched_close(mr_file_system *fs, mr_file *file)
{
    if (file == NULL) {
        return;
    }
    real_of(fs)->close(real_of(fs), file->real);
    mr_free(file->path);
    mr_free(file);
}

static mr_code watched_read_at(mr_file_system *fs, mr_file *file, void *into, size_t len,
                               uint64_t offset, size_t *got, mr_error *err)
{
    return real_of(fs)->read_at(real_of(fs), file->real, into, len, offset, got, err);
}

static mr_code watched_write_at(mr_file_system *fs, mr_file *file, mr_bytes bytes, uint64_t offset,
                                mr_error *err)
{
    tell(fs, "write", file->path);
    return real_of(fs)->write_at(real_of(fs), file->real, bytes, offset, err);
}

static mr_code watched_sync(mr_file_system *fs, mr_file *file, mr_error *err)
{
    tell(fs, "sync", file->path);
    return real_of(fs)->sync(real_of(fs), file->real, err);
}

static mr_code watched_size(mr_file_system *fs, mr_file *file, uint64_t *out, mr_error *err)
{
    return real_of(fs)->size(real_of(fs), file->real, out, err);
}

static mr_code watched_truncate(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err)
{
    tell(fs, "truncate", file->path);
    return real_of(fs)->truncate(real_of(fs), file->real, size, err);
}

static mr_code watched_allocate(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err)
{
    tell(fs, "allocate", file->path);
    return real_of(fs)->allocate(real_of(fs), file->real, size, err);
}

static mr_code watched_map(mr_file_system *fs, mr_file *file, size_t size, bool writable,
                           void **out, mr_error *err)
{
    return real_of(fs)->map(real_of(fs), file->real, size, writable, out, err);
}

static void watched_unmap(mr_file_system *fs, void *memory, size_t size)
{
    real_of(fs)->unmap(real_of(fs), memory, size);
}

/* ---- paths ---- */

static mr_code watched_stat(mr_file_system *fs, const char *path, mr_file_info *out, mr_error *err)
{
    return real_of(fs)->stat(real_of(fs), path, out, err);
}

static mr_code watched_list(mr_file_system *fs, const char *path, mr_list_fn fn, void *context,
                            mr_error *err)
{
    return real_of(fs)->list(real_of(fs), path, fn, context, err);
}

static mr_code watched_make_directories(mr_file_system *fs, const char *path, mr_error *err)
{
    tell(fs, "make-directory", path);
    return real_of(fs)->make_directories(real_of(fs), path, err);
}

static mr_code watched_rename(mr_file_system *fs, const char *from, const char *to, mr_error *err)
{
    tell(fs, "rename", from);
    return real_of(fs)->rename(real_of(fs), from, to, err);
}

static mr_code watched_remove(mr_file_system *fs, const char *path, mr_error *err)
{
    tell(fs, "remove", path);
    return real_of(fs)->remove(real_of(fs), path, err);
}

static mr_code watched_sync_directory(mr_file_system *fs, const char *path, mr_error *err)
{
    tell(fs, "sync", path);
    return real_of(fs)->sync_directory(real_of(fs), path, err);
}

static mr_code watched_make_executable(mr_file_system *fs, const char *path, mr_error *err)
{
    tell(fs, "make-executable", path);
    return real_of(fs)->make_executable(real_of(fs), path, err);
}

static mr_code watched_make_link(mr_file_system *fs, const char *target, const char *path,
                                 mr_error *err)
{
    tell(fs, "make-link", path);
    return real_of(fs)->make_link(real_of(fs), target, path, err);
}

/* ---- the file system ---- */

mr_file_system *mr_watched_fs_new(mr_file_system *real, const mr_disk_watch *watch)
{
    MR_ASSERT(real != NULL);
    MR_ASSERT(watch != NULL);
    MR_ASSERT(watch->before != NULL);

    watched_fs *fs = mr_calloc(1, sizeof(*fs));
    fs->base = (mr_file_system){
        .open = watched_open,
        .close = watched_close,
        .read_at = watched_read_at,
        .write_at = watched_write_at,
        .sync = watched_sync,
        .size = watched_size,
        .truncate = watched_truncate,
        .allocate = watched_allocate,
        .map = watched_map,
        .unmap = watched_unmap,
        .stat = watched_stat,
        .list = watched_list,
        .make_directories = watched_make_directories,
        .rename = watched_rename,
        .remove = watched_remove,
        .sync_directory = watched_sync_directory,
        .make_executable = watched_make_executable,
        .make_link = watched_make_link,
    };
    fs->real = real;
    fs->watch = watch;
    return &fs->base;
}

void mr_watched_fs_free(mr_file_system *fs)
{
    mr_free(fs); /* the base is its first member */
}
