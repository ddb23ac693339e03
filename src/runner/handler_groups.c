/* handler_groups.c - see handler_groups.h. */
#include "src/runner/handler_groups.h"

#include "sim/base/alloc.h"
#include "sim/base/error.h"

#include <pthread.h>
#include <signal.h>

static struct {
    pthread_mutex_t lock;
    uv_pid_t *groups;
    size_t count, capacity;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

int mr_handler_groups_spawn(uv_loop_t *loop, uv_process_t *process,
                            const uv_process_options_t *options)
{
    MR_ASSERT((options->flags & UV_PROCESS_DETACHED) != 0);
    (void)pthread_mutex_lock(&known.lock); /* from before its birth, so that none is overlooked */
    int status = uv_spawn(loop, process, options);
    if (status == 0) {
        MR_GROW(known.groups, known.count, known.capacity);
        known.groups[known.count++] = process->pid;
    }
    (void)pthread_mutex_unlock(&known.lock);
    return status;
}

void mr_handler_groups_forget(uv_pid_t group)
{
    (void)pthread_mutex_lock(&known.lock);
    size_t at = 0;
    while (at < known.count && known.groups[at] != group) {
        at++;
    }
    MR_ASSERT(at < known.count);
    known.groups[at] = known.groups[--known.count];
    if (known.count == 0) {
        mr_free(known.groups);
        known.groups = NULL;
        known.capacity = 0;
    }
    (void)pthread_mutex_unlock(&known.lock);
}

void mr_handler_groups_end(void)
{
    (void)pthread_mutex_lock(&known.lock); /* for ever */
    for (size_t i = 0; i < known.count; i++) {
        (void)kill(-known.groups[i], SIGKILL); /* one that is gone is fine */
    }
}
