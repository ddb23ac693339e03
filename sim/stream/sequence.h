/*
 * sequence.h - sequence numbers as AWS shapes them: 56 decimal digits that hold the shard's
 * creation time, its index, a counter and the record's time.
 *
 * Layout (47 hex digits): reference/kinesis.md section 7 of the design; version 2.
 */
#ifndef MR_SIM_STREAM_SEQUENCE_H
#define MR_SIM_STREAM_SEQUENCE_H

#include "sim/base/bytes.h"
#include "sim/base/hash.h"

#define MR_SEQUENCE_SIZE 57 /* 56 digits and NUL */

typedef struct mr_sequence {
    int64_t shard_created_s;
    uint32_t shard_index;
    uint64_t counter; /* the record's number in its shard; top bit 0 */
    int64_t record_s;
} mr_sequence;

void mr_sequence_format(const mr_sequence *sequence, char out[MR_SEQUENCE_SIZE]);

/* Versions 0, 1 and 2. False when the digits are no sequence number. *version may be NULL. */
MR_NODISCARD bool mr_sequence_parse(mr_bytes digits, mr_sequence *out, int *version);

/* Decimal text of a 128-bit hash key (no leading zeros), and back. */
#define MR_HASH_KEY_SIZE 40
void mr_hash_key_format(mr_u128 key, char out[MR_HASH_KEY_SIZE]);
MR_NODISCARD bool mr_hash_key_parse(mr_bytes digits, mr_u128 *out); /* false past 2^128-1 too */

/* MD5 of the partition key as a big-endian 128-bit integer. */
mr_u128 mr_hash_key_of(mr_bytes partition_key);

/* The same of several short keys, which together take little more time than one.
 * count: up to MR_HASH_KEYS_MAX; each key has up to MR_HASH_KEYS_BYTES_MAX bytes. */
#define MR_HASH_KEYS_MAX       MR_MD5_LANES
#define MR_HASH_KEYS_BYTES_MAX MR_MD5_LANE_BYTES_MAX
void mr_hash_keys_of(const mr_bytes *partition_keys, size_t count, mr_u128 *out);

#endif
