/*
 * watched_file.h - a file of SQLite's that tells a watch before it is written, synced, truncated.
 *
 * It lies in the memory that SQLite gives xOpen, with the real VFS's file behind it, and hands
 * every call on to that one: locks, shared memory and mappings are the real file's own.
 */
#ifndef MR_SIM_DB_WATCHED_FILE_H
#define MR_SIM_DB_WATCHED_FILE_H

#include "sim/base/disk_watch.h"

#include <sqlite3.h>

/* The szOsFile of a VFS that opens such files: theirs and the real one's. */
int mr_watched_file_size(const sqlite3_vfs *real);

/*
 * As xOpen of the real VFS, told as "create" when the flags let it make the file. A file without
 * a name goes when it is closed, so nobody finds it after a kill: it is opened as the real one.
 *
 * file:  mr_watched_file_size() bytes.
 * watch: borrowed; outlives the file.
 * path:  SQLite's, who keeps it while the file is open; may be NULL.
 */
int mr_watched_file_open(sqlite3_vfs *real, const mr_disk_watch *watch, const char *path,
                         sqlite3_file *file, int flags, int *out_flags);

#endif
