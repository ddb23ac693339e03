/* reshard.c - split and merge: parents close, children open. See stream.h. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/daily_count.h"
#include "sim/stream/state.h"

#include <stdio.h>

#define SCALINGS_PER_DAY 10 /* API Reference, "UpdateShardCount" */

static mr_code require_open(const mr_shard *shard, mr_error *err)
{
    if (shard->open) {
        return MR_OK;
    }
    return mr_error_set(err, MR_SHARD_CLOSED,
                        "Shard %s in stream %s under account %s has already been merged or split, "
                        "and thus is not eligible for merging or splitting.",
                        shard->id, shard->stream->name, mr_streams_account(shard->stream->streams));
}

/* One change of the shard map: in the catalog in one transaction, then in memory. */
typedef struct change {
    mr_stream *stream;
    mr_shard *parents[2];
    int parents_count;
    mr_shard *children[2];
    int children_count;
    int64_t wall_us;
    bool settle; /* the stream's settings are stored with it */
} change;

/* A second after the change. Never before a parent was created, though the clock may have been set
 * back since: sequence numbers begin with that second, and a child's are above its parents'. */
static int64_t child_created_us(const change *c)
{
    int64_t created_us = c->wall_us + MR_US_PER_SECOND;
    for (int i = 0; i < c->parents_count; i++) {
        if (c->parents[i]->created_us > created_us) {
            created_us = c->parents[i]->created_us;
        }
    }
    return created_us;
}

static mr_code make_child(change *c, mr_u128 hash_start, mr_u128 hash_end, mr_error *err)
{
    if (c->stream->shards_count + (size_t)c->children_count >= MR_SHARDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "stream %s has %zu shards; the most is %d",
                            c->stream->name, c->stream->shards_count, MR_SHARDS_MAX);
    }
    mr_shard_plan plan = {.index = (uint32_t)c->stream->shards_count + (uint32_t)c->children_count,
                          .hash_start = hash_start,
                          .hash_end = hash_end,
                          .created_us = child_created_us(c),
                          .parents = {c->parents[0], c->parents[1]},
                          .parents_count = c->parents_count,
                          .fresh = true};
    mr_shard *child;
    mr_code code = mr_shard_make(c->stream, &plan, &child, err);
    if (code == MR_OK) {
        c->children[c->children_count++] = child;
    }
    return code;
}

static mr_code store_closed(const mr_shard *shard, int64_t wall_us, mr_error *err)
{
    mr_db *db = shard->stream->streams->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "UPDATE shards SET closed_us = ? WHERE stream = ? AND shard_index = ?");
    mr_stmt_bind_int(stmt, 1, wall_us);
    mr_stmt_bind_text(stmt, 2, shard->stream->name);
    mr_stmt_bind_int(stmt, 3, shard->index);
    return mr_stmt_run(db, stmt, err);
}

static mr_code store_change(const change *c, mr_error *err)
{
    mr_db *db = c->stream->streams->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (int i = 0; i < c->parents_count && code == MR_OK; i++) {
        code = store_closed(c->parents[i], c->wall_us, err);
    }
    for (int i = 0; i < c->children_count && code == MR_OK; i++) {
        code = mr_shard_store(c->children[i], err);
    }
    if (code == MR_OK && c->settle) {
        code = mr_stream_store_settings(c->stream, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

static void tell_closed(const mr_shard *shard, const char *reason)
{
    mr_event event = {.type = MR_EVENT_SHARD_CLOSED,
                      .stream = shard->stream->name,
                      .shard = shard->id,
                      .reason = reason,
                      .number = mr_shard_last(shard)};
    mr_trace_emit(shard->stream->streams->options.trace, &event);
}

/* A closed shard takes no more: its tail need not wait for records. */
static void trim(mr_shard *shard)
{
    mr_error err;
    if (mr_ring_trim(shard->ring, &err) != MR_OK) { /* only disk is wasted */
        mr_trace_warn_about(shard->stream->streams->options.trace,
                            &(mr_event){.stream = shard->stream->name, .shard = shard->id},
                            "the ring of closed shard %s of stream %s keeps its full size: %s",
                            shard->id, shard->stream->name, err.message);
    }
}

/* The catalog has it: now the memory, then those who want to know. */
static void apply_change(change *c, const char *reason)
{
    mr_stream *stream = c->stream;
    for (int i = 0; i < c->parents_count; i++) {
        c->parents[i]->open = false;
        c->parents[i]->closed_us = c->wall_us;
        trim(c->parents[i]);
    }
    for (int i = 0; i < c->children_count; i++) {
        mr_stream_add_shard(stream, c->children[i]);
    }
    mr_stream_sort_open(stream);

    for (int i = 0; i < c->parents_count; i++) {
        tell_closed(c->parents[i], reason);
    }
    for (int i = 0; i < c->children_count; i++) {
        mr_shard_announce(c->children[i]);
    }
    for (int i = 0; i < c->children_count; i++) {
        for (size_t k = 0; k < stream->listeners_count; k++) {
            stream->listeners[k].fn(stream->listeners[k].context, c->children[i]);
        }
    }
    for (int i = 0; i < c->parents_count; i++) {
        mr_shard_wake(c->parents[i]);
    }
}

/* Ends a change that made its children, or failed to. */
static mr_code finish_change(change *c, mr_code code, const char *reason, mr_error *err)
{
    if (code == MR_OK) {
        code = store_change(c, err);
    }
    if (code != MR_OK) {
        for (int i = 0; i < c->children_count; i++) {
            mr_shard_free(c->children[i]);
        }
        return code;
    }
    apply_change(c, reason);
    return MR_OK;
}

/* ---- split ---- */

/* key: in decimal; one past 2^128-1 is past the end of every shard. */
static mr_code read_split_key(const mr_shard *shard, mr_bytes key, mr_u128 *new_start,
                              mr_error *err)
{
    if (mr_hash_key_parse(key, new_start) && *new_start > shard->hash_start &&
        *new_start - shard->hash_start > 1 && *new_start < shard->hash_end) {
        return MR_OK;
    }
    char start[MR_HASH_KEY_SIZE], end[MR_HASH_KEY_SIZE];
    mr_hash_key_format(shard->hash_start, start);
    mr_hash_key_format(shard->hash_end, end);
    return mr_error_set(
        err, MR_INVALID_ARGUMENT,
        "NewStartingHashKey %.*s used in SplitShard() on shard %s in stream %s under account %s is "
        "not both greater than one plus the shard's StartingHashKey %s and less than the shard's "
        "EndingHashKey %s.",
        (int)key.len, key.at, shard->id, shard->stream->name,
        mr_streams_account(shard->stream->streams), start, end);
}

static mr_code split(mr_shard *shard, mr_u128 new_start, bool settle, mr_error *err)
{
    mr_stream *stream = shard->stream;
    change c = {.stream = stream,
                .parents = {shard},
                .parents_count = 1,
                .wall_us = mr_clock_wall_us(stream->streams->options.clock),
                .settle = settle};
    mr_code code = make_child(&c, shard->hash_start, new_start - 1, err);
    if (code == MR_OK) {
        code = make_child(&c, new_start, shard->hash_end, err);
    }
    return finish_change(&c, code, "split", err);
}

/* The open shard of a change that catalog.db holds; NULL, with MR_CORRUPT, when it is none. */
static mr_shard *planned_shard(mr_stream *stream, uint32_t index, mr_error *err)
{
    if (index < stream->shards_count && stream->shards[index]->open) {
        return stream->shards[index];
    }
    (void)mr_error_set(err, MR_CORRUPT,
                       "catalog.db: stream %s is to change shard %u, which is not open",
                       stream->name, index);
    return NULL;
}

mr_code mr_stream_split_now(mr_stream *stream, const mr_stream_change *planned, bool settle,
                            mr_error *err)
{
    mr_shard *shard = planned_shard(stream, planned->number, err);
    mr_u128 new_start;
    if (shard == NULL) {
        return MR_CORRUPT;
    }
    if (!mr_hash_key_parse(mr_bytes_of(planned->text), &new_start)) {
        return mr_error_set(err, MR_CORRUPT, "catalog.db: stream %s is to split at no hash key",
                            stream->name);
    }
    mr_code code = read_split_key(shard, mr_bytes_of(planned->text), &new_start, err);
    return code == MR_OK ? split(shard, new_start, settle, err) : code;
}

mr_code mr_stream_split(mr_stream *stream, mr_shard *shard, mr_u128 new_start, mr_error *err)
{
    char key[MR_HASH_KEY_SIZE];
    mr_hash_key_format(new_start, key);
    return mr_stream_split_at(stream, shard, mr_bytes_of(key), err);
}

mr_code mr_stream_split_at(mr_stream *stream, mr_shard *shard, mr_bytes new_start, mr_error *err)
{
    mr_u128 read;
    MR_ASSERT(shard->stream == stream);
    mr_code code = mr_stream_require_active(stream, err);
    if (code == MR_OK) {
        code = require_open(shard, err);
    }
    if (code == MR_OK && !stream->internal) {
        code = mr_streams_require_shards(stream->streams, 1, err);
    }
    if (code == MR_OK) {
        code = read_split_key(shard, new_start, &read, err);
    }
    if (code != MR_OK) {
        return code;
    }
    char key[MR_HASH_KEY_SIZE];
    mr_hash_key_format(read, key);
    return mr_stream_begin_change(
        stream, &(mr_stream_change){.kind = MR_CHANGE_SPLIT, .number = shard->index, .text = key},
        err);
}

/* ---- merge ---- */

static mr_code check_adjacent(const mr_shard *low, const mr_shard *high, mr_error *err)
{
    if (low != high && high->hash_start != 0 && low->hash_end == high->hash_start - 1) {
        return MR_OK;
    }
    return mr_error_set(err, MR_SHARDS_NOT_ADJACENT,
                        "Shards %s and %s in stream %s under account %s are not an adjacent pair "
                        "of shards eligible for merging",
                        low->id, high->id, low->stream->name,
                        mr_streams_account(low->stream->streams));
}

static mr_code merge(mr_shard *low, mr_shard *high, bool settle, mr_error *err)
{
    mr_stream *stream = low->stream;
    change c = {.stream = stream,
                .parents = {low, high},
                .parents_count = 2,
                .wall_us = mr_clock_wall_us(stream->streams->options.clock),
                .settle = settle};
    mr_code code = make_child(&c, low->hash_start, high->hash_end, err);
    return finish_change(&c, code, "merge", err);
}

mr_code mr_stream_merge_now(mr_stream *stream, const mr_stream_change *planned, bool settle,
                            mr_error *err)
{
    mr_shard *low = planned_shard(stream, planned->number, err);
    mr_shard *high = low == NULL ? NULL : planned_shard(stream, planned->other, err);
    if (low == NULL || high == NULL) {
        return MR_CORRUPT;
    }
    mr_code code = check_adjacent(low, high, err);
    return code == MR_OK ? merge(low, high, settle, err) : code;
}

mr_code mr_stream_merge(mr_stream *stream, mr_shard *low, mr_shard *high, mr_error *err)
{
    MR_ASSERT(low->stream == stream);
    MR_ASSERT(high->stream == stream);
    mr_code code = mr_stream_require_active(stream, err);
    if (code == MR_OK) {
        code = require_open(low, err);
    }
    if (code == MR_OK) {
        code = require_open(high, err);
    }
    if (code == MR_OK) {
        code = check_adjacent(low, high, err);
    }
    return code != MR_OK ? code
                         : mr_stream_begin_change(stream,
                                                  &(mr_stream_change){.kind = MR_CHANGE_MERGE,
                                                                      .number = low->index,
                                                                      .other = high->index},
                                                  err);
}

/* ---- to a number of shards ---- */

/* The first hash key of the place-th of so many equal shards. */
static mr_u128 equal_start(uint32_t place, uint32_t count)
{
    const mr_u128 all = ~(mr_u128)0;
    mr_u128 width = all / count, rest = all % count + 1; /* 2^128 = width * count + rest */
    if (rest == count) {
        width++;
        rest = 0;
    }
    return width * place + rest * place / count;
}

static mr_shard *shard_at(const mr_stream *stream, mr_u128 hash)
{
    size_t place = stream->open_count - 1;
    while (stream->open[place]->hash_start > hash) {
        place--;
    }
    return stream->open[place];
}

/* Whether a shard of the wanted division begins here; bounds of an earlier, uneven division count
 * when they are off by one. */
static bool is_wanted(mr_u128 start, uint32_t target)
{
    for (uint32_t i = 0; i < target; i++) {
        mr_u128 wanted = equal_start(i, target);
        if (start == wanted || start == wanted + 1 || start + 1 == wanted) {
            return true;
        }
    }
    return false;
}

static mr_code split_at_wanted(mr_stream *stream, uint32_t target, mr_error *err)
{
    mr_code code = MR_OK;
    for (uint32_t i = 1; i < target && code == MR_OK; i++) {
        mr_u128 start = equal_start(i, target);
        mr_shard *shard = shard_at(stream, start);
        bool is_there = start - shard->hash_start <= 1 || shard->hash_end - start < 1;
        if (!is_there) {
            code = split(shard, start, false, err);
        }
    }
    return code;
}

static mr_code merge_unwanted(mr_stream *stream, uint32_t target, mr_error *err)
{
    for (size_t i = 1; i < stream->open_count;) {
        if (is_wanted(stream->open[i]->hash_start, target)) {
            i++;
            continue;
        }
        mr_code code = merge(stream->open[i - 1], stream->open[i], false, err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

mr_code mr_stream_update_shard_count(mr_stream *stream, uint32_t target, mr_error *err)
{
    if (target < 1 || target > MR_SHARDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%u shards for stream %s; give 1 to %d",
                            target, stream->name, MR_SHARDS_MAX);
    }
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK || stream->open_count == target) {
        return code;
    }
    return mr_stream_begin_change(
        stream, &(mr_stream_change){.kind = MR_CHANGE_SHARD_COUNT, .number = target}, err);
}

mr_code mr_stream_scale_now(mr_stream *stream, uint32_t target, mr_error *err)
{
    mr_code code = split_at_wanted(stream, target, err);
    return code == MR_OK ? merge_unwanted(stream, target, err) : code;
}

mr_code mr_stream_count_scaling(mr_stream *stream, mr_error *err)
{
    return mr_daily_note(stream, "UpdateShardCount", err);
}

static mr_code refuse_target(const mr_stream *stream, uint32_t target, mr_error *err,
                             const char *why)
{
    return mr_error_set(err, MR_LIMIT_EXCEEDED,
                        "%s. Current open shard count: %zu, Target shard count: %u", why,
                        stream->open_count, target);
}

mr_code mr_stream_check_shard_count(mr_stream *stream, uint32_t target, mr_error *err)
{
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK) {
        return code;
    }
    if (stream->on_demand) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "UpdateShardCount is not possible for stream %s under account %s, "
                            "which is in ON_DEMAND mode.",
                            stream->name, mr_streams_account(stream->streams));
    }
    const mr_account_limits account = mr_streams_limits(stream->streams);
    const uint64_t others = account.open_shards - stream->open_count;
    if (others + target > account.shard_limit) {
        char why[128];
        snprintf(why, sizeof(why),
                 "Target shard count or number of open shards cannot be greater than %u",
                 account.shard_limit);
        return refuse_target(stream, target, err, why);
    }
    if (target > stream->open_count * 2) {
        return refuse_target(
            stream, target, err,
            "UpdateShardCount cannot scale up over double your current open shard count");
    }
    if ((uint64_t)target * 2 < stream->open_count) {
        return refuse_target(
            stream, target, err,
            "UpdateShardCount cannot scale down below half your current open shard count");
    }
    return mr_daily_require(stream, "UpdateShardCount", SCALINGS_PER_DAY, err);
}

/* ---- listeners ---- */

void mr_stream_on_shard(mr_stream *stream, mr_shard_fn fn, void *context)
{
    MR_GROW(stream->listeners, stream->listeners_count, stream->listeners_capacity);
    stream->listeners[stream->listeners_count++] =
        (mr_shard_listener){.fn = fn, .context = context};
}

void mr_stream_off_shard(mr_stream *stream, mr_shard_fn fn, void *context)
{
    for (size_t i = 0; i < stream->listeners_count; i++) {
        if (stream->listeners[i].fn == fn && stream->listeners[i].context == context) {
            stream->listeners_count--;
            memmove(&stream->listeners[i], &stream->listeners[i + 1],
                    (stream->listeners_count - i) * sizeof(stream->listeners[0]));
            return;
        }
    }
}
