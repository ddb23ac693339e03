/*
 * coverage.h - which records of a delivery stream's source are done with.
 *
 * A place is (record number, sub-sequence): a plain record n spans (n,0)..(n+1,0); the
 * sub-records of an aggregated one share its number. Ranges are half open. A coverage holds, per
 * source shard, the union of ranges whose records have been committed; its low-water mark is the
 * place below which nothing is missing. The delivery stream keeps two: "processed" (delivered,
 * dropped, in the error output, given up) and "backup".
 *
 * Coverage is kept in catalog.db (table delivery_positions), written in the transaction that
 * makes an object visible, so that position and object cannot disagree:
 *
 *   mr_coverage_store()   inside the transaction: writes what coverage will be
 *   mr_coverage_accept()  the transaction is in: coverage is that now
 *   mr_coverage_reject()  it is not: coverage is as before
 *
 * Shards are known by their slot: the caller's own dense numbering, the same for both coverages.
 */
#ifndef MR_SIM_FIREHOSE_COVERAGE_H
#define MR_SIM_FIREHOSE_COVERAGE_H

#include "sim/base/alloc.h"
#include "sim/base/error.h"
#include "sim/base/strbuf.h"
#include "sim/db/db.h"

typedef struct mr_place {
    uint64_t number;
    uint32_t sub;
} mr_place;

static inline mr_place mr_place_of(uint64_t number)
{
    return (mr_place){number, 0};
}

/* Below 0, 0 or above 0. */
static inline int mr_place_compare(mr_place a, mr_place b)
{
    if (a.number != b.number) {
        return a.number < b.number ? -1 : 1;
    }
    return a.sub == b.sub ? 0 : a.sub < b.sub ? -1 : 1;
}

typedef struct mr_range {
    mr_place begin, end; /* begin < end */
} mr_range;

/* The whole record `number`. */
static inline mr_range mr_range_of_record(uint64_t number)
{
    return (mr_range){mr_place_of(number), mr_place_of(number + 1)};
}

/* Sub-record `sub` of record `number`; the last one ends where the next record begins. */
static inline mr_range mr_range_of_sub(uint64_t number, uint32_t sub, bool is_last)
{
    mr_place end = is_last ? mr_place_of(number + 1) : (mr_place){number, sub + 1};
    return (mr_range){{number, sub}, end};
}

/* Ranges in the order of adding; one that continues the last is joined to it. Zeroed is empty. */
typedef struct mr_ranges {
    mr_range *items;
    size_t count, capacity;
} mr_ranges;

void mr_ranges_deinit(mr_ranges *ranges); /* leaves it empty */
void mr_ranges_add(mr_ranges *ranges, mr_range range);

/* Adds one record or sub-record: once per record, so without a call where it follows the last. */
static inline void mr_ranges_add_next(mr_ranges *ranges, const mr_range *range)
{
    if (MR_LIKELY(ranges->count > 0)) {
        mr_range *last = &ranges->items[ranges->count - 1];
        if (MR_LIKELY(last->end.number == range->begin.number &&
                      last->end.sub == range->begin.sub)) {
            last->end = range->end;
            return;
        }
    }
    mr_ranges_add(ranges, *range);
}

/* How many records end in the ranges, one that comes twice counted twice: a record whose
 * sub-records are in several ranges counts in the one that holds its last. */
uint64_t mr_ranges_records(const mr_ranges *ranges);
/* How many records are in the ranges with all of their sub-records. ranges: normalized. */
uint64_t mr_ranges_whole_records(const mr_ranges *ranges);
/* How many records of `ranges` are in `done`, which is normalized, or come again in themselves. Of
 * an aggregated record that comes again in part its sub-records are counted. */
uint64_t mr_ranges_repeated(const mr_ranges *ranges, const mr_ranges *done);
/* Adds all of `from`, in its order. */
void mr_ranges_append(mr_ranges *ranges, const mr_ranges *from);
/* Whether each range begins where the one before has ended, or later. */
bool mr_ranges_rise(const mr_ranges *ranges);

/* Sorts and joins in place: afterwards ranges rise, and no two touch or overlap. */
void mr_ranges_normalize(mr_ranges *ranges);
/* out: empty; gets the union of two normalized sets, normalized. Linear. */
void mr_ranges_union(const mr_ranges *a, const mr_ranges *b, mr_ranges *out);
/* Adds what of the range is in none of `done`, which is normalized. By halving. */
void mr_ranges_add_uncovered(mr_ranges *out, mr_range range, const mr_ranges *done);
/* ranges: normalized. By halving. */
bool mr_ranges_contain(const mr_ranges *ranges, mr_place place);
bool mr_ranges_contain_range(const mr_ranges *ranges,
                             mr_range range); /* all of it, in one of them */

/* "0-105 110-112.3": half open ranges, the sub-sequence after a dot where it is not 0. */
void mr_ranges_format(const mr_ranges *ranges, mr_strbuf *out);
/* out: empty. False, with out empty, when text is not what mr_ranges_format() makes of a
 * normalized set. */
MR_NODISCARD bool mr_ranges_parse(mr_bytes text, mr_ranges *out);
/* The same for ranges in any order, as they were added. */
MR_NODISCARD bool mr_ranges_parse_any(mr_bytes text, mr_ranges *out);

/* ---- coverage ---- */

typedef struct mr_coverage mr_coverage;

/* delivery, kind: copied; kind is "processed" or "backup". db: borrowed, outlives the coverage. */
mr_coverage *mr_coverage_new(mr_db *db, const char *delivery, const char *kind);
void mr_coverage_free(mr_coverage *coverage); /* NULL is fine */

/*
 * Takes in the shard of the next slot (0, 1, 2, ...): its stored ranges, or, where there are
 * none, everything below `start`, which the commit log gets as "before" with the next store.
 *
 * *found: whether there were stored ones. Errors: MR_CORRUPT, MR_DATABASE.
 */
MR_NODISCARD mr_code mr_coverage_add_shard(mr_coverage *coverage, const char *shard_id,
                                           uint64_t start, bool *found, mr_error *err);
size_t mr_coverage_shard_count(const mr_coverage *coverage);
const char *mr_coverage_shard_id(const mr_coverage *coverage, size_t slot);

mr_place mr_coverage_low(const mr_coverage *coverage, size_t slot);  /* all below is covered */
mr_place mr_coverage_high(const mr_coverage *coverage, size_t slot); /* nothing from here on is */
static inline bool mr_coverage_is_whole(const mr_coverage *coverage, size_t slot)
{
    return mr_place_compare(mr_coverage_low(coverage, slot), mr_coverage_high(coverage, slot)) == 0;
}
bool mr_coverage_contains(const mr_coverage *coverage, size_t slot, mr_place place);
/* All of it. */
bool mr_coverage_contains_range(const mr_coverage *coverage, size_t slot, mr_range range);

/* Covers a range now, to be stored, and logged as "expired", with the next commit that comes:
 * records that retention took before they were read. */
void mr_coverage_skip(mr_coverage *coverage, size_t slot, mr_range range);

/* Writes the rows of the shards that change when `added` (slots entries, NULL for none; normalized
 * by the call) is covered too, and of those that have no row yet. Call inside a transaction; then
 * accept or reject. */
MR_NODISCARD mr_code mr_coverage_store(mr_coverage *coverage, mr_ranges *added, size_t slots,
                                       mr_error *err);
void mr_coverage_accept(mr_coverage *coverage);
void mr_coverage_reject(mr_coverage *coverage);

#endif
