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
    size_t data_at, data_len;   /* on OK: place in mr_transform_answer.data */
    size_t keys_at, keys_count; /* on OK: place in mr_transform_answer.keys */
    const char *error_code;     /* static: "Lambda.ProcessingFailedStatus" ... */
    const char *error_message;  /* static */
} mr_record_answer;

#define MR_ANSWER_KEYS_MAX 50 /* of a record, for dynamic partitioning; more are not read */

/* A member of a record's metadata.partitionKeys: places in mr_transform_answer.key_text. */
typedef struct mr_answer_key {
    size_t name_at, name_len, value_at, value_len; /* a value that is no string has no length */
} mr_answer_key;

typedef struct mr_transform_answer {
    mr_strbuf data; /* decoded data of all OK records */
    mr_strbuf key_text;
    mr_answer_key *keys;
    size_t keys_count, keys_capacity;
    mr_record_answer *records; /* count entries, in the order of the ids asked for */
    size_t count;
} mr_transform_answer;

/* Reads the payload of a successful invocation. Never fails as a whole: a payload that is not
 * JSON makes every record FAILED with Lambda.JsonProcessingException. ids: those sent. */
void mr_transform_answer_read(mr_bytes payload, const mr_bytes *ids, size_t count,
                              mr_transform_answer *out);
/* The value of a partition key of the record at `place`; empty when it has none, or none that is a
 * string. Borrowed. Of a key given twice the last counts. */
mr_bytes mr_transform_answer_key(const mr_transform_answer *answer, size_t place, mr_bytes name);
void mr_transform_answer_deinit(mr_transform_answer *answer);

#endif
