/* actions.c - see actions.h. */
#include "src/scenario/actions.h"

#include "sim/base/alloc.h"

typedef struct edge {
    mr_actions *actions;
    const mr_scenario_fault *fault;
    bool is_end;
    bool is_passed;
    int64_t due_us;
    mr_timer timer;
} edge;

struct mr_actions {
    edge *edges; /* by time */
    size_t count;
    mr_actions_world world; /* of the life at hand */
    bool is_started;
};

static bool is_action(const mr_scenario_fault *fault)
{
    return fault->kind != MR_SCENARIO_RULE && fault->kind != MR_SCENARIO_KILL_FLUSH &&
           fault->kind != MR_SCENARIO_KILL_WRITE;
}

/* By time; those of one time in the order of the scenario. */
static void sort_edges(mr_actions *actions)
{
    for (size_t i = 1; i < actions->count; i++) {
        edge moved = actions->edges[i];
        size_t at = i;
        for (; at > 0 && actions->edges[at - 1].due_us > moved.due_us; at--) {
            actions->edges[at] = actions->edges[at - 1];
        }
        actions->edges[at] = moved;
    }
}

static bool lasts(const mr_scenario_fault *fault)
{
    return fault->kind == MR_SCENARIO_RATE || fault->kind == MR_SCENARIO_PAUSE;
}

mr_actions *mr_actions_new(const mr_scenario_fault *faults, size_t count, int64_t start_us)
{
    mr_actions *actions = mr_calloc(1, sizeof(*actions));
    actions->edges = mr_calloc(2 * count + 1, sizeof(*actions->edges));
    for (size_t i = 0; i < count; i++) {
        if (!is_action(&faults[i])) {
            continue;
        }
        actions->edges[actions->count++] =
            (edge){.actions = actions, .fault = &faults[i], .due_us = start_us + faults[i].at_us};
        if (lasts(&faults[i]) && faults[i].for_us > 0) {
            actions->edges[actions->count++] =
                (edge){.actions = actions,
                       .fault = &faults[i],
                       .is_end = true,
                       .due_us = start_us + faults[i].at_us + faults[i].for_us};
        }
    }
    sort_edges(actions);
    return actions;
}

void mr_actions_free(mr_actions *actions)
{
    if (actions != NULL) {
        MR_ASSERT(!actions->is_started);
        mr_free(actions->edges);
        mr_free(actions);
    }
}

/* ---- doing ---- */

static void tell(mr_actions *actions, const char *id, const char *target)
{
    mr_trace_emit(mr_sim_trace(actions->world.sim),
                  &(mr_event){.type = MR_EVENT_FAULT, .id = id, .reason = target});
}

static mr_shard *open_shard(mr_stream *stream, uint32_t index)
{
    if (index >= mr_stream_shard_count(stream)) {
        return NULL;
    }
    mr_shard *shard = mr_stream_shard(stream, index);
    return mr_shard_is_open(shard) ? shard : NULL;
}

static mr_code no_open_shard(const mr_scenario_fault *fault, uint32_t index, mr_error *err)
{
    return mr_error_set(err, MR_SHARD_CLOSED, "stream %s has no open shard %u at that time",
                        fault->stream, index);
}

static mr_code split(mr_stream *stream, const mr_scenario_fault *fault, mr_error *err)
{
    mr_shard *shard = open_shard(stream, fault->shard);
    if (shard == NULL) {
        return no_open_shard(fault, fault->shard, err);
    }
    mr_u128 start, end;
    mr_shard_range(shard, &start, &end);
    return mr_stream_split(stream, shard, start + (end - start) / 2 + 1, err);
}

static mr_code merge(mr_stream *stream, const mr_scenario_fault *fault, mr_error *err)
{
    mr_shard *one = open_shard(stream, fault->shard);
    mr_shard *other = open_shard(stream, fault->other_shard);
    if (one == NULL || other == NULL) {
        return no_open_shard(fault, one == NULL ? fault->shard : fault->other_shard, err);
    }
    mr_u128 start, other_start, end;
    mr_shard_range(one, &start, &end);
    mr_shard_range(other, &other_start, &end);
    return start < other_start ? mr_stream_merge(stream, one, other, err)
                               : mr_stream_merge(stream, other, one, err);
}

static void reshard(mr_actions *actions, const mr_scenario_fault *fault)
{
    mr_stream *stream = mr_streams_find(mr_sim_streams(actions->world.sim), fault->stream);
    mr_error err;
    mr_code code = MR_OK;
    MR_ASSERT(stream != NULL); /* the scenario was checked against its plan */

    switch (fault->kind) {
    case MR_SCENARIO_SPLIT:
        tell(actions, "split", fault->stream);
        code = split(stream, fault, &err);
        break;
    case MR_SCENARIO_MERGE:
        tell(actions, "merge", fault->stream);
        code = merge(stream, fault, &err);
        break;
    default:
        tell(actions, "reshard", fault->stream);
        code = mr_stream_update_shard_count(stream, fault->shard_count, &err);
        break;
    }
    if (code != MR_OK) {
        actions->world.refused(actions->world.context, fault, &err);
    }
}

static void set_rate(mr_actions *actions, const edge *e)
{
    const mr_scenario_fault *fault = e->fault;
    mr_pipeline *pipeline = actions->world.pipeline;
    double rate = e->is_end ? mr_pipeline_rate_asked(pipeline, fault->input) : fault->rate;
    mr_pipeline_set_rate(pipeline, fault->input, rate);
}

static void pause_input(mr_actions *actions, const edge *e)
{
    if (e->is_end) {
        mr_pipeline_resume(actions->world.pipeline, e->fault->input);
    } else {
        mr_pipeline_pause(actions->world.pipeline, e->fault->input);
    }
}

static void pass(edge *e)
{
    mr_actions *actions = e->actions;
    const mr_scenario_fault *fault = e->fault;
    mr_clock *clock = mr_sim_clock(actions->world.sim);

    e->is_passed = true;
    switch (fault->kind) {
    case MR_SCENARIO_SPLIT:
    case MR_SCENARIO_MERGE:
    case MR_SCENARIO_RESHARD:
        reshard(actions, fault);
        break;
    case MR_SCENARIO_JUMP:
        tell(actions, "clock-jump", NULL);
        mr_clock_jump(clock, fault->jump_us);
        actions->world.jumped(actions->world.context, fault->jump_us);
        break;
    case MR_SCENARIO_KILL:
        actions->world.kill(actions->world.context, fault);
        break;
    case MR_SCENARIO_RATE:
        tell(actions, e->is_end ? "burst-end" : "burst", NULL);
        set_rate(actions, e);
        break;
    case MR_SCENARIO_PAUSE:
        tell(actions, e->is_end ? "pause-end" : "pause", NULL);
        pause_input(actions, e);
        break;
    case MR_SCENARIO_RULE:
    case MR_SCENARIO_KILL_FLUSH:
    case MR_SCENARIO_KILL_WRITE:
    case MR_SCENARIO_FAULT_KIND_COUNT:
        MR_ASSERT(is_action(fault)); /* the others have no edges */
        break;
    }
}

static void on_edge(void *context)
{
    pass(context);
}

/* ---- over the lives ---- */

/* What the edges that were passed have left in force; the new life's inputs
 * know nothing of it. */
static void restore(mr_actions *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        const edge *e = &actions->edges[i];
        if (!e->is_passed || !lasts(e->fault)) {
            continue;
        }
        if (e->fault->kind == MR_SCENARIO_RATE) {
            set_rate(actions, e);
        } else {
            pause_input(actions, e);
        }
    }
}

void mr_actions_start(mr_actions *actions, const mr_actions_world *world)
{
    MR_ASSERT(!actions->is_started);
    actions->world = *world;
    actions->is_started = true;
    restore(actions);
    for (size_t i = 0; i < actions->count; i++) {
        edge *e = &actions->edges[i];
        mr_timer_init(&e->timer, mr_sim_clock(world->sim), on_edge, e);
        if (!e->is_passed) {
            mr_timer_set(&e->timer, e->due_us);
        }
    }
}

void mr_actions_stop(mr_actions *actions)
{
    if (!actions->is_started) {
        return;
    }
    for (size_t i = 0; i < actions->count; i++) {
        mr_timer_cancel(&actions->edges[i].timer);
    }
    actions->is_started = false;
}

size_t mr_actions_waiting(const mr_actions *actions, const mr_scenario_fault **first)
{
    size_t waiting = 0;
    for (size_t i = 0; i < actions->count; i++) {
        const edge *e = &actions->edges[i];
        if (!e->is_passed && !e->is_end && waiting++ == 0) {
            *first = e->fault;
        }
    }
    return waiting;
}
