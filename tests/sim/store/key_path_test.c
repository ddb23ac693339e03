/* key_path_test.c - every key has its own safe path, and every path its own key. */
#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/store/key_path.h"
#include "sim/time/rng.h"
#include "tests/check.h"

#define X10  "xxxxxxxxxx"
#define X50  X10 X10 X10 X10 X10
#define X250 X50 X50 X50 X50 X50

static void test_a_key_is_spelled_readably(void **state)
{
    static const struct {
        const char *key, *want;
    } cases[] = {
        {"a", "a"},
        {"dt=2025-01-01/it's a+b,c:d.csv", "dt=2025-01-01/it's a+b,c:d.csv"},
        {"caf\xc3\xa9/x", "caf\xc3\xa9/x"},
        {"caf\xe9", "caf%E9"},
        {"100%", "100%25"},
        {"%2E%2E/x", "%252E%252E/x"},
        {"../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"},
        {"./a", "%2E/a"},
        {"...", "..."},
        {".hidden", ".hidden"},
        {"/abs", "%/abs"},
        {"a//b", "a/%/b"},
        {"dir/", "dir/%"},
        {"/", "%/%"},
        {"line\nend\t\x7f", "line%0Aend%09%7F"},
        {X250 "1234", X250 "1234"},
        {X250 "12345", X250 "12%-/345"},
        {X250 "1\xc3\xa9"
              "234",
         X250 "1%-/\xc3\xa9"
              "234"},
        {X250 "1\n"
              "234",
         X250 "1%-/%0A"
              "234"},
        {X250 X250 X250, X250 "xx%-/" X250 "xx%-/" X50 X50 X50 X50 X10 X10 X10 X10 "xxxxxx"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf path = mr_strbuf_make(4096);
        mr_strbuf key = mr_strbuf_make(4096);
        mr_key_to_path(&path, mr_bytes_of(cases[i].key));
        CHECK_STR(cases[i].key, mr_strbuf_text(&path), cases[i].want);
        CHECK_TRUE(cases[i].key, mr_path_to_key(&key, mr_strbuf_bytes(&path)));
        CHECK_STR(cases[i].key, mr_strbuf_text(&key), cases[i].key);
        mr_strbuf_deinit(&path);
        mr_strbuf_deinit(&key);
    }
}

static void test_nul_is_a_byte_like_another(void **state)
{
    (void)state;
    mr_bytes key = MR_BYTES_LITERAL("a\0b");
    mr_strbuf path = mr_strbuf_make(64);
    mr_strbuf back = mr_strbuf_make(64);
    mr_key_to_path(&path, key);
    CHECK_STR("path", mr_strbuf_text(&path), "a%00b");
    CHECK_TRUE("read", mr_path_to_key(&back, mr_strbuf_bytes(&path)));
    CHECK_BYTES("key", mr_strbuf_bytes(&back), key);
    mr_strbuf_deinit(&path);
    mr_strbuf_deinit(&back);
}

static void test_a_file_beside_a_folder_has_the_same_key(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"a%", "a"}, {"a/b%", "a/b"}, {"dir/%%", "dir/"}, {"%2E%", "."}, {"x%01%", "x\x01"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf key = mr_strbuf_make(64);
        CHECK_TRUE(cases[i].path, mr_path_to_key(&key, mr_bytes_of(cases[i].path)));
        CHECK_STR(cases[i].path, mr_strbuf_text(&key), cases[i].want);
        mr_strbuf_deinit(&key);
    }
}

static void test_a_path_that_no_key_gives_is_refused(void **state)
{
    static const char *const paths[] = {
        "",       "%",     "100%.txt", "a%zz",  "a%2e",    "a%41",   "%2E%2E%2E",
        "a%%",    "a%/",   "/a",       "a/",    "a//b",    "..",     "a/./b",
        "%C3%A9", "a%-/b", "a%-",      "a%b/c", "caf\xe9", "tab\tb", "%25%25%%",
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        mr_strbuf key = mr_strbuf_make(64);
        mr_strbuf_append_text(&key, "kept");
        CHECK_TRUE(paths[i], !mr_path_to_key(&key, mr_bytes_of(paths[i])));
        CHECK_STR(paths[i], mr_strbuf_text(&key), "kept");
        mr_strbuf_deinit(&key);
    }
}

/* Keys made of the awkward pieces: all different, all different paths, all come back. */
static void test_random_keys_never_meet(void **state)
{
    static const char *const pieces[] = {"/",    "%",    ".",  "a",    "-", "%2E", "%-",  "\n",
                                         "\xc3", "\xa9", "25", "\xff", X50, X250,  "%-/", "//"};
    (void)state;
    mr_prng prng = mr_prng_named(1, "keys");
    mr_map *paths = mr_map_new();

    for (size_t i = 0; i < 20000; i++) {
        mr_strbuf key = mr_strbuf_make(8192);
        mr_strbuf path = mr_strbuf_make(65536);
        mr_strbuf back = mr_strbuf_make(8192);
        size_t count = 1 + mr_prng_below(&prng, 6);
        for (size_t n = 0; n < count; n++) {
            mr_strbuf_append_text(&key, pieces[mr_prng_below(&prng, MR_COUNT(pieces))]);
        }
        mr_key_to_path(&path, mr_strbuf_bytes(&key));
        CHECK_TRUE(key.at, mr_path_to_key(&back, mr_strbuf_bytes(&path)));
        CHECK_BYTES(key.at, mr_strbuf_bytes(&back), mr_strbuf_bytes(&key));

        char *mine = mr_strdup(key.at);
        char *before = mr_map_put(paths, mr_strbuf_bytes(&path), mine);
        if (before != NULL) {
            CHECK_STR(path.at, before, mine);
        }
        mr_free(before);
        mr_strbuf_deinit(&key);
        mr_strbuf_deinit(&path);
        mr_strbuf_deinit(&back);
    }
    size_t count = mr_map_count(paths);
    CHECK_TRUE("many different keys", count > 5000);
    void **keys = mr_map_sorted(paths);
    for (size_t i = 0; i < count; i++) {
        mr_free(keys[i]);
    }
    mr_free(keys);
    mr_map_free(paths);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(key_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_is_spelled_readably),
        cmocka_unit_test(test_nul_is_a_byte_like_another),
        cmocka_unit_test(test_a_file_beside_a_folder_has_the_same_key),
        cmocka_unit_test(test_a_path_that_no_key_gives_is_refused),
        cmocka_unit_test(test_random_keys_never_meet),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
