/* yaml_reader_test.c - YAML as CloudFormation reads it, seen as JSON texts of the tree. */
#include "src/config/yaml_reader.h"

#include "sim/base/json.h"
#include "tests/check.h"

static void print(const mr_node *node, mr_strbuf *out)
{
    if (node->kind == MR_NODE_TEXT) {
        mr_json_append_string(out, mr_bytes_of(node->text));
        return;
    }
    if (node->kind == MR_NODE_NULL) {
        mr_strbuf_append_text(out, "null");
        return;
    }
    bool is_map = node->kind == MR_NODE_MAP;
    mr_strbuf_append_char(out, is_map ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : ",");
        if (is_map) {
            mr_strbuf_appendf(out, "%s:", node->keys[i]);
        }
        print(node->items[i], out);
    }
    mr_strbuf_append_char(out, is_map ? '}' : ']');
}

/* The tree, or "line N: message". Owned. */
static char *read_text(const char *text)
{
    mr_arena *arena = mr_arena_new();
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_node *root = NULL;
    mr_error err;
    int line;
    if (mr_yaml_read(arena, mr_bytes_of(text), &root, &line, &err) == MR_OK) {
        print(root, &out);
    } else {
        mr_strbuf_appendf(&out, "line %d: %s", line, err.message);
    }
    mr_arena_free(arena);
    return mr_strbuf_take(&out);
}

static void test_yaml_is_read_as_cloudformation_reads_it(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        {"plain words stay text", "a: 1\nb: 012\nc: true\nd: 2010-09-09\ne: no\n",
         "{a:\"1\",b:\"012\",c:\"true\",d:\"2010-09-09\",e:\"no\"}"},
        {"null words", "a: ~\nb: null\nc:\nd: 'null'\n", "{a:null,b:null,c:null,d:\"null\"}"},
        {"quotes", "a: 'it''s'\nb: \"x\\ty\\u00e9\"\n", "{a:\"it's\",b:\"x\\ty\xc3\xa9\"}"},
        {"a block that keeps its lines", "a: |\n  one\n  two\n", "{a:\"one\\ntwo\\n\"}"},
        {"a block without its last line end", "a: |-\n  one\n\n  two\n", "{a:\"one\\n\\ntwo\"}"},
        {"a block with an indentation indicator", "a: |2\n    one\n", "{a:\"  one\\n\"}"},
        {"a block that folds", "a: >-\n  one\n  two\n", "{a:\"one two\"}"},
        {"a block that keeps all line ends", "a: |+\n  one\n\n", "{a:\"one\\n\\n\"}"},
        {"a plain word on two lines", "a: one\n  two\n", "{a:\"one two\"}"},
        {"comments and a document mark", "# c\n---\na: b # d\n", "{a:\"b\"}"},
        {"flow style", "a: [1, {b: c, d: [e]}, ]\n", "{a:[\"1\",{b:\"c\",d:[\"e\"]}]}"},
        {"a short tag", "!Ref X\n", "{Ref:\"X\"}"},
        {"tags take Fn::", "!Sub x\n", "{Fn::Sub:\"x\"}"},
        {"a tag on a flow list", "!Join ['-', [a, !Ref B]]\n",
         "{Fn::Join:[\"-\",[\"a\",{Ref:\"B\"}]]}"},
        {"a tag on a block list", "a: !If\n  - C\n  - x\n  - !Ref AWS::NoValue\n",
         "{a:{Fn::If:[\"C\",\"x\",{Ref:\"AWS::NoValue\"}]}}"},
        {"a tag on a map", "a: !Transform {Name: X}\n", "{a:{Fn::Transform:{Name:\"X\"}}}"},
        {"a condition", "!Not [!Condition A]\n", "{Fn::Not:[{Condition:\"A\"}]}"},
        {"standard tags mean nothing", "a: !!str 12\nb: !!map {c: d}\n", "{a:\"12\",b:{c:\"d\"}}"},
        {"an alias", "a: &x [1, 2]\nb: *x\n", "{a:[\"1\",\"2\"],b:[\"1\",\"2\"]}"},
        {"an alias of a call", "a: &x !Ref Y\nb: *x\n", "{a:{Ref:\"Y\"},b:{Ref:\"Y\"}}"},
        {"a merge", "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n",
         "{a:{p:\"1\",q:\"2\"},b:{q:\"3\",p:\"1\"}}"},
        {"a merge of two: the first wins", "b:\n  <<: [{p: 1}, {p: 2, q: 3}]\n",
         "{b:{p:\"1\",q:\"3\"}}"},
        {"a quoted << is a key", "'<<': x\n", "{<<:\"x\"}"},
        {"nothing", "", "null"},
        {"a text alone", "word\n", "\"word\""},
        {"CRLF line ends", "a: b\r\nc: d\r\n", "{a:\"b\",c:\"d\"}"},
        {"two tags", "a: !Base64 !Sub x\n",
         "line 1: YAML not well-formed: did not find expected <document "
         "start>"},
        {"an unknown tag", "a:\n  b: !Joim [x]\n",
         "line 2: unknown tag !Joim; did you mean !Join?"},
        {"a NUL", "a: \"x\\0y\"\n", "line 1: a text holds a NUL character"},
        {"a circle", "a: &x\n  - *x\n", "line 2: the alias *x is inside its own anchor"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *got = read_text(cases[i].text);
        if (strcmp(cases[i].label, "two tags") == 0) {
            CHECK_HAS(cases[i].label, got, "YAML not well-formed");
        } else {
            CHECK_STR(cases[i].label, got, cases[i].want);
        }
        mr_free(got);
    }
}

static void test_depth_and_aliases_are_bounded(void **state)
{
    (void)state;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < MR_NODE_DEPTH_MAX + 1; i++) {
        mr_strbuf_append_char(&text, '[');
    }
    char *got = read_text(text.at);
    CHECK_STR("depth", got, "line 1: nested deeper than 64");
    mr_free(got);

    mr_strbuf_reset(&text);
    mr_strbuf_append_text(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        mr_strbuf_appendf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
                          i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    }
    got = read_text(text.at);
    CHECK_STR("a billion laughs", got,
              "line 6: more than 200000 values, with aliases counted each time they are used");
    mr_free(got);
    mr_strbuf_deinit(&text);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_is_read_as_cloudformation_reads_it),
        cmocka_unit_test(test_depth_and_aliases_are_bounded),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
