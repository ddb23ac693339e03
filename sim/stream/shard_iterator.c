/* shard_iterator.c - see shard_iterator.h. */
#include "sim/stream/shard_iterator.h"

#include "sim/base/timefmt.h"
#include "sim/stream/shard_list.h"
#include "sim/stream/state.h"

#include <inttypes.h>
#include <stdio.h>

#define KIND_SHARD_ITERATOR 1 /* page tokens have theirs, so that none is taken for another */

static const char *const type_names[] = {
    [MR_ITERATOR_TRIM_HORIZON] = "TRIM_HORIZON",
    [MR_ITERATOR_LATEST] = "LATEST",
    [MR_ITERATOR_AT_TIMESTAMP] = "AT_TIMESTAMP",
    [MR_ITERATOR_AT_SEQUENCE_NUMBER] = "AT_SEQUENCE_NUMBER",
    [MR_ITERATOR_AFTER_SEQUENCE_NUMBER] = "AFTER_SEQUENCE_NUMBER",
};

const char *mr_iterator_type_name(mr_iterator_type type)
{
    return type_names[type];
}

bool mr_iterator_type_of_name(mr_bytes name, mr_iterator_type *type)
{
    for (size_t i = 0; i < MR_COUNT(type_names); i++) {
        if (mr_bytes_is(name, type_names[i])) {
            *type = (mr_iterator_type)i;
            return true;
        }
    }
    return false;
}

static const char *account_of(const mr_shard *shard)
{
    return mr_streams_account(shard->stream->streams);
}

/* ---- where to begin ---- */

static bool wants_sequence(mr_iterator_type type)
{
    return type == MR_ITERATOR_AT_SEQUENCE_NUMBER || type == MR_ITERATOR_AFTER_SEQUENCE_NUMBER;
}

static bool takes_no_sequence(mr_iterator_type type)
{
    return type == MR_ITERATOR_TRIM_HORIZON || type == MR_ITERATOR_LATEST;
}

static mr_code check_given(const mr_starting_position *position, mr_error *err)
{
    const bool given = position->sequence_number.len > 0;
    if (given ? !takes_no_sequence(position->type) : !wants_sequence(position->type)) {
        return MR_OK;
    }
    return mr_error_set(
        err, MR_INVALID_ARGUMENT,
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
        "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
        "Request specified %s and %s StartingSequenceNumber.",
        mr_iterator_type_name(position->type), given ? "also a" : "no");
}

static mr_code refuse_sequence(const mr_shard *shard, const mr_starting_position *position,
                               const char *operation, const char *why, mr_error *err)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "StartingSequenceNumber %.*s used in %s on shard %s in stream %s under "
                        "account %s is invalid%s",
                        (int)mr_min_size(position->sequence_number.len, 129),
                        position->sequence_number.at, operation, shard->id, shard->stream->name,
                        account_of(shard), why);
}

/* Checks the sequence number against the shard, and gives its counter. */
static mr_code number_of_sequence(const mr_shard *shard, const mr_starting_position *position,
                                  const mr_sequence *sequence, int version, const char *operation,
                                  int64_t *number, mr_error *err)
{
    if (sequence->shard_index != shard->index) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Invalid StartingSequenceNumber. It encodes shardId-%012" PRId32
                            ", while it was used in a call to a shard with %s",
                            (int32_t)sequence->shard_index, shard->id);
    }
    if (version == 0) { /* of a stream of 2013: AWS fails on it */
        return mr_error_set(err, MR_INTERNAL_FAILURE, "Internal service failure.");
    }
    if (version != 2 || sequence->shard_created_s != shard->created_us / MR_US_PER_SECOND) {
        return refuse_sequence(shard, position, operation,
                               " because it did not come from this stream.", err);
    }
    *number = (int64_t)(sequence->counter < INT64_MAX ? sequence->counter : INT64_MAX - 1);
    return MR_OK;
}

static mr_code check_timestamp(const mr_shard *shard, const mr_starting_position *position,
                               mr_error *err)
{
    const int64_t wall_us = mr_clock_wall_us(shard->stream->streams->options.clock);
    if (!position->has_timestamp) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Must specify timestampInMillis parameter for iterator of type "
                            "AT_TIMESTAMP. Current request has no timestamp parameter.");
    }
    if (position->timestamp_us > wall_us) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "The timestampInMillis parameter cannot be greater than the "
                            "currentTimestampInMillis. timestampInMillis: %" PRId64
                            ", currentTimestampInMillis: %" PRId64,
                            position->timestamp_us / MR_US_PER_MS, wall_us / MR_US_PER_MS);
    }
    return MR_OK;
}

mr_code mr_shard_starting_number(mr_shard *shard, const mr_starting_position *position,
                                 const char *operation, uint64_t *number, mr_error *err)
{
    mr_code code = check_given(position, err);
    if (code != MR_OK) {
        return code;
    }
    mr_sequence sequence = {0};
    int version = 0;
    if (position->sequence_number.len > 0 &&
        !mr_sequence_parse(position->sequence_number, &sequence, &version)) {
        return refuse_sequence(shard, position, operation, ".", err);
    }
    int64_t value = 0;
    if (wants_sequence(position->type)) {
        code = number_of_sequence(shard, position, &sequence, version, operation, &value, err);
    } else if (position->type == MR_ITERATOR_AT_TIMESTAMP) {
        code = check_timestamp(shard, position, err);
        value = position->timestamp_us;
    }
    if (code == MR_OK) {
        *number = mr_shard_position(shard, position->type, value);
    }
    return code;
}

/* ---- making ---- */

static mr_code no_shard(const mr_streams *streams, uint32_t index, mr_bytes stream_name,
                        mr_error *err)
{
    return mr_error_set(err, MR_SHARD_NOT_FOUND,
                        "Shard shardId-%012" PRIu32 " in stream %.*s under account %s does not "
                        "exist",
                        index, (int)mr_min_size(stream_name.len, 128), stream_name.at,
                        mr_streams_account(streams));
}

/* The shard, or NULL when the stream or the shard is not there. */
static mr_shard *find_shard(mr_streams *streams, mr_bytes stream_name, uint32_t index)
{
    mr_stream *stream = mr_map_get(streams->by_name, stream_name);
    return stream != NULL && !stream->internal && index < stream->shards_count
               ? stream->shards[index]
               : NULL;
}

mr_code mr_shard_iterator_make(mr_streams *streams, mr_bytes stream_name, mr_bytes shard_id,
                               const mr_starting_position *position,
                               char out[MR_SHARD_ITERATOR_SIZE], mr_error *err)
{
    uint32_t index = 0;
    if (!mr_shard_index_parse(shard_id, &index)) {
        return mr_error_set(
            err, MR_SHARD_NOT_FOUND, "Could not find shard %.*s in stream %.*s under account %s.",
            (int)mr_min_size(shard_id.len, 128), shard_id.at,
            (int)mr_min_size(stream_name.len, 128), stream_name.at, mr_streams_account(streams));
    }
    mr_shard *shard = find_shard(streams, stream_name, index);
    if (shard == NULL || !mr_shard_is_listed(shard)) {
        return no_shard(streams, index, stream_name, err);
    }
    uint64_t number = 0;
    mr_code code = mr_shard_starting_number(shard, position, "GetShardIterator", &number, err);
    return code == MR_OK ? mr_shard_iterator_at(shard, number, out, err) : code;
}

mr_code mr_shard_iterator_at(mr_shard *shard, uint64_t number, char out[MR_SHARD_ITERATOR_SIZE],
                             mr_error *err)
{
    const mr_stream *stream = shard->stream;
    mr_token_seal *seal;
    mr_code code = mr_streams_seal(stream->streams, &seal, err);
    if (code != MR_OK) {
        return code;
    }
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    mr_token_put_int(&payload, KIND_SHARD_ITERATOR);
    mr_token_put_int(&payload, mr_clock_now_us(stream->streams->options.clock));
    mr_token_put_int(&payload, stream->created_us);
    mr_token_put_int(&payload, shard->index);
    mr_token_put_int(&payload, (int64_t)number);
    mr_token_put_text(&payload, mr_bytes_of(stream->name));
    char text[MR_TOKEN_SIZE];
    mr_token_seal_close(seal, mr_strbuf_bytes(&payload), text);
    mr_strbuf_deinit(&payload);
    MR_ASSERT(strlen(text) < MR_SHARD_ITERATOR_SIZE);
    memcpy(out, text, strlen(text) + 1);
    return MR_OK;
}

/* ---- taking back ---- */

/* "Thu Jan 22 01:22:02 UTC 2015" */
#define DATE_SIZE 64
static void format_date(int64_t wall_us, char out[DATE_SIZE])
{
    static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const mr_civil at = mr_civil_of(wall_us);
    snprintf(out, DATE_SIZE, "%s %s %02d %02d:%02d:%02d UTC %d", days[at.weekday - 1],
             months[at.month - 1], at.day, at.hour, at.minute, at.second, at.year);
}

static mr_code check_age(const mr_streams *streams, int64_t made_us, mr_error *err)
{
    const mr_clock *clock = streams->options.clock;
    if (mr_clock_now_us(clock) - made_us <= MR_SHARD_ITERATOR_LIFE_MS * MR_US_PER_MS) {
        return MR_OK;
    }
    char made[DATE_SIZE], now[DATE_SIZE];
    format_date(made_us + mr_clock_jumped_us(clock), made);
    format_date(mr_clock_wall_us(clock), now);
    return mr_error_set(err, MR_ITERATOR_EXPIRED,
                        "Iterator expired. The iterator was created at time %s while right now it "
                        "is %s which is further in the future than the tolerated delay of %d "
                        "milliseconds.",
                        made, now, MR_SHARD_ITERATOR_LIFE_MS);
}

static mr_code take_fields(mr_streams *streams, mr_token_fields fields, mr_shard **shard,
                           uint64_t *number, mr_error *err)
{
    const int64_t kind = mr_token_take_int(&fields);
    const int64_t made_us = mr_token_take_int(&fields);
    const int64_t stream_created_us = mr_token_take_int(&fields);
    const int64_t index = mr_token_take_int(&fields);
    const uint64_t at = (uint64_t)mr_token_take_int(&fields);
    const mr_bytes name = mr_token_take_text(&fields);
    if (!mr_token_fields_end(&fields) || kind != KIND_SHARD_ITERATOR) {
        return mr_error_set(err, MR_ITERATOR_INVALID, "Invalid ShardIterator.");
    }
    mr_code code = check_age(streams, made_us, err);
    if (code != MR_OK) {
        return code;
    }
    mr_shard *found = find_shard(streams, name, (uint32_t)index);
    if (found == NULL) {
        return no_shard(streams, (uint32_t)index, name, err);
    }
    *shard = found;
    *number = found->stream->created_us == stream_created_us ? at : mr_shard_first(found);
    return MR_OK;
}

static mr_bytes without_quotes(mr_bytes text)
{
    const bool quoted = text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"';
    return quoted ? mr_bytes_make(text.at + 1, text.len - 2) : text;
}

mr_code mr_shard_iterator_open(mr_streams *streams, mr_bytes text, mr_shard **shard,
                               uint64_t *number, mr_error *err)
{
    mr_token_seal *seal;
    mr_code code = mr_streams_seal(streams, &seal, err);
    if (code != MR_OK) {
        return code;
    }
    mr_strbuf payload = mr_strbuf_make(MR_TOKEN_PAYLOAD_MAX);
    if (mr_token_seal_open(seal, without_quotes(text), &payload)) {
        mr_token_fields fields = {.rest = mr_strbuf_bytes(&payload)};
        code = take_fields(streams, fields, shard, number, err);
    } else {
        code = mr_error_set(err, MR_ITERATOR_INVALID, "Invalid ShardIterator.");
    }
    mr_strbuf_deinit(&payload);
    return code;
}
