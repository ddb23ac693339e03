/* command_fault.c - `millrace fault ...`: what goes wrong in a running server, listed, added in the
 * words of `run --fault`, and taken back. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/cli/known_names.h"

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
    cli_control_command of;     /* the first: see cli_control_take_only() */
    const char *action, *value; /* NULL: not said */
} fault_command;

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    fault_command *command = context;
    if (command->action == NULL) {
        command->action = item->value;
    } else if (command->value == NULL) {
        command->value = item->value;
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault takes no third word: fault add 'store-refused:*,for=1m'; %s is "
                            "one word too many",
                            item->value);
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

static mr_code write_clear(const char *id, question *q, mr_error *err)
{
    uint64_t number = 0;
    q->method = "DELETE";
    if (id == NULL) {
        return MR_OK;
    }
    if (!mr_bytes_to_uint64(mr_bytes_of(id), &number)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault clear %s: give the number that `fault list` shows", id);
    }
    mr_free(q->path);
    q->path = mr_format(FAULTS_PATH "/%s", id);
    return MR_OK;
}

static mr_code write_add(const char *spec, question *q, mr_error *err)
{
    if (spec == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "fault add needs to know what: fault add 'store-refused:*,for=1m'");
    }
    mr_json json = mr_json_make(&q->body);
    q->method = "POST";
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "spec", spec);
    mr_json_object_end(&json);
    return MR_OK;
}

static mr_code write_question(const fault_command *command, question *q, mr_error *err)
{
    const char *action = command->action == NULL ? "list" : command->action;
    q->method = "GET";
    q->path = mr_strdup(FAULTS_PATH);
    if (strcmp(action, "list") == 0) {
        return command->value == NULL
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "fault list takes no more words; %s is one word too many",
                                  command->value);
    }
    if (strcmp(action, "add") == 0) {
        return write_add(command->value, q, err);
    }
    if (strcmp(action, "clear") == 0) {
        return write_clear(command->value, q, err);
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT, "fault %s: give list, add or clear", action);
}

/* What the target of such a fault names, by the server's own list; NULL: it does not say. */
static const char *target_kind(const cJSON *list, const char *kind)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(list, "kinds"))
    {
        if (strcmp(cli_control_text(row, "kind", ""), kind) == 0) {
            return cli_control_text(row, "target", NULL);
        }
    }
    return NULL;
}

/* What such a target looks like. */
static const char *form_of(const char *kind)
{
    return strcmp(kind, "object") == 0   ? "an object's BUCKET/KEY, such as BUCKET/*"
           : strcmp(kind, "shard") == 0  ? "a shard's STREAM/ID, such as STREAM/*"
           : strcmp(kind, "stream") == 0 ? "a stream's name"
                                         : "a function's name";
}

/* A fault that was added strikes nothing for ever when its target is misspelt. It may also be for
 * what is yet to come, so it stays, with a warning. Where the server does not tell, none is made.
 */
static void warn_of_target(mr_control_client *client, const cJSON *fault)
{
    const char *target = cli_control_text(fault, "target", "*");
    cJSON *list = NULL, *topology = NULL;
    mr_error err;
    if (mr_control_client_ask(client, "GET", FAULTS_PATH, NULL, &list, &err) == MR_OK &&
        mr_control_client_ask(client, "GET", "/_millrace/api/topology", NULL, &topology, &err) ==
            MR_OK) {
        const char *kind = target_kind(list, cli_control_text(fault, "kind", ""));
        if (kind != NULL && !cli_known_target(topology, kind, target)) {
            (void)fprintf(stderr,
                          "millrace: warning: nothing that is there now is matched by %s, which is "
                          "to be %s\n",
                          target, form_of(kind));
        }
    }
    cJSON_Delete(list);
    cJSON_Delete(topology);
}

static mr_code ask(const fault_command *command, cli_control_answer *answer, mr_error *err)
{
    question q = {.body = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_control_client *client = NULL;
    mr_code code = write_question(command, &q, err);
    if (code == MR_OK) {
        code = cli_control_open(&command->of.control, NULL, NULL, &client, err);
    }
    if (code == MR_OK) {
        code = cli_control_ask(client, q.method, q.path,
                               q.body.len == 0 ? NULL : mr_strbuf_text(&q.body), answer, err);
    }
    if (code == MR_OK && strcmp(q.method, "POST") == 0) {
        warn_of_target(client, answer->json);
    }
    mr_control_client_free(client);
    mr_strbuf_deinit(&q.body);
    mr_free(q.path);
    return code;
}

/* One that was taken back has no answer: it says the same as several. */
static void print_answer(const fault_command *command, const cli_control_answer *answer)
{
    const cJSON *json = answer->json;
    if (command->of.control.is_json) {
        cli_control_print_json(json == NULL ? MR_BYTES_LITERAL("{\"cleared\":1}")
                                            : mr_bytes_of(answer->text));
    } else if (json == NULL || cJSON_HasObjectItem(json, "cleared")) {
        printf("%.0f taken back\n", cli_control_number(json, "cleared", 1));
    } else if (cJSON_HasObjectItem(json, "faults")) {
        print_list(json);
    } else {
        print_fault(json);
    }
}

int cli_fault(int count, char **words)
{
    fault_command command = {.of = {.common = cli_common_defaults()}};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {fault_options}},
                           .common = &command.of.common,
                           .option = cli_control_take_only,
                           .command = &command,
                           .take_word = take_word};
    mr_error err;
    cli_control_answer answer = {.json = NULL};
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.of.common.help) {
        print_help();
        return CLI_EXIT_DONE;
    }
    if (ask(&command, &answer, &err) != MR_OK) {
        return cli_fail(&err);
    }
    print_answer(&command, &answer);
    cli_control_answer_deinit(&answer);
    return CLI_EXIT_DONE;
}
