/* routes_records.c - the records of a shard, for somebody who looks on: no reader's place, no limit
 * and no event is touched (mr_shard_visit()). */
#include "sim/base/json.h"
#include "src/web/record_view.h"
#include "src/web/web_private.h"

#include <string.h>

/* An answer that has come to so much takes no further record; `next` says where to go on. */
#define ANSWER_BYTES_ENOUGH (4 * (size_t)MR_MIB)
#define ANSWER_BYTES_MAX    (ANSWER_BYTES_ENOUGH + MR_RECORD_VIEW_JSON_MAX + 64 * (size_t)MR_KIB)

/* ---- where to begin ---- */

mr_code mr_web_record_number(const mr_shard *shard, const char *text, uint64_t *number,
                             mr_error *err)
{
    mr_sequence sequence;
    if (!mr_sequence_parse(mr_bytes_of(text), &sequence, NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "sequence is no sequence number");
    }
    if (sequence.shard_index != mr_shard_index(shard)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "the sequence number is of shard %u, not of %s", sequence.shard_index,
                            mr_shard_id(shard));
    }
    *number = sequence.counter;
    return MR_OK;
}

static mr_code number_at(const mr_web_call *call, mr_shard *shard, uint64_t *number, mr_error *err)
{
    const char *sequence = mr_web_text(call, "sequence");
    if (sequence != NULL) {
        return mr_web_record_number(shard, sequence, number, err);
    }
    if (!mr_web_has(call, "at_us")) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "from=at wants a sequence, or a time in at_us");
    }
    *number = mr_shard_position(shard, MR_ITERATOR_AT_TIMESTAMP, mr_web_integer(call, "at_us"));
    return MR_OK;
}

/* Within first to last + 1 of the shard. */
static mr_code find_first(const mr_web_call *call, mr_shard *shard, uint64_t *number, mr_error *err)
{
    const char *from = mr_web_text(call, "from");
    const uint64_t first = mr_shard_first(shard);
    const uint64_t last = mr_shard_last(shard);
    const uint64_t limit = (uint64_t)mr_web_integer(call, "limit");
    mr_code code = MR_OK;
    *number = first;
    if (strcmp(from, "at") == 0) {
        code = number_at(call, shard, number, err);
    } else if (strcmp(from, "last") == 0) {
        *number = last >= limit ? last - limit + 1 : 0;
    } else if (strcmp(from, "first") != 0 && !mr_bytes_to_uint64(mr_bytes_of(from), number)) {
        code =
            mr_error_set(err, MR_INVALID_ARGUMENT,
                         "from is \"%s\"; it may be first, last, at, or a record's number", from);
    }
    *number = *number < first ? first : *number;
    *number = *number > last ? last + 1 : *number;
    return code;
}

/* ---- the page ---- */

typedef struct page {
    mr_json *json;
    const mr_shard *shard;
    bool decode;
    uint64_t next; /* the first number that is not on the page */
    bool is_full;
} page;

static void on_record(void *context, const mr_record_view *record)
{
    page *p = context;
    if (p->is_full) {
        return;
    }
    mr_record_view_write(p->json, p->shard, record, p->decode);
    p->next = record->number + 1;
    p->is_full = p->json->out->len >= ANSWER_BYTES_ENOUGH;
}

static mr_code write_page(const mr_web_call *call, mr_shard *shard, mr_json *json, mr_error *err)
{
    uint64_t from;
    mr_code code = find_first(call, shard, &from, err);
    if (code != MR_OK) {
        return code;
    }
    const uint64_t last = mr_shard_last(shard);
    const uint64_t end = from + (uint64_t)mr_web_integer(call, "limit") - 1;
    const uint64_t through = end < last ? end : last;
    page p = {.json = json, .shard = shard, .decode = mr_web_flag(call, "decode"), .next = from};
    mr_json_object_begin(json);
    mr_json_key(json, "records");
    mr_json_array_begin(json);
    if (from <= through) {
        code = mr_shard_visit(shard, from, through, on_record, &p, err);
        p.next = p.is_full ? p.next : through + 1; /* numbers that are gone are passed over */
    }
    mr_json_array_end(json);
    mr_json_key(json, "next");
    if (p.next <= last) {
        mr_json_uint(json, p.next);
    } else {
        mr_json_null(json);
    }
    mr_json_field_int(json, "first", (int64_t)mr_shard_first(shard));
    mr_json_field_int(json, "last", (int64_t)last);
    mr_json_object_end(json);
    return code;
}

static void get_records(mr_web_call *call)
{
    mr_error err;
    mr_stream *stream;
    mr_shard *shard;
    mr_strbuf body = mr_strbuf_make(ANSWER_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_code code = mr_streams_require(mr_sim_streams(call->web->sim),
                                      mr_bytes_of(mr_web_text(call, "stream")), &stream, &err);
    if (code == MR_OK) {
        code =
            mr_stream_require_shard(stream, mr_bytes_of(mr_web_text(call, "shard")), &shard, &err);
    }
    if (code == MR_OK) {
        code = write_page(call, shard, &json, &err);
    }
    if (code == MR_OK) {
        mr_web_send_json(call->request, 200, &body);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
    mr_strbuf_deinit(&body);
}

/* ---- the table ---- */

static const mr_web_parameter parameters[] = {
    {.name = "stream",
     .in_path = true,
     .type = MR_WEB_STRING,
     .length_max = 128,
     .about = "The name of a data stream.",
     .example = "ticks"},
    {.name = "shard",
     .required = true,
     .type = MR_WEB_STRING,
     .length_max = 128,
     .about = "A shard's id, or its number.",
     .example = "shardId-000000000000"},
    {.name = "from",
     .type = MR_WEB_STRING,
     .length_max = 20,
     .fallback = "first",
     .about = "\"first\": the oldest kept; \"last\": the newest, as many as the limit says; "
              "\"at\": by sequence or at_us; or a record's number.",
     .example = "last"},
    {.name = "sequence",
     .type = MR_WEB_STRING,
     .length_max = 128,
     .about = "With from=at: the sequence number of the first record."},
    {.name = "at_us",
     .type = MR_WEB_INTEGER,
     .about = "With from=at: the time of arrival from which on, in microseconds since the epoch."},
    {.name = "limit",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = 500,
     .fallback = "25",
     .about = "The most records; fewer come when they are large."},
    {.name = "decode",
     .type = MR_WEB_BOOLEAN,
     .fallback = "true",
     .about = "Whether text, JSON and user records are shown beside the data."}};

static const char *const kind_words[] = {"json", "text", "gzip", "binary", "aggregated", NULL};

static const mr_web_field sub_fields[] = {
    {.name = "partition_key", .type = MR_WEB_STRING, .about = "The user record's own."},
    {.name = "text", .type = MR_WEB_STRING, .nullable = true, .about = "Its data as text."},
    {.name = "data", .type = MR_WEB_STRING, .about = "Its data in base64."},
    {.name = "bytes", .type = MR_WEB_INTEGER, .about = "The length of all its data."}};
static const mr_web_shape sub_shape =
    MR_WEB_SHAPE("UserRecord", "A record inside an aggregated record.", sub_fields);

static const mr_web_field record_fields[] = {
    {.name = "number", .type = MR_WEB_INTEGER, .about = "Its number in the shard, from 1."},
    {.name = "sequence", .type = MR_WEB_STRING, .about = "Its sequence number."},
    {.name = "partition_key", .type = MR_WEB_STRING, .about = "Its partition key."},
    {.name = "hash",
     .type = MR_WEB_STRING,
     .about = "The hash of its partition key, in decimal. (An explicit hash key is not kept.)"},
    {.name = "arrival_us",
     .type = MR_WEB_INTEGER,
     .about = "When it arrived, in microseconds since the epoch."},
    {.name = "bytes", .type = MR_WEB_INTEGER, .about = "The length of all its data."},
    {.name = "data", .type = MR_WEB_STRING, .about = "Its data in base64, at most 64 KiB of them."},
    {.name = "truncated", .type = MR_WEB_BOOLEAN, .about = "Whether there are more data."},
    {.name = "kind", .type = MR_WEB_STRING, .words = kind_words, .about = "What the data are."},
    {.name = "text",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "The data as text, expanded where they are gzip, at most 64 KiB."},
    {.name = "json", .type = MR_WEB_ANY, .nullable = true, .about = "The value, where it is JSON."},
    {.name = "sub_records",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &sub_shape,
     .nullable = true,
     .about = "Of an aggregated record: the first 100, with 64 KiB of data together."},
    {.name = "sub_record_count", .type = MR_WEB_INTEGER, .about = "How many it has in all."}};
static const mr_web_shape record_shape =
    MR_WEB_SHAPE("Record", "A record of a shard.", record_fields);

static const mr_web_field page_fields[] = {
    {.name = "records",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &record_shape,
     .about = "In order of their numbers."},
    {.name = "next",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "The number to go on from; null: there are no more now."},
    {.name = "first",
     .type = MR_WEB_INTEGER,
     .about = "The number of the oldest record kept; last + 1 when there is none."},
    {.name = "last", .type = MR_WEB_INTEGER, .about = "The number of the newest record."}};
static const mr_web_shape page_shape =
    MR_WEB_SHAPE("Records", "Some records of a shard.", page_fields);

static const mr_web_failure stream_not_found = {"stream-not-found", 404,
                                                "There is no data stream of this name."};
static const mr_web_failure shard_not_found = {"shard-not-found", 404,
                                               "The stream has no shard of this id."};
static const mr_web_failure *const failures[] = {&stream_not_found, &shard_not_found, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/streams/{stream}/records",
     .tag = "Streams",
     .summary = "Records of a shard",
     .about = "Looking takes nothing of the shard's read limits and moves nobody's iterator.",
     .guard = MR_WEB_OWN_HOST,
     .parameters = parameters,
     .parameter_count = MR_COUNT(parameters),
     .answer = &page_shape,
     .failures = failures,
     .handle = get_records}};

const mr_web_group mr_web_record_routes = {routes, MR_COUNT(routes)};
