/* common.c - see common.h. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"
#include "sim/sim.h"
#include "src/app/state_dir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cli_common cli_common_defaults(void)
{
    return (cli_common){.seed = MR_SIM_SEED_DEFAULT,
                        .clock = MR_CLOCK_VIRTUAL,
                        .speed = 1.0,
                        .start_us = MR_SIM_START_DEFAULT,
                        .output = CLI_OUTPUT_TABLE};
}

mr_code cli_port_parse(const char *text, uint16_t *port, mr_error *err)
{
    uint64_t number = 0;
    if (!mr_bytes_to_uint64(mr_bytes_of(text), &number) || number > UINT16_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--port %s: give 0 to 65535", text);
    }
    *port = (uint16_t)number;
    return MR_OK;
}

mr_code cli_clock_parse(const char *value, mr_clock_mode *mode, double *out, mr_error *err)
{
    if (strcmp(value, "virtual") == 0) {
        *mode = MR_CLOCK_VIRTUAL;
        return MR_OK;
    }
    if (strcmp(value, "real") == 0) {
        *mode = MR_CLOCK_REAL;
        return MR_OK;
    }
    char *end = NULL;
    double speed = strtod(value, &end);
    if (end == value || strcmp(end, "x") != 0 || !isfinite(speed) || speed < 0.001 || speed > 1e6) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--clock %s: give virtual, real, or a speed such as 60x (0.001x to "
                            "1000000x)",
                            value);
    }
    *mode = MR_CLOCK_PACED;
    *out = speed;
    return MR_OK;
}

static mr_code parse_start(cli_common *common, const char *value, mr_error *err)
{
    if (!mr_sim_start_parse(mr_bytes_of(value), &common->start_us)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--start %s: give a time such as 2025-01-01T00:00:00Z (1970 to 2399)",
                            value);
    }
    return MR_OK;
}

static mr_code parse_output(cli_common *common, const char *value, mr_error *err)
{
    if (!cli_output_of(value, &common->output)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--output %s: give table, csv, json or jsonl",
                            value);
    }
    return MR_OK;
}

static mr_code parse_log(cli_common *common, const char *value, mr_error *err)
{
    common->log_json = strcmp(value, "json") == 0;
    if (!common->log_json && strcmp(value, "text") != 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--log %s: give text or json", value);
    }
    return MR_OK;
}

mr_code cli_seed_parse(const char *text, uint64_t *seed, mr_error *err)
{
    return mr_bytes_to_uint64(mr_bytes_of(text), seed)
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "--seed %s: give a whole number from 0 to 2^64-1", text);
}

mr_code cli_limits_parse(const char *text, bool *limits, mr_error *err)
{
    *limits = strcmp(text, "aws") == 0;
    return *limits || strcmp(text, "off") == 0
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT, "--limits %s: give aws or off", text);
}

mr_code cli_stream_bytes_parse(const char *text, uint64_t *bytes, mr_error *err)
{
    return mr_bytes_to_uint64(mr_bytes_of(text), bytes) && *bytes >= 4 * MR_MIB
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "--stream-bytes %s: give a number of bytes, at least 4194304", text);
}

mr_code cli_common_take(cli_common *common, const cli_item *item, bool *taken, mr_error *err)
{
    *taken = item->kind == CLI_OPTION && item->id >= CLI_STATE && item->id <= CLI_HELP;
    if (!*taken) {
        return MR_OK;
    }
    switch (item->id) {
    case CLI_STATE:
        common->state = item->value;
        return item->value[0] != '\0'
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT, "--state needs a directory's name");
    case CLI_SEED:
        return cli_seed_parse(item->value, &common->seed, err);
    case CLI_CLOCK:
        return cli_clock_parse(item->value, &common->clock, &common->speed, err);
    case CLI_START:
        return parse_start(common, item->value, err);
    case CLI_OUTPUT:
        return parse_output(common, item->value, err);
    case CLI_LOG:
        return parse_log(common, item->value, err);
    case CLI_QUIET:
        common->quiet = true;
        return MR_OK;
    case CLI_VERBOSE:
        common->verbose = true;
        return MR_OK;
    default:
        common->help = true;
        return MR_OK;
    }
}

static mr_code take_item(cli_reading *reading, const cli_item *item, mr_error *err)
{
    if (item->kind == CLI_OPTION) {
        bool taken = false;
        mr_code code = cli_common_take(reading->common, item, &taken, err);
        return code != MR_OK || taken ? code : reading->option(reading->command, item, err);
    }
    if (reading->take_word != NULL) {
        return reading->take_word(reading->command, item, err);
    }
    if (reading->word == NULL || *reading->word != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s; %s is one word too many",
                            reading->too_many, item->value);
    }
    *reading->word = item->value;
    return MR_OK;
}

mr_code cli_read(cli_reading *reading, mr_error *err)
{
    for (;;) {
        cli_item item;
        mr_code code = cli_next(&reading->words, &item, err);
        if (code == MR_OK && item.kind == CLI_END) {
            break;
        }
        if (code == MR_OK) {
            code = take_item(reading, &item, err);
        }
        if (code != MR_OK) {
            return code;
        }
    }
    bool lacks_word = reading->word != NULL && *reading->word == NULL;
    if (lacks_word && reading->missing != NULL && !reading->common->help) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s", reading->missing);
    }
    return MR_OK;
}

mr_code cli_parameter_parse(const char *text, mr_plan_parameter *out, mr_error *err)
{
    *out = (mr_plan_parameter){0};
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--param %s: give NAME=VALUE", text);
    }
    out->name = mr_strndup(text, (size_t)(equals - text));
    out->value = equals + 1;
    return MR_OK;
}

void cli_parameters_free(mr_plan_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free((char *)(uintptr_t)parameters[i].name);
    }
    mr_free(parameters);
}

int cli_exit_of(mr_code code)
{
    switch (code) {
    case MR_OK:
        return CLI_EXIT_DONE;
    case MR_QUERY_SYNTAX:
    case MR_QUERY_FAILED:
    case MR_DATABASE_NOT_FOUND:
    case MR_TABLE_NOT_FOUND:
    case MR_COLUMN_NOT_FOUND:
        return CLI_EXIT_FAILED;
    case MR_IO:
    case MR_DISK_FULL:
    case MR_PERMISSION:
    case MR_LOCKED:
    case MR_CORRUPT:
    case MR_DATABASE:
    case MR_INTERNAL_FAILURE:
    case MR_FUNCTION_TIMED_OUT:
        return CLI_EXIT_MACHINE;
    case MR_INTERRUPTED:
        return CLI_EXIT_INTERRUPTED;
    default:
        return CLI_EXIT_USAGE;
    }
}

int cli_exit_of_query(mr_code code)
{
    int status = cli_exit_of(code);
    return status == CLI_EXIT_USAGE ? CLI_EXIT_FAILED : status;
}

int cli_fail(const mr_error *err)
{
    (void)fprintf(stderr, "millrace: %s\n", err->message);
    return cli_exit_of(err->code);
}
