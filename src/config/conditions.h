/*
 * conditions.h - the Conditions section: true or false, from parameters and mappings alone.
 */
#ifndef MR_SRC_CONFIG_CONDITIONS_H
#define MR_SRC_CONFIG_CONDITIONS_H

#include "src/config/template.h"

/* Evaluates every condition of the section. */
void mr_conditions_read(mr_template *template);

/* MR_TRUTH_YES, _NO, or _BROKEN with a finding at `at` (or one that was made already). */
mr_truth mr_condition_by_name(mr_template *template, const mr_node *at, const char *name);

#endif
