/* Names as segments of a path: each has a spelling that browsers leave as it is, and back. */
#include "src/web/segment.h"
#include "tests/check.h"

static const struct {
    const char *name, *segment;
} pairs[] = {
    {"clicks", "clicks"},
    {"a b/c", "a%20b%2Fc"},
    {".", "~."},
    {"..", "~.."},
    {"...", "..."},
    {".a", ".a"},
    {"", "~"},
    {"~", "~~"},
    {"~a", "~~a"},
    {"~..", "~~.."},
    {"\xc3\xa4", "%C3%A4"},
};

static void test_a_name_has_a_segment_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(pairs); i++) {
        mr_strbuf segment = mr_strbuf_make(64), name = mr_strbuf_make(64);
        mr_segment_encode(&segment, mr_bytes_of(pairs[i].name));
        CHECK_STR(pairs[i].name, mr_strbuf_text(&segment), pairs[i].segment);
        mr_segment_decode(&name, mr_strbuf_bytes(&segment));
        CHECK_STR(pairs[i].segment, mr_strbuf_text(&name), pairs[i].name);
        mr_strbuf_deinit(&segment);
        mr_strbuf_deinit(&name);
    }
}

static void test_another_spelling_is_taken_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *segment, *name;
    } cases[] = {
        {"..", ".."}, {"~a", "~a"}, {"%7E..", ".."}, {"~%2e", "."}, {"100%", "100%"}, {"", ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf name = mr_strbuf_make(64);
        mr_segment_decode(&name, mr_bytes_of(cases[i].segment));
        CHECK_STR(cases[i].segment, mr_strbuf_text(&name), cases[i].name);
        mr_strbuf_deinit(&name);
    }
}

static void test_a_path_keeps_its_slashes(void **state)
{
    (void)state;
    static const struct {
        const char *names, *path;
    } cases[] = {
        {"data", "data"},
        {"../shardId-0", "~../shardId-0"},
        {"data/a b/", "data/a%20b/"},
        {"data//../~/x/", "data/~/~../~~/x/"},
        {"/", "~/"},
        {"", ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf path = mr_strbuf_make(64), names = mr_strbuf_make(64);
        mr_segments_encode(&path, mr_bytes_of(cases[i].names));
        CHECK_STR(cases[i].names, mr_strbuf_text(&path), cases[i].path);
        mr_segments_decode(&names, mr_strbuf_bytes(&path));
        CHECK_STR(cases[i].path, mr_strbuf_text(&names), cases[i].names);
        mr_strbuf_deinit(&path);
        mr_strbuf_deinit(&names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_has_a_segment_and_back),
        cmocka_unit_test(test_another_spelling_is_taken_as_it_is),
        cmocka_unit_test(test_a_path_keeps_its_slashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
