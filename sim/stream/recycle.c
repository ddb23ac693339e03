/*
 * recycle.c - what leaves a stream: records past retention, and at the cap on its disk the
 * oldest segments that everyone who holds has read. See stream.h.
 *
 * Both go by whole segments and are looked at only when a segment is to be added, and on the
 * world's timer. What retention hides inside a segment, the reader jumps over.
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/state.h"

/* ---- rows that leave with their segment ---- */

/* The highest row per input of a segment. Inputs are few. */
typedef struct row_marks {
    struct {
        uint32_t input;
        uint64_t row;
    } * items;
    size_t count, capacity;
} row_marks;

static void marks_note(row_marks *marks, uint32_t input, uint64_t row)
{
    for (size_t i = 0; i < marks->count; i++) {
        if (marks->items[i].input == input) {
            if (row > marks->items[i].row) {
                marks->items[i].row = row;
            }
            return;
        }
    }
    MR_GROW(marks->items, marks->count, marks->capacity);
    marks->items[marks->count].input = input;
    marks->items[marks->count++].row = row;
}

static mr_code collect_rows(mr_ring *ring, const mr_ring_oldest *oldest, row_marks *marks,
                            mr_error *err)
{
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, oldest->first);
    mr_code code = MR_OK;
    bool more = true;
    while (code == MR_OK && more && mr_ring_cursor_at(cursor) <= oldest->last) {
        mr_record_view view;
        code = mr_ring_cursor_next(cursor, &view, &more, err);
        if (code == MR_OK && more && view.input != 0) {
            marks_note(marks, view.input, view.row);
        }
    }
    mr_ring_cursor_free(cursor);
    return code;
}

/* Remembers, before a segment goes, how far its inputs were stored: `run --resume` must not put
 * those rows again. */
static mr_code save_rows(const mr_shard *shard, const mr_ring_oldest *oldest, mr_error *err)
{
    if (!oldest->has_rows) {
        return MR_OK;
    }
    mr_db *db = shard->stream->streams->options.db;
    row_marks marks = {0};
    mr_code code = collect_rows(shard->ring, oldest, &marks, err);
    for (size_t i = 0; i < marks.count && code == MR_OK; i++) {
        mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO recycled_rows (stream, input, through_row)"
                                       " VALUES (?, ?, ?) ON CONFLICT (stream, input) DO UPDATE SET"
                                       " through_row = max(through_row, excluded.through_row)");
        mr_stmt_bind_text(stmt, 1, shard->stream->name);
        mr_stmt_bind_int(stmt, 2, marks.items[i].input);
        mr_stmt_bind_int(stmt, 3, (int64_t)marks.items[i].row);
        code = mr_stmt_run(db, stmt, err);
    }
    mr_free(marks.items);
    return code;
}

/* ---- one segment ---- */

static void tell_expired(const mr_shard *shard, const mr_ring_oldest *oldest)
{
    mr_event event = {.type = MR_EVENT_SEGMENT_RECYCLED,
                      .stream = shard->stream->name,
                      .shard = shard->id,
                      .reason = "retention",
                      .number = oldest->last,
                      .records = oldest->last + 1 - oldest->first,
                      .bytes = oldest->bytes};
    mr_trace_emit(shard->stream->streams->options.trace, &event);
}

/* Early, so it says which stream, and up to when its records are gone. */
static void tell_capped(const mr_shard *shard, const mr_ring_oldest *oldest)
{
    char cut_off[MR_ISO_SIZE];
    mr_iso_format(oldest->last_arrival_us, cut_off);
    char *message = mr_format(
        "stream %s is at its cap on disk (--stream-bytes): the records of %s up to %s were removed "
        "before the end of their retention",
        shard->stream->name, shard->id, cut_off);
    mr_event event = {.type = MR_EVENT_SEGMENT_RECYCLED,
                      .stream = shard->stream->name,
                      .shard = shard->id,
                      .reason = "cap",
                      .message = message,
                      .number = oldest->last,
                      .records = oldest->last + 1 - oldest->first,
                      .bytes = oldest->bytes};
    mr_trace_emit(shard->stream->streams->options.trace, &event);
    mr_free(message);
}

/* Removes the oldest segment of the shard, which is `oldest`. */
static mr_code drop_oldest(mr_shard *shard, const mr_ring_oldest *oldest, mr_error *err)
{
    mr_code code = save_rows(shard, oldest, err);
    if (code != MR_OK) {
        return code;
    }
    size_t removed;
    return mr_ring_recycle(shard->ring, oldest->last + 1, INT64_MAX, &removed, err);
}

/* ---- retention ---- */

static mr_code drop_expired(mr_shard *shard, int64_t wall_us, mr_error *err)
{
    const int64_t cutoff_us = wall_us - shard->stream->retention_us;
    mr_ring_oldest oldest;
    while (mr_ring_oldest_segment(shard->ring, &oldest) && oldest.last_arrival_us < cutoff_us) {
        mr_code code = drop_oldest(shard, &oldest, err);
        if (code != MR_OK) {
            return code;
        }
        tell_expired(shard, &oldest);
    }
    return MR_OK;
}

/* ---- the cap ---- */

static uint64_t disk_bytes(const mr_stream *stream)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < stream->shards_count; i++) {
        bytes += mr_ring_disk_bytes(stream->shards[i]->ring);
    }
    return bytes;
}

static uint64_t lowest_hold(const mr_shard *shard)
{
    uint64_t lowest = UINT64_MAX;
    for (const mr_reader *reader = shard->readers; reader != NULL; reader = reader->next) {
        if (reader->hold < lowest) {
            lowest = reader->hold;
        }
    }
    return lowest;
}

/* The shard whose oldest segment ends first of those that every holder has passed; NULL when
 * there is none. *full: there is a segment to recycle, read or not. */
static mr_shard *pick_passed(const mr_stream *stream, mr_ring_oldest *picked, bool *full)
{
    mr_shard *best = NULL;
    *full = false;
    for (size_t i = 0; i < stream->shards_count; i++) {
        mr_shard *shard = stream->shards[i];
        mr_ring_oldest oldest;
        if (!mr_ring_oldest_segment(shard->ring, &oldest)) {
            continue;
        }
        *full = true;
        if (oldest.last < lowest_hold(shard) &&
            (best == NULL || oldest.last_arrival_us < picked->last_arrival_us)) {
            best = shard;
            *picked = oldest;
        }
    }
    return best;
}

static mr_code keep_cap(mr_stream *stream, uint64_t growth, mr_error *err)
{
    const uint64_t cap = stream->streams->options.stream_bytes_max;
    while (disk_bytes(stream) + growth > cap) {
        mr_ring_oldest oldest;
        bool full;
        mr_shard *shard = pick_passed(stream, &oldest, &full);
        if (shard == NULL) {
            /* Every shard may fill the one segment it has, however low the cap is: otherwise
             * nothing could be written that a reader could pass. */
            return full ? MR_THROTTLED : MR_OK;
        }
        mr_code code = drop_oldest(shard, &oldest, err);
        if (code != MR_OK) {
            return code;
        }
        tell_capped(shard, &oldest);
    }
    return MR_OK;
}

mr_code mr_stream_make_room(mr_shard *shard, uint64_t growth, int64_t wall_us, mr_error *err)
{
    mr_code code = drop_expired(shard, wall_us, err);
    if (code != MR_OK) {
        return code;
    }
    return keep_cap(shard->stream, growth, err);
}

static mr_code recycle_stream(mr_stream *stream, int64_t wall_us, mr_error *err)
{
    for (size_t i = 0; i < stream->shards_count; i++) {
        mr_code code = drop_expired(stream->shards[i], wall_us, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_code code = keep_cap(stream, 0, err);
    return code == MR_THROTTLED ? MR_OK : code; /* nobody writes now, so nobody waits */
}

mr_code mr_streams_recycle(mr_streams *streams, mr_error *err)
{
    const int64_t wall_us = mr_clock_wall_us(streams->options.clock);
    size_t count = mr_map_count(streams->by_name);
    mr_stream **sorted = (mr_stream **)(void *)mr_map_sorted(streams->by_name);
    mr_code code = MR_OK;
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = recycle_stream(sorted[i], wall_us, err);
    }
    mr_free(sorted);
    return code;
}

/* ---- rows stored ---- */

static mr_code load_through(const mr_stream *stream, uint32_t input, uint64_t *through,
                            mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt =
        mr_db_stmt(db, "SELECT through_row FROM recycled_rows WHERE stream = ? AND input = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, input);
    bool row;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code == MR_OK && row) {
        *through = (uint64_t)mr_stmt_int(stmt, 0);
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_stream_stored_rows(mr_stream *stream, uint32_t input, uint64_t *through,
                              mr_stored_row_fn fn, void *context, mr_error *err)
{
    MR_ASSERT(input != 0);
    *through = 0;
    mr_code code = load_through(stream, input, through, err);
    bool wanted = true;
    const bool skips_row =
        mr_faults_mutates(stream->streams->options.faults, MR_MUTATION_RESUME_SKIPS_ROW);
    for (size_t i = 0; i < stream->shards_count && code == MR_OK && wanted; i++) {
        mr_ring_cursor *cursor = mr_ring_cursor_new(stream->shards[i]->ring, 0);
        mr_record_view view;
        bool more = true;
        while (wanted && (code = mr_ring_cursor_next(cursor, &view, &more, err)) == MR_OK && more) {
            wanted = view.input != input ||
                     (fn(context, view.row) && (!skips_row || fn(context, view.row + 1)));
        }
        mr_ring_cursor_free(cursor);
    }
    return code;
}
