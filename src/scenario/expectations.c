/* expectations.c - see expectations.h. What takes more than a number that others have counted is
 * judged in a file of its own: expect_<kind>.c. */
#include "src/scenario/expectations.h"

#include "sim/base/alloc.h"
#include "src/scenario/expect.h"

/* ---- what the judges share ---- */

void expect_failed_at(const mr_judging *judging, const mr_expect *expect, const char *expected,
                      const char *got, int64_t at_us)
{
    mr_strbuf events = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (at_us != 0) {
        mr_observer_around(judging->observer, at_us, &events);
    }
    mr_scenario_result_fail(judging->result, expect->line, expect->text, expected, got,
                            mr_strbuf_text(&events));
    mr_strbuf_deinit(&events);
}

void expect_failed(const mr_judging *judging, const mr_expect *expect, const char *expected,
                   const char *got)
{
    expect_failed_at(judging, expect, expected, got, 0);
}

static void begin_number(mr_strbuf *out, const expect_number *number)
{
    if (number->name != NULL) {
        mr_strbuf_append_text(out, number->name);
        mr_strbuf_append_char(out, ' ');
    }
}

void expect_holds(const mr_judging *judging, const mr_expect *expect, const expect_number *number)
{
    if (mr_number_test_holds(number->test, number->value)) {
        return;
    }
    mr_strbuf expected = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    begin_number(&expected, number);
    mr_number_test_write(number->test, number->is_duration, &expected);
    begin_number(&got, number);
    mr_number_write(number->value, number->is_duration, &got);
    mr_strbuf_append_text(&got, number->remark == NULL ? "" : number->remark);
    expect_failed_at(judging, expect, mr_strbuf_text(&expected), mr_strbuf_text(&got),
                     number->at_us);
    mr_strbuf_deinit(&expected);
    mr_strbuf_deinit(&got);
}

bool expect_pattern(const mr_judging *judging, const mr_expect *expect, const char *pattern,
                    regex_t *out)
{
    int rc = regcomp(out, pattern, REG_EXTENDED | REG_NOSUB);
    if (rc == 0) {
        return true;
    }
    char why[200];
    (void)regerror(rc, out, why, sizeof(why));
    char *got = mr_format("not a regular expression: %s", why);
    expect_failed(judging, expect, pattern, got);
    mr_free(got);
    return false;
}

typedef struct each_object {
    const char *bucket;
    expect_object_fn fn;
    void *context;
} each_object;

static bool on_object(void *context, const mr_object *object)
{
    const each_object *each = context;
    each->fn(each->context, each->bucket, object);
    return true;
}

mr_code expect_each_object(const mr_judging *judging, const char *bucket, const char *prefix,
                           expect_object_fn fn, void *context, mr_error *err)
{
    mr_store *store = mr_sim_store(judging->sim);
    char **buckets = mr_store_buckets(store);
    mr_code code = MR_OK;
    for (size_t i = 0; buckets[i] != NULL; i++) {
        if (code == MR_OK && (bucket == NULL || strcmp(buckets[i], bucket) == 0)) {
            each_object each = {buckets[i], fn, context};
            code = mr_store_list(store, buckets[i], prefix == NULL ? "" : prefix, on_object, &each,
                                 err);
        }
        mr_free(buckets[i]);
    }
    mr_free(buckets);
    return code;
}

/* ---- what the ledger and the observer have counted ---- */

static bool has_bound(const mr_number_test *test)
{
    return test->has_equals || test->has_least || test->has_most;
}

static void judge_wait(const mr_judging *judging, const mr_expect *expect, const char *name,
                       const mr_number_test *test, unsigned per_mille)
{
    const char *delivery = expect->as.latency.delivery;
    int64_t us = mr_ledger_latency_us(judging->ledger, delivery, per_mille);
    if (us >= 0) {
        expect_holds(judging, expect,
                     &(expect_number){.name = name,
                                      .test = test,
                                      .value = (double)us,
                                      .is_duration = true,
                                      .at_us = mr_ledger_slowest_us(judging->ledger, delivery)});
    } else if (has_bound(test)) { /* nothing was slow, but nothing was shown to be fast */
        mr_strbuf expected = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf_appendf(&expected, "%s ", name);
        mr_number_test_write(test, true, &expected);
        expect_failed(judging, expect, mr_strbuf_text(&expected), "nothing was delivered");
        mr_strbuf_deinit(&expected);
    }
}

static void judge_latency(const mr_judging *judging, const mr_expect *expect)
{
    const mr_expect_latency *latency = &expect->as.latency;
    judge_wait(judging, expect, "p50", &latency->p50, 500);
    judge_wait(judging, expect, "p99", &latency->p99, 990);
    judge_wait(judging, expect, "max", &latency->max, 1000);
}

static void judge_buffers(const mr_judging *judging, const mr_expect *expect)
{
    const mr_expect_buffers *buffers = &expect->as.buffers;
    mr_observed_buffers seen =
        mr_observer_buffers(judging->observer, buffers->delivery, buffers->sink);
    const expect_number numbers[] = {
        {.name = "size", .test = &buffers->size, .value = (double)seen.by_size},
        {.name = "interval", .test = &buffers->interval, .value = (double)seen.by_interval},
        {.name = "drain", .test = &buffers->drain, .value = (double)seen.by_drain},
        {.name = "largest",
         .test = &buffers->largest,
         .value = (double)seen.largest_bytes,
         .at_us = seen.largest_at_us},
        {.name = "longest",
         .test = &buffers->longest,
         .value = (double)seen.longest_us,
         .is_duration = true,
         .at_us = seen.longest_at_us},
    };
    for (size_t i = 0; i < MR_COUNT(numbers); i++) {
        expect_holds(judging, expect, &numbers[i]);
    }
}

static void judge_count(const mr_judging *judging, const mr_expect *expect,
                        const mr_number_test *test, uint64_t count, int64_t at_us)
{
    expect_holds(judging, expect,
                 &(expect_number){.test = test, .value = (double)count, .at_us = at_us});
}

/* ---- one after the other ---- */

static mr_code judge(const mr_judging *judging, size_t place, mr_error *err)
{
    const mr_expect *expect = &judging->scenario->expects[place];
    mr_ledger_counts counts = mr_ledger_count(judging->ledger, judging->sim, NULL);
    switch (expect->kind) {
    case MR_EXPECT_SQL:
        return expect_sql(judging, expect, err);
    case MR_EXPECT_OBJECTS:
        return expect_objects(judging, expect, err);
    case MR_EXPECT_LATENCY:
        judge_latency(judging, expect);
        break;
    case MR_EXPECT_BUFFERS:
        judge_buffers(judging, expect);
        break;
    case MR_EXPECT_EVENTS:
        judge_count(judging, expect, &expect->as.events.count,
                    mr_observer_matched(judging->observer, place),
                    mr_observer_matched_us(judging->observer, place));
        break;
    case MR_EXPECT_LOST:
        judge_count(judging, expect, &expect->as.records, judging->lost, 0);
        break;
    case MR_EXPECT_DUPLICATED:
        judge_count(judging, expect, &expect->as.records, counts.read_twice + counts.stored_twice,
                    counts.twice_us);
        break;
    case MR_EXPECT_REORDERED:
        judge_count(judging, expect, &expect->as.records, counts.reordered, counts.reordered_us);
        break;
    case MR_EXPECT_ERRORS:
        return expect_errors(judging, expect, err);
    case MR_EXPECT_SAME_AS:
        return expect_same_as(judging, expect, err);
    case MR_EXPECT_KIND_COUNT:
        MR_ASSERT(false);
    }
    return MR_OK;
}

/* A lesson that its own faults do not pass cannot be passed by a learner either. */
static void judge_lesson(const mr_judging *judging)
{
    const mr_lesson_progress *progress = mr_observer_lesson(judging->observer);
    if (progress == NULL) {
        return;
    }
    judging->result->expectations++;
    if (!mr_lesson_is_passed(progress)) {
        const mr_lesson *lesson = judging->scenario->lesson;
        const size_t done = mr_lesson_progress_done(progress);
        const mr_lesson_step *step = &lesson->steps[done];
        char *expected = mr_format("step %zu: %s", done + 1, step->say);
        char *got =
            mr_format("%zu of %zu steps were done; this one wants %llu more of %s", done,
                      lesson->step_count, (unsigned long long)mr_lesson_progress_wants(progress),
                      mr_event_type_name(step->event.type));
        mr_scenario_result_fail(judging->result, step->line, "lesson", expected, got, "");
        mr_free(expected);
        mr_free(got);
    }
}

mr_code mr_expectations_judge(const mr_judging *judging, mr_error *err)
{
    mr_code code = mr_sim_note_time(judging->sim, err); /* the "now" of queries */
    for (size_t i = 0; code == MR_OK && i < judging->scenario->expect_count; i++) {
        code = judge(judging, i, err);
        judging->result->expectations += code == MR_OK ? 1 : 0;
    }
    judge_lesson(judging);
    return code;
}
