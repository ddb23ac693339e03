/*
 * arena.h - memory that is released all at once: many small pieces with one lifetime.
 *
 * Reading a template or a statement makes thousands of nodes and texts that point into each
 * other and live as long as the whole. They come from here, and one call releases them. Nothing
 * in an arena is released before that, so it is not for what comes and goes.
 */
#ifndef MR_SIM_BASE_ARENA_H
#define MR_SIM_BASE_ARENA_H

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"

typedef struct mr_arena mr_arena;

mr_arena *mr_arena_new(void);        /* owned by the caller */
void mr_arena_free(mr_arena *arena); /* NULL is fine */

/* Zeroed, aligned for any type, valid until mr_arena_free(). Never NULL. */
void *mr_arena_alloc(mr_arena *arena, size_t size);

/* Texts in the arena; each has a NUL after its last byte. */
char *mr_arena_copy(mr_arena *arena, mr_bytes bytes);
char *mr_arena_text(mr_arena *arena, const char *text); /* NULL gives NULL */
char *mr_arena_format(mr_arena *arena, const char *format, ...) MR_PRINTF(2, 3);

/*
 * Makes room for one more element in an array that has grown here, one element at a time, from
 * nothing. Its room follows from its count, so nothing else need be kept.
 *
 * items: count elements of size bytes; NULL is fine when count is 0.
 * Returns: items, or a copy with twice the room (the old one stays in the arena).
 */
void *mr_arena_grow(mr_arena *arena, void *items, size_t count, size_t size);

/* Used as  MR_ARENA_GROW(arena, list->items, list->count);  then  list->items[list->count++]. */
#define MR_ARENA_GROW(arena, items, count)                                                         \
    ((items) = mr_arena_grow((arena), (items), (count), sizeof(*(items))))

/* Both steps at once. The value may not itself push to the same array. */
#define MR_ARENA_PUSH(arena, items, count, value)                                                  \
    (MR_ARENA_GROW((arena), (items), (count)), (items)[(count)++] = (value))

#endif
