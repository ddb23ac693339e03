/*
 * subscription.c - see subscription.h.
 *
 * Three things drive it, all of them callbacks of the clock or of the shard:
 *
 *   pump      the timer of the next event: at once when there are records, else 5 s after the last
 *   on_wake   the reader's: records were put, or the shard closed; sets the pump to now
 *   life      the timer of the end
 *
 * The reader is parked (mr_reader_wake) only while the flow waits at the tip.
 */
#include "sim/stream/subscription.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/shard_list.h"
#include "sim/stream/state.h"

#define RECORDS_MAX_DEFAULT 10000
#define EVENT_BYTES_MAX     MR_MIB

struct mr_subscription {
    mr_fan_out *fan_out; /* the consumer's; NULL once it has ended */
    mr_reader *reader;   /* owned; NULL once it has ended */
    mr_clock *clock;
    mr_subscriber subscriber;
    size_t records_max;
    mr_timer pump, life;
    bool stopped;
};

/* ---- the end ---- */

/* Nothing of the stream is held from here on. */
static void detach(mr_subscription *subscription)
{
    mr_timer_cancel(&subscription->pump);
    mr_timer_cancel(&subscription->life);
    if (subscription->fan_out != NULL) {
        subscription->fan_out->subscription = NULL;
        subscription->fan_out = NULL;
    }
    mr_reader_free(subscription->reader);
    subscription->reader = NULL;
}

/* The last act: the subscription may be freed when this returns. */
static void end(mr_subscription *subscription, mr_subscription_end why, const mr_error *error)
{
    const mr_subscriber subscriber = subscription->subscriber;
    detach(subscription);
    subscriber.on_end(subscriber.context, why, error);
}

void mr_subscription_cut(mr_subscription *subscription)
{
    end(subscription, MR_SUBSCRIPTION_GONE, NULL);
}

static void on_life_over(void *context)
{
    end(context, MR_SUBSCRIPTION_EXPIRED, NULL);
}

/* ---- events ---- */

static void on_wake(void *context)
{
    mr_subscription *subscription = context;
    MR_ASSERT(!subscription->stopped); /* one that is stopped is not parked */
    mr_timer_set(&subscription->pump, mr_clock_now_us(subscription->clock));
}

/* Whether there is anything to say but that nothing has happened. */
static bool has_news(const mr_subscription *subscription)
{
    return !mr_reader_at_tip(subscription->reader) || !subscription->reader->shard->open;
}

/* Waits for records, or for the moment in which an event must come without. */
static void wait(mr_subscription *subscription)
{
    const int64_t now_us = mr_clock_now_us(subscription->clock);
    if (has_news(subscription)) {
        mr_timer_set(&subscription->pump, now_us);
        return;
    }
    mr_reader_wake(subscription->reader, on_wake, subscription);
    mr_timer_set(&subscription->pump, now_us + MR_SUBSCRIPTION_EVENT_US);
}

/* The place behind the last record handed over. The time in it is now, so that it moves on. */
static void continuation(const mr_subscription *subscription, char out[MR_SEQUENCE_SIZE])
{
    mr_shard_format_sequence(subscription->reader->shard, mr_reader_at(subscription->reader) - 1,
                             mr_clock_wall_us(subscription->clock), out);
}

/* Ends the event of what was read. The subscription may be freed when this returns. */
static void tell(mr_subscription *subscription, const mr_read_result *result)
{
    mr_subscription_event event = {
        .records = result->records, .behind_us = result->behind_us, .shard_ended = result->ended};
    if (result->ended) {
        event.children_count = mr_shard_children(subscription->reader->shard, event.children);
    } else {
        continuation(subscription, event.continuation);
    }
    subscription->stopped =
        !subscription->subscriber.on_event(subscription->subscriber.context, &event);
    if (result->ended) {
        end(subscription, MR_SUBSCRIPTION_SHARD_ENDED, NULL);
    } else if (!subscription->stopped) {
        wait(subscription);
    }
}

static void on_pump(void *context)
{
    mr_subscription *subscription = context;
    mr_stream *stream = subscription->reader->shard->stream;
    mr_bucket *bytes = &subscription->fan_out->bytes;
    MR_ASSERT(!stream->deleted); /* it was cut before */
    mr_reader_wake(subscription->reader, NULL, NULL);
    if (stream->limited && !mr_bucket_is_open(bytes, mr_clock_now_us(subscription->clock))) {
        mr_timer_set(&subscription->pump, mr_bucket_opens_us(bytes));
        return;
    }
    const mr_read_limits limits = {.records_max = subscription->records_max,
                                   .bytes_max = EVENT_BYTES_MAX};
    mr_read_result result;
    mr_error err;
    mr_code code =
        mr_reader_fetch(subscription->reader, &limits, subscription->subscriber.on_record,
                        subscription->subscriber.context, &result, &err);
    if (code != MR_OK) {
        end(subscription, MR_SUBSCRIPTION_FAILED, &err);
        return;
    }
    if (stream->limited) {
        mr_bucket_spend(bytes, (int64_t)result.bytes);
    }
    tell(subscription, &result);
}

/* ---- beginning ---- */

static mr_code require_consumer(const mr_consumer *consumer, mr_error *err)
{
    const mr_stream *stream = consumer->stream;
    if (consumer->status != MR_STATUS_ACTIVE) {
        return mr_error_set(err, MR_CONSUMER_NOT_ACTIVE,
                            "Consumer %s with creation timestamp %lld under stream: %s, account %s "
                            "is not in ACTIVE status.",
                            consumer->name, (long long)(consumer->created_us / MR_US_PER_SECOND),
                            stream->name, mr_streams_account(stream->streams));
    }
    return stream->status == MR_STATUS_UPDATING ? MR_OK : mr_stream_require_active(stream, err);
}

static mr_code require_unguarded(const mr_consumer *consumer, const mr_fan_out *fan_out,
                                 const mr_shard *shard, int64_t now_us, mr_error *err)
{
    if (fan_out->subscribed_us == INT64_MIN ||
        now_us - fan_out->subscribed_us >= MR_SUBSCRIPTION_GUARD_US) {
        return MR_OK;
    }
    return mr_error_set(err, MR_SUBSCRIPTION_IN_USE,
                        "Another active subscription exists for this consumer: %s:%s:%s:%s",
                        mr_streams_account(shard->stream->streams), shard->stream->name, shard->id,
                        consumer->name);
}

mr_code mr_subscription_new(const mr_subscription_options *options, mr_subscription **out,
                            mr_error *err)
{
    MR_ASSERT(options->shard->stream == options->consumer->stream);
    mr_clock *clock = options->shard->stream->streams->options.clock;
    const int64_t now_us = mr_clock_now_us(clock);
    mr_code code = require_consumer(options->consumer, err);
    if (code != MR_OK) {
        return code;
    }
    mr_fan_out *fan_out = mr_consumer_fan_out(options->consumer, options->shard);
    uint64_t number = 0;
    code = require_unguarded(options->consumer, fan_out, options->shard, now_us, err);
    if (code == MR_OK) {
        code = mr_shard_starting_number(options->shard, &options->position, "SubscribeToShard",
                                        &number, err);
    }
    if (code != MR_OK) {
        return code;
    }

    mr_subscription *subscription = mr_calloc(1, sizeof(*subscription));
    subscription->clock = clock;
    subscription->subscriber = options->subscriber;
    subscription->records_max =
        options->records_max == 0 ? RECORDS_MAX_DEFAULT : options->records_max;
    subscription->reader = mr_reader_new(options->shard, number);
    mr_timer_init(&subscription->pump, clock, on_pump, subscription);
    mr_timer_init(&subscription->life, clock, on_life_over, subscription);
    mr_timer_set(&subscription->pump, now_us);
    mr_timer_set(&subscription->life, now_us + MR_SUBSCRIPTION_LIFE_US);

    mr_subscription *before = fan_out->subscription;
    if (before != NULL) {
        end(before, MR_SUBSCRIPTION_TAKEN_OVER, NULL);
    }
    fan_out->subscription = subscription;
    fan_out->subscribed_us = now_us;
    subscription->fan_out = fan_out;
    *out = subscription;
    return MR_OK;
}

void mr_subscription_free(mr_subscription *subscription)
{
    if (subscription != NULL) {
        detach(subscription);
        mr_free(subscription);
    }
}

void mr_subscription_resume(mr_subscription *subscription)
{
    if (subscription->reader == NULL || !subscription->stopped) {
        return;
    }
    subscription->stopped = false;
    wait(subscription);
}

bool mr_subscription_has_ended(const mr_subscription *subscription)
{
    return subscription->reader == NULL;
}
