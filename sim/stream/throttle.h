/*
 * throttle.h - a token bucket on the world's clock.
 *
 * A bucket holds one second's worth of its rate and refills continuously. All arithmetic is in
 * whole millionths of a unit, so that a run gives the same answer everywhere.
 *
 * A unit larger than the bucket (a record of 5 MiB against 1 MiB/s, a read of 10 MiB) goes
 * through when the bucket is full and leaves a debt, which is paid before anything else passes.
 */
#ifndef MR_SIM_STREAM_THROTTLE_H
#define MR_SIM_STREAM_THROTTLE_H

#include "sim/base/base.h"

typedef struct mr_bucket {
    int64_t rate;   /* units a second; also what it holds when full */
    int64_t level;  /* millionths of a unit; below 0: debt */
    int64_t at_us;  /* when level was right */
    bool refilling; /* in debt since mr_bucket_spend(): closed until it is full again */
} mr_bucket;

/* A full bucket. rate: 1 .. 2^40. */
mr_bucket mr_bucket_make(int64_t rate, int64_t now_us);

/* Whether `units` may pass now; takes nothing. */
bool mr_bucket_has(mr_bucket *bucket, int64_t units, int64_t now_us);
/* Takes units that mr_bucket_has() granted at the same instant. */
void mr_bucket_take(mr_bucket *bucket, int64_t units);

/*
 * For a cost that is known only afterwards (the bytes of a read): whether the bucket is open,
 * then what was spent. Spending past the level closes the bucket until it is full again, so a
 * read of 10 MiB at 2 MiB/s keeps its shard closed for 5 seconds.
 *
 * Source: API Reference, "GetRecords".
 */
bool mr_bucket_is_open(mr_bucket *bucket, int64_t now_us);
/* When a bucket that is closed opens; its time (at_us) when it is open. */
int64_t mr_bucket_opens_us(const mr_bucket *bucket);
void mr_bucket_spend(mr_bucket *bucket, int64_t units);

#endif
