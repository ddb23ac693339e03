/*
 * constraint.h - what a query's WHERE clause says about one partition key, so that partitions
 * which cannot match are not read, nor even enumerated.
 *
 * Values are the text of the literals. They are compared by the key's declared type: integers by
 * value, text (and dates, whose text is in their order) by bytes. Keys of other types are not
 * ruled out.
 */
#ifndef MR_SIM_CATALOG_CONSTRAINT_H
#define MR_SIM_CATALOG_CONSTRAINT_H

#include "sim/base/bytes.h"
#include "sim/catalog/hive_type.h"

/* Zeroed, it says nothing. Everything borrowed. */
typedef struct mr_key_constraint {
    bool is_listed; /* the key equals one of values: from = and IN; none at all: nothing matches */
    const mr_bytes *values;
    size_t value_count;
    bool has_low, has_high; /* from <, <=, >, >=, BETWEEN */
    bool low_exclusive, high_exclusive;
    mr_bytes low, high;
} mr_key_constraint;

/* False when a partition with this value cannot match. constraint: NULL says nothing. */
bool mr_key_constraint_admits(const mr_key_constraint *constraint, const mr_hive_type *type,
                              mr_bytes value);

#endif
