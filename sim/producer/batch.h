/*
 * batch.h - the records of one PutRecords call while they are under way, in one buffer: no memory
 * is asked for per row. Private to the producer.
 */
#ifndef MR_SIM_PRODUCER_BATCH_H
#define MR_SIM_PRODUCER_BATCH_H

#include "sim/base/strbuf.h"
#include "sim/stream/record.h"

/* One record: its key, then its data, lie in the batch's buffer at `at`. */
typedef struct batch_entry {
    size_t at, key_len, data_len;
    uint64_t row, line;
    uint64_t ordinal;   /* it is the n-th row since the start, stored ones left out */
    int64_t arrival_us; /* as mr_clock_now_us(): what the batch waits for */
    uint32_t tries;     /* how often it was put and refused */
} batch_entry;

/*
 * Entries 0..count-1 belong to the batch. One more may follow when `has_next`: a record that did
 * not fit any more and begins the next batch.
 */
typedef struct batch {
    mr_strbuf bytes;
    batch_entry entries[MR_PUT_RECORDS_MAX + 1];
    size_t count;
    size_t size_bytes; /* keys and data of those entries */
    bool has_next;
    size_t records_max, bytes_max;
} batch;

void batch_init(batch *b, size_t records_max, size_t bytes_max);
void batch_deinit(batch *b);

static inline size_t batch_entry_bytes(const batch_entry *entry)
{
    return entry->key_len + entry->data_len;
}

/* Drops what was appended to the buffer from `at` on: a record that will not be added. */
void batch_cut(batch *b, size_t at);
/* Adds the record whose bytes are at the end of b->bytes. */
void batch_add(batch *b, const batch_entry *entry);
/* No more records fit. */
static inline bool batch_is_full(const batch *b)
{
    return b->has_next || b->count == b->records_max || b->size_bytes >= b->bytes_max;
}

/* The entries as records to put, count of them. Borrowed: they point into the batch. */
void batch_records(const batch *b, uint32_t input, mr_record *out);
/* Keeps the entries whose place is marked, in order. */
void batch_keep(batch *b, const bool *marked);
/* Everything is settled: the record that did not fit becomes the first of an empty batch. */
void batch_next(batch *b);

#endif
