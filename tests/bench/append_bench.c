/*
 * append_bench.c - how fast records of 100 bytes are put on a stream, next to memcpy of the same
 * bytes in the same run.
 *
 *   bench.append [RECORDS] [DIRECTORY]
 *
 * One core, limits off, batches of 500 through mr_stream_put() on a stream of 4 shards. Two
 * choices of partition key: a hundred that repeat (as of a district or a device), and one never
 * seen before for each record (the MD5 of every key is worked out).
 */
#include "sim/base/alloc.h"
#include "sim/stream/stream.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH      500
#define DATA_BYTES 100
#define KEY_BYTES  16
#define ROUNDS     3

typedef struct bench {
    mr_clock *clock;
    mr_trace *trace;
    mr_faults *faults;
    mr_db *db;
    mr_streams *streams;
} bench;

static void require(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        fprintf(stderr, "append_bench: %s\n", err->message);
        exit(3);
    }
}

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Wall time, and the time that this process had a core (its page faults included). */
typedef struct stopwatch {
    double wall, core;
} stopwatch;

static stopwatch stopwatch_now(void)
{
    return (stopwatch){seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_PROCESS_CPUTIME_ID)};
}

static stopwatch stopwatch_since(stopwatch from)
{
    stopwatch now = stopwatch_now();
    return (stopwatch){now.wall - from.wall, now.core - from.core};
}

/* The best of each: another process may be busy. */
static void keep_best(stopwatch *best, stopwatch took)
{
    best->wall = took.wall < best->wall ? took.wall : best->wall;
    best->core = took.core < best->core ? took.core : best->core;
}

static bench bench_open(const char *directory)
{
    mr_error err;
    mr_clock_options clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = INT64_C(1735689600000000)};
    bench b = {.clock = mr_clock_new(&clock), .faults = mr_faults_new(1)};
    b.trace = mr_trace_new(b.clock);
    mr_db_options db = {.path = ":memory:", .clock = b.clock, .seed = 1};
    require(mr_db_open(&db, &b.db, &err), &err);
    mr_streams_options options = {.clock = b.clock,
                                  .trace = b.trace,
                                  .faults = b.faults,
                                  .fs = mr_platform_fs(),
                                  .db = b.db,
                                  .directory = directory};
    require(mr_streams_open(&options, &b.streams, &err), &err);
    return b;
}

static void bench_close(bench *b)
{
    mr_streams_close(b->streams);
    mr_db_close(b->db);
    mr_faults_free(b->faults);
    mr_trace_free(b->trace);
    mr_clock_free(b->clock);
}

/* The input: `count` records of data and keys in one block. */
typedef struct input {
    size_t count;
    char *data;
    char *keys;
} input;

static input input_make(size_t count, bool keys_repeat)
{
    input in = {
        .count = count, .data = mr_alloc(count * DATA_BYTES), .keys = mr_alloc(count * KEY_BYTES)};
    for (size_t i = 0; i < count; i++) {
        char key[KEY_BYTES + 1];
        snprintf(key, sizeof(key), "device-%09zu", (keys_repeat ? i % 100 : i) % 1000000000);
        memcpy(in.keys + i * KEY_BYTES, key, KEY_BYTES);
        memset(in.data + i * DATA_BYTES, (int)('a' + i % 26), DATA_BYTES);
    }
    return in;
}

static void input_free(input *in)
{
    mr_free(in->data);
    mr_free(in->keys);
}

static stopwatch measure_put(const input *in, const char *directory)
{
    mr_error err;
    require(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    bench b = bench_open(directory);
    mr_stream_options options = {.name = "bench", .shard_count = 4};
    mr_stream *stream;
    require(mr_streams_create(b.streams, &options, &stream, &err), &err);

    mr_record records[BATCH];
    mr_put_result results[BATCH];
    memset(records, 0, sizeof(records));
    stopwatch from = stopwatch_now();
    for (size_t i = 0; i < in->count; i += BATCH) {
        size_t count = mr_min_size(BATCH, in->count - i);
        for (size_t k = 0; k < count; k++) {
            records[k].data = mr_bytes_make(in->data + (i + k) * DATA_BYTES, DATA_BYTES);
            records[k].partition_key = mr_bytes_make(in->keys + (i + k) * KEY_BYTES, KEY_BYTES);
        }
        size_t failed;
        require(mr_stream_put(stream, records, count, results, &failed, &err), &err);
        if (failed > 0) {
            fprintf(stderr, "append_bench: %zu records refused\n", failed);
            exit(3);
        }
        mr_clock_advance_to(b.clock, mr_clock_now_us(b.clock) + 100);
    }
    stopwatch took = stopwatch_since(from);
    bench_close(&b);
    require(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    return took;
}

/* Copies the same bytes, record by record, into memory that is there. */
static stopwatch measure_memcpy(const input *in)
{
    size_t bytes = in->count * (DATA_BYTES + KEY_BYTES);
    char *to = mr_alloc(bytes);
    memset(to, 1, bytes);
    stopwatch from = stopwatch_now();
    char *at = to;
    for (size_t i = 0; i < in->count; i++) {
        memcpy(at, in->keys + i * KEY_BYTES, KEY_BYTES);
        memcpy(at + KEY_BYTES, in->data + i * DATA_BYTES, DATA_BYTES);
        at += KEY_BYTES + DATA_BYTES;
        __asm__ volatile("" : : "r"(at) : "memory");
    }
    stopwatch took = stopwatch_since(from);
    mr_free(to);
    return took;
}

static void report(const char *what, const input *in, const char *directory)
{
    stopwatch put = {1e9, 1e9}, copy = {1e9, 1e9};
    for (int i = 0; i < ROUNDS; i++) {
        keep_best(&copy, measure_memcpy(in));
        keep_best(&put, measure_put(in, directory));
    }
    double millions = (double)in->count / 1e6;
    double mib = (double)in->count * (DATA_BYTES + KEY_BYTES) / (double)MR_MIB;
    printf("append, %-12s  %5.2f million records/s (%5.2f per core-second)  %5.0f MiB/s  "
           "memcpy %6.0f MiB/s  ratio %.3f\n",
           what, millions / put.wall, millions / put.core, mib / put.wall, mib / copy.wall,
           copy.wall / put.wall);
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000000;
    const char *directory = argc > 2 ? argv[2] : "append_bench.state";
    static const struct {
        const char *name;
        bool repeat;
    } keys[] = {{"keys repeat", true}, {"keys all new", false}};
    for (size_t i = 0; i < MR_COUNT(keys) && count > 0; i++) {
        input in = input_make(count, keys[i].repeat);
        report(keys[i].name, &in, directory);
        input_free(&in);
    }
    return 0;
}
