/*
 * mapping.c - one mapping: its states (the diagram is in mapping.h), and the poller that comes and
 * goes with them.
 *
 * A poller that is to stop first ends what is under way (on_rest()); then the next one may begin,
 * with other settings, where the positions say. A stream or consumer that is deleted takes the
 * poller with it, and the mapping is Disabled: what AWS does then is not written down.
 */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/mapping/mapping_private.h"
#include "sim/mapping/position.h"
#include "sim/stream/consumer.h"

#define NO_RESULT "No records processed"

static void on_due(void *context);

mr_mapping *mr_mapping_make(mr_mappings *owner, const char *uuid,
                            const mr_mapping_settings *settings)
{
    mr_mapping *mapping = mr_calloc(1, sizeof(*mapping));
    mapping->owner = owner;
    mapping->uuid = mr_strdup(uuid);
    mapping->arn = mr_format("arn:aws:lambda:%s:%s:event-source-mapping:%s", owner->options.region,
                             owner->options.account, uuid);
    mapping->settings = mr_mapping_settings_copy(settings);
    mapping->state_reason = mr_strdup("User action");
    mapping->last_result = mr_strdup(NO_RESULT);
    mapping->modified_us = mr_clock_wall_us(owner->options.clock);
    mr_timer_init(&mapping->timer, owner->options.clock, on_due, mapping);
    mr_mapping_settle(mapping);
    return mapping;
}

static void forget_parts(mr_mapping *mapping)
{
    mr_free(mapping->function_name);
    mr_free(mapping->stream_arn);
    mr_free(mapping->consumer);
    mapping->function_name = mapping->stream_arn = mapping->consumer = NULL;
}

void mr_mapping_free(mr_mapping *mapping)
{
    if (mapping == NULL) {
        return;
    }
    mr_timer_cancel(&mapping->timer);
    mr_poller_free(mapping->poller);
    forget_parts(mapping);
    mr_mapping_settings_deinit(&mapping->settings);
    mr_free(mapping->uuid);
    mr_free(mapping->arn);
    mr_free(mapping->state_reason);
    mr_free(mapping->last_result);
    mr_free(mapping);
}

/* ---- what the texts say ---- */

void mr_mapping_settle(mr_mapping *mapping)
{
    const char *source = mapping->settings.source_arn;
    const char *mark = strstr(source, "/consumer/");
    const char *function = strstr(mapping->settings.function, "function:");
    forget_parts(mapping);
    mapping->stream_arn =
        mark == NULL ? mr_strdup(source) : mr_strndup(source, (size_t)(mark - source));
    if (mark != NULL) {
        mark += strlen("/consumer/");
        mapping->consumer = mr_strndup(mark, strcspn(mark, ":"));
    }
    function = function == NULL ? mapping->settings.function : function + strlen("function:");
    mapping->function_name = mr_strndup(function, strcspn(function, ":"));
}

mr_code mr_mapping_find_stream(const mr_mapping *mapping, mr_stream **out, mr_error *err)
{
    mr_streams *streams = mapping->owner->options.streams;
    const char *name = strchr(mapping->stream_arn, '/');
    mr_stream *stream = name == NULL ? NULL : mr_streams_find(streams, name + 1);
    if (stream == NULL || strcmp(mr_stream_arn(stream), mapping->stream_arn) != 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Stream not found: %.300s",
                            mapping->stream_arn);
    }
    mr_consumer *consumer;
    if (mapping->consumer != NULL &&
        mr_consumer_of_arn(streams, mr_bytes_of(mapping->settings.source_arn), &consumer, NULL) !=
            MR_OK) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Stream consumer not found: %.300s",
                            mapping->settings.source_arn);
    }
    *out = stream;
    return MR_OK;
}

/* ---- polling ---- */

static bool should_poll(const mr_mapping *mapping)
{
    return mapping->state == MR_MAPPING_ENABLED ||
           (mapping->state == MR_MAPPING_UPDATING && mapping->settings.enabled);
}

static void on_result(void *context, const char *result)
{
    mr_mapping *mapping = context;
    mr_error err;
    if (strcmp(mapping->last_result, result) == 0) {
        return;
    }
    mr_free(mapping->last_result);
    mapping->last_result = mr_strdup(result);
    if (mr_mapping_store_result(mapping, &err) != MR_OK) {
        mr_mappings_fail(mapping->owner, &err);
    }
}

static void on_broken(void *context, const mr_error *error)
{
    mr_mapping *mapping = context;
    mr_mappings_fail(mapping->owner, error);
}

static void drop_poller(mr_mapping *mapping)
{
    mapping->counts = mr_poller_count(mapping->poller);
    mapping->counts.read -= mr_poller_waiting(mapping->poller); /* they are read again, or never */
    mr_poller_free(mapping->poller);
    mapping->poller = NULL;
}

/* The source was deleted. Its positions mean nothing for one that is called the same. */
static mr_code lose_source(mr_mapping *mapping, mr_error *err)
{
    mr_code code = mr_positions_delete(mapping->owner->options.db, mapping->uuid, err);
    if (code != MR_OK) {
        return code;
    }
    mapping->settings.enabled = false;
    mr_mapping_enter(mapping, MR_MAPPING_DISABLED, "The event source was deleted");
    on_result(mapping, "PROBLEM: Stream not found");
    return mr_mapping_store(mapping, err);
}

static void on_rest(void *context, const mr_error *gone)
{
    mr_mapping *mapping = context;
    mr_error err;
    drop_poller(mapping);
    mapping->restarts = false;
    mr_code code = gone != NULL ? lose_source(mapping, &err) : mr_mapping_act(mapping, &err);
    if (code != MR_OK) {
        mr_mappings_fail(mapping->owner, &err);
    }
}

mr_code mr_mapping_act(mr_mapping *mapping, mr_error *err)
{
    if (mapping->poller != NULL) {
        if (!should_poll(mapping) || mapping->restarts) {
            mr_poller_stop(mapping->poller); /* on_rest() goes on, perhaps in the call */
        }
        return MR_OK;
    }
    mr_stream *stream;
    if (!should_poll(mapping)) {
        return MR_OK;
    }
    if (mr_mapping_find_stream(mapping, &stream, err) != MR_OK) {
        return lose_source(mapping, err);
    }
    return mr_poller_new(&(mr_poller_options){.world = &mapping->owner->options,
                                              .mapping = mapping->uuid,
                                              .settings = &mapping->settings,
                                              .function_name = mapping->function_name,
                                              .stream_arn = mapping->stream_arn,
                                              .consumer = mapping->consumer,
                                              .stream = stream,
                                              .counts = mapping->counts,
                                              .on_result = on_result,
                                              .on_broken = on_broken,
                                              .on_rest = on_rest,
                                              .context = mapping},
                         &mapping->poller, err);
}

/* ---- states ---- */

static bool takes_time(mr_mapping_state state)
{
    return state != MR_MAPPING_ENABLED && state != MR_MAPPING_DISABLED;
}

/* What a state ends in; Deleting in none. */
static mr_mapping_state state_after(const mr_mapping *mapping)
{
    return mapping->settings.enabled ? MR_MAPPING_ENABLED : MR_MAPPING_DISABLED;
}

void mr_mapping_enter(mr_mapping *mapping, mr_mapping_state state, const char *reason)
{
    const int64_t delay_us = mapping->owner->options.state_delay_us;
    char *owned = mr_strdup(reason);
    if (takes_time(state) && state != MR_MAPPING_DELETING && delay_us == 0) {
        state = state_after(mapping);
    }
    mr_free(mapping->state_reason);
    mapping->state_reason = owned;
    mapping->state = state;
    mapping->due_us = 0;
    mr_timer_cancel(&mapping->timer);
    if (takes_time(state)) {
        mapping->due_us = mr_clock_now_us(mapping->owner->options.clock) + delay_us;
        mr_timer_set(&mapping->timer, mapping->due_us);
    }
    mr_trace_emit(mapping->owner->options.trace,
                  &(mr_event){.type = MR_EVENT_MAPPING_STATE,
                              .mapping = mapping->uuid,
                              .function = mapping->function_name,
                              .stream = strchr(mapping->stream_arn, '/') + 1,
                              .reason = mr_mapping_state_name(state)});
}

/* The state's time is over. The mapping is freed when it was Deleting. */
static mr_code finish(mr_mapping *mapping, mr_error *err)
{
    if (mapping->state == MR_MAPPING_DELETING) {
        mr_code code = mr_mapping_delete_rows(mapping, err);
        if (code == MR_OK) {
            mr_mappings_forget(mapping->owner, mapping);
        }
        return code;
    }
    mr_mapping_enter(mapping, state_after(mapping), mapping->state_reason);
    mr_code code = mr_mapping_store(mapping, err);
    return code == MR_OK ? mr_mapping_act(mapping, err) : code;
}

static void on_due(void *context)
{
    mr_mapping *mapping = context;
    mr_mappings *owner = mapping->owner;
    mr_error err;
    if (finish(mapping, &err) != MR_OK) {
        mr_mappings_fail(owner, &err);
    }
}

mr_code mr_mapping_resume(mr_mapping *mapping, mr_error *err)
{
    if (!takes_time(mapping->state)) {
        return mr_mapping_act(mapping, err);
    }
    const int64_t now_us = mr_clock_now_us(mapping->owner->options.clock);
    const int64_t latest_us = now_us + mapping->owner->options.state_delay_us;
    mapping->due_us = mapping->due_us > latest_us ? latest_us : mapping->due_us;
    if (mapping->due_us <= now_us) {
        return finish(mapping, err);
    }
    mr_timer_set(&mapping->timer, mapping->due_us);
    return mr_mapping_act(mapping, err); /* one that is Updating polls meanwhile */
}

/* ---- questions ---- */

mr_mapping_view mr_mapping_look(const mr_mapping *mapping)
{
    return (mr_mapping_view){.settings = &mapping->settings,
                             .uuid = mapping->uuid,
                             .arn = mapping->arn,
                             .state = mr_mapping_state_name(mapping->state),
                             .state_reason = mapping->state_reason,
                             .last_result = mapping->last_result,
                             .modified_us = mapping->modified_us};
}

mr_mapping_counts mr_mapping_count(const mr_mapping *mapping)
{
    return mapping->poller == NULL ? mapping->counts : mr_poller_count(mapping->poller);
}

mr_code mr_mapping_check(const mr_mapping *mapping, mr_error *err)
{
    const mr_mapping_counts counts = mr_mapping_count(mapping);
    const uint64_t waiting = mapping->poller == NULL ? 0 : mr_poller_waiting(mapping->poller);
    if (counts.read != counts.done + counts.given_up + waiting) {
        return mr_error_set(err, MR_CORRUPT,
                            "event source mapping %s: %llu records read, %llu done + %llu given up "
                            "+ %llu waiting",
                            mapping->uuid, (unsigned long long)counts.read,
                            (unsigned long long)counts.done, (unsigned long long)counts.given_up,
                            (unsigned long long)waiting);
    }
    return mapping->poller == NULL ? MR_OK : mr_poller_check(mapping->poller, err);
}

bool mr_mapping_is_idle(const mr_mapping *mapping)
{
    const bool will_poll = takes_time(mapping->state) && mapping->state != MR_MAPPING_DELETING &&
                           mapping->settings.enabled;
    return mapping->poller == NULL ? !will_poll : mr_poller_is_idle(mapping->poller);
}

void mr_mapping_drain(mr_mapping *mapping)
{
    if (mapping->poller != NULL) {
        mr_poller_drain(mapping->poller);
    }
}
