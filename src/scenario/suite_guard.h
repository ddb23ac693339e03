/*
 * suite_guard.h - ends a worker, with all that it has started, when it is told to (SIGTERM) or when
 * its parent is gone, whatever it is doing: it may compute for minutes, or wait for a handler that
 * never answers. A thread of its own waits for both.
 */
#ifndef MR_SRC_SCENARIO_SUITE_GUARD_H
#define MR_SRC_SCENARIO_SUITE_GUARD_H

#include "sim/base/error.h"

/* Once in a process, before the first task. The end of standard input is that of the parent: the
 * parent closes it earlier only for a worker that has nothing to do. Errors: MR_IO. */
MR_NODISCARD mr_code mr_suite_guard_start(mr_error *err);
/* A task begins, with this folder for its temporary files, which is removed, and the folder around
 * it when that is empty, if the parent can no longer do so. Does not return when it is gone. */
void mr_suite_guard_begin_task(const char *scratch);
void mr_suite_guard_end_task(void);

#endif
