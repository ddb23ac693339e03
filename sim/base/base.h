/*
 * base.h - the few words that every file of millrace uses: attributes, assertions, counting.
 *
 * An assertion is for our own mistakes and stays on in release builds: it prints the condition
 * and the place, then aborts. What the world gets wrong is an mr_error (error.h).
 */
#ifndef MR_SIM_BASE_BASE_H
#define MR_SIM_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MR_NODISCARD         __attribute__((warn_unused_result))
#define MR_NORETURN          __attribute__((noreturn))
#define MR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MR_UNUSED            __attribute__((unused))
#define MR_LIKELY(x)         __builtin_expect(!!(x), 1)
#define MR_UNLIKELY(x)       __builtin_expect(!!(x), 0)

/* The number of elements of an array (not of a pointer). */
#define MR_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MR_ASSERT(condition)                                                                       \
    (MR_LIKELY(condition) ? (void)0 : mr_assert_failed(#condition, __FILE__, __LINE__))

MR_NORETURN void mr_assert_failed(const char *condition, const char *file, int line);

#define MR_KIB ((size_t)1024)
#define MR_MIB ((size_t)1024 * 1024)
#define MR_GIB ((size_t)1024 * 1024 * 1024)

/* Unsigned 128-bit integers: hash keys. Not in ISO C, so marked as the extension it is. */
__extension__ typedef unsigned __int128 mr_u128;

static inline size_t mr_min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t mr_max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
