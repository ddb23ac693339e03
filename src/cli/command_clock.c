/* command_clock.c - `millrace clock ...`: the time of a running server, looked at and driven. An
 * advance ends when the server has got there; Ctrl-C ends the waiting, and the advance. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/app/time_control.h"

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
#define RATES     "0.001 to 1000000" /* MR_TIME_RATE_MIN, MR_TIME_RATE_MAX */

typedef struct clock_command {
    cli_control_command of; /* the first: see cli_control_take_only() */
    const char *words[WORDS_MAX];
    size_t word_count;
} clock_command;

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    clock_command *command = context;
    if (command->word_count == WORDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "clock takes no third word: clock advance 5m, clock until flush; %s is "
                            "one word too many",
                            item->value);
    }
    command->words[command->word_count++] = item->value;
    return MR_OK;
}

static void print_help(void)
{
    (void)puts("millrace clock show               how the time of a running server stands\n"
               "millrace clock pause|resume       time stands, and goes on\n"
               "millrace clock rate 60            simulated seconds for each real one (or 60x)\n"
               "millrace clock advance 5m         all that would happen in that time, now\n"
               "millrace clock step               until the next event\n"
               "millrace clock until flush|event|idle\n"
               "                                  until a buffer is flushed, something happens,\n"
               "                                  or everything is delivered\n"
               "millrace clock stop               ends an advance that is under way\n");
    cli_print_options(clock_options);
}

/* ---- what is asked for ---- */

typedef enum value_kind { VALUE_NONE, VALUE_RATE, VALUE_TIME, VALUE_GOAL } value_kind;

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
    {"rate", VALUE_RATE, "rate", "simulated seconds for each real one: clock rate 60"},
    {"advance", VALUE_TIME, "by", "how far: clock advance 5m"},
    {"step", VALUE_NONE, NULL, NULL},
    {"until", VALUE_GOAL, "to", "until what: clock until flush, event or idle"},
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
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "clock %s takes no more words; %s is one word too many", word,
                                command->words[1]);
        }
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "clock %s: give show, pause, resume, rate, advance, step, until or stop",
                        word);
}

/* "60", or "60x" as --clock has it. */
static mr_code parse_rate(const char *value, double *out, mr_error *err)
{
    char *end = NULL;
    *out = strtod(value, &end);
    if (end == value || (*end != '\0' && strcmp(end, "x") != 0) || !isfinite(*out)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "clock rate %s: give a number such as 60",
                            value);
    }
    if (*out < 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "clock rate %s: time does not go back: give a rate above 0, such as 60",
                            value);
    }
    if (*out == 0) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "clock rate %s: at 0 time would stand, which is `millrace clock pause`: "
            "give a rate above 0, such as 60",
            value);
    }
    return *out >= MR_TIME_RATE_MIN && *out <= MR_TIME_RATE_MAX
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "clock rate %s: give a rate of %s, such as 60", value, RATES);
}

/* What is no time at all the server says itself. */
static mr_code check_time(const char *value, mr_error *err)
{
    int64_t by_us = 1;
    const bool is_zero = strspn(value, "0") == strlen(value) ||
                         (mr_duration_parse(mr_bytes_of(value), &by_us) && by_us == 0);
    if (value[0] == '-') {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "clock advance %s: time does not go back: give a time above 0, such as "
                            "5m or 1h30m",
                            value);
    }
    return is_zero ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "clock advance %s: 0 leads nowhere: give a time above 0, such as "
                                  "5m or 1h30m",
                                  value)
                   : MR_OK;
}

static mr_code write_body(const action *asked, const char *value, mr_strbuf *body, mr_error *err)
{
    double rate = 0;
    mr_code code = MR_OK;
    if (asked->kind == VALUE_RATE) {
        code = parse_rate(value, &rate, err);
    } else if (asked->kind == VALUE_TIME) {
        code = check_time(value, err);
    }
    mr_json json = mr_json_make(body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "action", asked->name);
    if (asked->kind == VALUE_RATE) {
        mr_json_key(&json, asked->member);
        mr_json_double(&json, rate);
    } else if (asked->kind != VALUE_NONE) {
        mr_json_field_string(&json, asked->member, value);
    }
    mr_json_object_end(&json);
    return code;
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
        mr_strbuf speed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_json_append_double(&speed, cli_control_number(clock, "speed", 1));
        printf(", %sx", mr_strbuf_text(&speed));
        mr_strbuf_deinit(&speed);
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
    if (cli_control_open(&command->of.control, NULL, NULL, &client, NULL) == MR_OK) {
        (void)!mr_control_client_ask(client, "POST", "/_millrace/api/clock",
                                     "{\"action\":\"stop\"}", &answer, NULL);
    }
    cJSON_Delete(answer);
    mr_control_client_free(client);
}

static mr_code ask(const clock_command *command, const action *asked, cli_control_answer *answer,
                   mr_error *err)
{
    cli_stop_watch watch;
    cli_stop_watch_begin(&watch);
    mr_control_client *client = NULL;
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const bool is_show = asked == &actions[0];
    mr_code code = is_show ? MR_OK : write_body(asked, command->words[1], &body, err);
    if (code == MR_OK) {
        code = cli_control_open(&command->of.control, cli_stop_watch_asks, &watch, &client, err);
    }
    if (code == MR_OK) {
        code = cli_control_ask(client, is_show ? "GET" : "POST", "/_millrace/api/clock",
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
    clock_command command = {.of = {.common = cli_common_defaults()}};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {clock_options}},
                           .common = &command.of.common,
                           .option = cli_control_take_only,
                           .command = &command,
                           .take_word = take_word};
    mr_error err;
    const action *asked = NULL;
    cli_control_answer answer = {.json = NULL};
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.of.common.help) {
        print_help();
        return CLI_EXIT_DONE;
    }
    if (find_action(&command, &asked, &err) != MR_OK ||
        ask(&command, asked, &answer, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.of.control.is_json) {
        cli_control_print_json(mr_bytes_of(answer.text));
    } else {
        print_clock(answer.json);
    }
    cli_control_answer_deinit(&answer);
    return CLI_EXIT_DONE;
}
