/*
 * rejects_file.h - the rows that were not put, kept so that they can be mended and put again:
 * "<path>.csv" has the rows as they stood, "<path>.reasons" one line for each:
 * "crimes.csv:12: 8 columns; the header has 9".
 *
 * Both are made at the first rejected row, so that a clean run leaves nothing behind. A row of
 * which only the head was kept (row_reader.h) is written so far.
 */
#ifndef MR_SRC_PRODUCER_REJECTS_FILE_H
#define MR_SRC_PRODUCER_REJECTS_FILE_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

typedef struct mr_rejects_file mr_rejects_file;

/* path: without its ending; copied. Its directory is made when the first row comes. append: keep
 * what an earlier run left (resume). */
mr_rejects_file *mr_rejects_file_new(const char *path, bool append);
/* Errors: those of the disk, of the close or of any add before it. NULL is fine. */
mr_code mr_rejects_file_close(mr_rejects_file *file, mr_error *err);

/* name: the input's. A failure is kept for the close. */
void mr_rejects_file_add(mr_rejects_file *file, const char *name, uint64_t line, mr_bytes raw,
                         const char *why);

#endif
