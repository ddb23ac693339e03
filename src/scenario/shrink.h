/*
 * shrink.h - the shortest schedule of faults, and the fewest rows, with which a run still fails:
 * `test --shrink`.
 */
#ifndef MR_SRC_SCENARIO_SHRINK_H
#define MR_SRC_SCENARIO_SHRINK_H

#include "src/scenario/scenario_run.h"

typedef struct mr_shrunk {
    mr_scenario_fault *faults; /* owned array; texts borrowed from those given */
    size_t fault_count;
    uint64_t rows_max; /* 0: all */
    unsigned runs;     /* how many it took */
} mr_shrunk;

/* Runs with these faults and so many rows; whether it still fails. */
typedef bool (*mr_still_fails_fn)(void *context, const mr_scenario_fault *faults,
                                  size_t fault_count, uint64_t rows_max);

/* Delta debugging over the faults, then halving of the rows, in at most runs_max runs. rows: how
 * many the failing run had. */
void mr_shrink(const mr_scenario_fault *faults, size_t fault_count, uint64_t rows,
               unsigned runs_max, mr_still_fails_fn still_fails, void *context, mr_shrunk *out);

#endif
