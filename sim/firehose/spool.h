/*
 * spool.h - where the records of many buffers wait: a little of each in memory, the rest in one
 * temporary file.
 *
 * A delivery stream with dynamic partitioning has up to 500 buffers open at once, each of them up
 * to 128 MiB. An upload for each (sink.h's way for a single one) would take a compressor, a queue
 * of pieces and an open file for each. Here a buffer holds one block of MR_SPOOL_BLOCK bytes that
 * is being filled; full ones go to the file, which all buffers of the spool share and whose blocks
 * are used again. What was written comes back record by record, as often as it is asked for: for
 * the object, for its positions, for the error output.
 *
 * The file is in the store's folder of temporary files: a restart removes it, and the records are
 * read again from the source.
 */
#ifndef MR_SIM_FIREHOSE_SPOOL_H
#define MR_SIM_FIREHOSE_SPOOL_H

#include "sim/firehose/coverage.h"
#include "sim/store/store.h"

#define MR_SPOOL_BLOCK (64 * MR_KIB)
/* Full blocks that a failing disk leaves in memory, above which nothing more should be read. */
#define MR_SPOOL_HELD_MAX (64 * MR_MIB)

typedef struct mr_spool mr_spool;
typedef struct mr_spool_buffer mr_spool_buffer;

/* Which record it is, and where it comes from. */
typedef struct mr_origin {
    size_t slot;    /* of its shard, as in the coverage */
    mr_range place; /* a whole record, or a sub-record of it */
    int64_t arrival_us;
} mr_origin;

/* A spool without a file: that is made with the first full block. store: borrowed, outlives it.
 * name: of the file, of letters, digits, '_', '.' and '-'; copied. */
mr_spool *mr_spool_new(mr_store *store, const char *name);
void mr_spool_free(mr_spool *spool); /* its buffers must be freed before; NULL is fine */
/* Bytes in memory that should be in the file: 0 unless the disk fails. */
uint64_t mr_spool_held(const mr_spool *spool);
uint64_t mr_spool_file_bytes(const mr_spool *spool); /* the largest that the file was */

mr_spool_buffer *mr_spool_buffer_new(mr_spool *spool);
void mr_spool_buffer_free(mr_spool_buffer *buffer); /* its blocks are free again; NULL is fine */

/* Adds a record, copied. Never fails: what the disk does not take stays in memory. */
void mr_spool_add(mr_spool_buffer *buffer, const mr_origin *origin, mr_bytes data);

/* A record that comes back. data: borrowed for the call. */
typedef void (*mr_spool_fn)(void *context, const mr_origin *origin, mr_bytes data);
/*
 * Calls fn with every record of the buffer, in the order in which they were added. fn may not add
 * to a buffer of this spool.
 *
 * Errors: those of the disk, MR_CORRUPT; fn may have been called by then.
 */
MR_NODISCARD mr_code mr_spool_each(mr_spool_buffer *buffer, mr_spool_fn fn, void *context,
                                   mr_error *err);

#endif
