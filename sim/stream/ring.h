/*
 * ring.h - a shard's records on disk: segment files, allocated and memory-mapped, so that a
 * killed process loses nothing that it acknowledged and an append makes no system call.
 *
 * A record is written whole, with a checksum, and then published by a release store of the tail
 * (segment.h has the file's form). Segments are 1 MiB, doubling to 64 MiB; a record larger than
 * that gets a segment of its own size. The first one is made by the first append. Only the tail
 * and the windows under cursors stay mapped. One writer; cursors on the same thread.
 *
 * Records are numbered 1, 2, 3, ... A number is never given twice: where outside damage took
 * published records away, the numbers go on behind the most that there can have been, and there
 * is a gap. The bytes of the files are otherwise a pure function of what was appended.
 */
#ifndef MR_SIM_STREAM_RING_H
#define MR_SIM_STREAM_RING_H

#include "sim/base/error.h"
#include "sim/base/fs.h"
#include "sim/stream/record.h"

#define MR_RING_SEGMENT_BYTES_FIRST MR_MIB
#define MR_RING_SEGMENT_BYTES_MAX   (64 * MR_MIB)

typedef struct mr_ring mr_ring;
typedef struct mr_ring_cursor mr_ring_cursor;

typedef struct mr_ring_options {
    mr_file_system *fs;         /* borrowed, outlives the ring */
    const char *directory;      /* made when absent; copied */
    size_t segment_bytes_first; /* 0: 1 MiB; at least 4 KiB */
    size_t segment_bytes_max;   /* 0: 64 MiB; not below the first */
} mr_ring_options;

/* What was found at opening, for the event log. */
typedef struct mr_ring_recovery {
    uint64_t records;       /* that check and are kept */
    uint64_t bytes_dropped; /* of published records that do not check, with all behind them in
                               their segment; a torn record that was never published is none */
} mr_ring_recovery;

/*
 * Opens the ring of a directory. In each segment reading stops at the first record that does
 * not check; the segments behind it are kept. What is torn is zeroed, so that later appends
 * give the same bytes as if it had never been.
 *
 * recovery: out, may be NULL.
 * Errors:   those of the file system, MR_CORRUPT (segments whose records overlap),
 *           MR_NEWER_VERSION.
 */
MR_NODISCARD mr_code mr_ring_open(const mr_ring_options *options, mr_ring **out,
                                  mr_ring_recovery *recovery, mr_error *err);
void mr_ring_close(mr_ring *ring); /* flushes nothing: the mapping is the file. NULL is fine */

/*
 * Appends a copy and gives it the next number. An arrival before the last one's is raised to it.
 *
 * Errors: MR_DISK_FULL, MR_IO: nothing was appended.
 */
MR_NODISCARD mr_code mr_ring_append(mr_ring *ring, const mr_record *record, int64_t arrival_us,
                                    uint64_t *number, mr_error *err);

/* The bytes of disk that appending a record of these lengths would allocate; 0: it fits. */
uint64_t mr_ring_growth(const mr_ring *ring, size_t key_len, size_t data_len);

/* Makes what was appended survive power loss (a killed process needs no sync). */
MR_NODISCARD mr_code mr_ring_sync(mr_ring *ring, mr_error *err);

/* Gives back the disk behind the last record: for a ring that nothing is appended to any more (an
 * append would begin a new segment). */
MR_NODISCARD mr_code mr_ring_trim(mr_ring *ring, mr_error *err);

uint64_t mr_ring_first(const mr_ring *ring); /* number of the oldest record kept; last+1 if none */
uint64_t mr_ring_last(const mr_ring *ring);  /* 0 when nothing was ever put */
int64_t mr_ring_last_arrival_us(const mr_ring *ring); /* INT64_MIN when nothing was ever put */
uint64_t mr_ring_disk_bytes(const mr_ring *ring);     /* of all segment files */
uint64_t mr_ring_mapped_bytes(const mr_ring *ring);   /* of address space now */

/* The first record with arrival >= time_us; last+1 when there is none. Uses the sparse index;
 * where its segment cannot be mapped, the indexed record before it (never a later one). */
uint64_t mr_ring_find_time(mr_ring *ring, int64_t time_us);

/* ---- reading ---- */

/* A cursor at `number` (clamped to first..last+1). Free before the ring. */
mr_ring_cursor *mr_ring_cursor_new(mr_ring *ring, uint64_t number);
void mr_ring_cursor_free(mr_ring_cursor *cursor);                  /* NULL is fine */
void mr_ring_cursor_seek(mr_ring_cursor *cursor, uint64_t number); /* clamped likewise */
uint64_t mr_ring_cursor_at(const mr_ring_cursor *cursor);          /* number that next would give */

/*
 * Gives the record at the cursor and moves behind it. Records that were recycled meanwhile, and
 * gaps, are jumped over: the view's number tells.
 *
 * view:  borrowed until the next call on this cursor.
 * more:  false at the tip; then view is not written.
 * Errors: a segment cannot be mapped; the cursor has not moved.
 */
MR_NODISCARD mr_code mr_ring_cursor_next(mr_ring_cursor *cursor, mr_record_view *view, bool *more,
                                         mr_error *err);

/* Puts back the record that next has just given; nothing else came between. */
void mr_ring_cursor_unread(mr_ring_cursor *cursor);

/* ---- recycling ---- */

/* Removes the oldest segments while all their records are numbered below `below` and arrived
 * before before_us; never the newest segment. Cursors in them go on at the oldest kept record.
 * *removed: how many segments. */
MR_NODISCARD mr_code mr_ring_recycle(mr_ring *ring, uint64_t below, int64_t before_us,
                                     size_t *removed, mr_error *err);

typedef struct mr_ring_oldest {
    uint64_t first, last; /* numbers; last == first-1 when it is empty */
    int64_t last_arrival_us;
    uint64_t bytes; /* on disk */
    bool has_rows;  /* some of its records carry an input's row */
} mr_ring_oldest;

/* The oldest segment. False when it is the newest too, which is never recycled. */
bool mr_ring_oldest_segment(const mr_ring *ring, mr_ring_oldest *out);

#endif
