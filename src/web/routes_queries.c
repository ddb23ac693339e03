/* routes_queries.c - SQL over the API: to ask, to wait for the answer, to take it as CSV. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/web/web_private.h"

#include <string.h>

#define BODY_BYTES_MAX       (2 * MR_QUERY_BYTES_MAX)
#define HISTORY_BYTES_ENOUGH MR_QUERY_BYTES_MAX /* with so much, older queries are left out */

static const char *const states[] = {"waiting", "running",   "succeeded",
                                     "failed",  "cancelled", NULL};

static const mr_web_failure busy = {"too-many-queries", 429,
                                    "As many queries wait as the server takes."};
static const mr_web_failure no_result = {"no-result", 409,
                                         "The query has not succeeded, or its result is too old."};

/* ---- writing ---- */

/* The members of a query without its result, into an object that is open. */
static void write_members(mr_json *json, const mr_desk_query *query)
{
    mr_json_key(json, "id");
    mr_json_uint(json, query->id);
    mr_json_field_string(json, "sql", query->sql);
    mr_json_field_string(json, "database", query->database);
    mr_json_field_string(json, "state", mr_desk_state_name(query->state));
    mr_json_key(json, "bytes_scanned");
    mr_json_uint(json, query->bytes_scanned);
    mr_json_field_int(json, "duration_us", query->duration_us);
    mr_json_field_int(json, "time_us", query->time_us);
    mr_json_field_string(json, "error", query->error);
}

static void write_history(mr_json *json, const mr_query_desk *desk)
{
    mr_json_key(json, "history");
    mr_json_array_begin(json);
    for (uint64_t id = mr_query_desk_last(desk); id >= mr_query_desk_first(desk); id--) {
        mr_desk_query query;
        if (json->out->len >= HISTORY_BYTES_ENOUGH) {
            break;
        }
        if (mr_query_desk_look(desk, id, &query)) {
            mr_json_object_begin(json);
            write_members(json, &query);
            mr_json_key(json, "rows");
            mr_json_uint(json, query.rows);
            mr_json_object_end(json);
        }
    }
    mr_json_array_end(json);
}

static void write_saved(mr_json *json, const mr_plan *plan)
{
    mr_json_key(json, "saved");
    mr_json_array_begin(json);
    for (size_t i = 0; plan != NULL && i < plan->query_count; i++) {
        mr_json_object_begin(json);
        mr_json_field_string(json, "name", plan->queries[i].name);
        mr_json_field_string(json, "sql", plan->queries[i].sql);
        mr_json_field_string(json, "database", plan->queries[i].database);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

/* A result that is being written, or has been forgotten, is empty. */
static void raw_list(mr_json *json, const char *key, mr_bytes items)
{
    mr_strbuf list = mr_strbuf_make(items.len + 2);
    mr_strbuf_append_char(&list, '[');
    mr_strbuf_append_bytes(&list, items);
    mr_strbuf_append_char(&list, ']');
    mr_json_key(json, key);
    mr_json_raw(json, mr_strbuf_bytes(&list));
    mr_strbuf_deinit(&list);
}

static void write_query(mr_json *json, const mr_desk_query *query)
{
    mr_json_object_begin(json);
    write_members(json, query);
    mr_json_key(json, "columns");
    mr_json_raw(json, query->columns.len == 0 ? mr_bytes_of("[]") : query->columns);
    mr_json_key(json, "row_count");
    mr_json_uint(json, query->rows);
    raw_list(json, "rows", query->json_rows);
    raw_list(json, "warnings", query->warnings);
    mr_json_field_bool(json, "truncated", query->truncated);
    mr_json_field_bool(json, "forgotten", query->forgotten);
    mr_json_object_end(json);
}

static void answer_query(mr_http_request *request, int status, const mr_desk_query *query)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    write_query(&json, query);
    mr_web_send_json(request, status, &body);
    mr_strbuf_deinit(&body);
}

bool mr_web_write_query(mr_json *json, const mr_web *web, uint64_t id)
{
    mr_desk_query query;
    if (!mr_query_desk_look(web->queries, id, &query)) {
        return false;
    }
    write_query(json, &query);
    return true;
}

/* ---- waiting ---- */

typedef struct waiting {
    mr_query_desk *desk;
    mr_http_request *request;
} waiting;

static void on_closed(void *context)
{
    waiting *w = context;
    mr_query_desk_forget(w->desk, w);
    mr_free(w);
}

static void on_done(void *context, uint64_t id)
{
    waiting *w = context;
    mr_desk_query query;
    mr_http_set_context(w->request, NULL, NULL);
    if (mr_query_desk_look(w->desk, id, &query)) {
        answer_query(w->request, 200, &query);
    } else {
        mr_web_fail(w->request, &mr_web_not_found, "query %llu is not remembered any more",
                    (unsigned long long)id);
    }
    mr_free(w);
}

static void wait_for(mr_web_call *call, uint64_t id)
{
    waiting *w = mr_calloc(1, sizeof(*w));
    *w = (waiting){.desk = call->web->queries, .request = call->request};
    mr_http_set_context(call->request, w, on_closed);
    mr_query_desk_wait(w->desk, id, on_done, w);
}

/* ---- the handlers ---- */

void mr_web_write_queries(mr_json *json, const mr_web *web)
{
    mr_json_object_begin(json);
    write_saved(json, web->plan);
    write_history(json, web->queries);
    mr_json_object_end(json);
}

static void get_queries(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_web_write_queries(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void ask_query(mr_web_call *call)
{
    mr_query_desk *desk = call->web->queries;
    mr_error err;
    uint64_t id;
    if (mr_query_desk_ask(desk, mr_web_body_text(call, "sql", ""),
                          mr_web_body_text(call, "database", NULL), &id, &err) != MR_OK) {
        mr_web_fail(call->request, &busy, "%s", err.message);
        return;
    }
    mr_desk_query query;
    const bool is_there = mr_query_desk_look(desk, id, &query);
    MR_ASSERT(is_there);
    answer_query(call->request, 202, &query);
}

/* The query of the path; false: there is none, and it has been said. */
static bool find_query(mr_web_call *call, mr_desk_query *out)
{
    const int64_t id = mr_web_integer(call, "query");
    if (mr_query_desk_look(call->web->queries, (uint64_t)id, out)) {
        return true;
    }
    mr_web_fail(call->request, &mr_web_not_found,
                "there is no query %lld, or it is not remembered any more", (long long)id);
    return false;
}

static bool is_open(const mr_desk_query *query)
{
    return query->state == MR_DESK_WAITING || query->state == MR_DESK_RUNNING;
}

static void get_query(mr_web_call *call)
{
    mr_desk_query query;
    if (!find_query(call, &query)) {
        return;
    }
    if (is_open(&query) && mr_web_flag(call, "wait")) {
        wait_for(call, query.id);
    } else {
        answer_query(call->request, 200, &query);
    }
}

static void get_csv(mr_web_call *call)
{
    mr_desk_query query;
    if (!find_query(call, &query)) {
        return;
    }
    if (query.state != MR_DESK_SUCCEEDED || query.forgotten) {
        mr_web_fail(call->request, &no_result, "query %llu is %s%s", (unsigned long long)query.id,
                    mr_desk_state_name(query.state),
                    query.forgotten ? ", and its result is too old to be kept: ask again" : "");
        return;
    }
    char *name = mr_format("attachment; filename=\"query-%llu.csv\"", (unsigned long long)query.id);
    const mr_http_header_field header = {"Content-Disposition", name};
    mr_web_send(call->request, 200, "text/csv; charset=utf-8", &header, 1, query.csv);
    mr_free(name);
}

static void cancel_query(mr_web_call *call)
{
    mr_desk_query query;
    if (!find_query(call, &query)) {
        return;
    }
    mr_query_desk_cancel(call->web->queries, query.id);
    wait_for(call, query.id);
}

/* ---- the tables ---- */

#define QUERY_FIELDS                                                                               \
    {.name = "id", .type = MR_WEB_INTEGER, .about = "Its number, from 1."},                        \
        {.name = "sql", .type = MR_WEB_STRING, .about = "What was asked."},                        \
        {.name = "database",                                                                       \
         .type = MR_WEB_STRING,                                                                    \
         .nullable = true,                                                                         \
         .about = "For unqualified names; null: the only one, or \"default\"."},                   \
        {.name = "state", .type = MR_WEB_STRING, .words = states, .about = "How far it is."},      \
        {.name = "bytes_scanned",                                                                  \
         .type = MR_WEB_INTEGER,                                                                   \
         .about = "Bytes of the objects that it opened, as Athena's DataScannedInBytes."},         \
        {.name = "duration_us",                                                                    \
         .type = MR_WEB_INTEGER,                                                                   \
         .about = "How long it took, in real microseconds."},                                      \
        {.name = "time_us",                                                                        \
         .type = MR_WEB_INTEGER,                                                                   \
         .about = "When it was asked, in microseconds of the world's time of day."},               \
    {                                                                                              \
        .name = "error", .type = MR_WEB_STRING, .nullable = true,                                  \
        .about = "Why it failed, in Athena's words; null: it has not."                             \
    }

static const mr_web_field history_fields[] = {
    QUERY_FIELDS, {.name = "rows", .type = MR_WEB_INTEGER, .about = "Rows of its result."}};
static const mr_web_shape history_shape =
    MR_WEB_SHAPE("QueryRow", "A query, without its result.", history_fields);

static const mr_web_field saved_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "What the template calls it."},
    {.name = "sql", .type = MR_WEB_STRING, .about = "The statement."},
    {.name = "database",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "For unqualified names; null: none."}};
static const mr_web_shape saved_shape =
    MR_WEB_SHAPE("SavedQuery", "A query of the template.", saved_fields);

static const mr_web_field queries_fields[] = {
    {.name = "saved",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &saved_shape,
     .about = "The template's."},
    {.name = "history",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &history_shape,
     .about = "The last ones, newest first: 200, or 16 MiB of them."}};
static const mr_web_shape queries_shape =
    MR_WEB_SHAPE("Queries", "What can be asked, and what was.", queries_fields);

static const mr_web_field column_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "The column's label."},
    {.name = "type", .type = MR_WEB_STRING, .about = "Athena's type, such as bigint."}};
static const mr_web_shape column_shape =
    MR_WEB_SHAPE("ResultColumn", "A column of a result.", column_fields);

static const mr_web_field query_fields[] = {
    QUERY_FIELDS,
    {.name = "columns",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &column_shape,
     .about = "Of the result."},
    {.name = "row_count",
     .type = MR_WEB_INTEGER,
     .about = "Rows of the result, also those that are not kept."},
    {.name = "rows",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_ARRAY,
     .about = "The rows: each an array of texts, and null for NULL."},
    {.name = "warnings",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_STRING,
     .about = "What Athena would have read otherwise than one might think."},
    {.name = "truncated",
     .type = MR_WEB_BOOLEAN,
     .about = "There are more rows: 10,000 are kept, or 16 MiB of them."},
    {.name = "forgotten",
     .type = MR_WEB_BOOLEAN,
     .about = "The result is too old to be kept; ask again."}};
static const mr_web_shape query_shape =
    MR_WEB_SHAPE("Query", "A query and its result.", query_fields);

static const mr_web_field ask_fields[] = {
    {.name = "sql",
     .type = MR_WEB_STRING,
     .length_max = MR_QUERY_SQL_MAX,
     .about = "One statement of Athena's SQL.",
     .example = "\"SELECT count(*) FROM crimes.crime_events\""},
    {.name = "database",
     .type = MR_WEB_STRING,
     .optional = true,
     .nullable = true,
     .length_max = 255,
     .about = "For unqualified names; absent: the only one, or \"default\"."}};
static const mr_web_shape ask_shape = MR_WEB_SHAPE("NewQuery", "What is asked.", ask_fields);

#define QUERY_PARAMETER                                                                            \
    {                                                                                              \
        .name = "query", .in_path = true, .type = MR_WEB_INTEGER, .least = 1,                      \
        .most = 9007199254740991.0, .about = "The query's number.", .example = "1"                 \
    }

static const mr_web_parameter id_parameters[] = {QUERY_PARAMETER};
static const mr_web_parameter get_parameters[] = {QUERY_PARAMETER,
                                                  {.name = "wait",
                                                   .type = MR_WEB_BOOLEAN,
                                                   .fallback = "false",
                                                   .about = "Answer when it has ended."}};

static const mr_web_failure *const ask_failures[] = {&busy, NULL};
static const mr_web_failure *const id_failures[] = {&mr_web_not_found, NULL};
static const mr_web_failure *const csv_failures[] = {&mr_web_not_found, &no_result, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/queries",
     .tag = "Catalog and query",
     .summary = "The template's queries, and the last ones that were asked",
     .guard = MR_WEB_OWN_HOST,
     .answer = &queries_shape,
     .handle = get_queries},
    {.method = "POST",
     .path = "/_millrace/api/queries",
     .tag = "Catalog and query",
     .summary = "Ask a query",
     .about = "It runs beside the world, over the objects as they are now. Two run at once, and "
              "sixteen may wait.",
     .guard = MR_WEB_OWN_ORIGIN,
     .body = &ask_shape,
     .body_bytes_max = 2 * MR_QUERY_SQL_MAX,
     .status = 202,
     .answer = &query_shape,
     .failures = ask_failures,
     .handle = ask_query},
    {.method = "GET",
     .path = "/_millrace/api/queries/{query}",
     .tag = "Catalog and query",
     .summary = "A query and its result",
     .guard = MR_WEB_OWN_HOST,
     .parameters = get_parameters,
     .parameter_count = MR_COUNT(get_parameters),
     .answer = &query_shape,
     .failures = id_failures,
     .handle = get_query},
    {.method = "GET",
     .path = "/_millrace/api/queries/{query}/csv",
     .tag = "Catalog and query",
     .summary = "A query's result as CSV",
     .about = "Every value in quotes, as in Athena's result files.",
     .guard = MR_WEB_OWN_HOST,
     .parameters = id_parameters,
     .parameter_count = MR_COUNT(id_parameters),
     .answer_type = "text/csv",
     .failures = csv_failures,
     .handle = get_csv},
    {.method = "DELETE",
     .path = "/_millrace/api/queries/{query}",
     .tag = "Catalog and query",
     .summary = "Cancel a query",
     .about = "Answered when it has ended; one that has ended already stays as it is.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = id_parameters,
     .parameter_count = MR_COUNT(id_parameters),
     .answer = &query_shape,
     .failures = id_failures,
     .handle = cancel_query}};

const mr_web_group mr_web_query_routes = {routes, MR_COUNT(routes)};
