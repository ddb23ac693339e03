/*
 * shard_iterator.h - the tokens of GetShardIterator and GetRecords: a place in a shard, handed to a
 * client and taken back.
 *
 * A token holds its stream (name and creation), its shard, the number of the record that comes next
 * and when it was made. It is sealed (token_seal.h): opaque, good over a restart, used any number
 * of times within 300 s of the world's time, and no two are equal. In the text: 8 bytes 00..01,
 * then blocks of 16, 152 to 280 bytes in all, in base64.
 *
 * A stream that was deleted and made again takes the tokens of the one before for shards that it
 * has too; they stand before its first record, because every sequence number of theirs is lower.
 *
 * Source: kinesis.md, section 12.
 */
#ifndef MR_SIM_STREAM_SHARD_ITERATOR_H
#define MR_SIM_STREAM_SHARD_ITERATOR_H

#include "sim/stream/stream.h"

#define MR_SHARD_ITERATOR_SIZE    513 /* at most 512 characters, and NUL */
#define MR_SHARD_ITERATOR_LIFE_MS 300000

const char *mr_iterator_type_name(mr_iterator_type type); /* "TRIM_HORIZON". Static */
/* False when there is none so called. */
MR_NODISCARD bool mr_iterator_type_of_name(mr_bytes name, mr_iterator_type *type);

/* Where to begin in a shard, as GetShardIterator and SubscribeToShard are told. */
typedef struct mr_starting_position {
    mr_iterator_type type;
    mr_bytes sequence_number; /* empty: not given; borrowed for the call */
    bool has_timestamp;
    int64_t timestamp_us; /* a time of day */
} mr_starting_position;

/*
 * The record number at which it stands now.
 *
 * operation: whose messages: "GetShardIterator".
 * number:    out; written on MR_OK alone.
 * Errors:    in this order. MR_INVALID_ARGUMENT: a sequence number that the type does not take, or
 *            none where it takes one; one that does not parse; one of another shard; one that did
 *            not come from this stream (MR_INTERNAL_FAILURE when it is of version 0, as on AWS); no
 *            timestamp, or one in the future.
 */
MR_NODISCARD mr_code mr_shard_starting_number(mr_shard *shard, const mr_starting_position *position,
                                              const char *operation, uint64_t *number,
                                              mr_error *err);

/*
 * GetShardIterator.
 *
 * stream_name, shard_id: as the request has them; the id may be short (mr_shard_index_parse()).
 * out:    the token, which ends in NUL.
 * Errors: in this order. MR_SHARD_NOT_FOUND (the id is none; no such stream or shard, or the stream
 *         is CREATING, or the shard is listed no more), those of mr_shard_starting_number(), those
 *         of the database.
 */
MR_NODISCARD mr_code mr_shard_iterator_make(mr_streams *streams, mr_bytes stream_name,
                                            mr_bytes shard_id, const mr_starting_position *position,
                                            char out[MR_SHARD_ITERATOR_SIZE], mr_error *err);
/* A fresh token that stands at a number: NextShardIterator. Errors: those of the database. */
MR_NODISCARD mr_code mr_shard_iterator_at(mr_shard *shard, uint64_t number,
                                          char out[MR_SHARD_ITERATOR_SIZE], mr_error *err);

/*
 * Takes a token back: what GetRecords makes a reader of. Double quotes around it are passed over.
 *
 * shard, number: out; written on MR_OK alone.
 * Errors: in this order. MR_ITERATOR_INVALID (no token of ours), MR_ITERATOR_EXPIRED,
 *         MR_SHARD_NOT_FOUND (stream or shard are gone), those of the database.
 */
MR_NODISCARD mr_code mr_shard_iterator_open(mr_streams *streams, mr_bytes text, mr_shard **shard,
                                            uint64_t *number, mr_error *err);

#endif
