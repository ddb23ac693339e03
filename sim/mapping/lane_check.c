/* lane_check.c - what a lane holds, and the laws that hold for it; see lane.h. */
#include "sim/mapping/lane_private.h"

#include <inttypes.h>

/* ---- questions ---- */

bool mr_lane_is_busy(const mr_lane *lane)
{
    return lane->state != LANE_READY;
}

bool mr_lane_is_empty(const mr_lane *lane)
{
    return lane->open == NULL && lane->sealed == NULL;
}

uint64_t mr_lane_records(const mr_lane *lane)
{
    return lane->records;
}

uint64_t mr_lane_bytes(const mr_lane *lane)
{
    return lane->bytes;
}

uint64_t mr_lane_done(const mr_lane *lane, uint64_t behind)
{
    const batch *first = lane->sealed;
    size_t place = first == NULL ? 0 : first->begin;
    if (first != NULL && lane->is_committing) {
        place = lane->give_up_end;
        if (place == first->count) {
            first = first->next;
            place = 0;
        }
    }
    if (first == NULL) {
        first = lane->open;
        place = 0;
    }
    if (first != NULL) {
        return first->entries[place].number;
    }
    return lane->given_back != 0 ? lane->given_back : behind;
}

/* ---- laws ---- */

mr_code mr_lane_check(const mr_lane *lane, mr_error *err)
{
    uint64_t records = lane->open == NULL ? 0 : lane->open->count, last = 0;
    bool in_order = true;
    for (const batch *b = lane->sealed; b != NULL; b = b->next) {
        records += b->count - b->begin;
        for (size_t i = b->begin; i < b->count; i++) {
            in_order = in_order && b->entries[i].number > last;
            last = b->entries[i].number;
        }
    }
    if (records == lane->records && in_order) {
        return MR_OK;
    }
    return mr_error_set(err, MR_CORRUPT,
                        "event source mapping %s, %s: %s: %" PRIu64 " records, %" PRIu64 " counted",
                        lane->config->mapping, mr_shard_id(lane->shard),
                        in_order ? "records are not where they were counted"
                                 : "a record follows a later one",
                        records, lane->records);
}
