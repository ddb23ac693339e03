/*
 * partition_source.h - the partitions of a table: those registered in the catalog, or those that
 * projection computes, narrowed by what the query asks of the keys.
 */
#ifndef MR_SIM_QUERY_PARTITION_SOURCE_H
#define MR_SIM_QUERY_PARTITION_SOURCE_H

#include "sim/query/scan.h"

typedef struct mr_partition_source {
    mr_catalog *catalog; /* borrowed */
    int64_t now_us;      /* projection's NOW */
} mr_partition_source;

/* scan.h, mr_scan_env.partitions; context: a mr_partition_source. */
MR_NODISCARD mr_code mr_partition_source_get(void *context, const mr_query_table *table,
                                             const mr_predicate *predicates, size_t predicate_count,
                                             mr_partition **out, size_t *count,
                                             uint64_t *considered, mr_error *err);

#endif
