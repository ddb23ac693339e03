/* resources_glue.c - AWS::Glue::Database, AWS::Glue::Table and AWS::Glue::Partition. See
 * builder.h. Source: reference/glue-athena.md section 2. */
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
    MR_ARENA_GROW(template->arena, plan->databases, plan->database_count);
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

static bool check_location(const mr_template *template, const mr_node *storage, const char *whose)
{
    const mr_node *location = mr_node_get(storage, "Location");
    if (mr_node_is(location, MR_NODE_TEXT) && strncmp(location->text, "s3://", 5) != 0) {
        mr_findings_error(template->findings, location,
                          "a %s reads objects of a bucket: s3://BUCKET/PREFIX/", whose);
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
    bool ok = check_location(template, storage, "table");
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
    MR_ARENA_GROW(template->arena, plan->tables, plan->table_count);
    plan->tables[plan->table_count++] = (mr_plan_table){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .table = table,
    };
}

/* ---- partitions ---- */

void mr_build_partition(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    (void)check_catalog_id(template, resource);
    const mr_node *input = mr_node_get(resource->properties, "PartitionInput");
    const mr_node *storage = mr_node_get(input, "StorageDescriptor");
    const mr_node *list = mr_node_get(input, "Values");
    const char *location = mr_node_get_text(storage, "Location");
    if (location == NULL) {
        mr_findings_error(template->findings, storage != NULL ? storage : input,
                          "a partition without a Location has no objects: give its "
                          "StorageDescriptor a Location, s3://BUCKET/PREFIX/");
        return;
    }
    if (!check_location(template, storage, "partition")) {
        return;
    }
    const char **values = mr_arena_alloc(template->arena, list->count * sizeof(*values));
    for (size_t i = 0; i < list->count; i++) {
        values[i] = list->items[i]->text;
    }
    char *database = text_of(template, resource->properties, "DatabaseName");
    char *table = text_of(template, resource->properties, "TableName");
    mr_value_lower(database);
    mr_value_lower(table);
    MR_ARENA_GROW(template->arena, plan->partitions, plan->partition_count);
    plan->partitions[plan->partition_count++] = (mr_plan_partition){
        .logical_id = resource->logical_id,
        .line = mr_node_line(resource->node),
        .database = database,
        .table = table,
        .values = values,
        .value_count = list->count,
        .location = location,
    };
}

static bool same_name(const char *a, const char *b)
{
    return mr_bytes_equal_nocase(mr_bytes_of(a), mr_bytes_of(b));
}

static const mr_table *find_table(const mr_plan *plan, const mr_plan_partition *partition)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        const mr_table *table = &plan->tables[i].table;
        if (same_name(table->database, partition->database) &&
            same_name(table->name, partition->table)) {
            return table;
        }
    }
    return NULL;
}

static bool is_planned(const mr_plan *plan, const mr_resource *table)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        if (strcmp(plan->tables[i].logical_id, table->logical_id) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the table is in the template with errors of its own: that a partition finds none need
 * not be said too. */
static bool is_broken_table(const mr_plan_builder *builder, const char *name)
{
    const mr_template *template = builder->template;
    for (size_t i = 0; i < template->resource_count; i++) {
        const mr_resource *table = &template->resources[i];
        if (strcmp(table->type_name, "AWS::Glue::Table") == 0 && table->name != NULL &&
            same_name(table->name, name) && !is_planned(builder->plan, table)) {
            return mr_findings_errors(template->findings) > 0;
        }
    }
    return false;
}

static void unknown_table(mr_plan_builder *builder, const mr_resource *resource,
                          const mr_plan_partition *partition)
{
    const mr_template *template = builder->template;
    const mr_plan *plan = builder->plan;
    const char *asked =
        mr_arena_format(template->arena, "%s.%s", partition->database, partition->table);
    const char **names = mr_arena_alloc(template->arena, plan->table_count * sizeof(*names));
    for (size_t i = 0; i < plan->table_count; i++) {
        names[i] = mr_arena_format(template->arena, "%s.%s", plan->tables[i].table.database,
                                   plan->tables[i].table.name);
    }
    mr_findings_error(template->findings, mr_build_at(resource, "TableName"),
                      "no table %s in the template%s", asked,
                      mr_findings_hint(template->findings, asked, names, plan->table_count));
}

static void wrong_values(const mr_template *template, const mr_node *at, size_t count,
                         const mr_table *table)
{
    mr_strbuf keys = mr_strbuf_make(1000);
    for (size_t i = 0; i < table->partition_key_count; i++) {
        mr_strbuf_appendf(&keys, "%s%s", i == 0 ? "" : ", ", table->partition_keys[i].name);
    }
    mr_findings_error(template->findings, at,
                      "The number of partition keys do not match the number of partition values: "
                      "%zu value%s, and table %s.%s has %zu partition key%s%s%s",
                      count, count == 1 ? "" : "s", table->database, table->name,
                      table->partition_key_count, table->partition_key_count == 1 ? "" : "s",
                      keys.len == 0 ? "" : ": ", mr_strbuf_text(&keys));
    mr_strbuf_deinit(&keys);
}

static bool differs(const char *own, const char *tables)
{
    return own != NULL && (tables == NULL || strcmp(own, tables) != 0);
}

/* Whether a partition's own descriptor says what its table's does, as far as it says anything. */
static bool reads_as_table(const mr_template *template, const mr_node *storage,
                           const mr_table *table)
{
    const mr_node *serde = mr_node_get(storage, "SerdeInfo");
    if (differs(mr_node_get_text(storage, "InputFormat"), table->input_format) ||
        differs(mr_node_get_text(serde, "SerializationLibrary"), table->serde)) {
        return false;
    }
    const mr_node *parameters = mr_node_get(serde, "Parameters");
    for (size_t i = 0; mr_node_is(parameters, MR_NODE_MAP) && i < parameters->count; i++) {
        if (differs(parameters->items[i]->text,
                    mr_table_serde_parameter(table, parameters->keys[i]))) {
            return false;
        }
    }
    const mr_node *columns = mr_node_get(storage, "Columns");
    if (!mr_node_is(columns, MR_NODE_LIST) || columns->count == 0) {
        return true;
    }
    bool same = columns->count == table->column_count;
    for (size_t i = 0; same && i < columns->count; i++) {
        const char *type = text_of(template, columns->items[i], "Type");
        same = same_name(mr_node_get_text(columns->items[i], "Name"), table->columns[i].name) &&
               same_name(type == NULL ? "string" : type, table->columns[i].type);
    }
    return same;
}

/* Differs: on Athena a partition may have a format and columns of its own. */
static void check_partition(mr_plan_builder *builder, const mr_plan_partition *partition)
{
    const mr_template *template = builder->template;
    const mr_resource *resource = mr_template_resource_find(template, partition->logical_id);
    const mr_table *table = find_table(builder->plan, partition);
    if (table == NULL) {
        if (!is_broken_table(builder, partition->table)) {
            unknown_table(builder, resource, partition);
        }
        return;
    }
    const mr_node *values = mr_build_at(resource, "PartitionInput.Values");
    if (partition->value_count != table->partition_key_count) {
        wrong_values(template, values, partition->value_count, table);
        return;
    }
    mr_strbuf key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&key, "partition/%s.%s", table->database, table->name);
    for (size_t i = 0; i < partition->value_count; i++) {
        mr_strbuf_appendf(&key, "/%zu:%s", strlen(partition->values[i]), partition->values[i]);
    }
    if (mr_map_put(builder->names, mr_strbuf_bytes(&key), (void *)(uintptr_t)resource->node) !=
        NULL) {
        mr_findings_error(template->findings, values, "Partition already exists.");
    }
    mr_strbuf_deinit(&key);
    const mr_node *storage = mr_build_at(resource, "PartitionInput.StorageDescriptor");
    mr_build_check_location_bucket(builder, mr_node_get(storage, "Location"), partition->location,
                                   "partition");
    const char *projected = mr_table_parameter(table, "projection.enabled");
    if (projected != NULL && same_name(projected, "true")) {
        mr_findings_warn(template->findings, mr_build_at(resource, "TableName"),
                         "table %s.%s has partition projection: its registered partitions are "
                         "not read, as on Athena",
                         table->database, table->name);
    } else if (!reads_as_table(template, storage, table)) {
        mr_findings_warn(template->findings, storage,
                         "a partition is read with the columns and the format of its table here; "
                         "of those given only Location has an effect");
    }
}

void mr_build_check_partitions(mr_plan_builder *builder)
{
    for (size_t i = 0; i < builder->plan->partition_count; i++) {
        check_partition(builder, &builder->plan->partitions[i]);
    }
}
