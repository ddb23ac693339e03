/*
 * state_dir.h - the state directory: who made it, who holds it, what may be done with it.
 *
 * A marker file (millrace.json) says which command made it and in which format; a lock file keeps
 * two processes out of one directory. Nothing that millrace did not make is ever removed.
 */
#ifndef MR_SRC_APP_STATE_DIR_H
#define MR_SRC_APP_STATE_DIR_H

#include "sim/base/error.h"

typedef struct mr_state_dir mr_state_dir;

#define MR_STATE_FORMAT      1 /* of the directory's layout; a higher one is refused */
#define MR_STATE_DIR_DEFAULT ".millrace"

typedef enum mr_state_use {
    MR_STATE_FRESH,   /* run: must be empty, or what an earlier run left in the default place */
    MR_STATE_REPLACE, /* --replace: cleared, whichever command made it */
    MR_STATE_RESUME   /* --resume, serve: kept; made when absent */
} mr_state_use;

typedef struct mr_state_options {
    const char *path;
    bool is_default; /* not named by the user: a run may replace what a run left there */
    mr_state_use use;
    const char *made_by; /* "run" or "serve" */
    bool only_own;       /* MR_STATE_RESUME refuses what another command made */
} mr_state_options;

/*
 * Makes, checks, locks and (as asked) clears the directory.
 *
 * Errors: MR_LOCKED (another process holds it), MR_NEWER_VERSION, MR_ALREADY_EXISTS (not empty;
 * the message says how to go on), MR_PERMISSION, MR_DISK_FULL, MR_IO, MR_CORRUPT (the marker).
 */
MR_NODISCARD mr_code mr_state_dir_open(const mr_state_options *options, mr_state_dir **out,
                                       mr_error *err);
void mr_state_dir_close(mr_state_dir *dir); /* gives the lock back; NULL is fine */
const char *mr_state_dir_path(const mr_state_dir *dir);

/* For readers (query): that it is a state directory of a format we know. Takes no lock.
 * Errors: MR_NOT_FOUND, MR_NEWER_VERSION, MR_CORRUPT. */
MR_NODISCARD mr_code mr_state_dir_check(const char *path, mr_error *err);

#endif
