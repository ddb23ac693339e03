/* resources_athena.c - AWS::Athena::NamedQuery: queries that `run --query NAME` knows. See
 * builder.h. */
#include "src/config/builder.h"
#include "src/config/value.h"

static bool is_taken(const mr_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->query_count; i++) {
        if (strcmp(plan->queries[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void build_named_query(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    const char *sql = mr_node_get_text(resource->properties, "QueryString");
    if (mr_bytes_trim(mr_bytes_of(sql)).len == 0) {
        mr_findings_error(template->findings, mr_build_at(resource, "QueryString"),
                          "a query is SQL, as text");
        return;
    }
    const char *name = mr_node_get_text(resource->properties, "Name");
    if (name == NULL) {
        name = resource->logical_id;
    }
    if (is_taken(plan, name)) { /* as on AWS, where an id tells two of one name apart */
        mr_findings_warn(template->findings, mr_build_at(resource, "Name"),
                         "another query is called %s; --query %s runs this one", name,
                         resource->logical_id);
    }
    char *database =
        mr_arena_text(template->arena, mr_node_get_text(resource->properties, "Database"));
    mr_value_lower(database); /* as the catalog folds it */
    MR_ARENA_GROW(template->arena, plan->queries, plan->query_count);
    plan->queries[plan->query_count++] = (mr_plan_query){
        .logical_id = resource->logical_id,
        .name = name,
        .sql = sql,
        .database = database,
        .line = mr_node_line(resource->node),
    };
}

void mr_build_named_queries(mr_plan_builder *builder)
{
    const mr_template *template = builder->template;
    for (size_t i = 0; i < template->resource_count; i++) {
        const mr_resource *resource = &template->resources[i];
        if (strcmp(resource->type_name, "AWS::Athena::NamedQuery") == 0 &&
            resource->state == MR_RESOURCE_READY && !resource->refused && !resource->implied) {
            build_named_query(builder, resource);
        }
    }
}
