/*
 * row_reader.h - CSV (RFC 4180) in pieces: bytes in, rows of fields out, with line numbers.
 *
 * LF, CRLF and CR end lines; a UTF-8 BOM is dropped; a quoted field may hold anything; a quote
 * inside an unquoted field is a character like any other; lines with nothing on them are passed
 * over. Rows without a quoted field, nearly all there are, are split by our own scan where they
 * stand; the others are found by a state machine, and libcsv decodes what is escaped. Fields keep
 * their blanks. A row longer than the limit is skipped and reported, whatever its length, without
 * being held. Where the pieces end never shows in the rows.
 */
#ifndef MR_SIM_PRODUCER_ROW_READER_H
#define MR_SIM_PRODUCER_ROW_READER_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef struct mr_row_reader mr_row_reader;

#define MR_ROW_BYTES_MAX  (12 * MR_MIB) /* a row past it is rejected: no record can hold it */
#define MR_ROW_FIELDS_MAX 4096
#define MR_ROW_HEAD_BYTES 1024 /* what is kept of a row that is too long, for the report */

typedef struct mr_row_format {
    char delimiter; /* 0: ',' */
    bool raw_lines; /* no fields and no quotes: each line is one row of one field */
    bool no_header;
} mr_row_format;

typedef struct mr_row {
    uint64_t number;        /* 1, 2, 3, ... data rows; 0: the header, which has a problem */
    uint64_t line;          /* of its first byte, from 1 */
    const mr_bytes *fields; /* borrowed for the call */
    size_t field_count;     /* 0 when there is a problem */
    mr_bytes raw;           /* the row as it stood, without its line end; the head when too long */
    const char *problem;    /* NULL, or why it cannot be read; static */
} mr_row;

/* Takes one row. Returning false ends mr_row_reader_feed() after this row. */
typedef bool (*mr_read_row_fn)(void *context, const mr_row *row);
/* Called once before the first row: the header's names, or "1", "2", ... without a header.
 * Borrowed for the call. */
typedef void (*mr_header_fn)(void *context, const mr_bytes *names, size_t count);

/* format: copied. header may be NULL. */
mr_row_reader *mr_row_reader_new(const mr_row_format *format, mr_header_fn header,
                                 mr_read_row_fn row, void *context);
void mr_row_reader_free(mr_row_reader *reader); /* NULL is fine */

/* Can this be a delimiter? Not a quote, a line end or NUL. */
bool mr_row_delimiter_is_fine(char delimiter);

/*
 * Reads rows until the bytes end or a row is answered with false.
 *
 * bytes:   borrowed for the call.
 * Returns: how many bytes were taken; call again with the rest, and with nothing else before it.
 */
size_t mr_row_reader_feed(mr_row_reader *reader, mr_bytes bytes);
/* No more bytes: hands over the last row, which may lack its line end. Once only. */
void mr_row_reader_finish(mr_row_reader *reader);

/*
 * The same input begins once more: hands over the last row as mr_row_reader_finish() does, then
 * passes over the header that comes again, counts lines from 1, and goes on counting rows.
 */
void mr_row_reader_again(mr_row_reader *reader);

uint64_t mr_row_reader_rows(const mr_row_reader *reader); /* data rows handed over */
uint64_t mr_row_reader_line(const mr_row_reader *reader); /* of the next byte, from 1 */
bool mr_row_reader_in_row(const mr_row_reader *reader);   /* a row has begun and not ended */

#endif
