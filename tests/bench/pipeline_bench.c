/*
 * pipeline_bench.c - CSV to delivered JSON objects inside one process, part by part: where the
 * time of a row goes. The whole program is measured by bench.py; this is for finding what to
 * make faster.
 *
 *   bench.pipeline FILE.csv [builtin|raw] [directory]
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/sim.h"
#include "src/app/driver.h"
#include "src/platform/platform.h"
#include "src/producer/input.h"
#include "tests/crimes_columns.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct world {
    uv_loop_t loop;
    mr_offloader *offloader;
    mr_sim *sim;
    mr_input *input;
    bool ended;
} world;

static void check(mr_code code, const mr_error *err)
{
    if (code != MR_OK) {
        (void)fprintf(stderr, "bench: %s\n", err->message);
        exit(1);
    }
}

static void on_ended(void *context, mr_input *input, const mr_error *error)
{
    (void)input;
    world *it = context;
    it->ended = true;
    if (error != NULL) {
        check(error->code, error);
    }
}

static bool on_done(void *context)
{
    world *it = context;
    return it->ended && mr_sim_is_idle(it->sim);
}

static void add_function(world *it)
{
    mr_builtin_options builtin = crimes_builtin_options();
    mr_function_options options = {.name = "decode", .builtin = &builtin};
    mr_function *function = NULL;
    mr_error err;
    check(mr_functions_add(mr_sim_functions(it->sim), &options, &function, &err), &err);
}

static void make(world *it, const char *file, const char *directory, bool use_builtin)
{
    mr_error err;
    uv_loop_init(&it->loop);
    it->offloader = mr_platform_offloader_new(&it->loop);
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = it->offloader,
                              .directory = directory};
    check(mr_sim_open(&options, &it->sim, NULL, &err), &err);
    check(mr_store_create_bucket(mr_sim_store(it->sim), "data", &err), &err);
    mr_stream *stream = NULL;
    mr_stream_options stream_options = {.name = "rows", .shard_count = 2};
    check(mr_streams_create(mr_sim_streams(it->sim), &stream_options, &stream, &err), &err);
    add_function(it);
    mr_delivery_options delivery_options = {.name = "delivery",
                                            .source = "rows",
                                            .destination = {.bucket = "data",
                                                            .size_bytes = 128 * MR_MIB,
                                                            .interval_us = 300 * MR_US_PER_SECOND},
                                            .function = use_builtin ? "decode" : NULL,
                                            .lambda_interval_us = -1,
                                            .lambda_retries = -1};
    mr_delivery *delivery = NULL;
    check(mr_deliveries_create(mr_sim_deliveries(it->sim), &delivery_options, &delivery, &err),
          &err);

    mr_input_settings settings = {
        .producer = {.clock = mr_sim_clock(it->sim),
                     .trace = mr_sim_trace(it->sim),
                     .db = mr_sim_db(it->sim),
                     .seed = 1,
                     .input = 1,
                     .encode = {.kind = MR_ENCODE_DELIMITED, .delimiter = '|', .load_time = true},
                     .key = MR_KEY_COLUMN,
                     .key_column = "district",
                     .batch_records = 500,
                     .batch_bytes = 1000000},
        .stream = stream,
        .file = file,
        .ended = on_ended,
        .context = it};
    check(mr_input_open(&settings, &it->input, &err), &err);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench.pipeline FILE.csv [builtin|raw] [directory]\n");
        return 2;
    }
    const char *directory = argc > 3 ? argv[3] : "/tmp/millrace-bench-pipeline";
    mr_error err;
    check(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    check(mr_platform_fs()->make_directories(mr_platform_fs(), directory, &err), &err);
    world it = {0};
    make(&it, argv[1], directory, argc < 3 || strcmp(argv[2], "raw") != 0);

    mr_time_source time = mr_platform_monotonic_time();
    int64_t began_us = time.now_us(time.context);
    mr_driver *driver = mr_driver_new(it.sim, &it.loop);
    mr_input_start(it.input);
    check(mr_driver_turn(driver, &(mr_driver_run){.done = on_done, .context = &it}, &err), &err);
    double seconds = (double)(time.now_us(time.context) - began_us) / 1e6;

    mr_producer_counts counts = mr_input_count(it.input);
    printf("%llu rows in %.3f s: %.0f rows/s, %.0f ns a row\n", (unsigned long long)counts.rows,
           seconds, (double)counts.rows / seconds, seconds * 1e9 / (double)counts.rows);

    mr_driver_free(driver);
    mr_input_free(it.input);
    mr_sim_close(it.sim);
    mr_platform_offloader_free(it.offloader);
    (void)uv_run(&it.loop, UV_RUN_DEFAULT);
    uv_loop_close(&it.loop);
    check(mr_fs_remove_tree(mr_platform_fs(), directory, &err), &err);
    return 0;
}
