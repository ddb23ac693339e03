/* topology.c - what feeds what, as nodes and edges: see state_view.h. A node's id is its kind and
 * its name; an edge names the counter of State that grows as something passes along it. */
#include "sim/base/alloc.h"
#include "src/web/state_view.h"
#include "src/web/walk.h"
#include "src/web/web_private.h"

#include <string.h>

typedef struct writing {
    mr_json *json;
    const mr_web *web;
} writing;

/* ---- nodes ---- */

static const char *const kinds[] = {"producer", "stream", "delivery", "function",
                                    "bucket",   "table",  "mapping",  NULL};

static void write_id(mr_json *json, const char *key, const char *kind, const char *name)
{
    char *id = mr_format("%s:%s", kind, name);
    mr_json_field_string(json, key, id);
    mr_free(id);
}

static void node(const writing *w, const char *kind, const char *name, const char *logical_id,
                 const char *detail)
{
    mr_json_object_begin(w->json);
    write_id(w->json, "id", kind, name);
    mr_json_field_string(w->json, "kind", kind);
    mr_json_field_string(w->json, "name", name);
    mr_json_field_string(w->json, "logical_id", logical_id);
    mr_json_field_string(w->json, "detail", detail);
    mr_json_object_end(w->json);
}

/* What the template calls a resource of this name; NULL: nothing. rows: of the plan's lists, which
 * all begin with their logical id; the name is at name_at in each. */
static const char *find_logical_id(const void *rows, size_t count, size_t stride, size_t name_at,
                                   const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const char *row = (const char *)rows + i * stride;
        const char *its;
        memcpy(&its, row + name_at, sizeof(its));
        if (strcmp(its, name) == 0) {
            memcpy(&its, row, sizeof(its));
            return its;
        }
    }
    return NULL;
}

static const char *streams_id(const mr_plan *plan, const char *name)
{
    return plan == NULL ? NULL
                        : find_logical_id(plan->streams, plan->stream_count, sizeof(*plan->streams),
                                          offsetof(mr_plan_stream, options.name), name);
}

static const char *deliveries_id(const mr_plan *plan, const char *name)
{
    return plan == NULL
               ? NULL
               : find_logical_id(plan->deliveries, plan->delivery_count, sizeof(*plan->deliveries),
                                 offsetof(mr_plan_delivery, options.name), name);
}

static const char *functions_id(const mr_plan *plan, const char *name)
{
    return plan == NULL
               ? NULL
               : find_logical_id(plan->functions, plan->function_count, sizeof(*plan->functions),
                                 offsetof(mr_plan_function, options.name), name);
}

static const char *buckets_id(const mr_plan *plan, const char *name)
{
    return plan == NULL ? NULL
                        : find_logical_id(plan->buckets, plan->bucket_count, sizeof(*plan->buckets),
                                          offsetof(mr_plan_bucket, name), name);
}

_Static_assert(offsetof(mr_plan_stream, logical_id) == 0 &&
                   offsetof(mr_plan_delivery, logical_id) == 0 &&
                   offsetof(mr_plan_function, logical_id) == 0 &&
                   offsetof(mr_plan_bucket, logical_id) == 0,
               "find_logical_id() reads it there");

static void stream_nodes(const writing *w)
{
    size_t count;
    mr_stream **streams = mr_streams_list(mr_sim_streams(w->web->sim), &count);
    for (size_t i = 0; i < count; i++) {
        size_t open;
        (void)mr_stream_open_shards(streams[i], &open);
        const char *name = mr_stream_name(streams[i]);
        char *detail = mr_format("%zu open shard%s", open, open == 1 ? "" : "s");
        node(w, "stream", name, streams_id(w->web->plan, name), detail);
        mr_free(detail);
    }
    mr_free(streams);
}

static void function_nodes(const writing *w)
{
    size_t count;
    mr_lambda_function **functions = mr_lambda_list(mr_sim_lambda(w->web->sim), &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = mr_lambda_function_name(functions[i]);
        node(w, "function", name, functions_id(w->web->plan, name), NULL);
    }
    mr_free(functions);
}

static void bucket_nodes(const writing *w)
{
    char **buckets = mr_store_buckets(mr_sim_store(w->web->sim));
    for (size_t i = 0; buckets[i] != NULL; i++) {
        node(w, "bucket", buckets[i], buckets_id(w->web->plan, buckets[i]), NULL);
        mr_free(buckets[i]);
    }
    mr_free(buckets);
}

static void table_nodes(const writing *w)
{
    const mr_plan *plan = w->web->plan;
    for (size_t i = 0; plan != NULL && i < plan->table_count; i++) {
        const mr_table *table = &plan->tables[i].table;
        char *name = mr_format("%s.%s", table->database, table->name);
        node(w, "table", name, plan->tables[i].logical_id, table->location);
        mr_free(name);
    }
}

/* An input's number, because a file may be put on two streams. */
static char *producer_name(size_t place, const char *file)
{
    const char *slash = strrchr(file, '/');
    return mr_format("%zu %s", place + 1, slash == NULL ? file : slash + 1);
}

static void producer_nodes(const writing *w)
{
    mr_pipeline *pipeline = w->web->pipeline;
    const size_t count = pipeline == NULL ? 0 : mr_pipeline_input_count(pipeline);
    for (size_t i = 0; i < count; i++) {
        const mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, i);
        char *name = producer_name(i, input.file);
        node(w, "producer", name, NULL, input.file);
        mr_free(name);
    }
}

/* ---- edges ---- */

typedef struct edge {
    const char *from_kind, *from, *to_kind, *to, *kind;
    const char *of, *name, *counter; /* where State counts it; of NULL: nowhere */
} edge;

static void write_edge(const writing *w, const edge *e)
{
    mr_json *json = w->json;
    mr_json_object_begin(json);
    write_id(json, "from", e->from_kind, e->from);
    write_id(json, "to", e->to_kind, e->to);
    mr_json_field_string(json, "kind", e->kind);
    mr_json_key(json, "metric");
    if (e->of == NULL) {
        mr_json_null(json);
    } else {
        mr_json_object_begin(json);
        mr_json_field_string(json, "of", e->of);
        mr_json_field_string(json, "name", e->name);
        mr_json_field_string(json, "counter", e->counter);
        mr_json_object_end(json);
    }
    mr_json_object_end(json);
}

static void delivery_edges(const writing *w, const char *name, const char *source,
                           const mr_delivery_options *o)
{
    if (source != NULL) {
        write_edge(w,
                   &(edge){"stream", source, "delivery", name, "reads", "delivery", name, "read"});
    }
    if (o->function != NULL) {
        write_edge(w, &(edge){"delivery", name, "function", mr_function_short_name(o->function),
                              "invokes", "delivery", name, "invocations"});
    }
    write_edge(w, &(edge){"delivery", name, "bucket", o->destination.bucket, "delivers", "delivery",
                          name, "delivered"});
    write_edge(w, &(edge){"delivery", name, "bucket", o->destination.bucket, "fails", "delivery",
                          name, "error_delivered"});
    if (o->backup_enabled) {
        write_edge(w, &(edge){"delivery", name, "bucket", o->backup.bucket, "backs-up", "delivery",
                              name, "backed_up"});
    }
}

static void delivery_node(void *context, mr_delivery_stream *stream)
{
    const writing *w = context;
    const mr_delivery_description about_it = mr_delivery_stream_describe(stream);
    const mr_delivery_description *about = &about_it;
    node(w, "delivery", about->name, deliveries_id(w->web->plan, about->name),
         about->source_arn == NULL ? "direct puts" : NULL);
}

static void edges_of_delivery(void *context, mr_delivery_stream *stream)
{
    const writing *w = context;
    const mr_delivery_description about_it = mr_delivery_stream_describe(stream);
    const mr_delivery_description *about = &about_it;
    mr_delivery_options options = {.name = about->name};
    mr_delivery_config_options(about->config, &options);
    delivery_edges(w, about->name, mr_stream_short_name(about->source_arn), &options);
}

static void producer_edges(const writing *w)
{
    mr_pipeline *pipeline = w->web->pipeline;
    const size_t count = pipeline == NULL ? 0 : mr_pipeline_input_count(pipeline);
    for (size_t i = 0; i < count; i++) {
        const mr_pipeline_input_counts input = mr_pipeline_input_counts_of(pipeline, i);
        const char *stream = mr_plan_resolve_stream(w->web->plan, input.target);
        const char *delivery = mr_plan_resolve_delivery(w->web->plan, input.target);
        char *name = producer_name(i, input.file);
        char *place = mr_format("%zu", i);
        const char *to = stream == NULL ? delivery : stream;
        if (to != NULL) {
            write_edge(w, &(edge){"producer", name, stream == NULL ? "delivery" : "stream", to,
                                  "puts", "input", place, "records"});
        }
        mr_free(place);
        mr_free(name);
    }
}

static void mapping_edges(const writing *w)
{
    size_t count;
    mr_mapping **mappings = mr_mappings_list(mr_sim_mappings(w->web->sim), &count);
    for (size_t i = 0; i < count; i++) {
        const mr_mapping_view view = mr_mapping_look(mappings[i]);
        const char *slash = strchr(view.settings->source_arn, '/');
        if (slash != NULL) {
            write_edge(w, &(edge){"stream", slash + 1, "function",
                                  mr_function_short_name(view.settings->function), "invokes",
                                  "mapping", view.uuid, "done"});
        }
    }
    mr_free(mappings);
}

/* A table is over the bucket that its location is in. */
static void table_edges(const writing *w)
{
    const mr_plan *plan = w->web->plan;
    for (size_t i = 0; plan != NULL && i < plan->table_count; i++) {
        const mr_table *table = &plan->tables[i].table;
        const mr_bytes location = mr_bytes_of(table->location == NULL ? "" : table->location);
        if (!mr_bytes_starts_with(location, mr_bytes_of("s3://"))) {
            continue;
        }
        const mr_bytes rest = mr_bytes_make(location.at + 5, location.len - 5);
        char *bucket = mr_strndup(rest.at, mr_bytes_find(rest, '/'));
        char *name = mr_format("%s.%s", table->database, table->name);
        write_edge(w, &(edge){"bucket", bucket, "table", name, "catalogues", NULL, NULL, NULL});
        mr_free(name);
        mr_free(bucket);
    }
}

void mr_topology_write(mr_json *json, const mr_web *web)
{
    writing w = {.json = json, .web = web};
    mr_json_object_begin(json);
    mr_json_key(json, "nodes");
    mr_json_array_begin(json);
    producer_nodes(&w);
    stream_nodes(&w);
    mr_walk_deliveries(web->sim, delivery_node, &w);
    function_nodes(&w);
    bucket_nodes(&w);
    table_nodes(&w);
    mr_json_array_end(json);
    mr_json_key(json, "edges");
    mr_json_array_begin(json);
    producer_edges(&w);
    mr_walk_deliveries(web->sim, edges_of_delivery, &w);
    mapping_edges(&w);
    table_edges(&w);
    mr_json_array_end(json);
    mr_json_object_end(json);
}

/* ---- the shapes ---- */

static const mr_web_field node_fields[] = {
    {.name = "id", .type = MR_WEB_STRING, .about = "The kind and the name."},
    {.name = "kind", .type = MR_WEB_STRING, .words = kinds, .about = "What it is."},
    {.name = "name", .type = MR_WEB_STRING, .about = "As clients call it."},
    {.name = "logical_id",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "What the template calls it; null: it is none of the template's."},
    {.name = "detail", .type = MR_WEB_STRING, .nullable = true, .about = "A few words more."}};
static const mr_web_shape node_shape =
    MR_WEB_SHAPE("Node", "A thing of the pipeline.", node_fields);

static const char *const edge_kinds[] = {"puts",  "reads",    "invokes",    "delivers",
                                         "fails", "backs-up", "catalogues", NULL};
static const char *const metric_kinds[] = {"input", "delivery", "mapping", NULL};
static const mr_web_field metric_fields[] = {
    {.name = "of", .type = MR_WEB_STRING, .words = metric_kinds, .about = "Whose counter."},
    {.name = "name", .type = MR_WEB_STRING, .about = "Its name, place or UUID in State."},
    {.name = "counter", .type = MR_WEB_STRING, .about = "The counter's name there."}};
static const mr_web_shape metric_shape =
    MR_WEB_SHAPE("EdgeMetric", "The counter of State that grows along an edge.", metric_fields);
static const mr_web_field edge_fields[] = {
    {.name = "from", .type = MR_WEB_STRING, .about = "The id of a node."},
    {.name = "to", .type = MR_WEB_STRING, .about = "The id of a node."},
    {.name = "kind", .type = MR_WEB_STRING, .words = edge_kinds, .about = "What the one does."},
    {.name = "metric",
     .type = MR_WEB_OBJECT,
     .shape = &metric_shape,
     .nullable = true,
     .about = "What passes along it; null: nothing is counted."}};
static const mr_web_shape edge_shape = MR_WEB_SHAPE("Edge", "What feeds what.", edge_fields);

static const mr_web_field topology_fields[] = {{.name = "nodes",
                                                .type = MR_WEB_ARRAY,
                                                .item = MR_WEB_OBJECT,
                                                .shape = &node_shape,
                                                .about = "In the order of the data."},
                                               {.name = "edges",
                                                .type = MR_WEB_ARRAY,
                                                .item = MR_WEB_OBJECT,
                                                .shape = &edge_shape,
                                                .about = "Between them."}};
const mr_web_shape mr_topology_shape =
    MR_WEB_SHAPE("Topology", "The pipeline as it is wired.", topology_fields);
