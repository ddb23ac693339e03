/*
 * delimited_scan.h - rows of delimited text: LazySimpleSerDe (CSV, TSV, \001) and OpenCSVSerde.
 *
 * A line is one row; neither SerDe lets a quoted field hold a line feed. Fields are matched by
 * position: a short line gives MISSING fields, what is left over is ignored.
 *
 * Behaviour: Hive's LazySimpleSerDe and OpenCSVSerde, as Athena's engine reads them: OpenCSV's
 * escape character counts only before a quote or itself and is dropped elsewhere, a doubled quote
 * is a quote, quotes are recognised in mid-field, an unterminated quoted last field is dropped,
 * and an empty line is a row of NULLs.
 */
#ifndef MR_SIM_FORMAT_DELIMITED_SCAN_H
#define MR_SIM_FORMAT_DELIMITED_SCAN_H

#include "sim/base/strbuf.h"
#include "sim/format/field.h"

typedef struct mr_delimited_options {
    bool open_csv; /* OpenCSVSerde; otherwise LazySimpleSerDe */
    char separator;
    char quote;            /* OpenCSV */
    char escape;           /* '\0': none (LazySimple's default) */
    const char *null_text; /* LazySimple: serialization.null.format; borrowed; NULL: "\\N" */
    const size_t *columns; /* the wanted fields' places, ascending; copied */
    size_t column_count;
} mr_delimited_options;

typedef struct mr_delimited_scan mr_delimited_scan;

mr_delimited_scan *mr_delimited_scan_new(const mr_delimited_options *options);
void mr_delimited_scan_free(mr_delimited_scan *scan); /* NULL is fine */

/* Gives every row of a block of whole lines to the sink; its first `skip` lines are no rows.
 * Returns false when the sink did. Delimited text is never malformed. */
bool mr_delimited_scan_block(mr_delimited_scan *scan, mr_bytes block, size_t skip,
                             mr_row_sink_fn sink, void *context);

/* Appends what a field of kind MR_FIELD_QUOTED or MR_FIELD_BACKSLASHED means. */
void mr_delimited_plain(mr_field field, char quote, char escape, mr_strbuf *out);

/* The place after the line at p; *stop: its end without the line feed. */
const char *mr_line_after(const char *p, const char *end, const char **stop);

#endif
