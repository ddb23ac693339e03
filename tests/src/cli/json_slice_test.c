/* json_slice_test.c - parts of a JSON text come as they stand in it. */
#include "src/cli/json_slice.h"

#include "tests/check.h"

static void test_a_member_is_its_own_text(void **state)
{
    (void)state;
    const mr_bytes object =
        MR_BYTES_LITERAL("{ \"a\": 9223372036854775807, \"b\":\"x\\\"y\",\"c\":[1, 2],\"d\":null, "
                         "\"in\":{\"a\":1},\"e\":1.7966597794827500e+15 }");
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"a", "9223372036854775807"},
        {"b", "\"x\\\"y\""},
        {"c", "[1, 2]"},
        {"d", "null"},
        {"in", "{\"a\":1}"},
        {"e", "1.7966597794827500e+15"},
        {"x", ""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_BYTES(cases[i].name, cli_json_member(object, cases[i].name),
                    mr_bytes_of(cases[i].want));
    }
    CHECK_BYTES("of nothing", cli_json_member(MR_BYTES_LITERAL(""), "a"), mr_bytes_of(""));
    CHECK_BYTES("of an array", cli_json_member(MR_BYTES_LITERAL("[1]"), "a"), mr_bytes_of(""));
    CHECK_BYTES("of a half", cli_json_member(MR_BYTES_LITERAL("{\"a\":"), "a"), mr_bytes_of(""));
    CHECK_TRUE("whole", cli_json_uint(object, "a", 1) == INT64_MAX);
    CHECK_TRUE("no whole number", cli_json_uint(object, "e", 7) == 7);
    CHECK_TRUE("not there", cli_json_uint(object, "x", 7) == 7);
}

static void test_elements_come_one_after_the_other(void **state)
{
    (void)state;
    const mr_bytes object =
        MR_BYTES_LITERAL("{\"none\":[],\"events\":[{\"id\":1}, {\"id\":22}],\"last\":22}");
    static const char *const want[] = {"{\"id\":1}", "{\"id\":22}"};
    mr_json_walk walk = cli_json_elements(object, "events");
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        CHECK_TRUE("there is one", mr_json_walk_next(&walk));
        CHECK_BYTES("element", mr_field_bytes(walk.value), mr_bytes_of(want[i]));
    }
    CHECK_TRUE("and no more", !mr_json_walk_next(&walk));
    static const char *const empty[] = {"none", "last", "absent"};
    for (size_t i = 0; i < MR_COUNT(empty); i++) {
        walk = cli_json_elements(object, empty[i]);
        CHECK_TRUE(empty[i], !mr_json_walk_next(&walk));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_is_its_own_text),
        cmocka_unit_test(test_elements_come_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
