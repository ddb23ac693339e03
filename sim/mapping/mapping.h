/*
 * mapping.h - event source mappings: data streams whose records invoke functions.
 *
 *   stream -> poller (a shard at a time) -> lane (batches in order) -> function
 *                                              \-> what is given up -> bucket (OnFailure)
 *
 *   create --> Creating --delay--> Enabled or Disabled
 *   update --> Enabling, Disabling, Updating --delay--> Enabled or Disabled
 *   delete --> Deleting --delay--> gone
 *
 * The delay is an option of the world, as that of streams (sim/stream/stream_status.h); without one
 * the call does at once what it says. A mapping is in catalog.db, with its state and its positions,
 * and a world that opens goes on with it. It polls while it is Enabled or Updating; where it begins
 * is settled in the call that creates it, so what is put while it is Creating is not missed.
 *
 * A record is sent at least once: positions move when a batch is done, and a killed process sends
 * again what was not. How often a batch was tried is not kept over a stop.
 *
 * Behaviour: reference/lambda.md section 6. Where a check of AWS's has words of its own, the
 * message is those words.
 */
#ifndef MR_SIM_MAPPING_MAPPING_H
#define MR_SIM_MAPPING_MAPPING_H

#include "sim/lambda/function.h"
#include "sim/store/store.h"
#include "sim/stream/stream.h"

typedef struct mr_mappings mr_mappings; /* all of the world */
typedef struct mr_mapping mr_mapping;

#define MR_MAPPING_LANES_MAX   10
#define MR_MAPPING_FILTERS_MAX 10
#define MR_MAPPING_FILTER_SIZE 4096 /* the most characters of a pattern */

typedef struct mr_mappings_options {
    mr_clock *clock; /* all borrowed, all outlive the mappings */
    mr_trace *trace;
    mr_faults *faults;
    mr_db *db;
    mr_streams *streams;
    mr_functions *functions;
    mr_store *store;
    uint64_t seed;
    const char *region, *account; /* copied */
    int64_t state_delay_us;       /* 0: states take no time */
} mr_mappings_options;

/*
 * Opens the mappings that catalog.db describes; those that are enabled begin to poll with the
 * clock's next step, by when their functions should be there.
 *
 * Errors: those of the database, MR_CORRUPT.
 */
MR_NODISCARD mr_code mr_mappings_open(const mr_mappings_options *options, mr_mappings **out,
                                      mr_error *err);
/* Before functions and streams. Batches under way are forgotten. NULL is fine. */
void mr_mappings_close(mr_mappings *mappings);
/* Something that no mapping can go on from. */
void mr_mappings_on_fatal(mr_mappings *mappings, mr_fatal_fn fn, void *context);
/* For what comes, as mr_streams_set_state_delay(). */
void mr_mappings_set_state_delay(mr_mappings *mappings, int64_t delay_us);

/* The settings, under AWS's names. Texts are borrowed for the call that takes them. */
typedef struct mr_mapping_settings {
    const char *function;       /* FunctionName: name, partial or full ARN */
    const char *source_arn;     /* EventSourceArn: of a data stream or of a consumer */
    const char *role;           /* the function's execution role, for the event; NULL: made up */
    bool enabled;               /* Enabled */
    mr_iterator_type starting;  /* StartingPosition: TRIM_HORIZON, LATEST, AT_TIMESTAMP */
    int64_t starting_us;        /* StartingPositionTimestamp */
    int64_t batch_size;         /* BatchSize */
    int64_t window_s;           /* MaximumBatchingWindowInSeconds */
    int64_t lanes;              /* ParallelizationFactor */
    int64_t retries_max;        /* MaximumRetryAttempts */
    int64_t age_max_s;          /* MaximumRecordAgeInSeconds */
    int64_t tumbling_s;         /* TumblingWindowInSeconds: more than 0 is refused */
    bool bisect;                /* BisectBatchOnFunctionError */
    bool reports_items;         /* FunctionResponseTypes has ReportBatchItemFailures */
    const char *failure_arn;    /* DestinationConfig.OnFailure.Destination; NULL: none */
    const char *const *filters; /* FilterCriteria.Filters[].Pattern */
    size_t filter_count;
} mr_mapping_settings;

/* Everything that AWS does not require, as AWS has it. */
mr_mapping_settings mr_mapping_settings_default(void);
/* What is wrong without a look at the world: for `check`. Errors: MR_INVALID_ARGUMENT,
 * MR_UNSUPPORTED naming the member. */
MR_NODISCARD mr_code mr_mapping_settings_check(const mr_mapping_settings *settings, mr_error *err);

/*
 * Creates a mapping.
 *
 * uuid:   NULL: drawn. A template has promised one by Ref.
 * out:    borrowed; written on MR_OK alone.
 * Errors: those of the check, MR_INVALID_ARGUMENT ("Stream not found: ..."), MR_FUNCTION_NOT_FOUND,
 *         MR_BUCKET_NOT_FOUND (of the destination), MR_MAPPING_EXISTS (same source and function),
 *         MR_UNSUPPORTED (a function with a Builtin and no code), those of the database.
 */
MR_NODISCARD mr_code mr_mappings_create(mr_mappings *mappings, const mr_mapping_settings *settings,
                                        const char *uuid, mr_mapping **out, mr_error *err);
/*
 * The same for a template: one that is there, with this source and function, gets the settings and
 * goes on from where it is.
 */
MR_NODISCARD mr_code mr_mappings_ensure(mr_mappings *mappings, const mr_mapping_settings *settings,
                                        const char *uuid, mr_mapping **out, mr_error *err);
/*
 * Gives a mapping other settings; source and starting position stay. Batches that wait are formed
 * anew, the one under way comes to its end first. With another ParallelizationFactor some records
 * behind the slowest lane are sent again.
 *
 * Errors: MR_MAPPING_IN_USE (neither Enabled nor Disabled), and those of mr_mappings_create().
 */
MR_NODISCARD mr_code mr_mapping_update(mr_mapping *mapping, const mr_mapping_settings *settings,
                                       mr_error *err);
/* Removes it and its positions: at once, or after the delay. One that is Deleting stays so.
 * Errors: MR_MAPPING_IN_USE (Creating, Enabling, Disabling, Updating), those of the database. */
MR_NODISCARD mr_code mr_mapping_delete(mr_mapping *mapping, mr_error *err);

/* NULL when absent; borrowed. */
mr_mapping *mr_mappings_find(mr_mappings *mappings, const char *uuid);
/* In byte order of UUIDs. Owned array. */
mr_mapping **mr_mappings_list(mr_mappings *mappings, size_t *count);

/* As it is now; texts are borrowed until the mapping changes. */
typedef struct mr_mapping_view {
    const mr_mapping_settings *settings; /* function: the full ARN */
    const char *uuid, *arn;
    const char *state;        /* as AWS spells it */
    const char *state_reason; /* StateTransitionReason */
    const char *last_result;  /* LastProcessingResult */
    int64_t modified_us;      /* LastModified, a time of day */
} mr_mapping_view;
mr_mapping_view mr_mapping_look(const mr_mapping *mapping);

/* Since the mapping was opened:
 *   read = done + given_up + what waits in the lanes */
typedef struct mr_mapping_counts {
    uint64_t read;     /* taken from the stream, and not given back by a stop */
    uint64_t done;     /* the function has had them */
    uint64_t given_up; /* past attempts or age */
    uint64_t filtered; /* not taken: no filter fits */
    uint64_t expired;  /* gone from the stream before they were read */
    uint64_t invocations, retries;
    uint64_t failure_objects; /* written to the destination */
} mr_mapping_counts;
mr_mapping_counts mr_mapping_count(const mr_mapping *mapping);
/* Checks the sum above and the lanes' order. Errors: MR_CORRUPT. */
MR_NODISCARD mr_code mr_mapping_check(const mr_mapping *mapping, mr_error *err);

/* Everything that it is to read is read and done, and it is not on its way to polling. */
bool mr_mapping_is_idle(const mr_mapping *mapping);
/* No window is waited for from now on, until it is idle. */
void mr_mapping_drain(mr_mapping *mapping);

#endif
