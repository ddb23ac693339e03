/* command_version.c - `millrace version`: one line, and nothing opened on the way. */
#include "src/cli/common.h"

#include "sim/base/json.h"
#include "src/cli/log_line.h"

#include <stdio.h>
#include <string.h>

int cli_version(int count, char **words)
{
    cli_common common = cli_common_defaults();
    cli_reading reading = {
        .words = {.words = words, .count = count, .tables = {cli_common_options}},
        .common = &common,
        .too_many = "version takes no word"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_log_failure(common.log_json, &err);
    }
    if (common.output == CLI_OUTPUT_JSON || common.output == CLI_OUTPUT_JSONL) {
        printf("{\"format\":1,\"version\":\"%s\"}\n", MILLRACE_VERSION);
    } else {
        printf("millrace %s\n", MILLRACE_VERSION);
    }
    return CLI_EXIT_DONE;
}
