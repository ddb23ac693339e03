/*
 * chaos.h - a random schedule of faults for a scenario, drawn from one seed: `test --chaos`.
 *
 * Only faults that a pipeline must survive: whatever is drawn, no acknowledged record may be lost
 * and every invariant holds.
 */
#ifndef MR_SRC_SCENARIO_CHAOS_H
#define MR_SRC_SCENARIO_CHAOS_H

#include "sim/base/arena.h"
#include "src/scenario/scenario.h"

typedef struct mr_chaos {
    mr_scenario_fault *faults; /* the scenario's own, then those drawn; texts live in `arena` */
    size_t fault_count;
    size_t own_count; /* how many of them are the scenario's */
    mr_arena *arena;
} mr_chaos;

/* A pure function of the scenario's plan, inputs and the seed. Release with mr_chaos_deinit(). */
void mr_chaos_make(const mr_scenario *scenario, uint64_t seed, mr_chaos *out);
void mr_chaos_deinit(mr_chaos *chaos);

/* The drawn faults as lines of a scenario, "  - {...}\n" each. */
void mr_chaos_write(const mr_scenario *scenario, const mr_scenario_fault *faults, size_t count,
                    mr_strbuf *out);

#endif
