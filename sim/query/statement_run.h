/*
 * statement_run.h - one statement on its way: what the resolver found, what the virtual tables
 * scan, and the first thing that went wrong. Shared by resolver, writer, virtual tables and
 * session.
 */
#ifndef MR_SIM_QUERY_STATEMENT_RUN_H
#define MR_SIM_QUERY_STATEMENT_RUN_H

#include "sim/query/aggregate.h"
#include "sim/query/sql_ast.h"

#include <sqlite3.h>

/* A base table in a FROM clause, with the columns that the statement reads through it. Column i
 * of its virtual table is columns[i]. */
typedef struct mr_table_ref {
    mr_query_table *table; /* borrowed from the run */
    size_t *columns;       /* places in table->columns; owned */
    size_t column_count, column_capacity;
    char emitted[16]; /* "s0" */
} mr_table_ref;

/* A SELECT core whose rows are groups made by the scan: the source "s0" of the written SQL then
 * has the columns k0.. (keys) and a0.. (aggregates). */
typedef struct mr_pushed_core {
    mr_table_ref *ref;
    size_t *keys;            /* wanted columns of ref; owned */
    mr_sql_expr **key_exprs; /* owned array */
    size_t key_count;
    mr_aggregate_call *calls; /* owned */
    mr_sql_expr **call_exprs; /* owned array */
    size_t call_count;
    mr_predicate *predicates; /* owned until the scan takes them */
    size_t predicate_count;
} mr_pushed_core;

typedef struct mr_statement_run {
    mr_scan_env env;
    mr_query_exec exec;
    int64_t now_us;
    mr_query_table **tables; /* by name, each once; owned */
    size_t table_count, table_capacity;
    mr_table_ref **refs;
    size_t ref_count, ref_capacity;
    mr_pushed_core **pushed;
    size_t pushed_count, pushed_capacity;
    mr_error error; /* of a virtual table or a function; code MR_OK: none */
} mr_statement_run;

void mr_statement_run_deinit(mr_statement_run *run);

/* The place of a column among those the reference wants; added when it is not there. */
size_t mr_table_ref_want(mr_table_ref *ref, size_t column);

/* Registers the module "mr_scan" (argument: place in run->refs) and "mr_groups" (in
 * run->pushed). run: borrowed; outlives the connection. Returns SQLite's code. */
int mr_scan_module_register(sqlite3 *db, mr_statement_run *run);
int mr_groups_module_register(sqlite3 *db, mr_statement_run *run);

/* Gives a datum to SQLite as a function's or a column's result. */
void mr_result_datum(sqlite3_context *context, const mr_datum *datum);
/* A value of SQLite's as a datum; text is borrowed from it. False for a blob. */
bool mr_datum_of_value(sqlite3_value *value, mr_datum *out);

#endif
