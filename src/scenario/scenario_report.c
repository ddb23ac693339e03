/* scenario_report.c - see scenario_report.h. */
#include "src/scenario/scenario_report.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/config/check_report.h"

#include <inttypes.h>

static const char *limits_of(const mr_scenario *scenario)
{
    return scenario->limits ? "aws" : "off";
}

static size_t count_findings(const mr_scenario *scenario, mr_finding_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->finding_count; i++) {
        count += scenario->findings[i].kind == kind ? 1 : 0;
    }
    return count;
}

/* ---- text ---- */

static void print_settings(const mr_scenario *scenario, mr_strbuf *out)
{
    char start[MR_ISO_SIZE];
    mr_iso_format(scenario->start_us, start);
    mr_strbuf_appendf(out, "%s: scenario %s\n", scenario->file, scenario->name);
    if (scenario->description != NULL) {
        mr_check_report_lines(scenario->description, out);
    }
    mr_strbuf_append_char(out, '\n');
    if (scenario->plan != NULL) {
        mr_strbuf_appendf(out, "template  %s\n", scenario->plan->file);
    }
    if (scenario->replay != NULL) {
        mr_strbuf_appendf(out, "replays   %s\n", scenario->replay);
    }
    mr_strbuf_appendf(out, "seed      %" PRIu64 "\nstart     %s\nlimits    %s\n", scenario->seed,
                      start, limits_of(scenario));
    if (scenario->use_code) {
        mr_strbuf_append_text(out, "functions run their code, not their builtins\n");
    }
    if (scenario->drain) {
        mr_strbuf_append_text(out, "buffers   are flushed as soon as the sources are drained\n");
    }
    if (scenario->stream_bytes_max > 0) {
        mr_strbuf_appendf(out, "disk      %" PRIu64 " bytes of a stream at most\n",
                          scenario->stream_bytes_max);
    }
}

static void print_faults(const mr_scenario *scenario, mr_strbuf *out)
{
    mr_strbuf_append_text(out, scenario->fault_count == 0 ? "" : "\nfaults\n");
    for (size_t i = 0; i < scenario->fault_count; i++) {
        mr_strbuf_appendf(out, "  line %-4d  ", scenario->faults[i].line);
        mr_scenario_fault_explain(scenario, &scenario->faults[i], out);
        mr_strbuf_append_char(out, '\n');
    }
}

static void print_expects(const mr_scenario *scenario, mr_strbuf *out)
{
    mr_strbuf_append_text(out, scenario->expect_count == 0 ? "" : "\nexpected\n");
    for (size_t i = 0; i < scenario->expect_count; i++) {
        mr_strbuf_appendf(out, "  line %-4d  ", scenario->expects[i].line);
        mr_scenario_expect_explain(&scenario->expects[i], out);
        mr_strbuf_append_char(out, '\n');
    }
}

static void print_findings(const mr_scenario *scenario, mr_finding_kind kind, const char *title,
                           mr_strbuf *out)
{
    if (count_findings(scenario, kind) > 0) {
        mr_strbuf_appendf(out, "\n%s\n", title);
    }
    for (size_t i = 0; i < scenario->finding_count; i++) {
        if (scenario->findings[i].kind == kind) {
            char *text = mr_scenario_finding_text(scenario, &scenario->findings[i]);
            mr_strbuf_appendf(out, "  %s\n", text);
            mr_free(text);
        }
    }
}

static void print_summary(const mr_scenario *scenario, mr_strbuf *out)
{
    const struct {
        const char *name;
        size_t count;
        const char *after;
    } counts[] = {
        {"input", scenario->input_count, ", "},
        {"fault", scenario->fault_count, ", "},
        {"expectation", scenario->expect_count, "; "},
        {"warning", count_findings(scenario, MR_FINDING_WARNING), ", "},
        {"error", scenario->error_count, "\n"},
    };
    mr_strbuf_appendf(out, "\n%s: ", scenario->file);
    for (size_t i = 0; i < MR_COUNT(counts); i++) {
        mr_strbuf_appendf(out, "%zu %s%s%s", counts[i].count, counts[i].name,
                          counts[i].count == 1 ? "" : "s", counts[i].after);
    }
}

void mr_scenario_report_text(const mr_scenario *scenario, mr_strbuf *out)
{
    print_settings(scenario, out);
    for (size_t i = 0; i < scenario->input_count; i++) {
        mr_check_report_input(&scenario->inputs[i], out);
    }
    print_faults(scenario, out);
    print_expects(scenario, out);
    print_findings(scenario, MR_FINDING_WARNING, "warnings", out);
    print_findings(scenario, MR_FINDING_ERROR, "errors", out);
    print_summary(scenario, out);
}

/* ---- JSON ---- */

static void write_settings(const mr_scenario *scenario, mr_json *json)
{
    char start[MR_ISO_SIZE];
    mr_iso_format(scenario->start_us, start);
    mr_json_field_string(json, "file", scenario->file);
    mr_json_field_string(json, "name", scenario->name);
    mr_json_field_string(json, "description", scenario->description);
    mr_json_field_string(json, "template", scenario->plan == NULL ? NULL : scenario->plan->file);
    mr_json_field_string(json, "replay", scenario->replay);
    mr_json_key(json, "seed");
    mr_json_uint(json, scenario->seed);
    mr_json_field_string(json, "start", start);
    mr_json_field_string(json, "limits", limits_of(scenario));
    mr_json_field_bool(json, "noBuiltin", scenario->use_code);
    mr_json_field_bool(json, "drain", scenario->drain);
    mr_json_key(json, "streamBytes");
    if (scenario->stream_bytes_max > 0) {
        mr_json_uint(json, scenario->stream_bytes_max);
    } else {
        mr_json_null(json);
    }
}

static void write_faults(const mr_scenario *scenario, mr_json *json)
{
    mr_json_key(json, "faults");
    mr_json_array_begin(json);
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const mr_scenario_fault *fault = &scenario->faults[i];
        mr_strbuf words = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_scenario_fault_explain(scenario, fault, &words);
        mr_json_object_begin(json);
        mr_json_field_int(json, "line", fault->line);
        mr_json_field_string(json, "says", mr_strbuf_text(&words));
        mr_json_object_end(json);
        mr_strbuf_deinit(&words);
    }
    mr_json_array_end(json);
}

static void write_expects(const mr_scenario *scenario, mr_json *json)
{
    mr_json_key(json, "expect");
    mr_json_array_begin(json);
    for (size_t i = 0; i < scenario->expect_count; i++) {
        mr_strbuf words = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_scenario_expect_explain(&scenario->expects[i], &words);
        mr_json_object_begin(json);
        mr_json_field_int(json, "line", scenario->expects[i].line);
        mr_json_field_string(json, "says", mr_strbuf_text(&words));
        mr_json_object_end(json);
        mr_strbuf_deinit(&words);
    }
    mr_json_array_end(json);
}

static void write_findings(const mr_scenario *scenario, mr_json *json, const char *member,
                           mr_finding_kind kind)
{
    mr_json_key(json, member);
    mr_json_array_begin(json);
    for (size_t i = 0; i < scenario->finding_count; i++) {
        const mr_finding *finding = &scenario->findings[i];
        if (finding->kind == kind) {
            char *text = mr_scenario_finding_text(scenario, finding);
            mr_json_object_begin(json);
            mr_json_field_int(json, "line", finding->line);
            mr_json_field_string(json, "path", finding->path);
            mr_json_field_string(json, "message", finding->message);
            mr_json_field_string(json, "text", text);
            mr_json_object_end(json);
            mr_free(text);
        }
    }
    mr_json_array_end(json);
}

void mr_scenario_report_json(const mr_scenario *scenario, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "format", 1);
    write_settings(scenario, &json);
    mr_json_key(&json, "inputs");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < scenario->input_count; i++) {
        mr_check_report_input_json(&scenario->inputs[i], &json);
    }
    mr_json_array_end(&json);
    write_faults(scenario, &json);
    write_expects(scenario, &json);
    write_findings(scenario, &json, "warnings", MR_FINDING_WARNING);
    write_findings(scenario, &json, "errors", MR_FINDING_ERROR);
    mr_json_field_int(&json, "warningCount", (int64_t)count_findings(scenario, MR_FINDING_WARNING));
    mr_json_field_int(&json, "errorCount", (int64_t)scenario->error_count);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}
