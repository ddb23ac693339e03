/* reader.c - a consumer's place in one shard: reading, waking, holding. See stream.h. */
#include "sim/base/alloc.h"
#include "sim/stream/state.h"

mr_reader *mr_reader_new(mr_shard *shard, uint64_t number)
{
    const uint64_t behind = mr_ring_last(shard->ring) + 1;
    mr_reader *reader = mr_calloc(1, sizeof(*reader));
    reader->shard = shard;
    reader->at = number > behind ? behind : number;
    if (reader->at == 0) {
        reader->at = 1;
    }
    reader->batch_first = reader->at;
    reader->hold = UINT64_MAX;
    reader->cursor = mr_ring_cursor_new(shard->ring, reader->at);
    mr_link_init(&reader->wake);

    reader->next = shard->readers;
    if (reader->next != NULL) {
        reader->next->prev = reader;
    }
    shard->readers = reader;
    shard->stream->readers_count++;
    return reader;
}

/* One reader fewer; a deleted stream goes with its last one. */
void mr_stream_let_go(mr_stream *stream)
{
    MR_ASSERT(stream->readers_count > 0);
    stream->readers_count--;
    if (!stream->deleted || stream->readers_count > 0) {
        return;
    }
    mr_stream **link = &stream->streams->deleted;
    while (*link != stream) {
        link = &(*link)->deleted_next;
    }
    *link = stream->deleted_next;
    mr_stream_free(stream);
}

void mr_reader_free(mr_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    mr_stream *stream = reader->shard->stream;
    mr_link_remove(&reader->wake);
    mr_ring_cursor_free(reader->cursor);
    if (reader->next != NULL) {
        reader->next->prev = reader->prev;
    }
    if (reader->prev != NULL) {
        reader->prev->next = reader->next;
    } else {
        reader->shard->readers = reader->next;
    }
    mr_free(reader);
    mr_stream_let_go(stream);
}

/* ---- reading ---- */

/* Takes one read out of the limits, or refuses it. */
static bool admit(mr_shard *shard, int64_t now_us)
{
    mr_stream *stream = shard->stream;
    if (!stream->limited) {
        return true;
    }
    mr_bucket *bytes = stream->on_demand ? &stream->read_bytes : &shard->read_bytes;
    if (!mr_bucket_is_open(bytes, now_us) || !mr_bucket_has(&shard->reads, 1, now_us)) {
        return false;
    }
    mr_bucket_take(&shard->reads, 1);
    return true;
}

static void spend(mr_shard *shard, uint64_t bytes)
{
    mr_stream *stream = shard->stream;
    if (stream->limited) {
        mr_bucket_spend(stream->on_demand ? &stream->read_bytes : &shard->read_bytes,
                        (int64_t)bytes);
    }
}

static mr_code refuse(const mr_shard *shard, mr_error *err)
{
    return mr_error_set(err, MR_THROTTLED, "Rate exceeded for shard %s in stream %s", shard->id,
                        shard->stream->name);
}

static mr_fault ask_fault(const mr_shard *shard, int64_t now_us)
{
    if (shard->stream->internal) { /* no GetRecords stands between it and its delivery stream */
        return (mr_fault){.kind = MR_FAULT_NONE};
    }
    return mr_faults_ask(shard->stream->streams->options.faults, MR_POINT_STREAM_READ,
                         shard->fault_target, now_us);
}

/* Jumps over the records that arrived before cutoff_us, of which `view` is one. */
static void jump_expired(mr_reader *reader, const mr_record_view *view, int64_t cutoff_us)
{
    uint64_t live = mr_ring_find_time(reader->shard->ring, cutoff_us);
    if (live > view->number + 1) {
        mr_ring_cursor_seek(reader->cursor, live);
    }
}

/* Hands over records numbered below `stop` until a limit. */
static mr_code hand_over(mr_reader *reader, uint64_t stop, int64_t cutoff_us,
                         const mr_read_limits *limits, mr_record_fn fn, void *context,
                         int64_t *last_arrival_us, mr_read_result *result, mr_error *err)
{
    while (result->records < limits->records_max && reader->at < stop) {
        mr_record_view view;
        bool more;
        mr_code code = mr_ring_cursor_next(reader->cursor, &view, &more, err);
        if (code != MR_OK) {
            return code;
        }
        if (!more) {
            uint64_t last = mr_ring_last(reader->shard->ring);
            if (mr_ring_cursor_at(reader->cursor) <= last) { /* a damaged ring has lost the rest */
                mr_ring_cursor_seek(reader->cursor, last + 1);
            }
            break;
        }
        if (view.arrival_us < cutoff_us) {
            jump_expired(reader, &view, cutoff_us);
            continue;
        }
        size_t bytes = view.data.len + view.partition_key.len;
        if (view.number >= stop ||
            (result->records > 0 && result->bytes + bytes > limits->bytes_max)) {
            mr_ring_cursor_unread(reader->cursor);
            break;
        }
        if (result->records == 0) {
            reader->batch_first = view.number;
        }
        result->expired += view.number - reader->at;
        result->records++;
        result->bytes += bytes;
        *last_arrival_us = view.arrival_us;
        reader->at = view.number + 1;
        fn(context, &view);
    }
    return MR_OK;
}

/* Moves the reader over expired or lost records that no record handed over came behind. */
static void pass_expired(mr_reader *reader, uint64_t stop, mr_read_result *result)
{
    uint64_t passed = mr_ring_cursor_at(reader->cursor);
    if (passed > stop) {
        passed = stop;
    }
    if (passed > reader->at) {
        result->expired += passed - reader->at;
        reader->at = passed;
    }
}

static mr_code require_not_deleted(const mr_stream *stream, mr_error *err)
{
    return stream->deleted
               ? mr_error_set(err, MR_STREAM_NOT_FOUND, "stream %s was deleted", stream->name)
               : MR_OK;
}

/* Reads the records numbered below `stop`. */
static mr_code fetch(mr_reader *reader, uint64_t stop, const mr_read_limits *limits,
                     mr_record_fn fn, void *context, mr_read_result *result, mr_error *err)
{
    mr_shard *shard = reader->shard;
    const int64_t wall_us = mr_clock_wall_us(shard->stream->streams->options.clock);
    int64_t last_arrival_us = wall_us;
    mr_code code = hand_over(reader, stop, wall_us - shard->stream->retention_us, limits, fn,
                             context, &last_arrival_us, result, err);
    if (result->records > 0) {
        mr_rate_add(shard->read_rate, result->records, result->bytes);
    }
    if (code != MR_OK) {
        return code;
    }
    pass_expired(reader, stop, result);
    result->full = !mr_reader_at_tip(reader);
    result->behind_us = result->full && last_arrival_us < wall_us ? wall_us - last_arrival_us : 0;
    reader->shard->stream->behind_us = result->behind_us;
    result->ended = !shard->open && !result->full;
    return MR_OK;
}

mr_code mr_reader_fetch(mr_reader *reader, const mr_read_limits *limits, mr_record_fn fn,
                        void *context, mr_read_result *result, mr_error *err)
{
    MR_ASSERT(limits->records_max > 0);
    *result = (mr_read_result){0};
    mr_code code = require_not_deleted(reader->shard->stream, err);
    return code == MR_OK ? fetch(reader, UINT64_MAX, limits, fn, context, result, err) : code;
}

mr_code mr_reader_read(mr_reader *reader, const mr_read_limits *limits, mr_record_fn fn,
                       void *context, mr_read_result *result, mr_error *err)
{
    MR_ASSERT(limits->records_max > 0);
    mr_shard *shard = reader->shard;
    const int64_t now_us = mr_clock_now_us(shard->stream->streams->options.clock);

    *result = (mr_read_result){0};
    mr_code code = require_not_deleted(shard->stream, err);
    if (code != MR_OK) {
        return code;
    }
    if (!admit(shard, now_us)) {
        return refuse(shard, err);
    }
    mr_fault fault = ask_fault(shard, now_us);
    if (fault.kind == MR_FAULT_READ_THROTTLED) {
        return refuse(shard, err);
    }
    result->delay_us = fault.delay_us;

    uint64_t stop = UINT64_MAX;
    if (fault.kind == MR_FAULT_READ_DUPLICATE && reader->batch_first < reader->at) {
        stop = reader->at;
        reader->at = reader->batch_first;
        mr_ring_cursor_seek(reader->cursor, reader->at);
    }

    const bool is_again = stop != UINT64_MAX;
    code = fetch(reader, stop, limits, fn, context, result, err);
    if (is_again) {
        reader->batch_first = reader->at; /* once: the next to be repeated is the next batch */
    }
    spend(shard, result->bytes);
    return code;
}

mr_code mr_shard_visit(mr_shard *shard, uint64_t first, uint64_t last, mr_record_fn fn,
                       void *context, mr_error *err)
{
    mr_ring_cursor *cursor = mr_ring_cursor_new(shard->ring, first);
    mr_record_view view;
    bool more = true;
    mr_code code = MR_OK;
    while ((code = mr_ring_cursor_next(cursor, &view, &more, err)) == MR_OK && more &&
           view.number <= last) {
        if (view.number >= first) {
            fn(context, &view);
        }
    }
    mr_ring_cursor_free(cursor);
    return code;
}

/* ---- questions ---- */

uint64_t mr_reader_at(const mr_reader *reader)
{
    return reader->at;
}

mr_shard *mr_reader_shard(const mr_reader *reader)
{
    return reader->shard;
}

bool mr_reader_at_tip(const mr_reader *reader)
{
    return reader->at > mr_ring_last(reader->shard->ring);
}

void mr_reader_hold(mr_reader *reader, uint64_t number)
{
    reader->hold = number;
}

/* ---- waking ---- */

void mr_reader_wake(mr_reader *reader, mr_timer_fn fn, void *context)
{
    mr_link_remove(&reader->wake);
    reader->wake_fn = fn;
    reader->wake_context = context;
    if (fn != NULL) {
        mr_link_append(&reader->shard->parked, &reader->wake);
    }
}

static mr_reader *reader_of_link(mr_link *link)
{
    return (mr_reader *)(void *)((char *)link - offsetof(mr_reader, wake));
}

void mr_shard_wake(mr_shard *shard)
{
    if (MR_LIKELY(shard->parked.next == &shard->parked)) {
        return;
    }
    /* Those who ask again while they are called wait for the next time. */
    mr_link called;
    mr_link_init(&called);
    while (shard->parked.next != &shard->parked) {
        mr_link *link = shard->parked.next;
        mr_link_remove(link);
        mr_link_append(&called, link);
    }
    while (called.next != &called) {
        mr_reader *reader = reader_of_link(called.next);
        mr_timer_fn fn = reader->wake_fn;
        mr_link_remove(&reader->wake);
        reader->wake_fn = NULL;
        fn(reader->wake_context);
    }
}
