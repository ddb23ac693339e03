/*
 * sql_write.h - a resolved statement as text in SQLite's dialect, saying what Athena means by it.
 */
#ifndef MR_SIM_QUERY_SQL_WRITE_H
#define MR_SIM_QUERY_SQL_WRITE_H

#include "sim/query/statement_run.h"

/* Appends one SELECT. Base tables are temp.t0.. (places in run->refs), groups made by scans
 * temp.g0.. (places in run->pushed); output columns are c0, c1, ... */
void mr_sql_write(const mr_sql_query *query, const mr_statement_run *run, mr_strbuf *out);

#endif
