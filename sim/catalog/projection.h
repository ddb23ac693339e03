/*
 * projection.h - partitions that are computed from table properties instead of being registered.
 *
 *   projection.enabled = true
 *   projection.K.type = enum | integer | date | injected, with .values, .range, .interval,
 *                       .interval.unit, .digits, .format
 *   storage.location.template = s3://bucket/prefix/${K}/
 *
 * Behaviour: Athena User Guide, "Partition projection", through reference/glue-athena.md
 * section 4.
 */
#ifndef MR_SIM_CATALOG_PROJECTION_H
#define MR_SIM_CATALOG_PROJECTION_H

#include "sim/catalog/catalog.h"
#include "sim/catalog/constraint.h"

/* The most partitions that one query may enumerate. Differs: Athena sets no bound. */
#define MR_PROJECTION_PARTITIONS_MAX 250000

typedef struct mr_projection mr_projection;

/* The table has partition keys, and projection.enabled is true. */
bool mr_projection_is_enabled(const mr_table *table);

/*
 * Reads the properties of a table on which projection is enabled.
 *
 * table:  borrowed, outlives the projection.
 * Errors: MR_INVALID_ARGUMENT, naming the property and what it must be.
 */
MR_NODISCARD mr_code mr_projection_new(const mr_table *table, mr_projection **out, mr_error *err);
void mr_projection_free(mr_projection *projection); /* NULL is fine */

/*
 * The partitions at a time that the constraints admit, the first key's values outermost, values
 * in the order of their range or list. Locations end in '/'.
 *
 * constraints: one per partition key, in order; NULL: none.
 * out:         owned by the caller; release with mr_partitions_free().
 * Errors:      MR_QUERY_FAILED (an injected key without = or IN), MR_TOO_LARGE (more than
 *              MR_PROJECTION_PARTITIONS_MAX).
 */
MR_NODISCARD mr_code mr_projection_expand(const mr_projection *projection, int64_t now_us,
                                          const mr_key_constraint *constraints, mr_partition **out,
                                          size_t *count, mr_error *err);

#endif
