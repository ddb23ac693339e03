/* db.c - opening and closing, errors and transactions; statements are in stmt.c. */
#include "sim/db/db.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/db/db_private.h"
#include "sim/db/schema.h"
#include "sim/db/vfs.h"

#define BUSY_TIMEOUT_MS 5000

/* ---- errors ---- */

static mr_code code_of_errno_or(int os_error, mr_code otherwise)
{
    mr_code code = os_error == 0 ? MR_IO : mr_error_os(NULL, os_error, "%s", "");
    return code == MR_DISK_FULL || code == MR_PERMISSION ? code : otherwise;
}

static mr_code code_of(int result, int os_error)
{
    switch (result & 0xff) {
    case SQLITE_FULL:
        return MR_DISK_FULL;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return code_of_errno_or(os_error, MR_IO);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return MR_PERMISSION;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return MR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return MR_LOCKED;
    case SQLITE_TOOBIG:
        return MR_TOO_LARGE;
    default:
        return MR_DATABASE;
    }
}

/* What a person can do about it. */
static const char *advice(mr_code code)
{
    switch (code) {
    case MR_DISK_FULL:
        return ": make room on the disk";
    case MR_PERMISSION:
        return ": make the directory and its files writable for this user";
    case MR_CORRUPT:
        return ": the file is damaged; restore it, or start anew with --replace";
    case MR_LOCKED:
        return ": another process holds it";
    default:
        return "";
    }
}

mr_code mr_db_fail(const mr_db *db, int result, const char *doing, mr_error *err)
{
    int os_error = sqlite3_system_errno(db->handle);
    mr_code code = code_of(result, os_error);
    /* The handle's text belongs to its own last failure alone. */
    const char *text = sqlite3_extended_errcode(db->handle) == result ||
                               (sqlite3_errcode(db->handle) & 0xff) == (result & 0xff)
                           ? sqlite3_errmsg(db->handle)
                           : sqlite3_errstr(result);
    mr_error_set(err, code, "%s: %s: %s%s", db->path, doing, text, advice(code));
    if (err != NULL && (code == MR_IO || code == MR_DISK_FULL || code == MR_PERMISSION)) {
        err->os_error = os_error;
    }
    return code;
}

mr_code mr_db_error(mr_db *db, mr_error *err, const char *doing)
{
    return mr_db_fail(db, sqlite3_extended_errcode(db->handle), doing, err);
}

/* ---- opening ---- */

/* SQL's own chance, which SQLite otherwise takes from the machine. */
static void sql_random(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    mr_db *db = sqlite3_user_data(context);
    sqlite3_result_int64(context, (sqlite3_int64)mr_prng_next(&db->prng));
}

static void sql_randomblob(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    mr_db *db = sqlite3_user_data(context);
    int64_t asked = sqlite3_value_int64(values[0]);
    if (asked > sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, -1)) {
        sqlite3_result_error_toobig(context);
        return;
    }
    size_t size = asked < 1 ? 1 : (size_t)asked;
    uint8_t *bytes = mr_alloc(size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)mr_prng_below(&db->prng, 256);
    }
    sqlite3_result_blob64(context, bytes, size, mr_free);
}

static mr_code take_over_chance(mr_db *db, mr_error *err)
{
    int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
    int result =
        sqlite3_create_function(db->handle, "random", 0, flags, db, sql_random, NULL, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_create_function(db->handle, "randomblob", 1, flags, db, sql_randomblob,
                                         NULL, NULL);
    }
    return result == SQLITE_OK ? MR_OK : mr_db_fail(db, result, "preparing", err);
}

static int open_handle(mr_db *db, const char *name, int flags)
{
    int result =
        sqlite3_open_v2(name, &db->handle, flags | SQLITE_OPEN_NOMUTEX, mr_db_vfs_name(db->vfs));
    MR_ASSERT(db->handle != NULL); /* NULL means out of memory */
    if (result == SQLITE_OK) {
        sqlite3_extended_result_codes(db->handle, 1);
        sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
        /* Opening is lazy: this reads the first page, or finds that it cannot. */
        result = sqlite3_exec(db->handle, "PRAGMA schema_version", NULL, NULL, NULL);
    }
    return result;
}

/* "file:" and the path with what a URI reads otherwise escaped. */
static char *immutable_uri(const char *path)
{
    mr_strbuf uri = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&uri, "file:");
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '?' || *at == '#' || *at == '%') {
            mr_strbuf_appendf(&uri, "%%%02X", (unsigned)(unsigned char)*at);
        } else {
            mr_strbuf_append_char(&uri, *at);
        }
    }
    mr_strbuf_append_text(&uri, "?immutable=1");
    return mr_strbuf_take(&uri);
}

/*
 * A WAL file cannot be read where its "-shm" can be neither found nor made: on a read-only disk.
 * With no process that could write it is safe to be read as it stands, if nothing waits in "-wal".
 */
static int open_immutable(mr_db *db)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    char *wal = mr_format("%s-wal", db->path);
    int has_wal = 0;
    int result = real->xAccess(real, wal, SQLITE_ACCESS_EXISTS, &has_wal);
    mr_free(wal);
    if (result != SQLITE_OK || has_wal != 0) {
        return SQLITE_CANTOPEN;
    }
    sqlite3_close_v2(db->handle);
    db->handle = NULL;
    char *uri = immutable_uri(db->path);
    result = open_handle(db, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    mr_free(uri);
    return result;
}

static bool is_absent(const char *path)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    int exists = 0;
    return real->xAccess(real, path, SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists == 0;
}

/* SQLite tries once more without creating, so that its errno no longer says what was forbidden. */
static bool directory_is_read_only(const char *path)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    const char *slash = strrchr(path, '/');
    char *directory = slash == NULL ? mr_strdup(".") : mr_strndup(path, (size_t)(slash - path) + 1);
    int exists = 0;
    int writable = 1;
    bool asked = real->xAccess(real, directory, SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK &&
                 real->xAccess(real, directory, SQLITE_ACCESS_READWRITE, &writable) == SQLITE_OK;
    mr_free(directory);
    return asked && exists != 0 && writable == 0;
}

static mr_code open_file(mr_db *db, mr_error *err)
{
    int flags = db->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int result = open_handle(db, db->path, flags);
    if (result != SQLITE_OK && db->read_only) {
        if (is_absent(db->path)) {
            return mr_error_set(err, MR_NOT_FOUND, "there is no catalog at %s", db->path);
        }
        int primary = result & 0xff;
        if (primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY) {
            result = open_immutable(db);
        }
    }
    if (result == SQLITE_OK) {
        return MR_OK;
    }
    if ((result & 0xff) == SQLITE_CANTOPEN && directory_is_read_only(db->path)) {
        return mr_error_set(err, MR_PERMISSION, "%s: its directory cannot be written%s", db->path,
                            advice(MR_PERMISSION));
    }
    return mr_db_fail(db, result, "opening", err);
}

static mr_code set_up(mr_db *db, bool durable, mr_error *err)
{
    bool is_empty = false;
    mr_code code = mr_db_schema_check(db, &is_empty, err);
    if (code != MR_OK) {
        return code;
    }
    if (db->read_only) {
        return is_empty ? mr_error_set(err, MR_NOT_FOUND, "%s holds no catalog yet", db->path)
                        : MR_OK;
    }
    /* In this order: changing to WAL syncs as often as it is told to by then. */
    code = mr_db_exec(db, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF", err);
    if (code == MR_OK) {
        code = mr_db_exec(db, "PRAGMA journal_mode = WAL", err);
    }
    if (code != MR_OK) {
        return code;
    }
    return is_empty ? mr_db_schema_make(db, err) : mr_db_schema_upgrade(db, err);
}

mr_code mr_db_open(const mr_db_options *options, mr_db **out, mr_error *err)
{
    MR_ASSERT(options->path != NULL);

    mr_db *db = mr_calloc(1, sizeof(*db));
    db->path = mr_strdup(options->path);
    db->read_only = options->read_only;
    db->clock = options->clock;
    db->prng = mr_prng_named(options->seed, "sql");
    db->statements = mr_map_new();
    mr_db_vfs_options vfs = {
        .clock = options->clock, .seed = options->seed, .watch = options->watch};
    mr_code code = mr_db_vfs_new(&vfs, &db->vfs, err);
    if (code == MR_OK) {
        code = open_file(db, err);
    }
    if (code == MR_OK) {
        code = take_over_chance(db, err);
    }
    if (code == MR_OK) {
        code = set_up(db, options->durable, err);
    }
    if (code != MR_OK) {
        mr_db_close(db);
        return code;
    }
    *out = db;
    return MR_OK;
}

void mr_db_close(mr_db *db)
{
    if (db == NULL) {
        return;
    }
    size_t count = mr_map_count(db->statements);
    void **statements = mr_map_sorted(db->statements);
    for (size_t i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
    }
    mr_free(statements);
    mr_map_free(db->statements);
    int result = sqlite3_close(db->handle); /* NULL is fine */
    MR_ASSERT(result == SQLITE_OK);         /* nobody keeps a statement of his own */
    mr_db_vfs_free(db->vfs);
    mr_free(db->path);
    mr_free(db);
}

sqlite3 *mr_db_handle(mr_db *db)
{
    return db->handle;
}

const char *mr_db_path(const mr_db *db)
{
    return db->path;
}

int64_t mr_db_wall_us(const mr_db *db)
{
    return mr_clock_wall_us(db->clock);
}

/* ---- transactions ---- */

mr_code mr_db_exec(mr_db *db, const char *sql, mr_error *err)
{
    int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? MR_OK : mr_db_error(db, err, "writing");
}

mr_code mr_db_begin(mr_db *db, mr_error *err)
{
    if (db->depth == 0) {
        /* Taking the write lock at once cannot fail half way through. */
        mr_code code = mr_db_exec(db, db->read_only ? "BEGIN" : "BEGIN IMMEDIATE", err);
        if (code != MR_OK) {
            return code;
        }
        db->doomed = false;
    }
    db->depth++;
    return MR_OK;
}

/* SQLite may have rolled back by itself, on a full disk for one. */
static void roll_back_now(mr_db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0) {
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    db->doomed = false;
}

mr_code mr_db_commit(mr_db *db, mr_error *err)
{
    MR_ASSERT(db->depth > 0);

    if (--db->depth > 0) {
        return MR_OK;
    }
    if (db->doomed || sqlite3_get_autocommit(db->handle) != 0) {
        roll_back_now(db);
        return mr_error_set(err, MR_DATABASE, "%s: a part of the transaction was rolled back",
                            db->path);
    }
    mr_code code = mr_db_exec(db, "COMMIT", err);
    if (code != MR_OK) {
        roll_back_now(db);
    }
    return code;
}

void mr_db_rollback(mr_db *db)
{
    MR_ASSERT(db->depth > 0);

    db->doomed = true;
    if (--db->depth == 0) {
        roll_back_now(db);
    }
}
