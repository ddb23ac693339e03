/* db_test.c - opening, transactions and errors of the one SQLite file. */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/db/db.h"
#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/db/schema_help.h"

#include <sys/stat.h>
#include <unistd.h>

#define START_US INT64_C(1735689600000000)

typedef struct place {
    char *directory, *path;
    mr_clock *clock;
} place;

static int make_place(void **state)
{
    place *p = mr_calloc(1, sizeof(*p));
    p->directory = check_temp_dir();
    p->path = mr_format("%s/catalog.db", p->directory);
    p->clock = mr_clock_new(&(mr_clock_options){.start_us = START_US});
    *state = p;
    return 0;
}

static int leave_place(void **state)
{
    place *p = *state;
    check_remove_dir(p->directory);
    mr_clock_free(p->clock);
    mr_free(p->path);
    mr_free(p);
    return 0;
}

static mr_code open_db(const place *p, mr_db **out, mr_error *err)
{
    return mr_db_open(&(mr_db_options){.path = p->path, .clock = p->clock, .seed = 1}, out, err);
}

static mr_db *must_open(const place *p)
{
    mr_db *db = NULL;
    mr_error err;
    CHECK_OK("open", open_db(p, &db, &err), &err);
    return db;
}

/* The first column of the first row. */
static char *ask(mr_db *db, const char *sql)
{
    mr_error err;
    bool row = false;
    mr_stmt *stmt = mr_db_stmt(db, sql);
    CHECK_OK(sql, mr_stmt_step(db, stmt, &row, &err), &err);
    char *text = row ? mr_strdup(mr_stmt_text(stmt, 0)) : NULL;
    mr_stmt_done(stmt);
    return text;
}

static void check_answer(mr_db *db, const char *sql, const char *want)
{
    char *got = ask(db, sql);
    CHECK_STR(sql, got, want);
    mr_free(got);
}

static mr_code put_meta(mr_db *db, const char *name, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO meta VALUES (?1, 'x')");
    mr_stmt_bind_text(stmt, 1, name);
    return mr_stmt_run(db, stmt, err);
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_error err;
    CHECK_OK("open", fs->open(fs, path, MR_OPEN_CREATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, mr_bytes_make(bytes, len), 0, &err), &err);
    fs->close(fs, file);
}

static void test_what_is_written_is_there_after_opening_again(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_STR("path", mr_db_path(db), p->path);
    check_answer(db, "PRAGMA journal_mode", "wal");
    check_answer(db, "PRAGMA synchronous", "0");
    CHECK_OK("put", put_meta(db, "a", &err), &err);
    mr_db_close(db);
    db = must_open(p);
    check_answer(db, "SELECT name FROM meta", "a");
    mr_db_close(db);
    mr_db_close(NULL);
}

static void test_a_durable_file_is_synced(void **state)
{
    const place *p = *state;
    mr_db *db = NULL;
    mr_error err;
    CHECK_OK("open",
             mr_db_open(&(mr_db_options){.path = p->path, .clock = p->clock, .durable = true}, &db,
                        &err),
             &err);
    check_answer(db, "PRAGMA synchronous", "2");
    mr_db_close(db);
}

static void test_its_time_and_chance_are_the_worlds(void **state)
{
    const place *p = *state;
    mr_db *db = must_open(p);
    check_answer(db, "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')", "2025-01-01 00:00:00.000");
    mr_clock_advance_to(p->clock, START_US + 61500000);
    check_answer(db, "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now', '+0 days')",
                 "2025-01-01 00:01:01.500");
    mr_clock_jump(p->clock, -3600 * INT64_C(1000000));
    check_answer(db, "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')", "2024-12-31 23:01:01.500");
    CHECK_INT("for rows", mr_db_wall_us(db), START_US + 61500000 - 3600 * INT64_C(1000000));
    char *first = ask(db, "SELECT random() || hex(randomblob(8))");
    mr_db_close(db);
    db = must_open(p);
    check_answer(db, "SELECT random() || hex(randomblob(8))", first);
    mr_free(first);
    mr_db_close(db);
}

static void test_two_worlds_fit_in_one_process(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_clock *later = mr_clock_new(&(mr_clock_options){.start_us = START_US + 86400000000});
    mr_db *one = must_open(p);
    mr_db *two = NULL;
    CHECK_OK(
        "memory",
        mr_db_open(&(mr_db_options){.path = ":memory:", .clock = later, .seed = 2}, &two, &err),
        &err);
    check_answer(one, "SELECT date('now')", "2025-01-01");
    check_answer(two, "SELECT date('now')", "2025-01-02");
    mr_db_close(one);
    mr_db_close(two);
    mr_clock_free(later);
}

static void test_nested_transactions_are_one(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);

    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    CHECK_OK("put", put_meta(db, "outer", &err), &err);
    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    CHECK_OK("put", put_meta(db, "inner", &err), &err);
    CHECK_OK("commit", mr_db_commit(db, &err), &err);
    mr_db_rollback(db);
    check_answer(db, "SELECT count(*) FROM meta", "0");

    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    CHECK_OK("put", put_meta(db, "inner", &err), &err);
    mr_db_rollback(db);
    CHECK_CODE("a part was rolled back", mr_db_commit(db, &err), MR_DATABASE);
    check_answer(db, "SELECT count(*) FROM meta", "0");

    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    CHECK_OK("put", put_meta(db, "kept", &err), &err);
    CHECK_OK("commit", mr_db_commit(db, &err), &err);
    check_answer(db, "SELECT count(*) FROM meta", "1");
    mr_db_close(db);
}

static void test_values_go_in_and_out_whole(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    mr_stmt *stmt = mr_db_stmt(db, "SELECT ?1, ?2, ?3, ?4, ?5");
    mr_stmt_bind_text(stmt, 1, "text");
    mr_stmt_bind_text(stmt, 2, NULL);
    mr_stmt_bind_int(stmt, 3, INT64_MIN);
    mr_stmt_bind_bytes(stmt, 4, MR_BYTES_LITERAL("a\0b"));
    mr_stmt_bind_bytes(stmt, 5, (mr_bytes){NULL, 0});
    bool row = false;
    CHECK_OK("step", mr_stmt_step(db, stmt, &row, &err), &err);
    CHECK_TRUE("row", row);
    CHECK_STR("text", mr_stmt_text(stmt, 0), "text");
    CHECK_TRUE("NULL", mr_stmt_text(stmt, 1) == NULL);
    CHECK_INT("int", mr_stmt_int(stmt, 2), INT64_MIN);
    CHECK_BYTES("blob", mr_stmt_bytes(stmt, 3), MR_BYTES_LITERAL("a\0b"));
    CHECK_INT("no bytes", mr_stmt_bytes(stmt, 4).len, 0);
    CHECK_OK("end", mr_stmt_step(db, stmt, &row, &err), &err);
    CHECK_TRUE("no row", !row);
    mr_stmt_done(stmt);
    CHECK_TRUE("kept", mr_db_stmt(db, "SELECT ?1, ?2, ?3, ?4, ?5") == stmt);
    mr_db_close(db);
}

static void test_a_broken_rule_of_a_table_is_an_error_that_names_the_file(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("put", put_meta(db, "a", &err), &err);
    CHECK_CODE("twice", put_meta(db, "a", &err), MR_DATABASE);
    CHECK_HAS("message", err.message, "catalog.db: writing: UNIQUE constraint failed: meta.name");
    CHECK_OK("usable afterwards", put_meta(db, "b", &err), &err);
    CHECK_CODE("exec", mr_db_exec(db, "INSERT INTO meta VALUES ('a', 'x')", &err), MR_DATABASE);
    mr_db_close(db);
}

static void test_a_newer_file_is_left_alone_and_says_what_to_do(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("newer", mr_db_exec(db, "PRAGMA user_version = 99", &err), &err);
    mr_db_close(db);
    db = NULL;
    CHECK_CODE("open", open_db(p, &db, &err), MR_NEWER_VERSION);
    CHECK_HAS("which", err.message, "catalog version 99; this one knows up to 3");
    CHECK_HAS("what to do", err.message, "--state");
}

#define SEE_FUNCTIONS                                                                              \
    "SELECT * FROM functions, function_versions, function_variables, function_tags,"               \
    " function_permissions, function_events"
#define SEE_MAPPINGS "SELECT * FROM event_source_mappings, mapping_positions"

static void test_a_file_of_version_1_gets_a_log_of_what_it_had_delivered(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("as it was",
             mr_db_exec(db,
                        "DROP TABLE delivery_commits; DROP TABLE stream_settings;"
                        "DROP TABLE stream_consumers; DROP TABLE stream_tags;"
                        "DROP TABLE stream_policies; DROP TABLE stream_actions;" DROP_FUNCTIONS
                            DROP_MAPPINGS DROP_DELIVERY "PRAGMA user_version = 1;"
                        "INSERT INTO delivery_positions VALUES ('d', 'processed', 's0', '0-105');"
                        "INSERT INTO delivery_positions VALUES ('d', 'backup', 's0', '0-90');",
                        &err),
             &err);
    mr_db_close(db);
    db = must_open(p);
    mr_stmt *rows = mr_db_stmt(db, "SELECT group_concat(sink || ' ' || ranges || ' ' || outcome,"
                                   " ', ') FROM delivery_commits");
    bool row;
    CHECK_OK("read", mr_stmt_step(db, rows, &row, &err), &err);
    CHECK_STR("log", mr_stmt_text(rows, 0), "backup 0-90 earlier, main 0-105 earlier");
    mr_stmt_done(rows);
    CHECK_OK("functions", mr_db_exec(db, SEE_FUNCTIONS, &err), &err);
    CHECK_OK("settings of streams",
             mr_db_exec(db,
                        "SELECT * FROM stream_settings, stream_consumers, stream_tags,"
                        " stream_policies, stream_actions",
                        &err),
             &err);
    CHECK_OK(
        "settings of delivery streams",
        mr_db_exec(db, "SELECT * FROM delivery_settings, delivery_tags, delivery_actions", &err),
        &err);
    CHECK_OK("mappings", mr_db_exec(db, SEE_MAPPINGS, &err), &err);
    mr_db_close(db);
}

static void test_a_file_of_version_2_gets_functions_and_mappings(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("as it was", mr_db_exec(db, BACK_TO_VERSION_2, &err), &err);
    CHECK_OK("put", put_meta(db, "kept", &err), &err);
    mr_db_close(db);
    db = must_open(p);
    CHECK_OK("mappings", mr_db_exec(db, SEE_MAPPINGS, &err), &err);
    CHECK_OK("delivery streams", mr_db_exec(db, "SELECT * FROM delivery_settings", &err), &err);
    CHECK_OK("functions", mr_db_exec(db, SEE_FUNCTIONS, &err), &err);
    mr_stmt *rows = mr_db_stmt(db, "SELECT count(*), (SELECT user_version FROM"
                                   " pragma_user_version) FROM meta WHERE name = 'kept'");
    bool row;
    CHECK_OK("read", mr_stmt_step(db, rows, &row, &err), &err);
    CHECK_INT("what was there is kept", mr_stmt_int(rows, 0), 1);
    CHECK_INT("version", mr_stmt_int(rows, 1), 3);
    mr_stmt_done(rows);
    mr_db_close(db);
}

static void test_a_foreign_database_is_not_touched(void **state)
{
    const place *p = *state;
    mr_error err;
    sqlite3 *handle = NULL;
    CHECK_INT("open", sqlite3_open(p->path, &handle), SQLITE_OK);
    CHECK_INT("table", sqlite3_exec(handle, "CREATE TABLE theirs (x)", NULL, NULL, NULL),
              SQLITE_OK);
    CHECK_INT("close", sqlite3_close(handle), SQLITE_OK);
    mr_db *db = NULL;
    CHECK_CODE("open", open_db(p, &db, &err), MR_CORRUPT);
    CHECK_HAS("message", err.message, "not one of millrace");
}

static void test_garbage_is_corrupt_and_not_a_crash(void **state)
{
    const place *p = *state;
    mr_error err;
    char garbage[8192];
    memset(garbage, 'x', sizeof(garbage));
    write_file(p->path, garbage, sizeof(garbage));
    mr_db *db = NULL;
    CHECK_CODE("garbage", open_db(p, &db, &err), MR_CORRUPT);
    CHECK_HAS("message", err.message, "the file is damaged");
}

/* Pages overwritten, one by one: whatever SQLite makes of them, we end with a code. */
static void test_a_torn_page_is_an_error_at_opening_or_at_use(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("put", put_meta(db, "a", &err), &err);
    mr_db_close(db);
    mr_file_system *fs = mr_platform_fs();
    char *good = NULL;
    size_t len = 0;
    CHECK_OK("read", mr_fs_read_file(fs, p->path, 10 * MR_MIB, &good, &len, &err), &err);
    size_t failures = 0;
    for (size_t page = 0; page < len / 4096; page++) {
        char *torn = mr_bytes_dup(mr_bytes_make(good, len));
        memset(torn + page * 4096 + 100, 0xa5, 4096 - 100);
        write_file(p->path, torn, len);
        mr_free(torn);
        db = NULL;
        mr_code code = open_db(p, &db, &err);
        if (code == MR_OK) {
            mr_stmt *stmt = mr_db_stmt(db, "SELECT name, value FROM meta ORDER BY name");
            bool row = true;
            while (code == MR_OK && row) { /* garbage may well read as a row */
                code = mr_stmt_step(db, stmt, &row, &err);
            }
            mr_stmt_done(stmt);
            mr_db_close(db);
        }
        CHECK_TRUE("a code of ours", code == MR_OK || code == MR_CORRUPT);
        failures += code == MR_CORRUPT ? 1 : 0;
    }
    CHECK_TRUE("the schema's page at least", failures >= 1);
    mr_free(good);
}

static void test_a_directory_that_is_not_there_is_said_so(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = NULL;
    char *path = mr_format("%s/no/such/catalog.db", p->directory);
    mr_code code = mr_db_open(&(mr_db_options){.path = path, .clock = p->clock}, &db, &err);
    CHECK_CODE("open", code, MR_IO);
    CHECK_HAS("message", err.message, "no/such/catalog.db: opening: unable to open");
    mr_free(path);
}

static void test_a_read_only_directory_is_a_matter_of_permission(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = NULL;
    bool is_root = geteuid() == 0; /* who may write everywhere: become somebody else */
    CHECK_INT("chmod", chmod(p->directory, 0555), 0);
    CHECK_INT("setresuid", is_root ? setresuid(65534, 65534, 0) : 0, 0);
    mr_code code = open_db(p, &db, &err);
    CHECK_INT("setresuid", is_root ? setresuid(0, 0, 0) : 0, 0);
    CHECK_INT("chmod", chmod(p->directory, 0755), 0);
    CHECK_CODE("open", code, MR_PERMISSION);
    CHECK_HAS("message", err.message, "writable");
}

static void test_a_full_disk_is_said_so_and_rolls_back(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    /* SQLite's own bound on the file's pages gives SQLITE_FULL, as a full disk does. */
    CHECK_OK("bound", mr_db_exec(db, "PRAGMA max_page_count = 1", &err), &err);
    CHECK_OK("begin", mr_db_begin(db, &err), &err);
    mr_code code = MR_OK;
    for (int i = 0; i < 1000 && code == MR_OK; i++) {
        char *name = mr_format("%0500d", i);
        code = put_meta(db, name, &err);
        mr_free(name);
    }
    CHECK_CODE("full", code, MR_DISK_FULL);
    CHECK_HAS("message", err.message, "make room");
    mr_db_rollback(db);
    check_answer(db, "SELECT count(*) FROM meta", "0");
    mr_db_close(db);
}

static void test_a_reader_sees_what_was_there_and_cannot_write(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db_options options = {.path = p->path, .clock = p->clock, .read_only = true};
    mr_db *reader = NULL;
    CHECK_CODE("nothing there", mr_db_open(&options, &reader, &err), MR_NOT_FOUND);

    mr_db *writer = must_open(p);
    CHECK_OK("put", put_meta(writer, "a", &err), &err);
    CHECK_OK("beside the writer", mr_db_open(&options, &reader, &err), &err);
    CHECK_OK("begin", mr_db_begin(reader, &err), &err);
    check_answer(reader, "SELECT count(*) FROM meta", "1");
    CHECK_OK("put", put_meta(writer, "b", &err), &err);
    check_answer(reader, "SELECT count(*) FROM meta", "1");
    CHECK_OK("commit", mr_db_commit(reader, &err), &err);
    check_answer(reader, "SELECT count(*) FROM meta", "2");
    CHECK_CODE("write", put_meta(reader, "c", &err), MR_PERMISSION);
    mr_db_close(reader);
    mr_db_close(writer);

    reader = NULL;
    CHECK_OK("without the writer", mr_db_open(&options, &reader, &err), &err);
    check_answer(reader, "SELECT count(*) FROM meta", "2");
    mr_db_close(reader);
}

static void test_a_reader_reads_in_a_directory_that_nobody_may_write(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *db = must_open(p);
    CHECK_OK("put", put_meta(db, "a", &err), &err);
    mr_db_close(db);
    bool is_root = geteuid() == 0;
    CHECK_INT("chmod", chmod(p->directory, 0555), 0);
    CHECK_INT("setresuid", is_root ? setresuid(65534, 65534, 0) : 0, 0);
    db = NULL;
    mr_code code = mr_db_open(
        &(mr_db_options){.path = p->path, .clock = p->clock, .read_only = true}, &db, &err);
    if (code == MR_OK) {
        check_answer(db, "SELECT count(*) FROM meta", "1");
    }
    mr_db_close(db);
    CHECK_INT("setresuid", is_root ? setresuid(0, 0, 0) : 0, 0);
    CHECK_INT("chmod", chmod(p->directory, 0755), 0);
    CHECK_OK("open", code, &err);
}

/* What a killed process left in "-wal" must be replayed, and that needs a "-shm". */
static void test_a_killed_writers_rest_cannot_be_read_where_nobody_may_write(void **state)
{
    const place *p = *state;
    static const char *const endings[] = {"", "-wal"};
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    char *directory = mr_format("%s/copy", p->directory);
    char *copy = mr_format("%s/catalog.db", directory);
    CHECK_OK("mkdir", fs->make_directories(fs, directory, &err), &err);
    mr_db *writer = must_open(p);
    CHECK_OK("put", put_meta(writer, "a", &err), &err);
    for (size_t i = 0; i < MR_COUNT(endings); i++) {
        char *from = mr_format("%s%s", p->path, endings[i]);
        char *to = mr_format("%s%s", copy, endings[i]);
        char *bytes = NULL;
        size_t len = 0;
        CHECK_OK(from, mr_fs_read_file(fs, from, 10 * MR_MIB, &bytes, &len, &err), &err);
        write_file(to, bytes, len);
        mr_free(bytes);
        mr_free(from);
        mr_free(to);
    }
    mr_db_close(writer);
    mr_db_options options = {.path = copy, .clock = p->clock, .read_only = true};
    mr_db *db = NULL;
    bool is_root = geteuid() == 0;
    CHECK_INT("chmod", chmod(directory, 0555) + chmod(p->directory, 0755), 0);
    CHECK_INT("setresuid", is_root ? setresuid(65534, 65534, 0) : 0, 0);
    mr_code code = mr_db_open(&options, &db, &err);
    CHECK_INT("setresuid", is_root ? setresuid(0, 0, 0) : 0, 0);
    CHECK_INT("chmod", chmod(directory, 0755), 0);
    CHECK_CODE("open", code, MR_PERMISSION);
    CHECK_HAS("message", err.message, "writable");
    CHECK_OK("where one may", mr_db_open(&options, &db, &err), &err);
    check_answer(db, "SELECT name FROM meta", "a");
    mr_db_close(db);
    mr_free(copy);
    mr_free(directory);
}

static void test_two_writers_do_not_corrupt_but_wait(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_db *one = must_open(p);
    mr_db *two = must_open(p);
    CHECK_OK("begin", mr_db_begin(one, &err), &err);
    sqlite3_busy_timeout(mr_db_handle(two), 0);
    CHECK_CODE("held", mr_db_begin(two, &err), MR_LOCKED);
    CHECK_HAS("message", err.message, "another process holds it");
    mr_db_rollback(one);
    CHECK_OK("free", mr_db_begin(two, &err), &err);
    mr_db_rollback(two);
    mr_db_close(one);
    mr_db_close(two);
}

/* ---- a watch ---- */

#define PAGE_BYTES 4096

/* One of the two files, as it was when a change was told last. */
typedef struct seen_file {
    char *path;    /* owned */
    mr_file *file; /* kept open: closing it would end SQLite's locks on the file */
    uint64_t hash, size_bytes;
    uint64_t told; /* how many changes of it */
} seen_file;

/* Looks, before each change, at what has happened since the one before it. */
typedef struct watcher {
    mr_disk_watch watch;
    seen_file db, wal;
    char told_last[512]; /* the path; "": nothing yet */
    uint64_t told, syncs;
    bool truncated_wal, removed_wal;
} watcher;

static void look(const watcher *w, seen_file *seen)
{
    static char bytes[1 << 20];
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    size_t len = 0;
    if (seen->file == NULL && fs->open(fs, seen->path, MR_OPEN_READ, &seen->file, NULL) != MR_OK) {
        return; /* not made yet */
    }
    CHECK_OK("read", fs->read_at(fs, seen->file, bytes, sizeof(bytes), 0, &len, &err), &err);
    uint64_t hash = mr_hash64(bytes, len);
    if (strcmp(w->told_last, seen->path) != 0 && *w->told_last != '\0') {
        CHECK_TRUE("what was not told has not changed", hash == seen->hash);
    }
    CHECK_TRUE("told once, written once", len <= seen->size_bytes + PAGE_BYTES);
    seen->hash = hash;
    seen->size_bytes = len;
}

static void on_change(void *context, const char *doing, const char *path)
{
    watcher *w = context;
    bool is_wal = strcmp(path, w->wal.path) == 0;
    look(w, &w->db);
    look(w, &w->wal);
    (void)snprintf(w->told_last, sizeof(w->told_last), "%s", path);
    w->told++;
    w->db.told += strcmp(path, w->db.path) == 0;
    w->wal.told += is_wal;
    w->syncs += strcmp(doing, "sync") == 0;
    w->truncated_wal |= is_wal && strcmp(doing, "truncate") == 0;
    w->removed_wal |= is_wal && strcmp(doing, "remove") == 0;
}

static mr_db *must_open_watched(const place *p, const char *path, watcher *w)
{
    mr_db *db = NULL;
    mr_error err;
    *w = (watcher){.watch = {on_change, w}};
    w->db.path = mr_strdup(path);
    w->wal.path = mr_format("%s-wal", path);
    CHECK_OK(
        "open",
        mr_db_open(
            &(mr_db_options){
                .path = path, .clock = p->clock, .seed = 1, .durable = true, .watch = &w->watch},
            &db, &err),
        &err);
    return db;
}

static void close_watched(mr_db *db, watcher *w)
{
    mr_file_system *fs = mr_platform_fs();
    mr_db_close(db);
    fs->close(fs, w->db.file);
    fs->close(fs, w->wal.file);
    mr_free(w->db.path);
    mr_free(w->wal.path);
}

static void put_many(mr_db *db, const char *prefix, int count)
{
    mr_error err;
    for (int i = 0; i < count; i++) {
        char *name = mr_format("%s%0200d", prefix, i);
        CHECK_OK("put", put_meta(db, name, &err), &err);
        mr_free(name);
    }
}

static void test_every_change_of_a_watched_file_is_told_before_it_is_made(void **state)
{
    const place *p = *state;
    watcher w;
    mr_db *db = must_open_watched(p, p->path, &w);
    check_answer(db, "PRAGMA journal_mode", "wal");
    CHECK_TRUE("made", w.db.told > 0 && w.wal.told > 0);

    uint64_t before = w.wal.told;
    put_many(db, "a", 100);
    /* At least: a frame is a header and a page, and is synced. */
    CHECK_TRUE("the log grows by what is told", w.wal.told >= before + 300);
    CHECK_TRUE("synced", w.syncs >= 100);

    before = w.db.told;
    check_answer(db, "PRAGMA wal_checkpoint(TRUNCATE)", "0");
    CHECK_TRUE("a checkpoint writes the file itself", w.db.told > before + 1);
    CHECK_TRUE("and empties the log", w.truncated_wal);

    put_many(db, "b", 3);
    CHECK_TRUE("in use", !w.removed_wal);
    close_watched(db, &w);
    CHECK_TRUE("the last to close removes the log", w.removed_wal);

    db = must_open(p); /* by SQLite's own files */
    check_answer(db, "SELECT count(*) FROM meta", "103");
    check_answer(db, "PRAGMA integrity_check", "ok");
    mr_db_close(db);
}

static void test_two_watched_worlds_are_told_of_their_own(void **state)
{
    const place *p = *state;
    watcher one_watch, two_watch;
    char *other = mr_format("%s/other.db", p->directory);
    mr_db *one = must_open_watched(p, p->path, &one_watch);
    mr_db *two = must_open_watched(p, other, &two_watch);
    uint64_t told_one = one_watch.told, told_two = two_watch.told;
    put_many(one, "a", 5);
    CHECK_TRUE("one", one_watch.told > told_one);
    CHECK_INT("not two", two_watch.told, told_two);
    told_one = one_watch.told;
    put_many(two, "a", 7);
    CHECK_TRUE("two", two_watch.told > told_two);
    CHECK_INT("not one", one_watch.told, told_one);
    check_answer(one, "SELECT count(*) FROM meta", "5");
    check_answer(two, "SELECT count(*) FROM meta", "7");
    close_watched(one, &one_watch);
    close_watched(two, &two_watch);
    mr_free(other);
}

/* Locks and shared memory are those of the real files. */
static void test_a_watched_writer_and_a_plain_one_share_a_file(void **state)
{
    const place *p = *state;
    watcher w;
    mr_error err;
    mr_db *watched = must_open_watched(p, p->path, &w);
    mr_db *plain = must_open(p);
    put_many(watched, "a", 2);
    check_answer(plain, "SELECT count(*) FROM meta", "2");
    CHECK_OK("begin", mr_db_begin(watched, &err), &err);
    sqlite3_busy_timeout(mr_db_handle(plain), 0);
    CHECK_CODE("held", mr_db_begin(plain, &err), MR_LOCKED);
    mr_db_rollback(watched);
    CHECK_OK("free", mr_db_begin(plain, &err), &err);
    mr_db_rollback(plain);
    mr_db_close(plain);
    close_watched(watched, &w);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, leave_place)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_PLACE(test_what_is_written_is_there_after_opening_again),
        IN_PLACE(test_a_durable_file_is_synced),
        IN_PLACE(test_its_time_and_chance_are_the_worlds),
        IN_PLACE(test_two_worlds_fit_in_one_process),
        IN_PLACE(test_nested_transactions_are_one),
        IN_PLACE(test_values_go_in_and_out_whole),
        IN_PLACE(test_a_broken_rule_of_a_table_is_an_error_that_names_the_file),
        IN_PLACE(test_a_newer_file_is_left_alone_and_says_what_to_do),
        IN_PLACE(test_a_file_of_version_1_gets_a_log_of_what_it_had_delivered),
        IN_PLACE(test_a_file_of_version_2_gets_functions_and_mappings),
        IN_PLACE(test_a_foreign_database_is_not_touched),
        IN_PLACE(test_garbage_is_corrupt_and_not_a_crash),
        IN_PLACE(test_a_torn_page_is_an_error_at_opening_or_at_use),
        IN_PLACE(test_a_directory_that_is_not_there_is_said_so),
        IN_PLACE(test_a_read_only_directory_is_a_matter_of_permission),
        IN_PLACE(test_a_full_disk_is_said_so_and_rolls_back),
        IN_PLACE(test_a_reader_sees_what_was_there_and_cannot_write),
        IN_PLACE(test_a_reader_reads_in_a_directory_that_nobody_may_write),
        IN_PLACE(test_a_killed_writers_rest_cannot_be_read_where_nobody_may_write),
        IN_PLACE(test_two_writers_do_not_corrupt_but_wait),
        IN_PLACE(test_every_change_of_a_watched_file_is_told_before_it_is_made),
        IN_PLACE(test_two_watched_worlds_are_told_of_their_own),
        IN_PLACE(test_a_watched_writer_and_a_plain_one_share_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
