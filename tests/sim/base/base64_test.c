/* base64_test.c - blobs in and out. */
#include "sim/base/base64.h"
#include "tests/check.h"

static void test_the_vectors_of_rfc_4648_go_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *encoded;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfd", "//79"},
        {"\xfb", "+w=="},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        mr_base64_encode(&out, mr_bytes_of(cases[i].plain));
        CHECK_STR(cases[i].plain, mr_strbuf_text(&out), cases[i].encoded);
        CHECK_INT("size", mr_base64_encoded_size(strlen(cases[i].plain)), out.len);
        mr_strbuf_reset(&out);
        CHECK_TRUE("reads", mr_base64_decode(&out, mr_bytes_of(cases[i].encoded)));
        CHECK_STR(cases[i].encoded, mr_strbuf_text(&out), cases[i].plain);
        mr_strbuf_deinit(&out);
    }
}

static void test_every_byte_survives(void **state)
{
    (void)state;
    char bytes[256];
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (char)(uint8_t)(i + len);
        }
        mr_strbuf encoded = mr_strbuf_make(1000);
        mr_strbuf decoded = mr_strbuf_make(1000);
        mr_base64_encode(&encoded, mr_bytes_make(bytes, len));
        CHECK_TRUE("reads", mr_base64_decode(&decoded, mr_strbuf_bytes(&encoded)));
        CHECK_BYTES("same", mr_strbuf_bytes(&decoded), mr_bytes_make(bytes, len));
        mr_strbuf_deinit(&encoded);
        mr_strbuf_deinit(&decoded);
    }
}

static void test_what_is_not_strict_is_refused_and_appends_nothing(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "Zg=",  "Zg",     "Z",    "=",    "====", "Z===",     "Zg==Zg==", "Zh==",       "Zm9=",
        "Zm 9", "Zm9v\n", "Zm9-", "Zm9_", "Zm=v", "Zm9v=Zg=", "Zm9v====", "Z\xc3\xa9g", "Zm9vZm9*",
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        mr_strbuf_append_text(&out, "before");
        CHECK_TRUE(cases[i], !mr_base64_decode(&out, mr_bytes_of(cases[i])));
        CHECK_STR(cases[i], mr_strbuf_text(&out), "before");
        mr_strbuf_deinit(&out);
    }
}

static void test_a_limit_stops_both_ways(void **state)
{
    (void)state;
    mr_strbuf out = mr_strbuf_make(2);
    mr_base64_encode(&out, MR_BYTES_LITERAL("foo"));
    CHECK_TRUE("encode", out.overflowed);
    mr_strbuf_reset(&out);
    CHECK_TRUE("decode", !mr_base64_decode(&out, MR_BYTES_LITERAL("Zm9v")));
    mr_strbuf_deinit(&out);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(base64);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_vectors_of_rfc_4648_go_both_ways),
        cmocka_unit_test(test_every_byte_survives),
        cmocka_unit_test(test_what_is_not_strict_is_refused_and_appends_nothing),
        cmocka_unit_test(test_a_limit_stops_both_ways),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
