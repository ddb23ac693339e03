/* delivery_stream.c - what changes one delivery stream: its status, its destination, its
 * encryption. See delivery_stream.h. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/delivery_stream_private.h"

#include <inttypes.h>
#include <stdio.h>

#define ACTIONS_MAX 25 /* starts and stops of the encryption in 24 hours */
#define SHOWN_MAX   128

static void on_due(void *context);
static void on_encryption_due(void *context);

/* ---- make and release ---- */

mr_delivery_stream *mr_delivery_stream_new(mr_delivery_streams *all, const char *name)
{
    mr_delivery_stream *stream = mr_calloc(1, sizeof(*stream));
    stream->all = all;
    stream->name = mr_strdup(name);
    stream->arn = mr_format("arn:aws:firehose:%s:%s:deliverystream/%s", all->options.region,
                            all->options.account, name);
    stream->version = 1;
    mr_timer_init(&stream->timer, all->options.clock, on_due, stream);
    mr_timer_init(&stream->encryption_timer, all->options.clock, on_encryption_due, stream);
    return stream;
}

void mr_delivery_stream_free(mr_delivery_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    mr_timer_cancel(&stream->timer);
    mr_timer_cancel(&stream->encryption_timer);
    cJSON_Delete(stream->config);
    mr_free(stream->name);
    mr_free(stream->arn);
    mr_free(stream->source);
    mr_free(stream->source_arn);
    mr_free(stream->source_role);
    mr_free(stream->key_arn);
    mr_free(stream);
}

void mr_delivery_stream_set_source(mr_delivery_stream *stream, const char *source, const char *role)
{
    const mr_delivery_streams_options *options = &stream->all->options;
    stream->source = mr_strdup(source);
    stream->source_role = mr_strdup(role);
    stream->source_arn = source == NULL ? NULL
                                        : mr_format("arn:aws:kinesis:%s:%s:stream/%s",
                                                    options->region, options->account, source);
}

/* ---- questions ---- */

mr_delivery_description mr_delivery_stream_describe(const mr_delivery_stream *stream)
{
    return (mr_delivery_description){
        .name = stream->name,
        .arn = stream->arn,
        .status = stream->status,
        .version = stream->version,
        .created_us = stream->created_us,
        .updated_us = stream->updated_us,
        .source_arn = stream->source_arn,
        .source_role = stream->source_role,
        .throughput_hint = stream->throughput_hint,
        .encryption = stream->encryption,
        .key = stream->key,
        .key_arn = stream->key_arn,
        .config = stream->config,
    };
}

const char *mr_delivery_stream_name(const mr_delivery_stream *stream)
{
    return stream->name;
}

bool mr_delivery_stream_is_encrypted(const mr_delivery_stream *stream)
{
    return stream->encryption == MR_ENCRYPTION_ENABLED ||
           stream->encryption == MR_ENCRYPTION_DISABLING;
}

mr_delivery *mr_delivery_stream_delivery(const mr_delivery_stream *stream)
{
    return stream->delivery;
}

void mr_delivery_stream_record_token(const mr_delivery_stream *stream, const mr_put_result *result,
                                     char out[MR_RECORD_TOKEN_SIZE])
{
    /* Numbers begin anew when a name is used again; the instant of its creation does not. */
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(result->shard, result->number, result->arrival_us, sequence);
    (void)snprintf(out, MR_RECORD_TOKEN_SIZE, "%s%014" PRIx64, sequence,
                   (uint64_t)stream->created_us & UINT64_C(0xffffffffffffff));
}

mr_code mr_delivery_stream_put(mr_delivery_stream *stream, const mr_record *records, size_t count,
                               mr_put_result *results, size_t *failed, mr_error *err)
{
    if (stream->source != NULL) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
    }
    if (stream->status != MR_DELIVERY_ACTIVE) {
        return mr_error_set(err, MR_DELIVERY_STREAM_NOT_FOUND,
                            "Firehose %s under account %s not found.", stream->name,
                            stream->all->options.account);
    }
    return mr_delivery_put(stream->delivery, records, count, results, failed, err);
}

static mr_code not_active(const mr_delivery_stream *stream, mr_error *err)
{
    return mr_error_set(err, MR_DELIVERY_STREAM_NOT_ACTIVE,
                        "Firehose %s under accountId %s is not ACTIVE, but in state %s",
                        stream->name, stream->all->options.account,
                        mr_delivery_status_name(stream->status));
}

/* ---- status ---- */

static void fail(mr_delivery_streams *all, const mr_error *err)
{
    if (all->on_fatal != NULL) {
        all->on_fatal(all->on_fatal_context, err);
    }
}

void mr_delivery_stream_begin(mr_delivery_stream *stream)
{
    const mr_delivery_streams_options *options = &stream->all->options;
    if (options->state_delay_us > 0) {
        stream->status = MR_DELIVERY_CREATING;
        stream->due_us = mr_clock_now_us(options->clock) + options->state_delay_us;
        mr_timer_set(&stream->timer, stream->due_us);
    }
}

static mr_code become_active(mr_delivery_stream *stream, mr_error *err)
{
    stream->status = MR_DELIVERY_ACTIVE;
    stream->due_us = 0;
    return mr_delivery_stream_store(stream, err);
}

/* The end of DELETING. What the records went through is gone; the rows follow. */
static mr_code vanish(mr_delivery_stream *stream, mr_error *err)
{
    mr_code code = mr_delivery_stream_forget(stream, err);
    if (code == MR_OK) {
        (void)mr_map_remove(stream->all->by_name, mr_bytes_of(stream->name));
        mr_delivery_stream_free(stream);
    }
    return code;
}

static void on_due(void *context)
{
    mr_delivery_stream *stream = context;
    mr_delivery_streams *all = stream->all; /* the stream may be gone behind the call */
    mr_error err;
    mr_code code =
        stream->status == MR_DELIVERY_DELETING ? vanish(stream, &err) : become_active(stream, &err);
    if (code != MR_OK) {
        fail(all, &err);
    }
}

mr_code mr_delivery_stream_delete(mr_delivery_stream *stream, mr_error *err)
{
    const mr_delivery_streams_options *options = &stream->all->options;
    if (stream->status == MR_DELIVERY_CREATING) {
        return not_active(stream, err);
    }
    if (stream->status == MR_DELIVERY_DELETING) {
        return MR_OK;
    }
    stream->status = MR_DELIVERY_DELETING;
    stream->due_us = mr_clock_now_us(options->clock) + options->state_delay_us;
    mr_code code = mr_delivery_stream_store(stream, err);
    if (code != MR_OK) { /* not written down, so not begun */
        stream->status = MR_DELIVERY_ACTIVE;
        stream->due_us = 0;
        return code;
    }
    stream->delivery = NULL;
    code = mr_deliveries_remove(options->deliveries, stream->name, err);
    if (code != MR_OK) {
        mr_timer_set(&stream->timer, stream->due_us); /* a restart removes what is left */
        return code;
    }
    if (options->state_delay_us == 0) {
        return vanish(stream, err);
    }
    mr_timer_set(&stream->timer, stream->due_us);
    return MR_OK;
}

/* ---- the destination ---- */

mr_code mr_delivery_stream_read_config(const mr_delivery_stream *stream, const cJSON *config,
                                       uint64_t version, mr_delivery_options *options,
                                       mr_error *err)
{
    mr_code code = mr_delivery_config_check(config, err);
    if (code != MR_OK) {
        return code;
    }
    *options =
        (mr_delivery_options){.name = stream->name, .version = version, .source = stream->source};
    mr_delivery_config_options(config, options);
    return mr_delivery_options_check(options, err);
}

static mr_code check_update(const mr_delivery_stream *stream, const mr_destination_update *update,
                            mr_error *err)
{
    char current[MR_DELIVERY_VERSION_SIZE];
    (void)snprintf(current, sizeof(current), "%" PRIu64, stream->version);
    if (stream->status != MR_DELIVERY_ACTIVE) {
        return not_active(stream, err);
    }
    if (!mr_bytes_is(update->version, current)) {
        return mr_error_set(err, MR_DELIVERY_STREAM_CHANGED,
                            "Cannot update firehose: %s since the current version id: %s and "
                            "specified version id: %.*s do not match",
                            stream->name, current, (int)mr_min_size(update->version.len, SHOWN_MAX),
                            update->version.at);
    }
    if (!mr_bytes_is(update->destination_id, MR_DESTINATION_ID)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Destination Id %.*s not found",
                            (int)mr_min_size(update->destination_id.len, SHOWN_MAX),
                            update->destination_id.at);
    }
    return MR_OK;
}

/* What the row says of the destination. */
typedef struct edition {
    cJSON *config;
    uint64_t version;
    int64_t updated_us;
} edition;

static edition exchange(mr_delivery_stream *stream, edition next)
{
    edition before = {stream->config, stream->version, stream->updated_us};
    stream->config = next.config;
    stream->version = next.version;
    stream->updated_us = next.updated_us;
    return before;
}

/* In one transaction: where a backup begins that is switched on, and the row that says it is. */
static mr_code change(mr_delivery_stream *stream, const mr_delivery_options *options, mr_error *err)
{
    mr_db *db = stream->all->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    if (stream->delivery != NULL) {
        code = mr_delivery_update(stream->delivery, options, err);
    }
    if (code == MR_OK) {
        code = mr_delivery_stream_store(stream, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

/* Should the database fail behind the delivery, its buffers go where it was asked, the caller is
 * told that it was not done, and a restart goes back to what is stored. */
static mr_code apply_update(mr_delivery_stream *stream, cJSON *merged, mr_error *err)
{
    mr_delivery_options options;
    mr_code code =
        mr_delivery_stream_read_config(stream, merged, stream->version + 1, &options, err);
    if (code != MR_OK) {
        return code;
    }
    const edition next = {merged, stream->version + 1,
                          mr_clock_wall_us(stream->all->options.clock)};
    const edition before = exchange(stream, next);
    code = change(stream, &options, err);
    if (code != MR_OK) {
        (void)exchange(stream, before);
        return code;
    }
    cJSON_Delete(before.config);
    return MR_OK;
}

mr_code mr_delivery_stream_update(mr_delivery_stream *stream, const mr_destination_update *update,
                                  mr_error *err)
{
    cJSON *merged;
    mr_code code = check_update(stream, update, err);
    if (code == MR_OK) {
        code = mr_delivery_config_merge(stream->config, update->update, &merged, err);
    }
    if (code != MR_OK) {
        return code;
    }
    code = apply_update(stream, merged, err);
    if (code != MR_OK) {
        cJSON_Delete(merged);
    }
    return code;
}

/* ---- encryption ---- */

mr_code mr_delivery_stream_check_key(const mr_delivery_stream *stream, mr_delivery_key key,
                                     const char *key_arn, mr_error *err)
{
    if (stream->source != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Server side encryption from firehose is only allowed for direct put "
                            "delivery streams and database as a source delivery streams");
    }
    /* The rules are in the API Reference; their texts are ours. */
    if (key == MR_KEY_CUSTOMER && key_arn == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK.");
    }
    if (key == MR_KEY_AWS_OWNED && key_arn != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "KeyARN must not be specified when KeyType is AWS_OWNED_CMK.");
    }
    return MR_OK;
}

static mr_code check_change(const mr_delivery_stream *stream, mr_error *err)
{
    int64_t count;
    if (stream->status != MR_DELIVERY_ACTIVE) {
        return not_active(stream, err);
    }
    if (stream->encryption == MR_ENCRYPTION_ENABLING ||
        stream->encryption == MR_ENCRYPTION_DISABLING) {
        return mr_error_set(err, MR_DELIVERY_STREAM_NOT_ACTIVE,
                            "Server side encryption of firehose %s is in state %s", stream->name,
                            mr_encryption_status_name(stream->encryption));
    }
    mr_code code = mr_delivery_stream_count_actions(stream, &count, err);
    if (code == MR_OK && count >= ACTIONS_MAX) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "Server side encryption of firehose %s was started and stopped %lld "
                            "times in 24 hours; the limit is %d",
                            stream->name, (long long)count, ACTIONS_MAX);
    }
    return code;
}

/* Begins the way to ENABLED or DISABLED; without a delay it is there. */
static mr_code begin_encryption(mr_delivery_stream *stream, bool enable, mr_error *err)
{
    const mr_delivery_streams_options *options = &stream->all->options;
    const mr_encryption_status before = stream->encryption;
    const bool at_once = options->state_delay_us == 0;
    if (enable) {
        stream->encryption = at_once ? MR_ENCRYPTION_ENABLED : MR_ENCRYPTION_ENABLING;
    } else {
        stream->encryption = at_once ? MR_ENCRYPTION_DISABLED : MR_ENCRYPTION_DISABLING;
    }
    stream->encryption_due_us =
        at_once ? 0 : mr_clock_now_us(options->clock) + options->state_delay_us;
    mr_code code = mr_delivery_stream_store(stream, err);
    if (code == MR_OK) {
        code = mr_delivery_stream_note_action(stream, err);
    }
    if (code != MR_OK) {
        stream->encryption = before;
        stream->encryption_due_us = 0;
    } else if (!at_once) {
        mr_timer_set(&stream->encryption_timer, stream->encryption_due_us);
    }
    return code;
}

static mr_code end_encryption(mr_delivery_stream *stream, mr_error *err)
{
    bool enabled = stream->encryption == MR_ENCRYPTION_ENABLING;
    stream->encryption = enabled ? MR_ENCRYPTION_ENABLED : MR_ENCRYPTION_DISABLED;
    stream->encryption_due_us = 0;
    return mr_delivery_stream_store(stream, err);
}

static void on_encryption_due(void *context)
{
    mr_delivery_stream *stream = context;
    mr_error err;
    if (end_encryption(stream, &err) != MR_OK) {
        fail(stream->all, &err);
    }
}

mr_code mr_delivery_stream_start_encryption(mr_delivery_stream *stream, mr_delivery_key key,
                                            const char *key_arn, mr_error *err)
{
    mr_code code = mr_delivery_stream_check_key(stream, key, key_arn, err);
    if (code == MR_OK) {
        code = check_change(stream, err);
    }
    if (code != MR_OK) {
        return code;
    }
    const mr_delivery_key key_before = stream->key;
    char *arn_before = stream->key_arn;
    stream->key = key;
    stream->key_arn = mr_strdup(key_arn);
    code = begin_encryption(stream, true, err);
    if (code != MR_OK) {
        mr_free(stream->key_arn);
        stream->key = key_before;
        stream->key_arn = arn_before;
        return code;
    }
    mr_free(arn_before);
    return MR_OK;
}

mr_code mr_delivery_stream_stop_encryption(mr_delivery_stream *stream, mr_error *err)
{
    mr_code code = mr_delivery_stream_check_key(stream, MR_KEY_NONE, NULL, err);
    if (code == MR_OK) {
        code = check_change(stream, err);
    }
    return code == MR_OK ? begin_encryption(stream, false, err) : code;
}

/* ---- going on after a stop ---- */

/* A shorter delay, or a clock that begins earlier: no state lasts longer than the delay of now. */
static int64_t due_now(const mr_delivery_stream *stream, int64_t due_us)
{
    const mr_delivery_streams_options *options = &stream->all->options;
    const int64_t latest_us = mr_clock_now_us(options->clock) + options->state_delay_us;
    return due_us < latest_us ? due_us : latest_us;
}

static mr_code resume_encryption(mr_delivery_stream *stream, mr_error *err)
{
    if (stream->encryption_due_us == 0) {
        return MR_OK;
    }
    stream->encryption_due_us = due_now(stream, stream->encryption_due_us);
    if (stream->encryption_due_us <= mr_clock_now_us(stream->all->options.clock)) {
        return end_encryption(stream, err);
    }
    mr_timer_set(&stream->encryption_timer, stream->encryption_due_us);
    return MR_OK;
}

mr_code mr_delivery_stream_resume(mr_delivery_stream *stream, bool *gone, mr_error *err)
{
    *gone = false;
    if (stream->status == MR_DELIVERY_ACTIVE) {
        return resume_encryption(stream, err);
    }
    stream->due_us = due_now(stream, stream->due_us);
    if (stream->due_us > mr_clock_now_us(stream->all->options.clock)) {
        mr_timer_set(&stream->timer, stream->due_us);
        return MR_OK;
    }
    if (stream->status == MR_DELIVERY_DELETING) {
        *gone = true;
        return vanish(stream, err);
    }
    return become_active(stream, err);
}
