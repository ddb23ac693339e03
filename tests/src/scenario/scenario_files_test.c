/* scenario_files_test.c - which files a word of the command line stands for. */
#include "src/scenario/scenario_files.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *folder, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    mr_free(path);
}

static char *make_tree(void)
{
    char *root = check_temp_dir();
    char *inner = mr_format("%s/b", root);
    (void)mkdir(inner, 0755);
    put(root, "c.yml", "template: t.yaml\n");
    put(root, "a.yaml", "# a\nname: x\ntemplate: t.yaml\n");
    put(root, "t.yaml", "Resources: {}\nMetadata:\n  template: no\n");
    put(root, "notes.txt", "template: t.yaml\n");
    put(inner, "z.json", "{\n  \"template\": \"../t.yaml\"\n}\n");
    put(inner, "data.json", "[{\"template\": 1}]\n");
    put(inner, "line.json", "{\"name\": \"x\", \"template\": \"../t.yaml\"}\n");
    put(inner, "monday.yaml", "replay: monday.jsonl\n");
    put(inner, "torn.yaml", "template: ../t.yaml\nexpect: [\n");
    mr_free(inner);
    return root;
}

static void check_paths(const char *label, const mr_scenario_files *files, const char *root,
                        const char *want)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < files->count; i++) {
        mr_strbuf_appendf(&got, "%s ", files->paths[i] + strlen(root));
    }
    CHECK_STR(label, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

static void test_a_folder_gives_its_scenarios_in_byte_order(void **state)
{
    (void)state;
    char *root = make_tree();
    char *slashes = mr_format("%s//", root);
    mr_scenario_files files = {0};
    mr_error err;
    CHECK_OK("folder", mr_scenario_files_add(&files, slashes, &err), &err);
    check_paths("all of them", &files, root,
                "/a.yaml /b/line.json /b/monday.yaml /b/torn.yaml /b/z.json /c.yml ");
    mr_scenario_files_deinit(&files);
    mr_free(slashes);
    check_remove_dir(root);
}

static void test_a_file_is_taken_as_it_is_named_and_once(void **state)
{
    (void)state;
    char *root = make_tree();
    char *scenario = mr_format("%s/c.yml", root);
    char *other = mr_format("%s/notes.txt", root);
    mr_scenario_files files = {0};
    mr_error err;
    CHECK_OK("a file", mr_scenario_files_add(&files, scenario, &err), &err);
    CHECK_OK("whatever it is", mr_scenario_files_add(&files, other, &err), &err);
    CHECK_OK("its folder", mr_scenario_files_add(&files, root, &err), &err);
    check_paths("in the order named", &files, root,
                "/c.yml /notes.txt /a.yaml /b/line.json /b/monday.yaml /b/torn.yaml /b/z.json ");
    mr_scenario_files_deinit(&files);
    mr_free(scenario);
    mr_free(other);
    check_remove_dir(root);
}

static void test_what_is_not_there_is_said(void **state)
{
    (void)state;
    char *root = check_temp_dir();
    put(root, "t.yaml", "Resources: {}\n");
    mr_scenario_files files = {0};
    mr_error err;
    CHECK_CODE("no scenario", mr_scenario_files_add(&files, root, &err), MR_NOT_FOUND);
    CHECK_HAS("the folder is named", err.message, root);
    CHECK_HAS("what one is", err.message, "template:");
    char *absent = mr_format("%s/absent.yaml", root);
    CHECK_CODE("no file", mr_scenario_files_add(&files, absent, &err), MR_NOT_FOUND);
    CHECK_HAS("the file is named", err.message, absent);
    CHECK_INT("nothing was added", files.count, 0);
    mr_scenario_files_deinit(&files);
    mr_free(absent);
    check_remove_dir(root);
}

static void test_a_loop_of_links_ends(void **state)
{
    (void)state;
    char *root = check_temp_dir();
    char *link = mr_format("%s/again", root);
    assert_int_equal(symlink(root, link), 0);
    mr_scenario_files files = {0};
    mr_error err;
    CHECK_TRUE("it ends", mr_scenario_files_add(&files, root, &err) != MR_OK);
    mr_scenario_files_deinit(&files);
    assert_int_equal(unlink(link), 0);
    mr_free(link);
    check_remove_dir(root);
}

static void test_the_stem_is_the_name_without_folder_and_ending(void **state)
{
    (void)state;
    static const struct {
        const char *file, *want;
    } cases[] = {
        {"data/hot.yaml", "hot"}, {"hot", "hot"},      {"a.b/c", "c"},
        {"x/.yaml", ".yaml"},     {"x.y.json", "x.y"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_BYTES(cases[i].file, mr_scenario_file_stem(cases[i].file),
                    mr_bytes_of(cases[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_gives_its_scenarios_in_byte_order),
        cmocka_unit_test(test_a_file_is_taken_as_it_is_named_and_once),
        cmocka_unit_test(test_what_is_not_there_is_said),
        cmocka_unit_test(test_a_loop_of_links_ends),
        cmocka_unit_test(test_the_stem_is_the_name_without_folder_and_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
