/* event_queue_test.c - asynchronous invocations on the world's clock: throttled, given up, too old,
 * over a restart. (The attempts after an error are in tests/src/api/lambda_life_test.c.) */
#include "sim/lambda/event_queue.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/sim.h"
#include "src/platform/platform.h"
#include "tests/check.h"
#include "tests/sim/lambda/zip_help.h"

#define ID "11111111-2222-4333-8444-555555555555"

/* ---- a world whose functions say ok, or what they are told to ---- */

typedef struct world {
    char *directory;
    mr_runner runner; /* its context is the world around it */
    mr_outcome outcome;
    size_t invoked;
    mr_timer timer;
    mr_outcome_fn done;
    void *context;
    mr_sim *sim;
    mr_strbuf warnings;
} world;

static world *world_of(mr_runner *runner)
{
    return (world *)((char *)runner - offsetof(world, runner));
}

static void on_time(void *context)
{
    world *w = context;
    w->done(w->context, &w->outcome);
}

static void invoke(mr_runner *runner, const mr_invocation *invocation, mr_outcome_fn done,
                   void *context)
{
    world *w = world_of(runner);
    CHECK_STR("the id that was told", invocation->request_id, ID);
    w->invoked++;
    w->done = done;
    w->context = context;
    mr_timer_init(&w->timer, mr_sim_clock(w->sim), on_time, w);
    mr_timer_set(&w->timer, mr_clock_now_us(mr_sim_clock(w->sim)));
}

static void discard(mr_runner *runner, const mr_function_code *code, uint32_t environment)
{
    (void)runner;
    (void)code;
    (void)environment;
}

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    world *w = context;
    (void)time_us;
    (void)line;
    if (event->type == MR_EVENT_WARNING) {
        mr_strbuf_appendf(&w->warnings, "%s\n", event->message);
    }
}

static void world_open(world *w, int64_t start_us)
{
    mr_error err;
    w->runner = (mr_runner){invoke, discard};
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = start_us},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = mr_offload_inline(),
                              .runner = &w->runner,
                              .directory = w->directory,
                              .listen = on_event,
                              .listen_context = w};
    CHECK_OK("open", mr_sim_open(&options, &w->sim, NULL, &err), &err);
}

static void world_init(world *w)
{
    mr_error err;
    *w = (world){.directory = check_temp_dir(),
                 .warnings = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                 .outcome = {.kind = MR_OUTCOME_OK}};
    world_open(w, MR_SIM_START_DEFAULT);
    const zip_row row = {"m.py", "x", 0100644};
    mr_strbuf zip = zip_of(&row, 1);
    mr_configuration c = mr_configuration_make("f");
    mr_configuration_set(&c, MR_SETTING_RUNTIME, "python3.12");
    mr_configuration_set(&c, MR_SETTING_HANDLER, "m.f");
    mr_lambda_create_options options = {
        .name = "f", .configuration = &c, .zip = mr_strbuf_bytes(&zip)};
    CHECK_OK("create", mr_lambda_create(mr_sim_lambda(w->sim), &options, NULL, &err), &err);
    mr_configuration_deinit(&c);
    mr_strbuf_deinit(&zip);
}

static void world_deinit(world *w)
{
    mr_sim_close(w->sim);
    mr_strbuf_deinit(&w->warnings);
    check_remove_dir(w->directory);
}

static mr_lambda_function *function_of(world *w)
{
    return mr_lambda_find(mr_sim_lambda(w->sim), MR_BYTES_LITERAL("f"));
}

static void add(world *w)
{
    mr_error err;
    const mr_queued_event event = {.version = mr_lambda_latest(function_of(w)),
                                   .request_id = ID,
                                   .invoked_arn = "arn",
                                   .payload = MR_BYTES_LITERAL("{}")};
    CHECK_OK("add", mr_event_queue_add(mr_sim_events(w->sim), &event, &err), &err);
}

static void advance(world *w, int64_t seconds)
{
    mr_clock *clock = mr_sim_clock(w->sim);
    const int64_t until = mr_clock_now_us(clock) + seconds * MR_US_PER_SECOND;
    while (mr_clock_next_due_us(clock) <= until) {
        (void)mr_sim_step(w->sim, NULL);
    }
    mr_clock_advance_to(clock, until);
}

static size_t waiting(world *w)
{
    return mr_event_queue_count(mr_sim_events(w->sim));
}

static void reserve(world *w, int32_t reserved)
{
    mr_error err;
    CHECK_OK("reserve", mr_lambda_reserve(function_of(w), reserved, &err), &err);
}

static void test_what_works_is_gone_and_more_than_fit_wait(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.outcome.kind = MR_OUTCOME_OK;
    reserve(&w, 1); /* the runner here does one at a time */
    for (int i = 0; i < 3; i++) {
        add(&w);
    }
    CHECK_INT("all are kept", waiting(&w), 3);
    CHECK_INT("none is run from inside", w.invoked, 0);
    advance(&w, 60);
    CHECK_INT("all are run, those that were throttled later", w.invoked, 3);
    CHECK_INT("none is left", waiting(&w), 0);
    CHECK_STR("nothing to tell", mr_strbuf_text(&w.warnings), "");
    world_deinit(&w);
}

static void test_a_throttled_event_is_tried_again_and_again(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    reserve(&w, 0);
    add(&w);
    advance(&w, 3600);
    CHECK_INT("an hour is nothing", waiting(&w), 1);
    reserve(&w, -1);
    advance(&w, 301); /* at most 5 minutes later */
    CHECK_INT("it has run", w.invoked, 1);
    CHECK_INT("it is gone", waiting(&w), 0);
    world_deinit(&w);
}

static void test_an_event_of_six_hours_is_dropped(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    reserve(&w, 0);
    add(&w);
    advance(&w, INT64_C(6) * 3600 - 1);
    CHECK_INT("kept until then", waiting(&w), 1);
    advance(&w, 602);
    CHECK_INT("and dropped", waiting(&w), 0);
    CHECK_INT("it never ran", w.invoked, 0);
    CHECK_STR("told", mr_strbuf_text(&w.warnings),
              "the event " ID " for function f is given up: it is older than 6 hours\n");
    world_deinit(&w);
}

static void test_a_restart_goes_on(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    w.outcome.kind = MR_OUTCOME_FUNCTION_ERROR;
    add(&w);
    advance(&w, 30);
    CHECK_INT("one attempt", w.invoked, 1);
    int64_t now_us = mr_clock_now_us(mr_sim_clock(w.sim));
    mr_sim_close(w.sim);
    world_open(&w, now_us);
    CHECK_INT("it is kept", waiting(&w), 1);
    advance(&w, 29);
    CHECK_INT("not before its minute", w.invoked, 1);
    advance(&w, 3);
    CHECK_INT("the second", w.invoked, 2);
    advance(&w, 121);
    CHECK_INT("the third", w.invoked, 3);
    CHECK_INT("given up", waiting(&w), 0);
    CHECK_HAS("told", mr_strbuf_text(&w.warnings), "it has failed three times");
    world_deinit(&w);
}

static void test_events_go_with_their_function(void **state)
{
    (void)state;
    world w;
    mr_error err;
    world_init(&w);
    w.outcome.kind = MR_OUTCOME_FUNCTION_ERROR;
    add(&w);
    advance(&w, 1);
    add(&w);
    CHECK_OK("delete", mr_lambda_delete(function_of(&w), &err), &err);
    advance(&w, 600);
    CHECK_INT("none is left", waiting(&w), 0);
    CHECK_INT("nothing ran after that", w.invoked, 1);
    CHECK_STR("they went with it, and were not given up", mr_strbuf_text(&w.warnings), "");
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_works_is_gone_and_more_than_fit_wait),
        cmocka_unit_test(test_a_throttled_event_is_tried_again_and_again),
        cmocka_unit_test(test_an_event_of_six_hours_is_dropped),
        cmocka_unit_test(test_a_restart_goes_on),
        cmocka_unit_test(test_events_go_with_their_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
