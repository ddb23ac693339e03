/* clock_test.c - the order in which things are due, and what time waits for. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/time/clock.h"
#include "sim/time/rng.h"
#include "tests/check.h"

#include <stdlib.h>

#define START_US INT64_C(1735689600000000)
#define HOUR_US  INT64_C(3600000000)

/* Timers that write their letter and the time since the start into a log. */
typedef struct diary {
    mr_clock *clock;
    mr_strbuf log;
    int64_t source_us; /* what the fake source says */
} diary;

typedef struct note {
    diary *diary;
    char letter;
    mr_timer timer;
    mr_completion completion;
} note;

static int64_t fake_source(void *context)
{
    return ((diary *)context)->source_us;
}

static void write_note(void *context)
{
    note *n = context;
    mr_strbuf_appendf(&n->diary->log, "%c%lld ", n->letter,
                      (long long)(mr_clock_now_us(n->diary->clock) - START_US));
}

static diary open_diary(void)
{
    return (diary){.log = mr_strbuf_make(MR_STRBUF_UNLIMITED), .source_us = START_US};
}

/* d must stay where it is. */
static void start_clock(diary *d, mr_clock_mode mode, double speed)
{
    d->clock = mr_clock_new(&(mr_clock_options){
        .mode = mode, .start_us = START_US, .speed = speed, .source = {fake_source, d}});
}

static void close_diary(diary *d)
{
    mr_clock_free(d->clock);
    mr_strbuf_deinit(&d->log);
}

static void init_note(note *n, diary *d, char letter)
{
    *n = (note){.diary = d, .letter = letter};
    mr_timer_init(&n->timer, d->clock, write_note, n);
    mr_completion_init(&n->completion, d->clock, write_note, n);
}

static mr_step run(diary *d)
{
    mr_step step = MR_STEP_RAN;
    while (step == MR_STEP_RAN) {
        step = mr_clock_step(d->clock, NULL);
    }
    return step;
}

static void test_virtual_time_jumps_from_one_due_callback_to_the_next(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note a, b, c;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    init_note(&c, &d, 'c');
    CHECK_INT("nothing is set", mr_clock_step(d.clock, NULL), MR_STEP_IDLE);
    CHECK_TRUE("nothing is due", mr_clock_next_due_us(d.clock) == INT64_MAX);

    mr_timer_set(&b.timer, START_US + 2000);
    mr_timer_set(&a.timer, START_US + 1000);
    mr_timer_set(&c.timer, START_US + 24 * 3600 * INT64_C(1000000));
    CHECK_INT("next", mr_clock_next_due_us(d.clock), START_US + 1000);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "a1000 b2000 c86400000000 ");
    close_diary(&d);
}

static void test_equal_due_times_run_in_the_order_of_setting(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note notes[26];
    for (size_t i = 0; i < MR_COUNT(notes); i++) {
        init_note(&notes[i], &d, (char)('a' + i));
        mr_timer_set(&notes[i].timer, START_US + 5);
    }
    mr_timer_set(&notes[0].timer, START_US + 5); /* set again: now the last */
    mr_timer_cancel(&notes[3].timer);
    mr_timer_cancel(&notes[3].timer); /* twice is fine */
    CHECK_TRUE("not set", !mr_timer_is_set(&notes[3].timer));
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log),
              "b5 c5 e5 f5 g5 h5 i5 j5 k5 l5 m5 n5 o5 p5 q5 r5 s5 t5 u5 v5 w5 x5 y5 z5 a5 ");
    close_diary(&d);
}

static void test_a_time_already_past_means_the_next_step_and_never_moves_time_back(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note a, b;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    mr_clock_advance_to(d.clock, START_US + 100);
    mr_timer_set(&a.timer, START_US + 200);
    mr_timer_set(&b.timer, START_US + 50);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "b100 a200 ");
    CHECK_INT("ms", mr_clock_now_ms(d.clock), START_US / 1000);
    close_diary(&d);
}

/* The heap against a sort: any mix of setting, moving and cancelling. */
static void test_a_thousand_random_timers_run_in_order(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note *notes = mr_calloc(COUNT, sizeof(*notes));
    mr_prng prng = mr_prng_named(11, "clock test");
    for (size_t i = 0; i < COUNT; i++) {
        init_note(&notes[i], &d, 'x');
    }
    for (int step = 0; step < 20 * COUNT; step++) {
        note *n = &notes[mr_prng_below(&prng, COUNT)];
        if (mr_prng_below(&prng, 4) == 0) {
            mr_timer_cancel(&n->timer);
        } else {
            mr_timer_set(&n->timer, START_US + (int64_t)mr_prng_below(&prng, 500));
        }
    }
    int64_t due_us = 0;
    uint64_t order = 0;
    size_t ran = 0;
    size_t set = 0;
    for (size_t i = 0; i < COUNT; i++) {
        set += mr_timer_is_set(&notes[i].timer) ? 1 : 0;
    }
    while (mr_clock_next_due_us(d.clock) != INT64_MAX) {
        const mr_timer *next = NULL;
        for (size_t i = 0; i < COUNT; i++) {
            const mr_timer *t = &notes[i].timer;
            if (mr_timer_is_set(t) && (next == NULL || t->due_us < next->due_us ||
                                       (t->due_us == next->due_us && t->order < next->order))) {
                next = t;
            }
        }
        CHECK_TRUE("in order",
                   next->due_us > due_us || (next->due_us == due_us && next->order > order));
        due_us = next->due_us;
        order = next->order;
        CHECK_INT("ran", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
        CHECK_TRUE("the one that was due", !mr_timer_is_set(next));
        CHECK_INT("at its time", mr_clock_now_us(d.clock), due_us);
        ran++;
    }
    CHECK_INT("all", ran, set);
    mr_free(notes);
    close_diary(&d);
}

static void set_again(void *context)
{
    note *n = context;
    write_note(n);
    if (n->letter < 'd') {
        n->letter++;
        mr_timer_set(&n->timer, mr_clock_now_us(n->diary->clock) + 10);
    }
}

static void test_a_callback_may_set_its_own_timer_again(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note n;
    init_note(&n, &d, 'a');
    mr_timer_init(&n.timer, d.clock, set_again, &n);
    mr_timer_set(&n.timer, START_US);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "a0 b10 c20 d30 ");
    close_diary(&d);
}

static void test_virtual_time_stands_still_until_what_is_due_has_arrived(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note answer, early, late;
    init_note(&answer, &d, 'A');
    init_note(&early, &d, 'e');
    init_note(&late, &d, 'l');
    mr_completion_begin(&answer.completion, START_US + 100);
    mr_timer_set(&early.timer, START_US + 50);
    mr_timer_set(&late.timer, START_US + 150);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    CHECK_STR("what came before ran", mr_strbuf_text(&d.log), "e50 ");
    CHECK_TRUE("open", mr_completion_is_open(&answer.completion));
    CHECK_INT("still", mr_clock_now_us(d.clock), START_US + 50);

    mr_completion_arrive(&answer.completion);
    CHECK_STR("not from inside", mr_strbuf_text(&d.log), "e50 ");
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "e50 A100 l150 ");
    CHECK_TRUE("closed", !mr_completion_is_open(&answer.completion));
    close_diary(&d);
}

/* Whatever order the outside answers in, the world sees the model's. */
static void test_the_order_of_arrival_does_not_show(void **state)
{
    (void)state;
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    for (size_t i = 0; i < MR_COUNT(orders); i++) {
        diary d = open_diary();
        start_clock(&d, MR_CLOCK_VIRTUAL, 0);
        note n[3];
        for (int k = 0; k < 3; k++) {
            init_note(&n[k], &d, (char)('a' + k));
        }
        mr_completion_begin(&n[0].completion, START_US + 300);
        mr_completion_begin(&n[1].completion, START_US + 100);
        mr_completion_begin(&n[2].completion, START_US + 100);
        for (int k = 0; k < 3; k++) {
            mr_completion_arrive(&n[orders[i][k]].completion);
            (void)run(&d);
        }
        CHECK_STR("order", mr_strbuf_text(&d.log), "b100 c100 a300 ");
        close_diary(&d);
    }
}

static void test_a_cancelled_completion_holds_nothing(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_VIRTUAL, 0);
    note answer, late;
    init_note(&answer, &d, 'A');
    init_note(&late, &d, 'l');
    mr_completion_begin(&answer.completion, START_US + 100);
    mr_timer_set(&late.timer, START_US + 150);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    mr_completion_cancel(&answer.completion);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "l150 ");
    close_diary(&d);
}

static void test_real_time_is_the_sources_and_never_goes_back(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a;
    init_note(&a, &d, 'a');
    mr_timer_set(&a.timer, START_US + 100);
    int64_t wait_us = 0;
    CHECK_INT("later", mr_clock_step(d.clock, &wait_us), MR_STEP_LATER);
    CHECK_INT("wait", wait_us, 100);
    d.source_us = START_US + 40;
    CHECK_INT("now", mr_clock_now_us(d.clock), START_US + 40);
    d.source_us = START_US - 1000;
    CHECK_INT("back", mr_clock_now_us(d.clock), START_US + 40);
    d.source_us = START_US + 130;
    CHECK_INT("ran", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
    CHECK_STR("late", mr_strbuf_text(&d.log), "a130 ");
    close_diary(&d);
}

static void test_in_real_time_a_completion_runs_when_it_arrives(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note answer, timer;
    init_note(&answer, &d, 'A');
    init_note(&timer, &d, 't');
    mr_completion_begin(&answer.completion, START_US + 10);
    CHECK_INT("only the outside", mr_clock_step(d.clock, NULL), MR_STEP_WAITING);
    mr_timer_set(&timer.timer, START_US + 50);
    d.source_us = START_US + 60;
    CHECK_INT("timers go on", run(&d), MR_STEP_WAITING);
    d.source_us = START_US + 70;
    mr_completion_arrive(&answer.completion);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "t60 A70 ");
    close_diary(&d);
}

static void test_paced_time_is_held_to_its_speed(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_PACED, 60);
    note a, b, answer;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    init_note(&answer, &d, 'A');
    mr_timer_set(&a.timer, START_US + 6000);
    mr_timer_set(&b.timer, START_US + 12001);
    int64_t wait_us = 0;
    CHECK_INT("later", mr_clock_step(d.clock, &wait_us), MR_STEP_LATER);
    CHECK_INT("wait", wait_us, 100);
    d.source_us += 100;
    CHECK_INT("ran", mr_clock_step(d.clock, &wait_us), MR_STEP_RAN);
    CHECK_INT("later", mr_clock_step(d.clock, &wait_us), MR_STEP_LATER);
    CHECK_INT("rounded up", wait_us, 101);
    d.source_us += 1000000;
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("times are those of virtual time", mr_strbuf_text(&d.log), "a6000 b12001 ");
    mr_completion_begin(&answer.completion, START_US + 20000);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    mr_completion_arrive(&answer.completion);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "a6000 b12001 A20000 ");
    close_diary(&d);
}

static void jump_an_hour_back(void *context)
{
    note *n = context;
    write_note(n);
    mr_clock_jump(n->diary->clock, -HOUR_US);
}

static void test_a_jump_moves_the_time_of_day_and_nothing_that_is_waited_for(void **state)
{
    (void)state;
    static const int64_t jumps_us[] = {HOUR_US, -HOUR_US, -1, 0};
    for (size_t i = 0; i < MR_COUNT(jumps_us); i++) {
        diary d = open_diary();
        start_clock(&d, MR_CLOCK_VIRTUAL, 0);
        note a, b, c, answer;
        init_note(&a, &d, 'a');
        init_note(&b, &d, 'b');
        init_note(&c, &d, 'c');
        init_note(&answer, &d, 'A');
        mr_timer_init(&a.timer, d.clock, jump_an_hour_back, &a);
        mr_timer_set(&a.timer, START_US + 10);
        mr_timer_set(&c.timer, START_US + 30);
        mr_completion_begin(&answer.completion, START_US + 40);
        CHECK_INT("equal before", mr_clock_wall_us(d.clock), mr_clock_now_us(d.clock));
        mr_clock_jump(d.clock, jumps_us[i]);
        CHECK_INT("now stays", mr_clock_now_us(d.clock), START_US);
        CHECK_INT("wall leaps", mr_clock_wall_us(d.clock), START_US + jumps_us[i]);
        CHECK_INT("next", mr_clock_next_due_us(d.clock), START_US + 10);
        mr_timer_set(&b.timer, START_US + 20);
        mr_completion_arrive(&answer.completion);
        CHECK_INT("end", run(&d), MR_STEP_IDLE);
        CHECK_STR("order", mr_strbuf_text(&d.log), "a10 b20 c30 A40 ");
        CHECK_INT("jumps add up", mr_clock_jumped_us(d.clock), jumps_us[i] - HOUR_US);
        CHECK_INT("wall", mr_clock_wall_us(d.clock), START_US + 40 + jumps_us[i] - HOUR_US);
        close_diary(&d);
    }
}

static void test_a_jump_leaves_the_waits_of_real_and_paced_time_alone(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_clock_mode mode;
        int64_t want_wait_us;
    } cases[] = {{"real", MR_CLOCK_REAL, 100}, {"paced", MR_CLOCK_PACED, 10}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        diary d = open_diary();
        start_clock(&d, cases[i].mode, 10);
        note a;
        init_note(&a, &d, 'a');
        mr_timer_set(&a.timer, START_US + 100);
        mr_clock_jump(d.clock, HOUR_US);
        int64_t wait_us = 0;
        CHECK_INT(cases[i].label, mr_clock_step(d.clock, &wait_us), MR_STEP_LATER);
        CHECK_INT(cases[i].label, wait_us, cases[i].want_wait_us);
        mr_clock_jump(d.clock, -2 * HOUR_US);
        CHECK_INT(cases[i].label, mr_clock_step(d.clock, &wait_us), MR_STEP_LATER);
        CHECK_INT(cases[i].label, wait_us, cases[i].want_wait_us);
        d.source_us += wait_us;
        CHECK_INT(cases[i].label, mr_clock_step(d.clock, NULL), MR_STEP_RAN);
        CHECK_STR(cases[i].label, mr_strbuf_text(&d.log), "a100 ");
        close_diary(&d);
    }
}

/* ---- a clock that is driven ---- */

/* Answers as long as something is due at once; what it would wait for then, else -1. */
static int64_t wait_of(diary *d)
{
    int64_t wait_us = -1;
    mr_step step = MR_STEP_RAN;
    while (step == MR_STEP_RAN) {
        step = mr_clock_step(d->clock, &wait_us);
    }
    return step == MR_STEP_LATER ? wait_us : -1;
}

static int64_t passed_us(const diary *d)
{
    return mr_clock_now_us(d->clock) - START_US;
}

static void test_a_change_of_pace_does_not_move_time(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_clock_mode mode;
        double speed;
    } cases[] = {{"real", MR_CLOCK_REAL, 0}, {"paced", MR_CLOCK_PACED, 1}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *label = cases[i].label;
        diary d = open_diary();
        start_clock(&d, cases[i].mode, cases[i].speed);
        note a;
        init_note(&a, &d, 'a');
        mr_clock_pace(d.clock, 1);
        d.source_us += 500;
        CHECK_INT(label, passed_us(&d), 500);
        mr_timer_set(&a.timer, START_US + 60500);
        mr_clock_pace(d.clock, 60);
        CHECK_INT("no leap", passed_us(&d), 500);
        CHECK_TRUE("speed", mr_clock_speed(d.clock) == 60);
        CHECK_INT("mode", mr_clock_mode_of(d.clock), MR_CLOCK_PACED);
        CHECK_INT("wait", wait_of(&d), 1000);
        d.source_us += 100;
        CHECK_INT("sixtyfold", passed_us(&d), 6500);
        mr_clock_pace(d.clock, 0.5);
        d.source_us += 100;
        CHECK_INT("half", passed_us(&d), 6550);
        CHECK_INT("wait", wait_of(&d), 2 * (60500 - 6550));
        CHECK_STR("not yet", mr_strbuf_text(&d.log), "");
        close_diary(&d);
    }
}

static void test_a_paused_clock_stands_but_runs_what_is_due(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a, b, answer;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    init_note(&answer, &d, 'A');
    mr_timer_set(&a.timer, START_US + 100);
    d.source_us += 40;
    mr_clock_pace(d.clock, 0);
    CHECK_TRUE("paused", mr_clock_is_paused(d.clock));
    d.source_us += 10 * HOUR_US;
    CHECK_INT("stands", passed_us(&d), 40);
    CHECK_TRUE("for ever", wait_of(&d) == INT64_MAX);
    mr_timer_set(&b.timer, START_US + 40);
    mr_completion_begin(&answer.completion, START_US + 40);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    mr_completion_arrive(&answer.completion);
    CHECK_TRUE("for ever", wait_of(&d) == INT64_MAX);
    CHECK_STR("what is due at now", mr_strbuf_text(&d.log), "b40 A40 ");

    mr_clock_pace(d.clock, 1);
    CHECK_TRUE("goes on", !mr_clock_is_paused(d.clock));
    CHECK_INT("from where it stood", passed_us(&d), 40);
    CHECK_INT("wait", wait_of(&d), 60);
    d.source_us += 60;
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "b40 A40 a100 ");
    close_diary(&d);
}

/* Nobody sees a time at which something should have run that has not. */
static void test_live_time_passes_between_callbacks_up_to_the_next(void **state)
{
    (void)state;
    diary d = open_diary();
    d.clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_PACED,
                                               .start_us = START_US,
                                               .speed = 2,
                                               .live = true,
                                               .source = {fake_source, &d}});
    note a, answer;
    init_note(&a, &d, 'a');
    init_note(&answer, &d, 'A');
    mr_timer_set(&a.timer, START_US + 100);
    d.source_us += 30;
    CHECK_INT("between", passed_us(&d), 60);
    d.source_us += 30;
    CHECK_INT("what is due comes first", passed_us(&d), 100);
    mr_completion_begin(&answer.completion, START_US + 110);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    CHECK_STR("ran", mr_strbuf_text(&d.log), "a100 ");
    d.source_us += HOUR_US;
    CHECK_INT("time is held with it", passed_us(&d), 110);
    mr_completion_arrive(&answer.completion);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("at its time", mr_strbuf_text(&d.log), "a100 A110 ");
    CHECK_INT("then it catches up", passed_us(&d), 120 + 2 * HOUR_US);
    close_diary(&d);
}

/* The pace of a time of day that is set would leap with it. */
static void test_the_pace_goes_by_its_own_source(void **state)
{
    (void)state;
    diary d = open_diary();
    diary steady = {.source_us = 7};
    d.clock = mr_clock_new(&(mr_clock_options){
        .mode = MR_CLOCK_REAL, .source = {fake_source, &d}, .pace_source = {fake_source, &steady}});
    d.source_us += 50;
    CHECK_INT("real", passed_us(&d), 50);
    mr_clock_pace(d.clock, 10);
    d.source_us += HOUR_US;
    steady.source_us += 5;
    CHECK_INT("paced", passed_us(&d), 100);
    close_diary(&d);
}

static void test_what_real_time_waits_for_holds_time_once_it_is_driven(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note first, second, timer;
    init_note(&first, &d, 'A');
    init_note(&second, &d, 'B');
    init_note(&timer, &d, 't');
    mr_timer_set(&timer.timer, START_US + 1000);
    mr_completion_begin(&first.completion, START_US);
    mr_completion_begin(&second.completion, START_US);
    d.source_us += 10;
    CHECK_TRUE("late is no breach", !mr_clock_is_exact(d.clock, START_US + 5000));
    mr_clock_advance_until(d.clock, START_US + 5000);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    mr_completion_arrive(&second.completion);
    CHECK_INT("by the first", run(&d), MR_STEP_WAITING);
    mr_completion_arrive(&first.completion);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("order", mr_strbuf_text(&d.log), "A10 B10 t1000 ");
    CHECK_INT("arrived", passed_us(&d), 5000);
    CHECK_TRUE("before", !mr_clock_is_exact(d.clock, START_US + 9));
    CHECK_TRUE("after", mr_clock_is_exact(d.clock, START_US + 10));
    close_diary(&d);
}

static void test_an_advance_runs_what_is_due_and_goes_on_at_the_speed_it_had(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        double speed;
        int64_t want_us; /* 100 source microseconds after its end */
    } cases[] = {{"paused", 0, 0}, {"real's", 1, 100}, {"sixtyfold", 60, 6000}};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *label = cases[i].label;
        diary d = open_diary();
        start_clock(&d, MR_CLOCK_REAL, 0);
        note a, b, c;
        init_note(&a, &d, 'a');
        init_note(&b, &d, 'b');
        init_note(&c, &d, 'c');
        mr_timer_set(&a.timer, START_US + HOUR_US);
        mr_timer_set(&b.timer, START_US + 2 * HOUR_US);
        mr_timer_set(&c.timer, START_US + 2 * HOUR_US + 1);
        mr_clock_pace(d.clock, cases[i].speed);
        mr_clock_advance_until(d.clock, START_US + 2 * HOUR_US);
        CHECK_TRUE(label, mr_clock_is_advancing(d.clock));
        CHECK_INT("a", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
        d.source_us += 1000;
        CHECK_INT("between two callbacks it stands", passed_us(&d), HOUR_US);
        CHECK_INT("inclusive", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
        CHECK_TRUE("still", mr_clock_is_advancing(d.clock));
        CHECK_INT("no further", mr_clock_step(d.clock, NULL), MR_STEP_LATER);
        CHECK_TRUE("over", !mr_clock_is_advancing(d.clock));
        CHECK_STR("order", mr_strbuf_text(&d.log), "a3600000000 b7200000000 ");
        CHECK_TRUE("speed", mr_clock_speed(d.clock) == cases[i].speed);
        mr_timer_cancel(&c.timer);
        CHECK_INT("there", passed_us(&d), 2 * HOUR_US);
        d.source_us += 100;
        CHECK_INT(label, passed_us(&d), 2 * HOUR_US + cases[i].want_us);
        close_diary(&d);
    }
}

static void stop_it(void *context)
{
    note *n = context;
    write_note(n);
    mr_clock_stop_advancing(n->diary->clock);
}

static void test_an_advance_is_stopped_by_a_callback(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a, b, c;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    init_note(&c, &d, 'c');
    mr_timer_init(&b.timer, d.clock, stop_it, &b);
    mr_timer_set(&a.timer, START_US + 10);
    mr_timer_set(&b.timer, START_US + 20);
    mr_timer_set(&c.timer, START_US + 30);
    mr_clock_pace(d.clock, 0);
    mr_clock_advance_until(d.clock, START_US + HOUR_US);
    CHECK_INT("end", run(&d), MR_STEP_LATER);
    CHECK_TRUE("stopped", !mr_clock_is_advancing(d.clock));
    CHECK_STR("c is not run", mr_strbuf_text(&d.log), "a10 b20 ");
    CHECK_INT("there", passed_us(&d), 20);
    mr_clock_stop_advancing(d.clock); /* twice is fine */
    close_diary(&d);
}

static void test_one_callback_at_a_time(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a, b, answer;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    init_note(&answer, &d, 'A');
    mr_clock_pace(d.clock, 0);
    mr_timer_set(&a.timer, START_US + 10);
    mr_timer_set(&b.timer, START_US + HOUR_US);
    mr_clock_advance_once(d.clock);
    CHECK_INT("one", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
    CHECK_TRUE("over with it", !mr_clock_is_advancing(d.clock));
    CHECK_INT("end", run(&d), MR_STEP_LATER);
    CHECK_STR("a", mr_strbuf_text(&d.log), "a10 ");

    mr_completion_begin(&answer.completion, START_US + 20);
    mr_clock_advance_once(d.clock);
    CHECK_INT("held", run(&d), MR_STEP_WAITING);
    CHECK_TRUE("not over", mr_clock_is_advancing(d.clock));
    mr_completion_arrive(&answer.completion);
    CHECK_INT("end", run(&d), MR_STEP_LATER);
    mr_clock_advance_once(d.clock);
    CHECK_INT("end", run(&d), MR_STEP_IDLE);
    CHECK_STR("one by one", mr_strbuf_text(&d.log), "a10 A20 b3600000000 ");
    close_diary(&d);
}

static void test_an_advance_with_nothing_due_is_over_in_one_step(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    mr_clock_pace(d.clock, 0);
    mr_clock_advance_until(d.clock, START_US + HOUR_US);
    CHECK_INT("step", mr_clock_step(d.clock, NULL), MR_STEP_IDLE);
    CHECK_TRUE("over", !mr_clock_is_advancing(d.clock));
    CHECK_INT("there", passed_us(&d), HOUR_US);

    mr_clock_advance_until(d.clock, START_US); /* behind */
    CHECK_INT("step", mr_clock_step(d.clock, NULL), MR_STEP_IDLE);
    CHECK_INT("never back", passed_us(&d), HOUR_US);

    mr_clock_advance_while_due(d.clock, START_US + 2 * HOUR_US);
    CHECK_INT("step", mr_clock_step(d.clock, NULL), MR_STEP_IDLE);
    CHECK_TRUE("over", !mr_clock_is_advancing(d.clock));
    mr_clock_advance_once(d.clock);
    CHECK_INT("step", mr_clock_step(d.clock, NULL), MR_STEP_IDLE);
    CHECK_TRUE("over", !mr_clock_is_advancing(d.clock));
    CHECK_INT("there is no end to go to", passed_us(&d), HOUR_US);
    close_diary(&d);
}

/* Otherwise a world with nothing left to do would be led to the end of all advances by its own
 * housekeeping. */
static void test_the_background_runs_in_an_advance_but_leads_none(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a, b;
    init_note(&a, &d, 'd');
    init_note(&b, &d, 'b');
    mr_timer_init(&a.timer, d.clock, set_again, &a);
    a.letter = 'a';
    mr_timer_set_background(&a.timer); /* due at 10, 20, 30, 40 */
    mr_clock_pace(d.clock, 0);
    mr_timer_set(&a.timer, START_US + 10);
    mr_timer_set(&b.timer, START_US + 25);
    CHECK_INT("anything", mr_clock_next_due_us(d.clock), START_US + 10);
    CHECK_INT("wanted", mr_clock_next_wanted_us(d.clock), START_US + 25);
    mr_clock_advance_while_due(d.clock, START_US + HOUR_US);
    CHECK_INT("end", run(&d), MR_STEP_LATER);
    CHECK_STR("up to the last that is wanted", mr_strbuf_text(&d.log), "a10 b20 b25 ");
    CHECK_INT("and stays there", passed_us(&d), 25);
    CHECK_TRUE("nothing is wanted", mr_clock_next_wanted_us(d.clock) == INT64_MAX);
    mr_clock_advance_until(d.clock, START_US + 35);
    CHECK_INT("end", run(&d), MR_STEP_LATER);
    CHECK_STR("with the time", mr_strbuf_text(&d.log), "a10 b20 b25 c30 ");
    CHECK_INT("to the end", passed_us(&d), 35);
    close_diary(&d);
}

static void test_at_full_speed_it_is_virtual_and_can_be_held_again(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    note a, b;
    init_note(&a, &d, 'a');
    init_note(&b, &d, 'b');
    mr_timer_set(&a.timer, START_US + HOUR_US);
    mr_timer_set(&b.timer, START_US + 2 * HOUR_US);
    mr_clock_pace(d.clock, MR_CLOCK_SPEED_MAX);
    CHECK_INT("mode", mr_clock_mode_of(d.clock), MR_CLOCK_VIRTUAL);
    CHECK_TRUE("speed", mr_clock_speed(d.clock) == MR_CLOCK_SPEED_MAX);
    CHECK_INT("no leap by asking", passed_us(&d), 0);
    CHECK_INT("a", mr_clock_step(d.clock, NULL), MR_STEP_RAN);
    mr_clock_pace(d.clock, 1);
    CHECK_INT("wait", wait_of(&d), HOUR_US);
    CHECK_STR("a alone", mr_strbuf_text(&d.log), "a3600000000 ");
    close_diary(&d);
}

static void test_a_real_clock_is_put_ahead_and_goes_on_paced(void **state)
{
    (void)state;
    diary d = open_diary();
    start_clock(&d, MR_CLOCK_REAL, 0);
    mr_clock_advance_to(d.clock, START_US + HOUR_US);
    CHECK_INT("mode", mr_clock_mode_of(d.clock), MR_CLOCK_PACED);
    CHECK_TRUE("live", mr_clock_is_live(d.clock));
    d.source_us += 5;
    CHECK_INT("goes on", passed_us(&d), HOUR_US + 5);
    close_diary(&d);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virtual_time_jumps_from_one_due_callback_to_the_next),
        cmocka_unit_test(test_equal_due_times_run_in_the_order_of_setting),
        cmocka_unit_test(test_a_time_already_past_means_the_next_step_and_never_moves_time_back),
        cmocka_unit_test(test_a_thousand_random_timers_run_in_order),
        cmocka_unit_test(test_a_callback_may_set_its_own_timer_again),
        cmocka_unit_test(test_virtual_time_stands_still_until_what_is_due_has_arrived),
        cmocka_unit_test(test_the_order_of_arrival_does_not_show),
        cmocka_unit_test(test_a_cancelled_completion_holds_nothing),
        cmocka_unit_test(test_real_time_is_the_sources_and_never_goes_back),
        cmocka_unit_test(test_in_real_time_a_completion_runs_when_it_arrives),
        cmocka_unit_test(test_paced_time_is_held_to_its_speed),
        cmocka_unit_test(test_a_jump_moves_the_time_of_day_and_nothing_that_is_waited_for),
        cmocka_unit_test(test_a_jump_leaves_the_waits_of_real_and_paced_time_alone),
        cmocka_unit_test(test_a_change_of_pace_does_not_move_time),
        cmocka_unit_test(test_a_paused_clock_stands_but_runs_what_is_due),
        cmocka_unit_test(test_live_time_passes_between_callbacks_up_to_the_next),
        cmocka_unit_test(test_the_pace_goes_by_its_own_source),
        cmocka_unit_test(test_what_real_time_waits_for_holds_time_once_it_is_driven),
        cmocka_unit_test(test_an_advance_runs_what_is_due_and_goes_on_at_the_speed_it_had),
        cmocka_unit_test(test_an_advance_is_stopped_by_a_callback),
        cmocka_unit_test(test_one_callback_at_a_time),
        cmocka_unit_test(test_an_advance_with_nothing_due_is_over_in_one_step),
        cmocka_unit_test(test_the_background_runs_in_an_advance_but_leads_none),
        cmocka_unit_test(test_at_full_speed_it_is_virtual_and_can_be_held_again),
        cmocka_unit_test(test_a_real_clock_is_put_ahead_and_goes_on_paced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
