/*
 * shard_list.h - which shards ListShards and DescribeStream show, and in which pages.
 *
 * A shard is listed while it is open or records of it are within retention: a closed one leaves
 * when the retention period since its closing is over. A stream that is CREATING lists none.
 *
 * Source: API Reference, "ListShards", "ShardFilter"; kinesis.md, section 10.
 */
#ifndef MR_SIM_STREAM_SHARD_LIST_H
#define MR_SIM_STREAM_SHARD_LIST_H

#include "sim/stream/stream.h"

/* ShardFilterType. */
typedef enum mr_shard_filter_type {
    MR_SHARDS_FROM_TRIM_HORIZON, /* all that are listed: the default */
    MR_SHARDS_AT_TRIM_HORIZON,   /* those that were open at the trim horizon */
    MR_SHARDS_AT_LATEST,         /* those that are open */
    MR_SHARDS_AT_TIMESTAMP,      /* those that were open then */
    MR_SHARDS_FROM_TIMESTAMP,    /* those that were open then or later */
    MR_SHARDS_AFTER_SHARD_ID,    /* those of a higher index */
    MR_SHARD_FILTER_COUNT
} mr_shard_filter_type;

const char *mr_shard_filter_name(mr_shard_filter_type type); /* "AT_LATEST". Static */
/* MR_SHARD_FILTER_COUNT when there is none so called. */
mr_shard_filter_type mr_shard_filter_of_name(mr_bytes name);

typedef struct mr_shard_filter {
    mr_shard_filter_type type;
    int64_t timestamp_us; /* a time of day; one before the trim horizon counts as the horizon, which
                             is not before the stream was created */
    uint32_t shard_index; /* of AFTER_SHARD_ID */
} mr_shard_filter;

/*
 * One page, in order of index.
 *
 * filter: NULL: the default.
 * after:  the page begins behind this index; -1: at the first shard.
 * out:    room for `most`, of which the returned number is written; borrowed from the stream.
 * more:   out; there are more behind them.
 *
 * A child counts as opened when its parents closed, though its creation time, as in its sequence
 * numbers, is a second later: at every instant the open shards cover all hash keys.
 */
size_t mr_stream_list_shards(mr_stream *stream, const mr_shard_filter *filter, int64_t after,
                             mr_shard **out, size_t most, bool *more);
bool mr_shard_is_listed(const mr_shard *shard);
/* The listed shards that came of this one, for ChildShards: a closed shard's. */
size_t mr_shard_children(const mr_shard *shard, mr_shard *out[2]);

#endif
