/* write_test.c - answers and errors, the same calls in both encodings. */
#include "src/aws/write.h"
#include "tests/check.h"
#include "tests/src/aws/cbor_notation.h"

typedef void (*writes_fn)(mr_aws_writer *writer);

static void nothing(mr_aws_writer *w)
{
    mr_aws_object_open(w);
    mr_aws_object_close(w);
}

static void one_of_each(mr_aws_writer *w)
{
    mr_aws_object_open(w);
    mr_aws_field_text(w, "S", "a\"\xc3\xa9");
    mr_aws_field_blob(w, "B", mr_bytes_of("foob"));
    mr_aws_field_integer(w, "I", -5);
    mr_aws_field_double(w, "D", 1.5);
    mr_aws_field_boolean(w, "T", true);
    mr_aws_field_boolean(w, "F", false);
    mr_aws_field_timestamp(w, "M", 1700000000123);
    mr_aws_object_close(w);
}

static void nested(mr_aws_writer *w)
{
    mr_aws_object_open(w);
    mr_aws_key(w, "L");
    mr_aws_array_open(w);
    mr_aws_string(w, mr_bytes_of("a"));
    mr_aws_integer(w, 1);
    mr_aws_object_open(w);
    mr_aws_field_text(w, "x", "");
    mr_aws_object_close(w);
    mr_aws_array_open(w);
    mr_aws_array_close(w);
    mr_aws_array_close(w);
    mr_aws_field_text(w, "Z", "z");
    mr_aws_object_close(w);
}

static void not_utf8(mr_aws_writer *w)
{
    mr_aws_object_open(w);
    mr_aws_field_string(w, "S", MR_BYTES_LITERAL("a\xff\xe2\x82z"));
    mr_aws_object_close(w);
}

static void test_the_same_calls_write_both(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        writes_fn writes;
        const char *json, *cbor;
    } cases[] = {
        {"nothing", nothing, "{}", "BF FF"},
        {"one of each", one_of_each,
         "{\"S\":\"a\\\"\xc3\xa9\",\"B\":\"Zm9vYg==\",\"I\":-5,\"D\":1.5,\"T\":true,\"F\":false,"
         "\"M\":1700000000.123}",
         "BF 'S' 64 6122C3A9 'B' <foob> 'I' 24 'D' FB 3FF8000000000000 'T' F5 'F' F4 'M' C1 1B "
         "0000018BCFE5687B FF"},
        {"nested", nested, "{\"L\":[\"a\",1,{\"x\":\"\"},[]],\"Z\":\"z\"}",
         "BF 'L' 9F 'a' 01 BF 'x' 60 FF 9F FF FF 'Z' 'z' FF"},
        {"not UTF-8", not_utf8, "{\"S\":\"a\xef\xbf\xbd\xef\xbf\xbdz\"}",
         "BF 'S' 68 61 EFBFBD EFBFBD 7A FF"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf json = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf cbor = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_aws_writer writer = mr_aws_writer_make(MR_AWS_JSON, &json);
        cases[i].writes(&writer);
        CHECK_STR(cases[i].label, mr_strbuf_text(&json), cases[i].json);
        writer = mr_aws_writer_make(MR_AWS_CBOR, &cbor);
        cases[i].writes(&writer);
        cbor_append(&want, cases[i].cbor);
        CHECK_BYTES(cases[i].label, mr_strbuf_bytes(&cbor), mr_strbuf_bytes(&want));
        mr_strbuf_deinit(&json);
        mr_strbuf_deinit(&cbor);
        mr_strbuf_deinit(&want);
    }
}

static void test_integers_take_the_fewest_bytes(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *cbor;
    } cases[] = {
        {0, "00"},
        {23, "17"},
        {24, "18 18"},
        {255, "18 FF"},
        {256, "19 0100"},
        {65535, "19 FFFF"},
        {65536, "1A 00010000"},
        {4294967295, "1A FFFFFFFF"},
        {4294967296, "1B 0000000100000000"},
        {INT64_MAX, "1B 7FFFFFFFFFFFFFFF"},
        {-1, "20"},
        {-24, "37"},
        {-25, "38 18"},
        {INT64_MIN, "3B 7FFFFFFFFFFFFFFF"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf got = mr_strbuf_make(100), want = mr_strbuf_make(100);
        mr_aws_writer writer = mr_aws_writer_make(MR_AWS_CBOR, &got);
        mr_aws_integer(&writer, cases[i].value);
        cbor_append(&want, cases[i].cbor);
        CHECK_BYTES(cases[i].cbor, mr_strbuf_bytes(&got), mr_strbuf_bytes(&want));
        mr_strbuf_deinit(&got);
        mr_strbuf_deinit(&want);
    }
}

static void test_seconds_have_the_decimals_that_they_need(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *json;
    } cases[] = {
        {0, "0"},
        {1, "0.001"},
        {10, "0.01"},
        {100, "0.1"},
        {120, "0.12"},
        {105, "0.105"},
        {1000, "1"},
        {1700000000000, "1700000000"},
        {1700000000999, "1700000000.999"},
        {-1, "-0.001"},
        {-1500, "-1.5"},
        {INT64_MIN, "-9223372036854775.808"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf got = mr_strbuf_make(100);
        mr_aws_writer writer = mr_aws_writer_make(MR_AWS_JSON, &got);
        mr_aws_timestamp(&writer, cases[i].ms);
        CHECK_STR(cases[i].json, mr_strbuf_text(&got), cases[i].json);
        mr_strbuf_deinit(&got);
    }
}

static void test_errors_have_a_type_and_mostly_a_message(void **state)
{
    (void)state;
    static const struct {
        mr_aws_fault fault;
        const char *json, *cbor;
    } cases[] = {
        {{"UnknownOperationException", {NULL, 0}, false},
         "{\"__type\":\"UnknownOperationException\"}",
         "BF '__type' 'UnknownOperationException' FF"},
        {{"X", {"", 0}, false},
         "{\"__type\":\"X\",\"message\":\"\"}",
         "BF '__type' 'X' 'message' 60 FF"},
        {{"ResourceNotFoundException", {"no", 2}, false},
         "{\"__type\":\"ResourceNotFoundException\",\"message\":\"no\"}",
         "BF '__type' 'ResourceNotFoundException' 'message' 'no' FF"},
        {{"SerializationException", {"no", 2}, true},
         "{\"__type\":\"SerializationException\",\"Message\":\"no\"}",
         "BF '__type' 'SerializationException' 'Message' 'no' FF"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf json = mr_strbuf_make(1000), cbor = mr_strbuf_make(1000),
                  want = mr_strbuf_make(1000);
        mr_aws_write_fault(MR_AWS_JSON, &cases[i].fault, &json);
        mr_aws_write_fault(MR_AWS_CBOR, &cases[i].fault, &cbor);
        cbor_append(&want, cases[i].cbor);
        CHECK_STR(cases[i].fault.type, mr_strbuf_text(&json), cases[i].json);
        CHECK_BYTES(cases[i].fault.type, mr_strbuf_bytes(&cbor), mr_strbuf_bytes(&want));
        mr_strbuf_deinit(&json);
        mr_strbuf_deinit(&cbor);
        mr_strbuf_deinit(&want);
    }
}

static void test_a_body_past_its_limit_says_so(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(10);
    mr_aws_writer writer = mr_aws_writer_make(MR_AWS_CBOR, &out);
    mr_aws_object_open(&writer);
    mr_aws_field_blob(&writer, "Data", mr_bytes_of("0123456789"));
    mr_aws_object_close(&writer);
    CHECK_TRUE("flag", out.overflowed);
    mr_strbuf_deinit(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_calls_write_both),
        cmocka_unit_test(test_integers_take_the_fewest_bytes),
        cmocka_unit_test(test_seconds_have_the_decimals_that_they_need),
        cmocka_unit_test(test_errors_have_a_type_and_mostly_a_message),
        cmocka_unit_test(test_a_body_past_its_limit_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
