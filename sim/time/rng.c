/* rng.c - see rng.h. Blackman and Vigna's xoshiro256**, seeded by Steele's SplitMix64. */
#include "sim/time/rng.h"

#include "sim/base/hash.h"

static uint64_t split_mix(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

mr_prng mr_prng_named(uint64_t seed, const char *name)
{
    uint64_t of_name = mr_hash64(name, strlen(name));
    uint64_t state = split_mix(&seed) ^ of_name;
    mr_prng prng;
    for (size_t i = 0; i < MR_COUNT(prng.state); i++) {
        prng.state[i] = split_mix(&state);
    }
    return prng;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t mr_prng_next(mr_prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t mr_prng_below(mr_prng *prng, uint64_t bound)
{
    MR_ASSERT(bound > 0);

    /* Lemire's method: the high half of next * bound, drawn again in the few cases that would
     * make some results likelier than others. */
    mr_u128 product = (mr_u128)mr_prng_next(prng) * bound;
    if ((uint64_t)product < bound) {
        uint64_t uneven = (0 - bound) % bound;
        while ((uint64_t)product < uneven) {
            product = (mr_u128)mr_prng_next(prng) * bound;
        }
    }
    return (uint64_t)(product >> 64);
}

double mr_prng_unit(mr_prng *prng)
{
    return (double)(mr_prng_next(prng) >> 11) * 0x1p-53;
}

void mr_prng_uuid(mr_prng *prng, char out[MR_UUID_SIZE])
{
    uint8_t bytes[16];
    for (size_t half = 0; half < 2; half++) {
        uint64_t bits = mr_prng_next(prng);
        for (size_t i = 0; i < 8; i++) {
            bytes[half * 8 + i] = (uint8_t)(bits >> (8 * i));
        }
    }
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* version 4 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* variant of RFC 9562 */

    char hex[33];
    mr_hex(bytes, sizeof(bytes), hex);
    char *to = out;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            *to++ = '-';
        }
        *to++ = hex[i];
    }
    *to = '\0';
}

void mr_prng_alnum(mr_prng *prng, size_t n, char *out)
{
    static const char characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (size_t i = 0; i < n; i++) {
        out[i] = characters[mr_prng_below(prng, sizeof(characters) - 1)];
    }
    out[n] = '\0';
}
