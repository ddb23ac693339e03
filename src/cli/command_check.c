/* command_check.c - `millrace check TEMPLATE`: what would run, what is ignored here, what AWS
 * would refuse. The report is the result, so it goes to standard output. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "src/config/check_report.h"

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
        .words = {.words = words, .count = count, .tables = {check_options, cli_common_options}},
        .common = &command->common,
        .option = take_option,
        .command = command,
        .word = &command->file,
        .too_many = "check takes one template",
        .missing = "check needs a template: millrace check template.yaml"};
    return cli_read(&reading, err);
}

static int check(const check_command *command)
{
    mr_error err;
    mr_plan_options options = {.file = command->file,
                               .region = command->region,
                               .parameters = command->parameters,
                               .parameter_count = command->parameter_count};
    mr_plan *plan = NULL;
    if (mr_plan_load(&options, &plan, &err) != MR_OK) {
        return cli_fail(&err);
    }
    mr_strbuf report = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    cli_output output = command->common.output;
    if (output == CLI_OUTPUT_JSON || output == CLI_OUTPUT_JSONL) {
        mr_check_report_json(plan, &report);
    } else {
        mr_check_report_text(plan, &report);
    }
    (void)fwrite(mr_strbuf_text(&report), 1, report.len, stdout);
    int status = CLI_EXIT_DONE;
    if (fflush(stdout) != 0) {
        status = CLI_EXIT_MACHINE;
    } else if (plan->error_count > 0) {
        status = CLI_EXIT_USAGE;
    } else if (command->strict && plan->finding_count > 0) {
        status = CLI_EXIT_FAILED;
    }
    mr_strbuf_deinit(&report);
    mr_plan_free(plan);
    return status;
}

int cli_check(int count, char **words)
{
    mr_error err;
    check_command command = {.common = cli_common_defaults()};
    int status = CLI_EXIT_DONE;
    if (parse(count, words, &command, &err) != MR_OK) {
        status = cli_fail(&err);
    } else if (command.common.help) {
        printf("millrace check TEMPLATE [--strict]\n\n");
        cli_print_options(check_options);
        cli_print_options(cli_common_options);
    } else {
        status = check(&command);
    }
    cli_parameters_free(command.parameters, command.parameter_count);
    return status;
}
