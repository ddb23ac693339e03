#include "sim/base/nearest.h"
#include "tests/check.h"

static void test_edit_distance_counts_slips(void **state)
{
    (void)state;
    static const struct {
        const char *label, *a, *b;
        size_t want;
    } cases[] = {
        {"the same", "ShardCount", "ShardCount", 0},
        {"case does not count", "shardcount", "ShardCount", 0},
        {"two swapped letters", "ShardCuont", "ShardCount", 1},
        {"one dropped", "ShardCont", "ShardCount", 1},
        {"one added", "SshardCount", "ShardCount", 1},
        {"one changed", "ShardKount", "ShardCount", 1},
        {"nothing at all", "", "abc", 3},
        {"both empty", "", "", 0},
        {"all different", "abc", "xyz", 3},
        {"kitten", "kitten", "sitting", 3},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_bytes a = mr_bytes_of(cases[i].a), b = mr_bytes_of(cases[i].b);
        CHECK_INT(cases[i].label, mr_edit_distance(a, b), cases[i].want);
        CHECK_INT(cases[i].label, mr_edit_distance(b, a), cases[i].want);
    }
}

static void test_the_nearest_word_is_hinted_and_a_far_one_is_not(void **state)
{
    (void)state;
    static const char *const words[] = {"rate", "encode", "columns", "batch-bytes",
                                        "batch-records"};
    static const struct {
        const char *label, *word, *want;
    } cases[] = {
        {"a slip", "colums", "columns"},        {"a swap", "batch-btyes", "batch-bytes"},
        {"another case", "Rate", "rate"},       {"one letter is near nothing", "r", NULL},
        {"nothing alike", "compression", NULL}, {"no word", "", NULL},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *got = mr_nearest(mr_bytes_of(cases[i].word), words, MR_COUNT(words));
        CHECK_STR(cases[i].label, got == NULL ? "(none)" : got,
                  cases[i].want == NULL ? "(none)" : cases[i].want);
    }
    CHECK_TRUE("no candidates", mr_nearest(mr_bytes_of("rate"), NULL, 0) == NULL);
}

static void test_a_word_past_the_limit_has_no_neighbours(void **state)
{
    (void)state;
    char word[MR_NEAREST_WORD_MAX + 2];
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    const char *candidates[] = {word};
    CHECK_TRUE("long", mr_nearest(mr_bytes_of(word), candidates, 1) == NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit_distance_counts_slips),
        cmocka_unit_test(test_the_nearest_word_is_hinted_and_a_far_one_is_not),
        cmocka_unit_test(test_a_word_past_the_limit_has_no_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
