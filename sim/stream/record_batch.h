/*
 * record_batch.h - copies of records in one arena, with an index: no allocation per record.
 *
 * The Lambda buffer keeps its records here, since a ring's views do not outlive the read.
 */
#ifndef MR_SIM_STREAM_RECORD_BATCH_H
#define MR_SIM_STREAM_RECORD_BATCH_H

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/stream/record.h"

typedef struct mr_batch_entry {
    uint64_t number;
    uint32_t sub; /* of a sub-record: its place in the record, from 0 */
    bool is_last; /* nothing of the record follows */
    int64_t arrival_us;
    size_t at; /* place of the data in the arena; the partition key follows it */
    uint32_t data_len, key_len;
} mr_batch_entry;

typedef struct mr_record_batch {
    mr_strbuf arena;
    mr_batch_entry *entries;
    size_t count, capacity;
    uint64_t bytes; /* data alone: what BufferSizeInMBs counts */
} mr_record_batch;

static inline mr_record_batch mr_record_batch_make(void)
{
    return (mr_record_batch){.arena = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
}

static inline void mr_record_batch_deinit(mr_record_batch *batch)
{
    mr_strbuf_deinit(&batch->arena);
    mr_free(batch->entries);
    *batch = mr_record_batch_make();
}

/* Forgets the records and keeps the memory. */
static inline void mr_record_batch_reset(mr_record_batch *batch)
{
    mr_strbuf_reset(&batch->arena);
    batch->count = 0;
    batch->bytes = 0;
}

/* Copies a record in, or the sub-record of it that the view's data is. Records are at most 10 MiB
 * (record.h), batches a few of them. */
static inline void mr_record_batch_add(mr_record_batch *batch, const mr_record_view *record,
                                       uint32_t sub, bool is_last)
{
    MR_GROW(batch->entries, batch->count, batch->capacity);
    batch->entries[batch->count++] = (mr_batch_entry){
        .number = record->number,
        .sub = sub,
        .is_last = is_last,
        .arrival_us = record->arrival_us,
        .at = batch->arena.len,
        .data_len = (uint32_t)record->data.len,
        .key_len = (uint32_t)record->partition_key.len,
    };
    mr_strbuf_append_bytes(&batch->arena, record->data);
    mr_strbuf_append_bytes(&batch->arena, record->partition_key);
    batch->bytes += record->data.len;
}

static inline mr_bytes mr_record_batch_data(const mr_record_batch *batch,
                                            const mr_batch_entry *entry)
{
    return mr_bytes_make(batch->arena.at + entry->at, entry->data_len);
}

static inline mr_bytes mr_record_batch_key(const mr_record_batch *batch,
                                           const mr_batch_entry *entry)
{
    return mr_bytes_make(batch->arena.at + entry->at + entry->data_len, entry->key_len);
}

#endif
