/*
 * arena.h - memory that is released all at once: everything a plan points into.
 *
 * Reading a template makes thousands of small pieces that live as long as the plan. They come
 * from here, and one call releases them.
 */
#ifndef MR_SRC_CONFIG_ARENA_H
#define MR_SRC_CONFIG_ARENA_H

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"

typedef struct mr_arena mr_arena;

mr_arena *mr_arena_new(void);
void mr_arena_free(mr_arena *arena); /* NULL is fine */

/* Zeroed, aligned for any type, valid until mr_arena_free(). Never NULL. */
void *mr_arena_alloc(mr_arena *arena, size_t size);
/* A copy with a NUL after the last byte. */
char *mr_arena_copy(mr_arena *arena, mr_bytes bytes);
char *mr_arena_text(mr_arena *arena, const char *text); /* NULL gives NULL */
char *mr_arena_format(mr_arena *arena, const char *format, ...) MR_PRINTF(2, 3);

/* Makes room for one more element of `size` bytes: returns items, or a copy of twice the capacity
 * (the old one stays in the arena). */
void *mr_arena_grow(mr_arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/* Used as  MR_ARENA_GROW(arena, list->items, list->count, list->capacity);  before a store. */
#define MR_ARENA_GROW(arena, items, count, capacity)                                               \
    ((items) = mr_arena_grow((arena), (items), (count), &(capacity), sizeof(*(items))))

#endif
