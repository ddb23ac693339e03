/* function_test.c - invocations on the world's clock, with a runner made by hand. */
#include "sim/lambda/function.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "tests/check.h"

#include <stdio.h>

/* ---- a runner that notes what it is asked and answers when told ---- */

#define ASKED_MAX 32

typedef struct asked {
    uint32_t environment;
    char request_id[64];
    int64_t time_us;
    bool real_time, live, open;
    mr_bytes payload;
    mr_strbuf *memory;
    char directory[64], arn[128], client_context[64];
    mr_outcome_fn done;
    void *context;
} asked;

typedef struct hand_runner {
    mr_runner runner;
    asked asked[ASKED_MAX];
    size_t asked_count;
    uint32_t discarded[ASKED_MAX];
    size_t discarded_count;
} hand_runner;

static void hand_invoke(mr_runner *runner, const mr_invocation *invocation, mr_outcome_fn done,
                        void *context)
{
    hand_runner *hand = (hand_runner *)runner;
    asked *a = &hand->asked[hand->asked_count++];
    *a = (asked){.environment = invocation->environment,
                 .time_us = invocation->time_us,
                 .real_time = invocation->real_time,
                 .live = invocation->live,
                 .open = true,
                 .payload = invocation->payload,
                 .memory = invocation->memory,
                 .done = done,
                 .context = context};
    memcpy(a->request_id, invocation->request_id, strlen(invocation->request_id) + 1);
    const char *arn = invocation->invoked_arn;
    const char *client = invocation->client_context;
    (void)snprintf(a->directory, sizeof(a->directory), "%s", invocation->code->directory);
    (void)snprintf(a->arn, sizeof(a->arn), "%s", arn == NULL ? invocation->code->arn : arn);
    (void)snprintf(a->client_context, sizeof(a->client_context), "%s",
                   client == NULL ? "" : client);
}

static void hand_discard(mr_runner *runner, const mr_function_code *code, uint32_t environment)
{
    hand_runner *hand = (hand_runner *)runner;
    (void)code;
    hand->discarded[hand->discarded_count++] = environment;
}

static void hand_answer(hand_runner *hand, size_t i, const mr_outcome *outcome)
{
    MR_ASSERT(hand->asked[i].open);
    hand->asked[i].open = false;
    hand->asked[i].done(hand->asked[i].context, outcome);
}

static void hand_answer_ok(hand_runner *hand, size_t i, const char *payload)
{
    mr_outcome outcome = {.kind = MR_OUTCOME_OK, .payload = mr_bytes_of(payload)};
    hand_answer(hand, i, &outcome);
}

/* ---- a small world, and a log of its answers and events ---- */

static int64_t wall_us; /* of the tests in real time */

static int64_t wall_now(void *context)
{
    (void)context;
    return wall_us;
}

typedef struct world {
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    hand_runner hand;
    mr_functions *functions;
    mr_function *function;
    mr_strbuf answers; /* "<label>:<kind>@<ms>:<payload>\n" */
    mr_strbuf events;
} world;

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    world *w = context;
    (void)line;
    mr_strbuf_appendf(&w->events, "%s@%lld %s%s%s\n", mr_event_type_name(event->type),
                      (long long)(time_us / 1000), event->reason == NULL ? "" : event->reason,
                      event->message == NULL ? "" : " ",
                      event->message == NULL ? "" : event->message);
}

static void world_init_clock(world *w, mr_clock_mode mode, const mr_function_options *options)
{
    mr_error err;
    *w = (world){.answers = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                 .events = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    w->hand.runner = (mr_runner){hand_invoke, hand_discard};
    w->clock = mr_clock_new(&(mr_clock_options){.mode = mode, .source = {wall_now, NULL}});
    w->trace = mr_trace_new(w->clock);
    w->faults = mr_faults_new(1);
    w->functions = mr_functions_new(&(mr_functions_options){.clock = w->clock,
                                                            .trace = w->trace,
                                                            .faults = w->faults,
                                                            .runner = &w->hand.runner,
                                                            .seed = 7,
                                                            .region = "us-east-1",
                                                            .account = "000000000000"});
    CHECK_OK("add", mr_functions_add(w->functions, options, &w->function, &err), &err);
    mr_trace_listen(w->trace, on_event, w, false);
}

static const mr_function_options plain = {.name = "Decode",
                                          .runtime = "python3.12",
                                          .handler = "decode.handler",
                                          .directory = "code",
                                          .concurrency = 2};

static void world_init(world *w)
{
    world_init_clock(w, MR_CLOCK_VIRTUAL, &plain);
}

static void world_deinit(world *w)
{
    mr_functions_free(w->functions);
    mr_trace_free(w->trace);
    mr_faults_free(w->faults);
    mr_clock_free(w->clock);
    mr_strbuf_deinit(&w->answers);
    mr_strbuf_deinit(&w->events);
}

typedef struct asker {
    world *w;
    const char *label;
} asker;

static void on_answer(void *context, const mr_answer *answer)
{
    asker *a = context;
    mr_strbuf_appendf(&a->w->answers, "%s:%d%s@%lld:%.*s\n", a->label, (int)answer->kind,
                      answer->throttled ? "t" : "", (long long)mr_clock_now_ms(a->w->clock),
                      (int)answer->payload.len, answer->payload.at);
}

static const char *invoke(asker *a, size_t payload_bytes)
{
    mr_strbuf payload = mr_strbuf_make(MR_FUNCTION_PAYLOAD_MAX);
    memset(mr_strbuf_reserve(&payload, payload_bytes), 'x', payload_bytes);
    mr_strbuf_commit(&payload, payload_bytes);
    const char *id = mr_function_invoke(a->w->function, &payload, 1, on_answer, a);
    mr_strbuf_deinit(&payload);
    return id;
}

/* Turns the world until it waits or is idle. */
static mr_step turn(world *w)
{
    mr_step step;
    do {
        step = mr_clock_step(w->clock, NULL);
    } while (step == MR_STEP_RAN);
    return step;
}

static void strike(world *w, mr_fault_kind kind, int64_t delay_us)
{
    mr_error err;
    mr_fault_rule rule = {.kind = kind, .until_us = INT64_MAX, .most = 1, .delay_us = delay_us};
    CHECK_OK("fault", mr_faults_add(w->faults, &rule, &err), &err);
}

/* ---- tests ---- */

static void test_an_answer_counts_at_its_simulated_finish(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    asker a = {&w, "a"};
    invoke(&a, 100000); /* 20 ms and 10 ms */
    CHECK_INT("waits for the runner", turn(&w), MR_STEP_WAITING);
    CHECK_INT("in flight", mr_functions_in_flight(w.functions), 1);
    CHECK_TRUE("virtual", !w.hand.asked[0].real_time);
    hand_answer_ok(&w.hand, 0, "{}");
    CHECK_STR("not inside", mr_strbuf_text(&w.answers), "");
    CHECK_INT("idle", turn(&w), MR_STEP_IDLE);
    CHECK_STR("answer", mr_strbuf_text(&w.answers), "a:0@30:{}\n");
    CHECK_STR("events", mr_strbuf_text(&w.events),
              "function.invoked@0 \nfunction.answered@30 ok\n");
    CHECK_INT("in flight", mr_functions_in_flight(w.functions), 0);
    world_deinit(&w);
}

static void test_the_order_of_arrival_does_not_show(void **state)
{
    (void)state;
    char *first = NULL;
    for (int order = 0; order < 2; order++) {
        world w;
        world_init(&w);
        asker a = {&w, "a"}, b = {&w, "b"};
        invoke(&a, 200000);
        invoke(&b, 100);
        hand_answer_ok(&w.hand, order == 0 ? 0 : 1, "{}");
        (void)turn(&w);
        hand_answer_ok(&w.hand, order == 0 ? 1 : 0, "{}");
        (void)turn(&w);
        CHECK_STR("answers", mr_strbuf_text(&w.answers), "b:0@20:{}\na:0@40:{}\n");
        if (order == 0) {
            first = mr_strdup(mr_strbuf_text(&w.events));
        } else {
            CHECK_STR("events", mr_strbuf_text(&w.events), first);
        }
        world_deinit(&w);
    }
    mr_free(first);
}

static void test_the_lowest_free_environment_serves_and_the_rest_wait_in_order(void **state)
{
    (void)state;
    world w;
    world_init(&w); /* two environments */
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"}, d = {&w, "d"};
    invoke(&a, 300000);
    invoke(&b, 10);
    invoke(&c, 10);
    invoke(&d, 10);
    CHECK_INT("two run", w.hand.asked_count, 2);
    hand_answer_ok(&w.hand, 1, "b");
    (void)turn(&w);
    CHECK_INT("c runs", w.hand.asked_count, 3);
    CHECK_INT("c's environment", w.hand.asked[2].environment, 1);
    CHECK_INT("c's time", w.hand.asked[2].time_us, 20001);
    hand_answer_ok(&w.hand, 2, "c");
    (void)turn(&w);
    hand_answer_ok(&w.hand, 0, "a");
    hand_answer_ok(&w.hand, 3, "d");
    (void)turn(&w);
    CHECK_STR("order", mr_strbuf_text(&w.answers), "b:0@20:b\nc:0@40:c\na:0@50:a\nd:0@60:d\n");
    asker e = {&w, "e"};
    invoke(&e, 1);
    CHECK_INT("lowest free", w.hand.asked[4].environment, 0);
    world_deinit(&w); /* with e under way */
    CHECK_INT("discarded", w.hand.discarded_count, 1);
}

static void test_request_ids_come_from_the_seed(void **state)
{
    (void)state;
    char ids[2][64];
    for (int i = 0; i < 2; i++) {
        world w;
        world_init(&w);
        asker a = {&w, "a"};
        const char *id = invoke(&a, 1);
        memcpy(ids[i], id, strlen(id) + 1);
        CHECK_STR("as the runner sees it", w.hand.asked[0].request_id, ids[i]);
        hand_answer_ok(&w.hand, 0, "");
        (void)turn(&w);
        world_deinit(&w);
    }
    CHECK_INT("a uuid", strlen(ids[0]), 36);
    CHECK_STR("again", ids[0], ids[1]);
}

static void test_faults_that_decide_do_not_run_the_code(void **state)
{
    (void)state;
    static const struct {
        mr_fault_kind kind;
        const char *want, *event;
        size_t discarded;
    } cases[] = {
        {MR_FAULT_LAMBDA_ERROR, "a:1@20:{\"errorType\":\"Unhandled\"", "function-error", 0},
        {MR_FAULT_LAMBDA_CRASH, "a:3@20:{\"errorType\":\"Runtime.ExitError\"", "crashed", 1},
        {MR_FAULT_LAMBDA_TIMEOUT, "a:2@3000:{\"errorType\":\"Sandbox.Timedout\"", "timed-out", 1},
        {MR_FAULT_LAMBDA_THROTTLED, "a:1t@1:\n", "throttled", 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *label = mr_fault_kind_name(cases[i].kind);
        world w;
        world_init(&w);
        strike(&w, cases[i].kind, 0);
        asker a = {&w, "a"}, b = {&w, "b"};
        const char *id = invoke(&a, 1);
        char *timed_out = mr_format("RequestId: %s Error: Task timed out after 3.00 seconds", id);
        CHECK_INT(label, turn(&w), MR_STEP_IDLE);
        CHECK_INT(label, w.hand.asked_count, 0);
        CHECK_HAS(label, mr_strbuf_text(&w.answers), cases[i].want);
        if (cases[i].kind == MR_FAULT_LAMBDA_TIMEOUT) {
            CHECK_HAS(label, mr_strbuf_text(&w.answers), timed_out);
        }
        CHECK_HAS(label, mr_strbuf_text(&w.events), cases[i].event);
        CHECK_INT(label, w.hand.discarded_count, cases[i].discarded);
        invoke(&b, 1); /* the environment is free again, and the fault is spent */
        CHECK_INT(label, w.hand.asked_count, 1);
        CHECK_INT(label, w.hand.asked[0].environment, 0);
        hand_answer_ok(&w.hand, 0, "");
        (void)turn(&w);
        mr_free(timed_out);
        world_deinit(&w);
    }
}

static void test_faults_spoil_the_answer(void **state)
{
    (void)state;
    static const struct {
        mr_fault_kind kind;
        const char *answer, *want;
    } cases[] = {
        {MR_FAULT_LAMBDA_GARBLED, "{\"records\":[]}", "a:0@20:<garbled>{\"recor\n"},
        {MR_FAULT_LAMBDA_IDS_MISSING, "{\"records\": [{\"a\":1}, {\"a\":2}], \"b\":3}",
         "a:0@20:{\"records\": [{\"a\":2}], \"b\":3}\n"},
        {MR_FAULT_LAMBDA_IDS_MISSING, "{\"records\":[{\"a\":1}]}", "a:0@20:{\"records\":[]}\n"},
        {MR_FAULT_LAMBDA_IDS_REPEATED, "{\"x\":[1],\"records\":[{\"a\":1},2]}",
         "a:0@20:{\"x\":[1],\"records\":[{\"a\":1},{\"a\":1},2]}\n"},
        {MR_FAULT_LAMBDA_IDS_MISSING, "{\"records\":[]}", "a:0@20:{\"records\":[]}\n"},
        {MR_FAULT_LAMBDA_IDS_REPEATED, "nonsense", "a:0@20:nonsense\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        world w;
        world_init(&w);
        strike(&w, cases[i].kind, 0);
        asker a = {&w, "a"};
        invoke(&a, 1);
        hand_answer_ok(&w.hand, 0, cases[i].answer);
        (void)turn(&w);
        CHECK_STR(mr_fault_kind_name(cases[i].kind), mr_strbuf_text(&w.answers), cases[i].want);
        world_deinit(&w);
    }
}

static void test_slowness_adds_time_and_past_the_timeout_ends_it(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    strike(&w, MR_FAULT_LAMBDA_SLOW, 500000);
    strike(&w, MR_FAULT_LAMBDA_SLOW, 5000000);
    asker a = {&w, "a"}, b = {&w, "b"};
    invoke(&a, 1);
    hand_answer_ok(&w.hand, 0, "x");
    (void)turn(&w);
    CHECK_STR("slow", mr_strbuf_text(&w.answers), "a:0@520:x\n");
    mr_strbuf_reset(&w.answers);
    invoke(&b, 1);
    (void)turn(&w);
    CHECK_HAS("timed out", mr_strbuf_text(&w.answers), "b:2@3520:");
    CHECK_INT("not run", w.hand.asked_count, 1);
    world_deinit(&w);
}

static void crash(world *w, size_t i)
{
    hand_answer(&w->hand, i, &(mr_outcome){.kind = MR_OUTCOME_CRASHED});
    (void)turn(w);
}

static void test_a_slow_start_delays_what_meets_no_warm_environment(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    mr_error err;
    mr_fault_rule rule = {
        .kind = MR_FAULT_LAMBDA_SLOW_START, .until_us = INT64_MAX, .delay_us = 200000};
    CHECK_OK("fault", mr_faults_add(w.faults, &rule, &err), &err);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"}, d = {&w, "d"}, e = {&w, "e"};
    invoke(&a, 1);
    hand_answer_ok(&w.hand, 0, "");
    (void)turn(&w);
    invoke(&b, 1); /* the environment of a; c takes another one */
    invoke(&c, 1);
    hand_answer_ok(&w.hand, 1, "");
    hand_answer_ok(&w.hand, 2, "");
    (void)turn(&w);
    CHECK_STR("warm or not", mr_strbuf_text(&w.answers), "a:0@220:\nb:0@240:\nc:0@440:\n");
    CHECK_INT("struck at starts alone", mr_faults_struck(w.faults, 0), 2);

    mr_strbuf_reset(&w.answers);
    invoke(&d, 1);
    crash(&w, 3);
    invoke(&e, 1);
    hand_answer_ok(&w.hand, 4, "");
    (void)turn(&w);
    CHECK_STR("not warm after a crash", mr_strbuf_text(&w.answers), "d:3@460:\ne:0@680:\n");
    world_deinit(&w);
}

static void test_a_slow_start_is_decided_when_the_environment_is_taken(void **state)
{
    (void)state;
    world w;
    mr_function_options one = plain;
    one.concurrency = 1;
    world_init_clock(&w, MR_CLOCK_VIRTUAL, &one);
    strike(&w, MR_FAULT_LAMBDA_CRASH, 0);
    strike(&w, MR_FAULT_LAMBDA_SLOW_START, 100000);
    strike(&w, MR_FAULT_LAMBDA_SLOW_START, 5000000);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"};
    invoke(&a, 1); /* slow to start, and crashes */
    invoke(&b, 1); /* waits for the environment, and finds that it is gone */
    (void)turn(&w);
    CHECK_HAS("crashed", mr_strbuf_text(&w.answers), "a:3@120:");
    CHECK_HAS("past the time-out", mr_strbuf_text(&w.answers), "b:2@3120:");
    CHECK_INT("discarded", w.hand.discarded_count, 2);
    invoke(&c, 1); /* the rules are spent */
    hand_answer_ok(&w.hand, 0, "");
    (void)turn(&w);
    CHECK_HAS("started", mr_strbuf_text(&w.answers), "c:0@3140:");
    world_deinit(&w);
}

static void test_an_error_has_the_type_that_its_rule_says(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    mr_error err;
    mr_fault_rule rule = {
        .kind = MR_FAULT_LAMBDA_ERROR, .until_us = INT64_MAX, .text = "Runtime.\"Odd\""};
    CHECK_OK("fault", mr_faults_add(w.faults, &rule, &err), &err);
    asker a = {&w, "a"};
    invoke(&a, 1);
    (void)turn(&w);
    CHECK_HAS("type", mr_strbuf_text(&w.answers), "a:1@20:{\"errorType\":\"Runtime.\\\"Odd\\\"\",");
    world_deinit(&w);
}

static void test_real_time_takes_the_answer_when_it_comes(void **state)
{
    (void)state;
    world w;
    wall_us = 0;
    world_init_clock(&w, MR_CLOCK_REAL, &plain);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"};
    invoke(&a, 1000000);
    CHECK_TRUE("real", w.hand.asked[0].real_time);
    wall_us = 5000;
    hand_answer_ok(&w.hand, 0, "x");
    (void)turn(&w);
    CHECK_STR("as soon as it is here", mr_strbuf_text(&w.answers), "a:0@5:x\n");

    mr_strbuf_reset(&w.answers);
    strike(&w, MR_FAULT_LAMBDA_SLOW, 100000);
    invoke(&b, 1);
    wall_us = 6000;
    hand_answer_ok(&w.hand, 1, "y");
    CHECK_INT("held", turn(&w), MR_STEP_LATER);
    wall_us = 105000;
    (void)turn(&w);
    CHECK_STR("slow", mr_strbuf_text(&w.answers), "b:0@105:y\n");

    mr_strbuf_reset(&w.answers);
    invoke(&c, 1);
    mr_outcome timed_out = {.kind = MR_OUTCOME_TIMED_OUT};
    hand_answer(&w.hand, 2, &timed_out);
    (void)turn(&w);
    CHECK_HAS("by the wall", mr_strbuf_text(&w.answers), "c:2@105:{\"errorType\":\"Sandbox.Timed");
    world_deinit(&w);
}

static void test_a_clock_that_is_driven_takes_the_models_time_and_a_patient_runner(void **state)
{
    (void)state;
    world w;
    wall_us = 0;
    world_init_clock(&w, MR_CLOCK_REAL, &plain);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"};
    invoke(&a, 1);
    CHECK_TRUE("real", w.hand.asked[0].real_time && w.hand.asked[0].live);
    wall_us = 7000;
    mr_clock_pace(w.clock, 0);
    CHECK_INT("begun in real time", turn(&w), MR_STEP_WAITING);
    hand_answer_ok(&w.hand, 0, "x");
    (void)turn(&w);
    CHECK_STR("as soon as it is here", mr_strbuf_text(&w.answers), "a:0@7:x\n");

    mr_strbuf_reset(&w.answers);
    invoke(&b, 1);
    CHECK_TRUE("by the world's time, the Timeout by the wall",
               !w.hand.asked[1].real_time && w.hand.asked[1].live);
    hand_answer_ok(&w.hand, 1, "y");
    CHECK_INT("its time has not come", turn(&w), MR_STEP_LATER);
    mr_clock_advance_until(w.clock, 30000);
    (void)turn(&w);
    CHECK_STR("the model's 20 ms", mr_strbuf_text(&w.answers), "b:0@27:y\n");

    mr_strbuf_reset(&w.answers);
    invoke(&c, 1);
    mr_outcome timed_out = {.kind = MR_OUTCOME_TIMED_OUT};
    hand_answer(&w.hand, 2, &timed_out);
    mr_clock_advance_until(w.clock, 4000000);
    (void)turn(&w);
    CHECK_HAS("a Timeout lasts as long here", mr_strbuf_text(&w.answers),
              "c:2@3030:{\"errorType\":\"Sandbox.Timed");
    world_deinit(&w);
}

static void test_a_clock_that_jumps_is_seen_by_the_handler_and_by_no_duration(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    asker a = {&w, "a"};
    mr_clock_jump(w.clock, 7000000);
    invoke(&a, 10);
    CHECK_INT("the handler's time", w.hand.asked[0].time_us, 7000000);
    mr_clock_jump(w.clock, -6000000);
    hand_answer_ok(&w.hand, 0, "a");
    (void)turn(&w);
    CHECK_STR("20 ms by the clock that waits", mr_strbuf_text(&w.answers), "a:0@20:a\n");
    CHECK_STR("events", mr_strbuf_text(&w.events),
              "function.invoked@7000 \nfunction.answered@1020 ok\n");
    world_deinit(&w);
}

static void test_log_lines_are_events(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    asker a = {&w, "a"};
    invoke(&a, 1);
    static const char log[] = "one\r\n\0two\n\nlast";
    mr_outcome outcome = {.kind = MR_OUTCOME_FUNCTION_ERROR,
                          .payload = mr_bytes_of("{}"),
                          .log = {log, sizeof(log) - 1}};
    hand_answer(&w.hand, 0, &outcome);
    (void)turn(&w);
    CHECK_STR("events", mr_strbuf_text(&w.events),
              "function.invoked@0 \nfunction.log@20  one\nfunction.log@20   two\n"
              "function.log@20  \nfunction.log@20  last\nfunction.answered@20 function-error\n");

    mr_strbuf_reset(&w.events);
    asker b = {&w, "b"};
    invoke(&b, 1);
    mr_strbuf lines = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 1500; i++) {
        mr_strbuf_append_text(&lines, "x\n");
    }
    mr_outcome many = {.kind = MR_OUTCOME_OK, .log = mr_strbuf_bytes(&lines)};
    hand_answer(&w.hand, 1, &many);
    uint64_t before = mr_trace_count(w.trace, MR_EVENT_FUNCTION_LOG);
    (void)turn(&w);
    CHECK_INT("bounded", mr_trace_count(w.trace, MR_EVENT_FUNCTION_LOG) - before, 1001);
    CHECK_HAS("the rest is counted", mr_strbuf_text(&w.events), "(500 more lines)");
    mr_strbuf_deinit(&lines);
    world_deinit(&w);
}

static void test_memory_is_handed_over_in_both_directions(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    asker a = {&w, "a"};
    invoke(&a, 3);
    const char *at = w.hand.asked[0].payload.at;
    mr_strbuf taken = mr_strbuf_move(w.hand.asked[0].memory);
    CHECK_TRUE("the payload's own memory", taken.at == at);
    CHECK_STR("the payload", mr_strbuf_text(&taken), "xxx");

    mr_strbuf answer = mr_strbuf_make(100);
    mr_strbuf_append_text(&answer, "{}");
    hand_answer(&w.hand, 0,
                &(mr_outcome){
                    .kind = MR_OUTCOME_OK, .payload = mr_strbuf_bytes(&answer), .memory = &answer});
    CHECK_TRUE("the answer's memory is taken", answer.at == NULL);
    (void)turn(&w);
    CHECK_STR("the answer", mr_strbuf_text(&w.answers), "a:0@20:{}\n");
    mr_strbuf_deinit(&taken);
    mr_strbuf_deinit(&answer);
    world_deinit(&w);
}

static void test_functions_are_found_by_name_and_arn(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool found;
    } cases[] = {
        {"Decode", true},
        {"Decode:$LATEST", true},
        {"000000000000:function:Decode", true},
        {"function:Decode", true},
        {"arn:aws:lambda:us-east-1:000000000000:function:Decode", true},
        {"arn:aws:lambda:us-east-1:000000000000:function:Decode:live", true},
        {"arn:aws:lambda:eu-west-1:000000000000:function:Decode", false},
        {"arn:aws:lambda:us-east-1:111111111111:function:Decode", false},
        {"Decode:", false},
        {"decode", false},
        {"", false},
    };
    world w;
    world_init(&w);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, mr_functions_find(w.functions, cases[i].name) == w.function,
                  cases[i].found);
    }
    CHECK_STR("arn", mr_function_arn(w.function),
              "arn:aws:lambda:us-east-1:000000000000:function:Decode");
    world_deinit(&w);
}

static void test_bad_functions_are_refused(void **state)
{
    (void)state;
    static const mr_builtin_options empty = {.delimiter = '|'};
    static const struct {
        const char *label;
        mr_function_options options;
        mr_code code;
        const char *piece;
    } cases[] = {
        {"name taken",
         {.name = "Decode", .runtime = "x", .directory = "."},
         MR_ALREADY_EXISTS,
         "Function already exist: Decode"},
        {"bad name", {.name = "a b"}, MR_INVALID_ARGUMENT, "\"a b\""},
        {"no name", {.name = NULL}, MR_INVALID_ARGUMENT, "function name"},
        {"no code", {.name = "f"}, MR_INVALID_ARGUMENT, "Runtime"},
        {"timeout",
         {.name = "f", .runtime = "x", .directory = ".", .timeout_us = 901 * MR_US_PER_SECOND},
         MR_INVALID_ARGUMENT,
         "900"},
        {"memory",
         {.name = "f", .runtime = "x", .directory = ".", .memory_mib = 64},
         MR_INVALID_ARGUMENT,
         "64"},
        {"concurrency",
         {.name = "f", .runtime = "x", .directory = ".", .concurrency = 1001},
         MR_INVALID_ARGUMENT,
         "1001"},
        {"builtin", {.name = "f", .builtin = &empty}, MR_INVALID_ARGUMENT, "function f: "},
    };
    world w;
    world_init(&w);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_function *function = NULL;
        mr_error err = {.code = MR_OK};
        CHECK_CODE(cases[i].label,
                   mr_functions_add(w.functions, &cases[i].options, &function, &err),
                   cases[i].code);
        CHECK_HAS(cases[i].label, err.message, cases[i].piece);
    }
    world_deinit(&w);
}

/* ---- code that changes, functions that go ---- */

static void test_new_code_serves_what_begins_after_it(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w); /* two environments */
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"}, d = {&w, "d"};
    invoke(&a, 1);
    hand_answer_ok(&w.hand, 0, "a");
    (void)turn(&w); /* environment 0 is warm and idle */
    invoke(&b, 1000000);
    invoke(&c, 1);
    invoke(&d, 1); /* waits */
    hand_answer_ok(&w.hand, 2, "c");
    (void)turn(&w); /* b runs in 0, d runs in 1 */
    mr_function_options changed = plain;
    changed.directory = "other";
    changed.timeout_us = 5 * MR_US_PER_SECOND;
    CHECK_OK("replace", mr_function_replace(w.function, &changed, &err), &err);
    CHECK_INT("what runs is left alone", w.hand.discarded_count, 0);
    hand_answer_ok(&w.hand, 1, "b");
    hand_answer_ok(&w.hand, 3, "d");
    (void)turn(&w);
    CHECK_INT("and its processes end with it", w.hand.discarded_count, 2);
    CHECK_STR("answers", mr_strbuf_text(&w.answers), "a:0@20:a\nc:0@40:c\nd:0@60:d\nb:0@140:b\n");
    CHECK_STR("as it began", w.hand.asked[3].directory, "code");
    invoke(&a, 1);
    CHECK_STR("the new code", w.hand.asked[4].directory, "other");
    hand_answer_ok(&w.hand, 4, "e");
    (void)turn(&w);
    CHECK_OK("replace", mr_function_replace(w.function, &plain, &err), &err);
    CHECK_INT("an idle process ends at once", w.hand.discarded_count, 3);
    mr_function_options bad = plain;
    bad.directory = NULL;
    CHECK_CODE("no code", mr_function_replace(w.function, &bad, &err), MR_INVALID_ARGUMENT);
    invoke(&a, 1);
    CHECK_STR("a refused change changes nothing", w.hand.asked[5].directory, "code");
    world_deinit(&w);
}

static void test_what_waits_begins_with_the_new_code(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"};
    invoke(&a, 1);
    invoke(&b, 1);
    invoke(&c, 1); /* waits */
    mr_function_options changed = plain;
    changed.directory = "other";
    CHECK_OK("replace", mr_function_replace(w.function, &changed, &err), &err);
    hand_answer_ok(&w.hand, 0, "a");
    (void)turn(&w);
    CHECK_STR("c", w.hand.asked[2].directory, "other");
    world_deinit(&w);
}

static void test_a_removed_function_ends_what_runs_and_refuses_what_waits(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"};
    invoke(&a, 1);
    invoke(&b, 1);
    invoke(&c, 1); /* waits */
    mr_functions_remove(w.functions, w.function);
    CHECK_TRUE("gone", mr_functions_find(w.functions, "Decode") == NULL);
    CHECK_OK("the name is free", mr_functions_add(w.functions, &plain, &w.function, &err), &err);
    asker again = {&w, "again"};
    invoke(&again, 1);
    CHECK_INT("its own environments", w.hand.asked[2].environment, 0);
    hand_answer_ok(&w.hand, 0, "a");
    hand_answer_ok(&w.hand, 1, "b");
    hand_answer_ok(&w.hand, 2, "again");
    (void)turn(&w);
    CHECK_HAS("a", mr_strbuf_text(&w.answers), "a:0@20:a\n");
    CHECK_HAS("b", mr_strbuf_text(&w.answers), "b:0@20:b\n");
    CHECK_HAS("again", mr_strbuf_text(&w.answers), "again:0@20:again\n");
    CHECK_HAS("c", mr_strbuf_text(&w.answers),
              "c:1@1:{\"errorType\":\"ResourceNotFoundException\",\"errorMessage\":\"Function not "
              "found: arn:aws:lambda:us-east-1:000000000000:function:Decode\"}\n");
    CHECK_INT("the processes of the old one", w.hand.discarded_count, 2);
    world_deinit(&w);
}

static void test_a_version_is_found_by_its_number(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w);
    mr_function *version = NULL;
    mr_function_options options = plain;
    options.published = "3";
    CHECK_OK("add", mr_functions_add(w.functions, &options, &version, &err), &err);
    CHECK_CODE("twice", mr_functions_add(w.functions, &options, &version, &err), MR_ALREADY_EXISTS);
    CHECK_TRUE("3", mr_functions_find(w.functions, "Decode:3") == version);
    CHECK_TRUE("an ARN", mr_functions_find(w.functions, mr_function_arn(version)) == version);
    CHECK_TRUE("$LATEST", mr_functions_find(w.functions, "Decode:$LATEST") == w.function);
    CHECK_TRUE("none", mr_functions_find(w.functions, "Decode") == w.function);
    CHECK_STR("its ARN", mr_function_arn(version),
              "arn:aws:lambda:us-east-1:000000000000:function:Decode:3");
    CHECK_STR("its name", mr_function_name(version), "Decode");
    world_deinit(&w);
}

static const char *invoke_with(asker *a, mr_invoke_options options)
{
    mr_strbuf payload = mr_strbuf_make(16);
    mr_strbuf_append_text(&payload, "{}");
    options.payload = &payload;
    return mr_function_invoke_with(a->w->function, &options, on_answer, a);
}

static void test_what_is_reserved_bounds_what_runs(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    asker a = {&w, "a"}, b = {&w, "b"}, c = {&w, "c"}, d = {&w, "d"};
    mr_function_reserve(w.function, 1);
    invoke_with(&a, (mr_invoke_options){.throttle = true});
    invoke_with(&b, (mr_invoke_options){.throttle = true});
    invoke(&c, 1); /* a delivery stream waits */
    (void)turn(&w);
    CHECK_STR("throttled", mr_strbuf_text(&w.answers), "b:1t@1:\n");
    CHECK_INT("one runs", w.hand.asked_count, 1);
    mr_function_reserve(w.function, -1);
    CHECK_INT("c begins", w.hand.asked_count, 2);
    mr_function_reserve(w.function, 0);
    invoke(&d, 1);
    hand_answer_ok(&w.hand, 0, "a");
    hand_answer_ok(&w.hand, 1, "c");
    (void)turn(&w);
    CHECK_HAS("nothing runs", mr_strbuf_text(&w.answers), "d:1t@2:\n");
    world_deinit(&w);
}

static void on_logged(void *context, const mr_answer *answer)
{
    asker *a = context;
    mr_strbuf_appendf(&a->w->answers, "%.*s|%lld|%lld|%llu\n", (int)answer->log.len,
                      answer->log.at == NULL ? "" : answer->log.at, (long long)answer->duration_us,
                      (long long)answer->init_us, (unsigned long long)answer->memory_peak_bytes);
}

static void test_a_client_is_told_log_duration_and_memory(void **state)
{
    (void)state;
    world w;
    wall_us = 0;
    world_init_clock(&w, MR_CLOCK_REAL, &plain);
    static const char id[] = "11111111-2222-4333-8444-555555555555";
    for (int log = 0; log < 2; log++) {
        asker a = {&w, "a"};
        mr_strbuf payload = mr_strbuf_make(16);
        mr_invoke_options options = {.payload = &payload,
                                     .request_id = id,
                                     .invoked_arn = "arn:x",
                                     .client_context = "{\"a\":1}",
                                     .log = log == 1};
        CHECK_STR("the id that was given",
                  mr_function_invoke_with(w.function, &options, on_logged, &a), id);
        wall_us += 300000;
        mr_outcome outcome = {.kind = MR_OUTCOME_OK,
                              .payload = MR_BYTES_LITERAL("1"),
                              .log = MR_BYTES_LITERAL("one\ntwo\n"),
                              .init_us = 100000,
                              .memory_peak_bytes = 7};
        CHECK_STR("the ARN", w.hand.asked[log].arn, "arn:x");
        CHECK_STR("the client's context", w.hand.asked[log].client_context, "{\"a\":1}");
        hand_answer(&w.hand, (size_t)log, &outcome);
        (void)turn(&w);
    }
    CHECK_STR("told", mr_strbuf_text(&w.answers), "|200000|100000|7\none\ntwo\n|200000|100000|7\n");
    world_deinit(&w);
}

static void test_a_builtin_function_runs_its_code_for_a_client(void **state)
{
    (void)state;
    mr_builtin_options builtin = {.kind = MR_BUILTIN_JSON};
    mr_function_options options = plain;
    options.builtin = &builtin;
    world w;
    world_init_clock(&w, MR_CLOCK_VIRTUAL, &options);
    CHECK_TRUE("it has code", mr_function_has_code(w.function));
    asker a = {&w, "a"};
    invoke_with(&a, (mr_invoke_options){0});
    CHECK_INT("it is run", w.hand.asked_count, 1);
    hand_answer_ok(&w.hand, 0, "a");
    (void)turn(&w);
    CHECK_STR("answer", mr_strbuf_text(&w.answers), "a:0@20:a\n");
    world_deinit(&w);

    options.directory = NULL;
    options.runtime = NULL;
    world_init_clock(&w, MR_CLOCK_VIRTUAL, &options);
    CHECK_TRUE("it has none", !mr_function_has_code(w.function));
    invoke_with(&a, (mr_invoke_options){0});
    (void)turn(&w);
    CHECK_STR("not started", mr_strbuf_text(&w.answers), "a:6@0:\n");
    world_deinit(&w);
}

static void test_a_builtin_function_needs_no_code(void **state)
{
    (void)state;
    mr_builtin_options builtin = {.kind = MR_BUILTIN_JSON};
    mr_function_options options = {.name = "Native", .builtin = &builtin};
    world w;
    world_init_clock(&w, MR_CLOCK_VIRTUAL, &options);
    assert_non_null(mr_function_builtin(w.function));
    CHECK_INT("duration", mr_function_duration_us(w.function, 1000000), 120000);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_counts_at_its_simulated_finish),
        cmocka_unit_test(test_the_order_of_arrival_does_not_show),
        cmocka_unit_test(test_the_lowest_free_environment_serves_and_the_rest_wait_in_order),
        cmocka_unit_test(test_request_ids_come_from_the_seed),
        cmocka_unit_test(test_faults_that_decide_do_not_run_the_code),
        cmocka_unit_test(test_faults_spoil_the_answer),
        cmocka_unit_test(test_slowness_adds_time_and_past_the_timeout_ends_it),
        cmocka_unit_test(test_a_slow_start_delays_what_meets_no_warm_environment),
        cmocka_unit_test(test_a_slow_start_is_decided_when_the_environment_is_taken),
        cmocka_unit_test(test_an_error_has_the_type_that_its_rule_says),
        cmocka_unit_test(test_real_time_takes_the_answer_when_it_comes),
        cmocka_unit_test(test_a_clock_that_is_driven_takes_the_models_time_and_a_patient_runner),
        cmocka_unit_test(test_a_clock_that_jumps_is_seen_by_the_handler_and_by_no_duration),
        cmocka_unit_test(test_log_lines_are_events),
        cmocka_unit_test(test_memory_is_handed_over_in_both_directions),
        cmocka_unit_test(test_functions_are_found_by_name_and_arn),
        cmocka_unit_test(test_bad_functions_are_refused),
        cmocka_unit_test(test_new_code_serves_what_begins_after_it),
        cmocka_unit_test(test_what_waits_begins_with_the_new_code),
        cmocka_unit_test(test_a_removed_function_ends_what_runs_and_refuses_what_waits),
        cmocka_unit_test(test_a_version_is_found_by_its_number),
        cmocka_unit_test(test_what_is_reserved_bounds_what_runs),
        cmocka_unit_test(test_a_client_is_told_log_duration_and_memory),
        cmocka_unit_test(test_a_builtin_function_runs_its_code_for_a_client),
        cmocka_unit_test(test_a_builtin_function_needs_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
