/* live_counts.c - see live_counts.h. One map of counters for each noun, by name. */
#include "src/web/live_counts.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/base/timefmt.h"

#include <string.h>

/* A second that ended longer ago than this has been followed by idle ones. */
#define SECOND_IS_OLD_US (2 * MR_US_PER_SECOND)

typedef struct shard_slot {
    mr_traffic total, second;
    int64_t second_end_us; /* of `second` */
} shard_slot;

struct mr_live_counts {
    mr_sim *sim;
    mr_map *shards;    /* "stream/shard" to shard_slot */
    mr_map *flushes;   /* "delivery/sink" to mr_flush */
    mr_map *functions; /* name to mr_function_counts */
    mr_map *buckets;   /* name to mr_bucket_counts */
    mr_query_counts queries;
    uint64_t changes;
};

/* ---- slots ---- */

/* The value of "a/b" (b NULL: "a"), made of zeros when it is not there. */
static void *slot_of(mr_map *map, const char *a, const char *b, size_t size)
{
    char *key = mr_format("%s%s%s", a, b == NULL ? "" : "/", b == NULL ? "" : b);
    void *value = mr_map_get(map, mr_bytes_of(key));
    if (value == NULL) {
        value = mr_calloc(1, size);
        (void)mr_map_put(map, mr_bytes_of(key), value);
    }
    mr_free(key);
    return value;
}

static const void *find_slot(const mr_map *map, const char *a, const char *b)
{
    char *key = mr_format("%s%s%s", a, b == NULL ? "" : "/", b == NULL ? "" : b);
    const void *value = mr_map_get(map, mr_bytes_of(key));
    mr_free(key);
    return value;
}

static void free_map(mr_map *map)
{
    void **values = mr_map_sorted(map);
    for (size_t i = 0; i < mr_map_count(map); i++) {
        mr_free(values[i]);
    }
    mr_free(values);
    mr_map_free(map);
}

/* ---- hearing ---- */

static void add_traffic(mr_traffic *traffic, const mr_event *event)
{
    if (event->type == MR_EVENT_PUT) {
        traffic->records += event->records;
        traffic->bytes += event->bytes;
    } else if (event->type == MR_EVENT_THROTTLED) {
        traffic->throttled += event->records;
    } else {
        traffic->read_records += event->records;
        traffic->read_bytes += event->bytes;
    }
}

static void hear_rate(mr_live_counts *counts, const mr_event *event, int64_t time_us)
{
    shard_slot *slot = slot_of(counts->shards, event->stream, event->shard, sizeof(*slot));
    if (slot->second_end_us != time_us) {
        slot->second = (mr_traffic){0};
        slot->second_end_us = time_us;
    }
    add_traffic(&slot->total, event);
    add_traffic(&slot->second, event);
}

static const char *reason_of(const char *reason)
{
    static const char *const words[] = {"size", "interval", "drain"};
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (reason != NULL && strcmp(reason, words[i]) == 0) {
            return words[i];
        }
    }
    return "other";
}

static void hear_flush(mr_live_counts *counts, const mr_event *event, int64_t time_us)
{
    mr_flush *flush = slot_of(counts->flushes, event->delivery, event->sink, sizeof(*flush));
    *flush = (mr_flush){.reason = reason_of(event->reason),
                        .time_us = time_us,
                        .records = event->records,
                        .bytes = event->bytes};
}

static void hear_function(mr_live_counts *counts, const mr_event *event)
{
    mr_function_counts *slot = slot_of(counts->functions, event->function, NULL, sizeof(*slot));
    if (event->type == MR_EVENT_INVOKED) {
        slot->invocations++;
        slot->records += event->records;
        return;
    }
    const bool is_ok = event->reason != NULL && strcmp(event->reason, "ok") == 0;
    const bool is_throttled = event->reason != NULL && strcmp(event->reason, "throttled") == 0;
    slot->throttles += is_throttled;
    slot->errors += !is_ok && !is_throttled;
    slot->last_us = event->duration_us;
    slot->total_us += event->duration_us;
}

static void hear_object(mr_live_counts *counts, const mr_event *event)
{
    mr_bucket_counts *slot = slot_of(counts->buckets, event->bucket, NULL, sizeof(*slot));
    slot->objects++;
    slot->bytes += event->bytes;
}

static void hear_query(mr_live_counts *counts, const mr_event *event)
{
    const char *state = event->reason == NULL ? "" : event->reason;
    counts->queries.succeeded += strcmp(state, "succeeded") == 0;
    counts->queries.failed += strcmp(state, "failed") == 0;
    counts->queries.cancelled += strcmp(state, "cancelled") == 0;
    counts->queries.bytes_scanned += event->bytes;
}

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)line;
    mr_live_counts *counts = context;
    counts->changes++;
    switch (event->type) {
    case MR_EVENT_PUT:
    case MR_EVENT_THROTTLED:
    case MR_EVENT_READ:
        hear_rate(counts, event, time_us);
        break;
    case MR_EVENT_BUFFER_FLUSHED:
        hear_flush(counts, event, time_us);
        break;
    case MR_EVENT_INVOKED:
    case MR_EVENT_ANSWERED:
        hear_function(counts, event);
        break;
    case MR_EVENT_OBJECT_WRITTEN:
        hear_object(counts, event);
        break;
    case MR_EVENT_QUERY_RUN:
        hear_query(counts, event);
        break;
    default:
        break;
    }
}

/* ---- making ---- */

static void read_buckets(mr_live_counts *counts)
{
    mr_store *store = mr_sim_store(counts->sim);
    char **buckets = mr_store_buckets(store);
    for (size_t i = 0; buckets[i] != NULL; i++) {
        mr_bucket_counts *slot = slot_of(counts->buckets, buckets[i], NULL, sizeof(*slot));
        mr_error err;
        if (mr_store_totals(store, buckets[i], &slot->objects, &slot->bytes, &err) != MR_OK) {
            mr_trace_warn_about(mr_sim_trace(counts->sim), &(mr_event){.bucket = buckets[i]},
                                "the objects of bucket %s are not counted: %s", buckets[i],
                                err.message);
        }
        mr_free(buckets[i]);
    }
    mr_free(buckets);
}

mr_live_counts *mr_live_counts_new(mr_sim *sim)
{
    mr_live_counts *counts = mr_calloc(1, sizeof(*counts));
    *counts = (mr_live_counts){.sim = sim,
                               .shards = mr_map_new(),
                               .flushes = mr_map_new(),
                               .functions = mr_map_new(),
                               .buckets = mr_map_new()};
    read_buckets(counts);
    mr_trace_listen(mr_sim_trace(sim), on_event, counts, false);
    return counts;
}

void mr_live_counts_free(mr_live_counts *counts)
{
    if (counts == NULL) {
        return;
    }
    mr_trace_unlisten(mr_sim_trace(counts->sim), on_event, counts);
    free_map(counts->shards);
    free_map(counts->flushes);
    free_map(counts->functions);
    free_map(counts->buckets);
    mr_free(counts);
}

/* ---- asking ---- */

mr_shard_counts mr_live_shard(const mr_live_counts *counts, const char *stream, const char *shard)
{
    const shard_slot *slot = find_slot(counts->shards, stream, shard);
    mr_shard_counts out = {.total = {0}};
    if (slot != NULL) {
        const int64_t now_us = mr_clock_wall_us(mr_sim_clock(counts->sim));
        out.total = slot->total;
        out.second = now_us - slot->second_end_us < SECOND_IS_OLD_US ? slot->second : out.second;
    }
    return out;
}

mr_flush mr_live_flush(const mr_live_counts *counts, const char *delivery, const char *sink)
{
    const mr_flush none = {.reason = NULL};
    const mr_flush *flush = find_slot(counts->flushes, delivery, sink);
    return flush == NULL ? none : *flush;
}

mr_function_counts mr_live_function(const mr_live_counts *counts, const char *function)
{
    const mr_function_counts *slot = find_slot(counts->functions, function, NULL);
    const mr_function_counts none = {0};
    return slot == NULL ? none : *slot;
}

mr_bucket_counts mr_live_bucket(const mr_live_counts *counts, const char *bucket)
{
    const mr_bucket_counts *slot = find_slot(counts->buckets, bucket, NULL);
    const mr_bucket_counts none = {0};
    return slot == NULL ? none : *slot;
}

mr_query_counts mr_live_queries(const mr_live_counts *counts)
{
    return counts->queries;
}

uint64_t mr_live_changes(const mr_live_counts *counts)
{
    return counts->changes;
}
