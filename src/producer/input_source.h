/*
 * input_source.h - where an input's bytes come from: a file, plain or gzip by its name (.gz, also
 * of several members), or standard input ("-").
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
    const char *path;   /* "-": standard input; copied */
    uv_loop_t *loop;    /* borrowed; NULL: standard input is read blocking */
    const char *spool;  /* "-" alone: first copied whole to this file, then read from there, so that
                         * it can be opened again by that path; NULL: not. Copied */
    bool empty_is_fine; /* an input of no bytes is no error (no header is expected) */
} mr_input_source_options;

/* What a source answers to `next`. */
typedef struct mr_input_receiver {
    void (*bytes)(void *context,
                  mr_bytes bytes); /* borrowed until the next mr_input_source_next() */
    void (*end)(void *context);
    void (*fail)(void *context, const mr_error *error);
    void *context;
} mr_input_receiver;

/*
 * Opens and looks at the first bytes.
 *
 * Errors: MR_NOT_FOUND, MR_PERMISSION, MR_IO; MR_BAD_INPUT: a directory, an empty file, no text (a
 *         NUL in the first 4 KiB), gzip that does not begin like gzip.
 */
MR_NODISCARD mr_code mr_input_source_open(const mr_input_source_options *options,
                                          mr_input_source **out, mr_error *err);
/* Handles of the loop close later, in the loop; NULL is fine. */
void mr_input_source_close(mr_input_source *source);

/* Answers through the receiver once, within the call or (standard input, with a loop) later.
 * Errors then: MR_IO, MR_BAD_INPUT (gzip data that are damaged or end early). */
void mr_input_source_next(mr_input_source *source, const mr_input_receiver *receiver);

#endif
