/* command_check.c - `millrace check TEMPLATE|SCENARIO`: what would run, what is ignored here, what
 * AWS would refuse. The report is the result, so it goes to standard output. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/cli/log_line.h"
#include "src/config/check_report.h"
#include "src/platform/platform.h"
#include "src/scenario/scenario_report.h"
#include "src/scenario/sql_check.h"

#include <stdio.h>
#include <string.h>

enum { CHECK_PARAM = 1, CHECK_STRICT, CHECK_REGION };

static const cli_option check_options[] = {
    {CHECK_PARAM, "--param", 0, "NAME=VALUE", "a template parameter"},
    {CHECK_STRICT, "--strict", 0, NULL, "a warning makes exit status 1"},
    {CHECK_REGION, "--region", 0, "NAME", "AWS region (default us-east-1)"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct check_command {
    cli_common common;
    const char *file;
    const char *region;
    bool strict;
    mr_plan_parameter *parameters;
    size_t parameter_count, parameter_capacity;
} check_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    check_command *command = context;
    switch (item->id) {
    case CHECK_STRICT:
        command->strict = true;
        return MR_OK;
    case CHECK_REGION:
        command->region = item->value;
        return MR_OK;
    default:
        MR_GROW(command->parameters, command->parameter_count, command->parameter_capacity);
        return cli_parameter_parse(item->value, &command->parameters[command->parameter_count++],
                                   err);
    }
}

static mr_code parse(int count, char **words, check_command *command, mr_error *err)
{
    cli_reading reading = {
        .words = {.words = words,
                  .count = count,
                  .tables = {check_options, cli_common_options},
                  .takes_template = "millrace check FILE"},
        .common = &command->common,
        .option = take_option,
        .command = command,
        .word = &command->file,
        .too_many = "check takes one template or scenario",
        .missing = "check needs a template or a scenario: millrace check template.yaml"};
    return cli_read(&reading, err);
}

static bool is_json(const check_command *command)
{
    cli_output output = command->common.output;
    return output == CLI_OUTPUT_JSON || output == CLI_OUTPUT_JSONL;
}

/* Prints the report and says with which status to exit. */
static int conclude(const check_command *command, mr_strbuf *report, size_t findings, size_t errors)
{
    (void)fwrite(mr_strbuf_text(report), 1, report->len, stdout);
    mr_strbuf_deinit(report);
    if (fflush(stdout) != 0) {
        return CLI_EXIT_MACHINE;
    }
    if (errors > 0) {
        return CLI_EXIT_USAGE;
    }
    return command->strict && findings > 0 ? CLI_EXIT_FAILED : CLI_EXIT_DONE;
}

static int check_template(const check_command *command, mr_bytes text)
{
    mr_plan_options options = {.file = command->file,
                               .region = command->region,
                               .parameters = command->parameters,
                               .parameter_count = command->parameter_count};
    mr_plan *plan = mr_plan_from_text(&options, text);
    mr_strbuf report = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (is_json(command)) {
        mr_check_report_json(plan, &report);
    } else {
        mr_check_report_text(plan, &report);
    }
    int status = conclude(command, &report, plan->finding_count, plan->error_count);
    mr_plan_free(plan);
    return status;
}

static int check_scenario(const check_command *command, mr_bytes text)
{
    mr_error err;
    if (command->parameter_count > 0 || command->region != NULL) {
        (void)mr_error_set(&err, MR_INVALID_ARGUMENT,
                           "%s is a scenario: it says itself what parameters and region are",
                           command->file);
        return cli_log_failure(command->common.log_json, &err);
    }
    mr_scenario *scenario = mr_scenario_from_text(command->file, text);
    if (scenario->error_count == 0 && mr_sql_check_scenario(scenario, &err) != MR_OK) {
        mr_scenario_free(scenario);
        return cli_log_failure(command->common.log_json, &err);
    }
    mr_strbuf report = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (is_json(command)) {
        mr_scenario_report_json(scenario, &report);
    } else {
        mr_scenario_report_text(scenario, &report);
    }
    int status = conclude(command, &report, scenario->finding_count, scenario->error_count);
    mr_scenario_free(scenario);
    return status;
}

static int check(const check_command *command)
{
    mr_error err;
    char *text;
    size_t len;
    if (mr_fs_read_file(mr_platform_fs(), command->file, MR_TEMPLATE_BYTES_MAX, &text, &len,
                        &err) != MR_OK) {
        return cli_log_failure(command->common.log_json, &err);
    }
    mr_bytes bytes = {text, len};
    int status =
        mr_scenario_is_one(bytes) ? check_scenario(command, bytes) : check_template(command, bytes);
    mr_free(text);
    return status;
}

int cli_check(int count, char **words)
{
    mr_error err;
    check_command command = {.common = cli_common_defaults()};
    int status = CLI_EXIT_DONE;
    if (parse(count, words, &command, &err) != MR_OK) {
        status = cli_log_failure(command.common.log_json, &err);
    } else if (command.common.help) {
        printf("millrace check TEMPLATE|SCENARIO [--strict]\n\n");
        cli_print_options(check_options);
        cli_print_options(cli_common_options);
    } else {
        status = check(&command);
    }
    cli_parameters_free(command.parameters, command.parameter_count);
    return status;
}
