/*
 * datum.h - a value of a column once its type is applied, in the four forms that SQLite has.
 *
 * boolean is INT 0 or 1; date and timestamp are TEXT in Athena's own spelling, whose byte order
 * is their order in time; decimal is DOUBLE (decode.h refuses precisions that it cannot hold);
 * array, map and struct are TEXT as Athena prints them.
 */
#ifndef MR_SIM_QUERY_DATUM_H
#define MR_SIM_QUERY_DATUM_H

#include "sim/base/bytes.h"

typedef enum mr_datum_kind {
    MR_DATUM_NULL,
    MR_DATUM_INT,
    MR_DATUM_DOUBLE,
    MR_DATUM_TEXT
} mr_datum_kind;

typedef struct mr_datum {
    mr_datum_kind kind;
    int64_t integer;
    double real;
    mr_bytes text; /* borrowed */
} mr_datum;

static inline mr_datum mr_datum_int(int64_t value)
{
    return (mr_datum){.kind = MR_DATUM_INT, .integer = value};
}

static inline mr_datum mr_datum_double(double value)
{
    return (mr_datum){.kind = MR_DATUM_DOUBLE, .real = value};
}

static inline mr_datum mr_datum_text(mr_bytes value)
{
    return (mr_datum){.kind = MR_DATUM_TEXT, .text = value};
}

/* Below 0, 0, above 0. Neither may be NULL; numbers compare with numbers, text with text. */
int mr_datum_compare(const mr_datum *a, const mr_datum *b);
/* Whether the two can be compared: both numbers or both text. */
bool mr_datum_comparable(const mr_datum *a, const mr_datum *b);

#endif
