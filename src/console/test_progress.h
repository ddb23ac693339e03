/*
 * test_progress.h - how far `millrace test` is: one line on standard error, and only when that is a
 * terminal.
 */
#ifndef MR_SRC_CONSOLE_TEST_PROGRESS_H
#define MR_SRC_CONSOLE_TEST_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mr_test_progress {
    bool is_shown; /* there is a terminal, and it is wanted */
    bool is_drawn; /* the line stands there now */
    size_t total;
} mr_test_progress;

mr_test_progress mr_test_progress_make(size_t total, bool is_wanted);
/* "12 of 40, 1 failed" */
void mr_test_progress_draw(mr_test_progress *progress, size_t finished, size_t failed);
/* Takes the line away, before anything else is written. */
void mr_test_progress_clear(mr_test_progress *progress);

#endif
