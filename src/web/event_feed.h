/*
 * event_feed.h - the newest events of the world's log, numbered from 1, for those who look on: the
 * event stream, the events view. It is bounded in number and bytes; what is older is gone from
 * here, and in the file of --events alone.
 */
#ifndef MR_SRC_WEB_EVENT_FEED_H
#define MR_SRC_WEB_EVENT_FEED_H

#include "sim/base/error.h"
#include "sim/trace/trace.h"

typedef struct mr_event_feed mr_event_feed;

#define MR_FEED_EVENTS_MAX 10000
#define MR_FEED_BYTES_MAX  (4 * MR_MIB)

/* Listens from now on. trace: borrowed, outlives the feed. */
mr_event_feed *mr_event_feed_new(mr_trace *trace);
void mr_event_feed_free(mr_event_feed *feed); /* NULL is fine */

uint64_t mr_event_feed_first(const mr_event_feed *feed); /* oldest kept; last + 1 when none is */
uint64_t mr_event_feed_last(const mr_event_feed *feed);  /* 0: none yet */

/* Which events are meant. */
typedef struct mr_feed_filter {
    uint64_t types;    /* a bit for each mr_event_type; 0: every one */
    mr_bytes contains; /* the line has this; no bytes: any */
} mr_feed_filter;

/* The filter's types by their names, "buffer.flushed,object.written". Errors: MR_INVALID_ARGUMENT,
 * naming the word and the nearest type. */
MR_NODISCARD mr_code mr_feed_types_parse(mr_bytes names, uint64_t *types, mr_error *err);

/* The line of an event that is kept, when it is meant; otherwise len 0, at NULL. Borrowed until the
 * next event. */
mr_bytes mr_event_feed_line(const mr_event_feed *feed, uint64_t id, const mr_feed_filter *filter);

/* Appends the event as an object: its line with "id" in front. */
void mr_event_feed_write(mr_json *json, uint64_t id, mr_bytes line);

#endif
