/*
 * options.h - reads a command's words: options from a table, plain words, in the order given.
 *
 * Long options take their value after '=' or as the next word; letters may not be joined. What
 * begins with '-' and a digit is a word: a value below 0, of which the command says why not. The
 * order is kept because options after an --input belong to that input.
 */
#ifndef MR_SRC_CLI_OPTIONS_H
#define MR_SRC_CLI_OPTIONS_H

#include "sim/base/error.h"

typedef struct cli_option {
    int id;            /* the command's own number, above 0; 0 ends a table */
    const char *name;  /* "--state" */
    char letter;       /* 'q' for -q; 0: none */
    const char *value; /* what its value is called in the help: "DIR"; NULL: takes none */
    const char *help;  /* one line */
} cli_option;

/* Options that every command with a state directory takes; ids from 1000 on. */
enum {
    CLI_STATE = 1000,
    CLI_SEED,
    CLI_CLOCK,
    CLI_START,
    CLI_OUTPUT,
    CLI_LOG,
    CLI_QUIET,
    CLI_VERBOSE,
    CLI_HELP
};
extern const cli_option cli_common_options[];

typedef struct cli_words {
    char **words;
    int count, at;
    const cli_option *tables[4]; /* searched in order; ended by NULL */
    const char *takes_template;  /* "millrace serve FILE": said of --template, for the template is a
                                  * plain word; NULL: the command has none */
    bool only_words;             /* after "--" */
} cli_words;

typedef enum cli_item_kind { CLI_END, CLI_WORD, CLI_OPTION } cli_item_kind;

typedef struct cli_item {
    cli_item_kind kind;
    int id;            /* CLI_OPTION */
    const char *name;  /* CLI_OPTION: its long name */
    const char *value; /* CLI_WORD: the word; CLI_OPTION: its value or NULL */
} cli_item;

/* The next item. Errors: MR_INVALID_ARGUMENT: no such option (with the nearest one), a value
 * missing, or one where none is taken. */
MR_NODISCARD mr_code cli_next(cli_words *words, cli_item *out, mr_error *err);

/* Prints a table as help lines to standard output. */
void cli_print_options(const cli_option *table);

#endif
