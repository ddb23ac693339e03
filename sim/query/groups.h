/*
 * groups.h - a table of groups: keys to running counts, sums and extremes. Part of aggregate.h's
 * implementation, apart so that it can be read and tested alone.
 */
#ifndef MR_SIM_QUERY_GROUPS_H
#define MR_SIM_QUERY_GROUPS_H

#include "sim/base/strbuf.h"
#include "sim/query/aggregate.h"

__extension__ typedef __int128 mr_i128; /* sums of bigints never overflow on the way */

typedef struct mr_group_state {
    int64_t count;
    mr_i128 sum;
    double real;
    mr_datum best; /* of min and max; its text is owned */
} mr_group_state;

typedef struct mr_group {
    uint64_t hash;
    size_t key; /* place in keys */
    uint32_t key_len;
} mr_group;

struct mr_groups {
    size_t key_count, call_count;
    mr_aggregate_call *calls; /* owned copy */
    mr_group *items;
    size_t count, capacity;
    mr_group_state *states; /* call_count for each group */
    size_t states_capacity;
    mr_strbuf keys;  /* the encoded keys, one after the other */
    uint32_t *index; /* open addressing: group number + 1, 0 when free */
    size_t index_size;
    size_t last; /* the group found last: rows of one group often follow each other */
};

mr_groups *mr_groups_new(size_t key_count, const mr_aggregate_call *calls, size_t call_count);

/* A key's values one after the other, with their kinds: equal bytes, equal keys. */
void mr_group_key_append(mr_strbuf *key, const mr_datum *value);

/* The group of an encoded key, made when it is new. */
size_t mr_groups_find(mr_groups *groups, mr_bytes key);

/* Adds one row's value to a call's state; value: NULL for COUNT_ROWS. */
void mr_groups_add(mr_groups *groups, size_t group, size_t call, const mr_datum *value);

/* Adds all groups of another table of the same calls. */
void mr_groups_join(mr_groups *groups, const mr_groups *more);

#endif
