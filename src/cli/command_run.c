/*
 * command_run.c - `millrace run`: reads its words, runs the plan, prints what came of it. Results
 * go to standard output; progress, warnings and the summary to standard error.
 */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/producer/input_options.h"
#include "src/app/fault_option.h"
#include "src/app/query_job.h"
#include "src/app/twice.h"

#include <stdio.h>
#include <stdlib.h>

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
    RUN_STRICT,
    RUN_NO_BUILTIN,
    RUN_FAULT,
    RUN_REGION,
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
    {RUN_STRICT, "--strict", 0, NULL, "a rejected row or a failed record makes exit status 1"},
    {RUN_NO_BUILTIN, "--no-builtin", 0, NULL, "run the functions' code, not their Builtin"},
    {RUN_FAULT, "--fault", 0, "KIND[:TARGET][,from=30s,for=60s,...]", "let something go wrong"},
    {RUN_REGION, "--region", 0, "NAME", "AWS region (default us-east-1)"},
    {0, NULL, 0, NULL, NULL},
};

/* An --input of the command line, with the options that belong to it. */
typedef struct named_input {
    char *target;
    const char *file;
    mr_input_options options;
} named_input;

typedef struct run_command {
    cli_common common;
    const char *template_file;
    cli_option *input_table; /* the producer's options as ours */

    mr_input_options shared; /* those before the first --input */
    bool shared_is_set;
    named_input *inputs;
    size_t input_count, input_capacity;

    mr_plan_parameter *parameters;
    size_t parameter_count, parameter_capacity;
    const char **queries;
    size_t query_count, query_capacity;
    const char **fault_texts;
    size_t fault_count, fault_capacity;
    mr_fault_rule *faults;
    char **fault_targets;

    bool limits, durable, drain, resume, replace, twice, strict, use_code;
    uint64_t stream_bytes;
    const char *events, *region;
} run_command;

/* ---- reading the words ---- */

static cli_option *make_input_table(void)
{
    size_t count;
    const mr_input_option *options = mr_input_option_table(&count);
    cli_option *table = mr_calloc(count + 1, sizeof(*table));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, "strict") == 0) {
            continue; /* --strict is the run's as a whole here */
        }
        table[kept++] = (cli_option){.id = RUN_INPUT_OPTION + (int)i,
                                     .name = mr_format("--%s", options[i].name),
                                     .value = options[i].value,
                                     .help = options[i].help};
    }
    return table;
}

static void free_input_table(cli_option *table)
{
    for (cli_option *option = table; option != NULL && option->id != 0; option++) {
        mr_free((char *)(uintptr_t)option->name);
    }
    mr_free(table);
}

static mr_code add_input(run_command *command, const char *value, mr_error *err)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value || equals[1] == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--input %s: give STREAM=FILE, such as CrimeStream=crimes.csv", value);
    }
    MR_GROW(command->inputs, command->input_count, command->input_capacity);
    named_input *input = &command->inputs[command->input_count++];
    input->target = mr_strndup(value, (size_t)(equals - value));
    input->file = equals + 1;
    mr_input_options_copy(&input->options, &command->shared);
    return MR_OK;
}

static mr_code add_parameter(run_command *command, const char *value, mr_error *err)
{
    const char *equals = strchr(value, '=');
    if (equals == NULL || equals == value) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--param %s: give NAME=VALUE", value);
    }
    MR_GROW(command->parameters, command->parameter_count, command->parameter_capacity);
    command->parameters[command->parameter_count++] = (mr_plan_parameter){
        .name = mr_strndup(value, (size_t)(equals - value)), .value = equals + 1};
    return MR_OK;
}

static mr_code take_limits(run_command *command, const char *value, mr_error *err)
{
    command->limits = strcmp(value, "aws") == 0;
    if (!command->limits && strcmp(value, "off") != 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--limits %s: give aws or off", value);
    }
    return MR_OK;
}

static mr_code take_stream_bytes(run_command *command, const char *value, mr_error *err)
{
    if (!mr_bytes_to_uint64(mr_bytes_of(value), &command->stream_bytes) ||
        command->stream_bytes < 4 * MR_MIB) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--stream-bytes %s: give a number of bytes, at least 4194304", value);
    }
    return MR_OK;
}

static mr_code take_input_option(run_command *command, const cli_item *item, mr_error *err)
{
    mr_input_options *options = &command->shared;
    if (command->input_count > 0) {
        options = &command->inputs[command->input_count - 1].options;
    } else {
        command->shared_is_set = true;
    }
    return mr_input_option_set(options, item->name + 2, item->value, err);
}

static bool *flag_of(run_command *command, int id)
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
    default:
        return NULL;
    }
}

static mr_code take_option(run_command *command, const cli_item *item, mr_error *err)
{
    bool taken = false;
    mr_code code = cli_common_take(&command->common, item, &taken, err);
    if (code != MR_OK || taken) {
        return code;
    }
    bool *flag = flag_of(command, item->id);
    if (flag != NULL) {
        *flag = true;
        return MR_OK;
    }
    switch (item->id) {
    case RUN_INPUT:
        return add_input(command, item->value, err);
    case RUN_PARAM:
        return add_parameter(command, item->value, err);
    case RUN_QUERY:
        MR_GROW(command->queries, command->query_count, command->query_capacity);
        command->queries[command->query_count++] = item->value;
        return MR_OK;
    case RUN_FAULT:
        MR_GROW(command->fault_texts, command->fault_count, command->fault_capacity);
        command->fault_texts[command->fault_count++] = item->value;
        return MR_OK;
    case RUN_LIMITS:
        return take_limits(command, item->value, err);
    case RUN_STREAM_BYTES:
        return take_stream_bytes(command, item->value, err);
    case RUN_EVENTS:
        command->events = item->value;
        return MR_OK;
    case RUN_REGION:
        command->region = item->value;
        return MR_OK;
    default:
        return take_input_option(command, item, err);
    }
}

/* --fault counts from the start of the run, which --start may set after it. */
static mr_code parse_faults(run_command *command, mr_error *err)
{
    int64_t start_us = command->common.clock == MR_CLOCK_REAL ? 0 : command->common.start_us;
    command->faults = mr_calloc(command->fault_count + 1, sizeof(*command->faults));
    command->fault_targets = mr_calloc(command->fault_count + 1, sizeof(char *));
    for (size_t i = 0; i < command->fault_count; i++) {
        mr_code code = mr_fault_option_parse(command->fault_texts[i], start_us, &command->faults[i],
                                             &command->fault_targets[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code check_words(const run_command *command, mr_error *err)
{
    if (command->template_file == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "run needs a template: millrace run template.yaml");
    }
    if (command->resume && command->replace) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--resume goes on with what is there, --replace clears it: give one");
    }
    if (command->twice && (command->resume || command->common.clock != MR_CLOCK_VIRTUAL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--twice compares two whole runs in virtual time: leave out %s",
                            command->resume ? "--resume" : "--clock");
    }
    for (size_t i = 0; i < command->input_count; i++) {
        if (command->twice && strcmp(command->inputs[i].file, "-") == 0) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "--twice reads its inputs twice; put standard input into a file");
        }
    }
    return MR_OK;
}

static mr_code parse(int count, char **words, run_command *command, mr_error *err)
{
    cli_words list = {.words = words,
                      .count = count,
                      .tables = {run_options, command->input_table, cli_common_options, NULL}};
    for (;;) {
        cli_item item;
        mr_code code = cli_next(&list, &item, err);
        if (code == MR_OK && item.kind == CLI_END) {
            break;
        }
        if (code == MR_OK && item.kind == CLI_OPTION) {
            code = take_option(command, &item, err);
        } else if (code == MR_OK && command->template_file != NULL) {
            code = mr_error_set(err, MR_INVALID_ARGUMENT,
                                "run takes one template; %s is one word too many", item.value);
        } else if (code == MR_OK) {
            command->template_file = item.value;
        }
        if (code != MR_OK) {
            return code;
        }
    }
    if (command->common.help) {
        return MR_OK;
    }
    mr_code code = check_words(command, err);
    return code == MR_OK ? parse_faults(command, err) : code;
}

static void command_deinit(run_command *command)
{
    for (size_t i = 0; i < command->input_count; i++) {
        mr_free(command->inputs[i].target);
        mr_input_options_deinit(&command->inputs[i].options);
    }
    for (size_t i = 0; i < command->parameter_count; i++) {
        mr_free((char *)(uintptr_t)command->parameters[i].name);
    }
    for (size_t i = 0; command->fault_targets != NULL && i < command->fault_count; i++) {
        mr_free(command->fault_targets[i]);
    }
    mr_input_options_deinit(&command->shared);
    mr_free(command->inputs);
    mr_free(command->parameters);
    mr_free(command->queries);
    mr_free(command->fault_texts);
    mr_free(command->faults);
    mr_free(command->fault_targets);
    free_input_table(command->input_table);
}

/* ---- running ---- */

/* Warnings and errors of the template, on standard error. */
static void print_findings(const mr_plan *plan, bool quiet)
{
    for (size_t i = 0; i < plan->finding_count; i++) {
        const mr_finding *finding = &plan->findings[i];
        bool is_error = finding->kind == MR_FINDING_ERROR;
        if (quiet && !is_error) {
            continue;
        }
        char *text = mr_finding_text(plan, finding);
        (void)fprintf(stderr, "millrace: %s%s\n", is_error ? "" : "warning: ", text);
        mr_free(text);
    }
}

typedef struct input_list {
    mr_pipeline_input *inputs;
    mr_producer_options *producers;
    size_t count;
} input_list;

static void input_list_deinit(input_list *list)
{
    mr_free(list->inputs);
    mr_free(list->producers);
}

/* The command line's inputs, or else the template's. */
static mr_code list_inputs(const run_command *command, const mr_plan *plan, input_list *list,
                           mr_error *err)
{
    bool from_plan = command->input_count == 0;
    if (from_plan && command->shared_is_set) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "options for an input need an --input; the template's inputs have "
                            "their own");
    }
    list->count = from_plan ? plan->input_count : command->input_count;
    list->inputs = mr_calloc(list->count + 1, sizeof(*list->inputs));
    list->producers = mr_calloc(list->count + 1, sizeof(*list->producers));
    for (size_t i = 0; i < list->count; i++) {
        mr_pipeline_input *input = &list->inputs[i];
        input->options = &list->producers[i];
        if (from_plan) {
            input->target = plan->inputs[i].stream;
            input->file = plan->inputs[i].file;
            list->producers[i] = plan->inputs[i].options;
            continue;
        }
        const named_input *named = &command->inputs[i];
        input->target = named->target;
        input->file = named->file;
        mr_code code =
            mr_input_options_apply(&named->options, named->file, &list->producers[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_run_options make_run_options(const run_command *command, const mr_plan *plan,
                                       const input_list *list)
{
    const cli_common *common = &command->common;
    return (mr_run_options){
        .plan = plan,
        .inputs = list->inputs,
        .input_count = list->count,
        .state = {.path = common->state == NULL ? MR_STATE_DIR_DEFAULT : common->state,
                  .is_default = common->state == NULL,
                  .use = command->resume    ? MR_STATE_RESUME
                         : command->replace ? MR_STATE_REPLACE
                                            : MR_STATE_FRESH,
                  .made_by = "run"},
        .clock = common->clock,
        .speed = common->speed,
        .start_us = common->start_us,
        .seed = common->seed,
        .region = plan->region,
        .account = plan->account,
        .limits = command->limits,
        .stream_bytes_max = command->stream_bytes,
        .durable = command->durable,
        .use_code = command->use_code,
        .strict = command->strict,
        .resume = command->resume,
        .drain = command->drain,
        .show_progress = !common->quiet && !common->verbose,
        .faults = command->faults,
        .fault_count = command->fault_count,
        .events_path = command->events != NULL ? command->events
                       : common->verbose       ? "-"
                                               : NULL};
}

static int print_query(const run_command *command, const char *state, const char *sql,
                       int64_t now_us)
{
    cli_result_writer *writer = cli_result_writer_new(command->common.output, stdout);
    mr_query_handlers handlers = cli_result_writer_handlers(writer);
    mr_query_job job = {.state_directory = state, .sql = sql, .now_us = now_us};
    mr_query_job_result result;
    mr_error err;
    mr_code code = mr_query_job_run(&job, &handlers, &result, &err);
    bool written = cli_result_writer_finish(writer);
    cli_result_writer_free(writer);
    if (code != MR_OK) {
        return cli_fail(&err);
    }
    return written ? CLI_EXIT_DONE : CLI_EXIT_MACHINE;
}

/* The named query of the template, when the word is the name of one. */
static const char *query_sql(const mr_plan *plan, const char *word)
{
    for (size_t i = 0; i < plan->query_count; i++) {
        if (strcmp(plan->queries[i].name, word) == 0) {
            return plan->queries[i].sql;
        }
    }
    return word;
}

/* The queries asked for, or the first of the template's. */
static int print_queries(const run_command *command, const mr_plan *plan, const char *state,
                         int64_t now_us)
{
    if (command->query_count == 0 && plan->query_count > 0) {
        return print_query(command, state, plan->queries[0].sql, now_us);
    }
    for (size_t i = 0; i < command->query_count; i++) {
        int status =
            print_query(command, state, NULL, query_sql(plan, command->queries[i]), now_us);
        if (status != CLI_EXIT_DONE) {
            return status;
        }
    }
    return CLI_EXIT_DONE;
}

static void print_warnings(const run_command *command, const mr_run_result *result)
{
    if (result->warnings > 0 && !command->common.quiet) {
        (void)fprintf(stderr, "millrace: warning: %s%s\n", result->warning,
                      result->warnings > 1 ? " (and more: --events FILE has them all)" : "");
    }
}

static int run_plan(const run_command *command, const mr_plan *plan, const input_list *list)
{
    mr_run_options options = make_run_options(command, plan, list);
    mr_run_result result;
    mr_error err;
    mr_code code = command->twice ? mr_run_twice(&options, command->common.log_json, &result, &err)
                                  : mr_run(&options, command->common.log_json, &result, &err);
    print_warnings(command, &result);
    if (!command->common.quiet && result.summary.len > 0) {
        (void)fputs(mr_strbuf_text(&result.summary), stderr);
    }
    int status = CLI_EXIT_DONE;
    if (code != MR_OK) {
        status = cli_fail(&err);
        if (code == MR_INTERRUPTED) {
            (void)fprintf(stderr, "millrace: %s keeps what was put; --resume goes on with it\n",
                          options.state.path);
        }
    } else {
        if (command->twice && !command->common.quiet) {
            (void)fputs("twice      both runs gave the same events and objects\n", stderr);
        }
        (void)fflush(stderr);
        status = print_queries(command, plan, options.state.path, result.end_us);
    }
    bool usable =
        code == MR_OK || code == MR_BAD_INPUT; /* --strict ends a run at its first bad row */
    if (usable && command->strict && result.rejected + result.failed > 0) {
        (void)fprintf(stderr, "millrace: --strict: %llu rows rejected, %llu records failed\n",
                      (unsigned long long)result.rejected, (unsigned long long)result.failed);
        status = CLI_EXIT_FAILED;
    }
    mr_run_result_deinit(&result);
    return status;
}

static int run_template(const run_command *command)
{
    mr_error err;
    mr_plan_options plan_options = {.file = command->template_file,
                                    .region = command->region,
                                    .parameters = command->parameters,
                                    .parameter_count = command->parameter_count};
    mr_plan *plan = NULL;
    if (mr_plan_load(&plan_options, &plan, &err) != MR_OK) {
        return cli_fail(&err);
    }
    print_findings(plan, command->common.quiet);
    int status = CLI_EXIT_USAGE;
    input_list list = {0};
    if (plan->error_count > 0) {
        status = CLI_EXIT_USAGE;
    } else if (list_inputs(command, plan, &list, &err) != MR_OK) {
        status = cli_fail(&err);
    } else {
        status = run_plan(command, plan, &list);
    }
    input_list_deinit(&list);
    mr_plan_free(plan);
    return status;
}

static void print_run_help(const run_command *command)
{
    printf("millrace run TEMPLATE [--input STREAM=FILE]... [--query SQL]\n\n");
    cli_print_options(run_options);
    printf("\nfor the --input before it, or for all when before the first:\n");
    cli_print_options(command->input_table);
    printf("\n");
    cli_print_options(cli_common_options);
}

int cli_run(int count, char **words)
{
    mr_error err;
    run_command command = {
        .common = cli_common_defaults(), .limits = true, .input_table = make_input_table()};
    mr_input_options_init(&command.shared);
    int status = CLI_EXIT_DONE;
    if (parse(count, words, &command, &err) != MR_OK) {
        status = cli_fail(&err);
    } else if (command.common.help) {
        print_run_help(&command);
    } else {
        status = run_template(&command);
    }
    command_deinit(&command);
    return status;
}
