/* report_junit.c - results as JUnit XML; see report.h. The counts stand in the first lines, so the
 * test cases are held until the end. */
#include "src/scenario/report.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, for what XML cannot hold */

typedef struct junit_report {
    mr_report base; /* first, so that a pointer to it is one to this */
    mr_strbuf cases;
    int64_t wall_us;
} junit_report;

/* How many bytes of a well-formed UTF-8 character begin the text; 0: none does. */
static size_t character(mr_bytes text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++) {
        if (mr_bytes_is_utf8(mr_bytes_make(text.at, len))) {
            return len;
        }
    }
    return 0;
}

/* XML 1.0 has no control characters but these, and not the two code points that are none. */
static bool is_char(mr_bytes c)
{
    unsigned char first = (unsigned char)c.at[0];
    bool is_control = c.len == 1 && first < ' ' && first != '\t' && first != '\n' && first != '\r';
    return !is_control && !mr_bytes_is(c, "\xef\xbf\xbe") && !mr_bytes_is(c, "\xef\xbf\xbf");
}

static const char *entity_of(mr_bytes c)
{
    switch (c.at[0]) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;"; /* in an attribute, a plain one would be read as a blank */
    case '\t':
        return "&#9;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

/* For attributes and for text alike. */
static void append_escaped(mr_strbuf *out, const char *text)
{
    for (mr_bytes rest = mr_bytes_of(text); rest.len > 0;) {
        size_t len = character(rest);
        mr_bytes c = mr_bytes_make(rest.at, mr_max_size(len, 1));
        const char *entity = entity_of(c);
        if (len == 0 || !is_char(c)) {
            mr_strbuf_append_text(out, REPLACEMENT);
        } else if (entity != NULL) {
            mr_strbuf_append_text(out, entity);
        } else {
            mr_strbuf_append_bytes(out, c);
        }
        rest = mr_bytes_make(rest.at + c.len, rest.len - c.len);
    }
}

static void append_attribute(mr_strbuf *out, const char *name, const char *value)
{
    mr_strbuf_appendf(out, " %s=\"", name);
    append_escaped(out, value);
    mr_strbuf_append_char(out, '"');
}

/* What a person reads behind the message. Owned. */
static char *details_of(const mr_suite_task *task, const mr_scenario_result *result)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < result->failure_count; i++) {
        const mr_scenario_failure *failure = &result->failures[i];
        mr_report_place(result, failure, &out);
        mr_strbuf_append_char(&out, '\n');
        mr_report_item("  ", "expected", failure->expected, &out);
        mr_report_item("  ", "got", failure->got, &out);
        mr_report_indent(failure->events, "    ", &out);
    }
    if (result->schedule != NULL) {
        mr_strbuf_append_text(&out, "schedule\n");
        mr_report_indent(result->schedule, "", &out);
    }
    if (result->note != NULL) {
        mr_report_indent(result->note, "", &out);
    }
    mr_strbuf_append_text(&out, "replay: ");
    mr_report_replay(task, &out);
    return mr_strbuf_take(&out);
}

/* <failure> or <error> */
static void append_problem(mr_strbuf *out, const mr_suite_task *task,
                           const mr_scenario_result *result)
{
    bool is_error = result->error.code != MR_OK;
    const char *element = is_error ? "error" : "failure";
    char *message = is_error ? mr_strdup(result->error.message)
                             : mr_format("%s: expected %s, got %s", result->failures[0].what,
                                         result->failures[0].expected, result->failures[0].got);
    char *details = details_of(task, result);
    mr_strbuf_appendf(out, "      <%s", element);
    append_attribute(out, "type", is_error ? mr_code_name(result->error.code) : "expectation");
    append_attribute(out, "message", message);
    mr_strbuf_append_char(out, '>');
    append_escaped(out, details);
    mr_strbuf_appendf(out, "</%s>\n", element);
    mr_free(message);
    mr_free(details);
}

static double seconds(int64_t us)
{
    return (double)us / (double)MR_US_PER_SECOND;
}

static void junit_add(mr_report *report, const mr_suite_task *task,
                      const mr_scenario_result *result)
{
    junit_report *r = (junit_report *)report;
    mr_strbuf *out = &r->cases;
    mr_strbuf title = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_title(task, result, &title);
    mr_strbuf_append_text(out, "    <testcase");
    append_attribute(out, "name", mr_strbuf_text(&title));
    append_attribute(out, "classname", result->file);
    mr_strbuf_appendf(out, " time=\"%.3f\"", seconds(result->wall_us));
    if (mr_scenario_result_passed(result)) {
        mr_strbuf_append_text(out, "/>\n");
    } else {
        mr_strbuf_append_text(out, ">\n");
        append_problem(out, task, result);
        mr_strbuf_append_text(out, "    </testcase>\n");
    }
    r->wall_us += result->wall_us;
    mr_strbuf_deinit(&title);
}

static void append_totals(mr_strbuf *out, const mr_suite_counts *counts, int64_t wall_us)
{
    mr_strbuf_appendf(
        out,
        " name=\"millrace test\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
        counts->passed + counts->failed + counts->errors, counts->failed, counts->errors,
        seconds(wall_us));
}

static void junit_end(mr_report *report, const mr_suite_counts *counts)
{
    junit_report *r = (junit_report *)report;
    mr_strbuf *out = &report->out;
    mr_strbuf_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    append_totals(out, counts, r->wall_us);
    mr_strbuf_append_text(out, "  <testsuite");
    append_totals(out, counts, r->wall_us);
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&r->cases));
    mr_strbuf_append_text(out, "  </testsuite>\n</testsuites>\n");
}

static void junit_free(mr_report *report)
{
    junit_report *r = (junit_report *)report;
    mr_strbuf_deinit(&r->cases);
    mr_free(r);
}

mr_report *mr_report_junit_new(void)
{
    junit_report *r = mr_calloc(1, sizeof(*r));
    r->base = (mr_report){.out = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                          .add = junit_add,
                          .end = junit_end,
                          .free = junit_free};
    r->cases = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return &r->base;
}
