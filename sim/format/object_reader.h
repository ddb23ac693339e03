/*
 * object_reader.h - an object's bytes as blocks of whole lines.
 *
 * Plain objects can be read in ranges, so that several cores share a large one: a range holds
 * the lines that start in it. Objects named *.gz are expanded on the way (any number of members);
 * memory stays within one block, or one line where a line is longer.
 */
#ifndef MR_SIM_FORMAT_OBJECT_READER_H
#define MR_SIM_FORMAT_OBJECT_READER_H

#include "sim/base/fs.h"
#include "sim/format/field.h"

/* Bytes read at once: large enough to hide the system call, small enough for a core's cache. */
#define MR_BLOCK_BYTES (256 * MR_KIB)

/* A buffer for whole lines; MR_BLOCK_PADDING bytes after the last are readable. */
typedef struct mr_block {
    char *at; /* owned; NULL when nothing was read yet */
    size_t len;
    size_t capacity;
    uint64_t offset; /* of the first byte in the (expanded) object */
} mr_block;

void mr_block_deinit(mr_block *block); /* a zeroed one is fine */

typedef struct mr_object_reader mr_object_reader;

typedef struct mr_object_range {
    mr_file_system *fs; /* borrowed; outlives the reader */
    mr_file *file;      /* borrowed, open for reading, used by this reader alone */
    const char *name;   /* "s3://bucket/key", for messages and its extension; borrowed */
    uint64_t begin;     /* lines that start at begin or later ... */
    uint64_t end;       /* ... and before end; a compressed object is read whole: 0, its size */
} mr_object_range;

/* How an object is stored, by the extension of its key. */
typedef enum mr_object_encoding {
    MR_OBJECT_PLAIN,
    MR_OBJECT_GZIP,
    MR_OBJECT_UNREADABLE /* .bz2, .zst, .snappy and others: not read by this version */
} mr_object_encoding;

mr_object_encoding mr_object_encoding_of(const char *name);

/* Only reading happens later, so a reader may be used by offloaded work. Never NULL. */
mr_object_reader *mr_object_reader_new(const mr_object_range *range);
void mr_object_reader_free(mr_object_reader *reader); /* NULL is fine */

/*
 * Reads on. block: filled with whole lines, the last one perhaps without a line feed at the end
 * of the object; len 0 at the end of the range. What an earlier call put in another block stays.
 *
 * Errors: MR_IO and its kin; MR_QUERY_FAILED for a gzip stream that is broken or cut short, an
 * encoding that is not read, and a line above MR_LINE_BYTES_MAX.
 */
MR_NODISCARD mr_code mr_object_reader_next(mr_object_reader *reader, mr_block *block,
                                           mr_error *err);

#endif
