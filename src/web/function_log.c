/* function_log.c - see function_log.h. Entries lie in rings: the place of the next one is the count
 * of all that there ever were, modulo the ring's size. */
#include "src/web/function_log.h"

#include "sim/base/alloc.h"

#include <string.h>

typedef struct log_line {
    uint64_t id;
    int64_t time_us;
    char *invocation, *text; /* owned */
} log_line;

typedef struct log_invocation {
    uint64_t id; /* of the event that began it */
    int64_t time_us;
    char *invocation; /* owned, as the texts below */
    uint64_t records, bytes;
    bool has_ended;
    int64_t duration_us;
    char *outcome; /* NULL: it is under way */
    char *message; /* NULL: none */
} log_invocation;

typedef struct function_entry {
    char *name;                  /* owned */
    uint64_t last_id;            /* of its newest event */
    log_line *lines;             /* MR_FUNCTION_LOG_LINES */
    uint64_t line_count;         /* that there ever were */
    log_invocation *invocations; /* MR_FUNCTION_LOG_INVOCATIONS */
    uint64_t invocation_count;
} function_entry;

struct mr_function_log {
    mr_trace *trace;
    uint64_t events; /* seen */
    function_entry *entries[MR_FUNCTION_LOG_FUNCTIONS];
    size_t entry_count;
};

/* ---- entries ---- */

static char *copy_text(const char *text, size_t most)
{
    return text == NULL ? NULL : mr_strndup(text, strnlen(text, most));
}

static void clear_line(log_line *line)
{
    mr_free(line->invocation);
    mr_free(line->text);
    *line = (log_line){0};
}

static void clear_invocation(log_invocation *invocation)
{
    mr_free(invocation->invocation);
    mr_free(invocation->outcome);
    mr_free(invocation->message);
    *invocation = (log_invocation){0};
}

static function_entry *entry_new(const char *name)
{
    function_entry *entry = mr_calloc(1, sizeof(*entry));
    entry->name = mr_strdup(name);
    entry->lines = mr_calloc(MR_FUNCTION_LOG_LINES, sizeof(*entry->lines));
    entry->invocations = mr_calloc(MR_FUNCTION_LOG_INVOCATIONS, sizeof(*entry->invocations));
    return entry;
}

static void entry_free(function_entry *entry)
{
    for (size_t i = 0; i < MR_FUNCTION_LOG_LINES; i++) {
        clear_line(&entry->lines[i]);
    }
    for (size_t i = 0; i < MR_FUNCTION_LOG_INVOCATIONS; i++) {
        clear_invocation(&entry->invocations[i]);
    }
    mr_free(entry->lines);
    mr_free(entry->invocations);
    mr_free(entry->name);
    mr_free(entry);
}

static function_entry *find_entry(const mr_function_log *log, const char *name)
{
    for (size_t i = 0; i < log->entry_count; i++) {
        if (strcmp(log->entries[i]->name, name) == 0) {
            return log->entries[i];
        }
    }
    return NULL;
}

/* The place of the function that did nothing for the longest time. */
static size_t stalest(const mr_function_log *log)
{
    size_t place = 0;
    for (size_t i = 1; i < log->entry_count; i++) {
        if (log->entries[i]->last_id < log->entries[place]->last_id) {
            place = i;
        }
    }
    return place;
}

static function_entry *require_entry(mr_function_log *log, const char *name)
{
    function_entry *entry = find_entry(log, name);
    if (entry == NULL) {
        size_t place = log->entry_count;
        if (place == MR_FUNCTION_LOG_FUNCTIONS) {
            place = stalest(log);
            entry_free(log->entries[place]);
        } else {
            log->entry_count++;
        }
        entry = entry_new(name);
        log->entries[place] = entry;
    }
    entry->last_id = log->events;
    return entry;
}

/* ---- listening ---- */

static void add_line(const mr_function_log *log, function_entry *entry, const mr_event *event,
                     int64_t time_us)
{
    log_line *line = &entry->lines[entry->line_count++ % MR_FUNCTION_LOG_LINES];
    clear_line(line);
    *line = (log_line){.id = log->events,
                       .time_us = time_us,
                       .invocation = copy_text(event->id, MR_FUNCTION_LOG_LINE_BYTES),
                       .text = copy_text(event->message, MR_FUNCTION_LOG_LINE_BYTES)};
}

static void add_invocation(const mr_function_log *log, function_entry *entry, const mr_event *event,
                           int64_t time_us)
{
    log_invocation *invocation =
        &entry->invocations[entry->invocation_count++ % MR_FUNCTION_LOG_INVOCATIONS];
    clear_invocation(invocation);
    *invocation = (log_invocation){.id = log->events,
                                   .time_us = time_us,
                                   .invocation = copy_text(event->id, MR_FUNCTION_LOG_LINE_BYTES),
                                   .records = event->records,
                                   .bytes = event->bytes};
}

/* The newest of that id that is under way; NULL when it is gone from the ring. */
static log_invocation *find_running(const function_entry *entry, const char *id)
{
    const uint64_t kept = entry->invocation_count < MR_FUNCTION_LOG_INVOCATIONS
                              ? entry->invocation_count
                              : MR_FUNCTION_LOG_INVOCATIONS;
    for (uint64_t back = 1; back <= kept && id != NULL; back++) {
        log_invocation *invocation =
            &entry->invocations[(entry->invocation_count - back) % MR_FUNCTION_LOG_INVOCATIONS];
        if (!invocation->has_ended && invocation->invocation != NULL &&
            strcmp(invocation->invocation, id) == 0) {
            return invocation;
        }
    }
    return NULL;
}

static void end_invocation(const function_entry *entry, const mr_event *event)
{
    log_invocation *invocation = find_running(entry, event->id);
    if (invocation == NULL) {
        return;
    }
    invocation->has_ended = true;
    invocation->duration_us = event->duration_us;
    invocation->outcome = copy_text(event->reason, MR_FUNCTION_LOG_LINE_BYTES);
    invocation->message = copy_text(event->message, MR_FUNCTION_LOG_LINE_BYTES);
}

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)line;
    mr_function_log *log = context;
    log->events++;
    if (event->function == NULL) {
        return;
    }
    if (event->type == MR_EVENT_FUNCTION_LOG) {
        add_line(log, require_entry(log, event->function), event, time_us);
    } else if (event->type == MR_EVENT_INVOKED) {
        add_invocation(log, require_entry(log, event->function), event, time_us);
    } else if (event->type == MR_EVENT_ANSWERED) {
        end_invocation(require_entry(log, event->function), event);
    }
}

mr_function_log *mr_function_log_new(mr_trace *trace)
{
    mr_function_log *log = mr_calloc(1, sizeof(*log));
    log->trace = trace;
    mr_trace_listen(trace, on_event, log, false);
    return log;
}

void mr_function_log_free(mr_function_log *log)
{
    if (log == NULL) {
        return;
    }
    mr_trace_unlisten(log->trace, on_event, log);
    for (size_t i = 0; i < log->entry_count; i++) {
        entry_free(log->entries[i]);
    }
    mr_free(log);
}

/* ---- writing ---- */

static void write_line(mr_json *json, const log_line *line)
{
    mr_json_object_begin(json);
    mr_json_field_int(json, "id", (int64_t)line->id);
    mr_json_field_int(json, "time_us", line->time_us);
    mr_json_field_string(json, "invocation", line->invocation);
    mr_json_field_string(json, "line", line->text);
    mr_json_object_end(json);
}

static void write_invocation(mr_json *json, const log_invocation *invocation)
{
    mr_json_object_begin(json);
    mr_json_field_int(json, "id", (int64_t)invocation->id);
    mr_json_field_int(json, "time_us", invocation->time_us);
    mr_json_field_string(json, "invocation", invocation->invocation);
    mr_json_field_int(json, "records", (int64_t)invocation->records);
    mr_json_field_int(json, "bytes", (int64_t)invocation->bytes);
    mr_json_key(json, "duration_us");
    if (invocation->has_ended) {
        mr_json_int(json, invocation->duration_us);
    } else {
        mr_json_null(json);
    }
    mr_json_field_string(json, "outcome", invocation->outcome);
    mr_json_field_string(json, "message", invocation->message);
    mr_json_object_end(json);
}

/* Where to begin, so that the newest `most` of a ring come. */
static uint64_t first_shown(uint64_t count, uint64_t ring, size_t most)
{
    const uint64_t shown = most < ring ? most : ring;
    return count > shown ? count - shown : 0;
}

void mr_function_log_write(const mr_function_log *log, const char *function, size_t most,
                           mr_json *json)
{
    const function_entry *entry = find_entry(log, function);
    const uint64_t line_count = entry == NULL ? 0 : entry->line_count;
    const uint64_t invocation_count = entry == NULL ? 0 : entry->invocation_count;
    mr_json_key(json, "lines");
    mr_json_array_begin(json);
    for (uint64_t i = first_shown(line_count, MR_FUNCTION_LOG_LINES, most); i < line_count; i++) {
        write_line(json, &entry->lines[i % MR_FUNCTION_LOG_LINES]);
    }
    mr_json_array_end(json);
    mr_json_key(json, "invocations");
    mr_json_array_begin(json);
    for (uint64_t i = first_shown(invocation_count, MR_FUNCTION_LOG_INVOCATIONS, most);
         i < invocation_count; i++) {
        write_invocation(json, &entry->invocations[i % MR_FUNCTION_LOG_INVOCATIONS]);
    }
    mr_json_array_end(json);
}
