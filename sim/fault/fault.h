/*
 * fault.h - what goes wrong, and when. Every place where the outside can fail asks here first.
 *
 * A rule names a kind, a target, and when it strikes: in a span of time, at the n-th asking, at
 * every n-th, or by chance. The schedule language of scenarios and the command line both make
 * rules; asking costs one comparison when there are none.
 */
#ifndef MR_SIM_FAULT_FAULT_H
#define MR_SIM_FAULT_FAULT_H

#include "sim/base/error.h"
#include "sim/fault/mutation.h"
#include "sim/time/rng.h"

typedef struct mr_faults mr_faults;

/* The places that ask. Each kind belongs to one point. */
typedef enum mr_fault_point {
    MR_POINT_STREAM_PUT,  /* one record about to be put on a shard; target "stream/shardId-..." */
    MR_POINT_STREAM_ACK,  /* an answer of PutRecords about to be sent; target the stream */
    MR_POINT_STREAM_READ, /* GetRecords on a shard; target "stream/shardId-..." */
    MR_POINT_INVOKE,      /* a function about to be invoked; target its name */
    MR_POINT_START,       /* an execution environment that is not warm taken; target the function */
    MR_POINT_STORE_PUT,   /* an object about to be put; target "bucket/key" */
    MR_POINT_COUNT
} mr_fault_point;

typedef enum mr_fault_kind {
    MR_FAULT_NONE,
    MR_FAULT_SHARD_THROTTLED,   /* STREAM_PUT: ProvisionedThroughputExceeded */
    MR_FAULT_PUT_FAILED,        /* STREAM_PUT: InternalFailure for the entry */
    MR_FAULT_PUT_POISONED,      /* STREAM_PUT: acknowledged, but `text` is stored as its data */
    MR_FAULT_ACK_LOST,          /* STREAM_ACK: stored, but the producer sees a broken connection */
    MR_FAULT_READ_THROTTLED,    /* STREAM_READ */
    MR_FAULT_READ_SLOW,         /* STREAM_READ: the records come delay_us later */
    MR_FAULT_READ_DUPLICATE,    /* STREAM_READ: the last batch is read again */
    MR_FAULT_LAMBDA_ERROR,      /* INVOKE: FunctionError set, with `text` for errorType */
    MR_FAULT_LAMBDA_TIMEOUT,    /* INVOKE: the function's Timeout passes */
    MR_FAULT_LAMBDA_CRASH,      /* INVOKE: Runtime.ExitError */
    MR_FAULT_LAMBDA_SLOW,       /* INVOKE: delay_us more of simulated duration */
    MR_FAULT_LAMBDA_SLOW_START, /* START: delay_us more for the invocation that takes it */
    MR_FAULT_LAMBDA_GARBLED,    /* INVOKE: the answer is not JSON */
    MR_FAULT_LAMBDA_THROTTLED,
    MR_FAULT_LAMBDA_IDS_MISSING,
    MR_FAULT_LAMBDA_IDS_REPEATED,
    MR_FAULT_STORE_REFUSED, /* STORE_PUT: 503 SlowDown */
    MR_FAULT_STORE_FAILED,  /* STORE_PUT: 500 InternalError */
    MR_FAULT_STORE_SLOW,    /* STORE_PUT: delay_us more */
    MR_FAULT_STORE_FULL,    /* STORE_PUT: disk full */
    MR_FAULT_KIND_COUNT
} mr_fault_kind;

#define MR_FAULT_TEXT_MAX 4096 /* bytes; it must fit a record of every stream */

typedef struct mr_fault_rule {
    mr_fault_kind kind;
    const char *target; /* copied; a glob with '*', NULL or "" for every target */
    int64_t from_us;    /* virtual time, inclusive */
    int64_t until_us;   /* exclusive; INT64_MAX for ever */
    uint64_t first; /* strikes from the first-th matching asking on, counted from 1; 0: at once */
    uint64_t every; /* then at every n-th; 0 or 1: at each */
    uint64_t most;  /* strikes at most so often; 0: no bound */
    double probability; /* 0 or >= 1: always */
    int64_t delay_us;   /* for the slow kinds */
    const char *text; /* copied; of PUT_POISONED and LAMBDA_ERROR; NULL: what they say themselves */
} mr_fault_rule;

typedef struct mr_fault {
    mr_fault_kind kind;
    int64_t delay_us;
    const char *text; /* borrowed from the rule, until it is removed; may be NULL */
} mr_fault;

/* A fault has struck. Called once per strike, for the event log. */
typedef void (*mr_fault_struck_fn)(void *context, mr_fault_kind kind, const char *target);

mr_faults *mr_faults_new(uint64_t seed); /* chance from the stream "faults" */
void mr_faults_free(mr_faults *faults);
/* One listener, in the place of the last one; fn NULL: none. */
void mr_faults_on_strike(mr_faults *faults, mr_fault_struck_fn fn, void *context);

/* Errors: MR_INVALID_ARGUMENT (a probability or a delay below 0, an empty span, a text past
 * MR_FAULT_TEXT_MAX). */
MR_NODISCARD mr_code mr_faults_add(mr_faults *faults, const mr_fault_rule *rule, mr_error *err);

/* ---- what rules there are, and taking them back while the world runs ---- */

typedef enum mr_fault_state {
    MR_FAULT_WAITING, /* its span of time has not begun */
    MR_FAULT_ACTIVE,
    MR_FAULT_OVER /* its span has ended, or it has struck as often as it may */
} mr_fault_state;

typedef struct mr_fault_view {
    uint64_t id;               /* from 1, in order of adding; never given twice */
    const mr_fault_rule *rule; /* borrowed until it is removed, or another is added */
    uint64_t struck;           /* how often so far */
    mr_fault_state state;
} mr_fault_view;

size_t mr_faults_count(const mr_faults *faults);
/* index: below the count, in order of adding. */
mr_fault_view mr_faults_at(const mr_faults *faults, size_t index, int64_t now_us);
/* The number of the rule that was added last; 0: none was. */
uint64_t mr_faults_newest(const mr_faults *faults);
/* The rule strikes no more; the chance of the others is not shifted. False: there is none. */
bool mr_faults_remove(mr_faults *faults, uint64_t id);
size_t mr_faults_clear(mr_faults *faults); /* all of them; how many there were */

const char *mr_fault_state_name(mr_fault_state state); /* "waiting", "active", "over" */

/* The first rule, in order of adding, that strikes; MR_FAULT_NONE when none does. */
mr_fault mr_faults_ask_slow(mr_faults *faults, mr_fault_point point, const char *target,
                            int64_t now_us);

bool mr_faults_any(const mr_faults *faults, mr_fault_point point);

static inline mr_fault mr_faults_ask(mr_faults *faults, mr_fault_point point, const char *target,
                                     int64_t now_us)
{
    if (MR_LIKELY(faults == NULL || !mr_faults_any(faults, point))) {
        return (mr_fault){.kind = MR_FAULT_NONE};
    }
    return mr_faults_ask_slow(faults, point, target, now_us);
}

/* How often a rule has struck that was not removed; place: from 0, in order of adding. */
uint64_t mr_faults_struck(const mr_faults *faults, size_t place);

/* The mistake that the places which know one make from now on; at first none. See mutation.h. */
void mr_faults_mutate(mr_faults *faults, mr_mutation mutation);
mr_mutation mr_faults_mutation(const mr_faults *faults);

/* Whether this mistake is to be made; cheap enough to be asked for every record. */
static inline bool mr_faults_mutates(const mr_faults *faults, mr_mutation mutation)
{
    return faults != NULL && MR_UNLIKELY(mr_faults_mutation(faults) == mutation);
}

/* "lambda-error" and so on: the words of scenarios and the command line. */
const char *mr_fault_kind_name(mr_fault_kind kind);
mr_fault_point mr_fault_point_of(mr_fault_kind kind);
mr_fault_kind mr_fault_kind_of(const char *name); /* MR_FAULT_NONE when there is none so called */

#endif
