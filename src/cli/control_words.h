/*
 * control_words.h - what the commands that ask a running server have in common: the options that
 * say where it is, and the client made of them.
 */
#ifndef MR_SRC_CLI_CONTROL_WORDS_H
#define MR_SRC_CLI_CONTROL_WORDS_H

#include "src/cli/common.h"
#include "src/net/control_client.h"
#include "src/platform/stop_signals.h"

enum { CLI_CONTROL_ENDPOINT = 900, CLI_CONTROL_CA, CLI_CONTROL_OUTPUT };

/* The options as rows of a table. */
#define CLI_CONTROL_OPTIONS                                                                        \
    {CLI_CONTROL_ENDPOINT, "--endpoint-url", 0, "URL",                                             \
     "where the server is (default AWS_ENDPOINT_URL, or http://127.0.0.1:4566)"},                  \
    {                                                                                              \
        CLI_CONTROL_CA, "--ca-bundle", 0, "FILE", "for https: the certificates to trust"           \
    }
#define CLI_CONTROL_OUTPUT_OPTION                                                                  \
    {                                                                                              \
        CLI_CONTROL_OUTPUT, "--output", 0, "text|json", "lines for people, or JSON (default text)" \
    }

/* How --follow ends. */
#define CLI_CONTROL_FOLLOW_HELP                                                                    \
    "exit status of --follow: 0 after Ctrl-C and when the server has ended in order, which is "    \
    "said\n"                                                                                       \
    "on standard error; 3 when it has ended without a word, or the connection broke off"

typedef struct cli_control_words {
    const char *endpoint, *ca_bundle; /* NULL: not said */
    bool is_json;
} cli_control_words;

/* A command that has no options but these and the common ones begins with this. */
typedef struct cli_control_command {
    cli_common common;
    cli_control_words control;
} cli_control_command;

/* Takes one of the options above; *taken: whether it was one. Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code cli_control_take(cli_control_words *words, const cli_item *item, bool *taken,
                                      mr_error *err);
/* The same as a cli_reading has it, of a command that has no others: context is a
 * cli_control_command. */
MR_NODISCARD mr_code cli_control_take_only(void *context, const cli_item *item, mr_error *err);

/* stop: as in mr_control_options; NULL: never. Errors: those of mr_control_client_new(). */
MR_NODISCARD mr_code cli_control_open(const cli_control_words *words, bool (*stop)(void *context),
                                      void *stop_context, mr_control_client **out, mr_error *err);

/* "the server at URL has ended" on standard error: an answer without an end has come to its end. */
void cli_control_tell_end(const mr_control_client *client);

/* Ctrl-C while an answer is waited for: a `stop` for the client. */
typedef struct cli_stop_watch {
    uv_loop_t loop;
    mr_stop_signals signals;
    uv_timer_t look; /* a loop without an active handle is not polled, and signals do not count */
    bool has_stopped;
} cli_stop_watch;
void cli_stop_watch_begin(cli_stop_watch *watch);
void cli_stop_watch_end(cli_stop_watch *watch);
/* Lets so much real time go by, in which Ctrl-C is heard. */
void cli_stop_watch_rest(cli_stop_watch *watch, uint64_t ms);
bool cli_stop_watch_asks(void *watch); /* as mr_control_options has it */

/* An answer, to be read and to be passed on; zeroed: there is none. */
typedef struct cli_control_answer {
    cJSON *json; /* owned; NULL: it has no body */
    char *text;  /* owned: as it came */
} cli_control_answer;
void cli_control_answer_deinit(cli_control_answer *answer);

/* As mr_control_client_ask() does it. answer: out; zeroed on an error. */
MR_NODISCARD mr_code cli_control_ask(mr_control_client *client, const char *method,
                                     const char *path, const char *body, cli_control_answer *answer,
                                     mr_error *err);

/* JSON as it came, as a line on standard output. */
void cli_control_print_json(mr_bytes text);
/* Members of an answer; what is absent or of another type gives the fallback. */
const char *cli_control_text(const cJSON *object, const char *name, const char *fallback);
double cli_control_number(const cJSON *object, const char *name, double fallback);
bool cli_control_flag(const cJSON *object, const char *name);

#endif
