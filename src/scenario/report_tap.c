/* report_tap.c - results as TAP version 14; see report.h. The YAML blocks hold double-quoted
 * strings alone, which are those of JSON, so that no text can break out of them. */
#include "src/scenario/report.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"

typedef struct tap_report {
    mr_report base; /* first, so that a pointer to it is one to this */
    size_t task_count, added;
} tap_report;

/* In a description, '#' begins a directive, and '\' takes the meaning away. */
static void append_title(mr_strbuf *out, const mr_suite_task *task,
                         const mr_scenario_result *result)
{
    mr_strbuf title = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_title(task, result, &title);
    for (const char *at = mr_strbuf_text(&title); *at != '\0'; at++) {
        if (*at == '#' || *at == '\\') {
            mr_strbuf_append_char(out, '\\');
        }
        char shown = *at;
        if ((unsigned char)*at < ' ') {
            shown = ' ';
        }
        mr_strbuf_append_char(out, shown);
    }
    mr_strbuf_deinit(&title);
}

static void append_field(mr_strbuf *out, const char *before, const char *name, const char *value)
{
    mr_strbuf_appendf(out, "  %s%s: ", before, name);
    mr_json_append_string(out, mr_bytes_of(value));
    mr_strbuf_append_char(out, '\n');
}

static void append_optional(mr_strbuf *out, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        append_field(out, "", name, value);
    }
}

static void append_failure(mr_strbuf *out, const mr_scenario_result *result,
                           const mr_scenario_failure *failure)
{
    mr_strbuf place = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_place(result, failure, &place);
    append_field(out, "  - ", "what", mr_strbuf_text(&place));
    append_field(out, "    ", "expected", failure->expected);
    append_field(out, "    ", "got", failure->got);
    append_field(out, "    ", "events", failure->events);
    mr_strbuf_deinit(&place);
}

static void append_diagnostics(mr_strbuf *out, const mr_suite_task *task,
                               const mr_scenario_result *result)
{
    mr_strbuf replay = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_replay(task, &replay);
    mr_strbuf_append_text(out, "  ---\n");
    append_field(out, "", "file", result->file);
    if (result->error.code != MR_OK) {
        append_field(out, "", "message", result->error.message);
    }
    if (result->failure_count > 0) {
        mr_strbuf_append_text(out, "  failures:\n");
    }
    for (size_t i = 0; i < result->failure_count; i++) {
        append_failure(out, result, &result->failures[i]);
    }
    append_optional(out, "schedule", result->schedule);
    append_optional(out, "note", result->note);
    append_optional(out, "state", task->state);
    append_field(out, "", "replay", mr_strbuf_text(&replay));
    mr_strbuf_append_text(out, "  ...\n");
    mr_strbuf_deinit(&replay);
}

static void tap_add(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result)
{
    tap_report *r = (tap_report *)report;
    bool passed = mr_scenario_result_passed(result);
    mr_strbuf_appendf(&report->out, "%s %zu - ", passed ? "ok" : "not ok", ++r->added);
    append_title(&report->out, task, result);
    mr_strbuf_append_char(&report->out, '\n');
    if (!passed) {
        append_diagnostics(&report->out, task, result);
    }
}

static void tap_end(mr_report *report, const mr_suite_counts *counts)
{
    (void)counts; /* the plan says how many there should have been */
    tap_report *r = (tap_report *)report;
    if (r->added < r->task_count) {
        mr_strbuf_appendf(&report->out, "Bail out! %zu of %zu were not run\n",
                          r->task_count - r->added, r->task_count);
    }
}

static void tap_free(mr_report *report)
{
    mr_free(report);
}

mr_report *mr_report_tap_new(size_t task_count)
{
    tap_report *r = mr_calloc(1, sizeof(*r));
    r->base = (mr_report){.out = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                          .add = tap_add,
                          .end = tap_end,
                          .free = tap_free};
    r->task_count = task_count;
    mr_strbuf_appendf(&r->base.out, "TAP version 14\n1..%zu\n", task_count);
    return &r->base;
}
