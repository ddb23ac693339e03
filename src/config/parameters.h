/*
 * parameters.h - the Parameters section: defaults, --param values, and what they may be.
 */
#ifndef MR_SRC_CONFIG_PARAMETERS_H
#define MR_SRC_CONFIG_PARAMETERS_H

#include "src/config/template.h"

/* Gives every parameter its value; what is missing or refused is a finding. */
void mr_parameters_read(mr_template *template);

#endif
