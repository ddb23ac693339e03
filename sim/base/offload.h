/*
 * offload.h - pure work on another core: the fourth window to the outside.
 *
 * src/platform/uv_offload.c runs work on libuv's thread pool; a test's runs it inline. Work of
 * one lane runs one after the other in the order submitted (an upload hashes its pieces in
 * order); lanes run side by side. `work` touches only what it was given; `done` is called later
 * on the world's thread, in any order between lanes: what it does may not depend on that order
 * (use mr_completion of clock.h for what changes the world).
 */
#ifndef MR_SIM_BASE_OFFLOAD_H
#define MR_SIM_BASE_OFFLOAD_H

#include "sim/base/base.h"

typedef void (*mr_work_fn)(void *context);

typedef struct mr_offloader mr_offloader;
typedef struct mr_lane mr_lane;

struct mr_offloader {
    mr_lane *(*lane_new)(mr_offloader *offloader);
    void (*lane_free)(mr_offloader *offloader, mr_lane *lane); /* must be idle; NULL is fine */
    /* done may be NULL. */
    void (*submit)(mr_offloader *offloader, mr_lane *lane, mr_work_fn work, mr_work_fn done,
                   void *context);
    /* Blocks until all work submitted to the lane has run and its `done`s were called. */
    void (*drain)(mr_offloader *offloader, mr_lane *lane);
};

/* An offloader that runs everything at once, in the caller. For tests and small tools. Static. */
mr_offloader *mr_offload_inline(void);

#endif
