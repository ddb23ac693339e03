/* test_progress.c - see test_progress.h. */
#include "src/console/test_progress.h"

#include <stdio.h>
#include <unistd.h>

mr_test_progress mr_test_progress_make(size_t total, bool is_wanted)
{
    return (mr_test_progress){.is_shown = is_wanted && isatty(STDERR_FILENO), .total = total};
}

void mr_test_progress_draw(mr_test_progress *progress, size_t finished, size_t failed)
{
    if (!progress->is_shown) {
        return;
    }
    (void)fprintf(stderr, "\r\x1b[K%zu of %zu, %zu failed", finished, progress->total, failed);
    (void)fflush(stderr);
    progress->is_drawn = true;
}

void mr_test_progress_clear(mr_test_progress *progress)
{
    if (progress->is_drawn) {
        (void)fputs("\r\x1b[K", stderr);
        (void)fflush(stderr);
        progress->is_drawn = false;
    }
}
