/* put_progress.c - see put_progress.h. */
#include "src/console/put_progress.h"

#include "sim/base/timefmt.h"
#include "src/console/figures.h"
#include "src/console/terminal.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 20

mr_put_progress mr_put_progress_make(bool is_wanted)
{
    return (mr_put_progress){.is_shown = is_wanted && isatty(STDERR_FILENO)};
}

void mr_put_progress_line(const mr_put_figures *figures, int columns, mr_strbuf *out)
{
    size_t from = out->len;
    if (figures->share >= 0) {
        mr_strbuf_append_char(out, '[');
        mr_figure_cells(out, figures->share, BAR_CELLS);
        mr_strbuf_appendf(out, "] %d %%  ", (int)(figures->share * 100));
    }
    mr_figure_count(out, figures->records);
    mr_strbuf_append_text(out, " records  ");
    if (figures->throttled > 0) {
        mr_figure_count(out, figures->throttled);
        mr_strbuf_append_text(out, " throttled  ");
    }
    if (figures->elapsed_us > 0) {
        double per_second =
            (double)figures->records * (double)MR_US_PER_SECOND / (double)figures->elapsed_us;
        mr_figure_count(out, (uint64_t)per_second);
        mr_strbuf_append_text(out, "/s  ");
    }
    mr_figure_clock(out, figures->elapsed_us);
    size_t most = from + (size_t)columns - 1; /* a full line would wrap */
    if (out->len > most) {
        out->len = most;
        out->at[most] = '\0';
    }
}

void mr_put_progress_draw(mr_put_progress *progress, const mr_put_figures *figures)
{
    if (!progress->is_shown) {
        return;
    }
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&line, "\r\x1b[K");
    mr_put_progress_line(figures, mr_terminal_columns(STDERR_FILENO), &line);
    (void)fwrite(line.at, 1, line.len, stderr);
    (void)fflush(stderr);
    progress->is_drawn = true;
    mr_strbuf_deinit(&line);
}

void mr_put_progress_clear(mr_put_progress *progress)
{
    if (progress->is_drawn) {
        (void)fputs("\r\x1b[K", stderr);
        (void)fflush(stderr);
        progress->is_drawn = false;
    }
}
