/*
 * builtin.h - native transforms that stand in for a handler: delimited text to JSON with typed
 * columns, and JSON pass-through with projection.
 *
 * Output of delimited-to-json is one JSON object a line (a final "\n"), members in the order of
 * Columns, no blanks, strings and numbers as JavaScript's JSON.stringify writes them. A field
 * that is absent or does not read as its type fails the record; an empty field of a type other
 * than string is null.
 */
#ifndef MR_SIM_LAMBDA_BUILTIN_H
#define MR_SIM_LAMBDA_BUILTIN_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

typedef struct mr_builtin mr_builtin;

typedef enum mr_builtin_kind {
    MR_BUILTIN_DELIMITED_TO_JSON,
    MR_BUILTIN_JSON /* parse, keep the named columns (all when none are named), write compact */
} mr_builtin_kind;

typedef struct mr_builtin_column {
    const char *name;
    const char
        *type; /* Hive: string int bigint double boolean timestamp date struct<a:double,b:double> */
    const uint32_t *from; /* field numbers, counted from 1; one per struct member */
    size_t from_count;
    const char *part;   /* derived: "year" "month" "day" "hour" ...; NULL: the field itself */
    const char *format; /* Java date pattern of the field, such as "M/d/yy H:mm"; NULL: ISO */
} mr_builtin_column;

typedef struct mr_builtin_options {
    mr_builtin_kind kind;
    char delimiter;
    bool trim; /* blanks at both ends of a field */
    const mr_builtin_column *columns;
    size_t column_count;
} mr_builtin_options;

/* Everything is copied. Errors: MR_INVALID_ARGUMENT, naming the column and the word. */
MR_NODISCARD mr_code mr_builtin_new(const mr_builtin_options *options, mr_builtin **out,
                                    mr_error *err);
void mr_builtin_free(mr_builtin *builtin); /* NULL is fine */

/* The most bytes that a record of `len` bytes can become. */
size_t mr_builtin_bound(const mr_builtin *builtin, size_t len);
/* Transforms one record into out, which has mr_builtin_bound() bytes. Returns how many were
 * written; 0 when the record does not fit, with *why a static text. */
size_t mr_builtin_apply(mr_builtin *builtin, mr_bytes record, char *out, const char **why);

#endif
