/*
 * platform.h - sim's windows to the outside, on the real machine: wall time, the file system and
 * libuv's thread pool. (The fourth, the function runner, is src/runner.)
 */
#ifndef MR_SRC_PLATFORM_PLATFORM_H
#define MR_SRC_PLATFORM_PLATFORM_H

#include "sim/base/fs.h"
#include "sim/base/offload.h"
#include "sim/time/clock.h"

#include <uv.h>

/* From here on the process keeps freed memory for its next use: up to 32 MiB. Once, at its start.
 */
void mr_platform_keep_memory(void);

/* Wall time, never moving backward by more than the system clock does. */
mr_time_source mr_platform_wall_time(void);
/* Monotonic time, for pacing and for measuring wall durations. */
mr_time_source mr_platform_monotonic_time(void);

/* The most memory that a process of this machine, which runs, has had resident; 0: nobody knows. */
uint64_t mr_platform_memory_peak(int process);

/* The real file system (POSIX calls). Static; thread-safe as fs.h says. */
mr_file_system *mr_platform_fs(void);

/* Work on libuv's thread pool; `done` runs from the loop. Free after every lane is free. */
mr_offloader *mr_platform_offloader_new(uv_loop_t *loop);
void mr_platform_offloader_free(mr_offloader *offloader);

#endif
