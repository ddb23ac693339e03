/* decode_cbor_test.c - bodies of CBOR into a struct: lengths given or not, numbers of every width,
 * wrong types, bad forms. */
#include "tests/check.h"
#include "tests/src/aws/cbor_notation.h"
#include "tests/src/aws/thing.h"

typedef struct row {
    const char *body, *want;
} row;

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        cbor_append(&body, rows[i].body);
        thing_show(MR_AWS_CBOR, mr_strbuf_bytes(&body), &got);
        CHECK_STR(rows[i].body, mr_strbuf_text(&got), rows[i].want);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&got);
    }
}

static void test_members_go_to_their_places(void **state)
{
    (void)state;
    static const row rows[] = {
        {"A0", ""},
        {"BF FF", ""},
        {"A1 'String' 'abc'", "String=abc"},
        {"BF 'String' 'abc' FF", "String=abc"},
        {"B8 01 'String' 'abc'", "String=abc"},
        {"B9 00 01 'String' 78 03 616263", "String=abc"},
        {"BA 00000001 'String' 7B 0000000000000003 616263", "String=abc"},
        {"BB 0000000000000001 'String' 79 0003 616263", "String=abc"},
        {"A1 'String' 60", "String="},
        {"A1 'String' 7F FF", "String="},
        {"A1 'String' 7F 'ab' 60 'c' FF", "String=abc"},
        {"A1 7F 'Str' 'ing' FF 'abc'", "String=abc"},
        {"A1 'String' 62 C3A9", "String=\xc3\xa9"},
        {"A1 'Blob' <foo>", "Blob=<foo>"},
        {"A1 'Blob' 40", "Blob=<>"},
        {"A1 'Blob' 5F <fo> 40 <o> FF", "Blob=<foo>"},
        {"A1 'Blob' 5F FF", "Blob=<>"},
        {"A1 'Blob' 43 FF80C0", "Blob=<\xff\x80\xc0>"},
        {"A2 'Flag' F5 'Integer' 05", "Integer=5 Flag=true"},
        {"A1 'Flag' F4", "Flag=false"},
        {"A1 'Strings' 80", "Strings=[]"},
        {"A1 'Strings' 9F FF", "Strings=[]"},
        {"A1 'Strings' 82 'a' 'b'", "Strings=[a,b]"},
        {"A1 'Strings' 9F 'a' 'b' FF", "Strings=[a,b]"},
        {"A1 'Inners' 82 A1 'Name' 'x' BF 'Count' 01 FF", "Inners=[(Name=x),(Count=1)]"},
        {"A1 'Map' A2 'b' '1' 'a' '2'", "Map={b:1,a:2}"},
        {"A1 'Map' BF 'a' '1' 'a' '2' FF", "Map={a:2}"},
        {"A1 'Nested' A1 'Name' 'x'", "Nested=(Name=x)"},
        {"A2 'String' 'a' 'String' 'b'", "String=b"},
        {"A4 'String' F6 'Flag' F7 'Strings' 81 F6 'Nested' F6", "Strings=[~]"},
        {"A1 'Inners' 81 F6", "Inners=[~]"},
        {"A2 'Other' 9F A1 'x' 5F <y> FF FF 'String' 'a'", "String=a"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_numbers_of_every_width(void **state)
{
    (void)state;
    static const row rows[] = {
        {"A1 'Integer' 00", "Integer=0"},
        {"A1 'Integer' 17", "Integer=23"},
        {"A1 'Integer' 18 18", "Integer=24"},
        {"A1 'Integer' 19 0100", "Integer=256"},
        {"A1 'Integer' 1A 7FFFFFFF", "Integer=2147483647"},
        {"A1 'Integer' 1A 80000000", "Integer=2147483647"},
        {"A1 'Integer' 1B 0000000000000001", "Integer=1"},
        {"A1 'Integer' 20", "Integer=-1"},
        {"A1 'Integer' 3A 7FFFFFFF", "Integer=-2147483648"},
        {"A1 'Integer' 3A FFFFFFFF", "Integer=-2147483648"},
        {"A1 'Long' 1B 7FFFFFFFFFFFFFFF", "Long=9223372036854775807"},
        {"A1 'Long' 1B FFFFFFFFFFFFFFFF", "Long=9223372036854775807"},
        {"A1 'Long' 3B 7FFFFFFFFFFFFFFF", "Long=-9223372036854775808"},
        {"A1 'Long' 3B FFFFFFFFFFFFFFFF", "Long=-9223372036854775808"},
        {"A1 'Integer' F9 3E00", "Integer=1"},     /* 1.5 */
        {"A1 'Integer' F9 BE00", "Integer=-2"},    /* -1.5 */
        {"A1 'Integer' F9 7BFF", "Integer=65504"}, /* the largest half */
        {"A1 'Integer' F9 8001", "Integer=-1"},    /* the smallest below zero */
        {"A1 'Integer' F9 7C00", "Integer=2147483647"},
        {"A1 'Integer' F9 FC00", "Integer=-2147483648"},
        {"A1 'Integer' F9 7E00", "Integer=0"}, /* not a number */
        {"A1 'Integer' FA 42C80000", "Integer=100"},
        {"A1 'Integer' FB 405EDD2F1A9FBE77", "Integer=123"},
        {"A1 'Long' FB 43E0000000000000", "Long=9223372036854775807"},
        {"A1 'Long' FB C3E0000000000000", "Long=-9223372036854775808"},
        {"A1 'Long' FB C3F0000000000000", "Long=-9223372036854775808"},
        {"A1 'Integer' C1 05", "Integer=5"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_timestamps_are_milliseconds_unless_they_are_small_floats(void **state)
{
    (void)state;
    static const row rows[] = {
        {"A1 'Time' C1 1B 0000018BCFE5687B", "Time=1700000000123"},
        {"A1 'Time' 1B 0000018BCFE5687B", "Time=1700000000123"},
        {"A1 'Time' C1 00", "Time=0"},
        {"A1 'Time' C1 20", "Time=-1"},
        {"A1 'Time' C1 FB 41D954FC4007DF3B", "Time=1700000000123"}, /* 1700000000.123 */
        {"A1 'Time' C1 FB 4278BCFE5687B000", "Time=1700000000123"}, /* 1700000000123.0 */
        {"A1 'Time' FB 41D954FC4007DF3B", "Time=1700000000123"},
        {"A1 'Time' FB 42374876E8000000", "Time=100000000000000"}, /* 1e11 are seconds */
        {"A1 'Time' FB 42374876E8010000", "Time=100000000001"},    /* above, milliseconds */
    };
    check_rows(rows, MR_COUNT(rows));
}

#define B "class java.lang.Boolean can not be converted to "
#define S "class java.lang.String can not be converted to "
#define N "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
#define Y "class java.nio.HeapByteBuffer can not be converted to "
#define A "Start of list found where not expected"
#define O "Start of structure or map found where not expected."

static void test_a_wrong_type_is_named_as_in_json(void **state)
{
    (void)state;
    static const row rows[] = {
        {"A1 'String' F5", "type: " B "an String"},
        {"A1 'String' 01", "type: " N "an String"},
        {"A1 'String' F9 3C00", "type: " N "an String"},
        {"A1 'String' <a>", "type: " Y "an String"},
        {"A1 'String' 80", "type: " A},
        {"A1 'String' A0", "type: " O},
        {"A1 'Blob' 'Zm9v'", "type: " S "a Blob"},
        {"A1 'Blob' F5", "type: " B "a Blob"},
        {"A1 'Blob' 01", "type: " N "a Blob"},
        {"A1 'Integer' '1'", "type: " S "an Integer"},
        {"A1 'Integer' <1>", "type: " Y "an Integer"},
        {"A1 'Integer' C2 <1>", "type: " Y "an Integer"},
        {"A1 'Long' F4", "type: " B "an Long"},
        {"A1 'Flag' 01", "type: " N "an Boolean"},
        {"A1 'Flag' 'true'", "type: 'TRUE' can not be converted to an Boolean"},
        {"A1 'Time' '1'", "type: " S "milliseconds since epoch"},
        {"A1 'Time' C0 '2024-01-01'", "type: " S "milliseconds since epoch"},
        {"A1 'Time' F5", "type: " B "milliseconds since epoch"},
        {"A1 'Strings' 'a'", "type: Expected list or null"},
        {"A1 'Strings' A0", "type: " O},
        {"A1 'Strings' 81 01", "type: " N "an String"},
        {"A1 'Map' F5", "type: Expected map or null"},
        {"A1 'Map' 80", "type: " A},
        {"A1 'Nested' <a>", "type: Expected null"},
        {"A1 'Nested' 9F FF", "type: " A},
        {"A1 'Inners' 81 A1 'Count' 'x'", "type: " S "an Integer"},
    };
    check_rows(rows, MR_COUNT(rows));
}

static void test_a_body_that_is_no_map_is_nothing_else(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "00",
        "'a'",
        "80",
        "F6",
        "F5",
        "FF",
        "A1",
        "A1 'String'",
        "A0 00",
        "A0 A0",
        "BF",
        "BF 'String' FF",
        "BF 'String' 'a'",
        "A1 01 02",
        "A1 <String> 'a'",
        "A1 F6 'a'",
        "A1 80 'a'",
        /* lengths that the body does not have */
        "A2 'String' 'a'",
        "A1 'String' 62 61",
        "A1 'String' 78",
        "A1 'String' 78 05 61",
        "A1 'String' 7B FFFFFFFFFFFFFFFF 61",
        "A1 'Blob' 5B 7FFFFFFFFFFFFFFF",
        "A1 'Strings' 9B FFFFFFFFFFFFFFFF",
        "A1 'Strings' 9A 00000005 'a'",
        "BB FFFFFFFFFFFFFFFF",
        "BB 8000000000000000",
        "A1 'Map' BA FFFFFFFF",
        "A1 'Strings' 82 'a'",
        /* chunks of another kind, nested, or without an end */
        "A1 'String' 7F <a> FF",
        "A1 'Blob' 5F 'a' FF",
        "A1 'String' 7F 7F 'a' FF FF",
        "A1 'String' 7F 7F 'a' FF",
        "A1 'String' 7F 01 FF",
        "A1 'String' 7F 'a'",
        "A1 'Blob' 5F <a>",
        "A1 'Blob' 5F 5A",
        "A1 'Blob' 5F 42 61",
        /* what is reserved */
        "A1 'Integer' 1C",
        "A1 'Integer' 1C 00000000 00000000 00000000 00000000",
        "A1 'Integer' 1D 00",
        "A1 'Integer' 1E",
        "A1 'Integer' 1F",
        "A1 'Integer' 3F",
        "A1 'Integer' 3C",
        "A1 'Other' 5C",
        "A1 'Other' DC 00",
        "A1 'Other' DF 00",
        "A1 'Other' E0",
        "A1 'Other' F0",
        "A1 'Other' F8 FF",
        "A1 'Other' F8",
        "A1 'Other' FC",
        "A1 'Other' FF",
        "A1 'Strings' 81 FF",
        "A1 'Other' C1",
        "A1 'Other' C1 C1 C1",
        "A1 'Integer' 19 00",
        "A1 'Integer' F9 00",
        "A1 'Integer' FB 00000000000000",
        /* not UTF-8 */
        "A1 'String' 61 FF",
        "A1 'String' 63 EDA080",
        "A1 61 FF 01",
        "A1 'Other' 62 C0AF",
        "A1 'String' 7F 61 C3 61 A9 FF",
        /* valid up to a wrong type, and not after it */
        "A2 'String' 01 'x'",
        "A2 'String' 01 'x' 61 FF",
    };
    for (size_t i = 0; i < MR_COUNT(bodies); i++) {
        check_rows(&(row){bodies[i], "no body"}, 1);
    }
}

static void test_a_body_cut_short_anywhere_is_no_body(void **state)
{
    (void)state;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    cbor_append(&body,
                "BF 'String' 7F 'ab' 'c' FF 'Blob' <foo> 'Integer' 19 0100 'Time' C1 1B "
                "0000018BCFE5687B 'Flag' F5 'Strings' 82 'a' F6 'Inners' 9F A1 'Name' 'x' FF "
                "'Map' A1 'a' 'b' 'Other' 82 FB 3FF0000000000000 A1 'x' 5F <y> FF FF");
    for (size_t len = 0; len <= body.len; len++) {
        char *cut = mr_alloc(len); /* exactly as long */
        memcpy(cut, body.at, len);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        thing_show(MR_AWS_CBOR, mr_bytes_make(cut, len), &got);
        CHECK_TRUE("cut short", (strcmp(mr_strbuf_text(&got), "no body") == 0) == (len < body.len));
        mr_strbuf_deinit(&got);
        mr_free(cut);
    }
    mr_strbuf_deinit(&body);
}

static void test_nesting_ends_at_64(void **state)
{
    (void)state;
    static const struct {
        const char *label, *opening;
        int depth;
        const char *want;
    } cases[] = {
        {"lists", "81", 64, ""},
        {"lists, one more", "81", 65, "no body"},
        {"maps", "A1 'a'", 64, ""},
        {"maps, one more", "A1 'a'", 65, "no body"},
        {"a hundred thousand, open", "9F", 100000, "no body"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        cbor_append(&body, "A1 'Other'");
        for (int depth = 1; depth < cases[i].depth; depth++) {
            cbor_append(&body, cases[i].opening);
        }
        cbor_append(&body, "00");
        thing_show(MR_AWS_CBOR, mr_strbuf_bytes(&body), &got);
        CHECK_STR(cases[i].label, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&got);
    }
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(aws_cbor);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_go_to_their_places),
        cmocka_unit_test(test_numbers_of_every_width),
        cmocka_unit_test(test_timestamps_are_milliseconds_unless_they_are_small_floats),
        cmocka_unit_test(test_a_wrong_type_is_named_as_in_json),
        cmocka_unit_test(test_a_body_that_is_no_map_is_nothing_else),
        cmocka_unit_test(test_a_body_cut_short_anywhere_is_no_body),
        cmocka_unit_test(test_nesting_ends_at_64),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
