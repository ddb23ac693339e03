/*
 * row_reader.h - CSV (RFC 4180) in pieces: bytes in, rows of fields out, with line numbers.
 *
 * LF, CRLF and CR end lines; a UTF-8 BOM is dropped; quoted fields may hold anything. A line
 * without a quote is split by our own scan; the others go through libcsv. Fields keep
 * their blanks. A row longer than the limit is skipped and reported, whatever its length.
 */
#ifndef MR_SIM_PRODUCER_ROW_READER_H
#define MR_SIM_PRODUCER_ROW_READER_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef struct mr_row_reader mr_row_reader;

#define MR_ROW_BYTES_MAX  (12 * MR_MIB) /* a row past it is rejected: no record can hold it */
#define MR_ROW_FIELDS_MAX 4096

typedef struct mr_row_format {
    char delimiter;  /* 0: ',' */
    bool raw_lines;  /* no fields: each line is one row of one field */
    bool no_header;
} mr_row_format;

typedef struct mr_row {
    uint64_t number; /* 1, 2, 3, ... data rows */
    uint64_t line;   /* of its first byte, from 1 */
    const mr_bytes *fields; /* borrowed for the call */
    size_t field_count;
    mr_bytes raw; /* the row as it stood, without its line end */
    const char *problem; /* NULL, or why it cannot be read: too long, a quote that never closes */
} mr_row;

typedef void (*mr_row_sink_fn)(void *context, const mr_row *row);
typedef void (*mr_header_fn)(void *context, const mr_bytes *names, size_t count);

mr_row_reader *mr_row_reader_new(const mr_row_format *format, mr_header_fn header,
                                 mr_row_sink_fn row, void *context);
void mr_row_reader_free(mr_row_reader *reader);

/* Reads rows from bytes until `most_rows` were handed over or the bytes end. Returns how many
 * bytes were taken; call again with the rest. */
size_t mr_row_reader_feed(mr_row_reader *reader, mr_bytes bytes, size_t most_rows);
void mr_row_reader_finish(mr_row_reader *reader); /* the last row may lack its line end */
uint64_t mr_row_reader_rows(const mr_row_reader *reader);

#endif
