/*
 * run_words.h - what `millrace run` was told: its options and inputs, read and checked.
 */
#ifndef MR_SRC_CLI_RUN_WORDS_H
#define MR_SRC_CLI_RUN_WORDS_H

#include "sim/fault/fault.h"
#include "sim/producer/input_options.h"
#include "src/cli/common.h"
#include "src/config/plan.h"

/* An --input of the command line, with the options that belong to it. */
typedef struct cli_run_input {
    char *target;
    const char *file;
    mr_input_options options;
} cli_run_input;

typedef struct cli_run_words {
    cli_common common;
    const char *template_file;
    cli_option *input_table; /* the producer's options as ours */

    mr_input_options shared; /* those before the first --input */
    bool shared_is_set;
    cli_run_input *inputs;
    size_t input_count, input_capacity;

    mr_plan_parameter *parameters;
    size_t parameter_count, parameter_capacity;
    const char **queries;
    size_t query_count, query_capacity;
    const char **fault_texts;
    size_t fault_count, fault_capacity;
    mr_fault_rule *faults;
    char **fault_words;

    bool limits, durable, drain, resume, replace, twice, strict, use_code, console;
    const char *host; /* NULL: the default */
    uint16_t port;
    bool port_is_set;
    uint64_t stream_bytes;
    const char *events, *record, *region;
} cli_run_words;

/* Reads the words. Errors: MR_INVALID_ARGUMENT, naming the word and what it may be. */
MR_NODISCARD mr_code cli_run_words_read(int count, char **words, cli_run_words *out, mr_error *err);
void cli_run_words_deinit(cli_run_words *words); /* also after a failed read */
void cli_run_words_print_help(const cli_run_words *words);

#endif
