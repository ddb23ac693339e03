#include "sim/producer/producer.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "tests/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define START_US INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */

/* A world with one producer, and a stream that is a list of what was put on it. */
typedef struct world {
    mr_clock *clock;
    mr_trace *trace;
    mr_db *db;
    mr_producer *producer;

    /* the input, in pieces */
    mr_bytes whole, left;
    size_t piece_len;  /* 0: all at once */
    bool answer_later; /* the test itself answers want */
    int wants, agains;
    bool fail_again;    /* it cannot be read again */
    mr_error break_off; /* after the input, instead of its end */

    /* what the stream does */
    size_t refuse_first;    /* so many entries, one after the other, are refused */
    const char *refuse_key; /* an entry with this key is refused until refuse_until */
    int64_t refuse_until;
    int lose_acks; /* so many puts are stored, but their answer is lost */
    mr_error fail; /* every put fails */

    mr_strbuf puts;    /* "+12.500ms: key=data key=data!; " with ! for refused */
    mr_strbuf rejects; /* "3: raw: why; " */
    uint64_t put_calls, stored;
    size_t most_records, most_bytes;

    int ended;
    mr_error error;
} world;

static void on_want(void *context)
{
    world *w = context;
    w->wants++;
    if (w->answer_later) {
        return;
    }
    if (w->left.len == 0) {
        if (w->break_off.code != MR_OK) {
            mr_producer_fail(w->producer, &w->break_off);
        } else {
            mr_producer_end(w->producer);
        }
        return;
    }
    size_t len = w->piece_len == 0 ? w->left.len : mr_min_size(w->piece_len, w->left.len);
    mr_bytes piece = mr_bytes_make(w->left.at, len);
    w->left = mr_bytes_make(w->left.at + len, w->left.len - len);
    mr_producer_feed(w->producer, piece);
}

static mr_code on_again(void *context, mr_error *err)
{
    world *w = context;
    w->agains++;
    if (w->fail_again) {
        return mr_error_set(err, MR_IO, "cannot read in.csv again");
    }
    w->left = w->whole;
    return MR_OK;
}

static void on_rejected(void *context, uint64_t line, mr_bytes raw, const char *why)
{
    world *w = context;
    mr_strbuf_appendf(&w->rejects, "%llu: %.*s: %s; ", (unsigned long long)line,
                      (int)mr_min_size(raw.len, 40), raw.len == 0 ? "" : raw.at, why);
}

static void on_ended(void *context, const mr_error *error)
{
    world *w = context;
    w->ended++;
    if (error != NULL) {
        w->error = *error;
    }
}

static bool is_refused(world *w, const mr_record *record)
{
    if (w->refuse_first > 0) {
        w->refuse_first--;
        return true;
    }
    return w->refuse_key != NULL && mr_bytes_is(record->partition_key, w->refuse_key) &&
           mr_clock_now_us(w->clock) < w->refuse_until;
}

static mr_code put(void *context, const mr_record *records, size_t count, mr_put_result *results,
                   size_t *failed, mr_error *err)
{
    world *w = context;
    size_t bytes = 0;

    if (w->fail.code != MR_OK) {
        *err = w->fail;
        return err->code;
    }
    mr_strbuf_appendf(
        &w->puts, "+%lldms:", (long long)((mr_clock_now_us(w->clock) - START_US) / MR_US_PER_MS));
    *failed = 0;
    for (size_t i = 0; i < count; i++) {
        bool refused = is_refused(w, &records[i]);
        results[i] = (mr_put_result){.code = refused ? MR_THROTTLED : MR_OK};
        *failed += refused;
        mr_strbuf_append_char(&w->puts, ' ');
        mr_strbuf_append_bytes(&w->puts, records[i].partition_key);
        mr_strbuf_append_char(&w->puts, '=');
        mr_strbuf_append_bytes(&w->puts, records[i].data);
        if (refused) {
            mr_strbuf_append_char(&w->puts, '!');
        } else {
            w->stored++;
            assert_int_equal(records[i].input, 3);
            assert_true(records[i].row >= 1);
        }
        bytes += records[i].data.len + records[i].partition_key.len;
    }
    mr_strbuf_append_text(&w->puts, "; ");
    w->put_calls++;
    w->most_records = mr_max_size(w->most_records, count);
    w->most_bytes = mr_max_size(w->most_bytes, bytes);
    if (w->lose_acks > 0) {
        w->lose_acks--;
        return mr_error_set(err, MR_IO, "connection reset");
    }
    return MR_OK;
}

static world *world_new(const char *input)
{
    world *w = mr_calloc(1, sizeof(*w));
    mr_error err;
    w->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = START_US});
    w->trace = mr_trace_new(w->clock);
    mr_db_options db = {.path = ":memory:", .clock = w->clock, .seed = 1};
    CHECK_OK("database", mr_db_open(&db, &w->db, &err), &err);
    w->whole = mr_bytes_of(input);
    w->left = w->whole;
    w->puts = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    w->rejects = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return w;
}

static mr_code world_try(world *w, mr_producer_options options, mr_error *err)
{
    options.clock = w->clock;
    options.trace = w->trace;
    options.db = w->db;
    options.seed = options.seed == 0 ? 1 : options.seed;
    options.input = 3;
    options.name = "in.csv";
    options.target = (mr_producer_target){.put = put,
                                          .context = w,
                                          .name = "Stream",
                                          .data_bytes_max = 1000,
                                          .record_bytes_max = 1010};
    mr_producer_handlers handlers = {.want = on_want,
                                     .again = on_again,
                                     .rejected = on_rejected,
                                     .ended = on_ended,
                                     .context = w};
    return mr_producer_new(&options, &handlers, &w->producer, err);
}

static void world_start(world *w, mr_producer_options options)
{
    mr_error err;
    CHECK_OK("producer", world_try(w, options, &err), &err);
    mr_producer_start(w->producer);
}

static void world_turn(world *w)
{
    while (mr_clock_step(w->clock, NULL) == MR_STEP_RAN) {
    }
}

/* Runs input to its end. */
static world *world_run(const char *input, mr_producer_options options)
{
    world *w = world_new(input);
    world_start(w, options);
    world_turn(w);
    CHECK_INT("ended once", w->ended, 1);
    CHECK_TRUE("done", mr_producer_is_done(w->producer));
    return w;
}

static void world_free(world *w)
{
    mr_producer_free(w->producer);
    mr_db_close(w->db);
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
    mr_strbuf_deinit(&w->puts);
    mr_strbuf_deinit(&w->rejects);
    mr_free(w);
}

static void check_counts_add_up(const world *w)
{
    mr_producer_counts c = mr_producer_count(w->producer);
    CHECK_INT("rows", c.rows, c.rejected + c.records + c.skipped + c.given_up);
}

/* n rows "1,x", "2,x", ... below a header. Owned. */
static char *numbered_rows(int n)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&text, "id,x\n");
    for (int i = 1; i <= n; i++) {
        mr_strbuf_appendf(&text, "%d,x\n", i);
    }
    return mr_strbuf_take(&text);
}

/* ---- keys and batches ---- */

static void test_rows_are_put_in_order_with_their_keys(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_producer_options options;
        const char *want;
    } cases[] = {
        {"round robin", {.key = MR_KEY_ROUND_ROBIN}, "+0ms: 1=a|b 2=c|d; "},
        {"column", {.key = MR_KEY_COLUMN, .key_column = "y"}, "+0ms: b=a|b d=c|d; "},
        {"const", {.key = MR_KEY_CONST, .key_const = "k"}, "+0ms: k=a|b k=c|d; "},
        {"JSON",
         {.encode = {.kind = MR_ENCODE_JSON}},
         "+0ms: 1={\"x\":\"a\",\"y\":\"b\"} 2={\"x\":\"c\",\"y\":\"d\"}; "},
        {"no header",
         {.format = {.no_header = true}, .key = MR_KEY_COLUMN, .key_column = "2"},
         "+0ms: y=x|y b=a|b d=c|d; "},
        {"one a batch", {.batch_records = 1}, "+0ms: 1=a|b; +1ms: 2=c|d; "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_run("x,y\na,b\nc,d\n", cases[i].options);
        CHECK_STR(cases[i].label, mr_strbuf_text(&w->puts), cases[i].want);
        CHECK_CODE(cases[i].label, w->error.code, MR_OK);
        check_counts_add_up(w);
        world_free(w);
    }
}

static void test_quotes_of_the_file_are_not_put(void **state)
{
    (void)state;
    static const struct {
        const char *label, *row, *want;
    } cases[] = {
        {"the first", "\"a\",b,c", "+0ms: 1=a|b|c; "},
        {"in the middle", "a,\"b\",c", "+0ms: 1=a|b|c; "},
        {"the last", "a,b,\"c\"", "+0ms: 1=a|b|c; "},
        {"empty", "a,\"\",c", "+0ms: 1=a||c; "},
        {"a delimiter of the file", "a,\"b,x\",c", "+0ms: 1=a|b,x|c; "},
        {"doubled", "a,\"b\"\"x\",\"c\"", "+0ms: 1=a|b\"x|c; "},
        {"none", "a,b,c", "+0ms: 1=a|b|c; "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char input[100];
        snprintf(input, sizeof(input), "x,y,z\n%s\n", cases[i].row);
        world *w = world_run(input, (mr_producer_options){0});
        CHECK_STR(cases[i].label, mr_strbuf_text(&w->puts), cases[i].want);
        world_free(w);
    }
}

static void test_where_pieces_end_does_not_show(void **state)
{
    (void)state;
    static const char input[] = "x,y\na,\"b\n\"\nc,d\ne\nf,g";
    world *whole = world_run(input, (mr_producer_options){.batch_records = 2});
    for (size_t piece = 1; piece < sizeof(input); piece++) {
        world *w = world_new(input);
        w->piece_len = piece;
        world_start(w, (mr_producer_options){.batch_records = 2});
        world_turn(w);
        CHECK_STR("puts", mr_strbuf_text(&w->puts), mr_strbuf_text(&whole->puts));
        CHECK_STR("rejects", mr_strbuf_text(&w->rejects), mr_strbuf_text(&whole->rejects));
        world_free(w);
    }
    CHECK_STR("reject", mr_strbuf_text(&whole->rejects), "5: e: 1 columns; the header has 2; ");
    world_free(whole);
}

static void test_batches_are_bounded_by_count_and_bytes(void **state)
{
    (void)state;
    char *input = numbered_rows(120);
    world *w = world_run(input, (mr_producer_options){0});
    CHECK_INT("batches of 50", w->put_calls, 3);
    CHECK_INT("most", w->most_records, 50);
    world_free(w);

    w = world_run(input, (mr_producer_options){.batch_records = 500, .batch_bytes = 30});
    CHECK_INT("none past its bytes", w->most_bytes, 30);
    CHECK_INT("all there", w->stored, 120);
    world_free(w);
    mr_free(input);

    w = world_run("id,x\n1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n2,b\n",
                  (mr_producer_options){.batch_bytes = 10});
    CHECK_STR("a long record goes alone", mr_strbuf_text(&w->puts),
              "+0ms: 1=1|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; +1ms: 2=2|b; ");
    world_free(w);
}

static void test_random_keys_follow_the_seed_alone(void **state)
{
    (void)state;
    mr_producer_options options = {.key = MR_KEY_RANDOM, .seed = 7};
    world *a = world_run("x\n1\n2\n3\n", options);
    world *b = world_run("x\n1\n2\n3\n", options);
    CHECK_STR("the same", mr_strbuf_text(&a->puts), mr_strbuf_text(&b->puts));
    const char *third = strstr(mr_strbuf_text(&a->puts), "=2 ") + 3;
    options.skip_rows = 2;
    world *resumed = world_run("x\n1\n2\n3\n", options);
    CHECK_STR("a resumed run's", mr_strbuf_text(&resumed->puts) + strlen("+0ms: "), third);
    options = (mr_producer_options){.key = MR_KEY_RANDOM, .seed = 8};
    world *other = world_run("x\n1\n2\n3\n", options);
    CHECK_TRUE("another seed's",
               strcmp(mr_strbuf_text(&a->puts), mr_strbuf_text(&other->puts)) != 0);
    world_free(a);
    world_free(b);
    world_free(resumed);
    world_free(other);
}

/* ---- time ---- */

static void test_batches_leave_when_their_last_row_has_arrived(void **state)
{
    (void)state;
    world *w =
        world_run("x\n1\n2\n3\n4\n5\n", (mr_producer_options){.rate = 10, .batch_records = 2});
    CHECK_STR("ten rows a second", mr_strbuf_text(&w->puts),
              "+200ms: 1=1 2=2; +400ms: 3=3 4=4; +500ms: 5=5; ");
    world_free(w);
}

static void test_the_load_time_is_when_the_row_arrives(void **state)
{
    (void)state;
    world *w =
        world_run("x\n1\n2\n3\n", (mr_producer_options){.rate = 1, .encode = {.load_time = true}});
    CHECK_STR("one row a second", mr_strbuf_text(&w->puts),
              "+3000ms: 1=1|2025-01-01 00:00:01 2=2|2025-01-01 00:00:02 "
              "3=3|2025-01-01 00:00:03; ");
    world_free(w);
}

static void test_a_clock_that_jumps_moves_load_times_and_no_put(void **state)
{
    (void)state;
    world *w = world_new("x\n1\n2\n3\n");
    world_start(
        w, (mr_producer_options){.rate = 1, .batch_records = 1, .encode = {.load_time = true}});
    CHECK_INT("the first row is read", mr_clock_step(w->clock, NULL), MR_STEP_RAN);
    mr_clock_jump(w->clock, -3600 * MR_US_PER_SECOND);
    CHECK_INT("put, and the second is read", mr_clock_step(w->clock, NULL), MR_STEP_RAN);
    mr_clock_jump(w->clock, 7200 * MR_US_PER_SECOND);
    world_turn(w);
    CHECK_STR("one row a second", mr_strbuf_text(&w->puts),
              "+1000ms: 1=1|2025-01-01 00:00:01; +2000ms: 2=2|2024-12-31 23:00:02; "
              "+3000ms: 3=3|2025-01-01 01:00:03; ");
    world_free(w);
}

static void test_pieces_may_come_late(void **state)
{
    (void)state;
    world *w = world_new("");
    w->answer_later = true;
    world_start(w, (mr_producer_options){.batch_records = 1});
    world_turn(w);
    CHECK_INT("asked once", w->wants, 1);
    mr_producer_feed(w->producer, MR_BYTES_LITERAL("x\n1\n2"));
    world_turn(w);
    CHECK_INT("asked again", w->wants, 2);
    CHECK_STR("what is whole is put", mr_strbuf_text(&w->puts), "+0ms: 1=1; ");
    mr_producer_end(w->producer);
    world_turn(w);
    CHECK_STR("the rest", mr_strbuf_text(&w->puts), "+0ms: 1=1; +1ms: 2=2; ");
    CHECK_INT("ended", w->ended, 1);
    world_free(w);
}

/* ---- the pace ---- */

/* What is done to the producer, and when. */
typedef enum act_kind { ACT_RATE, ACT_PAUSE, ACT_RESUME } act_kind;
typedef struct act {
    int64_t at_ms;
    act_kind kind;
    double rate;
} act;

typedef struct act_timer {
    world *world;
    act act;
    mr_timer timer;
} act_timer;

static void on_act(void *context)
{
    act_timer *t = context;
    switch (t->act.kind) {
    case ACT_RATE:
        mr_producer_set_rate(t->world->producer, t->act.rate);
        break;
    case ACT_PAUSE:
        mr_producer_pause(t->world->producer);
        break;
    case ACT_RESUME:
        mr_producer_resume(t->world->producer);
        break;
    }
}

/* Starts, acts at the given times (an act with at_ms 0 and those behind it are none) and runs to
 * the end. */
static void world_run_acts(world *w, mr_producer_options options, const act acts[8])
{
    act_timer timers[8];
    world_start(w, options);
    for (size_t i = 0; i < MR_COUNT(timers) && acts[i].at_ms > 0; i++) {
        timers[i] = (act_timer){.world = w, .act = acts[i]};
        mr_timer_init(&timers[i].timer, w->clock, on_act, &timers[i]);
        mr_timer_set(&timers[i].timer, START_US + acts[i].at_ms * MR_US_PER_MS);
    }
    world_turn(w);
    CHECK_INT("ended once", w->ended, 1);
    CHECK_CODE("fine", w->error.code, MR_OK);
    check_counts_add_up(w);
}

static void test_the_rate_and_pauses_decide_when_batches_leave(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_producer_options options;
        act acts[8];
        const char *want;
    } cases[] = {
        {"a burst in the middle: five rows at a tenth of the wait",
         {.rate = 10, .batch_records = 1},
         {{200, ACT_RATE, 100}, {250, ACT_RATE, 10}},
         "+100ms: 1=1; +200ms: 2=2; +210ms: 3=3; +220ms: 4=4; +230ms: 5=5; +240ms: 6=6; "
         "+250ms: 7=7; +350ms: 8=8; "},
        {"a change between two rows: half of the wait has passed",
         {.rate = 10, .batch_records = 1},
         {{250, ACT_RATE, 5}},
         "+100ms: 1=1; +200ms: 2=2; +350ms: 3=3; +550ms: 4=4; +750ms: 5=5; +950ms: 6=6; "
         "+1150ms: 7=7; +1350ms: 8=8; "},
        {"a batch that waits is timed anew, the rows in it that have arrived are not",
         {.rate = 10, .batch_records = 4},
         {{250, ACT_RATE, 100}},
         "+265ms: 1=1 2=2 3=3 4=4; +305ms: 5=5 6=6 7=7 8=8; "},
        {"to max, and back",
         {.rate = 1, .batch_records = 3},
         {{500, ACT_RATE, 0}, {501, ACT_RATE, 4}},
         "+500ms: 1=1 2=2 3=3; +501ms: 4=4 5=5 6=6; +1001ms: 7=7 8=8; "},
        {"a pause, twice asked for and twice ended",
         {.rate = 10, .batch_records = 2},
         {{150, ACT_PAUSE, 0}, {300, ACT_PAUSE, 0}, {1150, ACT_RESUME, 0}, {1160, ACT_RESUME, 0}},
         "+1200ms: 1=1 2=2; +1400ms: 3=3 4=4; +1600ms: 5=5 6=6; +1800ms: 7=7 8=8; "},
        {"a pause at max, which begins as a batch is due",
         {.batch_records = 4},
         {{1, ACT_PAUSE, 0}, {8, ACT_RESUME, 0}},
         "+0ms: 1=1 2=2 3=3 4=4; +8ms: 5=5 6=6 7=7 8=8; "},
        {"another rate in a pause counts from its end",
         {.rate = 10, .batch_records = 2},
         {{150, ACT_PAUSE, 0}, {600, ACT_RATE, 100}, {1150, ACT_RESUME, 0}},
         "+1155ms: 1=1 2=2; +1175ms: 3=3 4=4; +1195ms: 5=5 6=6; +1215ms: 7=7 8=8; "},
        {"two pauses",
         {.rate = 10, .batch_records = 4},
         {{50, ACT_PAUSE, 0}, {150, ACT_RESUME, 0}, {250, ACT_PAUSE, 0}, {1250, ACT_RESUME, 0}},
         "+1500ms: 1=1 2=2 3=3 4=4; +1900ms: 5=5 6=6 7=7 8=8; "},
        {"all of it at the end",
         {.rate = 10, .batch_records = 8},
         {{900, ACT_PAUSE, 0}, {901, ACT_RATE, 5}, {902, ACT_RESUME, 0}},
         "+800ms: 1=1 2=2 3=3 4=4 5=5 6=6 7=7 8=8; "},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int round = 0; round < 2; round++) { /* and again: the same */
            world *w = world_new("x\n1\n2\n3\n4\n5\n6\n7\n8\n");
            world_run_acts(w, cases[i].options, cases[i].acts);
            CHECK_STR(cases[i].label, mr_strbuf_text(&w->puts), cases[i].want);
            world_free(w);
        }
    }
}

static void test_the_rate_can_be_asked_for(void **state)
{
    (void)state;
    world *w = world_new("x\n1\n");
    mr_error err;
    CHECK_OK("producer", world_try(w, (mr_producer_options){.rate = 10}, &err), &err);
    CHECK_TRUE("as made", mr_producer_rate(w->producer) == 10);
    mr_producer_set_rate(w->producer, 2.5); /* before the start */
    CHECK_TRUE("as set", mr_producer_rate(w->producer) == 2.5);
    mr_producer_start(w->producer);
    world_turn(w);
    CHECK_STR("from the first row on", mr_strbuf_text(&w->puts), "+400ms: 1=1; ");
    world_free(w);
}

static void test_a_pause_from_before_the_start_counts_from_the_start(void **state)
{
    (void)state;
    world *w = world_new("x\n1\n");
    mr_error err;
    CHECK_OK("producer", world_try(w, (mr_producer_options){.rate = 10}, &err), &err);
    mr_producer_pause(w->producer);
    mr_clock_advance_to(w->clock, START_US + 20 * MR_US_PER_MS);
    mr_producer_start(w->producer);
    mr_clock_advance_to(w->clock, START_US + 30 * MR_US_PER_MS);
    CHECK_TRUE("paused", mr_producer_is_paused(w->producer));
    mr_producer_resume(w->producer);
    CHECK_TRUE("resumed", !mr_producer_is_paused(w->producer));
    world_turn(w);
    CHECK_STR("as if it had started at 30 ms", mr_strbuf_text(&w->puts), "+130ms: 1=1; ");
    world_free(w);
}

/* The waits between puts are the same, but for the one that the pause falls into. */
static void test_a_pause_holds_a_back_off(void **state)
{
    (void)state;
    world *plain = world_new("x\na\nb\n");
    world *paused = world_new("x\na\nb\n");
    plain->refuse_first = paused->refuse_first = 1;
    world_run_acts(plain, (mr_producer_options){.batch_records = 1}, (const act[8]){{0}});
    world_run_acts(paused, (mr_producer_options){.batch_records = 1},
                   (const act[8]){{10, ACT_PAUSE, 0}, {1010, ACT_RESUME, 0}});
    long long again_ms = 0, again_paused_ms = 0, last_ms = 0, last_paused_ms = 0;
    assert_int_equal(sscanf(mr_strbuf_text(&plain->puts), "+0ms: 1=a!; +%lldms: 1=a; +%lldms: 2=b",
                            &again_ms, &last_ms),
                     2);
    assert_int_equal(sscanf(mr_strbuf_text(&paused->puts), "+0ms: 1=a!; +%lldms: 1=a; +%lldms: 2=b",
                            &again_paused_ms, &last_paused_ms),
                     2);
    CHECK_TRUE("the pause came into it", again_ms > 10);
    CHECK_INT("by the pause", again_paused_ms, again_ms + 1000);
    CHECK_INT("what follows", last_paused_ms, last_ms + 1000);
    world_free(plain);
    world_free(paused);
}

static void test_load_times_follow_the_rate_and_pauses(void **state)
{
    (void)state;
    world *w = world_new("x\n1\n2\n3\n4\n");
    world_run_acts(
        w, (mr_producer_options){.rate = 1, .batch_records = 4, .encode = {.load_time = true}},
        (const act[8]){{1500, ACT_PAUSE, 0}, {11500, ACT_RESUME, 0}, {12000, ACT_RATE, 0.1}});
    CHECK_STR("when each arrived", mr_strbuf_text(&w->puts),
              "+32000ms: 1=1|2025-01-01 00:00:01 2=2|2025-01-01 00:00:12 "
              "3=3|2025-01-01 00:00:22 4=4|2025-01-01 00:00:32; ");
    world_free(w);
}

static void test_a_piece_that_comes_in_a_pause_is_kept_for_later(void **state)
{
    (void)state;
    world *w = world_new("");
    w->answer_later = true;
    mr_error err;
    CHECK_OK("producer", world_try(w, (mr_producer_options){.batch_records = 1}, &err), &err);
    mr_producer_pause(w->producer); /* before the start */
    mr_producer_start(w->producer);
    world_turn(w);
    CHECK_INT("not begun", w->wants, 0);
    mr_producer_resume(w->producer);
    world_turn(w);
    CHECK_INT("begun", w->wants, 1);
    mr_producer_pause(w->producer);
    mr_producer_feed(w->producer, MR_BYTES_LITERAL("x\n1\n"));
    world_turn(w);
    CHECK_STR("nothing is put", mr_strbuf_text(&w->puts), "");
    mr_clock_advance_to(w->clock, START_US + 7 * MR_US_PER_MS);
    mr_producer_resume(w->producer);
    world_turn(w);
    CHECK_STR("put", mr_strbuf_text(&w->puts), "+7ms: 1=1; ");
    mr_producer_pause(w->producer);
    mr_clock_advance_to(w->clock, START_US + 17 * MR_US_PER_MS);
    mr_producer_resume(w->producer);
    mr_producer_feed(w->producer, MR_BYTES_LITERAL("2\n"));
    world_turn(w);
    CHECK_STR("a millisecond behind the last", mr_strbuf_text(&w->puts), "+7ms: 1=1; +18ms: 2=2; ");
    mr_producer_pause(w->producer);
    mr_producer_end(w->producer);
    world_turn(w);
    CHECK_INT("not ended", w->ended, 0);
    mr_producer_resume(w->producer);
    world_turn(w);
    CHECK_INT("ended", w->ended, 1);
    mr_producer_pause(w->producer); /* when done */
    mr_producer_resume(w->producer);
    mr_producer_set_rate(w->producer, 5);
    CHECK_INT("nothing is set", mr_clock_step(w->clock, NULL), MR_STEP_IDLE);
    world_free(w);
}

/* ---- what the stream refuses ---- */

static void test_refused_entries_alone_are_put_again_later(void **state)
{
    (void)state;
    world *w = world_new("x\na\nb\nc\n");
    w->refuse_key = "2";
    w->refuse_until = START_US + MR_US_PER_SECOND;
    world_start(w, (mr_producer_options){0});
    world_turn(w);
    CHECK_HAS("first", mr_strbuf_text(&w->puts), "+0ms: 1=a 2=b! 3=c; ");
    CHECK_INT("all stored", w->stored, 3);

    /* Each wait is the last one doubled, less at most a half of it. */
    long long last = 0, wait = 100;
    int tries = 0;
    for (const char *at = strstr(mr_strbuf_text(&w->puts), "; ") + 2; *at != '\0';
         at = strstr(at, "; ") + 2) {
        long long ms = strtoll(at + 1, NULL, 10);
        CHECK_TRUE("not too soon", ms - last >= wait / 2 - 1);
        CHECK_TRUE("not too late", ms - last <= wait + 1);
        CHECK_TRUE("alone", strncmp(strchr(at, ':'), ": 2=b", 5) == 0);
        last = ms;
        wait *= 2;
        tries++;
    }
    mr_producer_counts c = mr_producer_count(w->producer);
    CHECK_INT("throttled", c.throttled, tries);
    CHECK_INT("retries", c.retries, tries);
    check_counts_add_up(w);
    world_free(w);
}

static void test_new_rows_wait_for_refused_ones(void **state)
{
    (void)state;
    world *w = world_new("x\na\nb\nc\n");
    w->refuse_first = 1;
    world_start(w, (mr_producer_options){.batch_records = 2});
    world_turn(w);
    const char *again = strstr(mr_strbuf_text(&w->puts), "; ") + 2;
    CHECK_TRUE("put again before the next",
               strstr(again, " 1=a;") != NULL && strstr(again, " 1=a;") < strstr(again, " 3=c;"));
    world_free(w);
}

static void test_a_wait_is_never_longer_than_five_seconds(void **state)
{
    (void)state;
    world *w = world_new("x\na\n");
    w->refuse_first = 40;
    world_start(w, (mr_producer_options){0});
    world_turn(w);
    int64_t took_us = mr_clock_now_us(w->clock) - START_US;
    CHECK_TRUE("at most", took_us <= 40 * 5 * MR_US_PER_SECOND);
    CHECK_TRUE("at least", took_us >= 33 * 5 / 2 * MR_US_PER_SECOND);
    CHECK_INT("stored", w->stored, 1);
    world_free(w);
}

static void test_a_record_is_given_up_after_its_retries(void **state)
{
    (void)state;
    world *w = world_new("x\na\nb\n");
    w->refuse_key = "1";
    w->refuse_until = INT64_MAX;
    world_start(w, (mr_producer_options){.retries = 2});
    world_turn(w);
    mr_producer_counts c = mr_producer_count(w->producer);
    CHECK_INT("tried three times", c.throttled, 3);
    CHECK_INT("given up", c.given_up, 1);
    CHECK_INT("the other is stored", c.records, 1);
    CHECK_STR("reported", mr_strbuf_text(&w->rejects),
              "2: a: given up after 2 retries: throttled; ");
    check_counts_add_up(w);
    world_free(w);
}

static void test_a_lost_acknowledgement_puts_the_batch_again(void **state)
{
    (void)state;
    world *w = world_new("x\na\nb\n");
    w->lose_acks = 1;
    world_start(w, (mr_producer_options){0});
    world_turn(w);
    mr_producer_counts c = mr_producer_count(w->producer);
    CHECK_INT("stored twice", w->stored, 4);
    CHECK_INT("counted once", c.records, 2);
    CHECK_INT("not throttled", c.throttled, 0);
    CHECK_INT("again", c.retries, 2);
    world_free(w);
}

static void test_a_stream_that_fails_ends_the_input(void **state)
{
    (void)state;
    static const mr_error failures[] = {
        {.code = MR_DISK_FULL, .os_error = ENOSPC, .message = "no space left"},
        {.code = MR_IO, .os_error = EIO, .message = "the disk failed"},
        {.code = MR_STREAM_NOT_ACTIVE, .message = "stream is deleted"},
    };
    for (size_t i = 0; i < MR_COUNT(failures); i++) {
        world *w = world_new("x\na\nb\n");
        w->fail = failures[i];
        world_start(w, (mr_producer_options){0});
        world_turn(w);
        CHECK_INT("ended", w->ended, 1);
        CHECK_CODE("code", w->error.code, failures[i].code);
        CHECK_HAS("named", w->error.message, "Stream: ");
        world_free(w);
    }
}

/* ---- bad rows ---- */

static void test_a_bad_row_is_reported_and_the_rest_is_put(void **state)
{
    (void)state;
    char big[1200], input[2000], long_key[400];
    memset(big, 'z', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    memset(long_key, 'k', 257);
    long_key[257] = '\0';
    const struct {
        const char *label, *row, *want;
    } cases[] = {
        {"too few", "a", "3: a: 1 columns; the header has 2; "},
        {"too many", "a,b,c", "3: a,b,c: 3 columns; the header has 2; "},
        {"a delimiter inside", "a|b,c", "3: a|b,c: a field holds the delimiter of the encoding; "},
        {"an empty key", ",c", "3: ,c: the partition key is empty; "},
        {"a key that is no text", "\xFF,c", "3: \xFF,c: the partition key is not UTF-8; "},
        {"too large", big, "a record has"},
        {"torn", "\"a\"b,c", "text follows a closing quote"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        bool is_big = cases[i].row == big;
        snprintf(input, sizeof(input), "x,y\na,b\n%s%s\nc,d\n", is_big ? "k," : "", cases[i].row);
        world *w = world_run(input, (mr_producer_options){.key = MR_KEY_COLUMN, .key_column = "x"});
        CHECK_STR(cases[i].label, mr_strbuf_text(&w->puts), "+0ms: a=a|b c=c|d; ");
        if (is_big) {
            CHECK_HAS(cases[i].label, mr_strbuf_text(&w->rejects),
                      "the record has 1201 bytes of data; Stream takes 1000");
        } else {
            CHECK_HAS(cases[i].label, mr_strbuf_text(&w->rejects), cases[i].want);
        }
        CHECK_CODE(cases[i].label, w->error.code, MR_OK);
        CHECK_INT(cases[i].label, mr_trace_count(w->trace, MR_EVENT_ROW_REJECTED), 1);
        check_counts_add_up(w);
        world_free(w);
    }

    snprintf(input, sizeof(input), "x\n%s\n%.256s\n", long_key, long_key);
    world *w = world_run(input, (mr_producer_options){.key = MR_KEY_COLUMN, .key_column = "x"});
    CHECK_HAS("a key that is too long", mr_strbuf_text(&w->rejects),
              "the partition key has 257 characters; the most is 256");
    CHECK_INT("one that is not", w->stored, 1);
    world_free(w);
}

static void test_key_and_data_together_have_a_limit(void **state)
{
    (void)state;
    char input[2200];
    snprintf(input, sizeof(input), "x\n%0995d\n%0990d\n", 0, 0);
    world *w = world_run(
        input, (mr_producer_options){.key = MR_KEY_CONST, .key_const = "abcdefghijklmnopqrst"});
    CHECK_HAS("past it", mr_strbuf_text(&w->rejects),
              "the record has 1015 bytes, partition key included; Stream takes 1010");
    CHECK_INT("at it", w->stored, 1);
    world_free(w);
}

static void test_a_strict_run_ends_at_the_first_bad_row(void **state)
{
    (void)state;
    world *w = world_run("x,y\na,b\nc\nd,e\n", (mr_producer_options){.strict = true});
    CHECK_CODE("ended", w->error.code, MR_BAD_INPUT);
    CHECK_STR("where", w->error.message, "in.csv:3: 1 columns; the header has 2");
    CHECK_INT("reported", mr_producer_count(w->producer).rejected, 1);
    world_free(w);
}

static void test_a_header_that_cannot_be_used_ends_the_input(void **state)
{
    (void)state;
    static const char *const columns[] = {"x", "z"};
    static const struct {
        const char *label, *input;
        mr_producer_options options;
        const char *want;
    } cases[] = {
        {"no such key column",
         "district,y\n1,2\n",
         {.key = MR_KEY_COLUMN, .key_column = "distrct"},
         "in.csv: partition key: there is no column 'distrct'; did you mean 'district'?"},
        {"no such column",
         "x,y\n1,2\n",
         {.encode = {.columns = columns, .column_count = 2}},
         "in.csv: there is no column 'z' among the 2 columns"},
        {"an open quote",
         "\"x,y\n1,2\n",
         {0},
         "in.csv:1: the header: a quote is opened and never closed"},
        {"nothing but blank lines",
         "\xEF\xBB\xBF\n\r\n",
         {0},
         "in.csv is empty: a header line is expected"},
        {"in a header alone, without line end",
         "x,y",
         {.key = MR_KEY_COLUMN, .key_column = "zz"},
         "in.csv: partition key: there is no column 'zz' among the 2 columns"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_run(cases[i].input, cases[i].options);
        CHECK_STR(cases[i].label, w->error.message, cases[i].want);
        CHECK_INT(cases[i].label, w->put_calls, 0);
        world_free(w);
    }
}

static void test_a_header_alone_is_no_rows(void **state)
{
    (void)state;
    world *w = world_run("x,y\n", (mr_producer_options){0});
    CHECK_CODE("fine", w->error.code, MR_OK);
    CHECK_INT("no puts", w->put_calls, 0);
    world_free(w);
}

static void test_without_header_nothing_is_no_rows(void **state)
{
    (void)state;
    world *w = world_run("\n\n", (mr_producer_options){.format = {.no_header = true}});
    CHECK_CODE("fine", w->error.code, MR_OK);
    CHECK_INT("no puts", w->put_calls, 0);
    world_free(w);
}

static void test_input_that_breaks_off_is_stored_as_far_as_it_came(void **state)
{
    (void)state;
    world *w = world_new("x\n1\n2\n3");
    w->break_off = (mr_error){.code = MR_BAD_INPUT, .message = "gzip data end early"};
    world_start(w, (mr_producer_options){.batch_records = 50});
    world_turn(w);
    CHECK_STR("whole rows", mr_strbuf_text(&w->puts), "+0ms: 1=1 2=2; ");
    CHECK_STR("told", w->error.message, "gzip data end early");
    CHECK_INT("once", w->ended, 1);
    world_free(w);
}

static void test_options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    char key[300];
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    const struct {
        const char *label;
        mr_producer_options options;
    } cases[] = {
        {"rate below 0", {.rate = -1}},
        {"too many records", {.batch_records = 501}},
        {"too many bytes", {.batch_bytes = 10 * MR_MIB + 1}},
        {"an empty constant", {.key = MR_KEY_CONST, .key_const = ""}},
        {"a long constant", {.key = MR_KEY_CONST, .key_const = key}},
        {"a quote as delimiter", {.format = {.delimiter = '"'}}},
        {"a column of raw lines",
         {.key = MR_KEY_COLUMN, .key_column = "x", .format = {.raw_lines = true}}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world *w = world_new("");
        mr_error err;
        CHECK_CODE(cases[i].label, world_try(w, cases[i].options, &err), MR_INVALID_ARGUMENT);
        world_free(w);
    }
}

/* ---- a part of an input, and an input many times over ---- */

static void test_rows_and_repeat_say_how_much_is_read(void **state)
{
    (void)state;
    static const uint64_t stored[] = {3, 5};
    static const struct {
        const char *label, *input;
        mr_producer_options options;
        const char *want;
        int agains;
        uint64_t rows;
    } cases[] = {
        {"the first rows", "x\na\nb\nc\n", {.rows_max = 2}, "+0ms: 1=a 2=b; ", 0, 2},
        {"as many as there are", "x\na\nb\n", {.rows_max = 2}, "+0ms: 1=a 2=b; ", 0, 2},
        {"more than there are", "x\na\nb", {.rows_max = 3}, "+0ms: 1=a 2=b; ", 0, 2},
        {"a rejected row counts", "x\na\nb,b\nc\n", {.rows_max = 2}, "+0ms: 1=a; ", 0, 2},
        {"at the end of a batch",
         "x\na\nb\nc\nd\n",
         {.rows_max = 2, .batch_records = 2},
         "+0ms: 1=a 2=b; ",
         0,
         2},
        {"twice", "x\na\nb\n", {.repeat = 2}, "+0ms: 1=a 2=b 3=a 4=b; ", 1, 4},
        {"a last line without end", "x\na\nb", {.repeat = 2}, "+0ms: 1=a 2=b 3=a 4=b; ", 1, 4},
        {"without header",
         "a\nb",
         {.repeat = 2, .format = {.no_header = true}},
         "+0ms: 1=a 2=b 3=a 4=b; ",
         1,
         4},
        {"batches go on over the seam",
         "x\na\nb",
         {.repeat = 3, .batch_records = 3},
         "+0ms: 1=a 2=b 3=a; +1ms: 4=b 5=a 6=b; ",
         2,
         6},
        {"a limit inside the second pass",
         "x\na\nb",
         {.repeat = 3, .rows_max = 3},
         "+0ms: 1=a 2=b 3=a; ",
         1,
         3},
        {"a limit at the end of a pass needs no other pass",
         "x\na\nb",
         {.repeat = 3, .rows_max = 2},
         "+0ms: 1=a 2=b; ",
         0,
         2},
        {"the rate goes on over the seam",
         "x\na\nb\n",
         {.repeat = 2, .rate = 10, .batch_records = 1},
         "+100ms: 1=a; +200ms: 2=b; +300ms: 3=a; +400ms: 4=b; ",
         1,
         4},
        {"no rows, no second pass", "x\n", {.repeat = 4000000000U}, "", 0, 0},
        {"a resumed run ends at the same row",
         "x\na\nb\n",
         {.repeat = 4, .rows_max = 7, .skip_rows = 1, .stored_rows = stored, .stored_count = 2},
         "+0ms: 2=b 4=b 6=b 7=a; ",
         3,
         7},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (size_t piece = 0; piece < strlen(cases[i].input); piece++) {
            world *w = world_new(cases[i].input);
            w->piece_len = piece;
            world_start(w, cases[i].options);
            world_turn(w);
            CHECK_STR(cases[i].label, mr_strbuf_text(&w->puts), cases[i].want);
            CHECK_INT(cases[i].label, w->agains, cases[i].agains);
            CHECK_INT(cases[i].label, mr_producer_count(w->producer).rows, cases[i].rows);
            CHECK_INT(cases[i].label, w->ended, 1);
            CHECK_CODE(cases[i].label, w->error.code, MR_OK);
            check_counts_add_up(w);
            world_free(w);
        }
    }
}

static void test_lines_in_messages_are_those_of_the_file_in_every_pass(void **state)
{
    (void)state;
    world *w = world_run("x\na\nb,b\n", (mr_producer_options){.repeat = 3});
    CHECK_STR("rejects", mr_strbuf_text(&w->rejects),
              "3: b,b: 2 columns; the header has 1; 3: b,b: 2 columns; the header has 1; "
              "3: b,b: 2 columns; the header has 1; ");
    CHECK_STR("puts", mr_strbuf_text(&w->puts), "+0ms: 1=a 3=a 5=a; ");
    world_free(w);
}

static void test_an_input_that_cannot_be_read_again_breaks_off(void **state)
{
    (void)state;
    world *w = world_new("x\na\nb");
    w->fail_again = true;
    world_start(w, (mr_producer_options){.repeat = 2});
    world_turn(w);
    CHECK_STR("the first pass is stored", mr_strbuf_text(&w->puts), "+0ms: 1=a 2=b; ");
    CHECK_STR("told", w->error.message, "cannot read in.csv again");
    CHECK_INT("once", w->ended, 1);
    world_free(w);
}

/* ---- resume ---- */

static void test_a_resumed_run_skips_what_is_stored(void **state)
{
    (void)state;
    static const uint64_t stored[] = {4, 6, 7, 9};
    char *input = numbered_rows(9);
    world *w = world_run(input, (mr_producer_options){.skip_rows = 2,
                                                      .stored_rows = stored,
                                                      .stored_count = MR_COUNT(stored)});
    CHECK_STR("the others", mr_strbuf_text(&w->puts), "+0ms: 3=3|x 5=5|x 8=8|x; ");
    CHECK_INT("skipped", mr_producer_count(w->producer).skipped, 6);
    check_counts_add_up(w);
    world_free(w);
    mr_free(input);
}

static void test_progress_is_kept_and_marks_the_end(void **state)
{
    (void)state;
    char *input = numbered_rows(200);
    world *w = world_new(input);
    uint64_t rows = 99;
    bool complete = true;
    mr_error err;
    CHECK_OK("none yet", mr_producer_progress(w->db, 3, &rows, &complete, &err), &err);
    CHECK_INT("no rows", rows, 0);
    CHECK_TRUE("not complete", !complete);
    world_start(w, (mr_producer_options){0});
    world_turn(w);
    CHECK_OK("read", mr_producer_progress(w->db, 3, &rows, &complete, &err), &err);
    CHECK_INT("all", rows, 200);
    CHECK_TRUE("complete", complete);
    world_free(w);
    mr_free(input);
}

static void test_progress_on_the_way_is_never_ahead_of_what_is_stored(void **state)
{
    (void)state;
    char *input = numbered_rows(70000);
    world *w = world_new(input);
    w->piece_len = 777;
    world_start(w, (mr_producer_options){.batch_records = 500});
    uint64_t rows = 0;
    bool complete = false;
    mr_error err;
    while (rows == 0) {
        assert_int_equal(mr_clock_step(w->clock, NULL), MR_STEP_RAN);
        CHECK_OK("read", mr_producer_progress(w->db, 3, &rows, &complete, &err), &err);
    }
    CHECK_TRUE("on the way", !complete);
    CHECK_TRUE("in time", rows >= 65536 && rows < 65536 + 500);
    CHECK_TRUE("stored", rows <= w->stored);
    world_free(w);
    mr_free(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_put_in_order_with_their_keys),
        cmocka_unit_test(test_quotes_of_the_file_are_not_put),
        cmocka_unit_test(test_where_pieces_end_does_not_show),
        cmocka_unit_test(test_batches_are_bounded_by_count_and_bytes),
        cmocka_unit_test(test_random_keys_follow_the_seed_alone),
        cmocka_unit_test(test_batches_leave_when_their_last_row_has_arrived),
        cmocka_unit_test(test_the_load_time_is_when_the_row_arrives),
        cmocka_unit_test(test_a_clock_that_jumps_moves_load_times_and_no_put),
        cmocka_unit_test(test_pieces_may_come_late),
        cmocka_unit_test(test_the_rate_and_pauses_decide_when_batches_leave),
        cmocka_unit_test(test_the_rate_can_be_asked_for),
        cmocka_unit_test(test_a_pause_from_before_the_start_counts_from_the_start),
        cmocka_unit_test(test_a_pause_holds_a_back_off),
        cmocka_unit_test(test_load_times_follow_the_rate_and_pauses),
        cmocka_unit_test(test_a_piece_that_comes_in_a_pause_is_kept_for_later),
        cmocka_unit_test(test_refused_entries_alone_are_put_again_later),
        cmocka_unit_test(test_new_rows_wait_for_refused_ones),
        cmocka_unit_test(test_a_wait_is_never_longer_than_five_seconds),
        cmocka_unit_test(test_a_record_is_given_up_after_its_retries),
        cmocka_unit_test(test_a_lost_acknowledgement_puts_the_batch_again),
        cmocka_unit_test(test_a_stream_that_fails_ends_the_input),
        cmocka_unit_test(test_a_bad_row_is_reported_and_the_rest_is_put),
        cmocka_unit_test(test_key_and_data_together_have_a_limit),
        cmocka_unit_test(test_a_strict_run_ends_at_the_first_bad_row),
        cmocka_unit_test(test_a_header_that_cannot_be_used_ends_the_input),
        cmocka_unit_test(test_a_header_alone_is_no_rows),
        cmocka_unit_test(test_without_header_nothing_is_no_rows),
        cmocka_unit_test(test_input_that_breaks_off_is_stored_as_far_as_it_came),
        cmocka_unit_test(test_options_that_cannot_be_are_refused),
        cmocka_unit_test(test_rows_and_repeat_say_how_much_is_read),
        cmocka_unit_test(test_lines_in_messages_are_those_of_the_file_in_every_pass),
        cmocka_unit_test(test_an_input_that_cannot_be_read_again_breaks_off),
        cmocka_unit_test(test_a_resumed_run_skips_what_is_stored),
        cmocka_unit_test(test_progress_is_kept_and_marks_the_end),
        cmocka_unit_test(test_progress_on_the_way_is_never_ahead_of_what_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
