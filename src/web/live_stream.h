/*
 * live_stream.h - what happens, as it happens: server-sent events to every page that looks on.
 *
 *   event: hello    first, and once: {"process", "first", "last"}: which process speaks, by a
 *                   text that no other start has, and which events it keeps. They are numbered
 *                   anew from 1 in each: of another process, what a client has is void
 *   event: events   the events since the last frame, at most MR_LIVE_EVENTS of them; more are
 *                   skipped and counted
 *   event: state    State (state_view.h), when something has changed
 *   event: too-large  in place of a State that no frame can hold
 *   event: reset    what was asked for is not kept any more: begin at "first"
 *
 * The id of hello and of events, for Last-Event-ID, is "PROCESS-NUMBER": the process, and the
 * newest event that the client has had or need not have.
 *
 * At most ten frames of each kind a second, whatever the load. One timer serves all listeners, and
 * runs only while there are some; State is written once for all of them. A client that does not
 * read gets no frame until it has: nothing piles up for it.
 */
#ifndef MR_SRC_WEB_LIVE_STREAM_H
#define MR_SRC_WEB_LIVE_STREAM_H

#include "src/web/event_feed.h"
#include "src/web/web.h"

typedef struct mr_live_streams mr_live_streams;

#define MR_LIVE_EVENTS      200
#define MR_LIVE_STREAMS_MAX 64
#define MR_LIVE_FRAME_MS    100

mr_live_streams *mr_live_streams_new(mr_web *web);
/* Ends every stream; its handle closes with the loop's next turns. NULL is fine. */
void mr_live_streams_free(mr_live_streams *streams);
/* Ends every stream: the listener is coming to its end. */
void mr_live_streams_end(mr_live_streams *streams);

/* The number in a Last-Event-ID of this process; 0, all that is kept, for any other text: it is of
 * a process whose numbers mean nothing here. */
uint64_t mr_live_streams_after(const mr_live_streams *streams, mr_bytes last_event_id);

typedef struct mr_live_wish {
    uint64_t after; /* events behind this number; UINT64_MAX: from now on */
    uint64_t types; /* as in mr_feed_filter */
    bool state;     /* with states */
} mr_live_wish;

/* Takes the request over and answers it piece by piece. False when there are too many listeners:
 * the request is then still the caller's. */
MR_NODISCARD bool mr_live_streams_add(mr_live_streams *streams, mr_http_request *request,
                                      const mr_live_wish *wish);
size_t mr_live_streams_count(const mr_live_streams *streams);

#endif
