/*
 * hive_type.h - a Hive column type as a tree: what a column's text
 * ("struct<lat:double,lon:double>") means to whoever decodes, formats or compares its values.
 *
 * Behaviour: AWS Glue and Athena data types, through reference/glue-athena.md sections 2 and 5.
 */
#ifndef MR_SIM_CATALOG_HIVE_TYPE_H
#define MR_SIM_CATALOG_HIVE_TYPE_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

#define MR_HIVE_DEPTH_MAX     64    /* of nested types */
#define MR_HIVE_CHILDREN_MAX  10000 /* fields of a struct */
#define MR_HIVE_PRECISION_MAX 38
#define MR_HIVE_VARCHAR_MAX   65535
#define MR_HIVE_CHAR_MAX      255

typedef enum mr_hive_kind {
    MR_HIVE_BOOLEAN,
    MR_HIVE_TINYINT,
    MR_HIVE_SMALLINT,
    MR_HIVE_INT,
    MR_HIVE_BIGINT,
    MR_HIVE_FLOAT,
    MR_HIVE_DOUBLE,
    MR_HIVE_DECIMAL,
    MR_HIVE_STRING,
    MR_HIVE_VARCHAR,
    MR_HIVE_CHAR,
    MR_HIVE_BINARY,
    MR_HIVE_DATE,
    MR_HIVE_TIMESTAMP,
    MR_HIVE_ARRAY,
    MR_HIVE_MAP,
    MR_HIVE_STRUCT,
    MR_HIVE_KIND_COUNT
} mr_hive_kind;

typedef struct mr_hive_type mr_hive_type;
struct mr_hive_type {
    mr_hive_kind kind;
    int precision;           /* decimal: 1..38, 10 when not given */
    int scale;               /* decimal: 0..precision, 0 when not given */
    int length;              /* varchar, char: in characters */
    mr_hive_type **children; /* array: the element; map: key, value; struct: its fields */
    char **names;            /* struct: the fields' names, lower case; otherwise NULL */
    size_t child_count;
};

/*
 * Reads a type. Blanks and case do not count; "integer" is int, "decimal" is decimal(10,0).
 *
 * out:    owned by the caller; release with mr_hive_type_free().
 * Errors: MR_INVALID_ARGUMENT, naming the word and its place.
 */
MR_NODISCARD mr_code mr_hive_type_parse(mr_bytes text, mr_hive_type **out, mr_error *err);
void mr_hive_type_free(mr_hive_type *type); /* NULL is fine */

/* Hive's own spelling, without blanks: "struct<a:double,b:array<int>>". */
void mr_hive_type_format(const mr_hive_type *type, mr_strbuf *out);
/* Athena's (Trino's) spelling: "row(a double, b array(integer))", "varchar", "decimal(10,0)". */
void mr_hive_type_format_trino(const mr_hive_type *type, mr_strbuf *out);

/* The place of a struct's field, or child_count. Case does not count. */
size_t mr_hive_type_field(const mr_hive_type *type, mr_bytes name);

bool mr_hive_is_integer(const mr_hive_type *type); /* tinyint .. bigint */
bool mr_hive_is_number(const mr_hive_type *type);  /* those, float, double, decimal */
bool mr_hive_is_text(const mr_hive_type *type);    /* string, varchar, char */

#endif
