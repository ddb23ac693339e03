/*
 * latency.h - how long records waited: a count for each millisecond, so that a percentile is
 * exact to one whatever the shape, in memory that follows the spread and not the number.
 */
#ifndef MR_SRC_SCENARIO_LATENCY_H
#define MR_SRC_SCENARIO_LATENCY_H

#include "sim/base/base.h"

typedef struct mr_latency mr_latency;

mr_latency *mr_latency_new(void);
void mr_latency_free(mr_latency *latency); /* NULL is fine */

/* Below 0 (a clock that was set back) counts as 0. Returns whether none was longer before. */
bool mr_latency_add(mr_latency *latency, int64_t us);
void mr_latency_join(mr_latency *into, const mr_latency *from);

/* What per_mille of a thousand waited at most (nearest rank), in whole milliseconds rounded up, but
 * never more than the longest; for 1000 that one, exactly. -1: there is none. */
int64_t mr_latency_us(const mr_latency *latency, unsigned per_mille);
int64_t mr_latency_max_us(const mr_latency *latency); /* -1: there is none */

#endif
