/* input_options.c - one table of options; each row knows how its value is read. */
#include "sim/producer/input_options.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"

#include <math.h>
#include <stdlib.h>

#define NAME_SIZE 32

typedef enum option_id {
    OPTION_BATCH_RECORDS,
    OPTION_BATCH_BYTES,
    OPTION_RATE,
    OPTION_PARTITION_KEY,
    OPTION_ENCODE,
    OPTION_COLUMNS,
    OPTION_LOAD_TIME,
    OPTION_DELIMITER,
    OPTION_NO_HEADER,
    OPTION_RETRIES,
    OPTION_STRICT,
    OPTION_ROWS,
    OPTION_REPEAT
} option_id;

/* In the order of option_id. */
static const mr_input_option table[] = {
    [OPTION_BATCH_RECORDS] = {"batch-records", "N", "records in a batch, 1 to 500 (50)"},
    [OPTION_BATCH_BYTES] = {"batch-bytes", "N", "bytes in a batch, up to 10 MiB (50000)"},
    [OPTION_RATE] = {"rate", "N/s", "rows per second (or /m, /h), or max (max)"},
    [OPTION_PARTITION_KEY] = {"partition-key", "KEY",
                              "column:NAME, round-robin, random or const:TEXT (round-robin)"},
    [OPTION_ENCODE] = {"encode", "FORM", "delimited:CHARACTER, json, csv or raw (delimited:|)"},
    [OPTION_COLUMNS] = {"columns", "A,B,..", "the columns to put, by name (all)"},
    [OPTION_LOAD_TIME] = {"load-time", NULL, "add the time of loading as the last column"},
    [OPTION_DELIMITER] = {"delimiter", "CHARACTER", "what separates columns in the file (,)"},
    [OPTION_NO_HEADER] = {"no-header", NULL, "the first row is data; columns are called 1, 2, .."},
    [OPTION_RETRIES] = {"retries", "N", "how often a refused record is put again (for ever)"},
    [OPTION_STRICT] = {"strict", NULL, "end at the first row that is rejected"},
    [OPTION_ROWS] = {"rows", "N", "read at most so many rows (all)"},
    [OPTION_REPEAT] = {"repeat", "N", "read the file so many times over (1)"},
};

const mr_input_option *mr_input_option_table(size_t *count)
{
    *count = MR_COUNT(table);
    return table;
}

/* "BatchRecords" as "batch-records"; other spellings as they are. False when it is too long. */
static bool to_dashes(const char *name, char out[NAME_SIZE])
{
    size_t len = 0;
    for (const char *c = name; *c != '\0'; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        if (len + 3 > NAME_SIZE) {
            return false;
        }
        if (upper && c != name && c[-1] != '-') {
            out[len++] = '-';
        }
        out[len++] = (char)(upper ? *c - 'A' + 'a' : *c);
    }
    out[len] = '\0';
    return true;
}

const mr_input_option *mr_input_option_find(const char *name)
{
    char dashed[NAME_SIZE];
    if (!to_dashes(name, dashed)) {
        return NULL;
    }
    for (size_t i = 0; i < MR_COUNT(table); i++) {
        if (strcmp(dashed, table[i].name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* ---- making, copying and releasing ---- */

void mr_input_options_init(mr_input_options *options)
{
    *options = (mr_input_options){.key = MR_KEY_ROUND_ROBIN};
}

static void free_columns(mr_input_options *options)
{
    for (size_t i = 0; i < options->column_count; i++) {
        mr_free(options->columns[i]);
    }
    mr_free(options->columns);
    options->columns = NULL;
    options->column_count = 0;
}

void mr_input_options_deinit(mr_input_options *options)
{
    free_columns(options);
    mr_free(options->key_text);
    mr_input_options_init(options);
}

void mr_input_options_copy(mr_input_options *to, const mr_input_options *from)
{
    *to = *from;
    to->key_text = mr_strdup(from->key_text);
    if (from->columns != NULL) {
        to->columns = mr_calloc(from->column_count, sizeof(*to->columns));
        for (size_t i = 0; i < from->column_count; i++) {
            to->columns[i] = mr_strdup(from->columns[i]);
        }
    }
}

/* ---- reading values ---- */

static bool read_flag(const char *value, bool *out)
{
    if (value == NULL || strcmp(value, "true") == 0) {
        *out = true;
        return true;
    }
    *out = false;
    return strcmp(value, "false") == 0;
}

static bool read_count(const char *value, uint64_t least, uint64_t most, uint64_t *out)
{
    return mr_bytes_to_uint64(mr_bytes_of(value), out) && *out >= least && *out <= most;
}

/* "200/s", "12.5/m", "1000/h", "200" (a second), "max". */
static bool read_rate(const char *value, double *out)
{
    if (strcmp(value, "max") == 0) {
        *out = 0;
        return true;
    }
    if (!(*value >= '0' && *value <= '9')) { /* strtod() would take blanks, signs and words */
        return false;
    }
    char *end;
    double rate = strtod(value, &end);
    if (strcmp(end, "/m") == 0) {
        rate /= 60;
    } else if (strcmp(end, "/h") == 0) {
        rate /= 3600;
    } else if (*end != '\0' && strcmp(end, "/s") != 0) {
        return false;
    }
    *out = rate;
    return isfinite(rate) && rate > 0 && rate <= 1e9;
}

static bool read_partition_key(const char *value, mr_input_options *options)
{
    static const char column[] = "column:", constant[] = "const:";
    mr_bytes text = mr_bytes_of(value);
    size_t skip = 0;

    if (strcmp(value, "round-robin") == 0) {
        options->key = MR_KEY_ROUND_ROBIN;
    } else if (strcmp(value, "random") == 0) {
        options->key = MR_KEY_RANDOM;
    } else if (mr_bytes_starts_with(text, mr_bytes_of(column)) && value[sizeof(column) - 1]) {
        options->key = MR_KEY_COLUMN;
        skip = sizeof(column) - 1;
    } else if (mr_bytes_starts_with(text, mr_bytes_of(constant)) && value[sizeof(constant) - 1]) {
        options->key = MR_KEY_CONST;
        skip = sizeof(constant) - 1;
    } else {
        return false;
    }
    mr_free(options->key_text);
    options->key_text = skip == 0 ? NULL : mr_strdup(value + skip);
    return true;
}

static bool take_columns(void *context, const mr_row *row)
{
    mr_input_options *options = context;
    if (row->problem != NULL || options->columns != NULL) {
        free_columns(options); /* a bad quote, or a second line */
        return false;
    }
    options->columns = mr_calloc(row->field_count, sizeof(*options->columns));
    for (size_t i = 0; i < row->field_count; i++) {
        options->columns[i] = mr_bytes_dup(row->fields[i]);
        options->column_count++;
    }
    return true;
}

/* A list is a row of CSV: the same reader that reads the header reads the names. */
static bool read_columns(const char *value, mr_input_options *options)
{
    free_columns(options);
    mr_row_reader *reader =
        mr_row_reader_new(&(mr_row_format){.no_header = true}, NULL, take_columns, options);
    mr_bytes text = mr_bytes_of(value);
    bool whole = mr_row_reader_feed(reader, text) == text.len;
    mr_row_reader_finish(reader);
    mr_row_reader_free(reader);
    for (size_t i = 0; i < options->column_count; i++) {
        whole = whole && options->columns[i][0] != '\0';
    }
    if (!whole) {
        free_columns(options);
    }
    return options->columns != NULL;
}

static bool read_encode(const char *value, mr_input_options *options)
{
    mr_encode_options encode = {0};
    if (!mr_encode_parse(value, &encode)) {
        return false;
    }
    options->encode_is_set = true;
    options->encode = encode.kind;
    options->encode_delimiter = encode.delimiter;
    return true;
}

static bool read_flag_option(mr_input_options *options, option_id id, const char *value)
{
    switch (id) {
    case OPTION_LOAD_TIME:
        return read_flag(value, &options->load_time);
    case OPTION_STRICT:
        return read_flag(value, &options->strict);
    default:
        MR_ASSERT(id == OPTION_NO_HEADER);
        options->no_header_is_set = true;
        return read_flag(value, &options->no_header);
    }
}

static bool read_count_option(mr_input_options *options, option_id id, const char *value)
{
    uint64_t count;
    switch (id) {
    case OPTION_BATCH_RECORDS:
        if (!read_count(value, 1, MR_PUT_RECORDS_MAX, &count)) {
            return false;
        }
        options->batch_records = (size_t)count;
        return true;
    case OPTION_BATCH_BYTES:
        if (!read_count(value, 1, MR_PUT_BYTES_MAX, &count)) {
            return false;
        }
        options->batch_bytes = (size_t)count;
        return true;
    case OPTION_ROWS:
        return read_count(value, 1, UINT64_MAX, &options->rows);
    case OPTION_REPEAT:
        if (!read_count(value, 1, UINT32_MAX, &count)) {
            return false;
        }
        options->repeat = (uint32_t)count;
        return true;
    default:
        MR_ASSERT(id == OPTION_RETRIES);
        if (!read_count(value, 1, UINT32_MAX, &count)) {
            return false;
        }
        options->retries = (uint32_t)count;
        return true;
    }
}

/* value: NULL for a flag alone. */
static bool read_value(mr_input_options *options, option_id id, const char *value)
{
    if (table[id].value == NULL) {
        return read_flag_option(options, id, value);
    }
    if (value == NULL) {
        return false;
    }
    switch (id) {
    case OPTION_RATE:
        return read_rate(value, &options->rate);
    case OPTION_PARTITION_KEY:
        return read_partition_key(value, options);
    case OPTION_ENCODE:
        return read_encode(value, options);
    case OPTION_COLUMNS:
        return read_columns(value, options);
    case OPTION_DELIMITER:
        return mr_delimiter_parse(mr_bytes_of(value), &options->delimiter);
    default:
        return read_count_option(options, id, value);
    }
}

static const char *what_may_be_written(option_id id)
{
    static const char *const words[] = {
        [OPTION_BATCH_RECORDS] = "a number from 1 to 500",
        [OPTION_BATCH_BYTES] = "a number from 1 to 10485760",
        [OPTION_RATE] = "a number with /s, /m or /h, such as 200/s, or max",
        [OPTION_PARTITION_KEY] = "column:NAME, round-robin, random or const:TEXT",
        [OPTION_ENCODE] = "delimited:CHARACTER (such as delimited:|), json, csv or raw",
        [OPTION_COLUMNS] = "names separated by commas",
        [OPTION_LOAD_TIME] = "true or false",
        [OPTION_DELIMITER] = "one character, or tab, comma, semicolon, pipe or space",
        [OPTION_NO_HEADER] = "true or false",
        [OPTION_RETRIES] = "a number from 1 to 4294967295 (leave it out to retry for ever)",
        [OPTION_STRICT] = "true or false",
        [OPTION_ROWS] = "a number above 0 (leave it out to read all)",
        [OPTION_REPEAT] = "a number from 1 to 4294967295",
    };
    return words[id];
}

mr_code mr_input_option_set(mr_input_options *options, const char *name, const char *value,
                            mr_error *err)
{
    const mr_input_option *option = mr_input_option_find(name);
    if (option == NULL) {
        char dashed[NAME_SIZE];
        const char *nearest =
            mr_nearest_in_table(mr_bytes_of(to_dashes(name, dashed) ? dashed : name), table,
                                MR_COUNT(table), sizeof(table[0]));
        return nearest == NULL
                   ? mr_error_set(err, MR_INVALID_ARGUMENT, "an input has no option %.100s", name)
                   : mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "an input has no option %.100s; did you mean %s?", name, nearest);
    }
    option_id id = (option_id)(option - table);
    if (!read_value(options, id, value)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s: '%.100s' is not %s", name,
                            value == NULL ? "" : value, what_may_be_written(id));
    }
    return MR_OK;
}

/* ---- putting them to use ---- */

static bool has_ending(mr_bytes file, const char *ending)
{
    if (file.len <= strlen(ending)) {
        return false;
    }
    mr_bytes last = mr_bytes_make(file.at + file.len - strlen(ending), strlen(ending));
    return mr_bytes_equal_nocase(last, mr_bytes_of(ending));
}

static bool has_one_record_a_line(mr_bytes file)
{
    return has_ending(file, ".jsonl") || has_ending(file, ".ndjson") || has_ending(file, ".json");
}

static mr_code check_raw(const mr_input_options *options, bool json_lines, mr_error *err)
{
    const char *wrong = NULL;
    if (options->load_time) {
        wrong = "load-time";
    } else if (options->columns != NULL) {
        wrong = "columns";
    } else if (json_lines && options->key == MR_KEY_COLUMN) {
        wrong = "partition-key column:NAME";
    }
    if (wrong == NULL) {
        return MR_OK;
    }
    return json_lines
               ? mr_error_set(err, MR_INVALID_ARGUMENT,
                              "%s: a file of one record a line has no columns (if it is CSV after "
                              "all, choose an encoding, such as encode json)",
                              wrong)
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "%s: raw rows are put as they stand; choose another encoding", wrong);
}

mr_code mr_input_options_apply(const mr_input_options *options, const char *file,
                               mr_producer_options *out, mr_error *err)
{
    mr_bytes name = mr_bytes_of(file);
    if (has_ending(name, ".gz")) {
        name.len -= strlen(".gz");
    }
    bool tabs = has_ending(name, ".tsv");
    bool json_lines = has_one_record_a_line(name) &&
                      (!options->encode_is_set || options->encode == MR_ENCODE_RAW);
    bool raw = json_lines || (options->encode_is_set && options->encode == MR_ENCODE_RAW);
    bool lines = raw && !tabs && !has_ending(name, ".csv") && options->key != MR_KEY_COLUMN;
    if (options->repeat > 1 && mr_bytes_is(name, "-")) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "repeat: standard input can be read only once; name a file");
    }
    if (raw) {
        mr_code code = check_raw(options, json_lines, err);
        if (code != MR_OK) {
            return code;
        }
    }

    char delimiter = options->delimiter;
    if (delimiter == '\0' && tabs) {
        delimiter = '\t';
    }
    mr_encode_kind kind = options->encode_is_set ? options->encode : MR_ENCODE_DELIMITED;
    out->format = (mr_row_format){
        .delimiter = delimiter,
        .no_header = options->no_header_is_set ? options->no_header : lines,
        .raw_lines = lines,
    };
    out->encode = (mr_encode_options){
        .kind = raw ? MR_ENCODE_RAW : kind,
        .delimiter = options->encode_delimiter,
        .columns = (const char *const *)options->columns,
        .column_count = options->column_count,
        .load_time = options->load_time,
    };
    out->key = options->key;
    out->key_column = options->key == MR_KEY_COLUMN ? options->key_text : NULL;
    out->key_const = options->key == MR_KEY_CONST ? options->key_text : NULL;
    out->batch_records = options->batch_records;
    out->batch_bytes = options->batch_bytes;
    out->rate = options->rate;
    out->retries = options->retries;
    out->strict = options->strict;
    out->rows_max = options->rows;
    out->repeat = options->repeat;
    return MR_OK;
}
