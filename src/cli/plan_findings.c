/* plan_findings.c - see plan_findings.h. */
#include "src/cli/plan_findings.h"

#include "sim/base/alloc.h"

#include <stdio.h>
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

void cli_print_warnings(const mr_plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < plan->finding_count; i++) {
        const mr_finding *finding = &plan->findings[i];
        if (finding->kind != MR_FINDING_WARNING) {
            continue;
        }
        if (!any) {
            (void)fprintf(stderr,
                          "millrace: warning: %s: no effect here (`check` says why): ", plan->file);
        }
        char *subject = finding_subject(finding);
        (void)fprintf(stderr, "%s%s (line %d)", any ? ", " : "", subject, finding->line);
        mr_free(subject);
        any = true;
    }
    if (any) {
        (void)fputc('\n', stderr);
    }
}

void cli_print_errors(const mr_plan *plan)
{
    for (size_t i = 0; i < plan->finding_count; i++) {
        if (plan->findings[i].kind == MR_FINDING_ERROR) {
            char *text = mr_finding_text(plan, &plan->findings[i]);
            (void)fprintf(stderr, "millrace: %s\n", text);
            mr_free(text);
        }
    }
}
