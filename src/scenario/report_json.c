/* report_json.c - results as JSON; see report.h. */
#include "src/scenario/report.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"

typedef struct json_report {
    mr_report base; /* first, so that a pointer to it is one to this */
    bool is_lines;
    size_t added;
} json_report;

static void json_add(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result)
{
    (void)task;
    json_report *r = (json_report *)report;
    if (!r->is_lines && r->added > 0) {
        mr_strbuf_append_text(&report->out, ",\n");
    }
    mr_scenario_result_write(result, &report->out);
    if (r->is_lines) {
        mr_strbuf_append_char(&report->out, '\n');
    }
    r->added++;
}

static void json_end(mr_report *report, const mr_suite_counts *counts)
{
    json_report *r = (json_report *)report;
    if (!r->is_lines) {
        mr_strbuf_appendf(&report->out,
                          "],\"passed\":%zu,\"failed\":%zu,\"errors\":%zu,\"not_run\":%zu}\n",
                          counts->passed, counts->failed, counts->errors, counts->not_run);
    }
}

static void json_free(mr_report *report)
{
    mr_free(report);
}

mr_report *mr_report_json_new(bool is_lines)
{
    json_report *r = mr_calloc(1, sizeof(*r));
    r->base = (mr_report){.out = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                          .add = json_add,
                          .end = json_end,
                          .free = json_free};
    r->is_lines = is_lines;
    if (!is_lines) {
        mr_strbuf_append_text(&r->base.out, "{\"format\":1,\"results\":[");
    }
    return &r->base;
}
