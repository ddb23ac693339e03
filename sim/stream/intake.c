/*
 * intake.c - see intake.h.
 *
 *   NEW --mr_intake_start()--> DUE --on_due(): read--+
 *                               ^                    |
 *      on_wake(): next poll     |    full, throttled |
 *     +-------------------------+<-------------------+
 *     |                         ^                    |--at the tip--> PARKED --on_wake()--> DUE
 *     |     mr_intake_resume()  |                    |--a slow read-> DELAYED --on_due()--> as read
 *     |                         +--NO_ROOM<--no room-|
 *     |                                              |--the end of a closed shard--> ENDED
 *     |                                              +--the ring cannot be read----> STOPPED
 *   any of them --mr_intake_stop()--> STOPPED
 */
#include "sim/stream/intake.h"

#include "sim/base/alloc.h"
#include "sim/stream/record_batch.h"
#include "sim/stream/state.h"

/* One GetRecords. */
#define READ_RECORDS_MAX 10000
#define READ_BYTES_MAX   (10 * MR_MIB)

typedef enum intake_state {
    INTAKE_NEW,
    INTAKE_DUE,
    INTAKE_PARKED,
    INTAKE_NO_ROOM,
    INTAKE_DELAYED,
    INTAKE_ENDED,
    INTAKE_STOPPED
} intake_state;

struct mr_intake {
    const mr_intake_config *config;
    mr_reader *reader;
    size_t slot;
    intake_state state;
    uint64_t expected; /* number of the next record, if none is gone or given twice */
    uint64_t reached;  /* behind the highest number that was handed over */
    uint64_t repeated;
    int64_t polled_us; /* when the last read was made; the grid is whole poll_us from it */
    bool has_polled;
    mr_timer timer;
    mr_record_batch staged; /* of a slow read: taken when its delay is over */
    mr_read_result result;
};

static void on_due(void *context);

mr_intake *mr_intake_new(const mr_intake_config *config, mr_shard *shard, size_t slot,
                         uint64_t number)
{
    mr_intake *intake = mr_calloc(1, sizeof(*intake));
    intake->config = config;
    intake->reader = mr_reader_new(shard, number);
    intake->slot = slot;
    intake->expected = number;
    intake->reached = number;
    intake->staged = mr_record_batch_make();
    mr_timer_init(&intake->timer, config->clock, on_due, intake);
    return intake;
}

void mr_intake_free(mr_intake *intake)
{
    if (intake == NULL) {
        return;
    }
    mr_timer_cancel(&intake->timer);
    mr_reader_free(intake->reader);
    mr_record_batch_deinit(&intake->staged);
    mr_free(intake);
}

/* ---- when to read ---- */

static int64_t next_poll_us(const mr_intake *intake)
{
    int64_t now_us = mr_clock_now_us(intake->config->clock);
    int64_t step_us = intake->config->poll_us;
    if (step_us == 0 || !intake->has_polled) {
        return now_us;
    }
    int64_t since_us = now_us - intake->polled_us;
    int64_t steps = since_us <= 0 ? 1 : (since_us + step_us - 1) / step_us;
    return intake->polled_us + steps * step_us;
}

static void poll_at(mr_intake *intake, int64_t due_us)
{
    intake->state = INTAKE_DUE;
    mr_timer_set(&intake->timer, due_us);
}

static void on_wake(void *context)
{
    mr_intake *intake = context;
    if (intake->state == INTAKE_PARKED) {
        poll_at(intake, next_poll_us(intake));
    }
}

void mr_intake_start(mr_intake *intake)
{
    MR_ASSERT(intake->state == INTAKE_NEW);
    poll_at(intake, mr_clock_now_us(intake->config->clock));
}

void mr_intake_resume(mr_intake *intake)
{
    if (intake->state == INTAKE_NO_ROOM &&
        intake->config->has_room(intake->config->context, intake->slot)) {
        poll_at(intake, intake->result.full ? mr_clock_now_us(intake->config->clock)
                                            : next_poll_us(intake));
    }
}

void mr_intake_hold(mr_intake *intake, uint64_t number)
{
    mr_reader_hold(intake->reader, number);
}

void mr_intake_stop(mr_intake *intake)
{
    intake->state = INTAKE_STOPPED;
    mr_timer_cancel(&intake->timer);
    mr_reader_wake(intake->reader, NULL, NULL);
}

/* ---- what a read brought ---- */

static void take(mr_intake *intake, const mr_record_view *record)
{
    const mr_intake_config *config = intake->config;
    if (MR_UNLIKELY(record->number > intake->expected)) {
        config->expired(config->context, intake->slot, intake->expected, record->number - 1);
    }
    /* A lower number was read before: the duplicate-read fault. It goes through once more. */
    if (MR_UNLIKELY(record->number < intake->reached)) {
        intake->repeated++;
    } else {
        intake->reached = record->number + 1;
    }
    intake->expected = record->number + 1;
    config->take(config->context, intake->slot, record);
}

static void on_record(void *context, const mr_record_view *record)
{
    take(context, record);
}

static void on_record_staged(void *context, const mr_record_view *record)
{
    mr_intake *intake = context;
    mr_record_batch_add(&intake->staged, record, 0, true);
}

static void take_staged(mr_intake *intake)
{
    for (size_t i = 0; i < intake->staged.count; i++) {
        const mr_batch_entry *entry = &intake->staged.entries[i];
        mr_record_view view = {
            .number = entry->number,
            .arrival_us = entry->arrival_us,
            .data = mr_record_batch_data(&intake->staged, entry),
            .partition_key = mr_record_batch_key(&intake->staged, entry),
        };
        take(intake, &view);
    }
    mr_record_batch_reset(&intake->staged);
}

/* Decides what comes after a read whose records were taken. */
static void after_read(mr_intake *intake)
{
    const mr_intake_config *config = intake->config;
    uint64_t at = mr_reader_at(intake->reader);

    if (at > intake->expected) { /* gone, with nothing behind them */
        config->expired(config->context, intake->slot, intake->expected, at - 1);
        intake->expected = at;
    }
    if (intake->result.ended) {
        intake->state = INTAKE_ENDED;
    } else if (intake->result.full) {
        poll_at(intake, mr_clock_now_us(config->clock));
    } else if (mr_reader_at_tip(intake->reader) && mr_shard_is_open(mr_intake_shard(intake))) {
        intake->state = INTAKE_PARKED;
        mr_reader_wake(intake->reader, on_wake, intake);
    } else { /* a slow read: meanwhile records came, or the shard was closed */
        poll_at(intake, next_poll_us(intake));
    }
    config->on_read(config->context, intake->slot);
    if (intake->state == INTAKE_ENDED) {
        config->on_end(config->context, intake->slot);
    }
}

/* One event of the consumer's subscription, as far as limits go. *opens_us: on MR_THROTTLED, when
 * it may be tried again. */
static mr_code read_as_consumer(mr_intake *intake, const mr_read_limits *limits, int64_t *opens_us,
                                mr_error *err)
{
    mr_shard *shard = mr_intake_shard(intake);
    mr_consumer *consumer =
        shard->stream->deleted ? NULL : mr_stream_consumer(shard->stream, intake->config->consumer);
    if (consumer == NULL) {
        return mr_error_set(err, MR_CONSUMER_NOT_FOUND, "consumer %s of stream %s was deregistered",
                            intake->config->consumer, shard->stream->name);
    }
    mr_bucket *bytes = &mr_consumer_fan_out(consumer, shard)->bytes;
    if (shard->stream->limited &&
        !mr_bucket_is_open(bytes, mr_clock_now_us(intake->config->clock))) {
        *opens_us = mr_bucket_opens_us(bytes);
        return mr_error_set(err, MR_THROTTLED, "consumer %s has read 2 MiB/s", consumer->name);
    }
    mr_code code = mr_reader_fetch(intake->reader, limits, on_record, intake, &intake->result, err);
    if (shard->stream->limited) {
        mr_bucket_spend(bytes, (int64_t)intake->result.bytes);
    }
    return code;
}

static void read_now(mr_intake *intake)
{
    const mr_intake_config *config = intake->config;
    /* A slow read says so only after it has handed its records over, so they are copied first;
     * that is only done where faults of reads are asked for at all. */
    bool may_be_slow = config->consumer == NULL && config->faults != NULL &&
                       mr_faults_any(config->faults, MR_POINT_STREAM_READ);
    mr_read_limits limits = {READ_RECORDS_MAX, READ_BYTES_MAX};
    mr_error err;

    intake->polled_us = mr_clock_now_us(config->clock);
    intake->has_polled = true;
    intake->result = (mr_read_result){0};
    int64_t opens_us = 0;
    mr_code code =
        config->consumer != NULL
            ? read_as_consumer(intake, &limits, &opens_us, &err)
            : mr_reader_read(intake->reader, &limits, may_be_slow ? on_record_staged : on_record,
                             intake, &intake->result, &err);
    if (code == MR_THROTTLED) {
        intake->result = (mr_read_result){0};
        poll_at(intake, opens_us > 0 ? opens_us : next_poll_us(intake));
    } else if (code == MR_STREAM_NOT_FOUND && config->outlives_stream) {
        /* Nothing more comes, and what was read goes on. */
        intake->result = (mr_read_result){0};
        intake->state = INTAKE_ENDED;
        config->on_read(config->context, intake->slot);
        config->on_end(config->context, intake->slot);
    } else if (code != MR_OK) {
        intake->state = INTAKE_STOPPED;
        config->on_broken(config->context, &err);
    } else if (may_be_slow && intake->result.delay_us > 0) {
        intake->state = INTAKE_DELAYED;
        mr_timer_set(&intake->timer, intake->polled_us + intake->result.delay_us);
    } else {
        take_staged(intake);
        after_read(intake);
    }
}

static void on_due(void *context)
{
    mr_intake *intake = context;
    const mr_intake_config *config = intake->config;

    if (intake->state == INTAKE_DELAYED) {
        take_staged(intake);
        after_read(intake);
        return;
    }
    MR_ASSERT(intake->state == INTAKE_DUE);
    if (!config->has_room(config->context, intake->slot)) {
        intake->state = INTAKE_NO_ROOM;
        return;
    }
    read_now(intake);
}

/* ---- questions ---- */

uint64_t mr_intake_next(const mr_intake *intake)
{
    return intake->expected;
}

bool mr_intake_is_started(const mr_intake *intake)
{
    return intake->state != INTAKE_NEW;
}

bool mr_intake_has_ended(const mr_intake *intake)
{
    return intake->state == INTAKE_ENDED;
}

bool mr_intake_is_idle(const mr_intake *intake)
{
    return intake->state == INTAKE_ENDED ||
           (intake->state == INTAKE_PARKED && mr_reader_at_tip(intake->reader));
}

uint64_t mr_intake_repeated(const mr_intake *intake)
{
    return intake->repeated;
}

mr_shard *mr_intake_shard(const mr_intake *intake)
{
    return mr_reader_shard(intake->reader);
}
