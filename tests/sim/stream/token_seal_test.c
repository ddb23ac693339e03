/* token_seal_test.c - what was sealed comes back, and nothing else does. */
#include "sim/stream/token_seal.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "tests/check.h"

static const uint8_t secret[MR_TOKEN_SECRET_BYTES] = {1, 2, 3};

static bool opens(const mr_token_seal *seal, const char *text, const char *want)
{
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    bool ok = mr_token_seal_open(seal, mr_bytes_of(text), &payload);
    if (ok) {
        CHECK_BYTES("payload", mr_strbuf_bytes(&payload), mr_bytes_of(want));
    } else {
        CHECK_INT("nothing appended", payload.len, 0);
    }
    mr_strbuf_deinit(&payload);
    return ok;
}

static void test_what_was_sealed_comes_back(void **state)
{
    (void)state;
    mr_token_seal *seal = mr_token_seal_new(secret);
    char text[MR_TOKEN_SIZE], payload[MR_TOKEN_PAYLOAD_MAX + 1] = "";
    for (size_t len = 1; len <= MR_TOKEN_PAYLOAD_MAX; len++) {
        payload[len - 1] = (char)('a' + len % 26);
        mr_token_seal_close(seal, mr_bytes_of(payload), text);
        CHECK_TRUE("opens", opens(seal, text, payload));
    }
    mr_token_seal_free(seal);
}

static void test_payloads_of_zeros_keep_their_length(void **state)
{
    (void)state;
    mr_token_seal *seal = mr_token_seal_new(secret);
    const char zeros[40] = {0};
    char text[MR_TOKEN_SIZE];
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_token_seal_close(seal, mr_bytes_make(zeros, sizeof(zeros)), text);
    CHECK_TRUE("opens", mr_token_seal_open(seal, mr_bytes_of(text), &payload));
    CHECK_BYTES("zeros", mr_strbuf_bytes(&payload), mr_bytes_make(zeros, sizeof(zeros)));
    mr_strbuf_deinit(&payload);
    mr_token_seal_free(seal);
}

static void test_the_form_is_that_of_aws(void **state)
{
    (void)state;
    mr_token_seal *seal = mr_token_seal_new(secret);
    for (size_t len = 1; len <= 230; len += 7) {
        char payload[231] = "", text[MR_TOKEN_SIZE];
        memset(payload, 'x', len);
        mr_token_seal_close(seal, mr_bytes_of(payload), text);
        mr_strbuf sealed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_TRUE("base64", mr_base64_decode(&sealed, mr_bytes_of(text)));
        CHECK_TRUE("152 + 16k", sealed.len >= 152 && (sealed.len - 152) % 16 == 0);
        CHECK_BYTES("head", mr_bytes_make(sealed.at, 8), mr_bytes_make("\0\0\0\0\0\0\0\1", 8));
        mr_strbuf_deinit(&sealed);
    }
    mr_token_seal_free(seal);
}

static void test_no_two_are_equal_and_the_same_steps_give_the_same(void **state)
{
    (void)state;
    mr_token_seal *seal = mr_token_seal_new(secret), *twin = mr_token_seal_new(secret);
    char first[MR_TOKEN_SIZE], second[MR_TOKEN_SIZE], of_twin[MR_TOKEN_SIZE];
    mr_token_seal_close(seal, mr_bytes_of("x"), first);
    mr_token_seal_close(seal, mr_bytes_of("x"), second);
    mr_token_seal_close(twin, mr_bytes_of("x"), of_twin);
    CHECK_TRUE("another", strcmp(first, second) != 0);
    CHECK_STR("the same", of_twin, first);
    CHECK_TRUE("opened by the twin", opens(twin, second, "x"));
    mr_token_seal_free(seal);
    mr_token_seal_free(twin);
}

static void test_every_change_of_a_token_is_seen(void **state)
{
    (void)state;
    mr_token_seal *seal = mr_token_seal_new(secret);
    char text[MR_TOKEN_SIZE];
    mr_token_seal_close(seal, mr_bytes_of("payload"), text);
    mr_strbuf sealed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_TRUE("base64", mr_base64_decode(&sealed, mr_bytes_of(text)));
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        sealed.at[bit / 8] = (char)(sealed.at[bit / 8] ^ 1 << bit % 8);
        mr_strbuf changed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_base64_encode(&changed, mr_strbuf_bytes(&sealed));
        CHECK_TRUE("a bit", !opens(seal, mr_strbuf_text(&changed), ""));
        mr_strbuf_deinit(&changed);
        sealed.at[bit / 8] = (char)(sealed.at[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t len = 0; len < sealed.len; len++) {
        mr_strbuf cut = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_base64_encode(&cut, mr_bytes_make(sealed.at, len));
        CHECK_TRUE("cut", !opens(seal, mr_strbuf_text(&cut), ""));
        mr_strbuf_deinit(&cut);
    }
    mr_strbuf_deinit(&sealed);
    CHECK_TRUE("as it was", opens(seal, text, "payload"));

    uint8_t other_secret[MR_TOKEN_SECRET_BYTES] = {1, 2, 4};
    mr_token_seal *other = mr_token_seal_new(other_secret);
    CHECK_TRUE("another secret", !opens(other, text, ""));
    mr_token_seal_free(other);
    mr_token_seal_free(seal);
}

static void test_fields_are_read_as_written_and_never_past_the_end(void **state)
{
    (void)state;
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_token_put_int(&payload, -2);
    mr_token_put_text(&payload, mr_bytes_of(""));
    mr_token_put_text(&payload, mr_bytes_of("name"));
    mr_token_put_int(&payload, INT64_MAX);
    for (size_t len = 0; len <= payload.len; len++) {
        mr_token_fields fields = {.rest = mr_bytes_make(payload.at, len)};
        int64_t first = mr_token_take_int(&fields);
        mr_bytes none = mr_token_take_text(&fields);
        mr_bytes name = mr_token_take_text(&fields);
        int64_t last = mr_token_take_int(&fields);
        CHECK_INT("end", mr_token_fields_end(&fields), len == payload.len);
        if (len == payload.len) {
            CHECK_INT("first", first, -2);
            CHECK_INT("none", none.len, 0);
            CHECK_BYTES("name", name, mr_bytes_of("name"));
            CHECK_INT("last", last, INT64_MAX);
        }
    }
    mr_token_put_int(&payload, 0);
    mr_token_fields fields = {.rest = mr_strbuf_bytes(&payload)};
    (void)mr_token_take_int(&fields);
    CHECK_TRUE("something behind", !mr_token_fields_end(&fields));
    mr_strbuf_deinit(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_sealed_comes_back),
        cmocka_unit_test(test_payloads_of_zeros_keep_their_length),
        cmocka_unit_test(test_the_form_is_that_of_aws),
        cmocka_unit_test(test_no_two_are_equal_and_the_same_steps_give_the_same),
        cmocka_unit_test(test_every_change_of_a_token_is_seen),
        cmocka_unit_test(test_fields_are_read_as_written_and_never_past_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
