/*
 * decode.h - a field of an object as the value of a column of a type, by the rules of the SerDe.
 *
 * The rules for NULL, missing, empty and ill-typed fields are those of reference sheet
 * glue-athena, section 6, one row of its table per function here.
 */
#ifndef MR_SIM_QUERY_DECODE_H
#define MR_SIM_QUERY_DECODE_H

#include "sim/base/strbuf.h"
#include "sim/catalog/hive_type.h"
#include "sim/format/field.h"
#include "sim/query/datum.h"

typedef enum mr_serde_kind {
    MR_SERDE_OPENX_JSON,
    MR_SERDE_HIVE_JSON,
    MR_SERDE_LAZY_SIMPLE,
    MR_SERDE_OPEN_CSV
} mr_serde_kind;

#define MR_LAZY_LEVELS 8

typedef struct mr_decode_rules {
    mr_serde_kind serde;
    char quote, escape;              /* OpenCSV; LazySimple's escape, '\0' for none */
    char separators[MR_LAZY_LEVELS]; /* LazySimple: field, collection, map key, then \004.. */
    char *null_text;                 /* LazySimple: owned by the table */
} mr_decode_rules;

/* A column as it is decoded. */
typedef struct mr_decode_column {
    const char *name;         /* for messages */
    size_t place;             /* in the table, from 0; for messages */
    const mr_hive_type *type; /* of the value, not of the struct around it */
} mr_decode_column;

/* decimal(16..38,s) does not fit a double: MR_UNSUPPORTED, naming the column. */
MR_NODISCARD mr_code mr_decode_check(const mr_decode_column *column, mr_error *err);

/*
 * scratch: holds the text of *out when the field's own bytes do not; *out lives until the next
 *          call with the same scratch, or as long as the field's block.
 * Errors:  MR_QUERY_FAILED with Athena's words (HIVE_BAD_DATA: ...).
 */
MR_NODISCARD mr_code mr_decode(const mr_decode_rules *rules, const mr_decode_column *column,
                               mr_field field, mr_strbuf *scratch, mr_datum *out, mr_error *err);

/* A partition key's text as a value of its type; text that does not read is HIVE_BAD_DATA-like
 * MR_QUERY_FAILED. __HIVE_DEFAULT_PARTITION__ is NULL. */
MR_NODISCARD mr_code mr_decode_partition(const mr_decode_column *column, mr_bytes text,
                                         mr_strbuf *scratch, mr_datum *out, mr_error *err);

/* Reads all of text as a double: decimal digits, fraction, exponent, Infinity, NaN. */
bool mr_read_double(mr_bytes text, double *out);
/* "2006-01-31", checked. */
bool mr_read_date(mr_bytes text);
/* Appends text ("2006-01-31[ T]10:11[:12[.345]][Z|+hh:mm]") as "2006-01-31 10:11:12.345".
 * zone: whether T and a zone are allowed. */
bool mr_read_timestamp(mr_bytes text, bool zone, mr_strbuf *out);
void mr_append_timestamp(mr_strbuf *out, int64_t time_us); /* to milliseconds */

#endif
