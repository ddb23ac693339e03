/*
 * memory_use.h - how much memory a handler's process uses: what its function's MemorySize bounds.
 */
#ifndef MR_SRC_RUNNER_MEMORY_USE_H
#define MR_SRC_RUNNER_MEMORY_USE_H

#include <stdint.h>

/* The most memory that a process has had resident since it began, in KiB, shared pages included,
 * its children not. 0 when this machine does not tell, or there is no such process. */
uint64_t mr_memory_peak_kib(int pid);

#endif
