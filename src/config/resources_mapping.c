/*
 * resources_mapping.c - AWS::Lambda::EventSourceMapping, and what a SAM event of type Kinesis is
 * made into. See builder.h.
 *
 * The schema has checked names and kinds; ranges, filters and destinations are the mapping's own
 * business (mr_mapping_settings_check()). Source: reference/lambda.md section 6.
 */
#include "sim/mapping/mapping_settings.h"
#include "src/config/builder.h"
#include "src/config/references.h"
#include "src/config/value.h"

static mr_code refuse(mr_error *err, const char *message)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT, "%s", message);
}

static mr_code read_starting(const mr_node *properties, mr_mapping_settings *settings,
                             mr_error *err)
{
    const char *starting = mr_node_get_text(properties, "StartingPosition");
    const mr_node *timestamp = mr_node_get(properties, "StartingPositionTimestamp");
    if (starting == NULL) {
        return refuse(err, "1 validation error detected: Value null at 'startingPosition' failed "
                           "to satisfy constraint: Member must not be null.");
    }
    if (!mr_mapping_starting_of(starting, &settings->starting)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "1 validation error detected: Value '%.100s' at 'startingPosition' "
                            "failed to satisfy constraint: Member must satisfy enum value set: "
                            "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
                            starting);
    }
    if (settings->starting == MR_ITERATOR_AT_TIMESTAMP) {
        const double seconds = mr_value_get_double(properties, "StartingPositionTimestamp", -1);
        if (timestamp == NULL || !(seconds >= 0 && seconds < 1e10)) {
            return refuse(err, "StartingPositionTimestamp is needed with AT_TIMESTAMP: seconds "
                               "since 1970");
        }
        settings->starting_us = (int64_t)(seconds * 1e6);
    } else if (timestamp != NULL) {
        return refuse(err, "StartingPositionTimestamp counts for AT_TIMESTAMP alone");
    }
    return MR_OK;
}

static mr_code read_response_types(const mr_node *properties, mr_mapping_settings *settings,
                                   mr_error *err)
{
    const mr_node *types = mr_node_get(properties, "FunctionResponseTypes");
    for (size_t i = 0; mr_node_is(types, MR_NODE_LIST) && i < types->count; i++) {
        const mr_node *type = types->items[i];
        if (!mr_node_is(type, MR_NODE_TEXT) || strcmp(type->text, "ReportBatchItemFailures") != 0) {
            return refuse(err, "FunctionResponseTypes may hold ReportBatchItemFailures alone");
        }
        settings->reports_items = true;
    }
    return MR_OK;
}

static mr_code read_filters(const mr_template *template, const mr_node *properties,
                            mr_mapping_settings *settings, mr_error *err)
{
    const mr_node *filters = mr_node_find(properties, "FilterCriteria.Filters");
    if (!mr_node_is(filters, MR_NODE_LIST)) {
        return MR_OK;
    }
    const char **patterns =
        mr_arena_alloc(template->arena, (filters->count + 1) * sizeof(*patterns));
    for (size_t i = 0; i < filters->count; i++) {
        patterns[i] = mr_node_get_text(filters->items[i], "Pattern");
        if (patterns[i] == NULL) {
            return refuse(err, "FilterCriteria: every filter needs a Pattern, a text of JSON");
        }
    }
    settings->filters = patterns;
    settings->filter_count = filters->count;
    return MR_OK;
}

/* The role of a function of the template; NULL where it gives none, or SAM makes one. */
static const char *role_of(const mr_template *template, const char *function)
{
    const char *mark = strstr(function, "function:");
    const char *name = mark == NULL ? function : mark + strlen("function:");
    const size_t len = strcspn(name, ":");
    for (size_t i = 0; i < template->resource_count; i++) {
        const mr_resource *resource = &template->resources[i];
        if (resource->name != NULL && strstr(resource->type_name, "::Function") != NULL &&
            strlen(resource->name) == len && memcmp(resource->name, name, len) == 0) {
            return mr_node_get_text(resource->properties, "Role");
        }
    }
    return NULL;
}

static mr_code read_source(const mr_node *properties, mr_mapping_settings *settings, mr_error *err)
{
    settings->source_arn = mr_node_get_text(properties, "EventSourceArn");
    if (settings->source_arn == NULL) {
        return refuse(err, "EventSourceArn is missing: the ARN of a data stream");
    }
    const char *mark = strstr(settings->source_arn, ":kinesis:");
    if (mark == NULL || strstr(mark, ":stream/") == NULL) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "EventSourceArn: %.300s is no data stream, and other event sources are "
                            "not here",
                            settings->source_arn);
    }
    if (strstr(mark, "/consumer/") != NULL) {
        return refuse(err, "EventSourceArn: the consumers of a template are not registered here; "
                           "give the ARN of the stream");
    }
    return MR_OK;
}

static mr_code read_settings(const mr_template *template, const mr_node *properties,
                             mr_mapping_settings *settings, mr_error *err)
{
    *settings = mr_mapping_settings_default();
    settings->function = mr_node_get_text(properties, "FunctionName");
    settings->role = role_of(template, settings->function);
    settings->enabled = mr_value_get_bool(properties, "Enabled", true);
    settings->batch_size = mr_value_get_int(properties, "BatchSize", 100);
    settings->window_s = mr_value_get_int(properties, "MaximumBatchingWindowInSeconds", 0);
    settings->lanes = mr_value_get_int(properties, "ParallelizationFactor", 1);
    settings->retries_max = mr_value_get_int(properties, "MaximumRetryAttempts", -1);
    settings->age_max_s = mr_value_get_int(properties, "MaximumRecordAgeInSeconds", -1);
    settings->tumbling_s = mr_value_get_int(properties, "TumblingWindowInSeconds", 0);
    settings->bisect = mr_value_get_bool(properties, "BisectBatchOnFunctionError", false);
    const mr_node *failure = mr_node_find(properties, "DestinationConfig.OnFailure.Destination");
    settings->failure_arn = mr_node_is(failure, MR_NODE_TEXT) ? failure->text : NULL;
    mr_code code = read_source(properties, settings, err);
    if (code == MR_OK) {
        code = read_starting(properties, settings, err);
    }
    if (code == MR_OK) {
        code = read_response_types(properties, settings, err);
    }
    if (code == MR_OK) {
        code = read_filters(template, properties, settings, err);
    }
    return code == MR_OK ? mr_mapping_settings_check(settings, err) : code;
}

void mr_build_mapping(mr_plan_builder *builder, const mr_resource *resource)
{
    mr_template *template = builder->template;
    mr_plan *plan = builder->plan;
    mr_mapping_settings settings;
    mr_error err;
    if (read_settings(template, resource->properties, &settings, &err) != MR_OK) {
        mr_findings_error(template->findings, resource->properties, "%s", err.message);
        return;
    }
    MR_ARENA_GROW(template->arena, plan->mappings, plan->mapping_count);
    plan->mappings[plan->mapping_count++] =
        (mr_plan_mapping){.logical_id = resource->logical_id,
                          .line = mr_node_line(resource->node),
                          .uuid = mr_reference_uuid(template, resource->logical_id),
                          .settings = settings};
}

void mr_build_check_mapping(mr_plan_builder *builder, const mr_plan_mapping *mapping)
{
    const mr_template *template = builder->template;
    const mr_resource *resource = mr_template_resource_find(template, mapping->logical_id);
    const char *stream = strstr(mapping->settings.source_arn, ":stream/") + strlen(":stream/");
    if (!mr_build_has_stream(builder, stream)) {
        mr_findings_error(template->findings, mr_build_at(resource, "EventSourceArn"),
                          "Stream not found: %s; every stream that a local run reads must be in "
                          "the template: add an AWS::Kinesis::Stream",
                          mapping->settings.source_arn);
    }
    if (!mr_build_has_function(template, mapping->settings.function)) {
        mr_findings_error(template->findings, mr_build_at(resource, "FunctionName"),
                          "Function not found: %s; it must be in the template",
                          mapping->settings.function);
    }
    const char *bucket = mr_mapping_failure_bucket(mapping->settings.failure_arn);
    if (bucket != NULL) {
        mr_build_check_bucket(builder, resource, "DestinationConfig.OnFailure.Destination", bucket);
    }
}
