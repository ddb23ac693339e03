/*
 * push.h - which SELECTs can be grouped inside the scan instead of by SQLite.
 *
 * That is so for one table, keys that are columns, the aggregates count, sum, avg, min and max of
 * columns, and a WHERE clause that the scan can decide exactly (push_predicate.c). Everything
 * around them (expressions of keys and aggregates, HAVING, ORDER BY) stays with SQLite.
 */
#ifndef MR_SIM_QUERY_PUSH_H
#define MR_SIM_QUERY_PUSH_H

#include "sim/query/statement_run.h"

/* Marks the cores of a resolved query that are pushed (core->pushed), all the way down. */
void mr_sql_push(mr_sql_query *query, mr_statement_run *run);

/* A resolved condition as predicates on one source that must all hold: added to *predicates.
 * False, with what was added taken back, when it is not of that form. */
bool mr_push_condition(const mr_sql_expr *condition, const mr_sql_source *source,
                       mr_predicate **predicates, size_t *count);

#endif
