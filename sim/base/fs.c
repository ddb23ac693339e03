/* fs.c - what can be said with the calls of any file system; see fs.h. */
#include "sim/base/fs.h"

#include "sim/base/alloc.h"

/* Reads all of an open file; *out is owned by the caller. */
static mr_code read_open_file(mr_file_system *fs, mr_file *file, const char *path, size_t limit,
                              char **out, size_t *len, mr_error *err)
{
    uint64_t size = 0;
    mr_code code = fs->size(fs, file, &size, err);
    if (code != MR_OK) {
        return code;
    }
    if (size > limit) {
        return mr_error_set(err, MR_TOO_LARGE, "%s has %llu bytes; the most is %zu", path,
                            (unsigned long long)size, limit);
    }
    char *bytes = mr_alloc((size_t)size + 1);
    size_t got = 0;
    code = fs->read_at(fs, file, bytes, (size_t)size, 0, &got, err);
    if (code != MR_OK) {
        mr_free(bytes);
        return code;
    }
    bytes[got] = '\0';
    *out = bytes;
    *len = got;
    return MR_OK;
}

mr_code mr_fs_read_file(mr_file_system *fs, const char *path, size_t limit, char **out, size_t *len,
                        mr_error *err)
{
    mr_file *file = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_READ, &file, err);
    if (code != MR_OK) {
        return code;
    }
    code = read_open_file(fs, file, path, limit, out, len, err);
    fs->close(fs, file);
    return code;
}

typedef struct names {
    char **names; /* owned, each of them owned */
    bool *is_directory;
    size_t count, capacity;
} names;

static bool collect(const char *name, const mr_file_info *info, void *context)
{
    names *found = context;
    if (found->count == found->capacity) {
        found->capacity = found->capacity == 0 ? 16 : found->capacity * 2;
        found->names = mr_reallocarray(found->names, found->capacity, sizeof(*found->names));
        found->is_directory =
            mr_reallocarray(found->is_directory, found->capacity, sizeof(*found->is_directory));
    }
    found->names[found->count] = mr_strdup(name);
    found->is_directory[found->count] = info->is_directory && !info->is_link;
    found->count++;
    return true;
}

/* Goes no deeper than a path can be long. */
static mr_code remove_directory(mr_file_system *fs, const char *path, mr_error *err)
{
    names found = {0};
    mr_code code = fs->list(fs, path, collect, &found, err);
    for (size_t i = 0; i < found.count; i++) {
        if (code == MR_OK) {
            char *child = mr_format("%s/%s", path, found.names[i]);
            code = found.is_directory[i] ? remove_directory(fs, child, err)
                                         : fs->remove(fs, child, err);
            mr_free(child);
        }
        mr_free(found.names[i]);
    }
    mr_free(found.names);
    mr_free(found.is_directory);
    return code == MR_OK ? fs->remove(fs, path, err) : code;
}

mr_code mr_fs_remove_tree(mr_file_system *fs, const char *path, mr_error *err)
{
    mr_file_info info;
    mr_code code = fs->stat(fs, path, &info, err);
    if (code == MR_NOT_FOUND) {
        return MR_OK;
    }
    if (code != MR_OK) {
        return code;
    }
    return info.is_directory ? remove_directory(fs, path, err) : fs->remove(fs, path, err);
}
