/*
 * sql_function.h - the functions of Athena that millrace knows, as rows of one table.
 */
#ifndef MR_SIM_QUERY_SQL_FUNCTION_H
#define MR_SIM_QUERY_SQL_FUNCTION_H

#include "sim/query/sql_type.h"

typedef enum mr_sql_fn_kind {
    MR_SQL_SCALAR,
    MR_SQL_AGGREGATE,
    MR_SQL_WINDOW /* only with OVER */
} mr_sql_fn_kind;

/* The type of a call. */
typedef enum mr_sql_fn_result {
    MR_RESULT_BIGINT,
    MR_RESULT_DOUBLE,
    MR_RESULT_VARCHAR,
    MR_RESULT_BOOLEAN,
    MR_RESULT_DATE,
    MR_RESULT_TIMESTAMP,
    MR_RESULT_FIRST, /* that of the first argument */
    MR_RESULT_SECOND,
    MR_RESULT_THIRD,
    MR_RESULT_COMMON, /* the one that all arguments fit in */
    MR_RESULT_BRANCH, /* if(c, a, b): of a and b */
    MR_RESULT_SUM     /* bigint of integers, otherwise the argument's */
} mr_sql_fn_result;

/*
 * args: a letter for each argument, the last one repeated: 'n' number, 'i' integer, 's' text,
 *       'b' boolean, 't' date or timestamp, 'u' a date part as a string literal, 'o' anything
 *       that has an order, 'a' anything.
 * emit: the SQLite text; $1.. are the arguments, $* all of them with commas.
 */
typedef struct mr_sql_function {
    const char *name;
    mr_sql_fn_kind kind;
    int min_args, max_args;
    const char *args;
    mr_sql_fn_result result;
    const char *emit;
} mr_sql_function;

/* NULL when there is none. */
const mr_sql_function *mr_sql_function_find(const char *name);
/* Athena has it, millrace does not: worth another message than a misspelt name. */
bool mr_sql_function_is_missing(const char *name);
/* The nearest name, or NULL. */
const char *mr_sql_function_near(const char *name);

#endif
