/*
 * put_progress.h - how far `millrace put` is: one line on standard error, and only when that is a
 * terminal.
 */
#ifndef MR_SRC_CONSOLE_PUT_PROGRESS_H
#define MR_SRC_CONSOLE_PUT_PROGRESS_H

#include "sim/base/strbuf.h"

typedef struct mr_put_figures {
    double share; /* of the file, 0 to 1; below 0: nobody knows */
    uint64_t records, throttled;
    int64_t elapsed_us;
} mr_put_figures;

typedef struct mr_put_progress {
    bool is_shown; /* there is a terminal, and it is wanted */
    bool is_drawn; /* the line stands there now */
} mr_put_progress;

mr_put_progress mr_put_progress_make(bool is_wanted);
void mr_put_progress_draw(mr_put_progress *progress, const mr_put_figures *figures);
/* Takes the line away, before anything else is written. */
void mr_put_progress_clear(mr_put_progress *progress);

/* The line as text, cut to so many columns:
 * "[########............] 42 %  12,345 records  3 throttled  5,120/s  00:00:02". For tests too. */
void mr_put_progress_line(const mr_put_figures *figures, int columns, mr_strbuf *out);

#endif
