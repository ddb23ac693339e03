/*
 * recorder.h - writes a recording (recording.h) while a run goes on: each put on a wrapped target
 * becomes a line before it is handed on.
 *
 * A line is one write, so that a killed run leaves the lines of all its puts, the last perhaps
 * torn. A put that cannot be written down is not handed on either: no run goes on unrecorded that
 * was to be recorded.
 */
#ifndef MR_SRC_PRODUCER_RECORDER_H
#define MR_SRC_PRODUCER_RECORDER_H

#include "sim/base/fs.h"
#include "sim/producer/producer.h"
#include "src/producer/recording.h"

typedef struct mr_recorder mr_recorder;

typedef struct mr_recorder_options {
    const char *path;   /* copied; what is there is replaced */
    mr_file_system *fs; /* borrowed, outlives the recorder, as does the clock */
    mr_clock *clock;
    /* Borrowed for mr_recorder_open(). Its template_file is as the run found it (from the working
     * directory) and is written as seen from the recording's folder; absolute where the two have
     * no folder in common. */
    const mr_recording_header *header;
} mr_recorder_options;

/* Makes the file, in a folder that is there, and writes the header. Errors: those of the disk. */
MR_NODISCARD mr_code mr_recorder_open(const mr_recorder_options *options, mr_recorder **out,
                                      mr_error *err);

/*
 * A target like this one whose puts are written down. It is valid until the recorder is closed.
 * Its put has, besides the target's errors, those of the disk: the first one of them, at that put
 * and at every later one.
 */
mr_producer_target mr_recorder_wrap(mr_recorder *recorder, const mr_producer_target *target);

uint64_t mr_recorder_puts(const mr_recorder *recorder); /* written down so far */

/* Writes the last line and frees. Errors: those of the disk, now or at a put before. NULL is fine.
 */
MR_NODISCARD mr_code mr_recorder_close(mr_recorder *recorder, mr_error *err);

#endif
