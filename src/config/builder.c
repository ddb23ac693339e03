/* builder.c - see builder.h: what the builders share, and the checks across resources. */
#include "src/config/builder.h"

const char mr_build_name_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

const mr_node *mr_build_at(const mr_resource *resource, const char *dotted)
{
    const mr_node *node = mr_node_find(resource->properties, dotted);
    return node != NULL ? node : resource->properties;
}

bool mr_build_claim_name(mr_plan_builder *builder, const mr_resource *resource, const char *among,
                         const char *already_exists)
{
    const mr_template *template = builder->template;
    /* SAM's functions and CloudFormation's share their names. */
    const char *kind =
        strstr(resource->type_name, "::Function") != NULL ? "Function" : resource->type_name;
    const char *key = mr_arena_format(template->arena, "%s/%s/%s", kind, among == NULL ? "" : among,
                                      resource->name);
    if (mr_map_put(builder->names, mr_bytes_of(key), (void *)(uintptr_t)resource->node) == NULL) {
        return true;
    }
    const mr_node *at = resource->properties;
    if (resource->type->name_property != NULL) {
        at = mr_build_at(resource, resource->type->name_property);
    }
    mr_strbuf text = mr_strbuf_make(1000);
    for (const char *p = already_exists; *p != '\0'; p++) {
        if (*p == '$') {
            mr_strbuf_append_text(&text, *++p == 'A' ? template->account : resource->name);
        } else {
            mr_strbuf_append_char(&text, *p);
        }
    }
    mr_findings_error(template->findings, at, "%s", mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return false;
}

bool mr_build_is_word(const char *text, const char *characters, size_t min, size_t max)
{
    size_t len = strlen(text);
    return len >= min && len <= max && strspn(text, characters) == len;
}

void mr_build_add_bucket(mr_plan_builder *builder, const char *logical_id, int line,
                         const char *name)
{
    mr_plan *plan = builder->plan;
    MR_ARENA_GROW(builder->template->arena, plan->buckets, plan->bucket_count);
    plan->buckets[plan->bucket_count++] =
        (mr_plan_bucket){.logical_id = logical_id, .line = line, .name = name};
}

static bool has_bucket(const mr_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->bucket_count; i++) {
        if (strcmp(plan->buckets[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_stream(const mr_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->stream_count; i++) {
        if (strcmp(plan->streams[i].options.name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_database(const mr_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->database_count; i++) {
        if (mr_bytes_equal_nocase(mr_bytes_of(plan->databases[i].name), mr_bytes_of(name))) {
            return true;
        }
    }
    return false;
}

/* "name" of "arn:aws:lambda:us-east-1:000000000000:function:name:alias", or of "name:alias". */
static mr_bytes function_name(const char *arn)
{
    const char *mark = strstr(arn, "function:");
    const char *from = mark == NULL ? arn : mark + 9;
    return (mr_bytes){from, strcspn(from, ":")};
}

/* Also one that cannot run: that has been said of the function itself. */
bool mr_build_has_function(const mr_template *template, const char *arn)
{
    for (size_t i = 0; i < template->resource_count; i++) {
        const mr_resource *resource = &template->resources[i];
        if (resource->name != NULL && strstr(resource->type_name, "::Function") != NULL &&
            mr_bytes_is(function_name(arn), resource->name)) {
            return true;
        }
    }
    return false;
}

/* One with errors of its own: that what refers to it finds nothing need not be said too. */
static bool is_refused(const mr_template *template, const char *name)
{
    for (size_t i = 0; i < template->resource_count; i++) {
        const mr_resource *resource = &template->resources[i];
        bool is_broken = resource->refused || resource->state == MR_RESOURCE_BROKEN;
        if (is_broken && resource->name != NULL && strcmp(resource->name, name) == 0) {
            return true;
        }
    }
    return false;
}

void mr_build_check_bucket(mr_plan_builder *builder, const mr_resource *resource,
                           const char *property, const char *name)
{
    if (has_bucket(builder->plan, name) || is_refused(builder->template, name)) {
        return;
    }
    const mr_node *at = mr_build_at(resource, property);
    mr_findings_warn(builder->template->findings, at,
                     "the template does not make the bucket %s; it is taken to be there, and "
                     "empty",
                     name);
    mr_build_add_bucket(builder, resource->logical_id, mr_node_line(at), name);
}

bool mr_build_has_stream(const mr_plan_builder *builder, const char *name)
{
    return has_stream(builder->plan, name) || is_refused(builder->template, name);
}

static void check_delivery(mr_plan_builder *builder, const mr_plan_delivery *delivery)
{
    const mr_template *template = builder->template;
    const mr_resource *resource = mr_template_resource_find(template, delivery->logical_id);
    const mr_delivery_options *options = &delivery->options;
    if (options->source != NULL && !has_stream(builder->plan, options->source) &&
        !is_refused(template, options->source)) {
        mr_findings_error(
            template->findings,
            mr_build_at(resource, "KinesisStreamSourceConfiguration.KinesisStreamARN"),
            "Stream %s under account %s not found; every stream that a local run "
            "reads must be in the template: add an AWS::Kinesis::Stream",
            options->source, template->account);
    }
    const char *root = mr_node_get(resource->properties, "ExtendedS3DestinationConfiguration")
                           ? "ExtendedS3DestinationConfiguration"
                           : "S3DestinationConfiguration";
    mr_build_check_bucket(builder, resource, mr_arena_format(template->arena, "%s.BucketARN", root),
                          options->destination.bucket);
    if (options->backup_enabled) {
        mr_build_check_bucket(
            builder, resource,
            mr_arena_format(template->arena, "%s.S3BackupConfiguration.BucketARN", root),
            options->backup.bucket);
    }
    if (options->function != NULL && !mr_build_has_function(template, options->function)) {
        mr_findings_warn(
            template->findings,
            mr_build_at(resource, "ExtendedS3DestinationConfiguration.ProcessingConfiguration"),
            "the template has no function %s: every record will go to the error output "
            "(Lambda.ResourceNotFound)",
            options->function);
    }
}

void mr_build_check_location_bucket(mr_plan_builder *builder, const mr_node *at,
                                    const char *location, const char *whose)
{
    const mr_template *template = builder->template;
    if (location == NULL || strncmp(location, "s3://", 5) != 0) {
        return;
    }
    size_t len = strcspn(location + 5, "/");
    const char *bucket = mr_arena_copy(template->arena, (mr_bytes){location + 5, len});
    if (!has_bucket(builder->plan, bucket)) {
        mr_findings_warn(template->findings, at,
                         "the template does not make the bucket %s: the %s will be empty", bucket,
                         whose);
    }
}

static void check_table(mr_plan_builder *builder, const mr_plan_table *table)
{
    const mr_template *template = builder->template;
    const mr_resource *resource = mr_template_resource_find(template, table->logical_id);
    mr_plan *plan = builder->plan;
    if (!has_database(plan, table->table.database)) {
        const mr_node *at = mr_build_at(resource, "DatabaseName");
        mr_findings_warn(template->findings, at,
                         "the template does not make the database %s; it is taken to be there, "
                         "and empty",
                         table->table.database);
        MR_ARENA_GROW(template->arena, plan->databases, plan->database_count);
        plan->databases[plan->database_count++] = (mr_plan_database){
            .logical_id = table->logical_id,
            .line = mr_node_line(at),
            .name = table->table.database,
        };
    }
    mr_build_check_location_bucket(builder,
                                   mr_build_at(resource, "TableInput.StorageDescriptor.Location"),
                                   table->table.location, "table");
}

void mr_build_cross_checks(mr_plan_builder *builder)
{
    for (size_t i = 0; i < builder->plan->delivery_count; i++) {
        check_delivery(builder, &builder->plan->deliveries[i]);
    }
    for (size_t i = 0; i < builder->plan->mapping_count; i++) {
        mr_build_check_mapping(builder, &builder->plan->mappings[i]);
    }
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        check_table(builder, &builder->plan->tables[i]);
    }
    mr_build_check_partitions(builder);
}
