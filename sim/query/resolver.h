/*
 * resolver.h - what the names of a statement mean, and which type every expression has.
 *
 * Tables are found in the catalog, struct fields become columns of their own ("location.lat"),
 * and what Athena would refuse is refused with its words (lint.h checks types). The result is the
 * same tree, filled in, and in the run the tables and columns that the statement reads.
 */
#ifndef MR_SIM_QUERY_RESOLVER_H
#define MR_SIM_QUERY_RESOLVER_H

#include "sim/query/sql_parse.h"
#include "sim/query/statement_run.h"

typedef struct mr_resolve_options {
    mr_catalog *catalog;  /* borrowed */
    const char *database; /* for unqualified names; NULL: the only one, or "default" */
} mr_resolve_options;

/*
 * Errors: MR_TABLE_NOT_FOUND, MR_DATABASE_NOT_FOUND, MR_COLUMN_NOT_FOUND, MR_QUERY_FAILED
 * (TYPE_MISMATCH, EXPRESSION_NOT_AGGREGATE, ...), MR_UNSUPPORTED, those of the catalog.
 */
MR_NODISCARD mr_code mr_sql_resolve(mr_sql_statement *statement, const mr_resolve_options *options,
                                    mr_statement_run *run, mr_error *err);

#endif
