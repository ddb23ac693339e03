/*
 * invocation_log.h - the log of one invocation as Lambda shows it: START, what the handler printed,
 * END and REPORT.
 *
 * Source: reference/lambda.md section 4.
 */
#ifndef MR_SIM_LAMBDA_INVOCATION_LOG_H
#define MR_SIM_LAMBDA_INVOCATION_LOG_H

#include "sim/lambda/function.h"

typedef struct mr_invocation_log_options {
    const char *request_id;
    const char *version; /* "$LATEST" */
    int64_t timeout_us;
    int64_t memory_mib;
    int64_t ended_us; /* the time of day */
} mr_invocation_log_options;

/* Appends the whole. What the process has used of memory is left out when nobody knows it. */
void mr_invocation_log_write(const mr_answer *answer, const mr_invocation_log_options *options,
                             mr_strbuf *out);

#endif
