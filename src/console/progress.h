/*
 * progress.h - how far a run is, on a terminal: one line in virtual time; in paced time live
 * gauges of shards, buffers with their countdown, and objects.
 *
 * Drawn on standard error and only when that is a terminal; NO_COLOR takes the colour away.
 */
#ifndef MR_SRC_CONSOLE_PROGRESS_H
#define MR_SRC_CONSOLE_PROGRESS_H

#include "sim/sim.h"

typedef struct mr_progress mr_progress;

/* What the inputs have done so far, all together. */
typedef struct mr_progress_input {
    uint64_t rows, records, throttled, rejected;
} mr_progress_input;

typedef struct mr_progress_options {
    mr_sim *sim; /* borrowed, outlives the progress */
    bool gauges; /* paced: the live view instead of the line */
    double speed;
    int64_t start_us; /* virtual time of the beginning */
} mr_progress_options;

/* NULL when standard error is no terminal: every function below takes that. */
mr_progress *mr_progress_new(const mr_progress_options *options);
void mr_progress_draw(mr_progress *progress, const mr_progress_input *input);
/* Takes the display away (line) or leaves its last state standing (gauges). Frees. */
void mr_progress_free(mr_progress *progress);

/* The gauges as text, for a terminal of `columns` columns: what draw() prints. For tests too. */
void mr_progress_gauges(mr_sim *sim, const mr_progress_input *input, int64_t start_us, double speed,
                        int columns, bool colour, mr_strbuf *out);

#endif
