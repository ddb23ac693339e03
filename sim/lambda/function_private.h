/*
 * function_private.h - the inside of functions and of their invocations, shared by function.c (the
 * registry of functions and versions), function_call.c (invocations on the clock) and
 * function_event.c (what the trace hears of them).
 */
#ifndef MR_SIM_LAMBDA_FUNCTION_PRIVATE_H
#define MR_SIM_LAMBDA_FUNCTION_PRIVATE_H

#include "sim/base/map.h"
#include "sim/lambda/function.h"

/* What a function runs, shared by the invocations that began with it. */
typedef struct code_ref {
    size_t refs;
    mr_function_code code; /* its texts are owned */
    char **environment;    /* what code.environment points to */
} code_ref;

typedef struct call call;
struct call {
    mr_function *function;
    code_ref *code; /* the function's at its start */
    call *next;     /* in the queue of those that wait */
    call *previous; /* with after: the list of all that are under way */
    call *after;

    char request_id[MR_UUID_SIZE];
    char *invoked_arn, *client_context; /* may be NULL */
    mr_strbuf payload;
    size_t payload_bytes;
    uint64_t records;
    bool is_builtin; /* the caller applies it */
    bool wants_log;
    mr_answer_fn fn;
    void *context;
    mr_fault fault;
    char *fault_text; /* owned: what fault.text points to, though its rule is taken back */

    bool has_environment;
    uint32_t environment;
    bool running; /* the runner has it and has not answered */
    bool discard; /* the environment does not outlive this invocation */
    bool
        is_real; /* begun in real time: it takes what it takes, whatever the clock does meanwhile */
    int64_t started_us;
    int64_t delay_us;         /* what faults add to the duration */
    mr_completion completion; /* RUNNING */
    mr_timer timer;           /* ENDING */

    /* the outcome */
    mr_outcome_kind kind;
    bool throttled;
    mr_strbuf result;
    mr_strbuf log;
    mr_strbuf tail; /* of the log, when it is wanted */
    char *message;  /* owned; may be NULL */
    int64_t init_us;
    uint64_t memory_peak_bytes;
};

struct mr_function {
    mr_functions *functions;
    code_ref *code;
    mr_builtin *builtin;
    int32_t reserved;     /* concurrency; -1: none is */
    uint32_t concurrency; /* what runs at once */
    size_t in_flight;
    bool removed; /* it goes with its last invocation */
    /* By environment number, MR_FUNCTION_CONCURRENCY_MAX of them. */
    bool *busy;
    bool *warm; /* it has a process, as far as the simulation is concerned */
    call *first_waiting, *last_waiting;
};

struct mr_functions {
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_runner *runner;
    char *region, *account;
    mr_prng request_ids;
    uint64_t versions; /* of code so far */
    mr_map *by_name;   /* "name", "name:1" */
    call *calls;       /* all under way, newest first */
    size_t in_flight;
};

/* ---- function.c ---- */

code_ref *function_code_hold(code_ref *ref); /* one reference more, the caller's */
void function_code_release(code_ref *ref);   /* frees it with the last reference */
void function_free(mr_function *function);   /* nothing of it may be under way */

/* ---- function_call.c ---- */

/* Starts those that wait, in order, for as long as an environment is free. */
void function_start_waiting(mr_function *function);
/* Those that wait are told, a little later, that there is no such function. */
void function_refuse_waiting(mr_function *function);
/* Frees what is under way and discards its environments; nobody is answered. */
void function_abandon_calls(mr_functions *functions);

/* ---- function_event.c ---- */

void function_emit_invoked(const call *c);
/* One event a line. Cuts up the log, which is not needed afterwards. */
void function_emit_log(call *c);
void function_emit_answered(const call *c);

#endif
