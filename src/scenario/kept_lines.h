/*
 * kept_lines.h - a bounded memory of the event log, so that a report can show what happened around
 * a moment: the last few hundred lines, and those around faults (the first few dozen of them, and
 * of faults that come close together the first).
 *
 * Lines stand in the order in which they came, which is the order of their times unless the
 * world's clock was set back. The memory of a line is used again: adding allocates nothing once
 * it has seen the longest lines.
 */
#ifndef MR_SRC_SCENARIO_KEPT_LINES_H
#define MR_SRC_SCENARIO_KEPT_LINES_H

#include "sim/base/strbuf.h"

typedef struct mr_kept_lines mr_kept_lines;

#define MR_KEPT_RECENT_MAX 400  /* lines */
#define MR_KEPT_FAULTS_MAX 200  /* lines */
#define MR_KEPT_LINE_MAX   2000 /* bytes of a line; the rest is cut off */

mr_kept_lines *mr_kept_lines_new(void);
void mr_kept_lines_free(mr_kept_lines *lines); /* NULL is fine */

/* line: copied, without a line end. */
void mr_kept_lines_add(mr_kept_lines *lines, int64_t time_us, mr_bytes line, bool is_fault);

/* Appends up to four lines before (or at) this time and four after it, each with its line end.
 * "..." stands between two that did not follow each other. */
void mr_kept_lines_around(const mr_kept_lines *lines, int64_t time_us, mr_strbuf *out);

#endif
