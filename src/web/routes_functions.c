/* routes_functions.c - what a function did lately: its invocations, and what its handler printed.
 * See function_log.h, which keeps it. */
#include "sim/base/json.h"
#include "src/web/function_log.h"
#include "src/web/web_private.h"

/* Every character of a text may become six. */
#define BODY_BYTES_MAX                                                                             \
    ((size_t)(MR_FUNCTION_LOG_LINES + 3 * MR_FUNCTION_LOG_INVOCATIONS) * 8 *                       \
     MR_FUNCTION_LOG_LINE_BYTES)

static void get_log(mr_web_call *call)
{
    const char *name = mr_web_text(call, "function");
    if (mr_lambda_find(mr_sim_lambda(call->web->sim), mr_bytes_of(name)) == NULL) {
        mr_error err;
        mr_error_set(&err, MR_FUNCTION_NOT_FOUND, "there is no function %s", name);
        mr_web_fail_code(call->request, err.code, &err);
        return;
    }
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_function_log_write(call->web->function_log, name, (size_t)mr_web_integer(call, "limit"),
                          &json);
    mr_json_object_end(&json);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static const mr_web_parameter parameters[] = {{.name = "function",
                                               .in_path = true,
                                               .type = MR_WEB_STRING,
                                               .length_max = 140,
                                               .about = "The name of a function.",
                                               .example = "clean"},
                                              {.name = "limit",
                                               .type = MR_WEB_INTEGER,
                                               .least = 1,
                                               .most = MR_FUNCTION_LOG_LINES,
                                               .fallback = "100",
                                               .about = "The most lines, and invocations."}};

static const mr_web_field line_fields[] = {
    {.name = "id", .type = MR_WEB_INTEGER, .about = "Rises from event to event."},
    {.name = "time_us", .type = MR_WEB_INTEGER, .about = "Microseconds since the epoch."},
    {.name = "invocation",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "The request id of the invocation that printed it."},
    {.name = "line", .type = MR_WEB_STRING, .about = "At most 2048 bytes of it."}};
static const mr_web_shape line_shape =
    MR_WEB_SHAPE("FunctionLogLine", "A line that a handler printed.", line_fields);

static const mr_web_field invocation_fields[] = {
    {.name = "id", .type = MR_WEB_INTEGER, .about = "Rises from event to event."},
    {.name = "time_us", .type = MR_WEB_INTEGER, .about = "Microseconds since the epoch."},
    {.name = "invocation", .type = MR_WEB_STRING, .nullable = true, .about = "Its request id."},
    {.name = "records", .type = MR_WEB_INTEGER, .about = "How many records it was given."},
    {.name = "bytes", .type = MR_WEB_INTEGER, .about = "The length of its payload."},
    {.name = "duration_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "Of the world's time, in microseconds; null while it runs."},
    {.name = "outcome",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "As the event log has it; null while it runs."},
    {.name = "message", .type = MR_WEB_STRING, .nullable = true, .about = "Why it failed."}};
static const mr_web_shape invocation_shape =
    MR_WEB_SHAPE("Invocation", "An invocation of a function.", invocation_fields);

static const mr_web_field log_fields[] = {{.name = "lines",
                                           .type = MR_WEB_ARRAY,
                                           .item = MR_WEB_OBJECT,
                                           .shape = &line_shape,
                                           .about = "The newest, oldest first."},
                                          {.name = "invocations",
                                           .type = MR_WEB_ARRAY,
                                           .item = MR_WEB_OBJECT,
                                           .shape = &invocation_shape,
                                           .about = "The newest, oldest first."}};
static const mr_web_shape log_shape =
    MR_WEB_SHAPE("FunctionLog", "What a function did lately.", log_fields);

static const mr_web_failure function_not_found = {"function-not-found", 404,
                                                  "There is no function of this name."};
static const mr_web_failure *const failures[] = {&function_not_found, NULL};

static const mr_web_route routes[] = {{.method = "GET",
                                       .path = "/_millrace/api/functions/{function}/log",
                                       .tag = "Functions",
                                       .summary = "What a function did lately",
                                       .guard = MR_WEB_OWN_HOST,
                                       .parameters = parameters,
                                       .parameter_count = MR_COUNT(parameters),
                                       .answer = &log_shape,
                                       .failures = failures,
                                       .handle = get_log}};

const mr_web_group mr_web_function_routes = {routes, MR_COUNT(routes)};
