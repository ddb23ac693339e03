/*
 * runtime.h - which program on this machine runs a Lambda runtime: "python3.12" is python3.12 from
 * PATH, or another python3 with a warning; "nodejs20.x" is node; "provided.al2023" is the user's
 * own bootstrap.
 */
#ifndef MR_SRC_RUNNER_RUNTIME_H
#define MR_SRC_RUNNER_RUNTIME_H

#include "sim/base/error.h"

typedef enum mr_runtime_kind {
    MR_RUNTIME_PYTHON,
    MR_RUNTIME_NODE,
    MR_RUNTIME_PROVIDED
} mr_runtime_kind;

typedef struct mr_runtime {
    mr_runtime_kind kind;
    char *program; /* owned; an absolute path; NULL for MR_RUNTIME_PROVIDED */
    char *warning; /* owned; NULL, or that another version runs it */
} mr_runtime;

/* Finds it, asking the programs on PATH for their version (each is run once, briefly).
 * Errors: MR_UNSUPPORTED, saying what to install. */
MR_NODISCARD mr_code mr_runtime_find(const char *name, mr_runtime *out, mr_error *err);
void mr_runtime_deinit(mr_runtime *runtime); /* a zeroed one is fine */

#endif
