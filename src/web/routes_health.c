/* routes_health.c - whether the server is ready: /_millrace/health, and the same at
 * /_localstack/health, in LocalStack's shape, where tools look for it. The services are the tables
 * of src/api, so that the list cannot drift from what is there. */
#include "sim/base/json.h"
#include "src/api/api.h"
#include "src/platform/platform.h"
#include "src/web/web_private.h"

#define BODY_BYTES_MAX (4 * (size_t)MR_KIB)

static const char *const phase_words[] = {
    [MR_WEB_STARTING] = "starting", [MR_WEB_READY] = "ready", [MR_WEB_STOPPING] = "stopping", NULL};

/* "running" is LocalStack's word for a service that is there and has been started. */
static void write_services(mr_json *json, mr_web_phase phase)
{
    const mr_api_service *const services[] = {mr_api_kinesis(), mr_api_firehose(), mr_api_lambda()};
    mr_json_key(json, "services");
    mr_json_object_begin(json);
    for (size_t i = 0; i < MR_COUNT(services); i++) {
        mr_json_field_string(json, services[i]->name,
                             phase == MR_WEB_READY ? "running" : phase_words[phase]);
    }
    mr_json_object_end(json);
}

static void get_health(mr_web_call *call)
{
    const mr_web *web = call->web;
    const mr_time_source time = mr_platform_monotonic_time();
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "status", phase_words[web->phase]);
    mr_json_field_string(&json, "version", MILLRACE_VERSION);
    mr_json_field_string(&json, "edition", "millrace");
    mr_json_key(&json, "uptime_seconds");
    mr_json_double(&json, (double)(time.now_us(time.context) - web->began_us) / 1e6);
    write_services(&json, web->phase);
    mr_json_object_end(&json);
    mr_web_send_json(call->request, web->phase == MR_WEB_READY ? 200 : 503, &body);
    mr_strbuf_deinit(&body);
}

static const mr_web_field fields[] = {
    {.name = "status", .type = MR_WEB_STRING, .words = phase_words, .about = "Whether it answers."},
    {.name = "version", .type = MR_WEB_STRING, .about = "The program's version."},
    {.name = "edition", .type = MR_WEB_STRING, .about = "Always \"millrace\"."},
    {.name = "uptime_seconds", .type = MR_WEB_NUMBER, .about = "Real seconds since the start."},
    {.name = "services",
     .type = MR_WEB_OBJECT,
     .about = "Each AWS service that is there, and \"running\" when it is ready."}};
static const mr_web_shape health_shape = MR_WEB_SHAPE("Health", "How the server is.", fields);

static const mr_web_failure not_ready = {"not-ready", 503,
                                         "It is starting or stopping; the body is the same."};
static const mr_web_failure *const failures[] = {&not_ready, NULL};

#define ABOUT "200 when it is ready, otherwise 503. Anybody may ask."

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/_millrace/health",
                                       .tag = "Operations",
                                       .summary = "Whether the server is ready",
                                       .about = ABOUT,
                                       .guard = MR_WEB_OPEN,
                                       .answer = &health_shape,
                                       .failures = failures,
                                       .failure = &health_shape,
                                       .any_query = true,
                                       .handle = get_health},
                                      {.method = "GET",
                                       .path = "/_localstack/health",
                                       .tag = "Operations",
                                       .summary = "The same, where LocalStack's tools look for it",
                                       .about = ABOUT,
                                       .guard = MR_WEB_OPEN,
                                       .answer = &health_shape,
                                       .failures = failures,
                                       .failure = &health_shape,
                                       .any_query = true,
                                       .handle = get_health}};

const mr_web_group mr_web_health_routes = {routes, MR_COUNT(routes)};
