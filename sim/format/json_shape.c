/* json_shape.c - see json_shape.h. */
#include "sim/format/json_shape.h"

#include "sim/base/alloc.h"
#include "sim/format/json_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define VECTOR_BYTES 32

/* ---- learning ---- */

static size_t padded(size_t len)
{
    return (len / VECTOR_BYTES + 1) * VECTOR_BYTES;
}

static size_t leaf_gap(const mr_json_line *line, const char *begin, size_t i)
{
    const char *from = i == 0 ? begin : line->leaves[i - 1].end;
    const char *to = i == line->leaf_count ? line->after : line->leaves[i].begin;
    return (size_t)(to - from);
}

static uint32_t add_literal(mr_json_shape *shape, size_t *used, const char *at, size_t len)
{
    uint32_t place = (uint32_t)*used;
    memcpy(shape->literals + place, at, len);
    *used += padded(len);
    return place;
}

bool mr_json_shape_learn(mr_json_shape *shape, const mr_json_line *line, const char *begin,
                         const char *line_feed)
{
    MR_ASSERT(line->has_shape);
    size_t feed_len = strlen(line_feed);
    size_t size = VECTOR_BYTES;
    for (size_t i = 0; i <= line->leaf_count; i++) {
        size_t len = leaf_gap(line, begin, i) + feed_len; /* the tail has it */
        if (len > UINT16_MAX) {
            return false;
        }
        size += padded(len);
    }
    shape->literals = mr_calloc(1, size);
    shape->steps = mr_calloc(line->leaf_count + 1, sizeof(*shape->steps));
    shape->step_count = line->leaf_count;
    size_t used = 0;
    const char *from = begin;
    for (size_t i = 0; i < line->leaf_count; i++) {
        const mr_json_leaf *leaf = &line->leaves[i];
        size_t len = leaf_gap(line, begin, i);
        const mr_json_node *node = leaf->node;
        shape->steps[i] = (mr_json_step){
            .literal = add_literal(shape, &used, from, len),
            .literal_len = (uint16_t)len,
            .slot = (int16_t)(node == NULL ? -1 : node->slot),
            .node = node != NULL && node->child_count > 0 ? node : NULL,
        };
        from = leaf->end;
    }
    size_t len = leaf_gap(line, begin, line->leaf_count);
    shape->tail = add_literal(shape, &used, from, len);
    memcpy(shape->literals + shape->tail + len, line_feed, feed_len);
    shape->tail_len = (uint16_t)(len + feed_len);
    return true;
}

void mr_json_shape_deinit(mr_json_shape *shape)
{
    mr_free(shape->literals);
    mr_free(shape->steps);
    *shape = (mr_json_shape){0};
}

/* ---- plain C ---- */

/* The padding's line feed differs from every literal but a tail's last byte, so a comparison
 * that runs into the end of the block stops there. */
static inline bool same_plain(const char *p, const char *literal, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i] != literal[i]) {
            return false;
        }
    }
    return true;
}

static inline const char *string_stop_plain(const char *p)
{
    while (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) {
        p++;
    }
    return p;
}

static inline uint32_t non_digits_plain(const char *p)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < VECTOR_BYTES; i++) {
        mask |= (uint32_t)((unsigned char)(p[i] - '0') > 9) << i;
    }
    return mask;
}

#define MATCH_NAME   match_plain
#define MATCH_NUMBER number_plain
#define MATCH_TARGET
#define MATCH_SAME        same_plain
#define MATCH_STRING_STOP string_stop_plain
#define MATCH_NON_DIGITS  non_digits_plain
#include "sim/format/json_match.inc.h"

#if defined(__x86_64__)

/* The low `len` bits. */
static inline uint32_t low_bits(size_t len)
{
    return len >= 32 ? UINT32_MAX : ((uint32_t)1 << len) - 1;
}

/* ---- SSE2: part of every x86-64 ---- */

static inline __m128i load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint32_t mask16(__m128i bytes)
{
    return (uint32_t)_mm_movemask_epi8(bytes);
}

static inline bool same_sse2(const char *p, const char *literal, size_t len)
{
    for (;;) {
        uint32_t equal = mask16(_mm_cmpeq_epi8(load16(p), load16(literal)));
        if ((~equal & low_bits(mr_min_size(len, 16))) != 0) {
            return false;
        }
        if (len <= 16) {
            return true;
        }
        p += 16;
        literal += 16;
        len -= 16;
    }
}

static inline uint32_t stops16(const char *p)
{
    __m128i bytes = load16(p);
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return mask16(_mm_or_si128(control, _mm_or_si128(quote, slash)));
}

static inline const char *string_stop_sse2(const char *p)
{
    for (;;) {
        uint32_t stops = stops16(p);
        if (stops != 0) {
            return p + __builtin_ctz(stops);
        }
        p += 16;
    }
}

static inline uint32_t digits16(const char *p)
{
    __m128i value = _mm_sub_epi8(load16(p), _mm_set1_epi8('0'));
    return mask16(_mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value));
}

static inline uint32_t non_digits_sse2(const char *p)
{
    return ~(digits16(p) | digits16(p + 16) << 16);
}

#define MATCH_NAME   match_sse2
#define MATCH_NUMBER number_sse2
#define MATCH_TARGET
#define MATCH_SAME        same_sse2
#define MATCH_STRING_STOP string_stop_sse2
#define MATCH_NON_DIGITS  non_digits_sse2
#include "sim/format/json_match.inc.h"

/* ---- AVX2: when the processor has it ---- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

static inline AVX2 __m256i load32(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline AVX2 uint32_t mask32(__m256i bytes)
{
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

static inline AVX2 bool same_avx2(const char *p, const char *literal, size_t len)
{
    for (;;) {
        uint32_t equal = mask32(_mm256_cmpeq_epi8(load32(p), load32(literal)));
        if ((~equal & low_bits(len)) != 0) {
            return false;
        }
        if (len <= 32) {
            return true;
        }
        p += 32;
        literal += 32;
        len -= 32;
    }
}

static inline AVX2 const char *string_stop_avx2(const char *p)
{
    for (;;) {
        __m256i bytes = load32(p);
        __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
        __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
        __m256i slash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
        uint32_t stops = mask32(_mm256_or_si256(control, _mm256_or_si256(quote, slash)));
        if (stops != 0) {
            return p + __builtin_ctz(stops);
        }
        p += 32;
    }
}

static inline AVX2 uint32_t non_digits_avx2(const char *p)
{
    __m256i value = _mm256_sub_epi8(load32(p), _mm256_set1_epi8('0'));
    return ~mask32(_mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value));
}

#define MATCH_NAME        match_avx2
#define MATCH_NUMBER      number_avx2
#define MATCH_TARGET      AVX2
#define MATCH_SAME        same_avx2
#define MATCH_STRING_STOP string_stop_avx2
#define MATCH_NON_DIGITS  non_digits_avx2
#include "sim/format/json_match.inc.h"

mr_vector_level mr_vector_best(void)
{
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2");
    return avx2 ? MR_VECTOR_AVX2 : MR_VECTOR_SSE2;
}

mr_json_match_fn mr_json_matcher(mr_vector_level level)
{
    MR_ASSERT(level <= mr_vector_best());
    switch (level) {
    case MR_VECTOR_AVX2:
        return match_avx2;
    case MR_VECTOR_SSE2:
        return match_sse2;
    case MR_VECTOR_NONE:
        break;
    }
    return match_plain;
}

#else

mr_vector_level mr_vector_best(void)
{
    return MR_VECTOR_NONE;
}

mr_json_match_fn mr_json_matcher(mr_vector_level level)
{
    MR_ASSERT(level == MR_VECTOR_NONE);
    return match_plain;
}

#endif
