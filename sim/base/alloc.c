/* alloc.c - see alloc.h. */
#include "sim/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static MR_NORETURN void out_of_memory(size_t size)
{
    fprintf(stderr, "millrace: out of memory (%zu bytes were wanted)\n", size);
    exit(3);
}

void *mr_alloc(size_t size)
{
    void *memory = malloc(size == 0 ? 1 : size);
    if (memory == NULL) {
        out_of_memory(size);
    }
    return memory;
}

void *mr_calloc(size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        count = size = 1;
    }
    void *memory = calloc(count, size); /* checks the product */
    if (memory == NULL) {
        out_of_memory(count > SIZE_MAX / size ? SIZE_MAX : count * size);
    }
    return memory;
}

void *mr_realloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size == 0 ? 1 : size);
    if (moved == NULL) {
        out_of_memory(size);
    }
    return moved;
}

void *mr_reallocarray(void *memory, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory(SIZE_MAX);
    }
    return mr_realloc(memory, count * size);
}

void mr_free(void *memory)
{
    free(memory);
}

char *mr_strdup(const char *text)
{
    return text == NULL ? NULL : mr_strndup(text, strlen(text));
}

char *mr_strndup(const char *text, size_t len)
{
    return mr_bytes_dup(mr_bytes_make(text, len));
}

char *mr_bytes_dup(mr_bytes bytes)
{
    MR_ASSERT(bytes.len < SIZE_MAX);

    char *copy = mr_alloc(bytes.len + 1);
    if (bytes.len > 0) {
        memcpy(copy, bytes.at, bytes.len);
    }
    copy[bytes.len] = '\0';
    return copy;
}

char *mr_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MR_ASSERT(len >= 0);

    char *text = mr_alloc((size_t)len + 1);
    va_start(args, format);
    int again = vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    MR_ASSERT(again == len);
    return text;
}
