/* tree_test.c - a decoded structure as a JSON tree, and a tree as an answer. */
#include "src/aws/tree.h"

#include "sim/base/alloc.h"
#include "sim/base/arena.h"
#include "src/aws/decode.h"
#include "tests/check.h"

typedef struct inner {
    bool has;
    mr_bytes text;
    mr_aws_flag flag;
} inner;

typedef struct outer {
    bool has;
    mr_aws_number number, large;
    inner in;
    mr_aws_list texts, items;
    mr_aws_map map;
} outer;

static const mr_aws_member inner_rows[] = {
    {"Text", MR_AWS_STRING, offsetof(inner, text), .presence = MR_AWS_OPTIONAL},
    {"Flag", MR_AWS_BOOLEAN, offsetof(inner, flag), .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape inner_shape = MR_AWS_SHAPE(inner, inner_rows);
static const mr_aws_member text_item = {"member", MR_AWS_STRING, .presence = MR_AWS_OPTIONAL};
static const mr_aws_member inner_item = {"member", MR_AWS_STRUCTURE, .shape = &inner_shape};
static const mr_aws_member outer_rows[] = {
    {"Number", MR_AWS_INTEGER, offsetof(outer, number), .presence = MR_AWS_OPTIONAL},
    {"Large", MR_AWS_LONG, offsetof(outer, large), .presence = MR_AWS_OPTIONAL},
    {"Inner", MR_AWS_STRUCTURE, offsetof(outer, in), .shape = &inner_shape},
    {"Texts", MR_AWS_LIST, offsetof(outer, texts), .element = &text_item},
    {"Items", MR_AWS_LIST, offsetof(outer, items), .element = &inner_item},
    {"Map", MR_AWS_MAP, offsetof(outer, map), .key = &text_item, .element = &text_item},
};
static const mr_aws_shape outer_shape = MR_AWS_SHAPE(outer, outer_rows);

/* The tree of a body; NULL: it cannot be one. */
static cJSON *tree_of(const char *body)
{
    mr_arena *arena = mr_arena_new();
    outer in;
    mr_aws_fault fault;
    CHECK_INT(body, mr_aws_decode(MR_AWS_JSON, &outer_shape, mr_bytes_of(body), arena, &in, &fault),
              MR_AWS_DECODED);
    cJSON *tree = mr_aws_tree_of(&outer_shape, &in);
    mr_arena_free(arena);
    return tree;
}

static void check_written(const char *label, const cJSON *tree, const char *want)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_aws_writer writer = mr_aws_writer_make(MR_AWS_JSON, &out);
    mr_aws_write_tree(&writer, tree);
    CHECK_STR(label, mr_strbuf_text(&out), want);
    mr_strbuf_deinit(&out);
}

static void test_a_tree_has_what_was_there(void **state)
{
    (void)state;
    static const struct {
        const char *body, *want;
    } cases[] = {
        {"{}", "{}"},
        {"{\"Number\":0,\"Other\":1,\"Large\":9007199254740992}",
         "{\"Number\":0,\"Large\":9007199254740992}"},
        {"{\"Inner\":{\"Flag\":false,\"Text\":\"\"}}",
         "{\"Inner\":{\"Text\":\"\",\"Flag\":false}}"},
        {"{\"Inner\":{},\"Texts\":[],\"Map\":{}}", "{\"Inner\":{},\"Texts\":[],\"Map\":{}}"},
        {"{\"Inner\":null,\"Number\":null}", "{}"},
        {"{\"Items\":[{\"Text\":\"\\u00e9\"},{}],\"Texts\":[\"a\",\"b\"]}",
         "{\"Texts\":[\"a\",\"b\"],\"Items\":[{\"Text\":\"\xc3\xa9\"},{}]}"},
        {"{\"Map\":{\"b\":\"1\",\"a\":\"2\"}}", "{\"Map\":{\"b\":\"1\",\"a\":\"2\"}}"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        cJSON *tree = tree_of(cases[i].body);
        check_written(cases[i].body, tree, cases[i].want);
        cJSON_Delete(tree);
    }
}

static void test_a_nul_is_not_cut_off_but_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"Inner\":{\"Text\":\"a\\u0000b\"}}", "{\"Texts\":[\"a\",\"\\u0000\"]}",
        "{\"Items\":[{\"Text\":\"\\u0000\"}]}", "{\"Map\":{\"a\":\"\\u0000\"}}",
        "{\"Map\":{\"\\u0000\":\"a\"}}",
    };
    for (size_t i = 0; i < MR_COUNT(bodies); i++) {
        CHECK_TRUE(bodies[i], tree_of(bodies[i]) == NULL);
    }
}

static void test_numbers_and_nulls_of_an_answer(void **state)
{
    (void)state;
    static const char *const same[] = {"{\"a\":1.5,\"b\":-3,\"c\":[0.1,true,\"x\"]}", "[]", "7"};
    for (size_t i = 0; i < MR_COUNT(same); i++) {
        cJSON *tree = cJSON_Parse(same[i]);
        check_written(same[i], tree, same[i]);
        cJSON_Delete(tree);
    }
    cJSON *tree = cJSON_Parse("{\"a\":null,\"b\":{\"c\":null}}");
    check_written("no nulls", tree, "{\"b\":{}}");
    cJSON_Delete(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tree_has_what_was_there),
        cmocka_unit_test(test_a_nul_is_not_cut_off_but_refused),
        cmocka_unit_test(test_numbers_and_nulls_of_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
