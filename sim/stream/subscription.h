/*
 * subscription.h - SubscribeToShard: a consumer's own push from one shard (enhanced fan-out).
 *
 *   new --> flowing <--resume / stop--> stopped
 *           flowing, stopped --time is over, shard ended, taken over, gone, failed--> ended
 *
 * While it flows, the subscriber is given an *event* at a time: its records, one after the other,
 * and then the event itself. The first one comes in the next step of the clock; later ones when
 * records have been put, and at least every 5 s without. Nothing is called within the call that
 * makes, resumes or feeds a subscription: the clock's timers carry everything.
 *
 * Back-pressure: an event callback that returns false stops the flow until
 * mr_subscription_resume(). The records wait in the shard meanwhile, and the five minutes go on.
 *
 * Limits: 2 MiB/s of each consumer at each shard, which no other reader shares (when the streams
 * have limits). No fault of the schedule strikes a subscription, and no read of it counts against
 * the shard's own limits.
 *
 * It ends after 5 minutes; at the end of a closed shard, with an event that names the children;
 * when a newer subscription takes over, which is refused within 5 s of the last one, even of one
 * that has ended; and when its consumer or stream goes.
 *
 * Source: API Reference, "SubscribeToShard"; kinesis.md, section 13.
 */
#ifndef MR_SIM_STREAM_SUBSCRIPTION_H
#define MR_SIM_STREAM_SUBSCRIPTION_H

#include "sim/stream/consumer.h"
#include "sim/stream/shard_iterator.h"

typedef struct mr_subscription mr_subscription;

#define MR_SUBSCRIPTION_LIFE_US  INT64_C(300000000)
#define MR_SUBSCRIPTION_EVENT_US INT64_C(5000000) /* the longest between two events */
#define MR_SUBSCRIPTION_GUARD_US INT64_C(5000000) /* within it nobody takes over */

/* The end of an event: SubscribeToShardEvent without its records. */
typedef struct mr_subscription_event {
    size_t records;
    int64_t behind_us; /* MillisBehindLatest, in us */
    bool shard_ended;  /* the last event: there is no continuation, and these are the children */
    char continuation[MR_SEQUENCE_SIZE]; /* ContinuationSequenceNumber: for AFTER_SEQUENCE_NUMBER.
                                            It moves on without records too. "" when shard_ended */
    mr_shard *children[2];               /* borrowed for the call */
    size_t children_count;
} mr_subscription_event;

typedef enum mr_subscription_end {
    MR_SUBSCRIPTION_EXPIRED,     /* 5 minutes are over */
    MR_SUBSCRIPTION_SHARD_ENDED, /* everything of a closed shard was handed over */
    MR_SUBSCRIPTION_TAKEN_OVER,  /* by a newer one of the same consumer and shard */
    MR_SUBSCRIPTION_GONE,        /* the consumer or the stream */
    MR_SUBSCRIPTION_FAILED       /* the disk: *error says what */
} mr_subscription_end;

/* Who is subscribed. All are called from the clock's steps, but for the end by a take-over, a
 * deregistration or a deletion, which comes from within that call. The first two neither free the
 * subscription nor do what ends it. */
typedef struct mr_subscriber {
    mr_record_fn on_record; /* the view is borrowed for the call */
    /* The records given since the last event are one event. False: stop. */
    bool (*on_event)(void *context, const mr_subscription_event *event);
    /* The last call; it may free the subscription. error: NULL unless it FAILED. */
    void (*on_end)(void *context, mr_subscription_end end, const mr_error *error);
    void *context;
} mr_subscriber;

typedef struct mr_subscription_options {
    mr_consumer *consumer; /* borrowed; may go before the subscription */
    mr_shard *shard;       /* of its stream */
    mr_starting_position position;
    size_t records_max;       /* of one event; 0: 10000 */
    mr_subscriber subscriber; /* copied */
} mr_subscription_options;

/*
 * Begins a subscription, and ends the one that it takes over.
 *
 * out:    owned by the caller (mr_subscription_free()), before the streams close.
 * Errors: MR_CONSUMER_NOT_ACTIVE, MR_STREAM_NOT_ACTIVE (the stream is CREATING or DELETING),
 *         MR_SUBSCRIPTION_IN_USE (within 5 s of the last one), those of mr_shard_starting_number().
 */
MR_NODISCARD mr_code mr_subscription_new(const mr_subscription_options *options,
                                         mr_subscription **out, mr_error *err);
/* Also one that flows: then nothing more is called. NULL is fine. */
void mr_subscription_free(mr_subscription *subscription);

/* Goes on after an event callback said stop. One that flows or has ended is fine. */
void mr_subscription_resume(mr_subscription *subscription);
bool mr_subscription_has_ended(const mr_subscription *subscription);

#endif
