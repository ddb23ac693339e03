/*
 * event_match.h - whether an event of the log is one that a scenario speaks of: its type, and the
 * members of `where`. Names are looked up once; asking allocates nothing.
 */
#ifndef MR_SRC_SCENARIO_EVENT_MATCH_H
#define MR_SRC_SCENARIO_EVENT_MATCH_H

#include "src/scenario/scenario.h"

typedef struct mr_event_match {
    const mr_expect_events *events; /* borrowed; NULL: nothing matches */
    size_t *members;                /* of events->where, in its order; owned */
} mr_event_match;

/* events: NULL is fine. */
mr_event_match mr_event_match_make(const mr_expect_events *events);
void mr_event_match_deinit(mr_event_match *match);
bool mr_event_matches(const mr_event_match *match, const mr_event *event);

/* How much an event counts for: a rate for its records, any other for one. */
uint64_t mr_event_weight(const mr_event *event);

#endif
