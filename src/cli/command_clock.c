/* command_clock.c - `millrace clock ...`: the time of a running server, looked at and driven. An
 * advance ends when the server has got there; Ctrl-C ends the waiting, and the advance. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/cli/common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cli_option clock_options[] = {
    CLI_CONTROL_OPTIONS,
    CLI_CONTROL_OUTPUT_OPTION,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

#define WORDS_MAX 2

typedef struct clock_command {
    cli_common common;
    cli_control_words control;
    const char *words[WORDS_MAX];
    size_t word_count;
} clock_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    clock_command *command = context;
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    MR_ASSERT(code != MR_OK || taken); /* the table has no others */
    return code;
}

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    clock_command *command = context;
    if (command->word_count == WORDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "clock takes no third word: clock advance 5m, clock until flush");
    }
    command->words[command->word_count++] = item->value;
    return MR_OK;
}

static void print_help(void)
{
    (void)puts("millrace clock show               how the time of a running server stands\n"
               "millrace clock pause|resume       time stands, and goes on\n"
               "millrace clock rate 60            simulated seconds for each real one\n"
               "millrace clock advance 5m         all that would happen in that time, now\n"
               "millrace clock step               until the next event\n"
               "millrace clock until flush|event|idle\n"
               "                                  until a buffer is flushed, something happens,\n"
               "                                  or everything is delivered\n"
               "millrace clock stop               ends an advance that is under way\n");
    cli_print_options(clock_options);
}

/* ---- what is asked for ---- */

typedef enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_TEXT } value_kind;

typedef struct action {
    const char *name;
    value_kind kind;
    const char *member; /* of the body, for its value */
    const char *needs;  /* said when the value is missing */
} action;

static const action actions[] = {
    {"show", VALUE_NONE, NULL, NULL},
    {"pause", VALUE_NONE, NULL, NULL},
    {"resume", VALUE_NONE, NULL, NULL},
    {"rate", VALUE_NUMBER, "rate", "simulated seconds for each real one: clock rate 60"},
    {"advance", VALUE_TEXT, "by", "how far: clock advance 5m"},
    {"step", VALUE_NONE, NULL, NULL},
    {"until", VALUE_TEXT, "to", "until what: clock until flush, event or idle"},
    {"stop", VALUE_NONE, NULL, NULL},
};

static mr_code find_action(const clock_command *command, const action **out, mr_error *err)
{
    const char *word = command->word_count == 0 ? "show" : command->words[0];
    for (size_t i = 0; i < MR_COUNT(actions); i++) {
        if (strcmp(actions[i].name, word) != 0) {
            continue;
        }
        *out = &actions[i];
        if (actions[i].kind != VALUE_NONE && command->word_count < 2) {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "clock %s needs to know %s", word,
                                actions[i].needs);
        }
        if (actions[i].kind == VALUE_NONE && command->word_count > 1) {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "clock %s takes no more words", word);
        }
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "clock %s: give show, pause, resume, rate, advance, step, until or stop",
                        word);
}

static mr_code write_body(const action *asked, const char *value, mr_strbuf *body, mr_error *err)
{
    mr_json json = mr_json_make(body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "action", asked->name);
    if (asked->kind == VALUE_NUMBER) {
        char *end = NULL;
        const double number = strtod(value, &end);
        if (end == value || *end != '\0' || !isfinite(number)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "clock %s %s: give a number such as 60",
                                asked->name, value);
        }
        mr_json_key(&json, asked->member);
        mr_json_double(&json, number);
    } else if (asked->kind == VALUE_TEXT) {
        mr_json_field_string(&json, asked->member, value);
    }
    mr_json_object_end(&json);
    return MR_OK;
}

/* ---- the answer ---- */

static void print_time(const cJSON *clock, const char *name, const char *label)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(clock, name);
    if (cJSON_IsNumber(value)) {
        char text[MR_ISO_SIZE];
        mr_iso_format((int64_t)value->valuedouble, text);
        printf("%-11s%s\n", label, text);
    }
}

static void print_clock(const cJSON *clock)
{
    const char *outcome = cli_control_text(clock, "outcome", "done");
    printf("%-11s%s\n", "now", cli_control_text(clock, "now", "?"));
    printf("%-11s%s", "mode", cli_control_text(clock, "mode", "?"));
    if (cli_control_flag(clock, "paused")) {
        printf(", paused");
    } else if (strcmp(cli_control_text(clock, "mode", ""), "paced") == 0) {
        printf(", %gx", cli_control_number(clock, "speed", 1));
    }
    printf("%s\n", cli_control_flag(clock, "advancing") ? ", advancing" : "");
    print_time(clock, "next_flush_us", "next flush");
    printf("%-11s%s\n", "idle", cli_control_flag(clock, "idle") ? "yes" : "no");
    if (strcmp(outcome, "done") != 0) {
        printf("%-11s%s\n", "ended", outcome);
    }
}

/* ---- waiting ---- */

/* Whoever began an advance and goes ends it. */
static void stop_advance(const clock_command *command)
{
    mr_control_client *client = NULL;
    cJSON *answer = NULL;
    if (cli_control_open(&command->control, NULL, NULL, &client, NULL) == MR_OK) {
        (void)!mr_control_client_ask(client, "POST", "/_millrace/api/clock",
                                     "{\"action\":\"stop\"}", &answer, NULL);
    }
    cJSON_Delete(answer);
    mr_control_client_free(client);
}

static mr_code ask(const clock_command *command, const action *asked, cJSON **answer, mr_error *err)
{
    cli_stop_watch watch;
    cli_stop_watch_begin(&watch);
    mr_control_client *client = NULL;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const bool is_show = asked == &actions[0];
    mr_code code = is_show ? MR_OK : write_body(asked, command->words[1], &body, err);
    if (code == MR_OK) {
        code = cli_control_open(&command->control, cli_stop_watch_asks, &watch, &client, err);
    }
    if (code == MR_OK) {
        code = mr_control_client_ask(client, is_show ? "GET" : "POST", "/_millrace/api/clock",
                                     is_show ? NULL : mr_strbuf_text(&body), answer, err);
    }
    mr_control_client_free(client);
    mr_strbuf_deinit(&body);
    cli_stop_watch_end(&watch);
    if (code == MR_INTERRUPTED) {
        stop_advance(command);
    }
    return code;
}

int cli_clock(int count, char **words)
{
    clock_command command = {.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {clock_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .take_word = take_word};
    mr_error err;
    const action *asked = NULL;
    cJSON *answer = NULL;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        print_help();
        return CLI_EXIT_DONE;
    }
    if (find_action(&command, &asked, &err) != MR_OK ||
        ask(&command, asked, &answer, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.control.is_json) {
        cli_control_print_json(answer);
    } else {
        print_clock(answer);
    }
    cJSON_Delete(answer);
    return CLI_EXIT_DONE;
}
