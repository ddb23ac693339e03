/* command_fault.c - `millrace fault ...`: what goes wrong in a running server, listed, added in the
 * words of `run --fault`, and taken back. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/cli/common.h"

#include <stdio.h>
#include <string.h>

static const cli_option fault_options[] = {
    CLI_CONTROL_OPTIONS,
    CLI_CONTROL_OUTPUT_OPTION,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

#define FAULTS_PATH "/_millrace/api/faults"

typedef struct fault_command {
    cli_common common;
    cli_control_words control;
    const char *action, *value; /* NULL: not said */
} fault_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    fault_command *command = context;
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    MR_ASSERT(code != MR_OK || taken);
    return code;
}

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    fault_command *command = context;
    if (command->action == NULL) {
        command->action = item->value;
    } else if (command->value == NULL) {
        command->value = item->value;
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault takes no third word: fault add 'store-refused:*,for=1m'");
    }
    return MR_OK;
}

static void print_help(void)
{
    (void)puts("millrace fault list         what goes wrong in a running server\n"
               "millrace fault add SPEC     as `run --fault`: 'store-refused:*,for=1m'\n"
               "millrace fault clear [ID]   takes one back, or all of them\n");
    cli_print_options(fault_options);
}

/* ---- printing ---- */

static void print_fault(const cJSON *fault)
{
    const cJSON *until = cJSON_GetObjectItemCaseSensitive(fault, "until_us");
    char time[MR_ISO_SIZE] = "for ever";
    if (cJSON_IsNumber(until)) {
        mr_iso_format((int64_t)until->valuedouble, time);
    }
    printf("%-4.0f %-22s %-8s struck %-6.0f until %-28s %s\n", cli_control_number(fault, "id", 0),
           cli_control_text(fault, "kind", "?"), cli_control_text(fault, "state", "?"),
           cli_control_number(fault, "struck", 0), time, cli_control_text(fault, "target", "*"));
}

static void print_list(const cJSON *answer)
{
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(answer, "faults");
    const cJSON *fault;
    if (cJSON_GetArraySize(faults) == 0) {
        (void)puts("no faults");
    }
    cJSON_ArrayForEach(fault, faults)
    {
        print_fault(fault);
    }
}

/* ---- asking ---- */

typedef struct question {
    const char *method;
    char *path;
    mr_strbuf body; /* empty: none */
} question;

static mr_code write_question(const fault_command *command, question *q, mr_error *err)
{
    const char *action = command->action == NULL ? "list" : command->action;
    q->method = "GET";
    q->path = mr_strdup(FAULTS_PATH);
    if (strcmp(action, "list") == 0 && command->value == NULL) {
        return MR_OK;
    }
    if (strcmp(action, "add") == 0 && command->value != NULL) {
        mr_json json = mr_json_make(&q->body);
        q->method = "POST";
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "spec", command->value);
        mr_json_object_end(&json);
        return MR_OK;
    }
    if (strcmp(action, "clear") == 0) {
        uint64_t id = 0;
        q->method = "DELETE";
        if (command->value != NULL && !mr_bytes_to_uint64(mr_bytes_of(command->value), &id)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "fault clear %s: give the number that `fault list` shows",
                                command->value);
        }
        if (command->value != NULL) {
            mr_free(q->path);
            q->path = mr_format(FAULTS_PATH "/%s", command->value);
        }
        return MR_OK;
    }
    return strcmp(action, "add") == 0
               ? mr_error_set(err, MR_INVALID_ARGUMENT,
                              "fault add needs to know what: fault add 'store-refused:*,for=1m'")
               : mr_error_set(err, MR_INVALID_ARGUMENT, "fault %s: give list, add or clear",
                              action);
}

static mr_code ask(const fault_command *command, cJSON **answer, mr_error *err)
{
    question q = {.body = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_control_client *client = NULL;
    mr_code code = write_question(command, &q, err);
    if (code == MR_OK) {
        code = cli_control_open(&command->control, NULL, NULL, &client, err);
    }
    if (code == MR_OK) {
        code = mr_control_client_ask(client, q.method, q.path,
                                     q.body.len == 0 ? NULL : mr_strbuf_text(&q.body), answer, err);
    }
    mr_control_client_free(client);
    mr_strbuf_deinit(&q.body);
    mr_free(q.path);
    return code;
}

/* answer: NULL: one was taken back, and nothing is said of it. */
static void print_answer(const fault_command *command, const cJSON *answer)
{
    if (answer == NULL) {
        return;
    }
    if (command->control.is_json) {
        cli_control_print_json(answer);
    } else if (cJSON_GetObjectItemCaseSensitive(answer, "cleared") != NULL) {
        printf("%.0f taken back\n", cli_control_number(answer, "cleared", 0));
    } else if (cJSON_GetObjectItemCaseSensitive(answer, "faults") != NULL) {
        print_list(answer);
    } else {
        print_fault(answer);
    }
}

int cli_fault(int count, char **words)
{
    fault_command command = {.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {fault_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .take_word = take_word};
    mr_error err;
    cJSON *answer = NULL;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        print_help();
        return CLI_EXIT_DONE;
    }
    if (ask(&command, &answer, &err) != MR_OK) {
        return cli_fail(&err);
    }
    print_answer(&command, answer);
    cJSON_Delete(answer);
    return CLI_EXIT_DONE;
}
