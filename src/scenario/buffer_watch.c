/* buffer_watch.c - see buffer_watch.h. There are as many buffers as sinks and shards, and they are
 * flushed some times a minute: a list is enough. */
#include "src/scenario/buffer_watch.h"

#include "sim/base/alloc.h"
#include "sim/firehose/sink.h"

typedef struct buffer {
    char *delivery, *sink, *shard; /* owned; shard: NULL but for lambda buffers */
    bool is_open;
    int64_t opened_us; /* when is_open */
    mr_observed_buffers seen;
} buffer;

struct mr_buffer_watch {
    buffer *buffers; /* in the order in which they were first heard of; owned */
    size_t count, capacity;
};

mr_buffer_watch *mr_buffer_watch_new(void)
{
    return mr_calloc(1, sizeof(mr_buffer_watch));
}

void mr_buffer_watch_free(mr_buffer_watch *watch)
{
    if (watch == NULL) {
        return;
    }
    for (size_t i = 0; i < watch->count; i++) {
        mr_free(watch->buffers[i].delivery);
        mr_free(watch->buffers[i].sink);
        mr_free(watch->buffers[i].shard);
    }
    mr_free(watch->buffers);
    mr_free(watch);
}

/* ---- hearing ---- */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static buffer *buffer_of(mr_buffer_watch *watch, const mr_event *event)
{
    for (size_t i = 0; i < watch->count; i++) {
        buffer *b = &watch->buffers[i];
        if (same_text(b->delivery, event->delivery) && same_text(b->sink, event->sink) &&
            same_text(b->shard, event->shard)) {
            return b;
        }
    }
    MR_GROW(watch->buffers, watch->count, watch->capacity);
    buffer *added = &watch->buffers[watch->count++];
    *added = (buffer){.delivery = mr_strdup(event->delivery),
                      .sink = mr_strdup(event->sink),
                      .shard = mr_strdup(event->shard)};
    return added;
}

static void count_reason(mr_observed_buffers *seen, const char *reason)
{
    if (same_text(reason, mr_flush_reason_name(MR_FLUSH_SIZE))) {
        seen->by_size++;
    } else if (same_text(reason, mr_flush_reason_name(MR_FLUSH_INTERVAL))) {
        seen->by_interval++;
    } else if (same_text(reason, mr_flush_reason_name(MR_FLUSH_DRAIN))) {
        seen->by_drain++;
    }
}

static void raise_largest(mr_observed_buffers *seen, uint64_t bytes, int64_t at_us)
{
    if (bytes > seen->largest_bytes) {
        seen->largest_bytes = bytes;
        seen->largest_at_us = at_us;
    }
}

static void raise_longest(mr_observed_buffers *seen, int64_t us, int64_t at_us)
{
    if (us > seen->longest_us) {
        seen->longest_us = us;
        seen->longest_at_us = at_us;
    }
}

static void hear_flush(buffer *b, const mr_event *event, int64_t time_us)
{
    count_reason(&b->seen, event->reason);
    raise_largest(&b->seen, event->bytes, time_us);
    if (b->is_open) {
        raise_longest(&b->seen, time_us - b->opened_us, time_us);
    }
    b->is_open = false;
}

void mr_buffer_watch_hear(mr_buffer_watch *watch, const mr_event *event, int64_t time_us)
{
    if (event->type == MR_EVENT_BUFFER_OPENED) {
        buffer *b = buffer_of(watch, event);
        b->is_open = true;
        b->opened_us = time_us;
    } else if (event->type == MR_EVENT_BUFFER_FLUSHED) {
        hear_flush(buffer_of(watch, event), event, time_us);
    }
}

void mr_buffer_watch_forget(mr_buffer_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        watch->buffers[i].is_open = false;
    }
}

void mr_buffer_watch_jump(mr_buffer_watch *watch, int64_t delta_us)
{
    for (size_t i = 0; i < watch->count; i++) {
        watch->buffers[i].opened_us += watch->buffers[i].is_open ? delta_us : 0;
    }
}

/* ---- asking ---- */

static bool is_asked(const char *asked, const char *name)
{
    return asked == NULL || same_text(asked, name);
}

mr_observed_buffers mr_buffer_watch_sum(const mr_buffer_watch *watch, const char *delivery,
                                        const char *sink)
{
    mr_observed_buffers sum = {0};
    for (size_t i = 0; i < watch->count; i++) {
        const buffer *b = &watch->buffers[i];
        if (is_asked(delivery, b->delivery) && is_asked(sink, b->sink)) {
            sum.by_size += b->seen.by_size;
            sum.by_interval += b->seen.by_interval;
            sum.by_drain += b->seen.by_drain;
            raise_largest(&sum, b->seen.largest_bytes, b->seen.largest_at_us);
            raise_longest(&sum, b->seen.longest_us, b->seen.longest_at_us);
        }
    }
    return sum;
}
