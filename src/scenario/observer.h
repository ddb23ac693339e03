/*
 * observer.h - what is seen from outside of a scenario's run, over all lives of its process: the
 * event log with its digest, counts of what the expectations ask for, buffers, and the events
 * around what went wrong.
 */
#ifndef MR_SRC_SCENARIO_OBSERVER_H
#define MR_SRC_SCENARIO_OBSERVER_H

#include "src/scenario/lesson.h"

typedef struct mr_observer mr_observer;

/* scenario: borrowed, outlives the observer. events_path: every line is written there; NULL.
 * Errors: those of the file. */
MR_NODISCARD mr_code mr_observer_new(const mr_scenario *scenario, const char *events_path,
                                     mr_observer **out, mr_error *err);
void mr_observer_free(mr_observer *observer); /* NULL is fine */

/* To be given to mr_trace_listen() of each life, the observer as its context. */
void mr_observer_hear(void *context, const mr_event *event, int64_t time_us, mr_bytes line);
/* From here on nothing is heard: the process is dead, though its world still unwinds. With false a
 * new life is heard, whose buffers are its own: what was open in the last one is forgotten. */
void mr_observer_deafen(mr_observer *observer, bool is_deaf);
/* The world's clock was set, by so much: what is open has not been open longer for it. */
void mr_observer_jumped(mr_observer *observer, int64_t delta_us);

/* How many events of the type there were; for rates, their records. */
uint64_t mr_observer_count(const mr_observer *observer, mr_event_type type);
/* Of MR_EVENT_FAULT events, those whose id is this kind's name. */
uint64_t mr_observer_struck(const mr_observer *observer, mr_fault_kind kind);

/* What an `events` expectation counts; place: in scenario->expects. */
uint64_t mr_observer_matched(const mr_observer *observer, size_t place);
/* When the last of them was; 0: there is none. */
int64_t mr_observer_matched_us(const mr_observer *observer, size_t place);

/* How far the scenario's own faults have brought its lesson; NULL: it has none. Borrowed. */
const mr_lesson_progress *mr_observer_lesson(const mr_observer *observer);

typedef struct mr_observed_buffers {
    uint64_t by_size, by_interval, by_drain; /* flushes */
    uint64_t largest_bytes;
    int64_t largest_at_us; /* when that one was flushed; 0: none had bytes */
    int64_t longest_us;    /* from a buffer's opening to its flush */
    int64_t longest_at_us; /* as above */
} mr_observed_buffers;
/* Of the buffers that are so named; NULL: all. Lambda buffers are the sink "lambda". */
mr_observed_buffers mr_observer_buffers(const mr_observer *observer, const char *delivery,
                                        const char *sink);

/* Some lines of the log before and after this time (rates left out), each with its line end: what
 * was kept of them, the last few hundred and those around faults (kept_lines.h). */
void mr_observer_around(const mr_observer *observer, int64_t time_us, mr_strbuf *out);

/* SHA-256 over every line heard and `manifest` (mr_store_manifest()), in hex: of a run without a
 * kill, its run digest, when the rates of the log were flushed before. What is heard later is not
 * in it, nor in the file of events, which is closed. Once. Errors: those of that file. */
MR_NODISCARD mr_code mr_observer_finish(mr_observer *observer, mr_bytes manifest, char hex[65],
                                        mr_error *err);

#endif
