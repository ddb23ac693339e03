/* plan_help.h - a template given as text, loaded as t.yaml, and what was found in it. */
#ifndef MR_TESTS_PLAN_HELP_H
#define MR_TESTS_PLAN_HELP_H

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/config/plan.h"
#include "tests/check.h"

#include <unistd.h>

static inline mr_plan *plan_of(const char *text)
{
    mr_plan_options options = {.file = "t.yaml"};
    return mr_plan_from_text(&options, mr_bytes_of(text));
}

/* The findings, each as "E" or "W", a blank and its line, joined by line ends; those about roles
 * are left out, because every delivery stream and function has one. Owned. */
static inline char *findings_text(const mr_plan *plan)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < plan->finding_count; i++) {
        if (mr_bytes_ends_with(mr_bytes_of(plan->findings[i].message),
                               MR_BYTES_LITERAL("permissions are not checked here"))) {
            continue;
        }
        char *line = mr_finding_text(plan, &plan->findings[i]);
        mr_strbuf_appendf(&out, "%s%s %s", out.len == 0 ? "" : "\n",
                          plan->findings[i].kind == MR_FINDING_ERROR ? "E" : "W", line);
        mr_free(line);
    }
    return mr_strbuf_take(&out);
}

static inline void check_findings(const char *label, const char *text, const char *want)
{
    mr_plan *plan = plan_of(text);
    char *got = findings_text(plan);
    CHECK_STR(label, got, want);
    mr_free(got);
    mr_plan_free(plan);
}

/* Tests over tables of {label, template, findings}. */
typedef struct mistake {
    const char *label, *text, *want;
} mistake;

static inline void check_mistakes(const mistake *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_findings(cases[i].label, cases[i].text, cases[i].want);
    }
}

/* Paths in these templates are those of the source tree. */
#define run_in_source_root(tests)                                                                  \
    (chdir(check_source_root()) == 0 ? cmocka_run_group_tests((tests), NULL, NULL) : 1)

#endif
