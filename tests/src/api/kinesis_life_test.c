/*
 * kinesis_life_test.c - the life of a stream as a client lives it, over a socket and in virtual
 * time, once in JSON and once in CBOR: created, written, read by every kind of iterator, split,
 * merged, read across both in order, subscribed to, and deleted.
 */
#include "sim/base/timefmt.h"
#include "tests/event_stream_decoder.h"
#include "tests/src/api/api_help.h"
#include "tests/src/api/cbor_json.h"
#include "tests/src/api/json_at.h"

#define DELAY      INT64_C(500000)
#define SHARD(n)   "shardId-00000000000" n
#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/s"
#define MIDDLE     "170141183460469231731687303715884105728" /* 2^127 */
#define QUARTER    "85070591730234615865843651857942052864"  /* 2^126 */

typedef struct talk {
    api_world w;
    bool cbor;
} talk;

/* ---- asking ---- */

static void talk_init(talk *t, bool cbor)
{
    api_world_init(&t->w, (mr_sim_options){.stream_state_delay_us = DELAY, .limits = true},
                   (mr_api_options){0});
    t->cbor = cbor;
}

static void body_of(const talk *t, const char *json, mr_strbuf *out)
{
    if (!t->cbor) {
        mr_strbuf_append_text(out, json);
        return;
    }
    cJSON *tree = cJSON_Parse(json);
    MR_ASSERT(tree != NULL);
    cbor_of_json(out, tree);
    cJSON_Delete(tree);
}

static void request_of(const talk *t, const char *operation, const char *json, mr_strbuf *out)
{
    char *target = mr_format("Kinesis_20131202.%s", operation);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    body_of(t, json, &body);
    api_request(out, "POST /", target, t->cbor ? CBOR : JSON, NULL, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
    mr_free(target);
}

static cJSON *parsed(const talk *t, mr_bytes body)
{
    if (body.len == 0) {
        return cJSON_CreateNull();
    }
    cJSON *json = t->cbor ? json_of_cbor(body) : cJSON_ParseWithLength(body.at, body.len);
    MR_ASSERT(json != NULL);
    return json;
}

/* What the operation answers; owned. json: as format. */
static cJSON *ask(talk *t, int status, const char *operation, const char *json, ...)
    MR_PRINTF(4, 5);
static cJSON *ask(talk *t, int status, const char *operation, const char *json, ...)
{
    va_list args;
    va_start(args, json);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_vappendf(&text, json, args);
    va_end(args);
    request_of(t, operation, mr_strbuf_text(&text), &request);
    api_answer answer = api_exchange(&t->w, mr_strbuf_bytes(&request));
    cJSON *tree = parsed(t, answer.body);
    char *label = mr_format("%s %s", operation, mr_strbuf_text(&text));
    if (answer.status != status) {
        print_message("%s\n", cJSON_PrintUnformatted(tree));
    }
    CHECK_INT(label, answer.status, status);
    mr_free(label);
    api_answer_deinit(&answer);
    mr_strbuf_deinit(&request);
    mr_strbuf_deinit(&text);
    return tree;
}

/* An operation of which nothing but its success is wanted. */
#define DO(t, ...) cJSON_Delete(ask((t), 200, __VA_ARGS__))

/* Asks, and compares one value of the answer. */
static void check_answer(talk *t, const char *operation, const char *json, const char *path,
                         const char *want)
{
    cJSON *answer = ask(t, 200, operation, "%s", json);
    check_at(answer, path, want);
    cJSON_Delete(answer);
}

static void check_refused(talk *t, const char *operation, const char *json, const char *type)
{
    cJSON *answer = ask(t, 400, operation, "%s", json);
    check_at(answer, "__type", type);
    cJSON_Delete(answer);
}

/* ---- records ---- */

/* data: in base64. Owned sequence number. */
static char *put(talk *t, const char *hash_key, const char *data)
{
    cJSON *answer = ask(t, 200, "PutRecord",
                        "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"ExplicitHashKey\":\"%s\","
                        "\"Data\":\"%s\"}",
                        hash_key, data);
    char *sequence = mr_strdup(cJSON_GetStringValue(at(answer, "SequenceNumber")));
    assert_non_null(sequence);
    cJSON_Delete(answer);
    return sequence;
}

/* type: "\"LATEST\"" and what belongs to it. Owned. */
static char *iterator(talk *t, const char *shard, const char *type)
{
    cJSON *answer = ask(t, 200, "GetShardIterator",
                        "{\"StreamARN\":\"" STREAM_ARN "\",\"ShardId\":\"%s\","
                        "\"ShardIteratorType\":%s}",
                        shard, type);
    char *text = mr_strdup(cJSON_GetStringValue(at(answer, "ShardIterator")));
    assert_non_null(text);
    cJSON_Delete(answer);
    return text;
}

/* Appends the data of an answer's or event's records, each followed by a blank. */
static void append_data(const cJSON *answer, mr_strbuf *out)
{
    const cJSON *record;
    cJSON_ArrayForEach(record, at(answer, "Records"))
    {
        mr_strbuf_appendf(out, "%s ", cJSON_GetStringValue(at(record, "Data")));
    }
}

/* One GetRecords. Owned. */
static cJSON *get(talk *t, const char *shard_iterator)
{
    return ask(t, 200, "GetRecords", "{\"ShardIterator\":\"%s\"}", shard_iterator);
}

static void check_read(talk *t, const char *shard, const char *type, const char *want)
{
    char *from = iterator(t, shard, type);
    cJSON *answer = get(t, from);
    mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_data(answer, &data);
    CHECK_STR(type, mr_strbuf_text(&data), want);
    const char *next = cJSON_GetStringValue(at(answer, "NextShardIterator"));
    CHECK_TRUE("it goes on, with another iterator", next != NULL && strcmp(next, from) != 0);
    mr_strbuf_deinit(&data);
    cJSON_Delete(answer);
    mr_free(from);
    api_advance(&t->w, 250000); /* five reads a second */
}

/* Reads a shard from its beginning to its end, and then its children, each once. */
static void read_family(talk *t, const char *shard, char *seen, mr_strbuf *data)
{
    if (seen[atoi(shard + strlen("shardId-"))]++ > 0) {
        return;
    }
    char *from = iterator(t, shard, "\"TRIM_HORIZON\"");
    cJSON *answer = get(t, from);
    append_data(answer, data);
    api_advance(&t->w, 250000);
    const cJSON *child;
    cJSON_ArrayForEach(child, at(answer, "ChildShards"))
    {
        CHECK_TRUE("an ended shard has no next", at(answer, "NextShardIterator") == NULL);
        read_family(t, cJSON_GetStringValue(at(child, "ShardId")), seen, data);
    }
    cJSON_Delete(answer);
    mr_free(from);
}

/* ---- subscriptions ---- */

typedef struct subscriber {
    int fd;
    mr_bytes to_send;
    mr_strbuf request, got; /* got: as on the wire */
    mr_strbuf body;         /* without chunks, and without what was taken */
    size_t chunks_read;     /* of got */
    bool ended;             /* the last chunk has come */
} subscriber;

static subscriber subscribe(talk *t, const char *consumer_arn, const char *shard, const char *type)
{
    subscriber s = {.fd = api_connect(&t->w),
                    .request = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                    .got = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                    .body = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    char *json = mr_format("{\"ConsumerARN\":\"%s\",\"ShardId\":\"%s\",\"StartingPosition\":"
                           "{\"Type\":%s}}",
                           consumer_arn, shard, type);
    request_of(t, "SubscribeToShard", json, &s.request);
    s.to_send = mr_strbuf_bytes(&s.request);
    mr_free(json);
    return s;
}

static void subscriber_deinit(subscriber *s)
{
    close(s->fd);
    mr_strbuf_deinit(&s->request);
    mr_strbuf_deinit(&s->got);
    mr_strbuf_deinit(&s->body);
}

/* Takes whole chunks out of what has come. */
static void read_chunks(subscriber *s)
{
    const char *text = mr_strbuf_text(&s->got);
    const char *head = strstr(text, "\r\n\r\n");
    if (head == NULL) {
        return;
    }
    if (s->chunks_read == 0) {
        CHECK_HAS("head", text, "HTTP/1.1 200 OK\r\n");
        CHECK_HAS("type", text, "Content-Type: application/vnd.amazon.eventstream\r\n");
        s->chunks_read = (size_t)(head - text) + 4;
    }
    for (;;) {
        mr_bytes rest = {text + s->chunks_read, s->got.len - s->chunks_read};
        size_t line = mr_bytes_find(rest, '\n');
        size_t size = line < rest.len ? (size_t)strtoul(rest.at, NULL, 16) : 0;
        if (line == rest.len || rest.len < line + 1 + size + 2) {
            return;
        }
        mr_strbuf_append(&s->body, rest.at + line + 1, size);
        s->chunks_read += line + 1 + size + 2;
        s->ended = s->ended || size == 0;
    }
}

/* Turns the loop until nothing more comes. */
static void settle(talk *t, subscriber *s)
{
    for (int quiet = 0; quiet < 20;) {
        const size_t before = s->got.len, unsent = s->to_send.len;
        (void)api_turn(&t->w, s->fd, &s->to_send, &s->got);
        quiet = s->got.len == before && s->to_send.len == unsent ? quiet + 1 : 0;
    }
    read_chunks(s);
}

/*
 * What has come since the last call, in short: "initial-response", "event" and the data of its
 * records, "children", and "end". Empty events beside others are left out.
 */
static void append_messages(talk *t, subscriber *s, mr_strbuf *out)
{
    settle(t, s);
    mr_bytes stream = mr_strbuf_bytes(&s->body);
    decoded_message message;
    char text[64];
    while (stream.len > 0) {
        MR_ASSERT(decode_message(&stream, &message));
        if (strcmp(decoded_header_text(&message, ":message-type", text), "exception") == 0) {
            mr_strbuf_appendf(out, "%s ", decoded_header_text(&message, ":exception-type", text));
            continue;
        }
        cJSON *event = parsed(t, message.payload);
        if (strcmp(decoded_header_text(&message, ":event-type", text), "initial-response") == 0) {
            mr_strbuf_append_text(out, "initial-response ");
        }
        append_data(event, out);
        if (at(event, "ChildShards") != NULL) {
            mr_strbuf_append_text(out, "children ");
            CHECK_TRUE("no continuation", at(event, "ContinuationSequenceNumber") == NULL);
        } else if (at(event, "Records") != NULL) {
            CHECK_TRUE("continues", at(event, "ContinuationSequenceNumber") != NULL);
        }
        cJSON_Delete(event);
    }
    mr_strbuf_reset(&s->body);
    mr_strbuf_append_text(out, s->ended ? "end" : "");
}

static void check_messages(talk *t, subscriber *s, const char *label, const char *want)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    append_messages(t, s, &got);
    CHECK_STR(label, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

/* ---- the life ---- */

static void live_create(talk *t)
{
    DO(t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":2,\"Tags\":{\"a\":\"b\"}}");
    cJSON *answer = ask(t, 200, "DescribeStream", "{\"StreamName\":\"s\"}");
    check_at(answer, "StreamDescription/StreamStatus", "CREATING");
    check_at(answer, "StreamDescription/Shards", "[]");
    check_at(answer, "StreamDescription/StreamARN", STREAM_ARN);
    check_at(answer, "StreamDescription/HasMoreShards", "false");
    check_at(answer, "StreamDescription/RetentionPeriodHours", "24");
    check_at(answer, "StreamDescription/StreamCreationTimestamp", "1735689600");
    check_at(answer, "StreamDescription/EncryptionType", "NONE");
    check_at(answer, "StreamDescription/EnhancedMonitoring", "[{\"ShardLevelMetrics\":[]}]");
    cJSON_Delete(answer);
    check_refused(t, "PutRecord", "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"YQ==\"}",
                  "ResourceNotFoundException");
    api_advance(&t->w, DELAY);
    answer = ask(t, 200, "DescribeStreamSummary", "{\"StreamARN\":\"" STREAM_ARN "\"}");
    check_at(answer, "StreamDescriptionSummary/StreamStatus", "ACTIVE");
    check_at(answer, "StreamDescriptionSummary/OpenShardCount", "2");
    check_at(answer, "StreamDescriptionSummary/ConsumerCount", "0");
    cJSON_Delete(answer);
    answer = ask(t, 200, "ListStreams", "{}");
    check_at(answer, "StreamNames", "[\"s\"]");
    check_at(answer, "HasMoreStreams", "false");
    check_at(answer, "StreamSummaries/0/StreamModeDetails/StreamMode", "PROVISIONED");
    cJSON_Delete(answer);
    check_answer(t, "ListTagsForStream", "{\"StreamName\":\"s\"}", "Tags",
                 "[{\"Key\":\"a\",\"Value\":\"b\"}]");
}

static void live_write(talk *t, char *sequences[3])
{
    char *tip = iterator(t, "0", "\"LATEST\"");
    sequences[0] = put(t, "0", "YTA=");
    api_advance(&t->w, 2 * MR_US_PER_SECOND);
    sequences[1] = put(t, "0", "YTE=");
    sequences[2] = put(t, "0", "YTI=");
    cJSON *answer = ask(t, 200, "PutRecords",
                        "{\"StreamName\":\"s\",\"Records\":[{\"PartitionKey\":\"k\","
                        "\"ExplicitHashKey\":\"" MIDDLE "\",\"Data\":\"YjA=\"},"
                        "{\"PartitionKey\":\"k\",\"ExplicitHashKey\":\"" MIDDLE "\","
                        "\"Data\":\"\"}]}");
    check_at(answer, "FailedRecordCount", "0");
    check_at(answer, "Records/0/ShardId", SHARD("1"));
    check_at(answer, "Records/1/ShardId", SHARD("1"));
    check_at(answer, "Records/1/ErrorCode", NULL);
    check_at(answer, "EncryptionType", NULL);
    cJSON_Delete(answer);
    answer = get(t, tip);
    CHECK_INT("an iterator at the tip sees what came later",
              cJSON_GetArraySize(at(answer, "Records")), 3);
    check_at(answer, "Records/0/PartitionKey", "k");
    check_at(answer, "Records/0/SequenceNumber", sequences[0]);
    check_at(answer, "Records/0/ApproximateArrivalTimestamp", "1735689600.5");
    check_at(answer, "MillisBehindLatest", "0");
    cJSON_Delete(answer);
    mr_free(tip);
    api_advance(&t->w, MR_US_PER_SECOND);
}

static void live_read(talk *t, char *const sequences[3])
{
    char type[160];
    check_read(t, "0", "\"TRIM_HORIZON\"", "YTA= YTE= YTI= ");
    check_read(t, "1", "\"TRIM_HORIZON\"", "YjA=  ");
    check_read(t, "0", "\"LATEST\"", "");
    snprintf(type, sizeof(type), "\"AT_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"%s\"",
             sequences[1]);
    check_read(t, "0", type, "YTE= YTI= ");
    snprintf(type, sizeof(type), "\"AFTER_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"%s\"",
             sequences[1]);
    check_read(t, "0", type, "YTI= ");
    check_read(t, "0", "\"AT_TIMESTAMP\",\"Timestamp\":1735689602.5", "YTE= YTI= ");
    check_read(t, "0", "\"AT_TIMESTAMP\",\"Timestamp\":1735689603", "");
}

/* Splits shard 0, merges its children, and writes a record before, between and after. */
static void live_reshard(talk *t)
{
    DO(t, "SplitShard",
       "{\"StreamName\":\"s\",\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"" QUARTER "\"}");
    check_answer(t, "DescribeStreamSummary", "{\"StreamName\":\"s\"}",
                 "StreamDescriptionSummary/StreamStatus", "UPDATING");
    check_refused(t, "SplitShard",
                  "{\"StreamName\":\"s\",\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"5\"}",
                  "ResourceInUseException");
    api_advance(&t->w, DELAY);
    mr_free(put(t, "0", "YTM="));
    mr_free(put(t, QUARTER, "YTQ="));
    DO(t, "MergeShards",
       "{\"StreamName\":\"s\",\"ShardToMerge\":\"2\",\"AdjacentShardToMerge\":\"3\"}");
    api_advance(&t->w, DELAY);
    mr_free(put(t, "0", "YTU="));
    cJSON *answer = ask(t, 200, "ListShards", "{\"StreamName\":\"s\"}");
    CHECK_INT("all of them", cJSON_GetArraySize(at(answer, "Shards")), 5);
    check_at(answer, "Shards/2/ParentShardId", SHARD("0"));
    check_at(answer, "Shards/4/ParentShardId", SHARD("2"));
    check_at(answer, "Shards/4/AdjacentParentShardId", SHARD("3"));
    check_at(answer, "Shards/4/HashKeyRange/StartingHashKey", "0");
    CHECK_TRUE("closed", at(answer, "Shards/0/SequenceNumberRange/EndingSequenceNumber") != NULL);
    CHECK_TRUE("open", at(answer, "Shards/4/SequenceNumberRange/EndingSequenceNumber") == NULL);
    cJSON_Delete(answer);
    char seen[16] = {0};
    mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    read_family(t, SHARD("0"), seen, &data);
    /* a walk by depth comes to the merged shard behind its first parent */
    CHECK_STR("the family of shard 0", mr_strbuf_text(&data), "YTA= YTE= YTI= YTM= YTU= YTQ= ");
    mr_strbuf_deinit(&data);
}

static void live_page(talk *t)
{
    cJSON *answer = ask(t, 200, "ListShards", "{\"StreamName\":\"s\",\"MaxResults\":3}");
    CHECK_INT("a page", cJSON_GetArraySize(at(answer, "Shards")), 3);
    char *token = mr_strdup(cJSON_GetStringValue(at(answer, "NextToken")));
    cJSON_Delete(answer);
    answer = ask(t, 200, "ListShards", "{\"NextToken\":\"%s\"}", token);
    check_at(answer, "Shards/0/ShardId", SHARD("3"));
    check_at(answer, "Shards/1/ShardId", SHARD("4"));
    check_at(answer, "NextToken", NULL);
    cJSON_Delete(answer);
    answer = ask(t, 200, "ListShards",
                 "{\"StreamName\":\"s\",\"ShardFilter\":{\"Type\":\"AT_LATEST\"}}");
    CHECK_INT("open ones", cJSON_GetArraySize(at(answer, "Shards")), 2);
    cJSON_Delete(answer);
    api_advance(&t->w, 301 * MR_US_PER_SECOND);
    answer = ask(t, 400, "ListShards", "{\"NextToken\":\"%s\"}", token);
    check_at(answer, "__type", "ExpiredNextTokenException");
    cJSON_Delete(answer);
    mr_free(token);
}

/* Owned ARN of the new consumer "c". */
static char *live_register(talk *t)
{
    cJSON *answer = ask(t, 200, "RegisterStreamConsumer",
                        "{\"StreamARN\":\"" STREAM_ARN "\",\"ConsumerName\":\"c\"}");
    check_at(answer, "Consumer/ConsumerStatus", "CREATING");
    char *arn = mr_strdup(cJSON_GetStringValue(at(answer, "Consumer/ConsumerARN")));
    cJSON_Delete(answer);
    check_refused(t, "RegisterStreamConsumer",
                  "{\"StreamARN\":\"" STREAM_ARN "\",\"ConsumerName\":\"c\"}",
                  "ResourceInUseException");
    api_advance(&t->w, DELAY);
    answer = ask(t, 200, "DescribeStreamConsumer", "{\"ConsumerARN\":\"%s\"}", arn);
    check_at(answer, "ConsumerDescription/ConsumerStatus", "ACTIVE");
    check_at(answer, "ConsumerDescription/StreamARN", STREAM_ARN);
    cJSON_Delete(answer);
    answer = ask(t, 200, "ListStreamConsumers", "{\"StreamARN\":\"" STREAM_ARN "\"}");
    check_at(answer, "Consumers/0/ConsumerName", "c");
    check_at(answer, "Consumers/0/StreamARN", NULL);
    cJSON_Delete(answer);
    return arn;
}

static void live_subscribe(talk *t, const char *arn)
{
    subscriber s = subscribe(t, arn, "4", "\"TRIM_HORIZON\"");
    check_messages(t, &s, "begins", "initial-response ");
    api_advance(&t->w, 10000);
    check_messages(t, &s, "what there is", "YTU= ");
    mr_free(put(t, "0", "YTY="));
    api_advance(&t->w, MR_US_PER_SECOND);
    check_messages(t, &s, "what comes", "YTY= ");
    check_refused(t, "SubscribeToShard",
                  "{\"ConsumerARN\":\"" STREAM_ARN "/consumer/x:1\",\"ShardId\":\"0\","
                  "\"StartingPosition\":{\"Type\":\"LATEST\"}}",
                  "ResourceNotFoundException");
    cJSON *answer = ask(t, 400, "SubscribeToShard",
                        "{\"ConsumerARN\":\"%s\",\"ShardId\":\"4\",\"StartingPosition\":"
                        "{\"Type\":\"LATEST\"}}",
                        arn);
    check_at(answer, "__type", "ResourceInUseException");
    cJSON_Delete(answer);
    api_advance(&t->w, 300 * MR_US_PER_SECOND);
    check_messages(t, &s, "five minutes are over", "end");
    subscriber_deinit(&s);

    s = subscribe(t, arn, "0", "\"TRIM_HORIZON\"");
    settle(t, &s);
    api_advance(&t->w, MR_US_PER_SECOND);
    check_messages(t, &s, "a closed shard", "initial-response YTA= YTE= YTI= children end");
    subscriber_deinit(&s);
}

/* With a subscription under way, which is told. */
static void live_delete(talk *t, const char *arn)
{
    subscriber s = subscribe(t, arn, "1", "\"LATEST\"");
    check_messages(t, &s, "begins", "initial-response ");
    check_refused(t, "DeleteStream", "{\"StreamName\":\"s\"}", "ResourceInUseException");
    char *from = iterator(t, "1", "\"TRIM_HORIZON\"");
    DO(t, "DeleteStream", "{\"StreamName\":\"s\",\"EnforceConsumerDeletion\":true}");
    check_answer(t, "DescribeStream", "{\"StreamName\":\"s\"}", "StreamDescription/StreamStatus",
                 "DELETING");
    api_advance(&t->w, DELAY);
    check_refused(t, "DescribeStream", "{\"StreamName\":\"s\"}", "ResourceNotFoundException");
    cJSON *answer = ask(t, 400, "GetRecords", "{\"ShardIterator\":\"%s\"}", from);
    check_at(answer, "message",
             "Shard " SHARD("1") " in stream s under account 000000000000 does not exist");
    cJSON_Delete(answer);
    check_messages(t, &s, "gone", "ResourceNotFoundException end");
    check_answer(t, "ListStreams", "{}", "StreamNames", "[]");
    subscriber_deinit(&s);
    mr_free(from);
}

static void test_the_life_of_a_stream(void **state)
{
    (void)state;
    for (int cbor = 0; cbor < 2; cbor++) {
        talk t;
        char *sequences[3];
        talk_init(&t, cbor == 1);
        live_create(&t);
        live_write(&t, sequences);
        live_read(&t, sequences);
        live_reshard(&t);
        live_page(&t);
        char *arn = live_register(&t);
        live_subscribe(&t, arn);
        live_delete(&t, arn);
        mr_free(arn);
        for (size_t i = 0; i < MR_COUNT(sequences); i++) {
            mr_free(sequences[i]);
        }
        api_world_deinit(&t.w);
    }
}

/* ---- settings ---- */

static void test_what_can_be_set(void **state)
{
    (void)state;
    for (int cbor = 0; cbor < 2; cbor++) {
        talk t;
        talk_init(&t, cbor == 1);
        DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":2}");
        api_advance(&t.w, DELAY);
        DO(&t, "IncreaseStreamRetentionPeriod",
           "{\"StreamName\":\"s\",\"RetentionPeriodHours\":48}");
        DO(&t, "StartStreamEncryption",
           "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/a\"}");
        api_advance(&t.w, DELAY);
        cJSON *answer = ask(&t, 200, "DescribeStreamSummary", "{\"StreamName\":\"s\"}");
        check_at(answer, "StreamDescriptionSummary/RetentionPeriodHours", "48");
        check_at(answer, "StreamDescriptionSummary/EncryptionType", "KMS");
        check_at(answer, "StreamDescriptionSummary/KeyId", "alias/a");
        cJSON_Delete(answer);
        check_answer(&t, "PutRecord", "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"\"}",
                     "EncryptionType", "KMS");
        DO(&t, "StopStreamEncryption",
           "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/a\"}");
        api_advance(&t.w, DELAY);
        answer = ask(&t, 200, "EnableEnhancedMonitoring",
                     "{\"StreamName\":\"s\",\"ShardLevelMetrics\":[\"IncomingBytes\"]}");
        check_at(answer, "CurrentShardLevelMetrics", "[]");
        check_at(answer, "DesiredShardLevelMetrics", "[\"IncomingBytes\"]");
        cJSON_Delete(answer);
        check_answer(&t, "DisableEnhancedMonitoring",
                     "{\"StreamName\":\"s\",\"ShardLevelMetrics\":[\"ALL\"]}",
                     "DesiredShardLevelMetrics", "[]");
        check_answer(&t, "UpdateShardCount",
                     "{\"StreamName\":\"s\",\"TargetShardCount\":4,\"ScalingType\":"
                     "\"UNIFORM_SCALING\"}",
                     "CurrentShardCount", "2");
        api_advance(&t.w, DELAY);
        check_answer(&t, "DescribeLimits", "{}", "OpenShardCount", "4");
        DO(&t, "UpdateStreamMode",
           "{\"StreamARN\":\"" STREAM_ARN "\",\"StreamModeDetails\":{\"StreamMode\":"
           "\"ON_DEMAND\"}}");
        api_advance(&t.w, DELAY);
        check_answer(&t, "DescribeLimits", "{}", "OnDemandStreamCount", "1");
        api_world_deinit(&t.w);
    }
}

static void test_records_larger_than_they_were(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, false);
    DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
    api_advance(&t.w, DELAY);
    mr_strbuf record = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&record, "{\"StreamName\":\"s\",\"PartitionKey\":\"k\",\"Data\":\"");
    for (size_t i = 0; i < (size_t)2 * 1024 * 1024 / 3; i++) {
        mr_strbuf_append_text(&record, "AAAA");
    }
    mr_strbuf_append_text(&record, "\"}");
    check_refused(&t, "PutRecord", mr_strbuf_text(&record), "ValidationException");
    check_refused(&t, "UpdateMaxRecordSize", "{\"MaxRecordSizeInKiB\":2048}",
                  "InvalidArgumentException");
    DO(&t, "UpdateMaxRecordSize", "{\"StreamARN\":\"" STREAM_ARN "\",\"MaxRecordSizeInKiB\":2048}");
    check_answer(&t, "DescribeStreamSummary", "{\"StreamName\":\"s\"}",
                 "StreamDescriptionSummary/MaxRecordSizeInKiB", "2048");
    DO(&t, "PutRecord", "%s", mr_strbuf_text(&record));
    mr_strbuf_deinit(&record);
    api_world_deinit(&t.w);
}

#define WARM(mibps) "{\"StreamName\":\"s\",\"WarmThroughputMiBps\":" mibps "}"
#define MODE(to, mibps)                                                                            \
    "{\"StreamARN\":\"" STREAM_ARN "\",\"StreamModeDetails\":{\"StreamMode\":\"" to "\"},"         \
    "\"WarmThroughputMiBps\":" mibps "}"
#define COMMIT(to) "{\"MinimumThroughputBillingCommitment\":{\"Status\":\"" to "\"}}"

static void test_warm_throughput_and_the_commitment_that_it_needs(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, false);
    DO(&t, "CreateStream",
       "{\"StreamName\":\"s\",\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"}}");
    api_advance(&t.w, DELAY);
    check_answer(&t, "DescribeAccountSettings", "{}", "MinimumThroughputBillingCommitment",
                 "{\"Status\":\"DISABLED\"}");
    check_refused(&t, "UpdateStreamWarmThroughput", WARM("5"), "InvalidArgumentException");
    check_answer(&t, "UpdateAccountSettings", COMMIT("ENABLED"),
                 "MinimumThroughputBillingCommitment",
                 "{\"Status\":\"ENABLED\",\"StartedAt\":1735689600.5,\"EarliestAllowedEndAt\":"
                 "1735776000.5}");

    cJSON *answer = ask(&t, 200, "UpdateStreamWarmThroughput", WARM("5"));
    check_at(answer, "StreamName", "s");
    check_at(answer, "StreamARN", STREAM_ARN);
    check_at(answer, "WarmThroughput", "{\"TargetMiBps\":5,\"CurrentMiBps\":0}");
    cJSON_Delete(answer);
    api_advance(&t.w, DELAY);
    check_answer(&t, "DescribeStreamSummary", "{\"StreamName\":\"s\"}",
                 "StreamDescriptionSummary/WarmThroughput",
                 "{\"TargetMiBps\":5,\"CurrentMiBps\":5}");
    check_refused(&t, "UpdateStreamWarmThroughput", WARM("10241"), "LimitExceededException");
    check_refused(&t, "UpdateStreamMode", MODE("PROVISIONED", "6"), "InvalidArgumentException");
    DO(&t, "UpdateStreamMode", MODE("ON_DEMAND", "6"));
    api_advance(&t.w, DELAY);
    check_answer(&t, "DescribeStreamSummary", "{\"StreamName\":\"s\"}",
                 "StreamDescriptionSummary/WarmThroughput/CurrentMiBps", "6");

    check_answer(&t, "UpdateAccountSettings", COMMIT("DISABLED"),
                 "MinimumThroughputBillingCommitment/Status", "ENABLED_UNTIL_EARLIEST_ALLOWED_END");
    api_advance(&t.w, INT64_C(86400) * MR_US_PER_SECOND);
    check_answer(&t, "DescribeAccountSettings", "{}", "MinimumThroughputBillingCommitment",
                 "{\"Status\":\"DISABLED\",\"StartedAt\":1735689600.5,\"EndedAt\":1735776000.5}");
    check_refused(&t, "UpdateStreamWarmThroughput", WARM("5"), "InvalidArgumentException");
    api_world_deinit(&t.w);
}

static void test_tags_and_policies(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, false);
    DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
    api_advance(&t.w, DELAY);
    char *arn = live_register(&t);
    DO(&t, "AddTagsToStream", "{\"StreamName\":\"s\",\"Tags\":{\"b\":\"2\",\"a\":\"1\"}}");
    cJSON *answer = ask(&t, 200, "ListTagsForStream", "{\"StreamName\":\"s\",\"Limit\":1}");
    check_at(answer, "Tags", "[{\"Key\":\"a\",\"Value\":\"1\"}]");
    check_at(answer, "HasMoreTags", "true");
    cJSON_Delete(answer);
    DO(&t, "RemoveTagsFromStream", "{\"StreamName\":\"s\",\"TagKeys\":[\"a\"]}");
    DO(&t, "TagResource", "{\"ResourceARN\":\"%s\",\"Tags\":{\"of\":\"consumer\"}}", arn);
    check_answer(&t, "ListTagsForResource", "{\"ResourceARN\":\"" STREAM_ARN "\"}", "Tags",
                 "[{\"Key\":\"b\",\"Value\":\"2\"}]");
    answer = ask(&t, 200, "ListTagsForResource", "{\"ResourceARN\":\"%s\"}", arn);
    check_at(answer, "Tags", "[{\"Key\":\"of\",\"Value\":\"consumer\"}]");
    cJSON_Delete(answer);
    DO(&t, "UntagResource", "{\"ResourceARN\":\"%s\",\"TagKeys\":[\"of\"]}", arn);

    check_answer(&t, "GetResourcePolicy", "{\"ResourceARN\":\"" STREAM_ARN "\"}", "Policy", "{}");
    DO(&t, "PutResourcePolicy",
       "{\"ResourceARN\":\"" STREAM_ARN "\",\"Policy\":\"{\\\"Version\\\":\\\"1\\\"}\"}");
    check_answer(&t, "GetResourcePolicy", "{\"ResourceARN\":\"" STREAM_ARN "\"}", "Policy",
                 "{\"Version\":\"1\"}");
    check_refused(&t, "PutResourcePolicy", "{\"ResourceARN\":\"" STREAM_ARN "\",\"Policy\":\"{\"}",
                  "InvalidArgumentException");
    DO(&t, "DeleteResourcePolicy", "{\"ResourceARN\":\"" STREAM_ARN "\"}");
    DO(&t, "DeregisterStreamConsumer", "{\"ConsumerARN\":\"%s\"}", arn);
    api_advance(&t.w, DELAY);
    check_answer(&t, "ListStreamConsumers", "{\"StreamARN\":\"" STREAM_ARN "\"}", "Consumers",
                 "[]");
    mr_free(arn);
    api_world_deinit(&t.w);
}

static void test_what_may_not_have_its_tags_is_not_made(void **state)
{
    (void)state;
    static const char *const bad[] = {"\"a;b\":\"c\"", "\"a\":\"b%\""};
    talk t;
    talk_init(&t, false);
    DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
    api_advance(&t.w, DELAY);
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        cJSON *answer = ask(&t, 400, "CreateStream",
                            "{\"StreamName\":\"never\",\"ShardCount\":1,\"Tags\":{%s}}", bad[i]);
        check_at(answer, "__type", "InvalidArgumentException");
        cJSON_Delete(answer);
        answer = ask(&t, 400, "RegisterStreamConsumer",
                     "{\"StreamARN\":\"" STREAM_ARN "\",\"ConsumerName\":\"never\",\"Tags\":{%s}}",
                     bad[i]);
        check_at(answer, "__type", "InvalidArgumentException");
        cJSON_Delete(answer);
    }
    /* Not even as something that is DELETING. */
    check_answer(&t, "ListStreams", "{}", "StreamNames", "[\"s\"]");
    check_answer(&t, "ListStreamConsumers", "{\"StreamARN\":\"" STREAM_ARN "\"}", "Consumers",
                 "[]");
    api_world_deinit(&t.w);
}

/* ---- a client that takes its time ---- */

#define MANY      24
#define MANY_SIZE 1000000 /* characters of base64 */

static void put_many(talk *t)
{
    char *data = mr_alloc(MANY_SIZE + 1);
    memset(data, 'A', MANY_SIZE);
    data[MANY_SIZE] = '\0';
    for (int i = 0; i < MANY; i++) {
        mr_free(put(t, "0", data));
    }
    mr_free(data);
}

/* Records in what has come so far. */
static size_t count_records(talk *t, subscriber *s)
{
    static const char key[] = "PartitionKey";
    settle(t, s);
    size_t count = 0;
    mr_bytes rest = mr_strbuf_bytes(&s->body);
    for (const char *found; rest.len > 0; count++) {
        found = memmem(rest.at, rest.len, key, strlen(key));
        if (found == NULL) {
            break;
        }
        const size_t passed = (size_t)(found - rest.at) + strlen(key);
        rest = mr_bytes_make(rest.at + passed, rest.len - passed);
    }
    return count;
}

static void test_a_slow_client_stops_the_flow_and_gets_everything(void **state)
{
    (void)state;
    talk t = {.cbor = false};
    api_world_init(&t.w, (mr_sim_options){.stream_state_delay_us = DELAY}, (mr_api_options){0});
    DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
    api_advance(&t.w, DELAY);
    char *arn = live_register(&t);
    put_many(&t);
    subscriber s = subscribe(&t, arn, "0", "\"TRIM_HORIZON\"");
    settle(&t, &s);
    api_advance(&t.w, MR_US_PER_SECOND); /* nobody reads meanwhile */
    CHECK_TRUE("it has stopped", count_records(&t, &s) < MANY);
    size_t count = 0;
    for (int i = 0; count < MANY && i < 100; i++) {
        api_advance(&t.w, 1000);
        count = count_records(&t, &s);
    }
    CHECK_INT("everything", count, MANY);
    subscriber_deinit(&s);
    mr_free(arn);
    api_world_deinit(&t.w);
}

/* ---- the end of the program ---- */

static void test_subscriptions_end_with_the_api(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, false);
    DO(&t, "CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}");
    api_advance(&t.w, DELAY);
    char *arn = live_register(&t);
    subscriber ended = subscribe(&t, arn, "0", "\"LATEST\"");
    check_messages(&t, &ended, "begins", "initial-response ");
    mr_api_end_streams(t.w.api);
    check_messages(&t, &ended, "ended", "end");
    subscriber_deinit(&ended);

    api_advance(&t.w, 10 * MR_US_PER_SECOND);
    subscriber left = subscribe(&t, arn, "0", "\"LATEST\"");
    check_messages(&t, &left, "begins", "initial-response ");
    subscriber_deinit(&left); /* the client goes */
    api_advance(&t.w, 10 * MR_US_PER_SECOND);
    DO(&t, "DescribeLimits", "{}");
    mr_free(arn);
    api_world_deinit(&t.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_life_of_a_stream),
        cmocka_unit_test(test_what_can_be_set),
        cmocka_unit_test(test_records_larger_than_they_were),
        cmocka_unit_test(test_warm_throughput_and_the_commitment_that_it_needs),
        cmocka_unit_test(test_tags_and_policies),
        cmocka_unit_test(test_what_may_not_have_its_tags_is_not_made),
        cmocka_unit_test(test_a_slow_client_stops_the_flow_and_gets_everything),
        cmocka_unit_test(test_subscriptions_end_with_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
