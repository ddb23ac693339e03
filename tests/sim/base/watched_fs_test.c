/* watched_fs_test.c - what is told, that it is told in time, and that the rest passes through. */
#include "sim/base/watched_fs.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"
#include "tests/check.h"

typedef struct place {
    char *directory, *file, *other; /* owned; the last two lie in the first */
    mr_disk_watch watch;
    mr_file_system *fs;
    mr_strbuf told; /* "<doing> <name> <size before>\n"; "-" where there is nothing yet */
} place;

static void on_change(void *context, const char *doing, const char *path)
{
    place *p = context;
    mr_file_info info;
    mr_strbuf_appendf(&p->told, "%s %s ", doing, strrchr(path, '/') + 1);
    if (mr_platform_fs()->stat(mr_platform_fs(), path, &info, NULL) != MR_OK) {
        mr_strbuf_append_text(&p->told, "-\n");
    } else if (info.is_directory) {
        mr_strbuf_append_text(&p->told, "directory\n");
    } else {
        mr_strbuf_appendf(&p->told, "%llu\n", (unsigned long long)info.size_bytes);
    }
}

static int make_place(void **state)
{
    place *p = mr_calloc(1, sizeof(*p));
    p->directory = check_temp_dir();
    p->file = mr_format("%s/file", p->directory);
    p->other = mr_format("%s/other", p->directory);
    p->watch = (mr_disk_watch){on_change, p};
    p->fs = mr_watched_fs_new(mr_platform_fs(), &p->watch);
    p->told = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    *state = p;
    return 0;
}

static int leave_place(void **state)
{
    place *p = *state;
    mr_watched_fs_free(p->fs);
    mr_strbuf_deinit(&p->told);
    mr_free(p->other);
    mr_free(p->file);
    check_remove_dir(p->directory);
    mr_free(p);
    return 0;
}

static void check_told(place *p, const char *label, const char *want)
{
    CHECK_STR(label, mr_strbuf_text(&p->told), want);
    mr_strbuf_reset(&p->told);
}

static mr_file *must_open(place *p, mr_open_mode mode)
{
    mr_file *file = NULL;
    mr_error err;
    CHECK_OK("open", p->fs->open(p->fs, p->file, mode, &file, &err), &err);
    return file;
}

static void test_a_change_of_a_file_is_told_before_it_is_made(void **state)
{
    place *p = *state;
    mr_error err;
    mr_file *file = must_open(p, MR_OPEN_CREATE);
    check_told(p, "create", "create file -\n");
    CHECK_OK("write", p->fs->write_at(p->fs, file, mr_bytes_of("hello"), 0, &err), &err);
    CHECK_OK("write", p->fs->write_at(p->fs, file, mr_bytes_of("you"), 5, &err), &err);
    check_told(p, "write", "write file 0\nwrite file 5\n");
    CHECK_OK("allocate", p->fs->allocate(p->fs, file, 100, &err), &err);
    check_told(p, "allocate", "allocate file 8\n");
    CHECK_OK("truncate", p->fs->truncate(p->fs, file, 3, &err), &err);
    check_told(p, "truncate", "truncate file 100\n");
    CHECK_OK("sync", p->fs->sync(p->fs, file, &err), &err);
    check_told(p, "sync", "sync file 3\n");
    p->fs->close(p->fs, file);
    p->fs->close(p->fs, must_open(p, MR_OPEN_TRUNCATE));
    check_told(p, "truncating open", "create file 3\n");
    p->fs->close(p->fs, NULL);
    check_told(p, "close", "");
}

static void test_a_change_of_a_folder_is_told_before_it_is_made(void **state)
{
    place *p = *state;
    mr_error err;
    char *folder = mr_format("%s/folder", p->directory);
    CHECK_OK("make", p->fs->make_directories(p->fs, folder, &err), &err);
    check_told(p, "make", "make-directory folder -\n");
    CHECK_OK("sync", p->fs->sync_directory(p->fs, folder, &err), &err);
    check_told(p, "sync", "sync folder directory\n");
    p->fs->close(p->fs, must_open(p, MR_OPEN_EXCLUSIVE));
    mr_strbuf_reset(&p->told);
    CHECK_OK("rename", p->fs->rename(p->fs, p->file, p->other, &err), &err);
    check_told(p, "rename", "rename file 0\n");
    CHECK_OK("program", p->fs->make_executable(p->fs, p->other, &err), &err);
    check_told(p, "program", "make-executable other 0\n");
    CHECK_OK("link", p->fs->make_link(p->fs, "other", p->file, &err), &err);
    check_told(p, "link", "make-link file -\n");
    CHECK_OK("remove", p->fs->remove(p->fs, p->other, &err), &err);
    check_told(p, "remove", "remove other 0\n");
    mr_free(folder);
}

static bool count_entry(const char *name, const mr_file_info *info, void *context)
{
    (void)name;
    (void)info;
    ++*(int *)context;
    return true;
}

static void test_looking_is_not_told_and_sees_what_is_there(void **state)
{
    place *p = *state;
    mr_error err;
    mr_file *file = must_open(p, MR_OPEN_CREATE);
    CHECK_OK("write", p->fs->write_at(p->fs, file, mr_bytes_of("hello"), 0, &err), &err);
    p->fs->close(p->fs, file);
    mr_strbuf_reset(&p->told);

    p->fs->close(p->fs, must_open(p, MR_OPEN_READWRITE));
    file = must_open(p, MR_OPEN_READ);
    char text[8] = {0};
    size_t got = 0;
    uint64_t size = 0;
    void *memory = NULL;
    mr_file_info info;
    int entries = 0;
    CHECK_OK("read", p->fs->read_at(p->fs, file, text, sizeof(text), 1, &got, &err), &err);
    CHECK_STR("read", text, "ello");
    CHECK_OK("size", p->fs->size(p->fs, file, &size, &err), &err);
    CHECK_INT("size", size, 5);
    CHECK_OK("map", p->fs->map(p->fs, file, 5, false, &memory, &err), &err);
    CHECK_BYTES("map", mr_bytes_make(memory, 5), mr_bytes_of("hello"));
    p->fs->unmap(p->fs, memory, 5);
    p->fs->close(p->fs, file);
    CHECK_OK("stat", p->fs->stat(p->fs, p->file, &info, &err), &err);
    CHECK_INT("stat", info.size_bytes, 5);
    CHECK_OK("list", p->fs->list(p->fs, p->directory, count_entry, &entries, &err), &err);
    CHECK_INT("list", entries, 1);
    check_told(p, "nothing", "");
}

static void test_a_failure_is_the_real_one_and_told_all_the_same(void **state)
{
    place *p = *state;
    mr_error err;
    mr_file *file = NULL;
    CHECK_CODE("read", p->fs->open(p->fs, p->file, MR_OPEN_READ, &file, &err), MR_NOT_FOUND);
    CHECK_TRUE("no file", file == NULL);
    p->fs->close(p->fs, must_open(p, MR_OPEN_CREATE));
    mr_strbuf_reset(&p->told);
    CHECK_CODE("exclusive", p->fs->open(p->fs, p->file, MR_OPEN_EXCLUSIVE, &file, &err),
               MR_ALREADY_EXISTS);
    CHECK_CODE("remove", p->fs->remove(p->fs, p->other, &err), MR_NOT_FOUND);
    check_told(p, "told", "create file 0\nremove other -\n");
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, leave_place)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_PLACE(test_a_change_of_a_file_is_told_before_it_is_made),
        IN_PLACE(test_a_change_of_a_folder_is_told_before_it_is_made),
        IN_PLACE(test_looking_is_not_told_and_sees_what_is_there),
        IN_PLACE(test_a_failure_is_the_real_one_and_told_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
