/*
 * environment_private.h - the inside of an execution environment, shared by environment.c (the life
 * of the process), environment_api.c (the Runtime API) and environment_outcome.c (how an invocation
 * is answered).
 */
#ifndef MR_SRC_RUNNER_ENVIRONMENT_PRIVATE_H
#define MR_SRC_RUNNER_ENVIRONMENT_PRIVATE_H

#include "src/http/server.h"
#include "src/runner/environment.h"
#include "src/runner/log_pipe.h"

typedef enum env_state { ENV_STARTING, ENV_READY, ENV_BUSY, ENV_ANSWERED, ENV_ENDED } env_state;

struct mr_environment {
    uv_loop_t *loop;
    env_state state;
    char *name, *arn; /* of the function */
    uint32_t index;
    uint64_t version, stamp;
    int64_t timeout_us, wall_guard_us;
    uint32_t memory_mib;
    void (*again)(void *context, const mr_invocation *invocation, mr_outcome_fn done,
                  void *done_context);
    void (*gone)(void *context, mr_environment *environment);
    void *owner; /* for both */

    /* handles; it is freed when handles_open reaches 0 */
    int handles_open;
    uv_timer_t timer;      /* the invocation's deadline; then on_settle(); or a refusal */
    uv_timer_t kill_timer; /* SIGKILL after SIGTERM */
    uv_timer_t memory_timer;
    uv_process_t process;
    mr_log_pipe log;
    mr_http_server *server; /* NULL: not started, or stopped */

    int64_t started_us; /* by the monotonic clock */
    int64_t init_us;    /* from then to the first GET next, for the first answer; 0: given */
    bool running;       /* the process has been started and has not ended */
    bool is_out_of_memory;
    int64_t exit_status;
    int exit_signal;
    int settle_steps;

    /* why there is no process: the outcome of the first invocation */
    mr_outcome_kind refusal_kind;
    char *refusal;        /* owned; NULL: there is one */
    char *refusal_detail; /* owned; for an error object that names the request */

    mr_http_request *next; /* a GET next that waits */

    /* the invocation under way */
    mr_outcome_fn done; /* NULL: none */
    void *done_context;
    mr_invocation invocation;
};

/* ---- environment.c ---- */

/* The one place that changes e->state. */
void environment_enter(mr_environment *e, env_state next);
/* The invocation under way ends the environment unless it is answered within so much real time,
 * counted from now. */
void environment_set_deadline(mr_environment *e, int64_t limit_us);
int64_t environment_age_us(const mr_environment *e); /* real time since its start */
/*
 * Kills a process that has used more than its function has; true when it did. Its invocation is
 * then answered by its end. What counts is the most that it ever had in memory, so that it is the
 * same for a handler which is caught at it and for one that is found out when it answers.
 */
bool environment_enforce_memory(mr_environment *e);

/* ---- environment_api.c ---- */

/* Starts e->server. Errors: those of mr_http_server_start(). */
MR_NODISCARD mr_code environment_listen(mr_environment *e, mr_error *err);
/* Hands the event over when both sides are there. */
void environment_deliver(mr_environment *e);

/* ---- environment_outcome.c ---- */

/* The one place where an invocation is answered. outcome: all but the log. */
void environment_finish_with(mr_environment *e, mr_outcome outcome);
void environment_finish(mr_environment *e, mr_outcome_kind kind, mr_bytes payload,
                        const char *message);
/* An error object as AWS gives it when the runtime itself could not. `detail` follows
 * "RequestId: <id> Error: "; without an id it stands alone. Owned text. */
char *environment_error_object(const char *type, const char *request_id, const char *detail);
/* With such an object, of the invocation under way. */
void environment_finish_with_object(mr_environment *e, mr_outcome_kind kind, const char *type,
                                    const char *detail, const char *message);
void environment_finish_crashed(mr_environment *e); /* the process has ended without an answer */

#endif
