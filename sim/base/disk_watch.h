/*
 * disk_watch.h - being told before anything changes on disk, so that a test can look at what a
 * process killed at that very point would leave, or count its way to the n-th write.
 *
 * watched_fs.h tells of what goes through the window fs.h, db.h of what SQLite does. What is
 * written through a mapping (the records of a ring, SQLite's "-shm") is no operation and is not
 * told: a kill between two operations finds it as it is.
 */
#ifndef MR_SIM_BASE_DISK_WATCH_H
#define MR_SIM_BASE_DISK_WATCH_H

typedef struct mr_disk_watch {
    /*
     * Called on the world's thread, ahead of every operation that may change something on disk,
     * whether it then succeeds or not. It may read the disk, but not call the world; the files
     * of a database are best copied by another process: whoever closes one ends all the locks
     * that this process has on it.
     *
     * doing: static: "create" (an opening that may make or empty the file), "write", "sync",
     *        "truncate", "allocate", "rename", "remove", "make-directory".
     * path:  borrowed for the call; of a rename the old one, of a sync also a directory's.
     */
    void (*before)(void *context, const char *doing, const char *path);
    void *context;
} mr_disk_watch;

static inline void mr_disk_watch_tell(const mr_disk_watch *watch, const char *doing,
                                      const char *path)
{
    watch->before(watch->context, doing, path);
}

#endif
