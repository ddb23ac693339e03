/*
 * partitions.c - see partitions.h.
 *
 * A partition whose sink has nothing left is out of the list and of the map at once, but released
 * with the next record: it says so from inside of its sink.
 */
#include "sim/firehose/partitions.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"

#include <inttypes.h>

typedef struct partition {
    mr_partition_sinks *owner;
    struct partition *next, *before; /* of the active ones, oldest first; next: also of the gone */
    char *identity;                  /* owned, identity_len bytes */
    size_t identity_len;
    mr_bytes *values; /* owned, with their bytes in one piece behind them */
    mr_sink *sink;
    bool is_replaced; /* by other settings: it takes no records */
} partition;

struct mr_partition_sinks {
    mr_sink_options sink;
    size_t most, key_count;
    mr_spool *spool;
    mr_map *by_identity;
    partition *first, *last;
    partition *latest; /* that a record went to: the next one may go there too */
    partition *gone;
    size_t active;
    bool is_exceeded;
    mr_strbuf identity;    /* of the record being written */
    mr_sink_counts before; /* of the partitions that are no more */
};

/* ---- making and releasing ---- */

mr_partition_sinks *mr_partition_sinks_new(const mr_sink_options *sink, size_t most)
{
    mr_partition_sinks *partitions = mr_calloc(1, sizeof(*partitions));
    char *name = mr_format("spool-%s", sink->delivery);
    partitions->spool = mr_spool_new(sink->store, name);
    mr_free(name);
    partitions->sink = *sink;
    partitions->sink.spool = partitions->spool;
    partitions->most = most;
    (void)mr_prefix_keys(sink->prefix, &partitions->key_count);
    partitions->by_identity = mr_map_new();
    partitions->identity = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return partitions;
}

static void partition_free(partition *p)
{
    mr_sink_free(p->sink);
    mr_free(p->identity);
    mr_free(p->values);
    mr_free(p);
}

static void free_list(partition *first)
{
    for (partition *p = first, *next; p != NULL; p = next) {
        next = p->next;
        partition_free(p);
    }
}

void mr_partition_sinks_free(mr_partition_sinks *partitions)
{
    if (partitions == NULL) {
        return;
    }
    MR_ASSERT(partitions->sink.ordinals != NULL);
    free_list(partitions->first);
    free_list(partitions->gone);
    mr_map_free(partitions->by_identity);
    mr_strbuf_deinit(&partitions->identity);
    mr_spool_free(partitions->spool);
    mr_free(partitions);
}

/* ---- callbacks of the sinks ---- */

static void retire(partition *p)
{
    mr_partition_sinks *owner = p->owner;
    mr_sink_counts counts = mr_sink_count(p->sink);
    mr_sink_counts_add(&owner->before, &counts);
    *(p->before == NULL ? &owner->first : &p->before->next) = p->next;
    *(p->next == NULL ? &owner->last : &p->next->before) = p->before;
    owner->latest = owner->latest == p ? NULL : owner->latest;
    if (!p->is_replaced) {
        (void)mr_map_remove(owner->by_identity, mr_bytes_make(p->identity, p->identity_len));
    }
    owner->active--;
    owner->is_exceeded = false;
    p->next = owner->gone;
    owner->gone = p;
}

static void on_settled(void *context)
{
    partition *p = context;
    mr_partition_sinks *owner = p->owner;
    if (mr_sink_is_idle(p->sink)) {
        retire(p);
    }
    owner->sink.on_settled(owner->sink.context);
}

static void on_broken(void *context, const mr_error *error)
{
    const partition *p = context;
    p->owner->sink.on_broken(p->owner->sink.context, error);
}

static void on_refused(void *context, const mr_origin *origin, mr_bytes data,
                       const mr_error *refusal, uint32_t attempts)
{
    const partition *p = context;
    p->owner->sink.on_refused(p->owner->sink.context, origin, data, refusal, attempts);
}

/* ---- writing ---- */

static mr_bytes *copy_values(const mr_bytes *values, size_t count)
{
    size_t size = count * sizeof(*values);
    for (size_t i = 0; i < count; i++) {
        size += values[i].len;
    }
    mr_bytes *copy = mr_alloc(size);
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, values[i].at, values[i].len);
        copy[i] = mr_bytes_make(at, values[i].len);
        at += values[i].len;
    }
    return copy;
}

static partition *partition_new(mr_partition_sinks *owner, const mr_bytes *values)
{
    partition *p = mr_calloc(1, sizeof(*p));
    mr_sink_options options = owner->sink;
    p->owner = owner;
    p->identity_len = owner->identity.len;
    p->identity = mr_alloc(p->identity_len);
    memcpy(p->identity, owner->identity.at, p->identity_len);
    p->values = copy_values(values, owner->key_count);
    options.values = p->values;
    options.on_settled = on_settled;
    options.on_broken = on_broken;
    options.on_refused = on_refused;
    options.context = p;
    mr_code code = mr_sink_new(&options, &p->sink, NULL);
    MR_ASSERT(code == MR_OK); /* with ordinals given, nothing is read */

    p->before = owner->last;
    *(owner->last == NULL ? &owner->first : &owner->last->next) = p;
    owner->last = p;
    owner->active++;
    (void)mr_map_put(owner->by_identity, mr_strbuf_bytes(&owner->identity), p);
    return p;
}

/* Said once for each time that it comes to this. */
static void exceeded(mr_partition_sinks *partitions)
{
    if (!partitions->is_exceeded) {
        partitions->is_exceeded = true;
        mr_trace_warn_about(
            partitions->sink.trace, &(mr_event){.delivery = partitions->sink.delivery},
            "delivery stream %s has %zu active partitions, and no more may be: records of "
            "new ones go to the error output",
            partitions->sink.delivery, partitions->active);
    }
}

static partition *find(mr_partition_sinks *partitions)
{
    mr_bytes identity = mr_strbuf_bytes(&partitions->identity);
    partition *latest = partitions->latest;
    if (latest != NULL &&
        mr_bytes_equal(identity, mr_bytes_make(latest->identity, latest->identity_len))) {
        return latest;
    }
    return mr_map_get(partitions->by_identity, identity);
}

mr_partition_verdict mr_partition_sinks_write(mr_partition_sinks *partitions,
                                              const mr_origin *origin, const mr_bytes *values,
                                              mr_bytes data)
{
    free_list(partitions->gone);
    partitions->gone = NULL;
    mr_strbuf_reset(&partitions->identity);
    if (!mr_prefix_partition(partitions->sink.prefix, values, &partitions->identity)) {
        return MR_PARTITION_TOO_LONG;
    }
    partition *p = find(partitions);
    if (p == NULL && partitions->active >= partitions->most) {
        exceeded(partitions);
        return MR_PARTITION_TOO_MANY;
    }
    p = p != NULL ? p : partition_new(partitions, values);
    partitions->latest = p;
    mr_sink_write(p->sink, origin, data);
    return MR_PARTITION_TAKEN;
}

void mr_partition_sinks_flush(mr_partition_sinks *partitions, mr_flush_reason reason)
{
    for (partition *p = partitions->first, *next; p != NULL; p = next) {
        next = p->next; /* p may be retired by its flush, and p alone */
        mr_sink_flush(p->sink, reason);
    }
}

void mr_partition_sinks_reconfigure(mr_partition_sinks *partitions, const mr_sink_options *sink)
{
    mr_partition_sinks_flush(partitions, MR_FLUSH_DRAIN);
    mr_spool *spool = partitions->spool;
    partitions->sink = *sink;
    partitions->sink.spool = spool;
    (void)mr_prefix_keys(sink->prefix, &partitions->key_count);
    partitions->latest = NULL;
    mr_map_free(partitions->by_identity); /* what is on its way is no place for new records */
    partitions->by_identity = mr_map_new();
    for (partition *p = partitions->first; p != NULL; p = p->next) {
        p->is_replaced = true;
    }
}

/* ---- questions ---- */

bool mr_partition_sinks_are_idle(const mr_partition_sinks *partitions)
{
    return partitions->active == 0;
}

bool mr_partition_sinks_have_room(const mr_partition_sinks *partitions)
{
    for (const partition *p = partitions->first; p != NULL; p = p->next) {
        if (mr_sink_waiting(p->sink) >= MR_DELIVERY_SEALED_MAX) {
            return false;
        }
    }
    return mr_spool_held(partitions->spool) < MR_SPOOL_HELD_MAX;
}

size_t mr_partition_sinks_active(const mr_partition_sinks *partitions)
{
    return partitions->active;
}

mr_sink_counts mr_partition_sinks_count(const mr_partition_sinks *partitions)
{
    mr_sink_counts sum = partitions->before;
    for (const partition *p = partitions->first; p != NULL; p = p->next) {
        mr_sink_counts counts = mr_sink_count(p->sink);
        mr_sink_counts_add(&sum, &counts);
    }
    return sum;
}

mr_buffer_gauge mr_partition_sinks_gauge(const mr_partition_sinks *partitions)
{
    mr_buffer_gauge all = {.sink = partitions->sink.name, .bytes_max = partitions->sink.size_bytes};
    for (const partition *p = partitions->first; p != NULL; p = p->next) {
        mr_buffer_gauge one = mr_sink_gauge(p->sink);
        if (one.due_us == 0) {
            continue;
        }
        all.records += one.records;
        all.bytes += one.bytes;
        if (all.due_us == 0 || one.due_us < all.due_us) {
            all.opened_us = one.opened_us;
            all.due_us = one.due_us;
        }
    }
    return all;
}

mr_code mr_partition_sinks_check(const mr_partition_sinks *partitions, mr_error *err)
{
    size_t active = 0, taking = 0;
    mr_code code = MR_OK;
    for (const partition *p = partitions->first; p != NULL && code == MR_OK; p = p->next) {
        active++;
        taking += p->is_replaced ? 0 : 1;
        if (mr_sink_is_idle(p->sink)) {
            return mr_error_set(err, MR_CORRUPT,
                                "delivery stream %s: partition \"%.100s\" has nothing, and is "
                                "still there",
                                partitions->sink.delivery, p->identity);
        }
        code = mr_sink_check(p->sink, err);
    }
    if (code == MR_OK && (active != partitions->active || active > partitions->most ||
                          taking != mr_map_count(partitions->by_identity))) {
        code =
            mr_error_set(err, MR_CORRUPT,
                         "delivery stream %s: %zu active partitions, counted as %zu, of at most "
                         "%zu",
                         partitions->sink.delivery, active, partitions->active, partitions->most);
    }
    return code;
}
