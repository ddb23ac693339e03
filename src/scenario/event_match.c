/* event_match.c - see event_match.h. */
#include "src/scenario/event_match.h"

#include "sim/base/alloc.h"
#include "sim/base/glob.h"

#include <string.h>

/* That there is one, the reader of the scenario has seen to. */
static size_t member_of(const char *name)
{
    size_t place = 0;
    while (strcmp(mr_event_member_name(place), name) != 0) {
        place++;
        MR_ASSERT(mr_event_member_name(place) != NULL);
    }
    return place;
}

mr_event_match mr_event_match_make(const mr_expect_events *events)
{
    mr_event_match match = {.events = events};
    if (events != NULL) {
        match.members = mr_calloc(mr_max_size(events->where_count, 1), sizeof(*match.members));
        for (size_t i = 0; i < events->where_count; i++) {
            match.members[i] = member_of(events->where[i].name);
        }
    }
    return match;
}

void mr_event_match_deinit(mr_event_match *match)
{
    mr_free(match->members);
    *match = (mr_event_match){.events = NULL};
}

bool mr_event_matches(const mr_event_match *match, const mr_event *event)
{
    if (match->events == NULL || match->events->type != event->type) {
        return false;
    }
    for (size_t i = 0; i < match->events->where_count; i++) {
        char digits[MR_EVENT_DIGITS_SIZE];
        const char *text = mr_event_member_text(event, match->members[i], digits);
        if (text == NULL || !mr_glob_matches(match->events->where[i].value, text)) {
            return false;
        }
    }
    return true;
}

uint64_t mr_event_weight(const mr_event *event)
{
    return mr_event_is_rate(event->type) ? event->records : 1;
}
