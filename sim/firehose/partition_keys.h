/*
 * partition_keys.h - the values of the partition keys that a prefix names, for each record: from
 * the record by the query, and from the function's answer.
 *
 * Source: reference/firehose.md section 7.
 */
#ifndef MR_SIM_FIREHOSE_PARTITION_KEYS_H
#define MR_SIM_FIREHOSE_PARTITION_KEYS_H

#include "sim/firehose/metadata_query.h"
#include "sim/firehose/prefix.h"
#include "sim/lambda/builtin.h"
#include "sim/lambda/transform_answer.h"

typedef struct mr_partition_keys mr_partition_keys;

/* Who has transformed a record and may give it keys. Neither: nobody was asked. Borrowed. */
typedef struct mr_key_giver {
    const mr_transform_answer *answer; /* what a function said */
    size_t place;                      /* of the record in it */
    const mr_builtin *builtin;         /* it transformed this record last */
} mr_key_giver;

/*
 * Joins a prefix with partition keys and the query that fills them.
 *
 * prefix:       borrowed, outlives the keys.
 * query:        MetadataExtractionQuery; NULL: there is no such processor. Borrowed for the call.
 * has_function: whether there is one to give keys.
 * Errors:       those of mr_metadata_query_new(); MR_INVALID_ARGUMENT: a key of the query that the
 *               prefix does not name (Firehose's words), or a key of the prefix that nobody gives
 *               (ours).
 */
MR_NODISCARD mr_code mr_partition_keys_new(const mr_prefix *prefix, const char *query,
                                           bool has_function, mr_partition_keys **out,
                                           mr_error *err);
void mr_partition_keys_free(mr_partition_keys *keys); /* NULL is fine */

/*
 * Finds the values of a record.
 *
 * record:  what goes into the object.
 * giver:   borrowed for the call.
 * values:  out: one for each of mr_prefix_keys(); borrowed until the next call.
 * Returns: NULL, or why there are none, for the error record; borrowed until the next call.
 */
MR_NODISCARD const char *mr_partition_keys_find(mr_partition_keys *keys, mr_bytes record,
                                                const mr_key_giver *giver, const mr_bytes **values);

#endif
