/*
 * input_options.h - what a person may say about an input, as names and values: the command line's
 * "--batch-records 50" and a template's "BatchRecords: 50" come to the same words here.
 */
#ifndef MR_SIM_PRODUCER_INPUT_OPTIONS_H
#define MR_SIM_PRODUCER_INPUT_OPTIONS_H

#include "sim/producer/producer.h"

/* One option, for the help and for reading a command line. */
typedef struct mr_input_option {
    const char *name;  /* "batch-records" */
    const char *value; /* what its value is called in the help: "N"; NULL: a flag */
    const char *help;  /* one line */
} mr_input_option;

/* All options, in the order of the help. */
const mr_input_option *mr_input_option_table(size_t *count);
/* By name, as on the command line without dashes ("batch-records") or as in a template
 * ("BatchRecords"). NULL when there is none. */
const mr_input_option *mr_input_option_find(const char *name);

/* The options that have been set. Plain values and owned texts. */
typedef struct mr_input_options {
    char delimiter; /* 0: ',', or TAB for a file that ends in .tsv */
    bool no_header, no_header_is_set;
    bool load_time, strict;
    bool encode_is_set;
    mr_encode_kind encode;
    char encode_delimiter;
    char **columns; /* owned, as are the texts; NULL: all */
    size_t column_count;
    mr_key_choice key;
    char *key_text; /* owned: the column, or the constant */
    size_t batch_records, batch_bytes;
    double rate;
    uint32_t retries;
    uint64_t rows;   /* 0: all */
    uint32_t repeat; /* 0: once */
} mr_input_options;

void mr_input_options_init(mr_input_options *options);
void mr_input_options_deinit(mr_input_options *options);
void mr_input_options_copy(mr_input_options *to,
                           const mr_input_options *from); /* to: not initialised */

/*
 * Sets one option. A later value replaces an earlier one.
 *
 * name:   either spelling. value: its text; for a flag "true" or "false", NULL means true.
 *         A list (columns) is separated by commas; a name that holds one is quoted as in CSV.
 * Errors: MR_INVALID_ARGUMENT, saying what may be written; for a misspelt name, the nearest.
 */
MR_NODISCARD mr_code mr_input_option_set(mr_input_options *options, const char *name,
                                         const char *value, mr_error *err);

/*
 * Fills the parts of out that an input's options decide: format, encode, key, batch, rate,
 * retries, strict, rows_max, repeat; the others are left as they are. What has not been said
 * follows from the file's name, in which .gz at the end does not count:
 *   - .jsonl, .ndjson and .json hold one record a line: encode raw, no header.
 *   - .tsv is separated by tabs.
 *   - Otherwise it is CSV with a header, encoded `delimited:|`.
 * Raw records are CSV rows, without the header, when the file's name says .csv or .tsv or a
 * partition key column is named; otherwise every line is a record.
 *
 * out:    points into options, which must outlive it.
 * file:   may be NULL: no name to go by.
 * Errors: MR_INVALID_ARGUMENT: options that do not go together, or not with the file ("-", standard
 *         input, cannot be repeated).
 */
MR_NODISCARD mr_code mr_input_options_apply(const mr_input_options *options, const char *file,
                                            mr_producer_options *out, mr_error *err);

#endif
