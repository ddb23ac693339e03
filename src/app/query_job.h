/*
 * query_job.h - one query over a state directory, with the machine's cores behind it.
 */
#ifndef MR_SRC_APP_QUERY_JOB_H
#define MR_SRC_APP_QUERY_JOB_H

#include "sim/query/query.h"

#define MR_QUERY_THREADS_MAX 64

typedef struct mr_query_job {
    const char *state_directory;
    const char *database; /* NULL: the only one, or "default" */
    unsigned threads;     /* 0: as many as there are cores */
    const char *sql;
    int64_t now_us; /* current_timestamp and projection's NOW; 0: the wall's */
} mr_query_job;

typedef struct mr_query_job_result {
    mr_query_stats stats;
    int64_t wall_us;
} mr_query_job_result;

/* Errors: those of mr_query_open() and mr_query_run(). */
MR_NODISCARD mr_code mr_query_job_run(const mr_query_job *job, const mr_query_handlers *handlers,
                                      mr_query_job_result *result, mr_error *err);

/* Appends a line of CSV as Athena writes its results: every value in quotes, NULL as nothing. */
void mr_query_csv_row(mr_strbuf *out, const mr_value *values, size_t count);
/* The same for the names of the columns. */
void mr_query_csv_header(mr_strbuf *out, const char *const *names, size_t count);

#endif
