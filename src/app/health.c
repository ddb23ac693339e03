/* health.c - see health.h. The services are the tables of src/api, so that the list cannot drift
 * from what is there. */
#include "src/app/health.h"

#include "sim/base/json.h"
#include "sim/time/clock.h"
#include "src/api/api.h"

#define BODY_BYTES_MAX (4 * (size_t)MR_KIB)

static const char *const status_words[] = {
    [MR_HEALTH_STARTING] = "starting",
    [MR_HEALTH_READY] = "ready",
    [MR_HEALTH_STOPPING] = "stopping",
};

bool mr_health_owns(mr_bytes path)
{
    return mr_bytes_starts_with(path, mr_bytes_of("/_millrace/")) ||
           mr_bytes_starts_with(path, mr_bytes_of("/_localstack/"));
}

static void answer_json(mr_http_request *request, int status, mr_strbuf *body)
{
    static const mr_http_header_field headers[] = {{"Content-Type", "application/json"},
                                                   {"Cache-Control", "no-store"},
                                                   {"Allow", "GET, HEAD"}};
    size_t count = status == 405 ? 3 : 2;
    mr_http_answer(request, status, headers, count, mr_strbuf_bytes(body));
}

static void answer_error(mr_http_request *request, int status, const char *message)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "message", message);
    mr_json_object_end(&json);
    answer_json(request, status, &body);
    mr_strbuf_deinit(&body);
}

/* "running" is LocalStack's word for a service that is there and has been started. */
static void write_services(mr_json *json, mr_health_status status)
{
    const mr_api_service *const services[] = {mr_api_kinesis(), mr_api_firehose(), mr_api_lambda()};
    mr_json_key(json, "services");
    mr_json_object_begin(json);
    for (size_t i = 0; i < MR_COUNT(services); i++) {
        mr_json_field_string(json, services[i]->name,
                             status == MR_HEALTH_READY ? "running" : status_words[status]);
    }
    mr_json_object_end(json);
}

static void answer_health(const mr_health *health, mr_http_request *request)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "status", status_words[health->status]);
    mr_json_field_string(&json, "version", MILLRACE_VERSION);
    mr_json_field_string(&json, "edition", "millrace");
    mr_json_key(&json, "uptime_seconds");
    mr_json_double(&json, (double)health->up_us / 1e6);
    write_services(&json, health->status);
    mr_json_object_end(&json);
    answer_json(request, health->status == MR_HEALTH_READY ? 200 : 503, &body);
    mr_strbuf_deinit(&body);
}

void mr_health_answer(const mr_health *health, mr_http_request *request)
{
    mr_bytes path = mr_http_path(request);
    mr_bytes method = mr_http_method(request);
    if (!mr_bytes_equal(path, mr_bytes_of("/_millrace/health")) &&
        !mr_bytes_equal(path, mr_bytes_of("/_localstack/health"))) {
        answer_error(request, 404, "nothing is here; health is at /_millrace/health");
    } else if (!mr_bytes_equal(method, mr_bytes_of("GET")) &&
               !mr_bytes_equal(method, mr_bytes_of("HEAD"))) {
        answer_error(request, 405, "health is asked for with GET");
    } else {
        answer_health(health, request);
    }
}
