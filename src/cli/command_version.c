/* command_version.c - `millrace version`: one line, and nothing opened on the way. */
#include "src/cli/common.h"

#include "sim/base/json.h"

#include <stdio.h>
#include <string.h>

int cli_version(int count, char **words)
{
    cli_common common = cli_common_defaults();
    cli_words list = {.words = words, .count = count, .tables = {cli_common_options, NULL}};
    cli_item item;
    mr_error err;
    do {
        bool taken = false;
        if (cli_next(&list, &item, &err) != MR_OK ||
            cli_common_take(&common, &item, &taken, &err) != MR_OK) {
            return cli_fail(&err);
        }
        if (item.kind == CLI_WORD) {
            (void)mr_error_set(&err, MR_INVALID_ARGUMENT,
                               "version takes no word; %s is one too many", item.value);
            return cli_fail(&err);
        }
    } while (item.kind != CLI_END);

    if (common.output == CLI_OUTPUT_JSON || common.output == CLI_OUTPUT_JSONL) {
        printf("{\"format\":1,\"version\":\"%s\"}\n", MILLRACE_VERSION);
    } else {
        printf("millrace %s\n", MILLRACE_VERSION);
    }
    return CLI_EXIT_DONE;
}
