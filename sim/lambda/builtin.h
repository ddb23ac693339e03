/*
 * builtin.h - native transforms that stand in for a handler: delimited text to JSON with typed
 * columns, JSON pass-through with projection, and JSON with the sentiment of one of its members.
 *
 * Output of delimited-to-json is one JSON object a line (a final "\n"), members in the order of
 * Columns, no blanks, strings and numbers as JavaScript's JSON.stringify writes them. A field
 * that is absent or does not read as its type fails the record; an empty field of a type other
 * than string is null.
 *
 * Output of sentiment is the record's JSON object in one line, its members byte for byte but for
 * blanks between them, with two more: a label ("positive", "negative" or "neutral") and an object
 * of scores, compound, positive, negative and neutral (sim/text/sentiment.h). Members that had
 * these names are left out. A record that is not a JSON object, or has no such string member,
 * fails.
 */
#ifndef MR_SIM_LAMBDA_BUILTIN_H
#define MR_SIM_LAMBDA_BUILTIN_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

typedef struct mr_builtin mr_builtin;

typedef enum mr_builtin_kind {
    MR_BUILTIN_DELIMITED_TO_JSON,
    MR_BUILTIN_JSON, /* parse, keep the named columns (all when none are named), write compact */
    MR_BUILTIN_SENTIMENT
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

    /* sentiment: names of members; of one that a record has twice the last counts */
    const char *field;         /* the text */
    const char *label;         /* NULL: sentiment */
    const char *scores;        /* NULL: sentiment_scores */
    const char *partition_key; /* the label as this key of dynamic partitioning; NULL: no key */
} mr_builtin_options;

/* As templates name them: "delimited-to-json", "json", "sentiment"; static. */
const char *mr_builtin_kind_name(mr_builtin_kind kind);

/* Everything is copied. Errors: MR_INVALID_ARGUMENT, naming the column and the word. */
MR_NODISCARD mr_code mr_builtin_new(const mr_builtin_options *options, mr_builtin **out,
                                    mr_error *err);
void mr_builtin_free(mr_builtin *builtin); /* NULL is fine */

/* The most bytes that a record of `len` bytes can become. */
size_t mr_builtin_bound(const mr_builtin *builtin, size_t len);
/* Transforms one record into out, which has mr_builtin_bound() bytes. Returns how many were
 * written; 0 when the record does not fit, with *why a static text. */
size_t mr_builtin_apply(mr_builtin *builtin, mr_bytes record, char *out, const char **why);
/* What a function would answer as metadata.partitionKeys, of the record that was transformed last:
 * the value of the key of this name; empty when it gives none. Static. */
mr_bytes mr_builtin_partition_key(const mr_builtin *builtin, mr_bytes name);

#endif
