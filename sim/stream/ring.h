/*
 * ring.h - a shard's records on disk: segment files, allocated and memory-mapped, so that a
 * killed process loses nothing that it acknowledged and an append makes no system call.
 *
 * A record is written whole, with a checksum, and then published by a release store of the tail.
 * Opening a ring stops at the first record that does not check. Segments are 1 MiB, doubling to
 * 64 MiB; a record larger than that gets a segment of its own size. Only the tail and the windows
 * under cursors stay mapped. One writer; cursors on the same thread.
 */
#ifndef MR_SIM_STREAM_RING_H
#define MR_SIM_STREAM_RING_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/stream/record.h"

typedef struct mr_ring mr_ring;
typedef struct mr_ring_cursor mr_ring_cursor;

typedef struct mr_ring_options {
    mr_file_system *fs; /* borrowed, outlives the ring */
    const char *directory; /* made when absent; copied */
    size_t segment_bytes_first; /* 0: 1 MiB */
    size_t segment_bytes_max;   /* 0: 64 MiB */
} mr_ring_options;

/* What was found at opening, for the event log. */
typedef struct mr_ring_recovery {
    uint64_t records;       /* that check and are kept */
    uint64_t bytes_dropped; /* behind the first one that does not check */
} mr_ring_recovery;

/* recovery: out, may be NULL. Errors: those of the file system, MR_CORRUPT (a segment whose
 * header is not ours), MR_NEWER_VERSION. */
MR_NODISCARD mr_code mr_ring_open(const mr_ring_options *options, mr_ring **out,
                                  mr_ring_recovery *recovery, mr_error *err);
void mr_ring_close(mr_ring *ring); /* flushes nothing: the mapping is the file. NULL is fine */

/* Appends a copy and gives it the next number. arrival_us never falls below the last one's.
 * Errors: MR_DISK_FULL, MR_IO: nothing was appended. */
MR_NODISCARD mr_code mr_ring_append(mr_ring *ring, const mr_record *record, mr_u128 hash,
                                    int64_t arrival_us, uint64_t *number, mr_error *err);

uint64_t mr_ring_first(const mr_ring *ring); /* number of the oldest record kept; last+1 if none */
uint64_t mr_ring_last(const mr_ring *ring);  /* 0 when nothing was ever put */
int64_t mr_ring_last_arrival_us(const mr_ring *ring);
uint64_t mr_ring_disk_bytes(const mr_ring *ring); /* of all segment files */

/* The first record with arrival >= time_us; last+1 when there is none. Uses the sparse index. */
uint64_t mr_ring_find_time(mr_ring *ring, int64_t time_us);

/* ---- reading ---- */

/* A cursor at `number` (clamped to first..last+1). Free before the ring. */
mr_ring_cursor *mr_ring_cursor_new(mr_ring *ring, uint64_t number);
void mr_ring_cursor_free(mr_ring_cursor *cursor);
/* *more: false at the tip. view: borrowed until the call that leaves its segment (at the earliest
 * the next one), at the latest until the cursor is freed. Errors: a segment cannot be mapped. */
MR_NODISCARD mr_code mr_ring_cursor_next(mr_ring_cursor *cursor, mr_record_view *view, bool *more,
                                         mr_error *err);
uint64_t mr_ring_cursor_at(const mr_ring_cursor *cursor); /* number that next would give */

/* ---- recycling ---- */

/* Removes whole segments whose records are all numbered below `number` and all arrived before
 * before_us; never the tail segment. *removed: how many segments. */
MR_NODISCARD mr_code mr_ring_recycle(mr_ring *ring, uint64_t below, int64_t before_us,
                                     size_t *removed, mr_error *err);

/* The oldest segment: its last record's number and its size on disk. False when the tail is the only one. */
bool mr_ring_oldest_segment(const mr_ring *ring, uint64_t *last_number, int64_t *last_arrival_us,
                            uint64_t *bytes);

#endif
