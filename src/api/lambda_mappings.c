/* lambda_mappings.c - the operations on event source mappings. See lambda_mappings.h. */
#include "src/api/lambda_mappings.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/mapping/mapping_settings.h"

#define PAGE_MAX 100 /* as on AWS, whatever MaxItems says beyond it */

static const char *text_of(const mr_api_call *call, mr_bytes value)
{
    return value.at == NULL ? NULL : mr_arena_copy(call->arena, value);
}

/* ---- a mapping in an answer ---- */

static void write_filters(mr_aws_writer *out, const mr_mapping_settings *settings)
{
    if (settings->filter_count == 0) {
        return;
    }
    mr_aws_key(out, "FilterCriteria");
    mr_aws_object_open(out);
    mr_aws_key(out, "Filters");
    mr_aws_array_open(out);
    for (size_t i = 0; i < settings->filter_count; i++) {
        mr_aws_object_open(out);
        mr_aws_field_text(out, "Pattern", settings->filters[i]);
        mr_aws_object_close(out);
    }
    mr_aws_array_close(out);
    mr_aws_object_close(out);
}

static void write_settings(mr_aws_writer *out, const mr_mapping_settings *settings)
{
    mr_aws_field_integer(out, "BatchSize", settings->batch_size);
    mr_aws_field_boolean(out, "BisectBatchOnFunctionError", settings->bisect);
    mr_aws_key(out, "DestinationConfig");
    mr_aws_object_open(out);
    mr_aws_key(out, "OnFailure");
    mr_aws_object_open(out);
    if (settings->failure_arn != NULL) {
        mr_aws_field_text(out, "Destination", settings->failure_arn);
    }
    mr_aws_object_close(out);
    mr_aws_object_close(out);
    mr_aws_field_text(out, "EventSourceArn", settings->source_arn);
    write_filters(out, settings);
    mr_aws_field_text(out, "FunctionArn", settings->function);
    mr_aws_key(out, "FunctionResponseTypes");
    mr_aws_array_open(out);
    if (settings->reports_items) {
        mr_aws_string(out, MR_BYTES_LITERAL("ReportBatchItemFailures"));
    }
    mr_aws_array_close(out);
    mr_aws_field_integer(out, "MaximumBatchingWindowInSeconds", settings->window_s);
    mr_aws_field_integer(out, "MaximumRecordAgeInSeconds", settings->age_max_s);
    mr_aws_field_integer(out, "MaximumRetryAttempts", settings->retries_max);
    mr_aws_field_integer(out, "ParallelizationFactor", settings->lanes);
    mr_aws_field_text(out, "StartingPosition", mr_mapping_starting_name(settings->starting));
    if (settings->starting == MR_ITERATOR_AT_TIMESTAMP) {
        mr_aws_field_timestamp(out, "StartingPositionTimestamp",
                               settings->starting_us / MR_US_PER_MS);
    }
    mr_aws_field_integer(out, "TumblingWindowInSeconds", settings->tumbling_s);
}

/* state: NULL: as it is. */
static void write_mapping(mr_aws_writer *out, const mr_mapping *mapping, const char *state)
{
    const mr_mapping_view view = mr_mapping_look(mapping);
    mr_aws_object_open(out);
    mr_aws_field_text(out, "UUID", view.uuid);
    mr_aws_field_text(out, "EventSourceMappingArn", view.arn);
    write_settings(out, view.settings);
    mr_aws_field_timestamp(out, "LastModified", view.modified_us / MR_US_PER_MS);
    mr_aws_field_text(out, "LastProcessingResult", view.last_result);
    mr_aws_field_text(out, "State", state == NULL ? view.state : state);
    mr_aws_field_text(out, "StateTransitionReason", view.state_reason);
    mr_aws_object_close(out);
}

/* ---- what a request asks for ---- */

/* Members that are about something else than a data stream. */
static mr_code refuse_others(const mr_lambda_mapping_in *in, mr_error *err)
{
    const struct {
        const char *name;
        bool has;
    } others[] = {
        {"Topics", in->topics.has},
        {"Queues", in->queues.has},
        {"SourceAccessConfigurations", in->access.has},
        {"SelfManagedEventSource", in->self_managed.has},
        {"AmazonManagedKafkaEventSourceConfig", in->managed_kafka.has},
        {"SelfManagedKafkaEventSourceConfig", in->kafka.has},
        {"ScalingConfig", in->scaling.has},
        {"DocumentDBEventSourceConfig", in->document_db.has},
        {"ProvisionedPollerConfig", in->pollers.has},
        {"DestinationConfig.OnSuccess",
         in->destinations.on_success.has && in->destinations.on_success.destination.len > 0},
    };
    for (size_t i = 0; i < MR_COUNT(others); i++) {
        if (others[i].has) {
            return mr_error_set(err, MR_UNSUPPORTED,
                                "%s is not supported here: event sources are data streams alone",
                                others[i].name);
        }
    }
    return MR_OK;
}

/* Members that change nothing here. */
static void warn_of_others(const mr_api_call *call, const mr_lambda_mapping_in *in)
{
    const struct {
        const char *name;
        bool has;
    } others[] = {
        {"KMSKeyArn", in->kms_key_arn.len > 0},
        {"MetricsConfig", in->metrics.has},
        {"LoggingConfig", in->logging.has},
        {"Tags", in->tags.count > 0},
    };
    for (size_t i = 0; i < MR_COUNT(others); i++) {
        if (others[i].has) {
            mr_trace_warn(mr_sim_trace(call->sim),
                          "%s of an event source mapping has no effect here", others[i].name);
        }
    }
}

static void set_number(int64_t *place, const mr_aws_number *given)
{
    *place = given->has ? given->value : *place;
}

static mr_code set_filters(const mr_api_call *call, const mr_lambda_filters_in *in,
                           mr_mapping_settings *settings, mr_error *err)
{
    if (!in->has) {
        return MR_OK;
    }
    const mr_lambda_filter_in *filters = in->filters.items;
    const size_t count = in->filters.count;
    if (count > MR_MAPPING_FILTERS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "FilterCriteria has %zu filters; the most is "
                            "%d",
                            count, MR_MAPPING_FILTERS_MAX);
    }
    const char **patterns = mr_arena_alloc(call->arena, (count + 1) * sizeof(*patterns));
    for (size_t i = 0; i < count; i++) {
        patterns[i] = filters[i].pattern.at == NULL ? "" : text_of(call, filters[i].pattern);
    }
    settings->filters = patterns;
    settings->filter_count = count;
    return MR_OK;
}

/* The execution role of the function, for the event; NULL: it has none here. */
static const char *role_of(const mr_api_call *call, const char *function)
{
    mr_function *found = mr_functions_find(mr_sim_functions(call->sim), function);
    mr_lambda_function *lambda =
        found == NULL
            ? NULL
            : mr_lambda_find(mr_sim_lambda(call->sim), mr_bytes_of(mr_function_name(found)));
    return lambda == NULL ? NULL
                          : mr_lambda_version_view(mr_lambda_latest(lambda))
                                .configuration->texts[MR_SETTING_ROLE];
}

/* What create and update share: members that are given stand in place of what was. */
static mr_code set_given(const mr_api_call *call, const mr_lambda_mapping_in *in,
                         mr_mapping_settings *settings, mr_error *err)
{
    mr_code code = refuse_others(in, err);
    if (code != MR_OK) {
        return code;
    }
    if (in->function_name.at != NULL) {
        settings->function = text_of(call, in->function_name);
    }
    if (settings->function != NULL) {
        settings->role = role_of(call, settings->function);
    }
    settings->enabled = in->enabled.has ? in->enabled.value : settings->enabled;
    settings->bisect = in->bisect.has ? in->bisect.value : settings->bisect;
    set_number(&settings->batch_size, &in->batch_size);
    set_number(&settings->window_s, &in->window);
    set_number(&settings->lanes, &in->lanes);
    set_number(&settings->retries_max, &in->retries);
    set_number(&settings->age_max_s, &in->age);
    set_number(&settings->tumbling_s, &in->tumbling);
    if (in->response_types.has) {
        settings->reports_items = in->response_types.count > 0;
    }
    if (in->destinations.has) {
        const mr_bytes failure = in->destinations.on_failure.destination;
        settings->failure_arn = failure.len == 0 ? NULL : text_of(call, failure);
    }
    return set_filters(call, &in->criteria, settings, err);
}

static mr_code set_starting(const mr_api_call *call, const mr_lambda_mapping_in *in,
                            mr_mapping_settings *settings, mr_error *err)
{
    if (in->starting_position.at == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "1 validation error detected: Value null at 'startingPosition' failed "
                            "to satisfy constraint: Member must not be null.");
    }
    (void)!mr_mapping_starting_of(text_of(call, in->starting_position), &settings->starting);
    if (settings->starting != MR_ITERATOR_AT_TIMESTAMP) {
        return in->starting_timestamp.has
                   ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "StartingPositionTimestamp is only valid with AT_TIMESTAMP.")
                   : MR_OK;
    }
    if (!in->starting_timestamp.has) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "StartingPositionTimestamp is required with AT_TIMESTAMP.");
    }
    const int64_t ms = in->starting_timestamp.value;
    if (ms < 0 || ms > INT64_MAX / MR_US_PER_MS) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "StartingPositionTimestamp is out of range");
    }
    settings->starting_us = ms * MR_US_PER_MS;
    return MR_OK;
}

/* ---- the operations ---- */

static mr_code find(const mr_api_call *call, mr_bytes uuid, mr_mapping **out, mr_error *err)
{
    *out = mr_mappings_find(mr_sim_mappings(call->sim), text_of(call, uuid));
    return *out != NULL ? MR_OK
                        : mr_error_set(err, MR_MAPPING_NOT_FOUND,
                                       "The resource you requested does not exist.");
}

mr_code mr_lambda_op_create_mapping(mr_api_call *call, mr_error *err)
{
    const mr_lambda_mapping_in *in = call->in;
    mr_mapping_settings settings = mr_mapping_settings_default();
    mr_mapping *mapping = NULL;
    mr_code code = set_given(call, in, &settings, err);
    if (code == MR_OK && in->event_source_arn.at == NULL) {
        code =
            mr_error_set(err, MR_INVALID_ARGUMENT,
                         "Unrecognized event source, must be kinesis: EventSourceArn is missing");
    }
    if (code == MR_OK) {
        settings.source_arn = text_of(call, in->event_source_arn);
        code = set_starting(call, in, &settings, err);
    }
    if (code == MR_OK) {
        code = mr_mappings_create(mr_sim_mappings(call->sim), &settings, NULL, &mapping, err);
    }
    if (code == MR_OK) {
        warn_of_others(call, in);
        write_mapping(call->out, mapping, NULL);
    }
    return code;
}

mr_code mr_lambda_op_update_mapping(mr_api_call *call, mr_error *err)
{
    const mr_lambda_mapping_in *in = call->in;
    mr_mapping *mapping = NULL;
    mr_code code = find(call, in->uuid, &mapping, err);
    if (code != MR_OK) {
        return code;
    }
    mr_mapping_settings settings = *mr_mapping_look(mapping).settings;
    code = set_given(call, in, &settings, err);
    if (code == MR_OK) {
        code = mr_mapping_update(mapping, &settings, err);
    }
    if (code == MR_OK) {
        warn_of_others(call, in);
        write_mapping(call->out, mapping, NULL);
    }
    return code;
}

mr_code mr_lambda_op_get_mapping(mr_api_call *call, mr_error *err)
{
    const mr_lambda_mapping_uuid_in *in = call->in;
    mr_mapping *mapping = NULL;
    mr_code code = find(call, in->uuid, &mapping, err);
    if (code == MR_OK) {
        write_mapping(call->out, mapping, NULL);
    }
    return code;
}

/* The answer is the mapping as it goes. Written first: there may be none behind the call. */
mr_code mr_lambda_op_delete_mapping(mr_api_call *call, mr_error *err)
{
    const mr_lambda_mapping_uuid_in *in = call->in;
    mr_mapping *mapping = NULL;
    mr_code code = find(call, in->uuid, &mapping, err);
    if (code != MR_OK) {
        return code;
    }
    write_mapping(call->out, mapping, "Deleting");
    return mr_mapping_delete(mapping, err);
}

/* Whether the mapping is one of those asked for. function: a name or an ARN; NULL: any. */
static bool is_asked(const mr_mapping_view *view, const char *source, const char *function)
{
    if (source != NULL && strcmp(view->settings->source_arn, source) != 0) {
        return false;
    }
    if (function == NULL) {
        return true;
    }
    static const char mark[] = "function:";
    const char *asked = strstr(function, mark);
    const char *own = strstr(view->settings->function, mark);
    asked = asked == NULL ? function : asked + sizeof(mark) - 1;
    own = own == NULL ? view->settings->function : own + sizeof(mark) - 1;
    return strcmp(asked, own) == 0;
}

mr_code mr_lambda_op_list_mappings(mr_api_call *call, mr_error *err)
{
    const mr_lambda_list_mappings_in *in = call->in;
    const char *source = text_of(call, in->event_source_arn);
    const char *function = text_of(call, in->function_name);
    const char *marker = text_of(call, in->marker), *last = NULL;
    size_t most = in->max_items.has ? (size_t)in->max_items.value : PAGE_MAX;
    size_t all, count = 0;
    bool more = false;
    (void)err;
    most = mr_min_size(most, PAGE_MAX);
    mr_mapping **mappings = mr_mappings_list(mr_sim_mappings(call->sim), &all);
    mr_aws_object_open(call->out);
    mr_aws_key(call->out, "EventSourceMappings");
    mr_aws_array_open(call->out);
    for (size_t i = 0; i < all && !more; i++) {
        const mr_mapping_view view = mr_mapping_look(mappings[i]);
        if ((marker != NULL && strcmp(view.uuid, marker) <= 0) ||
            !is_asked(&view, source, function)) {
            continue;
        }
        more = count == most;
        if (!more) {
            write_mapping(call->out, mappings[i], NULL);
            last = view.uuid;
            count++;
        }
    }
    mr_aws_array_close(call->out);
    if (more) { /* the next page is behind the last one shown */
        mr_aws_field_text(call->out, "NextMarker", last);
    }
    mr_aws_object_close(call->out);
    mr_free(mappings);
    return MR_OK;
}
