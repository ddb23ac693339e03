/* sql_check.c - see sql_check.h. */
#include "src/scenario/sql_check.h"

#include "src/app/query_job.h"

static void on_columns(void *context, const char *const *names, size_t count)
{
    (void)context, (void)names, (void)count;
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    (void)context, (void)values, (void)count;
    return true;
}

mr_code mr_sql_check_run(const mr_scenario *scenario, const char *state_directory, mr_error *err)
{
    mr_query_handlers handlers = {.columns = on_columns, .row = on_row};
    for (size_t i = 0; i < scenario->expect_count; i++) {
        const mr_expect *expect = &scenario->expects[i];
        if (expect->kind != MR_EXPECT_SQL) {
            continue;
        }
        mr_query_job job = {.state_directory = state_directory,
                            .database = expect->as.sql.database,
                            .threads = 1,
                            .sql = expect->as.sql.sql,
                            .now_us = scenario->start_us};
        mr_query_job_result result;
        if (mr_query_job_run(&job, &handlers, &result, err) != MR_OK) {
            mr_error_prefix(err, "%s:%d: sql: ", scenario->file, expect->line);
            err->code = MR_BAD_INPUT;
            return err->code;
        }
    }
    return MR_OK;
}
