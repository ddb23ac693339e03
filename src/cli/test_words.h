/*
 * test_words.h - what `millrace test` was told: its options and scenarios, read and checked.
 */
#ifndef MR_SRC_CLI_TEST_WORDS_H
#define MR_SRC_CLI_TEST_WORDS_H

#include "src/cli/common.h"

#define CLI_TEST_JOBS_MAX  256
#define CLI_TEST_SEEDS_MAX 1000000

typedef struct cli_test_words {
    cli_common common;  /* state, output, quiet, verbose and help of it */
    const char **paths; /* files and folders, in the order given; the array is owned */
    size_t path_count, path_capacity;
    const char *replay; /* a recording; NULL: none */

    bool has_seeds; /* seed_first..seed_last, both inclusive; else each scenario's own */
    bool is_swarm;  /* --seeds: also when it is one */
    uint64_t seed_first, seed_last;
    bool chaos, shrink, twice, update, fail_fast;

    unsigned jobs; /* 0: as many as there are cores */
    bool tap;
    const char *junit, *events;
} cli_test_words;

/* Reads the words given. Errors: MR_INVALID_ARGUMENT, naming them and how to mend them. */
MR_NODISCARD mr_code cli_test_words_read(int count, char **given, cli_test_words *words,
                                         mr_error *err);
void cli_test_words_deinit(cli_test_words *words); /* also after a failed read */
void cli_test_words_print_help(void);

/* How many seeds each scenario is run under. */
uint64_t cli_test_words_seeds(const cli_test_words *words);

#endif
