/*
 * handler_groups.h - the process groups of all handlers that run in this process, for the one who
 * has to end it from another thread while the world's own computes, blocks, or waits for a handler
 * that never answers.
 *
 * A process has one such list, so it is a global, behind a lock: whoever ends the process (a
 * signal, the death of its parent) knows nothing of the loops and runners that live in it.
 */
#ifndef MR_SRC_RUNNER_HANDLER_GROUPS_H
#define MR_SRC_RUNNER_HANDLER_GROUPS_H

#include <uv.h>

/* As uv_spawn() with UV_PROCESS_DETACHED, and notes the group before anybody may end it. */
int mr_handler_groups_spawn(uv_loop_t *loop, uv_process_t *process,
                            const uv_process_options_t *options);
/* The process has ended, and its group was killed. */
void mr_handler_groups_forget(uv_pid_t group);

/* Kills every group (SIGKILL), from any thread. It is for a process about to exit: whoever starts
 * a handler from now on, or forgets one, waits for ever. */
void mr_handler_groups_end(void);

#endif
