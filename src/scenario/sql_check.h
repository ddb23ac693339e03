/*
 * sql_check.h - whether the SQL that a scenario expects answers from can run at all: asked before
 * anything is delivered, so that a misspelt column is known at once and not after the run.
 */
#ifndef MR_SRC_SCENARIO_SQL_CHECK_H
#define MR_SRC_SCENARIO_SQL_CHECK_H

#include "src/scenario/scenario.h"

/*
 * Runs every statement over the tables of a state directory, which hold nothing yet.
 *
 * Errors: MR_BAD_INPUT "file:line: what Athena says of it", for the first one that cannot run.
 */
MR_NODISCARD mr_code mr_sql_check_run(const mr_scenario *scenario, const char *state_directory,
                                      mr_error *err);

/*
 * The same without a run, for `check`: over the tables of the template, made in a temporary folder.
 * Each statement that cannot run becomes an error of the scenario.
 *
 * scenario: without errors so far.
 * Errors:   those of the temporary folder and the services.
 */
MR_NODISCARD mr_code mr_sql_check_scenario(mr_scenario *scenario, mr_error *err);

#endif
