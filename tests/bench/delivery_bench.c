/*
 * delivery_bench.c - what a delivery stream costs a record, beside what its parts cost alone:
 * reading the ring, writing an upload, applying a builtin. In virtual time, without limits,
 * everything on one core.
 *
 *   bench.delivery [RECORDS]
 *   bench.delivery RECORDS partitions [N]     the memory of N partitions, or 500
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/delivery.h"
#include "src/platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 500 };

typedef struct bench {
    char *directory;
    size_t records;
    mr_clock *clock;
    mr_trace *trace;
    mr_db *db;
    mr_store *store;
    mr_streams *streams;
    mr_functions *functions;
    mr_deliveries *deliveries;
    mr_builtin *builtin;
    mr_stream *stream;
} bench;

static const uint32_t from[] = {1, 2, 3, 4, 5};
static const mr_builtin_column columns[] = {{"time", "string", &from[0], 1, NULL, NULL},
                                            {"address", "string", &from[1], 1, NULL, NULL},
                                            {"district", "int", &from[2], 1, NULL, NULL},
                                            {"crime", "string", &from[3], 1, NULL, NULL},
                                            {"latitude", "double", &from[4], 1, NULL, NULL}};
static const mr_builtin_options builtin_options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                                   .delimiter = '|',
                                                   .columns = columns,
                                                   .column_count = MR_COUNT(columns)};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        (void)fprintf(stderr, "delivery_bench: %s\n", err->message);
        exit(3);
    }
}

static void report(const bench *b, const char *what, double seconds)
{
    (void)printf("%-44s %7.1f ns/record  %6.2f M/s\n", what, seconds * 1e9 / (double)b->records,
                 (double)b->records / seconds / 1e6);
}

static void open_bench(bench *b)
{
    mr_error err;
    char template[] = "/tmp/delivery-bench-XXXXXX";
    if (mkdtemp(template) == NULL) {
        exit(3);
    }
    b->directory = mr_strdup(template);
    b->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = 1});
    b->trace = mr_trace_new(b->clock);
    char *path = mr_format("%s/catalog.db", b->directory);
    must(mr_db_open(&(mr_db_options){.path = path, .clock = b->clock}, &b->db, &err), &err);
    mr_free(path);
    path = mr_format("%s/s3", b->directory);
    must(mr_store_open(&(mr_store_options){.clock = b->clock,
                                           .trace = b->trace,
                                           .fs = mr_platform_fs(),
                                           .offloader = mr_offload_inline(),
                                           .db = b->db,
                                           .directory = path},
                       &b->store, NULL, NULL, &err),
         &err);
    mr_free(path);
    path = mr_format("%s/streams", b->directory);
    must(mr_streams_open(&(mr_streams_options){.clock = b->clock,
                                               .trace = b->trace,
                                               .fs = mr_platform_fs(),
                                               .db = b->db,
                                               .directory = path},
                         &b->streams, &err),
         &err);
    mr_free(path);
    b->functions = mr_functions_new(&(mr_functions_options){
        .clock = b->clock, .trace = b->trace, .region = "us-east-1", .account = "000000000000"});
    b->deliveries = mr_deliveries_new(&(mr_deliveries_options){.clock = b->clock,
                                                               .trace = b->trace,
                                                               .db = b->db,
                                                               .streams = b->streams,
                                                               .functions = b->functions,
                                                               .store = b->store,
                                                               .region = "us-east-1",
                                                               .account = "000000000000"});
    must(mr_store_create_bucket(b->store, "bench", &err), &err);
    must(mr_streams_create(b->streams, &(mr_stream_options){.name = "s", .shard_count = 1},
                           &b->stream, &err),
         &err);
    mr_function *function;
    must(mr_functions_add(b->functions,
                          &(mr_function_options){.name = "f", .builtin = &builtin_options},
                          &function, &err),
         &err);
    must(mr_builtin_new(&builtin_options, &b->builtin, &err), &err);
}

static void close_bench(bench *b)
{
    mr_error err;
    mr_builtin_free(b->builtin);
    mr_deliveries_free(b->deliveries);
    mr_functions_free(b->functions);
    mr_streams_close(b->streams);
    mr_store_close(b->store);
    mr_db_close(b->db);
    mr_trace_free(b->trace);
    mr_clock_free(b->clock);
    must(mr_fs_remove_tree(mr_platform_fs(), b->directory, &err), &err);
    mr_free(b->directory);
}

static mr_delivery *create(bench *b, const char *function, bool with_backup)
{
    mr_error err;
    mr_delivery *delivery = NULL;
    mr_s3_destination destination = {
        .bucket = "bench", .size_bytes = 64 * MR_MIB, .interval_us = 60000000};
    must(mr_deliveries_create(b->deliveries,
                              &(mr_delivery_options){.name = "d",
                                                     .source = "s",
                                                     .destination = destination,
                                                     .backup_enabled = with_backup,
                                                     .backup = destination,
                                                     .function = function,
                                                     .lambda_interval_us = -1,
                                                     .lambda_retries = -1},
                              &delivery, &err),
         &err);
    return delivery;
}

static void put_all(bench *b)
{
    mr_error err;
    mr_record records[BATCH];
    mr_put_result results[BATCH];
    size_t failed;
    static char texts[BATCH][160];
    double begin_s = now_s();
    for (size_t i = 0; i < b->records; i += BATCH) {
        for (size_t j = 0; j < BATCH; j++) {
            int len = snprintf(texts[j], sizeof(texts[j]),
                               "1/%zu/06 0:00|%zu OCCIDENTAL DR|3|10851(A)VC TAKE VEH W/O "
                               "OWNER|38.55%zu",
                               j % 28 + 1, i + j, j + 1000);
            records[j] = (mr_record){.data = mr_bytes_make(texts[j], (size_t)len),
                                     .partition_key = MR_BYTES_LITERAL("district-3")};
        }
        must(mr_stream_put(b->stream, records, BATCH, results, &failed, &err), &err);
    }
    report(b, "making and putting the records", now_s() - begin_s);
}

static void on_nothing(void *context, const mr_record_view *record)
{
    size_t *bytes = context;
    *bytes += record->data.len;
}

static void on_write(void *context, const mr_record_view *record)
{
    mr_upload_write(context, record->data);
}

typedef struct apply_context {
    mr_builtin *builtin;
    char out[4096];
    size_t bytes;
} apply_context;

static void on_apply(void *context, const mr_record_view *record)
{
    apply_context *a = context;
    const char *why;
    a->bytes += mr_builtin_apply(a->builtin, record->data, a->out, &why);
}

static double read_all(bench *b, mr_record_fn fn, void *context)
{
    mr_error err;
    mr_reader *reader = mr_reader_new(mr_stream_shard(b->stream, 0), 1);
    mr_read_result result;
    double begin_s = now_s();
    do {
        must(mr_reader_read(reader, &(mr_read_limits){10000, 10 * MR_MIB}, fn, context, &result,
                            &err),
             &err);
    } while (result.full);
    double seconds = now_s() - begin_s;
    mr_reader_free(reader);
    return seconds;
}

static void run(bench *b, const char *what, mr_delivery *delivery)
{
    double begin_s = now_s();
    while (!mr_delivery_is_idle(delivery)) {
        (void)mr_clock_step(b->clock, NULL);
    }
    report(b, what, now_s() - begin_s);
    mr_delivery_counts counts = mr_delivery_count(delivery);
    if (counts.delivered != b->records) {
        (void)fprintf(stderr, "delivery_bench: %llu delivered\n",
                      (unsigned long long)counts.delivered);
        exit(3);
    }
}

/* One world for each delivery stream: they would otherwise take turns. */
static void bench_delivery(size_t records, const char *what, const char *function, bool with_backup)
{
    bench b = {.records = records};
    open_bench(&b);
    mr_delivery *delivery = create(&b, function, with_backup); /* from here on: LATEST */
    put_all(&b);
    run(&b, what, delivery);
    close_bench(&b);
}

static void put_partitioned(bench *b, size_t partitions, size_t filler)
{
    mr_error err;
    mr_record records[BATCH];
    mr_put_result results[BATCH];
    size_t failed, size = filler + 128;
    char *texts = mr_alloc(BATCH * size);
    double begin_s = now_s();
    for (size_t i = 0; i < b->records; i += BATCH) {
        for (size_t j = 0; j < BATCH; j++) {
            char *text = texts + j * size;
            int len = snprintf(text, size, "{\"customer\":\"c%zu\",\"n\":%zu,\"text\":\"%0*zu\"}",
                               (i + j) % partitions, i + j, (int)filler, i * j);
            records[j] = (mr_record){.data = mr_bytes_make(text, (size_t)len),
                                     .partition_key = MR_BYTES_LITERAL("k")};
        }
        must(mr_stream_put(b->stream, records, BATCH, results, &failed, &err), &err);
    }
    report(b, "making and putting the records", now_s() - begin_s);
    mr_free(texts);
}

/* By a query, without a function. */
static void bench_partitions(size_t records, const char *what, size_t partitions, size_t filler,
                             mr_compression compression)
{
    bench b = {.records = records};
    mr_error err;
    mr_delivery *delivery = NULL;
    struct rusage usage;
    mr_delivery_options options = {
        .name = "d",
        .source = "s",
        .destination = {.bucket = "bench",
                        .prefix = "c=!{partitionKeyFromQuery:customer}/",
                        .error_output_prefix = "e/!{firehose:error-output-type}/",
                        .size_bytes = 64 * MR_MIB,
                        .interval_us = 60000000,
                        .compression = compression},
        .lambda_interval_us = -1,
        .lambda_retries = -1,
        .dynamic_partitioning = true,
        .partition_query = "{customer:.customer}",
        .partition_retry_us = -1,
    };
    open_bench(&b);
    must(mr_deliveries_create(b.deliveries, &options, &delivery, &err), &err);
    put_partitioned(&b, partitions, filler);
    run(&b, what, delivery);
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("%llu objects; the most memory so far: %ld MiB\n",
                 (unsigned long long)mr_delivery_count(delivery).objects, usage.ru_maxrss / 1024);
    close_bench(&b);
}

static void bench_parts(size_t records)
{
    bench b = {.records = records};
    size_t bytes = 0;
    open_bench(&b);
    put_all(&b);
    report(&b, "reading alone", read_all(&b, on_nothing, &bytes));
    mr_upload *upload = mr_store_upload(b.store);
    report(&b, "reading, writing an upload", read_all(&b, on_write, upload));
    mr_upload_free(upload);
    apply_context context = {.builtin = b.builtin};
    report(&b, "reading, applying the builtin", read_all(&b, on_apply, &context));
    (void)printf("%.1f bytes a record in, %.1f out\n", (double)bytes / (double)records,
                 (double)context.bytes / (double)records);
    close_bench(&b);
}

int main(int argc, char **argv)
{
    size_t records = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1500000;
    records = (records + BATCH - 1) / BATCH * BATCH;
    if (argc > 2) { /* memory is measured best in a process of its own */
        bench_partitions(records, "500 partitions, gzip, 4 KiB a record",
                         argc > 3 ? (size_t)strtoull(argv[3], NULL, 10) : 500, 4000,
                         MR_COMPRESSION_GZIP);
        return 0;
    }
    bench_parts(records);
    bench_delivery(records, "delivery without a function", NULL, false);
    bench_delivery(records, "delivery without a function, with backup", NULL, true);
    bench_delivery(records, "delivery with a builtin", "f", false);
    bench_partitions(records, "delivery to 1 partition by a query", 1, 40, MR_COMPRESSION_NONE);
    bench_partitions(records, "delivery to 100 partitions by a query", 100, 40,
                     MR_COMPRESSION_NONE);
    return 0;
}
