/*
 * snapshot.h - what a process that is killed now would leave on disk: a copy of its state
 * directory as the files read at this instant, without any closing code having run.
 *
 * Finished objects are never written again, so they are linked instead of copied; a file's empty
 * blocks stay holes.
 */
#ifndef MR_SRC_SCENARIO_SNAPSHOT_H
#define MR_SRC_SCENARIO_SNAPSHOT_H

#include "sim/base/error.h"

/* from: a state directory, in use or not. to: must not be there. Errors: those of the disk. */
MR_NODISCARD mr_code mr_snapshot_take(const char *from, const char *to, mr_error *err);

#endif
