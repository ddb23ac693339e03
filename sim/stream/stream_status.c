/* stream_status.c - see stream_status.h. */
#include "sim/stream/stream_status.h"

#include "sim/base/alloc.h"
#include "sim/stream/state.h"

/* ---- names, in AWS's words and in catalog.db ---- */

static const char *const status_names[MR_STATUS_COUNT] = {
    [MR_STATUS_ACTIVE] = "ACTIVE",
    [MR_STATUS_CREATING] = "CREATING",
    [MR_STATUS_UPDATING] = "UPDATING",
    [MR_STATUS_DELETING] = "DELETING",
};

static const char *const change_names[MR_CHANGE_COUNT] = {
    [MR_CHANGE_NONE] = NULL,
    [MR_CHANGE_SPLIT] = "split",
    [MR_CHANGE_MERGE] = "merge",
    [MR_CHANGE_SHARD_COUNT] = "shard_count",
    [MR_CHANGE_MODE] = "mode",
    [MR_CHANGE_ENCRYPTION] = "encryption",
    [MR_CHANGE_WARM_THROUGHPUT] = "warm_throughput",
};

static size_t place_of_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count && name != NULL; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return 0;
}

const char *mr_status_name(mr_status status)
{
    return status_names[status];
}

mr_status mr_status_of_name(const char *name)
{
    return (mr_status)place_of_name(status_names, MR_STATUS_COUNT, name);
}

/* ---- questions ---- */

mr_status mr_stream_status(const mr_stream *stream)
{
    return stream->status;
}

mr_code mr_stream_require_active(const mr_stream *stream, mr_error *err)
{
    if (stream->status == MR_STATUS_ACTIVE) {
        return MR_OK;
    }
    return mr_error_set(err, MR_STREAM_NOT_ACTIVE,
                        "Stream %s under account %s not ACTIVE, instead in state %s", stream->name,
                        mr_streams_account(stream->streams), mr_status_name(stream->status));
}

/* ---- the row in catalog.db ---- */

mr_code mr_stream_store_settings(const mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    const mr_stream_change *change = &stream->change;
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT OR REPLACE INTO stream_settings (stream, status, due_us, change, change_number,"
            " change_other, change_text, metrics, encryption_key, warm_mibps)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_text(stmt, 2, mr_status_name(stream->status));
    if (stream->status != MR_STATUS_ACTIVE) {
        mr_stmt_bind_int(stmt, 3, stream->status_due_us);
    }
    if (change->kind != MR_CHANGE_NONE) {
        mr_stmt_bind_text(stmt, 4, change_names[change->kind]);
        mr_stmt_bind_int(stmt, 5, change->number);
        mr_stmt_bind_int(stmt, 6, change->other);
        mr_stmt_bind_text(stmt, 7, change->text);
    }
    mr_stmt_bind_int(stmt, 8, stream->metrics);
    mr_stmt_bind_text(stmt, 9, stream->encryption_key);
    mr_stmt_bind_int(stmt, 10, stream->warm_mibps);
    return mr_stmt_run(db, stmt, err);
}

static void load_row(mr_stream *stream, mr_stmt *stmt)
{
    stream->status = mr_status_of_name(mr_stmt_text(stmt, 0));
    stream->status_due_us = mr_stmt_int(stmt, 1);
    stream->change = (mr_stream_change){
        .kind = (mr_change_kind)place_of_name(change_names, MR_CHANGE_COUNT, mr_stmt_text(stmt, 2)),
        .number = (uint32_t)mr_stmt_int(stmt, 3),
        .other = (uint32_t)mr_stmt_int(stmt, 4),
        .text = mr_strdup(mr_stmt_text(stmt, 5))};
    stream->metrics = (uint32_t)mr_stmt_int(stmt, 6);
    stream->encryption_key = mr_strdup(mr_stmt_text(stmt, 7));
    stream->warm_mibps = (uint32_t)mr_stmt_int(stmt, 8);
}

mr_code mr_stream_load_settings(mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "SELECT status, due_us, change, change_number, change_other, change_text,"
            " metrics, encryption_key, warm_mibps FROM stream_settings WHERE stream = ?");
    mr_stmt_bind_text(stmt, 1, stream->name);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code == MR_OK && row) {
        load_row(stream, stmt);
    }
    mr_stmt_done(stmt);
    return code;
}

/* ---- moving ---- */

int64_t mr_stream_state_delay_us(const mr_stream *stream)
{
    return stream->internal ? 0 : stream->streams->options.state_delay_us;
}

/* The one place where a status begins. */
static void enter(mr_stream *stream, mr_status status)
{
    MR_ASSERT(status != MR_STATUS_UPDATING || stream->status == MR_STATUS_ACTIVE);
    MR_ASSERT(status != MR_STATUS_CREATING || stream->shards_count == 0);
    stream->status = status;
    if (status == MR_STATUS_ACTIVE) {
        stream->status_due_us = 0;
        mr_timer_cancel(&stream->status_timer);
        return;
    }
    stream->status_due_us =
        mr_clock_now_us(stream->streams->options.clock) + mr_stream_state_delay_us(stream);
    mr_timer_set(&stream->status_timer, stream->status_due_us);
}

static void drop_change(mr_stream *stream)
{
    mr_free((char *)stream->change.text);
    stream->change = (mr_stream_change){.kind = MR_CHANGE_NONE};
}

void mr_stream_begin_creating(mr_stream *stream)
{
    if (mr_stream_state_delay_us(stream) > 0) {
        enter(stream, MR_STATUS_CREATING);
    }
}

mr_code mr_stream_begin_deleting(mr_stream *stream, mr_error *err)
{
    MR_ASSERT(stream->status != MR_STATUS_DELETING);
    const mr_status status = stream->status;
    const int64_t due_us = stream->status_due_us;
    const mr_stream_change change = stream->change;
    stream->change = (mr_stream_change){.kind = MR_CHANGE_NONE};
    enter(stream, MR_STATUS_DELETING);
    mr_code code = mr_stream_store_settings(stream, err);
    if (code == MR_OK) {
        mr_free((char *)change.text);
        return MR_OK;
    }
    stream->status = status; /* it was not written down: what was under way goes on */
    stream->change = change;
    stream->status_due_us = due_us;
    mr_timer_cancel(&stream->status_timer);
    if (status != MR_STATUS_ACTIVE) {
        mr_timer_set(&stream->status_timer, due_us);
    }
    return code;
}

static mr_code set_encryption(mr_stream *stream, const char *key_id, mr_error *err)
{
    char *before = stream->encryption_key;
    stream->encryption_key = mr_strdup(key_id);
    mr_code code = mr_stream_store_settings(stream, err);
    if (code != MR_OK) {
        mr_free(stream->encryption_key);
        stream->encryption_key = before;
        return code;
    }
    mr_free(before);
    return MR_OK;
}

static mr_code set_warm_throughput(mr_stream *stream, uint32_t mibps, mr_error *err)
{
    const uint32_t before = stream->warm_mibps;
    stream->warm_mibps = mibps;
    mr_code code = mr_stream_store_settings(stream, err);
    if (code != MR_OK) {
        stream->warm_mibps = before;
    }
    return code;
}

/* Does what was asked for. `last`: the stream is UPDATING and this ends it, so catalog.db is told
 * that it is ACTIVE in the same transaction as the change, or after one that can be done twice. */
static mr_code apply(mr_stream *stream, const mr_stream_change *change, bool last, mr_error *err)
{
    mr_code code = MR_OK;
    switch (change->kind) {
    case MR_CHANGE_SPLIT:
        return mr_stream_split_now(stream, change, last, err);
    case MR_CHANGE_MERGE:
        return mr_stream_merge_now(stream, change, last, err);
    case MR_CHANGE_SHARD_COUNT:
        code = mr_stream_scale_now(stream, change->number, err);
        return code == MR_OK && last ? mr_stream_store_settings(stream, err) : code;
    case MR_CHANGE_MODE:
        return mr_stream_set_mode_now(stream, change, last, err);
    case MR_CHANGE_ENCRYPTION:
        return set_encryption(stream, change->text, err);
    case MR_CHANGE_WARM_THROUGHPUT:
        return set_warm_throughput(stream, change->number, err);
    case MR_CHANGE_NONE:
    case MR_CHANGE_COUNT:
        break;
    }
    return last ? mr_stream_store_settings(stream, err) : MR_OK;
}

mr_code mr_stream_begin_change(mr_stream *stream, const mr_stream_change *change, mr_error *err)
{
    MR_ASSERT(stream->status == MR_STATUS_ACTIVE);
    if (mr_stream_state_delay_us(stream) == 0) {
        return apply(stream, change, false, err);
    }
    stream->change = *change;
    stream->change.text = mr_strdup(change->text);
    enter(stream, MR_STATUS_UPDATING);
    mr_code code = mr_stream_store_settings(stream, err);
    if (code != MR_OK) { /* it was not written down, so it was not begun */
        drop_change(stream);
        enter(stream, MR_STATUS_ACTIVE);
    }
    return code;
}

/* What the state was for has come: the stream goes on. One that was DELETING is no more. */
static mr_code finish(mr_stream *stream, mr_error *err)
{
    if (stream->status == MR_STATUS_DELETING) {
        return mr_stream_delete_now(stream, err);
    }
    mr_stream_change change = stream->change;
    stream->change = (mr_stream_change){.kind = MR_CHANGE_NONE};
    enter(stream, MR_STATUS_ACTIVE);
    mr_code code = apply(stream, &change, true, err);
    mr_free((char *)change.text);
    return code;
}

void mr_stream_on_status_due(void *context)
{
    mr_stream *stream = context;
    mr_streams *streams = stream->streams; /* the stream may be gone behind the call */
    mr_error err;
    if (finish(stream, &err) != MR_OK) {
        mr_streams_fail(streams, &err);
    }
}

mr_code mr_stream_resume_status(mr_stream *stream, mr_error *err)
{
    if (stream->status == MR_STATUS_ACTIVE) {
        return MR_OK;
    }
    const int64_t now_us = mr_clock_now_us(stream->streams->options.clock);
    const int64_t latest_us = now_us + mr_stream_state_delay_us(stream);
    if (stream->status_due_us > latest_us) { /* a shorter delay, or a clock that begins earlier */
        stream->status_due_us = latest_us;
    }
    if (stream->status_due_us <= now_us) {
        return finish(stream, err);
    }
    mr_timer_set(&stream->status_timer, stream->status_due_us);
    return MR_OK;
}
