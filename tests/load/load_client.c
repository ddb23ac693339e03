/*
 * load_client.c - many clients of `millrace serve` in one process, for load_test.py:
 *
 *     load_client PORT SECONDS CONNECTIONS STREAMS SHARDS PACE_MS
 *
 * Every second connection speaks HTTP/2 with several lanes, the others HTTP/1.1 with one. A lane
 * (lane.h) asks again as soon as it has its answer, or once in PACE_MS when that is not 0. After
 * some dozens of requests a connection ends and another takes its place; one of HTTP/1.1 that only
 * reads is reset with a request under way instead. Then every shard is read back against the
 * ledger.
 *
 * The streams load-0, load-1, ... are there already, and empty. It prints, a line each: "warm" when
 * a third of the time is over, "loaded" when all of it is, both with every connection open, and
 * "idle" when all are closed; it goes on after a line on standard input. At the end one JSON
 * object.
 */
#include "tests/load/lane.h"

#include "sim/base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HTTP2_LANES    8
#define REQUESTS_LEAST 5 /* of a connection and lane, and so many more by chance */
#define REQUESTS_MORE  40
#define STUCK_MS       20000 /* without an answer of any kind */
#define VERIFY_PACE_MS 300   /* when there is a pace: AWS takes five reads a second and shard */

typedef struct load load;

/* A place for a connection, and the lanes that work on it. */
typedef struct slot {
    load *load;
    load_connection *connection; /* NULL: it was the last */
    uv_timer_t change;           /* ends it from the loop, never from its own callback */
    bool is_http2;
    bool resets; /* its connections end with a request under way */
    size_t first, count;
    size_t requests_left;
    size_t asking; /* lanes that wait for an answer */
    mr_prng prng;
} slot;

/* A lane's place in its slot, and its pace. */
typedef struct seat {
    lane lane;
    slot *slot;
    uv_timer_t timer;
} seat;

struct load {
    uv_loop_t loop;
    uint16_t port;
    uint64_t seconds, pace_ms;
    slot *slots;
    size_t slot_count, slots_open;
    seat *seats;
    size_t seat_count, seats_over;
    lane_world world;
    uv_timer_t warm, end, stuck;
    bool is_verifying;
    bool ending;
    uint64_t answers, answers_before, connections, resets;
};

/* What a lane does, by its number in turn. */
static const lane_kind kinds[] = {
    LANE_PUT_RECORD,  LANE_PUT_RECORDS, LANE_READ,        LANE_PUT_RECORD, LANE_SUMMARY,
    LANE_PUT_RECORDS, LANE_PUT_RECORD,  LANE_PUT_RECORDS, LANE_READ,       LANE_PUT_RECORD,
    LANE_LIST,        LANE_PUT_RECORDS, LANE_PUT_RECORD,
};

static void on_change(uv_timer_t *timer);

/* ---- asking ---- */

static void seat_ask(seat *at)
{
    slot *s = at->slot;
    if (s->requests_left == 0 || s->load->ending || at->lane.asking || at->lane.over) {
        return;
    }
    s->requests_left--;
    s->asking++;
    lane_ask(&at->lane, s->connection);
    if (s->requests_left == 0 && s->resets) {
        uv_timer_start(&s->change, on_change, mr_prng_below(&s->prng, 10), 0);
    }
}

static void on_pace(uv_timer_t *timer)
{
    seat_ask(timer->data);
}

static void begin_end(load *ld)
{
    ld->ending = true;
    for (size_t i = 0; i < ld->slot_count; i++) {
        if (ld->slots[i].asking == 0) {
            uv_timer_start(&ld->slots[i].change, on_change, 0, 0);
        }
    }
}

static void on_answered(void *context, size_t tag, int status, mr_bytes body)
{
    slot *s = context;
    load *ld = s->load;
    seat *at = &ld->seats[tag];
    ld->answers++;
    s->asking--;
    lane_answered(&at->lane, status, body);
    ld->seats_over += at->lane.over ? 1 : 0;
    if (ld->is_verifying && ld->seats_over == ld->seat_count) {
        begin_end(ld);
    } else if (ld->pace_ms == 0) {
        seat_ask(at);
    }
    if (s->asking == 0 && (s->requests_left == 0 || ld->ending)) {
        uv_timer_start(&s->change, on_change, 0, 0);
    }
}

static void on_broken(void *context, const char *why)
{
    (void)context;
    load_fail("a connection is broken: %s", why);
}

/* ---- connections that come and go ---- */

static void slot_open(slot *s)
{
    static const load_connection_events events = {on_answered, on_broken};
    load *ld = s->load;
    s->connection = load_connection_open(&ld->loop, ld->port, s->is_http2, &events, s);
    s->requests_left =
        ld->is_verifying
            ? SIZE_MAX
            : s->count * (REQUESTS_LEAST + (size_t)mr_prng_below(&s->prng, REQUESTS_MORE));
    ld->connections++;
    for (size_t i = 0; i < s->count && ld->pace_ms == 0; i++) {
        seat_ask(&ld->seats[s->first + i]);
    }
}

static void on_change(uv_timer_t *timer)
{
    slot *s = timer->data;
    load *ld = s->load;
    if (s->connection == NULL) {
        return; /* it has ended already */
    }
    ld->resets += s->asking > 0 ? 1 : 0;
    load_connection_close(s->connection, s->asking > 0);
    s->connection = NULL;
    s->asking = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (ld->seats[s->first + i].lane.asking) {
            lane_forget(&ld->seats[s->first + i].lane);
        }
    }
    if (!ld->ending) {
        slot_open(s);
    } else if (--ld->slots_open == 0) {
        uv_stop(&ld->loop);
    }
}

/* ---- time ---- */

static void wait_for_the_test(const char *word)
{
    char line[16];
    (void)printf("%s\n", word);
    (void)fflush(stdout);
    if (fgets(line, sizeof(line), stdin) == NULL) {
        load_fail("the test has gone");
    }
}

static void on_warm(uv_timer_t *timer)
{
    (void)timer;
    wait_for_the_test("warm");
}

static void on_end(uv_timer_t *timer)
{
    wait_for_the_test("loaded");
    begin_end(timer->data);
}

static void on_stuck(uv_timer_t *timer)
{
    load *ld = timer->data;
    if (ld->answers == ld->answers_before) {
        load_fail("no answer in %d ms", STUCK_MS);
    }
    ld->answers_before = ld->answers;
}

/* ---- the two parts: load, and reading back ---- */

static void timer_init(load *ld, uv_timer_t *timer, void *data)
{
    uv_timer_init(&ld->loop, timer);
    timer->data = data;
}

static void make_seat(load *ld, slot *s, lane_kind kind)
{
    size_t index = ld->seat_count++;
    seat *at = &ld->seats[index];
    lane_init(&at->lane, &ld->world, index, kind);
    at->slot = s;
    timer_init(ld, &at->timer, at);
    s->count++;
}

static slot *make_slot(load *ld, bool is_http2)
{
    slot *s = &ld->slots[ld->slot_count++];
    *s = (slot){.load = ld,
                .is_http2 = is_http2,
                .first = ld->seat_count,
                .prng = mr_prng_named(ld->slot_count, "slot")};
    timer_init(ld, &s->change, s);
    return s;
}

/* Opens every slot and turns the loop until all are closed. */
static void turn(load *ld)
{
    ld->slots_open = ld->slot_count;
    for (size_t i = 0; i < ld->slot_count; i++) {
        slot_open(&ld->slots[i]);
    }
    for (size_t i = 0; i < ld->seat_count && ld->pace_ms > 0; i++) {
        uv_timer_start(&ld->seats[i].timer, on_pace, i * ld->pace_ms / ld->seat_count, ld->pace_ms);
    }
    uv_timer_start(&ld->stuck, on_stuck, STUCK_MS, STUCK_MS);
    uv_run(&ld->loop, UV_RUN_DEFAULT); /* until uv_stop() */
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void tidy(load *ld)
{
    uv_walk(&ld->loop, close_handle, NULL);
    uv_run(&ld->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < ld->seat_count; i++) {
        lane_deinit(&ld->seats[i].lane);
    }
    mr_free(ld->seats);
    mr_free(ld->slots);
    ld->seat_count = 0;
    ld->slot_count = 0;
    ld->ending = false;
    timer_init(ld, &ld->stuck, ld);
}

static void run_load(load *ld, size_t connections)
{
    ld->slots = mr_calloc(connections, sizeof(*ld->slots));
    ld->seats = mr_calloc(ld->world.producers, sizeof(*ld->seats));
    for (size_t i = 0; i < connections; i++) {
        slot *s = make_slot(ld, i % 2 == 1);
        for (size_t k = 0; k < (s->is_http2 ? HTTP2_LANES : 1); k++) {
            make_seat(ld, s, kinds[ld->seat_count % MR_COUNT(kinds)]);
        }
        s->resets = !s->is_http2 && ld->seats[s->first].lane.kind == LANE_READ;
    }
    timer_init(ld, &ld->warm, ld);
    timer_init(ld, &ld->end, ld);
    uv_timer_start(&ld->warm, on_warm, ld->seconds * 1000 / 3, 0);
    uv_timer_start(&ld->end, on_end, ld->seconds * 1000, 0);
    turn(ld);
    tidy(ld);
}

static void run_verify(load *ld)
{
    size_t count = ld->world.streams * ld->world.shards;
    ld->is_verifying = true;
    ld->pace_ms = ld->pace_ms == 0 ? 0 : VERIFY_PACE_MS;
    ld->slots = mr_calloc(1, sizeof(*ld->slots));
    ld->seats = mr_calloc(count, sizeof(*ld->seats));
    slot *s = make_slot(ld, true);
    for (size_t i = 0; i < count; i++) {
        make_seat(ld, s, LANE_VERIFY);
    }
    turn(ld);
    tidy(ld);
    size_t producer;
    uint64_t number;
    if (ledger_missing(ld->world.ledger, &producer, &number)) {
        load_fail("record %" PRIu64 " of producer %zu was acknowledged and is not there", number,
                  producer);
    }
}

static size_t number_of(const char *word)
{
    uint64_t value;
    if (!mr_bytes_to_uint64(mr_bytes_of(word), &value)) {
        load_fail("%s is no number", word);
    }
    return (size_t)value;
}

int main(int argc, char **argv)
{
    load ld = {.is_verifying = false};
    if (argc != 7) {
        load_fail("usage: load_client PORT SECONDS CONNECTIONS STREAMS SHARDS PACE_MS");
    }
    size_t connections = number_of(argv[3]);
    ld.port = (uint16_t)number_of(argv[1]);
    ld.seconds = number_of(argv[2]);
    ld.pace_ms = number_of(argv[6]);
    ld.world.streams = number_of(argv[4]);
    ld.world.shards = number_of(argv[5]);
    ld.world.producers = (connections + 1) / 2 + connections / 2 * HTTP2_LANES;
    ld.world.ledger = ledger_new(ld.world.producers);
    uv_loop_init(&ld.loop);
    timer_init(&ld, &ld.stuck, &ld);

    run_load(&ld, connections);
    uint64_t read_beside = ld.world.records_read, answers = ld.answers;
    wait_for_the_test("idle");
    run_verify(&ld);

    uv_close((uv_handle_t *)&ld.stuck, NULL);
    uv_run(&ld.loop, UV_RUN_DEFAULT);
    uv_loop_close(&ld.loop);
    const uint64_t *asked = ld.world.asked;
    printf("{\"answers\":%" PRIu64 ",\"connections\":%" PRIu64 ",\"resets\":%" PRIu64
           ",\"records\":%" PRIu64 ",\"read_beside\":%" PRIu64 ",\"slowest_ms\":%" PRIu64
           ",\"PutRecord\":%" PRIu64 ",\"PutRecords\":%" PRIu64 ",\"GetRecords\":%" PRIu64
           ",\"ListStreams\":%" PRIu64 ",\"DescribeStreamSummary\":%" PRIu64 "}\n",
           answers, ld.connections, ld.resets, ledger_count(ld.world.ledger), read_beside,
           ld.world.slowest_ms, asked[LANE_PUT_RECORD], asked[LANE_PUT_RECORDS], asked[LANE_READ],
           asked[LANE_LIST], asked[LANE_SUMMARY]);
    ledger_free(ld.world.ledger);
    return 0;
}
