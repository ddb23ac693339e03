/*
 * position.h - how far a mapping is in a shard, as catalog.db keeps it: for each lane the number
 * below which every record of the lane is done.
 *
 * Lanes are numbered by a hash of the partition key, so they mean something only together with
 * their count: when that is another one, the lowest position counts for all.
 */
#ifndef MR_SIM_MAPPING_POSITION_H
#define MR_SIM_MAPPING_POSITION_H

#include "sim/db/db.h"
#include "sim/mapping/mapping.h"

typedef struct mr_position {
    size_t lanes;
    uint64_t done[MR_MAPPING_LANES_MAX];
} mr_position;

/* All lanes at one place. */
mr_position mr_position_at(size_t lanes, uint64_t number);
uint64_t mr_position_low(const mr_position *position);

/* lanes: how many there are to be. found: out. Errors: those of the database, MR_CORRUPT. */
MR_NODISCARD mr_code mr_position_read(mr_db *db, const char *mapping, const char *shard,
                                      size_t lanes, mr_position *out, bool *found, mr_error *err);
MR_NODISCARD mr_code mr_position_write(mr_db *db, const char *mapping, const char *shard,
                                       const mr_position *position, mr_error *err);
/* Of all shards. */
MR_NODISCARD mr_code mr_positions_delete(mr_db *db, const char *mapping, mr_error *err);

#endif
