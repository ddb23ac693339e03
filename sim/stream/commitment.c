/* commitment.c - see commitment.h. One row of `meta`: when it was begun and when it ends, in
 * microseconds, "1735689600000000 0" for one without an end. */
#include "sim/stream/commitment.h"

#include "sim/stream/state.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const status_names[MR_COMMITMENT_STATUS_COUNT] = {
    [MR_COMMITMENT_DISABLED] = "DISABLED",
    [MR_COMMITMENT_ENABLED] = "ENABLED",
    [MR_COMMITMENT_ENDING] = "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
};

const char *mr_commitment_status_name(mr_commitment_status status)
{
    MR_ASSERT(status < MR_COMMITMENT_STATUS_COUNT);
    return status_names[status];
}

/* What the row says. end_us: 0 for none, perhaps in the time to come. */
typedef struct span {
    int64_t start_us, end_us;
} span;

static mr_code load(mr_streams *streams, span *out, mr_error *err)
{
    mr_db *db = streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT value FROM meta WHERE name = 'throughput_commitment'");
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    *out = (span){0, 0};
    if (code == MR_OK && row) {
        mr_bytes start = mr_bytes_of(mr_stmt_text(stmt, 0));
        const size_t blank = mr_bytes_find(start, ' ');
        const mr_bytes end = {start.at + blank, start.len - blank};
        start.len = blank;
        if (!mr_bytes_to_int64(start, &out->start_us) ||
            !mr_bytes_to_int64(mr_bytes_trim(end), &out->end_us)) {
            code = mr_error_set(err, MR_CORRUPT,
                                "catalog.db: the account's throughput commitment has no times");
        }
    }
    mr_stmt_done(stmt);
    return code;
}

static mr_code store(mr_streams *streams, const span *times, mr_error *err)
{
    mr_db *db = streams->options.db;
    char text[48];
    snprintf(text, sizeof(text), "%" PRId64 " %" PRId64, times->start_us, times->end_us);
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO meta (name, value) VALUES ('throughput_commitment', ?)");
    mr_stmt_bind_text(stmt, 1, text);
    return mr_stmt_run(db, stmt, err);
}

static mr_commitment_status status_at(const span *times, int64_t wall_us)
{
    if (times->start_us == 0 || (times->end_us != 0 && times->end_us <= wall_us)) {
        return MR_COMMITMENT_DISABLED;
    }
    return times->end_us == 0 ? MR_COMMITMENT_ENABLED : MR_COMMITMENT_ENDING;
}

mr_code mr_commitment_get(mr_streams *streams, mr_commitment *out, mr_error *err)
{
    span times;
    mr_code code = load(streams, &times, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_commitment_status status = status_at(&times, mr_clock_wall_us(streams->options.clock));
    const bool is_on = status != MR_COMMITMENT_DISABLED;
    *out = (mr_commitment){.status = status,
                           .started_us = times.start_us,
                           .ended_us = is_on ? 0 : times.end_us,
                           .earliest_end_us = is_on ? times.start_us + MR_COMMITMENT_LEAST_US : 0};
    return MR_OK;
}

mr_code mr_commitment_set(mr_streams *streams, bool enabled, mr_error *err)
{
    const int64_t wall_us = mr_clock_wall_us(streams->options.clock);
    span times;
    mr_code code = load(streams, &times, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_commitment_status status = status_at(&times, wall_us);
    if (enabled && status == MR_COMMITMENT_DISABLED) {
        times = (span){.start_us = wall_us};
    } else if (enabled) {
        times.end_us = 0;
    } else if (status == MR_COMMITMENT_ENABLED) {
        const int64_t earliest_us = times.start_us + MR_COMMITMENT_LEAST_US;
        times.end_us = earliest_us > wall_us ? earliest_us : wall_us;
    } else {
        return MR_OK; /* it is off, or ends as early as it may */
    }
    return store(streams, &times, err);
}

mr_code mr_commitment_require(mr_streams *streams, const char *stream, mr_error *err)
{
    mr_commitment commitment;
    mr_code code = mr_commitment_get(streams, &commitment, err);
    if (code != MR_OK || commitment.status != MR_COMMITMENT_DISABLED) {
        return code;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "Warm throughput of stream %s under account %s needs the account's "
                        "MinimumThroughputBillingCommitment, which is DISABLED.",
                        stream, mr_streams_account(streams));
}
