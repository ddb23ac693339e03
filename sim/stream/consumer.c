/* consumer.c - see consumer.h. */
#include "sim/stream/consumer.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/state.h"

#define NAME_MAX_BYTES 128
#define BYTES_PER_S    INT64_C(2097152) /* of one consumer at one shard: API Reference */

/* ---- memory ---- */

static void on_status_due(void *context);

static mr_consumer *consumer_make(mr_stream *stream, const char *name, int64_t created_us)
{
    mr_consumer *consumer = mr_calloc(1, sizeof(*consumer));
    consumer->stream = stream;
    consumer->name = mr_strdup(name);
    consumer->created_us = created_us;
    consumer->arn = mr_format("%s/consumer/%s:%lld", stream->arn, name,
                              (long long)(created_us / MR_US_PER_SECOND));
    mr_timer_init(&consumer->status_timer, stream->streams->options.clock, on_status_due, consumer);
    return consumer;
}

static void consumer_free(mr_consumer *consumer)
{
    mr_timer_cancel(&consumer->status_timer);
    for (size_t i = 0; i < consumer->fan_outs_count; i++) {
        MR_ASSERT(consumer->fan_outs[i]->subscription == NULL);
        mr_free(consumer->fan_outs[i]);
    }
    mr_free(consumer->fan_outs);
    mr_free(consumer->arn);
    mr_free(consumer->name);
    mr_free(consumer);
}

/* Into the stream, which owns it from then on. */
static void keep(mr_consumer *consumer)
{
    mr_stream *stream = consumer->stream;
    if (stream->consumers == NULL) {
        stream->consumers = mr_map_new();
    }
    mr_map_put(stream->consumers, mr_bytes_of(consumer->name), consumer);
}

/* In byte order of names. Owned array; NULL when there is none. */
static mr_consumer **consumers_of(const mr_stream *stream, size_t *count)
{
    *count = stream->consumers == NULL ? 0 : mr_map_count(stream->consumers);
    return *count == 0 ? NULL : (mr_consumer **)(void *)mr_map_sorted(stream->consumers);
}

mr_fan_out *mr_consumer_fan_out(mr_consumer *consumer, const mr_shard *shard)
{
    for (size_t i = 0; i < consumer->fan_outs_count; i++) {
        if (consumer->fan_outs[i]->shard_index == shard->index) {
            return consumer->fan_outs[i];
        }
    }
    const int64_t now_us = mr_clock_now_us(consumer->stream->streams->options.clock);
    mr_fan_out *fan_out = mr_calloc(1, sizeof(*fan_out));
    *fan_out = (mr_fan_out){.shard_index = shard->index,
                            .subscribed_us = INT64_MIN,
                            .bytes = mr_bucket_make(BYTES_PER_S, now_us)};
    MR_GROW(consumer->fan_outs, consumer->fan_outs_count, consumer->fan_outs_capacity);
    consumer->fan_outs[consumer->fan_outs_count++] = fan_out;
    return fan_out;
}

static void cut_subscriptions(mr_consumer *consumer)
{
    for (size_t i = 0; i < consumer->fan_outs_count; i++) {
        if (consumer->fan_outs[i]->subscription != NULL) {
            mr_subscription_cut(consumer->fan_outs[i]->subscription);
        }
    }
}

/* ---- rows in catalog.db ---- */

static mr_code store(const mr_consumer *consumer, mr_error *err)
{
    mr_db *db = consumer->stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT OR REPLACE INTO stream_consumers (stream, name,"
                                   " created_us, status, due_us) VALUES (?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, consumer->stream->name);
    mr_stmt_bind_text(stmt, 2, consumer->name);
    mr_stmt_bind_int(stmt, 3, consumer->created_us);
    mr_stmt_bind_text(stmt, 4, mr_status_name(consumer->status));
    if (consumer->status != MR_STATUS_ACTIVE) {
        mr_stmt_bind_int(stmt, 5, consumer->status_due_us);
    }
    return mr_stmt_run(db, stmt, err);
}

static mr_code delete_rows(const mr_consumer *consumer, mr_error *err)
{
    static const char *const deletions[] = {
        "DELETE FROM stream_consumers WHERE stream = ? AND name = ?",
        "DELETE FROM stream_tags WHERE stream = ? AND consumer = ?",
        "DELETE FROM stream_policies WHERE stream = ? AND consumer = ?"};
    mr_db *db = consumer->stream->streams->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < MR_COUNT(deletions) && code == MR_OK; i++) {
        mr_stmt *stmt = mr_db_stmt(db, deletions[i]);
        mr_stmt_bind_text(stmt, 1, consumer->stream->name);
        mr_stmt_bind_text(stmt, 2, consumer->name);
        code = mr_stmt_run(db, stmt, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

mr_code mr_stream_load_consumers(mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT name, created_us, status, due_us FROM stream_consumers"
                                   " WHERE stream = ? ORDER BY name");
    mr_stmt_bind_text(stmt, 1, stream->name);
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_consumer *consumer = consumer_make(stream, mr_stmt_text(stmt, 0), mr_stmt_int(stmt, 1));
        consumer->status = mr_status_of_name(mr_stmt_text(stmt, 2));
        consumer->status_due_us = mr_stmt_int(stmt, 3);
        keep(consumer);
    }
    mr_stmt_done(stmt);
    return code;
}

/* ---- states ---- */

/* The one place where a status begins. */
static void enter(mr_consumer *consumer, mr_status status)
{
    MR_ASSERT(status != MR_STATUS_UPDATING);
    consumer->status = status;
    consumer->status_due_us = 0;
    mr_timer_cancel(&consumer->status_timer);
    if (status != MR_STATUS_ACTIVE) {
        const mr_stream *stream = consumer->stream;
        consumer->status_due_us =
            mr_clock_now_us(stream->streams->options.clock) + mr_stream_state_delay_us(stream);
        mr_timer_set(&consumer->status_timer, consumer->status_due_us);
    }
}

static mr_code remove_now(mr_consumer *consumer, mr_error *err)
{
    mr_code code = delete_rows(consumer, err);
    if (code == MR_OK) {
        mr_map_remove(consumer->stream->consumers, mr_bytes_of(consumer->name));
        consumer->status = MR_STATUS_DELETING; /* nobody subscribes while the others are told */
        cut_subscriptions(consumer);
        consumer_free(consumer);
    }
    return code;
}

static mr_code finish(mr_consumer *consumer, mr_error *err)
{
    if (consumer->status == MR_STATUS_DELETING) {
        return remove_now(consumer, err);
    }
    enter(consumer, MR_STATUS_ACTIVE);
    return store(consumer, err);
}

static void on_status_due(void *context)
{
    mr_consumer *consumer = context;
    mr_streams *streams = consumer->stream->streams; /* the consumer may be gone behind the call */
    mr_error err;
    if (finish(consumer, &err) != MR_OK) {
        mr_streams_fail(streams, &err);
    }
}

static mr_code resume(mr_consumer *consumer, mr_error *err)
{
    const int64_t now_us = mr_clock_now_us(consumer->stream->streams->options.clock);
    const int64_t latest_us = now_us + mr_stream_state_delay_us(consumer->stream);
    if (consumer->status == MR_STATUS_ACTIVE) {
        return MR_OK;
    }
    if (consumer->status_due_us > latest_us) {
        consumer->status_due_us = latest_us;
    }
    if (consumer->status_due_us <= now_us) {
        return finish(consumer, err);
    }
    mr_timer_set(&consumer->status_timer, consumer->status_due_us);
    return MR_OK;
}

mr_code mr_stream_resume_consumers(mr_stream *stream, mr_error *err)
{
    size_t count;
    mr_consumer **consumers = consumers_of(stream, &count);
    mr_code code = MR_OK;
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = resume(consumers[i], err);
    }
    mr_free(consumers);
    return code;
}

void mr_stream_stop_consumers(mr_stream *stream)
{
    size_t count;
    mr_consumer **consumers = consumers_of(stream, &count);
    for (size_t i = 0; i < count; i++) {
        mr_timer_cancel(&consumers[i]->status_timer);
        cut_subscriptions(consumers[i]);
    }
    mr_free(consumers);
}

void mr_stream_free_consumers(mr_stream *stream)
{
    size_t count;
    mr_consumer **consumers = consumers_of(stream, &count);
    for (size_t i = 0; i < count; i++) {
        consumer_free(consumers[i]);
    }
    mr_free(consumers);
    mr_map_free(stream->consumers);
    stream->consumers = NULL;
}

/* ---- registering ---- */

static mr_code check_name(const char *name, mr_error *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const size_t len = strlen(name);
    if (len >= 1 && len <= NAME_MAX_BYTES && strspn(name, allowed) == len) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "consumer name \"%.140s\": it must have 1 to %d characters of "
                        "[a-zA-Z0-9_.-]",
                        name, NAME_MAX_BYTES);
}

static size_t count_creating(const mr_stream *stream)
{
    size_t count, creating = 0;
    mr_consumer **consumers = consumers_of(stream, &count);
    for (size_t i = 0; i < count; i++) {
        creating += consumers[i]->status == MR_STATUS_CREATING;
    }
    mr_free(consumers);
    return creating;
}

static mr_code check_limits(const mr_stream *stream, mr_error *err)
{
    const bool full = mr_stream_consumer_count(stream) >= MR_CONSUMERS_MAX;
    if (!full && count_creating(stream) < MR_CONSUMERS_CREATING_MAX) {
        return MR_OK;
    }
    return mr_error_set(
        err, MR_LIMIT_EXCEEDED, "Stream %s under account %s already has %d consumers%s.",
        stream->name, mr_streams_account(stream->streams),
        full ? MR_CONSUMERS_MAX : MR_CONSUMERS_CREATING_MAX, full ? "" : " in state CREATING");
}

static mr_code check_new(mr_stream *stream, const char *name, mr_error *err)
{
    mr_code code = check_name(name, err);
    if (code == MR_OK && stream->status != MR_STATUS_UPDATING) {
        code = mr_stream_require_active(stream, err);
    }
    if (code != MR_OK) {
        return code;
    }
    if (mr_stream_consumer(stream, name) != NULL) {
        return mr_error_set(err, MR_CONSUMER_EXISTS,
                            "Consumer %s under stream %s already exists for account %s.", name,
                            stream->name, mr_streams_account(stream->streams));
    }
    return check_limits(stream, err);
}

mr_code mr_consumer_register(mr_stream *stream, const char *name, mr_consumer **out, mr_error *err)
{
    MR_ASSERT(!stream->deleted);
    mr_code code = check_new(stream, name, err);
    if (code != MR_OK) {
        return code;
    }
    mr_consumer *consumer =
        consumer_make(stream, name, mr_clock_wall_us(stream->streams->options.clock));
    if (mr_stream_state_delay_us(stream) > 0) {
        enter(consumer, MR_STATUS_CREATING);
    }
    code = store(consumer, err);
    if (code != MR_OK) {
        consumer_free(consumer);
        return code;
    }
    keep(consumer);
    *out = consumer;
    return MR_OK;
}

mr_code mr_consumer_deregister(mr_consumer *consumer, mr_error *err)
{
    if (mr_stream_state_delay_us(consumer->stream) == 0) {
        return remove_now(consumer, err);
    }
    if (consumer->status == MR_STATUS_DELETING) {
        return MR_OK;
    }
    const mr_status status = consumer->status;
    const int64_t due_us = consumer->status_due_us;
    enter(consumer, MR_STATUS_DELETING);
    mr_code code = store(consumer, err);
    if (code != MR_OK) { /* it was not written down: what was under way goes on */
        mr_timer_cancel(&consumer->status_timer);
        consumer->status = status;
        consumer->status_due_us = due_us;
        if (status != MR_STATUS_ACTIVE) {
            mr_timer_set(&consumer->status_timer, due_us);
        }
    }
    return code;
}

/* ---- questions ---- */

mr_consumer *mr_stream_consumer(mr_stream *stream, const char *name)
{
    return stream->consumers == NULL ? NULL : mr_map_get(stream->consumers, mr_bytes_of(name));
}

mr_code mr_stream_require_consumer(mr_stream *stream, mr_bytes name, mr_consumer **out,
                                   mr_error *err)
{
    mr_consumer *consumer = stream->consumers == NULL ? NULL : mr_map_get(stream->consumers, name);
    if (consumer == NULL) {
        return mr_error_set(err, MR_CONSUMER_NOT_FOUND,
                            "Consumer %.*s under stream %s under account %s not found.",
                            (int)mr_min_size(name.len, NAME_MAX_BYTES), name.at, stream->name,
                            mr_streams_account(stream->streams));
    }
    *out = consumer;
    return MR_OK;
}

/* The name of the stream in "...:stream/<stream>/consumer/<name>:<second>", and of the consumer. */
static bool split_arn(mr_bytes arn, mr_bytes *stream, mr_bytes *name)
{
    size_t slashes[3];
    size_t found = 0;
    for (size_t i = 0; i < arn.len && found < MR_COUNT(slashes); i++) {
        if (arn.at[i] == '/') {
            slashes[found++] = i;
        }
    }
    if (found < MR_COUNT(slashes)) {
        return false;
    }
    mr_bytes rest = mr_bytes_make(arn.at + slashes[2] + 1, arn.len - slashes[2] - 1);
    *stream = mr_bytes_make(arn.at + slashes[0] + 1, slashes[1] - slashes[0] - 1);
    *name = mr_bytes_make(rest.at, mr_bytes_find(rest, ':'));
    return true;
}

mr_code mr_consumer_of_arn(mr_streams *streams, mr_bytes arn, mr_consumer **out, mr_error *err)
{
    mr_bytes stream_name, name;
    mr_stream *stream = NULL;
    mr_consumer *consumer = NULL;
    if (split_arn(arn, &stream_name, &name)) {
        stream = mr_map_get(streams->by_name, stream_name);
    }
    if (stream != NULL && stream->consumers != NULL) {
        consumer = mr_map_get(stream->consumers, name);
    }
    if (consumer == NULL || !mr_bytes_is(arn, consumer->arn)) { /* also one registered again */
        return mr_error_set(err, MR_CONSUMER_NOT_FOUND, "Consumer %.*s not found.",
                            (int)mr_min_size(arn.len, 400), arn.at);
    }
    *out = consumer;
    return MR_OK;
}

size_t mr_stream_list_consumers(mr_stream *stream, const char *after, mr_consumer **out,
                                size_t most, bool *more)
{
    size_t all, count = 0;
    mr_consumer **consumers = consumers_of(stream, &all);
    *more = false;
    for (size_t i = 0; i < all && !*more; i++) {
        if (after != NULL &&
            mr_bytes_compare(mr_bytes_of(consumers[i]->name), mr_bytes_of(after)) <= 0) {
            continue;
        }
        *more = count == most;
        if (!*more) {
            out[count++] = consumers[i];
        }
    }
    mr_free(consumers);
    return count;
}

size_t mr_stream_consumer_count(const mr_stream *stream)
{
    return stream->consumers == NULL ? 0 : mr_map_count(stream->consumers);
}

mr_code mr_stream_require_no_consumers(const mr_stream *stream, mr_error *err)
{
    if (mr_stream_consumer_count(stream) == 0) {
        return MR_OK;
    }
    return mr_error_set(err, MR_STREAM_HAS_CONSUMERS,
                        "Stream %s under account %s has %zu registered consumers; deregister them, "
                        "or delete it with EnforceConsumerDeletion.",
                        stream->name, mr_streams_account(stream->streams),
                        mr_stream_consumer_count(stream));
}

mr_stream *mr_consumer_stream(const mr_consumer *consumer)
{
    return consumer->stream;
}

const char *mr_consumer_name(const mr_consumer *consumer)
{
    return consumer->name;
}

int64_t mr_consumer_created_us(const mr_consumer *consumer)
{
    return consumer->created_us;
}

mr_status mr_consumer_status(const mr_consumer *consumer)
{
    return consumer->status;
}

const char *mr_consumer_arn(const mr_consumer *consumer)
{
    return consumer->arn;
}
