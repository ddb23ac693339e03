/* plan_findings.c - see plan_findings.h. */
#include "src/cli/plan_findings.h"

#include "sim/base/alloc.h"
#include "src/cli/log_line.h"

#include <string.h>

/* What a warning is about, in one word: the property, or the type of a resource that runs nothing
 * ("AWS::IAM::Role: permissions ..."). Owned. */
static char *finding_subject(const mr_finding *finding)
{
    const char *last = finding->path == NULL ? NULL : strrchr(finding->path, '.');
    if (last == NULL || strcmp(last, ".Type") == 0) {
        const char *colon = strstr(finding->message, ": ");
        size_t len = colon == NULL ? strlen(finding->message) : (size_t)(colon - finding->message);
        return mr_strndup(finding->message, len);
    }
    return mr_strdup(last + 1);
}

void cli_log_warnings(const mr_plan *plan, bool is_json)
{
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < plan->finding_count; i++) {
        const mr_finding *finding = &plan->findings[i];
        if (finding->kind != MR_FINDING_WARNING) {
            continue;
        }
        if (line.len == 0) {
            mr_strbuf_appendf(&line, "%s: no effect here (`check` says why): ", plan->file);
        } else {
            mr_strbuf_append_text(&line, ", ");
        }
        char *subject = finding_subject(finding);
        mr_strbuf_appendf(&line, "%s (line %d)", subject, finding->line);
        mr_free(subject);
    }
    if (line.len > 0) {
        cli_log_line(is_json, MR_LOG_WARNING, mr_strbuf_text(&line));
    }
    mr_strbuf_deinit(&line);
}

void cli_log_errors(const mr_plan *plan, bool is_json)
{
    for (size_t i = 0; i < plan->finding_count; i++) {
        if (plan->findings[i].kind == MR_FINDING_ERROR) {
            char *text = mr_finding_text(plan, &plan->findings[i]);
            cli_log_line(is_json, MR_LOG_ERROR, text);
            mr_free(text);
        }
    }
}
