/*
 * watched_fs.h - a file system that tells a watch before each operation that changes the disk,
 * and otherwise is the one that it wraps.
 *
 * Openings that leave the disk as it is (MR_OPEN_READ, MR_OPEN_READWRITE), reads, mappings and
 * listings are not told. A watch is called on the thread that writes: give the world that uses
 * this mr_offload_inline(), and all of it is the world's own thread.
 */
#ifndef MR_SIM_BASE_WATCHED_FS_H
#define MR_SIM_BASE_WATCHED_FS_H

#include "sim/base/disk_watch.h"
#include "sim/base/fs.h"

/* real, watch: borrowed; outlive the file system. Release it after its files are closed. */
mr_file_system *mr_watched_fs_new(mr_file_system *real, const mr_disk_watch *watch);
void mr_watched_fs_free(mr_file_system *fs); /* NULL is fine */

#endif
