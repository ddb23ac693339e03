/*
 * error_record.h - what Firehose writes about a record that it could not process: one JSON object
 * a line, in the error output.
 *
 * Source: reference/firehose.md section 6.4, the form captured in 2025 and 2026.
 */
#ifndef MR_SIM_FIREHOSE_ERROR_RECORD_H
#define MR_SIM_FIREHOSE_ERROR_RECORD_H

#include "sim/base/strbuf.h"

typedef struct mr_error_record {
    mr_bytes raw; /* the record as it was sent to the function */
    const char *error_code;
    const char *error_message;
    uint32_t attempts_made;
    int64_t arrival_us;
    int64_t attempt_ended_us;
    const char *lambda_arn; /* NULL: no such member */
} mr_error_record;

/* Appends the line, its "\n" included. Times are written in whole milliseconds. */
void mr_error_record_append(mr_strbuf *out, const mr_error_record *record);

#endif
