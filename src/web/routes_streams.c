/* routes_streams.c - a data stream: its shards, where a key goes, splits, merges, a new number of
 * shards, and records put by hand. What AWS would refuse is refused in its words. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/web/stream_view.h"
#include "src/web/web_private.h"

#include <string.h>

#define KEY_BYTES_MAX  1024
#define HASH_CHARS_MAX 39
#define PUT_BYTES_MAX  (8 * (size_t)MR_MIB)
#define TAG            "Streams"

/* The stream that the path names; NULL: it has been answered. */
static mr_stream *find_stream(const mr_web_call *call)
{
    mr_error err;
    mr_stream *stream = NULL;
    const mr_code code = mr_streams_require(
        mr_sim_streams(call->web->sim), mr_bytes_of(mr_web_text(call, "stream")), &stream, &err);
    if (code != MR_OK) {
        mr_web_fail_code(call->request, code, &err);
        return NULL;
    }
    return stream;
}

static void answer_stream(mr_http_request *request, mr_stream *stream)
{
    mr_strbuf body = mr_strbuf_make(MR_STREAM_VIEW_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_stream_view_write(&json, stream);
    mr_web_send_json(request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* How it ended: the stream as it is now, or why not. */
static void answer_change(mr_web_call *call, mr_stream *stream, mr_code code, const mr_error *err)
{
    if (code == MR_OK) {
        answer_stream(call->request, stream);
    } else {
        mr_web_fail_code(call->request, code, err);
    }
}

static void get_stream(mr_web_call *call)
{
    mr_stream *stream = find_stream(call);
    if (stream != NULL) {
        answer_stream(call->request, stream);
    }
}

/* ---- where a key goes ---- */

/* NULL: there is no open shard, as when the stream is being made. */
static const mr_shard *shard_of(const mr_stream *stream, mr_u128 hash)
{
    size_t count;
    mr_shard *const *open = mr_stream_open_shards(stream, &count);
    for (size_t i = 0; i < count; i++) {
        mr_u128 start, end;
        mr_shard_range(open[i], &start, &end);
        if (hash >= start && hash <= end) {
            return open[i];
        }
    }
    return NULL;
}

static void write_shard_of(mr_json *json, const char *key, mr_u128 hash, const mr_shard *shard)
{
    char decimal[MR_HASH_KEY_SIZE];
    mr_hash_key_format(hash, decimal);
    char *hex = mr_format("%016llx%016llx", (unsigned long long)(hash >> 64),
                          (unsigned long long)(hash & UINT64_MAX));
    mr_json_object_begin(json);
    mr_json_field_string(json, "key", key);
    mr_json_field_string(json, "hash", decimal);
    mr_json_field_string(json, "hash_hex", hex);
    mr_json_field_string(json, "shard", shard == NULL ? NULL : mr_shard_id(shard));
    mr_json_key(json, "share_before");
    mr_json_double(json, mr_hash_key_share(hash));
    mr_json_object_end(json);
    mr_free(hex);
}

static void get_shard_of(mr_web_call *call)
{
    const char *key = mr_web_text(call, "key");
    const char *explicit_key = mr_web_text(call, "explicit_hash_key");
    mr_stream *stream = find_stream(call);
    if (stream == NULL) {
        return;
    }
    if (key == NULL && explicit_key == NULL) {
        mr_web_fail(call->request, &mr_web_invalid, "give a key, or an explicit_hash_key");
        return;
    }
    mr_u128 hash;
    if (explicit_key == NULL) {
        hash = mr_hash_key_of(mr_bytes_of(key));
    } else if (!mr_hash_key_parse(mr_bytes_of(explicit_key), &hash)) {
        mr_web_fail(call->request, &mr_web_invalid,
                    "explicit_hash_key is \"%s\"; it must be a decimal number up to 2^128 - 1",
                    explicit_key);
        return;
    }
    mr_strbuf body = mr_strbuf_make(16 * (size_t)MR_KIB);
    mr_json json = mr_json_make(&body);
    write_shard_of(&json, key, hash, shard_of(stream, hash));
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* ---- other shards ---- */

static void post_split(mr_web_call *call)
{
    const char *at = mr_web_body_text(call, "at", NULL);
    mr_stream *stream = find_stream(call);
    if (stream == NULL) {
        return;
    }
    mr_error err;
    mr_shard *shard;
    mr_code code = mr_stream_require_shard(stream, mr_bytes_of(mr_web_body_text(call, "shard", "")),
                                           &shard, &err);
    if (code == MR_OK && at != NULL) {
        code = mr_stream_split_at(stream, shard, mr_bytes_of(at), &err);
    } else if (code == MR_OK) {
        mr_u128 start, end;
        mr_shard_range(shard, &start, &end);
        code = mr_stream_split(stream, shard, start + (end - start) / 2 + 1, &err);
    }
    answer_change(call, stream, code, &err);
}

/* The lower one first, whichever way round they were named. */
static mr_code merge(mr_stream *stream, mr_shard *shards[2], mr_error *err)
{
    mr_u128 starts[2], end;
    mr_shard_range(shards[0], &starts[0], &end);
    mr_shard_range(shards[1], &starts[1], &end);
    const bool is_ordered = starts[0] <= starts[1];
    return mr_stream_merge(stream, shards[is_ordered ? 0 : 1], shards[is_ordered ? 1 : 0], err);
}

static void post_merge(mr_web_call *call)
{
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(call->body, "shards");
    mr_stream *stream = find_stream(call);
    if (stream == NULL) {
        return;
    }
    if (cJSON_GetArraySize(ids) != 2) {
        mr_web_fail(call->request, &mr_web_invalid, "shards has %d ids; a merge is of two",
                    cJSON_GetArraySize(ids));
        return;
    }
    mr_error err;
    mr_shard *shards[2];
    mr_code code = MR_OK;
    for (int i = 0; i < 2 && code == MR_OK; i++) {
        code = mr_stream_require_shard(stream, mr_bytes_of(cJSON_GetArrayItem(ids, i)->valuestring),
                                       &shards[i], &err);
    }
    if (code == MR_OK) {
        code = merge(stream, shards, &err);
    }
    answer_change(call, stream, code, &err);
}

/* As UpdateShardCount, which is counted for the day. */
static void post_reshard(mr_web_call *call)
{
    const uint32_t target = (uint32_t)mr_web_body_number(call, "to", 1);
    mr_stream *stream = find_stream(call);
    if (stream == NULL) {
        return;
    }
    mr_error err;
    mr_code code = mr_stream_check_shard_count(stream, target, &err);
    if (code == MR_OK) {
        code = mr_stream_count_scaling(stream, &err);
    }
    if (code == MR_OK) {
        code = mr_stream_update_shard_count(stream, target, &err);
    }
    answer_change(call, stream, code, &err);
}

/* ---- records by hand ---- */

typedef struct putting {
    mr_record records[MR_PUT_RECORDS_MAX];
    char *texts[MR_PUT_RECORDS_MAX]; /* owned: data that were JSON; NULL: they were text */
    mr_put_result results[MR_PUT_RECORDS_MAX];
    size_t count;
} putting;

/* A text is put as it is, any other value as its JSON. */
static bool take_record(const cJSON *item, mr_record *record, char **text)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(item, "data");
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(item, "partition_key");
    const cJSON *hash = cJSON_GetObjectItemCaseSensitive(item, "explicit_hash_key");
    *text = cJSON_IsString(data) ? NULL : cJSON_PrintUnformatted(data);
    *record = (mr_record){.data = mr_bytes_of(*text == NULL ? data->valuestring : *text),
                          .partition_key = mr_bytes_of(key->valuestring),
                          .has_explicit_hash = hash != NULL};
    return hash == NULL ||
           mr_hash_key_parse(mr_bytes_of(hash->valuestring), &record->explicit_hash);
}

static const char *word_of_refusal(mr_code code)
{
    return code == MR_THROTTLED ? "throttled" : "internal-failure";
}

static void write_result(mr_json *json, const mr_put_result *result)
{
    mr_json_object_begin(json);
    if (result->code == MR_OK) {
        char sequence[MR_SEQUENCE_SIZE];
        mr_shard_sequence(result->shard, result->number, result->arrival_us, sequence);
        mr_json_field_string(json, "shard", mr_shard_id(result->shard));
        mr_json_field_string(json, "sequence", sequence);
        mr_json_field_int(json, "number", (int64_t)result->number);
    } else {
        mr_json_field_string(json, "error", word_of_refusal(result->code));
        mr_json_field_string(json, "message",
                             result->code == MR_THROTTLED
                                 ? "the shard's limit of this second is used up; put it again"
                                 : "the service failed by itself; put it again");
    }
    mr_json_object_end(json);
}

static void answer_put(const mr_web_call *call, const putting *put, size_t failed)
{
    mr_strbuf body = mr_strbuf_make((size_t)MR_MIB);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_key(&json, "records");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < put->count; i++) {
        write_result(&json, &put->results[i]);
    }
    mr_json_array_end(&json);
    mr_json_field_int(&json, "failed", (int64_t)failed);
    mr_json_object_end(&json);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void put_all(mr_web_call *call, mr_stream *stream, putting *put)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(call->body, "records"))
    {
        const size_t place = put->count++;
        if (!take_record(item, &put->records[place], &put->texts[place])) {
            mr_web_fail(call->request, &mr_web_invalid,
                        "records[%zu].explicit_hash_key must be a decimal number up to 2^128 - 1",
                        place);
            return;
        }
    }
    mr_error err;
    size_t failed = 0;
    const mr_code code =
        mr_stream_put(stream, put->records, put->count, put->results, &failed, &err);
    if (code == MR_OK) {
        answer_put(call, put, failed);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
}

static void post_put(mr_web_call *call)
{
    const int count = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(call->body, "records"));
    mr_stream *stream = find_stream(call);
    if (stream == NULL) {
        return;
    }
    if (count < 1 || count > MR_PUT_RECORDS_MAX) {
        mr_web_fail(call->request, &mr_web_invalid, "records has %d entries; it may have 1 to %d",
                    count, MR_PUT_RECORDS_MAX);
        return;
    }
    putting *put = mr_calloc(1, sizeof(*put));
    put_all(call, stream, put);
    for (size_t i = 0; i < put->count; i++) {
        cJSON_free(put->texts[i]);
    }
    mr_free(put);
}

/* ---- the table ---- */

#define STREAM_PARAMETER                                                                           \
    {                                                                                              \
        .name = "stream", .in_path = true, .type = MR_WEB_STRING, .length_max = 128,               \
        .about = "The name of a data stream.", .example = "ticks"                                  \
    }

static const mr_web_parameter stream_parameters[] = {STREAM_PARAMETER};
static const mr_web_parameter shard_of_parameters[] = {
    STREAM_PARAMETER,
    {.name = "key",
     .type = MR_WEB_STRING,
     .length_max = KEY_BYTES_MAX,
     .about = "A partition key.",
     .example = "district-3"},
    {.name = "explicit_hash_key",
     .type = MR_WEB_STRING,
     .length_max = HASH_CHARS_MAX,
     .about = "A hash key in decimal, which counts before the partition key."}};

static const mr_web_field shard_of_fields[] = {
    {.name = "key", .type = MR_WEB_STRING, .nullable = true, .about = "The key asked about."},
    {.name = "hash", .type = MR_WEB_STRING, .about = "Its hash key, in decimal."},
    {.name = "hash_hex", .type = MR_WEB_STRING, .about = "The same in 32 hex digits."},
    {.name = "shard",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "The open shard whose range holds it; null: none is open."},
    {.name = "share_before",
     .type = MR_WEB_NUMBER,
     .about = "Where it lies on the line of all hash keys, 0 to 1."}};
static const mr_web_shape shard_of_shape =
    MR_WEB_SHAPE("ShardOf", "Where a key goes.", shard_of_fields);

static const mr_web_field split_fields[] = {
    {.name = "shard",
     .type = MR_WEB_STRING,
     .length_max = 128,
     .about = "The id of an open shard."},
    {.name = "at",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = HASH_CHARS_MAX,
     .about = "The first hash key of the upper half, in decimal; absent: the middle."}};
static const mr_web_shape split_shape = MR_WEB_SHAPE("Split", "A shard to split.", split_fields);

static const mr_web_field merge_fields[] = {
    {.name = "shards",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "The ids of two open shards whose ranges touch, in any order."}};
static const mr_web_shape merge_shape = MR_WEB_SHAPE("Merge", "Shards to merge.", merge_fields);

static const mr_web_field reshard_fields[] = {
    {.name = "to",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = MR_SHARDS_MAX,
     .about = "How many open shards of equal ranges there are to be."}};
static const mr_web_shape reshard_shape =
    MR_WEB_SHAPE("Reshard", "A new number of shards.", reshard_fields);

static const mr_web_field put_record_fields[] = {
    {.name = "partition_key",
     .type = MR_WEB_STRING,
     .length_max = KEY_BYTES_MAX,
     .about = "Its hash decides the shard."},
    {.name = "explicit_hash_key",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = HASH_CHARS_MAX,
     .about = "A hash key in decimal, in place of the partition key's."},
    {.name = "data",
     .type = MR_WEB_ANY,
     .about = "A text is put as it is, any other value as its JSON.",
     .example = "{\"price\": 12.5}"}};
static const mr_web_shape put_record_shape =
    MR_WEB_SHAPE("RecordToPut", "A record to put.", put_record_fields);
static const mr_web_field put_fields[] = {{.name = "records",
                                           .type = MR_WEB_ARRAY,
                                           .item = MR_WEB_OBJECT,
                                           .shape = &put_record_shape,
                                           .about = "1 to 500 of them."}};
static const mr_web_shape put_shape = MR_WEB_SHAPE("RecordsToPut", "Records to put.", put_fields);

static const mr_web_field receipt_fields[] = {
    {.name = "shard", .type = MR_WEB_STRING, .optional = true, .about = "Where it was stored."},
    {.name = "sequence", .type = MR_WEB_STRING, .optional = true, .about = "Its sequence number."},
    {.name = "number", .type = MR_WEB_INTEGER, .optional = true, .about = "Its number there."},
    {.name = "error",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "Why it was not stored: \"throttled\" or \"internal-failure\"."},
    {.name = "message", .type = MR_WEB_STRING, .optional = true, .about = "The same in words."}};
static const mr_web_shape receipt_shape =
    MR_WEB_SHAPE("Receipt", "What became of a record.", receipt_fields);
static const mr_web_field receipts_fields[] = {
    {.name = "records",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &receipt_shape,
     .about = "One for each record, in order."},
    {.name = "failed", .type = MR_WEB_INTEGER, .about = "How many were not stored."}};
static const mr_web_shape receipts_shape =
    MR_WEB_SHAPE("Receipts", "What became of records.", receipts_fields);

static const mr_web_failure stream_not_found = {"stream-not-found", 404,
                                                "There is no data stream of this name."};
static const mr_web_failure shard_not_found = {"shard-not-found", 404,
                                               "The stream has no shard of this id."};
static const mr_web_failure shard_closed = {"shard-closed", 409, "The shard is closed already."};
static const mr_web_failure not_active = {"stream-not-active", 409,
                                          "The stream is in the middle of another change."};
static const mr_web_failure not_adjacent = {"shards-not-adjacent", 400,
                                            "The two shards' ranges do not touch."};
static const mr_web_failure limit = {"limit-exceeded", 429,
                                     "AWS allows no more of this to an account or in a day."};
static const mr_web_failure too_large = {"record-too-large", 413,
                                         "A record is longer than the stream takes."};
static const mr_web_failure *const look_failures[] = {&stream_not_found, NULL};
static const mr_web_failure *const change_failures[] = {
    &stream_not_found, &shard_not_found, &shard_closed, &not_active, &not_adjacent, &limit, NULL};
static const mr_web_failure *const put_failures[] = {&stream_not_found, &too_large, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/streams/{stream}",
     .tag = TAG,
     .summary = "A data stream and its shards",
     .guard = MR_WEB_OWN_HOST,
     .parameters = stream_parameters,
     .parameter_count = MR_COUNT(stream_parameters),
     .answer = &mr_stream_view_shape,
     .failures = look_failures,
     .handle = get_stream},
    {.method = "GET",
     .path = "/_millrace/api/streams/{stream}/shard-of",
     .tag = TAG,
     .summary = "Which shard a key goes to",
     .guard = MR_WEB_OWN_HOST,
     .parameters = shard_of_parameters,
     .parameter_count = MR_COUNT(shard_of_parameters),
     .answer = &shard_of_shape,
     .failures = look_failures,
     .handle = get_shard_of},
    {.method = "POST",
     .path = "/_millrace/api/streams/{stream}/split",
     .tag = TAG,
     .summary = "Split a shard in two",
     .about = "As SplitShard. The answer is the stream as it then is: where changes take time, "
              "UPDATING with the shards of before.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = stream_parameters,
     .parameter_count = MR_COUNT(stream_parameters),
     .body = &split_shape,
     .answer = &mr_stream_view_shape,
     .failures = change_failures,
     .handle = post_split},
    {.method = "POST",
     .path = "/_millrace/api/streams/{stream}/merge",
     .tag = TAG,
     .summary = "Merge two shards that touch",
     .about = "As MergeShards. The answer is as that of a split.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = stream_parameters,
     .parameter_count = MR_COUNT(stream_parameters),
     .body = &merge_shape,
     .answer = &mr_stream_view_shape,
     .failures = change_failures,
     .handle = post_merge},
    {.method = "POST",
     .path = "/_millrace/api/streams/{stream}/reshard",
     .tag = TAG,
     .summary = "Give a stream another number of shards",
     .about = "As UpdateShardCount, with its limits: twice as many at most, half as few at least, "
              "ten times a day. The answer is as that of a split.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = stream_parameters,
     .parameter_count = MR_COUNT(stream_parameters),
     .body = &reshard_shape,
     .answer = &mr_stream_view_shape,
     .failures = change_failures,
     .handle = post_reshard},
    {.method = "POST",
     .path = "/_millrace/api/streams/{stream}/put",
     .tag = TAG,
     .summary = "Put records",
     .about = "As PutRecords: each record is stored or refused by itself.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = stream_parameters,
     .parameter_count = MR_COUNT(stream_parameters),
     .body = &put_shape,
     .body_bytes_max = PUT_BYTES_MAX,
     .answer = &receipts_shape,
     .failures = put_failures,
     .handle = post_put}};

const mr_web_group mr_web_stream_routes = {routes, MR_COUNT(routes)};
