/*
 * batch_response.h - what a function's answer says about its batch, when the mapping has
 * ReportBatchItemFailures.
 *
 *   {"batchItemFailures":[{"itemIdentifier":"<sequence number>"}, ...]}
 *
 * Behaviour: reference/lambda.md section 6. All is well with null, "", [], {} and with a
 * batchItemFailures that is null, empty or not there; an entry without an identifier of the batch
 * (also a null or empty one, or a wrong key) fails the batch as a whole, and so does everything
 * else that is no such answer. What AWS does with an object of other members alone is not written
 * down; here it is an object without batchItemFailures.
 */
#ifndef MR_SIM_MAPPING_BATCH_RESPONSE_H
#define MR_SIM_MAPPING_BATCH_RESPONSE_H

#include "sim/base/bytes.h"

typedef enum mr_batch_verdict {
    MR_BATCH_DONE,    /* every record */
    MR_BATCH_PARTIAL, /* the records before the lowest reported one */
    MR_BATCH_FAILED   /* none */
} mr_batch_verdict;

/* Whether the batch has a record so named. place: out, in the batch. */
typedef bool (*mr_batch_find_fn)(void *context, mr_bytes identifier, size_t *place);

/*
 * Reads an answer; nesting and size are bounded by the reader and by what a function may answer.
 *
 * lowest: out; of MR_BATCH_PARTIAL the lowest place that was reported (which may be the first, and
 *         then no record is done).
 */
mr_batch_verdict mr_batch_response_read(mr_bytes payload, mr_batch_find_fn find, void *context,
                                        size_t *lowest);

#endif
