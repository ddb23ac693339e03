/* arena.c - see arena.h. */
#include "sim/base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#define ARENA_BLOCK_BYTES (32 * MR_KIB)
#define ARENA_ALIGNMENT   _Alignof(max_align_t)
#define ARENA_ITEMS_MIN   4 /* a power of two */

typedef struct arena_block arena_block;
struct arena_block {
    arena_block *next;
    size_t used, size;
    max_align_t bytes[]; /* `size` bytes */
};

struct mr_arena {
    arena_block *blocks; /* the newest first */
};

mr_arena *mr_arena_new(void)
{
    return mr_calloc(1, sizeof(mr_arena));
}

void mr_arena_free(mr_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_block *block = arena->blocks;
    while (block != NULL) {
        arena_block *next = block->next;
        mr_free(block);
        block = next;
    }
    mr_free(arena);
}

void *mr_arena_alloc(mr_arena *arena, size_t size)
{
    MR_ASSERT(size < SIZE_MAX / 4);
    size_t rounded = (size + ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        size_t room = mr_max_size(rounded, ARENA_BLOCK_BYTES);
        block = mr_alloc(sizeof(*block) + room);
        block->next = arena->blocks;
        block->used = 0;
        block->size = room;
        arena->blocks = block;
    }
    void *memory = (char *)block->bytes + block->used;
    block->used += rounded;
    memset(memory, 0, rounded);
    return memory;
}

char *mr_arena_copy(mr_arena *arena, mr_bytes bytes)
{
    char *copy = mr_arena_alloc(arena, bytes.len + 1);
    if (bytes.len > 0) {
        memcpy(copy, bytes.at, bytes.len);
    }
    return copy;
}

char *mr_arena_text(mr_arena *arena, const char *text)
{
    return text == NULL ? NULL : mr_arena_copy(arena, mr_bytes_of(text));
}

char *mr_arena_format(mr_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MR_ASSERT(len >= 0);

    char *text = mr_arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

/* An array has room for ARENA_ITEMS_MIN elements, then for the next power of two. */
void *mr_arena_grow(mr_arena *arena, void *items, size_t count, size_t size)
{
    bool full = count == 0 || (count >= ARENA_ITEMS_MIN && (count & (count - 1)) == 0);
    if (!full) {
        return items;
    }
    size_t room = count == 0 ? ARENA_ITEMS_MIN : count * 2;
    void *grown = mr_arena_alloc(arena, room * size);
    if (count > 0) {
        memcpy(grown, items, count * size);
    }
    return grown;
}
