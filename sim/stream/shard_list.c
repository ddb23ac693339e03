/* shard_list.c - see shard_list.h. */
#include "sim/stream/shard_list.h"

#include "sim/stream/state.h"

static const char *const filter_names[MR_SHARD_FILTER_COUNT] = {
    [MR_SHARDS_FROM_TRIM_HORIZON] = "FROM_TRIM_HORIZON",
    [MR_SHARDS_AT_TRIM_HORIZON] = "AT_TRIM_HORIZON",
    [MR_SHARDS_AT_LATEST] = "AT_LATEST",
    [MR_SHARDS_AT_TIMESTAMP] = "AT_TIMESTAMP",
    [MR_SHARDS_FROM_TIMESTAMP] = "FROM_TIMESTAMP",
    [MR_SHARDS_AFTER_SHARD_ID] = "AFTER_SHARD_ID",
};

const char *mr_shard_filter_name(mr_shard_filter_type type)
{
    MR_ASSERT(type < MR_SHARD_FILTER_COUNT);
    return filter_names[type];
}

mr_shard_filter_type mr_shard_filter_of_name(mr_bytes name)
{
    size_t type = 0;
    while (type < MR_SHARD_FILTER_COUNT && !mr_bytes_is(name, filter_names[type])) {
        type++;
    }
    return (mr_shard_filter_type)type;
}

/* ---- one shard ---- */

static int64_t horizon_us(const mr_stream *stream)
{
    const int64_t wall_us = mr_clock_wall_us(stream->streams->options.clock);
    const int64_t cutoff_us = wall_us - stream->retention_us;
    return cutoff_us > stream->created_us ? cutoff_us : stream->created_us;
}

static int64_t opened_us(const mr_shard *shard)
{
    int64_t opened_us = shard->created_us;
    for (int i = 0; i < shard->parents_count; i++) { /* both closed in the same moment */
        opened_us = shard->parents[i]->closed_us;
    }
    return opened_us;
}

static bool was_open_from(const mr_shard *shard, int64_t time_us)
{
    return shard->open || shard->closed_us >= time_us;
}

static bool was_open_at(const mr_shard *shard, int64_t time_us)
{
    return opened_us(shard) <= time_us && was_open_from(shard, time_us);
}

bool mr_shard_is_listed(const mr_shard *shard)
{
    const mr_stream *stream = shard->stream;
    const int64_t wall_us = mr_clock_wall_us(stream->streams->options.clock);
    return stream->status != MR_STATUS_CREATING &&
           was_open_from(shard, wall_us - stream->retention_us);
}

static bool passes(const mr_shard *shard, const mr_shard_filter *filter)
{
    const int64_t trim_us = horizon_us(shard->stream);
    const int64_t time_us = filter->timestamp_us > trim_us ? filter->timestamp_us : trim_us;
    switch (filter->type) {
    case MR_SHARDS_AT_TRIM_HORIZON:
        return was_open_at(shard, trim_us);
    case MR_SHARDS_AT_LATEST:
        return shard->open;
    case MR_SHARDS_AT_TIMESTAMP:
        return was_open_at(shard, time_us);
    case MR_SHARDS_FROM_TIMESTAMP:
        return was_open_from(shard, time_us);
    case MR_SHARDS_AFTER_SHARD_ID:
        return shard->index > filter->shard_index;
    case MR_SHARDS_FROM_TRIM_HORIZON:
    case MR_SHARD_FILTER_COUNT:
        break;
    }
    return true;
}

/* ---- pages ---- */

size_t mr_stream_list_shards(mr_stream *stream, const mr_shard_filter *filter, int64_t after,
                             mr_shard **out, size_t most, bool *more)
{
    static const mr_shard_filter all = {.type = MR_SHARDS_FROM_TRIM_HORIZON};
    filter = filter == NULL ? &all : filter;
    size_t count = 0;
    *more = false;
    for (size_t i = after < 0 ? 0 : (size_t)after + 1; i < stream->shards_count; i++) {
        mr_shard *shard = stream->shards[i];
        if (!mr_shard_is_listed(shard) || !passes(shard, filter)) {
            continue;
        }
        if (count == most) {
            *more = true;
            break;
        }
        out[count++] = shard;
    }
    return count;
}

size_t mr_shard_children(const mr_shard *shard, mr_shard *out[2])
{
    const mr_stream *stream = shard->stream;
    size_t count = 0;
    for (size_t i = shard->index + 1; i < stream->shards_count && count < 2; i++) {
        mr_shard *child = stream->shards[i];
        bool is_child = false;
        for (int k = 0; k < child->parents_count; k++) {
            is_child |= child->parents[k] == shard;
        }
        if (is_child && mr_shard_is_listed(child)) {
            out[count++] = child;
        }
    }
    return count;
}
