/* report_text.c - results for people; see report.h. */
#include "src/scenario/report.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/console/figures.h"

#include <string.h>

#define TITLE_COLUMNS 32 /* a longer title moves what follows it */
#define MARGIN        "      "
#define DEEPER        "        "

/* The runs of one scenario under many seeds. */
typedef struct group {
    char *file; /* owned; NULL: no group yet */
    char *name;
    size_t passed, failed, errors;
    int64_t wall_us, simulated_us;
    uint64_t rows;
} group;

typedef struct text_report {
    mr_report base; /* first, so that a pointer to it is one to this */
    mr_report_text_options options;
    group group;
} text_report;

typedef enum verdict { VERDICT_OK, VERDICT_FAIL } verdict;

/* ---- what others wrote ---- */

/* Names and texts come from files, and go to a terminal: what would move its cursor or its title is
 * shown as "\\n", "\\x1b", "\\u009b". has_lines: it may have several, and tabs. */
static void append_shown(mr_strbuf *out, mr_bytes text, bool has_lines)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        unsigned char next = i + 1 < text.len ? (unsigned char)text.at[i + 1] : 0;
        if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
            mr_strbuf_appendf(out, "\\u%04x", next);
            i++;
        } else if ((c >= ' ' && c != 0x7F) || (has_lines && (c == '\n' || c == '\t'))) {
            mr_strbuf_append_char(out, (char)c);
        } else if (c == '\n' || c == '\t' || c == '\r') {
            mr_strbuf_append_text(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
        } else {
            mr_strbuf_appendf(out, "\\x%02x", c);
        }
    }
}

/* Appends one line of what is in `line`, and releases it. */
static void append_line(mr_strbuf *out, mr_strbuf *line)
{
    append_shown(out, mr_strbuf_bytes(line), false);
    mr_strbuf_deinit(line);
}

/* ---- lines ---- */

static void append_verdict(text_report *r, verdict v)
{
    static const char *const words[] = {"ok", "FAIL"};
    static const char *const colours[] = {"\x1b[32m", "\x1b[31m"};
    mr_strbuf *out = &r->base.out;
    if (r->options.colour) {
        mr_strbuf_appendf(out, "%s%s\x1b[0m", colours[v], words[v]);
    } else {
        mr_strbuf_append_text(out, words[v]);
    }
    mr_strbuf_appendf(out, "%*s", (int)(strlen(MARGIN) - strlen(words[v])), "");
}

static void append_title(text_report *r, const mr_suite_task *task,
                         const mr_scenario_result *result)
{
    size_t from = r->base.out.len;
    mr_strbuf title = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_title(task, result, &title);
    append_line(&r->base.out, &title);
    size_t len = r->base.out.len - from;
    mr_strbuf_appendf(&r->base.out, "%*s", len < TITLE_COLUMNS ? (int)(TITLE_COLUMNS - len) : 1,
                      "");
}

static void append_figures(mr_strbuf *out, int64_t wall_us, int64_t simulated_us, uint64_t rows)
{
    mr_strbuf_appendf(out, "%5.1f s  simulated ", (double)wall_us / (double)MR_US_PER_SECOND);
    mr_figure_duration(out, simulated_us);
    mr_strbuf_append_text(out, "  ");
    mr_figure_count(out, rows);
    mr_strbuf_append_text(out, rows == 1 ? " row\n" : " rows\n");
}

/* "MARGINname  value" */
static void append_item(mr_strbuf *out, const char *name, const char *value)
{
    mr_strbuf shown = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_shown(&shown, mr_bytes_of(value), true);
    mr_report_item(MARGIN, name, mr_strbuf_text(&shown), out);
    mr_strbuf_deinit(&shown);
}

static void append_block(mr_strbuf *out, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        mr_strbuf_appendf(out, MARGIN "%s\n", name);
        mr_strbuf shown = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        append_shown(&shown, mr_bytes_of(text), true);
        mr_report_indent(mr_strbuf_text(&shown), DEEPER, out);
        mr_strbuf_deinit(&shown);
    }
}

static void append_note(mr_strbuf *out, const mr_scenario_result *result)
{
    if (result->note != NULL && result->note[0] != '\0') {
        append_item(out, "note", result->note);
    }
}

static void append_counts(mr_strbuf *out, const mr_scenario_result *result)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"delivered", result->delivered}, {"failed", result->failed},
        {"lost", result->lost},           {"duplicated", result->duplicated},
        {"reordered", result->reordered}, {"faults", result->faults},
        {"kills", result->kills},         {"expectations", result->expectations},
    };
    for (size_t i = 0; i < MR_COUNT(counts); i++) {
        mr_strbuf_append_text(out, i == 0 ? MARGIN : ", ");
        mr_figure_count(out, counts[i].value);
        mr_strbuf_appendf(out, " %s", counts[i].name);
    }
    mr_strbuf_append_char(out, '\n');
}

/* ---- results ---- */

static void append_details(text_report *r, const mr_suite_task *task,
                           const mr_scenario_result *result)
{
    mr_strbuf *out = &r->base.out;
    append_block(out, "schedule", result->schedule);
    append_note(out, result);
    if (result->digest[0] != '\0') { /* it came to its end */
        append_counts(out, result);
        append_item(out, "digest", result->digest);
    }
    if (task->state != NULL) {
        append_item(out, "state", task->state);
    }
}

static void append_passed(text_report *r, const mr_suite_task *task,
                          const mr_scenario_result *result)
{
    append_verdict(r, VERDICT_OK);
    append_title(r, task, result);
    append_figures(&r->base.out, result->wall_us, result->simulated_us, result->rows);
    if (r->options.verbose) {
        append_details(r, task, result);
        return;
    }
    append_note(&r->base.out, result);
    if (task->state != NULL) {
        append_item(&r->base.out, "state", task->state);
    }
}

/* Two bounds of one thing (p50 and max) often fail by the same events: they stand there once.
 * before: the failure before this one; NULL: there is none. */
static void append_failure(mr_strbuf *out, const mr_scenario_failure *failure,
                           const mr_scenario_failure *before)
{
    append_item(out, "expected", failure->expected);
    append_item(out, "got", failure->got);
    bool is_same = before != NULL && failure->events[0] != '\0' &&
                   strcmp(before->events, failure->events) == 0;
    if (is_same) {
        append_item(out, "around it", "the same events");
    } else {
        append_block(out, "around it", failure->events);
    }
}

static void append_replay(mr_strbuf *out, const mr_suite_task *task)
{
    mr_strbuf_append_text(out, MARGIN "replay: ");
    mr_strbuf command = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_replay(task, &command);
    append_line(out, &command);
    mr_strbuf_append_char(out, '\n');
}

static void append_failed(text_report *r, const mr_suite_task *task,
                          const mr_scenario_result *result)
{
    mr_strbuf *out = &r->base.out;
    append_verdict(r, VERDICT_FAIL);
    append_title(r, task, result);
    for (size_t i = 0; i < result->failure_count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : MARGIN);
        mr_strbuf place = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_report_place(result, &result->failures[i], &place);
        append_line(out, &place);
        mr_strbuf_append_char(out, '\n');
        append_failure(out, &result->failures[i], i == 0 ? NULL : &result->failures[i - 1]);
    }
    append_details(r, task, result);
    append_replay(out, task);
}

/* ---- groups of seeds ---- */

static void append_total(mr_strbuf *out, size_t count, const char *what)
{
    if (count > 0) {
        mr_strbuf_append_text(out, ", ");
        mr_figure_count(out, count);
        mr_strbuf_append_text(out, what);
    }
}

static void end_group(text_report *r)
{
    group *g = &r->group;
    size_t runs = g->passed + g->failed;
    if (runs > 0 && !r->options.quiet) {
        mr_strbuf *out = &r->base.out;
        append_verdict(r, g->failed > 0 ? VERDICT_FAIL : VERDICT_OK);
        mr_strbuf_appendf(out, "%-*s ", TITLE_COLUMNS - 1, g->name);
        mr_figure_count(out, runs);
        mr_strbuf_append_text(out, runs == 1 ? " seed, " : " seeds, ");
        mr_figure_count(out, g->failed);
        mr_strbuf_append_text(out, " failed");
        append_total(out, g->errors, " could not be run");
        mr_strbuf_append_char(out, ' ');
        append_figures(out, g->wall_us, g->simulated_us, g->rows);
    }
    mr_free(g->file);
    mr_free(g->name);
    *g = (group){0};
}

static void add_to_group(text_report *r, const mr_suite_task *task,
                         const mr_scenario_result *result)
{
    group *g = &r->group;
    if (g->file == NULL || strcmp(g->file, task->file) != 0) {
        end_group(r);
        mr_suite_task seedless = *task;
        seedless.has_seed = false;
        mr_strbuf title = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf name = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_report_title(&seedless, result, &title);
        append_line(&name, &title);
        *g = (group){.file = mr_strdup(task->file), .name = mr_strbuf_take(&name)};
    }
    if (result->error.code != MR_OK) {
        g->errors++;
        return;
    }
    bool passed = mr_scenario_result_passed(result);
    g->passed += passed;
    g->failed += !passed;
    g->wall_us += result->wall_us;
    g->simulated_us += result->simulated_us;
    g->rows += result->rows;
}

/* ---- the report ---- */

static void text_add(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result)
{
    text_report *r = (text_report *)report;
    if (r->options.seeds > 0) {
        add_to_group(r, task, result);
    }
    if (result->error.code != MR_OK) {
        return; /* mr_report_error() says why it could not be run */
    }
    if (result->failure_count > 0) {
        append_failed(r, task, result);
    } else if (r->options.verbose || !(r->options.quiet || r->options.seeds > 0)) {
        append_passed(r, task, result);
    }
}

static void text_end(mr_report *report, const mr_suite_counts *counts)
{
    text_report *r = (text_report *)report;
    end_group(r);
    mr_strbuf *out = &report->out;
    if (counts->errors > 0 && counts->passed + counts->failed + counts->not_run == 0) {
        return; /* there is no result to sum up */
    }
    if (r->options.seeds > 0) {
        mr_figure_count(out, r->options.seeds);
        mr_strbuf_append_text(out, r->options.seeds == 1 ? " seed: " : " seeds: ");
    }
    mr_figure_count(out, counts->passed);
    mr_strbuf_append_text(out, " passed, ");
    mr_figure_count(out, counts->failed);
    mr_strbuf_append_text(out, " failed");
    append_total(out, counts->errors, " could not be run");
    append_total(out, counts->not_run, " not run");
    mr_strbuf_append_char(out, '\n');
}

static void text_free(mr_report *report)
{
    text_report *r = (text_report *)report;
    mr_free(r->group.file);
    mr_free(r->group.name);
    mr_free(r);
}

mr_report *mr_report_text_new(const mr_report_text_options *options)
{
    text_report *r = mr_calloc(1, sizeof(*r));
    r->base = (mr_report){.out = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                          .add = text_add,
                          .end = text_end,
                          .free = text_free};
    r->options = *options;
    return &r->base;
}
