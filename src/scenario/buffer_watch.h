/*
 * buffer_watch.h - how the buffers of a run were flushed, heard from its events: why, how full, and
 * how long after they were opened.
 *
 * A buffer is known by its delivery stream and its sink; those of the sink "lambda" also by their
 * shard, since each shard has its own. At most one of each is open.
 */
#ifndef MR_SRC_SCENARIO_BUFFER_WATCH_H
#define MR_SRC_SCENARIO_BUFFER_WATCH_H

#include "src/scenario/observer.h"

typedef struct mr_buffer_watch mr_buffer_watch;

mr_buffer_watch *mr_buffer_watch_new(void);
void mr_buffer_watch_free(mr_buffer_watch *watch); /* NULL is fine */

/* Takes MR_EVENT_BUFFER_OPENED and MR_EVENT_BUFFER_FLUSHED; others are passed over. A flush whose
 * opening was not heard counts, but not for how long it took. */
void mr_buffer_watch_hear(mr_buffer_watch *watch, const mr_event *event, int64_t time_us);
/* What is open now is never flushed: its process was killed. */
void mr_buffer_watch_forget(mr_buffer_watch *watch);
/* The times of events leap by so much from here on. */
void mr_buffer_watch_jump(mr_buffer_watch *watch, int64_t delta_us);

/* Sums over the buffers so named; NULL: all. */
mr_observed_buffers mr_buffer_watch_sum(const mr_buffer_watch *watch, const char *delivery,
                                        const char *sink);

#endif
