/* web.c - see web.h: the object, and the tables that make it up. */
#include "src/web/web_private.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

#include <string.h>

static char *copy(const char *text)
{
    return mr_strndup(text, strlen(text));
}

static char **copy_texts(const char *const *texts)
{
    size_t count = 0;
    while (texts != NULL && texts[count] != NULL) {
        count++;
    }
    char **copies = mr_calloc(count + 1, sizeof(*copies));
    for (size_t i = 0; i < count; i++) {
        copies[i] = copy(texts[i]);
    }
    return copies;
}

mr_web *mr_web_new(const mr_web_options *options)
{
    const mr_time_source time = mr_platform_monotonic_time();
    mr_web *web = mr_calloc(1, sizeof(*web));
    *web =
        (mr_web){.sim = options->sim,
                 .loop = options->loop,
                 .state_directory = copy(options->state_directory),
                 .host = copy(options->host),
                 .other_hosts = copy_texts(options->other_hosts),
                 .region = copy(options->region == NULL ? MR_SIM_REGION_DEFAULT : options->region),
                 .plan = options->plan,
                 .time = options->time,
                 .phase = MR_WEB_STARTING,
                 .began_us = time.now_us(time.context),
                 .feed = mr_event_feed_new(mr_sim_trace(options->sim)),
                 .counts = mr_live_counts_new(options->sim),
                 .function_log = mr_function_log_new(mr_sim_trace(options->sim))};
    web->live = mr_live_streams_new(web);
    web->queries = mr_query_desk_new(&(mr_query_desk_options){
        .sim = options->sim, .loop = options->loop, .state_directory = options->state_directory});
    return web;
}

void mr_web_free(mr_web *web)
{
    if (web == NULL) {
        return;
    }
    mr_query_desk_free(web->queries);
    mr_live_streams_free(web->live);
    mr_lessons_free(web->lessons);
    mr_live_counts_free(web->counts);
    mr_event_feed_free(web->feed);
    mr_function_log_free(web->function_log);
    for (char **other = web->other_hosts; *other != NULL; other++) {
        mr_free(*other);
    }
    mr_free(web->other_hosts);
    mr_free(web->region);
    mr_free(web->host);
    mr_free(web->state_directory);
    mr_free(web);
}

void mr_web_set_pipeline(mr_web *web, mr_pipeline *pipeline)
{
    web->pipeline = pipeline;
}

void mr_web_set_phase(mr_web *web, mr_web_phase phase)
{
    web->phase = phase;
}

void mr_web_end_streams(mr_web *web)
{
    mr_live_streams_end(web->live);
}

uint64_t mr_web_changes(const mr_web *web)
{
    return mr_live_changes(web->counts) + web->touched;
}

void mr_web_handle(mr_web *web, mr_http_request *request)
{
    mr_web_route_request(web, request);
}

/* ---- the tables, in the order of the document ---- */

const mr_web_group *const *mr_web_groups(size_t *count)
{
    /* A line each, so that one that is added is one line. */
    /* clang-format off */
    static const mr_web_group *const groups[] = {
        &mr_web_health_routes,
        &mr_web_metrics_routes,
        &mr_web_docs_routes,
        &mr_web_clock_routes,
        &mr_web_fault_routes,
        &mr_web_state_routes,
        &mr_web_event_routes,
        &mr_web_stream_routes,
        &mr_web_record_routes,
        &mr_web_function_routes,
        &mr_web_input_routes,
        &mr_web_object_routes,
        &mr_web_catalog_routes,
        &mr_web_query_routes,
        &mr_web_lesson_routes,
        &mr_web_sentiment_routes,
        &mr_web_ingest_routes,
        &mr_web_home_routes,
        &mr_web_console_routes,
    };
    /* clang-format on */
    *count = MR_COUNT(groups);
    return groups;
}
