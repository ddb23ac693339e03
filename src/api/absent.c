/* absent.c - requests for what millrace does not have, told so in words. See api_private.h.
 *
 * Whoever sets AWS_ENDPOINT_URL sends every service's requests here. The scope of the signature
 * says which service is meant, and thereby how an error must look for its client to show it: XML of
 * S3, XML of the query protocol, JSON with a target, or REST-JSON. The status is 501, which no SDK
 * tries again. */
#include "sim/base/json.h"
#include "src/api/api_private.h"

#include <string.h>

#define CODE             "NotImplemented"
#define JSON_1_0         "application/x-amz-json-1.0"
#define PATH_SHOWN_MAX   256 /* bytes of it */
#define SERVICE_NAME_MAX 40
#define XML_HEAD         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

typedef struct instead {
    const char *service; /* as scopes name it */
    const char *words;   /* no markup in them */
} instead;

static const instead insteads[] = {
    {"s3", "What is delivered are files: read them by 'millrace ls s3://BUCKET/' and 'millrace cat "
           "s3://BUCKET/KEY'."},
    {"glue", "Its tables come from the template: 'millrace query' and the console read them."},
    {"athena", "'millrace query' and the console ask the tables."},
    {"sts", "Any access key and secret will do here; nobody is asked who they are."},
    {"cloudformation", "Give the template to 'millrace serve --template FILE'."},
    {"logs", "What functions print is in the console, in the view Transform."},
    {"monitoring", "Its metrics are at /_millrace/metrics."}};

/* Services with names that are not plain are somebody's bytes, and are not repeated. */
static bool is_plain(mr_bytes service)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (size_t i = 0; i < service.len; i++) {
        if (service.at[i] == '\0' || strchr(letters, service.at[i]) == NULL) {
            return false;
        }
    }
    return service.len <= SERVICE_NAME_MAX;
}

static const char *words_for(mr_bytes service)
{
    for (size_t i = 0; i < MR_COUNT(insteads); i++) {
        if (mr_bytes_is(service, insteads[i].service)) {
            return insteads[i].words;
        }
    }
    return "To reach AWS for it, set AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL_FIREHOSE and "
           "AWS_ENDPOINT_URL_LAMBDA in place of AWS_ENDPOINT_URL.";
}

static const char *message_for(mr_bytes service, const mr_http_request *request, mr_arena *arena)
{
    if (mr_bytes_is(service, "lambda")) {
        const mr_bytes method = mr_http_method(request), path = mr_http_path(request);
        return mr_arena_format(arena,
                               "millrace has no operation %.*s %.*s of Lambda. It has functions, "
                               "their code, configuration, tags, permissions and concurrency, "
                               "Invoke, and event source mappings.",
                               (int)method.len, method.at,
                               (int)mr_min_size(path.len, PATH_SHOWN_MAX), path.at);
    }
    return mr_arena_format(arena,
                           "millrace has no service '%.*s': it has kinesis, firehose and "
                           "lambda. %s",
                           (int)service.len, service.at, words_for(service));
}

/* ---- the forms of an error ---- */

static void answer_s3(mr_api *api, mr_http_request *request, const char *message)
{
    mr_api_headers headers;
    mr_api_headers_fill(api, request, "application/xml", &headers);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&body,
                      XML_HEAD "<Error><Code>" CODE "</Code><Message>%s</Message><RequestId>%s"
                               "</RequestId></Error>",
                      message, headers.request_id);
    mr_http_answer(request, 501, headers.fields, headers.count, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

static void answer_query(mr_api *api, mr_http_request *request, const char *message)
{
    mr_api_headers headers;
    mr_api_headers_fill(api, request, "text/xml", &headers);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&body,
                      "<ErrorResponse><Error><Type>Sender</Type><Code>" CODE "</Code><Message>%s"
                      "</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
                      message, headers.request_id);
    mr_http_answer(request, 501, headers.fields, headers.count, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

/* Of both kinds at once: clients look for "__type" or for the header, for "message" or "Message".
 */
static void answer_json(mr_api *api, mr_http_request *request, const char *content_type,
                        const char *message)
{
    mr_api_headers headers;
    mr_api_headers_fill(api, request, content_type, &headers);
    headers.fields[headers.count++] = (mr_http_header_field){"x-amzn-ErrorType", CODE};
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "__type", CODE);
    mr_json_field_string(&json, "message", message);
    mr_json_object_end(&json);
    mr_http_answer(request, 501, headers.fields, headers.count, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

static const char *json_type_of(const mr_http_request *request)
{
    const mr_bytes type = mr_http_header(request, "content-type");
    return mr_bytes_is(type, JSON_1_0)      ? JSON_1_0
           : mr_bytes_is(type, MR_API_JSON) ? MR_API_JSON
                                            : MR_API_REST;
}

bool mr_api_absent_handle(mr_api *api, mr_http_request *request, mr_arena *arena)
{
    const mr_bytes service = mr_api_signed_service(request, arena);
    if (service.len == 0 || !is_plain(service) || mr_bytes_is(service, "kinesis") ||
        mr_bytes_is(service, "firehose")) {
        return false;
    }
    const char *message = message_for(service, request, arena);
    const bool is_form =
        mr_bytes_starts_with(mr_http_header(request, "content-type"),
                             MR_BYTES_LITERAL("application/x-www-form-urlencoded"));
    if (mr_bytes_is(service, "s3")) {
        answer_s3(api, request, message);
    } else if (is_form) {
        answer_query(api, request, message);
    } else {
        answer_json(api, request, json_type_of(request), message);
    }
    return true;
}
