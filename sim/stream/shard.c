/* shard.c - one shard of a data stream: its ring, its names, its numbers. See stream.h. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Limits of one shard. Source: Developer Guide, "Quotas and limits". */
#define WRITE_RECORDS_PER_S 1000
#define WRITE_BYTES_PER_S   INT64_C(1048576)
#define READS_PER_S         5
#define READ_BYTES_PER_S    INT64_C(2097152)

#define COUNTER_OF_END INT64_MAX /* EndingSequenceNumber: above every record's */

/* ---- making ---- */

static mr_code open_ring(mr_shard *shard, bool fresh, mr_error *err)
{
    const mr_streams_options *options = &shard->stream->streams->options;
    char *directory = mr_format("%s/%s", shard->stream->directory, shard->id);
    mr_ring_options ring_options = {.fs = options->fs,
                                    .directory = directory,
                                    .segment_bytes_first = options->segment_bytes_first,
                                    .segment_bytes_max = options->segment_bytes_max};
    mr_ring_recovery recovery = {0};
    mr_code code = MR_OK;
    if (fresh) { /* a kill before the catalog knew of the shard may have left one */
        code = mr_fs_remove_tree(options->fs, directory, err);
    }
    if (code == MR_OK) {
        code = mr_ring_open(&ring_options, &shard->ring, &recovery, err);
    }
    if (code == MR_OK && fresh && options->durable) { /* the folders that it is in */
        code = options->fs->sync_directory(options->fs, shard->stream->directory, err);
        if (code == MR_OK) {
            code = options->fs->sync_directory(options->fs, options->directory, err);
        }
    }
    mr_free(directory);
    if (code == MR_OK && (recovery.records > 0 || recovery.bytes_dropped > 0)) {
        mr_event event = {.type = MR_EVENT_RECOVERED,
                          .stream = shard->stream->name,
                          .shard = shard->id,
                          .records = recovery.records,
                          .bytes = recovery.bytes_dropped,
                          .message = recovery.bytes_dropped > 0
                                         ? "records that do not check were dropped: their segment "
                                           "file was damaged from outside"
                                         : NULL};
        mr_trace_emit(options->trace, &event);
    }
    return code;
}

mr_code mr_shard_make(mr_stream *stream, const mr_shard_plan *plan, mr_shard **out, mr_error *err)
{
    const mr_streams_options *options = &stream->streams->options;
    const int64_t now_us = mr_clock_now_us(options->clock);
    mr_shard *shard = mr_calloc(1, sizeof(*shard));
    shard->stream = stream;
    shard->index = plan->index;
    snprintf(shard->id, sizeof(shard->id), "shardId-%012" PRIu32, plan->index);
    shard->fault_target = mr_format("%s/%s", stream->name, shard->id);
    shard->hash_start = plan->hash_start;
    shard->hash_end = plan->hash_end;
    shard->open = plan->closed_us == 0;
    shard->created_us = plan->created_us;
    shard->closed_us = plan->closed_us;
    shard->parents[0] = plan->parents[0];
    shard->parents[1] = plan->parents[1];
    shard->parents_count = plan->parents_count;
    shard->write_records = mr_bucket_make(WRITE_RECORDS_PER_S, now_us);
    shard->write_bytes = mr_bucket_make(WRITE_BYTES_PER_S, now_us);
    shard->reads = mr_bucket_make(READS_PER_S, now_us);
    shard->read_bytes = mr_bucket_make(READ_BYTES_PER_S, now_us);
    mr_link_init(&shard->parked);

    mr_code code = open_ring(shard, plan->fresh, err);
    if (code != MR_OK) {
        mr_shard_free(shard);
        return code;
    }
    shard->put_rate = mr_trace_rate(options->trace, MR_EVENT_PUT, stream->name, shard->id);
    shard->throttled_rate =
        mr_trace_rate(options->trace, MR_EVENT_THROTTLED, stream->name, shard->id);
    shard->read_rate = mr_trace_rate(options->trace, MR_EVENT_READ, stream->name, shard->id);
    *out = shard;
    return MR_OK;
}

void mr_shard_free(mr_shard *shard)
{
    if (shard == NULL) {
        return;
    }
    MR_ASSERT(shard->readers == NULL);
    mr_ring_close(shard->ring);
    mr_free(shard->fault_target);
    mr_free(shard);
}

void mr_stream_add_shard(mr_stream *stream, mr_shard *shard)
{
    MR_ASSERT(shard->index == stream->shards_count);
    MR_GROW(stream->shards, stream->shards_count, stream->shards_capacity);
    stream->shards[stream->shards_count++] = shard;
}

static int by_hash_start(const void *left, const void *right)
{
    mr_u128 a = (*(mr_shard *const *)left)->hash_start;
    mr_u128 b = (*(mr_shard *const *)right)->hash_start;
    return a < b ? -1 : a > b;
}

void mr_stream_sort_open(mr_stream *stream)
{
    stream->open_count = 0;
    for (size_t i = 0; i < stream->shards_count; i++) {
        if (stream->shards[i]->open) {
            MR_GROW(stream->open, stream->open_count, stream->open_capacity);
            stream->open[stream->open_count++] = stream->shards[i];
        }
    }
    MR_ASSERT(stream->open_count > 0);
    qsort(stream->open, stream->open_count, sizeof(stream->open[0]), by_hash_start);
    mr_free(stream->routes);
    stream->routes = NULL;
}

mr_code mr_shard_store(const mr_shard *shard, mr_error *err)
{
    mr_db *db = shard->stream->streams->options.db;
    char hash_start[MR_HASH_KEY_SIZE], hash_end[MR_HASH_KEY_SIZE];
    mr_hash_key_format(shard->hash_start, hash_start);
    mr_hash_key_format(shard->hash_end, hash_end);

    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT INTO shards (stream, shard_index, hash_start, hash_end, parent_index,"
            " adjacent_parent_index, created_us) VALUES (?, ?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, shard->stream->name);
    mr_stmt_bind_int(stmt, 2, shard->index);
    mr_stmt_bind_text(stmt, 3, hash_start);
    mr_stmt_bind_text(stmt, 4, hash_end);
    for (int i = 0; i < shard->parents_count; i++) { /* the others stay NULL */
        mr_stmt_bind_int(stmt, 5 + i, shard->parents[i]->index);
    }
    mr_stmt_bind_int(stmt, 7, shard->created_us);
    return mr_stmt_run(db, stmt, err);
}

void mr_shard_announce(const mr_shard *shard)
{
    mr_event event = {
        .type = MR_EVENT_SHARD_CREATED, .stream = shard->stream->name, .shard = shard->id};
    mr_trace_emit(shard->stream->streams->options.trace, &event);
}

/* ---- ids ---- */

bool mr_shard_index_parse(mr_bytes id, uint32_t *index)
{
    size_t dash = mr_bytes_find(id, '-');
    mr_bytes digits = dash == id.len ? id : mr_bytes_make(id.at + dash + 1, id.len - dash - 1);
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(digits.at[i] - '0');
        if (value > INT32_MAX) {
            return false;
        }
    }
    *index = (uint32_t)value;
    return digits.len > 0;
}

mr_code mr_stream_require_shard(mr_stream *stream, mr_bytes id, mr_shard **out, mr_error *err)
{
    uint32_t index;
    bool is_id = mr_shard_index_parse(id, &index);
    if (is_id && index < stream->shards_count) {
        *out = stream->shards[index];
        return MR_OK;
    }
    char canonical[MR_SHARD_ID_SIZE];
    if (is_id) {
        snprintf(canonical, sizeof(canonical), "shardId-%012" PRIu32, index);
        id = mr_bytes_of(canonical);
    }
    return mr_error_set(
        err, MR_SHARD_NOT_FOUND, "Could not find shard %.*s in stream %s under account %s.",
        (int)mr_min_size(id.len, 128), id.at, stream->name, mr_streams_account(stream->streams));
}

/* ---- questions ---- */

mr_stream *mr_shard_stream(const mr_shard *shard)
{
    return shard->stream;
}

uint32_t mr_shard_index(const mr_shard *shard)
{
    return shard->index;
}

const char *mr_shard_id(const mr_shard *shard)
{
    return shard->id;
}

void mr_shard_range(const mr_shard *shard, mr_u128 *start, mr_u128 *end)
{
    *start = shard->hash_start;
    *end = shard->hash_end;
}

bool mr_shard_is_open(const mr_shard *shard)
{
    return shard->open;
}

int mr_shard_parents(const mr_shard *shard, const mr_shard *parents[2])
{
    parents[0] = shard->parents[0];
    parents[1] = shard->parents[1];
    return shard->parents_count;
}

int64_t mr_shard_created_us(const mr_shard *shard)
{
    return shard->created_us;
}

int64_t mr_shard_closed_us(const mr_shard *shard)
{
    return shard->closed_us;
}

uint64_t mr_shard_first(const mr_shard *shard)
{
    int64_t wall_us = mr_clock_wall_us(shard->stream->streams->options.clock);
    return mr_ring_find_time(shard->ring, wall_us - shard->stream->retention_us);
}

uint64_t mr_shard_last(const mr_shard *shard)
{
    return mr_ring_last(shard->ring);
}

uint64_t mr_shard_position(mr_shard *shard, mr_iterator_type type, int64_t value)
{
    const uint64_t first = mr_shard_first(shard);
    const uint64_t behind = mr_ring_last(shard->ring) + 1;
    uint64_t number = first;
    switch (type) {
    case MR_ITERATOR_TRIM_HORIZON:
        break;
    case MR_ITERATOR_LATEST:
        number = behind;
        break;
    case MR_ITERATOR_AT_TIMESTAMP:
        number = mr_ring_find_time(shard->ring, value);
        break;
    case MR_ITERATOR_AT_SEQUENCE_NUMBER:
        number = value < 0 ? 0 : (uint64_t)value;
        break;
    case MR_ITERATOR_AFTER_SEQUENCE_NUMBER:
        number = value < 0 ? 0 : (uint64_t)value + 1;
        break;
    }
    if (number < first) {
        return first;
    }
    return number > behind ? behind : number;
}

/* ---- sequence numbers ---- */

static void format_sequence(const mr_shard *shard, uint64_t counter, int64_t time_us,
                            char out[MR_SEQUENCE_SIZE])
{
    /* A child is created 1 s after the split: its first records are not older than it is. */
    int64_t at_us = time_us > shard->created_us ? time_us : shard->created_us;
    mr_sequence sequence = {.shard_created_s = shard->created_us / MR_US_PER_SECOND,
                            .shard_index = shard->index,
                            .counter = counter,
                            .record_s = at_us / MR_US_PER_SECOND};
    mr_sequence_format(&sequence, out);
}

void mr_shard_sequence(const mr_shard *shard, uint64_t number, int64_t arrival_us,
                       char out[MR_SEQUENCE_SIZE])
{
    MR_ASSERT(number > 0);
    format_sequence(shard, number, arrival_us, out);
}

void mr_shard_format_sequence(const mr_shard *shard, uint64_t number, int64_t time_us,
                              char out[MR_SEQUENCE_SIZE])
{
    format_sequence(shard, number, time_us, out);
}

void mr_shard_sequence_start(const mr_shard *shard, char out[MR_SEQUENCE_SIZE])
{
    format_sequence(shard, 0, shard->created_us, out);
}

void mr_shard_sequence_end(const mr_shard *shard, char out[MR_SEQUENCE_SIZE])
{
    MR_ASSERT(!shard->open);
    format_sequence(shard, COUNTER_OF_END, shard->closed_us, out);
}
