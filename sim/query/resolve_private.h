/*
 * resolve_private.h - what the resolver's files share: resolver.c (queries and sources),
 * resolve_name.c (names), resolve_expr.c (expressions), lint.c (types). Not for others.
 */
#ifndef MR_SIM_QUERY_RESOLVE_PRIVATE_H
#define MR_SIM_QUERY_RESOLVE_PRIVATE_H

#include "sim/query/resolver.h"
#include "sim/query/sql_function.h"

/* WITH names in sight, innermost first. */
typedef struct cte_env {
    const struct cte_env *parent;
    mr_sql_cte *cte;
} cte_env;

/* Where names are looked up: one SELECT's sources, then those around it. */
typedef struct name_scope {
    const struct name_scope *parent;
    mr_sql_core *core;
    const cte_env *ctes;
} name_scope;

typedef struct resolver {
    mr_arena *arena;
    mr_statement_run *run;
    mr_catalog *catalog;
    const char *database;
    unsigned sources; /* made so far: "s0", "s1" */
    unsigned queries; /* WITH queries: "w0" */
    mr_code code;     /* the first failure */
    mr_error *err;
} resolver;

/* Where an expression stands, for what it may hold. */
typedef struct expr_place {
    const char *clause; /* "WHERE clause"; NULL: aggregates and windows are fine */
    bool inside_aggregate;
} expr_place;

/* Sets the first error: "CODE: line 1:8: ...". */
void resolve_fail(resolver *r, mr_code code, const char *name, unsigned line, unsigned column,
                  const char *format, ...) MR_PRINTF(6, 7);

void resolve_query(resolver *r, mr_sql_query *query, const name_scope *parent, const cte_env *ctes);
void resolve_expr(resolver *r, mr_sql_expr *expr, const name_scope *scope, expr_place place);
/* A name: its source, column and type. */
void resolve_name(resolver *r, mr_sql_expr *expr, const name_scope *scope);
/* The expression for column i of a source, as * gives it. */
mr_sql_expr *resolve_column_of(resolver *r, mr_sql_source *source, size_t column,
                               const mr_sql_item *at);
/* The number of columns that * takes from a source, and their names. */
size_t resolve_column_count(const mr_sql_source *source);
const char *resolve_column_name(const mr_sql_source *source, size_t column);

/* Equal in meaning, after resolution. */
bool resolve_same(const mr_sql_expr *a, const mr_sql_expr *b);

/* lint.c: fills expr->type from its arguments, and refuses what Athena refuses. */
void lint_expr(resolver *r, mr_sql_expr *expr);
/* The type that both fit in; false when there is none. */
bool lint_common(mr_sql_type a, mr_sql_type b, mr_sql_type *out);
/* As messages spell it: "varchar(3)" for a literal. Static or in the arena. */
const char *lint_type_text(resolver *r, const mr_sql_expr *expr);
/* Columns outside aggregates must be grouped by. */
void lint_grouping(resolver *r, const mr_sql_core *core, const mr_sql_expr *expr);

#endif
