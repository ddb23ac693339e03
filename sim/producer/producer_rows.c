/* producer_rows.c - a row becomes a record at the end of the batch, or is rejected. */
#include "sim/producer/producer_private.h"

#include <stdio.h>

#define REASON_SIZE 256

/* ---- the header ---- */

static void break_off_in_header(mr_producer *p, const mr_error *why)
{
    p->stop_now = true;
    p->broken = *why;
    mr_error_prefix(&p->broken, "%s: ", p->name);
}

static bool find_key_column(mr_producer *p, const mr_bytes *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mr_bytes_is(names[i], p->key_column)) {
            p->key_place = i;
            return true;
        }
    }
    return false;
}

void producer_on_header(void *context, const mr_bytes *names, size_t count)
{
    mr_producer *p = context;
    mr_error err = {0};

    p->column_count = count;
    if (mr_encoder_new(&p->options.encode, names, count, &p->encoder, &err) != MR_OK) {
        break_off_in_header(p, &err);
        return;
    }
    if (p->options.key != MR_KEY_COLUMN || find_key_column(p, names, count)) {
        return;
    }
    /* The same words, and the nearest name, as for a column that cannot be encoded. */
    const char *columns[] = {p->key_column};
    mr_encode_options probe = {.columns = columns, .column_count = 1};
    mr_encoder *none = NULL;
    mr_code code = mr_encoder_new(&probe, names, count, &none, &err);
    MR_ASSERT(code != MR_OK);
    mr_error_prefix(&err, "partition key: ");
    break_off_in_header(p, &err);
}

/* ---- rejecting ---- */

void producer_reject(mr_producer *p, uint64_t line, mr_bytes raw, const char *why)
{
    mr_trace_emit(p->options.trace, &(mr_event){.type = MR_EVENT_ROW_REJECTED,
                                                .stream = p->target_name,
                                                .id = p->name,
                                                .number = line,
                                                .message = why});
    if (p->handlers.rejected != NULL) {
        p->handlers.rejected(p->handlers.context, line, raw, why);
    }
    if (p->options.strict && !p->stop_now) {
        p->stop_now = true;
        mr_error_set(&p->broken, MR_BAD_INPUT, "%s:%llu: %s", p->name, (unsigned long long)line,
                     why);
    }
}

static bool reject_row(mr_producer *p, const mr_row *row, const char *why)
{
    p->counts.rejected++;
    producer_reject(p, row->line, row->raw, why);
    return !p->stop_now;
}

/* ---- partition keys ---- */

static size_t character_count(mr_bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    }
    return count;
}

static bool column_key_is_fine(mr_bytes key, char why[REASON_SIZE])
{
    if (key.len == 0) {
        snprintf(why, REASON_SIZE, "the partition key is empty");
        return false;
    }
    if (!mr_bytes_is_utf8(key)) {
        snprintf(why, REASON_SIZE, "the partition key is not UTF-8");
        return false;
    }
    if (key.len > MR_PARTITION_KEY_CHARS_MAX && character_count(key) > MR_PARTITION_KEY_CHARS_MAX) {
        snprintf(why, REASON_SIZE, "the partition key has %zu characters; the most is %d",
                 character_count(key), MR_PARTITION_KEY_CHARS_MAX);
        return false;
    }
    return true;
}

/* Appends the row's partition key. random: drawn for every row, put or not, so that a resumed
 * run gives each row the key that it had. */
static bool append_key(mr_producer *p, const mr_row *row, const char *random, char why[REASON_SIZE])
{
    mr_strbuf *out = &p->batch.bytes;
    switch (p->options.key) {
    case MR_KEY_ROUND_ROBIN:
        mr_strbuf_append_uint64(out, row->number);
        return true;
    case MR_KEY_RANDOM:
        mr_strbuf_append(out, random, MR_UUID_SIZE - 1);
        return true;
    case MR_KEY_CONST:
        mr_strbuf_append_text(out, p->key_const);
        return true;
    case MR_KEY_COLUMN:
        break;
    }
    mr_bytes key = row->fields[p->key_place];
    if (!column_key_is_fine(key, why)) {
        return false;
    }
    mr_strbuf_append_bytes(out, key);
    return true;
}

/* ---- rows ---- */

static bool size_is_fine(const mr_producer *p, const batch_entry *entry, char why[REASON_SIZE])
{
    const mr_producer_target *target = &p->options.target;
    if (entry->data_len > target->data_bytes_max) {
        snprintf(why, REASON_SIZE, "the record has %zu bytes of data; %s takes %zu",
                 entry->data_len, p->target_name, target->data_bytes_max);
        return false;
    }
    if (batch_entry_bytes(entry) > target->record_bytes_max) {
        snprintf(why, REASON_SIZE, "the record has %zu bytes, partition key included; %s takes %zu",
                 batch_entry_bytes(entry), p->target_name, target->record_bytes_max);
        return false;
    }
    return true;
}

static bool append_record(mr_producer *p, const mr_row *row, const char *random, batch_entry *entry,
                          char why[REASON_SIZE])
{
    mr_strbuf *bytes = &p->batch.bytes;
    const char *cannot;

    if (row->field_count != p->column_count) {
        snprintf(why, REASON_SIZE, "%zu columns; the %s has %zu", row->field_count,
                 p->options.format.no_header ? "first row" : "header", p->column_count);
        return false;
    }
    if (!append_key(p, row, random, why)) {
        return false;
    }
    entry->key_len = bytes->len - entry->at;
    int64_t loaded_us = entry->arrival_us + mr_clock_jumped_us(p->options.clock);
    if (!mr_encoder_row(p->encoder, row->fields, row->raw, loaded_us, bytes, &cannot)) {
        snprintf(why, REASON_SIZE, "%s", cannot);
        return false;
    }
    entry->data_len = bytes->len - entry->at - entry->key_len;
    return size_is_fine(p, entry, why);
}

/* Whether more rows are wanted for now. */
static bool take_row(mr_producer *p, const mr_row *row)
{
    char random[MR_UUID_SIZE] = "";

    if (p->stop_now) { /* by the header */
        return false;
    }
    if (row->number == 0) {
        p->stop_now = true;
        mr_error_set(&p->broken, MR_BAD_INPUT, "%s:%llu: the header: %s", p->name,
                     (unsigned long long)row->line, row->problem);
        return false;
    }
    p->counts.rows++;
    if (p->options.key == MR_KEY_RANDOM) {
        mr_prng_uuid(&p->keys, random);
    }
    if (MR_UNLIKELY(mr_stored_rows_has(&p->stored, row->number))) {
        p->counts.skipped++;
        return true;
    }
    p->arrived++;
    if (MR_UNLIKELY(row->problem != NULL)) {
        return reject_row(p, row, row->problem);
    }

    char why[REASON_SIZE];
    batch_entry entry = {.at = p->batch.bytes.len,
                         .row = row->number,
                         .line = row->line,
                         .ordinal = p->arrived,
                         .arrival_us = producer_arrival_of(p, p->arrived)};
    if (MR_UNLIKELY(!append_record(p, row, random, &entry, why))) {
        batch_cut(&p->batch, entry.at);
        return reject_row(p, row, why);
    }
    batch_add(&p->batch, &entry);
    return !batch_is_full(&p->batch);
}

bool producer_on_row(void *context, const mr_row *row)
{
    mr_producer *p = context;
    bool going = take_row(p, row);
    if (MR_UNLIKELY(p->options.rows_max > 0 && p->counts.rows == p->options.rows_max)) {
        p->input_ended = true;
        p->reader_finished = true;
        return false;
    }
    return going;
}
