/*
 * kinesis_subscribe_test.c - SubscribeToShard as AWS's SDKs speak it: in the clear over HTTP/2 with
 * prior knowledge, many streams on one connection, and the world's time moved by hand. nghttp2 is
 * the client. (Over HTTP/1.1: kinesis_life_test.c.)
 */
#include "sim/base/timefmt.h"
#include "sim/stream/consumer.h"
#include "src/api/api_private.h"
#include "tests/event_stream_decoder.h"
#include "tests/src/api/api_help.h"
#include "tests/src/api/cbor_json.h"
#include "tests/src/api/json_at.h"

#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>

#define SECOND       MR_US_PER_SECOND
#define STREAM_ARN   "arn:aws:kinesis:us-east-1:000000000000:stream/s"
#define MIDDLE       "170141183460469231731687303715884105728" /* 2^127 */
#define REQUESTS_MAX 64
#define QUIET_TURNS  20 /* of a loop in which nothing has come */

/* One request and what came back. */
typedef struct exchange {
    mr_strbuf request; /* its body */
    size_t sent;       /* of it */
    int status;        /* 0: none came */
    char type[64];     /* Content-Type */
    mr_strbuf body;    /* without what was taken */
    bool closed;
    uint32_t error; /* HTTP/2's code */
} exchange;

typedef struct talk {
    api_world w;
    nghttp2_session *h2;
    int fd;
    mr_bytes unsent;                  /* of the client's bytes, borrowed from h2 */
    size_t came;                      /* bytes so far */
    bool cbor;                        /* what is asked is asked in */
    bool broken;                      /* the server has closed the connection */
    char *consumer;                   /* ARN; owned */
    exchange exchanges[REQUESTS_MAX]; /* by stream id, halved */
} talk;

static exchange *exchange_of(talk *t, int32_t id)
{
    MR_ASSERT(id > 0 && id / 2 < REQUESTS_MAX);
    return &t->exchanges[id / 2];
}

/* ---- the client ---- */

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *context)
{
    exchange *e = exchange_of(context, frame->hd.stream_id);
    const mr_bytes text = mr_bytes_make(value, value_len);
    int64_t status;
    (void)h2;
    (void)flags;
    if (mr_bytes_is(mr_bytes_make(name, name_len), ":status") && mr_bytes_to_int64(text, &status)) {
        e->status = (int)status;
    } else if (mr_bytes_is(mr_bytes_make(name, name_len), "content-type")) {
        snprintf(e->type, sizeof(e->type), "%.*s", (int)text.len, text.at);
    }
    return 0;
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                   void *context)
{
    (void)h2;
    (void)flags;
    mr_strbuf_append(&exchange_of(context, id)->body, data, len);
    return 0;
}

static int on_close(nghttp2_session *h2, int32_t id, uint32_t error, void *context)
{
    exchange *e = exchange_of(context, id);
    (void)h2;
    e->closed = true;
    e->error = error;
    return 0;
}

static ssize_t on_body(nghttp2_session *h2, int32_t id, uint8_t *buf, size_t length,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    exchange *e = exchange_of(context, id);
    const size_t n = mr_min_size(length, e->request.len - e->sent);
    (void)h2;
    (void)source;
    memcpy(buf, e->request.at + e->sent, n);
    e->sent += n;
    *flags |= e->sent == e->request.len ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)n;
}

/* reads: windows open as data comes; otherwise the test opens them. */
static void client_init(talk *t, bool reads)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_option_new(&option);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option_set_no_auto_window_update(option, reads ? 0 : 1);
    nghttp2_session_client_new2(&t->h2, callbacks, t, option);
    nghttp2_submit_settings(t->h2, NGHTTP2_FLAG_NONE, NULL, 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const int at_once =
        1; /* frames are small, and the kernel would wait for an answer to the first */
    t->fd = api_connect(&t->w);
    CHECK_INT("no delay", setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once)),
              0);
}

static void client_feed(talk *t, mr_strbuf *got)
{
    if (got->len > 0) {
        CHECK_INT("what the server says is HTTP/2",
                  nghttp2_session_mem_recv(t->h2, (const uint8_t *)got->at, got->len),
                  (int64_t)got->len);
        t->came += got->len;
    }
}

static void turn(talk *t)
{
    if (t->unsent.len == 0) {
        const uint8_t *at;
        const ssize_t len = nghttp2_session_mem_send(t->h2, &at);
        t->unsent = mr_bytes_make(at, len > 0 ? (size_t)len : 0);
    }
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    t->broken = !api_turn(&t->w, t->fd, &t->unsent, &got) || t->broken;
    client_feed(t, &got);
    mr_strbuf_deinit(&got);
}

/* Turns until nothing more is said on either side. */
static void settle(talk *t)
{
    for (int quiet = 0; quiet < QUIET_TURNS && !t->broken;) {
        const size_t before = t->came;
        turn(t);
        const bool busy =
            t->came != before || t->unsent.len > 0 || nghttp2_session_want_write(t->h2);
        quiet = busy ? 0 : quiet + 1;
    }
}

/* ---- asking ---- */

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void body_of(const talk *t, const char *json, mr_strbuf *out)
{
    cJSON *tree = cJSON_Parse(json);
    MR_ASSERT(tree != NULL);
    if (t->cbor) {
        cbor_of_json(out, tree);
    } else {
        mr_strbuf_append_text(out, json);
    }
    cJSON_Delete(tree);
}

/* The id of the request's stream; nothing has been sent yet. */
static int32_t submit(talk *t, const char *operation, const char *json)
{
    char *target = mr_format("Kinesis_20131202.%s", operation);
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),
        pair(":scheme", "http"),
        pair(":authority", "localhost"),
        pair(":path", "/"),
        pair("x-amz-target", target),
        pair("content-type", t->cbor ? CBOR : JSON),
        pair("x-amz-date", "20250101T000000Z"),
        pair("authorization", "AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/kinesis/"
                              "aws4_request, SignedHeaders=host, Signature=abcd"),
    };
    const nghttp2_data_provider provider = {.read_callback = on_body};
    const int32_t id =
        nghttp2_submit_request(t->h2, NULL, headers, MR_COUNT(headers), &provider, NULL);
    exchange *e = exchange_of(t, id);
    *e = (exchange){.request = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                    .body = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    body_of(t, json, &e->request);
    mr_free(target);
    return id;
}

static cJSON *parsed(const talk *t, mr_bytes bytes)
{
    cJSON *json = bytes.len == 0 ? cJSON_CreateNull()
                  : t->cbor      ? json_of_cbor(bytes)
                                 : cJSON_ParseWithLength(bytes.at, bytes.len);
    MR_ASSERT(json != NULL);
    return json;
}

/* The whole answer of an operation that ends; owned. */
static cJSON *ask(talk *t, int status, const char *operation, const char *json)
{
    const int32_t id = submit(t, operation, json);
    settle(t);
    const exchange *e = exchange_of(t, id);
    CHECK_INT(operation, e->status, status);
    CHECK_TRUE("whole", e->closed && e->error == NGHTTP2_NO_ERROR);
    return parsed(t, mr_strbuf_bytes(&e->body));
}

/* ---- the world ---- */

/* A stream "s" with a consumer, and whoever is to be subscribed. */
static void talk_init(talk *t, uint32_t shard_count, bool reads)
{
    mr_error err;
    mr_stream *stream;
    mr_consumer *consumer;
    *t = (talk){.fd = -1};
    api_world_init(&t->w, (mr_sim_options){.limits = false}, (mr_api_options){0});
    const mr_stream_options options = {.name = "s", .shard_count = shard_count};
    CHECK_OK("stream", mr_streams_create(mr_sim_streams(t->w.sim), &options, &stream, &err), &err);
    CHECK_OK("consumer", mr_consumer_register(stream, "c", &consumer, &err), &err);
    t->consumer = mr_strdup(mr_consumer_arn(consumer));
    client_init(t, reads);
}

static void talk_deinit(talk *t)
{
    nghttp2_session_del(t->h2);
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        mr_strbuf_deinit(&t->exchanges[i].request);
        mr_strbuf_deinit(&t->exchanges[i].body);
    }
    close(t->fd);
    mr_free(t->consumer);
    api_world_deinit(&t->w);
}

static void put(talk *t, mr_bytes data)
{
    mr_error err;
    mr_put_result result;
    size_t failed;
    mr_stream *stream = mr_streams_find(mr_sim_streams(t->w.sim), "s");
    const mr_record record = {
        .data = data, .partition_key = MR_BYTES_LITERAL("k"), .has_explicit_hash = true};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_INT("failed", failed, 0);
}

/* position: of StartingPosition, its members. */
static int32_t subscribe_to(talk *t, const char *shard, const char *position)
{
    char *json = mr_format("{\"ConsumerARN\":\"%s\",\"ShardId\":\"%s\",\"StartingPosition\":{%s}}",
                           t->consumer, shard, position);
    const int32_t id = submit(t, "SubscribeToShard", json);
    mr_free(json);
    settle(t);
    return id;
}

static int32_t subscribe(talk *t, const char *position)
{
    return subscribe_to(t, "0", position);
}

/* How many answers the API holds open: what a client that has gone must not leave. */
static int open_answers(const talk *t)
{
    int count = 0;
    const mr_api_open *head = &t->w.api->open;
    for (const mr_api_open *open = head->next; open != head; open = open->next) {
        count++;
    }
    return count;
}

/* ---- events ---- */

static void append_event(talk *t, const cJSON *event, mr_strbuf *out)
{
    const cJSON *record;
    CHECK_TRUE("Records", cJSON_IsArray(at(event, "Records")));
    cJSON_ArrayForEach(record, at(event, "Records"))
    {
        mr_strbuf_appendf(out, "%s ", cJSON_GetStringValue(at(record, "Data")));
    }
    mr_strbuf_appendf(out, "[%d] ", at(event, "MillisBehindLatest")->valueint);
    const bool ends = at(event, "ChildShards") != NULL;
    CHECK_INT("an event continues, or has children",
              at(event, "ContinuationSequenceNumber") == NULL, ends);
    mr_strbuf_append_text(out, ends ? "children " : "");
    (void)t;
}

/* One message in short: "initial", the data of an event's records with [MillisBehindLatest], or an
 * exception. continuation: owned text of the last one, replaced. */
static void append_message(talk *t, const decoded_message *message, mr_strbuf *out,
                           char **continuation)
{
    char text[64];
    cJSON *json = parsed(t, message->payload);
    CHECK_STR("form", decoded_header_text(message, ":content-type", text), t->cbor ? CBOR : JSON);
    if (strcmp(decoded_header_text(message, ":message-type", text), "exception") == 0) {
        mr_strbuf_appendf(out, "%s: %s ", decoded_header_text(message, ":exception-type", text),
                          cJSON_GetStringValue(at(json, "message")));
    } else if (strcmp(decoded_header_text(message, ":event-type", text), "initial-response") == 0) {
        mr_strbuf_append_text(out, "initial ");
    } else {
        CHECK_STR("event", text, "SubscribeToShardEvent");
        append_event(t, json, out);
        const char *next = cJSON_GetStringValue(at(json, "ContinuationSequenceNumber"));
        mr_free(*continuation);
        *continuation = mr_strdup(next);
    }
    cJSON_Delete(json);
}

/* What has come since the last call, and "end" when the stream has come to its clean end. Returns
 * the last ContinuationSequenceNumber; owned, or NULL. */
static char *check_events(talk *t, int32_t id, const char *label, const char *want)
{
    settle(t);
    exchange *e = exchange_of(t, id);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *continuation = NULL;
    mr_bytes rest = mr_strbuf_bytes(&e->body);
    while (rest.len > 0) {
        decoded_message message;
        MR_ASSERT(decode_message(&rest, &message));
        append_message(t, &message, &got, &continuation);
    }
    mr_strbuf_reset(&e->body);
    mr_strbuf_append_text(&got, !e->closed ? "" : e->error == NGHTTP2_NO_ERROR ? "end" : "broken");
    CHECK_STR(label, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
    return continuation;
}

#define CHECK_EVENTS(t, id, label, want) mr_free(check_events((t), (id), (label), (want)))

/* ---- the tests ---- */

static void test_events_arrive_and_say_where_to_go_on(void **state)
{
    (void)state;
    for (int cbor = 0; cbor < 2; cbor++) {
        talk t;
        talk_init(&t, 1, true);
        t.cbor = cbor == 1;
        put(&t, MR_BYTES_LITERAL("a0"));
        put(&t, MR_BYTES_LITERAL("a1"));
        int32_t id = subscribe(&t, "\"Type\":\"TRIM_HORIZON\"");
        CHECK_INT("status", exchange_of(&t, id)->status, 200);
        CHECK_STR("type", exchange_of(&t, id)->type, "application/vnd.amazon.eventstream");
        CHECK_EVENTS(&t, id, "the first message", "initial ");
        api_advance(&t.w, 1000);
        char *place = check_events(&t, id, "what was there", "YTA= YTE= [0] ");
        put(&t, MR_BYTES_LITERAL("a2"));
        api_advance(&t.w, 1000);
        CHECK_EVENTS(&t, id, "what comes", "YTI= [0] ");

        /* Whoever goes on from there misses nothing and gets nothing twice. */
        api_advance(&t.w, 5 * SECOND);
        CHECK_EVENTS(&t, id, "nothing new", "[0] ");
        char *position =
            mr_format("\"Type\":\"AFTER_SEQUENCE_NUMBER\",\"SequenceNumber\":\"%s\"", place);
        const int32_t next = subscribe(&t, position);
        api_advance(&t.w, 1000);
        CHECK_EVENTS(&t, next, "the rest", "initial YTI= [0] ");
        CHECK_EVENTS(&t, id, "the one before", "end");
        mr_free(position);
        mr_free(place);
        talk_deinit(&t);
    }
}

static void test_an_event_says_how_far_behind_it_is(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 1, true);
    char *data = mr_calloc(1, 1000000);
    for (int i = 0; i < 3; i++) { /* an event holds no more than one of them */
        put(&t, mr_bytes_make(data, 1000000));
    }
    mr_free(data);
    api_advance(&t.w, 3 * SECOND);
    const int32_t id = subscribe(&t, "\"Type\":\"TRIM_HORIZON\"");
    for (int i = 0; i < 3; i++) { /* each stops the flow until the client has taken it */
        api_advance(&t.w, 1);
        settle(&t);
    }
    exchange *e = exchange_of(&t, id);
    mr_bytes rest = mr_strbuf_bytes(&e->body);
    decoded_message message;
    int events = 0, records = 0;
    for (; rest.len > 0; events++) {
        MR_ASSERT(decode_message(&rest, &message));
        cJSON *json = parsed(&t, message.payload);
        const int here = cJSON_GetArraySize(at(json, "Records"));
        records += here;
        if (here > 0) {
            CHECK_INT("behind", at(json, "MillisBehindLatest")->valueint, records < 3 ? 3000 : 0);
        }
        cJSON_Delete(json);
    }
    CHECK_INT("three events, and the initial response", events, 4);
    CHECK_INT("records", records, 3);
    talk_deinit(&t);
}

static void test_it_ends_after_five_minutes_and_says_something_every_five_seconds(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 1, true);
    const int32_t id = subscribe(&t, "\"Type\":\"LATEST\"");
    api_advance(&t.w, 1);
    char *place = check_events(&t, id, "begins", "initial [0] ");
    for (int i = 1; i < 60; i++) {
        api_advance(&t.w, 5 * SECOND);
        char *next = check_events(&t, id, "an event without records", "[0] ");
        CHECK_TRUE("the place moves on", strcmp(place, next) < 0);
        mr_free(place);
        place = next;
    }
    mr_free(place);
    api_advance(&t.w, 5 * SECOND - 2);
    CHECK_EVENTS(&t, id, "a microsecond before", "");
    CHECK_INT("held open", open_answers(&t), 1);
    api_advance(&t.w, 1);
    CHECK_EVENTS(&t, id, "five minutes are over", "end");
    CHECK_INT("held open", open_answers(&t), 0);
    talk_deinit(&t);
}

static void test_a_second_subscription_is_refused_for_five_seconds_and_then_takes_over(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 2, true);
    const int32_t first = subscribe(&t, "\"Type\":\"LATEST\"");
    api_advance(&t.w, 1);
    CHECK_EVENTS(&t, first, "begins", "initial [0] ");
    const int32_t other = subscribe_to(&t, "1", "\"Type\":\"LATEST\""); /* of its own */
    api_advance(&t.w, 5 * SECOND - 2);
    CHECK_EVENTS(&t, other, "the other shard", "initial [0] ");

    const int32_t early = subscribe(&t, "\"Type\":\"LATEST\"");
    CHECK_INT("too early", exchange_of(&t, early)->status, 400);
    CHECK_STR("type", exchange_of(&t, early)->type, JSON);
    CHECK_HAS("error", mr_strbuf_text(&exchange_of(&t, early)->body),
              "{\"__type\":\"ResourceInUseException\",\"message\":\"Another active subscription "
              "exists for this consumer: 000000000000:s:shardId-000000000000:c\"}");
    put(&t, MR_BYTES_LITERAL("a"));
    api_advance(&t.w, 1);
    CHECK_EVENTS(&t, first, "the first one goes on", "YQ== [0] ");

    const int32_t second = subscribe(&t, "\"Type\":\"LATEST\"");
    CHECK_EVENTS(&t, first, "taken over", "end");
    put(&t, MR_BYTES_LITERAL("b"));
    api_advance(&t.w, 1000);
    CHECK_EVENTS(&t, second, "in its place", "initial Yg== [0] ");
    CHECK_INT("held open", open_answers(&t), 2);
    CHECK_TRUE("the other shard's goes on", !exchange_of(&t, other)->closed);
    talk_deinit(&t);
}

static void test_a_client_that_resets_is_let_go_and_its_neighbours_are_not(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 2, true);
    const int32_t id = subscribe(&t, "\"Type\":\"LATEST\"");
    const int32_t other = subscribe_to(&t, "1", "\"Type\":\"LATEST\"");
    CHECK_INT("held open", open_answers(&t), 2);
    nghttp2_submit_rst_stream(t.h2, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    settle(&t);
    CHECK_INT("one is left", open_answers(&t), 1);

    cJSON_Delete(ask(&t, 200, "ListStreams", "{}")); /* the connection is as good as before */
    put(&t, MR_BYTES_LITERAL("a"));
    api_advance(&t.w, 5 * SECOND);
    CHECK_EVENTS(&t, other, "the neighbour", "initial [0] [0] ");
    const int32_t again = subscribe(&t, "\"Type\":\"TRIM_HORIZON\"");
    api_advance(&t.w, 1);
    CHECK_EVENTS(&t, again, "another one", "initial YQ== [0] ");

    close(t.fd); /* and without a word */
    t.fd = api_connect(&t.w);
    for (int i = 0; open_answers(&t) > 0; i++) {
        MR_ASSERT(i < TURNS_MAX);
        mr_bytes nothing = {NULL, 0};
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        (void)api_turn(&t.w, t.fd, &nothing, &got);
        mr_strbuf_deinit(&got);
    }
    talk_deinit(&t);
}

static void test_a_closed_shard_ends_with_its_children(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 1, true);
    put(&t, MR_BYTES_LITERAL("a"));
    const int32_t id = subscribe(&t, "\"Type\":\"TRIM_HORIZON\"");
    api_advance(&t.w, 1000);
    CHECK_EVENTS(&t, id, "before", "initial YQ== [0] ");
    cJSON_Delete(ask(&t, 200, "SplitShard",
                     "{\"StreamName\":\"s\",\"ShardToSplit\":\"0\",\"NewStartingHashKey\":"
                     "\"" MIDDLE "\"}"));
    api_advance(&t.w, 5 * SECOND);
    CHECK_EVENTS(&t, id, "the end", "[0] children end");
    talk_deinit(&t);
}

static void test_a_consumer_that_goes_ends_it_with_an_exception(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 1, true);
    const int32_t id = subscribe(&t, "\"Type\":\"LATEST\"");
    char *json = mr_format("{\"ConsumerARN\":\"%s\"}", t.consumer);
    cJSON_Delete(ask(&t, 200, "DeregisterStreamConsumer", json));
    CHECK_EVENTS(&t, id, "gone",
                 "initial ResourceNotFoundException: The consumer or its stream was deleted. end");
    CHECK_INT("held open", open_answers(&t), 0);
    mr_free(json);
    talk_deinit(&t);
}

#define MANY       24
#define MANY_BYTES 750000

/* Records in whole messages that have come. */
static int count_records(talk *t, int32_t id)
{
    settle(t);
    int records = 0;
    decoded_message message;
    mr_bytes rest = mr_strbuf_bytes(&exchange_of(t, id)->body);
    while (decode_message(&rest, &message)) {
        cJSON *json = parsed(t, message.payload);
        records += cJSON_GetArraySize(at(json, "Records"));
        cJSON_Delete(json);
    }
    return records;
}

static void test_a_window_that_is_closed_stops_the_flow_and_loses_nothing(void **state)
{
    (void)state;
    talk t;
    talk_init(&t, 1, false);
    char *data = mr_calloc(1, MANY_BYTES);
    for (int i = 0; i < MANY; i++) {
        put(&t, mr_bytes_make(data, MANY_BYTES));
    }
    mr_free(data);
    const int32_t id = subscribe(&t, "\"Type\":\"TRIM_HORIZON\"");
    api_advance(&t.w, SECOND);
    CHECK_INT("a window of 64 KiB holds no whole record", count_records(&t, id), 0);
    CHECK_TRUE("it is full", exchange_of(&t, id)->body.len > 60000);
    size_t consumed = 0;
    for (int i = 0; count_records(&t, id) < MANY; i++) {
        MR_ASSERT(i < TURNS_MAX);
        const size_t came = exchange_of(&t, id)->body.len;
        nghttp2_session_consume(t.h2, id, came - consumed);
        consumed = came;
        const int32_t window = 4 * 1024 * 1024;
        nghttp2_session_set_local_window_size(t.h2, NGHTTP2_FLAG_NONE, id, window);
        nghttp2_session_set_local_window_size(t.h2, NGHTTP2_FLAG_NONE, 0, window);
        api_advance(&t.w, 1000);
    }
    CHECK_INT("everything", count_records(&t, id), MANY);
    talk_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_arrive_and_say_where_to_go_on),
        cmocka_unit_test(test_an_event_says_how_far_behind_it_is),
        cmocka_unit_test(test_it_ends_after_five_minutes_and_says_something_every_five_seconds),
        cmocka_unit_test(
            test_a_second_subscription_is_refused_for_five_seconds_and_then_takes_over),
        cmocka_unit_test(test_a_client_that_resets_is_let_go_and_its_neighbours_are_not),
        cmocka_unit_test(test_a_closed_shard_ends_with_its_children),
        cmocka_unit_test(test_a_consumer_that_goes_ends_it_with_an_exception),
        cmocka_unit_test(test_a_window_that_is_closed_stops_the_flow_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
