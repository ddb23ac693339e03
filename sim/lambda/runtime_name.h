/*
 * runtime_name.h - the names of Lambda's runtimes, "python3.12", and what of them runs here.
 *
 * A name is known by its form, so that a runtime that AWS brings out next year is one.
 */
#ifndef MR_SIM_LAMBDA_RUNTIME_NAME_H
#define MR_SIM_LAMBDA_RUNTIME_NAME_H

#include "sim/base/bytes.h"

typedef enum mr_runtime_family {
    MR_RUNTIME_FAMILY_PYTHON,
    MR_RUNTIME_FAMILY_NODE,
    MR_RUNTIME_FAMILY_CUSTOM, /* provided, provided.al2023 */
    MR_RUNTIME_FAMILY_OTHER,  /* AWS has it, millrace cannot run it */
    MR_RUNTIME_FAMILY_UNKNOWN
} mr_runtime_family;

mr_runtime_family mr_runtime_family_of(const char *runtime);

#endif
