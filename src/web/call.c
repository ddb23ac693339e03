/* call.c - what a handler asks of its call, and how it answers: see route.h. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/web/route.h"

#include <stdlib.h>
#include <string.h>

#define ERROR_BYTES_MAX (8 * (size_t)MR_KIB)
#define MORE_HEADERS    8

const mr_web_failure mr_web_invalid = {
    "invalid-argument", 400, "A parameter or a member of the body is missing, or is not allowed."};
const mr_web_failure mr_web_not_found = {"not-found", 404, "What the path names is not there."};
const mr_web_failure mr_web_too_large = {"answer-too-large", 507,
                                         "The world has more of it than an answer can hold."};
const mr_web_failure mr_web_conflict = {"conflict", 409,
                                        "It cannot be done in the state that things are in."};

/* ---- parameters ---- */

static size_t place_of(const mr_web_call *call, const char *name)
{
    size_t place = 0;
    while (place < call->route->parameter_count &&
           strcmp(call->route->parameters[place].name, name) != 0) {
        place++;
    }
    MR_ASSERT(place < call->route->parameter_count); /* the row has such a parameter */
    return place;
}

bool mr_web_has(const mr_web_call *call, const char *name)
{
    return mr_web_text(call, name) != NULL;
}

const char *mr_web_text(const mr_web_call *call, const char *name)
{
    return call->values[place_of(call, name)].text;
}

int64_t mr_web_integer(const mr_web_call *call, const char *name)
{
    const char *text = mr_web_text(call, name);
    int64_t value = 0;
    bool is_number = text == NULL || mr_bytes_to_int64(mr_bytes_of(text), &value);
    MR_ASSERT(is_number); /* the router has seen to it */
    return value;
}

double mr_web_number(const mr_web_call *call, const char *name)
{
    const char *text = mr_web_text(call, name);
    return text == NULL ? 0 : strtod(text, NULL);
}

bool mr_web_flag(const mr_web_call *call, const char *name)
{
    const char *text = mr_web_text(call, name);
    return text != NULL && strcmp(text, "true") == 0;
}

/* ---- members of the body ---- */

static const cJSON *member(const mr_web_call *call, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(call->body, name);
    return value == NULL || cJSON_IsNull(value) ? NULL : value;
}

const char *mr_web_body_text(const mr_web_call *call, const char *name, const char *fallback)
{
    const cJSON *value = member(call, name);
    return value == NULL ? fallback : value->valuestring;
}

double mr_web_body_number(const mr_web_call *call, const char *name, double fallback)
{
    const cJSON *value = member(call, name);
    return value == NULL ? fallback : value->valuedouble;
}

bool mr_web_body_flag(const mr_web_call *call, const char *name, bool fallback)
{
    const cJSON *value = member(call, name);
    return value == NULL ? fallback : cJSON_IsTrue(value);
}

/* ---- answers ---- */

size_t mr_web_headers(const char *media_type, mr_http_header_field *out, size_t room)
{
    const mr_http_header_field fixed[] = {
        {"Content-Type", media_type},
        {"Cache-Control", "no-store"},
        {"Content-Security-Policy",
         "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"}};
    MR_ASSERT(room >= MR_COUNT(fixed));
    memcpy(out, fixed, sizeof(fixed));
    return MR_COUNT(fixed);
}

void mr_web_send(mr_http_request *request, int status, const char *media_type,
                 const mr_http_header_field *headers, size_t header_count, mr_bytes body)
{
    MR_ASSERT(header_count <= MORE_HEADERS);
    mr_http_header_field all[16 + MORE_HEADERS];
    size_t count = mr_web_headers(media_type, all, MR_COUNT(all));
    for (size_t i = 0; i < header_count; i++) {
        size_t place = 0; /* one that is fixed gives way: an asset may be cached */
        while (place < count && strcmp(all[place].name, headers[i].name) != 0) {
            place++;
        }
        all[place] = headers[i];
        count = place == count ? count + 1 : count;
    }
    mr_http_answer(request, status, all, count, body);
}

static void send_failure(mr_http_request *request, int status, const char *code,
                         const char *message)
{
    mr_strbuf body = mr_strbuf_make(ERROR_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "error", code);
    mr_json_field_string(&json, "message", message);
    mr_json_object_end(&json);
    mr_web_send(request, status, "application/json", NULL, 0, mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

void mr_web_send_json(mr_http_request *request, int status, mr_strbuf *body)
{
    if (body->overflowed) { /* as large as the world is: that is no mistake of ours */
        mr_web_fail(
            request, &mr_web_too_large,
            "the answer would have more than %zu bytes; ask for less of it, or by AWS's own "
            "operations, page by page",
            body->limit);
    } else {
        mr_web_send(request, status, "application/json", NULL, 0, mr_strbuf_bytes(body));
    }
    mr_strbuf_reset(body);
}

void mr_web_fail(mr_http_request *request, const mr_web_failure *failure, const char *format, ...)
{
    mr_strbuf message = mr_strbuf_make(1024);
    va_list args;
    va_start(args, format);
    mr_strbuf_vappendf(&message, format, args);
    va_end(args);
    send_failure(request, failure->status, failure->code, mr_strbuf_text(&message));
    mr_strbuf_deinit(&message);
}

static int status_of(mr_code code)
{
    switch (code) {
    case MR_NOT_FOUND:
    case MR_STREAM_NOT_FOUND:
    case MR_SHARD_NOT_FOUND:
    case MR_CONSUMER_NOT_FOUND:
    case MR_FUNCTION_NOT_FOUND:
    case MR_MAPPING_NOT_FOUND:
    case MR_BUCKET_NOT_FOUND:
    case MR_OBJECT_NOT_FOUND:
    case MR_DELIVERY_STREAM_NOT_FOUND:
    case MR_DATABASE_NOT_FOUND:
    case MR_TABLE_NOT_FOUND:
        return 404;
    case MR_ALREADY_EXISTS:
    case MR_STREAM_EXISTS:
    case MR_STREAM_NOT_ACTIVE:
    case MR_SHARD_CLOSED:
    case MR_DELIVERY_STREAM_NOT_ACTIVE:
    case MR_INTERRUPTED:
        return 409;
    case MR_THROTTLED:
    case MR_LIMIT_EXCEEDED:
        return 429;
    case MR_RECORD_TOO_LARGE:
        return 413;
    case MR_IO:
    case MR_DISK_FULL:
    case MR_PERMISSION:
    case MR_LOCKED:
    case MR_CORRUPT:
    case MR_DATABASE:
    case MR_INTERNAL_FAILURE:
        return 500;
    default:
        return 400;
    }
}

/* "MR_STREAM_NOT_FOUND" as "stream-not-found". */
static void word_of(mr_code code, char *out, size_t size)
{
    const char *name = mr_code_name(code) + strlen("MR_");
    size_t n = 0;
    for (; name[n] != '\0' && n + 1 < size; n++) {
        const char c = name[n];
        out[n] = c;
        if (c == '_') {
            out[n] = '-';
        } else if (c >= 'A' && c <= 'Z') {
            out[n] = (char)(c - 'A' + 'a');
        }
    }
    out[n] = '\0';
}

void mr_web_fail_code(mr_http_request *request, mr_code code, const mr_error *err)
{
    char word[64];
    word_of(code, word, sizeof(word));
    send_failure(request, status_of(code), word, err->message);
}
