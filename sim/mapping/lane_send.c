/*
 * lane_send.c - the way of the first sealed batch into the function: attempts, answers, splits and
 * back-offs; see lane.h. What is given up is in lane_give_up.c.
 *
 * The state is that of the first sealed batch; lane_enter() makes every move:
 *
 *     READY --send()------------------------------> INVOKED
 *     READY --too old, too large------------------> (given up, below)
 *     INVOKED --all is well: the records are done-> READY
 *     INVOKED --failed, may be split--------------> READY        the first half is sent
 *     INVOKED --failed, throttled-----------------> BACKING_OFF --its timer--> READY
 *     INVOKED --failed for the last time: given up: without a destination-> READY
 *                                                   with one: PUTTING
 *     PUTTING --complete: committed with the positions----> READY
 *     PUTTING --no such bucket----------------------------> READY, with a warning
 *     PUTTING --refused-----------------------------------> PUT_BACKING_OFF --its timer--> PUTTING
 *     INVOKED, PUTTING --the machine fails, simulated time-> STUCK
 *
 * Back-off, for which AWS documents nothing: 1 s, doubling to 30 s.
 */
#include "sim/mapping/lane_private.h"

#include "sim/base/timefmt.h"
#include "sim/mapping/batch_response.h"

#define BACKOFF_MIN_US MR_US_PER_SECOND
#define BACKOFF_MAX_US (30 * MR_US_PER_SECOND)

#define RESULT_OK      "OK"
#define RESULT_PROBLEM "PROBLEM: Function call failed"

static void on_answer(void *context, const mr_answer *answer);

/* ---- positions and events ---- */

bool lane_is_fatal(const mr_lane *lane)
{
    return !mr_clock_is_live(lane->config->clock);
}

void lane_break(mr_lane *lane, const mr_error *why)
{
    mr_error named = *why;
    mr_error_prefix(&named, "event source mapping %s, %s: ", lane->config->mapping,
                    mr_shard_id(lane->shard));
    lane_enter(lane, LANE_STUCK);
    lane->config->on_broken(lane->config->context, &named);
}

static mr_code store_alone(const mr_lane *lane, mr_error *err)
{
    const mr_lane_config *config = lane->config;
    mr_code code = mr_db_begin(config->db, err);
    if (code != MR_OK) {
        return code;
    }
    code = config->store_positions(config->context, lane->slot, err);
    if (code != MR_OK) {
        mr_db_rollback(config->db);
        return code;
    }
    return mr_db_commit(config->db, err);
}

void lane_checkpoint(mr_lane *lane)
{
    mr_error err;
    if (store_alone(lane, &err) == MR_OK) {
        return;
    }
    if (lane_is_fatal(lane)) {
        lane_break(lane, &err);
    } else {
        const mr_event about = lane_about(lane);
        mr_trace_warn_about(lane->config->trace, &about,
                            "event source mapping %s: its position is not stored: %s",
                            lane->config->mapping, err.message);
    }
}

mr_event lane_about(const mr_lane *lane)
{
    return (mr_event){.mapping = lane->config->mapping,
                      .stream = lane->config->stream,
                      .shard = mr_shard_id(lane->shard),
                      .function = lane->config->function_name};
}

void lane_tell(const mr_lane *lane, mr_event_type type, const char *reason, size_t records,
               const char *message)
{
    mr_event event = lane_about(lane);
    event.type = type;
    event.id = lane->invocations > 0 ? lane->last_request_id : NULL;
    event.reason = reason;
    event.message = message;
    event.records = records;
    event.attempt = lane->invocations;
    mr_trace_emit(lane->config->trace, &event);
}

/* ---- sending ---- */

static void back_off(mr_lane *lane, uint32_t waits)
{
    int64_t wait_us = BACKOFF_MIN_US;
    for (uint32_t i = 1; i < waits && wait_us < BACKOFF_MAX_US; i++) {
        wait_us *= 2;
    }
    wait_us = wait_us < BACKOFF_MAX_US ? wait_us : BACKOFF_MAX_US;
    mr_timer_set(&lane->retry, mr_clock_now_us(lane->config->clock) + wait_us);
}

/* The place of the first record of the range that may still be sent. */
static size_t first_young(const mr_lane *lane)
{
    const batch *b = lane->sealed;
    const int64_t retention_us = mr_stream_retention_us(mr_shard_stream(lane->shard));
    int64_t age_us = lane->config->age_max_us;
    age_us = age_us < 0 || age_us > retention_us ? retention_us : age_us;
    const int64_t cutoff_us = mr_clock_wall_us(lane->config->clock) - age_us;
    size_t place = b->begin;
    while (place < range_end(b) && b->entries[place].arrival_us < cutoff_us) {
        place++;
    }
    return place;
}

/* Nothing was asked of the function, so no attempt was made. */
static void could_not_ask(mr_lane *lane, const char *why)
{
    if (lane->waits == 0) {
        const mr_event about = lane_about(lane);
        mr_trace_warn_about(lane->config->trace, &about, "event source mapping %s: %s",
                            lane->config->mapping, why);
    }
    lane->config->on_result(lane->config->context, RESULT_PROBLEM);
    lane_enter(lane, LANE_BACKING_OFF);
}

static void invoke(mr_lane *lane)
{
    const batch *b = lane->sealed;
    mr_strbuf payload = mr_strbuf_make(MR_FUNCTION_PAYLOAD_MAX);
    mr_kinesis_event_build(&payload, range_text(b, range_end(b)));
    MR_ASSERT(!payload.overflowed);
    const size_t records = range_count(b);

    lane_enter(lane, LANE_INVOKED);
    lane->config->counts.invocations++;
    lane->config->counts.retries += lane->invocations > 0;
    lane->invocations++;
    lane->request_id =
        mr_function_invoke_with(lane->function,
                                &(mr_invoke_options){.payload = &payload,
                                                     .invoked_arn = lane->config->function,
                                                     .records = records,
                                                     .throttle = true},
                                on_answer, lane);
    memcpy(lane->last_request_id, lane->request_id, MR_UUID_SIZE);
    lane_tell(lane, MR_EVENT_MAPPING_SENT, b->reason, records, NULL);
}

/* Sends the range, or gives up what of it cannot be sent. */
static void send(mr_lane *lane)
{
    const batch *b = lane->sealed;
    const size_t young = first_young(lane);
    if (young > b->begin) {
        lane_give_up(lane, young, MR_GIVE_UP_AGE);
        return;
    }
    if (MR_KINESIS_EVENT_BASE + range_text(b, range_end(b)).len > MR_FUNCTION_PAYLOAD_MAX) {
        MR_ASSERT(range_count(b) == 1); /* one record, whose base64 is past the limit */
        lane_give_up(lane, range_end(b), MR_GIVE_UP_ATTEMPTS);
        return;
    }
    lane->function = mr_functions_find(lane->config->functions, lane->config->function);
    if (lane->function == NULL) {
        could_not_ask(lane, "the function does not exist");
    } else if (!mr_function_has_code(lane->function)) {
        could_not_ask(lane, "the function is a Builtin, which only delivery streams have use for");
    } else {
        invoke(lane);
    }
}

void mr_lane_run(mr_lane *lane)
{
    if (lane->is_running) {
        return;
    }
    lane->is_running = true;
    while (lane->state == LANE_READY && !lane->is_stopped) {
        const bool may_wait = lane->config->window_us > 0 && !lane->open_is_due;
        if (lane->sealed == NULL && lane->open != NULL &&
            (!may_wait || lane->config->is_draining)) {
            lane_seal(lane, may_wait ? "drain" : lane->config->window_us > 0 ? "window" : "read");
        }
        if (lane->sealed == NULL) {
            break;
        }
        send(lane);
        if (lane->state == LANE_READY) { /* given up at once */
            lane->config->on_moved(lane->config->context, lane->slot);
        }
    }
    lane->is_running = false;
}

/* ---- answers ---- */

void lane_go_on(mr_lane *lane)
{
    if (lane->is_stopped && lane->state == LANE_READY && lane->sealed != NULL) {
        lane_give_back_first(lane); /* what was behind the range in its batch */
    }
    mr_lane_run(lane);
    lane->config->on_moved(lane->config->context, lane->slot);
}

/* The range failed as a whole. */
static void failed(mr_lane *lane, bool may_split)
{
    batch *b = lane->sealed;
    const size_t count = range_count(b);
    const int64_t most = lane->config->retries_max;
    if (lane->is_stopped) {
        lane_give_back_first(lane);
    } else if (may_split && count > 1) {
        MR_ASSERT(b->end_count < LANE_SPLITS_MAX);
        b->ends[b->end_count++] = b->begin + (count + 1) / 2;
        lane_forget_attempts(lane);
    } else if (most >= 0 && lane->retries >= most) {
        lane_give_up(lane, range_end(b), MR_GIVE_UP_ATTEMPTS);
    } else {
        lane->retries++;
        lane_enter(lane, LANE_BACKING_OFF);
    }
}

/* The function has said which record it stopped at: what stands before is done. */
static void partly_done(mr_lane *lane, size_t done)
{
    const size_t records = done - lane->sealed->begin;
    if (records == 0) {
        failed(lane, lane->config->bisect);
        return;
    }
    lane->config->counts.done += records;
    lane_move_on(lane, done);
    lane_checkpoint(lane);
    if (lane->state == LANE_STUCK) {
        return;
    }
    if (lane->config->bisect) { /* this was the split: the rest is sent at once, as a new range */
        lane_forget_attempts(lane);
    } else {
        failed(lane, false);
    }
}

/* The place of the record that has this sequence number, in the range that was sent. */
static bool find_record(void *context, mr_bytes identifier, size_t *place)
{
    const mr_lane *lane = context;
    const batch *b = lane->sealed;
    mr_sequence sequence;
    if (!mr_sequence_parse(identifier, &sequence, NULL)) {
        return false;
    }
    size_t low = b->begin, high = range_end(b);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->entries[middle].number < sequence.counter) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == range_end(b) || b->entries[low].number != sequence.counter) {
        return false;
    }
    char text[MR_SEQUENCE_SIZE];
    mr_shard_sequence(lane->shard, b->entries[low].number, b->entries[low].arrival_us, text);
    *place = low;
    return mr_bytes_is(identifier, text);
}

static void answered_ok(mr_lane *lane, mr_bytes payload)
{
    const size_t records = range_count(lane->sealed), begin = lane->sealed->begin;
    size_t lowest = 0;
    mr_batch_verdict verdict = MR_BATCH_DONE;
    if (lane->config->reports_items) {
        verdict = mr_batch_response_read(payload, find_record, lane, &lowest);
    }
    lane->function_error = false;
    switch (verdict) {
    case MR_BATCH_DONE:
        lane->config->on_result(lane->config->context, RESULT_OK);
        lane_tell(lane, MR_EVENT_MAPPING_ANSWERED, "ok", records, NULL);
        lane->config->counts.done += records;
        lane_move_on(lane, range_end(lane->sealed));
        lane_checkpoint(lane);
        break;
    case MR_BATCH_PARTIAL:
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        lane_tell(lane, MR_EVENT_MAPPING_ANSWERED, "partial", lowest - begin, NULL);
        partly_done(lane, lowest);
        break;
    case MR_BATCH_FAILED:
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        lane_tell(lane, MR_EVENT_MAPPING_ANSWERED, "bad-response", 0, NULL);
        failed(lane, lane->config->bisect);
        break;
    }
}

static void answered_badly(mr_lane *lane, const mr_answer *answer)
{
    const bool cannot_run =
        answer->kind == MR_OUTCOME_NOT_STARTED || answer->kind == MR_OUTCOME_STUCK;
    lane->config->on_result(lane->config->context, RESULT_PROBLEM);
    lane_tell(lane, MR_EVENT_MAPPING_ANSWERED, "failed", 0, answer->message);
    if (cannot_run && lane_is_fatal(lane)) {
        mr_error err;
        mr_error_set(&err, answer->kind == MR_OUTCOME_STUCK ? MR_INTERRUPTED : MR_UNSUPPORTED,
                     "function %s %s: %s", lane->config->function,
                     answer->kind == MR_OUTCOME_STUCK ? "does not answer" : "cannot run here",
                     answer->message == NULL ? "no reason was given" : answer->message);
        lane_break(lane, &err);
        return;
    }
    lane->function_error = true;
    failed(lane, lane->config->bisect);
}

static void on_answer(void *context, const mr_answer *answer)
{
    mr_lane *lane = context;
    MR_ASSERT(lane->state == LANE_INVOKED);
    lane->request_id = NULL;
    lane_enter(lane, LANE_READY);
    if (answer->throttled && lane->is_stopped) {
        lane_give_back_first(lane);
    } else if (answer->throttled) { /* the batch did not reach the function: no attempt */
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        lane_tell(lane, MR_EVENT_MAPPING_ANSWERED, "throttled", 0, NULL);
        lane->invocations--;
        lane_enter(lane, LANE_BACKING_OFF);
    } else if (answer->kind == MR_OUTCOME_OK) {
        answered_ok(lane, answer->payload);
    } else {
        answered_badly(lane, answer);
    }
    lane_go_on(lane);
}

void lane_on_retry(void *context)
{
    mr_lane *lane = context;
    if (lane->state == LANE_PUT_BACKING_OFF) {
        lane_enter(lane, LANE_PUTTING);
        return;
    }
    MR_ASSERT(lane->state == LANE_BACKING_OFF);
    lane_enter(lane, LANE_READY);
    mr_lane_run(lane);
}

/* The one place that changes the state. */
void lane_enter(mr_lane *lane, lane_state next)
{
    MR_ASSERT(lane->state != LANE_STUCK);
    lane->state = next;
    switch (next) {
    case LANE_BACKING_OFF:
        lane->waits++;
        back_off(lane, lane->waits);
        break;
    case LANE_PUTTING:
        lane_put(lane);
        break;
    case LANE_PUT_BACKING_OFF:
        back_off(lane, lane->puts);
        break;
    case LANE_READY:
    case LANE_INVOKED:
    case LANE_STUCK:
        break;
    }
}
