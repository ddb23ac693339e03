/*
 * runner.h - starting an invocation outside the world: the third window.
 *
 * src/runner implements it with processes that speak the Lambda Runtime API; tests implement it
 * by hand. The world decides which execution environment serves an invocation and how long it
 * takes in simulated time; the runner only runs the code and tells what came back.
 */
#ifndef MR_SIM_LAMBDA_RUNNER_H
#define MR_SIM_LAMBDA_RUNNER_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

/* What is needed to run a function's code. Borrowed from the function, which outlives its calls. */
typedef struct mr_function_code {
    const char *name;
    const char *arn;
    const char *runtime;   /* "python3.12", "nodejs20.x", "provided.al2023" */
    const char *handler;   /* "decode.handler" */
    const char *directory; /* the code's folder: LAMBDA_TASK_ROOT */
    int64_t timeout_us;
    uint32_t memory_mib;
    const char *const *environment; /* "NAME=value", ended by NULL; may be NULL */
    uint64_t version; /* another one when the code changes: running environments are replaced */
    const char *published; /* the published version, "1"; NULL: $LATEST */
} mr_function_code;

typedef struct mr_invocation {
    const mr_function_code *code;
    uint32_t environment; /* 0, 1, 2, ...: which execution environment serves it */
    const char *request_id;
    mr_bytes payload;  /* borrowed until done */
    mr_strbuf *memory; /* what the payload lies in. A runner that needs the payload no more may take
                        * it over, and leaves it empty. NULL: it may not; borrowed until done */
    int64_t time_us;   /* the world's time of day, for MILLRACE_TIME */
    bool real_time;    /* the world's time is the wall's; otherwise a handler's log shows time_us */
    bool live;         /* the world has a live clock (clock.h): the Timeout runs by the wall, and
                        * edited code is taken up; otherwise only the wall guard does */
    const char *invoked_arn;    /* borrowed until done; NULL: the code's */
    const char *client_context; /* JSON, likewise; NULL: none */
} mr_invocation;

typedef enum mr_outcome_kind {
    MR_OUTCOME_OK,             /* the handler's result */
    MR_OUTCOME_FUNCTION_ERROR, /* FunctionError set: payload is the error object */
    MR_OUTCOME_TIMED_OUT,
    MR_OUTCOME_CRASHED,   /* the process ended: payload is the error object */
    MR_OUTCOME_TOO_LARGE, /* past 6,291,556 bytes */
    MR_OUTCOME_INIT_ERROR,
    MR_OUTCOME_NOT_STARTED, /* no such runtime on this machine: message says what to install */
    MR_OUTCOME_STUCK        /* never when live: the wall guard max(10 x Timeout, 60 s) passed */
} mr_outcome_kind;

typedef struct mr_outcome {
    mr_outcome_kind kind;
    mr_bytes payload;  /* borrowed for the call of done */
    mr_strbuf *memory; /* what the payload lies in: done may take it over. NULL: it may not */
    mr_bytes log;      /* what the handler wrote to stdout and stderr meanwhile; at most 256 KiB */
    const char *message;
    int64_t init_us;            /* what starting the process took before it; 0: it was there */
    uint64_t memory_peak_bytes; /* of the process so far; 0: not known */
} mr_outcome;

typedef void (*mr_outcome_fn)(void *context, const mr_outcome *outcome);

typedef struct mr_runner mr_runner;
struct mr_runner {
    /* Starts it; done is called exactly once, later (never from inside), on the world's thread. */
    void (*invoke)(mr_runner *runner, const mr_invocation *invocation, mr_outcome_fn done,
                   void *context);
    /* Ends an environment's process: after a simulated time-out or crash. An invocation under way
     * there is forgotten: its done is not called. An environment that is not there is fine. */
    void (*discard)(mr_runner *runner, const mr_function_code *code, uint32_t environment);
};

#endif
