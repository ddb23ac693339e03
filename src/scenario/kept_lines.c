/* kept_lines.c - see kept_lines.h. */
#include "src/scenario/kept_lines.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

/* Around a fault; another that strikes within WINDOW_APART_US of it shows nothing new. */
#define WINDOW_BEFORE   5
#define WINDOW_AFTER    4
#define WINDOW_APART_US (10 * MR_US_PER_SECOND)

#define SHOWN_BEFORE 4
#define SHOWN_AFTER  4

typedef struct kept_line {
    uint64_t ordinal; /* 0, 1, 2, ... as they came */
    int64_t time_us;
    mr_strbuf text;
} kept_line;

struct mr_kept_lines {
    uint64_t next_ordinal;
    kept_line recent[MR_KEPT_RECENT_MAX]; /* at ordinal % MR_KEPT_RECENT_MAX */
    kept_line faults[MR_KEPT_FAULTS_MAX]; /* in the order of their ordinals */
    size_t fault_count;
    uint64_t faults_until; /* lines below this ordinal are kept in `faults` */
    bool has_window;
    int64_t window_us; /* when the last window was opened */
};

mr_kept_lines *mr_kept_lines_new(void)
{
    mr_kept_lines *lines = mr_calloc(1, sizeof(*lines));
    for (size_t i = 0; i < MR_KEPT_RECENT_MAX; i++) {
        lines->recent[i].text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    }
    for (size_t i = 0; i < MR_KEPT_FAULTS_MAX; i++) {
        lines->faults[i].text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    }
    return lines;
}

void mr_kept_lines_free(mr_kept_lines *lines)
{
    if (lines == NULL) {
        return;
    }
    for (size_t i = 0; i < MR_KEPT_RECENT_MAX; i++) {
        mr_strbuf_deinit(&lines->recent[i].text);
    }
    for (size_t i = 0; i < MR_KEPT_FAULTS_MAX; i++) {
        mr_strbuf_deinit(&lines->faults[i].text);
    }
    mr_free(lines);
}

/* ---- adding ---- */

static uint64_t first_recent(const mr_kept_lines *lines)
{
    uint64_t count = lines->next_ordinal;
    return count < MR_KEPT_RECENT_MAX ? 0 : count - MR_KEPT_RECENT_MAX;
}

static const kept_line *recent_of(const mr_kept_lines *lines, uint64_t ordinal)
{
    return &lines->recent[ordinal % MR_KEPT_RECENT_MAX];
}

static void append_cut(mr_strbuf *out, mr_bytes line)
{
    if (line.len <= MR_KEPT_LINE_MAX) {
        mr_strbuf_append_bytes(out, line);
        return;
    }
    size_t len = MR_KEPT_LINE_MAX;
    while (len > 0 && ((unsigned char)line.at[len] & 0xC0) == 0x80) { /* not inside a character */
        len--;
    }
    mr_strbuf_append(out, line.at, len);
    mr_strbuf_append_text(out, "...");
}

static void keep_for_fault(mr_kept_lines *lines, uint64_t ordinal)
{
    size_t count = lines->fault_count;
    bool is_kept = count > 0 && lines->faults[count - 1].ordinal >= ordinal;
    if (is_kept || count == MR_KEPT_FAULTS_MAX) {
        return;
    }
    const kept_line *from = recent_of(lines, ordinal);
    kept_line *to = &lines->faults[lines->fault_count++];
    to->ordinal = ordinal;
    to->time_us = from->time_us;
    mr_strbuf_append_text(&to->text, mr_strbuf_text(&from->text)); /* JSON has no NUL */
}

/* A clock that was set back is apart from everything that was. */
static bool opens_window(const mr_kept_lines *lines, int64_t time_us)
{
    return !lines->has_window || time_us < lines->window_us ||
           time_us - lines->window_us >= WINDOW_APART_US;
}

static void open_window(mr_kept_lines *lines, uint64_t ordinal, int64_t time_us)
{
    lines->has_window = true;
    lines->window_us = time_us;
    lines->faults_until = ordinal + 1 + WINDOW_AFTER;
    for (uint64_t i = ordinal < WINDOW_BEFORE ? 0 : ordinal - WINDOW_BEFORE; i < ordinal; i++) {
        keep_for_fault(lines, i);
    }
}

void mr_kept_lines_add(mr_kept_lines *lines, int64_t time_us, mr_bytes line, bool is_fault)
{
    uint64_t ordinal = lines->next_ordinal++;
    kept_line *slot = &lines->recent[ordinal % MR_KEPT_RECENT_MAX];
    slot->ordinal = ordinal;
    slot->time_us = time_us;
    mr_strbuf_reset(&slot->text);
    append_cut(&slot->text, line);

    if (is_fault && opens_window(lines, time_us)) {
        open_window(lines, ordinal, time_us);
    }
    if (ordinal < lines->faults_until) {
        keep_for_fault(lines, ordinal);
    }
}

/* ---- showing ---- */

/* Every line that is kept, once, in order. Owned array. */
static const kept_line **all_lines(const mr_kept_lines *lines, size_t *count)
{
    const kept_line **all =
        mr_calloc(MR_KEPT_RECENT_MAX + MR_KEPT_FAULTS_MAX, sizeof(const kept_line *));
    uint64_t first = first_recent(lines);
    *count = 0;
    for (size_t i = 0; i < lines->fault_count && lines->faults[i].ordinal < first; i++) {
        all[(*count)++] = &lines->faults[i];
    }
    for (uint64_t i = first; i < lines->next_ordinal; i++) {
        all[(*count)++] = recent_of(lines, i);
    }
    return all;
}

/* How many lines stand before the place of this time: up to the newest of the lines at or before
 * it. */
static size_t place_of(const kept_line *const *all, size_t count, int64_t time_us)
{
    size_t place = 0;
    for (size_t i = 0; i < count; i++) {
        if (all[i]->time_us <= time_us &&
            (place == 0 || all[i]->time_us >= all[place - 1]->time_us)) {
            place = i + 1;
        }
    }
    return place;
}

void mr_kept_lines_around(const mr_kept_lines *lines, int64_t time_us, mr_strbuf *out)
{
    size_t count;
    const kept_line **all = all_lines(lines, &count);
    size_t place = place_of(all, count, time_us);
    size_t from = place < SHOWN_BEFORE ? 0 : place - SHOWN_BEFORE;
    size_t to = mr_min_size(place + SHOWN_AFTER, count);

    for (size_t i = from; i < to; i++) {
        if (i > from && all[i]->ordinal != all[i - 1]->ordinal + 1) {
            mr_strbuf_append_text(out, "...\n");
        }
        mr_strbuf_append_bytes(out, mr_strbuf_bytes(&all[i]->text));
        mr_strbuf_append_char(out, '\n');
    }
    mr_free(all);
}
