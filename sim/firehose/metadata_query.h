/*
 * metadata_query.h - the MetadataExtraction processor: a jq program that gives a record's partition
 * keys.
 *
 * Firehose names jq 1.6 as its engine, so libjq runs the program. Which programs are taken is
 * query_guard.h's matter: none of them sees the clock, the environment or a file, and what one does
 * is bounded by the record.
 *
 * Source: reference/firehose.md section 7; the jq manual, version 1.6.
 */
#ifndef MR_SIM_FIREHOSE_METADATA_QUERY_H
#define MR_SIM_FIREHOSE_METADATA_QUERY_H

#include "sim/base/strbuf.h"
#include "sim/firehose/query_guard.h"

typedef struct mr_metadata_query mr_metadata_query;

/*
 * Compiles a query; takes some 15 ms, of which jq's own library of functions is nearly all.
 *
 * Errors: those of mr_query_guard(); MR_INVALID_ARGUMENT: jq does not take it.
 */
MR_NODISCARD mr_code mr_metadata_query_new(const char *query, mr_metadata_query **out,
                                           mr_error *err);
void mr_metadata_query_free(mr_metadata_query *query); /* NULL is fine */

/* The keys that it gives, in its order. Borrowed. */
const mr_query_keys *mr_metadata_query_keys(const mr_metadata_query *query);

/*
 * Runs the query on a record.
 *
 * values:  one for each key, in their order; borrowed until the next run.
 * Returns: NULL: all keys have a value, which is not empty. Otherwise why not, in the words of the
 *          error record, borrowed until the next run; values are not written then.
 */
MR_NODISCARD const char *mr_metadata_query_run(mr_metadata_query *query, mr_bytes record,
                                               mr_bytes *values);

/* What Firehose says of a key without a value, wherever it comes from. */
extern const char mr_partition_key_missing[];
/* And of one that no object's key can hold: the words are ours. */
extern const char mr_partition_key_nul[];

#endif
