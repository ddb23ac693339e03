/*
 * vfs.c - see vfs.h. Every call but those of time and chance goes to the default VFS as it is;
 * where there is a watch, it is told before an opening and a removal.
 */
#include "sim/db/vfs.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/db/watched_file.h"
#include "sim/time/rng.h"

#include <sqlite3.h>

struct mr_db_vfs {
    sqlite3_vfs base; /* registered; pAppData is the mr_db_vfs */
    sqlite3_vfs *real;
    mr_clock *clock;
    const mr_disk_watch *watch; /* NULL: none */
    mr_prng prng;
    char *name; /* owned */
};

static sqlite3_vfs *real_of(sqlite3_vfs *vfs)
{
    return ((mr_db_vfs *)vfs->pAppData)->real;
}

static int pass_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    return real_of(vfs)->xOpen(real_of(vfs), name, file, flags, out_flags);
}

static int watched_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *out_flags)
{
    const mr_db_vfs *self = vfs->pAppData;
    return mr_watched_file_open(self->real, self->watch, name, file, flags, out_flags);
}

static int watched_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    const mr_db_vfs *self = vfs->pAppData;
    mr_disk_watch_tell(self->watch, "remove", name);
    return self->real->xDelete(self->real, name, sync_directory);
}

static int pass_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    return real_of(vfs)->xDelete(real_of(vfs), name, sync_directory);
}

static int pass_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    return real_of(vfs)->xAccess(real_of(vfs), name, flags, out);
}

static int pass_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    return real_of(vfs)->xFullPathname(real_of(vfs), name, size, out);
}

static int pass_sleep(sqlite3_vfs *vfs, int microseconds)
{
    return real_of(vfs)->xSleep(real_of(vfs), microseconds);
}

static int pass_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    return real_of(vfs)->xGetLastError(real_of(vfs), size, out);
}

static int world_randomness(sqlite3_vfs *vfs, int size, char *out)
{
    mr_db_vfs *self = vfs->pAppData;
    for (int i = 0; i < size; i++) {
        out[i] = (char)(uint8_t)mr_prng_below(&self->prng, 256);
    }
    return size;
}

/* Milliseconds since noon of 24 November 4714 BC, as SQLite counts them. */
static int world_time_int64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    const int64_t epoch_ms = INT64_C(210866760000000);
    const mr_db_vfs *self = vfs->pAppData;
    *out = epoch_ms + mr_clock_wall_us(self->clock) / MR_US_PER_MS;
    return SQLITE_OK;
}

static int world_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_int64 ms = 0;
    int result = world_time_int64(vfs, &ms);
    *out = (double)ms / 86400000.0;
    return result;
}

mr_code mr_db_vfs_new(const mr_db_vfs_options *options, mr_db_vfs **out, mr_error *err)
{
    MR_ASSERT(options->clock != NULL);

    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (real == NULL) {
        return mr_error_set(err, MR_DATABASE, "SQLite has no file system of its own");
    }
    mr_db_vfs *vfs = mr_calloc(1, sizeof(*vfs));
    vfs->real = real;
    vfs->clock = options->clock;
    vfs->watch = options->watch;
    vfs->prng = mr_prng_named(options->seed, "database");
    /* SQLite finds a VFS by its name, so two worlds in one process need two names. The address
     * is only that: it orders nothing and is shown nowhere. */
    vfs->name = mr_format("millrace-%p", (void *)vfs);
    vfs->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = real->szOsFile,
        .mxPathname = real->mxPathname,
        .zName = vfs->name,
        .pAppData = vfs,
        .xOpen = pass_open,
        .xDelete = pass_delete,
        .xAccess = pass_access,
        .xFullPathname = pass_full_pathname,
        .xRandomness = world_randomness,
        .xSleep = pass_sleep,
        .xCurrentTime = world_time,
        .xGetLastError = pass_last_error,
        .xCurrentTimeInt64 = world_time_int64,
    };
    if (vfs->watch != NULL) {
        vfs->base.szOsFile = mr_watched_file_size(real);
        vfs->base.xOpen = watched_open;
        vfs->base.xDelete = watched_delete;
    }
    if (sqlite3_vfs_register(&vfs->base, 0) != SQLITE_OK) {
        mr_free(vfs->name);
        mr_free(vfs);
        return mr_error_set(err, MR_DATABASE, "SQLite does not take another file system");
    }
    *out = vfs;
    return MR_OK;
}

void mr_db_vfs_free(mr_db_vfs *vfs)
{
    if (vfs == NULL) {
        return;
    }
    sqlite3_vfs_unregister(&vfs->base);
    mr_free(vfs->name);
    mr_free(vfs);
}

const char *mr_db_vfs_name(const mr_db_vfs *vfs)
{
    return vfs->name;
}
