/* pipeline_test.c - a run that was recorded, put again from its recording: the same objects. */
#include "src/app/pipeline.h"

#include "src/app/run.h"
#include "src/platform/platform.h"
#include "tests/check.h"

static mr_plan *load_plan(void)
{
    char *file = mr_format("%s/data/crimes/template.yaml", check_source_root());
    mr_plan *plan = NULL;
    mr_error err;
    CHECK_OK("plan", mr_plan_load(&(mr_plan_options){.file = file}, &plan, &err), &err);
    CHECK_INT("errors", plan->error_count, 0);
    mr_free(file);
    return plan;
}

/* The sample in virtual time, faster than its shards take, so that records are refused. */
static void record_run(const mr_plan *plan, const char *state, const char *recording)
{
    mr_producer_options producer = plan->inputs[0].options;
    producer.rate = 0;
    producer.batch_records = MR_PUT_RECORDS_MAX;
    const mr_pipeline_input input = {
        .target = plan->inputs[0].stream, .file = plan->inputs[0].file, .options = &producer};
    const mr_run_options options = {
        .plan = plan,
        .inputs = &input,
        .input_count = 1,
        .state = {.path = state, .use = MR_STATE_FRESH, .made_by = "run"},
        .clock = MR_CLOCK_VIRTUAL,
        .start_us = MR_SIM_START_DEFAULT,
        .seed = 7,
        .limits = true,
        .record_path = recording};
    mr_run_result result;
    mr_error err;
    CHECK_OK("run", mr_run(&options, false, &result, &err), &err);
    CHECK_TRUE("recorded", result.recorded > 0);
    mr_run_result_deinit(&result);
}

/* A world on a state directory, of the seed and start that were recorded. */
static mr_sim *open_world(const char *state)
{
    mr_file_system *fs = mr_platform_fs();
    mr_sim *sim = NULL;
    mr_error err;
    CHECK_OK("directory", fs->make_directories(fs, state, &err), &err);
    const mr_sim_options options = {
        .clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT},
        .seed = 7,
        .fs = fs,
        .offloader = mr_offload_inline(),
        .directory = state,
        .limits = true};
    CHECK_OK("world", mr_sim_open(&options, &sim, NULL, &err), &err);
    return sim;
}

static void replay_to_the_end(mr_sim *sim, const mr_plan *plan, const char *state,
                              const char *recording, mr_producer_counts *counts)
{
    mr_pipeline *pipeline = NULL;
    mr_error err;
    const mr_pipeline_options options = {
        .sim = sim, .plan = plan, .state_directory = state, .replay = recording};
    CHECK_OK("pipeline", mr_pipeline_new(&options, &pipeline, &err), &err);
    mr_pipeline_start(pipeline);
    CHECK_TRUE("not yet", !mr_pipeline_inputs_ended(pipeline));
    while (!mr_pipeline_inputs_ended(pipeline) || !mr_sim_is_idle(sim)) {
        assert_int_equal(mr_sim_step(sim, NULL), MR_STEP_RAN);
    }
    CHECK_TRUE("no error", mr_pipeline_input_error(pipeline) == NULL);
    CHECK_INT("targets", mr_pipeline_input_count(pipeline), 1);
    mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, 0);
    CHECK_STR("target", input.target, plan->streams[0].options.name);
    CHECK_STR("file", input.file, recording);
    *counts = input.counts;
    mr_pipeline_free(pipeline);
}

/* Every object of every bucket: key, size, ETag. */
static char *manifest(mr_sim *sim)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_error err;
    CHECK_OK("manifest", mr_store_manifest(mr_sim_store(sim), &text, &err), &err);
    return mr_strbuf_take(&text);
}

static void test_a_replayed_recording_delivers_the_same_objects(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *first = mr_format("%s/first", directory), *second = mr_format("%s/second", directory);
    char *recording = mr_format("%s/recording.jsonl", directory);
    mr_plan *plan = load_plan();
    record_run(plan, first, recording);
    mr_sim *sim = open_world(first);
    char *want = manifest(sim);
    CHECK_HAS("something was delivered", want, "crimes/");
    mr_sim_close(sim);

    sim = open_world(second);
    mr_producer_counts counts;
    replay_to_the_end(sim, plan, second, recording, &counts);
    CHECK_TRUE("some were refused, as before", counts.throttled > 0);
    CHECK_INT("and came again, as before", counts.records, 7584);
    char *got = manifest(sim);
    CHECK_STR("objects", got, want);
    mr_sim_close(sim);
    mr_free(got);
    mr_free(want);
    mr_plan_free(plan);
    mr_free(recording);
    mr_free(second);
    mr_free(first);
    check_remove_dir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_replayed_recording_delivers_the_same_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
