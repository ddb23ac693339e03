/* throttle.c - see throttle.h. */
#include "sim/stream/throttle.h"

#define PER_UNIT      INT64_C(1000000) /* millionths in a unit, and microseconds in a second */
#define RATE_MAX      (INT64_C(1) << 40)
#define FULL_OF(rate) ((rate)*PER_UNIT)

mr_bucket mr_bucket_make(int64_t rate, int64_t now_us)
{
    MR_ASSERT(rate >= 1);
    MR_ASSERT(rate <= RATE_MAX);
    return (mr_bucket){.rate = rate, .level = FULL_OF(rate), .at_us = now_us};
}

/* One microsecond gives `rate` millionths, so no fraction is ever lost. */
static void refill(mr_bucket *bucket, int64_t now_us)
{
    if (now_us <= bucket->at_us) { /* a real clock may begin again earlier than the last run's */
        bucket->at_us = now_us;
        return;
    }
    int64_t full = FULL_OF(bucket->rate);
    int64_t wait_us = (full - bucket->level + bucket->rate - 1) / bucket->rate;
    if (now_us - bucket->at_us >= wait_us) {
        bucket->level = full;
        bucket->refilling = false;
    } else {
        bucket->level += (now_us - bucket->at_us) * bucket->rate;
    }
    bucket->at_us = now_us;
}

bool mr_bucket_has(mr_bucket *bucket, int64_t units, int64_t now_us)
{
    MR_ASSERT(units >= 0);
    refill(bucket, now_us);
    int64_t wanted = units < bucket->rate ? units : bucket->rate;
    return bucket->level >= wanted * PER_UNIT;
}

void mr_bucket_take(mr_bucket *bucket, int64_t units)
{
    bucket->level -= units * PER_UNIT;
}

bool mr_bucket_is_open(mr_bucket *bucket, int64_t now_us)
{
    refill(bucket, now_us);
    return !bucket->refilling;
}

int64_t mr_bucket_opens_us(const mr_bucket *bucket)
{
    if (!bucket->refilling) {
        return bucket->at_us;
    }
    const int64_t missing = FULL_OF(bucket->rate) - bucket->level;
    return bucket->at_us + (missing + bucket->rate - 1) / bucket->rate;
}

void mr_bucket_spend(mr_bucket *bucket, int64_t units)
{
    MR_ASSERT(units >= 0);
    bucket->level -= units * PER_UNIT;
    bucket->refilling = bucket->level < 0;
}
