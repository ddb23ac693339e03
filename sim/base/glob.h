/*
 * glob.h - patterns in which '*' stands for any text, also none. Every other byte is itself.
 */
#ifndef MR_SIM_BASE_GLOB_H
#define MR_SIM_BASE_GLOB_H

#include "sim/base/base.h"

/* Whether the glob matches all of text. Takes time in the product of the lengths at most. */
bool mr_glob_matches(const char *glob, const char *text);

#endif
