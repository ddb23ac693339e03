/*
 * record.h - a record as it is put, as it is read, and what it is numbered by.
 *
 * Inside millrace a record of a shard is known by its `number`, which counts 1, 2, 3, ... in its
 * shard (the ring's order). The sequence number that AWS shows is made from it (sequence.h).
 */
#ifndef MR_SIM_STREAM_RECORD_H
#define MR_SIM_STREAM_RECORD_H

#include "sim/base/bytes.h"

#define MR_PARTITION_KEY_CHARS_MAX 256 /* Unicode characters; up to 1024 bytes */
#define MR_PUT_RECORDS_MAX         500
#define MR_PUT_BYTES_MAX           (10 * MR_MIB)
#define MR_RECORD_KIB_DEFAULT      1024 /* MaxRecordSizeInKiB: data and partition key */
#define MR_RECORD_KIB_MAX          10240

/* A record on its way in. Everything borrowed for the call. */
typedef struct mr_record {
    mr_bytes data;
    mr_bytes partition_key;
    bool has_explicit_hash;
    mr_u128 explicit_hash;
    uint32_t input; /* 1-based number of the input that made it; 0: an outside client */
    uint64_t row;   /* the input's row, from 1; 0: none */
} mr_record;

/* A record as read. data and partition_key are borrowed from the ring's mapping. */
typedef struct mr_record_view {
    uint64_t number;    /* 1, 2, 3, ... in its shard */
    int64_t arrival_us; /* ApproximateArrivalTimestamp */
    mr_bytes data;
    mr_bytes partition_key;
    uint32_t input;
    uint64_t row;
} mr_record_view;

#endif
