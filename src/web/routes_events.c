/* routes_events.c - the event log: a page of what is kept, and what comes as it comes. */
#include "sim/base/json.h"
#include "src/web/live_stream.h"
#include "src/web/web_private.h"

#define PAGE_BYTES_MAX (8 * (size_t)MR_MIB)

static const mr_web_failure too_many = {"too-many-listeners", 503,
                                        "As many pages listen as the server takes."};

/* The filter of the parameters; false: they are refused, and answered. */
static bool take_filter(mr_web_call *call, const char *types, mr_feed_filter *filter)
{
    mr_error err;
    const char *names = mr_web_text(call, types);
    if (mr_feed_types_parse(mr_bytes_of(names == NULL ? "" : names), &filter->types, &err) !=
        MR_OK) {
        mr_web_fail(call->request, &mr_web_invalid, "%s: %s", types, err.message);
        return false;
    }
    return true;
}

/* ---- a page ---- */

typedef struct page {
    uint64_t ids[1000]; /* of the events, in the order in which they were met */
    size_t count, most;
    bool more;
} page;

/* Forward from `after`, or, without it, the newest ones before `before`. */
static void collect(const mr_event_feed *feed, const mr_feed_filter *filter, bool forward,
                    uint64_t from, page *out)
{
    uint64_t id = from;
    while (id >= mr_event_feed_first(feed) && id <= mr_event_feed_last(feed)) {
        if (mr_event_feed_line(feed, id, filter).len > 0) {
            if (out->count == out->most) {
                out->more = true;
                return;
            }
            out->ids[out->count++] = id;
        }
        id = forward ? id + 1 : id - 1;
    }
}

static void write_page(mr_json *json, const mr_event_feed *feed, const mr_feed_filter *filter,
                       bool forward, const page *p)
{
    mr_json_object_begin(json);
    mr_json_key(json, "events");
    mr_json_array_begin(json);
    for (size_t i = 0; i < p->count; i++) { /* rising, either way */
        const uint64_t id = p->ids[forward ? i : p->count - 1 - i];
        mr_event_feed_write(json, id, mr_event_feed_line(feed, id, filter));
    }
    mr_json_array_end(json);
    mr_json_key(json, "first");
    mr_json_uint(json, mr_event_feed_first(feed));
    mr_json_key(json, "last");
    mr_json_uint(json, mr_event_feed_last(feed));
    mr_json_field_bool(json, "more", p->more);
    mr_json_object_end(json);
}

void mr_web_write_newest_events(mr_json *json, const mr_web *web, uint64_t types, size_t most)
{
    const mr_feed_filter meant = {.types = types};
    page p = {.most = mr_min_size(most, MR_COUNT(p.ids))};
    collect(web->feed, &meant, false, mr_event_feed_last(web->feed), &p);
    write_page(json, web->feed, &meant, false, &p);
}

static void get_events(mr_web_call *call)
{
    const mr_event_feed *feed = call->web->feed;
    mr_feed_filter filter = {.types = 0};
    if (!take_filter(call, "type", &filter)) {
        return;
    }
    const char *contains = mr_web_text(call, "contains");
    filter.contains = mr_bytes_of(contains == NULL ? "" : contains);
    const bool forward = mr_web_has(call, "after");
    const uint64_t after = (uint64_t)mr_web_integer(call, "after");
    const uint64_t before = mr_web_has(call, "before") ? (uint64_t)mr_web_integer(call, "before")
                                                       : mr_event_feed_last(feed) + 1;
    page p = {.most = (size_t)mr_web_integer(call, "limit")};
    const uint64_t first = mr_event_feed_first(feed);
    const uint64_t last = mr_event_feed_last(feed);
    if (forward) {
        collect(feed, &filter, true, after + 1 < first ? first : after + 1, &p);
    } else if (before > first) {
        collect(feed, &filter, false, before - 1 > last ? last : before - 1, &p);
    }
    mr_strbuf body = mr_strbuf_make(PAGE_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    write_page(&json, feed, &filter, forward, &p);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* ---- as it comes ---- */

/* An EventSource that comes back says what it had last; a new one may ask by `after`. */
static uint64_t wished_after(const mr_web_call *call)
{
    const mr_bytes header = mr_http_header(call->request, "last-event-id");
    if (header.len > 0) {
        return mr_live_streams_after(call->web->live, header);
    }
    return mr_web_has(call, "after") ? (uint64_t)mr_web_integer(call, "after") : UINT64_MAX;
}

static void get_live(mr_web_call *call)
{
    mr_feed_filter filter = {.types = 0};
    if (!take_filter(call, "types", &filter)) {
        return;
    }
    const mr_live_wish wish = {
        .after = wished_after(call), .types = filter.types, .state = mr_web_flag(call, "state")};
    if (call->web->phase == MR_WEB_STOPPING ||
        !mr_live_streams_add(call->web->live, call->request, &wish)) {
        mr_web_fail(call->request, &too_many,
                    call->web->phase == MR_WEB_STOPPING
                        ? "the server is stopping"
                        : "%d pages and programs listen already; close one",
                    MR_LIVE_STREAMS_MAX);
    }
}

/* ---- the tables ---- */

#define ID_MOST 9007199254740991.0

static const mr_web_parameter page_parameters[] = {
    {.name = "after",
     .type = MR_WEB_INTEGER,
     .least = 0,
     .most = ID_MOST,
     .about = "The events behind this number, oldest first."},
    {.name = "before",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = ID_MOST,
     .about = "Without after: the newest events before this number."},
    {.name = "limit",
     .type = MR_WEB_INTEGER,
     .least = 1,
     .most = 1000,
     .fallback = "100",
     .about = "At most so many."},
    {.name = "type",
     .type = MR_WEB_STRING,
     .about = "Types of events, separated by commas; absent: all.",
     .example = "\"buffer.flushed,object.written\""},
    {.name = "contains", .type = MR_WEB_STRING, .about = "The event's line holds this text."}};

static const mr_web_parameter live_parameters[] = {
    {.name = "types",
     .type = MR_WEB_STRING,
     .about = "Types of events, separated by commas; absent: all.",
     .example = "\"buffer.flushed,object.written\""},
    {.name = "after",
     .type = MR_WEB_INTEGER,
     .least = 0,
     .most = ID_MOST,
     .about = "The events behind this number first; absent, or of none yet: from now on. A "
              "Last-Event-ID goes before it."},
    {.name = "state",
     .type = MR_WEB_BOOLEAN,
     .fallback = "true",
     .about = "Whether State comes too."}};

static const mr_web_field event_fields[] = {
    {.name = "id", .type = MR_WEB_INTEGER, .about = "Its number in this process, from 1."},
    {.name = "time", .type = MR_WEB_STRING, .about = "The world's time of day."},
    {.name = "event", .type = MR_WEB_STRING, .about = "Its type, such as buffer.flushed."}};
static const mr_web_shape event_shape = {
    .name = "Event",
    .about = "A line of the event log: besides these, the members that it has there; its own id is "
             "ref here.",
    .fields = event_fields,
    .count = MR_COUNT(event_fields),
    .open = true};
static const mr_web_field page_fields[] = {
    {.name = "events",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &event_shape,
     .about = "In rising order of numbers."},
    {.name = "first", .type = MR_WEB_INTEGER, .about = "The oldest that is kept."},
    {.name = "last", .type = MR_WEB_INTEGER, .about = "The newest; 0: none yet."},
    {.name = "more",
     .type = MR_WEB_BOOLEAN,
     .about = "There are more of them in the direction that was asked for."}};
static const mr_web_shape page_shape = MR_WEB_SHAPE("Events", "A page of events.", page_fields);

static const mr_web_failure *const live_failures[] = {&too_many, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/events",
     .tag = "Events",
     .summary = "A page of the newest events",
     .about = "The last 10,000 events are kept, or 4 MiB of them.",
     .guard = MR_WEB_OWN_HOST,
     .parameters = page_parameters,
     .parameter_count = MR_COUNT(page_parameters),
     .answer = &page_shape,
     .handle = get_events},
    {.method = "GET",
     .path = "/_millrace/api/live",
     .tag = "Events",
     .summary = "What happens, as it happens (server-sent events)",
     .about =
         "Frames `events` ({\"events\": [Event], \"skipped\": n}), `state` (State) and `reset` "
         "({\"first\": n}: what was asked for is not kept any more), at most ten of each a "
         "second. The first is `hello` ({\"process\": text, \"first\": n, \"last\": n}): which "
         "start "
         "of the program this is, and which events it keeps. Events are numbered anew from 1 at "
         "each start. The id of `hello` and `events` is \"PROCESS-NUMBER\", with the newest "
         "event's "
         "number; a Last-Event-ID of another process brings all events that are kept.",
     .guard = MR_WEB_OWN_HOST,
     .parameters = live_parameters,
     .parameter_count = MR_COUNT(live_parameters),
     .answer_type = "text/event-stream",
     .failures = live_failures,
     .handle = get_live}};

const mr_web_group mr_web_event_routes = {routes, MR_COUNT(routes)};
