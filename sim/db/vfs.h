/*
 * vfs.h - a thin SQLite VFS over the default one, whose clock and chance are the world's.
 *
 * Files are the default VFS's own, so WAL, locks and shared memory are untouched; with a watch
 * they are those of watched_file.h.
 */
#ifndef MR_SIM_DB_VFS_H
#define MR_SIM_DB_VFS_H

#include "sim/base/disk_watch.h"
#include "sim/base/error.h"
#include "sim/time/clock.h"

typedef struct mr_db_vfs mr_db_vfs;

typedef struct mr_db_vfs_options {
    mr_clock *clock; /* borrowed, as the watch; both outlive the VFS */
    uint64_t seed;
    const mr_disk_watch *watch; /* told before files are made, changed or removed; NULL: nobody */
} mr_db_vfs_options;

/* Registers a VFS with SQLite under a name of its own.
 * Errors: MR_DATABASE (SQLite has no default VFS). */
MR_NODISCARD mr_code mr_db_vfs_new(const mr_db_vfs_options *options, mr_db_vfs **out,
                                   mr_error *err);
/* After every connection that uses it is closed. NULL is fine. */
void mr_db_vfs_free(mr_db_vfs *vfs);
const char *mr_db_vfs_name(const mr_db_vfs *vfs);

#endif
