/*
 * lambda_stage.c - see lambda_stage.h.
 *
 * The life of a batch; batch_enter() makes every move:
 *
 *   OPEN --seal(): size, interval, drain--> WAITING --issue(): < 5 in flight--> INVOKED
 *
 *   INVOKED --good answer, or retries used up--> ANSWERED --all before it applied--> (released)
 *   INVOKED --failed-----> BACKING_OFF --on_timer()--> INVOKED
 *   INVOKED --stuck, cannot start--> BROKEN
 *
 * Batches stand in one list in order of issue, so states from its head on read
 * {INVOKED, BACKING_OFF, ANSWERED}* WAITING*. An answer that comes early waits in ANSWERED: results
 * are applied in order of issue, whatever the order in which they come.
 *
 * A builtin is applied at the simulated end of its invocation, without an event being built. A
 * batch's bounds and its duration are those of the event all the same, so builtin and handler
 * give the same objects at the same times.
 *
 * Back-off of failed invocations, for which AWS documents nothing: 1 s, doubling to 30 s.
 */
#include "sim/firehose/lambda_stage.h"

#include "sim/base/timefmt.h"

#include <inttypes.h>

#define BACKOFF_MIN_US MR_US_PER_SECOND
#define BACKOFF_MAX_US (30 * MR_US_PER_SECOND)

/* An invocation that is not taken is refused so much later, as mr_function_invoke() has it. */
#define REFUSED_AFTER_US MR_US_PER_MS

/* Arenas of released batches that are kept for new ones. */
#define SPARE_MAX 2

typedef enum batch_state {
    BATCH_OPEN,
    BATCH_WAITING,
    BATCH_INVOKED,
    BATCH_BACKING_OFF,
    BATCH_ANSWERED,
    BATCH_BROKEN
} batch_state;

typedef struct batch {
    mr_lambda_stage *stage;
    struct batch *next;
    batch_state state;
    mr_record_batch records;
    size_t event_bytes;
    uint64_t last_bytes; /* data of the newest record, for the bounds check */
    int64_t opened_us;
    char invocation_id[MR_UUID_SIZE]; /* the same in every attempt */
    mr_strbuf ids;                    /* recordIds, when a handler was asked */
    mr_builtin *builtin;
    mr_function *function;
    const char *request_id; /* of the invocation under way; NULL: none */
    mr_transform_answer answer;
    bool has_answer;
    const char *error_code, *error_message;
    const char *first_error_code, *first_error_message; /* of the first record alone */
    uint32_t attempts;
    int64_t ended_wall_us;
    mr_timer
        timer; /* OPEN: interval; INVOKED: its end when nothing could be invoked; BACKING_OFF */
} batch;

struct mr_lambda_stage {
    mr_lambda_config *config;
    mr_shard *shard;
    size_t slot;
    batch *open;
    batch *issued, **issued_end; /* sealed ones in order of issue */
    size_t in_flight;            /* INVOKED, BACKING_OFF, ANSWERED, BROKEN */
    size_t waiting;
    uint64_t records;
    batch *spare;
    size_t spare_count;
    bool is_applying;
};

static void on_timer(void *context);
static void on_answer(void *context, const mr_answer *answer);
static void batch_enter(batch *b, batch_state next);

/* ---- making and releasing ---- */

mr_lambda_stage *mr_lambda_stage_new(mr_lambda_config *config, mr_shard *shard, size_t slot)
{
    mr_lambda_stage *stage = mr_calloc(1, sizeof(*stage));
    stage->config = config;
    stage->shard = shard;
    stage->slot = slot;
    stage->issued_end = &stage->issued;
    return stage;
}

static void batch_free(batch *b)
{
    mr_timer_cancel(&b->timer);
    mr_record_batch_deinit(&b->records);
    mr_strbuf_deinit(&b->ids);
    if (b->has_answer) {
        mr_transform_answer_deinit(&b->answer);
    }
    mr_free(b);
}

void mr_lambda_stage_free(mr_lambda_stage *stage)
{
    if (stage == NULL) {
        return;
    }
    if (stage->open != NULL) {
        batch_free(stage->open);
    }
    for (batch *b = stage->issued, *next; b != NULL; b = next) {
        next = b->next;
        if (b->request_id != NULL) {
            mr_function_forget(b->function, b->request_id);
        }
        batch_free(b);
    }
    for (batch *b = stage->spare, *next; b != NULL; b = next) {
        next = b->next;
        batch_free(b);
    }
    mr_free(stage);
}

static batch *batch_new(mr_lambda_stage *stage)
{
    batch *b = stage->spare;
    mr_record_batch records = mr_record_batch_make();
    if (b != NULL) {
        stage->spare = b->next;
        stage->spare_count--;
        records = b->records;
        mr_record_batch_reset(&records);
    } else {
        b = mr_alloc(sizeof(*b));
        /* Its data, and an eighth more for partition keys and the record that fills it. */
        size_t bytes_max = (size_t)stage->config->bytes_max;
        (void)mr_strbuf_reserve(&records.arena, bytes_max + bytes_max / 8);
    }
    *b = (batch){.stage = stage,
                 .state = BATCH_OPEN,
                 .records = records,
                 .event_bytes = mr_invoke_event_base_bytes(&stage->config->envelope),
                 .opened_us = mr_clock_now_us(stage->config->clock),
                 .ids = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_timer_init(&b->timer, stage->config->clock, on_timer, b);
    mr_prng_uuid(stage->config->prng, b->invocation_id);
    return b;
}

static void batch_recycle(batch *b)
{
    mr_lambda_stage *stage = b->stage;
    if (stage->spare_count == SPARE_MAX) {
        batch_free(b);
        return;
    }
    mr_timer_cancel(&b->timer);
    mr_strbuf_deinit(&b->ids);
    if (b->has_answer) {
        mr_transform_answer_deinit(&b->answer);
        b->has_answer = false;
    }
    b->next = stage->spare;
    stage->spare = b;
    stage->spare_count++;
}

/* ---- gathering ---- */

static void issue_waiting(mr_lambda_stage *stage)
{
    for (batch *b = stage->issued; b != NULL && stage->in_flight < MR_LAMBDA_IN_FLIGHT_MAX;
         b = b->next) {
        if (b->state == BATCH_WAITING) {
            stage->waiting--;
            stage->in_flight++;
            batch_enter(b, BATCH_INVOKED);
        }
    }
}

static void seal(mr_lambda_stage *stage, mr_flush_reason reason)
{
    batch *b = stage->open;
    mr_timer_cancel(&b->timer);
    stage->open = NULL;
    *stage->issued_end = b;
    stage->issued_end = &b->next;
    stage->waiting++;
    mr_trace_emit(stage->config->trace, &(mr_event){.type = MR_EVENT_BUFFER_FLUSHED,
                                                    .delivery = stage->config->delivery,
                                                    .shard = mr_shard_id(stage->shard),
                                                    .sink = "lambda",
                                                    .reason = mr_flush_reason_name(reason),
                                                    .records = b->records.count,
                                                    .bytes = b->records.bytes});
    batch_enter(b, BATCH_WAITING);
    issue_waiting(stage);
}

static void open_batch(mr_lambda_stage *stage)
{
    stage->open = batch_new(stage);
    mr_timer_set(&stage->open->timer, stage->open->opened_us + stage->config->interval_us);
    mr_trace_emit(stage->config->trace, &(mr_event){.type = MR_EVENT_BUFFER_OPENED,
                                                    .delivery = stage->config->delivery,
                                                    .shard = mr_shard_id(stage->shard),
                                                    .sink = "lambda"});
}

/* Whether the record can go into the open batch: an event has a largest size, and no recordId
 * twice (a duplicate read hands records over again). */
static bool fits(const batch *b, mr_range place, size_t event_bytes)
{
    return b->event_bytes + event_bytes <= MR_FUNCTION_PAYLOAD_MAX &&
           mr_place_compare(place.begin,
                            mr_batch_entry_place(&b->records.entries[b->records.count - 1]).begin) >
               0;
}

void mr_lambda_stage_add(mr_lambda_stage *stage, const mr_record_view *record, mr_range place)
{
    size_t event_bytes =
        mr_invoke_event_record_bytes(&stage->config->envelope, record, place.begin.sub);

    if (MR_UNLIKELY(stage->open != NULL && !fits(stage->open, place, event_bytes))) {
        seal(stage, MR_FLUSH_SIZE);
    }
    if (MR_UNLIKELY(stage->open == NULL)) {
        open_batch(stage);
    }
    batch *b = stage->open;
    mr_record_batch_add(&b->records, record, place.begin.sub, place.end.sub == 0);
    b->event_bytes += event_bytes;
    b->last_bytes = record->data.len;
    stage->records++;
    if (MR_UNLIKELY(b->records.bytes >= stage->config->bytes_max)) {
        seal(stage, MR_FLUSH_SIZE);
    }
}

void mr_lambda_stage_flush(mr_lambda_stage *stage, mr_flush_reason reason)
{
    if (stage->open != NULL) {
        seal(stage, reason);
    }
}

/* ---- invoking ---- */

/* The attempt failed as a whole: again after a while, or for good. */
static void attempt_failed(batch *b, const char *error_code, const char *error_message)
{
    b->error_code = error_code;
    b->error_message = error_message;
    b->ended_wall_us = mr_clock_wall_us(b->stage->config->clock);
    bool again = b->attempts <= b->stage->config->retries;
    batch_enter(b, again ? BATCH_BACKING_OFF : BATCH_ANSWERED);
}

/* Not to be tried again: Lambda's answer would be the same. */
static void attempt_refused(batch *b, const char *error_code, const char *error_message)
{
    b->error_code = error_code;
    b->error_message = error_message;
    b->ended_wall_us = mr_clock_wall_us(b->stage->config->clock);
    batch_enter(b, BATCH_ANSWERED);
}

static void invoke_handler(batch *b)
{
    mr_lambda_config *config = b->stage->config;
    mr_strbuf payload = mr_strbuf_make(MR_FUNCTION_PAYLOAD_MAX);

    (void)mr_strbuf_reserve(&payload, b->event_bytes);
    if (b->ids.len == 0) {
        mr_invoke_event_ids(&b->ids, b->stage->shard, &b->records);
    }
    mr_invoke_event_build(&payload, &config->envelope, b->invocation_id, b->stage->shard,
                          &b->records, b->ids.at);
    MR_ASSERT(!payload.overflowed);
    MR_ASSERT(payload.len == b->event_bytes);
    b->request_id = mr_function_invoke(b->function, &payload, b->records.count, on_answer, b);
}

static void invoke(batch *b)
{
    mr_lambda_config *config = b->stage->config;

    b->attempts++;
    config->invocations++;
    b->error_code = NULL;
    b->error_message = NULL;
    b->function = mr_functions_find(config->functions, config->function);
    if (b->function == NULL || b->event_bytes > MR_FUNCTION_PAYLOAD_MAX) {
        /* Later: results are not applied from inside of what issues batches. */
        mr_timer_set(&b->timer, mr_clock_now_us(config->clock) + REFUSED_AFTER_US);
        return;
    }
    b->builtin = mr_function_builtin(b->function);
    if (b->builtin == NULL) {
        invoke_handler(b);
        return;
    }
    b->request_id =
        mr_function_invoke_builtin(b->function, b->event_bytes, b->records.count, on_answer, b);
}

static void back_off(batch *b)
{
    mr_lambda_config *config = b->stage->config;
    int64_t wait_us = BACKOFF_MIN_US;
    for (uint32_t i = 1; i < b->attempts && wait_us < BACKOFF_MAX_US; i++) {
        wait_us *= 2;
    }
    wait_us = wait_us < BACKOFF_MAX_US ? wait_us : BACKOFF_MAX_US;
    config->invocation_retries++;
    mr_timer_set(&b->timer, mr_clock_now_us(config->clock) + wait_us);
}

/* ---- answers ---- */

static void break_stage(batch *b, const mr_answer *answer)
{
    mr_lambda_config *config = b->stage->config;
    mr_error err;
    const char *why = answer->message != NULL ? answer->message : "no reason was given";
    mr_error_set(&err, answer->kind == MR_OUTCOME_NOT_STARTED ? MR_UNSUPPORTED : MR_INTERRUPTED,
                 "delivery stream %s: function %s %s: %s", config->delivery, config->function,
                 answer->kind == MR_OUTCOME_NOT_STARTED ? "cannot run here" : "does not answer",
                 why);
    batch_enter(b, BATCH_BROKEN);
    config->on_broken(config->context, &err);
}

static void read_answer(batch *b, mr_bytes payload)
{
    mr_bytes *ids = mr_reallocarray(NULL, b->records.count, sizeof(*ids));
    for (size_t i = 0; i < b->records.count; i++) {
        ids[i] = mr_bytes_make(b->ids.at + i * MR_RECORD_ID_LEN, MR_RECORD_ID_LEN);
    }
    mr_transform_answer_read(payload, ids, b->records.count, &b->answer);
    mr_free(ids);
    b->has_answer = true;
    MR_ASSERT(b->answer.count == b->records.count);
}

/* A builtin has answered in principle; what its answer is comes out when it is applied. */
static void builtin_answered(batch *b, mr_fault_kind spoilt)
{
    b->ended_wall_us = mr_clock_wall_us(b->stage->config->clock);
    if (spoilt == MR_FAULT_LAMBDA_GARBLED) {
        attempt_refused(b, "Lambda.JsonProcessingException",
                        "There was an error parsing returned records from the Lambda function. "
                        "Ensure that the returned records follow the required status model.");
        return;
    }
    if (spoilt == MR_FAULT_LAMBDA_IDS_MISSING) {
        b->first_error_code = "Lambda.MissingRecordId";
        b->first_error_message =
            "One or more record Ids were not returned. Ensure that the Lambda function returns all "
            "received record Ids.";
    } else if (spoilt == MR_FAULT_LAMBDA_IDS_REPEATED) {
        b->first_error_code = "Lambda.DuplicatedRecordId";
        b->first_error_message =
            "Multiple records were returned with the same record Id. Ensure that the Lambda "
            "function returns a unique record Id for each record.";
    }
    batch_enter(b, BATCH_ANSWERED);
}

static void handler_answered(batch *b, mr_bytes payload)
{
    b->ended_wall_us = mr_clock_wall_us(b->stage->config->clock);
    read_answer(b, payload);
    batch_enter(b, BATCH_ANSWERED);
}

static void on_answer(void *context, const mr_answer *answer)
{
    batch *b = context;
    MR_ASSERT(b->state == BATCH_INVOKED);
    b->request_id = NULL;
    if (answer->throttled) {
        attempt_failed(b, "Lambda.InvokeLimitExceeded",
                       "The Lambda invocation limit has been exceeded. Increase the concurrent "
                       "invocation limit.");
        return;
    }
    switch (answer->kind) {
    case MR_OUTCOME_OK:
        if (b->builtin != NULL) {
            builtin_answered(b, answer->spoilt);
        } else {
            handler_answered(b, answer->payload);
        }
        break;
    case MR_OUTCOME_FUNCTION_ERROR:
    case MR_OUTCOME_CRASHED:
    case MR_OUTCOME_TOO_LARGE:
    case MR_OUTCOME_INIT_ERROR:
        attempt_failed(b, "Lambda.FunctionError",
                       "The Lambda function was successfully invoked but it returned an error "
                       "result.");
        break;
    case MR_OUTCOME_TIMED_OUT:
        attempt_failed(b, "Lambda.FunctionTimedOut",
                       "The Lambda function timed out. Increase the Timeout setting in the Lambda "
                       "function.");
        break;
    case MR_OUTCOME_NOT_STARTED:
    case MR_OUTCOME_STUCK:
        break_stage(b, answer);
        break;
    }
}

/* The end of an attempt that invoked nothing. */
static void attempt_ended(batch *b)
{
    if (b->function == NULL) {
        attempt_failed(b, "Lambda.ResourceNotFound",
                       "The specified Lambda function does not exist. Use a different function "
                       "that does exist.");
        return;
    }
    /* One record whose base64 passes the limit; what AWS calls this is not documented. */
    MR_ASSERT(b->event_bytes > MR_FUNCTION_PAYLOAD_MAX);
    attempt_refused(b, "Lambda.RequestTooLarge",
                    "The record is too large for the payload of a Lambda invocation.");
}

static void apply(batch *b)
{
    mr_lambda_stage *stage = b->stage;
    mr_batch_result result = {
        .slot = stage->slot,
        .records = &b->records,
        .builtin = b->error_code == NULL ? b->builtin : NULL,
        .first_error_code = b->first_error_code,
        .first_error_message = b->first_error_message,
        .answer = b->has_answer ? &b->answer : NULL,
        .error_code = b->error_code,
        .error_message = b->error_message,
        .attempts = b->attempts,
        .ended_wall_us = b->ended_wall_us,
    };
    mr_batch_tally tally = stage->config->apply(stage->config->context, &result);
    MR_ASSERT(tally.ok + tally.dropped + tally.failed == b->records.count);
    stage->records -= b->records.count;
}

/* Applies what can be applied, from the head of the list on, and issues what waits. */
static void advance(mr_lambda_stage *stage)
{
    if (stage->is_applying) {
        return;
    }
    stage->is_applying = true;
    while (stage->issued != NULL && stage->issued->state == BATCH_ANSWERED) {
        batch *b = stage->issued;
        apply(b);
        stage->issued = b->next;
        if (stage->issued == NULL) {
            stage->issued_end = &stage->issued;
        }
        stage->in_flight--;
        batch_recycle(b);
        issue_waiting(stage);
    }
    stage->is_applying = false;
    stage->config->on_settled(stage->config->context);
}

/* MR_MUTATION_ANSWERS_AS_THEY_COME alone: the batch is applied before those issued earlier. */
static void move_to_front(batch *b)
{
    mr_lambda_stage *stage = b->stage;
    batch **at = &stage->issued;
    if (*at == b) {
        return;
    }
    while (*at != b) {
        at = &(*at)->next;
    }
    *at = b->next;
    if (stage->issued_end == &b->next) {
        stage->issued_end = at;
    }
    b->next = stage->issued;
    stage->issued = b;
}

/* The one place that changes a batch's state. */
static void batch_enter(batch *b, batch_state next)
{
    MR_ASSERT(b->state != BATCH_BROKEN && b->state != BATCH_ANSWERED);
    MR_ASSERT(next != BATCH_OPEN);

    b->state = next;
    switch (next) {
    case BATCH_INVOKED:
        invoke(b);
        break;
    case BATCH_BACKING_OFF:
        back_off(b);
        break;
    case BATCH_ANSWERED:
        if (mr_faults_mutates(b->stage->config->faults, MR_MUTATION_ANSWERS_AS_THEY_COME)) {
            move_to_front(b);
        }
        advance(b->stage);
        break;
    case BATCH_OPEN:
    case BATCH_WAITING:
    case BATCH_BROKEN:
        break;
    }
}

static void on_timer(void *context)
{
    batch *b = context;
    switch (b->state) {
    case BATCH_OPEN:
        seal(b->stage, MR_FLUSH_INTERVAL);
        break;
    case BATCH_INVOKED:
        attempt_ended(b);
        break;
    case BATCH_BACKING_OFF:
        batch_enter(b, BATCH_INVOKED);
        break;
    case BATCH_WAITING:
    case BATCH_ANSWERED:
    case BATCH_BROKEN:
        MR_ASSERT(!mr_timer_is_set(&b->timer)); /* no timer of these states can have run */
        break;
    }
}

/* ---- questions ---- */

bool mr_lambda_stage_is_idle(const mr_lambda_stage *stage)
{
    return stage->open == NULL && stage->issued == NULL;
}

bool mr_lambda_stage_blocked(const mr_lambda_stage *stage)
{
    return stage->waiting > 0;
}

uint64_t mr_lambda_stage_records(const mr_lambda_stage *stage)
{
    return stage->records;
}

mr_buffer_gauge mr_lambda_stage_gauge(const mr_lambda_stage *stage)
{
    mr_buffer_gauge gauge = {.sink = "lambda", .bytes_max = stage->config->bytes_max};
    if (stage->open != NULL) {
        gauge.records = stage->open->records.count;
        gauge.bytes = stage->open->records.bytes;
        gauge.opened_us = stage->open->opened_us;
        gauge.due_us = stage->open->timer.due_us;
    }
    return gauge;
}

static mr_code bound_broken(const mr_lambda_stage *stage, const char *what, uint64_t value,
                            mr_error *err)
{
    return mr_error_set(err, MR_CORRUPT, "delivery stream %s, Lambda buffer of %s: %s: %" PRIu64,
                        stage->config->delivery, mr_shard_id(stage->shard), what, value);
}

/* In real time a batch is sent when the machine gets to it. */
static bool is_overdue(const mr_lambda_stage *stage)
{
    int64_t due_us = stage->open->opened_us + stage->config->interval_us;
    return mr_clock_is_exact(stage->config->clock, due_us) &&
           mr_clock_now_us(stage->config->clock) > due_us;
}

mr_code mr_lambda_stage_check(const mr_lambda_stage *stage, mr_error *err)
{
    uint64_t records = stage->open == NULL ? 0 : stage->open->records.count;
    size_t in_flight = 0, waiting = 0;

    for (const batch *b = stage->issued; b != NULL; b = b->next) {
        records += b->records.count;
        if (b->state == BATCH_WAITING) {
            waiting++;
        } else if (waiting == 0) {
            in_flight++;
        } else {
            return bound_broken(stage, "a batch was issued before an earlier one", in_flight, err);
        }
        if (b->records.bytes - b->last_bytes >= stage->config->bytes_max) {
            return bound_broken(stage, "a batch is past its size hint", b->records.bytes, err);
        }
        if (b->event_bytes > MR_FUNCTION_PAYLOAD_MAX && b->records.count > 1) {
            return bound_broken(stage, "an event is past the payload limit", b->event_bytes, err);
        }
    }
    if (stage->open != NULL && stage->open->records.bytes >= stage->config->bytes_max) {
        return bound_broken(stage, "the open batch is past its size hint",
                            stage->open->records.bytes, err);
    }
    if (stage->open != NULL && is_overdue(stage)) {
        return bound_broken(stage, "the open batch has waited past its interval",
                            (uint64_t)stage->config->interval_us, err);
    }
    if (records != stage->records) {
        return bound_broken(stage, "records are not where they were counted", records, err);
    }
    if (in_flight != stage->in_flight || waiting != stage->waiting) {
        return bound_broken(stage, "batches are not where they were counted", in_flight, err);
    }
    if (in_flight > MR_LAMBDA_IN_FLIGHT_MAX) {
        return bound_broken(stage, "more batches in flight than 5", in_flight, err);
    }
    return MR_OK;
}
