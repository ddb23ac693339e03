/*
 * transform_answer.h - what a Firehose transformation function says about a batch: reading its
 * answer, record by record, with every breach of the contract named as Firehose names it.
 *
 * Source: reference/firehose.md section 6.3. Input is hostile: bounded, never trusted.
 */
#ifndef MR_SIM_LAMBDA_TRANSFORM_ANSWER_H
#define MR_SIM_LAMBDA_TRANSFORM_ANSWER_H

#include "sim/base/strbuf.h"

typedef enum mr_verdict {
    MR_VERDICT_OK,
    MR_VERDICT_DROPPED,
    MR_VERDICT_FAILED /* to the error output: error_code and error_message say why */
} mr_verdict;

typedef struct mr_record_answer {
    mr_verdict verdict;
    size_t data_at, data_len;  /* on OK: place in mr_transform_answer.data */
    const char *error_code;    /* static: "Lambda.ProcessingFailedStatus" ... */
    const char *error_message; /* static */
} mr_record_answer;

typedef struct mr_transform_answer {
    mr_strbuf data;            /* decoded data of all OK records */
    mr_record_answer *records; /* count entries, in the order of the ids asked for */
    size_t count;
} mr_transform_answer;

/* Reads the payload of a successful invocation. Never fails as a whole: a payload that is not
 * JSON makes every record FAILED with Lambda.JsonProcessingException. ids: those sent. */
void mr_transform_answer_read(mr_bytes payload, const mr_bytes *ids, size_t count,
                              mr_transform_answer *out);
void mr_transform_answer_deinit(mr_transform_answer *answer);

#endif
