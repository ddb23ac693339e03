/* plan.c - see plan.h: the way from a file to a plan, in order. */
#include "src/config/plan.h"

#include "src/config/builder.h"
#include "src/config/conditions.h"
#include "src/config/document.h"
#include "src/config/millrace_metadata.h"
#include "src/config/parameters.h"
#include "src/config/references.h"
#include "src/config/resources.h"
#include "src/config/sam.h"
#include "src/platform/platform.h"

/* What a plan points into. */
typedef struct plan_memory {
    mr_arena *arena;
    mr_input_options **input_options; /* owned */
    size_t input_options_count;
} plan_memory;

static bool is_function(const mr_resource *resource)
{
    return strcmp(resource->type_name, "AWS::Lambda::Function") == 0 ||
           strcmp(resource->type_name, "AWS::Serverless::Function") == 0;
}

/* The types that run, but for functions, which come last: whether one is needed is for the
 * delivery streams and event source mappings to say. */
static void build_resource(mr_plan_builder *builder, const mr_resource *resource)
{
    static const struct {
        const char *type;
        void (*build)(mr_plan_builder *builder, const mr_resource *resource);
    } builders[] = {
        {"AWS::Kinesis::Stream", mr_build_stream},
        {"AWS::KinesisFirehose::DeliveryStream", mr_build_delivery},
        {"AWS::Lambda::EventSourceMapping", mr_build_mapping},
        {"AWS::S3::Bucket", mr_build_bucket},
        {"AWS::Glue::Database", mr_build_database},
        {"AWS::Glue::Table", mr_build_table},
        {"AWS::Glue::Partition", mr_build_partition},
    };
    for (size_t i = 0; i < MR_COUNT(builders); i++) {
        if (strcmp(resource->type_name, builders[i].type) == 0) {
            builders[i].build(builder, resource);
        }
    }
}

static void build(mr_plan_builder *builder)
{
    mr_template *template = builder->template;
    for (int functions = 0; functions < 2; functions++) {
        for (size_t i = 0; i < template->order_count; i++) {
            const mr_resource *resource = &template->resources[template->order[i]];
            if (is_function(resource) != (functions == 1) || resource->implied) {
                continue;
            }
            if (functions == 0) {
                mr_metadata_check_resource(builder, resource);
            }
            if (resource->refused || resource->state != MR_RESOURCE_READY) {
                continue;
            }
            if (functions == 1) {
                mr_build_function(builder, resource);
            } else {
                build_resource(builder, resource);
            }
        }
    }
    mr_build_cross_checks(builder);
    mr_metadata_read(builder);
    mr_build_named_queries(builder);
}

static const char *or_else(const char *value, const char *otherwise)
{
    return value == NULL ? otherwise : value;
}

static mr_template make_template(const mr_plan_options *options, mr_arena *arena,
                                 mr_findings *findings)
{
    mr_template template = {
        .arena = arena,
        .findings = findings,
        .file = mr_arena_text(arena, options->file),
        .directory = mr_document_folder(arena, options->file),
        .region = mr_arena_text(arena, or_else(options->region, "us-east-1")),
        .account = mr_arena_text(arena, or_else(options->account, "000000000000")),
        .stack = mr_arena_text(arena, or_else(options->stack, "millrace")),
        .given = options->parameters,
        .given_count = options->parameter_count,
        .inputs = options->inputs,
        .resources_by_id = mr_map_new(),
    };
    bool china = strncmp(template.region, "cn-", 3) == 0;
    bool government = strncmp(template.region, "us-gov-", 7) == 0;
    template.partition = china ? "aws-cn" : government ? "aws-us-gov" : "aws";
    template.url_suffix = china ? "amazonaws.com.cn" : "amazonaws.com";
    template.stack_id = mr_arena_format(arena, "arn:%s:cloudformation:%s:%s:stack/%s/%s",
                                        template.partition, template.region, template.account,
                                        template.stack, mr_reference_uuid(&template, "stack"));
    return template;
}

static void read_template(mr_template *template, mr_bytes text, mr_plan_builder *builder)
{
    if (!mr_template_read(template, text)) {
        return;
    }
    builder->plan->description = mr_node_get_text(template->root, "Description");
    mr_parameters_read(template);
    mr_conditions_read(template);
    mr_sam_check_globals(template);
    mr_resources_list(template);
    mr_resources_evaluate(template);
    mr_resources_check_outputs(template);
    build(builder);
}

mr_plan *mr_plan_from_text(const mr_plan_options *options, mr_bytes text)
{
    mr_plan *plan = mr_calloc(1, sizeof(*plan));
    plan_memory *memory = mr_calloc(1, sizeof(*memory));
    memory->arena = mr_arena_new();
    mr_findings *findings = mr_findings_new(memory->arena);
    mr_template template = make_template(options, memory->arena, findings);
    mr_plan_builder builder = {.template = &template, .plan = plan, .names = mr_map_new()};

    plan->memory = memory;
    plan->file = template.file;
    plan->region = template.region;
    plan->account = template.account;
    plan->stack = template.stack;
    read_template(&template, text, &builder);
    plan->findings = mr_findings_take(findings, &plan->finding_count, &plan->error_count);
    memory->input_options = builder.input_options;
    memory->input_options_count = builder.input_options_count;

    mr_map_free(builder.names);
    mr_map_free(template.resources_by_id);
    mr_findings_free(findings);
    return plan;
}

mr_code mr_plan_load(const mr_plan_options *options, mr_plan **out, mr_error *err)
{
    char *text;
    size_t len;
    *out = NULL;
    mr_code code =
        mr_fs_read_file(mr_platform_fs(), options->file, MR_TEMPLATE_BYTES_MAX, &text, &len, err);
    if (code != MR_OK) {
        return code;
    }
    *out = mr_plan_from_text(options, (mr_bytes){text, len});
    mr_free(text);
    return MR_OK;
}

void mr_plan_free(mr_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    plan_memory *memory = plan->memory;
    for (size_t i = 0; i < memory->input_options_count; i++) {
        mr_input_options_deinit(memory->input_options[i]);
        mr_free(memory->input_options[i]);
    }
    mr_free(memory->input_options);
    mr_arena_free(memory->arena);
    mr_free(memory);
    mr_free(plan);
}

/* The i-th of a noun; false past the last. */
static bool name_of(const mr_plan *plan, mr_plan_noun noun, size_t i, const char **logical_id,
                    const char **name)
{
    switch (noun) {
    case MR_PLAN_STREAM:
        if (i < plan->stream_count) {
            *logical_id = plan->streams[i].logical_id;
            *name = plan->streams[i].options.name;
        }
        return i < plan->stream_count;
    case MR_PLAN_DELIVERY:
        if (i < plan->delivery_count) {
            *logical_id = plan->deliveries[i].logical_id;
            *name = plan->deliveries[i].options.name;
        }
        return i < plan->delivery_count;
    case MR_PLAN_FUNCTION:
        if (i < plan->function_count) {
            *logical_id = plan->functions[i].logical_id;
            *name = plan->functions[i].options.name;
        }
        return i < plan->function_count;
    case MR_PLAN_BUCKET:
        if (i < plan->bucket_count) {
            *logical_id = plan->buckets[i].logical_id;
            *name = plan->buckets[i].name;
        }
        return i < plan->bucket_count;
    }
    return false;
}

const char *mr_plan_resolve(const mr_plan *plan, mr_plan_noun noun, const char *name_or_id)
{
    const char *logical_id = NULL, *name = NULL;
    for (size_t i = 0; name_of(plan, noun, i, &logical_id, &name); i++) {
        if (strcmp(logical_id, name_or_id) == 0 || strcmp(name, name_or_id) == 0) {
            return name;
        }
    }
    return NULL;
}

const char **mr_plan_words(const mr_plan *plan, const mr_plan_noun *nouns, size_t noun_count,
                           size_t *count)
{
    const char **words = NULL;
    size_t capacity = 0;
    *count = 0;
    for (int names = 0; names < 2; names++) {
        for (size_t n = 0; n < noun_count; n++) {
            const char *logical_id = NULL, *name = NULL;
            for (size_t i = 0; name_of(plan, nouns[n], i, &logical_id, &name); i++) {
                MR_GROW(words, *count, capacity);
                words[(*count)++] = names == 1 ? name : logical_id;
            }
        }
    }
    return words;
}

const char *mr_plan_resolve_stream(const mr_plan *plan, const char *name_or_id)
{
    return mr_plan_resolve(plan, MR_PLAN_STREAM, name_or_id);
}

const char *mr_plan_resolve_delivery(const mr_plan *plan, const char *name_or_id)
{
    return mr_plan_resolve(plan, MR_PLAN_DELIVERY, name_or_id);
}

const mr_plan_query *mr_plan_find_query(const mr_plan *plan, const char *name_or_id)
{
    for (size_t i = 0; i < plan->query_count; i++) {
        if (strcmp(plan->queries[i].name, name_or_id) == 0) {
            return &plan->queries[i];
        }
    }
    for (size_t i = 0; i < plan->query_count; i++) {
        const char *logical_id = plan->queries[i].logical_id;
        if (logical_id != NULL && strcmp(logical_id, name_or_id) == 0) {
            return &plan->queries[i];
        }
    }
    return NULL;
}

char *mr_finding_text(const mr_plan *plan, const mr_finding *finding)
{
    bool has_path = finding->path != NULL && finding->path[0] != '\0';
    const char *path = has_path ? finding->path : "";
    const char *colon = has_path ? ": " : "";
    if (finding->line == 0) {
        return mr_format("%s: %s%s%s", plan->file, path, colon, finding->message);
    }
    return mr_format("%s:%d: %s%s%s", plan->file, finding->line, path, colon, finding->message);
}
