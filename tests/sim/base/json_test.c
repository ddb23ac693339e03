/* json_test.c - what is written, against JSON.stringify. */
#include "sim/base/json.h"
#include "sim/time/rng.h"
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>

static void test_members_come_out_in_the_order_of_the_code(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(1000);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "b", "text");
    mr_json_field_string(&json, "a", NULL);
    mr_json_field_int(&json, "n", -5);
    mr_json_field_bool(&json, "t", true);
    mr_json_field_bytes(&json, "y", MR_BYTES_LITERAL("x\0y"));
    mr_json_key(&json, "list");
    mr_json_array_begin(&json);
    mr_json_uint(&json, UINT64_MAX);
    mr_json_double(&json, 1.5);
    mr_json_null(&json);
    mr_json_array_begin(&json);
    mr_json_array_end(&json);
    mr_json_object_begin(&json);
    mr_json_object_end(&json);
    mr_json_raw(&json, MR_BYTES_LITERAL("{\"raw\":1}"));
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    CHECK_STR("json", mr_strbuf_text(&out),
              "{\"b\":\"text\",\"a\":null,\"n\":-5,\"t\":true,\"y\":\"x\\u0000y\","
              "\"list\":[18446744073709551615,1.5,null,[],{},{\"raw\":1}]}");
    mr_strbuf_deinit(&out);
}

static void test_strings_are_escaped_as_json_stringify_does(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes value;
        const char *want;
    } cases[] = {
        {"empty", {"", 0}, "\"\""},
        {"plain", {"hello, world / and 17 more", 26}, "\"hello, world / and 17 more\""},
        {"quotes", {"say \"hi\" \\ now", 14}, "\"say \\\"hi\\\" \\\\ now\""},
        {"short escapes", {"\b\t\n\f\r", 5}, "\"\\b\\t\\n\\f\\r\""},
        {"controls", {"\x01\x1f\x7f", 3}, "\"\\u0001\\u001f\x7f\""},
        {"UTF-8 stays",
         {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x89", 14},
         "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x89\""},
        {"one bad byte",
         {"a\xff"
          "b",
          3},
         "\"a\xef\xbf\xbd"
         "b\""},
        {"two bad bytes", {"\xff\xfe", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"a character cut off is one", {"\xe2\x82", 2}, "\"\xef\xbf\xbd\""},
        {"four bytes cut off is one", {"\xf0\x9f\x8e", 3}, "\"\xef\xbf\xbd\""},
        {"cut off in the middle", {"\xe2\x82xy", 4}, "\"\xef\xbf\xbdxy\""},
        {"a surrogate is three", {"\xed\xa0\x80", 3}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"overlong is two", {"\xc0\xaf", 2}, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"escape behind eight", {"12345678\n12345678\"", 18}, "\"12345678\\n12345678\\\"\""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(1000);
        mr_json_append_string(&out, cases[i].value);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

static void test_doubles_are_printed_as_javascript_prints_them(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-1, "-1"},
        {100, "100"},
        {0.1, "0.1"},
        {38.55042047, "38.55042047"},
        {-121.3914158, "-121.3914158"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {123456789012345, "123456789012345"},
        {123456789012345.6, "123456789012345.6"},
        {999999999999999.9, "999999999999999.9"},
        {0x1p53, "9007199254740992"},
        {1e15, "1000000000000000"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {0.000001, "0.000001"},
        {0.00000123, "0.00000123"},
        {1e-7, "1e-7"},
        {1.23e-7, "1.23e-7"},
        {5e-324, "5e-324"},
        {1.5e-323, "1.5e-323"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {2.225073858507201e-308, "2.225073858507201e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {0x1p-44, "5.684341886080802e-14"},
        {0x1p+64, "18446744073709552000"},
        {0x1p-24, "5.960464477539063e-8"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {0x1p-1022, "2.2250738585072014e-308"},
        {8.41e21, "8.41e+21"},
        {4.35, "4.35"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        mr_json_append_double(&out, cases[i].value);
        CHECK_STR(cases[i].want, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

static void check_reads_back(double value)
{
    mr_strbuf out = mr_strbuf_make(100);
    mr_json_append_double(&out, value);
    CHECK_TRUE(mr_strbuf_text(&out), strtod(mr_strbuf_text(&out), NULL) == value);
    mr_strbuf_deinit(&out);
}

static void test_every_double_reads_back_the_same(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(3, "json test");
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = mr_prng_next(&prng);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value)) {
            check_reads_back(value);
        }
        check_reads_back((double)(int64_t)mr_prng_below(&prng, 1000000000) / 1e7);
        check_reads_back(mr_prng_unit(&prng));
    }
    for (int exponent = -1074; exponent < 1024; exponent++) {
        check_reads_back(ldexp(1.0, exponent));
    }
}

/* Decimals of at most 15 digits come back as they were written: nothing shorter exists. */
static void test_decimals_come_back_as_they_were_written(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(4, "json test");
    for (int i = 0; i < 50000; i++) {
        mr_strbuf text = mr_strbuf_make(100);
        mr_strbuf again = mr_strbuf_make(100);
        uint64_t places = mr_prng_below(&prng, 10) + 1;
        mr_strbuf_append_uint64(&text, mr_prng_below(&prng, 10000));
        mr_strbuf_append_char(&text, '.');
        for (uint64_t p = 1; p < places; p++) {
            mr_strbuf_append_char(&text, (char)('0' + mr_prng_below(&prng, 10)));
        }
        mr_strbuf_append_char(&text, (char)('1' + mr_prng_below(&prng, 9)));
        double value = strtod(mr_strbuf_text(&text), NULL);
        if (value >= 1e-6) {
            mr_json_append_double(&again, value);
            CHECK_STR("again", mr_strbuf_text(&again), mr_strbuf_text(&text));
        }
        mr_strbuf_deinit(&text);
        mr_strbuf_deinit(&again);
    }
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(json_string);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_come_out_in_the_order_of_the_code),
        cmocka_unit_test(test_strings_are_escaped_as_json_stringify_does),
        cmocka_unit_test(test_doubles_are_printed_as_javascript_prints_them),
        cmocka_unit_test(test_every_double_reads_back_the_same),
        cmocka_unit_test(test_decimals_come_back_as_they_were_written),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
