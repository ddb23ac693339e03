/*
 * stream_world.h - a world of data streams for tests: a virtual clock, a real state directory.
 */
#ifndef MR_TESTS_SIM_STREAM_STREAM_WORLD_H
#define MR_TESTS_SIM_STREAM_STREAM_WORLD_H

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/stream/stream.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <stdio.h>

#define WORLD_START INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */

typedef struct stream_world {
    char *directory;
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_db *db;
    mr_streams *streams;
    mr_streams_options options;
} stream_world;

/* Opens the streams of w->directory with w->options. */
static inline void world_open(stream_world *w)
{
    mr_error err = {0};
    char *path = mr_format("%s/catalog.db", w->directory);
    char *streams = mr_format("%s/streams", w->directory);
    w->trace = mr_trace_new(w->clock);
    w->faults = mr_faults_new(1);
    mr_db_options db_options = {.path = path, .clock = w->clock, .seed = 1};
    CHECK_OK("database", mr_db_open(&db_options, &w->db, &err), &err);
    w->options.clock = w->clock;
    w->options.trace = w->trace;
    w->options.faults = w->faults;
    w->options.fs = mr_platform_fs();
    w->options.db = w->db;
    w->options.directory = streams;
    CHECK_OK("streams", mr_streams_open(&w->options, &w->streams, &err), &err);
    mr_free(streams);
    mr_free(path);
}

static inline void world_shut(stream_world *w)
{
    mr_streams_close(w->streams);
    mr_db_close(w->db);
    mr_faults_free(w->faults);
    mr_trace_free(w->trace);
}

static inline void world_reopen(stream_world *w)
{
    world_shut(w);
    world_open(w);
}

static inline stream_world world_make(mr_streams_options options)
{
    mr_clock_options clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = WORLD_START};
    stream_world w = {
        .directory = check_temp_dir(), .clock = mr_clock_new(&clock), .options = options};
    world_open(&w);
    return w;
}

static inline void world_free(stream_world *w)
{
    world_shut(w);
    mr_clock_free(w->clock);
    check_remove_dir(w->directory);
}

static inline void world_advance(stream_world *w, int64_t us)
{
    mr_clock_advance_to(w->clock, mr_clock_now_us(w->clock) + us);
}

/* Moves time on and runs what is due on the way. */
static inline void world_run(stream_world *w, int64_t us)
{
    const int64_t until_us = mr_clock_now_us(w->clock) + us;
    while (mr_clock_next_due_us(w->clock) <= until_us) {
        assert_int_equal(mr_clock_step(w->clock, NULL), MR_STEP_RAN);
    }
    mr_clock_advance_to(w->clock, until_us);
}

static inline mr_stream *world_stream(stream_world *w, const char *name, uint32_t shards)
{
    mr_stream_options options = {.name = name, .shard_count = shards};
    mr_stream *stream = NULL;
    mr_error err = {0};
    CHECK_OK("create", mr_streams_create(w->streams, &options, &stream, &err), &err);
    return stream;
}

/* Puts one record and returns its answer. */
static inline mr_put_result world_put(mr_stream *stream, const char *key, const char *data)
{
    mr_record record = {.data = mr_bytes_of(data), .partition_key = mr_bytes_of(key)};
    mr_put_result result = {0};
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    assert_int_equal(failed, result.code != MR_OK);
    return result;
}

/* What a read handed over: numbers, and the data one after the other with blanks. */
typedef struct read_log {
    uint64_t numbers[4096];
    size_t count;
    char text[4096];
} read_log;

static inline void note_record(void *context, const mr_record_view *view)
{
    read_log *log = context;
    assert_true(log->count < MR_COUNT(log->numbers));
    log->numbers[log->count++] = view->number;
    size_t len = strlen(log->text);
    snprintf(log->text + len, sizeof(log->text) - len, "%s%.*s", len == 0 ? "" : " ",
             (int)mr_min_size(view->data.len, 20), view->data.len == 0 ? "" : view->data.at);
}

static inline mr_code world_read(mr_reader *reader, size_t records_max, read_log *log,
                                 mr_read_result *result)
{
    mr_read_limits limits = {.records_max = records_max, .bytes_max = 10 * MR_MIB};
    *log = (read_log){.count = 0};
    return mr_reader_read(reader, &limits, note_record, log, result, NULL);
}

#endif
