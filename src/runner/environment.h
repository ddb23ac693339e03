/*
 * environment.h - one execution environment: a process that runs a handler, the listener through
 * which it speaks the Runtime API, and what it prints.
 *
 * Each environment has a port of its own. (One port with a path for each would be cheaper, but
 * AWS_LAMBDA_RUNTIME_API is host:port on AWS, and clients take it apart.)
 *
 * Behaviour: Lambda Runtime API and life cycle, through reference/lambda.md sections 1 to 4.
 */
#ifndef MR_SRC_RUNNER_ENVIRONMENT_H
#define MR_SRC_RUNNER_ENVIRONMENT_H

#include "sim/lambda/runner.h"
#include "src/runner/runtime.h"

#include <uv.h>

#define MR_ENVIRONMENT_ANSWER_MAX 6291556

typedef struct mr_environment mr_environment;

typedef struct mr_environment_options {
    uv_loop_t *loop;
    const mr_function_code *code; /* borrowed for the call */
    uint32_t index;
    const mr_runtime *runtime; /* borrowed for the call; NULL: there is none, see refusal */
    const char *refusal;       /* why there is no runtime: the outcome of the invocation */
    const char *runtime_dir;   /* absolute; where the bootstraps are; borrowed, as the next two */
    const char *region;
    const char *endpoint_url; /* NULL: none */
    int64_t wall_guard_us;    /* the least; see invoke */
    int64_t time_us;          /* the world's */
    uint64_t stamp;           /* of the code's folder, see code_stamp.h */
    /* The process has ended by itself after its last answer, before it asked for the invocation
     * that was given meanwhile: another environment must run it. Whether we had noticed the end in
     * time shall make no difference. */
    void (*again)(void *context, const mr_invocation *invocation, mr_outcome_fn done,
                  void *done_context);
    /* The environment has closed all its handles and is about to free itself. */
    void (*gone)(void *context, mr_environment *environment);
    void *context;
} mr_environment_options;

/* Starts the process. What goes wrong is the outcome of the invocation that follows. */
mr_environment *mr_environment_start(const mr_environment_options *options);

/* Whether it is the index-th environment of this code, in this version, as it lies on disk, and
 * alive. */
bool mr_environment_serves(const mr_environment *environment, const mr_function_code *code,
                           uint64_t stamp, uint32_t index);
/* Whether it is of this version, its process ended or not. */
bool mr_environment_is(const mr_environment *environment, const mr_function_code *code,
                       uint32_t index);
/* Whether it is one of another version of this code, or of this one as it lay on disk before or
 * with an ended process, and has nothing to do. */
bool mr_environment_is_outdated(const mr_environment *environment, const mr_function_code *code,
                                uint64_t stamp, uint32_t index);

/*
 * Runs one invocation; the one before has been answered. done is called once, later, never from
 * inside. Beside a live clock the code's Timeout runs from the moment the handler gets the event,
 * after at most 10 s of start-up; otherwise only the wall guard max(10 x Timeout, wall_guard_us)
 * does.
 */
void mr_environment_invoke(mr_environment *environment, const mr_invocation *invocation,
                           mr_outcome_fn done, void *context);

/* Kills the process, first SIGTERM and then SIGKILL, and closes everything. An invocation under
 * way is forgotten. */
void mr_environment_end(mr_environment *environment);

#endif
