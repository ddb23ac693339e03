/*
 * lint.h - what SQLite would accept and Athena would not, or would read otherwise.
 *
 * The resolver asks lint for every expression once its arguments are known; declarations are in
 * resolve_private.h. Made to answer as Athena does, instead of being refused: NULLS LAST in both
 * directions, LIKE with case, integer division by zero as an error, booleans as true and false
 * (sql_write.c and functions.c). Refused with Athena's words: operators between types that do not
 * go together, '||' on numbers, columns that are neither grouped nor aggregated, aliases in
 * GROUP BY and WHERE, aggregates in WHERE. Refused by name because the answer would differ:
 * arithmetic of decimals.
 */
#ifndef MR_SIM_QUERY_LINT_H
#define MR_SIM_QUERY_LINT_H

#include "sim/query/resolve_private.h"

#endif
