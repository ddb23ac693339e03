/* wall_time.c - the machine's clocks; see platform.h. */
#include "src/platform/platform.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    int result = clock_gettime(id, &now);
    MR_ASSERT(result == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t wall_us(void *context)
{
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

mr_time_source mr_platform_wall_time(void)
{
    return (mr_time_source){.now_us = wall_us};
}

mr_time_source mr_platform_monotonic_time(void)
{
    return (mr_time_source){.now_us = monotonic_us};
}
