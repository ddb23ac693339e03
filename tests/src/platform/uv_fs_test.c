/* uv_fs_test.c - the real file system behind its interface, and the helpers of fs.h over it. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct place {
    mr_file_system *fs;
    char *directory;
} place;

static int make_place(void **state)
{
    place *p = mr_calloc(1, sizeof(*p));
    p->fs = mr_platform_fs();
    p->directory = check_temp_dir();
    *state = p;
    return 0;
}

static int leave_place(void **state)
{
    place *p = *state;
    check_remove_dir(p->directory);
    mr_free(p);
    return 0;
}

/* The path of name in the place; kept until the next call. */
static const char *in(const place *p, const char *name)
{
    static char path[512];
    char *text = mr_format("%s/%s", p->directory, name);
    CHECK_TRUE("short", strlen(text) < sizeof(path));
    memcpy(path, text, strlen(text) + 1);
    mr_free(text);
    return path;
}

static mr_file *must_open(const place *p, const char *name, mr_open_mode mode)
{
    mr_file *file = NULL;
    mr_error err;
    CHECK_OK(name, p->fs->open(p->fs, in(p, name), mode, &file, &err), &err);
    return file;
}

static void must_write(const place *p, mr_file *file, const char *text, uint64_t offset)
{
    mr_error err;
    CHECK_OK(text, p->fs->write_at(p->fs, file, mr_bytes_of(text), offset, &err), &err);
}

static void check_content(const place *p, const char *name, const char *want)
{
    char *got = NULL;
    size_t len = 0;
    mr_error err;
    CHECK_OK(name, mr_fs_read_file(p->fs, in(p, name), MR_MIB, &got, &len, &err), &err);
    CHECK_INT(name, len, strlen(want));
    CHECK_STR(name, got, want);
    mr_free(got);
}

static void test_modes_of_opening_keep_make_empty_or_refuse(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file *file = NULL;
    CHECK_CODE("absent", p->fs->open(p->fs, in(p, "a"), MR_OPEN_READ, &file, &err), MR_NOT_FOUND);
    CHECK_CODE("absent", p->fs->open(p->fs, in(p, "a"), MR_OPEN_READWRITE, &file, &err),
               MR_NOT_FOUND);
    CHECK_HAS("names it", err.message, "/a: ");
    CHECK_INT("errno", err.os_error, ENOENT);

    file = must_open(p, "a", MR_OPEN_EXCLUSIVE);
    must_write(p, file, "hello", 0);
    p->fs->close(p->fs, file);
    CHECK_CODE("there", p->fs->open(p->fs, in(p, "a"), MR_OPEN_EXCLUSIVE, &file, &err),
               MR_ALREADY_EXISTS);
    file = must_open(p, "a", MR_OPEN_CREATE);
    must_write(p, file, "J", 0);
    p->fs->close(p->fs, file);
    check_content(p, "a", "Jello");
    p->fs->close(p->fs, must_open(p, "a", MR_OPEN_TRUNCATE));
    check_content(p, "a", "");
    p->fs->close(p->fs, NULL);
}

static void test_reads_end_at_the_end_of_the_file(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file *file = must_open(p, "a", MR_OPEN_CREATE);
    must_write(p, file, "0123456789", 0);
    char into[20];
    size_t got = 0;
    CHECK_OK("read", p->fs->read_at(p->fs, file, into, sizeof(into), 4, &got, &err), &err);
    CHECK_BYTES("what was there", mr_bytes_make(into, got), MR_BYTES_LITERAL("456789"));
    CHECK_OK("read", p->fs->read_at(p->fs, file, into, sizeof(into), 10, &got, &err), &err);
    CHECK_INT("nothing", got, 0);
    uint64_t size = 0;
    CHECK_OK("truncate", p->fs->truncate(p->fs, file, 3, &err), &err);
    CHECK_OK("size", p->fs->size(p->fs, file, &size, &err), &err);
    CHECK_INT("size", size, 3);
    CHECK_OK("sync", p->fs->sync(p->fs, file, &err), &err);
    p->fs->close(p->fs, file);
    CHECK_OK("sync", p->fs->sync_directory(p->fs, p->directory, &err), &err);
    check_content(p, "a", "012");
}

static void test_a_mapping_is_the_file(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file *file = must_open(p, "a", MR_OPEN_CREATE);
    CHECK_OK("allocate", p->fs->allocate(p->fs, file, 8192, &err), &err);
    void *memory = NULL;
    CHECK_OK("map", p->fs->map(p->fs, file, 8192, true, &memory, &err), &err);
    CHECK_INT("zeros", ((char *)memory)[8191], 0);
    memcpy((char *)memory + 5000, "mapped", 6);
    char into[6];
    size_t got = 0;
    CHECK_OK("read", p->fs->read_at(p->fs, file, into, 6, 5000, &got, &err), &err);
    CHECK_BYTES("seen", mr_bytes_make(into, got), MR_BYTES_LITERAL("mapped"));
    p->fs->unmap(p->fs, memory, 8192);
    p->fs->close(p->fs, file);
}

/* Reserving past the bound on a file's size fails at once: not later, by a signal. */
static void test_what_cannot_be_reserved_is_an_error(void **state)
{
    const place *p = *state;
    mr_error err;
    struct rlimit before;
    CHECK_INT("getrlimit", getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 65536, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    mr_file *file = must_open(p, "a", MR_OPEN_CREATE);
    CHECK_INT("setrlimit", setrlimit(RLIMIT_FSIZE, &small), 0);
    mr_code allocated = p->fs->allocate(p->fs, file, 1 << 20, &err);
    char zeros[1000] = {0};
    mr_code written = p->fs->write_at(p->fs, file, mr_bytes_make(zeros, 1000), 1 << 20, NULL);
    CHECK_INT("setrlimit", setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    CHECK_CODE("allocate", allocated, MR_IO);
    CHECK_INT("errno", err.os_error, EFBIG);
    CHECK_CODE("write", written, MR_IO);
    p->fs->close(p->fs, file);
}

static void test_a_full_device_is_a_full_disk(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file *file = NULL;
    if (access("/dev/full", W_OK) != 0) {
        print_message("skipped: no /dev/full here\n");
        skip();
    }
    CHECK_OK("open", p->fs->open(p->fs, "/dev/full", MR_OPEN_READWRITE, &file, &err), &err);
    CHECK_CODE("write", p->fs->write_at(p->fs, file, MR_BYTES_LITERAL("x"), 0, &err), MR_DISK_FULL);
    p->fs->close(p->fs, file);
}

static bool gather(const char *name, const mr_file_info *info, void *context)
{
    mr_strbuf *out = context;
    mr_strbuf_appendf(out, "%s%s%llu ", name, info->is_directory ? "/" : ":",
                      info->is_directory ? 0ULL : (unsigned long long)info->size_bytes);
    return strcmp(name, "stop") != 0;
}

static void test_a_listing_is_in_byte_order(void **state)
{
    const place *p = *state;
    static const char *const names[] = {"b", "a", "B", "\xc3\xa9", "a.b", "10", "9"};
    mr_error err;
    mr_strbuf out = mr_strbuf_make(1000);
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        mr_file *file = must_open(p, names[i], MR_OPEN_EXCLUSIVE);
        must_write(p, file, "xy", 0);
        p->fs->close(p->fs, file);
    }
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "d/e/f"), &err), &err);
    CHECK_OK("mkdir again", p->fs->make_directories(p->fs, in(p, "d/e/f"), &err), &err);
    CHECK_INT("link", symlink("nowhere", in(p, "link")), 0);
    CHECK_OK("list", p->fs->list(p->fs, p->directory, gather, &out, &err), &err);
    CHECK_STR("order", mr_strbuf_text(&out), "10:2 9:2 B:2 a:2 a.b:2 b:2 d/0 link:7 \xc3\xa9:2 ");
    mr_strbuf_reset(&out);
    p->fs->close(p->fs, must_open(p, "stop", MR_OPEN_CREATE));
    CHECK_OK("list", p->fs->list(p->fs, p->directory, gather, &out, &err), &err);
    CHECK_STR("until false", mr_strbuf_text(&out), "10:2 9:2 B:2 a:2 a.b:2 b:2 d/0 link:7 stop:0 ");
    CHECK_CODE("absent", p->fs->list(p->fs, in(p, "x"), gather, &out, &err), MR_NOT_FOUND);
    mr_strbuf_deinit(&out);
}

static void test_rename_replaces_and_remove_takes_files_and_empty_directories(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file *file = must_open(p, "from", MR_OPEN_CREATE);
    must_write(p, file, "new", 0);
    p->fs->close(p->fs, file);
    p->fs->close(p->fs, must_open(p, "to", MR_OPEN_CREATE));
    char *from = mr_strdup(in(p, "from"));
    CHECK_OK("rename", p->fs->rename(p->fs, from, in(p, "to"), &err), &err);
    check_content(p, "to", "new");
    CHECK_CODE("gone", p->fs->rename(p->fs, from, in(p, "to"), &err), MR_NOT_FOUND);
    mr_free(from);

    mr_file_info info;
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "d/e"), &err), &err);
    CHECK_CODE("not empty", p->fs->remove(p->fs, in(p, "d"), &err), MR_IO);
    CHECK_OK("empty", p->fs->remove(p->fs, in(p, "d/e"), &err), &err);
    CHECK_OK("file", p->fs->remove(p->fs, in(p, "to"), &err), &err);
    CHECK_CODE("stat", p->fs->stat(p->fs, in(p, "to"), &info, &err), MR_NOT_FOUND);
    CHECK_CODE("again", p->fs->remove(p->fs, in(p, "to"), &err), MR_NOT_FOUND);
    CHECK_OK("stat", p->fs->stat(p->fs, in(p, "d"), &info, &err), &err);
    CHECK_TRUE("directory", info.is_directory);
}

static void test_a_file_where_a_directory_should_be(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file_info info;
    p->fs->close(p->fs, must_open(p, "f", MR_OPEN_CREATE));
    CHECK_CODE("stat below", p->fs->stat(p->fs, in(p, "f/x"), &info, &err), MR_NOT_FOUND);
    CHECK_CODE("mkdir over", p->fs->make_directories(p->fs, in(p, "f"), &err), MR_ALREADY_EXISTS);
    CHECK_CODE("mkdir below", p->fs->make_directories(p->fs, in(p, "f/x"), &err),
               MR_ALREADY_EXISTS);
}

static void test_a_whole_file_is_read_up_to_a_limit(void **state)
{
    const place *p = *state;
    mr_error err;
    char *got = NULL;
    size_t len = 0;
    mr_file *file = must_open(p, "a", MR_OPEN_CREATE);
    must_write(p, file, "12345", 0);
    p->fs->close(p->fs, file);
    CHECK_CODE("too large", mr_fs_read_file(p->fs, in(p, "a"), 4, &got, &len, &err), MR_TOO_LARGE);
    CHECK_HAS("message", err.message, "has 5 bytes; the most is 4");
    CHECK_OK("just so", mr_fs_read_file(p->fs, in(p, "a"), 5, &got, &len, &err), &err);
    CHECK_STR("text", got, "12345");
    mr_free(got);
}

static void test_a_tree_is_removed_whole(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file_info info;
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "t/a/b/c"), &err), &err);
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "t/d"), &err), &err);
    p->fs->close(p->fs, must_open(p, "t/a/x", MR_OPEN_CREATE));
    p->fs->close(p->fs, must_open(p, "t/a/b/c/y", MR_OPEN_CREATE));
    CHECK_OK("remove", mr_fs_remove_tree(p->fs, in(p, "t"), &err), &err);
    CHECK_CODE("gone", p->fs->stat(p->fs, in(p, "t"), &info, &err), MR_NOT_FOUND);
    CHECK_OK("nothing there", mr_fs_remove_tree(p->fs, in(p, "t"), &err), &err);
    p->fs->close(p->fs, must_open(p, "f", MR_OPEN_CREATE));
    CHECK_OK("a file", mr_fs_remove_tree(p->fs, in(p, "f"), &err), &err);
}

static void test_a_link_in_a_tree_goes_and_what_it_leads_to_stays(void **state)
{
    const place *p = *state;
    mr_error err;
    mr_file_info info;
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "t"), &err), &err);
    CHECK_OK("mkdir", p->fs->make_directories(p->fs, in(p, "kept"), &err), &err);
    p->fs->close(p->fs, must_open(p, "kept/file", MR_OPEN_CREATE));
    CHECK_INT("to a folder", symlink("../kept", in(p, "t/folder")), 0);
    CHECK_INT("to itself", symlink("loop", in(p, "t/loop")), 0);
    CHECK_OK("remove", mr_fs_remove_tree(p->fs, in(p, "t"), &err), &err);
    CHECK_CODE("gone", p->fs->stat(p->fs, in(p, "t"), &info, &err), MR_NOT_FOUND);
    CHECK_OK("kept", p->fs->stat(p->fs, in(p, "kept/file"), &info, &err), &err);
}

static void test_a_program_and_a_link_are_made(void **state)
{
    place *p = *state;
    mr_error err;
    mr_file_info info;
    p->fs->close(p->fs, must_open(p, "program", MR_OPEN_CREATE));
    CHECK_OK("stat", p->fs->stat(p->fs, in(p, "program"), &info, &err), &err);
    CHECK_TRUE("not yet", !info.is_executable);
    CHECK_OK("make", p->fs->make_executable(p->fs, in(p, "program"), &err), &err);
    CHECK_OK("stat", p->fs->stat(p->fs, in(p, "program"), &info, &err), &err);
    CHECK_TRUE("a program", info.is_executable);
    CHECK_CODE("absent", p->fs->make_executable(p->fs, in(p, "none"), &err), MR_NOT_FOUND);

    char target[32] = "";
    CHECK_OK("link", p->fs->make_link(p->fs, "program", in(p, "link"), &err), &err);
    CHECK_INT("as it was given", readlink(in(p, "link"), target, sizeof(target) - 1), 7);
    CHECK_STR("as it was given", target, "program");
    CHECK_CODE("there already", p->fs->make_link(p->fs, "x", in(p, "link"), &err),
               MR_ALREADY_EXISTS);
}

static void test_clocks_run_forward(void **state)
{
    (void)state;
    mr_time_source wall = mr_platform_wall_time();
    mr_time_source monotonic = mr_platform_monotonic_time();
    CHECK_TRUE("after 2020", wall.now_us(wall.context) > INT64_C(1577836800000000));
    int64_t first = monotonic.now_us(monotonic.context);
    CHECK_TRUE("forward", monotonic.now_us(monotonic.context) >= first);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, leave_place)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_PLACE(test_modes_of_opening_keep_make_empty_or_refuse),
        IN_PLACE(test_reads_end_at_the_end_of_the_file),
        IN_PLACE(test_a_mapping_is_the_file),
        IN_PLACE(test_what_cannot_be_reserved_is_an_error),
        IN_PLACE(test_a_full_device_is_a_full_disk),
        IN_PLACE(test_a_listing_is_in_byte_order),
        IN_PLACE(test_rename_replaces_and_remove_takes_files_and_empty_directories),
        IN_PLACE(test_a_file_where_a_directory_should_be),
        IN_PLACE(test_a_whole_file_is_read_up_to_a_limit),
        IN_PLACE(test_a_tree_is_removed_whole),
        IN_PLACE(test_a_link_in_a_tree_goes_and_what_it_leads_to_stays),
        IN_PLACE(test_a_program_and_a_link_are_made),
        cmocka_unit_test(test_clocks_run_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
