/*
 * ring.c - see ring.h. One segment file is segment.c's; here is the row of them.
 *
 * Invariants:
 *   1. segments[i] holds numbers first .. first+count-1, all below segments[i+1].first.
 *   2. The last segment is the tail: it alone is written, and it stays held (mapped).
 *   3. Only the last segment may be without records, except one that damage emptied.
 *   4. next is the number the next record gets: tail.first + tail.count when there is a tail.
 */
#include "sim/stream/ring.h"

#include "sim/base/alloc.h"
#include "sim/stream/segment.h"

#define PAGE_BYTES        ((size_t)4096)
#define YOUNG_NAME_SUFFIX ".seg.new" /* a segment that was never finished */

struct mr_ring {
    mr_file_system *fs;
    char *directory;
    size_t segment_bytes_first, segment_bytes_max;

    mr_segment **segments; /* in order of number */
    size_t count, capacity;
    uint64_t next; /* the number of the next record */
    int64_t last_arrival_us;
    uint64_t disk_bytes;
};

struct mr_ring_cursor {
    mr_ring *ring;
    uint64_t number;     /* the record that next gives, or the place where it will be */
    mr_segment *segment; /* held; NULL: to be found by number */
    uint64_t offset;     /* of that record in the segment */
    uint64_t before;     /* offset of the record given last, which is in the same segment */
};

static mr_segment *tail_of(const mr_ring *ring)
{
    return ring->count == 0 ? NULL : ring->segments[ring->count - 1];
}

static void segments_add(mr_ring *ring, mr_segment *segment)
{
    MR_GROW(ring->segments, ring->count, ring->capacity);
    ring->segments[ring->count++] = segment;
    ring->disk_bytes += segment->size_bytes;
}

/* Takes the segment out of the row. It lives on for the cursors that are in it. */
static void segments_drop(mr_ring *ring, size_t place)
{
    mr_segment *segment = ring->segments[place];
    ring->disk_bytes -= segment->size_bytes;
    segment->removed = true;
    if (segment->holds == 0) {
        mr_segment_free(ring->fs, segment);
    }
    ring->count--;
    memmove(ring->segments + place, ring->segments + place + 1,
            (ring->count - place) * sizeof(ring->segments[0]));
}

/* ---- growing ---- */

static uint64_t round_to_page(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* The next segment for a record of record_bytes (0: for any). */
static mr_segment plan_segment(const mr_ring *ring, uint64_t record_bytes)
{
    const mr_segment *tail = tail_of(ring);
    uint64_t grown = ring->segment_bytes_first;
    if (tail != NULL) { /* a tail without records is replaced by one of its kind */
        grown = tail->count == 0 ? tail->grown_bytes : tail->grown_bytes * 2;
    }
    if (grown > ring->segment_bytes_max) {
        grown = ring->segment_bytes_max;
    }
    if (grown < ring->segment_bytes_first) {
        grown = ring->segment_bytes_first;
    }
    uint64_t needed = round_to_page(MR_SEGMENT_HEADER_BYTES + record_bytes);
    return (mr_segment){.first = ring->next,
                        .size_bytes = needed > grown ? needed : grown,
                        .grown_bytes = grown,
                        .floor_arrival_us = ring->last_arrival_us};
}

/* Makes the segment that becomes the tail. The one before it stays as it is. */
static mr_code add_tail(mr_ring *ring, uint64_t record_bytes, mr_error *err)
{
    mr_segment plan = plan_segment(ring, record_bytes);
    mr_segment *segment;
    mr_code code = mr_segment_create(ring->fs, ring->directory, &plan, &segment, err);
    if (code == MR_OK) {
        segments_add(ring, segment);
    }
    return code;
}

/* A new tail in place of a full one. */
static mr_code grow(mr_ring *ring, uint64_t record_bytes, mr_error *err)
{
    mr_segment *full = tail_of(ring);
    mr_code code = add_tail(ring, record_bytes, err);
    if (code != MR_OK || full == NULL) {
        return code;
    }
    mr_segment_let_go(ring->fs, full);
    if (full->count == 0) { /* its file has just been replaced: the name is the same */
        segments_drop(ring, ring->count - 2);
    }
    return MR_OK;
}

/* ---- opening ---- */

typedef struct listing {
    uint64_t *firsts;
    size_t count, capacity;
    char *young; /* a file that a killed process left half-made; owned */
} listing;

static bool on_name(const char *name, const mr_file_info *info, void *context)
{
    listing *found = context;
    uint64_t first;
    if (info->is_directory) {
        return true;
    }
    if (mr_segment_name_parse(name, &first)) {
        MR_GROW(found->firsts, found->count, found->capacity);
        found->firsts[found->count++] = first;
    } else if (mr_bytes_ends_with(mr_bytes_of(name), MR_BYTES_LITERAL(YOUNG_NAME_SUFFIX))) {
        mr_free(found->young); /* one writer makes one at a time */
        found->young = mr_strdup(name);
    }
    return true;
}

static mr_code remove_file(mr_ring *ring, const char *name, mr_error *err)
{
    char *path = mr_format("%s/%s", ring->directory, name);
    mr_code code = ring->fs->remove(ring->fs, path, err);
    mr_free(path);
    return code;
}

static mr_code remove_segment_file(mr_ring *ring, uint64_t first, mr_error *err)
{
    char name[MR_SEGMENT_NAME_SIZE];
    mr_segment_name(first, name);
    return remove_file(ring, name, err);
}

/* The most records that the lost bytes can have held. */
static uint64_t lost_records_max(const mr_ring *ring, const mr_segment_damage *damage)
{
    uint64_t bytes = damage->bytes_dropped;
    if (damage->header_lost && bytes < ring->segment_bytes_max) {
        bytes = ring->segment_bytes_max; /* the file may have been cut: its size says nothing */
    }
    return bytes == 0 ? 0 : bytes / MR_RECORD_HEADER_BYTES + 1;
}

/* Puts a segment that was just opened into the row, and the file in order. It is freed or owned
 * by the row afterwards, also when this fails. */
static mr_code settle(mr_ring *ring, mr_segment *segment, const mr_segment_damage *damage,
                      bool newest, mr_error *err)
{
    const uint64_t first = segment->first;
    const uint64_t lost = lost_records_max(ring, damage);
    const bool has_header = segment->memory != NULL; /* else too short for one: nothing is in it */
    if (has_header) {
        segments_add(ring, segment);
    } else {
        mr_segment_free(ring->fs, segment);
    }

    mr_code code = MR_OK;
    if (newest && lost > 0) {
        /* A consumer may remember having read what is lost: its numbers are not given again. The
         * new tail comes before the mending, or a kill between the two would forget the gap. */
        ring->next += lost;
        code = add_tail(ring, 0, err);
    }
    if (code == MR_OK && !has_header) {
        return remove_segment_file(ring, first, err);
    }
    if (!has_header) {
        return code;
    }
    if (code == MR_OK && (newest || lost > 0 || damage->cut)) {
        mr_segment_mend(segment);
    }
    if (segment != tail_of(ring) || !newest) {
        mr_segment_let_go(ring->fs, segment);
    } else if (code == MR_OK) {
        code = mr_segment_reserve(ring->fs, ring->directory, segment, err);
        if (code == MR_OK) { /* mending has looked at every page; few of them are needed again */
            code = mr_segment_map_anew(ring->fs, ring->directory, segment, err);
        }
    }
    return code;
}

static mr_code take_in(mr_ring *ring, uint64_t first, bool newest, uint64_t *dropped, mr_error *err)
{
    if (first < ring->next) {
        return mr_error_set(err, MR_CORRUPT,
                            "%s: a segment begins at record %llu, but the one before it ends at "
                            "record %llu; remove the one that does not belong there",
                            ring->directory, (unsigned long long)first,
                            (unsigned long long)ring->next - 1);
    }
    mr_segment *segment;
    mr_segment_damage damage;
    mr_code code = mr_segment_open(ring->fs, ring->directory, first, ring->last_arrival_us,
                                   &segment, &damage, err);
    if (code != MR_OK) {
        return code;
    }
    *dropped += damage.bytes_dropped;
    ring->next = first + segment->count;
    ring->last_arrival_us = segment->last_arrival_us;
    return settle(ring, segment, &damage, newest, err);
}

static mr_code open_segments(mr_ring *ring, uint64_t *dropped, mr_error *err)
{
    listing found = {0};
    mr_code code = ring->fs->make_directories(ring->fs, ring->directory, err);
    if (code == MR_OK) {
        code = ring->fs->list(ring->fs, ring->directory, on_name, &found, err);
    }
    if (code == MR_OK && found.young != NULL) {
        code = remove_file(ring, found.young, err);
    }
    for (size_t i = 0; i < found.count && code == MR_OK; i++) { /* byte order of names: by number */
        code = take_in(ring, found.firsts[i], i + 1 == found.count, dropped, err);
    }
    mr_free(found.firsts);
    mr_free(found.young);
    return code;
}

mr_code mr_ring_open(const mr_ring_options *options, mr_ring **out, mr_ring_recovery *recovery,
                     mr_error *err)
{
    mr_ring *ring = mr_calloc(1, sizeof(*ring));
    ring->fs = options->fs;
    ring->directory = mr_strdup(options->directory);
    ring->segment_bytes_first = options->segment_bytes_first != 0 ? options->segment_bytes_first
                                                                  : MR_RING_SEGMENT_BYTES_FIRST;
    ring->segment_bytes_max =
        options->segment_bytes_max != 0 ? options->segment_bytes_max : MR_RING_SEGMENT_BYTES_MAX;
    ring->segment_bytes_max = mr_max_size(ring->segment_bytes_max, ring->segment_bytes_first);
    MR_ASSERT(ring->segment_bytes_first >= PAGE_BYTES);
    ring->next = 1;
    ring->last_arrival_us = INT64_MIN;

    uint64_t dropped = 0;
    mr_code code = open_segments(ring, &dropped, err);
    if (code != MR_OK) {
        mr_ring_close(ring);
        return code;
    }
    if (recovery != NULL) {
        *recovery = (mr_ring_recovery){.bytes_dropped = dropped};
        for (size_t i = 0; i < ring->count; i++) {
            recovery->records += ring->segments[i]->count;
        }
    }
    *out = ring;
    return MR_OK;
}

void mr_ring_close(mr_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    for (size_t i = 0; i < ring->count; i++) {
        mr_segment_free(ring->fs, ring->segments[i]);
    }
    mr_free(ring->segments);
    mr_free(ring->directory);
    mr_free(ring);
}

/* ---- appending ---- */

uint64_t mr_ring_growth(const mr_ring *ring, size_t key_len, size_t data_len)
{
    const mr_segment *tail = tail_of(ring);
    uint64_t bytes = mr_segment_record_bytes(key_len, data_len);
    if (tail != NULL && mr_segment_has_room(tail, bytes)) {
        return 0;
    }
    return plan_segment(ring, bytes).size_bytes;
}

mr_code mr_ring_append(mr_ring *ring, const mr_record *record, int64_t arrival_us, uint64_t *number,
                       mr_error *err)
{
    mr_segment *tail = tail_of(ring);
    uint64_t bytes = mr_segment_record_bytes(record->partition_key.len, record->data.len);
    if (MR_UNLIKELY(tail == NULL || !mr_segment_has_room(tail, bytes))) {
        mr_code code = grow(ring, bytes, err);
        if (code != MR_OK) {
            return code;
        }
        tail = tail_of(ring);
    }
    if (arrival_us > ring->last_arrival_us) { /* a clock set back: numbers and times still rise */
        ring->last_arrival_us = arrival_us;
    }
    mr_segment_append(tail, record, ring->last_arrival_us);
    *number = ring->next++;
    return MR_OK;
}

mr_code mr_ring_sync(mr_ring *ring, mr_error *err)
{
    const mr_segment *tail = tail_of(ring);
    if (tail == NULL) {
        return MR_OK;
    }
    mr_code code = mr_segment_sync(ring->fs, ring->directory, tail, err);
    if (code == MR_OK) {
        code = ring->fs->sync_directory(ring->fs, ring->directory, err);
    }
    return code;
}

mr_code mr_ring_trim(mr_ring *ring, mr_error *err)
{
    mr_segment *tail = tail_of(ring);
    uint64_t bytes = tail == NULL ? 0 : round_to_page(tail->end);
    if (tail == NULL || bytes >= tail->size_bytes) {
        return MR_OK;
    }
    uint64_t saved = tail->size_bytes - bytes;
    mr_code code = mr_segment_shrink(ring->fs, ring->directory, tail, bytes, err);
    if (code == MR_OK) {
        ring->disk_bytes -= saved;
    }
    return code;
}

/* ---- questions ---- */

uint64_t mr_ring_first(const mr_ring *ring)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (ring->segments[i]->count > 0) {
            return ring->segments[i]->first;
        }
    }
    return ring->next;
}

uint64_t mr_ring_last(const mr_ring *ring)
{
    return ring->next - 1;
}

int64_t mr_ring_last_arrival_us(const mr_ring *ring)
{
    return ring->last_arrival_us;
}

uint64_t mr_ring_disk_bytes(const mr_ring *ring)
{
    return ring->disk_bytes;
}

uint64_t mr_ring_mapped_bytes(const mr_ring *ring)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ring->count; i++) {
        bytes += ring->segments[i]->memory != NULL ? ring->segments[i]->memory_bytes : 0;
    }
    return bytes;
}

/* ---- lookups ---- */

/* The place of the first segment that ends at or behind `number`; count when none does. */
static size_t place_of_number(const mr_ring *ring, uint64_t number)
{
    size_t low = 0;
    for (size_t high = ring->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        const mr_segment *segment = ring->segments[middle];
        if (segment->first + segment->count > number) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The place of the first segment whose last record arrived at or after time_us. */
static size_t place_of_time(const mr_ring *ring, int64_t time_us)
{
    size_t low = 0;
    for (size_t high = ring->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (ring->segments[middle]->last_arrival_us >= time_us) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

uint64_t mr_ring_find_time(mr_ring *ring, int64_t time_us)
{
    size_t place = place_of_time(ring, time_us);
    while (place < ring->count && ring->segments[place]->count == 0) {
        place++;
    }
    if (place == ring->count) {
        return ring->next;
    }
    mr_segment *segment = ring->segments[place];
    mr_segment_mark mark = mr_segment_mark_of_time(segment, time_us);
    if (mark.arrival_us >= time_us ||
        mr_segment_hold(ring->fs, ring->directory, segment, NULL) != MR_OK) {
        return mark.number;
    }
    mr_record_view view;
    uint64_t offset = mark.offset;
    do {
        offset = mr_segment_view(segment, offset, &view);
    } while (view.arrival_us < time_us);
    mr_segment_let_go(ring->fs, segment);
    return view.number;
}

/* ---- reading ---- */

static uint64_t clamp_number(const mr_ring *ring, uint64_t number)
{
    uint64_t first = mr_ring_first(ring);
    if (number < first) {
        return first;
    }
    return number > ring->next ? ring->next : number;
}

mr_ring_cursor *mr_ring_cursor_new(mr_ring *ring, uint64_t number)
{
    mr_ring_cursor *cursor = mr_calloc(1, sizeof(*cursor));
    cursor->ring = ring;
    cursor->number = clamp_number(ring, number);
    return cursor;
}

static void leave_segment(mr_ring_cursor *cursor)
{
    if (cursor->segment != NULL) {
        mr_segment_let_go(cursor->ring->fs, cursor->segment);
        cursor->segment = NULL;
    }
}

void mr_ring_cursor_free(mr_ring_cursor *cursor)
{
    if (cursor != NULL) {
        leave_segment(cursor);
        mr_free(cursor);
    }
}

void mr_ring_cursor_seek(mr_ring_cursor *cursor, uint64_t number)
{
    number = clamp_number(cursor->ring, number);
    if (number != cursor->number) {
        leave_segment(cursor);
        cursor->number = number;
    }
}

uint64_t mr_ring_cursor_at(const mr_ring_cursor *cursor)
{
    return cursor->number;
}

/* Enters the segment that holds cursor->number, or the next number that is kept. *found: false at
 * the tip. */
static mr_code enter_segment(mr_ring_cursor *cursor, bool *found, mr_error *err)
{
    mr_ring *ring = cursor->ring;
    size_t place = place_of_number(ring, cursor->number);
    while (place < ring->count && ring->segments[place]->count == 0) {
        place++;
    }
    *found = place < ring->count;
    if (!*found) {
        return MR_OK;
    }
    mr_segment *segment = ring->segments[place];
    mr_code code = mr_segment_hold(ring->fs, ring->directory, segment, err);
    if (code != MR_OK) {
        return code;
    }
    if (cursor->number < segment->first) {
        cursor->number = segment->first;
    }
    mr_segment_mark mark = mr_segment_mark_of_number(segment, cursor->number);
    mr_record_view view;
    while (mark.number < cursor->number) {
        mark.offset = mr_segment_view(segment, mark.offset, &view);
        mark.number++;
    }
    cursor->segment = segment;
    cursor->offset = mark.offset;
    return MR_OK;
}

mr_code mr_ring_cursor_next(mr_ring_cursor *cursor, mr_record_view *view, bool *more, mr_error *err)
{
    mr_segment *segment = cursor->segment;
    if (MR_UNLIKELY(segment == NULL || segment->removed || cursor->offset == segment->end)) {
        if (segment != NULL && !segment->removed && segment == tail_of(cursor->ring)) {
            *more = false; /* at the tip: the tail is mapped anyhow */
            return MR_OK;
        }
        leave_segment(cursor);
        mr_code code = enter_segment(cursor, more, err);
        if (code != MR_OK || !*more) {
            return code;
        }
    }
    cursor->before = cursor->offset;
    cursor->offset = mr_segment_view(cursor->segment, cursor->offset, view);
    cursor->number++;
    *more = true;
    return MR_OK;
}

void mr_ring_cursor_unread(mr_ring_cursor *cursor)
{
    MR_ASSERT(cursor->segment != NULL);
    MR_ASSERT(cursor->before < cursor->offset);
    cursor->offset = cursor->before;
    cursor->number--;
}

/* ---- recycling ---- */

mr_code mr_ring_recycle(mr_ring *ring, uint64_t below, int64_t before_us, size_t *removed,
                        mr_error *err)
{
    *removed = 0;
    while (ring->count > 1) {
        const mr_segment *oldest = ring->segments[0];
        if (oldest->first + oldest->count > below || oldest->last_arrival_us >= before_us) {
            break;
        }
        mr_code code = remove_segment_file(ring, oldest->first, err);
        if (code != MR_OK) {
            return code;
        }
        segments_drop(ring, 0);
        (*removed)++;
    }
    return MR_OK;
}

bool mr_ring_oldest_segment(const mr_ring *ring, mr_ring_oldest *out)
{
    if (ring->count < 2) {
        return false;
    }
    const mr_segment *oldest = ring->segments[0];
    *out = (mr_ring_oldest){.first = oldest->first,
                            .last = oldest->first + oldest->count - 1,
                            .last_arrival_us = oldest->last_arrival_us,
                            .bytes = oldest->size_bytes,
                            .has_rows = oldest->has_rows};
    return true;
}
