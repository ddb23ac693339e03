/* commit_log.c - see commit_log.h. */
#include "sim/firehose/commit_log.h"

static const char *const names[MR_COMMIT_OUTCOME_COUNT] = {
    [MR_COMMIT_DELIVERED] = "delivered", [MR_COMMIT_DROPPED] = "dropped",
    [MR_COMMIT_DISCARDED] = "discarded", [MR_COMMIT_EXPIRED] = "expired",
    [MR_COMMIT_BEFORE] = "before",       [MR_COMMIT_EARLIER] = "earlier",
};

const char *mr_commit_outcome_name(mr_commit_outcome outcome)
{
    MR_ASSERT(outcome >= 0 && outcome < MR_COMMIT_OUTCOME_COUNT);
    return names[outcome];
}

bool mr_commit_outcome_of(const char *name, mr_commit_outcome *out)
{
    for (mr_commit_outcome outcome = 0; outcome < MR_COMMIT_OUTCOME_COUNT; outcome++) {
        if (strcmp(names[outcome], name) == 0) {
            *out = outcome;
            return true;
        }
    }
    return false;
}

mr_code mr_commit_log_add(mr_db *db, const mr_commit_entry *entry, mr_error *err)
{
    if (entry->ranges->count == 0) {
        return MR_OK;
    }
    mr_strbuf ranges = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_ranges_format(entry->ranges, &ranges);

    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT INTO delivery_commits"
            "(delivery, sink, shard, ranges, records, bucket, key, outcome, time_us, bytes)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, entry->delivery);
    mr_stmt_bind_text(stmt, 2, entry->sink);
    mr_stmt_bind_text(stmt, 3, entry->shard);
    mr_stmt_bind_text(stmt, 4, mr_strbuf_text(&ranges));
    mr_stmt_bind_int(stmt, 5, (int64_t)mr_ranges_records(entry->ranges));
    mr_stmt_bind_text(stmt, 6, entry->bucket);
    mr_stmt_bind_text(stmt, 7, entry->key);
    mr_stmt_bind_text(stmt, 8, names[entry->outcome]);
    mr_stmt_bind_int(stmt, 9, mr_db_wall_us(db));
    mr_stmt_bind_int(stmt, 10, (int64_t)entry->bytes);
    mr_code code = mr_stmt_run(db, stmt, err);
    mr_strbuf_deinit(&ranges);
    return code;
}
