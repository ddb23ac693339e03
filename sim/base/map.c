/*
 * map.c - see map.h. Open addressing with linear probing; a removal moves later entries of the
 * run back, so there are no tombstones.
 */
#include "sim/base/map.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#include <stdlib.h>

typedef struct entry {
    char *key; /* owned */
    size_t len;
    uint64_t hash;
    void *value; /* NULL: the place is free */
} entry;

struct mr_map {
    entry *entries;
    size_t capacity; /* a power of two, at least 4/3 of count */
    size_t count;
};

mr_map *mr_map_new(void)
{
    return mr_calloc(1, sizeof(mr_map));
}

void mr_map_free(mr_map *map)
{
    if (map == NULL) {
        return;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        mr_free(map->entries[i].key);
    }
    mr_free(map->entries);
    mr_free(map);
}

/* The place of the key, or the free place where it belongs. */
static size_t place_of(const mr_map *map, mr_bytes key, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t place = (size_t)hash & mask;
    for (;;) {
        const entry *e = &map->entries[place];
        if (e->value == NULL ||
            (e->hash == hash && mr_bytes_equal(mr_bytes_make(e->key, e->len), key))) {
            return place;
        }
        place = (place + 1) & mask;
    }
}

static void grow(mr_map *map)
{
    mr_map bigger = {.capacity = map->capacity == 0 ? 16 : map->capacity * 2, .count = map->count};
    bigger.entries = mr_calloc(bigger.capacity, sizeof(entry));
    for (size_t i = 0; i < map->capacity; i++) {
        const entry *e = &map->entries[i];
        if (e->value != NULL) {
            bigger.entries[place_of(&bigger, mr_bytes_make(e->key, e->len), e->hash)] = *e;
        }
    }
    mr_free(map->entries);
    *map = bigger;
}

void *mr_map_put(mr_map *map, mr_bytes key, void *value)
{
    MR_ASSERT(value != NULL);

    if (map->count >= map->capacity / 4 * 3) {
        grow(map);
    }
    uint64_t hash = mr_hash64(key.at, key.len);
    entry *e = &map->entries[place_of(map, key, hash)];
    void *before = e->value;
    if (before == NULL) {
        e->key = mr_bytes_dup(key);
        e->len = key.len;
        e->hash = hash;
        map->count++;
    }
    e->value = value;
    return before;
}

void *mr_map_get(const mr_map *map, mr_bytes key)
{
    if (map->count == 0) {
        return NULL;
    }
    return map->entries[place_of(map, key, mr_hash64(key.at, key.len))].value;
}

void *mr_map_remove(mr_map *map, mr_bytes key)
{
    if (map->count == 0) {
        return NULL;
    }
    size_t mask = map->capacity - 1;
    size_t hole = place_of(map, key, mr_hash64(key.at, key.len));
    void *value = map->entries[hole].value;
    if (value == NULL) {
        return NULL;
    }
    mr_free(map->entries[hole].key);
    for (size_t next = (hole + 1) & mask; map->entries[next].value != NULL;
         next = (next + 1) & mask) {
        size_t home = (size_t)map->entries[next].hash & mask;
        /* An entry may fill the hole unless its home lies behind the hole. */
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->entries[hole] = map->entries[next];
            hole = next;
        }
    }
    map->entries[hole] = (entry){0};
    map->count--;
    return value;
}

size_t mr_map_count(const mr_map *map)
{
    return map->count;
}

static int by_key(const void *left, const void *right)
{
    const entry *a = *(const entry *const *)left;
    const entry *b = *(const entry *const *)right;
    return mr_bytes_compare(mr_bytes_make(a->key, a->len), mr_bytes_make(b->key, b->len));
}

void **mr_map_sorted(const mr_map *map)
{
    void **sorted = mr_alloc((map->count + 1) * sizeof(*sorted));
    size_t count = 0;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].value != NULL) {
            sorted[count++] = &map->entries[i];
        }
    }
    MR_ASSERT(count == map->count);
    if (count > 0) {
        qsort(sorted, count, sizeof(*sorted), by_key);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = ((entry *)sorted[i])->value;
    }
    return sorted;
}
