/*
 * uv_fs.c - the real file system by POSIX calls; see fs.h for what each one promises.
 *
 * A call that a signal interrupts is made again; one that the disk ends early goes on from there.
 */
#include "src/platform/platform.h"

#include "sim/base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE      0644
#define DIRECTORY_MODE 0755
#define ONE_CALL_MAX   ((size_t)1 << 30) /* Linux moves at most about 2 GiB at once */

struct mr_file {
    int descriptor;
    char *path; /* owned; for messages */
};

static mr_code fs_open(mr_file_system *fs, const char *path, mr_open_mode mode, mr_file **out,
                       mr_error *err)
{
    static const int flags[] = {
        [MR_OPEN_READ] = O_RDONLY,
        [MR_OPEN_READWRITE] = O_RDWR,
        [MR_OPEN_CREATE] = O_RDWR | O_CREAT,
        [MR_OPEN_TRUNCATE] = O_RDWR | O_CREAT | O_TRUNC,
        [MR_OPEN_EXCLUSIVE] = O_RDWR | O_CREAT | O_EXCL,
    };
    (void)fs;
    int descriptor = -1;
    do {
        descriptor = open(path, flags[mode] | O_CLOEXEC, FILE_MODE);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0) {
        return mr_error_os(err, errno, "opening %s", path);
    }
    mr_file *file = mr_alloc(sizeof(*file));
    file->descriptor = descriptor;
    file->path = mr_strdup(path);
    *out = file;
    return MR_OK;
}

static void fs_close(mr_file_system *fs, mr_file *file)
{
    (void)fs;
    if (file != NULL) {
        (void)close(file->descriptor); /* what was written is known by the writes and by sync */
        mr_free(file->path);
        mr_free(file);
    }
}

static mr_code fs_read_at(mr_file_system *fs, mr_file *file, void *into, size_t len,
                          uint64_t offset, size_t *got, mr_error *err)
{
    (void)fs;
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(file->descriptor, (char *)into + done,
                          mr_min_size(len - done, ONE_CALL_MAX), (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return mr_error_os(err, errno, "reading %s", file->path);
        }
        if (n == 0) {
            break; /* the end */
        }
        done += (size_t)n;
    }
    *got = done;
    return MR_OK;
}

static mr_code fs_write_at(mr_file_system *fs, mr_file *file, mr_bytes bytes, uint64_t offset,
                           mr_error *err)
{
    (void)fs;
    size_t done = 0;
    while (done < bytes.len) {
        ssize_t n = pwrite(file->descriptor, bytes.at + done,
                           mr_min_size(bytes.len - done, ONE_CALL_MAX), (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return mr_error_os(err, n < 0 ? errno : ENOSPC, "writing %s", file->path);
        }
        done += (size_t)n;
    }
    return MR_OK;
}

static mr_code fs_sync(mr_file_system *fs, mr_file *file, mr_error *err)
{
    (void)fs;
    int result = 0;
    do {
        result = fsync(file->descriptor);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? MR_OK : mr_error_os(err, errno, "syncing %s", file->path);
}

static mr_code fs_size(mr_file_system *fs, mr_file *file, uint64_t *out, mr_error *err)
{
    (void)fs;
    struct stat info;
    if (fstat(file->descriptor, &info) != 0) {
        return mr_error_os(err, errno, "looking at %s", file->path);
    }
    *out = (uint64_t)info.st_size;
    return MR_OK;
}

static mr_code fs_truncate(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err)
{
    (void)fs;
    int result = 0;
    do {
        result = ftruncate(file->descriptor, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? MR_OK : mr_error_os(err, errno, "setting the size of %s", file->path);
}

static mr_code fs_allocate(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err)
{
    (void)fs;
    if (size == 0) {
        return MR_OK;
    }
    /* Where the file system cannot reserve, libc's function writes a zero into each block. It
     * returns the error and does not set errno. */
    int result = 0;
    do {
        result = posix_fallocate(file->descriptor, 0, (off_t)size);
    } while (result == EINTR);
    return result == 0 ? MR_OK
                       : mr_error_os(err, result, "reserving %llu bytes for %s",
                                     (unsigned long long)size, file->path);
}

static mr_code fs_map(mr_file_system *fs, mr_file *file, size_t size, bool writable, void **out,
                      mr_error *err)
{
    (void)fs;
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *memory = mmap(NULL, size, protection, MAP_SHARED, file->descriptor, 0);
    if (memory == MAP_FAILED) {
        return mr_error_os(err, errno, "mapping %zu bytes of %s", size, file->path);
    }
    *out = memory;
    return MR_OK;
}

static void fs_unmap(mr_file_system *fs, void *memory, size_t size)
{
    (void)fs;
    int result = munmap(memory, size);
    MR_ASSERT(result == 0);
}

static mr_file_info info_of(const struct stat *info)
{
    return (mr_file_info){
        .size_bytes = (uint64_t)info->st_size,
        .modified_us =
            (int64_t)info->st_mtim.tv_sec * 1000000 + (int64_t)info->st_mtim.tv_nsec / 1000,
        .is_executable = (info->st_mode & S_IXUSR) != 0,
        .is_directory = S_ISDIR(info->st_mode),
        .is_special = !S_ISDIR(info->st_mode) && !S_ISREG(info->st_mode),
    };
}

static mr_code fs_stat(mr_file_system *fs, const char *path, mr_file_info *out, mr_error *err)
{
    (void)fs;
    struct stat info;
    int result = lstat(path, &info);
    const bool is_link = result == 0 && S_ISLNK(info.st_mode);
    if (is_link) {
        result = stat(path, &info);
    }
    if (result != 0) {
        int os_error = errno;
        mr_code code = mr_error_os(err, os_error, "looking at %s", path);
        if (os_error == ENOTDIR) { /* a file stands where a directory should: it is not there */
            code = MR_NOT_FOUND;
            if (err != NULL) {
                err->code = code;
            }
        }
        return code;
    }
    *out = info_of(&info);
    out->is_link = is_link;
    return MR_OK;
}

/* ---- listing ---- */

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static mr_code read_names(DIR *directory, const char *path, char ***names, size_t *count,
                          mr_error *err)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            return errno == 0 ? MR_OK : mr_error_os(err, errno, "listing %s", path);
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        MR_GROW(*names, *count, capacity);
        (*names)[(*count)++] = mr_strdup(entry->d_name);
    }
}

static mr_code show_names(int descriptor, const char *path, char *const *names, size_t count,
                          mr_list_fn fn, void *context, mr_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct stat found;
        int result = fstatat(descriptor, names[i], &found, AT_SYMLINK_NOFOLLOW);
        bool is_link = result == 0 && S_ISLNK(found.st_mode);
        struct stat target;
        if (is_link && fstatat(descriptor, names[i], &target, 0) == 0) {
            found = target; /* a link to nowhere, or to itself, is listed as itself */
        }
        if (result != 0 && errno == ENOENT) {
            continue; /* removed meanwhile */
        }
        if (result != 0) {
            return mr_error_os(err, errno, "looking at %s/%s", path, names[i]);
        }
        mr_file_info info = info_of(&found);
        info.is_link = is_link;
        if (!fn(names[i], &info, context)) {
            break;
        }
    }
    return MR_OK;
}

static mr_code fs_list(mr_file_system *fs, const char *path, mr_list_fn fn, void *context,
                       mr_error *err)
{
    (void)fs;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return mr_error_os(err, errno, "listing %s", path);
    }
    char **names = NULL;
    size_t count = 0;
    mr_code code = read_names(directory, path, &names, &count, err);
    if (code == MR_OK && count > 0) {
        qsort(names, count, sizeof(*names), by_bytes);
        code = show_names(dirfd(directory), path, names, count, fn, context, err);
    }
    for (size_t i = 0; i < count; i++) {
        mr_free(names[i]);
    }
    mr_free(names);
    (void)closedir(directory);
    return code;
}

/* ---- changing directories ---- */

static mr_code make_one(const char *path, mr_error *err)
{
    struct stat info;
    if (mkdir(path, DIRECTORY_MODE) == 0) {
        return MR_OK;
    }
    int os_error = errno;
    if ((os_error == EEXIST || os_error == EROFS) && stat(path, &info) == 0 &&
        S_ISDIR(info.st_mode)) {
        return MR_OK;
    }
    return mr_error_os(err, os_error, "making the directory %s", path);
}

static mr_code fs_make_directories(mr_file_system *fs, const char *path, mr_error *err)
{
    (void)fs;
    if (make_one(path, err) == MR_OK) {
        return MR_OK; /* mostly it is there, or its parent is */
    }
    char *piece = mr_strdup(path);
    mr_code code = MR_OK;
    for (char *slash = strchr(piece + 1, '/'); code == MR_OK && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        code = make_one(piece, err);
        *slash = '/';
    }
    if (code == MR_OK) {
        code = make_one(piece, err);
    }
    mr_free(piece);
    return code;
}

static mr_code fs_rename(mr_file_system *fs, const char *from, const char *to, mr_error *err)
{
    (void)fs;
    return rename(from, to) == 0 ? MR_OK : mr_error_os(err, errno, "renaming %s to %s", from, to);
}

static mr_code fs_remove(mr_file_system *fs, const char *path, mr_error *err)
{
    (void)fs;
    if (unlink(path) == 0) {
        return MR_OK;
    }
    int os_error = errno;
    if (os_error == EISDIR || os_error == EPERM) { /* Linux and POSIX say it differently */
        if (rmdir(path) == 0) {
            return MR_OK;
        }
        os_error = errno == ENOTDIR ? os_error : errno;
    }
    return mr_error_os(err, os_error, "removing %s", path);
}

static mr_code fs_sync_directory(mr_file_system *fs, const char *path, mr_error *err)
{
    mr_file *directory = NULL;
    mr_code code = fs_open(fs, path, MR_OPEN_READ, &directory, err);
    if (code == MR_OK) {
        MR_ASSERT(directory != NULL);
        code = fs_sync(fs, directory, err);
        fs_close(fs, directory);
    }
    return code;
}

static mr_code fs_make_executable(mr_file_system *fs, const char *path, mr_error *err)
{
    (void)fs;
    struct stat info;
    if (stat(path, &info) != 0) {
        return mr_error_os(err, errno, "looking at %s", path);
    }
    mode_t mode = info.st_mode | ((info.st_mode & (S_IRUSR | S_IRGRP | S_IROTH)) >> 2);
    return chmod(path, mode & 07777) == 0 ? MR_OK
                                          : mr_error_os(err, errno, "making %s executable", path);
}

static mr_code fs_make_link(mr_file_system *fs, const char *target, const char *path, mr_error *err)
{
    (void)fs;
    return symlink(target, path) == 0
               ? MR_OK
               : mr_error_os(err, errno, "making the link %s to %s", path, target);
}

static const mr_file_system real_file_system = {
    .open = fs_open,
    .close = fs_close,
    .read_at = fs_read_at,
    .write_at = fs_write_at,
    .sync = fs_sync,
    .size = fs_size,
    .truncate = fs_truncate,
    .allocate = fs_allocate,
    .map = fs_map,
    .unmap = fs_unmap,
    .stat = fs_stat,
    .list = fs_list,
    .make_directories = fs_make_directories,
    .rename = fs_rename,
    .remove = fs_remove,
    .sync_directory = fs_sync_directory,
    .make_executable = fs_make_executable,
    .make_link = fs_make_link,
};

mr_file_system *mr_platform_fs(void)
{
    /* It has no state, so that nobody writes through the pointer. */
    return (mr_file_system *)&real_file_system;
}
