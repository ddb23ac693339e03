/*
 * md5.c - MD5 in one go (RFC 1321). Ours for short inputs, OpenSSL's for long ones, where its
 * assembler wins over its setup.
 *
 * Each step of MD5 waits for the one before, so a processor is mostly idle over one text. The
 * macros below are the same for a number and for a vector of them: eight texts, side by side.
 */
#include "sim/base/hash.h"

#include <openssl/evp.h>

#define BLOCK_BYTES    64
#define OURS_BYTES_MAX 4096

/* RFC 1321, 3.4: the integer part of 2^32 * abs(sin(i + 1)). */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* One number of each text. */
typedef uint32_t lanes __attribute__((vector_size(MR_MD5_LANES * sizeof(uint32_t))));

#define ROTATE(x, bits) ((x) << (bits) | (x) >> (32 - (bits)))

#define STEP(f, a, b, c, d, word, i, bits)                                                         \
    do {                                                                                           \
        (a) += (f) + (word) + sines[i];                                                            \
        (a) = (b) + ROTATE((a), (bits));                                                           \
    } while (0)

/* The four round functions of RFC 1321, in forms that need one operation less. */
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

/* Four steps of a round: the message word of step i is (i * stride + first) mod 16. */
#define FOUR(fn, i, stride, first, s0, s1, s2, s3)                                                 \
    do {                                                                                           \
        STEP(fn(b, c, d), a, b, c, d, m[((i) * (stride) + (first)) & 15], (i), (s0));              \
        STEP(fn(a, b, c), d, a, b, c, m[(((i) + 1) * (stride) + (first)) & 15], (i) + 1, (s1));    \
        STEP(fn(d, a, b), c, d, a, b, m[(((i) + 2) * (stride) + (first)) & 15], (i) + 2, (s2));    \
        STEP(fn(c, d, a), b, c, d, a, m[(((i) + 3) * (stride) + (first)) & 15], (i) + 3, (s3));    \
    } while (0)

#define ROUND(fn, i, stride, first, s0, s1, s2, s3)                                                \
    do {                                                                                           \
        FOUR(fn, (i), stride, first, s0, s1, s2, s3);                                              \
        FOUR(fn, (i) + 4, stride, first, s0, s1, s2, s3);                                          \
        FOUR(fn, (i) + 8, stride, first, s0, s1, s2, s3);                                          \
        FOUR(fn, (i) + 12, stride, first, s0, s1, s2, s3);                                         \
    } while (0)

/* What a block whose words are in m does to a, b, c and d. */
#define ALL_ROUNDS                                                                                 \
    do {                                                                                           \
        ROUND(F, 0, 1, 0, 7, 12, 17, 22);                                                          \
        ROUND(G, 16, 5, 1, 5, 9, 14, 20);                                                          \
        ROUND(H, 32, 3, 5, 4, 11, 16, 23);                                                         \
        ROUND(I, 48, 7, 0, 6, 10, 15, 21);                                                         \
    } while (0)

/* RFC 1321, 3.3. */
static const uint32_t first_state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

static inline uint32_t load_little_endian(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void take_block(uint32_t state[4], const uint8_t *block)
{
    uint32_t m[16];
    for (size_t i = 0; i < 16; i++) {
        m[i] = load_little_endian(block + 4 * i);
    }
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    ALL_ROUNDS;
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

static void store_little_endian(uint8_t *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static void md5_short(const uint8_t *bytes, size_t len, uint8_t out[16])
{
    uint32_t state[4];
    memcpy(state, first_state, sizeof(state));
    size_t left = len;
    for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, bytes += BLOCK_BYTES) {
        take_block(state, bytes);
    }
    /* The rest, a one bit, zeros, and the length in bits: one block or two. */
    uint8_t tail[2 * BLOCK_BYTES] = {0};
    if (left > 0) {
        memcpy(tail, bytes, left);
    }
    tail[left] = 0x80;
    size_t tail_size = left + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    store_little_endian(tail + tail_size - 8, (uint64_t)len * 8, 8);
    take_block(state, tail);
    if (tail_size > BLOCK_BYTES) {
        take_block(state, tail + BLOCK_BYTES);
    }
    for (size_t i = 0; i < 4; i++) {
        store_little_endian(out + 4 * i, state[i], 4);
    }
}

void mr_md5(const void *bytes, size_t len, uint8_t out[16])
{
    if (len <= OURS_BYTES_MAX) {
        md5_short(bytes, len, out);
        return;
    }
    unsigned int size = 0;
    int ok = EVP_Digest(bytes, len, out, &size, EVP_md5(), NULL);
    MR_ASSERT(ok == 1);
    MR_ASSERT(size == 16);
}

/* ---- eight texts ---- */

/* The one block of a text: it, a one bit, zeros, and its length in bits. */
static void fill_block(mr_bytes text, uint8_t block[BLOCK_BYTES])
{
    MR_ASSERT(text.len <= MR_MD5_LANE_BYTES_MAX);
    memset(block, 0, BLOCK_BYTES);
    if (text.len > 0) {
        memcpy(block, text.at, text.len);
    }
    block[text.len] = 0x80;
    store_little_endian(block + BLOCK_BYTES - 8, (uint64_t)text.len * 8, 8);
}

void mr_md5_lanes(const mr_bytes texts[MR_MD5_LANES], uint8_t out[MR_MD5_LANES][16])
{
    union {
        uint32_t of_lane[16][MR_MD5_LANES];
        lanes all[16];
    } words;
    for (size_t lane = 0; lane < MR_MD5_LANES; lane++) {
        uint8_t block[BLOCK_BYTES];
        fill_block(texts[lane], block);
        for (size_t i = 0; i < 16; i++) {
            words.of_lane[i][lane] = load_little_endian(block + 4 * i);
        }
    }
    const lanes *m = words.all;
    lanes a = (lanes){0} + first_state[0];
    lanes b = (lanes){0} + first_state[1];
    lanes c = (lanes){0} + first_state[2];
    lanes d = (lanes){0} + first_state[3];
    ALL_ROUNDS;
    const lanes ends[4] = {a + first_state[0], b + first_state[1], c + first_state[2],
                           d + first_state[3]};
    for (size_t lane = 0; lane < MR_MD5_LANES; lane++) {
        for (size_t i = 0; i < 4; i++) {
            store_little_endian(out[lane] + 4 * i, ends[i][lane], 4);
        }
    }
}
