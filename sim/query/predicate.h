/*
 * predicate.h - a condition on one column that a scan can decide by itself.
 *
 * A predicate over NULL does not hold, IS NULL apart: what SQL calls unknown is as good as false
 * in a conjunction, and only conjunctions are pushed into scans.
 */
#ifndef MR_SIM_QUERY_PREDICATE_H
#define MR_SIM_QUERY_PREDICATE_H

#include "sim/query/datum.h"

typedef enum mr_predicate_op {
    MR_PREDICATE_EQ,
    MR_PREDICATE_NE,
    MR_PREDICATE_LT,
    MR_PREDICATE_LE,
    MR_PREDICATE_GT,
    MR_PREDICATE_GE,
    MR_PREDICATE_IN,
    MR_PREDICATE_LIKE,
    MR_PREDICATE_IS_NULL,
    MR_PREDICATE_IS_NOT_NULL
} mr_predicate_op;

typedef struct mr_predicate {
    size_t column; /* of the table (query_table.h) */
    mr_predicate_op op;
    mr_datum *values; /* owned, texts included; none for IS NULL, one or more otherwise */
    size_t value_count;
} mr_predicate;

/* Adds a value; its text is copied. */
void mr_predicate_add(mr_predicate *predicate, const mr_datum *value);
void mr_predicate_deinit(mr_predicate *predicate);
void mr_predicates_free(mr_predicate *predicates, size_t count);

bool mr_predicate_holds(const mr_predicate *predicate, const mr_datum *value);

/* SQL's LIKE, case-sensitive: '%' any text, '_' one character. escape: 0 for none. */
bool mr_like(mr_bytes pattern, mr_bytes text, uint32_t escape);

#endif
