/*
 * figures.h - numbers as people read them, in summaries and reports.
 */
#ifndef MR_SRC_CONSOLE_FIGURES_H
#define MR_SRC_CONSOLE_FIGURES_H

#include "sim/base/strbuf.h"

void mr_figure_count(mr_strbuf *out, uint64_t value); /* "7,584" */
/* "6 min 40 s", "1 h 2 min", "12.345 s" */
void mr_figure_duration(mr_strbuf *out, int64_t us);
/* So many cells, '#' for the share of them (0 to 1; what lies outside is cut) and '.' for the rest.
 */
void mr_figure_cells(mr_strbuf *out, double share, int cells);
/* "01:02:03" */
void mr_figure_clock(mr_strbuf *out, int64_t us);

#endif
