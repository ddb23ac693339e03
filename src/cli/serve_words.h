/*
 * serve_words.h - what `millrace serve` was told: its options, read and checked.
 */
#ifndef MR_SRC_CLI_SERVE_WORDS_H
#define MR_SRC_CLI_SERVE_WORDS_H

#include "src/cli/common.h"

#define CLI_ALLOW_HOSTS_MAX 16

typedef struct cli_serve_words {
    cli_common
        common; /* state, seed, clock, start (-1: none), log, quiet, verbose and help of it */
    const char *template_file;
    mr_plan_parameter *parameters;
    size_t parameter_count, parameter_capacity;

    const char *host;
    uint16_t port;
    bool tls, self_signed;
    const char *certificate, *key; /* PEM files; NULL: not named */
    bool auth;

    bool limits, durable, drain, replace, use_code;
    uint64_t stream_bytes;
    int64_t state_delay_us;
    const char *region, *events;
    const char *allow_hosts[CLI_ALLOW_HOSTS_MAX + 1]; /* ended by NULL */
    int allow_host_count;
} cli_serve_words;

/* Reads the words given. Errors: MR_INVALID_ARGUMENT, naming them and how to mend them. */
MR_NODISCARD mr_code cli_serve_words_read(int count, char **given, cli_serve_words *words,
                                          mr_error *err);
void cli_serve_words_deinit(cli_serve_words *words); /* also after a failed read */
void cli_serve_words_print_help(void);

#endif
