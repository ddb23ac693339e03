/*
 * scenario_run.h - one scenario, one seed, in this process: its world in virtual time, from the
 * first row to the last object, through every kill, and what was expected of it.
 *
 * A run is made of *lives*: a kill drops the world without any closing code (the next life opens
 * a copy of the files as they lay on disk at that instant), and what is injected or watched from
 * outside goes on over all of them: faults keep their counts, the observer its log, the ledger
 * what was delivered.
 *
 * Everything runs on one thread, so that the n-th write of a run is the same write every time.
 */
#ifndef MR_SRC_SCENARIO_SCENARIO_RUN_H
#define MR_SRC_SCENARIO_SCENARIO_RUN_H

#include "sim/fault/mutation.h"
#include "src/scenario/result.h"
#include "src/scenario/scenario.h"

typedef struct mr_scenario_run_options {
    const mr_scenario *scenario; /* borrowed, as all here; without errors */
    uint64_t seed;
    /* The faults to inject; NULL: the scenario's own. */
    const mr_scenario_fault *faults;
    size_t fault_count;
    bool only_invariants;    /* chaos: what the scenario expects is not judged */
    uint64_t rows_max;       /* of each input; 0: all: for shrinking */
    const char *directory;   /* for the state; made when absent, must be empty */
    bool keep_state;         /* leave it there as an ordinary state directory; else it is removed */
    const char *events_path; /* the event log of all lives; NULL: none */
    bool update;             /* write the folders of same-as instead of comparing */
    const volatile bool *interrupted;
    mr_mutation mutation; /* a deliberate mistake, for the tests of the scenarios themselves */
} mr_scenario_run_options;

/*
 * Runs it and judges it. A scenario whose kills move from write to write (in_turn) is run once
 * for each; the first failing one is reported.
 *
 * result: initialised by the caller; what did not hold is in its failures, why it could not be
 *         run in its error.
 * Errors: MR_OK also when it failed; otherwise as result->error: those of the state directory,
 *         the inputs, the services; MR_INTERRUPTED.
 */
MR_NODISCARD mr_code mr_scenario_run(const mr_scenario_run_options *options,
                                     mr_scenario_result *result, mr_error *err);

#endif
