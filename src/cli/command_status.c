/* command_status.c - `millrace status`: whether a server is there, and how it is; with --wait, when
 * it is ready, or has nothing left to do. For scripts, and for a container's health check. */
#include "src/cli/control_words.h"

#include "sim/base/timefmt.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_US_DEFAULT (60 * MR_US_PER_SECOND)
#define TIMEOUT_US_MAX     (INT64_C(86400) * MR_US_PER_SECOND)
#define LOOK_MS            50 /* between two looks */

enum { STATUS_WAIT = 1, STATUS_TIMEOUT };

static const cli_option status_options[] = {
    {STATUS_WAIT, "--wait", 0, "ready|idle",
     "until the server is ready, or has delivered all that was put"},
    {STATUS_TIMEOUT, "--timeout", 0, "TIME", "how long to wait (default 1m)"},
    CLI_CONTROL_OPTIONS,
    CLI_CONTROL_OUTPUT_OPTION,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef enum wait_for { WAIT_NOT, WAIT_READY, WAIT_IDLE } wait_for;

typedef struct status_command {
    cli_common common;
    cli_control_words control;
    wait_for wait;
    int64_t timeout_us;
    cli_stop_watch watch;
    bool has_told; /* that time is paused */
} status_command;

static mr_code take_wait(status_command *command, const char *value, mr_error *err)
{
    if (strcmp(value, "ready") == 0) {
        command->wait = WAIT_READY;
    } else if (strcmp(value, "idle") == 0) {
        command->wait = WAIT_IDLE;
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--wait %s: give ready or idle", value);
    }
    return MR_OK;
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    status_command *command = context;
    if (item->id == STATUS_WAIT) {
        return take_wait(command, item->value, err);
    }
    if (item->id == STATUS_TIMEOUT) {
        return mr_duration_parse(mr_bytes_of(item->value), &command->timeout_us) &&
                       command->timeout_us <= TIMEOUT_US_MAX
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "--timeout %s: give a time such as 30s, at most 24h",
                                  item->value);
    }
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    MR_ASSERT(code != MR_OK || taken);
    return code;
}

/* ---- looking ---- */

typedef struct look {
    mr_control_client *client;
    cli_control_answer health, clock; /* owned */
} look;

static void look_deinit(look *l)
{
    cli_control_answer_deinit(&l->health);
    cli_control_answer_deinit(&l->clock);
}

/* Errors: those of the client; also MR_IO when it is not ready, as the health answer has it. */
static mr_code look_at(look *l, mr_error *err)
{
    look_deinit(l);
    mr_code code = cli_control_ask(l->client, "GET", "/_millrace/health", NULL, &l->health, err);
    return code == MR_OK
               ? cli_control_ask(l->client, "GET", "/_millrace/api/clock", NULL, &l->clock, err)
               : code;
}

static bool is_reached(const status_command *command, const look *l)
{
    return command->wait != WAIT_IDLE || cli_control_flag(l->clock.json, "idle");
}

/* Nothing is delivered until somebody moves it. */
static bool is_time_paused(const look *l)
{
    return cli_control_flag(l->clock.json, "paused") &&
           !cli_control_flag(l->clock.json, "advancing");
}

static void tell_of_pause(status_command *command, const look *l)
{
    if (!command->has_told && is_time_paused(l)) {
        command->has_told = true;
        (void)fputs("millrace: note: time is paused, so nothing is delivered; `millrace clock "
                    "resume` lets it go on\n",
                    stderr);
    }
}

static mr_code still_busy(const look *l, mr_error *err)
{
    return is_time_paused(l)
               ? mr_error_set(err, MR_IO,
                              "the server has still something to deliver, and time is paused: "
                              "`millrace clock resume` lets it go on")
               : mr_error_set(err, MR_IO,
                              "the server has still something to deliver (`millrace clock show` "
                              "says until when)");
}

static int64_t monotonic_us(void)
{
    const mr_time_source source = mr_platform_monotonic_time();
    return source.now_us(source.context);
}

/* Looks again until it is so, or time is over. A server that is not there yet may come. */
static mr_code wait_until(status_command *command, look *l, mr_error *err)
{
    const int64_t until_us = monotonic_us() + command->timeout_us;
    for (;;) {
        const mr_code code = look_at(l, err);
        if (code == MR_OK && is_reached(command, l)) {
            return MR_OK;
        }
        if (command->watch.has_stopped) {
            return mr_error_set(err, MR_INTERRUPTED, "interrupted");
        }
        if (code != MR_OK && code != MR_IO) {
            return code; /* waiting does not help: another program, a certificate */
        }
        if (monotonic_us() >= until_us) {
            return code != MR_OK ? code : still_busy(l, err);
        }
        if (code == MR_OK) {
            tell_of_pause(command, l);
        }
        cli_stop_watch_rest(&command->watch, LOOK_MS);
    }
}

static void print_status(const status_command *command, const look *l)
{
    if (command->control.is_json) {
        printf("{\"health\":%s,\"clock\":%s}\n", l->health.text, l->clock.text);
        return;
    }
    printf("%s, %s, millrace %s at %s\n", cli_control_text(l->health.json, "status", "?"),
           cli_control_flag(l->clock.json, "idle") ? "idle" : "busy",
           cli_control_text(l->health.json, "version", "?"), mr_control_client_url(l->client));
}

static mr_code status(status_command *command, mr_error *err)
{
    look l = {.client = NULL};
    mr_code code =
        cli_control_open(&command->control, cli_stop_watch_asks, &command->watch, &l.client, err);
    if (code == MR_OK) {
        code = command->wait == WAIT_NOT ? look_at(&l, err) : wait_until(command, &l, err);
    }
    if (code == MR_OK) {
        print_status(command, &l);
    }
    look_deinit(&l);
    mr_control_client_free(l.client);
    return code;
}

int cli_status(int count, char **words)
{
    status_command command = {.common = cli_common_defaults(), .timeout_us = TIMEOUT_US_DEFAULT};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {status_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .too_many = "status takes no words"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        (void)puts("millrace status [--wait ready|idle]\n");
        cli_print_options(status_options);
        return CLI_EXIT_DONE;
    }
    cli_stop_watch_begin(&command.watch);
    const mr_code code = status(&command, &err);
    cli_stop_watch_end(&command.watch);
    return code == MR_OK ? CLI_EXIT_DONE : cli_fail(&err);
}
