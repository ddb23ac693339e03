/* coverage.c - see coverage.h. */
#include "sim/firehose/coverage.h"

#include "sim/firehose/commit_log.h"

#include <stdlib.h>

/* ---- ranges ---- */

void mr_ranges_deinit(mr_ranges *ranges)
{
    mr_free(ranges->items);
    *ranges = (mr_ranges){0};
}

void mr_ranges_add(mr_ranges *ranges, mr_range range)
{
    MR_ASSERT(mr_place_compare(range.begin, range.end) < 0);

    if (ranges->count > 0) {
        mr_range *last = &ranges->items[ranges->count - 1];
        if (mr_place_compare(last->end, range.begin) == 0) {
            last->end = range.end;
            return;
        }
    }
    MR_GROW(ranges->items, ranges->count, ranges->capacity);
    ranges->items[ranges->count++] = range;
}

/* Adds a range that begins at or after the last one's begin: joined where they meet. */
static void add_rising(mr_ranges *ranges, mr_range range)
{
    if (ranges->count > 0) {
        mr_range *last = &ranges->items[ranges->count - 1];
        MR_ASSERT(mr_place_compare(last->begin, range.begin) <= 0);
        if (mr_place_compare(range.begin, last->end) <= 0) {
            if (mr_place_compare(last->end, range.end) < 0) {
                last->end = range.end;
            }
            return;
        }
    }
    MR_GROW(ranges->items, ranges->count, ranges->capacity);
    ranges->items[ranges->count++] = range;
}

uint64_t mr_ranges_records(const mr_ranges *ranges)
{
    uint64_t records = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        records += ranges->items[i].end.number - ranges->items[i].begin.number;
    }
    return records;
}

uint64_t mr_ranges_whole_records(const mr_ranges *ranges)
{
    uint64_t records = 0;
    for (size_t i = 0; i < ranges->count; i++) {
        mr_place begin = ranges->items[i].begin;
        uint64_t first = begin.number + (begin.sub > 0 ? 1 : 0), end = ranges->items[i].end.number;
        records += end > first ? end - first : 0;
    }
    return records;
}

void mr_ranges_append(mr_ranges *ranges, const mr_ranges *from)
{
    for (size_t i = 0; i < from->count; i++) {
        mr_ranges_add(ranges, from->items[i]);
    }
}

bool mr_ranges_rise(const mr_ranges *ranges)
{
    for (size_t i = 1; i < ranges->count; i++) {
        if (mr_place_compare(ranges->items[i - 1].end, ranges->items[i].begin) > 0) {
            return false;
        }
    }
    return true;
}

static int compare_begin(const void *a, const void *b)
{
    const mr_range *left = a, *right = b;
    int order = mr_place_compare(left->begin, right->begin);
    return order != 0 ? order : mr_place_compare(left->end, right->end);
}

void mr_ranges_normalize(mr_ranges *ranges)
{
    bool is_normal = true;
    for (size_t i = 1; i < ranges->count && is_normal; i++) {
        is_normal = mr_place_compare(ranges->items[i - 1].end, ranges->items[i].begin) < 0;
    }
    if (is_normal) {
        return;
    }
    /* Out of order only after a read that handed records over twice (an injected fault). */
    qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare_begin);
    mr_ranges joined = {0};
    for (size_t i = 0; i < ranges->count; i++) {
        add_rising(&joined, ranges->items[i]);
    }
    mr_ranges_deinit(ranges);
    *ranges = joined;
}

void mr_ranges_union(const mr_ranges *a, const mr_ranges *b, mr_ranges *out)
{
    MR_ASSERT(out->count == 0);

    size_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        bool from_a =
            j == b->count || (i < a->count && compare_begin(&a->items[i], &b->items[j]) <= 0);
        add_rising(out, from_a ? a->items[i++] : b->items[j++]);
    }
}

/* The first of the ranges, which are normalized, that ends behind the place; their count: none. */
static size_t first_behind(const mr_ranges *ranges, mr_place place)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mr_place_compare(ranges->items[middle].end, place) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void mr_ranges_add_uncovered(mr_ranges *out, mr_range range, const mr_ranges *done)
{
    for (size_t i = first_behind(done, range.begin);
         i < done->count && mr_place_compare(range.begin, range.end) < 0; i++) {
        const mr_range *covered = &done->items[i];
        if (mr_place_compare(covered->begin, range.end) >= 0) {
            break;
        }
        if (mr_place_compare(range.begin, covered->begin) < 0) {
            mr_ranges_add(out, (mr_range){range.begin, covered->begin});
        }
        range.begin = covered->end;
    }
    if (mr_place_compare(range.begin, range.end) < 0) {
        mr_ranges_add(out, range);
    }
}

/* The range that holds the place; NULL: none. */
static const mr_range *range_of(const mr_ranges *ranges, mr_place place)
{
    size_t low = 0, high = ranges->count; /* the first range that begins after place */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mr_place_compare(ranges->items[middle].begin, place) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_in = low > 0 && mr_place_compare(place, ranges->items[low - 1].end) < 0;
    return is_in ? &ranges->items[low - 1] : NULL;
}

bool mr_ranges_contain(const mr_ranges *ranges, mr_place place)
{
    return range_of(ranges, place) != NULL;
}

bool mr_ranges_contain_range(const mr_ranges *ranges, mr_range range)
{
    const mr_range *found = range_of(ranges, range.begin);
    return found != NULL && mr_place_compare(range.end, found->end) <= 0;
}

/* What of [begin, end) has come before, in records; of one record alone in sub-records. */
static uint64_t size_of_piece(mr_place begin, mr_place end)
{
    if (mr_place_compare(begin, end) >= 0) {
        return 0;
    }
    return begin.number == end.number ? end.sub - begin.sub : end.number - begin.number;
}

static uint64_t size_in_common(const mr_range *range, const mr_ranges *done)
{
    uint64_t size = 0;
    for (size_t i = first_behind(done, range->begin); i < done->count; i++) {
        const mr_range *other = &done->items[i];
        if (mr_place_compare(other->begin, range->end) >= 0) {
            break;
        }
        size += size_of_piece(
            mr_place_compare(range->begin, other->begin) < 0 ? other->begin : range->begin,
            mr_place_compare(range->end, other->end) < 0 ? range->end : other->end);
    }
    return size;
}

uint64_t mr_ranges_repeated(const mr_ranges *ranges, const mr_ranges *done)
{
    uint64_t size = 0;
    mr_ranges sorted = {0};
    mr_place reached = mr_place_of(0);
    mr_ranges_append(&sorted, ranges);
    if (!mr_ranges_rise(ranges)) {
        qsort(sorted.items, sorted.count, sizeof(*sorted.items), compare_begin);
    }
    for (size_t i = 0; i < sorted.count; i++) {
        const mr_range *range = &sorted.items[i];
        mr_place end = mr_place_compare(range->end, reached) < 0 ? range->end : reached;
        size += size_in_common(range, done) + size_of_piece(range->begin, end);
        reached = mr_place_compare(range->end, reached) < 0 ? reached : range->end;
    }
    mr_ranges_deinit(&sorted);
    return size;
}

/* ---- ranges as text ---- */

static void format_place(mr_place place, mr_strbuf *out)
{
    mr_strbuf_append_uint64(out, place.number);
    if (place.sub > 0) {
        mr_strbuf_append_char(out, '.');
        mr_strbuf_append_uint64(out, place.sub);
    }
}

void mr_ranges_format(const mr_ranges *ranges, mr_strbuf *out)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (i > 0) {
            mr_strbuf_append_char(out, ' ');
        }
        format_place(ranges->items[i].begin, out);
        mr_strbuf_append_char(out, '-');
        format_place(ranges->items[i].end, out);
    }
}

/* Decimal digits alone, without a needless zero in front: each number has one spelling. */
static bool parse_digits(mr_bytes text, uint64_t most, uint64_t *out)
{
    if (text.len == 0 || (text.len > 1 && text.at[0] == '0')) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text.at[i] - '0');
        if (value > (most - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool parse_place(mr_bytes text, mr_place *out)
{
    size_t dot = mr_bytes_find(text, '.');
    uint64_t sub = 0;
    *out = (mr_place){0};
    if (!parse_digits(mr_bytes_make(text.at, dot), UINT64_MAX, &out->number)) {
        return false;
    }
    if (dot < text.len) {
        if (!parse_digits(mr_bytes_make(text.at + dot + 1, text.len - dot - 1), UINT32_MAX, &sub) ||
            sub == 0) {
            return false;
        }
    }
    out->sub = (uint32_t)sub;
    return true;
}

static bool parse_range(mr_bytes text, mr_range *out)
{
    size_t dash = mr_bytes_find(text, '-');
    return dash < text.len && parse_place(mr_bytes_make(text.at, dash), &out->begin) &&
           parse_place(mr_bytes_make(text.at + dash + 1, text.len - dash - 1), &out->end) &&
           mr_place_compare(out->begin, out->end) < 0;
}

bool mr_ranges_parse(mr_bytes text, mr_ranges *out)
{
    if (!mr_ranges_parse_any(text, out)) {
        return false;
    }
    for (size_t i = 1; i < out->count; i++) {
        if (mr_place_compare(out->items[i - 1].end, out->items[i].begin) >= 0) {
            mr_ranges_deinit(out);
            return false;
        }
    }
    return true;
}

bool mr_ranges_parse_any(mr_bytes text, mr_ranges *out)
{
    MR_ASSERT(out->count == 0);

    while (text.len > 0) {
        size_t blank = mr_bytes_find(text, ' ');
        mr_range range;
        bool ok = blank != text.len - 1 && parse_range(mr_bytes_make(text.at, blank), &range);
        if (ok && out->count > 0) { /* those that meet would have been joined */
            ok = mr_place_compare(out->items[out->count - 1].end, range.begin) != 0;
        }
        if (!ok) {
            mr_ranges_deinit(out);
            return false;
        }
        mr_ranges_add(out, range);
        size_t used = blank == text.len ? blank : blank + 1;
        text = mr_bytes_make(text.at + used, text.len - used);
    }
    return true;
}

/* ---- coverage ---- */

typedef struct covered_shard {
    char *id;
    mr_ranges done; /* normalized; the first one begins at 0 (absent: nothing is covered) */
    mr_ranges next; /* what done becomes when the transaction is in */
    bool has_next;
    bool is_dirty;             /* done holds ranges that were not stored yet */
    mr_ranges before, expired; /* those of them that no commit brought, for the log */
} covered_shard;

struct mr_coverage {
    mr_db *db;
    char *delivery, *kind;
    covered_shard *shards;
    size_t count, capacity;
};

mr_coverage *mr_coverage_new(mr_db *db, const char *delivery, const char *kind)
{
    mr_coverage *coverage = mr_calloc(1, sizeof(*coverage));
    coverage->db = db;
    coverage->delivery = mr_strdup(delivery);
    coverage->kind = mr_strdup(kind);
    return coverage;
}

void mr_coverage_free(mr_coverage *coverage)
{
    if (coverage == NULL) {
        return;
    }
    for (size_t i = 0; i < coverage->count; i++) {
        mr_free(coverage->shards[i].id);
        mr_ranges_deinit(&coverage->shards[i].done);
        mr_ranges_deinit(&coverage->shards[i].next);
        mr_ranges_deinit(&coverage->shards[i].before);
        mr_ranges_deinit(&coverage->shards[i].expired);
    }
    mr_free(coverage->shards);
    mr_free(coverage->delivery);
    mr_free(coverage->kind);
    mr_free(coverage);
}

static mr_code load(mr_coverage *coverage, const char *shard_id, mr_ranges *out, bool *found,
                    mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(coverage->db, "SELECT ranges FROM delivery_positions"
                                             " WHERE delivery = ? AND coverage = ? AND shard = ?");
    mr_stmt_bind_text(stmt, 1, coverage->delivery);
    mr_stmt_bind_text(stmt, 2, coverage->kind);
    mr_stmt_bind_text(stmt, 3, shard_id);
    mr_code code = mr_stmt_step(coverage->db, stmt, found, err);
    if (code != MR_OK) {
        return code;
    }
    if (*found && !mr_ranges_parse(mr_stmt_bytes(stmt, 0), out)) {
        code = mr_error_set(err, MR_CORRUPT,
                            "catalog.db: the %s position of delivery stream %s in %s does not read",
                            coverage->kind, coverage->delivery, shard_id);
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_coverage_add_shard(mr_coverage *coverage, const char *shard_id, uint64_t start,
                              bool *found, mr_error *err)
{
    mr_ranges done = {0};
    mr_code code = load(coverage, shard_id, &done, found, err);
    if (code != MR_OK) {
        return code;
    }
    if (!*found && start > 0) {
        mr_ranges_add(&done, (mr_range){mr_place_of(0), mr_place_of(start)});
    }
    MR_GROW(coverage->shards, coverage->count, coverage->capacity);
    covered_shard *shard = &coverage->shards[coverage->count++];
    *shard = (covered_shard){.id = mr_strdup(shard_id), .done = done, .is_dirty = !*found};
    if (!*found && start > 1) { /* there is no record 0 */
        mr_ranges_add(&shard->before, (mr_range){mr_place_of(1), mr_place_of(start)});
    }
    return MR_OK;
}

size_t mr_coverage_shard_count(const mr_coverage *coverage)
{
    return coverage->count;
}

const char *mr_coverage_shard_id(const mr_coverage *coverage, size_t slot)
{
    return coverage->shards[slot].id;
}

mr_place mr_coverage_low(const mr_coverage *coverage, size_t slot)
{
    const mr_ranges *done = &coverage->shards[slot].done;
    bool from_zero = done->count > 0 && mr_place_compare(done->items[0].begin, mr_place_of(0)) == 0;
    return from_zero ? done->items[0].end : mr_place_of(0);
}

mr_place mr_coverage_high(const mr_coverage *coverage, size_t slot)
{
    const mr_ranges *done = &coverage->shards[slot].done;
    return done->count > 0 ? done->items[done->count - 1].end : mr_place_of(0);
}

bool mr_coverage_contains(const mr_coverage *coverage, size_t slot, mr_place place)
{
    return mr_ranges_contain(&coverage->shards[slot].done, place);
}

bool mr_coverage_contains_range(const mr_coverage *coverage, size_t slot, mr_range range)
{
    return mr_ranges_contain_range(&coverage->shards[slot].done, range);
}

void mr_coverage_skip(mr_coverage *coverage, size_t slot, mr_range range)
{
    covered_shard *shard = &coverage->shards[slot];
    mr_ranges one = {&range, 1, 1}, whole = {0};

    MR_ASSERT(!shard->has_next);
    mr_ranges_add_uncovered(&shard->expired, range, &shard->done);
    mr_ranges_union(&shard->done, &one, &whole);
    mr_ranges_deinit(&shard->done);
    shard->done = whole;
    shard->is_dirty = true;
}

/* ---- storing ---- */

static mr_code store_row(mr_coverage *coverage, const covered_shard *shard, const mr_ranges *ranges,
                         mr_error *err)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_ranges_format(ranges, &text);

    mr_stmt *stmt =
        mr_db_stmt(coverage->db, "INSERT INTO delivery_positions(delivery, coverage, shard, ranges)"
                                 " VALUES(?1, ?2, ?3, ?4)"
                                 " ON CONFLICT(delivery, coverage, shard)"
                                 " DO UPDATE SET ranges = excluded.ranges");
    mr_stmt_bind_text(stmt, 1, coverage->delivery);
    mr_stmt_bind_text(stmt, 2, coverage->kind);
    mr_stmt_bind_text(stmt, 3, shard->id);
    mr_stmt_bind_text(stmt, 4, mr_strbuf_text(&text));
    mr_code code = mr_stmt_run(coverage->db, stmt, err);
    mr_strbuf_deinit(&text);
    return code;
}

/* What no commit brought goes to the log with the positions that hold it. */
static mr_code log_unbrought(mr_coverage *coverage, const covered_shard *shard, mr_error *err)
{
    mr_commit_entry entry = {.delivery = coverage->delivery,
                             .sink = strcmp(coverage->kind, "backup") == 0 ? "backup" : "main",
                             .shard = shard->id,
                             .outcome = MR_COMMIT_BEFORE,
                             .ranges = &shard->before};
    mr_code code = mr_commit_log_add(coverage->db, &entry, err);
    if (code == MR_OK) {
        entry.outcome = MR_COMMIT_EXPIRED;
        entry.ranges = &shard->expired;
        code = mr_commit_log_add(coverage->db, &entry, err);
    }
    return code;
}

mr_code mr_coverage_store(mr_coverage *coverage, mr_ranges *added, size_t slots, mr_error *err)
{
    MR_ASSERT(slots <= coverage->count);

    mr_coverage_reject(coverage); /* of a transaction that was tried before */
    for (size_t i = 0; i < coverage->count; i++) {
        covered_shard *shard = &coverage->shards[i];
        bool grows = i < slots && added[i].count > 0;
        if (!grows && !shard->is_dirty) {
            continue;
        }
        mr_ranges none = {0};
        if (grows) {
            mr_ranges_normalize(&added[i]);
        }
        mr_ranges_union(&shard->done, grows ? &added[i] : &none, &shard->next);
        shard->has_next = true;
        mr_code code = store_row(coverage, shard, &shard->next, err);
        if (code == MR_OK) {
            code = log_unbrought(coverage, shard, err);
        }
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

void mr_coverage_accept(mr_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        covered_shard *shard = &coverage->shards[i];
        if (shard->has_next) {
            mr_ranges_deinit(&shard->done);
            shard->done = shard->next;
            shard->next = (mr_ranges){0};
            shard->has_next = false;
            shard->is_dirty = false;
            mr_ranges_deinit(&shard->before);
            mr_ranges_deinit(&shard->expired);
        }
    }
}

void mr_coverage_reject(mr_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        mr_ranges_deinit(&coverage->shards[i].next);
        coverage->shards[i].has_next = false;
    }
}
