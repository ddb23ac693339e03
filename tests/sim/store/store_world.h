/*
 * store_world.h - what a store needs around it, for its tests: a virtual clock, a database in a
 * temporary directory, and a file system that can be made to fail or to die at the n-th change.
 */
#ifndef MR_TESTS_SIM_STORE_STORE_WORLD_H
#define MR_TESTS_SIM_STORE_STORE_WORLD_H

#include "sim/base/alloc.h"
#include "sim/store/store.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#define WORLD_START_US INT64_C(1735689600000000) /* 2025-01-01 */

/* A file system that counts what changes the disk, over the real one. */
typedef struct failing_fs {
    mr_file_system base; /* first */
    mr_file_system *real;
    uint64_t changes;
    uint64_t fail_at;     /* the n-th change fails; 0: none */
    uint64_t fail_writes; /* so many writes fail with a full disk */
    bool dies;            /* and all after it, and the database takes no more */
    bool dead;
    bool die_after_rename; /* the next rename is the last thing that happens */
    mr_db *db;
} failing_fs;

typedef struct store_world {
    char *directory; /* owned */
    failing_fs fs;
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_offloader *offloader;
    mr_db *db;
    mr_store *store;
    uint64_t renamed, removed;
    bool durable;
} store_world;

static inline bool change_fails(failing_fs *fs)
{
    fs->changes++;
    if (fs->changes == fs->fail_at && fs->dies) {
        fs->dead = true;
        (void)sqlite3_exec(mr_db_handle(fs->db), "PRAGMA query_only = 1", NULL, NULL, NULL);
    }
    return fs->dead || fs->changes == fs->fail_at;
}

static inline mr_code failing_open(mr_file_system *base, const char *path, mr_open_mode mode,
                                   mr_file **out, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    if (mode > MR_OPEN_READWRITE && change_fails(fs)) {
        return mr_error_set(err, MR_IO, "opening %s: made to fail", path);
    }
    return fs->real->open(fs->real, path, mode, out, err);
}

static inline void failing_close(mr_file_system *base, mr_file *file)
{
    failing_fs *fs = (failing_fs *)base;
    fs->real->close(fs->real, file);
}

static inline mr_code failing_read(mr_file_system *base, mr_file *file, void *into, size_t len,
                                   uint64_t offset, size_t *got, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return fs->real->read_at(fs->real, file, into, len, offset, got, err);
}

static inline mr_code failing_write(mr_file_system *base, mr_file *file, mr_bytes bytes,
                                    uint64_t offset, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    if (fs->fail_writes > 0) {
        fs->fail_writes--;
        /* Half of it reaches the disk, as it does when the disk fills. */
        (void)fs->real->write_at(fs->real, file, mr_bytes_make(bytes.at, bytes.len / 2), offset,
                                 NULL);
        return mr_error_set(err, MR_DISK_FULL, "writing: no space left on device");
    }
    if (change_fails(fs)) {
        return mr_error_set(err, MR_DISK_FULL, "writing: made to fail");
    }
    return fs->real->write_at(fs->real, file, bytes, offset, err);
}

static inline mr_code failing_sync(mr_file_system *base, mr_file *file, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return change_fails(fs) ? mr_error_set(err, MR_IO, "syncing: made to fail")
                            : fs->real->sync(fs->real, file, err);
}

static inline mr_code failing_stat(mr_file_system *base, const char *path, mr_file_info *out,
                                   mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return fs->real->stat(fs->real, path, out, err);
}

static inline mr_code failing_list(mr_file_system *base, const char *path, mr_list_fn fn,
                                   void *context, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return fs->real->list(fs->real, path, fn, context, err);
}

static inline mr_code failing_make_directories(mr_file_system *base, const char *path,
                                               mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return change_fails(fs) ? mr_error_set(err, MR_IO, "making %s: made to fail", path)
                            : fs->real->make_directories(fs->real, path, err);
}

static inline mr_code failing_rename(mr_file_system *base, const char *from, const char *to,
                                     mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    if (change_fails(fs)) {
        return mr_error_set(err, MR_IO, "renaming %s: made to fail", from);
    }
    mr_code code = fs->real->rename(fs->real, from, to, err);
    if (fs->die_after_rename) {
        fs->dead = true;
        (void)sqlite3_exec(mr_db_handle(fs->db), "PRAGMA query_only = 1", NULL, NULL, NULL);
    }
    return code;
}

static inline mr_code failing_remove(mr_file_system *base, const char *path, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return change_fails(fs) ? mr_error_set(err, MR_IO, "removing %s: made to fail", path)
                            : fs->real->remove(fs->real, path, err);
}

static inline mr_code failing_sync_directory(mr_file_system *base, const char *path, mr_error *err)
{
    failing_fs *fs = (failing_fs *)base;
    return change_fails(fs) ? mr_error_set(err, MR_IO, "syncing %s: made to fail", path)
                            : fs->real->sync_directory(fs->real, path, err);
}

static inline failing_fs failing_fs_make(void)
{
    return (failing_fs){.base = {.open = failing_open,
                                 .close = failing_close,
                                 .read_at = failing_read,
                                 .write_at = failing_write,
                                 .sync = failing_sync,
                                 .stat = failing_stat,
                                 .list = failing_list,
                                 .make_directories = failing_make_directories,
                                 .rename = failing_rename,
                                 .remove = failing_remove,
                                 .sync_directory = failing_sync_directory},
                        .real = mr_platform_fs()};
}

/* Opens database and store, or opens them again. */
static inline void world_open(store_world *world)
{
    mr_error err = {.code = MR_OK};
    char *path = mr_format("%s/catalog.db", world->directory);
    char *directory = mr_format("%s/s3", world->directory);
    mr_db_options db = {.path = path, .clock = world->clock, .seed = 1};

    CHECK_OK("open the database", mr_db_open(&db, &world->db, &err), &err);
    world->fs = failing_fs_make();
    world->fs.db = world->db;
    bool threads = world->offloader != mr_offload_inline(); /* the counting is not made for them */
    mr_store_options options = {.clock = world->clock,
                                .trace = world->trace,
                                .faults = world->faults,
                                .fs = threads ? mr_platform_fs() : &world->fs.base,
                                .offloader = world->offloader,
                                .db = world->db,
                                .directory = directory,
                                .durable = world->durable};
    CHECK_OK("open the store",
             mr_store_open(&options, &world->store, &world->renamed, &world->removed, &err), &err);
    mr_free(path);
    mr_free(directory);
}

static inline void world_close(store_world *world)
{
    mr_store_close(world->store);
    mr_db_close(world->db);
    world->store = NULL;
    world->db = NULL;
}

/* Owned; the store points into it. */
static inline store_world *world_new(mr_offloader *offloader)
{
    store_world *world = mr_calloc(1, sizeof *world);
    mr_clock_options clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = WORLD_START_US};
    world->directory = check_temp_dir();
    world->offloader = offloader;
    world->clock = mr_clock_new(&clock);
    world->trace = mr_trace_new(world->clock);
    world->faults = mr_faults_new(1);
    world_open(world);
    return world;
}

static inline void world_free(store_world *world)
{
    world_close(world);
    mr_faults_free(world->faults);
    mr_trace_free(world->trace);
    mr_clock_free(world->clock);
    check_remove_dir(world->directory);
    mr_free(world);
}

/* How an attempt to put has ended. */
typedef struct put_outcome {
    bool over;
    mr_error result;
} put_outcome;

static inline void on_put_over_note(void *context, const mr_error *result)
{
    put_outcome *outcome = context;
    outcome->over = true;
    outcome->result = *result;
}

/* One attempt, until it is over; the lanes' answers come without a loop (inline). */
static inline mr_error put_now(store_world *world, mr_upload *upload, const char *bucket,
                               const char *key)
{
    put_outcome outcome = {.over = false};
    mr_object_meta meta = {.bucket = bucket, .key = key};
    mr_upload_put(upload, &meta, on_put_over_note, &outcome);
    while (!outcome.over && mr_clock_step(world->clock, NULL) == MR_STEP_RAN) {
    }
    CHECK_TRUE("the put is over", outcome.over);
    return outcome.result;
}

static inline void create_bucket(store_world *world, const char *bucket)
{
    mr_error err = {.code = MR_OK};
    CHECK_OK(bucket, mr_store_create_bucket(world->store, bucket, &err), &err);
}

/* Puts and commits an object. */
static inline void put_object(store_world *world, const char *bucket, const char *key,
                              const char *body)
{
    mr_error err = {.code = MR_OK};
    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of(body));
    mr_error result = put_now(world, upload, bucket, key);
    CHECK_OK(key, result.code, &result);
    CHECK_OK(key, mr_upload_commit(upload, NULL, NULL, NULL, &err), &err);
    mr_upload_free(upload);
}

/* The content of an object's file. Owned; NULL when there is none. */
static inline char *read_object(store_world *world, const char *bucket, const char *key)
{
    char *path = mr_store_path(world->store, bucket, key);
    char *bytes = NULL;
    size_t len = 0;
    mr_code code = mr_fs_read_file(mr_platform_fs(), path, 64 * MR_MIB, &bytes, &len, NULL);
    mr_free(path);
    return code == MR_OK ? bytes : NULL;
}

static inline void check_object(store_world *world, const char *bucket, const char *key,
                                const char *want)
{
    char *got = read_object(world, bucket, key);
    CHECK_STR(key, got, want);
    mr_free(got);
}

/* Writes a file below the store by hand. */
static inline void drop_file(store_world *world, const char *path, const char *body)
{
    mr_file_system *fs = mr_platform_fs();
    char *whole = mr_format("%s/s3/%s", world->directory, path);
    char *folder = mr_strndup(whole, (size_t)(strrchr(whole, '/') - whole));
    mr_file *file = NULL;
    mr_error err = {.code = MR_OK};
    CHECK_OK(path, fs->make_directories(fs, folder, &err), &err);
    CHECK_OK(path, fs->open(fs, whole, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, mr_bytes_of(body), 0, &err), &err);
    fs->close(fs, file);
    mr_free(folder);
    mr_free(whole);
}

static inline bool file_exists(store_world *world, const char *path)
{
    char *whole = mr_format("%s/s3/%s", world->directory, path);
    mr_file_info info;
    bool exists = mr_platform_fs()->stat(mr_platform_fs(), whole, &info, NULL) == MR_OK;
    mr_free(whole);
    return exists;
}

/* The number that a query of the database gives. */
static inline int64_t db_number(store_world *world, const char *sql)
{
    mr_error err = {.code = MR_OK};
    mr_stmt *stmt = mr_db_stmt(world->db, sql);
    bool row = false;
    CHECK_OK(sql, mr_stmt_step(world->db, stmt, &row, &err), &err);
    int64_t number = row ? mr_stmt_int(stmt, 0) : -1;
    mr_stmt_done(stmt);
    return number;
}

#endif
