/* resources_glue.c - AWS::Glue::Database and AWS::Glue::Table. See builder.h. Source: reference/
 * glue-athena.md section 2. */
#include "sim/catalog/hive_type.h"
#include "src/config/builder.h"
#include "src/config/value.h"

static bool check_catalog_id(const mr_template *template, const mr_resource *resource)
{
    const mr_node *id = mr_node_get(resource->properties, "CatalogId");
    if (mr_node_is(id, MR_NODE_TEXT) && strcmp(id->text, template->account) != 0) {
        mr_findings_warn(template->findings, id,
                         "the only catalog here is that of the account %s; it is used",
                         template->account);
    }
    return true;
}

void mr_build_database(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    (void)check_catalog_id(template, resource);
    if (!mr_build_claim_name(builder, resource, NULL, "Database already exists: $N")) {
        return;
    }
    MR_ARENA_GROW(template->arena, plan->databases, plan->database_count,
                  builder->database_capacity);
    plan->databases[plan->database_count++] = (mr_plan_database){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .name = resource->name,
        .description =
            mr_node_get_text(mr_node_get(resource->properties, "DatabaseInput"), "Description"),
    };
}

/* The catalog frees no table of the plan: its texts are of the arena, though not const. */
static char *text_of(const mr_template *template, const mr_node *map, const char *key)
{
    return mr_arena_text(template->arena, mr_node_get_text(map, key));
}

/* False, with a finding, when a column's type does not read. */
static bool read_columns(const mr_template *template, const mr_node *list, mr_column **out,
                         size_t *count)
{
    bool ok = true;
    *count = mr_node_is(list, MR_NODE_LIST) ? list->count : 0;
    *out = mr_arena_alloc(template->arena, *count * sizeof(**out));
    for (size_t i = 0; i < *count; i++) {
        const mr_node *node = list->items[i];
        mr_column *column = &(*out)[i];
        column->name = text_of(template, node, "Name");
        column->type = text_of(template, node, "Type");
        column->comment = text_of(template, node, "Comment");
        if (column->type == NULL) {
            column->type = mr_arena_text(template->arena, "string");
        }
        mr_value_lower(column->name);
        mr_hive_type *type;
        mr_error err;
        if (mr_hive_type_parse(mr_bytes_of(column->type), &type, &err) != MR_OK) {
            mr_findings_error(template->findings, mr_node_get(node, "Type"), "%s", err.message);
            ok = false;
        } else {
            mr_hive_type_free(type);
        }
    }
    return ok;
}

static void read_parameters(const mr_template *template, const mr_node *map, mr_parameter **out,
                            size_t *count)
{
    *count = mr_node_is(map, MR_NODE_MAP) ? map->count : 0;
    *out = mr_arena_alloc(template->arena, *count * sizeof(**out));
    for (size_t i = 0; i < *count; i++) {
        (*out)[i].name = mr_arena_text(template->arena, map->keys[i]);
        (*out)[i].value = mr_arena_text(template->arena, map->items[i]->text);
    }
}

static bool check_location(const mr_template *template, const mr_node *storage)
{
    const mr_node *location = mr_node_get(storage, "Location");
    if (mr_node_is(location, MR_NODE_TEXT) && strncmp(location->text, "s3://", 5) != 0) {
        mr_findings_error(template->findings, location,
                          "a table reads objects of a bucket: s3://BUCKET/PREFIX/");
        return false;
    }
    return true;
}

void mr_build_table(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    const mr_node *input = mr_node_get(resource->properties, "TableInput");
    if (input == NULL) {
        mr_findings_error(template->findings, resource->properties,
                          "Properties validation failed for resource %s with message: #: required "
                          "key [TableInput] not found",
                          resource->logical_id);
        return;
    }
    (void)check_catalog_id(template, resource);
    const mr_node *storage = mr_node_get(input, "StorageDescriptor");
    const mr_node *serde = mr_node_get(storage, "SerdeInfo");
    mr_table table = {
        .database = text_of(template, resource->properties, "DatabaseName"),
        .name = mr_arena_text(template->arena, resource->name),
        .table_type = text_of(template, input, "TableType"),
        .location = text_of(template, storage, "Location"),
        .input_format = text_of(template, storage, "InputFormat"),
        .output_format = text_of(template, storage, "OutputFormat"),
        .serde = text_of(template, serde, "SerializationLibrary"),
        .compressed = mr_value_get_bool(storage, "Compressed", false),
    };
    bool ok = check_location(template, storage);
    ok = read_columns(template, mr_node_get(storage, "Columns"), &table.columns,
                      &table.column_count) &&
         ok;
    ok = read_columns(template, mr_node_get(input, "PartitionKeys"), &table.partition_keys,
                      &table.partition_key_count) &&
         ok;
    read_parameters(template, mr_node_get(input, "Parameters"), &table.parameters,
                    &table.parameter_count);
    read_parameters(template, mr_node_get(serde, "Parameters"), &table.serde_parameters,
                    &table.serde_parameter_count);
    mr_error err;
    if (ok && mr_table_check(&table, &err) != MR_OK) {
        mr_findings_error(template->findings, input, "%s", err.message);
        ok = false;
    }
    if (!ok ||
        !mr_build_claim_name(builder, resource, table.database, "Table already exists: $N")) {
        return;
    }
    MR_ARENA_GROW(template->arena, plan->tables, plan->table_count, builder->table_capacity);
    plan->tables[plan->table_count++] = (mr_plan_table){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .table = table,
    };
}
