/*
 * strbuf.h - the only growing buffer. It has a limit from birth; passing it sets a flag that
 * sticks and drops what did not fit, so twenty appends need one check at the end.
 *
 * Invariants: at[len] is 0 whenever at is not NULL; len <= limit; once overflowed, nothing more
 * is appended until mr_strbuf_reset().
 */
#ifndef MR_SIM_BASE_STRBUF_H
#define MR_SIM_BASE_STRBUF_H

#include "sim/base/base.h"
#include "sim/base/bytes.h"

#include <stdarg.h>

typedef struct mr_strbuf {
    char *at;        /* owned; NULL until the first append */
    size_t len;      /* bytes in use, without the final NUL */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* the most that len may be */
    bool overflowed;
} mr_strbuf;

#define MR_STRBUF_UNLIMITED (SIZE_MAX / 4)

/* An empty buffer that allocates nothing yet. */
static inline mr_strbuf mr_strbuf_make(size_t limit)
{
    return (mr_strbuf){.limit = limit};
}
void mr_strbuf_deinit(mr_strbuf *buf);             /* a zeroed or deinitialised one is fine */
static inline void mr_strbuf_reset(mr_strbuf *buf) /* keeps the memory and the limit */
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->at != NULL) {
        buf->at[0] = '\0';
    }
}

/* Hands the contents over, memory and all; buf is left empty, with its limit. */
static inline mr_strbuf mr_strbuf_move(mr_strbuf *buf)
{
    mr_strbuf moved = *buf;
    *buf = mr_strbuf_make(buf->limit);
    return moved;
}

/* Slow path: room for n more bytes; false (and the flag) when that passes the limit. */
bool mr_strbuf_grow(mr_strbuf *buf, size_t n);

/* Room for n more bytes at the end, to be filled by the caller, who then adds to len with
 * mr_strbuf_commit(). NULL when that passes the limit. */
static inline char *mr_strbuf_reserve(mr_strbuf *buf, size_t n)
{
    if (MR_UNLIKELY(buf->overflowed || buf->capacity - buf->len <= n)) {
        if (!mr_strbuf_grow(buf, n)) {
            return NULL;
        }
    }
    return buf->at + buf->len;
}

static inline void mr_strbuf_commit(mr_strbuf *buf, size_t n)
{
    buf->len += n;
    buf->at[buf->len] = '\0';
}

static inline void mr_strbuf_append(mr_strbuf *buf, const void *bytes, size_t n)
{
    char *room = mr_strbuf_reserve(buf, n);
    if (MR_LIKELY(room != NULL)) {
        if (n > 0) {
            memcpy(room, bytes, n);
        }
        mr_strbuf_commit(buf, n);
    }
}

static inline void mr_strbuf_append_bytes(mr_strbuf *buf, mr_bytes bytes)
{
    mr_strbuf_append(buf, bytes.at, bytes.len);
}

static inline void mr_strbuf_append_text(mr_strbuf *buf, const char *text)
{
    mr_strbuf_append(buf, text, strlen(text));
}

static inline void mr_strbuf_append_char(mr_strbuf *buf, char c)
{
    mr_strbuf_append(buf, &c, 1);
}

void mr_strbuf_appendf(mr_strbuf *buf, const char *format, ...) MR_PRINTF(2, 3);
void mr_strbuf_vappendf(mr_strbuf *buf, const char *format, va_list args) MR_PRINTF(2, 0);
void mr_strbuf_append_int64(mr_strbuf *buf, int64_t value);
void mr_strbuf_append_uint64(mr_strbuf *buf, uint64_t value);

static inline mr_bytes mr_strbuf_bytes(const mr_strbuf *buf) /* borrowed until the next append */
{
    return (mr_bytes){buf->at, buf->len};
}

/* The text, "" when empty. Borrowed until the next append. */
static inline const char *mr_strbuf_text(const mr_strbuf *buf)
{
    return buf->at == NULL ? "" : buf->at;
}

/* Hands the memory over (NUL-ended, never NULL) and leaves the buffer empty. */
char *mr_strbuf_take(mr_strbuf *buf);

#endif
