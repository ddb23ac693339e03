/*
 * lane.c - see lane.h.
 *
 *   records --> open batch --seal(): size, 6 MB, window, drain--> sealed batches, in order
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
 * A batch that is split is a stack of places: the range from `begin` to the top is being sent, and
 * what lies between two places follows. When a range is done, its place is taken off.
 *
 * Back-off, for which AWS documents nothing: 1 s, doubling to 30 s.
 */
#include "sim/mapping/lane.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/mapping/batch_response.h"
#include "sim/mapping/failure_record.h"

#include <inttypes.h>

#define BACKOFF_MIN_US MR_US_PER_SECOND
#define BACKOFF_MAX_US (30 * MR_US_PER_SECOND)
#define SPLITS_MAX     16 /* 10,000 records are halved 14 times at most */
#define NAME_SIZE      128

#define RESULT_OK      "OK"
#define RESULT_PROBLEM "PROBLEM: Function call failed"

typedef enum lane_state {
    LANE_READY,
    LANE_INVOKED,
    LANE_BACKING_OFF,
    LANE_PUTTING,
    LANE_PUT_BACKING_OFF,
    LANE_STUCK
} lane_state;

typedef struct entry {
    uint64_t number;
    int64_t arrival_us;
    size_t at, len; /* of its piece, in the batch's text */
} entry;

typedef struct batch {
    struct batch *next;
    mr_strbuf text; /* pieces of the event, with commas between */
    entry *entries;
    size_t count, capacity;
    const char *reason; /* why it was sealed */
    size_t begin;       /* what stands before is done */
    size_t ends[SPLITS_MAX];
    size_t end_count;
} batch;

struct mr_lane {
    mr_lane_config *config;
    mr_shard *shard;
    size_t slot;
    batch *open;
    bool open_is_due;            /* its window is over */
    batch *sealed, **sealed_end; /* the first one is being sent */
    lane_state state;
    bool is_running; /* guards mr_lane_run() against itself */
    bool is_stopped;
    uint64_t given_back; /* stopped: the first number that was given back; 0: none */
    uint64_t records, bytes;

    /* Of the range that is being sent. */
    mr_function *function;
    const char *request_id; /* of the invocation under way; NULL: none */
    char last_request_id[MR_UUID_SIZE];
    uint32_t invocations; /* of this range */
    uint32_t retries;     /* attempts that count, after the first */
    uint32_t waits;       /* back-offs in a row */
    bool function_error;  /* the last answer was one */

    /* Of the records that are being given up: begin .. give_up_end of the first batch. */
    size_t give_up_end;
    mr_give_up why;
    mr_upload *upload;
    mr_strbuf key;
    bool is_committing;
    uint32_t puts;

    mr_timer window; /* of the open batch */
    mr_timer retry;
};

static void on_window(void *context);
static void on_retry(void *context);
static void on_answer(void *context, const mr_answer *answer);
static void on_put(void *context, const mr_error *result);
static void lane_enter(mr_lane *lane, lane_state next);

/* ---- making and releasing ---- */

mr_lane *mr_lane_new(mr_lane_config *config, mr_shard *shard, size_t slot)
{
    mr_lane *lane = mr_calloc(1, sizeof(*lane));
    lane->config = config;
    lane->shard = shard;
    lane->slot = slot;
    lane->sealed_end = &lane->sealed;
    lane->key = mr_strbuf_make(MR_OBJECT_KEY_MAX);
    mr_timer_init(&lane->window, config->clock, on_window, lane);
    mr_timer_init(&lane->retry, config->clock, on_retry, lane);
    return lane;
}

static void batch_free(batch *b)
{
    if (b != NULL) {
        mr_strbuf_deinit(&b->text);
        mr_free(b->entries);
        mr_free(b);
    }
}

void mr_lane_free(mr_lane *lane)
{
    if (lane == NULL) {
        return;
    }
    if (lane->request_id != NULL) {
        mr_function_forget(lane->function, lane->request_id);
    }
    mr_timer_cancel(&lane->window);
    mr_timer_cancel(&lane->retry);
    mr_upload_free(lane->upload);
    batch_free(lane->open);
    for (batch *b = lane->sealed, *next; b != NULL; b = next) {
        next = b->next;
        batch_free(b);
    }
    mr_strbuf_deinit(&lane->key);
    mr_free(lane);
}

/* ---- gathering ---- */

static void seal(mr_lane *lane, const char *reason)
{
    batch *b = lane->open;
    mr_timer_cancel(&lane->window);
    lane->open = NULL;
    lane->open_is_due = false;
    b->reason = reason;
    b->ends[0] = b->count;
    b->end_count = 1;
    *lane->sealed_end = b;
    lane->sealed_end = &b->next;
}

static void open_batch(mr_lane *lane)
{
    lane->open = mr_calloc(1, sizeof(*lane->open));
    lane->open->text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (lane->config->window_us > 0) {
        mr_timer_set(&lane->window, mr_clock_now_us(lane->config->clock) + lane->config->window_us);
    }
}

static void append_piece(mr_lane *lane, mr_bytes piece, const mr_record_view *record)
{
    batch *b = lane->open;
    if (b->count > 0) {
        mr_strbuf_append_char(&b->text, ',');
    }
    MR_GROW(b->entries, b->count, b->capacity);
    b->entries[b->count++] = (entry){.number = record->number,
                                     .arrival_us = record->arrival_us,
                                     .at = b->text.len,
                                     .len = piece.len};
    mr_strbuf_append_bytes(&b->text, piece);
    lane->records++;
    lane->bytes += piece.len;
}

void mr_lane_add(mr_lane *lane, const mr_record_view *record)
{
    MR_ASSERT(!lane->is_stopped);
    mr_strbuf piece = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_kinesis_event_piece(&piece, &lane->config->envelope, lane->shard, record);
    if (lane->open != NULL &&
        MR_KINESIS_EVENT_BASE + lane->open->text.len + 1 + piece.len > MR_FUNCTION_PAYLOAD_MAX) {
        seal(lane, "bytes");
    }
    if (lane->open == NULL) {
        open_batch(lane);
    }
    append_piece(lane, mr_strbuf_bytes(&piece), record);
    mr_strbuf_deinit(&piece);
    lane->config->counts.read++;
    if (lane->open->count == lane->config->batch_size) {
        seal(lane, "size");
    }
}

static void on_window(void *context)
{
    mr_lane *lane = context;
    lane->open_is_due = true;
    mr_lane_run(lane);
}

/* ---- the range that is being sent ---- */

static size_t range_end(const batch *b)
{
    return b->ends[b->end_count - 1];
}

static size_t range_count(const batch *b)
{
    return range_end(b) - b->begin;
}

/* The pieces of the records from `begin` up to `end`, with the commas between. */
static mr_bytes range_text(const batch *b, size_t end)
{
    const entry *first = &b->entries[b->begin], *last = &b->entries[end - 1];
    return mr_bytes_make(b->text.at + first->at, last->at + last->len - first->at);
}

static void forget_attempts(mr_lane *lane)
{
    lane->invocations = 0;
    lane->retries = 0;
    lane->waits = 0;
    lane->function_error = false;
}

static void drop_first(mr_lane *lane)
{
    batch *b = lane->sealed;
    lane->sealed = b->next;
    if (lane->sealed == NULL) {
        lane->sealed_end = &lane->sealed;
    }
    batch_free(b);
}

/* The records before `end` of the first batch are done with. */
static void move_on(mr_lane *lane, size_t end)
{
    batch *b = lane->sealed;
    MR_ASSERT(end > b->begin && end <= range_end(b));
    for (size_t i = b->begin; i < end; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    b->begin = end;
    if (end < range_end(b)) {
        return;
    }
    forget_attempts(lane);
    b->end_count--;
    if (b->end_count == 0) {
        drop_first(lane);
    }
}

/* A machine that fails: in simulated time nobody could mend it, in real time somebody can. */
static bool is_fatal(const mr_lane *lane)
{
    return mr_clock_mode_of(lane->config->clock) != MR_CLOCK_REAL;
}

static void break_lane(mr_lane *lane, const mr_error *why)
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

/* Stores where the lane is. One that cannot be stored is stored with the next: until then a kill
 * only makes more records come again. */
static void checkpoint(mr_lane *lane)
{
    mr_error err;
    if (store_alone(lane, &err) == MR_OK) {
        return;
    }
    if (is_fatal(lane)) {
        break_lane(lane, &err);
    } else {
        mr_trace_warn(lane->config->trace,
                      "event source mapping %s: its position is not stored: %s",
                      lane->config->mapping, err.message);
    }
}

static void tell(const mr_lane *lane, mr_event_type type, const char *reason, size_t records,
                 const char *message)
{
    mr_trace_emit(lane->config->trace,
                  &(mr_event){.type = type,
                              .mapping = lane->config->mapping,
                              .stream = lane->config->stream,
                              .shard = mr_shard_id(lane->shard),
                              .function = lane->config->function_name,
                              .id = lane->invocations > 0 ? lane->last_request_id : NULL,
                              .reason = reason,
                              .message = message,
                              .records = records,
                              .attempt = lane->invocations});
}

/* ---- giving up ---- */

static void given_up(mr_lane *lane)
{
    const mr_lane_config *config = lane->config;
    const size_t records = lane->give_up_end - lane->sealed->begin;
    lane->config->counts.given_up += records;
    tell(lane, MR_EVENT_MAPPING_GAVE_UP, mr_give_up_name(lane->why), records,
         config->failure_bucket == NULL ? NULL : mr_strbuf_text(&lane->key));
    move_on(lane, lane->give_up_end);
}

static void make_upload(mr_lane *lane)
{
    const mr_lane_config *config = lane->config;
    const batch *b = lane->sealed;
    const entry *first = &b->entries[b->begin], *last = &b->entries[lane->give_up_end - 1];
    const int64_t wall_us = mr_clock_wall_us(config->clock);
    mr_strbuf event = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char id[MR_UUID_SIZE];

    mr_kinesis_event_build(&event, range_text(b, lane->give_up_end));
    mr_failure_record_append(
        &body,
        &(mr_failure_record){.request_id = lane->invocations > 0 ? lane->last_request_id : NULL,
                             .function_arn = config->function,
                             .why = lane->why,
                             .invocations = lane->invocations,
                             .function_error = lane->function_error,
                             .shard = lane->shard,
                             .stream_arn = config->stream_arn,
                             .first = {first->number, first->arrival_us},
                             .last = {last->number, last->arrival_us},
                             .records = lane->give_up_end - b->begin,
                             .wall_us = wall_us,
                             .event = mr_strbuf_bytes(&event)});
    /* Of the records, not of the moment: a process that goes on after a kill draws it again. */
    char *name = mr_format("mapping/%s/%s/%" PRIu64 "/failure", config->mapping,
                           mr_shard_id(lane->shard), first->number);
    mr_prng prng = mr_prng_named(config->seed, name);
    mr_prng_uuid(&prng, id);
    mr_free(name);
    mr_strbuf_reset(&lane->key);
    mr_failure_record_key(&lane->key, config->mapping, mr_shard_id(lane->shard), wall_us, id);
    lane->upload = mr_store_upload(config->store);
    mr_upload_write(lane->upload, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&event);
    mr_strbuf_deinit(&body);
}

/* The records before `end` are not sent again. */
static void give_up(mr_lane *lane, size_t end, mr_give_up why)
{
    lane->give_up_end = end;
    lane->why = why;
    if (lane->config->failure_bucket == NULL) {
        given_up(lane);
        checkpoint(lane);
        return;
    }
    lane->puts = 0;
    make_upload(lane);
    lane_enter(lane, LANE_PUTTING);
}

/* Stopped, and the batch is not done: it is read again some day. */
static void give_back_first(mr_lane *lane)
{
    batch *b = lane->sealed;
    lane->given_back = b->entries[b->begin].number;
    for (size_t i = b->begin; i < b->count; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    lane->config->counts.read -= b->count - b->begin;
    forget_attempts(lane);
    drop_first(lane);
}

/* The last thing of a callback: the lane may be freed by it. */
static void go_on(mr_lane *lane)
{
    if (lane->is_stopped && lane->state == LANE_READY && lane->sealed != NULL) {
        give_back_first(lane); /* what was behind the range in its batch */
    }
    mr_lane_run(lane);
    lane->config->on_moved(lane->config->context, lane->slot);
}

static void put(mr_lane *lane)
{
    lane->puts++;
    mr_upload_put(lane->upload,
                  &(mr_object_meta){.bucket = lane->config->failure_bucket,
                                    .key = mr_strbuf_text(&lane->key),
                                    .content_type = "application/json"},
                  on_put, lane);
}

static mr_code store_in_commit(void *context, mr_db *db, mr_error *err)
{
    const mr_lane *lane = context;
    (void)db;
    return lane->config->store_positions(lane->config->context, lane->slot, err);
}

/* Disk or database. */
static void machine_failed(mr_lane *lane, const mr_error *err)
{
    if (is_fatal(lane)) {
        break_lane(lane, err);
    } else {
        lane_enter(lane, LANE_PUT_BACKING_OFF);
    }
}

static void end_upload(mr_lane *lane)
{
    mr_upload_free(lane->upload);
    lane->upload = NULL;
    given_up(lane);
    lane_enter(lane, LANE_READY);
}

/* The object and the positions behind its records become what is, together. */
static void commit(mr_lane *lane)
{
    mr_error err;
    lane->is_committing = true;
    mr_code code = mr_upload_commit(lane->upload, store_in_commit, lane, NULL, &err);
    lane->is_committing = false;
    if (code != MR_OK) {
        machine_failed(lane, &err);
        return;
    }
    lane->config->counts.failure_objects++;
    end_upload(lane);
}

/* The bucket is gone: as on AWS, what cannot be written there is gone too. */
static void commit_nowhere(mr_lane *lane, const mr_error *why)
{
    mr_trace_warn(lane->config->trace,
                  "event source mapping %s: %zu records that were given up are not in bucket %s: "
                  "%s",
                  lane->config->mapping, lane->give_up_end - lane->sealed->begin,
                  lane->config->failure_bucket, why->message);
    end_upload(lane);
    checkpoint(lane);
}

static void on_put(void *context, const mr_error *result)
{
    mr_lane *lane = context;
    MR_ASSERT(lane->state == LANE_PUTTING);
    if (result->code == MR_OK) {
        commit(lane);
    } else if (result->code == MR_BUCKET_NOT_FOUND) {
        commit_nowhere(lane, result);
    } else if (result->os_error != 0 || result->code == MR_DATABASE || result->code == MR_CORRUPT) {
        machine_failed(lane, result);
    } else {
        mr_trace_emit(lane->config->trace,
                      &(mr_event){.type = MR_EVENT_PUT_RETRIED,
                                  .mapping = lane->config->mapping,
                                  .bucket = lane->config->failure_bucket,
                                  .key = mr_strbuf_text(&lane->key),
                                  .message = result->message,
                                  .records = lane->give_up_end - lane->sealed->begin,
                                  .attempt = lane->puts});
        lane_enter(lane, LANE_PUT_BACKING_OFF);
    }
    go_on(lane);
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
        mr_trace_warn(lane->config->trace, "event source mapping %s: %s", lane->config->mapping,
                      why);
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
    tell(lane, MR_EVENT_MAPPING_SENT, b->reason, records, NULL);
}

/* Sends the range, or gives up what of it cannot be sent. */
static void send(mr_lane *lane)
{
    const batch *b = lane->sealed;
    const size_t young = first_young(lane);
    if (young > b->begin) {
        give_up(lane, young, MR_GIVE_UP_AGE);
        return;
    }
    if (MR_KINESIS_EVENT_BASE + range_text(b, range_end(b)).len > MR_FUNCTION_PAYLOAD_MAX) {
        MR_ASSERT(range_count(b) == 1); /* one record, whose base64 is past the limit */
        give_up(lane, range_end(b), MR_GIVE_UP_ATTEMPTS);
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
            seal(lane, may_wait ? "drain" : lane->config->window_us > 0 ? "window" : "read");
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

/* The range failed as a whole. */
static void failed(mr_lane *lane, bool may_split)
{
    batch *b = lane->sealed;
    const size_t count = range_count(b);
    const int64_t most = lane->config->retries_max;
    if (lane->is_stopped) {
        give_back_first(lane);
    } else if (may_split && count > 1) {
        MR_ASSERT(b->end_count < SPLITS_MAX);
        b->ends[b->end_count++] = b->begin + (count + 1) / 2;
        forget_attempts(lane);
    } else if (most >= 0 && lane->retries >= most) {
        give_up(lane, range_end(b), MR_GIVE_UP_ATTEMPTS);
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
    move_on(lane, done);
    checkpoint(lane);
    if (lane->state == LANE_STUCK) {
        return;
    }
    if (lane->config->bisect) { /* this was the split: the rest is sent at once, as a new range */
        forget_attempts(lane);
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
        tell(lane, MR_EVENT_MAPPING_ANSWERED, "ok", records, NULL);
        lane->config->counts.done += records;
        move_on(lane, range_end(lane->sealed));
        checkpoint(lane);
        break;
    case MR_BATCH_PARTIAL:
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        tell(lane, MR_EVENT_MAPPING_ANSWERED, "partial", lowest - begin, NULL);
        partly_done(lane, lowest);
        break;
    case MR_BATCH_FAILED:
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        tell(lane, MR_EVENT_MAPPING_ANSWERED, "bad-response", 0, NULL);
        failed(lane, lane->config->bisect);
        break;
    }
}

static void answered_badly(mr_lane *lane, const mr_answer *answer)
{
    const bool cannot_run =
        answer->kind == MR_OUTCOME_NOT_STARTED || answer->kind == MR_OUTCOME_STUCK;
    lane->config->on_result(lane->config->context, RESULT_PROBLEM);
    tell(lane, MR_EVENT_MAPPING_ANSWERED, "failed", 0, answer->message);
    if (cannot_run && is_fatal(lane)) {
        mr_error err;
        mr_error_set(&err, answer->kind == MR_OUTCOME_STUCK ? MR_INTERRUPTED : MR_UNSUPPORTED,
                     "function %s %s: %s", lane->config->function,
                     answer->kind == MR_OUTCOME_STUCK ? "does not answer" : "cannot run here",
                     answer->message == NULL ? "no reason was given" : answer->message);
        break_lane(lane, &err);
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
        give_back_first(lane);
    } else if (answer->throttled) { /* the batch did not reach the function: no attempt */
        lane->config->on_result(lane->config->context, RESULT_PROBLEM);
        tell(lane, MR_EVENT_MAPPING_ANSWERED, "throttled", 0, NULL);
        lane->invocations--;
        lane_enter(lane, LANE_BACKING_OFF);
    } else if (answer->kind == MR_OUTCOME_OK) {
        answered_ok(lane, answer->payload);
    } else {
        answered_badly(lane, answer);
    }
    go_on(lane);
}

static void on_retry(void *context)
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
static void lane_enter(mr_lane *lane, lane_state next)
{
    MR_ASSERT(lane->state != LANE_STUCK);
    lane->state = next;
    switch (next) {
    case LANE_BACKING_OFF:
        lane->waits++;
        back_off(lane, lane->waits);
        break;
    case LANE_PUTTING:
        put(lane);
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

/* ---- stopping ---- */

static void give_back(mr_lane *lane, batch *b)
{
    if (lane->given_back == 0) {
        lane->given_back = b->entries[b->begin].number;
    }
    for (size_t i = b->begin; i < b->count; i++) {
        lane->records--;
        lane->bytes -= b->entries[i].len;
    }
    lane->config->counts.read -= b->count - b->begin;
    batch_free(b);
}

void mr_lane_stop(mr_lane *lane)
{
    MR_ASSERT(!lane->is_stopped);
    lane->is_stopped = true;
    mr_timer_cancel(&lane->window);
    if (lane->state == LANE_BACKING_OFF || lane->state == LANE_PUT_BACKING_OFF) {
        mr_timer_cancel(&lane->retry);
        mr_upload_free(lane->upload);
        lane->upload = NULL;
        lane_enter(lane, LANE_READY);
    }
    batch **kept_end = &lane->sealed;
    if (mr_lane_is_busy(lane)) {
        kept_end = &lane->sealed->next;
    }
    batch *rest = *kept_end;
    *kept_end = NULL;
    lane->sealed_end = kept_end;
    for (batch *next; rest != NULL; rest = next) {
        next = rest->next;
        give_back(lane, rest);
    }
    if (lane->open != NULL) {
        give_back(lane, lane->open);
        lane->open = NULL;
    }
}

/* ---- questions ---- */

bool mr_lane_is_busy(const mr_lane *lane)
{
    return lane->state != LANE_READY;
}

bool mr_lane_is_empty(const mr_lane *lane)
{
    return lane->open == NULL && lane->sealed == NULL;
}

uint64_t mr_lane_records(const mr_lane *lane)
{
    return lane->records;
}

uint64_t mr_lane_bytes(const mr_lane *lane)
{
    return lane->bytes;
}

uint64_t mr_lane_done(const mr_lane *lane, uint64_t behind)
{
    const batch *first = lane->sealed;
    size_t place = first == NULL ? 0 : first->begin;
    if (first != NULL && lane->is_committing) {
        place = lane->give_up_end;
        if (place == first->count) {
            first = first->next;
            place = 0;
        }
    }
    if (first == NULL) {
        first = lane->open;
        place = 0;
    }
    if (first != NULL) {
        return first->entries[place].number;
    }
    return lane->given_back != 0 ? lane->given_back : behind;
}

mr_code mr_lane_check(const mr_lane *lane, mr_error *err)
{
    uint64_t records = lane->open == NULL ? 0 : lane->open->count, last = 0;
    bool in_order = true;
    for (const batch *b = lane->sealed; b != NULL; b = b->next) {
        records += b->count - b->begin;
        for (size_t i = b->begin; i < b->count; i++) {
            in_order = in_order && b->entries[i].number > last;
            last = b->entries[i].number;
        }
    }
    if (records == lane->records && in_order) {
        return MR_OK;
    }
    return mr_error_set(err, MR_CORRUPT,
                        "event source mapping %s, %s: %s: %" PRIu64 " records, %" PRIu64 " counted",
                        lane->config->mapping, mr_shard_id(lane->shard),
                        in_order ? "records are not where they were counted"
                                 : "a record follows a later one",
                        records, lane->records);
}
