/* uv_offload_test.c - lanes of work, on the pool and inline. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <sched.h>
#include <stdatomic.h>

/* What a lane's jobs wrote, each in turn: `work` on any thread, `done` on this one. */
typedef struct page {
    char text[100];
    size_t work_count, done_count;
} page;

typedef struct line {
    page *page;
    char letter;
} line;

static void write_letter(void *context)
{
    line *l = context;
    l->page->text[l->page->work_count++] = l->letter;
}

static void count_done(void *context)
{
    ((line *)context)->page->done_count++;
}

static void check_lane_order(mr_offloader *offloader, uv_loop_t *loop, bool drain)
{
    static const char want[] = "abcdefghijklmnopqrstuvwxyz";
    page pages[4] = {0};
    line lines[4][26];
    mr_lane *lanes[4];
    for (size_t i = 0; i < 4; i++) {
        lanes[i] = offloader->lane_new(offloader);
    }
    for (size_t k = 0; k < 26; k++) {
        for (size_t i = 0; i < 4; i++) {
            lines[i][k] = (line){&pages[i], want[k]};
            offloader->submit(offloader, lanes[i], write_letter, k % 5 == 0 ? NULL : count_done,
                              &lines[i][k]);
        }
    }
    for (size_t i = 0; drain && i < 4; i++) {
        offloader->drain(offloader, lanes[i]);
        CHECK_INT("all are done after a drain", pages[i].done_count, 20);
    }
    if (loop != NULL) {
        CHECK_INT("loop", uv_run(loop, UV_RUN_DEFAULT), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR("in order", pages[i].text, want);
        CHECK_INT("each done once", pages[i].done_count, 20);
        offloader->lane_free(offloader, lanes[i]);
    }
    offloader->lane_free(offloader, NULL);
}

static void test_a_lane_keeps_its_order_on_the_pool(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    mr_offloader *offloader = mr_platform_offloader_new(&loop);
    check_lane_order(offloader, &loop, false);
    mr_platform_offloader_free(offloader);
    CHECK_INT("close", uv_loop_close(&loop), 0);
}

static void test_a_drain_waits_without_turning_the_loop(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    mr_offloader *offloader = mr_platform_offloader_new(&loop);
    check_lane_order(offloader, &loop, true);
    mr_platform_offloader_free(offloader);
    CHECK_INT("close", uv_loop_close(&loop), 0);
}

/* The loop still holds the job that the drain ended: lane and offloader may go before it. */
static void test_an_offloader_may_be_freed_before_the_loop_has_seen_its_last_job(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    mr_offloader *offloader = mr_platform_offloader_new(&loop);
    mr_lane *lane = offloader->lane_new(offloader);
    page p = {0};
    line l = {&p, 'x'};
    offloader->submit(offloader, lane, write_letter, count_done, &l);
    offloader->drain(offloader, lane);
    CHECK_INT("done", p.done_count, 1);
    offloader->lane_free(offloader, lane);
    mr_platform_offloader_free(offloader);
    CHECK_INT("loop", uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_INT("not again", p.done_count, 1);
    CHECK_INT("close", uv_loop_close(&loop), 0);
    mr_platform_offloader_free(NULL);
}

typedef struct chain {
    mr_offloader *offloader;
    mr_lane *lane;
    int left;
} chain;

static void no_work(void *context)
{
    (void)context;
}

static void submit_another(void *context)
{
    chain *c = context;
    if (--c->left > 0) {
        c->offloader->submit(c->offloader, c->lane, no_work, submit_another, c);
    }
}

static void test_a_done_may_submit_more(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    chain c = {.offloader = mr_platform_offloader_new(&loop), .left = 20};
    c.lane = c.offloader->lane_new(c.offloader);
    c.offloader->submit(c.offloader, c.lane, no_work, submit_another, &c);
    c.offloader->drain(c.offloader, c.lane);
    CHECK_INT("drained to the end", c.left, 0);
    c.left = 20;
    c.offloader->submit(c.offloader, c.lane, no_work, submit_another, &c);
    CHECK_INT("loop", uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_INT("turned to the end", c.left, 0);
    c.offloader->lane_free(c.offloader, c.lane);
    mr_platform_offloader_free(c.offloader);
    CHECK_INT("close", uv_loop_close(&loop), 0);
}

typedef struct flags {
    atomic_int raised;
} flags;

static void raise_flag(void *context)
{
    atomic_fetch_add(&((flags *)context)->raised, 1);
}

static void test_a_lane_goes_on_while_the_loop_stands_still(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    mr_offloader *offloader = mr_platform_offloader_new(&loop);
    mr_lane *lane = offloader->lane_new(offloader);
    flags f = {.raised = 0};
    for (int i = 0; i < 100; i++) {
        offloader->submit(offloader, lane, raise_flag, NULL, &f);
    }
    mr_time_source time = mr_platform_monotonic_time();
    int64_t give_up_us = time.now_us(time.context) + 30 * 1000000;
    while (atomic_load(&f.raised) < 100 && time.now_us(time.context) < give_up_us) {
        sched_yield();
    }
    CHECK_INT("all have run", atomic_load(&f.raised), 100);
    offloader->drain(offloader, lane);
    offloader->lane_free(offloader, lane);
    CHECK_INT("loop", uv_run(&loop, UV_RUN_DEFAULT), 0);
    mr_platform_offloader_free(offloader);
    CHECK_INT("close", uv_loop_close(&loop), 0);
}

typedef struct owner {
    mr_offloader *offloader;
    mr_lane *lane;
    int dones;
} owner;

static void free_lane(void *context)
{
    owner *o = context;
    o->dones++;
    if (o->dones == 1) {
        o->offloader->drain(o->offloader, o->lane);
        o->offloader->lane_free(o->offloader, o->lane);
    }
}

static void test_a_done_may_free_its_lane(void **state)
{
    (void)state;
    uv_loop_t loop;
    CHECK_INT("loop", uv_loop_init(&loop), 0);
    owner o = {.offloader = mr_platform_offloader_new(&loop)};
    o.lane = o.offloader->lane_new(o.offloader);
    for (int i = 0; i < 3; i++) {
        o.offloader->submit(o.offloader, o.lane, no_work, free_lane, &o);
    }
    CHECK_INT("loop", uv_run(&loop, UV_RUN_DEFAULT), 0);
    CHECK_INT("each done once", o.dones, 3);
    mr_platform_offloader_free(o.offloader);
    CHECK_INT("close", uv_loop_close(&loop), 0);
}

static void test_the_inline_offloader_keeps_the_same_promises(void **state)
{
    (void)state;
    check_lane_order(mr_offload_inline(), NULL, true);
    check_lane_order(mr_offload_inline(), NULL, false);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lane_keeps_its_order_on_the_pool),
        cmocka_unit_test(test_a_drain_waits_without_turning_the_loop),
        cmocka_unit_test(test_an_offloader_may_be_freed_before_the_loop_has_seen_its_last_job),
        cmocka_unit_test(test_a_done_may_submit_more),
        cmocka_unit_test(test_a_lane_goes_on_while_the_loop_stands_still),
        cmocka_unit_test(test_a_done_may_free_its_lane),
        cmocka_unit_test(test_the_inline_offloader_keeps_the_same_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
