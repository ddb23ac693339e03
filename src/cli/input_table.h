/*
 * input_table.h - the producer's own options (sim/producer/input_options.h) as a command's.
 */
#ifndef MR_SRC_CLI_INPUT_TABLE_H
#define MR_SRC_CLI_INPUT_TABLE_H

#include "src/cli/options.h"

/* Numbered from first_id on. without: one that the command has itself, or NULL. Owned. */
cli_option *cli_input_table_new(int first_id, const char *without);
void cli_input_table_free(cli_option *table); /* NULL is fine */

#endif
