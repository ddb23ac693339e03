/*
 * recording_file.h - reads a recording from its file: the header, then put after put, a line at a
 * time and never more of it in memory.
 *
 * A run that was killed leaves no last line, and perhaps a piece of a line at the end: that is
 * still a recording (mr_recording_file_is_cut()). A line that is wrong anywhere else is an error.
 */
#ifndef MR_SRC_PRODUCER_RECORDING_FILE_H
#define MR_SRC_PRODUCER_RECORDING_FILE_H

#include "sim/base/fs.h"
#include "src/producer/recording.h"

typedef struct mr_recording_file mr_recording_file;

/*
 * Opens it and reads the header.
 *
 * fs:     borrowed, outlives the file.
 * Errors: those of the disk; of the first line, as mr_recording_header_read() has them; every
 *         message names file and line.
 */
MR_NODISCARD mr_code mr_recording_file_open(mr_file_system *fs, const char *path,
                                            mr_recording_file **out, mr_error *err);
void mr_recording_file_close(mr_recording_file *file); /* NULL is fine */

const mr_recording_header *mr_recording_file_header(const mr_recording_file *file);

/*
 * Reads the next put.
 *
 * put:    out; borrowed until the next call; NULL at the end, and from then on.
 * Errors: those of the disk; MR_BAD_INPUT, MR_TOO_LARGE (a line past
 *         MR_RECORDING_LINE_BYTES_MAX): "file:line: what is wrong"; also when the last line counts
 *         other puts or records than were read. After an error nothing more is read.
 */
MR_NODISCARD mr_code mr_recording_file_next(mr_recording_file *file, const mr_recording_put **put,
                                            mr_error *err);

/* The place of the line read last, for messages: from 1. */
uint64_t mr_recording_file_line(const mr_recording_file *file);
/* At the end: there was no last line, so the run was killed. */
bool mr_recording_file_is_cut(const mr_recording_file *file);

#endif
