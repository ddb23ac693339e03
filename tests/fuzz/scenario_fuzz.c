/* scenario_fuzz.c - any bytes as a scenario beside the sample's template: findings of one line
 * each, a report that is the same twice, and faults that are written so that they read back. Runs
 * in the source tree's root, where the template is. */
#include "src/scenario/scenario_report.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_NAME "data/crimes/fuzz.yaml"

static void check_findings(const mr_scenario *scenario)
{
    size_t errors = 0;
    for (size_t i = 0; i < scenario->finding_count; i++) {
        char *text = mr_scenario_finding_text(scenario, &scenario->findings[i]);
        MR_ASSERT(strchr(text, '\n') == NULL);
        MR_ASSERT(scenario->findings[i].message[0] != '\0');
        errors += scenario->findings[i].kind == MR_FINDING_ERROR ? 1 : 0;
        mr_free(text);
    }
    MR_ASSERT((errors > 0) == (scenario->error_count > 0));
    MR_ASSERT(scenario->error_count > 0 || scenario->plan != NULL);
}

static char *report(const mr_scenario *scenario)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_report_text(scenario, &out);
    mr_scenario_report_json(scenario, &out);
    return mr_strbuf_take(&out);
}

static bool needs_own_inputs(const mr_scenario_fault *fault)
{
    return fault->kind == MR_SCENARIO_RATE || fault->kind == MR_SCENARIO_PAUSE;
}

/* Written, read and written again, a fault is the same. */
static void check_fault(const mr_scenario *scenario, const mr_scenario_fault *fault)
{
    char start[MR_ISO_SIZE];
    mr_iso_format(scenario->start_us, start);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED),
              line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_fault_write(scenario, fault, &line);
    mr_strbuf_appendf(&text, "template: template.yaml\nstart: %s\nfaults:\n  - %s\n", start,
                      mr_strbuf_text(&line));
    mr_scenario *again = mr_scenario_from_text(FILE_NAME, mr_strbuf_bytes(&text));
    mr_strbuf_reset(&text);
    MR_ASSERT(again->fault_count == 1);
    mr_scenario_fault_write(again, &again->faults[0], &text);
    MR_ASSERT(strcmp(mr_strbuf_text(&text), mr_strbuf_text(&line)) == 0);
    mr_scenario_free(again);
    mr_strbuf_deinit(&text);
    mr_strbuf_deinit(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    mr_scenario *first = mr_scenario_from_text(FILE_NAME, text);
    mr_scenario *second = mr_scenario_from_text(FILE_NAME, text);
    check_findings(first);
    char *one = report(first), *two = report(second);
    MR_ASSERT(strcmp(one, two) == 0);
    for (size_t i = 0; i < first->fault_count && first->error_count == 0; i++) {
        const mr_scenario_fault *fault = &first->faults[i];
        if (!needs_own_inputs(fault)) {
            check_fault(first, fault);
        }
    }
    (void)mr_scenario_is_one(text);
    mr_free(one);
    mr_free(two);
    mr_scenario_free(first);
    mr_scenario_free(second);
    return 0;
}
