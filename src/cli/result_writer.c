/*
 * result_writer.c - see result_writer.h. A table needs its widths before its first line, so rows
 * are held until TABLE_ROWS_HELD have come; later rows use the widths found by then.
 */
#include "src/cli/result_writer.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/app/query_job.h"
#include "src/cli/log_line.h"

#include <string.h>

#define TABLE_ROWS_HELD 1000
#define TABLE_WIDTH_MAX 60 /* a wider cell is not cut, it only breaks the alignment */

typedef struct cell {
    char *text; /* owned; NULL for NULL */
    bool is_number;
} cell;

struct cli_result_writer {
    cli_output output;
    FILE *file;
    bool log_json;
    char **names;
    size_t column_count;
    mr_strbuf line; /* of the row being written */
    uint64_t rows;
    /* CLI_OUTPUT_TABLE */
    size_t *widths;
    cell *held; /* rows x columns */
    size_t held_rows;
    bool header_written;
};

bool cli_output_of(const char *name, cli_output *out)
{
    static const char *const names[] = {"table", "csv", "json", "jsonl"};
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (cli_output)i;
            return true;
        }
    }
    return false;
}

cli_result_writer *cli_result_writer_new(cli_output output, FILE *file, bool log_json)
{
    cli_result_writer *writer = mr_calloc(1, sizeof(*writer));
    writer->output = output;
    writer->file = file;
    writer->log_json = log_json;
    writer->line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return writer;
}

static void write_line(cli_result_writer *writer)
{
    (void)fwrite(mr_strbuf_text(&writer->line), 1, writer->line.len, writer->file);
    mr_strbuf_reset(&writer->line);
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room on a terminal. */
static size_t display_width(const char *text)
{
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++) {
        width += ((unsigned char)*at & 0xC0) != 0x80;
    }
    return width;
}

/* ---- table ---- */

static void append_cell(mr_strbuf *line, const char *text, size_t width, bool right)
{
    size_t have = display_width(text);
    size_t pad = have < width ? width - have : 0;
    for (size_t i = 0; right && i < pad; i++) {
        mr_strbuf_append_char(line, ' ');
    }
    mr_strbuf_append_text(line, text);
    for (size_t i = 0; !right && i < pad; i++) {
        mr_strbuf_append_char(line, ' ');
    }
}

static void trim_line(mr_strbuf *line)
{
    while (line->len > 0 && line->at[line->len - 1] == ' ') {
        line->at[--line->len] = '\0';
    }
    mr_strbuf_append_char(line, '\n');
}

static void table_header(cli_result_writer *writer)
{
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_strbuf_append_text(&writer->line, i == 0 ? "" : "  ");
        append_cell(&writer->line, writer->names[i], writer->widths[i], false);
    }
    trim_line(&writer->line);
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_strbuf_append_text(&writer->line, i == 0 ? "" : "  ");
        for (size_t n = 0; n < writer->widths[i]; n++) {
            mr_strbuf_append_char(&writer->line, '-');
        }
    }
    mr_strbuf_append_char(&writer->line, '\n');
    write_line(writer);
    writer->header_written = true;
}

static void table_row(cli_result_writer *writer, const cell *cells)
{
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_strbuf_append_text(&writer->line, i == 0 ? "" : "  ");
        append_cell(&writer->line, cells[i].text == NULL ? "NULL" : cells[i].text,
                    writer->widths[i], cells[i].is_number);
    }
    trim_line(&writer->line);
    write_line(writer);
}

static void table_flush(cli_result_writer *writer)
{
    if (!writer->header_written) {
        table_header(writer);
    }
    for (size_t row = 0; row < writer->held_rows; row++) {
        cell *cells = writer->held + row * writer->column_count;
        table_row(writer, cells);
        for (size_t i = 0; i < writer->column_count; i++) {
            mr_free(cells[i].text);
        }
    }
    writer->held_rows = 0;
}

static void table_hold(cli_result_writer *writer, const mr_value *values)
{
    if (writer->held == NULL) {
        writer->held =
            mr_calloc(TABLE_ROWS_HELD * mr_max_size(writer->column_count, 1), sizeof(cell));
    }
    cell *cells = writer->held + writer->held_rows * writer->column_count;
    for (size_t i = 0; i < writer->column_count; i++) {
        cells[i].text = values[i].is_null ? NULL : mr_bytes_dup(values[i].text);
        cells[i].is_number = values[i].is_number;
        size_t width = display_width(cells[i].text == NULL ? "NULL" : cells[i].text);
        if (!writer->header_written && width > writer->widths[i]) {
            writer->widths[i] = mr_min_size(width, TABLE_WIDTH_MAX);
        }
    }
    if (++writer->held_rows == TABLE_ROWS_HELD) {
        table_flush(writer);
    }
}

/* ---- CSV ---- */

static void csv_header(cli_result_writer *writer)
{
    mr_query_csv_header(&writer->line, (const char *const *)writer->names, writer->column_count);
    write_line(writer);
}

static void csv_row(cli_result_writer *writer, const mr_value *values)
{
    mr_query_csv_row(&writer->line, values, writer->column_count);
    write_line(writer);
}

/* ---- JSON ---- */

static void append_columns(cli_result_writer *writer)
{
    mr_strbuf_append_text(&writer->line, "{\"format\":1,\"columns\":[");
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_strbuf_append_text(&writer->line, i == 0 ? "" : ",");
        mr_json_append_string(&writer->line, mr_bytes_of(writer->names[i]));
    }
    mr_strbuf_append_text(&writer->line, "]");
}

static void append_json_value(mr_strbuf *line, const mr_value *value)
{
    if (value->is_null) {
        mr_strbuf_append_text(line, "null");
    } else if (value->is_number || value->is_boolean) {
        mr_strbuf_append_bytes(line, value->text);
    } else {
        mr_json_append_string(line, value->text);
    }
}

static void json_row(cli_result_writer *writer, const mr_value *values)
{
    if (writer->output == CLI_OUTPUT_JSON) {
        mr_strbuf_append_text(&writer->line, writer->rows == 0 ? "\n  " : ",\n  ");
    }
    mr_strbuf_append_char(&writer->line, '{');
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_strbuf_append_text(&writer->line, i == 0 ? "" : ",");
        mr_json_append_string(&writer->line, mr_bytes_of(writer->names[i]));
        mr_strbuf_append_char(&writer->line, ':');
        append_json_value(&writer->line, &values[i]);
    }
    mr_strbuf_append_text(&writer->line, writer->output == CLI_OUTPUT_JSON ? "}" : "}\n");
    write_line(writer);
}

/* ---- the handlers ---- */

static void on_columns(void *context, const char *const *names, size_t count)
{
    cli_result_writer *writer = context;
    writer->column_count = count;
    writer->names = mr_calloc(mr_max_size(count, 1), sizeof(char *));
    writer->widths = mr_calloc(mr_max_size(count, 1), sizeof(size_t));
    for (size_t i = 0; i < count; i++) {
        writer->names[i] = mr_strdup(names[i]);
        writer->widths[i] = display_width(names[i]);
    }
    switch (writer->output) {
    case CLI_OUTPUT_TABLE:
        break; /* after the rows that decide the widths */
    case CLI_OUTPUT_CSV:
        csv_header(writer);
        break;
    case CLI_OUTPUT_JSON:
        append_columns(writer);
        mr_strbuf_append_text(&writer->line, ",\"rows\":[");
        write_line(writer);
        break;
    case CLI_OUTPUT_JSONL:
        append_columns(writer);
        mr_strbuf_append_text(&writer->line, "}\n");
        write_line(writer);
        break;
    }
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    cli_result_writer *writer = context;
    MR_ASSERT(count == writer->column_count);
    switch (writer->output) {
    case CLI_OUTPUT_TABLE:
        table_hold(writer, values);
        break;
    case CLI_OUTPUT_CSV:
        csv_row(writer, values);
        break;
    case CLI_OUTPUT_JSON:
    case CLI_OUTPUT_JSONL:
        json_row(writer, values);
        break;
    }
    writer->rows++;
    return !ferror(writer->file); /* nobody reads any more: end the query */
}

static void on_warning(void *context, const char *message)
{
    const cli_result_writer *writer = context;
    cli_log_line(writer->log_json, MR_LOG_WARNING, message);
}

mr_query_handlers cli_result_writer_handlers(cli_result_writer *writer)
{
    return (mr_query_handlers){
        .columns = on_columns, .row = on_row, .warning = on_warning, .context = writer};
}

bool cli_result_writer_finish(cli_result_writer *writer)
{
    if (writer->output == CLI_OUTPUT_TABLE && writer->names != NULL) {
        table_flush(writer);
    } else if (writer->output == CLI_OUTPUT_JSON && writer->names != NULL) {
        (void)fputs(writer->rows == 0 ? "]}\n" : "\n]}\n", writer->file);
    }
    return fflush(writer->file) == 0 && !ferror(writer->file);
}

void cli_result_writer_free(cli_result_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    for (size_t i = 0; i < writer->held_rows * writer->column_count; i++) {
        mr_free(writer->held[i].text);
    }
    for (size_t i = 0; i < writer->column_count; i++) {
        mr_free(writer->names[i]);
    }
    mr_free(writer->names);
    mr_free(writer->widths);
    mr_free(writer->held);
    mr_strbuf_deinit(&writer->line);
    mr_free(writer);
}
