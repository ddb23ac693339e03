/*
 * functions.h - the SQL functions behind sql_function.c's table, with Trino's meanings, and
 * like() with case. The names that users never write begin with mr_.
 */
#ifndef MR_SIM_QUERY_FUNCTIONS_H
#define MR_SIM_QUERY_FUNCTIONS_H

#include "sim/query/statement_run.h"

/* run: borrowed; outlives the connection (its time is what now() gives). SQLite's code. */
int mr_sql_functions_register(sqlite3 *db, const mr_statement_run *run);

/* Parts of it: text (functions_text.c) and dates (functions_date.c). */
int mr_sql_text_functions_register(sqlite3 *db);
int mr_sql_date_functions_register(sqlite3 *db, const mr_statement_run *run);

typedef struct mr_sql_fn_row {
    const char *name;
    int args; /* -1: any number */
    void (*fn)(sqlite3_context *context, int argc, sqlite3_value **argv);
} mr_sql_fn_row;

int mr_sql_functions_add(sqlite3 *db, const mr_sql_fn_row *rows, size_t count, void *context);

/* True, with a NULL result set, when any argument is NULL. */
bool mr_sql_fn_null(sqlite3_context *context, int argc, sqlite3_value **argv);
mr_bytes mr_sql_fn_text(sqlite3_value *value);
void mr_sql_fn_return_text(sqlite3_context *context, mr_bytes text);
void mr_sql_fn_fail(sqlite3_context *context, const char *format, ...) MR_PRINTF(2, 3);

#endif
