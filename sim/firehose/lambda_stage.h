/*
 * lambda_stage.h - the Lambda buffer of one source shard: records gather into batches, batches
 * are transformed, results are handed on in the order in which batches were issued.
 *
 * A batch is sealed by size (raw data bytes), by interval from its first record, by a drain, or
 * because its event would pass what an invocation may carry. At most 5 batches of a shard are in
 * flight; while a sealed one waits for a place, the shard is not read (mr_lambda_stage_blocked()).
 *
 * Behaviour: reference/firehose.md sections 6.2 and 6.3.
 */
#ifndef MR_SIM_FIREHOSE_LAMBDA_STAGE_H
#define MR_SIM_FIREHOSE_LAMBDA_STAGE_H

#include "sim/firehose/invoke_event.h"
#include "sim/firehose/sink.h"
#include "sim/lambda/function.h"
#include "sim/lambda/transform_answer.h"

#define MR_LAMBDA_IN_FLIGHT_MAX 5 /* per shard */

/* Which record, or sub-record, of its shard an entry of a batch is. */
static inline mr_range mr_batch_entry_place(const mr_batch_entry *entry)
{
    return mr_range_of_sub(entry->number, entry->sub, entry->is_last);
}

/* What became of a batch. One of builtin, answer and error_code is set. Borrowed for the call. */
typedef struct mr_batch_result {
    size_t slot;
    const mr_record_batch *records;
    mr_builtin *builtin; /* to be applied to each record */
    /* With a builtin: a fault took the first record's answer; NULL: none did. */
    const char *first_error_code, *first_error_message;
    const mr_transform_answer *answer;      /* one entry per record */
    const char *error_code, *error_message; /* every record failed */
    uint32_t attempts;
    int64_t ended_wall_us; /* of the last attempt */
} mr_batch_result;

/* How many records of a batch had which fate. */
typedef struct mr_batch_tally {
    uint64_t ok, dropped, failed;
} mr_batch_tally;

/* The same for all stages of a delivery stream, which share one by reference. All borrowed. */
typedef struct mr_lambda_config {
    mr_clock *clock;
    mr_trace *trace;
    const mr_faults *faults; /* for a mistake of the stages' (mutation.h) */
    mr_functions *functions;
    const char *delivery;
    const char *function; /* name or ARN; looked up at each attempt */
    mr_invoke_envelope envelope;
    uint64_t bytes_max;
    int64_t interval_us;
    uint32_t retries;
    mr_prng *prng; /* invocation ids */

    /* Applies a batch's result: every record is taken over in the call. */
    mr_batch_tally (*apply)(void *context, const mr_batch_result *result);
    /* After results were applied: there may be room. */
    void (*on_settled)(void *context);
    /* A stuck or unstartable handler: nothing goes on. */
    void (*on_broken)(void *context, const mr_error *error);
    void *context;

    uint64_t invocations, invocation_retries; /* counted by the stages */
} mr_lambda_config;

typedef struct mr_lambda_stage mr_lambda_stage;

mr_lambda_stage *mr_lambda_stage_new(mr_lambda_config *config, mr_shard *shard, size_t slot);
/* Records are dropped; answers still under way are ignored when they come. NULL is fine. */
void mr_lambda_stage_free(mr_lambda_stage *stage);

/* place: of the record, or of the sub-record that the view's data is. Copied. */
void mr_lambda_stage_add(mr_lambda_stage *stage, const mr_record_view *record, mr_range place);
void mr_lambda_stage_flush(mr_lambda_stage *stage, mr_flush_reason reason);

bool mr_lambda_stage_is_idle(const mr_lambda_stage *stage);
bool mr_lambda_stage_blocked(const mr_lambda_stage *stage);
uint64_t mr_lambda_stage_records(const mr_lambda_stage *stage); /* buffered and in flight */
/* The open batch; due_us is 0 when there is none. */
mr_buffer_gauge mr_lambda_stage_gauge(const mr_lambda_stage *stage);
/* Errors: MR_CORRUPT, naming the bound that does not hold. */
MR_NODISCARD mr_code mr_lambda_stage_check(const mr_lambda_stage *stage, mr_error *err);

#endif
