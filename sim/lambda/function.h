/*
 * function.h - Lambda functions: what they are, and invoking them on the world's clock.
 *
 * An invocation goes to the lowest-numbered execution environment that is free in simulated
 * time; a function has at most `concurrency` of them, and more wait in order. How long it takes
 * in virtual time is a model (a base, and so much per record byte), never the machine's speed. A
 * fault or a time-out changes the outcome at the simulated time at which it would be known.
 *
 * A function's code may be replaced, and a function may be removed: invocations under way end as
 * they began, and their environments and the idle ones end with the code that they run.
 *
 * An environment is warm from its first invocation on, until a time-out or a crash ends its
 * process; taking one that is not asks the fault point MR_POINT_START. The model itself has no cold
 * start.
 */
#ifndef MR_SIM_LAMBDA_FUNCTION_H
#define MR_SIM_LAMBDA_FUNCTION_H

#include "sim/base/strbuf.h"
#include "sim/fault/fault.h"
#include "sim/lambda/builtin.h"
#include "sim/lambda/runner.h"
#include "sim/trace/trace.h"

typedef struct mr_functions mr_functions;
typedef struct mr_function mr_function;

#define MR_FUNCTION_PAYLOAD_MAX     6291456 /* request; the answer may be 100 bytes longer */
#define MR_FUNCTION_LOG_TAIL_MAX    4096    /* of an answer's log, its end */
#define MR_FUNCTION_CONCURRENCY_MAX 1000    /* that of an account */

typedef struct mr_functions_options {
    mr_clock *clock; /* all borrowed, all outlive the functions */
    mr_trace *trace;
    mr_faults *faults;
    mr_runner *runner; /* may be NULL: then only builtins run */
    uint64_t seed;
    const char *region, *account; /* copied */
} mr_functions_options;

mr_functions *mr_functions_new(const mr_functions_options *options);
/* Invocations under way are forgotten: their environments are discarded, their answers are never
 * given. NULL is fine. */
void mr_functions_free(mr_functions *functions);

typedef struct mr_function_options {
    const char *name;
    const char *published;                     /* the version that this is, "1"; NULL: $LATEST */
    const char *runtime, *handler, *directory; /* NULL for a builtin */
    int64_t timeout_us;                        /* 0: 3 s */
    uint32_t memory_mib;                       /* 0: 128 */
    const char *const *environment;            /* "NAME=value", ended by NULL; NULL: none */
    uint32_t concurrency;              /* ReservedConcurrentExecutions, at most 1000; 0: 10 */
    const mr_builtin_options *builtin; /* the native equivalent to run instead; NULL: none */
} mr_function_options;

/* Everything is copied. Errors: MR_ALREADY_EXISTS, MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code mr_functions_add(mr_functions *functions, const mr_function_options *options,
                                      mr_function **out, mr_error *err);
/* Invocations under way go on to their end; those that wait are told that there is no function. */
void mr_functions_remove(mr_functions *functions, mr_function *function);
/* By name, "name:version", partial or full ARN; a qualifier that is no published version changes
 * nothing. NULL when absent. Borrowed. */
mr_function *mr_functions_find(mr_functions *functions, const char *name_or_arn);

/* New code, settings and variables, from the next invocation on: all of options but its name,
 * version, concurrency and builtin. Errors: MR_INVALID_ARGUMENT. */
MR_NODISCARD mr_code mr_function_replace(mr_function *function, const mr_function_options *options,
                                         mr_error *err);
/* reserved: how many invocations run at once, 0 to MR_FUNCTION_CONCURRENCY_MAX; -1: nobody has
 * reserved any, and it is as after mr_functions_add() with 0. */
void mr_function_reserve(mr_function *function, int32_t reserved);

const char *mr_function_name(const mr_function *function);
const char *mr_function_arn(const mr_function *function);
mr_builtin *mr_function_builtin(mr_function *function); /* NULL when its code is run */
bool mr_function_has_code(const mr_function *function); /* beside a builtin, it may have none */
size_t mr_function_in_flight(const mr_function *function);
/* Simulated duration of one invocation over so many payload bytes, without faults: 20 ms, and one
 * second for 10 MB. */
int64_t mr_function_duration_us(const mr_function *function, size_t payload_bytes);

/* Called exactly once, at the simulated end. MR_OUTCOME_STUCK and NOT_STARTED end a run: the
 * caller reports them. MR_FAULT_LAMBDA_THROTTLED gives kind FUNCTION_ERROR with throttled set. */
typedef struct mr_answer {
    mr_outcome_kind kind;
    bool throttled; /* 429 TooManyRequestsException */
    mr_bytes payload;
    const char *message;
    mr_fault_kind spoilt; /* of a builtin, whose answer its caller makes: the fault that spoils it
                             (GARBLED, IDS_MISSING, IDS_REPEATED); NONE */
    mr_bytes log;         /* when it was wanted: the end of what the handler printed */
    int64_t duration_us;  /* of the world's time, without init_us */
    int64_t init_us;      /* what starting the process took; 0: it was warm */
    uint64_t memory_peak_bytes; /* of the process; 0: not known */
} mr_answer;
typedef void (*mr_answer_fn)(void *context, const mr_answer *answer);

/*
 * Invokes a function that has code (a builtin is applied by its caller), RequestResponse. A fault
 * that decides the outcome (error, time-out, crash, throttled) stands instead of the code, which is
 * then not run; one that only spoils the answer (garbled, ids) runs it. Emits MR_EVENT_INVOKED,
 * MR_EVENT_FUNCTION_LOG, MR_EVENT_ANSWERED.
 *
 * payload: taken over (the strbuf's memory is the function's from here on).
 * records: how many records it carries, for the event.
 * Returns: the request id, borrowed until the answer.
 */
const char *mr_function_invoke(mr_function *function, mr_strbuf *payload, uint64_t records,
                               mr_answer_fn fn, void *context);

typedef struct mr_invoke_options {
    mr_strbuf *payload;         /* taken over, as above */
    const char *request_id;     /* copied; NULL: a new one */
    const char *invoked_arn;    /* copied; NULL: the function's own */
    const char *client_context; /* JSON; copied; NULL: none */
    uint64_t records;           /* how many it carries, for the event; 0: it has none */
    bool log;                   /* the answer's log is wanted */
    /* One more than are reserved is throttled, as it is where a client waits. Otherwise, and
     * where nothing is reserved, it waits for its turn. */
    bool throttle;
} mr_invoke_options;

/* The same with what a client of Lambda itself can say. A function with a builtin runs its code
 * here, when it has some: the builtin stands in for a delivery stream's handler alone. */
const char *mr_function_invoke_with(mr_function *function, const mr_invoke_options *options,
                                    mr_answer_fn fn, void *context);
/*
 * The same for a builtin: environments, duration, faults and events are those of a handler that is
 * sent payload_bytes. On MR_OUTCOME_OK the caller applies the builtin in fn, at the simulated end.
 */
const char *mr_function_invoke_builtin(mr_function *function, size_t payload_bytes,
                                       uint64_t records, mr_answer_fn fn, void *context);
/* The answer of this invocation is not wanted any more (its caller goes away): fn is not called. */
void mr_function_forget(mr_function *function, const char *request_id);
size_t mr_functions_in_flight(const mr_functions *functions);

#endif
