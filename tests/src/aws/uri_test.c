/* uri_test.c - percent-encoding as AWS signs it. */
#include "src/aws/uri.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static void test_all_but_unreserved_characters_are_encoded(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes, *want;
        bool keep_slash;
    } cases[] = {
        {"unreserved", "AZaz09-._~", "AZaz09-._~", false},
        {"blank and plus", "a b+c", "a%20b%2Bc", false},
        {"slash encoded", "a/b", "a%2Fb", false},
        {"slash kept", "a/b", "a/b", true},
        {"UTF-8 byte by byte, upper case", "\xe1\x88\xb4", "%E1%88%B4", false},
        {"what is encoded is encoded again", "%2f", "%252f", false},
        {"sub-delimiters", "!$&'()*,;=:@", "%21%24%26%27%28%29%2A%2C%3B%3D%3A%40", false},
        {"nothing", "", "", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_uri_encode(&out, mr_bytes_of(cases[i].bytes), cases[i].keep_slash);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

static void test_decoding_takes_escapes_and_leaves_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
        bool plus_is_blank;
    } cases[] = {
        {"upper and lower case", "%2F%2f", "//", false},
        {"cut off", "a%2", "a%2", false},
        {"a lone percent", "100%", "100%", false},
        {"no digits", "%zz%4", "%zz%4", false},
        {"percent before an escape", "%%41", "%A", false},
        {"plus in a path", "a+b", "a+b", false},
        {"plus in a query", "a+b", "a b", true},
        {"once, not twice", "%252F", "%2F", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_uri_decode(&out, mr_bytes_of(cases[i].text), cases[i].plus_is_blank);
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

static void test_every_byte_comes_back(void **state)
{
    (void)state;
    char all[256];
    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (char)i;
    }
    mr_strbuf encoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf decoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_uri_encode(&encoded, mr_bytes_make(all, sizeof(all)), false);
    mr_uri_decode(&decoded, mr_strbuf_bytes(&encoded), true);
    CHECK_BYTES("all bytes", mr_strbuf_bytes(&decoded), mr_bytes_make(all, sizeof(all)));
    mr_strbuf_deinit(&encoded);
    mr_strbuf_deinit(&decoded);
}

static void test_a_query_is_taken_apart(void **state)
{
    (void)state;
    mr_bytes query = MR_BYTES_LITERAL("&a=1&b&&c=&=d&e=f=g&");
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_uri_parameter p;
    while (mr_uri_next_parameter(&query, &p)) {
        mr_strbuf_appendf(&out, "[%.*s %s%.*s]", (int)p.name.len, p.name.at,
                          p.value.at == NULL ? "none" : "=", (int)p.value.len, p.value.at);
    }
    CHECK_STR("all parameters", mr_strbuf_text(&out), "[a =1][b none][c =][ =d][e =f=g]");
    mr_strbuf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_but_unreserved_characters_are_encoded),
        cmocka_unit_test(test_decoding_takes_escapes_and_leaves_what_is_none),
        cmocka_unit_test(test_every_byte_comes_back),
        cmocka_unit_test(test_a_query_is_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
