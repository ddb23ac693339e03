/*
 * page_token.h - the NextTokens of ListStreams, ListShards and ListStreamConsumers: where the next
 * page begins, and of what.
 *
 * Sealed (token_seal.h): opaque, good over a restart, no two equal, for 300 s of the world's time.
 *
 * Source: API Reference, "ListShards", "ListStreamConsumers"; kinesis.md, section 10.
 */
#ifndef MR_SIM_STREAM_PAGE_TOKEN_H
#define MR_SIM_STREAM_PAGE_TOKEN_H

#include "sim/stream/shard_list.h"
#include "sim/stream/stream.h"
#include "sim/stream/token_seal.h"

#define MR_PAGE_TOKEN_SIZE    MR_TOKEN_SIZE
#define MR_PAGE_TOKEN_LIFE_MS 300000
#define MR_PAGE_NAME_SIZE     129 /* of a stream or consumer, and NUL */

typedef enum mr_page_kind {
    MR_PAGE_STREAMS = 2, /* shard iterators are 1 */
    MR_PAGE_SHARDS,
    MR_PAGE_CONSUMERS
} mr_page_kind;

typedef struct mr_page {
    mr_page_kind kind;
    char stream[MR_PAGE_NAME_SIZE];     /* whose shards or consumers; "": none */
    int64_t stream_created_us;          /* so that one made again is another; 0: none */
    char after_name[MR_PAGE_NAME_SIZE]; /* the page begins behind this stream or consumer */
    int64_t after_shard;                /* or behind the shard of this index */
    mr_shard_filter filter;             /* of shards */
} mr_page;

/* Errors: those of the database. */
MR_NODISCARD mr_code mr_page_token_make(mr_streams *streams, const mr_page *page,
                                        char out[MR_PAGE_TOKEN_SIZE], mr_error *err);
/*
 * out:    written on MR_OK alone.
 * Errors: MR_INVALID_ARGUMENT (no token of ours, or one of another operation), MR_TOKEN_EXPIRED,
 *         those of the database.
 */
MR_NODISCARD mr_code mr_page_token_read(mr_streams *streams, mr_bytes text, mr_page_kind kind,
                                        mr_page *out, mr_error *err);
/*
 * The same, with the stream that the page is of.
 *
 * Errors: those above, and MR_STREAM_NOT_FOUND (it is gone, or was made again).
 */
MR_NODISCARD mr_code mr_page_token_open(mr_streams *streams, mr_bytes text, mr_page_kind kind,
                                        mr_page *out, mr_stream **stream, mr_error *err);

#endif
