/* mappings.c - the set of event source mappings: opening, creating, changing. See mapping.h. */
#include "sim/base/alloc.h"
#include "sim/mapping/mapping_private.h"
#include "sim/mapping/position.h"
#include "sim/time/rng.h"

/* ---- opening and closing ---- */

static void keep(void *context, mr_mapping *mapping)
{
    mr_mappings *mappings = context;
    (void)mr_map_put(mappings->by_uuid, mr_bytes_of(mapping->uuid), mapping);
}

mr_code mr_mappings_open(const mr_mappings_options *options, mr_mappings **out, mr_error *err)
{
    mr_mappings *mappings = mr_calloc(1, sizeof(*mappings));
    mappings->options = *options;
    mappings->options.region = mr_strdup(options->region);
    mappings->options.account = mr_strdup(options->account);
    mappings->by_uuid = mr_map_new();
    mr_code code = mr_mapping_load_rows(mappings, keep, mappings, err);
    size_t count;
    mr_mapping **all = mr_mappings_list(mappings, &count);
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = mr_mapping_resume(all[i], err);
    }
    mr_free(all);
    if (code != MR_OK) {
        mr_mappings_close(mappings);
        return code;
    }
    *out = mappings;
    return MR_OK;
}

void mr_mappings_close(mr_mappings *mappings)
{
    if (mappings == NULL) {
        return;
    }
    size_t count;
    mr_mapping **all = mr_mappings_list(mappings, &count);
    for (size_t i = 0; i < count; i++) {
        mr_mapping_free(all[i]);
    }
    mr_free(all);
    mr_map_free(mappings->by_uuid);
    mr_free((char *)mappings->options.region);
    mr_free((char *)mappings->options.account);
    mr_free(mappings);
}

void mr_mappings_on_fatal(mr_mappings *mappings, mr_fatal_fn fn, void *context)
{
    mappings->on_fatal = fn;
    mappings->on_fatal_context = context;
}

void mr_mappings_set_state_delay(mr_mappings *mappings, int64_t delay_us)
{
    mappings->options.state_delay_us = delay_us;
}

void mr_mappings_fail(mr_mappings *mappings, const mr_error *err)
{
    if (mappings->on_fatal != NULL) {
        mappings->on_fatal(mappings->on_fatal_context, err);
    } else {
        mr_trace_warn(mappings->options.trace, "%s", err->message);
    }
}

void mr_mappings_forget(mr_mappings *mappings, mr_mapping *mapping)
{
    (void)mr_map_remove(mappings->by_uuid, mr_bytes_of(mapping->uuid));
    mr_mapping_free(mapping);
}

mr_mapping *mr_mappings_find(mr_mappings *mappings, const char *uuid)
{
    return mr_map_get(mappings->by_uuid, mr_bytes_of(uuid));
}

mr_mapping **mr_mappings_list(mr_mappings *mappings, size_t *count)
{
    *count = mr_map_count(mappings->by_uuid);
    return (mr_mapping **)(void *)mr_map_sorted(mappings->by_uuid);
}

/* ---- what is asked for, in full ---- */

/* The ARN that a name, a partial or a full ARN means, its qualifier included. Owned. */
static char *function_arn(const mr_mappings *mappings, const char *name)
{
    const char *mark = strstr(name, "function:");
    return mr_format("arn:aws:lambda:%s:%s:function:%s", mappings->options.region,
                     mappings->options.account, mark == NULL ? name : mark + strlen("function:"));
}

static mr_code check_function(const mr_mappings *mappings, const mr_mapping_settings *settings,
                              mr_error *err)
{
    mr_function *function = mr_functions_find(mappings->options.functions, settings->function);
    if (function == NULL) {
        char *arn = function_arn(mappings, settings->function);
        mr_error_set(err, MR_FUNCTION_NOT_FOUND, "Function not found: %.300s", arn);
        mr_free(arn);
        return MR_FUNCTION_NOT_FOUND;
    }
    if (!mr_function_has_code(function)) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "function %s has a Builtin alone, which transforms records for a "
                            "delivery stream; an event source mapping needs its code",
                            mr_function_name(function));
    }
    return MR_OK;
}

static mr_code check_source(const char *arn, mr_error *err)
{
    static const char *const others[] = {"arn:aws:sqs:", "arn:aws:dynamodb:", "arn:aws:kafka:",
                                         "arn:aws:mq:",  "arn:aws:rds:",      "arn:aws:docdb:"};
    for (size_t i = 0; i < MR_COUNT(others); i++) {
        if (strncmp(arn, others[i], strlen(others[i])) == 0) {
            return mr_error_set(err, MR_UNSUPPORTED,
                                "EventSourceArn: %.300s is not supported here; only data streams "
                                "and their consumers are",
                                arn);
        }
    }
    if (strncmp(arn, "arn:aws:kinesis:", 16) != 0 || strchr(arn, '/') == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Unrecognized event source, must be kinesis: %.300s", arn);
    }
    return MR_OK;
}

static mr_code check_bucket(const mr_mappings *mappings, const mr_mapping_settings *settings,
                            mr_error *err)
{
    const char *bucket = mr_mapping_failure_bucket(settings->failure_arn);
    if (bucket == NULL || mr_store_has_bucket(mappings->options.store, bucket)) {
        return MR_OK;
    }
    return mr_error_set(err, MR_BUCKET_NOT_FOUND,
                        "DestinationConfig.OnFailure.Destination: there is no bucket %s", bucket);
}

/* Settings as a mapping keeps them: with a full ARN, and a role. Owned by *out. */
static mr_code complete(const mr_mappings *mappings, const mr_mapping_settings *settings,
                        mr_mapping_settings *out, mr_error *err)
{
    mr_code code = mr_mapping_settings_check(settings, err);
    if (code == MR_OK) {
        code = check_source(settings->source_arn, err);
    }
    if (code == MR_OK) {
        code = check_function(mappings, settings, err);
    }
    if (code == MR_OK) {
        code = check_bucket(mappings, settings, err);
    }
    if (code != MR_OK) {
        return code;
    }
    *out = mr_mapping_settings_copy(settings);
    mr_free((char *)out->function);
    out->function = function_arn(mappings, settings->function);
    if (out->role == NULL) {
        out->role = mr_format("arn:aws:iam::%s:role/%s", mappings->options.account,
                              strstr(out->function, "function:") + strlen("function:"));
    }
    return MR_OK;
}

/* ---- creating ---- */

static mr_mapping *find_same(mr_mappings *mappings, const mr_mapping_settings *settings)
{
    size_t count;
    mr_mapping **all = mr_mappings_list(mappings, &count), *same = NULL;
    for (size_t i = 0; i < count && same == NULL; i++) {
        if (strcmp(all[i]->settings.function, settings->function) == 0 &&
            strcmp(all[i]->settings.source_arn, settings->source_arn) == 0) {
            same = all[i];
        }
    }
    mr_free(all);
    return same;
}

/* Drawn from what it is, so that a run that is made again draws it again. */
static void draw_uuid(const mr_mappings *mappings, const mr_mapping_settings *settings,
                      char uuid[MR_UUID_SIZE])
{
    char *name = mr_format("mapping/%s/%s/%lld", settings->function, settings->source_arn,
                           (long long)mr_clock_wall_us(mappings->options.clock));
    mr_prng prng = mr_prng_named(mappings->options.seed, name);
    do {
        mr_prng_uuid(&prng, uuid);
    } while (mr_map_get(mappings->by_uuid, mr_bytes_of(uuid)) != NULL);
    mr_free(name);
}

/* Where every shard is begun: settled now, whenever polling begins. */
static mr_code store_beginning(const mr_mapping *mapping, mr_stream *stream, mr_error *err)
{
    const mr_mapping_settings *s = &mapping->settings;
    mr_db *db = mapping->owner->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = mr_mapping_store(mapping, err);
    for (size_t i = 0; i < mr_stream_shard_count(stream) && code == MR_OK; i++) {
        mr_shard *shard = mr_stream_shard(stream, i);
        const mr_position position =
            mr_position_at((size_t)s->lanes, mr_shard_position(shard, s->starting, s->starting_us));
        code = mr_position_write(db, mapping->uuid, mr_shard_id(shard), &position, err);
    }
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

static mr_code begin(mr_mapping *mapping, mr_error *err)
{
    mr_stream *stream;
    mr_code code = mr_mapping_find_stream(mapping, &stream, err);
    if (code != MR_OK) {
        return code;
    }
    mr_mapping_enter(mapping, MR_MAPPING_CREATING, "User action");
    code = store_beginning(mapping, stream, err);
    return code == MR_OK ? mr_mapping_act(mapping, err) : code;
}

/* settings: complete; given over. */
static mr_code create(mr_mappings *mappings, mr_mapping_settings *settings, const char *uuid,
                      mr_mapping **out, mr_error *err)
{
    char drawn[MR_UUID_SIZE];
    if (uuid == NULL || mr_mappings_find(mappings, uuid) != NULL) {
        draw_uuid(mappings, settings, drawn);
        uuid = drawn;
    }
    mr_mapping *mapping = mr_mapping_make(mappings, uuid, settings);
    mr_mapping_settings_deinit(settings);
    mr_code code = begin(mapping, err);
    if (code != MR_OK) {
        mr_mapping_free(mapping);
        return code;
    }
    keep(mappings, mapping);
    *out = mapping;
    return MR_OK;
}

mr_code mr_mappings_create(mr_mappings *mappings, const mr_mapping_settings *settings,
                           const char *uuid, mr_mapping **out, mr_error *err)
{
    mr_mapping_settings whole;
    mr_code code = complete(mappings, settings, &whole, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_mapping *same = find_same(mappings, &whole);
    if (same != NULL) {
        mr_mapping_settings_deinit(&whole);
        return mr_error_set(err, MR_MAPPING_EXISTS,
                            "The event source arn (\" %.200s \") and function (\" %s \") provided "
                            "mapping already exists. Please update or delete the existing mapping "
                            "with UUID %s",
                            same->settings.source_arn, same->function_name, same->uuid);
    }
    return create(mappings, &whole, uuid, out, err);
}

/* ---- changing ---- */

static mr_mapping_state state_of_change(const mr_mapping *mapping, bool enabled)
{
    if (mapping->settings.enabled == enabled) {
        return MR_MAPPING_UPDATING;
    }
    return enabled ? MR_MAPPING_ENABLING : MR_MAPPING_DISABLING;
}

/* settings: complete; given over. */
static mr_code change(mr_mapping *mapping, mr_mapping_settings *settings, mr_error *err)
{
    const mr_mapping_state state = state_of_change(mapping, settings->enabled);
    mr_mapping_settings before = mapping->settings;
    mapping->settings = *settings;
    mr_stream *stream = NULL;
    mr_code code =
        mapping->settings.enabled ? mr_mapping_find_stream(mapping, &stream, err) : MR_OK;
    if (code == MR_OK) {
        mapping->modified_us = mr_clock_wall_us(mapping->owner->options.clock);
        mr_mapping_enter(mapping, state, "User action");
        code = mr_mapping_store(mapping, err);
    }
    if (code != MR_OK) {
        mr_mapping_settings_deinit(&mapping->settings);
        mapping->settings = before;
        return code;
    }
    mapping->restarts = mapping->poller != NULL;
    mr_mapping_settings_deinit(&before);
    mr_mapping_settle(mapping);
    return mr_mapping_act(mapping, err);
}

mr_code mr_mapping_update(mr_mapping *mapping, const mr_mapping_settings *settings, mr_error *err)
{
    mr_mapping_settings whole, asked = *settings;
    asked.source_arn = mapping->settings.source_arn;
    asked.starting = mapping->settings.starting;
    asked.starting_us = mapping->settings.starting_us;
    mr_code code = complete(mapping->owner, &asked, &whole, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_mapping *same = find_same(mapping->owner, &whole);
    if (mapping->state != MR_MAPPING_ENABLED && mapping->state != MR_MAPPING_DISABLED) {
        code = mr_error_set(err, MR_MAPPING_IN_USE,
                            "Cannot update the event source mapping because it is in use.");
    } else if (same != NULL && same != mapping) {
        code = mr_error_set(err, MR_MAPPING_EXISTS,
                            "The event source arn (\" %.200s \") and function (\" %s \") provided "
                            "mapping already exists. Please update or delete the existing mapping "
                            "with UUID %s",
                            same->settings.source_arn, same->function_name, same->uuid);
    }
    if (code != MR_OK) {
        mr_mapping_settings_deinit(&whole);
        return code;
    }
    return change(mapping, &whole, err);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* But for the starting position, which has had its day. */
static bool is_unchanged(const mr_mapping_settings *a, const mr_mapping_settings *b)
{
    bool same = same_text(a->role, b->role) && same_text(a->failure_arn, b->failure_arn) &&
                a->enabled == b->enabled && a->batch_size == b->batch_size &&
                a->window_s == b->window_s && a->lanes == b->lanes &&
                a->retries_max == b->retries_max && a->age_max_s == b->age_max_s &&
                a->bisect == b->bisect && a->reports_items == b->reports_items &&
                a->filter_count == b->filter_count;
    for (size_t i = 0; same && i < a->filter_count; i++) {
        same = strcmp(a->filters[i], b->filters[i]) == 0;
    }
    return same;
}

mr_code mr_mappings_ensure(mr_mappings *mappings, const mr_mapping_settings *settings,
                           const char *uuid, mr_mapping **out, mr_error *err)
{
    mr_mapping_settings whole;
    mr_code code = complete(mappings, settings, &whole, err);
    if (code != MR_OK) {
        return code;
    }
    mr_mapping *same = find_same(mappings, &whole);
    if (same == NULL) {
        return create(mappings, &whole, uuid, out, err);
    }
    *out = same;
    if (is_unchanged(&same->settings, &whole)) {
        mr_mapping_settings_deinit(&whole);
        return MR_OK;
    }
    whole.starting = same->settings.starting;
    whole.starting_us = same->settings.starting_us;
    return change(same, &whole, err);
}

mr_code mr_mapping_delete(mr_mapping *mapping, mr_error *err)
{
    if (mapping->state == MR_MAPPING_DELETING) {
        return MR_OK;
    }
    if (mapping->state != MR_MAPPING_ENABLED && mapping->state != MR_MAPPING_DISABLED) {
        return mr_error_set(err, MR_MAPPING_IN_USE,
                            "Cannot delete the event source mapping because it is in use.");
    }
    if (mapping->owner->options.state_delay_us == 0) {
        mr_code code = mr_mapping_delete_rows(mapping, err);
        if (code == MR_OK) {
            mr_mappings_forget(mapping->owner, mapping);
        }
        return code;
    }
    mr_mapping_enter(mapping, MR_MAPPING_DELETING, "User action");
    mr_code code = mr_mapping_store(mapping, err);
    return code == MR_OK ? mr_mapping_act(mapping, err) : code;
}
