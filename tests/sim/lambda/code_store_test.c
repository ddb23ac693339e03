/* code_store_test.c - code on disk: what is put is whole, is put once, and goes when nobody wants
 * it. */
#include "sim/lambda/code_store.h"

#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/lambda/zip_help.h"

#include <stdio.h>

typedef struct place {
    char *directory;
    mr_code_store store;
    char wanted[MR_CODE_HEX_SIZE];
} place;

static void place_init(place *p)
{
    *p = (place){.directory = check_temp_dir()};
    p->store = (mr_code_store){.fs = mr_platform_fs(), .directory = p->directory, .durable = true};
}

static void put(place *p, const char *text, char hex[MR_CODE_HEX_SIZE])
{
    const zip_row row = {"m.py", text, 0100644};
    char why[MR_CODE_WHY_SIZE];
    mr_error err;
    mr_strbuf zip = zip_of(&row, 1);
    CHECK_OK("put", mr_code_store_put(&p->store, "f", mr_strbuf_bytes(&zip), hex, why, &err), &err);
    mr_strbuf_deinit(&zip);
}

static void check_file(place *p, const char *hex, const char *want)
{
    char *folder = mr_code_store_folder(&p->store, "f", hex);
    char *path = mr_format("%s/m.py", folder);
    char *text = NULL;
    size_t len;
    mr_error err;
    mr_code code = mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, &err);
    if (want == NULL) {
        CHECK_CODE("it is not there", code, MR_NOT_FOUND);
    } else {
        CHECK_OK("read", code, &err);
        CHECK_STR("content", text, want);
    }
    mr_free(text);
    mr_free(path);
    mr_free(folder);
}

static bool is_wanted(const void *context, const char *hex)
{
    return strcmp(context, hex) == 0;
}

static void sweep(place *p, const char *wanted)
{
    mr_error err;
    CHECK_OK("sweep", mr_code_store_sweep(&p->store, "f", is_wanted, wanted, &err), &err);
}

static void write_empty(place *p, const char *name)
{
    mr_file *file = NULL;
    mr_error err;
    char *path = mr_format("%s/f/%s", p->directory, name);
    CHECK_OK("open", p->store.fs->open(p->store.fs, path, MR_OPEN_CREATE, &file, &err), &err);
    p->store.fs->close(p->store.fs, file);
    mr_free(path);
}

static size_t count_functions(place *p)
{
    char **names;
    size_t count;
    mr_error err;
    CHECK_OK("list", mr_code_store_list(&p->store, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        CHECK_STR("name", names[i], "f");
        mr_free(names[i]);
    }
    mr_free(names);
    return count;
}

static void test_code_is_kept_until_nobody_wants_it(void **state)
{
    (void)state;
    place p;
    char first[MR_CODE_HEX_SIZE], second[MR_CODE_HEX_SIZE], again[MR_CODE_HEX_SIZE];
    place_init(&p);
    put(&p, "one", first);
    put(&p, "two", second);
    check_file(&p, first, "one");
    check_file(&p, second, "two");
    put(&p, "one", again);
    CHECK_STR("the same code", again, first);
    sweep(&p, second);
    check_file(&p, first, NULL);
    check_file(&p, second, "two");
    char *zip = mr_code_store_zip(&p.store, "f", first);
    mr_file_info info;
    CHECK_CODE("its zip", p.store.fs->stat(p.store.fs, zip, &info, NULL), MR_NOT_FOUND);
    mr_free(zip);
    CHECK_INT("functions", count_functions(&p), 1);
    sweep(&p, "");
    CHECK_INT("its folder goes", count_functions(&p), 0);
    sweep(&p, ""); /* one that is not there */
    check_remove_dir(p.directory);
}

static void test_what_a_kill_left_is_swept_and_what_others_wrote_stays(void **state)
{
    (void)state;
    place p;
    char hex[MR_CODE_HEX_SIZE];
    mr_error err;
    place_init(&p);
    put(&p, "one", hex);
    char *half = mr_format("%s/f/.new/half", p.directory);
    CHECK_OK("mkdir", p.store.fs->make_directories(p.store.fs, half, &err), &err);
    mr_free(half);
    write_empty(&p, ".new.zip");
    write_empty(&p, "index.py");
    sweep(&p, hex);
    check_file(&p, hex, "one");
    sweep(&p, "");
    CHECK_INT("the template's file stays", count_functions(&p), 1);
    char hex_again[MR_CODE_HEX_SIZE];
    put(&p, "one", hex_again);
    check_file(&p, hex, "one");
    check_remove_dir(p.directory);
}

static void test_a_bad_zip_leaves_nothing(void **state)
{
    (void)state;
    place p;
    char hex[MR_CODE_HEX_SIZE], why[MR_CODE_WHY_SIZE];
    mr_error err;
    place_init(&p);
    const zip_row rows[] = {{"a", "x", 0100644}, {"../b", "x", 0100644}};
    mr_strbuf zip = zip_of(rows, 2);
    CHECK_CODE("put", mr_code_store_put(&p.store, "f", mr_strbuf_bytes(&zip), hex, why, &err),
               MR_BAD_INPUT);
    CHECK_HAS("why", why, "../b");
    mr_strbuf_deinit(&zip);
    sweep(&p, "");
    CHECK_INT("nothing", count_functions(&p), 0);
    check_remove_dir(p.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_is_kept_until_nobody_wants_it),
        cmocka_unit_test(test_what_a_kill_left_is_swept_and_what_others_wrote_stays),
        cmocka_unit_test(test_a_bad_zip_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
