/*
 * rng.h - seeded chance, split by name: adding a consumer in one place does not shift another.
 *
 * The generator is xoshiro256** seeded by SplitMix64 over the world's seed and the name's hash.
 */
#ifndef MR_SIM_TIME_RNG_H
#define MR_SIM_TIME_RNG_H

#include "sim/base/base.h"

typedef struct mr_prng {
    uint64_t state[4];
} mr_prng;

/* The stream of chance called `name` of a world with this seed: "object names", "faults", ... */
mr_prng mr_prng_named(uint64_t seed, const char *name);

uint64_t mr_prng_next(mr_prng *prng);
uint64_t mr_prng_below(mr_prng *prng, uint64_t bound); /* 0..bound-1, unbiased; bound > 0 */
double mr_prng_unit(mr_prng *prng);                    /* 0 <= x < 1 */

/* A version 4 UUID, lower case: 36 characters and NUL. */
#define MR_UUID_SIZE 37
void mr_prng_uuid(mr_prng *prng, char out[MR_UUID_SIZE]);

/* n characters of [a-zA-Z0-9] and NUL. */
void mr_prng_alnum(mr_prng *prng, size_t n, char *out);

#endif
