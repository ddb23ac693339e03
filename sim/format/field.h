/*
 * field.h - one value of one row as it stands in an object, before any type is applied.
 *
 * A scanner (json_scan.h, delimited_scan.h) finds the fields that a query wants and hands them
 * over as slices of the block that it was given; what they mean for a column's type is the
 * query's business. Nothing is copied and nothing is unescaped before somebody asks for it.
 */
#ifndef MR_SIM_FORMAT_FIELD_H
#define MR_SIM_FORMAT_FIELD_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef enum mr_field_kind {
    MR_FIELD_MISSING,     /* no such member, or a line with fewer fields */
    MR_FIELD_NULL,        /* JSON null */
    MR_FIELD_TEXT,        /* text as it stands: nothing to undo */
    MR_FIELD_ESCAPED,     /* a JSON string with backslashes in it, without its quotes */
    MR_FIELD_NUMBER,      /* a JSON number */
    MR_FIELD_TRUE,        /* JSON true */
    MR_FIELD_FALSE,       /* JSON false */
    MR_FIELD_OBJECT,      /* a JSON object, braces included */
    MR_FIELD_ARRAY,       /* a JSON array, brackets included */
    MR_FIELD_QUOTED,      /* an OpenCSV field whose quotes and escapes are still in it */
    MR_FIELD_BACKSLASHED, /* a LazySimple field with escape characters still in it */
    MR_FIELD_NOT_OBJECT   /* a path goes on where the object has a plain value or an array */
} mr_field_kind;

typedef struct mr_field {
    const char *at; /* borrowed from the block; not NULL for kinds that have bytes */
    uint32_t len;
    uint8_t kind; /* mr_field_kind */
} mr_field;

static inline mr_bytes mr_field_bytes(mr_field field)
{
    return (mr_bytes){field.at, field.len};
}

/* After the last line of a block this many bytes may be read: a line feed, then zeros. It lets
 * the scanners load whole vectors without asking where the block ends. */
#define MR_BLOCK_PADDING 64

/* A line longer than this fails the query, as in Athena's engine. */
#define MR_LINE_BYTES_MAX (100 * MR_MIB)

/*
 * Takes one row. fields: one per wanted column, borrowed for the call (the bytes they point to
 * live as long as the block). Returning false ends the scan.
 */
typedef bool (*mr_row_sink_fn)(void *context, const mr_field *fields);

#endif
