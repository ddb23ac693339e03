/* lane.c - see lane.h: what is asked, and what an answer has to be. */
#include "tests/load/lane.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH_MAX    20  /* records of a PutRecords */
#define PADDING_MAX  200 /* bytes */
#define READ_LIMIT   200 /* records of a GetRecords beside the writers */
#define VERIFY_LIMIT 5000

void load_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("load: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void lane_init(lane *l, lane_world *world, size_t index, lane_kind kind)
{
    *l = (lane){.world = world,
                .index = index,
                .kind = kind,
                .stream = index % world->streams,
                .shard = index / world->streams % world->shards,
                .prng = mr_prng_named(index, "lane")};
    if (kind == LANE_READ || kind == LANE_VERIFY) {
        l->order = reading_order_new(world->producers);
    }
}

void lane_deinit(lane *l)
{
    mr_free(l->iterator);
    reading_order_free(l->order);
}

/* ---- asking ---- */

/* "producer number xxx...", in Base64, and a key of chance: the records go to all shards. */
static void append_record(lane *l, mr_strbuf *out)
{
    mr_strbuf data = mr_strbuf_make(1024);
    mr_strbuf_appendf(&data, "%zu %" PRIu64 " ", l->index, l->next_number + l->batch++);
    size_t padding = mr_prng_below(&l->prng, PADDING_MAX + 1);
    memset(mr_strbuf_reserve(&data, padding), 'x', padding);
    mr_strbuf_commit(&data, padding);
    mr_strbuf_appendf(out, "\"PartitionKey\":\"%" PRIu64 "\",\"Data\":\"",
                      mr_prng_below(&l->prng, 1000000));
    mr_base64_encode(out, mr_strbuf_bytes(&data));
    mr_strbuf_append_char(out, '"');
    mr_strbuf_deinit(&data);
}

static void append_batch(lane *l, mr_strbuf *out)
{
    size_t count = 1 + mr_prng_below(&l->prng, BATCH_MAX);
    mr_strbuf_append_text(out, "\"Records\":[");
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "{" : ",{");
        append_record(l, out);
        mr_strbuf_append_char(out, '}');
    }
    mr_strbuf_append_char(out, ']');
}

/* The operation, and its members behind "StreamName". */
static const char *append_request(lane *l, mr_strbuf *out)
{
    if (l->kind == LANE_LIST) {
        mr_strbuf_append_text(out, "{}");
        return "ListStreams";
    }
    if (l->iterator != NULL) {
        mr_strbuf_appendf(out, "{\"ShardIterator\":\"%s\",\"Limit\":%d}", l->iterator,
                          l->kind == LANE_VERIFY ? VERIFY_LIMIT : READ_LIMIT);
        return "GetRecords";
    }
    const char *operation = "DescribeStreamSummary";
    mr_strbuf_appendf(out, "{\"StreamName\":\"load-%zu\"", l->stream);
    if (l->kind == LANE_PUT_RECORD) {
        operation = "PutRecord";
        mr_strbuf_append_char(out, ',');
        append_record(l, out);
    } else if (l->kind == LANE_PUT_RECORDS) {
        operation = "PutRecords";
        mr_strbuf_append_char(out, ',');
        append_batch(l, out);
    } else if (l->kind != LANE_SUMMARY) {
        operation = "GetShardIterator";
        mr_strbuf_appendf(out,
                          ",\"ShardId\":\"shardId-%012zu\",\"ShardIteratorType\":\"TRIM_HORIZON\"",
                          l->shard);
    }
    mr_strbuf_append_char(out, '}');
    return operation;
}

void lane_ask(lane *l, load_connection *connection)
{
    MR_ASSERT(!l->asking);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    l->batch = 0;
    const char *operation = append_request(l, &body);
    l->asking = true;
    l->asked_ns = uv_hrtime();
    l->world->asked[l->kind]++;
    load_connection_ask(connection, operation, mr_strbuf_bytes(&body), l->index);
    mr_strbuf_deinit(&body);
}

void lane_forget(lane *l)
{
    MR_ASSERT(l->kind == LANE_READ);
    l->asking = false;
}

/* ---- answers ---- */

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    if (text == NULL) {
        load_fail("an answer without %s", name);
    }
    return text;
}

static void take_receipt(lane *l, const cJSON *receipt)
{
    unsigned long long shard;
    if (sscanf(text_of(receipt, "ShardId"), "shardId-%llu", &shard) != 1 ||
        shard >= l->world->shards) {
        load_fail("a record in a shard that there is not");
    }
    ledger_acknowledge(l->world->ledger, l->index, (size_t)shard);
    l->next_number++;
}

static void take_receipts(lane *l, const cJSON *answer)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(answer, "Records"), *receipt;
    if ((size_t)cJSON_GetArraySize(records) != l->batch) {
        load_fail("%d receipts for %zu records", cJSON_GetArraySize(records), l->batch);
    }
    cJSON_ArrayForEach(receipt, records)
    {
        take_receipt(l, receipt);
    }
}

static void take_record(lane *l, const cJSON *record)
{
    mr_strbuf data = mr_strbuf_make(1024);
    unsigned long long producer, number;
    if (!mr_base64_decode(&data, mr_bytes_of(text_of(record, "Data"))) ||
        sscanf(mr_strbuf_text(&data), "%llu %llu ", &producer, &number) != 2) {
        load_fail("a record that nobody put");
    }
    mr_strbuf_deinit(&data);
    const char *wrong = reading_order_meet(l->order, (size_t)producer, number)
                            ? NULL
                            : "it comes again, or behind a later one of its producer";
    if (wrong == NULL && l->kind == LANE_VERIFY) {
        wrong = ledger_read(l->world->ledger, (size_t)producer, number, l->shard);
    }
    if (wrong != NULL) {
        load_fail("load-%zu, shard %zu: record %llu of producer %llu: %s", l->stream, l->shard,
                  number, producer, wrong);
    }
    l->world->records_read++;
}

static void take_records(lane *l, const cJSON *answer)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(answer, "Records"), *record;
    cJSON_ArrayForEach(record, records)
    {
        take_record(l, record);
    }
    const cJSON *behind = cJSON_GetObjectItemCaseSensitive(answer, "MillisBehindLatest");
    l->over = l->kind == LANE_VERIFY && cJSON_GetArraySize(records) == 0 &&
              cJSON_GetNumberValue(behind) == 0;
    mr_free(l->iterator);
    l->iterator = mr_strdup(text_of(answer, "NextShardIterator"));
}

static void take_answer(lane *l, const cJSON *answer)
{
    if (l->kind == LANE_PUT_RECORD) {
        take_receipt(l, answer);
    } else if (l->kind == LANE_PUT_RECORDS) {
        take_receipts(l, answer);
    } else if (l->kind == LANE_LIST) {
        const cJSON *names = cJSON_GetObjectItemCaseSensitive(answer, "StreamNames");
        if ((size_t)cJSON_GetArraySize(names) != l->world->streams) {
            load_fail("a list of %d streams", cJSON_GetArraySize(names));
        }
    } else if (l->kind == LANE_SUMMARY) {
        const cJSON *about = cJSON_GetObjectItemCaseSensitive(answer, "StreamDescriptionSummary");
        if (strcmp(text_of(about, "StreamStatus"), "ACTIVE") != 0) {
            load_fail("load-%zu is not active", l->stream);
        }
    } else if (l->iterator != NULL) {
        take_records(l, answer);
    } else {
        l->iterator = mr_strdup(text_of(answer, "ShardIterator"));
    }
}

void lane_answered(lane *l, int status, mr_bytes body)
{
    uint64_t ms = (uv_hrtime() - l->asked_ns) / 1000000;
    MR_ASSERT(l->asking);
    l->asking = false;
    if (ms > l->world->slowest_ms) {
        l->world->slowest_ms = ms;
    }
    cJSON *answer = cJSON_ParseWithLength(body.at == NULL ? "" : body.at, body.len);
    if (status != 200 || answer == NULL) {
        load_fail("lane %zu, kind %d: status %d: %.*s", l->index, (int)l->kind, status,
                  (int)mr_min_size(body.len, 500), body.at);
    }
    take_answer(l, answer);
    cJSON_Delete(answer);
}
