/* event_feed.c - see event_feed.h: a ring of lines. */
#include "src/web/event_feed.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"

#include <string.h>

typedef struct kept {
    mr_event_type type;
    char *line; /* owned */
    size_t len;
} kept;

struct mr_event_feed {
    mr_trace *trace;
    kept ring[MR_FEED_EVENTS_MAX]; /* the event `id` is at id % MR_FEED_EVENTS_MAX */
    uint64_t first, last;
    size_t bytes;
};

_Static_assert(MR_EVENT_TYPE_COUNT <= 64, "a filter has a bit for each type");

static kept *slot_of(mr_event_feed *feed, uint64_t id)
{
    return &feed->ring[id % MR_FEED_EVENTS_MAX];
}

static void drop_oldest(mr_event_feed *feed)
{
    kept *oldest = slot_of(feed, feed->first++);
    feed->bytes -= oldest->len;
    mr_free(oldest->line);
    oldest->line = NULL;
}

static size_t count_of(const mr_event_feed *feed)
{
    return (size_t)(feed->last + 1 - feed->first);
}

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)time_us;
    mr_event_feed *feed = context;
    while (count_of(feed) > 0 &&
           (count_of(feed) == MR_FEED_EVENTS_MAX || feed->bytes + line.len > MR_FEED_BYTES_MAX)) {
        drop_oldest(feed);
    }
    feed->last++;
    *slot_of(feed, feed->last) =
        (kept){.type = event->type, .line = mr_strndup(line.at, line.len), .len = line.len};
    feed->bytes += line.len;
}

mr_event_feed *mr_event_feed_new(mr_trace *trace)
{
    mr_event_feed *feed = mr_calloc(1, sizeof(*feed));
    feed->trace = trace;
    feed->first = 1;
    mr_trace_listen(trace, on_event, feed, false);
    return feed;
}

void mr_event_feed_free(mr_event_feed *feed)
{
    if (feed == NULL) {
        return;
    }
    mr_trace_unlisten(feed->trace, on_event, feed);
    while (count_of(feed) > 0) {
        drop_oldest(feed);
    }
    mr_free(feed);
}

uint64_t mr_event_feed_first(const mr_event_feed *feed)
{
    return feed->first;
}

uint64_t mr_event_feed_last(const mr_event_feed *feed)
{
    return feed->last;
}

static mr_code unknown_type(mr_bytes name, mr_error *err)
{
    const char *names[MR_EVENT_TYPE_COUNT];
    for (mr_event_type type = 0; type < MR_EVENT_TYPE_COUNT; type++) {
        names[type] = mr_event_type_name(type);
    }
    const char *nearest = mr_nearest(name, names, MR_COUNT(names));
    const int shown = (int)mr_min_size(name.len, 64);
    return nearest == NULL ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                          "there is no type of events called %.*s", shown, name.at)
                           : mr_error_set(err, MR_INVALID_ARGUMENT,
                                          "there is no type of events called %.*s; did you mean "
                                          "%s?",
                                          shown, name.at, nearest);
}

static bool find_type(mr_bytes name, mr_event_type *out)
{
    for (mr_event_type type = 0; type < MR_EVENT_TYPE_COUNT; type++) {
        if (mr_bytes_is(name, mr_event_type_name(type))) {
            *out = type;
            return true;
        }
    }
    return false;
}

mr_code mr_feed_types_parse(mr_bytes names, uint64_t *types, mr_error *err)
{
    *types = 0;
    while (names.len > 0) {
        const size_t end = mr_bytes_find(names, ',');
        const mr_bytes name = mr_bytes_trim(mr_bytes_make(names.at, end));
        mr_event_type type;
        if (!find_type(name, &type)) {
            return unknown_type(name, err);
        }
        *types |= UINT64_C(1) << type;
        const size_t skip = mr_min_size(end + 1, names.len);
        names = mr_bytes_make(names.at + skip, names.len - skip);
    }
    return MR_OK;
}

mr_bytes mr_event_feed_line(const mr_event_feed *feed, uint64_t id, const mr_feed_filter *filter)
{
    const mr_bytes none = {NULL, 0};
    if (id < feed->first || id > feed->last) {
        return none;
    }
    const kept *event = &feed->ring[id % MR_FEED_EVENTS_MAX];
    const bool is_type = filter->types == 0 || (filter->types >> event->type & 1) != 0;
    const bool has_text =
        filter->contains.len == 0 ||
        memmem(event->line, event->len, filter->contains.at, filter->contains.len) != NULL;
    return is_type && has_text ? mr_bytes_make(event->line, event->len) : none;
}

/* An event's own "id" (an invocation's, a fault's kind) is "ref" beside the feed's number: an
 * object has no two members of one name. In a line of JSON these bytes are a member's beginning and
 * nothing else, because quotes inside a text are escaped. */
static const char own_id[] = ",\"id\":";
static const char own_id_renamed[] = ",\"ref\":";

void mr_event_feed_write(mr_json *json, uint64_t id, mr_bytes line)
{
    mr_strbuf object = mr_strbuf_make(line.len + 64);
    MR_ASSERT(line.len > 2 && line.at[0] == '{');
    mr_strbuf_appendf(&object, "{\"id\":%llu,", (unsigned long long)id);
    const char *own = memmem(line.at, line.len, own_id, strlen(own_id));
    const char *rest = line.at + 1;
    if (own != NULL) {
        mr_strbuf_append(&object, rest, (size_t)(own - rest));
        mr_strbuf_append_text(&object, own_id_renamed);
        rest = own + strlen(own_id);
    }
    mr_strbuf_append(&object, rest, (size_t)(line.at + line.len - rest));
    mr_json_raw(json, mr_strbuf_bytes(&object));
    mr_strbuf_deinit(&object);
}
