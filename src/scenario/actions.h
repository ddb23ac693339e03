/*
 * actions.h - what a scenario does at a time: reshards, lets the clock leap,
 * bursts, pauses, kills. Each has one edge, or two (its beginning and its end);
 * an edge that was passed stays passed in later lives, and what lasts (a rate,
 * a pause) is put in force again.
 */
#ifndef MR_SRC_SCENARIO_ACTIONS_H
#define MR_SRC_SCENARIO_ACTIONS_H

#include "src/app/pipeline.h"
#include "src/scenario/scenario.h"

typedef struct mr_actions mr_actions;

/* faults: borrowed, outlive the actions. start_us: the clock at the start of
 * the scenario. */
mr_actions *mr_actions_new(const mr_scenario_fault *faults, size_t count, int64_t start_us);
void mr_actions_free(mr_actions *actions); /* NULL is fine */

/* What a life gives them. Borrowed, outlives mr_actions_stop(). */
typedef struct mr_actions_world {
    mr_sim *sim;
    mr_pipeline *pipeline;
    void (*kill)(void *context, const mr_scenario_fault *fault); /* the process dies now */
    void (*jumped)(void *context, int64_t delta_us);             /* the clock was set by so much */
    /* An action that cannot be done: a shard that is closed or not there. */
    void (*refused)(void *context, const mr_scenario_fault *fault, const mr_error *why);
    void *context;
} mr_actions_world;

/* Sets the timers of the edges to come on the life's clock, and puts in force
 * what lasts. After the pipeline was started. */
void mr_actions_start(mr_actions *actions, const mr_actions_world *world);
/* Cancels the timers: before the life's world is closed. */
void mr_actions_stop(mr_actions *actions);

/* How many of the faults have never come. *first: the first of them. */
size_t mr_actions_waiting(const mr_actions *actions, const mr_scenario_fault **first);

#endif
