/* sql_check.c - see sql_check.h. */
#include "src/scenario/sql_check.h"

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "src/app/pipeline.h"
#include "src/app/query_job.h"
#include "src/platform/platform.h"

#include <errno.h>
#include <stdlib.h>

static void on_columns(void *context, const char *const *names, size_t count)
{
    (void)context, (void)names, (void)count;
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    (void)context, (void)values, (void)count;
    return true;
}

static mr_code run_one(const mr_scenario *scenario, const mr_expect *expect,
                       const char *state_directory, mr_error *err)
{
    mr_query_handlers handlers = {.columns = on_columns, .row = on_row};
    mr_query_job job = {.state_directory = state_directory,
                        .database = expect->as.sql.database,
                        .threads = 1,
                        .sql = expect->as.sql.sql,
                        .now_us = scenario->start_us};
    mr_query_job_result result;
    mr_code code = mr_query_job_run(&job, &handlers, &result, err);
    if (code != MR_OK) {
        mr_error_prefix(err, "sql: ");
    }
    return code;
}

mr_code mr_sql_check_run(const mr_scenario *scenario, const char *state_directory, mr_error *err)
{
    for (size_t i = 0; i < scenario->expect_count; i++) {
        const mr_expect *expect = &scenario->expects[i];
        if (expect->kind == MR_EXPECT_SQL &&
            run_one(scenario, expect, state_directory, err) != MR_OK) {
            mr_error_prefix(err, "%s:%d: ", scenario->file, expect->line);
            err->code = MR_BAD_INPUT;
            return err->code;
        }
    }
    return MR_OK;
}

/* ---- without a run ---- */

static void check_each(mr_scenario *scenario, const char *state_directory)
{
    for (size_t i = 0; i < scenario->expect_count; i++) {
        const mr_expect *expect = &scenario->expects[i];
        mr_error err;
        if (expect->kind == MR_EXPECT_SQL &&
            run_one(scenario, expect, state_directory, &err) != MR_OK) {
            mr_scenario_add_error(scenario, expect->line, err.message);
        }
    }
}

/* The template's resources, in a world that stands still. */
static mr_code check_in(mr_scenario *scenario, const char *directory, mr_error *err)
{
    mr_sim *sim = NULL;
    mr_pipeline *pipeline = NULL;
    mr_sim_options sim_options = {.clock = {.start_us = scenario->start_us},
                                  .seed = scenario->seed,
                                  .region = scenario->plan->region,
                                  .account = scenario->plan->account,
                                  .fs = mr_platform_fs(),
                                  .offloader = mr_offload_inline(),
                                  .directory = directory,
                                  .limits = scenario->limits};
    mr_code code = mr_sim_open(&sim_options, &sim, NULL, err);
    if (code == MR_OK) {
        mr_pipeline_options options = {.sim = sim,
                                       .plan = scenario->plan,
                                       .state_directory = directory,
                                       .use_code = scenario->use_code};
        code = mr_pipeline_new(&options, &pipeline, err);
    }
    if (code == MR_OK) {
        check_each(scenario, directory);
    }
    mr_pipeline_free(pipeline);
    mr_sim_close(sim);
    return code;
}

mr_code mr_sql_check_scenario(mr_scenario *scenario, mr_error *err)
{
    MR_ASSERT(scenario->error_count == 0);
    const char *base = getenv("TMPDIR");
    char *directory =
        mr_format("%s/millrace-check-XXXXXX", base == NULL || *base == '\0' ? "/tmp" : base);
    if (mkdtemp(directory) == NULL) {
        mr_code code = mr_error_os(err, errno, "making a temporary folder %s", directory);
        mr_free(directory);
        return code;
    }
    mr_code code = check_in(scenario, directory, err);
    mr_error remove_err;
    mr_code removed = mr_fs_remove_tree(mr_platform_fs(), directory, &remove_err);
    if (code == MR_OK && removed != MR_OK) {
        *err = remove_err;
        code = removed;
    }
    mr_free(directory);
    return code;
}
