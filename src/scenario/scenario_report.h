/*
 * scenario_report.h - what `millrace check` prints of a scenario, without running it: what is put
 * and how fast, what goes wrong and when, what is expected, what was found wrong with it, and a
 * last line that sums it up.
 */
#ifndef MR_SRC_SCENARIO_SCENARIO_REPORT_H
#define MR_SRC_SCENARIO_SCENARIO_REPORT_H

#include "src/scenario/scenario.h"

/* Text for a person. */
void mr_scenario_report_text(const mr_scenario *scenario, mr_strbuf *out);
/* One JSON object and a line end: {"format":1,"file":..,"inputs":[..],"faults":[..],..}. */
void mr_scenario_report_json(const mr_scenario *scenario, mr_strbuf *out);

/* ---- shared by the two forms ---- */

/* "from 30s to 1m30s: function decode fails with "Unhandled", every 10th time". */
void mr_scenario_fault_explain(const mr_scenario *scenario, const mr_scenario_fault *fault,
                               mr_strbuf *out);
/* "sql: SELECT count(*) FROM t: at least 5". */
void mr_scenario_expect_explain(const mr_expect *expect, mr_strbuf *out);

#endif
