/*
 * plan_findings.h - what a command that runs a template says of it first, on standard error.
 */
#ifndef MR_SRC_CLI_PLAN_FINDINGS_H
#define MR_SRC_CLI_PLAN_FINDINGS_H

#include "src/config/plan.h"

/* What is not modelled, in one line: `check` says why, one by one. is_json: --log json. */
void cli_log_warnings(const mr_plan *plan, bool is_json);
void cli_log_errors(const mr_plan *plan, bool is_json); /* a line for each */

#endif
