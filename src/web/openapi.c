/* openapi.c - see openapi.h: the document and its operations. */
#include "src/web/openapi.h"

#include "src/web/openapi_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define FAILURES_MAX 64
#define STATUS_MAX   599

typedef struct tables {
    const mr_web_group *const *groups;
    size_t count;
} tables;

/* ---- rows in their order ---- */

/* The row at this place among all that are shown; NULL behind the last. */
static const mr_web_route *row_at(const tables *t, size_t place)
{
    for (size_t g = 0; g < t->count; g++) {
        for (size_t i = 0; i < t->groups[g]->count; i++) {
            const mr_web_route *route = &t->groups[g]->routes[i];
            if (!route->hidden && place-- == 0) {
                return route;
            }
        }
    }
    return NULL;
}

static bool same_path(const mr_web_route *a, const mr_web_route *b)
{
    return strcmp(a->path, b->path) == 0;
}

static bool same_tag(const mr_web_route *a, const mr_web_route *b)
{
    return strcmp(a->tag, b->tag) == 0;
}

/* Whether no row before this place is the same in this way. */
static bool is_first(const tables *t, size_t place,
                     bool (*same)(const mr_web_route *, const mr_web_route *))
{
    const mr_web_route *route = row_at(t, place);
    for (size_t i = 0; i < place; i++) {
        if (same(row_at(t, i), route)) {
            return false;
        }
    }
    return true;
}

/* ---- shapes ---- */

typedef struct shapes {
    const mr_web_shape **items;
    size_t count;
} shapes;

static void add_shape(shapes *all, const mr_web_shape *shape)
{
    if (shape == NULL) {
        return;
    }
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i] == shape) {
            return;
        }
        MR_ASSERT(strcmp(all->items[i]->name, shape->name) != 0);
    }
    MR_ASSERT(all->count < MR_OPENAPI_SHAPES_MAX);
    all->items[all->count++] = shape;
}

static const mr_web_field error_fields[] = {
    {.name = "error",
     .type = MR_WEB_STRING,
     .about = "What is wrong, in a word that stays the same.",
     .example = "\"not-found\""},
    {.name = "message",
     .type = MR_WEB_STRING,
     .about = "For a person: where, and how to mend it."}};
static const mr_web_shape error_shape =
    MR_WEB_SHAPE("Error", "Why a request was refused.", error_fields);

size_t mr_web_openapi_shapes(const mr_web_group *const *groups, size_t count,
                             const mr_web_shape **out)
{
    const tables t = {groups, count};
    shapes all = {out, 0};
    const mr_web_route *route;
    add_shape(&all, &error_shape);
    for (size_t i = 0; (route = row_at(&t, i)) != NULL; i++) {
        add_shape(&all, route->body);
        add_shape(&all, route->told);
        add_shape(&all, route->answer);
        add_shape(&all, route->failure);
    }
    for (size_t i = 0; i < all.count; i++) { /* those inside stand behind */
        for (size_t f = 0; f < all.items[i]->count; f++) {
            add_shape(&all, all.items[i]->fields[f].shape);
        }
    }
    return all.count;
}

/* ---- names ---- */

/* The path as OpenAPI has it: "{key+}" is "{key}". */
static void append_path(mr_strbuf *out, const char *path)
{
    for (const char *p = path; *p != '\0'; p++) {
        if (*p != '+') {
            mr_strbuf_append_char(out, *p);
        }
    }
}

/* "get_streams_by_stream", of GET /_millrace/api/streams/{stream}. */
static void append_id(mr_strbuf *out, const mr_web_route *route)
{
    static const char prefix[] = "/_millrace/api/";
    const char *path = route->path;
    char last = '\0';
    for (const char *p = route->method; *p != '\0'; p++) {
        mr_strbuf_append_char(out, (char)tolower((unsigned char)*p));
    }
    if (strncmp(path, prefix, strlen(prefix)) == 0) {
        path += strlen(prefix) - 1;
    }
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '}' || *p == '+') {
            continue;
        }
        if (*p == '{') {
            mr_strbuf_append_text(out, "by_");
        } else if (isalnum((unsigned char)*p)) {
            mr_strbuf_append_char(out, *p);
        } else if (last != '_') {
            mr_strbuf_append_char(out, '_');
        }
        last = (char)(isalnum((unsigned char)*p) ? *p : '_');
    }
}

/* ---- failures ---- */

typedef struct failure {
    const mr_web_failure *what;
    const mr_web_shape *shape; /* of its body */
} failure;

typedef struct failures {
    failure items[FAILURES_MAX];
    size_t count;
} failures;

static void add_failure(failures *all, const mr_web_failure *what, const mr_web_shape *shape)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].what->status == what->status &&
            strcmp(all->items[i].what->code, what->code) == 0) {
            return;
        }
    }
    MR_ASSERT(all->count < FAILURES_MAX);
    all->items[all->count++] = (failure){what, shape};
}

/* Its own, then those that router and guard give. */
static void collect_failures(const mr_web_route *route, failures *all)
{
    const mr_web_shape *own = route->failure != NULL ? route->failure : &error_shape;
    all->count = 0;
    for (const mr_web_failure *const *at = route->failures; at != NULL && *at != NULL; at++) {
        add_failure(all, *at, own);
    }
    if (route->parameter_count > 0 || !route->any_query || route->body != NULL) {
        add_failure(all, &mr_web_invalid, &error_shape);
    }
    if (route->guard != MR_WEB_OPEN) {
        add_failure(all, &mr_web_host_refused, &error_shape);
    }
    if (route->guard == MR_WEB_OWN_ORIGIN) {
        add_failure(all, &mr_web_origin_refused, &error_shape);
    }
    if (route->body != NULL) {
        add_failure(all, &mr_web_not_json, &error_shape);
        add_failure(all, &mr_web_media_type_refused, &error_shape);
    }
    if (route->body != NULL || route->body_type != NULL) {
        add_failure(all, &mr_web_body_too_large, &error_shape);
    }
    if (route->answer != NULL && strcmp(route->method, "GET") == 0) {
        add_failure(all, &mr_web_too_large, &error_shape);
    }
    add_failure(all, &mr_web_method_refused, &error_shape);
}

/* {"error": one of these codes} */
static void write_error_schema(mr_json *json, const failures *all, int status)
{
    mr_json_object_begin(json);
    mr_json_key(json, "allOf");
    mr_json_array_begin(json);
    mr_openapi_ref(json, &error_shape);
    mr_json_object_begin(json);
    mr_json_key(json, "properties");
    mr_json_object_begin(json);
    mr_json_key(json, "error");
    mr_json_object_begin(json);
    mr_json_key(json, "enum");
    mr_json_array_begin(json);
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].what->status == status && all->items[i].shape == &error_shape) {
            mr_json_text(json, all->items[i].what->code);
        }
    }
    mr_json_array_end(json);
    mr_json_object_end(json);
    mr_json_object_end(json);
    mr_json_object_end(json);
    mr_json_array_end(json);
    mr_json_object_end(json);
}

/* The schema of all answers with this status: of one form, or of either. */
static void write_failure_schema(mr_json *json, const failures *all, int status)
{
    const mr_web_shape *own = NULL;
    bool has_error = false;
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].what->status == status) {
            own = all->items[i].shape != &error_shape ? all->items[i].shape : own;
            has_error = has_error || all->items[i].shape == &error_shape;
        }
    }
    if (own == NULL) {
        write_error_schema(json, all, status);
    } else if (!has_error) {
        mr_openapi_ref(json, own);
    } else {
        mr_json_object_begin(json);
        mr_json_key(json, "anyOf");
        mr_json_array_begin(json);
        mr_openapi_ref(json, own);
        write_error_schema(json, all, status);
        mr_json_array_end(json);
        mr_json_object_end(json);
    }
}

static void write_failure(mr_json *json, const failures *all, int status)
{
    char key[16];
    mr_strbuf about = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < all->count; i++) {
        const mr_web_failure *what = all->items[i].what;
        if (what->status == status) {
            mr_strbuf_appendf(&about, "%s`%s`: %s", about.len == 0 ? "" : "\n\n", what->code,
                              what->about);
        }
    }
    if (about.len == 0) {
        return; /* no failure has it */
    }
    snprintf(key, sizeof(key), "%d", status);
    mr_json_key(json, key);
    mr_json_object_begin(json);
    mr_json_field_bytes(json, "description", mr_strbuf_bytes(&about));
    mr_json_key(json, "content");
    mr_json_object_begin(json);
    mr_json_key(json, "application/json");
    mr_json_object_begin(json);
    mr_json_key(json, "schema");
    write_failure_schema(json, all, status);
    mr_json_object_end(json);
    mr_json_object_end(json);
    mr_json_object_end(json);
    mr_strbuf_deinit(&about);
}

/* ---- an operation ---- */

static void write_content(mr_json *json, const char *type, const mr_web_shape *shape)
{
    const bool is_json = type == NULL || strcmp(type, "application/json") == 0;
    mr_json_key(json, "content");
    mr_json_object_begin(json);
    mr_json_key(json, type == NULL ? "application/json" : type);
    mr_json_object_begin(json);
    mr_json_key(json, "schema");
    if (shape != NULL) {
        mr_openapi_ref(json, shape);
    } else {
        mr_json_object_begin(json);
        if (!is_json) {
            mr_json_field_string(json, "type", "string");
        }
        mr_json_object_end(json);
    }
    mr_json_object_end(json);
    mr_json_object_end(json);
}

static void write_body(mr_json *json, const mr_web_route *route)
{
    mr_json_key(json, "requestBody");
    mr_json_object_begin(json);
    mr_json_field_bool(json, "required", true);
    if (route->body != NULL) {
        write_content(json, NULL, route->body);
    } else {
        write_content(json, route->body_type, route->told);
    }
    mr_json_object_end(json);
}

static void write_responses(mr_json *json, const mr_web_route *route)
{
    const int success = route->status > 0 ? route->status : 200;
    char key[16];
    failures all;
    collect_failures(route, &all);
    mr_json_key(json, "responses");
    mr_json_object_begin(json);
    snprintf(key, sizeof(key), "%d", success);
    mr_json_key(json, key);
    mr_json_object_begin(json);
    mr_json_field_string(json, "description",
                         route->answer != NULL && route->answer->about != NULL
                             ? route->answer->about
                             : "It is done.");
    if (success != 204) {
        write_content(json, route->answer_type, route->answer);
    }
    mr_json_object_end(json);
    for (int status = 300; status <= STATUS_MAX; status++) {
        write_failure(json, &all, status);
    }
    mr_json_object_end(json);
}

static void write_operation(mr_json *json, const mr_web_route *route)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (const char *p = route->method; *p != '\0'; p++) {
        mr_strbuf_append_char(&text, (char)tolower((unsigned char)*p));
    }
    mr_json_key(json, mr_strbuf_text(&text));
    mr_json_object_begin(json);
    mr_strbuf_reset(&text);
    append_id(&text, route);
    mr_json_field_bytes(json, "operationId", mr_strbuf_bytes(&text));
    mr_strbuf_deinit(&text);
    mr_json_key(json, "tags");
    mr_json_array_begin(json);
    mr_json_text(json, route->tag);
    mr_json_array_end(json);
    mr_json_field_string(json, "summary", route->summary);
    if (route->about != NULL) {
        mr_json_field_string(json, "description", route->about);
    }
    if (route->parameter_count > 0) {
        mr_json_key(json, "parameters");
        mr_json_array_begin(json);
        for (size_t i = 0; i < route->parameter_count; i++) {
            mr_openapi_parameter(json, &route->parameters[i]);
        }
        mr_json_array_end(json);
    }
    if (route->body != NULL || route->body_type != NULL) {
        write_body(json, route);
    }
    write_responses(json, route);
    mr_json_object_end(json);
}

/* ---- the document ---- */

static void write_info(mr_json *json)
{
    mr_json_key(json, "info");
    mr_json_object_begin(json);
    mr_json_field_string(json, "title", "millrace");
    mr_json_field_string(json, "version", MILLRACE_VERSION);
    mr_json_field_string(
        json, "description",
        "What a running millrace answers beside AWS's services: its console's API, "
        "and a few services of its own. A path that is not there is 404 `not-found`. In a path, a "
        "name that is `.` or `..`, or begins with `~`, is spelled with a `~` in front (`~..`): "
        "browsers take the others for steps.");
    mr_json_object_end(json);
    mr_json_key(json, "servers");
    mr_json_array_begin(json);
    mr_json_object_begin(json);
    mr_json_field_string(json, "url", "/");
    mr_json_field_string(json, "description", "The server that this document comes from.");
    mr_json_object_end(json);
    mr_json_array_end(json);
}

static void write_tags(mr_json *json, const tables *t)
{
    const mr_web_route *route;
    mr_json_key(json, "tags");
    mr_json_array_begin(json);
    for (size_t i = 0; (route = row_at(t, i)) != NULL; i++) {
        if (is_first(t, i, same_tag)) {
            mr_json_object_begin(json);
            mr_json_field_string(json, "name", route->tag);
            mr_json_object_end(json);
        }
    }
    mr_json_array_end(json);
}

static void write_paths(mr_json *json, const tables *t)
{
    const mr_web_route *route, *other;
    mr_json_key(json, "paths");
    mr_json_object_begin(json);
    for (size_t i = 0; (route = row_at(t, i)) != NULL; i++) {
        if (!is_first(t, i, same_path)) {
            continue;
        }
        mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        append_path(&path, route->path);
        mr_json_key(json, mr_strbuf_text(&path));
        mr_strbuf_deinit(&path);
        mr_json_object_begin(json);
        for (size_t k = i; (other = row_at(t, k)) != NULL; k++) {
            if (same_path(route, other)) {
                write_operation(json, other);
            }
        }
        mr_json_object_end(json);
    }
    mr_json_object_end(json);
}

void mr_web_openapi_write(const mr_web_group *const *groups, size_t count, mr_strbuf *out)
{
    const tables t = {groups, count};
    const mr_web_shape *all[MR_OPENAPI_SHAPES_MAX];
    const size_t shape_count = mr_web_openapi_shapes(groups, count, all);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "openapi", "3.1.0");
    write_info(&json);
    write_tags(&json, &t);
    write_paths(&json, &t);
    mr_json_key(&json, "components");
    mr_json_object_begin(&json);
    mr_json_key(&json, "schemas");
    mr_json_object_begin(&json);
    for (size_t i = 0; i < shape_count; i++) {
        mr_json_key(&json, all[i]->name);
        mr_openapi_shape(&json, all[i]);
    }
    mr_json_object_end(&json);
    mr_json_object_end(&json);
    mr_json_object_end(&json);
}
