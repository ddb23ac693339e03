/* stream.c - putting on a data stream: routing, limits, the answer per record. See stream.h. */
#include "sim/stream/stream.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/stream/state.h"

#define ROUTES_COUNT            1024 /* a power of two */
#define PARTITION_KEY_BYTES_MAX ((size_t)4 * MR_PARTITION_KEY_CHARS_MAX)

_Static_assert(sizeof(mr_route) == 64, "a route is one cache line");

/* ---- routing ---- */

static mr_shard *shard_of_hash(const mr_stream *stream, mr_u128 hash)
{
    size_t low = 0;
    for (size_t high = stream->open_count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (stream->open[middle]->hash_start <= hash) {
            low = middle;
        } else {
            high = middle;
        }
    }
    mr_shard *shard = stream->open[low];
    MR_ASSERT(shard->hash_start <= hash);
    MR_ASSERT(shard->hash_end >= hash); /* open shards cover the whole space */
    return shard;
}

/*
 * Real keys repeat, and MD5 costs more than everything else in a put: the last shard of a key is
 * remembered in a table that is mapped directly and never wrong, only forgetful. The keys of a
 * batch that are not in it are hashed together, which costs a fraction of one after the other.
 */
typedef struct unrouted {
    mr_bytes keys[MR_HASH_KEYS_MAX];
    mr_route *routes[MR_HASH_KEYS_MAX];  /* where each key is going to be remembered */
    mr_shard **shards[MR_HASH_KEYS_MAX]; /* out */
    size_t count;
} unrouted;

_Static_assert(MR_ROUTE_KEY_BYTES <= MR_HASH_KEYS_BYTES_MAX,
               "what is remembered is hashed together");

static void route_together(const mr_stream *stream, unrouted *rest)
{
    mr_u128 hashes[MR_HASH_KEYS_MAX];
    if (rest->count == 0) {
        return;
    }
    mr_hash_keys_of(rest->keys, rest->count, hashes);
    for (size_t i = 0; i < rest->count; i++) {
        const mr_bytes key = rest->keys[i];
        mr_route *route = rest->routes[i];
        route->shard = shard_of_hash(stream, hashes[i]);
        route->key_len = (uint8_t)key.len;
        if (key.len > 0) {
            memcpy(route->key, key.at, key.len);
        }
        *rest->shards[i] = route->shard;
    }
    rest->count = 0;
}

/* shard: out; at once, or in route_together(). */
static void route_key(mr_stream *stream, mr_bytes key, mr_shard **shard, unrouted *rest)
{
    if (key.len > MR_ROUTE_KEY_BYTES) {
        *shard = shard_of_hash(stream, mr_hash_key_of(key));
        return;
    }
    if (stream->routes == NULL) {
        stream->routes = mr_calloc(ROUTES_COUNT, sizeof(stream->routes[0]));
    }
    mr_route *route = &stream->routes[mr_hash64(key.at, key.len) % ROUTES_COUNT];
    if (route->shard != NULL && mr_bytes_equal(mr_bytes_make(route->key, route->key_len), key)) {
        *shard = route->shard;
        return;
    }
    rest->keys[rest->count] = key;
    rest->routes[rest->count] = route;
    rest->shards[rest->count] = shard;
    if (++rest->count == MR_HASH_KEYS_MAX) {
        route_together(stream, rest);
    }
}

/* Sets the shard of each result. */
static void route(mr_stream *stream, const mr_record *records, size_t count, mr_put_result *results)
{
    unrouted rest = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        const mr_record *record = &records[i];
        if (record->has_explicit_hash) {
            results[i].shard = shard_of_hash(stream, record->explicit_hash);
        } else if (stream->open_count == 1) {
            results[i].shard = stream->open[0];
        } else {
            route_key(stream, record->partition_key, &results[i].shard, &rest);
        }
    }
    route_together(stream, &rest);
}

/* ---- one record ---- */

static size_t bytes_of(const mr_record *record)
{
    return record->data.len + record->partition_key.len;
}

/* When a put is made. */
typedef struct put_time {
    int64_t now_us;  /* what limits and faults go by */
    int64_t wall_us; /* what records arrive at, and retention is counted to */
} put_time;

static mr_bucket *records_bucket(mr_shard *shard)
{
    mr_stream *stream = shard->stream;
    return stream->on_demand ? &stream->write_records : &shard->write_records;
}

static mr_bucket *bytes_bucket(mr_shard *shard)
{
    mr_stream *stream = shard->stream;
    return stream->on_demand ? &stream->write_bytes : &shard->write_bytes;
}

/* The limits of the service: both buckets give, or neither. */
static bool has_tokens(mr_shard *shard, size_t bytes, int64_t now_us)
{
    return mr_bucket_has(records_bucket(shard), 1, now_us) &&
           mr_bucket_has(bytes_bucket(shard), (int64_t)bytes, now_us);
}

static void take_tokens(mr_shard *shard, size_t bytes)
{
    mr_bucket_take(records_bucket(shard), 1);
    mr_bucket_take(bytes_bucket(shard), (int64_t)bytes);
}

static mr_fault ask_put_fault(const mr_shard *shard, int64_t now_us)
{
    return mr_faults_ask(shard->stream->streams->options.faults, MR_POINT_STREAM_PUT,
                         shard->fault_target, now_us);
}

/* Its data are the rule's text, or else neither JSON nor a row of a file nor UTF-8. */
static mr_record poison_of(const mr_record *record, const char *text)
{
    mr_record poisoned = *record;
    poisoned.data = text == NULL ? MR_BYTES_LITERAL("\xff\xfepoison\xc3") : mr_bytes_of(text);
    return poisoned;
}

/* The event of one record, for those who asked for every record. */
static void tell_record(const mr_shard *shard, const mr_record *record, uint64_t number,
                        int64_t arrival_us)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(shard, number, arrival_us, sequence);
    char *key = mr_bytes_dup(record->partition_key);
    mr_event event = {.type = MR_EVENT_RECORD,
                      .stream = shard->stream->name,
                      .shard = shard->id,
                      .key = key,
                      .id = sequence,
                      .number = number,
                      .bytes = bytes_of(record)};
    mr_trace_emit(shard->stream->streams->options.trace, &event);
    mr_free(key);
}

/* Looks at the shard once more at the end of the put. */
static inline void touch(mr_shard *shard)
{
    if (!shard->touched) {
        mr_stream *stream = shard->stream;
        shard->touched = true;
        shard->touched_next = NULL;
        *stream->touched_end = shard;
        stream->touched_end = &shard->touched_next;
    }
}

/* MR_MUTATION_ACK_BEFORE_STORE alone: which rows of an input are answered for and never stored. */
static bool is_forgotten(const mr_record *record)
{
    return record->row > 0 && record->row % 500 == 0;
}

/*
 * MR_OK, MR_THROTTLED and MR_INTERNAL_FAILURE are the record's own answer. The limits come before
 * the faults, so that no strike is spent on what is refused anyway, and judge the record as it was
 * sent: poison is what becomes of it behind them, and nobody but its readers sees a difference.
 */
static mr_code put_one(mr_shard *shard, const mr_record *record, put_time at, uint64_t *number,
                       mr_error *err)
{
    const bool limited = shard->stream->limited;
    const size_t sent_bytes = bytes_of(record);
    if (limited && !has_tokens(shard, sent_bytes, at.now_us)) {
        return MR_THROTTLED;
    }
    mr_fault fault = ask_put_fault(shard, at.now_us);
    if (fault.kind == MR_FAULT_SHARD_THROTTLED) {
        return MR_THROTTLED;
    }
    if (fault.kind == MR_FAULT_PUT_FAILED) {
        return MR_INTERNAL_FAILURE;
    }
    mr_record poisoned;
    if (MR_UNLIKELY(fault.kind == MR_FAULT_PUT_POISONED)) {
        poisoned = poison_of(record, fault.text);
        record = &poisoned;
    }
    uint64_t growth = mr_ring_growth(shard->ring, record->partition_key.len, record->data.len);
    if (MR_UNLIKELY(growth > 0)) {
        mr_code code = mr_stream_make_room(shard, growth, at.wall_us, err);
        if (code != MR_OK) {
            return code;
        }
    }
    if (limited) {
        take_tokens(shard, sent_bytes);
    }
    if (MR_UNLIKELY(shard->stream->streams->forgets_some) && is_forgotten(record)) {
        *number = mr_ring_last(shard->ring) + 1; /* as it would have been */
        return MR_OK;
    }
    return mr_ring_append(shard->ring, record, at.wall_us, number, err);
}

static inline void count_answer(mr_shard *shard, const mr_record *record, mr_code code)
{
    touch(shard);
    if (MR_LIKELY(code == MR_OK)) {
        shard->batch_records++;
        shard->batch_bytes += bytes_of(record);
    } else if (code == MR_THROTTLED) {
        shard->batch_refused++;
        shard->batch_refused_bytes += bytes_of(record);
    }
}

/* ---- the batch ---- */

static mr_code check_record(const mr_stream *stream, const mr_record *record, size_t place,
                            mr_error *err)
{
    if (bytes_of(record) > (size_t)stream->record_kib_max * MR_KIB) {
        return mr_error_set(
            err, MR_RECORD_TOO_LARGE,
            "record %zu of the batch for stream %s has %zu bytes with its partition "
            "key; the most is %u KiB (MaxRecordSizeInKiB)",
            place + 1, stream->name, bytes_of(record), stream->record_kib_max);
    }
    if (record->partition_key.len > PARTITION_KEY_BYTES_MAX ||
        (record->partition_key.len == 0 && !stream->internal)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "record %zu of the batch for stream %s has a partition key of %zu "
                            "bytes; it must have 1 to %d characters",
                            place + 1, stream->name, record->partition_key.len,
                            MR_PARTITION_KEY_CHARS_MAX);
    }
    return MR_OK;
}

static void fail_rest(mr_put_result *results, size_t from, size_t count, mr_code code,
                      size_t *failed)
{
    for (size_t i = from; i < count; i++) {
        results[i] = (mr_put_result){.code = code};
        (*failed)++;
    }
}

/* What comes once per shard and put: rates, the disk, readers that wait. */
static mr_code finish_shards(mr_stream *stream, mr_error *err)
{
    mr_code code = MR_OK;
    while (stream->touched != NULL) {
        mr_shard *shard = stream->touched;
        stream->touched = shard->touched_next;
        if (stream->touched == NULL) {
            stream->touched_end = &stream->touched;
        }
        shard->touched = false;
        const bool stored = shard->batch_records > 0;
        if (stored) {
            mr_rate_add(shard->put_rate, shard->batch_records, shard->batch_bytes);
        }
        if (shard->batch_refused > 0) {
            mr_rate_add(shard->throttled_rate, shard->batch_refused, shard->batch_refused_bytes);
        }
        shard->batch_records = shard->batch_bytes = 0;
        shard->batch_refused = shard->batch_refused_bytes = 0;
        if (stored && stream->streams->options.durable) {
            mr_code sync_code = mr_ring_sync(shard->ring, code == MR_OK ? err : NULL);
            code = code == MR_OK ? sync_code : code;
        }
        if (stored) { /* last: a reader that is woken may put on this stream */
            mr_shard_wake(shard);
        }
    }
    return code;
}

mr_code mr_stream_put(mr_stream *stream, const mr_record *records, size_t count,
                      mr_put_result *results, size_t *failed, mr_error *err)
{
    MR_ASSERT(!stream->deleted);
    const mr_streams_options *options = &stream->streams->options;
    const put_time at = {.now_us = mr_clock_now_us(options->clock),
                         .wall_us = mr_clock_wall_us(options->clock)};
    const bool tells_records = mr_trace_wants_records(options->trace);

    *failed = 0;
    if (MR_UNLIKELY(stream->status == MR_STATUS_CREATING || stream->status == MR_STATUS_DELETING)) {
        fail_rest(results, 0, count, MR_STREAM_NOT_FOUND, failed);
        return mr_stream_not_found(stream->streams, mr_bytes_of(stream->name), err);
    }
    for (size_t i = 0; i < count; i++) { /* a fault of the request: nothing is written */
        mr_code code = check_record(stream, &records[i], i, err);
        if (code != MR_OK) {
            fail_rest(results, 0, count, code, failed);
            return code;
        }
    }

    route(stream, records, count, results);
    mr_code request_code = MR_OK;
    for (size_t i = 0; i < count; i++) {
        mr_shard *shard = results[i].shard;
        uint64_t number = 0;
        mr_code code = put_one(shard, &records[i], at, &number, err);
        if (MR_UNLIKELY(code != MR_OK && code != MR_THROTTLED && code != MR_INTERNAL_FAILURE)) {
            fail_rest(results, i, count, code, failed);
            request_code = code;
            break;
        }
        count_answer(shard, &records[i], code);
        if (MR_UNLIKELY(tells_records) && code == MR_OK) {
            tell_record(shard, &records[i], number, mr_ring_last_arrival_us(shard->ring));
        }
        if (MR_UNLIKELY(code == MR_THROTTLED) &&
            mr_faults_mutates(options->faults, MR_MUTATION_THROTTLED_AS_STORED)) {
            code = MR_OK;
        }
        results[i] = (mr_put_result){.code = code,
                                     .shard = shard,
                                     .number = number,
                                     .arrival_us = mr_ring_last_arrival_us(shard->ring)};
        *failed += code != MR_OK;
    }

    mr_code finish_code = finish_shards(stream, request_code == MR_OK ? err : NULL);
    if (request_code != MR_OK || finish_code != MR_OK) {
        return request_code != MR_OK ? request_code : finish_code;
    }
    mr_fault fault = mr_faults_ask(options->faults, MR_POINT_STREAM_ACK, stream->name, at.now_us);
    if (fault.kind == MR_FAULT_ACK_LOST) {
        return mr_error_set(
            err, MR_IO, "connection reset while waiting for the answer of stream %s", stream->name);
    }
    return MR_OK;
}

/* ---- the stream itself ---- */

void mr_stream_free(mr_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    MR_ASSERT(stream->readers_count == 0);
    mr_timer_cancel(&stream->status_timer);
    mr_stream_free_consumers(stream);
    mr_free((char *)stream->change.text);
    mr_free(stream->encryption_key);
    for (size_t i = 0; i < stream->shards_count; i++) {
        mr_shard_free(stream->shards[i]);
    }
    mr_free(stream->shards);
    mr_free(stream->open);
    mr_free(stream->routes);
    mr_free(stream->listeners);
    mr_free(stream->directory);
    mr_free(stream->arn);
    mr_free(stream->name);
    mr_free(stream);
}

const char *mr_stream_name(const mr_stream *stream)
{
    return stream->name;
}

const char *mr_stream_arn(const mr_stream *stream)
{
    return stream->arn;
}

int64_t mr_stream_created_us(const mr_stream *stream)
{
    return stream->created_us;
}

int64_t mr_stream_retention_us(const mr_stream *stream)
{
    return stream->retention_us;
}

int64_t mr_stream_behind_us(const mr_stream *stream)
{
    return stream->behind_us;
}

uint32_t mr_stream_record_kib_max(const mr_stream *stream)
{
    return stream->record_kib_max;
}

size_t mr_stream_shard_count(const mr_stream *stream)
{
    return stream->shards_count;
}

mr_shard *mr_stream_shard(mr_stream *stream, size_t place)
{
    MR_ASSERT(place < stream->shards_count);
    return stream->shards[place];
}

mr_shard *mr_stream_shard_of_id(mr_stream *stream, const char *id)
{
    for (size_t i = 0; i < stream->shards_count; i++) {
        if (strcmp(stream->shards[i]->id, id) == 0) {
            return stream->shards[i];
        }
    }
    return NULL;
}

mr_shard *const *mr_stream_open_shards(const mr_stream *stream, size_t *count)
{
    *count = stream->open_count;
    return stream->open;
}
