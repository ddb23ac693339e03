/*
 * uv_offload.c - lanes of work over libuv's thread pool; see offload.h.
 *
 *   IDLE --submit--> RUNNING (a runner on the pool takes job after job) --none left--> IDLE
 *
 * A runner stays on its thread until its lane is empty: the world may be busy for long without
 * turning the loop, and the lane's work goes on. The `done`s are called from the loop when the
 * runner has come back, or by a drain.
 *
 * Draining may not turn the loop (that would call strangers' callbacks in the middle of
 * somebody's work): it waits for the runner, or does the work in the caller when no thread has
 * begun, and calls the `done`s itself. The loop's own callback later finds nothing left.
 *
 * A runner is freed by the loop's callback alone. A lane outlives its runners, and the offloader
 * too: freed while the loop still holds some, they go with the last.
 */
#include "src/platform/platform.h"

#include "sim/base/alloc.h"

typedef struct offloader offloader;
typedef struct job job;

struct job {
    mr_work_fn work, done;
    void *context;
    job *next;
};

typedef struct job_list {
    job *first, *last;
} job_list;

struct offloader {
    mr_offloader base; /* first: the two are one address */
    uv_loop_t *loop;
    uv_mutex_t lock;
    uv_cond_t job_has_run;
    size_t runners_count; /* that the loop has not handed back */
    size_t lanes_count;
    bool released; /* its owner has freed it */
};

struct mr_lane {
    /* guarded by the offloader's lock */
    job_list waiting;
    job_list has_run;  /* their `done`s are to be called */
    bool is_executing; /* somebody is in a job's work */
    bool has_runner;   /* one that will see what is submitted now */
    /* the world's alone */
    size_t users_count; /* owner, runners, and those who call `done`s */
    bool released;      /* its owner has freed it */
};

typedef struct runner {
    uv_work_t request; /* request.data is the runner */
    offloader *owner;
    mr_lane *lane;
} runner;

static void list_append(job_list *list, job *j)
{
    j->next = NULL;
    if (list->first == NULL) {
        list->first = j;
    } else {
        list->last->next = j;
    }
    list->last = j;
}

static job *list_take(job_list *list)
{
    job *first = list->first;
    if (first != NULL) {
        list->first = first->next;
        list->last = list->first == NULL ? NULL : list->last;
    }
    return first;
}

static void destroy_when_done(offloader *o)
{
    if (o->released && o->runners_count == 0) {
        uv_cond_destroy(&o->job_has_run);
        uv_mutex_destroy(&o->lock);
        mr_free(o);
    }
}

static mr_lane *lane_new(mr_offloader *base)
{
    ((offloader *)base)->lanes_count++;
    mr_lane *lane = mr_calloc(1, sizeof(*lane));
    lane->users_count = 1;
    return lane;
}

static void lane_leave(mr_lane *lane)
{
    MR_ASSERT(lane->users_count > 0);
    if (--lane->users_count == 0) {
        mr_free(lane);
    }
}

static void lane_free(mr_offloader *base, mr_lane *lane)
{
    offloader *o = (offloader *)base;
    if (lane == NULL) {
        return;
    }
    uv_mutex_lock(&o->lock);
    MR_ASSERT(lane->waiting.first == NULL);
    MR_ASSERT(!lane->is_executing);
    MR_ASSERT(lane->has_run.first == NULL);
    uv_mutex_unlock(&o->lock);
    o->lanes_count--;
    lane->released = true;
    lane_leave(lane);
}

/* Runs the lane's next job; false when none waits. The lock is held before and after it, and not
 * during the work. */
static bool run_next(offloader *o, mr_lane *lane)
{
    MR_ASSERT(!lane->is_executing);
    job *j = list_take(&lane->waiting);
    if (j == NULL) {
        return false;
    }
    lane->is_executing = true;
    uv_mutex_unlock(&o->lock);
    j->work(j->context);
    uv_mutex_lock(&o->lock);
    lane->is_executing = false;
    list_append(&lane->has_run, j);
    uv_cond_broadcast(&o->job_has_run);
    return true;
}

/* On a thread of the pool. */
static void on_work(uv_work_t *request)
{
    runner *r = request->data;
    offloader *o = r->owner;

    uv_mutex_lock(&o->lock);
    if (!r->lane->is_executing) { /* else a drain came first and works to the end */
        while (run_next(o, r->lane)) {
        }
    }
    r->lane->has_runner = false;
    uv_mutex_unlock(&o->lock);
}

/* Calls the `done`s of what has run, until one of them frees the lane. */
static void call_dones(offloader *o, mr_lane *lane)
{
    lane->users_count++;
    while (!lane->released) {
        uv_mutex_lock(&o->lock);
        job *j = list_take(&lane->has_run);
        uv_mutex_unlock(&o->lock);
        if (j == NULL) {
            break;
        }
        mr_work_fn done = j->done;
        void *context = j->context;
        mr_free(j);
        if (done != NULL) {
            done(context);
        }
    }
    lane_leave(lane);
}

/* On the world's thread, from the loop. */
static void on_work_done(uv_work_t *request, int status)
{
    runner *r = request->data;
    offloader *o = r->owner;
    MR_ASSERT(status == 0); /* nobody cancels */

    call_dones(o, r->lane);
    lane_leave(r->lane);
    mr_free(r);
    o->runners_count--;
    destroy_when_done(o);
}

static void start_runner(offloader *o, mr_lane *lane)
{
    runner *r = mr_calloc(1, sizeof(*r));
    r->request.data = r;
    r->owner = o;
    r->lane = lane;
    lane->users_count++;
    o->runners_count++;
    int result = uv_queue_work(o->loop, &r->request, on_work, on_work_done);
    MR_ASSERT(result == 0); /* it fails only for a missing callback */
}

static void submit(mr_offloader *base, mr_lane *lane, mr_work_fn work, mr_work_fn done,
                   void *context)
{
    offloader *o = (offloader *)base;
    job *j = mr_alloc(sizeof(*j));
    *j = (job){work, done, context, NULL};

    uv_mutex_lock(&o->lock);
    list_append(&lane->waiting, j);
    bool needs_runner = !lane->has_runner;
    lane->has_runner = true;
    uv_mutex_unlock(&o->lock);
    if (needs_runner) {
        start_runner(o, lane);
    }
}

/* Until all work that was submitted has run; whether there are `done`s to call. */
static bool wait_for_work(offloader *o, mr_lane *lane)
{
    uv_mutex_lock(&o->lock);
    while (lane->is_executing || lane->waiting.first != NULL) {
        if (lane->is_executing) {
            uv_cond_wait(&o->job_has_run, &o->lock);
        } else {
            (void)run_next(o, lane);
        }
    }
    bool has_dones = lane->has_run.first != NULL;
    uv_mutex_unlock(&o->lock);
    return has_dones;
}

static void drain(mr_offloader *base, mr_lane *lane)
{
    offloader *o = (offloader *)base;
    while (wait_for_work(o, lane)) {
        call_dones(o, lane); /* which may submit more */
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
