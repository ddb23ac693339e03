/*
 * consumer.h - a registered consumer of a data stream: who may subscribe to shards (enhanced
 * fan-out, subscription.h).
 *
 *   register --> CREATING --delay--> ACTIVE --deregister--> DELETING --delay--> gone
 *
 * The delay is that of streams (stream_status.h), and so is what a restart does. A consumer belongs
 * to its stream and goes with it. Its ARN holds the second in which it was registered, so that one
 * registered again is another one.
 *
 * Source: API Reference, "RegisterStreamConsumer"; kinesis.md, section 13.
 */
#ifndef MR_SIM_STREAM_CONSUMER_H
#define MR_SIM_STREAM_CONSUMER_H

#include "sim/stream/stream.h"
#include "sim/stream/stream_status.h"

typedef struct mr_consumer mr_consumer; /* borrowed everywhere: the stream owns it */

#define MR_CONSUMERS_MAX          20 /* of one stream */
#define MR_CONSUMERS_CREATING_MAX 5

/*
 * Registers a consumer.
 *
 * name:   1 to 128 characters of [a-zA-Z0-9_.-].
 * out:    written on MR_OK alone.
 * Errors: MR_INVALID_ARGUMENT (the name), MR_STREAM_NOT_ACTIVE (the stream is CREATING or
 *         DELETING), MR_CONSUMER_EXISTS, MR_LIMIT_EXCEEDED (20 of them, or 5 in CREATING), those of
 *         the database.
 */
MR_NODISCARD mr_code mr_consumer_register(mr_stream *stream, const char *name, mr_consumer **out,
                                          mr_error *err);
/* Ends its subscriptions when it goes: at once, or after the delay. One that is DELETING already
 * stays so. Errors: those of the database. */
MR_NODISCARD mr_code mr_consumer_deregister(mr_consumer *consumer, mr_error *err);

/* NULL when there is none. */
mr_consumer *mr_stream_consumer(mr_stream *stream, const char *name);
/* The consumer that an ARN of this world's account and region names, also while it is CREATING or
 * DELETING. Errors: MR_CONSUMER_NOT_FOUND. */
MR_NODISCARD mr_code mr_consumer_of_arn(mr_streams *streams, mr_bytes arn, mr_consumer **out,
                                        mr_error *err);
/* The same by stream and name. Errors: MR_CONSUMER_NOT_FOUND. */
MR_NODISCARD mr_code mr_stream_require_consumer(mr_stream *stream, mr_bytes name, mr_consumer **out,
                                                mr_error *err);
/*
 * A page of the stream's consumers in byte order of names.
 *
 * after: the page begins behind this name; NULL: at the first.
 * out:   room for `most`, of which the returned number is written.
 * more:  out; there are consumers behind these.
 */
size_t mr_stream_list_consumers(mr_stream *stream, const char *after, mr_consumer **out,
                                size_t most, bool *more);
size_t mr_stream_consumer_count(const mr_stream *stream); /* in whatever state */
/* What a DeleteStream without EnforceConsumerDeletion asks. Errors: MR_STREAM_HAS_CONSUMERS. */
MR_NODISCARD mr_code mr_stream_require_no_consumers(const mr_stream *stream, mr_error *err);

mr_stream *mr_consumer_stream(const mr_consumer *consumer);
const char *mr_consumer_name(const mr_consumer *consumer);
int64_t mr_consumer_created_us(const mr_consumer *consumer); /* a time of day */
mr_status mr_consumer_status(const mr_consumer *consumer);
const char *mr_consumer_arn(const mr_consumer *consumer);

#endif
