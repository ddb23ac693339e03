/* json_reader_test.c - JSON with its lines: what is read, and the line of what is not. */
#include "src/config/json_reader.h"

#include "tests/check.h"

static const mr_node *read_text(mr_arena *arena, const char *text, int *line, mr_error *err)
{
    mr_node *root = NULL;
    return mr_json_read(arena, mr_bytes_of(text), &root, line, err) == MR_OK ? root : NULL;
}

static void test_values_keep_their_text_and_lines(void **state)
{
    (void)state;
    static const char text[] = "{\n\t\"a\" : [1, -2.50e+3 ,\ttrue, null],\r\n"
                               "\t\"b\\n\\u00e9\\ud83d\\ude00\\/\": \"x\"}\n";
    mr_arena *arena = mr_arena_new();
    mr_error err;
    int line;
    const mr_node *root = read_text(arena, text, &line, &err);
    assert_non_null(root);
    const mr_node *list = mr_node_get(root, "a");
    CHECK_INT("members", root->count, 2);
    CHECK_STR("a number", list->items[1]->text, "-2.50e+3");
    CHECK_TRUE("a number is plain", list->items[1]->plain);
    CHECK_STR("true", list->items[2]->text, "true");
    CHECK_INT("null", list->items[3]->kind, MR_NODE_NULL);
    CHECK_STR("escapes", root->keys[1], "b\n\xc3\xa9\xf0\x9f\x98\x80/");
    CHECK_TRUE("a string is not plain", !root->items[1]->plain);
    CHECK_INT("line of a", mr_node_line(list), 2);
    CHECK_INT("line of b", mr_node_line(root->items[1]), 3);
    mr_strbuf path = mr_strbuf_make(100);
    mr_node_path(list->items[1], &path);
    CHECK_STR("path", path.at, "a[1]");
    mr_strbuf_deinit(&path);
    mr_arena_free(arena);
}

static void test_what_is_no_json_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
        int line;
        const char *want;
    } cases[] = {
        {"a trailing comma", "{\n\"a\": 1,\n}", 3, "'}' where a key in double quotes is expected"},
        {"single quotes", "{'a': 1}", 1, "''' where a key in double quotes is expected"},
        {"no colon", "{\"a\" 1}", 1, "'1' where ':' after a key is expected"},
        {"no comma", "[1 2]", 1, "'2' where ',' or ']' is expected"},
        {"an open string", "[\"abc", 1, "it ends where the closing quote of a string is expected"},
        {"a line end in a string", "[\"a\nb\"]", 1, "byte 0x0a where the closing quote"},
        {"a bad escape", "[\"\\x\"]", 1, "'x' where one of \"\\/bfnrtu after the backslash"},
        {"half a surrogate pair", "[\"\\ud83d\"]", 1, "\\u is not followed by a character in hex"},
        {"a NUL", "[\"\\u0000\"]", 1, "\\u is not followed by a character in hex"},
        {"a leading zero", "[01]", 1, "a number without leading zeros"},
        {"a comment", "{} // x", 1, "'/' where the end of the file is expected"},
        {"nothing", "", 1, "it ends where a value is expected"},
        {"a bare word", "\n\nyes", 3, "'y' where a value is expected"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_arena *arena = mr_arena_new();
        mr_error err;
        int line;
        CHECK_TRUE(cases[i].label, read_text(arena, cases[i].text, &line, &err) == NULL);
        CHECK_HAS(cases[i].label, err.message, cases[i].want);
        CHECK_INT(cases[i].label, line, cases[i].line);
        mr_arena_free(arena);
    }
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char text[MR_NODE_DEPTH_MAX + 2];
    memset(text, '[', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    mr_arena *arena = mr_arena_new();
    mr_error err;
    int line;
    CHECK_TRUE("too deep", read_text(arena, text, &line, &err) == NULL);
    CHECK_STR("too deep", err.message, "nested deeper than 64");
    mr_arena_free(arena);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(json_template);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_keep_their_text_and_lines),
        cmocka_unit_test(test_what_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
