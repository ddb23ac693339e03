/* figures.c - see figures.h. */
#include "src/console/figures.h"

#include "sim/base/timefmt.h"

void mr_figure_count(mr_strbuf *out, uint64_t value)
{
    char digits[24];
    size_t len = 0;
    do {
        digits[len++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (len > 0) {
        mr_strbuf_append_char(out, digits[--len]);
        if (len > 0 && len % 3 == 0) {
            mr_strbuf_append_char(out, ',');
        }
    }
}

void mr_figure_duration(mr_strbuf *out, int64_t us)
{
    int64_t s = us / MR_US_PER_SECOND;
    if (s >= 3600) {
        mr_strbuf_appendf(out, "%lld h %lld min", (long long)(s / 3600), (long long)(s / 60 % 60));
    } else if (s >= 60) {
        mr_strbuf_appendf(out, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
    } else {
        mr_strbuf_appendf(out, "%.3f s", (double)us / (double)MR_US_PER_SECOND);
    }
}

void mr_figure_cells(mr_strbuf *out, double share, int cells)
{
    double held = share < 0 ? 0 : share > 1 ? 1 : share;
    int full = (int)(held * cells + 0.5);
    for (int i = 0; i < cells; i++) {
        mr_strbuf_append_char(out, i < full ? '#' : '.');
    }
}

void mr_figure_clock(mr_strbuf *out, int64_t us)
{
    int64_t s = us / MR_US_PER_SECOND;
    mr_strbuf_appendf(out, "%02lld:%02lld:%02lld", (long long)(s / 3600), (long long)(s / 60 % 60),
                      (long long)(s % 60));
}
