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

/* As RFC 4648 tells it, one bit at a time. */
static void encode_slowly(mr_strbuf *out, mr_bytes in)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned value = 0, bits = 0;
    for (size_t bit = 0; bit < in.len * 8; bit++) {
        value = value << 1 | ((uint8_t)in.at[bit / 8] >> (7 - bit % 8) & 1);
        if (++bits == 6) {
            mr_strbuf_append_char(out, letters[value]);
            value = bits = 0;
        }
    }
    if (bits > 0) {
        mr_strbuf_append_char(out, letters[value << (6 - bits)]);
    }
    while (out->len % 4 != 0) {
        mr_strbuf_append_char(out, '=');
    }
}

static void test_long_texts_are_those_of_the_slow_way(void **state)
{
    (void)state;
    char bytes[300];
    uint32_t chance = 1;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        chance = chance * 1664525 + 1013904223;
        bytes[i] = (char)(uint8_t)(chance >> 24);
    }
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        mr_strbuf want = mr_strbuf_make(1000), got = mr_strbuf_make(1000);
        encode_slowly(&want, mr_bytes_make(bytes, len));
        mr_base64_encode(&got, mr_bytes_make(bytes, len));
        CHECK_STR("encoded", mr_strbuf_text(&got), mr_strbuf_text(&want));
        mr_strbuf_reset(&got);
        CHECK_TRUE("reads", mr_base64_decode(&got, mr_strbuf_bytes(&want)));
        CHECK_BYTES("decoded", mr_strbuf_bytes(&got), mr_bytes_make(bytes, len));
        mr_strbuf_deinit(&want);
        mr_strbuf_deinit(&got);
    }
}

static void test_every_foreign_byte_is_seen_at_every_place(void **state)
{
    (void)state;
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t place = 0; place < 96; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[96];
            memset(text, 'A', sizeof(text));
            text[place] = (char)(uint8_t)byte;
            bool fine = byte != 0 && strchr(letters, (int)byte) != NULL;
            fine = fine || (byte == '=' && place == sizeof(text) - 1);
            char decoded[72];
            size_t written;
            bool got = mr_base64_decode_to(decoded, mr_bytes_make(text, sizeof(text)), &written);
            if (got != fine) {
                CHECK_INT("place", place, -1);
                CHECK_INT("byte", byte, -1);
            }
        }
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
        cmocka_unit_test(test_long_texts_are_those_of_the_slow_way),
        cmocka_unit_test(test_every_foreign_byte_is_seen_at_every_place),
        cmocka_unit_test(test_what_is_not_strict_is_refused_and_appends_nothing),
        cmocka_unit_test(test_a_limit_stops_both_ways),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
