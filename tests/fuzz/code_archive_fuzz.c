/*
 * code_archive_fuzz.c - bytes as the zip of a function's code, unpacked into a file system that
 * keeps nothing but looks at every path: each lies in the folder, no link leads out of it, and no
 * more is written than is allowed.
 */
#include "sim/base/alloc.h"
#include "sim/lambda/code_archive.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER "/task"

typedef struct strict_fs {
    mr_file_system base;
    uint64_t bytes;
} strict_fs;

static void check_inside(const char *path)
{
    MR_ASSERT(strncmp(path, FOLDER, strlen(FOLDER)) == 0);
    const char *rest = path + strlen(FOLDER);
    MR_ASSERT(rest[0] == '\0' || rest[0] == '/');
    MR_ASSERT(strstr(rest, "//") == NULL);
    MR_ASSERT(strstr(rest, "/../") == NULL);
    size_t len = strlen(rest);
    MR_ASSERT(len < 3 || strcmp(rest + len - 3, "/..") != 0);
}

static mr_code strict_open(mr_file_system *fs, const char *path, mr_open_mode mode, mr_file **out,
                           mr_error *err)
{
    (void)err;
    check_inside(path);
    MR_ASSERT(mode == MR_OPEN_EXCLUSIVE);
    *out = (mr_file *)fs;
    return MR_OK;
}

static void strict_close(mr_file_system *fs, mr_file *file)
{
    (void)fs;
    (void)file;
}

static mr_code strict_write_at(mr_file_system *fs, mr_file *file, mr_bytes bytes, uint64_t offset,
                               mr_error *err)
{
    (void)file;
    (void)offset;
    (void)err;
    strict_fs *strict = (strict_fs *)fs;
    strict->bytes += bytes.len;
    MR_ASSERT(strict->bytes <= MR_CODE_BYTES_MAX);
    return MR_OK;
}

static mr_code strict_path(mr_file_system *fs, const char *path, mr_error *err)
{
    (void)fs;
    (void)err;
    check_inside(path);
    return MR_OK;
}

static mr_code strict_make_link(mr_file_system *fs, const char *target, const char *path,
                                mr_error *err)
{
    (void)fs;
    (void)err;
    check_inside(path);
    MR_ASSERT(target[0] != '/');
    /* As many ".." as it likes lead no higher than the folder, when they are followed from it. */
    int depth = -1;
    for (const char *p = path + strlen(FOLDER); *p != '\0'; p++) {
        depth += *p == '/' ? 1 : 0;
    }
    for (const char *p = target; *p != '\0';) {
        size_t len = strcspn(p, "/");
        depth -= len == 2 && strncmp(p, "..", 2) == 0 ? 1 : 0;
        MR_ASSERT(depth >= 0);
        p += len + (p[len] == '/' ? 1 : 0);
    }
    return MR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    strict_fs fs = {.base = {.open = strict_open,
                             .close = strict_close,
                             .write_at = strict_write_at,
                             .make_directories = strict_path,
                             .make_executable = strict_path,
                             .make_link = strict_make_link}};
    char why[MR_CODE_WHY_SIZE];
    mr_error err;
    mr_code code =
        mr_code_archive_unpack(&fs.base, mr_bytes_make(data, size), FOLDER, false, why, &err);
    MR_ASSERT(code == MR_OK || code == MR_BAD_INPUT || code == MR_TOO_LARGE);
    MR_ASSERT((code == MR_BAD_INPUT) == (why[0] != '\0'));
    return 0;
}
