/*
 * base64.c - see base64.h. Long stretches go 32 characters at a time where the processor can; what
 * that leaves, and everything elsewhere, goes four at a time with a table.
 */
#include "sim/base/base64.h"

#if defined(__x86_64__)
#include <immintrin.h>

/*
 * Source: Wojciech Mula, Daniel Lemire, "Faster Base64 Encoding and Decoding Using AVX2
 * Instructions", ACM Transactions on the Web 12 (2018).
 */
#define AVX2         __attribute__((target("avx2")))
#define BOTH(vector) _mm256_broadcastsi128_si256(vector) /* the same in both halves */

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

/* 12 bytes at the start of each half to 16 values below 64. */
static inline AVX2 __m256i spread(__m256i bytes)
{
    const __m256i places = BOTH(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
    bytes = _mm256_shuffle_epi8(bytes, places);
    __m256i a_and_c = _mm256_mulhi_epu16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0fc0fc00)),
                                         _mm256_set1_epi32(0x04000040));
    __m256i b_and_d = _mm256_mullo_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x003f03f0)),
                                         _mm256_set1_epi32(0x01000010));
    return _mm256_or_si256(a_and_c, b_and_d);
}

/* Values below 64 to their characters: each adds what its group is away from it. */
static inline AVX2 __m256i to_characters(__m256i values)
{
    const __m256i distances =
        BOTH(_mm_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0));
    __m256i group = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
    group = _mm256_sub_epi8(group, _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25)));
    return _mm256_add_epi8(values, _mm256_shuffle_epi8(distances, group));
}

/* Encodes a multiple of 24 bytes and returns how many; reads at most 28 at a time. */
static AVX2 size_t encode_avx2(const uint8_t *from, size_t len, char *to)
{
    size_t done = 0;
    for (; len - done >= 28; done += 24, to += 32) {
        __m128i low = _mm_loadu_si128((const __m128i *)(const void *)(from + done));
        __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(from + done + 12));
        __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
        _mm256_storeu_si256((__m256i *)(void *)to, to_characters(spread(bytes)));
    }
    return done;
}

/* Characters to values below 64. False when one is not of the alphabet. */
static inline AVX2 bool to_values(__m256i characters, __m256i *values)
{
    /* A character is foreign when the sets of its two halves, four bits each, have one in common.
     */
    const __m256i low_sets = BOTH(_mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                                0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a));
    const __m256i high_sets = BOTH(_mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                                                 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10));
    const __m256i distances =
        BOTH(_mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m256i slash = _mm256_set1_epi8(0x2f); /* also a mask that keeps the lower half */
    __m256i high_halves = _mm256_and_si256(_mm256_srli_epi32(characters, 4), slash);
    __m256i low_halves = _mm256_and_si256(characters, slash);
    __m256i low = _mm256_shuffle_epi8(low_sets, low_halves);
    __m256i high = _mm256_shuffle_epi8(high_sets, high_halves);
    if (!_mm256_testz_si256(low, high)) {
        return false;
    }
    __m256i group = _mm256_add_epi8(_mm256_cmpeq_epi8(characters, slash), high_halves);
    *values = _mm256_add_epi8(characters, _mm256_shuffle_epi8(distances, group));
    return true;
}

/* 32 values below 64 to 24 bytes, at the start. */
static inline AVX2 __m256i pack(__m256i values)
{
    const __m256i places =
        BOTH(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
    __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(fours, places),
                                       _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
}

/* Decodes a multiple of 32 characters and returns how many: up to the first foreign one, and not
 * the last 44, because each step writes 32 bytes of which 24 count. */
static AVX2 size_t decode_avx2(const uint8_t *from, size_t len, char *to)
{
    size_t done = 0;
    for (; len - done >= 44; done += 32, to += 24) {
        __m256i values;
        if (!to_values(_mm256_loadu_si256((const __m256i *)(const void *)(from + done)), &values)) {
            break;
        }
        _mm256_storeu_si256((__m256i *)(void *)to, pack(values));
    }
    return done;
}

#else

static bool has_avx2(void)
{
    return false;
}

static size_t encode_avx2(const uint8_t *from, size_t len, char *to)
{
    (void)from, (void)len, (void)to;
    return 0;
}

static size_t decode_avx2(const uint8_t *from, size_t len, char *to)
{
    (void)from, (void)len, (void)to;
    return 0;
}

#endif

#define VECTOR_MIN 44 /* below this the vectors have nothing to do */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void mr_base64_encode(mr_strbuf *out, mr_bytes in)
{
    size_t size = mr_base64_encoded_size(in.len);
    char *to = mr_strbuf_reserve(out, size);
    if (to == NULL) {
        return;
    }
    const uint8_t *from = (const uint8_t *)in.at;
    size_t left = in.len;
    if (left >= VECTOR_MIN && has_avx2()) {
        size_t done = encode_avx2(from, left, to);
        from += done;
        to += done / 3 * 4;
        left -= done;
    }
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = alphabet[bits >> 6 & 63];
        to[3] = alphabet[bits & 63];
    }
    if (left > 0) {
        uint32_t bits = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
        to[0] = alphabet[bits >> 18];
        to[1] = alphabet[bits >> 12 & 63];
        to[2] = '=';
        to[3] = '=';
        if (left == 2) {
            to[2] = alphabet[bits >> 6 & 63];
        }
    }
    mr_strbuf_commit(out, size);
}

/* The value of each byte plus one; 0 for a byte that is not of the alphabet. */
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Four characters, none of them padding, to 24 bits. False when one is foreign. */
static bool decode_four(const uint8_t *from, uint32_t *bits)
{
    uint32_t a = values[from[0]];
    uint32_t b = values[from[1]];
    uint32_t c = values[from[2]];
    uint32_t d = values[from[3]];
    *bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
    return a != 0 && b != 0 && c != 0 && d != 0;
}

/* The last four characters, which may end in one or two '='. */
static bool decode_last(const uint8_t *from, char *to, size_t *written)
{
    uint8_t four[4] = {from[0], from[1], from[2], from[3]};
    size_t padding = four[3] != '=' ? 0 : four[2] != '=' ? 1 : 2;
    uint32_t bits = 0;

    for (size_t i = 4 - padding; i < 4; i++) {
        four[i] = 'A'; /* zero bits */
    }
    if (!decode_four(four, &bits)) {
        return false;
    }
    if ((padding == 1 && (bits & 0xff) != 0) || (padding == 2 && (bits & 0xffff) != 0)) {
        return false; /* bits that no encoder leaves there */
    }
    *written = 3 - padding;
    for (size_t i = 0; i < *written; i++) {
        to[i] = (char)(uint8_t)(bits >> (16 - 8 * i));
    }
    return true;
}

bool mr_base64_decode_to(char *to, mr_bytes in, size_t *written)
{
    *written = 0;
    if (in.len % 4 != 0) {
        return false;
    }
    if (in.len == 0) {
        return true;
    }
    const uint8_t *from = (const uint8_t *)in.at;
    const uint8_t *last = from + in.len - 4;
    const char *start = to;
    if (in.len >= VECTOR_MIN && has_avx2()) {
        size_t done = decode_avx2(from, in.len, to);
        from += done;
        to += done / 4 * 3;
    }
    for (; from < last; from += 4, to += 3) {
        uint32_t bits = 0;
        if (!decode_four(from, &bits)) {
            break;
        }
        to[0] = (char)(uint8_t)(bits >> 16);
        to[1] = (char)(uint8_t)(bits >> 8);
        to[2] = (char)(uint8_t)bits;
    }
    size_t in_last = 0;
    if (from != last || !decode_last(last, to, &in_last)) {
        return false;
    }
    *written = (size_t)(to - start) + in_last;
    return true;
}

bool mr_base64_decode(mr_strbuf *out, mr_bytes in)
{
    char *to = mr_strbuf_reserve(out, mr_base64_decoded_size_max(in.len));
    if (to == NULL) {
        return false;
    }
    size_t written = 0;
    if (!mr_base64_decode_to(to, in, &written)) {
        *to = '\0'; /* keeps at[len] zero: nothing was appended */
        return false;
    }
    mr_strbuf_commit(out, written);
    return true;
}
