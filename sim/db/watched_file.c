/* watched_file.c - see watched_file.h. */
#include "sim/db/watched_file.h"

#include <stddef.h>

typedef struct watched_file {
    sqlite3_file base; /* first: what SQLite sees */
    /* This file's own table, because it says which calls there are: a real file without shared
     * memory, for one, leaves xShmMap out, and SQLite looks. */
    sqlite3_io_methods methods;
    const mr_disk_watch *watch;
    const char *path;
    sqlite3_file *real; /* right behind this struct */
} watched_file;

_Static_assert(sizeof(watched_file) % 8 == 0, "the real file behind it is aligned as SQLite does");

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((watched_file *)file)->real;
}

static void tell(sqlite3_file *file, const char *doing)
{
    const watched_file *watched = (const watched_file *)file;
    mr_disk_watch_tell(watched->watch, doing, watched->path);
}

/* ---- what is told ---- */

static int watched_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    tell(file, "write");
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

static int watched_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    tell(file, "truncate");
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int watched_sync(sqlite3_file *file, int flags)
{
    tell(file, "sync");
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

/* ---- what is passed on ---- */

static int pass_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int pass_read(sqlite3_file *file, void *into, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), into, size, offset);
}

static int pass_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int pass_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int pass_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int pass_check_reserved_lock(sqlite3_file *file, int *reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int pass_file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int pass_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int pass_device_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int pass_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int pass_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void pass_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int pass_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static int pass_fetch(sqlite3_file *file, sqlite3_int64 offset, int size, void **out)
{
    return real_of(file)->pMethods->xFetch(real_of(file), offset, size, out);
}

static int pass_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
    return real_of(file)->pMethods->xUnfetch(real_of(file), offset, page);
}

/* ---- opening ---- */

static const sqlite3_io_methods all_methods = {
    .iVersion = 3,
    .xClose = pass_close,
    .xRead = pass_read,
    .xWrite = watched_write,
    .xTruncate = watched_truncate,
    .xSync = watched_sync,
    .xFileSize = pass_file_size,
    .xLock = pass_lock,
    .xUnlock = pass_unlock,
    .xCheckReservedLock = pass_check_reserved_lock,
    .xFileControl = pass_file_control,
    .xSectorSize = pass_sector_size,
    .xDeviceCharacteristics = pass_device_characteristics,
    .xShmMap = pass_shm_map,
    .xShmLock = pass_shm_lock,
    .xShmBarrier = pass_shm_barrier,
    .xShmUnmap = pass_shm_unmap,
    .xFetch = pass_fetch,
    .xUnfetch = pass_unfetch,
};

int mr_watched_file_size(const sqlite3_vfs *real)
{
    return (int)sizeof(watched_file) + real->szOsFile;
}

int mr_watched_file_open(sqlite3_vfs *real, const mr_disk_watch *watch, const char *path,
                         sqlite3_file *file, int flags, int *out_flags)
{
    if (path == NULL) {
        return real->xOpen(real, path, file, flags, out_flags);
    }
    watched_file *watched = (watched_file *)file;
    *watched =
        (watched_file){.watch = watch, .path = path, .real = (sqlite3_file *)(void *)(watched + 1)};
    if ((flags & SQLITE_OPEN_CREATE) != 0) {
        tell(file, "create");
    }
    int result = real->xOpen(real, path, watched->real, flags, out_flags);
    const sqlite3_io_methods *methods = watched->real->pMethods;
    if (methods == NULL) {
        return result; /* not open: SQLite does not close what has no methods */
    }
    watched->methods = all_methods;
    watched->methods.iVersion =
        methods->iVersion < all_methods.iVersion ? methods->iVersion : all_methods.iVersion;
    if (methods->iVersion >= 2 && methods->xShmMap == NULL) {
        watched->methods.xShmMap = NULL;
    }
    watched->base.pMethods = &watched->methods;
    return result;
}
