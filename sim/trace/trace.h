/*
 * trace.h - the event log: everything that happens, as typed events, each with its time of day
 * (mr_clock_wall_us(): it goes back where the world's clock is set back).
 *
 * The console, the log, the metrics, the tests and the run digest all read this one stream.
 * Events that come per record are not events by default but *rates*: counted, and emitted as one
 * event per second of the world's time. No event holds the machine's time, an address or a process
 * id.
 */
#ifndef MR_SIM_TRACE_TRACE_H
#define MR_SIM_TRACE_TRACE_H

#include "sim/base/hash.h"
#include "sim/base/json.h"
#include "sim/time/clock.h"

typedef struct mr_trace mr_trace;

typedef enum mr_event_type {
    MR_EVENT_RUN_STARTED,
    MR_EVENT_STREAM_CREATED,
    MR_EVENT_SHARD_CREATED,
    MR_EVENT_SHARD_CLOSED,
    MR_EVENT_SEGMENT_RECYCLED,
    MR_EVENT_PUT,       /* rate: records put on a shard */
    MR_EVENT_THROTTLED, /* rate: records refused by a shard */
    MR_EVENT_READ,      /* rate: records read from a shard */
    MR_EVENT_RECORD,    /* one record put; only when record detail is asked for */
    MR_EVENT_INPUT_STARTED,
    MR_EVENT_INPUT_ENDED,
    MR_EVENT_ROW_REJECTED,
    MR_EVENT_BUFFER_OPENED,
    MR_EVENT_BUFFER_FLUSHED, /* with its reason: size, interval, drain */
    MR_EVENT_INVOKED,
    MR_EVENT_ANSWERED,
    MR_EVENT_FUNCTION_LOG,  /* a line of a handler's standard output or error */
    MR_EVENT_MAPPING_STATE, /* an event source mapping has another state */
    MR_EVENT_MAPPING_SENT,  /* a batch went to the function, with its reason: size, bytes, window,
                               read, drain */
    MR_EVENT_MAPPING_ANSWERED, /* what became of it: ok, partial, bad-response, failed, throttled */
    MR_EVENT_MAPPING_GAVE_UP,  /* records are not sent again; the reason is the condition */
    MR_EVENT_OBJECT_WRITTEN,
    MR_EVENT_PUT_RETRIED,
    MR_EVENT_RECORDS_EXPIRED,
    MR_EVENT_PARTITION_ADDED,
    MR_EVENT_QUERY_RUN,
    MR_EVENT_FAULT,
    MR_EVENT_WARNING,
    MR_EVENT_RECOVERED,
    MR_EVENT_RUN_ENDED,
    MR_EVENT_TYPE_COUNT
} mr_event_type;

/* NULL, 0 and -1-free: a member that is NULL or 0 is left out of the log. All borrowed. */
typedef struct mr_event {
    mr_event_type type;
    const char *stream;   /* data stream */
    const char *shard;    /* "shardId-000000000000" */
    const char *delivery; /* delivery stream */
    const char *mapping;  /* UUID of an event source mapping */
    const char *sink;     /* "main", "error", "backup" */
    const char *function;
    const char *bucket;
    const char *key; /* object key, or partition key with record detail */
    const char *table;
    const char *reason;
    const char *message;
    const char *id; /* invocation, query, fault kind, sequence number */
    uint64_t number;
    uint64_t records;
    uint64_t bytes;
    uint64_t failed;
    uint64_t dropped;
    uint64_t attempt;
    int64_t duration_us;
} mr_event;

/* Called for every event in order; may not emit another. line: the event as JSON without a line
 * end, borrowed. */
typedef void (*mr_trace_fn)(void *context, const mr_event *event, int64_t time_us, mr_bytes line);

mr_trace *mr_trace_new(mr_clock *clock); /* clock: borrowed, outlives the trace */
void mr_trace_free(mr_trace *trace);

/* detail: with record events (MR_EVENT_RECORD). They never enter the digest. */
void mr_trace_listen(mr_trace *trace, mr_trace_fn fn, void *context, bool record_detail);
void mr_trace_unlisten(mr_trace *trace, mr_trace_fn fn, void *context);
bool mr_trace_wants_records(const mr_trace *trace);

void mr_trace_emit(mr_trace *trace, const mr_event *event);
/* A MR_EVENT_WARNING with this message. */
void mr_trace_warn(mr_trace *trace, const char *format, ...) MR_PRINTF(2, 3);
/* The same about something: the warning has its members too. about: type and message do not
 * count. */
void mr_trace_warn_about(mr_trace *trace, const mr_event *about, const char *format, ...)
    MR_PRINTF(3, 4);

/* ---- rates ---- */

typedef struct mr_rate mr_rate; /* owned by the trace, lives as long */

/* type: PUT, THROTTLED or READ. stream, shard: copied. */
mr_rate *mr_trace_rate(mr_trace *trace, mr_event_type type, const char *stream, const char *shard);
/* A rate's event carries the end of the second that it sums up, and is emitted before the first
 * event or count of another second (a later one, or an earlier one when the clock is set back): the
 * log sets no timer, so that it never moves time. */
void mr_rate_add(mr_rate *rate, uint64_t records, uint64_t bytes);
/* Emits the rates of a second that is over, as the next event would: for somebody who looks on
 * while nothing happens. */
void mr_trace_roll_rates(mr_trace *trace);
/* Emits what the rates have counted and not yet said. At the end of a run. */
void mr_trace_flush_rates(mr_trace *trace);

/* ---- counting and the digest ---- */

/* How many events there were; for rates, how many records. */
uint64_t mr_trace_count(const mr_trace *trace, mr_event_type type);
/* Feeds bytes (the sink's manifest) to the digest; then the digest so far in hex, 64 digits.
 * Ends the digest: later events are not in it. */
void mr_trace_digest_update(mr_trace *trace, mr_bytes bytes);
void mr_trace_digest_finish(mr_trace *trace, char hex[65]);

const char *mr_event_type_name(mr_event_type type); /* "buffer.flushed" */
/* MR_EVENT_TYPE_COUNT when there is none so called. */
mr_event_type mr_event_type_of(const char *name);
bool mr_event_is_rate(mr_event_type type);
/* The members of an event as the log spells them ("delivery", "duration_us"), in its order, from 0;
 * NULL past the last. "time" and "event", which every line begins with, are not among them. */
const char *mr_event_member_name(size_t place);
/* What the event has there, as the log spells it: a number in decimal, also one of 0 that the log
 * leaves out. NULL: a text that it does not have. Borrowed from the event, or `digits`. */
#define MR_EVENT_DIGITS_SIZE 24
const char *mr_event_member_text(const mr_event *event, size_t place,
                                 char digits[MR_EVENT_DIGITS_SIZE]);
/* Writes the members that the event has into the open object, as the log does; its message not. */
void mr_event_write_about(mr_json *json, const mr_event *event);

#endif
