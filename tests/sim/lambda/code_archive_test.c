/* code_archive_test.c - what of a zip is written, what is refused and why, and a folder packed. */
#include "sim/lambda/code_archive.h"

#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/lambda/zip_help.h"

#include <unistd.h>

#define BAD "Could not unzip uploaded file. Please check your file, then try to upload again."

#define FILE_MODE    0100644
#define PROGRAM_MODE 0100755
#define FOLDER_MODE  0040755
#define LINK_MODE    0120777

/* "name=content\n", a program with "*", a link with "->", of a whole tree. */
static void show_tree(mr_strbuf *out, const char *root, const char *name);

typedef struct shown {
    mr_strbuf *out;
    const char *root, *name;
} shown;

static bool show_entry(const char *entry, const mr_file_info *info, void *context)
{
    const shown *s = context;
    char *name = mr_format("%s%s%s", s->name, s->name[0] == '\0' ? "" : "/", entry);
    char *path = mr_format("%s/%s", s->root, name);
    char target[256];
    if (info->is_link) {
        ssize_t n = readlink(path, target, sizeof(target) - 1);
        target[n < 0 ? 0 : n] = '\0';
        mr_strbuf_appendf(s->out, "%s->%s\n", name, target);
    } else if (info->is_directory) {
        mr_strbuf_appendf(s->out, "%s/\n", name);
        show_tree(s->out, s->root, name);
    } else {
        char *text = NULL;
        size_t len;
        mr_error err;
        CHECK_OK("read", mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, &err), &err);
        mr_strbuf_appendf(s->out, "%s=%s%s\n", name, text, info->is_executable ? "*" : "");
        mr_free(text);
    }
    mr_free(path);
    mr_free(name);
    return true;
}

static void show_tree(mr_strbuf *out, const char *root, const char *name)
{
    mr_error err;
    shown s = {out, root, name};
    char *path = mr_format("%s/%s", root, name);
    CHECK_OK("list", mr_platform_fs()->list(mr_platform_fs(), path, show_entry, &s, &err), &err);
    mr_free(path);
}

static bool count_entry(const char *entry, const mr_file_info *info, void *context)
{
    (void)entry;
    (void)info;
    ++*(int *)context;
    return true;
}

/* Of a folder; 0 when it is not there. */
static int count_entries(const char *place, const char *name)
{
    int count = 0;
    char *path = mr_format("%s/%s", place, name);
    (void)mr_platform_fs()->list(mr_platform_fs(), path, count_entry, &count, NULL);
    mr_free(path);
    return count;
}

static bool folder_is_there(const char *path)
{
    mr_file_info info;
    return mr_platform_fs()->stat(mr_platform_fs(), path, &info, NULL) == MR_OK;
}

/* Unpacks; the tree, or the error with the reason. */
static mr_strbuf unpacked(mr_bytes zip, bool durable)
{
    char *place = check_temp_dir();
    char *folder = mr_format("%s/in/code", place);
    char why[MR_CODE_WHY_SIZE];
    mr_error err;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_code code = mr_code_archive_unpack(mr_platform_fs(), zip, folder, durable, why, &err);
    if (code == MR_OK) {
        show_tree(&out, folder, "");
        CHECK_STR("no reason", why, "");
    } else if (code == MR_BAD_INPUT) {
        CHECK_STR("AWS's words", err.message, BAD);
        mr_strbuf_appendf(&out, "bad: %s", why);
    } else {
        mr_strbuf_appendf(&out, "%s: %s", mr_code_name(code), err.message);
    }
    CHECK_INT("nothing beside it", count_entries(place, "in"), folder_is_there(folder) ? 1 : 0);
    mr_free(folder);
    check_remove_dir(place);
    return out;
}

typedef struct archive_case {
    const char *label, *want;
    zip_row rows[4];
    size_t count;
} archive_case;

static const archive_case cases[] = {
    {"a file", "index.py=x\n", {{"index.py", "x", FILE_MODE}}, 1},
    {"a program", "bootstrap=x*\n", {{"bootstrap", "x", PROGRAM_MODE}}, 1},
    {"from another system", "a=x\n", {{"a", "x", 0}}, 1},
    {"folders come with their files", "a/\na/b/\na/b/c=x\n", {{"a/b/c", "x", FILE_MODE}}, 1},
    {"folders of their own",
     "a/\na/c=x\nb/\n",
     {{"a/", "", FOLDER_MODE}, {"a/c", "x", FILE_MODE}, {"b/", "", FOLDER_MODE}},
     3},
    {"a folder behind its file",
     "a/\na/c=x\n",
     {{"a/c", "x", FILE_MODE}, {"a/", "", FOLDER_MODE}},
     2},
    {"names with a dot", "a=x\n", {{"./a", "x", FILE_MODE}}, 1},
    {"an empty file", "a=\n", {{"a", "", FILE_MODE}}, 1},
    {"a link inside",
     "bin/\nbin/b->../lib/b\nlib/\nlib/b=x\n",
     {{"lib/b", "x", FILE_MODE}, {"bin/b", "../lib/b", LINK_MODE}},
     2},
    {"a link beside", "a->b\nb=x\n", {{"b", "x", FILE_MODE}, {"a", "b", LINK_MODE}}, 2},
    {"an absolute name", "bad: /a: the name is absolute", {{"/a", "x", FILE_MODE}}, 1},
    {"a name that leads up",
     "bad: ../a: the name leads out of its folder",
     {{"../a", "x", FILE_MODE}},
     1},
    {"a name that leads up and down",
     "bad: a/../../b: the name leads out of its folder",
     {{"a/../../b", "x", FILE_MODE}},
     1},
    {"a name that leads up and stays",
     "bad: a/../b: the name leads out of its folder",
     {{"a/../b", "x", FILE_MODE}},
     1},
    {"a name with a hole",
     "bad: a//b: the name leads out of its folder",
     {{"a//b", "x", FILE_MODE}},
     1},
    {"a link up", "bad: a: the link leads out of the folder", {{"a", "../b", LINK_MODE}}, 1},
    {"a link far up",
     "bad: a/b: the link leads out of the folder",
     {{"a/b", "../../c", LINK_MODE}},
     1},
    {"an absolute link",
     "bad: a: the link leads out of the folder",
     {{"a", "/etc/passwd", LINK_MODE}},
     1},
    {"a link that goes down to come up",
     "bad: a: the link leads out of the folder",
     {{"a", "b/..", LINK_MODE}},
     1},
    {"a link that goes through another to come up",
     "bad: d/a: the link leads out of the folder",
     {{"d/a", "b/..", LINK_MODE}},
     1},
    {"an empty link", "bad: a: the link leads out of the folder", {{"a", "", LINK_MODE}}, 1},
    {"through a link",
     "bad: a/c: its folder is a file or a link",
     {{"b/", "", FOLDER_MODE}, {"a", "b", LINK_MODE}, {"a/c", "x", FILE_MODE}},
     3},
    {"below a file",
     "bad: a/c: its folder is a file or a link",
     {{"a", "x", FILE_MODE}, {"a/c", "x", FILE_MODE}},
     2},
    {"a file where a folder is",
     "bad: a: the name comes twice",
     {{"a/c", "x", FILE_MODE}, {"a", "x", FILE_MODE}},
     2},
    {"a device", "bad: null: it is a device or a pipe", {{"null", "", 0020666}}, 1},
    {"a pipe", "bad: p: it is a device or a pipe", {{"p", "", 0010666}}, 1},
};

static void test_a_zip_is_unpacked_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int durable = 0; durable < 2; durable++) {
            mr_strbuf zip = zip_of(cases[i].rows, cases[i].count);
            mr_strbuf got = unpacked(mr_strbuf_bytes(&zip), durable == 1);
            CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
            mr_strbuf_deinit(&got);
            mr_strbuf_deinit(&zip);
        }
    }
}

static void check_unpacked(const char *label, mr_bytes zip, const char *want)
{
    mr_strbuf got = unpacked(zip, false);
    CHECK_HAS(label, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

static void test_what_is_no_zip_is_refused(void **state)
{
    (void)state;
    check_unpacked("nothing", (mr_bytes){"", 0}, "bad: ");
    check_unpacked("text", MR_BYTES_LITERAL("def handler(): pass"), "bad: Not a zip archive");
    check_unpacked("no entries", MR_BYTES_LITERAL("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                   "bad: it is empty");
    const zip_row row = {"a", "some text that is long enough to be found", FILE_MODE};
    mr_strbuf zip = zip_of(&row, 1);
    check_unpacked("cut off", mr_bytes_make(zip.at, zip.len - 10), "bad: ");
    zip.at[32] ^= 0x55;
    check_unpacked("damaged", mr_strbuf_bytes(&zip), "bad: a");
    mr_strbuf_deinit(&zip);
}

static void test_two_entries_of_one_name_are_refused(void **state)
{
    (void)state;
    const zip_row rows[] = {{"name-a", "x", FILE_MODE}, {"name-b", "y", FILE_MODE}};
    mr_strbuf zip = zip_of(rows, 2);
    zip_help_rename(&zip, "name-b", "name-a");
    check_unpacked("twice", mr_strbuf_bytes(&zip), "bad: name-a: the name comes twice");
    mr_strbuf_deinit(&zip);
}

static void test_names_have_a_bound(void **state)
{
    (void)state;
    char name[MR_CODE_NAME_MAX + 2];
    for (size_t i = 0; i < sizeof(name) - 1; i++) {
        name[i] = i % 200 == 199 ? '/' : 'n';
    }
    name[MR_CODE_NAME_MAX] = '\0';
    const zip_row longest = {name, "x", FILE_MODE};
    mr_strbuf zip = zip_of(&longest, 1);
    check_unpacked("the longest", mr_strbuf_bytes(&zip), "=x\n");
    mr_strbuf_deinit(&zip);

    memset(name, 'n', 256);
    name[256] = '\0';
    const zip_row component = {name, "x", FILE_MODE};
    zip = zip_of(&component, 1);
    check_unpacked("a component", mr_strbuf_bytes(&zip), "the name is too long");
    mr_strbuf_deinit(&zip);

    for (size_t i = 0; i <= 2 * MR_CODE_DEPTH_MAX; i++) {
        name[i] = i % 2 == 1 ? '/' : 'n';
    }
    name[2 * MR_CODE_DEPTH_MAX + 1] = '\0';
    const zip_row deep = {name, "x", FILE_MODE};
    zip = zip_of(&deep, 1);
    check_unpacked("depth", mr_strbuf_bytes(&zip), "the name is too long");
    mr_strbuf_deinit(&zip);
}

static void test_a_bomb_is_refused_by_its_sizes_and_without_them(void **state)
{
    (void)state;
    static const size_t size = 262144001;
    char *zeros = mr_alloc(size + 1);
    memset(zeros, '0', size);
    zeros[size] = '\0';
    const zip_row row = {"bomb", zeros, FILE_MODE};
    mr_strbuf zip = zip_of(&row, 1);
    mr_free(zeros);
    CHECK_TRUE("it is small", zip.len < MR_MIB);
    check_unpacked("by its size", mr_strbuf_bytes(&zip),
                   "MR_TOO_LARGE: Unzipped size must be smaller than 262144000 bytes");

    /* The central directory's uncompressed size, 24 bytes into its entry: a lie. */
    for (size_t i = zip.len - 22 - 46 - 200; i + 4 < zip.len; i++) {
        if (memcmp(zip.at + i, "PK\1\2", 4) == 0) {
            memcpy(zip.at + i + 24, "\1\0\0\0", 4);
            break;
        }
    }
    mr_strbuf got = unpacked(mr_strbuf_bytes(&zip), false);
    bool is_refused = strncmp(mr_strbuf_text(&got), "bad: ", 5) == 0 ||
                      strncmp(mr_strbuf_text(&got), "MR_TOO_LARGE", 12) == 0;
    CHECK_TRUE("by what comes out", is_refused);
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&zip);
}

/* ---- packing ---- */

static void write_text(const char *folder, const char *name, const char *text, bool executable)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_file *file = NULL;
    char *path = mr_format("%s/%s", folder, name);
    CHECK_OK("open", fs->open(fs, path, MR_OPEN_CREATE, &file, &err), &err);
    CHECK_OK("write", fs->write_at(fs, file, mr_bytes_of(text), 0, &err), &err);
    fs->close(fs, file);
    if (executable) {
        CHECK_OK("program", fs->make_executable(fs, path, &err), &err);
    }
    mr_free(path);
}

static void test_a_folder_is_packed_the_same_each_time_and_comes_out_again(void **state)
{
    (void)state;
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    char *folder = check_temp_dir();
    char *below = mr_format("%s/lib", folder);
    char *link = mr_format("%s/link", folder);
    char *loop = mr_format("%s/loop", folder);
    CHECK_OK("mkdir", fs->make_directories(fs, below, &err), &err);
    write_text(folder, "bootstrap", "#!/bin/sh\n", true);
    write_text(folder, "lib/b", "text", false);
    CHECK_OK("link", fs->make_link(fs, "lib/b", link, &err), &err);
    CHECK_OK("link", fs->make_link(fs, ".", loop, &err), &err);
    mr_strbuf first = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf second = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_OK("pack", mr_code_archive_pack(fs, folder, &first, &err), &err);
    CHECK_OK("pack", mr_code_archive_pack(fs, folder, &second, &err), &err);
    CHECK_BYTES("the same bytes", mr_strbuf_bytes(&second), mr_strbuf_bytes(&first));
    check_unpacked("it comes out", mr_strbuf_bytes(&first),
                   "bootstrap=#!/bin/sh\n*\nlib/\nlib/b=text\nlink=text\n");
    mr_strbuf_deinit(&first);
    mr_strbuf_deinit(&second);
    mr_free(below);
    mr_free(link);
    mr_free(loop);
    check_remove_dir(folder);
}

static void test_an_empty_folder_is_no_code(void **state)
{
    (void)state;
    mr_error err;
    char *folder = check_temp_dir();
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_CODE("empty", mr_code_archive_pack(mr_platform_fs(), folder, &out, &err), MR_NOT_FOUND);
    CHECK_INT("nothing", out.len, 0);
    char *none = mr_format("%s/none", folder);
    CHECK_CODE("absent", mr_code_archive_pack(mr_platform_fs(), none, &out, &err), MR_NOT_FOUND);
    mr_free(none);
    mr_strbuf_deinit(&out);
    check_remove_dir(folder);
}

static void test_the_corpus_of_the_fuzzer_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(code_archive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_zip_is_unpacked_or_refused),
        cmocka_unit_test(test_what_is_no_zip_is_refused),
        cmocka_unit_test(test_two_entries_of_one_name_are_refused),
        cmocka_unit_test(test_names_have_a_bound),
        cmocka_unit_test(test_a_bomb_is_refused_by_its_sizes_and_without_them),
        cmocka_unit_test(test_a_folder_is_packed_the_same_each_time_and_comes_out_again),
        cmocka_unit_test(test_an_empty_folder_is_no_code),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
