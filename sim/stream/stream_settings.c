/* stream_settings.c - see stream_settings.h. */
#include "sim/stream/stream_settings.h"

#include "sim/base/timefmt.h"
#include "sim/stream/commitment.h"
#include "sim/stream/daily_count.h"
#include "sim/stream/state.h"

#define HOUR_US                   (INT64_C(3600) * MR_US_PER_SECOND)
#define MODE_SWITCHES_PER_DAY     2  /* API Reference, "UpdateStreamMode" */
#define ENCRYPTION_STARTS_PER_DAY 25 /* API Reference, "StartStreamEncryption" */

/* Writes the columns of `streams` that may change. */
static mr_code store_columns(const mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "UPDATE streams SET retention_us = ?, record_kib_max = ?,"
                                   " on_demand = ? WHERE name = ?");
    mr_stmt_bind_int(stmt, 1, stream->retention_us);
    mr_stmt_bind_int(stmt, 2, stream->record_kib_max);
    mr_stmt_bind_int(stmt, 3, stream->on_demand);
    mr_stmt_bind_text(stmt, 4, stream->name);
    return mr_stmt_run(db, stmt, err);
}

/* ---- retention ---- */

static mr_code set_retention(mr_stream *stream, uint32_t hours, mr_error *err)
{
    const int64_t before_us = stream->retention_us;
    stream->retention_us = hours * HOUR_US;
    mr_code code = store_columns(stream, err);
    if (code != MR_OK) {
        stream->retention_us = before_us;
    }
    return code;
}

static mr_code check_retention(const mr_stream *stream, uint32_t hours, mr_error *err)
{
    if (hours < MR_RETENTION_HOURS_MIN) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Minimum allowed retention period is %d hours. Requested retention "
                            "period (%u hours) is too short.",
                            MR_RETENTION_HOURS_MIN, hours);
    }
    if (hours > MR_RETENTION_HOURS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Maximum allowed retention period is %d hours. Requested retention "
                            "period (%u hours) is too long.",
                            MR_RETENTION_HOURS_MAX, hours);
    }
    return mr_stream_require_active(stream, err);
}

static mr_code wrong_way(const mr_stream *stream, uint32_t hours, const char *than,
                         const char *other, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "Requested retention period (%u hours) for stream %s can not be %s than "
                        "existing retention period (%lld hours). Use %sRetentionPeriod API.",
                        hours, stream->name, than, (long long)(stream->retention_us / HOUR_US),
                        other);
}

mr_code mr_stream_increase_retention(mr_stream *stream, uint32_t hours, mr_error *err)
{
    mr_code code = check_retention(stream, hours, err);
    if (code == MR_OK && hours * HOUR_US < stream->retention_us) {
        return wrong_way(stream, hours, "shorter", "Decrease", err);
    }
    return code == MR_OK ? set_retention(stream, hours, err) : code;
}

mr_code mr_stream_decrease_retention(mr_stream *stream, uint32_t hours, mr_error *err)
{
    mr_code code = check_retention(stream, hours, err);
    if (code == MR_OK && hours * HOUR_US > stream->retention_us) {
        return wrong_way(stream, hours, "longer", "Increase", err);
    }
    return code == MR_OK ? set_retention(stream, hours, err) : code;
}

/* ---- capacity ---- */

mr_code mr_stream_set_mode_now(mr_stream *stream, const mr_stream_change *change, bool settle,
                               mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    const bool before = stream->on_demand;
    const uint32_t warm_before = stream->warm_mibps;
    const bool warms = change->other > 0;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    stream->on_demand = change->number != 0;
    stream->warm_mibps = warms ? change->other : warm_before;
    code = store_columns(stream, err);
    if (code == MR_OK && (settle || warms)) {
        code = mr_stream_store_settings(stream, err);
    }
    if (code == MR_OK) {
        code = mr_db_commit(db, err);
    } else {
        mr_db_rollback(db);
    }
    if (code != MR_OK) {
        stream->on_demand = before;
        stream->warm_mibps = warm_before;
    }
    return code;
}

/* What an account may give to a stream that is on-demand, or is going to be. */
static mr_code check_warm(mr_stream *stream, uint32_t mibps, mr_error *err)
{
    if (mibps > MR_WARM_MIBPS_MAX) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "Stream %s under account %s cannot have a warm throughput of %u MiB/s; "
                            "the limit is %d.",
                            stream->name, mr_streams_account(stream->streams), mibps,
                            MR_WARM_MIBPS_MAX);
    }
    return mr_commitment_require(stream->streams, stream->name, err);
}

/* warm_mibps: 0: none is asked for. */
static mr_code update_mode(mr_stream *stream, bool on_demand, uint32_t warm_mibps, mr_error *err)
{
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK || on_demand == stream->on_demand) {
        return code;
    }
    code = mr_daily_require(stream, "UpdateStreamMode", MODE_SWITCHES_PER_DAY, err);
    if (code == MR_OK && on_demand) {
        code = mr_streams_require_on_demand(stream->streams, err);
    }
    if (code == MR_OK) {
        code = mr_daily_note(stream, "UpdateStreamMode", err);
    }
    const mr_stream_change change = {
        .kind = MR_CHANGE_MODE, .number = on_demand, .other = warm_mibps};
    return code == MR_OK ? mr_stream_begin_change(stream, &change, err) : code;
}

mr_code mr_stream_update_mode(mr_stream *stream, bool on_demand, mr_error *err)
{
    return update_mode(stream, on_demand, 0, err);
}

mr_code mr_stream_warm_up(mr_stream *stream, uint32_t mibps, mr_error *err)
{
    if (stream->on_demand) {
        return mr_stream_update_warm_throughput(stream, mibps, err);
    }
    mr_code code = check_warm(stream, mibps, err);
    return code == MR_OK ? update_mode(stream, true, mibps, err) : code;
}

bool mr_stream_is_on_demand(const mr_stream *stream)
{
    return stream->on_demand;
}

mr_code mr_stream_update_record_kib_max(mr_stream *stream, uint32_t kib, mr_error *err)
{
    if (kib < MR_RECORD_KIB_DEFAULT || kib > MR_RECORD_KIB_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "stream %s: MaxRecordSizeInKiB is %u; it must be %d to %d",
                            stream->name, kib, MR_RECORD_KIB_DEFAULT, MR_RECORD_KIB_MAX);
    }
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK) {
        return code;
    }
    const uint32_t before = stream->record_kib_max;
    stream->record_kib_max = kib;
    code = store_columns(stream, err);
    if (code != MR_OK) {
        stream->record_kib_max = before;
    }
    return code;
}

mr_code mr_stream_update_warm_throughput(mr_stream *stream, uint32_t mibps, mr_error *err)
{
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK) {
        return code;
    }
    if (!stream->on_demand) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Stream %s under account %s is in PROVISIONED mode; warm throughput is "
                            "of ON_DEMAND streams.",
                            stream->name, mr_streams_account(stream->streams));
    }
    code = check_warm(stream, mibps, err);
    if (code != MR_OK) {
        return code;
    }
    return mr_stream_begin_change(
        stream, &(mr_stream_change){.kind = MR_CHANGE_WARM_THROUGHPUT, .number = mibps}, err);
}

mr_warm_throughput mr_stream_warm_throughput(const mr_stream *stream)
{
    uint32_t target_mibps = stream->warm_mibps;
    if (stream->change.kind == MR_CHANGE_WARM_THROUGHPUT) {
        target_mibps = stream->change.number;
    } else if (stream->change.kind == MR_CHANGE_MODE && stream->change.other > 0) {
        target_mibps = stream->change.other;
    }
    return (mr_warm_throughput){.target_mibps = target_mibps, .current_mibps = stream->warm_mibps};
}

/* ---- encryption ---- */

mr_code mr_stream_start_encryption(mr_stream *stream, const char *key_id, mr_error *err)
{
    const size_t len = strlen(key_id);
    if (len == 0 || len >= MR_ENCRYPTION_KEY_SIZE) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "stream %s: a KeyId of %zu bytes; it must have 1 to %d", stream->name,
                            len, MR_ENCRYPTION_KEY_SIZE - 1);
    }
    mr_code code = mr_stream_require_active(stream, err);
    if (code == MR_OK) {
        code = mr_daily_require(stream, "StartStreamEncryption", ENCRYPTION_STARTS_PER_DAY, err);
    }
    if (code == MR_OK) {
        code = mr_daily_note(stream, "StartStreamEncryption", err);
    }
    mr_stream_change change = {.kind = MR_CHANGE_ENCRYPTION, .text = key_id};
    return code == MR_OK ? mr_stream_begin_change(stream, &change, err) : code;
}

mr_code mr_stream_stop_encryption(mr_stream *stream, mr_error *err)
{
    mr_code code = mr_stream_require_active(stream, err);
    return code != MR_OK ? code
                         : mr_stream_begin_change(
                               stream, &(mr_stream_change){.kind = MR_CHANGE_ENCRYPTION}, err);
}

const char *mr_stream_encryption_key(const mr_stream *stream)
{
    return stream->encryption_key;
}

/* ---- enhanced monitoring ---- */

static const char *const metric_names[MR_SHARD_METRICS_COUNT] = {
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
};

const char *mr_shard_metric_name(size_t place)
{
    MR_ASSERT(place < MR_SHARD_METRICS_COUNT);
    return metric_names[place];
}

uint32_t mr_shard_metrics_of_name(mr_bytes name)
{
    for (size_t i = 0; i < MR_SHARD_METRICS_COUNT; i++) {
        if (mr_bytes_is(name, metric_names[i])) {
            return 1U << i;
        }
    }
    return mr_bytes_is(name, "ALL") ? MR_SHARD_METRICS_ALL : 0;
}

static mr_code set_metrics(mr_stream *stream, uint32_t metrics, uint32_t *before, uint32_t *after,
                           mr_error *err)
{
    MR_ASSERT((metrics & ~MR_SHARD_METRICS_ALL) == 0);
    mr_code code = mr_stream_require_active(stream, err);
    if (code != MR_OK) {
        return code;
    }
    *before = stream->metrics;
    *after = stream->metrics = metrics;
    code = mr_stream_store_settings(stream, err);
    if (code != MR_OK) {
        stream->metrics = *before;
    }
    return code;
}

mr_code mr_stream_enable_metrics(mr_stream *stream, uint32_t metrics, uint32_t *before,
                                 uint32_t *after, mr_error *err)
{
    return set_metrics(stream, stream->metrics | metrics, before, after, err);
}

mr_code mr_stream_disable_metrics(mr_stream *stream, uint32_t metrics, uint32_t *before,
                                  uint32_t *after, mr_error *err)
{
    return set_metrics(stream, stream->metrics & ~metrics, before, after, err);
}

uint32_t mr_stream_metrics(const mr_stream *stream)
{
    return stream->metrics;
}
