/* live_stream.c - see live_stream.h. */
#include "src/web/live_stream.h"

#include "sim/base/alloc.h"
#include "src/web/state_view.h"
#include "src/web/web_private.h"

#include <string.h>

#define WAITING_MAX         (256 * (size_t)MR_KIB) /* a client with more unread is passed over */
#define FRAME_BYTES_MAX     (MR_STATE_BYTES_MAX + MR_MIB)
#define TICKS_PER_SECOND    (1000 / MR_LIVE_FRAME_MS)
#define TICKS_PER_HEARTBEAT (15 * TICKS_PER_SECOND)
#define PROCESS_BYTES       8 /* of chance, spelled in hex */

typedef struct live_stream {
    struct live_stream *next;
    mr_live_streams *all;
    mr_http_request *request;
    mr_live_wish wish;
    uint64_t sent_changes; /* of State */
    int64_t sent_us;       /* the world's time in the last State that it got */
    unsigned quiet_ticks;  /* since anything was sent */
    unsigned state_ticks;  /* since a State was sent */
} live_stream;

struct mr_live_streams {
    mr_web *web;
    uv_timer_t *timer; /* frees itself when it has closed */
    live_stream *first;
    size_t count;
    mr_strbuf state;                     /* the frame of this tick; empty: not written yet */
    char process[2 * PROCESS_BYTES + 1]; /* which start of the program this is */
};

/* ---- listeners ---- */

static void remove_stream(live_stream *stream)
{
    mr_live_streams *all = stream->all;
    for (live_stream **at = &all->first; *at != NULL; at = &(*at)->next) {
        if (*at == stream) {
            *at = stream->next;
            break;
        }
    }
    all->count--;
    if (all->count == 0) {
        uv_timer_stop(all->timer);
    }
    mr_free(stream);
}

static void on_closed(void *context)
{
    remove_stream(context);
}

static void end_stream(live_stream *stream)
{
    mr_http_set_context(stream->request, NULL, NULL);
    mr_http_answer_end(stream->request);
    remove_stream(stream);
}

/* ---- frames ---- */

static void send_frame(live_stream *stream, const mr_strbuf *frame)
{
    mr_http_answer_send(stream->request, mr_strbuf_bytes(frame));
    stream->quiet_ticks = 0;
}

/* "id: PROCESS-NUMBER" of the stream's place. */
static void append_id(mr_strbuf *frame, const live_stream *stream)
{
    mr_strbuf_appendf(frame, "id: %s-%llu\n", stream->all->process,
                      (unsigned long long)stream->wish.after);
}

/* At once, so that the client knows that it is heard, and by whom. */
static void send_hello(live_stream *stream)
{
    const mr_event_feed *feed = stream->all->web->feed;
    mr_strbuf frame = mr_strbuf_make(256);
    append_id(&frame, stream);
    mr_strbuf_appendf(&frame,
                      "event: hello\ndata: {\"process\":\"%s\",\"first\":%llu,\"last\":%llu}\n\n",
                      stream->all->process, (unsigned long long)mr_event_feed_first(feed),
                      (unsigned long long)mr_event_feed_last(feed));
    send_frame(stream, &frame);
    mr_strbuf_deinit(&frame);
}

/* What was asked for is gone: the client has to know that it has missed something. */
static void send_reset(live_stream *stream, uint64_t first)
{
    mr_strbuf frame = mr_strbuf_make(128);
    mr_strbuf_appendf(&frame, "event: reset\ndata: {\"first\":%llu}\n\n",
                      (unsigned long long)first);
    send_frame(stream, &frame);
    mr_strbuf_deinit(&frame);
    stream->wish.after = first - 1;
}

/* The newest MR_LIVE_EVENTS of those that are meant; older ones of them are counted. from: out, the
 * first that is sent. Returns how many are skipped. */
static uint64_t choose(const live_stream *stream, uint64_t last, uint64_t *from)
{
    const mr_event_feed *feed = stream->all->web->feed;
    const mr_feed_filter filter = {.types = stream->wish.types};
    uint64_t meant = 0, skipped = 0;
    *from = last + 1;
    for (uint64_t id = last; id > stream->wish.after; id--) {
        if (mr_event_feed_line(feed, id, &filter).len == 0) {
            continue;
        }
        if (meant == MR_LIVE_EVENTS) {
            skipped++;
        } else {
            meant++;
            *from = id;
        }
    }
    return skipped;
}

static void send_events(live_stream *stream)
{
    const mr_event_feed *feed = stream->all->web->feed;
    const mr_feed_filter filter = {.types = stream->wish.types};
    const uint64_t last = mr_event_feed_last(feed);
    if (stream->wish.after + 1 < mr_event_feed_first(feed)) {
        send_reset(stream, mr_event_feed_first(feed));
    }
    if (stream->wish.after >= last) {
        return;
    }
    uint64_t from;
    const uint64_t skipped = choose(stream, last, &from);
    stream->wish.after = last;
    if (from > last) {
        return; /* none of them is meant */
    }
    mr_strbuf frame = mr_strbuf_make(FRAME_BYTES_MAX);
    append_id(&frame, stream);
    mr_strbuf_append_text(&frame, "event: events\ndata: ");
    mr_json json = mr_json_make(&frame);
    mr_json_object_begin(&json);
    mr_json_key(&json, "events");
    mr_json_array_begin(&json);
    for (uint64_t id = from; id <= last; id++) {
        const mr_bytes line = mr_event_feed_line(feed, id, &filter);
        if (line.len > 0) {
            mr_event_feed_write(&json, id, line);
        }
    }
    mr_json_array_end(&json);
    mr_json_key(&json, "skipped");
    mr_json_uint(&json, skipped);
    mr_json_object_end(&json);
    mr_strbuf_append_text(&frame, "\n\n");
    send_frame(stream, &frame);
    mr_strbuf_deinit(&frame);
}

/* The frame is the same for everybody, and is written when the first one wants it. A State that is
 * too large for one is told as such. */
static const mr_strbuf *state_frame(mr_live_streams *all)
{
    if (all->state.len == 0) {
        mr_strbuf_append_text(&all->state, "event: state\ndata: ");
        mr_json json = mr_json_make(&all->state);
        mr_state_write(&json, all->web);
        mr_strbuf_append_text(&all->state, "\n\n");
        if (all->state.overflowed) {
            mr_strbuf_reset(&all->state);
            mr_strbuf_append_text(&all->state, "event: too-large\ndata: {}\n\n");
        }
    }
    return &all->state;
}

/* Something happened: at once. Time alone went on: once a second. Otherwise not at all. */
static bool wants_state(const live_stream *stream, uint64_t changes, int64_t now_us)
{
    return stream->sent_changes != changes ||
           (stream->sent_us != now_us && stream->state_ticks >= TICKS_PER_SECOND);
}

static void send_state(live_stream *stream)
{
    mr_web *web = stream->all->web;
    const uint64_t changes = mr_web_changes(web);
    const int64_t now_us = mr_clock_wall_us(mr_sim_clock(web->sim));
    stream->state_ticks++;
    if (!stream->wish.state || !wants_state(stream, changes, now_us)) {
        return;
    }
    send_frame(stream, state_frame(stream->all));
    stream->sent_changes = changes;
    stream->sent_us = now_us;
    stream->state_ticks = 0;
}

static void send_heartbeat(live_stream *stream)
{
    mr_strbuf frame = mr_strbuf_make(16);
    mr_strbuf_append_text(&frame, ":\n\n");
    send_frame(stream, &frame);
    mr_strbuf_deinit(&frame);
}

static void on_tick(uv_timer_t *timer)
{
    mr_live_streams *all = timer->data;
    mr_trace_roll_rates(mr_sim_trace(all->web->sim));
    for (live_stream *stream = all->first; stream != NULL; stream = stream->next) {
        stream->quiet_ticks++;
        if (mr_http_answer_waiting(stream->request) > WAITING_MAX) {
            continue;
        }
        send_events(stream);
        send_state(stream);
        if (stream->quiet_ticks >= TICKS_PER_HEARTBEAT) {
            send_heartbeat(stream);
        }
    }
    mr_strbuf_reset(&all->state);
}

/* ---- the whole ---- */

/* By chance: neither the clock nor the process's number need differ after a restart. */
static void name_process(char name[2 * PROCESS_BYTES + 1])
{
    unsigned char chance[PROCESS_BYTES];
    const int rc = uv_random(NULL, NULL, chance, sizeof(chance), 0, NULL);
    if (rc != 0) { /* a machine without chance to give */
        const uint64_t now = uv_hrtime() ^ (uint64_t)uv_os_getpid() << 48;
        memcpy(chance, &now, sizeof(chance));
    }
    for (size_t i = 0; i < PROCESS_BYTES; i++) {
        (void)snprintf(name + 2 * i, 3, "%02x", chance[i]);
    }
}

mr_live_streams *mr_live_streams_new(mr_web *web)
{
    mr_live_streams *all = mr_calloc(1, sizeof(*all));
    all->web = web;
    name_process(all->process);
    all->state = mr_strbuf_make(FRAME_BYTES_MAX);
    all->timer = mr_calloc(1, sizeof(*all->timer));
    const int rc = uv_timer_init(web->loop, all->timer);
    MR_ASSERT(rc == 0);
    all->timer->data = all;
    return all;
}

static void on_timer_closed(uv_handle_t *handle)
{
    mr_free(handle);
}

void mr_live_streams_free(mr_live_streams *all)
{
    if (all == NULL) {
        return;
    }
    mr_live_streams_end(all);
    uv_close((uv_handle_t *)all->timer, on_timer_closed);
    mr_strbuf_deinit(&all->state);
    mr_free(all);
}

void mr_live_streams_end(mr_live_streams *all)
{
    while (all->first != NULL) {
        end_stream(all->first);
    }
}

size_t mr_live_streams_count(const mr_live_streams *all)
{
    return all->count;
}

uint64_t mr_live_streams_after(const mr_live_streams *all, mr_bytes last_event_id)
{
    uint64_t after;
    const size_t end = mr_bytes_find(last_event_id, '-');
    const size_t skip = mr_min_size(end + 1, last_event_id.len);
    const mr_bytes number = mr_bytes_make(last_event_id.at + skip, last_event_id.len - skip);
    return mr_bytes_is(mr_bytes_make(last_event_id.at, end), all->process) &&
                   mr_bytes_to_uint64(number, &after)
               ? after
               : 0;
}

bool mr_live_streams_add(mr_live_streams *all, mr_http_request *request, const mr_live_wish *wish)
{
    if (all->count == MR_LIVE_STREAMS_MAX) {
        return false;
    }
    live_stream *stream = mr_calloc(1, sizeof(*stream));
    *stream = (live_stream){.next = all->first,
                            .all = all,
                            .request = request,
                            .wish = *wish,
                            .sent_us = INT64_MIN,
                            .sent_changes = UINT64_MAX,
                            .state_ticks = TICKS_PER_SECOND};
    if (wish->after == UINT64_MAX || wish->after > mr_event_feed_last(all->web->feed)) {
        stream->wish.after = mr_event_feed_last(all->web->feed);
    }
    mr_http_header_field headers[16];
    const size_t count = mr_web_headers("text/event-stream", headers, MR_COUNT(headers));
    mr_http_set_context(request, stream, on_closed);
    mr_http_answer_begin(request, 200, headers, count);
    send_hello(stream);
    all->first = stream;
    if (++all->count == 1) {
        uv_timer_start(all->timer, on_tick, 0, MR_LIVE_FRAME_MS);
    }
    return true;
}
