/*
 * observer.c - see observer.h. A simulated day has some 400,000 events, most of them rates: hearing
 * one allocates nothing, and a rate costs its part of the digest and one addition.
 */
#include "src/scenario/observer.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "src/app/events_file.h"
#include "src/scenario/buffer_watch.h"
#include "src/scenario/event_match.h"
#include "src/scenario/kept_lines.h"

#include <string.h>

/* What one `events` expectation has counted; its names are looked up once. */
typedef struct tally {
    mr_event_match match; /* of nothing: an expectation of another kind */
    uint64_t count;
    int64_t last_us; /* 0: none matched */
} tally;

struct mr_observer {
    bool is_deaf;
    mr_digest *digest;      /* NULL once finished */
    mr_events_file *events; /* NULL: none */
    uint64_t counts[MR_EVENT_TYPE_COUNT];
    uint64_t struck[MR_FAULT_KIND_COUNT];
    tally *tallies; /* by the place of the expectation; owned */
    size_t tally_count;
    mr_buffer_watch *buffers;
    mr_kept_lines *lines;
    mr_lesson_progress *lesson; /* NULL: it is none */
};

static void make_tallies(mr_observer *observer, const mr_scenario *scenario)
{
    observer->tally_count = scenario->expect_count;
    observer->tallies =
        mr_calloc(mr_max_size(scenario->expect_count, 1), sizeof(*observer->tallies));
    for (size_t i = 0; i < scenario->expect_count; i++) {
        const mr_expect *expect = &scenario->expects[i];
        if (expect->kind == MR_EXPECT_EVENTS) {
            observer->tallies[i].match = mr_event_match_make(&expect->as.events);
        }
    }
}

mr_code mr_observer_new(const mr_scenario *scenario, const char *events_path, mr_observer **out,
                        mr_error *err)
{
    mr_events_file *events = NULL;
    if (events_path != NULL) {
        mr_code code = mr_events_file_open(events_path, &events, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_observer *observer = mr_calloc(1, sizeof(*observer));
    observer->events = events;
    observer->digest = mr_digest_new_sha256();
    observer->buffers = mr_buffer_watch_new();
    observer->lines = mr_kept_lines_new();
    make_tallies(observer, scenario);
    observer->lesson = scenario->lesson == NULL ? NULL : mr_lesson_progress_new(scenario->lesson);
    *out = observer;
    return MR_OK;
}

void mr_observer_free(mr_observer *observer)
{
    if (observer == NULL) {
        return;
    }
    for (size_t i = 0; i < observer->tally_count; i++) {
        mr_event_match_deinit(&observer->tallies[i].match);
    }
    mr_free(observer->tallies);
    mr_digest_free(observer->digest);
    /* Not finished: its run has failed already, and says why. */
    (void)!mr_events_file_close(observer->events, NULL);
    mr_buffer_watch_free(observer->buffers);
    mr_kept_lines_free(observer->lines);
    mr_lesson_progress_free(observer->lesson);
    mr_free(observer);
}

/* ---- hearing ---- */

static void digest_line(mr_observer *observer, mr_bytes line)
{
    if (observer->digest != NULL) {
        mr_digest_update(observer->digest, line.at, line.len);
        mr_digest_update(observer->digest, "\n", 1);
    }
}

void mr_observer_hear(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    mr_observer *observer = context;
    if (observer->is_deaf) {
        return;
    }
    bool is_rate = mr_event_is_rate(event->type);
    bool is_record = event->type == MR_EVENT_RECORD;
    uint64_t count = mr_event_weight(event);

    if (!is_record) { /* as trace.c has it */
        digest_line(observer, line);
    }
    if (observer->events != NULL) {
        mr_events_file_write(observer->events, event, time_us, line);
    }
    observer->counts[event->type] += count;
    for (size_t i = 0; i < observer->tally_count; i++) {
        if (mr_event_matches(&observer->tallies[i].match, event)) {
            observer->tallies[i].count += count;
            observer->tallies[i].last_us = time_us;
        }
    }
    if (observer->lesson != NULL) {
        mr_lesson_progress_hear(observer->lesson, event, time_us);
    }
    if (is_rate || is_record) {
        return;
    }
    bool is_fault = event->type == MR_EVENT_FAULT;
    if (is_fault && event->id != NULL) {
        observer->struck[mr_fault_kind_of(event->id)]++;
    }
    mr_buffer_watch_hear(observer->buffers, event, time_us);
    mr_kept_lines_add(observer->lines, time_us, line, is_fault);
}

void mr_observer_deafen(mr_observer *observer, bool is_deaf)
{
    observer->is_deaf = is_deaf;
    mr_buffer_watch_forget(observer->buffers);
}

void mr_observer_jumped(mr_observer *observer, int64_t delta_us)
{
    mr_buffer_watch_jump(observer->buffers, delta_us);
}

/* ---- asking ---- */

uint64_t mr_observer_count(const mr_observer *observer, mr_event_type type)
{
    MR_ASSERT(type >= 0 && type < MR_EVENT_TYPE_COUNT);
    return observer->counts[type];
}

uint64_t mr_observer_struck(const mr_observer *observer, mr_fault_kind kind)
{
    MR_ASSERT(kind > MR_FAULT_NONE && kind < MR_FAULT_KIND_COUNT);
    return observer->struck[kind];
}

uint64_t mr_observer_matched(const mr_observer *observer, size_t place)
{
    MR_ASSERT(place < observer->tally_count);
    MR_ASSERT(observer->tallies[place].match.events != NULL);
    return observer->tallies[place].count;
}

int64_t mr_observer_matched_us(const mr_observer *observer, size_t place)
{
    MR_ASSERT(place < observer->tally_count);
    return observer->tallies[place].last_us;
}

const mr_lesson_progress *mr_observer_lesson(const mr_observer *observer)
{
    return observer->lesson;
}

mr_observed_buffers mr_observer_buffers(const mr_observer *observer, const char *delivery,
                                        const char *sink)
{
    return mr_buffer_watch_sum(observer->buffers, delivery, sink);
}

void mr_observer_around(const mr_observer *observer, int64_t time_us, mr_strbuf *out)
{
    mr_kept_lines_around(observer->lines, time_us, out);
}

mr_code mr_observer_finish(mr_observer *observer, mr_bytes manifest, char hex[65], mr_error *err)
{
    MR_ASSERT(observer->digest != NULL);

    uint8_t digest[32];
    mr_digest_update(observer->digest, manifest.at, manifest.len);
    size_t size = mr_digest_finish(observer->digest, digest);
    mr_digest_free(observer->digest);
    observer->digest = NULL;
    mr_hex(digest, size, hex);

    mr_events_file *events = observer->events;
    observer->events = NULL;
    return mr_events_file_close(events, err);
}
