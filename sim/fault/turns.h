/*
 * turns.h - whose turn it is: of all times that something is asked, which ones are struck. "From
 * the third on, every tenth, at most twice, one in a hundred by chance."
 */
#ifndef MR_SIM_FAULT_TURNS_H
#define MR_SIM_FAULT_TURNS_H

#include "sim/time/rng.h"

typedef struct mr_turns {
    uint64_t first;     /* from the first-th asking on, counted from 1 */
    uint64_t every;     /* at every n-th of those */
    uint64_t most;      /* at most so often; 0: no bound */
    double probability; /* 0 or >= 1: always */
    mr_prng prng;
    uint64_t asked_count, struck_count;
} mr_turns;

/* first, every: 0 is 1. prng: of this rule alone, so that no rule shifts another's chance. */
static inline mr_turns mr_turns_make(uint64_t first, uint64_t every, uint64_t most,
                                     double probability, mr_prng prng)
{
    return (mr_turns){.first = first == 0 ? 1 : first,
                      .every = every == 0 ? 1 : every,
                      .most = most,
                      .probability = probability,
                      .prng = prng};
}

/* Counts the asking and says whether it would be struck. */
static inline bool mr_turns_would_strike(mr_turns *turns)
{
    turns->asked_count++;
    if (turns->asked_count < turns->first ||
        (turns->asked_count - turns->first) % turns->every != 0) {
        return false;
    }
    bool by_chance = turns->probability > 0 && turns->probability < 1;
    if (by_chance && mr_prng_unit(&turns->prng) >= turns->probability) {
        return false;
    }
    return turns->most == 0 || turns->struck_count < turns->most;
}

/* It was struck. */
static inline void mr_turns_strike(mr_turns *turns)
{
    turns->struck_count++;
}

#endif
