/*
 * api_fuzz.c - requests of a client, from their bytes to the answer: HTTP/1.1, target, codec,
 * checks, the handler, and a small real world behind it.
 *
 * An input is one or more requests, parted by a line "--". Each is an operation, a form and a body:
 *
 *   PutRecord json
 *   {"StreamName":"s", ...}
 *
 * ("cbor" for the other form), or, beginning with "POST /", a whole request as it would come. In a
 * body a run of as many '@' as a shard iterator has letters stands for one of the world's.
 *
 * What must hold: every request gets one answer of a status that AWS has, whose body reads as what
 * it says it is; one that is refused has changed no stream; the world's laws hold.
 *
 * A world costs much more than a request, so one serves until a request has changed it.
 */
#include "sim/base/timefmt.h"
#include "sim/stream/consumer.h"
#include "sim/stream/shard_iterator.h"
#include "src/api/api.h"
#include "src/http/session.h"
#include "tests/fuzz/fuzz_world.h"

#include <cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PART         "\n--\n"
#define REQUESTS_MAX 8  /* of one input */
#define STEPS_MAX    64 /* of the clock, behind a request */
#define AUTHORIZATION                                                                              \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/kinesis/aws4_request, "    \
    "SignedHeaders=host;x-amz-date, Signature=abcd\r\nX-Amz-Date: 20250101T000000Z\r\n"

static const mr_http_session_limits limits = {
    .message = {.header_bytes_max = 8192, .body_bytes_max = MR_MIB, .swallow_bytes_max = MR_MIB},
    .streams_max = 8,
    .held_bytes_max = 4 * MR_MIB,
    .unsent_bytes_max = 16 * MR_MIB,
};

/* ---- the world ---- */

typedef struct world {
    char *directory;
    mr_sim *sim; /* NULL: there is none yet */
    mr_api *api;
    char iterator[MR_SHARD_ITERATOR_SIZE];
} world;

static world the_world; /* from input to input: see above */

static void world_close(void)
{
    if (the_world.sim == NULL) {
        return;
    }
    mr_api_free(the_world.api);
    mr_sim_close(the_world.sim);
    fuzz_folder_remove(the_world.directory);
    the_world = (world){.sim = NULL};
}

/* A stream "s" of two shards with a record on the first, and a consumer "c". */
static void fill(world *w)
{
    mr_error err;
    mr_stream *stream;
    mr_consumer *consumer;
    mr_put_result result;
    size_t failed;
    mr_streams *streams = mr_sim_streams(w->sim);
    const mr_stream_options options = {.name = "s", .shard_count = 2};
    const mr_record record = {.data = MR_BYTES_LITERAL("data"),
                              .partition_key = MR_BYTES_LITERAL("k"),
                              .has_explicit_hash = true};
    const mr_starting_position start = {.type = MR_ITERATOR_TRIM_HORIZON};
    fuzz_must(mr_streams_create(streams, &options, &stream, &err), &err);
    fuzz_must(mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    fuzz_must(mr_consumer_register(stream, "c", &consumer, &err), &err);
    fuzz_must(mr_shard_iterator_make(streams, MR_BYTES_LITERAL("s"), MR_BYTES_LITERAL("0"), &start,
                                     w->iterator, &err),
              &err);
}

static void world_open(void)
{
    static bool is_closed_at_exit;
    if (the_world.sim != NULL) {
        return;
    }
    if (!is_closed_at_exit) {
        is_closed_at_exit = atexit(world_close) == 0;
    }
    world *w = &the_world;
    w->directory = fuzz_folder_make();
    w->sim = fuzz_world_open(
        w->directory,
        (mr_sim_options){.shard_limit = 12, /* a stream of twenty thousand shards takes its time */
                         .on_demand_limit = 2});
    w->api = mr_api_new(&(mr_api_options){.sim = w->sim});
    fill(w);
}

/* Names, shards and records of all streams, as one number. */
static uint64_t print_of(const world *w)
{
    size_t count;
    mr_stream **streams = mr_streams_list(mr_sim_streams(w->sim), &count);
    uint64_t print = count;
    for (size_t i = 0; i < count; i++) {
        const size_t shards = mr_stream_shard_count(streams[i]);
        print = print * 31 + shards;
        print = print * 31 + (uint64_t)mr_stream_retention_us(streams[i]);
        print = print * 31 + mr_stream_record_kib_max(streams[i]);
        print = print * 31 + mr_stream_consumer_count(streams[i]);
        for (size_t k = 0; k < shards; k++) {
            print = print * 31 + mr_shard_last(mr_stream_shard(streams[i], k));
        }
    }
    mr_free(streams);
    return print;
}

/* Runs what is due within a second: the events of a subscription. */
static void step(const world *w)
{
    mr_clock *clock = mr_sim_clock(w->sim);
    const int64_t until_us = mr_clock_now_us(clock) + MR_US_PER_SECOND;
    for (int i = 0; i < STEPS_MAX && mr_clock_next_due_us(clock) <= until_us; i++) {
        (void)mr_sim_step(w->sim, NULL);
    }
}

/* ---- requests ---- */

/* Puts the iterator in the place of as many '@'. */
static void put_iterator(const world *w, mr_strbuf *body)
{
    const size_t len = strlen(w->iterator);
    for (size_t at = 0, run = 0; at < body->len; at++) {
        run = body->at[at] == '@' ? run + 1 : 0;
        if (run == len) {
            memcpy(body->at + at + 1 - len, w->iterator, len);
            return;
        }
    }
}

/* The request that a part of the input stands for. */
static void append_request(const world *w, mr_bytes part, mr_strbuf *out)
{
    if (mr_bytes_starts_with(part, MR_BYTES_LITERAL("POST /"))) {
        mr_strbuf_append_bytes(out, part);
        return;
    }
    const size_t line = mr_bytes_find(part, '\n');
    const mr_bytes head = {part.at, line};
    const size_t blank = mr_bytes_find(head, ' ');
    const bool is_cbor = mr_bytes_ends_with(head, MR_BYTES_LITERAL(" cbor"));
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (line < part.len) {
        mr_strbuf_append(&body, part.at + line + 1, part.len - line - 1);
    }
    put_iterator(w, &body);
    mr_strbuf_appendf(
        out,
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.%.*s\r\n"
        "Content-Type: application/x-amz-%s-1.1\r\n" AUTHORIZATION "Content-Length: %zu\r\n\r\n",
        (int)blank, part.at, is_cbor ? "cbor" : "json", body.len);
    mr_strbuf_append_bytes(out, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

/* ---- answers ---- */

static bool is_subscription(mr_bytes answer)
{
    return memmem(answer.at, answer.len, "application/vnd.amazon.eventstream", 34) != NULL;
}

static void check_body(mr_bytes head, mr_bytes body, int status)
{
    static const mr_aws_shape anything = {.size = sizeof(bool)};
    const bool is_json = memmem(head.at, head.len, "x-amz-json-1.1", 14) != NULL;
    const bool is_cbor = memmem(head.at, head.len, "x-amz-cbor-1.1", 14) != NULL;
    if (body.len == 0 || (!is_json && !is_cbor)) {
        MR_ASSERT(status == 200 || body.len == 0 || body.at[0] == '<' || body.at[0] == '{');
        return;
    }
    bool in;
    mr_aws_fault fault;
    mr_arena *arena = mr_arena_new();
    const mr_aws_decoded decoded =
        mr_aws_decode(is_cbor ? MR_AWS_CBOR : MR_AWS_JSON, &anything, body, arena, &in, &fault);
    MR_ASSERT(decoded == MR_AWS_DECODED);
    mr_arena_free(arena);
    if (is_json) { /* and by somebody else's reader */
        cJSON *json = cJSON_ParseWithLength(body.at, body.len);
        MR_ASSERT(cJSON_IsObject(json));
        MR_ASSERT((status == 200) == !cJSON_HasObjectItem(json, "__type"));
        cJSON_Delete(json);
    }
}

/* Sequence numbers of the oldest form are answered with 500, as by AWS. */
static bool may_fail(mr_bytes request)
{
    return memmem(request.at, request.len, "SequenceNumber", 14) != NULL;
}

/* taken: the request came as far as the API; otherwise the session has answered it, in text.
 * Whether the answer says that something may have changed. */
static bool check_answer(mr_bytes request, bool taken, mr_bytes answer)
{
    static const int statuses[] = {200, 400, 403, 404, 413, 431, 500, 501, 505};
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (mr_bytes_starts_with(answer, mr_bytes_of(go_on))) {
        answer = mr_bytes_make(answer.at + strlen(go_on), answer.len - strlen(go_on));
    }
    const char *end = memmem(answer.at, answer.len, "\r\n\r\n", 4);
    MR_ASSERT(end != NULL);
    const int status = atoi(answer.at + strlen("HTTP/1.1 "));
    bool known = false;
    for (size_t i = 0; i < MR_COUNT(statuses); i++) {
        known |= status == statuses[i];
    }
    MR_ASSERT(known);
    MR_ASSERT(status != 500 || may_fail(request));
    const mr_bytes head = {answer.at, (size_t)(end - answer.at)};
    MR_ASSERT(taken || status != 200);
    if (taken && !is_subscription(answer)) {
        check_body(head, mr_bytes_make(end + 4, answer.len - head.len - 4), status);
    }
    return status == 200;
}

/* ---- one request after the other ---- */

static void free_retired(mr_http_session *session)
{
    mr_http_request *r;
    while ((r = mr_http_session_take_retired(session)) != NULL) {
        if (r->closed != NULL && r->answer != MR_HTTP_ANSWER_ENDED) {
            r->closed(r->context);
        }
        mr_http_request_free(r);
    }
}

/* Operations that change nothing are known by their names. */
static bool is_read(const mr_http_request *request)
{
    static const char *const verbs[] = {"Kinesis_20131202.Describe", "Kinesis_20131202.Get",
                                        "Kinesis_20131202.List"};
    const mr_bytes target = mr_http_header(request, "x-amz-target");
    for (size_t i = 0; i < MR_COUNT(verbs); i++) {
        if (mr_bytes_starts_with(target, mr_bytes_of(verbs[i]))) {
            return true;
        }
    }
    return false;
}

/* On a connection of its own. True when the world is not what it was. */
static bool ask(const world *w, mr_bytes request)
{
    mr_http_session *session = mr_http1_session_new(&limits);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_http_request *r;
    const uint64_t before = print_of(w);
    bool changed = false, reads = true;
    size_t used = 0, taken = 0;
    while (used < request.len && taken == 0 && !session->finished) {
        used += session->ops->feed(session, mr_bytes_make(request.at + used, request.len - used));
        for (; (r = session->ops->take(session)) != NULL; taken++) {
            r->taken = true;
            reads = is_read(r);
            mr_api_handle(w->api, r);
        }
    }
    session->ops->produce(session, &out);
    if (out.len > 0) {
        changed = check_answer(request, taken > 0, mr_strbuf_bytes(&out)) && !reads;
    }
    MR_ASSERT(taken == 0 || out.len > 0 || session->broken);
    MR_ASSERT(changed || print_of(w) == before);
    free_retired(session);
    step(w);
    mr_api_end_streams(w->api);
    session->ops->produce(session, &out);
    mr_http_session_abandon(session);
    free_retired(session);
    mr_http_session_free(session);
    mr_strbuf_deinit(&out);
    return changed;
}

/* Takes what stands before the next PART off the front. */
static mr_bytes take_part(mr_bytes *rest)
{
    const char *found = rest->len == 0 ? NULL : memmem(rest->at, rest->len, PART, strlen(PART));
    const size_t len = found == NULL ? rest->len : (size_t)(found - rest->at);
    const size_t skip = found == NULL ? len : len + strlen(PART);
    const mr_bytes part = {rest->at, len};
    *rest = mr_bytes_make(rest->at + skip, rest->len - skip);
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes rest = mr_bytes_make(data, size);
    mr_error err;
    bool changed = false;
    world_open();
    for (int i = 0; i < REQUESTS_MAX && rest.len > 0; i++) {
        mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        append_request(&the_world, take_part(&rest), &request);
        changed |= ask(&the_world, mr_strbuf_bytes(&request));
        mr_strbuf_deinit(&request);
    }
    fuzz_must(mr_sim_check(the_world.sim, &err), &err);
    if (changed) {
        world_close();
    }
    return 0;
}
