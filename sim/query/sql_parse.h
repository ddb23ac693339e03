/*
 * sql_parse.h - tokens to tree: one SELECT statement.
 *
 * The grammar is what SQLite and Trino have in common. What only SQLite has (GLOB, REGEXP, ==,
 * LIMIT a,b, PRAGMA, ATTACH and all statements that write) and what only Trino has is refused
 * here, with the position and words in the manner of Athena.
 */
#ifndef MR_SIM_QUERY_SQL_PARSE_H
#define MR_SIM_QUERY_SQL_PARSE_H

#include "sim/query/sql_ast.h"

/* Parses sql; a final ';' is fine. *out: owned; release with mr_sql_free().
 * Errors: MR_QUERY_SYNTAX, MR_UNSUPPORTED (Athena has it, millrace does not), MR_TOO_LARGE. */
MR_NODISCARD mr_code mr_sql_parse(mr_bytes sql, mr_sql_statement **out, mr_error *err);
void mr_sql_free(mr_sql_statement *statement); /* NULL is fine */

#endif
