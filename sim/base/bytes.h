/*
 * bytes.h - a borrowed view of bytes. Records are bytes: no strlen on them, ever.
 */
#ifndef MR_SIM_BASE_BYTES_H
#define MR_SIM_BASE_BYTES_H

#include "sim/base/base.h"

#include <string.h>

typedef struct mr_bytes {
    const char *at; /* borrowed; may be NULL when len is 0 */
    size_t len;
} mr_bytes;

static inline mr_bytes mr_bytes_make(const void *at, size_t len)
{
    return (mr_bytes){(const char *)at, len};
}

/* The bytes of a NUL-ended text, without the NUL. NULL gives no bytes. */
static inline mr_bytes mr_bytes_of(const char *text)
{
    return (mr_bytes){text, text == NULL ? 0 : strlen(text)};
}

#define MR_BYTES_LITERAL(text) ((mr_bytes){(text), sizeof(text) - 1})

static inline bool mr_bytes_equal(mr_bytes a, mr_bytes b)
{
    if (a.len != b.len || a.len == 0) {
        return a.len == b.len;
    }
    return a.at != NULL && b.at != NULL && memcmp(a.at, b.at, a.len) == 0;
}

static inline bool mr_bytes_is(mr_bytes a, const char *text)
{
    return mr_bytes_equal(a, mr_bytes_of(text));
}

/* Order by unsigned byte, the shorter first: below 0, 0 or above 0. */
int mr_bytes_compare(mr_bytes a, mr_bytes b);

bool mr_bytes_starts_with(mr_bytes bytes, mr_bytes prefix);
bool mr_bytes_ends_with(mr_bytes bytes, mr_bytes suffix);

/* ASCII case is ignored; other bytes must be equal. */
bool mr_bytes_equal_nocase(mr_bytes a, mr_bytes b);

/* Without ASCII blanks (space, \t, \r, \n, \f, \v) at both ends. */
mr_bytes mr_bytes_trim(mr_bytes bytes);

/* The place of the first such byte, or bytes.len. */
size_t mr_bytes_find(mr_bytes bytes, char byte);

/* Reads all of bytes as a decimal integer (sign allowed, no blanks). False on anything else or
 * when it does not fit. */
bool mr_bytes_to_int64(mr_bytes bytes, int64_t *out);
bool mr_bytes_to_uint64(mr_bytes bytes, uint64_t *out);

/* True when all of bytes is well-formed UTF-8 (no surrogates, no overlong forms). */
bool mr_bytes_is_utf8(mr_bytes bytes);

/*
 * The size of the piece at the start of bytes (which are not empty): a character that is well
 * formed, or the longest stretch that one U+FFFD stands for, as the WHATWG decoder counts (Node.js
 * and Python agree).
 */
size_t mr_bytes_utf8_piece(mr_bytes bytes, bool *well_formed);

#endif
