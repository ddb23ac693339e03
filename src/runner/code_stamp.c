/* code_stamp.c - see code_stamp.h. */
#include "src/runner/code_stamp.h"

#include "sim/base/hash.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX 100000
#define DEPTH_MAX   64

typedef struct walk {
    size_t entries;
    uint64_t stamp;
} walk;

/* What stands for an entry: its name, and the folders above it. */
static uint64_t name_hash(uint64_t folder, const char *name)
{
    return mr_hash64(name, strlen(name)) + folder * 31;
}

/* The sum does not depend on the order in which the file system lists a folder. */
static void add(walk *w, uint64_t name, const struct stat *status)
{
    const int64_t facts[] = {(int64_t)name, status->st_size, status->st_mode,
                             status->st_mtim.tv_sec, status->st_mtim.tv_nsec};
    w->stamp += mr_hash64(facts, sizeof(facts));
}

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A folder counts by what is in it alone: its own time changes with files that come and go. */
static void visit(walk *w, int parent, const char *path, uint64_t hash, int depth)
{
    int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    w->stamp++;
    for (struct dirent *entry; w->entries < ENTRIES_MAX && (entry = readdir(folder)) != NULL;) {
        struct stat status;
        const char *name = entry->d_name;
        if (is_self_or_parent(name) || fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        w->entries++;
        if (!S_ISDIR(status.st_mode)) {
            add(w, name_hash(hash, name), &status);
        } else if (depth < DEPTH_MAX) {
            visit(w, fd, name, name_hash(hash, name), depth + 1);
        }
    }
    closedir(folder); /* and fd with it */
}

uint64_t mr_code_stamp(const char *directory)
{
    walk w = {0, 0};
    visit(&w, AT_FDCWD, directory, 0, 0);
    return w.stamp;
}
