/* object_words_test.c - "s3://bucket/key", and what is none. */
#include "src/cli/object_words.h"

#include "tests/check.h"

static void test_a_place_has_a_bucket_and_a_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bucket, *key; /* bucket NULL: refused */
    } cases[] = {
        {"s3://data", "data", ""},
        {"s3://data/", "data", ""},
        {"s3://data/a/b?c", "data", "a/b?c"},
        {"s3://data//a", "data", "/a"},
        {"s3:/data/a", NULL, NULL},
        {"data/a", NULL, NULL},
        {"", NULL, NULL},
        {"s3://", NULL, NULL},
        {"s3:///a", NULL, NULL},
        {"s3://../a", NULL, NULL},
        {"s3://.uploads/1", NULL, NULL},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        cli_s3_place place;
        mr_error err;
        const mr_code code = cli_s3_place_parse(cases[i].text, &place, &err);
        if (cases[i].bucket == NULL) {
            CHECK_CODE(cases[i].text, code, MR_INVALID_ARGUMENT);
            continue;
        }
        CHECK_OK(cases[i].text, code, &err);
        CHECK_STR(cases[i].text, place.bucket, cases[i].bucket);
        CHECK_STR(cases[i].text, place.key, cases[i].key);
        cli_s3_place_deinit(&place);
    }
}

static void test_any_word_names_its_object_or_none(void **state)
{
    (void)state;
    CHECK_CORPUS(s3_place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_place_has_a_bucket_and_a_key),
        cmocka_unit_test(test_any_word_names_its_object_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
