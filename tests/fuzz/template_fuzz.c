/* template_fuzz.c - any bytes as a template: a plan or findings, twice the same, and a report. */
#include "src/config/check_report.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *report(mr_bytes text)
{
    static const mr_plan_parameter parameters[] = {{"P", "x"}, {"resolve:ssm:/p", "y"}};
    mr_plan_options options = {.file = "no-such-folder/t.yaml",
                               .parameters = parameters,
                               .parameter_count = MR_COUNT(parameters)};
    mr_plan *plan = mr_plan_from_text(&options, text);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_check_report_text(plan, &out);
    mr_check_report_json(plan, &out);
    for (size_t i = 0; i < plan->finding_count; i++) {
        MR_ASSERT(plan->findings[i].message[0] != '\0');
        MR_ASSERT(i == 0 || plan->findings[i - 1].line <= plan->findings[i].line ||
                  plan->findings[i].line == 0);
    }
    mr_plan_free(plan);
    return mr_strbuf_take(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *first = report(mr_bytes_make(data, size));
    char *second = report(mr_bytes_make(data, size));
    MR_ASSERT(strcmp(first, second) == 0);
    mr_free(first);
    mr_free(second);
    return 0;
}
