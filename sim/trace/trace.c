/* trace.c - see trace.h. */
#include "sim/trace/trace.h"

#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/base/timefmt.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_BYTES_MAX (1 * MR_MIB)

struct mr_rate {
    mr_trace *trace;
    mr_event_type type;
    char *stream, *shard;    /* owned */
    uint64_t records, bytes; /* counted and not yet emitted */
};

typedef struct listener {
    mr_trace_fn fn;
    void *context;
    bool record_detail;
} listener;

struct mr_trace {
    mr_clock *clock;
    listener *listeners;
    size_t listener_count, listener_capacity;
    size_t detail_count; /* listeners that want record events */
    mr_rate **rates;     /* in order of creation; owned */
    size_t rate_count, rate_capacity;
    mr_map *rate_of;       /* of what it counts, as rate_key() writes it; borrowed from rates */
    int64_t second_end_us; /* of the second that the rates are counting */
    bool rates_counting;   /* a rate has something to emit */
    uint64_t counts[MR_EVENT_TYPE_COUNT];
    mr_digest *digest; /* NULL once finished */
    mr_strbuf line;
    bool emitting;
};

static const char *const type_names[MR_EVENT_TYPE_COUNT] = {
    [MR_EVENT_RUN_STARTED] = "run.started",
    [MR_EVENT_STREAM_CREATED] = "stream.created",
    [MR_EVENT_SHARD_CREATED] = "shard.created",
    [MR_EVENT_SHARD_CLOSED] = "shard.closed",
    [MR_EVENT_SEGMENT_RECYCLED] = "segment.recycled",
    [MR_EVENT_PUT] = "shard.put",
    [MR_EVENT_THROTTLED] = "shard.throttled",
    [MR_EVENT_READ] = "shard.read",
    [MR_EVENT_RECORD] = "record.put",
    [MR_EVENT_INPUT_STARTED] = "input.started",
    [MR_EVENT_INPUT_ENDED] = "input.ended",
    [MR_EVENT_ROW_REJECTED] = "row.rejected",
    [MR_EVENT_BUFFER_OPENED] = "buffer.opened",
    [MR_EVENT_BUFFER_FLUSHED] = "buffer.flushed",
    [MR_EVENT_INVOKED] = "function.invoked",
    [MR_EVENT_ANSWERED] = "function.answered",
    [MR_EVENT_FUNCTION_LOG] = "function.log",
    [MR_EVENT_MAPPING_STATE] = "mapping.state",
    [MR_EVENT_MAPPING_SENT] = "mapping.sent",
    [MR_EVENT_MAPPING_ANSWERED] = "mapping.answered",
    [MR_EVENT_MAPPING_GAVE_UP] = "mapping.gave-up",
    [MR_EVENT_OBJECT_WRITTEN] = "object.written",
    [MR_EVENT_PUT_RETRIED] = "put.retried",
    [MR_EVENT_RECORDS_EXPIRED] = "records.expired",
    [MR_EVENT_PARTITION_ADDED] = "partition.added",
    [MR_EVENT_QUERY_RUN] = "query.run",
    [MR_EVENT_FAULT] = "fault",
    [MR_EVENT_WARNING] = "warning",
    [MR_EVENT_RECOVERED] = "recovered",
    [MR_EVENT_RUN_ENDED] = "run.ended",
};

bool mr_event_is_rate(mr_event_type type)
{
    return type == MR_EVENT_PUT || type == MR_EVENT_THROTTLED || type == MR_EVENT_READ;
}

mr_trace *mr_trace_new(mr_clock *clock)
{
    mr_trace *trace = mr_calloc(1, sizeof(*trace));
    trace->clock = clock;
    trace->rate_of = mr_map_new();
    trace->digest = mr_digest_new_sha256();
    trace->line = mr_strbuf_make(LINE_BYTES_MAX);
    return trace;
}

void mr_trace_free(mr_trace *trace)
{
    if (trace == NULL) {
        return;
    }
    for (size_t i = 0; i < trace->rate_count; i++) {
        mr_free(trace->rates[i]->stream);
        mr_free(trace->rates[i]->shard);
        mr_free(trace->rates[i]);
    }
    mr_free(trace->rates);
    mr_map_free(trace->rate_of);
    mr_free(trace->listeners);
    mr_digest_free(trace->digest);
    mr_strbuf_deinit(&trace->line);
    mr_free(trace);
}

void mr_trace_listen(mr_trace *trace, mr_trace_fn fn, void *context, bool record_detail)
{
    MR_ASSERT(!trace->emitting);
    MR_GROW(trace->listeners, trace->listener_count, trace->listener_capacity);
    trace->listeners[trace->listener_count++] = (listener){fn, context, record_detail};
    trace->detail_count += record_detail ? 1 : 0;
}

void mr_trace_unlisten(mr_trace *trace, mr_trace_fn fn, void *context)
{
    MR_ASSERT(!trace->emitting);
    for (size_t i = 0; i < trace->listener_count; i++) {
        listener *l = &trace->listeners[i];
        if (l->fn == fn && l->context == context) {
            trace->detail_count -= l->record_detail ? 1 : 0;
            trace->listener_count--;
            memmove(l, l + 1, (trace->listener_count - i) * sizeof(*l));
            return;
        }
    }
}

bool mr_trace_wants_records(const mr_trace *trace)
{
    return trace->detail_count > 0;
}

/* ---- one event ---- */

typedef enum member_kind { MEMBER_TEXT, MEMBER_COUNT, MEMBER_DURATION } member_kind;

typedef struct member {
    const char *name;
    member_kind kind;
    size_t offset; /* in mr_event */
} member;

/* What a line holds behind its time and type, in the order of the log. */
#define MEMBER(kind, name)                                                                         \
    {                                                                                              \
#name, MEMBER_##kind, offsetof(mr_event, name)                                             \
    }
static const member members[] = {
    MEMBER(TEXT, stream),   MEMBER(TEXT, shard),    MEMBER(TEXT, delivery),
    MEMBER(TEXT, mapping),  MEMBER(TEXT, sink),     MEMBER(TEXT, function),
    MEMBER(TEXT, bucket),   MEMBER(TEXT, key),      MEMBER(TEXT, table),
    MEMBER(TEXT, reason),   MEMBER(TEXT, id),       MEMBER(COUNT, number),
    MEMBER(COUNT, records), MEMBER(COUNT, bytes),   MEMBER(COUNT, failed),
    MEMBER(COUNT, dropped), MEMBER(COUNT, attempt), MEMBER(DURATION, duration_us),
    MEMBER(TEXT, message),
};

/* What is NULL or 0 is left out. */
static void write_member(mr_json *json, const member *m, const mr_event *event)
{
    const char *at = (const char *)event + m->offset;
    const char *text;
    uint64_t count;
    int64_t duration_us;
    switch (m->kind) {
    case MEMBER_TEXT:
        memcpy(&text, at, sizeof(text));
        if (text != NULL) {
            mr_json_field_string(json, m->name, text);
        }
        break;
    case MEMBER_COUNT:
        memcpy(&count, at, sizeof(count));
        if (count != 0) {
            mr_json_key(json, m->name);
            mr_json_uint(json, count);
        }
        break;
    case MEMBER_DURATION:
        memcpy(&duration_us, at, sizeof(duration_us));
        if (duration_us != 0) {
            mr_json_field_int(json, m->name, duration_us);
        }
        break;
    }
}

void mr_event_write_about(mr_json *json, const mr_event *event)
{
    mr_event about = *event;
    about.message = NULL;
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        write_member(json, &members[i], &about);
    }
}

static void write_line(mr_strbuf *out, const mr_event *event, int64_t time_us)
{
    char time[MR_ISO_SIZE];
    mr_iso_format(time_us, time);

    mr_strbuf_reset(out);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "time", time);
    mr_json_field_string(&json, "event", type_names[event->type]);
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        write_member(&json, &members[i], event);
    }
    mr_json_object_end(&json);
    MR_ASSERT(!out->overflowed);
}

static void emit_at(mr_trace *trace, const mr_event *event, int64_t time_us)
{
    MR_ASSERT(!trace->emitting);
    trace->emitting = true;

    write_line(&trace->line, event, time_us);
    bool is_record = event->type == MR_EVENT_RECORD;
    if (!is_record && trace->digest != NULL) {
        mr_digest_update(trace->digest, trace->line.at, trace->line.len);
        mr_digest_update(trace->digest, "\n", 1);
    }
    for (size_t i = 0; i < trace->listener_count; i++) {
        const listener *l = &trace->listeners[i];
        if (!is_record || l->record_detail) {
            l->fn(l->context, event, time_us, mr_strbuf_bytes(&trace->line));
        }
    }
    trace->emitting = false;
}

/* Emits what the rates counted, as of time_us. */
static void emit_rates(mr_trace *trace, int64_t time_us)
{
    trace->rates_counting = false;
    for (size_t i = 0; i < trace->rate_count; i++) {
        mr_rate *rate = trace->rates[i];
        if (rate->records == 0) {
            continue;
        }
        mr_event event = {.type = rate->type,
                          .stream = rate->stream,
                          .shard = rate->shard,
                          .records = rate->records,
                          .bytes = rate->bytes};
        rate->records = 0;
        rate->bytes = 0;
        emit_at(trace, &event, time_us);
    }
}

/* Closes the second that the rates were counting, when it is over, or when the clock was set back
 * to before it. */
static void roll_second(mr_trace *trace, int64_t wall_us)
{
    if (MR_UNLIKELY(trace->rates_counting && (wall_us >= trace->second_end_us ||
                                              wall_us < trace->second_end_us - MR_US_PER_SECOND))) {
        emit_rates(trace, trace->second_end_us);
    }
}

void mr_trace_emit(mr_trace *trace, const mr_event *event)
{
    MR_ASSERT(event->type >= 0 && event->type < MR_EVENT_TYPE_COUNT);

    trace->counts[event->type]++;
    if (event->type == MR_EVENT_RECORD && trace->detail_count == 0) {
        return;
    }
    int64_t wall_us = mr_clock_wall_us(trace->clock);
    roll_second(trace, wall_us);
    emit_at(trace, event, wall_us);
}

static void warn(mr_trace *trace, mr_event warning, const char *format, va_list args)
{
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_vappendf(&message, format, args);
    warning.type = MR_EVENT_WARNING;
    warning.message = mr_strbuf_text(&message);
    mr_trace_emit(trace, &warning);
    mr_strbuf_deinit(&message);
}

void mr_trace_warn(mr_trace *trace, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    warn(trace, (mr_event){0}, format, args);
    va_end(args);
}

void mr_trace_warn_about(mr_trace *trace, const mr_event *about, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    warn(trace, *about, format, args);
    va_end(args);
}

/* ---- rates ---- */

/* NULL and "" are two things. */
static void append_part(mr_strbuf *key, const char *part)
{
    mr_strbuf_append_char(key, part == NULL ? '-' : '+');
    mr_strbuf_append_bytes(key, mr_bytes_of(part));
    mr_strbuf_append_char(key, '\0');
}

/* What a rate counts, as a key; the caller deinits it. */
static mr_strbuf rate_key(mr_event_type type, const char *stream, const char *shard)
{
    mr_strbuf key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_uint64(&key, (uint64_t)type);
    append_part(&key, stream);
    append_part(&key, shard);
    return key;
}

mr_rate *mr_trace_rate(mr_trace *trace, mr_event_type type, const char *stream, const char *shard)
{
    MR_ASSERT(mr_event_is_rate(type));

    mr_strbuf key = rate_key(type, stream, shard);
    mr_rate *rate = mr_map_get(trace->rate_of, mr_strbuf_bytes(&key));
    if (rate == NULL) {
        rate = mr_calloc(1, sizeof(*rate));
        rate->trace = trace;
        rate->type = type;
        rate->stream = mr_strdup(stream);
        rate->shard = mr_strdup(shard);
        MR_GROW(trace->rates, trace->rate_count, trace->rate_capacity);
        trace->rates[trace->rate_count++] = rate;
        (void)mr_map_put(trace->rate_of, mr_strbuf_bytes(&key), rate);
    }
    mr_strbuf_deinit(&key);
    return rate;
}

static int64_t second_end_us(int64_t wall_us)
{
    int64_t into_us = wall_us % MR_US_PER_SECOND;
    return wall_us - into_us + (into_us < 0 ? 0 : MR_US_PER_SECOND);
}

void mr_rate_add(mr_rate *rate, uint64_t records, uint64_t bytes)
{
    mr_trace *trace = rate->trace;
    int64_t wall_us = mr_clock_wall_us(trace->clock);

    if (records == 0) {
        return;
    }
    roll_second(trace, wall_us);
    if (!trace->rates_counting) {
        trace->rates_counting = true;
        trace->second_end_us = second_end_us(wall_us);
    }
    rate->records += records;
    rate->bytes += bytes;
    trace->counts[rate->type] += records;
}

void mr_trace_roll_rates(mr_trace *trace)
{
    roll_second(trace, mr_clock_wall_us(trace->clock));
}

void mr_trace_flush_rates(mr_trace *trace)
{
    int64_t wall_us = mr_clock_wall_us(trace->clock);
    roll_second(trace, wall_us);
    emit_rates(trace, wall_us);
}

/* ---- counting and the digest ---- */

uint64_t mr_trace_count(const mr_trace *trace, mr_event_type type)
{
    MR_ASSERT(type >= 0 && type < MR_EVENT_TYPE_COUNT);
    return trace->counts[type];
}

void mr_trace_digest_update(mr_trace *trace, mr_bytes bytes)
{
    MR_ASSERT(trace->digest != NULL);
    mr_digest_update(trace->digest, bytes.at, bytes.len);
}

void mr_trace_digest_finish(mr_trace *trace, char hex[65])
{
    MR_ASSERT(trace->digest != NULL);
    uint8_t digest[32];
    size_t size = mr_digest_finish(trace->digest, digest);
    mr_digest_free(trace->digest);
    trace->digest = NULL;
    mr_hex(digest, size, hex);
}

const char *mr_event_type_name(mr_event_type type)
{
    MR_ASSERT(type >= 0 && type < MR_EVENT_TYPE_COUNT);
    return type_names[type];
}

mr_event_type mr_event_type_of(const char *name)
{
    mr_event_type type = 0;
    while (type < MR_EVENT_TYPE_COUNT && strcmp(type_names[type], name) != 0) {
        type++;
    }
    return type;
}

const char *mr_event_member_name(size_t place)
{
    return place < MR_COUNT(members) ? members[place].name : NULL;
}

const char *mr_event_member_text(const mr_event *event, size_t place,
                                 char digits[MR_EVENT_DIGITS_SIZE])
{
    MR_ASSERT(place < MR_COUNT(members));

    const char *at = (const char *)event + members[place].offset;
    const char *text = digits;
    uint64_t count;
    int64_t duration_us;
    switch (members[place].kind) {
    case MEMBER_TEXT:
        memcpy(&text, at, sizeof(text));
        break;
    case MEMBER_COUNT:
        memcpy(&count, at, sizeof(count));
        (void)snprintf(digits, MR_EVENT_DIGITS_SIZE, "%" PRIu64, count);
        break;
    case MEMBER_DURATION:
        memcpy(&duration_us, at, sizeof(duration_us));
        (void)snprintf(digits, MR_EVENT_DIGITS_SIZE, "%" PRId64, duration_us);
        break;
    }
    return text;
}
