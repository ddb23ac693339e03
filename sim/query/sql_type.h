/*
 * sql_type.h - Trino's types as far as a query needs them: to check operators and to print.
 */
#ifndef MR_SIM_QUERY_SQL_TYPE_H
#define MR_SIM_QUERY_SQL_TYPE_H

#include "sim/base/base.h"

typedef enum mr_sql_kind {
    MR_SQL_UNKNOWN, /* NULL's type: fits everything */
    MR_SQL_BOOLEAN,
    MR_SQL_TINYINT,
    MR_SQL_SMALLINT,
    MR_SQL_INTEGER,
    MR_SQL_BIGINT,
    MR_SQL_REAL,
    MR_SQL_DOUBLE,
    MR_SQL_DECIMAL,
    MR_SQL_VARCHAR,
    MR_SQL_CHAR,
    MR_SQL_VARBINARY,
    MR_SQL_DATE,
    MR_SQL_TIMESTAMP,
    MR_SQL_ARRAY,
    MR_SQL_MAP,
    MR_SQL_ROW
} mr_sql_kind;

typedef struct mr_sql_type {
    mr_sql_kind kind;
    int precision, scale; /* decimal; char(n): precision */
} mr_sql_type;

static inline bool mr_sql_is_integer(mr_sql_kind kind)
{
    return kind >= MR_SQL_TINYINT && kind <= MR_SQL_BIGINT;
}

static inline bool mr_sql_is_floating(mr_sql_kind kind)
{
    return kind == MR_SQL_REAL || kind == MR_SQL_DOUBLE;
}

static inline bool mr_sql_is_numeric(mr_sql_kind kind)
{
    return kind >= MR_SQL_TINYINT && kind <= MR_SQL_DECIMAL;
}

static inline bool mr_sql_is_text(mr_sql_kind kind)
{
    return kind == MR_SQL_VARCHAR || kind == MR_SQL_CHAR;
}

static inline bool mr_sql_is_nested(mr_sql_kind kind)
{
    return kind >= MR_SQL_ARRAY;
}

const char *mr_sql_type_name(mr_sql_kind kind); /* "varchar", "integer", ... static */

#endif
