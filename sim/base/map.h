/*
 * map.h - text to pointer. What leaves a map leaves it sorted: there is no iteration in hash or
 * address order.
 */
#ifndef MR_SIM_BASE_MAP_H
#define MR_SIM_BASE_MAP_H

#include "sim/base/bytes.h"

typedef struct mr_map mr_map;

mr_map *mr_map_new(void);
void mr_map_free(mr_map *map); /* not the values; NULL is fine */

/* Keys are copied. Returns the value that was there before, or NULL. value may not be NULL. */
void *mr_map_put(mr_map *map, mr_bytes key, void *value);
void *mr_map_get(const mr_map *map, mr_bytes key); /* NULL when absent */
void *mr_map_remove(mr_map *map, mr_bytes key);    /* the value, or NULL */
size_t mr_map_count(const mr_map *map);

/* The values in the byte order of their keys. Returned array is owned by the caller (mr_free);
 * it has mr_map_count() entries. */
void **mr_map_sorted(const mr_map *map);

#endif
