/*
 * alloc.h - memory that is there or ends the program.
 *
 * Every size from outside is checked against a named limit before it comes here; running out
 * then is the machine's fault, and the program ends with one clear line and status 3.
 */
#ifndef MR_SIM_BASE_ALLOC_H
#define MR_SIM_BASE_ALLOC_H

#include "sim/base/base.h"
#include "sim/base/bytes.h"

void *mr_alloc(size_t size);                /* not zeroed; never NULL, also for size 0 */
void *mr_calloc(size_t count, size_t size); /* zeroed; the product is checked */
void *mr_realloc(void *memory, size_t size);
void *mr_reallocarray(void *memory, size_t count, size_t size);
void mr_free(void *memory); /* NULL is fine */

char *mr_strdup(const char *text);              /* NULL gives NULL */
char *mr_strndup(const char *text, size_t len); /* always ends in NUL */
char *mr_bytes_dup(mr_bytes bytes);             /* copied, with a NUL after the last byte */
char *mr_format(const char *format, ...) MR_PRINTF(1, 2); /* owned by the caller */

/* Makes room for one more element in a growing array: doubles *capacity when count reaches it.
 * Used as  MR_GROW(list->items, list->count, list->capacity);  then  list->items[list->count++]. */
#define MR_GROW(items, count, capacity)                                                            \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (capacity) = (capacity) == 0 ? 8 : (capacity)*2;                                       \
            (items) = mr_reallocarray((items), (capacity), sizeof(*(items)));                      \
        }                                                                                          \
    } while (0)

#endif
