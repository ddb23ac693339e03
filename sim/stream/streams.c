/* streams.c - the set of data streams, and their rows in catalog.db. See stream.h. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/commitment.h"
#include "sim/stream/state.h"

#define RETENTION_DEFAULT_US (INT64_C(24) * 3600 * MR_US_PER_SECOND)
#define STREAM_NAME_MAX      128
#define INTERNAL_NAME_MAX    256

/* Limits of an on-demand stream. Source: Developer Guide, "Quotas and limits". */
#define ON_DEMAND_WRITE_RECORDS_PER_S 4000
#define ON_DEMAND_WRITE_BYTES_PER_S   INT64_C(4194304)
#define ON_DEMAND_READ_BYTES_PER_S    INT64_C(8388608)

/* AWS lets the shards of a new stream begin a little before the call that made it. */
#define CREATED_BEFORE_US (2 * MR_US_PER_SECOND)

/* ---- names ---- */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static mr_code check_name(const mr_stream_options *options, mr_error *err)
{
    size_t len = strlen(options->name);
    size_t most = options->internal ? INTERNAL_NAME_MAX : STREAM_NAME_MAX;
    bool ok = len >= 1 && len <= most;
    for (size_t i = 0; i < len && ok; i++) {
        ok = options->internal || is_name_byte(options->name[i]);
    }
    if (!ok) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "stream name \"%.140s\": it must have 1 to %zu characters of "
                            "[a-zA-Z0-9_.-]",
                            options->name, most);
    }
    return MR_OK;
}

/* The folder of a stream: its name, with %XX for what no name of AWS's holds and for names of
 * dots alone, which mean something to a file system. */
static char *directory_of(const mr_streams *streams, const char *name)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&path, "%s/", streams->options.directory);
    bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    for (const char *c = name; *c != '\0'; c++) {
        if (is_name_byte(*c) && !dots) {
            mr_strbuf_append_char(&path, *c);
        } else {
            mr_strbuf_appendf(&path, "%%%02X", (unsigned)(unsigned char)*c);
        }
    }
    return mr_strbuf_take(&path);
}

/* ---- limits of the account ---- */

static uint32_t count_status(mr_streams *streams, mr_status status)
{
    size_t count;
    uint32_t found = 0;
    mr_stream **list = mr_streams_list(streams, &count);
    for (size_t i = 0; i < count; i++) {
        found += list[i]->status == status;
    }
    mr_free(list);
    return found;
}

mr_account_limits mr_streams_limits(mr_streams *streams)
{
    mr_account_limits limits = {.shard_limit = streams->options.shard_limit,
                                .on_demand_limit = streams->options.on_demand_limit};
    size_t count;
    mr_stream **list = mr_streams_list(streams, &count);
    for (size_t i = 0; i < count; i++) {
        limits.open_shards += (uint32_t)list[i]->open_count;
        limits.on_demand_streams += list[i]->on_demand;
    }
    mr_free(list);
    return limits;
}

mr_code mr_streams_require_shards(mr_streams *streams, uint32_t added, mr_error *err)
{
    const mr_account_limits limits = mr_streams_limits(streams);
    if ((uint64_t)limits.open_shards + added <= limits.shard_limit) {
        return MR_OK;
    }
    return mr_error_set(
        err, MR_LIMIT_EXCEEDED,
        "This request would exceed the shard limit for the account %s in %s. Current shard count "
        "for the account: %u. Limit: %u. Number of additional shards that would have resulted "
        "from this request: %u. Refer to the AWS Service Limits page "
        "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "
        "and how to request higher limits.",
        mr_streams_account(streams), mr_streams_region(streams), limits.open_shards,
        limits.shard_limit, added);
}

mr_code mr_streams_require_on_demand(mr_streams *streams, mr_error *err)
{
    const mr_account_limits limits = mr_streams_limits(streams);
    if (limits.on_demand_limit == 0 || limits.on_demand_streams < limits.on_demand_limit) {
        return MR_OK;
    }
    return mr_error_set(
        err, MR_LIMIT_EXCEEDED, "Account %s already has %u on-demand streams; the limit is %u.",
        mr_streams_account(streams), limits.on_demand_streams, limits.on_demand_limit);
}

/* ---- making ---- */

static mr_stream *stream_make(mr_streams *streams, const mr_stream_options *options,
                              int64_t created_us)
{
    const int64_t now_us = mr_clock_now_us(streams->options.clock);
    mr_stream *stream = mr_calloc(1, sizeof(*stream));
    stream->streams = streams;
    stream->name = mr_strdup(options->name);
    stream->directory = directory_of(streams, options->name);
    stream->arn = mr_format("arn:aws:kinesis:%s:%s:stream/%s", mr_streams_region(streams),
                            mr_streams_account(streams), options->name);
    stream->created_us = created_us;
    stream->retention_us = options->retention_us;
    stream->record_kib_max = options->record_kib_max;
    stream->on_demand = options->on_demand;
    stream->internal = options->internal;
    stream->limited = streams->options.limits && !options->internal;
    stream->touched_end = &stream->touched;
    stream->write_records = mr_bucket_make(ON_DEMAND_WRITE_RECORDS_PER_S, now_us);
    stream->write_bytes = mr_bucket_make(ON_DEMAND_WRITE_BYTES_PER_S, now_us);
    stream->read_bytes = mr_bucket_make(ON_DEMAND_READ_BYTES_PER_S, now_us);
    stream->warm_mibps = options->warm_mibps;
    mr_timer_init(&stream->status_timer, streams->options.clock, mr_stream_on_status_due, stream);
    return stream;
}

static mr_code store_stream(const mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO streams (name, created_us, retention_us,"
                                   " record_kib_max, on_demand, internal)"
                                   " VALUES (?, ?, ?, ?, ?, ?)");
    mr_stmt_bind_text(stmt, 1, stream->name);
    mr_stmt_bind_int(stmt, 2, stream->created_us);
    mr_stmt_bind_int(stmt, 3, stream->retention_us);
    mr_stmt_bind_int(stmt, 4, stream->record_kib_max);
    mr_stmt_bind_int(stmt, 5, stream->on_demand);
    mr_stmt_bind_int(stmt, 6, stream->internal);
    return mr_stmt_run(db, stmt, err);
}

/* Widths of floor(2^128 / count); the last shard takes the rest, as on AWS. */
static mr_code make_first_shards(mr_stream *stream, uint32_t count, mr_error *err)
{
    const mr_u128 most = ~(mr_u128)0;
    /* 2^128 / count without 2^128: (2^128 - 1) / count is one less only when count divides. */
    const mr_u128 width = count == 1 ? most : most / count + (most % count == count - 1);
    const int64_t created_us =
        stream->created_us > CREATED_BEFORE_US ? stream->created_us - CREATED_BEFORE_US : 0;
    for (uint32_t i = 0; i < count; i++) {
        mr_shard_plan plan = {.index = i,
                              .hash_start = width * i,
                              .hash_end = i + 1 == count ? most : width * (i + 1) - 1,
                              .created_us = created_us,
                              .fresh = true};
        mr_shard *shard;
        mr_code code = mr_shard_make(stream, &plan, &shard, err);
        if (code != MR_OK) {
            return code;
        }
        mr_stream_add_shard(stream, shard);
        code = mr_shard_store(shard, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_stream_sort_open(stream);
    return MR_OK;
}

static mr_code store_new(mr_stream *stream, uint32_t shard_count, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = store_stream(stream, err);
    if (code == MR_OK && (stream->status != MR_STATUS_ACTIVE || stream->warm_mibps != 0)) {
        code = mr_stream_store_settings(stream, err);
    }
    if (code == MR_OK) {
        code = make_first_shards(stream, shard_count, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

static mr_code check_options(const mr_stream_options *options, mr_error *err)
{
    mr_code code = check_name(options, err);
    if (code != MR_OK) {
        return code;
    }
    if (options->shard_count < 1) { /* too many are a question of the account */
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "stream %s: ShardCount is 0; it must be at least 1", options->name);
    }
    if (options->record_kib_max < MR_RECORD_KIB_DEFAULT ||
        options->record_kib_max > MR_RECORD_KIB_MAX) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT, "stream %s: MaxRecordSizeInKiB is %u; it must be %d to %d",
            options->name, options->record_kib_max, MR_RECORD_KIB_DEFAULT, MR_RECORD_KIB_MAX);
    }
    if (options->retention_us <= 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "stream %s: the retention period must be above zero", options->name);
    }
    return MR_OK;
}

static mr_code check_warm_throughput(mr_streams *streams, const mr_stream_options *options,
                                     mr_error *err)
{
    if (options->warm_mibps == 0) {
        return MR_OK;
    }
    if (!options->on_demand) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Stream %s under account %s is in PROVISIONED mode; warm throughput is "
                            "of ON_DEMAND streams.",
                            options->name, mr_streams_account(streams));
    }
    return mr_commitment_require(streams, options->name, err);
}

/* Source: kinesis.md, section 9. */
static mr_code check_account(mr_streams *streams, const mr_stream_options *options, mr_error *err)
{
    if (options->internal) {
        return MR_OK;
    }
    mr_code code = mr_streams_require_shards(streams, options->shard_count, err);
    if (code == MR_OK && options->on_demand) {
        code = mr_streams_require_on_demand(streams, err);
    }
    if (code == MR_OK) {
        code = check_warm_throughput(streams, options, err);
    }
    const uint32_t limit = streams->options.creating_limit;
    if (code == MR_OK && limit != 0 && count_status(streams, MR_STATUS_CREATING) >= limit) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "Account %s already has %u streams in state CREATING; no more are "
                            "created at once.",
                            mr_streams_account(streams), limit);
    }
    return code;
}

static void tell_created(const mr_stream *stream)
{
    if (stream->internal) { /* its delivery stream is what was created */
        return;
    }
    mr_event event = {
        .type = MR_EVENT_STREAM_CREATED, .stream = stream->name, .number = stream->shards_count};
    mr_trace_emit(stream->streams->options.trace, &event);
    for (size_t i = 0; i < stream->shards_count; i++) {
        mr_shard_announce(stream->shards[i]);
    }
}

mr_code mr_streams_create(mr_streams *streams, const mr_stream_options *options, mr_stream **out,
                          mr_error *err)
{
    mr_stream_options full = *options;
    if (full.retention_us == 0) {
        full.retention_us = RETENTION_DEFAULT_US;
    }
    if (full.record_kib_max == 0) {
        full.record_kib_max = MR_RECORD_KIB_DEFAULT;
    }
    mr_code code = check_options(&full, err);
    if (code != MR_OK) {
        return code;
    }
    if (mr_streams_find(streams, full.name) != NULL) {
        return mr_error_set(err, MR_STREAM_EXISTS, "Stream %s under account %s already exists.",
                            full.name, mr_streams_account(streams));
    }
    code = check_account(streams, &full, err);
    if (code != MR_OK) {
        return code;
    }

    MR_ASSERT(full.shard_count <= MR_SHARDS_MAX);
    mr_stream *stream = stream_make(streams, &full, mr_clock_wall_us(streams->options.clock));
    mr_stream_begin_creating(stream);
    code = store_new(stream, full.shard_count, err);
    if (code != MR_OK) {
        mr_stream_free(stream);
        return code;
    }
    mr_map_put(streams->by_name, mr_bytes_of(stream->name), stream);
    tell_created(stream);
    *out = stream;
    return MR_OK;
}

/* ---- deleting ---- */

static mr_code delete_rows(mr_streams *streams, const char *name, mr_error *err)
{
    static const char *const deletions[] = {"DELETE FROM shards WHERE stream = ?",
                                            "DELETE FROM recycled_rows WHERE stream = ?",
                                            "DELETE FROM stream_settings WHERE stream = ?",
                                            "DELETE FROM stream_consumers WHERE stream = ?",
                                            "DELETE FROM stream_tags WHERE stream = ?",
                                            "DELETE FROM stream_policies WHERE stream = ?",
                                            "DELETE FROM stream_actions WHERE stream = ?",
                                            "DELETE FROM streams WHERE name = ?"};
    return mr_db_run_all(streams->options.db, deletions, MR_COUNT(deletions), name, err);
}

mr_code mr_stream_delete_now(mr_stream *stream, mr_error *err)
{
    mr_streams *streams = stream->streams;
    mr_code code = delete_rows(streams, stream->name, err);
    if (code != MR_OK) {
        return code;
    }
    mr_map_remove(streams->by_name, mr_bytes_of(stream->name));
    char *directory = mr_strdup(stream->directory);
    stream->deleted = true;
    stream->status = MR_STATUS_DELETING;
    mr_timer_cancel(&stream->status_timer);
    stream->deleted_next = streams->deleted;
    streams->deleted = stream;
    stream->readers_count++; /* it must not go while its readers and consumers are told */
    mr_stream_stop_consumers(stream);
    for (size_t i = 0; i < stream->shards_count; i++) {
        mr_shard_wake(stream->shards[i]);
    }
    mr_stream_let_go(stream);
    code = mr_fs_remove_tree(streams->options.fs, directory, err);
    mr_free(directory);
    return code;
}

mr_code mr_streams_delete(mr_streams *streams, const char *name, mr_error *err)
{
    mr_stream *stream = mr_streams_find(streams, name);
    if (stream == NULL) {
        return mr_stream_not_found(streams, mr_bytes_of(name), err);
    }
    if (mr_stream_state_delay_us(stream) == 0) {
        return mr_stream_delete_now(stream, err);
    }
    return stream->status == MR_STATUS_DELETING ? MR_OK : mr_stream_begin_deleting(stream, err);
}

/* ---- opening ---- */

static mr_code bad_row(mr_error *err, const char *stream, const char *what)
{
    return mr_error_set(err, MR_CORRUPT,
                        "catalog.db: stream %s: %s; put the file back from a copy, or remove the "
                        "state directory to begin anew",
                        stream, what);
}

static const mr_shard *parent_of(const mr_stream *stream, mr_stmt *stmt, int column)
{
    if (mr_stmt_text(stmt, column) == NULL) {
        return NULL;
    }
    int64_t index = mr_stmt_int(stmt, column);
    return index >= 0 && (uint64_t)index < stream->shards_count ? stream->shards[index] : NULL;
}

static mr_code load_shard(mr_stream *stream, mr_stmt *stmt, mr_error *err)
{
    mr_shard_plan plan = {.index = (uint32_t)stream->shards_count,
                          .created_us = mr_stmt_int(stmt, 5),
                          .closed_us = mr_stmt_int(stmt, 6)};
    if (mr_stmt_int(stmt, 0) != (int64_t)stream->shards_count ||
        !mr_hash_key_parse(mr_bytes_of(mr_stmt_text(stmt, 1)), &plan.hash_start) ||
        !mr_hash_key_parse(mr_bytes_of(mr_stmt_text(stmt, 2)), &plan.hash_end)) {
        return bad_row(err, stream->name, "a shard is missing or has no hash range");
    }
    for (int i = 0; i < 2; i++) {
        const mr_shard *parent = parent_of(stream, stmt, 3 + i);
        if (parent != NULL) {
            plan.parents[plan.parents_count++] = parent;
        }
    }
    mr_shard *shard;
    mr_code code = mr_shard_make(stream, &plan, &shard, err);
    if (code == MR_OK) {
        mr_stream_add_shard(stream, shard);
    }
    return code;
}

/* Open shards cover the hash space without gap or overlap: routing relies on it. */
static bool covers_all(const mr_stream *stream)
{
    mr_u128 next = 0;
    for (size_t i = 0; i < stream->open_count; i++) {
        const mr_shard *shard = stream->open[i];
        if (shard->hash_start != next || shard->hash_end < shard->hash_start) {
            return false;
        }
        next = shard->hash_end + 1; /* 0 behind the last */
    }
    return next == 0;
}

static mr_code load_shards(mr_stream *stream, mr_error *err)
{
    mr_db *db = stream->streams->options.db;
    mr_stmt *stmt = mr_db_stmt(
        db, "SELECT shard_index, hash_start, hash_end, parent_index, adjacent_parent_index,"
            " created_us, closed_us FROM shards WHERE stream = ? ORDER BY shard_index");
    mr_stmt_bind_text(stmt, 1, stream->name);
    bool row;
    bool any_open = false;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        code = load_shard(stream, stmt, err);
        if (code != MR_OK) {
            break;
        }
        any_open |= stream->shards[stream->shards_count - 1]->open;
    }
    mr_stmt_done(stmt);
    if (code != MR_OK) {
        return code;
    }
    if (any_open) {
        mr_stream_sort_open(stream);
    }
    return covers_all(stream) && any_open
               ? MR_OK
               : bad_row(err, stream->name, "its open shards do not cover the hash keys");
}

static mr_code load_streams(mr_streams *streams, mr_error *err)
{
    mr_db *db = streams->options.db;
    mr_stmt *stmt = mr_db_stmt(db, "SELECT name, created_us, retention_us, record_kib_max,"
                                   " on_demand, internal FROM streams ORDER BY name");
    bool row;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        mr_stream_options options = {.name = mr_stmt_text(stmt, 0),
                                     .retention_us = mr_stmt_int(stmt, 2),
                                     .record_kib_max = (uint32_t)mr_stmt_int(stmt, 3),
                                     .on_demand = mr_stmt_int(stmt, 4) != 0,
                                     .internal = mr_stmt_int(stmt, 5) != 0};
        mr_stream *stream = stream_make(streams, &options, mr_stmt_int(stmt, 1));
        mr_map_put(streams->by_name, mr_bytes_of(stream->name), stream);
        code = load_shards(stream, err);
        if (code == MR_OK) {
            code = mr_stream_load_settings(stream, err);
        }
        if (code == MR_OK) {
            code = mr_stream_load_consumers(stream, err);
        }
        if (code != MR_OK) {
            break;
        }
    }
    mr_stmt_done(stmt);
    return code;
}

/* Goes on with the states that the last world left, in the order of names. */
static mr_code resume_streams(mr_streams *streams, mr_error *err)
{
    size_t count = mr_map_count(streams->by_name);
    mr_stream **sorted = (mr_stream **)(void *)mr_map_sorted(streams->by_name);
    mr_code code = MR_OK;
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = mr_stream_resume_consumers(sorted[i], err);
        if (code == MR_OK) {
            code = mr_stream_resume_status(sorted[i], err);
        }
    }
    mr_free(sorted);
    return code;
}

mr_code mr_streams_open(const mr_streams_options *options, mr_streams **out, mr_error *err)
{
    mr_streams *streams = mr_calloc(1, sizeof(*streams));
    streams->options = *options;
    streams->options.directory = mr_strdup(options->directory);
    streams->options.region = mr_strdup(options->region == NULL ? "us-east-1" : options->region);
    streams->options.account =
        mr_strdup(options->account == NULL ? "000000000000" : options->account);
    if (streams->options.shard_limit == 0 || streams->options.shard_limit > MR_SHARDS_MAX) {
        streams->options.shard_limit = MR_SHARDS_MAX;
    }
    if (streams->options.stream_bytes_max == 0) {
        streams->options.stream_bytes_max = MR_STREAM_BYTES_MAX_DEFAULT;
    }
    streams->by_name = mr_map_new();
    streams->forgets_some = mr_faults_mutates(options->faults, MR_MUTATION_ACK_BEFORE_STORE);
    mr_code code = load_streams(streams, err);
    if (code == MR_OK) {
        code = resume_streams(streams, err);
    }
    if (code != MR_OK) {
        mr_streams_close(streams);
        return code;
    }
    *out = streams;
    return MR_OK;
}

void mr_streams_close(mr_streams *streams)
{
    if (streams == NULL) {
        return;
    }
    MR_ASSERT(streams->deleted == NULL);
    size_t count = mr_map_count(streams->by_name);
    mr_stream **sorted = (mr_stream **)(void *)mr_map_sorted(streams->by_name);
    for (size_t i = 0; i < count; i++) {
        mr_stream_free(sorted[i]);
    }
    mr_free(sorted);
    mr_map_free(streams->by_name);
    mr_token_seal_free(streams->seal);
    mr_free((char *)streams->options.directory);
    mr_free((char *)streams->options.region);
    mr_free((char *)streams->options.account);
    mr_free(streams);
}

void mr_streams_set_state_delay(mr_streams *streams, int64_t delay_us)
{
    MR_ASSERT(delay_us >= 0);
    streams->options.state_delay_us = delay_us;
}

void mr_streams_on_fatal(mr_streams *streams, mr_fatal_fn fn, void *context)
{
    streams->on_fatal = fn;
    streams->on_fatal_context = context;
}

void mr_streams_fail(mr_streams *streams, const mr_error *err)
{
    if (streams->on_fatal != NULL) {
        streams->on_fatal(streams->on_fatal_context, err);
    } else {
        mr_trace_warn(streams->options.trace, "a data stream cannot go on: %s", err->message);
    }
}

/* ---- questions ---- */

mr_stream *mr_streams_find(mr_streams *streams, const char *name)
{
    return mr_map_get(streams->by_name, mr_bytes_of(name));
}

mr_code mr_stream_not_found(const mr_streams *streams, mr_bytes name, mr_error *err)
{
    return mr_error_set(err, MR_STREAM_NOT_FOUND, "Stream %.*s under account %s not found.",
                        (int)mr_min_size(name.len, STREAM_NAME_MAX), name.at,
                        mr_streams_account(streams));
}

mr_code mr_streams_require(mr_streams *streams, mr_bytes name, mr_stream **out, mr_error *err)
{
    mr_stream *stream = mr_map_get(streams->by_name, name);
    if (stream == NULL || stream->internal) {
        return mr_stream_not_found(streams, name, err);
    }
    *out = stream;
    return MR_OK;
}

const char *mr_streams_region(const mr_streams *streams)
{
    return streams->options.region;
}

const char *mr_streams_account(const mr_streams *streams)
{
    return streams->options.account;
}

mr_stream **mr_streams_list(mr_streams *streams, size_t *count)
{
    size_t all = mr_map_count(streams->by_name);
    mr_stream **sorted = (mr_stream **)(void *)mr_map_sorted(streams->by_name);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (!sorted[i]->internal) {
            sorted[(*count)++] = sorted[i];
        }
    }
    return sorted;
}

size_t mr_streams_page(mr_streams *streams, const char *after, mr_stream **out, size_t most,
                       bool *more)
{
    size_t all;
    mr_stream **list = mr_streams_list(streams, &all);
    size_t count = 0;
    *more = false;
    for (size_t i = 0; i < all && !*more; i++) {
        if (after != NULL &&
            mr_bytes_compare(mr_bytes_of(list[i]->name), mr_bytes_of(after)) <= 0) {
            continue;
        }
        *more = count == most;
        if (!*more) {
            out[count++] = list[i];
        }
    }
    mr_free(list);
    return count;
}
