/*
 * suite_guard.c - see suite_guard.h.
 *
 * What is global here is what a signal handler can reach (the pipe that it writes to), and what the
 * thread must know of the task at hand, behind a lock. Whoever ends the process keeps the lock, so
 * that the worker cannot exit, or begin a task, before that is done.
 */
#include "src/scenario/suite_guard.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"
#include "src/runner/handler_groups.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#define REMOVE_TRIES   50
#define REMOVE_WAIT_NS 10000000 /* for what is still being written */

static struct {
    int told[2]; /* the handler of SIGTERM writes, the thread reads */
    pthread_mutex_t lock;
    char *scratch; /* of the last task; NULL: there was none */
    bool is_working, is_orphan;
} guard = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_sigterm(int number)
{
    (void)number;
    int saved = errno;
    (void)!write(guard.told[1], "", 1);
    errno = saved;
}

/* The worker's own thread may go on until the end, so it may take a few tries. */
static void remove_scratch(void)
{
    if (guard.scratch == NULL) {
        return;
    }
    mr_error ignored;
    for (int i = 0; i < REMOVE_TRIES; i++) {
        (void)!mr_fs_remove_tree(mr_platform_fs(), guard.scratch, &ignored);
        if (access(guard.scratch, F_OK) != 0) {
            break;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = REMOVE_WAIT_NS}, NULL);
    }
    char *slash = strrchr(guard.scratch, '/');
    if (slash != NULL) {
        *slash = '\0';
        (void)rmdir(guard.scratch); /* the last worker's is empty */
        *slash = '/';
    }
}

static void end_as_told(void)
{
    (void)pthread_mutex_lock(&guard.lock);
    mr_handler_groups_end();
    (void)signal(SIGTERM, SIG_DFL);
    (void)kill(getpid(), SIGTERM);
    _exit(128 + SIGTERM); /* not reached where SIGTERM is not blocked */
}

static void end_as_orphan(void)
{
    (void)pthread_mutex_lock(&guard.lock);
    guard.is_orphan = true;
    if (guard.is_working) {
        mr_handler_groups_end();
        remove_scratch();
        _exit(0);
    }
    remove_scratch();
    (void)pthread_mutex_unlock(&guard.lock); /* the worker is about to read the end, too */
}

static void *watch(void *unused)
{
    (void)unused;
    for (;;) {
        struct pollfd fds[] = {{.fd = guard.told[0], .events = POLLIN}, {.fd = STDIN_FILENO}};
        if (poll(fds, MR_COUNT(fds), -1) < 0) {
            continue; /* EINTR */
        }
        if (fds[0].revents != 0) {
            end_as_told();
        }
        if (fds[1].revents != 0) {
            end_as_orphan();
            return NULL;
        }
    }
}

mr_code mr_suite_guard_start(mr_error *err)
{
    int status = uv_pipe(guard.told, 0, 0); /* no handler inherits it */
    if (status != 0) {
        return mr_error_os(err, -status, "making a pipe");
    }
    pthread_t thread;
    status = pthread_create(&thread, NULL, watch, NULL);
    if (status != 0) {
        return mr_error_os(err, status, "starting a thread");
    }
    (void)pthread_detach(thread);
    struct sigaction action = {.sa_handler = on_sigterm, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    return MR_OK;
}

void mr_suite_guard_begin_task(const char *scratch)
{
    (void)pthread_mutex_lock(&guard.lock);
    if (guard.is_orphan) {
        _exit(0);
    }
    mr_free(guard.scratch);
    guard.scratch = mr_strdup(scratch);
    guard.is_working = true;
    (void)pthread_mutex_unlock(&guard.lock);
}

void mr_suite_guard_end_task(void)
{
    (void)pthread_mutex_lock(&guard.lock);
    guard.is_working = false;
    (void)pthread_mutex_unlock(&guard.lock);
}
