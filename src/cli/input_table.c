/* input_table.c - see input_table.h. */
#include "src/cli/input_table.h"

#include "sim/base/alloc.h"
#include "sim/producer/input_options.h"

cli_option *cli_input_table_new(int first_id, const char *without)
{
    size_t count;
    const mr_input_option *options = mr_input_option_table(&count);
    cli_option *table = mr_calloc(count + 1, sizeof(*table));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (without != NULL && strcmp(options[i].name, without) == 0) {
            continue;
        }
        table[kept++] = (cli_option){.id = first_id + (int)i,
                                     .name = mr_format("--%s", options[i].name),
                                     .value = options[i].value,
                                     .help = options[i].help};
    }
    return table;
}

void cli_input_table_free(cli_option *table)
{
    for (cli_option *option = table; option != NULL && option->id != 0; option++) {
        mr_free((char *)(uintptr_t)option->name);
    }
    mr_free(table);
}
