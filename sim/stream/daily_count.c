/* daily_count.c - see daily_count.h. */
#include "sim/stream/daily_count.h"

#include "sim/base/timefmt.h"
#include "sim/stream/state.h"

#define DAY_US (INT64_C(24) * 3600 * MR_US_PER_SECOND)

static mr_code forget_old(mr_stream *stream, int64_t now_us, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM stream_actions WHERE stream = ? AND time_us <= ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, now_us - DAY_US);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_daily_note(mr_stream *stream, const char *action, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    const int64_t now_us = mr_clock_now_us(stream->streams->options.clock);
    mr_code code = forget_old(stream, now_us, err);
    if (code != MR_OK) {
        return code;
    }
    mr_stmt *stmt =
        mr_db_stmt(db, "INSERT INTO stream_actions (stream, action, time_us) VALUES (?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, action);
    mr_stmt_bind_int(stmt, 3, now_us);
    return mr_stmt_run(db, stmt, err);
}

mr_code mr_daily_require(mr_stream *stream, const char *action, uint32_t most, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "SELECT count(*) FROM stream_actions WHERE stream = ? AND action = ? AND time_us > ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, action);
    mr_stmt_bind_int(stmt, 3, mr_clock_now_us(stream->streams->options.clock) - DAY_US);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    int64_t count = code == MR_OK && row ? mr_stmt_int(stmt, 0) : 0;
    mr_stmt_done(stmt);
    if (code == MR_OK && count >= most) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "%s was called %lld times in 24 hours for stream %s under account %s; "
                            "the limit is %u.",
                            action, (long long)count, stream->name,
                            mr_streams_account(stream->streams), most);
    }
    return code;
}
