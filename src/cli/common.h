/*
 * common.h - the options that commands share, and what a command says when it fails.
 */
#ifndef MR_SRC_CLI_COMMON_H
#define MR_SRC_CLI_COMMON_H

#include "sim/base/error.h"
#include "sim/time/clock.h"
#include "src/cli/options.h"
#include "src/cli/result_writer.h"
#include "src/config/plan.h"

enum {
    CLI_EXIT_DONE = 0,
    CLI_EXIT_FAILED = 1,  /* an expectation or a query; --strict */
    CLI_EXIT_USAGE = 2,   /* usage or bad input */
    CLI_EXIT_MACHINE = 3, /* an invariant broken, or the machine */
    CLI_EXIT_INTERRUPTED = 130
};

typedef struct cli_common {
    const char *state; /* NULL: not named */
    uint64_t seed;
    mr_clock_mode clock;
    double speed;
    int64_t start_us;
    cli_output output;
    bool log_json;
    bool quiet;
    bool verbose;
    bool help;
} cli_common;

cli_common cli_common_defaults(void);
/* *taken: the item was one of the common options. Errors: MR_INVALID_ARGUMENT naming option and
 * value. */
MR_NODISCARD mr_code cli_common_take(cli_common *common, const cli_item *item, bool *taken,
                                     mr_error *err);

/* A value of --clock: virtual, real, or paced ("60x"). Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code cli_clock_parse(const char *text, mr_clock_mode *mode, double *speed,
                                     mr_error *err);

/* The value of --seed. Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code cli_seed_parse(const char *text, uint64_t *seed, mr_error *err);

/* The values of --port, of --limits and of --stream-bytes. Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code cli_port_parse(const char *text, uint16_t *port, mr_error *err);
MR_NODISCARD mr_code cli_limits_parse(const char *text, bool *limits, mr_error *err);
MR_NODISCARD mr_code cli_stream_bytes_parse(const char *text, uint64_t *bytes, mr_error *err);

/* An option that is the command's own. */
typedef mr_code (*cli_option_fn)(void *command, const cli_item *item, mr_error *err);

typedef struct cli_reading {
    cli_words words;
    cli_common *common; /* takes the common options */
    cli_option_fn option;
    void *command;
    cli_option_fn take_word; /* takes every plain word; NULL: there is one at most, as follows */
    const char **word;       /* out: the one plain word, NULL when none came; NULL: it takes none */
    const char *too_many;    /* what is said of a second one: "run takes one template" */
    const char *missing;     /* and without one, unless help is asked for; NULL: nothing */
} cli_reading;

/* Reads all words of a command. Errors: MR_INVALID_ARGUMENT, and those of option(). */
MR_NODISCARD mr_code cli_read(cli_reading *reading, mr_error *err);

/* Reads NAME=VALUE of --param. out->name is owned (see cli_parameters_free), value borrowed; zeroed
 * on an error. Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code cli_parameter_parse(const char *text, mr_plan_parameter *out, mr_error *err);
void cli_parameters_free(mr_plan_parameter *parameters, size_t count); /* NULL is fine */

/* The exit status that an error deserves (see cli.h). */
int cli_exit_of(mr_code code);
/* The same of a statement: what it asks for in vain is a failed query, not a wrong usage. */
int cli_exit_of_query(mr_code code);
/* "millrace: message" on standard error; returns the exit status. Commands that take --log have
 * cli_log_failure() of log_line.h. */
int cli_fail(const mr_error *err);

/* The commands. words: what follows the command's name. */
int cli_run(int count, char **words);
int cli_serve(int count, char **words);
int cli_put(int count, char **words);
int cli_tail(int count, char **words);
int cli_status(int count, char **words);
int cli_clock(int count, char **words);
int cli_fault(int count, char **words);
int cli_events(int count, char **words);
int cli_env(int count, char **words);
int cli_ls(int count, char **words);
int cli_cat(int count, char **words);
int cli_query(int count, char **words);
int cli_check(int count, char **words);
int cli_test(int count, char **words);
int cli_version(int count, char **words);

#endif
