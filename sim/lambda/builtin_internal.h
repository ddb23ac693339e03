/*
 * builtin_internal.h - what the files of the builtin transforms share. Not for others.
 *
 *   builtin.c            making one from its options; its types
 *   builtin_delimited.c  delimited text to JSON: the compiled program and running it
 *   builtin_value.c      one field to one JSON value, by type
 *   builtin_json.c       JSON to JSON
 *   builtin_sentiment.c  JSON to JSON with the sentiment of a member
 */
#ifndef MR_SIM_LAMBDA_BUILTIN_INTERNAL_H
#define MR_SIM_LAMBDA_BUILTIN_INTERNAL_H

#include "sim/base/date_pattern.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/builtin.h"

#define MR_BUILTIN_FIELD_MAX    4096 /* the largest field number */
#define MR_BUILTIN_STRUCT_MAX   64   /* nesting of struct<...> */
#define MR_BUILTIN_LITERAL_STEP 16   /* see put_literal() */
#define MR_BUILTIN_SCALAR_SIZE  40   /* the most that a value other than a string takes */

typedef enum mr_builtin_type {
    MR_TYPE_STRING,
    MR_TYPE_INT,
    MR_TYPE_BIGINT,
    MR_TYPE_DOUBLE,
    MR_TYPE_BOOLEAN,
    MR_TYPE_TIMESTAMP,
    MR_TYPE_DATE,
    MR_TYPE_STRUCT
} mr_builtin_type;

typedef enum mr_builtin_part {
    MR_PART_NONE,
    MR_PART_YEAR,
    MR_PART_MONTH,
    MR_PART_DAY,
    MR_PART_HOUR,
    MR_PART_MINUTE,
    MR_PART_SECOND
} mr_builtin_part;

#define MR_BUILTIN_DATE_KEPT 32

/* A field read as a date. Columns that take parts of one field in one format share it. The text
 * read last is kept: the next column of a record asks for the same, and so, often, does the next
 * record. */
typedef struct mr_builtin_date {
    uint32_t field;           /* 0-based */
    char *format;             /* owned; NULL: ISO */
    mr_date_pattern *pattern; /* owned; NULL: ISO */
    mr_civil civil;           /* of the text kept */
    size_t kept_len;          /* 0: none is kept */
    char kept[MR_BUILTIN_DATE_KEPT];
} mr_builtin_date;

/* One step of the program: write the literal, then the value. */
typedef struct mr_builtin_step {
    size_t literal_at; /* place in literals */
    uint32_t literal_len;
    uint32_t field; /* 0-based */
    mr_builtin_type type;
    mr_builtin_part part;
    uint32_t date; /* place in dates, for parts, timestamps and dates */
} mr_builtin_step;

/* A column of the JSON kind. */
typedef struct mr_builtin_member {
    char *name;    /* owned */
    mr_strbuf key; /* the name as a JSON string, with its colon */
    mr_builtin_type type;
    bool typed;     /* the value must be of the type */
    mr_bytes value; /* of the record at hand; len 0: absent */
} mr_builtin_member;

struct mr_builtin {
    mr_builtin_kind kind;
    char delimiter;
    bool trim;

    /* delimited-to-json */
    mr_strbuf literals; /* all literals of the program, one after the other, and the final one */
    mr_builtin_step *steps;
    size_t step_count, step_capacity;
    size_t tail_at, tail_len; /* the literal behind the last value */
    mr_builtin_date *dates;
    size_t date_count, date_capacity;
    uint32_t fields_needed;
    uint32_t *starts; /* fields_needed + 1 entries: where each field starts, and the end */
    uint32_t strings_per_field_max;

    /* json */
    mr_builtin_member *members;
    size_t member_count;

    /* sentiment */
    char *field, *label, *scores, *partition_key; /* owned */
    const char *last_label;                       /* of the record transformed last; NULL: none */

    mr_strbuf scratch; /* for the numbers that are not easy, and for decoded text */
};

/* ---- builtin_delimited.c ---- */

size_t mr_builtin_delimited(mr_builtin *builtin, mr_bytes record, char *out, const char **why);

/* ---- builtin_json.c ---- */

size_t mr_builtin_json(mr_builtin *builtin, mr_bytes record, char *out, const char **why);

/* ---- builtin_sentiment.c ---- */

mr_code mr_builtin_sentiment_init(mr_builtin *builtin, const mr_builtin_options *options,
                                  mr_error *err);
void mr_builtin_sentiment_deinit(mr_builtin *builtin);
size_t mr_builtin_sentiment_bound(const mr_builtin *builtin, size_t len);
size_t mr_builtin_sentiment(mr_builtin *builtin, mr_bytes record, char *out, const char **why);

/* ---- builtin_value.c: each writes at out and returns the place behind; NULL: not of the type ----
 */

char *mr_builtin_put_string(char *out, mr_bytes text);       /* quoted, escaped; any bytes */
char *mr_builtin_put_plain_string(char *out, mr_bytes text); /* nothing in it needs an escape */
char *mr_builtin_put_integer(char *out, mr_bytes text, int64_t least, int64_t most);
char *mr_builtin_put_double(char *out, mr_bytes text, mr_strbuf *scratch);
char *mr_builtin_put_boolean(char *out, mr_bytes text);
char *mr_builtin_put_timestamp(char *out, const mr_civil *civil);
char *mr_builtin_put_date(char *out, const mr_civil *civil);
char *mr_builtin_put_part(char *out, const mr_civil *civil, mr_builtin_part part, bool as_text);

/* Writes one byte sequence of text (at `at`, not an ASCII byte) as UTF-8, U+FFFD for what is not.
 * Moves *at behind it. */
char *mr_builtin_put_utf8(char *out, const char **at, const char *end);

#endif
