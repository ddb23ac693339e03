/*
 * segment.h - one segment file of a ring, and the form of the records in it. Private to ring.c.
 *
 * The file (all integers little-endian):
 *
 *   0   header, 64 bytes: magic, version, sizes, first number, its own checksum; tail
 *   64  record, record, ... each at a multiple of 8
 *   ..  zeros up to the allocated size
 *
 *   record: 0 crc32c | 4 data length | 8 number | 16 arrival | 24 row | 32 input | 36 key length |
 *           38 zero | 40 partition key, data, zeros up to a multiple of 8
 *
 * The checksum starts from the data length and covers everything from the number on, the zeros
 * at the end included. A record is written whole and then published by a release store of the
 * header's tail. What counts at opening are the records that check, not the tail: a record that
 * was written whole but not yet published is kept, and a tail that promises more than checks
 * says that records were lost.
 *
 * A segment is born under another name and renamed when its header is whole, so a file called
 * *.seg has a header unless something outside took it away. Even then its records are read: the
 * file's name gives the first number.
 */
#ifndef MR_SIM_STREAM_SEGMENT_H
#define MR_SIM_STREAM_SEGMENT_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/stream/record.h"

#define MR_SEGMENT_HEADER_BYTES 64
#define MR_RECORD_HEADER_BYTES  40
#define MR_SEGMENT_NAME_SIZE    25 /* 20 digits, ".seg" and NUL */

/* A place in a segment that lookups start from: one about every 64 KiB. */
typedef struct mr_segment_mark {
    uint64_t offset;
    uint64_t number;
    int64_t arrival_us;
} mr_segment_mark;

typedef struct mr_segment {
    uint64_t first;      /* number of its first record, or of the one it waits for */
    uint64_t count;      /* records: numbers first .. first+count-1 */
    uint64_t size_bytes; /* of the file */
    uint64_t
        grown_bytes; /* what the doubling has come to: size_bytes, unless a record was larger */
    uint64_t end;    /* offset behind the last record */
    int64_t floor_arrival_us; /* no record arrived before this */
    int64_t last_arrival_us;  /* of the last record; the floor when there is none */
    bool has_rows;            /* a record with an input's row is in it */
    bool removed;             /* recycled: kept only for the cursors that are in it */

    char *memory; /* the mapping; NULL when nobody holds it */
    size_t memory_bytes;
    bool writable;
    unsigned holds; /* the ring (for its tail) and the cursors in it */

    mr_segment_mark *marks;
    size_t marks_count, marks_capacity;
} mr_segment;

/* What opening found wrong. */
typedef struct mr_segment_damage {
    bool header_lost;       /* the header does not check: records were read by the file's name */
    bool cut;               /* the file is shorter than it was allocated */
    uint64_t bytes_dropped; /* published and lost; with the header lost, the file's rest */
} mr_segment_damage;

/* The bytes that a record takes in a segment. */
static inline uint64_t mr_segment_record_bytes(size_t key_len, size_t data_len)
{
    return (MR_RECORD_HEADER_BYTES + (uint64_t)key_len + data_len + 7) & ~UINT64_C(7);
}

void mr_segment_name(uint64_t first, char out[MR_SEGMENT_NAME_SIZE]);
/* False when the name is not a segment's. */
MR_NODISCARD bool mr_segment_name_parse(const char *name, uint64_t *first);

/* Allocates, maps and names a new file; one of the same first number is replaced. `plan` gives
 * first, size_bytes, grown_bytes and floor_arrival_us. The segment is held once. Owned. */
MR_NODISCARD mr_code mr_segment_create(mr_file_system *fs, const char *directory,
                                       const mr_segment *plan, mr_segment **out, mr_error *err);

/*
 * Reads a segment of the disk: checks every record and builds the marks. It stays mapped for
 * writing, held once. Nothing is changed on disk. A file too short for a header gives a segment
 * without memory.
 *
 * floor_arrival_us: used when the header is lost.
 * out:              owned; written on MR_OK alone.
 * Errors: those of the file system, MR_NEWER_VERSION.
 */
MR_NODISCARD mr_code mr_segment_open(mr_file_system *fs, const char *directory, uint64_t first,
                                     int64_t floor_arrival_us, mr_segment **out,
                                     mr_segment_damage *damage, mr_error *err);

/* The scan of mr_segment_open(), on bytes in memory: fills count, end, last_arrival_us, has_rows
 * and the marks. first and floor_arrival_us are set; the segment holds no records yet. */
void mr_segment_scan(mr_segment *segment, const char *bytes, uint64_t len);

/* Makes the file say what was found: the header whole, the tail behind the last record, zeros
 * behind it. Needs the mapping of mr_segment_open(). */
void mr_segment_mend(mr_segment *segment);

/* Maps a segment that is mapped to be written anew, so that the pages that were looked at no longer
 * count as this process's. Errors: those of the file system; then it is not mapped. */
MR_NODISCARD mr_code mr_segment_map_anew(mr_file_system *fs, const char *directory,
                                         mr_segment *segment, mr_error *err);

/* Allocates the file's whole size again: a copy made by another tool may have holes. */
MR_NODISCARD mr_code mr_segment_reserve(mr_file_system *fs, const char *directory,
                                        const mr_segment *segment, mr_error *err);

/* Cuts the file behind its last record. The segment is mapped for writing. */
MR_NODISCARD mr_code mr_segment_shrink(mr_file_system *fs, const char *directory,
                                       mr_segment *segment, uint64_t size_bytes, mr_error *err);

/* Waits until the disk has what was written. */
MR_NODISCARD mr_code mr_segment_sync(mr_file_system *fs, const char *directory,
                                     const mr_segment *segment, mr_error *err);

void mr_segment_free(mr_file_system *fs, mr_segment *segment); /* unmaps; NULL is fine */

/* Maps the segment for reading unless it is mapped, and counts the holder. */
MR_NODISCARD mr_code mr_segment_hold(mr_file_system *fs, const char *directory, mr_segment *segment,
                                     mr_error *err);
/* The last one to let go unmaps it, and frees it when it was removed. */
void mr_segment_let_go(mr_file_system *fs, mr_segment *segment);

static inline bool mr_segment_has_room(const mr_segment *segment, uint64_t record_bytes)
{
    return segment->size_bytes - segment->end >= record_bytes;
}

/* Writes and publishes a record. The segment is mapped for writing and has room. */
void mr_segment_append(mr_segment *segment, const mr_record *record, int64_t arrival_us);

/* The record at offset, which is one. Returns the offset behind it. */
uint64_t mr_segment_view(const mr_segment *segment, uint64_t offset, mr_record_view *view);

/* Where to begin looking for the record `number`, or for the first one with arrival >= time_us:
 * never behind it. */
mr_segment_mark mr_segment_mark_of_number(const mr_segment *segment, uint64_t number);
mr_segment_mark mr_segment_mark_of_time(const mr_segment *segment, int64_t time_us);

#endif
