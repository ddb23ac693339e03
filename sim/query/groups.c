/* groups.c - see groups.h. */
#include "sim/query/groups.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

mr_groups *mr_groups_new(size_t key_count, const mr_aggregate_call *calls, size_t call_count)
{
    mr_groups *groups = mr_calloc(1, sizeof(*groups));
    groups->key_count = key_count;
    groups->call_count = call_count;
    groups->calls = mr_calloc(call_count + 1, sizeof(*groups->calls));
    if (call_count > 0) {
        memcpy(groups->calls, calls, call_count * sizeof(*calls));
    }
    groups->keys = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    groups->index_size = 64;
    groups->index = mr_calloc(groups->index_size, sizeof(*groups->index));
    if (key_count == 0) {
        (void)mr_groups_find(groups, mr_bytes_make("", 0));
    }
    return groups;
}

static void free_best(mr_group_state *state)
{
    if (state->best.kind == MR_DATUM_TEXT) {
        mr_free((char *)(uintptr_t)state->best.text.at);
    }
}

void mr_groups_free(mr_groups *groups)
{
    if (groups == NULL) {
        return;
    }
    for (size_t i = 0; i < groups->count * groups->call_count; i++) {
        free_best(&groups->states[i]);
    }
    mr_free(groups->calls);
    mr_free(groups->items);
    mr_free(groups->states);
    mr_strbuf_deinit(&groups->keys);
    mr_free(groups->index);
    mr_free(groups);
}

/* ---- keys ---- */

void mr_group_key_append(mr_strbuf *key, const mr_datum *value)
{
    char head[9];
    head[0] = (char)value->kind;
    uint64_t len;
    switch (value->kind) {
    case MR_DATUM_NULL:
        mr_strbuf_append(key, head, 1);
        return;
    case MR_DATUM_INT:
        memcpy(head + 1, &value->integer, 8);
        mr_strbuf_append(key, head, 9);
        return;
    case MR_DATUM_DOUBLE: {
        double real = value->real == 0 ? 0.0 : value->real; /* -0.0 is 0.0's group */
        memcpy(head + 1, &real, 8);
        mr_strbuf_append(key, head, 9);
        return;
    }
    case MR_DATUM_TEXT:
        len = value->text.len;
        memcpy(head + 1, &len, 8);
        mr_strbuf_append(key, head, 9);
        mr_strbuf_append_bytes(key, value->text);
        return;
    }
}

static mr_bytes key_of(const mr_groups *groups, size_t group)
{
    return mr_bytes_make(groups->keys.at + groups->items[group].key, groups->items[group].key_len);
}

mr_datum mr_groups_key(const mr_groups *groups, size_t group, size_t key)
{
    const char *p = key_of(groups, group).at;
    for (;; key--) {
        mr_datum datum = {.kind = (mr_datum_kind)*p++};
        uint64_t len = 0;
        if (datum.kind == MR_DATUM_INT) {
            memcpy(&datum.integer, p, 8);
            p += 8;
        } else if (datum.kind == MR_DATUM_DOUBLE) {
            memcpy(&datum.real, p, 8);
            p += 8;
        } else if (datum.kind == MR_DATUM_TEXT) {
            memcpy(&len, p, 8);
            datum.text = mr_bytes_make(p + 8, (size_t)len);
            p += 8 + len;
        }
        if (key == 0) {
            return datum;
        }
    }
}

static void index_put(mr_groups *groups, uint64_t hash, size_t group)
{
    size_t place = (size_t)hash & (groups->index_size - 1);
    while (groups->index[place] != 0) {
        place = (place + 1) & (groups->index_size - 1);
    }
    groups->index[place] = (uint32_t)group + 1;
}

static void index_grow(mr_groups *groups)
{
    groups->index_size *= 2;
    mr_free(groups->index);
    groups->index = mr_calloc(groups->index_size, sizeof(*groups->index));
    for (size_t i = 0; i < groups->count; i++) {
        index_put(groups, groups->items[i].hash, i);
    }
}

static size_t group_new(mr_groups *groups, uint64_t hash, mr_bytes key)
{
    MR_ASSERT(groups->count < UINT32_MAX - 1);
    if ((groups->count + 1) * 2 > groups->index_size) {
        index_grow(groups);
    }
    MR_GROW(groups->items, groups->count, groups->capacity);
    size_t group = groups->count++;
    groups->items[group] =
        (mr_group){.hash = hash, .key = groups->keys.len, .key_len = (uint32_t)key.len};
    mr_strbuf_append_bytes(&groups->keys, key);
    size_t need = groups->count * groups->call_count;
    if (need > groups->states_capacity) {
        groups->states_capacity = mr_max_size(need, groups->states_capacity * 2);
        groups->states =
            mr_reallocarray(groups->states, groups->states_capacity, sizeof(*groups->states));
    }
    if (groups->call_count > 0) {
        memset(groups->states + group * groups->call_count, 0,
               groups->call_count * sizeof(*groups->states));
    }
    index_put(groups, hash, group);
    return group;
}

size_t mr_groups_find(mr_groups *groups, mr_bytes key)
{
    if (groups->count > 0 && mr_bytes_equal(key_of(groups, groups->last), key)) {
        return groups->last;
    }
    uint64_t hash = mr_hash64(key.at, key.len);
    size_t place = (size_t)hash & (groups->index_size - 1);
    for (; groups->index[place] != 0; place = (place + 1) & (groups->index_size - 1)) {
        size_t group = groups->index[place] - 1;
        if (groups->items[group].hash == hash && mr_bytes_equal(key_of(groups, group), key)) {
            groups->last = group;
            return group;
        }
    }
    groups->last = group_new(groups, hash, key);
    return groups->last;
}

/* ---- states ---- */

static void take_best(mr_group_state *state, const mr_datum *value, bool smaller)
{
    if (state->best.kind != MR_DATUM_NULL) {
        int order = mr_datum_compare(value, &state->best);
        if (smaller ? order >= 0 : order <= 0) {
            return;
        }
    }
    free_best(state);
    state->best = *value;
    if (value->kind == MR_DATUM_TEXT) {
        state->best.text.at = mr_bytes_dup(value->text);
    }
}

void mr_groups_add(mr_groups *groups, size_t group, size_t call, const mr_datum *value)
{
    mr_group_state *state = &groups->states[group * groups->call_count + call];
    mr_aggregate_fn fn = groups->calls[call].fn;
    if (fn == MR_AGGREGATE_COUNT_ROWS) {
        state->count++;
        return;
    }
    if (value->kind == MR_DATUM_NULL) {
        return;
    }
    state->count++;
    switch (fn) {
    case MR_AGGREGATE_SUM:
    case MR_AGGREGATE_AVG:
        if (value->kind == MR_DATUM_INT) {
            state->sum += value->integer;
        } else {
            state->real += value->real;
        }
        break;
    case MR_AGGREGATE_MIN:
    case MR_AGGREGATE_MAX:
        take_best(state, value, fn == MR_AGGREGATE_MIN);
        break;
    case MR_AGGREGATE_COUNT_ROWS:
    case MR_AGGREGATE_COUNT:
        break;
    }
}

void mr_groups_join(mr_groups *groups, const mr_groups *more)
{
    for (size_t i = 0; i < more->count; i++) {
        size_t group = mr_groups_find(groups, key_of(more, i));
        for (size_t call = 0; call < groups->call_count; call++) {
            mr_group_state *into = &groups->states[group * groups->call_count + call];
            const mr_group_state *from = &more->states[i * more->call_count + call];
            into->count += from->count;
            into->sum += from->sum;
            into->real += from->real;
            if (from->best.kind != MR_DATUM_NULL) {
                take_best(into, &from->best, groups->calls[call].fn == MR_AGGREGATE_MIN);
            }
        }
    }
}

size_t mr_groups_count(const mr_groups *groups)
{
    return groups->count;
}

mr_code mr_groups_value(const mr_groups *groups, size_t group, size_t call, mr_datum *out,
                        mr_error *err)
{
    const mr_group_state *state = &groups->states[group * groups->call_count + call];
    const mr_aggregate_call *c = &groups->calls[call];
    *out = (mr_datum){0};
    switch (c->fn) {
    case MR_AGGREGATE_COUNT_ROWS:
    case MR_AGGREGATE_COUNT:
        *out = mr_datum_int(state->count);
        break;
    case MR_AGGREGATE_SUM:
        if (state->count == 0) {
            break;
        }
        if (c->real) {
            *out = mr_datum_double(state->real);
        } else if (state->sum > INT64_MAX || state->sum < INT64_MIN) {
            return mr_error_set(err, MR_QUERY_FAILED,
                                "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow in sum()");
        } else {
            *out = mr_datum_int((int64_t)state->sum);
        }
        break;
    case MR_AGGREGATE_AVG:
        if (state->count > 0) {
            double sum = c->real ? state->real : (double)state->sum;
            *out = mr_datum_double(sum / (double)state->count);
        }
        break;
    case MR_AGGREGATE_MIN:
    case MR_AGGREGATE_MAX:
        *out = state->best;
        break;
    }
    return MR_OK;
}
