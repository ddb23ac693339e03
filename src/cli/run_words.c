/* run_words.c - see run_words.h. Options after an --input belong to it, those before the first to
 * all; the producer's own table says which they are. */
#include "src/cli/run_words.h"

#include "sim/base/alloc.h"
#include "src/app/fault_option.h"
#include "src/cli/input_table.h"
#include "src/serve/front.h"

#include <stdio.h>

enum {
    RUN_INPUT = 1,
    RUN_QUERY,
    RUN_PARAM,
    RUN_LIMITS,
    RUN_STREAM_BYTES,
    RUN_DURABLE,
    RUN_DRAIN,
    RUN_RESUME,
    RUN_REPLACE,
    RUN_TWICE,
    RUN_EVENTS,
    RUN_RECORD,
    RUN_STRICT,
    RUN_NO_BUILTIN,
    RUN_FAULT,
    RUN_REGION,
    RUN_CONSOLE,
    RUN_HOST,
    RUN_PORT,
    RUN_INPUT_OPTION = 500 /* and from here on, by place in the producer's own table */
};

static const cli_option run_options[] = {
    {RUN_INPUT, "--input", 0, "STREAM=FILE", "put this file instead of the template's inputs"},
    {RUN_QUERY, "--query", 0, "SQL|NAME", "run this query at the end instead of the template's"},
    {RUN_PARAM, "--param", 0, "NAME=VALUE", "a template parameter"},
    {RUN_LIMITS, "--limits", 0, "aws|off", "the limits of shards (default aws)"},
    {RUN_STREAM_BYTES, "--stream-bytes", 0, "N",
     "disk that one stream may use (default 8589934592)"},
    {RUN_DURABLE, "--durable", 0, NULL, "sync to disk: survive power loss too"},
    {RUN_DRAIN, "--drain", 0, NULL, "flush when the inputs are read, do not wait for intervals"},
    {RUN_RESUME, "--resume", 0, NULL, "go on with the state directory after the last row stored"},
    {RUN_REPLACE, "--replace", 0, NULL, "clear the state directory first"},
    {RUN_TWICE, "--twice", 0, NULL, "run twice and compare every event"},
    {RUN_EVENTS, "--events", 0, "FILE", "write the event log as JSON lines"},
    {RUN_RECORD, "--record", 0, "FILE",
     "write down every put, for `millrace test --replay FILE` in virtual time"},
    {RUN_STRICT, "--strict", 0, NULL, "a rejected row or a failed record makes exit status 1"},
    {RUN_NO_BUILTIN, "--no-builtin", 0, NULL, "run the functions' code, not their Builtin"},
    {RUN_FAULT, "--fault", 0, "KIND[:TARGET][,from=30s,for=60s,...]", "let something go wrong"},
    {RUN_REGION, "--region", 0, "NAME", "AWS region (default us-east-1)"},
    {RUN_CONSOLE, "--console", 0, NULL,
     "serve this world too (console, AWS endpoint), and stay open until Ctrl-C"},
    {RUN_HOST, "--host", 0, "ADDRESS", "with --console: listen here (default 127.0.0.1)"},
    {RUN_PORT, "--port", 0, "N", "and at this port (default 4566; 0: any that is free)"},
    {0, NULL, 0, NULL, NULL},
};

static mr_code add_input(cli_run_words *command, const char *value, mr_error *err)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value || equals[1] == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--input %s: give STREAM=FILE, such as CrimeStream=crimes.csv", value);
    }
    MR_GROW(command->inputs, command->input_count, command->input_capacity);
    cli_run_input *input = &command->inputs[command->input_count++];
    input->target = mr_strndup(value, (size_t)(equals - value));
    input->file = equals + 1;
    mr_input_options_copy(&input->options, &command->shared);
    return MR_OK;
}

static mr_code take_input_option(cli_run_words *command, const cli_item *item, mr_error *err)
{
    mr_input_options *options = &command->shared;
    if (command->input_count > 0) {
        options = &command->inputs[command->input_count - 1].options;
    } else {
        command->shared_is_set = true;
    }
    return mr_input_option_set(options, item->name + 2, item->value, err);
}

static bool *flag_of(cli_run_words *command, int id)
{
    switch (id) {
    case RUN_DURABLE:
        return &command->durable;
    case RUN_DRAIN:
        return &command->drain;
    case RUN_RESUME:
        return &command->resume;
    case RUN_REPLACE:
        return &command->replace;
    case RUN_TWICE:
        return &command->twice;
    case RUN_STRICT:
        return &command->strict;
    case RUN_NO_BUILTIN:
        return &command->use_code;
    case RUN_CONSOLE:
        return &command->console;
    default:
        return NULL;
    }
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    cli_run_words *command = context;
    MR_ASSERT(command != NULL);
    bool *flag = flag_of(command, item->id);
    if (flag != NULL) {
        *flag = true;
        return MR_OK;
    }
    switch (item->id) {
    case RUN_INPUT:
        return add_input(command, item->value, err);
    case RUN_PARAM:
        MR_GROW(command->parameters, command->parameter_count, command->parameter_capacity);
        return cli_parameter_parse(item->value, &command->parameters[command->parameter_count++],
                                   err);
    case RUN_QUERY:
        MR_GROW(command->queries, command->query_count, command->query_capacity);
        command->queries[command->query_count++] = item->value;
        return MR_OK;
    case RUN_FAULT:
        MR_GROW(command->fault_texts, command->fault_count, command->fault_capacity);
        command->fault_texts[command->fault_count++] = item->value;
        return MR_OK;
    case RUN_LIMITS:
        return cli_limits_parse(item->value, &command->limits, err);
    case RUN_STREAM_BYTES:
        return cli_stream_bytes_parse(item->value, &command->stream_bytes, err);
    case RUN_EVENTS:
        command->events = item->value;
        return MR_OK;
    case RUN_RECORD:
        command->record = item->value;
        return MR_OK;
    case RUN_REGION:
        command->region = item->value;
        return MR_OK;
    case RUN_HOST:
        command->host = item->value;
        return MR_OK;
    case RUN_PORT:
        command->port_is_set = true;
        return cli_port_parse(item->value, &command->port, err);
    default:
        return take_input_option(command, item, err);
    }
}

/* --fault counts from the start of the run, which --start may set after it. */
static mr_code parse_faults(cli_run_words *command, mr_error *err)
{
    int64_t start_us = command->common.clock == MR_CLOCK_REAL ? 0 : command->common.start_us;
    command->faults = mr_calloc(command->fault_count + 1, sizeof(*command->faults));
    command->fault_words = mr_calloc(command->fault_count + 1, sizeof(char *));
    for (size_t i = 0; i < command->fault_count; i++) {
        mr_code code = mr_fault_option_parse(command->fault_texts[i], start_us, &command->faults[i],
                                             &command->fault_words[i], err);
        if (code != MR_OK) {
            mr_error_prefix(err, "--fault: ");
            return code;
        }
    }
    return MR_OK;
}

static mr_code check_console(const cli_run_words *command, mr_error *err)
{
    if (!command->console && (command->port_is_set || command->host != NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is where --console listens: give both",
                            command->port_is_set ? "--port" : "--host");
    }
    if (command->console && (command->twice || command->record != NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "with --console clients take part, who come only once: leave out %s",
                            command->twice ? "--twice" : "--record");
    }
    return MR_OK;
}

static mr_code check_words(const cli_run_words *command, mr_error *err)
{
    if (command->resume && command->replace) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--resume goes on with what is there, --replace clears it: give one");
    }
    if (command->twice && (command->resume || command->common.clock != MR_CLOCK_VIRTUAL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--twice compares two whole runs in virtual time: leave out %s",
                            command->resume ? "--resume" : "--clock");
    }
    if (command->record != NULL && (command->twice || command->resume)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--record holds one run from its first put on, %s: leave out %s",
                            command->twice ? "and --twice runs two"
                                           : "and --resume goes on in the middle of one",
                            command->twice ? "--twice" : "--resume");
    }
    return check_console(command, err);
}

mr_code cli_run_words_read(int count, char **words, cli_run_words *command, mr_error *err)
{
    /* --strict is the run's as a whole, not an input's. */
    *command = (cli_run_words){.common = cli_common_defaults(),
                               .limits = true,
                               .port = MR_FRONT_PORT_DEFAULT,
                               .input_table = cli_input_table_new(RUN_INPUT_OPTION, "strict")};
    mr_input_options_init(&command->shared);
    cli_reading reading = {
        .words = {.words = words,
                  .count = count,
                  .tables = {run_options, command->input_table, cli_common_options},
                  .takes_template = "millrace run FILE"},
        .common = &command->common,
        .option = take_option,
        .command = command,
        .word = &command->template_file,
        .too_many = "run takes one template",
        .missing = "run needs a template: millrace run template.yaml"};
    mr_code code = cli_read(&reading, err);
    if (code != MR_OK || command->common.help) {
        return code;
    }
    code = check_words(command, err);
    return code == MR_OK ? parse_faults(command, err) : code;
}

void cli_run_words_deinit(cli_run_words *command)
{
    for (size_t i = 0; i < command->input_count; i++) {
        mr_free(command->inputs[i].target);
        mr_input_options_deinit(&command->inputs[i].options);
    }
    for (size_t i = 0; command->fault_words != NULL && i < command->fault_count; i++) {
        mr_free(command->fault_words[i]);
    }
    mr_input_options_deinit(&command->shared);
    mr_free(command->inputs);
    cli_parameters_free(command->parameters, command->parameter_count);
    mr_free(command->queries);
    mr_free(command->fault_texts);
    mr_free(command->faults);
    mr_free(command->fault_words);
    cli_input_table_free(command->input_table);
}

void cli_run_words_print_help(const cli_run_words *command)
{
    printf("millrace run TEMPLATE [--input STREAM=FILE]... [--query SQL]\n\n");
    cli_print_options(run_options);
    printf("\nfor the --input before it, or for all when before the first:\n");
    cli_print_options(command->input_table);
    printf("\n");
    cli_print_options(cli_common_options);
}
