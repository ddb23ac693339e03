/*
 * router.c - from a request to the handler of its row.
 *
 *   path -> method -> who asks (guard.c) -> parameters -> body -> handler
 *
 * A path that no row has is 404 with the nearest that is; a method that its rows lack is 405 with
 * Allow. The handler sees nothing that its row does not admit.
 */
#include "src/web/web_private.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "src/aws/uri.h"
#include "src/web/bad_json.h"
#include "src/web/segment.h"

#include <stdlib.h>
#include <string.h>

#define BODY_BYTES_MAX   (64 * (size_t)MR_KIB)
#define TEXT_BYTES_MAX   1024
#define ALLOW_BYTES_MAX  128
#define NUMBER_BYTES_MAX 64

const mr_web_failure mr_web_method_refused = {
    "method-not-allowed", 405, "The path is there, but not with this method; Allow lists them."};
const mr_web_failure mr_web_body_too_large = {"body-too-large", 413,
                                              "The body is longer than the row's limit."};
const mr_web_failure mr_web_media_type_refused = {"media-type-refused", 415,
                                                  "The body must be application/json."};
const mr_web_failure mr_web_not_json = {"not-json", 400, "The body is not JSON."};

/* ---- paths ---- */

/* Takes the first segment off: "a/b" leaves "b". */
static mr_bytes take_segment(mr_bytes *rest)
{
    size_t n = mr_bytes_find(*rest, '/');
    mr_bytes segment = mr_bytes_make(rest->at, n);
    size_t skip = mr_min_size(n + 1, rest->len);
    *rest = mr_bytes_make(rest->at + skip, rest->len - skip);
    return segment;
}

static bool is_parameter(mr_bytes segment)
{
    return segment.len > 2 && mr_bytes_starts_with(segment, MR_BYTES_LITERAL("{"));
}

static bool is_rest_parameter(mr_bytes segment)
{
    return is_parameter(segment) && mr_bytes_ends_with(segment, MR_BYTES_LITERAL("+}"));
}

static size_t segments_of(mr_bytes path)
{
    size_t count = 1;
    for (size_t i = 0; i < path.len; i++) {
        count += path.at[i] == '/';
    }
    return count;
}

typedef struct path_values {
    mr_bytes values[MR_WEB_PARAMETERS_MAX]; /* raw, in the order of the path */
    size_t count;
} path_values;

static bool path_matches(const char *pattern, mr_bytes path, path_values *out)
{
    mr_bytes wanted = mr_bytes_of(pattern);
    const size_t wanted_count = segments_of(wanted);
    const size_t count = segments_of(path);
    out->count = 0;
    for (size_t i = 0; i < wanted_count; i++) {
        const mr_bytes pattern_segment = take_segment(&wanted);
        if (is_rest_parameter(pattern_segment)) {
            out->values[out->count++] = path;
            return i < count; /* it may be empty: "console/" */
        }
        if (i >= count) {
            return false;
        }
        const mr_bytes segment = take_segment(&path);
        if (is_parameter(pattern_segment)) {
            if (segment.len == 0) {
                return false;
            }
            out->values[out->count++] = segment;
        } else if (!mr_bytes_equal(pattern_segment, segment)) {
            return false;
        }
    }
    return count == wanted_count;
}

/* ---- the row ---- */

typedef struct found {
    const mr_web_route *route; /* NULL: no row has the method */
    bool path_is_known;
    char allow[ALLOW_BYTES_MAX];
    path_values path;
} found;

static bool has_method(const mr_web_route *route, mr_bytes method)
{
    return mr_bytes_is(method, route->method) ||
           (mr_bytes_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

static void allow(found *f, const char *method)
{
    mr_strbuf text = mr_strbuf_make(ALLOW_BYTES_MAX - 1);
    mr_strbuf_appendf(&text, "%s%s%s%s", f->allow, f->allow[0] == '\0' ? "" : ", ", method,
                      strcmp(method, "GET") == 0 ? ", HEAD" : "");
    if (!text.overflowed) {
        memcpy(f->allow, mr_strbuf_text(&text), text.len + 1);
    }
    mr_strbuf_deinit(&text);
}

/* Rows with a fixed path stand before those with a parameter in its place, by their table. */
static void find(mr_bytes method, mr_bytes path, found *f)
{
    size_t group_count;
    const mr_web_group *const *groups = mr_web_groups(&group_count);
    *f = (found){.route = NULL};
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            const mr_web_route *route = &groups[g]->routes[i];
            path_values values;
            if (!path_matches(route->path, path, &values)) {
                continue;
            }
            f->path_is_known = true;
            if (has_method(route, method)) {
                f->route = route;
                f->path = values;
                return;
            }
            allow(f, route->method);
        }
    }
}

static void fail_unknown(mr_http_request *request, mr_bytes path)
{
    size_t group_count;
    const mr_web_group *const *groups = mr_web_groups(&group_count);
    const char *names[256];
    size_t count = 0;
    for (size_t g = 0; g < group_count; g++) {
        for (size_t i = 0; i < groups[g]->count && count < MR_COUNT(names); i++) {
            if (!groups[g]->routes[i].hidden) {
                names[count++] = groups[g]->routes[i].path;
            }
        }
    }
    const char *nearest = mr_nearest(path, names, count);
    const int shown = (int)mr_min_size(path.len, 128);
    if (nearest == NULL) {
        mr_web_fail(request, &mr_web_not_found,
                    "there is nothing at %.*s; /_millrace/openapi.json lists what there is", shown,
                    path.at);
    } else {
        mr_web_fail(request, &mr_web_not_found, "there is nothing at %.*s; did you mean %s?", shown,
                    path.at, nearest);
    }
}

static void fail_method(mr_http_request *request, const found *f)
{
    mr_strbuf body = mr_strbuf_make(1024);
    mr_strbuf_appendf(&body, "{\"error\":\"%s\",\"message\":\"this path is asked for with %s\"}",
                      mr_web_method_refused.code, f->allow);
    const mr_http_header_field header = {"Allow", f->allow};
    mr_web_send(request, mr_web_method_refused.status, "application/json", &header, 1,
                mr_strbuf_bytes(&body));
    mr_strbuf_deinit(&body);
}

/* ---- parameters ---- */

static mr_code check_number(const mr_web_parameter *parameter, const char *text, mr_error *err)
{
    int64_t whole = 0;
    char *end = NULL;
    double number = strtod(text, &end);
    bool is_good = strlen(text) < NUMBER_BYTES_MAX && end != text && *end == '\0' &&
                   strpbrk(text, "nNxXpPiI \t") == NULL; /* strtod takes more than JSON */
    if (parameter->type == MR_WEB_INTEGER) {
        is_good = mr_bytes_to_int64(mr_bytes_of(text), &whole);
        number = (double)whole;
    }
    if (!is_good) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is \"%.64s\"; it must be a%s",
                            parameter->name, text,
                            parameter->type == MR_WEB_INTEGER ? "n integer" : " number");
    }
    const bool is_bounded = parameter->least != 0 || parameter->most != 0;
    if (is_bounded && !(number >= parameter->least && number <= parameter->most)) {
        char least[MR_WEB_NUMBER_SIZE], most[MR_WEB_NUMBER_SIZE];
        mr_web_number_format(parameter->least, least);
        mr_web_number_format(parameter->most, most);
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is %.64s; it may be from %s to %s",
                            parameter->name, text, least, most);
    }
    return MR_OK;
}

static mr_code check_words(const mr_web_parameter *parameter, const char *text, mr_error *err)
{
    mr_strbuf list = mr_strbuf_make(256);
    for (const char *const *word = parameter->words; *word != NULL; word++) {
        if (strcmp(*word, text) == 0) {
            mr_strbuf_deinit(&list);
            return MR_OK;
        }
        mr_strbuf_appendf(&list, "%s%s", list.len == 0 ? "" : ", ", *word);
    }
    mr_code code = mr_error_set(err, MR_INVALID_ARGUMENT, "%s is \"%.64s\"; it may be: %s",
                                parameter->name, text, mr_strbuf_text(&list));
    mr_strbuf_deinit(&list);
    return code;
}

static mr_code check_parameter(const mr_web_parameter *parameter, const char *text, size_t len,
                               mr_error *err)
{
    const size_t most = parameter->length_max > 0 ? parameter->length_max : TEXT_BYTES_MAX;
    if (len > most) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s has %zu bytes; the most is %zu",
                            parameter->name, len, most);
    }
    if (memchr(text, '\0', len) != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s has a NUL byte", parameter->name);
    }
    switch (parameter->type) {
    case MR_WEB_INTEGER:
    case MR_WEB_NUMBER:
        return check_number(parameter, text, err);
    case MR_WEB_BOOLEAN:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "%s is \"%.64s\"; it may be true or false", parameter->name, text);
        }
        return MR_OK;
    default:
        return parameter->words == NULL ? MR_OK : check_words(parameter, text, err);
    }
}

/* text: emptied. */
static void set_value(mr_web_call *call, size_t place, mr_strbuf *text)
{
    mr_free(call->values[place].text); /* of several, the last one counts */
    call->values[place].len = text->len;
    call->values[place].text = mr_strbuf_take(text);
}

static bool query_place(const mr_web_route *route, mr_bytes name, size_t *place)
{
    for (size_t i = 0; i < route->parameter_count; i++) {
        if (!route->parameters[i].in_path && mr_bytes_is(name, route->parameters[i].name)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static void take_path_values(mr_web_call *call, const path_values *path)
{
    size_t at = 0;
    for (size_t i = 0; i < call->route->parameter_count; i++) {
        if (call->route->parameters[i].in_path) {
            MR_ASSERT(at < path->count); /* the row's path has what its table names */
            const mr_bytes segment = path->values[at++];
            mr_strbuf name = mr_strbuf_make(segment.len + 1);
            mr_segment_decode(&name, segment);
            set_value(call, i, &name);
        }
    }
    MR_ASSERT(at == path->count);
}

static mr_code take_query(mr_web_call *call, mr_error *err)
{
    mr_bytes query = mr_http_query(call->request);
    mr_uri_parameter parameter;
    while (mr_uri_next_parameter(&query, &parameter)) {
        size_t place;
        if (query_place(call->route, parameter.name, &place)) {
            mr_strbuf text = mr_strbuf_make(parameter.value.len + 1);
            mr_uri_decode(&text, parameter.value, true);
            set_value(call, place, &text);
        } else if (!call->route->any_query && !call->route->hidden) {
            const char *nearest = mr_nearest_in_table(parameter.name, call->route->parameters,
                                                      call->route->parameter_count,
                                                      sizeof(call->route->parameters[0]));
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                nearest == NULL ? "there is no parameter %.*s here"
                                                : "there is no parameter %.*s here; did you mean "
                                                  "%s?",
                                (int)mr_min_size(parameter.name.len, 64), parameter.name.at,
                                nearest);
        }
    }
    return MR_OK;
}

static mr_code take_parameters(mr_web_call *call, const path_values *path, mr_error *err)
{
    take_path_values(call, path);
    mr_code code = take_query(call, err);
    for (size_t i = 0; i < call->route->parameter_count && code == MR_OK; i++) {
        const mr_web_parameter *parameter = &call->route->parameters[i];
        if (call->values[i].text == NULL && parameter->fallback != NULL) {
            mr_strbuf text = mr_strbuf_make(strlen(parameter->fallback) + 1);
            mr_strbuf_append_text(&text, parameter->fallback);
            set_value(call, i, &text);
        }
        if (call->values[i].text != NULL) {
            code = check_parameter(parameter, call->values[i].text, call->values[i].len, err);
        } else if (parameter->required) {
            code = mr_error_set(err, MR_INVALID_ARGUMENT, "the parameter %s is missing: %s",
                                parameter->name, parameter->about);
        }
    }
    return code;
}

/* ---- the body ---- */

static bool is_json_type(mr_bytes type)
{
    const mr_bytes name = mr_bytes_trim(mr_bytes_make(type.at, mr_bytes_find(type, ';')));
    return mr_bytes_equal_nocase(name, mr_bytes_of("application/json"));
}

static size_t body_limit(const mr_web_route *route)
{
    return route->body_bytes_max > 0 ? route->body_bytes_max : BODY_BYTES_MAX;
}

static void fail_not_json(mr_http_request *request, mr_bytes body, size_t offset)
{
    mr_strbuf why = mr_strbuf_make(256);
    mr_bad_json_say(&why, body, offset);
    mr_web_fail(request, &mr_web_not_json, "the %s", mr_strbuf_text(&why));
    mr_strbuf_deinit(&why);
}

/* The body by its row; NULL when the request has been answered. */
static cJSON *read_body(mr_web_call *call)
{
    const mr_bytes bytes = mr_http_body(call->request);
    if (!is_json_type(mr_http_header(call->request, "content-type"))) {
        mr_web_fail(call->request, &mr_web_media_type_refused,
                    "this takes a JSON object: send Content-Type: application/json");
        return NULL;
    }
    const char *end = NULL;
    cJSON *value =
        bytes.len == 0 ? NULL : cJSON_ParseWithLengthOpts(bytes.at, bytes.len, &end, false);
    const size_t offset = end == NULL ? 0 : (size_t)(end - (const char *)bytes.at);
    const size_t left = bytes.len - mr_min_size(offset, bytes.len);
    if (value == NULL || mr_bytes_trim(mr_bytes_make(bytes.at + offset, left)).len > 0) {
        cJSON_Delete(value);
        fail_not_json(call->request, bytes, offset);
        return NULL;
    }
    mr_error err;
    if (mr_web_shape_check(call->route->body, value, &err) != MR_OK) {
        cJSON_Delete(value);
        mr_web_fail(call->request, &mr_web_invalid, "%s", err.message);
        return NULL;
    }
    return value;
}

/* ---- the order of checks ---- */

static void run(mr_web_call *call)
{
    if (call->route->body == NULL) {
        call->route->handle(call);
        return;
    }
    cJSON *body = read_body(call);
    if (body != NULL) {
        call->body = body;
        call->route->handle(call);
        cJSON_Delete(body);
    }
}

static bool is_too_large(const mr_web_route *route, mr_http_request *request)
{
    return mr_http_body_dropped(request) || mr_http_body(request).len > body_limit(route);
}

void mr_web_route_request(mr_web *web, mr_http_request *request)
{
    found f;
    find(mr_http_method(request), mr_http_path(request), &f);
    if (!f.path_is_known) {
        fail_unknown(request, mr_http_path(request));
        return;
    }
    if (f.route == NULL) {
        fail_method(request, &f);
        return;
    }
    if (!mr_web_guard_pass(web, f.route, request)) {
        return;
    }
    if (is_too_large(f.route, request)) {
        mr_web_fail(request, &mr_web_body_too_large, "the body is too long; the most is %zu bytes",
                    body_limit(f.route));
        return;
    }
    mr_web_call call = {.web = web, .request = request, .route = f.route};
    mr_error err;
    if (take_parameters(&call, &f.path, &err) == MR_OK) {
        run(&call);
    } else {
        mr_web_fail(request, &mr_web_invalid, "%s", err.message);
    }
    for (size_t i = 0; i < f.route->parameter_count; i++) {
        mr_free(call.values[i].text);
    }
}
