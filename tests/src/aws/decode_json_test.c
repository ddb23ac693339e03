/* decode_json_test.c - bodies of JSON into a struct: every type, every wrong type, every bad form.
 */
#include "tests/check.h"
#include "tests/src/aws/thing.h"

typedef struct row {
    const char *body, *want;
} row;

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        thing_show(MR_AWS_JSON, mr_bytes_of(rows[i].body), &got);
        CHECK_STR(rows[i].body, mr_strbuf_text(&got), rows[i].want);
        mr_strbuf_deinit(&got);
    }
}

static void test_members_go_to_their_places(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{}", ""},
        {" \t\r\n{ \t\r\n} \t\r\n", ""},
        {"{\"String\":\"abc\"}", "String=abc"},
        {"{\"String\":\"\"}", "String="},
        {" { \"String\" : \"abc\" , \"Integer\" : 5 } ", "String=abc Integer=5"},
        {"{\"Integer\":5,\"String\":\"abc\"}", "String=abc Integer=5"},
        {"{\"Blob\":\"\"}", "Blob=<>"},
        {"{\"Blob\":\"Zm9v\"}", "Blob=<foo>"},
        {"{\"Blob\":\"Zm9vYg==\"}", "Blob=<foob>"},
        {"{\"Blob\":\"Zm9v\\u0059g==\"}", "Blob=<foob>"},
        {"{\"Blob\":\"a\\/\\/\\/\"}", "Blob=<k\xff\xff>"},
        {"{\"Long\":-9223372036854775808}", "Long=-9223372036854775808"},
        {"{\"Long\":9223372036854775807}", "Long=9223372036854775807"},
        {"{\"Flag\":true}", "Flag=true"},
        {"{\"Flag\":false}", "Flag=false"},
        {"{\"Strings\":[]}", "Strings=[]"},
        {"{\"Strings\":[ ]}", "Strings=[]"},
        {"{\"Strings\":[\"a\", \"\" ,\"b\"]}", "Strings=[a,,b]"},
        {"{\"Strings\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
         "Strings=[1,2,3,4,5,6,7,8,9]"},
        {"{\"Inners\":[{\"Name\":\"a\"},{},{\"Count\":2,\"Name\":\"b\"}]}",
         "Inners=[(Name=a),(),(Name=b Count=2)]"},
        {"{\"Map\":{}}", "Map={}"},
        {"{\"Map\":{\"b\":\"1\",\"a\":\"2\"}}", "Map={b:1,a:2}"},
        {"{\"Nested\":{}}", "Nested=()"},
        {"{\"Nested\":{\"Name\":\"x\",\"Count\":1}}", "Nested=(Name=x Count=1)"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_null_is_absence(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"String\":null,\"Blob\":null,\"Integer\":null,\"Long\":null,\"Time\":null}", ""},
        {"{\"Flag\":null,\"Strings\":null,\"Map\":null,\"Nested\":null}", ""},
        {"{\"Strings\":[null,\"a\"]}", "Strings=[~,a]"},
        {"{\"Inners\":[null,{}]}", "Inners=[~,()]"},
        {"{\"Map\":{\"a\":null}}", "Map={a:~}"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_the_last_of_equal_names_counts(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"String\":\"a\",\"String\":\"b\"}", "String=b"},
        {"{\"String\":\"a\",\"String\":null}", ""},
        {"{\"Strings\":[\"a\",\"b\"],\"Strings\":[\"c\"]}", "Strings=[c]"},
        {"{\"Nested\":{\"Name\":\"x\"},\"Nested\":{\"Count\":1}}", "Nested=(Count=1)"},
        {"{\"Map\":{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}}", "Map={b:2,a:3}"},
        {"{\"Map\":{\"a\":\"1\",\"a\":\"2\",\"a\":\"3\"}}", "Map={a:3}"},
        {"{\"Map\":{\"a\":\"1\",\"\\u0061\":\"2\"}}", "Map={a:2}"},
        {"{\"Map\":{\"\":\"1\",\"\":\"2\"}}", "Map={:2}"},
        {"{\"Map\":{\"a\":\"1\"},\"Map\":{\"b\":\"2\"}}", "Map={b:2}"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_unknown_members_are_read_over(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"Other\":1,\"String\":\"a\"}", "String=a"},
        {"{\"Other\":{\"String\":\"b\",\"x\":[1,{\"y\":[true,false,null]}]},\"String\":\"a\"}",
         "String=a"},
        {"{\"string\":\"a\"}", ""},
        {"{\"Strin\":\"a\",\"StringX\":\"b\",\"\":\"c\"}", ""},
        {"{\"String\\u0000\":\"a\"}", ""},
        {"{\"\\u0053tring\":\"a\"}", "String=a"},
        {"{\"Other\":\"\\ud83d\\ude00 \\\" \\\\ \\n\"}", ""},
        {"{\"Other\":-1.5e-7}", ""},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_strings_say_what_their_escapes_mean(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"String\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "String=\"\\/\b\f\n\r\t"},
        {"{\"String\":\"a\\u0041b\"}", "String=aAb"},
        {"{\"String\":\"\\u00e9\"}", "String=\xc3\xa9"},
        {"{\"String\":\"\\u00E9\"}", "String=\xc3\xa9"},
        {"{\"String\":\"\\u20ac\"}", "String=\xe2\x82\xac"},
        {"{\"String\":\"\\ud83d\\ude00\"}", "String=\xf0\x9f\x98\x80"},
        {"{\"String\":\"\\ud83d\"}", "String=?"},
        {"{\"String\":\"\\ude00\"}", "String=?"},
        {"{\"String\":\"\\ud83d\\ud83d\\ude00\"}", "String=?\xf0\x9f\x98\x80"},
        {"{\"String\":\"\\ud83dx\"}", "String=?x"},
        {"{\"String\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}",
         "String=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"{\"String\":\"0123456789abcdef\\n0123456789abcdef\"}",
         "String=0123456789abcdef\n0123456789abcdef"},
        {"{\"String\":\"a\x7f\"}", "String=a\x7f"},
    };
    check_rows(rows, MR_COUNT(rows));

    mr_arena *arena = mr_arena_new();
    thing in;
    mr_aws_fault fault;
    CHECK_INT("zero",
              mr_aws_decode(MR_AWS_JSON, &thing_shape,
                            MR_BYTES_LITERAL("{\"String\":\"a\\u0000b\"}"), arena, &in, &fault),
              MR_AWS_DECODED);
    CHECK_BYTES("zero", in.string, MR_BYTES_LITERAL("a\0b"));
    mr_arena_free(arena);
}

static void test_numbers_are_rounded_down_and_end_at_the_largest(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"Integer\":0}", "Integer=0"},
        {"{\"Integer\":-0}", "Integer=0"},
        {"{\"Integer\":1.9}", "Integer=1"},
        {"{\"Integer\":-1.1}", "Integer=-2"},
        {"{\"Integer\":-1.0}", "Integer=-1"},
        {"{\"Integer\":-0.000001}", "Integer=-1"},
        {"{\"Integer\":2147483647}", "Integer=2147483647"},
        {"{\"Integer\":2147483648}", "Integer=2147483647"},
        {"{\"Integer\":100000000000}", "Integer=2147483647"},
        {"{\"Integer\":-2147483648}", "Integer=-2147483648"},
        {"{\"Integer\":-2147483649}", "Integer=-2147483648"},
        {"{\"Integer\":1e3}", "Integer=1000"},
        {"{\"Integer\":1.5E+3}", "Integer=1500"},
        {"{\"Integer\":12345e-2}", "Integer=123"},
        {"{\"Integer\":-12345e-2}", "Integer=-124"},
        {"{\"Integer\":1e999999999999}", "Integer=2147483647"},
        {"{\"Integer\":-1e999999999999}", "Integer=-2147483648"},
        {"{\"Integer\":1e-999999999999}", "Integer=0"},
        {"{\"Integer\":-1e-999999999999}", "Integer=-1"},
        {"{\"Integer\":0e999999999999}", "Integer=0"},
        {"{\"Long\":9223372036854775808}", "Long=9223372036854775807"},
        {"{\"Long\":-9223372036854775809}", "Long=-9223372036854775808"},
        {"{\"Long\":-9223372036854775807.5}", "Long=-9223372036854775808"},
        {"{\"Long\":18446744073709551615}", "Long=9223372036854775807"},
        {"{\"Long\":18446744073709551616}", "Long=9223372036854775807"},
        {"{\"Long\":922337203685477580.7e1}", "Long=9223372036854775807"},
        {"{\"Long\":123456789012345678901234567890e-20}", "Long=1234567890"},
        {"{\"Long\":-123456789000000000000000000000e-20}", "Long=-1234567890"},
        {"{\"Long\":1.00000000000000000000000000000000001}", "Long=1"},
        {"{\"Long\":-1.00000000000000000000000000000000001}", "Long=-2"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_timestamps_are_seconds_with_decimals(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"Time\":0}", "Time=0"},
        {"{\"Time\":1700000000}", "Time=1700000000000"},
        {"{\"Time\":1700000000.123}", "Time=1700000000123"},
        {"{\"Time\":1700000000.1239}", "Time=1700000000123"},
        {"{\"Time\":1.7e9}", "Time=1700000000000"},
        {"{\"Time\":1.442695243E9}", "Time=1442695243000"},
        {"{\"Time\":-1.5}", "Time=-1500"},
        {"{\"Time\":1e30}", "Time=9223372036854775807"},
    };
    check_rows(rows, MR_COUNT(rows));
}

#define B "class java.lang.Boolean can not be converted to "
#define S "class java.lang.String can not be converted to "
#define N "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
#define A "Start of list found where not expected"
#define O "Start of structure or map found where not expected."

static void test_a_wrong_type_is_named_as_aws_names_it(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"String\":true}", "type: " B "an String"},
        {"{\"String\":false}", "type: " B "an String"},
        {"{\"String\":23}", "type: " N "an String"},
        {"{\"String\":-2147483648}", "type: " N "an String"},
        {"{\"String\":34.56}", "type: " N "an String"},
        {"{\"String\":[]}", "type: " A},
        {"{\"String\":{}}", "type: " O},
        {"{\"Integer\":\"23\"}", "type: " S "an Integer"},
        {"{\"Integer\":true}", "type: " B "an Integer"},
        {"{\"Integer\":[]}", "type: " A},
        {"{\"Integer\":{}}", "type: " O},
        {"{\"Long\":\"23\"}", "type: " S "an Long"},
        {"{\"Long\":true}", "type: " B "an Long"},
        {"{\"Long\":[]}", "type: " A},
        {"{\"Long\":{}}", "type: " O},
        {"{\"Flag\":23}", "type: " N "an Boolean"},
        {"{\"Flag\":34.56}", "type: " N "an Boolean"},
        {"{\"Flag\":\"23\"}", "type: '23' can not be converted to an Boolean"},
        {"{\"Flag\":\"true\"}", "type: 'TRUE' can not be converted to an Boolean"},
        {"{\"Flag\":\"a\\u0062\xc3\xa9\"}",
         "type: 'AB\xc3\xa9' can not be converted to an Boolean"},
        {"{\"Flag\":[]}", "type: " A},
        {"{\"Flag\":{}}", "type: " O},
        {"{\"Blob\":true}", "type: " B "a Blob"},
        {"{\"Blob\":23}", "type: " N "a Blob"},
        {"{\"Blob\":[]}", "type: " A},
        {"{\"Blob\":{}}", "type: " O},
        {"{\"Time\":\"1\"}", "type: " S "milliseconds since epoch"},
        {"{\"Time\":true}", "type: " B "milliseconds since epoch"},
        {"{\"Time\":[]}", "type: " A},
        {"{\"Time\":{}}", "type: " O},
        {"{\"Strings\":\"23\"}", "type: Expected list or null"},
        {"{\"Strings\":true}", "type: Expected list or null"},
        {"{\"Strings\":23}", "type: Expected list or null"},
        {"{\"Strings\":{}}", "type: " O},
        {"{\"Strings\":[1]}", "type: " N "an String"},
        {"{\"Strings\":[\"a\",[]]}", "type: " A},
        {"{\"Map\":\"23\"}", "type: Expected map or null"},
        {"{\"Map\":true}", "type: Expected map or null"},
        {"{\"Map\":34.56}", "type: Expected map or null"},
        {"{\"Map\":[]}", "type: " A},
        {"{\"Map\":{\"a\":true}}", "type: " B "an String"},
        {"{\"Map\":{\"a\":{}}}", "type: " O},
        {"{\"Nested\":\"23\"}", "type: Expected null"},
        {"{\"Nested\":true}", "type: Expected null"},
        {"{\"Nested\":23}", "type: Expected null"},
        {"{\"Nested\":[]}", "type: " A},
        {"{\"Nested\":{\"Name\":1}}", "type: " N "an String"},
        {"{\"Inners\":[true]}", "type: Expected null"},
        {"{\"Inners\":[[]]}", "type: " A},
        {"{\"Inners\":[{},{\"Count\":\"1\"}]}", "type: " S "an Integer"},
        {"{\"String\":1,\"Flag\":2}", "type: " N "an String"},
        {"{\"Flag\":2,\"String\":1}", "type: " N "an Boolean"},
        {"{\"Flag\":2,\"Flag\":true}", "type: " N "an Boolean"},
    };
    check_rows(rows, MR_COUNT(rows));
}

#define BLOB(v) "type: '" v "' can not be converted to a Blob: "
#define LENGTH  "Base64 encoded length is expected a multiple of 4 bytes but found: "
#define LAST    "Invalid last non-pad Base64 character dectected"

static void test_what_is_no_base64_is_told_why(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{\"Blob\":\"23456\"}", BLOB("23456") LENGTH "5"},
        {"{\"Blob\":\"=\"}", BLOB("=") LENGTH "1"},
        {"{\"Blob\":\"\xc3\xa9\"}", BLOB("\xc3\xa9") LENGTH "1"},
        {"{\"Blob\":\"\xf0\x9f\x98\x80\"}", BLOB("\xf0\x9f\x98\x80") LENGTH "2"},
        {"{\"Blob\":\"a?b\"}", BLOB("a?b") LENGTH "3"},
        {"{\"Blob\":\"=+/=\"}", BLOB("=+/=") "Invalid Base64 character: '='"},
        {"{\"Blob\":\"+/+=\"}", BLOB("+/+=") LAST},
        {"{\"Blob\":\"Zh==\"}", BLOB("Zh==") LAST},
        {"{\"Blob\":\"AAAAZh==\"}", BLOB("AAAAZh==") LAST},
        {"{\"Blob\":\"ab-d\"}", BLOB("ab-d") "Invalid Base64 character: '-'"},
        {"{\"Blob\":\"ab d\"}", BLOB("ab d") "Invalid Base64 character: ' '"},
        {"{\"Blob\":\"ab\\u00e9d\"}", BLOB("ab\xc3\xa9"
                                           "d") "Invalid Base64 character: '\xc3\xa9'"},
        {"{\"Blob\":\"a\\ud83d\\ude00b\"}",
         BLOB("a\xf0\x9f\x98\x80"
              "b") "Invalid Base64 character: '\xf0\x9f\x98\x80'"},
        {"{\"Blob\":\"Zg=a\"}", BLOB("Zg=a") "Invalid Base64 character: '='"},
        {"{\"Blob\":\"Zg==Zg==\"}", BLOB("Zg==Zg==") "Invalid Base64 character: '='"},
        {"{\"Blob\":\"A===\"}", BLOB("A===") "Invalid Base64 character: '='"},
        {"{\"Blob\":\"====\"}", BLOB("====") "Invalid Base64 character: '='"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_a_body_that_is_no_object_is_nothing_else(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        " ",
        "hello",
        "null",
        "true",
        "1",
        "\"a\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}x",
        "{} {}",
        "{},",
        "\xef\xbb\xbf{}",
        "{\"String\"}",
        "{\"String\":}",
        "{\"String\" \"a\"}",
        "{String:1}",
        "{'String':'a'}",
        "{\"String\":\"a\",}",
        "{,}",
        "{\"String\":\"a\" \"Long\":1}",
        "{\"String\":\"a\"",
        "{\"String\":\"a",
        "{\"String\":\"a\\",
        "{\"String\":\"a\\\"}",
        "{\"String\":\"\\x\"}",
        "{\"String\":\"\\'\"}",
        "{\"String\":\"\\u12\"}",
        "{\"String\":\"\\u12g4\"}",
        "{\"String\":\"\\u",
        "{\"String\":\"\\ud83d\\u12\"}",
        "{\"String\":\"a\nb\"}",
        "{\"String\":\"a\tb\"}",
        "{\"String\":\"a\x1f\"}",
        "{\"String\":\"0123456789abcdef\x01\"}",
        "{\"Str\ning\":1}",
        "{\"Strings\":[}",
        "{\"Strings\":[",
        "{\"Strings\":[,]}",
        "{\"Strings\":[\"a\",]}",
        "{\"Strings\":[\"a\" \"b\"]}",
        "{\"Strings\":[\"a\"}}",
        "{\"Map\":{]}}",
        "{\"Flag\":tru}",
        "{\"Flag\":TRUE}",
        "{\"Flag\":t",
        "{\"Flag\":truex}",
        "{\"Flag\":nul}",
        "{\"Flag\":None}",
        "{\"Integer\":01}",
        "{\"Integer\":+1}",
        "{\"Integer\":.5}",
        "{\"Integer\":1.}",
        "{\"Integer\":1.e3}",
        "{\"Integer\":1e}",
        "{\"Integer\":1e+}",
        "{\"Integer\":-}",
        "{\"Integer\":--1}",
        "{\"Integer\":0x1}",
        "{\"Integer\":1_000}",
        "{\"Integer\":NaN}",
        "{\"Integer\":Infinity}",
        "{\"Integer\":1 2}",
        "{\"Integer\":-",
        "/**/{}",
        "{\"Other\":\"\\x\"}",
        "{\"Other\":[1,]}",
        "{\"Other\":01}",
        /* valid up to a wrong type, and not after it */
        "{\"String\":1",
        "{\"String\":1,}",
        "{\"String\":1,\"Other\":\"\\x\"}",
        "{\"Blob\":\"?\"}}",
        /* not UTF-8: a bare continuation, overlong, a surrogate, above U+10FFFF, broken off */
        "{\"String\":\"\x80\"}",
        "{\"String\":\"\xc0\xaf\"}",
        "{\"String\":\"\xed\xa0\x80\"}",
        "{\"String\":\"\xf5\x80\x80\x80\"}",
        "{\"String\":\"\xe2\x82\"}",
        "{\"Other\":\"\xff\"}",
        "{\"0123456789abcdef\xff\":1}",
        "{\"a\xff\":1}",
        "{\xc3\xa9:1}",
        "{\"String\":\"0123456789abcdef0123456789abcdef\xff\"}",
        "{\"String\":\"\xff 0123456789abcdef0123456789abcdef\"}",
        "{\"String\":\"\xff\",\"Other\":\"0123456789abcdef\"}",
        /* the largest control character, where 16 bytes are looked at together */
        "{\"String\":\"\x1f 0123456789abcdef\"}",
    };
    for (size_t i = 0; i < MR_COUNT(bodies); i++) {
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        thing_show(MR_AWS_JSON, mr_bytes_of(bodies[i]), &got);
        CHECK_STR(bodies[i], mr_strbuf_text(&got), "no body");
        mr_strbuf_deinit(&got);
    }
}

/* Every body, cut short anywhere, is no body: nothing is read behind its end (ASan looks on). */
static void test_a_body_cut_short_anywhere_is_no_body(void **state)
{
    (void)state;
    static const char body[] =
        "{\"String\":\"a\\u00e9\\ud83d\\ude00\xc3\xa9 0123456789abcdef\",\"Blob\":\"Zm9v\","
        "\"Integer\":-1.5e+3,\"Time\":1700000000.5,\"Flag\":true,\"Strings\":[\"a\",null],"
        "\"Inners\":[{\"Name\":\"x\",\"Count\":1}],\"Map\":{\"a\":\"b\"},\"Nested\":{},"
        "\"Other\":[false,{\"x\":\"y\"}]}";
    for (size_t len = 0; len < sizeof(body); len++) {
        char *cut = mr_alloc(len); /* exactly as long */
        memcpy(cut, body, len);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        thing_show(MR_AWS_JSON, mr_bytes_make(cut, len), &got);
        bool whole = len == sizeof(body) - 1;
        CHECK_TRUE("cut short", (strcmp(mr_strbuf_text(&got), "no body") == 0) == !whole);
        mr_strbuf_deinit(&got);
        mr_free(cut);
    }
}

static void nest(mr_strbuf *out, int depth, const char *open, const char *close)
{
    mr_strbuf_append_text(out, "{\"Other\":");
    for (int i = 1; i < depth; i++) {
        mr_strbuf_append_text(out, open);
    }
    mr_strbuf_append_text(out, "1");
    for (int i = 1; i < depth; i++) {
        mr_strbuf_append_text(out, close);
    }
    mr_strbuf_append_text(out, "}");
}

static void test_nesting_ends_at_64(void **state)
{
    (void)state;
    static const struct {
        const char *label, *open, *close;
        int depth;
        const char *want;
    } cases[] = {
        {"lists", "[", "]", 64, ""},
        {"lists, one more", "[", "]", 65, "no body"},
        {"objects", "{\"a\":", "}", 64, ""},
        {"objects, one more", "{\"a\":", "}", 65, "no body"},
        {"a hundred thousand", "[", "]", 100000, "no body"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        nest(&body, cases[i].depth, cases[i].open, cases[i].close);
        thing_show(MR_AWS_JSON, mr_strbuf_bytes(&body), &got);
        CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&got);
    }
}

static void test_of_a_long_list_the_rest_is_counted(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Strings\":[\"a\"");
    for (int i = 1; i < MR_AWS_ITEMS_MAX + 5; i++) {
        mr_strbuf_append_text(&body, ",\"b\"");
    }
    /* Nothing is kept of these, not even their type. */
    mr_strbuf_append_text(&body, ",1],\"Map\":{\"\":\"\"");
    for (int i = 1; i < MR_AWS_ITEMS_MAX + 7; i++) {
        mr_strbuf_appendf(&body, ",\"%d\":\"\"", i);
    }
    mr_strbuf_append_text(&body, ",\"x\":1}}");

    mr_arena *arena = mr_arena_new();
    thing in;
    mr_aws_fault fault;
    CHECK_INT("decoded",
              mr_aws_decode(MR_AWS_JSON, &thing_shape, mr_strbuf_bytes(&body), arena, &in, &fault),
              MR_AWS_DECODED);
    CHECK_INT("strings", in.strings.count, MR_AWS_ITEMS_MAX + 6);
    CHECK_BYTES("last", ((mr_bytes *)in.strings.items)[MR_AWS_ITEMS_MAX - 1], mr_bytes_of("b"));
    CHECK_INT("entries", in.map.count, MR_AWS_ITEMS_MAX + 8);
    mr_arena_free(arena);
    mr_strbuf_deinit(&body);
}

static void test_lists_given_again_and_again_do_not_fill_the_memory(void **state)
{
    (void)state;
    static const struct {
        const char *label, *member;
        int times;
        const char *want;
    } cases[] = {
        {"lists", ",\"Inners\":[{}]", MR_AWS_KEPT_MAX, "Inners=[()]"},
        {"one more", ",\"Inners\":[{}]", MR_AWS_KEPT_MAX + 1, "no body"},
        {"maps", ",\"Map\":{\"\":\"\"}", MR_AWS_KEPT_MAX, "Map={:}"},
        {"one map more", ",\"Map\":{\"\":\"\"}", MR_AWS_KEPT_MAX + 1, "no body"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_append_text(&body, "{\"Other\":1");
        for (int k = 0; k < cases[i].times; k++) {
            mr_strbuf_append_text(&body, cases[i].member);
        }
        mr_strbuf_append_text(&body, "}");
        thing_show(MR_AWS_JSON, mr_strbuf_bytes(&body), &got);
        CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&got);
    }
}

static void test_a_long_value_is_cut_in_a_message(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED), got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"Blob\":\"x");
    for (size_t i = 0; i < MR_AWS_SHOWN_BYTES_MAX; i++) { /* the limit falls into a character */
        mr_strbuf_append_text(&body, "\xc3\xa9");
    }
    mr_strbuf_append_text(&body, "\"}");
    thing_show(MR_AWS_JSON, mr_strbuf_bytes(&body), &got);
    CHECK_HAS("dots", mr_strbuf_text(&got),
              "\xc3\xa9...' can not be converted to a Blob: " LENGTH "65537");
    CHECK_INT("length", got.len,
              strlen("type: '"
                     "...' can not be converted to a Blob: " LENGTH "65537") +
                  MR_AWS_SHOWN_BYTES_MAX - 1);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
}

static void test_strings_point_into_the_body(void **state)
{
    (void)state;
    static const char body[] = "{\"String\":\"abc\"}";
    mr_arena *arena = mr_arena_new();
    thing in;
    mr_aws_fault fault;
    CHECK_INT("decoded",
              mr_aws_decode(MR_AWS_JSON, &thing_shape, mr_bytes_of(body), arena, &in, &fault),
              MR_AWS_DECODED);
    CHECK_TRUE("no copy", in.string.at == body + 11);
    CHECK_TRUE("there", in.has);
    mr_arena_free(arena);
}

static void test_without_members_any_object_will_do(void **state)
{
    (void)state;
    static const mr_aws_shape none = {.size = sizeof(bool)};
    mr_arena *arena = mr_arena_new();
    bool there;
    mr_aws_fault fault;
    CHECK_INT("object",
              mr_aws_decode(MR_AWS_JSON, &none, mr_bytes_of("{\"a\":[1]}"), arena, &there, &fault),
              MR_AWS_DECODED);
    CHECK_INT("list", mr_aws_decode(MR_AWS_JSON, &none, mr_bytes_of("[1]"), arena, &there, &fault),
              MR_AWS_BAD_BODY);
    CHECK_STR("type", fault.type, "SerializationException");
    mr_arena_free(arena);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(aws_json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_go_to_their_places),
        cmocka_unit_test(test_null_is_absence),
        cmocka_unit_test(test_the_last_of_equal_names_counts),
        cmocka_unit_test(test_unknown_members_are_read_over),
        cmocka_unit_test(test_strings_say_what_their_escapes_mean),
        cmocka_unit_test(test_numbers_are_rounded_down_and_end_at_the_largest),
        cmocka_unit_test(test_timestamps_are_seconds_with_decimals),
        cmocka_unit_test(test_a_wrong_type_is_named_as_aws_names_it),
        cmocka_unit_test(test_what_is_no_base64_is_told_why),
        cmocka_unit_test(test_a_body_that_is_no_object_is_nothing_else),
        cmocka_unit_test(test_a_body_cut_short_anywhere_is_no_body),
        cmocka_unit_test(test_nesting_ends_at_64),
        cmocka_unit_test(test_of_a_long_list_the_rest_is_counted),
        cmocka_unit_test(test_lists_given_again_and_again_do_not_fill_the_memory),
        cmocka_unit_test(test_a_long_value_is_cut_in_a_message),
        cmocka_unit_test(test_strings_point_into_the_body),
        cmocka_unit_test(test_without_members_any_object_will_do),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
