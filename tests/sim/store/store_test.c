/* store_test.c - buckets, puts and reading back. What goes wrong is in store_crash_test.c. */
#include "tests/sim/store/store_world.h"

#include "sim/base/map.h"
#include "sim/time/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void test_a_bucket_has_a_name_that_s3_takes(void **state)
{
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        {"abc", true},
        {"my.data-2025", true},
        {"1a1", true},
        {"ab", false},
        {"Abc", false},
        {"a_b", false},
        {"-ab", false},
        {"ab-", false},
        {"a..b", false},
        {"..", false},
        {".uploads", false},
        {"10.0.0.1", false},
        {"10.0.0", true},
        {"xn--abc", false},
        {"sthree-x", false},
        {"a-s3alias", false},
        {"a--ol-s3", false},
        {"a/b", false},
        {"", false},
        {"x123456789012345678901234567890123456789012345678901234567890123", false},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, mr_bucket_name_is_valid(cases[i].name), cases[i].want);
    }
}

static void test_a_bucket_is_created_once(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err;

    CHECK_TRUE("not there", !mr_store_has_bucket(world->store, "data"));
    create_bucket(world, "data");
    create_bucket(world, "backup");
    CHECK_TRUE("there", mr_store_has_bucket(world->store, "data"));
    CHECK_CODE("again", mr_store_create_bucket(world->store, "data", &err), MR_ALREADY_EXISTS);
    CHECK_CODE("bad name", mr_store_create_bucket(world->store, "../x", &err), MR_INVALID_ARGUMENT);
    char **names = mr_store_buckets(world->store);
    CHECK_STR("first", names[0], "backup");
    CHECK_STR("second", names[1], "data");
    CHECK_TRUE("no more", names[2] == NULL);
    for (size_t i = 0; names[i] != NULL; i++) {
        mr_free(names[i]);
    }
    mr_free(names);
    world_free(world);
}

static bool note_modified(void *context, const mr_object *object)
{
    *(int64_t *)context = object->modified_us;
    return true;
}

static void test_an_object_is_modified_at_the_time_of_day(void **state)
{
    (void)state;
    const int64_t jump_us = -3600 * INT64_C(1000000);
    store_world *world = world_new(mr_offload_inline());
    mr_error err;
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of("hello"));
    mr_error result = put_now(world, upload, "data", "a");
    CHECK_OK("put", result.code, &result);
    mr_clock_jump(world->clock, jump_us);
    mr_object object;
    CHECK_OK("commit", mr_upload_commit(upload, NULL, NULL, &object, &err), &err);
    CHECK_INT("told", object.modified_us, WORLD_START_US + MR_PUT_BASE_US + jump_us);
    int64_t listed_us = 0;
    CHECK_OK("list", mr_store_list(world->store, "data", "", note_modified, &listed_us, &err),
             &err);
    CHECK_INT("listed", listed_us, object.modified_us);
    mr_upload_free(upload);
    world_free(world);
}

typedef struct seen_event {
    uint64_t count, bytes;
    char key[64], etag[64];
} seen_event;

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    seen_event *seen = context;
    (void)time_us;
    (void)line;
    if (event->type == MR_EVENT_OBJECT_WRITTEN) {
        seen->count++;
        seen->bytes = event->bytes;
        (void)snprintf(seen->key, sizeof seen->key, "%s/%s", event->bucket, event->key);
        (void)snprintf(seen->etag, sizeof seen->etag, "%s", event->id);
    }
}

static void test_an_object_is_there_after_its_commit_and_not_before(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    seen_event seen = {.count = 0};
    mr_error err = {.code = MR_OK};
    create_bucket(world, "data");
    mr_trace_listen(world->trace, on_event, &seen, false);

    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of("hello "));
    char *room = mr_upload_reserve(upload, 100);
    memcpy(room, "world", 5);
    mr_upload_used(upload, 5);
    CHECK_INT("bytes", mr_upload_bytes(upload), 11);
    mr_error result = put_now(world, upload, "data", "a/b.txt");
    CHECK_OK("put", result.code, &result);
    CHECK_TRUE("not yet", !file_exists(world, "data/a/b.txt"));
    CHECK_INT("no event", seen.count, 0);

    mr_object object;
    CHECK_OK("commit", mr_upload_commit(upload, NULL, NULL, &object, &err), &err);
    CHECK_STR("key", object.key, "a/b.txt");
    CHECK_STR("etag", object.etag, "5eb63bbbe01eeed093cb22bb8f5acdc3");
    CHECK_INT("size", object.size_bytes, 11);
    CHECK_INT("time", object.modified_us, WORLD_START_US + MR_PUT_BASE_US);
    mr_upload_free(upload);

    check_object(world, "data", "a/b.txt", "hello world");
    CHECK_INT("one event", seen.count, 1);
    CHECK_INT("its bytes", seen.bytes, 11);
    CHECK_STR("its key", seen.key, "data/a/b.txt");
    CHECK_STR("its etag", seen.etag, "5eb63bbbe01eeed093cb22bb8f5acdc3");
    CHECK_INT("row",
              db_number(world, "SELECT count(*) FROM objects WHERE content_type = "
                               "'application/octet-stream' AND size_bytes = 11"),
              1);
    CHECK_INT("no intent", db_number(world, "SELECT count(*) FROM put_intents"), 0);
    mr_trace_unlisten(world->trace, on_event, &seen);
    world_free(world);
}

static void test_an_upload_that_is_not_committed_leaves_nothing(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");

    mr_upload *unused = mr_store_upload(world->store);
    mr_upload *written = mr_store_upload(world->store);
    mr_upload *put = mr_store_upload(world->store);
    mr_upload *putting = mr_store_upload(world->store);
    for (size_t i = 0; i < 300000; i++) {
        mr_upload_write(written, mr_bytes_of("some bytes"));
    }
    mr_error result = put_now(world, put, "data", "empty");
    CHECK_OK("put", result.code, &result);
    put_outcome outcome = {.over = false};
    mr_object_meta meta = {.bucket = "data", .key = "k"};
    mr_upload_put(putting, &meta, on_put_over_note, &outcome);
    mr_upload_free(unused);
    mr_upload_free(written);
    mr_upload_free(put);
    mr_upload_free(putting);
    CHECK_INT("nothing due", mr_clock_step(world->clock, NULL), MR_STEP_IDLE);
    CHECK_TRUE("never called", !outcome.over);
    world_close(world);
    world_open(world);
    CHECK_INT("nothing to remove", world->removed, 0);
    CHECK_INT("nothing to rename", world->renamed, 0);
    world_free(world);
}

static void test_a_large_object_is_hashed_and_written_in_order(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    create_bucket(world, "data");
    mr_upload *upload = mr_store_upload(world->store);
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    for (uint64_t i = 0; want.len < 9 * MR_MIB; i++) {
        char line[32];
        int len = snprintf(line, sizeof line, "line %llu\n", (unsigned long long)i * 7919);
        mr_strbuf_append(&want, line, (size_t)len);
        if (i % 3 == 0) {
            char *room = mr_upload_reserve(upload, i % 1000 == 0 ? 600 * MR_KIB : 100);
            memcpy(room, line, (size_t)len);
            mr_upload_used(upload, (size_t)len);
        } else {
            mr_upload_write(upload, mr_bytes_make(line, (size_t)len));
        }
    }
    char *block = mr_alloc(3 * MR_MIB); /* larger than any piece */
    memset(block, 'x', 3 * MR_MIB);
    mr_upload_write(upload, mr_bytes_make(block, 3 * MR_MIB));
    mr_strbuf_append(&want, block, 3 * MR_MIB);
    mr_free(block);

    CHECK_INT("bytes", mr_upload_bytes(upload), want.len);
    mr_error result = put_now(world, upload, "data", "large");
    CHECK_OK("put", result.code, &result);
    mr_object object;
    CHECK_OK("commit", mr_upload_commit(upload, NULL, NULL, &object, &err), &err);
    uint8_t md5[16];
    char hex[33];
    mr_md5(want.at, want.len, md5);
    mr_hex(md5, 16, hex);
    CHECK_STR("etag", object.etag, hex);
    CHECK_INT("time", object.modified_us,
              WORLD_START_US + MR_PUT_BASE_US +
                  (int64_t)want.len * 1000000 / MR_PUT_BYTES_PER_SECOND);
    mr_upload_free(upload);
    check_object(world, "data", "large", want.at);
    mr_strbuf_deinit(&want);
    world_free(world);
}

static void test_a_put_replaces_what_was_there(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    mr_object object;
    create_bucket(world, "data");
    put_object(world, "data", "k", "first");
    put_object(world, "data", "k", "second one");
    check_object(world, "data", "k", "second one");
    CHECK_OK("head", mr_store_head(world->store, "data", "k", &object, &err), &err);
    CHECK_INT("size", object.size_bytes, 10);
    CHECK_STR("etag", object.etag, "cf2611453f48129f1c589358df9fa43b");
    CHECK_INT("rows", db_number(world, "SELECT count(*) FROM objects"), 1);
    world_free(world);
}

static void test_a_key_and_keys_below_it_live_together(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    create_bucket(world, "data");

    put_object(world, "data", "a", "file first");
    put_object(world, "data", "a/b/c", "below");
    put_object(world, "data", "a/b", "folder first");
    put_object(world, "data", "a/", "marker");
    put_object(world, "data", "a//x", "empty segment");
    put_object(world, "data", "../../escape", "inside");
    check_object(world, "data", "a", "file first");
    check_object(world, "data", "a/b", "folder first");
    check_object(world, "data", "a/b/c", "below");
    check_object(world, "data", "a/", "marker");
    check_object(world, "data", "a//x", "empty segment");
    check_object(world, "data", "../../escape", "inside");
    CHECK_TRUE("moved aside", file_exists(world, "data/a%"));
    CHECK_TRUE("escaped", file_exists(world, "data/%2E%2E/%2E%2E/escape"));

    put_object(world, "data", "a", "replaced");
    check_object(world, "data", "a", "replaced");
    uint64_t objects = 0;
    uint64_t bytes = 0;
    CHECK_OK("totals", mr_store_totals(world->store, "data", &objects, &bytes, &err), &err);
    CHECK_INT("objects", objects, 6);
    CHECK_INT("bytes", bytes, 8 + 12 + 5 + 6 + 13 + 6);
    world_free(world);
}

static bool append_key(void *context, const mr_object *object)
{
    mr_strbuf *keys = context;
    mr_strbuf_append_text(keys, object->key);
    mr_strbuf_append_char(keys, object->etag[0] == '\0' ? '?' : ' ');
    return object->key[0] != '~';
}

static void check_list(store_world *world, const char *prefix, const char *want)
{
    mr_strbuf keys = mr_strbuf_make(65536);
    mr_error err = {.code = MR_OK};
    CHECK_OK(prefix, mr_store_list(world->store, "data", prefix, append_key, &keys, &err), &err);
    CHECK_STR(prefix, mr_strbuf_text(&keys), want);
    mr_strbuf_deinit(&keys);
}

static void test_a_listing_is_in_byte_order_of_keys(void **state)
{
    static const char *const keys[] = {"a0",   "a/b", "a-b",   "a",    "a//b",
                                       "a/",   "A",   "a%b",   "a%2B", "\xc3\xa9",
                                       "\xff", "b/c", "b/c/d", "/x",   "a\nb"};
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    check_list(world, "", "");
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        put_object(world, "data", keys[i], "x");
    }
    check_list(world, "", "/x A a a\nb a%2B a%b a-b a/ a//b a/b a0 b/c b/c/d \xc3\xa9 \xff ");
    check_list(world, "a", "a a\nb a%2B a%b a-b a/ a//b a/b a0 ");
    check_list(world, "a/", "a/ a//b a/b ");
    check_list(world, "a//", "a//b ");
    check_list(world, "a%", "a%2B a%b ");
    check_list(world, "b/c", "b/c b/c/d ");
    check_list(world, "b/c/", "b/c/d ");
    check_list(world, "/", "/x ");
    check_list(world, "\xff", "\xff ");
    check_list(world, "z", "");
    check_list(world, "../", "");
    check_list(world, "b/c/d/e", "");

    put_object(world, "data", "~1", "x");
    put_object(world, "data", "~2", "x");
    check_list(world, "~", "~1 "); /* the callback ended it */
    world_free(world);
}

static void test_a_file_dropped_by_hand_is_an_object(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    mr_object object;
    create_bucket(world, "data");
    drop_file(world, "data/sub/100%.txt", "by hand");
    drop_file(world, "data/plain", "hello world");
    drop_file(world, "data/100%/x", "in a folder");

    check_list(world, "", "100%/x?plain?sub/100%.txt?");
    check_list(world, "100%/", "100%/x?");
    CHECK_OK("head", mr_store_head(world->store, "data", "plain", &object, &err), &err);
    CHECK_STR("etag", object.etag, "5eb63bbbe01eeed093cb22bb8f5acdc3");
    CHECK_OK("head", mr_store_head(world->store, "data", "sub/100%.txt", &object, &err), &err);
    CHECK_INT("size", object.size_bytes, 7);
    check_object(world, "data", "sub/100%.txt", "by hand");

    /* A put of the same key is what is seen from then on, once. */
    put_object(world, "data", "sub/100%.txt", "put");
    check_object(world, "data", "sub/100%.txt", "put");
    check_list(world, "sub/", "sub/100%.txt ");

    CHECK_CODE("no such key", mr_store_head(world->store, "data", "none", &object, &err),
               MR_OBJECT_NOT_FOUND);
    CHECK_CODE("a folder", mr_store_head(world->store, "data", "sub", &object, &err),
               MR_OBJECT_NOT_FOUND);
    CHECK_CODE("outside", mr_store_head(world->store, "data", "../data/plain", &object, &err),
               MR_OBJECT_NOT_FOUND);
    CHECK_CODE("no bucket", mr_store_head(world->store, "nobucket", "k", &object, &err),
               MR_BUCKET_NOT_FOUND);
    CHECK_CODE("bad bucket", mr_store_list(world->store, "..", "", append_key, NULL, &err),
               MR_BUCKET_NOT_FOUND);
    world_free(world);
}

static void make_link(const store_world *world, const char *target, const char *path)
{
    mr_error err;
    char *whole = mr_format("%s/s3/%s", world->directory, path);
    CHECK_OK(path, world->fs.real->make_link(world->fs.real, target, whole, &err), &err);
    mr_free(whole);
}

static void check_absent(store_world *world, const char *key)
{
    mr_error err;
    mr_object object;
    CHECK_CODE(key, mr_store_head(world->store, "data", key, &object, &err), MR_OBJECT_NOT_FOUND);
}

/* What a link leads to may be anybody's, or the folder that the link is in; a pipe blocks. */
static void test_links_and_pipes_are_no_objects(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    drop_file(world, "data/own/file", "mine");
    drop_file(world, "elsewhere/secret", "not mine");
    make_link(world, "../elsewhere/secret", "data/link");
    make_link(world, "../elsewhere", "data/folder");
    make_link(world, ".", "data/loop");
    make_link(world, "nowhere", "data/dangling");
    char *pipe_path = mr_format("%s/s3/data/pipe", world->directory);
    CHECK_INT("pipe", mkfifo(pipe_path, 0600), 0);
    mr_free(pipe_path);

    check_list(world, "", "own/file?");
    check_list(world, "folder/", "");
    check_list(world, "loop/own/", "");
    check_absent(world, "link");
    check_absent(world, "folder/secret");
    check_absent(world, "loop/own/file");
    check_absent(world, "pipe");
    world_free(world);
}

/* It would be an object that nobody finds. */
static void test_nothing_is_written_through_a_link(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err;
    mr_object object;
    create_bucket(world, "data");
    drop_file(world, "elsewhere/file", "not mine");
    make_link(world, "../elsewhere", "data/folder");
    make_link(world, "../elsewhere/file", "data/link");

    mr_upload *upload = mr_store_upload(world->store);
    mr_upload_write(upload, mr_bytes_of("x"));
    mr_error result = put_now(world, upload, "data", "folder/sub/file");
    CHECK_OK("put", result.code, &result);
    CHECK_CODE("commit", mr_upload_commit(upload, NULL, NULL, &object, &err), MR_IO);
    CHECK_HAS("why", err.message, "data/folder is a symbolic link");
    mr_upload_free(upload);
    CHECK_TRUE("nothing outside", !file_exists(world, "elsewhere/sub/file"));

    put_object(world, "data", "link", "put"); /* in place of the link */
    check_object(world, "data", "link", "put");
    CHECK_TRUE("kept", file_exists(world, "elsewhere/file"));
    check_list(world, "", "link ");
    world_free(world);
}

/* A bucket that lies on another disk. */
static void test_a_buckets_own_folder_may_be_a_link(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    drop_file(world, "elsewhere/there", "x");
    make_link(world, "elsewhere", "data");
    put_object(world, "data", "a/b", "put");
    check_object(world, "data", "a/b", "put");
    check_list(world, "", "a/b there?");
    world_free(world);
}

static void test_a_file_changed_by_hand_has_a_fresh_etag(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    mr_object object;
    create_bucket(world, "data");
    put_object(world, "data", "k", "short");
    drop_file(world, "data/k", "hello world");
    check_list(world, "", "k?");
    CHECK_OK("head", mr_store_head(world->store, "data", "k", &object, &err), &err);
    CHECK_STR("etag", object.etag, "5eb63bbbe01eeed093cb22bb8f5acdc3");
    CHECK_INT("size", object.size_bytes, 11);
    world_free(world);
}

static void test_the_manifest_names_every_object_once(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_error err = {.code = MR_OK};
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    create_bucket(world, "data");
    create_bucket(world, "backup");
    put_object(world, "data", "a\tb%", "hello world");
    put_object(world, "data", "a", "");
    drop_file(world, "backup/x", "hello world");
    CHECK_OK("manifest", mr_store_manifest(world->store, &out, &err), &err);
    CHECK_STR("manifest", mr_strbuf_text(&out),
              "backup\tx\t11\t5eb63bbbe01eeed093cb22bb8f5acdc3\n"
              "data\ta\t0\td41d8cd98f00b204e9800998ecf8427e\n"
              "data\ta%09b%25\t11\t5eb63bbbe01eeed093cb22bb8f5acdc3\n");
    mr_strbuf_deinit(&out);
    world_free(world);
}

static void test_a_path_never_leaves_the_store(void **state)
{
    static const char *const buckets[] = {"..", "../..", "", "/etc", "data"};
    static const char *const keys[] = {"../../../etc/passwd", "", "/", "..", "/etc/passwd"};
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    create_bucket(world, "data");
    char *top = mr_format("%s/s3/", world->directory);
    for (size_t i = 0; i < MR_COUNT(buckets) * MR_COUNT(keys); i++) {
        char *path =
            mr_store_path(world->store, buckets[i / MR_COUNT(keys)], keys[i % MR_COUNT(keys)]);
        CHECK_TRUE(path, strncmp(path, top, strlen(top)) == 0);
        CHECK_TRUE(path, strstr(path + strlen(top), "..") == NULL);
        mr_free(path);
    }
    mr_free(top);
    world_free(world);
}

#define X25  "0123456789abcdefghijklmno"
#define X100 X25 X25 X25 X25

typedef struct model {
    mr_map *bodies; /* key -> body, owned */
    size_t at;
    char **keys; /* in byte order */
} model;

static bool compare_with_model(void *context, const mr_object *object)
{
    model *m = context;
    CHECK_STR("key", object->key, m->keys[m->at]);
    const char *body = mr_map_get(m->bodies, mr_bytes_of(object->key));
    uint8_t md5[16];
    char hex[33];
    mr_md5(body, strlen(body), md5);
    mr_hex(md5, 16, hex);
    CHECK_STR(object->key, object->etag, hex);
    m->at++;
    return true;
}

static int by_bytes(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Random puts of keys that get in one another's way, with restarts between: the store lists what
 * a map of keys holds, in its order. */
static void test_the_store_agrees_with_a_map_over_random_puts(void **state)
{
    static const char *const pieces[] = {"a",  "b",  "/",  "/",   "%", ".",
                                         "..", "//", "a/", "%2E", X100};
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_prng prng = mr_prng_named(1, "puts");
    mr_error err = {.code = MR_OK};
    model m = {.bodies = mr_map_new()};
    char *keys[400];
    size_t count = 0;
    create_bucket(world, "data");

    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        mr_strbuf key = mr_strbuf_make(MR_OBJECT_KEY_MAX);
        for (size_t n = 1 + mr_prng_below(&prng, 7); n > 0; n--) {
            mr_strbuf_append_text(&key, pieces[mr_prng_below(&prng, MR_COUNT(pieces))]);
        }
        char *body = mr_format("body %zu", i);
        put_object(world, "data", key.at, body);
        char *before = mr_map_put(m.bodies, mr_strbuf_bytes(&key), body);
        if (before == NULL) {
            keys[count++] = mr_strbuf_take(&key);
        }
        mr_free(before);
        mr_strbuf_deinit(&key);
        if (mr_prng_below(&prng, 50) == 0) {
            world_close(world);
            world_open(world);
        }
    }
    qsort(keys, count, sizeof keys[0], by_bytes);
    m.keys = keys;
    CHECK_TRUE("many keys", count > 200);
    CHECK_OK("list", mr_store_list(world->store, "data", "", compare_with_model, &m, &err), &err);
    CHECK_INT("all of them", m.at, count);
    for (size_t i = 0; i < count; i++) {
        char *body = mr_map_remove(m.bodies, mr_bytes_of(keys[i]));
        check_object(world, "data", keys[i], body);
        mr_free(body);
        mr_free(keys[i]);
    }
    mr_map_free(m.bodies);
    world_free(world);
}

/* The same puts over libuv's threads and inline: the same times, files and rows. */
static void test_threads_do_not_change_the_result(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    mr_offloader *threads = mr_platform_offloader_new(&loop);
    mr_strbuf manifests[2];
    int64_t ends_us[2];

    for (size_t run = 0; run < 2; run++) {
        store_world *world = world_new(run == 0 ? mr_offload_inline() : threads);
        mr_error err = {.code = MR_OK};
        mr_upload *uploads[4];
        put_outcome outcomes[4] = {{.over = false}};
        create_bucket(world, "data");
        for (size_t i = 0; i < 4; i++) {
            uploads[i] = mr_store_upload(world->store);
        }
        for (size_t n = 0; n < 600000; n++) {
            mr_upload *upload = uploads[n % 4 < 2 ? 0 : n % 4];
            char *room = mr_upload_reserve(upload, 64);
            int len = snprintf(room, 64, "row %zu of the object\n", n);
            mr_upload_used(upload, (size_t)len);
        }
        for (size_t i = 0; i < 4; i++) {
            char key[] = "key0";
            key[3] = (char)('0' + i);
            mr_object_meta meta = {.bucket = "data", .key = key};
            mr_upload_put(uploads[i], &meta, on_put_over_note, &outcomes[i]);
        }
        for (;;) {
            mr_step step = mr_clock_step(world->clock, NULL);
            if (step == MR_STEP_IDLE) {
                break;
            }
            if (step == MR_STEP_WAITING) {
                (void)uv_run(&loop, UV_RUN_ONCE);
            }
        }
        for (size_t i = 0; i < 4; i++) {
            CHECK_TRUE("over", outcomes[i].over);
            CHECK_OK("put", outcomes[i].result.code, &outcomes[i].result);
            CHECK_OK("commit", mr_upload_commit(uploads[i], NULL, NULL, NULL, &err), &err);
            mr_upload_free(uploads[i]);
        }
        ends_us[run] = mr_clock_now_us(world->clock);
        manifests[run] = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_OK("manifest", mr_store_manifest(world->store, &manifests[run], &err), &err);
        world_free(world);
    }
    CHECK_STR("manifest", manifests[1].at, manifests[0].at);
    CHECK_INT("time", ends_us[1], ends_us[0]);
    mr_strbuf_deinit(&manifests[0]);
    mr_strbuf_deinit(&manifests[1]);
    mr_platform_offloader_free(threads);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- many at once ---- */

enum { MANY = 200 };

static size_t open_files(void)
{
    DIR *listing = opendir("/dev/fd");
    size_t count = 0;
    CHECK_TRUE("/dev/fd", listing != NULL);
    while (readdir(listing) != NULL) {
        count++;
    }
    (void)closedir(listing);
    return count;
}

static void on_many_put(void *context, const mr_error *result)
{
    size_t *codes = context;
    codes[result->code == MR_OK ? 0 : 1]++;
}

static void put_many(store_world *world, mr_upload **uploads, size_t *codes)
{
    for (size_t i = 0; i < MANY; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "key-%03zu", i);
        mr_object_meta meta = {.bucket = "bucket", .key = key};
        mr_upload_put(uploads[i], &meta, on_many_put, codes);
    }
    while (codes[0] + codes[1] < MANY) {
        (void)mr_clock_step(world->clock, NULL);
    }
}

static void test_many_uploads_have_few_files_open(void **state)
{
    (void)state;
    store_world *world = world_new(mr_offload_inline());
    mr_upload *uploads[MANY];
    mr_error err;
    size_t codes[2] = {0, 0}, before = open_files();
    char *text = mr_alloc(300000); /* more than a piece: its file is open while it is written */
    CHECK_OK("bucket", mr_store_create_bucket(world->store, "bucket", &err), &err);
    mr_fault_rule refused = {
        .kind = MR_FAULT_STORE_REFUSED, .until_us = INT64_MAX, .most = MANY, .probability = 1};
    CHECK_OK("fault", mr_faults_add(world->faults, &refused, &err), &err);
    for (size_t i = 0; i < MANY; i++) {
        memset(text, (int)('a' + i % 26), 300000);
        uploads[i] = mr_store_upload(world->store);
        mr_upload_write(uploads[i], mr_bytes_make(text, 300000));
        char key[16];
        (void)snprintf(key, sizeof(key), "key-%03zu", i);
        mr_object_meta meta = {.bucket = "bucket", .key = key};
        mr_upload_put(uploads[i], &meta, on_many_put, codes);
        CHECK_TRUE("files", open_files() - before <= MR_STORE_FILES + 1);
    }
    while (codes[1] < MANY) {
        (void)mr_clock_step(world->clock, NULL);
    }
    codes[1] = 0;
    put_many(world, uploads, codes); /* once more, their files being opened again */
    CHECK_INT("all are put", codes[0], MANY);
    CHECK_TRUE("files", open_files() - before <= MR_STORE_FILES + 1);
    for (size_t i = 0; i < MANY; i++) {
        mr_object object;
        CHECK_OK("commit", mr_upload_commit(uploads[i], NULL, NULL, &object, &err), &err);
        CHECK_INT("size", object.size_bytes, 300000);
        mr_upload_free(uploads[i]);
    }
    uint64_t objects, bytes;
    CHECK_OK("totals", mr_store_totals(world->store, "bucket", &objects, &bytes, &err), &err);
    CHECK_INT("objects", objects, MANY);
    CHECK_INT("bytes", bytes, (uint64_t)MANY * 300000);
    CHECK_INT("none is left open", open_files(), before);
    mr_free(text);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_uploads_have_few_files_open),
        cmocka_unit_test(test_a_bucket_has_a_name_that_s3_takes),
        cmocka_unit_test(test_a_bucket_is_created_once),
        cmocka_unit_test(test_an_object_is_modified_at_the_time_of_day),
        cmocka_unit_test(test_an_object_is_there_after_its_commit_and_not_before),
        cmocka_unit_test(test_an_upload_that_is_not_committed_leaves_nothing),
        cmocka_unit_test(test_a_large_object_is_hashed_and_written_in_order),
        cmocka_unit_test(test_a_put_replaces_what_was_there),
        cmocka_unit_test(test_a_key_and_keys_below_it_live_together),
        cmocka_unit_test(test_a_listing_is_in_byte_order_of_keys),
        cmocka_unit_test(test_a_file_dropped_by_hand_is_an_object),
        cmocka_unit_test(test_links_and_pipes_are_no_objects),
        cmocka_unit_test(test_nothing_is_written_through_a_link),
        cmocka_unit_test(test_a_buckets_own_folder_may_be_a_link),
        cmocka_unit_test(test_a_file_changed_by_hand_has_a_fresh_etag),
        cmocka_unit_test(test_the_manifest_names_every_object_once),
        cmocka_unit_test(test_a_path_never_leaves_the_store),
        cmocka_unit_test(test_the_store_agrees_with_a_map_over_random_puts),
        cmocka_unit_test(test_threads_do_not_change_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
