/* stream_view.c - see stream_view.h. */
#include "src/web/stream_view.h"

#include "sim/base/alloc.h"
#include "sim/stream/stream_settings.h"
#include "sim/stream/stream_status.h"

#include <math.h>

#define HOUR_US (3600 * INT64_C(1000000))

double mr_hash_key_share(mr_u128 key)
{
    return fmin(ldexp((double)key, -128), nextafter(1, 0)); /* the last keys would round to 1 */
}

/* The shards that came of one, in order of index. */
typedef struct children {
    const mr_shard *shards[2]; /* a split makes two, a merge one */
    size_t count;
} children;

/* The place of a shard among its stream's, which lie in order of index. */
static size_t place_of(mr_stream *stream, const mr_shard *shard)
{
    size_t place = mr_min_size(mr_shard_index(shard), mr_stream_shard_count(stream) - 1);
    while (mr_stream_shard(stream, place) != shard) {
        MR_ASSERT(place > 0);
        place--;
    }
    return place;
}

/* Of every shard, by place. Owned. */
static children *find_children(mr_stream *stream)
{
    const size_t count = mr_stream_shard_count(stream);
    children *all = mr_calloc(count + 1, sizeof(*all));
    for (size_t i = 0; i < count; i++) {
        const mr_shard *shard = mr_stream_shard(stream, i);
        const mr_shard *parents[2];
        const int parent_count = mr_shard_parents(shard, parents);
        for (int p = 0; p < parent_count; p++) {
            children *of = &all[place_of(stream, parents[p])];
            MR_ASSERT(of->count < MR_COUNT(of->shards));
            of->shards[of->count++] = shard;
        }
    }
    return all;
}

static void write_ids(mr_json *json, const char *key, const mr_shard *const *shards, size_t count)
{
    mr_json_key(json, key);
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        mr_json_text(json, mr_shard_id(shards[i]));
    }
    mr_json_array_end(json);
}

static void write_range(mr_json *json, const mr_shard *shard)
{
    mr_u128 start, end;
    char text[MR_HASH_KEY_SIZE];
    mr_shard_range(shard, &start, &end);
    mr_hash_key_format(start, text);
    mr_json_field_string(json, "hash_start", text);
    mr_hash_key_format(end, text);
    mr_json_field_string(json, "hash_end", text);
    mr_json_key(json, "share");
    mr_json_double(json, ldexp((double)(end - start) + 1, -128));
}

static void write_sequences(mr_json *json, const mr_shard *shard)
{
    char text[MR_SEQUENCE_SIZE];
    mr_shard_sequence_start(shard, text);
    mr_json_field_string(json, "sequence_start", text);
    if (mr_shard_is_open(shard)) {
        mr_json_field_string(json, "sequence_end", NULL);
    } else {
        mr_shard_sequence_end(shard, text);
        mr_json_field_string(json, "sequence_end", text);
    }
}

static void write_closed(mr_json *json, const mr_shard *shard)
{
    mr_json_key(json, "closed_us");
    if (mr_shard_is_open(shard)) {
        mr_json_null(json);
    } else {
        mr_json_int(json, mr_shard_closed_us(shard));
    }
}

static void write_shard(mr_json *json, const mr_shard *shard, const children *of)
{
    const mr_shard *parents[2];
    const int parent_count = mr_shard_parents(shard, parents);
    const uint64_t first = mr_shard_first(shard);
    const uint64_t last = mr_shard_last(shard);
    mr_json_object_begin(json);
    mr_json_field_string(json, "id", mr_shard_id(shard));
    mr_json_field_bool(json, "open", mr_shard_is_open(shard));
    write_range(json, shard);
    write_ids(json, "parents", parents, (size_t)parent_count);
    write_ids(json, "children", of->shards, of->count);
    mr_json_field_int(json, "created_us", mr_shard_created_us(shard));
    write_closed(json, shard);
    write_sequences(json, shard);
    mr_json_field_int(json, "first", (int64_t)first);
    mr_json_field_int(json, "last", (int64_t)last);
    mr_json_field_int(json, "records", (int64_t)(last + 1 - first));
    mr_json_object_end(json);
}

void mr_stream_view_write(mr_json *json, mr_stream *stream)
{
    children *of = find_children(stream);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", mr_stream_name(stream));
    mr_json_field_string(json, "arn", mr_stream_arn(stream));
    mr_json_field_string(json, "status", mr_status_name(mr_stream_status(stream)));
    mr_json_field_int(json, "created_us", mr_stream_created_us(stream));
    mr_json_field_int(json, "retention_hours", mr_stream_retention_us(stream) / HOUR_US);
    mr_json_field_string(json, "mode",
                         mr_stream_is_on_demand(stream) ? "on-demand" : "provisioned");
    mr_json_field_int(json, "record_kib_max", mr_stream_record_kib_max(stream));
    mr_json_field_string(json, "encryption", mr_stream_encryption_key(stream));
    mr_json_key(json, "shards");
    mr_json_array_begin(json);
    for (size_t i = 0; i < mr_stream_shard_count(stream); i++) {
        write_shard(json, mr_stream_shard(stream, i), &of[i]);
    }
    mr_json_array_end(json);
    mr_json_object_end(json);
    mr_free(of);
}

/* ---- the same for the document ---- */

static const mr_web_field shard_fields[] = {
    {.name = "id", .type = MR_WEB_STRING, .about = "\"shardId-000000000000\"."},
    {.name = "open", .type = MR_WEB_BOOLEAN, .about = "Whether records can be put on it."},
    {.name = "hash_start", .type = MR_WEB_STRING, .about = "Its first hash key, in decimal."},
    {.name = "hash_end", .type = MR_WEB_STRING, .about = "Its last hash key, in decimal."},
    {.name = "share", .type = MR_WEB_NUMBER, .about = "The part of all hash keys, 0 to 1."},
    {.name = "parents",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "The shards that it came of: one after a split, two after a merge."},
    {.name = "children",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "The shards that came of it."},
    {.name = "created_us",
     .type = MR_WEB_INTEGER,
     .about = "As its sequence numbers have it: microseconds since the epoch."},
    {.name = "closed_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "Microseconds since the epoch; null while it is open."},
    {.name = "sequence_start", .type = MR_WEB_STRING, .about = "Its first sequence number."},
    {.name = "sequence_end",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "Its last sequence number; null while it is open."},
    {.name = "first",
     .type = MR_WEB_INTEGER,
     .about = "The number of the oldest record kept; last + 1 when there is none."},
    {.name = "last", .type = MR_WEB_INTEGER, .about = "The number of the newest record."},
    {.name = "records", .type = MR_WEB_INTEGER, .about = "How many records are kept."}};
static const mr_web_shape shard_shape =
    MR_WEB_SHAPE("Shard", "A shard of a data stream.", shard_fields);

static const char *const mode_words[] = {"provisioned", "on-demand", NULL};
static const mr_web_field stream_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "The stream's name."},
    {.name = "arn", .type = MR_WEB_STRING, .about = "The stream's ARN."},
    {.name = "status", .type = MR_WEB_STRING, .about = "As AWS spells it: \"ACTIVE\"."},
    {.name = "created_us",
     .type = MR_WEB_INTEGER,
     .about = "When it was made, in microseconds since the epoch."},
    {.name = "retention_hours", .type = MR_WEB_INTEGER, .about = "How long records are kept."},
    {.name = "mode", .type = MR_WEB_STRING, .words = mode_words, .about = "Its capacity mode."},
    {.name = "record_kib_max",
     .type = MR_WEB_INTEGER,
     .about = "The most KiB of a record, partition key included."},
    {.name = "encryption",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "The id of its KMS key; null: it is not encrypted."},
    {.name = "shards",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &shard_shape,
     .about = "All of them, open and closed, in order of their ids."}};
const mr_web_shape mr_stream_view_shape =
    MR_WEB_SHAPE("Stream", "A data stream and its shards.", stream_fields);
