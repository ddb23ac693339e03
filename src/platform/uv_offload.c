/*
 * uv_offload.c - lanes of work over libuv's thread pool; see offload.h.
 *
 *   IDLE --submit--> RUNNING (one job on the pool) --its work has run--> next job, or IDLE
 *
 * A lane has at most one job on the pool, so its jobs run in order; the others wait in its list.
 * Draining may not turn the loop (that would call strangers' callbacks in the middle of
 * somebody's work): it waits for the running job's work, calls its `done` itself and runs what
 * is waiting in the caller. The loop's own callback for that job later finds it adopted.
 *
 * A job is freed by the loop's callback alone. The offloader outlives its jobs: freed while the
 * loop still holds some, it goes with the last.
 */
#include "src/platform/platform.h"

#include "sim/base/alloc.h"

typedef struct offloader offloader;
typedef struct job job;

struct job {
    uv_work_t request; /* request.data is the job */
    offloader *owner;
    mr_lane *lane; /* NULL: adopted by drain, the lane may be gone */
    mr_work_fn work, done;
    void *context;
    bool has_run; /* guarded by owner->lock */
    job *next;    /* in the lane's list */
};

struct offloader {
    mr_offloader base; /* first: the two are one address */
    uv_loop_t *loop;
    uv_mutex_t lock;
    uv_cond_t job_has_run;
    size_t jobs_count; /* on the pool or not yet handed back by the loop */
    size_t lanes_count;
    bool released; /* its owner has freed it */
};

struct mr_lane {
    job *running;      /* on the pool */
    job *first, *last; /* waiting for it */
};

static void destroy_when_done(offloader *o)
{
    if (o->released && o->jobs_count == 0) {
        uv_cond_destroy(&o->job_has_run);
        uv_mutex_destroy(&o->lock);
        mr_free(o);
    }
}

static mr_lane *lane_new(mr_offloader *base)
{
    ((offloader *)base)->lanes_count++;
    return mr_calloc(1, sizeof(mr_lane));
}

static void lane_free(mr_offloader *base, mr_lane *lane)
{
    if (lane != NULL) {
        MR_ASSERT(lane->running == NULL);
        ((offloader *)base)->lanes_count--;
        mr_free(lane);
    }
}

static job *take_first(mr_lane *lane)
{
    job *first = lane->first;
    if (first != NULL) {
        lane->first = first->next;
        lane->last = lane->first == NULL ? NULL : lane->last;
    }
    return first;
}

/* On a thread of the pool. */
static void on_work(uv_work_t *request)
{
    job *j = request->data;
    j->work(j->context);
    uv_mutex_lock(&j->owner->lock);
    j->has_run = true;
    uv_cond_broadcast(&j->owner->job_has_run);
    uv_mutex_unlock(&j->owner->lock);
}

static void on_work_done(uv_work_t *request, int status);

static void start_next(mr_lane *lane)
{
    MR_ASSERT(lane->running == NULL);
    lane->running = take_first(lane);
    if (lane->running != NULL) {
        offloader *o = lane->running->owner;
        o->jobs_count++;
        int result = uv_queue_work(o->loop, &lane->running->request, on_work, on_work_done);
        MR_ASSERT(result == 0); /* it fails only for a missing callback */
    }
}

/* On the world's thread, from the loop. */
static void on_work_done(uv_work_t *request, int status)
{
    job *j = request->data;
    offloader *o = j->owner;
    MR_ASSERT(status == 0); /* nobody cancels */

    if (j->lane != NULL) {
        j->lane->running = NULL;
        start_next(j->lane);
        if (j->done != NULL) {
            j->done(j->context); /* may free the lane's owner */
        }
    }
    mr_free(j);
    o->jobs_count--;
    destroy_when_done(o);
}

static void submit(mr_offloader *base, mr_lane *lane, mr_work_fn work, mr_work_fn done,
                   void *context)
{
    job *j = mr_calloc(1, sizeof(*j));
    j->request.data = j;
    j->owner = (offloader *)base;
    j->lane = lane;
    j->work = work;
    j->done = done;
    j->context = context;
    if (lane->first == NULL) {
        lane->first = j;
    } else {
        lane->last->next = j;
    }
    lane->last = j;
    if (lane->running == NULL) {
        start_next(lane);
    }
}

/* Waits for the job on the pool and ends it here. */
static void adopt_running(offloader *o, mr_lane *lane)
{
    job *j = lane->running;
    uv_mutex_lock(&o->lock);
    while (!j->has_run) {
        uv_cond_wait(&o->job_has_run, &o->lock);
    }
    uv_mutex_unlock(&o->lock);
    j->lane = NULL;
    lane->running = NULL;
    if (j->done != NULL) {
        j->done(j->context);
    }
}

static void drain(mr_offloader *base, mr_lane *lane)
{
    offloader *o = (offloader *)base;
    while (lane->running != NULL || lane->first != NULL) {
        if (lane->running != NULL) {
            adopt_running(o, lane);
            continue;
        }
        job *j = take_first(lane);
        j->work(j->context);
        if (j->done != NULL) {
            j->done(j->context);
        }
        mr_free(j);
    }
}

mr_offloader *mr_platform_offloader_new(uv_loop_t *loop)
{
    offloader *o = mr_calloc(1, sizeof(*o));
    o->base = (mr_offloader){
        .lane_new = lane_new, .lane_free = lane_free, .submit = submit, .drain = drain};
    o->loop = loop;
    int result = uv_mutex_init(&o->lock);
    MR_ASSERT(result == 0);
    result = uv_cond_init(&o->job_has_run);
    MR_ASSERT(result == 0);
    return &o->base;
}

void mr_platform_offloader_free(mr_offloader *base)
{
    if (base != NULL) {
        offloader *o = (offloader *)base;
        MR_ASSERT(o->lanes_count == 0);
        o->released = true;
        destroy_when_done(o);
    }
}
