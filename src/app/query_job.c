/* query_job.c - see query_job.h. */
#include "src/app/query_job.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

#include <uv.h>

static unsigned cores(void)
{
    unsigned count = uv_available_parallelism();
    return count > MR_QUERY_THREADS_MAX ? MR_QUERY_THREADS_MAX : count;
}

mr_code mr_query_job_run(const mr_query_job *job, const mr_query_handlers *handlers,
                         mr_query_job_result *result, mr_error *err)
{
    *result = (mr_query_job_result){0};
    mr_time_source monotonic = mr_platform_monotonic_time();
    mr_time_source wall = mr_platform_wall_time();
    int64_t began_us = monotonic.now_us(monotonic.context);

    uv_loop_t loop;
    int rc = uv_loop_init(&loop);
    MR_ASSERT(rc == 0);
    mr_offloader *offloader = mr_platform_offloader_new(&loop);
    char *catalog = mr_format("%s/catalog.db", job->state_directory);
    char *store = mr_format("%s/s3", job->state_directory);
    mr_query_options options = {.catalog_path = catalog,
                                .store_path = store,
                                .fs = mr_platform_fs(),
                                .now_us =
                                    job->now_us != 0 ? job->now_us : wall.now_us(wall.context),
                                .database = job->database,
                                .threads = job->threads != 0 ? job->threads : cores(),
                                .offloader = offloader};
    mr_query_session *session = NULL;
    mr_code code = mr_query_open(&options, &session, err);
    if (code == MR_OK) {
        code = mr_query_run(session, job->sql, handlers, &result->stats, err);
    }
    mr_query_close(session);
    mr_free(store);
    mr_free(catalog);
    mr_platform_offloader_free(offloader);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    rc = uv_loop_close(&loop);
    MR_ASSERT(rc == 0);
    result->wall_us = monotonic.now_us(monotonic.context) - began_us;
    return code;
}

/* ---- CSV ---- */

static void append_csv(mr_strbuf *line, mr_bytes value)
{
    mr_strbuf_append_char(line, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"') {
            mr_strbuf_append_char(line, '"');
        }
        mr_strbuf_append_char(line, value.at[i]);
    }
    mr_strbuf_append_char(line, '"');
}

void mr_query_csv_header(mr_strbuf *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : ",");
        append_csv(out, mr_bytes_of(names[i]));
    }
    mr_strbuf_append_char(out, '\n');
}

void mr_query_csv_row(mr_strbuf *out, const mr_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : ",");
        if (!values[i].is_null) {
            append_csv(out, values[i].text);
        }
    }
    mr_strbuf_append_char(out, '\n');
}
