/*
 * fs.h - the file system as sim sees it: the second of its four windows to the outside.
 *
 * src/platform/uv_fs.c implements it on the real file system; tests may implement it by hand or
 * wrap the real one to make it fail. Paths are UTF-8, relative or absolute, with '/'.
 * Every call blocks; write_at, read_at and sync may be called from offloaded work (on different
 * files at once), the others only from the world's own thread.
 */
#ifndef MR_SIM_BASE_FS_H
#define MR_SIM_BASE_FS_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef struct mr_file mr_file; /* an open file; the implementation's own struct */

typedef enum mr_open_mode {
    MR_OPEN_READ,      /* must exist */
    MR_OPEN_READWRITE, /* must exist */
    MR_OPEN_CREATE,    /* read and write; made when absent, kept when there */
    MR_OPEN_TRUNCATE,  /* read and write; made when absent, emptied when there */
    MR_OPEN_EXCLUSIVE  /* read and write; MR_ALREADY_EXISTS when there */
} mr_open_mode;

typedef struct mr_file_info {
    uint64_t size_bytes;
    int64_t modified_us; /* wall time: for the scan's cache alone, never for a result */
    bool is_directory;
    bool is_special; /* a pipe, a device, a socket: it may block, have no end, be read only once */
    bool is_executable; /* by its owner */
    bool is_link;       /* the name is a symbolic link; the rest is of what it leads to */
} mr_file_info;

/* name: borrowed for the call. Returning false ends the listing. */
typedef bool (*mr_list_fn)(const char *name, const mr_file_info *info, void *context);

typedef struct mr_file_system mr_file_system;
struct mr_file_system {
    mr_code (*open)(mr_file_system *fs, const char *path, mr_open_mode mode, mr_file **out,
                    mr_error *err);
    void (*close)(mr_file_system *fs, mr_file *file); /* NULL is fine */

    /* Reads up to len bytes at offset; *got is less only at the end of the file. */
    mr_code (*read_at)(mr_file_system *fs, mr_file *file, void *into, size_t len, uint64_t offset,
                       size_t *got, mr_error *err);
    /* Writes all of it or fails. */
    mr_code (*write_at)(mr_file_system *fs, mr_file *file, mr_bytes bytes, uint64_t offset,
                        mr_error *err);
    mr_code (*sync)(mr_file_system *fs, mr_file *file, mr_error *err);
    mr_code (*size)(mr_file_system *fs, mr_file *file, uint64_t *out, mr_error *err);
    mr_code (*truncate)(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err);

    /* Reserves disk for the first `size` bytes, which read as zeros: later writes through a
     * mapping cannot run out of disk. MR_DISK_FULL when there is none. */
    mr_code (*allocate)(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err);
    /* Maps bytes 0..size of the file, shared. writable: the file was opened for writing. */
    mr_code (*map)(mr_file_system *fs, mr_file *file, size_t size, bool writable, void **out,
                   mr_error *err);
    void (*unmap)(mr_file_system *fs, void *memory, size_t size);

    mr_code (*stat)(mr_file_system *fs, const char *path, mr_file_info *out, mr_error *err);
    /* Calls fn for each entry in byte order of name, without "." and "..". */
    mr_code (*list)(mr_file_system *fs, const char *path, mr_list_fn fn, void *context,
                    mr_error *err);
    mr_code (*make_directories)(mr_file_system *fs, const char *path,
                                mr_error *err); /* as mkdir -p */
    mr_code (*rename)(mr_file_system *fs, const char *from, const char *to, mr_error *err);
    mr_code (*remove)(mr_file_system *fs, const char *path,
                      mr_error *err); /* a file or an empty directory */
    mr_code (*sync_directory)(mr_file_system *fs, const char *path, mr_error *err);
    /* Lets whoever may read the file execute it. */
    mr_code (*make_executable)(mr_file_system *fs, const char *path, mr_error *err);
    /* A symbolic link at path, which must not be there. target: as it stands in the link. */
    mr_code (*make_link)(mr_file_system *fs, const char *target, const char *path, mr_error *err);
};

/* Reads a whole file of at most limit bytes. Returned bytes are owned (mr_free), NUL after them.
 * Errors: those of open and read_at, MR_TOO_LARGE. */
MR_NODISCARD mr_code mr_fs_read_file(mr_file_system *fs, const char *path, size_t limit, char **out,
                                     size_t *len, mr_error *err);

/* Removes a tree; what is not there is no error. A symbolic link in it is removed, never what it
 * leads to. */
MR_NODISCARD mr_code mr_fs_remove_tree(mr_file_system *fs, const char *path, mr_error *err);

#endif
