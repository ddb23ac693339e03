/* test_words_test.c - what `millrace test` understands, and what it says of the rest. */
#include "src/cli/test_words.h"

#include "tests/check.h"

#include <stdio.h>

#define WORDS_MAX 12

/* The words of a line, by its blanks. */
static int split(char *line, char *words[WORDS_MAX])
{
    int count = 0;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    return count;
}

/* line: cut into words that the result points into. */
static cli_test_words read_line(char *line)
{
    char *words[WORDS_MAX];
    int count = split(line, words);
    cli_test_words out;
    mr_error err;
    CHECK_OK(line, cli_test_words_read(count, words, &out, &err), &err);
    return out;
}

static void test_scenarios_alone_run_under_their_own_seed(void **state)
{
    (void)state;
    char line[] = "b.yaml a -- --odd";
    cli_test_words words = read_line(line);
    CHECK_INT("paths", words.path_count, 3);
    CHECK_STR("first", words.paths[0], "b.yaml");
    CHECK_STR("last", words.paths[2], "--odd");
    CHECK_TRUE("no seed", !words.has_seeds && !words.is_swarm);
    CHECK_INT("one run", cli_test_words_seeds(&words), 1);
    CHECK_INT("jobs", words.jobs, 0);
    CHECK_TRUE("goes on", !words.fail_fast);
    cli_test_words_deinit(&words);
}

static void test_every_option_is_taken(void **state)
{
    (void)state;
    char line[] = "--chaos --shrink --twice a --jobs=3 --junit j.xml --state s --fail-fast -q -v";
    cli_test_words words = read_line(line);
    CHECK_TRUE("flags", words.chaos && words.shrink && words.twice && words.fail_fast);
    CHECK_INT("jobs", words.jobs, 3);
    CHECK_STR("junit", words.junit, "j.xml");
    CHECK_STR("state", words.common.state, "s");
    CHECK_TRUE("quiet and verbose", words.common.quiet && words.common.verbose);
    cli_test_words_deinit(&words);

    char other[] = "--update --tap --events e --replay r --fail-fast --keep-going";
    words = read_line(other);
    CHECK_TRUE("flags", words.update && words.tap && !words.fail_fast);
    CHECK_STR("events", words.events, "e");
    CHECK_STR("a recording is enough", words.replay, "r");
    CHECK_INT("paths", words.path_count, 0);
    cli_test_words_deinit(&words);
}

static void test_seeds_are_one_a_count_or_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint64_t first, last;
        bool is_swarm;
    } cases[] = {
        {"a --seed 7", 7, 7, false},
        {"a --seed 18446744073709551615", UINT64_MAX, UINT64_MAX, false},
        {"a --seeds 2000", 1, 2000, true},
        {"a --seeds 1", 1, 1, true},
        {"a --seeds 201..400", 201, 400, true},
        {"a --seeds 0..0", 0, 0, true},
        {"a --seeds 18446744073709551615..18446744073709551615", UINT64_MAX, UINT64_MAX, true},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char line[100];
        (void)snprintf(line, sizeof(line), "%s", cases[i].line);
        cli_test_words words = read_line(line);
        CHECK_TRUE(cases[i].line, words.has_seeds);
        CHECK_TRUE(cases[i].line, words.seed_first == cases[i].first);
        CHECK_TRUE(cases[i].line, words.seed_last == cases[i].last);
        CHECK_INT(cases[i].line, words.is_swarm, cases[i].is_swarm);
        CHECK_INT(cases[i].line, cli_test_words_seeds(&words), cases[i].last - cases[i].first + 1);
        cli_test_words_deinit(&words);
    }
}

static void test_what_does_not_go_is_said_with_how_to_mend_it(void **state)
{
    (void)state;
    static const struct {
        const char *line, *piece;
    } cases[] = {
        {"", "millrace test scenario.yaml"},
        {"--chaos", "millrace test scenario.yaml"},
        {"a --seed 7 --seeds 8", "give one of the two"},
        {"a --seeds 8 --seed 7", "give one of the two"},
        {"a --seed -1", "from 0 to 2^64-1"},
        {"a --seeds 0", "201..400"},
        {"a --seeds many", "201..400"},
        {"a --seeds 9..8", "201..400"},
        {"a --seeds 1..", "201..400"},
        {"a --seeds ..9", "201..400"},
        {"a --seeds 1000001", "of 1000000 at most"},
        {"a --seeds 0..18446744073709551615", "of 1000000 at most"},
        {"a --jobs 0", "give 1 to 256"},
        {"a --jobs 257", "give 1 to 256"},
        {"a --jobs two", "give 1 to 256"},
        {"a --output csv", "table, json or jsonl"},
        {"a --output json --tap", "give one"},
        {"a --events e --seeds 2", "one --seed instead of --seeds"},
        {"a --update --chaos", "leave out --chaos"},
        {"a --update --seeds 2", "leave out --seeds"},
        {"a --update --seed 2", "leave out --seed"},
        {"a --update --twice", "leave out --twice"},
        {"a --clock real", "no option --clock"},
        {"a --start 2025-01-01", "no option --start"},
        {"a --chaso", "did you mean --chaos?"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char line[100];
        char *words[WORDS_MAX];
        (void)snprintf(line, sizeof(line), "%s", cases[i].line);
        int count = split(line, words);
        cli_test_words out;
        mr_error err;
        CHECK_CODE(cases[i].line, cli_test_words_read(count, words, &out, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].line, err.message, cases[i].piece);
        cli_test_words_deinit(&out);
    }
}

static void test_help_needs_no_scenario(void **state)
{
    (void)state;
    char line[] = "--help";
    cli_test_words words = read_line(line);
    CHECK_TRUE("help", words.common.help);
    cli_test_words_deinit(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios_alone_run_under_their_own_seed),
        cmocka_unit_test(test_every_option_is_taken),
        cmocka_unit_test(test_seeds_are_one_a_count_or_a_range),
        cmocka_unit_test(test_what_does_not_go_is_said_with_how_to_mend_it),
        cmocka_unit_test(test_help_needs_no_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
