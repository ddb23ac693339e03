/* segment.c - see segment.h. */
#include "sim/stream/segment.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "segments are written little-endian");

#define SEGMENT_VERSION 1
#define MARK_EVERY      (64 * MR_KIB)
#define NUMBER_DIGITS   20

static const char segment_magic[8] = {'m', 'r', '-', 'r', 'i', 'n', 'g', '\n'};

typedef struct segment_header {
    char magic[8];
    uint32_t version;
    uint32_t crc; /* of what follows, up to tail; it starts from the version */
    uint64_t first;
    uint64_t size_bytes;
    uint64_t grown_bytes;
    int64_t floor_arrival_us;
    _Atomic uint64_t tail; /* offset behind the last published record */
    uint64_t zero;
} segment_header;

_Static_assert(sizeof(segment_header) == MR_SEGMENT_HEADER_BYTES, "the file's form");

typedef struct record_header {
    uint32_t crc;
    uint32_t data_len;
    uint64_t number;
    int64_t arrival_us;
    uint64_t row;
    uint32_t input;
    uint16_t key_len;
    uint16_t zero;
} record_header;

_Static_assert(sizeof(record_header) == MR_RECORD_HEADER_BYTES, "the file's form");

/* ---- names ---- */

void mr_segment_name(uint64_t first, char out[MR_SEGMENT_NAME_SIZE])
{
    snprintf(out, MR_SEGMENT_NAME_SIZE, "%020" PRIu64 ".seg", first);
}

bool mr_segment_name_parse(const char *name, uint64_t *first)
{
    if (strlen(name) != MR_SEGMENT_NAME_SIZE - 1 || strcmp(name + NUMBER_DIGITS, ".seg") != 0) {
        return false;
    }
    for (size_t i = 0; i < NUMBER_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9') { /* to_uint64 below might take a sign */
            return false;
        }
    }
    return mr_bytes_to_uint64(mr_bytes_make(name, NUMBER_DIGITS), first) && *first > 0;
}

static char *path_of(const char *directory, uint64_t first)
{
    char name[MR_SEGMENT_NAME_SIZE];
    mr_segment_name(first, name);
    return mr_format("%s/%s", directory, name);
}

/* ---- the header ---- */

static segment_header *header_of(const mr_segment *segment)
{
    return (segment_header *)(void *)segment->memory;
}

static uint32_t header_crc(const segment_header *header)
{
    const char *from = (const char *)&header->first;
    return mr_crc32c(header->version, from, (size_t)((const char *)&header->tail - from));
}

static void header_write(mr_segment *segment)
{
    segment_header *header = header_of(segment);
    memcpy(header->magic, segment_magic, sizeof(segment_magic));
    header->version = SEGMENT_VERSION;
    header->first = segment->first;
    header->size_bytes = segment->size_bytes;
    header->grown_bytes = segment->grown_bytes;
    header->floor_arrival_us = segment->floor_arrival_us;
    header->zero = 0;
    header->crc = header_crc(header);
    atomic_store_explicit(&header->tail, segment->end, memory_order_release);
}

/* ---- records ---- */

static void mark_add(mr_segment *segment, uint64_t offset, uint64_t number, int64_t arrival_us)
{
    MR_GROW(segment->marks, segment->marks_count, segment->marks_capacity);
    segment->marks[segment->marks_count++] =
        (mr_segment_mark){.offset = offset, .number = number, .arrival_us = arrival_us};
}

/* Marks the record at segment->end when the last mark is far enough behind. */
static inline void mark_if_due(mr_segment *segment, int64_t arrival_us)
{
    if (MR_UNLIKELY(segment->marks_count == 0 ||
                    segment->end - segment->marks[segment->marks_count - 1].offset >= MARK_EVERY)) {
        mark_add(segment, segment->end, segment->first + segment->count, arrival_us);
    }
}

void mr_segment_append(mr_segment *segment, const mr_record *record, int64_t arrival_us)
{
    const uint64_t bytes = mr_segment_record_bytes(record->partition_key.len, record->data.len);
    MR_ASSERT(segment->writable);
    MR_ASSERT(mr_segment_has_room(segment, bytes));
    MR_ASSERT(record->partition_key.len <= UINT16_MAX);

    mark_if_due(segment, arrival_us);
    char *at = segment->memory + segment->end;
    memset(at + bytes - 8, 0, 8); /* the zeros at the end; what is not one is written over */
    record_header header = {.data_len = (uint32_t)record->data.len,
                            .number = segment->first + segment->count,
                            .arrival_us = arrival_us,
                            .row = record->row,
                            .input = record->input,
                            .key_len = (uint16_t)record->partition_key.len};
    memcpy(at, &header, sizeof(header));
    if (record->partition_key.len > 0) {
        memcpy(at + sizeof(header), record->partition_key.at, record->partition_key.len);
    }
    if (record->data.len > 0) {
        memcpy(at + sizeof(header) + header.key_len, record->data.at, record->data.len);
    }
    header.crc = mr_crc32c(header.data_len, at + 8, bytes - 8);
    memcpy(at, &header.crc, sizeof(header.crc));

    segment->end += bytes;
    segment->count++;
    segment->last_arrival_us = arrival_us;
    segment->has_rows |= record->input != 0;
    atomic_store_explicit(&header_of(segment)->tail, segment->end, memory_order_release);
}

uint64_t mr_segment_view(const mr_segment *segment, uint64_t offset, mr_record_view *view)
{
    record_header header;
    const char *at = segment->memory + offset;
    memcpy(&header, at, sizeof(header));
    *view = (mr_record_view){
        .number = header.number,
        .arrival_us = header.arrival_us,
        .partition_key = mr_bytes_make(at + sizeof(header), header.key_len),
        .data = mr_bytes_make(at + sizeof(header) + header.key_len, header.data_len),
        .input = header.input,
        .row = header.row};
    return offset + mr_segment_record_bytes(header.key_len, header.data_len);
}

/* Whether a whole record that carries the next number stands at segment->end. */
static bool record_checks(const mr_segment *segment, const char *bytes, uint64_t len,
                          record_header *header)
{
    if (len - segment->end < sizeof(*header)) {
        return false;
    }
    const char *at = bytes + segment->end;
    memcpy(header, at, sizeof(*header));
    uint64_t size = mr_segment_record_bytes(header->key_len, header->data_len);
    return header->number == segment->first + segment->count &&
           header->arrival_us >= segment->last_arrival_us && header->zero == 0 &&
           size <= len - segment->end &&
           header->crc == mr_crc32c(header->data_len, at + 8, (size_t)size - 8);
}

void mr_segment_scan(mr_segment *segment, const char *bytes, uint64_t len)
{
    MR_ASSERT(segment->count == 0);
    segment->end = MR_SEGMENT_HEADER_BYTES;
    segment->last_arrival_us = segment->floor_arrival_us;

    record_header header;
    while (segment->end < len && record_checks(segment, bytes, len, &header)) {
        mark_if_due(segment, header.arrival_us);
        segment->end += mr_segment_record_bytes(header.key_len, header.data_len);
        segment->count++;
        segment->last_arrival_us = header.arrival_us;
        segment->has_rows |= header.input != 0;
    }
}

/* ---- marks ---- */

mr_segment_mark mr_segment_mark_of_number(const mr_segment *segment, uint64_t number)
{
    MR_ASSERT(segment->marks_count > 0);
    size_t low = 0;
    for (size_t high = segment->marks_count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        if (segment->marks[middle].number <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return segment->marks[low];
}

mr_segment_mark mr_segment_mark_of_time(const mr_segment *segment, int64_t time_us)
{
    MR_ASSERT(segment->marks_count > 0);
    size_t low = 0;
    for (size_t high = segment->marks_count; high - low > 1;) {
        size_t middle = low + (high - low) / 2;
        /* Equal times stand on both sides of a mark: begin before the first of them. */
        if (segment->marks[middle].arrival_us < time_us) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return segment->marks[low];
}

/* ---- files ---- */

/* Opens and maps `bytes` of the file; the mapping outlives the open file. */
static mr_code map_file(mr_file_system *fs, const char *path, size_t bytes, bool writable,
                        mr_segment *segment, mr_error *err)
{
    mr_file *file = NULL;
    void *memory = NULL;
    mr_code code = fs->open(fs, path, writable ? MR_OPEN_READWRITE : MR_OPEN_READ, &file, err);
    if (code == MR_OK) {
        code = fs->map(fs, file, bytes, writable, &memory, err);
    }
    fs->close(fs, file);
    if (code == MR_OK) {
        segment->memory = memory;
        segment->memory_bytes = bytes;
        segment->writable = writable;
    }
    return code;
}

static mr_code create_file(mr_file_system *fs, const char *path, mr_segment *segment, mr_error *err)
{
    mr_file *file = NULL;
    void *memory = NULL;
    mr_code code = fs->open(fs, path, MR_OPEN_TRUNCATE, &file, err);
    if (code == MR_OK) { /* on disk before it is mapped: a full disk is an error, not a signal */
        code = fs->allocate(fs, file, segment->size_bytes, err);
    }
    if (code == MR_OK) {
        code = fs->map(fs, file, (size_t)segment->size_bytes, true, &memory, err);
    }
    fs->close(fs, file);
    if (code == MR_OK) {
        segment->memory = memory;
        segment->memory_bytes = (size_t)segment->size_bytes;
        segment->writable = true;
    }
    return code;
}

mr_code mr_segment_create(mr_file_system *fs, const char *directory, const mr_segment *plan,
                          mr_segment **out, mr_error *err)
{
    MR_ASSERT(plan->size_bytes >= MR_SEGMENT_HEADER_BYTES);
    MR_ASSERT(plan->first > 0);

    mr_segment *segment = mr_calloc(1, sizeof(*segment));
    segment->first = plan->first;
    segment->size_bytes = plan->size_bytes;
    segment->grown_bytes = plan->grown_bytes;
    segment->floor_arrival_us = plan->floor_arrival_us;
    segment->last_arrival_us = plan->floor_arrival_us;
    segment->end = MR_SEGMENT_HEADER_BYTES;
    segment->holds = 1;

    char *path = path_of(directory, segment->first);
    char *young = mr_format("%s.new", path);
    mr_code code = create_file(fs, young, segment, err);
    if (code == MR_OK) {
        header_write(segment);
        code = fs->rename(fs, young, path, err);
    }
    if (code != MR_OK) {
        (void)fs->remove(fs, young, NULL); /* the failure above is the one to tell */
        mr_segment_free(fs, segment);
        segment = NULL;
    }
    mr_free(young);
    mr_free(path);
    *out = segment;
    return code;
}

/* Reads the header of a mapped file. False when it does not check. */
static bool header_read(mr_segment *segment, uint64_t *tail)
{
    const segment_header *header = header_of(segment);
    if (segment->memory_bytes < MR_SEGMENT_HEADER_BYTES ||
        memcmp(header->magic, segment_magic, sizeof(segment_magic)) != 0 ||
        header->crc != header_crc(header) || header->first != segment->first ||
        header->size_bytes < MR_SEGMENT_HEADER_BYTES) {
        return false;
    }
    segment->grown_bytes = header->grown_bytes;
    segment->floor_arrival_us = header->floor_arrival_us;
    uint64_t published = atomic_load_explicit(&header->tail, memory_order_acquire);
    *tail = published < header->size_bytes ? published : header->size_bytes;
    return true;
}

/* A header that checks but for its version is a newer program's. */
static mr_code check_version(const mr_segment *segment, const char *path, mr_error *err)
{
    const segment_header *header = header_of(segment);
    if (header->version != SEGMENT_VERSION) {
        return mr_error_set(err, MR_NEWER_VERSION,
                            "%s is a segment of version %u; this program reads version %d", path,
                            header->version, SEGMENT_VERSION);
    }
    return MR_OK;
}

static mr_code open_mapped(mr_segment *segment, const char *path, mr_segment_damage *damage,
                           mr_error *err)
{
    uint64_t tail = segment->size_bytes;
    if (header_read(segment, &tail)) {
        mr_code code = check_version(segment, path, err);
        if (code != MR_OK) {
            return code;
        }
        damage->cut = header_of(segment)->size_bytes > segment->size_bytes;
    } else {
        damage->header_lost = true;
        segment->grown_bytes = segment->size_bytes;
    }
    mr_segment_scan(segment, segment->memory, segment->size_bytes);
    damage->bytes_dropped = tail > segment->end ? tail - segment->end : 0;
    return MR_OK;
}

mr_code mr_segment_open(mr_file_system *fs, const char *directory, uint64_t first,
                        int64_t floor_arrival_us, mr_segment **out, mr_segment_damage *damage,
                        mr_error *err)
{
    char *path = path_of(directory, first);
    mr_segment *segment = mr_calloc(1, sizeof(*segment));
    segment->first = first;
    segment->floor_arrival_us = floor_arrival_us;
    segment->last_arrival_us = floor_arrival_us;
    segment->end = MR_SEGMENT_HEADER_BYTES;
    segment->holds = 1;
    *damage = (mr_segment_damage){0};

    mr_file_info info;
    mr_code code = fs->stat(fs, path, &info, err);
    if (code == MR_OK) {
        segment->size_bytes = info.size_bytes;
        if (info.size_bytes < MR_SEGMENT_HEADER_BYTES) { /* too short to hold anything */
            damage->header_lost = true;
            damage->bytes_dropped = info.size_bytes;
        } else {
            code = map_file(fs, path, (size_t)info.size_bytes, true, segment, err);
            if (code == MR_OK) {
                code = open_mapped(segment, path, damage, err);
            }
        }
    }
    mr_free(path);
    if (code != MR_OK) {
        mr_segment_free(fs, segment);
        return code;
    }
    *out = segment;
    return MR_OK;
}

void mr_segment_mend(mr_segment *segment)
{
    MR_ASSERT(segment->writable);
    header_write(segment);
    /* Only pages that are not zero already are written: most of a young segment has no page. */
    static const char zeros[4096];
    for (uint64_t at = segment->end; at < segment->size_bytes;) {
        size_t piece = mr_min_size(sizeof(zeros) - (size_t)(at % sizeof(zeros)),
                                   (size_t)(segment->size_bytes - at));
        if (memcmp(segment->memory + at, zeros, piece) != 0) {
            memset(segment->memory + at, 0, piece);
        }
        at += piece;
    }
}

mr_code mr_segment_reserve(mr_file_system *fs, const char *directory, const mr_segment *segment,
                           mr_error *err)
{
    mr_file *file = NULL;
    char *path = path_of(directory, segment->first);
    mr_code code = fs->open(fs, path, MR_OPEN_READWRITE, &file, err);
    if (code == MR_OK) {
        code = fs->allocate(fs, file, segment->size_bytes, err);
    }
    fs->close(fs, file);
    mr_free(path);
    return code;
}

mr_code mr_segment_shrink(mr_file_system *fs, const char *directory, mr_segment *segment,
                          uint64_t size_bytes, mr_error *err)
{
    MR_ASSERT(segment->writable);
    MR_ASSERT(size_bytes >= segment->end);
    mr_file *file = NULL;
    char *path = path_of(directory, segment->first);
    mr_code code = fs->open(fs, path, MR_OPEN_READWRITE, &file, err);
    if (code == MR_OK) { /* nothing touches the mapping's pages behind the cut */
        code = fs->truncate(fs, file, size_bytes, err);
    }
    fs->close(fs, file);
    mr_free(path);
    if (code == MR_OK) { /* a kill before this leaves a file that looks cut, and is mended */
        segment->size_bytes = size_bytes;
        header_write(segment);
    }
    return code;
}

mr_code mr_segment_sync(mr_file_system *fs, const char *directory, const mr_segment *segment,
                        mr_error *err)
{
    mr_file *file = NULL;
    char *path = path_of(directory, segment->first);
    mr_code code = fs->open(fs, path, MR_OPEN_READWRITE, &file, err);
    if (code == MR_OK) {
        code = fs->sync(fs, file, err);
    }
    fs->close(fs, file);
    mr_free(path);
    return code;
}

static void unmap(mr_file_system *fs, mr_segment *segment)
{
    if (segment->memory != NULL) {
        fs->unmap(fs, segment->memory, segment->memory_bytes);
        segment->memory = NULL;
        segment->writable = false;
    }
}

mr_code mr_segment_map_anew(mr_file_system *fs, const char *directory, mr_segment *segment,
                            mr_error *err)
{
    MR_ASSERT(segment->writable);
    char *path = path_of(directory, segment->first);
    unmap(fs, segment);
    mr_code code = map_file(fs, path, (size_t)segment->size_bytes, true, segment, err);
    mr_free(path);
    return code;
}

void mr_segment_free(mr_file_system *fs, mr_segment *segment)
{
    if (segment == NULL) {
        return;
    }
    unmap(fs, segment);
    mr_free(segment->marks);
    mr_free(segment);
}

mr_code mr_segment_hold(mr_file_system *fs, const char *directory, mr_segment *segment,
                        mr_error *err)
{
    if (segment->memory == NULL) {
        MR_ASSERT(segment->holds == 0);
        MR_ASSERT(!segment->removed);
        char *path = path_of(directory, segment->first);
        mr_code code = map_file(fs, path, (size_t)segment->size_bytes, false, segment, err);
        mr_free(path);
        if (code != MR_OK) {
            return code;
        }
    }
    segment->holds++;
    return MR_OK;
}

void mr_segment_let_go(mr_file_system *fs, mr_segment *segment)
{
    MR_ASSERT(segment->holds > 0);
    segment->holds--;
    if (segment->holds > 0) {
        return;
    }
    unmap(fs, segment);
    if (segment->removed) {
        mr_segment_free(fs, segment);
    }
}
