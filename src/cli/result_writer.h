/*
 * result_writer.h - a query's rows on standard output: as a table for people, as CSV in the form
 * of Athena's result objects, as one JSON object, or as JSON lines.
 */
#ifndef MR_SRC_CLI_RESULT_WRITER_H
#define MR_SRC_CLI_RESULT_WRITER_H

#include "sim/query/query.h"

#include <stdio.h>

typedef enum cli_output {
    CLI_OUTPUT_TABLE,
    CLI_OUTPUT_CSV,  /* every value quoted, NULL as nothing, as Athena writes result objects */
    CLI_OUTPUT_JSON, /* {"format":1,"columns":[...],"rows":[{...}]} */
    CLI_OUTPUT_JSONL /* {"format":1,"columns":[...]} and then one object a row */
} cli_output;

bool cli_output_of(const char *name, cli_output *out);

typedef struct cli_result_writer cli_result_writer;

/* file: borrowed. log_json: the form of warnings (--log json). */
cli_result_writer *cli_result_writer_new(cli_output output, FILE *file, bool log_json);
/* To be given to mr_query_run(); warnings go to standard error. */
mr_query_handlers cli_result_writer_handlers(cli_result_writer *writer);
/* Writes what is left. False when the file could not be written. */
bool cli_result_writer_finish(cli_result_writer *writer);
void cli_result_writer_free(cli_result_writer *writer);

#endif
