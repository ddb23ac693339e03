/*
 * upload_bench.c - how fast bytes become objects: 390 MB in objects of 5 MiB, hashed and written
 * by libuv's threads, against what md5 and the disk take by themselves in the same run; and what
 * an object costs however small it is.
 *
 *   bench.upload [directory]
 */
#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/store/store.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TOTAL_BYTES   ((uint64_t)390 * 1000 * 1000)
#define OBJECT_BYTES  (5 * MR_MIB)
#define ROW_BYTES     260 /* of a row as JSON */
#define ROUNDS        3
#define SMALL_OBJECTS 5000

static double now_s(void)
{
    mr_time_source source = mr_platform_monotonic_time();
    return (double)source.now_us(source.context) / 1e6;
}

static void must(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        fprintf(stderr, "upload bench: %s\n", err->message);
        exit(3);
    }
}

typedef struct bench {
    uv_loop_t loop;
    mr_clock *clock;
    mr_trace *trace;
    mr_db *db;
    mr_offloader *offloader;
    mr_store *store;
    uint64_t committed;
} bench;

typedef struct put {
    bench *b;
    mr_upload *upload;
} put;

static void on_put(void *context, const mr_error *result)
{
    put *p = context;
    mr_error err;
    must(result->code, result);
    must(mr_upload_commit(p->upload, NULL, NULL, NULL, &err), &err);
    mr_upload_free(p->upload);
    p->b->committed++;
    mr_free(p);
}

/* As the driver does: the world first, and the outside when it must be waited for. */
static void turn(bench *b)
{
    for (;;) {
        mr_step step = mr_clock_step(b->clock, NULL);
        if (step == MR_STEP_IDLE) {
            return;
        }
        if (step == MR_STEP_WAITING) {
            (void)uv_run(&b->loop, UV_RUN_ONCE);
        }
    }
}

static double write_objects(bench *b, const char *row, const char *bucket, double *world_s)
{
    double start = now_s();
    uint64_t written = 0;

    for (uint64_t objects = 0; written < TOTAL_BYTES; objects++) {
        mr_upload *upload = mr_store_upload(b->store);
        while (mr_upload_bytes(upload) < OBJECT_BYTES) {
            for (size_t i = 0; i < 512; i++) { /* a batch, as a transform gives it */
                char *room = mr_upload_reserve(upload, 4 * ROW_BYTES);
                memcpy(room, row, ROW_BYTES);
                mr_upload_used(upload, ROW_BYTES);
            }
        }
        written += mr_upload_bytes(upload);
        char *key = mr_format("year=2025/object-%06llu", (unsigned long long)objects);
        mr_object_meta meta = {.bucket = bucket, .key = key};
        put *p = mr_alloc(sizeof *p);
        *p = (put){b, upload};
        mr_upload_put(upload, &meta, on_put, p);
        mr_free(key);
        if (objects % 4 == 3) {
            turn(b);
        }
    }
    *world_s = now_s() - start;
    turn(b);
    return now_s() - start;
}

/* What an object costs by itself: file, transaction, rename. */
static double write_small_objects(bench *b, uint64_t count)
{
    double start = now_s();
    for (uint64_t i = 0; i < count; i++) {
        mr_upload *upload = mr_store_upload(b->store);
        mr_upload_write(upload, mr_bytes_of("one small object\n"));
        char *key = mr_format("small/%02llu/object-%06llu", (unsigned long long)i % 100,
                              (unsigned long long)i);
        mr_object_meta meta = {.bucket = "bench-0", .key = key};
        put *p = mr_alloc(sizeof *p);
        *p = (put){b, upload};
        mr_upload_put(upload, &meta, on_put, p);
        mr_free(key);
        if (i % 16 == 15) {
            turn(b);
        }
    }
    turn(b);
    return now_s() - start;
}

static double hash_alone(const char *block, size_t size)
{
    double start = now_s();
    mr_digest *md5 = mr_digest_new_md5();
    uint8_t sum[32];
    for (uint64_t done = 0; done < TOTAL_BYTES; done += size) {
        mr_digest_update(md5, block, size);
    }
    (void)mr_digest_finish(md5, sum);
    mr_digest_free(md5);
    return now_s() - start;
}

static double write_alone(const char *block, size_t size, const char *path)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_file *file;
    double start = now_s();
    must(fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    for (uint64_t done = 0; done < TOTAL_BYTES; done += size) {
        must(fs->write_at(fs, file, mr_bytes_make(block, size), done, &err), &err);
    }
    fs->close(fs, file);
    double took = now_s() - start;
    must(fs->remove(fs, path, &err), &err);
    return took;
}

static void bench_open(bench *b, const char *directory)
{
    mr_error err;
    char *s3 = mr_format("%s/s3", directory);
    char *catalog = mr_format("%s/catalog.db", directory);
    mr_clock_options clock = {.mode = MR_CLOCK_VIRTUAL};

    must(mr_platform_fs()->make_directories(mr_platform_fs(), directory, &err), &err);
    (void)uv_loop_init(&b->loop);
    b->clock = mr_clock_new(&clock);
    b->trace = mr_trace_new(b->clock);
    b->offloader = mr_platform_offloader_new(&b->loop);
    mr_db_options db = {.path = catalog, .clock = b->clock};
    must(mr_db_open(&db, &b->db, &err), &err);
    mr_store_options options = {.clock = b->clock,
                                .trace = b->trace,
                                .fs = mr_platform_fs(),
                                .offloader = b->offloader,
                                .db = b->db,
                                .directory = s3};
    must(mr_store_open(&options, &b->store, NULL, NULL, &err), &err);
    mr_free(s3);
    mr_free(catalog);
}

static void bench_close(bench *b)
{
    mr_store_close(b->store);
    mr_db_close(b->db);
    mr_trace_free(b->trace);
    mr_clock_free(b->clock);
    mr_platform_offloader_free(b->offloader);
    (void)uv_run(&b->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&b->loop);
}

int main(int argc, char **argv)
{
    char *directory =
        argc > 1 ? mr_strdup(argv[1]) : mr_format("/tmp/millrace-bench-upload-%ld", (long)getpid());
    char *scratch = mr_format("%s/scratch", directory);
    bench b = {.committed = 0};
    mr_error err;
    char row[ROW_BYTES];
    char *block = mr_alloc(MR_UPLOAD_PIECE);

    memset(row, 'r', sizeof row);
    memset(block, 'r', MR_UPLOAD_PIECE);
    bench_open(&b, directory);
    for (int round = 0; round < ROUNDS; round++) {
        char *bucket = mr_format("bench-%d", round);
        must(mr_store_create_bucket(b.store, bucket, &err), &err);
        double world_s = 0;
        double took_s = write_objects(&b, row, bucket, &world_s);
        double md5_s = hash_alone(block, MR_UPLOAD_PIECE);
        double disk_s = write_alone(block, MR_UPLOAD_PIECE, scratch);
        printf("upload  %.0f MB in %.3f s (%.0f MB/s), world busy %.3f s; alone: md5 %.3f s, "
               "write %.3f s; ratio to the slower %.2f\n",
               (double)TOTAL_BYTES / 1e6, took_s, (double)TOTAL_BYTES / 1e6 / took_s, world_s,
               md5_s, disk_s, took_s / (md5_s > disk_s ? md5_s : disk_s));
        mr_free(bucket);
    }
    double small_s = write_small_objects(&b, SMALL_OBJECTS);
    printf("upload  %d objects of 17 bytes in %.3f s: %.0f us each\n", SMALL_OBJECTS, small_s,
           small_s * 1e6 / SMALL_OBJECTS);
    bench_close(&b);
    must(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    mr_free(block);
    mr_free(scratch);
    mr_free(directory);
    return 0;
}
