/*
 * plan_findings.h - what a command that runs a template says of it first, on standard error.
 */
#ifndef MR_SRC_CLI_PLAN_FINDINGS_H
#define MR_SRC_CLI_PLAN_FINDINGS_H

#include "src/config/plan.h"

/* What is not modelled, in one line: `check` says why, one by one. */
void cli_print_warnings(const mr_plan *plan);
void cli_print_errors(const mr_plan *plan); /* a line for each */
/* The same in the form of --log. */
void cli_log_warnings(const mr_plan *plan, bool is_json);
void cli_log_errors(const mr_plan *plan, bool is_json);

#endif
