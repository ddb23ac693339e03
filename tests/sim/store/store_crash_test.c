/* store_crash_test.c - the store when the disk fails, S3 refuses, or the process is killed: nothing
 * is lost, and nothing is there twice. */
#include "tests/sim/store/store_world.h"

static mr_error put_with_fault(store_world *world, mr_upload *upload, mr_fault_kind kind,
                               int64_t delay_us)
{
    mr_fault_rule rule = {.kind = kind,
                          .target = "data/k",
                          .from_us = mr_clock_now_us(world->clock),
                          .until_us = mr_clock_now_us(world->clock) + 1,
                          .delay_us = delay_us};
    mr_error err = {.code = MR_OK};
    CHECK_OK("fault", mr_faults_add(world->faults, &rule, &err), &err);
    return put_now(world, upload, "data", "k");
}

static void commit_now(mr_upload *upload)
{
    mr_error err = {.code = MR_OK};
    CHECK_OK("commit", mr_upload_commit(upload, NULL, NULL, NULL, &err), &err);
    mr_upload_free(upload);
}

static void test_a_refused_put_may_be_tried_again(void **state)
{
    static const struct {
        const char *label;
        mr_fault_kind kind;
        mr_code want;
    } cases[] = {
        {"refused", MR_FAULT_STORE_REFUSED, MR_STORE_REFUSED},
        {"failed", MR_FAULT_STORE_FAILED, MR_INTERNAL_FAILURE},
        {"full", MR_FAULT_STORE_FULL, MR_DISK_FULL},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        store_world *world = world_new(mr_offload_inline());
        create_bucket(world, "data");
        mr_upload *upload = mr_store_upload(world->store);
        mr_upload_write(upload, mr_bytes_of("hello world"));

        mr_error result = put_with_fault(world, upload, cases[i].kind, 0);
        CHECK_CODE(cases[i].label, result.code, cases[i].want);
        CHECK_HAS(cases[i].label, result.message, "s3://data/k");
        CHECK_INT("not this machine's failure", result.os_error, 0);
        CHECK_INT("an answer takes its time", mr_clock_now_us(world->clock),
                  WORLD_START_US + MR_PUT_BASE_US);
        result = put_now(world, upload, "data", "k");
        CHECK_OK("again", result.code, &result);
        commit_now(upload);
        check_object(world, "data", "k", "hello world");
        world_free(world);
    }
}

static void test_a_slow_put_ends_later(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    mr_error result = put_with_fault(world, upload, MR_FAULT_STORE_SLOW, 5000000);
    CHECK_OK("put", result.code, &result);
    CHECK_INT("time", mr_clock_now_us(world->clock), WORLD_START_US + MR_PUT_BASE_US + 5000000);
    commit_now(upload);
    check_object(world, "data", "k", "");
    world_free(world);
}

static void test_what_cannot_be_put_says_why(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    char long_key[MR_OBJECT_KEY_MAX + 2];
    memset(long_key, 'k', sizeof long_key);
    long_key[sizeof long_key - 1] = '\0';
    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of("x"));

    mr_error result = put_now(world, upload, "data", "k");
    CHECK_CODE("no bucket", result.code, MR_BUCKET_NOT_FOUND);
    CHECK_HAS("no bucket", result.message, "The specified bucket does not exist: data");
    create_bucket(world, "data");
    CHECK_CODE("no key", put_now(world, upload, "data", "").code, MR_INVALID_ARGUMENT);
    CHECK_CODE("long key", put_now(world, upload, "data", long_key).code, MR_INVALID_ARGUMENT);
    CHECK_CODE("bad bucket", put_now(world, upload, "../x", "k").code, MR_BUCKET_NOT_FOUND);
    result = put_now(world, upload, "data", long_key + 1);
    CHECK_OK("the longest key", result.code, &result);
    commit_now(upload);
    check_object(world, "data", long_key + 1, "x");
    world_free(world);
}

/* 20 pieces, so that some are refused while others are on their way. */
static void write_pieces(mr_upload *upload)
{
    char *piece = mr_alloc(MR_UPLOAD_PIECE);
    for (int i = 0; i < 20; i++) {
        memset(piece, 'a' + i, MR_UPLOAD_PIECE);
        mr_upload_write(upload, mr_bytes_make(piece, MR_UPLOAD_PIECE));
    }
    mr_free(piece);
}

static void check_pieces(store_world *world)
{
    char *got = read_object(world, "data", "k");
    CHECK_TRUE("there", got != NULL);
    for (size_t i = 0; i < 20 * MR_UPLOAD_PIECE; i++) {
        if (got[i] != (char)('a' + i / MR_UPLOAD_PIECE)) {
            CHECK_INT("byte", i, -1);
        }
    }
    mr_free(got);
    mr_error err = {.code = MR_OK};
    mr_object object;
    CHECK_OK("head", mr_store_head(world->store, "data", "k", &object, &err), &err);
    char *path = mr_store_path(world->store, "data", "k");
    char *bytes;
    size_t len;
    CHECK_OK("read", mr_fs_read_file(mr_platform_fs(), path, 64 * MR_MIB, &bytes, &len, &err),
             &err);
    uint8_t md5[16];
    char hex[33];
    mr_md5(bytes, len, md5);
    mr_hex(md5, 16, hex);
    CHECK_STR("etag", object.etag, hex);
    mr_free(bytes);
    mr_free(path);
}

/* Whichever write the full disk refuses first, and however many after it: the put says so, and
 * once there is room another attempt brings all bytes, in order, under the right hash. */
static void test_what_a_full_disk_refuses_is_written_by_the_next_attempt(void **state)
{
    (void)state;
    for (uint64_t refused = 1; refused <= 5; refused += 2) {
        for (int first = 0; first < 20; first += 3) {
            store_world *world = world_new(mr_offload_inline());
            create_bucket(world, "data");
            mr_upload *upload = mr_store_upload(world->store);
            char *piece = mr_alloc(MR_UPLOAD_PIECE);
            for (int i = 0; i < 20; i++) {
                world->fs.fail_writes = i == first ? refused : world->fs.fail_writes;
                memset(piece, 'a' + i, MR_UPLOAD_PIECE);
                mr_upload_write(upload, mr_bytes_make(piece, MR_UPLOAD_PIECE));
            }
            mr_free(piece);
            mr_error result = {.code = MR_DISK_FULL};
            uint64_t attempts = 0;
            while (result.code == MR_DISK_FULL) {
                result = put_now(world, upload, "data", "k");
                attempts++;
            }
            CHECK_OK("put at last", result.code, &result);
            CHECK_INT("the first attempts fail", attempts, refused + 1);
            commit_now(upload);
            check_pieces(world);
            world_free(world);
        }
    }
}

/* The refusal comes before the bytes are sealed; what the disk refused meanwhile is hashed once. */
static void test_a_full_disk_and_a_refusal_together_lose_nothing(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    world->fs.fail_writes = 1;
    write_pieces(upload);
    CHECK_CODE("refused", put_with_fault(world, upload, MR_FAULT_STORE_REFUSED, 0).code,
               MR_STORE_REFUSED);
    mr_error result = put_now(world, upload, "data", "k");
    CHECK_OK("again", result.code, &result);
    commit_now(upload);
    check_pieces(world);
    world_free(world);
}

static void test_a_file_that_cannot_be_made_is_made_by_the_next_attempt(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    world->fs.fail_at = world->fs.changes + 1;
    write_pieces(upload);
    CHECK_CODE("first", put_now(world, upload, "data", "k").code, MR_IO);
    mr_error result = put_now(world, upload, "data", "k");
    CHECK_OK("again", result.code, &result);
    commit_now(upload);
    check_pieces(world);
    world_free(world);
}

/* ---- commits that fail ---- */

typedef struct counted {
    int calls;
    bool fails;
} counted;

static mr_code count_in_transaction(void *context, mr_db *db, mr_error *err)
{
    counted *c = context;
    c->calls++;
    mr_code code = mr_db_exec(db,
                              "INSERT INTO meta VALUES ('test', '1') "
                              "ON CONFLICT DO UPDATE SET value = value + 1",
                              err);
    return code == MR_OK && c->fails ? mr_error_set(err, MR_CORRUPT, "said no") : code;
}

static int64_t commits(store_world *world)
{
    return db_number(world, "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta "
                            "WHERE name = 'test'");
}

static void test_a_transaction_that_fails_leaves_no_object(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err;
    counted c = {.fails = true};
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of("x"));
    CHECK_INT("put", put_now(world, upload, "data", "k").code, MR_OK);
    CHECK_CODE("commit", mr_upload_commit(upload, count_in_transaction, &c, NULL, &err),
               MR_CORRUPT);
    CHECK_STR("why", err.message, "said no");
    CHECK_TRUE("not recorded", !mr_upload_is_recorded(upload));
    CHECK_INT("no row", db_number(world, "SELECT count(*) FROM objects"), 0);
    CHECK_INT("no intent", db_number(world, "SELECT count(*) FROM put_intents"), 0);
    CHECK_INT("nor its own", commits(world), 0);
    CHECK_TRUE("no file", !file_exists(world, "data/k"));
    c.fails = false;
    CHECK_OK("again", mr_upload_commit(upload, count_in_transaction, &c, NULL, &err), &err);
    mr_upload_free(upload);
    check_object(world, "data", "k", "x");
    world_free(world);
}

/* Each change to the disk fails once in its turn; the commit is called until it succeeds. */
static void test_a_commit_may_be_called_again_after_any_failure(void **state)
{
    (void)state;
    for (int durable = 0; durable < 2; durable++) {
        for (uint64_t step = 1;; step++) {
            store_world *world = world_new(mr_offload_inline());
            world_close(world);
            world->durable = durable == 1;
            world_open(world);
            counted c = {.calls = 0};
            mr_error err;
            create_bucket(world, "data");
            put_object(world, "data", "a", "in the way");
            mr_upload *upload = mr_store_upload(world->store);
            mr_upload_write(upload, mr_bytes_of("body"));
            CHECK_INT("put", put_now(world, upload, "data", "a/b/c").code, MR_OK);

            uint64_t before = world->fs.changes;
            world->fs.fail_at = before + step;
            int calls = 0;
            while (mr_upload_commit(upload, count_in_transaction, &c, NULL, &err) != MR_OK) {
                CHECK_TRUE("one failure, one more call", ++calls < 2);
            }
            mr_upload_free(upload);
            CHECK_INT("one transaction stands", commits(world), 1);
            CHECK_INT("no intent", db_number(world, "SELECT count(*) FROM put_intents"), 0);
            check_object(world, "data", "a", "in the way");
            check_object(world, "data", "a/b/c", "body");
            bool reached = world->fs.changes >= world->fs.fail_at;
            world_free(world);
            if (!reached) {
                CHECK_TRUE("there were steps", step > 3);
                break;
            }
        }
    }
}

/* ---- the process is killed ---- */

/* Puts and commits "k" over an old "k" and "a/b" over "a" until the kill; what the database says
 * was committed is exactly what is there after a restart. */
static void kill_at(uint64_t step, bool durable, bool after_rename, bool *finished)
{
    store_world *world = world_new(mr_offload_inline());
    world_close(world);
    world->durable = durable;
    world_open(world);
    counted c = {.calls = 0};
    mr_error err;
    create_bucket(world, "data");
    put_object(world, "data", "k", "old");
    put_object(world, "data", "a", "in the way");
    world->fs.fail_at = after_rename ? 0 : world->fs.changes + step;
    world->fs.dies = true;

    static const char *const keys[] = {"k", "a/b"};
    for (size_t i = 0; i < 2; i++) {
        mr_upload *upload = mr_store_upload(world->store);
        mr_upload_write(upload, mr_bytes_of("new body"));
        mr_error result = put_now(world, upload, "data", keys[i]);
        world->fs.die_after_rename = after_rename && i == 0;
        if (result.code == MR_OK &&
            mr_upload_commit(upload, count_in_transaction, &c, NULL, &err) != MR_OK) {
            CHECK_TRUE("dead", world->fs.dead);
        }
        mr_upload_free(upload);
    }
    *finished = !world->fs.dead;

    world_close(world);
    world_open(world);
    int64_t committed = commits(world);
    check_object(world, "data", "k", committed >= 1 ? "new body" : "old");
    check_object(world, "data", "a", "in the way");
    check_object(world, "data", "a/b", committed >= 2 ? "new body" : NULL);
    uint64_t objects = 0;
    uint64_t bytes = 0;
    CHECK_OK("totals", mr_store_totals(world->store, "data", &objects, &bytes, &err), &err);
    CHECK_INT("objects", objects, committed >= 2 ? 3 : 2);
    CHECK_INT("rows", db_number(world, "SELECT count(*) FROM objects"), committed >= 2 ? 3 : 2);
    CHECK_INT("no intent", db_number(world, "SELECT count(*) FROM put_intents"), 0);
    CHECK_TRUE("renamed at most what was committed", world->renamed <= 1);
    if (after_rename) {
        CHECK_INT("the first is committed", committed, 1);
        CHECK_INT("the rename was done", world->renamed, 0);
    }
    world_close(world);
    world_open(world);
    CHECK_INT("nothing left to rename", world->renamed, 0);
    CHECK_INT("nothing left to remove", world->removed, 0);
    world_free(world);
}

static void test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(void **state)
{
    (void)state;
    for (int durable = 0; durable < 2; durable++) {
        bool finished = false;
        uint64_t step = 0;
        while (!finished) {
            kill_at(++step, durable == 1, false, &finished);
        }
        CHECK_TRUE("there were steps", step > 8);
        kill_at(0, durable == 1, true, &finished);
        CHECK_TRUE("killed after the rename", !finished);
    }
}

static void test_a_restart_says_what_it_finished(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    create_bucket(world, "data");
    drop_file(world, ".uploads/000000000007", "committed");
    drop_file(world, ".uploads/000000000008", "never committed");
    CHECK_OK("intent",
             mr_db_exec(world->db,
                        "INSERT INTO put_intents VALUES ('000000000007', 'data', 'x/y'), "
                        "('000000000006', 'data', 'gone')",
                        &err),
             &err);
    world_close(world);
    world_open(world);
    CHECK_INT("renamed", world->renamed, 1);
    CHECK_INT("removed", world->removed, 1);
    check_object(world, "data", "x/y", "committed");
    check_object(world, "data", "gone", NULL);
    CHECK_TRUE("orphan removed", !file_exists(world, ".uploads/000000000008"));
    world_free(world);
}

static void test_an_intent_that_no_put_made_is_refused(void **state)
{
    static const char *const rows[] = {"('../../x', 'data', 'k')", "('..', 'data', 'k')",
                                       "('1', '..', 'k')", "('1', 'data', '')"};
    (void)state;

    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        store_world *world = world_new(mr_offload_inline());
        mr_error err = {.code = MR_OK};
        char *sql = mr_format("INSERT INTO put_intents VALUES %s", rows[i]);
        CHECK_OK(rows[i], mr_db_exec(world->db, sql, &err), &err);
        mr_free(sql);
        mr_store_close(world->store);
        mr_store_options options = {.clock = world->clock,
                                    .trace = world->trace,
                                    .fs = &world->fs.base,
                                    .offloader = world->offloader,
                                    .db = world->db,
                                    .directory = world->directory};
        CHECK_CODE(rows[i], mr_store_open(&options, &world->store, NULL, NULL, &err), MR_CORRUPT);
        CHECK_HAS(rows[i], err.message, "put_intents");
        world->store = NULL;
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refused_put_may_be_tried_again),
        cmocka_unit_test(test_a_slow_put_ends_later),
        cmocka_unit_test(test_what_cannot_be_put_says_why),
        cmocka_unit_test(test_what_a_full_disk_refuses_is_written_by_the_next_attempt),
        cmocka_unit_test(test_a_full_disk_and_a_refusal_together_lose_nothing),
        cmocka_unit_test(test_a_file_that_cannot_be_made_is_made_by_the_next_attempt),
        cmocka_unit_test(test_a_transaction_that_fails_leaves_no_object),
        cmocka_unit_test(test_a_commit_may_be_called_again_after_any_failure),
        cmocka_unit_test(test_a_kill_at_any_step_loses_nothing_and_doubles_nothing),
        cmocka_unit_test(test_a_restart_says_what_it_finished),
        cmocka_unit_test(test_an_intent_that_no_put_made_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
