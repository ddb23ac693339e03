/* fault_test.c - when a rule strikes. */
#include "sim/fault/fault.h"
#include "tests/check.h"

static const mr_fault_rule lambda_error = {.kind = MR_FAULT_LAMBDA_ERROR, .until_us = INT64_MAX};

static void add(mr_faults *faults, mr_fault_rule rule)
{
    mr_error err;
    CHECK_OK("add", mr_faults_add(faults, &rule, &err), &err);
}

static bool strikes(mr_faults *faults, const char *target, int64_t now_us)
{
    return mr_faults_ask(faults, MR_POINT_INVOKE, target, now_us).kind != MR_FAULT_NONE;
}

static void test_without_rules_nothing_strikes(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    CHECK_TRUE("none", !strikes(faults, "Decode", 0));
    CHECK_TRUE("no faults at all", !strikes(NULL, "Decode", 0));
    add(faults, lambda_error);
    CHECK_TRUE("any", mr_faults_any(faults, MR_POINT_INVOKE));
    CHECK_TRUE("elsewhere", !mr_faults_any(faults, MR_POINT_STORE_PUT));
    CHECK_INT("elsewhere", mr_faults_ask(faults, MR_POINT_STORE_PUT, "b/k", 0).kind, MR_FAULT_NONE);
    CHECK_TRUE("here", strikes(faults, "Decode", 0));
    mr_faults_free(faults);
    mr_faults_free(NULL);
}

static void test_a_span_of_time_begins_at_its_first_instant_and_ends_before_its_last(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule rule = lambda_error;
    rule.from_us = 100;
    rule.until_us = 200;
    add(faults, rule);
    CHECK_TRUE("before", !strikes(faults, "Decode", 99));
    CHECK_TRUE("first", strikes(faults, "Decode", 100));
    CHECK_TRUE("last", strikes(faults, "Decode", 199));
    CHECK_TRUE("after", !strikes(faults, "Decode", 200));
    mr_faults_free(faults);
}

static void test_targets_are_globs(void **state)
{
    (void)state;
    static const struct {
        const char *glob, *target;
        bool want;
    } cases[] = {
        {NULL, "x", true},
        {"", "x", true},
        {"*", "", true},
        {"Decode", "Decode", true},
        {"Decode", "Decode2", false},
        {"Dec*", "Decode", true},
        {"*code", "Decode", true},
        {"D*o*e", "Decode", true},
        {"D*x*e", "Decode", false},
        {"b/*/1", "b/a/1/1", true},
        {"b/*/1", "b/a/1/2", false},
        {"**", "x", true},
        {"*ab", "aab", true},
        {"a*", "b", false},
        {"a*b*", "ab", true},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_faults *faults = mr_faults_new(1);
        mr_fault_rule rule = lambda_error;
        rule.target = cases[i].glob;
        add(faults, rule);
        CHECK_INT(cases[i].target, strikes(faults, cases[i].target, 0), cases[i].want);
        mr_faults_free(faults);
    }
}

/* Asks ten times and writes 'x' for each strike. */
static void check_pattern(const char *label, mr_fault_rule rule, const char *want)
{
    mr_faults *faults = mr_faults_new(1);
    add(faults, rule);
    char got[11] = {0};
    for (size_t i = 0; i < 10; i++) {
        got[i] = strikes(faults, "Decode", 0) ? 'x' : '.';
    }
    CHECK_STR(label, got, want);
    mr_faults_free(faults);
}

static void test_counts_choose_the_askings(void **state)
{
    (void)state;
    mr_fault_rule rule = lambda_error;
    check_pattern("always", rule, "xxxxxxxxxx");
    rule.first = 4;
    check_pattern("from the fourth on", rule, "...xxxxxxx");
    rule.every = 3;
    check_pattern("every third from there", rule, "...x..x..x");
    rule.most = 2;
    check_pattern("but twice at most", rule, "...x..x...");
    rule = lambda_error;
    rule.every = 2;
    check_pattern("every second", rule, "x.x.x.x.x.");
    rule = lambda_error;
    rule.most = 1;
    check_pattern("once", rule, "x.........");
}

static void test_chance_is_near_its_probability_and_repeats_with_the_seed(void **state)
{
    (void)state;
    mr_fault_rule rule = lambda_error;
    rule.probability = 0.25;
    int counts[3] = {0};
    static const uint64_t seeds[3] = {1, 1, 2};
    char patterns[3][64] = {{0}};
    for (size_t run = 0; run < 3; run++) {
        mr_faults *faults = mr_faults_new(seeds[run]);
        add(faults, rule);
        for (size_t i = 0; i < 10000; i++) {
            bool struck = strikes(faults, "Decode", 0);
            counts[run] += struck;
            if (i < 63) {
                patterns[run][i] = struck ? 'x' : '.';
            }
        }
        CHECK_TRUE("near", counts[run] > 2300 && counts[run] < 2700);
        mr_faults_free(faults);
    }
    CHECK_STR("same seed", patterns[0], patterns[1]);
    CHECK_TRUE("another seed", strcmp(patterns[0], patterns[2]) != 0);
}

static void test_the_first_rule_added_wins_and_later_ones_keep_counting(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule once = lambda_error;
    once.most = 1;
    add(faults, once);
    add(faults,
        (mr_fault_rule){
            .kind = MR_FAULT_LAMBDA_SLOW, .until_us = INT64_MAX, .delay_us = 7, .every = 2});
    CHECK_INT("1", mr_faults_ask(faults, MR_POINT_INVOKE, "f", 0).kind, MR_FAULT_LAMBDA_ERROR);
    CHECK_INT("2", mr_faults_ask(faults, MR_POINT_INVOKE, "f", 0).kind, MR_FAULT_NONE);
    mr_fault third = mr_faults_ask(faults, MR_POINT_INVOKE, "f", 0);
    CHECK_INT("3", third.kind, MR_FAULT_LAMBDA_SLOW);
    CHECK_INT("delay", third.delay_us, 7);
    mr_faults_free(faults);
}

static void count_strike(void *context, mr_fault_kind kind, const char *target)
{
    CHECK_INT("kind", kind, MR_FAULT_LAMBDA_ERROR);
    CHECK_STR("target", target, "Decode");
    ++*(int *)context;
}

static void test_every_strike_is_told(void **state)
{
    (void)state;
    int count = 0;
    mr_faults *faults = mr_faults_new(1);
    mr_faults_on_strike(faults, count_strike, &count);
    mr_fault_rule rule = lambda_error;
    rule.every = 2;
    add(faults, rule);
    for (int i = 0; i < 10; i++) {
        (void)strikes(faults, "Decode", 0);
    }
    CHECK_INT("told", count, 5);
    mr_faults_free(faults);
}

static void test_the_strikes_of_each_rule_are_counted(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule first = lambda_error;
    first.most = 2;
    add(faults, first);
    add(faults, lambda_error);
    for (int i = 0; i < 5; i++) {
        (void)strikes(faults, "Decode", INT64_MAX - 1); /* it never ends */
    }
    CHECK_INT("first", mr_faults_struck(faults, 0), 2);
    CHECK_INT("second", mr_faults_struck(faults, 1), 3);
    mr_faults_free(faults);
}

static void test_the_text_of_a_rule_is_copied_and_comes_with_its_strikes(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    char text[] = "Boom";
    mr_fault_rule rule = lambda_error;
    rule.text = text;
    rule.most = 1;
    add(faults, rule);
    memset(text, 'x', sizeof(text) - 1);
    add(faults, lambda_error);
    CHECK_STR("text", mr_faults_ask(faults, MR_POINT_INVOKE, "f", 0).text, "Boom");
    CHECK_TRUE("none", mr_faults_ask(faults, MR_POINT_INVOKE, "f", 0).text == NULL);
    mr_faults_free(faults);
}

static void test_the_choice_of_a_mistake_is_carried(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    CHECK_INT("at first", mr_faults_mutation(faults), MR_MUTATION_NONE);
    CHECK_TRUE("none", mr_faults_mutates(faults, MR_MUTATION_NONE));
    CHECK_TRUE("no faults", !mr_faults_mutates(NULL, MR_MUTATION_NONE));
    mr_mutation last = MR_MUTATION_COUNT - 1;
    mr_faults_mutate(faults, last);
    CHECK_TRUE("chosen", mr_faults_mutates(faults, last));
    mr_faults_free(faults);
}

static void test_rules_out_of_form_are_refused(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_error err;
    mr_fault_rule rule = lambda_error;
    rule.probability = -0.5;
    CHECK_CODE("probability", mr_faults_add(faults, &rule, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("probability", err.message, "lambda-error: a probability of -0.5");
    rule = lambda_error;
    rule.from_us = rule.until_us = 10;
    CHECK_CODE("span", mr_faults_add(faults, &rule, &err), MR_INVALID_ARGUMENT);
    rule = lambda_error;
    rule.delay_us = -1;
    CHECK_CODE("delay", mr_faults_add(faults, &rule, &err), MR_INVALID_ARGUMENT);
    rule = lambda_error;
    char text[MR_FAULT_TEXT_MAX + 2];
    memset(text, 'x', sizeof(text));
    text[MR_FAULT_TEXT_MAX + 1] = '\0';
    rule.text = text;
    CHECK_CODE("text", mr_faults_add(faults, &rule, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("text", err.message, "a text of 4097 bytes; the most is 4096");
    CHECK_TRUE("none was added", !mr_faults_any(faults, MR_POINT_INVOKE));
    mr_faults_free(faults);
}

static void test_every_kind_has_a_word_and_is_found_by_it(void **state)
{
    (void)state;
    for (mr_fault_kind kind = MR_FAULT_NONE + 1; kind < MR_FAULT_KIND_COUNT; kind++) {
        CHECK_INT(mr_fault_kind_name(kind), mr_fault_kind_of(mr_fault_kind_name(kind)), kind);
    }
    CHECK_STR("word", mr_fault_kind_name(MR_FAULT_STORE_REFUSED), "store-refused");
    CHECK_INT("no such word", mr_fault_kind_of("earthquake"), MR_FAULT_NONE);
    CHECK_INT("none is no kind", mr_fault_kind_of("none"), MR_FAULT_NONE);
}

/* ---- rules that are looked at and taken back ---- */

static void test_rules_are_listed_with_how_they_stand(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule span = lambda_error, twice = lambda_error;
    CHECK_INT("none was added", mr_faults_newest(faults), 0);
    span.from_us = 100;
    span.until_us = 200;
    span.target = "Dec*";
    add(faults, span);
    twice.most = 2;
    twice.from_us = 150;
    add(faults, twice);
    CHECK_INT("two", mr_faults_count(faults), 2);
    CHECK_INT("newest", mr_faults_newest(faults), 2);
    static const struct {
        int64_t now_us;
        const char *first, *second;
    } cases[] = {{99, "waiting", "waiting"},
                 {100, "active", "waiting"},
                 {199, "active", "active"},
                 {200, "over", "active"}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_fault_view first = mr_faults_at(faults, 0, cases[i].now_us);
        mr_fault_view second = mr_faults_at(faults, 1, cases[i].now_us);
        CHECK_STR("first", mr_fault_state_name(first.state), cases[i].first);
        CHECK_STR("second", mr_fault_state_name(second.state), cases[i].second);
    }
    CHECK_TRUE("the first strikes", strikes(faults, "Decode", 150));
    CHECK_TRUE("the second", strikes(faults, "Other", 200) && strikes(faults, "Other", 200));
    mr_fault_view first = mr_faults_at(faults, 0, 150);
    CHECK_INT("id", first.id, 1);
    CHECK_STR("target", first.rule->target, "Dec*");
    CHECK_INT("struck", first.struck, 1);
    mr_fault_view second = mr_faults_at(faults, 1, 200);
    CHECK_INT("struck", second.struck, 2);
    CHECK_STR("spent", mr_fault_state_name(second.state), "over");
    mr_faults_free(faults);
}

static void test_a_rule_that_is_taken_back_strikes_no_more(void **state)
{
    (void)state;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule other = lambda_error;
    other.target = "Other";
    add(faults, lambda_error);
    add(faults, other);
    CHECK_TRUE("strikes", strikes(faults, "Decode", 0));
    CHECK_TRUE("taken back", mr_faults_remove(faults, 1));
    CHECK_TRUE("once", !mr_faults_remove(faults, 1));
    CHECK_TRUE("none so numbered", !mr_faults_remove(faults, 0) && !mr_faults_remove(faults, 3));
    CHECK_TRUE("no more", !strikes(faults, "Decode", 0));
    CHECK_TRUE("the other does", strikes(faults, "Other", 0));
    CHECK_INT("by its place of adding", mr_faults_struck(faults, 1), 1);
    add(faults, lambda_error);
    CHECK_INT("a number of its own", mr_faults_newest(faults), 3);
    CHECK_INT("the last is the newest", mr_faults_at(faults, 1, 0).id, 3);
    CHECK_INT("all", mr_faults_clear(faults), 2);
    CHECK_INT("none", mr_faults_count(faults), 0);
    CHECK_TRUE("nothing is asked any more", !mr_faults_any(faults, MR_POINT_INVOKE));
    mr_faults_free(faults);
}

/* Otherwise a fault that is withdrawn would change what the others do. */
static void test_taking_one_back_does_not_shift_the_chance_of_another(void **state)
{
    (void)state;
    char struck[2][64];
    for (int round = 0; round < 2; round++) {
        mr_faults *faults = mr_faults_new(1);
        mr_fault_rule never = lambda_error, rare = lambda_error;
        never.target = "nobody";
        rare.probability = 0.5;
        add(faults, never);
        if (round == 1) {
            (void)mr_faults_remove(faults, 1);
        }
        add(faults, rare);
        for (size_t i = 0; i < sizeof(struck[0]); i++) {
            struck[round][i] = strikes(faults, "Decode", 0) ? '1' : '0';
        }
        mr_faults_free(faults);
    }
    assert_memory_equal(struck[0], struck[1], sizeof(struck[0]));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_rules_nothing_strikes),
        cmocka_unit_test(test_a_span_of_time_begins_at_its_first_instant_and_ends_before_its_last),
        cmocka_unit_test(test_targets_are_globs),
        cmocka_unit_test(test_counts_choose_the_askings),
        cmocka_unit_test(test_chance_is_near_its_probability_and_repeats_with_the_seed),
        cmocka_unit_test(test_the_first_rule_added_wins_and_later_ones_keep_counting),
        cmocka_unit_test(test_every_strike_is_told),
        cmocka_unit_test(test_the_strikes_of_each_rule_are_counted),
        cmocka_unit_test(test_the_text_of_a_rule_is_copied_and_comes_with_its_strikes),
        cmocka_unit_test(test_the_choice_of_a_mistake_is_carried),
        cmocka_unit_test(test_rules_out_of_form_are_refused),
        cmocka_unit_test(test_every_kind_has_a_word_and_is_found_by_it),
        cmocka_unit_test(test_rules_are_listed_with_how_they_stand),
        cmocka_unit_test(test_a_rule_that_is_taken_back_strikes_no_more),
        cmocka_unit_test(test_taking_one_back_does_not_shift_the_chance_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
