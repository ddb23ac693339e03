/* validate_test.c - the shape of a ValidationException: counting, paths, how values are shown, the
 * two standards. The limits of Kinesis are in tests/src/api/kinesis_shapes_test.c. */
#include "sim/base/alloc.h"
#include "src/aws/decode.h"
#include "src/aws/validate.h"
#include "tests/check.h"

typedef struct item {
    bool has;
    mr_bytes key;
    mr_aws_list words;
} item;

typedef struct input {
    bool has;
    mr_bytes text, other, data;
    mr_aws_number number, big;
    mr_aws_flag flag;
    mr_aws_list items, words;
    mr_aws_map map;
    item single;
} input;

static const char *const colours[] = {"RED", "GREEN", NULL};

static const mr_aws_member word = {"member", MR_AWS_STRING, .range = MR_AWS_RANGE(1, 3),
                                   .pattern = "[a-z]*"};
static const mr_aws_member colour = {"member", MR_AWS_STRING, .values = colours};
static const mr_aws_member map_key = {"key", MR_AWS_STRING, .range = MR_AWS_RANGE(1, 3)};
static const mr_aws_member item_rows[] = {
    {"Key", MR_AWS_STRING, offsetof(item, key), .presence = MR_AWS_REQUIRED,
     .range = MR_AWS_RANGE(1, 3)},
    {"Words", MR_AWS_LIST, offsetof(item, words), .range = MR_AWS_RANGE(0, 2), .element = &word},
};
static const mr_aws_shape item_shape = {.members = item_rows,
                                        .member_count = MR_COUNT(item_rows),
                                        .size = sizeof(item),
                                        .java_name = "com.example.Item@1"};
static const mr_aws_member item_element = {"member", MR_AWS_STRUCTURE, .shape = &item_shape};

static const mr_aws_member rows[] = {
    {"Text", MR_AWS_STRING, offsetof(input, text), .presence = MR_AWS_REQUIRED_UNLESS,
     .other = offsetof(input, other), .range = MR_AWS_RANGE(1, 3), .pattern = "[a-z]+"},
    {"Other", MR_AWS_STRING, offsetof(input, other), .values = colours},
    {"Data", MR_AWS_BLOB, offsetof(input, data), .range = MR_AWS_RANGE(1, 8),
     .range_then = MR_AWS_RANGE(1, 4)},
    {"Number", MR_AWS_INTEGER, offsetof(input, number), .presence = MR_AWS_REQUIRED_THEN,
     .range = MR_AWS_RANGE(-1, 9), .range_then = MR_AWS_RANGE(0, 5)},
    {"Big", MR_AWS_LONG, offsetof(input, big), .range = MR_AWS_AT_LEAST(0)},
    {"Flag", MR_AWS_BOOLEAN, offsetof(input, flag), .presence = MR_AWS_OPTIONAL},
    {"Items", MR_AWS_LIST, offsetof(input, items), .range = MR_AWS_RANGE(1, 20),
     .element = &item_element},
    {"Words", MR_AWS_LIST, offsetof(input, words), .element = &colour},
    {"Map", MR_AWS_MAP, offsetof(input, map), .range = MR_AWS_RANGE(1, 2), .key = &map_key,
     .element = &word},
    {"Single", MR_AWS_STRUCTURE, offsetof(input, single), .shape = &item_shape},
};
static const mr_aws_shape shape = MR_AWS_SHAPE(input, rows);

/* "" when the body is right, otherwise the message. */
static void validate(mr_bytes body, mr_strbuf *out)
{
    mr_arena *arena = mr_arena_new();
    input in;
    mr_aws_fault fault;
    CHECK_INT("decoded", mr_aws_decode(MR_AWS_JSON, &shape, body, arena, &in, &fault),
              MR_AWS_DECODED);
    if (!mr_aws_validate(&shape, &in, arena, &fault)) {
        CHECK_STR("type", fault.type, "ValidationException");
        CHECK_TRUE("small letter", !fault.capital);
        mr_strbuf_append_bytes(out, fault.message);
    }
    mr_arena_free(arena);
}

typedef struct row {
    const char *body, *want;
} row;

static void check_rows(const row *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        validate(mr_bytes_of(cases[i].body), &got);
        CHECK_STR(cases[i].body, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&got);
    }
}

#define ONE      "1 validation error detected: "
#define FAILED   " failed to satisfy constraint: "
#define AT_LEAST "Member must have length greater than or equal to "
#define AT_MOST  "Member must have length less than or equal to "
#define NOT_NULL "Member must not be null"
#define WORD_RULES                                                                                 \
    "[" AT_MOST "3, " AT_LEAST "1, Member must satisfy regular expression pattern: [a-z]*]"

static void test_each_constraint_has_its_words(void **state)
{
    (void)state;
    static const row cases[] = {
        {"{\"Text\":\"a\",\"Number\":1}", ""},
        {"{\"Text\":\"abc\",\"Other\":\"GREEN\",\"Number\":1}", ""},
        {"{\"Number\":1}", ONE "Value null at 'text'" FAILED NOT_NULL},
        {"{\"Text\":\"abcd\",\"Number\":1}", ONE "Value 'abcd' at 'text'" FAILED AT_MOST "3"},
        {"{\"Text\":\"A\",\"Number\":1}",
         ONE "Value 'A' at 'text'" FAILED "Member must satisfy regular expression pattern: [a-z]+"},
        {"{\"Text\":\"\",\"Number\":1}", "2 validation errors detected: Value '' at 'text'" FAILED
                                         "Member must satisfy regular expression pattern: [a-z]+; "
                                         "Value '' at 'text'" FAILED AT_LEAST "1"},
        {"{\"Text\":\"a\",\"Other\":\"BLUE\",\"Number\":1}",
         ONE "Value 'BLUE' at 'other'" FAILED "Member must satisfy enum value set: [RED, GREEN]"},
        {"{\"Text\":\"a\",\"Number\":-2}",
         ONE "Value '-2' at 'number'" FAILED "Member must have value greater than or equal to 0"},
        {"{\"Text\":\"a\",\"Number\":10}",
         ONE "Value '10' at 'number'" FAILED "Member must have value less than or equal to 5"},
        {"{\"Text\":\"a\",\"Number\":1,\"Big\":-1}",
         ONE "Value '-1' at 'big'" FAILED "Member must have value greater than or equal to 0"},
        {"{\"Text\":\"a\",\"Number\":1,\"Big\":9223372036854775807}", ""},
        {"{\"Text\":\"a\",\"Number\":1,\"Data\":\"\"}",
         ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'data'" FAILED AT_LEAST "1"},
        {"{\"Text\":\"a\",\"Number\":1,\"Data\":\"MDEyMzQ1Njc4\"}",
         ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=9 cap=9]' at 'data'" FAILED AT_MOST "4"},
        {"{\"Text\":\"a\",\"Number\":1,\"Flag\":true}", ""},
    };
    check_rows(cases, MR_COUNT(cases));
}

static void test_a_service_may_show_no_values(void **state)
{
    (void)state;
    mr_aws_shape hiding = shape;
    hiding.hides_values = true;
    mr_arena *arena = mr_arena_new();
    input in;
    mr_aws_fault fault;
    const mr_bytes body =
        MR_BYTES_LITERAL("{\"Other\":\"BLUE\",\"Number\":1,\"Words\":[\"RED\",\"BLUE\"]}");
    CHECK_INT("decoded", mr_aws_decode(MR_AWS_JSON, &hiding, body, arena, &in, &fault),
              MR_AWS_DECODED);
    CHECK_TRUE("wrong", !mr_aws_validate(&hiding, &in, arena, &fault));
    CHECK_BYTES("message", fault.message,
                MR_BYTES_LITERAL("2 validation errors detected: Value at 'other'" FAILED
                                 "Member must satisfy enum value set: [RED, GREEN]; Value at "
                                 "'words'" FAILED "Member must satisfy constraint: [Member must "
                                 "satisfy enum value set: [RED, GREEN]]"));
    mr_arena_free(arena);
}

static void test_characters_are_counted_not_bytes(void **state)
{
    (void)state;
    static const row cases[] = {
        {"{\"Text\":\"a\",\"Number\":1,\"Single\":{\"Key\":"
         "\"\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9\"}}",
         ""},
        {"{\"Text\":\"a\",\"Number\":1,\"Single\":{\"Key\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}}",
         ONE "Value '\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9' at 'single.key'" FAILED AT_MOST "3"},
    };
    check_rows(cases, MR_COUNT(cases));
}

static void test_a_wrong_request_is_told_the_limits_of_then(void **state)
{
    (void)state;
    static const row cases[] = {
        {"{\"Text\":\"a\"}", ""},
        {"{\"Other\":\"RED\"}", ""},
        {"{\"Text\":\"a\",\"Number\":9}", ""},
        {"{\"Text\":\"a\",\"Data\":\"MDEyMzQ1Njc=\"}", ""},
        {"{\"Text\":\"abcd\"}",
         "2 validation errors detected: Value 'abcd' at 'text'" FAILED AT_MOST
         "3; Value null at 'number'" FAILED NOT_NULL},
        {"{\"Text\":\"abcd\",\"Number\":9,\"Data\":\"MDEyMzQ1Njc=\"}",
         "3 validation errors detected: Value 'abcd' at 'text'" FAILED AT_MOST
         "3; Value 'java.nio.HeapByteBuffer[pos=0 lim=8 cap=8]' at 'data'" FAILED AT_MOST
         "4; Value '9' at 'number'" FAILED "Member must have value less than or equal to 5"},
    };
    check_rows(cases, MR_COUNT(cases));
}

static void test_lists_and_maps_are_shown_as_java_does(void **state)
{
    (void)state;
    static const row cases[] = {
        {"{\"Text\":\"a\",\"Number\":1,\"Items\":[]}",
         ONE "Value '[]' at 'items'" FAILED AT_LEAST "1"},
        {"{\"Text\":\"a\",\"Number\":1,\"Items\":[{\"Key\":\"a\"},{\"Key\":\"b\"}]}", ""},
        {"{\"Text\":\"a\",\"Number\":1,\"Items\":[{\"Key\":\"a\"},{}]}",
         ONE "Value null at 'items.2.member.key'" FAILED NOT_NULL},
        {"{\"Text\":\"a\",\"Number\":1,\"Items\":[null]}",
         ONE "Value null at 'items.1.member'" FAILED NOT_NULL},
        {"{\"Text\":\"a\",\"Number\":1,\"Items\":[{\"Key\":\"a\",\"Words\":[\"a\",\"abcd\"]}]}",
         ONE "Value '[a, abcd]' at 'items.1.member.words'" FAILED
             "Member must satisfy constraint: " WORD_RULES},
        {"{\"Text\":\"a\",\"Number\":1,\"Single\":{\"Key\":\"a\",\"Words\":[\"a\",null,\"A\"]}}",
         "3 validation errors detected: Value '[a, null, A]' at 'single.words'" FAILED AT_MOST
         "2; Value null at 'single.words.2.member'" FAILED NOT_NULL
         "; Value '[a, null, A]' at 'single.words'" FAILED
         "Member must satisfy constraint: " WORD_RULES},
        {"{\"Text\":\"a\",\"Number\":1,\"Words\":[]}", ""},
        {"{\"Text\":\"a\",\"Number\":1,\"Words\":[\"RED\",\"red\"]}",
         ONE "Value '[RED, red]' at 'words'" FAILED "Member must satisfy constraint: "
             "[Member must satisfy enum value set: [RED, GREEN]]"},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{}}", ONE "Value '{}' at 'map'" FAILED AT_LEAST "1"},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{\"a\":\"b\",\"c\":\"d\"}}", ""},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{\"a\":\"b\",\"c\":\"d\",\"e\":\"f\"}}",
         ONE "Value '{a=b, c=d, e=f}' at 'map'" FAILED AT_MOST "2"},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{\"abcd\":\"b\",\"\":\"c\"}}",
         ONE "Value '{abcd=b, =c}' at 'map'" FAILED "Map keys must satisfy constraint: [" AT_MOST
             "3, " AT_LEAST "1]"},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{\"a\":\"\"}}",
         ONE "Value '{a=}' at 'map'" FAILED "Map value must satisfy constraint: " WORD_RULES},
        {"{\"Text\":\"a\",\"Number\":1,\"Map\":{\"a\":null}}",
         ONE "Value null at 'map.a.member'" FAILED NOT_NULL},
    };
    check_rows(cases, MR_COUNT(cases));
}

static void test_ten_are_named_and_no_more(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Text\":\"a\",\"Number\":1,\"Items\":[{}");
    for (int i = 1; i < 15; i++) {
        mr_strbuf_append_text(&body, ",{}");
    }
    mr_strbuf_append_text(&body, "],\"Map\":{}}");
    mr_strbuf_append_text(&want, "10 validation errors detected: ");
    for (int i = 1; i <= 10; i++) {
        mr_strbuf_appendf(&want, "%sValue null at 'items.%d.member.key'" FAILED NOT_NULL,
                          i > 1 ? "; " : "", i);
    }
    validate(mr_strbuf_bytes(&body), &got);
    CHECK_STR("ten", mr_strbuf_text(&got), mr_strbuf_text(&want));
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&want);
}

static void test_a_list_without_a_limit_has_ours(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Text\":\"a\",\"Number\":1,\"Words\":[\"RED\"");
    for (int i = 1; i < MR_AWS_ITEMS_MAX; i++) {
        mr_strbuf_append_text(&body, ",\"RED\"");
    }
    size_t len = body.len;
    mr_strbuf_append_text(&body, "]}");
    validate(mr_strbuf_bytes(&body), &got);
    CHECK_STR("as many", mr_strbuf_text(&got), "");
    body.len = len;
    mr_strbuf_append_text(&body, ",\"RED\"]}");
    validate(mr_strbuf_bytes(&body), &got);
    CHECK_HAS("one more", mr_strbuf_text(&got), "RED, ...]' at 'words'" FAILED AT_MOST "10000");
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
}

static void test_what_is_shown_of_a_value_is_bounded(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Text\":\"");
    for (size_t i = 0; i < 3 * MR_AWS_SHOWN_BYTES_MAX; i++) {
        mr_strbuf_append_char(&body, 'A');
    }
    mr_strbuf_append_text(&body, "\",\"Number\":1}");
    validate(mr_strbuf_bytes(&body), &got);
    CHECK_HAS("the pattern is not tried", mr_strbuf_text(&got), ONE);
    mr_strbuf_reset(&got);
    memset(body.at + strlen("{\"Text\":\""), 'a', 3 * MR_AWS_SHOWN_BYTES_MAX);
    validate(mr_strbuf_bytes(&body), &got);
    CHECK_HAS("cut", mr_strbuf_text(&got), "aaa...' at 'text'" FAILED AT_MOST "3");
    CHECK_TRUE("short", got.len < MR_AWS_SHOWN_BYTES_MAX + 200);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
}

static void test_a_pattern_that_costs_too_much_does_not_match(void **state)
{
    (void)state;
    static const mr_aws_member costly[] = {
        {"Text", MR_AWS_STRING, offsetof(input, text), .pattern = "(a*)*c|a+b"}};
    static const mr_aws_shape costly_shape = MR_AWS_SHAPE(input, costly);
    mr_arena *arena = mr_arena_new();
    input in = {.has = true, .text = mr_bytes_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")};
    mr_aws_fault fault;
    CHECK_TRUE("refused", !mr_aws_validate(&costly_shape, &in, arena, &fault));
    mr_arena_free(arena);
}

static void test_an_operation_can_say_the_same_of_one_value(void **state)
{
    (void)state;
    mr_arena *arena = mr_arena_new();
    mr_aws_fault fault =
        mr_aws_violation(arena, "records.2.member.data", mr_aws_shown_blob(arena, 1048577),
                         "Member must have length less than or equal to 1048576");
    CHECK_STR("type", fault.type, "ValidationException");
    CHECK_BYTES("message", fault.message,
                mr_bytes_of(ONE "Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at "
                                "'records.2.member.data'" FAILED AT_MOST "1048576"));
    fault = mr_aws_violation(arena, "streamName", NULL, NOT_NULL);
    CHECK_BYTES("null", fault.message,
                mr_bytes_of(ONE "Value null at 'streamName'" FAILED NOT_NULL));
    mr_arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_constraint_has_its_words),
        cmocka_unit_test(test_a_service_may_show_no_values),
        cmocka_unit_test(test_characters_are_counted_not_bytes),
        cmocka_unit_test(test_a_wrong_request_is_told_the_limits_of_then),
        cmocka_unit_test(test_lists_and_maps_are_shown_as_java_does),
        cmocka_unit_test(test_ten_are_named_and_no_more),
        cmocka_unit_test(test_a_list_without_a_limit_has_ours),
        cmocka_unit_test(test_what_is_shown_of_a_value_is_bounded),
        cmocka_unit_test(test_a_pattern_that_costs_too_much_does_not_match),
        cmocka_unit_test(test_an_operation_can_say_the_same_of_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
