/*
 * bootstrap.h - the clients of the Runtime API that run users' handlers, as they stand in
 * src/runner/bootstrap/; the build turns them into these arrays.
 */
#ifndef MR_SRC_RUNNER_BOOTSTRAP_H
#define MR_SRC_RUNNER_BOOTSTRAP_H

#include <stddef.h>

extern const char mr_bootstrap_python[]; /* python.py */
extern const size_t mr_bootstrap_python_size;
extern const char mr_bootstrap_node[]; /* node.cjs */
extern const size_t mr_bootstrap_node_size;

#endif
