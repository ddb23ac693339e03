#include "src/producer/rejects_file.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "tests/check.h"

static void check_text(const char *label, const char *directory, const char *name, const char *want)
{
    char *path = mr_format("%s/%s", directory, name);
    char *got = NULL;
    size_t len = 0;
    mr_error err;
    CHECK_OK(label, mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &got, &len, &err), &err);
    CHECK_STR(label, got, want);
    mr_free(got);
    mr_free(path);
}

static void add_two_and_close(mr_rejects_file *file)
{
    mr_error err;
    mr_rejects_file_add(file, "in.csv", 3, MR_BYTES_LITERAL("a,\"b"), "a quote is never closed");
    mr_rejects_file_add(file, "in.csv", 9, mr_bytes_make(NULL, 0), "nothing");
    CHECK_OK("close", mr_rejects_file_close(file, &err), &err);
}

static void test_rows_and_reasons_are_kept_side_by_side(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *path = mr_format("%s/rejects/in", directory);
    add_two_and_close(mr_rejects_file_new(path, false));
    check_text("rows", directory, "rejects/in.csv", "a,\"b\n\n");
    check_text("reasons", directory, "rejects/in.reasons",
               "in.csv:3: a quote is never closed\nin.csv:9: nothing\n");

    add_two_and_close(mr_rejects_file_new(path, true));
    check_text("a resumed run adds", directory, "rejects/in.csv", "a,\"b\n\na,\"b\n\n");
    add_two_and_close(mr_rejects_file_new(path, false));
    check_text("another run begins anew", directory, "rejects/in.csv", "a,\"b\n\n");
    mr_free(path);
    check_remove_dir(directory);
}

static void test_a_clean_run_leaves_nothing_behind(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *path = mr_format("%s/rejects/in", directory);
    mr_error err;
    CHECK_OK("close", mr_rejects_file_close(mr_rejects_file_new(path, false), &err), &err);
    CHECK_OK("none", mr_rejects_file_close(NULL, &err), &err);
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    char *made = mr_format("%s/rejects", directory);
    CHECK_CODE("no directory", fs->stat(fs, made, &info, &err), MR_NOT_FOUND);
    mr_free(made);
    mr_free(path);
    check_remove_dir(directory);
}

static void test_what_cannot_be_written_is_told_at_the_close(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *in_the_way = mr_format("%s/rejects", directory);
    mr_rejects_file *blocker = mr_rejects_file_new(in_the_way, false);
    add_two_and_close(blocker); /* makes the files rejects.csv and rejects.reasons */
    char *path = mr_format("%s/rejects.csv/in", directory);
    mr_error err = {0};
    mr_rejects_file *file = mr_rejects_file_new(path, false);
    mr_rejects_file_add(file, "in.csv", 3, MR_BYTES_LITERAL("a"), "why");
    mr_rejects_file_add(file, "in.csv", 4, MR_BYTES_LITERAL("b"), "why");
    CHECK_TRUE("fails", mr_rejects_file_close(file, &err) != MR_OK);
    CHECK_HAS("names the place", err.message, "rejects.csv");

    file = mr_rejects_file_new("/dev/null/in", false);
    mr_rejects_file_add(file, "in.csv", 3, MR_BYTES_LITERAL("a"), "why");
    CHECK_TRUE("fails without a place to tell", mr_rejects_file_close(file, NULL) != MR_OK);
    mr_free(path);
    mr_free(in_the_way);
    check_remove_dir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_reasons_are_kept_side_by_side),
        cmocka_unit_test(test_a_clean_run_leaves_nothing_behind),
        cmocka_unit_test(test_what_cannot_be_written_is_told_at_the_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
