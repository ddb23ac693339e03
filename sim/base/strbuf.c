/* strbuf.c - see strbuf.h. */
#include "sim/base/strbuf.h"

#include "sim/base/alloc.h"

#include <stdio.h>

void mr_strbuf_deinit(mr_strbuf *buf)
{
    mr_free(buf->at);
    buf->at = NULL;
    buf->len = 0;
    buf->capacity = 0;
    buf->overflowed = false;
}

bool mr_strbuf_grow(mr_strbuf *buf, size_t n)
{
    if (buf->overflowed) {
        return false;
    }
    MR_ASSERT(buf->len <= buf->limit);
    if (n > buf->limit - buf->len) {
        buf->overflowed = true;
        return false;
    }
    if (buf->capacity - buf->len > n) {
        return true;
    }
    /* Never more than the limit needs: mr_strbuf_reserve() looks at the capacity alone. */
    size_t needed = buf->len + n + 1;
    size_t roomy = mr_max_size(mr_max_size(needed, buf->capacity * 2), 64);
    buf->capacity = mr_min_size(roomy, buf->limit + 1);
    if (buf->len == 0) { /* realloc() would copy what nobody reads */
        mr_free(buf->at);
        buf->at = NULL;
    }
    buf->at = mr_realloc(buf->at, buf->capacity);
    buf->at[buf->len] = '\0';
    return true;
}

void mr_strbuf_vappendf(mr_strbuf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    /* The analyser does not see that va_copy starts it. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    MR_ASSERT(len >= 0);

    char *room = mr_strbuf_reserve(buf, (size_t)len);
    if (room != NULL) {
        int written = vsnprintf(room, (size_t)len + 1, format, args);
        MR_ASSERT(written == len);
        mr_strbuf_commit(buf, (size_t)len);
    }
}

void mr_strbuf_appendf(mr_strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    mr_strbuf_vappendf(buf, format, args);
    va_end(args);
}

void mr_strbuf_append_uint64(mr_strbuf *buf, uint64_t value)
{
    char digits[20]; /* of UINT64_MAX */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    mr_strbuf_append(buf, digits + at, sizeof(digits) - at);
}

void mr_strbuf_append_int64(mr_strbuf *buf, int64_t value)
{
    if (value < 0) {
        mr_strbuf_append_char(buf, '-');
        mr_strbuf_append_uint64(buf, 0 - (uint64_t)value);
    } else {
        mr_strbuf_append_uint64(buf, (uint64_t)value);
    }
}

char *mr_strbuf_take(mr_strbuf *buf)
{
    char *text = buf->at == NULL ? mr_strdup("") : buf->at;
    buf->at = NULL;
    buf->len = 0;
    buf->capacity = 0;
    buf->overflowed = false;
    return text;
}
