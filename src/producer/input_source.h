/*
 * input_source.h - where an input's bytes come from: a file, plain or gzip by its name (.gz, also
 * of several members), or standard input ("-", gzip when it begins like gzip).
 *
 * Files are read when the producer asks, a piece at a time, never ahead. Standard input is read
 * the same way, blocking, under a virtual clock: time stands still until the next piece is there,
 * which keeps a run repeatable however slowly they come. With a loop (real and paced time) the
 * next piece of a pipe or terminal is waited for by the loop.
 */
#ifndef MR_SRC_PRODUCER_INPUT_SOURCE_H
#define MR_SRC_PRODUCER_INPUT_SOURCE_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

#include <uv.h>

typedef struct mr_input_source mr_input_source;

#define MR_INPUT_PIECE_BYTES (256 * MR_KIB)

typedef struct mr_input_source_options {
    const char *path; /* "-": standard input */
    uv_loop_t *loop;  /* borrowed; NULL: standard input is read blocking */
    /* "-" alone. It is copied whole to this file and read from there; with is_spooled that has been
     * done, and it is read again. NULL: not copied. */
    const char *spool;
    bool is_spooled;
    bool empty_is_fine; /* an input of no bytes is no error (no header is expected) */
    bool is_repeated;   /* mr_input_source_rewind() will be called: it must be a file */
} mr_input_source_options;

/* Takes a source's answer. */
typedef struct mr_input_receiver {
    void (*bytes)(void *context,
                  mr_bytes bytes); /* borrowed until the next mr_input_source_next() */
    void (*end)(void *context);
    void (*fail)(void *context, const mr_error *error);
    void *context;
} mr_input_receiver;

/*
 * Opens, and looks at the first bytes (of standard input with a loop: when they come).
 *
 * options: borrowed for the call.
 * Errors:  MR_NOT_FOUND, MR_PERMISSION, MR_IO; MR_BAD_INPUT: a directory, an empty file, no text
 *          (a NUL in the first 4 KiB), gzip that does not begin like gzip or breaks off at once,
 *          a pipe (standard input, too) that is to be repeated.
 */
MR_NODISCARD mr_code mr_input_source_open(const mr_input_source_options *options,
                                          mr_input_source **out, mr_error *err);
/* The loop's handle closes later, in the loop. An answer under way is not given. NULL is fine. */
void mr_input_source_close(mr_input_source *source);

/* Asks for the next piece: answered once, within the call or (standard input, with a loop) later.
 * Errors then: MR_IO, MR_BAD_INPUT (gzip data that are damaged or end early; those of open). */
void mr_input_source_next(mr_input_source *source, const mr_input_receiver *receiver);

/* Goes back to the first byte. Only of a source opened with is_repeated, and not while an answer is
 * under way. Errors: MR_IO. */
MR_NODISCARD mr_code mr_input_source_rewind(mr_input_source *source, mr_error *err);

/* How much of it has been read since the beginning or the last rewind, 0 to 1, in bytes as they lie
 * on the disk; below 0: it is no file, nobody knows. */
double mr_input_source_share_read(const mr_input_source *source);

/* How messages call it: the path, or "standard input". */
const char *mr_input_source_name(const mr_input_source *source);

/* A file's last name, the same wherever the file lies: as events and messages have it. Borrowed. */
const char *mr_input_last_name(const char *path);

#endif
