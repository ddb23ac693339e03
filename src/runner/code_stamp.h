/*
 * code_stamp.h - whether the code of a function has changed on disk: one number for a folder.
 */
#ifndef MR_SRC_RUNNER_CODE_STAMP_H
#define MR_SRC_RUNNER_CODE_STAMP_H

#include <stdint.h>

/*
 * A number that changes when a file below the folder is written, renamed, added or removed: from
 * the names, sizes, modes and times of modification, not from the contents. It looks at no more
 * than 100,000 entries, follows no links, and takes what it cannot read as absent. 0: there is no
 * such folder.
 */
uint64_t mr_code_stamp(const char *directory);

#endif
