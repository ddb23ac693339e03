/* memory.c - how freed memory is kept: see platform.h. */
#include "src/platform/platform.h"

#include "sim/base/base.h"

#include <malloc.h>

/*
 * glibc gives a large block back to the kernel as soon as it is freed, and the next one of that
 * size costs a page fault every 4 KiB: a tenth of what a batch costs us on its way through a
 * function.
 */
#define BLOCK_MAX (8 * MR_MIB)  /* the largest that is kept: an event, an answer, a body */
#define KEPT_MAX  (32 * MR_MIB) /* of free memory */

void mr_platform_keep_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, BLOCK_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
#endif
}
