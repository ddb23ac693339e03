/* test_words.c - see test_words.h. Of the common options only those are taken that mean something
 * here: a scenario has its own clock and start. */
#include "src/cli/test_words.h"

#include "sim/base/alloc.h"

#include <stdio.h>
#include <string.h>

enum {
    TEST_SEED = 1,
    TEST_SEEDS,
    TEST_CHAOS,
    TEST_SHRINK,
    TEST_TWICE,
    TEST_JOBS,
    TEST_TAP,
    TEST_JUNIT,
    TEST_UPDATE,
    TEST_REPLAY,
    TEST_EVENTS,
    TEST_KEEP_GOING,
    TEST_FAIL_FAST
};

static const cli_option test_options[] = {
    {TEST_SEED, "--seed", 0, "N", "run under this seed instead of the scenario's own"},
    {TEST_SEEDS, "--seeds", 0, "N|A..B", "a swarm: run under each of these seeds (N: 1..N)"},
    {TEST_CHAOS, "--chaos", 0, NULL,
     "add random faults, drawn from the seed; only what must always hold is expected"},
    {TEST_SHRINK, "--shrink", 0, NULL, "find the fewest faults and rows with which it still fails"},
    {TEST_TWICE, "--twice", 0, NULL, "run everything twice and compare every event"},
    {TEST_JOBS, "--jobs", 'j', "N", "run so many at a time (default: as many as cores)"},
    {TEST_FAIL_FAST, "--fail-fast", 0, NULL, "begin nothing more after the first failure"},
    {TEST_KEEP_GOING, "--keep-going", 0, NULL, "run all of them whatever fails (the default)"},
    {TEST_UPDATE, "--update", 0, NULL, "write the folders of same-as: what comes out is right"},
    {TEST_REPLAY, "--replay", 0, "FILE", "put the records of a recording, and expect none lost"},
    {TEST_TAP, "--tap", 0, NULL, "report as TAP version 14"},
    {TEST_JUNIT, "--junit", 0, "FILE", "write a report as JUnit XML, too"},
    {TEST_EVENTS, "--events", 0, "FILE", "write the event log of one run as JSON lines"},
    {CLI_STATE, "--state", 0, "DIR", "keep each run's state in DIR/NAME[-seed-N]"},
    {CLI_OUTPUT, "--output", 0, "table|json|jsonl", "form of the report (default table: text)"},
    {CLI_QUIET, "--quiet", 'q', NULL, "only what failed, and the counts"},
    {CLI_VERBOSE, "--verbose", 'v', NULL, "every run with its figures and digest"},
    {CLI_HELP, "--help", 'h', NULL, "this help"},
    {0, NULL, 0, NULL, NULL},
};

/* ---- reading ---- */

static mr_code take_jobs(cli_test_words *words, const char *value, mr_error *err)
{
    uint64_t jobs = 0;
    if (!mr_bytes_to_uint64(mr_bytes_of(value), &jobs) || jobs < 1 || jobs > CLI_TEST_JOBS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--jobs %s: give 1 to %d", value,
                            CLI_TEST_JOBS_MAX);
    }
    words->jobs = (unsigned)jobs;
    return MR_OK;
}

/* "2000" is 1..2000. */
static bool parse_seeds(const char *text, uint64_t *first, uint64_t *last)
{
    *first = 1;
    const char *dots = strstr(text, "..");
    if (dots == NULL) {
        return mr_bytes_to_uint64(mr_bytes_of(text), last) && *last > 0;
    }
    return mr_bytes_to_uint64(mr_bytes_make(text, (size_t)(dots - text)), first) &&
           mr_bytes_to_uint64(mr_bytes_of(dots + strlen("..")), last) && *first <= *last;
}

static mr_code take_seeds(cli_test_words *words, const char *value, mr_error *err)
{
    if (words->has_seeds && !words->is_swarm) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--seed is one seed, --seeds are many: give one of the two");
    }
    words->has_seeds = true;
    words->is_swarm = true;
    if (!parse_seeds(value, &words->seed_first, &words->seed_last) ||
        words->seed_last - words->seed_first >= CLI_TEST_SEEDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--seeds %s: give a number of seeds such as 200, or a range such as "
                            "201..400, of %d at most",
                            value, CLI_TEST_SEEDS_MAX);
    }
    return MR_OK;
}

static mr_code take_seed(cli_test_words *words, const char *value, mr_error *err)
{
    if (words->is_swarm) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--seed is one seed, --seeds are many: give one of the two");
    }
    words->has_seeds = true;
    mr_code code = cli_seed_parse(value, &words->seed_first, err);
    words->seed_last = words->seed_first;
    return code;
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    cli_test_words *words = context;
    switch (item->id) {
    case TEST_SEED:
        return take_seed(words, item->value, err);
    case TEST_SEEDS:
        return take_seeds(words, item->value, err);
    case TEST_JOBS:
        return take_jobs(words, item->value, err);
    case TEST_CHAOS:
        words->chaos = true;
        return MR_OK;
    case TEST_SHRINK:
        words->shrink = true;
        return MR_OK;
    case TEST_TWICE:
        words->twice = true;
        return MR_OK;
    case TEST_UPDATE:
        words->update = true;
        return MR_OK;
    case TEST_FAIL_FAST:
        words->fail_fast = true;
        return MR_OK;
    case TEST_KEEP_GOING:
        words->fail_fast = false;
        return MR_OK;
    case TEST_TAP:
        words->tap = true;
        return MR_OK;
    case TEST_JUNIT:
        words->junit = item->value;
        return MR_OK;
    case TEST_REPLAY:
        words->replay = item->value;
        return MR_OK;
    default:
        words->events = item->value;
        return MR_OK;
    }
}

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    (void)err;
    cli_test_words *words = context;
    MR_GROW(words->paths, words->path_count, words->path_capacity);
    words->paths[words->path_count++] = item->value;
    return MR_OK;
}

/* ---- checking ---- */

/* Writing what is right must be the work of the plain run. */
static mr_code check_update(const cli_test_words *words, mr_error *err)
{
    const char *other = words->chaos       ? "--chaos"
                        : words->is_swarm  ? "--seeds"
                        : words->has_seeds ? "--seed"
                        : words->twice     ? "--twice"
                                           : NULL;
    if (!words->update || other == NULL) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "--update writes what a scenario's own run gives: leave out %s", other);
}

static mr_code check_words(const cli_test_words *words, mr_error *err)
{
    if (words->path_count == 0 && words->replay == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "test needs scenarios, or a folder of them: millrace test "
                            "scenario.yaml");
    }
    if (words->common.output == CLI_OUTPUT_CSV) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--output csv: give table, json or jsonl");
    }
    if (words->tap && words->common.output != CLI_OUTPUT_TABLE) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--tap and --output both say how standard output looks: give one");
    }
    if (words->events != NULL && cli_test_words_seeds(words) > 1) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--events is the log of one run: give one --seed instead of --seeds");
    }
    return check_update(words, err);
}

mr_code cli_test_words_read(int count, char **given, cli_test_words *words, mr_error *err)
{
    *words = (cli_test_words){.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = given, .count = count, .tables = {test_options}},
                           .common = &words->common,
                           .option = take_option,
                           .take_word = take_word,
                           .command = words};
    mr_code code = cli_read(&reading, err);
    if (code != MR_OK || words->common.help) {
        return code;
    }
    return check_words(words, err);
}

void cli_test_words_deinit(cli_test_words *words)
{
    mr_free(words->paths);
}

uint64_t cli_test_words_seeds(const cli_test_words *words)
{
    return words->has_seeds ? words->seed_last - words->seed_first + 1 : 1;
}

void cli_test_words_print_help(void)
{
    printf("millrace test SCENARIO... [--seeds N] [--chaos]\n\n"
           "SCENARIO is a file, or a folder with scenarios below it.\n\n");
    cli_print_options(test_options);
}
