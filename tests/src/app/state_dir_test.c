/* state_dir_test.c - who may use a state directory, and what is never removed. */
#include "src/app/state_dir.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <string.h>
#include <unistd.h>

static void write_file(const char *directory, const char *name, const char *text)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_error err;
    char *path = mr_format("%s/%s", directory, name);
    CHECK_OK("make", fs->make_directories(fs, directory, &err), &err);
    CHECK_OK("open", fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, mr_bytes_of(text), 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
}

static bool exists(const char *directory, const char *name)
{
    char *path = mr_format("%s/%s", directory, name);
    bool found = access(path, F_OK) == 0;
    mr_free(path);
    return found;
}

/* Opens and closes; returns the code, with the message for CHECK_HAS. */
static mr_code try(const char *path, mr_state_use use, bool is_default, const char *made_by,
                   mr_error *err)
{
    mr_state_dir *dir = NULL;
    mr_state_options options = {.path = path,
                                .is_default = is_default,
                                .use = use,
                                .made_by = made_by,
                                .only_own = strcmp(made_by, "serve") == 0};
    mr_code code = mr_state_dir_open(&options, &dir, err);
    if (code == MR_OK) {
        CHECK_STR("path", mr_state_dir_path(dir), path);
        mr_state_dir_close(dir);
    }
    return code;
}

static void test_a_fresh_directory_is_made_and_known_afterwards(void **state)
{
    (void)state;
    char *base = check_temp_dir();
    char *path = mr_format("%s/a/b", base);
    mr_error err;
    CHECK_CODE("unknown yet", mr_state_dir_check(path, &err), MR_NOT_FOUND);
    CHECK_OK("made", try(path, MR_STATE_FRESH, false, "run", &err), &err);
    CHECK_OK("known", mr_state_dir_check(path, &err), &err);
    mr_free(path);
    check_remove_dir(base);
}

static void test_who_may_go_on_with_a_used_directory(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_state_use use;
        bool is_default;
        const char *made_before, *made_by;
        mr_code want;
        bool kept;
    } cases[] = {
        {"named, fresh: refused", MR_STATE_FRESH, false, "run", "run", MR_ALREADY_EXISTS, true},
        {"default, fresh: a run's own is replaced", MR_STATE_FRESH, true, "run", "run", MR_OK,
         false},
        {"default, fresh: a server's is refused", MR_STATE_FRESH, true, "serve", "run",
         MR_ALREADY_EXISTS, true},
        {"replace: cleared", MR_STATE_REPLACE, false, "serve", "run", MR_OK, false},
        {"resume: kept", MR_STATE_RESUME, false, "run", "run", MR_OK, true},
        {"resume: kept, whoever made it", MR_STATE_RESUME, false, "serve", "run", MR_OK, true},
        {"only its own: kept", MR_STATE_RESUME, false, "serve", "serve", MR_OK, true},
        {"only its own: another's is refused", MR_STATE_RESUME, true, "run", "serve",
         MR_ALREADY_EXISTS, true},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *path = check_temp_dir();
        mr_error err;
        CHECK_OK(cases[i].label, try(path, MR_STATE_FRESH, false, cases[i].made_before, &err),
                 &err);
        write_file(path, "catalog.db", "x");
        CHECK_CODE(cases[i].label,
                   try(path, cases[i].use, cases[i].is_default, cases[i].made_by, &err),
                   cases[i].want);
        CHECK_INT(cases[i].label, exists(path, "catalog.db"), cases[i].kept);
        if (cases[i].want != MR_OK) {
            CHECK_HAS(cases[i].label, err.message, "--replace");
        }
        check_remove_dir(path);
    }
}

static void test_a_directory_that_is_not_ours_is_left_as_it_is(void **state)
{
    (void)state;
    char *path = check_temp_dir();
    mr_error err;
    write_file(path, "precious", "mine");
    for (int use = MR_STATE_FRESH; use <= MR_STATE_RESUME; use++) {
        CHECK_CODE("refused", try(path, (mr_state_use)use, true, "run", &err), MR_ALREADY_EXISTS);
        CHECK_HAS("says why", err.message, "not made by millrace");
    }
    CHECK_TRUE("kept", exists(path, "precious"));
    CHECK_TRUE("no lock left behind", !exists(path, "lock"));
    check_remove_dir(path);
}

static void test_a_second_holder_is_refused_until_the_first_lets_go(void **state)
{
    (void)state;
    char *path = check_temp_dir();
    mr_error err;
    mr_state_dir *dir = NULL;
    mr_state_options options = {.path = path, .use = MR_STATE_RESUME, .made_by = "run"};
    CHECK_OK("first", mr_state_dir_open(&options, &dir, &err), &err);
    CHECK_CODE("second", try(path, MR_STATE_RESUME, false, "run", &err), MR_LOCKED);
    mr_state_dir_close(dir);
    CHECK_OK("afterwards", try(path, MR_STATE_RESUME, false, "run", &err), &err);
    check_remove_dir(path);
}

static void test_a_newer_format_and_a_broken_marker_are_refused(void **state)
{
    (void)state;
    char *path = check_temp_dir();
    mr_error err;
    write_file(path, "millrace.json", "{\"format\":2,\"made-by\":\"run\"}");
    CHECK_CODE("newer", try(path, MR_STATE_REPLACE, false, "run", &err), MR_NEWER_VERSION);
    CHECK_CODE("newer, read", mr_state_dir_check(path, &err), MR_NEWER_VERSION);
    write_file(path, "millrace.json", "{\"format\":");
    CHECK_CODE("broken", try(path, MR_STATE_REPLACE, false, "run", &err), MR_CORRUPT);
    check_remove_dir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fresh_directory_is_made_and_known_afterwards),
        cmocka_unit_test(test_who_may_go_on_with_a_used_directory),
        cmocka_unit_test(test_a_directory_that_is_not_ours_is_left_as_it_is),
        cmocka_unit_test(test_a_second_holder_is_refused_until_the_first_lets_go),
        cmocka_unit_test(test_a_newer_format_and_a_broken_marker_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
