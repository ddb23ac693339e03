/* fault_option_test.c - faults as words. */
#include "src/app/fault_option.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define START_US INT64_C(1000000)

static void test_every_member_is_read(void **state)
{
    (void)state;
    mr_fault_rule rule;
    char *words;
    mr_error err;
    CHECK_OK("whole",
             mr_fault_option_parse("store-slow:data*/k,from=30s,for=1m,first=2,every=3,most=4,"
                                   "probability=0.5,delay=250ms",
                                   START_US, &rule, &words, &err),
             &err);
    CHECK_INT("kind", rule.kind, MR_FAULT_STORE_SLOW);
    CHECK_STR("target", rule.target, "data*/k");
    CHECK_INT("from", rule.from_us, START_US + 30000000);
    CHECK_INT("until", rule.until_us, START_US + 90000000);
    CHECK_INT("first", (int64_t)rule.first, 2);
    CHECK_INT("every", (int64_t)rule.every, 3);
    CHECK_INT("most", (int64_t)rule.most, 4);
    CHECK_TRUE("probability", rule.probability > 0.49 && rule.probability < 0.51);
    CHECK_INT("delay", rule.delay_us, 250000);
    CHECK_TRUE("no text", rule.text == NULL);
    mr_free(words);
}

static void test_a_text_goes_on_to_the_end(void **state)
{
    (void)state;
    mr_fault_rule rule;
    char *words;
    mr_error err;
    CHECK_OK("parse",
             mr_fault_option_parse("record-poisoned:s/*,most=1,text={\"a\":1,first=2}", START_US,
                                   &rule, &words, &err),
             &err);
    CHECK_INT("kind", rule.kind, MR_FAULT_PUT_POISONED);
    CHECK_STR("target", rule.target, "s/*");
    CHECK_INT("most", (int64_t)rule.most, 1);
    CHECK_STR("text", rule.text, "{\"a\":1,first=2}");
    CHECK_INT("not a member", (int64_t)rule.first, 0);
    mr_free(words);
}

static void test_a_kind_alone_strikes_everything_from_the_start_for_ever(void **state)
{
    (void)state;
    mr_fault_rule rule;
    char *words;
    mr_error err;
    CHECK_OK("alone", mr_fault_option_parse("lambda-error", START_US, &rule, &words, &err), &err);
    CHECK_INT("from", rule.from_us, START_US);
    CHECK_TRUE("for ever", rule.until_us == INT64_MAX);
    CHECK_TRUE("everything", rule.target == NULL);
    mr_free(words);
}

static void test_what_cannot_be_read_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *piece;
    } cases[] = {
        {"lambda-eror", "lambda-error"},     {"", "no fault"},
        {"lambda-error,from=soon", "from="}, {"lambda-error,until=3s", "until=3s"},
        {"lambda-error,most", "most"},       {"lambda-error,probability=2", "probability=2"},
        {"lambda-error,first=-1", "first="}, {"lambda-error,", "from=30s"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_fault_rule rule;
        char *words;
        mr_error err;
        CHECK_CODE(cases[i].text,
                   mr_fault_option_parse(cases[i].text, START_US, &rule, &words, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].text, err.message, cases[i].piece);
        CHECK_TRUE(cases[i].text, words == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member_is_read),
        cmocka_unit_test(test_a_text_goes_on_to_the_end),
        cmocka_unit_test(test_a_kind_alone_strikes_everything_from_the_start_for_ever),
        cmocka_unit_test(test_what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
