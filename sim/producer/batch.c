#include "sim/producer/batch.h"

/* The batch, one record that did not fit, and what encoding can make of the longest row. */
#define BATCH_BUFFER_MAX (128 * MR_MIB)

void batch_init(batch *b, size_t records_max, size_t bytes_max)
{
    MR_ASSERT(records_max >= 1 && records_max <= MR_PUT_RECORDS_MAX);
    b->bytes = mr_strbuf_make(BATCH_BUFFER_MAX);
    b->count = 0;
    b->size_bytes = 0;
    b->has_next = false;
    b->records_max = records_max;
    b->bytes_max = bytes_max;
}

void batch_deinit(batch *b)
{
    mr_strbuf_deinit(&b->bytes);
}

void batch_cut(batch *b, size_t at)
{
    b->bytes.overflowed = false;
    b->bytes.len = at;
    if (b->bytes.at != NULL) {
        b->bytes.at[at] = '\0';
    }
}

void batch_add(batch *b, const batch_entry *entry)
{
    MR_ASSERT(!batch_is_full(b));
    MR_ASSERT(entry->at + batch_entry_bytes(entry) == b->bytes.len);

    b->entries[b->count] = *entry;
    if (b->count > 0 && b->size_bytes + batch_entry_bytes(entry) > b->bytes_max) {
        b->has_next = true;
        return;
    }
    b->count++;
    b->size_bytes += batch_entry_bytes(entry);
}

void batch_records(const batch *b, uint32_t input, mr_record *out)
{
    for (size_t i = 0; i < b->count; i++) {
        const batch_entry *entry = &b->entries[i];
        const char *at = b->bytes.at + entry->at;
        out[i] = (mr_record){.partition_key = mr_bytes_make(at, entry->key_len),
                             .data = mr_bytes_make(at + entry->key_len, entry->data_len),
                             .input = input,
                             .row = entry->row};
    }
}

void batch_keep(batch *b, const bool *marked)
{
    size_t kept = 0;
    b->size_bytes = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (marked[i]) {
            b->entries[kept] = b->entries[i];
            b->size_bytes += batch_entry_bytes(&b->entries[kept]);
            kept++;
        }
    }
    if (b->has_next) {
        b->entries[kept] = b->entries[b->count];
    }
    b->count = kept;
}

void batch_next(batch *b)
{
    if (!b->has_next) {
        mr_strbuf_reset(&b->bytes);
        b->count = 0;
        b->size_bytes = 0;
        return;
    }
    batch_entry next = b->entries[b->count];
    memmove(b->bytes.at, b->bytes.at + next.at, batch_entry_bytes(&next));
    next.at = 0;
    mr_strbuf_reset(&b->bytes);
    mr_strbuf_commit(&b->bytes, batch_entry_bytes(&next));
    b->has_next = false;
    b->count = 0;
    b->size_bytes = 0;
    batch_add(b, &next);
}
