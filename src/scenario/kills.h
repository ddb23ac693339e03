/*
 * kills.h - whether the process dies here: at this flush, before this write.
 * The rules come from the scenario; their counts go on over all lives of the
 * process.
 */
#ifndef MR_SRC_SCENARIO_KILLS_H
#define MR_SRC_SCENARIO_KILLS_H

#include "src/scenario/scenario.h"

typedef struct mr_kills mr_kills;

/*
 * faults:   borrowed, outlive the kills; only MR_SCENARIO_KILL_FLUSH and
 * _KILL_WRITE are looked at. at_write: kill before this write alone, counted
 * from 1 over the whole run, in the place of the rules that move from write to
 * write (in_turn); 0: those rules do nothing.
 */
mr_kills *mr_kills_new(const mr_scenario_fault *faults, size_t count, uint64_t seed,
                       uint64_t at_write);
void mr_kills_free(mr_kills *kills); /* NULL is fine */

/* elapsed_us: since the start of the scenario. A kill is counted as one by
 * being answered. */
bool mr_kills_at_flush(mr_kills *kills, int64_t elapsed_us);
bool mr_kills_at_write(mr_kills *kills, int64_t elapsed_us);

/* Whether writes have to be told of at all. */
bool mr_kills_want_writes(const mr_kills *kills);
uint64_t mr_kills_writes(const mr_kills *kills); /* told of so far */

#endif
