/* snapshot_test.c - the copy of a state directory that a kill leaves. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/platform/platform.h"
#include "src/scenario/snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void put_file(const char *directory, const char *name, const char *text)
{
    mr_error err;
    mr_file_system *fs = mr_platform_fs();
    char *path = mr_format("%s/%s", directory, name);
    char *folder = mr_strndup(path, (size_t)(strrchr(path, '/') - path));
    CHECK_OK("folder", fs->make_directories(fs, folder, &err), &err);
    FILE *file = fopen(path, "w");
    CHECK_TRUE(path, file != NULL);
    (void)fputs(text, file);
    CHECK_INT("close", fclose(file), 0);
    mr_free(folder);
    mr_free(path);
}

static void check_file(const char *directory, const char *name, const char *want)
{
    mr_error err;
    char *path = mr_format("%s/%s", directory, name), *got;
    size_t len;
    CHECK_OK(name, mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &got, &len, &err), &err);
    CHECK_STR(name, got, want);
    mr_free(got);
    mr_free(path);
}

static ino_t inode_of(const char *directory, const char *name)
{
    struct stat info;
    char *path = mr_format("%s/%s", directory, name);
    CHECK_INT(path, stat(path, &info), 0);
    mr_free(path);
    return info.st_ino;
}

static void test_what_is_written_later_is_not_in_the_copy(void **state)
{
    (void)state;
    static const char *const names[] = {"catalog.db", "streams/s/shardId-0/1.seg", "s3/.uploads/7",
                                        "s3/bucket/a/b.json"};
    mr_error err;
    char *from = check_temp_dir();
    char *to = mr_format("%s.left", from);
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        put_file(from, names[i], "as it was");
    }
    CHECK_OK("take", mr_snapshot_take(from, to, &err), &err);
    put_file(from, "catalog.db", "changed");
    put_file(from, "s3/.uploads/7", "changed");
    put_file(from, "s3/bucket/later.json", "later");
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        check_file(to, names[i], "as it was");
    }
    char *later = mr_format("%s/s3/bucket/later.json", to);
    CHECK_INT("not there", access(later, F_OK), -1);
    mr_free(later);
    CHECK_TRUE("finished objects are linked", inode_of(from, names[3]) == inode_of(to, names[3]));
    CHECK_TRUE("unfinished ones are not", inode_of(from, names[2]) != inode_of(to, names[2]));
    check_remove_dir(to);
    check_remove_dir(from);
}

static void test_a_file_of_holes_stays_one_and_keeps_its_size(void **state)
{
    (void)state;
    mr_error err;
    char *from = check_temp_dir();
    char *to = mr_format("%s.left", from);
    put_file(from, "streams/x.seg", "head");
    char *path = mr_format("%s/streams/x.seg", from);
    CHECK_INT("grow", truncate(path, 8 * MR_MIB), 0);
    mr_free(path);
    CHECK_OK("take", mr_snapshot_take(from, to, &err), &err);
    struct stat info;
    path = mr_format("%s/streams/x.seg", to);
    CHECK_INT("stat", stat(path, &info), 0);
    CHECK_INT("size", info.st_size, 8 * MR_MIB);
    CHECK_TRUE("holes", info.st_blocks < (blkcnt_t)(MR_MIB / 512));
    mr_free(path);
    check_remove_dir(to);
    check_remove_dir(from);
}

static void test_a_place_that_cannot_be_made_is_said(void **state)
{
    (void)state;
    mr_error err;
    char *from = check_temp_dir();
    put_file(from, "file", "x");
    char *to = mr_format("%s/file/inside", from);
    CHECK_TRUE("fails", mr_snapshot_take(from, to, &err) != MR_OK);
    CHECK_HAS("where", err.message, "/file");
    mr_free(to);
    check_remove_dir(from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_later_is_not_in_the_copy),
        cmocka_unit_test(test_a_file_of_holes_stays_one_and_keeps_its_size),
        cmocka_unit_test(test_a_place_that_cannot_be_made_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
