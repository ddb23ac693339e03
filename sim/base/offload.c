/* offload.c - the inline offloader; see offload.h. */
#include "sim/base/offload.h"

#include "sim/base/alloc.h"

struct mr_lane {
    uint64_t submitted_count;
};

static mr_lane *inline_lane_new(mr_offloader *offloader)
{
    (void)offloader;
    return mr_calloc(1, sizeof(mr_lane));
}

static void inline_lane_free(mr_offloader *offloader, mr_lane *lane)
{
    (void)offloader;
    mr_free(lane);
}

static void inline_submit(mr_offloader *offloader, mr_lane *lane, mr_work_fn work, mr_work_fn done,
                          void *context)
{
    (void)offloader;
    lane->submitted_count++;
    work(context);
    if (done != NULL) {
        done(context);
    }
}

static void inline_drain(mr_offloader *offloader, mr_lane *lane)
{
    (void)offloader; /* nothing is ever left to do */
    (void)lane;
}

static const mr_offloader inline_offloader = {
    .lane_new = inline_lane_new,
    .lane_free = inline_lane_free,
    .submit = inline_submit,
    .drain = inline_drain,
};

mr_offloader *mr_offload_inline(void)
{
    /* It has no state, so that nobody writes through the pointer. */
    return (mr_offloader *)&inline_offloader;
}
