/* audit.c - see audit.h. */
#include "sim/firehose/audit.h"

#include "sim/base/map.h"

#include <inttypes.h>

/* What was settled of one shard by one delivery stream, on the side of the main output (with the
 * error output) or of the backup. */
typedef struct side {
    mr_ranges settled; /* normalized; those put before are in it */
    mr_ranges expired; /* normalized */
    uint64_t by_outcome[MR_COMMIT_OUTCOME_COUNT];
    uint64_t failed; /* of those delivered: in the error output */
    uint64_t again, disordered;
} side;

typedef struct account {
    side main, backup;
} account;

struct mr_audit {
    int64_t last_id;
    mr_map *accounts; /* "delivery/shard" -> account */
};

mr_audit *mr_audit_new(void)
{
    mr_audit *audit = mr_calloc(1, sizeof(*audit));
    audit->accounts = mr_map_new();
    return audit;
}

static void side_deinit(side *s)
{
    mr_ranges_deinit(&s->settled);
    mr_ranges_deinit(&s->expired);
}

void mr_audit_free(mr_audit *audit)
{
    if (audit == NULL) {
        return;
    }
    size_t count = mr_map_count(audit->accounts);
    account **all = (account **)(void *)mr_map_sorted(audit->accounts);
    for (size_t i = 0; i < count; i++) {
        side_deinit(&all[i]->main);
        side_deinit(&all[i]->backup);
        mr_free(all[i]);
    }
    mr_free(all);
    mr_map_free(audit->accounts);
    mr_free(audit);
}

/* ---- reading ---- */

/* Names of delivery streams hold no '/'. */
static account *account_of(const mr_audit *audit, const char *delivery, const char *shard)
{
    char *name = mr_format("%s/%s", delivery, shard);
    account *found = mr_map_get(audit->accounts, mr_bytes_of(name));
    mr_free(name);
    return found;
}

static account *need_account(mr_audit *audit, const char *delivery, const char *shard)
{
    account *found = account_of(audit, delivery, shard);
    if (found == NULL) {
        char *name = mr_format("%s/%s", delivery, shard);
        found = mr_calloc(1, sizeof(*found));
        (void)mr_map_put(audit->accounts, mr_bytes_of(name), found);
        mr_free(name);
    }
    return found;
}

static void join(mr_ranges *into, const mr_ranges *normalized)
{
    mr_ranges whole = {0};
    mr_ranges_union(into, normalized, &whole);
    mr_ranges_deinit(into);
    *into = whole;
}

static side *side_of(mr_audit *audit, const mr_audit_commit *commit)
{
    account *a = need_account(audit, commit->delivery, commit->shard);
    return strcmp(commit->sink, "backup") == 0 ? &a->backup : &a->main;
}

static void count_commit(side *s, const mr_audit_commit *commit)
{
    uint64_t records = mr_ranges_records(commit->ranges);
    mr_ranges added = {0};

    mr_ranges_append(&added, commit->ranges);
    mr_ranges_normalize(&added);
    join(&s->settled, &added);
    if (commit->outcome == MR_COMMIT_EXPIRED) {
        join(&s->expired, &added);
    }
    mr_ranges_deinit(&added);
    s->by_outcome[commit->outcome] += records;
    s->again += commit->again;
    if (commit->outcome == MR_COMMIT_DELIVERED && strcmp(commit->sink, "error") == 0) {
        s->failed += records;
    }
    s->disordered += mr_ranges_rise(commit->ranges) ? 0 : 1;
}

static void find_fresh(const side *s, const mr_ranges *ranges, mr_ranges *fresh)
{
    mr_ranges once = {0};
    mr_ranges_append(&once, ranges);
    if (!mr_ranges_rise(ranges)) { /* a record that comes twice is fresh once */
        mr_ranges_normalize(&once);
    }
    for (size_t i = 0; i < once.count; i++) {
        mr_ranges_add_uncovered(fresh, once.items[i], &s->settled);
    }
    mr_ranges_deinit(&once);
}

static mr_code read_row(mr_audit *audit, mr_stmt *row, mr_audit_fn fn, void *context, mr_error *err)
{
    mr_audit_commit commit = {.delivery = mr_stmt_text(row, 1),
                              .sink = mr_stmt_text(row, 2),
                              .shard = mr_stmt_text(row, 3),
                              .bucket = mr_stmt_text(row, 5),
                              .key = mr_stmt_text(row, 6),
                              .time_us = mr_stmt_int(row, 8),
                              .bytes = (uint64_t)mr_stmt_int(row, 9)};
    mr_ranges ranges = {0};
    if (!mr_ranges_parse_any(mr_stmt_bytes(row, 4), &ranges) ||
        !mr_commit_outcome_of(mr_stmt_text(row, 7), &commit.outcome)) {
        mr_ranges_deinit(&ranges);
        return mr_error_set(err, MR_CORRUPT,
                            "catalog.db: commit %" PRId64 " of delivery stream %s does not read",
                            mr_stmt_int(row, 0), commit.delivery);
    }
    side *s = side_of(audit, &commit);
    mr_ranges fresh = {0};
    find_fresh(s, &ranges, &fresh);
    if (commit.outcome == MR_COMMIT_DELIVERED && commit.key == NULL && commit.bytes > 0) {
        mr_ranges_deinit(&ranges);
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: a commit says that records of %s are "
                            "delivered, and their %" PRIu64 " bytes are in no object",
                            commit.delivery, commit.sink, commit.shard, commit.bytes);
    }
    commit.ranges = &ranges;
    commit.again = mr_ranges_repeated(&ranges, &s->settled);
    commit.fresh = &fresh;
    mr_code code = fn == NULL ? MR_OK : fn(context, &commit, err);
    if (code == MR_OK) {
        count_commit(s, &commit);
        audit->last_id = mr_stmt_int(row, 0);
    }
    mr_ranges_deinit(&fresh);
    mr_ranges_deinit(&ranges);
    return code;
}

mr_code mr_audit_read(mr_audit *audit, mr_db *db, mr_audit_fn fn, void *context, mr_error *err)
{
    mr_stmt *rows =
        mr_db_stmt(db, "SELECT id, delivery, sink, shard, ranges, bucket, key, outcome,"
                       " time_us, bytes FROM delivery_commits WHERE id > ? ORDER BY id");
    mr_stmt_bind_int(rows, 1, audit->last_id);
    bool more = true;
    mr_code code = MR_OK;
    while ((code = mr_stmt_step(db, rows, &more, err)) == MR_OK && more) {
        code = read_row(audit, rows, fn, context, err);
        if (code != MR_OK) {
            break;
        }
    }
    mr_stmt_done(rows);
    return code;
}

/* ---- counting ---- */

static uint64_t pending_of(const side *s, uint64_t last)
{
    uint64_t settled = mr_ranges_whole_records(&s->settled);
    if (s->settled.count > 0 && s->settled.items[0].begin.number == 0) {
        settled--; /* there is no record 0 */
    }
    return last - settled; /* as unsigned numbers: more settled than stored shows as a huge one */
}

static void add_shard(mr_audit_counts *counts, const account *a, uint64_t last, bool has_backup)
{
    const side *main = &a->main, *backup = &a->backup;
    counts->stored += last - main->by_outcome[MR_COMMIT_BEFORE];
    counts->delivered += main->by_outcome[MR_COMMIT_DELIVERED] - main->failed;
    counts->failed += main->failed;
    counts->dropped += main->by_outcome[MR_COMMIT_DROPPED];
    counts->discarded += main->by_outcome[MR_COMMIT_DISCARDED];
    counts->expired += main->by_outcome[MR_COMMIT_EXPIRED];
    counts->pending += pending_of(main, last);
    counts->again += main->again;
    counts->disordered += main->disordered + backup->disordered;
    if (has_backup) {
        counts->backed_up += backup->by_outcome[MR_COMMIT_DELIVERED];
        counts->backup_discarded += backup->by_outcome[MR_COMMIT_DISCARDED];
        counts->backup_expired += backup->by_outcome[MR_COMMIT_EXPIRED];
        counts->backup_again += backup->again;
        counts->backup_pending += pending_of(backup, last);
    }
}

mr_audit_counts mr_audit_count(const mr_audit *audit, mr_delivery *delivery)
{
    static const account nothing = {0};
    mr_stream *source = mr_delivery_source(delivery);
    mr_audit_counts counts = {0};
    for (size_t i = 0; i < mr_stream_shard_count(source); i++) {
        const mr_shard *shard = mr_stream_shard(source, i);
        const account *a = account_of(audit, mr_delivery_name(delivery), mr_shard_id(shard));
        add_shard(&counts, a == NULL ? &nothing : a, mr_shard_last(shard),
                  mr_delivery_has_backup(delivery));
    }
    return counts;
}

uint64_t mr_audit_expired_too_early(const mr_audit *audit, mr_delivery *delivery)
{
    mr_stream *source = mr_delivery_source(delivery);
    uint64_t count = 0;
    for (size_t i = 0; i < mr_stream_shard_count(source); i++) {
        const mr_shard *shard = mr_stream_shard(source, i);
        const account *a = account_of(audit, mr_delivery_name(delivery), mr_shard_id(shard));
        for (size_t r = 0; a != NULL && r < a->main.expired.count; r++) {
            uint64_t end = a->main.expired.items[r].end.number, first = mr_shard_first(shard);
            count += end > first ? end - first : 0;
        }
    }
    return count;
}

mr_code mr_audit_check(const mr_audit *audit, mr_delivery *delivery, mr_error *err)
{
    mr_audit_counts counts = mr_audit_count(audit, delivery);
    const char *name = mr_delivery_name(delivery);
    if (counts.pending != 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: %" PRIu64 " of %" PRIu64
                            " records of its source are in no commit: %" PRIu64
                            " delivered + %" PRIu64 " failed + %" PRIu64 " dropped + %" PRIu64
                            " discarded + %" PRIu64 " expired, %" PRIu64 " of them twice",
                            name, counts.pending, counts.stored, counts.delivered, counts.failed,
                            counts.dropped, counts.discarded, counts.expired, counts.again);
    }
    if (counts.backup_pending != 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: %" PRIu64 " of %" PRIu64
                            " records of its source are in no commit of the backup",
                            name, counts.backup_pending, counts.stored);
    }
    if (counts.disordered > 0 && counts.again + counts.backup_again == 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: in %" PRIu64
                            " objects a record follows a later one of its shard",
                            name, counts.disordered);
    }
    return MR_OK;
}
